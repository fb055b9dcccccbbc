//! A transaction inside one organization, and what it has to say when it commits.

use std::sync::Arc;

use sqlx::postgres::PgConnection;
use sqlx::{Postgres, Transaction};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::error::Result;
use crate::event::{Committed, NewEvent};
use crate::ids::OrgId;
use crate::live::{Live, Told};

/// A transaction that sees one organization. Dropped without [`Tenant::commit`] it rolls back.
pub struct Tenant {
    tx: Transaction<'static, Postgres>,
    org: OrgId,
    live: Live,
    events: Vec<NewEvent>,
    told: Vec<Told>,
    task_written: Arc<Notify>,
    wakes: bool,
}

impl Tenant {
    pub(super) fn new(
        tx: Transaction<'static, Postgres>,
        org: OrgId,
        live: Live,
        task_written: Arc<Notify>,
    ) -> Self {
        Self { tx, org, live, events: Vec::new(), told: Vec::new(), task_written, wakes: false }
    }

    /// The organization that this transaction sees.
    pub fn org(&self) -> OrgId {
        self.org
    }

    /// The connection, for the queries of a feature's `sql.rs`.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Notes a fact; it is written and numbered by [`Tenant::commit`], and told to everyone after it.
    pub fn record(&mut self, event: NewEvent) {
        self.events.push(event);
    }

    /// Wakes this process's worker after the commit: a task was written that somebody waits for.
    pub fn wake_worker(&mut self) {
        self.wakes = true;
    }

    /// Notes a frame for one person's sockets; it leaves after the commit.
    pub fn tell(&mut self, told: Told) {
        self.told.push(told);
    }

    /// Commits. The organization's event number is taken last, so commit order is event order.
    pub async fn commit(mut self) -> Result<()> {
        let committed = self.write_events().await?;
        let Self { tx, live, told, task_written, wakes, .. } = self;
        tx.commit().await?;
        for event in committed {
            live.publish(event);
        }
        for told in told {
            live.tell(told);
        }
        if wakes {
            task_written.notify_one();
        }
        Ok(())
    }

    /// Numbers and writes what was recorded, and the task that brings it to the organization's own systems.
    async fn write_events(&mut self) -> Result<Vec<Committed>> {
        let events = std::mem::take(&mut self.events);
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let last: i64 = sqlx::query_scalar(
            "insert into org_seq (org_id, seq) values ($1, $2)
             on conflict (org_id) do update set seq = org_seq.seq + $2 returning seq",
        )
        .bind(self.org)
        .bind(events.len() as i64)
        .fetch_one(&mut *self.tx)
        .await?;
        let mut seq = last - events.len() as i64;
        let mut committed = Vec::with_capacity(events.len());
        for event in events {
            seq += 1;
            let body = event.body();
            sqlx::query("insert into event (org_id, seq, kind, at, body) values ($1, $2, $3, $4, $5)")
                .bind(self.org)
                .bind(seq)
                .bind(event.kind)
                .bind(event.at)
                .bind(&body)
                .execute(&mut *self.tx)
                .await?;
            committed.push(Committed { org: self.org, seq, body });
        }
        // One task a commit: a running one may have looked before this commit, so it must not stand for this.
        let written = sqlx::query(
            "insert into task (task_id, org_id, kind, payload, rank_at)
             select $2, $1, 'webhook.spread', jsonb_build_object('org', $1), now() + interval '50 minutes'
             where exists (select 1 from webhook_endpoint where org_id = $1 and is_active)",
        )
        .bind(self.org)
        .bind(Uuid::now_v7())
        .execute(&mut *self.tx)
        .await?;
        self.wakes |= written.rows_affected() > 0;
        Ok(committed)
    }
}

/// A read that sees one tracking session through its customer's link.
pub struct Link(Transaction<'static, Postgres>);

impl Link {
    pub(super) fn new(tx: Transaction<'static, Postgres>) -> Self {
        Self(tx)
    }

    /// The connection, for the one query of `tracking/sql.rs` that follows a link.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}
