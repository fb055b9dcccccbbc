//! What people are told of, and through which channels (functional.md section 5). Pure.

use serde::{Deserialize, Serialize};

use super::preferences::Preferences;

/// A row of the table: event, WhatsApp, push, e-mail, SMS.
type Row = (&'static str, bool, bool, bool, bool);

/// What people of an organization are told of.
pub const STAFF_EVENTS: [Row; 16] = [
    ("job_assigned", true, true, false, false),
    ("job_updated", true, true, false, false),
    ("job_reminder", true, true, false, false),
    ("job_completed", true, true, false, false),
    ("job_cancelled", true, true, false, false),
    ("schedule_change", true, true, false, false),
    ("payment_received", true, true, false, false),
    ("payment_failed", true, true, false, false),
    ("employee_welcome", true, true, false, false),
    ("sync_conflict", true, true, false, false),
    ("invoice_created", true, false, true, false),
    ("invoice_sent", true, false, false, false),
    ("team_member_added", true, false, false, false),
    ("team_member_removed", true, false, false, false),
    ("system_alert", true, true, true, true),
    ("custom", true, true, true, true),
];

/// The channels of one event for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Channels {
    /// WhatsApp.
    pub whatsapp: bool,
    /// Push.
    pub push: bool,
    /// In the pages.
    pub web: bool,
    /// E-mail.
    pub email: bool,
    /// SMS.
    pub sms: bool,
}

/// Which channels carry an event to a person with these preferences.
///
/// WhatsApp and push unless turned off, e-mail only if on, SMS only for alerts; an alert or a custom message uses every
/// channel that is on. The pages are told whenever they are on. What the table does not know is custom.
pub fn channels(event: &str, wanted: &Preferences) -> Channels {
    let (name, whatsapp, push, email, sms) =
        STAFF_EVENTS.into_iter().find(|row| row.0 == event).unwrap_or(("custom", true, true, true, true));
    let differs = wanted.events.get(name).copied().unwrap_or_default();
    let on = |table: bool, flag: bool, differs: Option<bool>| table && flag && differs != Some(false);
    Channels {
        whatsapp: on(whatsapp, wanted.whatsapp, differs.whatsapp),
        push: on(push, wanted.push, differs.push),
        web: on(true, wanted.web, differs.web),
        // Somebody may ask for more e-mail than the table gives.
        email: on(email || differs.email == Some(true), wanted.email, differs.email),
        sms: on(sms, wanted.sms, differs.sms),
    }
}

/// Whether an event waits for the end of somebody's quiet hours.
pub fn may_wait(event: &str) -> bool {
    !matches!(event, "otp" | "system_alert" | "tech_en_route" | "tech_arrived")
}

/// The four critical events: an SMS stands for their messages when WhatsApp does not take them.
const CRITICAL: [&str; 4] = ["job_scheduled", "tech_en_route", "payment_received", "invoice_sent"];
/// What customers are told of, beside the critical ones.
const CUSTOMER: [&str; 4] = ["job_rescheduled", "tech_arrived", "job_completed", "job_cancelled"];
/// What the team is told of, beside the table.
const TEAM: [&str; 1] = ["job_unassigned"];

/// A critical event by its name.
pub fn critical(event: &str) -> Option<&'static str> {
    CRITICAL.into_iter().find(|e| *e == event)
}

/// Whether an event is critical.
pub fn is_critical(event: &str) -> bool {
    critical(event).is_some()
}

/// An event by its name.
pub fn named(event: &str) -> Option<&'static str> {
    let staff = STAFF_EVENTS.into_iter().map(|row| row.0);
    CRITICAL.into_iter().chain(CUSTOMER).chain(TEAM).chain(staff).find(|e| *e == event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn defaults_follow_the_table() {
        let usual = Preferences::default();
        for (event, whatsapp, push, _, _) in STAFF_EVENTS {
            let found = channels(event, &usual);
            assert_eq!(found, Channels { whatsapp, push, web: true, email: false, sms: false }, "{event}");
        }
    }

    #[test]
    fn e_mail_and_sms_only_where_they_are_on() {
        let all = Preferences { email: true, sms: true, ..Preferences::default() };
        assert!(channels("system_alert", &all).sms && channels("system_alert", &all).email);
        assert!(!channels("job_assigned", &all).sms && !channels("job_assigned", &all).email);
        assert!(channels("invoice_created", &all).email);
    }

    proptest! {
        /// What a person turned off is off, for every event.
        #[test]
        fn off_is_off(row in 0..STAFF_EVENTS.len(), flags: [bool; 5]) {
            let [whatsapp, push, web, email, sms] = flags;
            let wanted = Preferences { whatsapp, push, web, email, sms, ..Preferences::default() };
            let found = channels(STAFF_EVENTS[row].0, &wanted);
            prop_assert!(!found.whatsapp || whatsapp);
            prop_assert!(!found.push || push);
            prop_assert!(!found.email || email);
            prop_assert!(!found.sms || sms);
            prop_assert_eq!(found.web, web);
        }
    }
}
