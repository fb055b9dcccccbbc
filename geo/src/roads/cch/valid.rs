//! Whether arrays from a file are what walks rely on.

use std::ops::Deref;

use super::metric::{Half, Metric};
use super::topology::Topology;
use super::{Damaged, LIMIT, NONE};

/// Beginnings of lists: ascending from 0 to `end`, one more than there are lists.
fn is_index(first: &[u32], lists: usize, end: usize) -> bool {
    first.len() == lists + 1
        && first.first() == Some(&0)
        && first.last().is_some_and(|last| *last as usize == end)
        && first.is_sorted()
}

fn list<'a>(first: &[u32], items: &'a [u32], at: usize) -> &'a [u32] {
    let begin = first.get(at).map_or(0, |first| *first as usize);
    let end = first.get(at + 1).map_or(0, |first| *first as usize);
    items.get(begin..end).unwrap_or(&[])
}

fn check(holds: bool, what: &'static str) -> Result<(), Damaged> {
    holds.then_some(()).ok_or(Damaged(what))
}

/// Is `part`, ascending, within `whole`, ascending?
fn within(part: &[u32], whole: &[u32]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|item| rest.any(|other| other == item))
}

/// Everything that customization and queries look up without asking.
pub(super) fn topology<B: Deref<Target = [u32]>>(topology: &Topology<B>) -> Result<(), Damaged> {
    let [place, vertex, up_first, up_head, down_first, down_arc, down_tail, slot, chunks] = topology.arrays();
    let (count, arcs) = (place.len(), up_head.len());
    check(count < 1 << 30 && arcs < 1 << 30, "too large")?;
    let back = |(place, at): (&u32, u32)| vertex.get(*place as usize) == Some(&at);
    check(vertex.len() == count && place.iter().zip(0..).all(back), "places are no permutation")?;
    check(is_index(up_first, count, arcs) && is_index(down_first, count, arcs), "lists do not fit")?;
    check(down_arc.len() == arcs && down_tail.len() == arcs, "lists do not fit")?;
    for at in 0..count {
        let up = list(up_first, up_head, at);
        check(up.is_sorted_by(|a, b| a < b), "upward arcs are not in order")?;
        check(up.first().is_none_or(|head| *head as usize > at), "an upward arc leads down")?;
        let Some((parent, others)) = up.split_first() else { continue };
        check((*parent as usize) < count, "an arc leads nowhere")?;
        check(within(others, list(up_first, up_head, *parent as usize)), "the graph is not chordal")?;
    }
    for at in 0..count {
        let tails = list(down_first, down_tail, at);
        check(tails.is_sorted_by(|a, b| a < b), "downward arcs are not in order")?;
        for (arc, tail) in list(down_first, down_arc, at).iter().zip(tails) {
            let begin = up_first.get(*tail as usize).copied().unwrap_or(NONE);
            let end = up_first.get(*tail as usize + 1).copied().unwrap_or(0);
            let leads = up_head.get(*arc as usize).is_some_and(|head| *head as usize == at);
            check((begin..end).contains(arc) && leads, "a downward arc is not an upward one")?;
        }
    }
    check(slot.iter().all(|slot| *slot == NONE || ((*slot / 2) as usize) < arcs), "a weight has no arc")?;
    shared(topology, chunks)
}

/// Chunks contain whole subtrees: what leads out of one leads to the top.
fn shared<B: Deref<Target = [u32]>>(topology: &Topology<B>, chunks: &[u32]) -> Result<(), Damaged> {
    let top = chunks.last().copied().unwrap_or(NONE);
    check(chunks.first() == Some(&0) && chunks.is_sorted(), "chunks are not in order")?;
    check(top as usize <= topology.vertices(), "chunks do not fit")?;
    for (begin, end) in chunks.iter().zip(chunks.iter().skip(1)) {
        for at in *begin..*end {
            let parent = list(&topology.up_first, &topology.up_head, at as usize).first().copied();
            check(parent.is_none_or(|parent| parent < *end || parent >= top), "chunks share a tree")?;
        }
    }
    Ok(())
}

/// Everything that queries look up without asking.
pub(super) fn metric<B, C>(metric: &Metric<C>, topology: &Topology<B>) -> Result<(), Damaged>
where
    B: Deref<Target = [u32]>,
    C: Deref<Target = [u32]>,
{
    for half in [metric.forward(), metric.backward()] {
        let Half { first, arcs, middle } = half;
        check(is_index(first, topology.vertices(), arcs.len()), "the metric is not of this topology")?;
        check(middle.len() == arcs.len(), "lists do not fit")?;
        for at in 0..topology.vertices() {
            let range = first.get(at).map_or(0, |first| *first as usize)
                ..first.get(at + 1).map_or(0, |first| *first as usize);
            let mut up = list(&topology.up_first, &topology.up_head, at).iter();
            let arcs = arcs.get(range.clone()).unwrap_or(&[]);
            let known = arcs.iter().all(|[head, _]| up.any(|other| other == head));
            check(known, "an arc of the metric is not one of the topology")?;
            check(arcs.iter().all(|[_, weight]| *weight < LIMIT), "a weight is out of range")?;
            let middle = middle.get(range).unwrap_or(&[]);
            check(middle.iter().all(|middle| *middle == NONE || (*middle as usize) < at), "a way leads up")?;
        }
    }
    Ok(())
}
