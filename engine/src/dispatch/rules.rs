//! Who should do a job: points, weights and confidence. Pure (functional.md section 3.3).
//!
//! Only what favours somebody now counts. Having refused work or been offline leaves no trace in later scores.

use serde::Serialize;

use super::words::Reason;

/// Nobody farther away than this, metres as the crow flies, is near.
pub const NEAR_M: f64 = 50_000.0;
/// An ETA of this length or longer is worth no points, minutes.
const WORTHLESS_MIN: f64 = 60.0;
/// An urgent job does not wait longer than this, minutes.
const URGENT_MIN: f64 = 15.0;

/// What a score is made of, in the order in which it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// How soon they can be there.
    Proximity,
    /// What they are doing.
    Availability,
    /// What they still have to do today.
    Workload,
    /// Whether it is their kind of work.
    Skill,
    /// How much they do, and how well.
    Performance,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Proximity, Self::Availability, Self::Workload, Self::Skill, Self::Performance];

    /// Its share of the score; the five make one.
    pub fn weight(self) -> f64 {
        match self {
            Self::Proximity => 0.30,
            Self::Availability => 0.25,
            Self::Workload | Self::Skill | Self::Performance => 0.15,
        }
    }
}

/// What somebody is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Nothing: on shift, heard of.
    Free,
    /// On the way to another job.
    EnCamino,
    /// At work, since so many minutes where that is known.
    Working(Option<i64>),
    /// On shift, and nothing heard of the phone.
    Silent,
    /// On a pause within their shift.
    Paused,
    /// No shift is open.
    OffShift,
}

/// How well somebody knows the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum SkillLevel {
    /// Learning.
    Junior,
    /// As most.
    Regular,
    /// Better than most.
    Senior,
}

/// Everything that counts for one person and one job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// Straight line to the job, metres; unknown without a fresh position or a place.
    pub straight_m: Option<f64>,
    /// Expected travel time, seconds.
    pub eta_s: Option<u32>,
    /// Whether the job cannot wait.
    pub is_urgent: bool,
    /// What they are doing.
    pub doing: Doing,
    /// Jobs still to do today, this one left out.
    pub remaining: i64,
    /// Whether the job needs a trade at all, and whether it is one of theirs.
    pub needs_trade: bool,
    /// Whether it is one of theirs.
    pub has_trade: bool,
    /// How well they know it, if somebody said.
    pub level: Option<SkillLevel>,
    /// What customers say of them, 0..=5, once there are ratings.
    pub rating: Option<f64>,
    /// Jobs completed in the last 30 days.
    pub jobs_a_month: i64,
}

/// Points with their reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Of which part.
    pub part: Part,
    /// 0..=100.
    pub points: f64,
    /// Why.
    pub reason: Reason,
}

/// How much a score says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Under 50.
    Low,
    /// 50 and more.
    Medium,
    /// 70 and more.
    High,
}

impl Confidence {
    /// Of a score.
    pub fn of(score: f64) -> Self {
        match score {
            s if s >= 70.0 => Self::High,
            s if s >= 50.0 => Self::Medium,
            _ => Self::Low,
        }
    }
}

/// Points for each part, in the order of [`Part::ALL`].
pub fn parts(facts: &Facts) -> [Scored; 5] {
    [proximity(facts), availability(facts), workload(facts), skill(facts), performance(facts)]
}

/// The score, 0..=100.
pub fn score(parts: &[Scored]) -> f64 {
    parts.iter().map(|p| p.part.weight() * p.points).sum::<f64>().clamp(0.0, 100.0)
}

fn proximity(facts: &Facts) -> Scored {
    let say = |points, reason| Scored { part: Part::Proximity, points, reason };
    let (Some(straight_m), Some(eta_s)) = (facts.straight_m, facts.eta_s) else {
        return say(0.0, Reason::WhereaboutsUnknown);
    };
    if straight_m > NEAR_M {
        return say(0.0, Reason::TooFar { km: straight_m / 1_000.0 });
    }
    let minutes = f64::from(eta_s) / 60.0;
    let points = 100.0 * (1.0 - minutes / WORTHLESS_MIN).max(0.0);
    if facts.is_urgent && minutes > URGENT_MIN {
        return say(points / 2.0, Reason::LateForUrgent { minutes });
    }
    say(points, Reason::Away { minutes })
}

fn availability(facts: &Facts) -> Scored {
    let (points, reason) = match facts.doing {
        Doing::Free => (100.0, Reason::Free),
        Doing::EnCamino => (40.0, Reason::EnCamino),
        Doing::Working(None) => (20.0, Reason::Working { minutes: None }),
        Doing::Working(Some(minutes)) => {
            let points = match minutes {
                91.. => 50.0,
                61.. => 30.0,
                _ => 10.0,
            };
            (points, Reason::Working { minutes: Some(minutes) })
        }
        Doing::Silent => (0.0, Reason::Silent),
        Doing::Paused => (0.0, Reason::Paused),
        Doing::OffShift => (0.0, Reason::OffShift),
    };
    Scored { part: Part::Availability, points, reason }
}

fn workload(facts: &Facts) -> Scored {
    let points = match facts.remaining {
        n if n <= 0 => 100.0,
        n @ 1..=4 => 100.0 - 20.0 * n as f64,
        _ => 0.0,
    };
    Scored { part: Part::Workload, points, reason: Reason::Remaining { jobs: facts.remaining.max(0) } }
}

fn skill(facts: &Facts) -> Scored {
    let has_trade = facts.needs_trade && facts.has_trade;
    let by_level = match facts.level {
        Some(SkillLevel::Junior) => -20.0,
        Some(SkillLevel::Regular) | None => 0.0,
        Some(SkillLevel::Senior) => 20.0,
    };
    let points = 50.0 + if has_trade { 30.0 } else { 0.0 } + by_level;
    let reason = Reason::Trade { needed: facts.needs_trade, has: has_trade, level: facts.level };
    Scored { part: Part::Skill, points, reason }
}

fn performance(facts: &Facts) -> Scored {
    let rating = facts.rating.map(|r| r.clamp(0.0, 5.0));
    let activity = match facts.jobs_a_month {
        20.. => 20.0,
        10.. => 15.0,
        5.. => 10.0,
        _ => 0.0,
    };
    let points = 50.0 + rating.map_or(0.0, |r| r / 5.0 * 30.0) + activity;
    Scored {
        part: Part::Performance,
        points,
        reason: Reason::Activity { jobs: facts.jobs_a_month.max(0), rating },
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
