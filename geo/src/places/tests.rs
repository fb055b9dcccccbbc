//! A small Argentine town, drawn by hand: a grid with avenues, corners, numbers, two barrios, and a second town
//! with streets of the same names.

use std::path::PathBuf;
use std::sync::LazyLock;

use super::*;
use crate::map::MapError;
use crate::osm::{Extract, Kind, sketch::Sketch};
use proptest::prelude::*;

/// Streets from west to east, north to south 0.001 degrees (111 m) apart.
const ACROSS: [&str; 6] =
    ["Avenida Rivadavia", "Yerbal", "General San Martín", "9 de Julio", "Calle 13", "Ñandubay"];
/// Streets from north to south, 0.0012 degrees (99 m) apart.
const DOWN: [&str; 6] = [
    "Avenida Medrano",
    "Acuña de Figueroa",
    "Bulevar Oroño",
    "O'Higgins",
    "25 de Mayo",
    "Pasaje Doctor Álvarez",
];

const NORTH: f64 = -34.6;
const WEST: f64 = -58.44;

fn lat(row: usize) -> f64 {
    NORTH - 0.001 * row as f64
}

fn lon(column: usize) -> f64 {
    WEST + 0.0012 * column as f64
}

fn town(sketch: &mut Sketch, dy: f64) {
    let grid: Vec<Vec<u32>> = (0..ACROSS.len())
        .map(|r| (0..DOWN.len()).map(|c| sketch.node(lat(r) + dy, lon(c), &[])).collect())
        .collect();
    for (r, name) in ACROSS.iter().enumerate() {
        let class = if name.starts_with("Avenida") { "primary" } else { "residential" };
        // Two ways a street, as maps have them.
        sketch.way(&grid[r][..4], &[("highway", class), ("name", name)]);
        sketch.way(&grid[r][3..], &[("highway", class), ("name", name)]);
    }
    for (c, name) in DOWN.iter().enumerate() {
        let column: Vec<u32> = grid.iter().map(|row| row[c]).collect();
        sketch.way(&column, &[("highway", "residential"), ("name", name)]);
    }
}

fn extract() -> Extract {
    let mut s = Sketch::default();
    s.node(-34.6025, -58.437, &[("place", "city"), ("name", "Buenos Aires")]);
    s.node(-34.6005, -58.437, &[("place", "suburb"), ("name", "Almagro")]);
    s.node(-34.6045, -58.437, &[("place", "suburb"), ("name", "Caballito")]);
    s.node(-34.0025, -58.437, &[("place", "town"), ("name", "Villa Ñuñorco")]);
    // Rivadavia: even numbers on the northern side, 100 a block, the first block 4000.
    for (number, x) in [("4002", 0.02), ("4098", 0.98), ("4202", 2.02), ("4298", 2.98)] {
        let tags = [("addr:housenumber", number), ("addr:street", "Av. Rivadavia")];
        s.node(NORTH + 0.0001, WEST + 0.0012 * x, &tags);
    }
    // A house of an associatedStreet relation, and one that names nothing.
    let member = s.node(lat(1) + 0.0001, lon(1) + 0.0003, &[("addr:housenumber", "845")]);
    s.node(lat(4) - 0.0001, lon(2) + 0.0002, &[("addr:housenumber", "1310 A")]);
    // An interpolation way along San Martín.
    let from = s.node(lat(2), lon(0), &[("addr:housenumber", "100"), ("addr:street", "General San Martín")]);
    let to = s.node(lat(2), lon(2), &[("addr:housenumber", "300"), ("addr:street", "General San Martín")]);
    s.node(lat(3), lon(0) + 0.0001, &[("amenity", "hospital"), ("name", "Hospital Álvarez")]);
    town(&mut s, 0.0);
    town(&mut s, 0.6);
    s.way(&[from, to], &[("addr:interpolation", "even")]);
    let yerbal = s.way(&[member, from], &[("highway", "residential"), ("name", "Yerbal")]);
    s.relation(
        &[(Kind::Way(yerbal), "street"), (Kind::Node(member), "house")],
        &[("type", "associatedStreet")],
    );
    s.done()
}

