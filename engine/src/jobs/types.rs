//! Kinds of work: six that every organization has, changed or put aside by its own rows, and those it adds.

use serde::{Deserialize, Serialize};

use super::sql::{self, TypeRow};
use crate::asker::Asker;
use crate::auth::role::Role;
use crate::check::{self, Check};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::NewEvent;
use crate::moment;
use crate::page::Page;

/// Kinds of one organization at most.
const MOST: usize = 100;

/// What everybody begins with: code, name, colour, icon.
const DEFAULTS: [(&str, &str, &str, &str); 6] = [
    ("plomeria", "Plomería", "#2563eb", "droplet"),
    ("electricidad", "Electricidad", "#b45309", "bolt"),
    ("aire_acondicionado", "Aire acondicionado", "#0e7490", "snowflake"),
    ("gas", "Gas", "#c2410c", "flame"),
    ("calefaccion", "Calefacción", "#b91c1c", "heater"),
    ("general", "General", "#475569", "wrench"),
];

/// A kind of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ServiceType {
    /// What jobs carry as `job_type`: small letters, digits and `_`; never changed.
    pub code: String,
    /// As people read it.
    pub name: String,
    /// `#rrggbb`.
    pub colour: String,
    /// The name of an icon.
    pub icon: String,
    /// Its place in lists, from 0.
    pub sort: i32,
    /// Whether new jobs may have it.
    pub active: bool,
    /// Whether it is one of the six that everybody has.
    pub is_default: bool,
    /// Rises with every change; 0 until the first one of a default.
    pub version: i32,
}

/// `POST /api/service-types`.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct NewServiceType {
    /// 2 to 40 small letters, digits and `_`, a letter first.
    pub code: String,
    /// 1 to 100 characters.
    pub name: String,
    /// `#rrggbb`; grey when absent.
    pub colour: Option<String>,
    /// The name of an icon, 1 to 40 characters; `wrench` when absent.
    pub icon: Option<String>,
    /// Its place in lists; the last when absent.
    pub sort: Option<i32>,
}

/// `PATCH /api/service-types/{code}`: what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct EditServiceType {
    /// The version that was seen.
    pub version: Option<i32>,
    /// As people read it.
    pub name: Option<String>,
    /// `#rrggbb`.
    pub colour: Option<String>,
    /// The name of an icon.
    pub icon: Option<String>,
    /// Its place in lists.
    pub sort: Option<i32>,
    /// Whether new jobs may have it.
    pub active: Option<bool>,
}

/// Every kind of work, those put aside too, by their place.
pub async fn list(tenant: &mut Tenant) -> Result<Page<ServiceType>> {
    Ok(Page { items: merged(sql::type_rows(tenant, false).await?), next: None })
}

/// Adds a kind of work.
///
/// # Errors
/// 409 `SERVICE_TYPE_001` where the code is taken, also by one that is put aside.
pub async fn add(tenant: &mut Tenant, asker: Asker, new: &NewServiceType) -> Result<ServiceType> {
    boss(asker)?;
    let present = merged(sql::type_rows(tenant, true).await?);
    let mut check = Check::default();
    let code = new.code.trim().to_owned();
    if !is_code(&code) {
        check.wrong(
            "code",
            "de 2 a 40 letras minúsculas, cifras o _, primero una letra (lower case, digits, _)",
        );
    }
    let last = present.iter().map(|t| t.sort).max().unwrap_or(0);
    let made = ServiceType {
        code,
        name: check.text("name", &new.name, 1, 100),
        colour: colour(&mut check, new.colour.as_deref().unwrap_or("#475569")),
        icon: check.text("icon", new.icon.as_deref().unwrap_or("wrench"), 1, 40),
        sort: new.sort.unwrap_or(last.saturating_add(1)),
        active: true,
        is_default: false,
        version: 1,
    };
    check.done()?;
    if let Some(taken) = present.iter().find(|t| t.code == made.code) {
        return Err(Error::Conflict {
            code: "SERVICE_TYPE_001",
            detail: "ese código ya existe (this code is taken)".into(),
            current: serde_json::to_value(taken).ok(),
        });
    }
    if present.len() >= MOST {
        return Err(Error::invalid("code", "hasta 100 tipos de trabajo (at most 100 kinds of work)"));
    }
    keep(tenant, asker, made).await
}

/// Changes a kind of work; its code and the jobs that have it stay.
pub async fn edit(
    tenant: &mut Tenant,
    asker: Asker,
    code: &str,
    edit: &EditServiceType,
) -> Result<ServiceType> {
    boss(asker)?;
    let present = merged(sql::type_rows(tenant, true).await?);
    let old = present.into_iter().find(|t| t.code == code).ok_or(Error::NotFound("service type"))?;
    check::version(edit.version.unwrap_or(old.version), old.version, &old)?;
    let mut check = Check::default();
    let new = ServiceType {
        name: edit.name.as_deref().map_or(old.name, |n| check.text("name", n, 1, 100)),
        colour: edit.colour.as_deref().map_or(old.colour, |c| colour(&mut check, c)),
        icon: edit.icon.as_deref().map_or(old.icon, |i| check.text("icon", i, 1, 40)),
        sort: edit.sort.unwrap_or(old.sort),
        active: edit.active.unwrap_or(old.active),
        version: old.version + 1,
        ..old
    };
    if new.code == "general" && !new.active {
        check.wrong(
            "active",
            "general queda siempre (general stays: it is what a job has when nothing is said)",
        );
    }
    check.done()?;
    keep(tenant, asker, new).await
}

