//! OpenAI's transcription and structured output (integrations.md section 5).

mod audio;
mod extract;
mod schema;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use ring::digest;
use serde_json::{Value, json};

pub use audio::{spoken_note, words_in};

use super::common::Common;
use super::door::Fake;
use super::fault::{Fault, Kind};
use super::ledger::Entry;
use super::multipart::{self, Part};
use super::wire::{Reply, Request};

/// The key that is known.
pub const KEY: &str = "fake-openai-key";
/// The largest recording.
const MOST_BYTES: usize = 25 << 20;
const TRANSCRIBERS: [&str; 6] = [
    "whisper-1",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
    "gpt-transcribe",
    "gpt-4o-transcribe-diarize",
];
const EXTENSIONS: [&str; 10] = ["flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"];

/// The fake.
pub struct OpenAi {
    common: Arc<Common>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Words by the recording's SHA-256 (hex).
    scripts: HashMap<String, String>,
    /// Answers of chat completions whose input holds these words.
    answers: Vec<(String, Value)>,
    next: u64,
}

struct Refusal {
    status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<&'static str>,
    message: String,
}

impl Refusal {
    fn invalid(param: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            kind: "invalid_request_error",
            code: None,
            param: Some(param),
            message: message.into(),
        }
    }

    fn reply(&self) -> Reply {
        let error =
            json!({"message": self.message, "type": self.kind, "param": self.param, "code": self.code});
        Reply::json(self.status, &json!({"error": error}))
    }
}

impl OpenAi {
    /// Knows no recording yet.
    pub fn new(common: Arc<Common>) -> Self {
        Self { common, state: Mutex::default() }
    }

    /// What is said in these bytes.
    pub fn script(&self, recording: &[u8], words: &str) {
        self.lock().scripts.insert(sha(recording), words.to_owned());
    }

