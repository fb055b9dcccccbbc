//! What is held outside of organizations, or of nobody.

use super::Erase::{Delete, Keep};
use super::Ground::{Contract, Nobody, Proof, Security};
use super::{Held, held};

/// Tables that are read in identity scope, by phone: what erases them stands in `identity.rs`.
pub(crate) const IDENTITY: &[Held] = &[
    held("app_user", "su teléfono para entrar", Contract, "t.user_id = any (s.users)", Keep, &["phone"]),
    held(
        "otp_challenge",
        "códigos de ingreso",
        Security,
        "t.phone = any (s.phones)",
        Delete,
        &["phone", "ip"],
    ),
    held(
        "otp_failure",
        "códigos mal escritos",
        Security,
        "t.phone = any (s.phones)",
        Delete,
        &["phone", "ip"],
    ),
    held("second_factor", "segundo factor para entrar", Security, "t.user_id = any (s.users)", Delete, &[]),
    held(
        "sms_sent",
        "SMS enviados en el último día",
        Security,
        "t.phone = any (s.phones)",
        Delete,
        &["phone", "block"],
    ),
    held(
        "webhook_in",
        "mensajes como llegaron de WhatsApp (días)",
        Contract,
        "false",
        Delete,
        &["body", "held_for", "error"],
    ),
];

/// Tables where nobody is a subject; words of somebody in them are found by the sweep.
pub(crate) const OTHERS: &[Held] = &[
    held(
        "task",
        "trabajo pendiente del servidor",
        Contract,
        "",
        Delete,
        &["payload", "last_error", "unique_key", "lane"],
    ),
    // Old and new values are commitments or sealed; ids lead nowhere after an erasure. Ten years (docs/privacy.md).
    held("audit_log", "auditoría", Proof, "", Keep, &["payload"]),
    held("audit_head", "", Nobody, "", Keep, &[]),
    held("audit_look", "quién miró su ubicación", Proof, "", Keep, &[]),
    held("service_type", "clases de trabajo", Nobody, "", Keep, &["name"]),
    held("installation", "", Nobody, "", Keep, &[]),
    held("data_key", "", Nobody, "", Keep, &[]),
    held("organization_bank", "", Nobody, "", Keep, &["cbu_sealed", "cbu_alias_sealed"]),
    held("signing_key", "", Nobody, "", Keep, &[]),
    held(
        "organization",
        "la empresa",
        Nobody,
        "",
        Keep,
        &[
            "name",
            "cuit",
            "phone",
            "razon_social",
            "tipo_sociedad",
            "iva_condition",
            "ingresos_brutos",
            "domicilio_fiscal",
            "email",
            "website",
            "address",
        ],
    ),
    held("job_counter", "", Nobody, "", Keep, &[]),
    held("org_seq", "", Nobody, "", Keep, &[]),
    held("viewer_resume", "", Nobody, "", Keep, &[]),
    held("eta_outcome", "", Nobody, "", Keep, &[]),
    held("pace_sums", "", Nobody, "", Keep, &[]),
    held("learned", "", Nobody, "", Keep, &[]),
    held("learned_verdict", "", Nobody, "", Keep, &[]),
    held("eta_model", "", Nobody, "", Keep, &[]),
    held("eta_verdict", "", Nobody, "", Keep, &[]),
    held("schedule", "", Nobody, "", Keep, &[]),
    held("switchboard", "", Nobody, "", Keep, &[]),
    held("installation_mode", "", Nobody, "", Keep, &[]),
    held("installation_switch", "", Nobody, "", Keep, &[]),
    held("organization_mode", "", Nobody, "", Keep, &["reason"]),
    held("organization_switch", "", Nobody, "", Keep, &["reason"]),
    held("service_count", "", Nobody, "", Keep, &[]),
    held("directions_usage", "", Nobody, "", Keep, &[]),
    held("whatsapp_account", "", Nobody, "", Keep, &[]),
    held("message_pace", "", Nobody, "", Keep, &[]),
    held("webhook_endpoint", "sistemas conectados", Nobody, "", Keep, &["url", "description"]),
    held("webhook_delivery", "", Nobody, "", Keep, &["last_error"]),
    held("request_day", "", Nobody, "", Keep, &[]),
    held("quick_reply", "respuestas rápidas", Nobody, "", Keep, &["shortcut", "text"]),
    held("inbox_settings", "", Nobody, "", Keep, &["answer_text"]),
    held("voice_settings", "", Nobody, "", Keep, &["consent_ip"]),
];
