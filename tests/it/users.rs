//! People of an organization: who may change whom.

use serde_json::json;

use crate::house::{House, fresh_phone};

#[tokio::test]
async fn somebody_hired_signs_in_at_once() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let phone = fresh_phone();
    let body = json!({"name": "Ana Gómez", "phone": phone, "role": "technician"});
    let made = house.post(&owner, "/api/users", body.clone()).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.body["version"], 1);
    let ana = house.sign_in(&phone).await;
    assert_eq!((ana.org, ana.user.to_string()), (owner.org, made.body["id"].as_str().unwrap().to_owned()));
    let twice = house.post(&owner, "/api/users", body).await;
    assert_eq!(twice.refused(409, "USER_001")["current"]["id"], made.body["id"]);
}

#[tokio::test]
async fn only_the_owner_keeps_the_team() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let target = house.hire(&owner, "technician", "Ana").await;
    for (role, sees) in [("admin", true), ("dispatcher", true), ("technician", false), ("accountant", false)]
    {
        let who = house.hire(&owner, role, role).await;
        let list = house.get(&who, "/api/users").await;
        assert_eq!(list.status, if sees { 200 } else { 403 }, "{role}");
        let new = json!({"name": "X", "phone": fresh_phone(), "role": "technician"});
        house.post(&who, "/api/users", new).await.refused(403, "AUTH_003");
        let path = format!("/api/users/{}", target.user);
        house.patch(&who, &path, json!({"version": 1, "name": "Y"})).await.refused(403, "AUTH_003");
        house.delete(&who, &path).await.refused(403, "AUTH_003");
    }
    // Nobody makes an owner, nobody changes the own role.
    let new = json!({"name": "X", "phone": fresh_phone(), "role": "owner"});
    house.post(&owner, "/api/users", new).await.refused(403, "AUTH_003");
    let path = format!("/api/users/{}", target.user);
    house.patch(&owner, &path, json!({"version": 1, "role": "owner"})).await.refused(403, "AUTH_003");
    let own = format!("/api/users/{}", owner.user);
    house.patch(&owner, &own, json!({"version": 1, "role": "admin"})).await.refused(403, "AUTH_003");
    house.delete(&owner, &own).await.refused(403, "AUTH_003");
    let named = house.patch(&owner, &own, json!({"version": 1, "name": "Jefa"})).await.ok();
    assert_eq!((named["name"].as_str(), named["version"].as_i64()), (Some("Jefa"), Some(2)));
}

#[tokio::test]
async fn another_role_or_leaving_ends_sessions() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    house.get(&ana, "/api/auth/me").await.ok();
    let path = format!("/api/users/{}", ana.user);
    // A new name ends nothing.
    house.patch(&owner, &path, json!({"version": 1, "name": "Ana G."})).await.ok();
    house.get(&ana, "/api/auth/me").await.ok();
    let stale = house.patch(&owner, &path, json!({"version": 1, "role": "dispatcher"})).await;
    assert_eq!(stale.refused(409, "VERSION_001")["current"]["version"], 2);
    house.patch(&owner, &path, json!({"version": 2, "role": "dispatcher"})).await.ok();
    house.get(&ana, "/api/auth/me").await.refused(401, "AUTH_010");

    let phone = ana.phone.clone();
    let ana = house.open(ana.org, ana.user).await;
    assert_eq!(house.delete(&owner, &path).await.status, 204);
    assert_eq!(house.delete(&owner, &path).await.status, 204, "twice is once");
    house.get(&ana, "/api/auth/me").await.refused(401, "AUTH_010");
    let (_, code) = house.code(&phone).await;
    let enter = json!({"phone": phone, "code": code});
    house.post(None, "/api/auth/otp/verify", enter).await.refused(401, "AUTH_007");
    // Back again.
    house.patch(&owner, &path, json!({"version": 4, "is_active": true})).await.ok();
    house.get(&house.open(ana.org, ana.user).await, "/api/auth/me").await.ok();
}

#[tokio::test]
async fn another_organization_sees_and_changes_nobody() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    let stranger = house.stranger().await;
    let list = house.get(&stranger, "/api/users").await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let path = format!("/api/users/{}", ana.user);
    house.patch(&stranger, &path, json!({"version": 1, "name": "Y"})).await.refused(404, "REQUEST_004");
    house.delete(&stranger, &path).await.refused(404, "REQUEST_004");
    house.get(&ana, "/api/auth/me").await.ok();
}

#[tokio::test]
async fn lists_come_in_pages() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    for n in 0..7 {
        house.hire(&owner, "technician", &format!("T{n}")).await;
    }
    let mut names = Vec::new();
    let mut after = String::new();
    for _ in 0..10 {
        let page = house.get(&owner, &format!("/api/users?role=technician&limit=3{after}")).await.ok();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        names.extend(items.iter().map(|u| u["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(names, ["T6", "T5", "T4", "T3", "T2", "T1", "T0"]);
    for bad in ["limit=0", "limit=201", "limit=x", "after=zzz", "role=king"] {
        house.get(&owner, &format!("/api/users?{bad}")).await.refused(422, "REQUEST_002");
    }
}
