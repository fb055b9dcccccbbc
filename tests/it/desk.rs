//! Jobs at the desk: searched and sorted, laid on a calendar, counted, edited with a history, reopened.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::house::{House, eventually};
use crate::jobs::{Company, path};

fn titles(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|j| j["title"].as_str().unwrap()).collect()
}

fn ids(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|j| j["id"].as_str().unwrap().to_owned()).collect()
}

async fn count(house: &House, query: &str, id: &Value) -> i64 {
    let mut sql = house.sql().await;
    sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned()))
        .bind(id.as_str().unwrap())
        .fetch_one(&mut sql)
        .await
        .unwrap()
}

/// Accents and capitals do not matter; every word must be there, in title, number, customer or address.
#[tokio::test]
async fn a_search_finds_words() {
    let c = Company::open().await;
    let house = &c.house;
    let nunez = house.customer(&c.owner, "Ñandú Núñez").await;
    let one = json!({"title": "Pérdida en el baño 100%", "customer_id": nunez["id"], "address": "Av. Córdoba 1200"});
    house.post(&c.owner, "/api/jobs", one).await.ok();
    c.job(json!({"title": "Cambio de cañería"})).await;
    for (q, expected) in [
        ("perdida", vec!["Pérdida en el baño 100%"]),
        ("BANO", vec!["Pérdida en el baño 100%"]),
        ("nunez", vec!["Pérdida en el baño 100%"]),
        ("cordoba%20banio", vec![]),
        ("cordoba%20ba%C3%B1o", vec!["Pérdida en el baño 100%"]),
        ("job-00002", vec!["Cambio de cañería"]),
        ("caneria", vec!["Cambio de cañería"]),
        ("100%25", vec!["Pérdida en el baño 100%"]),
        ("1_0", vec![]),
        ("%25", vec!["Pérdida en el baño 100%"]),
        ("", vec!["Cambio de cañería", "Pérdida en el baño 100%"]),
    ] {
        let page = house.get(&c.owner, &format!("/api/jobs?q={q}")).await.ok();
        assert_eq!(titles(&page), expected, "{q}");
    }
    let theirs = house.get(&house.stranger().await, "/api/jobs?q=perdida").await.ok();
    assert!(titles(&theirs).is_empty());
    assert!(titles(&house.get(&c.ana, "/api/jobs?q=perdida").await.ok()).is_empty(), "not hers");
}

/// Under every order: all rows once, in that order, whatever the page's length, also while others are added.
#[tokio::test]
async fn every_order_pages_without_loss() {
    let c = Company::open().await;
    let house = &c.house;
    for n in 0..9u64 {
        let priority = ["low", "urgent", "normal"][(n % 3) as usize];
        let mut body = json!({"title": format!("Trabajo {n}"), "priority": priority});
        if n % 4 != 0 {
            body["scheduled_start"] = json!(format!("2026-12-{:02}T12:00:00Z", 20 - (n / 2) * 3));
        }
        c.job(body).await;
    }
    let key = |by: &str, job: &Value| -> String {
        let text = |name: &str| job[name].as_str().unwrap_or_default().to_owned();
        match by {
            "schedule" => text("scheduled_start"),
            "created" => text("created_at"),
            "updated" => text("updated_at"),
            "priority" => ["low", "normal", "high", "urgent"]
                .iter()
                .position(|p| job["priority"] == *p)
                .unwrap()
                .to_string(),
            _ => text("job_number"),
        }
    };
    for by in ["schedule", "created", "updated", "priority", "number"] {
        for order in ["asc", "desc"] {
            let (mut seen, mut keys, mut after) = (Vec::new(), Vec::new(), String::new());
            for turn in 0..20 {
                let page = house
                    .get(&c.owner, &format!("/api/jobs?sort={by}&order={order}&limit=2{after}"))
                    .await
                    .ok();
                seen.extend(ids(&page));
                keys.extend(page["items"].as_array().unwrap().iter().map(|j| key(by, j)));
                let Some(next) = page["next"].as_str() else { break };
                after = format!("&after={next}");
                assert!(turn < 15, "pages end");
            }
            let once: BTreeSet<_> = seen.iter().collect();
            assert_eq!((seen.len(), once.len()), (9, 9), "{by} {order}");
            // Without a date is last, whichever way.
            let dated: Vec<_> = keys.iter().filter(|k| !k.is_empty()).collect();
            assert!(keys.iter().take(dated.len()).all(|k| !k.is_empty()), "{by} {order} {keys:?}");
            let is_sorted = if order == "asc" { dated.is_sorted() } else { dated.iter().rev().is_sorted() };
            assert!(is_sorted, "{by} {order} {keys:?}");
        }
    }
    let page = house.get(&c.owner, "/api/jobs?sort=number&limit=2").await.ok();
    let other = format!("/api/jobs?sort=priority&after={}", page["next"].as_str().unwrap());
    house.get(&c.owner, &other).await.refused(422, "REQUEST_002");
    for bad in ["sort=title", "sort=job_id%20desc", "order=up"] {
        house.get(&c.owner, &format!("/api/jobs?{bad}")).await.refused(422, "REQUEST_002");
    }
}

