//! Queries of `notification_preference`.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use sqlx::types::Json;

use super::{Differs, Preferences, QuietHours};
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::UserId;
use crate::notifications::templates::Language;

/// A row, also where it comes beside others in a join.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::notifications) struct Row {
    whatsapp: bool,
    push: bool,
    web: bool,
    email: bool,
    sms: bool,
    events: Json<BTreeMap<String, Differs>>,
    reminders: Vec<i32>,
    quiet: bool,
    quiet_from: NaiveTime,
    quiet_to: NaiveTime,
    timezone: String,
    language: Language,
}

impl From<Row> for Preferences {
    fn from(row: Row) -> Self {
        Self {
            whatsapp: row.whatsapp,
            push: row.push,
            web: row.web,
            email: row.email,
            sms: row.sms,
            events: row.events.0,
            reminder_intervals: row.reminders,
            quiet_hours: QuietHours {
                enabled: row.quiet,
                from: row.quiet_from.format("%H:%M").to_string(),
                to: row.quiet_to.format("%H:%M").to_string(),
                timezone: row.timezone,
            },
            language: row.language,
        }
    }
}

/// Two edits at once happen one after the other.
pub(super) async fn lock(tenant: &mut Tenant, user: UserId) -> Result<()> {
    let org = tenant.org();
    sqlx::query("select 1 from member where org_id = $1 and user_id = $2 for no key update")
        .bind(org)
        .bind(user)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

pub(super) async fn get(tenant: &mut Tenant, user: UserId) -> Result<Option<Preferences>> {
    let org = tenant.org();
    let row: Option<Row> =
        sqlx::query_as("select * from notification_preference where org_id = $1 and user_id = $2")
            .bind(org)
            .bind(user)
            .fetch_optional(tenant.conn())
            .await?;
    Ok(row.map(Into::into))
}

pub(super) async fn put(tenant: &mut Tenant, user: UserId, new: &Preferences) -> Result<()> {
    let org = tenant.org();
    let quiet = &new.quiet_hours;
    sqlx::query(
        "insert into notification_preference (org_id, user_id, whatsapp, push, web, email, sms, events, reminders,
             quiet, quiet_from, quiet_to, timezone, language)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::time, $12::time, $13, $14)
         on conflict (org_id, user_id) do update set whatsapp = $3, push = $4, web = $5, email = $6, sms = $7, events = $8,
             reminders = $9, quiet = $10, quiet_from = $11::time, quiet_to = $12::time, timezone = $13, language = $14,
             updated_at = now()",
    )
    .bind(org)
    .bind(user)
    .bind(new.whatsapp)
    .bind(new.push)
    .bind(new.web)
    .bind(new.email)
    .bind(new.sms)
    .bind(Json(&new.events))
    .bind(&new.reminder_intervals)
    .bind(quiet.enabled)
    .bind(&quiet.from)
    .bind(&quiet.to)
    .bind(&quiet.timezone)
    .bind(new.language)
    .execute(tenant.conn())
    .await?;
    Ok(())
}
