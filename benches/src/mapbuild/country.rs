//! A country as large as asked for: towns in a grid, joined by roads, with houses, rivers, lakes with islands, fields,
//! provinces and a coast. Written as it is made, so that it needs no memory; all Argentina has 39 million nodes in 3.7 million
//! ways, and this has about as many nodes a way.

use std::io::{self, Write};

use crate::rng::Rng;
use crate::town::pbf::Writer;

use super::parts::*;

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Made {
    /// Nodes.
    pub nodes: u64,
    /// Ways.
    pub ways: u64,
    /// Relations.
    pub relations: u64,
}

/// A country of about so many nodes.
pub struct Country {
    side: usize,
    towns: Vec<Town>,
    /// Where nodes of coast and borders begin.
    coast: i64,
    borders: i64,
    made: Made,
}

impl Country {
    /// Lays out at least four towns.
    pub fn new(nodes: u64) -> Self {
        let mut towns: Vec<Town> = Vec::new();
        let mut base = 1;
        while base < nodes as i64 || towns.len() < 4 {
            let number = towns.len();
            let town = Town { number, blocks: if number % 40 == 20 { CITY } else { TOWN }, base };
            base = town.parts()[11];
            towns.push(town);
        }
        let side = (towns.len() as f64).sqrt().ceil() as usize;
        let borders = base + (side * COAST + 1) as i64;
        Self { side, towns, coast: base, borders, made: Made::default() }
    }

    fn provinces(&self) -> usize {
        self.side.div_ceil(PROVINCE)
    }

    /// Writes the extract.
    pub fn write(mut self, out: impl Write) -> io::Result<Made> {
        let span = self.side as f64 * APART;
        let mut writer = Writer::new(out, [WEST - 1.0, SOUTH - 0.2, WEST + span, SOUTH + span])?;
        for town in self.towns.clone() {
            self.nodes(&town, &mut writer)?;
        }
        self.edge_nodes(&mut writer)?;
        let mut ways = Ways { writer, next: 1 };
        let mut lakes = Vec::new();
        for town in self.towns.clone() {
            self.ways(&town, &mut ways, &mut lakes)?;
        }
        let borders = self.edge_ways(&mut ways)?;
        self.made.ways = ways.next as u64 - 1;
        self.relations(&mut ways.writer, &lakes, borders)?;
        ways.writer.end()?;
        Ok(self.made)
    }

    fn place(&self, town: &Town) -> (f64, f64) {
        let (column, row) = (town.number % self.side, town.number / self.side);
        (SOUTH + row as f64 * APART, WEST + column as f64 * APART)
    }

