//! One simulated technician: drives, works, and lives with a bad phone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use super::gps::Gps;
use super::habits::{DeadZone, Habits};
use super::job::{Job, Jobs};
use super::motion::Drive;
use crate::campo::Campo;
use crate::client::phone::{Phone, Said};
use crate::clock::now_ms;
use crate::error::Outcome;
use crate::rng::Rng;
use crate::say;
use crate::town::graph::{Graph, Leg};
use crate::town::{House, Place, Town};

/// How often a simulated person thinks.
const THINK: Duration = Duration::from_millis(500);
/// Nobody stays without signal for longer: they walk to the window.
const DARK_MS: i64 = 90_000;
/// Nobody walks farther than this from the van.
const WALK_M: f64 = 3_000.0;

/// What all technicians share.
pub struct World {
    /// The town.
    pub town: Town,
    /// Its streets.
    pub graph: Graph,
    /// Where there is no signal.
    pub dead_zones: Vec<DeadZone>,
    /// Open jobs of each technician, for the office that hands out new ones.
    pub open_jobs: Mutex<HashMap<Uuid, usize>>,
    /// Where each technician is.
    pub places: Mutex<HashMap<Uuid, Place>>,
    /// For a fresh token when a login session ends.
    pub campo: Campo,
    /// The organization.
    pub org: Uuid,
    /// Work and pauses are shorter by this.
    pub speedup: f64,
    /// Fixes every so many seconds; the server's word counts where it is longer or nothing is set.
    pub ping_every_s: Option<u32>,
}

/// What the person is doing.
#[derive(Debug, Clone, PartialEq)]
enum Doing {
    /// Nothing until this moment.
    Pausing(i64),
    /// Driving to this job.
    Driving(String),
    /// At the door of this job since this moment.
    AtDoor(String, i64),
    /// Working at this job until this moment.
    Working(String, i64),
}

/// One technician.
pub struct Technician {
    world: Arc<World>,
    user: Uuid,
    name: String,
    own_phone: String,
    /// The phone, with all that was acked.
    pub phone: Phone,
    habits: Habits,
    rng: Rng,
    gps: Gps,
    jobs: Jobs,
    drive: Drive,
    doing: Doing,
    last_fix_ms: i64,
    next_send_ms: i64,
    retry_at_ms: i64,
    failures: u32,
    asked_for_shift: bool,
    /// Since when there is no signal.
    dark_since_ms: Option<i64>,
    /// Another socket of this device took over: final.
    evicted: bool,
}

impl Technician {
    /// A person at a house of the town.
    pub fn new(
        world: Arc<World>,
        (user, name, own_phone): (Uuid, String, String),
        mut phone: Phone,
        habits: Habits,
        mut rng: Rng,
    ) -> Self {
        phone.clock_off_ms = habits.clock_off_ms;
        let now = now_ms();
        let home = rng.pick(&world.town.houses).map_or(Place { lat: -34.9, lon: -60.0 }, |h| h.place);
        let pause = now + rng.between(2_000.0, 12_000.0) as i64;
        Self {
            gps: Gps::new(rng.fork(1)),
            drive: Drive::standing(home, now),
            doing: Doing::Pausing(pause),
            last_fix_ms: now - rng.between(0.0, 300_000.0) as i64,
            next_send_ms: 0,
            retry_at_ms: 0,
            failures: 0,
            asked_for_shift: false,
            dark_since_ms: None,
            evicted: false,
            jobs: Jobs::default(),
            world,
            user,
            name,
            own_phone,
            phone,
            habits,
            rng,
        }
    }

    /// The user's id.
    pub fn user(&self) -> Uuid {
        self.user
    }

    /// The person's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lives until told to stop, then gives back the phone with all that was acked.
    pub async fn live(mut self, mut stop: watch::Receiver<bool>) -> Self {
        let mut thoughts = tokio::time::interval(THINK);
        thoughts.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        while !*stop.borrow() && !self.evicted {
            tokio::select! {
                said = self.phone.next(), if self.phone.is_open() => match said {
                    Ok(said) => self.hear(said).await,
                    Err(_) => self.back_off(),
                },
                _ = thoughts.tick() => {
                    if self.think().await.is_err() {
                        self.phone.cut();
                        self.back_off();
                    }
                }
                _ = stop.changed() => break,
            }
        }
        self.farewell().await;
        self
    }

