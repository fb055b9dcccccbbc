//! The thread that moves points: open loop, at its own rate, whatever the readers do.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use campo_geo::Coord;
use campo_geo::near::{Move, Shared};

use super::crowd::Crowd;

/// What is due is handed over at once, at most so many at a time: as a server's tick would.
const MOST: u64 = 4_096;

/// Moves points until it is stopped.
pub(super) struct Mover {
    state: Mutex<(Vec<Coord>, Crowd)>,
    rate: u32,
    stop: AtomicBool,
    done: AtomicU64,
    lag_us: AtomicU64,
}

impl Mover {
    pub(super) fn new(places: Vec<Coord>, crowd: Crowd, rate: u32) -> Self {
        let (stop, done, lag_us) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
        Self { state: Mutex::new((places, crowd)), rate, stop, done, lag_us }
    }

    pub(super) fn start<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        shared: &'s Shared<u32>,
    ) -> ScopedJoinHandle<'s, ()> {
        scope.spawn(|| self.run(shared))
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Moves that are in the index.
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// The longest from when a move was due until it was in the index.
    pub(super) fn lag_ms(&self) -> f64 {
        self.lag_us.load(Ordering::Relaxed) as f64 / 1e3
    }

    fn run(&self, shared: &Shared<u32>) {
        let Ok(mut state) = self.state.lock() else { return };
        let (places, crowd) = &mut *state;
        let (began, mut done) = (Instant::now(), 0u64);
        let mut moves = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            let due = (began.elapsed().as_secs_f64() * f64::from(self.rate)) as u64;
            if due == done {
                std::thread::sleep(Duration::from_micros(200));
                continue;
            }
            let some = (due - done).min(MOST);
            moves.extend((0..some).filter_map(|_| step(places, crowd)).flatten());
            shared.apply(moves.drain(..));
            let first_due_s = done as f64 / f64::from(self.rate);
            let lag_us = (began.elapsed().as_secs_f64() - first_due_s) * 1e6;
            self.lag_us.fetch_max(lag_us.max(0.0) as u64, Ordering::Relaxed);
            done += some;
            self.done.store(done, Ordering::Relaxed);
        }
    }
}

/// Somebody goes on; one in five hundred goes off duty first and comes back there.
fn step(places: &mut [Coord], crowd: &mut Crowd) -> Option<impl Iterator<Item = Move<u32>> + use<>> {
    let id = crowd.below(places.len());
    let place = places.get_mut(id)?;
    *place = crowd.next(*place);
    let gone = (crowd.below(500) == 0).then_some(Move::Gone(id as u32));
    Some(gone.into_iter().chain([Move::To(id as u32, *place)]))
}
