//! What a backup says of itself.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The form of the file; another one is refused.
pub const FORMAT: u32 = 1;

/// What a backup says of itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the file.
    pub format: u32,
    /// The version of campo that made it.
    pub campo: String,
    /// The moment that it holds: everything that was committed before, nothing of what came after.
    pub snapshot_at: DateTime<Utc>,
    /// PostgreSQL's major version.
    pub postgres: i32,
    /// The newest migration that the data have.
    pub schema: i64,
    /// Which life of the data it was.
    pub incarnation: Uuid,
    /// The mark of the secret that keys derive from: a restore tells whether the one there is the same.
    pub secret_mark: String,
    /// Organizations in it.
    pub organizations: i64,
    /// Tables, each with its columns.
    pub tables: Vec<Table>,
    /// Where sequences stood.
    pub sequences: Vec<Sequence>,
    /// Days of positions that have a partition.
    pub days: Vec<NaiveDate>,
    /// Objects of the store in it.
    pub files: u64,
    /// Objects that were taken away between the snapshot and the way to the store.
    pub missing_files: Vec<String>,
    /// Whether the objects of the store are in it at all.
    pub has_files: bool,
    /// Whether the secret is in it, under a passphrase.
    pub has_secret: bool,
    /// Whether the map is in it.
    pub has_map: bool,
    /// Every part, in order.
    pub parts: Vec<Part>,
}

/// A table in a backup: its rows are PostgreSQL's text form of COPY, gzipped in pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, as they stand in the rows.
    pub columns: Vec<String>,
    /// Bytes of its rows before they were gzipped.
    pub bytes: u64,
    /// Pieces of it.
    pub pieces: u32,
}

/// Where a sequence stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Sequence {
    /// Its name.
    pub name: String,
    /// The number given last; none before the first.
    pub last: Option<i64>,
}

/// A part of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
}

/// The name of a piece of a table.
pub(super) fn piece(table: &str, n: u32) -> String {
    format!("db/{table}.{n:06}.gz")
}

/// The table whose piece a part is.
pub(super) fn table_of(part: &str) -> Option<&str> {
    let name = part.strip_prefix("db/")?.strip_suffix(".gz")?;
    name.rsplit_once('.').map(|(table, _)| table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_name_their_table() {
        assert_eq!(table_of(&piece("job", 7)), Some("job"));
        assert_eq!(table_of("files/a/b"), None);
    }
}
