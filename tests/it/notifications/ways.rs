//! The ways out: doubt, fallback, pace, codes, numbers of organizations.

use campo_engine::notifications::outbound::{self, Receipt, State};
use chrono::Utc;
use reqwest::Method;
use serde_json::{Value, json};

use super::Company;
use super::fake::{Do, Fake};
use crate::house::{House, digits, eventually, fresh_phone};

/// A status, as the webhook brings it.
async fn status(c: &Company, id: &Value, wamid: &str, state: State) -> bool {
    let callback = serde_json::from_value(id.clone()).unwrap();
    let receipt =
        Receipt { provider_id: wamid, callback: Some(callback), state, at: Utc::now(), error: None };
    outbound::status(&c.house.app.engine, None, receipt).await.unwrap()
}

/// Taken without an answer: the status says so, and nothing is sent again.
#[tokio::test]
async fn a_status_ends_a_doubt() {
    let c = Company::with(&["--whatsapp-doubt-s", "600"]).await;
    c.fake.script(c.phone(), [Do::TakeAndBreak]);
    let job = c.job().await;
    let message = c.logged(&job, "job_scheduled", "sending").await;
    let mine = |fake: &Fake| fake.templates(c.phone(), "job_confirmation_customer");
    let taken = eventually("it took effect", async || mine(&c.fake).first().cloned()).await;
    assert_eq!(taken.body["biz_opaque_callback_data"], message["id"]);
    // Hurried again and again, it waits for its status.
    for _ in 0..3 {
        c.hurry().await;
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    }
    assert_eq!(mine(&c.fake).len(), 1);
    assert!(status(&c, &message["id"], &taken.id, State::Delivered).await);
    assert!(!status(&c, &message["id"], &taken.id, State::Sent).await, "no step back");
    c.hurry().await;
    c.logged(&job, "job_scheduled", "delivered").await;
    assert_eq!(mine(&c.fake).len(), 1);
    // Nobody else's status changes anything.
    assert!(!status(&c, &json!(uuid::Uuid::now_v7()), "wamid.x", State::Read).await);
}

/// Without a status it goes again, under the same id: at least once, under one key.
#[tokio::test]
async fn without_a_status_it_goes_again_under_the_same_id() {
    let c = Company::with(&["--whatsapp-doubt-s", "1"]).await;
    c.fake.script(c.phone(), [Do::TakeAndBreak]);
    let job = c.job().await;
    eventually("it is sent in the end", async || {
        c.hurry().await;
        let log = c.log(&job).await;
        log.into_iter().find(|m| m["event"] == "job_scheduled" && m["status"] == "sent")
    })
    .await;
    let all = c.fake.templates(c.phone(), "job_confirmation_customer");
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].body["biz_opaque_callback_data"], all[1].body["biz_opaque_callback_data"]);
}

/// Not on WhatsApp: an SMS stands for what is critical, nothing for the rest.
#[tokio::test]
async fn an_sms_stands_for_what_is_critical() {
    let c = Company::open().await;
    let job = c.job().await;
    c.logged(&job, "job_scheduled", "sent").await;
    assert!(c.fake.sms(c.phone()).is_empty());
    c.fake.script(c.phone(), [Do::Refuse(400, 131_026)]);
    c.go(&job, "en_camino").await;
    let origin = c.logged(&job, "tech_en_route", "fallback_sms").await;
    assert_eq!(origin["error_code"], "131026");
    let sms = eventually("the SMS", async || c.fake.sms(c.phone()).first().cloned()).await;
    assert!(sms.0.contains("esta en camino") && sms.0.contains(&format!("{}/t/", c.house.url)), "{}", sms.0);
    assert!(sms.1.contains("/api/webhooks/twilio?message="), "{}", sms.1);
    c.fake.script(c.phone(), [Do::Refuse(400, 131_026)]);
    c.go(&job, "working").await;
    c.logged(&job, "tech_arrived", "undeliverable").await;
    assert_eq!(c.fake.sms(c.phone()).len(), 1);
    // A critical one within the minute waits; it is not lost and not sent twice.
    let log = c.log(&job).await;
    assert_eq!(log.iter().filter(|m| m["channel"] == "sms").count(), 1);
}

/// A failure that comes later, as a status, is stood in for too.
#[tokio::test]
async fn a_late_failure_is_stood_in_for() {
    let c = Company::open().await;
    let job = c.job().await;
    let message = c.logged(&job, "job_scheduled", "sent").await;
    let taken = c.fake.templates(c.phone(), "job_confirmation_customer")[0].clone();
    assert!(status(&c, &message["id"], &taken.id, State::Failed).await);
    c.logged(&job, "job_scheduled", "fallback_sms").await;
    eventually("the SMS", async || c.fake.sms(c.phone()).first().cloned()).await;
    assert!(!status(&c, &message["id"], &taken.id, State::Failed).await);
    let log = c.log(&job).await;
    assert_eq!(log.iter().filter(|m| m["channel"] == "sms").count(), 1);
}

