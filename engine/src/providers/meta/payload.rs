//! The bodies of `POST /{phone_number_id}/messages`. Pure.

use serde_json::{Map, Value, json};

use super::content::{Content, MediaSource, Reply, Template, TemplateButton};

/// A message's body; `callback` comes back in each of its statuses. None for what has no wire form yet: an event
/// without words, a file without a link.
pub fn payload(to: &str, content: &Content, callback: &str) -> Option<Value> {
    let (kind, part) = match content {
        Content::Text { body, preview_url } => ("text", json!({"preview_url": preview_url, "body": body})),
        Content::Template(template) => ("template", template_part(template)),
        Content::Buttons { body, buttons } => {
            let buttons: Vec<_> = buttons
                .iter()
                .map(|b| json!({"type": "reply", "reply": {"id": b.id, "title": b.title}}))
                .collect();
            let part = json!({"type": "button", "body": {"text": body}, "action": {"buttons": buttons}});
            ("interactive", part)
        }
        Content::List { body, button, rows } => {
            let rows: Vec<_> = rows.iter().map(row).collect();
            let action = json!({"button": button, "sections": [{"title": button, "rows": rows}]});
            ("interactive", json!({"type": "list", "body": {"text": body}, "action": action}))
        }
        Content::LocationRequest { body } => (
            "interactive",
            json!({"type": "location_request_message", "body": {"text": body}, "action": {"name": "send_location"}}),
        ),
        Content::Media { media, source, caption, filename } => {
            let mut part = Map::new();
            match source {
                MediaSource::Id(id) => part.insert("id".into(), id.as_str().into()),
                MediaSource::Link(link) => part.insert("link".into(), link.as_str().into()),
                MediaSource::File(_) => return None,
            };
            for (name, value) in [("caption", caption), ("filename", filename)] {
                if let Some(value) = value {
                    part.insert(name.into(), value.as_str().into());
                }
            }
            (media.as_str(), Value::Object(part))
        }
        Content::Location { lat, lon, name, address } => {
            let mut part = json!({"latitude": lat, "longitude": lon});
            for (key, value) in [("name", name), ("address", address)] {
                if let (Some(value), Some(part)) = (value, part.as_object_mut()) {
                    part.insert(key.into(), value.as_str().into());
                }
            }
            ("location", part)
        }
        Content::Reaction { to, emoji } => ("reaction", json!({"message_id": to, "emoji": emoji})),
        Content::Event { .. } => return None,
    };
    Some(json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to,
        "type": kind,
        kind: part,
        "biz_opaque_callback_data": callback,
    }))
}

fn row(row: &Reply) -> Value {
    match &row.description {
        Some(description) => json!({"id": row.id, "title": row.title, "description": description}),
        None => json!({"id": row.id, "title": row.title}),
    }
}

fn template_part(template: &Template) -> Value {
    let mut components = Vec::new();
    if !template.params.is_empty() {
        let parameters: Vec<_> = template.params.iter().map(|p| json!({"type": "text", "text": p})).collect();
        components.push(json!({"type": "body", "parameters": parameters}));
    }
    for (index, button) in template.buttons.iter().enumerate() {
        let (kind, parameter) = match button {
            TemplateButton::Url(end) => ("url", json!({"type": "text", "text": end})),
            TemplateButton::QuickReply(payload) => {
                ("quick_reply", json!({"type": "payload", "payload": payload}))
            }
            // Meta spells a code to copy as the button's address.
            TemplateButton::CopyCode(code) => ("url", json!({"type": "text", "text": code})),
            TemplateButton::Plain => continue,
        };
        components.push(json!({
            "type": "button", "sub_type": kind, "index": index.to_string(), "parameters": [parameter],
        }));
    }
    let mut part = json!({"name": template.name, "language": {"code": template.language}});
    if let (false, Some(part)) = (components.is_empty(), part.as_object_mut()) {
        part.insert("components".into(), Value::Array(components));
    }
    part
}

/// A stored phone (`+549..`) as the API takes it: its digits.
///
/// A test number in development mode refuses `549..` although it is listed (131030); its panel stored the old form, 54,
/// area, 15 and number. So that this stays a switch of the sandbox: production sends to the wa_id.
pub fn recipient(phone: &str, is_sandbox: bool) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let Some(local) = digits.strip_prefix("549").filter(|l| is_sandbox && l.len() == 10) else {
        return digits;
    };
    let (area, number) = local.split_at(area_length(local));
    format!("54{area}15{number}")
}

