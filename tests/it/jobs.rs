//! Jobs by REST: their life, what the table refuses, versions, who sees what, numbers and events without gaps.

use std::collections::BTreeSet;

use chrono::Utc;
use reqwest::Method;
use serde_json::{Value, json};

use crate::house::{House, Person};

/// A company with an owner, two technicians and a customer.
pub struct Company {
    pub house: House,
    pub owner: Person,
    pub ana: Person,
    pub beto: Person,
    pub customer: Value,
}

impl Company {
    pub async fn open() -> Self {
        let house = House::start().await;
        let owner = house.sign_up("Plomería Sur").await;
        let ana = house.hire(&owner, "technician", "Ana").await;
        let beto = house.hire(&owner, "technician", "Beto").await;
        let customer = house.customer(&owner, "Carla").await;
        Self { house, owner, ana, beto, customer }
    }

    /// A job with whatever fields a test cares for.
    pub async fn job(&self, fields: Value) -> Value {
        let mut body = json!({"title": "Pierde la canilla", "customer_id": self.customer["id"]});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.house.post(&self.owner, "/api/jobs", body).await.ok()
    }

    /// A job of Ana's for now.
    pub async fn scheduled(&self) -> Value {
        self.job(json!({"technician_ids": [self.ana.user], "scheduled_start": Utc::now()})).await
    }

    /// Takes a job through these states, as the office.
    pub async fn walk(&self, mut job: Value, states: &[&str]) -> Value {
        for status in states {
            job = self.go(&job, status).await.ok();
            assert_eq!(job["status"], *status);
        }
        job
    }

    pub async fn go(&self, job: &Value, status: &str) -> crate::house::Answer {
        let body = json!({"status": status, "version": job["version"], "notes": "por algo"});
        self.house.patch(&self.owner, &format!("{}/status", path(job)), body).await
    }
}

pub fn path(job: &Value) -> String {
    format!("/api/jobs/{}", job["id"].as_str().unwrap())
}

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|j| j["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_jobs_life() {
    let c = Company::open().await;
    let (house, owner, ana) = (&c.house, &c.owner, &c.ana);
    let job = c.job(json!({"description": "  gotea ", "priority": "high", "job_type": "plomeria"})).await;
    assert_eq!(
        (
            job["status"].as_str(),
            job["job_number"].as_str(),
            job["version"].as_i64(),
            job["description"].as_str()
        ),
        (Some("pending"), Some("JOB-00001"), Some(1), Some("gotea"))
    );
    assert_eq!(job["customer"]["name"], "Carla");
    assert_eq!(job["destination"], json!({"lat": -34.9, "lon": -60.0}), "the customer's place");
    assert!(job["lat"].is_null() && job["tracking_url"].is_null());

    let assign = json!({"technician_ids": [ana.user, c.beto.user], "version": 1});
    let job = house.patch(owner, &format!("{}/assign", path(&job)), assign).await.ok();
    assert_eq!((job["status"].as_str(), &job["warnings"]), (Some("pending"), &json!([])), "no date yet");
    assert_eq!(job["technician_ids"], json!([ana.user, c.beto.user]), "the lead first");
    let dated = json!({"version": job["version"], "scheduled_start": "2026-11-24T09:00:00-03:00"});
    let job = house.patch(owner, &path(&job), dated).await.ok();
    assert_eq!(
        (job["status"].as_str(), job["scheduled_start"].as_str()),
        (Some("scheduled"), Some("2026-11-24T12:00:00.000Z")),
        "automatic once both are there; UTC with milliseconds"
    );
    let undated = json!({"version": job["version"], "scheduled_start": null});
    let job = house.patch(owner, &path(&job), undated).await.ok();
    assert_eq!(job["status"], "pending", "and back when one is taken away");
    let now = json!({"version": job["version"], "scheduled_start": Utc::now()});
    let job = house.patch(owner, &path(&job), now).await.ok();

    // The technician goes; the office sees the customer's link, the technician does not.
    let set = async |who: &Person, job: &Value, status: &str| {
        let body = json!({"status": status, "version": job["version"], "lat": -34.9, "lon": -60.0});
        house.patch(who, &format!("{}/status", path(job)), body).await.ok()
    };
    let job = set(ana, &job, "en_camino").await;
    assert!(job["tracking_url"].is_null() && job.get("tracking").is_none());
    let seen = house.get(owner, &path(&job)).await.ok();
    let link = seen["tracking_url"].as_str().unwrap();
    assert!(link.starts_with(&format!("{}/t/", house.url)), "{link}");
    let session = format!("/api/tracking/sessions/{}", seen["tracking"]["session_id"].as_str().unwrap());
    let open = house.get(ana, &session).await.ok();
    assert_eq!((open["status"].as_str(), &open["technician_id"]), (Some("active"), &json!(ana.user)));
    assert_eq!(ids(&house.get(ana, "/api/jobs/today").await.ok()), [job["id"].as_str().unwrap()]);

    let job = set(ana, &job, "working").await;
    assert!(job["actual_start"].is_string() && job["arrived_at"].is_string());
    assert_eq!(house.get(owner, &session).await.ok()["arrived_by"], "technician");
    assert!(house.get(owner, &path(&job)).await.ok()["tracking_url"].is_null(), "only while en_camino");
    let job = set(ana, &job, "completed").await;
    assert!(job["actual_end"].is_string());
    assert_eq!(house.get(owner, &session).await.ok()["status"], "completed");
    assert!(ids(&house.get(ana, "/api/jobs/today").await.ok()).is_empty(), "done is not to do");
    assert_eq!(ids(&house.get(owner, "/api/jobs/today").await.ok()).len(), 1);

    let history = house.get(ana, &format!("{}/history", path(&job))).await.ok();
    let steps: Vec<_> =
        history["items"].as_array().unwrap().iter().map(|s| s["status"].as_str().unwrap()).collect();
    let whole = ["pending", "scheduled", "pending", "scheduled", "en_camino", "working", "completed"];
    assert_eq!(steps, whole);
    for (step, by) in [(0, "staff"), (1, "system"), (4, "technician")] {
        assert_eq!(history["items"][step]["changed_by_type"], by);
    }
    assert_eq!(history["items"][4]["lat"], -34.9);

    // Staff may reopen within ten minutes; the technician may not.
    let body = json!({"status": "working", "version": job["version"]});
    house.patch(ana, &format!("{}/status", path(&job)), body.clone()).await.refused(403, "AUTH_003");
    let job = house.patch(owner, &format!("{}/status", path(&job)), body).await.ok();
    assert!(job["actual_end"].is_null());
    c.walk(job, &["completed"]).await;
}