    fn nodes<W: Write>(&mut self, town: &Town, writer: &mut Writer<W>) -> io::Result<()> {
        let (south, west) = self.place(town);
        let mut rng = Rng::new(town.number as u64 + 1);
        let mut nodes = Nodes { writer, next: town.base };
        let blocks = town.blocks;
        let grid = |i: usize| i as f64 * BLOCK;
        for row in 0..=blocks {
            for column in 0..=blocks {
                let off = || (row * 31 + column * 17) as f64 % 7.0 * 6e-6;
                let lights = row % 8 == 0 && column % 8 == 0;
                let tags: &[(&str, &str)] = if lights { &[("highway", "traffic_signals")] } else { &[] };
                nodes.put(south + grid(row) + off(), west + grid(column) - off(), tags)?;
            }
        }
        for (rows, columns, up, right) in [(blocks + 1, blocks, 0.0, 0.5), (blocks, blocks + 1, 0.5, 0.0)] {
            for row in 0..rows {
                for column in 0..columns {
                    let (lat, lon) = (grid(row) + up * BLOCK, grid(column) + right * BLOCK);
                    nodes.put(
                        south + lat + rng.between(-1e-5, 1e-5),
                        west + lon + rng.between(-1e-5, 1e-5),
                        &[],
                    )?;
                }
            }
        }
        self.houses(town, &mut nodes, &mut rng)?;
        let mut ring = |nodes: &mut Nodes<'_, W>, at: (f64, f64), size: f64, count: usize, rough: f64| {
            for i in 0..count {
                let (sin, cos) = (i as f64 / count as f64 * std::f64::consts::TAU).sin_cos();
                let far = size * rng.between(1.0 - rough, 1.0 + rough);
                nodes.put(at.0 + sin * far, at.1 + cos * far, &[])?;
            }
            Ok::<(), io::Error>(())
        };
        for park in 0..PARKS {
            let at = (south + grid(park % 4 * 4) + 0.0005, west + grid(park / 4 * 4) + 0.0005);
            ring(&mut nodes, at, 0.0004, PARK, 0.1)?;
        }
        let lake = (south - 0.04, west + 0.05);
        ring(&mut nodes, lake, 0.02, LAKE, 0.2)?;
        ring(&mut nodes, lake, 0.005, ISLAND, 0.2)?;
        self.lines(town, &mut nodes, &mut Rng::new(town.number as u64))?;
        for field in 0..FIELDS {
            let at = (south + 0.07 + (field % 10) as f64 * 0.012, west + (field / 10) as f64 * 0.025);
            ring(&mut nodes, at, 0.0055, FIELD, 0.05)?;
        }
        let (name, people) = (format!("Villa {}", town.number), (blocks * blocks * 40).to_string());
        let kind = if blocks == CITY { "city" } else { "town" };
        let centre = grid(blocks) / 2.0;
        let tags = [("place", kind), ("name", name.as_str()), ("population", people.as_str())];
        nodes.put(south + centre, west + centre, &tags)?;
        self.made.nodes = nodes.next as u64 - 1;
        Ok(())
    }

    fn houses<W: Write>(&self, town: &Town, nodes: &mut Nodes<'_, W>, rng: &mut Rng) -> io::Result<()> {
        let (south, west) = self.place(town);
        let blocks = || (0..town.square()).map(|b| ((b / town.blocks) as f64, (b % town.blocks) as f64));
        for (row, column) in blocks() {
            for house in 0..HOUSES {
                let at = (
                    south + (row + 0.2 + 0.4 * house as f64) * BLOCK,
                    west + (column + rng.between(0.2, 0.7)) * BLOCK,
                );
                // An L.
                for (up, right) in
                    [(0.0, 0.0), (0.0, 12e-5), (6e-5, 12e-5), (6e-5, 6e-5), (12e-5, 6e-5), (12e-5, 0.0)]
                {
                    nodes.put(at.0 + up, at.1 + right, &[])?;
                }
            }
        }
        for (row, column) in blocks() {
            let number = (column as usize * 100 + rng.below(100)).to_string();
            let street = street(town, row as usize);
            let tags = [("addr:housenumber", number.as_str()), ("addr:street", street.as_str())];
            nodes.put(south + (row + 0.04) * BLOCK, west + (column + 0.5) * BLOCK, &tags)?;
        }
        Ok(())
    }

    /// Roads to the next towns, and rivers.
    fn lines<W: Write>(&self, town: &Town, nodes: &mut Nodes<'_, W>, rng: &mut Rng) -> io::Result<()> {
        let (south, west) = self.place(town);
        let side = town.blocks as f64 * BLOCK;
        for is_east in [true, false] {
            for i in 0..ROAD {
                let far = (i + 1) as f64 / (ROAD + 1) as f64 * (APART - side) + side;
                let off = rng.between(-4e-5, 4e-5);
                let (up, right) = if is_east { (off, far) } else { (far, off) };
                nodes.put(south + up, west + right, &[])?;
            }
        }
        for river in 0..RIVERS {
            let (mut lat, mut lon) = (south - 0.01 - river as f64 * 0.01, west);
            for _ in 0..RIVER {
                (lat, lon) = (lat + rng.between(-3e-4, 3e-4), lon + 0.0011);
                nodes.put(lat, lon, &[])?;
            }
        }
        Ok(())
    }

    /// The coast from north to south (water to the right: in the west), and borders of provinces.
    fn edge_nodes<W: Write>(&mut self, writer: &mut Writer<W>) -> io::Result<()> {
        let (mut rng, span) = (Rng::new(7), self.side as f64 * APART);
        let mut nodes = Nodes { writer, next: self.coast };
        let count = self.side * COAST;
        for i in 0..=count {
            let lat = SOUTH + span - (span + 0.2) * i as f64 / count as f64;
            let inland = if i == 0 || i == count { 0.0 } else { rng.between(-0.02, 0.02) };
            nodes.put(lat, WEST - 0.3 + inland, &[])?;
        }
        let provinces = self.provinces();
        let lattice = |p: usize| p as f64 * PROVINCE as f64 * APART - 0.1;
        for q in 0..=provinces {
            for p in 0..=provinces {
                nodes.put(SOUTH + lattice(q), WEST + lattice(p), &[])?;
                // East and north of here.
                for is_east in [true, false] {
                    for i in 0..BORDER {
                        let far = (i + 1) as f64 / (BORDER + 1) as f64 * PROVINCE as f64 * APART;
                        let off = rng.between(-0.01, 0.01);
                        let (up, right) = if is_east { (off, far) } else { (far, off) };
                        nodes.put(SOUTH + lattice(q) + up, WEST + lattice(p) + right, &[])?;
                    }
                }
            }
        }
        // The sea reaches this far.
        nodes.put(SOUTH, WEST - 1.0, &[])?;
        self.made.nodes = nodes.next as u64 - 1;
        Ok(())
    }

    fn ways<W: Write>(
        &mut self,
        town: &Town,
        ways: &mut Ways<W>,
        lakes: &mut Vec<[i64; 2]>,
    ) -> io::Result<()> {
        let [_, middles, houses, _, parks, lake, island, roads, rivers, fields, ..] = town.parts();
        let blocks = town.blocks;
        for is_row in [true, false] {
            for line in 0..=blocks {
                let name = if is_row { street(town, line) } else { street(town, blocks + 1 + line) };
                let highway = match line % 8 {
                    0 => "primary",
                    4 => "tertiary",
                    _ => "residential",
                };
                let mut tags = vec![("highway", highway), ("name", name.as_str())];
                if line % 4 != 0 {
                    tags.push(("oneway", if line % 2 == 0 { "yes" } else { "-1" }));
                }
                for from in (0..blocks).step_by(PIECE) {
                    let to = (from + PIECE).min(blocks);
                    let corner = |i: usize| if is_row { town.corner(i, line) } else { town.corner(line, i) };
                    let middle = |i: usize| {
                        let columns = blocks * (blocks + 1) + i * (blocks + 1) + line;
                        middles + if is_row { line * blocks + i } else { columns } as i64
                    };
                    let nodes = (from..to).flat_map(|i| [corner(i), middle(i)]).chain([corner(to)]);
                    ways.put(nodes, &tags)?;
                }
            }
        }
        for house in 0..(town.square() * HOUSES) as i64 {
            let kind = if house % 9 == 0 { "apartments" } else { "house" };
            ways.ring(houses + house * HOUSE as i64, HOUSE, &[("building", kind), ("building:levels", "2")])?;
        }
        for park in 0..PARKS as i64 {
            let tags: &[(&str, &str)] = if park % 3 == 0 {
                &[("amenity", "school"), ("name", "Escuela 5")]
            } else {
                &[("leisure", "park")]
            };
            ways.ring(parks + park * PARK as i64, PARK, tags)?;
        }
        lakes.push([ways.ring(lake, LAKE, &[])?, ways.ring(island, ISLAND, &[])?]);
        self.roads(town, roads, ways)?;
        for river in 0..RIVERS as i64 {
            let kind = if river == 0 { "river" } else { "stream" };
            let first = rivers + river * RIVER as i64;
            ways.put(first..first + RIVER as i64, &[("waterway", kind), ("name", "Arroyo del Medio")])?;
        }
        for field in 0..FIELDS as i64 {
            ways.ring(fields + field * FIELD as i64, FIELD, &[("landuse", "farmland")])?;
        }
        Ok(())
    }

    fn roads<W: Write>(&self, town: &Town, roads: i64, ways: &mut Ways<W>) -> io::Result<()> {
        let number = format!("RP {}", town.number % 97 + 1);
        let is_edge = town.number % self.side + 1 == self.side;
        let neighbours = [(town.number + 1, is_edge, 0), (town.number + self.side, false, 1)];
        for (to, is_none, place) in neighbours {
            let Some(to) = self.towns.get(to).filter(|_| !is_none) else { continue };
            let first = roads + place * ROAD as i64;
            let from = if place == 0 { town.corner(town.blocks, 0) } else { town.corner(0, town.blocks) };
            let nodes = std::iter::once(from).chain(first..first + ROAD as i64).chain([to.corner(0, 0)]);
            let highway = if place == 0 { "trunk" } else { "secondary" };
            ways.put(nodes, &[("highway", highway), ("ref", number.as_str()), ("maxspeed", "110")])?;
        }
        Ok(())
    }

    /// Coast and borders; answers the way east of each corner of provinces, and the way north of it.
    fn edge_ways<W: Write>(&mut self, ways: &mut Ways<W>) -> io::Result<Vec<[i64; 2]>> {
        for row in 0..self.side {
            let first = self.coast + (row * COAST) as i64;
            ways.put(first..=first + COAST as i64, &[("natural", "coastline")])?;
        }
        let provinces = self.provinces();
        let corner =
            |p: usize, q: usize| self.borders + ((q * (provinces + 1) + p) * (2 * BORDER + 1)) as i64;
        let mut borders = Vec::new();
        for q in 0..=provinces {
            for p in 0..=provinces {
                let mut both = [0, 0];
                for (place, way) in both.iter_mut().enumerate() {
                    let (to_p, to_q) = if place == 0 { (p + 1, q) } else { (p, q + 1) };
                    if to_p <= provinces && to_q <= provinces {
                        let first = corner(p, q) + 1 + (place * BORDER) as i64;
                        let inner = first..first + BORDER as i64;
                        let nodes = std::iter::once(corner(p, q)).chain(inner).chain([corner(to_p, to_q)]);
                        *way = ways.put(nodes, &[("boundary", "administrative")])?;
                    }
                }
                borders.push(both);
            }
        }
        Ok(borders)
    }

    fn relations<W: Write>(
        &mut self,
        writer: &mut Writer<W>,
        lakes: &[[i64; 2]],
        borders: Vec<[i64; 2]>,
    ) -> io::Result<()> {
        let mut next = 1;
        for [lake, island] in lakes {
            let tags = [("type", "multipolygon"), ("natural", "water"), ("name", "Laguna Grande")];
            writer.relation(next, &[(*lake, "outer"), (*island, "inner")], &tags)?;
            next += 1;
        }
        let provinces = self.provinces();
        let way = |p: usize, q: usize, place: usize| {
            borders.get(q * (provinces + 1) + p).and_then(|b| b.get(place)).copied().unwrap_or(0)
        };
        for q in 0..provinces {
            for p in 0..provinces {
                let ways = [
                    (way(p, q, 0), "outer"),
                    (way(p + 1, q, 1), "outer"),
                    (way(p, q + 1, 0), "outer"),
                    (way(p, q, 1), "outer"),
                ];
                let name = format!("Provincia {p}-{q}");
                let tags = [
                    ("type", "boundary"),
                    ("boundary", "administrative"),
                    ("admin_level", "4"),
                    ("name", name.as_str()),
                ];
                writer.relation(next, &ways, &tags)?;
                next += 1;
            }
        }
        self.made.relations = next as u64 - 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use campo_geo::osm::Extract;
    use campo_geo::osm::chain::MISSING;

    /// The extract is read by the reader of the maps: as many of everything, and no node is missing.
    #[test]
    fn a_small_country_is_read() {
        let path = std::env::temp_dir().join(format!("campo-country-{}.osm.pbf", std::process::id()));
        let made = Country::new(60_000).write(std::fs::File::create(&path).unwrap()).unwrap();
        let extract = Extract::read(&path, &mut |_, _| {}).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(extract.node_count() as u64, made.nodes);
        assert_eq!(extract.way_count() as u64, made.ways);
        assert_eq!(extract.relation_count() as u64, made.relations);
        assert!(extract.ways().all(|w| w.nodes().all(|n| n != MISSING)));
        let a_way = made.nodes as f64 / made.ways as f64;
        assert!((9.5..11.5).contains(&a_way), "nodes a way as in Argentina: {a_way}");
    }
}
