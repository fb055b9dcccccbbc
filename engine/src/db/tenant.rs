//! A transaction inside one organization, and what it has to say when it commits.

use std::sync::{Arc, OnceLock};

use sqlx::postgres::PgConnection;
use sqlx::{Postgres, Transaction};
use tokio::sync::Notify;
use uuid::Uuid;

use super::audit;
use crate::error::{Error, Result};
use crate::event::{Committed, NewEvent};
use crate::ids::OrgId;
use crate::ledger::{Entry, Ledger};
use crate::live::{Live, Told};

/// A transaction that sees one organization. Dropped without [`Tenant::commit`] it rolls back.
pub struct Tenant {
    tx: Transaction<'static, Postgres>,
    org: OrgId,
    live: Live,
    ledger: Arc<OnceLock<Ledger>>,
    events: Vec<NewEvent>,
    entries: Vec<Entry>,
    /// Entries that follow from events, unless a use case says more of the same.
    derived: Vec<Entry>,
    told: Vec<Told>,
    task_written: Arc<Notify>,
    wakes: bool,
}

impl Tenant {
    pub(super) fn new(
        tx: Transaction<'static, Postgres>,
        org: OrgId,
        live: Live,
        ledger: Arc<OnceLock<Ledger>>,
        task_written: Arc<Notify>,
    ) -> Self {
        Self {
            tx,
            org,
            live,
            ledger,
            events: Vec::new(),
            entries: Vec::new(),
            derived: Vec::new(),
            told: Vec::new(),
            task_written,
            wakes: false,
        }
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
    ///
    /// A change that somebody made is in the audit log too, without another word.
    pub fn record(&mut self, event: NewEvent) {
        self.derived.extend(Entry::of_event(&event).map(Entry::in_context));
        self.events.push(event);
    }

    /// Notes what was done, by whom and to what; it is chained and written by [`Tenant::commit`] in this transaction.
    ///
    /// It stands for the entry that follows from an event of the same action and thing.
    pub fn audit(&mut self, entry: Entry) {
        self.entries.push(entry.in_context());
    }

    /// Does `work` in this transaction as the eraser, which may take words out of what is otherwise written once.
    ///
    /// It sees the same organization and no more (migrations/0077). An error leaves the transaction unusable, as any.
    pub async fn erasing<T>(&mut self, work: impl AsyncFnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
        become_eraser(&mut self.tx).await?;
        let done = work(&mut self.tx).await?;
        sqlx::query("set local role campo_app").execute(&mut *self.tx).await?;
        sqlx::query("select set_config('app.erasing', '', true)").execute(&mut *self.tx).await?;
        Ok(done)
    }

    /// Wakes this process's worker after the commit: a task was written that somebody waits for.
    pub fn wake_worker(&mut self) {
        self.wakes = true;
    }

    /// Notes a frame for one person's sockets; it leaves after the commit.
    pub fn tell(&mut self, told: Told) {
        self.told.push(told);
    }

    /// Commits. The end of the audit chain is locked after everything else, then the organization's event number is
    /// taken, so commit order is event order and no two commits wait for each other.
    pub async fn commit(mut self) -> Result<()> {
        self.write_entries().await?;
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

    /// Chains and writes what is to be remembered.
    async fn write_entries(&mut self) -> Result<()> {
        let said = std::mem::take(&mut self.entries);
        let mut entries = std::mem::take(&mut self.derived);
        entries.retain(|derived| !said.iter().any(|entry| entry.tells_the_same(derived)));
        entries.extend(said);
        if entries.is_empty() {
            return Ok(());
        }
        let ledger = self.ledger.get().ok_or_else(no_ledger)?;
        audit::write(&mut self.tx, ledger, self.org, entries).await
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

/// Without its keys nothing is written that should be remembered.
pub(super) fn no_ledger() -> Error {
    Error::Internal("the audit log has no key: the engine was not put together".into())
}

/// Takes the eraser's role for the rest of a transaction, and the time to walk through whole tables.
pub(super) async fn become_eraser(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("set local statement_timeout = '120s'").execute(&mut *conn).await?;
    // Locked fields may be emptied, and nothing else done to them.
    sqlx::query("select set_config('app.erasing', 'on', true)").execute(&mut *conn).await?;
    sqlx::query("set local role campo_privacy").execute(conn).await?;
    Ok(())
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
