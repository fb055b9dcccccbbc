//! What is sent to each route: whose row stands in the path, which query and body are good ones.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Rows, picture, quick_reply, wish};
use crate::files::announce;
use crate::house::fresh_phone;

/// What kind of row a path's parameter names; `None` where there is none.
///
/// What changes a job goes to one that has not begun; what changes a person, to somebody without part in the walk.
pub fn kind(method: &Method, path: &str) -> Option<&'static str> {
    let kinds = [
        ("/api/auth/sessions/", "login"),
        ("/api/admin/dlq/", "letter"),
        ("/api/users/", if path.ends_with("/schedule") { "technician" } else { "user" }),
        ("/api/organization/change-requests/", "change"),
        ("/api/organization/privacy-requests/", "privacy_request"),
        ("/api/privacy/exports/", "rating"),
        ("/api/customers/", "customer"),
        ("/api/jobs/", if *method == Method::GET { "job" } else { "victim" }),
        ("/api/files/", if *method == Method::GET { "file" } else { "upload" }),
        ("/api/notifications/{id}", "notice"),
        ("/api/whatsapp/conversations/", "conversation"),
        ("/api/whatsapp/requests/", "request"),
        ("/api/whatsapp/messages/", "message"),
        ("/api/whatsapp/quick-replies/", "quick_reply"),
        ("/api/voice/transcripts/", "note"),
        ("/api/devices/", "device"),
        ("/api/tracking/technicians/", "technician"),
        ("/api/tracking/sessions/", "journey"),
        ("/api/tracking/ratings/", "rating"),
        ("/api/webhook-endpoints/", "endpoint"),
        ("/api/service-types/", "service_type"),
    ];
    let found = kinds.iter().find(|(start, _)| path.contains('{') && path.starts_with(start));
    assert!(
        found.is_some()
            || !path.contains('{')
            || path.starts_with("/api/admin/panic/")
            || path.starts_with("/api/admin/capabilities/"),
        "{path}: say in `kind` which row stands there"
    );
    found.map(|(_, kind)| *kind)
}

/// Kinds that belong to one person, whatever their role.
pub const PERSONAL: [&str; 3] = ["login", "notice", "upload"];

/// The address with its parameters filled in.
pub fn address(path: &str, kind: Option<&str>, row: &str, rows: &Rows) -> String {
    let mut address = path.replace("{service}", "whatsapp").replace("{name}", "whatsapp");
    if kind == Some("endpoint") && path.contains("{delivery}") {
        address = address.replace("{delivery}", rows.of("delivery"));
    }
    address.replace("{id}", row).replace("{code}", row).replace("{token}", row)
}

/// A query that the route asks for, or that refers to somebody's rows.
pub fn query(method: &Method, path: &str, rows: &Rows) -> String {
    if *method != Method::GET && path != "/api/files/direct" {
        return String::new();
    }
    match path {
        "/api/files/direct" => "?purpose=avatar".into(),
        "/api/places" => "?q=Mitre".into(),
        "/api/places/reverse" => "?lat=-34.9&lon=-60".into(),
        "/api/tracking/nearest" => format!("?job_id={}", rows.of("job")),
        "/api/jobs" => format!("?customer_id={}&assigned_to={}", rows.of("customer"), rows.of("technician")),
        "/api/jobs/calendar" => {
            format!("?from=2026-01-01&to=2026-01-31&technician={}", rows.of("technician"))
        }
        "/api/jobs/stats" => format!("?technician={}", rows.of("technician")),
        "/api/tracking/map/route" => "?from_lat=-34.9&from_lon=-60&to_lat=-34.91&to_lon=-60.01".into(),
        "/api/jobs/today" => format!("?technician_id={}", rows.of("technician")),
        "/api/shifts" | "/api/devices" => format!("?user_id={}", rows.of("technician")),
        "/api/whatsapp/conversations/{id}/job" => format!("?request_id={}", rows.of("request")),
        "/api/tracking/technicians/{id}/track" => "?from=2026-01-01T00:00:00Z".into(),
        _ => String::new(),
    }
}

/// What a request carries.
#[derive(Debug, Clone)]
pub enum Body {
    Nothing,
    Json(Value),
    Bytes(Vec<u8>),
}

