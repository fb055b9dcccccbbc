//! Organization A: its people, what they know, and how what they see is noted.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::caller::{Body, Caller, Heard, PATIENCE, Person, text_of};
use super::transcript::{Seen as Noted, Transcript};
use super::{Cast, World};
use crate::client::connect::Options;
use crate::client::viewer::{Seen, Viewer};
use crate::error::{Outcome, Trouble};
use crate::fakes::meta::{Number, Said};
use crate::rng::Rng;

/// What everybody of one world's run may know: B guesses with it.
#[derive(Debug, Default)]
pub struct Shared {
    /// Ids of A's rows, by what they are: `jobs`, `customers`, `users`, `files`, `devices` ..
    pub ids: Vec<(&'static str, String)>,
    /// Ids of B's rows: A guesses with them.
    pub foreign: Vec<(&'static str, String)>,
    /// Keys that A gave its requests.
    pub keys: Vec<String>,
    /// Hashes of A's files.
    pub files: Vec<Vec<u8>>,
}

/// A job as A last saw it.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Its state.
    pub status: String,
    /// Its version.
    pub version: i64,
    /// The customer's page, while there is one.
    pub page: Option<String>,
    /// Whether somebody is assigned, and to whom.
    pub technician: Option<String>,
    /// Where its customer is in [`Office::customers`].
    pub customer: usize,
}

/// Organization A in one world.
pub struct Office<'w> {
    /// Where it is.
    pub world: &'w World,
    /// What is the same in both worlds.
    pub cast: Cast,
    /// The script's choices: the same in both worlds.
    pub rng: Rng,
    /// From where it calls.
    pub caller: Caller,
    /// Everything seen.
    pub seen: Transcript,
    /// The present step.
    pub step: usize,
    /// Owner, dispatcher, accountant, two technicians.
    pub people: Vec<Person>,
    /// Id, phone and version of customers.
    pub customers: Vec<(String, String, i64)>,
    /// Jobs.
    pub jobs: Vec<Job>,
    /// When each technician's newest fix was, Unix ms.
    pub last_fix: [i64; 2],
    /// Finished uploads of pictures.
    pub pictures: Vec<String>,
    /// The cursor behind the last event noted.
    pub cursor: String,
    /// How many answers were good, of how many.
    pub good: usize,
    /// How many answers there were.
    pub asked: usize,
    /// What A must not have been told.
    pub leaks: Vec<String>,
    /// What everybody may know.
    pub shared: Rc<RefCell<Shared>>,
}

impl<'w> Office<'w> {
    /// Signs everybody in and makes the first customers.
    pub async fn open(world: &'w World, cast: Cast, shared: Rc<RefCell<Shared>>) -> Outcome<Self> {
        let caller = Caller::new(&world.stage.url, cast.source(0))?;
        let rng = Rng::new(cast.seed);
        let last_fix = [cast.base_ms; 2];
        let mut office = Self {
            world,
            cast,
            rng,
            caller,
            shared,
            last_fix,
            seen: Transcript::default(),
            step: 0,
            people: Vec::new(),
            customers: Vec::new(),
            jobs: Vec::new(),
            pictures: Vec::new(),
            cursor: String::new(),
            good: 0,
            asked: 0,
            leaks: Vec::new(),
        };
        office.found().await?;
        Ok(office)
    }

