//! Queries over decisions and counts.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

use super::board::{Board, Decided, Off};
use super::capability::Capability;
use super::rules::{Cause, Mode, Signal, Stands, Tally, WINDOW};
use crate::db::{Db, Tenant};
use crate::error::Result;
use crate::ids::{OrgId, UserId};
use crate::providers::Service;

/// Which decision was the last one.
pub(super) async fn version(db: &Db) -> Result<i64> {
    let mut tx = db.worker().await?;
    Ok(sqlx::query_scalar("select version from switchboard").fetch_one(&mut *tx).await?)
}

/// Takes the next number: decisions follow one another from here to the commit.
pub(super) async fn bump(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("update switchboard set version = version + 1").execute(conn).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct ModeRow {
    org_id: Option<OrgId>,
    service: String,
    mode: Mode,
    cause: Cause,
    reason: String,
    decided_by: Option<UserId>,
    since: DateTime<Utc>,
    held_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct OffRow {
    org_id: Option<OrgId>,
    capability: String,
    reason: String,
    decided_by: Option<UserId>,
    since: DateTime<Utc>,
}

/// Every decision. The number is read first: what is decided meanwhile is read again.
pub(super) async fn board(db: &Db) -> Result<Board> {
    let mut tx = db.worker().await?;
    let version = sqlx::query_scalar("select version from switchboard").fetch_one(&mut *tx).await?;
    let modes: Vec<ModeRow> = sqlx::query_as(
        "select null::uuid as org_id, service, mode, cause, reason, null::uuid as decided_by, since, held_at
         from installation_mode
         union all
         select org_id, service, mode, cause, reason, decided_by, since, since from organization_mode",
    )
    .fetch_all(&mut *tx)
    .await?;
    let off: Vec<OffRow> = sqlx::query_as(
        "select null::uuid as org_id, capability, reason, null::uuid as decided_by, since from installation_switch
         union all
         select org_id, capability, reason, decided_by, since from organization_switch",
    )
    .fetch_all(&mut *tx)
    .await?;
    // A name of a later version means nothing to this one.
    let modes = modes.into_iter().filter_map(|row| {
        let stands = Stands { mode: row.mode, cause: row.cause, since: row.since, held_at: row.held_at };
        let decided = Decided { stands, reason: row.reason, by: row.decided_by };
        Some(((row.org_id, Service::named(&row.service)?), decided))
    });
    let off = off.into_iter().filter_map(|row| {
        let name = Capability::from_str(&row.capability).ok()?;
        Some(((row.org_id, name), Off { reason: row.reason, by: row.decided_by, since: row.since }))
    });
    Ok(Board { version, modes: modes.collect(), off: off.collect() })
}

/// A decision as it is written.
pub(super) struct NewMode<'a> {
    pub(super) service: Service,
    pub(super) mode: Mode,
    pub(super) cause: Cause,
    pub(super) reason: &'a str,
    /// Only where this is the decision that stands; `None` replaces whatever stands.
    pub(super) replaces: Option<Option<DateTime<Utc>>>,
}

/// Writes the installation's; says whether it took effect.
pub(super) async fn set_installation(conn: &mut PgConnection, new: &NewMode<'_>) -> Result<bool> {
    let done = sqlx::query(
        "insert into installation_mode as m (service, mode, cause, reason) values ($1, $2, $3, $4)
         on conflict (service) do update set mode = $2, cause = $3, reason = $4, since = now(), held_at = now()
         where not $5 or m.since is not distinct from $6",
    )
    .bind(new.service.as_str())
    .bind(new.mode)
    .bind(new.cause)
    .bind(new.reason)
    .bind(new.replaces.is_some())
    .bind(new.replaces.flatten())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Writes an organization's; says whether it took effect.
pub(super) async fn set_own(tenant: &mut Tenant, new: &NewMode<'_>, by: Option<UserId>) -> Result<bool> {
    let org = tenant.org();
    let done = sqlx::query(
        "insert into organization_mode as m (org_id, service, mode, cause, reason, decided_by)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (org_id, service) do update
         set mode = $3, cause = $4, reason = $5, decided_by = $6, since = now()
         where not $7 or m.since is not distinct from $8",
    )
    .bind(org)
    .bind(new.service.as_str())
    .bind(new.mode)
    .bind(new.cause)
    .bind(new.reason)
    .bind(by)
    .bind(new.replaces.is_some())
    .bind(new.replaces.flatten())
    .execute(tenant.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Switches something for the installation; says whether it was otherwise before.
pub(super) async fn switch_installation(
    conn: &mut PgConnection,
    capability: Capability,
    is_on: bool,
    reason: &str,
) -> Result<bool> {
    let query = if is_on {
        sqlx::query("delete from installation_switch where capability = $1").bind(capability.as_str())
    } else {
        sqlx::query(
            "insert into installation_switch (capability, reason) values ($1, $2) on conflict do nothing",
        )
        .bind(capability.as_str())
        .bind(reason)
    };
    Ok(query.execute(conn).await?.rows_affected() > 0)
}

/// Switches something for an organization; says whether it was otherwise before.
pub(super) async fn switch_own(
    tenant: &mut Tenant,
    capability: Capability,
    is_on: bool,
    reason: &str,
    by: Option<UserId>,
) -> Result<bool> {
    let org = tenant.org();
    let query = if is_on {
        sqlx::query("delete from organization_switch where org_id = $1 and capability = $2")
            .bind(org)
            .bind(capability.as_str())
    } else {
        sqlx::query(
            "insert into organization_switch (org_id, capability, reason, decided_by) values ($1, $2, $3, $4)
             on conflict do nothing",
        )
        .bind(org)
        .bind(capability.as_str())
        .bind(reason)
        .bind(by)
    };
    Ok(query.execute(tenant.conn()).await?.rows_affected() > 0)
}

/// A breaker that is the cause of a panic still stands open.
pub(super) async fn hold(db: &Db, service: Service) -> Result<()> {
    let mut tx = db.worker().await?;
    let held = sqlx::query(
        "update installation_mode set held_at = now()
         where service = $1 and cause = 'breaker' and mode = 'panic' and held_at < now() - interval '15 seconds'",
    )
    .bind(service.as_str())
    .execute(&mut *tx)
    .await?;
    if held.rows_affected() > 0 {
        bump(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Adds what was counted on this node.
pub(super) async fn add(db: &Db, counts: &[(Option<OrgId>, Signal, i32, i32)]) -> Result<()> {
    let mut tx = db.worker().await?;
    for (org, signal, good, bad) in counts {
        sqlx::query(
            "insert into service_count as c (org_id, signal, minute, good, bad)
             values ($1, $2, date_trunc('minute', now()), $3, $4)
             on conflict (org_id, signal, minute) do update set good = c.good + $3, bad = c.bad + $4",
        )
        .bind(org)
        .bind(signal)
        .bind(good)
        .bind(bad)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

const TALLIES: &str =
    "select org_id, signal, sum(good)::bigint as good, sum(bad)::bigint as bad from service_count
     where minute > now() - $1 group by org_id, signal";

/// What was counted within the window, over all nodes and organizations.
pub(super) async fn tallies(db: &Db) -> Result<Vec<Tally>> {
    let mut tx = db.worker().await?;
    Ok(sqlx::query_as(TALLIES).bind(WINDOW).fetch_all(&mut *tx).await?)
}

/// What was counted of one organization.
pub(super) async fn own_tallies(tenant: &mut Tenant) -> Result<Vec<Tally>> {
    Ok(sqlx::query_as(TALLIES).bind(WINDOW).fetch_all(tenant.conn()).await?)
}

/// Counts of these begin anew: of all, or of the organization whose transaction it is.
pub(super) async fn recount(conn: &mut PgConnection, signals: &[Signal]) -> Result<()> {
    for signal in signals {
        sqlx::query("delete from service_count where signal = $1").bind(signal).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Erases what says nothing any more.
pub(crate) async fn forget_counts(db: &Db) -> Result<()> {
    let mut tx = db.worker().await?;
    sqlx::query("delete from service_count where minute < now() - interval '2 hours'")
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Organizations after one, in the order of their ids.
pub(super) async fn organizations(db: &Db, after: Option<OrgId>, limit: i64) -> Result<Vec<OrgId>> {
    let mut tx = db.identity().await?;
    Ok(sqlx::query_scalar(
        "select org_id from organization where $1::uuid is null or org_id > $1 order by org_id limit $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(&mut *tx)
    .await?)
}
