//! What the Cloud API accepts as a message. Pure: a body in, what it asks for or why not out.

use serde_json::{Map, Value};

use super::error::GraphError;

/// A request that is well formed.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// A message.
    Message {
        /// Digits alone.
        to: String,
        /// `text`, `template` ..
        kind: String,
        /// The object of that name.
        content: Value,
        /// The message that is answered.
        context: Option<String>,
        /// `biz_opaque_callback_data`.
        callback_data: Option<String>,
    },
    /// A received message is marked as read.
    Read {
        /// Its id.
        message_id: String,
        /// Whether the other side sees that somebody types.
        typing: bool,
    },
}

type Checked<T = ()> = Result<T, GraphError>;

/// Checks the body of `POST /{phone_number_id}/messages`.
///
/// # Errors
/// As the Cloud API refuses it: 100, 131008, 131009, 131051.
pub fn asked(body: &Value) -> Checked<Asked> {
    let Some(object) = body.as_object() else {
        return Err(GraphError::new(100, "the body is not a JSON object"));
    };
    if text(object, "messaging_product")? != "whatsapp" {
        return Err(GraphError::new(100, "messaging_product must be whatsapp"));
    }
    if object.contains_key("status") {
        return read(object);
    }
    let kind = optional(object, "type")?.unwrap_or("text").to_owned();
    if !["individual", "group"].contains(&optional(object, "recipient_type")?.unwrap_or("individual")) {
        return Err(invalid("recipient_type", "is neither individual nor group"));
    }
    let to = number(text(object, "to")?)?;
    let callback_data = optional(object, "biz_opaque_callback_data")?.map(ToOwned::to_owned);
    if callback_data.as_ref().is_some_and(|d| d.chars().count() > 512) {
        return Err(invalid("biz_opaque_callback_data", "is longer than 512 characters"));
    }
    let context = match object.get("context") {
        None => None,
        Some(context) => Some(text(as_object(context, "context")?, "message_id")?.to_owned()),
    };
    known_fields(object, &kind)?;
    let Some(content) = object.get(&kind) else {
        let known = CONTENTS.contains(&kind.as_str());
        return Err(if known { missing(&kind) } else { unsupported(&kind) });
    };
    let inner = as_object(content, &kind)?;
    match kind.as_str() {
        "text" => length(text(inner, "body")?, "text.body", 4096)?,
        "template" => template(inner)?,
        "interactive" => interactive(inner)?,
        "image" | "video" | "audio" | "document" | "sticker" => media(inner, &kind)?,
        "location" => location(inner)?,
        "reaction" => {
            text(inner, "message_id")?;
            optional(inner, "emoji")?.ok_or_else(|| missing("reaction.emoji"))?;
        }
        "contacts" => {}
        _ => return Err(unsupported(&kind)),
    }
    Ok(Asked::Message { to, kind, content: content.clone(), context, callback_data })
}

const CONTENTS: [&str; 11] = [
    "text",
    "template",
    "interactive",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "reaction",
    "contacts",
];

fn known_fields(object: &Map<String, Value>, kind: &str) -> Checked {
    let known = ["messaging_product", "recipient_type", "to", "type", "context", "biz_opaque_callback_data"];
    match object.keys().find(|k| !known.contains(&k.as_str()) && k.as_str() != kind) {
        Some(other) => Err(GraphError::new(100, format!("Unexpected key \"{other}\" on param \"$\""))),
        None => Ok(()),
    }
}

fn read(object: &Map<String, Value>) -> Checked<Asked> {
    if text(object, "status")? != "read" {
        return Err(invalid("status", "must be read"));
    }
    let message_id = text(object, "message_id")?.to_owned();
    let typing = match object.get("typing_indicator") {
        None => false,
        Some(t) if text(as_object(t, "typing_indicator")?, "type")? == "text" => true,
        Some(_) => return Err(invalid("typing_indicator.type", "must be text")),
    };
    Ok(Asked::Read { message_id, typing })
}

