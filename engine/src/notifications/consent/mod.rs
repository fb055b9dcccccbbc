//! Who wants no messages: BAJA or STOP from a customer, a provider's word, ALTA or staff's reason the other way.
//!
//! Critical messages go on: what was agreed and the technician at the door. The event log says who decided what and why.

mod sql;

use chrono::Utc;
use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::customers::Customer;
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::event::{By, ByKind, NewEvent};
use crate::ids::{CustomerId, OrgId, UserId};

/// What a customer's words ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// No more messages.
    OptOut,
    /// Messages again.
    OptIn,
}

/// What a whole message asks for; words within other words mean nothing. Pure.
pub fn wish(text: &str) -> Option<Wish> {
    let word = text.trim().trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    match word.as_str() {
        "baja" | "stop" | "cancelar suscripción" | "cancelar suscripcion" | "unsubscribe" | "no molestar" => {
            Some(Wish::OptOut)
        }
        "alta" | "start" | "unstop" => Some(Wish::OptIn),
        _ => None,
    }
}

/// A customer's message: carries out what it asks for, if it asks for anything.
pub async fn heard(tx: &mut Tenant, phone: &str, text: &str) -> Result<Option<Wish>> {
    let Some(wish) = wish(text) else { return Ok(None) };
    let by = By { kind: ByKind::Customer, id: None };
    set(tx, phone, wish, by, text.trim()).await?;
    Ok(Some(wish))
}

/// A provider says that they want none.
pub(super) async fn heard_by_provider(tx: &mut Tenant, phone: &str, code: &str) -> Result<()> {
    set(tx, phone, Wish::OptOut, By::SYSTEM, code).await
}

/// `POST /api/customers/{id}/opt-in`, `/opt-out`: staff changes what a customer gets.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[schema(as = ConsentReason)]
pub struct Reason {
    /// Why, 3 to 500 characters.
    pub reason: String,
}

/// Staff decides for a customer, with a reason.
pub async fn decide(
    db: &Db,
    org: OrgId,
    by: UserId,
    customer: CustomerId,
    wish: Wish,
    body: &Reason,
) -> Result<Customer> {
    let mut check = Check::default();
    let reason = check.text("reason", &body.reason, 3, 500);
    check.done()?;
    let mut tx = db.tenant(org).await?;
    let phone = sql::phone_of(&mut tx, customer).await?.ok_or(Error::NotFound("customer"))?;
    set(&mut tx, &phone, wish, By::staff(by), &reason).await?;
    let row = sql::customer(&mut tx, customer).await?.ok_or(Error::NotFound("customer"))?;
    tx.commit().await?;
    Ok(row)
}

async fn set(tx: &mut Tenant, phone: &str, wish: Wish, by: By, reason: &str) -> Result<()> {
    let is_out = wish == Wish::OptOut;
    let Some(row) = sql::set(tx, phone, is_out).await? else { return Ok(()) };
    let kind = if is_out { "customer.opted_out" } else { "customer.opted_in" };
    tx.record(NewEvent::new(kind, Utc::now(), by).with("customer", &row).with("reason", reason));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_words_alone() {
        for (text, expected) in [
            ("BAJA", Some(Wish::OptOut)),
            (" baja. ", Some(Wish::OptOut)),
            ("Stop!", Some(Wish::OptOut)),
            ("ALTA", Some(Wish::OptIn)),
            ("baja presión", None),
            ("la presión está baja", None),
            ("trabaja", None),
            ("", None),
        ] {
            assert_eq!(wish(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_survived(text: String) {
            let _ = wish(&text);
        }
    }
}
