//! What a point on the map is called.

use super::file::Section;
use super::grid;
use super::index::Places;
use super::record::{NONE, Sort};
use super::shape::Plane;
use crate::Coord;

/// Who stands further from a street than this stands in the open.
const STREET_M: f64 = 250.0;
/// A house this near to the point is the one that is meant.
const HOUSE_M: f64 = 60.0;
/// A place is named up to this distance.
const PLACE_M: f64 = 10_000.0;

impl Places {
    /// The nearest street, with its number where one is known nearby: `Avenida Rivadavia 4502, Caballito`.
    /// Far from streets the nearest place; `None` in the middle of nowhere.
    pub fn reverse(&self, at: Coord) -> Option<String> {
        let at = [at.lat_e7(), at.lon_e7()];
        let plane = Plane::at(at);
        let pieces = grid::around(at).into_iter().flat_map(|cell| self.pieces_in(cell));
        let near = pieces.filter_map(|number| {
            let (piece, line) = self.piece(*number)?;
            let (_, far) = plane.nearest(line)?;
            // A path beside a street is seldom what people name.
            let path = self.entry(piece.street).is_some_and(|s| s.importance <= 8);
            Some((piece, if path { far + 15.0 } else { far }))
        });
        let found = near.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, far)| *far <= STREET_M);
        let Some((piece, _)) = found else { return self.place_near(&plane) };
        let street = self.entry(piece.street)?;
        let houses = self.houses(street).iter().map(|h| (h, plane.distance_m(h.at)));
        let house = houses.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, far)| *far <= HOUSE_M);
        let number = house.map_or(String::new(), |(h, _)| format!(" {}", h.number()));
        Some(format!("{}{number}{}", self.shown(street), self.whereabouts(street, piece.suburb)))
    }

    /// The pieces that pass through a cell.
    fn pieces_in(&self, cell: u32) -> &[u32] {
        let cells: &[u32] = self.sections.records(Section::Cells);
        let (from, to) = (cells.partition_point(|c| *c < cell), cells.partition_point(|c| *c <= cell));
        self.sections.records::<u32>(Section::CellPieces).get(from..to).unwrap_or(&[])
    }

    fn place_near(&self, plane: &Plane) -> Option<String> {
        let places = self.entries().iter().rev().take_while(|e| e.sort != Sort::Street as u8);
        let named = places.filter(|e| e.sort == Sort::Suburb as u8 || e.sort == Sort::City as u8);
        let near = named.map(|e| (e, plane.distance_m(e.at))).min_by(|a, b| a.1.total_cmp(&b.1));
        let (place, _) = near.filter(|(_, far)| *far <= PLACE_M)?;
        Some(format!("{}{}", self.shown(place), self.whereabouts(place, NONE)))
    }
}