fn template(inner: &Map<String, Value>) -> Checked {
    text(inner, "name")?;
    let language = inner.get("language").ok_or_else(|| missing("template.language"))?;
    text(as_object(language, "template.language")?, "code")?;
    for component in array(inner, "components")?.unwrap_or(&Vec::new()) {
        let component = as_object(component, "template.components")?;
        let kind = text(component, "type")?.to_ascii_lowercase();
        if !["header", "body", "button"].contains(&kind.as_str()) {
            return Err(invalid("template.components.type", "is none of header, body, button"));
        }
        if kind == "button" {
            button(component)?;
        }
        for parameter in array(component, "parameters")?.unwrap_or(&Vec::new()) {
            let parameter = as_object(parameter, "parameters")?;
            let kind = text(parameter, "type")?;
            if !PARAMETERS.contains(&kind) {
                return Err(invalid("parameters.type", "is not known"));
            }
            if kind == "text" {
                plain(text(parameter, "text")?)?;
            }
        }
    }
    Ok(())
}

const PARAMETERS: [&str; 9] =
    ["text", "currency", "date_time", "image", "document", "video", "location", "payload", "action"];

/// A parameter's text: Meta refuses line breaks, tabs and long runs of spaces.
fn plain(value: &str) -> Checked {
    if value.contains(['\n', '\r', '\t']) || value.contains("     ") {
        let details = "Param text cannot have new-line/tab characters or more than 4 consecutive spaces";
        return Err(GraphError::new(100, details));
    }
    length(value, "parameters.text", 1024)
}

fn button(component: &Map<String, Value>) -> Checked {
    let kind = text(component, "sub_type")?;
    if !["url", "quick_reply", "copy_code", "flow", "voice_call"].contains(&kind) {
        return Err(invalid("template.components.sub_type", "is not known"));
    }
    let index = match component.get("index") {
        Some(Value::String(index)) => index.parse::<u8>().ok(),
        Some(Value::Number(index)) => index.as_u64().and_then(|i| u8::try_from(i).ok()),
        _ => return Err(missing("template.components.index")),
    };
    match index {
        Some(0..=9) => Ok(()),
        _ => Err(invalid("template.components.index", "is not 0 to 9")),
    }
}

fn interactive(inner: &Map<String, Value>) -> Checked {
    let kind = text(inner, "type")?;
    let body = inner.get("body").ok_or_else(|| missing("interactive.body"))?;
    let most = if kind == "list" { 4096 } else { 1024 };
    length(text(as_object(body, "interactive.body")?, "text")?, "interactive.body.text", most)?;
    if let Some(footer) = inner.get("footer") {
        length(text(as_object(footer, "interactive.footer")?, "text")?, "interactive.footer.text", 60)?;
    }
    let action = inner.get("action").ok_or_else(|| missing("interactive.action"))?;
    let action = as_object(action, "interactive.action")?;
    match kind {
        "button" => reply_buttons(action),
        "list" => list(action),
        "cta_url" => {
            let parameters = action.get("parameters").ok_or_else(|| missing("action.parameters"))?;
            let parameters = as_object(parameters, "action.parameters")?;
            length(text(parameters, "display_text")?, "display_text", 20)?;
            address(text(parameters, "url")?, "url")
        }
        "location_request_message" if text(action, "name")? == "send_location" => Ok(()),
        "location_request_message" => Err(invalid("interactive.action.name", "must be send_location")),
        _ => Err(invalid("interactive.type", "is not known")),
    }
}

fn reply_buttons(action: &Map<String, Value>) -> Checked {
    let buttons = array(action, "buttons")?.ok_or_else(|| missing("interactive.action.buttons"))?;
    if buttons.is_empty() || buttons.len() > 3 {
        return Err(invalid("interactive.action.buttons", "must be 1 to 3"));
    }
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for button in buttons {
        let button = as_object(button, "buttons")?;
        if text(button, "type")? != "reply" {
            return Err(invalid("buttons.type", "must be reply"));
        }
        let reply = button.get("reply").ok_or_else(|| missing("buttons.reply"))?;
        let reply = as_object(reply, "buttons.reply")?;
        let (id, title) = (text(reply, "id")?, text(reply, "title")?);
        length(id, "buttons.reply.id", 256)?;
        length(title, "buttons.reply.title", 20)?;
        if seen.iter().any(|(i, t)| *i == id || *t == title) {
            return Err(invalid("buttons.reply", "two with the same id or title"));
        }
        seen.push((id, title));
    }
    Ok(())
}