    /// What a completion answers whose input holds `words`.
    pub fn answer_with(&self, words: &str, answer: Value) {
        self.lock().answers.push((words.to_owned(), answer));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn routed(&self, request: &Request, entry: &mut Entry) -> Result<Reply, Refusal> {
        if request.bearer() != Some(KEY) {
            return Err(Refusal {
                status: 401,
                kind: "invalid_request_error",
                code: Some("invalid_api_key"),
                param: None,
                message: "Incorrect API key provided.".into(),
            });
        }
        match (request.method.as_str(), request.parts().as_slice()) {
            ("POST", [.., "audio", "transcriptions"]) => self.transcription(request, entry),
            ("POST", [.., "chat", "completions"]) => self.completion(request, entry),
            ("POST", [.., "responses"]) => self.response(request, entry),
            _ => Err(Refusal {
                status: 404,
                kind: "invalid_request_error",
                code: None,
                param: None,
                message: format!("Invalid URL ({} {})", request.method, request.path),
            }),
        }
    }

    fn transcription(&self, request: &Request, entry: &mut Entry) -> Result<Reply, Refusal> {
        let parts = multipart::parts(request)
            .ok_or_else(|| Refusal::invalid("file", "Could not parse multipart form"))?;
        let text = |name: &str| -> Option<String> {
            let part = parts.iter().find(|p| p.name == name)?;
            Some(String::from_utf8_lossy(&part.bytes).into_owned())
        };
        let file = parts.iter().find(|p| p.name == "file" && p.file.is_some());
        let file = file.ok_or_else(|| Refusal::invalid("file", "you must provide a file"))?;
        let model =
            text("model").ok_or_else(|| Refusal::invalid("model", "you must provide a model parameter"))?;
        checked_model(&model, &TRANSCRIBERS)?;
        let format = text("response_format").unwrap_or_else(|| "json".into());
        let formats: &[&str] = if model == "whisper-1" {
            &["json", "text", "srt", "verbose_json", "vtt"]
        } else {
            &["json", "text"]
        };
        if !formats.contains(&format.as_str()) {
            let message = format!(
                "response_format '{format}' is not compatible with model '{model}'. Use 'json' instead."
            );
            return Err(Refusal::invalid("response_format", message));
        }
        if let Some(heat) = text("temperature")
            && !heat.parse::<f64>().is_ok_and(|h| (0.0..=1.0).contains(&h))
        {
            return Err(Refusal::invalid("temperature", "temperature must be between 0 and 1"));
        }
        if let Some(language) = text("language")
            && !(2..=3).contains(&language.len())
        {
            return Err(Refusal::invalid(
                "language",
                format!(
                    "Invalid language '{language}'. Language parameter must be specified in ISO-639-1 format."
                ),
            ));
        }
        checked_file(file)?;
        let words = self.words(&file.bytes);
        let seconds = audio::seconds(&file.bytes);
        entry.effect = Some(format!("transcript-{}", self.number()));
        Ok(match format.as_str() {
            "text" => Reply::bytes(200, "text/plain; charset=utf-8", format!("{words}\n")),
            "verbose_json" => Reply::json(
                200,
                &json!({
                "task": "transcribe", "language": "spanish", "duration": seconds, "text": words,
                "segments": [{"id": 0, "seek": 0, "start": 0.0, "end": seconds, "text": words, "tokens": [],
                              "temperature": 0.0, "avg_logprob": -0.12, "compression_ratio": 1.3, "no_speech_prob": 0.01}],
                "usage": {"type": "duration", "seconds": seconds.ceil()}}),
            ),
            _ if model == "whisper-1" => Reply::json(
                200,
                &json!({"text": words, "usage": {"type": "duration", "seconds": seconds.ceil()}}),
            ),
            _ => {
                let logprobs: Vec<Value> = words
                    .split(' ')
                    .map(|w| json!({"token": w, "logprob": -0.05, "bytes": w.as_bytes()}))
                    .collect();
                let mut body = json!({"text": words, "usage": {"type": "tokens", "input_tokens": 14,
                    "input_token_details": {"text_tokens": 0, "audio_tokens": 14}, "output_tokens": 45, "total_tokens": 59}});
                let wanted = parts.iter().any(|p| p.name == "include[]" && &p.bytes[..] == b"logprobs");
                if let (true, Some(fields)) = (wanted, body.as_object_mut()) {
                    fields.insert("logprobs".into(), logprobs.into());
                }
                Reply::json(200, &body)
            }
        })
    }

    fn words(&self, recording: &Bytes) -> String {
        let scripted = self.lock().scripts.get(&sha(recording)).cloned();
        // An unknown recording: what a model makes of a noise.
        scripted
            .or_else(|| words_in(recording))
            .unwrap_or_else(|| "Subtítulos realizados por la comunidad".into())
    }

    fn completion(&self, request: &Request, entry: &mut Entry) -> Result<Reply, Refusal> {
        let body = request
            .json()
            .ok_or_else(|| Refusal::invalid("body", "We could not parse the JSON body of your request."))?;
        let model = model_of(&body)?;
        let messages = body.get("messages").and_then(Value::as_array).filter(|m| !m.is_empty());
        let messages = messages
            .ok_or_else(|| Refusal::invalid("messages", "Missing required parameter: 'messages'."))?;
        let input = last_of_user(messages).ok_or_else(|| Refusal::invalid("messages", "no user message"))?;
        let format = body.get("response_format");
        let wanted = format.and_then(|f| f.get("json_schema"));
        if format.and_then(|f| f.get("type")).and_then(Value::as_str) == Some("json_schema")
            && wanted.is_none()
        {
            return Err(Refusal::invalid(
                "response_format.json_schema",
                "Missing required parameter: 'response_format.json_schema'.",
            ));
        }
        let content = self.content(&input, wanted, "response_format")?;
        let id = format!("chatcmpl-{}", self.number());
        entry.effect = Some(id.clone());
        Ok(Reply::json(
            200,
            &json!({"id": id, "object": "chat.completion", "model": model,
            "created": self.common.now_ms() / 1000,
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": content, "refusal": null}}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}}),
        ))
    }

    fn response(&self, request: &Request, entry: &mut Entry) -> Result<Reply, Refusal> {
        let body = request
            .json()
            .ok_or_else(|| Refusal::invalid("body", "We could not parse the JSON body of your request."))?;
        let model = model_of(&body)?;
        let input = match body.get("input") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(items)) => {
                last_of_user(items).ok_or_else(|| Refusal::invalid("input", "no user message"))?
            }
            _ => return Err(Refusal::invalid("input", "Missing required parameter: 'input'.")),
        };
        let format = body.get("text").and_then(|t| t.get("format"));
        let wanted = format.filter(|f| f.get("type").and_then(Value::as_str) == Some("json_schema"));
        let content = self.content(&input, wanted, "text.format")?;
        let id = format!("resp_{}", self.number());
        entry.effect = Some(id.clone());
        Ok(Reply::json(
            200,
            &json!({"id": id, "object": "response", "status": "completed", "model": model,
            "incomplete_details": null, "error": null,
            "output": [{"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
                        "content": [{"type": "output_text", "text": content, "annotations": []}]}],
            "usage": {"input_tokens": 100, "output_tokens": 50, "total_tokens": 150}}),
        ))
    }

    /// What the model writes: an instance of the schema where one is wanted.
    fn content(&self, input: &str, wanted: Option<&Value>, param: &'static str) -> Result<String, Refusal> {
        let scripted =
            self.lock().answers.iter().find(|(words, _)| input.contains(words)).map(|(_, a)| a.clone());
        let Some(wanted) = wanted else {
            return Ok(scripted.map_or_else(|| "De acuerdo.".into(), |a| a.to_string()));
        };
        let name = wanted.get("name").and_then(Value::as_str).unwrap_or_default();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
            return Err(Refusal::invalid(
                param,
                "Invalid name: expected letters, digits, _ and -, at most 64",
            ));
        }
        let schema = wanted
            .get("schema")
            .ok_or_else(|| Refusal::invalid(param, "Missing required parameter: 'schema'."))?;
        if wanted.get("strict").and_then(Value::as_bool) == Some(true) {
            schema::strict(schema).map_err(|why| {
                Refusal::invalid(param, format!("Invalid schema for response_format '{name}': {why}"))
            })?;
        }
        let instance = scripted.unwrap_or_else(|| extract::instance(schema, input));
        Ok(instance.to_string())
    }

