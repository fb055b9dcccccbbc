//! OpenAI: speech to text, and text to a form. Also serves anything that speaks its API (vLLM, whisper servers).
//!
//! The installation has one key; organizations do not bring their own, so the breaker of the service alone counts.

use std::time::Duration;

use bytes::Bytes;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Budget, Calls, Failure, Service};
use crate::error::{Again, Error, Result};

/// Hearing a note, the upload included (functional.md section 6).
const TO_HEAR: Budget = Budget { total: Duration::from_secs(60), most_bytes: 4 << 20 };
/// Filling in a form: within its task's thirty seconds (section 9).
const TO_FILL: Budget = Budget::seconds(25);
/// A form has some hundred tokens: an answer that needs more talks to itself.
const MOST_TOKENS: u32 = 1_200;

/// Where it is, and what it is asked with.
#[derive(Clone)]
pub struct OpenAiSettings {
    /// As `https://api.openai.com/v1`; without a path `/v1` is meant.
    pub base_url: String,
    /// The secret; without one nothing is asked.
    pub key: Option<String>,
    /// Speech to text.
    pub transcribe_model: String,
    /// Text to a form.
    pub extract_model: String,
}

impl Default for OpenAiSettings {
    fn default() -> Self {
        Self {
            base_url: "https://api.openai.com/v1".into(),
            key: None,
            transcribe_model: "gpt-4o-mini-transcribe".into(),
            extract_model: "gpt-4o".into(),
        }
    }
}

/// Without the key: settings are logged.
impl std::fmt::Debug for OpenAiSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenAiSettings")
            .field("base_url", &self.base_url)
            .field("has_key", &self.key.is_some())
            .field("transcribe_model", &self.transcribe_model)
            .field("extract_model", &self.extract_model)
            .finish()
    }
}

/// The company.
#[derive(Debug, Clone)]
pub struct OpenAi<'a> {
    calls: &'a Calls,
    settings: &'a OpenAiSettings,
    key: &'a str,
}

/// A sound file.
#[derive(Debug, Clone)]
pub struct Sound<'a> {
    /// Its bytes.
    pub bytes: Bytes,
    /// Its type, as `audio/ogg`.
    pub mime: &'a str,
    /// What is spoken of: names and words that the model should expect.
    pub prompt: &'a str,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The words.
    pub text: String,
    /// Its length, where the model says so.
    pub duration_s: Option<f64>,
    /// What the model lets us know of its doubts.
    pub signs: Signs,
}

/// What a model lets us know of its doubts.
#[derive(Debug, Clone, PartialEq)]
pub enum Signs {
    /// The natural logarithm of each token's probability (gpt-4o models).
    Tokens(Vec<f64>),
    /// Stretches of speech (whisper-1).
    Segments(Vec<Segment>),
    /// Nothing.
    None,
}

/// A stretch of speech.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Segment {
    /// Seconds from the beginning.
    #[serde(default)]
    pub start: f64,
    /// Seconds from the beginning.
    #[serde(default)]
    pub end: f64,
    /// The mean logarithm of its tokens' probabilities.
    pub avg_logprob: f64,
    /// How likely nobody speaks, 0..1.
    #[serde(default)]
    pub no_speech_prob: f64,
}

impl<'a> OpenAi<'a> {
    /// None without a key.
    pub fn new(calls: &'a Calls, settings: &'a OpenAiSettings) -> Option<Self> {
        let key = settings.key.as_deref().filter(|k| !k.is_empty())?;
        Some(Self { calls, settings, key })
    }

    /// Speech to text, in Spanish, at temperature 0.
    ///
    /// # Errors
    /// [`Error::Provider`]: `unsupported_audio` (never again) for a type that it does not read, else what it said.
    pub async fn transcribe(&self, sound: &Sound<'_>) -> Result<Heard> {
        let name = file_name(sound.mime).ok_or_else(|| {
            never("unsupported_audio", format!("a file of type {} is not read", sound.mime))
        })?;
        let model = self.settings.transcribe_model.as_str();
        let part = Part::stream(sound.bytes.clone()).file_name(name);
        let part = part
            .mime_str(sound.mime)
            .map_err(|_| never("unsupported_audio", "a type that is none".to_owned()))?;
        let mut form = Form::new()
            .part("file", part)
            .text("model", model.to_owned())
            .text("language", "es")
            .text("temperature", "0")
            .text("prompt", sound.prompt.to_owned());
        form = match doubts_of(model) {
            Doubts::Segments => {
                form.text("response_format", "verbose_json").text("timestamp_granularities[]", "segment")
            }
            Doubts::Tokens => form.text("response_format", "json").text("include[]", "logprobs"),
            Doubts::None => form.text("response_format", "json"),
        };
        let request = self.calls.client().post(self.url("audio/transcriptions")).multipart(form);
        let heard: RawHeard = self.ask(request, TO_HEAR).await?;
        Ok(heard.into())
    }

