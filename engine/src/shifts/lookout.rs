//! Shifts and pauses that people forget: asked about, then ended by the rule of [`super::forgotten`].
//!
//! Every open shift has one task that looks at it when it may be forgotten; every pause one for its length; every
//! job with a date one for the moment at which its people should be on shift. Tasks run once over all nodes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::by_schedule;
use super::forgotten::{Facts, Verdict, Why, judge, last_moved};
use super::pauses::{ASKED, LONG};
use super::rules::Wish;
use super::sql::{self, Open};
use super::writing::{self, Person};
use crate::auth::role::Role;
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{JobId, OrgId, ShiftId, UserId};
use crate::moment;
use crate::notices::{self, Notice};
use crate::notifications::{events, preferences};
use crate::push;
use crate::push::rules::{Push, Urgency};
use crate::schedules;
use crate::task::{self, NewTask};

/// Looks at an open shift.
pub const WATCH: &str = "shift.watch";
/// Looks at an open pause.
pub const PAUSE: &str = "shift.pause_watch";
/// Somebody should be on shift now.
pub const EXPECT: &str = "shift.expect";

/// Farther than this from where somebody is now, metres, they were on their way.
const MOVED_M: f64 = 150.0;

#[derive(Debug, Serialize, Deserialize)]
struct Watch {
    org: OrgId,
    shift: ShiftId,
}