    /// Sends what is kept and waits a little for the acks, so that a run ends with few loose ends.
    async fn farewell(&mut self) {
        if self.evicted
            || (!self.phone.is_open() && !matches!(self.phone.connect().await, Ok(Said::Welcome { .. })))
        {
            return;
        }
        let _ = self.phone.send_points().await;
        for _ in 0..200 {
            if self.phone.session.waiting() == 0 {
                break;
            }
            let Ok(Ok(_)) = tokio::time::timeout(Duration::from_millis(500), self.phone.next()).await else {
                break;
            };
        }
    }

    fn back_off(&mut self) {
        self.failures = (self.failures + 1).min(5);
        let most = 300.0 * f64::from(1u32 << self.failures);
        self.retry_at_ms = now_ms() + self.rng.between(most / 3.0, most) as i64;
    }

    async fn hear(&mut self, said: Said) {
        match said {
            Said::Welcome { shift, jobs } => {
                self.failures = 0;
                self.jobs.replace(&jobs);
                if shift {
                    // The shift of a run before goes on.
                    self.asked_for_shift = true;
                } else if !self.asked_for_shift {
                    self.asked_for_shift = true;
                    let at = self.phone.now() - 1_000;
                    let _ = self.phone.shift(true, at).await;
                }
            }
            Said::Job(job) => self.jobs.learn(&job),
            Said::Gone(id) => self.jobs.forget(&id),
            Said::Result { request, answer } => self.hear_result(&request, &answer),
            Said::Closed(4409, _) => {
                say!("· {}: otro teléfono tomó su lugar / evicted", self.name);
                self.evicted = true;
            }
            Said::Closed(4401, _) => {
                // The login session ended: sign in again, as the app's user would.
                if let Ok(token) = self.world.campo.token(&self.own_phone, Some(self.world.org)).await {
                    self.phone.session.sign_in_again(token);
                }
                self.back_off();
            }
            Said::Closed(..) => self.back_off(),
            Said::Note(note) if note.get("type").and_then(Value::as_str) == Some("error") => {
                say!("· {}: error {note}", self.name);
            }
            Said::Settled(_) | Said::Note(_) => {}
        }
        if let Ok(mut open) = self.world.open_jobs.lock() {
            open.insert(self.user, self.jobs.open());
        }
    }

    fn hear_result(&mut self, request: &Value, answer: &Value) {
        let word = |v: &Value, key: &str| v.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(current) = answer.get("current") {
            self.jobs.learn(current);
        }
        if answer.get("ok").and_then(Value::as_bool) != Some(true) {
            say!(
                "· {}: rechazado / refused {} ({})",
                self.name,
                word(request, "action"),
                word(answer, "code")
            );
            if word(request, "type") == "shift" {
                self.asked_for_shift = false;
            }
            self.doing = Doing::Pausing(now_ms() + 5_000);
            return;
        }
        let status = match word(request, "action").as_str() {
            "start_travel" => "en_camino",
            "start_work" => "working",
            "complete" => "completed",
            _ => return,
        };
        self.jobs.moved(&word(request, "job"), status, answer.get("version").and_then(Value::as_i64));
    }

    /// One thought: keep a fix, keep the line, do the next thing.
    async fn think(&mut self) -> Outcome<()> {
        let now = now_ms();
        let Some(motion) = self.drive.at(now) else { return Ok(()) };
        if let Ok(mut places) = self.world.places.lock() {
            places.insert(self.user, motion.place);
        }
        let every = self.world.ping_every_s.unwrap_or(0).max(self.phone.ping_every_s);
        if now >= self.last_fix_ms + i64::from(every) * 1000 && self.asked_for_shift {
            let at = self.phone.now();
            let point = self.gps.fix(motion, now, at);
            self.phone.session.push(point, 0);
            self.last_fix_ms = now;
        }
        if self.is_dark(motion.place, now) {
            self.phone.cut();
        } else if !self.phone.is_open() && now >= self.retry_at_ms {
            let said = self.phone.connect().await?;
            self.hear(said).await;
        }
        self.send(now).await?;
        if self.phone.is_open() && !self.phone.has_open_requests() {
            self.act(now).await?;
        }
        Ok(())
    }

    fn is_dark(&mut self, place: Place, now: i64) -> bool {
        if self.world.dead_zones.iter().any(|z| z.covers(place)) {
            now - *self.dark_since_ms.get_or_insert(now) < DARK_MS
        } else {
            self.dark_since_ms = None;
            false
        }
    }

    async fn send(&mut self, now: i64) -> Outcome<()> {
        if !self.phone.is_open() || now < self.next_send_ms || self.phone.session.unsent() == 0 {
            return Ok(());
        }
        self.phone.send_points().await?;
        self.next_send_ms = now + self.habits.hold_ms;
        if self.rng.chance(self.habits.duplicates) {
            self.phone.send_again().await?;
        }
        Ok(())
    }

