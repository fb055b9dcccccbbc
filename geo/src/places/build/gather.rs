//! What the index is made of, taken from an extract in one walk.

use rustc_hash::FxHashMap;

use super::super::record::{NONE, Sort};
use super::super::words::words;
use crate::osm::chain::MISSING;
use crate::osm::{Extract, Kind, Tags, Way};

/// A point in ten-millionths of a degree, latitude first.
pub(super) type At = [i32; 2];

/// A named way of a street.
#[derive(Debug)]
pub(super) struct RawPiece {
    pub(super) name: u32,
    /// Where its points begin; the next piece's begin where they end.
    pub(super) points: u32,
    /// 0 a path .. 7 a trunk road.
    pub(super) rank: u8,
    pub(super) city: u32,
    pub(super) suburb: u32,
}

/// A house number.
#[derive(Debug)]
pub(super) struct RawHouse {
    pub(super) at: At,
    pub(super) number: u32,
    pub(super) is_computed: bool,
    /// The name of its street, or [`NONE`].
    pub(super) street: u32,
}

/// A city, barrio, square or other named place.
#[derive(Debug)]
pub(super) struct RawPlace {
    pub(super) sort: Sort,
    /// The first is shown.
    pub(super) names: Vec<u32>,
    pub(super) at: At,
    /// How far it reaches, metres.
    pub(super) radius_m: f64,
    pub(super) importance: u8,
    /// Its closed way, when it is drawn as one.
    pub(super) way: Option<u32>,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Gathered<'a> {
    pub(super) names: Names<'a>,
    pub(super) pieces: Vec<RawPiece>,
    pub(super) points: Vec<At>,
    pub(super) houses: Vec<RawHouse>,
    pub(super) places: Vec<RawPlace>,
}

/// Names, each once, with the number of its canonical form.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    numbers: FxHashMap<&'a str, u32>,
    pub(super) texts: Vec<&'a str>,
    /// Per name: the number of its canonical words.
    pub(super) keys: Vec<u32>,
    /// Per name: the same without the kind of street, ranks and small words.
    pub(super) bare_keys: Vec<u32>,
    /// Per name: its other spellings.
    pub(super) others: FxHashMap<u32, Vec<u32>>,
    key_numbers: FxHashMap<String, u32>,
}

impl<'a> Names<'a> {
    pub(super) fn number(&mut self, text: &'a str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let words = words(text);
        let telling = |w: &&String| {
            let class = super::super::words::Class::of(w);
            class.missing() >= 0.4
        };
        let bare = words.iter().filter(telling).cloned().collect::<Vec<_>>().join(" ");
        let full = words.join(" ");
        let bare = if bare.is_empty() { full.clone() } else { bare };
        for (list, key) in [(&mut self.keys, full), (&mut self.bare_keys, bare)] {
            let next = self.key_numbers.len() as u32;
            list.push(*self.key_numbers.entry(key).or_insert(next));
        }
        let number = self.texts.len() as u32;
        self.texts.push(text);
        self.numbers.insert(text, number);
        number
    }

    /// The shown name and its other spellings; `None` without a name that has a letter or digit.
    fn all(&mut self, tags: Tags<'a>) -> Option<Vec<u32>> {
        let name = tags
            .get("name")
            .map(str::trim)
            .filter(|n| n.len() <= 300 && n.chars().any(char::is_alphanumeric))?;
        let mut found = vec![self.number(name)];
        for key in ["alt_name", "short_name", "official_name", "loc_name", "old_name", "name:es"] {
            for other in tags.get(key).into_iter().flat_map(|v| v.split(';')).map(str::trim) {
                if other.len() <= 300 && other.chars().any(char::is_alphanumeric) {
                    let number = self.number(other);
                    if !found.contains(&number) {
                        found.push(number);
                    }
                }
            }
        }
        Some(found)
    }
}

