use super::super::arrival::Reason;
use super::super::derive::RED_LIGHT_MS;
use super::super::fix::sorted_unique;
use super::super::privacy::{Stage, customer_position};
use super::super::testing::{Leg, NOON, away, door, fix, leg, walk};
use super::super::verdict::{Verdict, verdicts};
use super::super::window::Promise;
use super::*;
use proptest::prelude::*;

fn trip(n: u128, started_ms: i64) -> Trip {
    Trip { session: Uuid::from_u128(n), job: Uuid::from_u128(n + 100), destination: Some(door()), started_ms }
}

/// The server's clock for points that come in as they are taken, or late: it only has to be after all.
const LATER: i64 = NOON + 3_600_000;

fn fixes(start: f64, legs: &[Leg]) -> Vec<Fix> {
    walk(start, legs).iter().map(|w| w.fix).collect()
}

/// Every point twice, in an order that the keys say.
fn shuffled(track: &[Fix], keys: &[u32]) -> Vec<Fix> {
    let mut keyed: Vec<(u32, Fix)> = keys.iter().copied().zip(track.iter().chain(track).copied()).collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, fix)| fix).collect()
}

fn feed(technician: &mut Technician, fixes: &[Fix]) -> Vec<Outcome> {
    fixes.iter().map(|fix| technician.on_fix(*fix, LATER)).collect()
}

fn with_trips() -> Technician {
    let mut technician = Technician::new(Settings::default());
    technician.begin_trip(trip(1, NOON));
    technician.begin_trip(trip(2, NOON + 300_000));
    technician.begin_trip(Trip { destination: None, ..trip(3, NOON) });
    technician
}

#[test]
fn a_journey_from_start_to_arrival() {
    let mut technician = Technician::new(Settings::default());
    let outcome = technician.on_fix(fix(0.0, away(180.0, 4_000.0), Some(9.0)), NOON);
    assert_eq!(
        (outcome.standing, outcome.moved.unwrap().at_ms, outcome.eta_changed),
        (Standing::Live, NOON, false)
    );
    assert!(technician.begin_trip(trip(1, NOON + 10_000)).is_empty());
    // The last position gives the customer a first ETA at once.
    let (session, job, eta) = technician.etas().next().unwrap();
    assert_eq!((session, job), (Uuid::from_u128(1), Uuid::from_u128(101)));
    assert_eq!(eta.eta, campo_geo::eta(4_000.0, 3 * 24 + 12));
    let drive: Vec<Fix> = (1..=10)
        .map(|i| fix(f64::from(i) * 30.0, away(180.0, 4_000.0 - f64::from(i) * 400.0), None))
        .collect();
    let outcomes = feed(&mut technician, &drive);
    assert!(outcomes.iter().all(|o| o.eta_changed && o.arrivals.is_empty()));
    assert!(technician.mode() == Mode::Driving);
    let outcome = technician.on_fix(fix(330.0, door(), None), LATER);
    assert_eq!(outcome.arrivals.len(), 1);
    assert_eq!((outcome.arrivals[0].at_ms, outcome.arrivals[0].reason), (NOON + 330_000, Reason::Fence));
    assert_eq!(technician.etas().count(), 0);
    assert!(technician.on_fix(fix(360.0, door(), None), LATER).arrivals.is_empty());
}

#[test]
fn a_red_light_moves_neither_eta_nor_window() {
    for every_s in [5, 10, 30] {
        let mut technician = Technician::new(Settings::default());
        technician.begin_trip(trip(1, NOON));
        for i in 0..=6 {
            technician.on_fix(
                fix(f64::from(i) * 30.0, away(180.0, 6_000.0 - f64::from(i) * 300.0), Some(5.0)),
                LATER,
            );
        }
        let moving = technician.etas().next().unwrap().2;
        let mut promise = Promise::default();
        promise.on_eta(&moving).unwrap();
        for stood_s in (every_s..400).step_by(every_s as usize) {
            let here = fix(180.0 + f64::from(stood_s), away(180.0, 4_200.0), Some(5.0));
            let changed = technician.on_fix(here, LATER).eta_changed;
            let eta = technician.etas().next().unwrap().2;
            if i64::from(stood_s) * 1_000 <= RED_LIGHT_MS {
                assert!(!changed && eta == moving, "every {every_s} s, after {stood_s} s");
                assert_eq!(promise.on_eta(&eta), None);
            } else {
                // Time moves on at last, and the seconds stay.
                assert_eq!(eta, EtaAt { at_ms: here.corrected_ms, ..moving });
            }
        }
    }
}

