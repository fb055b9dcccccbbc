//! What tags mean on the map: pure tables. `docs/map.md` says the same in words.

use super::feature::flag;
use super::layer::Layer;
use crate::osm::Tags;

/// How something is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Its layer.
    pub layer: Layer,
    /// Its class, by place in the layer's list.
    pub class: u8,
    /// The first zoom with it, whatever its size.
    pub min: u8,
    /// See [`flag`].
    pub flags: u16,
    /// Smaller is more important.
    pub rank: u16,
    /// `height`, `population`, or a road's `layer`.
    pub number: i32,
}

fn look(layer: Layer, class: &str, min: u8) -> Look {
    Look { layer, class: layer.class(class), min, flags: 0, rank: 0, number: 0 }
}

/// A way that is drawn as a line.
pub fn line(tags: &Tags<'_>) -> Option<Look> {
    if let Some(value) = tags.get("highway") {
        return road(value, tags);
    }
    if let Some(found) = tags.get("railway").and_then(|value| railway(value, tags)) {
        return Some(found);
    }
    if let Some(value) = tags.get("waterway") {
        let (class, min) = match value {
            "river" => ("river", 8),
            "canal" => ("canal", 10),
            "stream" | "tidal_channel" => ("stream", 12),
            "ditch" | "drain" => ("ditch", 13),
            _ => return None,
        };
        let flags = if tags.has("tunnel") { flag::TUNNEL } else { 0 };
        return Some(Look { flags, ..look(Layer::Waterways, class, min) });
    }
    let (class, min) = match (tags.get("aeroway"), tags.get("route")) {
        (Some("runway"), _) => ("runway", 11),
        (Some("taxiway"), _) => ("taxiway", 13),
        (_, Some("ferry")) => ("ferry", 8),
        _ => return None,
    };
    let class = look(Layer::Roads, class, min);
    Some(Look { rank: u16::from(class.class), ..class })
}

fn road(value: &str, tags: &Tags<'_>) -> Option<Look> {
    let (kind, is_link) = value.strip_suffix("_link").map_or((value, false), |kind| (kind, true));
    let (class, min) = match kind {
        "motorway" => ("motorway", 4),
        "trunk" => ("trunk", 5),
        "primary" => ("primary", 7),
        "secondary" => ("secondary", 9),
        "tertiary" => ("tertiary", 11),
        "residential" | "unclassified" | "living_street" | "road" => ("minor", 12),
        "pedestrian" => ("pedestrian", 13),
        "service" | "busway" => ("service", 14),
        "track" => ("track", 13),
        "path" | "footway" | "cycleway" | "steps" | "bridleway" => ("path", 14),
        _ => return None,
    };
    // A square is an area.
    if tags.is("area", "yes") {
        return None;
    }
    let mut found = look(Layer::Roads, class, if is_link { (min + 2).min(14) } else { min });
    found.rank = u16::from(found.class);
    found.flags = road_flags(tags, class == "motorway" && !is_link) | if is_link { flag::LINK } else { 0 };
    found.number = tags.get("layer").and_then(|l| l.parse().ok()).unwrap_or(0).clamp(-5, 5);
    Some(found)
}

fn road_flags(tags: &Tags<'_>, is_motorway: bool) -> u16 {
    let when = |is: bool, flag: u16| if is { flag } else { 0 };
    const SOFT: [&str; 12] = [
        "unpaved",
        "dirt",
        "ground",
        "gravel",
        "earth",
        "compacted",
        "fine_gravel",
        "sand",
        "mud",
        "grass",
        "pebblestone",
        "clay",
    ];
    let oneway = match tags.get("oneway") {
        Some("yes" | "1" | "true") => flag::ONEWAY,
        Some("-1" | "reverse") => flag::AGAINST,
        Some(_) => 0,
        None => when(is_motorway || tags.is("junction", "roundabout"), flag::ONEWAY),
    };
    let service = match tags.get("service") {
        Some("parking_aisle") => flag::PARKING,
        Some("driveway") => flag::DRIVEWAY,
        Some("alley") => flag::ALLEY,
        _ => 0,
    };
    oneway
        | service
        | when(tags.has("bridge"), flag::BRIDGE)
        | when(tags.has("tunnel"), flag::TUNNEL)
        | when(tags.has("toll"), flag::TOLL)
        | when(tags.get("surface").is_some_and(|s| SOFT.contains(&s)), flag::UNPAVED)
}

