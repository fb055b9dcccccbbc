//! Messages: what follows from a job's life, once each, by the right way, true when it leaves.

mod fake;
mod panic;
mod people;
mod ways;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::house::{House, Person, eventually};
use fake::Fake;

/// A company whose messages go to a fake.
pub struct Company {
    pub house: House,
    pub fake: Fake,
    pub owner: Person,
    pub ana: Person,
    pub customer: Value,
}

impl Company {
    pub async fn open() -> Self {
        Self::with(&[]).await
    }

    pub async fn with(more: &[&str]) -> Self {
        let fake = Fake::start().await;
        let flags = fake.flags();
        let mut flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        flags.extend(more);
        let house = House::with(true, &flags).await;
        let owner = house.sign_up("Plomería Sur").await;
        let ana = house.hire(&owner, "technician", "Ana Paz").await;
        let customer = house.customer(&owner, "Carla Díaz").await;
        Self { house, fake, owner, ana, customer }
    }

    pub fn phone(&self) -> &str {
        self.customer["phone"].as_str().unwrap()
    }

    /// A job of Ana's in three days.
    pub async fn job(&self) -> Value {
        let body = json!({
            "title": "Pierde la canilla", "customer_id": self.customer["id"], "technician_ids": [self.ana.user],
            "scheduled_start": Utc::now() + TimeDelta::days(3),
        });
        self.house.post(&self.owner, "/api/jobs", body).await.ok()
    }

    pub async fn go(&self, job: &Value, status: &str) -> Value {
        let path = format!("/api/jobs/{}", job["id"].as_str().unwrap());
        let present = self.house.get(&self.owner, &path).await.ok();
        let body = json!({"status": status, "version": present["version"], "notes": "por algo"});
        self.house.patch(&self.owner, &format!("{path}/status"), body).await.ok()
    }

    /// The log of a job: event, recipient, status, error.
    pub async fn log(&self, job: &Value) -> Vec<Value> {
        let path = format!("/api/jobs/{}/messages?limit=200", job["id"].as_str().unwrap());
        self.house.get(&self.owner, &path).await.ok()["items"].as_array().unwrap().clone()
    }

    /// The customer's message of an event, once it stands so.
    pub async fn logged(&self, job: &Value, event: &str, status: &str) -> Value {
        eventually(&format!("{event} is {status}"), async || {
            self.log(job).await.into_iter().find(|m| {
                m["event"] == event
                    && m["recipient"] == "customer"
                    && m["channel"] == "whatsapp"
                    && m["status"] == status
            })
        })
        .await
    }

    /// What waits for a retry or its time is due now.
    pub async fn hurry(&self) {
        sqlx::query("update task set run_at = now() where state = 'later' and kind like 'message.%'")
            .execute(&mut self.house.sql().await)
            .await
            .unwrap();
    }

    /// The customer wrote just now.
    pub async fn heard(&self) {
        sqlx::query(
            "insert into message (org_id, message_id, direction, channel, from_phone, kind, text, state)
             values ($1, $2, 'in', 'whatsapp', $3, 'text', 'Hola', 'received')",
        )
        .bind(self.owner.org.0)
        .bind(uuid::Uuid::now_v7())
        .bind(self.phone())
        .execute(&mut self.house.sql().await)
        .await
        .unwrap();
    }
}

fn params(taken: &fake::Taken) -> Vec<String> {
    let body = taken.body["template"]["components"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["type"] == "body")
        .unwrap();
    body["parameters"].as_array().unwrap().iter().map(|p| p["text"].as_str().unwrap().to_owned()).collect()
}

fn button(taken: &fake::Taken) -> String {
    let all = taken.body["template"]["components"].as_array().unwrap();
    let button = all.iter().find(|c| c["type"] == "button" && c["sub_type"] == "url").unwrap();
    button["parameters"][0]["text"].as_str().unwrap().to_owned()
}

