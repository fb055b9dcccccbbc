//! The one writer of shifts. Callers hold the person's membership row.

use serde_json::Value;

use super::rules::{self, Decision, Refusal, Span, Wish, check_phone_end, decide};
use super::sql::{self, ShiftRow};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::{Member, ShiftId, UserId};
use crate::moment::{self, Moment};

/// Whose shift changes, and by whom.
pub(super) struct Person {
    pub user: UserId,
    pub member: Member,
    pub by: By,
    pub is_office: bool,
}

/// Begins or ends; how many positions that erased.
pub(super) async fn apply(tenant: &mut Tenant, person: &Person, wish: Wish) -> Result<Result<u64, Refusal>> {
    let last = sql::last(tenant, person.user).await?;
    let decision = match decide(wish, last.as_ref().map(ShiftRow::span)) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match (decision, last) {
        (Decision::Begin, _) => {
            let by = person.by.id.unwrap_or(person.user);
            sql::insert(tenant, person.user, wish.at, by).await?;
        }
        (Decision::End, Some(open)) => return end(tenant, person, &open, wish).await,
        _ => return Ok(Ok(0)),
    }
    tell(tenant, person, wish);
    Ok(Ok(0))
}

async fn end(
    tenant: &mut Tenant,
    person: &Person,
    open: &ShiftRow,
    wish: Wish,
) -> Result<Result<u64, Refusal>> {
    let newest = sql::newest_point(tenant, person.user, person.member, open.started_at).await?;
    let early = check_phone_end(wish.at, newest);
    if let (Err(refusal), false) = (early, person.is_office) {
        return Ok(Err(refusal));
    }
    let span = Span { end: Some(wish.at), ..open.span() };
    sql::update(tenant, open.shift_id, span, person.by.id).await?;
    tell(tenant, person, wish);
    if early.is_ok() {
        return Ok(Ok(0));
    }
    let erased = sql::erase_points(tenant, person.member, Some(wish.at), None).await?;
    tell_correction(tenant, person, open, span, erased);
    Ok(Ok(erased))
}

/// Moves an edge of a shift and erases the positions that fall outside.
pub(super) async fn correct(
    tenant: &mut Tenant,
    person: &Person,
    shift: ShiftId,
    wish: Wish,
) -> Result<Result<u64, Refusal>> {
    let all = sql::all(tenant, person.user).await?;
    let Some(place) = all.iter().position(|row| row.shift_id == shift) else {
        return Err(Error::NotFound("shift"));
    };
    let Some(old) = all.get(place) else { return Err(Error::NotFound("shift")) };
    let before = place.checked_sub(1).and_then(|n| all.get(n)).map(ShiftRow::span);
    let after = all.get(place + 1).map(ShiftRow::span);
    let span = match rules::correct(old.span(), wish, before, after) {
        Ok(span) => span,
        Err(refusal) => return Ok(Err(refusal)),
    };
    sql::update(tenant, shift, span, person.by.id.filter(|_| !wish.on)).await?;
    // Between the neighbours nothing is left but the corrected span.
    let (floor, ceiling) = (before.and_then(|b| b.end), after.map(|a| a.start));
    let mut erased = 0;
    if wish.on {
        erased += sql::erase_points(tenant, person.member, floor, Some(span.start)).await?;
    } else {
        erased += sql::erase_points(tenant, person.member, span.end, ceiling).await?;
        if old.ended_at.is_none() {
            tell(tenant, person, wish);
        }
    }
    tell_correction(tenant, person, old, span, erased);
    Ok(Ok(erased))
}

/// `technician.status_changed`: the person went on or off shift.
fn tell(tenant: &mut Tenant, person: &Person, wish: Wish) {
    tenant.record(
        NewEvent::new("technician.status_changed", wish.at, person.by)
            .with("technician_id", person.user)
            .with("on", wish.on),
    );
}

/// `shift.corrected`: the record of what the office changed and erased.
fn tell_correction(tenant: &mut Tenant, person: &Person, old: &ShiftRow, new: Span, erased: u64) {
    tenant.record(
        NewEvent::new("shift.corrected", moment::now(), person.by)
            .with("technician_id", person.user)
            .with("shift_id", old.shift_id)
            .with("before", edges(old.span()))
            .with("after", edges(new))
            .with("erased_positions", erased),
    );
}

fn edges(span: Span) -> Value {
    serde_json::json!({ "started_at": Moment(span.start), "ended_at": span.end.map(Moment) })
}
