//! The chain of one organization: what a row's hash is made of, and what a walk along the rows finds.
//!
//! `hash = HMAC-SHA256(key, "ct-audit-v1" | organization | number | previous | canonical fields)`, previous and fields
//! with their length before them; the first row's previous is `GENESIS`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde::Serialize;
use uuid::Uuid;

use super::canonical;
use crate::auth::keys::{Keys, hex};
use crate::ids::OrgId;

/// What stands before the first row.
pub const GENESIS: &[u8] = b"GENESIS";
/// Names this form of the hash.
const FORM: &[u8] = b"ct-audit-v1";
/// Keys that an installation may have had.
const KEYS: i16 = 99;

/// A row as it is stored. Plain data.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Row {
    /// Its number, gapless from 1.
    pub seq: i64,
    /// Its own id, which binds the sealed payload to it.
    pub entry_id: Uuid,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// Of the catalogue.
    pub action: String,
    /// What kind of actor.
    pub by_kind: String,
    /// The person who did it.
    pub by_user: Option<Uuid>,
    /// What it was done to, as `customer`.
    pub entity: String,
    /// Which.
    pub entity_id: Option<Uuid>,
    /// Whose data was looked at.
    pub about: Option<Uuid>,
    /// Old, new and circumstances, sealed.
    pub payload: Vec<u8>,
    /// Which key made the hash.
    pub key_n: i16,
    /// The hash of the row before.
    pub previous: Vec<u8>,
    /// What binds all of this.
    pub hash: Vec<u8>,
}

impl Row {
    /// The fields that the hash covers, in one spelling.
    pub fn canonical(&self) -> String {
        let mut out = String::with_capacity(384 + self.payload.len() * 2);
        let id = |id: Option<Uuid>| id.map_or_else(|| "null".to_owned(), |id| format!("\"{id}\""));
        // Names in their sorted order.
        out.push_str("{\"about\":");
        out.push_str(&id(self.about));
        out.push_str(",\"action\":");
        canonical::string(&self.action, &mut out);
        out.push_str(&format!(",\"at\":{},\"by\":{},\"by_kind\":", self.at_us, id(self.by_user)));
        canonical::string(&self.by_kind, &mut out);
        out.push_str(",\"entity\":");
        canonical::string(&self.entity, &mut out);
        out.push_str(&format!(",\"entity_id\":{},\"id\":\"{}\"", id(self.entity_id), self.entry_id));
        out.push_str(&format!(",\"key\":{},\"payload\":\"", self.key_n));
        STANDARD.encode_string(&self.payload, &mut out);
        out.push_str("\"}");
        out
    }
}

/// The end of a chain as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Head {
    /// The last row's number; 0 before the first.
    pub seq: i64,
    /// The last row's hash.
    pub hash: Vec<u8>,
    /// Says that both are ours.
    pub mac: Vec<u8>,
    /// The first number after an end that was not ours.
    pub broken_at: Option<i64>,
}

/// The keys of chains: one that writes, all that ever wrote.
#[derive(Clone)]
pub struct Ring {
    keys: BTreeMap<i16, hmac::Key>,
    head: hmac::Key,
    current: i16,
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ring({})", self.current)
    }
}

impl Ring {
    /// The keys of an installation, of which number `current` writes.
    pub fn of(keys: &Keys, current: i16) -> Self {
        let current = current.clamp(1, KEYS);
        let all = (1..=current).map(|n| (n, keys.mac(&format!("campo audit v{n}")))).collect();
        Self { keys: all, head: keys.mac("campo audit head v1"), current }
    }

    /// The number of the key that writes.
    pub fn current(&self) -> i16 {
        self.current
    }

    /// The hash of a row; none where its key is not ours.
    pub fn hash(&self, org: OrgId, row: &Row) -> Option<Vec<u8>> {
        let key = self.keys.get(&row.key_n)?;
        let fields = row.canonical();
        let mut mac = hmac::Context::with_key(key);
        mac.update(FORM);
        mac.update(org.0.as_bytes());
        mac.update(&row.seq.to_be_bytes());
        for part in [row.previous.as_slice(), fields.as_bytes()] {
            mac.update(&(part.len() as u32).to_be_bytes());
            mac.update(part);
        }
        Some(mac.sign().as_ref().to_vec())
    }

    /// What says that an end of a chain is ours.
    pub fn head_mac(&self, org: OrgId, seq: i64, hash: &[u8]) -> Vec<u8> {
        let mut mac = hmac::Context::with_key(&self.head);
        mac.update(org.0.as_bytes());
        mac.update(&seq.to_be_bytes());
        mac.update(hash);
        mac.sign().as_ref().to_vec()
    }
}

/// Why a row is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It is not there, though later rows, the end or an anchor say that it was.
    Missing,
    /// It does not name the hash of the row before it.
    NotChained,
    /// Its hash is not that of its fields: it was changed, moved, copied, or written without the key.
    WrongHash,
    /// It names a key that this installation never had.
    UnknownKey,
    /// It stands behind the end of the chain.
    BeyondHead,
    /// The end of the chain names another hash than the last row has.
    HeadDiffers,
    /// The end of the chain was not written by this installation, or an older one was put back.
    HeadForged,
    /// The end of the chain is not there.
    HeadMissing,
    /// An anchor, signed at its time, has another hash for it.
    AnchorDiffers,
    /// What is readable in an export is not what was sealed.
    PayloadDiffers,
}

