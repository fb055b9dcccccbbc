//! What A's technicians do: sockets of our own app, and the phone apps of others.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::caller::{Body, text_of};
use super::office::{Office, round, version};
use crate::client::connect::Options;
use crate::client::socket::Socket;
use crate::error::{Outcome, Trouble};

/// A frame that takes longer does not come.
const FRAME: Duration = Duration::from_secs(60);
/// A change that nobody else makes reaches the phone within this, or is not awaited.
const TOLD: Duration = Duration::from_secs(10);
/// Seconds between two fixes of one person.
const PACE_MS: i64 = 10_000;

/// An open socket and what it said meanwhile.
struct Phone {
    socket: Socket,
    jobs: BTreeMap<String, Value>,
}

impl Phone {
    /// The next frame of this type; jobs on the way are kept.
    async fn next(&mut self, kind: &str) -> Outcome<Value> {
        let wait = async {
            loop {
                let (opcode, payload) = self.socket.next().await?;
                if opcode == crate::client::frame::CLOSE {
                    return Err(Trouble::new(format!(
                        "a phone's socket was closed while it waited for {kind}"
                    )));
                }
                let frame: Value = serde_json::from_slice(&payload)?;
                let said = text_of(&frame, "type");
                if said == "job" {
                    let job = frame.get("job").cloned().unwrap_or_default();
                    self.jobs.insert(text_of(&job, "id"), job);
                }
                if said == kind {
                    return Ok(frame);
                }
            }
        };
        tokio::time::timeout(FRAME, wait).await.map_err(|_| Trouble::new(format!("a phone got no {kind}")))?
    }
}

