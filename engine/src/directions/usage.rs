//! What each organization used of providers, by month: written in batches, shown with what it will cost about.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Kind, sql};
use crate::Engine;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::ids::OrgId;

/// List prices in US cents for a thousand trips (2026, verify with the provider): Google Routes with traffic, Mapbox.
/// One's own servers cost nothing by the trip.
fn cents_per_thousand(kind: Kind) -> f64 {
    match kind {
        Kind::Google => 1_000.0,
        Kind::Mapbox => 200.0,
        Kind::Osrm | Kind::Valhalla => 0.0,
    }
}

/// Requests and trips that were asked about since they were last written.
#[derive(Debug, Default)]
pub(super) struct Used(Mutex<HashMap<(OrgId, Kind), (i32, i32)>>);

impl Used {
    pub(super) fn add(&self, org: OrgId, kind: Kind, trips: usize) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (requests, all) = held.entry((org, kind)).or_default();
        *requests = requests.saturating_add(1);
        *all = all.saturating_add(i32::try_from(trips).unwrap_or(i32::MAX));
    }

    fn take(&self) -> Vec<((OrgId, Kind), (i32, i32))> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain().collect()
    }
}

/// Writes what was used since the last time. What cannot be written now is lost: it is a figure, not a bill.
///
/// # Errors
/// When the database is away.
pub async fn flush(engine: &Engine) -> Result<()> {
    for ((org, kind), (requests, trips)) in engine.directions.used().take() {
        let service = kind.service().as_str();
        engine.db.within(org, async |t| sql::add(t, service, requests, trips).await).await?;
    }
    Ok(())
}

/// `GET /api/admin/usage`.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UsageQuery {
    /// As `2026-11`; the present month when absent.
    pub month: Option<String>,
}

/// What one provider was asked.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ProviderUsage {
    /// As `google_routes`.
    pub service: String,
    /// Requests.
    pub requests: i64,
    /// Trips that were asked about.
    pub trips: i64,
    /// US dollars at list prices, about, as `"1.20"`.
    pub estimated_cost_usd: String,
}

/// What an organization used in a month.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct UsageView {
    /// As `2026-11`, by UTC.
    pub month: String,
    /// Journeys that began.
    pub sessions: i64,
    /// Directions by provider.
    pub directions: Vec<ProviderUsage>,
    /// US dollars at list prices, about.
    pub estimated_cost_usd: String,
}

/// What an organization used in a month.
///
/// # Errors
/// `Invalid` for a month that is none.
pub async fn usage(db: &Db, org: OrgId, query: &UsageQuery) -> Result<UsageView> {
    let (from, to) = month(query.month.as_deref())
        .ok_or_else(|| Error::invalid("month", "se espera un mes, como 2026-11 (a month)"))?;
    let (sessions, rows) = db
        .within(org, async |t| Ok((sql::sessions(t, from, to).await?, sql::of_month(t, from).await?)))
        .await?;
    let cents = |service: &str, trips: i64| {
        let kind = [Kind::Google, Kind::Mapbox, Kind::Osrm, Kind::Valhalla]
            .into_iter()
            .find(|kind| kind.service().as_str() == service);
        kind.map_or(0.0, cents_per_thousand) * trips as f64 / 1_000.0
    };
    let all: f64 = rows.iter().map(|(service, _, trips)| cents(service, *trips)).sum();
    let directions = rows.into_iter().map(|(service, requests, trips)| {
        let estimated_cost_usd = dollars(cents(&service, trips));
        ProviderUsage { service, requests, trips, estimated_cost_usd }
    });
    let month = from.format("%Y-%m").to_string();
    Ok(UsageView { month, sessions, directions: directions.collect(), estimated_cost_usd: dollars(all) })
}

fn dollars(cents: f64) -> String {
    format!("{:.2}", cents / 100.0)
}

/// The first day of a month and of the next one.
fn month(text: Option<&str>) -> Option<(NaiveDate, NaiveDate)> {
    let from = match text {
        Some(text) => NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?,
        None => Utc::now().date_naive().with_day(1)?,
    };
    Some((from, from.checked_add_months(chrono::Months::new(1))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_money() {
        let (from, to) = month(Some("2026-12")).unwrap();
        assert_eq!((from.to_string(), to.to_string()), ("2026-12-01".into(), "2027-01-01".into()));
        assert!(month(Some("2026-13")).is_none() && month(Some("x")).is_none() && month(None).is_some());
        assert_eq!(dollars(cents_per_thousand(Kind::Google) * 1.234), "12.34");
        assert_eq!(dollars(cents_per_thousand(Kind::Osrm) * 9.0), "0.00");
    }
}
