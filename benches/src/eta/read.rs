//! Reads trip files of many forms, and cleans them by the published rule.

use std::path::Path;

use campo_geo::Coord;
use campo_geo::eta::{Trip, Vehicle};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Offset, TimeZone};

use super::columns::Columns;

/// How to read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// The clocks of the city; the file's own where they say, else UTC.
    pub zone: Option<Zone>,
    /// Seconds between the points of a way that says no duration.
    pub every_s: f64,
    /// Do points say the latitude first?
    pub lat_first: bool,
}

/// The clocks of a city.
#[derive(Debug, Clone, Copy)]
pub enum Zone {
    /// A fixed offset, seconds east of Greenwich.
    Fixed(i32),
    /// By the rules of a place, summer time included.
    Named(chrono_tz::Tz),
}

impl Zone {
    /// `-3`, `+05:30`, `5.5` or `America/Argentina/Buenos_Aires`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(named) = text.parse::<chrono_tz::Tz>() {
            return Ok(Self::Named(named));
        }
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1.0, rest),
            None => (1.0, text.strip_prefix('+').unwrap_or(text)),
        };
        let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "0"));
        let hours = hours.parse::<f64>().ok().zip(minutes.parse::<f64>().ok()).map(|(h, m)| h + m / 60.0);
        match hours {
            Some(hours) if hours <= 14.0 => Ok(Self::Fixed((sign * hours * 3_600.0) as i32)),
            _ => Err(format!("{text}: neither hours from UTC (-3, +05:30) nor a zone (Europe/Lisbon)")),
        }
    }

    fn offset_at(self, unix_s: i64) -> i32 {
        match self {
            Self::Fixed(seconds) => seconds,
            Self::Named(zone) => DateTime::from_timestamp(unix_s, 0)
                .map_or(0, |at| zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()),
        }
    }

    fn offset_of(self, local: NaiveDateTime) -> i32 {
        match self {
            Self::Fixed(seconds) => seconds,
            Self::Named(zone) => {
                zone.offset_from_local_datetime(&local).earliest().map_or(0, |o| o.fix().local_minus_utc())
            }
        }
    }
}

/// A trip with the points of its way, where the file has them.
#[derive(Debug, Clone)]
pub struct Read {
    /// The trip.
    pub trip: Trip,
    /// The longest gap between two points, metres; 0 where there are only ends.
    pub gap_m: f64,
    /// Does the file say that data are missing?
    pub is_missing: bool,
}

impl Read {
    /// The published rule, without its clause about roads.
    pub fn is_clean(&self) -> bool {
        !self.is_missing && self.gap_m <= 700.0 && self.trip.is_clean()
    }
}

/// What a file holds: trips, and how many rows could not be understood.
#[derive(Debug, Default)]
pub struct Found {
    /// Rows that were understood.
    pub trips: Vec<Read>,
    /// Rows that were not.
    pub odd: usize,
}

/// Reads one file. An error says what was missing in words.
pub fn read(path: &Path, reading: Reading) -> Result<Found, String> {
    let trouble = |why: String| format!("{}: {why}", path.display());
    let bytes = std::fs::read(path).map_err(|e| trouble(e.to_string()))?;
    let header = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    // Polylines hold commas, so only the header tells.
    let count = |of: u8| header.iter().filter(|b| **b == of).count();
    let delimiter = *[b',', b';', b'\t'].iter().max_by_key(|d| count(**d)).unwrap_or(&b',');
    let mut rows = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(&bytes[..]);
    let names = rows.headers().map_err(|e| trouble(e.to_string()))?.clone();
    let columns = Columns::recognise(names.iter());
    if columns.start.is_none() {
        return Err(trouble(format!("no column with the start time among: {}", joined(&names))));
    }
    if columns.ends.is_none() && columns.points.is_none() && columns.places.is_none() {
        return Err(trouble(format!("no columns with points or both ends among: {}", joined(&names))));
    }
    if columns.duration.is_none() && columns.end.is_none() && columns.points.is_none() {
        return Err(trouble(format!("no column with a duration or an end time among: {}", joined(&names))));
    }
    let lisbon = columns.is_porto.then_some(Zone::Named(chrono_tz::Europe::Lisbon));
    let reading = Reading { zone: reading.zone.or(lisbon), ..reading };
    let mut found = Found::default();
    for row in rows.records() {
        let trip = row.ok().and_then(|row| trip(&row, &columns, reading));
        match trip {
            Some(trip) => found.trips.push(trip),
            None => found.odd += 1,
        }
    }
    if found.trips.is_empty() {
        return Err(trouble(format!("none of {} rows could be understood as a trip", found.odd)));
    }
    Ok(found)
}

