//! What each kind of task may take. The numbers are functional.md's section 9, where it names the queue.

use std::time::Duration;

use crate::audit::place;
use crate::auth::otp;
use crate::estimates::{learn, speeds};
use crate::files;
use crate::jobs::{expire, remind};
use crate::mail;
use crate::notifications::outbound;
use crate::privacy::{erase, export, leave, request, retain};
use crate::push;
use crate::services::tell;
use crate::shifts::lookout;
use crate::vault::rotate;
use crate::voice;
use crate::webhooks::{deliver, spread};
use crate::whatsapp::{door, inbound, media, requests};

/// Erases what nothing looks at any more, revives what a passing trouble killed.
pub const SWEEP: &str = "upkeep.sweep";

/// How long a failed task waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backoff {
    /// 1, 2, 4, 8 .. seconds, up to five minutes.
    Doubling,
    /// The same wait each time, in seconds.
    Fixed(u32),
    /// One wait after each attempt, in seconds; the last one again where there are more attempts.
    Steps(&'static [u32]),
}

/// What tasks of one kind may take.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// The kind, as `otp.send`.
    pub kind: &'static str,
    /// 1 critical, 5 high, 10 normal, 20 low, 50 bulk.
    pub priority: i16,
    /// Running at once, over all nodes.
    pub at_once: i64,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// Attempts in all.
    pub attempts: i16,
    /// How long a failed one waits.
    pub backoff: Backoff,
}

/// What holds for a kind that names nothing else.
const COMMON: Policy = Policy {
    kind: "",
    priority: 10,
    at_once: 10,
    timeout: Duration::from_secs(30),
    attempts: 8,
    backoff: Backoff::Doubling,
};

/// Learning at night.
const NIGHTLY: Policy =
    Policy { priority: 50, at_once: 1, attempts: 2, backoff: Backoff::Fixed(600), ..COMMON };

