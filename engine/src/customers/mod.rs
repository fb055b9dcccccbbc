//! Customers: whom the organization works for. A phone is one customer.

pub(crate) mod sql;

use chrono::Utc;
use serde::{Deserialize, Deserializer, Serialize};

use crate::audit::{Action, Entry};
use crate::check::{self, Check};
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::{CustomerId, OrgId, UserId};
use crate::location::{self, Location, Next, Source};
use crate::maps::Maps;
use crate::moment::Moment;
use crate::page::{Cursor, Page, Paging};

/// A customer.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Customer {
    /// Their id.
    #[sqlx(rename = "customer_id")]
    pub id: CustomerId,
    /// Their name.
    pub name: String,
    /// Their phone, unique in the organization.
    pub phone: String,
    /// Where they live, in words.
    pub address: Option<String>,
    /// WGS-84 degrees.
    pub lat: Option<f64>,
    /// WGS-84 degrees.
    pub lon: Option<f64>,
    /// Who says where that is: person or geocoded; null without a place.
    pub location_source: Option<Source>,
    /// How sure the map's index was of the address, 0 to 1; null if nobody asked it.
    pub location_confidence: Option<f64>,
    /// The address was looked up and nothing was sure: somebody should drag a pin.
    pub location_unsure: bool,
    /// What to know of them.
    pub notes: Option<String>,
    /// Whether they are served.
    pub is_active: bool,
    /// Since when they want no messages but critical ones; null if they take all.
    pub opted_out_at: Option<Moment>,
    /// Rises with every change.
    pub version: i32,
    /// Made at.
    pub created_at: Moment,
    /// Last changed at.
    pub updated_at: Moment,
}

/// A customer to add.
#[derive(Debug, Default, Deserialize, Serialize, utoipa::ToSchema)]
pub struct NewCustomer {
    /// Their name.
    pub name: String,
    /// Their phone, in any usual spelling.
    pub phone: String,
    /// Where they live, in words.
    pub address: Option<String>,
    /// WGS-84 degrees; with `lon` or not at all.
    pub lat: Option<f64>,
    /// WGS-84 degrees.
    pub lon: Option<f64>,
    /// What to know of them.
    pub notes: Option<String>,
}

/// What may change of a customer: a field that is left out stays, null empties it.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub struct EditCustomer {
    /// The version that the editor saw.
    pub version: i32,
    /// A new name.
    pub name: Option<String>,
    /// A new phone.
    pub phone: Option<String>,
    /// Where they live, in words.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub address: Option<Option<String>>,
    /// WGS-84 degrees.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<f64>)]
    pub lat: Option<Option<f64>>,
    /// WGS-84 degrees.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<f64>)]
    pub lon: Option<Option<f64>>,
    /// What to know of them.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub notes: Option<Option<String>>,
    /// Whether they are served.
    pub is_active: Option<bool>,
}

/// Tells null from a field that was left out.
fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(field: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(field).map(Some)
}

/// Which customers a list shows.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// A part of the name, the address or the phone.
    pub q: Option<String>,
    /// Only active or only deactivated ones.
    pub is_active: Option<bool>,
}

/// Who looks: a technician sees the customers of the own jobs alone.
#[derive(Debug, Clone, Copy)]
pub struct Sight(pub Option<UserId>);

/// The customers of an organization, newest first.
pub async fn list(
    db: &Db,
    org: OrgId,
    sight: Sight,
    filter: &Filter,
    paging: &Paging,
) -> Result<Page<Customer>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    if filter.q.as_ref().is_some_and(|q| q.chars().count() > 200 || q.contains('\0')) {
        return Err(Error::invalid("q", "hasta 200 letras (at most 200 letters)"));
    }
    let mut tenant = db.tenant(org).await?;
    let rows = sql::list(tenant.conn(), sight, filter, after, limit).await?;
    Ok(Page::cut(rows, limit, |c| Cursor { at: c.created_at.0, id: c.id.0 }))
}

/// One customer.
pub async fn get(db: &Db, org: OrgId, sight: Sight, customer: CustomerId) -> Result<Customer> {
    let mut tenant = db.tenant(org).await?;
    sql::get(tenant.conn(), sight, customer).await?.ok_or(Error::NotFound("customer"))
}

/// Adds a customer. An address without a place is looked up in the map's index.
///
/// # Errors
/// `CUSTOMER_002` with the present row where the phone is a customer already.
pub async fn add(tenant: &mut Tenant, maps: &Maps, by: UserId, new: &NewCustomer) -> Result<Customer> {
    add_by(tenant, maps, By::staff(by), new).await
}

/// The same by anybody: a rule that answers a message has no user.
pub async fn add_by(tenant: &mut Tenant, maps: &Maps, by: By, new: &NewCustomer) -> Result<Customer> {
    let mut check = Check::default();
    let name = check.text("name", &new.name, 1, 200);
    let phone = check.phone("phone", &new.phone);
    let address = check.optional("address", new.address.as_deref(), 500);
    let notes = check.optional("notes", new.notes.as_deref(), 2000);
    check.place(new.lat, new.lon);
    check.done()?;
    let said = new.lat.zip(new.lon).map(Some);
    let next = location::next((Location::default(), None), address.as_deref(), said);
    let location = location::settle(tenant, maps, next).await?;
    let place = sql::New {
        name: &name,
        phone: &phone,
        address: address.as_deref(),
        location,
        notes: notes.as_deref(),
    };
    let org = tenant.org();
    let Some(row) = sql::insert(tenant.conn(), org, &place).await? else {
        return Err(taken(tenant, &phone).await?);
    };
    tenant.record(NewEvent::new("customer.created", Utc::now(), by).with("customer", &row));
    Ok(row)
}

