//! Sums and what follows from them.

use proptest::prelude::*;

use super::observations::LEAST_TRIPS;
use super::*;
use crate::eta::Vehicle;
use crate::matching::Visit;
use crate::matching::tests::town;

fn any_period() -> impl Strategy<Value = Period> {
    (0..Period::COUNT).prop_map(|i| Period::ALL[i])
}

/// Observations of few keys, so that they meet.
fn observations() -> impl Strategy<Value = Observations> {
    let sum = (0..10_000_000u64, 1..10_000_000u64, 1..50_000u32, 0..=u32::MAX);
    let class = (0..12u8, any_period(), sum.clone());
    let cell = (1..4u64, 0..3u8, any_period(), sum.clone());
    let edge = (1..9u64, any_period(), sum);
    let many = |n| 0..n;
    (
        prop::collection::vec(class, many(8)),
        prop::collection::vec(cell, many(8)),
        prop::collection::vec(edge, many(8)),
    )
        .prop_map(|(classes, cells, edges)| {
            let json = serde_json::json!({ "classes": classes, "cells": cells, "edges": edges });
            serde_json::from_value(json).unwrap()
        })
}

fn merged(a: &Observations, b: &Observations) -> Observations {
    let mut both = a.clone();
    both.merge(b);
    both
}

proptest! {
    /// In whatever order organizations are merged, the sums are the same to the last digit.
    #[test]
    fn merging_has_no_order(a in observations(), b in observations(), c in observations()) {
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
        prop_assert_eq!(merged(&a, &Observations::default()), a);
    }

    /// What is written is read again, and equal sums are equal bytes.
    #[test]
    fn sums_survive_storage(a in observations(), b in observations()) {
        let bytes = serde_json::to_vec(&merged(&a, &b)).unwrap();
        prop_assert_eq!(&serde_json::from_slice::<Observations>(&bytes).unwrap(), &merged(&a, &b));
        prop_assert_eq!(serde_json::to_vec(&merged(&b, &a)).unwrap(), bytes);
    }

    /// What leaves an organization is of enough trips and sources, and tells nothing of who they were.
    #[test]
    fn what_is_shared_is_anonymous(a in observations()) {
        let shared = a.shared();
        let sums = |o: &Observations| -> Vec<super::sum::Sum> {
            o.classes.values().chain(o.cells.values()).chain(o.edges.values()).copied().collect()
        };
        prop_assert!(sums(&shared).iter().all(|s| s.trips() >= f64::from(LEAST_TRIPS) && s.sources == u32::MAX));
        let enough = sums(&a).iter().filter(|s| s.trips() >= 3.0 && s.sources.count_ones() >= 3).count();
        prop_assert_eq!(shared.len(), enough);
        prop_assert_eq!(shared.shared(), shared);
    }

    /// Forgetting leaves ratios and lets the little go.
    #[test]
    fn forgetting_keeps_what_was_learned(a in observations(), days in 0.0..200.0f64) {
        let mut faded = a.clone();
        faded.fade(days);
        prop_assert!(faded.len() <= a.len());
        for (key, sum) in &faded.classes {
            let before = a.classes[key];
            let share = 0.5f64.powf(days / 42.0);
            prop_assert!((sum.real_ms as f64 - before.real_ms as f64 * share).abs() <= 1.0);
            prop_assert!((sum.trips() - before.trips() * share).abs() <= 0.001);
        }
        let mut gone = a;
        gone.fade(1_000.0);
        prop_assert!(gone.is_empty());
    }

    /// Every edge has a time in every period, whatever was seen.
    #[test]
    fn times_are_times(a in observations(), period in any_period()) {
        let times = Paces::learn(&a).times(town(), Vehicle::Car, period);
        prop_assert_eq!(times.len(), town().edge_count() as usize);
        for (edge, time) in (0..).zip(times) {
            let free = town().edge_time_ms(edge, Vehicle::Car);
            prop_assert!(time >= 1 && f64::from(time) < f64::from(free) * 500.0, "{time} {free}");
        }
    }
}

/// A drive over one edge that takes `factor` times what the prior says.
fn drives(edge: u32, factor: f64, trips: u64) -> Observations {
    let prior =
        Paces::learn(&Observations::default()).times(town(), Vehicle::Car, Period::Morning)[edge as usize];
    let real = (f64::from(prior) * factor) as u32;
    let visit = Visit {
        edge,
        enter_ms: 0,
        leave_ms: i64::from(real),
        from_m: 0.0,
        to_m: town().edge_length_m(edge),
        drive_ms: real,
    };
    let mut seen = Observations::default();
    for source in 0..trips {
        seen.add(town(), Vehicle::Car, Drive { visits: &[visit, visit], source }, |_| Period::Morning);
    }
    seen
}

/// The time over an edge against the prior's.
fn learned(seen: &Observations, edge: u32, period: Period) -> f64 {
    let time = |seen: &Observations| {
        f64::from(Paces::learn(seen).times(town(), Vehicle::Car, period)[edge as usize])
    };
    time(seen) / time(&Observations::default())
}

#[test]
fn little_says_little_and_much_says_all() {
    assert_eq!(learned(&drives(7, 2.0, 2), 7, Period::Morning), 1.0, "two trips are nobody's business");
    let ratios = [3, 10, 30, 100, 1_000, 10_000].map(|n| learned(&drives(7, 2.0, n), 7, Period::Morning));
    assert!(ratios.windows(2).all(|w| w[0] < w[1] + 1e-3), "{ratios:?}");
    assert!(ratios[0] > 1.2 && ratios[0] < 1.8 && ratios[5] > 1.99 && ratios[5] < 2.01, "{ratios:?}");
    // Neighbours learn from it, less; other periods too.
    let near = learned(&drives(7, 2.0, 30), 20, Period::Morning);
    assert!(near > 1.1 && near < ratios[2], "{near} {ratios:?}");
    let other = learned(&drives(7, 2.0, 30), 7, Period::Night);
    assert!(other > 1.1 && other <= ratios[2] + 1e-3, "{other}");
}

#[test]
fn a_trip_counts_once_however_often_it_passes() {
    let seen = drives(7, 1.0, 5);
    assert_eq!((seen.classes.len(), seen.cells.len(), seen.edges.len()), (1, 1, 1));
    let sum = seen.edges.values().next().unwrap();
    assert_eq!(sum.trips(), 5.0);
    assert!(sum.sources.count_ones() <= 5 && sum.sources.count_ones() >= 3);
}

#[test]
fn standing_and_scraps_are_not_counted() {
    let visit = Visit { edge: 7, enter_ms: 0, leave_ms: 600_000, from_m: 10.0, to_m: 50.0, drive_ms: 0 };
    let scrap = Visit { from_m: 10.0, to_m: 11.0, drive_ms: 60_000, ..visit };
    let mut seen = Observations::default();
    let drive = Drive { visits: &[visit, scrap], source: 1 };
    seen.add(town(), Vehicle::Car, drive, |_| Period::Midday);
    assert!(seen.is_empty());
}

#[test]
fn the_week_has_its_parts() {
    assert_eq!(Period::of(3), Period::Night);
    assert_eq!(Period::of(8), Period::Morning);
    assert_eq!(Period::of(4 * 24 + 17), Period::Afternoon);
    assert_eq!(Period::of(5 * 24 + 8), Period::WeekendNight);
    assert_eq!(Period::of(6 * 24 + 12), Period::WeekendDay);
    assert_eq!(Period::of(168 + 8), Period::Morning);
    assert!((0..168).map(Period::of).all(|p| Period::ALL[p.index()] == p));
}