fn temporary(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("campo-places-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

static TOWN: LazyLock<Places> = LazyLock::new(|| {
    let path = temporary("town");
    build(&extract(), &path, &mut |_, _| {}).unwrap();
    let places = Places::open(&path).unwrap();
    // The mapping outlives the name.
    std::fs::remove_file(&path).unwrap();
    places
});

fn here() -> Coord {
    Coord::new(-34.6025, -58.437).unwrap()
}

fn first(query: &str) -> Found {
    let found = TOWN.search(query, Some(here()), 5);
    found.into_iter().next().unwrap_or_else(|| panic!("nothing found for {query}"))
}

#[track_caller]
fn expect(query: &str, label: &str, precision: Precision, at: (f64, f64)) {
    let found = first(query);
    let far = found.at.distance_m(Coord::new(at.0, at.1).unwrap());
    assert_eq!((found.label.as_str(), found.precision), (label, precision), "{query}");
    assert!(far < 15.0, "{query}: {far} m from where it is, {found:?}");
}

#[test]
fn numbers_are_found_where_they_are() {
    let at = (NORTH + 0.0001, WEST + 0.0012 * 0.98);
    for query in [
        "Av. Rivadavia 4098",
        "rivadavia 4098",
        "RIVADAVIA 4098, Almagro",
        "Avda Rivadavia Nº 4098 3° B",
        "rivadavia al 4098 caba",
        "Buenos Aires, Rivadavia 4098",
        "rivadabia 4098",
        "4098 Rivadavia",
    ] {
        expect(query, "Avenida Rivadavia 4098, Almagro, Buenos Aires", Precision::Number, at);
    }
    expect(
        "Yerbal 845",
        "Yerbal 845, Almagro, Buenos Aires",
        Precision::Number,
        (lat(1) + 0.0001, lon(1) + 0.0003),
    );
    expect(
        "calle 13 n° 1310",
        "Calle 13 1310, Caballito, Buenos Aires",
        Precision::Number,
        (lat(4) - 0.0001, lon(2) + 0.0002),
    );
}

#[test]
fn numbers_between_known_ones_are_interpolated() {
    // Two blocks and a half between 4098 and 4202, on the street's line.
    expect(
        "Av. Rivadavia 4150",
        "Avenida Rivadavia 4150, Almagro, Buenos Aires",
        Precision::Interpolated,
        (NORTH, WEST + 0.0012 * 1.5),
    );
    expect(
        "Gral San Martin 200",
        "General San Martín 200, Almagro, Buenos Aires",
        Precision::Interpolated,
        (lat(2), lon(1)),
    );
    assert!(first("Av. Rivadavia 4150").confidence > SURE);
    assert!(first("Av. Rivadavia 9000").confidence < SURE, "nothing is known near it");
    assert_eq!(first("Av. Rivadavia 9000").precision, Precision::Street);
}

#[test]
fn a_street_without_numbers_is_its_middle_and_unsure() {
    let found = first("Ñandubay 1234");
    assert_eq!(
        (found.label.as_str(), found.precision),
        ("Ñandubay 1234, Caballito, Buenos Aires", Precision::Street)
    );
    assert!(found.confidence < SURE && found.at.distance_m(Coord::new(lat(5), lon(2)).unwrap()) < 100.0);
}

#[test]
fn corners_are_found_in_every_form() {
    let at = (lat(0), lon(0));
    let label = "Avenida Rivadavia y Avenida Medrano, Almagro, Buenos Aires";
    for query in [
        "Rivadavia y Medrano",
        "esquina Rivadavia y Medrano",
        "Rivadavia esq. Medrano",
        "Av Rivadavia & Av Medrano",
        "rivadavia y esquina medrano, almagro",
        "Rivadavia y Medrano, CABA",
    ] {
        expect(query, label, Precision::Corner, at);
    }
    expect(
        "9 de julio y 25 de mayo",
        "9 de Julio y 25 de Mayo, Caballito, Buenos Aires",
        Precision::Corner,
        (lat(3), lon(4)),
    );
    expect(
        "ñandubay y O Higgins",
        "Ñandubay y O'Higgins, Caballito, Buenos Aires",
        Precision::Corner,
        (lat(5), lon(3)),
    );
    let between = "Avenida Rivadavia entre Avenida Medrano y Acuña de Figueroa, Almagro, Buenos Aires";
    for query in ["Rivadavia e/ Medrano y Acuña", "Rivadavia entre Medrano y Acuña de Figueroa"] {
        expect(query, between, Precision::Corner, (NORTH, WEST + 0.0006));
    }
    // A known number stands above the corners it was named with.
    expect(
        "Rivadavia 4098 e/ Medrano y Acuña",
        "Avenida Rivadavia 4098, Almagro, Buenos Aires",
        Precision::Number,
        (NORTH + 0.0001, WEST + 0.0012 * 0.98),
    );
}

#[test]
fn the_nearer_namesake_comes_first_and_the_named_town_wins() {
    assert!(first("Bv. Oroño").at.distance_m(here()) < 1_000.0);
    let there = first("Bv. Oroño, Villa Ñuñorco");
    assert_eq!(there.label, "Bulevar Oroño, Villa Ñuñorco");
    assert!(there.at.lat() > -34.1);
    // Without a place to start from, two towns are as likely: nobody is sure.
    let far = TOWN.search("Rivadavia y Medrano", None, 5);
    assert!(far.len() >= 2 && far.iter().all(|f| f.confidence < SURE), "{far:?}");
    assert!(first("Rivadavia y Medrano").confidence > SURE);
}

/// Two streets of one name in one town, numbers known of one: either may be meant.
#[test]
fn a_namesake_without_numbers_leaves_doubt() {
    let mut s = Sketch::default();
    for (name, y) in [("Avenida Mitre", 0.0), ("Calle Alsina", 0.02)] {
        s.node(NORTH + y, WEST + 0.001, &[("addr:housenumber", "100"), ("addr:street", name)]);
    }
    for (name, y) in [("Avenida Mitre", 0.0), ("Calle Mitre", 0.012), ("Calle Alsina", 0.02)] {
        let ends = [0.0, 0.004].map(|x| s.node(NORTH + y, WEST + x, &[]));
        s.way(&ends, &[("highway", "residential"), ("name", name)]);
    }
    let path = temporary("namesakes");
    build(&s.done(), &path, &mut |_, _| {}).unwrap();
    let places = Places::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let best = |query: &str| places.search(query, Some(here()), 1).remove(0);
    assert_eq!(
        (best("Mitre 100").precision, best("Alsina 100").precision),
        (Precision::Number, Precision::Number)
    );
    assert!(best("Mitre 100").confidence < SURE, "{:?}", best("Mitre 100"));
    assert!(best("Av. Mitre 100").confidence > SURE && best("Alsina 100").confidence > SURE);
}

#[test]
fn places_and_spots_are_found() {
    assert_eq!(first("caballito").kind, FoundKind::Place);
    assert_eq!(first("villa nunorco").label, "Villa Ñuñorco");
    assert_eq!(first("hospital alvarez").kind, FoundKind::Poi);
}

#[test]
fn a_point_has_a_name() {
    let name = |lat, lon| TOWN.reverse(Coord::new(lat, lon).unwrap());
    assert_eq!(
        name(NORTH + 0.0001, WEST + 0.0012 * 0.97).as_deref(),
        Some("Avenida Rivadavia 4098, Almagro, Buenos Aires")
    );
    assert_eq!(name(lat(5), lon(2) + 0.0006).as_deref(), Some("Ñandubay, Caballito, Buenos Aires"));
    assert_eq!(name(-34.62, -58.437).as_deref(), Some("Caballito, Buenos Aires"));
    assert_eq!(name(0.0, 0.0), None);
}

#[test]
fn a_damaged_index_is_refused() {
    let path = temporary("damaged");
    build(&extract(), &path, &mut |_, _| {}).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let broken = |bytes: &[u8], what: &str| {
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(Places::open(&path), Err(MapError::Broken { .. })), "{what}");
    };
    for keep in [0, 7, 100, whole.len() / 2, whole.len() - 8] {
        broken(&whole[..keep], "cut");
    }
    for at in (0..whole.len() - 8).step_by(997) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x41;
        std::fs::write(&path, &bytes).unwrap();
        // Padding between sections means nothing; anything else is refused.
        if let Ok(places) = Places::open(&path) {
            assert_eq!(places.search("rivadavia 4098", None, 1), TOWN.search("rivadavia 4098", None, 1));
        }
    }
    std::fs::remove_file(&path).unwrap();
}

