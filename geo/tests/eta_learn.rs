//! What is learned from finished trips, on an invented city whose truth is known.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test over made-up trips"
)]

use std::sync::Arc;

use campo_geo::Coord;
use campo_geo::eta::coverage::Count;
use campo_geo::eta::{
    Estimator, Learned, Question, Retrained, TrainOptions, Trip, Vehicle, Verdict, part_of_day, retrain,
    train,
};
use proptest::prelude::*;

/// Randomness that is the same everywhere (SplitMix64).
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// Monday 7 January 2019, 00:00 in Buenos Aires.
const MONDAY: i64 = 1_546_830_000;

/// The truth: a river that must be crossed, a slow centre, mornings and evenings that crawl. Seconds, without chance.
fn truth(from: Coord, to: Coord, hour_of_week: u8) -> f64 {
    let river = f64::from(u8::from((from.lat() > -34.60) != (to.lat() > -34.60))) * 240.0;
    let slow = f64::from(u8::from(to.lon() > -58.42)) * 0.35;
    let rush = if matches!(hour_of_week % 24, 7..=9 | 17..=19) { 1.3 } else { 1.0 };
    (90.0 + from.distance_m(to) / 7.0 * (1.0 + slow) + river) * rush
}

/// Trips of a technician's working days; `noise` is the standard deviation of the logarithm.
fn trips(n: usize, days: f64, noise: f64, seed: u64, hours: std::ops::Range<f64>) -> Vec<Trip> {
    let mut dice = Dice(seed);
    let place =
        |dice: &mut Dice| Coord::new(-34.66 + 0.12 * dice.unit(), -58.48 + 0.12 * dice.unit()).unwrap();
    (0..n)
        .map(|_| {
            let (from, to) = (place(&mut dice), place(&mut dice));
            let hour = hours.start + (hours.end - hours.start) * dice.unit();
            let day = (days * dice.unit()).floor();
            let started_at = MONDAY + (day * 86_400.0 + hour * 3_600.0) as i64;
            let mut trip =
                Trip { from, to, started_at, utc_offset_s: -10_800, duration_s: 0.0, vehicle: Vehicle::Car };
            trip.duration_s = truth(from, to, trip.hour_of_week()) * (noise * dice.normal()).exp();
            trip
        })
        .filter(Trip::is_clean)
        .collect()
}

fn with(learned: Learned) -> Estimator {
    Estimator::new(None, Some(Arc::new(learned)))
}

fn judge(estimator: &Estimator, trips: &[Trip], highest: u8) -> Count {
    let mut count = Count::default();
    for trip in trips {
        count.note(estimator.estimate_within(&trip.question(), highest), trip.duration_s);
    }
    count
}

#[test]
fn every_tier_is_better_than_the_one_below_and_windows_hold() {
    let mut all = trips(3_600, 90.0, 0.2, 1, 7.0..21.0);
    all.sort_by_key(|trip| trip.started_at);
    let (early, late) = all.split_at(2_600);
    let estimator = with(train(early, &TrainOptions::default(), &Estimator::default()));
    let errors = [0, 1, 3].map(|tier| judge(&estimator, late, tier).mean_error_s().unwrap());
    println!("MAE of tiers 0, 1, 3: {errors:.0?} s");
    assert!(errors[1] < 0.7 * errors[0] && errors[2] < 0.95 * errors[1], "{errors:?}");
    // The best that anybody could do: E|exp(0.2 z) - 1| of the truth.
    let best = late.iter().map(|t| (truth(t.from, t.to, t.hour_of_week()) - t.duration_s).abs()).sum::<f64>();
    assert!(errors[2] < 1.2 * best / late.len() as f64, "{errors:?}, possible {}", best / late.len() as f64);
    for tier in [1, 3] {
        let share = judge(&estimator, late, tier).share().unwrap();
        assert!((0.75..=0.87).contains(&share), "tier {tier}: {share}");
    }
    for part in 1..4 {
        let of_part: Vec<Trip> =
            late.iter().filter(|t| part_of_day(t.hour_of_week()) == part).cloned().collect();
        let share = judge(&estimator, &of_part, 3).share().unwrap();
        assert!((0.72..=0.90).contains(&share), "part {part}: {share} of {}", of_part.len());
    }
}

#[test]
fn who_saw_the_morning_only_does_not_invent_the_evening() {
    let estimator =
        with(train(&trips(1_200, 1.0, 0.2, 2, 0.0..11.0), &TrainOptions::default(), &Estimator::default()));
    let (from, to) = (Coord::new(-34.65, -58.47).unwrap(), Coord::new(-34.62, -58.44).unwrap());
    let at = |hour_of_week, highest| {
        let question = Question { from, to, heading_deg: None, hour_of_week, vehicle: Vehicle::Car };
        f64::from(estimator.estimate_within(&question, highest).p50_s)
    };
    // How far above the shipped numbers it lies is what the seen hours say on average, whatever they say one by one.
    let stretch = |hour| at(hour, 3) / at(hour, 0);
    let seen = (0..11).map(stretch).sum::<f64>() / 11.0;
    for hour in [13, 18, 22, 140] {
        assert!((stretch(hour) / seen - 1.0).abs() < 0.12, "hour {hour}: {} against {seen}", stretch(hour));
    }
}

