//! The graph as it lies in the file: what is read while snapping and searching.
#![allow(clippy::indexing_slicing)] // Every index was checked against the lengths when the file was opened (`checked`).

use std::path::Path;

use bytemuck::{Pod, Zeroable};

use super::class::Class;
use super::form::{Mapped, Part};
use super::profile::place;
use crate::Coord;
use crate::eta::Vehicle;
use crate::map::MapError;

/// No edge, no vertex.
pub(super) const NONE: u32 = u32::MAX;

/// A piece of road between two junctions, undirected.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Segment {
    /// Where it begins, ten-millionths of a degree.
    pub lat_e7: i32,
    /// The same.
    pub lon_e7: i32,
    /// Where its further points begin among the shapes.
    pub shape: u32,
    /// Length, millimetres (at most 4,294 km).
    pub length_mm: u32,
    /// Its way.
    pub way: u32,
    /// Its first edge; the one against its drawing follows, or is the first where there is no other.
    pub edge: u32,
    /// Further points.
    pub points: u16,
    /// [`Class`].
    pub class: u8,
    /// See [`flag`].
    pub flags: u8,
}

/// Flags of a segment.
pub(super) mod flag {
    /// May be driven along its drawing.
    pub const ALONG: u8 = 1;
    /// May be driven against its drawing.
    pub const AGAINST: u8 = 2;
    /// Part of a roundabout.
    pub const ROUNDABOUT: u8 = 4;
    /// For those alone who have business there.
    pub const RESTRICTED: u8 = 8;
}

impl Segment {
    /// The edge along, or against.
    pub(super) fn edge(&self, against: bool) -> Option<u32> {
        let is_both = self.flags & (flag::ALONG | flag::AGAINST) == flag::ALONG | flag::AGAINST;
        match against {
            false => (self.flags & flag::ALONG != 0).then_some(self.edge),
            true => (self.flags & flag::AGAINST != 0).then_some(self.edge + u32::from(is_both)),
        }
    }
}

/// A way that some segments are of.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct WayEntry {
    /// OpenStreetMap's id.
    pub id: i64,
    /// Its name.
    pub name: u32,
    /// The restricted area that it belongs to; [`NONE`] where it is open to all.
    pub zone: u32,
}

/// What a turn is like, for features and words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnKind {
    /// Straight on, round a bend, or in a roundabout.
    Straight,
    /// Towards the side that one drives on.
    Near,
    /// Across oncoming traffic.
    Far,
    /// Back.
    Back,
}

/// Cost in hundredths of a second (12 bits), bans by vehicle (2), kind (2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(transparent)]
pub(super) struct Turn(u16);

impl Turn {
    const MOST: u32 = (1 << 12) - 1;

    pub(super) fn new(cost_ms: u32, kind: TurnKind, bans: [bool; 2]) -> Self {
        let cost = (cost_ms / 10).min(Self::MOST) as u16;
        let bans = u16::from(bans[0]) << 12 | u16::from(bans[1]) << 13;
        Self(cost | bans | (kind as u16) << 14)
    }

    pub(super) fn cost_ms(self) -> u32 {
        u32::from(self.0) % (Self::MOST + 1) * 10
    }

    pub(super) fn is_banned(self, vehicle: usize) -> bool {
        self.0 >> (12 + vehicle) & 1 == 1
    }

    pub(super) fn kind(self) -> TurnKind {
        match self.0 >> 14 {
            0 => TurnKind::Straight,
            1 => TurnKind::Near,
            2 => TurnKind::Far,
            _ => TurnKind::Back,
        }
    }
}

/// Milliseconds for leaving a restricted area: a way through one is not taken where there is another.
pub(super) const LEAVE_MS: u32 = 300_000;

/// Slices of the file; made per question, cheap.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct View<'a> {
    pub segments: &'a [Segment],
    pub shapes: &'a [u8],
    pub edges: &'a [u32],
    pub signals: &'a [u8],
    /// Free-flow milliseconds by vehicle and edge.
    pub times: [&'a [u32]; 2],
    pub turn_starts: &'a [u32],
    pub turn_heads: &'a [u32],
    pub turns: &'a [Turn],
    /// (edge, further vertex), sorted.
    pub copies: &'a [[u32; 2]],
    /// The edges of the further vertices, in the order of these.
    pub copy_edges: &'a [u32],
    pub boxes: &'a [super::tree::Box4],
    pub levels: &'a [u32],
    pub ways: &'a [WayEntry],
}