/// A good body; it refers to these rows.
pub fn body(method: &Method, path: &str, rows: &Rows) -> Body {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Body::Nothing;
    }
    let reason = "el proveedor no responde desde las nueve";
    let value = match (method.as_str(), path) {
        ("PATCH", "/api/files/{id}") => return Body::Bytes(vec![0]),
        ("POST", "/api/files/direct") => return Body::Bytes(picture(rand())),
        ("POST", "/api/webhooks/whatsapp") => json!({"entry": []}),
        ("POST", "/api/webhooks/twilio") => return Body::Bytes(b"MessageSid=SM1".to_vec()),
        ("POST", "/api/auth/otp/send") => json!({"phone": fresh_phone()}),
        ("POST", "/api/auth/otp/verify") => json!({"phone": fresh_phone(), "code": "000000"}),
        ("POST", "/api/auth/totp") => json!({"ticket": "nothing", "code": "000000"}),
        ("POST", "/api/auth/totp/confirm" | "/api/auth/totp/recovery-codes" | "/api/auth/totp/disable") => {
            json!({"code": "000000"})
        }
        ("POST", "/api/auth/switch-org") => json!({"org_id": rows.of("org")}),
        ("PATCH", "/api/admin/panic/{service}") => json!({"mode": "ok", "reason": reason}),
        ("PATCH", "/api/admin/capabilities/{name}") => json!({"enabled": true, "reason": reason}),
        ("PATCH", "/api/organization") => json!({"name": "Plomería Sur"}),
        ("PUT", "/api/organization/whatsapp") => json!({"phone_number_id": "8800000001", "token": "token"}),
        ("POST", "/api/users") => json!({"name": "Nueva", "phone": fresh_phone(), "role": "technician"}),
        ("PATCH", "/api/users/{id}") => json!({"version": 1, "name": "Otro nombre"}),
        ("POST", "/api/customers") => json!({"name": "Nueva", "phone": fresh_phone()}),
        ("PATCH", "/api/customers/{id}") => json!({"version": 1, "name": "Otro nombre"}),
        ("POST", "/api/customers/{id}/opt-out" | "/api/customers/{id}/opt-in") => {
            json!({"reason": "lo pidió"})
        }
        ("POST", "/api/customers/validate-cuit") => json!({"cuit": "30500010912"}),
        ("POST", "/api/customers/{id}/merge") => json!({"other_id": rows.of("spare"), "version": 1}),
        ("POST", "/api/organization/change-requests") => wish(rows.of("fixed")),
        ("PUT", "/api/users/{id}/schedule") => {
            json!({"weekly": {"mon": [], "tue": [], "wed": [], "thu": [], "fri": [], "sat": [], "sun": []}})
        }
        ("POST", "/api/jobs") => {
            json!({"title": "Otra", "customer_id": rows.of("customer"), "technician_ids": [rows.of("technician")]})
        }
        ("PATCH", "/api/jobs/{id}") => json!({"version": 1, "customer_id": rows.of("customer")}),
        ("DELETE", "/api/jobs/{id}") => json!({"reason": "ya no hace falta"}),
        ("PATCH", "/api/jobs/{id}/assign") => {
            json!({"technician_ids": [rows.of("technician")], "version": 1})
        }
        ("PATCH", "/api/jobs/{id}/status") => json!({"status": "en_camino", "version": 1}),
        ("POST", "/api/jobs/{id}/photos") => json!({"file_id": rows.of("loose"), "type": "after"}),
        ("POST", "/api/jobs/{id}/start" | "/api/jobs/{id}/reopen") => json!({"version": 1}),
        ("PATCH", "/api/users/me/privacy") => json!({"location": true}),
        ("POST", "/api/users/me/rectify-request") => json!({"detail": "mi nombre está mal escrito"}),
        ("POST", "/api/users/me/confirm-deletion") => json!({"code": "000000"}),
        ("POST", "/api/organization/privacy-requests/{id}/decide") => json!({"done": true}),
        ("POST", "/api/customers/{id}/privacy-requests") => {
            json!({"kind": "rectify", "detail": "otra dirección"})
        }
        ("POST", "/api/service-types") => json!({"code": format!("tipo_{}", rand()), "name": "Otro tipo"}),
        ("PATCH", "/api/service-types/{code}") => json!({"version": 1, "name": "Otro nombre"}),
        ("POST", "/api/shifts/pause") => json!({"user_id": rows.of("technician"), "on": true}),
        ("POST", "/api/tracking/sessions") => json!({"job_id": rows.of("victim")}),
        ("POST", "/api/jobs/{id}/complete") => json!({"version": 1}),
        ("POST", "/api/files") => {
            let mut body = announce(&picture(rand()), "image/png", "avatar");
            body["job_id"] = Value::Null;
            body
        }
        ("POST" | "DELETE", "/api/notifications/push-token") => json!({
            "endpoint": "https://fcm.googleapis.com/fcm/send/x",
            "keys": {"p256dh": "BNNL5ZaTfK81qhXOx23-wewhigUeFb632jN6LvRWCFH1ubQr77FE_9qV1FuojuRmHP42zmf34rXgW80OvUVDgTk", "auth": "zqbxT6JKstKSY9JKibZLSQ"},
        }),
        ("POST", "/api/notifications/test") => json!({"channel": "web"}),
        ("PATCH", "/api/notifications/preferences") => json!({}),
        ("PATCH", "/api/whatsapp/conversations/{id}") => json!({"status": "open"}),
        ("POST", "/api/whatsapp/conversations/{id}/job") => {
            json!({"request_id": rows.of("request"), "title": "Pierde"})
        }
        ("POST", "/api/whatsapp/templates/preview") => {
            json!({"name": "technician_arrived", "params": ["Ana"]})
        }
        ("POST", "/api/whatsapp/send") => {
            json!({"conversation_id": rows.of("conversation"), "kind": "text", "text": "Hola"})
        }
        ("POST", "/api/whatsapp/quick-replies") => quick_reply(),
        ("PATCH", "/api/whatsapp/quick-replies/{id}") => json!({"version": 1, "text": "Vamos"}),
        ("PUT", "/api/whatsapp/settings") => json!({"auto_answer": true, "hours": {}}),
        ("POST", "/api/voice/process") => json!({"file_id": rows.of("sound")}),
        ("PATCH", "/api/voice/settings") => json!({"retention_days": 30}),
        ("POST", "/api/voice/transcripts/{id}/review") => json!({"action": "reject"}),
        ("POST", "/api/shifts") => json!({"user_id": rows.of("technician"), "on": true}),
        ("POST", "/api/devices") => json!({"user_id": rows.of("technician"), "name": "Otro teléfono"}),
        ("POST", "/api/tracking/ratings/{token}") => json!({"stars": 5}),
        ("POST", "/api/webhook-endpoints") => {
            json!({"url": "https://example.com/otro", "kinds": ["capability.changed"]})
        }
        ("PATCH", "/api/webhook-endpoints/{id}") => json!({"version": 1, "description": "otra"}),
        ("POST", "/api/webhook-endpoints/{id}/replay") => json!({"after": 0}),
        _ => json!({}),
    };
    Body::Json(value)
}

/// Routes whose body or query names rows: named from elsewhere, they must not be found.
pub fn refers(method: &Method, path: &str) -> bool {
    matches!(
        (method.as_str(), path),
        (
            "POST",
            "/api/auth/switch-org"
                | "/api/jobs"
                | "/api/whatsapp/send"
                | "/api/voice/process"
                | "/api/customers/{id}/merge"
                | "/api/organization/change-requests"
                | "/api/shifts/pause"
                | "/api/tracking/sessions"
                | "/api/shifts"
                | "/api/devices"
                | "/api/jobs/{id}/photos"
                | "/api/whatsapp/conversations/{id}/job"
        ) | ("PATCH", "/api/jobs/{id}/assign")
            | (
                "GET",
                "/api/tracking/nearest"
                    | "/api/jobs"
                    | "/api/jobs/calendar"
                    | "/api/jobs/stats"
                    | "/api/jobs/today"
                    | "/api/shifts"
                    | "/api/devices"
                    | "/api/whatsapp/conversations/{id}/job"
            )
    )
}

fn rand() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(100_000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
