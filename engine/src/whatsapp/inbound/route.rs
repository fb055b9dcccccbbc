//! Whose a webhook is: the organization that connected the number; for the installation's own number the one
//! organization that knows the sender, else the operator's default.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::Engine;
use crate::error::Result;
use crate::ids::OrgId;
use crate::notifications::outbound;
use crate::whatsapp::contact;
use crate::whatsapp::sql::door as sql;
use crate::whatsapp::wire::{Inbound, Item, Status, What};

/// Whose something is.
pub(super) enum Whose {
    /// This organization's.
    Org(OrgId),
    /// It is for a number that nobody connected.
    Unknown(String),
    /// Nobody's: what it is, for the count.
    Nobody(&'static str),
}

/// What is known of numbers and senders of a batch.
pub(super) struct Known {
    owners: BTreeMap<String, OrgId>,
    own: Option<String>,
    /// Who knows a phone; none where several do.
    knows: BTreeMap<String, Option<OrgId>>,
    /// Whose messages of ours statuses name.
    ours: BTreeMap<Uuid, OrgId>,
    default: Option<OrgId>,
}

/// The installation's own number, where what comes to it can be given to somebody.
pub(super) async fn own_number(engine: &Engine) -> Result<Option<String>> {
    Ok(default_org(engine).await?.and(engine.settings.whatsapp.phone_number_id.clone()))
}

/// The operator's choice; else the only organization, else the demonstration.
async fn default_org(engine: &Engine) -> Result<Option<OrgId>> {
    if let Some(org) = engine.settings.whatsapp.default_org {
        return Ok(Some(org));
    }
    let mut tx = engine.db.identity().await?;
    sql::only_org(&mut tx, engine.inbox.is_some()).await
}

/// Looks up everything that the items name.
pub(super) async fn of<'a>(engine: &Engine, items: impl Iterator<Item = &'a Item>) -> Result<Known> {
    let items: Vec<&Item> = items.collect();
    let numbers: BTreeSet<String> = items.iter().filter_map(|i| i.number_id.clone()).collect();
    let numbers: Vec<String> = numbers.into_iter().collect();
    let own = engine.settings.whatsapp.phone_number_id.clone();
    let mut tx = engine.db.identity().await?;
    let owners: BTreeMap<String, OrgId> = sql::owners(&mut tx, &numbers).await?.into_iter().collect();
    let is_own = |item: &&&Item| item.number_id.as_ref().is_none_or(|n| !owners.contains_key(n));
    let senders: BTreeSet<String> = items.iter().filter(is_own).filter_map(|i| phone_of(&i.what)).collect();
    let mut knows: BTreeMap<String, Option<OrgId>> = BTreeMap::new();
    if !senders.is_empty() {
        let senders: Vec<String> = senders.into_iter().collect();
        for (phone, org, _) in sql::who_knows(&mut tx, &senders).await? {
            knows.entry(phone).and_modify(|known| *known = None).or_insert(Some(org));
        }
    }
    drop(tx);
    let mut ours = BTreeMap::new();
    for callback in items.iter().filter(is_own).filter_map(|i| callback_of(&i.what)) {
        if let Some(org) = outbound::whose(&engine.db, callback).await? {
            ours.insert(callback, org);
        }
    }
    let needs_default = items
        .iter()
        .any(|i| is_own(&i) && phone_of(&i.what).is_none_or(|p| !matches!(knows.get(&p), Some(Some(_)))));
    let default = if needs_default { default_org(engine).await? } else { None };
    Ok(Known { owners, own, knows, ours, default })
}

impl Known {
    /// Whose this is.
    pub(super) fn get(&self, item: &Item) -> Whose {
        match &item.what {
            What::Message(message) | What::Echo(message) => self.of_message(item, message),
            What::Status(status) => self.of_status(item, status),
            What::Preference(_) => {
                let owner = item.number_id.as_ref().and_then(|n| self.owners.get(n));
                owner.map_or(Whose::Nobody("preference"), |org| Whose::Org(*org))
            }
            What::Other(_) => Whose::Nobody("other"),
        }
    }

    fn of_message(&self, item: &Item, message: &Inbound) -> Whose {
        if let Some(org) = item.number_id.as_ref().and_then(|n| self.owners.get(n)) {
            return Whose::Org(*org);
        }
        // A value that names no number can only have come to the installation's.
        let number = item.number_id.clone().or_else(|| self.own.clone()).unwrap_or_default();
        if self.own.as_ref() != Some(&number) {
            return Whose::Unknown(number);
        }
        let phone = message.wa_id.as_deref().and_then(contact::phone_of);
        let known = phone.and_then(|p| self.knows.get(&p).copied()).flatten();
        known.or(self.default).map_or(Whose::Unknown(number), Whose::Org)
    }

    fn of_status(&self, item: &Item, status: &Status) -> Whose {
        let owner = item.number_id.as_ref().and_then(|n| self.owners.get(n));
        let ours = status.callback.as_deref().and_then(|c| self.ours.get(&Uuid::try_parse(c).ok()?));
        owner.or(ours).map_or(Whose::Nobody("status"), |org| Whose::Org(*org))
    }
}

fn phone_of(what: &What) -> Option<String> {
    match what {
        What::Message(message) | What::Echo(message) => message.wa_id.as_deref().and_then(contact::phone_of),
        _ => None,
    }
}

fn callback_of(what: &What) -> Option<Uuid> {
    match what {
        What::Status(status) => status.callback.as_deref().and_then(|c| Uuid::try_parse(c).ok()),
        _ => None,
    }
}
