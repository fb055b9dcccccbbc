//! Fits the numbers of ETA tier 0 and prints them as they stand in `geo/src/eta.rs`, with their errors.
//!
//! ```text
//! cargo run -p campo-geo --example fit_tier0
//! ```
//!
//! Method. Trips are read and cleaned by `tests/support/trips.rs`; every fourth is held out.
//! 1. Rhythm of the week: an ordinary power law is taken off New York's log durations (the only data set
//!    here that covers the whole week); what is left is averaged for each of the 168 hours, pulled to its
//!    hour of the day (working day or weekend, weight 40), which is pulled to nothing (weight 20).
//! 2. Porto shows how much of that rhythm travels: its morning's residuals are regressed on New York's, and
//!    the slope (0.61) shrinks all factors towards 1.
//! 3. Three power laws `seconds = scale * metres ^ power` by quantile regression of log duration without
//!    the rhythm, at 0.1, 0.5 and 0.9, both cities weighing the same: a law for a city not seen yet.

#![allow(clippy::print_stdout, reason = "a command for people")]
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "an offline tool over fixed files")]

#[path = "../tests/support/mod.rs"]
mod support;

use support::fit::{Power, fit};
use support::{score::score, trips::cities};

fn main() {
    let Some(cities) = cities() else {
        println!("skipped: ../shared/data is not here");
        return;
    };
    let law = fit(&cities);
    for (name, Power { scale, power }) in [("P10", law.p10), ("P50", law.p50), ("P90", law.p90)] {
        println!("const {name}: Power = Power {{ scale: {scale:.3}, power: {power:.4} }};");
    }
    println!("// Porto keeps {:.2} of New York's rhythm.", law.kept);
    println!("#[rustfmt::skip]\nconst HOUR_FACTORS: [f32; 168] = [");
    for day in law.hours.chunks(24) {
        for half in day.chunks(12) {
            let row: Vec<String> = half.iter().map(|h| format!("{:.2}", h.exp())).collect();
            println!("    {},", row.join(", "));
        }
    }
    println!("];");
    for city in &cities {
        let s = score(&city.held_out(), campo_geo::eta);
        println!(
            "// {} as committed: {} held-out trips, MAE {:.0} s, MAPE {:.1} %, inside p10-p90 {:.1} %",
            city.name,
            s.trips,
            s.mae_s,
            s.mape * 100.0,
            s.inside * 100.0
        );
    }
}
