//! Takes dead ends and bends out of a road network before it is cut.
//!
//! What stands on a dead end separates nothing, and of two roads that meet at a bend one separates as well as both.
//! Contracting those first adds no arc that would not come anyway, and leaves about half of the network.

// Nodes and edges are those of the part at hand.
#![allow(clippy::indexing_slicing)]

use super::NONE;
use super::dissect::{Edge, Part};

/// The network on which edges are taken out one by one.
struct Thinning {
    edges: Vec<Edge>,
    alive: Vec<bool>,
    /// Edges at each node, dead ones among them: where each list begins, and the lists.
    first: Vec<u32>,
    at: Vec<u32>,
    degree: Vec<u32>,
}

/// Takes dead ends and bends out of `part`; answers the names of the edges taken, first contracted first.
pub(super) fn thin(part: &mut Part) -> Vec<u32> {
    let mut net = Thinning::new(std::mem::take(&mut part.edges), part.at.len());
    let mut taken = Vec::new();
    let mut waiting: Vec<u32> =
        (0..part.at.len() as u32).rev().filter(|node| net.degree[*node as usize] <= 2).collect();
    while let Some(node) = waiting.pop() {
        match net.alive_at(node) {
            [NONE, NONE] => {}
            [edge, NONE] | [NONE, edge] => taken.push(net.take(edge, &mut waiting)),
            [one, two] => {
                // The one with fewer vertices stays: it is the cheaper one to cut.
                let larger = net.edges[one as usize].count > net.edges[two as usize].count;
                let (gone, stays) = if larger { (one, two) } else { (two, one) };
                let end = net.other(gone, node);
                if end == net.other(stays, node) {
                    taken.push(net.take(one, &mut waiting));
                    taken.push(net.take(two, &mut waiting));
                } else {
                    taken.push(net.edges[gone as usize].name);
                    net.stretch(stays, node, end, gone);
                }
            }
        }
    }
    part.edges =
        net.edges.iter().zip(&net.alive).filter(|(_, alive)| **alive).map(|(edge, _)| *edge).collect();
    part.keep_joined();
    taken
}

impl Thinning {
    fn new(edges: Vec<Edge>, nodes: usize) -> Self {
        let ends = edges.iter().zip(0..).flat_map(|(edge, at)| edge.ends.map(|end| (end, at)));
        let lists = super::tree::Lists::new(nodes, ends);
        let degree = (0..nodes).map(|node| lists.of(node).len() as u32).collect();
        Self { alive: vec![true; edges.len()], edges, first: lists.first, at: lists.items, degree }
    }

    /// The edges of a node of degree 2 or less; [`NONE`] for those it does not have, or where it has more.
    fn alive_at(&self, node: u32) -> [u32; 2] {
        let mut found = [NONE; 2];
        if self.degree[node as usize] > 2 {
            return found;
        }
        let list = &self.at[self.first[node as usize] as usize..self.first[node as usize + 1] as usize];
        let alive = list.iter().filter(|edge| self.alive[**edge as usize]);
        found.iter_mut().zip(alive).for_each(|(found, edge)| *found = *edge);
        found
    }

    fn other(&self, edge: u32, node: u32) -> u32 {
        let [u, v] = self.edges[edge as usize].ends;
        if u == node { v } else { u }
    }

    /// Takes an edge out; its ends may have become dead ends or bends. Answers its name.
    fn take(&mut self, edge: u32, waiting: &mut Vec<u32>) -> u32 {
        self.alive[edge as usize] = false;
        for end in self.edges[edge as usize].ends {
            self.degree[end as usize] -= 1;
            if self.degree[end as usize] <= 2 {
                waiting.push(end);
            }
        }
        self.edges[edge as usize].name
    }

    /// Lets `edge` lead on over the bend `node` to `end`, in the place of the edge that is gone.
    fn stretch(&mut self, edge: u32, node: u32, end: u32, gone: u32) {
        self.alive[gone as usize] = false;
        self.degree[node as usize] = 0;
        self.edges[edge as usize].ends = [self.other(edge, node), end];
        let list = self.first[end as usize] as usize..self.first[end as usize + 1] as usize;
        self.at[list].iter_mut().filter(|at| **at == gone).for_each(|at| *at = edge);
    }
}
