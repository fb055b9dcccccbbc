//! When a window that is given is remembered, to be held against the truth: at the start of a journey and when
//! 30, 20, 10 and 5 minutes remain. Pure.

/// Minutes that remain, the longest first; 0 is the journey's start.
pub const LEADS_MIN: [u8; 4] = [30, 20, 10, 5];

/// What was remembered of one journey already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leads {
    has_begun: bool,
    /// Leads at and above this index are still to come.
    passed: usize,
}

impl Leads {
    /// Takes an ETA's median; answers which lead it is, if one is due.
    ///
    /// Leads that are passed at the start, or two at once, are left out: nobody was told anything then.
    pub fn on_eta(&mut self, p50_s: u32) -> Option<u8> {
        let passed = LEADS_MIN.iter().take_while(|lead| p50_s <= u32::from(**lead) * 60).count();
        if !std::mem::replace(&mut self.has_begun, true) {
            self.passed = passed;
            return Some(0);
        }
        if passed <= self.passed {
            return None;
        }
        self.passed = passed;
        LEADS_MIN.get(passed - 1).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_journey_of_a_quarter_of_an_hour() {
        let mut leads = Leads::default();
        let said: Vec<Option<u8>> = [900, 850, 600, 610, 599, 200, 100].map(|s| leads.on_eta(s)).to_vec();
        assert_eq!(said, [Some(0), None, Some(10), None, None, Some(5), None]);
    }

    proptest! {
        /// Each at most once, the start first, the rest falling.
        #[test]
        fn each_once(etas in prop::collection::vec(0..4_000u32, 1..60)) {
            let mut leads = Leads::default();
            let said: Vec<u8> = etas.iter().filter_map(|s| leads.on_eta(*s)).collect();
            prop_assert_eq!(said[0], 0);
            prop_assert!(said[1..].windows(2).all(|w| w[0] > w[1]), "{:?}", said);
        }
    }
}
