//! Whose data is meant: a member, a customer, or whoever has a phone.

use std::collections::BTreeSet;
use std::str::FromStr;

use uuid::Uuid;

use super::sql;
use super::words::Known;
use crate::Engine;
use crate::auth::phone;
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::ids::{CustomerId, OrgId, UserId};

/// Whose data is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A person who signs in.
    User(UserId),
    /// A customer of one organization.
    Customer(CustomerId),
    /// Whoever has this phone: customers, people, numbers that only wrote.
    Phone(String),
}

impl FromStr for Subject {
    type Err = String;
    /// `user:ID`, `customer:ID` or `phone:+54..`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "expected user:ID, customer:ID or phone:+54..".to_owned();
        let (kind, rest) = text.split_once(':').ok_or_else(wrong)?;
        match kind {
            "user" => rest.parse().map(|id| Self::User(UserId(id))).map_err(|_| wrong()),
            "customer" => rest.parse().map(|id| Self::Customer(CustomerId(id))).map_err(|_| wrong()),
            "phone" => phone::normalize(rest).map(Self::Phone).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }
}

/// The keys under which an organization holds things about a subject.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    pub users: Vec<Uuid>,
    pub members: Vec<i32>,
    pub customers: Vec<Uuid>,
    pub jobs: Vec<Uuid>,
    pub conversations: Vec<Uuid>,
    pub messages: Vec<Uuid>,
    pub sessions: Vec<Uuid>,
    pub files: Vec<Uuid>,
    pub phones: Vec<String>,
    pub emails: Vec<String>,
}

impl Keys {
    /// Whether anybody is meant.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
            && self.customers.is_empty()
            && self.conversations.is_empty()
            && self.jobs.is_empty()
    }

    /// A pattern that finds texts which name one of the rows; it matches nothing where there are none.
    pub fn mention(&self) -> String {
        let ids = self.users.iter().chain(&self.customers).chain(&self.jobs).chain(&self.conversations);
        let ids: Vec<String> = ids.map(Uuid::to_string).collect();
        // A word that no text begins after its end.
        if ids.is_empty() { "$a".into() } else { ids.join("|") }
    }
}

/// What an organization knows of a subject: its keys, and the words by which they are recognized.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub keys: Keys,
    pub known: Known,
}

/// Looks a subject up in one organization; empty where it is not known there.
pub(crate) async fn find(tenant: &mut Tenant, subject: &Subject) -> Result<Found> {
    let mut keys = Keys::default();
    match subject {
        Subject::User(user) => keys.users.push(user.0),
        Subject::Customer(customer) => keys.customers.push(customer.0),
        Subject::Phone(phone) => {
            keys.phones.push(phone.clone());
            (keys.users, keys.customers) = sql::by_phone(tenant, phone).await?;
        }
    }
    sql::complete(tenant, &mut keys).await?;
    let known = sql::known(tenant, &keys).await?;
    keys.phones =
        keys.phones.iter().chain(&known.phones).cloned().collect::<BTreeSet<_>>().into_iter().collect();
    keys.emails = known.others.iter().filter(|o| o.contains('@')).cloned().collect();
    Ok(Found { keys, known })
}

/// The tax numbers of the subject's customers, opened: they lie sealed, and may stand in somebody's notes.
pub(crate) async fn tax_numbers(
    engine: &Engine,
    tenant: &mut Tenant,
    keys: &Keys,
) -> Result<Vec<(Uuid, String)>> {
    let mut numbers = Vec::new();
    for (customer, sealed) in sql::sealed_cuits(tenant, keys).await? {
        let number = engine.vault.open_text(tenant, "customer.cuit", customer, Some(&sealed)).await?;
        numbers.extend(number.map(|number| (customer, number)));
    }
    Ok(numbers)
}

/// The organizations that may know a subject: one that was named, else all of them.
///
/// # Errors
/// [`Error::NotFound`] where nobody knows it.
pub async fn organizations(db: &Db, subject: &Subject, org: Option<OrgId>) -> Result<Vec<OrgId>> {
    let all = match org {
        Some(org) => vec![org],
        None => sql::identity::organizations(db).await?,
    };
    let mut knowing = Vec::new();
    for org in all {
        let mut tenant = db.tenant(org).await?;
        if !find(&mut tenant, subject).await?.keys.is_empty() {
            knowing.push(org);
        }
    }
    if knowing.is_empty() { Err(Error::NotFound("subject")) } else { Ok(knowing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_as_an_operator_writes_them() {
        let id = Uuid::from_u128(7);
        assert_eq!(format!("user:{id}").parse(), Ok(Subject::User(UserId(id))));
        assert_eq!(format!("customer:{id}").parse(), Ok(Subject::Customer(CustomerId(id))));
        assert_eq!("phone:+54 9 11 5555-0001".parse(), Ok(Subject::Phone("+5491155550001".into())));
        for wrong in ["", "user", "user:7", "phone:112", "org:x", "customer"] {
            assert!(wrong.parse::<Subject>().is_err(), "{wrong}");
        }
    }
}