#[derive(Debug, Serialize, Deserialize)]
struct PauseWatch {
    org: OrgId,
    pause: Uuid,
    /// How often they were asked.
    asked: i32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Expect {
    org: OrgId,
    user: UserId,
    job: JobId,
    start_ms: i64,
}

/// A shift began: it is looked at when it may be forgotten.
pub(super) async fn begin(tenant: &mut Tenant, shift: ShiftId, wish: Wish) -> Result<()> {
    look(tenant, shift, wish.now + super::forgotten::LOOK).await
}

/// A pause began.
pub(super) async fn begin_pause(tenant: &mut Tenant, pause: Uuid, wish: Wish) -> Result<()> {
    look_at_pause(tenant, pause, 0, wish.at + LONG).await
}

pub(super) async fn look(tenant: &mut Tenant, shift: ShiftId, at: DateTime<Utc>) -> Result<()> {
    let org = tenant.org();
    let mut task = NewTask::new(WATCH, Some(org), Watch { org, shift })?;
    task.run_at = at;
    task::enqueue(tenant.conn(), &task).await
}

async fn look_at_pause(tenant: &mut Tenant, pause: Uuid, asked: i32, at: DateTime<Utc>) -> Result<()> {
    let org = tenant.org();
    let mut task = NewTask::new(PAUSE, Some(org), PauseWatch { org, pause, asked })?;
    task.run_at = at;
    task::enqueue(tenant.conn(), &task).await
}

/// A job has a date and somebody: they should be on shift when it begins.
pub async fn expect(tenant: &mut Tenant, user: UserId, job: JobId, start: DateTime<Utc>) -> Result<()> {
    let (org, start_ms) = (tenant.org(), start.timestamp_millis());
    let mut task = NewTask::new(EXPECT, Some(org), Expect { org, user, job, start_ms })?;
    task.unique_key = Some(format!("{user}/{job}/{start_ms}"));
    task.run_at = start;
    task::enqueue(tenant.conn(), &task).await
}

/// A technician sets out or begins to work: a pause of theirs is over, and a shift that is not open is missed.
///
/// `is_own`: they did it themselves; who was sent by the office goes on pausing until they say so.
pub async fn at_work(
    tenant: &mut Tenant,
    user: UserId,
    job: JobId,
    at: DateTime<Utc>,
    is_own: bool,
) -> Result<()> {
    match sql::open_of(tenant, user).await? {
        Some((_, Some(since))) if is_own => {
            let Some((member, _)) = sql::lock_member(tenant, user).await? else { return Ok(()) };
            let by = By::technician(user);
            let person = Person { user, member, by, is_office: false, reason: None };
            let wish = Wish { on: false, at: at.max(since), now: moment::now() };
            // Refused or not: the work goes on.
            writing::pause(tenant, &person, wish).await.map(|_| ())
        }
        Some(_) => Ok(()),
        None if sql::name_of(tenant, user).await?.is_some() => {
            let dedupe = format!("shift_start/{user}/{job}/{}", at.timestamp_millis());
            let body = "Empezaste un trabajo y tu turno está cerrado: tus posiciones no se guardan.";
            prompt(tenant, user, "shift_start", "¿Empezás tu turno?", body.into(), dedupe).await
        }
        None => Ok(()),
    }
}

/// Carries out [`EXPECT`]: whoever should begin a job now and is not on shift is asked, once a day.
pub async fn expected(db: &Db, payload: &Value) -> Result<()> {
    let due: Expect = read(EXPECT, payload)?;
    let mut tenant = db.tenant(due.org).await?;
    let start = moment::from_ms(due.start_ms).unwrap_or_default();
    let Some(job) = sql::is_expected(&mut tenant, due.user, due.job, start).await? else { return Ok(()) };
    let is_technician = sql::name_of(&mut tenant, due.user).await?.is_some();
    if !is_technician || sql::open_of(&mut tenant, due.user).await?.is_some() {
        return Ok(());
    }
    let zone = moment::zone(sql::zone_name(&mut tenant).await?.as_deref().unwrap_or_default());
    let dedupe = format!("shift_start/{}/{}", due.user, start.with_timezone(&zone).date_naive());
    let body = format!("Tenés un trabajo ahora y tu turno está cerrado: {job}");
    prompt(&mut tenant, due.user, "shift_start", "¿Empezás tu turno?", body, dedupe).await?;
    tenant.commit().await
}

/// Carries out [`WATCH`]: leaves an open shift, asks about it, or ends it.
pub async fn watch(db: &Db, payload: &Value) -> Result<()> {
    let due: Watch = read(WATCH, payload)?;
    let mut tenant = db.tenant(due.org).await?;
    let Some(open) = sql::open_shift(&mut tenant, due.shift).await? else { return Ok(()) };
    let Some((member, _)) = sql::lock_member(&mut tenant, open.user_id).await? else { return Ok(()) };
    let now = moment::now();
    let points = sql::points_since(&mut tenant, member, open.started_at).await?;
    let facts = facts(&mut tenant, &open, &points, now).await?;
    let next = now + super::forgotten::LOOK;
    match judge(&facts) {
        Verdict::Look(at) => look(&mut tenant, due.shift, at).await?,
        Verdict::Ask(why) => {
            ask(&mut tenant, due.shift, &open, why, now).await?;
            look(&mut tenant, due.shift, next).await?;
        }
        Verdict::End { at, why } => {
            let reason = Some(why.as_str());
            let person = Person { user: open.user_id, member, by: By::SYSTEM, is_office: false, reason };
            let wish = Wish { on: false, at: moment::to_millis(at), now };
            // A shift whose end lies over a week back is ended as far back as one may be.
            let wish = Wish { at: wish.at.max(now - super::rules::BACK), ..wish };
            match writing::apply(&mut tenant, &person, wish).await? {
                // The end of the hours is what everybody expects.
                Ok(_) if why == Why::Hours => {}
                Ok(_) => tell_end(&mut tenant, due.shift, open.user_id, at).await?,
                // A position came meanwhile.
                Err(_) => look(&mut tenant, due.shift, next).await?,
            }
        }
    }
    tenant.commit().await
}

async fn facts(
    tenant: &mut Tenant,
    open: &Open,
    points: &[(DateTime<Utc>, f64, f64)],
    now: DateTime<Utc>,
) -> Result<Facts> {
    let doing = sql::doing(tenant, open.user_id, open.started_at).await?;
    let plan = schedules::plan_of(tenant, open.user_id).await?;
    let zone = moment::zone(sql::zone_name(tenant).await?.as_deref().unwrap_or_default());
    Ok(Facts {
        now,
        started: open.started_at,
        confirmed: open.confirmed_at,
        asked: open.asked_at,
        moved: last_moved(points, MOVED_M),
        heard: points.last().map(|(at, ..)| *at),
        worked: doing.worked,
        is_busy: doing.is_busy,
        hours_end: plan.as_ref().and_then(|plan| by_schedule::end_of_day(plan, zone, open.started_at)),
        scheduled_end: plan
            .as_ref()
            .filter(|_| open.is_scheduled)
            .and_then(|plan| by_schedule::span_of(plan, zone, open.started_at))
            .map(|(_, end)| end),
    })
}

async fn ask(tenant: &mut Tenant, shift: ShiftId, open: &Open, why: Why, now: DateTime<Utc>) -> Result<()> {
    sql::asked(tenant, shift, now).await?;
    let body = match why {
        Why::TooLong => {
            "Tu turno lleva más de 12 horas abierto. Si terminaste, cerralo; si no, decinos que seguís."
        }
        Why::Idle | Why::Hours => {
            "Terminó tu horario y tu turno sigue abierto. Si terminaste, cerralo; si no, decinos que seguís."
        }
    };
    let dedupe = format!("shift_end/{shift}/{}", now.timestamp_millis());
    prompt(tenant, open.user_id, "shift_end", "¿Seguís trabajando?", body.into(), dedupe).await
}

/// The person and the office hear that a rule ended a shift.
async fn tell_end(tenant: &mut Tenant, shift: ShiftId, user: UserId, at: DateTime<Utc>) -> Result<()> {
    let zone = moment::zone(sql::zone_name(tenant).await?.as_deref().unwrap_or_default());
    let hour = at.with_timezone(&zone).format("%d/%m %H:%M");
    let name = sql::name_of(tenant, user).await?.unwrap_or_default();
    let dedupe = format!("shift_closed/{shift}");
    let body = format!(
        "Nadie lo cerró: quedó cerrado con tu última actividad, {hour}. La oficina puede corregirlo."
    );
    prompt(tenant, user, "shift_closed", "Cerramos tu turno", body, dedupe.clone()).await?;
    let notice = Notice {
        kind: "shift_closed",
        title: format!("El turno de {name} se cerró solo"),
        body: format!("Nadie lo cerró: quedó cerrado con su última actividad, {hour}. Se puede corregir."),
        params: json!({ "technician": name, "at": at.timestamp_millis() }),
        entity: Some(("shift", shift.0)),
        dedupe,
    };
    notices::add_for_roles(tenant, &[Role::Owner, Role::Admin, Role::Dispatcher], &notice).await
}

/// Carries out [`PAUSE`]: whoever pauses for an hour is asked whether they go on, three times at most.
pub async fn watch_pause(db: &Db, payload: &Value) -> Result<()> {
    let due: PauseWatch = read(PAUSE, payload)?;
    let mut tenant = db.tenant(due.org).await?;
    let Some((user, since)) = sql::pause_of(&mut tenant, due.pause).await? else { return Ok(()) };
    let minutes = (Utc::now() - since).num_minutes().max(0);
    let body = format!("Tu pausa lleva {minutes} minutos. Mientras dura, tus posiciones no se guardan.");
    let dedupe = format!("pause_end/{}/{}", due.pause, due.asked);
    prompt(&mut tenant, user, "pause_end", "¿Seguís en pausa?", body, dedupe).await?;
    if due.asked + 1 < ASKED {
        look_at_pause(&mut tenant, due.pause, due.asked + 1, Utc::now() + LONG).await?;
    }
    tenant.commit().await
}

/// A notice in the person's pages and, where they want it, a push that leads to their shift.
async fn prompt(
    tenant: &mut Tenant,
    user: UserId,
    kind: &'static str,
    title: &str,
    body: String,
    dedupe: String,
) -> Result<()> {
    let notice = Notice { kind, title: title.into(), body, params: json!({}), entity: None, dedupe };
    let wanted = preferences::of(tenant, user).await?;
    let through = events::channels(kind, &wanted);
    if through.web && !notices::add(tenant, user, &notice).await? {
        return Ok(());
    }
    if through.push {
        let push = Push {
            kind: kind.into(),
            title: notice.title,
            body: notice.body,
            path: format!("{}?turno=1", notices::face(Role::Technician)),
            tag: "shift".into(),
            urgency: Urgency::High,
            // Two hours later it is about something else.
            ttl_s: 7_200,
            job: None,
        };
        push::send_to(tenant, user, &push, Utc::now()).await?;
    }
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(kind: &str, payload: &Value) -> Result<T> {
    serde_json::from_value(payload.clone()).map_err(|e| Error::Internal(format!("task {kind}: {e}")))
}
