//! The job that a note proposes: what was sure enough, in the form that jobs take. Pure.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::dates::{self, Verdict};
use super::form::Extraction;
use super::score::{Known, minimum};
use super::words::Reason;
use crate::auth::phone;
use crate::error::{Error, Result};
use crate::ids::CustomerId;
use crate::jobs::view::Priority;

/// A job as a note proposes it; a reviewer's corrections have the same form.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = ProposedJob)]
pub struct Proposal {
    /// 3 to 200 characters.
    pub title: Option<String>,
    /// What is wrong.
    pub description: Option<String>,
    /// One of the kinds of work; general when absent.
    pub job_type: Option<String>,
    /// How soon.
    pub priority: Option<Priority>,
    /// When, if a day and a time were asked for.
    pub scheduled_start: Option<DateTime<Utc>>,
    /// Where, in words; absent where the customer's own address serves.
    pub address: Option<String>,
    /// Where, WGS-84 degrees: a reviewer's pin.
    pub lat: Option<f64>,
    /// Where, WGS-84 degrees.
    pub lon: Option<f64>,
    /// For whom, where they are known.
    pub customer_id: Option<CustomerId>,
    /// Their name, for a new customer.
    pub customer_name: Option<String>,
    /// Their phone, for a new customer.
    pub customer_phone: Option<String>,
    /// What else was said: brand, model, the day without a time.
    pub notes: Option<String>,
}

/// What is known of whoever speaks, besides what they say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Speaker {
    /// The phone that the note came from, in its stored form.
    pub phone: Option<String>,
    /// The customer of that phone.
    pub customer: Option<CustomerId>,
    /// Has that customer an address?
    pub has_address: bool,
}

/// A proposal, what its required fields are worth, and what to mind.
#[derive(Debug, Clone, PartialEq)]
pub struct Drafted {
    /// The job.
    pub proposal: Proposal,
    /// Where.
    pub address: Known,
    /// What.
    pub problem: Known,
    /// Confidences of the other fields that were said.
    pub others: Vec<f64>,
    /// Is there a phone?
    pub has_contact: bool,
    /// What was left out, and why.
    pub reasons: Vec<Reason>,
}

/// Makes a job of what was said. Fields under their minimum are left out; required ones stay for a person to judge.
pub fn draft(
    said: &Extraction,
    transcript: &str,
    speaker: &Speaker,
    (today, zone): (NaiveDate, Tz),
) -> Drafted {
    let mut reasons = Vec::new();
    let date = day(said, transcript, today, &mut reasons);
    let time = said.preferred_time.sure(minimum::TIME).and_then(hour_of);
    let scheduled_start = date.zip(time).and_then(|(date, time)| moment(date, time, zone));
    let said_phone = said.phone.sure(minimum::PHONE).and_then(phone::normalize);
    let customer_phone = speaker.phone.clone().or(said_phone);
    let proposal = Proposal {
        title: title(said),
        description: said.problem_description.value.clone(),
        job_type: said.service_type.sure(minimum::SERVICE_TYPE).map(str::to_owned),
        priority: said.urgency.sure(minimum::URGENCY).map(priority),
        scheduled_start,
        address: whole_address(said),
        lat: None,
        lon: None,
        customer_id: speaker.customer,
        customer_name: said.customer_name.sure(minimum::NAME).map(str::to_owned),
        customer_phone: customer_phone.clone(),
        notes: notes(said, date, scheduled_start.is_some()),
    };
    let address = match &said.address.value {
        Some(_) => Known::Said(said.address.confidence),
        None if speaker.has_address => Known::OnFile,
        None => Known::Missing,
    };
    let problem = match &said.problem_description.value {
        Some(_) => Known::Said(said.problem_description.confidence),
        None => Known::Missing,
    };
    Drafted {
        proposal,
        address,
        problem,
        others: others(said, date),
        has_contact: customer_phone.is_some(),
        reasons,
    }
}

/// The seven fields that make the last fifth of the score: those that were said. A date that does not hold counts half.
fn others(said: &Extraction, date: Option<NaiveDate>) -> Vec<f64> {
    let seven = [
        &said.customer_name,
        &said.phone,
        &said.neighborhood,
        &said.service_type,
        &said.urgency,
        &said.preferred_time,
    ];
    let mut all: Vec<f64> = seven.iter().filter(|h| h.value.is_some()).map(|h| h.confidence).collect();
    if said.preferred_date.value.is_some() {
        let worth = if date.is_some() { 1.0 } else { 0.5 };
        all.push(said.preferred_date.confidence * worth);
    }
    all
}

/// The day, if it is sure, lies ahead, and the words do not say another.
fn day(
    said: &Extraction,
    transcript: &str,
    today: NaiveDate,
    reasons: &mut Vec<Reason>,
) -> Option<NaiveDate> {
    let date: NaiveDate = said.preferred_date.sure(minimum::DATE)?.parse().ok()?;
    match dates::verdict(date, transcript, today) {
        Verdict::Stands => Some(date),
        Verdict::Disagrees => {
            reasons.push(Reason::DateDisagrees);
            None
        }
        Verdict::OutOfRange => {
            reasons.push(Reason::DateOutOfRange);
            None
        }
    }
}