#[tokio::test]
async fn what_the_table_refuses() {
    const STATES: [&str; 6] = ["pending", "scheduled", "en_camino", "working", "completed", "cancelled"];
    let c = Company::open().await;
    for (from, way, allowed) in [
        ("pending", vec![], vec!["cancelled"]),
        ("scheduled", vec![], vec!["en_camino", "cancelled"]),
        ("en_camino", vec!["en_camino"], vec!["scheduled", "working", "cancelled"]),
        ("working", vec!["en_camino", "working"], vec!["completed", "cancelled"]),
        ("completed", vec!["en_camino", "working", "completed"], vec!["working"]),
        ("cancelled", vec!["cancelled"], vec![]),
    ] {
        let fresh = async || {
            let job = if from == "pending" { c.job(json!({})).await } else { c.scheduled().await };
            c.walk(job, &way).await
        };
        let job = fresh().await;
        for to in STATES.into_iter().filter(|to| !allowed.contains(to)) {
            let answer = c.go(&job, to).await;
            let problem = answer.refused(409, "JOB_001");
            assert_eq!(problem["current"], c.house.get(&c.owner, &path(&job)).await.ok(), "{from} -> {to}");
        }
        for to in allowed {
            assert_eq!(c.go(&fresh().await, to).await.ok()["status"], to, "{from} -> {to}");
        }
    }
    // Past ten minutes a completed job stays so.
    let job = c.walk(c.scheduled().await, &["en_camino", "working", "completed"]).await;
    let mut sql = c.house.sql().await;
    sqlx::query("update job set status_changed_at = now() - interval '601 seconds' where job_number = $1")
        .bind(job["job_number"].as_str().unwrap())
        .execute(&mut sql)
        .await
        .unwrap();
    c.go(&job, "working").await.refused(409, "JOB_001");
}