#[tokio::test]
async fn the_calendar_has_days_and_people() {
    let c = Company::open().await;
    let house = &c.house;
    let both = json!({"title": "De dos días", "technician_ids": [c.ana.user, c.beto.user],
        "scheduled_start": "2026-12-01T20:00:00-03:00", "scheduled_end": "2026-12-02T10:00:00-03:00"});
    let long = c.job(both).await;
    let short = json!({"title": "Corto", "technician_ids": [c.ana.user], "scheduled_start": "2026-12-02T09:00:00-03:00",
        "estimated_duration_min": 60});
    let short = c.job(short).await;
    let nobodys = c.job(json!({"title": "De nadie", "scheduled_start": "2026-12-03T09:00:00-03:00"})).await;
    let loose = c.job(json!({"title": "Sin fecha", "priority": "urgent"})).await;
    let off = c.job(json!({"title": "Cancelado", "scheduled_start": "2026-12-02T09:00:00-03:00", "technician_ids": [c.ana.user]})).await;
    c.walk(off, &["cancelled"]).await;

    let seen = house.get(&c.owner, "/api/jobs/calendar?from=2026-12-02&to=2026-12-03").await.ok();
    assert_eq!(titles(&seen), ["De dos días", "Corto", "De nadie"], "what began before and lasts is there");
    let day = |date: &str, view: &Value| -> Vec<(Value, Value)> {
        let days = view["days"].as_array().unwrap();
        let found = days.iter().find(|d| d["date"] == date).unwrap_or_else(|| panic!("{date} in {view}"));
        let people = found["technicians"].as_array().unwrap();
        people.iter().map(|t| (t["technician_id"].clone(), t["job_ids"].clone())).collect()
    };
    let second = day("2026-12-02", &seen);
    assert!(second.contains(&(json!(c.ana.user), json!([long["id"], short["id"]]))), "{second:?}");
    assert!(second.contains(&(json!(c.beto.user), json!([long["id"]]))));
    assert_eq!(day("2026-12-03", &seen), [(Value::Null, json!([nobodys["id"]]))]);
    assert_eq!(seen["unscheduled"][0]["id"], loose["id"]);
    assert_eq!(seen["from"], "2026-12-02T03:00:00.000Z");

    let anas = house
        .get(
            &c.owner,
            &format!("/api/jobs/calendar?from=2026-12-01&to=2026-12-03&technician={}", c.beto.user),
        )
        .await
        .ok();
    assert_eq!(titles(&anas), ["De dos días"]);
    assert!(anas["unscheduled"].as_array().unwrap().is_empty());
    assert_eq!(
        titles(&house.get(&c.beto, "/api/jobs/calendar?from=2026-12-02&to=2026-12-03").await.ok()),
        ["De dos días"],
        "one's own"
    );
    let off =
        house.get(&c.owner, "/api/jobs/calendar?from=2026-12-02&to=2026-12-02&status=cancelled").await.ok();
    assert_eq!(titles(&off), ["Cancelado"]);
    let theirs =
        house.get(&house.stranger().await, "/api/jobs/calendar?from=2026-12-01&to=2026-12-03").await.ok();
    assert!(titles(&theirs).is_empty() && theirs["days"].as_array().unwrap().is_empty());
    for bad in [
        "from=2026-12-03&to=2026-12-01",
        "from=2026-01-01&to=2026-12-01",
        "from=ayer&to=2026-12-01",
        "from=2026-12-01",
    ] {
        assert_eq!(house.get(&c.owner, &format!("/api/jobs/calendar?{bad}")).await.status, 422, "{bad}");
    }
    house
        .get(
            &house.hire(&c.owner, "accountant", "Conta").await,
            "/api/jobs/calendar?from=2026-12-01&to=2026-12-03",
        )
        .await
        .refused(403, "AUTH_003");
}

