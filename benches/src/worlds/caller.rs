//! People of a world: who they are, how they sign in, how they ask.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::error::{Outcome, Trouble};
use crate::fakes::Fakes;

/// Far beyond what anything takes here: time decides nothing.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// Headers that say the moment, the request or the length, and nothing about anybody.
const NOT_SAID: [&str; 4] = ["date", "content-length", "x-request-id", "connection"];

/// Somebody signed in.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// Their role, as a report calls them.
    pub role: &'static str,
    /// Their access token.
    pub token: String,
    /// Their refresh token.
    pub refresh: String,
    /// Their id.
    pub user: String,
    /// Their phone.
    pub phone: String,
}

/// What a server said.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The status.
    pub status: u16,
    /// The headers that matter, by name.
    pub headers: Vec<(String, String)>,
    /// The body; text where it is no JSON.
    pub body: Value,
}

impl Heard {
    /// As a transcript keeps it.
    pub fn seen(&self) -> Value {
        let headers: serde_json::Map<String, Value> =
            self.headers.iter().map(|(k, v)| (k.clone(), v.clone().into())).collect();
        json!({"status": self.status, "headers": headers, "body": self.body})
    }

    /// Whether it went well.
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A text field of the body; empty where there is none.
    pub fn text(&self, field: &str) -> String {
        text_of(&self.body, field)
    }
}

/// A text field; empty where there is none.
pub fn text_of(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A body, and how it is sent.
#[derive(Debug, Clone, Default)]
pub enum Body {
    /// None.
    #[default]
    Nothing,
    /// JSON.
    Json(Value),
    /// Bytes with their type.
    Bytes(&'static str, Vec<u8>),
}

/// One address from which requests come.
#[derive(Debug, Clone)]
pub struct Caller {
    http: reqwest::Client,
    base: String,
}

impl Caller {
    /// Calls `base` from an own address of this machine: limits of addresses are this caller's own.
    pub fn new(base: &str, from: Ipv4Addr) -> Outcome<Self> {
        let http = reqwest::Client::builder().local_address(IpAddr::V4(from)).timeout(PATIENCE).build()?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned() })
    }

    /// Asks.
    pub async fn ask(
        &self,
        who: Option<&Person>,
        method: Method,
        path: &str,
        (body, headers): (Body, &[(&str, &str)]),
    ) -> Outcome<Heard> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(who) = who {
            request = request.bearer_auth(&who.token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request = match body {
            Body::Nothing => request,
            Body::Json(value) => request.json(&value),
            Body::Bytes(kind, bytes) => request.header("Content-Type", kind).body(bytes),
        };
        let answer = request.send().await.map_err(|e| Trouble::from(e).while_doing(path))?;
        let status = answer.status().as_u16();
        let mut headers: Vec<(String, String)> = answer
            .headers()
            .iter()
            .filter(|(name, _)| !NOT_SAID.contains(&name.as_str()))
            .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        headers.sort();
        let bytes = answer.bytes().await?;
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| text());
        Ok(Heard { status, headers, body })
    }

    /// GET, for what is not kept.
    pub async fn get(&self, who: &Person, path: &str) -> Outcome<Heard> {
        self.ask(Some(who), Method::GET, path, (Body::Nothing, &[])).await
    }

    /// The first bytes of a stream of server-sent events: its first `state`.
    pub async fn first_state(&self, path: &str) -> Outcome<Heard> {
        let mut answer = self.http.get(format!("{}{path}", self.base)).send().await?;
        let status = answer.status().as_u16();
        let mut text = String::new();
        while status == 200 && !text.contains("\n\n") {
            let Some(part) = answer.chunk().await? else { break };
            text.push_str(&String::from_utf8_lossy(&part));
        }
        let data =
            text.split_once("data: ").and_then(|(_, rest)| rest.split_once("\n\n")).map(|(data, _)| data);
        let body = data.and_then(|d| serde_json::from_str(d).ok()).unwrap_or(Value::Null);
        Ok(Heard { status, headers: Vec::new(), body })
    }

    /// Asks for a code, reads it from the phone, signs in. Both answers are handed back.
    pub async fn sign_in(
        &self,
        fakes: &Fakes,
        phone: &str,
        role: &'static str,
    ) -> Outcome<(Person, [Heard; 2])> {
        let digits = phone.trim_start_matches('+');
        let before = fakes.common.phones.of(digits).len();
        let send = Body::Json(json!({"phone": phone}));
        let sent = self.ask(None, Method::POST, "/api/auth/otp/send", (send, &[])).await?;
        let began = Instant::now();
        let code = loop {
            let bubbles = fakes.common.phones.of(digits);
            if let Some(code) =
                bubbles.get(before..).unwrap_or_default().iter().find_map(|b| code_in(&b.content))
            {
                break code;
            }
            if !sent.is_good() || began.elapsed() > PATIENCE {
                return Err(Trouble::new(format!("no code came to {phone}: {} {}", sent.status, sent.body)));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let entered = json!({"phone": phone, "code": code, "challenge": sent.body.get("challenge")});
        let entered = Body::Json(entered);
        let verified = self.ask(None, Method::POST, "/api/auth/otp/verify", (entered, &[])).await?;
        if !verified.is_good() {
            return Err(Trouble::new(format!(
                "{phone} could not sign in: {} {}",
                verified.status, verified.body
            )));
        }
        let user = verified.body.get("user").map(|u| text_of(u, "id")).unwrap_or_default();
        let person = Person {
            role,
            token: verified.text("access_token"),
            refresh: verified.text("refresh_token"),
            user,
            phone: phone.to_owned(),
        };
        Ok((person, [sent, verified]))
    }
}

/// The six digits of a message.
fn code_in(content: &Value) -> Option<String> {
    let text = content.to_string();
    let mut words = text.split(|c: char| !c.is_ascii_digit());
    words.find(|w| w.len() == 6).map(ToOwned::to_owned)
}
