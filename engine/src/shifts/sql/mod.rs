//! The queries of shifts.

mod facts;
mod pause;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

pub(super) use facts::{
    Open, asked, confirm, doing, is_expected, name_of, open_shift, pause_of, points_since, zone_name,
};
pub(super) use pause::{end_pause, insert_pause, last_pause, pauses_of, rewrite_pause};

use super::rules::Span;
use super::{PauseView, ShiftView, Wanted, off_shift};
use crate::db::Tenant;
use crate::error::Result;
use crate::event::By;
use crate::ids::{Member, OrgId, ShiftId, UserId};
use crate::moment::Moment;
use crate::page::Cursor;

#[derive(Debug, Clone, FromRow)]
pub(super) struct ShiftRow {
    pub shift_id: ShiftId,
    pub user_id: UserId,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    started_by: Option<UserId>,
    ended_by: Option<UserId>,
    ended_by_kind: Option<String>,
    end_reason: Option<String>,
    pauses: Json<Vec<PauseView>>,
}

/// The one select of shifts; `$1` is the organization, the rest is the caller's.
macro_rules! rows {
    ($rest:literal) => {
        concat!(
            "select s.shift_id, s.user_id, s.started_at, s.ended_at, s.started_by, s.ended_by, s.ended_by_kind,
                    s.end_reason,
                    (select coalesce(jsonb_agg(jsonb_build_object('id', p.pause_id, 'started_at', p.started_at,
                         'ended_at', p.ended_at, 'started_by', p.started_by, 'ended_by', p.ended_by)
                         order by p.started_at, p.pause_id), '[]')
                     from shift_pause p where p.org_id = s.org_id and p.shift_id = s.shift_id) as pauses
             from shift s where s.org_id = $1 and ",
            $rest
        )
    };
}

impl ShiftRow {
    pub fn span(&self) -> Span {
        Span { start: self.started_at, end: self.ended_at }
    }

    pub fn cursor(&self) -> Cursor {
        Cursor { at: self.started_at, id: self.shift_id.0 }
    }

    /// Since when the person pauses, while they do.
    pub fn paused_since(&self) -> Option<Moment> {
        self.pauses.iter().find(|p| p.ended_at.is_none()).map(|p| p.started_at)
    }

    pub fn view(self) -> ShiftView {
        ShiftView {
            id: self.shift_id,
            user_id: self.user_id,
            started_at: Moment(self.started_at),
            ended_at: self.ended_at.map(Moment),
            started_by: self.started_by,
            ended_by: self.ended_by,
            ended_by_type: self.ended_by_kind,
            end_reason: self.end_reason,
            pauses: self.pauses.0,
        }
    }
}

/// Locks a person's membership, under which their shifts change one at a time.
pub(super) async fn lock_member(tenant: &mut Tenant, user: UserId) -> Result<Option<(Member, bool)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select member, is_active from member where org_id = $1 and user_id = $2 for no key update",
    )
    .bind(org)
    .bind(user)
    .fetch_optional(tenant.conn())
    .await?)
}

/// A person's latest shift.
pub(super) async fn last(tenant: &mut Tenant, user: UserId) -> Result<Option<ShiftRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(rows!("s.user_id = $2 order by s.started_at desc, s.shift_id desc limit 1"))
        .bind(org)
        .bind(user)
        .fetch_optional(tenant.conn())
        .await?)
}

/// A person's shifts, oldest first, for a correction among its neighbours.
pub(super) async fn all(tenant: &mut Tenant, user: UserId) -> Result<Vec<ShiftRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(rows!("s.user_id = $2 order by s.started_at, s.shift_id"))
        .bind(org)
        .bind(user)
        .fetch_all(tenant.conn())
        .await?)
}

/// Whose shift it is.
pub(super) async fn owner(tenant: &mut Tenant, shift: ShiftId) -> Result<Option<UserId>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select user_id from shift where org_id = $1 and shift_id = $2")
        .bind(org)
        .bind(shift)
        .fetch_optional(tenant.conn())
        .await?)
}

/// A shift begins.
pub(super) async fn insert(
    tenant: &mut Tenant,
    shift: ShiftId,
    user: UserId,
    at: DateTime<Utc>,
    by: Option<UserId>,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into shift (org_id, shift_id, user_id, started_at, started_by) values ($1, $2, $3, $4, $5)",
    )
    .bind(org)
    .bind(shift)
    .bind(user)
    .bind(at)
    .bind(by)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Who ended a shift, and why, where a rule did.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    pub by: By,
    pub reason: Option<&'static str>,
}

