//! Organizations: the companies that live in one installation.

pub(crate) mod sql;

use chrono::{NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::audit::{Action, Entry};
use crate::auth::phone;
use crate::auth::role::Role;
use crate::check::Check;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::field::{self, Field};
use crate::ids::{FileId, OrgId, UserId};
use crate::jobs::evidence::Evidence;
use crate::moment::Moment;
use crate::protect::Locks;
use crate::protect::fields::{Form, IVA_OF_COMPANIES};
use crate::users;

/// When positions of phone apps count.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum IngestShift {
    /// Within shifts that the person or the office began.
    #[default]
    Explicit,
    /// Also within the hours of the person's work schedule: a shift begins and ends by itself.
    Schedule,
}

/// A company.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Organization {
    /// Its id.
    #[sqlx(rename = "org_id")]
    pub id: OrgId,
    /// Its name; empty until the owner finishes signing up.
    pub name: String,
    /// Its tax number, 11 digits; fixed once it is set.
    pub cuit: Option<String>,
    /// Its name by law; fixed once it is set, as the next five.
    pub razon_social: Option<String>,
    /// What kind of company it is, as SRL, SA, SAS, unipersonal.
    pub tipo_sociedad: Option<String>,
    /// responsable_inscripto, monotributista or exento.
    pub iva_condition: Option<String>,
    /// The point of sale of its electronic invoices, 1 to 99999.
    pub punto_venta_afip: Option<i32>,
    /// Since when it is registered.
    #[schema(value_type = Option<String>, format = Date)]
    pub fecha_inscripcion_afip: Option<NaiveDate>,
    /// Its number for the tax on gross income.
    pub ingresos_brutos: Option<String>,
    /// Where the tax office writes to; a change needs the owner's approval.
    pub domicilio_fiscal: Option<String>,
    /// Its phone.
    pub phone: Option<String>,
    /// Where e-mail reaches it.
    pub email: Option<String>,
    /// Its page.
    pub website: Option<String>,
    /// Where its office is.
    pub address: Option<String>,
    /// Its picture: a file of the purpose `logo`.
    pub logo_file_id: Option<FileId>,
    /// Its days are days there.
    pub timezone: String,
    /// Seconds between positions, as phones are told.
    pub ping_every_s: i32,
    /// When positions of phone apps count: `explicit` within shifts that somebody began, `schedule` also within the hours of
    /// the person's work schedule.
    pub ingest_shift: IngestShift,
    /// Whether its finished journeys teach the installation's speeds: anonymous sums over public roads alone.
    pub share_speeds: bool,
    /// What must be there before a job may be completed: any of notes, photo, signature.
    pub completion_requires: Vec<String>,
    /// Whether it is the demonstration.
    pub is_demo: bool,
    /// Rises with every change.
    pub version: i32,
    /// Made at.
    pub created_at: Moment,
    /// Last changed at.
    pub updated_at: Moment,
}

/// What an owner may change.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = EditOrganization)]
pub struct Edit {
    /// The version that the editor saw; the first form after signing up saw none.
    pub version: Option<i32>,
    /// A new name.
    pub name: Option<String>,
    /// The tax number, once.
    pub cuit: Option<String>,
    /// Its name by law, once, as the next five.
    pub razon_social: Option<String>,
    /// What kind of company it is.
    pub tipo_sociedad: Option<String>,
    /// responsable_inscripto, monotributista or exento.
    pub iva_condition: Option<String>,
    /// The point of sale of its electronic invoices, 1 to 99999.
    pub punto_venta_afip: Option<i32>,
    /// Since when it is registered.
    #[schema(value_type = Option<String>, format = Date)]
    #[serde(alias = "fecha_inscripcion")]
    pub fecha_inscripcion_afip: Option<NaiveDate>,
    /// Its number for the tax on gross income.
    pub ingresos_brutos: Option<String>,
    /// Where the tax office writes to.
    pub domicilio_fiscal: Option<String>,
    /// A new phone.
    pub phone: Option<String>,
    /// Where e-mail reaches it; null empties.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub email: Field<String>,
    /// Its page; null empties.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub website: Field<String>,
    /// Where its office is; null empties.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub address: Field<String>,
    /// Its picture: a file of the purpose `logo`; null takes it away.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<FileId>)]
    pub logo_file_id: Field<FileId>,
    /// Seconds between positions, 5 to 300.
    pub ping_every_s: Option<i32>,
    /// When positions of phone apps count: `explicit` or `schedule`.
    pub ingest_shift: Option<IngestShift>,
    /// Whether finished journeys teach the installation's speeds.
    pub share_speeds: Option<bool>,
    /// What must be there before a job may be completed: any of notes, photo, signature.
    pub completion_requires: Option<Vec<Evidence>>,
}

