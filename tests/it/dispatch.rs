//! Nearest technicians and recommendations, over real positions.

use serde_json::{Value, json};

use crate::house::{Answer, House, Person};
use crate::wire::{Phone, now_ms, point};

/// A technician on shift who was just seen at a place.
async fn at_work(house: &House, owner: &Person, name: &str, (lat, lon): (f64, f64)) -> (Person, Phone) {
    let person = house.hire(owner, "technician", name).await;
    let mut phone = Phone::hello(house, &person).await;
    phone.shift(true, now_ms() - 60_000).await;
    phone.send(vec![point(now_ms() - 1_000, lat, lon)]).await;
    (person, phone)
}

fn names(answer: Answer) -> Vec<String> {
    let items = answer.ok()["items"].as_array().unwrap().clone();
    items.iter().map(|i| i["name"].as_str().unwrap().to_owned()).collect()
}

async fn job(house: &House, owner: &Person, extra: Value) -> Value {
    let customer = house.customer(owner, "Cliente").await;
    let mut body = json!({"title": "Pérdida en la cocina", "customer_id": customer["id"], "job_type": "plomeria",
        "lat": -34.6, "lon": -58.4});
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    house.post(owner, "/api/jobs", body).await.ok()
}

#[tokio::test]
async fn the_nearest_are_fresh_free_and_in_order() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let (ana, mut ana_phone) = at_work(&house, &owner, "Ana", (-34.61, -58.4)).await;
    let (_beto, _b) = at_work(&house, &owner, "Beto", (-34.62, -58.4)).await;
    let (_caro, _c) = at_work(&house, &owner, "Caro", (-35.2, -58.4)).await;
    let (_dani, mut dani) = at_work(&house, &owner, "Dani", (-34.601, -58.4)).await;
    // Off shift, and seen too long ago: neither is near.
    dani.shift(false, now_ms()).await;
    let (_ema, _e) = at_work(&house, &owner, "Ema", (-34.602, -58.4)).await;
    let mut sql = house.sql().await;
    sqlx::query(
        "update position p set corrected_at = corrected_at - interval '6 minutes' from member m
         where m.member = p.member and m.name = 'Ema'",
    )
    .execute(&mut sql)
    .await
    .unwrap();

    let near = "/api/tracking/nearest?lat=-34.6&lon=-58.4";
    let found = house.get(&owner, near).await.ok();
    let items = found["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{found}");
    assert_eq!((&items[0]["name"], &items[1]["name"]), (&json!("Ana"), &json!("Beto")));
    let first = &items[0];
    assert_eq!(first["technician_id"], json!(ana.user));
    assert!((first["distance_m"].as_f64().unwrap() - 1_112.0).abs() < 5.0, "{first}");
    assert_eq!((&first["tier"], &first["status"]), (&json!(0), &json!("available")));
    let [p10, p50, p90] = ["p10_s", "duration_s", "p90_s"].map(|k| first[k].as_u64().unwrap());
    assert!(0 < p10 && p10 <= p50 && p50 <= p90);
    assert_eq!(names(house.get(&owner, &format!("{near}&limit=1")).await), ["Ana"]);

    // Busy ones only when they are asked for.
    let with_ana =
        job(&house, &owner, json!({"technician_ids": [ana.user], "scheduled_start": "2030-01-01T12:00:00Z"}))
            .await;
    assert_eq!(ana_phone.command(&with_ana, "start_travel").await["ok"], true);
    assert_eq!(names(house.get(&owner, near).await), ["Beto"]);
    assert_eq!(names(house.get(&owner, &format!("{near}&include_busy=true")).await), ["Ana", "Beto"]);
    let by_job = format!("/api/tracking/nearest?job_id={}", with_ana["id"].as_str().unwrap());
    assert_eq!(names(house.get(&owner, &by_job).await), ["Ana", "Beto"], "the job itself makes nobody busy");

    for wrong in
        ["", "?lat=1", "?lat=91&lon=0", "?lat=1&lon=1&limit=0", "?lat=1&lon=1&limit=51", "?lat=x&lon=1"]
    {
        let status = house.get(&owner, &format!("/api/tracking/nearest{wrong}")).await.status;
        assert!(status == 422 || status == 400, "{wrong} {status}");
    }
    assert_eq!(house.get(&ana, near).await.status, 403);
    let stranger = house.stranger().await;
    assert_eq!(names(house.get(&stranger, near).await), Vec::<String>::new());
    assert_eq!(house.get(&stranger, &by_job).await.status, 404);
}

#[tokio::test]
async fn recommendations_say_why() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let (ana, _a) = at_work(&house, &owner, "Ana", (-34.601, -58.4)).await;
    let beto = house.hire(&owner, "technician", "Beto").await;
    let user = format!("/api/users/{}", ana.user);
    let skilled = json!({"version": 1, "specialties": ["plomeria", "gas"], "skill_level": "senior"});
    let edited = house.patch(&owner, &user, skilled).await.ok();
    assert_eq!(
        (&edited["specialties"], &edited["skill_level"]),
        (&json!(["gas", "plomeria"]), &json!("senior"))
    );
    let wrong = json!({"version": 2, "specialties": ["magia"]});
    assert_eq!(house.patch(&owner, &user, wrong).await.status, 422);

    let job = job(&house, &owner, json!({})).await;
    let path = format!("/api/jobs/{}/recommendations", job["id"].as_str().unwrap());
    let found = house.get(&owner, &path).await.ok();
    let items = found["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{found}");
    let (best, last) = (&items[0], &items[1]);
    assert_eq!((&best["name"], &best["confidence"]), (&json!("Ana"), &json!("high")));
    assert_eq!((&last["technician_id"], &last["confidence"]), (&json!(beto.user), &json!("low")));
    let parts = best["parts"].as_array().unwrap();
    let points: Vec<(&str, f64)> =
        parts.iter().map(|p| (p["part"].as_str().unwrap(), p["points"].as_f64().unwrap())).collect();
    let minutes = best["eta"]["p50_s"].as_f64().unwrap() / 60.0;
    let near = ((100.0 * (1.0 - minutes / 60.0)) * 10.0).round() / 10.0;
    assert_eq!(
        points,
        [
            ("proximity", near),
            ("availability", 100.0),
            ("workload", 100.0),
            ("skill", 100.0),
            ("performance", 50.0)
        ]
    );
    let sum: f64 = parts.iter().map(|p| p["weight"].as_f64().unwrap() * p["points"].as_f64().unwrap()).sum();
    assert!((best["score"].as_f64().unwrap() - sum).abs() < 0.1, "{best}");
    // Off shift and unknown: nothing for place and time, the rest as for everyone.
    let points: Vec<f64> =
        last["parts"].as_array().unwrap().iter().map(|p| p["points"].as_f64().unwrap()).collect();
    assert_eq!(points, [0.0, 0.0, 100.0, 50.0, 50.0]);
    assert_eq!(parts[4]["reason"]["text"], "0 trabajos en 30 días; todavía sin calificaciones");
    let english = house.request(reqwest::Method::GET, Some(&owner), &path).header("accept-language", "en-GB");
    let english = house.send(english).await.ok();
    assert_eq!(english["items"][0]["parts"][3]["reason"]["text"], "It is their trade, senior");
    assert_eq!(english["items"][0]["parts"][3]["reason"]["code"], "trade");

    assert_eq!(house.get(&ana, &path).await.status, 403);
    let stranger = house.stranger().await;
    house.get(&stranger, &path).await.refused(404, "JOB_002");
}