/// A name as somebody in a hurry writes it.
fn hurried(name: &str, how: u8) -> String {
    match how {
        0 => name.to_owned(),
        1 => name.to_uppercase(),
        2 => words::fold(name),
        3 => name
            .replace("Avenida", "Av.")
            .replace("General", "Gral.")
            .replace("Bulevar", "Bv")
            .replace("Pasaje Doctor", "Pje. Dr."),
        _ => words::fold(name).replace("avenida ", ""),
    }
}

proptest! {
    /// Every street answers to its own name: with and without accents, abbreviated, in capitals.
    #[test]
    fn every_street_is_found_by_its_name(i in 0usize..12, how in 0u8..5) {
        let name = ACROSS.iter().chain(&DOWN).nth(i).unwrap();
        let query = hurried(name, how);
        let found = first(&query);
        prop_assert!(found.label.starts_with(name), "{query}: {found:?}");
    }

    /// And with one wrong, missing or exchanged letter in a longer word.
    #[test]
    fn a_slip_of_the_finger_is_forgiven(i in 0usize..12, at in 1usize..40, kind in 0u8..3) {
        let name = ACROSS.iter().chain(&DOWN).nth(i).unwrap();
        let folded = words::fold(name);
        let longest = folded.split(' ').max_by_key(|w| w.len()).unwrap();
        prop_assume!(longest.len() >= 5);
        let at = 1 + at % (longest.len() - 2);
        let mut letters: Vec<char> = longest.chars().collect();
        match kind {
            0 => letters[at] = 'x',
            1 => { letters.remove(at); }
            _ => letters.swap(at, at + 1),
        }
        let query = folded.replace(longest, &letters.iter().collect::<String>());
        let found = first(&query);
        prop_assert!(found.label.starts_with(name), "{query}: {found:?}");
    }

    /// Every number between the first and the last lies on its street, in order.
    #[test]
    fn interpolated_numbers_keep_their_order(a in 4002u32..4298, b in 4002u32..4298) {
        let at = |n: u32| first(&format!("Rivadavia {n}")).at;
        let (low, high) = (at(a.min(b)), at(a.max(b)));
        prop_assert!(low.lon() <= high.lon() + 1e-6, "{a} {b}");
        prop_assert!((low.lat() - NORTH).abs() < 0.0002);
    }

    /// Whatever is typed, the search ends with answers in order and within bounds.
    #[test]
    fn any_text_is_answered(query in "\\PC{0,60}") {
        let found = TOWN.search(&query, Some(here()), 7);
        prop_assert!(found.len() <= 7);
        prop_assert!(found.iter().all(|f| (0.0..=1.0).contains(&f.confidence) && !f.label.is_empty()));
    }
}
