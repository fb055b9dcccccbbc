//! Outgoing webhooks: signed, in order, on a schedule, replayable, and never into a private network.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::house::{House, Person, eventually};
use crate::receiver::{Got, Receiver, Reply};

const OPEN: &[&str] = &["--webhooks-allow-private"];

async fn endpoint(house: &House, owner: &Person, url: &str, kinds: Value) -> Value {
    house.post(owner, "/api/webhook-endpoints", json!({"url": url, "kinds": kinds})).await.ok()
}

async fn job(house: &House, owner: &Person, customer: &Value, title: &str) -> Value {
    house.post(owner, "/api/jobs", json!({"title": title, "customer_id": customer["id"]})).await.ok()
}

async fn wait_for(receiver: &Receiver, path: &str, n: usize) -> Vec<Got> {
    eventually(&format!("{n} requests at {path}"), async || {
        let got = receiver.got(path);
        (got.len() >= n).then_some(got)
    })
    .await
}

/// By the words of the Standard Webhooks specification, with another library than the server's own function.
fn is_signed_by(got: &Got, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key);
    let mut signed =
        format!("{}.{}.", got.header("webhook-id"), got.header("webhook-timestamp")).into_bytes();
    signed.extend_from_slice(&got.body);
    got.header("webhook-signature").split(' ').any(|s| {
        let signature = STANDARD.decode(s.strip_prefix("v1,").unwrap()).unwrap();
        ring::hmac::verify(&key, &signed, &signature).is_ok()
    })
}

