//! Everything that an installation has learned about travel times, as one blob.

use std::io::{Read, Write};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};

use super::residual::Residual;
use super::way::WayLaw;
use super::windows::Windows;
use super::{Cells, cells::Paces};

/// The first bytes of a blob: what it is, and the version of its form.
const MAGIC: &[u8] = b"campo-eta\x02";
/// More than this is no blob of ours.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Why a blob could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LearnedError {
    /// Another version, or another thing altogether: learn anew.
    #[error("not a model of this version")]
    Version,
    /// Begun like one, but broken.
    #[error("a broken model")]
    Broken(#[from] std::io::Error),
    /// Unpacked, but not understood.
    #[error("a broken model")]
    Form(#[from] serde_json::Error),
}

/// What was learned from an installation's own finished trips.
///
/// Made by [`train`](super::train) and [`retrain`](super::retrain); asked through [`Estimator`](super::Estimator).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Learned {
    /// Counts up with every promotion.
    pub generation: u32,
    /// How many trips it was learned from.
    pub trips: u64,
    /// When the last of them began, Unix seconds.
    pub until: i64,
    cells: Cells,
    pub(super) windows1: Windows,
    pub(super) plain: Option<Residual>,
    pub(super) mapped: Option<Mapped>,
    #[serde(skip)]
    paces: Paces,
}

/// What was learned with a map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Mapped {
    /// Were ways searched by learned speeds, or by free flow?
    pub with_speeds: bool,
    pub law: WayLaw,
    pub windows: Windows,
    pub residual: Option<Residual>,
}

impl Learned {
    /// From the sums of some trips.
    pub(super) fn new(cells: Cells, until: i64) -> Self {
        let paces = Paces::new(&cells);
        Self { trips: cells.trips(), until, paces, cells, ..Self::default() }
    }

    /// The sums of tier 1.
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// The means of tier 1.
    pub(super) fn paces(&self) -> &Paces {
        &self.paces
    }

    /// About how many bytes of memory it takes: what a cache of models is bounded by.
    pub fn weight(&self) -> usize {
        let forests = self.plain.iter().chain(self.mapped.iter().filter_map(|m| m.residual.as_ref()));
        size_of::<Self>()
            + self.cells.weight()
            + self.paces.weight()
            + forests.map(Residual::weight).sum::<usize>()
    }

    /// The blob to store.
    pub fn to_bytes(&self) -> Result<Vec<u8>, LearnedError> {
        let mut packer = GzEncoder::new(MAGIC.to_vec(), Compression::default());
        packer.write_all(&serde_json::to_vec(self)?)?;
        Ok(packer.finish()?)
    }

    /// A stored blob, read again.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LearnedError> {
        let packed = bytes.strip_prefix(MAGIC).ok_or(LearnedError::Version)?;
        let mut json = Vec::new();
        GzDecoder::new(packed).take(LARGEST).read_to_end(&mut json)?;
        let mut learned: Self = serde_json::from_slice(&json)?;
        learned.paces = Paces::new(&learned.cells);
        Ok(learned)
    }
}
