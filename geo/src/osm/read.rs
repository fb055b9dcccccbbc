//! Reads an `.osm.pbf` file in one pass: blocks are unpacked by a few threads and taken over in order.

use std::path::Path;
use std::thread;

use osmpbf::{Blob, BlobDecode, BlobError, BlobReader, ErrorKind, PrimitiveBlock, RelMemberType};

use super::chain::MISSING;
use super::extract::{Extract, Kind};

/// Why an extract could not be read. Displayed in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be opened or read.
    #[error("cannot read {path}: {why}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        why: std::io::Error,
    },
    /// It is something else.
    #[error("{path} is not an OpenStreetMap extract in PBF form (.osm.pbf): {why}")]
    NotPbf {
        /// The file.
        path: String,
        /// What was found instead.
        why: String,
    },
    /// It ends in the middle of a block.
    #[error(
        "{path} is truncated: it ends in the middle of a block, somewhat after byte {at}; download it again"
    )]
    Truncated {
        /// The file.
        path: String,
        /// Where the last whole block begins.
        at: u64,
    },
    /// A block cannot be unpacked.
    #[error("{path} is damaged near byte {at}: {why}; download it again")]
    Damaged {
        /// The file.
        path: String,
        /// Where the block begins.
        at: u64,
        /// What is wrong.
        why: String,
    },
    /// Ways come before their nodes, or ids fall.
    #[error("{path} is not sorted by kind and id; sort it first: osmium sort IN -o OUT")]
    Unsorted {
        /// The file.
        path: String,
    },
    /// Nothing to build a map of.
    #[error("{path} contains no ways: nothing to build a map of")]
    Empty {
        /// The file.
        path: String,
    },
    /// It needs what this reader does not know.
    #[error("{path} needs the feature {feature}, which is not supported")]
    Feature {
        /// The file.
        path: String,
        /// As the file names it.
        feature: String,
    },
}

/// Blocks that are unpacked together: enough for the threads, little memory (a block unpacks to some MB).
const TOGETHER: usize = 8;
/// Relations that a builder reads.
const RELATIONS: [&str; 5] = ["multipolygon", "boundary", "restriction", "associatedStreet", "street"];

impl Extract {
    /// Reads `path`. `progress` hears bytes done and bytes in all.
    pub fn read(path: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Self, ReadError> {
        let name = path.display().to_string();
        let file = |why| ReadError::File { path: name.clone(), why };
        let opened = std::fs::File::open(path).map_err(file)?;
        let total = opened.metadata().map_err(file)?.len();
        let opened = std::io::BufReader::with_capacity(1 << 20, opened);
        let mut blobs = BlobReader::new_seekable(opened).map_err(|e| failure(&name, 0, e))?;
        let mut reading = Reading { path: name.clone(), extract: Extract::default(), nodes: Vec::new() };
        let (mut batch, mut at, mut is_first) = (Vec::new(), 0, true);
        loop {
            let blob = blobs.next().transpose().map_err(|e| failure(&name, at, e))?;
            let is_over = blob.is_none();
            if let Some(blob) = blob {
                at = blob.offset().map_or(at, |o| o.0);
                if std::mem::take(&mut is_first) {
                    check_header(&name, &blob)?;
                    continue;
                }
                batch.push((at, blob));
            }
            if batch.len() == TOGETHER || is_over {
                for block in unpack(&name, &batch)? {
                    reading.take(&block)?;
                }
                batch.clear();
                progress(if is_over { total } else { at }, total);
            }
            if is_over {
                return reading.end();
            }
        }
    }
}

fn failure(path: &str, at: u64, error: osmpbf::Error) -> ReadError {
    let path = path.to_owned();
    match error.into_kind() {
        ErrorKind::Io(why) if why.kind() == std::io::ErrorKind::UnexpectedEof => {
            ReadError::Truncated { path, at }
        }
        ErrorKind::Io(why) => ReadError::File { path, why },
        ErrorKind::Blob(why @ (BlobError::InvalidHeaderSize | BlobError::HeaderTooBig { .. })) if at == 0 => {
            ReadError::NotPbf { path, why: format!("{why:?}") }
        }
        ErrorKind::Blob(BlobError::InvalidHeaderSize) => ReadError::Truncated { path, at },
        // The library says the end of the file so where it fell into a block's body.
        ErrorKind::Protobuf { err, .. } if err.to_string().contains("Unexpected end of file") && at > 0 => {
            ReadError::Truncated { path, at }
        }
        why => ReadError::Damaged { path, at, why: format!("{why:?}") },
    }
}

fn check_header(path: &str, blob: &Blob) -> Result<(), ReadError> {
    let not = |why: String| ReadError::NotPbf { path: path.to_owned(), why };
    match blob.decode().map_err(|e| not(e.to_string()))? {
        BlobDecode::OsmHeader(header) => {
            let known = ["OsmSchema-V0.6", "DenseNodes"];
            match header.required_features().iter().find(|f| !known.contains(&f.as_str())) {
                Some(feature) => Err(ReadError::Feature { path: path.to_owned(), feature: feature.clone() }),
                None => Ok(()),
            }
        }
        _ => Err(not("it does not begin with a header".to_owned())),
    }
}

/// Unpacks blocks, in their order.
fn unpack(path: &str, blobs: &[(u64, Blob)]) -> Result<Vec<PrimitiveBlock>, ReadError> {
    let threads = thread::available_parallelism().map_or(1, |n| n.get().min(4));
    let share = blobs.len().div_ceil(threads).max(1);
    let one = |(at, blob): &(u64, Blob)| match blob.decode() {
        Ok(BlobDecode::OsmData(block)) => Some(Ok(block)),
        Ok(_) => None,
        Err(e) => Some(Err(match failure(path, *at, e) {
            // The block itself was whole: what is inside of it is not.
            ReadError::Truncated { path, at } => {
                ReadError::Damaged { path, at, why: "a block ends early".to_owned() }
            }
            other => other,
        })),
    };
    thread::scope(|scope| {
        let parts: Vec<_> = blobs
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().filter_map(one).collect::<Result<Vec<_>, _>>()))
            .collect();
        let mut blocks = Vec::with_capacity(blobs.len());
        for part in parts {
            let damaged = |_| ReadError::Damaged {
                path: path.to_owned(),
                at: 0,
                why: "a block cannot be unpacked".to_owned(),
            };
            blocks.extend(part.join().map_err(damaged)??);
        }
        Ok(blocks)
    })
}

