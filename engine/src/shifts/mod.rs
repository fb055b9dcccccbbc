//! Shifts: when a person's positions count. Begun and ended by the person or the office, corrected by the office.
//!
//! [`rules`] is pure; everything here holds the person's membership row, so shifts change one at a time.

pub mod rules;
mod sql;
mod writing;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::asker::Asker;
use crate::auth::role::Role;
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{OrgId, ShiftId, UserId};
use crate::jobs::{self, CommandResult};
use crate::moment::{self, Moment};
use crate::page::{Cursor, Page, Paging};
use rules::Wish;
use sql::ShiftRow;
use writing::{Person, apply, correct};

/// `POST /api/shifts`: begins, ends, or (office, with `shift_id`) corrects a shift.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct ChangeShift {
    /// Whose; one's own when absent.
    pub user_id: Option<UserId>,
    /// Begin (true) or end (false); with `shift_id` which edge to move.
    pub on: bool,
    /// When; now when absent.
    pub at: Option<DateTime<Utc>>,
    /// The shift to correct (office only). Positions that fall outside are erased.
    pub shift_id: Option<ShiftId>,
}

/// A shift.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Shift)]
pub struct ShiftView {
    /// Its id.
    pub id: ShiftId,
    /// Whose.
    pub user_id: UserId,
    /// When it began.
    pub started_at: Moment,
    /// When it ended; null while it lasts.
    pub ended_at: Option<Moment>,
    /// Who began it.
    pub started_by: Option<UserId>,
    /// Who ended it.
    pub ended_by: Option<UserId>,
}

/// How a person's shift stands after a change: the latest shift, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShiftState {
    /// Whose.
    pub user_id: UserId,
    /// Whether they are on shift.
    pub on: bool,
    /// The latest shift's id; null where there never was one.
    pub id: Option<ShiftId>,
    /// When it began.
    pub started_at: Option<Moment>,
    /// When it ended; null while it lasts.
    pub ended_at: Option<Moment>,
    /// Positions that the correction erased.
    pub erased: u64,
}

/// `GET /api/shifts`: which shifts.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ShiftList {
    /// Whose; a technician sees their own.
    pub user_id: Option<UserId>,
    /// Ending at or after, RFC 3339.
    pub from: Option<DateTime<Utc>>,
    /// Beginning before, RFC 3339.
    pub to: Option<DateTime<Utc>>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// The `next` of the page before.
    pub after: Option<String>,
}

struct Wanted {
    user: Option<UserId>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    after: Option<Cursor>,
    limit: i64,
}

/// A page of shifts, newest first.
pub async fn list(tenant: &mut Tenant, asker: Asker, query: &ShiftList) -> Result<Page<ShiftView>> {
    let own = asker.jobs_of()?;
    let paging = Paging { limit: query.limit, after: query.after.clone() };
    let (limit, after) = (paging.limit()?, paging.after()?);
    let wanted =
        Wanted { user: own.or(query.user_id), from: query.from, to: query.to, after, limit: limit + 1 };
    let page = Page::cut(sql::list(tenant, &wanted).await?, limit, ShiftRow::cursor);
    Ok(Page { items: page.items.into_iter().map(ShiftRow::view).collect(), next: page.next })
}