/// Writes a shift's edges; with `ended` also whose doing its end is.
pub(super) async fn update(
    tenant: &mut Tenant,
    shift: ShiftId,
    span: Span,
    ended: Option<Ended>,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update shift set started_at = $3, ended_at = $4, updated_at = now(),
             ended_by = case when $5::text is null then ended_by else $6 end,
             ended_by_kind = coalesce($5, ended_by_kind),
             end_reason = case when $5::text is null then end_reason else $7 end
         where org_id = $1 and shift_id = $2",
    )
    .bind(org)
    .bind(shift)
    .bind(span.start)
    .bind(span.end)
    .bind(ended.map(|e| e.by.kind_str()))
    .bind(ended.and_then(|e| e.by.id))
    .bind(ended.and_then(|e| e.reason))
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// The newest stored point of a person at or after `since`, by its corrected time.
///
/// A day of skew is searched through the day partitions; phones whose clock is further off are few, and are
/// searched by their sources.
pub(super) async fn newest_point(
    tenant: &mut Tenant,
    user: UserId,
    member: Member,
    since: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select max(at) from (
             select max(p.corrected_at) as at from position p
             where p.org_id = $1 and p.member = $2 and p.at >= $4 - interval '1 day' and p.corrected_at >= $4
             union all
             select max(p.corrected_at) from source s
             join position p on p.member = $2 and p.source = s.source and p.org_id = $1 and p.corrected_at >= $4
             where s.org_id = $1 and s.user_id = $3 and abs(coalesce(s.correction_ms, 0)) > 86400000
         ) newest",
    )
    .bind(org)
    .bind(member)
    .bind(user)
    .bind(since)
    .fetch_one(tenant.conn())
    .await?)
}

/// Erases a person's positions strictly between two moments (an open end is forever), whatever clock they had.
pub(super) async fn erase_points(
    tenant: &mut Tenant,
    member: Member,
    after: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
) -> Result<u64> {
    let org = tenant.org();
    let done = sqlx::query(
        "delete from position where org_id = $1 and member = $2
         and ($3::timestamptz is null or corrected_at > $3) and ($4::timestamptz is null or corrected_at < $4)
         and ($3 is not null or $4 is not null)",
    )
    .bind(org)
    .bind(member)
    .bind(after)
    .bind(before)
    .execute(tenant.conn())
    .await?;
    if done.rows_affected() > 0 {
        off_shift::erase(tenant, member, after, before, done.rows_affected()).await?;
    }
    Ok(done.rows_affected())
}

/// Shifts, newest first.
pub(super) async fn list(tenant: &mut Tenant, wanted: &Wanted) -> Result<Vec<ShiftRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(rows!(
        "($2::uuid is null or s.user_id = $2)
         and ($3::timestamptz is null or s.ended_at is null or s.ended_at >= $3)
         and ($4::timestamptz is null or s.started_at < $4)
         and ($5::timestamptz is null or (s.started_at, s.shift_id) < ($5, $6))
         order by s.started_at desc, s.shift_id desc limit $7"
    ))
    .bind(org)
    .bind(wanted.user)
    .bind(wanted.from)
    .bind(wanted.to)
    .bind(wanted.after.map(|c| c.at))
    .bind(wanted.after.map(|c| c.id))
    .bind(wanted.limit)
    .fetch_all(tenant.conn())
    .await?)
}

/// The spans of a person's shifts that touch the time since `since`, oldest first, with those of their pauses.
pub(super) async fn spans(
    tenant: &mut Tenant,
    user: UserId,
    since: DateTime<Utc>,
) -> Result<(Vec<Span>, Vec<Span>)> {
    let org = tenant.org();
    let rows: Vec<(bool, DateTime<Utc>, Option<DateTime<Utc>>)> = sqlx::query_as(
        "select false, s.started_at, s.ended_at from shift s
         where s.org_id = $1 and s.user_id = $2 and (s.ended_at is null or s.ended_at >= $3)
         -- Who refuses to be tracked is on duty for nobody's map.
         and not exists (select from member m where m.org_id = s.org_id and m.user_id = s.user_id and not m.location_consent)
         union all
         select true, p.started_at, p.ended_at from shift s
         join shift_pause p on p.org_id = s.org_id and p.shift_id = s.shift_id
         where s.org_id = $1 and s.user_id = $2 and (s.ended_at is null or s.ended_at >= $3)
         order by 1, 2",
    )
    .bind(org)
    .bind(user)
    .bind(since)
    .fetch_all(tenant.conn())
    .await?;
    let of = |wanted| {
        let these = rows.iter().filter(move |(is_pause, ..)| *is_pause == wanted);
        these.map(|(_, start, end)| Span { start: *start, end: *end }).collect()
    };
    Ok((of(false), of(true)))
}

/// Since when a person's open shift lasts, and since when they pause in it.
pub(super) async fn open_of(
    tenant: &mut Tenant,
    user: UserId,
) -> Result<Option<(DateTime<Utc>, Option<DateTime<Utc>>)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select s.started_at, p.started_at from shift s
         left join shift_pause p on p.org_id = s.org_id and p.shift_id = s.shift_id and p.ended_at is null
         where s.org_id = $1 and s.user_id = $2 and s.ended_at is null",
    )
    .bind(org)
    .bind(user)
    .fetch_optional(tenant.conn())
    .await?)
}

