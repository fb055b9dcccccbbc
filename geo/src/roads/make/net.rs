//! Pieces as directed edges, and which of them meet at a junction.
#![allow(clippy::indexing_slicing)] // Numbers of pieces, edges and junctions are made here.

use super::hilbert;
use super::split::{Piece, Pieces};
use super::ways::Roads;
use crate::roads::class::Class;

/// Directed edges over pieces, before anything is left out.
#[derive(Debug)]
pub(super) struct Net<'a> {
    pub roads: &'a Roads<'a>,
    /// In the order of the file.
    pub pieces: Vec<Piece>,
    /// Piece of each edge, doubled, plus one when against.
    pub edges: Vec<u32>,
    /// First edge of each piece.
    pub first: Vec<u32>,
    outs: Lists,
    ins: Lists,
    by_road: Lists,
}

/// Lists of numbers by junction, one after the other.
#[derive(Debug)]
struct Lists {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// Sorts items by their junction.
    fn new(junctions: u32, of: impl Iterator<Item = u32> + Clone) -> Self {
        let mut starts = vec![0u32; junctions as usize + 1];
        for junction in of.clone() {
            starts[junction as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut at = starts.clone();
        let mut items = vec![0; starts.last().map_or(0, |n| *n as usize)];
        for (junction, item) in of.zip(0u32..) {
            items[at[junction as usize] as usize] = item;
            at[junction as usize] += 1;
        }
        Self { starts, items }
    }

    fn get(&self, junction: u32) -> &[u32] {
        &self.items[self.starts[junction as usize] as usize..self.starts[junction as usize + 1] as usize]
    }
}

/// The end of a piece where a direction arrives.
fn end_of(piece: &Piece, against: bool) -> u32 {
    piece.ends[usize::from(!against)]
}

impl<'a> Net<'a> {
    pub(super) fn of(roads: &'a Roads<'a>, pieces: &mut Pieces) -> Self {
        let middles: Vec<(i32, i32)> = pieces.list.iter().map(middle).collect();
        let order = hilbert::order(&middles);
        let pieces_in_order: Vec<Piece> = order.iter().map(|i| pieces.list[*i as usize]).collect();
        pieces.list = Vec::new();
        let (mut edges, mut first) = (Vec::new(), Vec::with_capacity(pieces_in_order.len()));
        for (piece, number) in pieces_in_order.iter().zip(0u32..) {
            first.push(edges.len() as u32);
            let kmh = roads.list[piece.road as usize].profile.kmh;
            for against in 0..2 {
                if kmh.iter().any(|vehicle| vehicle[against] > 0.0) {
                    edges.push(number << 1 | against as u32);
                }
            }
        }
        let junctions = pieces.junction_count;
        let ends = |arrives: bool| {
            let list = &pieces_in_order;
            edges.iter().map(move |e| end_of(&list[*e as usize >> 1], (e & 1 == 1) == arrives))
        };
        let (outs, ins) = (Lists::new(junctions, ends(false)), Lists::new(junctions, ends(true)));
        let of_road = edges.iter().map(|e| pieces_in_order[*e as usize >> 1].road);
        let by_road = Lists::new(roads.list.len() as u32, of_road);
        Self { roads, pieces: pieces_in_order, edges, first, outs, ins, by_road }
    }

    /// The piece of an edge, and whether it is driven against its drawing.
    pub(super) fn piece(&self, edge: u32) -> (&Piece, bool) {
        let entry = self.edges[edge as usize];
        (&self.pieces[entry as usize >> 1], entry & 1 == 1)
    }

    /// The junction where an edge ends.
    pub(super) fn head(&self, edge: u32) -> u32 {
        let (piece, against) = self.piece(edge);
        end_of(piece, against)
    }

    /// The junction where it begins.
    pub(super) fn tail(&self, edge: u32) -> u32 {
        let (piece, against) = self.piece(edge);
        end_of(piece, !against)
    }

    /// How many junctions there are.
    pub(super) fn junction_count(&self) -> u32 {
        self.outs.starts.len() as u32 - 1
    }

    /// The edges of a road.
    pub(super) fn edges_of(&self, road: u32) -> &[u32] {
        self.by_road.get(road)
    }

    /// Edges that begin at a junction.
    pub(super) fn outs(&self, junction: u32) -> &[u32] {
        self.outs.get(junction)
    }

    /// Edges that end at a junction.
    pub(super) fn ins(&self, junction: u32) -> &[u32] {
        self.ins.get(junction)
    }

    /// The same piece in the other direction.
    pub(super) fn opposite(&self, edge: u32) -> Option<u32> {
        let entry = self.edges[edge as usize];
        let first = self.first[entry as usize >> 1];
        [first, first + 1].into_iter().find(|e| self.edges.get(*e as usize) == Some(&(entry ^ 1)))
    }

    /// Where an edge leads at its beginning.
    pub(super) fn leaves_deg(&self, edge: u32) -> f32 {
        let (piece, against) = self.piece(edge);
        if against { (piece.bearings[1] + 180.0) % 360.0 } else { piece.bearings[0] }
    }

    /// Where it leads at its end.
    pub(super) fn arrives_deg(&self, edge: u32) -> f32 {
        let (piece, against) = self.piece(edge);
        if against { (piece.bearings[0] + 180.0) % 360.0 } else { piece.bearings[1] }
    }

    /// The angle of a turn, -180..180: to the right above zero.
    pub(super) fn angle_deg(&self, from: u32, to: u32) -> f32 {
        let turn = (self.leaves_deg(to) - self.arrives_deg(from)).rem_euclid(360.0);
        if turn > 180.0 { turn - 360.0 } else { turn }
    }

    /// The profile of an edge's road.
    pub(super) fn profile(&self, edge: u32) -> &crate::roads::profile::Profile {
        &self.roads.list[self.piece(edge).0.road as usize].profile
    }

    /// Its class.
    pub(super) fn class(&self, edge: u32) -> Class {
        self.profile(edge).class
    }

    /// May a vehicle (by its place) drive it?
    pub(super) fn is_open(&self, edge: u32, vehicle: usize) -> bool {
        self.profile(edge).kmh[vehicle][usize::from(self.piece(edge).1)] > 0.0
    }

    /// Milliseconds without traffic; `u32::MAX` where the vehicle may not go.
    pub(super) fn time_ms(&self, edge: u32, vehicle: usize) -> u32 {
        let (piece, against) = self.piece(edge);
        let kmh = self.profile(edge).kmh[vehicle][usize::from(against)];
        if kmh <= 0.0 {
            return u32::MAX;
        }
        let driving = f64::from(piece.length_mm) * 3.6 / f64::from(kmh);
        (driving.round() as u32).saturating_add(piece.wait_ms[usize::from(against)]).clamp(1, 100_000_000)
    }
}

/// Halfway between a piece's ends.
fn middle(piece: &Piece) -> (i32, i32) {
    let half = |a: i32, b: i32| ((i64::from(a) + i64::from(b)) / 2) as i32;
    (half(piece.at[0].0, piece.at[1].0), half(piece.at[0].1, piece.at[1].1))
}
