//! The road graph of real extracts: built, opened, and answering as Dijkstra's algorithm does. The extracts are in `../shared/data`; without them the tests say SKIPPED.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

use std::path::{Path, PathBuf};

use campo_geo::Coord;
use campo_geo::eta::Vehicle;
use campo_geo::osm::Extract;
use campo_geo::roads::{self, Anchor, Roads};

fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if !path.exists() {
        println!("SKIPPED: ../shared/data/{name} is not here");
    }
    path.exists().then_some(path)
}

fn built(extract: &Path, test: &str) -> Roads {
    let extract = Extract::read(extract, &mut |_, _| {}).unwrap();
    let file = std::env::temp_dir().join(format!("campo-roads-{test}-{}.graph", std::process::id()));
    roads::build(&extract, &file, &mut |_, _| {}).unwrap();
    let roads = Roads::open(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    roads
}

/// Ends of edges far apart in the file, and so on the ground.
fn pairs(roads: &Roads, n: u32, vehicle: Vehicle) -> Vec<(Anchor, Anchor)> {
    let count = roads.edge_count();
    let place = |i: u32| {
        let line = roads.edge_geometry(i.wrapping_mul(2_654_435_761) % count);
        let from = line[0];
        Coord::new(from.lat() + 0.0001, from.lon() - 0.0001).unwrap()
    };
    let snap = |i| roads.snap(place(i), None, vehicle).unwrap();
    (0..n).map(|i| (snap(2 * i), snap(2 * i + 1))).collect()
}

/// On a real city every pair has a way, the same as Dijkstra's, for both vehicles; Porto Alegre has turn restrictions.
#[test]
fn cities_are_routable_and_answers_are_dijkstras() {
    for city in ["porto_city.osm.pbf", "poa.osm.pbf"] {
        let Some(extract) = data(city) else { continue };
        let roads = built(&extract, city);
        assert!(roads.edge_count() > 10_000, "{city}: {}", roads.edge_count());
        for vehicle in [Vehicle::Car, Vehicle::Motorbike] {
            let pairs = pairs(&roads, 40, vehicle);
            let free = roads.free_flow(vehicle);
            let plain = roads.plain_ms(&pairs, free);
            assert!(plain.iter().flatten().count() >= 39, "{city}: {plain:?}");
            let (froms, tos): (Vec<Anchor>, Vec<Anchor>) = pairs.iter().copied().unzip();
            let table = roads.table(&froms, &tos, free);
            for (i, ((from, to), plain)) in pairs.iter().zip(&plain).enumerate() {
                assert_eq!(roads.ms(from, to, free), *plain, "{city}");
                assert_eq!(table[i * pairs.len() + i], plain.unwrap_or(u32::MAX), "{city}");
            }
        }
    }
}

/// At least 99 of 100 recorded trips of Porto have a way between their ends, and it is no shorter than the straight line.
#[test]
fn recorded_trips_are_routable() {
    let (Some(extract), Some(trips)) = (data("porto_city.osm.pbf"), data("porto_train_1500.csv")) else {
        return;
    };
    let bounds = Extract::read(&extract, &mut |_, _| {}).unwrap().bounds().unwrap();
    let roads = built(&extract, "trips");
    let car = roads.free_flow(Vehicle::Car);
    let (mut asked, mut routed) = (0, 0);
    for row in csv::Reader::from_path(trips).unwrap().records() {
        let line: Vec<[f64; 2]> = serde_json::from_str(&row.unwrap()[8]).unwrap();
        let (Some(a), Some(b)) = (line.first(), line.last()) else { continue };
        let ends = [a, b].map(|[lon, lat]| Coord::new(*lat, *lon).unwrap());
        if !ends.iter().all(|c| bounds.contains(*c)) {
            continue;
        }
        asked += 1;
        let anchors = ends.map(|c| roads.snap(c, None, Vehicle::Car));
        let [Some(from), Some(to)] = anchors else { continue };
        let Some(way) = roads.summary(&from, &to, car) else { continue };
        routed += 1;
        let straight = from.first().at.distance_m(to.first().at);
        assert!(f64::from(way.metres) >= straight * 0.999 - 16.0, "{way:?} {straight}");
        assert!(f64::from(way.metres) / f64::from(way.ms.max(1)) * 3_600.0 < 130.0, "{way:?}");
    }
    assert!(asked > 1_000 && routed * 100 >= asked * 99, "{routed} of {asked}");
}
