use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::whatsapp::content::Act;

fn body(value: &Value) -> Vec<u8> {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]})
        .to_string()
        .into_bytes()
}

/// One message of a customer, read.
fn one(message: Value) -> Inbound {
    let value = json!({
        "messaging_product": "whatsapp", "metadata": {"display_phone_number": "5491150000000", "phone_number_id": "77"},
        "contacts": [{"profile": {"name": "Ana"}, "wa_id": "5491151511579"}], "messages": [message],
    });
    let items = read(&body(&value)).unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].number_id.as_deref(), Some("77"));
    match items.into_iter().next().unwrap().what {
        What::Message(inbound) => *inbound,
        other => panic!("{other:?}"),
    }
}

fn said(kind: &str, part: Value) -> Inbound {
    one(
        json!({"from": "5491151511579", "id": "wamid.1", "timestamp": "1764000000", "type": kind, kind: part}),
    )
}

#[test]
fn words_and_who_says_them() {
    let m = said("text", json!({"body": "Hola"}));
    assert_eq!(
        (m.id.as_str(), m.wa_id.as_deref(), m.name.as_deref()),
        ("wamid.1", Some("5491151511579"), Some("Ana"))
    );
    assert_eq!((m.read.kind.as_str(), m.read.text.as_deref()), ("text", Some("Hola")));
    assert_eq!(m.at.unwrap().timestamp(), 1_764_000_000);
    // A number where a text should be, and milliseconds.
    let m = one(
        json!({"from": 5_491_151_511_579_u64, "id": "x", "timestamp": 1_764_000_000_500_i64, "type": "text", "text": {"body": "a\u{0}b"}}),
    );
    assert_eq!((m.wa_id.as_deref(), m.read.text.as_deref()), (Some("5491151511579"), Some("ab")));
    assert_eq!(m.at.unwrap().timestamp_millis(), 1_764_000_000_500);
}

/// Every kind has its name, its words and what else it brings.
#[test]
fn every_kind() {
    let table = [
        (
            "image",
            json!({"mime_type": "image/jpeg", "sha256": "x=", "id": "9", "caption": "mirá"}),
            "image",
            Some("mirá"),
            "📷 Foto: mirá",
        ),
        ("image", json!({"mime_type": "image/jpeg", "id": "9"}), "image", None, "📷 Foto"),
        ("video", json!({"mime_type": "video/mp4", "id": "9"}), "video", None, "🎬 Video"),
        (
            "audio",
            json!({"mime_type": "audio/ogg; codecs=opus", "id": "9", "voice": true}),
            "voice",
            None,
            "🎤 Mensaje de voz",
        ),
        ("audio", json!({"mime_type": "audio/mpeg", "id": "9", "voice": false}), "audio", None, "🎵 Audio"),
        ("voice", json!({"mime_type": "audio/ogg", "id": "9"}), "voice", None, "🎤 Mensaje de voz"),
        (
            "document",
            json!({"mime_type": "application/pdf", "id": "9", "filename": "a.pdf"}),
            "document",
            Some("a.pdf"),
            "📄 Documento: a.pdf",
        ),
        (
            "sticker",
            json!({"mime_type": "image/webp", "id": "9", "animated": true}),
            "sticker",
            None,
            "Sticker",
        ),
        (
            "location",
            json!({"latitude": -34.6, "longitude": "-58.4", "name": "Casa", "address": "Mitre 88"}),
            "location",
            Some("Casa, Mitre 88"),
            "📍 Ubicación: Casa, Mitre 88",
        ),
        (
            "location",
            json!({"latitude": -34.6, "longitude": -58.4}),
            "location",
            Some("-34.600000, -58.400000"),
            "📍 Ubicación: -34.600000, -58.400000",
        ),
        (
            "contacts",
            json!([{"name": {"formatted_name": "Beto"}, "phones": [{"phone": "+54 11 4444"}]}, {"name": {"first_name": "Eva"}}]),
            "contacts",
            Some("Beto +54 11 4444, Eva"),
            "👤 Contacto: Beto +54 11 4444, Eva",
        ),
        ("button", json!({"payload": "confirm", "text": "Confirmo"}), "button", Some("Confirmo"), "Confirmo"),
        (
            "interactive",
            json!({"type": "button_reply", "button_reply": {"id": "ok", "title": "Sí"}}),
            "interactive",
            Some("Sí"),
            "Sí",
        ),
        (
            "interactive",
            json!({"type": "list_reply", "list_reply": {"id": "a", "title": "Gas", "description": "x"}}),
            "interactive",
            Some("Gas"),
            "Gas",
        ),
        (
            "interactive",
            json!({"list_reply": {"id": "a", "title": "Gas"}}),
            "interactive",
            Some("Gas"),
            "Gas",
        ),
        (
            "interactive",
            json!({"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": "{\"flow_token\":\"t\",\"barrio\":\"Centro\",\"n\":2}"}}),
            "interactive",
            Some("barrio: Centro\nn: 2"),
            "barrio: Centro n: 2",
        ),
        (
            "order",
            json!({"catalog_id": "1", "text": "", "product_items": [{"product_retailer_id": "CANO", "quantity": 3, "item_price": 30, "currency": "ARS"}]}),
            "order",
            Some("3 x CANO"),
            "🛒 Pedido: 3 x CANO",
        ),
        (
            "system",
            json!({"body": "A changed", "wa_id": "5491151510000", "type": "user_changed_number"}),
            "system",
            Some("A changed"),
            "A changed",
        ),
        ("unsupported", json!({"type": "poll"}), "unsupported", None, "Mensaje no compatible"),
        (
            "poll_creation",
            json!({"name": "¿Cuándo?"}),
            "poll_creation",
            Some("¿Cuándo?"),
            "Mensaje no compatible: ¿Cuándo?",
        ),
    ];
    for (kind, part, name, words, preview) in table {
        let m = said(kind, part);
        assert_eq!(
            (m.read.kind.as_str(), m.read.text.as_deref(), m.read.preview().as_str()),
            (name, words, preview)
        );
        assert_eq!(
            m.read.media.is_some(),
            ["image", "video", "audio", "voice", "document", "sticker"].contains(&name),
            "{name}"
        );
        assert!(m.read.mark.is_none());
    }
    let place = said("location", json!({"latitude": -34.6, "longitude": "-58.4"})).read.content;
    assert_eq!((place["lat"].as_f64(), place["lon"].as_f64()), (Some(-34.6), Some(-58.4)));
    assert_eq!(
        said("system", json!({"wa_id": "5491151510000", "type": "user_changed_number"})).read.content["new_wa_id"],
        "5491151510000"
    );
    assert_eq!(
        one(json!({"from": "5491151511579", "id": "w", "type": "request_welcome"})).read.preview(),
        "Abrió el chat"
    );
}

