//! What is kept, renumbered and written.
#![allow(clippy::indexing_slicing)] // Numbers of edges, vertices and pieces are made here.

use std::path::Path;

use super::arcs::Arcs;
use super::net::Net;
use super::zones;
use crate::map::MapError;
use crate::roads::form::{Part, Writer};
use crate::roads::graph::{NONE, Segment, Shape, Turn, View, WayEntry, flag};
use crate::roads::profile::{VEHICLES, place};
use crate::roads::tree::{self, Box4};

/// Which vertices and edges are kept, and their new numbers.
#[derive(Debug)]
pub(super) struct Kept {
    /// New numbers of edges; [`NONE`] where left out.
    edges: Vec<u32>,
    edge_count: u32,
    /// New numbers of all vertices.
    vertices: Vec<u32>,
    /// By vehicle and old edge: may it be driven and come back from?
    is_open: [Vec<bool>; 2],
}

impl Kept {
    /// Keeps the edges in the large part of the graph of some vehicle.
    pub(super) fn of(arcs: &Arcs, edges: usize, large: [Vec<bool>; 2]) -> Self {
        let mut is_open = [vec![false; edges], vec![false; edges]];
        for (open, large) in is_open.iter_mut().zip(&large) {
            for vertex in (0..large.len()).filter(|v| large[*v]) {
                open[arcs.edge_of(edges, vertex as u32) as usize] = true;
            }
        }
        let mut next = 0;
        let mut number = |is_kept: bool| {
            next += u32::from(is_kept);
            if is_kept { next - 1 } else { NONE }
        };
        let numbers: Vec<u32> = (0..edges).map(|e| number(is_open[0][e] || is_open[1][e])).collect();
        let mut vertices = numbers.clone();
        // States that nobody comes back to are still where somebody who starts there passes.
        let further = edges..large[0].len();
        vertices.extend(further.map(|v| number(numbers[arcs.edge_of(edges, v as u32) as usize] != NONE)));
        let edge_count = numbers.iter().filter(|n| **n != NONE).count() as u32;
        Self { edges: numbers, edge_count, vertices, is_open }
    }
}

/// The graph of turns in its final numbers.
#[derive(Debug, Default)]
pub(super) struct Turns {
    pub starts: Vec<u32>,
    pub heads: Vec<u32>,
    pub turns: Vec<Turn>,
    /// The junctions where each vertex begins and ends.
    pub ends: Vec<[u32; 2]>,
    /// Where those lie: latitude, longitude.
    pub junctions: Vec<[i32; 2]>,
    /// The edges of further vertices.
    pub copies: Vec<u32>,
    pub end_signals: Vec<bool>,
}

pub(super) fn turns(net: &Net<'_>, arcs: Arcs, kept: &Kept) -> Turns {
    let mut out = Turns { starts: vec![0], ..Turns::default() };
    let edges = net.edges.len();
    let mut numbers = vec![NONE; net.junction_count() as usize];
    for vertex in (0..arcs.vertex_count() as u32).filter(|v| kept.vertices[*v as usize] != NONE) {
        let edge = arcs.edge_of(edges, vertex);
        for arc in arcs.of(vertex) {
            let head = kept.vertices[arcs.heads[arc] as usize];
            if head != NONE {
                out.heads.push(head);
                out.turns.push(arcs.turns[arc]);
            }
        }
        out.starts.push(out.heads.len() as u32);
        let (piece, against) = net.piece(edge);
        let ends = [0, 1].map(|end| {
            let number = &mut numbers[piece.ends[end] as usize];
            if *number == NONE {
                *number = out.junctions.len() as u32;
                out.junctions.push([piece.at[end].0, piece.at[end].1]);
            }
            *number
        });
        out.ends.push(if against { [ends[1], ends[0]] } else { ends });
        if vertex as usize >= edges {
            out.copies.push(kept.edges[edge as usize]);
        } else {
            out.end_signals.push(arcs.end_signals[edge as usize]);
        }
    }
    out
}

/// Writes everything but the hierarchy.
pub(super) struct Body<'a, 'n> {
    pub net: &'a Net<'n>,
    pub shapes: &'a [u8],
    pub kept: &'a Kept,
    pub turns: &'a Turns,
}

impl Body<'_, '_> {
    /// Edges that are kept.
    pub(super) fn edge_count(&self) -> u32 {
        self.kept.edge_count
    }

