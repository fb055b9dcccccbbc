//! Customers: whom the organization works for. A phone is one customer.
//!
//! [`form`] checks what is said of them, [`fold`] and [`find`] look for them, [`likeness`] and [`duplicates`] say which
//! may be one, [`merge`] makes them one, `tax` keeps their tax numbers closed.

pub mod duplicates;
pub mod find;
pub mod fold;
pub mod form;
pub mod likeness;
pub mod merge;
pub(crate) mod sql;
pub(crate) mod tax;

use chrono::Utc;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::Engine;
use crate::asker::Asker;
use crate::audit::{Action, Entry};
use crate::auth::role::Role;
use crate::check::{self, Check};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::{CustomerId, OrgId, UserId};
use crate::location::{self, Location, Source};
use crate::maps::Maps;
use crate::moment::Moment;
use crate::protect::{self, Entity, Wish};
pub use form::{EditCustomer, NewCustomer};
use form::{Fiscal, apply};

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
    /// Where e-mail reaches them.
    pub email: Option<String>,
    /// Their tax number, 11 digits; null in events and to technicians.
    #[sqlx(skip)]
    pub cuit: Option<String>,
    /// The name of the company; null to technicians, as the rest of what bills need.
    pub razon_social: Option<String>,
    /// responsable_inscripto, monotributista, exento or consumidor_final.
    pub condicion_iva: Option<String>,
    /// The number of their document.
    pub dni: Option<String>,
    /// Where invoices are addressed to.
    pub direccion_fiscal: Option<String>,
    /// Whether they are served.
    pub is_active: bool,
    /// Since when they want no messages but critical ones; null if they take all.
    pub opted_out_at: Option<Moment>,
    /// Who they turned out to be: everything of theirs is there.
    pub merged_into: Option<CustomerId>,
    /// Since when.
    pub merged_at: Option<Moment>,
    /// Rises with every change.
    pub version: i32,
    /// Made at.
    pub created_at: Moment,
    /// Last changed at.
    pub updated_at: Moment,
    #[serde(skip)]
    cuit_sealed: Option<Vec<u8>>,
    #[serde(skip)]
    cuit_blind: Option<Vec<u8>>,
}

/// A change that waits for the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Waiting {
    /// The change request.
    pub id: Uuid,
    /// Which field.
    pub field: &'static str,
    /// What it will be.
    pub requested: Option<String>,
}

/// A customer after a change.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct EditedCustomer {
    /// The customer.
    #[serde(flatten)]
    pub customer: Customer,
    /// What the owner has to approve first; left out where there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pending_changes: Vec<Waiting>,
}

/// Who looks: a technician sees the customers of the own jobs alone, and nothing that bills need.
#[derive(Debug, Clone, Copy)]
pub struct Sight(pub Option<UserId>);

impl Sight {
    /// A row as the one who looks gets it: opened, or without what is none of theirs.
    async fn show(self, engine: &Engine, tenant: &mut Tenant, row: &mut Customer) -> Result<()> {
        if self.0.is_none() {
            return tax::open(engine, tenant, row).await;
        }
        (row.razon_social, row.condicion_iva, row.dni, row.direccion_fiscal) = (None, None, None, None);
        Ok(())
    }
}

/// One customer, or whom they turned out to be (`merged_into`).
pub async fn get(engine: &Engine, org: OrgId, sight: Sight, customer: CustomerId) -> Result<Customer> {
    let mut tenant = engine.db.tenant(org).await?;
    let mut row = sql::get(tenant.conn(), sight, customer).await?.ok_or(Error::NotFound("customer"))?;
    sight.show(engine, &mut tenant, &mut row).await?;
    Ok(row)
}

/// Adds a customer. An address without a place is looked up in the map's index.
///
/// The answer has no tax number, so that it may be kept; [`with_cuit`] puts it in.
///
/// # Errors
/// `CUSTOMER_002` with the present row where the phone is a customer already.
pub async fn add(engine: &Engine, tenant: &mut Tenant, by: UserId, new: &NewCustomer) -> Result<Customer> {
    insert(tenant, (&engine.maps, Some(engine)), By::staff(by), new).await
}

/// The same by anybody: a rule that answers a message has no user, and knows no tax number.
pub async fn add_by(tenant: &mut Tenant, maps: &Maps, by: By, new: &NewCustomer) -> Result<Customer> {
    insert(tenant, (maps, None), by, new).await
}

async fn insert(
    tenant: &mut Tenant,
    (maps, sealing): (&Maps, Option<&Engine>),
    by: By,
    new: &NewCustomer,
) -> Result<Customer> {
    let mut check = Check::default();
    let name = check.text("name", &new.name, 1, 200);
    let phone = check.phone("phone", &new.phone);
    let address = check.optional("address", new.address.as_deref(), 500);
    let notes = check.optional("notes", new.notes.as_deref(), 2000);
    let fiscal = Fiscal::of(new, &mut check);
    check.place(new.lat, new.lon);
    check.done()?;
    let said = new.lat.zip(new.lon).map(Some);
    let next = location::next((Location::default(), None), address.as_deref(), said);
    let location = location::settle(tenant, maps, next).await?;
    let (id, org) = (CustomerId::new(), tenant.org());
    let tax = match (&fiscal.cuit, sealing) {
        (Some(digits), Some(engine)) => Some(tax::close(engine, tenant, id, digits).await?),
        _ => None,
    };
    let (address, notes) = (address.as_deref(), notes.as_deref());
    let place = sql::New { id, name: &name, phone: &phone, address, location, notes, fiscal, tax };
    let Some(row) = sql::insert(tenant.conn(), org, &place).await? else {
        return Err(taken(tenant, &phone).await?);
    };
    tenant.record(NewEvent::new("customer.created", Utc::now(), by).with("customer", &row));
    Ok(row)
}

