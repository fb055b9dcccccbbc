//! What a webhook says, read so that no unknown field, kind or shape loses the rest. Pure.
//!
//! Entries x changes x messages, statuses, calls, echoes, preferences. Everything may be missing: since 2026 a sender
//! may have a user id (`US.1349..`) and no number.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::content::{self, Read};
use crate::auth::keys::{hex, sha256};

/// One thing that a webhook says.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The number of ours that it is about, by Meta's id.
    pub number_id: Option<String>,
    /// What it is.
    pub what: What,
}

/// The things that a webhook may say.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Somebody wrote, called, reacted ..
    Message(Box<Inbound>),
    /// What the business wrote from its own phone.
    Echo(Box<Inbound>),
    /// What became of a message of ours.
    Status(Status),
    /// Somebody wants no promotions any more, or wants them again.
    Preference(Preference),
    /// Anything else: counted by the field's name.
    Other(String),
}

/// Somebody's message.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbound {
    /// The provider's id; made of its content where there is none.
    pub id: String,
    /// When it was sent; none where it does not say.
    pub at: Option<DateTime<Utc>>,
    /// The customer's number as Meta spells it, verbatim.
    pub wa_id: Option<String>,
    /// Their business-scoped user id.
    pub user_id: Option<String>,
    /// What they call themselves.
    pub name: Option<String>,
    /// Their handle.
    pub username: Option<String>,
    /// What it says.
    pub read: Read,
    /// As it came.
    pub raw: Value,
}

/// What became of a message of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The provider's id of the message.
    pub id: String,
    /// sent, delivered, read, played, failed ..
    pub status: String,
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// Whom it went to.
    pub recipient: Option<String>,
    /// What we gave with the message: its id here.
    pub callback: Option<String>,
    /// The first error's code and words.
    pub error: Option<(String, String)>,
}

/// A wish about promotions.
#[derive(Debug, Clone, PartialEq)]
pub struct Preference {
    /// Whose.
    pub wa_id: String,
    /// Whether they want none.
    pub is_stop: bool,
}

/// Reads a webhook's body.
///
/// # Errors
/// What serde says where it is no JSON.
pub fn read(body: &[u8]) -> Result<Vec<Item>, serde_json::Error> {
    let mut body: Value = serde_json::from_slice(body)?;
    clean(&mut body);
    let mut items = Vec::new();
    match body.get("entry").and_then(Value::as_array) {
        Some(entries) => entries.iter().for_each(|entry| of_entry(entry, &mut items)),
        // The panel's test button sends a change without its entry.
        None if body.get("value").is_some() => of_change(&body, &mut items),
        None if body.get("messages").is_some() || body.get("statuses").is_some() => {
            of_value("messages", &body, &mut items);
        }
        None => items.push(Item { number_id: None, what: What::Other("unknown".into()) }),
    }
    Ok(items)
}

fn of_entry(entry: &Value, items: &mut Vec<Item>) {
    for change in list(entry, "changes") {
        of_change(change, items);
    }
}

fn of_change(change: &Value, items: &mut Vec<Item>) {
    let field = text(change, "field").unwrap_or("messages");
    if let Some(value) = change.get("value") {
        of_value(field, value, items);
    }
}

fn of_value(field: &str, value: &Value, items: &mut Vec<Item>) {
    let number_id = value.get("metadata").and_then(|m| word(m, "phone_number_id"));
    let before = items.len();
    let mut say = |what| items.push(Item { number_id: number_id.clone(), what });
    let (contacts, errors) = (list(value, "contacts"), value.get("errors"));
    for message in list(value, "messages").iter().filter(|m| m.is_object()) {
        say(What::Message(Box::new(inbound(message, contacts, errors, "from"))));
    }
    for call in list(value, "calls") {
        if text(call, "direction") != Some("BUSINESS_INITIATED") {
            say(What::Message(Box::new(call_of(call, contacts))));
        }
    }
    for echo in list(value, "message_echoes") {
        say(What::Echo(Box::new(inbound(echo, contacts, None, "to"))));
    }
    for status in list(value, "statuses") {
        // A call's status is no message's.
        if text(status, "type") != Some("call")
            && let Some(status) = status_of(status)
        {
            say(What::Status(status));
        }
    }
    for wish in list(value, "user_preferences") {
        if let Some(wa_id) = word(wish, "wa_id") {
            let is_stop = text(wish, "value").is_some_and(|v| v.eq_ignore_ascii_case("stop"));
            say(What::Preference(Preference { wa_id, is_stop }));
        }
    }
    if items.len() == before {
        items.push(Item { number_id, what: What::Other(field.chars().take(60).collect()) });
    }
}

