//! When what a customer writes is one request: the rules of functional.md section 6, "Aggregation". Pure.
//!
//! Words are words after folding accents: "playa" does not contain "ya".

use campo_geo::places::fold;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Silence that ends a request.
pub const SILENCE: TimeDelta = TimeDelta::seconds(8);
/// Messages that end a request at once.
pub const MOST: usize = 10;
/// A longer message says it all.
const LONG: usize = 100;
/// What comes too fast is gathered for so long.
pub const SLOWED: TimeDelta = TimeDelta::seconds(60);

/// Why a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Reason {
    /// A voice note.
    VoiceMessage,
    /// Over 100 letters.
    LongMessage,
    /// It ends with a question mark.
    Question,
    /// Somebody asks for something.
    RequestVerb,
    /// It cannot wait.
    Urgency,
    /// It says where.
    Address,
    /// It says when.
    Schedule,
    /// What would it cost.
    PriceInquiry,
    /// Ten messages.
    MaxBuffer,
    /// Eight seconds of silence.
    Timeout,
    /// Gathering is switched off: every message is a request.
    Immediate,
}

impl Reason {
    /// Whether it did not wait for silence.
    pub fn is_immediate(self) -> bool {
        self != Self::Timeout
    }
}

const VERBS: [&str; 8] =
    ["necesito", "quiero", "pueden", "vengan", "arreglen", "instalen", "reparen", "preciso"];
const URGENT: [&str; 6] = ["urgente", "emergencia", "ahora", "hoy", "ya", "rapido"];
const PLACE: [&str; 8] = ["calle", "avenida", "av", "piso", "depto", "entre", "esquina", "altura"];
const TIME: [&str; 9] =
    ["manana", "lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo", "semana"];
const PRICE: [&str; 5] = ["cuanto", "precio", "cuesta", "cobran", "presupuesto"];

/// Why a message is a request by itself, if it is: the first reason in the order of the table.
pub fn immediate(is_voice: bool, text: &str) -> Option<Reason> {
    if is_voice {
        return Some(Reason::VoiceMessage);
    }
    let text = text.trim();
    if text.chars().count() > LONG {
        return Some(Reason::LongMessage);
    }
    if text.ends_with(['?', '？']) {
        return Some(Reason::Question);
    }
    let folded = fold(text);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let has = |list: &[&str]| words.iter().any(|w| list.contains(w));
    [
        (VERBS.as_slice(), Reason::RequestVerb),
        (&URGENT, Reason::Urgency),
        (&PLACE, Reason::Address),
        (&TIME, Reason::Schedule),
        (&PRICE, Reason::PriceInquiry),
    ]
    .into_iter()
    .find_map(|(list, reason)| has(list).then_some(reason))
}

/// What follows from a message that is the `count`th of its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The request is whole.
    Flush(Reason),
    /// It is whole when nothing more comes until then.
    Wait(DateTime<Utc>),
}

/// Judges a message. `begun` is when the request's first message came.
///
/// Who writes too fast is gathered for a minute, whatever the words: slowed, not lost.
pub fn judge(
    is_voice: bool,
    text: &str,
    count: usize,
    begun: DateTime<Utc>,
    now: DateTime<Utc>,
    is_slowed: bool,
) -> Next {
    if is_slowed {
        let until = begun + SLOWED;
        return if now < until { Next::Wait(until) } else { Next::Flush(Reason::MaxBuffer) };
    }
    if let Some(reason) = immediate(is_voice, text) {
        return Next::Flush(reason);
    }
    if count >= MOST { Next::Flush(Reason::MaxBuffer) } else { Next::Wait(now + SILENCE) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_words() {
        for (text, reason) in [
            ("Necesito un plomero", Some(Reason::RequestVerb)),
            ("PUEDEN venir", Some(Reason::RequestVerb)),
            ("es urgente!!", Some(Reason::Urgency)),
            ("YA.", Some(Reason::Urgency)),
            ("rápido por favor", Some(Reason::Urgency)),
            ("ra\u{301}pido por favor", Some(Reason::Urgency)),
            ("Av. Rivadavia 4500", Some(Reason::Address)),
            ("3er piso", Some(Reason::Address)),
            ("el miércoles", Some(Reason::Schedule)),
            ("mañana", Some(Reason::Schedule)),
            ("Cuánto sale", Some(Reason::PriceInquiry)),
            ("cómo va?", Some(Reason::Question)),
            ("cómo va?  \n", Some(Reason::Question)),
            ("hola", None),
            ("fuimos a la playa", None),
            ("hoyos en el jardín", None),
            ("averiado", None),
            ("entretenido", None),
            ("quierolo", None),
            ("", None),
            ("👍", None),
        ] {
            assert_eq!(immediate(false, text), reason, "{text}");
        }
        assert_eq!(immediate(true, ""), Some(Reason::VoiceMessage));
        assert_eq!(immediate(false, &"a".repeat(101)), Some(Reason::LongMessage));
        assert_eq!(immediate(false, &"ñ".repeat(100)), None);
    }

    #[test]
    fn the_order_of_the_table() {
        assert_eq!(immediate(false, "necesito urgente mañana, cuánto cuesta"), Some(Reason::RequestVerb));
        assert_eq!(immediate(false, "hoy o mañana, cuánto"), Some(Reason::Urgency));
        assert_eq!(immediate(false, "necesito saber cuánto?"), Some(Reason::Question));
    }

    proptest! {
        /// A request never waits longer than eight seconds of silence, and ten messages are always one.
        #[test]
        fn it_ends(text in "[a-z ñáé]{0,60}", count in 1..30usize, ago in 0..600i64) {
            let now = Utc::now();
            match judge(false, &text, count, now - TimeDelta::seconds(ago), now, false) {
                Next::Wait(until) => prop_assert!(until == now + SILENCE && count < MOST && immediate(false, &text).is_none()),
                Next::Flush(reason) => prop_assert!(reason.is_immediate()),
            }
            // Slowed: a minute after its beginning, whatever comes.
            let slowed = judge(true, &text, count, now - TimeDelta::seconds(ago), now, true);
            let expected = if ago < 60 { Next::Wait(now + TimeDelta::seconds(60 - ago)) } else { Next::Flush(Reason::MaxBuffer) };
            prop_assert_eq!(slowed, expected);
        }

        /// A word inside another one is no word, in any case and accent.
        #[test]
        fn inside_is_not(word in proptest::sample::select([VERBS.as_slice(), &URGENT, &PLACE, &TIME, &PRICE].concat()), before in "[b-df-h]{1,3}", after in "[b-df-h]{1,3}") {
            prop_assert!(immediate(false, &word.to_uppercase()).is_some());
            let (apart, inside) = (format!("eh, {word}, sí"), format!("{before}{word}{after}"));
            prop_assert!(immediate(false, &apart).is_some());
            prop_assert_eq!(immediate(false, &inside), None);
        }

        #[test]
        fn anything_is_survived(text: String) {
            let _ = immediate(false, &text);
        }
    }
}
