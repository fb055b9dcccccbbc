//! Paths: what a meeting stands for, vertex by vertex.

// Places are those of a topology and a metric that were built here or checked when they were read.
#![allow(clippy::indexing_slicing)]

use super::query::Ways;
use super::scratch::Scratch;
use super::{End, NONE};

impl Ways<'_> {
    /// The least milliseconds from one end to the other, and into `path` every vertex of one such way, from a vertex of
    /// `from` to one of `to`. `None`, and an empty path, where no way leads.
    pub fn path(
        &self,
        scratch: &mut Scratch,
        from: End<'_>,
        to: End<'_>,
        path: &mut Vec<u32>,
    ) -> Option<u32> {
        path.clear();
        let meeting = self.meet::<true>(scratch, from, to)?;
        let Scratch { forward, backward, stack, .. } = scratch;
        stack.clear();
        // What is to be unpacked last goes to the bottom: the way down to the target, from its end.
        let mut place = meeting.place;
        while let [below, arc] = backward.from[place as usize]
            && below != NONE
        {
            stack.push([place, below, self.backward.middle[arc as usize]]);
            place = below;
        }
        stack.reverse();
        place = meeting.place;
        while let [below, arc] = forward.from[place as usize]
            && below != NONE
        {
            stack.push([below, place, self.forward.middle[arc as usize]]);
            place = below;
        }
        path.push(self.vertex[place as usize]);
        self.unpack(stack, path).inspect_err(|()| path.clear()).ok()?;
        Some(meeting.total)
    }

    /// Replaces arcs by the two they consist of until all are arcs of the graph. `Err` where the metric is damaged.
    ///
    /// Middles are lower than both ends, so the depth is bounded; shortest ways are simple, so the length is.
    fn unpack(&self, stack: &mut Vec<[u32; 3]>, path: &mut Vec<u32>) -> Result<(), ()> {
        while let Some([from, to, middle]) = stack.pop() {
            if middle == NONE {
                if path.len() > self.vertices() {
                    return Err(());
                }
                path.push(self.vertex[to as usize]);
                continue;
            }
            let out = self.backward.middle_to(middle, from).ok_or(())?;
            let on = self.forward.middle_to(middle, to).ok_or(())?;
            stack.push([middle, to, on]);
            stack.push([from, middle, out]);
        }
        Ok(())
    }
}
