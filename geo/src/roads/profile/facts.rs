//! The tags that matter on a way, gathered in one pass.

use super::access::{self, Access};
use crate::eta::Vehicle;
use crate::osm::Tags;

/// A key with its forms for one direction.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Directed<'a> {
    plain: Option<&'a str>,
    along: Option<&'a str>,
    against: Option<&'a str>,
}

impl<'a> Directed<'a> {
    /// What holds for a direction.
    pub(super) fn get(self, against: bool) -> Option<&'a str> {
        (if against { self.against } else { self.along }).or(self.plain)
    }
}

/// Values by key.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    pub(super) highway: Option<&'a str>,
    pub(super) route: Option<&'a str>,
    pub(super) junction: Option<&'a str>,
    pub(super) service: Option<&'a str>,
    pub(super) surface: Option<&'a str>,
    pub(super) smoothness: Option<&'a str>,
    pub(super) tracktype: Option<&'a str>,
    pub(super) driving_side: Option<&'a str>,
    pub(super) duration: Option<&'a str>,
    pub(super) lanes: Option<&'a str>,
    area: Option<&'a str>,
    impassable: Option<&'a str>,
    pub(super) oneway: Option<&'a str>,
    /// `oneway:motor_vehicle`, or else `oneway:vehicle`.
    pub(super) oneway_motor: Option<&'a str>,
    oneway_vehicle: Option<&'a str>,
    oneway_motorcar: Option<&'a str>,
    oneway_motorcycle: Option<&'a str>,
    access: Directed<'a>,
    vehicle: Directed<'a>,
    motor_vehicle: Directed<'a>,
    motorcar: Directed<'a>,
    motorcycle: Directed<'a>,
    pub(super) maxspeed: Directed<'a>,
    pub(super) maxspeed_motorcycle: Option<&'a str>,
    /// `maxspeed:type`, `zone:maxspeed` or `zone:traffic`: a limit by its name.
    pub(super) zone: Option<&'a str>,
}

impl<'a> Facts<'a> {
    /// Gathers.
    pub(super) fn read(tags: Tags<'a>) -> Self {
        let mut facts = Self::default();
        for (key, value) in tags.iter() {
            facts.take(key, value);
        }
        facts
    }

    fn take(&mut self, key: &str, value: &'a str) {
        let slot = match key {
            "highway" => &mut self.highway,
            "route" => &mut self.route,
            "junction" => &mut self.junction,
            "service" => &mut self.service,
            "surface" => &mut self.surface,
            "smoothness" => &mut self.smoothness,
            "tracktype" => &mut self.tracktype,
            "driving_side" => &mut self.driving_side,
            "duration" => &mut self.duration,
            "lanes" => &mut self.lanes,
            "area" => &mut self.area,
            "impassable" => &mut self.impassable,
            "oneway" => &mut self.oneway,
            "oneway:motor_vehicle" => &mut self.oneway_motor,
            "oneway:vehicle" => &mut self.oneway_vehicle,
            "oneway:motorcar" => &mut self.oneway_motorcar,
            "oneway:motorcycle" => &mut self.oneway_motorcycle,
            "maxspeed:motorcycle" => &mut self.maxspeed_motorcycle,
            "maxspeed:type" | "zone:maxspeed" | "zone:traffic" => &mut self.zone,
            _ => return self.take_directed(key, value),
        };
        *slot = Some(value);
    }

    fn take_directed(&mut self, key: &str, value: &'a str) {
        let (stem, along, against) = if let Some(stem) = key.strip_suffix(":forward") {
            (stem, true, false)
        } else if let Some(stem) = key.strip_suffix(":backward") {
            (stem, false, true)
        } else {
            (key, false, false)
        };
        let directed = match stem {
            "access" => &mut self.access,
            "vehicle" => &mut self.vehicle,
            "motor_vehicle" => &mut self.motor_vehicle,
            "motorcar" => &mut self.motorcar,
            "motorcycle" => &mut self.motorcycle,
            "maxspeed" => &mut self.maxspeed,
            _ => return,
        };
        let slot = match (along, against) {
            (true, _) => &mut directed.along,
            (_, true) => &mut directed.against,
            _ => &mut directed.plain,
        };
        *slot = Some(value);
    }

    /// What the most particular key says about a vehicle.
    pub(super) fn access(&self, vehicle: Vehicle, against: bool) -> Access {
        let own = match vehicle {
            Vehicle::Car => self.motorcar,
            Vehicle::Motorbike => self.motorcycle,
        };
        let keys = [own, self.motor_vehicle, self.vehicle, self.access];
        access::first(keys.into_iter().map(|k| k.get(against)))
    }

    /// The `oneway` that holds for a vehicle.
    pub(super) fn oneway_of(&self, vehicle: Vehicle) -> Option<&'a str> {
        let own = match vehicle {
            Vehicle::Car => self.oneway_motorcar,
            Vehicle::Motorbike => self.oneway_motorcycle,
        };
        own.or(self.oneway_motor).or(self.oneway_vehicle).or(self.oneway)
    }

    /// Roundabouts and circles that are driven round like one.
    pub(super) fn is_roundabout(&self) -> bool {
        matches!(self.junction, Some("roundabout" | "circular"))
    }

    /// Squares drawn as areas, roads that nobody can pass, lanes whose direction changes by the hour, ways kept for ambulances.
    pub(super) fn is_unusable(&self) -> bool {
        self.area == Some("yes")
            || self.impassable == Some("yes")
            || self.smoothness == Some("impassable")
            || self.oneway == Some("reversible")
            || self.service == Some("emergency_access")
    }
}
