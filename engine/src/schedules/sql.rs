//! Queries of work schedules.

use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;

use super::Schedule;
use super::rules::{Exception, Plan, Week};
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::UserId;

impl sqlx::FromRow<'_, PgRow> for Schedule {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let Json(weekly): Json<Week> = row.try_get("weekly")?;
        let Json(exceptions): Json<Vec<Exception>> = row.try_get("exceptions")?;
        Ok(Self {
            user_id: row.try_get("user_id")?,
            weekly,
            exceptions,
            advance_notice_min: row.try_get("advance_notice_min")?,
            version: row.try_get("version")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// Somebody's schedule, if there is one; locked for a change.
pub(super) async fn get(tenant: &mut Tenant, user: UserId, for_update: bool) -> Result<Option<Schedule>> {
    let org = tenant.org();
    let query = if for_update {
        "select * from work_schedule where org_id = $1 and user_id = $2 for update"
    } else {
        "select * from work_schedule where org_id = $1 and user_id = $2"
    };
    Ok(sqlx::query_as(query).bind(org).bind(user).fetch_optional(tenant.conn()).await?)
}

pub(super) async fn put(tenant: &mut Tenant, user: UserId, plan: &Plan, by: UserId) -> Result<Schedule> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "insert into work_schedule (org_id, user_id, weekly, exceptions, advance_notice_min, updated_by)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (org_id, user_id) do update set weekly = excluded.weekly, exceptions = excluded.exceptions,
             advance_notice_min = excluded.advance_notice_min, updated_by = excluded.updated_by,
             version = work_schedule.version + 1, updated_at = now()
         returning *",
    )
    .bind(org)
    .bind(user)
    .bind(Json(&plan.weekly))
    .bind(Json(&plan.exceptions))
    .bind(plan.advance_notice_min)
    .bind(by)
    .fetch_one(tenant.conn())
    .await?)
}

/// The plans of those who have one.
pub(super) async fn plans(tenant: &mut Tenant, people: &[UserId]) -> Result<Vec<(UserId, Plan)>> {
    let org = tenant.org();
    let rows: Vec<Schedule> =
        sqlx::query_as("select * from work_schedule where org_id = $1 and user_id = any($2)")
            .bind(org)
            .bind(people)
            .fetch_all(tenant.conn())
            .await?;
    let plan = |row: Schedule| {
        let (weekly, exceptions) = (row.weekly, row.exceptions);
        (row.user_id, Plan { weekly, exceptions, advance_notice_min: row.advance_notice_min })
    };
    Ok(rows.into_iter().map(plan).collect())
}

/// Whether somebody belongs to the organization.
pub(super) async fn is_member(tenant: &mut Tenant, user: UserId) -> Result<bool> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select exists (select 1 from member where org_id = $1 and user_id = $2)")
        .bind(org)
        .bind(user)
        .fetch_one(tenant.conn())
        .await?)
}

/// The name of the organization's zone.
pub(super) async fn zone_name(tenant: &mut Tenant) -> Result<Option<String>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select timezone from organization where org_id = $1")
        .bind(org)
        .fetch_optional(tenant.conn())
        .await?)
}
