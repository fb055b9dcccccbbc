//! What a written address may mean: name, number, corner, locality. Pure: no index is asked.
//!
//! A text often reads two ways (`Calle 13 845`, `Treinta y Tres Orientales`, `9 de Julio`): every reading is
//! kept, and the index decides which of them exists.

use super::token::{Token, tokens};
use super::words::{Class, canonical};

/// A word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As written, folded.
    pub raw: String,
    /// Its canonical form.
    pub canonical: String,
    /// What it is worth.
    pub class: Class,
    /// Is it perhaps not typed to its end?
    pub is_partial: bool,
}

/// One way to read a query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// The words of the street's or place's name.
    pub name: Vec<Word>,
    /// The house number.
    pub number: Option<u32>,
    /// Crossing streets: one for a corner, two for "between".
    pub corners: Vec<Vec<Word>>,
    /// The words that say where: barrio, city, province.
    pub context: Vec<Word>,
    /// Taken off the score of an unlikely reading.
    pub doubt: f32,
}

/// Readings that are followed: more than people mean, a bound for hostile text.
const READINGS: usize = 12;

/// All the ways to read `query`, the likeliest first.
pub fn readings(query: &str) -> Vec<Reading> {
    let mut parts: Vec<Vec<Token>> =
        tokens(query).split(|t| *t == Token::Comma).filter(|p| !p.is_empty()).map(<[_]>::to_vec).collect();
    join_split_parts(&mut parts);
    let is_open = query.chars().next_back().is_some_and(char::is_alphanumeric);
    let mut found = Vec::new();
    for main in 0..parts.len().min(3) {
        let Some(part) = parts.get(main) else { continue };
        // "Rosario, Bv. Oroño 1200": a later part is the street only where it carries the number.
        if main > 0 && !has_number(part) {
            continue;
        }
        let others = parts.iter().enumerate().filter(|(i, _)| *i != main).flat_map(|(_, p)| p);
        let context = context_words(others);
        for mut reading in part_readings(part) {
            reading.context.extend(context.iter().cloned());
            reading.doubt += if main > 0 { 0.02 } else { 0.0 };
            if is_open && parts.len() == 1 {
                mark_partial(&mut reading, part);
            }
            if !found.contains(&reading) {
                found.push(reading);
            }
        }
    }
    found.truncate(READINGS);
    found
}

/// `Rivadavia, 4502` and `Rivadavia 4502, entre Medrano y Acuña` are one part each.
fn join_split_parts(parts: &mut Vec<Vec<Token>>) {
    let Some(second) = parts.get(1) else { return };
    let begins_with_number = matches!(second.first(), Some(Token::Number(_)) if second.len() == 1 || !has_number(second.get(1..).unwrap_or(&[])));
    let continues = matches!(second.first(), Some(Token::Between | Token::Corner | Token::Marker));
    let first_has = parts.first().is_some_and(|p| has_number(p));
    if continues || (begins_with_number && !first_has) {
        let second = parts.remove(1);
        if let Some(first) = parts.first_mut() {
            first.extend(second);
        }
    }
}

/// Is there a number with a word before it?
fn has_number(part: &[Token]) -> bool {
    part.iter().skip(1).any(|t| matches!(t, Token::Number(_)))
}

/// The last word of the text may still be growing.
fn mark_partial(reading: &mut Reading, part: &[Token]) {
    let Some(Token::Word(last) | Token::Number(last)) = part.last() else { return };
    let list = match reading.corners.last_mut() {
        _ if !reading.context.is_empty() => &mut reading.context,
        Some(corner) => corner,
        None => &mut reading.name,
    };
    if let Some(word) = list.last_mut().filter(|w| w.raw == *last) {
        word.is_partial = true;
    }
}

/// The readings of one part between commas.
fn part_readings(part: &[Token]) -> Vec<Reading> {
    // "y esquina", "esquina entre": the stronger word decides.
    let mut part = part.to_vec();
    while let Some(i) = (1..part.len()).find(|&i| {
        matches!((part.get(i - 1), part.get(i)), (Some(Token::And), Some(Token::Corner | Token::Between)))
    }) {
        part.remove(i - 1);
    }
    if part.first() == Some(&Token::Between) {
        part = as_words(&part);
    }
    let position = |what: &Token| part.iter().position(|t| t == what);
    if let Some(i) = position(&Token::Between).filter(|i| *i > 0) {
        let mut found = crossing(part.get(..i), part.get(i + 1..), true);
        found.extend(as_a_name(&part));
        return found;
    }
    match position(&Token::Corner) {
        Some(0) => {
            let rest = part.get(1..).unwrap_or(&[]);
            let middle =
                rest.iter().skip(1).position(|t| matches!(t, Token::And | Token::Corner)).map(|i| i + 1);
            if let Some(i) = middle {
                return crossing(rest.get(..i), rest.get(i + 1..), false);
            }
        }
        Some(i) => return crossing(part.get(..i), part.get(i + 1..), false),
        None => {}
    }
    let mut found: Vec<Reading> = as_a_name(&part).collect();
    for i in 1..part.len().saturating_sub(1) {
        if part.get(i) == Some(&Token::And) {
            found.extend(crossing(part.get(..i), part.get(i + 1..), false));
        }
    }
    found
}

