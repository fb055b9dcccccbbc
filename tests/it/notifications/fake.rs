//! Meta and Twilio on one port, as far as these tests need them: what was asked is kept, answers follow a script.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum Do {
    /// It is refused with an error code of the provider.
    Refuse(u16, i64),
    /// It takes effect and the line breaks before the answer.
    TakeAndBreak,
}

/// A message that took effect.
#[derive(Debug, Clone)]
pub struct Taken {
    pub bearer: String,
    pub number: String,
    pub body: Value,
    pub id: String,
}

#[derive(Default)]
struct State {
    scripts: HashMap<String, VecDeque<Do>>,
    whatsapp: Vec<Taken>,
    sms: Vec<(String, String, String)>,
    asked: HashMap<String, usize>,
}

/// The fake.
#[derive(Clone)]
pub struct Fake {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Fake {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self { url, state: Arc::default() };
        let state = fake.state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, state.clone()));
            }
        });
        fake
    }

    /// What happens to the next WhatsApp messages to a phone, in order; then all are taken.
    pub fn script(&self, phone: &str, script: impl IntoIterator<Item = Do>) {
        let digits = phone.trim_start_matches('+').to_owned();
        self.state.lock().unwrap().scripts.entry(digits).or_default().extend(script);
    }

    /// WhatsApp messages that took effect.
    pub fn whatsapp(&self) -> Vec<Taken> {
        self.state.lock().unwrap().whatsapp.clone()
    }

    /// Those to a phone that are of this template.
    pub fn templates(&self, phone: &str, name: &str) -> Vec<Taken> {
        let digits = phone.trim_start_matches('+');
        let mut all = self.whatsapp();
        all.retain(|t| t.body["to"] == digits && t.body["template"]["name"] == name);
        all
    }

    /// SMS that took effect: to, words, callback.
    pub fn sms(&self, phone: &str) -> Vec<(String, String)> {
        let state = self.state.lock().unwrap();
        state.sms.iter().filter(|s| s.0 == phone).map(|s| (s.1.clone(), s.2.clone())).collect()
    }

    /// Requests to Meta for a phone, with and without effect.
    pub fn asked(&self, phone: &str) -> usize {
        self.state.lock().unwrap().asked.get(phone.trim_start_matches('+')).copied().unwrap_or_default()
    }

    /// Flags that point a server here.
    pub fn flags(&self) -> Vec<String> {
        [
            ("--whatsapp-base-url", self.url.as_str()),
            ("--whatsapp-phone-number-id", "100"),
            ("--whatsapp-token", "own-token"),
            ("--twilio-base-url", &self.url),
            ("--twilio-account-sid", "AC1"),
            ("--twilio-auth-token", "12345"),
            ("--twilio-from", "+5491100009999"),
        ]
        .iter()
        .flat_map(|(a, b)| [(*a).to_owned(), (*b).to_owned()])
        .collect()
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut bytes = Vec::new();
    loop {
        let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else {
            let mut chunk = [0u8; 8192];
            match stream.read(&mut chunk).await {
                Ok(n) if n > 0 => bytes.extend(&chunk[..n]),
                _ => return,
            }
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let value = |name: &str| {
            head.lines().find_map(|l| {
                let (key, value) = l.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            })
        };
        let length: usize = value("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
        while bytes.len() < end + 4 + length {
            let mut chunk = [0u8; 8192];
            match stream.read(&mut chunk).await {
                Ok(n) if n > 0 => bytes.extend(&chunk[..n]),
                _ => return,
            }
        }
        let body = bytes[end + 4..end + 4 + length].to_vec();
        bytes.drain(..end + 4 + length);
        let line = head.lines().next().unwrap().to_owned();
        let bearer = value("authorization").unwrap_or_default();
        let Some((status, answer)) = answer(&line, &bearer, &body, &state) else { return };
        let answer = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}",
            answer.len()
        );
        if stream.write_all(head.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// None breaks the line.
fn answer(line: &str, bearer: &str, body: &[u8], state: &Mutex<State>) -> Option<(u16, Value)> {
    let mut state = state.lock().unwrap();
    let path = line.split(' ').nth(1).unwrap();
    if path.contains("/Messages.json") {
        return Some(twilio(line, body, &mut state));
    }
    let body: Value = serde_json::from_slice(body).unwrap();
    let to = body["to"].clone();
    let script = state.scripts.get_mut(to.as_str().unwrap()).and_then(VecDeque::pop_front);
    *state.asked.entry(to.as_str().unwrap().to_owned()).or_default() += 1;
    if let Some(Do::Refuse(status, code)) = script {
        return Some((status, json!({"error": {"message": "no", "type": "OAuthException", "code": code}})));
    }
    let id = format!("wamid.{}", uuid::Uuid::new_v4());
    let number = path.split('/').nth(2).unwrap().to_owned();
    state.whatsapp.push(Taken { bearer: bearer.to_owned(), number, body, id: id.clone() });
    match script {
        Some(Do::TakeAndBreak) => None,
        _ => Some((
            200,
            json!({"messaging_product": "whatsapp", "contacts": [{"input": to, "wa_id": to}], "messages": [{"id": id}]}),
        )),
    }
}

fn twilio(line: &str, body: &[u8], state: &mut State) -> (u16, Value) {
    if line.starts_with("GET") {
        let all: Vec<_> = state
            .sms
            .iter()
            .map(|s| json!({"sid": "SM", "body": s.1, "direction": "outbound-api"}))
            .collect();
        return (200, json!({"messages": all}));
    }
    let form: Vec<(String, String)> =
        reqwest::Url::parse(&format!("http://x/?{}", String::from_utf8_lossy(body)))
            .unwrap()
            .query_pairs()
            .into_owned()
            .collect();
    let field = |name: &str| form.iter().find(|f| f.0 == name).map(|f| f.1.clone()).unwrap_or_default();
    state.sms.push((field("To"), field("Body"), field("StatusCallback")));
    (201, json!({"sid": format!("SM{}", uuid::Uuid::new_v4().simple()), "status": "queued"}))
}