/// How long the area code of ten local digits is: 11 is Buenos Aires, three digits are the larger cities, else four.
fn area_length(local: &str) -> usize {
    /// Areas of three digits (ENACOM's numbering plan).
    const THREE: [&str; 28] = [
        "220", "221", "223", "230", "236", "237", "249", "260", "261", "263", "264", "266", "280", "291",
        "294", "297", "298", "299", "336", "341", "342", "343", "345", "348", "351", "353", "358", "362",
    ];
    const THREE_MORE: [&str; 11] =
        ["364", "370", "376", "379", "380", "381", "383", "385", "387", "388", "392"];
    let head = local.get(..3).unwrap_or_default();
    if local.starts_with("11") {
        2
    } else if THREE.contains(&head) || THREE_MORE.contains(&head) {
        3
    } else {
        4
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::meta::content::MediaKind;

    fn part(content: &Content) -> (String, Value) {
        let whole = payload("5491155550001", content, "id").unwrap();
        assert_eq!(whole["messaging_product"], "whatsapp");
        assert_eq!(whole["recipient_type"], "individual");
        assert_eq!(
            (&whole["to"], &whole["biz_opaque_callback_data"]),
            (&json!("5491155550001"), &json!("id"))
        );
        let kind = whole["type"].as_str().unwrap().to_owned();
        (kind.clone(), whole[&kind].clone())
    }

    #[test]
    fn every_shape_is_as_documented() {
        let reply = |id: &str| Reply { id: id.into(), title: "Sí".into(), description: None };
        let template = Template {
            name: "technician_en_route_tracking".into(),
            language: "es_AR".into(),
            params: vec!["Ana".into(), "10:30".into()],
            buttons: vec![TemplateButton::Plain, TemplateButton::Url("tok".into())],
        };
        for (content, kind, expected) in [
            (Content::text("Hola"), "text", json!({"preview_url": false, "body": "Hola"})),
            (
                Content::Template(template),
                "template",
                json!({"name": "technician_en_route_tracking", "language": {"code": "es_AR"}, "components": [
                    {"type": "body", "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "10:30"}]},
                    {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "tok"}]},
                ]}),
            ),
            (
                Content::Buttons { body: "¿Va?".into(), buttons: vec![reply("a")] },
                "interactive",
                json!({"type": "button", "body": {"text": "¿Va?"},
                       "action": {"buttons": [{"type": "reply", "reply": {"id": "a", "title": "Sí"}}]}}),
            ),
            (
                Content::List { body: "Elegí".into(), button: "Ver".into(), rows: vec![reply("a")] },
                "interactive",
                json!({"type": "list", "body": {"text": "Elegí"},
                       "action": {"button": "Ver", "sections": [{"title": "Ver", "rows": [{"id": "a", "title": "Sí"}]}]}}),
            ),
            (
                Content::LocationRequest { body: "¿Dónde?".into() },
                "interactive",
                json!({"type": "location_request_message", "body": {"text": "¿Dónde?"}, "action": {"name": "send_location"}}),
            ),
            (
                Content::Media {
                    media: MediaKind::Document,
                    source: MediaSource::Link("https://x/a.pdf".into()),
                    caption: Some("Factura".into()),
                    filename: Some("a.pdf".into()),
                },
                "document",
                json!({"link": "https://x/a.pdf", "caption": "Factura", "filename": "a.pdf"}),
            ),
            (
                Content::Media {
                    media: MediaKind::Image,
                    source: MediaSource::Id("7".into()),
                    caption: None,
                    filename: None,
                },
                "image",
                json!({"id": "7"}),
            ),
            (
                Content::Location { lat: -34.5, lon: -58.5, name: None, address: Some("Mitre 88".into()) },
                "location",
                json!({"latitude": -34.5, "longitude": -58.5, "address": "Mitre 88"}),
            ),
            (
                Content::Reaction { to: "wamid.1".into(), emoji: "👍".into() },
                "reaction",
                json!({"message_id": "wamid.1", "emoji": "👍"}),
            ),
        ] {
            assert_eq!(part(&content), (kind.to_owned(), expected));
        }
        assert_eq!(payload("1", &Content::Event { fact: Value::Null }, "id"), None);
    }

    /// Production sends to the wa_id; the test number wants the old form (chatwoot#13932's case is the first).
    #[test]
    fn recipients_of_a_test_number() {
        for (phone, sandbox) in [
            ("+5491151511579", "54111551511579"),
            ("+5492214567890", "54221154567890"),
            ("+5493515551234", "54351155551234"),
            ("+5492966412345", "54296615412345"),
            ("+541143210000", "541143210000"),
        ] {
            assert_eq!(recipient(phone, true), sandbox);
            assert_eq!(recipient(phone, false), phone.trim_start_matches('+'));
        }
    }
}
