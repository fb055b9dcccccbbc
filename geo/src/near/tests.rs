//! The law: the index answers what measuring every point would.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn coord(lat: f64, lon: f64) -> Coord {
    Coord::new(lat.clamp(-90.0, 90.0), crate::coord::wrap_lon(lon)).unwrap()
}

/// Places where an index on latitudes and longitudes goes wrong, and places where many share one.
fn place() -> impl Strategy<Value = Coord> {
    prop_oneof![
        (-90.0..=90.0, -180.0..=180.0).prop_map(|(lat, lon)| coord(lat, lon)),
        // A city.
        (0.0..0.2, 0.0..0.2).prop_map(|(lat, lon)| coord(-34.7 + lat, -58.5 + lon)),
        // A depot: a few centimetres.
        (0..3i32, 0..3i32)
            .prop_map(|(lat, lon)| Coord::from_e7(-346_000_000 + lat, -584_000_000 + lon).unwrap()),
        // Exactly one place, and its antipode.
        Just(coord(-34.6, -58.4)),
        (0..3i32).prop_map(|lat| Coord::from_e7(346_000_000 + lat, 1_216_000_000).unwrap()),
        // Both poles, by any longitude, and near them.
        (prop_oneof![Just(90.0), Just(-90.0), 89.999..90.0], -180.0..=180.0)
            .prop_map(|(lat, lon)| coord(lat, lon)),
        // Both sides of the antimeridian.
        (-0.01..0.01, prop_oneof![Just(-180.0), Just(180.0), 179.99..180.0, -180.0..-179.99])
            .prop_map(|(lat, lon)| coord(lat, lon)),
        // A grid: many equal distances.
        (-3..4i32, -3..4i32).prop_map(|(lat, lon)| coord(f64::from(lat), f64::from(lon))),
    ]
}

#[derive(Debug, Clone)]
enum Step {
    Do(Move<u16>),
    /// Where, how many, how far, and which ids pass: those that leave this rest modulo three.
    Ask(Coord, usize, f64, u16),
}

fn step(ids: u16) -> impl Strategy<Value = Step> {
    let far = prop_oneof![
        3 => Just(f64::INFINITY),
        1 => 0.0..30_000_000.0f64,
        1 => 0.0..500.0f64,
        1 => Just(0.0),
        1 => Just(1e300),
    ];
    let many = prop_oneof![4 => 1..12usize, 1 => 0..2usize, 1 => Just(usize::MAX)];
    prop_oneof![
        8 => (0..ids, place()).prop_map(|(id, at)| Step::Do(Move::To(id, at))),
        2 => (0..ids).prop_map(|id| Step::Do(Move::Gone(id))),
        2 => (place(), many, far, 0..5u16).prop_map(|(at, n, far, rest)| Step::Ask(at, n, far, rest)),
    ]
}

fn passes(rest: u16) -> impl Fn(u16) -> bool + Copy {
    move |id| rest > 2 || id % 3 == rest
}

fn brute(points: &BTreeMap<u16, Coord>, at: Coord, n: usize, far: f64, rest: u16) -> Vec<(u16, f64)> {
    let mut all: Vec<(u16, f64)> = points
        .iter()
        .filter(|(id, _)| passes(rest)(**id))
        .map(|(id, point)| (*id, distance_m(at, *point)))
        .filter(|(_, distance)| *distance <= far)
        .collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    all.truncate(n);
    all
}

fn follow(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (mut near, shared, mut points) = (Near::new(), Shared::default(), BTreeMap::new());
    for step in steps {
        match step {
            Step::Do(step) => {
                near.carry_out(step);
                shared.apply([step]);
                match step {
                    Move::To(id, at) => points.insert(id, at),
                    Move::Gone(id) => points.remove(&id),
                };
            }
            Step::Ask(at, n, far, rest) => {
                let expected = brute(&points, at, n, far, rest);
                prop_assert_eq!(&near.nearest(at, n, passes(rest), far), &expected);
                prop_assert_eq!(&shared.nearest(at, n, passes(rest), far), &expected);
            }
        }
    }
    prop_assert_eq!(near.len(), points.len());
    prop_assert_eq!(near.iter().collect::<BTreeMap<_, _>>(), points.clone());
    // Everything goes again, and nothing is left behind.
    for (id, at) in points {
        prop_assert_eq!(near.get(id), Some(at));
        prop_assert!(near.remove(id));
        prop_assert!(!near.remove(id));
    }
    prop_assert!(near.is_empty() && near.tree.is_bare());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Few ids: leaves fill, split, merge and empty again.
    #[test]
    fn answers_are_brute_force(steps in vec(step(300), 1..600)) {
        follow(steps)?;
    }

    /// More points on a few places than a leaf holds.
    #[test]
    fn crowds_are_found(crowd in vec((0..200u16, 0..4i32), 60..300), steps in vec(step(200), 1..200)) {
        let crowd = crowd.into_iter().map(|(id, lat)| {
            Step::Do(Move::To(id, Coord::from_e7(-346_000_000 + lat / 3, -584_000_000).unwrap()))
        });
        follow(crowd.chain(steps).collect())?;
    }
}

#[test]
fn a_limit_that_is_no_number_finds_nothing() {
    let mut near = Near::new();
    near.upsert(1, coord(0.0, 0.0));
    assert!(near.nearest(coord(0.0, 0.0), 1, |_| true, f64::NAN).is_empty());
    assert!(near.nearest(coord(0.0, 0.0), 1, |_| true, -1.0).is_empty());
    assert_eq!(near.nearest(coord(0.0, 0.0), 1, |_| true, 0.0), [(1, 0.0)]);
}

/// Readers beside a writer see whole states: points that only move together are never seen apart.
#[test]
fn readers_see_whole_states() {
    let (shared, done) = (Shared::default(), AtomicBool::new(false));
    let line = |shift: f64| (0..100u32).map(move |id| Move::To(id, coord(f64::from(id) / 100.0, shift)));
    shared.apply(line(0.0));
    std::thread::scope(|scope| {
        let reader = || {
            let mut asked = 0;
            while !done.load(Ordering::Relaxed) || asked == 0 {
                let longitudes = shared.read(|near| {
                    near.iter().filter(|(id, _)| *id < 100).map(|(_, at)| at.lon()).collect::<Vec<_>>()
                });
                assert_eq!(longitudes.len(), 100);
                assert!(longitudes.windows(2).all(|pair| pair[0] == pair[1]));
                asked += 1;
            }
        };
        scope.spawn(reader);
        scope.spawn(reader);
        for round in 1..500 {
            shared.apply(line(f64::from(round) / 10.0));
            shared.upsert(1_000, coord(0.0, 0.0));
            shared.remove(1_000);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(shared.read(Near::len), 100);
}
