//! Directions of companies outside, by tier: asked rarely, believed while they answer, never waited for long.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use campo_engine::directions;
use campo_geo::Coord;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::day::scheduled_job;
use crate::house::{House, Person, eventually};
use crate::wire::{Phone, now_ms, point, viewer};

/// What the fake does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    /// Every trip takes 1,234 seconds and 5,678 metres.
    Answers,
    /// No way leads anywhere.
    NoWay,
    /// Its own failure.
    Breaks,
    /// It takes the question and never answers.
    Stalls,
}

/// OSRM, Mapbox, Google Routes and Valhalla on one port.
#[derive(Clone)]
struct Fake {
    url: String,
    state: Arc<Mutex<(Mode, Vec<String>)>>,
}

impl Fake {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self { url, state: Arc::new(Mutex::new((Mode::Answers, Vec::new()))) };
        let state = fake.state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, state.clone()));
            }
        });
        fake
    }

    fn is(&self, mode: Mode) {
        self.state.lock().unwrap().0 = mode;
    }

    /// What was asked, oldest first: path and query.
    fn asked(&self) -> Vec<String> {
        self.state.lock().unwrap().1.clone()
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<(Mode, Vec<String>)>>) {
    let mut bytes = Vec::new();
    loop {
        let whole = bytes.windows(4).position(|w| w == b"\r\n\r\n").and_then(|end| {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head
                .lines()
                .find_map(|l| l.strip_prefix("content-length:")?.trim().parse().ok())
                .unwrap_or(0);
            (bytes.len() >= end + 4 + length).then_some((end, length))
        });
        let Some((end, length)) = whole else {
            let mut chunk = [0u8; 8192];
            match stream.read(&mut chunk).await {
                Ok(n) if n > 0 => bytes.extend(&chunk[..n]),
                _ => return,
            }
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let body: Value = serde_json::from_slice(&bytes[end + 4..end + 4 + length]).unwrap_or_default();
        bytes.drain(..end + 4 + length);
        let path = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
        let mode = {
            let mut state = state.lock().unwrap();
            state.1.push(path.clone());
            state.0
        };
        if mode == Mode::Stalls {
            tokio::time::sleep(Duration::from_secs(60)).await;
            return;
        }
        let (status, answer) = answer(mode, &path, &head, &body);
        let answer = answer.to_string();
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
        if stream.write_all(head.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn answer(mode: Mode, path: &str, head: &str, body: &Value) -> (u16, Value) {
    if mode == Mode::Breaks {
        return (503, json!({"message": "down"}));
    }
    let is_good = mode == Mode::Answers;
    let cell = |value: f64| if is_good { json!([value]) } else { json!([null]) };
    let column = |rows: usize, value: f64| Value::Array(vec![cell(value); rows]);
    let listed = path.split("sources=").nth(1).and_then(|rest| rest.split('&').next());
    let sources = listed.map_or(0, |list| list.replace("%3B", ";").split(';').count());
    if path.starts_with("/route/v1/driving/") {
        return match is_good {
            true => (
                200,
                json!({"code": "Ok", "routes": [{"duration": 1234.0, "distance": 5678.0}], "waypoints": []}),
            ),
            false => (400, json!({"code": "NoRoute", "message": "Impossible route between points"})),
        };
    }
    if path.starts_with("/table/v1/driving/")
        || path.starts_with("/directions-matrix/v1/mapbox/driving-traffic/")
    {
        assert!(path.starts_with("/table") || path.contains("access_token=pk.test"), "{path}");
        return (
            200,
            json!({"code": "Ok", "durations": column(sources, 1234.0), "distances": column(sources, 5678.0)}),
        );
    }
    if path.starts_with("/distanceMatrix/v2:computeRouteMatrix") {
        let head = head.to_lowercase();
        assert!(head.contains("x-goog-api-key: g-key") && head.contains("status"), "{head}");
        let rows = body["origins"].as_array().unwrap().len();
        let element = |i: usize| match (is_good, i) {
            // Proto3: the first has no index.
            (true, 0) => {
                json!({"status": {}, "condition": "ROUTE_EXISTS", "distanceMeters": 5678, "duration": "1234s"})
            }
            (true, i) => {
                json!({"originIndex": i, "status": {}, "condition": "ROUTE_EXISTS", "distanceMeters": 5678, "duration": "1234s"})
            }
            (false, i) => json!({"originIndex": i, "status": {}, "condition": "ROUTE_NOT_FOUND"}),
        };
        return (200, (0..rows).map(element).collect());
    }
    if path == "/sources_to_targets" {
        let rows = body["sources"].as_array().unwrap().len();
        let row = |i: usize| json!([{"from_index": i, "to_index": 0, "time": is_good.then_some(1234), "distance": is_good.then_some(5.678)}]);
        return (
            200,
            json!({"sources_to_targets": (0..rows).map(row).collect::<Vec<_>>(), "units": "kilometers"}),
        );
    }
    if path == "/route" {
        return match is_good {
            true => (
                200,
                json!({"trip": {"legs": [], "summary": {"time": 1234.0, "length": 5.678}, "status": 0}}),
            ),
            false => (
                400,
                json!({"error_code": 442, "error": "No path could be found for input", "status_code": 400}),
            ),
        };
    }
    (404, json!({}))
}

/// A house whose organizations have these providers.
async fn house(fake: &Fake, plan: &str) -> House {
    let url = fake.url.as_str();
    let flags = [
        "--directions",
        plan,
        "--osrm-url",
        url,
        "--valhalla-url",
        url,
        "--mapbox-base-url",
        url,
        "--mapbox-token",
        "pk.test",
        "--google-routes-base-url",
        url,
        "--google-routes-key",
        "g-key",
    ];
    House::with(true, &flags).await
}

async fn at_work(house: &House, owner: &Person, name: &str, lat: f64) -> Phone {
    let person = house.hire(owner, "technician", name).await;
    let mut phone = Phone::hello(house, &person).await;
    phone.shift(true, now_ms() - 60_000).await;
    phone.send(vec![point(now_ms() - 1_000, lat, -58.4)]).await;
    phone
}

async fn nearest(house: &House, owner: &Person, lat: f64) -> Vec<Value> {
    let path = format!("/api/tracking/nearest?lat={lat}&lon=-58.4");
    house.get(owner, &path).await.ok()["items"].as_array().unwrap().clone()
}

/// Each provider in its own words; nobody without a tier that the plan names is asked for.
#[tokio::test]
async fn nearest_by_each_provider() {
    let fake = Fake::start().await;
    let house = house(&fake, "free:osrm,profesional:mapbox,empresa:google,inicial:valhalla").await;
    let owner = house.sign_up("Gas del Sur").await;
    let _ana = at_work(&house, &owner, "Ana", -34.61).await;
    let _beto = at_work(&house, &owner, "Beto", -34.62).await;
    let own = nearest(&house, &owner, -34.6).await;
    assert_ne!(own[0]["duration_s"], 1_234);
    assert!(fake.asked().is_empty(), "an organization without tier has none");
    for (tier, expected) in [
        ("FREE", "/table/v1"),
        ("profesional", "/directions-matrix"),
        ("EMPRESA", "/distanceMatrix"),
        ("inicial", "/sources_to"),
    ] {
        let other = house.sign_up(tier).await;
        sqlx::query("update organization set tier = $2 where org_id = $1")
            .bind(other.org)
            .bind(tier)
            .execute(&mut house.sql().await)
            .await
            .unwrap();
        let _c = at_work(&house, &other, "Caro", -34.61).await;
        let _d = at_work(&house, &other, "Dani", -34.63).await;
        let found = nearest(&house, &other, -34.6).await;
        for near in &found {
            assert_eq!(
                (&near["duration_s"], &near["distance_m"]),
                (&json!(1_234), &json!(5_678.0)),
                "{tier} {near}"
            );
            let [p10, p90] = ["p10_s", "p90_s"].map(|k| near[k].as_u64().unwrap());
            assert!(p10 < 1_234 && 1_234 < p90, "{near}");
        }
        let asked = fake.asked();
        assert!(found.len() == 2 && asked.last().unwrap().starts_with(expected), "{asked:?}");
        // Within five minutes and a few metres nobody is asked twice.
        nearest(&house, &other, -34.600_01).await;
        assert_eq!(fake.asked().len(), asked.len());
        eventually("it is counted", async || {
            let usage = house.get(&other, "/api/admin/usage").await.ok();
            let counted = usage["directions"][0].clone();
            (counted["requests"] == 1 && counted["trips"] == 2).then_some(())
        })
        .await;
        // Where it knows no way ours stands.
        fake.is(Mode::NoWay);
        let found = nearest(&house, &other, -34.5).await;
        assert!(found.len() == 2 && found.iter().all(|n| n["duration_s"] != 1_234), "{found:?}");
        fake.is(Mode::Answers);
    }
    assert_eq!(house.get(&owner, "/api/admin/usage").await.ok()["directions"], json!([]));
}

/// A single trip, with and without a way.
#[tokio::test]
async fn a_trip_by_each_provider() {
    for plan in ["self:osrm", "self:valhalla"] {
        let fake = Fake::start().await;
        let house = house(&fake, plan).await;
        let owner = house.sign_up("Gas del Sur").await;
        let engine = &house.app.engine;
        let at = |lat| Coord::new(lat, -58.4).unwrap();
        let drive = directions::drive(engine, owner.org, at(-34.61), at(-34.6)).await.unwrap();
        assert_eq!((drive.seconds(), drive.distance_m.round()), (1_234.0, 5_678.0));
        fake.is(Mode::NoWay);
        assert_eq!(directions::drive(engine, owner.org, at(-34.62), at(-34.6)).await, None);
        let asked = fake.asked().len();
        assert_eq!(directions::drive(engine, owner.org, at(-34.62), at(-34.6)).await, None);
        assert_eq!(fake.asked().len(), asked, "that there is no way is known too");
    }
}

/// Nobody waits longer than two seconds, and what fails again and again is not asked any more.
#[tokio::test]
async fn what_does_not_answer_is_not_waited_for() {
    let fake = Fake::start().await;
    let house = house(&fake, "self:osrm").await;
    let owner = house.sign_up("Gas del Sur").await;
    let _ana = at_work(&house, &owner, "Ana", -34.61).await;
    let ours = directions_off(&house, &owner).await;
    fake.is(Mode::Stalls);
    let begun = Instant::now();
    let found = nearest(&house, &owner, -34.6).await;
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_eq!(found[0]["duration_s"], ours);
    fake.is(Mode::Breaks);
    for n in 1..=4 {
        nearest(&house, &owner, -34.6 - f64::from(n) / 100.0).await;
    }
    let asked = fake.asked().len();
    assert_eq!(asked, 5);
    nearest(&house, &owner, -34.6).await;
    assert_eq!(fake.asked().len(), asked, "its breaker is open");
    let notice = house.get(&owner, "/api/services").await.ok();
    assert_eq!(notice["services"][0]["service"], "osrm", "{notice}");
    assert!(notice["services"][0]["text"].as_str().unwrap().contains("mapa propio"), "{notice}");
}

/// What the same question brings while directions are not used.
async fn directions_off(house: &House, owner: &Person) -> Value {
    let set = |mode: &str| json!({"mode": mode, "reason": "medimos la diferencia"});
    house.patch(owner, "/api/admin/panic/osrm", set("panic")).await.ok();
    let ours = nearest(house, owner, -34.6).await[0]["duration_s"].clone();
    house.patch(owner, "/api/admin/panic/osrm", set("ok")).await.ok();
    ours
}

/// A journey's ETA takes its seconds and keeps our windows.
#[tokio::test]
async fn a_journey_goes_by_what_is_said_outside() {
    let fake = Fake::start().await;
    let house = house(&fake, "self:osrm").await;
    let owner = house.sign_up("Gas del Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    let job = scheduled_job(&house, &owner, &[&ana]).await;
    let place = json!({"version": job["version"], "lat": -34.6, "lon": -58.4});
    let job = house.patch(&owner, &format!("/api/jobs/{}", job["id"].as_str().unwrap()), place).await.ok();
    let mut phone = Phone::hello(&house, &ana).await;
    phone.shift(true, now_ms() - 900_000).await;
    phone.send(vec![point(now_ms() - 200_000, -34.64, -58.4)]).await;
    assert_eq!(phone.command(&job, "start_travel").await["ok"], true);
    phone.send(vec![point(now_ms() - 60_000, -34.638, -58.4)]).await;
    let eta = async || {
        let (_socket, snapshot) = viewer(&house, &owner, "json").await;
        let all = snapshot["technicians"].as_array().unwrap().clone();
        all.into_iter().find(|t| t["id"] == json!(ana.user)).unwrap()["eta"].clone()
    };
    let said = eventually("the ETA is the one from outside", async || {
        let eta = eta().await;
        (eta["p50_s"] == 1_234).then_some(eta)
    })
    .await;
    assert!(said["p10_s"].as_u64().unwrap() < 1_234 && 1_234 < said["p90_s"].as_u64().unwrap(), "{said}");
    assert!(said["tier"].as_u64().unwrap() <= 3);
    assert_eq!(fake.asked().len(), 1);
    // The second of five points is not asked about.
    phone.send(vec![point(now_ms() - 30_000, -34.636, -58.4)]).await;
    assert_eq!(fake.asked().len(), 1, "{:?}", fake.asked());
}
