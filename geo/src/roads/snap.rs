//! From a point to the edges that it may be on.
#![allow(clippy::indexing_slicing)] // Edges and segments come from the checked file.

use super::graph::{NONE, View};
use super::profile::place;
use super::tree::{self, E7_M, Heap, Plane};
use crate::Coord;
use crate::eta::Vehicle;

/// What is farther from every road is on no road.
pub const FARTHEST_M: f32 = 5_000.0;
/// Metres that a heading straight against the road counts for when the nearest road is chosen.
const AGAINST_M: f32 = 25.0;
/// Headings that differ by more than this point the other way.
const WRONG_WAY_DEG: f32 = 100.0;
/// What it costs to turn round when moving the wrong way, milliseconds.
const TURN_ROUND_MS: u32 = 45_000;

/// A point on a directed edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Snap {
    /// The edge.
    pub edge: u32,
    /// How far along in the direction of driving: 0 at its beginning, 1 at its end.
    pub fraction: f32,
    /// How far from the point that was asked for, metres.
    pub distance_m: f32,
    /// Where one drives there, degrees clockwise from north in 0..360.
    pub bearing_deg: f32,
    /// The point on the road.
    pub at: Coord,
}

/// Where a trip begins or ends: a point on one edge or on both directions of a road.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anchor {
    snaps: [(Snap, u32); 2],
    count: u8,
}

impl Anchor {
    /// On one edge.
    pub fn on(snap: Snap) -> Self {
        Self { snaps: [(snap, 0); 2], count: 1 }
    }

    /// The edges, the likeliest first.
    pub fn snaps(&self) -> impl Iterator<Item = &Snap> {
        self.parts().iter().map(|(snap, _)| snap)
    }

    /// The likeliest edge.
    pub fn first(&self) -> &Snap {
        &self.snaps[0].0
    }

    /// Edges with the milliseconds that beginning there costs besides.
    pub(super) fn parts(&self) -> &[(Snap, u32)] {
        &self.snaps[..usize::from(self.count)]
    }
}

/// Where a segment comes nearest to a point.
#[derive(Debug, Clone, Copy)]
struct Foot {
    away_m2: f32,
    /// Along the drawing, 0..1.
    fraction: f32,
    /// East and north of the drawing there.
    course: (f32, f32),
    /// East and north of the point, metres.
    at_m: (f32, f32),
}

/// Projects a point onto a segment.
fn foot(view: &View<'_>, plane: &Plane, segment: u32) -> Foot {
    let segment = &view.segments[segment as usize];
    let mut last = plane.metres((segment.lat_e7, segment.lon_e7));
    let mut best = Foot { away_m2: f32::INFINITY, fraction: 0.0, course: (0.0, 1.0), at_m: last };
    let (mut along, mut whole) = (0.0f32, 0.0f32);
    for point in view.shape(segment) {
        let next = plane.metres(point);
        let (dx, dy) = (next.0 - last.0, next.1 - last.1);
        let length_2 = dx * dx + dy * dy;
        let part =
            if length_2 > 0.0 { (-(last.0 * dx + last.1 * dy) / length_2).clamp(0.0, 1.0) } else { 0.0 };
        let at_m = (last.0 + part * dx, last.1 + part * dy);
        let away_m2 = at_m.0 * at_m.0 + at_m.1 * at_m.1;
        let length = length_2.sqrt();
        if away_m2 < best.away_m2 {
            best = Foot { away_m2, fraction: 0.0, course: (dx, dy), at_m };
            along = whole + part * length;
        }
        whole += length;
        last = next;
    }
    best.fraction = if whole > 0.0 { (along / whole).clamp(0.0, 1.0) } else { 0.0 };
    best
}

impl Foot {
    fn bearing_deg(&self, against: bool) -> f32 {
        let (east, north) = self.course;
        let bearing = if against { (-east).atan2(-north) } else { east.atan2(north) };
        let degrees = bearing.to_degrees();
        if degrees < 0.0 { degrees + 360.0 } else { degrees }
    }

