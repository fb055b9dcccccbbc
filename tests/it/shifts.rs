//! Shifts: begun and ended once, apart from each other, corrected by the office alone; and the track they frame.

use campo_engine::ids::UserId;
use campo_engine::jobs::CommandResult;
use campo_engine::shifts;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::jobs::Company;

async fn phone(c: &Company, user: UserId, on: bool, at: DateTime<Utc>) -> CommandResult {
    let db = &c.house.app.engine.db;
    shifts::from_phone(db, c.owner.org, user, Uuid::new_v4(), on, at, Utc::now()).await.unwrap()
}

/// Stores a point of Ana's as the writer would.
async fn store(c: &Company, source: i32, seq: i32, at: DateTime<Utc>, (lat, lon): (f64, f64)) {
    let mut sql = c.house.sql().await;
    sqlx::query(
        "insert into position (at, corrected_at, org_id, member, source, seq, lat_e7, lon_e7, delay_s, accuracy_dm)
         select $1, $1, org_id, member, $3, $4, $5, $6, 0, 80 from member where user_id = $2",
    )
    .bind(at)
    .bind(c.ana.user.0)
    .bind(source)
    .bind(seq)
    .bind((lat * 1e7) as i32)
    .bind((lon * 1e7) as i32)
    .execute(&mut sql)
    .await
    .unwrap();
}

async fn source(c: &Company) -> i32 {
    let mut sql = c.house.sql().await;
    sqlx::query_scalar(
        "insert into source (org_id, user_id, device, boot) values ($1, $2, $3, $3) returning source",
    )
    .bind(c.owner.org.0)
    .bind(c.ana.user.0)
    .bind(Uuid::new_v4())
    .fetch_one(&mut sql)
    .await
    .unwrap()
}

#[tokio::test]
async fn on_and_off() {
    let c = Company::open().await;
    let house = &c.house;
    let on = house.post(&c.ana, "/api/shifts", json!({"on": true})).await;
    assert_eq!((on.status, on.body["on"].as_bool()), (201, Some(true)));
    let again = house.post(&c.ana, "/api/shifts", json!({"on": true})).await.ok();
    assert_eq!(again["id"], on.body["id"], "it is on already");
    // The office ends it; a colleague may not even know of it, nor another organization.
    let end = json!({"user_id": c.ana.user, "on": false});
    house.post(&c.beto, "/api/shifts", end.clone()).await.refused(404, "REQUEST_004");
    house.post(&house.stranger().await, "/api/shifts", end.clone()).await.refused(404, "REQUEST_004");
    let off = house.post(&c.owner, "/api/shifts", end.clone()).await.ok();
    assert_eq!((off["on"].as_bool(), &off["id"]), (Some(false), &on.body["id"]));
    assert_eq!(house.post(&c.owner, "/api/shifts", end).await.ok(), off, "it is off already");
    let early = json!({"on": true, "at": Utc::now() - TimeDelta::hours(1)});
    house.post(&c.ana, "/api/shifts", early).await.refused(409, "SHIFT_003");
    for at in [Utc::now() - TimeDelta::days(8), Utc::now() + TimeDelta::minutes(6)] {
        house.post(&c.ana, "/api/shifts", json!({"on": true, "at": at})).await.refused(409, "SHIFT_001");
    }
    let mine = house.get(&c.ana, "/api/shifts").await.ok();
    assert_eq!(mine["items"].as_array().unwrap().len(), 1);
    assert_eq!(mine["items"][0]["ended_by"], json!(c.owner.user));
    assert!(house.get(&c.beto, "/api/shifts").await.ok()["items"].as_array().unwrap().is_empty());
    let all = house.get(&c.owner, &format!("/api/shifts?user_id={}", c.ana.user)).await.ok();
    assert_eq!(all, mine);
}

/// Whatever many phones say at once, one shift is open and none overlap.
#[tokio::test]
async fn many_at_once() {
    let c = Company::open().await;
    let wishes = (0..20).map(|n| phone(&c, c.ana.user, n % 2 == 0, Utc::now()));
    futures_util::future::join_all(wishes).await;
    let mut sql = c.house.sql().await;
    let overlaps: i64 = sqlx::query_scalar(
        "select count(*) from shift a join shift b on a.user_id = b.user_id and a.shift_id < b.shift_id
         where tstzrange(a.started_at, a.ended_at) && tstzrange(b.started_at, b.ended_at)",
    )
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert_eq!(overlaps, 0);
    let id = Uuid::new_v4();
    let db = &c.house.app.engine.db;
    let (at, now) = (Utc::now(), Utc::now());
    let send = |on| shifts::from_phone(db, c.owner.org, c.ana.user, id, on, at, now);
    let first = send(true).await.unwrap();
    assert_eq!(send(false).await.unwrap(), first, "the same id gets the same answer");
}

