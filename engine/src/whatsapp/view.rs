//! Conversations and messages as the office sees them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::content::Media;
use super::sql::inbox::{Row, Said};
use super::window;
use super::wire::Inbound;
use crate::ids::{CustomerId, JobId, MessageId, UserId};
use crate::moment::Moment;

/// A conversation.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Conversation {
    /// Its id.
    pub id: Uuid,
    /// The customer's phone; null for somebody who shows a user id alone.
    pub phone: Option<String>,
    /// Their business-scoped user id.
    pub wa_user_id: Option<String>,
    /// What it is called: the customer's name, else what they call themselves, else their phone.
    pub name: String,
    /// What they call themselves.
    pub profile_name: Option<String>,
    /// Their handle.
    pub username: Option<String>,
    /// The customer.
    pub customer: Option<ConversationCustomer>,
    /// The colleague who writes from the own phone.
    pub member_id: Option<UserId>,
    /// open, closed, archived or spam.
    pub status: String,
    /// Who answers it.
    pub assignee_id: Option<UserId>,
    /// The job made from it, else the customer's that is planned or under way.
    pub job: Option<ConversationJob>,
    /// es-AR or en.
    pub language: String,
    /// Messages that nobody read.
    pub unread: i32,
    /// When its newest message was sent.
    pub last_at: Moment,
    /// in or out.
    pub last_direction: Option<String>,
    /// The newest message's kind.
    pub last_kind: Option<String>,
    /// The newest message in a line.
    pub last_preview: Option<String>,
    /// When the customer wrote last.
    pub last_inbound_at: Option<Moment>,
    /// Until when free text may go; null before the customer wrote.
    pub window_expires_at: Option<Moment>,
    /// Whether free text may go now.
    pub in_window: bool,
    /// Who wrote too much is kept quiet until then.
    pub quiet_until: Option<Moment>,
    /// Requests that wait for somebody.
    pub open_requests: i64,
    /// The newest of them: `id`, `reason`, `text`, `count`, `created_at`.
    #[schema(value_type = Option<Object>)]
    pub request: Option<Value>,
    /// Made at.
    pub created_at: Moment,
}

/// The customer of a conversation.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ConversationCustomer {
    /// Their id.
    pub id: CustomerId,
    /// Their name.
    pub name: String,
    /// Where they live, in words.
    pub address: Option<String>,
}

/// The job of a conversation.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ConversationJob {
    /// Its id.
    pub id: JobId,
    /// Its number.
    pub job_number: String,
    /// What it is about.
    pub title: String,
    /// Where it stands.
    pub status: String,
}

impl Conversation {
    pub(super) fn of(row: Row, now: DateTime<Utc>) -> Self {
        let customer = row.customer_id.zip(row.customer_name);
        let name = customer.as_ref().map(|(_, name)| name.clone());
        let name = name.or_else(|| row.profile_name.clone()).or_else(|| row.username.clone());
        Self {
            id: row.conversation_id,
            name: name.or_else(|| row.phone.clone()).unwrap_or_else(|| "WhatsApp".into()),
            phone: row.phone,
            // Made up for somebody who showed nothing.
            wa_user_id: row.wa_user_id.filter(|id| !id.starts_with("message:")),
            profile_name: row.profile_name,
            username: row.username,
            customer: customer.map(|(id, name)| ConversationCustomer {
                id,
                name,
                address: row.customer_address,
            }),
            member_id: row.member_id,
            status: row.status,
            assignee_id: row.assignee_id,
            job: row.job_id.map(|id| ConversationJob {
                id,
                job_number: row.job_number.unwrap_or_default(),
                title: row.job_title.unwrap_or_default(),
                status: row.job_status.unwrap_or_default(),
            }),
            language: row.language,
            unread: row.unread,
            last_at: row.last_at.into(),
            last_direction: row.last_direction,
            last_kind: row.last_kind,
            last_preview: row.last_preview,
            last_inbound_at: row.last_inbound_at.map(Moment),
            window_expires_at: row.window_expires_at.map(Moment),
            in_window: window::is_open(row.window_expires_at, now),
            quiet_until: row.quiet_until.filter(|until| *until > now).map(Moment),
            open_requests: row.open_requests,
            request: row.request.map(|r| r.0),
            created_at: row.created_at,
        }
    }
}

/// A message.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = InboxMessage)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Where it stands; null for what left before there was a conversation.
    pub conversation_id: Option<Uuid>,
    /// in or out.
    pub direction: String,
    /// text, image, video, audio, voice, document, sticker, location, contacts, interactive, button, order, system, call,
    /// request_welcome, unsupported, template, event, or a kind that came later.
    pub kind: String,
    /// Its words; null where it has none or was taken back.
    pub text: Option<String>,
    /// What else it has, by kind: `lat`, `lon`, `contacts`, `type`, `id`, `title`, `items`, `errors`, `referral`, `forwarded` ..
    #[schema(value_type = Object)]
    pub content: Map<String, Value>,
    /// What it brought along.
    pub media: Option<MessageMedia>,
    /// The message that it answers, by the provider's id.
    pub reply_to: Option<String>,
    /// Signs on it.
    pub reactions: Vec<Reaction>,
    /// Were its words changed?
    pub is_edited: bool,
    /// Was it taken back?
    pub is_deleted: bool,
    /// received, queued, sending, sent, delivered, read, failed, fallback_sms, undeliverable.
    pub state: String,
    /// Why it did not get there.
    pub error: Option<MessageError>,
    /// What it tells of, as `tech_en_route`; null for what a person wrote.
    pub event: Option<String>,
    /// Who of the office wrote it.
    pub sent_by: Option<UserId>,
    /// The provider's id.
    pub provider_id: Option<String>,
    /// When it was written.
    pub at: Moment,
    /// When the provider took it.
    pub sent_at: Option<Moment>,
    /// When it got there.
    pub delivered_at: Option<Moment>,
    /// When it was read.
    pub read_at: Option<Moment>,
}

