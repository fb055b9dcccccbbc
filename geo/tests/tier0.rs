//! The committed numbers of ETA tier 0, judged on recorded trips that they were not learned from.

mod support;

use support::{fit, score::score, trips::cities};

/// Says plainly that it skips where the recorded trips are missing.
macro_rules! cities_or_skip {
    () => {
        match cities() {
            Some(cities) => cities,
            None => {
                println!("skipped: ../shared/data with the recorded trips is not here");
                return;
            }
        }
    };
}

/// Windows hold what they promise, and the error stays near the published figures.
#[test]
fn held_out_trips_fall_into_the_window() {
    let cities = cities_or_skip!();
    for (city, bar_s) in cities.iter().zip([215.0, 245.0]) {
        let s = score(&city.held_out(), campo_geo::eta);
        println!("{}: {s:?}", city.name);
        assert!(s.trips > 300, "{s:?}");
        assert!((0.75..=0.85).contains(&s.inside), "{}: {s:?}", city.name);
        assert!(s.mae_s <= bar_s, "{}: {s:?}", city.name);
    }
}

/// The numbers in the code are those that the command makes: nobody edited them by hand.
#[test]
fn the_committed_numbers_are_the_fitted_ones() {
    let cities = cities_or_skip!();
    let law = fit::fit(&cities);
    assert!(
        (0.4..=0.9).contains(&law.kept),
        "the rhythm of one city says something about another: {}",
        law.kept
    );
    for hour in 0..campo_geo::eta::HOURS_OF_WEEK {
        for distance in [500.0f64, 3_000.0, 20_000.0] {
            let committed = campo_geo::eta(distance, hour);
            let rhythm = law.hours[usize::from(hour)].exp();
            let pairs = [(law.p10, committed.p10_s), (law.p50, committed.p50_s), (law.p90, committed.p90_s)];
            for (power, seconds) in pairs {
                let fitted = rhythm * power.scale * distance.powf(power.power);
                let off = (fitted / f64::from(seconds) - 1.0).abs();
                assert!(off < 0.02, "hour {hour}, {distance} m: {fitted} against {seconds}");
            }
        }
    }
}
