//! The delivery log: what was sent to whom, when, and what became of it.

mod sql;

use serde::Serialize;
use uuid::Uuid;

use super::outbound::State;
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::ids::{JobId, MessageId, OrgId, UserId};
use crate::moment::Moment;
use crate::page::{Cursor, Page, Paging};

/// One message of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = Delivery)]
pub struct Entry {
    /// Its id; providers know it as `biz_opaque_callback_data`.
    #[sqlx(rename = "message_id")]
    pub id: MessageId,
    /// whatsapp, sms, email, push or web.
    pub channel: String,
    /// customer or user.
    pub recipient: String,
    /// Their name.
    pub recipient_name: Option<String>,
    /// The phone it goes to.
    pub phone: Option<String>,
    /// What it tells of, as `tech_en_route`; null for what a person wrote.
    pub event: Option<String>,
    /// text, template, interactive .. or event while it waits.
    pub kind: String,
    /// As it read; links that open something are left out. Null while it waits.
    pub text: Option<String>,
    /// Where it stands.
    pub status: State,
    /// Whether an SMS stands for it when WhatsApp does not take it.
    pub is_critical: bool,
    /// Why it is kept back or failed: ours (`outdated`, `opted_out`, `preference`, `no_channel`) or the provider's code.
    pub error_code: Option<String>,
    /// The provider's words.
    pub error_detail: Option<String>,
    /// What it is about: `job`.
    pub entity_kind: Option<String>,
    /// Which.
    pub entity_id: Option<Uuid>,
    /// The message that this SMS stands for.
    pub fallback_of: Option<MessageId>,
    /// Attempts so far.
    pub attempts: i16,
    /// Written at.
    pub created_at: Moment,
    /// Not before.
    pub due_at: Moment,
    /// Taken by the provider at.
    pub sent_at: Option<Moment>,
    /// On the phone at.
    pub delivered_at: Option<Moment>,
    /// Read at.
    pub read_at: Option<Moment>,
    /// Failed or kept back at.
    pub failed_at: Option<Moment>,
}

/// The messages about a job, newest first: what the office sees.
///
/// # Errors
/// [`Error::NotFound`] for a job that the organization does not have.
pub async fn of_job(db: &Db, org: OrgId, job: JobId, paging: &Paging) -> Result<Page<Entry>> {
    let mut tenant = db.tenant(org).await?;
    if !sql::has_job(&mut tenant, job).await? {
        return Err(Error::NotFound("job"));
    }
    page(&mut tenant, paging, (Some(job), None)).await
}

/// The messages to a person of the organization, newest first.
pub async fn of_person(db: &Db, org: OrgId, user: UserId, paging: &Paging) -> Result<Page<Entry>> {
    let mut tenant = db.tenant(org).await?;
    page(&mut tenant, paging, (None, Some(user))).await
}

async fn page(
    tenant: &mut Tenant,
    paging: &Paging,
    (job, user): (Option<JobId>, Option<UserId>),
) -> Result<Page<Entry>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let rows = sql::list(tenant, (job, user), after, limit + 1).await?;
    Ok(Page::cut(rows, limit, |e| Cursor { at: e.created_at.0, id: e.id.0 }))
}
