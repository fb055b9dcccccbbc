//! Recorded trips: reading, cleaning, thinning. Pure but for the files.

use std::path::Path;

use serde::Deserialize;

use crate::error::{Outcome, Trouble};
use crate::town::Place;

/// Seconds between the points of the Porto set.
const PORTO_STEP_S: f64 = 15.0;
/// How long the van stands at the end, and its fixes there, seconds.
const STANDING_S: [f64; 3] = [30.0, 60.0, 90.0];

/// A trip: seconds since its start, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Trip {
    /// What to call it.
    pub name: String,
    /// When it began, Unix seconds; 0 where that is not known.
    pub start_s: i64,
    /// Fixes in order of time.
    pub fixes: Vec<(f64, Place)>,
}

impl Trip {
    /// How long it took, seconds.
    pub fn duration_s(&self) -> f64 {
        self.fixes.last().map_or(0.0, |(t, _)| *t)
    }

    /// Where it ended.
    pub fn end(&self) -> Option<Place> {
        self.fixes.last().map(|(_, p)| *p)
    }

    /// The rule of the published figures: 120 to 3,600 s, over 500 m in a straight line, no gap over 700 m.
    ///
    /// Its clause about roads (both ends within 60 m of one) is left out: it needs a map, which a replay does not.
    pub fn is_clean(&self) -> bool {
        let (Some((_, first)), Some(last)) = (self.fixes.first(), self.end()) else { return false };
        let gaps = self.fixes.iter().zip(self.fixes.iter().skip(1));
        (120.0..=3_600.0).contains(&self.duration_s())
            && first.distance_m(last) > 500.0
            && gaps.into_iter().all(|((_, a), (_, b))| a.distance_m(*b) <= 700.0)
    }

    /// Every second fix, the true last one, and then standing still at 30, 60 and 90 s.
    pub fn thinned(&self) -> Trip {
        let mut fixes: Vec<(f64, Place)> = self.fixes.iter().step_by(2).copied().collect();
        if self.fixes.len().is_multiple_of(2) {
            fixes.extend(self.fixes.last().copied());
        }
        Trip { fixes, ..self.clone() }.standing()
    }

    /// With the standing still at its end.
    pub fn standing(&self) -> Trip {
        let mut fixes = self.fixes.clone();
        if let Some((end_s, place)) = fixes.last().copied() {
            fixes.extend(STANDING_S.map(|s| (end_s + s, place)));
        }
        Trip { fixes, ..self.clone() }
    }
}

#[derive(Debug, Deserialize)]
struct Row {
    #[serde(rename = "TRIP_ID")]
    trip: String,
    #[serde(rename = "TIMESTAMP")]
    start_s: i64,
    #[serde(rename = "MISSING_DATA")]
    missing: String,
    #[serde(rename = "POLYLINE")]
    polyline: String,
}

/// The first `most` clean trips of a Porto CSV, whole (not thinned).
pub fn porto(path: &Path, most: usize) -> Outcome<Vec<Trip>> {
    let mut reader = csv::Reader::from_path(path)
        .map_err(|e| Trouble::from(e).while_doing(&path.display().to_string()))?;
    let mut trips = Vec::new();
    for row in reader.deserialize::<Row>() {
        let row = row?;
        if trips.len() == most {
            break;
        }
        if row.missing.eq_ignore_ascii_case("true") {
            continue;
        }
        let line: Vec<[f64; 2]> = serde_json::from_str(&row.polyline)?;
        let fix = |(i, [lon, lat]): (usize, [f64; 2])| (i as f64 * PORTO_STEP_S, Place { lat, lon });
        let trip = Trip {
            name: row.trip,
            start_s: row.start_s,
            fixes: line.into_iter().enumerate().map(fix).collect(),
        };
        if trip.is_clean() {
            trips.push(trip);
        }
    }
    Ok(trips)
}

