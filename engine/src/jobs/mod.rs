//! Jobs: made, edited, assigned, moved through their states, watched on the way.
//!
//! [`order`], [`calendar`] and [`stats`] show many, [`types`] are kinds of work, [`changes`] says who edited what.
//! [`photos`] are what it is shown by, [`evidence`] what must be shown. [`state`] is the table, [`step`] its one writer, [`command`] the phone's way in, [`journey`] the tracking
//! session, [`form`] what REST asks, [`view`] what everyone gets. Every change locks the job's row first.

pub mod calendar;
mod changes;
mod command;
pub mod evidence;
pub mod expire;
pub mod form;
mod journey;
mod list;
mod notice;
pub mod order;
pub mod parts;
pub mod photos;
pub mod remind;
mod sql;
pub mod state;
pub mod stats;
mod step;
pub mod types;
pub mod view;

pub use crate::asked::CommandResult;
pub use command::{Command, command};
pub use journey::{ArrivedBy, SessionView, Trip};
pub use list::{JobList, active_trips, get, history, list, of_technician, open_jobs, session, today};
pub use photos::{AddPhoto, PhotoView, add_photo, complete};
pub use view::{JobView, Links};

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::asker::Asker;
use crate::audit::{Action, Entry};
use crate::check;
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{CustomerId, JobId, OrgId, SessionId, UserId};
use crate::location::{self, Location, Next};
use crate::maps::Maps;
use crate::moment;
use crate::schedules::{self, Warned};
use form::{AssignJob, CancelJob, ChangeStatus, CreateJob, EditJob, ReopenJob, StartJob};
use sql::{Home, JobRow};
use state::Status;
use step::{Change, News, conflict, refuse};

/// Where a job comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// Who makes it: a person, or a rule.
    pub by: By,
    /// Made of what.
    pub source: Made,
    /// The message that it was made of.
    pub message: Option<Uuid>,
}

/// What a job was made of (functional.md section 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// A form.
    Manual,
    /// A conversation.
    WhatsApp,
    /// A voice note.
    Voice,
}

impl Made {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::WhatsApp => "whatsapp",
            Self::Voice => "voice",
        }
    }
}

/// Makes a job: scheduled if technician and date are given, else pending.
///
/// # Errors
/// [`Error::Invalid`] for bad fields, a customer or people whom the organization does not have.
pub async fn create(tenant: &mut Tenant, maps: &Maps, asker: Asker, body: CreateJob) -> Result<JobView> {
    asker.office()?;
    let origin = Origin { by: asker.by(), source: Made::Manual, message: None };
    create_from(tenant, maps, origin, body).await
}

/// The same for a job that a message asked for. The caller has the right to make it.
pub async fn create_from(
    tenant: &mut Tenant,
    maps: &Maps,
    origin: Origin,
    body: CreateJob,
) -> Result<JobView> {
    let (mut content, next, crew) = body.check()?;
    types::check_type(tenant, &content.job_type, None).await?;
    let home = home_of(tenant, content.customer_id).await?;
    content.location = locate(tenant, maps, &home, next).await?;
    check_people(tenant, &crew).await?;
    let (id, at, by) = (JobId::new(), moment::now(), origin.by);
    let is_ready = !crew.is_empty() && content.scheduled_start.is_some();
    let status = if is_ready { Status::Scheduled } else { Status::Pending };
    sql::insert(tenant, id, &content, (status, origin, at)).await?;
    sql::replace_crew(tenant, id, &crew, at).await?;
    let made = sql::Step { job: id, status, previous: None, by, notes: None, place: None, at };
    sql::append_history(tenant, &made).await?;
    step::finish(tenant, id, by, at, vec![News::Created]).await
}

