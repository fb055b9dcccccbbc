//! The office's inbox: conversations, what was said, who answers.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::later;
use super::sql::inbox::{self as sql, Decided};
use super::sql::thread;
use super::view::{Conversation, Message};
use super::wire::Inbound;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::field::{self, Field};
use crate::ids::{CustomerId, MessageId, UserId};
use crate::moment;
use crate::page::{Cursor, Page, Paging};

/// The task that tells the provider that messages were read.
pub const READ: &str = "whatsapp.read";
const STATUSES: [&str; 4] = ["open", "closed", "archived", "spam"];
const LANGUAGES: [&str; 2] = ["es-AR", "en"];

/// Which conversations are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Every one.
    #[default]
    All,
    /// With messages that nobody read.
    Unread,
    /// In which free text may go.
    InWindow,
    /// Those that are the asker's to answer.
    Mine,
}

/// Which conversations a list shows.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// all, unread, in_window or mine.
    #[param(inline)]
    pub filter: Option<Filter>,
    /// open, closed, archived or spam; open and closed ones when absent.
    pub status: Option<String>,
    /// A part of a name, a phone, an address or of what was said.
    pub q: Option<String>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// The `next` of the page before.
    pub after: Option<String>,
}

/// What may change of a conversation: a field that is left out stays.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct EditConversation {
    /// open, closed, archived or spam.
    pub status: Option<String>,
    /// Who answers it; null: nobody.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<UserId>)]
    pub assignee_id: Field<UserId>,
    /// es-AR or en.
    pub language: Option<String>,
    /// Whose it is, where nobody was found by the phone.
    pub customer_id: Option<CustomerId>,
}

/// Conversations, the newest first.
pub async fn list(tenant: &mut Tenant, asked: &Asked, user: UserId) -> Result<Page<Conversation>> {
    let paging = Paging { limit: asked.limit, after: asked.after.clone() };
    let (limit, after) = (paging.limit()?, paging.after()?);
    if asked.q.as_ref().is_some_and(|q| q.chars().count() > 200 || q.contains('\0')) {
        return Err(Error::invalid("q", "hasta 200 letras (at most 200 letters)"));
    }
    if asked.status.as_ref().is_some_and(|s| !STATUSES.contains(&s.as_str())) {
        return Err(Error::invalid("status", STATUSES.join(", ")));
    }
    let now = moment::now();
    let rows = sql::list(tenant, asked, user, after, limit).await?;
    let page = Page::cut(rows, limit, |r| Cursor { at: r.last_at, id: r.conversation_id });
    Ok(Page { items: page.items.into_iter().map(|r| Conversation::of(r, now)).collect(), next: page.next })
}

/// One conversation, by its id or its customer's.
pub async fn get(tenant: &mut Tenant, id: Uuid) -> Result<Conversation> {
    let id = find(tenant, id).await?;
    view(tenant, id).await?.ok_or(Error::NotFound("conversation"))
}

/// The conversation with this id, else the newest of the customer with this id.
pub(super) async fn find(tenant: &mut Tenant, id: Uuid) -> Result<Uuid> {
    sql::find(tenant, id).await?.ok_or(Error::NotFound("conversation"))
}

/// A conversation as the office sees it.
pub(super) async fn view(tenant: &mut Tenant, id: Uuid) -> Result<Option<Conversation>> {
    Ok(sql::get(tenant, id).await?.map(|row| Conversation::of(row, moment::now())))
}

/// What was said, the newest first.
pub async fn messages(tenant: &mut Tenant, id: Uuid, paging: &Paging) -> Result<Page<Message>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let conversation = get(tenant, id).await?;
    let rows = sql::messages(tenant, conversation.id, conversation.phone.as_deref(), after, limit).await?;
    let page = Page::cut(rows, limit, |r| Cursor { at: r.created_at, id: r.message_id.0 });
    Ok(Page { items: page.items.into_iter().map(Message::of).collect(), next: page.next })
}

/// One message.
pub async fn message(tenant: &mut Tenant, id: MessageId) -> Result<Message> {
    sql::message(tenant, id).await?.map(Message::of).ok_or(Error::NotFound("message"))
}

/// As a message is told the moment it comes in.
pub(super) fn came_in(conversation: Uuid, id: MessageId, from: &Inbound, at: DateTime<Utc>) -> Message {
    Message::came_in(conversation, id, from, at)
}

/// Everything in it was read: here, and on the customer's phone.
pub async fn read(tenant: &mut Tenant, id: Uuid, by: UserId) -> Result<Conversation> {
    let id = find(tenant, id).await?;
    let locked = thread::lock_by_id(tenant, id).await?;
    let before = view(tenant, id).await?.ok_or(Error::NotFound("conversation"))?;
    if before.unread == 0 || locked.is_none() {
        return Ok(before);
    }
    if let Some(provider_id) = sql::read(tenant, id).await? {
        let payload = json!({"org": tenant.org(), "provider_id": provider_id});
        later(tenant, READ, payload, provider_id, moment::now()).await?;
    }
    tell(tenant, id, By::staff(by)).await
}

/// The office hears how a conversation stands now.
pub(super) async fn tell(tenant: &mut Tenant, id: Uuid, by: By) -> Result<Conversation> {
    let view = view(tenant, id).await?.ok_or(Error::NotFound("conversation"))?;
    tenant.record(NewEvent::new("conversation.changed", moment::now(), by).with("conversation", &view));
    Ok(view)
}

/// Closes, archives, assigns ..
pub async fn edit(tenant: &mut Tenant, id: Uuid, edit: EditConversation, by: UserId) -> Result<Conversation> {
    let id = find(tenant, id).await?;
    if edit.status.as_ref().is_some_and(|s| !STATUSES.contains(&s.as_str())) {
        return Err(Error::invalid("status", STATUSES.join(", ")));
    }
    if edit.language.as_ref().is_some_and(|l| !LANGUAGES.contains(&l.as_str())) {
        return Err(Error::invalid("language", LANGUAGES.join(", ")));
    }
    if let Some(Some(user)) = edit.assignee_id
        && !sql::is_office(tenant, user).await?
    {
        return Err(Error::invalid("assignee_id", "no es de la oficina (nobody of the office)"));
    }
    if let Some(customer) = edit.customer_id
        && !sql::is_customer(tenant, customer).await?
    {
        return Err(Error::invalid(
            "customer_id",
            "no es cliente de esta organización (not a customer of this organization)",
        ));
    }
    thread::lock_by_id(tenant, id).await?;
    let decided = Decided {
        status: edit.status,
        assignee: edit.assignee_id,
        language: edit.language,
        customer: edit.customer_id,
    };
    sql::decide(tenant, id, &decided).await?;
    tell(tenant, id, By::staff(by)).await
}
