//! What an organization wants to see before a job is completed: pure (functional.md section 3.1).

use serde::{Deserialize, Serialize};

/// Something that shows that the work was done.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Words of whoever completes it.
    Notes,
    /// At least one photo.
    Photo,
    /// The customer's signature.
    Signature,
}

impl Evidence {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Notes, Self::Photo, Self::Signature];

    /// The column and wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notes => "notes",
            Self::Photo => "photo",
            Self::Signature => "signature",
        }
    }

    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Notes => "notas (notes)",
            Self::Photo => "una foto (a photo)",
            Self::Signature => "la firma (the signature)",
        }
    }

    /// Those whose names stand in a column; unknown ones are none.
    pub fn of(names: &[String]) -> Vec<Self> {
        Self::ALL.into_iter().filter(|e| names.iter().any(|n| n == e.as_str())).collect()
    }
}

/// What there is of a job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shown {
    /// Words were said.
    pub notes: bool,
    /// Photos, without papers.
    pub photos: usize,
    /// It is signed.
    pub signature: bool,
}

impl Shown {
    /// What is wanted and not there.
    pub fn missing(self, wanted: &[Evidence]) -> Vec<Evidence> {
        let has = |evidence: &Evidence| match evidence {
            Evidence::Notes => self.notes,
            Evidence::Photo => self.photos > 0,
            Evidence::Signature => self.signature,
        };
        wanted.iter().copied().filter(|e| !has(e)).collect()
    }
}

/// What a phone has and sends later: operations go before pictures (functional.md section 10), so what is
/// announced counts as shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Announced {
    /// Photos.
    pub photos: usize,
    /// A signature.
    pub signature: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every wish against everything that may be there.
    #[test]
    fn only_what_is_wanted_and_absent_is_missing() {
        for wish in 0..8u8 {
            for there in 0..8u8 {
                let bit = |bits: u8, n: usize| bits >> n & 1 == 1;
                let wanted: Vec<_> = (0..3).filter(|n| bit(wish, *n)).map(|n| Evidence::ALL[n]).collect();
                let shown = Shown {
                    notes: bit(there, 0),
                    photos: usize::from(bit(there, 1)),
                    signature: bit(there, 2),
                };
                let missing = shown.missing(&wanted);
                for (n, evidence) in Evidence::ALL.into_iter().enumerate() {
                    assert_eq!(missing.contains(&evidence), bit(wish, n) && !bit(there, n), "{wish} {there}");
                }
            }
        }
    }
}
