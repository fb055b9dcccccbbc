//! The job's state machine (functional.md section 3.1), pure. Every caller goes through it, whatever the path.
//!
//! REST names a target state and is strict ([`decide`]); a phone names an action and is judged by the job's
//! present state ([`judge`]), because it may have been offline while others moved the job on.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::event::ByKind;

/// Staff may reopen a completed job for so long.
pub const REOPEN: TimeDelta = TimeDelta::minutes(10);

/// Where a job stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    sqlx::Type,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Status {
    /// Nobody, or no date, yet.
    Pending,
    /// Technician and date are set.
    Scheduled,
    /// The technician travels; the customer may watch.
    EnCamino,
    /// Work is under way.
    Working,
    /// Done.
    Completed,
    /// Called off.
    Cancelled,
}

impl Status {
    /// All states, for tables and tests.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Scheduled, Self::EnCamino, Self::Working, Self::Completed, Self::Cancelled];

    /// Completed or cancelled.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled)
    }

    /// En camino or working.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::EnCamino | Self::Working)
    }

    /// Whether core fields (title, customer, schedule, place) may still change; afterwards `JOB_003`.
    pub fn is_editable(self) -> bool {
        matches!(self, Self::Pending | Self::Scheduled)
    }

    /// The column and wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Scheduled => "scheduled",
            Self::EnCamino => "en_camino",
            Self::Working => "working",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl std::str::FromStr for Status {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|status| status.as_str() == s).ok_or(())
    }
}

/// What a technician's phone asks for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Sets out: scheduled to en_camino.
    StartTravel,
    /// Cannot make it: en_camino back to scheduled.
    CancelTravel,
    /// Is there: the journey ends, the job stays en_camino.
    Arrive,
    /// Begins: en_camino to working.
    StartWork,
    /// Done: working to completed.
    Complete,
}

impl Action {
    /// All actions, for tables and tests.
    pub const ALL: [Self; 5] =
        [Self::StartTravel, Self::CancelTravel, Self::Arrive, Self::StartWork, Self::Complete];

    /// The state that the action leads to.
    pub fn target(self) -> Status {
        match self {
            Self::StartTravel | Self::Arrive => Status::EnCamino,
            Self::CancelTravel => Status::Scheduled,
            Self::StartWork => Status::Working,
            Self::Complete => Status::Completed,
        }
    }
}

/// What the table wants to know besides the two states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// Somebody is assigned.
    pub has_technician: bool,
    /// `scheduled_start` is set.
    pub has_date: bool,
    /// The one who asks is assigned to the job.
    pub is_own: bool,
    /// A reason was given.
    pub has_reason: bool,
    /// How long the job has been in its present state.
    pub since: TimeDelta,
    /// What the organization wants to see before a job is completed is not there.
    pub lacks_evidence: bool,
    /// The job's invoice has a CAE: nothing of it may change any more.
    pub has_cae: bool,
}

/// What happens to the job's journey (its tracking session).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Journey {
    /// Nothing.
    Keep,
    /// One begins, with a link for the customer.
    Begin,
    /// It has reached the customer.
    Arrive,
    /// It is over; the link lives two hours more.
    Complete,
    /// It is called off; the link is dead at once.
    Cancel,
    /// It ended too early: it stands at the customer again.
    Reopen,
}

/// A step that is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// From here.
    pub from: Status,
    /// To there.
    pub to: Status,
    /// What the journey does.
    pub journey: Journey,
}

/// Why a step is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not in the table, or a guard stands against it: `JOB_001`.
    Illegal,
    /// In the table, but not for this role: `AUTH_003`.
    NotYours,
    /// A reason is required.
    NoReason,
    /// What the organization wants to see before completion is not there: `JOB_001`.
    NoEvidence,
    /// Completed for too long to be reopened: `JOB_001`.
    TooLate,
    /// Its invoice has a CAE: `JOB_001`.
    Invoiced,
}

