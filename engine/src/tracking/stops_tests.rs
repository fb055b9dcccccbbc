use super::super::sample::Sample;
use super::super::testing::{NOON, away, door, fix};
use super::*;

fn run(points: &[(f64, Coord)]) -> Vec<Option<Stop>> {
    let (mut stops, mut before) = (Stops::default(), None);
    let mut seen = Vec::new();
    for (seconds, coord) in points {
        let sample = Sample::from(&fix(*seconds, *coord, Some(15.0)));
        stops.on(&Step::new(before, sample));
        before = Some(sample);
        seen.push(stops.current());
    }
    seen
}

#[test]
fn a_stop_needs_three_fixes_and_three_minutes() {
    let every_30_s: Vec<_> = (0..9).map(|i| (f64::from(i) * 30.0, away(f64::from(i) * 40.0, 12.0))).collect();
    let seen = run(&every_30_s);
    let stop = seen[6].unwrap();
    assert!(seen[..6].iter().all(Option::is_none), "{seen:?}");
    assert_eq!((stop.since_ms, stop.until_ms, stop.fixes), (NOON, NOON + 180_000, 7));
    assert!(stop.place.distance_m(door()) < 12.0, "{stop:?}");
    // Every five minutes: two fixes are not enough, three are.
    let seen = run(&[(0.0, door()), (300.0, door()), (600.0, door())]);
    assert!(seen[1].is_none() && seen[2].is_some());
}

#[test]
fn one_stray_fix_does_not_end_a_stop_and_two_do() {
    let mut points: Vec<_> = (0..8).map(|i| (f64::from(i) * 30.0, door())).collect();
    points.push((240.0, away(90.0, 120.0)));
    points.push((270.0, door()));
    let seen = run(&points);
    assert!(seen[8].is_some() && seen[9].is_some());
    assert_eq!(seen[9].unwrap().since_ms, NOON);
    points.truncate(9);
    points.push((270.0, away(90.0, 400.0)));
    assert!(run(&points)[9].is_none());
}

#[test]
fn slow_traffic_is_no_stop() {
    let crawl: Vec<_> = (0..20).map(|i| (f64::from(i) * 30.0, away(90.0, f64::from(i) * 75.0))).collect();
    assert!(run(&crawl).iter().all(Option::is_none));
}

#[test]
fn a_stop_on_the_antimeridian_has_its_centre_there() {
    let east = Coord::new(-16.8, 179.999_9).unwrap();
    let west = Coord::new(-16.8, -179.999_9).unwrap();
    let points: Vec<_> =
        (0..8).map(|i| (f64::from(i) * 30.0, if i % 2 == 0 { east } else { west })).collect();
    let stop = run(&points)[7].unwrap();
    assert!(stop.place.distance_m(Coord::new(-16.8, 180.0).unwrap()) < 1.0, "{stop:?}");
}
