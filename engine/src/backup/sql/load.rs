//! Writing everything back, in one transaction of the owner.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::{PgConnection, PgCopyIn};
use sqlx::{AssertSqlSafe, Connection, Postgres, Transaction};

use super::super::manifest::{Sequence, Table};
use super::dump::quoted;
use crate::db::MIGRATOR;
use crate::error::{Error, Result};

/// Whether there is anything of anybody in the database.
pub(in crate::backup) async fn has_data(conn: &mut PgConnection) -> Result<bool> {
    let has_table: bool = sqlx::query_scalar("select to_regclass('public.organization') is not null")
        .fetch_one(&mut *conn)
        .await?;
    if !has_table {
        return Ok(false);
    }
    // Row-level security binds the owner too, unless it is a superuser; its own rows are the sequence's.
    let has_rows: bool =
        sqlx::query_scalar("select pg_relation_size('organization') > 0").fetch_one(conn).await?;
    Ok(has_rows)
}

/// How many connections of servers there are.
pub(in crate::backup) async fn servers(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
         and application_name like 'campo\\_%'",
    )
    .fetch_one(conn)
    .await?)
}

/// Begins, and makes the schema anew as the backup's data know it. Migrations nest in the one transaction: dropped
/// without [`commit`], all of it rolls back.
pub(in crate::backup) async fn begin(
    conn: &mut PgConnection,
    schema: i64,
) -> Result<Transaction<'_, Postgres>> {
    sqlx::raw_sql(
        "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = '30s';
         set client_min_messages = warning",
    )
    .execute(&mut *conn)
    .await?;
    let mut tx = conn.begin().await?;
    sqlx::raw_sql("drop schema public cascade; create schema public").execute(&mut *tx).await?;
    MIGRATOR
        .run_to(schema, &mut *tx)
        .await
        .map_err(|e| Error::Internal(format!("the backup's schema cannot be made: {e}")))?;
    Ok(tx)
}

/// Lets rows in as they are: no foreign keys, no triggers, no row-level security, no rows that migrations wrote.
/// Answers what puts foreign keys and triggers back as they were.
pub(in crate::backup) async fn open(conn: &mut PgConnection, days: &[NaiveDate]) -> Result<Vec<String>> {
    for day in days {
        sqlx::query("select make_position_day($1)").bind(day).execute(&mut *conn).await?;
    }
    let keys: Vec<(String, String)> = sqlx::query_as(
        "select format('alter table %s drop constraint %I', conrelid::regclass, conname),
                format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
         from pg_constraint where contype = 'f' and conparentid = 0 and connamespace = 'public'::regnamespace",
    )
    .fetch_all(&mut *conn)
    .await?;
    let (drops, mut back): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
    let triggers: Vec<String> = sqlx::query_scalar(
        "select format('alter table %s %s trigger %I', tgrelid::regclass,
                       case tgenabled when 'A' then 'enable always' when 'R' then 'enable replica'
                                      when 'D' then 'disable' else 'enable' end, tgname)
         from pg_trigger t join pg_class c on c.oid = t.tgrelid
         where not t.tgisinternal and t.tgparentid = 0 and c.relnamespace = 'public'::regnamespace",
    )
    .fetch_all(&mut *conn)
    .await?;
    back.extend(triggers);
    run(conn, drops).await?;
    over_tables(
        conn,
        "select format('alter table %s no force row level security; alter table %1$s disable trigger user; truncate %1$s',
                       c.oid::regclass)",
    )
    .await?;
    Ok(back)
}

/// Closes what [`open`] opened: foreign keys are checked over every row.
pub(in crate::backup) async fn close(
    conn: &mut PgConnection,
    back: Vec<String>,
    sequences: &[Sequence],
) -> Result<()> {
    for sequence in sequences {
        let Some(last) = sequence.last else { continue };
        sqlx::query("select setval(to_regclass(quote_ident($1)), $2)")
            .bind(&sequence.name)
            .bind(last)
            .execute(&mut *conn)
            .await?;
    }
    run(conn, back).await?;
    over_tables(conn, "select format('alter table %s force row level security', c.oid::regclass)").await
}

/// Another life of the data: what anybody holds in memory is of the one before.
async fn reincarnate(conn: &mut PgConnection, of: DateTime<Utc>) -> Result<()> {
    sqlx::raw_sql("alter table installation no force row level security").execute(&mut *conn).await?;
    sqlx::query(
        "update installation set incarnation = gen_random_uuid(), restored_at = now(), restored_of = $1",
    )
    .bind(of)
    .execute(&mut *conn)
    .await?;
    sqlx::raw_sql("alter table installation force row level security").execute(conn).await?;
    Ok(())
}

/// Takes the migrations that are newer than the backup, and commits.
pub(in crate::backup) async fn commit(mut tx: Transaction<'_, Postgres>, of: DateTime<Utc>) -> Result<()> {
    MIGRATOR
        .run(&mut *tx)
        .await
        .map_err(|e| Error::Internal(format!("the restored data cannot be migrated: {e}")))?;
    reincarnate(&mut tx, of).await?;
    tx.commit().await?;
    Ok(())
}

/// Lets the planner know what there is now.
pub(in crate::backup) async fn analyze(conn: &mut PgConnection) -> Result<()> {
    sqlx::raw_sql("analyze").execute(conn).await?;
    Ok(())
}

/// Begins to write the rows of a table.
pub(in crate::backup) async fn copy_in<'c>(
    conn: &'c mut PgConnection,
    table: &Table,
) -> Result<PgCopyIn<&'c mut PgConnection>> {
    let name = quoted(std::slice::from_ref(&table.name));
    let statement = format!("copy {name} ({}) from stdin", quoted(&table.columns));
    Ok(conn.copy_in_raw(&statement).await?)
}

/// Type and name of the file that an object's key (`organization/file`) names.
pub(in crate::backup) async fn file(conn: &mut PgConnection, key: &str) -> Result<Option<(String, String)>> {
    Ok(sqlx::query_as("select mime, name from file where org_id = split_part($1, '/', 1)::uuid and file_id = split_part($1, '/', 2)::uuid")
        .bind(key)
        .fetch_optional(conn)
        .await?)
}

/// The newest migration that this executable knows.
pub(in crate::backup) fn newest_schema() -> i64 {
    MIGRATOR.iter().map(|m| m.version).max().unwrap_or(0)
}

async fn over_tables(conn: &mut PgConnection, select: &str) -> Result<()> {
    let text = format!(
        "{select} from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
         and not c.relispartition and c.relname <> '_sqlx_migrations'"
    );
    let statements: Vec<String> = sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(&mut *conn).await?;
    run(conn, statements).await
}

async fn run(conn: &mut PgConnection, statements: Vec<String>) -> Result<()> {
    for statement in statements {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *conn).await?;
    }
    Ok(())
}
