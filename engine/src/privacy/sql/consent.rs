//! Queries of consents.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::Tenant;
use crate::error::Result;
use crate::ids::UserId;
use crate::privacy::consent::{From, Kind};

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct ConsentRow {
    pub kind: Kind,
    pub is_given: bool,
    pub version: String,
    pub at: DateTime<Utc>,
}

/// The newest answer of each kind.
pub(crate) async fn newest(tenant: &mut Tenant, user: UserId) -> Result<Vec<ConsentRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select distinct on (kind) kind, is_given, version, at from consent
         where org_id = $1 and user_id = $2 order by kind, at desc, consent_id desc",
    )
    .bind(org)
    .bind(user)
    .fetch_all(tenant.conn())
    .await?)
}

pub(crate) async fn insert(
    tenant: &mut Tenant,
    (id, user): (Uuid, UserId),
    (kind, given, version): (Kind, bool, &str),
    from: From<'_>,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into consent (org_id, consent_id, user_id, kind, is_given, version, ip, user_agent, at)
         values ($1, $2, $3, $4, $5, $6, left($7, 64), left($8, 300), clock_timestamp())",
    )
    .bind(org)
    .bind(id)
    .bind(user)
    .bind(kind)
    .bind(given)
    .bind(version)
    .bind(from.ip)
    .bind(from.user_agent)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// What the answers mean for positions.
pub(crate) async fn set_tracking(
    tenant: &mut Tenant,
    user: UserId,
    location: Option<bool>,
    history: Option<bool>,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update member set location_consent = coalesce($3, location_consent), keeps_history = coalesce($4, keeps_history)
         where org_id = $1 and user_id = $2",
    )
    .bind(org)
    .bind(user)
    .bind(location)
    .bind(history)
    .execute(tenant.conn())
    .await?;
    Ok(())
}