    /// Text to JSON that follows `schema`, which must be strict: an object, all properties required, none besides.
    ///
    /// # Errors
    /// [`Error::Provider`]: `refusal`, `length`, `content_filter` (never again), `unreadable` (once more may help).
    pub async fn fill(&self, system: &str, text: &str, (name, schema): (&str, &Value)) -> Result<Value> {
        let body = json!({
            "model": self.settings.extract_model,
            "temperature": 0,
            "max_completion_tokens": MOST_TOKENS,
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": text},
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": name, "strict": true, "schema": schema},
            },
        });
        let request = self.calls.client().post(self.url("chat/completions")).json(&body);
        let completion: Completion = self.ask(request, TO_FILL).await?;
        filled(completion)
    }

    /// Sends, and reads a good answer.
    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
        budget: Budget,
    ) -> Result<T> {
        let request = request.bearer_auth(self.key);
        let answer = self.calls.send(Service::OpenAi, None, request, budget).await.map_err(failed)?;
        if !answer.is_success() {
            return Err(refused(&answer));
        }
        answer.json().map_err(|failure| failure.into_error(Service::OpenAi))
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", root(&self.settings.base_url))
    }
}

/// The base address: `/v1` where no path is named.
fn root(base_url: &str) -> String {
    let base = base_url.trim_end_matches('/');
    let has_path = base.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    if has_path { base.to_owned() } else { format!("{base}/v1") }
}

/// The name under which a file goes: the API goes by its extension. WhatsApp's opus is `.ogg`.
fn file_name(mime: &str) -> Option<&'static str> {
    let kind = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Some(match kind.as_str() {
        "audio/ogg" | "audio/opus" | "application/ogg" | "audio/x-opus+ogg" => "voice.ogg",
        "audio/webm" | "video/webm" => "voice.webm",
        "audio/mp4" | "audio/m4a" | "audio/x-m4a" | "video/mp4" => "voice.m4a",
        "audio/mpeg" | "audio/mp3" => "voice.mp3",
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "voice.wav",
        "audio/flac" | "audio/x-flac" => "voice.flac",
        _ => return None,
    })
}

/// What a model can tell of its doubts.
#[derive(Debug, PartialEq)]
enum Doubts {
    Tokens,
    Segments,
    None,
}

/// `include[]=logprobs` is for gpt-4o(-mini)-transcribe alone, `verbose_json` for whisper alone.
fn doubts_of(model: &str) -> Doubts {
    let is_heard_by_4o = model.starts_with("gpt-4o") && model.contains("transcribe");
    if is_heard_by_4o && !model.contains("diarize") {
        Doubts::Tokens
    } else if model.contains("whisper") {
        Doubts::Segments
    } else {
        Doubts::None
    }
}

