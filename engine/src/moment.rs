//! Moments as the wire has them on REST: RFC 3339, UTC, milliseconds.

use std::borrow::Cow;

use chrono::{DateTime, Days, DurationRound, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

/// A moment in a REST form: written `2026-11-24T12:00:00.000Z`, read from any RFC 3339 text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(transparent)]
#[sqlx(transparent)]
#[schema(value_type = String, format = DateTime, example = "2026-11-24T12:00:00.000Z")]
pub struct Moment(pub DateTime<Utc>);

impl Moment {
    /// Unix milliseconds, as frames have them.
    pub fn ms(self) -> i64 {
        self.0.timestamp_millis()
    }
}

impl From<DateTime<Utc>> for Moment {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at)
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// Now, to the millisecond: what is stored is what is said.
pub fn now() -> DateTime<Utc> {
    to_millis(Utc::now())
}

/// The same moment without what the wire would not show.
pub fn to_millis(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(at)
}

/// A frame's Unix milliseconds as a moment; none where no calendar reaches.
pub fn from_ms(ms: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(ms)
}

/// The zone of an organization by its name; an unknown one is Buenos Aires.
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(chrono_tz::America::Argentina::Buenos_Aires)
}

/// When a day begins in a zone.
pub fn day_start(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    // A clock change may skip midnight: the day then begins with the next hour that exists.
    (0..3)
        .filter_map(|hour| NaiveTime::from_hms_opt(hour, 0, 0))
        .find_map(|time| zone.from_local_datetime(&day.and_time(time)).earliest())
        .map_or_else(|| day.and_time(NaiveTime::MIN).and_utc(), |at| at.to_utc())
}

/// When the day after begins in a zone.
pub fn day_end(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    day_start(zone, day.checked_add_days(Days::new(1)).unwrap_or(day))
}

/// The day of a moment in a zone: its beginning and the next one's.
pub fn day_of(zone: Tz, at: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let day = at.with_timezone(&zone).date_naive();
    (day_start(zone, day), day_end(zone, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_with_milliseconds_and_z() {
        let at = from_ms(1_700_000_000_120).unwrap();
        assert_eq!(serde_json::to_string(&Moment(at)).unwrap(), r#""2023-11-14T22:13:20.120Z""#);
        let back: Moment = serde_json::from_str(r#""2023-11-14T19:13:20.120-03:00""#).unwrap();
        assert_eq!(back, Moment(at));
    }

    #[test]
    fn a_day_is_a_day_of_the_zone() {
        let bsas = zone("America/Argentina/Buenos_Aires");
        let (from, to) = day_of(bsas, "2026-11-25T02:59:59Z".parse().unwrap());
        assert_eq!(Moment(from).to_string(), "2026-11-24T03:00:00.000Z");
        assert_eq!(Moment(to).to_string(), "2026-11-25T03:00:00.000Z");
        // Sao Paulo skipped midnight on 2018-11-04.
        let start = day_start(zone("America/Sao_Paulo"), "2018-11-04".parse().unwrap());
        assert_eq!(Moment(start).to_string(), "2018-11-04T03:00:00.000Z");
        assert_eq!(zone("Nowhere"), bsas);
    }
}
