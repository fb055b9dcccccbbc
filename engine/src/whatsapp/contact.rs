//! Whose number it is: WhatsApp ids and stored phones in one spelling (integrations.md section 3, Argentina).
//!
//! An inbound id of a mobile is `549` + area + number. `54` + area + number without the 9 may be somebody's
//! landline, so nobody is taken for another by dropping or adding that 9.

/// The phone of a WhatsApp id, as `+5491155550001`; None where it is no number (a user id, a group).
pub fn phone_of(wa_id: &str) -> Option<String> {
    let text = wa_id.trim();
    let text = text.strip_suffix("@s.whatsapp.net").or_else(|| text.strip_suffix("@c.us")).unwrap_or(text);
    if text.chars().any(|c| !(c.is_ascii_digit() || "+ -().".contains(c))) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    // E.164 has 15 digits at most; Argentina's spelling with trunk 0, 9 and 15 has a few more.
    let whole = canonical(&digits);
    (6..=15).contains(&whole.len()).then(|| format!("+{whole}"))
}

/// One spelling for the spellings of one Argentine number: no trunk 0, and the 15 after the area is the 9 before it.
/// Other countries' numbers stay. Digits in, digits out.
fn canonical(digits: &str) -> String {
    let Some(national) = digits.strip_prefix("54") else { return digits.to_owned() };
    let national = national.trim_start_matches('0');
    let (nine, local) = match national.strip_prefix('9') {
        Some(rest) if rest.len() >= 10 => (true, rest.trim_start_matches('0')),
        _ => (false, national),
    };
    let local = without_fifteen(local).map_or_else(|| (nine, local.to_owned()), |local| (true, local));
    match local {
        (true, local) => format!("549{local}"),
        (false, local) => format!("54{local}"),
    }
}

/// Area + number of area + 15 + number (12 digits). Areas have two digits (11 alone), three or four.
fn without_fifteen(local: &str) -> Option<String> {
    if local.len() != 12 {
        return None;
    }
    let areas: &[usize] = if local.starts_with("11") { &[2] } else { &[3, 4] };
    areas.iter().find_map(|area| {
        let (area, rest) = local.split_at_checked(*area)?;
        rest.strip_prefix("15").map(|number| format!("{area}{number}"))
    })
}

/// Whether two spellings are one number.
pub fn is_same(a: &str, b: &str) -> bool {
    match (phone_of(a), phone_of(b)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// Who of the stored ones has this number: exactly spelled so, else the only one whose number it is in another
/// spelling. Two such are two people, and neither is taken for the sender.
pub fn whose<'a, T>(phone: &str, stored: impl IntoIterator<Item = &'a (T, String)>) -> Option<&'a T> {
    let mut others = Vec::new();
    for (who, theirs) in stored {
        if theirs == phone {
            return Some(who);
        }
        if is_same(phone, theirs) {
            others.push(who);
        }
    }
    match others.as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_number() {
        for (text, phone) in [
            ("5491151511579", "+5491151511579"),
            ("+54 9 11 5151-1579", "+5491151511579"),
            ("54111551511579", "+5491151511579"),
            ("549111551511579", "+5491151511579"),
            ("5401151511579", "+541151511579"),
            ("542215123456", "+542215123456"),
            ("542211551234567", "+542211551234567"),
            // 221 + 15 + 5123456: La Plata; 2324 + 15 + 412345: Mercedes.
            ("54221155123456", "+5492215123456"),
            ("54232415412345", "+5492324412345"),
            // Others stay as they are.
            ("972987654321", "+972987654321"),
            ("15551234567", "+15551234567"),
            ("5491151511579@s.whatsapp.net", "+5491151511579"),
        ] {
            assert_eq!(phone_of(text).as_deref(), Some(phone), "{text}");
        }
    }

    #[test]
    fn what_is_no_number() {
        for text in [
            "",
            "US.13491208655302741918",
            "12345",
            "<WHATSAPP_USER_PHONE_NUMBER>",
            "5491151511579-x",
            "120363041@g.us",
        ] {
            assert_eq!(phone_of(text), None, "{text}");
        }
        assert_eq!(phone_of(&"5".repeat(100_000)), None);
    }

    #[test]
    fn a_landline_is_somebody_else() {
        let stored = [("line", "+541151511579".to_owned()), ("other", "+5491151511570".to_owned())];
        assert_eq!(whose("+5491151511579", &stored), None);
        assert_eq!(whose("+541151511579", &stored), Some(&"line"));
        assert!(!is_same("5491151511579", "541151511579"));
    }

    #[test]
    fn two_that_could_be_it_are_neither() {
        let stored = [("a", "+54 9 11 5151 1579".to_owned()), ("b", "+54 11 15 5151 1579".to_owned())];
        assert_eq!(whose("+5491151511579", &stored), None);
        assert_eq!(whose("+5491151511579", &stored[..1]), Some(&"a"));
        let exact = [("a", "+54 11 15 5151 1579".to_owned()), ("b", "+5491151511579".to_owned())];
        assert_eq!(whose("+5491151511579", &exact), Some(&"b"));
    }

    proptest! {
        /// A mobile's five usual spellings are one number, and its line without the 9 is another.
        #[test]
        fn mobiles(area in "(11|2[2-9][0-9]|3[2-9][0-9]{2})", seed in "[2-9][0-9]{9}") {
            let number = &seed[..10 - area.len()];
            let phone = format!("+549{area}{number}");
            for text in [format!("549{area}{number}"), format!("54{area}15{number}"), format!("549{area}15{number}"), format!("540{area}15{number}"), phone.clone()] {
                prop_assert_eq!(phone_of(&text), Some(phone.clone()), "{}", text);
            }
            let line = format!("54{area}{number}");
            prop_assert!(!is_same(&phone, &line));
        }

        /// The one spelling is its own, whatever came in.
        #[test]
        fn one_spelling(text in "[+0-9 ().-]{0,24}") {
            if let Some(phone) = phone_of(&text) {
                prop_assert_eq!(phone_of(&phone), Some(phone.clone()));
                prop_assert!(phone.len() >= 7 && phone[1..].bytes().all(|b| b.is_ascii_digit()));
            }
        }

        #[test]
        fn anything_is_survived(a: String, b: String) {
            let _ = is_same(&a, &b);
        }
    }
}
