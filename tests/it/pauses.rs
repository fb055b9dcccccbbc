//! Pauses within shifts, and shifts that people forget: asked about, then ended by the rule.

use campo_engine::ids::UserId;
use campo_engine::jobs::CommandResult;
use campo_engine::shifts;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{House, Person, eventually};
use crate::jobs::{Company, path};
use crate::wire::{Phone, Socket, now_ms, viewer};

async fn phone(c: &Company, user: UserId, on: bool, at: DateTime<Utc>) -> CommandResult {
    let db = &c.house.app.engine.db;
    shifts::from_phone(db, c.owner.org, user, Uuid::new_v4(), on, at, Utc::now()).await.unwrap()
}

async fn pause(c: &Company, user: UserId, on: bool, at: DateTime<Utc>) -> CommandResult {
    let db = &c.house.app.engine.db;
    shifts::pause_from_phone(db, c.owner.org, user, Uuid::new_v4(), on, at, Utc::now()).await.unwrap()
}

async fn latest(house: &House, who: &Person, user: UserId) -> Value {
    house.get(who, &format!("/api/shifts?user_id={user}")).await.ok()["items"][0].clone()
}

async fn run_sql(house: &House, statement: &str, user: UserId) {
    let mut sql = house.sql().await;
    sqlx::query(sqlx::AssertSqlSafe(statement.to_owned())).bind(user.0).execute(&mut sql).await.unwrap();
}

/// Makes the tasks of a kind due now.
async fn due(house: &House, kind: &str) {
    let mut sql = house.sql().await;
    sqlx::query("update task set run_at = now() - interval '1 second' where kind = $1 and state = 'later'")
        .bind(kind)
        .execute(&mut sql)
        .await
        .unwrap();
}

