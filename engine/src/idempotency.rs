//! A request answered once: the same `Idempotency-Key` and body give the stored answer, another body 422.
//!
//! The key is claimed in the transaction of the effect: a copy that comes meanwhile waits for that
//! transaction, then gets its answer; one that waits too long is told so (409). What failed stored nothing
//! and may be tried again with the same key. Keys belong to a person in an organization and last 24 h.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::auth::keys::sha256;
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::ids::{OrgId, UserId};

/// A claim on a key, checked.
#[derive(Debug, Clone)]
pub struct Key {
    key: String,
    route: String,
    request: Vec<u8>,
}

impl Key {
    /// A key as the header has it (16 to 64 visible ASCII characters), for one route and one body.
    ///
    /// `route` names the operation, as `POST /api/jobs`: the same key on another route is another body.
    pub fn new(key: &str, route: &str, body: &[u8]) -> Result<Self> {
        if !(16..=64).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::invalid(
                "Idempotency-Key",
                "de 16 a 64 caracteres ASCII visibles (16 to 64 visible ASCII characters)",
            ));
        }
        let mut request = route.as_bytes().to_vec();
        request.push(b'\n');
        request.extend_from_slice(body);
        Ok(Self { key: key.to_owned(), route: route.to_owned(), request: sha256(&request) })
    }
}

/// An answer as it was first given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body: JSON text, the same bytes each time.
    pub body: String,
    /// Whether it was stored before this request.
    pub replayed: bool,
}

/// Runs `effect` in one transaction and answers with its value, once for each key.
///
/// Without a key it simply runs. `status` is the answer's HTTP status when all goes well; an error rolls
/// everything back, the claim too.
///
/// # Errors
/// [`Error::Invalid`] when the key was used for another body, [`Error::Conflict`] (`SYSTEM_002`) while a copy
/// of the request still runs, and whatever `effect` says.
pub async fn once<T: Serialize>(
    db: &Db,
    org: OrgId,
    user: UserId,
    key: Option<&Key>,
    status: u16,
    effect: impl AsyncFnOnce(&mut Tenant) -> Result<T>,
) -> Result<Answer> {
    let mut tenant = db.tenant(org).await?;
    if let Some(key) = key
        && let Some(answer) = claim(&mut tenant, user, key).await?
    {
        return Ok(answer);
    }
    let value = effect(&mut tenant).await?;
    let body = serde_json::to_string(&value).map_err(|e| Error::Internal(format!("answer: {e}")))?;
    if let Some(key) = key {
        settle(&mut tenant, user, key, status, &body).await?;
    }
    tenant.commit().await?;
    Ok(Answer { status, body, replayed: false })
}

/// Claims the key for this transaction, or finds the answer that it already has.
async fn claim(tenant: &mut Tenant, user: UserId, key: &Key) -> Result<Option<Answer>> {
    forget_old(tenant).await?;
    let org = tenant.org();
    let claimed = sqlx::query(
        "insert into idempotency (org_id, user_id, key, route, request_hash, status, body)
         values ($1, $2, $3, $4, $5, 0, 'null') on conflict do nothing",
    )
    .bind(org)
    .bind(user)
    .bind(&key.key)
    .bind(&key.route)
    .bind(&key.request)
    .execute(tenant.conn())
    .await
    .map_err(still_running)?;
    if claimed.rows_affected() == 1 {
        return Ok(None);
    }
    let stored: Option<(Vec<u8>, i16, sqlx::types::Json<Box<RawValue>>)> = sqlx::query_as(
        "select request_hash, status, body from idempotency where org_id = $1 and user_id = $2 and key = $3",
    )
    .bind(org)
    .bind(user)
    .bind(&key.key)
    .fetch_optional(tenant.conn())
    .await?;
    let Some((request, status, body)) = stored else { return Err(running()) };
    if request != key.request {
        return Err(Error::invalid(
            "Idempotency-Key",
            "ya se usó para otro pedido (was used for another request)",
        ));
    }
    let status = u16::try_from(status).unwrap_or(200);
    Ok(Some(Answer { status, body: body.0.get().to_owned(), replayed: true }))
}

async fn settle(tenant: &mut Tenant, user: UserId, key: &Key, status: u16, body: &str) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update idempotency set status = $4, body = $5::json where org_id = $1 and user_id = $2 and key = $3",
    )
    .bind(org)
    .bind(user)
    .bind(&key.key)
    .bind(i16::try_from(status).unwrap_or(200))
    .bind(body)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Erases some answers older than 24 h; locked ones are somebody else's to erase.
async fn forget_old(tenant: &mut Tenant) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "delete from idempotency where (org_id, user_id, key) in (
            select org_id, user_id, key from idempotency
            where org_id = $1 and created_at < now() - interval '24 hours'
            order by created_at limit 50 for update skip locked)",
    )
    .bind(org)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

fn still_running(error: sqlx::Error) -> Error {
    // 55P03: lock_timeout; 57014: statement_timeout. The copy that holds the key is still at work.
    match &error {
        sqlx::Error::Database(e) if matches!(e.code().as_deref(), Some("55P03" | "57014")) => running(),
        _ => error.into(),
    }
}

fn running() -> Error {
    Error::Conflict {
        code: "SYSTEM_002",
        detail: "the same request is still being processed, try again".into(),
        current: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_16_to_64_characters() {
        for (key, good) in
            [("a".repeat(15), false), ("a".repeat(16), true), ("a".repeat(64), true), ("a".repeat(65), false)]
        {
            assert_eq!(Key::new(&key, "POST /x", b"{}").is_ok(), good, "{key}");
        }
        assert!(Key::new("sixteen chars +\u{e9}", "POST /x", b"").is_err());
    }

    #[test]
    fn route_and_body_are_part_of_the_request() {
        let key = |route, body: &str| Key::new("0123456789abcdef", route, body.as_bytes()).unwrap().request;
        assert_eq!(key("POST /a", "{}"), key("POST /a", "{}"));
        assert_ne!(key("POST /a", "{}"), key("POST /b", "{}"));
        assert_ne!(key("POST /a", "{}"), key("POST /a", "{ }"));
    }
}
