//! The records of the index, exactly as they lie in the file.

use bytemuck::{Pod, Zeroable};

/// No such number: an entry without a city, a piece without a barrio.
pub const NONE: u32 = u32::MAX;

/// What an entry is. The numbers are those of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// A street of one town.
    Street = 0,
    /// A square, a hospital, a station.
    Spot = 1,
    /// A barrio, suburb or quarter.
    Suburb = 2,
    /// A city, town or village.
    City = 3,
    /// A province.
    Province = 4,
}

impl Sort {
    /// From the file's number.
    pub fn of(number: u8) -> Self {
        match number {
            0 => Self::Street,
            1 => Self::Spot,
            2 => Self::Suburb,
            3 => Self::City,
            _ => Self::Province,
        }
    }
}

/// Something that can be found.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct Entry {
    /// A point on it: latitude and longitude in ten-millionths of a degree.
    pub at: [i32; 2],
    /// South, west, north, east, in the same unit.
    pub bounds: [i32; 4],
    /// The first of its [`Name`]s, the one that is shown; the others follow.
    pub names: u32,
    /// How many names.
    pub name_count: u16,
    /// [`Sort`].
    pub sort: u8,
    /// 0 a lane .. 255 a great city.
    pub importance: u8,
    /// The entry of the city or province around it, or [`NONE`].
    pub city: u32,
    /// Its [`Piece`]s: the first, and how many. Streets only.
    pub pieces: u32,
    /// How many pieces.
    pub piece_count: u32,
    /// Its [`House`]s: the first, in ascending order of number.
    pub houses: u32,
    /// How many houses.
    pub house_count: u32,
    /// Its areas: entries of the barrios, city and province it lies in; the first.
    pub areas: u32,
    /// How many areas.
    pub area_count: u32,
}

/// A name of an entry.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct Name {
    /// Whose.
    pub entry: u32,
    /// Where its text begins.
    pub text: u32,
    /// Bytes of the text.
    pub text_len: u16,
    /// Words of the name.
    pub word_count: u16,
    /// Where its words begin.
    pub words: u32,
}

/// A way of a street.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct Piece {
    /// Where its points begin; they end where the next piece's begin.
    pub points: u32,
    /// The street's entry.
    pub street: u32,
    /// The barrio's entry, or [`NONE`].
    pub suburb: u32,
}

/// A house number and where it is.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct House {
    /// The number, doubled; odd where it was computed from an interpolation way.
    pub number2: u32,
    /// Latitude and longitude in ten-millionths of a degree.
    pub at: [i32; 2],
}

impl House {
    /// The number on the door.
    pub fn number(&self) -> u32 {
        self.number2 >> 1
    }

    /// Was it computed, not seen?
    pub fn is_computed(&self) -> bool {
        self.number2 & 1 == 1
    }
}