/// All kinds with limits of their own.
const KINDS: &[Policy] = &[
    // Somebody waits at the sign-in page; the code dies in five minutes.
    Policy { kind: otp::SEND, priority: 1, at_once: 20, timeout: Duration::from_secs(15), ..COMMON },
    // Queue whatsapp:outbound. What bounds one organization is its share and its messages a minute.
    Policy {
        kind: outbound::SEND,
        priority: 5,
        at_once: 100,
        attempts: 4,
        backoff: Backoff::Steps(&[5, 15, 60]),
        ..COMMON
    },
    Policy { kind: outbound::DUE, at_once: 20, ..COMMON },
    // Queue whatsapp:inbound. A task is what was committed together; few at once, so that answering comes first.
    Policy { kind: door::INBOUND, at_once: 4, ..COMMON },
    Policy { kind: inbound::UPKEEP, priority: 20, at_once: 1, attempts: 3, ..COMMON },
    // Somebody looks at the inbox: it is to be seconds of silence and not more.
    Policy { kind: requests::FLUSH, priority: 5, at_once: 10, ..COMMON },
    // The media's address lives five minutes, its id seven days.
    Policy {
        kind: media::FETCH,
        priority: 5,
        at_once: 6,
        timeout: Duration::from_secs(120),
        attempts: 6,
        backoff: Backoff::Steps(&[5, 30, 120, 600, 3_600]),
    },
    // One at a time: each names the one before. What is missed is in the next.
    Policy {
        kind: place::ANCHOR,
        priority: 5,
        at_once: 1,
        timeout: Duration::from_secs(120),
        attempts: 3,
        ..COMMON
    },
    Policy { kind: expire::EXPIRE, priority: 20, ..COMMON },
    Policy { kind: lookout::WATCH, priority: 20, ..COMMON },
    Policy { kind: lookout::PAUSE, priority: 20, ..COMMON },
    Policy { kind: lookout::EXPECT, ..COMMON },
    // Queue notification:reminders.
    Policy { kind: remind::REMIND, attempts: 4, ..COMMON },
    // A push service keeps what it took; what it does not take is of no use after minutes.
    Policy {
        kind: push::SEND,
        priority: 5,
        at_once: 20,
        timeout: Duration::from_secs(20),
        attempts: 6,
        ..COMMON
    },
    // A server that wants to be asked later means minutes, then hours.
    Policy {
        kind: mail::SEND,
        timeout: Duration::from_secs(100),
        attempts: 8,
        backoff: Backoff::Steps(&[30, 120, 600, 1_800, 3_600, 7_200, 14_400]),
        ..COMMON
    },
    // Short, and one at a time for each organization: they wait for each other's lock.
    Policy { kind: spread::SPREAD, at_once: 4, ..COMMON },
    // Fifteen seconds for the answer; its own schedule stands in its rows.
    Policy { kind: deliver::DELIVER, at_once: 20, timeout: Duration::from_secs(25), ..COMMON },
    Policy {
        kind: SWEEP,
        priority: 20,
        at_once: 2,
        timeout: Duration::from_secs(60),
        attempts: 3,
        backoff: Backoff::Fixed(30),
    },
    Policy { kind: learn::LEARN, timeout: Duration::from_secs(600), ..NIGHTLY },
    // Seconds of computing for each organization: one at a time, the memory of one at a time.
    Policy { kind: learn::LEARN_OWN, timeout: Duration::from_secs(1_800), ..NIGHTLY },
    Policy { kind: speeds::SHARE, timeout: Duration::from_secs(3_600), ..NIGHTLY },
    // The store may be away for an hour.
    Policy { kind: files::TIDY, priority: 50, attempts: 12, ..COMMON },
    Policy { kind: files::upload::SWEEP, priority: 50, ..COMMON },
    // Somebody waits for the code.
    Policy { kind: leave::CODE, priority: 5, attempts: 4, ..COMMON },
    // Whole tables are walked; one at a time, the memory of one at a time.
    Policy { kind: export::EXPORT, priority: 20, at_once: 1, timeout: Duration::from_secs(900), ..COMMON },
    Policy { kind: erase::ERASE, priority: 20, at_once: 1, timeout: Duration::from_secs(900), ..COMMON },
    Policy { kind: request::WATCH, priority: 20, at_once: 1, ..COMMON },
    Policy { kind: retain::PLAN, timeout: Duration::from_secs(600), ..NIGHTLY },
    Policy { kind: retain::NIGHT, priority: 50, at_once: 2, timeout: Duration::from_secs(1_800), ..COMMON },
    Policy { kind: retain::QUIET, priority: 20, at_once: 1, timeout: Duration::from_secs(300), ..COMMON },
    Policy { kind: retain::HISTORY, timeout: Duration::from_secs(180), ..COMMON },
    // One small commit for each organization.
    Policy { kind: tell::TELL, priority: 5, at_once: 2, timeout: Duration::from_secs(120), ..COMMON },
    // Small commits with a breath between them; where it stands is in the values, so it may be broken off.
    Policy { kind: rotate::REWRAP, priority: 50, at_once: 2, timeout: Duration::from_secs(3_600), ..COMMON },
    Policy { kind: rotate::UPKEEP, timeout: Duration::from_secs(600), ..NIGHTLY },
    // Queues voice:transcription and voice:extraction.
    Policy { kind: voice::TRANSCRIBE, at_once: 3, timeout: Duration::from_secs(120), attempts: 4, ..COMMON },
    Policy { kind: voice::EXTRACT, attempts: 4, ..COMMON },
    Policy { kind: voice::FORGET, priority: 20, at_once: 2, timeout: Duration::from_secs(60), ..COMMON },
];

/// What tasks of `kind` may take.
pub fn policy(kind: &str) -> &'static Policy {
    KINDS.iter().find(|p| p.kind == kind).unwrap_or(&COMMON)
}

/// Kinds with limits of their own, and how many of each may run at once.
pub(crate) fn limits() -> impl Iterator<Item = (&'static str, i64)> {
    KINDS.iter().map(|p| (p.kind, p.at_once))
}

/// How many of any other kind may run at once.
pub(crate) const COMMON_AT_ONCE: i64 = COMMON.at_once;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_stands_once_and_can_run() {
        for (i, a) in KINDS.iter().enumerate() {
            assert!(KINDS.iter().skip(i + 1).all(|b| a.kind != b.kind), "{} twice", a.kind);
            assert!(a.at_once > 0 && a.attempts > 0 && a.timeout > Duration::ZERO, "{}", a.kind);
            assert!([1, 5, 10, 20, 50].contains(&a.priority), "{}", a.kind);
        }
        assert_eq!(policy(otp::SEND).priority, 1);
        assert_eq!(policy("no.such").priority, COMMON.priority);
    }
}