/// "Entre Ríos", "Rua de Entre-Muros": the word for "between" is part of a name.
fn as_a_name(part: &[Token]) -> impl Iterator<Item = Reading> + use<> {
    name_readings(&as_words(part)).into_iter().filter(|r| !r.name.is_empty())
}

fn as_words(part: &[Token]) -> Vec<Token> {
    let word = |t: &Token| if *t == Token::Between { Token::Word("entre".to_owned()) } else { t.clone() };
    part.iter().map(word).collect()
}

/// A street before, one or (`is_between`) two crossing streets behind.
fn crossing(before: Option<&[Token]>, behind: Option<&[Token]>, is_between: bool) -> Vec<Reading> {
    let behind = behind.unwrap_or(&[]);
    let ands: Vec<usize> = (1..behind.len()).filter(|&i| behind.get(i) == Some(&Token::And)).collect();
    let mut sides: Vec<Vec<&[Token]>> = vec![vec![behind]];
    if is_between {
        // "entre A y B": cut at each "y", a name may hold one itself.
        for i in ands {
            sides.insert(0, [behind.get(..i), behind.get(i + 1..)].into_iter().flatten().collect());
        }
    }
    let mut found = Vec::new();
    for reading in name_readings(before.unwrap_or(&[])) {
        for side in &sides {
            let mut reading = reading.clone();
            for crossing in side {
                // A number or a city behind the crossing street is not part of its name.
                let Some(named) = name_readings(crossing).into_iter().next() else { continue };
                reading.corners.push(named.name);
                reading.context.extend(named.context);
            }
            if !reading.name.is_empty() && reading.corners.iter().all(|c| !c.is_empty()) {
                found.push(reading);
            }
        }
    }
    found
}

/// Name, number and what follows the number; the reading with a number first.
fn name_readings(part: &[Token]) -> Vec<Reading> {
    let mut found = Vec::new();
    let value = |i: usize| match part.get(i) {
        Some(Token::Number(digits)) => digits.parse::<u32>().ok().filter(|n| *n > 0),
        _ => None,
    };
    let is_date = |i: usize| matches!(part.get(i + 1), Some(Token::Word(w)) if w == "de");
    let marker = (1..part.len()).find(|&i| part.get(i) == Some(&Token::Marker) && value(i + 1).is_some());
    let number = marker.map(|i| i + 1).or_else(|| {
        (1..part.len()).find(|&i| {
            let name = name_words(part.get(..i).unwrap_or(&[]));
            value(i).is_some() && !is_date(i) && name.iter().any(|w| w.class.is_telling())
        })
    });
    if let Some(i) = number {
        let name = name_words(part.get(..marker.unwrap_or(i)).unwrap_or(&[]));
        let context = context_words(part.get(i + 1..).unwrap_or(&[]).iter());
        found.push(Reading { name, number: value(i), context, ..Reading::default() });
    }
    let whole = name_words(part);
    if number.is_none() && value(0).is_some() && !is_date(0) && whole.len() > 1 {
        // "1200 Rivadavia": as the English write.
        let name = name_words(part.get(1..).unwrap_or(&[]));
        found.push(Reading { name, number: value(0), doubt: 0.05, ..Reading::default() });
    }
    if marker.is_none() && !whole.is_empty() {
        found.push(Reading { name: whole, ..Reading::default() });
    }
    found
}

fn name_words(tokens: &[Token]) -> Vec<Word> {
    let word = |t: &Token| match t {
        Token::Word(raw) | Token::Number(raw) => Some(Word::new(raw)),
        Token::And => Some(Word::new("y")),
        Token::Marker | Token::Corner | Token::Between | Token::Comma => None,
    };
    tokens.iter().filter_map(word).collect()
}

/// The words that say where. Country and "provincia de" say nothing; numbers are postal codes.
fn context_words<'a>(tokens: impl Iterator<Item = &'a Token>) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::new();
    for token in tokens {
        let Token::Word(raw) = token else { continue };
        match raw.as_str() {
            "argentina" | "portugal" | "brasil" | "provincia" | "pcia" | "prov" | "partido" | "pdo"
            | "ciudad" | "autonoma" | "departamento" | "localidad" | "loc" | "barrio" | "bo" | "b"
            | "zona" | "republica" | "ar" | "arg" => {}
            // The capital's names.
            "caba" => out.extend(["buenos", "aires"].map(Word::new)),
            "federal" if out.last().is_some_and(|w| w.raw == "capital") => {
                out.pop();
                out.extend(["buenos", "aires"].map(Word::new));
            }
            "bs" | "bsas" => out.push(Word::new("buenos")),
            "as" => out.push(Word::new("aires")),
            _ => out.push(Word::new(raw)),
        }
    }
    out.retain(|w| w.class != Class::Small);
    out
}

impl Word {
    /// A word as it was written and folded.
    pub fn new(raw: &str) -> Self {
        let canonical = canonical(raw);
        Self {
            raw: raw.to_owned(),
            canonical: canonical.to_owned(),
            class: Class::of(canonical),
            is_partial: false,
        }
    }
}

#[cfg(test)]
mod tests;
