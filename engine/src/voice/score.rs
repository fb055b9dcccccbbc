//! How well a note was understood, and what follows from it (functional.md section 6). Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::speech::Penalty;
use super::words::Reason;

/// Where an organization creates jobs by itself when it says nothing else.
pub const THRESHOLD: f64 = 0.70;
/// From here on a job needs no second look.
const CLEAN: f64 = 0.85;
/// From here on the customer is asked.
const ASK: f64 = 0.50;
/// From here on a person looks.
const REVIEW: f64 = 0.30;
/// A transcription under this is asked for again.
const HEARD: f64 = 0.50;
/// Under this one is flagged.
const WELL_HEARD: f64 = 0.70;
/// Under this one nothing is created by itself, whoever confirms the rest.
const BLOCKED: f64 = 0.40;

/// The least confidence at which a field counts.
pub mod minimum {
    /// Required.
    pub const ADDRESS: f64 = 0.70;
    /// Required.
    pub const PROBLEM: f64 = 0.60;
    /// Below: the sender's own name, or their phone.
    pub const NAME: f64 = 0.60;
    /// Below: the sender's own phone.
    pub const PHONE: f64 = 0.80;
    /// Below: none.
    pub const NEIGHBORHOOD: f64 = 0.60;
    /// Below: general.
    pub const SERVICE_TYPE: f64 = 0.50;
    /// Below: normal.
    pub const URGENCY: f64 = 0.50;
    /// Below: none.
    pub const DATE: f64 = 0.70;
    /// Below: none.
    pub const TIME: f64 = 0.70;
}

/// What is known of a required field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Known {
    /// Nobody said it.
    Missing,
    /// Said, and how surely.
    Said(f64),
    /// The customer's own, on file: nothing to be unsure of.
    OnFile,
}

impl Known {
    fn confidence(self) -> f64 {
        match self {
            Self::Missing => 0.0,
            Self::Said(c) => c,
            Self::OnFile => 1.0,
        }
    }
}

/// What a note is judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// How sure the transcription is.
    pub transcription: f64,
    /// Where the job is.
    pub address: Known,
    /// What is to be done.
    pub problem: Known,
    /// Confidences of the other fields that were said.
    pub others: Vec<f64>,
    /// What makes it harder to understand.
    pub penalties: Vec<Penalty>,
    /// Is there a phone to reach the customer?
    pub has_contact: bool,
    /// Did the note come from a customer's phone, so that they can be asked?
    pub can_ask: bool,
}

/// The parts of a judgement, for people to see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = VoiceScore)]
pub struct Score {
    /// 0.30 transcription + 0.25 address + 0.25 problem + 0.20 others, less the penalties; 0..1.
    pub overall: f64,
    /// How sure the transcription is.
    pub transcription: f64,
    /// How sure the address is; 1 where the customer's own serves.
    pub address: f64,
    /// How sure the problem is.
    pub problem: f64,
    /// The mean of the other fields that were said; 0 where none was.
    pub others: f64,
    /// What was taken off.
    pub penalties: Vec<Penalty>,
}

/// What becomes of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = VoiceDecision)]
pub enum Route {
    /// A job, by itself.
    Create,
    /// A job, by itself, that somebody should look at.
    CreateFlagged,
    /// The customer is asked whether it was understood.
    AskCustomer,
    /// The customer is asked to say it again, or to write.
    AskAgain,
    /// A person listens.
    Review,
    /// Not understood: the customer is told so and asked to write.
    Reject,
}

impl Score {
    /// Weighs the facts.
    pub fn of(facts: &Facts) -> Self {
        let others = match facts.others.len() {
            0 => 0.0,
            n => facts.others.iter().sum::<f64>() / n as f64,
        };
        let (address, problem) = (facts.address.confidence(), facts.problem.confidence());
        let taken: f64 = facts.penalties.iter().map(|p| p.cost()).sum();
        let weighed = 0.30 * facts.transcription + 0.25 * address + 0.25 * problem + 0.20 * others - taken;
        // To a hundredth of a hundredth: 0.70 is 0.70, however it was summed up.
        let overall = ((weighed * 1e4).round() / 1e4).clamp(0.0, 1.0);
        let penalties = facts.penalties.clone();
        Self { overall, transcription: facts.transcription, address, problem, others, penalties }
    }
}

