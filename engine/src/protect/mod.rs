//! Fields that are not simply edited (functional.md section 1): locked ones change by an approved request alone, and
//! approval ones wait for the owner where somebody else changes them.
//!
//! [`fields`] is the one list; the database holds the same (trigger `refuse_locked`) and refuses whatever comes past
//! this room. Use cases call [`locked`] before they write. [`ask`] keeps what somebody wants changed; `crate::changes`
//! decides it.

pub mod fields;
pub(crate) mod sql;

use serde_json::json;
use uuid::Uuid;

use crate::auth::role::Role;
use crate::db::Tenant;
use crate::error::{Error, FieldError, Result};
use crate::event::{By, NewEvent};
use crate::ids::{FileId, UserId};
use crate::moment;
use crate::notices::{self, Notice};
pub use fields::{Entity, Guard, Protected};

/// What is said of a locked field.
const LOCKED: &str =
    "ya no se edita: pedí un cambio (locked: ask for a change, POST /api/organization/change-requests)";

/// Gathers the locked fields that an edit would change.
#[derive(Debug, Default)]
pub struct Locks(Vec<FieldError>);

impl Locks {
    /// A field as it is and as it would be; empty may become anything, and the same is no change.
    pub fn note<T: PartialEq>(&mut self, field: &'static str, was: Option<&T>, will: Option<&T>) {
        if was.is_some() && was != will {
            self.0.push(FieldError { field, message: LOCKED.into() });
        }
    }

    /// Refuses with every locked field that the edit touched.
    ///
    /// # Errors
    /// `LOCKED_001` (409).
    pub fn done(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Locked(self.0)) }
    }
}

/// What somebody wants changed, checked.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The request's id.
    pub id: Uuid,
    /// Of what.
    pub entity: Entity,
    /// Of which row.
    pub entity_id: Uuid,
    /// Which field.
    pub field: &'static str,
    /// Its value now, if it may stand in the open.
    pub current: Option<String>,
    /// The value that is asked for, if it may stand in the open.
    pub requested: Option<String>,
    /// The same sealed, for fields that are.
    pub sealed: Option<Sealed>,
    /// Why.
    pub reason: String,
    /// The papers that prove it.
    pub documents: Vec<FileId>,
}

/// Values that are kept sealed, bound to the request.
#[derive(Debug, Clone, Default)]
pub struct Sealed {
    /// The value now.
    pub current: Option<Vec<u8>>,
    /// The value that is asked for.
    pub requested: Option<Vec<u8>>,
}

/// Keeps a request until the owner decides it, and tells the owners. A field has one open request: asking for another
/// value meanwhile is refused.
///
/// # Errors
/// `CHANGE_001` (409) with the open request's id.
pub async fn ask(tenant: &mut Tenant, by: UserId, wish: &Wish) -> Result<Uuid> {
    let id = wish.id;
    if !sql::insert(tenant, by, wish).await? {
        let open = sql::open(tenant, wish.entity, wish.entity_id, wish.field).await?;
        return Err(Error::Conflict {
            code: "CHANGE_001",
            detail: "ya hay un pedido pendiente para este campo (a request for this field is pending)".into(),
            current: open.map(|id| json!({ "id": id })),
        });
    }
    for file in &wish.documents {
        sql::add_document(tenant, id, *file).await?;
    }
    let request = json!({
        "id": id, "entity": wish.entity, "entity_id": wish.entity_id, "field": wish.field,
    });
    tenant.record(
        NewEvent::new("change_request.created", moment::now(), By::staff(by)).with("request", request),
    );
    let notice = Notice {
        kind: "change_requested",
        title: format!("Piden cambiar {}", wish.field),
        body: wish.reason.clone(),
        params: json!({"entity": wish.entity, "field": wish.field, "reason": wish.reason}),
        entity: Some(("change_request", id)),
        dedupe: format!("change_requested/{id}"),
    };
    for owner in notices::people(tenant, &[Role::Owner]).await? {
        if owner != by {
            notices::add(tenant, owner, &notice).await?;
        }
    }
    Ok(id)
}
