//! The contraction hierarchy of the turns, with the metrics of free flow.

use std::path::Path;

use super::write::Turns;
use crate::map::MapError;
use crate::roads::cch::{Damaged, Digraph, Layout, Metric, Topology};
use crate::roads::form::{Part, Writer};

/// Contracts, customizes by the `weights` of each vehicle, and writes the last parts of the file.
pub(super) fn write(
    writer: &mut Writer<'_>,
    turns: &Turns,
    weights: [Vec<u32>; 2],
    path: &Path,
) -> Result<(), MapError> {
    let broken = |e: Damaged| MapError::Broken { path: path.to_owned(), why: e.to_string() };
    let graph = Digraph { first_out: &turns.starts, head: &turns.heads };
    let layout = Layout::Pieces { ends: &turns.ends, at: &turns.junctions };
    let topology = Topology::build(graph, layout, 0).map_err(broken)?;
    writer.arrays(Part::Topology, Part::TopologyStarts, &topology.arrays())?;
    let parts =
        [(Part::CarMetric, Part::CarMetricStarts), (Part::MotorbikeMetric, Part::MotorbikeMetricStarts)];
    for ((part, starts), weights) in parts.into_iter().zip(weights) {
        let metric = Metric::customize(&topology, &weights, 0).map_err(broken)?;
        writer.arrays(part, starts, &metric.arrays())?;
    }
    Ok(())
}
