//! Turn restrictions: relations of `type=restriction` as rules over edges.
//!
//! Source: the OpenStreetMap wiki, Relation:restriction. `no_*` and `only_*`, by a node or by ways, `except`, and the forms for
//! one kind of vehicle (`restriction:motorcycle` ..) are read; `restriction:hgv` and conditional ones are not for us.

use rustc_hash::FxHashMap;

use super::marks::Marks;
use super::net::Net;
use crate::osm::{Extract, Kind, Relation, Tags};

/// Which vehicles, by their place.
pub(super) type Whom = [bool; 2];

/// A path that some may not drive (`no`) or must drive to its end once they are in its midst (`only`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sequence {
    /// At least three edges.
    pub edges: Vec<u32>,
    pub is_only: bool,
    pub whom: Whom,
}

/// All rules.
#[derive(Debug, Default)]
pub(super) struct Bans {
    /// Turns that are forbidden, by the edge before.
    pub no: FxHashMap<u32, Vec<(u32, Whom)>>,
    /// Turns that are prescribed, by the edge before.
    pub only: FxHashMap<u32, Vec<(u32, Whom)>>,
    /// Rules over more than two edges.
    pub sequences: Vec<Sequence>,
}

/// What a restriction says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Says {
    is_only: bool,
    way: Side,
    whom: Whom,
}

/// Where the turn leads, as far as the restriction's name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Straight,
    Back,
    Any,
}

impl Bans {
    pub(super) fn of(extract: &Extract, net: &Net<'_>, junctions: &Marks) -> Self {
        let mut bans = Self::default();
        for relation in extract.relations().filter(|r| r.tags.is("type", "restriction")) {
            for says in says(relation.tags).into_iter().flatten() {
                bans.read(net, junctions, &relation, says);
            }
        }
        bans
    }

    fn read(&mut self, net: &Net<'_>, junctions: &Marks, relation: &Relation<'_>, says: Says) {
        let (mut from, mut to, mut nodes, mut ways) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (kind, role) in relation.members() {
            let road = match kind {
                Kind::Way(place) => net.roads.find(place),
                _ => None,
            };
            match (role, kind, road) {
                ("from", _, Some(road)) => from.push(road),
                ("to", _, Some(road)) => to.push(road),
                ("via", Kind::Node(node), _) => nodes.extend(junctions.rank(node)),
                ("via", _, Some(road)) => ways.push(road),
                // A part of the path is missing: nobody knows what was meant.
                ("via", ..) => return,
                _ => {}
            }
        }
        for (from, to) in from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to))) {
            match (nodes.as_slice(), ways.as_slice()) {
                ([junction], []) => self.by_node(net, from, *junction, to, says),
                ([], [_, ..]) => self.by_ways(net, from, &ways, to, says),
                _ => {}
            }
        }
    }

    fn by_node(&mut self, net: &Net<'_>, from: u32, junction: u32, to: u32, says: Says) {
        let before = net.ins(junction).iter().filter(|e| net.piece(**e).0.road == from);
        let after = || net.outs(junction).iter().filter(|e| net.piece(**e).0.road == to);
        let mut turns: Vec<(u32, u32)> = before.flat_map(|a| after().map(move |b| (*a, *b))).collect();
        // Ways that go on beyond the junction leave several turns open: the name tells which is meant.
        if turns.len() > 1 {
            let meant = |(a, b): &(u32, u32)| says.way.is_like(net, *a, *b);
            if turns.iter().any(meant) {
                turns.retain(meant);
            }
        }
        for (before, after) in turns {
            let list = if says.is_only { &mut self.only } else { &mut self.no };
            list.entry(before).or_default().push((after, says.whom));
        }
    }

    fn by_ways(&mut self, net: &Net<'_>, from: u32, via: &[u32], to: u32, says: Says) {
        let Some(first) = via.first() else { return };
        // Every edge of the first way between that one can come to from `from`.
        for &begin in net.edges_of(*first) {
            let before = net.ins(net.tail(begin)).iter().filter(|e| net.piece(**e).0.road == from);
            for before in before {
                if net.opposite(*before) == Some(begin) {
                    continue;
                }
                if let Some(mut edges) = along(net, *before, begin, via, to) {
                    edges.shrink_to_fit();
                    let fresh = Sequence { edges, is_only: says.is_only, whom: says.whom };
                    if !self.sequences.contains(&fresh) {
                        self.sequences.push(fresh);
                    }
                }
            }
        }
    }
}

