//! The words of a message when it leaves, by what is true then; or why it does not leave.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use super::content::Content;
use super::events::{channels, may_wait};
use super::judge::{self, Present};
use super::plan::Fact;
use super::preferences::{self, Preferences};
use super::sql::{self, About};
use super::templates::{Filled, Language};
use super::words;
use crate::Engine;
use crate::auth::keys::sha256;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::{JobId, UserId};
use crate::moment;

/// A message of an event that is to leave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaving<'a> {
    /// What it tells of.
    pub(super) event: &'a str,
    /// What that was when it was written.
    pub(super) fact: &'a serde_json::Value,
    /// Its job.
    pub(super) job: Uuid,
    /// To one of the team; else to the customer.
    pub(super) user: Option<UserId>,
    /// Whether it goes whatever its customer wants.
    pub(super) is_critical: bool,
}

/// What is to be done with a message.
#[derive(Debug)]
pub(super) enum Words {
    /// It leaves so. `link` stands for `{link}` in the words.
    Leave {
        /// Both forms.
        filled: Box<Filled>,
        /// The address that opens something; stored nowhere.
        link: Option<String>,
    },
    /// It is kept back for good.
    Keep(&'static str),
    /// It waits.
    Wait(DateTime<Utc>),
}

/// Finds the words of a message about a job.
pub(super) async fn of_job(engine: &Engine, tx: &mut Tenant, leaving: &Leaving<'_>) -> Result<Words> {
    let fact = Fact::deserialize(leaving.fact).map_err(|e| Error::Internal(format!("a fact: {e}")))?;
    let Some(about) = sql::about(tx, leaving.job, leaving.user).await? else {
        return Ok(Words::Keep("gone"));
    };
    let now = Utc::now();
    if let Some(why) = judge::outdated(leaving.event, leaving.user.is_some(), &fact, &present(&about, now)) {
        return Ok(Words::Keep(why));
    }
    let wanted = match leaving.user {
        Some(user) => Some(preferences::of(tx, user).await?),
        None if about.opted_out_at.is_some() && !leaving.is_critical => return Ok(Words::Keep("opted_out")),
        None => None,
    };
    if let Some(wanted) = &wanted
        && let Some(kept) = of_person(leaving.event, wanted, now)
    {
        return Ok(kept);
    }
    let language = wanted.map_or(Language::Es, |w| w.language);
    let says = Says { about: &about, zone: moment::zone(&about.timezone), language };
    let (template, params, ends, link) = match leaving.user {
        Some(_) => to_team(&says, leaving, &fact),
        None => to_customer(engine, &says, leaving),
    };
    if leaving.event == "job_completed" && leaving.user.is_none() {
        let token = engine.keys.rating_token(JobId(leaving.job));
        sql::open_rating(tx, leaving.job, &sha256(token.as_bytes())).await?;
    }
    let filled = Box::new(engine.templates.fill(template, language, &params, &ends)?);
    Ok(Words::Leave { filled, link })
}

/// What a person's preferences and quiet hours do to a message.
fn of_person(event: &str, wanted: &Preferences, now: DateTime<Utc>) -> Option<Words> {
    // Taking somebody off a job is told as putting them on it.
    let name = if event == "job_unassigned" { "job_assigned" } else { event };
    if !channels(name, wanted).whatsapp {
        return Some(Words::Keep("preference"));
    }
    let until = wanted.quiet().filter(|_| may_wait(event))?.ends(now)?;
    Some(Words::Wait(until))
}

fn present(about: &About, now: DateTime<Utc>) -> Present<'_> {
    Present {
        status: &about.status,
        start: about.scheduled_start.map(|s| s.timestamp_millis()),
        session: about.session_id,
        session_status: about.session_status.as_deref(),
        is_assigned: about.is_assigned,
        now: now.timestamp_millis(),
    }
}

/// A template's name, its parameters, the ends of its buttons, and what `{link}` stands for.
type Parts = (&'static str, Vec<String>, Vec<String>, Option<String>);

/// What words are made of.
struct Says<'a> {
    about: &'a About,
    zone: Tz,
    language: Language,
}

impl Says<'_> {
    fn number(&self) -> String {
        format!("#{}", self.about.job_number)
    }

    fn org(&self) -> String {
        self.about.org_name.clone()
    }

    fn customer(&self) -> String {
        words::first(&self.about.customer_name).to_owned()
    }

    fn technician(&self) -> String {
        let name = self.about.traveller.as_deref().or(self.about.lead.as_deref()).unwrap_or_default();
        words::first(name).to_owned()
    }

    fn user(&self) -> String {
        words::first(self.about.user_name.as_deref().unwrap_or_default()).to_owned()
    }

    fn address(&self) -> String {
        self.about.address.clone().unwrap_or_default()
    }

    fn day(&self) -> String {
        match (self.about.scheduled_start, self.language) {
            (Some(at), language) => words::day(at, self.zone, language),
            (None, Language::Es) => "a confirmar".into(),
            (None, Language::En) => "to be confirmed".into(),
        }
    }

    fn time(&self) -> String {
        self.about.scheduled_start.map_or_else(String::new, |at| words::time(at, self.zone, self.language))
    }

    /// `#JOB-00001 Pierde la canilla`.
    fn task(&self) -> String {
        format!("{} {}", self.number(), self.about.title)
    }
}

