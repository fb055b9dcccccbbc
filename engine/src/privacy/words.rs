//! What somebody is recognized by, as one pattern of PostgreSQL's regular expressions: pure.
//!
//! Names in either order with or without accents, phones in every spelling, addresses, e-mail, CUIT. A name of one
//! word is taken only where it is the whole text: "Rosa" is a name, a colour and a street.

use std::collections::BTreeSet;

/// Words shorter than this say nothing of anybody.
const LEAST_NAME: usize = 5;
const LEAST_ADDRESS: usize = 6;
/// What may stand between the digits of a number.
const GAP: &str = r"[^0-9a-z]{0,3}";

/// What somebody is recognized by, in plain text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Names, as they were written.
    pub names: BTreeSet<String>,
    /// Phones in the stored form, `+54..`.
    pub phones: BTreeSet<String>,
    /// Addresses.
    pub addresses: BTreeSet<String>,
    /// E-mail addresses, user names: what stands for itself.
    pub others: BTreeSet<String>,
    /// Numbers of eleven digits that may be written in groups: CUIT.
    pub numbers: BTreeSet<String>,
}

/// The pattern that finds texts, and the one that takes the words out of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Over a column's text, also that of JSON.
    pub find: String,
    /// Over one text by itself.
    pub replace: String,
}

impl Known {
    /// The patterns; none where nothing is known that could be looked for.
    pub fn words(&self) -> Option<Words> {
        let (mut parts, mut alone) = (Vec::new(), Vec::new());
        for name in &self.names {
            let words: Vec<&str> = name.split_whitespace().collect();
            let letters = words.iter().map(|w| w.chars().count()).sum::<usize>();
            if let ([_, _, ..], LEAST_NAME..) = (words.as_slice(), letters) {
                parts.push(whole(&loose(name)));
                if let [first @ .., last] = words.as_slice() {
                    parts.push(whole(&format!("{},?[[:space:]]+{}", loose(last), loose(&first.join(" ")))));
                }
            } else if letters > 1 {
                alone.push(loose(name));
            }
        }
        parts.extend(self.phones.iter().filter_map(|phone| phone_pattern(phone)));
        for address in &self.addresses {
            let street = address.split(',').next().unwrap_or_default();
            for text in [address.as_str(), street] {
                let is_telling =
                    text.chars().count() >= LEAST_ADDRESS && text.chars().any(|c| c.is_ascii_digit());
                if is_telling {
                    parts.push(whole(&loose(text)));
                }
            }
        }
        parts
            .extend(self.others.iter().filter(|o| o.chars().count() >= LEAST_NAME).map(|o| whole(&loose(o))));
        parts.extend(self.numbers.iter().filter_map(|n| grouped(n)));
        parts.sort();
        parts.dedup();
        if parts.is_empty() && alone.is_empty() {
            return None;
        }
        let find = parts.iter().cloned().chain(alone.iter().map(|a| format!("(^|\"){a}(\"|$)")));
        let replace = parts.iter().cloned().chain(alone.iter().map(|a| format!("^{a}$")));
        let either = |all: Vec<String>| all.join("|");
        Some(Words { find: either(find.collect()), replace: either(replace.collect()) })
    }
}

/// Not within a longer word.
fn whole(pattern: &str) -> String {
    format!("(?<![[:alnum:]]){pattern}(?![[:alnum:]])")
}

/// A text whatever its accents and its spaces.
fn loose(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut is_space = false;
    for c in text.trim().chars() {
        if c.is_whitespace() {
            is_space = true;
            continue;
        }
        if std::mem::take(&mut is_space) {
            out.push_str("[[:space:]]+");
        }
        out.push_str(&letter(c));
    }
    out
}

