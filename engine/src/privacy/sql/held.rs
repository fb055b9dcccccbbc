//! Where anything about anybody is held: one entry for each table, in the order in which an erasure goes.
//!
//! A table that stands nowhere here, or a column of text that no entry names, fails the catalog test: whoever adds one
//! says whose it is, which law keeps it, and what an erasure leaves of it.
//!
//! `whose` is a condition over the row `t` and the subject's keys `s`: `users`, `members`, `customers`, `jobs`,
//! `conversations`, `messages`, `sessions`, `files` (arrays), `phones`, `emails` (texts), `mention` (a pattern of ids).

mod others;
mod people;
mod talk;
mod work;

pub(crate) use others::{IDENTITY, OTHERS};

/// What an erasure does to the rows of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Erase {
    /// The rows go.
    Delete,
    /// The rows stay, without what was personal: a `set` list.
    Blank(&'static str),
    /// The JSON of this column keeps its bones ([`crate::privacy::redact`]).
    Redact(&'static str),
    /// The rows stay as they are: they name the person by a number that leads nowhere any more.
    Keep,
}

/// Why it is held, or kept after an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ground {
    /// Ley 25.326, art. 5: agreed to.
    Consent,
    /// Ley 25.326, art. 5.2.d: needed for the service that was agreed.
    Contract,
    /// LCT 20.744, arts. 52 and 54: working hours.
    Labour,
    /// Ley 25.326, art. 9: security of what is held.
    Security,
    /// Ley 25.326, art. 14 to 16: proof that a right was answered.
    Proof,
    /// Nobody's: numbers of a company or of roads.
    Nobody,
}

impl Ground {
    /// In words.
    pub fn why(self) -> &'static str {
        match self {
            Self::Consent => "por consentimiento",
            Self::Contract => "para prestar el servicio",
            Self::Labour => "registro laboral",
            Self::Security => "seguridad",
            Self::Proof => "constancia de lo pedido",
            Self::Nobody => "no son datos de nadie",
        }
    }
}

/// One table, or one way in which rows of it concern somebody.
#[derive(Debug)]
pub(crate) struct Held {
    pub table: &'static str,
    /// What it is, in the words of the summary that a person gets.
    pub what: &'static str,
    pub ground: Ground,
    pub whose: &'static str,
    pub erase: Erase,
    /// Columns of text, JSON, bytes or places that say something of somebody.
    pub personal: &'static [&'static str],
}

const fn held(
    table: &'static str,
    what: &'static str,
    ground: Ground,
    whose: &'static str,
    erase: Erase,
    personal: &'static [&'static str],
) -> Held {
    Held { table, what, ground, whose, erase, personal }
}

/// All entries whose rows concern somebody, in the order of an erasure.
pub(crate) fn all() -> impl Iterator<Item = &'static Held> {
    talk::TALK.iter().chain(work::WORK).chain(people::PEOPLE)
}
