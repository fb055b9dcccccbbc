//! Queries of the worker over the task table.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::db::Db;
use crate::error::Result;
use crate::ids::OrgId;
use crate::task;

/// Seconds that a claim lasts; its worker renews it every [`super::HEARTBEAT`].
const LEASE_S: f64 = 60.0;
/// Tasks whose time has come that one look moves.
const RIPEN: i64 = 2_000;

/// A task that this process holds.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Claimed {
    pub(super) task_id: Uuid,
    pub(super) kind: String,
    pub(super) payload: Value,
    pub(super) attempts: i16,
    pub(super) lane: Option<String>,
    pub(super) share: Uuid,
    /// Names this attempt: a late finisher does not overwrite another's work.
    pub(super) lease: Uuid,
}

/// Whether nobody else claims, until this transaction ends.
pub(super) async fn claim_alone(conn: &mut PgConnection) -> Result<bool> {
    Ok(sqlx::query_scalar("select pg_try_advisory_xact_lock(20263)").fetch_one(conn).await?)
}

/// Whether a schedule is due now; notes its next time. A new one fires at its first proper time.
pub(super) async fn fire(
    conn: &mut PgConnection,
    name: &str,
    now: DateTime<Utc>,
    next_at: DateTime<Utc>,
) -> Result<bool> {
    let fired = sqlx::query_scalar(
        "insert into schedule as s (name, next_at) values ($1, $3)
         on conflict (name) do update set next_at = $3, fired_at = $2 where s.next_at <= $2
         returning fired_at is not null",
    )
    .bind(name)
    .bind(now)
    .bind(next_at)
    .fetch_optional(conn)
    .await?;
    Ok(fired.unwrap_or(false))
}

/// The task of a schedule that fired; an open one of before stays the only one.
pub(super) async fn write_firing(conn: &mut PgConnection, kind: &str, priority: i16) -> Result<()> {
    sqlx::query(
        "insert into task (task_id, kind, payload, unique_key, priority, rank_at)
         values ($1, $2, '{}', 'schedule', $3, now() + $3 * interval '5 minutes') on conflict do nothing",
    )
    .bind(Uuid::now_v7())
    .bind(kind)
    .bind(priority)
    .execute(conn)
    .await?;
    Ok(())
}

/// What waited for its time is ready.
pub(super) async fn ripen(conn: &mut PgConnection) -> Result<()> {
    sqlx::query(
        "update task set state = 'ready' where task_id in (
            select task_id from task where state = 'later' and run_at <= now()
            order by run_at limit $1 for update skip locked)",
    )
    .bind(RIPEN)
    .execute(conn)
    .await?;
    Ok(())
}

/// Tasks whose worker is gone are ready again; who stalled twice is dead. Answers the lanes of the dead.
pub(super) async fn take_over(conn: &mut PgConnection) -> Result<Vec<(Uuid, String)>> {
    let dead: Vec<(Uuid, Option<String>)> = sqlx::query_as(
        "with stalled as (
            select task_id from task where state = 'running' and leased_until < now()
            order by leased_until limit 200 for update skip locked),
         moved as (
            update task t set stalls = stalls + 1, lease = null, leased_until = null,
                state = case when stalls >= 1 then 'dead' else 'ready' end,
                finished_at = case when stalls >= 1 then now() end,
                last_error = case when stalls >= 1 then 'its worker ended or hung twice' else last_error end
            from stalled s where t.task_id = s.task_id returning share, lane, state)
         select share, lane from moved where state = 'dead'",
    )
    .fetch_all(conn)
    .await?;
    let mut lanes: Vec<_> = dead.into_iter().filter_map(|(share, lane)| Some((share, lane?))).collect();
    // In the order in which everybody takes their locks.
    lanes.sort();
    Ok(lanes)
}

/// Claims ready tasks: organizations take turns, each within its share, each kind within its limit.
///
/// Walks the index from (organization, kind) to the next, so that a hundred thousand tasks of one
/// organization cost no more than one page of them.
pub(super) async fn claim(
    conn: &mut PgConnection,
    slots: i64,
    share: i64,
    kinds: &[&str],
    limits: &[i64],
    common: i64,
) -> Result<Vec<Claimed>> {
    Ok(sqlx::query_as(
        "with recursive pairs as (
            (select share, kind from task where state = 'ready' order by share, kind limit 1)
            union all
            select n.share, n.kind from pairs p cross join lateral (
                select share, kind from task where state = 'ready' and (share, kind) > (p.share, p.kind)
                order by share, kind limit 1) n),
         busy as (select share, kind, count(*) as n from task where state = 'running' group by share, kind),
         by_share as (select share, sum(n)::bigint as n from busy group by share),
         by_kind as (select kind, sum(n)::bigint as n from busy group by kind),
         due as (
            select p.share, p.kind, t.* from pairs p cross join lateral (
                select task_id, rank_at, number from task
                where state = 'ready' and share = p.share and kind = p.kind
                order by rank_at, number limit $1) t),
         turns as (
            select d.*, coalesce(b.n, 0) + row_number() over (partition by d.share order by d.rank_at, d.number) as turn
            from due d left join by_share b using (share)),
         places as (
            select t.*, coalesce(b.n, 0) + row_number() over (partition by t.kind order by t.turn, t.rank_at, t.number) as place
            from turns t left join by_kind b using (kind)
            -- The installation's own work (sign-in codes of everyone) is not one organization's.
            where t.turn <= case when t.share = '00000000-0000-0000-0000-000000000000' then 2 * $2 else $2 end),
         chosen as (
            select p.task_id from places p
            left join unnest($3::text[], $4::bigint[]) as l(kind, most) using (kind)
            where p.place <= coalesce(l.most, $5)
            order by p.turn, p.rank_at, p.number limit $1)
         update task t set state = 'running', lease = gen_random_uuid(), attempts = attempts + 1,
                -- The clock, not the transaction's beginning: orders are told from it.
                started_at = clock_timestamp(),
                leased_until = now() + make_interval(secs => $6)
         from chosen c where t.task_id = c.task_id and t.state = 'ready'
         returning t.task_id, t.kind, t.payload, t.attempts, t.lane, t.share, t.lease",
    )
    .bind(slots)
    .bind(share)
    .bind(kinds)
    .bind(limits)
    .bind(common)
    .bind(LEASE_S)
    .fetch_all(conn)
    .await?)
}

