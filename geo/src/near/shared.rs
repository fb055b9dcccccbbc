//! The index for many threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockWriteGuard, TryLockError};

use super::{Id, Near};
use crate::coord::Coord;

/// Something that changes the index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Move<K> {
    /// A point is here now.
    To(K, Coord),
    /// A point is gone.
    Gone(K),
}

/// A [`Near`] that is read by some threads while others move its points.
///
/// Two copies: one is read, the other is written, then they change places, and the next writer first brings the other
/// copy up to date. A reader takes the copy that is live and never waits. A writer waits for readers that
/// are still at the copy they found: at most as long as one question takes. Costs twice the memory and writes twice.
///
/// What [`Shared::apply`] was given is seen, all of it at once, by every [`Shared::read`] that begins after it returned.
#[derive(Debug)]
pub struct Shared<K> {
    copies: [RwLock<Near<K>>; 2],
    /// Which copy is read.
    live: AtomicUsize,
    /// What the live copy knows and the other does not yet. Held by whoever writes.
    behind: Mutex<Vec<Move<K>>>,
}

impl<K: Id> Default for Shared<K> {
    fn default() -> Self {
        Self::new(Near::new())
    }
}

/// How often a writer looks again before it lets other threads run.
const PATIENCE: u32 = 200;

impl<K: Id> Shared<K> {
    /// Shares an index.
    pub fn new(near: Near<K>) -> Self {
        let copies = [RwLock::new(near.clone()), RwLock::new(near)];
        Self { copies, live: AtomicUsize::new(0), behind: Mutex::new(Vec::new()) }
    }

    /// Asks one whole state of the index. Keep it short: a writer may be waiting.
    pub fn read<R>(&self, ask: impl FnOnce(&Near<K>) -> R) -> R {
        loop {
            let [one, other] = &self.copies;
            let copy = if self.live.load(Ordering::Acquire) == 0 { one } else { other };
            match copy.try_read() {
                Ok(near) => return ask(&near),
                Err(TryLockError::Poisoned(near)) => return ask(&near.into_inner()),
                // The copies changed places in between: the other one is free.
                Err(TryLockError::WouldBlock) => std::hint::spin_loop(),
            }
        }
    }

    /// Carries out moves, in order. One call with many is cheaper than many with one.
    pub fn apply(&self, moves: impl IntoIterator<Item = Move<K>>) {
        let mut behind = self.behind.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = 1 - self.live.load(Ordering::Acquire);
        let mut near = self.write(idle);
        near.carry_out_all(&behind);
        behind.clear();
        behind.extend(moves);
        near.carry_out_all(&behind);
        drop(near);
        self.live.store(idle, Ordering::Release);
    }

    /// The idle copy, when its last readers have left. Does not sleep on the lock: a reader would have to wake it.
    fn write(&self, idle: usize) -> RwLockWriteGuard<'_, Near<K>> {
        let [one, other] = &self.copies;
        let copy = if idle == 0 { one } else { other };
        let mut looked = 0;
        loop {
            match copy.try_write() {
                Ok(near) => return near,
                Err(TryLockError::Poisoned(near)) => return near.into_inner(),
                Err(TryLockError::WouldBlock) if looked < PATIENCE => {
                    looked += 1;
                    std::hint::spin_loop();
                }
                Err(TryLockError::WouldBlock) => std::thread::yield_now(),
            }
        }
    }

    /// Puts a point at a place, new or moved.
    pub fn upsert(&self, id: K, at: Coord) {
        self.apply([Move::To(id, at)]);
    }

    /// Takes a point out.
    pub fn remove(&self, id: K) {
        self.apply([Move::Gone(id)]);
    }

    /// [`Near::nearest`] of one whole state.
    pub fn nearest(
        &self,
        at: Coord,
        n: usize,
        keep: impl Fn(K) -> bool,
        max_distance_m: f64,
    ) -> Vec<(K, f64)> {
        self.read(|near| near.nearest(at, n, keep, max_distance_m))
    }
}

/// Moves whose points are looked up together: enough to hide memory's delay, few enough to stay in the first cache.
const TOGETHER: usize = 32;

impl<K: Id> Near<K> {
    /// Carries out moves, in order.
    ///
    /// Where points are many, a move is mostly waiting for memory. Reading what a few dozen moves will need, one load not
    /// depending on the other, lets these waits overlap.
    pub fn carry_out_all(&mut self, moves: &[Move<K>]) {
        for some in moves.chunks(TOGETHER) {
            let ids = some.iter().map(|step| match step {
                Move::To(id, _) | Move::Gone(id) => *id,
            });
            self.warm(ids);
            some.iter().for_each(|step| self.carry_out(*step));
        }
    }

    /// Carries out a move.
    pub fn carry_out(&mut self, step: Move<K>) {
        match step {
            Move::To(id, at) => {
                self.upsert(id, at);
            }
            Move::Gone(id) => {
                self.remove(id);
            }
        }
    }
}