/// Media of a message.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MessageMedia {
    /// Its type.
    pub mime: String,
    /// A document's name.
    pub filename: Option<String>,
    /// pending, stored or failed.
    pub state: String,
    /// The file, once it is stored: `GET /api/whatsapp/messages/{id}/media`.
    pub file_id: Option<Uuid>,
    /// Why there is none.
    pub error: Option<String>,
}

/// A sign on a message.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = MessageReaction)]
pub struct Reaction {
    /// The sign.
    pub emoji: String,
    /// Whose: in (the customer's) or out (ours).
    pub direction: String,
}

/// Why a message did not get there.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MessageError {
    /// The provider's code, or ours.
    pub code: String,
    /// Its words.
    pub detail: Option<String>,
}

impl Message {
    pub(super) fn of(row: Said) -> Self {
        let mut body = match row.body.0 {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        let is_in = row.direction == "in";
        let media = media_of(&body);
        let mut content = match body.remove("content") {
            Some(Value::Object(content)) if is_in => content,
            // What we send stands in its own form.
            _ if is_in => Map::new(),
            _ => body,
        };
        let mut message = Self {
            id: row.message_id,
            conversation_id: row.conversation_id,
            direction: row.direction,
            kind: row.kind,
            text: row.text,
            media,
            reply_to: content.remove("reply_to").and_then(|v| v.as_str().map(str::to_owned)),
            content,
            reactions: Vec::new(),
            is_edited: false,
            is_deleted: false,
            state: row.state,
            error: row.error_code.map(|code| MessageError { code, detail: row.error_detail }),
            event: row.event,
            sent_by: row.created_by,
            provider_id: row.provider_id,
            at: row.created_at.into(),
            sent_at: row.sent_at.map(Moment),
            delivered_at: row.delivered_at.map(Moment),
            read_at: row.read_at.map(Moment),
        };
        for mark in row.marks.map(|m| m.0).unwrap_or_default() {
            message.take_mark(&mark);
        }
        message
    }

    /// As it is told the moment it comes in.
    pub(super) fn came_in(conversation: Uuid, id: MessageId, from: &Inbound, at: DateTime<Utc>) -> Self {
        let mut content = from.read.content.clone();
        let found = from.read.media.as_ref();
        Self {
            id,
            conversation_id: Some(conversation),
            direction: "in".into(),
            kind: from.read.kind.clone(),
            text: from.read.text.clone(),
            media: found.map(|m| MessageMedia::pending(m.clone())),
            reply_to: content.remove("reply_to").and_then(|v| v.as_str().map(str::to_owned)),
            content,
            reactions: Vec::new(),
            is_edited: false,
            is_deleted: false,
            state: "received".into(),
            error: None,
            event: None,
            sent_by: None,
            provider_id: Some(from.id.clone()),
            at: at.into(),
            sent_at: None,
            delivered_at: None,
            read_at: None,
        }
    }

    fn take_mark(&mut self, mark: &Value) {
        let value = mark.get("value").unwrap_or(&Value::Null);
        match mark.get("act").and_then(Value::as_str) {
            Some("reaction") => {
                let direction = mark.get("direction").and_then(Value::as_str).unwrap_or("in").to_owned();
                self.reactions.extend(value.as_str().map(|e| Reaction { emoji: e.to_owned(), direction }));
            }
            Some("edit") if !self.is_deleted => {
                self.is_edited = true;
                if let Some(text) = value.get("text").and_then(Value::as_str) {
                    self.text = Some(text.to_owned());
                }
            }
            // What somebody took back is not shown any more.
            Some("revoke") => {
                self.is_deleted = true;
                (self.text, self.media) = (None, None);
                self.content.clear();
            }
            _ => {}
        }
    }
}

impl MessageMedia {
    fn pending(found: Media) -> Self {
        Self {
            mime: found.mime,
            filename: found.filename,
            state: "pending".into(),
            file_id: None,
            error: None,
        }
    }
}

fn media_of(body: &Map<String, Value>) -> Option<MessageMedia> {
    let found: Media = serde_json::from_value(body.get("media")?.clone()).ok()?;
    let word = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    let file_id = word("file_id").and_then(|id| Uuid::try_parse(&id).ok());
    let error = word("media_error");
    let state = match (&file_id, &error) {
        (Some(_), _) => "stored",
        (None, Some(_)) => "failed",
        (None, None) => "pending",
    };
    Some(MessageMedia { state: state.into(), file_id, error, ..MessageMedia::pending(found) })
}
