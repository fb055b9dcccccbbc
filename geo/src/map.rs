//! A map on disk: made from one extract, replaced as a whole.
//!
//! A folder holds `map.json` and the files that it names. A build writes new files beside the old ones and
//! renames `map.json` last: whoever opens the folder sees the old map or the new one, and a build that broke
//! leaves the old one serving. Files that no `map.json` names are removed by the next build.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use serde::{Deserialize, Serialize};

use crate::osm::{Extract, ReadError};
use crate::{Bounds, places, roads, tiles};

/// The form of the folder that this program writes and reads.
pub const FORM: u32 = 1;
const MANIFEST: &str = "map.json";

/// What a folder of maps holds: the content of `map.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORM`] at the time of the build.
    pub form: u32,
    /// Names this build: 16 hexadecimal digits of the extract's content and the program's version.
    pub build: String,
    /// The extract's file name, without its folder.
    pub source: String,
    /// The box around all nodes: west, south, east, north.
    pub bounds: Bounds,
    /// Directed pieces of road.
    pub road_edges: u64,
    /// Vector tiles.
    pub tiles: u64,
    /// Streets, addresses and places that can be searched.
    pub places: u64,
    /// The road graph's file in this folder.
    pub roads_file: String,
    /// The basemap's file (PMTiles).
    pub tiles_file: String,
    /// The index of streets and places.
    pub places_file: String,
}

impl Manifest {
    /// What a folder holds; `None` where no map was built yet.
    pub fn read(folder: &Path) -> Result<Option<Self>, MapError> {
        let path = folder.join(MANIFEST);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(MapError::File { path, why }),
        };
        let manifest: Self = serde_json::from_str(&text)
            .map_err(|e| MapError::Broken { path: path.clone(), why: e.to_string() })?;
        if manifest.form != FORM {
            let why = format!("form {} instead of {FORM}: build it again", manifest.form);
            return Err(MapError::Broken { path, why });
        }
        Ok(Some(manifest))
    }
}

/// Why a map could not be built or opened. Displayed in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// The extract.
    #[error(transparent)]
    Extract(#[from] ReadError),
    /// A file or folder of the map.
    #[error("cannot write or read {path}: {why}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
    /// A file of the map has another form.
    #[error("{path} cannot be used: {why}", path = path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Another build is at work on the folder.
    #[error("another build is writing to {folder}", folder = folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
}

impl MapError {
    /// For `map_err` on file operations.
    pub fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |why| Self::File { path, why }
    }
}

/// What a build is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading the extract; bytes.
    Read,
    /// Making the road graph.
    Roads,
    /// Making the basemap.
    Tiles,
    /// Making the index of streets and places.
    Places,
}

/// Hears how far a build is: the stage, how much is done, how much there is (in the stage's own unit).
///
/// Stages may run beside each other. All is done exactly once for each stage, when it is over.
pub type Progress<'a> = dyn FnMut(Stage, u64, u64) + 'a;

/// Builds the map of an extract into `folder` (made when absent).
///
/// Memory: see [`crate::osm`] and the three builders; all Argentina stays under 4 GB.
pub fn build(pbf: &Path, folder: &Path, progress: &mut Progress<'_>) -> Result<Manifest, MapError> {
    fs::create_dir_all(folder).map_err(MapError::file(folder))?;
    let _alone = Alone::take(folder)?;
    sweep(folder)?;
    let build = fingerprint(pbf)?;
    let extract = Extract::read(pbf, &mut unfinished(Stage::Read, progress))?;
    progress(Stage::Read, 1, 1);
    let named = |kind: &str, ending: &str| format!("{kind}-{build}.{ending}");
    let files = Files {
        roads: named("roads", "graph"),
        tiles: named("basemap", "pmtiles"),
        places: named("places", "idx"),
    };
    let made = make(&extract, folder, &files, progress)?;
    let source = pbf.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let bounds = extract.bounds().ok_or_else(|| ReadError::Empty { path: source.clone() })?;
    let manifest = Manifest {
        form: FORM,
        source,
        bounds,
        road_edges: made.road_edges,
        tiles: made.tiles,
        places: made.places,
        roads_file: files.roads,
        tiles_file: files.tiles,
        places_file: files.places,
        build,
    };
    publish(folder, &manifest)?;
    sweep(folder)?;
    Ok(manifest)
}

/// The names of a map's files.
struct Files {
    roads: String,
    tiles: String,
    places: String,
}

/// How much is in them.
struct Made {
    road_edges: u64,
    tiles: u64,
    places: u64,
}

/// Never says that a stage is over: only its end does.
fn unfinished(stage: Stage, progress: &mut Progress<'_>) -> impl FnMut(u64, u64) {
    move |done, total| progress(stage, done.min(total.saturating_sub(1)), total)
}

/// A larger extract's builders run one after the other: the roads of a country alone take most of the 4 GB, for a moment.
const LARGE: usize = 8_000_000;

