//! What people want: preferences, quiet hours, reminders, consent.

use campo_engine::notifications::consent;
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};

use super::Company;
use crate::house::eventually;

const PREFERENCES: &str = "/api/notifications/preferences";

/// Reminders that wait: minutes and when they are due, the earliest first.
async fn waiting(c: &Company, job: &Value) -> Vec<(i64, DateTime<Utc>)> {
    sqlx::query_as(
        "select (body -> 'fact' ->> 'minutes')::bigint, due_at from message
         where entity_id = $1 and event = 'job_reminder' and state = 'queued' order by due_at",
    )
    .bind(job["id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap())
    .fetch_all(&mut c.house.sql().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn preferences_are_ones_own() {
    let c = Company::open().await;
    let usual = c.house.get(&c.ana, PREFERENCES).await.ok();
    assert_eq!(
        usual,
        json!({"whatsapp": true, "push": true, "web": true, "email": false, "sms": false, "events": {},
               "reminder_intervals": [1440, 60, 30], "language": "es",
               "quiet_hours": {"enabled": false, "from": "22:00", "to": "08:00", "timezone": "America/Argentina/Buenos_Aires"}})
    );
    let edit = json!({"email": true, "events": {"job_updated": {"whatsapp": false}}, "reminder_intervals": [15, 60],
                      "quiet_hours": {"enabled": true, "to": "07:00"}});
    let changed = c.house.patch(&c.ana, PREFERENCES, edit).await.ok();
    assert_eq!((&changed["email"], &changed["whatsapp"]), (&json!(true), &json!(true)));
    assert_eq!(changed["reminder_intervals"], json!([60, 15]));
    assert_eq!(c.house.get(&c.ana, PREFERENCES).await.ok(), changed);
    assert_eq!(c.house.get(&c.owner, PREFERENCES).await.ok(), usual);
    for wrong in [
        json!({"events": {"nonsense": {"web": true}}}),
        json!({"reminder_intervals": [1]}),
        json!({"quiet_hours": {"timezone": "Mars"}}),
    ] {
        c.house.patch(&c.ana, PREFERENCES, wrong).await.refused(422, "REQUEST_002");
    }
    // Fifteen minutes are for technicians.
    c.house
        .patch(&c.owner, PREFERENCES, json!({"reminder_intervals": [15]}))
        .await
        .refused(422, "REQUEST_002");
    c.house.get(None, PREFERENCES).await.refused(401, "AUTH_004");
}

/// Turned off for one event: kept back, and the log says why.
#[tokio::test]
async fn what_is_turned_off_does_not_leave() {
    let c = Company::open().await;
    let off = json!({"events": {"job_assigned": {"whatsapp": false}}});
    c.house.patch(&c.ana, PREFERENCES, off).await.ok();
    c.job().await;
    let kept = eventually("the log says so", async || {
        let own = c.house.get(&c.ana, "/api/notifications/deliveries").await.ok();
        own["items"].as_array().unwrap().iter().find(|m| m["status"] == "suppressed").cloned()
    })
    .await;
    assert_eq!((&kept["event"], &kept["error_code"]), (&json!("job_assigned"), &json!("preference")));
    assert!(c.fake.templates(&c.ana.phone, "job_assigned_tech").is_empty());
    let others = c.house.get(&c.owner, "/api/notifications/deliveries").await.ok();
    assert!(others["items"].as_array().unwrap().iter().all(|m| m["id"] != kept["id"]));
}

/// A technician's messages wait for the end of their quiet hours and are judged again then.
#[tokio::test]
async fn quiet_hours_are_waited_for() {
    let c = Company::open().await;
    // From an hour ago to two hours from now, by a clock in UTC.
    let at = |hours: i64| {
        let time = Utc::now() + TimeDelta::hours(hours);
        format!("{:02}:{:02}", time.hour(), time.minute())
    };
    let quiet = json!({"quiet_hours": {"enabled": true, "from": at(-1), "to": at(2), "timezone": "UTC"}});
    c.house.patch(&c.ana, PREFERENCES, quiet).await.ok();
    let job = c.job().await;
    let to_ana = async || {
        let log = c.log(&job).await;
        log.into_iter().find(|m| m["event"] == "job_assigned")
    };
    let deferred = eventually("it waits", async || {
        let message = to_ana().await?;
        let due: DateTime<Utc> = message["due_at"].as_str()?.parse().ok()?;
        (due > Utc::now() + TimeDelta::minutes(90) && message["status"] == "queued").then_some(due)
    })
    .await;
    assert!(deferred < Utc::now() + TimeDelta::minutes(121));
    // The customer's own does not wait.
    c.logged(&job, "job_scheduled", "sent").await;
    // Still quiet when its time is said to have come: it waits on.
    c.hurry().await;
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    assert!(c.fake.templates(&c.ana.phone, "job_assigned_tech").is_empty());
    c.house.patch(&c.ana, PREFERENCES, json!({"quiet_hours": {"enabled": false}})).await.ok();
    eventually("it leaves", async || {
        c.hurry().await;
        c.fake.templates(&c.ana.phone, "job_assigned_tech").first().cloned()
    })
    .await;
}

/// One a job, person and interval; moved and taken back with the job; none in the past.
#[tokio::test]
async fn reminders_follow_their_job() {
    let c = Company::open().await;
    let job = c.job().await;
    let start: DateTime<Utc> = job["scheduled_start"].as_str().unwrap().parse().unwrap();
    let minutes = |all: &[(i64, DateTime<Utc>)]| all.iter().map(|r| r.0).collect::<Vec<_>>();
    let first = waiting(&c, &job).await;
    assert_eq!(minutes(&first), [1440, 60, 30]);
    assert!(first.iter().all(|(m, due)| *due == start - TimeDelta::minutes(*m)));
    // In 45 minutes: what would be in the past is not made.
    let path = format!("/api/jobs/{}", job["id"].as_str().unwrap());
    let soon = Utc::now() + TimeDelta::minutes(45);
    let moved = c
        .house
        .patch(&c.owner, &path, json!({"version": job["version"], "scheduled_start": soon}))
        .await
        .ok();
    assert_eq!(minutes(&waiting(&c, &job).await), [30]);
    // And back again.
    c.house.patch(&c.owner, &path, json!({"version": moved["version"], "scheduled_start": start})).await.ok();
    assert_eq!(waiting(&c, &job).await, first);
    c.house.patch(&c.ana, PREFERENCES, json!({"reminder_intervals": [120, 15]})).await.ok();
    assert_eq!(minutes(&waiting(&c, &job).await), [120, 15]);
    // A second person gets their own.
    let beto = c.house.hire(&c.owner, "technician", "Beto").await;
    let present = c.house.get(&c.owner, &path).await.ok();
    let both = json!({"technician_ids": [c.ana.user, beto.user], "version": present["version"]});
    c.house.patch(&c.owner, &format!("{path}/assign"), both).await.ok();
    assert_eq!(waiting(&c, &job).await.len(), 5);
    c.go(&job, "cancelled").await;
    assert!(waiting(&c, &job).await.is_empty());
    // What a task still holds finds nothing to send.
    c.hurry().await;
    c.logged(&job, "job_cancelled", "sent").await;
    assert!(c.fake.templates(&c.ana.phone, "job_reminder_tech_24h").is_empty());
}

/// A reminder whose time has come leaves, once.
#[tokio::test]
async fn a_due_reminder_leaves() {
    let c = Company::open().await;
    let job = c.job().await;
    sqlx::query("update message set due_at = now() where event = 'job_reminder' and body -> 'fact' ->> 'minutes' = '60'")
        .execute(&mut c.house.sql().await)
        .await
        .unwrap();
    sqlx::query(
        "update task t set run_at = now() from message m where m.message_id::text = t.payload ->> 'message'
         and m.event = 'job_reminder' and m.body -> 'fact' ->> 'minutes' = '60'",
    )
    .execute(&mut c.house.sql().await)
    .await
    .unwrap();
    let sent = eventually("it leaves", async || {
        c.fake.templates(&c.ana.phone, "job_reminder_tech_1h").first().cloned()
    })
    .await;
    assert_eq!(super::params(&sent)[1], "Mitre 88");
    assert_eq!(waiting(&c, &job).await.len(), 2);
}

/// BAJA: no more messages but the critical ones, until ALTA or staff's reason.
#[tokio::test]
async fn who_wants_none_gets_the_critical_ones() {
    let c = Company::open().await;
    let heard = async |text: &str| {
        let mut tx = c.house.app.engine.db.tenant(c.owner.org).await.unwrap();
        let wish = consent::heard(&mut tx, c.phone(), text).await.unwrap();
        tx.commit().await.unwrap();
        wish
    };
    assert_eq!(heard("me bajó la presión, baja el martes").await, None);
    assert!(heard("Baja").await.is_some());
    let path = format!("/api/customers/{}", c.customer["id"].as_str().unwrap());
    assert!(c.house.get(&c.owner, &path).await.ok()["opted_out_at"].is_string(), "staff see it");
    let job = c.job().await;
    c.logged(&job, "job_scheduled", "sent").await;
    c.go(&job, "en_camino").await;
    c.logged(&job, "tech_en_route", "sent").await;
    c.go(&job, "working").await;
    assert_eq!(c.logged(&job, "tech_arrived", "suppressed").await["error_code"], "opted_out");
    c.house
        .post(&c.owner, &format!("{path}/opt-in"), json!({"reason": ""}))
        .await
        .refused(422, "REQUEST_002");
    let stranger = c.house.stranger().await;
    let reason = json!({"reason": "lo pidió por teléfono"});
    c.house.post(&stranger, &format!("{path}/opt-in"), reason.clone()).await.refused(404, "CUSTOMER_001");
    c.house.post(&c.ana, &format!("{path}/opt-in"), reason.clone()).await.refused(403, "AUTH_003");
    let again = c.house.post(&c.owner, &format!("{path}/opt-in"), reason).await.ok();
    assert!(again["opted_out_at"].is_null());
    c.go(&job, "completed").await;
    c.logged(&job, "job_completed", "sent").await;
    // Who decided what and why stays.
    let kinds: Vec<String> =
        sqlx::query_scalar("select kind from event where kind like 'customer.opted%' order by seq")
            .fetch_all(&mut c.house.sql().await)
            .await
            .unwrap();
    assert_eq!(kinds, ["customer.opted_out", "customer.opted_in"]);
    // Meta says that they want none: the same.
    c.fake.script(c.phone(), [super::fake::Do::Refuse(400, 131_050)]);
    c.job().await;
    eventually("flagged", async || {
        c.house.get(&c.owner, &path).await.ok()["opted_out_at"].as_str().map(|_| ())
    })
    .await;
}
