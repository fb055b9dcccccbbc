//! The planted subject: two people with words that nobody else has live a whole life here, then they are erased, and a
//! walk over every column of every table and every byte of the store finds nothing of them.
//!
//! `make erasure` runs this alone. The walk must find the words before, or it would be blind.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use campo_engine::ids::CustomerId;
use campo_engine::privacy::erase;
use campo_engine::privacy::subject::Subject;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::files::{picture, upload};
use crate::house::{House, Person, eventually, fresh_phone};
use crate::openai;
use crate::whatsapp::meta::{Meta, messages, post};
use crate::wire::{Phone, now_ms, point};

/// Every table's rows in which a text of `markers` stands, whatever the column's type.
async fn walk(sql: &mut PgConnection, markers: &[String]) -> BTreeMap<String, BTreeSet<String>> {
    let tables: Vec<(String, Vec<String>)> = sqlx::query_as(
        "select c.relname::text, coalesce(array_agg(a.attname::text) filter (where a.atttypid = 'bytea'::regtype), '{}')
         from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'm') and not c.relispartition
         group by c.relname order by 1",
    )
    .fetch_all(&mut *sql)
    .await
    .unwrap();
    assert!(tables.len() > 60, "the walk sees the whole house: {}", tables.len());
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (table, bytes) in tables {
        let columns: Vec<String> =
            bytes.iter().map(|c| format!(" or strpos(encode(t.{c}, 'escape'), m) > 0")).collect();
        let text = format!(
            "select distinct m from \"{table}\" t, unnest($1::text[]) m where strpos(lower(t::text), lower(m)) > 0{}",
            columns.concat()
        );
        let hits: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(text)).bind(markers).fetch_all(&mut *sql).await.unwrap();
        for marker in hits {
            found.entry(marker).or_default().insert(table.clone());
        }
    }
    found
}

/// Files below a folder that hold a marker, or are named by one.
fn walk_files(folder: &Path, markers: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let name = path.to_string_lossy().into_owned();
            for marker in markers {
                let inside = bytes.windows(marker.len()).any(|w| w == marker.as_bytes());
                if inside || name.contains(marker.as_str()) {
                    found.push(format!("{name}: {marker}"));
                }
            }
        }
    }
    found
}

/// A phone as people write it.
fn spellings(phone: &str) -> Vec<String> {
    let local = phone.strip_prefix("+549").unwrap();
    let (area, number) = local.split_at(2);
    let (first, last) = number.split_at(4);
    vec![
        format!("{local}"),
        format!("+54 9 {area} {first}-{last}"),
        format!("0{area} 15-{first}-{last}"),
        format!("({area}) {first} {last}"),
        format!("{first}-{last}"),
    ]
}

struct Planted {
    markers: Vec<String>,
    folder: std::path::PathBuf,
}

impl Planted {
    async fn found(&self, house: &House) -> BTreeMap<String, BTreeSet<String>> {
        walk(&mut house.sql().await, &self.markers).await
    }

    fn files(&self) -> Vec<String> {
        walk_files(&self.folder, &self.markers)
    }
}

/// The folder of the house's files: beside its secret there is none, so it is asked of the store.
fn folder(house: &House) -> std::path::PathBuf {
    house.app.engine.settings.files.folder.clone()
}

async fn office(house: &House) -> (Person, String) {
    let owner = house.sign_up("Plomería Sur").await;
    let number = format!("7711{}", &owner.phone[owner.phone.len() - 6..]);
    let account = json!({"phone_number_id": number, "token": format!("token-{number}")});
    let put = house.request(reqwest::Method::PUT, Some(&owner), "/api/organization/whatsapp");
    house.send(put.json(&account)).await.ok();
    (owner, number)
}

/// Until nothing is running or due.
async fn quiet(house: &House) {
    eventually("the queue is empty", async || {
        let open: i64 =
            sqlx::query_scalar("select count(*) from task where state in ('ready', 'running', 'waiting')")
                .fetch_one(&mut house.sql().await)
                .await
                .unwrap();
        (open == 0).then_some(())
    })
    .await;
}

fn sound(mark: &str) -> Vec<u8> {
    let page = |granule: u64, body: &[u8]| {
        let mut page = b"OggS\0\0".to_vec();
        page.extend(granule.to_le_bytes());
        page.extend([0; 12]);
        page.push(1);
        page.push(body.len() as u8);
        page.extend(body);
        page
    };
    let mut head = b"OpusHead\x01\x01\x38\x01".to_vec();
    head.extend([0x80, 0xbb, 0, 0, 0, 0, 0]);
    [page(0, &head), page(0, b"OpusTags"), page(480_312, mark.as_bytes())].concat()
}

