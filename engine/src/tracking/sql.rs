//! The queries of tracking.

mod journey;
pub(crate) mod track;

pub use journey::{SessionRow, note_access, promise_window, session_by_link, session_row};

use chrono::{DateTime, TimeZone, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::error::Result;
use crate::ids::{Member, OrgId, Source, UserId};

/// One position on its way to the table, in the table's units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The phone's own clock, Unix milliseconds.
    pub at_ms: i64,
    /// `at_ms` plus the correction in force at receipt.
    pub corrected_ms: i64,
    /// Whose.
    pub org: OrgId,
    /// The person in the organization.
    pub member: Member,
    /// The boot it came from.
    pub source: Source,
    /// Its number within the boot.
    pub seq: i32,
    /// Degrees x 1e7.
    pub lat_e7: i32,
    /// Degrees x 1e7.
    pub lon_e7: i32,
    /// Received minus corrected, seconds.
    pub delay_s: i32,
    /// Decimetres.
    pub accuracy_dm: Option<i16>,
    /// Centimetres a second.
    pub speed_cmps: Option<i16>,
    /// Tenths of a degree.
    pub heading_ddeg: Option<i16>,
    /// Metres.
    pub altitude_m: Option<i16>,
    /// Per cent.
    pub battery_pct: Option<i16>,
    /// Bits as in migrations/0004.
    pub flags: i16,
    /// The verdict at receipt.
    pub verdict: i16,
    /// Which receipt (its address) and frame wait for it.
    pub receipt_of: usize,
    /// The frame within the receipt.
    pub frame: u64,
}

impl Row {
    /// The primary key: (member, source, at).
    pub fn key(&self) -> (i32, i32, i64) {
        (self.member.0, self.source.0, self.at_ms)
    }
}

/// A Unix time in milliseconds as a timestamp; times that chrono cannot hold become the epoch.
pub fn from_ms(ms: i64) -> DateTime<Utc> {
    Utc.timestamp_millis_opt(ms).single().unwrap_or(DateTime::UNIX_EPOCH)
}

/// Inserts a batch in one statement, which commits by itself. Points that exist already stay as they are.
///
/// No conflict target and no RETURNING: either would need a right to read.
pub async fn insert_positions(conn: &mut PgConnection, rows: &[Row]) -> Result<(), sqlx::Error> {
    let column = |f: fn(&Row) -> i32| rows.iter().map(f).collect::<Vec<i32>>();
    let small = |f: fn(&Row) -> Option<i16>| rows.iter().map(f).collect::<Vec<Option<i16>>>();
    sqlx::query(
        "insert into position (at, corrected_at, org_id, member, source, seq, lat_e7, lon_e7, delay_s,
             accuracy_dm, speed_cmps, heading_ddeg, altitude_m, battery_pct, flags, verdict)
         select * from unnest($1::timestamptz[], $2::timestamptz[], $3::uuid[], $4::int4[], $5::int4[], $6::int4[],
             $7::int4[], $8::int4[], $9::int4[], $10::int2[], $11::int2[], $12::int2[], $13::int2[], $14::int2[],
             $15::int2[], $16::int2[])
         on conflict do nothing",
    )
    .bind(rows.iter().map(|r| from_ms(r.at_ms)).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| from_ms(r.corrected_ms)).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.org.0).collect::<Vec<Uuid>>())
    .bind(column(|r| r.member.0))
    .bind(column(|r| r.source.0))
    .bind(column(|r| r.seq))
    .bind(column(|r| r.lat_e7))
    .bind(column(|r| r.lon_e7))
    .bind(column(|r| r.delay_s))
    .bind(small(|r| r.accuracy_dm))
    .bind(small(|r| r.speed_cmps))
    .bind(small(|r| r.heading_ddeg))
    .bind(small(|r| r.altitude_m))
    .bind(small(|r| r.battery_pct))
    .bind(rows.iter().map(|r| r.flags).collect::<Vec<i16>>())
    .bind(rows.iter().map(|r| r.verdict).collect::<Vec<i16>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// One boot of one device's store.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct SourceRow {
    /// Its surrogate.
    pub source: Source,
    /// Server time minus the phone's clock, once fixed.
    pub correction_ms: Option<i64>,
    /// The oldest resume token still good.
    pub resume_n: i32,
}

/// The source of (person, device, boot); made when it is new.
pub async fn source_of(
    conn: &mut PgConnection,
    org: OrgId,
    user: UserId,
    device: Uuid,
    boot: Uuid,
    app: &str,
) -> Result<SourceRow> {
    Ok(sqlx::query_as(
        "insert into source (org_id, user_id, device, boot, app) values ($1, $2, $3, $4, $5)
         on conflict (org_id, user_id, device, boot) do update set last_seen_at = now(), app = $5
         returning source, correction_ms, resume_n",
    )
    .bind(org)
    .bind(user)
    .bind(device)
    .bind(boot)
    .bind(app.chars().take(100).collect::<String>())
    .fetch_one(conn)
    .await?)
}