/// The title that was proposed, else the beginning of the problem.
fn title(said: &Extraction) -> Option<String> {
    let long_enough = |t: &&String| t.chars().count() >= 3;
    said.title.value.as_ref().filter(long_enough).cloned().or_else(|| {
        let problem = said.problem_description.value.as_ref().filter(long_enough)?;
        Some(problem.chars().take(80).collect::<String>().trim().to_owned())
    })
}

/// Street and number, with the city where it was said: it tells equal streets apart.
fn whole_address(said: &Extraction) -> Option<String> {
    let street = said.address.value.as_deref()?;
    let near = said.neighborhood.sure(minimum::NEIGHBORHOOD);
    let city = said.city.sure(minimum::NEIGHBORHOOD);
    let province = said.province.sure(minimum::NEIGHBORHOOD);
    let mut whole = street.to_owned();
    for part in [near, city, province].into_iter().flatten() {
        if !super::speech::fold(&whole).contains(&super::speech::fold(part)) {
            whole = format!("{whole}, {part}");
        }
    }
    Some(whole.chars().take(500).collect())
}

fn notes(said: &Extraction, date: Option<NaiveDate>, is_scheduled: bool) -> Option<String> {
    let brand = said.appliance_brand.sure(minimum::SERVICE_TYPE).map(|b| format!("Marca: {b}"));
    let model = said.appliance_model.sure(minimum::SERVICE_TYPE).map(|m| format!("Modelo: {m}"));
    let day = date.filter(|_| !is_scheduled).map(|d| format!("Prefiere el {}", d.format("%d/%m/%Y")));
    let part = said.preferred_time.sure(minimum::TIME).filter(|_| !is_scheduled);
    let part = part.map(|t| format!("Horario preferido: {}", part_of_day(t)));
    let all: Vec<String> = [brand, model, day, part].into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join("\n"))
}

/// A part of the day in words, or the time itself.
pub fn part_of_day(time: &str) -> &str {
    match time {
        "morning" => "a la mañana",
        "afternoon" => "a la tarde",
        "evening" => "a la noche",
        other => other,
    }
}

/// `HH:MM`, or the hour at which a part of the day begins for a visit.
pub fn hour_of(time: &str) -> Option<NaiveTime> {
    let hour = |h| NaiveTime::from_hms_opt(h, 0, 0);
    match time {
        "morning" => hour(9),
        "afternoon" => hour(14),
        "evening" => hour(18),
        other => NaiveTime::parse_from_str(other, "%H:%M").ok(),
    }
}

fn moment(date: NaiveDate, time: NaiveTime, zone: Tz) -> Option<DateTime<Utc>> {
    zone.from_local_datetime(&date.and_time(time)).earliest().map(|at| at.to_utc())
}

fn priority(urgency: &str) -> Priority {
    match urgency {
        "emergency" => Priority::Urgent,
        "urgent" => Priority::High,
        _ => Priority::Normal,
    }
}

/// A correction's field by its name here; other spellings of it that people use are known too.
fn canonical(name: &str) -> Option<&'static str> {
    Some(match name {
        "title" => "title",
        "description" | "problem_description" | "problemDescription" => "description",
        "job_type" | "jobType" | "service_type" | "serviceType" => "job_type",
        "priority" => "priority",
        "scheduled_start" | "scheduledStart" => "scheduled_start",
        "address" => "address",
        "lat" => "lat",
        "lon" => "lon",
        "customer_id" | "customerId" => "customer_id",
        "customer_name" | "customerName" => "customer_name",
        "customer_phone" | "customerPhone" | "phone" => "customer_phone",
        "notes" => "notes",
        _ => return None,
    })
}