/// Edits a job: core fields only while it is pending or scheduled, notes until it ends, else `JOB_003`.
pub async fn edit(
    tenant: &mut Tenant,
    (maps, links): (&Maps, &Links),
    asker: Asker,
    id: JobId,
    body: EditJob,
) -> Result<JobView> {
    asker.office()?;
    let mut job = find_for_change(tenant, links, asker, id, Some(form::required(body.version)?)).await?;
    let is_placed = job.destination().is_some();
    if job.status.is_terminal() || (!job.status.is_editable() && body.touches_core(is_placed)) {
        return Err(not_editable(job, asker, links));
    }
    let was = job.clone().view();
    let (mut content, next) = body.apply(job.content())?;
    types::check_type(tenant, &content.job_type, Some(&job.content().job_type)).await?;
    let is_same = content.customer_id == job.content().customer_id;
    let home = if is_same { job.home() } else { home_of(tenant, content.customer_id).await? };
    content.location = locate(tenant, maps, &home, next).await?;
    sql::update_content(tenant, id, &content).await?;
    if let (Some(place), true) = (content.location.place, job.has_journey()) {
        journey::place(tenant, id, place).await?;
    }
    let before = job.content();
    let moved = content.scheduled_start != before.scheduled_start;
    let matters = moved || content.is_another_task(&before);
    job.scheduled_start = content.scheduled_start;
    let (at, mut news) = (moment::now(), vec![News::Updated { moved, matters }]);
    changes::edited(tenant, &job, (&before, &content), (asker.by(), at)).await?;
    step::rest(tenant, links.keys(), &mut job, at, &mut news).await?;
    let is = step::finish(tenant, id, asker.by(), at, news).await?;
    let open = [
        "status",
        "priority",
        "job_type",
        "scheduled_start",
        "scheduled_end",
        "technician_ids",
        "estimated_duration",
    ];
    tenant.audit(Entry::new(Action::JobChanged, asker.by(), "job").on(id.0).changed(&was, &is, &open));
    Ok(is.for_staff(links))
}

/// A job after an assignment, and what speaks against it (never a refusal).
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Assigned {
    /// The job.
    #[serde(flatten)]
    pub job: JobView,
    /// advance_notice, outside_availability, day_off, exception: what work schedules say, each once.
    pub warnings: Vec<String>,
    /// The same, person by person.
    pub warned: Vec<Warned>,
}

/// Puts people on a job, the lead first; nobody unassigns it.
///
/// Taking the one who travels off the job sends it back to scheduled: a customer never watches somebody who
/// has not set out. A job at work keeps at least one; an ended one keeps all (`JOB_003`).
pub async fn assign(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    id: JobId,
    body: AssignJob,
) -> Result<Assigned> {
    asker.office()?;
    let version = body.check()?;
    let mut job = find_for_change(tenant, links, asker, id, Some(version)).await?;
    let crew = body.technician_ids;
    if job.status.is_terminal() || (job.status == Status::Working && crew.is_empty()) {
        return Err(not_editable(job, asker, links));
    }
    let fresh: Vec<UserId> = crew.iter().copied().filter(|u| !job.technician_ids.contains(u)).collect();
    check_people(tenant, &fresh).await?;
    let gone: Vec<UserId> = job.technician_ids.iter().copied().filter(|u| !crew.contains(u)).collect();
    let at = moment::now();
    sql::replace_crew(tenant, id, &crew, at).await?;
    changes::assigned(tenant, &job, &crew, (asker.by(), at)).await?;
    job.technician_ids = crew;
    let mut news = vec![News::Assigned { fresh, gone }];
    let traveller_left = job.session_user.is_some_and(|user| !job.technician_ids.contains(&user));
    if job.status == Status::EnCamino && traveller_left {
        let change = Change { by: asker.by(), at, notes: None, place: None };
        if step::go(tenant, links.keys(), &mut job, Status::Scheduled, &change, &mut news).await?.is_err() {
            return Err(not_editable(job, asker, links));
        }
    }
    step::rest(tenant, links.keys(), &mut job, at, &mut news).await?;
    let job = step::finish(tenant, id, asker.by(), at, news).await?.for_staff(links);
    let span = (job.scheduled_start.map(|m| m.0), job.scheduled_end.map(|m| m.0));
    let warned = schedules::warn(tenant, &job.technician_ids, span, at).await?;
    let mut warnings: Vec<String> = warned.iter().map(|w| w.warning.as_str().to_owned()).collect();
    warnings.sort_unstable();
    warnings.dedup();
    Ok(Assigned { job, warnings, warned })
}

/// Takes a job to another state, strictly by the table and by the version that was seen.
///
/// # Errors
/// 404 for what the asker may not see, 403 for what the role may not do, 409 `VERSION_001` for a stale version
/// and `JOB_001` for a step that the table does not have, both with the present job.
pub async fn change_status(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    id: JobId,
    body: ChangeStatus,
) -> Result<JobView> {
    let (version, notes) = body.check()?;
    let place = body.lat.zip(body.lon);
    let change = Change { by: asker.by(), at: moment::now(), notes: notes.as_deref(), place };
    transition(tenant, links, asker, id, (body.status, Some(version)), &change).await
}

/// Begins the work: as the status working, by whatever version is there when none is said.
pub async fn start(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    id: JobId,
    body: StartJob,
) -> Result<JobView> {
    let notes = body.check()?;
    let place = body.lat.zip(body.lon);
    let change = Change { by: asker.by(), at: moment::now(), notes: notes.as_deref(), place };
    transition(tenant, links, asker, id, (Status::Working, body.version), &change).await
}

