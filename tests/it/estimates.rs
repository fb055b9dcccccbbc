//! Windows against arrivals, and what is learned from journeys.

use campo_engine::estimates::{learn, speeds};
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

/// An organization learns from its own journeys, once each, whether it shares or not; what it does not share never
/// reaches the sums of all.
#[tokio::test]
async fn journeys_are_learned_from_once_and_shared_only_by_those_who_share() {
    let house = House::start().await;
    let owner = house.sign_up("Gas del Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    journey(&house, &owner, &ana).await;
    let engine = &house.app.engine;
    let own = house.patch(&owner, "/api/organization", json!({"share_speeds": false})).await.ok();
    assert_eq!(own["share_speeds"], false);
    let waits = learn::organization(engine, owner.org, TimeDelta::hours(1)).await.unwrap();
    assert_eq!(waits.journeys, 0, "late points may still come");
    let stranger = house.stranger().await;
    let other = learn::organization(engine, stranger.org, TimeDelta::zero()).await.unwrap();
    assert_eq!((other.journeys, other.trips, other.verdict), (0, 0, "nothing"), "{other:?}");
    let first = learn::organization(engine, owner.org, TimeDelta::zero()).await.unwrap();
    assert_eq!((first.journeys, first.trips, first.verdict), (1, 1, "too_few_trips"), "{first:?}");
    let again = learn::organization(engine, owner.org, TimeDelta::zero()).await.unwrap();
    assert_eq!((again.journeys, again.trips), (0, 1), "{again:?}");
    let mut sql = house.sql().await;
    let judges: i64 = sqlx::query_scalar("select count(*) from finished_trip where org_id = $1 and is_judge")
        .bind(owner.org)
        .fetch_one(&mut sql)
        .await
        .unwrap();
    let sums: i64 = sqlx::query_scalar("select count(*) from pace_sums").fetch_one(&mut sql).await.unwrap();
    assert_eq!((judges, sums), (0, 0), "nothing of it is for others");
    let shared = speeds::share(engine).await.unwrap();
    assert_eq!((shared.organizations, shared.verdict), (0, "nothing"), "{shared:?}");
    let said = house.get(&owner, "/api/estimates/coverage").await.ok();
    assert_eq!(said["model"]["verdict"], "too_few_trips", "{said}");
    assert_eq!((&said["model"]["generation"], &said["speeds"]["verdict"]), (&Value::Null, &json!("nothing")));
}

/// Every night one task for each organization that has new journeys, and one only.
#[tokio::test]
async fn a_night_is_planned_by_organization() {
    let house = House::start().await;
    let owner = house.sign_up("Gas del Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    journey(&house, &owner, &ana).await;
    house.stranger().await;
    let engine = &house.app.engine;
    assert_eq!(learn::plan(engine).await.unwrap(), 0, "late points may still come");
    let mut sql = house.sql().await;
    let earlier = "update tracking_session set started_at = started_at - interval '1 hour',
        arrived_at = arrived_at - interval '1 hour' where org_id = $1";
    sqlx::query(earlier).bind(owner.org).execute(&mut sql).await.unwrap();
    assert_eq!(learn::plan(engine).await.unwrap(), 1);
    eventually("its task is done", async || {
        let mut sql = house.sql().await;
        let done = "select org_id from task where kind = 'estimates.learn_own' and state = 'done'";
        let done: Vec<campo_engine::ids::OrgId> = sqlx::query_scalar(done).fetch_all(&mut sql).await.unwrap();
        (done == [owner.org]).then_some(())
    })
    .await;
    assert_eq!(learn::plan(engine).await.unwrap(), 0, "nothing is new");
}

/// Trips of about twenty minutes over about three kilometres.
fn known(n: i64) -> Vec<campo_geo::eta::Trip> {
    let trip = |i: i64| campo_geo::eta::Trip {
        from: campo_geo::Coord::new(-34.60, -58.40).unwrap(),
        to: campo_geo::Coord::new(-34.63 + (i % 7) as f64 * 1e-3, -58.40).unwrap(),
        started_at: 1_790_000_000 + i * 3_600,
        utc_offset_s: -10_800,
        // The sum of three dice is nearly normal, as what traffic does.
        duration_s: 750.0
            + [2_654_435_761i64, 40_503, 1_103_515_245]
                .map(|m| ((i + 1) * m / 7 % 301) as f64)
                .iter()
                .sum::<f64>(),
        vehicle: campo_geo::eta::Vehicle::Car,
    };
    (0..n).map(trip).collect()
}

/// Each organization has models of its own, what serves follows the generation, and there is a way back.
#[tokio::test]
async fn models_come_and_go_by_generations_in_one_organization() {
    let house = House::start().await;
    let (owner, stranger) = (house.sign_up("Gas del Sur").await, house.stranger().await);
    let engine = &house.app.engine;
    assert_eq!(learn::roll_back(engine, owner.org).await.unwrap(), None);
    let trips = known(60);
    let learned = campo_geo::eta::train(&trips, &Default::default(), &Default::default());
    let mut sql = house.sql().await;
    for (generation, is_current) in [(1, false), (2, true)] {
        let row = "insert into eta_model (org_id, generation, is_current, blob) values ($1, $2, $3, $4)";
        sqlx::query(row)
            .bind(owner.org)
            .bind(generation)
            .bind(is_current)
            .bind(if generation == 2 { learned.to_bytes().unwrap() } else { b"old".to_vec() })
            .execute(&mut sql)
            .await
            .unwrap();
    }
    let tier = |org| engine.estimates.of(org).estimate(&trips[0].question()).tier;
    eventually("the model serves", async || (tier(owner.org) >= 1).then_some(())).await;
    assert_eq!(tier(stranger.org), 0, "and nobody else");
    assert_eq!(learn::roll_back(engine, stranger.org).await.unwrap(), None, "others have no way to it");
    let back = learn::roll_back(engine, owner.org).await.unwrap();
    assert_eq!(back, Some(learn::Back { generation: Some(1) }));
    eventually("the way back is taken", async || (tier(owner.org) == 0).then_some(())).await;
    // Before the first model there were shipped numbers; what was withdrawn does not come back.
    let back = learn::roll_back(engine, owner.org).await.unwrap();
    assert_eq!(back, Some(learn::Back { generation: None }));
    assert_eq!(learn::roll_back(engine, owner.org).await.unwrap(), None);
}

/// Enough journeys of its own give an organization a model that another's journeys have no part in.
#[tokio::test]
async fn an_organization_learns_from_its_own_journeys_alone() {
    let house = House::start().await;
    let (owner, stranger) = (house.sign_up("Gas del Sur").await, house.stranger().await);
    let ana = house.hire(&owner, "technician", "Ana").await;
    let bruno = house.hire(&stranger, "technician", "Bruno").await;
    let mut sql = house.sql().await;
    for (boss, person, count) in [(&owner, &ana, 400), (&stranger, &bruno, 30)] {
        let job = scheduled_job(&house, boss, &[person]).await;
        finished(&mut sql, person, job["id"].as_str().unwrap(), count).await;
    }
    let engine = &house.app.engine;
    let all = learn::every(engine, TimeDelta::zero()).await.unwrap();
    let said = house.get(&owner, "/api/estimates/coverage").await.ok();
    assert_eq!(
        (&said["model"]["verdict"], &said["model"]["generation"]),
        (&json!("promoted"), &json!(1)),
        "{said}"
    );
    assert_eq!((all.promoted, all.journeys), (1, 0), "{all:?}");
    assert!(said["model"]["new_error_s"].as_f64() < said["model"]["served_error_s"].as_f64(), "{said}");
    let said = house.get(&stranger, "/api/estimates/coverage").await.ok();
    assert_eq!(
        (&said["model"]["verdict"], &said["model"]["generation"]),
        (&json!("too_few_trips"), &Value::Null)
    );
    let question = known(1)[0].question();
    let answer = |org| engine.estimates.of(org).estimate(&question);
    eventually("its own model answers", async || (answer(owner.org).tier >= 1).then_some(())).await;
    assert!((answer(owner.org).p50_s as f64 - 1_200.0).abs() < 240.0, "{:?}", answer(owner.org));
    assert_eq!(
        answer(stranger.org),
        campo_geo::eta::eta(question.from.distance_m(question.to), question.hour_of_week)
    );
}

/// Gathered journeys of the last weeks, as `known` has them, in somebody's organization.
async fn finished(sql: &mut sqlx::PgConnection, person: &Person, job: &str, count: i64) {
    for (i, trip) in (1..).zip(known(count)) {
        arrived(sql, person, job, TimeDelta::hours(count + 1 - i), &trip, false).await;
    }
}

/// A gathered journey that began so long ago and went as `trip` says.
async fn arrived(
    sql: &mut sqlx::PgConnection,
    person: &Person,
    job: &str,
    ago: TimeDelta,
    trip: &campo_geo::eta::Trip,
    is_judge: bool,
) {
    let (session, at) = (uuid::Uuid::now_v7(), chrono::Utc::now() - ago);
    let row = "insert into tracking_session (org_id, session_id, job_id, user_id, status, started_at, arrived_at,
                       arrived_by, token_hash, token_expires_at)
                   values ($1, $2, $3::uuid, $4, 'completed', $5, $5 + interval '20 minutes', 'fence', $6, $5)";
    sqlx::query(row)
        .bind(person.org)
        .bind(session)
        .bind(job)
        .bind(person.user)
        .bind(at)
        .bind(&session.as_bytes()[..])
        .execute(&mut *sql)
        .await
        .unwrap();
    let row = "insert into finished_trip (org_id, session_id, from_lat, from_lon, to_lat, to_lon, started_at,
                       utc_offset_s, duration_s, is_judge) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    sqlx::query(row)
        .bind(person.org)
        .bind(session)
        .bind(trip.from.lat())
        .bind(trip.from.lon())
        .bind(trip.to.lat())
        .bind(trip.to.lon())
        .bind(at)
        .bind(trip.utc_offset_s)
        .bind(trip.duration_s)
        .bind(is_judge)
        .execute(&mut *sql)
        .await
        .unwrap();
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

/// Sums of speeds that say: on every kind of road everything takes so many times as long as without traffic.
fn sums(times: u64, sources: u32) -> Vec<u8> {
    let periods = ["night", "morning", "midday", "afternoon", "evening", "weekend_day", "weekend_night"];
    let row = |class: u8, period: &str| json!([class, period, [times * 100_000, 100_000, 90_000, sources]]);
    let classes: Vec<Value> = (0..12).flat_map(|c| periods.iter().map(move |p| row(c, p))).collect();
    serde_json::to_vec(&json!({"classes": classes})).unwrap()
}

/// Shared speeds serve only when they foretell journeys that are in no sums no worse than those that serve.
#[tokio::test]
async fn speeds_are_judged_before_they_serve() {
    let folder = std::env::temp_dir().join(format!("campo-street-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    let house = House::with(true, &["--map", &street(&folder)]).await;
    let (owner, engine) = (house.sign_up("Gas del Sur").await, &house.app.engine);
    let ana = house.hire(&owner, "technician", "Ana").await;
    eventually("the map serves", async || engine.estimates.base().roads().map(|_| ())).await;
    let mut sql = house.sql().await;
    let keep = async |sql: &mut sqlx::PgConnection, blob: Vec<u8>| {
        let row = "insert into pace_sums (org_id, blob) values ($1, $2) on conflict (org_id) do update set blob = $2";
        sqlx::query(row).bind(owner.org).bind(blob).execute(sql).await.unwrap();
    };
    let night = async || {
        let report = speeds::share(engine).await.unwrap();
        (report.verdict, report.generation, report.judges)
    };
    keep(&mut sql, sums(3, 0b11)).await;
    assert_eq!(night().await.0, "nothing", "two people's drives stay where they are");
    keep(&mut sql, sums(3, 0b111)).await;
    assert_eq!(night().await, ("too_few_judges", None, 0));

    // Four kilometres and a half that took three times as long as without traffic.
    let coord = |lat| campo_geo::Coord::new(lat, -58.4).unwrap();
    let way = campo_geo::eta::Trip { from: coord(-34.601), to: coord(-34.642), ..known(1)[0].clone() };
    let roads = engine.estimates.base().roads().unwrap().clone();
    let at = |c| roads.snap(c, None, way.vehicle).unwrap();
    let free_ms = roads.ms(&at(way.from), &at(way.to), roads.free_flow(way.vehicle)).unwrap();
    let drive = campo_geo::eta::Trip { duration_s: f64::from(free_ms) * 3e-3, ..way };
    let job = scheduled_job(&house, &owner, &[&ana]).await;
    for hours in 1..=30 {
        arrived(&mut sql, &ana, job["id"].as_str().unwrap(), TimeDelta::hours(hours), &drive, true).await;
    }
    assert_eq!(night().await, ("promoted", Some(1), 30), "better than the shipped ones");
    keep(&mut sql, sums(1, 0b111)).await;
    assert_eq!(night().await, ("worse", Some(1), 30), "what serves goes on");
    let said = house.get(&owner, "/api/estimates/coverage").await.ok();
    assert_eq!((&said["speeds"]["verdict"], &said["speeds"]["generation"]), (&json!("worse"), &json!(1)));
    assert!(said["speeds"]["new_error_s"].as_f64() > said["speeds"]["served_error_s"].as_f64(), "{said}");
    eventually("the speeds serve", async || engine.estimates.traffic().map(|_| ())).await;
    assert_eq!(speeds::roll_back(engine).await.unwrap(), Some(learn::Back { generation: None }));
    assert_eq!(speeds::roll_back(engine).await.unwrap(), None);
    eventually("the shipped ones again", async || engine.estimates.traffic().is_none().then_some(())).await;
    // Who stops sharing is in no sums from the next night on.
    house.patch(&owner, "/api/organization", json!({"share_speeds": false})).await.ok();
    assert_eq!(night().await, ("nothing", None, 0));
    let _ = std::fs::remove_dir_all(&folder);
}
