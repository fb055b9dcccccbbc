use super::super::fix::sorted_unique;
use super::super::testing::{away, door, fix, leg, walk};
use super::*;
use campo_geo::Coord;
use proptest::prelude::*;

fn names(track: &[Fix]) -> Vec<(Verdict, &'static str)> {
    verdicts(track).iter().map(|judged| (judged.verdict, judged.rule)).collect()
}

const OK: (Verdict, &str) = (Verdict::Accepted, "ok");

#[test]
fn one_jump_is_an_outlier_and_shuts_nobody_out() {
    let far = away(0.0, 50_000.0);
    let track = [(0, door()), (30, door()), (60, far), (90, door()), (120, door())];
    let track = track.map(|(s, c)| fix(f64::from(s), c, Some(10.0)));
    assert_eq!(names(&track), [OK, OK, (Verdict::Outlier, "speed_kmh"), OK, OK]);
    let outlier = verdicts(&track)[2];
    assert!(
        (outlier.measured.unwrap() - 6_000.0).abs() < 20.0 && outlier.limit == Some(160.0),
        "{outlier:?}"
    );
}

#[test]
fn two_that_agree_replace_the_track() {
    let far = away(0.0, 50_000.0);
    // The first point was wrong; all after it are right.
    let track = [(0, far), (30, door()), (60, door()), (90, door())];
    let track = track.map(|(s, c)| fix(f64::from(s), c, Some(10.0)));
    let confirmed = (Verdict::Accepted, "confirmed");
    assert_eq!(names(&track), [OK, confirmed, confirmed, OK]);
    // An unusable point between the two does not keep them apart.
    let track = [(0, far), (30, door()), (40, Coord::new(0.0, 0.0).unwrap()), (60, door())];
    let track = track.map(|(s, c)| fix(f64::from(s), c, Some(10.0)));
    assert_eq!(names(&track), [OK, confirmed, (Verdict::NullIsland, "null_island"), confirmed]);
}

#[test]
fn two_jumps_that_disagree_stay_outliers() {
    let track = [(0, door()), (30, away(0.0, 50_000.0)), (60, away(180.0, 50_000.0)), (90, door())];
    let track = track.map(|(s, c)| fix(f64::from(s), c, Some(10.0)));
    let outlier = (Verdict::Outlier, "speed_kmh");
    assert_eq!(names(&track), [OK, outlier, outlier, OK]);
}

#[test]
fn a_flipped_longitude_is_named_and_does_not_win_quickly() {
    let track = [(0, door()), (30, door().mirrored()), (60, door().mirrored()), (90, door())];
    let track = track.map(|(s, c)| fix(f64::from(s), c, Some(10.0)));
    let mirrored = (Verdict::Mirrored, "longitude_sign");
    assert_eq!(names(&track), [OK, mirrored, mirrored, OK]);
    // But where the first point was the flipped one, the rest must get through.
    let mut track = vec![fix(0.0, door().mirrored(), Some(10.0))];
    track.extend((1..8).map(|i| fix(f64::from(i) * 30.0, door(), Some(10.0))));
    let accepted = names(&track).iter().skip(3).all(|(verdict, _)| *verdict == Verdict::Accepted);
    assert!(accepted, "{:?}", names(&track));
}

#[test]
fn imprecise_and_mock_are_named() {
    let track = [
        fix(0.0, door(), Some(150.0)),
        fix(30.0, door(), Some(150.1)),
        Fix { mock: true, ..fix(60.0, door(), None) },
    ];
    assert_eq!(names(&track), [OK, (Verdict::Imprecise, "accuracy_m"), (Verdict::Accepted, "mock")]);
}

#[test]
fn two_phones_at_the_same_moment_are_no_outliers() {
    let other = Fix { source: 2, ..fix(0.01, away(90.0, 40.0), Some(20.0)) };
    let track = [fix(0.0, door(), Some(20.0)), other, fix(30.0, door(), Some(20.0))];
    assert_eq!(names(&track), [OK, OK, OK]);
}

#[test]
fn a_sample_is_small() {
    assert!(std::mem::size_of::<Sample>() <= 48);
}

proptest! {
    /// The verdicts do not depend on the order in which the points came in, nor on how often.
    #[test]
    fn permuted_and_doubled_points_get_the_same_verdicts(
        legs in prop::collection::vec(leg(1.0..120.0, 30), 1..60),
        start in 0.0..20_000.0f64,
        order in prop::collection::vec(any::<u32>(), 120),
    ) {
        let track: Vec<Fix> = walk(start, &legs).iter().map(|w| w.fix).collect();
        let mut shuffled: Vec<(u32, Fix)> = order.into_iter().zip(track.iter().chain(&track).copied()).collect();
        shuffled.sort_by_key(|(key, _)| *key);
        let again = sorted_unique(shuffled.into_iter().map(|(_, fix)| fix).collect());
        let track = sorted_unique(track);
        prop_assert_eq!(&again, &track);
        prop_assert_eq!(verdicts(&again), verdicts(&track));
    }

    /// Point by point, with each acquittal entered where it belongs, gives what the whole track gives.
    #[test]
    fn streaming_equals_the_whole(legs in prop::collection::vec(leg(1.0..120.0, 40), 1..80), start in 0.0..20_000.0f64) {
        let track = sorted_unique(walk(start, &legs).iter().map(|w| w.fix).collect());
        let mut gate = Gate::default();
        let mut streamed = std::collections::BTreeMap::new();
        for fix in &track {
            let passed = gate.judge(&Sample::from(fix));
            streamed.insert(fix.order(), passed.judged.verdict);
            if let Some(acquitted) = passed.acquitted {
                let before = streamed.insert(acquitted.order(), Verdict::Accepted);
                prop_assert!(matches!(before, Some(Verdict::Outlier | Verdict::Mirrored)));
            }
        }
        let whole: Vec<Verdict> = verdicts(&track).iter().map(|j| j.verdict).collect();
        prop_assert_eq!(streamed.into_values().collect::<Vec<_>>(), whole);
    }

    /// A truthful track without faults is accepted whole: the gate costs nothing that is real.
    #[test]
    fn what_is_true_is_accepted(legs in prop::collection::vec(leg(1.0..120.0, 1), 1..60), start in 0.0..20_000.0f64) {
        let witnessed = walk(start, &legs);
        let truthful: Vec<Fix> = witnessed
            .iter()
            .filter(|w| w.fix.accuracy_m.is_none_or(|accuracy| accuracy <= ACCURACY_LIMIT_M))
            .filter(|w| w.truth.distance_m(w.fix.coord) <= f64::from(w.fix.accuracy_m.unwrap_or(25.0)))
            .map(|w| w.fix)
            .collect();
        prop_assert!(verdicts(&sorted_unique(truthful)).iter().all(|j| j.verdict == Verdict::Accepted));
    }
}