#[tokio::test]
async fn jobs_in_numbers() {
    let c = Company::open().await;
    let house = &c.house;
    let punctual = c.walk(c.scheduled().await, &["en_camino", "working", "completed"]).await;
    assert_eq!(punctual["status"], "completed");
    let late = c
        .job(json!({"technician_ids": [c.ana.user], "scheduled_start": Utc::now() - TimeDelta::hours(1)}))
        .await;
    c.walk(late, &["en_camino", "working", "completed"]).await;
    let late = c
        .job(json!({"technician_ids": [c.beto.user], "scheduled_start": Utc::now() - TimeDelta::hours(2)}))
        .await;
    assert_eq!(late["status"], "scheduled");
    c.job(json!({})).await;
    let stats = house.get(&c.owner, "/api/jobs/stats").await.ok();
    assert_eq!(
        (
            &stats["total"],
            &stats["by_status"]["completed"],
            &stats["by_status"]["scheduled"],
            &stats["by_status"]["pending"]
        ),
        (&json!(4), &json!(2), &json!(1), &json!(1))
    );
    assert_eq!((&stats["unassigned"], &stats["overdue"]), (&json!(1), &json!(1)));
    assert_eq!((&stats["today"]["completed"], &stats["today"]["pending"]), (&json!(2), &json!(0)));
    assert_eq!(
        (&stats["on_time"]["completed"], &stats["on_time"]["on_time"], &stats["on_time"]["share"]),
        (&json!(2), &json!(1), &json!(0.5))
    );
    let own = house.get(&c.beto, "/api/jobs/stats").await.ok();
    assert_eq!((&own["total"], &own["on_time"]["share"]), (&json!(1), &Value::Null));
    let other = house.get(&house.stranger().await, "/api/jobs/stats").await.ok();
    assert_eq!((&other["total"], &other["on_time"]["completed"]), (&json!(0), &json!(0)));
    let day: NaiveDate = Utc::now().date_naive() + Days::new(30);
    let later = house.get(&c.owner, &format!("/api/jobs/stats?from={day}")).await.ok();
    assert_eq!((&later["total"], &later["on_time"]["completed"]), (&json!(0), &json!(0)));
}

