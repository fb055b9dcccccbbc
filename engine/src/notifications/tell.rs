//! Messages about a job, written in the transaction of what happened to it.

use chrono::Utc;

use super::content::Content;
use super::outbound::{self, Outgoing};
use super::plan::{Fact, Happened, JobNow, Planned, To, plan};
use super::sql::{self, Person};
use super::{events, reminders};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::JobId;

/// Writes every message that follows from a change of a job, and moves its reminders.
pub async fn of_job(tx: &mut Tenant, now: &JobNow<'_>, happened: &[Happened]) -> Result<()> {
    if happened.iter().any(is_reopening) {
        sql::take_back_completion(tx, now.job).await?;
    }
    let planned = plan(now, happened);
    let moves_reminders = happened.iter().any(moves_reminders);
    let people = people(tx, now, &planned, moves_reminders).await?;
    let mut outgoing = Vec::new();
    for message in &planned {
        match message.to {
            To::Customer => outgoing.push(Outgoing {
                customer: Some(now.customer),
                is_critical: events::is_critical(message.event),
                ..written(now.job, message, now.phone)?
            }),
            To::User(_) | To::Bosses => {
                for person in people.iter().filter(|p| is_meant(message.to, p, now)) {
                    outgoing.push(to(now.job, message, person)?);
                }
            }
        }
    }
    // Lanes are locked in one order everywhere.
    outgoing.sort_by(|a, b| a.to_phone.cmp(&b.to_phone));
    for message in outgoing {
        outbound::enqueue(tx, message).await?;
    }
    if moves_reminders {
        reminders::follow_job(tx, now, &people).await?;
    }
    Ok(())
}

/// A completion is taken back: what would tell of it and has not left is not to leave, the request to rate with it.
fn is_reopening(happened: &Happened) -> bool {
    matches!(happened, Happened::Went { from: "completed", .. })
}

fn is_meant(to: To, person: &Person, now: &JobNow<'_>) -> bool {
    match to {
        To::Customer => false,
        To::User(user) => person.user_id == user,
        To::Bosses => person.is_boss && Some(person.user_id) != now.by,
    }
}

/// Whether reminders may have to be made, moved or taken back.
fn moves_reminders(happened: &Happened) -> bool {
    match happened {
        Happened::Created | Happened::Assigned { .. } => true,
        Happened::Updated { moved, .. } => *moved,
        Happened::Went { from, to } => *from == "scheduled" || *to == "scheduled",
        Happened::Arrived => false,
    }
}

/// Everybody of the organization who may be concerned.
async fn people(
    tx: &mut Tenant,
    now: &JobNow<'_>,
    planned: &[Planned],
    moves_reminders: bool,
) -> Result<Vec<Person>> {
    let mut users: Vec<_> =
        planned.iter().filter_map(|p| if let To::User(user) = p.to { Some(user) } else { None }).collect();
    if moves_reminders {
        users.extend(now.crew);
    }
    let bosses = planned.iter().any(|p| p.to == To::Bosses);
    if users.is_empty() && !bosses {
        return Ok(Vec::new());
    }
    sql::people(tx, &users, bosses).await
}

/// A message to one of the team.
fn to(job: JobId, message: &Planned, person: &Person) -> Result<Outgoing> {
    let mut out = written(job, message, &person.phone)?;
    if message.to == To::Bosses {
        out.dedupe_key = Some(format!("{}:{}", message.key, person.user_id));
    }
    out.user = Some(person.user_id);
    Ok(out)
}

fn written(job: JobId, message: &Planned, phone: &str) -> Result<Outgoing> {
    Ok(Outgoing {
        dedupe_key: Some(message.key.clone()),
        event: Some(message.event),
        entity: Some(("job", job.0)),
        due_at: Utc::now(),
        ..Outgoing::whatsapp(phone, event(&message.fact)?)
    })
}

/// A fact as a message keeps it until it leaves.
pub(super) fn event(fact: &Fact) -> Result<Content> {
    let fact = serde_json::to_value(fact).map_err(|e| Error::Internal(format!("a fact: {e}")))?;
    Ok(Content::Event { fact })
}
