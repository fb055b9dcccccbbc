//! What stands at a node: lights, stop signs, crossings, barriers.

use super::access::{self, Access};
use super::{VEHICLES, place};
use crate::eta::Vehicle;
use crate::osm::{Extract, Tags};
use crate::roads::make::marks::Marks;

/// Average waits, milliseconds. Of the order that OSRM's profiles and the Highway Capacity Manual's low-volume delays use;
/// what a city really waits is learned on top.
pub(in crate::roads) mod wait {
    /// A traffic light.
    pub const SIGNAL_MS: u32 = 6_000;
    /// A light for those who cross on foot.
    pub const FOOT_SIGNAL_MS: u32 = 2_500;
    /// A stop sign.
    pub const STOP_MS: u32 = 3_500;
    /// A give-way sign.
    pub const GIVE_WAY_MS: u32 = 1_500;
    /// A zebra.
    pub const CROSSING_MS: u32 = 400;
    /// A bump, table or chicane: lomo de burro.
    pub const CALMING_MS: u32 = 1_500;
    /// Rails.
    pub const RAILS_MS: u32 = 3_000;
    /// A gate or a guarded entrance.
    pub const GATE_MS: u32 = 8_000;
    /// Peaje.
    pub const TOLL_MS: u32 = 10_000;
}

/// Whom something at a node concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::roads) enum Facing {
    /// Both directions.
    Both,
    /// Those who drive along the way's drawing.
    Along,
    /// Those who drive against it.
    Against,
}

/// What stands at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::roads) struct Sight {
    /// A light for vehicles (counted apart).
    pub is_signal: bool,
    /// A stop or give-way sign: without a direction it concerns those who drive towards the nearer junction.
    pub is_yield: bool,
    /// Average wait, milliseconds.
    pub wait_ms: u32,
    /// Whom it concerns.
    pub facing: Facing,
    /// By vehicle: may not pass.
    pub blocks: [bool; 2],
}

impl Sight {
    /// What these tags say; `None` where nothing matters.
    pub(super) fn of(tags: Tags<'_>) -> Option<Self> {
        let mut sight =
            Self { is_signal: false, is_yield: false, wait_ms: 0, facing: facing(tags), blocks: [false; 2] };
        match tags.get("highway") {
            Some("traffic_signals") => (sight.is_signal, sight.wait_ms) = (true, wait::SIGNAL_MS),
            Some("stop") => (sight.is_yield, sight.wait_ms) = (true, wait::STOP_MS),
            Some("give_way") => (sight.is_yield, sight.wait_ms) = (true, wait::GIVE_WAY_MS),
            Some("crossing") if tags.is("crossing", "traffic_signals") => {
                sight.wait_ms = wait::FOOT_SIGNAL_MS
            }
            Some("crossing") if !tags.is("crossing", "no") => sight.wait_ms = wait::CROSSING_MS,
            Some("toll_gantry") => {}
            _ => {}
        }
        if matches!(tags.get("railway"), Some("level_crossing")) {
            sight.wait_ms += wait::RAILS_MS;
        }
        if !matches!(tags.get("traffic_calming"), None | Some("no" | "rumble_strip" | "island" | "choker")) {
            sight.wait_ms += wait::CALMING_MS;
        }
        if let Some(barrier) = tags.get("barrier") {
            sight.blocks = VEHICLES.map(|vehicle| blocks(tags, barrier, vehicle));
            sight.wait_ms += match barrier {
                "toll_booth" => wait::TOLL_MS,
                "gate" | "lift_gate" | "swing_gate" | "sliding_gate" | "border_control" | "sally_port" => {
                    wait::GATE_MS
                }
                _ => 0,
            };
        } else if own_access(tags, Vehicle::Car) == Access::No {
            // A node that is closed without saying by what.
            sight.blocks = VEHICLES.map(|vehicle| own_access(tags, vehicle) == Access::No);
        }
        (sight.wait_ms > 0 || sight.blocks != [false; 2]).then_some(sight)
    }

    /// Does it concern those who drive in this direction of the way?
    pub(in crate::roads) fn concerns(&self, against: bool) -> bool {
        match self.facing {
            Facing::Both => true,
            Facing::Along => !against,
            Facing::Against => against,
        }
    }
}

fn facing(tags: Tags<'_>) -> Facing {
    match tags.get("traffic_signals:direction").or_else(|| tags.get("direction")) {
        Some("forward") => Facing::Along,
        Some("backward") => Facing::Against,
        _ => Facing::Both,
    }
}

fn own_access(tags: Tags<'_>, vehicle: Vehicle) -> Access {
    let own = match vehicle {
        Vehicle::Car => "motorcar",
        Vehicle::Motorbike => "motorcycle",
    };
    access::first([own, "motor_vehicle", "vehicle", "access"].into_iter().map(|key| tags.get(key)))
}

/// A barrier stops a vehicle unless its tags or its kind let it through.
fn blocks(tags: Tags<'_>, barrier: &str, vehicle: Vehicle) -> bool {
    match own_access(tags, vehicle) {
        Access::Yes | Access::Restricted => false,
        Access::No => true,
        Access::Unsaid => match barrier {
            "gate" | "lift_gate" | "swing_gate" | "sliding_gate" | "hampshire_gate" => {
                tags.is("locked", "yes")
            }
            "cattle_grid" | "border_control" | "toll_booth" | "sally_port" | "no" | "entrance" | "arch"
            | "height_restrictor" | "kerb" | "bump_gate" | "coupure" => false,
            "bollard" | "rising_bollard" => !tags.is("bollard", "rising") && barrier == "bollard",
            _ => true,
        },
    }
}

/// All nodes of an extract where something stands.
#[derive(Debug)]
pub(in crate::roads) struct Sights {
    marks: Marks,
    /// In the order of the marks.
    list: Vec<Sight>,
}

impl Sights {
    /// Gathers them.
    pub(in crate::roads) fn of(extract: &Extract) -> Self {
        let mut marks = Marks::new(extract.node_count());
        let mut list = Vec::new();
        for tagged in extract.tagged_nodes() {
            if let Some(sight) = Sight::of(tagged.tags) {
                marks.set(tagged.node);
                list.push(sight);
            }
        }
        marks.count();
        Self { marks, list }
    }

    /// What stands at a node.
    pub(in crate::roads) fn at(&self, node: u32) -> Option<&Sight> {
        self.marks.rank(node).and_then(|place| self.list.get(place as usize))
    }

    /// Does something there stop a vehicle?
    pub(in crate::roads) fn blocks(&self, node: u32, vehicle: Vehicle) -> bool {
        self.at(node).is_some_and(|s| s.blocks.get(place(vehicle)) == Some(&true))
    }

    /// Does something there stop any vehicle?
    pub(in crate::roads) fn blocks_any(&self, node: u32) -> bool {
        self.at(node).is_some_and(|s| s.blocks != [false; 2])
    }
}
