//! The table of functional.md section 1, row by row: what may be done, and by whom.
//!
//! Rows of the table stand first and word for word; below them is what the house has beyond the table. A permission that no
//! route names yet is there because its row is: whoever adds the route finds it decided.

use super::permission::permissions;

permissions! {
    // What                                                       owner admin dispatcher technician accountant
    /// The office's face.
    DashboardRead "dashboard:read"                                F F R - R;

    /// Jobs and what is known of them.
    JobsRead "jobs:read"                                          F F F assigned -;
    /// A new job.
    JobsCreate "jobs:create"                                      F F F - -;
    /// A job's core fields.
    JobsUpdate "jobs:update"                                      F F F - -;
    /// Calling a job off.
    JobsCancel "jobs:cancel"                                      F F F - -;
    /// Who goes.
    JobsAssign "jobs:assign"                                      F F F - -;
    /// When they go.
    JobsReschedule "jobs:reschedule"                              F F F - -;
    /// Taking back a wrong completion (section 3.1).
    JobsReopen "jobs:reopen"                                      F F F - -;
    /// A new customer.
    CustomersCreate "customers:create"                            F F F - -;
    /// A customer's fields.
    CustomersUpdate "customers:update"                            F F F - -;

    /// A job's next state.
    JobsStatus "jobs:status"                                      F F F assigned -;
    /// Jobs by day.
    CalendarRead "calendar:read"                                  F F F own -;
    /// When people work.
    SchedulesRead "schedules:read"                                F F F own -;
    /// Deciding when people work.
    SchedulesUpdate "schedules:update"                            F F F own -;
    /// Completing a job, with photos and signature.
    JobsComplete "jobs:complete"                                  F F F assigned -;
    /// A job's internal notes.
    JobsNotes "jobs:notes"                                        F F F assigned -;

    /// Customers; a technician those of the own jobs.
    CustomersRead "customers:read"                                F F F assigned R;
    /// Deleting a customer.
    CustomersDelete "customers:delete"                            F F - - -;

    /// The live map and the live feed.
    LiveRead "live:read"                                          F F F - -;
    /// Who is near, and whom the house would send.
    DispatchRecommend "dispatch:recommend"                        F F F - -;
    /// The inbox.
    WhatsappRead "whatsapp:read"                                  F F F - -;
    /// Writing to customers, and what belongs to it.
    WhatsappSend "whatsapp:send"                                  F F F - -;
    /// The voice notes' queue.
    VoiceReview "voice:review"                                    F F F - -;
    /// The team's list.
    TeamRead "team:read"                                          F F F - -;

    /// Beginning a journey, and saying that it arrived: the own one, or on behalf of somebody.
    TrackingStart "tracking:start"                                F F F assigned -;
    /// Sending positions.
    TrackingSend "tracking:send"                                  - - - assigned -;

    /// Invoices.
    InvoicesRead "invoices:read"                                  F F R - F;
    /// Making invoices, requesting a CAE, sending, credit notes.
    InvoicesIssue "invoices:issue"                                F F - - F;
    /// Cash that was taken.
    PaymentsRecordCash "payments:record_cash"                     F F - assigned F;
    /// Refunds and reconciliation.
    PaymentsRefund "payments:refund"                              F F - - -;
    /// Disputes.
    DisputesRead "disputes:read"                                  F F - - R;
    /// Answering disputes.
    DisputesManage "disputes:manage"                              F F - - -;
    /// The price book.
    PriceBookRead "price_book:read"                               F F R R R;
    /// Changing prices.
    PriceBookManage "price_book:manage"                           F F - - -;
    /// What is in stock.
    InventoryRead "inventory:read"                                F F R R -;
    /// Correcting stock.
    InventoryAdjust "inventory:adjust"                            F F - - -;
    /// What a job used up.
    InventoryUse "inventory:use"                                  F F - F -;
    /// Vehicles.
    FleetRead "fleet:read"                                        F F R - -;
    /// Changing vehicles.
    FleetManage "fleet:manage"                                    F F - - -;
    /// Places of business and zones.
    LocationsRead "locations:read"                                F R R - -;
    /// Changing places of business and zones.
    LocationsManage "locations:manage"                            F - - - -;

    /// Inviting, changing roles, deactivating.
    TeamManage "team:manage"                                      F - - - -;
    /// The certificate of AFIP.
    AfipManage "afip:manage"                                      F - - - -;
    /// The connection to Mercado Pago.
    MercadopagoManage "mercadopago:manage"                        F - - - -;
    /// Billing and subscription.
    BillingManage "billing:manage"                                F - - - -;
    /// Payments.
    PaymentsRead "payments:read"                                  F F - - F;
    /// Analytics and reports.
    AnalyticsRead "analytics:read"                                F F - - F;
    /// The organization's settings.
    OrganizationRead "organization:read"                          F R - - -;
    /// Changing the organization's settings.
    OrganizationUpdate "organization:update"                      F - - - -;
    /// The company's account, and what people earn.
    RestrictedManage "restricted:manage"                          F - - - -;
    /// What one wants to hear.
    PreferencesManage "preferences:manage"                        own own own own own;
    /// Queues, dead letters, how services stand, what was used.
    OperationsRead "operations:read"                              F F - - -;
    /// Deciding about them.
    OperationsManage "operations:manage"                          F F - - -;
    /// The audit log.
    AuditRead "audit:read"                                        F F - - -;
    /// What phones brought from offline.
    SyncRead "sync:read"                                          F F - own -;

    // What the house has beyond the table.

    /// Oneself: sessions, organizations, second factors.
    AccountManage "account:manage"                                own own own own own;
    /// Turning one's own second factor on.
    FactorEnrol "second_factor:enroll"                            own own - - -;
    /// One's own inbox of notices, and the browsers that it wakes.
    NoticesManage "notices:manage"                                own own own own own;
    /// What the house knows of oneself: consents, export, deletion, and who looked.
    PrivacyManage "privacy:manage"                                own own own own own;
    /// The same for another person of the organization, or a customer.
    PrivacyAdminister "privacy:administer"                        F - - - -;
    /// What works otherwise than usual.
    ServicesRead "services:read"                                  F F F F F;
    /// Sending files; what for is the file's purpose.
    FilesCreate "files:create"                                    own own own own own;
    /// Files; those of the own jobs, and one's own.
    FilesRead "files:read"                                        F F F assigned own;
    /// Where somebody went.
    TrackingRead "tracking:read"                                  F F F own -;
    /// Shifts.
    ShiftsRead "shifts:read"                                      F F F own -;
    /// Beginning and ending shifts; correcting them is the office's.
    ShiftsUpdate "shifts:update"                                  F F F own -;
    /// Phone apps that may send.
    DevicesRead "devices:read"                                    F F F own -;
    /// Pairing phone apps and ending their tokens.
    DevicesManage "devices:manage"                                F F F own -;
    /// Asking a phone where it is.
    DevicesLocate "devices:locate"                                F F F - -;
    /// Kinds of work.
    ServiceTypesRead "service_types:read"                         F F R R -;
    /// Changing kinds of work.
    ServiceTypesManage "service_types:manage"                     F F - - -;
    /// Addresses and points.
    PlacesRead "places:read"                                      F F F - -;
    /// Two customers that are one.
    CustomersMerge "customers:merge"                              F F - - -;
    /// Asking for a locked field to be changed.
    ChangesRequest "changes:request"                              F F F - -;
    /// What was asked for.
    ChangesRead "changes:read"                                    F F F - -;
    /// Deciding what was asked for.
    ChangesDecide "changes:decide"                                F - - - -;
    /// The number that the organization writes from.
    WhatsappConnect "whatsapp:connect"                            F - - - -;
    /// Where the organization's own systems hear its events.
    WebhooksManage "webhooks:manage"                              F F - - -;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use campo_engine::auth::role::Role;

    use super::super::permission::{Permission, ROLES, Reach};
    use super::*;

    /// `resource:action`, each once; only the person at work is kept from the owner.
    #[test]
    fn names_are_names() {
        let mut names = BTreeSet::new();
        for gate in CATALOGUE {
            let (resource, action) = gate.name.split_once(':').unwrap();
            for word in [resource, action] {
                assert!(
                    !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
                    "{word}"
                );
            }
            assert!(names.insert(gate.name), "{} twice", gate.name);
            assert!(gate.reach(Role::Owner).is_some() || gate.name == "tracking:send", "{}", gate.name);
        }
    }

    #[test]
    fn roles_hold_names_with_scopes() {
        let held = ROLES.map(|role| JobsRead::GATE.held(role));
        let [owner, admin, dispatcher, technician, accountant] = held.each_ref().map(Option::as_deref);
        assert_eq!((owner, admin, dispatcher), (Some("*"), Some("jobs:read"), Some("jobs:read")));
        assert_eq!((technician, accountant), (Some("jobs:read:assigned"), None));
    }

    /// What the sockets and use cases ask the role itself stands here too.
    #[test]
    fn the_engine_reads_the_same_table() {
        for role in ROLES {
            assert_eq!(LiveRead::admits(role), role.is_staff());
            assert_eq!(TrackingSend::admits(role), role == Role::Technician);
            let asker = campo_engine::asker::Asker { user: campo_engine::ids::UserId::new(), role };
            let jobs = match asker.jobs_of() {
                Ok(None) => Some(Reach::All),
                Ok(Some(_)) => Some(Reach::Own("assigned")),
                Err(_) => None,
            };
            assert_eq!(JobsRead::GATE.reach(role), jobs);
        }
    }
}