/// A new organization and its owner.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Founded {
    /// The organization.
    pub org: OrgId,
    /// Its owner.
    pub user: UserId,
}

/// Makes an organization with one owner. The owner's phone may belong to other organizations already.
pub async fn create(db: &Db, name: &str, owner_phone: &str) -> Result<Founded> {
    let mut check = Check::default();
    let name = check.text("name", name, 0, 200);
    let phone = check.phone("owner_phone", owner_phone);
    check.done()?;
    let mut tx = db.identity().await?;
    let user = users::sql::person(&mut tx, &phone).await?;
    let org = OrgId::new();
    sql::insert(&mut tx, org, &name).await?;
    users::sql::insert_member(&mut tx, org, user, &phone, &phone, Role::Owner).await?;
    users::sql::prefer(&mut tx, user, org).await?;
    let made = Entry::new(Action::OrganizationCreated, By::staff(user), "organization").on(org.0);
    db.audit(&mut tx, org, vec![made]).await?;
    tx.commit().await?;
    Ok(Founded { org, user })
}

/// The organization itself.
pub async fn get(db: &Db, org: OrgId) -> Result<Organization> {
    let mut tenant = db.tenant(org).await?;
    sql::get(tenant.conn(), org, false).await?.ok_or(Error::NotFound("organization"))
}

/// Changes what an owner may change.
///
/// # Errors
/// `VERSION_001`, and `LOCKED_001` for what is fixed once it is set.
pub async fn edit(db: &Db, org: OrgId, by: UserId, edit: Edit) -> Result<Organization> {
    let mut tenant = db.tenant(org).await?;
    let before = sql::get(tenant.conn(), org, true).await?.ok_or(Error::NotFound("organization"))?;
    let seen = edit.version.unwrap_or(before.version);
    let logo = edit.logo_file_id.flatten();
    let row = apply(before.clone(), edit)?;
    crate::check::version(seen, before.version, &before)?;
    locks(&before, &row)?;
    if let Some(file) = logo
        && !sql::is_logo(tenant.conn(), org, file).await?
    {
        return Err(Error::invalid("logo_file_id", "no hay tal imagen (no such picture)"));
    }
    let row = sql::update(tenant.conn(), &row).await?;
    let change = Entry::new(Action::OrganizationChanged, By::staff(by), "organization").on(org.0);
    tenant.audit(change.changed(&before, &row, &OPEN));
    tenant
        .record(NewEvent::new("organization.changed", Utc::now(), By::staff(by)).with("organization", &row));
    tenant.commit().await?;
    Ok(row)
}

/// Fields that stand in the audit log as they are; the others as commitments.
const OPEN: [&str; 5] =
    ["ping_every_s", "ingest_shift", "share_speeds", "completion_requires", "logo_file_id"];

