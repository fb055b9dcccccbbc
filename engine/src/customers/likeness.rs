//! How likely two customers are one: a score out of what they share, with the reasons. Pure.

use serde::{Deserialize, Serialize};

use super::fold;

/// From here on somebody should look.
pub const SUSPICIOUS: u8 = 50;
/// Two pins this near are one house, in metres.
const NEAR_M: f64 = 100.0;
/// Metres of one degree of latitude.
const DEGREE_M: f64 = 111_195.0;

/// Something that two customers share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DuplicateReason)]
pub enum Reason {
    /// The whole phone.
    SamePhone,
    /// The last ten digits of the phone: the same line with and without the 9, or a landline and its mobile.
    SameLastTen,
    /// The tax number.
    SameCuit,
    /// The document.
    SameDni,
    /// The e-mail address.
    SameEmail,
    /// The words of the name, in whatever order and spelling.
    SameName,
    /// All words of the shorter name, two at least, are in the longer one.
    SimilarName,
    /// The words of the address.
    SameAddress,
    /// Their places are within 100 m.
    Near,
}

impl Reason {
    /// How much it speaks for one person, 0 to 1.
    ///
    /// A telephone may be a family's and a company has branches, but those are worth a look; a name alone is common,
    /// and a house has many flats.
    fn weight(self) -> f64 {
        match self {
            Self::SamePhone => 1.0,
            Self::SameCuit | Self::SameDni => 0.9,
            Self::SameLastTen => 0.8,
            Self::SameEmail => 0.6,
            Self::SameName => 0.4,
            Self::SameAddress | Self::Near => 0.35,
            Self::SimilarName => 0.25,
        }
    }
}

/// What is known of a customer, as far as it tells people apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// The stored phone.
    pub phone: Option<String>,
    /// The blind of the tax number.
    pub cuit: Option<Vec<u8>>,
    /// The document.
    pub dni: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The name.
    pub name: String,
    /// The address.
    pub address: Option<String>,
    /// WGS-84 degrees.
    pub place: Option<(f64, f64)>,
}

/// How likely two are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// 0 (nothing shared) to 100 (certain).
    pub score: u8,
    /// What they share, the weightiest first.
    pub reasons: Vec<Reason>,
}

/// Compares two customers. The order means nothing.
///
/// Reasons add up as independent ones do: the score is `100 * (1 - product of (1 - weight))`.
pub fn compare(a: &Facts, b: &Facts) -> Likeness {
    let mut reasons = Vec::new();
    reasons.extend(phones(a.phone.as_deref(), b.phone.as_deref()));
    if shared(a.cuit.as_ref(), b.cuit.as_ref()) {
        reasons.push(Reason::SameCuit);
    }
    if shared(a.dni.as_ref(), b.dni.as_ref()) {
        reasons.push(Reason::SameDni);
    }
    let mail = |f: &Facts| f.email.as_ref().map(|e| e.to_lowercase());
    if shared(mail(a).as_ref(), mail(b).as_ref()) {
        reasons.push(Reason::SameEmail);
    }
    reasons.extend(names(&a.name, &b.name));
    reasons.extend(places(a, b));
    reasons.sort_by(|x, y| y.weight().total_cmp(&x.weight()).then(x.cmp(y)));
    let doubt: f64 = reasons.iter().map(|r| 1.0 - r.weight()).product();
    Likeness { score: (100.0 * (1.0 - doubt)).round() as u8, reasons }
}

fn shared<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    a.is_some() && a == b
}

fn phones(a: Option<&str>, b: Option<&str>) -> Option<Reason> {
    let (a, b) = (a?, b?);
    if a == b {
        return Some(Reason::SamePhone);
    }
    (last_ten(a).is_some() && last_ten(a) == last_ten(b)).then_some(Reason::SameLastTen)
}

/// The last ten digits, if there are as many.
pub fn last_ten(phone: &str) -> Option<&str> {
    phone.get(phone.len().checked_sub(10)?..)
}

fn names(a: &str, b: &str) -> Option<Reason> {
    let (a, b) = (fold::words(a), fold::words(b));
    if a == b {
        return (!a.is_empty()).then_some(Reason::SameName);
    }
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    (short.len() >= 2 && short.iter().all(|w| long.contains(w))).then_some(Reason::SimilarName)
}