impl<'a> View<'a> {
    pub(super) fn of(file: &'a Mapped) -> Self {
        Self {
            segments: file.part(Part::Segments),
            shapes: file.part(Part::Shapes),
            edges: file.part(Part::Edges),
            signals: file.part(Part::Signals),
            times: [file.part(Part::CarTimes), file.part(Part::MotorbikeTimes)],
            turn_starts: file.part(Part::TurnStarts),
            turn_heads: file.part(Part::TurnHeads),
            turns: file.part(Part::Turns),
            copies: file.part(Part::Copies),
            copy_edges: file.part(Part::CopyEdges),
            boxes: file.part(Part::Boxes),
            levels: file.part(Part::Levels),
            ways: file.part(Part::Ways),
        }
    }

    /// Vertices: edges, then further states of the edges that lie on restrictions over ways.
    pub(super) fn vertex_count(&self) -> usize {
        self.turn_starts.len().saturating_sub(1)
    }

    /// The edge that a vertex is.
    pub(super) fn edge_of(&self, vertex: u32) -> u32 {
        let further = (vertex as usize).checked_sub(self.edges.len());
        further.map_or(vertex, |i| self.copy_edges[i])
    }

    /// The further vertices of an edge.
    pub(super) fn further(&self, edge: u32) -> impl Iterator<Item = u32> + use<'a> {
        let sorted = self.copies;
        let from = sorted.partition_point(|pair| pair[0] < edge);
        sorted[from..].iter().take_while(move |pair| pair[0] == edge).map(|pair| pair[1])
    }

    pub(super) fn segment_of(&self, edge: u32) -> (&'a Segment, bool) {
        let entry = self.edges[edge as usize];
        (&self.segments[entry as usize >> 1], entry & 1 == 1)
    }

    pub(super) fn is_restricted(&self, edge: u32) -> bool {
        self.segment_of(edge).0.flags & flag::RESTRICTED != 0
    }

    /// The restricted area of an edge.
    pub(super) fn zone(&self, edge: u32) -> Option<u32> {
        let zone = self.ways[self.segment_of(edge).0.way as usize].zone;
        (zone != NONE).then_some(zone)
    }

    /// The arcs of a vertex.
    pub(super) fn arcs(&self, vertex: u32) -> std::ops::Range<usize> {
        self.turn_starts[vertex as usize] as usize..self.turn_starts[vertex as usize + 1] as usize
    }

    /// What an arc costs a vehicle: turning, leaving a restricted area, driving the next piece. [`u32::MAX`] where it
    /// may not.
    pub(super) fn arc_ms(&self, vehicle: Vehicle, times: &[u32], edge: u32, arc: usize) -> u32 {
        let turn = self.turns[arc];
        let next = self.edge_of(self.turn_heads[arc]);
        let time = times[next as usize];
        if turn.is_banned(place(vehicle)) || time == NONE {
            return NONE;
        }
        let leaves = self.is_restricted(edge) && !self.is_restricted(next);
        turn.cost_ms().saturating_add(if leaves { LEAVE_MS } else { 0 }).saturating_add(time)
    }

    /// The weights of all arcs, in their order.
    pub(super) fn weights(&self, vehicle: Vehicle, times: &[u32]) -> Vec<u32> {
        let mut weights = Vec::with_capacity(self.turns.len());
        for vertex in 0..self.vertex_count() as u32 {
            let edge = self.edge_of(vertex);
            weights.extend(self.arcs(vertex).map(|arc| self.arc_ms(vehicle, times, edge, arc)));
        }
        weights
    }

    /// The points of a segment in the direction of its drawing.
    pub(super) fn shape(&self, segment: &Segment) -> Shape<'a> {
        Shape::new(self.shapes.get(segment.shape as usize..).unwrap_or(&[]), segment)
    }

    /// All points of an edge, in the direction of driving.
    pub(super) fn line_e7(&self, edge: u32, to: &mut Vec<(i32, i32)>) {
        let (segment, against) = self.segment_of(edge);
        let from = to.len();
        to.push((segment.lat_e7, segment.lon_e7));
        to.extend(self.shape(segment));
        if against {
            to[from..].reverse();
        }
    }

    /// The same as coordinates.
    pub(super) fn line(&self, edge: u32) -> Vec<Coord> {
        let mut points = Vec::new();
        self.line_e7(edge, &mut points);
        points.into_iter().filter_map(|(lat, lon)| Coord::from_e7(lat, lon)).collect()
    }

    pub(super) fn class(&self, edge: u32) -> Class {
        Class::from_number(self.segment_of(edge).0.class)
    }
}

/// The points of a segment after its first.
#[derive(Debug, Clone)]
pub(super) struct Shape<'a> {
    bytes: &'a [u8],
    lat_e7: i32,
    lon_e7: i32,
    left: u16,
}

