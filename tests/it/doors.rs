//! What stands at every door: headers, refusals in words, health, metrics.

use reqwest::Method;
use serde_json::json;
use sqlx::{Connection, PgConnection};

use crate::house::House;

#[tokio::test]
async fn refusals_are_problem_documents() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    house.get(&owner, "/api/nothing").await.refused(404, "REQUEST_004");
    house.get(None, "/nothing").await.refused(404, "REQUEST_004");
    house.get(&owner, "/api/customers/no-uuid").await.refused(404, "REQUEST_004");
    house.send(house.request(Method::PUT, Some(&owner), "/api/customers")).await.refused(405, "REQUEST_001");
    let raw = |body: &str, kind: &'static str| {
        house
            .request(Method::POST, Some(&owner), "/api/customers")
            .header("content-type", kind)
            .body(body.to_owned())
    };
    house.send(raw("{", "application/json")).await.refused(400, "REQUEST_001");
    house.send(raw("", "application/json")).await.refused(400, "REQUEST_001");
    house.send(raw("{}", "text/plain")).await.refused(415, "REQUEST_005");
    let nested = format!("{{\"name\":\"x\",\"phone\":\"1140000000\",\"x\":{}", "[".repeat(10_000));
    house.send(raw(&nested, "application/json")).await.refused(400, "REQUEST_001");
    house
        .send(raw(&format!("\"{}\"", "x".repeat(300_000)), "application/json"))
        .await
        .refused(413, "REQUEST_003");
    let missing = house.send(raw("{\"name\":\"x\"}", "application/json")).await;
    assert_eq!(missing.refused(422, "REQUEST_002")["errors"][0]["field"], "phone");
    let not_utf8 = house
        .request(Method::POST, Some(&owner), "/api/customers")
        .header("content-type", "application/json")
        .body(b"{\"name\":\"\xff\"}".to_vec());
    house.send(not_utf8).await.refused(400, "REQUEST_001");
    house
        .patch(&owner, "/api/organization", json!({"version": 99_999_999_999_i64}))
        .await
        .refused(422, "REQUEST_002");
    let sent = house
        .request(Method::POST, None, "/api/auth/otp/send")
        .header("content-type", "application/json")
        .body("{");
    house.send(sent).await.refused(400, "REQUEST_001");
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let house = House::start().await;
    for path in ["/api/nothing", "/health/live", "/demo/inbox", "/"] {
        let answer = house.get(None, path).await;
        let header =
            |name: &str| answer.headers.get(name).map(|h| h.to_str().unwrap().to_owned()).unwrap_or_default();
        let policy = header("content-security-policy");
        assert!(
            policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{path} {policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert!(header("permissions-policy").contains("geolocation=(self)"));
        assert!(!answer.headers.contains_key("server"));
    }
}

#[tokio::test]
async fn health_and_metrics() {
    let house = House::start().await;
    assert_eq!(house.get(None, "/health/live").await.status, 200);
    let ready = house.get(None, "/health/ready").await.ok();
    assert_eq!(ready["parts"]["database"], "ok");
    house.get(None, "/metrics").await.refused(404, "REQUEST_004");
    house.code(&crate::house::fresh_phone()).await;
    let metrics = reqwest::get(format!("{}/metrics", house.admin_url)).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("campo_tasks_done_total{kind=\"otp.send\"}"), "{metrics}");
}

#[tokio::test]
async fn a_database_that_does_not_commit_is_not_ready() {
    let house = House::start().await;
    // From outside: a database cannot be closed by its own connection.
    let mut sql = PgConnection::connect_with(&crate::cluster::superuser()).await.unwrap();
    let name = house.database().get_database().unwrap().to_owned();
    let statement = format!("alter database {name} with allow_connections false");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut sql).await.unwrap();
    sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()")
        .bind(&name)
        .execute(&mut sql)
        .await
        .unwrap();
    crate::house::eventually("not ready", async || {
        let answer = house.get(None, "/health/ready").await;
        (answer.status == 503 && answer.body["parts"]["database"] != "ok").then_some(())
    })
    .await;
    assert_eq!(house.get(None, "/health/live").await.status, 200);
    let statement = format!("alter database {name} with allow_connections true");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut sql).await.unwrap();
    crate::house::eventually("ready again", async || {
        (house.get(None, "/health/ready").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_told_server_ends_cleanly() {
    let house = House::start().await;
    house.sign_up("Plomería Sur").await;
    house.stop().await.unwrap();
}
