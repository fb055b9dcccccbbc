//! How services and capabilities stand, as an organization's people see it. Nothing of another organization is in it.

use chrono::{TimeDelta, Utc};
use serde::Serialize;

use super::board::{Board, Decided};
use super::capability::{Capability, Group};
use super::rules::{Cause, Mode, Signal, WINDOW};
use super::{allows, mode_for, sql, words};
use crate::Engine;
use crate::breaker::Standing;
use crate::error::Result;
use crate::ids::{OrgId, UserId};
use crate::moment::Moment;
use crate::providers::Service;
use crate::tracking::window::Language;

/// A decision about a service.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DecisionView {
    /// How it is to stand.
    pub mode: Mode,
    /// What it comes from.
    pub cause: Cause,
    /// Why.
    pub reason: String,
    /// Who decided; none where it was measured, or decided by the operator.
    pub by: Option<UserId>,
    /// Since when.
    pub since: Moment,
}

/// How a service stands for the organization.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PanicView {
    /// As `whatsapp`.
    pub service: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// The worse of the two decisions; degraded at least while its breaker is open.
    pub mode: Mode,
    /// What the organization's own people decided, or what was measured of its own credential.
    pub own: Option<DecisionView>,
    /// What holds for everybody.
    pub installation: Option<DecisionView>,
    /// What people are told while it is not well, in the language of `Accept-Language`.
    pub text: Option<&'static str>,
}

/// A breaker that is not closed, on the server that answers.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BreakerView {
    /// `open` or `half_open`.
    pub state: &'static str,
    /// Seconds since it opened.
    pub open_s: u64,
    /// Whether it is the organization's own credential that fails.
    pub is_own: bool,
}

/// What was counted of the organization's own.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CountView {
    /// What.
    pub signal: Signal,
    /// So many went well.
    pub good: i64,
    /// So many did not.
    pub bad: i64,
    /// Within so many minutes.
    pub window_min: i64,
}

/// A service with all that is known of it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ServiceHealth {
    /// How it stands, and by whose decision.
    #[serde(flatten)]
    pub stands: PanicView,
    /// Its breaker, where that is not closed.
    pub breaker: Option<BreakerView>,
    /// What was counted.
    pub counts: Vec<CountView>,
}

/// How everything stands.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct HealthView {
    /// The worst of all services.
    pub status: Mode,
    /// The version that answers.
    pub version: &'static str,
    /// Every service.
    pub services: Vec<ServiceHealth>,
}

/// Who switched something off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OffBy {
    /// The operator, by `CAMPO_DISABLE`.
    Environment,
    /// The operator, for everybody.
    Installation,
    /// The organization itself.
    Organization,
}

/// Whether something is on for the organization.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CapabilityView {
    /// As `whatsapp_voice_ai`.
    #[schema(value_type = String)]
    pub name: Capability,
    /// What kind of thing it is.
    pub group: Group,
    /// Whether it is on.
    pub enabled: bool,
    /// Who switched it off; the first of these that did.
    pub off_by: Option<OffBy>,
    /// Why.
    pub reason: Option<String>,
    /// The person.
    pub by: Option<UserId>,
    /// Since when.
    pub since: Option<Moment>,
    /// Whether this version has it at all: nothing changes by switching what is not there yet.
    pub is_in_use: bool,
    /// What happens while it is off, in the language of `Accept-Language`.
    pub fallback: &'static str,
}

/// What works otherwise than usual now, for everyone who is signed in.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Notice {
    /// Services that are not well.
    pub services: Vec<ServiceNotice>,
    /// What is switched off.
    pub off: Vec<OffNotice>,
}

/// A service that is not well.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ServiceNotice {
    /// As `whatsapp`.
    pub service: &'static str,
    /// How it stands.
    pub mode: Mode,
    /// Since when.
    pub since: Option<Moment>,
    /// What people are told.
    pub text: &'static str,
}

/// Something that is switched off.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OffNotice {
    /// As `whatsapp_voice_ai`.
    #[schema(value_type = String)]
    pub name: Capability,
    /// What happens instead.
    pub text: &'static str,
}

/// How every service stands for an organization.
pub fn panic(engine: &Engine, org: OrgId, language: Language) -> Vec<PanicView> {
    let board = engine.services.board();
    Service::ALL.into_iter().map(|service| stands(engine, &board, org, service, language)).collect()
}

/// How one service stands for an organization.
pub fn panic_of(engine: &Engine, org: OrgId, service: Service, language: Language) -> PanicView {
    stands(engine, &engine.services.board(), org, service, language)
}

