//! What learned speeds bring: travel times of held-out trips by free flow, by the shipped prior, and by what the other trips taught.

use campo_geo::eta::Vehicle;
use campo_geo::matching::{Fix, Search, Settings, Streets, trace};
use campo_geo::pace::{Drive, Observations, Paces, Period};
use campo_geo::roads::{Anchor, Metric, Roads};

use super::fixes;
use crate::replay::trips::Trip;
use crate::say;

const CAR: Vehicle = Vehicle::Car;
/// Porto's summer time.
const OFFSET_S: i64 = 3_600;
/// Both ends of a trip lie this near to a road: the published rule.
const NEAR_M: f32 = 60.0;

/// A trip with both its ends on roads.
struct Known<'a> {
    trip: &'a Trip,
    from: Anchor,
    to: Anchor,
}

/// Learns from three of four trips and is judged by the fourth.
pub fn compare(roads: &Roads, trips: &[Trip]) {
    let known: Vec<Known<'_>> = trips.iter().filter_map(|trip| on_roads(roads, trip)).collect();
    let (train, test): (Vec<_>, Vec<_>) = known.iter().enumerate().partition(|(i, _)| i % 4 != 3);
    let [train, test] = [train, test].map(|part| part.into_iter().map(|(_, k)| k).collect::<Vec<_>>());
    say!("speeds   learned from {} trips, judged by {} others (every fourth)", train.len(), test.len());
    let free: Vec<Metric> = Period::ALL.iter().map(|_| roads.free_flow(CAR).clone()).collect();
    judge(roads, "free flow", &free, &train, &test);
    let prior = metrics(roads, &Paces::learn(&Observations::default()));
    judge(roads, "shipped prior", &prior, &train, &test);
    let paces = learn(roads, &prior, &train);
    judge(roads, "learned", &metrics(roads, &paces), &train, &test);
}

fn on_roads<'a>(roads: &Roads, trip: &'a Trip) -> Option<Known<'a>> {
    let fixes = fixes(trip);
    let snap = |fix: Option<&(i64, campo_geo::Coord)>| {
        roads.snap(fix?.1, None, CAR).filter(|anchor| anchor.first().distance_m <= NEAR_M)
    };
    Some(Known { trip, from: snap(fixes.first())?, to: snap(fixes.last())? })
}

/// The period of a moment of a trip. 1 January 1970 was a Thursday.
fn period(trip: &Trip, ms: i64) -> Period {
    let hours = (trip.start_s + OFFSET_S + ms / 1_000).div_euclid(3_600) + 3 * 24;
    Period::of(hours.rem_euclid(168) as u8)
}

fn metrics(roads: &Roads, paces: &Paces) -> Vec<Metric> {
    let metric = |period: &Period| {
        let times = paces.times(roads, CAR, *period);
        roads.customize(CAR, &|edge| times.get(edge as usize).copied().unwrap_or(u32::MAX))
    };
    Period::ALL.iter().map(metric).collect()
}

fn learn(roads: &Roads, expected: &[Metric], train: &[&Known<'_>]) -> Paces {
    let (mut seen, mut search) = (Observations::default(), Search::default());
    let settings = Settings { slower: 1.0, ..Settings::default() };
    for (source, known) in (0..).zip(train) {
        let Some(metric) = expected.get(period(known.trip, 0).index()) else { continue };
        let fixes: Vec<Fix> = fixes(known.trip).into_iter().map(|(ms, at)| Fix::new(at, ms)).collect();
        let path = trace(&Streets::new(roads, metric), &mut search, &fixes, &settings);
        let visits: Vec<_> = path.visits().copied().collect();
        seen.add(roads, CAR, Drive { visits: &visits, source }, |ms| period(known.trip, ms));
    }
    Paces::learn(&seen)
}

fn judge(roads: &Roads, name: &str, metrics: &[Metric], train: &[&Known<'_>], test: &[&Known<'_>]) {
    let told = |trips: &[&Known<'_>]| -> Vec<(f64, f64)> {
        let one = |known: &&Known<'_>| {
            let ms = roads.ms(&known.from, &known.to, metrics.get(period(known.trip, 0).index())?)?;
            Some((f64::from(ms) / 1e3, known.trip.duration_s()))
        };
        trips.iter().filter_map(one).collect()
    };
    let (train, test) = (told(train), told(test));
    // The factor that would have been best on the trips to learn from: the honest bar.
    let scales = (50..300).map(|s| f64::from(s) / 100.0);
    let best = scales.min_by(|a, b| errors(&train, *a).0.total_cmp(&errors(&train, *b).0)).unwrap_or(1.0);
    let ((mae, mape), (scaled_mae, scaled_mape)) = (errors(&test, 1.0), errors(&test, best));
    say!(
        "{name:<17} {} trips: mean error {mae:.0} s, {mape:.1} %; scaled by {best:.2} (fitted to the others): {scaled_mae:.0} s, \
         {scaled_mape:.1} %",
        test.len()
    );
}

/// Mean absolute error in seconds and in percent.
fn errors(told: &[(f64, f64)], scale: f64) -> (f64, f64) {
    let n = told.len().max(1) as f64;
    let off = |(t, real): &(f64, f64)| (t * scale - real).abs();
    (told.iter().map(off).sum::<f64>() / n, 100.0 * told.iter().map(|t| off(t) / t.1).sum::<f64>() / n)
}