/// Puts the tax number that was sent into an answer on its way out: answers are kept without it.
pub fn with_cuit(answer: &mut serde_json::Value, new: &NewCustomer) {
    let cuit = new.cuit.as_deref().and_then(|c| crate::cuit::Cuit::read(c).ok());
    if let (Some(answer), Some(cuit)) = (answer.as_object_mut(), cuit) {
        answer.insert("cuit".into(), json!(cuit.digits()));
    }
}

/// Changes a customer. A new address moves a place that nobody pinned; another `direccion_fiscal` by anybody but the
/// owner waits for the owner.
///
/// # Errors
/// `LOCKED_001` for what is no longer edited, `VERSION_001`, `CUSTOMER_002` (another's phone), `CUSTOMER_003` (merged).
pub async fn edit(
    engine: &Engine,
    org: OrgId,
    asker: Asker,
    customer: CustomerId,
    edit: EditCustomer,
) -> Result<EditedCustomer> {
    let mut tenant = engine.db.tenant(org).await?;
    let mut before = sql::lock(tenant.conn(), customer).await?.ok_or(Error::NotFound("customer"))?;
    before.is_alive()?;
    tax::open(engine, &mut tenant, &mut before).await?;
    check::version(edit.version, before.version, &before)?;
    let (mut row, next) = apply(before.clone(), edit)?;
    if sql::phone_of_other(tenant.conn(), customer, &row.phone).await? {
        return Err(taken(&mut tenant, &row.phone).await?);
    }
    row.take(location::settle(&mut tenant, &engine.maps, next).await?);
    let pending_changes = wait(&mut tenant, asker, &before, &mut row).await?;
    if let Some(digits) = row.cuit.clone().filter(|_| before.cuit.is_none()) {
        row.close(tax::close(engine, &mut tenant, customer, &digits).await?);
    }
    let cuit = row.cuit.take();
    let mut row = sql::update(tenant.conn(), &row).await?;
    tenant.record(NewEvent::new("customer.changed", Utc::now(), asker.by()).with("customer", &row));
    let was = Customer { cuit: None, ..before };
    let entry = Entry::new(Action::CustomerChanged, asker.by(), "customer").on(customer.0);
    tenant.audit(entry.changed(&was, &row, &["is_active"]));
    tenant.commit().await?;
    row.cuit = cuit;
    Ok(EditedCustomer { customer: row, pending_changes })
}

/// Lets the owner decide on what only the owner changes at once.
async fn wait(
    tenant: &mut Tenant,
    asker: Asker,
    before: &Customer,
    row: &mut Customer,
) -> Result<Vec<Waiting>> {
    let is_change = before.direccion_fiscal.is_some() && before.direccion_fiscal != row.direccion_fiscal;
    if asker.role == Role::Owner || !is_change {
        return Ok(Vec::new());
    }
    let requested = std::mem::replace(&mut row.direccion_fiscal, before.direccion_fiscal.clone());
    let wish = Wish {
        id: Uuid::now_v7(),
        entity: Entity::Customer,
        entity_id: row.id.0,
        field: "direccion_fiscal",
        current: before.direccion_fiscal.clone(),
        requested: requested.clone(),
        sealed: None,
        reason: "editado en la ficha del cliente (edited on the customer's page)".into(),
        documents: Vec::new(),
    };
    let id = protect::ask(tenant, asker.user, &wish).await?;
    Ok(vec![Waiting { id, field: wish.field, requested }])
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

    fn close(&mut self, tax: tax::Tax) {
        (self.cuit_sealed, self.cuit_blind) = (Some(tax.sealed), Some(tax.blind));
    }

    /// What was somebody else all along is changed there.
    pub(crate) fn is_alive(&self) -> Result<()> {
        let Some(into) = self.merged_into else { return Ok(()) };
        Err(Error::Conflict {
            code: "CUSTOMER_003",
            detail: "este cliente se unió a otro (this customer was merged into another)".into(),
            current: Some(json!({ "id": self.id, "merged_into": into })),
        })
    }
}

/// Deactivates a customer: history stays. Twice is once.
pub async fn deactivate(engine: &Engine, org: OrgId, by: UserId, customer: CustomerId) -> Result<()> {
    let mut tenant = engine.db.tenant(org).await?;
    let mut row = sql::lock(tenant.conn(), customer).await?.ok_or(Error::NotFound("customer"))?;
    if !row.is_active {
        return Ok(());
    }
    row.is_active = false;
    let row = sql::update(tenant.conn(), &row).await?;
    tenant.record(NewEvent::new("customer.deactivated", Utc::now(), By::staff(by)).with("customer", &row));
    tenant.commit().await
}

/// Somebody has this phone: they, or whom they turned out to be.
async fn taken(tenant: &mut Tenant, phone: &str) -> Result<Error> {
    let current = sql::by_phone(tenant.conn(), phone).await?;
    Ok(Error::Conflict {
        code: "CUSTOMER_002",
        detail: "ya hay un cliente con este teléfono (a customer has this phone already)".into(),
        current: current.and_then(|c| serde_json::to_value(c).ok()),
    })
}
