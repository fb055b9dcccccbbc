//! The table of functional.md section 3.1, every state against every state for everyone; and its laws.

use proptest::prelude::*;

use super::Status::{Cancelled, Completed, EnCamino, Pending, Scheduled, Working};
use super::*;

/// Everything is in favour.
const GOOD: Facts = Facts {
    has_technician: true,
    has_date: true,
    is_own: true,
    has_reason: true,
    since: TimeDelta::zero(),
    has_cae: false,
    lacks_evidence: false,
};
const EVERYONE: [ByKind; 4] = [ByKind::Staff, ByKind::Technician, ByKind::Customer, ByKind::System];

/// The table, written down a second time: from, to, technician of the job, rule, journey. Staff may do all of it.
const TABLE: [(Status, Status, bool, bool, Journey); 11] = [
    (Pending, Scheduled, false, true, Journey::Keep),
    (Scheduled, Pending, false, true, Journey::Keep),
    (Scheduled, EnCamino, true, false, Journey::Begin),
    (EnCamino, Scheduled, true, false, Journey::Cancel),
    (EnCamino, Working, true, false, Journey::Arrive),
    (Working, Completed, true, false, Journey::Complete),
    (Pending, Cancelled, false, false, Journey::Cancel),
    (Scheduled, Cancelled, false, false, Journey::Cancel),
    (EnCamino, Cancelled, false, false, Journey::Cancel),
    (Working, Cancelled, false, false, Journey::Cancel),
    (Completed, Working, false, false, Journey::Reopen),
];

#[test]
fn every_state_to_every_state_for_everyone() {
    for from in Status::ALL {
        for to in Status::ALL {
            let facts = Facts { has_date: (from, to) != (Scheduled, Pending), ..GOOD };
            let row = TABLE.iter().find(|row| (row.0, row.1) == (from, to));
            for who in EVERYONE {
                let expected = match row {
                    None => Err(Refusal::Illegal),
                    Some((_, _, technician, rule, journey)) => {
                        let may = match who {
                            ByKind::Staff => true,
                            ByKind::Technician => *technician,
                            ByKind::System => *rule,
                            ByKind::Customer => false,
                        };
                        if may {
                            Ok(Transition { from, to, journey: *journey })
                        } else {
                            Err(Refusal::NotYours)
                        }
                    }
                };
                assert_eq!(decide(from, to, who, &facts), expected, "{from:?} -> {to:?} by {who:?}");
            }
        }
    }
}

#[test]
fn guards() {
    let staff = |from, to, facts: Facts| decide(from, to, ByKind::Staff, &facts).map(|t| t.to);
    let no_date = Facts { has_date: false, ..GOOD };
    let nobody = Facts { has_technician: false, is_own: false, ..GOOD };
    assert_eq!(staff(Pending, Scheduled, no_date), Err(Refusal::Illegal));
    assert_eq!(staff(Pending, Scheduled, nobody), Err(Refusal::Illegal));
    assert_eq!(staff(Scheduled, Pending, GOOD), Err(Refusal::Illegal), "both are still set");
    assert_eq!(staff(Scheduled, Pending, nobody), Ok(Pending));
    assert_eq!(staff(Scheduled, EnCamino, nobody), Err(Refusal::Illegal));
    assert_eq!(staff(Working, Cancelled, Facts { has_reason: false, ..GOOD }), Err(Refusal::NoReason));
    assert_eq!(staff(Completed, Working, Facts { since: REOPEN, ..GOOD }), Ok(Working));
    let late = Facts { since: REOPEN + TimeDelta::milliseconds(1), ..GOOD };
    assert_eq!(staff(Completed, Working, late), Err(Refusal::TooLate));
    assert_eq!(staff(Completed, Working, Facts { has_cae: true, ..GOOD }), Err(Refusal::Invoiced));
    let foreign = Facts { is_own: false, ..GOOD };
    assert_eq!(decide(EnCamino, Working, ByKind::Technician, &foreign), Err(Refusal::NotYours));
}

