//! Strongly connected components, after Tarjan (1972), without recursion: roads of a country are deeper than any stack.
#![allow(clippy::indexing_slicing)] // Vertices and arcs are those of `Arcs`.

use super::arcs::Arcs;

const NEW: u32 = u32::MAX;

/// Vertices of components that are kept beside the largest: an island's towns are worth keeping, its jetties are not.
pub(super) const ISLAND: u32 = 2_000;

/// Which vertices a vehicle can leave and come back to: those of the largest component, and of every one of at least
/// [`ISLAND`] vertices.
pub(super) fn large(arcs: &Arcs, vehicle: usize) -> Vec<bool> {
    let component = components(arcs, vehicle);
    let mut sizes = vec![0u32; component.iter().max().map_or(0, |c| *c as usize + 1)];
    component.iter().for_each(|c| sizes[*c as usize] += 1);
    let largest = sizes.iter().max().copied().unwrap_or(0);
    // A single vertex is no road that one comes back to.
    let least = largest.clamp(2, ISLAND);
    component.iter().map(|c| sizes[*c as usize] >= least).collect()
}

/// The component of every vertex.
fn components(arcs: &Arcs, vehicle: usize) -> Vec<u32> {
    let n = arcs.vertex_count();
    let (mut number, mut low) = (vec![NEW; n], vec![0u32; n]);
    let mut component = vec![NEW; n];
    let (mut open, mut calls): (Vec<u32>, Vec<(u32, u32)>) = (Vec::new(), Vec::new());
    let (mut next_number, mut next_component) = (0, 0);
    for root in 0..n as u32 {
        if number[root as usize] != NEW {
            continue;
        }
        calls.push((root, arcs.starts[root as usize]));
        while let Some((vertex, arc)) = calls.pop() {
            let v = vertex as usize;
            if number[v] == NEW {
                (number[v], low[v]) = (next_number, next_number);
                next_number += 1;
                open.push(vertex);
            }
            let end = arcs.starts[v + 1];
            let goes = |arc: &u32| !arcs.turns[*arc as usize].is_banned(vehicle);
            let Some(arc) = (arc..end).find(goes) else {
                if low[v] == number[v] {
                    while let Some(done) = open.pop() {
                        component[done as usize] = next_component;
                        if done == vertex {
                            break;
                        }
                    }
                    next_component += 1;
                }
                if let Some((above, _)) = calls.last() {
                    low[*above as usize] = low[*above as usize].min(low[v]);
                }
                continue;
            };
            calls.push((vertex, arc + 1));
            let head = arcs.heads[arc as usize];
            if number[head as usize] == NEW {
                calls.push((head, arcs.starts[head as usize]));
            } else if component[head as usize] == NEW {
                low[v] = low[v].min(number[head as usize]);
            }
        }
    }
    component
}