async fn kinds(house: &House, who: &Person) -> Vec<String> {
    let all = house.get(who, "/api/notifications").await.ok();
    all["items"].as_array().unwrap().iter().map(|n| n["kind"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_pause_is_a_part_of_a_shift() {
    let c = Company::open().await;
    let house = &c.house;
    let (on, off) = (json!({"on": true}), json!({"on": false}));
    house.post(&c.ana, "/api/shifts/pause", on.clone()).await.refused(409, "SHIFT_004");
    house.post(&c.ana, "/api/shifts", on.clone()).await.ok();
    let begun = house.post(&c.ana, "/api/shifts/pause", on.clone()).await.ok();
    assert!(begun["on"] == true && begun["paused_since"].is_string());
    assert_eq!(
        house.post(&c.ana, "/api/shifts/pause", on.clone()).await.ok()["paused_since"],
        begun["paused_since"],
        "once"
    );
    // Nobody else but the office, which sees it.
    let anas = json!({"user_id": c.ana.user, "on": false});
    house.post(&c.beto, "/api/shifts/pause", anas.clone()).await.refused(404, "REQUEST_004");
    house.post(&house.stranger().await, "/api/shifts/pause", anas.clone()).await.refused(404, "REQUEST_004");
    let accountant = house.hire(&c.owner, "accountant", "Conta").await;
    house.post(&accountant, "/api/shifts/pause", on.clone()).await.refused(403, "AUTH_003");
    let over = house.post(&c.owner, "/api/shifts/pause", anas).await.ok();
    assert!(over["on"] == true && over["paused_since"].is_null());
    assert_eq!(
        house.post(&c.ana, "/api/shifts/pause", off.clone()).await.ok()["paused_since"],
        Value::Null,
        "it is over already"
    );
    // The end of a shift ends its pause.
    house.post(&c.ana, "/api/shifts/pause", on).await.ok();
    house.post(&c.ana, "/api/shifts", off).await.ok();
    let shift = latest(house, &c.ana, c.ana.user).await;
    let pauses = shift["pauses"].as_array().unwrap();
    assert_eq!((pauses.len(), &shift["ended_by_type"]), (2, &json!("technician")));
    assert_eq!(pauses[1]["ended_at"], shift["ended_at"]);
    assert_eq!(pauses[0]["ended_by"], json!(c.owner.user));
}

/// Positions within a pause are refused as off shift; those on its edges and beside it are stored.
#[tokio::test]
async fn positions_within_a_pause_are_not_stored() {
    let c = Company::open().await;
    let house = &c.house;
    let now = now_ms();
    let mut phone = Phone::hello(house, &c.ana).await;
    assert!(phone.welcome.get("paused_since").is_none());
    let minute = 60_000;
    for (kind, on, at) in [("shift", true, 60), ("pause", true, 40), ("pause", false, 20)] {
        phone
            .socket
            .say(json!({"type": kind, "id": Uuid::new_v4(), "on": on, "at": now - at * minute}))
            .await;
        let said = phone.socket.next_of("result").await;
        assert_eq!(said["ok"], true, "{said}");
    }
    let point = |ago: i64| json!({"at": now - ago * minute, "lat": -34.9, "lon": -60.0, "accuracy_m": 8.0});
    let points: Vec<Value> = [50, 40, 35, 21, 20, 10].into_iter().map(point).collect();
    phone.socket.say(json!({"type": "pings", "from": 1, "now": now_ms(), "points": points})).await;
    let ack = phone.socket.next_of("ack").await;
    assert_eq!(ack["upto"], 6);
    let refused: Vec<_> = ack["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["seq"].as_i64().unwrap(), r["code"].as_str().unwrap()))
        .collect();
    assert_eq!(refused, [(3, "off_shift"), (4, "off_shift")]);
    let mut sql = house.sql().await;
    let stored: i64 = sqlx::query_scalar("select count(*) from position").fetch_one(&mut sql).await.unwrap();
    assert_eq!(stored, 4);
    // A phone cannot pause into the past of what is stored; the office can, and that erases.
    let early = pause(&c, c.ana.user, true, Utc::now() - TimeDelta::minutes(15)).await;
    assert_eq!(early.code.as_deref(), Some("SHIFT_002"));
    let office = json!({"user_id": c.ana.user, "on": true, "at": Utc::now() - TimeDelta::minutes(15)});
    assert_eq!(house.post(&c.owner, "/api/shifts/pause", office).await.ok()["erased"], 1);
    let welcome = Phone::hello(house, &c.ana).await.welcome;
    assert!(welcome["shift"] == true && welcome["paused_since"].is_i64(), "{welcome}");
}

/// The same id gets the same answer; a viewer sees that somebody pauses.
#[tokio::test]
async fn the_office_sees_a_pause() {
    let c = Company::open().await;
    let house = &c.house;
    let (mut socket, snapshot) = viewer(house, &c.owner, "json").await;
    let ana = |frame: &Value| {
        let all = frame["technicians"].as_array().unwrap();
        all.iter().find(|t| t["id"] == json!(c.ana.user)).unwrap().clone()
    };
    assert_eq!(ana(&snapshot)["status"], "off_shift");
    phone(&c, c.ana.user, true, Utc::now() - TimeDelta::minutes(30)).await;
    let id = Uuid::new_v4();
    let db = &house.app.engine.db;
    let at = Utc::now() - TimeDelta::minutes(5);
    let first =
        shifts::pause_from_phone(db, c.owner.org, c.ana.user, id, true, at, Utc::now()).await.unwrap();
    assert!(first.ok);
    let again =
        shifts::pause_from_phone(db, c.owner.org, c.ana.user, id, false, at, Utc::now()).await.unwrap();
    assert_eq!(again, first);
    let status = async |socket: &mut Socket| socket.next_event("technician.status_changed").await;
    assert_eq!(status(&mut socket).await["event"]["technician"]["status"], "available");
    let paused = status(&mut socket).await;
    let technician = &paused["event"]["technician"];
    assert_eq!(
        (&technician["status"], technician["paused_since"].is_i64()),
        (&json!("off_shift"), true),
        "{paused}"
    );
    // Who comes now sees it too, and nobody would send her.
    let (_, snapshot) = viewer(house, &c.owner, "json").await;
    assert!(ana(&snapshot)["paused_since"].is_i64());
    let job = c.job(json!({})).await;
    let advice = house.get(&c.owner, &format!("{}/recommendations", path(&job))).await.ok();
    let hers =
        advice["items"].as_array().unwrap().iter().find(|r| r["technician_id"] == json!(c.ana.user)).unwrap();
    let part = hers["parts"].as_array().unwrap().iter().find(|p| p["part"] == "availability").unwrap();
    assert_eq!((&part["points"], &part["reason"]["code"]), (&json!(0.0), &json!("paused")));
    pause(&c, c.ana.user, false, Utc::now()).await;
    let over = status(&mut socket).await;
    assert!(over["event"]["paused"] == false && over["event"]["technician"].get("paused_since").is_none());
}

/// Work ends a pause; who pauses for an hour is asked, and only the one who pauses.
#[tokio::test]
async fn forgotten_pauses() {
    let c = Company::open().await;
    let house = &c.house;
    phone(&c, c.ana.user, true, Utc::now() - TimeDelta::hours(3)).await;
    pause(&c, c.ana.user, true, Utc::now() - TimeDelta::minutes(70)).await;
    due(house, "shift.pause_watch").await;
    eventually("she is asked", async || {
        kinds(house, &c.ana).await.contains(&"pause_end".to_owned()).then_some(())
    })
    .await;
    assert!(kinds(house, &c.beto).await.is_empty());
    let job = c.scheduled().await;
    let body = json!({"status": "en_camino", "version": job["version"]});
    house.patch(&c.ana, &format!("{}/status", path(&job)), body).await.ok();
    let shift = latest(house, &c.ana, c.ana.user).await;
    assert!(shift["ended_at"].is_null() && shift["pauses"][0]["ended_at"].is_string(), "{shift}");
}

/// Somebody with a job now, or at one, whose shift is closed is asked to begin it.
#[tokio::test]
async fn a_forgotten_beginning() {
    let c = Company::open().await;
    let house = &c.house;
    let job = |who: UserId, minutes| json!({"technician_ids": [who], "scheduled_start": Utc::now() + TimeDelta::minutes(minutes)});
    let first = c.job(job(c.ana.user, 5)).await;
    c.job(job(c.ana.user, 6)).await;
    c.job(job(c.beto.user, 5)).await;
    house.post(&c.beto, "/api/shifts", json!({"on": true})).await.ok();
    due(house, "shift.expect").await;
    let asked = async |who: &Person| kinds(house, who).await.iter().filter(|k| *k == "shift_start").count();
    eventually("she is asked", async || (asked(&c.ana).await == 1).then_some(())).await;
    eventually("all were looked at", async || {
        let mut sql = house.sql().await;
        let open: i64 =
            sqlx::query_scalar("select count(*) from task where kind = 'shift.expect' and state <> 'done'")
                .fetch_one(&mut sql)
                .await
                .unwrap();
        (open == 0).then_some(())
    })
    .await;
    assert_eq!(
        (asked(&c.ana).await, asked(&c.beto).await),
        (1, 0),
        "once a day; who is on shift is not asked"
    );
    let body = json!({"status": "en_camino", "version": first["version"]});
    house.patch(&c.ana, &format!("{}/status", path(&first)), body).await.ok();
    assert_eq!(asked(&c.ana).await, 2, "she set out all the same");
}

/// A shift that nobody ended: asked about after twelve hours, ended by the rule when nothing is said, never before the
/// newest position, correctable by the office; told to both.
#[tokio::test]
async fn a_forgotten_end() {
    let c = Company::open().await;
    let house = &c.house;
    for user in [c.ana.user, c.beto.user] {
        assert!(phone(&c, user, true, Utc::now() - TimeDelta::hours(14)).await.ok);
    }
    due(house, "shift.watch").await;
    for who in [&c.ana, &c.beto] {
        eventually("they are asked", async || {
            kinds(house, who).await.contains(&"shift_end".to_owned()).then_some(())
        })
        .await;
    }
    assert!(latest(house, &c.owner, c.ana.user).await["ended_at"].is_null(), "nobody is cut off unasked");
    // Beto goes on; Ana does not answer for half an hour. Her last position is from two hours ago.
    house.post(&c.beto, "/api/shifts/confirm", json!({})).await.ok();
    house.post(&house.stranger().await, "/api/shifts/confirm", json!({})).await.refused(409, "SHIFT_004");
    run_sql(
        house,
        "update shift set asked_at = now() - interval '31 minutes' where user_id = $1",
        c.ana.user,
    )
    .await;
    run_sql(
        house,
        "update shift set asked_at = now() - interval '31 minutes' where user_id = $1",
        c.beto.user,
    )
    .await;
    let last = campo_engine::moment::to_millis(Utc::now() - TimeDelta::hours(2));
    let mut sql = house.sql().await;
    sqlx::query(
        "with s as (insert into source (org_id, user_id, device, boot) values ($1, $2, gen_random_uuid(), gen_random_uuid()) returning source)
         insert into position (at, corrected_at, org_id, member, source, seq, lat_e7, lon_e7, delay_s)
         select $3, $3, $1, m.member, s.source, 1, -349000000, -600000000, 0 from s, member m where m.user_id = $2 and m.org_id = $1",
    )
    .bind(c.owner.org.0)
    .bind(c.ana.user.0)
    .bind(last)
    .execute(&mut sql)
    .await
    .unwrap();
    due(house, "shift.watch").await;
    let shift = eventually("it ends", async || {
        let shift = latest(house, &c.owner, c.ana.user).await;
        shift["ended_at"].is_string().then_some(shift)
    })
    .await;
    assert_eq!(
        (
            &shift["ended_by_type"],
            &shift["ended_by"],
            &shift["end_reason"],
            shift["ended_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap()
        ),
        (&json!("system"), &Value::Null, &json!("too_long"), last)
    );
    let stored: i64 = sqlx::query_scalar("select count(*) from position").fetch_one(&mut sql).await.unwrap();
    assert_eq!(stored, 1, "what was acknowledged stays");
    assert!(latest(house, &c.owner, c.beto.user).await["ended_at"].is_null(), "who goes on goes on");
    for who in [&c.ana, &c.owner] {
        assert!(kinds(house, who).await.contains(&"shift_closed".to_owned()));
    }
    assert!(kinds(house, &c.beto).await.iter().all(|k| k != "shift_closed"));
    let correct = json!({"shift_id": shift["id"], "on": false, "at": Utc::now() - TimeDelta::hours(1)});
    house.post(&c.owner, "/api/shifts", correct).await.ok();
    let shift = latest(house, &c.owner, c.ana.user).await;
    assert_eq!(
        (&shift["ended_by_type"], &shift["ended_by"], &shift["end_reason"]),
        (&json!("staff"), &json!(c.owner.user), &Value::Null)
    );
}
