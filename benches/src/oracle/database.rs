//! Reading the database from outside, as the serving role inside one organization after the other.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use uuid::Uuid;

use super::judge::{Change, Stored, Stream};
use crate::campo::Campo;
use crate::error::{Outcome, Trouble};

/// An open connection.
#[derive(Debug)]
pub struct Database(PgConnection);

/// What a private PostgreSQL's folder says about the running one (`postgres.json`).
#[derive(Debug, Deserialize)]
struct Note {
    socket_dir: PathBuf,
    port: u16,
}

/// An arrival as it was decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// The job.
    pub job: Uuid,
    /// `fence`, `technician` or `staff`.
    pub by: String,
    /// The fix that decided, Unix milliseconds.
    pub at_ms: i64,
    /// Where that was, degrees.
    pub place: Option<(f64, f64)>,
}

/// Job, by whom, when, latitude, longitude.
type ArrivalRow = (Uuid, String, i64, Option<f64>, Option<f64>);

/// The private cluster's superuser and database.
const PRIVATE_USER: &str = "campo_owner";
const PRIVATE_DATABASE: &str = "campo";

/// Opens a plain connection to the database of this `campo`: its `DATABASE_URL`, else the private one in its data.
pub async fn connect(campo: &Campo) -> Outcome<PgConnection> {
    let options = match (&campo.database_url, &campo.data) {
        (Some(url), _) => url.parse::<PgConnectOptions>()?,
        (None, Some(data)) => private(data)?,
        (None, None) => return Err(Trouble::new("neither --database-url nor --data: no database to read")),
    };
    Ok(options.connect().await?)
}

fn private(data: &Path) -> Outcome<PgConnectOptions> {
    let path = data.join("postgres.json");
    let text = std::fs::read_to_string(&path)
        .map_err(|e| Trouble::from(e).while_doing(&format!("{} (is the server running?)", path.display())))?;
    let note: Note = serde_json::from_str(&text)?;
    Ok(PgConnectOptions::new_without_pgpass()
        .socket(&note.socket_dir)
        .port(note.port)
        .username(PRIVATE_USER)
        .database(PRIVATE_DATABASE))
}

impl Database {
    /// Connects and takes the serving role: what it may not see does not count as stored.
    pub async fn open(campo: &Campo) -> Outcome<Self> {
        let mut connection = connect(campo).await?;
        sqlx::query("SET ROLE campo_app").execute(&mut connection).await?;
        Ok(Self(connection))
    }

    /// Every organization there is.
    pub async fn organizations(&mut self) -> Outcome<Vec<Uuid>> {
        self.set("app.scope", "identity").await?;
        let orgs =
            sqlx::query_scalar("SELECT org_id FROM organization ORDER BY 1").fetch_all(&mut self.0).await?;
        self.set("app.scope", "").await?;
        Ok(orgs)
    }

    /// Sees this organization from now on.
    pub async fn enter(&mut self, org: Uuid) -> Outcome<()> {
        self.set("app.org_id", &org.to_string()).await
    }

    async fn set(&mut self, name: &str, value: &str) -> Outcome<()> {
        sqlx::query("SELECT set_config($1, $2, false)").bind(name).bind(value).execute(&mut self.0).await?;
        Ok(())
    }

    /// All points of the organization, by stream.
    pub async fn points(&mut self) -> Outcome<Stored> {
        let sources: Vec<(i32, Uuid, Uuid, Uuid)> =
            sqlx::query_as("SELECT source, user_id, device, boot FROM source").fetch_all(&mut self.0).await?;
        let names: HashMap<i32, Stream> =
            sources.into_iter().map(|(source, user, device, boot)| (source, (user, device, boot))).collect();
        let rows: Vec<(i32, i32, i64)> = sqlx::query_as(
            "SELECT source, seq, (extract(epoch FROM at) * 1000)::bigint FROM \"position\" \
             WHERE org_id = current_org()",
        )
        .fetch_all(&mut self.0)
        .await?;
        let mut stored = Stored::new();
        for (source, seq, at) in rows {
            // A row whose source is unknown belongs to nobody: it is kept apart, never hidden.
            let stream = names.get(&source).copied().unwrap_or((
                Uuid::nil(),
                Uuid::nil(),
                Uuid::from_u128(source as u128),
            ));
            stored.entry(stream).or_default().push((seq as u32, at));
        }
        Ok(stored)
    }

    /// All changes of jobs, in each job's order.
    pub async fn history(&mut self) -> Outcome<Vec<Change>> {
        let rows: Vec<(Uuid, Option<String>, String, String)> = sqlx::query_as(
            "SELECT job_id, previous_status, status, changed_by_kind FROM job_status_history ORDER BY job_id, ordinal",
        )
        .fetch_all(&mut self.0)
        .await?;
        Ok(rows.into_iter().map(|(job, from, to, by)| Change { job, from, to, by }).collect())
    }

    /// Where each job stands.
    pub async fn job_states(&mut self) -> Outcome<HashMap<Uuid, String>> {
        let rows: Vec<(Uuid, String)> =
            sqlx::query_as("SELECT job_id, status FROM job").fetch_all(&mut self.0).await?;
        Ok(rows.into_iter().collect())
    }

    /// The event numbers, ascending, and the last one given.
    pub async fn events(&mut self) -> Outcome<(Vec<i64>, i64)> {
        let seqs = sqlx::query_scalar("SELECT seq FROM event ORDER BY seq").fetch_all(&mut self.0).await?;
        let last: Option<i64> =
            sqlx::query_scalar("SELECT max(seq) FROM org_seq").fetch_one(&mut self.0).await?;
        Ok((seqs, last.unwrap_or(0)))
    }

    /// The arrivals of all journeys.
    pub async fn arrivals(&mut self) -> Outcome<Vec<Arrival>> {
        let rows: Vec<ArrivalRow> = sqlx::query_as(
            "SELECT job_id, coalesce(arrived_by, ''), (extract(epoch FROM arrived_at) * 1000)::bigint, \
                    arrived_lat, arrived_lon FROM tracking_session WHERE arrived_at IS NOT NULL",
        )
        .fetch_all(&mut self.0)
        .await?;
        let arrival =
            |(job, by, at_ms, lat, lon): ArrivalRow| Arrival { job, by, at_ms, place: lat.zip(lon) };
        Ok(rows.into_iter().map(arrival).collect())
    }

    /// Closes the connection.
    pub async fn close(self) -> Outcome<()> {
        Ok(self.0.close().await?)
    }
}
