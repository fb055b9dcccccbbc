//! Argentine tax numbers: CUIT of companies and people, CUIL of employees. One form, one check digit. Pure.
//!
//! Eleven digits: a prefix of two that says the kind, eight of the person or company, one check digit, modulo 11 with
//! weights 5 4 3 2 7 6 5 4 3 2 (AFIP). A check of 11 is written 0 and one of 10 is written 9: that happens where the
//! digits would need a tenth sign, and most such people get the prefix 23 or 24, such companies 33 or 34 instead.

use serde::{Deserialize, Serialize};

const WEIGHTS: [u32; 10] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
/// Longer texts are no number, whatever is in them.
const LONGEST: usize = 40;

/// Whose number it is, by its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CuitKind)]
pub enum Kind {
    /// A human being: 20, 23, 24, 27.
    Person,
    /// A company: 30, 33, 34.
    Company,
    /// Somebody abroad: 50, 51, 55.
    Foreign,
}

/// Why a text is no tax number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CuitReason)]
pub enum Reason {
    /// Something else than digits, hyphens, dots and blanks.
    Characters,
    /// Not eleven digits.
    Length,
    /// Begins with what AFIP does not give out.
    Prefix,
    /// The last digit does not fit the others: a typing error.
    CheckDigit,
}

/// A tax number that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cuit {
    digits: String,
    kind: Kind,
}

impl Cuit {
    /// Reads a number with or without hyphens.
    pub fn read(text: &str) -> Result<Self, Reason> {
        let text = text.trim();
        if text.len() > LONGEST || text.chars().any(|c| !(c.is_ascii_digit() || "-. ".contains(c))) {
            return Err(Reason::Characters);
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let Some((body, check)) = digits.split_at_checked(10).filter(|(_, check)| check.len() == 1) else {
            return Err(Reason::Length);
        };
        let kind = kind(body).ok_or(Reason::Prefix)?;
        if check_digit(body).is_none_or(|wanted| wanted.to_string() != check) {
            return Err(Reason::CheckDigit);
        }
        Ok(Self { digits, kind })
    }

    /// The eleven digits, as they are stored.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// Whose number it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// As people write it: `30-50001091-2`.
    pub fn formatted(&self) -> String {
        let (prefix, rest) = self.digits.split_at_checked(2).unwrap_or_default();
        let (body, check) = rest.split_at_checked(8).unwrap_or_default();
        format!("{prefix}-{body}-{check}")
    }
}

fn kind(digits: &str) -> Option<Kind> {
    match digits.get(..2)? {
        "20" | "23" | "24" | "27" => Some(Kind::Person),
        "30" | "33" | "34" => Some(Kind::Company),
        "50" | "51" | "55" => Some(Kind::Foreign),
        _ => None,
    }
}

/// The digit that the first ten need, if they are ten.
fn check_digit(body: &str) -> Option<u32> {
    let digits: Vec<u32> = body.chars().map(|c| c.to_digit(10)).collect::<Option<_>>()?;
    (digits.len() == WEIGHTS.len()).then(|| {
        let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| d * w).sum();
        match 11 - sum % 11 {
            11 => 0,
            10 => 9,
            digit => digit,
        }
    })
}

/// `POST /api/customers/validate-cuit`.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct ValidateCuit {
    /// The number, with or without hyphens.
    pub cuit: String,
}

/// What a text is worth as a tax number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CuitVerdict {
    /// Whether it holds.
    pub valid: bool,
    /// Its eleven digits; null where it does not hold.
    pub cuit: Option<String>,
    /// As people write it; null where it does not hold.
    pub formatted: Option<String>,
    /// Whose it is; null where it does not hold.
    pub kind: Option<Kind>,
    /// Why it does not hold; null where it does.
    pub reason: Option<Reason>,
}

impl From<Result<Cuit, Reason>> for CuitVerdict {
    fn from(read: Result<Cuit, Reason>) -> Self {
        let (valid, reason) = (read.is_ok(), read.as_ref().err().copied());
        let cuit = read.ok();
        Self {
            valid,
            formatted: cuit.as_ref().map(Cuit::formatted),
            kind: cuit.as_ref().map(Cuit::kind),
            cuit: cuit.map(|c| c.digits),
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Numbers that exist or that the public validators accept; among them those whose check would be ten.
    #[test]
    fn known_numbers() {
        for (good, kind) in [
            ("33693450239", Kind::Company),
            ("20-05536168-2", Kind::Person),
            ("20267565393", Kind::Person),
            ("30000000007", Kind::Company),
            ("20000000001", Kind::Person),
            ("20111111112", Kind::Person),
            ("30-50001091-2", Kind::Company),
            ("23000000000", Kind::Person),
            ("20 37679312 6", Kind::Person),
            (" 20.32964233.0 ", Kind::Person),
            ("20300000029", Kind::Person),
            ("30300000059", Kind::Company),
            ("23300000079", Kind::Person),
        ] {
            assert_eq!(Cuit::read(good).map(|c| c.kind()), Ok(kind), "{good}");
        }
        for (bad, reason) in [
            ("20267565392", Reason::CheckDigit),
            ("20-12345678-5", Reason::CheckDigit),
            ("2012345678", Reason::Length),
            ("", Reason::Length),
            ("201234567866", Reason::Length),
            ("21123456786", Reason::Prefix),
            ("99000000000", Reason::Prefix),
            ("20x12345678x6", Reason::Characters),
            ("２０１２３４５６７８６", Reason::Characters),
        ] {
            assert_eq!(Cuit::read(bad).unwrap_err(), reason, "{bad}");
        }
        assert_eq!(Cuit::read("30500010912").unwrap().formatted(), "30-50001091-2");
    }

    fn prefix() -> impl Strategy<Value = &'static str> {
        proptest::sample::select(vec!["20", "23", "24", "27", "30", "33", "34", "50", "51", "55"])
    }

    proptest! {
        /// Ten digits have one check digit, and the number reads the same however it is written.
        #[test]
        fn one_digit_fits(prefix in prefix(), body in 0..100_000_000u32) {
            let ten = format!("{prefix}{body:08}");
            let fits: Vec<Cuit> = (0..10).filter_map(|d| Cuit::read(&format!("{ten}{d}")).ok()).collect();
            prop_assert_eq!(fits.len(), 1);
            prop_assert_eq!(Cuit::read(&fits[0].formatted()), Ok(fits[0].clone()));
        }

        /// One wrong digit is found; but where the check would be ten, 9 stands for it, and that hides one of the
        /// other digits' errors: those with a check of 9 are the only ones that a slip may survive.
        #[test]
        fn a_slip_is_found(prefix in prefix(), body in 0..100_000_000u32, at in 2..10usize, other in 0..10u8) {
            let ten = format!("{prefix}{body:08}");
            let good = (0..10).find_map(|d| Cuit::read(&format!("{ten}{d}")).ok()).unwrap();
            let mut slipped = good.digits().as_bytes().to_vec();
            prop_assume!(slipped[at] != b'0' + other && slipped[10] != b'9');
            slipped[at] = b'0' + other;
            prop_assert_eq!(Cuit::read(std::str::from_utf8(&slipped).unwrap()), Err(Reason::CheckDigit));
        }

        #[test]
        fn anything_is_survived(text: String) {
            let _ = Cuit::read(&text);
        }
    }
}
