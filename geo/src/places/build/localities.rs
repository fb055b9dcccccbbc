//! Which barrio, city and province a point belongs to: the area around it, else the nearest place by its size.

use rustc_hash::FxHashMap;

use super::super::record::{NONE, Sort};
use super::super::shape::Plane;
use super::areas::{Area, boundary_ways, rings};
use super::gather::{At, Gathered, RawPlace};
use crate::osm::Extract;

/// The places of an extract, looked up by point. Places are named by their number in [`Gathered::places`].
#[derive(Debug, Default)]
pub(super) struct Localities {
    /// Areas: their place, and the level of their boundary (the deeper wins).
    suburbs: Areas,
    cities: Areas,
    provinces: Areas,
    near_cities: Nodes,
    near_suburbs: Nodes,
    /// Per place: its city (of a barrio) or province (of a city), or [`NONE`].
    pub(super) parents: Vec<u32>,
    /// Per place: its box, where it was drawn as an area.
    pub(super) bounds: FxHashMap<u32, [i32; 4]>,
}

#[derive(Debug, Default)]
struct Areas {
    list: Vec<(u8, u32, Area)>,
    /// Tenths of a degree: the areas whose box touches the cell, deepest level first.
    cells: FxHashMap<(i32, i32), Vec<u32>>,
}

/// A tenth of a degree.
const CELL: i32 = 1_000_000;

impl Areas {
    fn push(&mut self, level: u8, place: u32, area: Area) {
        self.list.push((level, place, area));
    }

    fn index(&mut self) {
        self.list.sort_by_key(|(level, ..)| std::cmp::Reverse(*level));
        for (i, (.., area)) in self.list.iter().enumerate() {
            let [south, west, north, east] = area.bounds().map(|e| e.div_euclid(CELL));
            for row in south..=north {
                for column in west..=east {
                    self.cells.entry((row, column)).or_default().push(i as u32);
                }
            }
        }
    }

    fn around(&self, at: At) -> Option<u32> {
        let cell = (at[0].div_euclid(CELL), at[1].div_euclid(CELL));
        let areas = self.cells.get(&cell)?.iter().filter_map(|i| self.list.get(*i as usize));
        areas.filter(|(.., area)| area.contains(at)).map(|(_, place, _)| *place).next()
    }
}

/// Where, how far it reaches in metres, the place.
type Node = (At, f64, u32);

/// Places that are points, by cells of a given side.
#[derive(Debug, Default)]
struct Nodes {
    side: i32,
    reach: i32,
    cells: FxHashMap<(i32, i32), Vec<Node>>,
}

impl Nodes {
    fn new(side: i32, reach: i32) -> Self {
        Self { side, reach, cells: FxHashMap::default() }
    }

    fn cell(&self, at: At) -> (i32, i32) {
        (at[0].div_euclid(self.side), at[1].div_euclid(self.side))
    }

    fn push(&mut self, place: u32, raw: &RawPlace) {
        let cell = self.cell(raw.at);
        self.cells.entry(cell).or_default().push((raw.at, raw.radius_m, place));
    }

    /// The place whose distance, in its own radii, is least, up to two.
    fn nearest(&self, at: At) -> Option<u32> {
        let plane = Plane::at(at);
        let (row, column) = self.cell(at);
        let reach = self.reach;
        let cells =
            (row - reach..=row + reach).flat_map(|r| (column - reach..=column + reach).map(move |c| (r, c)));
        let found = cells.filter_map(|cell| self.cells.get(&cell)).flatten();
        let scaled = found.map(|(there, radius_m, place)| (plane.distance_m(*there) / radius_m, *place));
        scaled.filter(|(far, _)| *far <= 2.0).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, place)| place)
    }
}

