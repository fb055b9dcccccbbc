//! The end of what is held about somebody: rows go or lose what was personal, words are swept out of every text, files
//! and their thumbnails leave the store. What a law keeps stays by number alone (docs/privacy.md).

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::redact::redact;
use super::request::RequestView;
use super::sql::held::{self, Erase};
use super::subject::{self, Found, Keys, Subject};
use super::words::Words;
use super::{export, leave, sql};
use crate::Engine;
use crate::auth::session;
use crate::db::Tenant;
use crate::error::{Again, Error, Result};
use crate::event::{By, NewEvent};
use crate::files::{self, Form, link::object_key};
use crate::ids::{CustomerId, FileId, LoginId, OrgId, UserId};
use crate::ledger::{Action, Entry};
use crate::task::{self, NewTask};

/// The task that carries out an erasure when its time has come.
pub const ERASE: &str = "privacy.erase";
/// The task that ends what a person had outside of organizations.
pub const FORGET: &str = "privacy.forget_person";
/// What stands against it is looked at again after so long.
const LATER: TimeDelta = TimeDelta::hours(6);

/// What an erasure did in one organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Where.
    pub org: Option<OrgId>,
    /// Rows that went or were blanked, by table.
    pub rows: BTreeMap<String, u64>,
    /// Rows of which words were swept, by table.
    pub swept: BTreeMap<String, u64>,
    /// Files that left the store.
    pub files: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Order {
    org: OrgId,
    request: Uuid,
    user: Option<UserId>,
    customer: Option<CustomerId>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Whose {
    users: Vec<Uuid>,
}

/// Plans the erasure that a request asks for.
pub(super) async fn order(tenant: &mut Tenant, row: &RequestView, at: DateTime<Utc>) -> Result<()> {
    let org = tenant.org();
    let order = Order { org, request: row.id, user: row.user_id, customer: row.customer_id };
    let mut order = NewTask::new(ERASE, Some(org), order)?;
    order.run_at = at;
    task::enqueue(tenant.conn(), &order).await?;
    tenant.wake_worker();
    Ok(())
}

/// The task [`ERASE`]. Withdrawn or refused meanwhile: nothing happens.
pub async fn carry_out(engine: &Engine, payload: &Value) -> Result<()> {
    let order = Order::deserialize(payload).map_err(|e| Error::Internal(format!("{ERASE}: {e}")))?;
    let mut tenant = engine.db.tenant(order.org).await?;
    let row = sql::request::lock(&mut tenant, order.request).await?;
    drop(tenant);
    let Some(row) = row.filter(|r| r.state == "waiting") else { return Ok(()) };
    let subject = match (order.user, order.customer) {
        (Some(user), _) => Subject::User(user),
        (None, Some(customer)) => Subject::Customer(customer),
        (None, None) => return Ok(()),
    };
    let by = row.decided_by.map_or(By::SYSTEM, By::staff);
    match one(engine, order.org, &subject, (by, "request"), Some(row.id)).await {
        Ok(_) | Err(Error::NotFound(_)) => Ok(()),
        // A job is still open: tomorrow it may be over.
        Err(Error::Conflict { detail, code, .. }) => Err(Error::Provider {
            service: "privacy",
            again: Again::Postponed(LATER.to_std().unwrap_or_default()),
            code: code.into(),
            detail,
        }),
        Err(error) => Err(error),
    }
}

/// Erases a subject everywhere it is known, or in one organization: the operator's command.
///
/// # Errors
/// `NotFound`; `PRIVACY_002` for a last owner, `PRIVACY_004` while jobs are open.
pub async fn everywhere(
    engine: &Engine,
    subject: &Subject,
    org: Option<OrgId>,
    reason: &str,
) -> Result<Vec<Erased>> {
    let mut all = Vec::new();
    for org in subject::organizations(&engine.db, subject, org).await? {
        all.push(one(engine, org, subject, (By::SYSTEM, reason), None).await?);
    }
    Ok(all)
}

/// Erases a subject in one organization, then what it had outside of any.
async fn one(
    engine: &Engine,
    org: OrgId,
    subject: &Subject,
    (by, reason): (By, &str),
    request: Option<Uuid>,
) -> Result<Erased> {
    let mut tenant = engine.db.tenant(org).await?;
    let mut found = subject::find(&mut tenant, subject).await?;
    let numbers = subject::tax_numbers(engine, &mut tenant, &found.keys).await?;
    found.known.numbers.extend(numbers.into_iter().map(|(_, number)| number));
    if found.keys.is_empty() {
        return Err(Error::NotFound("subject"));
    }
    check(&mut tenant, &found.keys).await?;
    let words = found.known.words();
    let logins = sql::retain::logins_of(&mut tenant, &found.keys.users).await?;
    let exports = sql::retain::exports_about(&mut tenant, &found.keys).await?;
    for file in &found.keys.files {
        // If this process dies before it took the objects away, somebody else does.
        files::order_tidy(&mut tenant, FileId(*file), TimeDelta::zero()).await?;
    }
    let mut erased = rows(&mut tenant, &found.keys).await?;
    if let Some(words) = &words {
        erased.swept = sweep(&mut tenant, words).await?;
    }
    erased.files = found.keys.files.len() as u64;
    erased.org = Some(org);
    if let Some(request) = request {
        sql::request::set_state(&mut tenant, request, "done").await?;
    }
    tell(&mut tenant, &found.keys, (by, reason), &erased);
    let forget = NewTask::new(FORGET, Some(org), Whose { users: found.keys.users.clone() })?;
    task::enqueue(tenant.conn(), &forget).await?;
    tenant.commit().await?;
    session::tell_ended(engine, &logins);
    for file in &found.keys.files {
        for form in [Form::Whole, Form::Thumbnail] {
            engine.files.shelf.delete(&object_key(org, FileId(*file), form)).await?;
        }
    }
    for export in exports {
        export::take_away(engine, org, export).await?;
    }
    outside(engine, &found, words.as_ref()).await?;
    Ok(erased)
}

/// What stands against it.
async fn check(tenant: &mut Tenant, keys: &Keys) -> Result<()> {
    let (open, under_way, is_last_owner) =
        sql::request::hindrances(tenant, &keys.users, &keys.customers).await?;
    if is_last_owner {
        return Err(leave::last_owner());
    }
    if open + under_way > 0 {
        return Err(Error::Conflict {
            code: "PRIVACY_004",
            detail: format!(
                "hay {} trabajos abiertos: terminalos o cancelalos antes (jobs are still open: complete or cancel them first)",
                open + under_way
            ),
            current: None,
        });
    }
    Ok(())
}

/// Takes the rows away, table by table in the register's order.
pub(super) async fn rows(tenant: &mut Tenant, keys: &Keys) -> Result<Erased> {
    let org = tenant.org();
    tenant
        .erasing(async |conn| {
            let mut erased = Erased::default();
            for held in held::all() {
                let count = match held.erase {
                    Erase::Delete => sql::delete(conn, org, keys, held).await?,
                    Erase::Blank(set) => sql::blank(conn, org, keys, held, set).await?,
                    Erase::Redact(column) => {
                        let bodies = sql::bodies(conn, org, keys, held, column).await?;
                        let redacted: Vec<_> =
                            bodies.iter().map(|(place, body)| (place.clone(), redact(body))).collect();
                        sql::put_bodies(conn, held, column, &redacted).await?;
                        redacted.len() as u64
                    }
                    Erase::Keep => 0,
                };
                if count > 0 {
                    *erased.rows.entry(held.table.to_owned()).or_default() += count;
                }
            }
            Ok(erased)
        })
        .await
}

/// Takes the words out of every text of the organization.
async fn sweep(tenant: &mut Tenant, words: &Words) -> Result<BTreeMap<String, u64>> {
    let org = tenant.org();
    tenant
        .erasing(async |conn| {
            let mut swept = BTreeMap::new();
            for walked in sql::sweep::tables(conn).await? {
                let count = sql::sweep::scrub(conn, org, &walked, words).await?;
                if count > 0 {
                    swept.insert(walked.table, count);
                }
            }
            let tasks = sql::sweep::tasks(conn, Some(org), words).await?;
            if tasks > 0 {
                swept.insert("task".into(), tasks);
            }
            Ok(swept)
        })
        .await
}

/// The log remembers that it was done and how much; viewers read people and customers again.
fn tell(tenant: &mut Tenant, keys: &Keys, (by, reason): (By, &str), erased: &Erased) {
    let now = Utc::now();
    for user in &keys.users {
        let entry = Entry::new(Action::Erased, by, "user").on(*user).with("reason", reason);
        tenant
            .audit(entry.with("rows", &erased.rows).with("swept", &erased.swept).with("files", erased.files));
        tenant.record(NewEvent::new("user.erased", now, by).with("user_id", user));
    }
    for customer in &keys.customers {
        let entry = Entry::new(Action::Erased, by, "customer").on(*customer).with("reason", reason);
        tenant
            .audit(entry.with("rows", &erased.rows).with("swept", &erased.swept).with("files", erased.files));
        tenant.record(NewEvent::new("customer.erased", now, by).with("customer_id", customer));
    }
}

/// What is left outside of organizations: the right to sign in, codes, raw webhooks, the installation's tasks.
async fn outside(engine: &Engine, found: &Found, words: Option<&Words>) -> Result<()> {
    forget_people(engine, &found.keys.users).await?;
    let mut tx = engine.db.identity_erasing().await?;
    let used = sql::identity::used_elsewhere(&mut tx, &found.keys.phones).await?;
    let free: Vec<String> = found.keys.phones.iter().filter(|p| !used.contains(p)).cloned().collect();
    sql::identity::forget_phones(&mut tx, &free).await?;
    // Another organization knows them: raw webhooks of its conversations are its own, and go in days.
    if let Some(words) = words.filter(|_| used.is_empty()) {
        sql::identity::forget_webhooks(&mut tx, words).await?;
        sql::sweep::tasks(&mut tx, None, words).await?;
    }
    Ok(tx.commit().await?)
}

/// The task [`FORGET`]: once more, in case the process died before.
pub async fn forget(engine: &Engine, payload: &Value) -> Result<()> {
    let Whose { users } =
        Whose::deserialize(payload).map_err(|e| Error::Internal(format!("{FORGET}: {e}")))?;
    forget_people(engine, &users).await
}

async fn forget_people(engine: &Engine, users: &[Uuid]) -> Result<()> {
    let mut tx = engine.db.identity_erasing().await?;
    let gone = sql::identity::belongs_nowhere(&mut tx, users).await?;
    sql::identity::forget_person(&mut tx, &gone).await?;
    Ok(tx.commit().await?)
}

/// Login sessions by id.
pub(super) type Logins = Vec<LoginId>;
