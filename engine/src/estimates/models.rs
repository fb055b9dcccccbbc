//! Models of the organizations that ask, within a bound: the least recently asked ones leave first.
//!
//! A process of thousands of organizations holds the models of those whose technicians drive. Who is not held is
//! answered by shipped numbers and shared speeds for the moment, and is loaded. Pure: no SQL, no clock.

use std::sync::Arc;

use campo_geo::eta::{Estimator, Learned};
use rustc_hash::FxHashMap;

use crate::ids::OrgId;

/// Bytes of all models together: about two hundred organizations with thousands of journeys each.
const MOST_BYTES: usize = 256 * 1024 * 1024;
/// Organizations, with or without a model.
const MOST_ENTRIES: usize = 8_192;

/// What is known of one organization.
#[derive(Debug)]
struct Entry {
    estimator: Arc<Estimator>,
    learned: Option<Arc<Learned>>,
    /// The generation that serves; `None` until it was looked at, or where there is none.
    generation: Option<i32>,
    /// Was it looked at since it came?
    is_known: bool,
    /// Was it asked for since the last look?
    is_asked: bool,
    weight: usize,
    used: u64,
}

/// The models that are held.
#[derive(Debug)]
pub(super) struct Models {
    entries: FxHashMap<OrgId, Entry>,
    bytes: usize,
    most_bytes: usize,
    most_entries: usize,
    /// Counts questions: the entry with the lowest number was asked for the longest ago.
    asked: u64,
}

impl Default for Models {
    fn default() -> Self {
        Self::bounded(MOST_BYTES, MOST_ENTRIES)
    }
}

impl Models {
    fn bounded(most_bytes: usize, most_entries: usize) -> Self {
        Self { entries: FxHashMap::default(), bytes: 0, most_bytes, most_entries, asked: 0 }
    }

    /// The organization's estimator; who is not held yet is noted for the next look and answered by `base`.
    pub(super) fn of(&mut self, org: OrgId, base: &Arc<Estimator>) -> Arc<Estimator> {
        self.asked += 1;
        let used = self.asked;
        if let Some(entry) = self.entries.get_mut(&org) {
            (entry.used, entry.is_asked) = (used, true);
            return Arc::clone(&entry.estimator);
        }
        let entry = Entry {
            estimator: Arc::clone(base),
            learned: None,
            generation: None,
            is_known: false,
            is_asked: true,
            weight: 0,
            used,
        };
        self.entries.insert(org, entry);
        self.shrink();
        Arc::clone(base)
    }

    /// Was the organization looked at already?
    pub(super) fn is_known(&self, org: OrgId) -> bool {
        self.entries.get(&org).is_some_and(|e| e.is_known)
    }

    /// Who was asked for since the last call.
    pub(super) fn take_asked(&mut self) -> Vec<OrgId> {
        let asked =
            self.entries.iter_mut().filter_map(|(org, e)| std::mem::take(&mut e.is_asked).then_some(*org));
        asked.collect()
    }

    /// Of those that were looked at: whose model is not the one that serves. The others are known from now on.
    pub(super) fn outdated(&mut self, looked: &[OrgId], serving: &FxHashMap<OrgId, i32>) -> Vec<OrgId> {
        let mut outdated = Vec::new();
        for org in looked {
            let Some(entry) = self.entries.get_mut(org) else { continue };
            if entry.generation == serving.get(org).copied() {
                entry.is_known = true;
            } else {
                outdated.push(*org);
            }
        }
        outdated
    }

    /// Takes over what serves an organization: a generation and its model, where it can be used.
    pub(super) fn put(
        &mut self,
        org: OrgId,
        generation: Option<i32>,
        learned: Option<Arc<Learned>>,
        base: &Arc<Estimator>,
    ) -> Arc<Estimator> {
        let estimator = with(base, learned.as_ref());
        let weight = learned.as_ref().map_or(0, |l| l.weight());
        self.asked += 1;
        let entry = Entry {
            estimator: Arc::clone(&estimator),
            learned,
            generation,
            is_known: true,
            is_asked: false,
            weight,
            used: self.asked,
        };
        self.bytes += weight;
        if let Some(old) = self.entries.insert(org, entry) {
            self.bytes -= old.weight;
        }
        self.shrink();
        estimator
    }

