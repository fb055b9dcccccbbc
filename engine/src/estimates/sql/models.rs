//! The models of one organization, and what was said of its last training.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::db::{Db, Tenant};
use crate::error::Result;
use crate::ids::OrgId;

/// Generations that are kept as the way back.
const KEPT: i32 = 7;

/// A model that serves.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::estimates) struct ModelRow {
    pub generation: i32,
    pub blob: Vec<u8>,
}

/// The model that serves the organization.
pub(in crate::estimates) async fn current(tenant: &mut Tenant) -> Result<Option<ModelRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as("select generation, blob from eta_model where org_id = $1 and is_current")
        .bind(org)
        .fetch_optional(tenant.conn())
        .await?)
}

/// Which generations serve some organizations; those without a model are left out.
///
/// As the worker, who may read numbers and no models: one query for all that a process holds.
pub(in crate::estimates) async fn serving(db: &Db, orgs: &[OrgId]) -> Result<Vec<(OrgId, i32)>> {
    let orgs: Vec<uuid::Uuid> = orgs.iter().map(|org| org.0).collect();
    let mut tx = db.worker().await?;
    Ok(sqlx::query_as("select org_id, generation from eta_model where is_current and org_id = any($1)")
        .bind(&orgs)
        .fetch_all(&mut *tx)
        .await?)
}

/// Puts a new generation into service; those before it stay, the last few of them. Answers its number.
///
/// Numbers are never used again: the highest one is always kept.
pub(in crate::estimates) async fn promote(tenant: &mut Tenant, blob: &[u8], said: &Value) -> Result<i32> {
    let org = tenant.org();
    retire(tenant, false).await?;
    let generation: i32 = sqlx::query_scalar(
        "insert into eta_model (org_id, generation, is_current, blob, said)
         select $1, coalesce(max(generation), 0) + 1, true, $2, $3 from eta_model where org_id = $1
         returning generation",
    )
    .bind(org)
    .bind(blob)
    .bind(said)
    .fetch_one(tenant.conn())
    .await?;
    sqlx::query("delete from eta_model where org_id = $1 and generation <= $2")
        .bind(org)
        .bind(generation - KEPT)
        .execute(tenant.conn())
        .await?;
    Ok(generation)
}

/// Takes the model that serves out of service; withdrawn, no way back leads to it.
async fn retire(tenant: &mut Tenant, is_withdrawn: bool) -> Result<Option<i32>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "update eta_model set is_current = false, is_withdrawn = is_withdrawn or $2
         where org_id = $1 and is_current returning generation",
    )
    .bind(org)
    .bind(is_withdrawn)
    .fetch_optional(tenant.conn())
    .await?)
}

/// Withdraws the model that serves; the one before it serves again, or none.
///
/// `None` where none serves; else the generation that does from now on.
pub(in crate::estimates) async fn roll_back(tenant: &mut Tenant) -> Result<Option<Option<i32>>> {
    let org = tenant.org();
    let Some(withdrawn) = retire(tenant, true).await? else { return Ok(None) };
    let back = sqlx::query_scalar(
        "update eta_model set is_current = true where org_id = $1 and generation = (
             select max(generation) from eta_model where org_id = $1 and generation < $2 and not is_withdrawn)
         returning generation",
    )
    .bind(org)
    .bind(withdrawn)
    .fetch_optional(tenant.conn())
    .await?;
    Ok(Some(back))
}

/// What was said of the last training.
pub(in crate::estimates) async fn keep_verdict(tenant: &mut Tenant, said: &Value) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into eta_verdict (org_id, said) values ($1, $2)
         on conflict (org_id) do update set said = $2, at = now()",
    )
    .bind(org)
    .bind(said)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// When the last training was judged and what was said of it; which generation serves since when.
pub(in crate::estimates) async fn standing(tenant: &mut Tenant) -> Result<Standing> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select m.generation, m.made_at, v.at, v.said
         from (select $1::uuid as org_id) o
         left join eta_model m on m.org_id = o.org_id and m.is_current
         left join eta_verdict v on v.org_id = o.org_id",
    )
    .bind(org)
    .fetch_one(tenant.conn())
    .await?)
}

/// What serves, and what was said last.
#[derive(Debug, Clone, Default, sqlx::FromRow)]
pub(in crate::estimates) struct Standing {
    pub generation: Option<i32>,
    pub made_at: Option<DateTime<Utc>>,
    pub at: Option<DateTime<Utc>>,
    pub said: Option<Value>,
}