#[test]
fn few_trips_move_little_and_never_make_a_forest() {
    let few = trips(12, 3.0, 0.2, 3, 8.0..18.0);
    let estimator = with(train(&few, &TrainOptions::default(), &Estimator::default()));
    for trip in trips(200, 3.0, 0.2, 4, 0.0..24.0) {
        let (eta, shipped) =
            (estimator.estimate(&trip.question()), estimator.estimate_within(&trip.question(), 0));
        assert_eq!((eta.tier, shipped.tier), (1, 0));
        let ratio = f64::from(eta.p50_s) / f64::from(shipped.p50_s);
        assert!((0.5..2.0).contains(&ratio), "{ratio}");
    }
    let none = with(train(&[], &TrainOptions::default(), &Estimator::default()));
    assert!(none.estimate(&few[0].question()).p50_s > 0);
}

#[test]
fn the_order_of_trips_does_not_matter_and_a_blob_says_the_same() {
    let mut all = trips(500, 30.0, 0.2, 5, 7.0..21.0);
    all.sort_by_key(|trip| trip.started_at);
    all.dedup_by_key(|trip| trip.started_at);
    let learned = train(&all, &TrainOptions::default(), &Estimator::default());
    all.reverse();
    let turned = train(&all, &TrainOptions::default(), &Estimator::default());
    let blob = learned.to_bytes().unwrap();
    let estimators = [with(learned), with(turned), with(Learned::from_bytes(&blob).unwrap())];
    for trip in &all {
        let [a, b, c] = estimators.each_ref().map(|e| e.estimate(&trip.question()));
        assert_eq!((a.tier, a), (3, c));
        assert!(a.p50_s.abs_diff(b.p50_s) <= 1, "{a:?} {b:?}");
    }
    assert!(Learned::from_bytes(b"something else").is_err());
    assert!(Learned::from_bytes(&blob[..blob.len() / 2]).is_err());
}

/// A night over these trips, against what serves.
fn again(trips: &[Trip], serving: &Estimator) -> Retrained {
    retrain(trips, &TrainOptions::default(), serving, &|question| serving.estimate(question))
}

#[test]
fn only_what_is_better_on_unseen_trips_is_promoted() {
    let mut all = trips(3_000, 90.0, 0.2, 6, 7.0..21.0);
    all.sort_by_key(|trip| trip.started_at);
    let nothing = Estimator::default();
    let few = again(&all[..30], &nothing);
    assert_eq!((few.verdict, few.learned.is_none()), (Verdict::TooFewTrips, true));
    let first = again(&all[..2_000], &nothing);
    assert_eq!(first.verdict, Verdict::Promoted, "{:?}", first.judged);
    assert!(first.judged.new.error_s < first.judged.old.error_s);
    let first = first.learned.unwrap();
    assert_eq!((first.generation, first.until), (1, all[1_999].started_at));
    let serving = with(first);
    // Nothing new: nobody may judge.
    assert_eq!(again(&all[..2_000], &serving).verdict, Verdict::TooFewTrips);
    // A few early trips and the latest ones: worse than what serves.
    let thin: Vec<Trip> = all[..60].iter().chain(&all[2_200..]).cloned().collect();
    let worse = again(&thin, &serving);
    assert_eq!((worse.verdict, worse.learned.is_none()), (Verdict::NotBetter, true), "{:?}", worse.judged);
    // The town gets slower by half: what saw the change replaces what did not.
    let slower: Vec<Trip> = all
        .iter()
        .enumerate()
        .map(
            |(i, t)| if i < 2_000 { t.clone() } else { Trip { duration_s: t.duration_s * 1.3, ..t.clone() } },
        )
        .filter(Trip::is_clean)
        .collect();
    let changed = again(&slower[1_000..], &serving);
    assert!(matches!(changed.verdict, Verdict::Promoted | Verdict::WindowsOff), "{:?}", changed.judged);
    assert!(changed.judged.new.error_s < changed.judged.old.error_s);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is asked of a learned model: ordered and sane, also at the other end of the world.
    #[test]
    fn ordered_and_finite(lat in -90.0..90.0f64, lon in -180.0..180.0f64, lat2 in -90.0..90.0f64, lon2 in -180.0..180.0f64, hour in any::<u8>()) {
        static LEARNED: std::sync::OnceLock<Estimator> = std::sync::OnceLock::new();
        let estimator = LEARNED.get_or_init(|| {
            with(train(&trips(400, 20.0, 0.2, 7, 7.0..21.0), &TrainOptions::default(), &Estimator::default()))
        });
        let (from, to) = (Coord::new(lat, lon).unwrap(), Coord::new(lat2, lon2).unwrap());
        for (from, to) in [(from, to), (from, from)] {
            let question = Question { from, to, heading_deg: None, hour_of_week: hour, vehicle: Vehicle::Motorbike };
            let eta = estimator.estimate(&question);
            prop_assert!(eta.p10_s <= eta.p50_s && eta.p50_s <= eta.p90_s, "{eta:?}");
            prop_assert!(eta.p90_s > 0 && eta.p90_s < 50_000_000, "{eta:?}");
        }
    }
}
