//! Messages in and out at rate and under fire: `messages`, `webhooks`, `rounds`, `queue`.
//!
//! The providers are the fakes, in this process; the server is the real one, in its own.

pub mod exact;
pub mod messages;
pub mod queue;
mod read;
pub mod rounds;
pub mod webhooks;

use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::error::{Outcome, Trouble};
use crate::fakes::meta::{Hooks, Number};
use crate::fakes::{self, Fakes};
use crate::rest::{Office, id_of};
use crate::target::{Stage, Target, fresh_phones};

/// More than this and the generator, not the server, was measured.
const LAG_P99_MS: f64 = 20.0;
/// Where the invented town is.
const TOWN: (f64, f64) = (-34.9, -60.0);

/// A server that talks to fakes, and an organization with people and customers.
pub struct Scene {
    /// The server.
    pub stage: Stage,
    /// The providers.
    pub fakes: Fakes,
    /// The organization.
    team: Team,
}

impl std::ops::Deref for Scene {
    type Target = Team;
    fn deref(&self) -> &Team {
        &self.team
    }
}

/// An organization with people and customers.
pub struct Team {
    /// Signed in as the owner.
    pub office: Office,
    /// User ids.
    pub technicians: Vec<String>,
    /// Ids and phones.
    pub customers: Vec<(String, String)>,
}

/// Flags of `campo serve` that lead to the fakes.
pub fn flags(fakes: &Fakes) -> Vec<String> {
    let number = Number::default();
    let hooks = Hooks::default();
    [
        ("--whatsapp-base-url", fakes.url("whatsapp")),
        ("--whatsapp-app-secret", hooks.app_secret),
        ("--whatsapp-verify-token", hooks.verify_token),
        ("--whatsapp-phone-number-id", number.phone_number_id),
        ("--whatsapp-token", number.token),
        ("--whatsapp-per-minute", "100000".into()),
        ("--twilio-base-url", fakes.url("twilio")),
        ("--twilio-account-sid", fakes::twilio::SID.into()),
        ("--twilio-auth-token", fakes::twilio::TOKEN.into()),
        ("--twilio-from", fakes::twilio::SENDER.into()),
        ("--openai-base-url", fakes.url("openai")),
        ("--openai-key", fakes::openai::KEY.into()),
    ]
    .into_iter()
    .flat_map(|(name, value)| [name.to_owned(), value])
    .collect()
}

/// Starts fakes and server, and makes the people.
///
/// # Errors
/// When something does not start, or the server is somebody else's (`--url`): it would not talk to our fakes.
pub async fn scene(
    name: &str,
    target: &Target,
    more: &[&str],
    (technicians, customers): (usize, usize),
) -> Outcome<Scene> {
    if target.url.is_some() {
        return Err(Trouble::new(
            "this one starts its own server, which talks to its own fakes: leave --url out",
        ));
    }
    let fakes = fakes::start()?;
    // The rates of an upgraded number; what a customer gets at once is not what is measured.
    fakes.meta.number(Number {
        per_second: 10_000,
        pair_burst: 100_000,
        pair_every_ms: 1,
        ..Number::default()
    });
    let mut extra = flags(&fakes);
    extra.extend(more.iter().map(|word| (*word).to_owned()));
    let stage = target.open_with(name, extra)?;
    let team = team(target, &stage, (technicians, customers)).await?;
    Ok(Scene { stage, fakes, team })
}

/// Makes an organization (or takes the one that was named) with people and customers.
///
/// # Errors
/// What the server said.
pub async fn team(target: &Target, stage: &Stage, (technicians, customers): (usize, usize)) -> Outcome<Team> {
    let office = target.office(stage).await?;
    let first = fresh_phones();
    office.technicians(technicians, first).await?;
    let users = office.list("/users?limit=200").await?;
    let is_technician = |u: &&Value| u.get("role").and_then(Value::as_str) == Some("technician");
    let ids: Outcome<Vec<String>> = users.iter().filter(is_technician).map(id_of).collect();
    let customers = make_customers(&office, customers, first + 10_000).await?;
    Ok(Team { office, technicians: ids?, customers })
}

async fn make_customers(office: &Office, count: usize, first: u64) -> Outcome<Vec<(String, String)>> {
    let mut made = Vec::new();
    for n in 0..count {
        let phone = format!("+{}", first + n as u64);
        let name = format!("Cliente {}", n + 1);
        let id = office.customer(&name, &phone, "San Martín 450", TOWN).await?;
        made.push((id, phone));
    }
    Ok(made)
}

impl Team {
    /// A job of this number: scheduled, with a technician. The customer and the technician are told.
    pub fn job(&self, n: usize) -> Value {
        let at = Utc::now() + chrono::Duration::days(3) + chrono::Duration::minutes(n as i64 % 600);
        let time = |t: chrono::DateTime<Utc>| t.to_rfc3339_opts(SecondsFormat::Millis, true);
        let customer = self.customers.get(n % self.customers.len().max(1)).map(|(id, _)| id.as_str());
        let technician = self.technicians.get(n % self.technicians.len().max(1));
        json!({"title": "Pérdida de agua", "job_type": "plomeria", "customer_id": customer,
               "address": "San Martín 450", "lat": TOWN.0, "lon": TOWN.1, "technician_ids": [technician],
               "scheduled_start": time(at), "scheduled_end": time(at + chrono::Duration::hours(1))})
    }
}

impl Scene {
    /// Connects the fakes' number to the organization and Meta's webhooks to the server.
    ///
    /// # Errors
    /// What the server said, or that it did not echo the challenge.
    pub async fn connect(&self) -> Outcome<()> {
        fakes::connect::connect(&self.fakes, &self.office, &self.stage.campo, &self.stage.url).await
    }
}

/// A quantile in milliseconds.
pub fn ms(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    histogram.value_at_quantile(quantile) as f64 / 1_000.0
}

/// When the `n`th of an open loop of `rate` a second is due.
fn due(begun: tokio::time::Instant, n: usize, rate: f64) -> tokio::time::Instant {
    begun + Duration::from_secs_f64(n as f64 / rate)
}
