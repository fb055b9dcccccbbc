//! The numbers that organizations send from: an organization's own, or the installation's.

mod sql;

use serde::{Deserialize, Serialize};

use crate::Engine;
use crate::audit::{Action, Entry};
use crate::check::Check;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::ids::OrgId;
use crate::moment::Moment;
use crate::providers::meta::Number;

/// What sealed tokens are bound to.
const PURPOSE: &str = "whatsapp_account.token";

/// The number that an organization sends from. Its token is never shown.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = WhatsAppAccount)]
pub struct Account {
    /// The number's id at Meta.
    pub phone_number_id: String,
    /// The WhatsApp Business account.
    pub waba_id: Option<String>,
    /// The number as people read it.
    pub display_phone: Option<String>,
    /// Whether it is Meta's test number.
    pub is_sandbox: bool,
    /// Rises with every change.
    pub version: i32,
    /// Made at.
    pub created_at: Moment,
    /// Last changed at.
    pub updated_at: Moment,
}

/// `PUT /api/organization/whatsapp`.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[schema(as = ConnectWhatsApp)]
pub struct Connect {
    /// The number's id at Meta.
    pub phone_number_id: String,
    /// The access token; absent keeps the one that is there.
    pub token: Option<String>,
    /// The WhatsApp Business account.
    pub waba_id: Option<String>,
    /// The number as people read it.
    pub display_phone: Option<String>,
    /// Whether it is Meta's test number.
    #[serde(default)]
    pub is_sandbox: bool,
}

impl std::fmt::Debug for Connect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connect({})", self.phone_number_id)
    }
}

/// The organization's number.
///
/// # Errors
/// [`Error::NotFound`] where it has none of its own.
pub async fn get(db: &Db, org: OrgId) -> Result<Account> {
    let mut tenant = db.tenant(org).await?;
    sql::get(&mut tenant).await?.ok_or(Error::NotFound("whatsapp account"))
}

/// Connects the organization's number, or changes it.
///
/// # Errors
/// `WHATSAPP_001` where another organization has that number.
pub async fn connect(engine: &Engine, org: OrgId, body: Connect) -> Result<Account> {
    let mut check = Check::default();
    let id = check.text("phone_number_id", &body.phone_number_id, 1, 32);
    if !id.bytes().all(|b| b.is_ascii_digit()) {
        check.wrong("phone_number_id", "sólo dígitos (digits alone)");
    }
    let token = check.optional("token", body.token.as_deref(), 2_000);
    let waba = check.optional("waba_id", body.waba_id.as_deref(), 64);
    let display = check.optional("display_phone", body.display_phone.as_deref(), 40);
    let mut tenant = engine.db.tenant(org).await?;
    if token.is_none() && sql::sealed(&mut tenant).await?.is_none() {
        check.wrong("token", "falta (is required)");
    }
    check.done()?;
    let sealed = engine.vault.seal_text(&mut tenant, PURPOSE, org.0, token.as_deref()).await?;
    let new =
        sql::New { id: &id, waba: waba.as_deref(), display: display.as_deref(), is_sandbox: body.is_sandbox };
    let account = sql::put(&mut tenant, &new, sealed.as_deref()).await?;
    let connected = Entry::asked(Action::WhatsAppConnected, "whatsapp_account").on(org.0);
    tenant.audit(connected.is(serde_json::json!({"phone_number_id": id, "new_token": sealed.is_some()})));
    tenant.commit().await?;
    Ok(account)
}

/// Lets the number go; from now on the installation's own is used. Twice is once.
pub async fn disconnect(db: &Db, org: OrgId) -> Result<()> {
    let mut tenant = db.tenant(org).await?;
    sql::delete(&mut tenant).await?;
    tenant.audit(Entry::asked(Action::WhatsAppDisconnected, "whatsapp_account").on(org.0));
    tenant.commit().await
}

/// The organization that a number at Meta belongs to; None where no organization connected it.
pub async fn org_of(db: &Db, phone_number_id: &str) -> Result<Option<OrgId>> {
    let mut tx = db.identity().await?;
    sql::org_of(&mut tx, phone_number_id).await
}

/// What an organization sends from: its own number, else the installation's; None without any.
pub async fn number_of(engine: &Engine, org: OrgId) -> Result<Option<Number>> {
    let mut tenant = engine.db.tenant(org).await?;
    number(engine, &mut tenant).await
}

/// As [`number_of`], inside a transaction of the organization.
pub async fn number(engine: &Engine, tenant: &mut crate::db::Tenant) -> Result<Option<Number>> {
    let org = tenant.org();
    let Some((phone_number_id, sealed, is_sandbox)) = sql::sealed(tenant).await? else {
        return Ok(own(engine));
    };
    let token = engine.vault.open(tenant, PURPOSE, org.0, &sealed).await?;
    let token = String::from_utf8(token).map_err(|_| Error::Internal(format!("{PURPOSE}: no text")))?;
    Ok(Some(Number { org: Some(org), phone_number_id, token, is_sandbox }))
}

/// The installation's own number.
pub fn own(engine: &Engine) -> Option<Number> {
    let settings = &engine.settings.whatsapp;
    settings.own_number().map(|(id, token)| Number {
        org: None,
        phone_number_id: id.to_owned(),
        token: token.to_owned(),
        is_sandbox: settings.is_sandbox,
    })
}
