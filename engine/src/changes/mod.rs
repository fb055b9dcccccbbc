//! Change requests: a protected field is changed by somebody who asks and an owner who decides (functional.md section 1).
//!
//! Owners and admins ask; an owner decides, and not on what they asked for themselves unless they are the only owner.
//! Fields that need approval alone (`role`, `puesto`, `is_active`, the fiscal addresses) change at once where the owner
//! asks. An approved request is carried out in its own transaction, the only one in which the database lets a locked
//! field change, and that field of that row alone.

mod apply;
pub(crate) mod sql;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Engine;
use crate::asker::Asker;
use crate::audit::{Action, Entry};
use crate::auth::role::Role;
use crate::auth::session;
use crate::check::Check;
use crate::customers::{self, tax};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::{CustomerId, FileId, LoginId, OrgId, UserId};
use crate::moment::{self, Moment};
use crate::notices::{self, Notice};
use crate::page::{Cursor, Page, Paging};
use crate::protect::fields::{self, Form};
use crate::protect::{self, Entity, Guard, Protected, Sealed, Wish};

/// The columns, as seals are bound to them.
const CURRENT: &str = "change_request.current";
const REQUESTED: &str = "change_request.requested";
/// Papers of one request at most.
const MOST_DOCUMENTS: usize = 10;

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = ChangeRequestStatus)]
pub enum Status {
    /// Nobody decided.
    Pending,
    /// The field was changed.
    Approved,
    /// The field stays as it is.
    Rejected,
}

/// A request to change a protected field.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct ChangeRequest {
    /// Its id.
    #[sqlx(rename = "request_id")]
    pub id: Uuid,
    /// Of what.
    pub entity: Entity,
    /// Of which row.
    pub entity_id: Uuid,
    /// Whose it is, in words: the name of the person, the customer, the company.
    pub entity_name: Option<String>,
    /// Which field.
    pub field: String,
    /// Its value when it was asked.
    pub current: Option<String>,
    /// The value that is asked for.
    pub requested: Option<String>,
    /// Why.
    pub reason: String,
    /// The papers that prove it: ids of files.
    pub documents: Vec<FileId>,
    /// Where it stands.
    pub status: Status,
    /// Who asked.
    pub requested_by: UserId,
    /// Their name.
    pub requested_by_name: String,
    /// Who decided.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Moment>,
    /// Why they decided so.
    pub decision_reason: Option<String>,
    /// Asked at.
    pub created_at: Moment,
    #[serde(skip)]
    current_sealed: Option<Vec<u8>>,
    #[serde(skip)]
    requested_sealed: Option<Vec<u8>>,
}

/// `POST /api/organization/change-requests`.
#[derive(Debug, Clone, Deserialize, Serialize, utoipa::ToSchema)]
pub struct NewChangeRequest {
    /// Of what.
    pub entity: Entity,
    /// Of which row; the organization needs none.
    #[serde(default)]
    pub entity_id: Option<Uuid>,
    /// Which field.
    pub field: String,
    /// The value that is asked for: a text, a number, true or false.
    #[serde(alias = "requested_value", alias = "new_value")]
    #[schema(value_type = String)]
    pub requested: Value,
    /// Why, 3 to 1000 characters.
    pub reason: String,
    /// The papers that prove it: files of the purpose `document`.
    #[serde(default)]
    pub documents: Vec<FileId>,
}

/// Approving or rejecting.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct Decide {
    /// Why, up to 1000 characters; required to reject.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Which requests a list shows.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only where they stand so.
    pub status: Option<Status>,
    /// Only of these.
    pub entity: Option<Entity>,
    /// Only of this row.
    pub entity_id: Option<Uuid>,
}