/// Walks over `extract` once.
pub(super) fn gather(extract: &Extract) -> Gathered<'_> {
    let mut all = Gathered::default();
    let members = street_members(extract, &mut all.names);
    let mut numbered = FxHashMap::default();
    for node in extract.tagged_nodes() {
        let Some((lat, lon)) = extract.at_e7(node.node) else { continue };
        let street = members.get(&Kind::Node(node.node)).copied();
        all.house(node.tags, [lat, lon], street);
        if let Some(house) =
            all.houses.last().filter(|h| h.at == [lat, lon] && node.tags.has("addr:housenumber"))
        {
            numbered.insert(node.node, (house.number, house.street));
        }
        all.place(node.tags, [lat, lon], None);
    }
    let mut points = Vec::new();
    for (number, way) in extract.ways().enumerate() {
        if way.tags.is_empty() {
            continue;
        }
        points.clear();
        points.extend(way.nodes().filter_map(|n| extract.at_e7(n)).map(|(lat, lon)| [lat, lon]));
        let Some(middle) = middle(&points) else { continue };
        all.piece(&way, &points);
        all.house(way.tags, middle, members.get(&Kind::Way(number as u32)).copied());
        all.place(way.tags, middle, way.is_closed().then_some(number as u32));
        if way.tags.has("addr:interpolation") {
            all.interpolation(extract, &way, &numbered);
        }
    }
    all
}

/// Houses of `associatedStreet` relations: the name of their street.
fn street_members<'a>(extract: &'a Extract, names: &mut Names<'a>) -> FxHashMap<Kind, u32> {
    let mut found = FxHashMap::default();
    for relation in extract.relations() {
        if !["associatedStreet", "street"].iter().any(|t| relation.tags.is("type", t)) {
            continue;
        }
        let of_way = || {
            relation.members().find_map(|(kind, role)| match kind {
                Kind::Way(way) if role == "street" => extract.way(way)?.tags.get("name"),
                _ => None,
            })
        };
        let Some(name) = relation.tags.get("name").or_else(of_way) else { continue };
        let name = names.number(name);
        for (kind, role) in relation.members() {
            if ["house", "address", "addr:houselink"].contains(&role) {
                found.insert(kind, name);
            }
        }
    }
    found
}

/// The middle of the box around points.
fn middle(points: &[At]) -> Option<At> {
    let [south, west, north, east] = super::super::shape::bounds(points)?;
    Some([
        ((i64::from(south) + i64::from(north)) / 2) as i32,
        ((i64::from(west) + i64::from(east)) / 2) as i32,
    ])
}

impl<'a> Gathered<'a> {
    /// The points of a piece.
    pub(super) fn points_of(&self, piece: usize) -> &[At] {
        let from = self.pieces.get(piece).map_or(0, |p| p.points as usize);
        let to = self.pieces.get(piece + 1).map_or(self.points.len(), |p| p.points as usize);
        self.points.get(from..to).unwrap_or(&[])
    }

    fn piece(&mut self, way: &Way<'a>, points: &[At]) {
        let Some(rank) = way.tags.get("highway").and_then(rank) else { return };
        let Some(names) = self.names.all(way.tags) else { return };
        let Some((&name, others)) = names.split_first() else { return };
        if !others.is_empty() {
            let known = self.names.others.entry(name).or_default();
            known.extend(others.iter().filter(|o| !known.contains(o)).copied().collect::<Vec<_>>());
        }
        let from = self.points.len() as u32;
        self.pieces.push(RawPiece { name, points: from, rank, city: NONE, suburb: NONE });
        self.points.extend_from_slice(points);
    }

    fn house(&mut self, tags: Tags<'a>, at: At, member_of: Option<u32>) {
        let Some(numbers) = tags.get("addr:housenumber") else { return };
        let street = tags.get("addr:street").or(tags.get("addr:place"));
        let street =
            street.map(str::trim).filter(|s| s.len() <= 300).map(|s| self.names.number(s)).or(member_of);
        for number in house_numbers(numbers) {
            let street = street.unwrap_or(NONE);
            self.houses.push(RawHouse { at, number, is_computed: false, street });
        }
    }

    fn place(&mut self, tags: Tags<'a>, at: At, way: Option<u32>) {
        let Some((sort, radius_m, importance)) = place_sort(tags) else { return };
        let Some(names) = self.names.all(tags) else { return };
        // A street that is tagged as something else too stays a street.
        if sort == Sort::Spot && tags.has("highway") && !tags.has("place") {
            return;
        }
        self.places.push(RawPlace { sort, names, at, radius_m, importance, way });
    }

