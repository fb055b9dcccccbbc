//! Learned tiers, judged on recorded trips that they were not learned from.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test over fixed files"
)]

use std::path::PathBuf;
use std::sync::Arc;

use campo_geo::Coord;
use campo_geo::eta::coverage::Count;
use campo_geo::eta::{Estimator, TrainOptions, Trip, Vehicle, train};
use chrono::NaiveDateTime;

/// The recorded trips of a file in order of time; says plainly that it skips where they are missing.
fn recorded(file: &str, trip: impl Fn(&csv::StringRecord) -> Option<Trip>) -> Option<Vec<Trip>> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")).join(file);
    if !path.is_file() {
        println!("SKIPPED: {} is not here", path.display());
        return None;
    }
    let mut reader = csv::Reader::from_path(path).expect("a readable trip file");
    let rows = reader.records().filter_map(|row| trip(&row.ok()?));
    let mut trips: Vec<Trip> = rows.filter(Trip::is_clean).collect();
    trips.sort_by_key(|trip| trip.started_at);
    Some(trips)
}

fn new_york(row: &csv::StringRecord) -> Option<Trip> {
    let number = |column: usize| row.get(column)?.parse::<f64>().ok();
    let start = NaiveDateTime::parse_from_str(row.get(2)?, "%Y-%m-%d %H:%M:%S").ok()?;
    Some(Trip {
        from: Coord::new(number(5)?, number(4)?)?,
        to: Coord::new(number(7)?, number(6)?)?,
        started_at: start.and_utc().timestamp(),
        utc_offset_s: 0,
        duration_s: number(9)?,
        vehicle: Vehicle::Car,
    })
}

fn porto(row: &csv::StringRecord) -> Option<Trip> {
    let points: Vec<[f64; 2]> = serde_json::from_str(row.get(8)?).ok()?;
    let at = |point: &[f64; 2]| Coord::new(point[1], point[0]);
    Some(Trip {
        from: at(points.first()?)?,
        to: at(points.last()?)?,
        started_at: row.get(5)?.parse().ok()?,
        utc_offset_s: 3_600,
        duration_s: (points.len() - 1) as f64 * 15.0,
        vehicle: Vehicle::Car,
    })
}

/// Learns from `early`, and counts tiers 0, 1 and 3 on `late`.
fn judged(early: &[Trip], late: &[Trip]) -> [Count; 3] {
    let learned = train(early, &TrainOptions::default(), &Estimator::default());
    let estimator = Estimator::new(None, Some(Arc::new(learned)));
    [0, 1, 3].map(|tier| {
        let mut count = Count::default();
        for trip in late {
            let eta = estimator.estimate_within(&trip.question(), tier);
            assert_eq!(eta.tier, tier);
            count.note(eta, trip.duration_s);
        }
        count
    })
}

/// Months of New York: each tier is better than the one below on later days, and windows hold in spring what
/// was learned in winter.
#[test]
fn later_days_are_told_better_tier_by_tier() {
    let Some(trips) = recorded("nyc_2016_train.csv", new_york) else { return };
    let (early, late) = trips.split_at(trips.len() * 77 / 100);
    let counts = judged(early, late);
    let errors = counts.map(|count| count.mean_error_s().unwrap());
    let shares = counts.map(|count| count.share().unwrap());
    println!("tiers 0, 1, 3 on {} later trips: MAE {errors:.1?} s, inside {shares:.3?}", late.len());
    assert!(errors[1] < errors[0] - 25.0 && errors[2] < errors[1] - 20.0 && errors[2] < 210.0, "{errors:?}");
    for share in &shares[1..] {
        assert!((0.75..=0.85).contains(share), "{shares:?}");
    }
}

/// One morning of Porto: what its later hours teach holds in the earlier ones, night included.
#[test]
fn other_hours_are_told_better_tier_by_tier() {
    let Some(trips) = recorded("porto_train_1500.csv", porto) else { return };
    let (night, morning) = trips.split_at(trips.len() * 60 / 100);
    let counts = judged(morning, night);
    let errors = counts.map(|count| count.mean_error_s().unwrap());
    println!("tiers 0, 1, 3 on {} trips of other hours: MAE {errors:.1?} s", night.len());
    assert!(errors[2] <= errors[1] + 2.0 && errors[2] < errors[0], "{errors:?}");
}

/// Seven of ten trips of that morning, drawn at random, tell of the others: windows are no wider than they need be.
#[test]
fn windows_hold_on_trips_of_the_same_morning() {
    let Some(trips) = recorded("porto_train_1500.csv", porto) else { return };
    let mut all = [Count::default(); 3];
    for seed in 1..=5u64 {
        // The finalizer of splitmix64: the same split everywhere.
        let is_early = |i: usize| {
            let mut x = (i as u64 + 1_000 * seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (x ^ (x >> 27)) % 10 < 7
        };
        let part = |early: bool| -> Vec<Trip> {
            let kept = trips.iter().enumerate().filter(|(i, _)| is_early(*i) == early);
            kept.map(|(_, trip)| trip.clone()).collect()
        };
        let counts = judged(&part(true), &part(false));
        all.iter_mut().zip(counts).for_each(|(sum, count)| *sum = sum.plus(count));
    }
    let shares = all.map(|count| count.share().unwrap());
    let errors = all.map(|count| count.mean_error_s().unwrap());
    println!("tiers 0, 1, 3 on random splits: MAE {errors:.1?} s, inside {shares:.3?}");
    assert!(errors[2] < errors[1] && errors[1] < errors[0], "{errors:?}");
    for share in &shares[1..] {
        assert!((0.75..=0.85).contains(share), "{shares:?}");
    }
}
