//! How customers are looked for: folded words, in any order, each by its beginning. Pure.
//!
//! The database folds the same way when a customer is written (trigger `note_customer_words`, migration 0070); a test
//! holds the two beside each other.

/// More words than these say nothing more.
const MOST_WORDS: usize = 8;
/// No word is longer.
const LONGEST_WORD: usize = 60;
/// Fewer digits are no part of a phone.
const LEAST_DIGITS: usize = 3;

/// Small letters without accents; punctuation stays.
///
/// Only the accents of the Latin alphabet's western languages: what the database does too, whatever its locale.
pub fn fold(text: &str) -> String {
    text.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).map(plain).collect()
}

fn plain(c: char) -> char {
    match c {
        'Á' | 'À' | 'Â' | 'Ä' | 'Ã' | 'Å' | 'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'É' | 'È' | 'Ê' | 'Ë' | 'é' | 'è' | 'ê' | 'ë' => 'e',
        'Í' | 'Ì' | 'Î' | 'Ï' | 'í' | 'ì' | 'î' | 'ï' => 'i',
        'Ó' | 'Ò' | 'Ô' | 'Ö' | 'Õ' | 'Ø' | 'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => 'o',
        'Ú' | 'Ù' | 'Û' | 'Ü' | 'ú' | 'ù' | 'û' | 'ü' => 'u',
        'Ñ' | 'ñ' => 'n',
        'Ç' | 'ç' => 'c',
        'Ý' | 'ý' | 'ÿ' => 'y',
        c => c.to_ascii_lowercase(),
    }
}

/// Whether a folded sign belongs to a word.
fn is_letter(c: char) -> bool {
    c.is_ascii_digit() || c.is_ascii_lowercase() || (c >= '\u{c0}' && !('\u{2000}'..='\u{2bff}').contains(&c))
}

/// The folded words of a text, each once, sorted.
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut words: Vec<String> =
        folded.split(|c| !is_letter(c)).filter(|w| !w.is_empty()).map(str::to_owned).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The whole name, its words sorted: the same for `Pérez, Ana` and `ana perez`.
pub fn key(name: &str) -> String {
    words(name).join(" ")
}

/// What somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Nothing: everybody.
    All,
    /// A text without letters and digits: looked for as it is.
    Literal(String),
    /// A part of a phone: any of these spellings.
    Digits(Vec<String>),
    /// Words that must all be there, each by its beginning.
    Words(Vec<String>),
}

/// Reads what was typed into a search box.
pub fn read(text: &str) -> Asked {
    let text = text.trim();
    if text.is_empty() {
        return Asked::All;
    }
    let is_phone = text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if is_phone && digits.len() >= LEAST_DIGITS {
        return Asked::Digits(spellings(&digits));
    }
    let words: Vec<String> =
        words(text).into_iter().map(|w| w.chars().take(LONGEST_WORD).collect()).take(MOST_WORDS).collect();
    if words.is_empty() { Asked::Literal(text.to_owned()) } else { Asked::Words(words) }
}

/// The ways in which the same digits may stand in a stored phone (`549` and ten digits, or `54` and ten).
///
/// People write a zero before the area code, a 15 after it or before the number, and leave out the 9 of mobiles.
fn spellings(digits: &str) -> Vec<String> {
    let digits: String = digits.chars().take(LONGEST_WORD).collect();
    let mut all = vec![digits.clone()];
    let mut add = |text: &str| {
        if text.len() >= LEAST_DIGITS && all.iter().all(|known| known != text) {
            all.push(text.to_owned());
        }
    };
    let local = digits.strip_prefix("54").filter(|rest| rest.len() >= 10).unwrap_or(&digits);
    let local = local.strip_prefix('9').filter(|rest| rest.len() == 10).unwrap_or(local);
    let local = local.strip_prefix('0').unwrap_or(local);
    add(local);
    if let Some(rest) = local.strip_prefix("15").filter(|rest| rest.len() >= 6) {
        add(rest);
    }
    for area in 2..=4 {
        let Some((code, rest)) = local.split_at_checked(area) else { continue };
        if let Some(rest) = rest.strip_prefix("15").filter(|rest| code.len() + rest.len() == 10) {
            add(&format!("{code}{rest}"));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accents_and_signs_mean_nothing() {
        for (text, expected) in [
            ("Ñandú  Pérez", "nandu perez"),
            ("nandu PEREZ", "nandu perez"),
            ("n\u{303}andu\u{301} pe\u{301}rez", "nandu perez"),
            ("O'Higgins, José-María", "higgins jose maria o"),
            ("Güemes 1°", "1 guemes"),
        ] {
            assert_eq!(key(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_typed_into_the_box() {
        let words = |list: &[&str]| Asked::Words(list.iter().map(|w| (*w).to_owned()).collect());
        assert_eq!(read("  "), Asked::All);
        assert_eq!(read("%"), Asked::Literal("%".into()));
        assert_eq!(read("Pérez ana"), words(&["ana", "perez"]));
        assert_eq!(read("mitre 88"), words(&["88", "mitre"]));
        assert_eq!(read("88"), words(&["88"]));
    }

    #[test]
    fn a_phone_is_found_however_it_is_written() {
        for typed in [
            "+54 9 11 4321-0001",
            "+54 11 4321-0001",
            "011 4321-0001",
            "11 15 4321 0001",
            "011 15 4321-0001",
            "4321-0001",
            "15 4321-0001",
            "1143210001",
            "0001",
        ] {
            let Asked::Digits(all) = read(typed) else { panic!("{typed}") };
            assert!(all.iter().any(|s| "5491143210001".contains(s.as_str())), "{typed}: {all:?}");
        }
    }

    proptest! {
        /// Folding twice is folding once; words are folded already and come sorted.
        #[test]
        fn folded_is_folded(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
            for word in words(&text) {
                prop_assert_eq!(words(&word), vec![word]);
            }
        }

        /// The order of a name's words, and signs between them, mean nothing.
        #[test]
        fn order_means_nothing(a in "[A-Za-zÁ-ú]{1,8}", b in "[A-Za-zñÑ]{1,8}", c in "[0-9]{1,4}") {
            let wanted = key(&format!("{a} {b} {c}"));
            prop_assert_eq!(key(&format!("{c}, {a} - {b}")), wanted.clone());
            prop_assert_eq!(key(&format!("({b}) {c}/{a}!")), wanted);
        }

        #[test]
        fn anything_is_survived(text: String) {
            let _ = read(&text);
        }
    }
}
