//! OpenAI, played: reads multipart as the real one does, checks strict schemas, answers what a test scripts.
#![allow(clippy::large_futures, reason = "a fake's buffers live on the stack of its one task")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// As `/v1/chat/completions`.
    pub path: String,
    /// `Authorization`.
    pub authorization: String,
    /// The JSON body; null for multipart.
    pub json: Value,
    /// Parts of a form: name, file name, content.
    pub parts: Vec<Part>,
}

/// A part of a form.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its file name.
    pub file: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Asked {
    /// A text field of a form.
    pub fn field(&self, name: &str) -> Option<String> {
        let part = self.parts.iter().find(|p| p.name == name)?;
        Some(String::from_utf8_lossy(&part.bytes).into_owned())
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A status, more headers, a body.
    Says(u16, Vec<(&'static str, String)>, Value),
    /// The connection is cut after half of the answer.
    Truncated(Value),
    /// The connection is closed without an answer.
    Reset,
}

#[derive(Default)]
struct Script {
    heard: VecDeque<Reply>,
    forms: VecDeque<Reply>,
    ledger: Vec<Asked>,
}

/// The fake; ends with the test.
pub struct Fake {
    /// Its base address, without `/v1`.
    pub url: String,
    script: Arc<Mutex<Script>>,
}

impl Fake {
    /// Listens on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::<Mutex<Script>>::default();
        let shared = Arc::clone(&script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { url, script }
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// The next recording is heard as these words, each token with this logarithm of its probability.
    pub fn hear(&self, text: &str, logprob: f64) {
        let logprobs: Vec<Value> =
            text.split(' ').map(|w| json!({"token": w, "logprob": logprob, "bytes": w.as_bytes()})).collect();
        let usage = json!({"type": "tokens", "input_tokens": 9, "output_tokens": 9, "total_tokens": 18});
        self.hear_reply(Reply::Says(
            200,
            vec![],
            json!({"text": text, "logprobs": logprobs, "usage": usage}),
        ));
    }

    /// The next recording is answered so.
    pub fn hear_reply(&self, reply: Reply) {
        self.script().heard.push_back(reply);
    }

    /// The next form is filled in so.
    pub fn fill(&self, form: &Value) {
        self.fill_reply(completion(
            json!({"role": "assistant", "content": form.to_string(), "refusal": null}),
            "stop",
        ));
    }

    /// The next form is answered so.
    pub fn fill_reply(&self, reply: Reply) {
        self.script().forms.push_back(reply);
    }

    /// What was asked on this path.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.script().ledger.iter().filter(|a| a.path.ends_with(path)).cloned().collect()
    }
}

/// A completion with one choice.
pub fn completion(message: Value, finish_reason: &str) -> Reply {
    Reply::Says(
        200,
        vec![],
        json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o",
            "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}),
    )
}

/// A refusal in its words.
pub fn problem(status: u16, code: &str) -> Reply {
    Reply::Says(
        status,
        vec![],
        json!({"error": {"message": code, "type": code, "param": null, "code": code}}),
    )
}

/// A form: fields that are not named were not said.
pub fn form(said: &[(&str, &str, f64)]) -> Value {
    let all = [
        "customerName",
        "phone",
        "address",
        "neighborhood",
        "city",
        "province",
        "problemDescription",
        "title",
        "serviceType",
        "urgency",
        "preferredDate",
        "preferredTime",
        "applianceBrand",
        "applianceModel",
    ];
    let field = |name: &str| match said.iter().find(|(n, _, _)| *n == name) {
        Some((_, value, confidence)) => json!({"value": value, "confidence": confidence}),
        None => json!({"value": null, "confidence": 0}),
    };
    all.iter().map(|name| ((*name).to_owned(), field(name))).collect::<serde_json::Map<_, _>>().into()
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    while let Some(asked) = read(&mut stream).await {
        let reply = answer(&mut script.lock().unwrap(), asked);
        match reply {
            Reply::Says(status, headers, body) => {
                if stream.write_all(&whole(status, &headers, &body)).await.is_err() {
                    return;
                }
            }
            Reply::Truncated(body) => {
                let bytes = whole(200, &[], &body);
                let _ = stream.write_all(&bytes[..bytes.len() - 20]).await;
                return;
            }
            Reply::Reset => return,
        }
    }
}

fn answer(script: &mut Script, asked: Asked) -> Reply {
    let refused = check(&asked);
    let is_form = asked.path.ends_with("/chat/completions");
    script.ledger.push(asked);
    if let Some(refused) = refused {
        return refused;
    }
    let next = if is_form { script.forms.pop_front() } else { script.heard.pop_front() };
    next.unwrap_or_else(|| problem(400, "nothing_scripted"))
}

/// What the real one refuses.
fn check(asked: &Asked) -> Option<Reply> {
    if asked.authorization != "Bearer sk-test" {
        return Some(problem(401, "invalid_api_key"));
    }
    match asked.path.as_str() {
        "/v1/audio/transcriptions" => {
            let file = asked.parts.iter().find(|p| p.name == "file");
            let is_named = file.and_then(|f| f.file.as_deref()).is_some_and(|n| n.ends_with(".ogg"));
            let is_ogg = file.is_some_and(|f| f.bytes.starts_with(b"OggS"));
            let format = asked.field("response_format");
            // Logarithms are for `json` alone.
            let fits = asked.field("include[]").is_none() || format.as_deref() == Some("json");
            (!is_named || !is_ogg || !fits || asked.field("model").is_none())
                .then(|| problem(400, "invalid_value"))
        }
        "/v1/chat/completions" => {
            let format = &asked.json["response_format"]["json_schema"];
            let is_strict = format["strict"] == true && strict(&format["schema"]);
            (!is_strict).then(|| problem(400, "invalid_json_schema"))
        }
        _ => Some(problem(404, "unknown_url")),
    }
}

/// Every object of the schema names all its properties as required and allows none besides.
fn strict(schema: &Value) -> bool {
    let Some(properties) = schema["properties"].as_object() else { return true };
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    schema["additionalProperties"] == false
        && properties.keys().all(|k| required.contains(&json!(k)))
        && properties.values().all(strict)
}

fn whole(status: u16, headers: &[(&str, String)], body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let mut head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{head}\r\n{body}").into_bytes()
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = find(&bytes, b"\r\n\r\n") {
            break at;
        }
        fill(stream, &mut bytes).await?;
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let header = |name: &str| {
        head.lines().find_map(|l| {
            let (n, v) = l.split_once(':')?;
            n.eq_ignore_ascii_case(name).then(|| v.trim().to_owned())
        })
    };
    let mut body = bytes.split_off(end + 4);
    let content_type = header("content-type").unwrap_or_default();
    match header("content-length") {
        Some(length) => {
            let length: usize = length.parse().ok()?;
            while body.len() < length {
                fill(stream, &mut body).await?;
            }
        }
        None => body = chunked(stream, body).await?,
    }
    let boundary = content_type.split_once("boundary=").map(|(_, b)| b.trim_matches('"').to_owned());
    Some(Asked {
        path: head.split(' ').nth(1)?.to_owned(),
        authorization: header("authorization").unwrap_or_default(),
        json: serde_json::from_slice(&body).unwrap_or_default(),
        parts: boundary.map(|b| parts(&body, &b)).unwrap_or_default(),
    })
}

async fn chunked(stream: &mut TcpStream, mut raw: Vec<u8>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = loop {
            if let Some(at) = find(&raw, b"\r\n") {
                break at;
            }
            fill(stream, &mut raw).await?;
        };
        let size = usize::from_str_radix(std::str::from_utf8(&raw[..line]).ok()?.trim(), 16).ok()?;
        while raw.len() < line + 2 + size + 2 {
            fill(stream, &mut raw).await?;
        }
        body.extend_from_slice(&raw[line + 2..line + 2 + size]);
        raw.drain(..line + 2 + size + 2);
        if size == 0 {
            return Some(body);
        }
    }
}

async fn fill(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let mut more = [0; 16 << 10];
    let n = stream.read(&mut more).await.ok().filter(|n| *n > 0)?;
    bytes.extend_from_slice(&more[..n]);
    Some(())
}

/// RFC 7578.
fn parts(body: &[u8], boundary: &str) -> Vec<Part> {
    let mark = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut rest = body;
    while let Some(at) = find(rest, mark.as_bytes()) {
        rest = &rest[at + mark.len()..];
        if rest.starts_with(b"--") {
            break;
        }
        let (Some(head_end), Some(end)) =
            (find(rest, b"\r\n\r\n"), find(rest, format!("\r\n{mark}").as_bytes()))
        else {
            break;
        };
        let head = String::from_utf8_lossy(&rest[..head_end]).into_owned();
        let value = |key: &str| {
            let (_, after) = head.split_once(&format!("{key}=\""))?;
            after.split('"').next().map(str::to_owned)
        };
        let bytes = rest[head_end + 4..end].to_vec();
        // `filename="` ends in `name="` too: the first one is the name.
        parts.push(Part { name: value("; name").unwrap_or_default(), file: value("filename"), bytes });
        rest = &rest[end..];
    }
    parts
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}
