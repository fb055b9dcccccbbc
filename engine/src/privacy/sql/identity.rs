//! What is read and erased before, or after, a person belongs to an organization.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::db::Db;
use crate::error::Result;
use crate::ids::{OrgId, UserId};
use crate::privacy::words::Words;

/// Every organization.
pub(crate) async fn organizations(db: &Db) -> Result<Vec<OrgId>> {
    let mut tx = db.identity().await?;
    Ok(sqlx::query_scalar("select org_id from organization order by org_id").fetch_all(&mut *tx).await?)
}

/// Everybody whose positions go with their shift.
pub(crate) async fn without_history(db: &Db) -> Result<Vec<(OrgId, UserId)>> {
    let mut tx = db.identity().await?;
    Ok(sqlx::query_as("select org_id, user_id from member where not keeps_history and is_active")
        .fetch_all(&mut *tx)
        .await?)
}

/// The people with these phones who are active nowhere.
pub(crate) async fn belongs_nowhere(conn: &mut PgConnection, users: &[Uuid]) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar(
        "select user_id from app_user u where user_id = any ($1)
         and not exists (select from member m where m.user_id = u.user_id and m.phone not like 'borrado:%')",
    )
    .bind(users)
    .fetch_all(conn)
    .await?)
}

/// The person can sign in no more: the number becomes one that no network gives.
pub(crate) async fn forget_person(conn: &mut PgConnection, users: &[Uuid]) -> Result<u64> {
    // A number of Argentina never begins with 0 after its country.
    let done = sqlx::query(
        "update app_user set phone = '+540' || lpad((floor(random() * 1e10))::bigint::text, 10, '0'), default_org = null
         where user_id = any ($1)",
    )
    .bind(users)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Whether a phone is still somebody's: then their codes and their raw messages stay.
pub(crate) async fn used_elsewhere(conn: &mut PgConnection, phones: &[String]) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "select p from unnest($1::text[]) p where exists (select from member m where m.phone = p)
         or exists (select from customer c where c.phone = p)",
    )
    .bind(phones)
    .fetch_all(conn)
    .await?)
}

/// Codes, failures and SMS of phones that are nobody's any more.
pub(crate) async fn forget_phones(conn: &mut PgConnection, phones: &[String]) -> Result<u64> {
    let mut erased = 0;
    for statement in [
        "delete from otp_challenge where phone = any ($1)",
        "delete from otp_failure where phone = any ($1)",
        "delete from sms_sent where phone = any ($1)",
    ] {
        erased += sqlx::query(statement).bind(phones).execute(&mut *conn).await?.rows_affected();
    }
    Ok(erased)
}

/// Webhooks as they came, where they speak of the subject. What was done with them is done.
pub(crate) async fn forget_webhooks(conn: &mut PgConnection, words: &Words) -> Result<u64> {
    let done = sqlx::query(
        "delete from webhook_in where state <> 'new' and (case state when 'dead' then encode(body, 'escape') else convert_from(body, 'UTF8') end ~* $1 or error ~* $1 or held_for::text ~* $1)",
    )
    .bind(&words.find)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
