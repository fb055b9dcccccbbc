//! Do the windows hold what they promise? Every window given is held against its arrival.

use campo_geo::Eta;
use campo_geo::eta::coverage::{Count, PROMISED};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::sql::models::Standing;
use super::sql::{self, CountRow};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::ids::{OrgId, SessionId};
use crate::moment::Moment;
use crate::tracking::window::Language;

/// What is looked at when nobody says since when.
const LOOK_BACK: TimeDelta = TimeDelta::days(30);

/// A window as it was given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Said {
    /// Of which journey.
    pub session: SessionId,
    /// At its start (0), or with so many minutes left.
    pub lead_min: u8,
    /// The window.
    pub eta: Eta,
    /// Local hour of the week of that moment.
    pub hour_of_week: u8,
    /// When; its seconds count from here.
    pub at: DateTime<Utc>,
}

/// Remembers a window that was given.
pub async fn remember(db: &Db, org: OrgId, said: &Said) -> Result<()> {
    let mut tenant = db.tenant(org).await?;
    sql::remember(&mut tenant, said).await?;
    tenant.commit().await
}

/// `GET /api/estimates/coverage`.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CoverageQuery {
    /// Windows given at or after; 30 days before `to` when absent.
    pub from: Option<DateTime<Utc>>,
    /// Windows given before; now when absent.
    pub to: Option<DateTime<Utc>>,
    /// Those given at the start (0, when absent), or with 30, 20, 10 or 5 minutes left.
    pub lead_min: Option<u8>,
}

/// How some windows held.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CoverageCount {
    /// Arrivals seen.
    pub arrivals: u64,
    /// Those inside p10..p90.
    pub inside: u64,
    /// Those earlier.
    pub early: u64,
    /// Those later.
    pub late: u64,
    /// The share inside, 0 to 1; null before the first arrival.
    pub share: Option<f64>,
    /// The 95 % interval of that share (Wilson).
    pub low: f64,
    /// The 95 % interval of that share (Wilson).
    pub high: f64,
    /// Whether the promise lies outside of that interval.
    pub is_off: bool,
    /// Mean absolute error of p50, seconds.
    pub mean_error_s: Option<f64>,
}

impl From<Count> for CoverageCount {
    fn from(count: Count) -> Self {
        let (low, high) = count.interval();
        Self {
            arrivals: count.arrivals,
            inside: count.inside,
            early: count.early,
            late: count.late,
            share: count.share(),
            low,
            high,
            is_off: count.is_off(),
            mean_error_s: count.mean_error_s(),
        }
    }
}

/// How the windows of one tier, hour or lead held.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CoverageRow {
    /// The tier that answered, where the row is one tier's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<u8>,
    /// The local hour of the week, where the row is one hour's: Monday 0:00 is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour_of_week: Option<u8>,
    /// Minutes that were left, where the row is one lead's; 0 is the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_min: Option<u8>,
    /// The counts.
    #[serde(flatten)]
    pub count: CoverageCount,
}

/// Whether the windows held what they promise.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = EtaCoverage)]
pub struct CoverageView {
    /// Windows given at or after.
    pub from: Moment,
    /// Windows given before.
    pub to: Moment,
    /// Which lead the counts are of.
    pub lead_min: u8,
    /// The share of windows that should hold.
    pub promised: f64,
    /// In words.
    pub sentence: String,
    /// All of them.
    pub total: CoverageCount,
    /// By the tier that answered.
    pub tiers: Vec<CoverageRow>,
    /// By local hour of the week.
    pub hours: Vec<CoverageRow>,
    /// By tier and hour of the week.
    pub items: Vec<CoverageRow>,
    /// By how many minutes were left; a journey counts once in each.
    pub leads: Vec<CoverageRow>,
    /// The organization's own model.
    pub model: LearnedView,
    /// The speeds of public roads that organizations share.
    pub speeds: LearnedView,
}

/// What was learned and serves, and what came of the last night.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = EtaLearned)]
pub struct LearnedView {
    /// The generation that serves; null: shipped numbers do.
    pub generation: Option<i32>,
    /// When it was learned.
    pub learned_at: Option<Moment>,
    /// When the last one was judged; null before the first night.
    pub judged_at: Option<Moment>,
    /// What came of it. Models: promoted, not_better, windows_off, too_few_trips. Speeds: promoted, worse (those before
    /// it go on), too_few_judges, no_map, nothing.
    pub verdict: Option<String>,
    /// Journeys that judged: neither side had seen them.
    pub judges: Option<u64>,
    /// Mean error on them of what served then, seconds.
    pub served_error_s: Option<f64>,
    /// Mean error on them of the new one, seconds.
    pub new_error_s: Option<f64>,
}

impl From<Standing> for LearnedView {
    fn from(Standing { generation, made_at, at, said }: Standing) -> Self {
        let said = said.unwrap_or_default();
        let number = |key: &str| said.get(key).and_then(serde_json::Value::as_f64);
        Self {
            generation,
            learned_at: made_at.map(Moment),
            judged_at: at.map(Moment),
            verdict: said.get("verdict").and_then(|v| v.as_str()).map(str::to_owned),
            judges: said.get("judges").and_then(serde_json::Value::as_u64),
            served_error_s: number("served_error_s"),
            new_error_s: number("new_error_s"),
        }
    }
}