/// A phone cannot end a shift before its newest point; the office can, and erases what falls outside.
#[tokio::test]
async fn the_office_corrects_and_erases() {
    let c = Company::open().await;
    let (house, now) = (&c.house, Utc::now());
    let minutes = |n| now - TimeDelta::minutes(n);
    let source = source(&c).await;
    assert!(phone(&c, c.ana.user, true, minutes(120)).await.ok);
    for (seq, ago) in [(1, 100), (2, 50), (3, 10)] {
        store(&c, source, seq, minutes(ago), (-34.9, -60.0)).await;
    }
    let refused = phone(&c, c.ana.user, false, minutes(60)).await;
    assert_eq!(refused.code.as_deref(), Some("SHIFT_002"));
    assert!(refused.current.unwrap()["ended_at"].is_null(), "the shift as it stands");
    house
        .post(&c.ana, "/api/shifts", json!({"on": false, "at": minutes(60)}))
        .await
        .refused(409, "SHIFT_002");
    let off = house
        .post(&c.owner, "/api/shifts", json!({"user_id": c.ana.user, "on": false, "at": minutes(60)}))
        .await
        .ok();
    assert_eq!(off["erased"], 2);
    let track = format!("/api/tracking/technicians/{}/track", c.ana.user);
    assert_eq!(seqs(&house.get(&c.owner, &track).await.ok()), [1]);
    // The beginning too, by the shift's id; into nobody's past.
    let correct = |who, on, at: DateTime<Utc>| {
        house.post(who, "/api/shifts", json!({"shift_id": off["id"], "on": on, "at": at}))
    };
    correct(&c.ana, true, minutes(90)).await.refused(403, "AUTH_003");
    correct(&c.owner, true, minutes(30)).await.refused(409, "SHIFT_003");
    assert_eq!(correct(&c.owner, true, minutes(90)).await.ok()["erased"], 1);
    assert!(seqs(&house.get(&c.owner, &track).await.ok()).is_empty());
    let mut sql = house.sql().await;
    let audit: Vec<Value> =
        sqlx::query_scalar("select body from event where kind = 'shift.corrected' order by seq")
            .fetch_all(&mut sql)
            .await
            .unwrap();
    assert_eq!(audit.iter().map(|b| b["erased_positions"].as_i64().unwrap()).collect::<Vec<_>>(), [2, 1]);
}

fn seqs(track: &Value) -> Vec<i64> {
    track["items"].as_array().unwrap().iter().map(|p| p["seq"].as_i64().unwrap()).collect()
}

/// Every raw point with the verdict that the whole track gives, in pages or at once; to whom it concerns.
#[tokio::test]
async fn the_track_and_its_verdicts() {
    let c = Company::open().await;
    let (house, source, now) = (&c.house, source(&c).await, Utc::now());
    // A leap of a degree in 30 s that the next point does not confirm.
    for (seq, lat) in [(1, -34.9), (2, -34.901), (3, -35.9), (4, -34.902), (5, -34.903)] {
        store(&c, source, seq, now - TimeDelta::seconds(300 - i64::from(seq) * 30), (lat, -60.0)).await;
    }
    let path = format!("/api/tracking/technicians/{}/track", c.ana.user);
    let track = house.get(&c.owner, &path).await.ok();
    assert_eq!(seqs(&track), [1, 2, 3, 4, 5]);
    let verdicts: Vec<_> =
        track["items"].as_array().unwrap().iter().map(|p| p["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["accepted", "accepted", "outlier", "accepted", "accepted"]);
    let leap = &track["items"][2];
    assert_eq!((leap["rule"].as_str(), leap["limit"].as_f64()), (Some("speed_kmh"), Some(160.0)));
    assert!(leap["measured"].as_f64().unwrap() > 160.0);
    assert_eq!(house.get(&c.ana, &path).await.ok(), track, "one's own");
    house.get(&c.beto, &path).await.refused(404, "REQUEST_004");
    house.get(&house.stranger().await, &path).await.refused(404, "REQUEST_004");
    let (mut paged, mut after) = (Vec::new(), String::new());
    for _ in 0..5 {
        let page = house.get(&c.owner, &format!("{path}?limit=2{after}")).await.ok();
        paged.extend(seqs(&page));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(paged, [1, 2, 3, 4, 5]);
    let z = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let part =
        format!("{path}?from={}&to={}", z(now - TimeDelta::seconds(250)), z(now - TimeDelta::seconds(190)));
    assert_eq!(seqs(&house.get(&c.owner, &part).await.ok()), [2, 3]);
    let long = format!("{path}?from={}", z(now - TimeDelta::days(9)));
    house.get(&c.owner, &long).await.refused(422, "REQUEST_002");

    let seen = house.get(&c.owner, "/api/tracking/locations").await.ok();
    assert_eq!(seen["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&seen["items"][0]["technician_id"], seen["items"][0]["lat"].as_f64()),
        (&json!(c.ana.user), Some(-34.903))
    );
    house.get(&c.ana, "/api/tracking/locations").await.refused(403, "AUTH_003");
    let theirs = house.get(&house.stranger().await, "/api/tracking/locations").await.ok();
    assert!(theirs["items"].as_array().unwrap().is_empty());
}
