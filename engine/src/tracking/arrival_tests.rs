use super::super::fix::Fix;
use super::super::sample::Sample;
use super::super::testing::{Witnessed, away, door, fix, leg, walk};
use super::*;
use proptest::prelude::*;

/// Feeds a journey to the door and says at which fix it arrived.
fn arrive(fixes: impl IntoIterator<Item = Fix>) -> Option<(usize, Arrival)> {
    let (mut approach, mut before) = (Approach::new(door()), None);
    for (i, fix) in fixes.into_iter().enumerate() {
        let sample = Sample::from(&fix);
        approach.on(&Step::new(before, sample), sample.coord.distance_m(door()));
        before = Some(sample);
        if let Some(arrival) = approach.arrived() {
            return Some((i, arrival));
        }
    }
    None
}

/// A straight drive past the door, `beside` metres off, from 3 km before to 3 km behind, a fix each `every_s`.
fn drive_by(speed_mps: f64, every_s: f64, phase: f64, beside: f64) -> impl Iterator<Item = Fix> {
    let fixes = (6_000.0 / (speed_mps * every_s)) as usize;
    (0..fixes).map(move |i| {
        let seconds = (i as f64 + phase) * every_s;
        let along = seconds * speed_mps - 3_000.0;
        let place = away(90.0, beside).destination(if along < 0.0 { 180.0 } else { 0.0 }, along.abs());
        fix(seconds, place, Some(8.0))
    })
}

#[test]
fn two_fixes_in_the_fence_are_an_arrival_and_one_is_not() {
    let near = away(10.0, 60.0);
    let journey = [(0.0, away(180.0, 900.0)), (30.0, near), (60.0, near), (90.0, near)];
    let (index, arrival) = arrive(journey.map(|(s, c)| fix(s, c, Some(12.0)))).unwrap();
    assert_eq!((index, arrival.reason), (2, Reason::Fence));
    assert!((arrival.distance_m - 60.0).abs() < 1.0);
    let journey = [(0.0, away(180.0, 900.0)), (30.0, near), (60.0, away(0.0, 900.0))];
    assert_eq!(arrive(journey.map(|(s, c)| fix(s, c, Some(12.0)))), None);
}

#[test]
fn parked_just_behind_a_fence_that_the_way_led_through() {
    // 30 s at 50 km/h jump the whole fence; the van then stands 120 m behind the door.
    let behind = away(0.0, 120.0);
    let journey = [(0.0, away(180.0, 297.0)), (30.0, behind), (60.0, behind)];
    let (index, arrival) = arrive(journey.map(|(s, c)| fix(s, c, Some(10.0)))).unwrap();
    assert_eq!((index, arrival.reason), (2, Reason::Crossing));
    // Standing at the same place without having come near is none.
    let journey = [(0.0, away(0.0, 400.0)), (30.0, behind), (60.0, behind), (90.0, behind)];
    assert_eq!(arrive(journey.map(|(s, c)| fix(s, c, Some(10.0)))), None);
}

#[test]
fn a_poor_fix_does_not_confirm() {
    let near = away(10.0, 60.0);
    let poor = [(0.0, near, 140.0), (30.0, near, 140.0), (60.0, near, 140.0), (90.0, near, 140.0)];
    assert_eq!(arrive(poor.map(|(s, c, a)| fix(s, c, Some(a)))), None);
    let better = [(0.0, near, 140.0), (30.0, near, 140.0), (60.0, near, 20.0)];
    assert_eq!(arrive(better.map(|(s, c, a)| fix(s, c, Some(a)))).unwrap().0, 2);
}

#[test]
fn both_fixes_must_be_in_the_fence() {
    // Out at 112 m, in at 98 m, ten seconds apart: only the second of two in the fence settles it.
    let journey = [
        (0.0, away(180.0, 250.0)),
        (20.0, away(0.0, 112.0)),
        (30.0, away(0.0, 98.0)),
        (40.0, away(0.0, 97.0)),
    ];
    assert_eq!(arrive(journey[..3].iter().map(|(s, c)| fix(*s, *c, Some(10.0)))), None);
    assert_eq!(arrive(journey.map(|(s, c)| fix(s, c, Some(10.0)))).unwrap().0, 3);
    // In, out, in again at walking pace: the two are not in a row.
    let journey = [(0.0, away(0.0, 95.0)), (15.0, away(0.0, 110.0)), (30.0, away(60.0, 96.0))];
    let journey = journey.map(|(s, c)| Fix { speed_mps: Some(2.0), ..fix(s, c, Some(10.0)) });
    assert_eq!(arrive(journey), None);
}

#[test]
fn a_red_light_some_way_off_is_no_arrival() {
    let light = away(180.0, 170.0);
    let journey = [(0.0, away(180.0, 700.0)), (30.0, light), (60.0, light), (90.0, light)];
    assert_eq!(arrive(journey.map(|(s, c)| fix(s, c, Some(10.0)))), None);
}

