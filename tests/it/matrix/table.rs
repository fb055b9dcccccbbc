//! Who may do what, as functional.md section 1 has it, and which row of it each route belongs to.
//!
//! Transcribed by hand from the text, not from the code: this is what the code is held against. A route that stands in
//! the OpenAPI document and not here fails the test, and so does one that stands here and nowhere else.

/// The cells of a row: owner, admin, dispatcher, technician, accountant.
/// `F` full, `R` read, `own` one's own rows, `-` none. `all`, `link` and `provider` are principals without a role.
const ROWS: &str = "
jobs list, view                     | F F F own -
jobs create, edit, cancel, assign   | F F F - -
customers create, edit              | F F F - -
jobs status; calendar; schedules    | F F F own -
jobs complete                       | F F F own -
customers view                      | F F F own R
customers delete                    | F F - - -
live map, nearest, recommendation   | F F F - -
whatsapp inbox, send, templates     | F F F - -
voice review queue                  | F F F - -
team view                           | F F F - -
tracking start session              | F F F own -
team invite, change, deactivate     | F - - - -
connections of the organization     | F - - - -
organisation settings, read         | F R - - -
organisation settings, change       | F - - - -
notification preferences            | own own own own own
admin operations                    | F F - - -
audit log                           | F F - - -
analytics, reports                  | F F - - F

own account                         | own own own own own
a second factor of one's own        | own own - - -
restricted fields                   | F - - - -
kinds of work, as the price book    | F F R R -
kinds of work, deciding             | F F - - -
what works otherwise than usual     | F F F F F
own files                           | own own own own own
files                               | F F F own own
where somebody went                 | F F F own -
shifts                              | F F F own -
devices                             | F F F own -
devices of the office               | F F F - -
outgoing webhooks                   | F F - - -
customers merge                     | F F - - -
locked fields, requests             | F F F - -
locked fields, decisions            | F - - - -
privacy of others                   | F - - - -
everyone                            | all
a link                              | link
a provider                          | provider
";

/// Each route and its row.
const ROUTES: &str = "
POST   /api/auth/otp/send                                            | everyone
POST   /api/auth/otp/verify                                          | everyone
POST   /api/auth/refresh                                             | everyone
POST   /api/auth/logout                                              | everyone
POST   /api/auth/totp                                                | everyone
POST   /api/auth/invitation                                          | everyone
GET    /api/auth/totp                                                | own account
POST   /api/auth/totp/enroll                                         | a second factor of one's own
POST   /api/auth/totp/confirm                                        | a second factor of one's own
POST   /api/auth/totp/recovery-codes                                 | own account
POST   /api/auth/totp/disable                                        | own account
POST   /api/auth/logout-all                                          | own account
GET    /api/auth/me                                                  | own account
GET    /api/auth/sessions                                            | own account
DELETE /api/auth/sessions/{id}                                       | own account
POST   /api/auth/switch-org                                          | own account

GET    /api/admin/queues                                             | admin operations
GET    /api/admin/dlq                                                | admin operations
POST   /api/admin/dlq/{id}/retry                                     | admin operations
POST   /api/admin/dlq/{id}/discard                                   | admin operations
GET    /api/admin/health                                             | admin operations
GET    /api/admin/panic                                              | admin operations
PATCH  /api/admin/panic/{service}                                    | admin operations
GET    /api/admin/capabilities                                       | admin operations
PATCH  /api/admin/capabilities/{name}                                | admin operations
GET    /api/admin/usage                                              | admin operations
GET    /api/admin/audit-log                                          | audit log
GET    /api/admin/audit-log/actions                                  | audit log
GET    /api/admin/audit-log/verify                                   | audit log
GET    /api/users/me/views                                           | own account
GET    /api/services                                                 | what works otherwise than usual