/// Begins, ends or corrects a shift by REST: one's own, or as the office anybody's.
///
/// # Errors
/// `SHIFT_001` .. `SHIFT_003` as 409 with the shift as it stands, 403 for somebody else's, 404 for nobody's.
pub async fn change(tenant: &mut Tenant, asker: Asker, body: &ChangeShift) -> Result<ShiftState> {
    if asker.role == Role::Accountant {
        return Err(Error::Forbidden);
    }
    let user = match (body.shift_id, body.user_id) {
        (Some(shift), _) => sql::owner(tenant, shift).await?.ok_or(Error::NotFound("shift"))?,
        (None, user) => user.unwrap_or(asker.user),
    };
    let is_office = asker.role.is_staff();
    if user != asker.user && !is_office {
        return Err(Error::NotFound("user"));
    }
    let (member, is_active) = sql::lock_member(tenant, user).await?.ok_or(Error::NotFound("user"))?;
    if body.on && !is_active {
        return Err(Error::invalid("user_id", "ya no está activo (not active any more)"));
    }
    let now = moment::now();
    let wish = Wish { on: body.on, at: body.at.map_or(now, moment::to_millis), now };
    let person = Person { user, member, by: asker.by(), is_office };
    let changed = match body.shift_id {
        Some(_) if !is_office => return Err(Error::Forbidden),
        Some(shift) => correct(tenant, &person, shift, wish).await?,
        None => apply(tenant, &person, wish).await?,
    };
    match changed {
        Ok(erased) => state(tenant, user, body.shift_id, erased).await,
        Err(refusal) => {
            let current = sql::last(tenant, user).await?.map(ShiftRow::view);
            Err(Error::Conflict {
                code: refusal.code(),
                detail: refusal.words().into(),
                current: serde_json::to_value(current).ok().filter(|v| !v.is_null()),
            })
        }
    }
}

/// A socket's `shift` frame: done once, answered the same each time. `at` is in server time already.
pub async fn from_phone(
    db: &Db,
    org: OrgId,
    user: UserId,
    id: Uuid,
    on: bool,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<CommandResult> {
    let mut tenant = db.tenant(org).await?;
    if let Some(stored) = jobs::claim(&mut tenant, user, id).await? {
        return Ok(stored);
    }
    let (member, _) = sql::lock_member(&mut tenant, user).await?.ok_or(Error::NotFound("user"))?;
    let person = Person { user, member, by: By::technician(user), is_office: false };
    let wish = Wish { on, at: moment::to_millis(at), now };
    let changed = apply(&mut tenant, &person, wish).await?;
    let last = sql::last(&mut tenant, user).await?;
    let result = match changed {
        // A shift's version: 1 while it lasts, 2 once it ended.
        Ok(_) => CommandResult::ok(id, if on { 1 } else { 2 }),
        Err(refusal) => {
            let current = serde_json::to_value(last.map(ShiftRow::view)).unwrap_or(Value::Null);
            CommandResult::refused(id, refusal.code(), current)
        }
    };
    jobs::settle(&mut tenant, user, &result).await?;
    tenant.commit().await?;
    Ok(result)
}

/// A person's spans since a moment, in Unix milliseconds, oldest first; the last may be open. Both ends count.
pub async fn spans(
    tenant: &mut Tenant,
    user: UserId,
    since: DateTime<Utc>,
) -> Result<Vec<(i64, Option<i64>)>> {
    let spans = sql::spans(tenant, user, since).await?;
    Ok(spans
        .into_iter()
        .map(|(start, end)| (start.timestamp_millis(), end.map(|e| e.timestamp_millis())))
        .collect())
}

/// Everybody who is on shift.
pub async fn on_shift(tenant: &mut Tenant) -> Result<Vec<UserId>> {
    sql::on_shift(tenant).await
}

/// How a person's shift stands now; after a correction, the corrected one.
async fn state(
    tenant: &mut Tenant,
    user: UserId,
    corrected: Option<ShiftId>,
    erased: u64,
) -> Result<ShiftState> {
    let last = sql::last(tenant, user).await?;
    let on = last.as_ref().is_some_and(|row| row.ended_at.is_none());
    let shown = match corrected {
        Some(id) => sql::all(tenant, user).await?.into_iter().find(|row| row.shift_id == id),
        None => last,
    };
    Ok(ShiftState {
        user_id: user,
        on,
        id: shown.as_ref().map(|row| row.shift_id),
        started_at: shown.as_ref().map(|row| Moment(row.started_at)),
        ended_at: shown.as_ref().and_then(|row| row.ended_at).map(Moment),
        erased,
    })
}
