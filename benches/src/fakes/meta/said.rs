//! What customers send, and the webhooks of it.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::media::sha256_in_webhook;
use super::{Meta, Number, metadata};
use crate::fakes::phones::Bubble;

/// What a customer sends.
#[derive(Debug, Clone)]
pub enum Said {
    /// Words.
    Text(String),
    /// A template's quick reply.
    Quick {
        /// Its payload.
        payload: String,
        /// Its label.
        text: String,
    },
    /// A button of an interactive message.
    Button {
        /// Its id.
        id: String,
        /// Its label.
        title: String,
    },
    /// A row of a list.
    Row {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
    },
    /// Where they are.
    Location {
        /// Degrees.
        lat: f64,
        /// Degrees.
        lon: f64,
        /// What is there.
        name: Option<String>,
        /// Its address.
        address: Option<String>,
    },
    /// A file.
    Media {
        /// `image`, `audio`, `video`, `document`, `sticker`.
        kind: String,
        /// Its type.
        mime: String,
        /// Its bytes.
        bytes: Bytes,
        /// Words below it.
        caption: Option<String>,
    },
    /// Something that the API does not hand on.
    Unsupported,
    /// A message object as given, for forms that nothing here makes.
    Raw(Value),
}

impl Meta {
    /// A customer sends something to a business's number (none: the first). The window opens, the webhook leaves.
    /// Returns the message's id.
    pub fn customer_says(
        &self,
        phone: &str,
        name: &str,
        business: Option<&str>,
        said: Said,
        context: Option<&str>,
    ) -> Option<String> {
        let phone = phone.trim_start_matches('+').to_owned();
        let numbers = self.numbers();
        let number = match business {
            Some(id) => numbers.into_iter().find(|n| n.phone_number_id == id)?,
            None => numbers.into_iter().next()?,
        };
        let now = self.common.now_ms();
        let id = {
            let mut state = self.lock();
            let id = state.name_message();
            state.heard.insert((number.phone_number_id.clone(), phone.clone()), now);
            state.received.insert(id.clone());
            id
        };
        let (kind, message) = self.message(&said, &phone, &id, now, &number, context);
        self.common.phones.add(Bubble {
            id: id.clone(),
            phone: phone.clone(),
            at_ms: now,
            mine: true,
            via: "whatsapp",
            business: number.phone_number_id.clone(),
            content: message.get(&kind).cloned().unwrap_or_default(),
            kind,
            status: "delivered",
            context: context.map(ToOwned::to_owned),
            ..Bubble::default()
        });
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": metadata(&number),
            "contacts": [{"profile": {"name": name}, "wa_id": phone}],
            "messages": [message],
        });
        self.post(&number, &value, Duration::ZERO);
        Some(id)
    }

    fn message(
        &self,
        said: &Said,
        phone: &str,
        id: &str,
        now: i64,
        number: &Number,
        context: Option<&str>,
    ) -> (String, Value) {
        let (kind, content) = match said {
            Said::Text(body) => ("text", json!({"body": body})),
            Said::Quick { payload, text } => ("button", json!({"payload": payload, "text": text})),
            Said::Button { id, title } => {
                ("interactive", json!({"type": "button_reply", "button_reply": {"id": id, "title": title}}))
            }
            Said::Row { id, title } => {
                ("interactive", json!({"type": "list_reply", "list_reply": {"id": id, "title": title}}))
            }
            Said::Location { lat, lon, name, address } => {
                let mut place = json!({"latitude": lat, "longitude": lon});
                for (key, value) in [("name", name), ("address", address)] {
                    if let (Some(value), Some(place)) = (value, place.as_object_mut()) {
                        place.insert(key.into(), value.clone().into());
                    }
                }
                ("location", place)
            }
            Said::Media { kind, mime, bytes, caption } => {
                let file = self.lock().shelf.receive(mime, bytes.clone(), now);
                let mut content = json!({"mime_type": mime, "sha256": sha256_in_webhook(bytes), "id": file});
                if let Some(fields) = content.as_object_mut() {
                    if kind == "audio" {
                        fields.insert("voice".into(), true.into());
                    }
                    if let Some(caption) = caption {
                        fields.insert("caption".into(), caption.clone().into());
                    }
                }
                (kind.as_str(), content)
            }
            Said::Unsupported => ("unsupported", Value::Null),
            Said::Raw(given) => {
                let mut message = given.as_object().cloned().unwrap_or_default();
                let kind = message.get("type").and_then(Value::as_str).unwrap_or("text").to_owned();
                envelope(&mut message, phone, id, now);
                return (kind, message.into());
            }
        };
        let mut message = Map::new();
        envelope(&mut message, phone, id, now);
        message.insert("type".into(), kind.into());
        if let Some(context) = context {
            message.insert("context".into(), json!({"from": number.display, "id": context}));
        }
        if matches!(said, Said::Unsupported) {
            let error = json!({"code": 131_051, "title": "Message type unknown",
                               "message": "Message type unknown",
                               "error_data": {"details": "Message type is currently not supported."}});
            message.insert("errors".into(), json!([error]));
        } else {
            message.insert(kind.into(), content);
        }
        (kind.to_owned(), message.into())
    }
}

fn envelope(message: &mut Map<String, Value>, phone: &str, id: &str, now: i64) {
    for (key, value) in
        [("from", phone.to_owned()), ("id", id.to_owned()), ("timestamp", (now / 1000).to_string())]
    {
        message.entry(key).or_insert_with(|| value.into());
    }
}
