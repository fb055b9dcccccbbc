//! Which points of a socket are settled, and what may be acknowledged: pure.
//!
//! The contract (docs/protocol.md): `upto` says that every point up to and including it is settled, stored or
//! refused for good. Only the contiguous prefix is acknowledged; frames beyond a gap are stored and wait.

use std::collections::{BTreeMap, VecDeque};

use super::refusal::Refusal;

/// The largest sequence number of a boot (2^31 - 1).
pub const MAX_SEQ: i64 = i32::MAX as i64;

/// What is told to the phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// Every point up to and including this one is settled.
    pub upto: i64,
    /// The refused points newly covered, or sent again.
    pub rejected: Vec<(i64, Refusal)>,
}

/// A `pings` frame in flight.
#[derive(Debug)]
struct Frame {
    id: u64,
    from: i64,
    /// The last sequence number; `from - 1` for an empty frame.
    to: i64,
}

/// One socket's account of its points. No high-water mark outlives it.
#[derive(Debug, Default)]
pub struct Ledger {
    next_frame: u64,
    in_flight: VecDeque<Frame>,
    upto: Option<i64>,
    /// Settled spans beyond a gap: first -> last.
    islands: BTreeMap<i64, i64>,
    /// Refusals of points beyond the gap.
    held: BTreeMap<i64, Refusal>,
}

impl Ledger {
    /// Takes note of a frame and names it. The first `from` says that all below it is settled.
    ///
    /// `None` when the numbers are out of range (1 ..= 2^31 - 1).
    pub fn on_frame(&mut self, from: i64, points: usize) -> Option<u64> {
        let to = from.checked_add(i64::try_from(points).ok()?)? - 1;
        if from < 1 || to > MAX_SEQ {
            return None;
        }
        self.upto.get_or_insert(from - 1);
        self.next_frame += 1;
        self.in_flight.push_back(Frame { id: self.next_frame, from, to });
        Some(self.next_frame)
    }

    /// Frames that still wait for the database.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Every frame up to and including `frame` is settled; `refused` are the refused points among them.
    ///
    /// `None` when that is no news.
    pub fn on_settled(&mut self, frame: u64, refused: &[(i64, Refusal)]) -> Option<Ack> {
        let before = self.upto?;
        let mut any = false;
        for (seq, why) in refused {
            self.held.insert(*seq, *why);
        }
        while self.in_flight.front().is_some_and(|f| f.id <= frame) {
            let Some(frame) = self.in_flight.pop_front() else { break };
            any = true;
            self.settle(frame.from, frame.to);
        }
        if !any {
            return None;
        }
        let upto = self.upto.unwrap_or(before);
        let beyond = self.held.split_off(&(upto + 1));
        let rejected = std::mem::replace(&mut self.held, beyond).into_iter().collect();
        Some(Ack { upto, rejected })
    }

    /// Adds a settled span and closes gaps.
    fn settle(&mut self, from: i64, to: i64) {
        let Some(upto) = self.upto.as_mut() else { return };
        if from > *upto + 1 {
            let last = self.islands.entry(from).or_insert(to);
            *last = to.max(*last);
            return;
        }
        *upto = to.max(*upto);
        while let Some(entry) = self.islands.first_entry() {
            if *entry.key() > *upto + 1 {
                break;
            }
            *upto = entry.remove().max(*upto);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_prefix_waits_for_the_gap_and_rejections_wait_with_it() {
        let mut ledger = Ledger::default();
        let a = ledger.on_frame(10, 2).unwrap();
        assert_eq!(ledger.on_settled(a, &[]), Some(Ack { upto: 11, rejected: vec![] }));
        let c = ledger.on_frame(14, 2).unwrap();
        assert_eq!(
            ledger.on_settled(c, &[(15, Refusal::Range)]),
            Some(Ack { upto: 11, rejected: vec![] }),
            "points beyond a gap are not acknowledged"
        );
        let b = ledger.on_frame(12, 2).unwrap();
        assert_eq!(ledger.on_settled(b, &[]), Some(Ack { upto: 15, rejected: vec![(15, Refusal::Range)] }));
        let again = ledger.on_frame(15, 1).unwrap();
        assert_eq!(
            ledger.on_settled(again, &[(15, Refusal::Range)]),
            Some(Ack { upto: 15, rejected: vec![(15, Refusal::Range)] }),
            "a point sent again is answered again"
        );
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.on_frame(0, 1), None);
        assert_eq!(ledger.on_frame(-5, 1), None);
        assert_eq!(ledger.on_frame(MAX_SEQ, 2), None);
        assert!(ledger.on_frame(MAX_SEQ, 1).is_some());
    }

    proptest! {
        /// `upto` never falls, and never covers a point that is not settled.
        #[test]
        fn upto_is_the_settled_prefix(frames in prop::collection::vec((1..60i64, 0..8usize), 1..40), base in 1..5i64) {
            let mut ledger = Ledger::default();
            let first = ledger.on_frame(base, 0).unwrap();
            let mut upto = ledger.on_settled(first, &[]).unwrap().upto;
            let mut settled: BTreeSet<i64> = (0..base).collect();
            for (from, n) in frames {
                let id = ledger.on_frame(from, n).unwrap();
                settled.extend(from..from + n as i64);
                let ack = ledger.on_settled(id, &[]).unwrap();
                prop_assert!(ack.upto >= upto);
                upto = ack.upto;
                prop_assert!((0..=upto).all(|s| settled.contains(&s)));
                prop_assert!(!settled.contains(&(upto + 1)), "the prefix is as long as it can be");
            }
        }
    }
}