    /// The next step of the day.
    async fn act(&mut self, now: i64) -> Outcome<()> {
        match self.doing.clone() {
            Doing::Pausing(until) if now < until => Ok(()),
            Doing::Pausing(_) => self.take_up(now).await,
            Doing::Driving(id) => {
                if !self.stands(&id, "en_camino") {
                    self.pause(now, 3_000.0);
                } else if now >= self.drive.ends_ms() {
                    self.doing = Doing::AtDoor(id, now);
                }
                Ok(())
            }
            Doing::AtDoor(id, since) => self.at_door(id, since, now).await,
            Doing::Working(id, until) => {
                if !self.stands(&id, "working") {
                    self.pause(now, 3_000.0);
                } else if now >= until {
                    self.command(&id, "complete").await?;
                    self.pause(now, 20_000.0);
                }
                Ok(())
            }
        }
    }

    fn stands(&self, id: &str, status: &str) -> bool {
        self.jobs.get(id).is_some_and(|j| j.status == status)
    }

    fn pause(&mut self, now: i64, about_ms: f64) {
        let pause = self.rng.between(0.5, 1.5) * about_ms / self.world.speedup;
        self.doing = Doing::Pausing(now + pause as i64);
    }

    async fn take_up(&mut self, now: i64) -> Outcome<()> {
        let Some(job) = self.jobs.next().cloned() else {
            self.pause(now, 3_000.0);
            return Ok(());
        };
        match job.status.as_str() {
            "scheduled" => {
                self.command(&job.id, "start_travel").await?;
                self.doing = Doing::Pausing(now + 300);
            }
            "en_camino" => {
                self.set_out(&job, now);
                self.doing = Doing::Driving(job.id);
            }
            _ => self.doing = Doing::Working(job.id, now + self.work_ms()),
        }
        Ok(())
    }

    async fn at_door(&mut self, id: String, since: i64, now: i64) -> Outcome<()> {
        if self.stands(&id, "working") {
            self.doing = Doing::Working(id, now + self.work_ms());
        } else if !self.stands(&id, "en_camino") {
            self.pause(now, 3_000.0);
        } else if now - since > 2_500 * i64::from(self.phone.ping_every_s.clamp(5, 30)) {
            // Three fixes at the door: the fence has had its chance.
            if self.rng.chance(self.habits.presses_arrive) {
                self.command(&id, "arrive").await?;
            }
            self.command(&id, "start_work").await?;
        }
        Ok(())
    }

    fn work_ms(&mut self) -> i64 {
        (self.rng.between(60_000.0, 180_000.0) / self.world.speedup) as i64
    }

    async fn command(&mut self, id: &str, action: &str) -> Outcome<()> {
        let version = self.jobs.get(id).map_or(0, |j| j.version);
        let at = self.phone.now();
        self.phone.command(id, action, version, at).await
    }

    /// Plans the way to a job: along the streets to the nearest house, then on foot.
    fn set_out(&mut self, job: &Job, now: i64) {
        let Some(here) = self.drive.at(now).map(|m| m.place) else { return };
        let world = self.world.clone();
        let from = nearest(&world.town, here);
        let goal = match job.place {
            Some(place) => nearest(&world.town, place),
            None => self.rng.pick(&world.town.houses),
        };
        let (Some(from), Some(goal)) = (from, goal) else { return };
        let mut legs = world.graph.route(from, goal);
        let door = job.place.filter(|p| p.distance_m(goal.place) < WALK_M).unwrap_or(goal.place);
        if let Some(kerb) = legs.last().map(|l| l.to) {
            legs.push(Leg { from: kerb, to: door, speed_mps: 2.0, light: None });
        }
        if let Some(first) = legs.first().map(|l| l.from) {
            legs.insert(0, Leg { from: here, to: first, speed_mps: 3.0, light: None });
        }
        // Beyond three times the limits fixes would look like outliers.
        let pace = self.habits.pace * self.world.speedup.clamp(1.0, 2.0);
        self.drive = Drive::plan(&legs, now, pace);
        // Phones notice that they are moving: the interval of a long stop ends here.
        self.last_fix_ms = 0;
    }
}

/// The house nearest to a place.
pub fn nearest(town: &Town, place: Place) -> Option<&House> {
    town.houses.iter().min_by(|a, b| a.place.distance_m(place).total_cmp(&b.place.distance_m(place)))
}