fn railway(value: &str, tags: &Tags<'_>) -> Option<Look> {
    let (class, min) = match value {
        "rail" | "narrow_gauge" | "preserved" => ("rail", 8),
        "light_rail" | "monorail" | "funicular" => ("light_rail", 10),
        "subway" => ("subway", 11),
        "tram" => ("tram", 12),
        "disused" => ("disused", 14),
        _ => return None,
    };
    let mut found = look(Layer::Railways, class, min);
    for (key, flag) in [("bridge", flag::BRIDGE), ("tunnel", flag::TUNNEL), ("service", flag::SERVICE)] {
        if tags.has(key) {
            found.flags |= flag;
        }
    }
    if found.flags & flag::SERVICE != 0 {
        found.min = found.min.max(13);
    }
    Some(found)
}

/// Something closed that is drawn as an area.
pub fn area(tags: &Tags<'_>) -> Option<Look> {
    if tags.has("building") {
        return Some(Look { number: height(tags), ..look(Layer::Buildings, "", 13) });
    }
    if let Some(class) = water(tags) {
        return Some(look(Layer::Water, class, if class == "pool" { 14 } else { 0 }));
    }
    let (class, min) = landuse(tags)?;
    Some(look(Layer::Landuse, class, min))
}

/// Metres, from `height` or from floors of three metres; 0 where nobody says.
fn height(tags: &Tags<'_>) -> i32 {
    let number = |key: &str| {
        let text = tags.get(key)?.trim_end_matches('m').trim();
        text.parse::<f64>().ok().filter(|n| (0.0..1000.0).contains(n))
    };
    number("height").or_else(|| number("building:levels").map(|n| n * 3.0)).map_or(0, |m| m.round() as i32)
}