fn inbound(message: &Value, contacts: &[Value], errors: Option<&Value>, side: &str) -> Inbound {
    let (number, user) = if side == "to" { ("to", "to_user_id") } else { ("from", "from_user_id") };
    let (wa_id, user_id) = (word(message, number), word(message, user));
    let contact = contact_of(contacts, wa_id.as_deref(), user_id.as_deref());
    let of_contact = |key: &str| contact.and_then(|c| word(c, key));
    let profile = contact.and_then(|c| c.get("profile"));
    Inbound {
        id: id_of(message),
        at: word(message, "timestamp").and_then(|t| moment(&t)),
        wa_id: wa_id.or_else(|| of_contact("wa_id")),
        user_id: user_id.or_else(|| of_contact("user_id")),
        name: profile.and_then(|p| word(p, "name")),
        username: profile.and_then(|p| word(p, "username")).or_else(|| of_contact("username")),
        read: content::read(message, errors),
        raw: message.clone(),
    }
}

/// A call opens the window like a message, and somebody should call back.
fn call_of(call: &Value, contacts: &[Value]) -> Inbound {
    let mut inbound = inbound(call, contacts, None, "from");
    inbound.read = content::call(call);
    inbound
}

fn status_of(status: &Value) -> Option<Status> {
    let error = list(status, "errors").first().map(|error| {
        let details = error.get("error_data").and_then(|d| word(d, "details"));
        let said = details.or_else(|| word(error, "message")).or_else(|| word(error, "title"));
        (word(error, "code").unwrap_or_default(), said.unwrap_or_default())
    });
    Some(Status {
        id: word(status, "id")?,
        status: text(status, "status")?.to_ascii_lowercase(),
        at: word(status, "timestamp").and_then(|t| moment(&t)),
        recipient: word(status, "recipient_id").or_else(|| word(status, "recipient_user_id")),
        callback: word(status, "biz_opaque_callback_data"),
        error,
    })
}

/// The contact that the message names, else the only one there is.
fn contact_of<'a>(contacts: &'a [Value], wa_id: Option<&str>, user_id: Option<&str>) -> Option<&'a Value> {
    let is = |contact: &&Value, key: &str, wanted: Option<&str>| {
        wanted.is_some_and(|wanted| word(contact, key).as_deref() == Some(wanted))
    };
    contacts.iter().find(|c| is(c, "wa_id", wa_id) || is(c, "user_id", user_id)).or(match contacts {
        [one] => Some(one),
        _ => None,
    })
}

fn id_of(message: &Value) -> String {
    let given = word(message, "id").filter(|id| !id.trim().is_empty() && id.len() <= 500);
    given.unwrap_or_else(|| format!("sha256:{}", hex(&sha256(message.to_string().as_bytes()))))
}

/// Seconds, or milliseconds, since 1970, as text or number.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let number: i64 = text.trim().parse().ok()?;
    if number.abs() > 100_000_000_000 {
        DateTime::from_timestamp_millis(number)
    } else {
        DateTime::from_timestamp(number, 0)
    }
}

/// An array's entries; a lone object counts as one.
pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    match value.get(key) {
        Some(Value::Array(all)) => all,
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => &[],
    }
}

pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// A text or a number as text; an empty one is none.
pub(super) fn word(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// PostgreSQL stores no NUL, in text or JSON: one of them must not hold a whole batch back.
fn clean(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', ""),
        Value::Array(all) => all.iter_mut().for_each(clean),
        Value::Object(map) => {
            if map.keys().any(|k| k.contains('\0')) {
                let old = std::mem::take(map);
                *map = old.into_iter().map(|(k, v)| (k.replace('\0', ""), v)).collect::<Map<_, _>>();
            }
            map.values_mut().for_each(clean);
        }
        _ => {}
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