#[test]
fn what_is_done_to_another_message() {
    let mark = |kind, part| said(kind, part).read.mark.unwrap();
    let on = mark("reaction", json!({"message_id": "w0", "emoji": "😮"}));
    assert_eq!((on.target.as_str(), on.act), ("w0", Act::Reaction(Some("😮".into()))));
    for off in [json!({"message_id": "w0", "emoji": ""}), json!({"message_id": "w0"})] {
        assert_eq!(mark("reaction", off).act, Act::Reaction(None));
    }
    assert_eq!(mark("revoke", json!({"original_message_id": "w0"})).act, Act::Revoke);
    let edit = mark(
        "edit",
        json!({"original_message_id": "w0", "message": {"type": "text", "text": {"body": "otra"}}}),
    );
    let Act::Edit(edited) = edit.act else { panic!() };
    assert_eq!(edited.text.as_deref(), Some("otra"));
}

#[test]
fn what_stands_beside() {
    let m = one(
        json!({"from": "1", "id": "w", "type": "text", "text": {"body": "x"}, "group_id": "G", "referral": {"headline": "Aviso"},
        "context": {"from": "2", "id": "w0", "forwarded": true, "referred_product": {"catalog_id": "c"}}}),
    );
    let content = &m.read.content;
    assert_eq!((content["reply_to"].as_str(), content["forwarded"].as_bool()), (Some("w0"), Some(true)));
    assert_eq!(
        (content["group_id"].as_str(), content["referral"]["headline"].as_str()),
        (Some("G"), Some("Aviso"))
    );
    // A reply without its payload is explained by the errors beside it.
    let value = json!({"metadata": {"phone_number_id": "77"}, "messages": [{"from": "1", "id": "w", "type": "interactive"}],
        "errors": [{"code": 131000, "title": "Something went wrong"}]});
    let items = read(&body(&value)).unwrap();
    let What::Message(m) = &items[0].what else { panic!() };
    assert_eq!(m.read.content["errors"][0]["code"], 131_000);
    assert_eq!(m.read.preview(), "Respuesta sin contenido");
}

