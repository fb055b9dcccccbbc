//! What the database itself refuses to do to the audit log, and what a forged end leaves behind.

use campo_engine::audit::anchor::Anchors;
use campo_engine::audit::{Bad, Why, verify};
use sqlx::AssertSqlSafe;

use crate::house::House;
use crate::tamper::write;

/// Nobody changes the log in the ordinary way: not the serving role, and not the owner of the tables.
#[tokio::test]
async fn the_log_is_append_only_for_everybody() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let mut sql = house.sql().await;
    for statement in [
        "update audit_log set action = 'x'",
        "update audit_log set action = 'x' where seq = -1",
        "delete from audit_log",
        "truncate audit_log",
        "delete from audit_head",
        "truncate audit_head",
        "update audit_head set seq = seq - 1",
    ] {
        let refused = sqlx::query(statement).execute(&mut sql).await;
        let said = refused.expect_err(statement).to_string();
        assert!(said.contains("append only") || said.contains("goes forward"), "{statement}: {said}");
        let replica = format!("set session_replication_role = replica; {statement}");
        assert!(
            sqlx::raw_sql(AssertSqlSafe(replica)).execute(&mut sql).await.is_err(),
            "as a replica: {statement}"
        );
        sqlx::query("set session_replication_role = default").execute(&mut sql).await.unwrap();
    }
    for statement in [
        "update audit_log set action = 'x'",
        "delete from audit_log",
        "truncate audit_log",
        "delete from audit_head",
    ] {
        let mut tenant = house.app.engine.db.tenant(owner.org).await.unwrap();
        let refused = sqlx::query(statement).execute(tenant.conn()).await;
        let said = refused.expect_err(statement).to_string();
        assert!(said.contains("permission denied"), "{statement}: {said}");
    }
}

/// An end that somebody put back is not made true again by the next entry.
#[tokio::test]
async fn a_forged_end_stays_forged() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let engine = &house.app.engine;
    for n in 0..5 {
        write(engine, owner.org, n).await;
    }
    let mut sql = house.sql().await;
    let last: i64 = sqlx::query_scalar("select seq from audit_head where org_id = $1")
        .bind(owner.org.0)
        .fetch_one(&mut sql)
        .await
        .unwrap();
    for statement in [
        "alter table audit_log disable trigger all",
        "alter table audit_head disable trigger all",
        "delete from audit_log where org_id = $1 and seq > $2",
        "update audit_head set seq = $2, hash = (select hash from audit_log where org_id = $1 and seq = $2) where org_id = $1",
        "alter table audit_log enable trigger all",
        "alter table audit_head enable trigger all",
    ] {
        let query = sqlx::query(statement);
        let query = if statement.contains("$1") { query.bind(owner.org.0).bind(last - 2) } else { query };
        query.execute(&mut sql).await.unwrap();
    }
    for n in 0..5 {
        write(engine, owner.org, n).await;
    }
    let verdict = verify::verify(&engine.db, owner.org, &Anchors::default(), None).await.unwrap();
    assert_eq!(verdict.first_bad, Some(Bad { seq: last - 1, why: Why::HeadForged }));
}