/// Runs the three builders: the basemap on one thread, roads and then places on another; of a large extract all on one.
fn make(
    extract: &Extract,
    folder: &Path,
    files: &Files,
    progress: &mut Progress<'_>,
) -> Result<Made, MapError> {
    let fresh = |name: &str| folder.join(format!("{name}{UNFINISHED}"));
    let (tell, told) = mpsc::channel();
    let run = |stage: Stage, name: &str, builder: Builder, tell: mpsc::Sender<(Stage, u64, u64)>| {
        // Who listens is gone only when the build is over.
        let mut say = |stage, done, total| _ = tell.send((stage, done, total));
        let built = builder(extract, &fresh(name), &mut unfinished(stage, &mut say))?;
        say(stage, 1, 1);
        Ok::<u64, MapError>(built)
    };
    thread::scope(|scope| {
        let run = &run;
        let basemap = move |tell| run(Stage::Tiles, &files.tiles, tiles::build, tell);
        let also = (extract.node_count() <= LARGE).then(|| tell.clone());
        let beside = also.map(|also| scope.spawn(move || basemap(also)));
        let is_alone = beside.is_none();
        let rest = scope.spawn(move || {
            let road_edges = run(Stage::Roads, &files.roads, roads::build, tell.clone())?;
            let places = run(Stage::Places, &files.places, places::build, tell.clone())?;
            let tiles = if is_alone { Some(basemap(tell)?) } else { None };
            Ok((road_edges, places, tiles))
        });
        for (stage, done, total) in told {
            progress(stage, done, total);
        }
        let (road_edges, places, tiles) = rest.join().unwrap_or_else(|_| Err(broke(&fresh(&files.roads))))?;
        let tiles = match beside {
            Some(beside) => beside.join().unwrap_or_else(|_| Err(broke(&fresh(&files.tiles))))?,
            None => tiles.unwrap_or(0),
        };
        Ok(Made { road_edges, tiles, places })
    })
}

/// One of the three builders.
type Builder = fn(&Extract, &Path, &mut dyn FnMut(u64, u64)) -> Result<u64, MapError>;

/// A builder panicked: a fault of ours, said instead of spread.
fn broke(path: &Path) -> MapError {
    MapError::Broken { path: path.to_owned(), why: "its builder broke; the old map stays".to_owned() }
}

/// The ending of files that a build has not finished.
const UNFINISHED: &str = ".unfinished";

/// Puts the finished files in their places and names them, `map.json` last.
fn publish(folder: &Path, manifest: &Manifest) -> Result<(), MapError> {
    for name in [&manifest.roads_file, &manifest.tiles_file, &manifest.places_file] {
        let (from, to) = (folder.join(format!("{name}{UNFINISHED}")), folder.join(name));
        fs::File::open(&from).and_then(|f| f.sync_all()).map_err(MapError::file(&from))?;
        fs::rename(&from, &to).map_err(MapError::file(&to))?;
    }
    let (path, fresh) = (folder.join(MANIFEST), folder.join(format!("{MANIFEST}{UNFINISHED}")));
    let text = serde_json::to_string_pretty(manifest)
        .map_err(|e| MapError::Broken { path: path.clone(), why: e.to_string() })?;
    let mut file = fs::File::create(&fresh).map_err(MapError::file(&fresh))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(MapError::file(&fresh))?;
    fs::rename(&fresh, &path).map_err(MapError::file(&path))?;
    // The rename itself must be on the disk before the old files go.
    fs::File::open(folder).and_then(|f| f.sync_all()).map_err(MapError::file(folder))
}

/// Removes what `map.json` does not name: leftovers of a build that broke, files of the map before.
fn sweep(folder: &Path) -> Result<(), MapError> {
    // A map that cannot be read is not touched: an older program may still serve it.
    let Ok(manifest) = Manifest::read(folder) else { return Ok(()) };
    let kept = manifest.map(|m| [m.roads_file, m.tiles_file, m.places_file]);
    for entry in fs::read_dir(folder).map_err(MapError::file(folder))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_ours = ["roads-", "basemap-", "places-"].iter().any(|start| name.starts_with(start));
        let is_kept = kept.as_ref().is_some_and(|kept| kept.contains(&name));
        if (is_ours && !is_kept) || name.ends_with(UNFINISHED) {
            fs::remove_file(entry.path()).map_err(MapError::file(&entry.path()))?;
        }
    }
    Ok(())
}

/// 16 hexadecimal digits of an extract's bytes and this program's version.
fn fingerprint(pbf: &Path) -> Result<String, MapError> {
    use std::hash::Hasher;
    use std::io::Read;
    let name = || pbf.display().to_string();
    let mut file = fs::File::open(pbf).map_err(|why| ReadError::File { path: name(), why })?;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(concat!(env!("CARGO_PKG_VERSION"), " form 1").as_bytes());
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).map_err(|why| ReadError::File { path: name(), why })?;
        let Some(part) = buffer.get(..read).filter(|p| !p.is_empty()) else { break };
        hasher.write(part);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// One build a folder: holds a lock that ends with the process.
struct Alone {
    _file: fs::File,
}

impl Alone {
    fn take(folder: &Path) -> Result<Self, MapError> {
        let path = folder.join("map.lock");
        let file = fs::File::create(&path).map_err(MapError::file(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(fs::TryLockError::WouldBlock) => Err(MapError::Busy { folder: folder.to_owned() }),
            Err(fs::TryLockError::Error(why)) => Err(MapError::File { path, why }),
        }
    }
}
