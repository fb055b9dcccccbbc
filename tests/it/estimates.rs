//! Windows against arrivals, and what is learned from journeys.

use campo_engine::estimates::learn;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::day::scheduled_job;
use crate::house::{House, Person, eventually};
use crate::wire::{Phone, now_ms, point, viewer};

/// A journey that begins at a place, is seen once, and arrives by the technician's word.
async fn journey(house: &House, owner: &Person, ana: &Person) -> Value {
    let job = scheduled_job(house, owner, &[ana]).await;
    let place = json!({"version": job["version"], "lat": -34.6, "lon": -58.4});
    let job = house.patch(owner, &format!("/api/jobs/{}", job["id"].as_str().unwrap()), place).await.ok();
    let mut phone = Phone::hello(house, ana).await;
    phone.shift(true, now_ms() - 60_000).await;
    phone.send(vec![point(now_ms() - 2_000, -34.62, -58.4)]).await;
    assert_eq!(phone.command(&job, "start_travel").await["ok"], true);
    phone.send(vec![point(now_ms() - 1_000, -34.619, -58.4)]).await;
    let mut sql = house.sql().await;
    let org = owner.org;
    let said = async |sql: &mut sqlx::PgConnection| -> i64 {
        let count = "select count(*) from eta_outcome where org_id = $1 and took_s is null and tier = 0";
        sqlx::query_scalar(count).bind(org).fetch_one(sql).await.unwrap()
    };
    let begun = std::time::Instant::now();
    while said(&mut sql).await == 0 {
        assert!(begun.elapsed().as_secs() < 30, "no window was remembered");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(phone.command(&job, "arrive").await["ok"], true);
    job
}

#[tokio::test]
async fn windows_are_held_against_arrivals() {
    let house = House::start().await;
    let owner = house.sign_up("Gas del Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    let path = "/api/estimates/coverage";
    let before = house.get(&owner, path).await.ok();
    assert_eq!((&before["total"]["arrivals"], &before["total"]["share"]), (&json!(0), &Value::Null));
    assert_eq!((&before["total"]["low"], &before["total"]["high"]), (&json!(0.0), &json!(1.0)));

    journey(&house, &owner, &ana).await;
    let seen = house.get(&owner, path).await.ok();
    // Two kilometres are not driven in a second: too early, and said so.
    assert_eq!((&seen["total"]["arrivals"], &seen["total"]["early"]), (&json!(1), &json!(1)), "{seen}");
    assert_eq!(seen["sentence"], "De las ventanas del 80 %, se cumplió el 0 %.");
    assert_eq!((&seen["tiers"][0]["tier"], &seen["leads"][0]["lead_min"]), (&json!(0), &json!(0)));
    let past = format!("{path}?to=2020-01-01T00:00:00Z");
    assert_eq!(house.get(&owner, &past).await.ok()["total"]["arrivals"], 0);
    assert_eq!(house.get(&owner, &format!("{path}?lead_min=7")).await.status, 422);
    assert_eq!(house.get(&ana, path).await.status, 403);
    let stranger = house.stranger().await;
    assert_eq!(house.get(&stranger, path).await.ok()["total"]["arrivals"], 0);
}

#[tokio::test]
async fn journeys_are_learned_from_once_and_only_where_they_are_shared() {
    let house = House::start().await;
    let owner = house.sign_up("Gas del Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    journey(&house, &owner, &ana).await;
    let engine = &house.app.engine;
    let own = house.patch(&owner, "/api/organization", json!({"share_speeds": false})).await.ok();
    assert_eq!(own["share_speeds"], false);
    let kept = learn::learn(engine, TimeDelta::zero()).await.unwrap();
    assert_eq!((kept.journeys, kept.trips), (0, 0), "nobody shares: {kept:?}");
    house.patch(&owner, "/api/organization", json!({"share_speeds": true})).await.ok();
    let waits = learn::learn(engine, TimeDelta::hours(1)).await.unwrap();
    assert_eq!(waits.journeys, 0, "late points may still come");
    let first = learn::learn(engine, TimeDelta::zero()).await.unwrap();
    assert_eq!((first.journeys, first.trips), (1, 1), "{first:?}");
    let again = learn::learn(engine, TimeDelta::zero()).await.unwrap();
    assert_eq!((again.journeys, again.trips), (0, 1), "{again:?}");
}

/// What serves and the way back: two generations by hand, and a server that follows.
#[tokio::test]
async fn models_come_and_go_by_generations() {
    let house = House::start().await;
    let engine = &house.app.engine;
    assert_eq!(learn::roll_back(engine).await.unwrap(), None);
    let trip = |i: i64| campo_geo::eta::Trip {
        from: campo_geo::Coord::new(-34.60, -58.40).unwrap(),
        to: campo_geo::Coord::new(-34.63, -58.40).unwrap(),
        started_at: 1_790_000_000 + i * 3_600,
        utc_offset_s: -10_800,
        duration_s: 1_200.0,
        vehicle: campo_geo::eta::Vehicle::Car,
    };
    let trips: Vec<_> = (0..60).map(trip).collect();
    let learned = campo_geo::eta::train(&trips, &Default::default(), &Default::default());
    let mut sql = house.sql().await;
    for (generation, is_current) in [(1, false), (2, true)] {
        sqlx::query("insert into learned (kind, generation, is_current, blob) values ('eta', $1, $2, $3)")
            .bind(generation)
            .bind(is_current)
            .bind(if generation == 2 { learned.to_bytes().unwrap() } else { b"old".to_vec() })
            .execute(&mut sql)
            .await
            .unwrap();
    }
    let tier = |engine: &campo_engine::Engine| engine.estimates.current().estimate(&trips[0].question()).tier;
    eventually("the model serves", async || (tier(engine) >= 1).then_some(())).await;
    assert_eq!(learn::roll_back(engine).await.unwrap(), Some(1));
    eventually("the way back is taken", async || (tier(engine) == 0).then_some(())).await;
}

/// Who did not ask hears nothing of it, and asking changes nothing else.
#[tokio::test]
async fn expectations_are_for_those_who_ask() {
    let house = House::start().await;
    let owner = house.sign_up("Gas del Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    let mut socket = crate::wire::Socket::open(&house, "/ws/dispatch").await;
    socket.say(json!({"type": "hello", "token": owner.token, "motion": true})).await;
    socket.next_of("snapshot").await;
    let (mut plain, _) = viewer(&house, &owner, "json").await;
    let mut phone = Phone::hello(&house, &ana).await;
    phone.shift(true, now_ms() - 60_000).await;
    phone.send(vec![point(now_ms() - 1_000, -34.5, -58.5)]).await;
    assert_eq!(socket.next_of("positions").await["rows"][0][1], -34.5);
    assert_eq!(plain.next_of("positions").await["rows"][0][1], -34.5);
}

/// A street of five kilometres with houses along it, and one across so that nobody is lost at its end.
fn street(folder: &std::path::Path) -> String {
    let pbf = folder.join("street.osm.pbf");
    let mut nodes: Vec<(f64, f64, crate::extract::Tags<'_>)> =
        (0..=50).map(|i| (-34.60 - f64::from(i) * 0.0009, -58.4, &[][..])).collect();
    nodes.push((-34.6225, -58.401, &[]));
    let (down, across): (Vec<usize>, Vec<usize>) = ((0..=50).collect(), vec![25, 51]);
    let named = [("highway", "secondary"), ("name", "Avenida Salta")];
    let ways = [(&down[..], &named[..]), (&across[..], &[("highway", "residential")][..])];
    crate::extract::write(&pbf, &nodes, &ways);
    let map = folder.join("map");
    campo_geo::map::build(&pbf, &map, &mut |_, _, _| {}).unwrap();
    map.display().to_string()
}

/// With a map: estimates of tier 2 and up, the expected way to viewers who ask, the route to the customer, metres
/// by road to the dispatcher; who stops is told at once.
#[tokio::test]
async fn with_a_map_the_way_ahead_is_told() {
    let folder = std::env::temp_dir().join(format!("campo-street-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    let map = street(&folder);
    let house = House::with(true, &["--map", &map]).await;
    let owner = house.sign_up("Gas del Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    let mut socket = crate::wire::Socket::open(&house, "/ws/dispatch").await;
    socket.say(json!({"type": "hello", "token": owner.token, "motion": true})).await;
    socket.next_of("snapshot").await;

    let job = scheduled_job(&house, &owner, &[&ana]).await;
    let place = json!({"version": job["version"], "lat": -34.64, "lon": -58.4});
    let job = house.patch(&owner, &format!("/api/jobs/{}", job["id"].as_str().unwrap()), place).await.ok();
    let mut phone = Phone::hello(&house, &ana).await;
    let t = now_ms();
    phone.shift(true, t - 300_000).await;
    let drive = |ms: i64, lat: f64, speed: f64| {
        let mut p = point(t - ms, lat, -58.4);
        p["speed_mps"] = speed.into();
        p["heading_deg"] = 180.into();
        p["accuracy_m"] = 5.into();
        p
    };
    phone.send(vec![drive(50_000, -34.6010, 10.0)]).await;
    assert_eq!(phone.command(&job, "start_travel").await["ok"], true);
    // Where the way leads from is told when the journey begins.
    let told = socket.next_of("motion").await;
    assert_eq!(told["technician"], json!(ana.user));
    let path = told["path"].as_array().unwrap_or_else(|| panic!("{told}"));
    assert!((path[0][0].as_f64().unwrap() + 34.6010).abs() < 1e-4, "{told}");
    let end = path.last().unwrap()[0].as_f64().unwrap();
    assert!(end < -34.610 && end > -34.6401, "two minutes of way: {told}");

    // Two hundred metres in twenty seconds are as expected; four hundred in the next twenty are not.
    phone.send(vec![drive(30_000, -34.6028, 10.0)]).await;
    phone.send(vec![drive(10_000, -34.6064, 20.0)]).await;
    let told = socket.next_of("motion").await;
    assert!((told["path"][0][0].as_f64().unwrap() + 34.6064).abs() < 1e-4, "{told}");

    // Standing at a light for a while: nothing more is expected.
    phone.send((0..8).map(|i| drive(9_000 - i * 1_000, -34.6064, 0.0)).collect()).await;
    let stopped = loop {
        let told = socket.next_of("motion").await;
        if told["path"].is_null() {
            break told;
        }
    };
    assert_eq!(stopped["technician"], json!(ana.user));
    // Customers see positions of the journey alone: the first of now.
    phone.send(vec![drive(t - now_ms(), -34.6067, 10.0)]).await;

    // The customer's route leads to the door; the office's estimate names its tier.
    let seen = house.get(&owner, &format!("/api/jobs/{}", job["id"].as_str().unwrap())).await.ok();
    let url = seen["tracking_url"].as_str().unwrap();
    let live = format!("/t/{}/live", url.rsplit_once("/t/").unwrap().1);
    let route = eventually("the route comes", async || {
        let mut answer = house.request(reqwest::Method::GET, None, &live).send().await.ok()?;
        let mut text = String::new();
        while let Ok(Some(bytes)) = answer.chunk().await {
            text.push_str(&String::from_utf8_lossy(&bytes));
            if let Some(data) = text.lines().rfind(|l| l.starts_with("data: ") && l.ends_with('}')) {
                let state: Value = serde_json::from_str(&data[6..]).ok()?;
                return state["route"].as_array().cloned();
            }
        }
        None
    })
    .await;
    assert!(route.len() >= 2 && route.len() <= 200);
    assert!((route.last().unwrap()[0].as_f64().unwrap() + 34.64).abs() < 1e-3, "{route:?}");
    let near = "/api/tracking/nearest?lat=-34.6225&lon=-58.401&include_busy=true";
    let near = house.get(&owner, near).await.ok();
    let near = &near["items"][0];
    assert!(near["tier"].as_u64().unwrap() >= 2, "{near}");
    assert!(near["distance_m"].as_f64().unwrap() > near["straight_m"].as_f64().unwrap() + 20.0, "{near}");

    let _ = std::fs::remove_dir_all(&folder);
}