#[test]
fn late_points_are_history_after_a_day_or_beyond_the_window() {
    let mut technician = with_trips();
    let now = LATER + LATE_LIMIT_MS + 1;
    assert_eq!(technician.on_fix(fix(3_600.0, door(), None), now).standing, Standing::History);
    assert_eq!(technician.position(), None);
    technician.on_fix(fix(3_600.0, door(), None), LATER);
    assert_eq!(technician.on_fix(fix(1_799.0, door(), None), LATER).standing, Standing::History);
    assert_eq!(technician.on_fix(fix(1_801.0, door(), None), LATER).standing, Standing::Late);
    assert_eq!(technician.on_fix(fix(3_600.0, door(), None), LATER).standing, Standing::Duplicate);
    // The same point with another correction is still the same point.
    let again = Fix { corrected_ms: LATER + 9_000_000, ..fix(3_600.0, door(), None) };
    assert_eq!(technician.on_fix(again, LATER + 9_000_000).standing, Standing::Duplicate);
}

#[test]
fn a_late_point_may_reveal_an_arrival_and_tells_it_once() {
    let mut technician = Technician::new(Settings::default());
    technician.begin_trip(trip(1, NOON));
    assert!(technician.on_fix(fix(0.0, away(180.0, 2_000.0), Some(9.0)), LATER).arrivals.is_empty());
    assert!(technician.on_fix(fix(300.0, away(0.0, 30.0), Some(9.0)), LATER).arrivals.is_empty());
    let outcome = technician.on_fix(fix(270.0, away(0.0, 32.0), Some(9.0)), LATER);
    assert_eq!((outcome.standing, outcome.moved), (Standing::Late, None));
    assert_eq!(outcome.arrivals.len(), 1);
    assert_eq!(outcome.arrivals[0].at_ms, NOON + 300_000);
    assert!(technician.on_fix(fix(285.0, away(0.0, 32.0), Some(9.0)), LATER).arrivals.is_empty());
    // A rebuilt one that was never told tells it, too.
    let track = [fix(0.0, away(180.0, 900.0), None), fix(30.0, door(), None), fix(60.0, door(), None)];
    let (_, arrivals) = Technician::rebuild(Settings::default(), &track, &[trip(1, NOON)], LATER);
    assert_eq!(arrivals.len(), 1);
}

/// A visit to the door, half a minute between its fixes, the first so many seconds after noon.
fn visit(from_s: f64) -> [Fix; 4] {
    let at = |i: f64, metres: f64| fix(from_s + i * 30.0, away(180.0, metres), Some(9.0));
    [at(0.0, 400.0), at(1.0, 20.0), at(2.0, 20.0), at(3.0, 20.0)]
}

fn arrivals(technician: &mut Technician, fixes: &[Fix], behind_ms: i64) -> usize {
    fixes.iter().map(|fix| technician.on_fix(*fix, fix.corrected_ms + behind_ms).arrivals.len()).sum()
}

