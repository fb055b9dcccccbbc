//! The fakes by HTTP: faults, ledger, clock, what customers do; and the page of their phones.

use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::BufReader;

use super::House;
use super::door::{Port, accept};
use super::fault::Fault;
use super::meta::{Hooks, Number, Said, Template};
use super::notes::NOTES;
use super::openai::spoken_note;
use super::smtp::Answer;
use super::wire::{self, Reply, Request};
use crate::error::Outcome;

/// The phones' page; nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' blob: data:; media-src 'self' blob:; frame-ancestors 'self'; base-uri 'none'; \
                      form-action 'none'";

/// The control.
pub struct Control {
    house: Arc<House>,
    url: String,
}

/// Why nothing was done: status and words.
type Refusal = (u16, String);

#[derive(Deserialize)]
struct Scripted {
    service: String,
    #[serde(flatten)]
    fault: Fault,
}

/// What a customer sends; exactly one of the optional fields.
#[derive(Deserialize)]
struct Says {
    phone: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    business: Option<String>,
    #[serde(default)]
    context: Option<String>,
    #[serde(flatten)]
    what: What,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Text(String),
    Quick {
        payload: String,
        text: String,
    },
    Button {
        id: String,
        title: String,
    },
    Row {
        id: String,
        title: String,
    },
    Location {
        lat: f64,
        lon: f64,
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        address: Option<String>,
    },
    /// `base64` are the bytes; `words` what a recording says, for the transcriber.
    Media {
        kind: String,
        mime: String,
        base64: String,
        #[serde(default)]
        caption: Option<String>,
        #[serde(default)]
        words: Option<String>,
    },
    /// A prepared note.
    Note(usize),
    /// A note with these words.
    Voice {
        words: String,
        #[serde(default)]
        seconds: Option<u32>,
    },
    /// `{}`
    Unsupported {},
    Raw(Value),
}

impl Control {
    /// Begins to serve; returns its address.
    ///
    /// # Errors
    /// Where the port is taken.
    pub fn open(house: Arc<House>, listen: SocketAddr) -> Outcome<String> {
        let port = Arc::new(Port::take(listen.ip(), listen.port())?);
        let url = format!("http://{}", port.address());
        let this = Arc::new(Self { house, url: url.clone() });
        let closed = tokio::sync::watch::channel(None).0;
        accept(port, &closed, move |stream| {
            let this = this.clone();
            async move {
                let mut stream = BufReader::new(stream);
                while let Ok(Some(request)) = wire::read(&mut stream, "http").await {
                    let reply = this
                        .routed(&request)
                        .unwrap_or_else(|(status, why)| Reply::json(status, &json!({"error": why})));
                    let bytes = [reply.head().as_bytes(), &reply.body].concat();
                    if tokio::io::AsyncWriteExt::write_all(stream.get_mut(), &bytes).await.is_err() {
                        return;
                    }
                }
            }
        })?;
        Ok(url)
    }

    fn routed(&self, request: &Request) -> Result<Reply, Refusal> {
        // Another site's page must not play with the phones.
        if request.header("origin").is_some_and(|o| o != request.origin) {
            return Err((403, "another site".into()));
        }
        let parts = request.parts();
        match request.method.as_str() {
            "GET" => self.get(request, &parts),
            "POST" => self.post(request, &parts),
            "DELETE" => self.delete(&parts),
            _ => Err((405, "GET, POST or DELETE".into())),
        }
    }

    fn get(&self, request: &Request, parts: &[&str]) -> Result<Reply, Refusal> {
        let number = |name: &str| request.asked(name).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        let house = &self.house;
        let body = match parts {
            [] => house.addresses(&self.url),
            ["ledger"] => {
                json!(house.common.ledger.entries(request.asked("service"), number("from") as usize))
            }
            ["sums"] => {
                json!({"services": house.common.ledger.sums(), "webhooks": house.common.post.posted()})
            }
            ["faults"] => house
                .doors
                .iter()
                .map(|(n, d)| ((*n).to_owned(), json!(d.script.left())))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            ["hooks"] => json!(house.meta.hooks_now()),
            ["numbers"] => json!(house.meta.numbers()),
            ["letters"] => json!(house.smtp.letters()),
            ["ca.pem"] => return Ok(Reply::bytes(200, "application/x-pem-file", house.ca.clone())),
            ["phones"] => return Ok(page(include_str!("page/phones.html"), "text/html; charset=utf-8")),
            ["phones", "phones.js"] => {
                return Ok(page(include_str!("page/phones.js"), "text/javascript; charset=utf-8"));
            }
            ["phones", "phones.css"] => {
                return Ok(page(include_str!("page/phones.css"), "text/css; charset=utf-8"));
            }
            ["phones", "news"] => {
                let (bubbles, change) = house.common.phones.since(number("after"));
                json!({"bubbles": bubbles, "change": change, "now_ms": house.common.now_ms()})
            }
            ["phones", "notes"] => NOTES
                .iter()
                .map(|n| json!({"title": n.title, "words": n.words, "seconds": n.seconds}))
                .collect(),
            ["phones", "media", id] => {
                let file = house.meta.file(id).ok_or_else(|| (404, "no such file".to_owned()))?;
                return Ok(Reply::bytes(200, &file.0, file.1).with("Cache-Control", "max-age=3600"));
            }
            _ => return Err((404, "nothing is here".into())),
        };
        Ok(Reply::json(200, &body).with("Cache-Control", "no-store"))
    }

