//! The way out of one message: the provider that takes it, and what it said, in one form for all.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Way;
use crate::Engine;
use crate::db::Tenant;
use crate::error::Result;
use crate::message::Message;
use crate::notifications::accounts;
use crate::notifications::content::Content;
use crate::providers::meta::{self, Flag, Meta, Number};
use crate::providers::twilio::{self, Twilio};
use crate::providers::{Failure, Service};

/// The provider that takes a message.
#[derive(Debug, Clone)]
pub(in crate::notifications) enum Door {
    /// Meta, from a number.
    WhatsApp(Number),
    /// Twilio.
    Sms(Twilio),
    /// Nobody: it is shown in the demonstration's inbox, as if it had gone this way.
    Demo(Way),
    /// There is no way out.
    Closed,
}

/// What became of an attempt.
#[derive(Debug)]
pub(in crate::notifications) enum Outcome {
    /// The provider took it, under this id.
    Taken(String),
    /// It said no.
    Refused(Refusal),
    /// The way there failed, with or without effect.
    Failed(Service, Failure),
}

/// A provider's no.
#[derive(Debug)]
pub(in crate::notifications) struct Refusal {
    /// Its code.
    pub(in crate::notifications) code: String,
    /// Its words.
    pub(in crate::notifications) detail: String,
    /// What follows.
    pub(in crate::notifications) then: Then,
}

/// What follows a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::notifications) enum Then {
    /// The same again, not before so long.
    Retry(Option<Duration>),
    /// A template may go.
    Template,
    /// This phone takes none.
    Undeliverable,
    /// They want none.
    OptedOut,
    /// A person must look: our account, our words, our template.
    Person,
}

impl Engine {
    /// The SMS account, where there is one.
    pub(in crate::notifications) fn twilio(&self) -> Option<Twilio> {
        let settings = &self.settings.twilio;
        settings.opened().map(|(account, user, password, from)| Twilio {
            base_url: settings.base_url.clone(),
            account: account.to_owned(),
            user: user.to_owned(),
            password: password.to_owned(),
            from: from.to_owned(),
        })
    }

    fn meta(&self) -> Meta {
        let settings = &self.settings.whatsapp;
        Meta { base_url: settings.base_url.clone(), version: settings.api_version.clone() }
    }
}

/// The door of the installation itself.
pub(in crate::notifications) fn own(engine: &Engine, way: Way) -> Door {
    match way {
        Way::Whatsapp => accounts::own(engine).map(Door::WhatsApp),
        Way::Sms => engine.twilio().map(Door::Sms),
    }
    .unwrap_or(if engine.inbox.is_some() { Door::Demo(way) } else { Door::Closed })
}

/// The door of a message of this organization.
pub(in crate::notifications) async fn of(engine: &Engine, tx: &mut Tenant, way: Way) -> Result<Door> {
    Ok(match way {
        Way::Whatsapp => accounts::number(engine, tx).await?.map(Door::WhatsApp),
        Way::Sms => engine.twilio().map(Door::Sms),
    }
    .unwrap_or(if engine.inbox.is_some() { Door::Demo(way) } else { Door::Closed }))
}

/// Goes out once. `doubt_since`: an attempt was begun then and nobody knows how it ended.
pub(in crate::notifications) async fn go(
    engine: &Engine,
    door: &Door,
    to: &str,
    (content, text): (&Content, &str),
    id: Uuid,
    doubt_since: Option<DateTime<Utc>>,
) -> Outcome {
    let outcome = match door {
        Door::WhatsApp(number) => whatsapp(engine, number, to, content, id).await,
        Door::Sms(twilio) => sms(engine, twilio, to, text, (id, doubt_since)).await,
        Door::Demo(_) => Outcome::Taken(format!("demo.{id}")),
        Door::Closed => Outcome::Refused(Refusal {
            code: "no_channel".into(),
            detail: "no provider is configured".into(),
            then: Then::Person,
        }),
    };
    if let (Some(inbox), Outcome::Taken(_)) = (&engine.inbox, &outcome) {
        let is_sms = matches!(door, Door::Sms(_) | Door::Demo(Way::Sms));
        let channel = if is_sms { "sms" } else { "whatsapp" };
        inbox.push(Message { to: to.to_owned(), channel, text: text.to_owned(), at: Utc::now().into() });
    }
    outcome
}

async fn whatsapp(engine: &Engine, number: &Number, to: &str, content: &Content, id: Uuid) -> Outcome {
    let recipient = meta::recipient(to, number.is_sandbox);
    let Some(payload) = meta::payload(&recipient, content, &id.to_string()) else {
        return Outcome::Refused(Refusal {
            code: "no_form".into(),
            detail: "this kind has no form on the wire".into(),
            then: Then::Person,
        });
    };
    match engine.meta().send(&engine.calls, number, &payload).await {
        Ok(accepted) => Outcome::Taken(accepted.id),
        Err(meta::Trouble::Way(failure)) => Outcome::Failed(Service::WhatsApp, failure),
        Err(meta::Trouble::Refused { code, reaction, detail }) => {
            let then = match reaction {
                meta::Reaction::Retry(least) => Then::Retry(least),
                meta::Reaction::UseTemplate => Then::Template,
                meta::Reaction::Stop(Flag::OptedOut) => Then::OptedOut,
                meta::Reaction::Stop(_) => Then::Undeliverable,
                meta::Reaction::Configuration | meta::Reaction::Content | meta::Reaction::Template => {
                    Then::Person
                }
            };
            Outcome::Refused(Refusal { code: code.to_string(), detail, then })
        }
    }
}

async fn sms(
    engine: &Engine,
    twilio: &Twilio,
    to: &str,
    text: &str,
    (id, doubt_since): (Uuid, Option<DateTime<Utc>>),
) -> Outcome {
    let text: String = text.chars().take(twilio::MOST_TEXT).collect();
    if let Some(since) = doubt_since {
        match twilio.find(&engine.calls, to, &text, since).await {
            Ok(Some(id)) => return Outcome::Taken(id),
            Ok(None) => {}
            Err(trouble) => return of_twilio(trouble),
        }
    }
    let callback =
        engine.settings.public_url.as_ref().map(|url| format!("{url}/api/webhooks/twilio?message={id}"));
    // Twilio refuses addresses that it cannot reach.
    let callback = callback.filter(|url| engine.settings.twilio.calls_back(url));
    match twilio.send(&engine.calls, to, &text, callback.as_deref()).await {
        Ok(id) => Outcome::Taken(id),
        Err(trouble) => of_twilio(trouble),
    }
}

fn of_twilio(trouble: twilio::Trouble) -> Outcome {
    match trouble {
        twilio::Trouble::Way(failure) => Outcome::Failed(Service::Twilio, failure),
        twilio::Trouble::Refused { code, reaction, detail } => {
            let then = match reaction {
                twilio::Reaction::Retry => Then::Retry(None),
                twilio::Reaction::Undeliverable => Then::Undeliverable,
                twilio::Reaction::OptedOut => Then::OptedOut,
                twilio::Reaction::Configuration | twilio::Reaction::Content => Then::Person,
            };
            Outcome::Refused(Refusal { code: code.to_string(), detail, then })
        }
    }
}