impl Proposal {
    /// A reviewer's corrections over it: what is absent stays, null or an empty text takes a field away. A pin
    /// belongs to its address: another address takes the old one along.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a field that is none, or a value of another type.
    pub fn corrected(self, fields: &Map<String, Value>) -> Result<Self> {
        let wrong = |why: String| Error::invalid("fields", why);
        let whole = serde_json::to_value(self).map_err(|e| Error::Internal(format!("proposal: {e}")))?;
        let Value::Object(mut whole) = whole else {
            return Err(Error::Internal("a proposal is an object".into()));
        };
        let said: Vec<(&str, &Value)> = fields
            .iter()
            .map(|(name, value)| {
                let ours = canonical(name);
                ours.map(|n| (n, value)).ok_or_else(|| wrong(format!("{name}: no existe (no such field)")))
            })
            .collect::<Result<_>>()?;
        if said.iter().any(|(name, _)| ["address", "lat", "lon"].contains(name)) {
            whole.insert("lat".into(), Value::Null);
            whole.insert("lon".into(), Value::Null);
        }
        for (name, value) in said {
            let is_empty = value.as_str().is_some_and(|t| t.trim().is_empty());
            whole.insert(name.to_owned(), if is_empty { Value::Null } else { value.clone() });
        }
        serde_json::from_value(Value::Object(whole)).map_err(|e| wrong(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::form::Heard;
    use serde_json::json;

    fn heard(value: &str, confidence: f64) -> Heard {
        Heard { value: Some(value.into()), confidence }
    }

    fn here() -> (NaiveDate, Tz) {
        (NaiveDate::from_ymd_opt(2026, 11, 24).unwrap(), chrono_tz::America::Argentina::Buenos_Aires)
    }

    fn said() -> Extraction {
        Extraction {
            customer_name: heard("Marta", 0.9),
            address: heard("Av. Rivadavia 4502", 0.9),
            neighborhood: heard("Caballito", 0.8),
            problem_description: heard("Pierde la canilla de la cocina", 0.95),
            title: heard("Canilla que pierde", 0.9),
            service_type: heard("plomeria", 0.9),
            urgency: heard("urgent", 0.8),
            preferred_date: heard("2026-11-25", 0.9),
            preferred_time: heard("afternoon", 0.9),
            ..Extraction::default()
        }
    }

    #[test]
    fn tomorrow_afternoon_is_a_moment() {
        let speaker = Speaker { phone: Some("+5491155550001".into()), ..Speaker::default() };
        let drafted = draft(&said(), "mañana a la tarde", &speaker, here());
        let job = drafted.proposal;
        assert_eq!(job.scheduled_start.unwrap().to_rfc3339(), "2026-11-25T17:00:00+00:00");
        assert_eq!(job.address.as_deref(), Some("Av. Rivadavia 4502, Caballito"));
        assert_eq!((job.priority, job.job_type.as_deref()), (Some(Priority::High), Some("plomeria")));
        assert_eq!((job.notes, drafted.reasons), (None, vec![]));
        assert!(drafted.has_contact);
        assert_eq!(drafted.others.len(), 6);
    }

    #[test]
    fn a_day_that_the_words_deny_is_left_out() {
        let drafted = draft(&said(), "vengan hoy mismo", &Speaker::default(), here());
        assert_eq!(drafted.reasons, [Reason::DateDisagrees]);
        assert!(drafted.proposal.scheduled_start.is_none() && !drafted.has_contact);
        assert_eq!(drafted.proposal.notes.as_deref(), Some("Horario preferido: a la tarde"));
    }

    #[test]
    fn fields_under_their_minimum_are_left_out() {
        let weak = Extraction {
            customer_name: heard("Marta", 0.59),
            phone: heard("11 5555-0001", 0.79),
            preferred_date: heard("2026-11-25", 0.69),
            urgency: heard("emergency", 0.49),
            service_type: heard("gas", 0.49),
            ..said()
        };
        let drafted = draft(&weak, "", &Speaker::default(), here());
        let job = &drafted.proposal;
        assert_eq!((&job.customer_name, &job.customer_phone, &job.scheduled_start), (&None, &None, &None));
        assert_eq!((job.priority, &job.job_type), (None, &None));
        let sure = Extraction { phone: heard("11 5555-0001", 0.8), ..said() };
        let job = draft(&sure, "", &Speaker::default(), here()).proposal;
        assert_eq!(job.customer_phone.as_deref(), Some("+5491155550001"));
    }

    #[test]
    fn the_customers_own_address_serves() {
        let silent = Extraction { address: Heard::default(), ..said() };
        let home = Speaker { has_address: true, ..Speaker::default() };
        assert_eq!(draft(&silent, "", &home, here()).address, Known::OnFile);
        assert_eq!(draft(&silent, "", &Speaker::default(), here()).address, Known::Missing);
        assert_eq!(draft(&said(), "", &home, here()).address, Known::Said(0.9));
    }

    #[test]
    fn corrections_win_and_an_address_takes_its_pin_along() {
        let old = Proposal {
            title: Some("Viejo".into()),
            lat: Some(1.0),
            lon: Some(2.0),
            notes: Some("x".into()),
            scheduled_start: Some("2026-11-25T17:00:00Z".parse().unwrap()),
            ..Proposal::default()
        };
        let by = |fields: Value| old.clone().corrected(fields.as_object().unwrap());
        assert_eq!(by(json!({})).unwrap(), old);
        let new = by(json!({"address": "Mitre 450", "notes": " ", "scheduled_start": null})).unwrap();
        assert_eq!((new.lat, new.notes, new.scheduled_start), (None, None, None));
        assert_eq!((new.title.as_deref(), new.address.as_deref()), (Some("Viejo"), Some("Mitre 450")));
        assert_eq!(by(json!({"problemDescription": "gotea"})).unwrap().description.as_deref(), Some("gotea"));
        assert!(by(json!({"colour": "red"})).is_err() && by(json!({"lat": "x"})).is_err());
    }
}