GET    /api/organization                                             | organisation settings, read
PATCH  /api/organization                                             | organisation settings, change
GET    /api/organization/whatsapp                                    | connections of the organization
PUT    /api/organization/whatsapp                                    | connections of the organization
DELETE /api/organization/whatsapp                                    | connections of the organization

GET    /api/users/me/privacy                                         | own account
PATCH  /api/users/me/privacy                                         | own account
POST   /api/users/me/export                                          | own account
POST   /api/users/me/rectify-request                                 | own account
POST   /api/users/me/delete-request                                  | own account
DELETE /api/users/me/delete-request                                  | own account
POST   /api/users/me/confirm-deletion                                | own account
GET    /api/organization/privacy-requests                            | privacy of others
POST   /api/organization/privacy-requests/{id}/decide                | privacy of others
GET    /api/organization/privacy-exports                             | privacy of others
POST   /api/customers/{id}/privacy-requests                          | customers create, edit
GET    /api/privacy/exports/{token}                                  | a link

GET    /api/organization/bank                                        | restricted fields
PUT    /api/organization/bank                                        | restricted fields
GET    /api/users/{id}/payroll                                       | restricted fields
PUT    /api/users/{id}/payroll                                       | restricted fields

GET    /api/organization/change-requests                             | locked fields, requests
POST   /api/organization/change-requests                             | locked fields, requests
POST   /api/organization/change-requests/{id}/approve                | locked fields, decisions
POST   /api/organization/change-requests/{id}/reject                 | locked fields, decisions

GET    /api/users/{id}                                               | team view
GET    /api/users/{id}/schedule                                      | jobs status; calendar; schedules
PUT    /api/users/{id}/schedule                                      | jobs status; calendar; schedules
GET    /api/users                                                    | team view
POST   /api/users                                                    | team invite, change, deactivate
PATCH  /api/users/{id}                                               | team invite, change, deactivate
DELETE /api/users/{id}                                               | team invite, change, deactivate
POST   /api/users/{id}/invitation                                    | team invite, change, deactivate
DELETE /api/users/{id}/invitation                                    | team invite, change, deactivate

GET    /api/customers                                                | customers view
GET    /api/customers/search                                         | customers view
GET    /api/customers/{id}                                           | customers view
POST   /api/customers                                                | customers create, edit
PATCH  /api/customers/{id}                                           | customers create, edit
GET    /api/customers/duplicates                                     | customers create, edit
POST   /api/customers/validate-cuit                                  | customers view
GET    /api/customers/{id}/jobs                                      | jobs list, view
POST   /api/customers/{id}/merge                                     | customers merge
POST   /api/customers/{id}/opt-out                                   | customers create, edit
POST   /api/customers/{id}/opt-in                                    | customers create, edit
DELETE /api/customers/{id}                                           | customers delete

GET    /api/jobs                                                     | jobs list, view
GET    /api/jobs/{id}                                                | jobs list, view
GET    /api/jobs/{id}/history                                        | jobs list, view
GET    /api/jobs/today                                               | jobs status; calendar; schedules
POST   /api/jobs                                                     | jobs create, edit, cancel, assign
PATCH  /api/jobs/{id}                                                | jobs create, edit, cancel, assign
DELETE /api/jobs/{id}                                                | jobs create, edit, cancel, assign
PATCH  /api/jobs/{id}/assign                                         | jobs create, edit, cancel, assign
PATCH  /api/jobs/{id}/status                                         | jobs status; calendar; schedules
POST   /api/jobs/{id}/photos                                         | jobs complete
POST   /api/jobs/{id}/complete                                       | jobs complete
GET    /api/jobs/{id}/recommendations                                | live map, nearest, recommendation
GET    /api/jobs/{id}/messages                                       | whatsapp inbox, send, templates

GET    /api/jobs/calendar                                            | jobs status; calendar; schedules
GET    /api/jobs/stats                                               | jobs list, view
POST   /api/jobs/{id}/start                                          | jobs status; calendar; schedules
POST   /api/jobs/{id}/reopen                                         | jobs create, edit, cancel, assign