struct Reading {
    path: String,
    extract: Extract,
    nodes: Vec<u32>,
}

impl Reading {
    fn unsorted(&self) -> ReadError {
        ReadError::Unsorted { path: self.path.clone() }
    }

    fn take(&mut self, block: &PrimitiveBlock) -> Result<(), ReadError> {
        for group in block.groups() {
            for node in group.nodes() {
                self.node(node.id(), node.decimicro_lat(), node.decimicro_lon(), node.tags())?;
            }
            for node in group.dense_nodes() {
                self.node(node.id(), node.decimicro_lat(), node.decimicro_lon(), node.tags())?;
            }
            for way in group.ways() {
                self.way(&way)?;
            }
            for relation in group.relations() {
                self.relation(&relation);
            }
        }
        Ok(())
    }

    fn node<'a>(
        &mut self,
        id: i64,
        lat_e7: i32,
        lon_e7: i32,
        tags: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), ReadError> {
        if self.extract.last_id().is_some_and(|last| last >= id) || self.extract.way_count() > 0 {
            return Err(self.unsorted());
        }
        self.extract.push_node(id, lat_e7, lon_e7);
        self.extract.tag_node(tags);
        Ok(())
    }

    fn way(&mut self, way: &osmpbf::Way<'_>) -> Result<(), ReadError> {
        if self.extract.last_way_id().is_some_and(|last| last >= way.id()) {
            return Err(self.unsorted());
        }
        let mut nodes = std::mem::take(&mut self.nodes);
        nodes.clear();
        nodes.extend(way.refs().map(|id| self.extract.place(id).unwrap_or(MISSING)));
        self.extract.push_way(way.id(), &nodes, way.tags());
        self.nodes = nodes;
        Ok(())
    }

    fn relation(&mut self, relation: &osmpbf::Relation<'_>) {
        if !relation.tags().any(|(key, value)| key == "type" && RELATIONS.contains(&value)) {
            return;
        }
        let members: Vec<(Kind, &str)> = relation
            .members()
            .map(|m| {
                let kind = match m.member_type {
                    RelMemberType::Node => self.extract.place(m.member_id).map(Kind::Node),
                    RelMemberType::Way => self.extract.way_place(m.member_id).map(Kind::Way),
                    RelMemberType::Relation => None,
                };
                (kind.unwrap_or(Kind::Absent), m.role().unwrap_or(""))
            })
            .collect();
        self.extract.push_relation(relation.id(), members.into_iter(), relation.tags());
    }

    fn end(mut self) -> Result<Extract, ReadError> {
        if self.extract.way_count() == 0 {
            return Err(ReadError::Empty { path: self.path });
        }
        self.extract.settle();
        Ok(self.extract)
    }
}
