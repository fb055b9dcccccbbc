//! The floor: how fast this machine's PostgreSQL takes the same rows with nothing in front of it.

use std::time::{Duration, Instant};

use clap::Args as ClapArgs;
use sqlx::PgConnection;

use crate::campo::Campo;
use crate::error::Outcome;
use crate::oracle::database;
use crate::say;

/// `campo-bench floor`: raw `INSERT .. SELECT FROM UNNEST .. ON CONFLICT DO NOTHING`, one connection.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// DATABASE_URL of a PostgreSQL
    #[arg(long)]
    pub database_url: Option<String>,
    /// CAMPO_DATA of a running server with a private PostgreSQL
    #[arg(long)]
    pub data: Option<std::path::PathBuf>,
    /// Seconds per batch size
    #[arg(long, default_value_t = 3)]
    pub seconds: u64,
}

/// Rows of one batch size.
#[derive(Debug, Clone, Copy)]
pub struct Floor {
    /// Rows in each INSERT.
    pub batch: usize,
    /// Durable rows a second.
    pub rows_per_s: f64,
}

/// The same columns and key as `position`, without partitions, so that it can be dropped at once.
const TABLE: &str = "CREATE TABLE campo_bench_floor.position (
    at timestamptz NOT NULL, corrected_at timestamptz NOT NULL, org_id uuid NOT NULL, member integer NOT NULL,
    source integer NOT NULL, seq integer NOT NULL, lat_e7 integer NOT NULL, lon_e7 integer NOT NULL,
    delay_s integer NOT NULL, accuracy_dm smallint, speed_cmps smallint, heading_ddeg smallint,
    altitude_m smallint, battery_pct smallint, flags smallint NOT NULL DEFAULT 0,
    verdict smallint NOT NULL DEFAULT 0, PRIMARY KEY (member, source, at))";

const INSERT: &str = "INSERT INTO campo_bench_floor.position
    (at, corrected_at, org_id, member, source, seq, lat_e7, lon_e7, delay_s, accuracy_dm, speed_cmps, heading_ddeg)
    SELECT to_timestamp(a::double precision / 1000), to_timestamp(a::double precision / 1000), $2, m, m, s,
           -349000000 + s, -600000000, 0, 50, 850, 900
    FROM UNNEST($1::bigint[], $3::int4[], $4::int4[]) AS t(a, m, s) ON CONFLICT DO NOTHING";

/// Measures in the PostgreSQL of this `campo`.
pub async fn measure(campo: &Campo, seconds: u64) -> Outcome<Vec<Floor>> {
    let mut connection = database::connect(campo).await?;
    let mut floors = Vec::new();
    for batch in [1_000, 400] {
        clear(&mut connection).await?;
        sqlx::query("CREATE SCHEMA campo_bench_floor").execute(&mut connection).await?;
        sqlx::query(TABLE).execute(&mut connection).await?;
        let rows_per_s = insert(&mut connection, batch, Duration::from_secs(seconds)).await?;
        floors.push(Floor { batch, rows_per_s });
    }
    clear(&mut connection).await?;
    Ok(floors)
}

async fn clear(connection: &mut PgConnection) -> Outcome<()> {
    sqlx::query("SET client_min_messages = warning").execute(&mut *connection).await?;
    sqlx::query("DROP SCHEMA IF EXISTS campo_bench_floor CASCADE").execute(connection).await?;
    Ok(())
}

/// A thousand members in key order, each a little later from batch to batch: what the writer sees too.
async fn insert(connection: &mut PgConnection, batch: usize, time: Duration) -> Outcome<f64> {
    const MEMBERS: usize = 1_000;
    let began = Instant::now();
    let mut rows = 0usize;
    while began.elapsed() < time {
        let mut keys: Vec<(i32, i64)> = (rows..rows + batch)
            .map(|n| ((n % MEMBERS) as i32, 1_790_000_000_000 + (n / MEMBERS) as i64 * 50))
            .collect();
        keys.sort_unstable();
        let at: Vec<i64> = keys.iter().map(|(_, at)| *at).collect();
        let member: Vec<i32> = keys.iter().map(|(member, _)| *member).collect();
        let seq: Vec<i32> = keys.iter().map(|(_, at)| (*at - 1_790_000_000_000) as i32 / 50).collect();
        let query = sqlx::query(INSERT).bind(&at).bind(uuid::Uuid::nil()).bind(&member).bind(&seq);
        rows += query.execute(&mut *connection).await?.rows_affected() as usize;
    }
    Ok(rows as f64 / began.elapsed().as_secs_f64())
}

/// One line for people.
pub fn print(floors: &[Floor]) {
    for floor in floors {
        say!(
            "floor    raw INSERT .. UNNEST, {} rows a batch: {:.0} durable rows/s",
            floor.batch,
            floor.rows_per_s
        );
    }
}

/// The command.
pub async fn run(args: &Args) -> Outcome<bool> {
    let campo =
        Campo { path: "campo".into(), data: args.data.clone(), database_url: args.database_url.clone() };
    print(&measure(&campo, args.seconds).await?);
    Ok(true)
}
