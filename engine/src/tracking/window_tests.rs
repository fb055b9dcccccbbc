use super::super::testing::NOON;
use super::*;
use campo_geo::Eta;
use chrono_tz::America::Argentina::Buenos_Aires;
use proptest::prelude::*;

const MINUTE: i64 = 60_000;

/// An ETA seen so many minutes after noon, by its three times in minutes.
fn eta(at_min: f64, p10: f64, p50: f64, p90: f64) -> EtaAt {
    let s = |minutes: f64| (minutes * 60.0) as u32;
    let at_ms = NOON + (at_min * MINUTE as f64) as i64;
    EtaAt { eta: Eta { tier: 0, p10_s: s(p10), p50_s: s(p50), p90_s: s(p90) }, at_ms }
}

#[test]
fn words_are_those_of_the_contract() {
    let window = |from: i64, to: i64| Window { from_ms: NOON + from * MINUTE, to_ms: NOON + to * MINUTE };
    assert_eq!(window(140, 155).words(Language::Es, Buenos_Aires), "entre 14:20 y 14:35");
    assert_eq!(window(140, 155).words(Language::En, Buenos_Aires), "between 2:20 and 2:35 pm");
    assert_eq!(window(-10, 5).words(Language::En, Buenos_Aires), "between 11:50 am and 12:05 pm");
    assert_eq!(window(11 * 60 + 55, 12 * 60 + 10).words(Language::Es, Buenos_Aires), "entre 23:55 y 00:10");
    assert_eq!(window(-170, -155).words(Language::Es, Buenos_Aires), "entre 09:10 y 09:25");
}

#[test]
fn the_first_window_is_rounded_outwards() {
    let window = Promise::default().on_eta(&eta(1.0, 12.0, 18.0, 31.0)).unwrap();
    assert_eq!((window.from_ms, window.to_ms), (NOON + 10 * MINUTE, NOON + 35 * MINUTE));
    let narrow = Window::of(&eta(0.0, 1.0, 2.0, 3.0));
    assert_eq!((narrow.from_ms, narrow.to_ms), (NOON, NOON + 10 * MINUTE));
}

#[test]
fn a_better_estimate_counts_once_it_has_lasted() {
    let mut promise = Promise::default();
    promise.on_eta(&eta(0.0, 10.0, 20.0, 40.0)).unwrap();
    // Nearer now: 14 to 24 minutes after noon instead of 10 to 40.
    assert_eq!(promise.on_eta(&eta(4.0, 10.0, 14.0, 20.0)), None);
    assert_eq!(promise.on_eta(&eta(6.0, 8.0, 12.0, 18.0)), None);
    let better = promise.on_eta(&eta(7.0, 8.0, 12.0, 17.0)).unwrap();
    assert_eq!((better.from_ms, better.to_ms), (NOON + 15 * MINUTE, NOON + 25 * MINUTE));
    // A doubt that passes leaves no trace.
    assert_eq!(promise.on_eta(&eta(8.0, 8.0, 12.0, 30.0)), None);
    assert_eq!(promise.on_eta(&eta(9.0, 7.0, 11.0, 16.0)), None);
    assert_eq!(promise.on_eta(&eta(12.0, 5.0, 9.0, 25.0)), None);
}

prop_compose! {
    /// ETAs as they come: every half minute, each with its three times.
    fn stream()(steps in prop::collection::vec((0.0..40.0f64, 0.3..1.0f64, 1.0..2.5f64), 1..60)) -> Vec<EtaAt> {
        steps.iter().enumerate().map(|(i, (p50, low, high))| eta(i as f64 * 0.5, p50 * low, *p50, p50 * high)).collect()
    }
}

proptest! {
    /// What is shown always holds the arrival that is expected, stands on five-minute marks and is wide enough.
    #[test]
    fn the_promise_is_never_a_lie(stream in stream()) {
        let mut promise = Promise::default();
        for eta in stream {
            let changed = promise.on_eta(&eta);
            let shown = promise.shown().unwrap();
            prop_assert!(changed.is_none_or(|window| window == shown));
            prop_assert!(shown.holds(eta.at_ms + i64::from(eta.eta.p50_s) * 1_000));
            prop_assert!(shown.from_ms % STEP_MS == 0 && shown.to_ms % STEP_MS == 0);
            prop_assert!(shown.to_ms - shown.from_ms >= NARROWEST_MS);
        }
    }

    /// It changes only when it must: where the expected arrival stays inside, changes are three minutes apart.
    #[test]
    fn changes_have_their_reason(stream in stream()) {
        let mut promise = Promise::default();
        let mut last_change = None;
        for eta in stream {
            let before = promise.shown();
            let expected = eta.at_ms + i64::from(eta.eta.p50_s) * 1_000;
            if promise.on_eta(&eta).is_some() {
                let forced = before.is_none_or(|window| !window.holds(expected));
                let since = last_change.map_or(i64::MAX, |at| eta.at_ms - at);
                prop_assert!(forced || since >= CONFIRM_MS, "after {since} ms");
                last_change = Some(eta.at_ms);
            }
        }
    }

    /// ETAs that move by less than a mark around one another never change it.
    #[test]
    fn jitter_is_not_told(p50 in 12.0..40.0f64, jitter in prop::collection::vec(-2.4..2.4f64, 1..60)) {
        let mut promise = Promise::default();
        promise.on_eta(&eta(0.0, p50 * 0.6, p50, p50 * 1.7));
        for (i, j) in jitter.iter().enumerate() {
            // Half a minute later half a minute less remains, give or take.
            let (at, left) = (i as f64 * 0.05, p50 - i as f64 * 0.05 + j);
            prop_assert_eq!(promise.on_eta(&eta(at, left - p50 * 0.4, left, left + p50 * 0.7)), None);
        }
    }

    /// A promise kept in SQL and restored goes on as the one in memory.
    #[test]
    fn restoring_changes_nothing_shown(stream in stream()) {
        let mut promise = Promise::default();
        for eta in stream {
            promise.on_eta(&eta);
            prop_assert_eq!(Promise::new(promise.shown()).shown(), promise.shown());
            prop_assert_eq!(Promise::new(promise.shown()).on_eta(&eta), None);
        }
    }
}
