//! The simulated office: customers call, jobs are handed out, a few are left for a person at the screen.

use std::sync::Arc;
use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use super::technician::World;
use crate::error::{Outcome, Trouble};
use crate::rest::{Office, id_of};
use crate::rng::Rng;
use crate::say;
use crate::target::fresh_phones;
use crate::town::Place;
use crate::town::names::{FIRST, LAST};

/// How often the office looks around.
const ROUND: Duration = Duration::from_secs(3);
/// Jobs that each technician has ahead.
const AHEAD: usize = 2;
/// Jobs that wait for somebody to assign them by hand.
const PENDING: usize = 3;

const WORK: [(&str, &str); 8] = [
    ("Pérdida de agua en la cocina", "plomeria"),
    ("Cambio de termotanque", "gas"),
    ("Revisión de instalación de gas", "gas"),
    ("Tablero eléctrico que salta", "electricidad"),
    ("Instalación de aire split", "aire_acondicionado"),
    ("Carga de gas refrigerante", "aire_acondicionado"),
    ("Destapación de cañería", "plomeria"),
    ("Colocación de artefactos de baño", "plomeria"),
];

/// The office at work.
pub struct Desk {
    /// Signed in as the owner.
    pub office: Office,
    /// The town and its people.
    pub world: Arc<World>,
    /// Technicians to hand jobs to.
    pub technicians: Vec<Uuid>,
    /// Randomness.
    pub rng: Rng,
    /// Jobs left for a person.
    pub pending: Vec<String>,
}

impl Desk {
    /// Works until told to stop. A server that is away for a while is waited for.
    pub async fn work(mut self, mut stop: watch::Receiver<bool>) {
        let mut troubled = false;
        loop {
            match self.round().await {
                Ok(()) => troubled = false,
                Err(trouble) if !troubled => {
                    troubled = true;
                    say!("· oficina / office: {trouble}");
                }
                Err(_) => {}
            }
            tokio::select! {
                () = tokio::time::sleep(ROUND) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Fills everybody's list and the pile of pending jobs.
    pub async fn round(&mut self) -> Outcome<()> {
        for user in self.technicians.clone() {
            let open = self.world.open_jobs.lock().ok().and_then(|o| o.get(&user).copied());
            // Unknown until the phone has said hello.
            if open.is_some_and(|open| open < AHEAD) {
                self.create(Some(user)).await?;
                if let Ok(mut open) = self.world.open_jobs.lock() {
                    *open.entry(user).or_default() += 1;
                }
            }
        }
        let mut left = Vec::new();
        for id in std::mem::take(&mut self.pending) {
            let job = self.office.get(&format!("/jobs/{id}")).await?;
            if job.get("status").and_then(Value::as_str) == Some("pending") {
                left.push(id);
            }
        }
        self.pending = left;
        while self.pending.len() < PENDING {
            let id = self.create(None).await?;
            self.pending.push(id);
        }
        Ok(())
    }

    async fn create(&mut self, technician: Option<Uuid>) -> Outcome<String> {
        let Some(house) = self.house_for(technician) else {
            return Err(Trouble::new("a town without houses"));
        };
        let word = |rng: &mut Rng, words: &[&'static str]| rng.pick(words).copied().unwrap_or("Ñ");
        let name = format!("{} {}", word(&mut self.rng, &FIRST), word(&mut self.rng, &LAST));
        let phone = format!("+{}", fresh_phones());
        let at = (house.place.lat, house.place.lon);
        let customer = self.office.customer(&name, &phone, &house.address, at).await?;
        let (title, kind) = self.rng.pick(&WORK).copied().unwrap_or(("Trabajo", "general"));
        let mut job = json!({"title": title, "job_type": kind, "customer_id": customer, "address": house.address,
                             "lat": at.0, "lon": at.1});
        if let (Some(user), Some(fields)) = (technician, job.as_object_mut()) {
            let start = Utc::now() + chrono::Duration::minutes(self.rng.below(90) as i64 + 5);
            let time = |t: chrono::DateTime<Utc>| Value::from(t.to_rfc3339_opts(SecondsFormat::Millis, true));
            fields.insert("technician_ids".into(), json!([user]));
            fields.insert("scheduled_start".into(), time(start));
            fields.insert("scheduled_end".into(), time(start + chrono::Duration::hours(1)));
        }
        id_of(&self.office.post("/jobs", job).await?)
    }

    /// A house somewhere between 400 m and 1.8 km from the technician.
    fn house_for(&mut self, technician: Option<Uuid>) -> Option<crate::town::House> {
        let here: Option<Place> =
            technician.and_then(|user| self.world.places.lock().ok()?.get(&user).copied());
        let houses = &self.world.town.houses;
        for _ in 0..50 {
            let house = self.rng.pick(houses)?;
            let far = here.map_or(1_000.0, |here| here.distance_m(house.place));
            if (400.0..1_800.0).contains(&far) {
                return Some(house.clone());
            }
        }
        self.rng.pick(houses).cloned()
    }
}
