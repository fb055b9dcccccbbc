//! The tokens of a written address. What says nothing about the street (floor, flat, postal code) is dropped here.

use super::words::fold;

/// A piece of a written address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A folded word.
    Word(String),
    /// Digits alone, or with a letter behind them (`312A`, `845bis`): the digits as written.
    Number(String),
    /// `n°`, `nro`, `#`, `altura`: a house number follows.
    Marker,
    /// `y`, `e`, `&`: perhaps a corner.
    And,
    /// `esquina`, `esq.`.
    Corner,
    /// `entre`, `e/`.
    Between,
    /// A comma or what is used like one.
    Comma,
}

/// Words of an address within the house; a number or letter that follows belongs to them.
const WITHIN: [&str; 38] = [
    "piso",
    "p",
    "dpto",
    "dto",
    "depto",
    "dep",
    "departamento",
    "of",
    "ofic",
    "oficina",
    "torre",
    "block",
    "bloque",
    "unidad",
    "uf",
    "lote",
    "manzana",
    "mza",
    "mz",
    "puerta",
    "timbre",
    "planta",
    "pb",
    "ph",
    "cp",
    "cuerpo",
    "monoblock",
    "edif",
    "edificio",
    "andar",
    "esc",
    "fte",
    "contrafrente",
    "cpa",
    "cod",
    "codigo",
    "postal",
    "interno",
];

/// The tokens of `text`, in order.
pub fn tokens(text: &str) -> Vec<Token> {
    // "Nº845": the sign ends a word.
    let folded = fold(&text.replace(['º', '°', 'ª'], " "));
    let mut out: Vec<Token> = Vec::new();
    let mut rest = folded.as_str();
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        if end == 0 {
            match first {
                ',' | ';' | '(' | ')' | '\n' | '|' => out.push(Token::Comma),
                '#' => out.push(Token::Marker),
                '&' | '+' => out.push(Token::And),
                _ => {}
            }
            rest = rest.get(first.len_utf8()..).unwrap_or("");
            continue;
        }
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = take(word, after, &mut out);
    }
    within_the_house(&postal_codes(out))
}

/// Appends what `word` means and answers what is left to read.
fn take<'a>(word: &str, after: &'a str, out: &mut Vec<Token>) -> &'a str {
    let slashed = after.strip_prefix('/');
    match (word, slashed) {
        ("s", Some(rest)) if starts_with_word(rest, &["n", "nro", "no", "numero"]) => {
            return rest.trim_start_matches(char::is_alphanumeric);
        }
        ("e" | "entre", Some(rest)) => {
            out.push(Token::Between);
            return rest;
        }
        // "c/ Rivadavia" is "calle".
        ("c", Some(rest)) => {
            out.push(Token::Word("calle".to_owned()));
            return rest;
        }
        ("sn", _) if matches!(out.last(), Some(Token::Word(_))) && after.trim().is_empty() => return after,
        _ => {}
    }
    let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let token = match word {
        "y" | "e" => Token::And,
        "esquina" | "esq" => Token::Corner,
        "entre" => Token::Between,
        "nro" | "num" | "numero" | "altura" | "nr" => Token::Marker,
        // Only before digits: "N. Avellaneda", "al" of "Al. Brown".
        "n" | "no" | "al" if next_is_number(after) && !out.is_empty() => Token::Marker,
        _ if digits > 0 && is_house_number(word, digits) => {
            Token::Number(word.get(..digits).unwrap_or(word).to_owned())
        }
        _ => Token::Word(word.to_owned()),
    };
    let is_number = matches!(token, Token::Number(_));
    out.push(token);
    if is_number { after_number(after) } else { after }
}

/// `4502/10`, `4502-4510`: the second number says nothing new. (`4000-450` too, a Portuguese postal code.)
fn after_number(after: &str) -> &str {
    match after.strip_prefix(['/', '-', '–']) {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => {
            rest.trim_start_matches(char::is_alphanumeric)
        }
        _ => after,
    }
}

fn starts_with_word(text: &str, words: &[&str]) -> bool {
    let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    text.get(..end).is_some_and(|first| words.contains(&first))
}

fn next_is_number(after: &str) -> bool {
    after.trim_start_matches(['.', ' ', ':', '/']).starts_with(|c: char| c.is_ascii_digit())
}

/// Digits alone or with a suffix that houses carry; `1ro` and `2da` are words.
fn is_house_number(word: &str, digits: usize) -> bool {
    let suffix = word.get(digits..).unwrap_or("");
    digits <= 6
        && (suffix.is_empty() || suffix == "bis" || (suffix.len() == 1 && suffix != "o" && suffix != "a"))
        || (digits >= 2 && suffix == "a")
}

/// `C1406ABC`, `B1900`: gone, unless the text begins so.
fn postal_codes(tokens: Vec<Token>) -> Vec<Token> {
    let is_code = |word: &str| {
        let bytes = word.as_bytes();
        let letters_digits =
            |from: usize, to: usize| bytes.get(from..to).is_some_and(|b| b.iter().all(u8::is_ascii_digit));
        bytes.first().is_some_and(u8::is_ascii_alphabetic)
            && letters_digits(1, 5)
            && (bytes.len() == 5 || (bytes.len() == 8 && bytes.iter().skip(5).all(u8::is_ascii_alphabetic)))
    };
    let mut tokens = tokens;
    let mut first = true;
    tokens.retain(|t| {
        let keep = first || !matches!(t, Token::Word(w) if is_code(w));
        first = false;
        keep
    });
    tokens
}

/// Drops floor, flat and the like, once a street was named.
fn within_the_house(tokens: &[Token]) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut skipping = false;
    for token in tokens {
        let has_number = out.iter().skip(1).any(|t| matches!(t, Token::Number(_)));
        let has_comma = out.contains(&Token::Comma);
        match token {
            Token::Word(word) if (has_number || has_comma) && WITHIN.contains(&word.as_str()) => {
                skipping = true
            }
            // What follows "piso" or, without it, stands behind the number: "3", "B", "3B", "2do".
            Token::Word(word) if skipping || has_number => {
                let is_flat =
                    word.len() == 1 || (word.len() <= 4 && word.starts_with(|c: char| c.is_ascii_digit()));
                skipping = skipping && is_flat;
                if !is_flat {
                    out.push(token.clone());
                }
            }
            Token::Number(_) | Token::Marker if skipping => {}
            other => {
                skipping = false;
                out.push(other.clone());
            }
        }
    }
    out
}