#[tokio::test]
async fn cancelling_needs_a_reason_and_ends_the_journey() {
    let c = Company::open().await;
    let (house, owner) = (&c.house, &c.owner);
    let job = c.walk(c.scheduled().await, &["en_camino"]).await;
    house.delete(owner, &path(&job)).await.refused(422, "REQUEST_002");
    let body = json!({"status": "cancelled", "version": job["version"]});
    let answer = house.patch(owner, &format!("{}/status", path(&job)), body).await;
    assert_eq!(answer.refused(422, "REQUEST_002")["errors"][0]["field"], "notes");
    let link = job["tracking_url"].as_str().unwrap().replace(&house.url, "");
    assert_eq!(house.get(None, &link).await.status, 200);
    let reason = house.request(Method::DELETE, Some(owner), &path(&job)).json(&json!({"reason": "llueve"}));
    let job = house.send(reason).await.ok();
    assert_eq!(
        (job["status"].as_str(), job["cancellation_reason"].as_str()),
        (Some("cancelled"), Some("llueve"))
    );
    assert!(job["tracking_url"].is_null());
    assert_eq!(house.get(None, &link).await.status, 404, "the link is dead at once");
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let c = Company::open().await;
    let (house, owner) = (&c.house, &c.owner);
    let job = c.scheduled().await;
    let now = house.patch(owner, &path(&job), json!({"version": 1, "notes": "perro"})).await.ok();
    assert_eq!(now["version"], 2);
    for (tail, body) in [
        ("", json!({"version": 1, "title": "Otra cosa"})),
        ("/assign", json!({"version": 1, "technician_ids": []})),
        ("/status", json!({"version": 1, "status": "en_camino"})),
    ] {
        let answer = house.patch(owner, &format!("{}{tail}", path(&job)), body).await;
        assert_eq!(answer.refused(409, "VERSION_001")["current"], now, "{tail}");
    }
    let bodies = [json!({"title": "X y Z"}), json!({"technician_ids": []}), json!({"status": "en_camino"})];
    for (tail, body) in ["", "/assign", "/status"].into_iter().zip(bodies) {
        let answer = house.patch(owner, &format!("{}{tail}", path(&job)), body).await;
        assert_eq!(answer.refused(422, "REQUEST_002")["errors"][0]["field"], "version", "{tail}");
    }
    assert_eq!(house.get(owner, &path(&job)).await.ok(), now);
}

#[tokio::test]
async fn core_fields_are_fixed_on_the_way() {
    let c = Company::open().await;
    let (house, owner) = (&c.house, &c.owner);
    let job = c.walk(c.scheduled().await, &["en_camino"]).await;
    for field in
        [json!({"title": "Otra cosa"}), json!({"scheduled_start": null}), json!({"lat": 1.0, "lon": 1.0})]
    {
        let mut body = json!({"version": job["version"]});
        body.as_object_mut().unwrap().extend(field.as_object().unwrap().clone());
        house.patch(owner, &path(&job), body).await.refused(409, "JOB_003");
    }
    let noted =
        house.patch(owner, &path(&job), json!({"version": job["version"], "notes": "timbre 2"})).await.ok();
    assert_eq!(noted["notes"], "timbre 2");
    // Whoever takes the one who travels off the job sends it back.
    let body = json!({"version": noted["version"], "technician_ids": [c.beto.user]});
    let job = house.patch(owner, &format!("{}/assign", path(&job)), body).await.ok();
    assert_eq!(
        (job["status"].as_str(), job["tracking_url"].as_str(), &job["technician_ids"]),
        (Some("scheduled"), None, &json!([c.beto.user]))
    );
    let job = c.walk(job, &["en_camino", "working"]).await;
    let nobody = json!({"version": job["version"], "technician_ids": []});
    house.patch(owner, &format!("{}/assign", path(&job)), nobody).await.refused(409, "JOB_003");
    let job = c.walk(job, &["completed"]).await;
    house
        .patch(owner, &path(&job), json!({"version": job["version"], "notes": "x"}))
        .await
        .refused(409, "JOB_003");
}

/// A job without a place works, without a destination, until somebody places it, even on the way.
#[tokio::test]
async fn a_job_is_placed_on_the_way() {
    let c = Company::open().await;
    let (house, owner) = (&c.house, &c.owner);
    let customer = format!("/api/customers/{}", c.customer["id"].as_str().unwrap());
    let body = json!({"version": c.customer["version"], "lat": null, "lon": null});
    house.patch(owner, &customer, body).await.ok();
    let job = c.walk(c.scheduled().await, &["en_camino"]).await;
    assert!(job["destination"].is_null());
    let place = json!({"version": job["version"], "lat": -34.6, "lon": -58.4});
    let job = house.patch(owner, &path(&job), place).await.ok();
    assert_eq!(job["destination"], json!({"lat": -34.6, "lon": -58.4}));
    let session = format!("/api/tracking/sessions/{}", job["tracking"]["session_id"].as_str().unwrap());
    assert_eq!(house.get(owner, &session).await.ok()["destination"], job["destination"]);
}

