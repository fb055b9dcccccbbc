//! Which provider answers for which tier.

use std::collections::BTreeMap;
use std::str::FromStr;

/// A provider of directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Google Routes.
    Google,
    /// Mapbox.
    Mapbox,
    /// An OSRM server.
    Osrm,
    /// A Valhalla server.
    Valhalla,
}

impl FromStr for Kind {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "google" => Ok(Self::Google),
            "mapbox" => Ok(Self::Mapbox),
            "osrm" => Ok(Self::Osrm),
            "valhalla" => Ok(Self::Valhalla),
            other => Err(format!("no such provider of directions: {other} (google, mapbox, osrm, valhalla)")),
        }
    }
}

/// Tiers that an operator may name; `self` is an organization without one.
pub const TIERS: [&str; 5] = ["free", "inicial", "profesional", "empresa", "self"];

/// Providers by tier, as `free:osrm,profesional:mapbox,empresa:google`. A tier that is not named has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan(BTreeMap<String, Kind>);

impl Plan {
    /// Whether nobody has any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The provider of a tier, in any case; of `self` without one.
    pub fn of(&self, tier: Option<&str>) -> Option<Kind> {
        self.0.get(&tier.unwrap_or("self").to_ascii_lowercase()).copied()
    }

    /// Every provider that is named.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.0.values().copied()
    }
}

impl FromStr for Plan {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let mut plan = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let (tier, kind) =
                part.split_once(':').ok_or_else(|| format!("expected tier:provider, not {part}"))?;
            let tier = tier.trim().to_ascii_lowercase();
            if !TIERS.contains(&tier.as_str()) {
                return Err(format!("no such tier: {tier} ({})", TIERS.join(", ")));
            }
            if plan.insert(tier.clone(), kind.trim().parse()?).is_some() {
                return Err(format!("the tier {tier} stands twice"));
            }
        }
        Ok(Self(plan))
    }
}

/// What the operator says of directions.
#[derive(Clone)]
pub struct DirectionsSettings {
    /// Who answers for whom; empty: off.
    pub plan: Plan,
    /// Where Google Routes is.
    pub google_url: String,
    /// Its key.
    pub google_key: Option<String>,
    /// Where Mapbox is.
    pub mapbox_url: String,
    /// Its token.
    pub mapbox_token: Option<String>,
    /// Where the OSRM server is.
    pub osrm_url: Option<String>,
    /// Where the Valhalla server is.
    pub valhalla_url: Option<String>,
}

impl Default for DirectionsSettings {
    fn default() -> Self {
        Self {
            plan: Plan::default(),
            google_url: "https://routes.googleapis.com".into(),
            google_key: None,
            mapbox_url: "https://api.mapbox.com".into(),
            mapbox_token: None,
            osrm_url: None,
            valhalla_url: None,
        }
    }
}

impl std::fmt::Debug for DirectionsSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Directions({:?})", self.plan)
    }
}

impl DirectionsSettings {
    /// What a provider that the plan names still lacks: the name of the setting.
    pub fn lacks(&self) -> Option<&'static str> {
        self.plan.kinds().find_map(|kind| match kind {
            Kind::Google => self.google_key.is_none().then_some("CAMPO_GOOGLE_ROUTES_KEY"),
            Kind::Mapbox => self.mapbox_token.is_none().then_some("CAMPO_MAPBOX_TOKEN"),
            Kind::Osrm => self.osrm_url.is_none().then_some("CAMPO_OSRM_URL"),
            Kind::Valhalla => self.valhalla_url.is_none().then_some("CAMPO_VALHALLA_URL"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_and_asked() {
        let plan: Plan = "free:osrm, profesional:mapbox,EMPRESA:google,".parse().unwrap();
        assert_eq!(plan.of(Some("FREE")), Some(Kind::Osrm));
        assert_eq!(plan.of(Some("empresa")), Some(Kind::Google));
        assert_eq!((plan.of(Some("inicial")), plan.of(None), plan.of(Some("other"))), (None, None, None));
        let own: Plan = "self:valhalla".parse().unwrap();
        assert_eq!((own.of(None), own.of(Some("free"))), (Some(Kind::Valhalla), None));
        assert!("".parse::<Plan>().unwrap().is_empty());
        for wrong in ["osrm", "free:bing", "gold:osrm", "free:osrm,FREE:mapbox"] {
            assert!(wrong.parse::<Plan>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_a_plan_names_must_be_there() {
        let mut settings =
            DirectionsSettings { plan: "free:osrm,empresa:google".parse().unwrap(), ..Default::default() };
        assert_eq!(settings.lacks(), Some("CAMPO_GOOGLE_ROUTES_KEY"));
        settings.google_key = Some("k".into());
        assert_eq!(settings.lacks(), Some("CAMPO_OSRM_URL"));
        settings.osrm_url = Some("http://osrm".into());
        assert_eq!(settings.lacks(), None);
        assert!(!format!("{settings:?}").contains('k') || !format!("{settings:?}").contains("google_key"));
    }
}
