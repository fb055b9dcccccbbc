//! The map that serves now: opened once, shared by everyone, replaced as a whole.
//!
//! A build ([`campo_geo::map`]) renames `map.json` last. [`Maps::refresh`] looks at it every few seconds: another
//! build is opened beside the old one and takes its place; one that cannot be opened is logged, and the old one
//! goes on. Whoever holds an [`OpenMap`] keeps it for as long as needed. No map is a state like any other.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

use campo_geo::Coord;
use campo_geo::eta::Vehicle;
use campo_geo::map::{Manifest, MapError};
use campo_geo::places::Places;
use campo_geo::roads::{Roads, Route};
use campo_geo::tiles::Tiles;
use metrics::gauge;
use tracing::{info, warn};

use crate::tracking::derive::HEADING_MPS;
use crate::tracking::sample::UNKNOWN_ACCURACY_M;
use crate::tracking::technician::Marker;

/// Who is farther than this (and the error of the fix) from every road is in a yard or a field, metres.
const OFF_ROAD_M: f32 = 40.0;

/// A map with its files open.
#[derive(Debug)]
pub struct OpenMap {
    /// What was built, when and of what.
    pub manifest: Manifest,
    /// The road graph; none where the extract has no roads.
    pub roads: Option<Roads>,
    /// The basemap.
    pub tiles: Option<Tiles>,
    /// Streets, addresses and places.
    pub places: Option<Places>,
}

impl OpenMap {
    /// Opens a folder of maps; `None` where no map was built yet.
    pub fn open(folder: &Path) -> Result<Option<Self>, MapError> {
        Manifest::read(folder)?.map(|manifest| Self::of(folder, manifest)).transpose()
    }

    /// Opens the files that a manifest names.
    fn of(folder: &Path, manifest: Manifest) -> Result<Self, MapError> {
        let roads = part(&folder.join(&manifest.roads_file), Roads::open)?;
        let tiles = part(&folder.join(&manifest.tiles_file), Tiles::open)?;
        let places = part(&folder.join(&manifest.places_file), Places::open)?;
        Ok(Self { manifest, roads, tiles, places })
    }
}

/// The way of somebody who drives, with its line; `None` off the roads and where no way leads.
pub fn way(map: &OpenMap, marker: &Marker, to: Coord) -> Option<Route> {
    let roads = map.roads.as_ref()?;
    let moves = marker.speed_mps.is_some_and(|speed| speed >= HEADING_MPS);
    let heading_deg = marker.heading_deg.filter(|_| moves).map(f64::from);
    let from = roads.snap(marker.coord, heading_deg, Vehicle::Car)?;
    if from.first().distance_m > OFF_ROAD_M + marker.accuracy_m.unwrap_or(UNKNOWN_ACCURACY_M) {
        return None;
    }
    let to = roads.snap(to, None, Vehicle::Car)?;
    roads.route(&from, &to, roads.free_flow(Vehicle::Car), true)
}

/// A file of the map; `None` where the build found nothing to put into it and left it empty.
fn part<T>(path: &Path, open: impl Fn(&Path) -> Result<T, MapError>) -> Result<Option<T>, MapError> {
    let bytes = std::fs::metadata(path).map_err(MapError::file(path))?.len();
    (bytes > 0).then(|| open(path)).transpose()
}

/// The map that serves now. Cheap to clone: all clones see the same.
#[derive(Debug, Clone, Default)]
pub struct Maps(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Where maps are looked for; nowhere in commands and tests that need none.
    folder: Option<PathBuf>,
    current: RwLock<Option<Arc<OpenMap>>>,
    /// What was last said to be wrong: once is enough.
    complained: Mutex<Option<String>>,
}

impl Maps {
    /// The maps of a folder, which need not exist. Look with [`Maps::refresh`].
    pub fn of(folder: PathBuf) -> Self {
        Self(Arc::new(Inner { folder: Some(folder), ..Inner::default() }))
    }

    /// The map that serves now, if there is one.
    pub fn current(&self) -> Option<Arc<OpenMap>> {
        self.0.current.read().ok()?.clone()
    }

    /// Takes another map over if there is one; answers whether the map changed. Blocks: it opens files.
    pub fn refresh(&self) -> bool {
        let Some(folder) = &self.0.folder else { return false };
        match self.look(folder) {
            Ok(None) => false,
            Ok(Some(fresh)) => {
                self.complain(None);
                self.replace(fresh)
            }
            Err(why) => {
                self.complain(Some(why.to_string()));
                false
            }
        }
    }

    /// The map on disk if it is another than the one that serves.
    fn look(&self, folder: &Path) -> Result<Option<OpenMap>, MapError> {
        let Some(manifest) = Manifest::read(folder)? else {
            // A folder that was emptied takes nothing away: the open files are still there.
            return Ok(None);
        };
        if self.current().is_some_and(|map| map.manifest == manifest) {
            return Ok(None);
        }
        OpenMap::of(folder, manifest).map(Some)
    }

    fn replace(&self, fresh: OpenMap) -> bool {
        let Ok(mut current) = self.0.current.write() else { return false };
        let Manifest { build, source, road_edges, tiles, places, .. } = &fresh.manifest;
        info!(%build, %source, road_edges, tiles, places, "a map is served");
        if let Some(old) = current.as_ref() {
            built(&old.manifest).set(0.0);
        }
        built(&fresh.manifest).set(1.0);
        gauge!("campo_map_road_edges").set(*road_edges as f64);
        *current = Some(Arc::new(fresh));
        true
    }

    /// Says once what is wrong with the map on disk.
    fn complain(&self, why: Option<String>) {
        let Ok(mut complained) = self.0.complained.lock() else { return };
        if *complained != why
            && let Some(why) = &why
        {
            warn!(why, "the map on disk cannot be used; what served before goes on");
        }
        *complained = why;
    }
}

/// One for the build that serves, zero for those before it.
fn built(manifest: &Manifest) -> metrics::Gauge {
    gauge!("campo_map_info", "build" => manifest.build.clone(), "source" => manifest.source.clone())
}

#[cfg(test)]
mod tests;
