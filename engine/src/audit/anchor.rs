//! Anchors: every ten minutes the ends of all chains, signed, go to a second place.
//!
//! A chain alone does not know that its newest rows were cut off or that all of it was put back to an older state; an
//! anchor does. Each names the one before it by its hash, holds the ends that moved since then (every 144th all of
//! them) and the Merkle root over all, and is signed with Ed25519 under a key of its own label.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::auth::keys::{Keys, hex};
use crate::error::{Error, Result};
use crate::ids::OrgId;
use crate::ledger::chain::Anchored;
use crate::ledger::{GENESIS, canonical};

/// Every so many anchors one holds all ends: reading begins there.
pub const FULL_EVERY: u64 = 144;
/// Names this form.
const FORM: &str = "campo-anchor-v1";

/// The ends of chains: number and hash of the last row.
pub type Ends = BTreeMap<OrgId, (i64, Vec<u8>)>;

/// An anchor without its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// Names this form.
    form: String,
    /// Its number, from 1.
    pub n: u64,
    /// When, milliseconds since 1970.
    pub at: i64,
    /// SHA-256 of the file before it, in hexadecimal; `GENESIS` for the first.
    previous: String,
    /// Whether `heads` are all.
    full: bool,
    /// Ends: organization, number, hash in hexadecimal.
    heads: Vec<(OrgId, i64, String)>,
    /// How many chains there are.
    chains: usize,
    /// The Merkle root over all ends, in hexadecimal.
    root: String,
}

/// An anchor as it lies in its file.
#[derive(Debug, Serialize, Deserialize)]
struct Signed {
    anchor: Anchor,
    public_key: String,
    signature: String,
}

/// The key pair that signs anchors.
pub fn signer(keys: &Keys) -> Result<Ed25519KeyPair> {
    let seed = keys.bytes(b"campo audit anchor ed25519 v1");
    Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|e| Error::Internal(format!("anchors' key: {e}")))
}

/// The public half, in hexadecimal.
pub fn public_key(keys: &Keys) -> Result<String> {
    Ok(hex(signer(keys)?.public_key().as_ref()))
}

impl Anchor {
    /// The next anchor: what moved between two states of all ends.
    pub fn next(n: u64, at: DateTime<Utc>, previous: Option<&[u8]>, before: &Ends, now: &Ends) -> Self {
        let full = n % FULL_EVERY == 1 || before.is_empty();
        let moved = now.iter().filter(|(org, end)| full || before.get(*org) != Some(*end));
        Self {
            form: FORM.into(),
            n,
            at: at.timestamp_millis(),
            previous: previous.map_or_else(|| "GENESIS".into(), |file| hex(digest(&SHA256, file).as_ref())),
            full,
            heads: moved.map(|(org, (seq, hash))| (*org, *seq, hex(hash))).collect(),
            chains: now.len(),
            root: hex(&root(now)),
        }
    }

    /// The bytes of its file.
    pub fn sign(&self, pair: &Ed25519KeyPair) -> Result<Vec<u8>> {
        let signed = Signed {
            signature: hex(pair.sign(self.text()?.as_bytes()).as_ref()),
            public_key: hex(pair.public_key().as_ref()),
            anchor: self.clone(),
        };
        let value = serde_json::to_value(signed).map_err(|e| Error::Internal(format!("an anchor: {e}")))?;
        Ok((canonical::text(&value) + "\n").into_bytes())
    }

    fn text(&self) -> Result<String> {
        let value = serde_json::to_value(self).map_err(|e| Error::Internal(format!("an anchor: {e}")))?;
        Ok(canonical::text(&value))
    }

    /// Reads a file; none unless this key signed it.
    pub fn read(file: &[u8], public_key: &[u8]) -> Option<Self> {
        let signed: Signed = serde_json::from_slice(file).ok()?;
        let signature = unhex(&signed.signature)?;
        let text = signed.anchor.text().ok()?;
        UnparsedPublicKey::new(&ED25519, public_key).verify(text.as_bytes(), &signature).ok()?;
        (signed.anchor.form == FORM).then_some(signed.anchor)
    }
}

/// Which anchor had a row first, when, and its hash.
type Seen = (u64, i64, Vec<u8>);

/// What a run of anchors says.
#[derive(Debug, Clone, Default)]
pub struct Anchors {
    /// By chain and row: which anchor had it first, when, and its hash.
    chains: BTreeMap<OrgId, BTreeMap<i64, Seen>>,
    /// What is wrong with them, in words.
    pub wrong: Option<String>,
    /// How many were read.
    pub count: u64,
    /// The last one's number.
    pub last: u64,
    ends: Ends,
    file: Option<Vec<u8>>,
}

