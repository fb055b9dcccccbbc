//! Scripted faults: what goes wrong at a provider's door, how often, and before or after it took effect.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::rng::Rng;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nobody listens for `seconds`; connections that are open end.
    Refuse,
    /// The connection is reset instead of an answer.
    Reset,
    /// 429 with `Retry-After`, in the service's own words.
    #[serde(rename = "429")]
    Busy,
    /// 500, in the service's own words.
    #[serde(rename = "500")]
    Broken,
    /// Nothing for `stall_ms`, then the connection ends.
    Stall,
    /// Half of the answer, then the connection ends.
    Truncate,
    /// The TLS side shows a certificate for somebody else, signed by nobody.
    WrongCertificate,
    /// 200 with a page of HTML.
    Html,
    /// OpenAI: 429 that waiting does not mend.
    InsufficientQuota,
}

impl Kind {
    /// As the script spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Reset => "reset",
            Self::Busy => "429",
            Self::Broken => "500",
            Self::Stall => "stall",
            Self::Truncate => "truncate",
            Self::WrongCertificate => "wrong_certificate",
            Self::Html => "html",
            Self::InsufficientQuota => "insufficient_quota",
        }
    }

    /// Whether the request has taken effect by then, where the script does not say.
    fn takes_effect(self) -> bool {
        matches!(self, Self::Stall | Self::Truncate | Self::Html)
    }
}

/// One line of the script.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    pub kind: Kind,
    /// So many requests, then no more; without `times` and `share` one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Instead: this share of all requests, 0 to 1, until the script is cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// Seconds of `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// How long nobody listens (`refuse`), seconds.
    #[serde(default = "two")]
    pub seconds: f64,
    /// How long a stalled answer hangs, milliseconds.
    #[serde(default = "minute_ms")]
    pub stall_ms: u64,
    /// Whether the request takes effect before it goes wrong; each kind has its own likely answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<bool>,
    /// No request of one key is struck more often than this, by any fault that says so: in the end all get through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_per_key: Option<u32>,
    /// Only requests whose path holds this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

fn two() -> f64 {
    2.0
}

fn minute_ms() -> u64 {
    60_000
}

impl Fault {
    /// One time, with everything else as usual.
    pub fn once(kind: Kind) -> Self {
        Self {
            kind,
            times: Some(1),
            share: None,
            retry_after: None,
            seconds: two(),
            stall_ms: minute_ms(),
            effect: None,
            most_per_key: None,
            path: None,
        }
    }

    /// So many times.
    pub fn times(kind: Kind, times: u32) -> Self {
        Self { times: Some(times), ..Self::once(kind) }
    }

    /// This share of all requests.
    pub fn share(kind: Kind, share: f64) -> Self {
        Self { times: None, share: Some(share), ..Self::once(kind) }
    }

    /// Whether what was asked for is done before it goes wrong.
    pub fn takes_effect(&self) -> bool {
        self.effect.unwrap_or(self.kind.takes_effect())
    }

    /// How long a stalled answer hangs.
    pub fn hangs(&self) -> Duration {
        Duration::from_millis(self.stall_ms)
    }

    fn concerns(&self, path: &str) -> bool {
        self.kind != Kind::Refuse
            && self.kind != Kind::WrongCertificate
            && self.path.as_deref().is_none_or(|part| path.contains(part))
    }
}

/// The script of one service.
#[derive(Debug)]
pub struct Script(Mutex<State>);

#[derive(Debug)]
struct State {
    faults: Vec<Fault>,
    rng: Rng,
    /// How often requests of a key were struck.
    struck: HashMap<String, u32>,
}

impl Script {
    /// An empty one; `seed` decides which requests a share strikes.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(State { faults: Vec::new(), rng: Rng::new(seed), struck: HashMap::new() }))
    }

    /// Adds a line.
    pub fn add(&self, mut fault: Fault) {
        if fault.times.is_none() && fault.share.is_none() {
            fault.times = Some(1);
        }
        self.lock().faults.push(fault);
    }

    /// All goes well from now on.
    pub fn clear(&self) {
        self.lock().faults.clear();
    }

    /// What is still to strike.
    pub fn left(&self) -> Vec<Fault> {
        self.lock().faults.clone()
    }

    /// What strikes a request for this path with this key, if anything does.
    pub fn strikes(&self, path: &str, key: Option<&str>) -> Option<Fault> {
        self.take(|fault| fault.concerns(path), key)
    }

    /// Whether this TLS handshake shows the wrong certificate.
    pub fn shows_wrong_certificate(&self) -> bool {
        self.take(|fault| fault.kind == Kind::WrongCertificate, None).is_some()
    }

    fn take(&self, concerns: impl Fn(&Fault) -> bool, key: Option<&str>) -> Option<Fault> {
        let mut guard = self.lock();
        let State { faults, rng, struck: by_key } = &mut *guard;
        let had = key.and_then(|k| by_key.get(k)).copied().unwrap_or(0);
        let at = faults.iter().position(|f| {
            concerns(f)
                && f.most_per_key.is_none_or(|most| had < most)
                && match (f.times, f.share) {
                    (Some(times), _) => times > 0,
                    (None, Some(share)) => rng.chance(share),
                    (None, None) => false,
                }
        })?;
        let fault = faults.get_mut(at)?;
        let struck = fault.clone();
        if let (Some(key), Some(_)) = (key, fault.most_per_key) {
            *by_key.entry(key.to_owned()).or_default() += 1;
        }
        if let Some(times) = &mut fault.times {
            *times -= 1;
            if *times == 0 {
                faults.remove(at);
            }
        }
        Some(struck)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_run_out_and_shares_do_not() {
        let script = Script::new(1);
        script.add(Fault { path: Some("/messages".into()), ..Fault::times(Kind::Broken, 2) });
        assert!(script.strikes("/media", None).is_none());
        assert!(
            script.strikes("/1/messages", None).is_some() && script.strikes("/1/messages", None).is_some()
        );
        assert!(script.strikes("/1/messages", None).is_none() && script.left().is_empty());
        script.add(Fault::share(Kind::Reset, 0.3));
        let struck = (0..10_000).filter(|_| script.strikes("/", None).is_some()).count();
        assert!((2_700..3_300).contains(&struck), "{struck}");
        script.clear();
        script.add(Fault { most_per_key: Some(2), ..Fault::share(Kind::Reset, 1.0) });
        let of = |key| (0..9).filter(|_| script.strikes("/", Some(key)).is_some()).count();
        assert_eq!((of("a"), of("b")), (2, 2));
        script.add(Fault::once(Kind::WrongCertificate));
        assert!(script.shows_wrong_certificate() && !script.shows_wrong_certificate());
    }

    #[test]
    fn the_script_is_read_as_written() {
        let fault: Fault = serde_json::from_str(r#"{"kind":"429","times":3,"retry_after":7}"#).unwrap();
        assert_eq!((fault.kind, fault.retry_after, fault.takes_effect()), (Kind::Busy, Some(7), false));
        let fault: Fault = serde_json::from_str(r#"{"kind":"truncate"}"#).unwrap();
        assert!(fault.takes_effect());
        assert!(serde_json::from_str::<Fault>(r#"{"kind":"sulk"}"#).is_err());
    }
}
