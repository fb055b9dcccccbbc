//! Matching and learned speeds on real trips of `../shared/data`; without them these tests say SKIPPED.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests over fixed files"
)]

use std::path::PathBuf;

use campo_geo::eta::Vehicle;
use campo_geo::matching::{Fix, Matched, Matcher, Search, Settings, Streets, trace};
use campo_geo::osm::Extract;
use campo_geo::pace::{Drive, Observations, Paces, Period};
use campo_geo::roads::{self, Roads};
use campo_geo::{Bounds, Coord};

/// Few enough for a test of seconds; the bench takes all.
const TRIPS: usize = 60;

struct Porto {
    roads: Roads,
    trips: Vec<Vec<Fix>>,
}

fn porto() -> Option<Porto> {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let (pbf, csv) = (data.join("porto_city.osm.pbf"), data.join("porto_train_1500.csv"));
    if !pbf.exists() || !csv.exists() {
        println!("SKIPPED: Porto's extract and trips of ../shared/data are not here");
        return None;
    }
    let extract = Extract::read(&pbf, &mut |_, _| {}).unwrap();
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let file = std::env::temp_dir().join(format!("campo-match-{}-{number}.graph", std::process::id()));
    roads::build(&extract, &file, &mut |_, _| {}).unwrap();
    let roads = Roads::open(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let trips = trips(&csv, extract.bounds().unwrap());
    Some(Porto { roads, trips })
}

/// Clean trips that lie inside of the map: one fix every 15 s.
fn trips(csv: &std::path::Path, inside: Bounds) -> Vec<Vec<Fix>> {
    let mut reader = csv::Reader::from_path(csv).unwrap();
    let trip = |record: csv::StringRecord| {
        let line: Vec<[f64; 2]> = serde_json::from_str(&record[8]).unwrap();
        let line: Vec<Coord> = line.iter().map(|[lon, lat]| Coord::new(*lat, *lon).unwrap()).collect();
        let is_clean = &record[7] == "False"
            && (9..=241).contains(&line.len())
            && line[0].distance_m(line[line.len() - 1]) > 500.0
            && line.windows(2).all(|w| w[0].distance_m(w[1]) <= 700.0)
            && line.iter().all(|at| inside.contains(*at));
        let fixes = line.iter().zip(0..).map(|(at, i)| Fix::new(*at, i * 15_000)).collect();
        is_clean.then_some(fixes)
    };
    reader.records().filter_map(|r| trip(r.unwrap())).take(TRIPS).collect()
}

fn half(fixes: &[Fix]) -> Vec<Fix> {
    fixes.iter().step_by(2).copied().collect()
}

#[test]
fn half_the_fixes_give_the_same_path() {
    let Some(Porto { roads, trips }) = porto() else { return };
    let streets = Streets::new(&roads, roads.free_flow(Vehicle::Car));
    let mut search = Search::default();
    let mut lay = |fixes: &[Fix]| trace(&streets, &mut search, fixes, &Settings::default());
    let (mut same, mut lost, mut fixes) = (0, 0, 0);
    for trip in &trips {
        // An odd number of fixes, so that both traces end at the same one.
        let whole = &trip[..trip.len() - usize::from(trip.len() % 2 == 0)];
        let (all, few): (Matched, Matched) = (lay(whole), lay(&half(whole)));
        same += usize::from((all.metres - few.metres).abs() <= 0.05 * all.metres);
        lost += few.off_road;
        fixes += few.off_road + few.on_road;
        let far = few.lines(&roads).concat().windows(2).map(|w| w[0].distance_m(w[1])).sum::<f64>();
        assert!((far - few.metres).abs() < 0.15 * few.metres + 100.0, "{far} {}", few.metres);
    }
    println!("{same} of {} trips within 5 %, {lost} of {fixes} fixes on no road", trips.len());
    // OSRM: 70 % with a radius of 10 m, 56 % with its own.
    assert!(same * 100 >= trips.len() * 85, "{same} of {}", trips.len());
    assert!(lost * 100 <= fixes * 10, "{lost} of {fixes}");
}

#[test]
fn one_fix_after_the_other_stays_near() {
    let Some(Porto { roads, trips }) = porto() else { return };
    let streets = Streets::new(&roads, roads.free_flow(Vehicle::Car));
    let (mut search, mut on, mut near) = (Search::default(), 0, 0);
    for trip in &trips {
        let mut matcher = Matcher::default();
        for fix in half(trip) {
            let belief = matcher.on(&streets, &mut search, fix);
            let Some(best) = belief.best().filter(|_| belief.off_road < 0.5) else { continue };
            on += 1;
            near += usize::from(best.spot.at.distance_m(fix.at) <= 40.0);
        }
    }
    println!("{near} of {on} places within 40 m of their fixes");
    assert!(on > 0 && near * 100 >= on * 95, "{near} of {on}");
}

#[test]
fn learned_times_explain_the_drives_that_they_were_learned_from() {
    let Some(Porto { roads, trips }) = porto() else { return };
    let streets = Streets::new(&roads, roads.free_flow(Vehicle::Car));
    let (mut search, mut seen) = (Search::default(), Observations::default());
    let mut drives = Vec::new();
    for (source, trip) in (0..).zip(&trips) {
        let visits: Vec<_> =
            trace(&streets, &mut search, trip, &Settings::default()).visits().copied().collect();
        seen.add(&roads, Vehicle::Car, Drive { visits: &visits, source }, |_| Period::Night);
        drives.push(visits);
    }
    let times = Paces::learn(&seen).times(&roads, Vehicle::Car, Period::Night);
    let (mut real, mut expected) = (0.0, 0.0);
    for visit in drives.iter().flatten() {
        let part = visit.metres() / roads.edge_length_m(visit.edge).max(0.1);
        real += f64::from(visit.drive_ms);
        expected += f64::from(times[visit.edge as usize]) * f64::from(part.min(1.0));
    }
    println!("learned times are {:.3} of the driven ones", expected / real);
    assert!((0.85..1.15).contains(&(expected / real)), "{}", expected / real);
}
