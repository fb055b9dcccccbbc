//! A phone's commands and the fence: once, by the present state, never before what was.

use campo_engine::ids::{JobId, SessionId, UserId};
use campo_engine::jobs::evidence::Announced;
use campo_engine::jobs::state::Action;
use campo_engine::jobs::{self, Command, CommandResult};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::jobs::{Company, path};

fn command(job: &Value, action: Action) -> Command {
    let job: JobId = serde_json::from_value(job["id"].clone()).unwrap();
    Command {
        id: Uuid::new_v4(),
        job,
        action,
        version: 1,
        at: Utc::now(),
        notes: None,
        announced: Announced::default(),
    }
}

async fn send(c: &Company, user: UserId, command: &Command) -> CommandResult {
    let engine = &c.house.app.engine;
    jobs::command(&engine.db, &engine.keys, c.owner.org, user, command).await.unwrap()
}

#[tokio::test]
async fn twice_is_once() {
    let c = Company::open().await;
    let job = c.scheduled().await;
    let start = command(&job, Action::StartTravel);
    // Two sockets at once, several times.
    let copies = (0..8).map(|_| send(&c, c.ana.user, &start));
    let results = futures_util::future::join_all(copies).await;
    let after = c.house.get(&c.owner, &path(&job)).await.ok();
    let version = i32::try_from(after["version"].as_i64().unwrap()).unwrap();
    assert_eq!(after["status"], "en_camino");
    for result in results {
        assert_eq!(result, CommandResult::ok(start.id, version));
    }
    // The same wish under another id changes nothing either.
    let again = command(&job, Action::StartTravel);
    assert_eq!(send(&c, c.ana.user, &again).await, CommandResult::ok(again.id, version));
    // The stored answer stays, whatever has happened since.
    c.walk(after, &["working", "completed"]).await;
    assert_eq!(send(&c, c.ana.user, &start).await, CommandResult::ok(start.id, version));
    let history = c.house.get(&c.owner, &format!("{}/history", path(&job))).await.ok();
    assert_eq!(history["items"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn judged_by_the_present_state() {
    let c = Company::open().await;
    let job = c.scheduled().await;
    let early = send(&c, c.ana.user, &command(&job, Action::StartWork)).await;
    assert_eq!((early.ok, early.code.as_deref()), (false, Some("JOB_001")));
    let current = early.current.unwrap();
    assert_eq!(
        current,
        c.house.get(&c.ana, &path(&job)).await.ok(),
        "the whole job, as a technician sees it"
    );
    // Not on the job: there is no such job.
    let foreign = send(&c, c.beto.user, &command(&job, Action::StartTravel)).await;
    assert_eq!((foreign.ok, foreign.code.as_deref()), (false, Some("JOB_002")));
    // The office moved on: the phone's wish is fulfilled.
    let job = c.walk(job, &["en_camino", "working"]).await;
    for action in [Action::StartTravel, Action::Arrive, Action::StartWork] {
        let result = send(&c, c.ana.user, &command(&job, action)).await;
        assert_eq!(result.version.map(i64::from), job["version"].as_i64(), "{action:?}");
    }
    let back = send(&c, c.ana.user, &command(&job, Action::CancelTravel)).await;
    assert_eq!(back.code.as_deref(), Some("JOB_001"));
    let done = Command { notes: Some(" todo bien ".into()), ..command(&job, Action::Complete) };
    assert!(send(&c, c.ana.user, &done).await.ok);
    let job = c.house.get(&c.owner, &path(&job)).await.ok();
    assert_eq!(
        (job["status"].as_str(), job["completion_notes"].as_str()),
        (Some("completed"), Some("todo bien"))
    );
}

/// It takes effect when the technician tapped, never before the job's last transition nor after now.
#[tokio::test]
async fn effect_at_the_tap() {
    let c = Company::open().await;
    let job = c.scheduled().await;
    let at = |job: &Value, field: &str| job[field].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let read = async || c.house.get(&c.owner, &path(&job)).await.ok();
    let early = Command { at: Utc::now() - TimeDelta::hours(3), ..command(&job, Action::StartTravel) };
    assert!(send(&c, c.ana.user, &early).await.ok);
    assert_eq!(
        at(&read().await, "status_changed_at"),
        at(&job, "status_changed_at"),
        "not before it was scheduled"
    );
    let mut sql = c.house.sql().await;
    sqlx::query("update job set status_changed_at = now() - interval '2 hours'")
        .execute(&mut sql)
        .await
        .unwrap();
    let tapped = campo_engine::moment::to_millis(Utc::now() - TimeDelta::hours(1));
    assert!(send(&c, c.ana.user, &Command { at: tapped, ..command(&job, Action::StartWork) }).await.ok);
    assert_eq!(at(&read().await, "actual_start"), tapped);
    let ahead = Command { at: Utc::now() + TimeDelta::hours(1), ..command(&job, Action::Complete) };
    assert!(send(&c, c.ana.user, &ahead).await.ok);
    assert!(at(&read().await, "actual_end") <= Utc::now(), "not after now");
}

/// Two nodes find the same arrival: one tells, the version rises once, the job stays en_camino.
#[tokio::test]
async fn the_fence_arrives_once() {
    let c = Company::open().await;
    let job = c.walk(c.scheduled().await, &["en_camino"]).await;
    let session: SessionId = serde_json::from_value(job["tracking"]["session_id"].clone()).unwrap();
    let db = &c.house.app.engine.db;
    let finds =
        (0..6).map(|_| jobs::arrive_by_fence(db, c.owner.org, session, Utc::now(), Some((-34.9, -60.0))));
    let told =
        futures_util::future::join_all(finds).await.into_iter().filter(|r| *r.as_ref().unwrap()).count();
    assert_eq!(told, 1);
    let after = c.house.get(&c.owner, &path(&job)).await.ok();
    assert_eq!(after["status"], "en_camino");
    assert_eq!(after["version"].as_i64(), job["version"].as_i64().map(|v| v + 1));
    assert!(after["arrived_at"].is_string());
    // By hand after that: fine, and nothing changes.
    let arrive = format!("/api/tracking/sessions/{session}/arrive");
    let said = c.house.post(&c.ana, &arrive, json!({})).await.ok();
    assert_eq!((said["status"].as_str(), said["arrived_by"].as_str()), (Some("arrived"), Some("fence")));
    assert_eq!(
        send(&c, c.ana.user, &command(&job, Action::Arrive)).await.version.map(i64::from),
        after["version"].as_i64()
    );
    // Sent back and out again: another journey, and the old one arrives nowhere.
    let again = c.walk(after, &["scheduled", "en_camino"]).await;
    assert_ne!(again["tracking"]["session_id"], job["tracking"]["session_id"]);
    assert!(again["arrived_at"].is_null());
    assert!(!jobs::arrive_by_fence(db, c.owner.org, session, Utc::now(), None).await.unwrap());
    c.house.post(&c.ana, &arrive, json!({})).await.refused(409, "JOB_001");
    let stranger = c.house.stranger().await;
    assert!(!jobs::arrive_by_fence(db, stranger.org, session, Utc::now(), None).await.unwrap());
}
