//! From tags to what a vehicle may do on a way, and how fast.
//!
//! Sources: the OpenStreetMap wiki's "OSM tags for routing" (access hierarchy, implied one-ways), Argentina's Ley de
//! Tránsito 24.449 art. 51 (calle 40, avenida 60, ruta 110, semiautopista 120, autopista 130 km/h), Portugal's Código da Estrada
//! art. 27 (50, 90, 100, 120).

mod access;
mod facts;
pub(super) mod nodes;
mod oneway;
mod speed;

pub(super) use access::Access;

use super::class::Class;
use crate::eta::Vehicle;
use crate::osm::Tags;
use facts::Facts;

/// Vehicles, in the order of all tables by vehicle.
pub(super) const VEHICLES: [Vehicle; 2] = [Vehicle::Car, Vehicle::Motorbike];

/// The place of a vehicle in tables by vehicle.
pub(super) const fn place(vehicle: Vehicle) -> usize {
    match vehicle {
        Vehicle::Car => 0,
        Vehicle::Motorbike => 1,
    }
}

/// What a way is to the vehicles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Profile {
    /// Kind of road.
    pub class: Class,
    /// Part of a roundabout.
    pub is_roundabout: bool,
    /// For those alone who have business there: no way through.
    pub is_restricted: bool,
    /// Traffic keeps left.
    pub keeps_left: bool,
    /// km/h by vehicle and direction (along, against); 0 where it may not go.
    pub kmh: [[f32; 2]; 2],
    /// Seconds of waiting once for the whole way (a ferry's boarding).
    pub wait_s: f32,
}

impl Profile {
    /// What the way with these tags is; `None` where no vehicle may drive.
    ///
    /// `length_m` is asked for ferries alone, whose speed follows from `duration`.
    pub(super) fn of(tags: Tags<'_>, length_m: impl Fn() -> f64) -> Option<Self> {
        let highway = tags.get("highway");
        if highway.is_none() && !tags.is("route", "ferry") {
            return None;
        }
        let facts = Facts::read(tags);
        let kind = Kind::of(&facts)?;
        let mut profile = Self {
            class: kind.class,
            is_roundabout: facts.is_roundabout(),
            is_restricted: false,
            keeps_left: facts.driving_side == Some("left"),
            kmh: [[0.0; 2]; 2],
            wait_s: if kind.class == Class::Ferry { 600.0 } else { 0.0 },
        };
        let mut verdicts = Vec::with_capacity(4);
        for vehicle in VEHICLES {
            let goes = oneway::directions(&facts, vehicle);
            for (against, goes) in goes.into_iter().enumerate() {
                let access = facts.access(vehicle, against == 1);
                if !goes || access == Access::No || (access == Access::Unsaid && !kind.is_open) {
                    continue;
                }
                verdicts.push(access);
                let kmh = speed::kmh(&facts, kind, vehicle, against == 1, &length_m);
                if let Some(slot) = profile.kmh.get_mut(place(vehicle)).and_then(|k| k.get_mut(against)) {
                    *slot = kmh;
                }
            }
        }
        profile.is_restricted = !verdicts.is_empty() && verdicts.iter().all(|v| *v == Access::Restricted);
        (!verdicts.is_empty()).then_some(profile)
    }
}

/// What `highway` and `route` alone say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// Class of the road.
    pub class: Class,
    /// May motor vehicles drive where nothing is said?
    pub is_open: bool,
    /// A link of a lesser road.
    pub is_link: bool,
}

impl Kind {
    fn of(facts: &Facts<'_>) -> Option<Self> {
        let open = |class| Some(Self { class, is_open: true, is_link: false });
        let link = |class| Some(Self { class, is_open: true, is_link: true });
        let closed = |class| Some(Self { class, is_open: false, is_link: false });
        if facts.is_unusable() {
            return None;
        }
        match facts.highway {
            Some("motorway") => open(Class::Motorway),
            Some("trunk") => open(Class::Trunk),
            Some("motorway_link" | "trunk_link") => open(Class::Ramp),
            Some("primary") => open(Class::Primary),
            Some("primary_link") => link(Class::Primary),
            Some("secondary") => open(Class::Secondary),
            Some("secondary_link") => link(Class::Secondary),
            Some("tertiary") => open(Class::Tertiary),
            Some("tertiary_link") => link(Class::Tertiary),
            Some("unclassified" | "road") => open(Class::Unclassified),
            Some("residential") => open(Class::Residential),
            Some("living_street") => open(Class::Living),
            Some("service") => open(Class::Service),
            // Farm roads lead to customers; the worst are for tractors.
            Some("track") if !matches!(facts.tracktype, Some("grade4" | "grade5")) => open(Class::Track),
            Some("track" | "path" | "bridleway" | "cycleway" | "footway") => closed(Class::Track),
            Some("pedestrian") => closed(Class::Living),
            Some("busway" | "bus_guideway") => closed(Class::Service),
            None if facts.route == Some("ferry") => closed(Class::Ferry),
            _ => None,
        }
    }
}