/// What follows from a judgement, and why. `threshold` is the organization's lower edge of automatic creation.
///
/// The band says what may happen at most; what is missing or unsure takes it back: a required field under its
/// minimum is at most asked about, one that nobody said or a blocked note goes to a person.
pub fn route(facts: &Facts, threshold: f64) -> (Route, Vec<Reason>) {
    let score = Score::of(facts);
    let mut reasons = doubts(facts);
    if facts.transcription < HEARD && facts.can_ask {
        return (Route::AskAgain, reasons);
    }
    if score.overall < REVIEW {
        let route = if facts.can_ask { Route::Reject } else { Route::Review };
        reasons.push(Reason::LowConfidence);
        return (route, reasons);
    }
    let band = band(score.overall, threshold);
    let route = hold_back(band, facts);
    if route == Route::CreateFlagged || (route == Route::Review && band == Route::Review) {
        reasons.push(Reason::LowConfidence);
    }
    if route == Route::Review && band == Route::AskCustomer && !facts.can_ask {
        reasons.push(Reason::NobodyToAsk);
    }
    (route, reasons)
}

/// What the overall score alone allows.
pub fn band(overall: f64, threshold: f64) -> Route {
    if overall >= threshold {
        if overall >= CLEAN { Route::Create } else { Route::CreateFlagged }
    } else if overall >= ASK {
        Route::AskCustomer
    } else if overall >= REVIEW {
        Route::Review
    } else {
        Route::Reject
    }
}

/// Takes a band back by what is missing or unsure.
fn hold_back(band: Route, facts: &Facts) -> Route {
    let is_missing = facts.address == Known::Missing || facts.problem == Known::Missing;
    let is_unsure =
        facts.address.confidence() < minimum::ADDRESS || facts.problem.confidence() < minimum::PROBLEM;
    let is_blocked = !facts.has_contact || facts.transcription < BLOCKED || is_missing;
    match band {
        Route::Create | Route::CreateFlagged | Route::AskCustomer if is_blocked => Route::Review,
        Route::Create | Route::CreateFlagged if is_unsure => ask(facts),
        Route::Create if facts.transcription < WELL_HEARD => Route::CreateFlagged,
        Route::AskCustomer => ask(facts),
        other => other,
    }
}

fn ask(facts: &Facts) -> Route {
    if facts.can_ask { Route::AskCustomer } else { Route::Review }
}

