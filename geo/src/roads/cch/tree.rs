//! The elimination tree of an order, and the places of its vertices in the arrays.

// Indices are vertices and ranks of the graph whose range was checked.
#![allow(clippy::indexing_slicing)]

use super::NONE;

/// Into how many chunks (about) the lower part of the tree falls, for threads to share.
const CHUNKS: usize = 24;
/// Chunks smaller than this are not worth handing out.
const LEAST_CHUNK: usize = 512;

/// Lists of numbers, one per vertex.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub(super) first: Vec<u32>,
    pub(super) items: Vec<u32>,
}

impl Lists {
    /// Sorts pairs `(list, item)` into lists; items keep the order in which they come.
    pub(super) fn new(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut first = vec![0u32; count + 1];
        pairs.clone().for_each(|(list, _)| first[list as usize + 1] += 1);
        for list in 0..count {
            first[list + 1] += first[list];
        }
        let mut items = vec![0; first[count] as usize];
        let mut next = first.clone();
        pairs.for_each(|(list, item)| {
            items[next[list as usize] as usize] = item;
            next[list as usize] += 1;
        });
        Self { first, items }
    }

    pub(super) fn of(&self, list: usize) -> &[u32] {
        &self.items[self.first[list] as usize..self.first[list + 1] as usize]
    }
}

/// Parents by Liu's algorithm. `lower` lists, per rank, the neighbours of lower rank.
pub(super) fn parents(lower: &Lists, count: usize) -> Vec<u32> {
    let mut parent = vec![NONE; count];
    let mut above = vec![NONE; count];
    for vertex in 0..count as u32 {
        for &start in lower.of(vertex as usize) {
            let mut at = start;
            // Climbs to the root of what is linked so far, and shortens the way for the next one.
            loop {
                let next = above[at as usize];
                if next == vertex {
                    break;
                }
                above[at as usize] = vertex;
                if next == NONE {
                    parent[at as usize] = vertex;
                    break;
                }
                at = next;
            }
        }
    }
    parent
}

/// Where the vertices go: each subtree in one piece, children before parents, the tree's top last.
pub(super) struct Places {
    /// The place of each rank.
    pub(super) place: Vec<u32>,
    /// Where chunks begin; the last entry is where the top begins. Chunks contain whole subtrees only.
    pub(super) chunks: Vec<u32>,
}

/// Puts the vertices of a tree (parents have higher ranks) in an order that threads can share.
///
/// Any order of a tree that has children before parents gives the same contraction.
pub(super) fn places(parent: &[u32]) -> Places {
    let count = parent.len();
    let mut size = vec![1u32; count];
    for vertex in 0..count {
        if parent[vertex] != NONE {
            size[parent[vertex] as usize] += size[vertex];
        }
    }
    let large = (count / CHUNKS).max(LEAST_CHUNK) as u32;
    let is_top = |vertex: usize| size[vertex] > large;
    // Roots of the lower forest in ascending rank: neighbours in the order are neighbours on the map.
    let (mut place, mut start) = (vec![NONE; count], vec![0u32; count]);
    let (mut chunks, mut next, mut chunk) = (vec![0u32], 0u32, 0u32);
    for vertex in 0..count {
        let is_root = parent[vertex] == NONE || is_top(parent[vertex] as usize);
        if !is_top(vertex) && is_root {
            start[vertex] = next;
            next += size[vertex];
            chunk += size[vertex];
            if chunk >= large {
                chunks.push(next);
                chunk = 0;
            }
        }
    }
    if chunk > 0 {
        chunks.push(next);
    }
    // Parents give their children their places from the front, and stand behind them.
    for vertex in (0..count).rev().filter(|vertex| !is_top(*vertex)) {
        let above = parent[vertex];
        if above != NONE && !is_top(above as usize) {
            start[vertex] = start[above as usize];
            start[above as usize] += size[vertex];
        }
        place[vertex] = start[vertex] + size[vertex] - 1;
    }
    for vertex in (0..count).filter(|vertex| is_top(*vertex)) {
        place[vertex] = next;
        next += 1;
    }
    Places { place, chunks }
}

/// The chordal graph: of each vertex its higher neighbours, ascending, when all lower ones are contracted.
///
/// `upper` lists the neighbours of higher place. The first entry of a list is the parent in the elimination tree.
pub(super) fn contract(upper: &Lists, count: usize) -> Lists {
    let mut lists = Lists { first: vec![0], items: Vec::with_capacity(upper.items.len() * 3) };
    let (mut child, mut sibling) = (vec![NONE; count], vec![NONE; count]);
    let mut seen = vec![NONE; count];
    for vertex in 0..count {
        let begin = lists.items.len();
        seen[vertex] = vertex as u32;
        let mut take = |list: &mut Vec<u32>, item: u32| {
            if seen[item as usize] != vertex as u32 {
                seen[item as usize] = vertex as u32;
                list.push(item);
            }
        };
        upper.of(vertex).iter().for_each(|item| take(&mut lists.items, *item));
        let mut below = child[vertex];
        while below != NONE {
            for at in lists.first[below as usize]..lists.first[below as usize + 1] {
                let item = lists.items[at as usize];
                take(&mut lists.items, item);
            }
            below = sibling[below as usize];
        }
        lists.items[begin..].sort_unstable();
        if let Some(&parent) = lists.items.get(begin) {
            sibling[vertex] = child[parent as usize];
            child[parent as usize] = vertex as u32;
        }
        lists.first.push(lists.items.len() as u32);
    }
    lists
}
