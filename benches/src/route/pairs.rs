//! Pairs of places to ask for.

use std::path::Path;

use campo_geo::roads::Roads;
use campo_geo::{Bounds, Coord};
use serde::Deserialize;

use super::Pair;
use crate::error::{Outcome, Trouble};
use crate::rng::Rng;

/// A row of either form.
#[derive(Debug, Deserialize)]
struct Row {
    #[serde(rename = "POLYLINE")]
    polyline: Option<String>,
    from_lat: Option<f64>,
    from_lon: Option<f64>,
    to_lat: Option<f64>,
    to_lon: Option<f64>,
}

/// The first `most` pairs of a file with both ends inside of the map; drawn by lot where there is no file.
pub(super) fn read(path: Option<&Path>, roads: &Roads, bounds: Bounds, most: usize) -> Outcome<Vec<Pair>> {
    let Some(path) = path else { return Ok(drawn(roads, most)) };
    let mut reader = csv::Reader::from_path(path)
        .map_err(|e| Trouble::from(e).while_doing(&path.display().to_string()))?;
    let mut pairs = Vec::new();
    for row in reader.deserialize::<Row>() {
        let pair = pair(&row?)?.filter(|(a, b)| bounds.contains(*a) && bounds.contains(*b));
        pairs.extend(pair);
        if pairs.len() == most {
            break;
        }
    }
    Ok(pairs)
}

fn pair(row: &Row) -> Outcome<Option<Pair>> {
    if let Some(line) = &row.polyline {
        let line: Vec<[f64; 2]> = serde_json::from_str(line)?;
        let (Some([a, b]), Some([c, d])) = (line.first(), line.last()) else { return Ok(None) };
        // A trip of one fix went nowhere.
        return Ok(Coord::new(*b, *a).zip(Coord::new(*d, *c)).filter(|_| line.len() > 1));
    }
    let (Some(a), Some(b), Some(c), Some(d)) = (row.from_lat, row.from_lon, row.to_lat, row.to_lon) else {
        return Err(Trouble::new(
            "a file of pairs has the column POLYLINE, or from_lat, from_lon, to_lat and to_lon",
        ));
    };
    Ok(Coord::new(a, b).zip(Coord::new(c, d)))
}

/// Ends of edges, by lot from a fixed seed.
fn drawn(roads: &Roads, most: usize) -> Vec<Pair> {
    let mut rng = Rng::new(1);
    let mut place = || {
        let edge = rng.below(roads.edge_count().max(1) as usize) as u32;
        roads.edge_geometry(edge).first().copied()
    };
    (0..most).filter_map(|_| place().zip(place())).collect()
}
