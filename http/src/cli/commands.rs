//! What commands do, beside a running server or without one.

use campo_engine::Engine;
use campo_engine::auth::keys::Keys;
use campo_engine::auth::role::Role;
use campo_engine::auth::rotation;
use campo_engine::auth::session::{self, Device};
use campo_engine::estimates::{learn, speeds};
use campo_engine::ids::OrgId;
use campo_engine::live::Live;
use campo_engine::maps::Maps;
use campo_engine::notifications::templates::Templates;
use campo_engine::vault::shred;
use campo_engine::{organizations, users};
use chrono::TimeDelta;
use serde_json::json;

use super::words;
use crate::config::Config;
use crate::database::Database;
use crate::secret;

/// `campo org create`: the new ids.
pub(super) async fn create_org(
    config: &Config,
    database: &Database,
    name: &str,
    owner_phone: &str,
) -> Result<Vec<String>, String> {
    let engine = engine(config, database).await?;
    let made = organizations::create(&engine.db, name, owner_phone).await.map_err(|e| words(&e))?;
    Ok(vec![json!({"org": made.org, "user": made.user}).to_string()])
}

/// `campo org tier`: the tier that binds from now on.
pub(super) async fn set_tier(
    config: &Config,
    database: &Database,
    org: OrgId,
    tier: &str,
) -> Result<Vec<String>, String> {
    let engine = engine(config, database).await?;
    let tier = Some(tier).filter(|t| *t != "NONE");
    organizations::set_tier(&engine.db, org, tier).await.map_err(|e| words(&e))?;
    Ok(vec![json!({"org": org, "tier": tier}).to_string()])
}

/// `campo org shred`: what was destroyed.
pub(super) async fn shred(
    config: &Config,
    database: &Database,
    org: OrgId,
    confirm: &str,
) -> Result<Vec<String>, String> {
    let engine = engine(config, database).await?;
    let done = shred::shred(&engine, org, confirm).await.map_err(|e| words(&e))?;
    Ok(vec![json!(done).to_string()])
}

/// `campo token --phone`: one access token.
pub(super) async fn token(
    config: &Config,
    database: &Database,
    phone: &str,
    org: Option<OrgId>,
) -> Result<Vec<String>, String> {
    let engine = engine(config, database).await?;
    let (org, user) = users::find(&engine.db, phone, org).await.map_err(|e| words(&e))?;
    let tokens = session::open(&engine, org, user, &device()).await.map_err(|e| words(&e))?;
    Ok(vec![tokens.access_token])
}

/// `campo token --org --all`: one JSON line for each member.
pub(super) async fn tokens(
    config: &Config,
    database: &Database,
    org: OrgId,
    role: Option<Role>,
) -> Result<Vec<String>, String> {
    let engine = engine(config, database).await?;
    let members = users::active(&engine.db, org, role).await.map_err(|e| words(&e))?;
    let mut lines = Vec::with_capacity(members.len());
    for user in members {
        let tokens = session::open(&engine, org, user, &device()).await.map_err(|e| words(&e))?;
        lines.push(json!({"user": user, "token": tokens.access_token}).to_string());
    }
    Ok(lines)
}

/// `campo eta train`: what a night would do.
pub(super) async fn train(
    config: &Config,
    database: &Database,
    org: Option<OrgId>,
) -> Result<Vec<String>, String> {
    let mut engine = engine(config, database).await?;
    engine.maps = Maps::of(config.map_path());
    engine.maps.refresh();
    engine.estimates.look(&engine.db, &engine.maps).await.map_err(|e| words(&e))?;
    let report = match org {
        Some(org) => {
            let report = learn::organization(&engine, org, TimeDelta::zero()).await.map_err(|e| words(&e))?;
            serde_json::to_value(report)
        }
        None => {
            let nights = learn::every(&engine, TimeDelta::zero()).await.map_err(|e| words(&e))?;
            let speeds = speeds::share(&engine).await.map_err(|e| words(&e))?;
            Ok(
                json!({"organizations": nights.organizations, "journeys": nights.journeys, "matched": nights.matched,
                      "promoted": nights.promoted, "speeds": speeds}),
            )
        }
    };
    report.map(|report| vec![report.to_string()]).map_err(|e| e.to_string())
}

/// `campo eta rollback`: the generation that serves from now on; running servers take it over in seconds.
pub(super) async fn roll_back(
    config: &Config,
    database: &Database,
    org: Option<OrgId>,
) -> Result<Vec<String>, String> {
    let engine = engine(config, database).await?;
    let back = match org {
        Some(org) => learn::roll_back(&engine, org).await,
        None => speeds::roll_back(&engine).await,
    };
    match back.map_err(|e| words(&e))? {
        Some(back) => Ok(vec![json!(back).to_string()]),
        None => Err("nothing that was learned serves: there is no step back".into()),
    }
}

/// The engine over a database in its present form. A command beside a server finds it migrated.
pub(super) async fn engine(config: &Config, database: &Database) -> Result<Engine, String> {
    database.migrate().await?;
    let keys = Keys::derive(&secret::load_or_make(&config.secret_path())?).map_err(|e| words(&e))?;
    // Nobody listens to a command's events here: a server beside it finds the gap in the table.
    let (live, _) = Live::channel();
    let engine = Engine::new(database.open(live), keys, config.settings(config.listen))
        .map_err(|e| format!("cannot start: {e}"))?;
    rotation::follow(&engine.db, &engine.keys).await.map_err(|e| words(&e))?;
    Ok(engine)
}

fn device() -> Device {
    Device { key: None, ip: None, user_agent: Some("campo token".into()) }
}

/// `campo whatsapp templates`: as they are handed in for approval.
pub(super) fn templates(config: &Config) -> Result<Vec<String>, String> {
    let settings = config.settings(config.listen);
    let templates = Templates::load(settings.whatsapp.templates.as_deref()).map_err(|e| words(&e))?;
    let public_url = config.public_url_for(config.listen);
    Ok(templates.handed_in(&public_url).iter().map(ToString::to_string).collect())
}
