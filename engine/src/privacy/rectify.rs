//! The operator corrects what is held about somebody. The office does it by its own forms.

use serde::Serialize;
use uuid::Uuid;

use super::sql;
use super::subject::{self, Subject};
use crate::Engine;
use crate::auth::phone;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::OrgId;
use crate::ledger::{Action, Entry};

/// What was corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Corrected {
    /// Where.
    pub org: OrgId,
    /// People whose row changed.
    pub users: Vec<Uuid>,
    /// Customers whose row changed.
    pub customers: Vec<Uuid>,
}

/// Corrects fields of a subject everywhere it is known, or in one organization. A person's sign-in phone follows.
///
/// # Errors
/// `NotFound`; [`Error::Invalid`] for a field that is none of name, phone, email, address, or a value that it cannot hold.
pub async fn by_operator(
    engine: &Engine,
    subject: &Subject,
    org: Option<OrgId>,
    set: &[(&str, &str)],
    reason: &str,
) -> Result<Vec<Corrected>> {
    let fields = checked(set)?;
    let mut all = Vec::new();
    for org in subject::organizations(&engine.db, subject, org).await? {
        let mut tenant = engine.db.tenant(org).await?;
        let keys = subject::find(&mut tenant, subject).await?.keys;
        sql::rectify::people(&mut tenant, &keys.users, &fields).await?;
        sql::rectify::customers(&mut tenant, &keys.customers, &fields).await?;
        let names: Vec<&str> = set.iter().map(|(name, _)| *name).collect();
        let now = chrono::Utc::now();
        for (kind, event, field, ids) in [
            ("user", "user.rectified", "user_id", &keys.users),
            ("customer", "customer.rectified", "customer_id", &keys.customers),
        ] {
            for id in ids {
                let entry = Entry::new(Action::Rectified, By::SYSTEM, kind).on(*id);
                tenant.audit(entry.with("fields", &names).with("reason", reason));
                tenant.record(NewEvent::new(event, now, By::SYSTEM).with(field, id));
            }
        }
        tenant.commit().await?;
        if let Some(phone) = &fields.phone {
            sql::rectify::sign_in_phone(&engine.db, &keys.users, phone).await?;
        }
        all.push(Corrected { org, users: keys.users, customers: keys.customers });
    }
    Ok(all)
}

/// What is to be written; what is none stays.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub address: Option<String>,
}

fn checked(set: &[(&str, &str)]) -> Result<Fields> {
    let mut fields = Fields::default();
    for (field, value) in set {
        let fits = (1..=200).contains(&value.chars().count());
        match *field {
            "name" if fits => fields.name = Some((*value).to_owned()),
            "address" if fits => fields.address = Some((*value).to_owned()),
            "email" if crate::mail::is_address(value) => fields.email = Some((*value).to_owned()),
            "phone" if phone::normalize(value).is_some() => fields.phone = phone::normalize(value),
            _ => {
                return Err(Error::invalid(
                    "set",
                    format!("{field}: no such field, or a value it cannot hold"),
                ));
            }
        }
    }
    Ok(fields)
}
