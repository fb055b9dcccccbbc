//! Who may enter a code now: pure (functional.md section 2, reliability.md section 6).
//!
//! Each account has few tries and each address few failures, but there are many of both: ten thousand accounts at
//! 25 tries a day each lose one account in four days. So failures of devices that nobody knows have a budget over
//! all: once it is used up, such devices wait. Devices that signed in before, and who holds an invitation, do not.

use chrono::{DateTime, TimeDelta, Utc};

use super::rules;

/// Failed codes of unknown devices that everyone together may have.
///
/// At 600 a day somebody who always uses them up finds one account in four and a half years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// In an hour.
    pub hour: u32,
    /// In a day.
    pub day: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { hour: 150, day: 600 }
    }
}

/// What the failures of unknown devices say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failures {
    /// Of this address, newest first.
    pub address: Vec<DateTime<Utc>>,
    /// Over all addresses the one that used up the hour's budget: the [`Budget::hour`]-th newest.
    pub hour: Option<DateTime<Utc>>,
    /// The same of the day's budget.
    pub day: Option<DateTime<Utc>>,
}

/// Why an unknown device must wait, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Its address failed too often.
    Address(DateTime<Utc>),
    /// All addresses together did.
    Everyone(DateTime<Utc>),
}

/// Whether an unknown device must wait.
pub fn closed(failures: &Failures, now: DateTime<Utc>) -> Option<Closed> {
    if let Some(until) = rules::locked_until(&failures.address, now) {
        return Some(Closed::Address(until));
    }
    let hour = failures.hour.map(|at| at + TimeDelta::hours(1));
    let day = failures.day.map(|at| at + TimeDelta::days(1));
    hour.max(day).filter(|until| *until > now).map(Closed::Everyone)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::auth::keys::Keys;

    /// What the tables hold, in memory: the rules alone decide, as they do over SQL.
    struct World {
        keys: Keys,
        budget: Option<Budget>,
        addresses: Vec<VecDeque<DateTime<Utc>>>,
        all: VecDeque<DateTime<Utc>>,
        accounts: Vec<Account>,
        judged: u64,
        taken: u64,
    }

    #[derive(Clone, Default)]
    struct Account {
        sent: Vec<DateTime<Utc>>,
        /// The living code, when it dies, and its tries.
        code: Option<(String, DateTime<Utc>, i16)>,
        asked: u64,
    }

    impl World {
        fn new(addresses: usize, accounts: usize, budget: Option<Budget>) -> Self {
            Self {
                keys: Keys::derive(&[7; 32]).unwrap(),
                budget,
                addresses: vec![VecDeque::new(); addresses],
                all: VecDeque::new(),
                accounts: vec![Account::default(); accounts],
                judged: 0,
                taken: 0,
            }
        }

        fn failures(&self, address: usize, now: DateTime<Utc>) -> Failures {
            let nth = |n: u32, within: TimeDelta| {
                self.all.get(n as usize - 1).copied().filter(|at| now - *at < within)
            };
            Failures {
                address: self.addresses[address].iter().copied().collect(),
                hour: self.budget.and_then(|b| nth(b.hour, TimeDelta::hours(1))),
                day: self.budget.and_then(|b| nth(b.day, TimeDelta::days(1))),
            }
        }

        /// Another code goes out, where the phone's limits let it.
        fn send(&mut self, n: usize, now: DateTime<Utc>) {
            let account = &mut self.accounts[n];
            if rules::wait_s(&account.sent, now).is_some() {
                return;
            }
            account.sent.insert(0, now);
            account.sent.truncate(5);
            account.asked += 1;
            let challenge = Uuid::from_u128(((n as u128) << 64) | u128::from(account.asked));
            let code = rules::code(&self.keys, challenge);
            account.code = Some((code, now + TimeDelta::seconds(rules::LIFETIME_S), 0));
        }

        /// One guess at an account from an address.
        fn guess(&mut self, address: usize, n: usize, guess: &str, now: DateTime<Utc>) {
            if closed(&self.failures(address, now), now).is_some() {
                return;
            }
            let good = |c: &(String, DateTime<Utc>, i16)| now < c.1 && c.2 < rules::TRIES;
            if !self.accounts[n].code.as_ref().is_some_and(good) {
                self.send(n, now);
            }
            let Some((code, _, tries)) = self.accounts[n].code.as_mut().filter(|c| good(c)) else { return };
            self.judged += 1;
            if code == guess {
                self.taken += 1;
                self.accounts[n].code = None;
                return;
            }
            *tries += 1;
            self.addresses[address].push_front(now);
            self.addresses[address].truncate(10);
            self.all.push_front(now);
            self.all.truncate(2_000);
        }
    }

    /// A million guesses from a thousand addresses at ten thousand accounts, as fast as an address may ask.
    fn attack(budget: Option<Budget>) -> World {
        let mut world = World::new(1_000, 10_000, budget);
        let begun = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let mut noise = 0x2545_f491_4f6c_dd1d_u64;
        for n in 0..1_000_000u64 {
            // Ten a minute and address: ten thousand a minute in all.
            let now = begun + TimeDelta::milliseconds(n as i64 * 6);
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            let guess = format!("{:06}", noise % 1_000_000);
            world.guess(n as usize % 1_000, (noise >> 32) as usize % 10_000, &guess, now);
        }
        world
    }

    #[test]
    fn a_million_guesses_find_no_account() {
        let budget = Budget::default();
        let world = attack(Some(budget));
        // 100 minutes: the hour's budget twice at most, of each of which one in a million is right.
        assert!(world.judged <= 2 * u64::from(budget.hour), "{}", world.judged);
        assert_eq!(world.taken, 0);
        // The accounts and addresses alone would have let far more through: it is the budget that holds.
        assert!(attack(None).judged > 5_000);
    }

    proptest! {
        /// Whoever is told to wait waits at most a day, and is let in when it is over; what nobody failed closes nothing.
        #[test]
        fn waiting_ends(address in proptest::collection::vec(0..90_000i64, 0..8), hour in proptest::option::of(0..3_600i64), day in proptest::option::of(0..86_400i64)) {
            let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
            let ago = |s: i64| now - TimeDelta::seconds(s);
            let mut address: Vec<_> = address.into_iter().map(ago).collect();
            address.sort_unstable_by(|a, b| b.cmp(a));
            let failures = Failures { address, hour: hour.map(ago), day: day.map(ago) };
            match closed(&failures, now) {
                Some(Closed::Address(until)) => prop_assert!(until > now && until <= now + TimeDelta::minutes(30)),
                Some(Closed::Everyone(until)) => {
                    prop_assert!(until > now && until <= now + TimeDelta::days(1));
                    prop_assert_eq!(closed(&Failures { address: Vec::new(), ..failures }, until), None);
                }
                None => prop_assert!(hour.is_none() && day.is_none()),
            }
        }
    }
}
