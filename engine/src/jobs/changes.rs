//! Who edited what, beside the steps of a job's history.
//!
//! Moments, people, codes and numbers are kept as they were and are; of texts only that they changed.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::form::Content;
use super::sql::{self, Edit, JobRow};
use crate::db::Tenant;
use crate::error::Result;
use crate::event::By;
use crate::ids::UserId;
use crate::moment::Moment;

/// Notes an edit of a locked job; one that changed nothing is none.
pub(super) async fn edited(
    tenant: &mut Tenant,
    job: &JobRow,
    (before, after): (&Content, &Content),
    (by, at): (By, DateTime<Utc>),
) -> Result<()> {
    append(tenant, job, "edit", differences(before, after), (by, at)).await
}

/// Notes that a locked job has another crew; the row in hand still has the old one.
pub(super) async fn assigned(
    tenant: &mut Tenant,
    job: &JobRow,
    crew: &[UserId],
    (by, at): (By, DateTime<Utc>),
) -> Result<()> {
    let mut changes = Map::new();
    note(&mut changes, "technician_ids", &job.technician_ids.as_slice(), &crew);
    append(tenant, job, "assign", changes, (by, at)).await
}

async fn append(
    tenant: &mut Tenant,
    job: &JobRow,
    kind: &'static str,
    changes: Map<String, Value>,
    (by, at): (By, DateTime<Utc>),
) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let (job, status) = (job.job_id, job.status);
    sql::append_edit(tenant, &Edit { job, kind, status, by, changes: Value::Object(changes), at }).await
}

/// What differs between two contents.
fn differences(before: &Content, after: &Content) -> Map<String, Value> {
    let mut changes = Map::new();
    let moment = |at: Option<DateTime<Utc>>| at.map(Moment);
    note(&mut changes, "scheduled_start", &moment(before.scheduled_start), &moment(after.scheduled_start));
    note(&mut changes, "scheduled_end", &moment(before.scheduled_end), &moment(after.scheduled_end));
    note(
        &mut changes,
        "estimated_duration_min",
        &before.estimated_duration_min,
        &after.estimated_duration_min,
    );
    note(&mut changes, "priority", &before.priority, &after.priority);
    note(&mut changes, "job_type", &before.job_type, &after.job_type);
    note(&mut changes, "customer_id", &before.customer_id, &after.customer_id);
    for (name, differs) in [
        ("title", before.title != after.title),
        ("description", before.description != after.description),
        ("address", before.address != after.address || before.parts != after.parts),
        ("place", before.location.place != after.location.place),
        ("notes", before.notes != after.notes),
        ("internal_notes", before.internal_notes != after.internal_notes),
    ] {
        if differs {
            changes.insert(name.into(), json!({}));
        }
    }
    changes
}

fn note<T: Serialize + PartialEq>(changes: &mut Map<String, Value>, name: &str, old: &T, new: &T) {
    if old != new {
        changes.insert(name.into(), json!({ "old": old, "new": new }));
    }
}
