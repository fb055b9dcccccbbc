//! The trips of a run, and the roads under them.

use std::path::Path;

use campo_geo::eta::{Trip, Vehicle};
use campo_geo::map::{Manifest, MapError};
use campo_geo::osm::Extract;
use campo_geo::roads::{self, Roads};

use super::Args;
use super::read::{self, Read, Reading};
use crate::error::{Outcome, Trouble};
use crate::rng::Rng;

/// The published rule: both ends of a trip lie this near to a road, metres.
const NEAR_ROAD_M: f32 = 60.0;

/// What is learned from and judged by.
#[derive(Debug)]
pub struct Data {
    /// Clean trips to learn from, in order of time.
    pub train: Vec<Trip>,
    /// Clean trips to be judged by, in order of time.
    pub test: Vec<Trip>,
    /// What happened to the rest, in words.
    pub notes: Vec<String>,
}

impl Data {
    /// Reads and cleans; splits by time where there are no test files.
    pub fn read(args: &Args, reading: Reading, roads: Option<&Roads>) -> Outcome<Self> {
        let mut notes = Vec::new();
        let mut clean = |files: &[std::path::PathBuf], what: &str| -> Outcome<Vec<Trip>> {
            let mut trips = Vec::new();
            for file in files {
                let found = read::read(file, reading).map_err(Trouble::new)?;
                let kept = cleaned(&found.trips, roads);
                notes.push(format!(
                    "{what}: {} of {} trips of {} are clean{}",
                    kept.len(),
                    found.trips.len(),
                    file.display(),
                    if found.odd > 0 {
                        format!(" ({} rows were no trips)", found.odd)
                    } else {
                        String::new()
                    },
                ));
                trips.extend(kept);
            }
            trips.sort_by_key(|trip: &Trip| trip.started_at);
            Ok(trips)
        };
        let mut train = clean(&args.train, "train")?;
        let test = if let Some(folds) = args.folds {
            notes.push(format!("split at random in {folds} parts, each judged by what the others teach"));
            Vec::new()
        } else if args.test.is_empty() {
            if !(0.0..1.0).contains(&args.split_by_time) {
                return Err(Trouble::new("--split-by-time is a part of the trips: between 0 and 1"));
            }
            let cut = (train.len() as f64 * args.split_by_time).round() as usize;
            let later = train.split_off(cut.min(train.len()));
            notes.push(format!(
                "split by time: the earlier {} train, the later {} test",
                train.len(),
                later.len()
            ));
            later
        } else {
            clean(&args.test, "test")?
        };
        if test.is_empty() && (args.folds.is_none() || train.is_empty()) {
            return Err(Trouble::new(format!("no clean trip to be judged by: {}", notes.join("; "))));
        }
        Ok(Self { train, test, notes })
    }

    /// The splits of a run: this one, or so many parts of the trips at random, each one's turn to be the test.
    pub fn rounds(self, folds: Option<u32>, seed: u64) -> Vec<Self> {
        let Some(folds) = folds else { return vec![self] };
        let mut rng = Rng::new(seed);
        let parts: Vec<usize> = self.train.iter().map(|_| rng.below(folds as usize)).collect();
        let round = |fold: usize| {
            let of = |wanted: &dyn Fn(usize) -> bool| {
                let kept = self.train.iter().zip(&parts).filter(|(_, part)| wanted(**part));
                kept.map(|(trip, _)| trip.clone()).collect::<Vec<_>>()
            };
            Self { train: of(&|p| p != fold), test: of(&|p| p == fold), notes: self.notes.clone() }
        };
        (0..folds as usize).map(round).collect()
    }
}

fn cleaned(trips: &[Read], roads: Option<&Roads>) -> Vec<Trip> {
    let is_near = |trip: &Trip| {
        let near = |at| {
            roads.is_none_or(|r| {
                r.snap(at, None, Vehicle::Car).is_some_and(|a| a.first().distance_m <= NEAR_ROAD_M)
            })
        };
        near(trip.from) && near(trip.to)
    };
    trips.iter().filter(|read| read.is_clean() && is_near(&read.trip)).map(|read| read.trip.clone()).collect()
}

/// The roads of a map's folder, or made of an extract; `None` where neither is given.
pub fn roads(map: Option<&Path>, pbf: Option<&Path>) -> Outcome<Option<Roads>> {
    let told = |e: MapError| Trouble::new(e.to_string());
    if let Some(folder) = map {
        let manifest = Manifest::read(folder).map_err(told)?;
        let manifest = manifest.ok_or_else(|| Trouble::new(format!("{} has no map", folder.display())))?;
        return Roads::open(&folder.join(&manifest.roads_file)).map(Some).map_err(told);
    }
    let Some(pbf) = pbf else { return Ok(None) };
    let extract = Extract::read(pbf, &mut |_, _| {}).map_err(|e| Trouble::new(e.to_string()))?;
    let file = std::env::temp_dir().join(format!("campo-roads-{}.graph", uuid::Uuid::new_v4()));
    let built = roads::build(&extract, &file, &mut |_, _| {}).and_then(|_| Roads::open(&file));
    // The open file stays readable without its name.
    let _ = std::fs::remove_file(&file);
    built.map(Some).map_err(told)
}