    fn number(&self) -> u64 {
        let mut state = self.lock();
        state.next += 1;
        state.next
    }
}

impl Fake for OpenAi {
    fn name(&self) -> &'static str {
        "openai"
    }

    fn note(&self, request: &Request, entry: &mut Entry) {
        entry.kind = request.parts().last().map(|p| (*p).to_owned());
        entry.key =
            request.header("idempotency-key").or(request.header("x-client-request-id")).map(Into::into);
        if request.header("content-type").is_some_and(|t| t.starts_with("application/json")) {
            entry.body = request.json().unwrap_or_default();
        }
    }

    fn answer(&self, request: &Request, entry: &mut Entry) -> Reply {
        self.routed(request, entry).unwrap_or_else(|refusal| refusal.reply())
    }

    fn excuse(&self, fault: &Fault) -> Reply {
        let (status, kind, code, message) = match fault.kind {
            Kind::InsufficientQuota => (
                429,
                "insufficient_quota",
                Some("insufficient_quota"),
                "You exceeded your current quota, please check your plan and billing details.",
            ),
            Kind::Busy => (429, "requests", Some("rate_limit_exceeded"), "Rate limit reached for requests"),
            _ => (500, "server_error", None, "The server had an error while processing your request."),
        };
        Refusal { status, kind, code, param: None, message: message.into() }.reply()
    }
}

fn checked_model(model: &str, known: &[&str]) -> Result<(), Refusal> {
    if known.contains(&model) {
        return Ok(());
    }
    Err(Refusal {
        status: 404,
        kind: "invalid_request_error",
        code: Some("model_not_found"),
        param: None,
        message: format!("The model '{model}' does not exist or you do not have access to it."),
    })
}

fn model_of(body: &Value) -> Result<String, Refusal> {
    let model = body.get("model").and_then(Value::as_str);
    let model = model.ok_or_else(|| Refusal::invalid("model", "you must provide a model parameter"))?;
    if ["gpt-", "o1", "o3", "o4", "chatgpt-"].iter().any(|p| model.starts_with(p)) {
        return Ok(model.to_owned());
    }
    checked_model(model, &[]).map(|()| model.to_owned())
}

fn checked_file(file: &Part) -> Result<(), Refusal> {
    let name = file.file.as_deref().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
    if !EXTENSIONS.contains(&extension.as_str()) {
        let message = format!("Unrecognized file format. Supported formats: {EXTENSIONS:?}");
        return Err(Refusal::invalid("file", message));
    }
    if file.bytes.len() > MOST_BYTES {
        return Err(Refusal {
            status: 413,
            kind: "server_error",
            code: None,
            param: None,
            message: format!(
                "Maximum content size limit ({MOST_BYTES}) exceeded ({} bytes read)",
                file.bytes.len()
            ),
        });
    }
    if !audio::looks_like_audio(&file.bytes) {
        return Err(Refusal::invalid("file", "Audio file might be corrupted or unsupported"));
    }
    Ok(())
}

/// The last user's words in a list of messages.
fn last_of_user(messages: &[Value]) -> Option<String> {
    let of_user = |m: &&Value| m.get("role").and_then(Value::as_str) == Some("user");
    match messages.iter().rev().find(of_user)?.get("content")? {
        Value::String(text) => Some(text.clone()),
        Value::Array(pieces) => {
            let words = pieces.iter().filter_map(|p| p.get("text").and_then(Value::as_str));
            Some(words.collect::<Vec<_>>().join("\n"))
        }
        _ => None,
    }
}

fn sha(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, bytes);
    hash.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}
