//! `campo-bench eta`: error and coverage of every tier on any trips, beside OSRM and simple regressions.

mod columns;
mod data;
mod fits;
mod peers;
mod read;
mod report;
mod score;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use campo_geo::eta::{Estimator, TrainOptions, Trip, train};
use campo_geo::roads::Roads;
use clap::Args as ClapArgs;

use crate::error::{Outcome, Trouble};
use crate::osrm::Osrm;
use crate::{proc, say};
use data::Data;
use read::{Reading, Zone};
use report::Report;
use score::{Cost, Said};

/// What to do.
#[derive(Debug, Clone, ClapArgs)]
#[command(after_long_help = "\
FILES  CSV (comma, semicolon or tab) with a header. Columns are recognised by their names in any of the usual
spellings (snake_case, camelCase, written together):
  start      TIMESTAMP, pickup_datetime, tpep_pickup_datetime, start_time, started_at, startTime, datetime, inicio ..
             Unix seconds, milliseconds or microseconds, or ISO 8601 (2016-03-14 17:24:55, ..T..Z, +01:00), 03/14/2016 5:24 PM
  duration   trip_duration, duration, duration_s, duration_min, travel_time, trip_time, seconds, elapsed (seconds unless
             the name says min, ms or hours; H:MM:SS too), or an end time (dropoff_datetime, end_time, ended_at), or
             the points: one every --every-s seconds
  ends       pickup_latitude, pickup_longitude, dropoff_latitude, dropoff_longitude; start_lat, start_lon (lng, long),
             end_lat, ..; from_*, to_*; origin_*, destination_*; lat1, lon1, lat2, lon2; or one column a place
             (origin, destination) with POINT(lon lat), [lon, lat] or lat,lon
  points     POLYLINE, points, geometry, path: [[lon, lat], ..] (--lat-first turns it) or LINESTRING(lon lat, ..)
  missing    MISSING_DATA: rows that say True are left out
Clean trips count: 120 to 3,600 s, over 500 m in a straight line, no missing data, no gap between points over 700 m,
not faster than 160 km/h, and with a map both ends within 60 m of a road. Rows that are none are counted and named.

EXAMPLES
  campo-bench eta --train porto_train_1500.csv --test porto_year.csv --pbf porto.osm.pbf --osrm-bin /opt/osrm/bin
  campo-bench eta --train city.csv --split-by-time 0.77 --tz America/Mexico_City --json
  campo-bench eta --train city.csv --folds 5 --seed 3")]
pub struct Args {
    /// Trips to learn from
    #[arg(long, required = true, num_args = 1..)]
    pub train: Vec<PathBuf>,
    /// Trips to be judged by; without them the later part of the training trips
    #[arg(long, num_args = 1..)]
    pub test: Vec<PathBuf>,
    /// Without --test: this part of the trips, the earlier ones, is learned from
    #[arg(long, default_value_t = 0.77)]
    pub split_by_time: f64,
    /// Without --test: so many parts of the trips at random (by --seed), each judged by what the others teach, all together
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=50), conflicts_with = "test")]
    pub folds: Option<u32>,
    /// A folder that `campo map build` made
    #[arg(long)]
    pub map: Option<PathBuf>,
    /// An extract: roads are made of it where no map is given, and OSRM's are
    #[arg(long)]
    pub pbf: Option<PathBuf>,
    /// The folder of `osrm-extract`, `osrm-contract` and `osrm-routed`; without it OSRM is no peer
    #[arg(long)]
    pub osrm_bin: Option<PathBuf>,
    /// The city's clocks: hours from UTC (-3, +05:30) or a zone (Europe/Lisbon). Without it the file's own offsets, Lisbon for the Porto
    /// set, else UTC. Times without any zone are taken as local
    #[arg(long, allow_hyphen_values = true)]
    pub tz: Option<String>,
    /// Seconds between points where there is neither a duration nor an end
    #[arg(long, default_value_t = 15.0)]
    pub every_s: f64,
    /// Points say the latitude first
    #[arg(long)]
    pub lat_first: bool,
    /// Resamples of the paired bootstrap
    #[arg(long, default_value_t = 10_000)]
    pub resamples: usize,
    /// Seed of the model and of the bootstrap
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// One JSON document instead of words
    #[arg(long)]
    pub json: bool,
}

/// The command.
pub async fn run(args: &Args) -> Outcome<bool> {
    let zone = args.tz.as_deref().map(Zone::parse).transpose().map_err(Trouble::new)?;
    let reading = Reading { zone, every_s: args.every_s, lat_first: args.lat_first };
    let roads = data::roads(args.map.as_deref(), args.pbf.as_deref())?;
    let data = Data::read(args, reading, roads.as_ref())?;
    if !args.json {
        data.notes.iter().for_each(|note| say!("data     {note}"));
        say!("machine  load average {:.1}", proc::load_average());
    }
    let (osrm, skipped) = peers::osrm(args)?;
    let mut rounds = data.rounds(args.folds, args.seed).into_iter();
    let Some(mut all) = rounds.next() else { return Err(Trouble::new("no round to run")) };
    let mut round = Round::run(args, roads.as_ref(), osrm.as_ref(), &all).await?;
    for data in rounds {
        round.add(Round::run(args, roads.as_ref(), osrm.as_ref(), &data).await?);
        all.test.extend(data.test);
    }
    let report = Report::new(args, &all, &round, skipped);
    if args.json {
        say!("{}", serde_json::to_string_pretty(&report)?)
    } else {
        report.say()
    }
    Ok(true)
}

/// What was said of the test trips of one split, or of several one after the other.
#[derive(Debug)]
pub(crate) struct Round {
    tiers: Vec<Said>,
    peers: Vec<Said>,
    cost: Cost,
    train_s: f64,
    blob_bytes: usize,
}

impl Round {
    async fn run(args: &Args, roads: Option<&Roads>, osrm: Option<&Osrm>, data: &Data) -> Outcome<Self> {
        let began = Instant::now();
        let options = TrainOptions { seed: args.seed, ..TrainOptions::default() };
        let learned = train(&data.train, &options, &Estimator::new(roads.cloned(), None));
        let train_s = began.elapsed().as_secs_f64();
        let blob = learned.to_bytes().map_err(|e| Trouble::new(e.to_string()))?;
        let estimator = Estimator::new(roads.cloned(), Some(Arc::new(learned)));
        let mut tiers: Vec<Said> = Vec::new();
        for tier in 0..=3 {
            let answers = score::ask(&estimator, &data.test, tier);
            if answers.iter().any(|eta| eta.tier == tier) {
                tiers.push(Said::of_tier(tier, answers));
            }
        }
        let peers = peers::all(roads, osrm, data).await?;
        let cost = Cost::measure(&estimator, &data.test);
        Ok(Self { tiers, peers, cost, train_s, blob_bytes: blob.len() })
    }

    /// What another split's trips were told comes behind. Costs, sizes and factors in names stay the first one's.
    fn add(&mut self, next: Self) {
        // A tier that only some splits reach cannot be judged over all.
        self.tiers.truncate(next.tiers.len());
        let shared = self.tiers.len();
        let mine = self.tiers.iter_mut().chain(&mut self.peers);
        for (mine, theirs) in mine.zip(next.tiers.into_iter().take(shared).chain(next.peers)) {
            mine.seconds.extend(theirs.seconds);
            mine.windows.extend(theirs.windows);
        }
    }
}

/// True durations, seconds.
fn durations(trips: &[Trip]) -> Vec<f64> {
    trips.iter().map(|trip| trip.duration_s).collect()
}
