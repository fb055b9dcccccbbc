//! The server against providers as they are: what it says is taken as Meta takes it, and seen as customers see it.

use campo_bench::{fakes, flow};
use chrono::{TimeDelta, Utc};
use serde_json::json;

use crate::house::{House, eventually};

/// A job's life on the customer's phone: each message once, by approved templates, with a link that opens.
#[tokio::test]
async fn a_customers_phone_shows_a_jobs_life() {
    let fakes = fakes::start().unwrap();
    let flags = flow::flags(&fakes);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let house = House::with(true, &flags).await;
    let owner = house.sign_up("Plomería Sur").await;
    let ana = house.hire(&owner, "technician", "Ana Paz").await;
    let customer = house.customer(&owner, "Carla Díaz").await;
    let phone = customer["phone"].as_str().unwrap().trim_start_matches('+').to_owned();
    let body = json!({"title": "Pierde la canilla", "customer_id": customer["id"], "technician_ids": [ana.user],
                      "scheduled_start": Utc::now() + TimeDelta::days(3)});
    let job = house.post(&owner, "/api/jobs", body).await.ok();
    let path = format!("/api/jobs/{}", job["id"].as_str().unwrap());
    let shown = |count: usize| {
        let (fakes, phone) = (&fakes, &phone);
        eventually("the phone shows it", async move || {
            let bubbles = fakes.common.phones.of(phone);
            (bubbles.len() >= count).then_some(bubbles)
        })
    };
    shown(1).await;
    for (n, status) in ["en_camino", "working", "completed"].iter().enumerate() {
        let present = house.get(&owner, &path).await.ok();
        let body = json!({"status": status, "version": present["version"], "notes": "listo"});
        house.patch(&owner, &format!("{path}/status"), body).await.ok();
        shown(n + 2).await;
    }
    let bubbles = shown(4).await;
    let names: Vec<&str> = bubbles.iter().filter_map(|b| b.content["name"].as_str()).collect();
    let expected = [
        "job_confirmation_customer",
        "technician_en_route_tracking",
        "technician_arrived",
        "job_completed_customer",
    ];
    assert_eq!(names, expected, "in this order, once each");
    let link = bubbles[1].content["buttons"][0]["url"].as_str().unwrap();
    let token = link.rsplit('/').next().unwrap();
    assert_eq!(house.get(None, &format!("/t/{token}")).await.status, 200);
    let sums = fakes.sums("whatsapp");
    assert_eq!((sums.doubled, sums.effects), (0, sums.keys), "each message under a key of its own");
}

/// The phones' page is found from the demonstration alone.
#[tokio::test]
async fn the_demonstration_leads_to_the_phones() {
    let demo = House::with(true, &["--demo-phones", "http://127.0.0.1:1/phones"]).await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let ask = |house: &House| {
        let request = house.request(reqwest::Method::GET, None, "/demo/phones").build().unwrap();
        client.get(request.url().clone()).send()
    };
    let answer = ask(&demo).await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "http://127.0.0.1:1/phones");
    let plain = House::with(false, &["--demo-phones", "http://127.0.0.1:1/phones"]).await;
    assert_eq!(ask(&plain).await.unwrap().status(), 404);
}