/// A customer: jobs, photos, signature, messages, a voice note, a rating, mentions in other people's work, a copy of
/// their data. Then the office erases them at their request.
#[tokio::test]
async fn a_customer_leaves_no_trace() {
    let (meta, ai) = (Meta::start().await, openai::Fake::start().await);
    let house = meta.house(&["--openai-base-url", &ai.url, "--openai-key", "sk-test"]).await;
    let (owner, number) = office(&house).await;
    house.patch(&owner, "/api/voice/settings", json!({"consent": true})).await.ok();
    let ana = house.hire(&owner, "technician", "Ana").await;
    let phone = fresh_phone();
    let name = "Quimey Zorzal Ñandubay";
    let audio = format!("AUDIO{}", Uuid::new_v4().simple());
    let mut markers = spellings(&phone);
    markers.extend(
        ["zorzal", "Lambaré 4471", "gatopardo azulino", "quimey.z@correo.example"].map(str::to_owned),
    );
    markers.push(audio.clone());
    let planted = Planted { markers, folder: folder(&house) };
    assert!(planted.found(&house).await.is_empty(), "nobody else has these words");

    // Their card and their job, by requests with keys, so that stored answers hold them too.
    let post_once = async |path: &str, body: Value| {
        let request = house.request(reqwest::Method::POST, Some(&owner), path);
        house.send(request.header("Idempotency-Key", Uuid::new_v4().to_string()).json(&body)).await.ok()
    };
    let customer = post_once(
        "/api/customers",
        json!({"name": name, "phone": phone, "address": "Lambaré 4471", "lat": -34.6, "lon": -58.4,
               "notes": "el gatopardo azulino de la esquina"}),
    )
    .await;
    let job = post_once(
        "/api/jobs",
        json!({"title": "Caldera de Quimey Zorzal Ñandubay", "customer_id": customer["id"],
               "description": "gatopardo azulino", "notes": "correo quimey.z@correo.example", "technician_ids": [ana.user],
               "scheduled_start": Utc::now() + TimeDelta::minutes(30)}),
    )
    .await;
    // Somebody else's job mentions them, as people write.
    let other = house.customer(&owner, "Carla").await;
    let told = format!("avisar a QUIMEY  ZORZAL NANDUBAY, {}", spellings(&phone).join(" o "));
    let mention = house
        .post(
            &owner,
            "/api/jobs",
            json!({"title": "Otra caldera", "customer_id": other["id"], "notes": told}),
        )
        .await
        .ok();
    let path = |job: &Value| format!("/api/jobs/{}", job["id"].as_str().unwrap());
    let go = async |job: &Value, status: &str| {
        let body =
            json!({"status": status, "version": job["version"], "notes": "gatopardo azulino dijo que sí"});
        house.patch(&owner, &format!("{}/status", path(job)), body).await.ok()
    };
    let job = go(&job, "en_camino").await;
    let job = go(&job, "working").await;
    let mut kept = Vec::new();
    for (n, kind, purpose) in [(901, "before", "job_photo"), (902, "signature", "signature")] {
        let file = upload(&house, &ana, &picture(n), "image/jpeg", purpose).await;
        kept.push(file.as_str().unwrap().to_owned());
        let mut body = json!({"file_id": file, "type": kind, "local_id": format!("zorzal-{n}")});
        if kind == "signature" {
            body["signed_by"] = json!(name);
        }
        house.post(&ana, &format!("{}/photos", path(&job)), body).await.ok();
    }
    go(&job, "completed").await;
    let id: Uuid = serde_json::from_value(job["id"].clone()).unwrap();
    sqlx::query(
        "insert into job_rating (org_id, job_id, token_hash, expires_at, stars, comment)
         values ($1, $2, $3, now(), 5, 'gatopardo azulino, excelente')
         on conflict (org_id, job_id) do update set comment = excluded.comment",
    )
    .bind(owner.org.0)
    .bind(id)
    .bind(id.as_bytes().as_slice())
    .execute(&mut house.sql().await)
    .await
    .unwrap();

    // They write, and they speak.
    let wa = phone.trim_start_matches('+');
    ai.hear("habla Quimey Zorzal Ñandubay de Lambaré 4471 por el gatopardo azulino", -0.02);
    ai.fill(&openai::form(&[("customerName", name, 0.95), ("problemDescription", "gatopardo azulino", 0.9)]));
    meta.bring("media-zorzal", &sound(&audio), "audio/ogg", None);
    let said = |id: &str, kind: &str, part: Value| json!({"from": wa, "id": id, "timestamp": Utc::now().timestamp().to_string(), "type": kind, kind: part});
    let text = said("wamid.z1", "text", json!({"body": "Hola, el gatopardo azulino pierde agua, urgente"}));
    post(&house, &messages(&number, wa, name, vec![text])).await;
    let voice = said(
        "wamid.z2",
        "audio",
        json!({"id": "media-zorzal", "mime_type": "audio/ogg; codecs=opus", "voice": true}),
    );
    post(&house, &messages(&number, wa, name, vec![voice])).await;
    eventually("the note is heard", async || {
        let heard: i64 =
            sqlx::query_scalar("select count(*) from voice_note where transcript like '%gatopardo%'")
                .fetch_one(&mut house.sql().await)
                .await
                .unwrap();
        (heard == 1).then_some(())
    })
    .await;
    // They ask for a copy; it lies in the store.
    let customer_path = format!("/api/customers/{}", customer["id"].as_str().unwrap());
    let asked = house
        .post(
            &owner,
            &format!("{customer_path}/privacy-requests"),
            json!({"kind": "access", "detail": "pide Quimey Zorzal Ñandubay"}),
        )
        .await
        .ok();
    let decide = |id: &Value| format!("/api/organization/privacy-requests/{}/decide", id.as_str().unwrap());
    house.post(&owner, &decide(&asked["id"]), json!({"done": true})).await.ok();
    let copy = eventually("the copy is ready", async || {
        let list = house.get(&owner, "/api/organization/privacy-exports").await.ok();
        list["items"][0]["url"].as_str().map(str::to_owned)
    })
    .await;
    let bytes = reqwest::get(&copy).await.unwrap().bytes().await.unwrap();
    assert!(bytes.starts_with(b"PK\x03\x04") && bytes.len() > 1_000, "a copy with something in it");
    quiet(&house).await;

    // The walk is not blind.
    let before = planted.found(&house).await;
    for marker in &planted.markers {
        assert!(before.contains_key(marker) || *marker == audio, "{marker} was never anywhere: {before:?}");
    }
    let everywhere: BTreeSet<&str> = before.values().flatten().map(String::as_str).collect();
    for table in [
        "customer",
        "job",
        "job_status_history",
        "job_photo",
        "job_rating",
        "event",
        "idempotency",
        "message",
        "conversation",
        "inbox_request",
        "voice_note",
        "webhook_in",
        "privacy_request",
    ] {
        assert!(everywhere.contains(table), "{table} is not walked: {everywhere:?}");
    }
    assert!(planted.files().iter().any(|f| f.contains(&audio)), "the recording lies in the store");
    let named = |id: &str| walk_files(&planted.folder, &[id.to_owned()]).len();
    assert!(kept.iter().all(|id| named(id) > 0), "photos lie in the store");

    // A job that is open stands against it.
    let open = post_once("/api/jobs", json!({"title": "Una más", "customer_id": customer["id"]})).await;
    let customer_id = CustomerId(serde_json::from_value(customer["id"].clone()).unwrap());
    let subject = Subject::Customer(customer_id);
    let refused =
        erase::everywhere(&house.app.engine, &subject, None, "prueba de borrado").await.unwrap_err();
    assert!(refused.to_string().contains("abiertos"), "{refused}");
    // The one they asked for just now, and the one that their voice note became.
    let all = house
        .get(&owner, &format!("/api/jobs?customer_id={}&limit=100", customer["id"].as_str().unwrap()))
        .await
        .ok();
    for job in all["items"].as_array().unwrap() {
        if job["customer"]["id"] == customer["id"]
            && !["completed", "cancelled"].contains(&job["status"].as_str().unwrap())
        {
            let cancel = json!({"reason": "pide que se borre todo", "version": job["version"]});
            let cancel = house.request(reqwest::Method::DELETE, Some(&owner), &path(job)).json(&cancel);
            house.send(cancel).await.ok();
        }
    }
    assert!(all["items"].as_array().unwrap().iter().any(|j| j["id"] == open["id"]));
    quiet(&house).await;

    let asked =
        house.post(&owner, &format!("{customer_path}/privacy-requests"), json!({"kind": "erase"})).await.ok();
    house.post(&owner, &decide(&asked["id"]), json!({"done": true})).await.ok();
    eventually("the erasure is carried out", async || {
        let list = house.get(&owner, "/api/organization/privacy-requests").await.ok();
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|r| r["id"] == asked["id"] && r["state"] == "done")
            .then_some(())
    })
    .await;
    quiet(&house).await;

    assert_eq!(planted.found(&house).await, BTreeMap::new(), "a trace in the database");
    assert_eq!(planted.files(), Vec::<String>::new(), "a trace in the store");
    assert!(kept.iter().all(|id| named(id) == 0), "a photo stayed in the store");
    assert_eq!(reqwest::get(&copy).await.unwrap().status().as_u16(), 404, "the copy's link is dead");
    // What others have is there, and what the work needs of it.
    let seen = house.get(&owner, &path(&mention)).await.ok();
    assert!(seen["notes"].as_str().unwrap().starts_with("avisar a [borrado]"), "{}", seen["notes"]);
    let seen = house.get(&owner, &path(&job)).await.ok();
    assert_eq!((seen["status"].as_str(), seen["title"].as_str()), (Some("completed"), Some("Trabajo")));
    // Viewers still read the history whole.
    let gaps: i64 = sqlx::query_scalar("select max(seq) - count(*) from event where org_id = $1")
        .bind(owner.org.0)
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
    assert_eq!(gaps, 0);
}

