//! The only door to SQL.
//!
//! Every query runs in a transaction that was opened for something: an organization
//! ([`Db::tenant`]), signing in ([`Db::identity`]), a customer's link ([`Db::link`]), the worker
//! ([`Db::worker`]). Row-level security hides all else; pools are private to this room.

mod audit;
mod examine;
mod migrate;
mod tenant;
mod upkeep;

pub use examine::Examined;
pub use migrate::{MIGRATOR, migrate};
pub use tenant::{Link, Tenant};
pub use upkeep::{KEEP_DAYS, Upkeep, keep_partitions, keep_partitions_for};

/// How to connect. Named here so that other crates need no SQL of their own.
pub use sqlx::postgres::PgConnectOptions as Options;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection, Postgres, Transaction};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::ids::OrgId;
use crate::ledger::{Entry, Ledger};
use crate::live::Live;

/// A statement that runs longer has lost its caller (design: short transactions).
const STATEMENT_TIMEOUT: &str = "5s";
/// A transaction left open blocks an organization's events.
const IDLE_IN_TRANSACTION: &str = "5s";
/// How long a request waits for a connection before it is told that the database is away.
const CHECKOUT: Duration = Duration::from_secs(3);
/// Connections for use cases: two cores keep no more than this busy, waiting costs less than switching.
const APP_CONNECTIONS: u32 = 12;
/// Connections that claim tasks and note their ends.
const WORKER_CONNECTIONS: u32 = 3;

/// The pools, one a role.
#[derive(Clone)]
pub struct Db {
    app: PgPool,
    worker: PgPool,
    options: PgConnectOptions,
    live: Live,
    ledger: Arc<OnceLock<Ledger>>,
    task_written: Arc<Notify>,
}