fn joined(names: &csv::StringRecord) -> String {
    names.iter().collect::<Vec<_>>().join(", ")
}

fn trip(row: &csv::StringRecord, columns: &Columns, reading: Reading) -> Option<Read> {
    let text = |column: usize| row.get(column).map(str::trim).filter(|t| !t.is_empty());
    let number = |column: usize| text(column)?.parse::<f64>().ok();
    let points = columns.points.and_then(text).and_then(|t| points(t, reading.lat_first)).unwrap_or_default();
    let at = |(lat, lon): (usize, usize)| Coord::new(number(lat)?, number(lon)?);
    let ends = columns
        .ends
        .and_then(|[from, to]| Some((at(from)?, at(to)?)))
        .or_else(|| Some((*points.first()?, *points.last()?)))
        .or_else(|| columns.places.and_then(|[from, to]| Some((place(text(from)?)?, place(text(to)?)?))))?;
    let (started_at, utc_offset_s) = moment(text(columns.start?)?, reading.zone)?;
    let from_ends = || {
        let (ended, _) = moment(text(columns.end?)?, reading.zone)?;
        Some((ended - started_at) as f64)
    };
    let from_points = || (points.len() > 1).then(|| (points.len() - 1) as f64 * reading.every_s);
    let said = columns.duration.and_then(|(column, unit)| Some(span(text(column)?)? * unit));
    let duration_s = said.or_else(from_ends).or_else(from_points)?;
    let gap_m = points.iter().zip(points.iter().skip(1)).map(|(a, b)| a.distance_m(*b)).fold(0.0, f64::max);
    let is_missing =
        columns.missing.and_then(text).is_some_and(|t| matches!(t, "True" | "true" | "TRUE" | "1"));
    let trip = Trip { from: ends.0, to: ends.1, started_at, utc_offset_s, duration_s, vehicle: Vehicle::Car };
    Some(Read { trip, gap_m, is_missing })
}

/// A length of time: a number, or `H:MM:SS` (with pandas' `0 days` before).
fn span(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then_some(number);
    }
    let (days, clock) = text.split_once(" days ").map_or((0.0, text), |(d, c)| (d.parse().unwrap_or(0.0), c));
    let parts: Vec<f64> = clock.trim().split(':').map(|p| p.parse().ok()).collect::<Option<_>>()?;
    match parts.as_slice() {
        [h, m, s] => Some(days * 86_400.0 + h * 3_600.0 + m * 60.0 + s),
        [m, s] => Some(m * 60.0 + s),
        _ => None,
    }
}

/// A moment as Unix seconds, with how far local clocks were ahead: Unix seconds, milliseconds or microseconds, or ISO 8601 and its kin.
fn moment(text: &str, zone: Option<Zone>) -> Option<(i64, i32)> {
    let with = |unix_s: i64| (unix_s, zone.map_or(0, |z| z.offset_at(unix_s)));
    if let Ok(number) = text.parse::<f64>() {
        let seconds = match number.abs() {
            n if n > 1e17 => number / 1e9,
            n if n > 1e14 => number / 1e6,
            n if n > 1e11 => number / 1e3,
            _ => number,
        };
        return seconds.is_finite().then(|| with(seconds as i64));
    }
    let offset = |at: DateTime<FixedOffset>| {
        let own = at.offset().local_minus_utc();
        let unix_s = at.timestamp();
        // `Z` says nothing about the city's clocks; an offset of its own does.
        (unix_s, zone.map_or(own, |z| z.offset_at(unix_s)))
    };
    if let Ok(at) = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)) {
        return Some(offset(at));
    }
    for form in ["%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%dT%H:%M:%S%.f%z"] {
        if let Ok(at) = DateTime::parse_from_str(text, form) {
            return Some(offset(at));
        }
    }
    let local = |at: NaiveDateTime| {
        let utc_offset_s = zone.map_or(0, |z| z.offset_of(at));
        (at.and_utc().timestamp() - i64::from(utc_offset_s), utc_offset_s)
    };
    let text = text.trim_end_matches(" UTC");
    FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).map(local).or_else(|| {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(local(day.and_hms_opt(0, 0, 0)?))
    })
}

