//! Queries over the task table inside an organization (or in identity scope): writing, and what people see.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::NewTask;
use super::letters::{Letter, QueueState};
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{OrgId, UserId};
use crate::page::Cursor;

/// One transaction at a time changes what stands in a lane. Lasts until commit.
pub(crate) async fn lock_lane(conn: &mut PgConnection, org: Option<OrgId>, lane: &str) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended(coalesce($1::text, '') || '/' || $2, 20262))")
        .bind(org.map(|o| o.to_string()))
        .bind(lane)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn insert(conn: &mut PgConnection, task: &NewTask, priority: i16) -> Result<()> {
    sqlx::query(
        "insert into task (task_id, org_id, kind, payload, unique_key, run_at, lane, priority, rank_at, state)
         select $1, $2, $3, $4, $5, $6, $7, $8, $6 + $8 * interval '5 minutes',
                case when $7 is not null and exists (
                         select 1 from task where org_id is not distinct from $2 and lane = $7
                         and state in ('later', 'waiting', 'ready', 'running')) then 'waiting'
                     when $6 > now() then 'later' else 'ready' end
         on conflict do nothing",
    )
    .bind(Uuid::now_v7())
    .bind(task.org)
    .bind(task.kind)
    .bind(&task.payload)
    .bind(&task.unique_key)
    .bind(task.run_at)
    .bind(&task.lane)
    .bind(priority)
    .execute(conn)
    .await?;
    Ok(())
}

/// The same for many of one kind that stand in no lane.
pub(super) async fn insert_all(
    conn: &mut PgConnection,
    org: OrgId,
    kind: &str,
    tasks: &[NewTask],
    priority: i16,
) -> Result<()> {
    sqlx::query(
        "insert into task (task_id, org_id, kind, payload, unique_key, run_at, priority, rank_at, state)
         select n.id, $1, $2, n.payload, n.unique_key, n.run_at, $3, n.run_at + $3 * interval '5 minutes',
                case when n.run_at > now() then 'later' else 'ready' end
         from unnest($4::uuid[], $5::jsonb[], $6::text[], $7::timestamptz[]) as n (id, payload, unique_key, run_at)
         on conflict do nothing",
    )
    .bind(org)
    .bind(kind)
    .bind(priority)
    .bind(tasks.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
    .bind(tasks.iter().map(|t| &t.payload).collect::<Vec<_>>())
    .bind(tasks.iter().map(|t| t.unique_key.as_deref()).collect::<Vec<_>>())
    .bind(tasks.iter().map(|t| t.run_at).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// How the queues of the organization stand, by kind.
pub(super) async fn queues(tenant: &mut Tenant) -> Result<Vec<QueueState>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select kind,
                count(*) filter (where state = 'ready') as ready,
                count(*) filter (where state = 'running') as running,
                count(*) filter (where state = 'later') as later,
                count(*) filter (where state = 'waiting') as waiting,
                count(*) filter (where state = 'dead') as dead,
                extract(epoch from now() - min(run_at) filter (where state = 'ready'))::bigint as oldest_ready_s
         from task where org_id = $1 and state in ('ready', 'running', 'later', 'waiting', 'dead')
         group by kind order by kind",
    )
    .bind(org)
    .fetch_all(tenant.conn())
    .await?)
}

/// The columns of a [`Letter`], followed by what stands after them.
macro_rules! letters {
    ($rest:literal) => {
        concat!(
            "select task_id as id, kind, state, attempts, stalls, last_error as cause, transient as is_transient,
                    created_at, finished_at as died_at, lane from task ",
            $rest
        )
    };
}

/// Dead letters, the newest first.
pub(super) async fn dead(tenant: &mut Tenant, after: Option<Cursor>, limit: i64) -> Result<Vec<Letter>> {
    let org = tenant.org();
    Ok(sqlx::query_as(letters!(
        "where share = $1 and state = 'dead'
         and ($2::timestamptz is null or (finished_at, task_id) < ($2, $3))
         order by finished_at desc, task_id desc limit $4"
    ))
    .bind(org)
    .bind(after.map(|c| c.at))
    .bind(after.map(|c| c.id))
    .bind(limit)
    .fetch_all(tenant.conn())
    .await?)
}

/// One task that gave up or was decided about, locked.
pub(super) async fn letter(tenant: &mut Tenant, id: Uuid) -> Result<Option<Letter>> {
    let org = tenant.org();
    Ok(sqlx::query_as(letters!(
        "where org_id = $1 and task_id = $2 and state in ('dead', 'discarded') for update"
    ))
    .bind(org)
    .bind(id)
    .fetch_optional(tenant.conn())
    .await?)
}

/// A dead task begins again; false where an open one has the same key.
pub(super) async fn revive(tenant: &mut Tenant, id: Uuid, by: UserId) -> Result<bool> {
    let org = tenant.org();
    let done = sqlx::query(
        "update task t set attempts = 0, stalls = 0, run_at = now(), handled_by = $3, handled_at = now(),
                finished_at = null, rank_at = now() + priority * interval '5 minutes',
                state = case when lane is not null and exists (
                    select 1 from task o where o.org_id = t.org_id and o.lane = t.lane
                    and o.state in ('later', 'waiting', 'ready', 'running')) then 'waiting' else 'ready' end
         where org_id = $1 and task_id = $2 and state = 'dead'
           and not exists (select 1 from task o where o.org_id = t.org_id and o.kind = t.kind
               and o.unique_key = t.unique_key and o.state in ('later', 'waiting', 'ready', 'running'))",
    )
    .bind(org)
    .bind(id)
    .bind(by)
    .execute(tenant.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(super) async fn discard(tenant: &mut Tenant, id: Uuid, by: UserId) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update task set state = 'discarded', handled_by = $3, handled_at = now()
         where org_id = $1 and task_id = $2 and state = 'dead'",
    )
    .bind(org)
    .bind(id)
    .bind(by)
    .execute(tenant.conn())
    .await?;
    Ok(())
}
