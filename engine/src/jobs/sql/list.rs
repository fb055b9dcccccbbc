//! Lists of jobs: filtered, in one of a few orders, a page at a time; and those of a stretch of time.

use chrono::{DateTime, Utc};

use super::JobRow;
use super::photos::photo_json;
use super::read::select_jobs;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{CustomerId, UserId};
use crate::jobs::order::{Key, Order, Place, Sort};
use crate::jobs::view::Priority;

/// Filters of the list, checked.
#[derive(Debug)]
pub(in crate::jobs) struct Wanted {
    pub status: Option<Vec<String>>,
    pub priority: Option<Priority>,
    pub job_type: Option<String>,
    pub own: Option<UserId>,
    pub assigned_to: Option<UserId>,
    pub unassigned: Option<bool>,
    pub customer: Option<CustomerId>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    /// Words that must all stand in title, number, customer or address.
    pub words: Option<Vec<String>>,
    pub order: Order,
    pub after: Option<Place>,
    pub limit: i64,
}

/// One order: what it sorts by, the cursor's parameter for it, how a later row compares, and which way.
macro_rules! in_order {
    ($key:literal, $param:literal, $later:literal, $way:literal) => {
        select_jobs!(
            "($2::text[] is null or j.status = any($2))
             and ($3::text is null or j.priority = $3)
             and ($4::text is null or j.job_type = $4)
             and ($5::uuid is null or exists (
                 select 1 from job_assignment a where a.org_id = $1 and a.job_id = j.job_id and a.user_id = $5))
             and ($6::uuid is null or exists (
                 select 1 from job_assignment a where a.org_id = $1 and a.job_id = j.job_id and a.user_id = $6))
             and ($7::bool is null or $7 = not exists (
                 select 1 from job_assignment a where a.org_id = $1 and a.job_id = j.job_id))
             and ($8::uuid is null or j.customer_id = $8)
             and ($9::timestamptz is null or j.scheduled_start >= $9)
             and ($10::timestamptz is null or j.scheduled_start < $10)
             and ($15::text[] is null or fold(concat_ws(' ', j.title, j.job_number, c.name, j.address, c.address))
                 like all (select '%' || fold(word) || '%' from unnest($15) word))
             and ($11::timestamptz is null or true) and ($12::bigint is null or true)
             and ($13::uuid is null or (",
            $key,
            ", j.job_id) ",
            $later,
            " (",
            $param,
            ", $13)) order by ",
            $key,
            " ",
            $way,
            ", j.job_id ",
            $way,
            " limit $14"
        )
    };
}

fn statement(order: Order) -> &'static str {
    match (order.by, order.is_desc) {
        (Sort::Schedule, false) => {
            in_order!("coalesce(j.scheduled_start, timestamptz '9999-12-31 00:00:00+00')", "$11", ">", "asc")
        }
        (Sort::Schedule, true) => {
            in_order!("coalesce(j.scheduled_start, timestamptz '0001-01-01 00:00:00+00')", "$11", "<", "desc")
        }
        (Sort::Created, false) => in_order!("j.created_at", "$11", ">", "asc"),
        (Sort::Created, true) => in_order!("j.created_at", "$11", "<", "desc"),
        (Sort::Updated, false) => in_order!("j.updated_at", "$11", ">", "asc"),
        (Sort::Updated, true) => in_order!("j.updated_at", "$11", "<", "desc"),
        (Sort::Priority, false) => in_order!(
            "array_position(array['low', 'normal', 'high', 'urgent'], j.priority)::bigint",
            "$12",
            ">",
            "asc"
        ),
        (Sort::Priority, true) => in_order!(
            "array_position(array['low', 'normal', 'high', 'urgent'], j.priority)::bigint",
            "$12",
            "<",
            "desc"
        ),
        (Sort::Number, false) => in_order!("substring(j.job_number from 5)::bigint", "$12", ">", "asc"),
        (Sort::Number, true) => in_order!("substring(j.job_number from 5)::bigint", "$12", "<", "desc"),
    }
}

/// A page of jobs.
pub(in crate::jobs) async fn list(tenant: &mut Tenant, wanted: &Wanted) -> Result<Vec<JobRow>> {
    let org = tenant.org();
    let (at, number) = match wanted.after.map(|place| place.key) {
        Some(Key::At(at)) => (Some(at), None),
        Some(Key::Number(number)) => (None, Some(number)),
        None => (None, None),
    };
    Ok(sqlx::query_as(statement(wanted.order))
        .bind(org)
        .bind(&wanted.status)
        .bind(wanted.priority)
        .bind(&wanted.job_type)
        .bind(wanted.own)
        .bind(wanted.assigned_to)
        .bind(wanted.unassigned)
        .bind(wanted.customer)
        .bind(wanted.from)
        .bind(wanted.to)
        .bind(at)
        .bind(number)
        .bind(wanted.after.map(|place| place.id))
        .bind(wanted.limit)
        .bind(&wanted.words)
        .fetch_all(tenant.conn())
        .await?)
}

/// Jobs that touch a stretch of time, by their beginning. The end is the one that was said, else by the duration.
pub(in crate::jobs) async fn overlapping(
    tenant: &mut Tenant,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    technician: Option<UserId>,
    status: &[String],
    limit: i64,
) -> Result<Vec<JobRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(select_jobs!(
        "j.scheduled_start < $3 and (j.scheduled_start >= $2
             or coalesce(j.scheduled_end, j.scheduled_start + make_interval(mins => j.estimated_duration_min)) > $2)
         and ($4::uuid is null or exists (
             select 1 from job_assignment a where a.org_id = $1 and a.job_id = j.job_id and a.user_id = $4))
         and j.status = any($5)
         order by j.scheduled_start, j.job_id limit $6"
    ))
    .bind(org)
    .bind(from)
    .bind(to)
    .bind(technician)
    .bind(status)
    .bind(limit)
    .fetch_all(tenant.conn())
    .await?)
}

/// Open jobs without a date, the most urgent and then the oldest first.
pub(in crate::jobs) async fn undated(
    tenant: &mut Tenant,
    technician: Option<UserId>,
    limit: i64,
) -> Result<Vec<JobRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(select_jobs!(
        "j.status = 'pending' and j.scheduled_start is null
         and ($2::uuid is null or exists (
             select 1 from job_assignment a where a.org_id = $1 and a.job_id = j.job_id and a.user_id = $2))
         order by array_position(array['low', 'normal', 'high', 'urgent'], j.priority) desc, j.created_at, j.job_id
         limit $3"
    ))
    .bind(org)
    .bind(technician)
    .bind(limit)
    .fetch_all(tenant.conn())
    .await?)
}
