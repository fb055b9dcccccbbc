//! The demonstration organization: made once, found again at every start.

use crate::auth::role::Role;
use crate::db::Db;
use crate::error::Result;
use crate::ids::{OrgId, UserId};
use crate::location::Location;
use crate::{customers, organizations, users, voice};

/// The owner's phone: it says whether the demonstration is there.
pub const OWNER: &str = "+5491100000001";
const DISPATCHER: &str = "+5491100000002";
/// The town of the simulated technicians (`campo-bench town`).
const TOWN: (f64, f64) = (-34.9, -60.0);

const TECHNICIANS: [&str; 12] = [
    "Juan Pérez",
    "María Gómez",
    "Carlos Rodríguez",
    "Lucía Fernández",
    "Diego López",
    "Sofía Martínez",
    "Martín Sosa",
    "Valentina Romero",
    "Nicolás Díaz",
    "Camila Álvarez",
    "Facundo Torres",
    "Julieta Acosta",
];

/// Name, address, metres to the north and to the east of the town's centre.
const CUSTOMERS: [(&str, &str, f64, f64); 8] = [
    ("Ana Benítez", "San Martín 450", 420.0, -310.0),
    ("Panadería La Espiga", "Belgrano 1210", -650.0, 240.0),
    ("Roberto Giménez", "Mitre 88", 150.0, 780.0),
    ("Consorcio Rivadavia 730", "Rivadavia 730", 900.0, 120.0),
    ("Elena Cabrera", "Sarmiento 1541", -380.0, -820.0),
    ("Farmacia Del Pueblo", "9 de Julio 300", -120.0, -140.0),
    ("Hugo Villalba", "Alsina 975", 610.0, 560.0),
    ("Escuela Nº 14", "Moreno 2020", -940.0, -450.0),
];

/// Makes the demonstration organization unless it is there, and says which it is.
///
/// It is marked as the demonstration in the transaction that fills it: half of one is never found again.
pub async fn found(db: &Db) -> Result<OrgId> {
    let mut tx = db.identity().await?;
    if let Some(org) = users::sql::demo_of(&mut tx, OWNER).await? {
        return Ok(org);
    }
    drop(tx);
    let founded = organizations::create(db, "Servicios del Sur (demostración)", OWNER).await?;
    let org = founded.org;
    fill(db, org, founded.user).await?;
    Ok(org)
}

async fn fill(db: &Db, org: OrgId, owner: UserId) -> Result<()> {
    let mut identity = db.identity().await?;
    let mut people = vec![(
        users::sql::person(&mut identity, DISPATCHER).await?,
        "Laura Ibáñez",
        DISPATCHER.to_owned(),
        Role::Dispatcher,
    )];
    for (n, name) in TECHNICIANS.iter().enumerate() {
        let phone = format!("+54911000001{:02}", n + 1);
        people.push((users::sql::person(&mut identity, &phone).await?, name, phone, Role::Technician));
    }
    identity.commit().await?;
    let mut tenant = db.tenant(org).await?;
    organizations::sql::make_demo(tenant.conn(), org).await?;
    voice::settings::consent_in_demo(&mut tenant, owner).await?;
    for (user, name, phone, role) in &people {
        users::sql::insert_member(tenant.conn(), org, *user, name, phone, *role).await?;
    }
    for (n, (name, address, north_m, east_m)) in CUSTOMERS.iter().enumerate() {
        let lat = TOWN.0 + north_m / 111_195.0;
        let lon = TOWN.1 + east_m / (111_195.0 * TOWN.0.to_radians().cos());
        let phone = format!("+54911000002{:02}", n + 1);
        let place = customers::sql::New {
            name,
            phone: &phone,
            address: Some(address),
            location: Location::pinned((lat, lon)),
            ..customers::sql::New::default()
        };
        customers::sql::insert(tenant.conn(), org, &place).await?;
    }
    tenant.commit().await
}
