//! What went well and badly on this node since it was last written.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::rules::Signal;
use crate::ids::OrgId;

type Key = (Option<OrgId>, Signal);

/// Counts by whose and what: good and bad.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<HashMap<Key, (i32, i32)>>);

impl Counts {
    /// Counts one.
    pub(super) fn add(&self, org: Option<OrgId>, signal: Signal, is_good: bool) {
        let mut held = self.lock();
        let (good, bad) = held.entry((org, signal)).or_default();
        let one = if is_good { good } else { bad };
        *one = one.saturating_add(1);
    }

    /// Takes everything, in one order on every node.
    pub(super) fn take(&self) -> Vec<(Option<OrgId>, Signal, i32, i32)> {
        let mut all: Vec<_> =
            self.lock().drain().map(|((org, signal), (good, bad))| (org, signal, good, bad)).collect();
        all.sort_unstable_by_key(|(org, signal, ..)| (*org, *signal));
        all
    }

    /// Gives back what could not be written.
    pub(super) fn put_back(&self, counts: Vec<(Option<OrgId>, Signal, i32, i32)>) {
        let mut held = self.lock();
        for (org, signal, good, bad) in counts {
            let kept = held.entry((org, signal)).or_default();
            *kept = (kept.0.saturating_add(good), kept.1.saturating_add(bad));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, (i32, i32)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
