//! Files that are not what was written.

use super::*;
use crate::map::MapError;

fn file() -> (Folder, std::path::PathBuf, Vec<u8>) {
    let mut town = Town::default();
    for x in 0..4 {
        town.corner(x, 0);
        town.corner(x, 1);
    }
    town.street(&[(0, 0), (1, 0), (2, 0), (3, 0)], &[("name", "Sur")]);
    town.street(&[(0, 1), (1, 1), (2, 1), (3, 1)], &[("name", "Norte")]);
    (0..4).for_each(|x| _ = town.street(&[(x, 0), (x, 1)], &[]));
    let folder = Folder::new();
    let path = folder.0.join("roads.graph");
    build(&town.sketch.done(), &path, &mut |_, _| {}).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    (folder, path, bytes)
}

fn is_broken(path: &Path) -> bool {
    matches!(Roads::open(path), Err(MapError::Broken { .. }))
}

#[test]
fn every_flipped_byte_is_noticed() {
    let (_folder, path, bytes) = file();
    assert!(Roads::open(&path).is_ok());
    for at in (0..bytes.len()).step_by(7).chain(0..700.min(bytes.len())) {
        let mut hurt = bytes.clone();
        hurt[at] ^= 0x41;
        // A fresh name each time: a mapped file must not change.
        let hurt_path = path.with_extension(format!("{at}"));
        std::fs::write(&hurt_path, &hurt).unwrap();
        assert!(is_broken(&hurt_path), "byte {at} of {}", bytes.len());
        std::fs::remove_file(&hurt_path).unwrap();
    }
}

#[test]
fn a_file_that_is_cut_off_or_another_is_refused() {
    let (_folder, path, bytes) = file();
    for (i, length) in [0, 7, 31, 100, bytes.len() / 2, bytes.len() - 1].into_iter().enumerate() {
        let cut = path.with_extension(format!("cut{i}"));
        std::fs::write(&cut, &bytes[..length]).unwrap();
        assert!(is_broken(&cut), "{length} bytes");
    }
    let long = path.with_extension("long");
    std::fs::write(&long, [bytes.as_slice(), &[0]].concat()).unwrap();
    assert!(is_broken(&long));
    assert!(matches!(Roads::open(&path.with_extension("none")), Err(MapError::File { .. })));
}
