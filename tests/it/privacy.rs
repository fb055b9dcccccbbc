//! Personal data: consents and what they mean for positions, what a correction of a shift takes away, requests and
//! their clocks, what ends by its age, and the register that names every table.

use std::collections::{BTreeMap, BTreeSet};

use campo_engine::ids::UserId;
use campo_engine::privacy::{self, request, retain};
use campo_engine::shifts::off_shift;
use campo_engine::voice::settings::CONSENT_VERSION;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::house::{House, eventually};
use crate::jobs::{Company, path};
use crate::wire::{Phone, now_ms, point, viewer};

async fn count(sql: &mut PgConnection, query: &'static str, user: UserId) -> i64 {
    sqlx::query_scalar(query).bind(user.0).fetch_one(sql).await.unwrap()
}

const POSITIONS: &str =
    "select count(*) from position p join member m using (org_id, member) where m.user_id = $1";

/// Each answer is kept with when, from where and which words; others see nothing of it.
#[tokio::test]
async fn consents_are_kept_as_they_were_given() {
    let c = Company::open().await;
    let house = &c.house;
    let mine = "/api/users/me/privacy";
    let fresh = house.get(&c.ana, mine).await.ok();
    assert_eq!(fresh["consents"].as_array().unwrap().len(), 6);
    assert!(fresh["consents"].as_array().unwrap().iter().all(|k| k["is_given"].is_null()));
    assert!(fresh["held"].as_array().unwrap().len() > 10 && fresh["deletion"].is_null());
    house.patch(&c.ana, mine, json!({})).await.refused(422, "REQUEST_002");
    house.patch(&c.ana, mine, json!({"cookies": true})).await.refused(422, "REQUEST_002");
    house.patch(&c.ana, mine, json!({"terms": true, "voice": false})).await.ok();
    let now = house.patch(&c.ana, mine, json!({"terms": false})).await.ok();
    let of = |body: &Value, kind: &str| {
        body["consents"].as_array().unwrap().iter().find(|k| k["kind"] == kind).unwrap().clone()
    };
    assert_eq!(
        (&of(&now, "terms")["is_given"], &of(&now, "voice")["is_given"]),
        (&json!(false), &json!(false))
    );
    assert!(of(&now, "terms")["at"].is_string() && of(&now, "privacy")["is_given"].is_null());
    assert!(of(&house.get(&c.beto, mine).await.ok(), "terms")["is_given"].is_null());
    let mut sql = house.sql().await;
    let rows: Vec<(String, bool, Option<String>, Option<String>)> = sqlx::query_as(
        "select kind, is_given, ip, user_agent from consent where user_id = $1 order by at, consent_id",
    )
    .bind(c.ana.user.0)
    .fetch_all(&mut sql)
    .await
    .unwrap();
    assert_eq!(rows.len(), 3, "each answer is a row of its own");
    assert!(rows.iter().all(|r| r.2.as_deref() == Some("127.0.0.1")), "{rows:?}");
    // The organization's consent to voice notes stands among its owner's.
    house.patch(&c.owner, "/api/voice/settings", json!({"consent": true})).await.ok();
    let owners = of(&house.get(&c.owner, mine).await.ok(), "voice");
    assert_eq!((&owners["is_given"], &owners["version"]), (&json!(true), &json!(CONSENT_VERSION)));
    assert!(of(&house.get(&house.stranger().await, mine).await.ok(), "voice")["is_given"].is_null());
}

/// Who says no to being tracked is not: at once, on every way in; who says yes again is.
#[tokio::test]
async fn no_position_without_consent() {
    let c = Company::open().await;
    let (house, mine) = (&c.house, "/api/users/me/privacy");
    let mut phone = Phone::hello(house, &c.ana).await;
    phone.shift(true, now_ms() - 60_000).await;
    let near = |n: i64| point(now_ms() - 30_000 + n * 1_000, -34.6, -58.4);
    assert_eq!(phone.send(vec![near(0)]).await["rejected"], json!([]));
    house.patch(&c.ana, mine, json!({"location": false})).await.ok();
    // The actor hears of it by the event; a point is refused only after the shifts were read again.
    let refused = eventually("points are refused", async || {
        let mut again = Phone::hello(house, &c.ana).await;
        let ack = again.send(vec![near(1)]).await;
        ack["rejected"].as_array().and_then(|r| r.first().cloned())
    })
    .await;
    assert_eq!(refused["code"], "off_shift");
    let device =
        house.post(&c.owner, "/api/devices", json!({"user_id": c.ana.user, "name": "Moto"})).await.ok();
    let url = format!(
        "{}/ingest/{}/osmand?id=x&timestamp={}&lat=-34.7&lon=-58.5",
        house.url,
        device["token"].as_str().unwrap(),
        Utc::now().timestamp()
    );
    let answer = reqwest::Client::new().post(&url).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "the app must not send it for ever");
    let mut sql = house.sql().await;
    let stored = count(&mut sql, POSITIONS, c.ana.user).await;
    assert_eq!(stored, 1, "what was sent before");
    house.patch(&c.ana, mine, json!({"location": true})).await.ok();
    eventually("points are taken", async || {
        let mut again = Phone::hello(house, &c.ana).await;
        let ack = again.send(vec![near(2)]).await;
        ack["rejected"].as_array().is_none_or(Vec::is_empty).then_some(())
    })
    .await;
}

