//! What one message says: every kind of the Cloud API in one form for the inbox. Pure.
//!
//! A kind that is not known keeps its name and its words as far as any are found; the message as it came is kept
//! beside it (`raw`).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::wire::{list, text, word};

/// What a message says.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// text, image, video, audio, voice, document, sticker, location, contacts, interactive, button, order, system,
    /// call, request_welcome, unsupported, or a kind that came after this was written.
    pub kind: String,
    /// Its words, as they would be read; none where it has none.
    pub text: Option<String>,
    /// What else it has, by kind: what stands in `content` of the API.
    pub content: Map<String, Value>,
    /// What it brings along.
    pub media: Option<Media>,
    /// What it does to another message; then it is none itself.
    pub mark: Option<Mark>,
}

/// Media to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Meta's id.
    pub id: String,
    /// Its type, as the sender's phone says.
    pub mime: String,
    /// SHA-256 of its bytes, base64 or hexadecimal.
    pub sha256: Option<String>,
    /// A document's name.
    pub filename: Option<String>,
}

/// What a message does to another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// That message, by the provider's id.
    pub target: String,
    /// What.
    pub act: Act,
}

/// What may be done to a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// A sign on it; none takes it back.
    Reaction(Option<String>),
    /// Other words.
    Edit(Box<Read>),
    /// It is taken back.
    Revoke,
}

impl Read {
    fn new(kind: &str) -> Self {
        Self { kind: kind.to_owned(), text: None, content: Map::new(), media: None, mark: None }
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.content.insert(key.into(), value);
        }
        self
    }

    fn saying(mut self, text: Option<String>) -> Self {
        self.text = text.filter(|t| !t.trim().is_empty());
        self
    }

    /// Whether it is a sound.
    pub fn is_audio(&self) -> bool {
        matches!(self.kind.as_str(), "audio" | "voice")
    }

    /// Whether somebody says something: it counts as unread, opens the window, may be a request.
    pub fn is_said(&self) -> bool {
        self.mark.is_none() && self.kind != "system"
    }

    /// One line for a list of conversations, in the words of the people there.
    pub fn preview(&self) -> String {
        preview(&self.kind, self.text.as_deref())
    }
}

/// One line for a list of conversations.
pub fn preview(kind: &str, text: Option<&str>) -> String {
    let label = match kind {
        "text" | "button" | "interactive" | "system" | "template" | "event" => "",
        "image" => "📷 Foto",
        "video" => "🎬 Video",
        "audio" => "🎵 Audio",
        "voice" => "🎤 Mensaje de voz",
        "document" => "📄 Documento",
        "sticker" => "Sticker",
        "location" => "📍 Ubicación",
        "contacts" => "👤 Contacto",
        "order" => "🛒 Pedido",
        "call" => "📞 Llamada",
        "request_welcome" => "Abrió el chat",
        _ => "Mensaje no compatible",
    };
    let words = text.map(str::trim).filter(|t| !t.is_empty());
    let line = match (label, words) {
        ("", Some(words)) => words.to_owned(),
        ("", None) => "Respuesta sin contenido".to_owned(),
        (label, Some(words)) => format!("{label}: {words}"),
        (label, None) => label.to_owned(),
    };
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 140 { line } else { line.chars().take(139).chain(['…']).collect() }
}

/// Reads a message. `errors` are those of its whole change: a message that lost its payload is explained by them.
pub fn read(message: &Value, errors: Option<&Value>) -> Read {
    let kind = text(message, "type").map_or_else(|| guess(message), name_of);
    let part = message.get(&kind).unwrap_or(&Value::Null);
    let mut read = match kind.as_str() {
        "text" => Read::new("text").saying(word(part, "body")),
        "image" | "video" | "audio" | "voice" | "document" | "sticker" => media(&kind, part),
        "location" => location(part),
        "contacts" => contacts(list(message, "contacts")),
        "interactive" => interactive(part),
        "button" => Read::new("button")
            .saying(word(part, "text").or_else(|| word(part, "payload")))
            .with("payload", word(part, "payload")),
        "order" => order(part),
        "system" => system(part),
        "reaction" => marking("reaction", part, "message_id", Act::Reaction(word(part, "emoji"))),
        "edit" => {
            let edited = part.get("message").map_or_else(|| Read::new("text"), |m| read(m, None));
            marking("edit", part, "original_message_id", Act::Edit(Box::new(edited)))
        }
        "revoke" => marking("revoke", part, "original_message_id", Act::Revoke),
        "request_welcome" => Read::new("request_welcome"),
        "unsupported" | "unknown" => Read::new("unsupported").with("type", word(part, "type")),
        other => Read::new(other).saying(any_words(part)).with("payload", part.clone()),
    };
    surroundings(&mut read, message, errors);
    read
}

