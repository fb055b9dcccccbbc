//! What an office decides for its inbox: opening hours, the answer outside of them, quick replies; and its figures.

use chrono::{Days, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hours::Hours;
use super::sql::desk as sql;
pub use super::sql::desk::Day;
use crate::check::{self, Check};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::moment::{self, Moment};

/// When somebody is there, and what is said by itself when nobody is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = InboxSettings)]
pub struct Settings {
    /// The opening hours.
    pub hours: Hours,
    /// Whether who writes outside of them is answered.
    pub auto_answer: bool,
    /// The organization's own words for it, up to 1000 letters.
    pub answer_text: Option<String>,
    /// Rises with every change; 0: the defaults.
    #[serde(default)]
    pub version: i32,
}

/// Answers that are given again and again.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct QuickReply {
    /// Its id.
    #[sqlx(rename = "reply_id")]
    pub id: Uuid,
    /// What it is found by, as `precio`.
    pub shortcut: String,
    /// Its words.
    pub text: String,
    /// Rises with every change.
    pub version: i32,
    /// Made at.
    pub created_at: Moment,
    /// Last changed at.
    pub updated_at: Moment,
}

/// A quick reply to write.
#[derive(Debug, Clone, Deserialize, Serialize, utoipa::ToSchema)]
pub struct NewQuickReply {
    /// 1 to 40 letters.
    pub shortcut: String,
    /// 1 to 4096 letters.
    pub text: String,
}

/// What may change of a quick reply.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct EditQuickReply {
    /// The version that was seen.
    pub version: i32,
    /// 1 to 40 letters.
    pub shortcut: Option<String>,
    /// 1 to 4096 letters.
    pub text: Option<String>,
}

/// The settings, the defaults where nobody decided.
pub async fn settings(tenant: &mut Tenant) -> Result<Settings> {
    let decided = sql::settings(tenant).await?;
    Ok(decided.unwrap_or_else(|| Settings { auto_answer: true, ..Settings::default() }))
}

/// Decides them anew.
pub async fn put_settings(tenant: &mut Tenant, new: Settings) -> Result<Settings> {
    let mut check = Check::default();
    new.hours.check(&mut check);
    let answer_text = check.optional("answer_text", new.answer_text.as_deref(), 1_000);
    check.done()?;
    let present = settings(tenant).await?;
    check::version(new.version, present.version, &present)?;
    let mut new = Settings { answer_text, ..new };
    new.version = sql::put_settings(tenant, &new).await?;
    Ok(new)
}

/// All quick replies, by their shortcuts.
pub async fn quick_replies(tenant: &mut Tenant) -> Result<Vec<QuickReply>> {
    sql::quick_replies(tenant).await
}

/// Adds one.
pub async fn add_quick_reply(tenant: &mut Tenant, new: &NewQuickReply) -> Result<QuickReply> {
    let (shortcut, text) = checked(&new.shortcut, &new.text)?;
    sql::add_quick_reply(tenant, &shortcut, &text).await
}

/// Changes one.
pub async fn edit_quick_reply(tenant: &mut Tenant, id: Uuid, edit: EditQuickReply) -> Result<QuickReply> {
    let row = sql::quick_reply(tenant, id).await?.ok_or(Error::NotFound("quick reply"))?;
    check::version(edit.version, row.version, &row)?;
    let shortcut = edit.shortcut.unwrap_or(row.shortcut);
    let (shortcut, text) = checked(&shortcut, &edit.text.unwrap_or(row.text))?;
    sql::edit_quick_reply(tenant, id, &shortcut, &text).await
}

/// Lets one go.
pub async fn drop_quick_reply(tenant: &mut Tenant, id: Uuid) -> Result<()> {
    if sql::drop_quick_reply(tenant, id).await? { Ok(()) } else { Err(Error::NotFound("quick reply")) }
}

fn checked(shortcut: &str, text: &str) -> Result<(String, String)> {
    let mut check = Check::default();
    let shortcut = check.text("shortcut", shortcut, 1, 40);
    let text = check.text("text", text, 1, 4_096);
    check.done()?;
    Ok((shortcut, text))
}

/// How requests came about in the last `days` days, newest first.
pub async fn days(tenant: &mut Tenant, days: u64) -> Result<Vec<Day>> {
    let (_, zone) = sql::house(tenant).await?;
    let today = Utc::now().with_timezone(&moment::zone(&zone)).date_naive();
    sql::days(tenant, today.checked_sub_days(Days::new(days.clamp(1, 90) - 1)).unwrap_or(today)).await
}
