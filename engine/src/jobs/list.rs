//! Reading jobs: one, many, a day's, what the sockets say at their beginning.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::for_asker;
use super::journey::{self, SessionView, Trip};
use super::order::Order;
use super::sql::{self, Wanted};
use super::state::Status;
use super::view::{HistoryEntry, JobView, Links, Priority};
use crate::asker::Asker;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::{CustomerId, JobId, SessionId, UserId};
use crate::moment;
use crate::page::{Page, Paging};

/// `GET /api/jobs`: which jobs.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct JobList {
    /// One state or several, separated by commas.
    pub status: Option<String>,
    /// How soon.
    pub priority: Option<Priority>,
    /// The kind of work.
    pub job_type: Option<String>,
    /// Who does it.
    #[serde(alias = "technician", alias = "technician_id", alias = "assignedTo")]
    pub assigned_to: Option<UserId>,
    /// Only jobs without (true) or with (false) somebody on them.
    pub unassigned: Option<bool>,
    /// For whom.
    #[serde(alias = "customerId")]
    pub customer_id: Option<CustomerId>,
    /// Scheduled to begin at or after: a day of the organization, or RFC 3339.
    pub from: Option<String>,
    /// Scheduled to begin before the end of this day, or before this moment.
    pub to: Option<String>,
    /// Words that all stand in title, number, customer's name or address; accents and capitals do not matter.
    pub q: Option<String>,
    /// schedule, created (when absent), updated, priority or number; with `-` before it the other way.
    pub sort: Option<String>,
    /// asc or desc; created, updated and priority fall when absent, schedule and number rise.
    pub order: Option<String>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// The `next` of the page before.
    pub after: Option<String>,
}

/// The most words that a search looks for.
const MOST_WORDS: usize = 8;

/// A page of jobs, newest first when nobody says how; a technician sees their own.
pub async fn list(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    query: &JobList,
) -> Result<Page<JobView>> {
    let own = asker.jobs_of()?;
    let limit = Paging { limit: query.limit, after: None }.limit()?;
    let order = Order::read(query.sort.as_deref(), query.order.as_deref())?;
    let after = query.after.as_deref().map(|text| order.place(text).ok_or_else(not_a_cursor)).transpose()?;
    let zone = zone(tenant).await?;
    let wanted = Wanted {
        status: query.status.as_deref().map(statuses).transpose()?,
        priority: query.priority,
        job_type: query.job_type.clone().filter(|t| !t.contains('\0')),
        own,
        assigned_to: query.assigned_to,
        unassigned: query.unassigned,
        customer: query.customer_id,
        from: query.from.as_deref().map(|text| edge("from", text, zone, moment::day_start)).transpose()?,
        to: query.to.as_deref().map(|text| edge("to", text, zone, moment::day_end)).transpose()?,
        words: query.q.as_deref().map(words),
        order,
        after,
        limit: limit + 1,
    };
    let mut rows = sql::list(tenant, &wanted).await?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(|row| order.write(&row.place_in(order)));
    let items = rows.into_iter().map(|row| for_asker(row.view(), links, asker)).collect();
    Ok(Page { items, next })
}

fn not_a_cursor() -> Error {
    Error::invalid(
        "after",
        "no es un cursor de esta lista y este orden (not a cursor of this list and order)",
    )
}

/// The words of a search, as patterns: the signs that mean something in one mean themselves.
fn words(q: &str) -> Vec<String> {
    let plain =
        |word: &str| word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_").replace('\0', "");
    q.split_whitespace().take(MOST_WORDS).map(plain).collect()
}

pub(super) fn statuses(text: &str) -> Result<Vec<String>> {
    text.split(',')
        .map(|word| match word.trim().parse::<Status>() {
            Ok(status) => Ok(status.as_str().to_owned()),
            Err(()) => Err(Error::invalid("status", "no es un estado de trabajos (not a state of jobs)")),
        })
        .collect()
}

/// A day of the zone, by one of its edges, or a moment.
pub(super) fn edge(
    field: &'static str,
    text: &str,
    zone: Tz,
    of_day: fn(Tz, NaiveDate) -> DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(of_day(zone, day));
    }
    text.parse()
        .map_err(|_| Error::invalid(field, "un día como 2026-11-24 o RFC 3339 (a day or an RFC 3339 moment)"))
}

/// One job.
pub async fn get(tenant: &mut Tenant, links: &Links, asker: Asker, id: JobId) -> Result<JobView> {
    let own = asker.jobs_of()?;
    let job = sql::find(tenant, id, own).await?.ok_or(Error::NotFound("job"))?;
    Ok(for_asker(job.view(), links, asker))
}

/// A job's steps, oldest first; with what was edited between them where that is wanted.
pub async fn history(
    tenant: &mut Tenant,
    asker: Asker,
    id: JobId,
    with_edits: bool,
) -> Result<Page<HistoryEntry>> {
    let own = asker.jobs_of()?;
    sql::find(tenant, id, own).await?.ok_or(Error::NotFound("job"))?;
    Ok(Page { items: sql::history(tenant, id, with_edits).await?, next: None })
}

/// Today's jobs in the organization's zone, and whatever is under way.
///
/// With a technician (always oneself, for a technician) completed and cancelled ones are left out.
pub async fn today(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    technician: Option<UserId>,
) -> Result<Page<JobView>> {
    let technician = asker.jobs_of()?.or(technician);
    let day = moment::day_of(zone(tenant).await?, Utc::now());
    let rows = sql::of_day(tenant, day, technician).await?;
    Ok(Page { items: rows.into_iter().map(|row| for_asker(row.view(), links, asker)).collect(), next: None })
}

/// What a dispatcher's snapshot shows: everything open, and what ended today. The office's view.
pub async fn open_jobs(tenant: &mut Tenant, links: &Links) -> Result<Vec<JobView>> {
    let (since, _) = moment::day_of(zone(tenant).await?, Utc::now());
    Ok(sql::open(tenant, since).await?.into_iter().map(|row| row.view().for_staff(links)).collect())
}

/// What a technician's `welcome` shows: today's jobs still to do, and whatever is under way.
pub async fn of_technician(tenant: &mut Tenant, user: UserId) -> Result<Vec<JobView>> {
    let day = moment::day_of(zone(tenant).await?, Utc::now());
    let rows = sql::of_day(tenant, day, Some(user)).await?;
    Ok(rows.into_iter().map(|row| row.view().for_technician()).collect())
}

/// Journeys under way or arrived, oldest first: one person's, or everybody's.
pub async fn active_trips(tenant: &mut Tenant, user: Option<UserId>) -> Result<Vec<Trip>> {
    journey::active(tenant, user).await
}

/// A tracking session, to the office and to the technicians of its job.
pub async fn session(tenant: &mut Tenant, asker: Asker, id: SessionId) -> Result<SessionView> {
    let own = asker.jobs_of()?;
    journey::view(tenant, id, own).await?.ok_or(Error::NotFound("session"))
}

/// The organization's zone.
pub(super) async fn zone(tenant: &mut Tenant) -> Result<Tz> {
    let name = sql::zone_name(tenant).await?;
    Ok(moment::zone(name.as_deref().unwrap_or_default()))
}
