//! Reading real and broken extracts. The real ones are in `../shared/data`; without them their tests say SKIPPED.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

use std::path::PathBuf;

use campo_geo::osm::{Extract, Kind, ReadError};

fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: {name} of ../shared/data is not here");
    None
}

fn read(path: &std::path::Path) -> Result<Extract, ReadError> {
    Extract::read(path, &mut |_, _| {})
}

#[test]
fn porto_is_whole() {
    let Some(path) = shared("porto_city.osm.pbf") else { return };
    let (mut last, mut told) = (0, 0);
    let extract = Extract::read(&path, &mut |done, total| {
        assert!(done >= last && done <= total);
        (last, told) = (done, total);
    })
    .unwrap();
    assert_eq!((extract.node_count(), extract.way_count()), (94_664, 23_191));
    assert_eq!(last, told, "progress ends at all of it");
    let street = extract.ways().find(|w| w.tags.is("name", "Rua de Santa Catarina")).unwrap();
    assert!(street.tags.has("highway"));
    let at = extract.at(street.nodes().next().unwrap()).unwrap();
    assert!((41.14..41.17).contains(&at.lat()) && (-8.61..-8.60).contains(&at.lon()), "{at:?}");
}

#[test]
fn porto_alegre_has_relations() {
    let Some(path) = shared("poa.osm.pbf") else { return };
    let extract = read(&path).unwrap();
    let square = extract.relations().find(|r| r.tags.is("name", "Praça Revolução Farroupilha")).unwrap();
    let ways = square.members().filter(|(kind, _)| matches!(kind, Kind::Way(_))).count();
    assert!(extract.relation_count() >= 20 && ways >= 1, "{ways}");
    assert!(square.members().all(|(_, role)| ["outer", "inner", ""].contains(&role)));
}

#[test]
fn a_truncated_extract_is_a_clear_error() {
    let Some(path) = shared("porto_city.osm.pbf") else { return };
    let whole = std::fs::read(path).unwrap();
    let folder = std::env::temp_dir().join(format!("campo-extract-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let cut = folder.join("cut.osm.pbf");
    for keep in [whole.len() / 3, whole.len() / 2, whole.len() - 7] {
        std::fs::write(&cut, &whole[..keep]).unwrap();
        let error = read(&cut).unwrap_err();
        assert!(matches!(error, ReadError::Truncated { .. }), "{keep}: {error}");
    }
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 64].fill(0x55);
    std::fs::write(&cut, &damaged).unwrap();
    assert!(matches!(read(&cut).unwrap_err(), ReadError::Damaged { .. }));
    std::fs::write(&cut, b"<osm version=\"0.6\"></osm> this is something else").unwrap();
    assert!(matches!(read(&cut).unwrap_err(), ReadError::NotPbf { .. }));
    std::fs::write(&cut, b"").unwrap();
    let error = read(&cut).unwrap_err();
    assert!(matches!(error, ReadError::NotPbf { .. } | ReadError::Empty { .. }), "{error}");
    std::fs::remove_dir_all(folder).unwrap();
}
