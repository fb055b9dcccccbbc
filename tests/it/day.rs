//! A day: from signing in to the arrival at a customer's door, and what each of them sees.

use campo_geo::Coord;
use reqwest::Method;
use serde_json::{Value, json};

use crate::house::{House, Person, eventually};
use crate::wire::{Phone, now_ms, point, viewer};

/// A job for now, at the customer's door (-34.9, -60.0), with these technicians.
pub async fn scheduled_job(house: &House, owner: &Person, technicians: &[&Person]) -> Value {
    let customer = house.customer(owner, "Marta Gómez").await;
    let body = json!({
        "title": "Pierde la canilla",
        "customer_id": customer["id"],
        "scheduled_start": chrono::Utc::now().to_rfc3339(),
        "technician_ids": technicians.iter().map(|t| t.user).collect::<Vec<_>>(),
    });
    let job = house.post(owner, "/api/jobs", body).await.ok();
    assert_eq!(job["status"], "scheduled", "{job}");
    job
}

async fn get_job(house: &House, owner: &Person, job: &Value) -> Value {
    house.get(owner, &format!("/api/jobs/{}", job["id"].as_str().unwrap())).await.ok()
}

/// The customer's page and its headers.
async fn page(house: &House, url: &str) -> crate::house::Answer {
    let path = url.rsplit_once("/t/").unwrap().1;
    house.get(None, &format!("/t/{path}")).await
}

/// The next state that the customer's stream says, from a fresh look.
async fn live(house: &House, url: &str) -> Option<Value> {
    let path = url.rsplit_once("/t/").unwrap().1;
    let mut answer = house.request(Method::GET, None, &format!("/t/{path}/live")).send().await.unwrap();
    if answer.status() != 200 {
        assert_eq!(answer.status(), 204);
        return None;
    }
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    let mut text = String::new();
    while let Ok(Some(part)) = answer.chunk().await {
        text.push_str(std::str::from_utf8(&part).unwrap());
        if let Some((_, after)) = text.split_once("event: state\ndata: ")
            && let Some((data, _)) = after.split_once("\n\n")
        {
            return Some(serde_json::from_str(data).unwrap());
        }
    }
    panic!("the stream ended: {text:?}");
}