#[test]
fn a_journey_that_begins_now_takes_a_phone_a_little_behind() {
    // The job was made and started just now; the phone still sends what it took in the last minutes.
    let mut technician = Technician::new(Settings::default());
    technician.begin_trip(trip(1, NOON + 300_000));
    assert_eq!(arrivals(&mut technician, &visit(0.0), 200_000), 1);
    // What a dead zone kept for longer tells of another visit.
    let mut technician = Technician::new(Settings::default());
    technician.begin_trip(trip(1, NOON + 1_000_000));
    assert_eq!(arrivals(&mut technician, &visit(0.0), 1_000_000), 0);
    // So does what was known before the journey began.
    let mut technician = Technician::new(Settings::default());
    assert_eq!(arrivals(&mut technician, &visit(0.0), 0), 0);
    assert!(technician.begin_trip(trip(1, NOON + 100_000)).is_empty());
    assert_eq!(arrivals(&mut technician, &[fix(89.0, door(), Some(9.0))], 15_000), 0);
    assert_eq!(arrivals(&mut technician, &[fix(100.0, away(0.0, 600.0), Some(9.0))], 0), 0);
    assert_eq!(arrivals(&mut technician, &visit(130.0), 0), 1);
}

#[test]
fn trips_end_and_are_redirected() {
    let mut technician = with_trips();
    feed(&mut technician, &[fix(0.0, away(180.0, 500.0), None), fix(400.0, away(180.0, 500.0), None)]);
    assert_eq!(technician.etas().count(), 2);
    technician.end_trip(Uuid::from_u128(1));
    assert_eq!(technician.etas().count(), 1);
    let told = technician.redirect_trip(Uuid::from_u128(2), Some(away(180.0, 510.0)));
    assert!(told.is_empty());
    let outcome = technician.on_fix(fix(430.0, away(180.0, 505.0), None), LATER);
    assert_eq!(outcome.arrivals.iter().map(|a| a.session).collect::<Vec<_>>(), [Uuid::from_u128(2)]);
}

#[test]
fn a_stop_is_told_when_it_begins_and_ends() {
    let mut technician = Technician::new(Settings::default());
    let stay: Vec<Fix> = (0..10).map(|i| fix(f64::from(i) * 30.0, door(), Some(10.0))).collect();
    let changes: Vec<_> = feed(&mut technician, &stay).into_iter().filter_map(|o| o.stop).collect();
    assert!(matches!(changes[..], [StopChange::Began(stop)] if stop.since_ms == NOON), "{changes:?}");
    assert_eq!(technician.mode(), Mode::Stationary);
    let leave: Vec<Fix> =
        (10..14).map(|i| fix(f64::from(i) * 30.0, away(0.0, f64::from(i - 9) * 300.0), None)).collect();
    let changes: Vec<_> = feed(&mut technician, &leave).into_iter().filter_map(|o| o.stop).collect();
    assert!(matches!(changes[..], [StopChange::Ended(stop)] if stop.since_ms == NOON), "{changes:?}");
}

#[test]
fn the_interval_is_fixed_unless_it_may_follow_the_state() {
    let mut fixed = Technician::new(Settings { ping_every_s: 5, ..Settings::default() });
    let mut free = Technician::new(Settings { adaptive: true, ..Settings::default() });
    for i in 0..10 {
        fixed.on_fix(fix(f64::from(i) * 30.0, door(), None), LATER);
        free.on_fix(fix(f64::from(i) * 30.0, door(), None), LATER);
    }
    assert_eq!((fixed.ping_every_s(true), free.ping_every_s(false), free.ping_every_s(true)), (5, 300, 10));
}