impl<'a> Shape<'a> {
    /// The points of a segment whose shape begins with `bytes`.
    pub(super) fn new(bytes: &'a [u8], segment: &Segment) -> Self {
        Self { bytes, lat_e7: segment.lat_e7, lon_e7: segment.lon_e7, left: segment.points }
    }

    /// How many bytes `points` points take.
    pub(super) fn bytes(bytes: &'a [u8], points: u16) -> usize {
        let mut shape = Self { bytes, lat_e7: 0, lon_e7: 0, left: points };
        while shape.next().is_some() {}
        bytes.len() - shape.bytes.len()
    }

    #[inline]
    fn step(&mut self) -> Option<i32> {
        let (mut zigzag, mut shift) = (0u32, 0);
        loop {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            zigzag |= u32::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some((zigzag >> 1) as i32 ^ -((zigzag & 1) as i32));
            }
            shift += 7;
        }
    }
}

impl Iterator for Shape<'_> {
    type Item = (i32, i32);

    #[inline]
    fn next(&mut self) -> Option<(i32, i32)> {
        self.left = self.left.checked_sub(1)?;
        self.lat_e7 = self.lat_e7.wrapping_add(self.step()?);
        self.lon_e7 = self.lon_e7.wrapping_add(self.step()?);
        Some((self.lat_e7, self.lon_e7))
    }
}

/// Appends a difference for [`Shape`].
pub(super) fn write_step(step: i32, bytes: &mut Vec<u8>) {
    let mut zigzag = ((step << 1) ^ (step >> 31)) as u32;
    while zigzag >= 0x80 {
        bytes.push(zigzag as u8 | 0x80);
        zigzag >>= 7;
    }
    bytes.push(zigzag as u8);
}

/// Checks every number that is used as a place, so that no question can reach beyond the end.
pub(super) fn checked(file: &Mapped, path: &Path) -> Result<(), MapError> {
    let why = faults(file);
    why.map_or(Ok(()), |why| Err(MapError::Broken { path: path.to_owned(), why: why.to_owned() }))
}

fn faults(file: &Mapped) -> Option<&'static str> {
    let numbers = [
        Part::Edges,
        Part::CarTimes,
        Part::MotorbikeTimes,
        Part::TurnStarts,
        Part::TurnHeads,
        Part::CopyEdges,
    ];
    let is_whole = numbers.into_iter().all(|part| file.fits::<u32>(part))
        && file.fits::<Segment>(Part::Segments)
        && file.fits::<WayEntry>(Part::Ways)
        && file.fits::<Turn>(Part::Turns)
        && file.fits::<[u32; 2]>(Part::Copies)
        && file.fits::<super::tree::Box4>(Part::Boxes)
        && file.fits::<u32>(Part::Levels)
        && file.fits::<u32>(Part::NameStarts);
    if !is_whole {
        return Some("a part holds no whole numbers");
    }
    let view = View::of(file);
    let edges = view.edges.len();
    if view.times.iter().any(|t| t.len() != edges) || view.signals.len() != edges {
        return Some("parts of different lengths");
    }
    if view.edges.iter().any(|e| *e as usize >> 1 >= view.segments.len()) {
        return Some("an edge of no segment");
    }
    let is_placed = |s: &Segment| {
        let both = usize::from(s.flags & (flag::ALONG | flag::AGAINST) == flag::ALONG | flag::AGAINST);
        (s.edge as usize) + both < edges && (s.way as usize) < view.ways.len()
    };
    if !view.segments.iter().all(is_placed) {
        return Some("a segment of no edge or way");
    }
    let vertices = view.vertex_count();
    let rises = view.turn_starts.windows(2).all(|w| w[0] <= w[1]);
    let ends = view.turn_starts.last().map(|n| *n as usize) == Some(view.turns.len());
    if !rises || !ends || view.turn_heads.len() != view.turns.len() || vertices < edges {
        return Some("turns of no vertex");
    }
    if view.turn_heads.iter().any(|head| *head as usize >= vertices) {
        return Some("a turn to no vertex");
    }
    faults_of_copies(&view, vertices)
        .or_else(|| super::tree::faults(view.boxes, view.levels, view.segments.len()))
}

fn faults_of_copies(view: &View<'_>, vertices: usize) -> Option<&'static str> {
    let (edges, further) = (view.edges.len(), vertices - view.edges.len());
    let is_right = view.copies.len() == further
        && view.copies.iter().all(|p| (p[0] as usize) < edges && (p[1] as usize) < vertices)
        && view.copy_edges.len() == further
        && view.copy_edges.iter().all(|e| (*e as usize) < edges);
    (!is_right).then_some("further states of no edge")
}