/// The row as it would be, checked. Pure.
fn apply(mut row: Organization, edit: Edit) -> Result<Organization> {
    let mut check = Check::default();
    let text = |check: &mut Check, field, text: Option<String>, form: Form| {
        text.filter(|t| !t.trim().is_empty()).map(|t| form.read(check, field, &t))
    };
    row.name = edit.name.as_deref().map(|n| check.text("name", n, 1, 200)).unwrap_or(row.name);
    row.cuit = edit.cuit.as_deref().map(|c| check.cuit("cuit", c)).or(row.cuit);
    row.phone = edit.phone.as_deref().map(|p| check.phone("phone", p)).or(row.phone);
    row.razon_social =
        text(&mut check, "razon_social", edit.razon_social, Form::Text(200)).or(row.razon_social);
    row.tipo_sociedad =
        text(&mut check, "tipo_sociedad", edit.tipo_sociedad, Form::Text(60)).or(row.tipo_sociedad);
    row.iva_condition = text(&mut check, "iva_condition", edit.iva_condition, Form::OneOf(IVA_OF_COMPANIES))
        .or(row.iva_condition);
    row.ingresos_brutos =
        text(&mut check, "ingresos_brutos", edit.ingresos_brutos, Form::Text(40)).or(row.ingresos_brutos);
    row.domicilio_fiscal =
        text(&mut check, "domicilio_fiscal", edit.domicilio_fiscal, Form::Text(500)).or(row.domicilio_fiscal);
    row.fecha_inscripcion_afip = edit.fecha_inscripcion_afip.or(row.fecha_inscripcion_afip);
    if edit.punto_venta_afip.is_some_and(|n| !(1..=99_999).contains(&n)) {
        check.wrong("punto_venta_afip", "de 1 a 99999 (1 to 99999)");
    }
    row.punto_venta_afip = edit.punto_venta_afip.or(row.punto_venta_afip);
    if let Some(email) = &edit.email {
        row.email = check.email("email", email.as_deref());
    }
    if let Some(website) = &edit.website {
        row.website = check.optional("website", website.as_deref(), 200);
    }
    if let Some(address) = &edit.address {
        row.address = check.optional("address", address.as_deref(), 500);
    }
    row.logo_file_id = edit.logo_file_id.unwrap_or(row.logo_file_id);
    if edit.ping_every_s.is_some_and(|s| !(5..=300).contains(&s)) {
        check.wrong("ping_every_s", "entre 5 y 300 (5 to 300)");
    }
    row.ping_every_s = edit.ping_every_s.unwrap_or(row.ping_every_s);
    if let Some(wanted) = edit.completion_requires {
        let wanted = Evidence::ALL.into_iter().filter(|e| wanted.contains(e));
        row.completion_requires = wanted.map(|e| e.as_str().to_owned()).collect();
    }
    row.ingest_shift = edit.ingest_shift.unwrap_or(row.ingest_shift);
    row.share_speeds = edit.share_speeds.unwrap_or(row.share_speeds);
    check.done()?;
    Ok(row)
}

/// Refuses to change what is locked (functional.md section 1). `domicilio_fiscal` waits for the owner, who is the only
/// one to edit here.
fn locks(was: &Organization, will: &Organization) -> Result<()> {
    let mut locks = Locks::default();
    locks.note("cuit", was.cuit.as_ref(), will.cuit.as_ref());
    locks.note("razon_social", was.razon_social.as_ref(), will.razon_social.as_ref());
    locks.note("tipo_sociedad", was.tipo_sociedad.as_ref(), will.tipo_sociedad.as_ref());
    locks.note("iva_condition", was.iva_condition.as_ref(), will.iva_condition.as_ref());
    locks.note("punto_venta_afip", was.punto_venta_afip.as_ref(), will.punto_venta_afip.as_ref());
    let (since, until) = (was.fecha_inscripcion_afip.as_ref(), will.fecha_inscripcion_afip.as_ref());
    locks.note("fecha_inscripcion_afip", since, until);
    locks.note("ingresos_brutos", was.ingresos_brutos.as_ref(), will.ingresos_brutos.as_ref());
    locks.done()
}

/// Binds an organization to a tier's limits, or to none. The operator's doing: no route does it.
pub async fn set_tier(db: &Db, org: OrgId, tier: Option<&str>) -> Result<()> {
    let set = db.within(org, async |tenant| {
        let set = sql::set_tier(tenant.conn(), org, tier).await?;
        if set.is_some() {
            tenant.audit(Entry::new(Action::TierSet, By::SYSTEM, "organization").on(org.0).is(tier));
        }
        Ok(set)
    });
    let set = set.await?;
    set.ok_or(Error::NotFound("organization"))
}

/// A phone in its stored form, or what is wrong with it.
pub(crate) fn normalized(phone: &str) -> Result<String> {
    phone::normalize(phone).ok_or_else(|| Error::invalid("phone", crate::check::PHONE))
}
