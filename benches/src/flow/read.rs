//! What the database says of messages and tasks, read from outside.

use std::time::{Duration, Instant};

use sqlx::PgConnection;

use super::exact::Row;
use crate::campo::Campo;
use crate::error::{Outcome, Trouble};
use crate::oracle::database::connect;

/// An open connection that sees everything.
pub struct Reader(PgConnection);

/// What waits, by state.
#[derive(Debug, Clone, Copy, Default, sqlx::FromRow)]
pub struct Waiting {
    /// Messages on their way.
    pub open: i64,
    /// Tasks that will run.
    pub tasks: i64,
    /// Tasks that gave up.
    pub dead: i64,
}

/// Id, entity, event, state, the provider's id.
type Told = (String, Option<String>, String, String, Option<String>);

/// A task: wait for its start in microseconds, attempts, leases that ran out, state.
pub type Started = (Option<i64>, i16, i16, String);

impl Reader {
    /// Connects as the owner of the database.
    pub async fn open(campo: &Campo) -> Outcome<Self> {
        Ok(Self(connect(campo).await?))
    }

    /// All outbound messages of an organization that were meant to leave by now: no reminders of the days to come.
    pub async fn messages(&mut self, org: uuid::Uuid) -> Outcome<Vec<Row>> {
        let rows: Vec<Told> = sqlx::query_as(
            "select message_id::text, entity_id::text, coalesce(event, ''), state, provider_id from message \
             where org_id = $1 and direction = 'out' and due_at < now() + interval '1 hour' order by created_at, message_id",
        )
        .bind(org)
        .fetch_all(&mut self.0)
        .await?;
        let row = |(key, job, event, state, effect): Told| Row { key, job, event, state, effect };
        Ok(rows.into_iter().map(row).collect())
    }

    /// What waits. Reminders and what else is due much later do not count.
    pub async fn waiting(&mut self) -> Outcome<Waiting> {
        let sql = "select (select count(*) from message where direction = 'out' and state in ('queued', 'sending') \
                       and due_at < now() + interval '1 hour') as open, \
                   (select count(*) from task where kind like 'message.%' \
                       and (state in ('waiting', 'ready', 'running') \
                            or (state = 'later' and run_at < now() + interval '1 hour'))) as tasks, \
                   (select count(*) from task where state = 'dead') as dead";
        Ok(sqlx::query_as(sql).fetch_one(&mut self.0).await?)
    }

    /// Waits until nothing is on its way any more but what only a person can move, or the time is over; what is left.
    pub async fn until_sent(&mut self, within: Duration) -> Outcome<Waiting> {
        let began = Instant::now();
        loop {
            let waiting = self.waiting().await?;
            let is_still = waiting.tasks == 0 && (waiting.open == 0 || waiting.dead > 0);
            if is_still || began.elapsed() > within {
                return Ok(waiting);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Lets the leases of a worker that was killed at this moment run out now instead of after a minute.
    pub async fn age_leases(&mut self, killed_us: i64) -> Outcome<u64> {
        let sql = "update task set leased_until = now() - interval '1 second' \
                   where state = 'running' and started_at < to_timestamp($1::double precision / 1e6)";
        Ok(sqlx::query(sql).bind(killed_us as f64).execute(&mut self.0).await?.rows_affected())
    }

    /// Every dead letter in words.
    pub async fn dead(&mut self) -> Outcome<Vec<String>> {
        let sql = "select format('%s: %s attempts, %s stalls, %s', kind, attempts, stalls, last_error) from task \
                   where state = 'dead' order by number";
        Ok(sqlx::query_scalar(sql).fetch_all(&mut self.0).await?)
    }

    /// Retries every dead letter, as a person does in the admin page; how many.
    pub async fn revive(&mut self) -> Outcome<u64> {
        let sql = "update task set state = 'ready', attempts = 0, stalls = 0, finished_at = null, rank_at = now() \
                   where state = 'dead'";
        Ok(sqlx::query(sql).execute(&mut self.0).await?.rows_affected())
    }

    /// What customers sent, by provider's id, with how often each is stored.
    pub async fn received(&mut self, org: uuid::Uuid) -> Outcome<Vec<(String, i64)>> {
        let sql = "select provider_id, count(*) from message where org_id = $1 and direction = 'in' \
                   group by provider_id";
        Ok(sqlx::query_as(sql).bind(org).fetch_all(&mut self.0).await?)
    }

    /// Unread messages over all conversations of an organization.
    pub async fn unread(&mut self, org: uuid::Uuid) -> Outcome<i64> {
        let sql = "select coalesce(sum(unread), 0)::bigint from conversation where org_id = $1";
        Ok(sqlx::query_scalar(sql).bind(org).fetch_one(&mut self.0).await?)
    }

    /// Writes `count` tasks that do nothing (journeys that never were) for an organization that is only a name.
    pub async fn write_noops(&mut self, org: uuid::Uuid, count: i32) -> Outcome<()> {
        let sql = "insert into task (task_id, org_id, kind, payload) \
                   select gen_random_uuid(), $1, 'journey.expire', \
                          jsonb_build_object('org', $1::text, 'session', gen_random_uuid()::text) \
                   from generate_series(1, $2)";
        sqlx::query(sql).bind(org).bind(count).execute(&mut self.0).await?;
        Ok(())
    }

    /// The tasks of an organization.
    pub async fn started(&mut self, org: uuid::Uuid) -> Outcome<Vec<Started>> {
        let sql = "select (extract(epoch from started_at - created_at) * 1e6)::bigint, attempts, stalls, state \
                   from task where org_id = $1";
        Ok(sqlx::query_as(sql).bind(org).fetch_all(&mut self.0).await?)
    }

    /// How many of an organization's tasks are in each state.
    pub async fn states(&mut self, org: uuid::Uuid) -> Outcome<Vec<(String, i64)>> {
        let sql = "select state, count(*) from task where org_id = $1 group by state order by state";
        Ok(sqlx::query_as(sql).bind(org).fetch_all(&mut self.0).await?)
    }

    /// The floor of everything durable: one small commit, microseconds, sorted.
    pub async fn commits(&mut self, count: usize) -> Outcome<Vec<u64>> {
        sqlx::query("create table if not exists campo_bench_commit (n bigint)").execute(&mut self.0).await?;
        let mut times = Vec::new();
        for n in 0..count {
            let began = Instant::now();
            sqlx::query("insert into campo_bench_commit values ($1)")
                .bind(n as i64)
                .execute(&mut self.0)
                .await?;
            times.push(began.elapsed().as_micros() as u64);
        }
        sqlx::query("drop table campo_bench_commit").execute(&mut self.0).await?;
        times.sort_unstable();
        if times.is_empty() {
            return Err(Trouble::new("no commit was timed"));
        }
        Ok(times)
    }
}