/// Off shift nothing is stored, whatever brings it: the socket, a backlog, a wrong clock, an app of others.
#[tokio::test]
async fn off_shift_positions_are_never_stored() {
    let c = Company::open().await;
    let house = &c.house;
    let mut phone = Phone::hello(house, &c.ana).await;
    let planted = |at: i64| point(at, -31.4, -64.2);
    // Before any shift; then within one; a backlog from before it; after its end.
    let ack = phone.send(vec![planted(now_ms() - 1_000)]).await;
    assert_eq!(ack["rejected"][0]["code"], "off_shift");
    let began = now_ms() - 600_000;
    phone.shift(true, began).await;
    let backlog = (1..=20).map(|n| planted(began - n * 1_000)).collect();
    assert_eq!(phone.send(backlog).await["rejected"].as_array().map_or(0, Vec::len), 20);
    phone.send(vec![point(now_ms() - 300_000, -34.6, -58.4)]).await;
    phone.shift(false, now_ms() - 200_000).await;
    phone.send((0..5).map(|n| planted(now_ms() - 100_000 + n * 1_000)).collect()).await;
    // A phone whose clock is a year ahead: corrected, it is off shift all the same.
    let mut wrong = Phone::resume(house, &c.ana.token, Uuid::new_v4(), Uuid::new_v4()).await;
    let year = 365 * 86_400_000;
    wrong.socket.say(json!({"type": "pings", "from": 1, "now": now_ms() + year, "points": [planted(now_ms() + year - 1_000)]})).await;
    wrong.socket.next_of("ack").await;
    let device =
        house.post(&c.owner, "/api/devices", json!({"user_id": c.ana.user, "name": "Moto"})).await.ok();
    let token = device["token"].as_str().unwrap();
    for (path, body) in [
        (format!("osmand?id=x&timestamp={}&lat=-31.4&lon=-64.2", Utc::now().timestamp()), String::new()),
        ("owntracks".into(), json!({"_type": "location", "lat": -31.4, "lon": -64.2, "tst": Utc::now().timestamp()}).to_string()),
        ("overland".into(), json!({"locations": [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [-64.2, -31.4]},
            "properties": {"timestamp": Utc::now().to_rfc3339()}}]}).to_string()),
    ] {
        let request = reqwest::Client::new().post(format!("{}/ingest/{token}/{path}", house.url));
        let answer = request.header("content-type", "application/json").body(body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{path}");
    }
    let mut sql = house.sql().await;
    let (planted, other): (i64, i64) = sqlx::query_as(
        "select (select count(*) from position where lat_e7 between -315000000 and -313000000),
                (select count(*) from position_other)",
    )
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert_eq!((planted, other), (0, 0), "planted off-duty points");
    assert_eq!(count(&mut sql, POSITIONS, c.ana.user).await, 1, "the one on duty");
}

