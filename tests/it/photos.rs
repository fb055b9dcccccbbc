//! Photos and signature of jobs: appended once, shown to the right people, and what must be there before completion.

use campo_engine::jobs::evidence::Announced;
use campo_engine::jobs::state::Action;
use campo_engine::jobs::{self, Command};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::files::{picture, set_tier, upload};
use crate::house::Person;
use crate::jobs::{Company, path};
use crate::wire::viewer;

async fn photo(c: &Company, who: &Person, job: &Value, n: u32, kind: &str) -> crate::house::Answer {
    let purpose = if kind == "signature" { "signature" } else { "job_photo" };
    let file = upload(&c.house, who, &picture(n), "image/jpeg", purpose).await;
    let body = json!({"file_id": file, "type": kind, "local_id": format!("local-{n}")});
    c.house.post(who, &format!("{}/photos", path(job)), body).await
}

async fn reach(url: &Value) -> u16 {
    reqwest::get(url.as_str().unwrap()).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_job_is_shown_by_its_photos() {
    let c = Company::open().await;
    let (house, owner, ana) = (&c.house, &c.owner, &c.ana);
    let (mut map, _) = viewer(house, owner, "json").await;
    let job = c.walk(c.scheduled().await, &["en_camino", "working"]).await;
    let added = photo(&c, ana, &job, 1, "before").await;
    assert_eq!(added.status, 201);
    assert_eq!((&added.body["type"], &added.body["local_id"]), (&json!("before"), &json!("local-1")));
    assert_eq!(reach(&added.body["url"]).await, 200);
    assert_eq!(reach(&added.body["thumbnail_url"]).await, 200);
    // The same picture and the same name are the same photo.
    let again = photo(&c, ana, &job, 1, "after").await.ok();
    assert_eq!((&again["id"], &again["type"]), (&added.body["id"], &json!("before")));
    let frame = map.next_event("job.photo_added").await;
    let event = &frame["event"];
    assert_eq!(event["photo"]["id"], added.body["id"]);
    assert_eq!(reach(&event["job"]["photos"][0]["thumbnail_url"]).await, 200);
    photo(&c, owner, &job, 2, "after").await.ok();
    for who in [owner, ana] {
        let seen = house.get(who, &path(&job)).await.ok();
        assert_eq!(seen["version"], job["version"], "nobody's edit grows stale by a picture");
        assert_eq!(seen["photos"].as_array().unwrap().len(), 2);
        assert_eq!(reach(&seen["photos"][1]["url"]).await, 200);
    }
    // No link is stored.
    let mut sql = house.sql().await;
    let linked: i64 = sqlx::query_scalar("select count(*) from event where body::text like '%/files/%'")
        .fetch_one(&mut sql)
        .await
        .unwrap();
    assert_eq!(linked, 0);
    // Neither role nor organization: what is not theirs is not there.
    let file = upload(house, owner, &picture(3), "image/jpeg", "job_photo").await;
    let body = json!({"file_id": file, "type": "after"});
    let stranger = house.stranger().await;
    let url = format!("{}/photos", path(&job));
    house.post(&c.beto, &url, body.clone()).await.refused(404, "JOB_002");
    house.post(&stranger, &url, body.clone()).await.refused(404, "JOB_002");
    let conta = house.hire(owner, "accountant", "Conta").await;
    house.post(&conta, &url, body.clone()).await.refused(403, "AUTH_003");
    let foreign = upload(house, &stranger, &picture(4), "image/jpeg", "job_photo").await;
    house.post(ana, &url, json!({"file_id": foreign, "type": "after"})).await.refused(422, "REQUEST_002");
    house.post(ana, &url, json!({"file_id": file, "type": "signature"})).await.refused(422, "REQUEST_002");
    house.post(ana, &url, json!({"file_id": file, "type": "selfie"})).await.refused(422, "REQUEST_002");
    // A cancelled job takes none; one completed does, for the phone that was away.
    let gone = c.walk(c.scheduled().await, &["cancelled"]).await;
    photo(&c, owner, &gone, 5, "after").await.refused(409, "JOB_003");
    let done = c.walk(job, &["completed"]).await;
    photo(&c, ana, &done, 6, "after").await.ok();
    sqlx::query("update job set status_changed_at = now() - interval '8 days' where job_number = $1")
        .bind(done["job_number"].as_str().unwrap())
        .execute(&mut sql)
        .await
        .unwrap();
    photo(&c, owner, &done, 7, "after").await.refused(409, "JOB_003");
}

#[tokio::test]
async fn a_signature_is_written_once() {
    let c = Company::open().await;
    let (house, ana) = (&c.house, &c.ana);
    let job = c.walk(c.scheduled().await, &["en_camino", "working"]).await;
    let file = upload(house, ana, &picture(20), "image/jpeg", "signature").await;
    let url = format!("{}/photos", path(&job));
    let body = json!({"file_id": file, "type": "signature", "signed_by": "Carla Ñandú"});
    let signed = house.post(ana, &url, body.clone()).await.ok();
    assert_eq!(house.post(ana, &url, body).await.ok()["id"], signed["id"], "the same again is no other");
    photo(&c, &c.owner, &job, 21, "signature").await.refused(409, "FILE_004");
    let seen = house.get(ana, &path(&job)).await.ok();
    assert_eq!(seen["signature"]["signed_by"], "Carla Ñandú");
    assert_eq!((seen["photos"].as_array().unwrap().len(), reach(&seen["signature_url"]).await), (0, 200));
    // The database itself refuses, to whoever asks.
    let mut sql = house.sql().await;
    for change in [
        "update job_photo set file_id = file_id",
        "update job_photo set signed_by = 'Otro'",
        "delete from job_photo",
        "truncate job_photo",
    ] {
        let refused = sqlx::query(change).execute(&mut sql).await.unwrap_err();
        assert!(refused.to_string().contains("written once"), "{change}: {refused}");
    }
    let file: uuid::Uuid = file.as_str().unwrap().parse().unwrap();
    let erased = campo_engine::files::erase(&house.app.engine, c.owner.org, file.into()).await;
    assert!(
        matches!(erased, Err(campo_engine::error::Error::Conflict { code: "FILE_001", .. })),
        "{erased:?}"
    );
}

#[tokio::test]
async fn what_an_organization_wants_to_see_before_completion() {
    let c = Company::open().await;
    let (house, owner, ana) = (&c.house, &c.owner, &c.ana);
    let org = house.get(owner, "/api/organization").await.ok();
    assert_eq!(org["completion_requires"], json!([]));
    let wants = json!({"version": org["version"], "completion_requires": ["signature", "photo", "notes"]});
    house.patch(ana, "/api/organization", wants.clone()).await.refused(403, "AUTH_003");
    let org = house.patch(owner, "/api/organization", wants).await.ok();
    assert_eq!(org["completion_requires"], json!(["notes", "photo", "signature"]));
    let odd = json!({"version": org["version"], "completion_requires": ["selfie"]});
    house.patch(owner, "/api/organization", odd).await.refused(422, "REQUEST_002");

    let job = c.walk(c.scheduled().await, &["en_camino", "working"]).await;
    let status = format!("{}/status", path(&job));
    let complete = |notes: Value| json!({"status": "completed", "version": job["version"], "notes": notes});
    let refused = house.patch(ana, &status, complete(json!("listo"))).await;
    let problem = refused.refused(409, "JOB_001");
    assert!(problem["detail"].as_str().unwrap().contains("firma"), "{problem}");
    assert_eq!(problem["current"]["completion_requires"], json!(["notes", "photo", "signature"]));
    photo(&c, ana, &job, 30, "document").await.ok();
    photo(&c, ana, &job, 31, "signature").await.ok();
    house.patch(ana, &status, complete(json!("listo"))).await.refused(409, "JOB_001");
    photo(&c, ana, &job, 32, "after").await.ok();
    house.patch(ana, &status, complete(Value::Null)).await.refused(409, "JOB_001");
    let done = house.patch(ana, &status, complete(json!("cambié el flexible"))).await.ok();
    assert_eq!(
        (&done["status"], &done["completion_notes"]),
        (&json!("completed"), &json!("cambié el flexible"))
    );

    // All at once, or nothing.
    let job = c.walk(c.scheduled().await, &["en_camino", "working"]).await;
    let (after, signature) = (
        upload(house, ana, &picture(33), "image/jpeg", "job_photo").await,
        upload(house, ana, &picture(34), "image/jpeg", "signature").await,
    );
    let url = format!("{}/complete", path(&job));
    let photos = json!([{"file_id": after, "type": "after"}]);
    let lacking = json!({"version": job["version"], "notes": "listo", "photos": photos});
    house.post(ana, &url, lacking).await.refused(409, "JOB_001");
    assert_eq!(house.get(ana, &path(&job)).await.ok()["photos"], json!([]), "nothing of it stayed");
    let photos = json!([{"file_id": after, "type": "after"}, {"file_id": signature, "type": "signature"}]);
    let body = json!({"version": job["version"], "notes": "listo", "photos": photos});
    let done = house.post(ana, &url, body).await.ok();
    assert_eq!((&done["status"], done["photos"].as_array().unwrap().len()), (&json!("completed"), 1));
    assert!(done["signature"]["id"].is_string());

    // A phone that was away announces what it sends later.
    let job = c.walk(c.scheduled().await, &["en_camino", "working"]).await;
    let command = |announced: Announced| Command {
        id: Uuid::new_v4(),
        job: serde_json::from_value(job["id"].clone()).unwrap(),
        action: Action::Complete,
        version: 1,
        at: Utc::now(),
        notes: Some("listo".into()),
        announced,
    };
    let carry_out = async |command: &Command| {
        let engine = &house.app.engine;
        jobs::command(&engine.db, &engine.keys, owner.org, ana.user, command).await.unwrap()
    };
    let refused = carry_out(&command(Announced { photos: 2, signature: false })).await;
    assert_eq!((refused.ok, refused.code.as_deref()), (false, Some("JOB_001")));
    assert!(carry_out(&command(Announced { photos: 2, signature: true })).await.ok);
    photo(&c, ana, &job, 35, "after").await.ok();
}

#[tokio::test]
async fn twenty_photos_a_completion_and_a_tiers_few() {
    let c = Company::open().await;
    let (house, owner) = (&c.house, &c.owner);
    let mut files = Vec::new();
    for (n, who) in (40..62).zip([owner, &c.ana].into_iter().cycle()) {
        files.push(upload(house, who, &picture(n), "image/jpeg", "job_photo").await);
    }
    let job = c.walk(c.scheduled().await, &["en_camino", "working"]).await;
    let url = format!("{}/photos", path(&job));
    let add = async |file: &Value| house.post(owner, &url, json!({"file_id": file, "type": "during"})).await;
    for file in &files[..20] {
        add(file).await.ok();
    }
    add(&files[20]).await.refused(409, "FILE_002");
    let job = c.walk(job, &["completed", "working"]).await;
    add(&files[20]).await.ok();
    // Fifty in all for the largest tier; three for the smallest.
    set_tier(house, owner, "FREE").await;
    add(&files[21]).await.refused(409, "FILE_002");
    let seen = house.get(owner, &path(&job)).await.ok();
    let times: Vec<DateTime<Utc>> = seen["photos"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["taken_at"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(times.len(), 21);
    assert!(times.is_sorted());
}
