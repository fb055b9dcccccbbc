//! The oracle of messages: every one at the provider at least once, under one key, none doubled by our own doing. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::fakes::ledger::Entry;
use crate::say;

/// A message as the database has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Its id: the key towards the provider.
    pub key: String,
    /// The job that it is about.
    pub job: Option<String>,
    /// What it tells of.
    pub event: String,
    /// Where it stands.
    pub state: String,
    /// The provider's id that we recorded.
    pub effect: Option<String>,
}

/// What there is to judge.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// Jobs whose making was answered: each tells somebody.
    pub promised: BTreeSet<String>,
    /// Every message.
    pub rows: Vec<Row>,
    /// The requests at the provider that send messages.
    pub ledger: Vec<Entry>,
    /// When the server was killed, Unix microseconds.
    pub kills: Vec<i64>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Messages that were meant to leave.
    pub messages: usize,
    /// Requests at the provider.
    pub requests: usize,
    /// Messages that took effect there, each time counted.
    pub effects: usize,
    /// Jobs that told nobody.
    pub silent: Vec<String>,
    /// Messages that the provider never had.
    pub lost: Vec<String>,
    /// Keys that were asked for again although the answer had come and nothing had happened to us.
    pub doubled: Vec<String>,
    /// Keys at the provider that no message of ours has.
    pub strangers: Vec<String>,
    /// Effects that we do not know of: no recorded id is theirs.
    pub unrecorded: Vec<String>,
    /// Repeated because the answer was lost, or never came: at least once has this price.
    pub after_doubt: usize,
    /// Repeated because we were killed between the answer and its record.
    pub after_kill: usize,
}

impl Verdict {
    /// Whether every promise was kept.
    pub fn is_kept(&self) -> bool {
        [&self.silent, &self.lost, &self.doubled, &self.strangers, &self.unrecorded]
            .iter()
            .all(|v| v.is_empty())
    }

    /// For people.
    pub fn print(&self) {
        say!(
            "sums     {} messages, {} requests at the provider, {} effects",
            self.messages,
            self.requests,
            self.effects
        );
        say!(
            "twice    {} after a lost answer, {} after a kill between answer and record; by our own doing {}",
            self.after_doubt,
            self.after_kill,
            self.doubled.len()
        );
        say!(
            "oracle   lost {}  doubled {}  silent {}  strangers {}  unrecorded {}",
            self.lost.len(),
            self.doubled.len(),
            self.silent.len(),
            self.strangers.len(),
            self.unrecorded.len()
        );
        for (what, keys) in [
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("silent", &self.silent),
            ("strangers", &self.strangers),
            ("unrecorded", &self.unrecorded),
        ] {
            for key in keys.iter().take(5) {
                say!("{what:8} {key}");
            }
        }
    }
}

/// Judges.
pub fn judge(case: &Case) -> Verdict {
    let mut verdict =
        Verdict { messages: case.rows.len(), requests: case.ledger.len(), ..Verdict::default() };
    let mut asked: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in &case.ledger {
        verdict.effects += usize::from(entry.effect.is_some());
        asked.entry(entry.key.as_deref().unwrap_or("without a key")).or_default().push(entry);
    }
    let told: BTreeSet<&str> = case.rows.iter().filter_map(|r| r.job.as_deref()).collect();
    verdict.silent = case.promised.iter().filter(|job| !told.contains(job.as_str())).cloned().collect();
    let known: BTreeSet<&str> = case.rows.iter().map(|r| r.key.as_str()).collect();
    verdict.strangers = asked.keys().filter(|key| !known.contains(*key)).map(|k| (*k).to_owned()).collect();
    for row in case.rows.iter().filter(|r| r.state != "suppressed") {
        let requests = asked.get(row.key.as_str()).map_or(&[][..], Vec::as_slice);
        judge_one(row, requests, &case.kills, &mut verdict);
    }
    verdict
}

