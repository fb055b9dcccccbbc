//! What people ask of us about their data, each with the day by which it is answered; the owner decides.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{clock, erase, export, sql};
use crate::Engine;
use crate::auth::role::Role;
use crate::check::Check;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{CustomerId, UserId};
use crate::ledger::{Action, Entry};
use crate::moment::Moment;
use crate::notices::{self, Notice};
use crate::page::{Cursor, Page, Paging};

/// The task that tells owners of requests that nobody answered in time.
pub const WATCH: &str = "privacy.watch";
/// So long before the end of the clock the owner hears of it.
const WARN: TimeDelta = TimeDelta::hours(24);

/// What may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = PrivacyRequestKind)]
pub enum Kind {
    /// A copy of what is held: 10 calendar days.
    Access,
    /// Something is wrong: 5 business days.
    Rectify,
    /// Everything is to go: 5 business days.
    Erase,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow, ToSchema)]
#[schema(as = PrivacyRequest)]
pub struct RequestView {
    /// Its id.
    #[sqlx(rename = "request_id")]
    pub id: Uuid,
    /// What is asked.
    pub kind: Kind,
    /// The person whose data it is; null where it is a customer's.
    pub user_id: Option<UserId>,
    /// The customer whose data it is.
    pub customer_id: Option<CustomerId>,
    /// In their words.
    pub detail: Option<String>,
    /// `confirming`, `open`, `waiting`, `done`, `refused`, `withdrawn`.
    pub state: String,
    /// Who asked.
    pub asked_by: UserId,
    /// When.
    pub asked_at: Moment,
    /// The end of the day by which it must be answered.
    pub due_at: Moment,
    /// When the erasure follows by itself.
    pub erase_at: Option<Moment>,
    /// Who decided.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Moment>,
    /// What they were answered.
    pub answer: Option<String>,
    /// Nobody answered in time.
    pub is_overdue: bool,
}

/// `POST /api/users/me/rectify-request`: what is wrong about oneself.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct Rectify {
    /// What is wrong and how it is right, up to 2000 signs.
    pub detail: String,
}

/// `POST /api/customers/{id}/privacy-requests`: what a customer asked of the office.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct NewRequest {
    /// What they ask.
    pub kind: Kind,
    /// In their words, up to 2000 signs.
    pub detail: Option<String>,
}

/// `POST /api/organization/privacy-requests/{id}/decide`.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[schema(as = DecideRequest)]
pub struct Decide {
    /// Done, or refused.
    pub done: bool,
    /// What they are answered; needed to refuse (10 to 2000 signs).
    pub answer: Option<String>,
}

/// Somebody asks for a correction of what is held about them.
pub async fn rectify(tenant: &mut Tenant, user: UserId, body: &Rectify) -> Result<RequestView> {
    let mut check = Check::default();
    let detail = check.text("detail", &body.detail, 5, 2_000);
    check.done()?;
    add(tenant, (Kind::Rectify, user), (Some(user), None), Some(&detail)).await
}

/// The office takes a customer's request.
///
/// # Errors
/// `NotFound` where there is no such customer.
pub async fn take(
    tenant: &mut Tenant,
    by: UserId,
    customer: CustomerId,
    body: &NewRequest,
) -> Result<RequestView> {
    let mut check = Check::default();
    let detail = check.optional("detail", body.detail.as_deref(), 2_000);
    check.done()?;
    if !sql::request::has_customer(tenant, customer).await? {
        return Err(Error::NotFound("customer"));
    }
    add(tenant, (body.kind, by), (None, Some(customer)), detail.as_deref()).await
}

async fn add(
    tenant: &mut Tenant,
    (kind, by): (Kind, UserId),
    whose: (Option<UserId>, Option<CustomerId>),
    detail: Option<&str>,
) -> Result<RequestView> {
    let now = Utc::now();
    let id = Uuid::now_v7();
    let row =
        sql::request::insert(tenant, (id, kind, "open"), whose, detail, (by, now, clock::due(kind, now)))
            .await?;
    tell_owners(tenant, &row, "Pedido sobre datos personales", "privacy_request").await?;
    audit_asked(tenant, &row, By::staff(by));
    Ok(row)
}

/// The log's entry of a request.
pub(super) fn audit_asked(tenant: &mut Tenant, row: &RequestView, by: By) {
    let action = match row.kind {
        Kind::Access => Action::ExportRequested,
        Kind::Rectify => Action::RectificationRequested,
        Kind::Erase => Action::ErasureRequested,
    };
    let mut entry = Entry::new(action, by, "privacy_request").on(row.id);
    entry.about = row.user_id;
    tenant.audit(entry.with("customer_id", row.customer_id).with("due_at", row.due_at));
}

