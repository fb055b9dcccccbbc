//! One breaker: pure, the clock is an argument.

use std::time::Duration;

/// When a breaker opens and when it lets somebody try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Failures in a row that open it.
    pub failures: u32,
    /// How long it stays open before the first probe.
    pub open: Duration,
    /// The wait after a probe that failed.
    pub probe: Duration,
}

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// Go.
    Go,
    /// Go, alone: on this call it closes or stays open.
    Probe,
    /// Not before so long.
    Wait(Duration),
}

/// The states of functional.md section 9; `panic` is decided elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        since: Duration,
        until: Duration,
    },
    /// A probe is under way; should its caller never tell, another may try later.
    HalfOpen {
        since: Duration,
        until: Duration,
    },
}

/// One breaker. Times count from a moment that its keeper chose.
#[derive(Debug, Clone, Copy)]
pub struct Breaker {
    limits: Limits,
    state: State,
}

/// How long a probe may be silent.
const SILENCE: Duration = Duration::from_secs(120);

impl Breaker {
    /// Closed.
    pub fn new(limits: Limits) -> Self {
        Self { limits, state: State::Closed { failures: 0 } }
    }

    /// How long a call would have to wait now; asking changes nothing.
    pub fn wait(&self, now: Duration) -> Option<Duration> {
        let mut copy = *self;
        match copy.ask(now) {
            Leave::Wait(wait) => Some(wait),
            Leave::Go | Leave::Probe => None,
        }
    }

    /// What a call may do now. [`Leave::Probe`] is given to one caller at a time.
    pub fn ask(&mut self, now: Duration) -> Leave {
        match self.state {
            State::Closed { .. } => Leave::Go,
            State::Open { since, until } | State::HalfOpen { since, until } if now >= until => {
                self.state = State::HalfOpen { since, until: now + SILENCE };
                Leave::Probe
            }
            State::Open { until, .. } => Leave::Wait(until - now),
            State::HalfOpen { .. } => Leave::Wait(self.limits.probe),
        }
    }

    /// A call was answered.
    pub fn good(&mut self) {
        // An answer that was under way when it opened says nothing about now; only the probe closes it.
        if !matches!(self.state, State::Open { .. }) {
            self.state = State::Closed { failures: 0 };
        }
    }

    /// A call failed. Says whether it opened on this one.
    pub fn fault(&mut self, now: Duration) -> bool {
        match self.state {
            State::Closed { failures } if failures + 1 >= self.limits.failures => {
                self.state = State::Open { since: now, until: now + self.limits.open };
                return true;
            }
            State::Closed { failures } => self.state = State::Closed { failures: failures + 1 },
            State::HalfOpen { since, .. } => {
                self.state = State::Open { since, until: now + self.limits.probe };
            }
            State::Open { .. } => {}
        }
        false
    }

    /// How long it has not been closed; `None` when it is.
    pub fn open_for(&self, now: Duration) -> Option<Duration> {
        match self.state {
            State::Closed { .. } => None,
            State::Open { since, .. } | State::HalfOpen { since, .. } => Some(now.saturating_sub(since)),
        }
    }

    /// `closed`, `open` or `half_open`.
    pub fn word(&self) -> &'static str {
        match self.state {
            State::Closed { .. } => "closed",
            State::Open { .. } => "open",
            State::HalfOpen { .. } => "half_open",
        }
    }

    /// Whether nothing is remembered: such a one need not be kept.
    pub fn is_fresh(&self) -> bool {
        self.state == State::Closed { failures: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits =
        Limits { failures: 3, open: Duration::from_secs(60), probe: Duration::from_secs(15) };

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn it_opens_waits_probes_and_closes() {
        let mut breaker = Breaker::new(LIMITS);
        assert!(!breaker.fault(s(0)) && !breaker.fault(s(1)) && breaker.fault(s(2)));
        assert_eq!(breaker.ask(s(12)), Leave::Wait(s(50)));
        // Somebody who was under way comes back well: it stays open.
        breaker.good();
        assert_eq!(breaker.ask(s(62)), Leave::Probe);
        assert_eq!(breaker.ask(s(62)), Leave::Wait(s(15)));
        assert!(!breaker.fault(s(63)));
        assert_eq!((breaker.ask(s(70)), breaker.open_for(s(70))), (Leave::Wait(s(8)), Some(s(68))));
        assert_eq!(breaker.ask(s(78)), Leave::Probe);
        breaker.good();
        assert_eq!((breaker.ask(s(79)), breaker.open_for(s(79))), (Leave::Go, None));
    }

    proptest! {
        /// Whatever comes: open only after so many failures in a row, and never for ever.
        #[test]
        fn it_never_locks_up(steps in proptest::collection::vec((0..40u64, 0..3u8), 0..200)) {
            let (mut breaker, mut now, mut in_a_row) = (Breaker::new(LIMITS), s(0), 0);
            for (wait, what) in steps {
                now += s(wait);
                let leave = breaker.ask(now);
                if in_a_row < 3 && breaker.word() == "closed" {
                    prop_assert_eq!(leave, Leave::Go);
                }
                if leave == Leave::Go || leave == Leave::Probe {
                    match what {
                        0 => { breaker.good(); in_a_row = 0; }
                        1 => { breaker.fault(now); in_a_row += 1; }
                        // Never tells.
                        _ => {}
                    }
                }
            }
            let leave = breaker.ask(now + s(200));
            prop_assert!(leave == Leave::Go || leave == Leave::Probe);
        }
    }
}