#[tokio::test]
async fn from_signing_in_to_the_arrival() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let ana = house.hire(&owner, "technician", "Ana María Pérez").await;
    let job = scheduled_job(&house, &owner, &[&ana]).await;
    let (mut map, snapshot) = viewer(&house, &owner, "json").await;
    assert_eq!(snapshot["jobs"][0]["id"], job["id"]);
    assert_eq!(snapshot["technicians"][0]["status"], "off_shift");

    // The phone begins its shift an hour ago and stands two kilometres from the door.
    let door = Coord::new(-34.9, -60.0).unwrap();
    let mut phone = Phone::hello(&house, &ana).await;
    let t0 = now_ms();
    phone.shift(true, t0 - 60_000).await;
    let event = map.next_event("technician.status_changed").await;
    assert_eq!(event["event"]["technician"]["status"], "available");
    let start = door.destination(90.0, 2_000.0);
    phone.send(vec![point(t0 - 1_000, start.lat(), start.lon())]).await;
    let frame = map.next_of("positions").await;
    assert_eq!(frame["rows"][0][0], json!(ana.user));

    // Under way: the link exists, the customer sees who comes and when, and not where they were before.
    let command = json!({"type": "command", "id": uuid::Uuid::new_v4(), "job": job["id"], "action": "start_travel",
        "version": job["version"], "at": now_ms()});
    phone.socket.say(command).await;
    assert_eq!(phone.socket.next_of("result").await["ok"], true);
    let under_way = map.next_event("job.status_changed").await;
    assert_eq!(under_way["event"]["technician"]["status"], "en_camino");
    let url = under_way["event"]["job"]["tracking_url"].as_str().unwrap().to_owned();
    assert_eq!(get_job(&house, &owner, &job).await["tracking_url"], json!(url));
    let first = live(&house, &url).await.unwrap();
    assert_eq!((first["status"].as_str(), &first["position"]), (Some("en_camino"), &Value::Null));
    let html = page(&house, &url).await;
    assert_eq!(html.status, 200);
    assert!(html.text.contains("Ana está en camino") && !html.text.contains("Pérez"), "{}", html.text);
    for (header, value) in [("referrer-policy", "no-referrer"), ("cache-control", "no-store")] {
        assert_eq!(html.headers[header], value);
    }
    assert!(html.headers["x-robots-tag"].to_str().unwrap().contains("noindex"));
    assert!(!html.headers.contains_key("set-cookie"));

    // Driving: the estimate becomes a promised window, the position becomes the customer's.
    // A journey counts from now, so its points run ahead of the clock, within the five minutes that are allowed.
    let mut at = now_ms();
    for metres in [1_900.0, 1_500.0, 1_100.0, 700.0, 350.0] {
        at += 20_000;
        let here = door.destination(90.0, metres);
        phone.send(vec![point(at, here.lat(), here.lon())]).await;
    }
    let window = eventually("a window is promised", async || {
        let seen = live(&house, &url).await.unwrap();
        (!seen["window"].is_null() && !seen["position"].is_null()).then_some(seen)
    })
    .await;
    let (from, to) = (window["window"]["from"].as_i64().unwrap(), window["window"]["to"].as_i64().unwrap());
    assert!(from < to && from % 300_000 == 0 && to % 300_000 == 0);
    assert!(page(&house, &url).await.text.contains("entre "));
    assert!(get_job(&house, &owner, &job).await["arrived_at"].is_null());

    // At the door, standing: found once, told once; the job waits for a person.
    for _ in 0..4 {
        at += 20_000;
        phone
            .send(vec![
                json!({"at": at, "lat": door.lat(), "lon": door.lon(), "accuracy_m": 8, "speed_mps": 0.0}),
            ])
            .await;
    }
    let arrived = map.next_event("job.arrived").await;
    assert_eq!(arrived["event"]["by"]["kind"], "system");
    assert_eq!(arrived["event"]["job"]["status"], "en_camino");
    let seen = eventually("the customer hears of it", async || {
        live(&house, &url).await.filter(|seen| seen["status"] == "arrived")
    })
    .await;
    assert_eq!(seen["position"], Value::Null, "no position after the arrival");

    assert_eq!(phone.command(&job, "start_work").await["ok"], true);
    assert_eq!(phone.command(&job, "complete").await["ok"], true);
    assert_eq!(live(&house, &url).await, None, "204 once it is over");
    assert!(page(&house, &url).await.text.contains("terminó"));
    let history = house.get(&owner, &format!("/api/jobs/{}/history", job["id"].as_str().unwrap())).await.ok();
    let steps: Vec<_> =
        history["items"].as_array().unwrap().iter().map(|h| h["status"].as_str().unwrap()).collect();
    for status in ["scheduled", "en_camino", "working", "completed"] {
        assert!(steps.contains(&status), "{steps:?}");
    }
    assert_eq!(house.get(None, "/t/AAAAAAAAAAAAAAAAAAAAAAAA").await.status, 404);
}

#[tokio::test]
async fn a_journey_called_off_ends_its_link_at_once() {
    let house = House::start().await;
    let owner = house.sign_up("Aire Norte").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    let job = scheduled_job(&house, &owner, &[&ana]).await;
    let path = format!("/api/jobs/{}/status", job["id"].as_str().unwrap());
    let going =
        house.patch(&owner, &path, json!({"status": "en_camino", "version": job["version"]})).await.ok();
    let url = going["tracking_url"].as_str().unwrap().to_owned();
    assert_eq!(page(&house, &url).await.status, 200);
    house.patch(&owner, &path, json!({"status": "scheduled", "version": going["version"]})).await.ok();
    let unknown = house.get(None, "/t/AAAAAAAAAAAAAAAAAAAAAAAA").await;
    let dead = page(&house, &url).await;
    assert_eq!((dead.status, dead.text), (404, unknown.text), "dead and unknown look the same");
    let again = house
        .patch(
            &owner,
            &path,
            json!({"status": "en_camino", "version": going["version"].as_i64().unwrap() + 1}),
        )
        .await
        .ok();
    assert_ne!(again["tracking_url"], json!(url), "a new journey, a new link");
}