/// Requests of the organization, the newest first.
pub async fn list(tenant: &mut Tenant, paging: &Paging) -> Result<Page<RequestView>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let rows = sql::request::list(tenant, after, limit + 1).await?;
    Ok(Page::cut(rows, limit, |r| Cursor { at: r.asked_at.0, id: r.id }))
}

/// A person's own requests, the newest first.
pub(super) async fn of(tenant: &mut Tenant, user: UserId) -> Result<Vec<RequestView>> {
    sql::request::of(tenant, user).await
}

/// The owner decides. An erasure that is done is carried out at once, a copy is made.
///
/// # Errors
/// `NotFound`; `PRIVACY_001` where it was decided already.
pub async fn decide(
    engine: &Engine,
    tenant: &mut Tenant,
    by: UserId,
    id: Uuid,
    body: &Decide,
) -> Result<RequestView> {
    let mut check = Check::default();
    let answer = match (body.done, body.answer.as_deref()) {
        (true, answer) => check.optional("answer", answer, 2_000),
        (false, answer) => Some(check.text("answer", answer.unwrap_or_default(), 10, 2_000)),
    };
    check.done()?;
    let row = sql::request::lock(tenant, id).await?.ok_or(Error::NotFound("privacy request"))?;
    if !matches!(row.state.as_str(), "open" | "waiting") {
        return Err(Error::Conflict {
            code: "PRIVACY_001",
            detail: "este pedido ya se resolvió (this request was decided already)".into(),
            current: serde_json::to_value(&row).ok(),
        });
    }
    if body.done {
        match row.kind {
            Kind::Access => export::order(engine, tenant, (row.user_id, row.customer_id), Some(by)).await?,
            Kind::Erase => erase::order(tenant, &row, Utc::now()).await?,
            Kind::Rectify => {}
        }
    }
    let state = match (body.done, row.kind) {
        (false, _) => "refused",
        // It is done when it was carried out.
        (true, Kind::Erase) => "waiting",
        (true, _) => "done",
    };
    let row = sql::request::decide(tenant, id, state, (by, answer.as_deref())).await?;
    let action = match (row.kind, body.done) {
        (Kind::Rectify, true) => Action::Rectified,
        (Kind::Erase, true) => Action::ErasureConfirmed,
        (Kind::Access, true) => Action::ExportRequested,
        (_, false) => Action::PrivacyRequestRefused,
    };
    let mut entry = Entry::new(action, By::staff(by), "privacy_request").on(id);
    entry.about = row.user_id;
    tenant.audit(entry.with("customer_id", row.customer_id));
    Ok(row)
}

/// The task [`WATCH`]: owners hear of requests whose day is near or past, once each.
pub async fn watch(engine: &Engine) -> Result<()> {
    watch_at(engine, Utc::now()).await.map(|_| ())
}

/// The same at a moment; how many requests were told of.
pub async fn watch_at(engine: &Engine, now: DateTime<Utc>) -> Result<usize> {
    let mut told = 0;
    for org in sql::request::orgs_with_due(&engine.db, now + WARN).await? {
        let mut tenant = engine.db.tenant(org).await?;
        for row in sql::request::alarm(&mut tenant, now + WARN).await? {
            tell_owners(&mut tenant, &row, "Pedido sobre datos personales sin responder", "privacy_overdue")
                .await?;
            tracing::warn!(%org, request = %row.id, due_at = %row.due_at.0, "a request about personal data waits for its answer");
            told += 1;
        }
        tenant.commit().await?;
    }
    Ok(told)
}

async fn tell_owners(tenant: &mut Tenant, row: &RequestView, title: &str, kind: &'static str) -> Result<()> {
    let what = match row.kind {
        Kind::Access => "una copia de sus datos",
        Kind::Rectify => "corregir sus datos",
        Kind::Erase => "borrar sus datos",
    };
    let who = if row.user_id.is_some() { "Una persona del equipo" } else { "Un cliente" };
    let due = row.due_at.0.with_timezone(&chrono_tz::America::Argentina::Buenos_Aires).format("%d/%m/%Y");
    let notice = Notice {
        kind,
        title: title.into(),
        body: format!("{who} pidió {what}. Hay que responder hasta el {due}."),
        params: json!({"request_kind": row.kind, "due_at": row.due_at}),
        entity: Some(("privacy_request", row.id)),
        dedupe: format!("{kind}:{}", row.id),
    };
    notices::add_for_roles(tenant, &[Role::Owner], &notice).await
}
