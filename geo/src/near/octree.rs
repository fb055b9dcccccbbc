//! An octree of points on the unit sphere, in integers.

// Links, spots and slots are handed out and taken back in this file alone.
#![allow(clippy::indexing_slicing)]

use crate::coord::Coord;

/// Units of the unit sphere's radius. Differences of two coordinates still fit an `i32`.
pub(super) const RADIUS: f64 = ((1u32 << 30) - 1) as f64;
/// The root cube's side is 2 to this power.
const ROOT_BITS: u32 = 31;
/// Cubes of this level (8 units, 5 cm) are not split any more; what does not fit hangs in a chain.
const DEEPEST: u32 = 28;
/// Points in a leaf: two cache lines of each coordinate.
pub(super) const LEAF: usize = 32;
/// A cube with so few points becomes one leaf again: far fewer than a leaf holds, so that nothing flaps.
const FEW: u32 = 12;

/// A link to a leaf has this bit; without, it leads to a node.
pub(super) const IS_LEAF: u32 = 1 << 31;
/// Leads nowhere.
pub(super) const NONE: u32 = u32::MAX;

/// A place: three coordinates of 0..2^31.
pub(super) type Place = [i32; 3];

/// The unit vector of a point, in integers, moved so that none is negative. Off by at most half a unit per axis.
pub(super) fn place(at: Coord) -> Place {
    let (lat, lon) = (at.lat().to_radians(), at.lon().to_radians());
    let ((sin_lat, cos_lat), (sin_lon, cos_lon)) = (lat.sin_cos(), lon.sin_cos());
    [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat].map(|axis| ((axis + 1.0) * RADIUS).round() as i32)
}

/// A cube in eight.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) child: [u32; 8],
    /// Points below.
    count: u32,
    pub(super) low: Place,
    pub(super) level: u32,
}

/// Points of one cube, coordinate by coordinate.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    pub(super) axes: [[i32; LEAF]; 3],
    pub(super) who: [u32; LEAF],
    pub(super) len: u32,
    level: u32,
    /// The next leaf of the chain at the deepest level; all but the first are full.
    pub(super) next: u32,
}

/// Nodes and leaves by number, and where each point stands.
#[derive(Debug, Clone)]
pub(super) struct Octree {
    pub(super) root: u32,
    nodes: Vec<Node>,
    leaves: Vec<Leaf>,
    unused_nodes: Vec<u32>,
    unused_leaves: Vec<u32>,
    /// Leaf and slot of each point.
    spots: Vec<(u32, u32)>,
}

impl Default for Octree {
    fn default() -> Self {
        Self {
            root: NONE,
            nodes: Vec::new(),
            leaves: Vec::new(),
            unused_nodes: Vec::new(),
            unused_leaves: Vec::new(),
            spots: Vec::new(),
        }
    }
}

/// Where a link stands: in a node's octant, or at the root.
#[derive(Debug, Clone, Copy)]
enum Holder {
    Root,
    Child(u32, usize),
}

/// The side of a cube of this level, as a power of two.
pub(super) fn side_bits(level: u32) -> u32 {
    ROOT_BITS - level
}

/// Which eighth of a cube of this level holds a place.
fn octant(place: Place, level: u32) -> usize {
    let bit = side_bits(level) - 1;
    place.iter().enumerate().map(|(axis, at)| ((*at as usize >> bit) & 1) << axis).sum()
}

impl Octree {
    /// Is every node and every leaf ready to be used again?
    #[cfg(test)]
    pub(super) fn is_bare(&self) -> bool {
        self.root == NONE
            && self.unused_nodes.len() == self.nodes.len()
            && self.unused_leaves.len() == self.leaves.len()
    }

    pub(super) fn node(&self, link: u32) -> &Node {
        &self.nodes[link as usize]
    }

    pub(super) fn leaf(&self, link: u32) -> &Leaf {
        &self.leaves[(link & !IS_LEAF) as usize]
    }

    /// Adds a point that is not in the tree.
    pub(super) fn insert(&mut self, who: u32, place: Place) {
        if self.spots.len() <= who as usize {
            self.spots.resize(who as usize + 1, (NONE, 0));
        }
        let (mut holder, mut level) = (Holder::Root, 0);
        loop {
            let link = self.link(holder);
            if link == NONE {
                let leaf = self.new_leaf(level, NONE);
                self.set(holder, leaf | IS_LEAF);
                return self.put(leaf, who, place);
            }
            if link & IS_LEAF == 0 {
                let node = &mut self.nodes[link as usize];
                node.count += 1;
                holder = Holder::Child(link, octant(place, level));
                level += 1;
                continue;
            }
            let leaf = link & !IS_LEAF;
            if (self.leaves[leaf as usize].len as usize) < LEAF {
                return self.put(leaf, who, place);
            }
            if level == DEEPEST {
                let first = self.new_leaf(level, leaf);
                self.set(holder, first | IS_LEAF);
                return self.put(first, who, place);
            }
            let node = self.split(leaf, level, place);
            self.set(holder, node);
        }
    }

    /// Reads what [`Octree::shift`] will read; the result means nothing.
    pub(super) fn warm(&self, who: u32) -> u64 {
        let Some((leaf, slot)) = self.spots.get(who as usize) else { return 0 };
        let Some(leaf) = self.leaves.get(*leaf as usize) else { return 0 };
        let at = leaf.axes.iter().fold(leaf.level, |read, axis| read ^ axis[*slot as usize] as u32);
        u64::from(at)
    }

