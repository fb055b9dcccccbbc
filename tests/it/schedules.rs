//! Work schedules: kept, seen by whom they concern, and warning where a job is assigned.

use reqwest::Method;
use serde_json::{Value, json};

use crate::house::{Answer, House, Person};

async fn put(house: &House, who: &Person, path: &str, body: Value) -> Answer {
    house.send(house.request(Method::PUT, Some(who), path).json(&body)).await
}

fn week() -> Value {
    let day = json!([["09:00", "13:00"], ["14:00", "18:00"]]);
    json!({"mon": day, "tue": day, "wed": day, "thu": day})
}

#[tokio::test]
async fn who_keeps_whose_hours() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    let beto = house.hire(&owner, "technician", "Beto").await;
    let path = format!("/api/users/{}/schedule", ana.user);
    let nothing = house.get(&ana, &path).await.ok();
    assert_eq!((nothing["version"].as_i64(), &nothing["exceptions"]), (Some(0), &json!([])));
    let body = json!({
        "weekly": week(), "advance_notice_min": 60,
        "exceptions": [{"date": "2031-12-25", "reason": "Navidad"}, {"date": "2031-12-24", "spans": [["09:00", "12:00"]]}],
    });
    let kept = put(&house, &owner, &path, body.clone()).await.ok();
    assert_eq!((kept["version"].as_i64(), &kept["exceptions"][0]["date"]), (Some(1), &json!("2031-12-24")));
    assert_eq!(house.get(&ana, &path).await.ok(), kept);
    // The own ones a technician keeps too, and nobody else's; an accountant none, strangers none.
    let own = put(&house, &ana, &path, json!({"weekly": week(), "version": 1})).await.ok();
    assert_eq!(own["version"], 2);
    put(&house, &ana, &path, json!({"weekly": week(), "version": 1})).await.refused(409, "VERSION_001");
    house.get(&beto, &path).await.refused(404, "REQUEST_004");
    put(&house, &beto, &path, body.clone()).await.refused(404, "REQUEST_004");
    house.get(&house.hire(&owner, "accountant", "Caro").await, &path).await.refused(403, "AUTH_003");
    let stranger = house.stranger().await;
    house.get(&stranger, &path).await.refused(404, "REQUEST_004");
    put(&house, &stranger, &path, body).await.refused(404, "REQUEST_004");
    for bad in [
        json!({"weekly": {"mon": [["10:00", "09:00"]]}}),
        json!({"weekly": {"lunes": [["09:00", "10:00"]]}}),
        json!({"weekly": {}, "exceptions": [{"date": "2031-02-30"}]}),
        json!({"weekly": {}, "advance_notice_min": -1}),
        json!({}),
    ] {
        put(&house, &owner, &path, bad).await.refused(422, "REQUEST_002");
    }
}

#[tokio::test]
async fn assigning_warns_and_never_refuses() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    let beto = house.hire(&owner, "technician", "Beto").await;
    let customer = house.customer(&owner, "Carla").await;
    let path = format!("/api/users/{}/schedule", ana.user);
    let exceptions = json!([{"date": "2031-12-25"}]);
    let body = json!({"weekly": week(), "exceptions": exceptions, "advance_notice_min": 10080});
    put(&house, &owner, &path, body).await.ok();
    // Buenos Aires is three hours behind: these are 10, 13:30, 10 (a Sunday), 10 (Christmas).
    let soon = (chrono::Utc::now() + chrono::TimeDelta::hours(1)).to_rfc3339();
    for (start, expected) in [
        ("2031-12-22T13:00:00Z", vec![]),
        ("2031-12-22T16:30:00Z", vec!["outside_availability"]),
        ("2031-12-21T13:00:00Z", vec!["day_off"]),
        ("2031-12-25T13:00:00Z", vec!["exception"]),
    ] {
        let job = json!({"title": "Canilla rota", "customer_id": customer["id"], "scheduled_start": start});
        let job = house.post(&owner, "/api/jobs", job).await.ok();
        let body = json!({"technician_ids": [ana.user, beto.user], "version": job["version"]});
        let assign = format!("/api/jobs/{}/assign", job["id"].as_str().unwrap());
        let assigned = house.patch(&owner, &assign, body).await.ok();
        assert_eq!(assigned["warnings"], json!(expected), "{start}");
        assert_eq!(assigned["status"], "scheduled");
        for warned in assigned["warned"].as_array().unwrap() {
            assert_eq!(warned["technician_id"], json!(ana.user), "Beto said nothing about his hours");
        }
    }
    let job = json!({"title": "Canilla rota", "customer_id": customer["id"], "scheduled_start": soon});
    let job = house.post(&owner, "/api/jobs", job).await.ok();
    let body = json!({"technician_ids": [ana.user], "version": job["version"]});
    let assigned =
        house.patch(&owner, &format!("/api/jobs/{}/assign", job["id"].as_str().unwrap()), body).await.ok();
    assert!(
        assigned["warnings"].as_array().unwrap().contains(&json!("advance_notice")),
        "{}",
        assigned["warnings"]
    );
}