fn list(action: &Map<String, Value>) -> Checked {
    length(text(action, "button")?, "interactive.action.button", 20)?;
    let sections = array(action, "sections")?.ok_or_else(|| missing("interactive.action.sections"))?;
    let mut ids: Vec<&str> = Vec::new();
    for section in sections {
        let section = as_object(section, "sections")?;
        match optional(section, "title")? {
            Some(title) => length(title, "sections.title", 24)?,
            None if sections.len() > 1 => return Err(missing("sections.title")),
            None => {}
        }
        for row in array(section, "rows")?.ok_or_else(|| missing("sections.rows"))? {
            let row = as_object(row, "rows")?;
            let id = text(row, "id")?;
            length(id, "rows.id", 200)?;
            length(text(row, "title")?, "rows.title", 24)?;
            if let Some(description) = optional(row, "description")? {
                length(description, "rows.description", 72)?;
            }
            if ids.contains(&id) {
                return Err(invalid("rows.id", "twice"));
            }
            ids.push(id);
        }
    }
    if ids.is_empty() || ids.len() > 10 {
        return Err(invalid("sections.rows", "must be 1 to 10 in all"));
    }
    Ok(())
}

fn media(inner: &Map<String, Value>, kind: &str) -> Checked {
    match (optional(inner, "id")?, optional(inner, "link")?) {
        (Some(id), None) if !id.is_empty() => {}
        (None, Some(link)) => address(link, "link")?,
        _ => return Err(GraphError::new(100, format!("{kind} must have either id or link"))),
    }
    match optional(inner, "caption")? {
        Some(_) if kind == "audio" || kind == "sticker" => {
            Err(GraphError::new(100, format!("Unexpected key \"caption\" on param \"{kind}\"")))
        }
        Some(caption) => length(caption, "caption", 1024),
        None => Ok(()),
    }
}

fn location(inner: &Map<String, Value>) -> Checked {
    for (name, most) in [("latitude", 90.0), ("longitude", 180.0)] {
        let degrees = match inner.get(name) {
            Some(Value::Number(n)) => n.as_f64(),
            Some(Value::String(s)) => s.parse().ok(),
            _ => return Err(missing(&format!("location.{name}"))),
        };
        if degrees.is_none_or(|d: f64| d.is_nan() || d.abs() > most) {
            return Err(invalid(&format!("location.{name}"), "is not in range"));
        }
    }
    Ok(())
}

/// `to`: digits, as one would write a number; returned as digits.
fn number(to: &str) -> Checked<String> {
    let digits: String = to.chars().filter(char::is_ascii_digit).collect();
    let odd = to.chars().any(|c| !c.is_ascii_digit() && !"+ ()-".contains(c));
    if odd || !(7..=15).contains(&digits.len()) {
        return Err(invalid("to", "is not a phone number"));
    }
    Ok(digits)
}

fn address(url: &str, name: &str) -> Checked {
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(());
    }
    Err(invalid(name, "is not a web address"))
}

fn length(value: &str, name: &str, most: usize) -> Checked {
    if value.is_empty() {
        return Err(missing(name));
    }
    match value.chars().count() {
        n if n > most => {
            Err(GraphError::new(100, format!("Param {name} must be at most {most} characters long")))
        }
        _ => Ok(()),
    }
}

fn as_object<'a>(value: &'a Value, name: &str) -> Checked<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| GraphError::new(100, format!("Param {name} must be a JSON object")))
}

fn array<'a>(object: &'a Map<String, Value>, name: &str) -> Checked<Option<&'a Vec<Value>>> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::Array(values)) => Ok(Some(values)),
        Some(_) => Err(GraphError::new(100, format!("Param {name} must be an array"))),
    }
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Checked<&'a str> {
    match optional(object, name)? {
        Some(value) if !value.is_empty() => Ok(value),
        _ => Err(missing(name)),
    }
}

fn optional<'a>(object: &'a Map<String, Value>, name: &str) -> Checked<Option<&'a str>> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(value)) => Ok(Some(value)),
        Some(_) => Err(GraphError::new(100, format!("Param {name} must be a string"))),
    }
}

fn missing(name: &str) -> GraphError {
    GraphError::new(131_008, format!("Required parameter is missing: {name}"))
}

fn invalid(name: &str, why: &str) -> GraphError {
    GraphError::new(131_009, format!("Parameter value is not valid: {name} {why}"))
}

