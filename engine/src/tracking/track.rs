//! What is stored of a person's way: every raw point with its verdict, and where everyone was last seen.
//!
//! Verdicts are computed anew with the pure core: a point that looked wrong when it came in may have been
//! proved right by a later one. The verdict at receipt stands beside it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fix::{Activity, Fix, Order, Stored, sorted_unique};
use super::sql;
use super::sql::track::PointRow;
use super::verdict::{Judged, Verdict, verdicts};
use crate::asker::Asker;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::moment::{self, Moment};
use crate::page::{MAX_LIMIT, Page};

/// A track may span so much: a phone's longest silence, and a day.
const LONGEST: TimeDelta = TimeDelta::days(8);
/// Points of one answer: eight days at the nominal 30 s fit twice.
const MOST_POINTS: usize = 50_000;
/// Points before and after are judged along, so that the edges get the verdict that the whole track gives.
const LEAD: TimeDelta = TimeDelta::hours(1);

/// `?from=&to=`: the part of a track by server time, RFC 3339.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TrackQuery {
    /// At or after; a day before `to` when absent.
    pub from: Option<DateTime<Utc>>,
    /// Before; now when absent. At most 8 days after `from`.
    pub to: Option<DateTime<Utc>>,
    /// Points of the page, 1 to 200; all of them (50000 at most) when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// The `next` of the page before.
    pub after: Option<String>,
}

/// A raw point with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TrackPoint {
    /// The phone's own clock at the fix; identifies the point within its boot.
    pub at: Moment,
    /// The same by the server's clock.
    pub corrected_at: Moment,
    /// The device that sent it.
    pub device: Uuid,
    /// The boot of the device's store.
    pub boot: Uuid,
    /// Its number within the boot.
    pub seq: i32,
    /// WGS-84 degrees.
    pub lat: f64,
    /// WGS-84 degrees.
    pub lon: f64,
    /// Radius of the error, metres.
    pub accuracy_m: Option<f32>,
    /// Speed over ground, m/s.
    pub speed_mps: Option<f32>,
    /// Course, degrees clockwise from north.
    pub heading_deg: Option<f32>,
    /// Height, metres.
    pub altitude_m: Option<f32>,
    /// Charge, 0 to 1.
    pub battery: Option<f32>,
    /// Whether it was being charged.
    pub charging: Option<bool>,
    /// still, walking, in_vehicle or on_bicycle.
    #[schema(value_type = Option<String>)]
    pub activity: Option<Activity>,
    /// Whether an app made the position up.
    pub mock: bool,
    /// How late it came, seconds.
    pub delay_s: i32,
    /// The verdict by all that is known now, with its rule and numbers.
    #[serde(flatten)]
    pub judged: Judged,
    /// The verdict when it came in.
    pub verdict_at_receipt: Verdict,
}

/// Where somebody was last seen.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Location {
    /// Who.
    pub technician_id: UserId,
    /// Their name.
    pub name: String,
    /// WGS-84 degrees.
    pub lat: f64,
    /// WGS-84 degrees.
    pub lon: f64,
    /// Radius of the error, metres.
    pub accuracy_m: Option<f32>,
    /// Speed over ground, m/s.
    pub speed_mps: Option<f32>,
    /// Course, degrees clockwise from north.
    pub heading_deg: Option<f32>,
    /// When, by the server's clock.
    pub at: Moment,
    /// Charge, 0 to 1.
    pub battery: Option<f32>,
}

impl PointRow {
    fn fix(&self) -> Option<Fix> {
        let stored = Stored {
            lat_e7: self.lat_e7,
            lon_e7: self.lon_e7,
            accuracy_dm: self.accuracy_dm,
            speed_cmps: self.speed_cmps,
            heading_ddeg: self.heading_ddeg,
            altitude_m: self.altitude_m,
            battery_pct: self.battery_pct,
            flags: self.flags,
        };
        stored.fix(self.source, self.seq, self.at.timestamp_millis(), self.corrected_at.timestamp_millis())
    }

    fn point(&self, fix: &Fix, judged: Judged) -> TrackPoint {
        TrackPoint {
            at: Moment(self.at),
            corrected_at: Moment(self.corrected_at),
            device: self.device,
            boot: self.boot,
            seq: self.seq,
            lat: fix.coord.lat(),
            lon: fix.coord.lon(),
            accuracy_m: fix.accuracy_m,
            speed_mps: fix.speed_mps,
            heading_deg: fix.heading_deg,
            altitude_m: fix.altitude_m,
            battery: fix.battery,
            charging: fix.charging,
            activity: fix.activity,
            mock: fix.mock,
            delay_s: self.delay_s,
            judged,
            verdict_at_receipt: verdict_of(self.verdict),
        }
    }
}