GET    /api/service-types                                            | kinds of work, as the price book
POST   /api/service-types                                            | kinds of work, deciding
PATCH  /api/service-types/{code}                                     | kinds of work, deciding
DELETE /api/service-types/{code}                                     | kinds of work, deciding

GET    /api/estimates/coverage                                       | live map, nearest, recommendation

POST   /api/files                                                    | own files
POST   /api/files/direct                                             | own files
HEAD   /api/files/{id}                                               | own files
PATCH  /api/files/{id}                                               | own files
GET    /api/files/{id}                                               | files

GET    /api/notifications                                            | own account
GET    /api/notifications/push-key                                   | own account
POST   /api/notifications/push-token                                 | own account
DELETE /api/notifications/push-token                                 | own account
POST   /api/notifications/read-all                                   | own account
POST   /api/notifications/test                                       | own account
POST   /api/notifications/{id}/read                                  | own account
GET    /api/notifications/deliveries                                 | own account
GET    /api/notifications/preferences                                | notification preferences
PATCH  /api/notifications/preferences                                | notification preferences

GET    /api/whatsapp/conversations                                   | whatsapp inbox, send, templates
GET    /api/whatsapp/conversations/{id}                              | whatsapp inbox, send, templates
PATCH  /api/whatsapp/conversations/{id}                              | whatsapp inbox, send, templates
GET    /api/whatsapp/conversations/{id}/messages                     | whatsapp inbox, send, templates
POST   /api/whatsapp/conversations/{id}/read                         | whatsapp inbox, send, templates
GET    /api/whatsapp/conversations/{id}/requests                     | whatsapp inbox, send, templates
GET    /api/whatsapp/conversations/{id}/job                          | jobs create, edit, cancel, assign
POST   /api/whatsapp/conversations/{id}/job                          | jobs create, edit, cancel, assign
POST   /api/whatsapp/requests/{id}/dismiss                           | whatsapp inbox, send, templates
GET    /api/whatsapp/templates                                       | whatsapp inbox, send, templates
POST   /api/whatsapp/templates/preview                               | whatsapp inbox, send, templates
POST   /api/whatsapp/send                                            | whatsapp inbox, send, templates
GET    /api/whatsapp/messages/{id}                                   | whatsapp inbox, send, templates
GET    /api/whatsapp/messages/{id}/media                             | whatsapp inbox, send, templates
GET    /api/whatsapp/quick-replies                                   | whatsapp inbox, send, templates
POST   /api/whatsapp/quick-replies                                   | whatsapp inbox, send, templates
PATCH  /api/whatsapp/quick-replies/{id}                              | whatsapp inbox, send, templates
DELETE /api/whatsapp/quick-replies/{id}                              | whatsapp inbox, send, templates
GET    /api/whatsapp/settings                                        | whatsapp inbox, send, templates
PUT    /api/whatsapp/settings                                        | organisation settings, change
GET    /api/whatsapp/stats                                           | whatsapp inbox, send, templates

GET    /api/webhooks/whatsapp                                        | a provider
POST   /api/webhooks/whatsapp                                        | a provider
POST   /api/webhooks/twilio                                          | a provider

GET    /api/places                                                   | live map, nearest, recommendation
GET    /api/places/reverse                                           | live map, nearest, recommendation

POST   /api/voice/process                                            | voice review queue
GET    /api/voice/review-queue                                       | voice review queue
GET    /api/voice/settings                                           | voice review queue
PATCH  /api/voice/settings                                           | organisation settings, change
GET    /api/voice/stats                                              | voice review queue
GET    /api/voice/transcripts/{id}                                   | voice review queue
GET    /api/voice/transcripts/{id}/audio                             | voice review queue
POST   /api/voice/transcripts/{id}/review                            | voice review queue

GET    /api/shifts                                                   | shifts
POST   /api/shifts                                                   | shifts

