//! Which places of a zoom's picture are already written on: squares of eight pixels, one bit each.

use rustc_hash::FxHashMap;

use super::shape::{along, distance, length};
use super::world::{LAST, PIXEL, Point};

/// Half of a text's height with some air, in pixels.
const HALF: f64 = 8.0;
/// Air before and behind a text, in pixels.
const AIR: f64 = 6.0;

/// The picture of one zoom.
#[derive(Debug)]
pub struct Room {
    z: u8,
    /// 64 by 64 squares of each tile that has any.
    tiles: FxHashMap<(i32, i32), Box<[u64; 64]>>,
    squares: Vec<(i32, i32)>,
}

impl Room {
    /// Nothing is written yet.
    pub fn new(z: u8) -> Self {
        Self { z, tiles: FxHashMap::default(), squares: Vec::new() }
    }

    /// Units of the world in a pixel.
    pub fn pixel(&self) -> f64 {
        f64::from(PIXEL << (LAST - self.z))
    }

    /// Takes the ground of a text along a line, `width` (units of the world) around its middle; `false` where some of it is taken.
    pub fn take_along(&mut self, line: &[Point], width: f64) -> bool {
        let pixel = self.pixel();
        let (middle, step) = (length(line) / 2.0, 4.0 * pixel);
        let half = width / 2.0 + AIR * pixel;
        self.squares.clear();
        let count = (2.0 * half / step).ceil() as u32;
        let mut before = along(line, (middle - half).max(0.0));
        for i in 1..=count {
            let here = along(line, middle - half + f64::from(i) * step);
            let (Some(a), Some(b)) = (before, here) else { return false };
            before = here;
            let long = distance(a, b);
            if long > 0.0 {
                let across = [
                    f64::from(a[1] - b[1]) / long * pixel * HALF,
                    f64::from(b[0] - a[0]) / long * pixel * HALF,
                ];
                [-1.0, 0.0, 1.0].into_iter().for_each(|t| {
                    self.note([f64::from(b[0]) + across[0] * t, f64::from(b[1]) + across[1] * t])
                });
            }
        }
        self.take()
    }

    /// Takes a box of so many pixels around a point.
    pub fn take_box(&mut self, at: Point, width: f64, height: f64) -> bool {
        let pixel = self.pixel();
        self.squares.clear();
        let steps = |size: f64| (size / 6.0).ceil().max(1.0) as u32;
        for i in 0..=steps(width) {
            for k in 0..=steps(height) {
                let share = |n: u32, size: f64| (f64::from(n) / f64::from(steps(size)) - 0.5) * size * pixel;
                self.note([f64::from(at[0]) + share(i, width), f64::from(at[1]) + share(k, height)]);
            }
        }
        self.take()
    }

    fn note(&mut self, p: [f64; 2]) {
        let shift = u32::from(LAST - self.z) + 6;
        let square = ((p[0] as i32) >> shift, (p[1] as i32) >> shift);
        if self.squares.last() != Some(&square) {
            self.squares.push(square);
        }
    }

    fn take(&mut self) -> bool {
        let place = |(x, y): (i32, i32)| ((x >> 6, y >> 6), (y & 63) as usize, 1u64 << (x & 63));
        let is_taken = |square: &(i32, i32)| {
            let (tile, row, bit) = place(*square);
            self.tiles.get(&tile).and_then(|rows| rows.get(row)).is_some_and(|r| r & bit != 0)
        };
        if self.squares.iter().any(is_taken) {
            return false;
        }
        for square in &self.squares {
            let (tile, row, bit) = place(*square);
            if let Some(row) = self.tiles.entry(tile).or_insert_with(|| Box::new([0; 64])).get_mut(row) {
                *row |= bit;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_taken_once() {
        let mut room = Room::new(14);
        let line = |y: i32| [[0, y], [4_096, y]];
        assert!(room.take_along(&line(1_000), 800.0));
        assert!(!room.take_along(&line(1_040), 800.0), "five pixels below");
        assert!(room.take_along(&line(1_400), 800.0), "fifty pixels below");
        assert!(!room.take_box([2_000, 1_010], 20.0, 20.0));
        assert!(room.take_box([500, 1_000], 20.0, 20.0), "left of the text");
        // A street that crosses the text.
        assert!(!room.take_along(&[[2_048, 0], [2_048, 2_000]], 400.0));
    }
}