const FORMS: [&str; 10] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
];

/// A way: `[[lon, lat], ..]` or `LINESTRING(lon lat, ..)`.
fn points(text: &str, lat_first: bool) -> Option<Vec<Coord>> {
    let pair = |a: f64, b: f64| if lat_first { Coord::new(a, b) } else { Coord::new(b, a) };
    if text.starts_with('[') {
        let rows: Vec<Vec<f64>> = serde_json::from_str(text).ok()?;
        return rows.iter().map(|row| pair(*row.first()?, *row.get(1)?)).collect();
    }
    let inner = text.split_once('(')?.1.trim_end_matches(')');
    inner
        .split(',')
        .map(|point| {
            let mut numbers = point.split_whitespace().map(|n| n.parse::<f64>().ok());
            pair(numbers.next()??, numbers.next()??)
        })
        .collect()
}

/// One place: `POINT(lon lat)`, `[lon, lat]`, or `lat,lon` as people write it.
fn place(text: &str) -> Option<Coord> {
    if text.starts_with('[') || text.to_ascii_uppercase().starts_with("POINT") {
        let as_list = if text.starts_with('[') { format!("[{text}]") } else { text.to_owned() };
        return points(&as_list, false)?.first().copied();
    }
    let (lat, lon) = text.trim_matches(['(', ')', '"']).split_once([',', ';', ' '])?;
    Coord::new(lat.trim().parse().ok()?, lon.trim().parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const READING: Reading = Reading { zone: None, every_s: 15.0, lat_first: false };

    fn read_text(text: &str, reading: Reading) -> Result<Found, String> {
        let path = std::env::temp_dir().join(format!("campo-eta-{}-{}.csv", std::process::id(), text.len()));
        std::fs::write(&path, text).unwrap();
        let found = read(&path, reading);
        std::fs::remove_file(path).unwrap();
        found
    }

    #[test]
    fn one_trip_in_many_forms() {
        let tz = |text: &str| Reading { zone: Some(Zone::parse(text).unwrap()), ..READING };
        for (text, reading) in [
            (
                "TIMESTAMP,POLYLINE,TAXI_ID,CALL_TYPE\n1372636858,\"[[-8.62,41.14],[-8.61,41.145],[-8.60,41.15]]\",1,A\n",
                READING,
            ),
            (
                "start_time,from_lat,from_lon,to_lat,to_lon,duration\n2013-07-01T01:00:58+01:00,41.14,-8.62,41.15,-8.60,30\n",
                READING,
            ),
            (
                "start;lat1;lon1;lat2;lon2;duration_min\n2013-07-01 01:00:58;41.14;-8.62;41.15;-8.60;0.5\n",
                tz("Europe/Lisbon"),
            ),
            (
                "started_at,origin,destination,ended_at\n1372636858000,POINT(-8.62 41.14),\"41.15,-8.60\",1372636888000\n",
                tz("+1"),
            ),
            (
                "pickup_datetime,pickup_lat,pickup_lng,dropoff_lat,dropoff_lng,trip_duration\n07/01/2013 01:00:58,41.14,-8.62,41.15,-8.60,0:00:30\n",
                tz("1"),
            ),
        ] {
            let found = read_text(text, reading).unwrap();
            assert_eq!((found.trips.len(), found.odd), (1, 0), "{text}");
            let trip = &found.trips[0].trip;
            assert_eq!(
                (trip.started_at, trip.duration_s, trip.hour_of_week()),
                (1_372_636_858, 30.0, 1),
                "{text}"
            );
            assert_eq!(
                (trip.from, trip.to),
                (Coord::new(41.14, -8.62).unwrap(), Coord::new(41.15, -8.60).unwrap())
            );
        }
    }

    #[test]
    fn what_is_no_trip_file_is_named() {
        for (text, why) in [
            ("a,b\n1,2\n", "start time"),
            ("timestamp,duration\n1,2\n", "points or both ends"),
            ("timestamp,from_lat,from_lon,to_lat,to_lon\n1,2,3,4,5\n", "duration"),
            ("timestamp,from_lat,from_lon,to_lat,to_lon,duration\n1,2,3,4,x\n", "none of 1 rows"),
        ] {
            let error = read_text(text, READING).err().unwrap();
            assert!(error.contains(why), "{error}");
        }
        assert!(Zone::parse("Mars").is_err() && Zone::parse("99").is_err());
    }
}
