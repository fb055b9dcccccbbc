//! Phone apps that exist already: tokens, formats, exact replies, success after the commit alone.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::house::Answer;
use crate::jobs::Company;

/// What a phone app hears: status, content type, exact body.
async fn send(
    c: &Company,
    method: reqwest::Method,
    path: &str,
    body: &str,
    auth: Option<&str>,
) -> (u16, String, String) {
    let mut request =
        reqwest::Client::new().request(method, format!("{}{path}", c.house.url)).body(body.to_owned());
    if body.starts_with('{') || body.starts_with('[') {
        request = request.header("content-type", "application/json");
    } else if !body.is_empty() {
        request = request.header("content-type", "application/x-www-form-urlencoded");
    }
    if let Some(auth) = auth {
        request = request.header("authorization", auth);
    }
    let answer = request.send().await.unwrap();
    let kind =
        answer.headers().get("content-type").map(|t| t.to_str().unwrap().to_owned()).unwrap_or_default();
    (answer.status().as_u16(), kind, answer.text().await.unwrap())
}

async fn pair(c: &Company) -> (Value, String) {
    let made =
        c.house.post(&c.owner, "/api/devices", json!({"user_id": c.ana.user, "name": "Moto G de Ana"})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.headers["cache-control"], "no-store");
    let token = made.body["token"].as_str().unwrap().to_owned();
    assert!(token.len() >= 24 && !token.contains(['/', '+', '=']), "{token}");
    (made.body, token)
}

/// Positions of Ana as the track shows them.
async fn track(c: &Company) -> Vec<Value> {
    let day = |hours: i64| (Utc::now() + chrono::TimeDelta::hours(hours)).format("%Y-%m-%dT%H:%M:%SZ");
    let path = format!("/api/tracking/technicians/{}/track?from={}&to={}", c.ana.user, day(-24), day(1));
    let body = c.house.get(&c.owner, &path).await.ok();
    body["items"].as_array().or(body["points"].as_array()).unwrap_or_else(|| panic!("{body}")).clone()
}

async fn today(c: &Company) -> Value {
    c.house.get(&c.owner, "/api/devices").await.ok()["items"][0].clone()
}

#[tokio::test]
async fn five_apps_each_in_its_own_words() {
    let c = Company::open().await;
    c.house.post(&c.ana, "/api/shifts", json!({"on": true})).await.ok();
    let (_, token) = pair(&c).await;
    // Edges of a shift belong to it: one second later is certainly inside.
    let start = Utc::now().timestamp() + 1;
    let at = |n: i64| start + n;
    let iso = |n: i64| DateTime::from_timestamp(at(n), 0).unwrap();
    let traccar = json!({"location": {"timestamp": iso(1), "coords": {"latitude": -34.6001, "longitude": -58.38, "accuracy": 8, "speed": -1}}, "device_id": "1"});
    let owntracks =
        json!({"_type": "location", "lat": -34.6002, "lon": -58.38, "tst": at(2), "vel": 36, "acc": 9});
    let overland = json!({"locations": [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [-58.38, -34.6003]},
        "properties": {"timestamp": iso(3).format("%Y-%m-%dT%H:%M:%S+0000").to_string(), "speed": 10, "horizontal_accuracy": 7}}]});
    let (get, post) = (reqwest::Method::GET, reqwest::Method::POST);
    let empty = ("text/plain; charset=utf-8".to_owned(), String::new());
    let json_kind = "application/json".to_owned();
    let osmand = format!("/ingest/{token}/osmand?lat=-34.6&lon=-58.38&timestamp={}&speed=10", at(0));
    for (method, path, body, said) in [
        (get, osmand, String::new(), empty.clone()),
        (post.clone(), format!("/ingest/{token}/traccar"), traccar.to_string(), empty.clone()),
        (
            post.clone(),
            format!("/ingest/{token}/owntracks"),
            owntracks.to_string(),
            (json_kind.clone(), "[]".into()),
        ),
        (
            post.clone(),
            format!("/ingest/{token}/overland"),
            overland.to_string(),
            (json_kind, r#"{"result":"ok"}"#.into()),
        ),
        (
            post.clone(),
            format!("/ingest/{token}/gpslogger"),
            format!("lat=-34.6004&lon=-58.38&timestamp={}&spd=10", at(4)),
            empty,
        ),
    ] {
        let (status, kind, text) = send(&c, method, &path, &body, None).await;
        assert_eq!((status, (kind, text)), (200, said), "{path}");
    }
    let points = track(&c).await;
    let speeds: Vec<Option<f64>> = points.iter().map(|p| p["speed_mps"].as_f64()).collect();
    // 10 m/s, unknown, 36 km/h, 10 m/s, 10 m/s.
    assert_eq!(speeds, [Some(10.0), None, Some(10.0), Some(10.0), Some(10.0)], "{points:?}");
    assert_eq!(today(&c).await["today"]["stored"], 5);
    assert_eq!(today(&c).await["last_app"], "gpslogger");
    // The live map knows where Ana is.
    let live = c.house.get(&c.owner, "/api/tracking/locations").await.ok();
    assert!(live.to_string().contains("-34.6004"), "{live}");
}

