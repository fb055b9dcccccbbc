//! What a customer's short answer means. Pure.

use super::speech::fold;

/// A longer text is no plain yes or no.
const MOST_WORDS: usize = 6;

/// What a customer's answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is right.
    Yes,
    /// It is not.
    No,
}

/// A plain yes or no; none where it says more, both, or something else.
pub fn read(text: &str) -> Option<Answer> {
    let has = |signs: [char; 2]| text.contains(signs);
    if !text.chars().any(char::is_alphanumeric) {
        return match (has(['👍', '✅']), has(['👎', '❌'])) {
            (true, false) => Some(Answer::Yes),
            (false, true) => Some(Answer::No),
            _ => None,
        };
    }
    let folded = fold(text);
    let words: Vec<&str> = folded.split(' ').collect();
    if words.iter().any(|w| HEDGES.contains(w)) {
        return None;
    }
    // "No, es Mitre 450" begins with its answer, however long it goes on.
    let begins_with_no = words.first().is_some_and(|w| NO.contains(w));
    let says_yes = words.iter().any(|w| YES.contains(w)) || phrase(&words, &YES_PHRASES);
    let says_no = words.iter().any(|w| NO.contains(w)) || phrase(&words, &NO_PHRASES);
    match (says_yes, says_no) {
        (true, false) if words.len() <= MOST_WORDS => Some(Answer::Yes),
        (false, true) if begins_with_no || words.len() <= MOST_WORDS => Some(Answer::No),
        _ => None,
    }
}

/// Does the customer not want their notes transcribed?
pub fn refuses(text: &str) -> bool {
    let folded = fold(text);
    OPT_OUT.iter().any(|words| folded == *words)
}

fn phrase(words: &[&str], phrases: &[[&str; 2]]) -> bool {
    words.windows(2).any(|pair| phrases.iter().any(|p| pair == p))
}

const YES: [&str; 22] = [
    "si",
    "sip",
    "sii",
    "siii",
    "ok",
    "oka",
    "oki",
    "okey",
    "okay",
    "dale",
    "correcto",
    "exacto",
    "perfecto",
    "confirmo",
    "confirmado",
    "confirmar",
    "listo",
    "claro",
    "obvio",
    "genial",
    "joya",
    "yes",
];
const YES_PHRASES: [[&str; 2]; 3] = [["esta", "bien"], ["de", "acuerdo"], ["es", "asi"]];
const NO: [&str; 8] = ["no", "nop", "noo", "incorrecto", "mal", "negativo", "equivocado", "error"];
const NO_PHRASES: [[&str; 2]; 2] = [["nada", "que"], ["para", "nada"]];
/// After these the answer goes on into another one.
const HEDGES: [&str; 4] = ["pero", "aunque", "salvo", "excepto"];
const OPT_OUT: [&str; 5] = [
    "no transcribir",
    "no transcriban",
    "no transcribir audios",
    "no quiero que lo transcriban",
    "no quiero que transcriban mis audios",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn answers_as_people_give_them() {
        for (text, expected) in [
            ("Sí", Some(Answer::Yes)),
            ("SI!!", Some(Answer::Yes)),
            ("dale, perfecto", Some(Answer::Yes)),
            ("está bien", Some(Answer::Yes)),
            ("👍", Some(Answer::Yes)),
            ("No", Some(Answer::No)),
            ("no, es Mitre 450 segundo piso timbre roto por favor", Some(Answer::No)),
            ("está mal", Some(Answer::No)),
            ("❌", Some(Answer::No)),
            ("sí, pero a la tarde", None),
            ("no está bien", None),
            ("siempre vengo los martes", None),
            ("¿a qué hora vienen?", None),
            ("", None),
            ("👍👎", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert!(refuses("No transcribir.") && refuses("NO TRANSCRIBIR") && !refuses("no"));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text: String) {
            let _ = (read(&text), refuses(&text));
        }

        /// Case and signs change nothing.
        #[test]
        fn shouting_is_the_same(word in proptest::sample::select(&YES[..]), signs in "[ .,!¡?]{0,4}") {
            let shouted = format!("{signs}{}{signs}", word.to_uppercase());
            prop_assert_eq!(read(&shouted), Some(Answer::Yes));
        }
    }
}