#[test]
fn a_technician_is_small() {
    let mut technician = with_trips();
    for i in 0..1_000 {
        technician.on_fix(fix(f64::from(i), away(180.0, 9_000.0 - f64::from(i)), None), LATER);
    }
    let journeys = technician.base.journeys.capacity() + technician.tip.journeys.capacity();
    let heap = technician.recent.capacity() * std::mem::size_of::<Sample>()
        + journeys * std::mem::size_of::<super::super::derive::Journey>();
    let size = std::mem::size_of::<Technician>() + heap;
    assert!(technician.recent.samples().count() == WINDOW_FIXES && size <= 10 * 1_024, "{size} bytes");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The law of the core: every order and repetition of the same points ends in the same state, and that is
    /// the state rebuilt from the sorted, unique track.
    #[test]
    fn any_order_gives_the_same_state(
        legs in prop::collection::vec(leg(0.001..28.0, 25), 1..60),
        start in 0.0..6_000.0f64,
        keys in prop::collection::vec(any::<u32>(), 120),
        charges in prop::collection::vec(prop::option::of(0.0..1.0f32), 60),
        come_in_ms in prop_oneof![Just(LATER), NOON..LATER],
    ) {
        let mut track = fixes(start, &legs);
        for (fix, charge) in track.iter_mut().zip(charges) {
            fix.battery = charge;
        }
        let (mut straight, mut disordered) = (with_trips(), with_trips());
        for fix in &track {
            straight.on_fix(*fix, come_in_ms);
        }
        for fix in shuffled(&track, &keys) {
            disordered.on_fix(fix, come_in_ms);
        }
        prop_assert_eq!(straight.derived(), disordered.derived());
        prop_assert_eq!(format!("{:?}", straight.derived()), format!("{:?}", disordered.derived()));
        prop_assert_eq!(&straight.recent, &disordered.recent);
        prop_assert_eq!(straight.battery(), disordered.battery());
        let trips = [trip(1, NOON), trip(2, NOON + 300_000), Trip { destination: None, ..trip(3, NOON) }];
        let sorted = sorted_unique(shuffled(&track, &keys));
        let (rebuilt, _) = Technician::rebuild(Settings::default(), &sorted, &trips, LATER);
        let (again, _) = Technician::rebuild(Settings::default(), &sorted_unique(track), &trips, LATER);
        prop_assert_eq!(rebuilt.derived(), again.derived());
        // SQL does not say how fresh a point was; for old ones rebuilt and lived through are the same.
        if come_in_ms == LATER {
            let told = |t: &Technician| {
                let journeys = t.derived().journeys().iter().map(|j| (j.trip, j.asked(), j.arrived()));
                (journeys.collect::<Vec<_>>(), t.etas().collect::<Vec<_>>(), t.position(), t.derived().stop(), t.mode(), t.derived().speed_mps())
            };
            prop_assert_eq!(told(&rebuilt), told(&straight));
        }
    }

    /// The same where the track is longer than the window, as long as no point is later than the window.
    #[test]
    fn long_tracks_with_local_disorder_too(
        legs in prop::collection::vec(leg(1.0..12.0, 15), 200..400),
        start in 0.0..6_000.0f64,
        keys in prop::collection::vec(any::<u16>(), 400),
    ) {
        let track = fixes(start, &legs);
        let mut order: Vec<(usize, u16, Fix)> =
            track.iter().enumerate().map(|(i, fix)| (i / 40, keys[i], *fix)).collect();
        order.sort_by_key(|(block, key, _)| (*block, *key));
        let (mut straight, mut disordered) = (with_trips(), with_trips());
        feed(&mut straight, &track);
        let outcomes = feed(&mut disordered, &order.iter().map(|(.., fix)| *fix).collect::<Vec<_>>());
        prop_assert!(outcomes.iter().all(|o| o.standing != Standing::History));
        prop_assert_eq!(straight.derived(), disordered.derived());
    }

    /// What is shown only goes forward, is never from the future, and every arrival is told once.
    #[test]
    fn shown_time_goes_forward_and_arrivals_come_once(
        legs in prop::collection::vec(leg(0.001..60.0, 25), 1..60),
        start in 0.0..3_000.0f64,
        keys in prop::collection::vec(any::<u32>(), 120),
    ) {
        let mut technician = with_trips();
        let outcomes = feed(&mut technician, &shuffled(&fixes(start, &legs), &keys));
        let shown: Vec<i64> = outcomes.iter().filter_map(|o| o.moved).map(|m| m.at_ms).collect();
        prop_assert!(shown.windows(2).all(|w| w[0] < w[1]), "{shown:?}");
        let mut told: Vec<Uuid> = outcomes.iter().flat_map(|o| &o.arrivals).map(|a| a.session).collect();
        let all = told.len();
        told.sort_unstable();
        told.dedup();
        prop_assert_eq!(told.len(), all);
    }

    /// Whatever comes in whatever order: an arrival that is told was true at its moment.
    #[test]
    fn told_arrivals_are_true(
        legs in prop::collection::vec(leg(1.0..60.0, 1), 1..40),
        start in 0.0..2_000.0f64,
        keys in prop::collection::vec(any::<u32>(), 80),
        lost in prop::collection::vec(any::<bool>(), 40),
    ) {
        let honest = |w: &super::super::testing::Witnessed| w.truth.distance_m(w.fix.coord) <= w.fix.accuracy_m.map_or(25.0, f64::from);
        let track: Vec<_> = walk(start, &legs).into_iter().zip(lost).filter(|(w, lost)| !lost && honest(w)).map(|(w, _)| w).collect();
        let mut technician = with_trips();
        let points: Vec<Fix> = track.iter().map(|w| w.fix).collect();
        for arrived in feed(&mut technician, &shuffled(&points, &keys)).iter().flat_map(|o| &o.arrivals) {
            let witness = track.iter().find(|w| w.fix.corrected_ms == arrived.at_ms).unwrap();
            prop_assert!(witness.truth.distance_m(door()) <= 150.0, "{arrived:?}");
        }
    }

    /// The verdict at receipt, with later acquittals, is the verdict of the whole track.
    #[test]
    fn verdicts_at_receipt_are_those_of_the_track(legs in prop::collection::vec(leg(1.0..28.0, 30), 1..60), start in 0.0..6_000.0f64) {
        let track = fixes(start, &legs);
        let outcomes = feed(&mut with_trips(), &track);
        for (outcome, whole) in outcomes.iter().zip(verdicts(&track)) {
            prop_assert!(outcome.judged.verdict == whole.verdict || (whole.verdict == Verdict::Accepted && whole.rule == "confirmed"));
        }
    }

    /// No position before `en_camino` or after the arrival reaches a customer, and none taken before the start.
    #[test]
    fn customers_see_the_way_and_nothing_else(
        legs in prop::collection::vec(leg(1.0..28.0, 20), 1..60),
        start in 0.0..2_000.0f64,
        begin_at in 0..60usize,
        keys in prop::collection::vec(0..8u32, 60),
    ) {
        let track = fixes(start, &legs);
        let begin_at = begin_at.min(track.len());
        // Points come in a little out of order.
        let mut order: Vec<(u32, Fix)> = track.iter().zip(&keys).enumerate().map(|(i, (f, k))| (i as u32 + k, *f)).collect();
        order.sort_by_key(|(key, _)| *key);
        let mut technician = Technician::new(Settings::default());
        let mut stage = Stage { en_camino: false, session_active: false, started_ms: 0, arrived_ms: None };
        for (i, (_, fix)) in order.iter().enumerate() {
            if i == begin_at {
                // The newest moment so far is when the technician taps "en camino".
                let started_ms = order[..i].iter().map(|(_, f)| f.corrected_ms).max().unwrap_or(NOON) + 1;
                stage = Stage { en_camino: true, session_active: true, started_ms, arrived_ms: None };
                technician.begin_trip(trip(1, started_ms));
                prop_assert_eq!(customer_position(&stage, technician.position()), None);
            }
            let outcome = technician.on_fix(*fix, LATER);
            if let Some(arrived) = outcome.arrivals.first() {
                stage = Stage { session_active: false, arrived_ms: Some(arrived.at_ms), ..stage };
            }
            let seen = customer_position(&stage, technician.position());
            let allowed = i >= begin_at && stage.arrived_ms.is_none();
            prop_assert!(seen.is_none_or(|m| allowed && m.at_ms >= stage.started_ms));
        }
    }
}