/// What speaks against creating it, whatever the band.
fn doubts(facts: &Facts) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if facts.transcription < WELL_HEARD {
        reasons.push(Reason::TranscriptionLow);
    }
    match facts.address {
        Known::Missing => reasons.push(Reason::AddressMissing),
        Known::Said(c) if c < minimum::ADDRESS => reasons.push(Reason::AddressLow),
        _ => {}
    }
    match facts.problem {
        Known::Missing => reasons.push(Reason::ProblemMissing),
        Known::Said(c) if c < minimum::PROBLEM => reasons.push(Reason::ProblemLow),
        _ => {}
    }
    if !facts.has_contact {
        reasons.push(Reason::NoContact);
    }
    reasons.extend(facts.penalties.iter().map(|p| match p {
        Penalty::Slang => Reason::Slang,
        Penalty::MixedLanguage => Reason::MixedLanguage,
        Penalty::Fast => Reason::Fast,
        Penalty::Fillers => Reason::Fillers,
    }));
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sure() -> Facts {
        Facts {
            transcription: 0.95,
            address: Known::Said(0.9),
            problem: Known::Said(0.9),
            others: vec![0.9],
            penalties: vec![],
            has_contact: true,
            can_ask: true,
        }
    }

    /// Facts whose overall score is this, with every minimum met.
    fn scoring(overall: f64) -> Facts {
        let (address, problem) = (Known::Said(minimum::ADDRESS), Known::Said(minimum::PROBLEM));
        let transcription = ((overall - 0.25 * 0.70 - 0.25 * 0.60) / 0.50).clamp(0.0, 1.0);
        Facts { transcription, address, problem, others: vec![transcription], ..sure() }
    }

    #[test]
    fn the_bands_of_the_specification() {
        for (overall, expected) in [
            (1.0, Route::Create),
            (0.85, Route::Create),
            (0.8499, Route::CreateFlagged),
            (0.70, Route::CreateFlagged),
            (0.6999, Route::AskCustomer),
            (0.50, Route::AskCustomer),
            (0.4999, Route::Review),
            (0.30, Route::Review),
            (0.2999, Route::Reject),
            (0.0, Route::Reject),
        ] {
            assert_eq!(band(overall, THRESHOLD), expected, "{overall}");
        }
        assert_eq!(band(0.86, 0.90), Route::AskCustomer, "the threshold is the lower edge of creation");
        assert_eq!(band(0.60, 0.55), Route::CreateFlagged);
    }

    #[test]
    fn the_weights_of_the_specification() {
        let facts = Facts {
            transcription: 0.8,
            address: Known::Said(0.6),
            problem: Known::Said(0.4),
            others: vec![1.0, 0.0],
            ..sure()
        };
        assert_eq!(Score::of(&facts).overall, 0.59);
        let with = |penalties: Vec<Penalty>| Score::of(&Facts { penalties, ..facts.clone() }).overall;
        assert_eq!(with(vec![Penalty::Slang]), 0.49);
        assert_eq!(with(vec![Penalty::MixedLanguage, Penalty::Fast, Penalty::Fillers]), 0.19);
    }

    #[test]
    fn what_holds_a_sure_note_back() {
        let of = |facts: Facts| route(&facts, THRESHOLD);
        assert_eq!(of(sure()), (Route::Create, vec![]));
        assert_eq!(of(scoring(0.75)).0, Route::CreateFlagged);
        assert_eq!(of(Facts { has_contact: false, ..sure() }), (Route::Review, vec![Reason::NoContact]));
        let (route, reasons) = of(Facts { address: Known::Missing, ..sure() });
        assert_eq!((route, reasons), (Route::Review, vec![Reason::AddressMissing]));
        // Unsure of the address alone: the customer says whether it is right.
        assert_eq!(
            of(Facts { address: Known::Said(0.65), ..sure() }),
            (Route::AskCustomer, vec![Reason::AddressLow])
        );
        assert_eq!(of(Facts { address: Known::OnFile, ..sure() }).0, Route::Create);
        assert_eq!(
            of(Facts { transcription: 0.45, ..sure() }),
            (Route::AskAgain, vec![Reason::TranscriptionLow])
        );
        // Whoever uploaded it cannot be asked: a person listens.
        let (route, _) = of(Facts { transcription: 0.45, can_ask: false, ..sure() });
        assert_eq!(route, Route::CreateFlagged);
        let (route, _) = of(Facts { transcription: 0.39, can_ask: false, ..sure() });
        assert_eq!(route, Route::Review);
    }

    fn known() -> impl Strategy<Value = Known> {
        prop_oneof![Just(Known::Missing), Just(Known::OnFile), (0.0..=1.0f64).prop_map(Known::Said)]
    }

    prop_compose! {
        fn facts()(
            transcription in 0.0..=1.0f64,
            address in known(),
            problem in known(),
            others in proptest::collection::vec(0.0..=1.0f64, 0..7),
            penalties in proptest::collection::hash_set(0..4usize, 0..4),
            has_contact: bool,
            can_ask: bool,
        ) -> Facts {
            let all = [Penalty::Slang, Penalty::MixedLanguage, Penalty::Fast, Penalty::Fillers];
            let penalties = penalties.into_iter().map(|i| all[i]).collect();
            Facts { transcription, address, problem, others, penalties, has_contact, can_ask }
        }
    }

    proptest! {
        /// A score is one, and no penalty raises it.
        #[test]
        fn a_score_is_between_nothing_and_all(facts in facts()) {
            let score = Score::of(&facts).overall;
            prop_assert!((0.0..=1.0).contains(&score));
            let without = Score::of(&Facts { penalties: vec![], ..facts }).overall;
            prop_assert!(score <= without);
        }

        /// Surer is never worse: more confidence in any part does not lower the score.
        #[test]
        fn surer_is_never_worse(facts in facts(), by in 0.0..=1.0f64) {
            let more = |c: f64| (c + by).min(1.0);
            let raise = |k: Known| match k { Known::Said(c) => Known::Said(more(c)), other => other };
            let surer = Facts {
                transcription: more(facts.transcription),
                address: raise(facts.address),
                problem: raise(facts.problem),
                others: facts.others.iter().map(|c| more(*c)).collect(),
                ..facts.clone()
            };
            prop_assert!(Score::of(&surer).overall >= Score::of(&facts).overall);
        }

        /// Nothing is created by itself that the specification forbids, whatever the threshold.
        #[test]
        fn no_job_without_what_it_needs(facts in facts(), threshold in 0.3..=1.0f64) {
            let (route, _) = route(&facts, threshold);
            if matches!(route, Route::Create | Route::CreateFlagged) {
                prop_assert!(facts.has_contact);
                prop_assert!(facts.transcription >= 0.40);
                prop_assert!(facts.address.confidence() >= 0.70 && facts.problem.confidence() >= 0.60);
                let score = Score::of(&facts).overall;
                prop_assert!(score >= threshold);
                prop_assert!(route == Route::CreateFlagged || score >= 0.85);
            }
            if matches!(route, Route::AskCustomer | Route::AskAgain | Route::Reject) {
                prop_assert!(facts.can_ask, "nobody is asked who cannot answer");
            }
        }

        /// A person hears why they are asked.
        #[test]
        fn a_review_has_a_reason(facts in facts()) {
            let (route, reasons) = route(&facts, THRESHOLD);
            if route == Route::Review {
                prop_assert!(!reasons.is_empty());
            }
        }
    }
}
