//! What a turn costs, and what it is like.

use super::net::Net;
use crate::roads::class::Class;
use crate::roads::graph::TurnKind;
use crate::roads::profile::nodes::{Facing, Sight};

/// Seconds are of the order of measured gap acceptance at unsignalled junctions (Highway Capacity Manual, TWSC: critical
/// gaps of 4 to 7 s); the rest is learned with the speeds.
const NEAR_MS: f32 = 2_000.0;
const FAR_MS: f32 = 3_000.0;
const FAR_ONCOMING_MS: f32 = 4_500.0;
/// Joining or crossing a greater road without a light.
const JOIN_MS: u32 = 1_500;
const CROSS_MS: u32 = 3_000;
const ROUNDABOUT_MS: u32 = 1_500;
const BACK_MS: u32 = 15_000;
/// Up to here it goes straight on.
const STRAIGHT_DEG: f32 = 40.0;

/// What an edge comes to at its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    /// Roads that meet there.
    arms: usize,
    /// The greatest class among them.
    greatest: Class,
    /// Somebody comes the opposite way.
    is_oncoming: bool,
    /// Lights and signs there.
    wait_ms: u32,
    has_signal: bool,
}

impl Arrival {
    /// What `edge` comes to; `sight` stands at the junction's node.
    pub(super) fn of(net: &Net<'_>, edge: u32, sight: Option<&Sight>) -> Self {
        let junction = net.head(edge);
        let (outs, ins) = (net.outs(junction), net.ins(junction));
        let one_way_in = ins.iter().filter(|e| net.opposite(**e).is_none()).count();
        let all = || outs.iter().chain(ins).map(|e| net.class(*e));
        let (greatest, least) = (all().min().unwrap_or(Class::Track), all().max().unwrap_or(Class::Track));
        let own = net.arrives_deg(edge);
        let comes = |e: &u32| *e != edge && crate::roads::snap::apart_deg(net.arrives_deg(*e), own) > 140.0;
        let concerns = |s: &&Sight| {
            let is_lesser = net.class(edge) > greatest || greatest == least;
            s.concerns(net.piece(edge).1) && (!s.is_yield || s.facing != Facing::Both || is_lesser)
        };
        let sight = sight.filter(concerns);
        Self {
            arms: outs.len() + one_way_in,
            greatest,
            is_oncoming: ins.iter().any(comes),
            wait_ms: sight.map_or(0, |s| s.wait_ms),
            has_signal: sight.is_some_and(|s| s.is_signal),
        }
    }

    /// Is there a light for those who come by this edge?
    pub(super) fn has_signal(&self) -> bool {
        self.has_signal
    }

    /// Cost in milliseconds and kind of the turn to `next`.
    pub(super) fn turn(&self, net: &Net<'_>, edge: u32, next: u32) -> (u32, TurnKind) {
        if net.opposite(edge) == Some(next) {
            return (BACK_MS, TurnKind::Back);
        }
        let (from, to) = (net.profile(edge), net.profile(next));
        if from.is_roundabout || to.is_roundabout {
            let enters = !from.is_roundabout;
            return (self.wait_ms + if enters { ROUNDABOUT_MS } else { 0 }, TurnKind::Straight);
        }
        if self.arms <= 2 {
            return (self.wait_ms, TurnKind::Straight);
        }
        let angle = net.angle_deg(edge, next);
        let near = if from.keeps_left { -angle } else { angle };
        let sharp = ((angle.abs() - 20.0) / 70.0).clamp(0.0, 1.6);
        let far = if self.is_oncoming { FAR_ONCOMING_MS } else { FAR_MS };
        let corner = sharp * if near > 0.0 { NEAR_MS } else { far };
        let kind = match () {
            () if angle.abs() < STRAIGHT_DEG => TurnKind::Straight,
            () if near > 0.0 => TurnKind::Near,
            () => TurnKind::Far,
        };
        (corner as u32 + self.wait_ms + self.yielding(from.class, kind), kind)
    }

    /// Waiting for a gap in a greater road's traffic.
    fn yielding(&self, own: Class, kind: TurnKind) -> u32 {
        let is_greater = self.greatest < own && self.greatest <= Class::Tertiary;
        if self.has_signal || !is_greater || own == Class::Ramp {
            0
        } else if kind == TurnKind::Near {
            JOIN_MS
        } else {
            CROSS_MS
        }
    }
}
