//! From an extract to the file: zoom by zoom, groups of tiles by some threads, written in order.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pmtiles::{CallerKey, Compression, PmTilesStreamWriter, PmTilesWriter, PmtError, TileType};

use super::clip;
use super::cut::{Dealt, GROUP, around, deal};
use super::feature::Feature;
use super::labels;
use super::layer::{self, Form, Layer};
use super::scene::{Decoding, Scene, Skipped};
use super::shape::Shape;
use super::tile::{Filling, pack};
use super::world::{LAST, Tile, touched};
use crate::map::MapError;
use crate::osm::Extract;

/// Features (one in each of its groups) that are worked on before their tiles are written: bounds what is held.
const TOGETHER: usize = 40_000;
/// Larger tiles are all different: they are not remembered to be found again.
const REPEATED: usize = 2_000;
/// Threads at most: the road graph is made at the same time.
const THREADS: usize = 4;

/// What became of an extract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Tiles with something in them.
    pub tiles: u64,
    /// What was left out.
    pub skipped: Skipped,
}

/// A finished tile.
struct Packed {
    tile: Tile,
    bytes: Vec<u8>,
    key: Option<u64>,
}

type File_ = PmTilesStreamWriter<File, CallerKey<u64>>;

/// Writes all tiles of `extract` to `path`.
pub fn write(
    extract: &Extract,
    path: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Written, MapError> {
    let threads = thread::available_parallelism().map_or(1, |n| n.get().min(THREADS));
    let mut file = create(extract, path)?;
    let scene = Scene::new(extract, threads);
    let shares: Vec<u64> =
        (0..=LAST).map(|z| 1 + scene.features.iter().filter(|f| f.is_at(z)).count() as u64).collect();
    let total: u64 = shares.iter().sum();
    let (mut tiles, mut before) = (0, 0);
    for (z, share) in (0..=LAST).zip(shares) {
        let dealt = deal(&scene, z, labels::place(&scene, z));
        let count = dealt.refs.len().max(1) as u64;
        tiles += zoom(&scene, &dealt, threads, path, &mut file, &mut |done| {
            progress(before + share * done as u64 / count, total);
        })?;
        before += share;
    }
    let skipped = scene.skipped;
    file.set_metadata(layer::description(&skipped).to_string());
    file.finalize().map_err(|e| trouble(path, e))?;
    progress(total, total);
    Ok(Written { tiles, skipped })
}

fn trouble(path: &Path, error: PmtError) -> MapError {
    let why = match error {
        PmtError::Reading(why) => why,
        other => std::io::Error::other(other.to_string()),
    };
    MapError::File { path: path.to_owned(), why }
}

fn create(extract: &Extract, path: &Path) -> Result<File_, MapError> {
    let file = File::create(path).map_err(MapError::file(path))?;
    let [west, south, east, north] = extract.bounds().map_or([-180.0, -85.0, 180.0, 85.0], Into::into);
    PmTilesWriter::new(TileType::Mvt)
        .precompressed(Compression::Gzip)
        .dedup_by_key::<u64>()
        .min_zoom(0)
        .max_zoom(LAST)
        .bounds(west, south, east, north)
        .center((west + east) / 2.0, (south + north) / 2.0)
        .center_zoom(12)
        .create(file)
        .map_err(|e| trouble(path, e))
}

/// Makes and writes the tiles of a zoom; answers how many.
fn zoom(
    scene: &Scene<'_>,
    dealt: &Dealt,
    threads: usize,
    path: &Path,
    file: &mut File_,
    progress: &mut dyn FnMut(usize),
) -> Result<u64, MapError> {
    let (mut tiles, mut done) = (0, 0);
    let mut batch: Vec<&[(u64, u32)]> = Vec::new();
    let mut held = 0;
    let mut groups = dealt.refs.chunk_by(|a, b| a.0 == b.0).peekable();
    while let Some(group) = groups.next() {
        batch.push(group);
        held += group.len();
        if held < TOGETHER && groups.peek().is_some() {
            continue;
        }
        for packed in make(scene, dealt, &batch, threads).map_err(|e| trouble(path, e))?.into_iter().flatten()
        {
            let Some(coord) = packed.tile.coord() else { continue };
            file.add_tile(coord, &packed.bytes, packed.key).map_err(|e| trouble(path, e))?;
            tiles += 1;
        }
        done += held;
        progress(done);
        batch.clear();
        held = 0;
    }
    Ok(tiles)
}

/// The tiles of each group, in order.
fn make(
    scene: &Scene<'_>,
    dealt: &Dealt,
    groups: &[&[(u64, u32)]],
    threads: usize,
) -> Result<Vec<Vec<Packed>>, PmtError> {
    let next = AtomicUsize::new(0);
    let made: Mutex<Vec<(usize, Vec<Packed>)>> = Mutex::new(Vec::with_capacity(groups.len()));
    let failed: Mutex<Option<PmtError>> = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..threads.min(groups.len()) {
            scope.spawn(|| {
                let mut worker = Worker::new(scene, dealt);
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(group) = groups.get(place) else { return };
                    match worker.group(group) {
                        Ok(tiles) => lock(&made).push((place, tiles)),
                        Err(error) => {
                            *lock(&failed) = Some(error);
                            next.store(groups.len(), Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    if let Some(error) = lock(&failed).take() {
        return Err(error);
    }
    let mut made = std::mem::take(&mut *lock(&made));
    made.sort_unstable_by_key(|(place, _)| *place);
    Ok(made.into_iter().map(|(_, tiles)| tiles).collect())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes tiles; what it needs again is kept.
struct Worker<'a> {
    scene: &'a Scene<'a>,
    dealt: &'a Dealt,
    decoding: Decoding,
    clip: clip::Scratch,
    shape: Shape,
    cut: Shape,
    filling: Vec<Filling>,
    /// The tile before: ground and sea repeat.
    last: (Vec<u8>, Vec<u8>),
}

impl<'a> Worker<'a> {
    fn new(scene: &'a Scene<'a>, dealt: &'a Dealt) -> Self {
        let filling = (0..1 << (2 * GROUP)).map(|_| Filling::default()).collect();
        let (shape, cut) = (Shape::default(), Shape::default());
        let (decoding, clip) = (Decoding::default(), clip::Scratch::default());
        Self { scene, dealt, decoding, clip, shape, cut, filling, last: Default::default() }
    }

    fn group(&mut self, refs: &[(u64, u32)]) -> Result<Vec<Packed>, PmtError> {
        let Some(group) = refs.first().and_then(|(number, _)| Tile::of(*number)) else {
            return Ok(Vec::new());
        };
        self.filling.iter_mut().for_each(Filling::clear);
        for (_, place) in refs {
            self.add(*place as usize, group);
        }
        let mut tiles = Vec::new();
        let z = self.dealt.z;
        let mut below = vec![group];
        for _ in group.z..z {
            below = below.into_iter().flat_map(Tile::children).collect();
        }
        // The file's order.
        below.sort_unstable_by_key(|t| t.number());
        for tile in below {
            tiles.extend(self.finish(tile)?);
        }
        Ok(tiles)
    }

    /// Adds a feature to the tiles that it touches.
    fn add(&mut self, place: usize, group: Tile) {
        let z = self.dealt.z;
        let (scene, dealt) = (self.scene, self.dealt);
        let mut shape = std::mem::take(&mut self.shape);
        if let Some(feature) = scene.features.get(place) {
            shape.clear();
            scene.geometry(feature, z, &mut self.decoding, &mut shape);
            self.spread(feature, &shape, group);
        } else if let Some(piece) = dealt.pieces.get(place - scene.features.len()) {
            match &piece.shape {
                Some(own) => self.spread(&piece.feature, own, group),
                None => {
                    let corners = group.ground(around(piece.feature.layer, z)).corners();
                    self.spread(&piece.feature, &Shape::of(corners.to_vec()), group);
                }
            }
        }
        self.shape = shape;
    }

    fn spread(&mut self, feature: &Feature, shape: &Shape, group: Tile) {
        if shape.is_empty() {
            return;
        }
        let (z, form) = (self.dealt.z, feature.layer.form());
        let around = around(feature.layer, z);
        let is_whole = form == Form::Point || feature.layer == Layer::StreetLabels;
        let square = if is_whole { feature.square } else { shape.around() };
        let below = z - group.z;
        let inside =
            touched(z, &square, around).filter(|t| (t.x >> below, t.y >> below) == (group.x, group.y));
        for tile in inside {
            let place = ((tile.y & ((1 << below) - 1)) << below | (tile.x & ((1 << below) - 1))) as usize;
            let Some(filling) = self.filling.get_mut(place) else { continue };
            let ground = tile.ground(around);
            if is_whole || ground.holds(&square) {
                filling.add(feature, shape, tile);
                continue;
            }
            self.cut.clear();
            match form {
                Form::Area => clip::areas(shape, &ground, &mut self.clip, &mut self.cut),
                _ => clip::lines(shape, &ground, &mut self.cut),
            }
            filling.add(feature, &self.cut, tile);
        }
    }

    fn finish(&mut self, tile: Tile) -> Result<Option<Packed>, PmtError> {
        let below = self.dealt.z.min(GROUP);
        let place = ((tile.y & ((1 << below) - 1)) << below | (tile.x & ((1 << below) - 1))) as usize;
        let Some(filling) = self.filling.get_mut(place).filter(|f| !f.is_empty()) else { return Ok(None) };
        let bytes = filling.encode(&self.scene.texts).map_err(|e| std::io::Error::other(e.to_string()))?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let key = (bytes.len() <= REPEATED).then(|| {
            let mut hasher = DefaultHasher::new();
            bytes.hash(&mut hasher);
            hasher.finish()
        });
        if self.last.0 != bytes {
            let packed = pack(&bytes)?;
            self.last = (bytes, packed);
        }
        Ok(Some(Packed { tile, bytes: self.last.1.clone(), key }))
    }
}
