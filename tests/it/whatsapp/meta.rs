//! A small Meta: takes messages, holds media, signs webhooks as the real one does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::house::{Answer, House};

pub const SECRET: &str = "It's a Secret to Everybody";
pub const VERIFY: &str = "verify-me";

/// What a media id stands for: its bytes, its type, the hash that is told instead of the true one.
type Kept = (Vec<u8>, String, Option<String>);

/// What the fake knows.
#[derive(Clone, Default)]
pub struct Meta {
    pub url: String,
    /// Bodies of `POST /{number}/messages`, in order.
    pub sent: Arc<Mutex<Vec<Value>>>,
    /// Media by id: its bytes and type, and how its address is spelled.
    pub media: Arc<Mutex<HashMap<String, Kept>>>,
    /// Requests without the right token.
    pub strangers: Arc<Mutex<usize>>,
}

impl Meta {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let meta = Self { url: format!("http://{}", listener.local_addr().unwrap()), ..Self::default() };
        let serving = meta.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let meta = serving.clone();
                tokio::spawn(async move { Box::pin(meta.serve(stream)).await });
            }
        });
        meta
    }

    /// A server that talks to this Meta.
    pub async fn house(&self, more: &[&str]) -> House {
        self.house_over(None, more).await
    }

    /// The same over a database that is there already.
    pub async fn house_over(&self, over: Option<campo_engine::db::Options>, more: &[&str]) -> House {
        let mut flags = vec![
            "--whatsapp-base-url",
            &self.url,
            "--whatsapp-app-secret",
            SECRET,
            "--whatsapp-verify-token",
            VERIFY,
        ];
        flags.extend(more);
        match over {
            Some(options) => House::over(options, true, &flags).await,
            None => House::with(true, &flags).await,
        }
    }

    pub fn bring(&self, id: &str, bytes: &[u8], mime: &str, url: Option<&str>) {
        let entry = (bytes.to_vec(), mime.to_owned(), url.map(str::to_owned));
        self.media.lock().unwrap().insert(id.to_owned(), entry);
    }

    pub fn sent_texts(&self) -> Vec<String> {
        let sent = self.sent.lock().unwrap();
        sent.iter().filter_map(|m| m["text"]["body"].as_str().map(str::to_owned)).collect()
    }

    async fn serve(&self, mut stream: TcpStream) {
        let mut read = Vec::new();
        let mut part = [0; 65_536];
        let head = loop {
            let Ok(n @ 1..) = stream.read(&mut part).await else { return };
            read.extend_from_slice(&part[..n]);
            if let Some(end) = read.windows(4).position(|w| w == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = String::from_utf8_lossy(&read[..head]).into_owned();
        let length: usize = text
            .lines()
            .find_map(|l| {
                l.to_ascii_lowercase().strip_prefix("content-length:").map(|v| v.trim().parse().unwrap())
            })
            .unwrap_or(0);
        while read.len() < head + length {
            let Ok(n @ 1..) = stream.read(&mut part).await else { return };
            read.extend_from_slice(&part[..n]);
        }
        let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
        let (status, mime, body) = if text.to_ascii_lowercase().contains("authorization: bearer token-") {
            self.answer(&path, &read[head..])
        } else {
            *self.strangers.lock().unwrap() += 1;
            (401, "application/json".into(), br#"{"error":{"code":190,"message":"token"}}"#.to_vec())
        };
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {mime}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.write_all(&body).await;
    }

    fn answer(&self, path: &str, body: &[u8]) -> (u16, String, Vec<u8>) {
        let good = |value: Value| (200, "application/json".to_owned(), value.to_string().into_bytes());
        let missing =
            (404, "application/json".to_owned(), br#"{"error":{"code":100,"message":"none"}}"#.to_vec());
        if path.ends_with("/messages") {
            let body: Value = serde_json::from_slice(body).unwrap();
            if body["status"] == "read" {
                return good(json!({"success": true}));
            }
            let mut sent = self.sent.lock().unwrap();
            sent.push(body);
            return good(
                json!({"messaging_product": "whatsapp", "messages": [{"id": format!("wamid.out.{}", sent.len())}]}),
            );
        }
        let media = self.media.lock().unwrap();
        let id = path.rsplit('/').next().unwrap_or_default();
        let Some((bytes, mime, url)) = media.get(id) else { return missing };
        if path.starts_with("/bytes/") {
            return (200, mime.clone(), bytes.clone());
        }
        let url = url.clone().unwrap_or_else(|| format!("{}/bytes/{id}", self.url));
        good(json!({"url": url, "mime_type": mime, "file_size": bytes.len(), "id": id}))
    }
}

/// The signature of a body.
pub fn sign(body: &[u8]) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = ring::hmac::sign(&key, body);
    format!("sha256={}", tag.as_ref().iter().map(|b| format!("{b:02x}")).collect::<String>())
}

/// Sends a body as Meta would.
pub async fn post_raw(house: &House, body: Vec<u8>, signature: Option<&str>) -> Answer {
    let mut request = house.request(reqwest::Method::POST, None, "/api/webhooks/whatsapp");
    if let Some(signature) = signature {
        request = request.header("X-Hub-Signature-256", signature);
    }
    house.send(request.header("content-type", "application/json").body(body)).await
}

/// Sends a webhook, signed.
pub async fn post(house: &House, value: &Value) {
    let body = value.to_string().into_bytes();
    let signature = sign(&body);
    let answer = post_raw(house, body, Some(&signature)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// A webhook for a number, with these messages of one sender.
pub fn messages(number: &str, wa_id: &str, name: &str, messages: Vec<Value>) -> Value {
    let value = json!({
        "messaging_product": "whatsapp", "metadata": {"display_phone_number": "5491150000000", "phone_number_id": number},
        "contacts": [{"profile": {"name": name}, "wa_id": wa_id}], "messages": messages,
    });
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]})
}

/// A message of a kind, sent now.
pub fn message(wa_id: &str, id: &str, kind: &str, part: Value) -> Value {
    let at = chrono::Utc::now().timestamp().to_string();
    json!({"from": wa_id, "id": id, "timestamp": at, "type": kind, kind: part})
}

/// A text, sent now.
pub fn text(wa_id: &str, id: &str, words: &str) -> Value {
    message(wa_id, id, "text", json!({"body": words}))
}

/// Statuses of messages of ours.
pub fn statuses(number: &str, statuses: Vec<Value>) -> Value {
    let value = json!({"messaging_product": "whatsapp", "metadata": {"phone_number_id": number}, "statuses": statuses});
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]})
}
