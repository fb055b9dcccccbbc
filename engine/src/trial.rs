//! A message to oneself, to see whether a channel works.

use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::Engine;
use crate::asker::Asker;
use crate::auth::role::Role;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::mail::{self, Mail};
use crate::notices::{self, Notice};
use crate::notifications::content::Content;
use crate::notifications::outbound::{self, Outgoing};
use crate::push;
use crate::push::rules::{Push, Urgency};

/// Messages to oneself in an hour: a channel that costs money is not a toy.
const IN_AN_HOUR: i64 = 10;
/// The kind of such a message.
const KIND: &str = "notification_test";
const TITLE: &str = "Mensaje de prueba";
const TEXT: &str = "Si lo estás leyendo, este canal funciona.";

/// Which channel is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The in-app inbox.
    Web,
    /// The person's browsers.
    Push,
    /// The person's e-mail address.
    Email,
    /// The person's phone, by WhatsApp.
    Whatsapp,
    /// The person's phone, by SMS.
    Sms,
}

/// What is to be tried.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Trial {
    /// Through which channel.
    pub channel: Channel,
}

/// A message is on its way.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct TrialSent {
    /// Through which channel.
    pub channel: Channel,
    /// To how many places: browsers, or one.
    pub sent: usize,
}

/// Sends the person a message through one channel.
///
/// # Errors
/// `NOTIFICATION_001` where the person has no address there, `RATE_001` for the eleventh in an hour.
pub async fn send(tenant: &mut Tenant, engine: &Engine, asker: Asker, trial: Trial) -> Result<TrialSent> {
    if notices::recent(tenant, asker.user, KIND).await? >= IN_AN_HOUR {
        let detail = "demasiadas pruebas (too many trials)";
        return Err(Error::TooMany { code: "RATE_001", retry_after_s: 3_600, detail });
    }
    let (phone, email) = notices::addresses(tenant, asker.user).await?.ok_or(Error::NotFound("person"))?;
    let sent = match trial.channel {
        Channel::Web => 1,
        Channel::Push => push::send_to(tenant, asker.user, &wake(asker.role), Utc::now()).await?,
        Channel::Email => match email {
            Some(to) => {
                let mail =
                    Mail { user: Some(asker.user), ..Mail::plain(to, format!("CampoTech: {TITLE}"), TEXT) };
                mail::enqueue(tenant, engine, mail).await?;
                1
            }
            None => 0,
        },
        Channel::Whatsapp | Channel::Sms => {
            let text = format!("{TITLE}. {TEXT}");
            let message = match trial.channel {
                Channel::Sms => Outgoing::sms(phone, text),
                _ => Outgoing { text: Some(text.clone()), ..Outgoing::whatsapp(phone, Content::text(text)) },
            };
            outbound::enqueue(tenant, Outgoing { user: Some(asker.user), by: Some(asker.user), ..message })
                .await?;
            1
        }
    };
    if sent == 0 {
        let detail = match trial.channel {
            Channel::Push => {
                "ningún navegador tuyo recibe avisos todavía (none of your browsers is subscribed)"
            }
            _ => "no tenés una dirección de correo (you have no e-mail address)",
        };
        return Err(Error::Conflict { code: "NOTIFICATION_001", detail: detail.into(), current: None });
    }
    // Also what counts the trials.
    notices::add(tenant, asker.user, &noted(trial.channel)).await?;
    Ok(TrialSent { channel: trial.channel, sent })
}

fn wake(role: Role) -> Push {
    Push {
        kind: KIND.into(),
        title: TITLE.into(),
        body: TEXT.into(),
        path: notices::face(role).into(),
        tag: KIND.into(),
        urgency: Urgency::High,
        ttl_s: 600,
        job: None,
    }
}

fn noted(channel: Channel) -> Notice {
    Notice {
        kind: KIND,
        title: TITLE.into(),
        body: TEXT.into(),
        params: json!({ "channel": channel }),
        entity: None,
        dedupe: format!("notification_test/{}", Uuid::now_v7()),
    }
}