fn water(tags: &Tags<'_>) -> Option<&'static str> {
    match (tags.get("natural"), tags.get("waterway"), tags.get("landuse"), tags.get("leisure")) {
        (Some("water"), ..) => Some(match tags.get("water") {
            Some("river" | "canal" | "stream" | "oxbow") => "river",
            Some("reservoir") => "reservoir",
            Some("basin" | "wastewater") => "basin",
            _ => "lake",
        }),
        (_, Some("riverbank"), ..) => Some("river"),
        (_, Some("dock"), ..) => Some("dock"),
        (_, _, Some("reservoir"), _) => Some("reservoir"),
        (_, _, Some("basin"), _) => Some("basin"),
        (_, _, _, Some("swimming_pool")) => Some("pool"),
        _ => None,
    }
}

fn landuse(tags: &Tags<'_>) -> Option<(&'static str, u8)> {
    let natural = || match tags.get("natural")? {
        "wood" => Some(("wood", 6)),
        "grassland" | "heath" | "scrub" => Some(("grass", 8)),
        "wetland" => Some(("wetland", 8)),
        "beach" | "sand" | "dune" | "shingle" => Some(("sand", 8)),
        "bare_rock" | "scree" => Some(("rock", 8)),
        "glacier" => Some(("glacier", 6)),
        _ => None,
    };
    let landuse = || match tags.get("landuse")? {
        "residential" => Some(("residential", 7)),
        "commercial" => Some(("commercial", 10)),
        "retail" => Some(("retail", 11)),
        "industrial" | "landfill" | "port" => Some(("industrial", 9)),
        "railway" => Some(("railway", 12)),
        "military" => Some(("military", 9)),
        "quarry" => Some(("quarry", 10)),
        "forest" => Some(("wood", 6)),
        "grass" | "meadow" => Some(("grass", 10)),
        "village_green" | "recreation_ground" => Some(("park", 10)),
        "cemetery" => Some(("cemetery", 10)),
        "farmland" | "farmyard" | "orchard" | "vineyard" | "plant_nursery" => Some(("farmland", 9)),
        "allotments" => Some(("garden", 12)),
        "education" => Some(("school", 12)),
        _ => None,
    };
    let leisure = || match tags.get("leisure")? {
        "park" | "dog_park" | "common" => Some(("park", 8)),
        "garden" => Some(("garden", 12)),
        "nature_reserve" => Some(("reserve", 6)),
        "pitch" | "track" => Some(("pitch", 13)),
        "golf_course" => Some(("golf", 10)),
        "playground" => Some(("playground", 14)),
        "stadium" | "sports_centre" => Some(("grass", 12)),
        _ => None,
    };
    let amenity = || match tags.get("amenity")? {
        "school" | "kindergarten" | "college" | "university" => Some(("school", 12)),
        "hospital" => Some(("hospital", 11)),
        "parking" => Some(("parking", 14)),
        "grave_yard" => Some(("cemetery", 12)),
        _ => None,
    };
    let other = || {
        if matches!(tags.get("aeroway"), Some("aerodrome" | "apron" | "heliport")) {
            return Some(("airport", 9));
        }
        let is_walked =
            matches!(tags.get("highway"), Some("pedestrian" | "footway")) && tags.is("area", "yes");
        if is_walked || tags.is("place", "square") {
            return Some(("square", 13));
        }
        let is_kept = matches!(tags.get("boundary"), Some("national_park" | "protected_area"));
        let pier = tags.is("man_made", "pier").then_some(("pier", 12));
        is_kept.then_some(("reserve", 6)).or(pier)
    };
    leisure().or_else(amenity).or_else(natural).or_else(landuse).or_else(other)
}

/// What people look for: nodes, and areas by a point inside.
pub fn poi(tags: &Tags<'_>) -> Option<Look> {
    let class = poi_class(tags)?;
    // Some are found by their sign alone.
    let speaks = ["hospital", "police", "fire_station", "fuel", "pharmacy"].contains(&class);
    if tags.get("name").is_none() && !speaks {
        return None;
    }
    let min = match class {
        "airport" | "island" | "peak" | "station" => 12,
        "hospital" | "university" | "stadium" | "bus_station" | "mall" | "park" | "subway_station" => 13,
        _ => 14,
    };
    let found = look(Layer::Pois, class, min);
    Some(Look { rank: u16::from(found.class), ..found })
}

fn poi_class(tags: &Tags<'_>) -> Option<&'static str> {
    let amenity = || match tags.get("amenity")? {
        "hospital" => Some("hospital"),
        "clinic" | "doctors" => Some("clinic"),
        "pharmacy" => Some("pharmacy"),
        "police" => Some("police"),
        "fire_station" => Some("fire_station"),
        "school" => Some("school"),
        "university" | "college" => Some("university"),
        "townhall" => Some("townhall"),
        "library" => Some("library"),
        "place_of_worship" => Some("place_of_worship"),
        "theatre" | "cinema" | "arts_centre" => Some("theatre"),
        "bus_station" => Some("bus_station"),
        "fuel" => Some("fuel"),
        "bank" => Some("bank"),
        "post_office" => Some("post_office"),
        "grave_yard" => Some("cemetery"),
        _ => None,
    };
    let shop = || match tags.get("shop")? {
        "supermarket" => Some("supermarket"),
        "mall" | "department_store" => Some("mall"),
        "hardware" | "doityourself" | "trade" => Some("hardware"),
        _ => None,
    };
    let is = |key: &str, value: &str| tags.is(key, value);
    let other = || {
        let is_station = matches!(tags.get("railway"), Some("station" | "halt"));
        let is_below = is("station", "subway") || is("subway", "yes");
        let pairs = [
            (is_station && is_below, "subway_station"),
            (is_station, "station"),
            (is("tourism", "museum"), "museum"),
            (is("tourism", "hotel"), "hotel"),
            (is("tourism", "viewpoint"), "viewpoint"),
            (is("historic", "monument") || is("historic", "memorial"), "monument"),
            (is("leisure", "stadium"), "stadium"),
            (is("leisure", "park"), "park"),
            (is("aeroway", "aerodrome"), "airport"),
            (is("natural", "peak"), "peak"),
            (is("place", "island") || is("place", "islet"), "island"),
            (is("landuse", "cemetery"), "cemetery"),
        ];
        pairs.into_iter().find(|(is, _)| *is).map(|(_, class)| class)
    };
    amenity().or_else(shop).or_else(other)
}

/// Cities and their parts, by their nodes. `number` is the population, 0 where nobody says.
pub fn place(tags: &Tags<'_>) -> Option<Look> {
    tags.get("name")?;
    let people: i32 =
        tags.get("population").and_then(|p| p.replace([' ', '.', ','], "").parse().ok()).unwrap_or(0);
    let (class, least, min) = match tags.get("place")? {
        "city" if people >= 1_000_000 => ("city", 100_000, 3),
        "city" if people >= 300_000 => ("city", 100_000, 4),
        "city" if people >= 100_000 => ("city", 100_000, 5),
        "city" => ("city", 100_000, 6),
        "town" if people >= 50_000 => ("town", 10_000, 7),
        "town" => ("town", 10_000, 8),
        "village" => ("village", 1_000, 10),
        "suburb" | "borough" | "quarter" => ("suburb", 300, 11),
        "hamlet" | "isolated_dwelling" => ("hamlet", 50, 12),
        "neighbourhood" => ("neighbourhood", 20, 13),
        _ => return None,
    };
    let mut found = Look { number: people, ..look(Layer::Places, class, min) };
    match tags.get("capital") {
        Some("yes" | "2") => (found.flags, found.min) = (flag::COUNTRY, 2),
        Some("4") => (found.flags, found.min) = (flag::PROVINCE, found.min.min(5)),
        _ => {}
    }
    // Ten a power of ten of people: ten millions are 0; a capital is worth two or one.
    let reckoned = f64::from(if people > 0 { people } else { least });
    let worth =
        f64::from(20 * u8::from(found.flags == flag::COUNTRY) + 10 * u8::from(found.flags == flag::PROVINCE));
    found.rank = (90.0 - 10.0 * reckoned.log10() - worth).clamp(0.0, 100.0) as u16;
    Some(found)
}

/// The level of a border that is drawn: 2, 4, 6 or 8.
pub fn border(tags: &Tags<'_>) -> Option<u8> {
    if !tags.is("boundary", "administrative") {
        return None;
    }
    tags.get("admin_level")?.parse().ok().filter(|level| [2, 4, 6, 8].contains(level))
}

/// `ar-nacional` for RN 3, `ar-provincial` for RP 6.
pub fn network(number: &str) -> Option<&'static str> {
    let digits = |start: &str| {
        let rest = number.strip_prefix(start)?.trim_start();
        rest.starts_with(|c: char| c.is_ascii_digit()).then_some(())
    };
    digits("RN").map(|()| "ar-nacional").or_else(|| digits("RP").map(|()| "ar-provincial"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osm::sketch::Sketch;

    fn with<T>(tags: &[(&str, &str)], f: impl Fn(&Tags<'_>) -> T) -> T {
        let mut sketch = Sketch::default();
        let a = sketch.node(-34.6, -58.4, &[]);
        let way = sketch.way(&[a, a], tags);
        f(&sketch.done().way(way).unwrap().tags)
    }

    #[test]
    fn roads() {
        let avenue = with(&[("highway", "primary"), ("oneway", "-1"), ("bridge", "viaduct")], line).unwrap();
        assert_eq!((avenue.class, avenue.min, avenue.flags), (2, 7, flag::AGAINST | flag::BRIDGE));
        let link = with(&[("highway", "motorway_link"), ("bridge", "no")], line).unwrap();
        assert_eq!((link.class, link.min, link.flags), (0, 6, flag::LINK));
        let dirt = with(&[("highway", "residential"), ("surface", "dirt")], line).unwrap();
        assert_eq!((dirt.class, dirt.flags), (5, flag::UNPAVED));
        assert_eq!(with(&[("highway", "construction")], line), None);
        assert_eq!(with(&[("highway", "pedestrian"), ("area", "yes")], line), None);
    }

    #[test]
    fn areas() {
        let class = |tags: &[(&str, &str)]| {
            with(tags, area).map(|l| (l.layer, l.layer.classes().get(usize::from(l.class)).copied()))
        };
        assert_eq!(class(&[("natural", "water"), ("water", "river")]), Some((Layer::Water, Some("river"))));
        assert_eq!(class(&[("leisure", "park")]), Some((Layer::Landuse, Some("park"))));
        assert_eq!(
            class(&[("highway", "pedestrian"), ("area", "yes")]),
            Some((Layer::Landuse, Some("square")))
        );
        assert_eq!(class(&[("building", "no")]), None);
        assert_eq!(with(&[("building", "yes"), ("building:levels", "4")], area).unwrap().number, 12);
    }

    #[test]
    fn places_and_networks() {
        let capital =
            [("place", "city"), ("name", "Buenos Aires"), ("population", "3 120 612"), ("capital", "yes")];
        let capital = with(&capital, place).unwrap();
        assert_eq!((capital.number, capital.min, capital.rank), (3_120_612, 2, 5));
        assert_eq!(with(&[("place", "city")], place), None, "nothing to write");
        assert_eq!(network("RN 3"), Some("ar-nacional"));
        assert_eq!((network("RP6"), network("RNX"), network("A 1")), (Some("ar-provincial"), None, None));
    }
}