/// How the organization's windows held.
pub async fn coverage(
    db: &Db,
    org: OrgId,
    query: &CoverageQuery,
    language: Language,
) -> Result<CoverageView> {
    let to = query.to.unwrap_or_else(Utc::now);
    let from = query.from.unwrap_or(to - LOOK_BACK);
    let lead_min = query.lead_min.unwrap_or(0);
    if from > to {
        return Err(Error::invalid("from", "no después de to (not after to)"));
    }
    if lead_min != 0 && !super::leads::LEADS_MIN.contains(&lead_min) {
        return Err(Error::invalid("lead_min", "0, 5, 10, 20 o 30 (one of these)"));
    }
    let mut tenant = db.tenant(org).await?;
    let rows = sql::counts(&mut tenant, from, to).await?;
    let model = sql::models::standing(&mut tenant).await?;
    drop(tenant);
    let learned = (model, sql::speeds::standing(db).await?);
    Ok(view(&rows, (from, to), lead_min, language, learned))
}

fn view(
    rows: &[CountRow],
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    lead_min: u8,
    language: Language,
    (model, speeds): (Standing, Standing),
) -> CoverageView {
    let own: Vec<CountRow> = rows.iter().filter(|r| r.lead_min == i16::from(lead_min)).copied().collect();
    let total = own.iter().fold(Count::default(), |sum, row| sum.plus(count(row)));
    let of = |rows: &[CountRow], key: fn(&CountRow) -> CoverageKey| group(rows, key);
    CoverageView {
        from: Moment(from),
        to: Moment(to),
        lead_min,
        promised: PROMISED,
        sentence: sentence(&total, language),
        total: total.into(),
        tiers: of(&own, |r| (Some(r.tier), None, None)),
        hours: of(&own, |r| (None, Some(r.hour_of_week), None)),
        items: of(&own, |r| (Some(r.tier), Some(r.hour_of_week), None)),
        leads: of(rows, |r| (None, None, Some(r.lead_min))),
        model: model.into(),
        speeds: speeds.into(),
    }
}

/// Tier, hour of the week, lead.
type CoverageKey = (Option<i16>, Option<i16>, Option<i16>);

fn group(rows: &[CountRow], key: fn(&CountRow) -> CoverageKey) -> Vec<CoverageRow> {
    let mut sums = std::collections::BTreeMap::<CoverageKey, Count>::new();
    for row in rows {
        let sum = sums.entry(key(row)).or_default();
        *sum = sum.plus(count(row));
    }
    let small = |n: Option<i16>| n.and_then(|n| u8::try_from(n).ok());
    sums.into_iter()
        .map(|((tier, hour, lead), count)| CoverageRow {
            tier: small(tier),
            hour_of_week: small(hour),
            lead_min: small(lead),
            count: count.into(),
        })
        .collect()
}

fn count(row: &CountRow) -> Count {
    let whole = |n: i64| u64::try_from(n).unwrap_or(0);
    Count {
        arrivals: whole(row.arrivals),
        inside: whole(row.inside),
        early: whole(row.early),
        late: whole(row.late),
        error_s: row.error_s,
    }
}

/// "De las ventanas del 80 %, se cumplió el 81 %."
fn sentence(total: &Count, language: Language) -> String {
    let promised = (PROMISED * 100.0).round();
    match (total.share(), language) {
        (Some(share), Language::Es) => {
            format!("De las ventanas del {promised} %, se cumplió el {:.0} %.", share * 100.0)
        }
        (Some(share), Language::En) => {
            format!("Of the {promised} % windows, {:.0} % held.", share * 100.0)
        }
        (None, Language::Es) => "Todavía no hay llegadas con las que medir las ventanas.".into(),
        (None, Language::En) => "There are no arrivals yet to measure the windows by.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(tier: i16, hour_of_week: i16, lead_min: i16, arrivals: i64, inside: i64) -> CountRow {
        CountRow {
            tier,
            hour_of_week,
            lead_min,
            arrivals,
            inside,
            early: 0,
            late: arrivals - inside,
            error_s: 60.0,
        }
    }

    #[test]
    fn counts_are_told_apart_and_together() {
        let rows = [row(0, 10, 0, 40, 30), row(0, 11, 0, 30, 27), row(2, 10, 0, 30, 24), row(2, 10, 5, 9, 9)];
        let now = Utc::now();
        let nothing = || (Standing::default(), Standing::default());
        let seen = view(&rows, (now, now), 0, Language::Es, nothing());
        assert_eq!(seen.sentence, "De las ventanas del 80 %, se cumplió el 81 %.");
        assert_eq!((seen.total.arrivals, seen.total.inside, seen.total.late), (100, 81, 19));
        assert!((seen.total.low - 0.7222).abs() < 5e-4 && (seen.total.high - 0.8748).abs() < 5e-4);
        assert_eq!((seen.tiers.len(), seen.hours.len(), seen.items.len(), seen.leads.len()), (2, 2, 3, 2));
        assert_eq!((seen.tiers[0].tier, seen.tiers[0].count.arrivals), (Some(0), 70));
        assert_eq!((seen.leads[1].lead_min, seen.leads[1].count.inside), (Some(5), 9));
        let none = view(&[], (now, now), 0, Language::En, nothing());
        assert_eq!((none.total.share, none.total.low, none.total.high), (None, 0.0, 1.0));
        assert!(!none.sentence.is_empty());
    }
}
