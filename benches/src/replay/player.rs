//! One trip through one phone.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout};
use uuid::Uuid;

use super::trips::Trip;
use crate::client::connect::Options;
use crate::client::phone::{Phone, Said};
use crate::client::point::Point;
use crate::client::session::Session;
use crate::clock::now_ms;
use crate::error::{Outcome, Trouble};
use crate::oracle::journal::{self, Line};
use crate::rest::{Office, id_of};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who drives, and how fast time goes.
#[derive(Debug, Clone)]
pub struct Player {
    /// The server.
    pub server: SocketAddr,
    /// For customers and jobs.
    pub office: Office,
    /// The technician.
    pub user: Uuid,
    /// An access token of that person.
    pub token: String,
    /// Recorded seconds in one real one.
    pub speed: f64,
    /// How far ahead of the real end the trip is dated, milliseconds (0: it ends now).
    pub ahead_ms: i64,
    /// A customer's phone that is nobody else's.
    pub customer_phone: String,
}

/// What became of a trip.
#[derive(Debug)]
pub struct Played {
    /// The job.
    pub job: Uuid,
    /// Acked points.
    pub lines: Vec<Line>,
    /// Codes of refused points.
    pub refused: Vec<(u32, String)>,
    /// What the server did against the contract.
    pub violations: Vec<String>,
    /// The fixes as they were dated: Unix milliseconds and recorded place.
    pub dated: Vec<(i64, crate::town::Place)>,
}

impl Player {
    /// Shift on, job, `start_travel`, the fixes on their schedule, and the last ack.
    pub async fn play(self, trip: &Trip) -> Outcome<Played> {
        let end = trip.end().ok_or_else(|| Trouble::new("a trip without fixes"))?;
        let job = self.job(&trip.name, end).await?;
        let session = Session::new(Uuid::new_v4(), Uuid::new_v4(), self.token.clone());
        let mut phone = Phone::new(self.server, Options::default(), session);
        let Said::Welcome { shift, jobs } = phone.connect().await? else {
            return Err(Trouble::new("no welcome for a replayed technician"));
        };
        // The recorded end is "now" when the replay comes to it.
        let took_ms = (trip.duration_s() / self.speed * 1000.0) as i64;
        let first_ms = now_ms() + took_ms + self.ahead_ms - (trip.duration_s() * 1000.0) as i64;
        if !shift {
            phone.shift(true, first_ms - 60_000).await?;
            answered(&mut phone, "shift").await?;
        }
        let known = jobs.iter().find(|j| j.get("id").and_then(Value::as_str) == Some(job.as_str()));
        let version = known.and_then(|j| j.get("version")?.as_i64()).unwrap_or(1);
        phone.command(&job, "start_travel", version, first_ms - 1_000).await?;
        answered(&mut phone, "start_travel").await?;
        let dated = self.send(&mut phone, trip, first_ms).await?;
        Ok(Played {
            job: job.parse()?,
            lines: journal::lines(
                self.office.org(),
                self.user,
                phone.session.device,
                phone.session.boot,
                &phone.acked,
            ),
            refused: phone.refused,
            violations: phone.session.violations,
            dated,
        })
    }

    /// A scheduled job at the trip's true end.
    async fn job(&self, name: &str, end: crate::town::Place) -> Outcome<String> {
        let at = (end.lat, end.lon);
        let customer =
            self.office.customer(&format!("Viaje {name}"), &self.customer_phone, "Destino", at).await?;
        let time = |t: chrono::DateTime<Utc>| t.to_rfc3339_opts(SecondsFormat::Millis, true);
        let body = json!({"title": format!("Viaje {name}"), "customer_id": customer, "address": "Destino",
                          "lat": at.0, "lon": at.1, "scheduled_start": time(Utc::now()),
                          "scheduled_end": time(Utc::now() + chrono::Duration::hours(1)),
                          "technician_ids": [self.user]});
        id_of(&self.office.post("/jobs", body).await?)
    }

    async fn send(
        &self,
        phone: &mut Phone,
        trip: &Trip,
        first_ms: i64,
    ) -> Outcome<Vec<(i64, crate::town::Place)>> {
        let began = Instant::now();
        let mut dated = Vec::new();
        for (offset_s, place) in &trip.fixes {
            let due = began + Duration::from_secs_f64(offset_s / self.speed);
            while let Ok(said) = tokio::time::timeout_at(due, phone.next()).await {
                said?;
            }
            sleep_until(due).await;
            let at = first_ms + (offset_s * 1000.0) as i64;
            let mut point = Point::at(at, place.lat, place.lon);
            point.accuracy_dm = Some(80);
            phone.session.push(point, 0);
            dated.push((at, *place));
            phone.send_points().await?;
        }
        while phone.session.waiting() > 0 {
            match timeout(PATIENCE, phone.next()).await {
                Ok(said) => drop(said?),
                Err(_) => {
                    return Err(Trouble::new(format!("{} points were never acked", phone.session.waiting())));
                }
            }
        }
        Ok(dated)
    }
}

/// Waits for the one open request's answer, which must be yes.
async fn answered(phone: &mut Phone, what: &str) -> Outcome<()> {
    loop {
        match timeout(PATIENCE, phone.next()).await {
            Err(_) => return Err(Trouble::new(format!("no answer to {what}"))),
            Ok(said) => match said? {
                Said::Result { answer, .. } if answer.get("ok").and_then(Value::as_bool) == Some(true) => {
                    return Ok(());
                }
                Said::Result { answer, .. } => {
                    return Err(Trouble::new(format!("{what} was refused: {answer}")));
                }
                Said::Closed(code, reason) => {
                    return Err(Trouble::new(format!("closed with {code} {reason}")));
                }
                _ => {}
            },
        }
    }
}
