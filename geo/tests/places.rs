//! Address search on a real city. Its extract is in `../shared/data`; without it the tests say SKIPPED.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "tests, and the file they share")]

use std::path::PathBuf;
use std::sync::LazyLock;

use campo_geo::Coord;
use campo_geo::osm::Extract;
use campo_geo::places::{self, Places, Precision};

struct Porto {
    extract: Extract,
    places: Places,
}

static PORTO: LazyLock<Option<Porto>> = LazyLock::new(|| {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/porto_city.osm.pbf");
    if !path.exists() {
        println!("SKIPPED: porto_city.osm.pbf of ../shared/data is not here");
        return None;
    }
    let extract = Extract::read(&path, &mut |_, _| {}).unwrap();
    let file = std::env::temp_dir().join(format!("campo-porto-places-{}", std::process::id()));
    places::build(&extract, &file, &mut |_, _| {}).unwrap();
    let places = Places::open(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    Some(Porto { extract, places })
});

/// Every `n`th of a list, so that the choice is the same in each run and spread over all of it.
fn spread<T>(list: Vec<T>, count: usize) -> Vec<T> {
    let step = (list.len() / count).max(1);
    list.into_iter().step_by(step).take(count).collect()
}

/// Streets with the points of all ways of that name.
fn streets(extract: &Extract) -> Vec<(String, Vec<Coord>)> {
    let mut found = std::collections::BTreeMap::<String, (bool, Vec<Coord>)>::new();
    for way in extract.ways().filter(|w| w.tags.has("highway")) {
        let Some(name) = way.tags.get("name").map(str::trim) else { continue };
        let street = found.entry(name.to_owned()).or_default();
        street.0 |=
            ["residential", "tertiary", "secondary", "primary"].iter().any(|c| way.tags.is("highway", c));
        street.1.extend(way.nodes().filter_map(|n| extract.at(n)));
    }
    found.into_iter().filter(|(_, street)| street.0).map(|(name, street)| (name, street.1)).collect()
}

/// Is a point within 150 m of a line through others?
fn near(points: &[Coord], at: Coord) -> bool {
    let ends = points.iter().zip(points.iter().skip(1));
    points.iter().any(|p| p.distance_m(at) < 150.0)
        || ends.into_iter().any(|(a, b)| a.distance_m(at) + b.distance_m(at) < a.distance_m(*b) + 30.0)
}

#[test]
fn named_streets_are_found_first() {
    let Some(porto) = PORTO.as_ref() else { return };
    let (mut asked, mut missed) = (0, Vec::new());
    for (name, points) in spread(streets(&porto.extract), 200) {
        for query in [name.clone(), name.to_lowercase().replace(['á', 'ã'], "a").replace("rua ", "r. ")] {
            asked += 1;
            let found = porto.places.search(&query, None, 1);
            let is_there = found.first().is_some_and(|f| f.label.starts_with(&name) && near(&points, f.at));
            if !is_there {
                println!("{query}: {found:?}");
                missed.push((query, found));
            }
        }
    }
    println!("{asked} queries of street names, {} not found first", missed.len());
    assert!(asked >= 100 && missed.len() * 100 <= asked, "{missed:?}");
}

#[test]
fn house_numbers_are_found_first() {
    let Some(porto) = PORTO.as_ref() else { return };
    let nodes = porto.extract.tagged_nodes();
    let houses: Vec<(String, Coord)> = nodes
        .filter_map(|n| {
            let (street, number) = (n.tags.get("addr:street")?, n.tags.get("addr:housenumber")?);
            Some((format!("{street}, {number}"), porto.extract.at(n.node)?))
        })
        .filter(|(query, _)| query.ends_with(|c: char| c.is_ascii_alphanumeric()))
        .collect();
    let mut missed = Vec::new();
    let houses = spread(houses, 50);
    for (query, at) in &houses {
        let found = porto.places.search(query, None, 1);
        if !found.first().is_some_and(|f| f.at.distance_m(*at) < 150.0 && f.precision == Precision::Number) {
            missed.push((query, at, found));
        }
    }
    println!("{} house numbers, {} not found first", houses.len(), missed.len());
    assert!(houses.len() >= 30 && missed.len() * 10 <= houses.len(), "{missed:?}");
}

#[test]
fn portuguese_forms_are_understood() {
    let Some(porto) = PORTO.as_ref() else { return };
    for (query, label) in [
        ("Rua de Santa Catarina", "Rua de Santa Catarina"),
        ("r santa catarina 312", "Rua de Santa Catarina 312"),
        ("santa catarina, 312, 4000-450 Porto", "Rua de Santa Catarina 312"),
        ("av boavista", "Avenida da Boavista"),
        ("avenida dos aliados", "Avenida dos Aliados"),
        ("rua sta catarina y rua formosa", "Rua de Santa Catarina y Rua Formosa"),
        ("rua santa caterina", "Rua de Santa Catarina"),
        ("santa cat", "Rua de Santa Catarina"),
    ] {
        let near = Coord::new(41.1496, -8.6110);
        let found = porto.places.search(query, near, 3);
        assert!(found.first().is_some_and(|f| f.label.starts_with(label)), "{query}: {found:?}");
    }
}

#[test]
fn a_street_is_what_its_points_are_called() {
    let Some(porto) = PORTO.as_ref() else { return };
    let (mut asked, mut right) = (0, 0);
    for (name, points) in spread(streets(&porto.extract), 100) {
        let Some(middle) = points.get(points.len() / 2) else { continue };
        asked += 1;
        right += usize::from(porto.places.reverse(*middle).is_some_and(|label| label.starts_with(&name)));
    }
    println!("{right} of {asked} points named as their street");
    // A node at a corner belongs to two streets.
    assert!(right * 100 >= asked * 60);
}
