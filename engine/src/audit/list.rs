//! The log as people read it: a list with filters, the newest first.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::sql;
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::ids::{OrgId, UserId};
use crate::ledger::{Action, Ledger, Row, shown};
use crate::moment::Moment;
use crate::page::{Page, Paging};

/// Which entries are wanted.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditList {
    /// Entries of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// The `next` of the page before.
    pub after: Option<String>,
    /// Of the catalogue, as `customer.merged`.
    pub action: Option<String>,
    /// What it was done to, as `customer`.
    pub entity: Option<String>,
    /// Which one.
    pub entity_id: Option<Uuid>,
    /// Who did it.
    pub user: Option<UserId>,
    /// Whose data was looked at.
    pub about: Option<UserId>,
    /// From this moment on (RFC 3339).
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub to: Option<DateTime<Utc>>,
}

/// The same, checked.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) before: Option<i64>,
    pub(super) action: Option<Action>,
    pub(super) entity: Option<String>,
    pub(super) entity_id: Option<Uuid>,
    pub(super) by: Option<UserId>,
    pub(super) about: Option<UserId>,
    pub(super) from: Option<DateTime<Utc>>,
    pub(super) to: Option<DateTime<Utc>>,
    /// With `about`: looks at everyone too, while that person was on the map.
    pub(super) or_everyone: bool,
    pub(super) limit: i64,
}

/// An entry.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// Its number, gapless within the organization.
    pub seq: i64,
    /// When.
    pub at: Moment,
    /// Of the catalogue, as `customer.merged`.
    pub action: String,
    /// The same in words.
    pub text: String,
    /// Who did it.
    pub by: AuditBy,
    /// What it was done to, as `customer`.
    pub entity: String,
    /// Which one.
    pub entity_id: Option<Uuid>,
    /// Whose data was looked at.
    pub about: Option<Uuid>,
    /// Their name.
    pub about_name: Option<String>,
    /// What was. Personal data as commitments.
    #[schema(value_type = Option<Object>)]
    pub old: Option<Value>,
    /// What is.
    #[schema(value_type = Option<Object>)]
    pub new: Option<Value>,
    /// Circumstances: ip, user_agent, reason, ..
    #[schema(value_type = Object)]
    pub meta: Map<String, Value>,
    /// What binds it to the entry before, in hexadecimal.
    pub hash: String,
}

/// Who did something.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AuditBy {
    /// staff, technician, customer or system.
    pub kind: String,
    /// The person.
    pub id: Option<Uuid>,
    /// Their name now.
    pub name: Option<String>,
}

impl AuditList {
    fn check(&self) -> Result<Wanted> {
        let paging = Paging { limit: self.limit, after: None };
        let wrong = |_| Error::invalid("after", "no es un cursor de esta lista (not a cursor of this list)");
        let before = self.after.as_deref().map(str::parse).transpose().map_err(wrong)?;
        let unknown = |_| Error::invalid("action", "no existe esa acción (no such action)");
        let action = self.action.as_deref().filter(|a| !a.is_empty()).map(str::parse).transpose();
        if self.from.zip(self.to).is_some_and(|(from, to)| from > to) {
            return Err(Error::invalid("from", "hacia adelante (forwards)"));
        }
        Ok(Wanted {
            before,
            action: action.map_err(unknown)?,
            entity: self.entity.clone().filter(|e| !e.is_empty()),
            entity_id: self.entity_id,
            by: self.user,
            about: self.about,
            from: self.from,
            to: self.to,
            or_everyone: false,
            limit: paging.limit()?,
        })
    }
}

/// The organization's entries, the newest first.
///
/// # Errors
/// `Invalid` for filters that mean nothing.
pub async fn list(db: &Db, org: OrgId, query: &AuditList, is_spanish: bool) -> Result<Page<AuditEntry>> {
    let wanted = query.check()?;
    page(db, org, wanted, is_spanish).await
}

/// Something that can stand in the log.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AuditAction {
    /// Its name, as `customer.merged`.
    pub action: &'static str,
    /// What it is in words.
    pub text: &'static str,
}

/// The catalogue, as filters offer it.
pub fn actions(is_spanish: bool) -> Vec<AuditAction> {
    let text = |action: Action| if is_spanish { action.es() } else { action.en() };
    Action::ALL.iter().map(|action| AuditAction { action: action.as_str(), text: text(*action) }).collect()
}

/// Somebody who looked at one's data.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DataView {
    /// When; the first time of its hour.
    pub at: Moment,
    /// Who.
    pub by: AuditBy,
    /// At what, in words.
    pub text: String,
    /// On which way: `live_map`, `locations`, `track`, `session`, `nearest`, `link`.
    pub way: Option<String>,
}

/// Who looked at one's own data, the newest first. From where they looked is not shown: that is theirs.
///
/// # Errors
/// `Invalid` for a page that means nothing.
pub async fn views_of(
    db: &Db,
    org: OrgId,
    user: UserId,
    paging: &Paging,
    is_spanish: bool,
) -> Result<Page<DataView>> {
    let query = AuditList { limit: paging.limit, after: paging.after.clone(), ..AuditList::default() };
    let action = Some(Action::PositionsViewed);
    let wanted = Wanted { about: Some(user), action, or_everyone: true, ..query.check()? };
    let page = page(db, org, wanted, is_spanish).await?;
    let view = |entry: AuditEntry| DataView {
        at: entry.at,
        by: entry.by,
        text: entry.text,
        way: entry.meta.get("way").and_then(Value::as_str).map(str::to_owned),
    };
    Ok(Page { items: page.items.into_iter().map(view).collect(), next: page.next })
}

async fn page(db: &Db, org: OrgId, mut wanted: Wanted, is_spanish: bool) -> Result<Page<AuditEntry>> {
    let limit = usize::try_from(wanted.limit).unwrap_or(1);
    wanted.limit += 1;
    let mut tenant = db.tenant(org).await?;
    let mut rows = sql::list(tenant.conn(), org, &wanted).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = if more { rows.last().map(|r| r.seq.to_string()) } else { None };
    let items = entries(&mut tenant, db.ledger()?, org, &rows, is_spanish).await?;
    Ok(Page { items, next })
}

async fn entries(
    tenant: &mut Tenant,
    ledger: &Ledger,
    org: OrgId,
    rows: &[Row],
    is_spanish: bool,
) -> Result<Vec<AuditEntry>> {
    let people: Vec<Uuid> = rows.iter().flat_map(|r| [r.by_user, r.about]).flatten().collect();
    let names = sql::names(tenant.conn(), org, &people).await?;
    let name =
        |id: Option<Uuid>| names.iter().find(|(user, _)| Some(*user) == id).map(|(_, name)| name.clone());
    Ok(rows
        .iter()
        .map(|row| {
            // A row that somebody tampered with is shown as far as it can be read; verifying names it.
            let told = ledger.open(org, row).unwrap_or_default();
            let action = row.action.parse::<Action>();
            AuditEntry {
                seq: row.seq,
                at: DateTime::from_timestamp_micros(row.at_us).unwrap_or_default().into(),
                text: match action {
                    Ok(action) if is_spanish => action.es().into(),
                    Ok(action) => action.en().into(),
                    Err(_) => row.action.clone(),
                },
                action: row.action.clone(),
                by: AuditBy { kind: row.by_kind.clone(), id: row.by_user, name: name(row.by_user) },
                entity: row.entity.clone(),
                entity_id: row.entity_id,
                about: row.about,
                about_name: name(row.about),
                old: told.old,
                new: told.new,
                meta: told.meta,
                hash: shown(&row.hash),
            }
        })
        .collect())
}
