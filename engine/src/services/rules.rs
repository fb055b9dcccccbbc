//! When a service goes into panic by itself, and when it comes back: pure (functional.md section 9).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::OrgId;
use crate::providers::Service;

/// How a service stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Mode {
    /// As it should be.
    Ok,
    /// It is used, slowly or with failures: people are told.
    Degraded,
    /// It is not used: what it would do waits or goes another way.
    Panic,
}

/// What a mode comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Cause {
    /// Somebody decided it.
    Person,
    /// Too much of what was measured went badly.
    Rate,
    /// Its breaker was open for too long.
    Breaker,
}

/// What is counted, good or bad.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, utoipa::ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Signal {
    /// A WhatsApp message reached its phone, or failed for good.
    Delivery,
    /// A voice note was understood with a confidence of at least 0.5, or less.
    VoiceConfidence,
    /// A person took what was understood of a voice note as it was, or corrected or refused it.
    VoiceReview,
}

impl Signal {
    /// Of which service it speaks.
    pub fn service(self) -> Service {
        match self {
            Self::Delivery => Service::WhatsApp,
            Self::VoiceConfidence | Self::VoiceReview => Service::OpenAi,
        }
    }

    /// What it counts, in words: Spanish, English.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Delivery => ("entregas fallaron", "deliveries failed"),
            Self::VoiceConfidence => {
                ("notas de voz se entendieron mal", "voice notes were hardly understood")
            }
            Self::VoiceReview => ("notas de voz se corrigieron", "voice notes were corrected"),
        }
    }
}

/// Counts older than this say nothing of now.
pub const WINDOW: TimeDelta = TimeDelta::minutes(60);
/// One of two is no panic: the least that must have been counted (reliability.md, fault 30).
const LEAST: u64 = 10;
/// A breaker that nobody saw open for so long is closed again on every node, or its node is gone.
const HELD: TimeDelta = TimeDelta::seconds(90);

/// What a service bears.
struct Rule {
    service: Service,
    /// Panic where more than this share of it is bad.
    trigger: (Signal, f64),
    /// Panic after its breaker was open for so long.
    breaker: Duration,
    /// Back where more than this share of it is good; none: a person decides.
    recovery: Option<(Signal, f64)>,
}

/// A row a service. AFIP's and Mercado Pago's belong here as soon as they are called.
const RULES: [Rule; 2] = [
    Rule {
        service: Service::WhatsApp,
        trigger: (Signal::Delivery, 0.20),
        breaker: Duration::from_secs(600),
        recovery: None,
    },
    Rule {
        service: Service::OpenAi,
        trigger: (Signal::VoiceConfidence, 0.40),
        breaker: Duration::from_secs(300),
        recovery: Some((Signal::VoiceReview, 0.70)),
    },
];

/// What was counted within the window, of one organization's credential or of the installation's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Tally {
    /// Whose; none for the installation's own.
    #[sqlx(rename = "org_id")]
    pub org: Option<OrgId>,
    /// What.
    pub signal: Signal,
    /// So many went well.
    pub good: i64,
    /// So many did not.
    pub bad: i64,
}

impl Tally {
    fn all(&self) -> u64 {
        u64::try_from(self.good + self.bad).unwrap_or(0)
    }

    fn is_over(&self, share: f64) -> bool {
        self.all() >= LEAST && self.bad as f64 > share * self.all() as f64
    }

    fn is_well(&self, share: f64) -> bool {
        self.all() >= LEAST && self.good as f64 > share * self.all() as f64
    }

    fn reason(&self) -> String {
        let percent = (100.0 * self.bad as f64 / self.all().max(1) as f64).round();
        let ((es, en), minutes) = (self.signal.words(), WINDOW.num_minutes());
        format!(
            "{es}: {percent} % de {} en {minutes} min ({en}: {percent} % of {} in {minutes} min)",
            self.all(),
            self.all()
        )
    }
}

/// How a service stands by a decision that was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stands {
    /// The mode.
    pub mode: Mode,
    /// What it comes from.
    pub cause: Cause,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When a breaker that is the cause was last seen open.
    pub held_at: DateTime<Utc>,
}

/// A mode that follows from what was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose; none for the installation.
    pub org: Option<OrgId>,
    /// Which service.
    pub service: Service,
    /// The mode.
    pub mode: Mode,
    /// What it comes from.
    pub cause: Cause,
    /// In words.
    pub reason: String,
    /// The decision that it replaces, by its moment: where that is another one by now nothing changes.
    pub replaces: Option<DateTime<Utc>>,
}