/// The same words or the same spot: one reason, not two.
fn places(a: &Facts, b: &Facts) -> Option<Reason> {
    let words = |f: &Facts| f.address.as_deref().map(fold::words).filter(|w| w.len() >= 2);
    if shared(words(a).as_ref(), words(b).as_ref()) {
        return Some(Reason::SameAddress);
    }
    let ((lat_a, lon_a), (lat_b, lon_b)) = (a.place?, b.place?);
    let east = (lon_a - lon_b) * ((lat_a + lat_b) / 2.0).to_radians().cos();
    ((lat_a - lat_b).hypot(east) * DEGREE_M <= NEAR_M).then_some(Reason::Near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn facts() -> impl Strategy<Value = Facts> {
        (
            option::of(select(vec!["+5491143210001", "+541143210001", "+5492215550000"])),
            option::of(select(vec![vec![1u8], vec![2u8]])),
            option::of(select(vec!["20123456", "30111222"])),
            option::of(select(vec!["ana@x.ar", "ANA@x.ar", "b@x.ar"])),
            select(vec!["Ana Pérez", "perez ana", "Ana María Pérez", "Beto", ""]),
            option::of(select(vec!["Mitre 88", "mitre, 88", "Alsina 5"])),
            option::of(select(vec![(-34.9, -60.0), (-34.9005, -60.0), (-34.8, -60.0)])),
        )
            .prop_map(|(phone, cuit, dni, email, name, address, place)| Facts {
                phone: phone.map(str::to_owned),
                cuit,
                dni: dni.map(str::to_owned),
                email: email.map(str::to_owned),
                name: name.to_owned(),
                address: address.map(str::to_owned),
                place,
            })
    }

    proptest! {
        /// Who is compared with whom means nothing.
        #[test]
        fn it_is_mutual(a in facts(), b in facts()) {
            prop_assert_eq!(compare(&a, &b), compare(&b, &a));
        }

        /// Knowing less never makes two more alike.
        #[test]
        fn less_is_less(a in facts(), b in facts()) {
            let poorer = Facts { cuit: None, dni: None, email: None, ..a.clone() };
            prop_assert!(compare(&poorer, &b).score <= compare(&a, &b).score);
            let poorer = Facts { phone: None, place: None, address: None, ..a.clone() };
            prop_assert!(compare(&poorer, &b).score <= compare(&a, &b).score);
        }

        /// With a phone, everybody is themselves for certain; the score is a percentage and says why.
        #[test]
        fn oneself(a in facts(), b in facts()) {
            if a.phone.is_some() {
                prop_assert_eq!(compare(&a, &a).score, 100);
            }
            let likeness = compare(&a, &b);
            prop_assert!(likeness.score <= 100);
            prop_assert_eq!(likeness.score == 0, likeness.reasons.is_empty());
        }
    }

    #[test]
    fn what_is_worth_a_look() {
        let ana = Facts {
            phone: Some("+5491143210001".into()),
            name: "Ana Pérez".into(),
            address: Some("Mitre 88".into()),
            place: Some((-34.9, -60.0)),
            ..Facts::default()
        };
        let other = |name: &str, address: Option<&str>| Facts {
            phone: Some("+5492215550000".into()),
            name: name.into(),
            address: address.map(str::to_owned),
            ..Facts::default()
        };
        let score = |b: &Facts| compare(&ana, b).score;
        assert!(score(&other("PEREZ Ana", Some("mitre, 88"))) >= SUSPICIOUS);
        assert!(score(&other("Ana María Pérez", Some("Mitre 88"))) >= SUSPICIOUS);
        // A common name, or another flat of the house, is nobody's double.
        assert!(score(&other("Ana Perez", None)) < SUSPICIOUS);
        assert!(score(&other("Beto", Some("Mitre 88"))) < SUSPICIOUS);
        let landline = Facts { phone: Some("+541143210001".into()), ..other("Otro", None) };
        assert_eq!(compare(&ana, &landline).reasons, [Reason::SameLastTen]);
        assert!(score(&landline) >= SUSPICIOUS);
    }
}