    /// The map or the shared speeds are others: every estimator stands on them from now on.
    pub(super) fn rebase(&mut self, base: &Arc<Estimator>) {
        for entry in self.entries.values_mut() {
            entry.estimator = with(base, entry.learned.as_ref());
        }
    }

    /// Lets go of the least recently asked until all is within the bounds.
    fn shrink(&mut self) {
        while self.entries.len() > 1
            && (self.entries.len() > self.most_entries || self.bytes > self.most_bytes)
        {
            // Only what weighs something helps where bytes are too many.
            let is_heavy = self.entries.len() <= self.most_entries;
            let candidates = self.entries.iter().filter(|(_, e)| !is_heavy || e.weight > 0);
            let Some(oldest) = candidates.min_by_key(|(_, e)| e.used).map(|(org, _)| *org) else { return };
            if let Some(gone) = self.entries.remove(&oldest) {
                self.bytes -= gone.weight;
            }
        }
    }
}

fn with(base: &Arc<Estimator>, learned: Option<&Arc<Learned>>) -> Arc<Estimator> {
    match learned {
        Some(learned) => Arc::new(Estimator::clone(base).learning(Some(Arc::clone(learned)))),
        None => Arc::clone(base),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn org(n: u8) -> OrgId {
        OrgId(uuid::Uuid::from_u128(u128::from(n)))
    }

    #[test]
    fn each_organization_has_its_own_and_the_oldest_leave() {
        let base = Arc::new(Estimator::default());
        let learned = Arc::new(Learned::default());
        let mut models = Models::bounded(2 * learned.weight(), 10);
        assert!(Arc::ptr_eq(&models.of(org(1), &base), &base), "nobody knows yet");
        assert_eq!(models.take_asked(), [org(1)]);
        assert!(models.take_asked().is_empty());
        let serving = FxHashMap::from_iter([(org(1), 4)]);
        assert_eq!(models.outdated(&[org(1)], &serving), [org(1)]);
        let own = models.put(org(1), Some(4), Some(Arc::clone(&learned)), &base);
        assert!(Arc::ptr_eq(&models.of(org(1), &base), &own) && own.learned().is_some());
        assert!(models.outdated(&[org(1)], &serving).is_empty());
        assert!(models.of(org(2), &base).learned().is_none(), "another organization's is another");
        models.put(org(2), Some(1), Some(Arc::clone(&learned)), &base);
        models.of(org(1), &base);
        models.put(org(3), Some(1), Some(Arc::clone(&learned)), &base);
        assert!(models.is_known(org(1)) && models.is_known(org(3)) && !models.is_known(org(2)));
        let changed = Arc::new(Estimator::default());
        models.rebase(&changed);
        assert!(models.of(org(1), &changed).learned().is_some());
        assert!(Arc::ptr_eq(&models.of(org(7), &changed), &changed));
    }

    proptest! {
        /// Whatever is asked and put: within the bounds, and the sum of the weights is theirs.
        #[test]
        fn bounded(steps in prop::collection::vec((0..20u8, any::<bool>()), 1..80)) {
            let base = Arc::new(Estimator::default());
            let learned = Arc::new(Learned::default());
            let mut models = Models::bounded(3 * learned.weight(), 6);
            for (n, is_put) in steps {
                if is_put {
                    models.put(org(n), Some(1), Some(Arc::clone(&learned)), &base);
                } else {
                    models.of(org(n), &base);
                }
                prop_assert!(models.entries.len() <= 6 && models.bytes <= 3 * learned.weight());
                prop_assert_eq!(models.entries.values().map(|e| e.weight).sum::<usize>(), models.bytes);
                prop_assert!(models.entries.contains_key(&org(n)));
            }
        }
    }
}