/// What the office corrects away is gone everywhere: rows, derived places, the live map; the log says how much.
#[tokio::test]
async fn a_corrected_shift_takes_everything_with_it() {
    let c = Company::open().await;
    let house = &c.house;
    let (mut map, _) = viewer(house, &c.owner, "json").await;
    let mut phone = Phone::hello(house, &c.ana).await;
    phone.shift(true, now_ms() - 600_000).await;
    phone.send((0..10).map(|n| point(now_ms() - 500_000 + n * 10_000, -34.6, -58.4)).collect()).await;
    phone.send((0..5).map(|n| point(now_ms() - 100_000 + n * 10_000, -34.7, -58.5)).collect()).await;
    let seen = house.get(&c.owner, "/api/tracking/locations").await.ok();
    assert_eq!(seen["items"][0]["lat"].as_f64(), Some(-34.7));
    let late = Utc::now() - TimeDelta::seconds(90);
    // What is derived of the last minutes: a step with its place, a journey, a photo, the day.
    let job = c.walk(c.scheduled().await, &["en_camino"]).await;
    let mut sql = house.sql().await;
    let id: Uuid = serde_json::from_value(job["id"].clone()).unwrap();
    for statement in [
        "update job_status_history set lat = -34.7, lon = -58.5, changed_by = $1, at = $3 where job_id = $2",
        "update tracking_session set arrived_lat = -34.7, arrived_lon = -58.5, arrived_at = $3, started_at = $3 where job_id = $2 and $1 is not null",
        "insert into finished_trip (org_id, session_id, from_lat, from_lon, to_lat, to_lon, started_at, utc_offset_s)
         select org_id, session_id, -34.7, -58.5, -34.7, -58.5, $3, 0 from tracking_session where job_id = $2 and $1 is not null",
        "insert into travel_day (org_id, user_id, day, points, distance_m, moving_s, stops, first_at, last_at)
         select org_id, user_id, $3::date, 1, 1, 1, 1, $3, $3 from member where user_id = $1 and $2 is not null",
        "insert into file (org_id, file_id, purpose, sha256, sent_bytes, bytes, mime, taken_at, lat, lon, name, created_by)
         select org_id, $2, 'job_photo', decode(repeat('ab', 32), 'hex'), 1, 1, 'image/jpeg', $3, -34.7, -58.5, 'x.jpg', user_id from member where user_id = $1",
    ] {
        sqlx::query(statement).bind(c.ana.user.0).bind(id).bind(late).execute(&mut sql).await.unwrap();
    }
    let cut = Utc::now() - TimeDelta::seconds(200);
    let ended = json!({"user_id": c.ana.user, "on": false, "at": cut});
    let off = house.post(&c.owner, "/api/shifts", ended).await.ok();
    assert_eq!(off["erased"], 5);
    let left: (i64, i64, i64, i64, i64, i64) = sqlx::query_as(
        "select (select count(*) from position where lat_e7 < -346500000),
                (select count(*) from job_status_history where lat is not null),
                (select count(*) from tracking_session where arrived_lat is not null),
                (select count(*) from finished_trip where from_lat is not null),
                (select count(*) from travel_day),
                (select count(*) from file where lat is not null)",
    )
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert_eq!(left, (0, 0, 0, 0, 0, 0));
    // The live map forgets it too.
    let frame = map.next_event("shift.corrected").await;
    assert_ne!(frame["event"]["technician"]["position"]["lat"].as_f64(), Some(-34.7));
    eventually("the map shows where they were on duty", async || {
        let seen = house.get(&c.owner, "/api/tracking/locations").await.ok();
        (seen["items"][0]["lat"].as_f64() == Some(-34.6)).then_some(())
    })
    .await;
    let (_, snapshot) = viewer(house, &c.owner, "json").await;
    assert!(!snapshot.to_string().contains("-34.7"), "{snapshot}");
    // The audit log says how many, and the task that looks again takes what was on its way.
    let logged: i64 =
        sqlx::query_scalar("select count(*) from audit_log where action = 'positions.erased' and about = $1")
            .bind(c.ana.user.0)
            .fetch_one(&mut sql)
            .await
            .unwrap();
    assert_eq!(logged, 1);
    let at = Utc::now() - TimeDelta::seconds(50);
    sqlx::query(
        "insert into position (at, corrected_at, org_id, member, source, seq, lat_e7, lon_e7, delay_s)
         select $1, $1, org_id, member, 1, 999, -347000000, -585000000, 0 from member where user_id = $2",
    )
    .bind(at)
    .bind(c.ana.user.0)
    .execute(&mut sql)
    .await
    .unwrap();
    let payload: Value = sqlx::query_scalar("select payload from task where kind = $1")
        .bind(off_shift::AGAIN)
        .fetch_one(&mut sql)
        .await
        .unwrap();
    off_shift::erase_again(&house.app.engine.db, &payload).await.unwrap();
    assert_eq!(count(&mut sql, POSITIONS, c.ana.user).await, 10);
}