/// Everybody who is on shift, those who pause among them.
pub(super) async fn on_shift(tenant: &mut Tenant) -> Result<Vec<UserId>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select user_id from shift where org_id = $1 and ended_at is null")
        .bind(org)
        .fetch_all(tenant.conn())
        .await?)
}

/// Whose positions these are.
pub(super) async fn user_of(tenant: &mut Tenant, member: Member) -> Result<Option<UserId>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select user_id from member where org_id = $1 and member = $2")
        .bind(org)
        .bind(member)
        .fetch_optional(tenant.conn())
        .await?)
}

/// Erases a person's positions strictly between two moments that lie in no shift.
pub(super) async fn erase_outside(
    tenant: &mut Tenant,
    member: Member,
    after: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
) -> Result<u64> {
    let org = tenant.org();
    let done = sqlx::query(
        "delete from position p where p.org_id = $1 and p.member = $2
         and ($3::timestamptz is null or p.corrected_at > $3) and ($4::timestamptz is null or p.corrected_at < $4)
         and ($3 is not null or $4 is not null)
         and not exists (select from shift s join member m on m.org_id = s.org_id and m.user_id = s.user_id
                         where s.org_id = $1 and m.member = $2 and p.corrected_at >= s.started_at
                         and (s.ended_at is null or p.corrected_at <= s.ended_at)
                         and not exists (select from shift_pause r where r.org_id = $1 and r.shift_id = s.shift_id
                                         and p.corrected_at > r.started_at and (r.ended_at is null or p.corrected_at < r.ended_at)))",
    )
    .bind(org)
    .bind(member)
    .bind(after)
    .bind(before)
    .execute(tenant.conn())
    .await?;
    Ok(done.rows_affected())
}

/// What positions left behind.
#[derive(Debug, Clone, Copy)]
pub(super) enum Forget {
    /// Summaries of the days: they are added up again at night.
    Summaries,
    /// Where journeys began and ended, as travel times learn from them.
    Trips,
    /// Where journeys ended.
    Arrivals,
    /// Where steps of jobs were taken.
    Steps,
    /// Where photos of jobs were taken.
    Photos,
    /// The same as their files know it.
    Files,
    /// The same as it was told.
    Told,
}

/// Forgets one kind of it between two moments; how many rows. `conn` is the eraser's.
pub(super) async fn forget(
    conn: &mut sqlx::PgConnection,
    what: Forget,
    org: OrgId,
    user: UserId,
    after: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
) -> Result<u64> {
    let statement = match what {
        Forget::Summaries => {
            "delete from travel_day where org_id = $1 and user_id = $2
             and ($3::timestamptz is null or last_at > $3) and ($4::timestamptz is null or first_at < $4)"
        }
        Forget::Trips => {
            "update finished_trip f set from_lat = null, from_lon = null, to_lat = null, to_lon = null
             from tracking_session s where s.org_id = $1 and s.user_id = $2 and f.org_id = $1 and f.session_id = s.session_id
             and f.from_lat is not null and ($3::timestamptz is null or coalesce(s.arrived_at, s.ended_at, s.started_at) > $3)
             and ($4::timestamptz is null or s.started_at < $4)"
        }
        Forget::Arrivals => {
            "update tracking_session set arrived_lat = null, arrived_lon = null where org_id = $1 and user_id = $2
             and arrived_lat is not null and ($3::timestamptz is null or arrived_at > $3) and ($4::timestamptz is null or arrived_at < $4)"
        }
        Forget::Steps => {
            "update job_status_history set lat = null, lon = null where org_id = $1 and changed_by = $2 and lat is not null
             and ($3::timestamptz is null or at > $3) and ($4::timestamptz is null or at < $4)"
        }
        Forget::Photos => {
            "update job_photo set lat = null, lon = null where org_id = $1 and added_by = $2 and lat is not null
             and ($3::timestamptz is null or taken_at > $3) and ($4::timestamptz is null or taken_at < $4)"
        }
        Forget::Files => {
            "update file set lat = null, lon = null where org_id = $1 and created_by = $2 and lat is not null
             and ($3::timestamptz is null or coalesce(taken_at, created_at) > $3)
             and ($4::timestamptz is null or coalesce(taken_at, created_at) < $4)"
        }
        Forget::Told => {
            "update event set body = jsonb_set(jsonb_set(body, '{photo,lat}', 'null'), '{photo,lon}', 'null')
             where org_id = $1 and body #>> '{by,id}' = $2::text and body #> '{photo,lat}' <> 'null'
             and ($3::timestamptz is null or at > $3) and ($4::timestamptz is null or at < $4)"
        }
    };
    let done = sqlx::query(statement).bind(org).bind(user).bind(after).bind(before).execute(conn).await?;
    Ok(done.rows_affected())
}
