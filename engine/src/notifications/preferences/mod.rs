//! What a person wants to hear, through which channels, and when.

pub(super) mod sql;

use std::collections::BTreeMap;

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

use super::events::{STAFF_EVENTS, channels};
use super::quiet::Quiet;
use super::reminders;
use super::templates::Language;
use crate::auth::role::Role;
use crate::check::Check;
use crate::db::{Db, Tenant};
use crate::error::Result;
use crate::ids::{OrgId, UserId};
use crate::moment;

pub use super::events::Channels;

/// Minutes before a job, by default.
const REMINDERS: [i32; 3] = [1_440, 60, 30];
/// Reminders of one job at most.
const MOST_REMINDERS: usize = 6;

/// What differs for one event: null or absent follows the channel's own flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventChannels)]
pub struct Differs {
    /// WhatsApp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whatsapp: Option<bool>,
    /// Push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<bool>,
    /// In the pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web: Option<bool>,
    /// E-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<bool>,
    /// SMS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<bool>,
}

/// Quiet hours as REST has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct QuietHours {
    /// Whether they hold.
    pub enabled: bool,
    /// `HH:MM`, by the person's clock.
    pub from: String,
    /// `HH:MM`; earlier than `from` is the next day.
    pub to: String,
    /// The person's zone, as `America/Argentina/Buenos_Aires`.
    pub timezone: String,
}

impl Default for QuietHours {
    fn default() -> Self {
        Self {
            enabled: false,
            from: "22:00".into(),
            to: "08:00".into(),
            timezone: "America/Argentina/Buenos_Aires".into(),
        }
    }
}

/// What a person wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = NotificationPreferences)]
pub struct Preferences {
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
    /// What differs for one event.
    pub events: BTreeMap<String, Differs>,
    /// Minutes before a job, the earliest reminder first.
    pub reminder_intervals: Vec<i32>,
    /// Quiet hours.
    pub quiet_hours: QuietHours,
    /// `es` or `en`: the language of messages to this person.
    pub language: Language,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            whatsapp: true,
            push: true,
            web: true,
            email: false,
            sms: false,
            events: BTreeMap::new(),
            reminder_intervals: REMINDERS.to_vec(),
            quiet_hours: QuietHours::default(),
            language: Language::Es,
        }
    }
}

impl Preferences {
    /// The quiet hours, if any hold.
    pub fn quiet(&self) -> Option<Quiet> {
        let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").ok();
        let hours = &self.quiet_hours;
        hours.enabled.then_some(Quiet {
            from: time(&hours.from)?,
            to: time(&hours.to)?,
            zone: moment::zone(&hours.timezone),
        })
    }
}

/// `PATCH /api/notifications/preferences`: what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EditNotificationPreferences)]
pub struct Edit {
    /// WhatsApp.
    pub whatsapp: Option<bool>,
    /// Push.
    pub push: Option<bool>,
    /// In the pages.
    pub web: Option<bool>,
    /// E-mail.
    pub email: Option<bool>,
    /// SMS.
    pub sms: Option<bool>,
    /// Events to change; the others stay. Null takes an event's difference away.
    #[schema(value_type = Option<BTreeMap<String, Differs>>)]
    pub events: Option<BTreeMap<String, Option<Differs>>>,
    /// Minutes before a job: 30 to 10080; technicians from 15. At most six.
    pub reminder_intervals: Option<Vec<i32>>,
    /// Quiet hours; what is absent in it stays.
    pub quiet_hours: Option<EditQuiet>,
    /// `es` or `en`.
    pub language: Option<Language>,
}

/// Quiet hours to change.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EditQuietHours)]
pub struct EditQuiet {
    /// Whether they hold.
    pub enabled: Option<bool>,
    /// `HH:MM`.
    pub from: Option<String>,
    /// `HH:MM`.
    pub to: Option<String>,
    /// The person's zone.
    pub timezone: Option<String>,
}

/// A person's preferences.
pub async fn get(db: &Db, org: OrgId, user: UserId) -> Result<Preferences> {
    let mut tenant = db.tenant(org).await?;
    of(&mut tenant, user).await
}

/// The same, inside a transaction.
pub async fn of(tenant: &mut Tenant, user: UserId) -> Result<Preferences> {
    Ok(sql::get(tenant, user).await?.unwrap_or_default())
}

/// Which channels carry an event to a person.
pub async fn channels_for(tenant: &mut Tenant, user: UserId, event: &str) -> Result<Channels> {
    Ok(channels(event, &of(tenant, user).await?))
}