/// Takes a wrong completion back within ten minutes of it: the job is at work again, and what would have told of its
/// end is kept back.
///
/// # Errors
/// 409 `JOB_001` for a job that is not completed, completed for longer, or has an invoice with a CAE.
pub async fn reopen(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    id: JobId,
    body: ReopenJob,
) -> Result<JobView> {
    asker.office()?;
    let (version, notes) = body.check()?;
    let job = find_for_change(tenant, links, asker, id, Some(version)).await?;
    if job.status != Status::Completed {
        return Err(refuse(state::Refusal::Illegal, job.view().for_staff(links), Status::Working, asker));
    }
    let change = Change { by: asker.by(), at: moment::now(), notes: notes.as_deref(), place: None };
    transition(tenant, links, asker, id, (Status::Working, Some(version)), &change).await
}

/// Calls a job off; a reason is required.
pub async fn cancel(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    id: JobId,
    body: CancelJob,
) -> Result<JobView> {
    asker.office()?;
    let reason = body.check()?;
    let change = Change { by: asker.by(), at: moment::now(), notes: Some(&reason), place: None };
    transition(tenant, links, asker, id, (Status::Cancelled, body.version), &change).await
}

async fn transition(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    id: JobId,
    (to, version): (Status, Option<i32>),
    change: &Change<'_>,
) -> Result<JobView> {
    let mut job = find_for_change(tenant, links, asker, id, version).await?;
    let mut news = Vec::new();
    if let Err(refusal) = step::go(tenant, links.keys(), &mut job, to, change, &mut news).await? {
        return Err(refuse(refusal, job.view().for_staff(links), to, asker));
    }
    let job = step::finish(tenant, id, change.by, change.at, news).await?;
    Ok(for_asker(job, links, asker))
}

/// `POST /api/tracking/sessions/{id}/arrive`: says by hand that a journey has reached its customer. Idempotent.
pub async fn arrive(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    session: SessionId,
) -> Result<SessionView> {
    let own = asker.jobs_of()?;
    let id = journey::job_of(tenant, session).await?.ok_or(Error::NotFound("session"))?;
    let job = sql::lock(tenant, id, own).await?.ok_or(Error::NotFound("session"))?;
    let is_present = job.session_id == Some(session);
    if is_present && job.session_status.as_deref() == Some("active") {
        let at = moment::now();
        journey::arrive(tenant, id, ArrivedBy::word_of(asker.by()), at, None).await?;
        step::finish(tenant, id, asker.by(), at, vec![News::Arrived { at }]).await?;
    } else if !is_present {
        // Called off: its job is elsewhere now.
        return Err(refuse(state::Refusal::Illegal, job.view().for_staff(links), Status::EnCamino, asker));
    }
    journey::view(tenant, session, own).await?.ok_or(Error::NotFound("session"))
}

/// `POST /api/tracking/sessions`: sets out to a job, or finds the journey that is under way already. True where it began
/// now.
///
/// A scheduled job goes en_camino. One that is en_camino and whose journey ended by itself (nobody heard of it for hours)
/// gets a new one.
///
/// # Errors
/// 404 for a job that the asker may not see, `JOB_001` in any other state.
pub async fn begin_journey(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    id: JobId,
) -> Result<(SessionView, bool)> {
    let own = asker.jobs_of()?;
    let mut job = find_for_change(tenant, links, asker, id, None).await?;
    let (at, by) = (moment::now(), asker.by());
    if let Some(session) = job.session_id.filter(|_| job.has_journey()) {
        let view = journey::view(tenant, session, own).await?.ok_or(Error::NotFound("session"))?;
        return Ok((view, false));
    }
    let mut news = Vec::new();
    if job.status == Status::EnCamino {
        let traveller = own.or(job.technician_ids.first().copied()).ok_or(Error::NotFound("technician"))?;
        journey::begin(tenant, links.keys(), &job, traveller, at).await?;
        news.push(News::Updated { moved: false, matters: false });
    } else {
        let change = Change { by, at, notes: None, place: None };
        if let Err(refusal) =
            step::go(tenant, links.keys(), &mut job, Status::EnCamino, &change, &mut news).await?
        {
            return Err(refuse(refusal, job.view().for_staff(links), Status::EnCamino, asker));
        }
    }
    let view = step::finish(tenant, id, by, at, news).await?;
    let session = view.tracking.ok_or_else(|| Error::Internal("a journey without a session".into()))?;
    let view = journey::view(tenant, session.session_id, own).await?.ok_or(Error::NotFound("session"))?;
    Ok((view, true))
}

