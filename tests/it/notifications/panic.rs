//! WhatsApp in panic, or switched off: what is critical goes by SMS at once, the rest waits and leaves later.

use campo_engine::providers::Service;
use campo_engine::services;
use serde_json::{Value, json};

use super::Company;
use super::fake::Do;
use crate::house::eventually;

async fn set(c: &Company, mode: &str) {
    let body = json!({"mode": mode, "reason": "Meta no responde desde las 9"});
    c.house.patch(&c.owner, "/api/admin/panic/whatsapp", body).await.ok();
}

/// The newest message of an event to the customer.
async fn stands(c: &Company, job: &Value, event: &str) -> Option<String> {
    let log = c.log(job).await;
    let found = log
        .iter()
        .find(|m| m["event"] == event && m["recipient"] == "customer" && m["channel"] == "whatsapp")?;
    Some(found["status"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn in_a_panic_the_critical_goes_by_sms_and_the_rest_waits() {
    let c = Company::open().await;
    set(&c, "panic").await;
    let job = c.job().await;
    c.logged(&job, "job_scheduled", "fallback_sms").await;
    eventually("the SMS", async || c.fake.sms(c.phone()).first().cloned()).await;
    c.go(&job, "en_camino").await;
    c.logged(&job, "tech_en_route", "fallback_sms").await;
    c.go(&job, "working").await;
    c.go(&job, "completed").await;
    eventually("the rest is put off", async || {
        let waits: bool = sqlx::query_scalar(
            "select exists (select from message where event = 'job_completed' and channel = 'whatsapp'
             and to_phone = $1 and state = 'queued' and error_code = 'panic')",
        )
        .bind(c.phone())
        .fetch_one(&mut c.house.sql().await)
        .await
        .unwrap();
        waits.then_some(())
    })
    .await;
    // What waits holds up nothing that may leave.
    let second = c.job().await;
    c.logged(&second, "job_scheduled", "fallback_sms").await;
    assert_eq!(c.fake.asked(c.phone()), 0, "WhatsApp was not asked");
    // Another organization is not concerned.
    let engine = &c.house.app.engine;
    let stranger = c.house.stranger().await;
    assert!(services::is_open(engine, Some(stranger.org), Service::WhatsApp));

    set(&c, "ok").await;
    eventually("what waited leaves", async || {
        c.hurry().await;
        (stands(&c, &job, "job_completed").await? == "sent").then_some(())
    })
    .await;
    assert_eq!(c.fake.templates(c.phone(), "job_completed_customer").len(), 1);
}

/// Deliveries that fail are counted where they are noted, and make the panic by themselves.
#[tokio::test]
async fn refusals_make_a_panic_by_themselves() {
    let c = Company::open().await;
    c.fake.script(c.phone(), (0..40).map(|_| Do::Refuse(400, 131_026)));
    for _ in 0..11 {
        c.job().await;
    }
    eventually("WhatsApp is in panic for them", async || {
        let all = c.house.get(&c.owner, "/api/admin/panic").await.ok();
        let whatsapp = all.as_array().unwrap().iter().find(|s| s["service"] == "whatsapp").unwrap().clone();
        (whatsapp["own"]["cause"] == "rate" && whatsapp["mode"] == "panic").then_some(())
    })
    .await;
    let before = c.fake.asked(c.phone());
    let job = c.job().await;
    c.logged(&job, "job_scheduled", "fallback_sms").await;
    assert_eq!(c.fake.asked(c.phone()), before, "WhatsApp was not asked");
}

/// A queue that somebody stopped keeps what is in it; sign-in codes go out.
#[tokio::test]
async fn a_stopped_queue_keeps_everything_but_codes() {
    let c = Company::open().await;
    let body = json!({"enabled": false, "reason": "revisamos los textos"});
    c.house.patch(&c.owner, "/api/admin/capabilities/notification_queue", body).await.ok();
    let job = c.job().await;
    eventually("it is put off", async || {
        let waits: bool = sqlx::query_scalar(
            "select exists (select from message where to_phone = $1 and state = 'queued' and error_code = 'queue_held')",
        )
        .bind(c.phone())
        .fetch_one(&mut c.house.sql().await)
        .await
        .unwrap();
        waits.then_some(())
    })
    .await;
    assert_eq!(stands(&c, &job, "job_scheduled").await.as_deref(), Some("queued"));
    assert_eq!(c.fake.asked(c.phone()), 0);
    assert!(c.fake.sms(c.phone()).is_empty());
    c.house.stranger().await;
}