    async fn found(&mut self) -> Outcome<()> {
        let owner = self.signs_in(0, "owner").await?;
        self.people.push(owner);
        let name = format!("Plomería {}", self.cast.marker);
        self.owner(Method::PATCH, "/api/organization", Body::Json(json!({"name": name}))).await?;
        for (n, (role, name)) in [
            ("dispatcher", "Laura"),
            ("accountant", "Hugo"),
            ("technician", "Ana María"),
            ("technician", "Carlos"),
        ]
        .into_iter()
        .enumerate()
        {
            let phone = self.cast.phone(n + 1);
            let name = format!("{name} {}", self.cast.marker);
            let body = json!({"name": name, "phone": phone, "role": role, "specialties": ["gas"]});
            let made = self.owner(Method::POST, "/api/users", Body::Json(body)).await?;
            self.knows("users", &made);
            let person = self.signs_in(n + 1, role).await?;
            self.people.push(person);
        }
        let number = self.cast.number();
        self.world.fakes.meta.number(number.clone());
        let account = json!({"phone_number_id": number.phone_number_id, "token": number.token,
                             "waba_id": number.waba, "display_phone": number.display});
        self.owner(Method::PUT, "/api/organization/whatsapp", Body::Json(account)).await?;
        self.owner(Method::PATCH, "/api/voice/settings", Body::Json(json!({"consent": true}))).await?;
        for _ in 0..2 {
            self.new_customer().await?;
        }
        self.snapshot().await
    }

    async fn signs_in(&mut self, n: usize, role: &'static str) -> Outcome<Person> {
        let phone = self.cast.phone(n);
        let (person, answers) = self.caller.sign_in(&self.world.fakes, &phone, role).await?;
        for (what, answer) in ["otp/send", "otp/verify"].into_iter().zip(&answers) {
            self.note(format!("{role} POST /api/auth/{what}"), answer.seen());
        }
        Ok(person)
    }

    /// Notes one thing that was seen.
    pub fn note(&mut self, what: impl Into<String>, value: Value) {
        let what = what.into();
        self.look_for_strangers(&what, &value);
        self.seen.note(self.step, what, Noted::One(value));
    }

    /// Notes things that came in no promised order.
    pub fn note_some(&mut self, what: impl Into<String>, values: Vec<Value>) {
        let what = what.into();
        values.iter().for_each(|v| self.look_for_strangers(&what, v));
        self.seen.note(self.step, what, Noted::Some(values));
    }

    fn look_for_strangers(&mut self, what: &str, value: &Value) {
        if value.to_string().contains(&self.cast.rival_marker) {
            self.leaks.push(format!("A was told of B at step {}, {what}: {value}", self.step));
        }
    }

    /// Somebody asks, and the answer is noted.
    pub async fn ask(&mut self, who: usize, method: Method, path: &str, body: Body) -> Outcome<Heard> {
        self.ask_with(Some(who), method, path, (body, &[])).await
    }

    /// The same with headers, or by nobody.
    pub async fn ask_with(
        &mut self,
        who: Option<usize>,
        method: Method,
        path: &str,
        how: (Body, &[(&str, &str)]),
    ) -> Outcome<Heard> {
        let person = who.and_then(|n| self.people.get(n)).cloned();
        let heard = self.caller.ask(person.as_ref(), method.clone(), path, how).await?;
        self.asked += 1;
        self.good += usize::from(heard.is_good());
        let role = person.map_or("nobody", |p| p.role);
        self.note(format!("{role} {method} {path}"), heard.seen());
        Ok(heard)
    }

    /// The owner asks.
    pub async fn owner(&mut self, method: Method, path: &str, body: Body) -> Outcome<Heard> {
        self.ask(0, method, path, body).await
    }

