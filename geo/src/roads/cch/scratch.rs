//! Room that queries reuse.

use super::{LIMIT, NONE};

/// What one thread's queries write to. Made once, fits any topology; nothing is allocated after the first questions.
///
/// 24 bytes per vertex of the largest topology asked.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) forward: Side,
    pub(super) backward: Side,
    /// Arcs still to be unpacked: from, to, middle.
    pub(super) stack: Vec<[u32; 3]>,
    /// Rows of distances of a table, one per selected place.
    pub(super) rows: Vec<i32>,
}

/// One direction of a search.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// Milliseconds so far, by place; [`LIMIT`] between queries.
    pub(super) dist: Vec<u32>,
    /// The place below, and the arc from there, by place. Of use only where this query has been.
    pub(super) from: Vec<[u32; 2]>,
    /// Places at which the walks up stand, descending: the lowest is last.
    pub(super) at: Vec<u32>,
    /// The least offset of this query, which distances are counted from.
    pub(super) zero: i32,
}

impl Scratch {
    /// Empty room.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn fit(&mut self, places: usize) {
        for side in [&mut self.forward, &mut self.backward] {
            if side.dist.len() < places {
                side.dist.resize(places, LIMIT);
                side.from.resize(places, [NONE; 2]);
            }
        }
    }
}

impl Side {
    /// Moves the lowest walk on to `parent`, where it may meet another. Nothing happens beyond a root.
    #[inline]
    pub(super) fn rise(&mut self, parent: u32) {
        self.at.pop();
        if parent != NONE {
            self.stand(parent);
        }
    }

    /// Puts a walk at `place`, unless one is there.
    #[inline]
    pub(super) fn stand(&mut self, place: u32) {
        let mut at = self.at.len();
        while let Some(&other) = at.checked_sub(1).and_then(|before| self.at.get(before)) {
            if other == place {
                return;
            }
            if other > place {
                break;
            }
            at -= 1;
        }
        self.at.insert(at, place);
    }
}
