//! What drivers were told: the acked points, as JSON lines.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Outcome, Trouble};

/// A run of acked points with consecutive numbers: `seq` and the `at` of each from there on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The organization.
    pub org: Uuid,
    /// The technician.
    pub user: Uuid,
    /// The phone.
    pub device: Uuid,
    /// Its store of points.
    pub boot: Uuid,
    /// Number of the first point.
    pub seq: u32,
    /// Each point's `at`, Unix milliseconds.
    pub at: Vec<i64>,
}

/// Makes lines of one phone's acked points, which come in order of their numbers.
pub fn lines(org: Uuid, user: Uuid, device: Uuid, boot: Uuid, acked: &[(u32, i64)]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (seq, at) in acked {
        match lines.last_mut().filter(|l| l.seq + l.at.len() as u32 == *seq) {
            Some(line) => line.at.push(*at),
            None => lines.push(Line { org, user, device, boot, seq: *seq, at: vec![*at] }),
        }
    }
    lines
}

/// Writes a journal.
pub fn write(path: &Path, lines: &[Line]) -> Outcome<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for line in lines {
        serde_json::to_writer(&mut out, line)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Reads a journal.
pub fn read(path: &Path) -> Outcome<Vec<Line>> {
    let file = File::open(path).map_err(|e| Trouble::from(e).while_doing(&path.display().to_string()))?;
    let lines = BufReader::new(file).lines();
    lines
        .filter(|l| l.as_ref().map_or(true, |l| !l.trim().is_empty()))
        .map(|l| Ok(serde_json::from_str(&l?)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_points_leave_holes_and_all_reads_back() {
        let id = Uuid::from_u128;
        let made = lines(id(1), id(2), id(3), id(4), &[(1, 10), (2, 20), (4, 40)]);
        assert_eq!(made.iter().map(|l| (l.seq, l.at.len())).collect::<Vec<_>>(), [(1, 2), (4, 1)]);
        let path = std::env::temp_dir().join(format!("campo-journal-{}", Uuid::new_v4()));
        write(&path, &made).unwrap();
        assert_eq!(read(&path).unwrap(), made);
        std::fs::remove_file(&path).unwrap();
    }
}
