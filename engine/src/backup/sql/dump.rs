//! Reading everything at one moment.

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt;
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::super::manifest::Sequence;
use crate::error::Result;
use crate::ids::{FileId, OrgId};

/// What is true of the whole snapshot.
#[derive(sqlx::FromRow)]
pub(in crate::backup) struct Moment {
    pub(in crate::backup) at: DateTime<Utc>,
    pub(in crate::backup) postgres: i32,
    pub(in crate::backup) schema: i64,
}

/// Lets a role read every table whoever owns the database: where the owner is bound by row-level security too, a role of
/// its own gets a policy that only reads. Answers whether that role is to be taken.
pub(in crate::backup) async fn prepare(conn: &mut PgConnection) -> Result<bool> {
    sqlx::raw_sql(
        "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = '30s'",
    )
    .execute(&mut *conn)
    .await?;
    let is_free: bool =
        sqlx::query_scalar("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
            .fetch_one(&mut *conn)
            .await?;
    if is_free {
        return Ok(false);
    }
    sqlx::raw_sql(
        "do $$ begin
             create role campo_backup nologin noinherit nosuperuser nobypassrls;
         exception when duplicate_object or unique_violation then null; end $$;
         do $$ begin
             grant campo_backup to current_user;
         exception when unique_violation then null; end $$;
         grant usage on schema public to campo_backup",
    )
    .execute(&mut *conn)
    .await?;
    let statements: Vec<String> = sqlx::query_scalar(
        "select format('create policy backup on %s for select to campo_backup using (true); grant select on %1$s to campo_backup',
                       c.oid::regclass)
         from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
         and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'backup')",
    )
    .fetch_all(&mut *conn)
    .await?;
    for statement in statements {
        // One at a time: each waits for that table's transactions and holds nobody else's up.
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *conn).await?;
    }
    Ok(true)
}

/// Begins the snapshot, and says which moment it is.
pub(in crate::backup) async fn begin(conn: &mut PgConnection) -> Result<Moment> {
    sqlx::raw_sql("begin isolation level repeatable read read only").execute(&mut *conn).await?;
    Ok(sqlx::query_as(
        "select clock_timestamp() as at, current_setting('server_version_num')::int4 / 10000 as postgres,
                (select max(version) from _sqlx_migrations where success) as schema",
    )
    .fetch_one(conn)
    .await?)
}

/// Takes the role that reads everything.
pub(in crate::backup) async fn take_role(conn: &mut PgConnection) -> Result<()> {
    sqlx::raw_sql("set local role campo_backup").execute(conn).await?;
    Ok(())
}

/// Every table with its columns, in the order of their names.
pub(in crate::backup) async fn tables(conn: &mut PgConnection) -> Result<Vec<(String, Vec<String>)>> {
    Ok(sqlx::query_as(
        "select c.relname::text, array_agg(a.attname::text order by a.attnum)
         from pg_class c join pg_attribute a on a.attrelid = c.oid
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
         and c.relname <> '_sqlx_migrations' and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
         group by c.relname order by c.relname",
    )
    .fetch_all(conn)
    .await?)
}

/// Where sequences stand: at or after what the snapshot's rows hold. Read before [`take_role`].
pub(in crate::backup) async fn sequences(conn: &mut PgConnection) -> Result<Vec<Sequence>> {
    Ok(sqlx::query_as(
        "select sequencename::text as name, last_value as last from pg_sequences where schemaname = 'public' order by 1",
    )
    .fetch_all(conn)
    .await?)
}

/// Days of positions that have a partition.
pub(in crate::backup) async fn days(conn: &mut PgConnection) -> Result<Vec<NaiveDate>> {
    let names: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = 'position'::regclass order by 1",
    )
    .fetch_all(conn)
    .await?;
    Ok(names
        .iter()
        .filter_map(|n| NaiveDate::parse_from_str(n.strip_prefix("position_")?, "%Y%m%d").ok())
        .collect())
}

/// Which life of the data, and how many organizations.
pub(in crate::backup) async fn standing(conn: &mut PgConnection) -> Result<(Uuid, i64)> {
    Ok(sqlx::query_as("select (select incarnation from installation), (select count(*) from organization)")
        .fetch_one(conn)
        .await?)
}

/// Files, and whether each has a thumbnail.
pub(in crate::backup) async fn files(conn: &mut PgConnection) -> Result<Vec<(OrgId, FileId, bool)>> {
    Ok(sqlx::query_as("select org_id, file_id, thumb_bytes is not null from file order by org_id, file_id")
        .fetch_all(conn)
        .await?)
}

/// The rows of a table in PostgreSQL's text form, in pieces as they come. `each` takes them.
pub(in crate::backup) async fn copy_out(
    conn: &mut PgConnection,
    (table, columns): (&str, &[String]),
    mut each: impl FnMut(Bytes) -> Result<()>,
) -> Result<()> {
    let statement =
        format!("copy (select {} from {}) to stdout", quoted(columns), quoted(&[table.to_owned()]));
    let mut rows = conn.copy_out_raw(&statement).await?;
    while let Some(piece) = rows.try_next().await? {
        each(piece)?;
    }
    Ok(())
}

/// Names as they stand in a statement.
pub(super) fn quoted(names: &[String]) -> String {
    names.iter().map(|n| format!("\"{}\"", n.replace('"', "\"\""))).collect::<Vec<_>>().join(", ")
}