    /// Numbers between the numbered nodes of an interpolation way.
    fn interpolation(&mut self, extract: &Extract, way: &Way<'a>, numbered: &FxHashMap<u32, (u32, u32)>) {
        let step = match way.tags.get("addr:interpolation") {
            Some("odd" | "even") => 2,
            Some("all") => 1,
            Some(other) => other.parse().ok().filter(|s| *s > 0).unwrap_or(0),
            None => 0,
        };
        let street = way.tags.get("addr:street").map(|s| self.names.number(s));
        let mut run: Vec<At> = Vec::new();
        let mut last: Option<(u32, u32)> = None;
        for node in way.nodes().filter(|n| *n != MISSING) {
            let Some((lat, lon)) = extract.at_e7(node) else { continue };
            run.push([lat, lon]);
            let Some(&(number, of)) = numbered.get(&node) else { continue };
            if let Some((before, before_of)) = last.filter(|_| step > 0) {
                let of = street.or([of, before_of].into_iter().find(|s| *s != NONE)).unwrap_or(NONE);
                self.between((before, number, step), &run, of);
            }
            last = Some((number, of));
            run = vec![[lat, lon]];
        }
    }

    /// The numbers strictly between two, spread evenly along a line.
    fn between(&mut self, (from, to, step): (u32, u32, u32), line: &[At], street: u32) {
        let (low, high) = (from.min(to), from.max(to));
        // More is a mistake of the map.
        if high - low > 2_000 || line.len() < 2 {
            return;
        }
        for number in (low + step..high).step_by(step as usize) {
            let share = f64::from(number.abs_diff(from)) / f64::from(high - low);
            let Some(at) = super::super::shape::along(line, share) else { continue };
            self.houses.push(RawHouse { at, number, is_computed: true, street });
        }
    }
}

/// `1234`, `12-16`, `12;14`, `312 A`: the numbers on the door, at most four.
fn house_numbers(text: &str) -> impl Iterator<Item = u32> {
    let digits = |part: &str| {
        let part = part.trim();
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.get(..end).and_then(|d| d.parse::<u32>().ok()).filter(|n| (1..1_000_000).contains(n))
    };
    text.split([';', ',', '-', '/', '–']).filter_map(digits).take(4)
}

/// How much a road matters; `None` for what is no street.
fn rank(highway: &str) -> Option<u8> {
    Some(match highway {
        "motorway" | "trunk" => 7,
        "primary" => 6,
        "secondary" => 5,
        "tertiary" => 4,
        "residential" | "unclassified" | "living_street" | "pedestrian" | "road" => 3,
        "motorway_link" | "trunk_link" | "primary_link" | "secondary_link" | "tertiary_link" | "service"
        | "busway" => 2,
        "track" | "footway" | "cycleway" | "steps" | "path" | "bridleway" => 1,
        _ => return None,
    })
}

/// What a node or area is, how far it reaches in metres, how much it matters.
fn place_sort(tags: Tags<'_>) -> Option<(Sort, f64, u8)> {
    if let Some(place) = tags.get("place") {
        return Some(match place {
            "city" => (Sort::City, 15_000.0, 250),
            "town" => (Sort::City, 6_000.0, 200),
            "village" => (Sort::City, 3_000.0, 150),
            "hamlet" | "isolated_dwelling" => (Sort::City, 1_500.0, 100),
            "suburb" | "borough" => (Sort::Suburb, 1_300.0, 120),
            "quarter" => (Sort::Suburb, 1_000.0, 100),
            "neighbourhood" => (Sort::Suburb, 700.0, 80),
            "square" => (Sort::Spot, 0.0, 60),
            _ => return None,
        });
    }
    let spot = |importance| Some((Sort::Spot, 0.0, importance));
    match (tags.get("amenity"), tags.get("railway"), tags.get("leisure"), tags.get("tourism")) {
        (Some("hospital" | "university" | "townhall" | "courthouse" | "bus_station"), ..) => spot(70),
        (
            Some("police" | "fire_station" | "library" | "theatre" | "marketplace" | "clinic" | "college"),
            ..,
        ) => spot(50),
        (Some("school" | "cinema" | "community_centre" | "place_of_worship"), ..) => spot(30),
        (_, Some("station" | "halt"), ..) => spot(70),
        (_, _, Some("park" | "stadium" | "sports_centre"), _) => spot(50),
        (_, _, _, Some("museum" | "hotel")) => spot(40),
        _ if tags.is("aeroway", "aerodrome") => spot(80),
        _ if tags.is("shop", "mall") || tags.is("shop", "supermarket") => spot(40),
        _ => None,
    }
}