/// Renews leases; answers those that are still ours.
pub(super) async fn renew(db: &Db, leases: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut tx = db.worker().await?;
    let ours = sqlx::query_scalar(
        "update task set leased_until = now() + make_interval(secs => $2)
         where state = 'running' and lease = any($1) returning lease",
    )
    .bind(leases)
    .bind(LEASE_S)
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(ours)
}

/// How an attempt ended.
pub(super) enum End {
    /// It is done.
    Done,
    /// It is tried again after so long; what was not tried does not count.
    Retry { wait: Duration, error: String, counts: bool },
    /// It gave up.
    Dead { error: String, is_transient: bool },
}

/// Notes how an attempt ended, if the task is still ours; what waited behind it in its lane goes on.
pub(super) async fn finish(db: &Db, task: &Claimed, end: &End) -> Result<()> {
    let mut tx = db.worker().await?;
    let (state, wait, error, is_transient, given_back) = match end {
        End::Done => ("done", 0.0, None, false, 0i16),
        End::Retry { wait, error, counts } => {
            ("later", wait.as_secs_f64(), Some(error), false, i16::from(!counts))
        }
        End::Dead { error, is_transient } => ("dead", 0.0, Some(error), *is_transient, 0),
    };
    sqlx::query(
        "update task set state = $3, lease = null, leased_until = null, transient = $6, attempts = attempts - $7,
                finished_at = case when $3 = 'later' then null else clock_timestamp() end,
                run_at = case when $3 = 'later' then now() + make_interval(secs => $4) else run_at end,
                -- Two steps of priority for a retry.
                rank_at = case when $3 = 'later' then rank_at - interval '10 minutes' else rank_at end,
                last_error = coalesce(left($5, 2000), last_error)
         where task_id = $1 and lease = $2 and state = 'running'",
    )
    .bind(task.task_id)
    .bind(task.lease)
    .bind(state)
    .bind(wait)
    .bind(error)
    .bind(is_transient)
    .bind(given_back)
    .execute(&mut *tx)
    .await?;
    if let (Some(lane), "done" | "dead") = (&task.lane, state) {
        next_in_lane(&mut tx, task.share, lane).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The next of a lane may run, unless one of it is open already.
///
/// After the change that freed the lane: who writes into it meanwhile still sees it taken, and is found here.
pub(super) async fn next_in_lane(conn: &mut PgConnection, share: Uuid, lane: &str) -> Result<()> {
    task::lock_lane(conn, (!share.is_nil()).then_some(OrgId(share)), lane).await?;
    sqlx::query(
        "update task set state = case when run_at > now() then 'later' else 'ready' end
         where task_id = (select task_id from task where share = $1 and lane = $2 and state = 'waiting'
                          order by number limit 1)
           and not exists (select 1 from task where share = $1 and lane = $2
                           and state in ('later', 'ready', 'running'))",
    )
    .bind(share)
    .bind(lane)
    .execute(conn)
    .await?;
    Ok(())
}

/// Dead tasks whose cause may be over begin again, an hour later and at most twice.
///
/// Those of lanes wait for a person: what came after them has gone already.
pub(super) async fn revive(db: &Db) -> Result<u64> {
    let mut tx = db.worker().await?;
    let revived = sqlx::query(
        "update task t set state = 'ready', attempts = 0, stalls = 0, revived = revived + 1, finished_at = null,
                run_at = now(), rank_at = now() + priority * interval '5 minutes'
         where task_id in (
            select task_id from task d where state = 'dead' and transient and revived < 2 and lane is null
              and finished_at < now() - interval '1 hour'
              and not exists (select 1 from task o where o.org_id is not distinct from d.org_id and o.kind = d.kind
                  and o.unique_key = d.unique_key and o.state in ('later', 'waiting', 'ready', 'running'))
            order by finished_at limit 100 for update skip locked)",
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(revived.rows_affected())
}

/// Erases a batch of what was done or discarded a week ago, or died 90 days ago. Says how many there were.
pub(super) async fn forget(db: &Db, most: i64) -> Result<u64> {
    let mut tx = db.worker().await?;
    let done = sqlx::query(
        "delete from task where task_id in (
            (select task_id from task where state in ('done', 'discarded') and finished_at < now() - interval '7 days' limit $1)
            union all
            (select task_id from task where state = 'dead' and finished_at < now() - interval '90 days' limit $1))",
    )
    .bind(most)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}

/// How many tasks stand in each state, by kind, and the seconds that the oldest ready one has waited.
pub(super) async fn depths(db: &Db) -> Result<Vec<(String, String, i64, f64)>> {
    let mut tx = db.worker().await?;
    let rows = sqlx::query_as(
        "select kind, state, count(*),
                coalesce(extract(epoch from now() - min(run_at) filter (where state = 'ready')), 0)::float8
         from task where state in ('later', 'waiting', 'ready', 'running', 'dead') group by kind, state",
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(rows)
}