impl Localities {
    /// Reads boundaries (their places are added to `all` where no node names them) and finds parents.
    pub(super) fn new<'a>(extract: &'a Extract, all: &mut Gathered<'a>) -> Self {
        // 2 radii of a city are 30 km, three cells; of a suburb 2.6 km, one cell.
        let mut map = Self {
            near_cities: Nodes::new(CELL, 3),
            near_suburbs: Nodes::new(300_000, 1),
            ..Self::default()
        };
        map.boundaries(extract, all);
        map.closed_ways(extract, all);
        for (i, raw) in all.places.iter().enumerate() {
            match raw.sort {
                Sort::City => map.near_cities.push(i as u32, raw),
                Sort::Suburb => map.near_suburbs.push(i as u32, raw),
                _ => {}
            }
        }
        for areas in [&mut map.suburbs, &mut map.cities, &mut map.provinces] {
            areas.index();
        }
        map.parents = all.places.iter().map(|raw| map.parent(raw)).collect();
        map
    }

    fn parent(&self, raw: &RawPlace) -> u32 {
        match raw.sort {
            Sort::Suburb | Sort::Spot => self.city(raw.at),
            Sort::City => self.provinces.around(raw.at),
            _ => None,
        }
        .unwrap_or(NONE)
    }

    fn boundaries<'a>(&mut self, extract: &'a Extract, all: &mut Gathered<'a>) {
        let mut by_key: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (i, raw) in all.places.iter().enumerate().filter(|(_, p)| p.sort >= Sort::Suburb) {
            for name in &raw.names {
                let key = all.names.keys.get(*name as usize).copied().unwrap_or(NONE);
                by_key.entry(key).or_default().push(i as u32);
            }
        }
        for relation in extract.relations().filter(|r| r.tags.is("boundary", "administrative")) {
            let Some(level) = relation.tags.get("admin_level").and_then(|l| l.parse::<u8>().ok()) else {
                continue;
            };
            let Some(name) = relation.tags.get("name").filter(|n| n.len() <= 300) else { continue };
            let sort = match level {
                4 => Sort::Province,
                7 | 8 => Sort::City,
                9..=11 => Sort::Suburb,
                _ => continue,
            };
            let Some(area) = Area::new(rings(extract, boundary_ways(relation.members()))) else { continue };
            let name = all.names.number(name);
            let key = all.names.keys.get(name as usize).copied().unwrap_or(NONE);
            let same =
                |i: &u32| all.places.get(*i as usize).is_some_and(|p| p.sort == sort && area.contains(p.at));
            let place = by_key.get(&key).into_iter().flatten().copied().find(same).unwrap_or_else(|| {
                let (radius_m, importance) = if sort == Sort::City { (3_000.0, 150) } else { (700.0, 80) };
                let at = area.middle();
                all.places.push(RawPlace { sort, names: vec![name], at, radius_m, importance, way: None });
                all.places.len() as u32 - 1
            });
            self.area(sort, level, place, area);
        }
    }

    fn closed_ways(&mut self, extract: &Extract, all: &Gathered<'_>) {
        for (i, raw) in all.places.iter().enumerate().filter(|(_, p)| p.sort >= Sort::Suburb) {
            let Some(way) = raw.way else { continue };
            let Some(area) = Area::new(rings(extract, std::iter::once(way))) else { continue };
            self.area(raw.sort, 10, i as u32, area);
        }
    }

    fn area(&mut self, sort: Sort, level: u8, place: u32, area: Area) {
        self.bounds.insert(place, area.bounds());
        match sort {
            Sort::Province => self.provinces.push(level, place, area),
            Sort::City => self.cities.push(level, place, area),
            _ => self.suburbs.push(level, place, area),
        }
    }

    /// The city of a point.
    pub(super) fn city(&self, at: At) -> Option<u32> {
        self.cities.around(at).or_else(|| self.near_cities.nearest(at))
    }

    /// The barrio of a point.
    pub(super) fn suburb(&self, at: At) -> Option<u32> {
        self.suburbs.around(at).or_else(|| self.near_suburbs.nearest(at))
    }

    /// Writes city and barrio of every piece of street.
    pub(super) fn place(&self, all: &mut Gathered<'_>) {
        for i in 0..all.pieces.len() {
            let points = all.points_of(i);
            let Some(at) = points.get(points.len() / 2).copied() else { continue };
            let (city, suburb) = (self.city(at), self.suburb(at));
            if let Some(piece) = all.pieces.get_mut(i) {
                (piece.city, piece.suburb) = (city.unwrap_or(NONE), suburb.unwrap_or(NONE));
            }
        }
    }
}
