//! A folder of maps: whole or the one before. Real extracts are in `../shared/data`; without them: SKIPPED.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

use campo_geo::map::{self, Manifest, MapError, Stage};

fn porto() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/porto_city.osm.pbf");
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: porto_city.osm.pbf of ../shared/data is not here");
    None
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("campo-map-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_build_names_its_files_and_tells_each_stage_once() {
    let Some(pbf) = porto() else { return };
    let folder = folder("whole");
    assert_eq!(Manifest::read(&folder).unwrap(), None);
    let mut over = Vec::new();
    let made = map::build(&pbf, &folder, &mut |stage, done, total| {
        assert!(done <= total);
        if done == total {
            over.push(stage);
        }
    })
    .unwrap();
    for stage in [Stage::Read, Stage::Roads, Stage::Tiles, Stage::Places] {
        assert_eq!(over.iter().filter(|s| **s == stage).count(), 1, "{stage:?}");
    }
    assert_eq!(Manifest::read(&folder).unwrap().as_ref(), Some(&made));
    let mut kept = vec!["map.json".to_owned(), "map.lock".to_owned()];
    kept.extend([made.roads_file.clone(), made.tiles_file.clone(), made.places_file.clone()]);
    kept.sort();
    assert_eq!(names(&folder), kept);
    // The same extract makes the same map, under the same name.
    assert_eq!(map::build(&pbf, &folder, &mut |_, _, _| {}).unwrap(), made);
    assert_eq!(names(&folder), kept);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_build_that_breaks_leaves_the_old_map() {
    let Some(pbf) = porto() else { return };
    let folder = folder("broken");
    let old = map::build(&pbf, &folder, &mut |_, _, _| {}).unwrap();
    let before = names(&folder);
    let whole = fs::read(&pbf).unwrap();
    let cut = folder.join("cut.osm.pbf");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let error = map::build(&cut, &folder, &mut |_, _, _| {}).unwrap_err();
    assert!(error.to_string().contains("truncated"), "{error}");
    fs::remove_file(&cut).unwrap();
    assert_eq!(Manifest::read(&folder).unwrap(), Some(old));
    assert_eq!(names(&folder), before);
    // What a killed build leaves behind goes with the next one.
    fs::write(folder.join("roads-0123456789abcdef.graph.unfinished"), b"half").unwrap();
    fs::write(folder.join("roads-0123456789abcdef.graph"), b"whole, never named").unwrap();
    map::build(&pbf, &folder, &mut |_, _, _| {}).unwrap();
    assert_eq!(names(&folder), before);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn two_builds_do_not_meet() {
    let Some(pbf) = porto() else { return };
    let folder = folder("busy");
    fs::create_dir_all(&folder).unwrap();
    let other = fs::File::create(folder.join("map.lock")).unwrap();
    other.lock().unwrap();
    let error = map::build(&pbf, &folder, &mut |_, _, _| {}).unwrap_err();
    assert!(matches!(error, MapError::Busy { .. }), "{error}");
    drop(other);
    map::build(&pbf, &folder, &mut |_, _, _| {}).unwrap();
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_manifest_of_another_form_is_refused_in_words() {
    let folder = folder("form");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("map.json"), b"{\"form\": 99}").unwrap();
    assert!(matches!(Manifest::read(&folder), Err(MapError::Broken { .. })));
    fs::remove_dir_all(folder).unwrap();
}
