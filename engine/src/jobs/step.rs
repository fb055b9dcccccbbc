//! The one writer of a job's status: row, history, journey and events, for every path.

use chrono::{DateTime, Utc};

use super::journey::{self, ArrivedBy};
use super::sql::{self, JobRow, NewStatus};
use super::state::{Facts, Journey, Refusal, Status, Transition, decide, settle};
use super::view::JobView;
use super::{notice, photos};
use crate::asker::Asker;
use crate::auth::keys::Keys;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, ByKind, NewEvent};
use crate::ids::{JobId, SessionId, UserId};
use crate::notifications::plan::{Happened, JobNow};
use crate::notifications::tell;
use crate::shifts::lookout;

/// Who changes a job, when, and what they say.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// Who.
    pub by: By,
    /// When it takes effect; never before the job's last transition.
    pub at: DateTime<Utc>,
    /// What they say: a note, the reason, the completion notes.
    pub notes: Option<&'a str>,
    /// Where the phone is.
    pub place: Option<(f64, f64)>,
}

/// What the rest shall hear of a change.
#[derive(Debug)]
pub(super) enum News {
    /// It was made.
    Created,
    /// Its content changed: whether its date did, and whether anything that the crew must know.
    Updated { moved: bool, matters: bool },
    /// Its crew changed: these are new on it, these no longer on it.
    Assigned { fresh: Vec<UserId>, gone: Vec<UserId> },
    /// It went from one state to another.
    Went { from: Status, to: Status, at: DateTime<Utc>, by: By },
    /// Its journey has reached the customer.
    Arrived { at: DateTime<Utc> },
}

impl JobRow {
    /// What the table wants to know, as the locked row has it.
    ///
    /// `has_reason`: something was said, which is a cancellation's reason and a completion's notes.
    pub(super) fn facts(&self, by: By, at: DateTime<Utc>, has_reason: bool) -> Facts {
        Facts {
            has_technician: !self.technician_ids.is_empty(),
            has_date: self.scheduled_start.is_some(),
            is_own: by.id.is_some_and(|user| self.technician_ids.contains(&user)),
            has_reason,
            since: at - self.status_changed_at,
            lacks_evidence: !self.lacks(has_reason).is_empty(),
            // Invoices do not exist yet; the first one brings its question here.
            has_cae: false,
        }
    }
}