/// Requests, newest first: all to owners and admins, those about customers to the rest of the office.
pub async fn list(
    engine: &Engine,
    org: OrgId,
    asker: Asker,
    filter: &Filter,
    paging: &Paging,
) -> Result<Page<ChangeRequest>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let mut tenant = engine.db.tenant(org).await?;
    let rows = sql::list(&mut tenant, sees_all(asker), filter, (after, limit)).await?;
    let mut page = Page::cut(rows, limit, |r| Cursor { at: r.created_at.0, id: r.id });
    for row in &mut page.items {
        open(engine, &mut tenant, row).await?;
    }
    Ok(page)
}

/// Papers of people and of the company are their owners' and admins' matter.
fn sees_all(asker: Asker) -> bool {
    matches!(asker.role, Role::Owner | Role::Admin)
}

/// Asks for a change. The owner's change of a field that needs approval alone is carried out at once.
///
/// The answer has no sealed value, so that it may be kept; [`with_requested`] puts it in.
///
/// # Errors
/// 404 for a row that is not there, 422 for a field that is not protected or a value that it cannot have,
/// `CHANGE_001` where the field has an open request.
pub async fn create(
    engine: &Engine,
    tenant: &mut Tenant,
    asker: Asker,
    new: &NewChangeRequest,
) -> Result<(ChangeRequest, Vec<LoginId>)> {
    if new.entity != Entity::Customer && !sees_all(asker) {
        return Err(Error::Forbidden);
    }
    let (protected, wish) = wish(engine, tenant, new).await?;
    let id = protect::ask(tenant, asker.user, &wish).await?;
    let entry = Entry::new(Action::ChangeRequested, asker.by(), "change_request").on(id);
    tenant.audit(entry.is(named(&wish)).with("reason", &wish.reason));
    let row = sql::get(tenant, id, true).await?.ok_or(Error::NotFound("change request"))?;
    if asker.role == Role::Owner && protected.guard == Guard::Approval {
        let ended = carry_out(engine, tenant, asker.user, &row, None).await?;
        return Ok((sql::get(tenant, id, false).await?.ok_or(Error::NotFound("change request"))?, ended));
    }
    Ok((row, Vec::new()))
}

/// The fields of a request that say what it is about and nothing personal.
fn named(wish: &Wish) -> Value {
    json!({ "entity": wish.entity, "entity_id": wish.entity_id, "field": wish.field })
}

/// What is asked, checked against what is there.
async fn wish(
    engine: &Engine,
    tenant: &mut Tenant,
    new: &NewChangeRequest,
) -> Result<(&'static Protected, Wish)> {
    let protected = fields::find(new.entity, &new.field).ok_or_else(|| {
        Error::invalid("field", "no es un campo protegido (not a protected field: edit it)")
    })?;
    let mut check = Check::default();
    let text = match &new.requested {
        Value::String(text) => text.clone(),
        Value::Number(n) => n.to_string(),
        Value::Bool(b) => b.to_string(),
        _ => String::new(),
    };
    let requested = protected.form.read(&mut check, "requested", &text);
    let reason = check.text("reason", &new.reason, 3, 1000);
    if new.documents.len() > MOST_DOCUMENTS {
        check.wrong("documents", format!("hasta {MOST_DOCUMENTS} (at most {MOST_DOCUMENTS})"));
    }
    check.done()?;
    let org = tenant.org();
    let entity_id = match new.entity {
        Entity::Organization => org.0,
        _ => new.entity_id.ok_or_else(|| Error::invalid("entity_id", "falta (required)"))?,
    };
    let mut documents = new.documents.clone();
    documents.sort_unstable();
    documents.dedup();
    if !documents.is_empty() && sql::count_documents(tenant, &documents).await? != documents.len() {
        return Err(Error::invalid(
            "documents",
            "nombra un archivo que no está (names a file that is not there)",
        ));
    }
    let current = sql::current(tenant, new.entity, entity_id, protected.field).await?;
    let mut current = current.ok_or(Error::NotFound(new.entity.as_str()))?;
    let (id, is_sealed) = (Uuid::now_v7(), is_sealed(protected));
    let mut sealed = None;
    if is_sealed {
        current = cuit_now(engine, tenant, CustomerId(entity_id)).await?;
        sealed = Some(Sealed {
            current: engine.vault.seal_text(tenant, CURRENT, id, current.as_deref()).await?,
            requested: engine.vault.seal_text(tenant, REQUESTED, id, Some(&requested)).await?,
        });
    }
    if current.as_deref() == Some(requested.as_str()) {
        return Err(Error::invalid("requested", "es el valor que tiene (it has this value)"));
    }
    let open = |text: Option<String>| text.filter(|_| !is_sealed);
    let wish = Wish {
        id,
        entity: new.entity,
        entity_id,
        field: protected.field,
        current: open(current),
        requested: open(Some(requested)),
        sealed,
        reason,
        documents,
    };
    Ok((protected, wish))
}