#[tokio::test]
async fn everyone_sees_their_own() {
    let c = Company::open().await;
    let (house, owner) = (&c.house, &c.owner);
    let accountant = house.hire(owner, "accountant", "Conta").await;
    let stranger = house.stranger().await;
    let job = c.walk(c.scheduled().await, &["en_camino"]).await;
    let free = c.job(json!({})).await;
    let session = format!("/api/tracking/sessions/{}", job["tracking"]["session_id"].as_str().unwrap());
    let history = format!("{}/history", path(&job));
    for who in [&stranger, &c.beto] {
        for get in [path(&job), history.clone()] {
            house.get(who, &get).await.refused(404, "JOB_002");
        }
        house.get(who, &session).await.refused(404, "REQUEST_004");
        house.post(who, &format!("{session}/arrive"), json!({})).await.refused(404, "REQUEST_004");
        let body = json!({"status": "working", "version": job["version"]});
        house.patch(who, &format!("{}/status", path(&job)), body).await.refused(404, "JOB_002");
        assert!(ids(&house.get(who, "/api/jobs").await.ok()).is_empty());
        assert!(ids(&house.get(who, "/api/jobs/today").await.ok()).is_empty());
    }
    house.patch(&stranger, &path(&job), json!({"version": 1, "title": "Mío"})).await.refused(404, "JOB_002");
    let cancel = house.request(Method::DELETE, Some(&stranger), &path(&job)).json(&json!({"reason": "x"}));
    house.send(cancel).await.refused(404, "JOB_002");
    let body = json!({"title": "Con cliente ajeno", "customer_id": c.customer["id"]});
    house.post(&stranger, "/api/jobs", body.clone()).await.refused(422, "REQUEST_002");
    let theirs = house.customer(&stranger, "Otro").await;
    let borrowed = json!({"title": "Ajeno", "customer_id": theirs["id"], "technician_ids": [c.ana.user]});
    house.post(&stranger, "/api/jobs", borrowed).await.refused(422, "REQUEST_002");

    for get in ["/api/jobs", "/api/jobs/today", &path(&job), &history, &session, "/api/shifts"] {
        house.get(&accountant, get).await.refused(403, "AUTH_003");
        house.get(None, get).await.refused(401, "AUTH_004");
    }
    house.post(&c.ana, "/api/jobs", body).await.refused(403, "AUTH_003");
    house
        .patch(&c.ana, &format!("{}/assign", path(&job)), json!({"technician_ids": [], "version": 1}))
        .await
        .refused(403, "AUTH_003");
    let unknown = json!({"technician_ids": [accountant.user], "version": free["version"]});
    house.patch(owner, &format!("{}/assign", path(&free)), unknown).await.refused(422, "REQUEST_002");
    assert_eq!(ids(&house.get(&c.ana, "/api/jobs").await.ok()), [job["id"].as_str().unwrap()]);
    house.get(owner, "/api/jobs/nothing-like-an-id").await.refused(404, "REQUEST_004");
}

#[tokio::test]
async fn lists_filter_and_page() {
    let c = Company::open().await;
    let (house, owner) = (&c.house, &c.owner);
    let mut all = Vec::new();
    for n in 0..5 {
        let day = format!("2026-11-2{n}T15:00:00Z");
        all.push(c.job(json!({"title": format!("Trabajo {n}"), "scheduled_start": day})).await);
    }
    let ana = c.scheduled().await;
    all.push(ana.clone());
    all.reverse();
    let newest: Vec<_> = all.iter().map(|j| j["id"].as_str().unwrap()).collect();
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = house.get(owner, &format!("/api/jobs?limit=2{after}")).await.ok();
        assert!(ids(&page).len() <= 2);
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
        assert!(seen.len() < 10, "pages end");
    }
    assert_eq!(seen, newest);
    for (query, expected) in [
        ("status=scheduled".to_owned(), 1),
        ("status=scheduled,pending".into(), 6),
        (format!("assigned_to={}", c.ana.user), 1),
        (format!("technician={}", c.beto.user), 0),
        ("unassigned=true".into(), 5),
        ("unassigned=false".into(), 1),
        (format!("customer_id={}", c.customer["id"].as_str().unwrap()), 6),
        ("from=2026-11-21&to=2026-11-22&unassigned=true".into(), 2),
        ("from=2026-11-21T15:00:00Z&to=2026-11-22T15:00:00Z&unassigned=true".into(), 1),
        ("priority=urgent".into(), 0),
    ] {
        let page = house.get(owner, &format!("/api/jobs?{query}")).await.ok();
        assert_eq!(ids(&page).len(), expected, "{query}");
    }
    for bad in ["limit=0", "limit=201", "limit=x", "after=zzz", "status=done", "from=ayer", "priority=soon"] {
        house.get(owner, &format!("/api/jobs?{bad}")).await.refused(422, "REQUEST_002");
    }
}