fn to_customer(engine: &Engine, says: &Says<'_>, leaving: &Leaving<'_>) -> Parts {
    let about = says.about;
    let url = |path: &str, token: &str| {
        format!("{}/{path}/{token}", engine.settings.public_url.as_deref().unwrap_or_default())
    };
    match leaving.event {
        "job_rescheduled" => {
            ("schedule_change", vec![says.customer(), says.number(), says.day(), says.time()], vec![], None)
        }
        "tech_en_route" => {
            let params = vec![says.customer(), says.technician()];
            match about.session_id.zip(about.token_n).filter(|_| may_follow(about.tier.as_deref())) {
                Some((session, n)) => {
                    let token = engine.keys.link_token(session, n);
                    let link = url("t", &token);
                    ("technician_en_route_tracking", params, vec![token], Some(link))
                }
                None => ("technician_en_route", params, vec![], None),
            }
        }
        "tech_arrived" => ("technician_arrived", vec![says.technician()], vec![], None),
        "job_completed" => {
            let token = engine.keys.rating_token(JobId(leaving.job));
            let link = url("r", &token);
            ("job_completed_customer", vec![says.technician(), says.number()], vec![token], Some(link))
        }
        "job_cancelled" => {
            ("job_cancelled_customer", vec![says.customer(), says.number(), says.org()], vec![], None)
        }
        _ => (
            "job_confirmation_customer",
            vec![says.customer(), says.org(), says.day(), says.time()],
            vec![format!("job:{}:confirm", leaving.job), format!("job:{}:reschedule", leaving.job)],
            None,
        ),
    }
}

fn to_team(says: &Says<'_>, leaving: &Leaving<'_>, fact: &Fact) -> Parts {
    let about = says.about;
    let (title, customer) = (about.title.clone(), about.customer_name.clone());
    let (template, params) = match leaving.event {
        "job_assigned" => (
            "job_assigned_tech",
            vec![says.user(), says.task(), customer, says.address(), says.day(), says.time()],
        ),
        "job_unassigned" => ("job_unassigned_tech", vec![says.user(), says.number()]),
        "schedule_change" => ("schedule_change", vec![says.user(), says.number(), says.day(), says.time()]),
        "job_cancelled" => ("job_cancelled_tech", vec![says.user(), says.number(), customer]),
        "job_completed" => {
            let minutes =
                about.actual_start.zip(about.actual_end).map(|(from, to)| (to - from).num_minutes());
            let spent = minutes.map_or_else(String::new, words::span);
            ("job_completed_admin", vec![says.task(), says.technician(), customer, spent, String::new()])
        }
        "job_reminder" => return reminder(says, fact.minutes.unwrap_or_default()),
        _ => ("job_updated_tech", vec![says.user(), says.number(), title]),
    };
    let ends = match template {
        "job_assigned_tech" => {
            vec![format!("job:{}:confirm", leaving.job), format!("job:{}:cannot", leaving.job)]
        }
        _ => vec![],
    };
    (template, params, ends, None)
}

fn reminder(says: &Says<'_>, minutes: i32) -> Parts {
    let about = says.about;
    let customer = about.customer_name.clone();
    let (template, params) = match minutes {
        1_440 => {
            ("job_reminder_tech_24h", vec![says.user(), says.task(), customer, says.address(), says.time()])
        }
        60 => ("job_reminder_tech_1h", vec![says.task(), says.address()]),
        30 => ("job_reminder_tech_30m", vec![says.task(), customer, says.address()]),
        _ => ("job_reminder_tech", vec![words::span(minutes.into()), says.task(), says.address()]),
    };
    (template, params, vec![], None)
}

/// Live tracking is for PROFESIONAL and above, and for organizations without a tier.
fn may_follow(tier: Option<&str>) -> bool {
    !matches!(tier, Some("FREE" | "INICIAL" | "free" | "inicial"))
}

/// A content with its link in place.
pub(super) fn with_link(content: Content, link: Option<&str>) -> Content {
    let put = |body: String| body.replace("{link}", link.unwrap_or_default());
    match content {
        Content::Text { body, preview_url } => Content::Text { body: put(body), preview_url },
        Content::Buttons { body, buttons } => Content::Buttons { body: put(body), buttons },
        other => other,
    }
}