/// A customer's tax number is the one protected field that is kept sealed.
fn is_sealed(protected: &Protected) -> bool {
    protected.entity == Entity::Customer && protected.form == Form::Cuit
}

/// Puts what was asked into an answer on its way out: answers are kept without what is sealed.
pub fn with_requested(answer: &mut Value, new: &NewChangeRequest) {
    let cuit = new.requested.as_str().and_then(|c| crate::cuit::Cuit::read(c).ok());
    if let (Some(answer), Some(cuit)) = (answer.as_object_mut(), cuit)
        && new.entity == Entity::Customer
        && new.field == "cuit"
    {
        answer.insert("requested".into(), json!(cuit.digits()));
    }
}

/// An owner approves: the field is changed here and now.
///
/// # Errors
/// 404, `CHANGE_002` (decided already) with the request, `CHANGE_003` (asked for it oneself, and another owner is there
/// to decide), whatever forbids the change by then.
pub async fn approve(
    engine: &Engine,
    org: OrgId,
    by: UserId,
    id: Uuid,
    body: &Decide,
) -> Result<ChangeRequest> {
    let (mut tenant, row, reason) = open_request(engine, org, by, id, body).await?;
    let ended = carry_out(engine, &mut tenant, by, &row, reason.as_deref()).await?;
    answer(engine, tenant, id, &ended).await
}

/// An owner rejects: the field stays as it is.
///
/// # Errors
/// As [`approve`], and 422 without a reason.
pub async fn reject(
    engine: &Engine,
    org: OrgId,
    by: UserId,
    id: Uuid,
    body: &Decide,
) -> Result<ChangeRequest> {
    let (mut tenant, row, reason) = open_request(engine, org, by, id, body).await?;
    let missing = || Error::invalid("reason", "decí por qué (say why)");
    let reason = reason.ok_or_else(missing)?;
    sql::decide(&mut tenant, id, Status::Rejected, by, Some(&reason)).await?;
    told(&mut tenant, by, &row, Status::Rejected, Some(&reason)).await?;
    answer(engine, tenant, id, &[]).await
}

/// The open request, locked, and whether this owner may decide it.
async fn open_request(
    engine: &Engine,
    org: OrgId,
    by: UserId,
    id: Uuid,
    body: &Decide,
) -> Result<(Tenant, ChangeRequest, Option<String>)> {
    let mut check = Check::default();
    let reason = check.optional("reason", body.reason.as_deref(), 1000);
    check.done()?;
    let mut tenant = engine.db.tenant(org).await?;
    let mut row = sql::get(&mut tenant, id, true).await?.ok_or(Error::NotFound("change request"))?;
    if row.status != Status::Pending {
        open(engine, &mut tenant, &mut row).await?;
        return Err(Error::Conflict {
            code: "CHANGE_002",
            detail: "ya se decidió (decided already)".into(),
            current: serde_json::to_value(&row).ok(),
        });
    }
    if row.requested_by == by && sql::owners(&mut tenant).await? > 1 {
        return Err(Error::Conflict {
            code: "CHANGE_003",
            detail: "lo decide otro dueño: lo pediste vos (another owner decides what you asked for)".into(),
            current: None,
        });
    }
    Ok((tenant, row, reason))
}