/// Since 2026 a sender may have a user id and no number.
#[test]
fn senders_without_a_number() {
    let value = json!({"metadata": {"phone_number_id": "77"},
        "contacts": [{"profile": {"name": "Ana", "username": "@ana"}, "user_id": "AR.1"}, {"profile": {"name": "Eva"}, "wa_id": "5491151510000", "user_id": "AR.2"}],
        "messages": [{"from_user_id": "AR.1", "id": "a", "type": "text", "text": {"body": "x"}}, {"from_user_id": "AR.2", "id": "b", "type": "text", "text": {"body": "y"}}, {"id": "c", "type": "text", "text": {"body": "z"}}]});
    let items = read(&body(&value)).unwrap();
    let who: Vec<_> = items
        .iter()
        .map(|i| match &i.what {
            What::Message(m) => (m.wa_id.clone(), m.user_id.clone(), m.name.clone(), m.username.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    let text = |t: &str| Some(t.to_owned());
    assert_eq!(who[0], (None, text("AR.1"), text("Ana"), text("@ana")));
    assert_eq!(who[1], (text("5491151510000"), text("AR.2"), text("Eva"), None));
    assert_eq!(who[2], (None, None, None, None));
}

#[test]
fn what_became_of_ours() {
    let value = json!({"metadata": {"phone_number_id": "77"}, "statuses": [
        {"id": "w", "status": "delivered", "timestamp": "1764000000", "recipient_id": "5491151511579", "biz_opaque_callback_data": "abc"},
        {"id": "w", "status": "failed", "errors": [{"code": 130472, "title": "t", "error_data": {"details": "experiment"}}]},
        {"status": "read"}, "noise", null]});
    let items = read(&body(&value)).unwrap();
    let states: Vec<_> = items
        .iter()
        .map(|i| match &i.what {
            What::Status(s) => s.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(states.len(), 2, "what names no message is no status");
    assert_eq!((states[0].status.as_str(), states[0].callback.as_deref()), ("delivered", Some("abc")));
    assert_eq!(states[1].error, Some(("130472".into(), "experiment".into())));
}

/// Entries x changes x messages, all of them, whatever stands between.
#[test]
fn nothing_hides_the_rest() {
    let message = |id: &str| json!({"from": "1", "id": id, "type": "text", "text": {"body": id}});
    let all = json!({"object": "whatsapp_business_account", "entry": [
        null, {"id": 1}, {"changes": "x"},
        {"changes": [{"field": "messages", "value": {"messages": [message("a"), 7, message("b")]}}, {"field": "account_update", "value": {"event": "X"}}]},
        {"changes": [{"field": "messages", "value": {"messages": message("c"), "statuses": [{"id": "w", "status": "sent"}]}}, {"value": {"calls": [{"id": "k", "from": "1", "event": "connect", "direction": "USER_INITIATED"}]}}]},
        {"changes": [{"field": "smb_message_echoes", "value": {"message_echoes": [{"from": "9", "to": "1", "id": "e", "type": "text", "text": {"body": "e"}}]}},
                     {"field": "user_preferences", "value": {"user_preferences": [{"wa_id": "1", "value": "stop"}]}}]}]});
    let items = read(all.to_string().as_bytes()).unwrap();
    let ids: Vec<String> = items
        .iter()
        .map(|i| match &i.what {
            What::Message(m) => m.id.chars().take(6).collect(),
            What::Echo(m) => format!("echo {} {}", m.id, m.wa_id.as_deref().unwrap_or("")),
            What::Status(s) => s.status.clone(),
            What::Preference(p) => format!("stop {}", p.is_stop),
            What::Other(field) => field.clone(),
        })
        .collect();
    assert_eq!(ids, ["a", "b", "account_update", "c", "sent", "k", "echo e 1", "stop true"]);
    // The panel's test button, and a bare value.
    assert_eq!(read(br#"{"field":"messages","value":{"messages":[{"id":"a"}]}}"#).unwrap().len(), 1);
    assert_eq!(read(br#"{"messages":[{"id":"a"}]}"#).unwrap().len(), 1);
    assert!(matches!(&read(b"{}").unwrap()[0].what, What::Other(_)));
    assert!(read(b"<html>").is_err());
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let key = proptest::sample::select(vec![
            "entry",
            "changes",
            "value",
            "messages",
            "statuses",
            "contacts",
            "type",
            "text",
            "image",
            "interactive",
            "id",
            "from",
            "context",
            "location",
            "latitude",
            "order",
            "edit",
            "message",
            "errors",
            "profile",
            "x",
        ]);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    /// No shape breaks the reader, and nothing that it answers holds a NUL.
    #[test]
    fn any_shape_is_survived(value in json_value()) {
        for text in [value.to_string().into_bytes(), body(&value)] {
            for item in read(&text).unwrap() {
                if let What::Message(m) = item.what {
                    prop_assert!(!m.id.is_empty() && !m.raw.to_string().contains("\\u0000"));
                    prop_assert!(m.read.preview().chars().count() <= 140);
                }
            }
        }
    }
}
