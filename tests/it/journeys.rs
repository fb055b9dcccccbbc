//! Journeys begun and ended by hand, a technician's day, who may be sent, what a map shows.

use campo_engine::moment;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::jobs::{Company, path};

/// Ana is on shift and was seen a moment ago, at a place.
async fn seen(c: &Company, lat: f64, lon: f64) {
    let at = moment::to_millis(Utc::now() - TimeDelta::seconds(20));
    c.house.post(&c.ana, "/api/shifts", json!({"on": true, "at": at - TimeDelta::minutes(10)})).await.ok();
    let mut sql = c.house.sql().await;
    sqlx::query(
        "with s as (insert into source (org_id, user_id, device, boot) values ($1, $2, gen_random_uuid(), gen_random_uuid()) returning source)
         insert into position (at, corrected_at, org_id, member, source, seq, lat_e7, lon_e7, delay_s)
         select $3, $3, $1, m.member, s.source, 1, $4, $5, 0 from s, member m where m.user_id = $2 and m.org_id = $1",
    )
    .bind(c.owner.org.0)
    .bind(c.ana.user.0)
    .bind(at)
    .bind((lat * 1e7) as i32)
    .bind((lon * 1e7) as i32)
    .execute(&mut sql)
    .await
    .unwrap();
}

#[tokio::test]
async fn a_journey_begins_once_and_ends_by_hand() {
    let c = Company::open().await;
    let house = &c.house;
    let stranger = house.stranger().await;
    let job = c.scheduled().await;
    let begin = json!({"job_id": job["id"]});
    for who in [&c.beto, &stranger] {
        house.post(who, "/api/tracking/sessions", begin.clone()).await.refused(404, "JOB_002");
    }
    let accountant = house.hire(&c.owner, "accountant", "Conta").await;
    house.post(&accountant, "/api/tracking/sessions", begin.clone()).await.refused(403, "AUTH_003");
    let begun = house.post(&c.ana, "/api/tracking/sessions", begin.clone()).await;
    assert_eq!((begun.status, begun.body["status"].as_str()), (201, Some("active")));
    assert_eq!(house.get(&c.ana, &path(&job)).await.ok()["status"], "en_camino");
    let again = house.post(&c.owner, "/api/tracking/sessions", begin.clone()).await.ok();
    assert_eq!(again["id"], begun.body["id"], "the one that is under way");

    let session = format!("/api/tracking/sessions/{}", begun.body["id"].as_str().unwrap());
    house.post(&stranger, &format!("{session}/complete"), json!({})).await.refused(404, "REQUEST_004");
    let ended = house.post(&c.ana, &format!("{session}/complete"), json!({})).await.ok();
    assert_eq!((&ended["status"], ended["ended_at"].is_string()), (&json!("completed"), true));
    assert_eq!(
        house.post(&c.owner, &format!("{session}/complete"), json!({})).await.ok(),
        ended,
        "twice is once"
    );
    let now = house.get(&c.owner, &path(&job)).await.ok();
    assert_eq!((&now["status"], &now["tracking_url"]), (&json!("en_camino"), &Value::Null), "the job stays");
    // Set out anew: another journey of the same job.
    let second = house.post(&c.owner, "/api/tracking/sessions", begin.clone()).await.ok();
    assert!(second["id"] != begun.body["id"] && second["technician_id"] == json!(c.ana.user), "{second}");
    let now = house.get(&c.owner, &path(&job)).await.ok();
    c.walk(now, &["working", "completed"]).await;
    house.post(&c.ana, "/api/tracking/sessions", begin).await.refused(409, "JOB_001");
    let nobodys = c.job(json!({})).await;
    house
        .post(&c.owner, "/api/tracking/sessions", json!({"job_id": nobodys["id"]}))
        .await
        .refused(409, "JOB_001");
}

