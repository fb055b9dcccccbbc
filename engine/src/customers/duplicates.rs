//! Which customers may be one: asked before one is made, of one that is there, or of all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::likeness::{self, Facts, Reason, SUSPICIOUS};
use super::{Customer, Sight, sql, tax};
use crate::Engine;
use crate::check::Check;
use crate::error::{Error, Result};
use crate::ids::{CustomerId, OrgId};
use crate::page::{Page, Paging};

/// Whom to compare: a customer who is there, or what is about to be entered; nothing compares everybody.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Whom {
    /// A customer who is there.
    pub customer_id: Option<CustomerId>,
    /// Or a name,
    pub name: Option<String>,
    /// a phone in any usual spelling,
    pub phone: Option<String>,
    /// a tax number,
    pub cuit: Option<String>,
    /// a document,
    pub dni: Option<String>,
    /// an e-mail address,
    pub email: Option<String>,
    /// an address,
    pub address: Option<String>,
    /// a place in WGS-84 degrees.
    pub lat: Option<f64>,
    /// WGS-84 degrees.
    pub lon: Option<f64>,
}

/// A customer who may be somebody else.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Duplicate {
    /// Who is there; of two, the newer one.
    pub customer: Customer,
    /// Where everybody is compared: the older one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<Customer>,
    /// How likely they are one, 50 to 100.
    pub score: u8,
    /// What they share, the weightiest first.
    pub reasons: Vec<Reason>,
}

/// Customers who may be one, the likeliest first.
pub async fn list(engine: &Engine, org: OrgId, whom: &Whom, paging: &Paging) -> Result<Page<Duplicate>> {
    let limit = usize::try_from(paging.limit()?).unwrap_or(0);
    // The whole list is made each time: a cursor is how much of it was seen.
    let wrong = || Error::invalid("after", "no es un cursor de esta lista (not a cursor of this list)");
    let seen: usize =
        paging.after.as_deref().map(|a| a.parse().map_err(|_| wrong())).transpose()?.unwrap_or(0);
    let all = match facts(engine, org, whom).await? {
        Some((but, facts)) => of_one(engine, org, but, &facts).await?,
        None => of_all(engine, org).await?,
    };
    let next = (all.len() > seen.saturating_add(limit)).then(|| (seen + limit).to_string());
    let mut items: Vec<Duplicate> = all.into_iter().skip(seen).take(limit).collect();
    let mut tenant = engine.db.tenant(org).await?;
    for row in items.iter_mut().flat_map(|d| std::iter::once(&mut d.customer).chain(&mut d.other)) {
        tax::open(engine, &mut tenant, row).await?;
    }
    Ok(Page { items, next })
}

/// What is asked about, with the customer whose double is looked for.
async fn facts(engine: &Engine, org: OrgId, whom: &Whom) -> Result<Option<(Option<CustomerId>, Facts)>> {
    if let Some(id) = whom.customer_id {
        let mut tenant = engine.db.tenant(org).await?;
        let row = sql::get(tenant.conn(), Sight(None), id).await?.ok_or(Error::NotFound("customer"))?;
        return Ok(Some((Some(id), row.facts())));
    }
    let mut check = Check::default();
    let filled = |text: &Option<String>| text.clone().filter(|t| !t.trim().is_empty());
    let cuit = filled(&whom.cuit).map(|c| check.cuit("cuit", &c));
    let facts = Facts {
        phone: filled(&whom.phone).map(|p| check.phone("phone", &p)),
        cuit: cuit.map(|digits| tax::blind(engine, org, &digits)),
        dni: filled(&whom.dni).map(|d| crate::protect::fields::dni(&mut check, "dni", &d)),
        email: check.optional("email", whom.email.as_deref(), 254),
        name: check.text("name", whom.name.as_deref().unwrap_or_default(), 0, 200),
        address: check.optional("address", whom.address.as_deref(), 500),
        place: whom.lat.zip(whom.lon),
    };
    check.place(whom.lat, whom.lon);
    check.done()?;
    Ok((facts != Facts::default()).then_some((None, facts)))
}

async fn of_one(
    engine: &Engine,
    org: OrgId,
    but: Option<CustomerId>,
    facts: &Facts,
) -> Result<Vec<Duplicate>> {
    let mut tenant = engine.db.tenant(org).await?;
    let rows = sql::candidates(tenant.conn(), org, but, facts).await?;
    let compared = rows.into_iter().map(|row| (likeness::compare(facts, &row.facts()), row, None));
    Ok(suspicious(compared))
}

async fn of_all(engine: &Engine, org: OrgId) -> Result<Vec<Duplicate>> {
    let mut tenant = engine.db.tenant(org).await?;
    let pairs = sql::pairs(tenant.conn(), org).await?;
    let mut ids: Vec<CustomerId> = pairs.iter().flat_map(|(newer, older)| [*newer, *older]).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows: BTreeMap<CustomerId, Customer> =
        sql::many(tenant.conn(), org, &ids).await?.into_iter().map(|row| (row.id, row)).collect();
    let compared = pairs.into_iter().filter_map(|(newer, older)| {
        let (newer, older) = (rows.get(&newer)?.clone(), rows.get(&older)?.clone());
        Some((likeness::compare(&newer.facts(), &older.facts()), newer, Some(older)))
    });
    Ok(suspicious(compared))
}

fn suspicious(
    compared: impl Iterator<Item = (likeness::Likeness, Customer, Option<Customer>)>,
) -> Vec<Duplicate> {
    let mut all: Vec<Duplicate> = compared
        .filter(|(likeness, _, _)| likeness.score >= SUSPICIOUS)
        .map(|(likeness, customer, other)| Duplicate {
            customer,
            other,
            score: likeness.score,
            reasons: likeness.reasons,
        })
        .collect();
    // They came newest first; equal scores stay so.
    all.sort_by_key(|pair| std::cmp::Reverse(pair.score));
    all
}

impl Customer {
    fn facts(&self) -> Facts {
        Facts {
            phone: Some(self.phone.clone()),
            cuit: self.cuit_blind.clone(),
            dni: self.dni.clone(),
            email: self.email.clone(),
            name: self.name.clone(),
            address: self.address.clone(),
            place: self.lat.zip(self.lon),
        }
    }
}