    fn snap(&self, plane: &Plane, edge: u32, against: bool) -> Snap {
        let lat = plane.lat_e7.saturating_add((self.at_m.1 / E7_M).round() as i32);
        let lon = plane.lon_e7.saturating_add((self.at_m.0 / plane.lon_m.max(1e-9)).round() as i32);
        Snap {
            edge,
            fraction: if against { 1.0 - self.fraction } else { self.fraction },
            distance_m: self.away_m2.sqrt(),
            bearing_deg: self.bearing_deg(against),
            // A foot beyond a pole does not exist.
            at: Coord::from_e7(lat, lon).unwrap_or(plane.point),
        }
    }
}

/// How far two directions are apart, 0..180.
pub(super) fn apart_deg(a: f32, b: f32) -> f32 {
    let turn = (a - b).abs() % 360.0;
    turn.min(360.0 - turn)
}

/// The edges of a segment that a vehicle may drive: (edge, against).
fn edges(view: &View<'_>, vehicle: Vehicle, segment: u32) -> impl Iterator<Item = (u32, bool)> {
    let segment = view.segments[segment as usize];
    let times = view.times[place(vehicle)];
    [false, true]
        .into_iter()
        .filter_map(move |against| Some((segment.edge(against)?, against)))
        .filter(move |(edge, _)| times[*edge as usize] != NONE)
}

/// The road that a point is on, both directions of it, the likelier first.
pub(super) fn anchor(
    view: &View<'_>,
    heap: &mut Heap,
    at: Coord,
    heading_deg: Option<f32>,
    vehicle: Vehicle,
) -> Option<Anchor> {
    let plane = Plane::at(at);
    let mut best: Option<(f32, u32, Foot)> = None;
    let mut limit_m = FARTHEST_M;
    tree::near(view, heap, &plane, limit_m * limit_m, |segment| {
        let foot = foot(view, &plane, segment);
        let away_m = foot.away_m2.sqrt();
        if away_m < limit_m {
            let astray = edges(view, vehicle, segment).map(|(_, against)| match heading_deg {
                // Nothing up to 30 degrees, which headings and bends explain; all of it from 120 on.
                Some(heading) => {
                    ((apart_deg(foot.bearing_deg(against), heading) - 30.0) / 90.0).clamp(0.0, 1.0)
                }
                None => 0.0,
            });
            if let Some(astray) = astray.reduce(f32::min) {
                let score = away_m + astray * AGAINST_M;
                if score < limit_m {
                    limit_m = score;
                    best = Some((score, segment, foot));
                }
            }
        }
        limit_m * limit_m
    });
    let (_, segment, foot) = best?;
    let mut anchor: Option<Anchor> = None;
    for (edge, against) in edges(view, vehicle, segment) {
        let snap = foot.snap(&plane, edge, against);
        let is_wrong = heading_deg.is_some_and(|h| apart_deg(snap.bearing_deg, h) > WRONG_WAY_DEG);
        let part = (snap, if is_wrong { TURN_ROUND_MS } else { 0 });
        anchor = Some(match anchor {
            None => Anchor { snaps: [part; 2], count: 1 },
            Some(first) if first.snaps[0].1 > part.1 => Anchor { snaps: [part, first.snaps[0]], count: 2 },
            Some(first) => Anchor { snaps: [first.snaps[0], part], count: 2 },
        });
    }
    anchor
}

/// Up to `most` edges within `radius_m`, the nearest first; both directions of a road count as two.
pub(super) fn candidates(
    view: &View<'_>,
    heap: &mut Heap,
    at: Coord,
    radius_m: f32,
    most: usize,
    vehicle: Vehicle,
    found: &mut Vec<Snap>,
) {
    found.clear();
    if most == 0 {
        return;
    }
    let plane = Plane::at(at);
    let mut limit_m2 = radius_m.clamp(0.0, FARTHEST_M).powi(2);
    tree::near(view, heap, &plane, limit_m2, |segment| {
        let foot = foot(view, &plane, segment);
        if foot.away_m2 > limit_m2 {
            return limit_m2;
        }
        for (edge, against) in edges(view, vehicle, segment) {
            let snap = foot.snap(&plane, edge, against);
            let place = found.partition_point(|other| other.distance_m <= snap.distance_m);
            found.insert(place, snap);
        }
        if found.len() >= most {
            found.truncate(most);
            limit_m2 = found.last().map_or(limit_m2, |s| s.distance_m * s.distance_m);
        }
        limit_m2
    });
}
