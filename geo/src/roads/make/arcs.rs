//! All turns as arcs between vertices. Edges on restrictions over several pieces have a vertex for every beginning of such
//! a restriction: being there *after that* is another state than being there.
#![allow(clippy::indexing_slicing)] // Numbers of edges and vertices are made here.

use rustc_hash::{FxHashMap, FxHashSet};

use super::bans::{Bans, Whom};
use super::net::Net;
use super::turns::Arrival;
use crate::roads::graph::{Turn, TurnKind};
use crate::roads::profile::nodes::Sights;
use crate::roads::profile::{VEHICLES, place};

/// Arcs by vertex, one after the other.
#[derive(Debug, Default)]
pub(super) struct Arcs {
    pub starts: Vec<u32>,
    pub heads: Vec<u32>,
    pub turns: Vec<Turn>,
    /// The edges of the vertices after those of the edges themselves.
    pub copies: Vec<u32>,
    /// Lights at the end of each edge.
    pub end_signals: Vec<bool>,
}

/// A turn before it is an arc.
#[derive(Debug, Clone, Copy)]
struct Draft {
    next: u32,
    cost_ms: u32,
    kind: TurnKind,
    bans: Whom,
}

/// Beginnings of restrictions, and what is forbidden after them.
#[derive(Debug, Default)]
struct Memory {
    /// Beginnings of at least two edges, with their vertices.
    beginnings: FxHashMap<Vec<u32>, u32>,
    /// The same in the order of their vertices.
    list: Vec<Vec<u32>>,
    no: FxHashMap<Vec<u32>, Whom>,
    only: FxHashMap<Vec<u32>, Vec<(u32, Whom)>>,
    firsts: FxHashSet<u32>,
}

impl Memory {
    fn of(bans: &Bans, edges: u32) -> Self {
        let mut memory = Self::default();
        for sequence in &bans.sequences {
            let Some((last, beginning)) = sequence.edges.split_last() else { continue };
            memory.firsts.extend(beginning.first());
            for n in 2..=beginning.len() {
                let part = beginning[..n].to_vec();
                if !memory.beginnings.contains_key(&part) {
                    memory.beginnings.insert(part.clone(), edges + memory.list.len() as u32);
                    memory.list.push(part);
                }
            }
            if sequence.is_only {
                memory.only.entry(beginning.to_vec()).or_default().push((*last, sequence.whom));
            } else {
                let whom = memory.no.entry(sequence.edges.clone()).or_default();
                *whom = [whom[0] || sequence.whom[0], whom[1] || sequence.whom[1]];
            }
        }
        memory
    }

    /// Who may not go on to `next` after `past`.
    fn bans(&self, past: &[u32], next: u32) -> Whom {
        let mut banned = [false; 2];
        for from in 0..past.len().saturating_sub(1) {
            let mut path = past[from..].to_vec();
            for (to, whom) in self.only.get(&path).into_iter().flatten() {
                // Several prescriptions after the same beginning: each of them is a way out.
                let is_allowed = |v: usize| self.only[&past[from..]].iter().any(|(t, w)| *t == next && w[v]);
                if *to != next {
                    (0..2).filter(|v| whom[*v] && !is_allowed(*v)).for_each(|v| banned[v] = true);
                }
            }
            path.push(next);
            if let Some(whom) = self.no.get(&path) {
                (0..2).filter(|v| whom[*v]).for_each(|v| banned[v] = true);
            }
        }
        banned
    }

    /// The vertex that one is at after `past` and `next`: the longest beginning that this ends with.
    fn vertex(&self, past: &[u32], next: u32) -> u32 {
        for from in 0..past.len() {
            let mut path = past[from..].to_vec();
            path.push(next);
            if let Some(vertex) = self.beginnings.get(&path) {
                return *vertex;
            }
        }
        next
    }
}

/// What the arcs are made of.
pub(super) struct Maker<'a> {
    pub net: &'a Net<'a>,
    pub bans: &'a Bans,
    pub sights: &'a Sights,
    /// The node of each junction.
    pub nodes: &'a [u32],
}

