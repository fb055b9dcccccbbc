//! What is held of conversations.

use super::Erase::Delete;
use super::Ground::{Consent, Contract};
use super::{Held, held};

/// Rows of conversations, messages, requests, voice notes.
pub(super) const TALK: &[Held] = &[
    held(
        "request_message",
        "mensajes de un pedido",
        Contract,
        "t.conversation_id = any (s.conversations) or t.message_id = any (s.messages)",
        Delete,
        &[],
    ),
    held(
        "message_buffer",
        "pedidos que se están escribiendo",
        Contract,
        "t.conversation_id = any (s.conversations)",
        Delete,
        &[],
    ),
    held(
        "message_mark",
        "reacciones y correcciones de mensajes",
        Contract,
        "t.target in (select m.provider_id from message m where m.org_id = t.org_id and m.message_id = any (s.messages))",
        Delete,
        &["value", "target", "source"],
    ),
    held(
        "inbox_request",
        "pedidos por WhatsApp",
        Contract,
        "t.conversation_id = any (s.conversations)",
        Delete,
        &["text", "context"],
    ),
    held(
        "voice_note",
        "notas de voz y su texto",
        Consent,
        "t.customer_id = any (s.customers) or t.sender = any (s.phones) or t.message_id = any (s.messages)",
        Delete,
        &["sender", "transcript", "extraction", "score", "proposal", "review_note", "reasons"],
    ),
    held("voice_sender", "aviso sobre notas de voz", Consent, "t.phone = any (s.phones)", Delete, &["phone"]),
    held(
        "message",
        "mensajes",
        Contract,
        "t.message_id = any (s.messages)",
        Delete,
        &["from_phone", "to_phone", "body", "text", "provider_id", "error_detail", "dedupe_key"],
    ),
    held(
        "conversation",
        "conversaciones",
        Contract,
        "t.conversation_id = any (s.conversations)",
        Delete,
        &["phone", "wa_id", "wa_user_id", "profile_name", "username", "last_preview", "last_id"],
    ),
    held(
        "notice",
        "avisos dentro de la aplicación",
        Contract,
        "t.user_id = any (s.users) or t.entity_id = any (s.jobs) or t.entity_id = any (s.customers)
         or t.entity_id = any (s.conversations) or t.entity_id = any (s.messages)",
        Delete,
        &["title", "body", "params", "dedupe_key"],
    ),
];
