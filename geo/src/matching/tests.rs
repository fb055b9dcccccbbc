//! Drives on a town of square blocks.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::eta::Vehicle;
use crate::osm::sketch::Sketch;
use crate::roads::{Roads, build};

/// Corners a side.
const SIDE: i32 = 6;
/// Between corners, degrees of latitude: 111 m; the town lies on the equator, where those of longitude are as long.
const STEP: f64 = 0.001;
const BLOCK_M: f64 = 111.195;

/// Streets both ways, six by six corners, on the equator.
pub(crate) fn town() -> &'static Roads {
    static TOWN: LazyLock<Roads> = LazyLock::new(|| {
        let mut sketch = Sketch::default();
        let nodes: Vec<u32> =
            (0..SIDE * SIDE).map(|i| sketch.node(lat(i / SIDE), lat(i % SIDE), &[])).collect();
        let at = |x: i32, y: i32| nodes[(y * SIDE + x) as usize];
        for i in 0..SIDE {
            let row: Vec<u32> = (0..SIDE).map(|x| at(x, i)).collect();
            let column: Vec<u32> = (0..SIDE).map(|y| at(i, y)).collect();
            sketch.way(&row, &[("highway", "residential")]);
            sketch.way(&column, &[("highway", "residential")]);
        }
        let path = std::env::temp_dir().join(format!("campo-matching-{}.graph", std::process::id()));
        build(&sketch.done(), &path, &mut |_, _| {}).unwrap();
        let roads = Roads::open(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        roads
    });
    &TOWN
}

fn lat(steps: i32) -> f64 {
    f64::from(steps) * STEP
}

fn place(x: f64, y: f64) -> Coord {
    Coord::new(y * STEP, x * STEP).unwrap()
}

fn streets() -> Streets<'static> {
    let roads = town();
    Streets::new(roads, roads.free_flow(Vehicle::Car))
}

fn lay(fixes: &[Fix]) -> Matched {
    trace(&streets(), &mut Search::default(), fixes, &Settings::default())
}

/// A walk over corners that never turns back, from a seed of choices.
fn corners(start: (i32, i32), choices: &[u8]) -> Vec<(i32, i32)> {
    let mut walk = vec![start];
    for choice in choices {
        let (x, y) = *walk.last().unwrap();
        let before = walk.len().checked_sub(2).map(|i| walk[i]);
        let ways = [(x + 1, y), (x, y + 1), (x - 1, y), (x, y - 1)];
        let open: Vec<_> = ways
            .into_iter()
            .filter(|(x, y)| (0..SIDE).contains(x) && (0..SIDE).contains(y) && Some((*x, *y)) != before)
            .collect();
        walk.push(open[usize::from(*choice) % open.len()]);
    }
    walk
}

/// Fixes along a walk at 7 m/s, `every_s` seconds apart, from the middle of the first block to that of the last.
fn drive(walk: &[(i32, i32)], every_s: f64) -> Vec<Fix> {
    let end_m = (walk.len() as f64 - 1.5) * BLOCK_M;
    let fix = |i: u32| {
        let along = (0.5 * BLOCK_M + 7.0 * every_s * f64::from(i)).min(end_m) / BLOCK_M;
        let (block, part) = ((along as usize).min(walk.len() - 2), along);
        let part = part - block as f64;
        let (a, b) = (walk[block], walk[block + 1]);
        let between = |a: i32, b: i32| f64::from(a) + part * f64::from(b - a);
        Fix::new(place(between(a.0, b.0), between(a.1, b.1)), i64::from(i) * (every_s * 1e3) as i64)
    };
    let count = ((end_m - 0.5 * BLOCK_M) / (7.0 * every_s)).ceil() as u32;
    (0..=count).map(fix).collect()
}

/// The corners that a path went over: where its edges end.
fn driven(path: &Matched) -> Vec<(i32, i32)> {
    let corner = |at: &Coord| ((at.lon() / STEP).round() as i32, (at.lat() / STEP).round() as i32);
    path.visits().map(|v| corner(town().edge_geometry(v.edge).last().unwrap())).collect()
}

