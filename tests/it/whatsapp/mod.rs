//! WhatsApp coming in, by the real server: signatures, every kind, order and repetition, requests, the inbox.

mod inbox;
pub(crate) mod meta;
mod order;
mod webhook;

use serde_json::{Value, json};

use crate::house::{House, Person, eventually};

/// A number at Meta that nobody else has in this run.
fn fresh_number() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("7700{:06}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The owner of a new organization with a number of its own, open around the clock.
async fn office(house: &House, name: &str) -> (Person, String) {
    let (owner, number) = (house.sign_up(name).await, fresh_number());
    connect(house, &owner, &number).await;
    open_always(house, &owner).await;
    (owner, number)
}

async fn connect(house: &House, owner: &Person, number: &str) {
    let account = json!({"phone_number_id": number, "token": format!("token-{number}")});
    let put = house.request(reqwest::Method::PUT, Some(owner), "/api/organization/whatsapp");
    house.send(put.json(&account)).await.ok();
}

/// So that the hour of a test run decides nothing.
async fn open_always(house: &House, owner: &Person) {
    let day = json!([["00:00", "24:00"]]);
    let hours = json!({"mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": day, "sun": day, "closed_on_holidays": false});
    put_settings(house, owner, json!({"hours": hours, "auto_answer": true})).await;
}

async fn put_settings(house: &House, owner: &Person, settings: Value) {
    let put = house.request(reqwest::Method::PUT, Some(owner), "/api/whatsapp/settings");
    house.send(put.json(&settings)).await.ok();
}

/// The conversations of an organization, once there are so many.
async fn conversations(house: &House, who: &Person, least: usize) -> Vec<Value> {
    eventually("conversations", async || {
        let page = house.get(who, "/api/whatsapp/conversations?limit=200").await.ok();
        let items = page["items"].as_array().unwrap().clone();
        (items.len() >= least).then_some(items)
    })
    .await
}

/// The messages of a conversation, oldest first, once there are so many.
async fn said(house: &House, who: &Person, conversation: &Value, least: usize) -> Vec<Value> {
    let path =
        format!("/api/whatsapp/conversations/{}/messages?limit=200", conversation["id"].as_str().unwrap());
    eventually("messages", async || {
        let mut items = house.get(who, &path).await.ok()["items"].as_array().unwrap().clone();
        items.reverse();
        (items.len() >= least).then_some(items)
    })
    .await
}

/// Until nothing of WhatsApp is left to be done.
async fn settled(house: &House) {
    eventually("everything is processed", async || {
        let open: i64 = sqlx::query_scalar(
            "select count(*) from task where kind in ('whatsapp.inbound', 'whatsapp.media') and state not in ('done', 'dead')",
        )
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
        (open == 0).then_some(())
    })
    .await;
}