#[derive(Deserialize)]
struct RawHeard {
    text: String,
    #[serde(default)]
    duration: Option<Value>,
    #[serde(default)]
    segments: Option<Vec<Segment>>,
    #[serde(default)]
    logprobs: Option<Vec<Token>>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Token {
    logprob: f64,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    seconds: Option<f64>,
}

impl From<RawHeard> for Heard {
    fn from(raw: RawHeard) -> Self {
        // Older servers write the number as a text.
        let said = raw.duration.and_then(|d| d.as_f64().or_else(|| d.as_str()?.parse().ok()));
        let billed = raw.usage.and_then(|u| u.seconds);
        let signs = match (raw.logprobs, raw.segments) {
            (Some(tokens), _) if !tokens.is_empty() => {
                Signs::Tokens(tokens.into_iter().map(|t| t.logprob).collect())
            }
            (_, Some(segments)) if !segments.is_empty() => Signs::Segments(segments),
            _ => Signs::None,
        };
        let duration_s = said.or(billed).filter(|d| d.is_finite() && *d > 0.0);
        Self { text: raw.text.trim().to_owned(), duration_s, signs }
    }
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Said,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

fn filled(completion: Completion) -> Result<Value> {
    let unreadable = |why: &str| provider("unreadable", Again::Soon, why.to_owned());
    let choice =
        completion.choices.into_iter().next().ok_or_else(|| unreadable("an answer without choices"))?;
    if let Some(refusal) = choice.message.refusal.filter(|r| !r.is_empty()) {
        return Err(never("refusal", short(&refusal)));
    }
    match choice.finish_reason.as_deref() {
        // It would be cut off at the same place again.
        Some("length") => return Err(never("length", "the answer was cut off".into())),
        Some("content_filter") => return Err(never("content_filter", "the answer was filtered".into())),
        _ => {}
    }
    let content = choice.message.content.ok_or_else(|| unreadable("an answer without content"))?;
    serde_json::from_str(&content).map_err(|_| unreadable("an answer that is no JSON"))
}

/// Its own words for a refusal.
#[derive(Default, Deserialize)]
struct Problem {
    #[serde(default)]
    error: ProblemBody,
}

#[derive(Default, Deserialize)]
struct ProblemBody {
    #[serde(default)]
    message: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    code: Option<Value>,
}

impl ProblemBody {
    fn read(body: &[u8]) -> Self {
        serde_json::from_slice::<Problem>(body).unwrap_or_default().error
    }