fn unsupported(kind: &str) -> GraphError {
    GraphError::new(131_051, format!("Unsupported message type: {kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn code(mut change: Value) -> u32 {
        let mut body = json!({"messaging_product": "whatsapp", "to": "5491155550001"});
        body.as_object_mut().unwrap().append(change.as_object_mut().unwrap());
        asked(&body).err().map_or(0, |e| e.code)
    }

    #[test]
    fn every_kind_is_taken_as_the_documents_show_it() {
        let buttons = json!([{"type": "reply", "reply": {"id": "1", "title": "Sí"}}]);
        let list = json!([{"title": "T", "rows": [{"id": "1", "title": "a", "description": "b"}]}]);
        let template = json!({"name": "n", "language": {"code": "es_AR"}, "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "Ana"}]},
            {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "t"}]}]});
        for good in [
            json!({"type": "text", "text": {"preview_url": false, "body": "hola"}}),
            json!({"text": {"body": "hola"}, "recipient_type": "individual", "context": {"message_id": "wamid.x"}}),
            json!({"type": "template", "template": template}),
            json!({"type": "interactive", "interactive": {"type": "button", "body": {"text": "¿?"}, "action": {"buttons": buttons}}}),
            json!({"type": "interactive", "interactive": {"type": "list", "body": {"text": "¿?"}, "action": {"button": "Ver", "sections": list}}}),
            json!({"type": "interactive", "interactive": {"type": "location_request_message", "body": {"text": "¿Dónde?"}, "action": {"name": "send_location"}}}),
            json!({"type": "image", "image": {"id": "1", "caption": "c"}}),
            json!({"type": "document", "document": {"link": "https://x/y.pdf", "filename": "y.pdf"}}),
            json!({"type": "audio", "audio": {"id": "1"}}),
            json!({"type": "location", "location": {"latitude": -34.6, "longitude": "-58.4", "name": "n"}}),
            json!({"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": ""}}),
        ] {
            assert_eq!(code(good.clone()), 0, "{good}");
        }
    }

    #[test]
    fn what_the_real_one_refuses_is_refused() {
        let long = "x".repeat(4097);
        let reply = |title: &str| json!({"type": "reply", "reply": {"id": title, "title": title}});
        let buttons = |all: Vec<Value>| json!({"type": "interactive", "interactive": {"type": "button", "body": {"text": "b"}, "action": {"buttons": all}}});
        for (want, bad) in [
            (100, json!({"messaging_product": "sms", "text": {"body": "x"}})),
            (131_008, json!({"to": "", "text": {"body": "x"}})),
            (131_009, json!({"to": "hola", "text": {"body": "x"}})),
            (131_008, json!({"type": "text"})),
            (131_008, json!({"type": "text", "text": {"body": ""}})),
            (100, json!({"type": "text", "text": {"body": long}})),
            (100, json!({"type": "text", "text": {"body": 1}})),
            (100, json!({"type": "text", "text": {"body": "x"}, "extra": 1})),
            (131_051, json!({"type": "hologram", "hologram": {}})),
            (131_008, json!({"type": "template", "template": {"name": "n"}})),
            (
                100,
                json!({"type": "template", "template": {"name": "n", "language": {"code": "es_AR"}, "components": [
                {"type": "body", "parameters": [{"type": "text", "text": "a\nb"}]}]}}),
            ),
            (
                131_008,
                json!({"type": "template", "template": {"name": "n", "language": {"code": "es_AR"}, "components": [
                {"type": "button", "sub_type": "url", "parameters": []}]}}),
            ),
            (131_009, buttons(vec![])),
            (131_009, buttons(vec![reply("1"), reply("2"), reply("3"), reply("4")])),
            (131_009, buttons(vec![reply("1"), reply("1")])),
            (100, buttons(vec![reply("more than twenty letters")])),
            (100, json!({"type": "image", "image": {"id": "1", "link": "https://x"}})),
            (100, json!({"type": "audio", "audio": {"id": "1", "caption": "c"}})),
            (131_009, json!({"type": "location", "location": {"latitude": 91, "longitude": 0}})),
            (131_008, json!({"type": "location", "location": {"latitude": 9}})),
            (131_009, json!({"text": {"body": "x"}, "biz_opaque_callback_data": "d".repeat(513)})),
            (131_009, json!({"status": "seen", "message_id": "1"})),
            (131_008, json!({"status": "read"})),
        ] {
            assert_eq!(code(bad.clone()), want, "{bad}");
        }
    }
}