fn verdict_of(code: i16) -> Verdict {
    [Verdict::Imprecise, Verdict::NullIsland, Verdict::Outlier, Verdict::Mirrored]
        .into_iter()
        .find(|verdict| verdict.code() == code)
        .unwrap_or(Verdict::Accepted)
}

/// A person's track in order, each point with its verdict; one's own for a technician.
///
/// # Errors
/// 404 for somebody whom the asker may not see, 422 for a span that is backwards or too long.
pub async fn track(
    tenant: &mut Tenant,
    asker: Asker,
    user: UserId,
    query: &TrackQuery,
) -> Result<Page<TrackPoint>> {
    if asker.jobs_of()?.is_some_and(|own| own != user) {
        return Err(Error::NotFound("technician"));
    }
    let member = sql::track::member(tenant, user).await?.ok_or(Error::NotFound("technician"))?;
    let to = query.to.unwrap_or_else(moment::now);
    let from = query.from.unwrap_or(to - TimeDelta::days(1));
    if from > to || to - from > LONGEST {
        return Err(Error::invalid("from", "hasta 8 días, hacia adelante (up to 8 days, forwards)"));
    }
    let limit = match query.limit {
        None => MOST_POINTS,
        Some(n) if (1..=MAX_LIMIT).contains(&n) => usize::try_from(n).unwrap_or(1),
        Some(_) => return Err(Error::invalid("limit", "entre 1 y 200 (1 to 200)")),
    };
    let after = query.after.as_deref().map(read_cursor).transpose()?;
    let rows = sql::track::points(tenant, user, member, (from - LEAD, to + LEAD)).await?;
    Ok(cut(judge(rows), (from, to), after, limit))
}

/// The verdict on each of a person's points, in the order of the track.
fn judge(rows: Vec<PointRow>) -> Vec<(Order, TrackPoint)> {
    let fixes = sorted_unique(rows.iter().filter_map(PointRow::fix).collect());
    let judged = verdicts(&fixes);
    let by_id: rustc_hash::FxHashMap<(i32, i64), &PointRow> =
        rows.iter().map(|row| ((row.source, row.at.timestamp_millis()), row)).collect();
    fixes
        .iter()
        .zip(judged)
        .filter_map(|(fix, judged)| Some((fix.order(), by_id.get(&fix.id())?.point(fix, judged))))
        .collect()
}

fn cut(
    points: Vec<(Order, TrackPoint)>,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    after: Option<Order>,
    limit: usize,
) -> Page<TrackPoint> {
    let mut wanted = points
        .into_iter()
        .filter(|(_, p)| (from..to).contains(&p.corrected_at.0))
        .skip_while(|(order, _)| after.is_some_and(|after| *order <= after));
    let (mut items, mut last) = (Vec::new(), None);
    for (order, point) in wanted.by_ref().take(limit) {
        items.push(point);
        last = Some(order);
    }
    let next = wanted.next().and(last).map(|(ms, source, at)| format!("{ms:x}.{source:x}.{at:x}"));
    Page { items, next }
}

fn read_cursor(text: &str) -> Result<Order> {
    let read = || {
        let mut parts = text.split('.');
        let ms = i64::from_str_radix(parts.next()?, 16).ok()?;
        let source = i32::from_str_radix(parts.next()?, 16).ok()?;
        let at = i64::from_str_radix(parts.next()?, 16).ok()?;
        parts.next().is_none().then_some((ms, source, at))
    };
    read().ok_or_else(|| Error::invalid("after", "no es un cursor de esta lista (not a cursor of this list)"))
}

/// Where everyone was last seen, of the last two days: the newest point of each that counted at receipt.
pub async fn locations(tenant: &mut Tenant) -> Result<Page<Location>> {
    let rows = sql::track::locations(tenant).await?;
    let items = rows
        .into_iter()
        .map(|row| Location {
            technician_id: row.user_id,
            name: row.name,
            lat: f64::from(row.lat_e7) / 1e7,
            lon: f64::from(row.lon_e7) / 1e7,
            accuracy_m: row.accuracy_dm.map(|v| f32::from(v) / 10.0),
            speed_mps: row.speed_cmps.map(|v| f32::from(v) / 100.0),
            heading_deg: row.heading_ddeg.map(|v| f32::from(v) / 10.0),
            at: Moment(row.corrected_at),
            battery: row.battery_pct.map(|v| f32::from(v) / 100.0),
        })
        .collect();
    Ok(Page { items, next: None })
}
