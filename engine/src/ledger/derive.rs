//! Entries that follow from events: what viewers hear of as a change that somebody made is in the log too.
//!
//! They carry ids and states alone. A use case that says more audits by itself: its entry stands for this one.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Action, Entry};
use crate::event::{ByKind, NewEvent};

/// Fields of a body that say nothing about a person beyond what they did.
const OPEN: [&str; 18] = [
    "number",
    "status",
    "previous_status",
    "role",
    "is_active",
    "priority",
    "technician_ids",
    "gone",
    "scheduled_start",
    "scheduled_end",
    "on",
    "technician_id",
    "before",
    "after",
    "ended_at",
    "started_at",
    "erased_positions",
    "version",
];

/// What a decision about the service says; why it was made belongs to it.
const OF_DECISIONS: [&str; 7] = ["service", "mode", "cause", "capability", "enabled", "reason", "scope"];

/// What stands for an event in the log: the action, what it was done to, and where in the body that is.
fn rule(event: &NewEvent) -> Option<(Action, &'static str)> {
    Some(match event.kind {
        "job.created" => (Action::JobCreated, "job"),
        "job.updated" => (Action::JobChanged, "job"),
        "job.assigned" => (Action::JobAssigned, "job"),
        "job.status_changed" if is_reopened(event) => (Action::JobReopened, "job"),
        "job.status_changed" => (Action::JobMoved, "job"),
        "job.photo_added" | "job.signed" => (Action::EvidenceAdded, "job"),
        "user.created" => (Action::UserCreated, "user"),
        "user.changed" => (Action::UserChanged, "user"),
        "user.deactivated" => (Action::UserDeactivated, "user"),
        "customer.created" => (Action::CustomerCreated, "customer"),
        "customer.changed" => (Action::CustomerChanged, "customer"),
        "customer.deactivated" => (Action::CustomerDeleted, "customer"),
        "customer.merged" => (Action::CustomerMerged, "customer"),
        "shift.corrected" => (Action::ShiftCorrected, "shift"),
        "customer.opted_out" | "customer.opted_in" => (Action::CustomerConsent, "customer"),
        "technician.status_changed" => (Action::ShiftChanged, "technician"),
        "voice.consent_given" => (Action::ConsentGiven, "voice"),
        "voice.consent_withdrawn" => (Action::ConsentWithdrawn, "voice"),
        "voice.settings_changed" => (Action::VoiceSettings, "voice"),
        "service.mode_changed" => (Action::ServiceModeSet, "service"),
        "capability.changed" => (Action::CapabilitySwitched, "capability"),
        "organization.changed" => (Action::OrganizationChanged, "organization"),
        _ => return None,
    })
}

/// What an event means for the log. Jobs that a rule moves in time and phones that fall silent are nobody's doing.
pub(super) fn entry(event: &NewEvent) -> Option<Entry> {
    let (action, entity) = rule(event)?;
    if event.by.kind == ByKind::System && matches!(action, Action::JobChanged | Action::ShiftChanged) {
        return None;
    }
    let mut new = Map::new();
    let row = event.fields.get(entity).and_then(Value::as_object);
    let is_decision = matches!(action, Action::ServiceModeSet | Action::CapabilitySwitched);
    for (name, value) in row.into_iter().flatten().chain(&event.fields) {
        let (name, is_row) = (name.as_str(), value.is_object() && name == entity);
        let is_open = OPEN.contains(&name) || is_decision && OF_DECISIONS.contains(&name);
        if is_open && !value.is_null() && !is_row {
            new.insert(name.to_owned(), value.clone());
        }
    }
    let mut entry = Entry::new(action, event.by, entity);
    entry.entity_id = id_of(event, entity);
    entry.new = Some(Value::Object(new));
    Some(entry)
}

/// The id of what an event is about: `{"job": {"id"}}`, `{"job": ID}` or `{"job_id": ID}`.
fn id_of(event: &NewEvent, entity: &str) -> Option<Uuid> {
    let named = event.fields.get(entity).and_then(|row| row.get("id").or(Some(row)));
    named.or_else(|| event.fields.get(&format!("{entity}_id")))?.as_str()?.parse().ok()
}

fn is_reopened(event: &NewEvent) -> bool {
    event.fields.get("previous_status").and_then(Value::as_str) == Some("completed")
}