    /// Moves a point that is in the tree; mostly it stays in its cube.
    pub(super) fn shift(&mut self, who: u32, place: Place) {
        let (leaf, slot) = self.spots[who as usize];
        let leaf = &mut self.leaves[leaf as usize];
        let side = side_bits(leaf.level);
        let stays = (0..3).all(|axis| (leaf.axes[axis][slot as usize] ^ place[axis]) as u32 >> side == 0);
        if stays {
            (0..3).for_each(|axis| leaf.axes[axis][slot as usize] = place[axis]);
        } else {
            self.remove(who);
            self.insert(who, place);
        }
    }

    /// Takes a point out that is in the tree.
    pub(super) fn remove(&mut self, who: u32) {
        let (leaf, slot) = self.spots[who as usize];
        let axes = &self.leaves[leaf as usize].axes;
        let place = [axes[0][slot as usize], axes[1][slot as usize], axes[2][slot as usize]];
        let (mut holder, mut level, mut few) = (Holder::Root, 0, None);
        while let link = self.link(holder)
            && link & IS_LEAF == 0
        {
            let node = &mut self.nodes[link as usize];
            node.count -= 1;
            if node.count <= FEW && few.is_none() {
                few = Some(holder);
            }
            holder = Holder::Child(link, octant(place, level));
            level += 1;
        }
        self.fill_hole(holder, leaf, slot);
        if let Some(holder) = few {
            self.merge(holder);
        }
    }

    /// The last point of the chain's first leaf takes the free slot.
    fn fill_hole(&mut self, holder: Holder, leaf: u32, slot: u32) {
        let first = self.link(holder) & !IS_LEAF;
        let last = self.leaves[first as usize].len as usize - 1;
        self.leaves[first as usize].len = last as u32;
        if (first, last) != (leaf, slot as usize) {
            let (who, place) = self.leaves[first as usize].point(last);
            self.write(leaf, slot, who, place);
        }
        if last == 0 {
            let next = self.leaves[first as usize].next;
            self.set(holder, if next == NONE { NONE } else { next | IS_LEAF });
            self.unused_leaves.push(first);
        }
    }

    /// Turns a cube with few points into one leaf.
    fn merge(&mut self, holder: Holder) {
        let link = self.link(holder);
        let level = self.nodes[link as usize].level;
        let (mut links, mut points) = (vec![link], Vec::with_capacity(FEW as usize));
        while let Some(link) = links.pop() {
            if link == NONE {
                continue;
            }
            if link & IS_LEAF != 0 {
                let leaf = self.leaf(link);
                points.extend((0..leaf.len as usize).map(|slot| leaf.point(slot)));
                self.unused_leaves.push(link & !IS_LEAF);
            } else {
                links.extend(self.nodes[link as usize].child);
                self.unused_nodes.push(link);
            }
        }
        if points.is_empty() {
            return self.set(holder, NONE);
        }
        let leaf = self.new_leaf(level, NONE);
        self.set(holder, leaf | IS_LEAF);
        points.into_iter().for_each(|(who, place)| self.put(leaf, who, place));
    }

    /// Replaces a full leaf by a node with a leaf for each eighth that has points. `place` is within its cube.
    fn split(&mut self, leaf: u32, level: u32, place: Place) -> u32 {
        let mask = (!0u32 << side_bits(level)) as i32;
        let count = self.leaves[leaf as usize].len;
        let mut child = [NONE; 8];
        for slot in 0..count as usize {
            let (who, place) = self.leaves[leaf as usize].point(slot);
            let link = &mut child[octant(place, level)];
            if *link == NONE {
                *link = self.new_leaf(level + 1, NONE) | IS_LEAF;
            }
            let to = *link & !IS_LEAF;
            self.put(to, who, place);
        }
        self.unused_leaves.push(leaf);
        // The root's side is the whole range: nothing is left of its corner but zeros.
        let low = place.map(|at| at & mask);
        let node = Node { child, count, low, level };
        match self.unused_nodes.pop() {
            Some(number) => {
                self.nodes[number as usize] = node;
                number
            }
            None => {
                self.nodes.push(node);
                self.nodes.len() as u32 - 1
            }
        }
    }

    fn new_leaf(&mut self, level: u32, next: u32) -> u32 {
        if let Some(number) = self.unused_leaves.pop() {
            let leaf = &mut self.leaves[number as usize];
            (leaf.len, leaf.level, leaf.next) = (0, level, next);
            return number;
        }
        self.leaves.push(Leaf { axes: [[0; LEAF]; 3], who: [0; LEAF], len: 0, level, next });
        self.leaves.len() as u32 - 1
    }

    /// Appends a point to a leaf that has room.
    fn put(&mut self, leaf: u32, who: u32, place: Place) {
        let slot = self.leaves[leaf as usize].len;
        self.leaves[leaf as usize].len += 1;
        self.write(leaf, slot, who, place);
    }

    fn write(&mut self, leaf: u32, slot: u32, who: u32, place: Place) {
        let to = &mut self.leaves[leaf as usize];
        (0..3).for_each(|axis| to.axes[axis][slot as usize] = place[axis]);
        to.who[slot as usize] = who;
        self.spots[who as usize] = (leaf, slot);
    }

    fn link(&self, holder: Holder) -> u32 {
        match holder {
            Holder::Root => self.root,
            Holder::Child(node, octant) => self.nodes[node as usize].child[octant],
        }
    }

    fn set(&mut self, holder: Holder, link: u32) {
        match holder {
            Holder::Root => self.root = link,
            Holder::Child(node, octant) => self.nodes[node as usize].child[octant] = link,
        }
    }
}

impl Leaf {
    fn point(&self, slot: usize) -> (u32, Place) {
        (self.who[slot], [self.axes[0][slot], self.axes[1][slot], self.axes[2][slot]])
    }
}