/// Puts a kind of work aside: jobs that have it keep it, new ones cannot.
pub async fn put_aside(tenant: &mut Tenant, asker: Asker, code: &str) -> Result<ServiceType> {
    edit(tenant, asker, code, &EditServiceType { active: Some(false), ..EditServiceType::default() }).await
}

/// Whether a job may get a kind of work that it does not have yet.
pub(super) async fn check_type(tenant: &mut Tenant, code: &str, has: Option<&str>) -> Result<()> {
    if has == Some(code) {
        return Ok(());
    }
    let active: Vec<String> = merged(sql::type_rows(tenant, false).await?)
        .into_iter()
        .filter(|t| t.active)
        .map(|t| t.code)
        .collect();
    if active.iter().any(|known| known == code) {
        return Ok(());
    }
    Err(Error::invalid("job_type", format!("uno de estos (one of these): {}", active.join(", "))))
}

async fn keep(tenant: &mut Tenant, asker: Asker, made: ServiceType) -> Result<ServiceType> {
    sql::put_type(tenant, &row(&made)).await?;
    let event = NewEvent::new("organization.service_types_changed", moment::now(), asker.by());
    tenant.record(event.with("service_type", &made));
    Ok(made)
}

fn boss(asker: Asker) -> Result<()> {
    if matches!(asker.role, Role::Owner | Role::Admin) { Ok(()) } else { Err(Error::Forbidden) }
}

/// The six as the organization has them, and its own.
fn merged(rows: Vec<TypeRow>) -> Vec<ServiceType> {
    let mut all: Vec<ServiceType> = (0..)
        .zip(DEFAULTS)
        .map(|(sort, (code, name, colour, icon))| ServiceType {
            code: code.into(),
            name: name.into(),
            colour: colour.into(),
            icon: icon.into(),
            sort,
            active: true,
            is_default: true,
            version: 0,
        })
        .collect();
    for row in rows {
        let own = ServiceType {
            is_default: DEFAULTS.iter().any(|d| d.0 == row.code),
            code: row.code,
            name: row.name,
            colour: row.colour,
            icon: row.icon,
            sort: row.sort,
            active: row.is_active,
            version: row.version,
        };
        match all.iter_mut().find(|t| t.code == own.code) {
            Some(default) => *default = own,
            None => all.push(own),
        }
    }
    all.sort_by(|a, b| (a.sort, &a.code).cmp(&(b.sort, &b.code)));
    all
}

fn row(made: &ServiceType) -> TypeRow {
    TypeRow {
        code: made.code.clone(),
        name: made.name.clone(),
        colour: made.colour.clone(),
        icon: made.icon.clone(),
        sort: made.sort,
        is_active: made.active,
        version: made.version,
    }
}

fn is_code(code: &str) -> bool {
    (2..=40).contains(&code.len())
        && code.starts_with(|c: char| c.is_ascii_lowercase())
        && code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn colour(check: &mut Check, text: &str) -> String {
    let text = text.trim().to_ascii_lowercase();
    let is_hex =
        text.strip_prefix('#').is_some_and(|h| h.len() == 6 && h.bytes().all(|b| b.is_ascii_hexdigit()));
    if !is_hex {
        check.wrong("colour", "como #2563eb (as #2563eb)");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::form::JOB_TYPES;

    #[test]
    fn the_six_are_there_and_a_row_stands_before_them() {
        let plain = merged(Vec::new());
        assert_eq!(plain.iter().map(|t| t.code.as_str()).collect::<Vec<_>>(), JOB_TYPES);
        assert!(plain.iter().all(|t| t.active && is_code(&t.code)));
        let own = |code: &str, sort, is_active| TypeRow {
            code: code.into(),
            name: "Otra".into(),
            colour: "#000000".into(),
            icon: "x".into(),
            sort,
            is_active,
            version: 3,
        };
        let all = merged(vec![own("gas", 9, false), own("pozos", -1, true)]);
        assert_eq!(all.len(), 7);
        assert_eq!((all[0].code.as_str(), all[0].is_default), ("pozos", false));
        let gas = all.last().unwrap();
        assert_eq!((gas.code.as_str(), gas.active, gas.is_default, gas.version), ("gas", false, true, 3));
    }

    #[test]
    fn codes_and_colours() {
        for (code, good) in [
            ("pozos", true),
            ("p2_x", true),
            ("p", false),
            ("2p", false),
            ("Pozos", false),
            ("po zos", false),
            ("po\u{f1}o", false),
        ] {
            assert_eq!(is_code(code), good, "{code}");
        }
        for (text, good) in
            [("#2563EB", true), ("2563eb", false), ("#12345", false), ("#12345g", false), ("#ñaña0", false)]
        {
            let mut check = Check::default();
            colour(&mut check, text);
            assert_eq!(check.done().is_ok(), good, "{text}");
        }
    }
}
