//! Tiles of providers by the organization's tier.

use clap::Args;

use super::tiles_address;

/// Tiles that stand for the default of `CAMPO_TILES_URL` where an organization has that tier.
#[derive(Debug, Clone, Default, Args)]
pub struct TilesByTier {
    /// For FREE.
    #[arg(long, env = "CAMPO_TILES_URL_FREE", value_name = "CAMPO_TILES_URL_FREE", global = true,
          value_parser = tiles_address)]
    tiles_url_free: Option<String>,
    /// For INICIAL.
    #[arg(long, env = "CAMPO_TILES_URL_INICIAL", value_name = "CAMPO_TILES_URL_INICIAL", global = true,
          value_parser = tiles_address)]
    tiles_url_inicial: Option<String>,
    /// For PROFESIONAL.
    #[arg(long, env = "CAMPO_TILES_URL_PROFESIONAL", value_name = "CAMPO_TILES_URL_PROFESIONAL", global = true,
          value_parser = tiles_address)]
    tiles_url_profesional: Option<String>,
    /// For EMPRESA.
    #[arg(long, env = "CAMPO_TILES_URL_EMPRESA", value_name = "CAMPO_TILES_URL_EMPRESA", global = true,
          value_parser = tiles_address)]
    tiles_url_empresa: Option<String>,
}

impl TilesByTier {
    /// The tiles of a tier, in any case; none where it has no others than everybody.
    pub fn of(&self, tier: &str) -> Option<&str> {
        match tier.to_ascii_lowercase().as_str() {
            "free" => self.tiles_url_free.as_deref(),
            "inicial" => self.tiles_url_inicial.as_deref(),
            "profesional" => self.tiles_url_profesional.as_deref(),
            "empresa" => self.tiles_url_empresa.as_deref(),
            _ => None,
        }
    }

    /// Every address.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        ["free", "inicial", "profesional", "empresa"].into_iter().filter_map(|tier| self.of(tier))
    }
}