impl Anchors {
    /// Takes the next file. What is wrong with the run is noted once, with the first number that it is wrong with.
    pub fn take(&mut self, n: u64, file: Vec<u8>, public_key: &[u8]) {
        let wrong = match Anchor::read(&file, public_key) {
            None => Some("its signature is not of this installation's key"),
            Some(anchor) => self.follow(n, anchor),
        };
        if let Some(wrong) = wrong {
            self.note(n, wrong);
        }
        (self.last, self.file) = (n, Some(file));
        self.count += 1;
    }

    /// Notes that a number between others is not there.
    pub fn missing(&mut self, n: u64) {
        self.note(n, "it is missing");
        self.file = None;
    }

    fn note(&mut self, n: u64, wrong: &str) {
        self.wrong.get_or_insert_with(|| format!("anchor {n}: {wrong}"));
    }

    fn follow(&mut self, n: u64, anchor: Anchor) -> Option<&'static str> {
        if anchor.n != n {
            return Some("it says another number");
        }
        let before = self.file.as_deref().map(|file| hex(digest(&SHA256, file).as_ref()));
        let is_first = anchor.n == 1;
        let follows = match before {
            Some(hash) => anchor.previous == hash,
            // A run may begin at a full anchor; what comes before it was not read.
            None => {
                if is_first {
                    anchor.previous.as_bytes() == GENESIS
                } else {
                    anchor.full
                }
            }
        };
        if !follows {
            return Some("it does not name the anchor before it");
        }
        if anchor.full {
            self.ends.clear();
        }
        for (org, seq, hash) in anchor.heads {
            let Some(hash) = unhex(&hash) else { return Some("a hash is no hexadecimal") };
            self.chains.entry(org).or_default().entry(seq).or_insert_with(|| (n, anchor.at, hash.clone()));
            self.ends.insert(org, (seq, hash));
        }
        if self.ends.len() != anchor.chains || hex(&root(&self.ends)) != anchor.root {
            return Some("its root is not that of the ends");
        }
        None
    }

    /// What they say of one chain.
    pub fn of(&self, org: OrgId) -> Anchored {
        self.until(org, i64::MAX, i64::MAX)
    }

    /// The same for a copy that ends with row `last` and was made at `at_ms`: what was anchored before must be in it.
    pub fn until(&self, org: OrgId, last: i64, at_ms: i64) -> Anchored {
        let all = self.chains.get(&org).into_iter().flatten();
        all.filter(|(seq, (_, at, _))| **seq <= last || *at <= at_ms)
            .map(|(seq, (.., hash))| (*seq, hash.clone()))
            .collect()
    }

    /// The last row of a chain that anchor `n` or one before it vouches for.
    pub fn row_at(&self, org: OrgId, n: u64) -> Option<i64> {
        let all = self.chains.get(&org)?;
        all.iter().rev().find(|(_, (by, ..))| *by <= n).map(|(seq, _)| *seq)
    }

    /// Chains whose ends went back since the last anchor, or are others: they were tampered with.
    pub fn gone_back<'a>(&'a self, now: &'a Ends) -> impl Iterator<Item = OrgId> + 'a {
        let is_behind = |(org, (seq, hash)): &(&OrgId, &(i64, Vec<u8>))| {
            now.get(org).is_none_or(|(at, now)| at < seq || at == seq && now != hash)
        };
        self.ends.iter().filter(is_behind).map(|(org, _)| *org)
    }

    /// The chains that they know.
    pub fn organizations(&self) -> impl Iterator<Item = OrgId> {
        self.chains.keys().copied()
    }

    /// All ends as the last one has them.
    pub fn ends(&self) -> &Ends {
        &self.ends
    }

    /// The last file.
    pub fn file(&self) -> Option<&[u8]> {
        self.file.as_deref()
    }
}

/// The Merkle root over all ends in the order of their organizations; a lone node goes up as it is (RFC 6962's marks).
pub fn root(ends: &Ends) -> Vec<u8> {
    let leaf = |(org, (seq, hash)): (&OrgId, &(i64, Vec<u8>))| {
        let parts = [&[0][..], org.0.as_bytes(), &seq.to_be_bytes(), hash];
        digest(&SHA256, &parts.concat()).as_ref().to_vec()
    };
    let mut level: Vec<Vec<u8>> = ends.iter().map(leaf).collect();
    while level.len() > 1 {
        let pair = |nodes: &[Vec<u8>]| match nodes {
            [left, right] => digest(&SHA256, &[&[1][..], left, right].concat()).as_ref().to_vec(),
            other => other.concat(),
        };
        level = level.chunks(2).map(pair).collect();
    }
    level.pop().unwrap_or_else(|| digest(&SHA256, &[]).as_ref().to_vec())
}

/// Reads hexadecimal.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}

#[cfg(test)]
#[path = "anchor_tests.rs"]
mod tests;
