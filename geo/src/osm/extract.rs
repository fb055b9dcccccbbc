//! What the map's builders read: nodes, ways and relations of an extract, in memory.

use super::chain::{self, Chain, MISSING};
use super::tags::{Tags, Texts};
use crate::{Bounds, Coord};

/// An extract. Nodes are named by their place (0 .. [`Extract::node_count`]) in ascending order of id.
#[derive(Debug, Default)]
pub struct Extract {
    pub(super) texts: Texts,
    /// Ascending; emptied when reading is over.
    pub(super) ids: Vec<i64>,
    lat_e7: Vec<i32>,
    lon_e7: Vec<i32>,
    tagged: Vec<(u32, u32)>,
    ways: Vec<WayHead>,
    chains: Vec<u8>,
    pub(super) pairs: Vec<(u32, u32)>,
    relations: Vec<RelationHead>,
    members: Vec<Member>,
    bounds: Option<[i32; 4]>,
}

/// Where a way's parts begin; they end where the next way's begin.
#[derive(Debug, Clone, Copy)]
struct WayHead {
    id: i64,
    chain: u64,
    pairs: u32,
    pair_count: u16,
}

#[derive(Debug, Clone, Copy)]
struct RelationHead {
    id: i64,
    members: u32,
    pairs: u32,
    pair_count: u16,
}

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A node, by its place in the extract.
    Node(u32),
    /// A way, by its place among [`Extract::ways`].
    Way(u32),
    /// Something that the extract does not contain, or a relation.
    Absent,
}

/// A member of a relation.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// What it is.
    pub kind: Kind,
    role: u32,
}

/// A node with tags.
#[derive(Debug, Clone, Copy)]
pub struct TaggedNode<'a> {
    /// Its place.
    pub node: u32,
    /// Its tags.
    pub tags: Tags<'a>,
}

/// A way.
#[derive(Debug, Clone)]
pub struct Way<'a> {
    /// OpenStreetMap's id.
    pub id: i64,
    /// Its tags.
    pub tags: Tags<'a>,
    bytes: &'a [u8],
}

impl<'a> Way<'a> {
    /// Its nodes by place, in order; [`MISSING`] for those outside of the extract.
    pub fn nodes(&self) -> Chain<'a> {
        Chain::new(self.bytes)
    }

    /// Does it end where it begins?
    pub fn is_closed(&self) -> bool {
        let mut nodes = self.nodes();
        let first = nodes.next();
        first.is_some() && first != Some(MISSING) && nodes.last() == first
    }
}

/// A relation.
#[derive(Debug, Clone, Copy)]
pub struct Relation<'a> {
    /// OpenStreetMap's id.
    pub id: i64,
    /// Its tags.
    pub tags: Tags<'a>,
    extract: &'a Extract,
    members: &'a [Member],
}

impl<'a> Relation<'a> {
    /// Members with their roles, in order.
    pub fn members(&self) -> impl Iterator<Item = (Kind, &'a str)> + use<'a> {
        let texts = &self.extract.texts;
        self.members.iter().map(move |m| (m.kind, texts.text(m.role)))
    }
}

impl Extract {
    /// Nodes in all.
    pub fn node_count(&self) -> usize {
        self.lat_e7.len()
    }

    /// Ways in all.
    pub fn way_count(&self) -> usize {
        self.ways.len()
    }

    /// Relations in all.
    pub fn relation_count(&self) -> usize {
        self.relations.len()
    }

    /// Where a node is: latitude and longitude in ten-millionths of a degree.
    pub fn at_e7(&self, node: u32) -> Option<(i32, i32)> {
        Some((*self.lat_e7.get(node as usize)?, *self.lon_e7.get(node as usize)?))
    }

    /// Where a node is.
    pub fn at(&self, node: u32) -> Option<Coord> {
        let (lat, lon) = self.at_e7(node)?;
        Coord::from_e7(lat, lon)
    }

    /// The box around all nodes.
    pub fn bounds(&self) -> Option<Bounds> {
        let [west, south, east, north] = self.bounds?.map(|e7| f64::from(e7) / 1e7);
        Bounds::new([west, south, east, north])
    }

    /// Nodes with tags, in ascending order of place.
    pub fn tagged_nodes(&self) -> impl Iterator<Item = TaggedNode<'_>> {
        self.tagged.iter().enumerate().map(|(i, &(node, from))| {
            let to = self.tagged.get(i + 1).map_or(self.tagged_end(), |next| next.1);
            TaggedNode { node, tags: self.tags(from, to) }
        })
    }