    fn post(&self, request: &Request, parts: &[&str]) -> Result<Reply, Refusal> {
        let house = &self.house;
        let text = |key: &str| -> Option<String> { Some(request.json()?.get(key)?.as_str()?.to_owned()) };
        let needed = |key: &str| text(key).ok_or_else(|| (400, format!("{key} is missing")));
        match parts {
            ["faults"] => {
                let scripted: Scripted = read(request)?;
                house.fault(&scripted.service, scripted.fault).map_err(|e| (404, e.to_string()))?;
            }
            ["clock"] => {
                let seconds = request.json().and_then(|b| b.get("advance_s")?.as_i64());
                house.common.advance(seconds.ok_or_else(|| (400, "advance_s is missing".to_owned()))?);
            }
            ["hooks"] => house.meta.hooks(read::<Hooks>(request)?),
            ["numbers"] => house.meta.number(read::<Number>(request)?),
            ["templates"] => {
                let body: Value = read(request)?;
                house.meta.template(Template::handed_in(&body).map_err(|e| (400, e.details))?);
            }
            ["say"] => {
                let says: Says = read(request)?;
                let id = self.says(says)?;
                return Ok(Reply::json(200, &json!({"id": id})));
            }
            ["look"] => house.meta.looked_at(needed("phone")?.trim_start_matches('+')),
            ["unreachable"] => house.meta.unreachable(&needed("phone")?, true),
            ["twilio", "stopped"] => house.twilio.stopped(&needed("phone")?),
            ["twilio", "landline"] => house.twilio.landline(&needed("phone")?),
            ["twilio", "failing"] => house.twilio.failing(&needed("phone")?, 30_003),
            ["subscriptions"] => {
                let shown = house.push.subscribe(&house.url("web_push"), text("server_key").as_deref());
                return Ok(Reply::json(201, &shown.ok_or_else(|| (500, "no key could be made".to_owned()))?));
            }
            ["subscriptions", "end"] => house.push.unsubscribe(&needed("endpoint")?),
            ["script"] => {
                let bytes =
                    STANDARD.decode(needed("base64")?).map_err(|_| (400, "base64 is none".to_owned()))?;
                house.openai.script(&bytes, &needed("words")?);
            }
            ["answers"] => {
                let answer = request.json().and_then(|b| b.get("answer").cloned());
                house.openai.answer_with(&needed("words")?, answer.unwrap_or_default());
            }
            ["smtp"] => house.smtp.answer(read::<Answer>(request)?),
            _ => return Err((404, "nothing is here".into())),
        }
        Ok(Reply::json(200, &json!({"ok": true})))
    }

    fn delete(&self, parts: &[&str]) -> Result<Reply, Refusal> {
        match parts {
            ["faults"] => self.house.mend(),
            ["ledger"] => self.house.common.ledger.clear(),
            _ => return Err((404, "nothing is here".into())),
        }
        Ok(Reply::json(200, &json!({"ok": true})))
    }

    fn says(&self, says: Says) -> Result<String, Refusal> {
        let voice = |words: &str, seconds: u32| Said::Media {
            kind: "audio".into(),
            mime: "audio/ogg; codecs=opus".into(),
            bytes: spoken_note(words, seconds).into(),
            caption: None,
        };
        let said = match says.what {
            What::Text(words) => Said::Text(words),
            What::Quick { payload, text } => Said::Quick { payload, text },
            What::Button { id, title } => Said::Button { id, title },
            What::Row { id, title } => Said::Row { id, title },
            What::Location { lat, lon, name, address } => Said::Location { lat, lon, name, address },
            What::Media { kind, mime, base64, caption, words } => {
                let bytes = STANDARD.decode(base64).map_err(|_| (400, "base64 is none".to_owned()))?;
                if let Some(words) = words {
                    self.house.openai.script(&bytes, &words);
                }
                Said::Media { kind, mime, bytes: bytes.into(), caption }
            }
            What::Note(index) => {
                let note = NOTES.get(index).ok_or_else(|| (404, "no such note".to_owned()))?;
                voice(note.words, note.seconds)
            }
            What::Voice { words, seconds } => voice(&words, seconds.unwrap_or(5).min(600)),
            What::Unsupported {} => Said::Unsupported,
            What::Raw(message) => Said::Raw(message),
        };
        let name = says.name.unwrap_or_else(|| "Cliente".into());
        let id = self.house.meta.customer_says(
            &says.phone,
            &name,
            says.business.as_deref(),
            said,
            says.context.as_deref(),
        );
        id.ok_or_else(|| (404, "no such business number".into()))
    }
}

fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    serde_json::from_slice(&request.body).map_err(|e| (400, e.to_string()))
}

fn page(text: &'static str, mime: &str) -> Reply {
    Reply::bytes(200, mime, text)
        .with("Content-Security-Policy", POLICY)
        .with("Cache-Control", "no-store")
        .with("Referrer-Policy", "no-referrer")
        .with("X-Content-Type-Options", "nosniff")
}