impl Db {
    /// Opens the pools. Connects lazily: a database that is away is found at the first query.
    ///
    /// `options` name a role that may take the serving roles (the owner that migrated).
    pub fn open(options: PgConnectOptions, live: Live) -> Self {
        let pool = |role: &str, connections: u32| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(CHECKOUT)
                // A connection that the server dropped is found by the query that uses it, and replaced.
                .test_before_acquire(false)
                .max_lifetime(Duration::from_secs(3600))
                .connect_lazy_with(as_role(&options, role))
        };
        Self {
            app: pool("campo_app", APP_CONNECTIONS),
            worker: pool("campo_worker", WORKER_CONNECTIONS),
            live,
            ledger: Arc::default(),
            options,
            task_written: Arc::default(),
        }
    }

    /// Wakes the worker of this process: a task was written.
    pub fn task_written(&self) -> &Arc<Notify> {
        &self.task_written
    }

    /// Opens a transaction scoped to `org`: row-level security hides all else.
    ///
    /// `set_config(.., true)` is the bindable spelling of `SET LOCAL`, so the
    /// scope ends with the transaction and the pooled connection goes back clean.
    pub async fn tenant(&self, org: OrgId) -> Result<Tenant> {
        let mut tx = self.begin(&self.app).await?;
        sqlx::query("select set_config('app.org_id', $1, true)")
            .bind(org.to_string())
            .execute(&mut *tx)
            .await?;
        Ok(Tenant::new(tx, org, self.live.clone(), self.ledger.clone(), self.task_written.clone()))
    }

    /// Does `work` in one transaction of `org` and commits it; an error rolls it back.
    pub async fn within<T>(&self, org: OrgId, work: impl AsyncFnOnce(&mut Tenant) -> Result<T>) -> Result<T> {
        let mut tenant = self.tenant(org).await?;
        let value = work(&mut tenant).await?;
        tenant.commit().await?;
        Ok(value)
    }

    /// Opens a transaction that sees identity tables of every organization: signing in and nothing else.
    pub async fn identity(&self) -> Result<Transaction<'static, Postgres>> {
        let mut tx = self.begin(&self.app).await?;
        sqlx::query("select set_config('app.scope', 'identity', true)").execute(&mut *tx).await?;
        Ok(tx)
    }

    /// Gives the audit log its keys; once, when the engine is put together.
    pub fn keep_ledger(&self, ledger: Ledger) {
        // A second engine over the same door has the same keys.
        let _ = self.ledger.set(ledger);
    }

    /// The audit log's keys.
    ///
    /// # Errors
    /// [`Error::Internal`] where the engine was not put together.
    pub fn ledger(&self) -> Result<&Ledger> {
        self.ledger.get().ok_or_else(tenant::no_ledger)
    }

    /// Writes audit entries of an organization in a transaction that is not its own (signing in), right before its commit.
    ///
    /// The transaction sees the organization's rows afterwards. Several organizations: in the order of their ids.
    pub async fn audit(&self, conn: &mut PgConnection, org: OrgId, entries: Vec<Entry>) -> Result<()> {
        sqlx::query("select set_config('app.org_id', $1, true)")
            .bind(org.to_string())
            .execute(&mut *conn)
            .await?;
        let entries = entries.into_iter().map(Entry::in_context).collect();
        audit::write(conn, self.ledger()?, org, entries).await
    }

    /// Opens a transaction of the eraser over identity tables: what is left of a person who belongs nowhere any more.
    pub async fn identity_erasing(&self) -> Result<Transaction<'static, Postgres>> {
        let mut tx = self.identity().await?;
        tenant::become_eraser(&mut tx).await?;
        Ok(tx)
    }

    /// Opens a read that sees the one tracking session whose link has this hash.
    pub async fn link(&self, token_hash: &[u8]) -> Result<Link> {
        let mut tx = self.begin(&self.app).await?;
        sqlx::query("select set_config('app.link_hash', encode($1, 'hex'), true)")
            .bind(token_hash)
            .execute(&mut *tx)
            .await?;
        Ok(Link::new(tx))
    }

    /// Opens a read that sees the one message that a provider's status names.
    pub async fn callback(&self, message: Uuid) -> Result<Transaction<'static, Postgres>> {
        let mut tx = self.begin(&self.app).await?;
        sqlx::query("select set_config('app.callback', $1, true)")
            .bind(message.to_string())
            .execute(&mut *tx)
            .await?;
        Ok(tx)
    }

    /// Opens a transaction of the worker: the task table over all organizations, nothing more.
    pub async fn worker(&self) -> Result<Transaction<'static, Postgres>> {
        self.begin(&self.worker).await
    }

    /// A connection of its own for the position writer: may insert positions and read nothing.
    pub async fn ingest(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect_with(&as_role(&self.options, "campo_ingest")).await?)
    }

    /// A connection as the owner, for migrations, partition upkeep and backups alone.
    pub async fn owner(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect_with(&self.options).await?)
    }

    /// Whether the database can commit now; the error says why not.
    pub async fn can_commit(&self) -> Result<()> {
        let mut tx = self.begin(&self.app).await?;
        // A transaction id makes the commit write its record to disk.
        sqlx::query("select pg_current_xact_id()").execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Where committed events go.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// Closes the pools; waits for connections in use.
    pub async fn close(&self) {
        self.app.close().await;
        self.worker.close().await;
    }

    #[allow(clippy::disallowed_methods, reason = "this is the door")]
    async fn begin(&self, pool: &PgPool) -> Result<Transaction<'static, Postgres>> {
        Ok(pool.begin().await?)
    }
}

/// Reads a database address; the error says in words what is wrong with it.
pub fn options(url: &str) -> Result<Options> {
    url.parse().map_err(|e| Error::Internal(format!("DATABASE_URL: {e}")))
}

/// `-c role=..` at connection time: RESET ROLE goes back to it, not to the owner.
fn as_role(options: &PgConnectOptions, role: &str) -> PgConnectOptions {
    options.clone().application_name(role).options([
        ("role", role),
        ("statement_timeout", STATEMENT_TIMEOUT),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION),
        ("lock_timeout", "4s"),
    ])
}
