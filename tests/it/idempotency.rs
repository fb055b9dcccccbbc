//! `Idempotency-Key`: one effect, one answer.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::house::{Answer, House, Person, fresh_phone};
use crate::jobs::Company;

async fn post(house: &House, who: &Person, path: &str, key: &str, body: &Value) -> Answer {
    house.send(house.request(Method::POST, Some(who), path).header("Idempotency-Key", key).json(body)).await
}

#[tokio::test]
async fn fifty_copies_are_one_job() {
    let c = Company::open().await;
    let body = json!({"title": "Una sola vez", "customer_id": c.customer["id"]});
    let key = "una-sola-vez-0001";
    let copies = (0..50).map(|_| post(&c.house, &c.owner, "/api/jobs", key, &body));
    let answers = futures_util::future::join_all(copies).await;
    for answer in &answers {
        // A copy may be told that the first is still at work, never anything else.
        assert!(answer.status == 201 || answer.body["code"] == "SYSTEM_002", "{}", answer.text);
    }
    let texts: BTreeSet<_> = answers.iter().filter(|a| a.status == 201).map(|a| a.text.clone()).collect();
    assert_eq!(texts.len(), 1, "the same bytes for all");
    let again = post(&c.house, &c.owner, "/api/jobs", key, &body).await;
    assert_eq!((again.status, &again.text), (201, texts.first().unwrap()));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let jobs = c.house.get(&c.owner, "/api/jobs").await.ok();
    assert_eq!(jobs["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_is_for_one_request_of_one_person() {
    let c = Company::open().await;
    let (house, key) = (&c.house, "0123456789abcdef");
    let body = json!({"title": "Primera", "customer_id": c.customer["id"]});
    let first = post(house, &c.owner, "/api/jobs", key, &body).await;
    assert_eq!(first.status, 201);
    let other = json!({"title": "Segunda", "customer_id": c.customer["id"]});
    post(house, &c.owner, "/api/jobs", key, &other).await.refused(422, "REQUEST_002");
    let shift = json!({"on": true});
    post(house, &c.owner, "/api/shifts", key, &shift).await.refused(422, "REQUEST_002");
    let admin = house.hire(&c.owner, "admin", "Adela").await;
    assert_ne!(post(house, &admin, "/api/jobs", key, &body).await.ok()["id"], first.body["id"]);
    for bad in ["short", &"x".repeat(65), "with blanks in between"] {
        post(house, &c.owner, "/api/jobs", bad, &body).await.refused(422, "REQUEST_002");
    }
    // What was refused stored nothing: the same key works once the request is good.
    let key = "fedcba9876543210";
    post(house, &c.owner, "/api/jobs", key, &json!({"title": "x", "customer_id": c.customer["id"]}))
        .await
        .refused(422, "REQUEST_002");
    assert_eq!(post(house, &c.owner, "/api/jobs", key, &body).await.status, 201);
}

/// Every POST that creates takes a key.
#[tokio::test]
async fn everything_that_is_created_takes_a_key() {
    let c = Company::open().await;
    for (n, (path, body)) in [
        ("/api/customers", json!({"name": "Dora", "phone": fresh_phone()})),
        ("/api/users", json!({"name": "Emi", "phone": fresh_phone(), "role": "technician"})),
        ("/api/jobs", json!({"title": "Con clave", "customer_id": c.customer["id"]})),
        ("/api/shifts", json!({"user_id": c.ana.user, "on": true})),
    ]
    .into_iter()
    .enumerate()
    {
        let key = format!("creates-once-{n:08}");
        let first = post(&c.house, &c.owner, path, &key, &body).await;
        assert_eq!(first.status, 201, "{path} {}", first.text);
        let again = post(&c.house, &c.owner, path, &key, &body).await;
        assert_eq!((again.status, again.text), (201, first.text), "{path}");
    }
}