/// The truth behind the fix at `index`, metres from the door.
fn truth_m(track: &[Witnessed], index: usize) -> f64 {
    track[index].truth.distance_m(door())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// As long as phones state their error truly, nobody arrives who is over 150 m away.
    #[test]
    fn never_from_afar(
        legs in prop::collection::vec(leg(1.0..300.0, 1), 2..40),
        start in 0.0..3_000.0f64,
        kept in prop::collection::vec(any::<bool>(), 40),
    ) {
        // Any part of the track: dead zones and refused points may leave any gap.
        let track: Vec<Witnessed> = walk(start, &legs)
            .into_iter()
            .zip(kept)
            .filter(|(w, keep)| *keep && w.truth.distance_m(w.fix.coord) <= w.fix.accuracy_m.map_or(25.0, f64::from))
            .map(|(w, _)| w)
            .collect();
        if let Some((index, arrival)) = arrive(track.iter().map(|w| w.fix)) {
            prop_assert!(truth_m(&track, index) <= CERTAIN_M, "{arrival:?} at {} m", truth_m(&track, index));
        }
    }

    /// Standing still beyond 150 m is no arrival, even if every fix errs towards the door as far as it admits.
    #[test]
    fn never_by_errors_towards_the_door(
        distance in 150.5..320.0f64, every in 1.0..120.0f64, speed in prop::option::of(Just(0.0f32)),
        errors in prop::collection::vec((1.0..150.0f64, 0.8..1.0f64, -15.0..15.0f64), 2..30),
    ) {
        let place = away(0.0, distance);
        let stay = errors.iter().enumerate().map(|(i, (accuracy, share, aside))| {
            // A tenth of a metre for the grid on which accuracies are kept.
            let seen = place.destination(180.0 + aside, share * (accuracy - 0.1));
            Fix { speed_mps: speed, ..fix(i as f64 * every, seen, Some(*accuracy)) }
        });
        prop_assert_eq!(arrive(stay), None);
    }

    /// Passing by at 20 km/h or more is no arrival, however often the phone reports.
    #[test]
    fn passing_by_is_no_arrival(speed in 5.6..40.0f64, every in 1.0..300.0f64, phase in 0.0..1.0f64, beside in 0.0..100.0f64) {
        prop_assert_eq!(arrive(drive_by(speed, every, phase, beside)), None);
    }

    /// Who parks within 80 m and stays is found: at the latest at the first fix half a minute after the first
    /// fix there, whatever the interval from 5 s to 5 min.
    #[test]
    fn who_stays_is_found(
        distance in 0.0..80.0f64, bearing in 0.0..360.0f64, every in 5.0..300.0f64, accuracy in 1.0..20.0f64,
        errors in prop::collection::vec((0.0..1.0f64, 0.0..360.0f64), 12),
        come_from in 200.0..3_000.0f64,
    ) {
        let place = away(bearing, distance);
        let mut fixes = vec![fix(0.0, away(bearing, come_from), Some(accuracy))];
        for (i, (share, towards)) in errors.iter().enumerate() {
            let seen = place.destination(*towards, share * accuracy);
            fixes.push(fix((i + 1) as f64 * every, seen, Some(accuracy)));
        }
        let (index, _) = arrive(fixes).expect("found");
        let needed = (30.0 / every).ceil().max(1.0) as usize;
        prop_assert!(index <= 1 + needed, "at fix {index}, {needed} were enough");
    }
}

/// Pseudo-random numbers that are the same everywhere (SplitMix64), as a pair of independent normal deviates.
pub(crate) fn normal(state: &mut u64) -> (f64, f64) {
    let mut uniform = || {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    };
    let (radius, angle) = ((-2.0 * (1.0 - uniform()).ln()).sqrt(), uniform() * std::f64::consts::TAU);
    (radius * angle.cos(), radius * angle.sin())
}

/// Twenty minutes at one place with Gaussian errors whose size is what the phone states; how many of 1,000
/// technicians were found.
fn found_at(distance: f64, sigma: f64, every_s: f64) -> usize {
    let mut state = 7;
    let place = away(45.0, distance);
    let found = (0..1_000).filter(|_| {
        let stay = (1..=(1_200.0 / every_s) as usize).map(|i| {
            let (east, north) = normal(&mut state);
            let seen = place.destination(90.0, east * sigma).destination(0.0, north * sigma);
            fix(i as f64 * every_s, seen, Some(sigma))
        });
        arrive(std::iter::once(fix(0.0, away(45.0, 2_000.0), Some(sigma))).chain(stay)).is_some()
    });
    found.count()
}

#[test]
fn with_real_noise_the_near_are_found_and_the_far_are_not() {
    for every_s in [5.0, 30.0, 300.0] {
        for sigma in [5.0, 15.0, 25.0] {
            let near = found_at(80.0, sigma, every_s);
            assert!(
                near >= 950 || (every_s > 100.0 && near >= 850),
                "{near} of 1,000 at 80 m, {sigma} m, {every_s} s"
            );
            let far = found_at(200.0, sigma, every_s);
            assert!(far <= 5, "{far} of 1,000 at 200 m, sigma {sigma} m, every {every_s} s");
        }
    }
}