fn stands(engine: &Engine, board: &Board, org: OrgId, service: Service, language: Language) -> PanicView {
    let decision = |whose| board.modes.get(&(whose, service)).map(DecisionView::from);
    let mode = mode_for(engine, Some(org), service);
    PanicView {
        service: service.as_str(),
        name: words::name(service, language),
        mode,
        own: decision(Some(org)),
        installation: decision(None),
        text: words::told(service, mode, language),
    }
}

impl From<&Decided> for DecisionView {
    fn from(decided: &Decided) -> Self {
        let Decided { stands, reason, by } = decided;
        Self {
            mode: stands.mode,
            cause: stands.cause,
            reason: reason.clone(),
            by: *by,
            since: stands.since.into(),
        }
    }
}

/// How everything stands for an organization, with breakers and counts.
///
/// # Errors
/// When the database is away.
pub async fn health(engine: &Engine, org: OrgId, language: Language) -> Result<HealthView> {
    let tallies = engine.db.within(org, async |t| sql::own_tallies(t).await).await?;
    let standing = engine.calls.breakers().standing();
    let services: Vec<_> = panic(engine, org, language)
        .into_iter()
        .zip(Service::ALL)
        .map(|(stands, service)| {
            let of_service = tallies.iter().filter(|t| t.signal.service() == service);
            let counts = of_service.map(|t| CountView {
                signal: t.signal,
                good: t.good,
                bad: t.bad,
                window_min: WINDOW.num_minutes(),
            });
            ServiceHealth { stands, breaker: breaker(&standing, org, service), counts: counts.collect() }
        })
        .collect();
    let status = services.iter().map(|s| s.stands.mode).max().unwrap_or(Mode::Ok);
    Ok(HealthView { status, version: env!("CARGO_PKG_VERSION"), services })
}

/// The breaker that stands in an organization's way, its own before everybody's.
fn breaker(standing: &[Standing], org: OrgId, service: Service) -> Option<BreakerView> {
    let of = |whose: Option<OrgId>| standing.iter().find(|s| s.service == service && s.org == whose);
    let found = of(Some(org)).or(of(None))?;
    Some(BreakerView { state: found.word, open_s: found.open_for.as_secs(), is_own: found.org.is_some() })
}

/// Whether each capability is on for an organization.
pub fn capabilities(engine: &Engine, org: OrgId, language: Language) -> Vec<CapabilityView> {
    Capability::ALL.iter().map(|c| capability(engine, org, *c, language)).collect()
}

/// Whether one capability is on for an organization.
pub fn capability(engine: &Engine, org: OrgId, name: Capability, language: Language) -> CapabilityView {
    let board = engine.services.board();
    let off = |whose| board.off.get(&(whose, name));
    let (off_by, decided) = if engine.settings.disabled.contains(&name) {
        (Some(OffBy::Environment), None)
    } else if let Some(all) = off(None) {
        (Some(OffBy::Installation), Some(all))
    } else if let Some(own) = off(Some(org)) {
        (Some(OffBy::Organization), Some(own))
    } else {
        (None, None)
    };
    CapabilityView {
        name,
        group: name.group(),
        enabled: off_by.is_none(),
        off_by,
        reason: decided.map(|off| off.reason.clone()),
        by: decided.and_then(|off| off.by),
        since: decided.map(|off| off.since.into()),
        is_in_use: name.is_in_use(),
        fallback: name.fallback(language),
    }
}

/// What works otherwise than usual now.
pub fn notice(engine: &Engine, org: OrgId, language: Language) -> Notice {
    let board = engine.services.board();
    let standing = engine.calls.breakers().standing();
    let services = Service::ALL.into_iter().filter_map(|service| {
        let mode = mode_for(engine, Some(org), service);
        let text = words::told(service, mode, language)?;
        let since = since(&board, &standing, org, service, mode);
        Some(ServiceNotice { service: service.as_str(), mode, since, text })
    });
    let off = Capability::ALL.iter().filter(|c| c.is_in_use() && !allows(engine, Some(org), **c));
    let off = off.map(|c| OffNotice { name: *c, text: c.fallback(language) });
    Notice { services: services.collect(), off: off.collect() }
}

/// Since when it stands so: by a decision, else by the breaker.
fn since(board: &Board, standing: &[Standing], org: OrgId, service: Service, mode: Mode) -> Option<Moment> {
    let decided = [Some(org), None].into_iter().filter_map(|whose| board.modes.get(&(whose, service)));
    let decided = decided.filter(|d| d.stands.mode == mode).map(|d| d.stands.since).min();
    let open = || {
        let breaker = breaker(standing, org, service)?;
        Some(Utc::now() - TimeDelta::seconds(i64::try_from(breaker.open_s).ok()?))
    };
    decided.or_else(open).map(Moment::from)
}