/// Keeps the clock correction of a boot.
pub async fn set_correction(
    conn: &mut PgConnection,
    org: OrgId,
    source: Source,
    correction_ms: i64,
) -> Result<()> {
    sqlx::query("update source set correction_ms = $3 where org_id = $1 and source = $2")
        .bind(org)
        .bind(source)
        .bind(correction_ms)
        .execute(conn)
        .await?;
    Ok(())
}

/// Using a resume token ends those before it; `false` when it was ended already.
pub async fn use_resume(conn: &mut PgConnection, org: OrgId, source: Source, n: i32) -> Result<bool> {
    let done =
        sqlx::query("update source set resume_n = $3 where org_id = $1 and source = $2 and resume_n <= $3")
            .bind(org)
            .bind(source)
            .bind(n)
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// A stored position, in the table's units.
#[derive(Debug, Clone, sqlx::FromRow)]
#[allow(missing_docs, reason = "the columns of migrations/0004")]
pub struct StoredPosition {
    pub at: DateTime<Utc>,
    pub corrected_at: DateTime<Utc>,
    pub source: Source,
    pub seq: i32,
    pub lat_e7: i32,
    pub lon_e7: i32,
    pub delay_s: i32,
    pub accuracy_dm: Option<i16>,
    pub speed_cmps: Option<i16>,
    pub heading_ddeg: Option<i16>,
    pub altitude_m: Option<i16>,
    pub battery_pct: Option<i16>,
    pub flags: i16,
    pub verdict: i16,
}

/// The newest positions of one person since `since`, at most `limit` a source, in any order.
///
/// One index descent a source: a person has few.
pub async fn recent_positions(
    conn: &mut PgConnection,
    org: OrgId,
    user: UserId,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<StoredPosition>> {
    Ok(sqlx::query_as(
        "select p.* from member m
         join source s on s.org_id = m.org_id and s.user_id = m.user_id and s.last_seen_at >= $3
         cross join lateral (
             select at, corrected_at, source, seq, lat_e7, lon_e7, delay_s, accuracy_dm, speed_cmps, heading_ddeg,
                    altitude_m, battery_pct, flags, verdict
             from position where member = m.member and source = s.source and at >= $3 - coalesce(s.correction_ms, 0) * interval '1 millisecond'
             order by at desc limit $4
         ) p
         where m.org_id = $1 and m.user_id = $2",
    )
    .bind(org)
    .bind(user)
    .bind(since)
    .bind(limit)
    .fetch_all(conn)
    .await?)
}

/// What a technician's actor must know of its person.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MemberRow {
    /// The person.
    pub user_id: UserId,
    /// Their surrogate.
    pub member: Member,
    /// Their name.
    pub name: String,
    /// Whether they were last told to be silent.
    pub is_silent: bool,
}

/// A person of the organization.
pub async fn member_of(conn: &mut PgConnection, org: OrgId, user: UserId) -> Result<Option<MemberRow>> {
    Ok(sqlx::query_as(
        "select user_id, member, name, is_silent from member where org_id = $1 and user_id = $2",
    )
    .bind(org)
    .bind(user)
    .fetch_optional(conn)
    .await?)
}

/// The organization's settings that tracking needs: ping interval in seconds, time zone, name.
pub async fn settings_of(conn: &mut PgConnection, org: OrgId) -> Result<Option<(i32, String, String)>> {
    Ok(sqlx::query_as("select ping_every_s, timezone, name from organization where org_id = $1")
        .bind(org)
        .fetch_optional(conn)
        .await?)
}

/// A technician as the fleet sees it when it is rebuilt.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FleetRow {
    /// The person.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Whether a shift is open and not in a pause.
    pub on_shift: bool,
    /// Since when they pause.
    pub paused_since: Option<DateTime<Utc>>,
    /// Whether they were last told to be silent.
    pub is_silent: bool,
    /// When anything last came from a phone of theirs.
    pub last_seen_at: Option<DateTime<Utc>>,
}

/// Every active technician of the organization.
pub async fn fleet_of(conn: &mut PgConnection, org: OrgId) -> Result<Vec<FleetRow>> {
    Ok(sqlx::query_as(
        "select m.user_id, m.name, m.is_silent,
                exists (select 1 from shift s where s.org_id = m.org_id and s.user_id = m.user_id and s.ended_at is null)
                    and p.started_at is null as on_shift, p.started_at as paused_since,
                (select max(last_seen_at) from source s where s.org_id = m.org_id and s.user_id = m.user_id) as last_seen_at
         from member m
         left join shift_pause p on p.org_id = m.org_id and p.user_id = m.user_id and p.ended_at is null
         where m.org_id = $1 and m.role = 'technician' and m.is_active",
    )
    .bind(org)
    .fetch_all(conn)
    .await?)
}

