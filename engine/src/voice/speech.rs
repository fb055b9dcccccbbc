//! What a transcript sounds like: how sure it is, how fast, in which words. Pure.

use crate::providers::openai::{Segment, Signs};

/// What is taken where a model says nothing of its doubts: good enough to go on, not good enough to be called good.
pub const UNKNOWN: f64 = 0.75;
/// Words a minute over which people are hard to follow (functional.md section 6).
const FAST_WPM: f64 = 200.0;
/// Under so many seconds a rate says nothing.
const SHORTEST_S: f64 = 3.0;

/// Something that makes a note harder to understand than its confidences say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = VoicePenalty)]
pub enum Penalty {
    /// Two or more words of slang.
    Slang,
    /// Another language beside Spanish.
    MixedLanguage,
    /// Over 200 words a minute.
    Fast,
    /// Three or more fillers that make a twelfth of the words.
    Fillers,
}

impl Penalty {
    /// What it costs (functional.md section 6).
    pub fn cost(self) -> f64 {
        match self {
            Self::Slang => 0.10,
            Self::MixedLanguage => 0.20,
            Self::Fast => 0.15,
            Self::Fillers => 0.05,
        }
    }
}

/// How sure a transcription is, 0..=1: the geometric mean of its tokens' probabilities.
///
/// Tokens give `exp(mean(logprob))`. Stretches of speech give the mean over their lengths of
/// `exp(avg_logprob) * (1 - no_speech_prob)`. Without a sign it is [`UNKNOWN`]; an empty text is 0.
pub fn confidence(text: &str, signs: &Signs) -> f64 {
    if !text.chars().any(char::is_alphanumeric) {
        return 0.0;
    }
    let sure = match signs {
        Signs::Tokens(logs) => of_tokens(logs),
        Signs::Segments(segments) => of_segments(segments),
        Signs::None => None,
    };
    sure.map_or(UNKNOWN, |c| c.clamp(0.0, 1.0))
}

/// Are these words no speech but what models make of silence: the prompt again, or the credits of films?
pub fn is_echo(text: &str, prompt: &str) -> bool {
    let (text, prompt) = (fold(text), fold(prompt));
    let words = text.split(' ').count();
    (words >= 4 && prompt.contains(&text)) || CREDITS.iter().any(|c| text.contains(c))
}

/// What whisper hears where nobody speaks.
const CREDITS: [&str; 3] =
    ["subtitulos realizados por la comunidad", "subtitulado por la comunidad", "gracias por ver el video"];

fn of_tokens(logs: &[f64]) -> Option<f64> {
    let logs: Vec<f64> = logs.iter().copied().filter(|l| l.is_finite()).map(|l| l.min(0.0)).collect();
    (!logs.is_empty()).then(|| (logs.iter().sum::<f64>() / logs.len() as f64).exp())
}

fn of_segments(segments: &[Segment]) -> Option<f64> {
    let mut whole = 0.0;
    let mut sum = 0.0;
    for s in segments.iter().filter(|s| s.avg_logprob.is_finite() && s.no_speech_prob.is_finite()) {
        // A stretch without a length still counts.
        let length = (s.end - s.start).max(0.1);
        let length = if length.is_finite() { length } else { 0.1 };
        whole += length;
        sum += length * s.avg_logprob.min(0.0).exp() * (1.0 - s.no_speech_prob.clamp(0.0, 1.0));
    }
    (whole > 0.0).then(|| sum / whole)
}

