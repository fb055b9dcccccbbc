//! Directories of a PMTiles file, read: <https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md>.
//!
//! The crate `pmtiles` writes them; its reader is asynchronous and keeps where a tile lies to itself.

/// Where some tiles with consecutive numbers lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// The number of the first.
    pub first: u64,
    /// How many tiles share the bytes; 0 for another directory.
    pub run: u32,
    /// Bytes from the beginning of the tiles (or of the directories).
    pub offset: u64,
    /// Bytes.
    pub length: u32,
}

/// Reads an unpacked directory; `None` where it is damaged.
pub(super) fn parse(bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut rest = bytes;
    let count = usize::try_from(varint(&mut rest)?).ok()?;
    // Each entry has four numbers of at least one byte.
    if count > rest.len() / 4 {
        return None;
    }
    let mut entries = vec![Entry { first: 0, run: 0, offset: 0, length: 0 }; count];
    let mut last = 0u64;
    for entry in &mut entries {
        last = last.checked_add(varint(&mut rest)?)?;
        entry.first = last;
    }
    for entry in &mut entries {
        entry.run = u32::try_from(varint(&mut rest)?).ok()?;
    }
    for entry in &mut entries {
        entry.length = u32::try_from(varint(&mut rest)?).ok().filter(|l| *l > 0)?;
    }
    let mut follows = None;
    for entry in &mut entries {
        // 0 means: right behind the one before.
        entry.offset = match varint(&mut rest)? {
            0 => follows?,
            offset => offset - 1,
        };
        follows = Some(entry.offset.checked_add(u64::from(entry.length))?);
    }
    Some(entries)
}

/// The entry that a tile's number falls into.
pub(super) fn find(entries: &[Entry], tile: u64) -> Option<Entry> {
    let place = entries.partition_point(|e| e.first <= tile).checked_sub(1)?;
    let entry = *entries.get(place)?;
    (entry.run == 0 || tile - entry.first < u64::from(entry.run)).then_some(entry)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let (mut value, mut shift) = (0u64, 0u32);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u64::from(byte & 0x7f);
        if shift > 63 || (shift == 63 && part > 1) {
            return None;
        }
        value |= part << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entries_are_found() {
        // Two entries: tiles 5 and 6 in one, tile 9; the second's bytes follow the first's.
        let bytes = [2, 5, 4, 2, 1, 10, 20, 8, 0];
        let entries = parse(&bytes).unwrap();
        assert_eq!(entries[0], Entry { first: 5, run: 2, offset: 7, length: 10 });
        assert_eq!(entries[1], Entry { first: 9, run: 1, offset: 17, length: 20 });
        let found: Vec<_> = (4..11).map(|tile| find(&entries, tile).map(|e| e.offset)).collect();
        assert_eq!(found, [None, Some(7), Some(7), None, None, Some(17), None]);
    }

    proptest! {
        /// Damaged directories are refused or read as something, never a panic.
        #[test]
        fn any_bytes_may_come(bytes in prop::collection::vec(any::<u8>(), 0..200), tile in any::<u64>()) {
            if let Some(entries) = parse(&bytes) {
                let _ = find(&entries, tile);
            }
        }
    }
}
