//! Queries of the audit log. Rows are written by the door to SQL itself, at the commit.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::list::Wanted;
use crate::error::Result;
use crate::ids::{OrgId, SessionId, UserId};
use crate::ledger::{Head, Row};

/// The columns of a row as the chain knows it.
const ROW: &str =
    "seq, entry_id, (extract(epoch from at) * 1000000)::bigint as at_us, action, by_kind, by_user, entity,
    entity_id, about, payload, key_n, previous, hash";

/// The next rows of a chain in their order, behind `after`.
pub(super) async fn rows(conn: &mut PgConnection, org: OrgId, after: i64, limit: i64) -> Result<Vec<Row>> {
    let query = format!("select {ROW} from audit_log where org_id = $1 and seq > $2 order by seq limit $3");
    let rows = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(org).bind(after).bind(limit);
    Ok(rows.fetch_all(conn).await?)
}

/// The highest number of a chain's rows; number, hash, seal and first breach of its head.
type Newest = (i64, Option<i64>, Option<Vec<u8>>, Option<Vec<u8>>, Option<i64>);

/// The end of a chain and the highest number of its rows, at one moment.
pub(super) async fn ends(conn: &mut PgConnection, org: OrgId) -> Result<(Option<Head>, i64)> {
    let newest: Newest = sqlx::query_as(
        "select coalesce((select max(seq) from audit_log where org_id = $1), 0), h.seq, h.hash, h.mac, h.broken_at
         from (select 1) as one left join audit_head h on h.org_id = $1",
    )
    .bind(org)
    .fetch_one(conn)
    .await?;
    let (last, seq, hash, mac, broken_at) = newest;
    let head = seq.zip(hash).zip(mac).map(|((seq, hash), mac)| Head { seq, hash, mac, broken_at });
    Ok((head, last))
}

/// Rows that a person asked for, the newest first.
pub(super) async fn list(conn: &mut PgConnection, org: OrgId, wanted: &Wanted) -> Result<Vec<Row>> {
    let query = format!(
        "select {ROW} from audit_log where org_id = $1
         and ($2::bigint is null or seq < $2)
         and ($3::text is null or action = $3)
         and ($4::text is null or entity = $4)
         and ($5::uuid is null or entity_id = $5)
         and ($6::uuid is null or by_user = $6)
         and ($7::uuid is null or about = $7 or ($11 and about is null and exists (
              select from shift s where s.org_id = $1 and s.user_id = $7
              and s.started_at <= audit_log.at + interval '1 hour'
              and coalesce(s.ended_at, 'infinity') >= audit_log.at - interval '2 days')))
         and ($8::timestamptz is null or at >= $8)
         and ($9::timestamptz is null or at < $9)
         order by seq desc limit $10"
    );
    let rows = sqlx::query_as(sqlx::AssertSqlSafe(query))
        .bind(org)
        .bind(wanted.before)
        .bind(wanted.action.map(|a| a.as_str()))
        .bind(&wanted.entity)
        .bind(wanted.entity_id)
        .bind(wanted.by)
        .bind(wanted.about)
        .bind(wanted.from)
        .bind(wanted.to)
        .bind(wanted.limit)
        .bind(wanted.or_everyone);
    Ok(rows.fetch_all(conn).await?)
}

/// Names of members.
pub(super) async fn names(
    conn: &mut PgConnection,
    org: OrgId,
    users: &[Uuid],
) -> Result<Vec<(Uuid, String)>> {
    Ok(sqlx::query_as("select user_id, name from member where org_id = $1 and user_id = any ($2)")
        .bind(org)
        .bind(users)
        .fetch_all(conn)
        .await?)
}

/// The organizations that have an end of a chain, with it. As the worker.
pub(super) async fn heads(conn: &mut PgConnection) -> Result<Vec<(OrgId, i64, Vec<u8>)>> {
    Ok(sqlx::query_as("select org_id, seq, hash from audit_head where seq > 0 order by org_id")
        .fetch_all(conn)
        .await?)
}

/// All organizations. In identity scope.
pub(super) async fn organizations(conn: &mut PgConnection) -> Result<Vec<OrgId>> {
    Ok(sqlx::query_scalar("select org_id from organization order by org_id").fetch_all(conn).await?)
}

/// Notes that `viewer` looks at these people's positions in this hour; names those for whom it is the first time.
pub(super) async fn look(
    conn: &mut PgConnection,
    org: OrgId,
    viewer: Uuid,
    people: &[UserId],
    hour: DateTime<Utc>,
) -> Result<Vec<UserId>> {
    let people: Vec<Uuid> = people.iter().map(|u| u.0).collect();
    Ok(sqlx::query_scalar(
        "insert into audit_look (org_id, viewer, about, hour)
         select distinct $1, $2, about, $4 from unnest($3::uuid[]) as seen (about) order by about
         on conflict do nothing returning about",
    )
    .bind(org)
    .bind(viewer)
    .bind(people)
    .bind(hour)
    .fetch_all(conn)
    .await?)
}

/// Whose positions the live map may show, at most `limit`: who is on shift or was in the last two days.
pub(super) async fn on_the_map(conn: &mut PgConnection, org: OrgId, limit: i64) -> Result<Vec<UserId>> {
    Ok(sqlx::query_scalar(
        "select distinct user_id from shift
         where org_id = $1 and (ended_at is null or ended_at > now() - interval '2 days') limit $2",
    )
    .bind(org)
    .bind(limit)
    .fetch_all(conn)
    .await?)
}

/// Who is on the way in a tracking session, while they are.
pub(super) async fn traveller(
    conn: &mut PgConnection,
    org: OrgId,
    session: SessionId,
) -> Result<Option<UserId>> {
    Ok(sqlx::query_scalar(
        "select user_id from tracking_session where org_id = $1 and session_id = $2 and status = 'active'",
    )
    .bind(org)
    .bind(session)
    .fetch_optional(conn)
    .await?)
}

/// Forgets marks that no hour at hand needs.
pub(super) async fn forget_looks(conn: &mut PgConnection, org: OrgId, before: DateTime<Utc>) -> Result<u64> {
    let gone = sqlx::query("delete from audit_look where org_id = $1 and hour < $2");
    Ok(gone.bind(org).bind(before).execute(conn).await?.rows_affected())
}