/// A call of a customer.
pub fn call(call: &Value) -> Read {
    Read::new("call")
        .with("event", word(call, "event"))
        .with("status", word(call, "status"))
        .with("duration_s", call.get("duration").cloned().unwrap_or(Value::Null))
}

/// The reply, the advertisement, the group and the errors that stand beside any kind.
fn surroundings(read: &mut Read, message: &Value, errors: Option<&Value>) {
    let mut put = |key: &str, value: Value| {
        if !value.is_null() {
            read.content.insert(key.into(), value);
        }
    };
    if let Some(context) = message.get("context") {
        put("reply_to", word(context, "id").into());
        for key in ["forwarded", "frequently_forwarded"] {
            if context.get(key).and_then(Value::as_bool) == Some(true) {
                put(key, true.into());
            }
        }
        put("referred_product", context.get("referred_product").cloned().unwrap_or_default());
    }
    put("referral", message.get("referral").cloned().unwrap_or_default());
    put("group_id", word(message, "group_id").into());
    let has_nothing = read.text.is_none() && read.media.is_none() && read.mark.is_none();
    let own = message.get("errors").or(errors.filter(|_| has_nothing));
    put("errors", own.cloned().unwrap_or_default());
}

fn media(kind: &str, part: &Value) -> Read {
    let is_voice = part.get("voice").and_then(Value::as_bool) == Some(true);
    let kind = if kind == "audio" && is_voice { "voice" } else { kind };
    let mime = word(part, "mime_type").unwrap_or_else(|| "application/octet-stream".into());
    let (filename, mime_type) = (word(part, "filename"), mime.clone());
    let mut read = Read::new(kind)
        .saying(word(part, "caption"))
        .with("mime", mime)
        .with("filename", filename.clone())
        .with("animated", part.get("animated").and_then(Value::as_bool).filter(|a| *a));
    // A document without words is called by its name.
    if read.text.is_none() && kind == "document" {
        read.text = filename.clone();
    }
    read.media =
        word(part, "id").map(|id| Media { id, mime: mime_type, sha256: word(part, "sha256"), filename });
    read
}

fn location(part: &Value) -> Read {
    let degree = |key: &str, most: f64| {
        let value = part.get(key).and_then(|v| v.as_f64().or_else(|| v.as_str()?.trim().parse().ok()));
        value.filter(|v: &f64| v.is_finite() && v.abs() <= most)
    };
    let place = degree("latitude", 90.0).zip(degree("longitude", 180.0));
    let (name, address) = (word(part, "name"), word(part, "address"));
    let words: Vec<String> = [name.clone(), address.clone()].into_iter().flatten().collect();
    let said = match (words.is_empty(), place) {
        (false, _) => Some(words.join(", ")),
        (true, Some((lat, lon))) => Some(format!("{lat:.6}, {lon:.6}")),
        (true, None) => None,
    };
    Read::new("location")
        .saying(said)
        .with("lat", place.map(|p| p.0))
        .with("lon", place.map(|p| p.1))
        .with("name", name)
        .with("address", address)
        .with("url", word(part, "url"))
}

fn contacts(all: &[Value]) -> Read {
    let read_one = |contact: &Value| {
        let name =
            contact.get("name").and_then(|n| word(n, "formatted_name").or_else(|| word(n, "first_name")));
        let phones: Vec<String> = list(contact, "phones")
            .iter()
            .filter_map(|p| word(p, "phone").or_else(|| word(p, "wa_id")))
            .collect();
        let emails: Vec<String> = list(contact, "emails").iter().filter_map(|e| word(e, "email")).collect();
        (name, phones, emails)
    };
    let read: Vec<_> = all.iter().map(read_one).collect();
    let lines: Vec<String> = read
        .iter()
        .map(|(name, phones, _)| {
            let parts: Vec<&str> =
                name.iter().map(String::as_str).chain(phones.iter().map(String::as_str)).collect();
            parts.join(" ")
        })
        .filter(|line| !line.is_empty())
        .collect();
    let forms: Vec<Value> = read
        .into_iter()
        .map(|(name, phones, emails)| json!({"name": name, "phones": phones, "emails": emails}))
        .collect();
    Read::new("contacts").saying(Some(lines.join(", "))).with("contacts", forms)
}