    fn code(&self) -> Option<String> {
        let code = self
            .code
            .as_ref()
            .and_then(|c| c.as_str().map(str::to_owned).or_else(|| c.as_i64().map(|n| n.to_string())));
        code.or_else(|| self.kind.clone()).map(|c| c.chars().take(64).collect())
    }
}

/// A 429 may be a wait or an empty purse: nobody waits for the second.
fn failed(failure: Failure) -> Error {
    if let Failure::Busy { body, .. } = &failure {
        let problem = ProblemBody::read(body);
        let is_empty = |word: Option<&str>| word == Some("insufficient_quota");
        if is_empty(problem.code().as_deref()) || is_empty(problem.kind.as_deref()) {
            return never("insufficient_quota", "the account has no credit left".into());
        }
    }
    failure.into_error(Service::OpenAi)
}

/// What a complete answer that is no success means: it would say the same again, but for two of them.
fn refused(answer: &Answer) -> Error {
    let problem = ProblemBody::read(&answer.body);
    let code = problem.code().unwrap_or_else(|| format!("http_{}", answer.status));
    // Their messages of a wrong key quote a part of it.
    let detail = match (answer.status, problem.message) {
        (401 | 403, _) => "the key is not accepted".to_owned(),
        (_, Some(message)) => short(&message),
        (status, None) => format!("status {status}"),
    };
    let again = if matches!(answer.status, 408 | 409) { Again::Soon } else { Again::Never };
    provider(&code, again, detail)
}

fn short(text: &str) -> String {
    text.chars().take(300).collect()
}

fn never(code: &str, detail: String) -> Error {
    provider(code, Again::Never, detail)
}

fn provider(code: &str, again: Again, detail: String) -> Error {
    Error::Provider { service: Service::OpenAi.as_str(), again, code: code.to_owned(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of<T: std::fmt::Debug>(outcome: Result<T>) -> (String, Again) {
        let Err(Error::Provider { code, again, .. }) = outcome else { panic!("{outcome:?}") };
        (code, again)
    }

    fn completion(body: Value) -> Result<Value> {
        filled(serde_json::from_value(body).unwrap())
    }

    #[test]
    fn a_base_address_with_and_without_its_path() {
        for (given, root_of) in [
            ("https://api.openai.com/v1", "https://api.openai.com/v1"),
            ("http://127.0.0.1:9/", "http://127.0.0.1:9/v1"),
            ("http://127.0.0.1:9", "http://127.0.0.1:9/v1"),
            ("http://vllm/openai/v1/", "http://vllm/openai/v1"),
        ] {
            assert_eq!(root(given), root_of);
        }
    }

    #[test]
    fn what_is_asked_goes_by_the_model() {
        assert_eq!(doubts_of("gpt-4o-mini-transcribe"), Doubts::Tokens);
        assert_eq!(doubts_of("gpt-4o-mini-transcribe-2025-12-15"), Doubts::Tokens);
        assert_eq!(doubts_of("whisper-1"), Doubts::Segments);
        assert_eq!(doubts_of("openai/whisper-large-v3"), Doubts::Segments);
        assert_eq!(doubts_of("gpt-4o-transcribe-diarize"), Doubts::None);
        assert_eq!(doubts_of("gpt-transcribe"), Doubts::None);
    }

    #[test]
    fn whatsapps_opus_goes_as_ogg() {
        assert_eq!(file_name("audio/ogg; codecs=opus"), Some("voice.ogg"));
        assert_eq!(file_name("audio/amr"), None);
    }

    #[test]
    fn both_forms_of_doubt_are_read() {
        let of = |body: Value| Heard::from(serde_json::from_value::<RawHeard>(body).unwrap());
        let tokens =
            of(json!({"text": " Hola ", "logprobs": [{"token": "Ho", "logprob": -0.1, "bytes": [72]}],
            "usage": {"type": "tokens", "total_tokens": 3}}));
        assert_eq!((tokens.text.as_str(), tokens.duration_s), ("Hola", None));
        assert_eq!(tokens.signs, Signs::Tokens(vec![-0.1]));
        let verbose = of(
            json!({"task": "transcribe", "language": "spanish", "duration": "4.5", "text": "Hola",
            "segments": [{"id": 0, "start": 0.0, "end": 4.5, "avg_logprob": -0.2, "no_speech_prob": 0.1, "tokens": [1]}]}),
        );
        assert_eq!(verbose.duration_s, Some(4.5));
        let segment = Segment { start: 0.0, end: 4.5, avg_logprob: -0.2, no_speech_prob: 0.1 };
        assert_eq!(verbose.signs, Signs::Segments(vec![segment]));
        assert_eq!(of(json!({"text": ""})).signs, Signs::None);
    }

    #[test]
    fn an_answer_that_is_none() {
        let choice = |message: Value, why: &str| {
            completion(json!({"choices": [{"message": message, "finish_reason": why}]}))
        };
        assert_eq!(choice(json!({"content": "{\"a\":1}"}), "stop").unwrap(), json!({"a": 1}));
        let never = |code: &str| (code.to_owned(), Again::Never);
        assert_eq!(code_of(choice(json!({"content": null, "refusal": "No."}), "stop")), never("refusal"));
        assert_eq!(code_of(choice(json!({"content": "{\"a\""}), "length")), never("length"));
        assert_eq!(code_of(choice(json!({"content": ""}), "content_filter")), never("content_filter"));
        for broken in [
            choice(json!({"content": "{\"a\""}), "stop"),
            choice(json!({}), "stop"),
            completion(json!({"choices": []})),
        ] {
            assert_eq!(code_of(broken), ("unreadable".to_owned(), Again::Soon));
        }
    }

    #[test]
    fn an_empty_purse_is_no_wait() {
        let busy = |code: &str| Failure::Busy {
            retry_after: Some(Duration::from_secs(7)),
            body: json!({"error": {"message": "m", "type": code, "param": null, "code": code}})
                .to_string()
                .into(),
        };
        let of = |code: &str| code_of::<()>(Err(failed(busy(code))));
        assert_eq!(of("insufficient_quota"), ("insufficient_quota".to_owned(), Again::Never));
        assert_eq!(of("rate_limit_exceeded"), ("busy".to_owned(), Again::After(Duration::from_secs(7))));
    }

    #[test]
    fn a_wrong_key_is_said_without_it() {
        let body = json!({"error": {"message": "Incorrect API key provided: sk-abc***xyz", "code": "invalid_api_key"}});
        let answer = Answer { status: 401, headers: Default::default(), body: body.to_string().into() };
        let error = refused(&answer);
        assert!(!error.to_string().contains("sk-abc"), "{error}");
        assert_eq!(code_of::<()>(Err(error)), ("invalid_api_key".to_owned(), Again::Never));
        let settings = OpenAiSettings { key: Some("sk-secret".into()), ..OpenAiSettings::default() };
        assert!(!format!("{settings:?}").contains("sk-secret"));
    }
}
