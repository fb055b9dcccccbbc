//! What customers say of the work: a link of each completed job, good for thirty days.
//!
//! The link is recomputed when a message carries it; only its hash is stored. Unknown and expired links look the same.

mod sql;

use chrono::Utc;
use serde::{Deserialize, Serialize};

use crate::auth::keys::sha256;
use crate::check::Check;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::event::{By, ByKind, NewEvent};
use crate::ids::{JobId, OrgId};
use crate::moment::Moment;

/// A job as its customer may rate it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Rating {
    /// Who did the work for them.
    pub org_name: String,
    /// The first name of who came.
    pub technician: Option<String>,
    /// The job, as customers see it.
    pub job_number: String,
    /// What was said: 1 to 5 stars.
    pub stars: Option<i16>,
    /// And in words.
    pub comment: Option<String>,
    /// When.
    pub rated_at: Option<Moment>,
}

/// What a customer says.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[schema(as = RateJob)]
pub struct Said {
    /// 1 to 5.
    pub stars: i16,
    /// Up to 1000 letters.
    pub comment: Option<String>,
}

/// Follows a link.
///
/// # Errors
/// [`Error::NotFound`] for unknown and expired ones alike.
pub async fn get(db: &Db, token: &str) -> Result<Rating> {
    let (org, job) = follow(db, token).await?;
    let mut tenant = db.tenant(org).await?;
    sql::get(&mut tenant, job).await?.ok_or(Error::NotFound("link"))
}

/// Notes what a customer says; said again within the thirty days it replaces what was said.
///
/// # Errors
/// [`Error::NotFound`] for unknown and expired links alike; [`Error::Invalid`] for other than 1 to 5 stars.
pub async fn rate(db: &Db, token: &str, said: &Said) -> Result<Rating> {
    let (org, job) = follow(db, token).await?;
    let mut check = Check::default();
    if !(1..=5).contains(&said.stars) {
        check.wrong("stars", "de 1 a 5 (1 to 5)");
    }
    let comment = check.optional("comment", said.comment.as_deref(), 1_000);
    check.done()?;
    let mut tenant = db.tenant(org).await?;
    sql::put(&mut tenant, job, said.stars, comment.as_deref()).await?;
    let rating = sql::get(&mut tenant, job).await?.ok_or(Error::NotFound("link"))?;
    let by = By { kind: ByKind::Customer, id: None };
    let event = NewEvent::new("job.rated", Utc::now(), by).with("job_id", job).with("stars", said.stars);
    tenant.record(event.with("comment", comment));
    tenant.commit().await?;
    Ok(rating)
}

async fn follow(db: &Db, token: &str) -> Result<(OrgId, JobId)> {
    // 24 signs; anything else is not worth a query.
    if token.len() != 24 || !token.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Error::NotFound("link"));
    }
    let hash = sha256(token.as_bytes());
    let mut link = db.link(&hash).await?;
    sql::by_link(&mut link, &hash).await?.ok_or(Error::NotFound("link"))
}
