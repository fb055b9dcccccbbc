//! Argentine phone numbers in one spelling (functional.md section 2).

/// The stored and sent form: `+54` and 10 or 11 digits; None where the text is no such number.
///
/// Strips everything but digits; `54..` stays; `9..` gets 54; the old `15..` form of a mobile becomes
/// 549 and the rest; ten digits get 549.
pub fn normalize(text: &str) -> Option<String> {
    if text.len() > 40 || text.chars().any(|c| !(c.is_ascii_digit() || " +-().".contains(c))) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    // A plus names the country: another one is no local spelling.
    if text.trim_start().starts_with('+') && !digits.starts_with("54") {
        return None;
    }
    let whole = if digits.starts_with("54") && digits.len() >= 12 {
        digits
    } else if digits.starts_with('9') && digits.len() == 11 {
        format!("54{digits}")
    } else if let Some(rest) = digits.strip_prefix("15").filter(|r| r.len() >= 8) {
        format!("549{rest}")
    } else if digits.len() == 10 {
        format!("549{digits}")
    } else {
        digits
    };
    let local = whole.strip_prefix("54")?;
    (10..=11).contains(&local.len()).then(|| format!("+{whole}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_number() {
        for text in [
            "+5491155550001",
            "5491155550001",
            "+54 9 11 5555-0001",
            "91155550001",
            "1155550001",
            "(11) 5555-0001",
        ] {
            assert_eq!(normalize(text).as_deref(), Some("+5491155550001"), "{text}");
        }
        assert_eq!(normalize("+541143210000").as_deref(), Some("+541143210000"));
        assert_eq!(normalize("15 2255550001").as_deref(), Some("+5492255550001"));
    }

    #[test]
    fn what_is_no_number() {
        for text in [
            "",
            "911",
            "+15551234567",
            "hola",
            "+54 9 11 5555-0001 int 4",
            "+549115555000199",
            "５４９１１５５５５０００１",
        ] {
            assert_eq!(normalize(text), None, "{text}");
        }
        assert_eq!(normalize(&"5".repeat(100_000)), None);
    }

    proptest! {
        /// Whatever is accepted has the stored form, and is its own spelling.
        #[test]
        fn stored_form(text in "[+0-9 ().-]{0,20}") {
            if let Some(phone) = normalize(&text) {
                let digits = phone.strip_prefix("+54").unwrap();
                prop_assert!((10..=11).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()));
                prop_assert_eq!(normalize(&phone).unwrap(), phone);
            }
        }

        /// Spaces and dashes mean nothing.
        #[test]
        fn punctuation_is_nothing(local in "[2-8][0-9]{9}", at in 0..10usize) {
            let plain = normalize(&local).unwrap();
            let (a, b) = local.split_at(at);
            prop_assert_eq!(normalize(&format!(" {a} -{b}.")).unwrap(), plain);
        }

        #[test]
        fn anything_is_survived(text: String) {
            let _ = normalize(&text);
        }
    }
}
