//! Directions of companies outside, by tier.

use campo_engine::directions::{DirectionsSettings, Plan};
use clap::Args;

use super::providers::{given, provider_address};

/// Who is asked how long a trip takes; nobody unless it is said here.
#[derive(Clone, Default, Args)]
pub struct Directions {
    /// Providers by tier, as `free:osrm,profesional:mapbox,empresa:google`; `self` is an organization without a
    /// tier. Providers: google, mapbox, osrm, valhalla.
    #[arg(
        long,
        env = "CAMPO_DIRECTIONS",
        value_name = "CAMPO_DIRECTIONS",
        global = true,
        default_value = ""
    )]
    directions: Plan,
    /// Where Google Routes is [default: https://routes.googleapis.com].
    #[arg(long, env = "CAMPO_GOOGLE_ROUTES_BASE_URL", value_name = "CAMPO_GOOGLE_ROUTES_BASE_URL", global = true,
          value_parser = provider_address)]
    google_routes_base_url: Option<String>,
    /// Its key.
    #[arg(
        long,
        env = "CAMPO_GOOGLE_ROUTES_KEY",
        value_name = "CAMPO_GOOGLE_ROUTES_KEY",
        global = true,
        hide_env_values = true
    )]
    google_routes_key: Option<String>,
    /// Where Mapbox is [default: https://api.mapbox.com].
    #[arg(long, env = "CAMPO_MAPBOX_BASE_URL", value_name = "CAMPO_MAPBOX_BASE_URL", global = true,
          value_parser = provider_address)]
    mapbox_base_url: Option<String>,
    /// Its token.
    #[arg(
        long,
        env = "CAMPO_MAPBOX_TOKEN",
        value_name = "CAMPO_MAPBOX_TOKEN",
        global = true,
        hide_env_values = true
    )]
    mapbox_token: Option<String>,
    /// Where an OSRM server is.
    #[arg(long, env = "CAMPO_OSRM_URL", value_name = "CAMPO_OSRM_URL", global = true,
          value_parser = provider_address)]
    osrm_url: Option<String>,
    /// Where a Valhalla server is.
    #[arg(long, env = "CAMPO_VALHALLA_URL", value_name = "CAMPO_VALHALLA_URL", global = true,
          value_parser = provider_address)]
    valhalla_url: Option<String>,
}

/// Without keys.
impl std::fmt::Debug for Directions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.settings().fmt(f)
    }
}

impl Directions {
    /// The keys, for the redactor of logs.
    pub(super) fn secrets(&self) -> Vec<String> {
        [&self.google_routes_key, &self.mapbox_token].into_iter().filter_map(given).collect()
    }

    /// As the engine takes them.
    pub fn settings(&self) -> DirectionsSettings {
        let usual = DirectionsSettings::default();
        DirectionsSettings {
            plan: self.directions.clone(),
            google_url: given(&self.google_routes_base_url).unwrap_or(usual.google_url),
            google_key: given(&self.google_routes_key),
            mapbox_url: given(&self.mapbox_base_url).unwrap_or(usual.mapbox_url),
            mapbox_token: given(&self.mapbox_token),
            osrm_url: given(&self.osrm_url),
            valhalla_url: given(&self.valhalla_url),
        }
    }

    /// What is wrong with settings that are each right alone.
    pub fn check(&self) -> Result<(), String> {
        match self.settings().lacks() {
            Some(setting) => Err(format!("CAMPO_DIRECTIONS names a provider that lacks its {setting}")),
            None => Ok(()),
        }
    }
}
