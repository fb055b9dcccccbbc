//! The one writer of shifts and their pauses. Callers hold the person's membership row.

use serde_json::{Value, json};
use uuid::Uuid;

use super::rules::{self, Decision, Refusal, Span, Wish, check_phone_end, decide};
use super::sql::{self, Ended, ShiftRow};
use super::{lookout, pauses};
use crate::audit::{Action, Entry};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::{Member, ShiftId, UserId};
use crate::moment::{self, Moment};

/// Whose shift changes, by whom, and why where a rule does it.
pub(super) struct Person {
    pub user: UserId,
    pub member: Member,
    pub by: By,
    pub is_office: bool,
    pub reason: Option<&'static str>,
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
            let shift = ShiftId::new();
            sql::insert(tenant, shift, person.user, wish.at, person.by.id).await?;
            lookout::begin(tenant, shift, wish).await?;
        }
        (Decision::End, Some(open)) => return end(tenant, person, &open, wish).await,
        _ => return Ok(Ok(0)),
    }
    tell(tenant, person, wish, None);
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
    sql::update(tenant, open.shift_id, span, Some(ended(person))).await?;
    clip(tenant, open.shift_id, span).await?;
    tell(tenant, person, wish, None);
    if early.is_ok() {
        return Ok(Ok(0));
    }
    let erased = sql::erase_points(tenant, person.member, Some(wish.at), None).await?;
    tell_correction(tenant, person, open, span, erased);
    Ok(Ok(erased))
}

fn ended(person: &Person) -> Ended {
    Ended { by: person.by, reason: person.reason }
}

/// Cuts a shift's pauses to its edges.
async fn clip(tenant: &mut Tenant, shift: ShiftId, span: Span) -> Result<()> {
    for pause in sql::pauses_of(tenant, shift).await? {
        let left = pauses::clip(pause.span(), span);
        if left != Some(pause.span()) {
            sql::rewrite_pause(tenant, pause.pause_id, left).await?;
        }
    }
    Ok(())
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
    sql::update(tenant, shift, span, Some(ended(person)).filter(|_| !wish.on)).await?;
    clip(tenant, shift, span).await?;
    // Between the neighbours nothing is left but the corrected span.
    let (floor, ceiling) = (before.and_then(|b| b.end), after.map(|a| a.start));
    let mut erased = 0;
    if wish.on {
        erased += sql::erase_points(tenant, person.member, floor, Some(span.start)).await?;
    } else {
        erased += sql::erase_points(tenant, person.member, span.end, ceiling).await?;
        if old.ended_at.is_none() {
            tell(tenant, person, wish, None);
        }
    }
    tell_correction(tenant, person, old, span, erased);
    Ok(Ok(erased))
}

/// Begins or ends a pause; how many positions that erased (only the office may erase).
pub(super) async fn pause(tenant: &mut Tenant, person: &Person, wish: Wish) -> Result<Result<u64, Refusal>> {
    let Some(shift) = sql::last(tenant, person.user).await? else {
        return Ok(if wish.on { Err(Refusal::NoShift) } else { Ok(0) });
    };
    let last = sql::last_pause(tenant, shift.shift_id).await?;
    let decision = match pauses::decide(wish, Some(shift.span()), last.map(|p| p.span())) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut erased = 0;
    match (decision, last) {
        (Decision::Already, _) => return Ok(Ok(0)),
        (Decision::Begin, _) => {
            let newest = sql::newest_point(tenant, person.user, person.member, shift.started_at).await?;
            let early = check_phone_end(wish.at, newest);
            if let (Err(refusal), false) = (early, person.is_office) {
                return Ok(Err(refusal));
            }
            let pause = Uuid::now_v7();
            sql::insert_pause(tenant, pause, (shift.shift_id, person.user), wish.at, person.by.id).await?;
            lookout::begin_pause(tenant, pause, wish).await?;
            if early.is_err() {
                erased = sql::erase_points(tenant, person.member, Some(wish.at), None).await?;
                tell_correction(tenant, person, &shift, shift.span(), erased);
            }
        }
        (Decision::End, Some(open)) => sql::end_pause(tenant, open.pause_id, wish.at, person.by.id).await?,
        (Decision::End, None) => return Ok(Ok(0)),
    }
    tell(tenant, person, Wish { on: !wish.on, ..wish }, Some(wish.on));
    Ok(Ok(erased))
}

/// `technician.status_changed`: the person went on or off shift, or into or out of a pause (`on`: positions count).
fn tell(tenant: &mut Tenant, person: &Person, wish: Wish, paused: Option<bool>) {
    let event = NewEvent::new("technician.status_changed", wish.at, person.by)
        .with("technician_id", person.user)
        .with("on", wish.on)
        .with("paused", paused.unwrap_or(false));
    tenant.record(if person.reason.is_some() { event.with("reason", person.reason) } else { event });
    let action = if person.reason.is_some() { Action::ShiftClosed } else { Action::ShiftChanged };
    let entry = Entry::new(action, person.by, "user")
        .on(person.user.0)
        .is(json!({ "on": wish.on, "paused": paused }));
    tenant.audit(entry.with("at", Moment(wish.at)).with("reason", person.reason));
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