/// Live yes, history no: when the shift is over there is nothing of it. Others' history stays.
#[tokio::test]
async fn who_keeps_no_history_has_none_after_the_shift() {
    let c = Company::open().await;
    let house = &c.house;
    house.patch(&c.ana, "/api/users/me/privacy", json!({"location_history": false})).await.ok();
    let mut sql = house.sql().await;
    let mut phones = Vec::new();
    for who in [&c.ana, &c.beto] {
        let mut phone = Phone::hello(house, who).await;
        phone.shift(true, now_ms() - 60_000).await;
        phone.send((0..3).map(|n| point(now_ms() - 30_000 + n * 1_000, -34.6, -58.4)).collect()).await;
        phones.push(phone);
    }
    retain::quiet(&house.app.engine).await.unwrap();
    assert_eq!(count(&mut sql, POSITIONS, c.ana.user).await, 3, "the open shift is live");
    assert_eq!(
        house.get(&c.owner, "/api/tracking/locations").await.ok()["items"].as_array().unwrap().len(),
        2
    );
    for phone in &mut phones {
        phone.shift(false, now_ms()).await;
    }
    retain::quiet(&house.app.engine).await.unwrap();
    assert_eq!(count(&mut sql, POSITIONS, c.ana.user).await, 0);
    assert_eq!(count(&mut sql, POSITIONS, c.beto.user).await, 3);
    retain::night(&house.app.engine, c.owner.org, Utc::now() + TimeDelta::days(1)).await.unwrap();
    let days = "select count(*) from travel_day where user_id = $1";
    assert_eq!((count(&mut sql, days, c.ana.user).await, count(&mut sql, days, c.beto.user).await), (0, 1));
}

/// Requests have their day; nobody answers and the owner hears of it, once. What was decided stays so.
#[tokio::test]
async fn requests_run_on_a_clock() {
    let c = Company::open().await;
    let house = &c.house;
    let wrong = json!({"detail": "Mi apellido es Díaz, con tilde"});
    let asked = house.post(&c.ana, "/api/users/me/rectify-request", wrong).await.ok();
    let due: DateTime<Utc> = asked["due_at"].as_str().unwrap().parse().unwrap();
    assert!(due - Utc::now() > TimeDelta::days(5) && due - Utc::now() < TimeDelta::days(21));
    let list = "/api/organization/privacy-requests";
    house.get(&c.ana, list).await.refused(403, "AUTH_003");
    assert_eq!(house.get(&c.owner, list).await.ok()["items"][0]["id"], asked["id"]);
    let stranger = house.stranger().await;
    assert!(house.get(&stranger, list).await.ok()["items"].as_array().unwrap().is_empty());
    let decide = format!("{list}/{}/decide", asked["id"].as_str().unwrap());
    house.post(&stranger, &decide, json!({"done": true})).await.refused(404, "REQUEST_004");
    let engine = &house.app.engine;
    assert_eq!(request::watch_at(engine, Utc::now()).await.unwrap(), 0, "its day is far");
    assert_eq!(request::watch_at(engine, due - TimeDelta::hours(2)).await.unwrap(), 1);
    assert_eq!(request::watch_at(engine, due + TimeDelta::hours(2)).await.unwrap(), 0, "once");
    let notices = house.get(&c.owner, "/api/notifications").await.ok();
    assert!(notices["items"].as_array().unwrap().iter().any(|n| n["kind"] == "privacy_overdue"));
    house.post(&c.owner, &decide, json!({"done": false, "answer": "no"})).await.refused(422, "REQUEST_002");
    house.post(&c.owner, &decide, json!({"done": true, "answer": "Corregido en la ficha"})).await.ok();
    house.post(&c.owner, &decide, json!({"done": true})).await.refused(409, "PRIVACY_001");
    // A customer's request is taken by the office; a customer of somebody else is none.
    let theirs = house.customer(&stranger, "Otra").await;
    let path =
        |customer: &Value| format!("/api/customers/{}/privacy-requests", customer["id"].as_str().unwrap());
    house.post(&c.owner, &path(&theirs), json!({"kind": "erase"})).await.refused(404, "CUSTOMER_001");
    house.post(&c.owner, &path(&c.customer), json!({"kind": "access"})).await.ok();
    // The last owner cannot leave; a withdrawn erasure is none.
    house.post(&c.owner, "/api/users/me/delete-request", json!({})).await.refused(409, "PRIVACY_002");
    house.delete(&c.ana, "/api/users/me/delete-request").await.refused(404, "REQUEST_004");
    house.post(&c.ana, "/api/users/me/delete-request", json!({})).await.ok();
    assert_eq!(house.delete(&c.ana, "/api/users/me/delete-request").await.status, 204);
    assert!(house.get(&c.ana, "/api/users/me/privacy").await.ok()["deletion"].is_null());
}