/// `POST /api/tracking/sessions/{id}/complete`: ends a journey by hand; its job stays where it is. Idempotent.
pub async fn end_journey(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    session: SessionId,
) -> Result<SessionView> {
    let own = asker.jobs_of()?;
    let id = journey::job_of(tenant, session).await?.ok_or(Error::NotFound("session"))?;
    let job = sql::lock(tenant, id, own).await?.ok_or(Error::NotFound("session"))?;
    let present = journey::view(tenant, session, own).await?.ok_or(Error::NotFound("session"))?;
    if present.status == "cancelled" {
        return Err(refuse(state::Refusal::Illegal, job.view().for_staff(links), Status::EnCamino, asker));
    }
    if job.session_id == Some(session) && job.has_journey() {
        let at = moment::now();
        journey::complete(tenant, id, at).await?;
        let news = vec![News::Updated { moved: false, matters: false }];
        step::finish(tenant, id, asker.by(), at, news).await?;
    }
    journey::view(tenant, session, own).await?.ok_or(Error::NotFound("session"))
}

/// The fence says that a journey has reached its customer: told once, by whichever node finds it first.
///
/// True when this call did it. The job stays en_camino; its version rises.
pub async fn arrive_by_fence(
    db: &Db,
    org: OrgId,
    session: SessionId,
    at: DateTime<Utc>,
    place: Option<(f64, f64)>,
) -> Result<bool> {
    let mut tenant = db.tenant(org).await?;
    let Some(id) = journey::job_of(&mut tenant, session).await? else { return Ok(false) };
    let Some(job) = sql::lock(&mut tenant, id, None).await? else { return Ok(false) };
    let is_due = job.status == Status::EnCamino
        && job.session_id == Some(session)
        && job.session_status.as_deref() == Some("active");
    let at = moment::to_millis(at).min(moment::now()).max(job.status_changed_at);
    if !is_due || !journey::arrive(&mut tenant, id, ArrivedBy::Fence, at, place).await? {
        return Ok(false);
    }
    step::finish(&mut tenant, id, By::SYSTEM, at, vec![News::Arrived { at }]).await?;
    tenant.commit().await?;
    Ok(true)
}

/// Locks a job for a change and checks the version that was seen.
async fn find_for_change(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    id: JobId,
    version: Option<i32>,
) -> Result<JobRow> {
    let own = asker.jobs_of()?;
    let job = sql::lock(tenant, id, own).await?.ok_or(Error::NotFound("job"))?;
    if let Some(seen) = version
        && seen != job.version
    {
        let present = job.version;
        check::version(seen, present, &for_asker(job.clone().view(), links, asker))?;
    }
    Ok(job)
}

/// Where the customer lives.
///
/// # Errors
/// [`Error::Invalid`] for a customer whom the organization does not have.
async fn home_of(tenant: &mut Tenant, customer: CustomerId) -> Result<Home> {
    let unknown = "no es cliente de esta organización (not a customer of this organization)";
    sql::home_of(tenant, customer).await?.ok_or_else(|| Error::invalid("customer_id", unknown))
}

/// Where the job is. At the customer's own address it needs no place of its own.
async fn locate(tenant: &mut Tenant, maps: &Maps, home: &Home, next: Next) -> Result<Location> {
    match next {
        Next::Ask(address) if home.serves(&address) => Ok(Location::default()),
        next => location::settle(tenant, maps, next).await,
    }
}

async fn check_people(tenant: &mut Tenant, people: &[UserId]) -> Result<()> {
    if people.is_empty() || sql::count_assignable(tenant, people).await? == people.len() {
        return Ok(());
    }
    Err(Error::invalid(
        "technician_ids",
        "nombra a quien no puede tomar trabajos aquí (names somebody who cannot take jobs here)",
    ))
}

fn not_editable(job: JobRow, asker: Asker, links: &Links) -> Error {
    let detail = format!("a job that is {} cannot be changed so", job.status.as_str());
    conflict("JOB_003", detail, job.view().for_staff(links), asker)
}

/// A job as the asker's role gets it.
fn for_asker(job: JobView, links: &Links, asker: Asker) -> JobView {
    if asker.role.is_staff() { job.for_staff(links) } else { job.for_technician().with_pictures(links) }
}

/// A journey's promised window changed: everyone hears of it, and nobody's version grows stale by it.
pub(crate) async fn tell_window(tenant: &mut Tenant, job: JobId, at: DateTime<Utc>) -> Result<()> {
    let row = sql::find(tenant, job, None).await?.ok_or(Error::NotFound("job"))?;
    tenant.record(crate::event::NewEvent::new("job.eta_updated", at, By::SYSTEM).with("job", row.view()));
    Ok(())
}
