//! When a customer may see where the technician is.

use super::technician::Marker;

/// How far a customer's session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// Is the job `en_camino` right now?
    pub en_camino: bool,
    /// Is its tracking session active (neither arrived nor over)?
    pub session_active: bool,
    /// When the journey began, corrected Unix milliseconds.
    pub started_ms: i64,
    /// When the technician arrived, if so.
    pub arrived_ms: Option<i64>,
}

/// The position that a customer may see: none before `en_camino`, none after the arrival, and none that was
/// taken before the journey began (where the technician was before is another customer's home).
pub fn customer_position(stage: &Stage, marker: Option<Marker>) -> Option<Marker> {
    let on_the_way = stage.en_camino && stage.session_active && stage.arrived_ms.is_none();
    marker.filter(|marker| on_the_way && marker.at_ms >= stage.started_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use campo_geo::Coord;
    use proptest::prelude::*;

    proptest! {
        /// Whatever the state: a position seen is one taken on the way, between the start and the arrival.
        #[test]
        fn only_between_en_camino_and_arrival(
            en_camino: bool, session_active: bool, started_ms in 0..100i64, arrived_ms in prop::option::of(0..100i64),
            at_ms in prop::option::of(0..100i64),
        ) {
            let coord = Coord::new(-34.6, -58.4).unwrap();
            let marker = at_ms.map(|at_ms| Marker { at_ms, coord, accuracy_m: None, speed_mps: None, heading_deg: None });
            let stage = Stage { en_camino, session_active, started_ms, arrived_ms };
            let allowed = en_camino && session_active && arrived_ms.is_none() && at_ms.is_some_and(|at| at >= started_ms);
            prop_assert_eq!(customer_position(&stage, marker), marker.filter(|_| allowed));
        }
    }
}