/// The newest accepted position of every technician within the last day: (person, position).
pub async fn last_positions(conn: &mut PgConnection, org: OrgId) -> Result<Vec<LastPosition>> {
    Ok(sqlx::query_as(
        "select distinct on (s.user_id) s.user_id, p.corrected_at, p.lat_e7, p.lon_e7, p.accuracy_dm, p.speed_cmps,
                p.heading_ddeg, p.battery_pct
         from source s
         join member m on m.org_id = s.org_id and m.user_id = s.user_id
         cross join lateral (
             select corrected_at, lat_e7, lon_e7, accuracy_dm, speed_cmps, heading_ddeg, battery_pct
             from position where member = m.member and source = s.source and verdict = 0
             order by at desc limit 1
         ) p
         where s.org_id = $1 and s.last_seen_at > now() - interval '1 day'
           and p.corrected_at > now() - interval '1 day'
         order by s.user_id, p.corrected_at desc",
    )
    .bind(org)
    .fetch_all(conn)
    .await?)
}

/// A newest position, in the table's units.
#[derive(Debug, Clone, sqlx::FromRow)]
#[allow(missing_docs, reason = "the columns of migrations/0004")]
pub struct LastPosition {
    pub user_id: UserId,
    pub corrected_at: DateTime<Utc>,
    pub lat_e7: i32,
    pub lon_e7: i32,
    pub accuracy_dm: Option<i16>,
    pub speed_cmps: Option<i16>,
    pub heading_ddeg: Option<i16>,
    pub battery_pct: Option<i16>,
}

/// The head of the organization's events; 0 before the first.
pub async fn head_seq(conn: &mut PgConnection, org: OrgId) -> Result<i64> {
    Ok(sqlx::query_scalar("select seq from org_seq where org_id = $1")
        .bind(org)
        .fetch_optional(conn)
        .await?
        .unwrap_or(0))
}

/// Events after `after`, oldest first, at most `limit`.
pub async fn events_after(
    conn: &mut PgConnection,
    org: OrgId,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, serde_json::Value)>> {
    Ok(sqlx::query_as("select seq, body from event where org_id = $1 and seq > $2 order by seq limit $3")
        .bind(org)
        .bind(after)
        .bind(limit)
        .fetch_all(conn)
        .await?)
}

/// Says of a person that they fell silent or were heard again; `false` when that was said already.
pub async fn set_silent(conn: &mut PgConnection, org: OrgId, user: UserId, silent: bool) -> Result<bool> {
    let done = sqlx::query(
        "update member set is_silent = $3 where org_id = $1 and user_id = $2 and is_silent <> $3",
    )
    .bind(org)
    .bind(user)
    .bind(silent)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The role of an active member.
pub async fn active_role(conn: &mut PgConnection, org: OrgId, user: UserId) -> Result<Option<String>> {
    Ok(sqlx::query_scalar("select role from member where org_id = $1 and user_id = $2 and is_active")
        .bind(org)
        .bind(user)
        .fetch_optional(conn)
        .await?)
}

/// Keeps that sources of a person were heard of.
pub async fn touch_sources(conn: &mut PgConnection, org: OrgId, user: UserId, sources: &[i32]) -> Result<()> {
    sqlx::query(
        "update source set last_seen_at = now() where org_id = $1 and user_id = $2 and source = any($3)",
    )
    .bind(org)
    .bind(user)
    .bind(sources)
    .execute(conn)
    .await?;
    Ok(())
}

/// The correction in force for a boot; 0 where none was fixed.
pub async fn correction_of(conn: &mut PgConnection, org: OrgId, source: Source) -> Result<i64> {
    let kept: Option<Option<i64>> =
        sqlx::query_scalar("select correction_ms from source where org_id = $1 and source = $2")
            .bind(org)
            .bind(source)
            .fetch_optional(conn)
            .await?;
    Ok(kept.flatten().unwrap_or(0))
}

/// Using a viewer's resume token ends those before it; `false` when it was ended already.
pub async fn use_viewer_resume(conn: &mut PgConnection, org: OrgId, line: Uuid, n: i32) -> Result<bool> {
    sqlx::query("delete from viewer_resume where org_id = $1 and used_at < now() - interval '8 days'")
        .bind(org)
        .execute(&mut *conn)
        .await?;
    let used = sqlx::query(
        "insert into viewer_resume (org_id, line, resume_n) values ($1, $2, $3)
         on conflict (org_id, line) do update set resume_n = excluded.resume_n, used_at = now()
         where viewer_resume.resume_n <= excluded.resume_n",
    )
    .bind(org)
    .bind(line)
    .bind(n)
    .execute(conn)
    .await?;
    Ok(used.rows_affected() == 1)
}