impl Office<'_> {
    /// One of the technicians, in [`Office::people`].
    pub fn technician(&mut self) -> usize {
        3 + self.rng.below(2)
    }

    /// A phone comes on line, begins its shift, sends fixes, does something with a job, goes.
    pub async fn phone(&mut self) -> Outcome<()> {
        let who = self.technician();
        let token = self.people.get(who).map(|p| p.token.clone()).unwrap_or_default();
        let options = Options { source: Some(self.cast.source(0)), receive_buffer: None };
        let socket = Socket::open(self.world.stage.address, "/ws/technician", options).await?;
        let mut phone = Phone { socket, jobs: BTreeMap::new() };
        let (device, boot) = (self.rng.uuid(), self.rng.uuid());
        let now = chrono::Utc::now().timestamp_millis();
        let hello = json!({"type": "hello", "token": token, "device": device, "boot": boot, "app": "campo-bench/worlds", "now": now});
        phone.socket.text(&hello.to_string()).await?;
        let welcome = phone.next("welcome").await?;
        let is_on = welcome.get("shift").and_then(Value::as_bool).unwrap_or(false);
        self.note("phone welcome", welcome);
        if !is_on && self.rng.chance(0.9) {
            let shift =
                json!({"type": "shift", "id": self.rng.uuid(), "on": true, "at": self.last_fix(who) + 1_000});
            phone.socket.text(&shift.to_string()).await?;
            let result = phone.next("result").await?;
            self.note("phone shift", result);
        }
        self.sends_fixes(who, &mut phone).await?;
        if self.rng.chance(0.6) {
            self.commands(&mut phone).await?;
        }
        self.settle().await?;
        let jobs = phone.jobs.into_values().collect();
        self.note_some("phone jobs", jobs);
        Ok(())
    }

    async fn sends_fixes(&mut self, who: usize, phone: &mut Phone) -> Outcome<()> {
        let count = 1 + self.rng.below(5);
        let mut points = Vec::new();
        for _ in 0..count {
            points.push(self.fix(who));
        }
        if self.rng.chance(0.2) {
            points.push(json!({"at": self.last_fix(who) + 1, "lat": 91.0, "lon": -60.0}));
        }
        let now = chrono::Utc::now().timestamp_millis();
        let frame = json!({"type": "pings", "from": 1, "now": now, "points": points});
        phone.socket.text(&frame.to_string()).await?;
        loop {
            let ack = phone.next("ack").await?;
            if ack.get("upto").and_then(Value::as_u64).unwrap_or(0) as usize >= points.len() {
                self.note("phone ack", ack);
                return Ok(());
            }
        }
    }

    /// The next fix of a person: some seconds and some metres further. All lie in the hour before the run.
    fn fix(&mut self, who: usize) -> Value {
        let lat = round(-34.9 + self.rng.between(-0.0006, 0.0006));
        let lon = round(-60.0 + self.rng.between(-0.0006, 0.0006));
        let Some(last) = self.last_fix.get_mut(who.saturating_sub(3)) else { return Value::Null };
        *last += PACE_MS;
        json!({"at": *last, "lat": lat, "lon": lon, "accuracy_m": 8, "battery": 0.5})
    }

    fn last_fix(&self, who: usize) -> i64 {
        self.last_fix.get(who.saturating_sub(3)).copied().unwrap_or(self.cast.base_ms)
    }

    /// The next command about one of the jobs, as a phone gives it.
    async fn commands(&mut self, phone: &mut Phone) -> Outcome<()> {
        let n = self.rng.below(self.jobs.len());
        let Some(job) = self.jobs.get(n).cloned() else { return Ok(()) };
        let action = match job.status.as_str() {
            "scheduled" => "start_travel",
            "en_camino" => {
                ["arrive", "start_work", "cancel_travel"].get(self.rng.below(3)).copied().unwrap_or("arrive")
            }
            "working" => "complete",
            _ => "start_work",
        };
        let now = chrono::Utc::now().timestamp_millis();
        let command = json!({"type": "command", "id": self.rng.uuid(), "job": job.id, "action": action,
                             "version": job.version, "at": now});
        phone.socket.text(&command.to_string()).await?;
        let result = phone.next("result").await?;
        let wanted = version(&result);
        let is_ok = result.get("ok").and_then(Value::as_bool).unwrap_or(false);
        self.note(format!("phone {action}"), result);
        let heard = self.ask(0, Method::GET, &format!("/api/jobs/{}", job.id), Body::Nothing).await?;
        self.keep_job(&heard.body);
        // The phone is told too, when the change comes by: latest wins, so it is waited for.
        let began = Instant::now();
        while is_ok && began.elapsed() < TOLD && phone.jobs.get(&job.id).map_or(0, version) < wanted {
            if tokio::time::timeout(Duration::from_millis(500), phone.next("job")).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// An app of somebody else: its token, its points in its own form.
    pub async fn phone_app(&mut self) -> Outcome<()> {
        let who = self.technician();
        let user = self.people.get(who).map(|p| p.user.clone()).unwrap_or_default();
        let name = format!("Teléfono {} {}", self.step, self.cast.marker);
        let made = self
            .ask(0, Method::POST, "/api/devices", Body::Json(json!({"user_id": user, "name": name})))
            .await?;
        self.knows("devices", &made);
        let token = made.text("token");
        for app in ["osmand", "traccar", "owntracks", "overland", "gpslogger"] {
            if self.rng.chance(0.5) {
                continue;
            }
            let fix = self.fix(who);
            let (query, body) = spelled(app, &fix);
            let path = format!("/ingest/{token}/{app}{query}");
            self.ask_with(None, Method::POST, &path, (body, &[])).await?;
        }
        let day = chrono::Duration::days(1);
        let spell = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let base = chrono::DateTime::from_timestamp_millis(self.cast.base_ms).unwrap_or_default();
        let path = format!(
            "/api/tracking/technicians/{user}/track?from={}&to={}",
            spell(base - day),
            spell(base + day)
        );
        self.ask(0, Method::GET, &path, Body::Nothing).await?;
        self.ask(who, Method::GET, "/api/devices", Body::Nothing).await?;
        if self.rng.chance(0.5) {
            self.ask(0, Method::DELETE, &format!("/api/devices/{}", made.text("id")), Body::Nothing).await?;
            let path = format!("/ingest/{token}/osmand?lat=-34.9&lon=-60&timestamp=1");
            self.ask_with(None, Method::POST, &path, (Body::Nothing, &[])).await?;
        }
        let unknown = Uuid::nil();
        self.ask_with(None, Method::GET, &format!("/ingest/{unknown}/osmand"), (Body::Nothing, &[])).await?;
        Ok(())
    }
}

/// A fix as an app says it: query and body.
fn spelled(app: &str, fix: &Value) -> (String, Body) {
    let number = |key: &str| fix.get(key).and_then(Value::as_f64).unwrap_or(0.0);
    let (at, lat, lon) = (number("at") as i64, number("lat"), number("lon"));
    match app {
        "overland" => {
            let time =
                chrono::DateTime::from_timestamp_millis(at).unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ");
            let feature = json!({"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]},
                "properties": {"timestamp": time.to_string(), "horizontal_accuracy": 8, "battery_level": 0.5}});
            (String::new(), Body::Json(json!({"locations": [feature]})))
        }
        "owntracks" => {
            let body = json!({"_type": "location", "tid": "aa", "lat": lat, "lon": lon, "tst": at / 1000, "acc": 8, "batt": 50});
            (String::new(), Body::Json(body))
        }
        _ => (format!("?id=1&lat={lat}&lon={lon}&timestamp={}&accuracy=8&batt=50", at / 1000), Body::Nothing),
    }
}