/// An organization's messages of a minute leave; the others wait, in order.
#[tokio::test]
async fn an_organization_keeps_its_pace() {
    let c = Company::with(&["--whatsapp-per-minute", "3"]).await;
    for _ in 0..3 {
        c.job().await;
    }
    eventually("some wait for the next minute", async || {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from task where kind = 'message.send' and last_error like '%pace%'",
        )
        .fetch_one(&mut c.house.sql().await)
        .await
        .unwrap();
        (waiting > 0).then_some(())
    })
    .await;
    let left = c.fake.whatsapp().into_iter().filter(|t| t.body["template"]["name"] != "login_code").count();
    assert_eq!(left, 3);
    // Another organization has its own minute.
    let other = c.house.stranger().await;
    let customer = c.house.customer(&other, "Otra").await;
    let tech = c.house.hire(&other, "technician", "Tito").await;
    let body = json!({"title": "Otro trabajo", "customer_id": customer["id"], "technician_ids": [tech.user],
                      "scheduled_start": Utc::now() + chrono::TimeDelta::days(2)});
    c.house.post(&other, "/api/jobs", body).await.ok();
    let phone = customer["phone"].as_str().unwrap().to_owned();
    eventually("the other's leaves", async || {
        c.fake.templates(&phone, "job_confirmation_customer").first().cloned()
    })
    .await;
}

/// A code goes by WhatsApp; where that does not take it, by SMS, and it opens the door.
#[tokio::test]
async fn codes_by_whatsapp_then_by_sms() {
    let fake = Fake::start().await;
    let flags = fake.flags();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    // No demonstration: nothing but the providers.
    let house = House::with(false, &flags).await;
    let phone = fresh_phone();
    house.post(None, "/api/auth/otp/send", json!({"phone": phone})).await.ok();
    let sent =
        eventually("a code by WhatsApp", async || fake.templates(&phone, "login_code").first().cloned())
            .await;
    let code = super::params(&sent)[0].clone();
    assert_eq!(super::button(&sent), code);
    let entered = json!({"phone": phone, "code": code});
    house.post(None, "/api/auth/otp/verify", entered).await.ok();
    assert!(fake.sms(&phone).is_empty());

    let other = fresh_phone();
    fake.script(&other, [Do::Refuse(400, 131_026)]);
    house.post(None, "/api/auth/otp/send", json!({"phone": other})).await.ok();
    let sms = eventually("a code by SMS", async || fake.sms(&other).first().cloned()).await;
    house.post(None, "/api/auth/otp/verify", json!({"phone": other, "code": digits(&sms.0)})).await.ok();
    // Neither code stands in the database.
    let rows: i64 = sqlx::query_scalar(
        "select count(*) from task t where t::text like '%' || $1 || '%' or t::text like '%' || $2 || '%'",
    )
    .bind(&code)
    .bind(digits(&sms.0))
    .fetch_one(&mut house.sql().await)
    .await
    .unwrap();
    assert_eq!(rows, 0);
}

/// Whoever makes us send many SMS reaches the caps.
#[tokio::test]
async fn pumping_reaches_the_caps() {
    let fake = Fake::start().await;
    let flags = fake.flags();
    // SMS alone.
    let mut flags: Vec<&str> = flags.iter().skip(6).map(String::as_str).collect();
    flags.extend(["--sms-per-unknown", "5"]);
    let house = House::with(false, &flags).await;
    // Each by another address, so that the limit of signing in is not what holds.
    let phones: Vec<String> = (0..9).map(|_| fresh_phone()).collect();
    for phone in &phones {
        house.post(None, "/api/auth/otp/send", json!({"phone": phone})).await.ok();
    }
    eventually("the rest is given up", async || {
        let dead: i64 = sqlx::query_scalar("select count(*) from task where kind = 'otp.send' and state = 'dead' and last_error like '%sms_unknown_cap%'")
            .fetch_one(&mut house.sql().await)
            .await
            .unwrap();
        (dead == 4).then_some(())
    })
    .await;
    assert_eq!(phones.iter().map(|p| fake.sms(p).len()).sum::<usize>(), 5);
}

/// An organization's own number: the owner's alone, its token shown to nobody, one organization a number.
#[tokio::test]
async fn an_organization_sends_from_its_own_number() {
    let c = Company::open().await;
    let path = "/api/organization/whatsapp";
    let put = async |who: &crate::house::Person, body: Value| {
        c.house.send(c.house.request(Method::PUT, Some(who), path).json(&body)).await
    };
    let body =
        json!({"phone_number_id": "777", "token": "very-secret-token", "display_phone": "+54 11 5555-0000"});
    put(&c.ana, body.clone()).await.refused(403, "AUTH_003");
    c.house.get(&c.owner, path).await.refused(404, "REQUEST_004");
    put(&c.owner, json!({"phone_number_id": "777"})).await.refused(422, "REQUEST_002");
    let put_once = put(&c.owner, body.clone()).await;
    assert!(!put_once.text.contains("very-secret-token"));
    assert_eq!(put_once.ok()["phone_number_id"], "777");
    // Without a token the present one stays.
    put(&c.owner, json!({"phone_number_id": "777", "waba_id": "9"})).await.ok();
    assert!(!c.house.get(&c.owner, path).await.text.contains("very-secret-token"));
    let stranger = c.house.stranger().await;
    put(&stranger, body).await.refused(409, "WHATSAPP_001");
    c.house.get(&stranger, path).await.refused(404, "REQUEST_004");
    let plain: i64 = sqlx::query_scalar(
        "select count(*) from whatsapp_account where position('very-secret-token'::bytea in token) > 0",
    )
    .fetch_one(&mut c.house.sql().await)
    .await
    .unwrap();
    assert_eq!(plain, 0);
    let job = c.job().await;
    c.logged(&job, "job_scheduled", "sent").await;
    let sent = c.fake.templates(c.phone(), "job_confirmation_customer")[0].clone();
    assert_eq!((sent.number.as_str(), sent.bearer.as_str()), ("777", "Bearer very-secret-token"));
    assert_eq!(c.house.delete(&c.owner, path).await.status, 204);
    c.house.get(&c.owner, path).await.refused(404, "REQUEST_004");
}
