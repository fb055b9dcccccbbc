//! Roads drawn by hand and at random.

mod damage;
mod profile;
mod random;
mod restrictions;
mod snapping;

use super::*;
use crate::osm::sketch::Sketch;
use crate::osm::{Extract, Kind};

/// A folder of its own, removed afterwards.
pub(super) struct Folder(pub std::path::PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("campo-roads-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(super) fn built(extract: &Extract) -> Roads {
    let folder = Folder::new();
    let path = folder.0.join("roads.graph");
    let edges = build(extract, &path, &mut |_, _| {}).unwrap();
    // The mapped file stays readable after its name is gone.
    let roads = Roads::open(&path).unwrap();
    assert_eq!(edges, u64::from(roads.edge_count()));
    roads
}

/// A town on a grid of hundredths of a degree around a point, drawn by names of its corners.
#[derive(Default)]
pub(super) struct Town {
    sketch: Sketch,
    corners: Vec<((i32, i32), u32)>,
}

/// Metres between neighbouring points of the grid, north and south.
pub(super) const STEP: f64 = 0.001;

pub(super) fn spot(x: i32, y: i32) -> Coord {
    Coord::new(f64::from(y) * STEP, f64::from(x) * STEP).unwrap()
}

impl Town {
    pub(super) fn tagged(&mut self, x: i32, y: i32, tags: &[(&str, &str)]) -> u32 {
        assert!(!self.corners.iter().any(|(at, _)| *at == (x, y)), "the corner is there already");
        let node = self.sketch.node(f64::from(y) * STEP, f64::from(x) * STEP, tags);
        self.corners.push(((x, y), node));
        node
    }

    pub(super) fn corner(&mut self, x: i32, y: i32) -> u32 {
        match self.corners.iter().find(|(at, _)| *at == (x, y)) {
            Some((_, node)) => *node,
            None => self.tagged(x, y, &[]),
        }
    }

    /// A way over corners. All nodes must be drawn before the first way: see `corners`.
    pub(super) fn way(&mut self, corners: &[(i32, i32)], tags: &[(&str, &str)]) -> u32 {
        let nodes: Vec<u32> = corners.iter().map(|(x, y)| self.corner(*x, *y)).collect();
        self.sketch.way(&nodes, tags)
    }

    pub(super) fn street(&mut self, corners: &[(i32, i32)], more: &[(&str, &str)]) -> u32 {
        let mut tags = vec![("highway", "residential")];
        tags.extend(more);
        self.way(corners, &tags)
    }

    pub(super) fn restriction(&mut self, from: u32, via: &[Kind], to: u32, tags: &[(&str, &str)]) {
        let mut members = vec![(Kind::Way(from), "from"), (Kind::Way(to), "to")];
        members.extend(via.iter().map(|kind| (*kind, "via")));
        let mut all = vec![("type", "restriction")];
        all.extend(tags);
        self.sketch.relation(&members, &all);
    }

    pub(super) fn roads(self) -> Roads {
        built(&self.sketch.done())
    }
}

/// The corners that the best way passes, by the ends of its edges; `None` where there is none.
pub(super) fn drive(
    roads: &Roads,
    from: (f64, f64),
    to: (f64, f64),
    vehicle: Vehicle,
) -> Option<Vec<(i32, i32)>> {
    let at = |(x, y): (f64, f64)| Coord::new(y * STEP, x * STEP).unwrap();
    let from = roads.snap(at(from), None, vehicle)?;
    let to = roads.snap(at(to), None, vehicle)?;
    let route = roads.route(&from, &to, roads.free_flow(vehicle), true)?;
    let round = |c: &Coord| ((c.lon() / STEP).round() as i32, (c.lat() / STEP).round() as i32);
    let ends = route.edges.iter().take(route.edges.len() - 1);
    Some(ends.filter_map(|e| roads.edge_geometry(*e).last().map(round)).collect())
}
