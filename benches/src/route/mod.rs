//! `campo-bench route`: times, memory and ways, beside OSRM on the same extract and the same pairs, in one run.

mod differ;
mod ours;
mod pairs;
mod peer;
mod ways;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use campo_geo::eta::Vehicle;
use campo_geo::map::{Manifest, MapError};
use campo_geo::osm::Extract;
use campo_geo::roads::{self, Roads};
use campo_geo::{Bounds, Coord};
use clap::Args as ClapArgs;

use crate::error::{Outcome, Trouble};
use crate::osrm::Osrm;
use crate::{proc, say};

/// What to do.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// The extract: roads are made of it where no map is given, and OSRM's are
    #[arg(long)]
    pub pbf: Option<PathBuf>,
    /// A folder that `campo map build` made
    #[arg(long)]
    pub map: Option<PathBuf>,
    /// Pairs: a Porto taxi CSV (`POLYLINE`), or columns from_lat, from_lon, to_lat, to_lon; without it, places drawn by lot
    #[arg(long)]
    pub pairs: Option<PathBuf>,
    /// At most so many pairs
    #[arg(long, default_value_t = 1_600)]
    pub pairs_limit: usize,
    /// The folder of `osrm-extract`, `osrm-contract` and `osrm-routed`; without it there is no peer
    #[arg(long)]
    pub osrm_bin: Option<PathBuf>,
    /// Differences in length that are told one by one
    #[arg(long, default_value_t = 40)]
    pub differences: usize,
}

/// A question: from, to.
pub type Pair = (Coord, Coord);

/// The command.
pub async fn run(args: &Args) -> Outcome<bool> {
    let told = |e: MapError| Trouble::new(e.to_string());
    let extract = match &args.pbf {
        Some(pbf) => Some(read(pbf)?),
        None => None,
    };
    let (roads, bounds) = open(args, extract.as_ref()).map_err(told)??;
    let pairs = pairs::read(args.pairs.as_deref(), &roads, bounds, args.pairs_limit)?;
    if pairs.is_empty() {
        return Err(Trouble::new("no pair lies wholly inside of the map"));
    }
    say!("pairs    {} inside of the map; load average {:.1}", pairs.len(), proc::load_average());
    let ours = ours::measure(&roads, &pairs);
    let (Some(bin), Some(pbf)) = (&args.osrm_bin, &args.pbf) else {
        let missing = if args.osrm_bin.is_none() { "no --osrm-bin" } else { "OSRM needs --pbf" };
        say!("SKIPPED  the peer: {missing}");
        let routed = ours.iter().flatten().count();
        say!("routable ours {routed} of {} ({:.2} %)", pairs.len(), percent(routed, pairs.len()));
        return Ok(routed * 100 >= pairs.len() * 99);
    };
    let osrm = Osrm::start(bin, pbf)?;
    let theirs = peer::measure(&osrm, &pairs).await?;
    let both = ours.iter().zip(&theirs).filter(|(a, b)| a.is_some() && b.is_some()).count();
    say!(
        "routable ours {}, OSRM {}, both {both} of {} ({:.2} %)",
        ours.iter().flatten().count(),
        theirs.iter().flatten().count(),
        pairs.len(),
        percent(both, pairs.len())
    );
    differ::tell(
        &differ::Sides { roads: &roads, extract: extract.as_ref(), osrm: &osrm },
        &pairs,
        &ours,
        &theirs,
        args.differences,
    )
    .await?;
    Ok(both * 100 >= pairs.len() * 99)
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn read(pbf: &std::path::Path) -> Outcome<Extract> {
    let began = Instant::now();
    let extract = Extract::read(pbf, &mut |_, _| {}).map_err(|e| Trouble::new(e.to_string()))?;
    say!(
        "read     {:.0} ms: {} nodes, {} ways, {} relations",
        ms(began.elapsed()),
        extract.node_count(),
        extract.way_count(),
        extract.relation_count()
    );
    Ok(extract)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The roads, and the box that they were cut out of.
fn open(args: &Args, extract: Option<&Extract>) -> Result<Outcome<(Roads, Bounds)>, MapError> {
    if let Some(folder) = &args.map {
        let Some(manifest) = Manifest::read(folder)? else {
            return Ok(Err(Trouble::new(format!("{} has no map", folder.display()))));
        };
        return Ok(Ok((timed_open(&folder.join(&manifest.roads_file))?, manifest.bounds)));
    }
    let Some(extract) = extract else { return Ok(Err(Trouble::new("give --map DIR or --pbf FILE"))) };
    let Some(bounds) = extract.bounds() else { return Ok(Err(Trouble::new("an empty extract"))) };
    let file = std::env::temp_dir().join(format!("campo-roads-{}.graph", uuid::Uuid::new_v4()));
    let (began, mut steps, mut last) = (Instant::now(), Vec::new(), Duration::ZERO);
    let built = roads::build(extract, &file, &mut |done, _| {
        if done > 0 {
            steps.push(format!("{:.0}", ms(began.elapsed().saturating_sub(last))));
        }
        last = began.elapsed();
    });
    let whole = began.elapsed();
    let opened = built.and_then(|edges| {
        say!("build    {:.0} ms: {edges} edges; steps {} ms", ms(whole), steps.join(" + "));
        timed_open(&file)
    });
    // The open file stays readable without its name.
    let _ = std::fs::remove_file(&file);
    Ok(Ok((opened?, bounds)))
}

fn timed_open(path: &std::path::Path) -> Result<Roads, MapError> {
    let before = proc::resident_bytes(std::process::id() as i32);
    let began = Instant::now();
    let roads = Roads::open(path)?;
    let time = began.elapsed();
    let more = proc::resident_bytes(std::process::id() as i32).saturating_sub(before);
    let size = std::fs::metadata(path).map_or(0, |m| m.len());
    say!(
        "open     {:.1} ms: {} edges, file {:.1} MB, resident {:.1} MB more",
        ms(time),
        roads.edge_count(),
        size as f64 / 1e6,
        more as f64 / 1e6
    );
    let count =
        |vehicle| (0..roads.edge_count()).filter(|e| roads.edge_time_ms(*e, vehicle) != u32::MAX).count();
    say!("         {} for cars, {} for motorbikes", count(Vehicle::Car), count(Vehicle::Motorbike));
    Ok(roads)
}