/// Confirmed, on the way with a link that opens, arrived once, done with a link to rate: each exactly once.
#[tokio::test]
async fn a_customer_hears_of_each_step_once() {
    let c = Company::open().await;
    let job = c.job().await;
    let confirmed = c.logged(&job, "job_scheduled", "sent").await;
    let sent = c.fake.templates(c.phone(), "job_confirmation_customer");
    assert_eq!(sent.len(), 1);
    assert_eq!(params(&sent[0])[..2], ["Carla", "Plomería Sur"]);
    assert_eq!(sent[0].body["template"]["language"]["code"], "es_AR");
    assert_eq!(sent[0].body["biz_opaque_callback_data"], confirmed["id"]);
    assert_eq!((sent[0].number.as_str(), sent[0].bearer.as_str()), ("100", "Bearer own-token"));

    c.go(&job, "en_camino").await;
    c.logged(&job, "tech_en_route", "sent").await;
    let sent = c.fake.templates(c.phone(), "technician_en_route_tracking");
    assert_eq!((sent.len(), params(&sent[0])), (1, vec!["Carla".to_owned(), "Ana".to_owned()]));
    let token = button(&sent[0]);
    let page = c.house.get(None, &format!("/t/{token}")).await;
    assert!(page.status == 200 && page.text.contains("Ana"), "{}", page.text);

    // The technician says so, then work implies it again.
    let session = c.house.get(&c.owner, &format!("/api/jobs/{}", job["id"].as_str().unwrap())).await.ok();
    let session = session["tracking"]["session_id"].as_str().unwrap().to_owned();
    c.house.post(&c.owner, &format!("/api/tracking/sessions/{session}/arrive"), json!({})).await.ok();
    c.go(&job, "working").await;
    c.logged(&job, "tech_arrived", "sent").await;
    c.go(&job, "completed").await;
    c.logged(&job, "job_completed", "sent").await;
    assert_eq!(c.fake.templates(c.phone(), "technician_arrived").len(), 1);
    let done = c.fake.templates(c.phone(), "job_completed_customer");
    assert_eq!(done.len(), 1);
    let rating = button(&done[0]);
    assert_ne!(rating, token);

    // No link stands in the log or in any row.
    let log = serde_json::to_string(&c.log(&job).await).unwrap();
    assert!(!log.contains(&token) && !log.contains(&rating) && log.contains("[enlace]"));
    for table in ["message", "task", "event", "tracking_session", "job_rating"] {
        let query = format!(
            "select count(*) from {table} t where t::text like '%' || $1 || '%' or t::text like '%' || $2 || '%'"
        );
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .bind(&token)
            .bind(&rating)
            .fetch_one(&mut c.house.sql().await)
            .await
            .unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    let stranger = c.house.stranger().await;
    let path = format!("/api/jobs/{}/messages", job["id"].as_str().unwrap());
    c.house.get(&stranger, &path).await.refused(404, "JOB_002");
    c.house.get(&c.ana, &path).await.refused(403, "AUTH_003");
}

/// A customer who wrote within a day gets free words, with the whole link.
#[tokio::test]
async fn free_words_within_a_day() {
    let c = Company::open().await;
    c.heard().await;
    let job = c.job().await;
    c.logged(&job, "job_scheduled", "sent").await;
    c.go(&job, "en_camino").await;
    c.logged(&job, "tech_en_route", "sent").await;
    let to = c.phone().trim_start_matches('+');
    let all = c.fake.whatsapp();
    let confirmation = all.iter().find(|t| t.body["to"] == to && t.body["type"] == "interactive").unwrap();
    assert_eq!(confirmation.body["interactive"]["action"]["buttons"].as_array().unwrap().len(), 2);
    let on_the_way = all.iter().find(|t| t.body["to"] == to && t.body["type"] == "text").unwrap();
    let words = on_the_way.body["text"]["body"].as_str().unwrap();
    assert!(words.contains(&format!("{}/t/", c.house.url)), "{words}");
}

/// Meta knows better whether 24 hours are over: the template goes in the same attempt.
#[tokio::test]
async fn too_late_for_free_words_a_template_goes() {
    let c = Company::open().await;
    c.heard().await;
    c.fake.script(c.phone(), [fake::Do::Refuse(400, 131_047)]);
    let job = c.job().await;
    c.logged(&job, "job_scheduled", "sent").await;
    assert_eq!(
        (c.fake.templates(c.phone(), "job_confirmation_customer").len(), c.fake.asked(c.phone())),
        (1, 2)
    );
}

/// What is no longer true when it is to leave does not leave.
#[tokio::test]
async fn a_cancelled_jobs_confirmation_is_not_sent() {
    let c = Company::open().await;
    c.fake.script(c.phone(), [fake::Do::Refuse(503, 131_016)]);
    let job = c.job().await;
    eventually("an attempt", async || (c.fake.asked(c.phone()) == 1).then_some(())).await;
    c.go(&job, "cancelled").await;
    eventually("the first one is judged again", async || {
        c.hurry().await;
        let log = c.log(&job).await;
        log.iter().find(|m| m["event"] == "job_scheduled" && m["status"] == "suppressed").map(|_| ())
    })
    .await;
    c.logged(&job, "job_cancelled", "sent").await;
    assert_eq!(c.fake.templates(c.phone(), "job_confirmation_customer").len(), 0);
    assert_eq!(c.fake.templates(c.phone(), "job_cancelled_customer").len(), 1);
}

/// Another date is told once; taken off and put back on the same date nobody is told twice.
#[tokio::test]
async fn another_date_is_told_and_the_same_is_not() {
    let c = Company::open().await;
    let job = c.job().await;
    c.logged(&job, "job_scheduled", "sent").await;
    let path = format!("/api/jobs/{}", job["id"].as_str().unwrap());
    let assign = |people: Value, version: Value| {
        let path = format!("{path}/assign");
        let house = &c.house;
        let owner = &c.owner;
        async move { house.patch(owner, &path, json!({"technician_ids": people, "version": version})).await.ok() }
    };
    let off = assign(json!([]), job["version"].clone()).await;
    let on = assign(json!([c.ana.user]), off["version"].clone()).await;
    let later = Utc::now() + TimeDelta::days(5);
    c.house.patch(&c.owner, &path, json!({"version": on["version"], "scheduled_start": later})).await.ok();
    c.logged(&job, "job_rescheduled", "sent").await;
    assert_eq!(c.fake.templates(c.phone(), "job_confirmation_customer").len(), 1);
    assert_eq!(c.fake.templates(c.phone(), "schedule_change").len(), 1);
    eventually("Ana hears of it", async || {
        c.fake.templates(&c.ana.phone, "schedule_change").first().cloned()
    })
    .await;
    // Put on the job again in the same breath: what she was told first was outdated or not, but never false.
    let assigned = c.fake.templates(&c.ana.phone, "job_assigned_tech").len();
    assert!((1..=2).contains(&assigned), "{assigned}");
}

/// The rating page: a form without script or cookie, the same 404 for whatever opens nothing.
#[tokio::test]
async fn a_customer_rates_by_the_link() {
    let c = Company::open().await;
    let job = c.job().await;
    for status in ["en_camino", "working", "completed"] {
        c.go(&job, status).await;
    }
    c.logged(&job, "job_completed", "sent").await;
    let token = button(&c.fake.templates(c.phone(), "job_completed_customer")[0]);
    let page = c.house.get(None, &format!("/r/{token}")).await;
    assert!(
        page.status == 200 && page.text.contains("<form") && !page.text.contains("<script"),
        "{}",
        page.text
    );
    assert!(page.headers.get("set-cookie").is_none() && page.headers["referrer-policy"] == "no-referrer");
    let api = format!("/api/tracking/ratings/{token}");
    let asked = c.house.get(None, &api).await.ok();
    assert_eq!((&asked["stars"], &asked["technician"]), (&Value::Null, &json!("Ana")));
    c.house.post(None, &api, json!({"stars": 6})).await.refused(422, "REQUEST_002");
    let said = c.house.post(None, &api, json!({"stars": 5, "comment": "Impecable"})).await.ok();
    assert_eq!((&said["stars"], &said["comment"]), (&json!(5), &json!("Impecable")));
    let form = c.house.request(reqwest::Method::POST, None, &format!("/r/{token}"));
    let form = form.header("content-type", "application/x-www-form-urlencoded").body("stars=4&comment=Bien");
    assert_eq!(c.house.send(form).await.status, 200);
    assert_eq!(c.house.get(None, &api).await.ok()["stars"], 4);
    let unknown = c.house.get(None, "/r/AAAAAAAAAAAAAAAAAAAAAAAA").await;
    let no_token = c.house.get(None, "/r/x").await;
    assert_eq!((unknown.status, &unknown.text), (404, &no_token.text));
    sqlx::query("update job_rating set expires_at = now()").execute(&mut c.house.sql().await).await.unwrap();
    let expired = c.house.get(None, &format!("/r/{token}")).await;
    assert_eq!((expired.status, &expired.text), (404, &unknown.text));
    c.house.get(None, &api).await.refused(404, "REQUEST_004");
}
