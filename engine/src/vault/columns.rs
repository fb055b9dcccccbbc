//! Every column that holds sealed values: what a rotation walks and what shredding clears.
//!
//! A column is called `*_sealed` or has the comment `sealed`, and stands here (the catalog test holds both beside
//! each other); [`super::Vault::seal`] refuses a purpose that does not. A trigger that locks such a field must look at its
//! blind index: a rotation writes other bytes of the same value.

/// A column of sealed values in a tenant table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The table; has `org_id`.
    pub table: &'static str,
    /// The column, `bytea`.
    pub column: &'static str,
    /// What its values are bound to.
    pub purpose: &'static str,
    /// The column with the row's id, unique in its organization: values are bound to it too.
    pub row: &'static str,
    /// Blind indexes of it (nullable): cleared when the organization's keys are destroyed.
    pub blind: &'static [&'static str],
}

/// All of them.
pub const SEALED: &[Column] = &[
    Column {
        table: "whatsapp_account",
        column: "token",
        purpose: "whatsapp_account.token",
        row: "org_id",
        blind: &[],
    },
    Column {
        table: "webhook_endpoint",
        column: "secret",
        purpose: "webhook_endpoint.secret",
        row: "endpoint_id",
        blind: &[],
    },
    // The same secret, one rotation later.
    Column {
        table: "webhook_endpoint",
        column: "previous_secret",
        purpose: "webhook_endpoint.secret",
        row: "endpoint_id",
        blind: &[],
    },
    Column {
        table: "organization_bank",
        column: "cbu_sealed",
        purpose: "organization.cbu",
        row: "org_id",
        blind: &[],
    },
    Column {
        table: "organization_bank",
        column: "cbu_alias_sealed",
        purpose: "organization.cbu_alias",
        row: "org_id",
        blind: &[],
    },
    Column {
        table: "customer",
        column: "cuit_sealed",
        purpose: "customer.cuit",
        row: "customer_id",
        blind: &["cuit_blind"],
    },
    Column {
        table: "change_request",
        column: "current_sealed",
        purpose: "change_request.current",
        row: "request_id",
        blind: &[],
    },
    Column {
        table: "change_request",
        column: "requested_sealed",
        purpose: "change_request.requested",
        row: "request_id",
        blind: &[],
    },
    Column {
        table: "member_payroll",
        column: "remuneracion_sealed",
        purpose: "user.remuneracion",
        row: "user_id",
        blind: &[],
    },
    Column {
        table: "member_payroll",
        column: "cbu_empleado_sealed",
        purpose: "user.cbu_empleado",
        row: "user_id",
        blind: &[],
    },
];

/// Whether values of this purpose are found again by a rotation.
pub(super) fn is_registered(purpose: &str) -> bool {
    SEALED.iter().any(|c| c.purpose == purpose)
}
