//! Queries of `data_key`, and of the columns that hold sealed values.

use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::columns::Column;
use super::form::{FIRST, SHREDDED};
use crate::error::Result;
use crate::ids::OrgId;

/// A data key as it lies.
#[derive(sqlx::FromRow)]
pub(super) struct Wrapped {
    pub(super) version: i32,
    pub(super) wrapped: Vec<u8>,
    pub(super) kek_id: String,
    pub(super) seals: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) retired_at: Option<DateTime<Utc>>,
    pub(super) destroyed_at: Option<DateTime<Utc>>,
    /// Written by this very transaction, which may still roll back.
    pub(super) is_ours: bool,
}

/// The organization's data keys, the newest last.
pub(super) async fn data_keys(conn: &mut PgConnection, org: OrgId) -> Result<Vec<Wrapped>> {
    Ok(sqlx::query_as(
        "select version, wrapped, kek_id, seals, created_at, retired_at, destroyed_at,
                coalesce(xmin = pg_current_xact_id_if_assigned()::xid, false) as is_ours
         from data_key where org_id = $1 order by version",
    )
    .bind(org)
    .fetch_all(conn)
    .await?)
}

/// Writes a data key; false where another transaction was faster.
pub(super) async fn insert(
    conn: &mut PgConnection,
    org: OrgId,
    (version, wrapped, kek_id): (i32, &[u8], &str),
) -> Result<bool> {
    // Who destroys the keys holds the organization's row: none is made after that.
    sqlx::query("select from organization where org_id = $1 for key share")
        .bind(org)
        .execute(&mut *conn)
        .await?;
    let done = sqlx::query(
        "insert into data_key (org_id, version, wrapped, kek_id)
         select $1, $2, $3, $4
         where not exists (select from data_key where org_id = $1 and destroyed_at is not null)
         on conflict do nothing",
    )
    .bind(org)
    .bind(version)
    .bind(wrapped)
    .bind(kek_id)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Wraps a data key anew, if it is still wrapped as it was.
pub(super) async fn rewrap_key(
    conn: &mut PgConnection,
    org: OrgId,
    old: &Wrapped,
    (wrapped, kek_id): (&[u8], &str),
) -> Result<()> {
    sqlx::query(
        "update data_key set wrapped = $4, kek_id = $5
         where org_id = $1 and version = $2 and wrapped = $3 and destroyed_at is null",
    )
    .bind(org)
    .bind(old.version)
    .bind(&old.wrapped)
    .bind(wrapped)
    .bind(kek_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts values that were sealed; false where somebody has the row: waiting for it could wait in a circle.
pub(super) async fn count(conn: &mut PgConnection, org: OrgId, version: i32, seals: i64) -> Result<bool> {
    let done = sqlx::query(
        "with free as (select version from data_key where org_id = $1 and version = $2 and destroyed_at is null
                       for no key update skip locked)
         update data_key d set seals = d.seals + $3 from free where d.org_id = $1 and d.version = free.version",
    )
    .bind(org)
    .bind(version)
    .bind(seals)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that nothing is left under the versions before this one.
pub(super) async fn retire(conn: &mut PgConnection, org: OrgId, before: i32) -> Result<()> {
    sqlx::query(
        "update data_key set retired_at = now()
         where org_id = $1 and version < $2 and retired_at is null and destroyed_at is null",
    )
    .bind(org)
    .bind(before)
    .execute(conn)
    .await?;
    Ok(())
}

/// Destroys every data key of the organization. Without any, one is written that is destroyed already: none follows.
pub(super) async fn destroy(conn: &mut PgConnection, org: OrgId) -> Result<u64> {
    sqlx::query(
        "insert into data_key (org_id, version, wrapped, kek_id, destroyed_at) values ($1, 1, '', '', now())
         on conflict do nothing",
    )
    .bind(org)
    .execute(&mut *conn)
    .await?;
    let done = sqlx::query(
        "update data_key set wrapped = '', destroyed_at = now() where org_id = $1 and destroyed_at is null",
    )
    .bind(org)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// The organization's name; its row is locked, so that no data key is made meanwhile.
pub(super) async fn lock(conn: &mut PgConnection, org: OrgId) -> Result<Option<String>> {
    Ok(sqlx::query_scalar("select name from organization where org_id = $1 for update")
        .bind(org)
        .fetch_optional(conn)
        .await?)
}

/// Every organization (identity scope).
pub(super) async fn organizations(conn: &mut PgConnection) -> Result<Vec<OrgId>> {
    Ok(sqlx::query_scalar("select org_id from organization order by org_id").fetch_all(conn).await?)
}

/// What is not under the data key of `prefix`, and not shredded.
const STALE: &str = "octet_length({column}) > 0 and substring({column} from 1 for 5) <> $2 and get_byte({column}, 0) <> {shredded}";

/// A statement over one column; all that is put into it are constants of this crate.
fn over(column: &Column, text: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(
        text.replace("{stale}", STALE)
            .replace("{table}", column.table)
            .replace("{column}", column.column)
            .replace("{row}", column.row)
            .replace("{shredded}", &SHREDDED.to_string())
            .replace("{first}", &FIRST.to_string()),
    )
}

/// Some values that are under another data key than `prefix`'s, after a row. Locked, but for those that somebody has.
pub(super) async fn stale(
    conn: &mut PgConnection,
    org: OrgId,
    column: &Column,
    (prefix, after, limit): (&[u8], Uuid, i64),
) -> Result<Vec<(Uuid, Vec<u8>)>> {
    let text = "select {row}, {column} from {table} where org_id = $1 and {stale} and {row} > $3
                order by {row} limit $4 for no key update skip locked";
    Ok(sqlx::query_as(over(column, text))
        .bind(org)
        .bind(prefix)
        .bind(after)
        .bind(limit)
        .fetch_all(conn)
        .await?)
}

/// Whether any value is under another data key than `prefix`'s.
pub(super) async fn is_stale(
    conn: &mut PgConnection,
    org: OrgId,
    column: &Column,
    prefix: &[u8],
) -> Result<bool> {
    let text = "select exists (select from {table} where org_id = $1 and {stale})";
    Ok(sqlx::query_scalar(over(column, text)).bind(org).bind(prefix).fetch_one(conn).await?)
}

/// Writes values that [`stale`] locked.
pub(super) async fn write(
    conn: &mut PgConnection,
    org: OrgId,
    column: &Column,
    values: &[(Uuid, Vec<u8>)],
) -> Result<()> {
    let text = "update {table} t set {column} = n.sealed from unnest($2::uuid[], $3::bytea[]) n(row, sealed)
                where t.org_id = $1 and t.{row} = n.row";
    let (rows, sealed): (Vec<Uuid>, Vec<&[u8]>) = values.iter().map(|(r, s)| (*r, s.as_slice())).unzip();
    sqlx::query(over(column, text)).bind(org).bind(rows).bind(sealed).execute(conn).await?;
    Ok(())
}

/// Leaves nothing of what the data keys' end does not reach: values of the first form, and blind indexes.
pub(super) async fn clear(conn: &mut PgConnection, org: OrgId, column: &Column) -> Result<()> {
    let text = "update {table} set {column} = decode('00', 'hex')
                where org_id = $1 and octet_length({column}) > 0 and get_byte({column}, 0) = {first}";
    sqlx::query(over(column, text)).bind(org).execute(&mut *conn).await?;
    if !column.blind.is_empty() {
        // Fields that are locked may be emptied by an erasure (trigger `refuse_locked`).
        sqlx::query("select set_config('app.erasing', 'on', true)").execute(&mut *conn).await?;
    }
    for blind in column.blind {
        let text = format!("update {{table}} set {blind} = null where org_id = $1 and {blind} is not null");
        sqlx::query(over(column, &text)).bind(org).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Takes old versions of rows out of the tables that hold keys and sealed values (the owner's connection).
pub(super) async fn vacuum(conn: &mut PgConnection) -> Result<()> {
    sqlx::raw_sql("vacuum data_key").execute(conn).await?;
    Ok(())
}