/// May come with no payload at all: then the errors beside it say why.
fn interactive(part: &Value) -> Read {
    let kind = word(part, "type");
    let reply = kind.as_deref().and_then(|k| part.get(k));
    // A type that is not named is found by what is there.
    let known = ["button_reply", "list_reply", "nfm_reply", "call_permission_reply"];
    let found = known.iter().find_map(|k| Some(((*k).to_owned(), part.get(*k)?)));
    let (kind, reply) = match (kind, reply) {
        (Some(kind), Some(reply)) => (Some(kind), reply),
        (kind, _) => found.map_or((kind, &Value::Null), |(k, r)| (Some(k), r)),
    };
    // A form's answers come as JSON in a text.
    let answers = word(reply, "response_json").and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let said = word(reply, "title")
        .or_else(|| answers.as_ref().and_then(form_lines))
        .or_else(|| word(reply, "body"))
        .or_else(|| word(reply, "response"));
    Read::new("interactive")
        .saying(said)
        .with("type", kind)
        .with("id", word(reply, "id"))
        .with("title", word(reply, "title"))
        .with("description", word(reply, "description"))
        .with("name", word(reply, "name"))
        .with("answers", answers.unwrap_or_default())
}

/// A form's answers, one a line; the token that names the form is none.
fn form_lines(answers: &Value) -> Option<String> {
    let lines: Vec<String> = answers
        .as_object()?
        .iter()
        .filter(|(key, _)| *key != "flow_token")
        .filter_map(|(key, _)| Some(format!("{key}: {}", plain(answers.get(key)?)?)))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn order(part: &Value) -> Read {
    let items: Vec<Value> = list(part, "product_items")
        .iter()
        .map(|item| {
            json!({"product": word(item, "product_retailer_id"), "quantity": word(item, "quantity"),
                   "price": word(item, "item_price"), "currency": word(item, "currency")})
        })
        .collect();
    let lines: Vec<String> = items
        .iter()
        .map(|i| {
            format!(
                "{} x {}",
                word(i, "quantity").unwrap_or_else(|| "1".into()),
                word(i, "product").unwrap_or_default()
            )
        })
        .collect();
    let said = word(part, "text").into_iter().chain([lines.join(", ")]).filter(|t| !t.is_empty());
    Read::new("order")
        .saying(Some(said.collect::<Vec<_>>().join("\n")))
        .with("catalog_id", word(part, "catalog_id"))
        .with("items", items)
}

fn system(part: &Value) -> Read {
    let new = word(part, "wa_id").or_else(|| word(part, "new_wa_id"));
    Read::new("system")
        .saying(word(part, "body"))
        .with("type", word(part, "type"))
        .with("new_wa_id", new)
        .with("user_id", word(part, "user_id"))
        .with("previous_user_id", word(part, "previous_user_id"))
}

fn marking(kind: &str, part: &Value, target: &str, act: Act) -> Read {
    let mut read = Read::new(kind);
    read.mark = word(part, target).map(|target| Mark { target, act });
    read
}

/// Words of a kind that nobody knew.
fn any_words(part: &Value) -> Option<String> {
    ["body", "text", "caption", "title", "name"].iter().find_map(|key| word(part, key))
}

/// A kind's name as it may stand in a column.
fn name_of(kind: &str) -> String {
    let name: String = kind
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .take(40)
        .collect::<String>()
        .to_ascii_lowercase();
    if name.is_empty() { "unsupported".into() } else { name }
}

/// The kind of a message that does not say it.
fn guess(message: &Value) -> String {
    let kinds = [
        "text",
        "image",
        "video",
        "audio",
        "voice",
        "document",
        "sticker",
        "location",
        "contacts",
        "interactive",
        "button",
        "reaction",
        "order",
        "system",
        "edit",
        "revoke",
    ];
    let found = kinds.iter().find(|kind| message.get(**kind).is_some());
    (*found.unwrap_or(&"unsupported")).to_owned()
}
