//! What people are told of their access: in their inbox, and owners and admins through every channel they left on.

use serde_json::json;
use uuid::Uuid;

use super::role::Role;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::UserId;
use crate::notices::{self, Notice};

fn notice(kind: &'static str, title: &str, body: String, params: serde_json::Value) -> Notice {
    let dedupe = format!("{kind}/{}", Uuid::now_v7());
    Notice { kind, title: title.into(), body, params, entity: None, dedupe }
}

/// Somebody has another role: they sign in again and see why.
pub(crate) async fn role_changed(tenant: &mut Tenant, user: UserId, role: Role) -> Result<()> {
    let word = in_words(role);
    let body = format!("Ahora tu rol es {word}. Se cerraron tus sesiones; volvé a ingresar con tu teléfono.");
    let note = notice("role_changed", "Cambió tu rol", body, json!({"role": role.as_str()}));
    notices::add(tenant, user, &note).await.map(|_| ())
}

/// Somebody was deactivated: owners and admins hear of it, but who did it.
pub(crate) async fn deactivated(tenant: &mut Tenant, by: UserId, name: &str) -> Result<()> {
    let body = format!("{name} ya no puede ingresar y sus sesiones se cerraron.");
    let note = notice("member_deactivated", "Se dio de baja a una persona", body, json!({"name": name}));
    for boss in notices::people(tenant, &[Role::Owner, Role::Admin]).await? {
        if boss != by {
            notices::add(tenant, boss, &note).await?;
        }
    }
    Ok(())
}

/// A refresh token was used twice: whoever has the other copy is out, and the person is told.
pub(crate) async fn session_ended(tenant: &mut Tenant, user: UserId) -> Result<()> {
    let body = "Alguien usó una credencial vieja de una de tus sesiones y la cerramos por seguridad. Si no fuiste vos, \
                cerrá las demás desde Sesiones.";
    let note = notice("session_reused", "Cerramos una sesión por seguridad", body.into(), json!({}));
    notices::add(tenant, user, &note).await.map(|_| ())
}

/// A second factor was turned on or off: who did not do it has to hear of it.
pub(crate) async fn factor_changed(tenant: &mut Tenant, user: UserId, is_on: bool) -> Result<()> {
    let (kind, title, body) = if is_on {
        (
            "second_factor_on",
            "Verificación en dos pasos activada",
            "Desde ahora te pedimos el código de tu app.",
        )
    } else {
        (
            "second_factor_off",
            "Verificación en dos pasos desactivada",
            "Si no fuiste vos, cerrá tus sesiones ahora.",
        )
    };
    notices::add(tenant, user, &notice(kind, title, body.into(), json!({}))).await.map(|_| ())
}

fn in_words(role: Role) -> &'static str {
    match role {
        Role::Owner => "dueño",
        Role::Admin => "administración",
        Role::Dispatcher => "despacho",
        Role::Technician => "técnico",
        Role::Accountant => "contabilidad",
    }
}