async fn deliveries(house: &House, owner: &Person, endpoint: &Value) -> Vec<Value> {
    let path = format!("/api/webhook-endpoints/{}/deliveries", endpoint["id"].as_str().unwrap());
    house.get(owner, &path).await.ok()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn events_arrive_signed_once_and_only_those_asked_for() {
    let house = House::with(true, OPEN).await;
    let receiver = Receiver::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let other = house.stranger().await;
    let made = endpoint(&house, &owner, &format!("{}/jobs", receiver.url), json!(["job.*"])).await;
    let secret = made["secret"].as_str().unwrap().to_owned();
    endpoint(&house, &other, &format!("{}/other", receiver.url), json!(["*"])).await;

    let customer = house.customer(&owner, "Ana").await;
    let first = job(&house, &owner, &customer, "Canilla que gotea").await;
    let edit = json!({"title": "Canilla rota", "version": first["version"]});
    house.patch(&owner, &format!("/api/jobs/{}", first["id"].as_str().unwrap()), edit).await.ok();

    let got = wait_for(&receiver, "/jobs", 2).await;
    let kinds: Vec<String> = got.iter().map(|g| g.json()["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["job.created", "job.updated"], "in order, and no customer.created");
    for g in &got {
        assert_eq!((g.method.as_str(), g.header("content-type")), ("POST", "application/json"));
        assert!(is_signed_by(g, &secret) && !is_signed_by(g, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
        assert!(g.header("webhook-id").starts_with("msg_"));
        let body = g.json();
        assert_eq!(body["data"]["job"]["id"], first["id"]);
        assert_eq!(body["organization_id"], json!(owner.org));
        assert!(body["cursor"].as_i64().unwrap() > 0 && body["timestamp"].as_str().unwrap().ends_with('Z'));
    }
    assert_ne!(got[0].header("webhook-id"), got[1].header("webhook-id"));
    assert!(receiver.got("/other").is_empty(), "the other organization heard of it");

    // The list shows no secret, and it shows nothing to others.
    let list = house.get(&owner, "/api/webhook-endpoints").await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert!(!list.to_string().contains("secret\":\"whsec"));
    let path = format!("/api/webhook-endpoints/{}", made["id"].as_str().unwrap());
    house.get(&other, &path).await.refused(404, "REQUEST_004");
    house.delete(&other, &path).await.refused(404, "REQUEST_004");
    house.post(&other, &format!("{path}/rotate-secret"), json!({})).await.refused(404, "REQUEST_004");
    house.post(&other, &format!("{path}/replay"), json!({"after": 0})).await.refused(404, "REQUEST_004");
    for role in ["dispatcher", "technician", "accountant"] {
        let person = house.hire(&owner, role, "Beto").await;
        house.get(&person, "/api/webhook-endpoints").await.refused(403, "AUTH_003");
    }
    let admin = house.hire(&owner, "admin", "Carla").await;
    house.get(&admin, &path).await.ok();
    // Nothing but the sealed form at rest.
    let stored: Vec<u8> = sqlx::query_scalar("select secret from webhook_endpoint where org_id = $1")
        .bind(owner.org.0)
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
    let plain = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    assert!(!stored.windows(plain.len()).any(|w| w == plain));
}

#[tokio::test]
async fn what_fails_is_tried_eight_times_by_the_schedule() {
    let house = House::with(true, OPEN).await;
    let receiver = Receiver::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let customer = house.customer(&owner, "Ana").await;
    let made = endpoint(&house, &owner, &format!("{}/bad", receiver.url), json!(["job.created"])).await;
    receiver.always("/bad", 500);
    receiver.next("/bad", Reply::Status(302, vec![format!("location: {}/elsewhere", receiver.url)]));
    receiver.next("/bad", Reply::Cut);
    job(&house, &owner, &customer, "Primero").await;
    let expected_s = [5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 36_000.0];
    for (n, expected_s) in (1i16..).zip(expected_s) {
        let wait_s: f64 = eventually("the try is noted", async || {
            sqlx::query_scalar(
                "select extract(epoch from next_at - last_at)::float8 from webhook_delivery where tries = $1 and state = 'pending'",
            )
            .bind(n)
            .fetch_optional(&mut house.sql().await)
            .await
            .unwrap()
        })
        .await;
        assert!(
            (wait_s / expected_s - 1.0).abs() < 0.1,
            "after {n} tries: {wait_s} s instead of {expected_s}"
        );
        // The clock is turned: the task's own time has come.
        let moved =
            sqlx::query("update task set run_at = now() where kind = 'webhook.deliver' and state = 'later'")
                .execute(&mut house.sql().await)
                .await
                .unwrap();
        assert_eq!(moved.rows_affected(), 1);
    }
    let rows = eventually("it is given up", async || {
        let rows = deliveries(&house, &owner, &made).await;
        (rows[0]["state"] == "failed").then_some(rows)
    })
    .await;
    assert_eq!(
        (rows.len(), rows[0]["tries"].as_i64(), rows[0]["last_status"].as_i64()),
        (1, Some(8), Some(500))
    );
    let attempts = rows[0]["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 8);
    assert_eq!((&attempts[7]["status"], &attempts[6]["status"]), (&json!(302), &Value::Null));
    assert_eq!(receiver.got("/bad").len(), 8);
    assert!(receiver.got("/elsewhere").is_empty(), "a redirect was followed");
    let ids: std::collections::BTreeSet<String> =
        receiver.got("/bad").iter().map(|g| g.header("webhook-id").to_owned()).collect();
    assert_eq!(ids.len(), 1, "one id however often");
    // It is the receiver's trouble, not a dead letter of ours.
    assert_eq!(house.get(&owner, "/api/admin/dlq").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_failed_delivery_does_not_block_the_next_and_can_be_sent_again() {
    let house = House::with(true, OPEN).await;
    let receiver = Receiver::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let customer = house.customer(&owner, "Ana").await;
    let made = endpoint(&house, &owner, &format!("{}/hook", receiver.url), json!(["job.created"])).await;
    receiver.next("/hook", Reply::Status(302, vec![format!("location: {}/elsewhere", receiver.url)]));
    job(&house, &owner, &customer, "Primero").await;
    eventually("the redirect is a failure", async || {
        let rows = deliveries(&house, &owner, &made).await;
        (rows.first()?["last_status"] == 302).then_some(())
    })
    .await;
    let second = job(&house, &owner, &customer, "Segundo").await;
    let rows = eventually("the second arrives while the first waits", async || {
        let rows = deliveries(&house, &owner, &made).await;
        (rows.len() == 2 && rows[0]["state"] == "delivered").then_some(rows)
    })
    .await;
    assert_eq!((rows[1]["state"].as_str(), rows[1]["tries"].as_i64()), (Some("pending"), Some(1)));
    assert_eq!(rows[1]["attempts"][0]["status"], 302);
    assert!(receiver.got("/elsewhere").is_empty(), "a redirect was followed");
    let got = receiver.got("/hook");
    assert_eq!(got[1].json()["data"]["job"]["id"], second["id"]);

    // A person sends the first again: the same id, once.
    let path = format!(
        "/api/webhook-endpoints/{}/deliveries/{}/resend",
        made["id"].as_str().unwrap(),
        rows[1]["id"].as_str().unwrap()
    );
    house.post(&owner, &path, json!({})).await.ok();
    let got = wait_for(&receiver, "/hook", 3).await;
    assert_eq!(got[2].header("webhook-id"), got[0].header("webhook-id"));
    assert_eq!(got[2].body, got[0].body, "the same bytes");
    // The retry that was planned belongs to the round before: it does nothing.
    sqlx::query("update task set run_at = now() where kind = 'webhook.deliver' and state = 'later'")
        .execute(&mut house.sql().await)
        .await
        .unwrap();
    eventually("every task is done", async || {
        let open: i64 = sqlx::query_scalar(
            "select count(*) from task where kind like 'webhook.%' and state not in ('done', 'discarded')",
        )
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
        (open == 0).then_some(())
    })
    .await;
    assert_eq!(receiver.got("/hook").len(), 3);
}

#[tokio::test]
async fn a_replay_sends_everything_after_a_number_with_the_ids_of_before() {
    let house = House::with(true, OPEN).await;
    let receiver = Receiver::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let customer = house.customer(&owner, "Ana").await;
    job(&house, &owner, &customer, "Antes de que hubiera webhook").await;
    let made = endpoint(&house, &owner, &format!("{}/hook", receiver.url), json!(["job.created"])).await;
    let path = format!("/api/webhook-endpoints/{}", made["id"].as_str().unwrap());
    for n in 0..3 {
        job(&house, &owner, &customer, &format!("Trabajo {n}")).await;
    }
    let mut first = wait_for(&receiver, "/hook", 3).await;
    // Events of different jobs go side by side.
    first.sort_by_key(|g| g.json()["cursor"].as_i64());
    let after = first[0].json()["cursor"].as_i64().unwrap();
    house.post(&owner, &format!("{path}/replay"), json!({"after": after})).await.ok();
    let all = wait_for(&receiver, "/hook", 5).await;
    let ids = |got: &[Got]| {
        let mut ids: Vec<String> = got.iter().map(|g| g.header("webhook-id").to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&all[3..]), ids(&first[1..]));
    // From the beginning: also what happened before the endpoint was made.
    house.post(&owner, &format!("{path}/replay"), json!({"after": 0})).await.ok();
    let all = wait_for(&receiver, "/hook", 9).await;
    let titles: Vec<String> =
        all[5..].iter().map(|g| g.json()["data"]["job"]["title"].as_str().unwrap().to_owned()).collect();
    assert!(titles.iter().any(|t| t.starts_with("Antes")), "{titles:?}");
    house
        .post(&owner, &format!("{path}/replay"), json!({"after": 1_000_000}))
        .await
        .refused(422, "REQUEST_002");
    house.post(&owner, &format!("{path}/replay"), json!({"after": -1})).await.refused(422, "REQUEST_002");
}

#[tokio::test]
async fn both_secrets_sign_after_a_rotation_and_an_answer_is_stored_without_one() {
    let house = House::with(true, OPEN).await;
    let receiver = Receiver::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let customer = house.customer(&owner, "Ana").await;
    let body = json!({"url": format!("{}/hook", receiver.url), "kinds": ["job.created"]});
    let create = || {
        let request = house.request(reqwest::Method::POST, Some(&owner), "/api/webhook-endpoints");
        house.send(request.header("idempotency-key", "0123456789abcdef").json(&body))
    };
    let (made, again) = (create().await, create().await);
    assert_eq!((made.status, &made.body), (201, &again.body), "the same key gives the same answer");
    let stored: Value = sqlx::query_scalar("select body from idempotency where org_id = $1")
        .bind(owner.org.0)
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
    assert!(stored["id"] == made.body["id"] && stored.get("secret").is_none(), "{stored}");

    let old = made.body["secret"].as_str().unwrap().to_owned();
    let path = format!("/api/webhook-endpoints/{}/rotate-secret", made.body["id"].as_str().unwrap());
    let rotated = house.post(&owner, &path, json!({})).await.ok();
    let new = rotated["secret"].as_str().unwrap().to_owned();
    assert_ne!(old, new);
    job(&house, &owner, &customer, "Durante las 24 horas").await;
    let got = wait_for(&receiver, "/hook", 1).await;
    assert!(is_signed_by(&got[0], &old) && is_signed_by(&got[0], &new));
    sqlx::query("update webhook_endpoint set previous_until = now() - interval '1 second'")
        .execute(&mut house.sql().await)
        .await
        .unwrap();
    job(&house, &owner, &customer, "Después").await;
    let got = wait_for(&receiver, "/hook", 2).await;
    assert!(!is_signed_by(&got[1], &old) && is_signed_by(&got[1], &new));
}

#[tokio::test]
async fn five_days_of_failing_turn_an_endpoint_off_and_tell_its_owners() {
    let house = House::with(true, OPEN).await;
    let receiver = Receiver::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let (admin, technician) =
        (house.hire(&owner, "admin", "Carla").await, house.hire(&owner, "technician", "Beto").await);
    let stranger = house.stranger().await;
    let customer = house.customer(&owner, "Ana").await;
    let made = endpoint(&house, &owner, &format!("{}/hook", receiver.url), json!(["job.created"])).await;
    receiver.always("/hook", 503);
    job(&house, &owner, &customer, "Primero").await;
    let path = format!("/api/webhook-endpoints/{}", made["id"].as_str().unwrap());
    eventually("it fails", async || {
        let row = house.get(&owner, &path).await.ok();
        (!row["failing_since"].is_null() && row["is_active"] == true).then_some(())
    })
    .await;
    sqlx::query("update webhook_endpoint set failing_since = now() - interval '5 days'")
        .execute(&mut house.sql().await)
        .await
        .unwrap();
    job(&house, &owner, &customer, "Segundo").await;
    let row = eventually("it is turned off", async || {
        let row = house.get(&owner, &path).await.ok();
        (row["is_active"] == false).then_some(row)
    })
    .await;
    assert_eq!(row["disabled_reason"], "failing");
    for (person, expected) in [(&owner, 1), (&admin, 1), (&technician, 0), (&stranger, 0)] {
        let inbox = house.get(person, "/api/notifications").await.ok();
        assert_eq!(inbox["unread"], expected, "{inbox}");
        let told =
            inbox["items"].as_array().unwrap().iter().filter(|n| n["kind"] == "webhook_disabled").count();
        assert_eq!(told, expected);
    }
    // What happens while it is off is not lost.
    job(&house, &owner, &customer, "Tercero").await;
    house.post(&owner, &format!("{path}/replay"), json!({"after": 0})).await.refused(409, "WEBHOOK_001");
    receiver.always("/hook", 204);
    let before = receiver.got("/hook").len();
    let edit = json!({"version": row["version"], "is_active": true});
    house.patch(&owner, &path, edit).await.ok();
    let got = wait_for(&receiver, "/hook", before + 3).await;
    let mut titles: Vec<String> =
        got[before..].iter().map(|g| g.json()["data"]["job"]["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    assert_eq!(titles, ["Primero", "Segundo", "Tercero"]);
}

/// The worker may carry a task out again: the try that is noted is not made twice.
#[tokio::test]
async fn a_task_that_runs_again_sends_nothing_again() {
    let house = House::with(true, OPEN).await;
    let receiver = Receiver::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let customer = house.customer(&owner, "Ana").await;
    endpoint(&house, &owner, &format!("{}/hook", receiver.url), json!(["job.created"])).await;
    job(&house, &owner, &customer, "Primero").await;
    wait_for(&receiver, "/hook", 1).await;
    let done = async || {
        let open: i64 =
            sqlx::query_scalar("select count(*) from task where kind like 'webhook.%' and state <> 'done'")
                .fetch_one(&mut house.sql().await)
                .await
                .unwrap();
        (open == 0).then_some(())
    };
    eventually("the tasks are done", done).await;
    sqlx::query(
        "update task set state = 'ready', finished_at = null, attempts = 0 where kind like 'webhook.%'",
    )
    .execute(&mut house.sql().await)
    .await
    .unwrap();
    eventually("the tasks ran again", done).await;
    assert_eq!(receiver.got("/hook").len(), 1);
}

#[tokio::test]
async fn no_address_of_the_servers_own_network_is_called() {
    let house = House::start().await;
    let receiver = Receiver::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let customer = house.customer(&owner, "Ana").await;
    for url in [
        receiver.url.as_str(),
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://169.254.169.254/latest",
        "https://localhost/x",
        "http://example.com/x",
        "https://user:pass@example.com/",
        "nowhere",
    ] {
        let refused = house.post(&owner, "/api/webhook-endpoints", json!({"url": url})).await;
        refused.refused(422, "REQUEST_002");
        assert_eq!(refused.body["errors"][0]["field"], "url");
    }
    house
        .post(
            &owner,
            "/api/webhook-endpoints",
            json!({"url": "https://example.com/", "kinds": ["job.nothing"]}),
        )
        .await
        .refused(422, "REQUEST_002");
    // An address that became private after it was accepted is found out when it is called.
    let made = endpoint(&house, &owner, "https://example.com/hook", json!(["job.created"])).await;
    sqlx::query("update webhook_endpoint set url = $1")
        .bind(format!("{}/hook", receiver.url))
        .execute(&mut house.sql().await)
        .await
        .unwrap();
    job(&house, &owner, &customer, "Primero").await;
    let row = eventually("the try is noted", async || {
        deliveries(&house, &owner, &made).await.into_iter().find(|d| d["tries"] == 1)
    })
    .await;
    assert!(row["last_status"].is_null() && row["last_error"].as_str().unwrap().contains("https"), "{row}");
    assert!(receiver.got("/hook").is_empty());
}
