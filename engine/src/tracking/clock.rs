//! The correction of a phone's clock: `docs/protocol.md`, "Clocks".

/// A phone may be this far off before it is corrected, and a correction may be this far off before it is
/// fixed anew, in milliseconds.
pub const TOLERANCE_MS: i64 = 60_000;

/// The clock of one boot of one device.
///
/// Restorable: [`Clock::new`] takes what was kept, so that a reconnect goes on where the socket before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    correction_ms: Option<i64>,
}

impl Clock {
    /// A clock with the correction kept from before, or `None` before the boot's first frame.
    pub fn new(correction_ms: Option<i64>) -> Self {
        Self { correction_ms }
    }

    /// The correction in force, in milliseconds; `None` before the first frame.
    pub fn correction_ms(self) -> Option<i64> {
        self.correction_ms
    }

    /// Takes a frame's `now` and answers the correction that its points take, in milliseconds.
    ///
    /// It is server time minus the phone's (zero within 60 s), fixed at the first frame and again when a
    /// later frame departs from it by over 60 s. Adding it never overflows when done saturating.
    pub fn on_frame(&mut self, phone_now_ms: i64, server_now_ms: i64) -> i64 {
        let offset = server_now_ms.saturating_sub(phone_now_ms);
        let holds = |fixed: &i64| offset.saturating_sub(*fixed).unsigned_abs() <= TOLERANCE_MS.unsigned_abs();
        let correction = self
            .correction_ms
            .filter(holds)
            .unwrap_or(if offset.unsigned_abs() <= TOLERANCE_MS.unsigned_abs() { 0 } else { offset });
        self.correction_ms = Some(correction);
        correction
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: i64 = 1_760_000_000_000;

    #[test]
    fn a_table_of_offsets() {
        let mut clock = Clock::default();
        assert_eq!(clock.correction_ms(), None);
        for (offset, expected) in [
            (60_000, 0),      // within a minute: no correction
            (-60_000, 0),     // the other way too
            (60_001, 60_001), // departs from zero by over a minute: fixed anew
            (500, 60_001),    // 59.5 s away from what is in force: stays
            (0, 0),           // over a minute away: anew, and within a minute is zero
            (7_200_000, 7_200_000),
            (7_259_999, 7_200_000),
        ] {
            assert_eq!(clock.on_frame(NOON - offset, NOON), expected, "offset {offset}");
        }
    }

    proptest! {
        /// After any frame the corrected clock is within a minute of the server's.
        #[test]
        fn corrected_time_is_near_server_time(offsets in prop::collection::vec(-400_000_000_000..400_000_000_000i64, 1..20)) {
            let mut clock = Clock::default();
            for offset in offsets {
                let correction = clock.on_frame(NOON - offset, NOON);
                prop_assert!((offset - correction).abs() <= TOLERANCE_MS);
                prop_assert_eq!(clock.correction_ms(), Some(correction));
            }
        }

        /// A constant error is corrected once; jitter under a minute never changes it.
        #[test]
        fn jitter_changes_nothing(offset in any::<i32>(), jitter in prop::collection::vec(-30_000..=30_000i64, 1..20)) {
            let mut clock = Clock::default();
            let first = clock.on_frame(NOON - i64::from(offset), NOON);
            if first != 0 || i64::from(offset).abs() <= 30_000 {
                for j in jitter {
                    prop_assert_eq!(clock.on_frame(NOON - i64::from(offset) + j, NOON), first);
                }
            }
        }

        /// Kept and restored is as good as never interrupted.
        #[test]
        fn restoring_changes_nothing(a in any::<i64>(), b in any::<i64>()) {
            let mut whole = Clock::default();
            whole.on_frame(a, NOON);
            let mut restored = Clock::new(whole.correction_ms());
            prop_assert_eq!(whole.on_frame(b, NOON), restored.on_frame(b, NOON));
        }
    }
}
