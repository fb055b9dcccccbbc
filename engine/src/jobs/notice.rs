//! What a change of a job means for people in their pages and browsers: those who do it, owners and admins when it is
//! done, the office where a phone disagrees. WhatsApp and SMS are [`crate::notifications`]' matter.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::remind;
use super::state::Status;
use super::step::News;
use super::view::JobView;
use crate::auth::role::Role;
use crate::db::Tenant;
use crate::error::Result;
use crate::event::By;
use crate::ids::UserId;
use crate::notices::{self, Notice};
use crate::notifications::{events, preferences};
use crate::push;
use crate::push::rules::{Push, Urgency};

/// Tells the people whom a change concerns, and plans their reminders; nobody hears of what they did themselves.
pub(super) async fn tell(tenant: &mut Tenant, job: &JobView, by: By, news: &[News]) -> Result<()> {
    for (user, kind) in heard(job, by, news) {
        reach(tenant, user, Role::Technician, job, worded(job, kind)).await?;
    }
    if news.iter().any(|n| matches!(n, News::Went { to: Status::Completed, .. })) {
        for user in notices::people(tenant, &[Role::Owner, Role::Admin]).await? {
            if by.id != Some(user) {
                reach(tenant, user, Role::Owner, job, worded(job, "job_completed")).await?;
            }
        }
    }
    remind::follow(tenant, job, news).await
}

/// A technician completed a job that was called off meanwhile: it stays cancelled, and the office decides.
pub(super) async fn conflict(tenant: &mut Tenant, job: &JobView, by: UserId) -> Result<()> {
    let mut notice = worded(job, "sync_conflict");
    notice.dedupe = format!("sync_conflict/{}/{by}", job.id);
    for user in notices::people(tenant, &[Role::Owner, Role::Admin, Role::Dispatcher]).await? {
        reach(tenant, user, Role::Dispatcher, job, notice.clone()).await?;
    }
    Ok(())
}

/// Puts a notice into a person's inbox and wakes their browsers, as they want it; pushes wait for the end of their
/// quiet hours.
pub(super) async fn reach(
    tenant: &mut Tenant,
    user: UserId,
    face: Role,
    job: &JobView,
    notice: Notice,
) -> Result<()> {
    // Taking somebody off a job is told as putting them on it.
    let event = match notice.kind {
        "job_unassigned" => "job_assigned",
        "job_reopened" => "job_updated",
        kind => kind,
    };
    let (wanted, now) = (preferences::of(tenant, user).await?, Utc::now());
    let through = events::channels(event, &wanted);
    if through.web && !notices::add(tenant, user, &notice).await? {
        // Told before.
        return Ok(());
    }
    if through.push {
        let quiet = wanted.quiet().filter(|_| events::may_wait(event)).and_then(|q| q.ends(now));
        push::send_to(tenant, user, &woken(face, job, &notice), quiet.unwrap_or(now)).await?;
    }
    Ok(())
}

/// Who of the crew hears what: one notice a person and change, the weightiest.
fn heard(job: &JobView, by: By, news: &[News]) -> Vec<(UserId, &'static str)> {
    let mut all: Vec<(UserId, &'static str)> = Vec::new();
    let mut add = |user: UserId, kind: &'static str| {
        if by.id != Some(user) && all.iter().all(|(known, _)| *known != user) {
            all.push((user, kind));
        }
    };
    if news.iter().any(|n| matches!(n, News::Went { to: Status::Cancelled, .. })) {
        job.technician_ids.iter().for_each(|user| add(*user, "job_cancelled"));
    }
    if news.iter().any(is_reopening) {
        job.technician_ids.iter().for_each(|user| add(*user, "job_reopened"));
    }
    for item in news {
        match item {
            News::Created => job.technician_ids.iter().for_each(|user| add(*user, "job_assigned")),
            News::Assigned { gone, fresh } => {
                fresh.iter().for_each(|user| add(*user, "job_assigned"));
                gone.iter().for_each(|user| add(*user, "job_unassigned"));
            }
            News::Updated { moved: true, .. } => {
                job.technician_ids.iter().for_each(|user| add(*user, "schedule_change"));
            }
            News::Updated { matters: true, .. } => {
                job.technician_ids.iter().for_each(|user| add(*user, "job_updated"));
            }
            News::Updated { .. } | News::Went { .. } | News::Arrived { .. } => {}
        }
    }
    all
}

fn is_reopening(news: &News) -> bool {
    matches!(news, News::Went { from: Status::Completed, to: Status::Working, .. })
}

/// The same for a phone that lies in a pocket.
fn woken(face: Role, job: &JobView, notice: &Notice) -> Push {
    let is_urgent = matches!(
        notice.kind,
        "job_assigned"
            | "job_cancelled"
            | "job_unassigned"
            | "job_reopened"
            | "job_reminder"
            | "schedule_change"
    );
    Push {
        kind: notice.kind.into(),
        title: notice.title.clone(),
        body: notice.body.clone(),
        path: format!("{}?job={}", notices::face(face), job.id),
        // What comes later about a job stands for what came before.
        tag: format!("job/{}", job.id),
        urgency: if is_urgent { Urgency::High } else { Urgency::Normal },
        ttl_s: 86_400,
        job: (face == Role::Technician).then_some(job.id),
    }
}

/// The words of a change; its fact is the job's version.
pub(super) fn worded(job: &JobView, kind: &'static str) -> Notice {
    let number = &job.job_number;
    let title = match kind {
        "job_assigned" => format!("Trabajo nuevo: {number}"),
        "job_unassigned" => format!("Ya no tenés el trabajo {number}"),
        "job_cancelled" => format!("Trabajo cancelado: {number}"),
        "job_completed" => format!("Trabajo terminado: {number}"),
        "job_reopened" => format!("Reabrieron el trabajo {number}"),
        "job_reminder" => format!("Se acerca el trabajo {number}"),
        "schedule_change" => format!("Nuevo horario: {number}"),
        "sync_conflict" => format!("{number} se completó en el teléfono y estaba cancelado"),
        _ => format!("Cambió el trabajo {number}"),
    };
    let place = job.address.as_deref().or(job.customer.address.as_deref());
    let words = [Some(job.title.as_str()), Some(job.customer.name.as_str()), place];
    Notice {
        kind,
        title,
        body: words.into_iter().flatten().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" · "),
        params: json!({
            "job_number": number, "title": job.title, "customer": job.customer.name, "address": place,
            "scheduled_start": job.scheduled_start, "reason": job.cancellation_reason,
        }),
        entity: Some(("job", job.id.0)),
        dedupe: format!("{kind}/{}/{}", job.id, job.version),
    }
}

/// When a job begins, where that is still ahead and people are to be reminded of it.
pub(super) fn ahead(job: &JobView, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    job.scheduled_start.map(|s| s.0).filter(|start| job.status == Status::Scheduled && *start > now)
}