impl Why {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Missing => "it is missing",
            Self::NotChained => "it does not name the row before it",
            Self::WrongHash => "its hash is not that of its fields",
            Self::UnknownKey => "it names a key that this installation never had",
            Self::BeyondHead => "it stands behind the end of the chain",
            Self::HeadDiffers => "the end of the chain names another hash for it",
            Self::HeadForged => {
                "the end of the chain before it was not written by this installation, or an older one was put back"
            }
            Self::HeadMissing => "the end of the chain is missing",
            Self::AnchorDiffers => "an anchor has another hash for it",
            Self::PayloadDiffers => "what is readable is not what was sealed",
        }
    }
}

/// The first bad row of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Bad {
    /// Its number.
    pub seq: i64,
    /// What is wrong with it.
    pub why: Why,
}

/// What anchors have for one chain: hashes by number.
pub type Anchored = BTreeMap<i64, Vec<u8>>;

/// Goes along the rows of a chain in their order and remembers the first bad one.
#[derive(Debug)]
pub struct Walk<'a> {
    ring: Option<&'a Ring>,
    org: OrgId,
    anchored: &'a Anchored,
    last: i64,
    hash: Vec<u8>,
    rows: i64,
    bad: Option<Bad>,
}

impl<'a> Walk<'a> {
    /// From the first row. Without keys it looks whether rows name each other and what anchors say.
    pub fn new(ring: Option<&'a Ring>, org: OrgId, anchored: &'a Anchored) -> Self {
        Self { ring, org, anchored, last: 0, hash: GENESIS.to_vec(), rows: 0, bad: None }
    }

    /// From behind a row that an anchor vouches for.
    pub fn from_anchor(ring: Option<&'a Ring>, org: OrgId, anchored: &'a Anchored, seq: i64) -> Self {
        let hash = anchored.get(&seq).cloned();
        let start = Self::new(ring, org, anchored);
        match hash {
            Some(hash) => Self { last: seq, hash, ..start },
            None => start,
        }
    }

    /// Looks at the next row. False once something was bad: what follows says nothing any more.
    pub fn step(&mut self, row: &Row) -> bool {
        if self.bad.is_some() {
            return false;
        }
        self.rows += 1;
        let next = self.last + 1;
        if row.seq != next {
            return self.found(next.min(row.seq), if row.seq > next { Why::Missing } else { Why::WrongHash });
        }
        if row.previous != self.hash {
            return self.found(row.seq, Why::NotChained);
        }
        if let Some(ring) = self.ring {
            match ring.hash(self.org, row) {
                None => return self.found(row.seq, Why::UnknownKey),
                Some(hash) if hash != row.hash => return self.found(row.seq, Why::WrongHash),
                Some(_) => {}
            }
        }
        if self.anchored.get(&row.seq).is_some_and(|hash| *hash != row.hash) {
            return self.found(row.seq, Why::AnchorDiffers);
        }
        self.last = row.seq;
        self.hash.clone_from(&row.hash);
        true
    }

    /// Notes that the row last looked at is bad for a reason that the walk does not know.
    pub fn found(&mut self, seq: i64, why: Why) -> bool {
        self.bad.get_or_insert(Bad { seq, why });
        false
    }

    /// After the last row: whether the end of the chain agrees. `head` is the stored end, where it is at hand.
    pub fn end(mut self, head: Option<Option<&Head>>) -> Walked {
        if self.bad.is_none() {
            let newest = self.anchored.last_key_value().map_or(0, |(seq, _)| *seq);
            let told = head.flatten().map_or(0, |h| h.seq).max(newest);
            if told > self.last {
                self.found(self.last + 1, Why::Missing);
            } else if let Some(head) = head {
                self.head(head);
            }
        }
        Walked { rows: self.rows, last: self.last, hash: hex(&self.hash), first_bad: self.bad }
    }

    fn head(&mut self, head: Option<&Head>) {
        let Some(head) = head else {
            // A chain that never began has no end.
            if self.last > 0 {
                self.found(self.last, Why::HeadMissing);
            }
            return;
        };
        if let Some(seq) = head.broken_at {
            self.found(seq, Why::HeadForged);
        } else if head.seq < self.last {
            self.found(head.seq + 1, Why::BeyondHead);
        } else if head.hash != self.hash {
            self.found(self.last, Why::HeadDiffers);
        } else if self.ring.is_some_and(|ring| ring.head_mac(self.org, head.seq, &head.hash) != head.mac) {
            self.found(self.last + 1, Why::HeadForged);
        }
    }
}

/// What a walk found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Walked {
    /// Rows looked at.
    pub rows: i64,
    /// The last good row's number.
    pub last: i64,
    /// Its hash, in hexadecimal.
    pub hash: String,
    /// The first bad row.
    pub first_bad: Option<Bad>,
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