/// Lower case, without accents and punctuation, one blank between words.
pub fn fold(text: &str) -> String {
    let plain = |c: char| match c {
        'á' | 'à' | 'ä' | 'â' | 'ã' => 'a',
        'é' | 'è' | 'ë' | 'ê' => 'e',
        'í' | 'ì' | 'ï' | 'î' => 'i',
        'ó' | 'ò' | 'ö' | 'ô' | 'õ' => 'o',
        'ú' | 'ù' | 'ü' | 'û' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        c if c.is_alphanumeric() => c,
        _ => ' ',
    };
    let spaced: String = text
        .chars()
        .flat_map(char::to_lowercase)
        // Accents that stand alone, as some keyboards write them.
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .map(plain)
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words a minute; none where the note is too short to say.
pub fn words_per_minute(text: &str, duration_s: Option<f64>) -> Option<f64> {
    let duration_s = duration_s.filter(|d| *d >= SHORTEST_S)?;
    Some(text.split_whitespace().count() as f64 * 60.0 / duration_s)
}

/// What makes the note harder to understand.
pub fn penalties(text: &str, duration_s: Option<f64>) -> Vec<Penalty> {
    let folded = fold(text);
    let words: Vec<&str> = folded.split(' ').filter(|w| !w.is_empty()).collect();
    let mut found = Vec::new();
    if count(&words, &SLANG) >= 2 {
        found.push(Penalty::Slang);
    }
    if is_mixed(&words) {
        found.push(Penalty::MixedLanguage);
    }
    if words_per_minute(text, duration_s).is_some_and(|w| w > FAST_WPM) {
        found.push(Penalty::Fast);
    }
    let fillers = count(&words, &FILLERS) + phrases(&words, "o", "sea");
    if fillers >= 3 && fillers * 12 >= words.len() {
        found.push(Penalty::Fillers);
    }
    found
}

fn count(words: &[&str], list: &[&str]) -> usize {
    words.iter().filter(|w| list.contains(w)).count()
}

fn phrases(words: &[&str], first: &str, second: &str) -> usize {
    words.windows(2).filter(|pair| *pair == [first, second]).count()
}

/// Words of another language that are none of Spanish: three of them, and a tenth of all.
fn is_mixed(words: &[&str]) -> bool {
    [&ENGLISH[..], &PORTUGUESE[..]].iter().any(|list| {
        let foreign = count(words, list);
        foreign >= 3 && foreign * 10 >= words.len()
    })
}

/// Lunfardo that hides what is meant; `che` and `dale` hide nothing.
const SLANG: [&str; 28] = [
    "quilombo", "boludo", "boluda", "pelotudo", "bardo", "chabon", "guita", "laburo", "laburar", "bondi",
    "morfi", "morfar", "fiaca", "trucho", "trucha", "afanar", "afanaron", "posta", "garpar", "garpa",
    "birra", "pibe", "flaco", "choto", "chota", "cagada", "verga", "bolonqui",
];
/// Sounds and words between words.
const FILLERS: [&str; 12] =
    ["eh", "ehh", "ehm", "em", "emm", "mmm", "mm", "este", "digamos", "viste", "tipo", "bueno"];
const ENGLISH: [&str; 30] = [
    "the", "and", "is", "are", "my", "your", "with", "please", "hello", "water", "kitchen", "broken", "need",
    "want", "you", "can", "come", "tomorrow", "today", "house", "address", "street", "thank", "thanks",
    "for", "it", "this", "not", "have", "morning",
];
/// Those that Spanish does not have.
const PORTUGUESE: [&str; 20] = [
    "nao",
    "voce",
    "obrigado",
    "obrigada",
    "amanha",
    "hoje",
    "um",
    "uma",
    "minha",
    "meu",
    "cozinha",
    "torneira",
    "vazando",
    "quebrou",
    "rua",
    "bom",
    "muito",
    "isso",
    "oi",
    "encanador",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segment(start: f64, end: f64, avg_logprob: f64, no_speech_prob: f64) -> Segment {
        Segment { start, end, avg_logprob, no_speech_prob }
    }

    #[test]
    fn doubts_become_one_number() {
        let near = |signs: Signs, expected: f64| {
            let got = confidence("Hola", &signs);
            assert!((got - expected).abs() < 1e-9, "{signs:?}: {got}");
        };
        near(Signs::Tokens(vec![0.0, 0.0]), 1.0);
        near(Signs::Tokens(vec![-0.1, -0.3]), (-0.2f64).exp());
        near(Signs::None, UNKNOWN);
        near(Signs::Tokens(vec![]), UNKNOWN);
        // Three quarters of the time sure, one quarter silence.
        near(Signs::Segments(vec![segment(0.0, 3.0, 0.0, 0.0), segment(3.0, 4.0, 0.0, 1.0)]), 0.75);
        assert_eq!(confidence(" .. ", &Signs::Tokens(vec![0.0])), 0.0);
    }

    #[test]
    fn silence_is_no_speech() {
        let prompt = "Canilla, cañería, pérdida, termotanque, llave de paso.";
        assert!(is_echo("canilla, cañeria, perdida, termotanque", prompt));
        assert!(is_echo("Subtítulos realizados por la comunidad de Amara.org", prompt));
        assert!(!is_echo("Pierde la canilla de la cocina", prompt));
        assert!(!is_echo("canilla", prompt), "a word that is expected is a word");
    }

    #[test]
    fn what_costs() {
        assert_eq!(penalties("Hola, se me rompió la canilla de la cocina", Some(5.0)), []);
        assert_eq!(penalties("Che boludo, es un quilombo el baño", Some(5.0)), [Penalty::Slang]);
        let mixed = "Hello, I need a plomero, the kitchen is broken please come tomorrow";
        assert_eq!(penalties(mixed, None), [Penalty::MixedLanguage]);
        let portuguese = "Oi, preciso de um encanador hoje, a torneira da minha cozinha quebrou";
        assert_eq!(penalties(portuguese, None), [Penalty::MixedLanguage]);
        let fast = "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince";
        assert_eq!(penalties(fast, Some(4.0)), [Penalty::Fast]);
        assert_eq!(penalties("Eh, este, o sea, la canilla, ehm, pierde", None), [Penalty::Fillers]);
    }

    /// Ordinary Spanish shares words with Portuguese.
    #[test]
    fn spanish_is_one_language() {
        let said = "Buenas tardes, esta canilla tiene una pérdida de agua, preciso que vengan mañana a la tarde para arreglarla";
        assert!(!penalties(said, None).contains(&Penalty::MixedLanguage));
    }

    proptest! {
        /// Whatever a model says, the confidence is one; and more doubt never makes it larger.
        #[test]
        fn a_confidence_is_between_nothing_and_all(
            logs in proptest::collection::vec(-50.0..1.0f64, 0..40),
            more in 0.0..5.0f64,
        ) {
            let sure = confidence("a", &Signs::Tokens(logs.clone()));
            prop_assert!((0.0..=1.0).contains(&sure));
            let doubtful = confidence("a", &Signs::Tokens(logs.iter().map(|l| l - more).collect()));
            prop_assert!(doubtful <= sure + 1e-12);
        }

        #[test]
        fn segments_too(parts in proptest::collection::vec((0.0..60.0f64, 0.0..60.0f64, -9.0..1.0f64, -1.0..2.0f64), 0..9)) {
            let segments = parts.iter().map(|(a, b, l, n)| segment(*a, *b, *l, *n)).collect();
            prop_assert!((0.0..=1.0).contains(&confidence("a", &Signs::Segments(segments))));
        }

        /// Folding is done once; no text breaks it.
        #[test]
        fn folding_twice_is_folding_once(text: String) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.clone());
            prop_assert!(!once.contains("  "));
            let _ = penalties(&text, Some(1.0));
        }
    }
}
