//! In which order vertices are contracted.

// Ranges are checked by `valid` before anything is looked up.
#![allow(clippy::indexing_slicing)]

use super::Damaged;
use super::dissect::{Edge, Items, Part, dissect};
use super::thin::thin;
use super::topology::Digraph;

/// What the order is cut from. Places are `[latitude, longitude]` in ten-millionths of a degree.
#[derive(Debug, Clone, Copy)]
pub enum Layout<'a> {
    /// Nothing but the graph and where its vertices are.
    Vertices {
        /// One place per vertex.
        at: &'a [[i32; 2]],
    },
    /// Each vertex is a directed piece of road from one junction to another, and arcs lead from pieces that end at a
    /// junction to pieces that begin there. The much smaller network of junctions is cut, along its roads: the
    /// pieces of the roads that are cut part the turns.
    Pieces {
        /// Per vertex, the junction it comes from and the one it leads to.
        ends: &'a [[u32; 2]],
        /// One place per junction.
        at: &'a [[i32; 2]],
    },
}

impl Layout<'_> {
    fn valid(&self, vertices: usize) -> Result<(), Damaged> {
        match self {
            Layout::Vertices { at } if at.len() == vertices => Ok(()),
            Layout::Pieces { ends, at } if ends.len() == vertices => {
                let inside = |end: &u32| (*end as usize) < at.len();
                ends.iter().flatten().all(inside).then_some(()).ok_or(Damaged("a piece ends at no junction"))
            }
            _ => Err(Damaged("the layout does not fit the graph")),
        }
    }
}

/// The vertices of `graph`, first contracted first.
pub(super) fn order(graph: &Digraph<'_>, layout: Layout<'_>, threads: usize) -> Result<Vec<u32>, Damaged> {
    layout.valid(graph.vertices())?;
    let mut out = vec![0; graph.vertices()];
    match layout {
        Layout::Vertices { at } => {
            let pairs = (0..graph.vertices() as u32).flat_map(|u| graph.out(u).iter().map(move |v| [u, *v]));
            let (edges, _, _) = bundle(pairs);
            let part = Part { at: plane(at), names: (0..at.len() as u32).collect(), edges };
            dissect(part, Items::Nodes, &mut out, threads);
        }
        Layout::Pieces { ends, at } => {
            // Pieces that end where they began separate nothing: first of all.
            let mut loops = 0;
            for (vertex, [from, to]) in ends.iter().enumerate() {
                if from == to {
                    out[loops] = vertex as u32;
                    loops += 1;
                }
            }
            let (edges, first, vertices) = bundle(ends.iter().copied());
            let mut part = Part { at: plane(at), names: (0..at.len() as u32).collect(), edges };
            let taken = thin(&mut part);
            let items = Items::Edges(&first, &vertices);
            let (early, late) = out[loops..].split_at_mut(vertices.len() - items.count(&part));
            items.write(taken.into_iter(), early);
            dissect(part, items, late, threads);
        }
    }
    Ok(out)
}

/// Undirected edges between different nodes, and which of the `pairs` each bundles: where they begin, their places.
fn bundle(pairs: impl Iterator<Item = [u32; 2]>) -> (Vec<Edge>, Vec<u32>, Vec<u32>) {
    let mut all: Vec<([u32; 2], u32)> = pairs
        .zip(0..)
        .filter(|([u, v], _)| u != v)
        .map(|([u, v], place)| ([u.min(v), u.max(v)], place))
        .collect();
    all.sort_unstable();
    let (mut edges, mut first): (Vec<Edge>, Vec<u32>) = (Vec::new(), Vec::new());
    for (place, (ends, _)) in all.iter().enumerate() {
        match edges.last_mut() {
            Some(last) if last.ends == *ends => last.count += 1,
            _ => {
                first.push(place as u32);
                edges.push(Edge { ends: *ends, count: 1, name: edges.len() as u32 });
            }
        }
    }
    first.push(all.len() as u32);
    (edges, first, all.into_iter().map(|(_, place)| place).collect())
}

/// Places on a plane on which directions mean something: longitudes shrunk by the cosine of the middle latitude.
fn plane(at: &[[i32; 2]]) -> Vec<[f32; 2]> {
    let low = at.iter().map(|at| at[0]).min().unwrap_or(0);
    let high = at.iter().map(|at| at[0]).max().unwrap_or(0);
    let west = at.iter().map(|at| at[1]).min().unwrap_or(0);
    let shrink = ((f64::from(low) + f64::from(high)) / 2e7).to_radians().cos();
    let from = |value: i32, zero: i32| f64::from(value) - f64::from(zero);
    at.iter().map(|at| [from(at[0], low) as f32, (from(at[1], west) * shrink) as f32]).collect()
}