    /// A list whose rows were made by things that happened at once: their order is no promise.
    pub async fn ask_loose(&mut self, who: usize, path: &str) -> Outcome<Heard> {
        let Some(person) = self.people.get(who).cloned() else { return Err(Trouble::new("nobody")) };
        let mut heard = self.caller.get(&person, path).await?;
        let items = heard.body.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take);
        self.note(format!("{} GET {path}", person.role), heard.seen());
        self.note_some(format!("items of {path}"), items.clone().unwrap_or_default());
        heard.body = json!({"items": items});
        Ok(heard)
    }

    /// A list, page by page, to its end.
    pub async fn pages(&mut self, who: usize, path: &str, limit: usize) -> Outcome<()> {
        let mut after = String::new();
        for _ in 0..20 {
            let mark = if path.contains('?') { '&' } else { '?' };
            let more = if after.is_empty() { String::new() } else { format!("&after={after}") };
            let person = self.people.get(who).cloned().unwrap_or_default();
            let heard = self.caller.get(&person, &format!("{path}{mark}limit={limit}{more}")).await?;
            self.note(format!("{} GET {path} page", person.role), heard.seen());
            after = text_of(&heard.body, "next");
            if after.is_empty() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Keeps the id of a row that was made, for whoever guesses.
    pub fn knows(&mut self, kind: &'static str, made: &Heard) {
        let id = made.text("id");
        if made.is_good() && !id.is_empty() {
            self.shared.borrow_mut().ids.push((kind, id));
        }
    }

    /// One more customer.
    pub async fn new_customer(&mut self) -> Outcome<()> {
        let n = self.customers.len();
        let phone = self.cast.customer_phone(n);
        let name = format!("{} {}", NAMES.get(n % NAMES.len()).copied().unwrap_or("Marta"), self.cast.marker);
        let at = (-34.9 + self.rng.between(-0.05, 0.05), -60.0 + self.rng.between(-0.05, 0.05));
        let body = json!({"name": name, "phone": phone, "address": format!("Mitre {}", 80 + n),
                          "lat": round(at.0), "lon": round(at.1), "notes": format!("timbre {}", self.cast.marker)});
        let key = format!("cliente-{:016x}", self.rng.next_u64());
        self.shared.borrow_mut().keys.push(key.clone());
        let headers = [("Idempotency-Key", key.as_str())];
        let made = self
            .ask_with(Some(0), Method::POST, "/api/customers", (Body::Json(body.clone()), &headers))
            .await?;
        if self.rng.chance(0.3) {
            self.ask_with(Some(0), Method::POST, "/api/customers", (Body::Json(body), &headers)).await?;
        }
        self.knows("customers", &made);
        if made.is_good() {
            self.customers.push((made.text("id"), phone, version(&made.body)));
        }
        Ok(())
    }

    /// Waits until A's durable work is done, then notes the events since the last time.
    ///
    /// What follows from one step may be committed in any order; the numbers are gapless all the same.
    pub async fn settle(&mut self) -> Outcome<()> {
        let owner = self.people.first().cloned().unwrap_or_default();
        let began = Instant::now();
        let mut quiet = 0;
        while quiet < 2 {
            let queues = self.caller.get(&owner, "/api/admin/queues").await?;
            // What is tried again after seconds is waited for; what waits for the morning is not.
            let is_patient = began.elapsed() < SOON;
            quiet = if is_idle(&queues.body, is_patient) { quiet + 1 } else { 0 };
            if began.elapsed() > PATIENCE {
                return Err(Trouble::new(format!("durable work does not end: {}", queues.body)));
            }
            if quiet < 2 {
                tokio::time::sleep(Duration::from_millis(if quiet == 0 { 20 } else { 4 })).await;
            }
        }
        let (frames, _) = self.watch(Some(&self.cursor.clone())).await?;
        let mut bodies = Vec::new();
        for frame in frames {
            let cursor = text_of(&frame, "cursor");
            match text_of(&frame, "type").as_str() {
                "event" => {
                    self.cursor.clone_from(&cursor);
                    self.note("event number", json!(cursor));
                    bodies.push(frame.get("event").cloned().unwrap_or_default());
                }
                _ => self.note("frame instead of events", frame),
            }
        }
        if !bodies.is_empty() {
            self.note_some("events", bodies);
        }
        Ok(())
    }

    /// The whole organization as a dispatcher's screen shows it.
    pub async fn snapshot(&mut self) -> Outcome<()> {
        if !self.cursor.is_empty() {
            self.settle().await?;
        }
        let (frames, positions) = self.watch(None).await?;
        for frame in frames {
            if text_of(&frame, "type") == "snapshot" {
                self.cursor = text_of(&frame, "cursor");
            }
            self.note("frame", frame);
        }
        self.note("positions", positions);
        Ok(())
    }

    /// Opens a screen: everything until the positions that answer its view, and these.
    async fn watch(&mut self, after: Option<&str>) -> Outcome<(Vec<Value>, Value)> {
        let token = self.people.get(1).or(self.people.first()).map(|p| p.token.clone()).unwrap_or_default();
        let options = Options { source: Some(self.cast.source(0)), receive_buffer: None };
        let mut viewer = Viewer::open(self.world.stage.address, &token, false, after, options).await?;
        viewer.view(None).await?;
        let mut frames = Vec::new();
        let all = async {
            loop {
                match viewer.next().await? {
                    Seen::Event(frame) => frames.push(frame),
                    Seen::Other(frame) if text_of(&frame, "type") == "welcome" => {}
                    Seen::Other(frame) => frames.push(frame),
                    Seen::Positions(rows) => {
                        let mut rows: Vec<Value> =
                            rows.iter().map(|r| json!([r.technician, r.lat, r.lon, r.at])).collect();
                        rows.sort_by_key(Value::to_string);
                        return Ok::<_, Trouble>(json!(rows));
                    }
                    Seen::Closed(code, why) => {
                        return Err(Trouble::new(format!("the screen was closed: {code} {why}")));
                    }
                }
            }
        };
        let positions =
            tokio::time::timeout(PATIENCE, all).await.map_err(|_| Trouble::new("a screen got nothing"))??;
        Ok((frames, positions))
    }

    /// A customer writes to A's number.
    pub fn says(&self, customer: usize, what: Said) {
        let Some((_, phone, _)) = self.customers.get(customer) else { return };
        let number: Number = self.cast.number();
        self.world.fakes.meta.customer_says(phone, "Ñandú", Some(&number.phone_number_id), what, None);
    }

    /// Takes a job over as it is told now.
    pub fn keep_job(&mut self, row: &Value) {
        let id = text_of(row, "id");
        let Some(job) = self.jobs.iter_mut().find(|j| j.id == id) else { return };
        job.status = text_of(row, "status");
        job.version = version(row);
        job.page = row.get("tracking_url").and_then(Value::as_str).map(page_path);
    }
}

/// First names of customers.
const NAMES: [&str; 6] = ["Marta", "Elena", "Roberto", "Ángela", "Nicolás", "Ñusta"];

/// The version of a row.
pub fn version(row: &Value) -> i64 {
    row.get("version").and_then(Value::as_i64).unwrap_or(0)
}

/// Six decimals: what a person would send.
pub fn round(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

/// `/t/..` of a link.
pub fn page_path(url: &str) -> String {
    url.split_once("/t/").map(|(_, token)| format!("/t/{token}")).unwrap_or_default()
}

/// Tries again and paces are over within this.
const SOON: Duration = Duration::from_secs(25);
/// Kinds of which a later one comes in seconds.
const TRIED_AGAIN: [&str; 4] = ["voice.transcribe", "voice.extract", "whatsapp.media", "message.send"];

/// Whether nothing is to be done now, or soon.
fn is_idle(queues: &Value, is_patient: bool) -> bool {
    let count = |q: &Value, key: &str| q.get(key).and_then(Value::as_i64).unwrap_or(0);
    let is_soon = |q: &Value| TRIED_AGAIN.contains(&text_of(q, "kind").as_str()) && count(q, "later") > 0;
    if is_patient && queues.as_array().into_iter().flatten().any(is_soon) {
        return false;
    }
    queues.as_array().into_iter().flatten().all(|q| {
        ["ready", "running", "waiting"].iter().all(|k| q.get(*k).and_then(Value::as_i64).unwrap_or(0) == 0)
    })
}
