//! The key of access tokens is followed by another, over all nodes.

use campo_engine::auth::{ring, rotation};
use campo_engine::ids::{JobId, LoginId, SessionId};
use serde_json::Value;

use crate::cli;
use crate::house::{House, eventually};

fn head(token: &str) -> String {
    token.split('.').next().unwrap().to_owned()
}

/// Makes the newest key sign now instead of in a quarter of a minute, and the one before end `days` ago.
async fn pass_time(house: &House, ended_days_ago: i32) {
    let mut sql = house.sql().await;
    for statement in [
        "update signing_key set signs_from = now() - interval '1 second' where ends_at is null",
        "update signing_key set ends_at = now() - make_interval(days => $1) where ends_at is not null",
    ] {
        let query = sqlx::query(statement);
        let query = if statement.contains("$1") { query.bind(ended_days_ago) } else { query };
        query.execute(&mut sql).await.unwrap();
    }
}

#[tokio::test]
async fn every_node_follows_within_seconds_and_old_tokens_last_thirty_days() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    // Afterwards: the inbox of a demonstration is its process's own.
    let other = House::over(house.database(), true, &[]).await;
    let mut rotate = cli::over(&house);
    rotate.args(["keys", "rotate"]);
    let done = tokio::task::spawn_blocking(move || rotate.output().unwrap()).await.unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    let keys: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((keys[0]["generation"].as_i64(), keys[1]["generation"].as_i64()), (Some(2), Some(1)));
    let days = |key: &Value, name: &str| {
        let at: chrono::DateTime<chrono::Utc> = key[name].as_str().unwrap().parse().unwrap();
        (at - chrono::Utc::now()).num_hours() as f64 / 24.0
    };
    assert!((29.9..30.1).contains(&days(&keys[1], "ends_at")), "{text}");
    assert!((364.0..366.0).contains(&days(&keys[0], "due_at")), "{text}");
    assert!(super::log(&house, owner.org).await.iter().any(|a| a == "auth.key_rotated"));
    // Both nodes know the second key before it signs.
    for node in [&house, &other] {
        eventually("the node knows both keys", async || {
            (node.app.engine.keys.ring().all().len() == 2).then_some(())
        })
        .await;
    }
    let before = house.open(owner.org, owner.user).await;
    assert_eq!(head(&before.token), head(&owner.token), "not yet");
    pass_time(&house, -30).await;
    eventually("new tokens have the new key", async || {
        let person = house.open(owner.org, owner.user).await;
        if head(&person.token) == head(&owner.token) {
            return None;
        }
        other.get(&person, "/api/auth/me").await.ok();
        Some(())
    })
    .await;
    house.get(&owner, "/api/auth/me").await.ok();
    // Thirty days later the old key's tokens are nothing any more, on both nodes.
    pass_time(&house, 0).await;
    for node in [&house, &other] {
        eventually("the old key is over", async || {
            (node.get(&owner, "/api/auth/me").await.status == 401).then_some(())
        })
        .await;
        node.get(&owner, "/api/auth/me").await.refused(401, "AUTH_004");
    }
}

#[tokio::test]
async fn a_key_that_is_known_ends_at_once() {
    let house = House::start().await;
    let engine = &house.app.engine;
    let all = rotation::rotate(&engine.db, &engine.keys, true).await.unwrap();
    assert_eq!(all[1].ends_at, Some(all[0].signs_from));
    assert_eq!(rotation::newest(&engine.db).await.unwrap().number, 2);
    // Five at once are five keys, one after the other.
    let five =
        futures_util::future::join_all((0..5).map(|_| rotation::rotate(&engine.db, &engine.keys, false)))
            .await;
    assert!(five.iter().all(Result::is_ok));
    assert_eq!(rotation::newest(&engine.db).await.unwrap().number, 7);
    assert_eq!(
        ring::due(rotation::newest(&engine.db).await.unwrap()).date_naive(),
        (chrono::Utc::now() + chrono::TimeDelta::days(365)).date_naive()
    );
}

/// Nothing else that the house gives away opens a request.
#[tokio::test]
async fn other_tokens_are_no_access_tokens() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let keys = &house.app.engine.keys;
    for token in [
        owner.refresh_token.clone(),
        keys.link_token(SessionId::new(), 1),
        keys.rating_token(JobId::new()),
        keys.invitation_token(uuid::Uuid::new_v4()),
        campo_engine::auth::refresh::token(keys, LoginId::new(), 1),
        format!("{}x", owner.token),
        "x".repeat(7_000),
    ] {
        let request = house.request(reqwest::Method::GET, None, "/api/auth/me").bearer_auth(&token);
        house.send(request).await.refused(401, "AUTH_004");
    }
}
