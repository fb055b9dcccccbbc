//! Restricted roads that hang together: one gated neighbourhood is one zone.
#![allow(clippy::indexing_slicing)] // Roads are numbered by the caller.

use rustc_hash::FxHashMap;

use super::net::Net;
use crate::roads::graph::NONE;

/// The zone of every road; [`NONE`] where it is open to all.
pub(super) fn of(net: &Net<'_>) -> Vec<u32> {
    let mut above: Vec<u32> = (0..net.roads.list.len() as u32).collect();
    let mut road_at: FxHashMap<u32, u32> = FxHashMap::default();
    let is_restricted = |road: u32| net.roads.list[road as usize].profile.is_restricted;
    for piece in net.pieces.iter().filter(|p| is_restricted(p.road)) {
        for junction in piece.ends {
            let other = *road_at.entry(junction).or_insert(piece.road);
            let (a, b) = (root(&mut above, other), root(&mut above, piece.road));
            above[a.max(b) as usize] = a.min(b);
        }
    }
    let roads = 0..net.roads.list.len() as u32;
    roads.map(|road| if is_restricted(road) { root(&mut above, road) } else { NONE }).collect()
}

fn root(above: &mut [u32], mut at: u32) -> u32 {
    while above[at as usize] != at {
        above[at as usize] = above[above[at as usize] as usize];
        at = above[at as usize];
    }
    at
}
