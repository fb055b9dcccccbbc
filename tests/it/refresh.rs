//! Refresh tokens: rotation, lost answers, reuse, cookies.

use campo_engine::auth::session::{self, Device};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::house::{Answer, House, Person};

async fn renew(house: &House, token: &str) -> Answer {
    house.post(None, "/api/auth/refresh", json!({"refresh_token": token})).await
}

fn token(answer: Answer) -> String {
    answer.ok()["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn fifty_at_once_get_one_successor() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let answers = join_all((0..50).map(|_| renew(&house, &owner.refresh_token))).await;
    let mut successors: Vec<String> = answers.into_iter().map(token).collect();
    successors.dedup();
    assert_eq!(successors.len(), 1);
    assert_ne!(successors[0], owner.refresh_token);
    // A lost answer is no loss, until the successor is used.
    assert_eq!(token(renew(&house, &owner.refresh_token).await), successors[0]);
    let third = token(renew(&house, &successors[0]).await);
    renew(&house, &owner.refresh_token).await.refused(401, "AUTH_011");
    renew(&house, &third).await.refused(401, "AUTH_010");
    house.get(&owner, "/api/auth/me").await.refused(401, "AUTH_010");
}

#[tokio::test]
async fn the_previous_token_is_void_after_a_minute() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let next = token(renew(&house, &owner.refresh_token).await);
    let mut sql = house.sql().await;
    let older = "update login_session set rotated_at = rotated_at - interval '61 seconds'";
    sqlx::query(older).execute(&mut sql).await.unwrap();
    renew(&house, &owner.refresh_token).await.refused(401, "AUTH_011");
    renew(&house, &next).await.refused(401, "AUTH_010");
}

#[tokio::test]
async fn the_previous_token_is_void_elsewhere() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let device = Device { key: Some(uuid::Uuid::new_v4().to_string()), ..Device::default() };
    let tokens = session::open(&house.app.engine, owner.org, owner.user, &device).await.unwrap();
    let given = Person::read(&serde_json::to_value(tokens).unwrap());
    let from = async |device: &str| {
        let body = json!({"refresh_token": given.refresh_token, "device": device});
        house.post(None, "/api/auth/refresh", body).await
    };
    let home = device.key.unwrap();
    let next = token(from(&home).await);
    assert_eq!(token(from(&home).await), next);
    from(&uuid::Uuid::new_v4().to_string()).await.refused(401, "AUTH_011");
    renew(&house, &next).await.refused(401, "AUTH_010");
}

#[tokio::test]
async fn a_family_ends_after_seven_days_however_often_it_was_used() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let next = token(renew(&house, &owner.refresh_token).await);
    let mut sql = house.sql().await;
    let kept: bool = sqlx::query_scalar(
        "select bool_and(expires_at <= created_at + interval '7 days 1 second') from login_session",
    )
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert!(kept, "rotation does not lengthen it");
    sqlx::query("update login_session set expires_at = now()").execute(&mut sql).await.unwrap();
    renew(&house, &next).await.refused(401, "AUTH_002");
}

#[tokio::test]
async fn other_tokens_refresh_nothing() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    for wrong in ["", "x", &owner.token, &"0".repeat(64), &owner.refresh_token.to_uppercase()] {
        renew(&house, wrong).await.refused(401, "AUTH_011");
    }
    house.post(None, "/api/auth/refresh", json!({})).await.refused(422, "REQUEST_002");
    // And a refresh token opens nothing.
    let request = house.request(Method::GET, None, "/api/auth/me").bearer_auth(&owner.refresh_token);
    house.send(request).await.refused(401, "AUTH_004");
    house.get(&owner, "/api/auth/me").await.ok();
}

/// Only hashes are stored.
#[tokio::test]
async fn no_token_is_stored() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let mut sql = house.sql().await;
    let rows: Value = sqlx::query_scalar("select jsonb_agg(to_jsonb(s)) from login_session s")
        .fetch_one(&mut sql)
        .await
        .unwrap();
    let rows = rows.to_string();
    assert!(!rows.contains(&owner.refresh_token) && !rows.contains(&owner.token));
}

#[tokio::test]
async fn browsers_keep_it_where_no_script_reads() {
    let house = House::start().await;
    let phone = crate::house::fresh_phone();
    let (_, code) = house.code(&phone).await;
    let verify = house
        .request(Method::POST, None, "/api/auth/otp/verify")
        .header("origin", &house.url)
        .json(&json!({"phone": phone, "code": code}));
    let answer = house.send(verify).await;
    let cookies: Vec<&str> =
        answer.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
    let refresh = cookies.iter().find(|c| c.starts_with("campo_refresh=")).unwrap();
    assert!(
        refresh.contains("HttpOnly")
            && refresh.contains("SameSite=Strict")
            && refresh.contains("Path=/api/auth")
    );
    assert!(!refresh.contains("Secure"), "plain HTTP on this machine");
    let device = cookies.iter().find(|c| c.starts_with("campo_device=")).unwrap();
    let pair = |c: &str| c.split(';').next().unwrap().to_owned();
    let jar = format!("{}; {}", pair(refresh), pair(device));

    let by_cookie = |origin: &str| {
        house
            .request(Method::POST, None, "/api/auth/refresh")
            .header("cookie", &jar)
            .header("origin", origin.to_owned())
    };
    house.send(by_cookie("https://evil.example")).await.refused(403, "AUTH_003");
    let renewed = house.send(by_cookie(&house.url)).await;
    assert_eq!(renewed.status, 200);
    assert!(renewed.body["refresh_token"].is_null(), "the cookie has it, no script needs it");
    assert!(renewed.body["access_token"].is_string());
    // A lost answer: the same cookie again, from the same device, gives the same cookie.
    let set = |a: &Answer| pair(a.headers["set-cookie"].to_str().unwrap());
    let again = house.send(by_cookie(&house.url)).await;
    assert_eq!(set(&again), set(&renewed));
    // Signed out by the cookie alone, and the cookie is taken away.
    let out = house.request(Method::POST, None, "/api/auth/logout").header("cookie", set(&renewed));
    let out = house.send(out).await;
    assert_eq!(out.status, 204);
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    let over = house.request(Method::POST, None, "/api/auth/refresh").header("cookie", set(&renewed));
    house.send(over).await.refused(401, "AUTH_010");
}

#[tokio::test]
async fn under_https_the_cookie_belongs_to_the_host() {
    let house = House::with(true, &["--public-url", "https://campo.example"]).await;
    let phone = crate::house::fresh_phone();
    let (_, code) = house.code(&phone).await;
    let answer = house.post(None, "/api/auth/otp/verify", json!({"phone": phone, "code": code})).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-campo_refresh=")
            && cookie.contains("Secure")
            && cookie.contains("Path=/;")
    );
    assert!(answer.headers.contains_key("strict-transport-security"));
}