POST   /api/shifts/pause                                             | shifts
POST   /api/shifts/confirm                                           | shifts

GET    /api/devices                                                  | devices
POST   /api/devices                                                  | devices
DELETE /api/devices/{id}                                             | devices
POST   /api/devices/{id}/locate                                      | devices of the office

GET    /api/tracking/locations                                       | live map, nearest, recommendation
GET    /api/tracking/nearest                                         | live map, nearest, recommendation
GET    /api/tracking/technicians/{id}/track                          | where somebody went
GET    /api/tracking/sessions/{id}                                   | where somebody went
POST   /api/tracking/sessions/{id}/arrive                            | tracking start session
GET    /api/tracking/technicians/{id}/itinerary                      | where somebody went
GET    /api/tracking/dispatch/availability                           | live map, nearest, recommendation
GET    /api/tracking/map/data                                        | live map, nearest, recommendation
GET    /api/tracking/map/route                                       | live map, nearest, recommendation
POST   /api/tracking/sessions                                        | tracking start session
POST   /api/tracking/sessions/{id}/complete                          | tracking start session
GET    /api/tracking/ratings/{token}                                 | a link
POST   /api/tracking/ratings/{token}                                 | a link

GET    /api/webhook-endpoints                                        | outgoing webhooks
POST   /api/webhook-endpoints                                        | outgoing webhooks
GET    /api/webhook-endpoints/{id}                                   | outgoing webhooks
PATCH  /api/webhook-endpoints/{id}                                   | outgoing webhooks
DELETE /api/webhook-endpoints/{id}                                   | outgoing webhooks
POST   /api/webhook-endpoints/{id}/rotate-secret                     | outgoing webhooks
POST   /api/webhook-endpoints/{id}/replay                            | outgoing webhooks
GET    /api/webhook-endpoints/{id}/deliveries                        | outgoing webhooks
POST   /api/webhook-endpoints/{id}/deliveries/{delivery}/resend      | outgoing webhooks
";

/// The roles, in the order of the cells.
pub const ROLES: [&str; 5] = ["owner", "admin", "dispatcher", "technician", "accountant"];

/// What a role may do with a route's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Every row of the organization.
    All,
    /// One's own.
    Own,
    /// Nothing.
    None,
}

/// Whom a route lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// By role, in the order of [`ROLES`].
    Roles([Cell; 5]),
    /// Everyone.
    Everyone,
    /// Whoever has the link.
    Link,
    /// A provider that signs.
    Provider,
}

/// One route and whom it lets in.
#[derive(Debug, Clone)]
pub struct Expected {
    pub method: String,
    pub path: String,
    pub who: Who,
}

/// All of them.
pub fn expectations() -> Vec<Expected> {
    let rows: Vec<(&str, Who)> = lines(ROWS).map(|(name, cells)| (name, who(cells))).collect();
    lines(ROUTES)
        .map(|(route, row)| {
            let (method, path) = route.split_once(' ').unwrap();
            let (_, who) =
                rows.iter().find(|(name, _)| *name == row).unwrap_or_else(|| panic!("no row {row}"));
            Expected { method: method.to_owned(), path: path.trim().to_owned(), who: *who }
        })
        .collect()
}

fn lines(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines().filter_map(|line| line.split_once('|')).map(|(a, b)| (a.trim(), b.trim()))
}

fn who(cells: &str) -> Who {
    match cells {
        "all" => return Who::Everyone,
        "link" => return Who::Link,
        "provider" => return Who::Provider,
        _ => {}
    }
    let cells: Vec<Cell> = cells
        .split_whitespace()
        .map(|cell| match cell {
            "F" | "R" => Cell::All,
            "own" => Cell::Own,
            "-" => Cell::None,
            other => panic!("what is {other}?"),
        })
        .collect();
    Who::Roles(cells.try_into().unwrap())
}
