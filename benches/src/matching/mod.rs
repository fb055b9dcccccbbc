//! `campo-bench match`: recorded trips laid onto roads from every second fix, against the whole trace, beside OSRM.

mod ours;
mod peer;
mod score;
mod speeds;

use std::path::PathBuf;

use campo_geo::map::Manifest;
use campo_geo::osm::Extract;
use campo_geo::roads::{self, Roads};
use campo_geo::{Bounds, Coord};
use clap::Args as ClapArgs;

use crate::error::{Outcome, Trouble};
use crate::osrm::Osrm;
use crate::replay::trips::{self, Trip};
use crate::{proc, say};
use score::Score;

/// What to do.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// A CSV of the Porto taxi set (`TIMESTAMP`, `MISSING_DATA`, `POLYLINE`: a fix every 15 s)
    #[arg(long)]
    pub trips: PathBuf,
    /// A folder that `campo map build` made
    #[arg(long)]
    pub map: Option<PathBuf>,
    /// The extract: roads are made of it where no map is given, and OSRM's are
    #[arg(long)]
    pub pbf: Option<PathBuf>,
    /// The folder of `osrm-extract`, `osrm-contract` and `osrm-routed`; without it there is no peer
    #[arg(long)]
    pub osrm_bin: Option<PathBuf>,
    /// At most so many trips
    #[arg(long, default_value_t = usize::MAX)]
    pub trips_limit: usize,
    /// Then learn speeds from three of four trips, and judge them by the fourth
    #[arg(long)]
    pub speeds: bool,
}

/// The command.
pub async fn run(args: &Args) -> Outcome<bool> {
    let (roads, bounds) = open(args)?;
    let all = trips::porto(&args.trips, usize::MAX)?;
    let read = all.len();
    let inside = all.into_iter().filter(|trip| fixes(trip).iter().all(|(_, at)| bounds.contains(*at)));
    let trips: Vec<Trip> = inside.take(args.trips_limit).collect();
    if trips.is_empty() {
        return Err(Trouble::new("no clean trip lies wholly inside of the map"));
    }
    say!(
        "match    {} of {read} clean trips lie inside of the map; load average {:.1}",
        trips.len(),
        proc::load_average()
    );
    let ours = ours::lay(&roads, &trips);
    Score::of(&trips, &ours.halves, &ours.wholes, ours.cpu_s).say("ours");
    let [p50, p99] = ours.online_us;
    say!(
        "         one fix after the other (online): p50 {p50:.0} us a ping, p99 {p99:.0}; most probable place within 30 m of \
         the whole trace's path {:.1} %",
        100.0 * ours.online_near
    );
    match (&args.osrm_bin, &args.pbf) {
        (Some(bin), Some(pbf)) => {
            let osrm = Osrm::start(bin, pbf)?;
            for radius_m in [None, Some(10.0)] {
                let name = radius_m.map_or("OSRM".to_owned(), |r| format!("OSRM radius {r:.0} m"));
                let theirs = peer::lay(&osrm, &trips, radius_m).await?;
                Score::of(&trips, &theirs.halves, &theirs.wholes, theirs.cpu_s).say(&name);
            }
        }
        (Some(_), None) => say!("SKIPPED  the peer: OSRM needs --pbf"),
        (None, _) => say!("SKIPPED  the peer: no --osrm-bin"),
    }
    if args.speeds {
        speeds::compare(&roads, &trips);
    }
    Ok(true)
}

/// The roads, and the box that they were cut out of.
fn open(args: &Args) -> Outcome<(Roads, Bounds)> {
    let told = |e: campo_geo::map::MapError| Trouble::new(e.to_string());
    if let Some(folder) = &args.map {
        let manifest = Manifest::read(folder).map_err(told)?;
        let manifest = manifest.ok_or_else(|| Trouble::new(format!("{} has no map", folder.display())))?;
        let roads = Roads::open(&folder.join(&manifest.roads_file)).map_err(told)?;
        return Ok((roads, manifest.bounds));
    }
    let pbf = args.pbf.as_ref().ok_or_else(|| Trouble::new("give --map DIR or --pbf FILE"))?;
    let extract = Extract::read(pbf, &mut |_, _| {}).map_err(|e| Trouble::new(e.to_string()))?;
    let bounds = extract.bounds().ok_or_else(|| Trouble::new("an empty extract"))?;
    let file = std::env::temp_dir().join(format!("campo-roads-{}.graph", uuid::Uuid::new_v4()));
    let built = roads::build(&extract, &file, &mut |_, _| {}).and_then(|_| Roads::open(&file));
    // The open file stays readable without its name.
    let _ = std::fs::remove_file(&file);
    Ok((built.map_err(told)?, bounds))
}

/// A trip's fixes: milliseconds since its start, and where.
fn fixes(trip: &Trip) -> Vec<(i64, Coord)> {
    let fix = |(s, at): &(f64, crate::town::Place)| Some(((s * 1e3) as i64, Coord::new(at.lat, at.lon)?));
    trip.fixes.iter().filter_map(fix).collect()
}

/// Every second fix, and the last.
fn half(fixes: &[(i64, Coord)]) -> Vec<(i64, Coord)> {
    let mut half: Vec<_> = fixes.iter().step_by(2).copied().collect();
    if fixes.len().is_multiple_of(2) {
        half.extend(fixes.last());
    }
    half
}
