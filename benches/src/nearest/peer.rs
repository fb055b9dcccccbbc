//! The peer: an R*-tree that stands still.

use std::time::{Duration, Instant};

use campo_geo::Coord;
use rstar::RTree;
use rstar::primitives::GeomWithData;

use crate::error::Outcome;
use crate::say;

/// Longitudes are shrunk by the cosine of this latitude: the peer knows a plane only, so its answers are not exact.
const MIDDLE_LAT: f64 = -36.0;

/// The same points and questions put to `rstar`, in bulk and without moves.
pub(super) fn say_rtree(places: &[Coord], asked: &[Coord], n: usize, time: Duration) -> Outcome<()> {
    let shrink = MIDDLE_LAT.to_radians().cos();
    let flat = |at: &Coord| [at.lat(), at.lon() * shrink];
    let began = Instant::now();
    let points = places.iter().zip(0u32..).map(|(at, id)| GeomWithData::new(flat(at), id)).collect();
    let tree = RTree::bulk_load(points);
    let built = began.elapsed().as_secs_f64();
    let ask = |at: Coord| tree.nearest_neighbor_iter(&flat(&at)).take(n).map(|point| point.data).max();
    let times = super::time(asked, time, |at| usize::from(ask(at).is_some()))?;
    super::say_times("peer rstar, flat, bulk, no moves", &times);
    say!("         peer rstar: built in {built:.2} s");
    Ok(())
}