    fn tagged_end(&self) -> u32 {
        let first_way = self.ways.first().map(|w| w.pairs);
        first_way.or(self.relations.first().map(|r| r.pairs)).unwrap_or(self.pairs.len() as u32)
    }

    fn tags(&self, from: u32, to: u32) -> Tags<'_> {
        Tags::new(&self.texts, self.pairs.get(from as usize..to as usize).unwrap_or(&[]))
    }

    /// A way by its place.
    pub fn way(&self, place: u32) -> Option<Way<'_>> {
        let head = self.ways.get(place as usize)?;
        let end = self.ways.get(place as usize + 1).map_or(self.chains.len(), |next| next.chain as usize);
        let bytes = self.chains.get(head.chain as usize..end)?;
        let tags = self.tags(head.pairs, head.pairs + u32::from(head.pair_count));
        Some(Way { id: head.id, tags, bytes })
    }

    /// All ways, in ascending order of id.
    pub fn ways(&self) -> impl Iterator<Item = Way<'_>> {
        (0..self.ways.len() as u32).filter_map(|place| self.way(place))
    }

    /// All relations that somebody reads (multipolygons, boundaries, turn restrictions, streets).
    pub fn relations(&self) -> impl Iterator<Item = Relation<'_>> {
        self.relations.iter().enumerate().map(|(i, head)| {
            let end = self.relations.get(i + 1).map_or(self.members.len(), |next| next.members as usize);
            let members = self.members.get(head.members as usize..end).unwrap_or(&[]);
            let tags = self.tags(head.pairs, head.pairs + u32::from(head.pair_count));
            Relation { id: head.id, tags, extract: self, members }
        })
    }

    /// The place of a node by its id, while the extract is being read.
    pub(super) fn place(&self, id: i64) -> Option<u32> {
        self.ids.binary_search(&id).ok().map(|place| place as u32)
    }

    /// The place of a way by its id.
    pub(super) fn way_place(&self, id: i64) -> Option<u32> {
        self.ways.binary_search_by_key(&id, |w| w.id).ok().map(|place| place as u32)
    }

    pub(super) fn last_id(&self) -> Option<i64> {
        self.ids.last().copied()
    }

    pub(super) fn last_way_id(&self) -> Option<i64> {
        self.ways.last().map(|w| w.id)
    }

    pub(super) fn push_node(&mut self, id: i64, lat_e7: i32, lon_e7: i32) {
        self.ids.push(id);
        self.lat_e7.push(lat_e7);
        self.lon_e7.push(lon_e7);
        let b = self.bounds.get_or_insert([lon_e7, lat_e7, lon_e7, lat_e7]);
        *b = [b[0].min(lon_e7), b[1].min(lat_e7), b[2].max(lon_e7), b[3].max(lat_e7)];
    }

    /// Notes the tags of the node that was pushed last.
    pub(super) fn tag_node<'a>(&mut self, tags: impl Iterator<Item = (&'a str, &'a str)>) {
        let from = self.pairs.len();
        self.texts.push(tags, &mut self.pairs);
        if self.pairs.len() > from {
            self.tagged.push((self.lat_e7.len() as u32 - 1, from as u32));
        }
    }

    pub(super) fn push_way<'a>(
        &mut self,
        id: i64,
        nodes: &[u32],
        tags: impl Iterator<Item = (&'a str, &'a str)>,
    ) {
        let (pairs, chain) = (self.pairs.len() as u32, self.chains.len() as u64);
        self.texts.push(tags, &mut self.pairs);
        chain::write(nodes, &mut self.chains);
        let pair_count = (self.pairs.len() as u32 - pairs) as u16;
        self.ways.push(WayHead { id, chain, pairs, pair_count });
    }

    pub(super) fn push_relation<'a>(
        &mut self,
        id: i64,
        members: impl Iterator<Item = (Kind, &'a str)>,
        tags: impl Iterator<Item = (&'a str, &'a str)>,
    ) {
        let (pairs, from) = (self.pairs.len() as u32, self.members.len() as u32);
        self.texts.push(tags, &mut self.pairs);
        for (kind, role) in members {
            let role = self.texts.number(role);
            self.members.push(Member { kind, role });
        }
        let pair_count = (self.pairs.len() as u32 - pairs) as u16;
        self.relations.push(RelationHead { id, members: from, pairs, pair_count });
    }

    /// Reading is over.
    pub(super) fn settle(&mut self) {
        self.ids = Vec::new();
        self.texts.settle();
        self.chains.shrink_to_fit();
        self.pairs.shrink_to_fit();
    }
}