#[tokio::test]
async fn a_day_as_it_will_go() {
    let c = Company::open().await;
    let house = &c.house;
    seen(&c, -34.9, -60.0).await;
    let done = c.walk(c.scheduled().await, &["en_camino", "working", "completed"]).await;
    let at = |minutes| Utc::now() + TimeDelta::minutes(minutes);
    let ahead = |title: &str, start, lat: f64| json!({"title": title, "technician_ids": [c.ana.user], "scheduled_start": start, "estimated_duration_min": 30, "lat": lat, "lon": -60.0});
    let first = c.job(ahead("Cerca", at(1), -34.91)).await;
    let second = c.job(ahead("Lejos", at(2), -34.99)).await;
    let itinerary = format!("/api/tracking/technicians/{}/itinerary", c.ana.user);
    let day = house.get(&c.owner, &itinerary).await.ok();
    let stops = day["items"].as_array().unwrap();
    let ids: Vec<_> = stops.iter().map(|s| s["job"]["id"].clone()).collect();
    // Around midnight the later ones are tomorrow's.
    assert_eq!(ids[0], done["id"]);
    if ids.len() == 3 {
        assert_eq!(ids[1..], [first["id"].clone(), second["id"].clone()]);
        let arrival =
            |n: usize| stops[n]["arrival"].as_str().unwrap().parse::<chrono::DateTime<Utc>>().unwrap();
        let seconds = stops[2]["travel"]["p50_s"].as_i64().unwrap();
        assert!(stops[1]["travel"]["p50_s"].as_i64().unwrap() > 0 && seconds > 60, "{day}");
        let left = stops[1]["departure"].as_str().unwrap().parse::<chrono::DateTime<Utc>>().unwrap();
        assert_eq!(arrival(2) - left, TimeDelta::seconds(seconds), "after the one before, and the way");
        assert_eq!((&stops[0]["is_late"], &stops[2]["is_late"]), (&json!(false), &json!(true)));
        assert!(stops[0]["travel"].is_null());
    }
    assert_eq!(house.get(&c.ana, &itinerary).await.ok()["items"][0]["job"]["id"], done["id"], "one's own");
    let empty = house.get(&c.owner, &format!("{itinerary}?date=2020-01-01")).await.ok();
    assert!(empty["items"].as_array().unwrap().is_empty());
    house.get(&c.owner, &format!("{itinerary}?date=ayer")).await.refused(422, "REQUEST_002");
    for who in [&c.beto, &house.stranger().await] {
        house.get(who, &itinerary).await.refused(404, "REQUEST_004");
    }
    house
        .get(&c.owner, &format!("/api/tracking/technicians/{}/itinerary", c.owner.user))
        .await
        .refused(404, "REQUEST_004");
}

#[tokio::test]
async fn who_may_be_sent_and_what_a_map_shows() {
    let c = Company::open().await;
    let house = &c.house;
    seen(&c, -34.9, -60.0).await;
    let job = c.job(json!({"title": "En el mapa", "lat": -34.8, "lon": -60.1})).await;
    let find = |list: &Value, who| -> Value {
        let all = list.as_array().unwrap();
        all.iter().find(|t| t["technician_id"] == json!(who)).cloned().unwrap_or_default()
    };
    let free = house.get(&c.owner, "/api/tracking/dispatch/availability").await.ok();
    let ana = find(&free["items"], c.ana.user);
    assert_eq!(
        (&ana["status"], &ana["is_available"], &ana["place"]["lat"]),
        (&json!("available"), &json!(true), &json!(-34.9))
    );
    let beto = find(&free["items"], c.beto.user);
    assert_eq!(
        (&beto["status"], &beto["is_available"], &beto["place"]),
        (&json!("off_shift"), &json!(false), &Value::Null)
    );
    house.post(&c.owner, "/api/shifts/pause", json!({"user_id": c.ana.user, "on": true})).await.ok();
    let paused = house.get(&c.owner, "/api/tracking/dispatch/availability").await.ok();
    let ana = find(&paused["items"], c.ana.user);
    assert_eq!((&ana["status"], &ana["is_available"]), (&json!("paused"), &json!(false)));

    let map = house.get(&c.owner, "/api/tracking/map/data").await.ok();
    assert_eq!((&map["jobs"][0]["id"], &map["jobs"][0]["lat"]), (&job["id"], &json!(-34.8)));
    assert_eq!(map["technicians"].as_array().unwrap().len(), 2);
    let route = "/api/tracking/map/route?from_lat=-34.9&from_lon=-60.0&to_lat=-34.8&to_lon=-60.1";
    let way = house.get(&c.owner, route).await.ok();
    assert_eq!(
        (&way["by_road"], &way["line"]),
        (&json!(false), &json!([[-60.0, -34.9], [-60.1, -34.8]])),
        "no map here"
    );
    assert!(
        (14_000.0..15_000.0).contains(&way["distance_m"].as_f64().unwrap())
            && way["eta"]["p50_s"].as_i64().unwrap() > 0
    );
    house
        .get(&c.owner, "/api/tracking/map/route?from_lat=91&from_lon=0&to_lat=0&to_lon=0")
        .await
        .refused(422, "REQUEST_002");

    let stranger = house.stranger().await;
    let theirs = house.get(&stranger, "/api/tracking/map/data").await.ok();
    assert!(
        theirs["jobs"].as_array().unwrap().is_empty() && theirs["technicians"].as_array().unwrap().is_empty()
    );
    assert!(
        house.get(&stranger, "/api/tracking/dispatch/availability").await.ok()["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    for get in ["/api/tracking/map/data", "/api/tracking/dispatch/availability", route] {
        house.get(&c.ana, get).await.refused(403, "AUTH_003");
    }
}