/// Whether a job may go from one state to another, and what its journey does then.
///
/// The table of functional.md section 3.1; everything that is not in it is [`Refusal::Illegal`].
pub fn decide(from: Status, to: Status, who: ByKind, facts: &Facts) -> Result<Transition, Refusal> {
    use Status::{Cancelled, Completed, EnCamino, Pending, Scheduled, Working};
    let ready = facts.has_technician && facts.has_date;
    let (guard, who_may, journey) = match (from, to) {
        (Pending, Scheduled) => (ready, OFFICE_OR_RULE, Journey::Keep),
        (Scheduled, Pending) => (!ready, OFFICE_OR_RULE, Journey::Keep),
        (Scheduled, EnCamino) => (facts.has_technician, OFFICE_OR_OWN, Journey::Begin),
        (EnCamino, Scheduled) => (true, OFFICE_OR_OWN, Journey::Cancel),
        (EnCamino, Working) => (true, OFFICE_OR_OWN, Journey::Arrive),
        (Working, Completed) => (true, OFFICE_OR_OWN, Journey::Complete),
        (Pending | Scheduled | EnCamino | Working, Cancelled) => (true, OFFICE, Journey::Cancel),
        (Completed, Working) => (true, OFFICE, Journey::Reopen),
        _ => return Err(Refusal::Illegal),
    };
    if !who_may.allows(who, facts.is_own) {
        return Err(Refusal::NotYours);
    }
    if !guard {
        return Err(Refusal::Illegal);
    }
    if from == Completed && facts.has_cae {
        return Err(Refusal::Invoiced);
    }
    if from == Completed && facts.since > REOPEN {
        return Err(Refusal::TooLate);
    }
    if to == Cancelled && !facts.has_reason {
        return Err(Refusal::NoReason);
    }
    if to == Completed && facts.lacks_evidence {
        return Err(Refusal::NoEvidence);
    }
    Ok(Transition { from, to, journey })
}

/// Who a row of the table is for.
#[derive(Clone, Copy)]
struct WhoMay {
    own: bool,
    rule: bool,
}

const OFFICE: WhoMay = WhoMay { own: false, rule: false };
const OFFICE_OR_OWN: WhoMay = WhoMay { own: true, rule: false };
const OFFICE_OR_RULE: WhoMay = WhoMay { own: false, rule: true };

impl WhoMay {
    fn allows(self, who: ByKind, is_own: bool) -> bool {
        match who {
            ByKind::Staff => true,
            ByKind::Technician => self.own && is_own,
            ByKind::System => self.rule,
            ByKind::Customer => false,
        }
    }
}

/// What becomes of an action that comes from a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// The job goes to another state.
    Go(Transition),
    /// The journey has reached the customer; the job stays.
    Arrived,
    /// It is so already, or further on: fine, nothing changes.
    Already,
    /// The present state forbids it: `JOB_001`.
    Refused,
}

/// Judges a technician's action by the job's present state.
///
/// `has_arrived` says whether the present journey has already reached the customer.
pub fn judge(present: Status, has_arrived: bool, action: Action, facts: &Facts) -> Judgement {
    if is_past(present, has_arrived, action) {
        return Judgement::Already;
    }
    if action == Action::Arrive {
        return if present == Status::EnCamino { Judgement::Arrived } else { Judgement::Refused };
    }
    match decide(present, action.target(), ByKind::Technician, facts) {
        Ok(transition) => Judgement::Go(transition),
        Err(_) => Judgement::Refused,
    }
}

/// Whether the job stands at or past what the action wants. A cancelled job is past nothing.
fn is_past(present: Status, has_arrived: bool, action: Action) -> bool {
    use Status::{Completed, EnCamino, Pending, Scheduled, Working};
    match action {
        Action::StartTravel => matches!(present, EnCamino | Working | Completed),
        // Going back: whoever was sent back further (unscheduled by the office) has what he wanted.
        Action::CancelTravel => matches!(present, Scheduled | Pending),
        Action::Arrive => matches!(present, Working | Completed) || (present == EnCamino && has_arrived),
        Action::StartWork => matches!(present, Working | Completed),
        Action::Complete => present == Completed,
    }
}

/// Where an open job belongs by what is set: the automatic step between pending and scheduled, if one is due.
pub fn settle(present: Status, facts: &Facts) -> Option<Transition> {
    let target = match present {
        Status::Pending => Status::Scheduled,
        Status::Scheduled => Status::Pending,
        _ => return None,
    };
    decide(present, target, ByKind::System, facts).ok()
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