fn assert_sound(path: &Matched) {
    let visits: Vec<&Visit> = path.visits().collect();
    for v in &visits {
        assert!(v.enter_ms <= v.leave_ms && 0.0 <= v.from_m && v.from_m <= v.to_m, "{v:?}");
        assert!(v.to_m <= town().edge_length_m(v.edge) + 0.1, "{v:?}");
        assert!(i64::from(v.drive_ms) <= v.leave_ms - v.enter_ms + 1, "{v:?}");
    }
    for pair in visits.windows(2) {
        assert!(pair[0].leave_ms <= pair[1].enter_ms, "{pair:?}");
    }
    for piece in &path.pieces {
        let Piece::Road(visits) = piece else { continue };
        for pair in visits.windows(2) {
            let follows = town().out_turns(pair[0].edge, Vehicle::Car).any(|t| t.edge == pair[1].edge);
            let turned = town().edge_opposite(pair[0].edge) == Some(pair[1].edge);
            assert!(follows || turned, "{pair:?}");
        }
    }
    assert!((0.0..=1.001).contains(&path.confidence), "{}", path.confidence);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Fixes on the way, close enough that only one way explains them, give back exactly the edges that were driven.
    #[test]
    fn a_clean_drive_is_found_again(x in 0..SIDE, y in 0..SIDE, choices in prop::collection::vec(0u8..12, 3..14)) {
        let walk = corners((x, y), &choices);
        let fixes = drive(&walk, 8.0);
        let path = lay(&fixes);
        assert_sound(&path);
        prop_assert_eq!(driven(&path), walk[1..].to_vec());
        let metres = (walk.len() as f64 - 2.0) * BLOCK_M;
        prop_assert!((path.metres - metres).abs() < 0.02 * metres + 2.0, "{} {}", path.metres, metres);
        prop_assert_eq!(path.breaks + path.off_road, 0);
    }

    /// Half a minute apart, more than one way may explain them; the length is right all the same.
    #[test]
    fn a_sparse_drive_is_as_long(x in 0..SIDE, y in 0..SIDE, choices in prop::collection::vec(0u8..12, 8..14)) {
        let walk = corners((x, y), &choices);
        let path = lay(&drive(&walk, 15.0));
        assert_sound(&path);
        let metres = (walk.len() as f64 - 2.0) * BLOCK_M;
        prop_assert!(path.metres <= metres * 1.05 + 5.0, "{} {}", path.metres, metres);
    }

    /// Whatever phones send, paths are in order and probabilities are probabilities.
    #[test]
    fn nothing_breaks_it(fixes in prop::collection::vec(
        (-2.0..8.0f64, -2.0..8.0f64, -1_000_000..1_000_000i64, prop::option::of(any::<f32>()),
         prop::option::of(any::<f32>())), 0..25)) {
        let fixes: Vec<Fix> = fixes.into_iter().map(|(x, y, time_ms, accuracy_m, heading_deg)| {
            Fix { at: place(x, y), time_ms, accuracy_m, heading_deg, speed_mps: heading_deg.map(|h| h.abs()) }
        }).collect();
        let path = lay(&fixes);
        assert_sound(&path);
        prop_assert!(path.on_road + path.off_road <= fixes.len() && path.metres.is_finite());
        let (mut matcher, mut search) = (Matcher::default(), Search::default());
        for fix in &fixes {
            let belief = matcher.on(&streets(), &mut search, *fix);
            let total: f32 = belief.off_road + belief.places.iter().map(|p| p.probability).sum::<f32>();
            prop_assert!((total - 1.0).abs() < 1e-3 && belief.places.len() <= 8, "{belief:?}");
            prop_assert!(belief.places.windows(2).all(|w| w[0].probability >= w[1].probability));
        }
    }
}

