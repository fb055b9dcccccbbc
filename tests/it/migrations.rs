//! Migrations: from empty, twice, and by two at once.

use campo_engine::db::{self, MIGRATOR};
use sqlx::{Connection, PgConnection};

use crate::cluster;

async fn tables(options: &db::Options) -> i64 {
    let mut conn = PgConnection::connect_with(options).await.unwrap();
    let count = "select count(*) from pg_tables where schemaname = 'public'";
    sqlx::query_scalar(count).fetch_one(&mut conn).await.unwrap()
}

#[tokio::test]
async fn from_empty_and_twice() {
    let options = cluster::empty().await;
    let all = MIGRATOR.iter().count();
    assert_eq!(db::migrate(&options).await.unwrap(), all);
    let made = tables(&options).await;
    assert!(made > 20, "{made}");
    assert_eq!(db::migrate(&options).await.unwrap(), 0);
    assert_eq!(tables(&options).await, made);
}

#[tokio::test]
async fn by_four_processes_at_once() {
    let options = cluster::empty().await;
    let taken = futures_util::future::join_all((0..4).map(|_| db::migrate(&options))).await;
    assert!(taken.iter().all(Result::is_ok), "{taken:?}");
    assert_eq!(db::migrate(&options).await.unwrap(), 0);
}

/// Every state on the way is a good one: migrations may stop after any of them and go on later.
#[tokio::test]
async fn one_by_one() {
    let options = cluster::empty().await;
    let mut conn = PgConnection::connect_with(&options).await.unwrap();
    for migration in MIGRATOR.iter() {
        MIGRATOR.run_to(migration.version, &mut conn).await.unwrap();
    }
    assert_eq!(db::migrate(&options).await.unwrap(), 0);
}