/// One sign with its relatives.
fn letter(c: char) -> String {
    const FAMILIES: [&str; 7] = ["aáàâäã", "eéèêë", "iíìîï", "oóòôöõ", "uúùûü", "nñ", "cç"];
    let lower = c.to_lowercase().next().unwrap_or(c);
    if let Some(family) = FAMILIES.iter().find(|f| f.contains(lower)) {
        let upper: String = family.chars().flat_map(char::to_uppercase).collect();
        return format!("[{family}{upper}]");
    }
    // JSON writes a quotation mark with a stroke before it.
    if c == '"' {
        return r#"\\?""#.into();
    }
    if c.is_alphanumeric() { c.to_string() } else { format!("\\{c}") }
}

/// A phone as people write it: with or without +54, 9, 0 and 15, its digits in groups, or without the area.
fn phone_pattern(phone: &str) -> Option<String> {
    let local = phone.strip_prefix("+54")?;
    let local = if local.len() == 11 { local.strip_prefix('9')? } else { local };
    if local.len() != 10 || !local.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let lead = format!("(\\+?54{GAP})?(9{GAP})?(0{GAP})?");
    let mut ways = vec![format!("{lead}{}", spaced(local))];
    for area in 2..=4 {
        let (area, number) = local.split_at_checked(area)?;
        ways.push(format!("{lead}{}{GAP}15{GAP}{}", spaced(area), spaced(number)));
    }
    // Without the area, as neighbours write it. Six digits of a town with four of area say too little.
    let (_, number) = local.split_at_checked(if local.starts_with("11") { 2 } else { 3 })?;
    let (first, last) = number.split_at_checked(number.len().checked_sub(4)?)?;
    ways.push(format!("(15{GAP})?{first}[ .-]?{last}"));
    Some(format!("(?<![0-9])({})(?![0-9])", ways.join("|")))
}

fn spaced(digits: &str) -> String {
    digits.chars().map(|d| d.to_string()).collect::<Vec<_>>().join(GAP)
}

/// A CUIT with or without its hyphens.
fn grouped(number: &str) -> Option<String> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 7).then(|| format!("(?<![0-9]){}(?![0-9])", spaced(&digits)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(texts: &[&str]) -> BTreeSet<String> {
        texts.iter().map(|t| (*t).to_owned()).collect()
    }

    #[test]
    fn nothing_known_is_no_pattern() {
        assert_eq!(Known::default().words(), None);
        assert_eq!(
            Known { addresses: set(&["Centro"]), ..Known::default() }.words(),
            None,
            "no number: any street"
        );
    }

    /// A name of one word is looked for as a whole text alone.
    #[test]
    fn one_word_is_no_word_of_a_sentence() {
        let words = Known { names: set(&["Rosa"]), ..Known::default() }.words().unwrap();
        assert!(words.replace.starts_with('^') && words.replace.ends_with('$'), "{}", words.replace);
        let words = Known { names: set(&["Rosa Gómez"]), ..Known::default() }.words().unwrap();
        assert!(!words.replace.contains('^') || words.replace.contains("(?<!"), "{}", words.replace);
    }

    proptest! {
        /// Whatever a name holds, nothing in it is an operator of the pattern: brackets stay balanced.
        #[test]
        fn names_are_no_operators(name in "[a-zñ]{2,8} [()\\[\\]*+?{}.|^$a-z\\\\]{3,12}") {
            let Some(words) = (Known { names: set(&[name.as_str()]), ..Known::default() }).words() else { return Ok(()) };
            let (mut depth, mut escaped, mut in_class) = (0i32, false, 0i32);
            for c in words.replace.chars() {
                match c {
                    _ if escaped => escaped = false,
                    '\\' => escaped = true,
                    '[' => in_class += 1,
                    ']' => in_class -= 1,
                    '(' if in_class == 0 => depth += 1,
                    ')' if in_class == 0 => depth -= 1,
                    _ => {}
                }
                prop_assert!(depth >= 0 && in_class >= 0);
            }
            prop_assert_eq!((depth, in_class, escaped), (0, 0, false));
        }
    }
}