/// What each action means in each state: D it is done, = it is so already, x refused.
#[test]
fn every_action_in_every_state() {
    //                       pending scheduled en_camino working completed cancelled
    let table = [
        (Action::StartTravel, ["x", "D", "=", "=", "=", "x"]),
        (Action::CancelTravel, ["=", "=", "D", "x", "x", "x"]),
        (Action::Arrive, ["x", "x", "D", "=", "=", "x"]),
        (Action::StartWork, ["x", "x", "D", "=", "=", "x"]),
        (Action::Complete, ["x", "x", "x", "D", "=", "x"]),
    ];
    for (action, row) in table {
        for (present, expected) in Status::ALL.into_iter().zip(row) {
            let is = match judge(present, false, action, &GOOD) {
                Judgement::Go(t) => {
                    assert_eq!((t.from, t.to), (present, action.target()));
                    "D"
                }
                Judgement::Arrived => {
                    assert_eq!((present, action), (EnCamino, Action::Arrive));
                    "D"
                }
                Judgement::Already => "=",
                Judgement::Refused => "x",
            };
            assert_eq!(is, expected, "{action:?} in {present:?}");
        }
    }
    assert_eq!(judge(EnCamino, true, Action::Arrive, &GOOD), Judgement::Already);
}

#[test]
fn words_round_trip() {
    for status in Status::ALL {
        assert_eq!(status.as_str().parse(), Ok(status));
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
    }
    assert_eq!("done".parse::<Status>(), Err(()));
}

fn status() -> impl Strategy<Value = Status> {
    prop::sample::select(Status::ALL.to_vec())
}

fn who() -> impl Strategy<Value = ByKind> {
    prop::sample::select(EVERYONE.to_vec())
}

prop_compose! {
    fn facts()(
        has_technician: bool, has_date: bool, is_own: bool, has_reason: bool, has_cae: bool, lacks_evidence: bool,
        s in 0i64..1300,
    ) -> Facts {
        Facts { has_technician, has_date, is_own, has_reason, has_cae, lacks_evidence, since: TimeDelta::seconds(s) }
    }
}

proptest! {
    /// Cancelled is the end for everyone; completed is, but for staff, in time and without a CAE.
    #[test]
    fn terminal_states_are_terminal(to in status(), who in who(), facts in facts()) {
        prop_assert!(decide(Cancelled, to, who, &facts).is_err());
        if let Ok(t) = decide(Completed, to, who, &facts) {
            prop_assert_eq!(t.to, Working);
            prop_assert_eq!(who, ByKind::Staff);
            prop_assert!(facts.since <= REOPEN && !facts.has_cae);
        }
    }

    /// Whatever is asked in whatever order: work begins only after a journey, a journey only from a schedule
    /// with a technician, and exactly the states under way have a journey that is not called off.
    #[test]
    fn walks_stay_in_the_table(steps in prop::collection::vec((status(), who(), facts()), 0..60)) {
        let (mut present, mut watched) = (Pending, false);
        for (to, who, facts) in steps {
            let Ok(t) = decide(present, to, who, &facts) else { continue };
            prop_assert_eq!(t.from, present);
            prop_assert_ne!(t.to, present);
            match t.to {
                EnCamino => prop_assert!(present == Scheduled && facts.has_technician),
                Working => prop_assert!(present == EnCamino || present == Completed),
                Completed => prop_assert_eq!(present, Working),
                Cancelled => prop_assert!(who == ByKind::Staff && facts.has_reason),
                Pending | Scheduled => {}
            }
            watched = match t.journey {
                Journey::Keep => watched,
                Journey::Begin => true,
                Journey::Arrive => { prop_assert!(watched); false }
                Journey::Complete | Journey::Cancel | Journey::Reopen => false,
            };
            // A position may be shown only while en_camino.
            prop_assert_eq!(watched, t.to == EnCamino);
            present = t.to;
        }
    }

    /// A phone's action does what the table allows and nothing else, and doing it twice is doing it once.
    #[test]
    fn actions_are_idempotent(present in status(), arrived: bool, facts in facts(), n in 0usize..5) {
        let action = Action::ALL[n];
        match judge(present, arrived, action, &facts) {
            Judgement::Go(t) => {
                prop_assert_eq!(decide(present, t.to, ByKind::Technician, &facts), Ok(t));
                prop_assert_eq!(judge(t.to, false, action, &facts), Judgement::Already);
            }
            Judgement::Arrived => prop_assert_eq!(judge(present, true, action, &facts), Judgement::Already),
            Judgement::Already | Judgement::Refused => {}
        }
    }

    /// Settling comes to rest after one step, and rests where technician and date say.
    #[test]
    fn settling_comes_to_rest(present in status(), facts in facts()) {
        let rest = settle(present, &facts).map_or(present, |t| t.to);
        prop_assert_eq!(settle(rest, &facts), None);
        if present.is_editable() {
            prop_assert_eq!(rest == Scheduled, facts.has_technician && facts.has_date);
        }
    }
}
