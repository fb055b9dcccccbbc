//! The PostgreSQL of a test run: `TEST_DATABASE_URL`, or a private one that ends with the run.
//!
//! Every house gets a database of its own, copied from one that was migrated once.

#![allow(clippy::disallowed_methods, reason = "tests are told by the environment which PostgreSQL to use")]

use std::path::PathBuf;
use std::sync::OnceLock;

use campo_engine::db;
use campo_engine::postgres::{Place, Private};
use sqlx::{Connection, PgConnection};
use tokio::sync::OnceCell;

static PRIVATE: OnceLock<Private> = OnceLock::new();
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// How to connect to the run's PostgreSQL as its superuser.
pub fn superuser() -> db::Options {
    if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
        return db::options(&url).unwrap();
    }
    PRIVATE.get_or_init(start).options()
}

/// A folder of this run; the next run removes it.
pub fn scratch() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("campo-it-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn start() -> Private {
    sweep(&std::env::temp_dir());
    let mut place = Place::new(scratch());
    place.bin = std::env::var_os("CAMPO_POSTGRES_BIN").map(PathBuf::from);
    Private::start(&place).unwrap()
}

/// Removes what earlier runs left: nobody can, while a run is at work.
fn sweep(temporary: &std::path::Path) {
    for entry in std::fs::read_dir(temporary).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|n| n.strip_prefix("campo-it-")) else { continue };
        if !std::path::Path::new("/proc").join(pid).exists() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// An empty database.
pub async fn empty() -> db::Options {
    let name = format!("it_{}", uuid::Uuid::new_v4().simple());
    create(&name, "template0").await;
    superuser().database(&name)
}

/// A database in its present form.
pub async fn migrated() -> db::Options {
    let template = TEMPLATE
        .get_or_init(|| async {
            let options = empty().await;
            db::migrate(&options).await.unwrap();
            sabotage(&options).await;
            options.get_database().unwrap().to_owned()
        })
        .await;
    let name = format!("it_{}", uuid::Uuid::new_v4().simple());
    create(&name, template).await;
    superuser().database(&name)
}

async fn create(name: &str, template: &str) {
    let mut conn = PgConnection::connect_with(&superuser()).await.unwrap();
    let statement = format!("create database {name} template {template}");
    // Two copies of one template at once are refused: the second waits its turn.
    sqlx::query("select pg_advisory_lock(20261124)").execute(&mut conn).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

/// `CAMPO_TEST_SABOTAGE` breaks a promise of every test's database, to show that the checks see it (scripts/sabotage.sh).
async fn sabotage(options: &db::Options) {
    let tables = "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
                  where c.relrowsecurity and n.nspname = 'public' and c.relkind in ('r', 'p')";
    let Ok(what) = std::env::var("CAMPO_TEST_SABOTAGE") else { return };
    let mut conn = PgConnection::connect_with(options).await.unwrap();
    let statements = match what.as_str() {
        "no-force" => vec!["alter table customer no force row level security".to_owned()],
        "open-policy" => vec!["create policy sabotage on customer for select using (true)".to_owned()],
        "rls-off" => {
            let all: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut conn).await.unwrap();
            all.iter().map(|t| format!("alter table {t} disable row level security")).collect()
        }
        other => panic!("CAMPO_TEST_SABOTAGE={other} is none of no-force, open-policy, rls-off"),
    };
    for statement in statements {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut conn).await.unwrap();
    }
}