/// Takes a locked job one step, if the table allows it, and notes it for the news.
pub(super) async fn go(
    tenant: &mut Tenant,
    keys: &Keys,
    job: &mut JobRow,
    to: Status,
    change: &Change<'_>,
    news: &mut Vec<News>,
) -> Result<Result<(), Refusal>> {
    let facts = job.facts(change.by, change.at, change.notes.is_some());
    match decide(job.status, to, change.by.kind, &facts) {
        Ok(transition) => {
            write(tenant, keys, job, transition, change, news).await?;
            Ok(Ok(()))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Moves a locked job between pending and scheduled, if technician and date say so.
pub(super) async fn rest(
    tenant: &mut Tenant,
    keys: &Keys,
    job: &mut JobRow,
    at: DateTime<Utc>,
    news: &mut Vec<News>,
) -> Result<()> {
    let Some(transition) = settle(job.status, &job.facts(By::SYSTEM, at, false)) else { return Ok(()) };
    let change = Change { by: By::SYSTEM, at, notes: None, place: None };
    write(tenant, keys, job, transition, &change, news).await
}

/// Writes a step that is allowed. The locked row in hand follows.
pub(super) async fn write(
    tenant: &mut Tenant,
    keys: &Keys,
    job: &mut JobRow,
    transition: Transition,
    change: &Change<'_>,
    news: &mut Vec<News>,
) -> Result<()> {
    let Transition { from, to, journey } = transition;
    let at = change.at.max(job.status_changed_at);
    if to == Status::Working && from == Status::EnCamino {
        job.actual_start = Some(at);
    }
    job.actual_end = (to == Status::Completed).then_some(at);
    let new = NewStatus {
        status: to,
        at,
        actual_start: job.actual_start,
        actual_end: job.actual_end,
        cancellation_reason: change.notes.filter(|_| to == Status::Cancelled),
        completion_notes: change.notes.filter(|_| to == Status::Completed),
    };
    sql::set_status(tenant, job.job_id, &new).await?;
    let step = sql::Step {
        job: job.job_id,
        status: to,
        previous: Some(from),
        by: change.by,
        notes: change.notes,
        place: change.place,
        at,
    };
    sql::append_history(tenant, &step).await?;
    travel(tenant, keys, job, journey, &Change { at, ..*change }).await?;
    if to.is_under_way() && from != Status::Completed {
        let own = change.by.id.filter(|_| change.by.kind == ByKind::Technician);
        if let Some(user) = own.or(job.technician_ids.first().copied()) {
            lookout::at_work(tenant, user, job.job_id, at, own.is_some()).await?;
        }
    }
    (job.status, job.status_changed_at) = (to, at);
    news.push(News::Went { from, to, at, by: change.by });
    Ok(())
}

/// What a step does to the job's journey.
async fn travel(
    tenant: &mut Tenant,
    keys: &Keys,
    job: &JobRow,
    journey: Journey,
    change: &Change<'_>,
) -> Result<()> {
    match journey {
        Journey::Keep => Ok(()),
        Journey::Begin => {
            let own = change.by.id.filter(|_| change.by.kind == ByKind::Technician);
            let Some(traveller) = own.or(job.technician_ids.first().copied()) else {
                return Err(Error::Internal("a journey without a technician".into()));
            };
            journey::begin(tenant, keys, job, traveller, change.at).await
        }
        Journey::Arrive => {
            let by = ArrivedBy::word_of(change.by);
            journey::arrive(tenant, job.job_id, by, change.at, change.place).await.map(|_| ())
        }
        Journey::Complete => journey::complete(tenant, job.job_id, change.at).await,
        Journey::Cancel => journey::cancel(tenant, job.job_id, change.at).await,
        // The row in hand still has the moment of the completion.
        Journey::Reopen => journey::reopen(tenant, job.job_id, job.status_changed_at).await,
    }
}

/// Raises the version and records the news, each with the whole job as it now is. The office's view.
pub(super) async fn finish(
    tenant: &mut Tenant,
    job: JobId,
    by: By,
    at: DateTime<Utc>,
    news: Vec<News>,
) -> Result<JobView> {
    if !matches!(news.as_slice(), [News::Created]) {
        sql::touch(tenant, job).await?;
    }
    let row = sql::find(tenant, job, None).await?;
    let row = row.ok_or_else(|| Error::Internal("a job vanished under its lock".into()))?;
    let session = row.session_id;
    let mut view = row.view();
    tell_people(tenant, &view, session, by, &news).await?;
    if view.job_number.is_empty() {
        // As late as can be: who makes a job for the same organization waits for this commit from here on.
        view.job_number = sql::give_number(tenant, job).await?;
    }
    notice::tell(tenant, &view, by, &news).await?;
    let body = serde_json::to_value(&view).map_err(|e| Error::Internal(format!("job: {e}")))?;
    for item in news {
        let event = match item {
            News::Created => NewEvent::new("job.created", at, by),
            News::Updated { .. } => NewEvent::new("job.updated", at, by),
            News::Assigned { gone, .. } => NewEvent::new("job.assigned", at, by).with("gone", gone),
            News::Arrived { at } => NewEvent::new("job.arrived", at, by),
            News::Went { from, to, at, by } => {
                NewEvent::new("job.status_changed", at, by).with("previous_status", from).with("status", to)
            }
        };
        tenant.record(event.with("job", &body));
    }
    Ok(view)
}

/// Messages and reminders that follow, in the same transaction.
async fn tell_people(
    tenant: &mut Tenant,
    view: &JobView,
    session: Option<SessionId>,
    by: By,
    news: &[News],
) -> Result<()> {
    let happened: Vec<_> = news
        .iter()
        .map(|item| match item {
            News::Created => Happened::Created,
            News::Updated { moved, matters } => Happened::Updated { moved: *moved, matters: *matters },
            News::Assigned { fresh, gone } => Happened::Assigned { fresh: fresh.clone(), gone: gone.clone() },
            News::Went { from, to, .. } => Happened::Went { from: from.as_str(), to: to.as_str() },
            News::Arrived { .. } => Happened::Arrived,
        })
        .collect();
    let now = JobNow {
        job: view.id,
        version: view.version,
        status: view.status.as_str(),
        customer: view.customer_id,
        phone: &view.customer.phone,
        crew: &view.technician_ids,
        start: view.scheduled_start.map(|at| at.0),
        session,
        by: by.id,
    };
    tell::of_job(tenant, &now, &happened).await
}

/// A refusal as an answer; `job` is the row as it stands, in the asker's view.
pub(super) fn refuse(refusal: Refusal, job: JobView, to: Status, asker: Asker) -> Error {
    match refusal {
        Refusal::NotYours => Error::Forbidden,
        Refusal::NoReason => Error::invalid("notes", "falta el motivo (a reason is required)"),
        Refusal::NoEvidence => photos::lacking(job, asker),
        Refusal::TooLate => {
            let detail = "pasaron más de 10 minutos: ya no se puede reabrir \
                          (completed over 10 minutes ago: it cannot be reopened any more)";
            conflict("JOB_001", detail.into(), job, asker)
        }
        Refusal::Invoiced => {
            let detail =
                "su factura ya tiene CAE: no se puede reabrir (its invoice has a CAE: it cannot be reopened)";
            conflict("JOB_001", detail.into(), job, asker)
        }
        Refusal::Illegal => {
            let detail = format!("a job that is {} cannot become {}", job.status.as_str(), to.as_str());
            conflict("JOB_001", detail, job, asker)
        }
    }
}

/// A conflict with the row as it stands, cut to the asker's role.
pub(super) fn conflict(code: &'static str, detail: String, job: JobView, asker: Asker) -> Error {
    let job = if asker.role.is_staff() { job } else { job.for_technician() };
    Error::Conflict { code, detail, current: serde_json::to_value(job).ok() }
}
