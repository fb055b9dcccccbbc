//! A packed tree of boxes over the segments: who lies near a point.
//!
//! Segments lie in the file along a Hilbert curve, so eight neighbours in the file are neighbours on the ground: the
//! tree needs no pointers. Level 0 has a box a segment, every further level a box for eight of the level before.
#![allow(clippy::indexing_slicing)] // `faults` checked the levels when the file was opened.

use bytemuck::{Pod, Zeroable};

use super::graph::View;

/// Children of a box.
const FAN: usize = 8;
/// Metres in a ten-millionth of a degree of latitude.
pub(super) const E7_M: f32 = (crate::coord::DEGREE_M / 1e7) as f32;

/// A box: south, west, north, east in ten-millionths of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Box4(pub [i32; 4]);

impl Box4 {
    /// Contains nothing.
    pub(super) const EMPTY: Self = Self([i32::MAX, i32::MAX, i32::MIN, i32::MIN]);

    pub(super) fn with(self, lat: i32, lon: i32) -> Self {
        let [south, west, north, east] = self.0;
        Self([south.min(lat), west.min(lon), north.max(lat), east.max(lon)])
    }

    fn and(self, other: Self) -> Self {
        let [south, west, north, east] = other.0;
        self.with(south, west).with(north, east)
    }

    /// Squared distance of a point, square metres.
    #[inline]
    fn away_m2(&self, point: &Plane) -> f32 {
        let [south, west, north, east] = self.0;
        // Saturating: a box on the other side of the globe is far, not near.
        let lat = south.saturating_sub(point.lat_e7).max(point.lat_e7.saturating_sub(north)).max(0);
        let lon = west.saturating_sub(point.lon_e7).max(point.lon_e7.saturating_sub(east)).max(0);
        let (y, x) = (lat as f32 * E7_M, lon as f32 * point.lon_m);
        x * x + y * y
    }
}

/// The plane that touches the earth at a point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    pub point: crate::Coord,
    pub lat_e7: i32,
    pub lon_e7: i32,
    /// Metres in a ten-millionth of a degree of longitude.
    pub lon_m: f32,
}

impl Plane {
    pub(super) fn at(point: crate::Coord) -> Self {
        let lon_m = E7_M * (point.lat().to_radians().cos() as f32);
        Self { point, lat_e7: point.lat_e7(), lon_e7: point.lon_e7(), lon_m }
    }

    /// East and north of the point, metres.
    #[inline]
    pub(super) fn metres(&self, (lat, lon): (i32, i32)) -> (f32, f32) {
        let east = lon.saturating_sub(self.lon_e7) as f32 * self.lon_m;
        (east, lat.saturating_sub(self.lat_e7) as f32 * E7_M)
    }
}

/// All levels over the boxes of the segments, and where each level begins.
pub(super) fn build(mut boxes: Vec<Box4>) -> (Vec<Box4>, Vec<u32>) {
    let mut levels = vec![0u32];
    let mut from = 0;
    while boxes.len() - from > FAN {
        let to = boxes.len();
        levels.push(to as u32);
        for at in (from..to).step_by(FAN) {
            let one = boxes[at..(at + FAN).min(to)].iter().fold(Box4::EMPTY, |a, b| a.and(*b));
            boxes.push(one);
        }
        from = to;
    }
    levels.push(boxes.len() as u32);
    (boxes, levels)
}

/// What is wrong with a tree that was read.
pub(super) fn faults(boxes: &[Box4], levels: &[u32], segments: usize) -> Option<&'static str> {
    let mut expected = vec![0u32];
    let (mut at, mut n) = (0, segments);
    loop {
        at += n;
        expected.push(at as u32);
        if n <= FAN {
            break;
        }
        n = n.div_ceil(FAN);
    }
    (expected != levels || boxes.len() != at).then_some("the tree of boxes has another shape")
}

/// Room for a search, kept between searches.
#[derive(Debug, Default)]
pub(super) struct Heap {
    entries: Vec<(f32, u32, u32)>,
}

impl Heap {
    fn push(&mut self, entry: (f32, u32, u32)) {
        let mut at = self.entries.len();
        self.entries.push(entry);
        while at > 0 {
            let up = (at - 1) / 2;
            if self.entries[up].0 <= entry.0 {
                break;
            }
            self.entries[at] = self.entries[up];
            at = up;
        }
        self.entries[at] = entry;
    }

    fn pop(&mut self) -> Option<(f32, u32, u32)> {
        let first = *self.entries.first()?;
        let last = self.entries.pop()?;
        let n = self.entries.len();
        if n == 0 {
            return Some(first);
        }
        let mut at = 0;
        loop {
            let mut down = at * 2 + 1;
            if down >= n {
                break;
            }
            if down + 1 < n && self.entries[down + 1].0 < self.entries[down].0 {
                down += 1;
            }
            if self.entries[down].0 >= last.0 {
                break;
            }
            self.entries[at] = self.entries[down];
            at = down;
        }
        self.entries[at] = last;
        Some(first)
    }
}

/// Visits segments in the order of their boxes' distance from a point, within `limit_m2` square metres.
///
/// `visit` answers the limit from there on: as soon as something near was found, what is farther is not looked at.
pub(super) fn near(
    view: &View<'_>,
    heap: &mut Heap,
    plane: &Plane,
    limit_m2: f32,
    mut visit: impl FnMut(u32) -> f32,
) {
    let Some(top) = view.levels.len().checked_sub(2) else { return };
    let mut limit = limit_m2;
    heap.entries.clear();
    let (from, to) = (view.levels[top], view.levels[top + 1]);
    let open = |heap: &mut Heap, level: usize, from: u32, to: u32, limit: f32| {
        for at in from..to {
            let away = view.boxes[at as usize].away_m2(plane);
            if away <= limit {
                heap.push((away, level as u32, at));
            }
        }
    };
    open(heap, top, from, to, limit);
    while let Some((away, level, at)) = heap.pop() {
        if away > limit {
            break;
        }
        let level = level as usize;
        if level == 0 {
            limit = limit.min(visit(at));
            continue;
        }
        let below = view.levels[level - 1];
        let from = below + (at - view.levels[level]) * FAN as u32;
        open(heap, level - 1, from, (from + FAN as u32).min(view.levels[level]), limit);
    }
}
