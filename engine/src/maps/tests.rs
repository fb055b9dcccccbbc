use super::*;
use campo_geo::Bounds;
use std::fs;

/// A folder of its own that ends with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("campo-maps-{}", uuid::Uuid::new_v4()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, text: &str) {
        fs::write(self.0.join("map.json"), text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn no_folder_and_no_map_are_calm() {
    assert!(!Maps::default().refresh());
    let maps = Maps::of(std::env::temp_dir().join("campo-no-such-folder"));
    assert!(!maps.refresh());
    assert!(maps.current().is_none());
}

/// A broken map.json beside a map that serves changes nothing.
#[test]
fn a_broken_map_leaves_the_old_one() {
    let folder = Folder::new();
    let maps = Maps::of(folder.0.clone());
    folder.write("{");
    assert!(!maps.refresh());
    assert!(maps.current().is_none());
    let manifest = Manifest {
        form: campo_geo::map::FORM,
        build: "00000000000000aa".into(),
        source: "x.osm.pbf".into(),
        bounds: Bounds::new([-58.5, -34.7, -58.3, -34.5]).unwrap(),
        road_edges: 0,
        tiles: 0,
        places: 0,
        roads_file: "roads".into(),
        tiles_file: "tiles".into(),
        places_file: "places".into(),
    };
    maps.replace(OpenMap { manifest: manifest.clone(), roads: None, tiles: None, places: None });
    folder.write("{");
    assert!(!maps.refresh());
    fs::remove_file(folder.0.join("map.json")).unwrap();
    assert!(!maps.refresh());
    assert_eq!(maps.current().unwrap().manifest, manifest);
}