    /// Opens the file and writes all parts up to the hierarchy's. Answers also the weights of all arcs by vehicle.
    pub(super) fn write<'p>(&self, path: &'p Path) -> Result<(Writer<'p>, [Vec<u32>; 2]), MapError> {
        let mut writer = Writer::create(path)?;
        let mut ways = Ways::of(self.net);
        let (mut segments, mut shapes, mut boxes) = (Vec::new(), Vec::new(), Vec::new());
        for piece in 0..self.net.pieces.len() as u32 {
            let Some(segment) = self.segment(piece, &mut ways, &mut shapes) else { continue };
            let start = Box4::EMPTY.with(segment.lat_e7, segment.lon_e7);
            let bytes = shapes.get(segment.shape as usize..).unwrap_or(&[]);
            boxes.push(Shape::new(bytes, &segment).fold(start, |b, (lat, lon)| b.with(lat, lon)));
            segments.push(segment);
        }
        writer.part(Part::Segments, &segments)?;
        writer.part(Part::Shapes, &shapes)?;
        writer.part(Part::Ways, &ways.entries)?;
        self.write_names(&mut writer)?;
        let edges = self.edges(&segments);
        writer.part(Part::Edges, &edges)?;
        writer.part(Part::Signals, &self.signals())?;
        let times = [0, 1].map(|vehicle| self.times(vehicle));
        writer.part(Part::CarTimes, &times[0])?;
        writer.part(Part::MotorbikeTimes, &times[1])?;
        self.write_turns(&mut writer)?;
        let (boxes, levels) = tree::build(boxes);
        writer.part(Part::Boxes, &boxes)?;
        writer.part(Part::Levels, &levels)?;
        let view = View {
            segments: &segments,
            edges: &edges,
            times: [&times[0], &times[1]],
            turn_starts: &self.turns.starts,
            turn_heads: &self.turns.heads,
            turns: &self.turns.turns,
            copy_edges: &self.turns.copies,
            ..View::default()
        };
        let weights = VEHICLES.map(|vehicle| view.weights(vehicle, view.times[place(vehicle)]));
        Ok((writer, weights))
    }

    fn segment(&self, piece: u32, ways: &mut Ways, shapes: &mut Vec<u8>) -> Option<Segment> {
        let drawn = &self.net.pieces[piece as usize];
        let first = self.net.first[piece as usize];
        let own =
            (first..first + 2).filter(|e| self.net.edges.get(*e as usize).is_some_and(|p| p >> 1 == piece));
        let (mut flags, mut edge) = (0, NONE);
        for old in own {
            let new = self.kept.edges[old as usize];
            if new != NONE {
                edge = edge.min(new);
                flags |= if self.net.edges[old as usize] & 1 == 1 { flag::AGAINST } else { flag::ALONG };
            }
        }
        if edge == NONE {
            return None;
        }
        let profile = &self.net.roads.list[drawn.road as usize].profile;
        flags |= if profile.is_roundabout { flag::ROUNDABOUT } else { 0 };
        flags |= if profile.is_restricted { flag::RESTRICTED } else { 0 };
        let shape = shapes.len() as u32;
        let from = drawn.shape as usize;
        let length = Shape::bytes(self.shapes.get(from..).unwrap_or(&[]), drawn.points);
        shapes.extend_from_slice(self.shapes.get(from..from + length).unwrap_or(&[]));
        Some(Segment {
            lat_e7: drawn.at[0].0,
            lon_e7: drawn.at[0].1,
            shape,
            length_mm: drawn.length_mm,
            way: ways.number(self.net, drawn.road),
            edge,
            points: drawn.points,
            class: profile.class as u8,
            flags,
        })
    }

    fn write_names(&self, writer: &mut Writer<'_>) -> Result<(), MapError> {
        let (mut names, mut starts) = (Vec::new(), vec![0u32]);
        for name in &self.net.roads.names {
            names.extend_from_slice(name.as_bytes());
            starts.push(names.len() as u32);
        }
        writer.part(Part::Names, &names)?;
        writer.part(Part::NameStarts, &starts)
    }

    /// Segment and direction of each edge.
    fn edges(&self, segments: &[Segment]) -> Vec<u32> {
        let mut edges = Vec::with_capacity(self.kept.edge_count as usize);
        for (segment, number) in segments.iter().zip(0u32..) {
            let own = [false, true].into_iter().filter(|against| segment.edge(*against).is_some());
            edges.extend(own.map(|against| number << 1 | u32::from(against)));
        }
        edges
    }

    /// The old numbers of the edges that are kept.
    fn old_edges(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.net.edges.len() as u32).filter(|edge| self.kept.edges[*edge as usize] != NONE)
    }

    fn signals(&self) -> Vec<u8> {
        let lights = |(edge, end): (u32, &bool)| {
            let (piece, against) = self.net.piece(edge);
            piece.signals[usize::from(against)].saturating_add(u8::from(*end))
        };
        self.old_edges().zip(&self.turns.end_signals).map(lights).collect()
    }

    fn times(&self, vehicle: usize) -> Vec<u32> {
        let is_open = |edge: u32| self.kept.is_open[vehicle][edge as usize];
        let time = |edge| if is_open(edge) { self.net.time_ms(edge, vehicle) } else { NONE };
        self.old_edges().map(time).collect()
    }

    fn write_turns(&self, writer: &mut Writer<'_>) -> Result<(), MapError> {
        let turns = self.turns;
        writer.part(Part::TurnStarts, &turns.starts)?;
        writer.part(Part::TurnHeads, &turns.heads)?;
        writer.part(Part::Turns, &turns.turns)?;
        let further = (self.kept.edge_count..).zip(&turns.copies);
        let mut copies: Vec<[u32; 2]> = further.map(|(vertex, edge)| [*edge, vertex]).collect();
        copies.sort_unstable();
        writer.part(Part::Copies, &copies)?;
        writer.part(Part::CopyEdges, &turns.copies)
    }
}

/// The ways that are written, numbered as they come.
struct Ways {
    numbers: Vec<u32>,
    zones: Vec<u32>,
    entries: Vec<WayEntry>,
}

impl Ways {
    fn of(net: &Net<'_>) -> Self {
        Self { numbers: vec![NONE; net.roads.list.len()], zones: zones::of(net), entries: Vec::new() }
    }

    fn number(&mut self, net: &Net<'_>, road: u32) -> u32 {
        let number = &mut self.numbers[road as usize];
        if *number == NONE {
            *number = self.entries.len() as u32;
            let (id, name) = (net.roads.list[road as usize].id, net.roads.list[road as usize].name);
            self.entries.push(WayEntry { id, name, zone: self.zones[road as usize] });
        }
        *number
    }
}