#[tokio::test]
async fn what_is_refused_for_good_is_a_success_that_is_counted() {
    let c = Company::open().await;
    let (_, token) = pair(&c).await;
    let now = Utc::now().timestamp();
    let post = reqwest::Method::POST;
    // Nobody is on shift; no place; a year ahead; a month old; nothing that anybody understands.
    for (app, body) in [
        ("owntracks", json!({"_type": "location", "lat": 1, "lon": 2, "tst": now}).to_string()),
        ("owntracks", json!({"_type": "location", "lat": 91, "lon": 2, "tst": now}).to_string()),
        ("owntracks", json!({"_type": "location", "lat": 1, "lon": 2, "tst": now + 31_000_000}).to_string()),
        ("owntracks", json!({"_type": "location", "lat": 1, "lon": 2, "tst": now - 3_000_000}).to_string()),
        ("owntracks", "{\"_type\":".to_owned()),
        ("owntracks", String::new()),
        ("owntracks", json!({"_type": "lwt", "tst": now}).to_string()),
        ("overland", json!({"locations": []}).to_string()),
    ] {
        let (status, ..) = send(&c, post.clone(), &format!("/ingest/{token}/{app}"), &body, None).await;
        assert_eq!(status, 200, "{body}");
    }
    let expected =
        json!({"stored": 0, "range": 1, "future": 1, "too_old": 1, "off_shift": 1, "unreadable": 1});
    assert_eq!(today(&c).await["today"], expected);
    assert!(track(&c).await.is_empty(), "off duty nothing is stored");
}

#[tokio::test]
async fn tokens_are_narrow_and_end() {
    let c = Company::open().await;
    let house = &c.house;
    let (made, token) = pair(&c).await;
    let url = made["urls"]["owntracks"].as_str().unwrap();
    assert!(url.ends_with(&format!("/ingest/{token}/owntracks")), "{url}");
    let path = format!("/ingest/{token}/owntracks");
    let post = reqwest::Method::POST;
    use base64::Engine as _;
    let basic = |password: &str| {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("ana:{password}"));
        format!("Basic {pair}")
    };
    for (auth, status) in [
        (None, 200),
        (Some(format!("Bearer {token}")), 200),
        (Some(basic(&token)), 200),
        (Some(basic("wrong")), 401),
        (Some("Bearer wrong".to_owned()), 401),
    ] {
        assert_eq!(send(&c, post.clone(), &path, "", auth.as_deref()).await.0, status, "{auth:?}");
    }
    for wrong in
        ["/ingest/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/owntracks".to_owned(), format!("/ingest/{token}/other")]
    {
        assert_eq!(send(&c, post.clone(), &wrong, "", None).await.0, 404, "{wrong}");
    }
    // The office asks where it is: told once, in the next answer.
    let id = made["id"].as_str().unwrap();
    assert_eq!(house.post(&c.owner, &format!("/api/devices/{id}/locate"), json!({})).await.status, 202);
    let asked = send(&c, post.clone(), &path, "", None).await.2;
    assert_eq!(asked, r#"[{"_type":"cmd","action":"reportLocation"}]"#);
    assert_eq!(send(&c, post.clone(), &path, "", None).await.2, "[]");
    // A colleague and another organization see nothing and end nothing.
    let stranger = house.stranger().await;
    assert_eq!(house.get(&stranger, "/api/devices").await.ok()["items"], json!([]));
    assert_eq!(house.get(&c.beto, "/api/devices").await.ok()["items"], json!([]));
    for who in [&stranger, &c.beto] {
        house.delete(who, &format!("/api/devices/{id}")).await.refused(404, "REQUEST_004");
    }
    let theirs = json!({"user_id": c.ana.user, "name": "x"});
    house.post(&stranger, "/api/devices", theirs.clone()).await.refused(404, "REQUEST_004");
    house.post(&c.beto, "/api/devices", theirs).await.refused(404, "REQUEST_004");
    let office = json!({"user_id": c.owner.user, "name": "x"});
    house.post(&c.owner, "/api/devices", office).await.refused(422, "REQUEST_002");
    // Ana ends it herself; from then on it is as unknown as any other.
    assert_eq!(house.delete(&c.ana, &format!("/api/devices/{id}")).await.status, 204);
    assert_eq!(send(&c, post, &path, "", None).await.0, 404);
    assert_eq!(house.get(&c.owner, "/api/devices").await.ok()["items"], json!([]));
}

async fn once(c: &Company, key: &str, body: Value) -> Answer {
    let url = format!("{}/api/devices", c.house.url);
    let request = reqwest::Client::new().post(url).bearer_auth(&c.owner.token).header("idempotency-key", key);
    c.house.send(request.json(&body)).await
}

#[tokio::test]
async fn a_key_makes_one_device() {
    let c = Company::open().await;
    let key = "pairing-0123456789";
    let body = json!({"user_id": c.ana.user, "name": "Moto"});
    let first = once(&c, key, body.clone()).await.ok();
    let again = once(&c, key, body).await.ok();
    assert_eq!(first, again);
    assert_eq!(c.house.get(&c.owner, "/api/devices").await.ok()["items"].as_array().unwrap().len(), 1);
    let other = json!({"user_id": c.ana.user, "name": "Otra"});
    once(&c, key, other).await.refused(422, "REQUEST_002");
}