/// Changes a customer. A new address moves a place that nobody pinned.
pub async fn edit(
    db: &Db,
    maps: &Maps,
    org: OrgId,
    by: UserId,
    customer: CustomerId,
    edit: EditCustomer,
) -> Result<Customer> {
    let mut tenant = db.tenant(org).await?;
    let row = sql::lock(tenant.conn(), customer).await?.ok_or(Error::NotFound("customer"))?;
    check::version(edit.version, row.version, &row)?;
    let before = row.clone();
    let (mut row, next) = apply(row, edit)?;
    if sql::phone_of_other(tenant.conn(), customer, &row.phone).await? {
        return Err(taken(&mut tenant, &row.phone).await?);
    }
    row.take(location::settle(&mut tenant, maps, next).await?);
    let row = sql::update(tenant.conn(), &row).await?;
    tenant.record(NewEvent::new("customer.changed", Utc::now(), By::staff(by)).with("customer", &row));
    let entry = Entry::new(Action::CustomerChanged, By::staff(by), "customer").on(customer.0);
    tenant.audit(entry.changed(&before, &row, &["is_active"]));
    tenant.commit().await?;
    Ok(row)
}

impl Customer {
    fn location(&self) -> Location {
        let place = self.lat.zip(self.lon);
        Location { place, source: self.location_source, confidence: self.location_confidence }
    }

    fn take(&mut self, location: Location) {
        (self.lat, self.lon) = location.place.unzip();
        (self.location_source, self.location_confidence) = (location.source, location.confidence);
        self.location_unsure = location.is_unsure();
    }
}

/// The row as it would be, checked, and what follows for its place.
fn apply(mut row: Customer, edit: EditCustomer) -> Result<(Customer, Next)> {
    let mut check = Check::default();
    let (before, old) = (row.location(), row.address.clone());
    if let Some(name) = &edit.name {
        row.name = check.text("name", name, 1, 200);
    }
    if let Some(phone) = &edit.phone {
        row.phone = check.phone("phone", phone);
    }
    if let Some(address) = &edit.address {
        row.address = check.optional("address", address.as_deref(), 500);
    }
    if let Some(notes) = &edit.notes {
        row.notes = check.optional("notes", notes.as_deref(), 2000);
    }
    let said = location::said(before.place, edit.lat, edit.lon, &mut check);
    row.is_active = edit.is_active.unwrap_or(row.is_active);
    check.done()?;
    let next = location::next((before, old.as_deref()), row.address.as_deref(), said);
    Ok((row, next))
}

/// Deactivates a customer: history stays. Twice is once.
pub async fn deactivate(db: &Db, org: OrgId, by: UserId, customer: CustomerId) -> Result<()> {
    let mut tenant = db.tenant(org).await?;
    let mut row = sql::lock(tenant.conn(), customer).await?.ok_or(Error::NotFound("customer"))?;
    if !row.is_active {
        return Ok(());
    }
    row.is_active = false;
    let row = sql::update(tenant.conn(), &row).await?;
    tenant.record(NewEvent::new("customer.deactivated", Utc::now(), By::staff(by)).with("customer", &row));
    tenant.commit().await
}

async fn taken(tenant: &mut Tenant, phone: &str) -> Result<Error> {
    let current = sql::by_phone(tenant.conn(), phone).await?;
    Ok(Error::Conflict {
        code: "CUSTOMER_002",
        detail: "ya hay un cliente con este teléfono (a customer has this phone already)".into(),
        current: current.and_then(|c| serde_json::to_value(c).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Customer {
        let now = Moment(Utc::now());
        Customer {
            id: CustomerId::new(),
            name: "Ana".into(),
            phone: "+5491155550001".into(),
            address: Some("Mitre 1".into()),
            lat: Some(-34.9),
            lon: Some(-60.0),
            location_source: Some(Source::Person),
            location_confidence: None,
            location_unsure: false,
            notes: None,
            is_active: true,
            opted_out_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    fn edit(json: &str) -> EditCustomer {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn left_out_stays_and_null_empties() {
        let (same, place) = apply(row(), edit(r#"{"version":1}"#)).unwrap();
        assert_eq!(same.address.as_deref(), Some("Mitre 1"));
        assert_eq!(place, Next::Settled(Location::pinned((-34.9, -60.0))));
        let (less, place) =
            apply(row(), edit(r#"{"version":1,"address":null,"lat":null,"lon":null}"#)).unwrap();
        assert_eq!((less.address, place), (None, Next::Settled(Location::default())));
    }

    #[test]
    fn half_a_place_is_refused() {
        assert!(apply(row(), edit(r#"{"version":1,"lat":null}"#)).is_err());
        assert!(apply(row(), edit(r#"{"version":1,"lat":91}"#)).is_err());
    }
}
