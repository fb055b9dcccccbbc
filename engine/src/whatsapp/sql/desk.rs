//! Queries of what an office decides for its inbox: hours, quick replies; and its figures.

use chrono::NaiveDate;
use serde::Serialize;
use sqlx::types::Json;
use uuid::Uuid;

use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::whatsapp::desk::{QuickReply, Settings};
use crate::whatsapp::hours::Hours;

/// The settings, where somebody decided them.
pub(in crate::whatsapp) async fn settings(tenant: &mut Tenant) -> Result<Option<Settings>> {
    let org = tenant.org();
    let row: Option<(Json<Hours>, bool, Option<String>, i32)> = sqlx::query_as(
        "select hours, auto_answer, answer_text, version from inbox_settings where org_id = $1",
    )
    .bind(org)
    .fetch_optional(tenant.conn())
    .await?;
    Ok(row.map(|(hours, auto_answer, answer_text, version)| Settings {
        hours: hours.0,
        auto_answer,
        answer_text,
        version,
    }))
}

/// Writes the settings; the version that comes back is the new one.
pub(in crate::whatsapp) async fn put_settings(tenant: &mut Tenant, settings: &Settings) -> Result<i32> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "insert into inbox_settings as s (org_id, hours, auto_answer, answer_text) values ($1, $2, $3, $4)
         on conflict (org_id) do update set hours = $2, auto_answer = $3, answer_text = $4, version = s.version + 1,
             updated_at = now() returning version",
    )
    .bind(org)
    .bind(Json(&settings.hours))
    .bind(settings.auto_answer)
    .bind(&settings.answer_text)
    .fetch_one(tenant.conn())
    .await?)
}

/// The organization's name and zone.
pub(in crate::whatsapp) async fn house(tenant: &mut Tenant) -> Result<(String, String)> {
    let org = tenant.org();
    Ok(sqlx::query_as("select name, timezone from organization where org_id = $1")
        .bind(org)
        .fetch_one(tenant.conn())
        .await?)
}

pub(in crate::whatsapp) async fn quick_replies(tenant: &mut Tenant) -> Result<Vec<QuickReply>> {
    let org = tenant.org();
    Ok(sqlx::query_as("select * from quick_reply where org_id = $1 order by shortcut limit 500")
        .bind(org)
        .fetch_all(tenant.conn())
        .await?)
}

pub(in crate::whatsapp) async fn quick_reply(tenant: &mut Tenant, id: Uuid) -> Result<Option<QuickReply>> {
    let org = tenant.org();
    Ok(sqlx::query_as("select * from quick_reply where org_id = $1 and reply_id = $2 for update")
        .bind(org)
        .bind(id)
        .fetch_optional(tenant.conn())
        .await?)
}

pub(in crate::whatsapp) async fn add_quick_reply(
    tenant: &mut Tenant,
    shortcut: &str,
    text: &str,
) -> Result<QuickReply> {
    let org = tenant.org();
    sqlx::query_as(
        "insert into quick_reply (org_id, reply_id, shortcut, text) values ($1, $2, $3, $4) returning *",
    )
    .bind(org)
    .bind(Uuid::now_v7())
    .bind(shortcut)
    .bind(text)
    .fetch_one(tenant.conn())
    .await
    .map_err(|e| taken(e, shortcut))
}

pub(in crate::whatsapp) async fn edit_quick_reply(
    tenant: &mut Tenant,
    id: Uuid,
    shortcut: &str,
    text: &str,
) -> Result<QuickReply> {
    let org = tenant.org();
    sqlx::query_as(
        "update quick_reply set shortcut = $3, text = $4, version = version + 1, updated_at = now()
         where org_id = $1 and reply_id = $2 returning *",
    )
    .bind(org)
    .bind(id)
    .bind(shortcut)
    .bind(text)
    .fetch_one(tenant.conn())
    .await
    .map_err(|e| taken(e, shortcut))
}

pub(in crate::whatsapp) async fn drop_quick_reply(tenant: &mut Tenant, id: Uuid) -> Result<bool> {
    let org = tenant.org();
    let gone = sqlx::query("delete from quick_reply where org_id = $1 and reply_id = $2")
        .bind(org)
        .bind(id)
        .execute(tenant.conn())
        .await?;
    Ok(gone.rows_affected() > 0)
}

/// A shortcut names one reply.
fn taken(error: sqlx::Error, shortcut: &str) -> Error {
    match &error {
        sqlx::Error::Database(e) if e.is_unique_violation() => {
            Error::invalid("shortcut", format!("ya existe: {shortcut} (there is one already)"))
        }
        _ => error.into(),
    }
}

/// How requests came about on one day.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = RequestDay)]
pub struct Day {
    /// The day in the organization's zone.
    pub day: NaiveDate,
    /// Requests.
    pub requests: i32,
    /// Messages in them.
    pub messages: i32,
    /// Those that did not wait for silence.
    pub immediate: i32,
    /// Those that ended by silence.
    pub timeouts: i32,
}

/// The days from one on, newest first.
pub(in crate::whatsapp) async fn days(tenant: &mut Tenant, from: NaiveDate) -> Result<Vec<Day>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select day, requests, messages, immediate, timeouts from request_day where org_id = $1 and day >= $2 order by day desc",
    )
    .bind(org)
    .bind(from)
    .fetch_all(tenant.conn())
    .await?)
}