fn judge_one(row: &Row, requests: &[&Entry], kills: &[i64], verdict: &mut Verdict) {
    let effects: Vec<&str> = requests.iter().filter_map(|e| e.effect.as_deref()).collect();
    if effects.is_empty() {
        verdict.lost.push(format!("{} ({}, {})", row.key, row.event, row.state));
        return;
    }
    if row.effect.as_deref().is_none_or(|recorded| !effects.contains(&recorded)) {
        verdict.unrecorded.push(format!("{} ({}, {})", row.key, row.event, row.state));
    }
    for (before, after) in requests.iter().zip(requests.iter().skip(1)) {
        if before.effect.is_none() {
            // It had not taken effect: to ask again was right.
            continue;
        }
        if !before.answered {
            verdict.after_doubt += 1;
        } else if kills.iter().any(|at| before.at_us <= *at && *at <= after.at_us)
            && before.effect != row.effect
        {
            verdict.after_kill += 1;
        } else {
            verdict.doubled.push(format!("{} ({}, {})", row.key, row.event, row.state));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str, effect: &str) -> Row {
        Row {
            key: key.into(),
            job: Some(format!("job of {key}")),
            event: "job_scheduled".into(),
            state: "sent".into(),
            effect: Some(effect.into()),
        }
    }

    fn entry(key: &str, at_us: i64, effect: Option<&str>, answered: bool) -> Entry {
        Entry { key: Some(key.into()), at_us, effect: effect.map(Into::into), answered, ..Entry::default() }
    }

    /// Two messages: one at once, one refused, then its answer lost, then sent again.
    fn sound() -> Case {
        Case {
            promised: ["job of a".to_owned(), "job of b".to_owned()].into(),
            rows: vec![row("a", "1"), row("b", "3")],
            ledger: vec![
                entry("a", 10, Some("1"), true),
                entry("b", 20, None, true),
                entry("b", 30, Some("2"), false),
                entry("b", 40, Some("3"), true),
            ],
            kills: vec![],
        }
    }

    #[test]
    fn a_sound_run_is_kept() {
        let verdict = judge(&sound());
        assert!(verdict.is_kept(), "{verdict:?}");
        assert_eq!((verdict.effects, verdict.after_doubt), (3, 1));
    }

    /// The sabotage: each breach is planted and must be found.
    #[test]
    fn what_is_planted_is_found() {
        let mut lost = sound();
        lost.ledger.retain(|e| e.key.as_deref() != Some("a"));
        assert_eq!(judge(&lost).lost.len(), 1);

        let mut refused_for_ever = sound();
        refused_for_ever.ledger.retain(|e| e.effect.is_none() || e.key.as_deref() == Some("a"));
        assert_eq!(judge(&refused_for_ever).lost.len(), 1);

        let mut doubled = sound();
        doubled.ledger.push(entry("a", 50, Some("9"), true));
        assert_eq!(judge(&doubled).doubled.len(), 1);

        // A kill excuses only what had not been recorded.
        let mut killed = doubled.clone();
        killed.kills = vec![45];
        assert_eq!(judge(&killed).doubled.len(), 1, "the first answer was recorded before the kill");
        killed.rows[0].effect = Some("9".into());
        assert_eq!((judge(&killed).is_kept(), judge(&killed).after_kill), (true, 1));
        killed.kills = vec![60];
        assert_eq!(judge(&killed).doubled.len(), 1, "a kill after the repetition excuses nothing");

        let mut silent = sound();
        silent.promised.insert("job of c".into());
        assert_eq!(judge(&silent).silent, ["job of c"]);

        let mut stranger = sound();
        stranger.ledger.push(Entry { effect: Some("8".into()), answered: true, ..Entry::default() });
        assert_eq!(judge(&stranger).strangers.len(), 1);

        let mut unrecorded = sound();
        unrecorded.rows[0].effect = None;
        assert_eq!(judge(&unrecorded).unrecorded.len(), 1);
    }
}
