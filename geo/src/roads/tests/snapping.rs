//! Snapping against looking at everything.

use super::*;
use crate::segment::closest;
use Vehicle::Car;
use proptest::prelude::*;

fn grid() -> Roads {
    let mut town = Town::default();
    for x in 0..5 {
        for y in 0..5 {
            town.corner(x, y);
        }
    }
    for i in 0..5 {
        let bend = [(0, i), (1, i), (2, i), (3, i), (4, i)];
        town.street(&bend, if i % 2 == 0 { &[] } else { &[("oneway", "yes")] });
        town.street(&[(i, 0), (i, 1), (i, 2), (i, 3), (i, 4)], &[]);
    }
    town.roads()
}

/// Distance to an edge, looking at all its steps.
fn away_m(roads: &Roads, edge: u32, at: Coord) -> f64 {
    let line = roads.edge_geometry(edge);
    line.windows(2).map(|w| closest(at, w[0], w[1]).distance_m).fold(f64::INFINITY, f64::min)
}

proptest! {
    /// The nearest is the nearest, the candidates are the nearest few, and where they lie is on their edges.
    #[test]
    fn snapping_is_looking_at_everything(x in -1.0..5.0f64, y in -1.0..5.0f64, most in 1..12usize) {
        let roads = grid();
        let at = Coord::new(y * STEP, x * STEP).unwrap();
        let mut all: Vec<f64> = (0..roads.edge_count()).map(|e| away_m(&roads, e, at)).collect();
        let by_edge = all.clone();
        all.sort_by(f64::total_cmp);
        let anchor = roads.snap(at, None, Car).unwrap();
        prop_assert!((f64::from(anchor.first().distance_m) - all[0]).abs() < 0.2);
        let mut found = Vec::new();
        roads.candidates(at, 500.0, most, Car, &mut found);
        prop_assert_eq!(found.len(), most.min(all.iter().filter(|m| **m <= 500.0).count()));
        for (snap, nth) in found.iter().zip(&all) {
            prop_assert!((f64::from(snap.distance_m) - nth).abs() < 0.2);
            prop_assert!((by_edge[snap.edge as usize] - nth).abs() < 0.2);
            prop_assert!((snap.at.distance_m(at) - f64::from(snap.distance_m)).abs() < 0.2);
            prop_assert!(away_m(&roads, snap.edge, snap.at) < 0.2);
            let line = roads.edge_geometry(snap.edge);
            let along = line[0].distance_m(snap.at) / f64::from(roads.edge_length_m(snap.edge));
            prop_assert!((along - f64::from(snap.fraction)).abs() < 0.01, "{along} {snap:?}");
            prop_assert!((line[0].bearing_deg(line[line.len() - 1]) - f64::from(snap.bearing_deg)).abs() % 360.0 < 1.0);
        }
    }
}

#[test]
fn a_heading_chooses_the_direction_and_the_road() {
    let roads = grid();
    let at = Coord::new(2.0 * STEP, 1.5 * STEP).unwrap();
    for (heading, bearing) in [(80.0, 90.0), (275.0, 270.0), (-85.0, 270.0)] {
        let anchor = roads.snap(at, Some(heading), Car).unwrap();
        assert!((anchor.first().bearing_deg - bearing).abs() < 1.0, "{heading}: {anchor:?}");
        assert_eq!(anchor.snaps().count(), 2);
    }
    // Ten metres from a street across, fifteen from the one that is driven.
    let near = spot(1, 2).destination(90.0, 10.0).destination(0.0, 15.0);
    let north = roads.snap(near, Some(2.0), Car).unwrap();
    let east = roads.snap(near, Some(92.0), Car).unwrap();
    assert!(north.first().bearing_deg < 1.0 && (east.first().bearing_deg - 90.0).abs() < 1.0);
    // Moving away from the goal costs turning round.
    let goal = roads.snap(Coord::new(2.0 * STEP, 1.9 * STEP).unwrap(), None, Car).unwrap();
    let car = roads.free_flow(Car);
    let [towards, away] = [90.0, 270.0].map(|h| roads.snap(at, Some(h), Car).unwrap());
    assert!(roads.ms(&away, &goal, car).unwrap() > roads.ms(&towards, &goal, car).unwrap() + 10_000);
}

#[test]
fn far_from_every_road_is_on_none() {
    let roads = grid();
    assert!(roads.snap(Coord::new(1.0, 1.0).unwrap(), None, Car).is_none());
    assert!(roads.snap(Coord::new(-90.0, 180.0).unwrap(), None, Car).is_none());
    let mut found = Vec::new();
    roads.candidates(spot(0, 0), f32::NAN, 3, Car, &mut found);
    roads.candidates(spot(0, 0), 50.0, 0, Car, &mut found);
    assert!(found.is_empty());
}
