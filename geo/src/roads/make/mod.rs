//! The build: from an extract to the file.
//!
//! Memory: arrays over roads, pieces and turns, and one bit a node of the extract; nothing is kept by node.

mod arcs;
mod bans;
mod hierarchy;
mod hilbert;
pub(super) mod marks;
mod net;
mod scc;
mod split;
mod turns;
mod ways;
mod write;
mod zones;

use std::path::Path;

use super::profile::nodes::Sights;
use crate::map::MapError;
use crate::osm::Extract;

/// Steps that `progress` hears of.
const STEPS: u64 = 6;

/// Writes the graph of `extract` to `path` and answers how many directed edges are in it. `progress` hears steps done and in all.
pub fn build(extract: &Extract, path: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<u64, MapError> {
    progress(0, STEPS);
    let sights = Sights::of(extract);
    let roads = ways::Roads::of(extract);
    progress(1, STEPS);
    let mut pieces = split::Pieces::of(extract, &roads, &sights);
    let nodes: Vec<u32> = pieces.junctions.places().collect();
    let net = net::Net::of(&roads, &mut pieces);
    let bans = bans::Bans::of(extract, &net, &pieces.junctions);
    progress(2, STEPS);
    let arcs = arcs::Maker { net: &net, bans: &bans, sights: &sights, nodes: &nodes }.arcs();
    drop(nodes);
    progress(3, STEPS);
    let large = [0, 1].map(|vehicle| scc::large(&arcs, vehicle));
    let kept = write::Kept::of(&arcs, net.edges.len(), large);
    let turns = write::turns(&net, arcs, &kept);
    progress(4, STEPS);
    let body = write::Body { net: &net, shapes: &pieces.shapes, kept: &kept, turns: &turns };
    let (mut writer, weights) = body.write(path)?;
    let edges = u64::from(body.edge_count());
    progress(5, STEPS);
    hierarchy::write(&mut writer, &turns, weights, path)?;
    writer.finish()?;
    progress(STEPS, STEPS);
    Ok(edges)
}
