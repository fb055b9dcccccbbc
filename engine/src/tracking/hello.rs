//! A socket's first word: who is there, and what they must know to begin.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::clock::Clock;
use super::frames::TechnicianHello;
use super::sql;
use crate::auth::resume::{self, Path, Resume};
use crate::auth::role::Role;
use crate::auth::token;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::ids::{LoginId, OrgId, Source, UserId};
use crate::jobs::{self, JobView};
use crate::shifts;

/// A phone that may speak.
#[derive(Debug)]
pub struct Phone {
    /// Its organization.
    pub org: OrgId,
    /// Its person.
    pub user: UserId,
    /// Its login session: the socket lives as long.
    pub login: LoginId,
    /// Its boot, as positions carry it.
    pub source: Source,
    /// The clock correction in force.
    pub clock: Clock,
    /// Good for the next `hello`.
    pub resume: String,
    /// Whether a shift is open.
    pub shift: bool,
    /// Since when the person pauses in it.
    pub paused_since: Option<DateTime<Utc>>,
    /// Seconds between positions.
    pub ping_every_s: u32,
    /// Today's list.
    pub jobs: Vec<JobView>,
}

/// A viewer that may look.
#[derive(Debug)]
pub struct Viewer {
    /// Its organization.
    pub org: OrgId,
    /// Its person.
    pub user: UserId,
    /// Its login session: the socket lives as long.
    pub login: LoginId,
    /// Good for the next `hello`.
    pub resume: String,
}

/// Lets a phone in: an access token or a resume token, a live login session, an active technician.
pub async fn phone(engine: &Engine, hello: &TechnicianHello, now: DateTime<Utc>) -> Result<Phone> {
    let (who, used) = identify(engine, &hello.token, Path::Technician, now).await?;
    if used.is_some_and(|r| r.device != hello.device || r.boot != hello.boot) {
        return Err(INVALID);
    }
    let mut tenant = engine.db.tenant(who.org).await?;
    if role_of(tenant.conn(), &who).await? != Role::Technician {
        return Err(Error::Forbidden);
    }
    let (ping_every_s, _, _) =
        sql::settings_of(tenant.conn(), who.org).await?.ok_or(Error::NotFound("organization"))?;
    let source =
        sql::source_of(tenant.conn(), who.org, who.user, hello.device, hello.boot, &hello.app).await?;
    let n = match used {
        Some(r) if !sql::use_resume(tenant.conn(), who.org, source.source, r.n).await? => {
            return Err(INVALID);
        }
        Some(r) => r.n,
        None => source.resume_n,
    };
    let mut clock = Clock::new(source.correction_ms);
    let correction_ms = clock.on_frame(hello.now, now.timestamp_millis());
    if source.correction_ms != Some(correction_ms) {
        sql::set_correction(tenant.conn(), who.org, source.source, correction_ms).await?;
    }
    let (shift, paused_since) = shifts::standing(&mut tenant, who.user).await?;
    let jobs = jobs::of_technician(&mut tenant, who.user).await?;
    tenant.commit().await?;
    let next = Resume {
        path: Path::Technician,
        login: who.login,
        org: who.org,
        user: who.user,
        device: hello.device,
        boot: hello.boot,
        n: n.saturating_add(1),
    };
    Ok(Phone {
        org: who.org,
        user: who.user,
        login: who.login,
        source: source.source,
        clock,
        resume: resume::sign(&engine.keys, &next, now),
        shift,
        paused_since,
        ping_every_s: u32::try_from(ping_every_s).unwrap_or(30),
        jobs,
    })
}

/// Lets a viewer in: owner, admin or dispatcher.
pub async fn viewer(engine: &Engine, token: &str, now: DateTime<Utc>) -> Result<Viewer> {
    let (who, used) = identify(engine, token, Path::Dispatch, now).await?;
    let mut tenant = engine.db.tenant(who.org).await?;
    if !role_of(tenant.conn(), &who).await?.is_staff() {
        return Err(Error::Forbidden);
    }
    // One line of tokens a page: it begins with the access token, and using one ends those before it.
    let (line, n) = used.map_or_else(|| (Uuid::new_v4(), 0), |r| (r.device, r.n));
    if used.is_some() && !sql::use_viewer_resume(tenant.conn(), who.org, line, n).await? {
        return Err(INVALID);
    }
    tenant.commit().await?;
    let next = Resume {
        path: Path::Dispatch,
        login: who.login,
        org: who.org,
        user: who.user,
        device: line,
        boot: Uuid::nil(),
        n: n.saturating_add(1),
    };
    Ok(Viewer {
        org: who.org,
        user: who.user,
        login: who.login,
        resume: resume::sign(&engine.keys, &next, now),
    })
}

const INVALID: Error = Error::Unauthorized { code: "AUTH_004", detail: "invalid token" };

/// Who is asking, before their role is known.
struct Who {
    org: OrgId,
    user: UserId,
    login: LoginId,
}

/// A token that is ours, for this path, of a login session that lives.
async fn identify(
    engine: &Engine,
    given: &str,
    path: Path,
    now: DateTime<Utc>,
) -> Result<(Who, Option<Resume>)> {
    if resume::is_resume(given) {
        let resume = resume::verify(&engine.keys, given, now).filter(|r| r.path == path).ok_or(INVALID)?;
        let who = Who { org: resume.org, user: resume.user, login: resume.login };
        let mut tenant = engine.db.tenant(who.org).await?;
        if !crate::auth::session::is_alive(tenant.conn(), who.login, who.user).await? {
            return Err(Error::Unauthorized { code: "AUTH_010", detail: "the session was ended" });
        }
        return Ok((who, Some(resume)));
    }
    let claims = token::verify(&engine.keys, given, now)?;
    engine.logins.check(&engine.db, &claims).await?;
    Ok((Who { org: claims.org_id, user: claims.sub, login: claims.sid }, None))
}

/// The role as it is now, not as a token remembers it.
async fn role_of(conn: &mut sqlx::PgConnection, who: &Who) -> Result<Role> {
    sql::active_role(conn, who.org, who.user)
        .await?
        .and_then(|role| role.parse().ok())
        .ok_or(Error::Unauthorized { code: "AUTH_007", detail: "this person is not active" })
}