/// A technician: shift, positions of a phone and of an app, commands, notices, consents, a copy, then their own erasure:
/// asked for, confirmed by the code that came, carried out. Another organization's namesake stays.
#[tokio::test]
async fn a_technician_leaves_no_trace() {
    let house = House::with(true, &["--erasure-wait", "0"]).await;
    let owner = house.sign_up("Gas del Sur").await;
    let phone = fresh_phone();
    let name = "Ulises Quebrantahuesos Ñire";
    let hired =
        json!({"name": name, "phone": phone, "role": "technician", "email": "ulises.q@correo.example"});
    let user = house.post(&owner, "/api/users", hired).await.ok();
    let ulises = house.sign_in(&phone).await;
    let mut markers = spellings(&phone);
    markers.extend(["quebrantahuesos", "ulises.q@correo.example", "Moto del gatopardo"].map(str::to_owned));
    let planted = Planted { markers, folder: folder(&house) };
    // Elsewhere somebody has the same name.
    let stranger = house.stranger().await;
    let namesake = house.customer(&stranger, name).await;

    let agreed = json!({"terms": true, "privacy": true, "location": true, "location_history": true});
    house.patch(&ulises, "/api/users/me/privacy", agreed).await.ok();
    let customer = house.customer(&owner, "Carla").await;
    let job = json!({"title": "Caldera", "customer_id": customer["id"], "technician_ids": [ulises.user],
        "scheduled_start": Utc::now(), "internal_notes": format!("va Ulises Quebrantahuesos Ñire ({})", spellings(&phone)[1])});
    let job = house.post(&owner, "/api/jobs", job).await.ok();
    let mut socket = Phone::hello(&house, &ulises).await;
    socket.shift(true, now_ms() - 60_000).await;
    socket.send((0..5).map(|n| point(now_ms() - 50_000 + n * 1_000, -34.6, -58.4)).collect()).await;
    let mut job = job;
    for action in ["start_travel", "start_work", "complete"] {
        let result = socket.command(&job, action).await;
        if result["ok"] == true {
            job["version"] = result["version"].clone();
        }
    }
    let device = json!({"user_id": ulises.user, "name": "Moto del gatopardo"});
    let device = house.post(&owner, "/api/devices", device).await.ok();
    let ingest = format!("{}/ingest/{}/osmand", house.url, device["token"].as_str().unwrap());
    let at = Utc::now().timestamp();
    let sent = reqwest::Client::new()
        .post(format!("{ingest}?id=zorro&timestamp={at}&lat=-34.61&lon=-58.41"))
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status().as_u16(), 200);
    socket.shift(false, now_ms()).await;
    let copy = house.post(&ulises, "/api/users/me/export", json!({})).await;
    assert_eq!(copy.status, 202, "{}", copy.text);
    house.post(&ulises, "/api/users/me/export", json!({})).await.refused(429, "RATE_001");
    eventually("the copy is ready", async || {
        let mine = house.get(&ulises, "/api/users/me/privacy").await.ok();
        mine["exports"][0]["url"].as_str().map(str::to_owned)
    })
    .await;
    quiet(&house).await;
    let member: i32 = sqlx::query_scalar("select member from member where org_id = $1 and user_id = $2")
        .bind(owner.org.0)
        .bind(ulises.user.0)
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
    let positions = async || -> i64 {
        sqlx::query_scalar("select count(*) from position where member = $1")
            .bind(member)
            .fetch_one(&mut house.sql().await)
            .await
            .unwrap()
    };
    assert!(positions().await >= 6);
    let before = planted.found(&house).await;
    let everywhere: BTreeSet<&str> = before.values().flatten().map(String::as_str).collect();
    for table in ["app_user", "member", "job", "event", "device", "otp_challenge"] {
        assert!(everywhere.contains(table), "{table} is not walked: {before:?}");
    }

    // Their own erasure. A wrong code does nothing; the right one came to their phone.
    let seen = house.inbox(&phone).await.len();
    let asked = house.post(&ulises, "/api/users/me/delete-request", json!({})).await;
    assert_eq!((asked.status, asked.body["state"].as_str()), (202, Some("confirming")), "{}", asked.text);
    house.post(&ulises, "/api/users/me/delete-request", json!({})).await.refused(429, "RATE_001");
    let wrong = json!({"token": "00000000"});
    house.post(&ulises, "/api/users/me/confirm-deletion", wrong).await.refused(409, "PRIVACY_003");
    let text = eventually("the code arrives", async || {
        let all = house.inbox(&phone).await;
        if all.len() > seen { all.first().cloned() } else { None }
    })
    .await;
    let code = text.split(|c: char| !c.is_ascii_digit()).find(|w| w.len() == 8).unwrap().to_owned();
    house
        .post(&owner, "/api/users/me/confirm-deletion", json!({"token": code}))
        .await
        .refused(404, "REQUEST_004");
    let waits = house.post(&ulises, "/api/users/me/confirm-deletion", json!({"token": code})).await.ok();
    assert_eq!(waits["state"], "waiting");
    eventually("everything is gone", async || {
        let gone: bool = sqlx::query_scalar("select name = 'Persona borrada' from member where user_id = $1")
            .bind(ulises.user.0)
            .fetch_one(&mut house.sql().await)
            .await
            .unwrap();
        gone.then_some(())
    })
    .await;
    quiet(&house).await;

    let mut after = planted.found(&house).await;
    // The namesake's card is another organization's.
    let theirs =
        house.get(&stranger, &format!("/api/customers/{}", namesake["id"].as_str().unwrap())).await.ok();
    assert_eq!(theirs["name"], name);
    if let Some(tables) = after.get_mut("quebrantahuesos") {
        let in_ours: i64 = sqlx::query_scalar(
            "select (select count(*) from event where org_id = $1 and body::text ilike '%quebrantahuesos%')
                  + (select count(*) from job where org_id = $1 and internal_notes ilike '%quebrantahuesos%')
                  + (select count(*) from customer_word w where org_id = $1 and to_jsonb(w)::text ilike '%quebrantahuesos%')",
        )
        .bind(owner.org.0)
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
        assert_eq!(in_ours, 0);
        for table in ["customer", "customer_word", "event", "idempotency"] {
            tables.remove(table);
        }
    }
    after.retain(|_, tables| !tables.is_empty());
    assert_eq!(after, BTreeMap::new(), "a trace in the database");
    assert_eq!(planted.files(), Vec::<String>::new(), "a trace in the store");
    assert_eq!(positions().await, 0, "a position stayed");
    assert_eq!(house.get(&ulises, "/api/auth/me").await.status, 401, "they are signed in nowhere");
    let staff = house.get(&owner, "/api/users").await.ok();
    let row = staff["items"].as_array().unwrap().iter().find(|u| u["id"] == user["id"]).unwrap().clone();
    assert_eq!((row["name"].as_str(), row["is_active"].as_bool()), (Some("Persona borrada"), Some(false)));
    // The number is free again: who has it now is somebody else.
    let newcomer = house.sign_in(&phone).await;
    assert_ne!(newcomer.user, ulises.user);
    let shifts: i64 = sqlx::query_scalar("select count(*) from shift where user_id = $1")
        .bind(ulises.user.0)
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
    assert_eq!(shifts, 1, "working hours stay, by number");
}
