//! Whether a login session lives, remembered for a moment so that not every request asks the database.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use super::sql;
use super::token::Claims;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::ids::LoginId;

/// The promise is "within 5 s", so a node believes itself a little less.
const BELIEVED: Duration = Duration::from_secs(4);
/// Sessions remembered; beyond that everything is forgotten and asked again.
const MOST: usize = 50_000;

/// Remembers which login sessions were alive a moment ago. Cheap to clone.
#[derive(Clone, Default)]
pub struct LoginCache(Arc<Mutex<FxHashMap<LoginId, Instant>>>);

impl LoginCache {
    /// Refuses with `AUTH_010` if the session of these claims has ended.
    pub async fn check(&self, db: &Db, claims: &Claims) -> Result<()> {
        let asked = Instant::now();
        if self.believes(claims.sid, asked) {
            return Ok(());
        }
        let mut tenant = db.tenant(claims.org_id).await?;
        if !sql::is_alive(tenant.conn(), claims.sid, claims.sub).await? {
            return Err(Error::Unauthorized { code: "AUTH_010", detail: "the session was ended" });
        }
        self.remember(claims.sid, asked);
        Ok(())
    }

    /// Forgets a session that ended.
    pub fn forget(&self, login: LoginId) {
        self.lock().remove(&login);
    }

    fn believes(&self, login: LoginId, now: Instant) -> bool {
        self.lock().get(&login).is_some_and(|at| now.saturating_duration_since(*at) < BELIEVED)
    }

    /// `asked` is from before the query: what ended meanwhile is believed no longer than promised.
    fn remember(&self, login: LoginId, asked: Instant) {
        let mut map = self.lock();
        if map.len() >= MOST {
            map.clear();
        }
        map.insert(login, asked);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, FxHashMap<LoginId, Instant>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
