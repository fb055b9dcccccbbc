//! How often a phone should send its position.

/// Never more often than this, seconds.
pub const FASTEST_S: u16 = 5;
/// Never less often than this, seconds.
pub const SLOWEST_S: u16 = 300;
/// Nearer than this in time the last minutes are worth more positions, seconds.
const NEAR_S: u32 = 300;
/// Below this charge the phone is spared.
const LOW_BATTERY: f32 = 0.15;

/// What the interval depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// The organization's interval while driving far away, seconds.
    pub base_s: u16,
    /// Is a stop going on?
    pub stopped: bool,
    /// The shortest remaining time of a journey that has not arrived, seconds.
    pub nearest_p50_s: Option<u32>,
    /// Does a customer look?
    pub watched: bool,
    /// Charge 0..=1 of a phone that is not being charged.
    pub battery: Option<f32>,
}

/// The interval to tell the phone, 5 to 300 s.
///
/// A third of the base near the destination or while a customer looks, ten times the base at a stop, twice
/// all that on a low battery. (With a base of 30 s: 10 s, 5 min, and 30 s otherwise.)
pub fn ping_every_s(pace: &Pace) -> u16 {
    let near = pace.nearest_p50_s.is_some_and(|p50| p50 < NEAR_S);
    let interval = match (near || pace.watched, pace.stopped) {
        (true, _) => pace.base_s / 3,
        (false, true) => pace.base_s.saturating_mul(10),
        (false, false) => pace.base_s,
    };
    let low = pace.battery.is_some_and(|battery| battery < LOW_BATTERY);
    // Bounded before it is doubled, so that a low battery counts in a demo of 5 s as well.
    interval.max(FASTEST_S).saturating_mul(1 + u16::from(low)).min(SLOWEST_S)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FAR: Pace = Pace { base_s: 30, stopped: false, nearest_p50_s: None, watched: false, battery: None };

    #[test]
    fn the_table_of_the_reference_holds() {
        let cases = [
            (FAR, 30),
            (Pace { stopped: true, ..FAR }, 300),
            (Pace { nearest_p50_s: Some(299), ..FAR }, 10),
            (Pace { nearest_p50_s: Some(301), ..FAR }, 30),
            (Pace { watched: true, stopped: true, ..FAR }, 10),
            (Pace { battery: Some(0.14), ..FAR }, 60),
            (Pace { battery: Some(0.14), stopped: true, ..FAR }, 300),
            (Pace { base_s: 5, ..FAR }, 5),
            (Pace { base_s: 5, watched: true, ..FAR }, 5),
        ];
        for (pace, expected) in cases {
            assert_eq!(ping_every_s(&pace), expected, "{pace:?}");
        }
    }

    proptest! {
        /// Always within what a phone can do.
        #[test]
        fn bounded(base_s: u16, stopped: bool, nearest_p50_s: Option<u32>, watched: bool, battery: Option<f32>) {
            let s = ping_every_s(&Pace { base_s, stopped, nearest_p50_s, watched, battery });
            prop_assert!((FASTEST_S..=SLOWEST_S).contains(&s));
        }
    }
}