#[tokio::test]
async fn bad_fields_are_named() {
    let c = Company::open().await;
    let customer = c.customer["id"].clone();
    for (field, body) in [
        ("title", json!({"title": "ab", "customer_id": customer})),
        ("title", json!({"title": "a\u{0}bcd", "customer_id": customer})),
        ("lat", json!({"title": "abc", "customer_id": customer, "lat": 91.0, "lon": 0.0})),
        ("lon", json!({"title": "abc", "customer_id": customer, "lat": 9.0})),
        ("job_type", json!({"title": "abc", "customer_id": customer, "job_type": "magia"})),
        (
            "estimated_duration_min",
            json!({"title": "abc", "customer_id": customer, "estimated_duration_min": 5}),
        ),
        ("customer_id", json!({"title": "abc", "customer_id": uuid::Uuid::new_v4()})),
        (
            "technician_ids",
            json!({"title": "abc", "customer_id": customer, "technician_ids": [c.ana.user, c.ana.user]}),
        ),
        (
            "scheduled_end",
            json!({"title": "abc", "customer_id": customer,
            "scheduled_start": "2026-11-24T12:00:00Z", "scheduled_end": "2026-11-24T11:00:00Z"}),
        ),
    ] {
        let answer = c.house.post(&c.owner, "/api/jobs", body).await;
        assert_eq!(answer.refused(422, "REQUEST_002")["errors"][0]["field"], field, "{}", answer.text);
    }
    let job = c.job(json!({})).await;
    assert_eq!(job["job_number"], "JOB-00001", "what was refused took no number");
}

/// Made at once by many, refused ones between them: numbers and events have no gaps, events no secrets.
#[tokio::test]
async fn numbers_and_events_have_no_gaps() {
    let c = Company::open().await;
    let many = (0..40).map(|n| {
        let customer = if n % 5 == 4 { json!(uuid::Uuid::new_v4()) } else { c.customer["id"].clone() };
        let body = json!({"title": format!("Trabajo {n}"), "customer_id": customer});
        c.house.post(&c.owner, "/api/jobs", body)
    });
    let answers = futures_util::future::join_all(many).await;
    let numbers: BTreeSet<String> = answers
        .iter()
        .filter(|a| a.status == 201)
        .map(|a| a.body["job_number"].as_str().unwrap().to_owned())
        .collect();
    let expected: BTreeSet<String> = (1..=32).map(|n| format!("JOB-{n:05}")).collect();
    assert_eq!(numbers, expected);

    let job = c.walk(c.scheduled().await, &["en_camino"]).await;
    let token = job["tracking_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let mut sql = c.house.sql().await;
    let events: Vec<(i64, Value)> =
        sqlx::query_as("select seq, body from event where org_id = $1 order by seq")
            .bind(c.owner.org.0)
            .fetch_all(&mut sql)
            .await
            .unwrap();
    for (place, (seq, body)) in events.iter().enumerate() {
        assert_eq!(*seq, place as i64 + 1);
        assert!(!body.to_string().contains(&token), "no link is stored");
    }
    let made = events.iter().filter(|(_, b)| b["kind"] == "job.created").count();
    assert_eq!(made, 33);
    let last = &events.last().unwrap().1;
    assert_eq!(
        (last["kind"].as_str(), last["previous_status"].as_str(), last["job"]["status"].as_str()),
        (Some("job.status_changed"), Some("scheduled"), Some("en_camino"))
    );
    assert_eq!(last["job"]["version"], job["version"]);
}
