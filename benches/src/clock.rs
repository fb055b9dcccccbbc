//! Time as the drivers read it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch by this machine's clock.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
}

/// A monotonic clock whose zero is tied to one wall-clock moment, so that "when it should have been sent"
/// is one number in both worlds and a step of the wall clock during a run changes nothing.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    zero: Instant,
    zero_ms: i64,
}

impl Clock {
    /// Starts now.
    pub fn start() -> Self {
        Self { zero: Instant::now(), zero_ms: now_ms() }
    }

    /// Microseconds since the start.
    pub fn us(&self) -> u64 {
        self.zero.elapsed().as_micros() as u64
    }

    /// Wall-clock milliseconds of a moment given in microseconds since the start.
    pub fn wall_ms(&self, us: u64) -> i64 {
        self.zero_ms + (us / 1000) as i64
    }

    /// The monotonic instant of a moment given in microseconds since the start.
    pub fn instant(&self, us: u64) -> Instant {
        self.zero + Duration::from_micros(us)
    }
}
