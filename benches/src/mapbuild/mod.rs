//! Time and memory of a map's build, beside the raw floor (reading the extract alone) and, where it is there, beside OSRM.
//!
//! Each figure is of a process of its own, which says at its end how much memory it ever had (VmHWM).

pub mod country;
mod parts;
mod peer;

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use campo_geo::map::{self, Stage};
use campo_geo::osm::Extract;
use clap::{Args as ClapArgs, ValueEnum};

use crate::error::{Outcome, Trouble};
use crate::{proc, say};
use country::Country;

/// `campo-bench mapbuild`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// The extract; with --generate it is written first
    #[arg(long)]
    pub pbf: PathBuf,
    /// The map's folder
    #[arg(long)]
    pub out: PathBuf,
    /// Write an invented country of about so many nodes to --pbf (all Argentina: 39000000)
    #[arg(long)]
    pub generate: Option<u64>,
    /// More than this at any moment fails the run
    #[arg(long, default_value_t = 4096)]
    pub limit_mb: u64,
    /// Builds of the map; the best counts
    #[arg(long, default_value_t = 1)]
    pub rounds: u32,
    /// Folder of osrm-extract and osrm-contract, to build the same extract with
    #[arg(long)]
    pub osrm_bin: Option<PathBuf>,
    /// The profile for OSRM
    #[arg(long)]
    pub osrm_profile: Option<PathBuf>,
    /// For the processes that are measured
    #[arg(long, hide = true)]
    pub only: Option<Only>,
}

/// What a measured process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Only {
    /// Read the extract: the floor.
    Read,
    /// Build the whole map.
    Build,
    /// Read, and make the basemap alone.
    Tiles,
}

/// The command.
pub fn run(args: &Args) -> Outcome<bool> {
    if let Some(only) = args.only {
        return alone(args, only).map(|()| true);
    }
    if let Some(nodes) = args.generate {
        let begun = Instant::now();
        let file = BufWriter::with_capacity(1 << 20, File::create(&args.pbf)?);
        let made = Country::new(nodes).write(file)?;
        let megabytes = std::fs::metadata(&args.pbf)?.len() / 1_000_000;
        say!(
            "country  {} nodes, {} ways, {} relations, {megabytes} MB, written in {:.1} s",
            made.nodes,
            made.ways,
            made.relations,
            begun.elapsed().as_secs_f64()
        );
    }
    say!("machine  load average {:.1}", proc::load_average());
    let floor = measured(args, Only::Read)?;
    say!("floor    the extract alone: {:.2} s, {} MB at most", floor.seconds, floor.peak_mb);
    let tiles = measured(args, Only::Tiles)?;
    say!("tiles    extract and basemap: {:.2} s, {} MB at most", tiles.seconds, tiles.peak_mb);
    let mut best: Option<Figures> = None;
    for _ in 0..args.rounds.max(1) {
        let build = measured(args, Only::Build)?;
        say!("build    everything: {:.2} s, {} MB at most", build.seconds, build.peak_mb);
        if best.as_ref().is_none_or(|b| build.seconds < b.seconds) {
            best = Some(build);
        }
    }
    let Some(best) = best else { return Err(Trouble::new("no round was run")) };
    best.lines.iter().for_each(|line| say!("  {line}"));
    say!(
        "result   {:.2} s ({:.1} x the floor), {} MB ({:.1} x), limit {} MB",
        best.seconds,
        best.seconds / floor.seconds.max(1e-3),
        best.peak_mb,
        best.peak_mb as f64 / floor.peak_mb.max(1) as f64,
        args.limit_mb
    );
    if let Some(bin) = &args.osrm_bin {
        peer::run(bin, args.osrm_profile.as_deref(), &args.pbf, best.seconds)?;
    }
    Ok(best.peak_mb <= args.limit_mb)
}

/// What a process said of itself.
#[derive(Debug)]
struct Figures {
    seconds: f64,
    peak_mb: u64,
    lines: Vec<String>,
}

/// Runs a process of its own and reads its figures.
fn measured(args: &Args, only: Only) -> Outcome<Figures> {
    let what = only.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned());
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["mapbuild", "--only", &what, "--pbf"]).arg(&args.pbf).arg("--out").arg(&args.out);
    let output = command.stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        return Err(Trouble::new(format!("the build ended with {}: {}", output.status, text.trim())));
    }
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let last = lines.pop().unwrap_or_default();
    let (seconds, peak) = last.split_once(' ').ok_or_else(|| Trouble::new("the build said nothing"))?;
    let number =
        |text: &str| text.parse::<f64>().map_err(|_| Trouble::new(format!("the build said {last:?}")));
    Ok(Figures { seconds: number(seconds)?, peak_mb: number(peak)? as u64, lines })
}

/// The measured process: its last line is seconds and megabytes.
fn alone(args: &Args, only: Only) -> Outcome<()> {
    let begun = Instant::now();
    let trouble = |e: map::MapError| Trouble::new(e.to_string());
    match only {
        Only::Read => drop(read(&args.pbf)?),
        Only::Tiles => {
            std::fs::create_dir_all(&args.out)?;
            let (extract, path) = (read(&args.pbf)?, args.out.join("alone.pmtiles"));
            campo_geo::tiles::build(&extract, &path, &mut |_, _| {}).map_err(trouble)?;
            std::fs::remove_file(path)?;
        }
        Only::Build => {
            let mut told = Told::default();
            let made =
                map::build(&args.pbf, &args.out, &mut |stage, done, total| told.on(stage, done, total))
                    .map_err(trouble)?;
            told.lines.iter().for_each(|line| say!("{line}"));
            for (name, count) in [
                (&made.roads_file, made.road_edges),
                (&made.tiles_file, made.tiles),
                (&made.places_file, made.places),
            ] {
                let bytes = std::fs::metadata(args.out.join(name))?.len();
                say!("{name}: {count}, {:.1} MB", bytes as f64 / 1e6);
            }
        }
    }
    say!("{:.3} {}", begun.elapsed().as_secs_f64(), peak_mb("/proc/self/status"));
    Ok(())
}

fn read(path: &Path) -> Outcome<Extract> {
    Extract::read(path, &mut |_, _| {}).map_err(|e| Trouble::new(e.to_string()))
}

/// The most memory that a process ever had, megabytes.
fn peak_mb(status: &str) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or_default();
    let kilobytes = line.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    kilobytes.div_ceil(1024)
}

/// When stages began and ended. They run beside each other.
#[derive(Debug, Default)]
struct Told {
    begun: Vec<(Stage, Instant)>,
    lines: Vec<String>,
}

impl Told {
    fn on(&mut self, stage: Stage, done: u64, total: u64) {
        let at = match self.begun.iter().find(|(s, _)| *s == stage) {
            Some((_, at)) => *at,
            None => {
                self.begun.push((stage, Instant::now()));
                Instant::now()
            }
        };
        if done == total {
            self.lines.push(format!("{stage:?}: {:.2} s since its first word", at.elapsed().as_secs_f64()));
        }
    }
}