/// What follows from what was counted and from breakers that stand open on this node, with their times.
///
/// One organization's bad number is its own panic; that of the installation needs its own credential, or the failure of
/// all together that does not hang on one of them. A panic that a person decided ends by a person.
pub fn judge(
    tallies: &[Tally],
    open: &[(Service, Duration)],
    stands: &impl Fn(Option<OrgId>, Service) -> Option<Stands>,
    now: DateTime<Utc>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for rule in &RULES {
        let change = |org, mode, cause, reason| {
            let replaces = stands(org, rule.service).map(|s| s.since);
            Change { org, service: rule.service, mode, cause, reason, replaces }
        };
        let panics = |org| stands(org, rule.service).is_some_and(|s| s.mode == Mode::Panic);
        if let Some((cause, reason)) = fails(rule, tallies, open, stands(None, rule.service), now)
            && !panics(None)
        {
            changes.push(change(None, Mode::Panic, cause, reason));
        }
        for tally in of(tallies, rule.trigger.0).filter(|t| t.org.is_some()) {
            if tally.is_over(rule.trigger.1) && !panics(tally.org) {
                changes.push(change(tally.org, Mode::Panic, Cause::Rate, tally.reason()));
            }
        }
        for (org, reason) in recovered(rule, tallies, stands, now) {
            changes.push(change(org, Mode::Ok, Cause::Rate, reason));
        }
    }
    changes
}

/// What a decision makes begin anew: a person's word, and the end of a panic, every count of the service; a panic that
/// was measured only what may end it, for the rest still speaks of the others.
pub(super) fn counted_anew(service: Service, mode: Mode, cause: Cause) -> &'static [Signal] {
    match (service, mode == Mode::Panic && cause != Cause::Person) {
        (Service::WhatsApp, false) => &[Signal::Delivery],
        (Service::OpenAi, false) => &[Signal::VoiceConfidence, Signal::VoiceReview],
        (Service::OpenAi, true) => &[Signal::VoiceReview],
        _ => &[],
    }
}

/// Whether the service fails everybody.
fn fails(
    rule: &Rule,
    tallies: &[Tally],
    open: &[(Service, Duration)],
    stands: Option<Stands>,
    now: DateTime<Utc>,
) -> Option<(Cause, String)> {
    let (signal, share) = rule.trigger;
    let all = sum(tallies, signal);
    let own = of(tallies, signal).find(|t| t.org.is_none() && t.is_over(share));
    if let Some(own) = own {
        return Some((Cause::Rate, own.reason()));
    }
    // All together, also without the one that fails most.
    let worst = of(tallies, signal).max_by_key(|t| t.bad).map_or((0, 0), |t| (t.good, t.bad));
    let others = Tally { good: all.good - worst.0, bad: all.bad - worst.1, ..all };
    if all.is_over(share) && others.is_over(share) {
        return Some((Cause::Rate, all.reason()));
    }
    let (_, open_for) = open.iter().find(|(service, _)| *service == rule.service)?;
    // A person who says that it is well again is given the same time.
    let decided = stands.map(|s| (now - s.since).to_std().unwrap_or_default());
    let lasted = decided.map_or(*open_for, |d| d.min(*open_for));
    (lasted >= rule.breaker).then(|| {
        let minutes = rule.breaker.as_secs() / 60;
        let reason = format!("sin respuesta durante {minutes} min (no answer for {minutes} min)");
        (Cause::Breaker, reason)
    })
}

/// Whose panic is over, and why.
fn recovered(
    rule: &Rule,
    tallies: &[Tally],
    stands: &impl Fn(Option<OrgId>, Service) -> Option<Stands>,
    now: DateTime<Utc>,
) -> Vec<(Option<OrgId>, String)> {
    let Some((signal, share)) = rule.recovery else { return Vec::new() };
    let of_all = Tally { org: None, ..sum(tallies, signal) };
    let reviewed = of(tallies, signal).filter(|t| t.org.is_some()).copied().chain([of_all]);
    let panics =
        |org, cause| stands(org, rule.service).is_some_and(|s| s.mode == Mode::Panic && s.cause == cause);
    let mut over: Vec<_> = reviewed
        .filter(|t| t.is_well(share) && panics(t.org, Cause::Rate))
        .map(|t| (t.org, "las notas se entienden otra vez (notes are understood again)".to_owned()))
        .collect();
    let is_answered = stands(None, rule.service).is_some_and(|s| now - s.held_at > HELD);
    if is_answered && panics(None, Cause::Breaker) {
        over.push((None, "responde otra vez (it answers again)".to_owned()));
    }
    over
}

fn of(tallies: &[Tally], signal: Signal) -> impl Iterator<Item = &Tally> {
    tallies.iter().filter(move |t| t.signal == signal)
}

fn sum(tallies: &[Tally], signal: Signal) -> Tally {
    let none = Tally { org: None, signal, good: 0, bad: 0 };
    of(tallies, signal).fold(none, |all, t| Tally { good: all.good + t.good, bad: all.bad + t.bad, ..all })
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