/// Pieces of one way between that are followed at most.
const MOST_PIECES: usize = 64;

/// The path `before`, then the ways between from `begin` on, then `to`; `None` where it cannot be driven.
fn along(net: &Net<'_>, before: u32, begin: u32, via: &[u32], to: u32) -> Option<Vec<u32>> {
    let mut path = vec![before, begin];
    let road_of = |edge: u32| net.piece(edge).0.road;
    let mut rest = via.iter().skip(1).copied().chain([to]).peekable();
    let mut own = *via.first()?;
    for _ in 0..MOST_PIECES {
        let last = *path.last()?;
        let goes_back = |e: &u32| net.opposite(last) == Some(*e);
        let outs = net.outs(net.head(last));
        let wanted = *rest.peek()?;
        // A U-turn over a median comes back on the same road, never on the same piece.
        if let Some(next) = outs.iter().find(|e| road_of(**e) == wanted && !goes_back(e)) {
            path.push(*next);
            rest.next();
            own = wanted;
            if rest.peek().is_none() {
                return Some(path);
            }
        } else {
            let next = outs.iter().find(|e| road_of(**e) == own && !goes_back(e) && !path.contains(e))?;
            path.push(*next);
        }
    }
    None
}

impl Side {
    fn is_like(self, net: &Net<'_>, before: u32, after: u32) -> bool {
        let angle = net.angle_deg(before, after);
        let is_back = net.opposite(before) == Some(after);
        match self {
            Side::Left => angle < -20.0 && !is_back,
            Side::Right => angle > 20.0 && !is_back,
            Side::Straight => angle.abs() < 60.0,
            Side::Back => is_back,
            Side::Any => !is_back,
        }
    }
}

/// What the tags say, at most once for each vehicle.
fn says(tags: Tags<'_>) -> [Option<Says>; 2] {
    let one = |own: &str, except: &[&str], place: usize| {
        let for_own = [own, "restriction:motor_vehicle", "restriction:vehicle"];
        let particular = for_own.into_iter().find_map(|key| tags.get(key));
        let is_excepted = tags
            .get("except")
            .is_some_and(|list| list.split([';', ',']).any(|whom| except.contains(&whom.trim())));
        let is_timed = ["day_on", "day_off", "hour_on", "hour_off"].iter().any(|key| tags.get(key).is_some());
        let general = tags.get("restriction").filter(|_| !is_excepted);
        let text = particular.or(general).filter(|_| !is_timed)?;
        let text = text.split(';').next()?.trim();
        let (is_only, rest) = match text.strip_prefix("only_") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("no_")?),
        };
        let way = match rest {
            "left_turn" => Side::Left,
            "right_turn" => Side::Right,
            "straight_on" => Side::Straight,
            "u_turn" => Side::Back,
            _ => Side::Any,
        };
        let mut whom = [false; 2];
        whom.get_mut(place).map(|w| *w = true)?;
        Some(Says { is_only, way, whom })
    };
    let car = one("restriction:motorcar", &["motorcar", "motor_vehicle", "vehicle"], 0);
    let motorbike = one("restriction:motorcycle", &["motorcycle", "motor_vehicle", "vehicle"], 1);
    match (car, motorbike) {
        (Some(a), Some(b)) if (a.is_only, a.way) == (b.is_only, b.way) => {
            [Some(Says { whom: [true; 2], ..a }), None]
        }
        both => both.into(),
    }
}