impl Maker<'_> {
    pub(super) fn arcs(&self) -> Arcs {
        let edges = self.net.edges.len() as u32;
        let memory = Memory::of(self.bans, edges);
        let mut arcs = Arcs { starts: vec![0], ..Arcs::default() };
        arcs.heads.reserve(edges as usize * 5 / 2);
        arcs.turns.reserve(edges as usize * 5 / 2);
        let mut drafts = Vec::new();
        for edge in 0..edges {
            arcs.end_signals.push(self.drafts(edge, &mut drafts));
            let has_memory = memory.firsts.contains(&edge);
            for draft in &drafts {
                let head = if has_memory { memory.vertex(&[edge], draft.next) } else { draft.next };
                arcs.push(head, *draft, draft.bans);
            }
            arcs.starts.push(arcs.heads.len() as u32);
        }
        for past in &memory.list {
            let Some(edge) = past.last() else { continue };
            self.drafts(*edge, &mut drafts);
            for draft in &drafts {
                let more = memory.bans(past, draft.next);
                let bans = [draft.bans[0] || more[0], draft.bans[1] || more[1]];
                arcs.push(memory.vertex(past, draft.next), *draft, bans);
            }
            arcs.starts.push(arcs.heads.len() as u32);
            arcs.copies.push(*edge);
        }
        arcs
    }

    /// The turns out of an edge into `drafts`; answers whether there is a light.
    fn drafts(&self, edge: u32, drafts: &mut Vec<Draft>) -> bool {
        drafts.clear();
        let net = self.net;
        let junction = net.head(edge);
        let node = self.nodes[junction as usize];
        let arrival = Arrival::of(net, edge, self.sights.at(node));
        let blocked = VEHICLES.map(|vehicle| self.sights.blocks(node, vehicle));
        let back = net.opposite(edge);
        let (mut goes_on, mut back_at) = ([false; 2], None);
        for &next in net.outs(junction) {
            let (cost_ms, kind) = arrival.turn(net, edge, next);
            let mut bans = VEHICLES.map(|vehicle| {
                let v = place(vehicle);
                !net.is_open(edge, v) || !net.is_open(next, v) || self.is_banned(edge, next, v)
            });
            if back == Some(next) {
                back_at = Some(drafts.len());
            } else {
                bans = [bans[0] || blocked[0], bans[1] || blocked[1]];
                goes_on = [goes_on[0] || !bans[0], goes_on[1] || !bans[1]];
            }
            drafts.push(Draft { next, cost_ms, kind, bans });
        }
        // Back the same road only where there is no other way on.
        if let Some(draft) = back_at.and_then(|at| drafts.get_mut(at)) {
            draft.bans = [draft.bans[0] || goes_on[0], draft.bans[1] || goes_on[1]];
        }
        drafts.retain(|draft| draft.bans != [true; 2]);
        arrival.has_signal()
    }

    fn is_banned(&self, edge: u32, next: u32, vehicle: usize) -> bool {
        let among = |list: Option<&Vec<(u32, Whom)>>| {
            list.is_some_and(|list| list.iter().any(|(to, whom)| *to == next && whom[vehicle]))
        };
        let prescribed = self.bans.only.get(&edge);
        let is_prescribed = prescribed.is_some_and(|list| list.iter().any(|(_, whom)| whom[vehicle]));
        among(self.bans.no.get(&edge)) || (is_prescribed && !among(prescribed))
    }
}

impl Arcs {
    fn push(&mut self, head: u32, draft: Draft, bans: Whom) {
        if bans != [true; 2] {
            self.heads.push(head);
            self.turns.push(Turn::new(draft.cost_ms, draft.kind, bans));
        }
    }

    /// The edge that a vertex is, among `edges`.
    pub(super) fn edge_of(&self, edges: usize, vertex: u32) -> u32 {
        (vertex as usize).checked_sub(edges).map_or(vertex, |i| self.copies[i])
    }

    /// The arcs of a vertex.
    pub(super) fn of(&self, vertex: u32) -> std::ops::Range<usize> {
        self.starts[vertex as usize] as usize..self.starts[vertex as usize + 1] as usize
    }

    pub(super) fn vertex_count(&self) -> usize {
        self.starts.len() - 1
    }
}