/// Under a moved clock: what is too old goes, what is younger stays, of this organization alone.
#[tokio::test]
async fn what_is_too_old_goes_at_night() {
    let c = Company::open().await;
    let house = &c.house;
    let job = c.walk(c.scheduled().await, &["en_camino", "working", "completed"]).await;
    let young = c.scheduled().await;
    let mut sql = house.sql().await;
    for (days, state) in [(3u64, "sent"), (400, "sent")] {
        sqlx::query(
            "insert into message (org_id, message_id, direction, channel, to_phone, kind, state, text, created_at)
             values ($1, $2, 'out', 'whatsapp', '+5491199999999', 'text', $3, 'hola', now() + make_interval(days => $4))",
        )
        .bind(c.owner.org.0)
        .bind(Uuid::now_v7())
        .bind(state)
        .bind(days as i32)
        .execute(&mut sql)
        .await
        .unwrap();
    }
    let engine = &house.app.engine;
    let night = async |days: i64| {
        retain::night(engine, c.owner.org, Utc::now() + TimeDelta::days(days)).await.unwrap()
    };
    let notices = "select count(*) from notice where user_id = $1";
    let had = count(&mut sql, notices, c.ana.user).await;
    assert!(had > 0);
    let quiet = night(180).await;
    assert_eq!((quiet.notices, quiet.messages, quiet.jobs, quiet.events), (0, 0, 0, 0), "{quiet:?}");
    assert!(night(185).await.notices as i64 >= had);
    assert_eq!(count(&mut sql, notices, c.ana.user).await, 0);
    // Five years after the first message; the second is a year younger.
    let later = night(1_826 + 10).await;
    assert!(later.messages >= 1 && later.events > 0, "{later:?}");
    let (left, first, held): (i64, i64, i64) = sqlx::query_as(
        "select (select count(*) from message where org_id = $1 and to_phone = '+5491199999999'), (select min(seq) from event where org_id = $1),
                (select count(*) from event where org_id = $1)",
    )
    .bind(c.owner.org.0)
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert_eq!(left, 1);
    let head: i64 = sqlx::query_scalar("select seq from org_seq where org_id = $1")
        .bind(c.owner.org.0)
        .fetch_one(&mut sql)
        .await
        .unwrap();
    assert_eq!((first + held - 1, held), (head, 1), "what is left of the history has no gap");
    assert_eq!(house.get(&c.owner, &path(&job)).await.ok()["title"], "Pierde la canilla");
    assert_eq!(night(3_653 + 1).await.jobs, 1);
    assert_eq!(house.get(&c.owner, &path(&job)).await.ok()["title"], "Trabajo");
    assert_eq!(house.get(&c.owner, &path(&young)).await.ok()["title"], "Pierde la canilla", "it is open");
}

/// Every table, and every column that can hold words, bytes or places, is in the register or plainly nobody's.
#[tokio::test]
async fn the_register_names_every_table() {
    let house = House::start().await;
    let mut sql = house.sql().await;
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select c.relname::text, a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
         and c.relname <> '_sqlx_migrations' and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
         and format_type(a.atttypid, null) in
             ('text', 'character varying', 'json', 'jsonb', 'bytea', 'text[]', 'double precision', 'inet')
         order by 1, 2",
    )
    .fetch_all(&mut sql)
    .await
    .unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
         and not relispartition and relname <> '_sqlx_migrations'",
    )
    .fetch_all(&mut sql)
    .await
    .unwrap();
    let mut register: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (table, _, _, personal) in privacy::register() {
        register.entry(table).or_default().extend(personal);
    }
    let unknown: Vec<&String> = tables.iter().filter(|t| !register.contains_key(t.as_str())).collect();
    assert!(
        unknown.is_empty(),
        "tables that the register (engine/src/privacy/sql/held.rs) does not name: {unknown:?}"
    );
    let gone: Vec<&&str> = register.keys().filter(|t| !tables.iter().any(|known| known == **t)).collect();
    assert!(gone.is_empty(), "the register names what is not there: {gone:?}");
    // A column that says nothing of anybody stands in tests/it/privacy_plain.txt, by a person's decision.
    let plain: BTreeSet<&str> = include_str!("privacy_plain.txt").lines().filter(|l| !l.is_empty()).collect();
    let open: Vec<String> = columns
        .iter()
        .filter(|(table, column)| !register[table.as_str()].contains(column.as_str()))
        .map(|(table, column)| format!("{table}.{column}"))
        .filter(|name| !plain.contains(name.as_str()))
        .collect();
    assert!(open.is_empty(), "columns that nobody decided about:\n{}", open.join("\n"));
    let shut: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
         and not relispartition and relname not like 'audit%' and relname <> '_sqlx_migrations'
         and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id')
         -- Keys are destroyed by their own command.
         and relname <> 'data_key' and not has_table_privilege('campo_privacy', c.oid, 'DELETE')",
    )
    .fetch_all(&mut sql)
    .await
    .unwrap();
    assert!(shut.is_empty(), "the eraser cannot reach {shut:?}");
}
