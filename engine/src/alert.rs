//! Alerts to owners and admins through every channel that each of them left on: pages, browsers, e-mail, messages.

use chrono::Utc;

use crate::Engine;
use crate::auth::role::Role;
use crate::db::Tenant;
use crate::error::Result;
use crate::mail::{self, Mail};
use crate::notices::{self, Notice};
use crate::notifications::{alerts, events, preferences};
use crate::push;
use crate::push::rules::{Push, Urgency};

/// The event of preferences that alerts belong to.
const EVENT: &str = "system_alert";

/// Tells every owner and admin once; alerts wait for nobody's quiet hours.
pub async fn bosses(engine: &Engine, tenant: &mut Tenant, notice: &Notice) -> Result<()> {
    for user in notices::people(tenant, &[Role::Owner, Role::Admin]).await? {
        let through = events::channels(EVENT, &preferences::of(tenant, user).await?);
        if through.web && !notices::add(tenant, user, notice).await? {
            // Told before.
            continue;
        }
        if through.push {
            push::send_to(tenant, user, &woken(notice), Utc::now()).await?;
        }
        if through.email
            && mail::is_configured(engine)
            && let Some((_, Some(to))) = notices::addresses(tenant, user).await?
        {
            let subject = format!("CampoTech: {}", notice.title);
            let dedupe_key = Some(format!("{}:{user}:email", notice.dedupe));
            let mail = Mail { user: Some(user), dedupe_key, ..Mail::plain(to, subject, notice.body.clone()) };
            mail::enqueue(tenant, engine, mail).await?;
        }
    }
    alerts::system_alert(&engine.templates, tenant, &notice.dedupe, &notice.title, &notice.body).await
}

fn woken(notice: &Notice) -> Push {
    Push {
        kind: notice.kind.into(),
        title: notice.title.clone(),
        body: notice.body.clone(),
        path: notices::face(Role::Owner).into(),
        tag: notice.dedupe.clone(),
        urgency: Urgency::High,
        ttl_s: 86_400,
        job: None,
    }
}