#[test]
fn a_parked_van_is_no_traffic() {
    let mut fixes = drive(&corners((0, 0), &[0, 0, 0, 0]), 10.0);
    let (last, jitter) = (*fixes.last().unwrap(), [3.0, -4.0, 1.0, 6.0, -2.0]);
    for i in 1..=30i64 {
        let at = last.at.destination(90.0, jitter[(i % 5) as usize]);
        fixes.push(Fix::new(at, last.time_ms + i * 30_000));
    }
    let path = lay(&fixes);
    assert_sound(&path);
    let (real, drove): (i64, u32) =
        path.visits().fold((0, 0), |(r, d), v| (r + v.leave_ms - v.enter_ms, d + v.drive_ms));
    assert!(real >= 900_000 && drove < 80_000, "{real} {drove}");
    assert!(path.metres < 3.0 * BLOCK_M + 30.0, "standing is not driving: {}", path.metres);
}

#[test]
fn a_gap_claims_nothing_and_a_yard_is_off_the_road() {
    let mut fixes = drive(&corners((0, 0), &[0, 0, 0]), 10.0);
    let later = |fix: &Fix, by_ms: i64| Fix { time_ms: fix.time_ms + by_ms, ..*fix };
    fixes.extend(drive(&corners((5, 5), &[2, 2, 2]), 10.0).iter().map(|f| later(f, 3_600_000)));
    let path = lay(&fixes);
    assert_eq!((path.breaks, path.off_road), (1, 0));
    assert!(path.metres < 4.5 * BLOCK_M, "{}", path.metres);
    // Two kilometres outside of the town there is no road.
    let yard: Vec<Fix> =
        (0..6).map(|i| Fix::new(place(25.0 + 0.3 * f64::from(i), 2.0), i64::from(i) * 30_000)).collect();
    let path = lay(&yard);
    assert_eq!((path.on_road, path.off_road, path.pieces.len()), (0, 6, 1));
    assert!((path.metres - 5.0 * 0.3 * BLOCK_M).abs() < 2.0, "{}", path.metres);
    assert!(path.confidence > 0.99);
}

#[test]
fn a_fix_that_nobody_can_have_driven_is_left_out() {
    let mut fixes = drive(&corners((0, 0), &[0, 0, 0, 0, 0]), 10.0);
    let honest = lay(&fixes);
    let middle = fixes.len() / 2;
    fixes[middle].at = Coord::new(10.0, 10.0).unwrap();
    let path = lay(&fixes);
    assert_eq!(driven(&path), driven(&honest));
    assert_eq!(path.breaks, 0);
}

#[test]
fn a_heading_tells_the_direction_and_doubt_is_told() {
    let middle = place(2.5, 2.0);
    let (mut matcher, mut search) = (Matcher::default(), Search::default());
    let doubt = matcher.on(&streets(), &mut search, Fix::new(middle, 0));
    let (first, second) = (doubt.places[0], doubt.places[1]);
    assert!((first.probability - second.probability).abs() < 0.01, "{doubt:?}");
    let fix = Fix { heading_deg: Some(88.0), speed_mps: Some(8.0), ..Fix::new(middle, 0) };
    let sure = Matcher::default().on(&streets(), &mut search, fix);
    let best = sure.best().unwrap();
    assert!(best.probability > 0.95 && (best.spot.bearing_deg - 90.0).abs() < 1.0, "{sure:?}");
    assert!((f64::from(best.spot.along_m) - BLOCK_M / 2.0).abs() < 1.0);
    // Driving on settles it without a heading too.
    let then = matcher.on(&streets(), &mut search, Fix::new(place(3.4, 2.0), 15_000));
    assert!(then.continues && then.best().unwrap().probability > 0.8, "{then:?}");
    let route =
        [first.spot.edge, second.spot.edge].map(|edge| sure.along(&[edge], |e| town().edge_length_m(e)));
    assert!(route.iter().flatten().any(|(along_m, p)| (along_m - BLOCK_M / 2.0).abs() < 1.0 && *p > 0.95));
}