/// The steps stay as they are; asked for, what was edited between them stands there too, texts without their words.
#[tokio::test]
async fn who_changed_what() {
    let c = Company::open().await;
    let house = &c.house;
    let job = c.job(json!({"address_extra": "2º B", "city": "Rosario"})).await;
    assert_eq!(
        (&job["address_extra"], &job["city"], &job["source"], &job["source_message_id"]),
        (&json!("2º B"), &json!("Rosario"), &json!("manual"), &Value::Null)
    );
    let edit = json!({"version": 1, "scheduled_start": "2026-12-01T12:00:00Z", "title": "Secreto de Carla", "neighborhood": "Centro", "city": null});
    let job = house.patch(&c.owner, &path(&job), edit).await.ok();
    assert_eq!(
        (&job["neighborhood"], &job["city"], &job["address_extra"]),
        (&json!("Centro"), &Value::Null, &json!("2º B"))
    );
    let assign = json!({"version": job["version"], "technician_ids": [c.ana.user]});
    let job = house.patch(&c.owner, &format!("{}/assign", path(&job)), assign).await.ok();
    let same = json!({"version": job["version"], "title": "Secreto de Carla"});
    house.patch(&c.owner, &path(&job), same).await.ok();
    let plain = house.get(&c.ana, &format!("{}/history", path(&job))).await.ok();
    let kinds = |h: &Value| -> Vec<String> {
        h["items"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(&plain), ["status", "status"]);
    let whole = house.get(&c.owner, &format!("{}/history?edits=true", path(&job))).await.ok();
    let mut all = kinds(&whole);
    all.sort();
    assert_eq!(all, ["assign", "edit", "status", "status"], "what changed nothing is no edit");
    let of =
        |kind: &str| whole["items"].as_array().unwrap().iter().find(|e| e["kind"] == kind).unwrap().clone();
    assert_eq!(
        of("edit")["changes"]["scheduled_start"],
        json!({"old": null, "new": "2026-12-01T12:00:00.000Z"})
    );
    assert_eq!(of("edit")["changed_by"], json!(c.owner.user));
    assert_eq!(of("assign")["changes"]["technician_ids"], json!({"old": [], "new": [c.ana.user]}));
    assert!(!whole.to_string().contains("Secreto"), "texts are named, not told");
    assert!(of("edit")["changes"]["title"].is_object() && of("edit")["changes"]["address"].is_object());
    house
        .get(&house.stranger().await, &format!("{}/history?edits=true", path(&job)))
        .await
        .refused(404, "JOB_002");
}

#[tokio::test]
async fn kinds_of_work() {
    let c = Company::open().await;
    let (house, owner) = (&c.house, &c.owner);
    let stranger = house.stranger().await;
    let all = house.get(&c.ana, "/api/service-types").await.ok();
    let codes = |list: &Value| -> Vec<String> {
        list["items"].as_array().unwrap().iter().map(|t| t["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        codes(&all),
        ["plomeria", "electricidad", "aire_acondicionado", "gas", "calefaccion", "general"]
    );
    let new = json!({"code": "pozos", "name": "Pozos", "colour": "#00AA00"});
    let made = house.post(owner, "/api/service-types", new.clone()).await;
    assert_eq!(
        (made.status, made.body["colour"].as_str(), &made.body["is_default"]),
        (201, Some("#00aa00"), &json!(false))
    );
    house.post(owner, "/api/service-types", new.clone()).await.refused(409, "SERVICE_TYPE_001");
    house
        .post(owner, "/api/service-types", json!({"code": "gas", "name": "x"}))
        .await
        .refused(409, "SERVICE_TYPE_001");
    for who in [&c.ana, &house.hire(owner, "dispatcher", "Dora").await] {
        house.post(who, "/api/service-types", new.clone()).await.refused(403, "AUTH_003");
    }
    let job = c.job(json!({"job_type": "pozos"})).await;
    assert_eq!(job["job_type"], "pozos");
    let theirs = house.customer(&stranger, "Otra").await;
    let borrowed = json!({"title": "Pozo", "customer_id": theirs["id"], "job_type": "pozos"});
    house.post(&stranger, "/api/jobs", borrowed).await.refused(422, "REQUEST_002");
    assert_eq!(codes(&house.get(&stranger, "/api/service-types").await.ok()).len(), 6);
    house
        .patch(&stranger, "/api/service-types/pozos", json!({"name": "Mío"}))
        .await
        .refused(404, "REQUEST_004");

    let stale = json!({"version": 7, "name": "Pozos y bombas"});
    house.patch(owner, "/api/service-types/pozos", stale).await.refused(409, "VERSION_001");
    let named = house
        .patch(owner, "/api/service-types/pozos", json!({"version": 1, "name": "Pozos y bombas"}))
        .await
        .ok();
    assert_eq!((&named["name"], &named["version"]), (&json!("Pozos y bombas"), &json!(2)));
    assert_eq!(house.delete(owner, "/api/service-types/pozos").await.ok()["active"], false);
    // The job keeps it, another edit of it included; new ones cannot have it.
    let kept = house.patch(owner, &path(&job), json!({"version": 1, "priority": "high"})).await.ok();
    assert_eq!(kept["job_type"], "pozos");
    let body = json!({"title": "Otro pozo", "customer_id": c.customer["id"], "job_type": "pozos"});
    assert_eq!(
        house.post(owner, "/api/jobs", body).await.refused(422, "REQUEST_002")["errors"][0]["field"],
        "job_type"
    );
    house.delete(owner, "/api/service-types/general").await.refused(422, "REQUEST_002");
    assert_eq!(house.delete(owner, "/api/service-types/gas").await.ok()["is_default"], true);
}

async fn complete(c: &Company) -> Value {
    c.walk(c.scheduled().await, &["en_camino", "working", "completed"]).await
}

/// A wrong completion is taken back within ten minutes, and what followed from it with it.
#[tokio::test]
async fn a_completion_is_taken_back() {
    let c = Company::open().await;
    let (house, owner) = (&c.house, &c.owner);
    let job = c.walk(c.scheduled().await, &["en_camino", "working"]).await;
    // The messages wait: their tasks are a day away, as in quiet hours.
    let mut sql = house.sql().await;
    let job = c.walk(job, &["completed"]).await;
    let waiting = "select count(*) from message where entity_id = $1::uuid and event = 'job_completed' and state = 'queued'";
    let left = count(
        house,
        "select count(*) from message where entity_id = $1::uuid and event = 'job_completed'",
        &job["id"],
    )
    .await;
    assert!(left >= 1, "the customer is to hear");
    sqlx::query("update message set state = 'queued', sent_at = null, delivered_at = null where entity_id = $1::uuid and event = 'job_completed'")
        .bind(job["id"].as_str().unwrap())
        .execute(&mut sql)
        .await
        .unwrap();
    let until = job["reopen_until"].as_str().unwrap().parse::<chrono::DateTime<Utc>>().unwrap();
    assert!(until > Utc::now() && until <= Utc::now() + TimeDelta::minutes(10));
    let reopen = format!("{}/reopen", path(&job));
    let body = json!({"version": job["version"], "notes": "Faltaba la tapa"});
    house.post(&c.ana, &reopen, body.clone()).await.refused(403, "AUTH_003");
    house.post(&house.stranger().await, &reopen, body.clone()).await.refused(404, "JOB_002");
    house.post(owner, &reopen, json!({"version": 1})).await.refused(409, "VERSION_001");
    let again = house.post(owner, &reopen, body).await.ok();
    assert_eq!(
        (&again["status"], &again["actual_end"], &again["reopen_until"]),
        (&json!("working"), &Value::Null, &Value::Null)
    );
    assert_eq!(count(house, waiting, &job["id"]).await, 0, "nobody hears of an end that is none");
    let session = format!("/api/tracking/sessions/{}", again["tracking"]["session_id"].as_str().unwrap());
    let open = house.get(owner, &session).await.ok();
    assert_eq!((&open["status"], &open["ended_at"]), (&json!("arrived"), &Value::Null));
    let history = house.get(owner, &format!("{}/history", path(&job))).await.ok();
    let last = history["items"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["status"], &last["previous_status"], &last["notes"], &last["changed_by"]),
        (&json!("working"), &json!("completed"), &json!("Faltaba la tapa"), &json!(owner.user))
    );
    let told = house.get(&c.ana, "/api/notifications").await.ok();
    assert_eq!(told["items"][0]["kind"], "job_reopened");
    house.post(owner, &reopen, json!({"version": again["version"]})).await.refused(409, "JOB_001");

    // Completed anew: told anew, once.
    let done = c.walk(again, &["completed"]).await;
    let fresh = "select count(*) from message where entity_id = $1::uuid and event = 'job_completed' and customer_id is not null and dedupe_key is not null";
    assert_eq!(count(house, fresh, &job["id"]).await, 1);
    assert_eq!(house.get(owner, &session).await.ok()["status"], "completed");
    // Eleven minutes later it stays so, and the sentence says why.
    sqlx::query("update job set status_changed_at = now() - interval '11 minutes' where job_id = $1::uuid")
        .bind(job["id"].as_str().unwrap())
        .execute(&mut sql)
        .await
        .unwrap();
    let late = house.post(owner, &reopen, json!({"version": done["version"]})).await;
    assert!(late.refused(409, "JOB_001")["detail"].as_str().unwrap().contains("10 minutos"));
    let status = json!({"version": done["version"], "status": "working"});
    house.patch(owner, &format!("{}/status", path(&job)), status).await.refused(409, "JOB_001");
}

/// What the customer has heard already is not said a second time.
#[tokio::test]
async fn what_was_told_is_not_told_again() {
    let c = Company::open().await;
    let (house, owner) = (&c.house, &c.owner);
    let job = complete(&c).await;
    let phone = c.customer["phone"].as_str().unwrap();
    let sent = "select count(*) from message where entity_id = $1::uuid and event = 'job_completed' and customer_id is not null and state not in ('queued', 'sending')";
    eventually("the customer hears", async || (count(house, sent, &job["id"]).await == 1).then_some(()))
        .await;
    let before = house.inbox(phone).await.len();
    let again =
        house.post(owner, &format!("{}/reopen", path(&job)), json!({"version": job["version"]})).await.ok();
    let done = c.walk(again, &["completed"]).await;
    assert_eq!(done["status"], "completed");
    let all = "select count(*) from message where entity_id = $1::uuid and event = 'job_completed' and customer_id is not null";
    assert_eq!(count(house, all, &job["id"]).await, 1);
    assert_eq!(house.inbox(phone).await.len(), before);
}

#[tokio::test]
async fn work_begins_by_start() {
    let c = Company::open().await;
    let house = &c.house;
    let job = c.walk(c.scheduled().await, &["en_camino"]).await;
    let start = format!("{}/start", path(&job));
    for who in [&c.beto, &house.stranger().await] {
        house.post(who, &start, json!({})).await.refused(404, "JOB_002");
    }
    house.post(&c.ana, &start, json!({"version": 1})).await.refused(409, "VERSION_001");
    let working = house.send(house.request(reqwest::Method::POST, Some(&c.ana), &start)).await.ok();
    assert_eq!(working["status"], "working", "without a body");
    house.post(&c.owner, &start, json!({})).await.refused(409, "JOB_001");
}