/// Decides for the change and makes it, through the one door that locked fields have.
async fn carry_out(
    engine: &Engine,
    tenant: &mut Tenant,
    by: UserId,
    row: &ChangeRequest,
    reason: Option<&str>,
) -> Result<Vec<LoginId>> {
    sql::decide(tenant, row.id, Status::Approved, by, reason).await?;
    protect::sql::unlock(tenant, row.id).await?;
    let ended = apply::apply(engine, tenant, by, row).await?;
    protect::sql::lock_again(tenant).await?;
    told(tenant, by, row, Status::Approved, reason).await?;
    Ok(ended)
}

/// The event, the audit log, and a notice to who asked and whose data it is.
async fn told(
    tenant: &mut Tenant,
    by: UserId,
    row: &ChangeRequest,
    status: Status,
    reason: Option<&str>,
) -> Result<()> {
    let is_approved = status == Status::Approved;
    let (kind, action, title) = if is_approved {
        ("change_request.approved", Action::ChangeApproved, "Se aprobó el cambio de")
    } else {
        ("change_request.rejected", Action::ChangeRejected, "Se rechazó el cambio de")
    };
    let what = json!({ "id": row.id, "entity": row.entity, "entity_id": row.entity_id, "field": row.field });
    let entry = Entry::new(action, By::staff(by), "change_request").on(row.id).is(&what);
    tenant.audit(entry.with("reason", reason).with("requested_by", row.requested_by));
    tenant.record(NewEvent::new(kind, moment::now(), By::staff(by)).with("request", &what));
    let notice = Notice {
        kind: if is_approved { "change_approved" } else { "change_rejected" },
        title: format!("{title} {}", row.field),
        body: reason.unwrap_or_default().to_owned(),
        params: json!({"entity": row.entity, "field": row.field, "reason": reason}),
        entity: Some(("change_request", row.id)),
        dedupe: format!("change_decided/{}", row.id),
    };
    let mut people = vec![row.requested_by];
    if row.entity == Entity::User && row.entity_id != row.requested_by.0 {
        people.push(UserId(row.entity_id));
    }
    for user in people.into_iter().filter(|user| *user != by) {
        notices::add(tenant, user, &notice).await?;
    }
    Ok(())
}

async fn answer(engine: &Engine, mut tenant: Tenant, id: Uuid, ended: &[LoginId]) -> Result<ChangeRequest> {
    let mut row = sql::get(&mut tenant, id, false).await?.ok_or(Error::NotFound("change request"))?;
    open(engine, &mut tenant, &mut row).await?;
    tenant.commit().await?;
    session::tell_ended(engine, ended);
    Ok(row)
}

/// Opens what is sealed, for those who see the request. Where the organization's keys were destroyed there is nothing.
async fn open(engine: &Engine, tenant: &mut Tenant, row: &mut ChangeRequest) -> Result<()> {
    if row.requested_sealed.is_none() {
        return Ok(());
    }
    let current = engine.vault.open_text(tenant, CURRENT, row.id, row.current_sealed.as_deref()).await;
    let requested = requested_of(engine, tenant, row).await;
    for (field, opened) in [(&mut row.current, current), (&mut row.requested, requested)] {
        match opened {
            Ok(text) => *field = text,
            Err(Error::Sealed { code: "VAULT_001", .. }) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

/// The sealed value that is asked for, if it is one.
async fn requested_of(engine: &Engine, tenant: &mut Tenant, row: &ChangeRequest) -> Result<Option<String>> {
    engine.vault.open_text(tenant, REQUESTED, row.id, row.requested_sealed.as_deref()).await
}

/// A customer's tax number in the open.
async fn cuit_now(engine: &Engine, tenant: &mut Tenant, id: CustomerId) -> Result<Option<String>> {
    let mut row = customers::sql::lock(tenant.conn(), id).await?.ok_or(Error::NotFound("customer"))?;
    tax::open(engine, tenant, &mut row).await?;
    Ok(row.cuit)
}