/// Changes a person's preferences; reminders that wait follow at once.
///
/// # Errors
/// [`crate::error::Error::Invalid`] for unknown events, intervals, times or zones.
pub async fn edit(db: &Db, org: OrgId, user: UserId, role: Role, edit: Edit) -> Result<Preferences> {
    let mut tenant = db.tenant(org).await?;
    sql::lock(&mut tenant, user).await?;
    let present = of(&mut tenant, user).await?;
    let next = apply(present.clone(), edit, role)?;
    sql::put(&mut tenant, user, &next).await?;
    if next.reminder_intervals != present.reminder_intervals {
        reminders::follow_person(&mut tenant, user, &next.reminder_intervals).await?;
    }
    tenant.commit().await?;
    Ok(next)
}

/// The preferences as they will be, checked. Pure.
fn apply(mut row: Preferences, edit: Edit, role: Role) -> Result<Preferences> {
    let mut check = Check::default();
    row.whatsapp = edit.whatsapp.unwrap_or(row.whatsapp);
    row.push = edit.push.unwrap_or(row.push);
    row.web = edit.web.unwrap_or(row.web);
    row.email = edit.email.unwrap_or(row.email);
    row.sms = edit.sms.unwrap_or(row.sms);
    row.language = edit.language.unwrap_or(row.language);
    for (event, differs) in edit.events.unwrap_or_default() {
        if !STAFF_EVENTS.iter().any(|e| e.0 == event) {
            check.wrong("events", format!("{event}: no es un evento (not an event)"));
        }
        match differs {
            Some(differs) => row.events.insert(event, differs),
            None => row.events.remove(&event),
        };
    }
    if let Some(mut minutes) = edit.reminder_intervals {
        let least = if role == Role::Technician { 15 } else { 30 };
        if minutes.len() > MOST_REMINDERS || minutes.iter().any(|m| !(least..=10_080).contains(m)) {
            check.wrong(
                "reminder_intervals",
                format!("hasta {MOST_REMINDERS}, de {least} a 10080 minutos (at most {MOST_REMINDERS}, {least} to 10080 minutes)"),
            );
        }
        minutes.sort_unstable_by(|a, b| b.cmp(a));
        minutes.dedup();
        row.reminder_intervals = minutes;
    }
    if let Some(quiet) = edit.quiet_hours {
        row.quiet_hours = apply_quiet(row.quiet_hours, quiet, &mut check);
    }
    check.done()?;
    Ok(row)
}

fn apply_quiet(mut hours: QuietHours, edit: EditQuiet, check: &mut Check) -> QuietHours {
    hours.enabled = edit.enabled.unwrap_or(hours.enabled);
    for (field, new) in [(&mut hours.from, edit.from), (&mut hours.to, edit.to)] {
        let Some(new) = new else { continue };
        match NaiveTime::parse_from_str(new.trim(), "%H:%M") {
            Ok(time) => *field = time.format("%H:%M").to_string(),
            Err(_) => check.wrong("quiet_hours", "se espera HH:MM (HH:MM)"),
        }
    }
    if let Some(zone) = edit.timezone {
        if zone.parse::<chrono_tz::Tz>().is_err() {
            check.wrong("quiet_hours", "no es una zona horaria (not a time zone)");
        }
        hours.timezone = zone;
    }
    hours
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(json: &str, role: Role) -> Result<Preferences> {
        apply(Preferences::default(), serde_json::from_str(json).unwrap(), role)
    }

    #[test]
    fn absent_stays_and_wrong_is_named() {
        assert_eq!(edited("{}", Role::Owner).unwrap(), Preferences::default());
        let some = edited(
            r#"{"sms": true, "events": {"job_assigned": {"whatsapp": false}}, "quiet_hours": {"enabled": true, "to": "7:30"}}"#,
            Role::Owner,
        )
        .unwrap();
        assert!(some.sms && some.whatsapp);
        assert_eq!(some.events["job_assigned"].whatsapp, Some(false));
        assert_eq!((some.quiet_hours.from.as_str(), some.quiet_hours.to.as_str()), ("22:00", "07:30"));
        assert!(some.quiet().is_some() && Preferences::default().quiet().is_none());
        for wrong in [
            r#"{"events": {"nonsense": {}}}"#,
            r#"{"reminder_intervals": [10]}"#,
            r#"{"reminder_intervals": [30,31,32,33,34,35,36]}"#,
            r#"{"quiet_hours": {"from": "25:00"}}"#,
            r#"{"quiet_hours": {"timezone": "Nowhere"}}"#,
        ] {
            assert!(edited(wrong, Role::Owner).is_err(), "{wrong}");
        }
    }

    /// Technicians may add a quarter of an hour.
    #[test]
    fn reminders_are_sorted_and_bounded_by_role() {
        let minutes = r#"{"reminder_intervals": [15, 60, 1440, 60]}"#;
        assert_eq!(edited(minutes, Role::Technician).unwrap().reminder_intervals, [1_440, 60, 15]);
        assert!(edited(minutes, Role::Owner).is_err());
        assert!(edited(r#"{"reminder_intervals": []}"#, Role::Owner).unwrap().reminder_intervals.is_empty());
    }
}
