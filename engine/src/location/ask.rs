//! What people ask of the index of addresses.

use campo_geo::Coord;
use campo_geo::places::Found;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::near;
use crate::check::Check;
use crate::db::Db;
use crate::error::Result;
use crate::ids::OrgId;
use crate::maps::Maps;

/// Answers when none are asked for in number.
const USUAL: usize = 8;
/// And at most.
const MOST: usize = 50;

/// An address to look for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// An address, a corner, a street or a place, as people write it, or its beginning; 1 to 200 characters.
    pub q: String,
    /// Prefer what is near this latitude; with `lon`. The middle of the organization's customers when absent.
    pub lat: Option<f64>,
    /// Prefer what is near this longitude.
    pub lon: Option<f64>,
    /// Answers, 1 to 50; 8 when absent.
    pub limit: Option<usize>,
}

/// What was found, the likeliest first.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Answers {
    /// Addresses and places.
    pub items: Vec<Found>,
    /// Is there a map with an index? Without one nothing is ever found.
    pub map: bool,
}

/// A point that wants a name.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Point {
    /// WGS-84 degrees.
    pub lat: f64,
    /// WGS-84 degrees.
    pub lon: f64,
}

/// What a point is called.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Named {
    /// The nearest street, with its number where one is known; null where nothing is near.
    pub label: Option<String>,
    /// Is there a map with an index?
    pub map: bool,
}

/// Looks an address up.
///
/// # Errors
/// [`crate::error::Error::Invalid`] for a text that is empty or too long, half a place, a limit out of range.
pub async fn search(db: &Db, maps: &Maps, org: OrgId, asked: &Search) -> Result<Answers> {
    let mut check = Check::default();
    let query = check.text("q", &asked.q, 1, 200);
    check.place(asked.lat, asked.lon);
    let limit = asked.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        check.wrong("limit", "entre 1 y 50 (1 to 50)");
    }
    check.done()?;
    let Some(map) = maps.current() else { return Ok(Answers::default()) };
    let Some(index) = &map.places else { return Ok(Answers::default()) };
    let near = match asked.lat.zip(asked.lon).and_then(|(lat, lon)| Coord::new(lat, lon)) {
        Some(here) => Some(here),
        None => near(&mut db.tenant(org).await?, &map).await?,
    };
    Ok(Answers { items: index.search(&query, near, limit), map: true })
}

/// Names a point.
///
/// # Errors
/// [`crate::error::Error::Invalid`] for a point out of range.
pub fn reverse(maps: &Maps, asked: Point) -> Result<Named> {
    let mut check = Check::default();
    check.place(Some(asked.lat), Some(asked.lon));
    check.done()?;
    let map = maps.current();
    let Some(index) = map.as_ref().and_then(|map| map.places.as_ref()) else { return Ok(Named::default()) };
    let label = Coord::new(asked.lat, asked.lon).and_then(|at| index.reverse(at));
    Ok(Named { label, map: true })
}
