//! Where customers and jobs are: a person's pin, else what the map's index makes of their address.
//!
//! A person's pin is never moved by an address. What the index is not sure of stays without a place, with the
//! confidence of its best guess: faces then ask somebody to drag a pin. Without a map nothing is looked up.

mod ask;
mod sql;

use campo_geo::Coord;
use campo_geo::places::{self, Found, Precision, SURE};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::check::Check;
use crate::db::Tenant;
use crate::error::Result;
use crate::field::Field;
use crate::maps::{Maps, OpenMap};

pub use ask::{Answers, Named, Point, Search, reverse, search};

/// Who says where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Source {
    /// A person: typed, dragged or picked.
    Person,
    /// The map's index of addresses.
    Geocoded,
    /// The job goes to its customer's place. Never stored.
    Customer,
}

/// Where something is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Location {
    /// Latitude and longitude, WGS-84 degrees.
    pub place: Option<(f64, f64)>,
    /// Who says so.
    pub source: Option<Source>,
    /// How sure the index was of the address, 0..=1; without a place: of its best guess.
    pub confidence: Option<f64>,
}

impl Location {
    /// A person's pin.
    pub fn pinned(place: (f64, f64)) -> Self {
        Self { place: Some(place), source: Some(Source::Person), confidence: None }
    }

    /// Was the address looked up in vain?
    pub fn is_unsure(&self) -> bool {
        self.place.is_none() && self.confidence.is_some()
    }
}

/// What follows from a save.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// This is it.
    Settled(Location),
    /// The index decides by the address.
    Ask(String),
}

/// What a save makes of a location. `said` is what it says of the place itself: nothing, none, or a pin.
///
/// A pin that is sent stands; one that is taken away, or an address that changes under a place nobody pinned,
/// is looked up anew. Sending the same place back unchanged, as forms do, is no pin.
pub fn next(
    (before, old): (Location, Option<&str>),
    address: Option<&str>,
    said: Option<Option<(f64, f64)>>,
) -> Next {
    let is_same = match (old, address) {
        (Some(old), Some(new)) => places::is_same(old, new),
        (old, new) => old.is_none() && new.is_none(),
    };
    let ask = |address: Option<&str>| match address {
        Some(address) => Next::Ask(address.to_owned()),
        None => Next::Settled(Location::default()),
    };
    match said {
        Some(Some(pin)) if before.place == Some(pin) && is_same => Next::Settled(before),
        Some(Some(pin)) => Next::Settled(Location::pinned(pin)),
        Some(None) if is_same => Next::Settled(Location::default()),
        Some(None) => ask(address),
        None if before.place.is_some() && before.source != Some(Source::Geocoded) => Next::Settled(before),
        None if is_same && (before.place.is_some() || before.confidence.is_some()) => Next::Settled(before),
        None => ask(address),
    }
}

/// What a PATCH says of a place: nothing, none, or a pin; half a place is noted as wrong.
pub(crate) fn said(
    before: Option<(f64, f64)>,
    lat: Field<f64>,
    lon: Field<f64>,
    check: &mut Check,
) -> Option<Option<(f64, f64)>> {
    let is_said = lat.is_some() || lon.is_some();
    let (old_lat, old_lon) = before.unzip();
    let (lat, lon) = (lat.unwrap_or(old_lat), lon.unwrap_or(old_lon));
    check.place(lat, lon);
    is_said.then(|| lat.zip(lon))
}

/// The location that follows, with the index asked where it must be.
pub async fn settle(tenant: &mut Tenant, maps: &Maps, next: Next) -> Result<Location> {
    let address = match next {
        Next::Settled(location) => return Ok(location),
        Next::Ask(address) => address,
    };
    let Some(map) = maps.current().filter(|map| map.places.is_some()) else { return Ok(Location::default()) };
    let near = near(tenant, &map).await?;
    let found = map.places.as_ref().map(|index| index.search(&address, near, 1)).unwrap_or_default();
    Ok(judge(found.first()))
}

/// Takes the best answer if it is sure and exact; else its confidence alone.
fn judge(best: Option<&Found>) -> Location {
    let Some(found) = best else { return Location { confidence: Some(0.0), ..Location::default() } };
    let is_exact = matches!(found.precision, Precision::Number | Precision::Interpolated | Precision::Corner);
    let place = (is_exact && found.confidence >= SURE).then(|| (found.at.lat(), found.at.lon()));
    Location { place, source: place.map(|_| Source::Geocoded), confidence: Some(found.confidence) }
}

/// Where an organization works, to tell towns with equal streets apart: the middle of its customers, else of a map
/// that is no larger than a city.
pub async fn near(tenant: &mut Tenant, map: &OpenMap) -> Result<Option<Coord>> {
    let middle = sql::middle_of_customers(tenant).await?;
    Ok(middle.and_then(|(lat, lon)| Coord::new(lat, lon)).or_else(|| middle_of(map)))
}

/// The middle of a map of one city, up to about 100 km across.
fn middle_of(map: &OpenMap) -> Option<Coord> {
    let [west, south, east, north] = <[f64; 4]>::from(map.manifest.bounds);
    let is_city = north - south < 1.0 && (0.0..1.2).contains(&(east - west));
    Coord::new((south + north) / 2.0, (west + east) / 2.0).filter(|_| is_city)
}

#[cfg(test)]
mod tests;
