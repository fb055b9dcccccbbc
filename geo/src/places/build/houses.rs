//! House numbers find their streets: by name in the neighbourhood, without a name the street in front.

use rustc_hash::FxHashMap;

use super::super::record::NONE;
use super::super::shape::{self, Plane};
use super::gather::{At, Gathered, RawHouse};
use super::localities::Localities;
use super::streets::{Street, Streets, cluster};

/// A house without a street's name belongs to the street this near, metres.
const IN_FRONT_M: f64 = 80.0;

/// Gives every house to a street; streets that are known by their houses alone are added.
pub(super) fn assign(all: &mut Gathered<'_>, streets: &mut Streets, map: &Localities) {
    let houses = std::mem::take(&mut all.houses);
    let mut alone: FxHashMap<(u32, u32), Vec<RawHouse>> = FxHashMap::default();
    for house in houses {
        let found = find(all, streets, &house);
        match found.and_then(|s| streets.list.get_mut(s as usize)) {
            Some(street) => street.houses.push(entry(&house)),
            None if house.street != NONE => {
                let key = all.names.keys.get(house.street as usize).copied().unwrap_or(NONE);
                let city = map.city(house.at).unwrap_or(NONE);
                alone.entry((key, city)).or_default().push(house);
            }
            None => {}
        }
    }
    let mut groups: Vec<_> = alone.into_iter().collect();
    groups.sort_unstable_by_key(|(key, _)| *key);
    for ((_, city), group) in groups {
        streets_of_houses(&group, city, streets);
    }
    for street in &mut streets.list {
        street.houses.sort_unstable();
        street.houses.dedup();
    }
}

fn entry(house: &RawHouse) -> (u32, At) {
    (house.number * 2 + u32::from(house.is_computed), house.at)
}

/// The street of a house: same name before same name without its kind, then the nearest.
fn find(all: &Gathered<'_>, streets: &Streets, house: &RawHouse) -> Option<u32> {
    let plane = Plane::at(house.at);
    let keys =
        |name: u32| Some((*all.names.keys.get(name as usize)?, *all.names.bare_keys.get(name as usize)?));
    let wanted = keys(house.street);
    let mut best: Option<((u8, f64), u32)> = None;
    for piece in streets.near(house.at) {
        let Some(old) = streets.order.get(piece as usize).map(|p| *p as usize) else { continue };
        let Some(raw) = all.pieces.get(old) else { continue };
        let fit = match (wanted, keys(raw.name)) {
            (Some(wanted), Some(name)) if wanted.0 == name.0 => 0,
            (Some(wanted), _) if others(all, raw.name).any(|n| keys(n).is_some_and(|k| k.0 == wanted.0)) => 1,
            (Some(wanted), Some(name)) if wanted.1 == name.1 => 2,
            (None, _) if raw.rank > 1 => 3,
            _ => continue,
        };
        let Some((_, far)) = plane.nearest(all.points_of(old)) else { continue };
        if fit == 3 && far > IN_FRONT_M {
            continue;
        }
        if best.is_none_or(|(score, _)| (fit, far) < score)
            && let Some(street) = streets.street_of.get(piece as usize)
        {
            best = Some(((fit, far), *street));
        }
    }
    best.map(|(_, street)| street)
}

fn others<'a>(all: &'a Gathered<'_>, name: u32) -> impl Iterator<Item = u32> + use<'a> {
    all.names.others.get(&name).into_iter().flatten().copied()
}

/// Streets that no way bears the name of.
fn streets_of_houses(group: &[RawHouse], city: u32, streets: &mut Streets) {
    let points: Vec<At> = group.iter().map(|h| h.at).collect();
    let lines: Vec<&[At]> = points.chunks(1).collect();
    let mut sorted: Vec<(u32, &RawHouse)> = cluster(&lines).into_iter().zip(group).collect();
    sorted.sort_by_key(|(root, _)| *root);
    for part in sorted.chunk_by(|a, b| a.0 == b.0) {
        let points: Vec<At> = part.iter().map(|(_, h)| h.at).collect();
        let Some(bounds) = shape::bounds(&points) else { continue };
        streets.list.push(Street {
            names: part.first().map(|(_, h)| h.street).into_iter().collect(),
            city,
            pieces: (0, 0),
            rank: 2,
            bounds,
            houses: part.iter().map(|(_, h)| entry(h)).collect(),
        });
    }
}
