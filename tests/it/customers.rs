//! Customers: made once, changed with versions, seen by whom they concern.

use reqwest::Method;
use serde_json::json;

use crate::house::{House, fresh_phone};

#[tokio::test]
async fn a_phone_is_one_customer() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let body =
        json!({"name": " Ana ", "phone": "11 4321-0001", "address": "Mitre 88", "lat": -34.9, "lon": -60.0});
    let made = house.post(&owner, "/api/customers", body.clone()).await;
    assert_eq!(made.status, 201);
    assert_eq!(
        (made.body["name"].as_str(), made.body["phone"].as_str()),
        (Some("Ana"), Some("+5491143210001"))
    );
    let twice = house.post(&owner, "/api/customers", body.clone()).await;
    assert_eq!(twice.refused(409, "CUSTOMER_002")["current"], made.body);
    // Another organization may have the same customer, and sees nothing of this one.
    let stranger = house.stranger().await;
    house.post(&stranger, "/api/customers", body).await.ok();
    let path = format!("/api/customers/{}", made.body["id"].as_str().unwrap());
    for answer in [
        house.get(&stranger, &path).await,
        house.patch(&stranger, &path, json!({"version": 1, "name": "X"})).await,
        house.delete(&stranger, &path).await,
    ] {
        answer.refused(404, "CUSTOMER_001");
    }
    assert_eq!(house.get(&owner, &path).await.ok(), made.body);
}

#[tokio::test]
async fn changes_carry_versions() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let made = house.customer(&owner, "Ana").await;
    let other = house.customer(&owner, "Beto").await;
    let path = format!("/api/customers/{}", made["id"].as_str().unwrap());
    let changed = house
        .patch(&owner, &path, json!({"version": 1, "notes": "timbre 2", "lat": null, "lon": null}))
        .await
        .ok();
    assert_eq!((changed["version"].as_i64(), changed["notes"].as_str()), (Some(2), Some("timbre 2")));
    assert!(changed["lat"].is_null() && changed["address"] == made["address"]);
    let stale = house.patch(&owner, &path, json!({"version": 1, "name": "X"})).await;
    assert_eq!(stale.refused(409, "VERSION_001")["current"], changed);
    let taken = house.patch(&owner, &path, json!({"version": 2, "phone": other["phone"]})).await;
    assert_eq!(taken.refused(409, "CUSTOMER_002")["current"]["id"], other["id"]);
    house.patch(&owner, &path, json!({"name": "X"})).await.refused(422, "REQUEST_002");
}

#[tokio::test]
async fn bad_fields_are_named_all_at_once() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let bad = json!({"name": "", "phone": "123", "lat": 99, "address": "x".repeat(501)});
    let refused = house.post(&owner, "/api/customers", bad).await;
    let mut fields: Vec<&str> = refused.refused(422, "REQUEST_002")["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["field"].as_str().unwrap())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["address", "lat", "lon", "name", "phone"]);
    for name in ["a\u{0}b", "a\u{1b}[31mb"] {
        let body = json!({"name": name, "phone": fresh_phone()});
        house.post(&owner, "/api/customers", body).await.refused(422, "REQUEST_002");
    }
    assert_eq!(house.get(&owner, "/api/customers?q=%00").await.status, 422);
}

#[tokio::test]
async fn one_key_makes_one_customer() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let create = |key: &str, name: &str, phone: &str| {
        house
            .request(Method::POST, Some(&owner), "/api/customers")
            .header("idempotency-key", key.to_owned())
            .json(&json!({"name": name, "phone": phone}))
    };
    let (key, phone) = ("0123456789abcdef", fresh_phone());
    let first = house.send(create(key, "Ana", &phone)).await;
    let second = house.send(create(key, "Ana", &phone)).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!(first.text, second.text);
    house.send(create(key, "Beto", &phone)).await.refused(422, "REQUEST_002");
    house.send(create("short", "Ana", &phone)).await.refused(422, "REQUEST_002");
    // Ten at once are one, and all ten hear of it.
    let phone = fresh_phone();
    let ten = (0..10).map(|_| house.send(create("fedcba9876543210", "Carla", &phone)));
    let answers = futures_util::future::join_all(ten).await;
    assert!(answers.iter().all(|a| a.status == 201 && a.text == answers[0].text));
    let all = house.get(&owner, "/api/customers").await.ok();
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn searching_finds_names_addresses_and_phones() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    for (name, phone, address) in [
        ("Ana Pérez", "1143210001", "Mitre 88"),
        ("Beto 100% Gas", "1143210002", "Alsina 5"),
        ("Carla", "1199998888", "Mitre 90"),
    ] {
        house
            .post(&owner, "/api/customers", json!({"name": name, "phone": phone, "address": address}))
            .await
            .ok();
    }
    for (q, found) in [
        ("pérez", 1),
        ("mitre", 2),
        ("11-4321", 2),
        ("100%25", 1),
        ("%25", 1),
        ("_", 0),
        ("", 3),
        ("nadie", 0),
    ] {
        for list in ["/api/customers", "/api/customers/search"] {
            let answer = house.get(&owner, &format!("{list}?q={q}")).await.ok();
            assert_eq!(answer["items"].as_array().unwrap().len(), found, "{q}");
        }
    }
}

#[tokio::test]
async fn who_may_do_what() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let made = house.customer(&owner, "Ana").await;
    let path = format!("/api/customers/{}", made["id"].as_str().unwrap());
    // Role; may see; may create and edit; may delete.
    for (role, sees, edits, deletes) in [
        ("technician", false, false, false),
        ("accountant", true, false, false),
        ("dispatcher", true, true, false),
        ("admin", true, true, true),
    ] {
        let who = house.hire(&owner, role, role).await;
        // A technician without a job there may not even know of the customer.
        assert_eq!(house.get(&who, &path).await.status, if sees { 200 } else { 404 }, "{role} sees");
        let list = house.get(&who, "/api/customers").await.ok();
        assert_eq!(list["items"].as_array().unwrap().is_empty(), !sees, "{role} lists");
        let new = json!({"name": "X", "phone": fresh_phone()});
        let made = house.post(&who, "/api/customers", new).await;
        assert_eq!(made.status, if edits { 201 } else { 403 }, "{role} creates");
        let version = house.get(&owner, &path).await.ok()["version"].clone();
        let edited = house.patch(&who, &path, json!({"version": version, "notes": role})).await;
        assert_eq!(edited.status, if edits { 200 } else { 403 }, "{role} edits");
        if edits {
            // What was made above is cleared away, so that the lists stay as expected.
            let made = format!("/api/customers/{}", made.body["id"].as_str().unwrap());
            assert_eq!(
                house.delete(&who, &made).await.status,
                if deletes { 204 } else { 403 },
                "{role} deletes"
            );
        }
    }
    assert_eq!(house.delete(&owner, &path).await.status, 204);
    assert_eq!(house.get(&owner, &path).await.ok()["is_active"], false);
}

/// What happened is told once each, in order, without gaps.
#[tokio::test]
async fn changes_are_events() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let made = house.customer(&owner, "Ana").await;
    house.delete(&owner, &format!("/api/customers/{}", made["id"].as_str().unwrap())).await;
    let mut sql = house.sql().await;
    let events: Vec<(i64, String)> =
        sqlx::query_as("select seq, kind from event where org_id = $1 order by seq")
            .bind(owner.org.0)
            .fetch_all(&mut sql)
            .await
            .unwrap();
    let kinds = ["organization.changed", "customer.created", "customer.deactivated"];
    assert_eq!(events, (1..).zip(kinds.map(str::to_owned)).collect::<Vec<_>>());
}