/// The tracks of a GPX file, as recorded.
pub fn gpx(path: &Path) -> Outcome<Vec<Trip>> {
    let file =
        std::fs::File::open(path).map_err(|e| Trouble::from(e).while_doing(&path.display().to_string()))?;
    let data = gpx::read(std::io::BufReader::new(file))
        .map_err(|e| Trouble::new(format!("{}: {e}", path.display())))?;
    let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let mut trips = Vec::new();
    for (i, track) in data.tracks.iter().enumerate() {
        let points = track.segments.iter().flat_map(|s| &s.points);
        let timed: Vec<(f64, Place)> = points
            .filter_map(|p| {
                let when = chrono::DateTime::parse_from_rfc3339(&p.time?.format().ok()?).ok()?;
                let place = Place { lat: p.point().y(), lon: p.point().x() };
                Some((when.timestamp_millis() as f64 / 1e3, place))
            })
            .collect();
        let start = timed.first().map_or(0.0, |(t, _)| *t);
        let mut fixes: Vec<(f64, Place)> = timed.into_iter().map(|(t, p)| (t - start, p)).collect();
        fixes.sort_by(|a, b| a.0.total_cmp(&b.0));
        if !fixes.is_empty() {
            trips.push(Trip { name: format!("{name} {}", i + 1), start_s: start as i64, fixes });
        }
    }
    Ok(trips)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trip(n: usize, step_m: f64) -> Trip {
        let start = Place { lat: 41.15, lon: -8.6 };
        let fixes = (0..n).map(|i| (i as f64 * 15.0, start.moved(i as f64 * step_m, 0.0))).collect();
        Trip { name: "t".into(), start_s: 0, fixes }
    }

    #[test]
    fn cleaning_is_the_published_rule() {
        assert!(trip(20, 100.0).is_clean());
        assert!(!trip(8, 100.0).is_clean(), "105 s is too short");
        assert!(!trip(242, 100.0).is_clean(), "3615 s is too long");
        assert!(!trip(20, 20.0).is_clean(), "380 m is too near");
        assert!(!trip(20, 701.0).is_clean(), "a gap of 701 m");
    }

    #[test]
    fn thinning_keeps_the_true_end_and_stands_there() {
        for n in [20, 21] {
            let whole = trip(n, 100.0);
            let thin = whole.thinned();
            let times: Vec<f64> = thin.fixes.iter().map(|(t, _)| *t).collect();
            let end = whole.duration_s();
            assert_eq!(&times[times.len() - 4..], [end, end + 30.0, end + 60.0, end + 90.0]);
            assert!(times.windows(2).all(|w| w[0] < w[1]));
            assert!(thin.fixes[times.len() - 4..].iter().all(|(_, p)| Some(*p) == whole.end()));
            assert_eq!(&times[..3], [0.0, 30.0, 60.0]);
        }
    }

    #[test]
    fn reads_gpx() {
        let path = std::env::temp_dir().join(format!("campo-{}.gpx", uuid::Uuid::new_v4()));
        let text = r#"<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
            <trkpt lat="-34.9" lon="-60.0"><time>2026-01-01T10:00:00Z</time></trkpt>
            <trkpt lat="-34.901" lon="-60.0"><time>2026-01-01T10:00:30Z</time></trkpt></trkseg></trk></gpx>"#;
        std::fs::write(&path, text).unwrap();
        let trips = gpx(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(trips.len(), 1);
        assert_eq!(trips[0].fixes[1], (30.0, Place { lat: -34.901, lon: -60.0 }));
    }

    /// The set itself, where it is: 1,012 trips are clean with the clause about roads, more without.
    #[test]
    fn reads_the_porto_set_where_it_is() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/porto_train_1500.csv");
        if !path.exists() {
            say_skipped();
            return;
        }
        let trips = porto(&path, usize::MAX).unwrap();
        assert!((1_012..=1_300).contains(&trips.len()), "{}", trips.len());
    }

    fn say_skipped() {
        eprintln!("SKIPPED: ../shared/data is not here");
    }
}
