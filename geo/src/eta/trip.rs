//! A finished trip: what travel times are learned from, and judged by.

use serde::{Deserialize, Serialize};

use super::{HOURS_OF_WEEK, Question, Vehicle};
use crate::Coord;

/// Seconds in a week.
const WEEK_S: i64 = 7 * 86_400;
/// The Unix epoch was a Thursday: three days after a Monday 0:00.
const EPOCH_FROM_MONDAY_S: i64 = 3 * 86_400;

/// One trip that was driven to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trip {
    /// Where it began.
    pub from: Coord,
    /// Where it ended.
    pub to: Coord,
    /// When it began, Unix seconds (UTC).
    pub started_at: i64,
    /// How far local clocks were ahead of UTC then, seconds: -10,800 in Argentina.
    pub utc_offset_s: i32,
    /// How long it took, seconds.
    pub duration_s: f64,
    /// What drove it.
    #[serde(default)]
    pub vehicle: Vehicle,
}

impl Trip {
    /// The question that was open when the trip began.
    pub fn question(&self) -> Question {
        Question {
            from: self.from,
            to: self.to,
            heading_deg: None,
            hour_of_week: self.hour_of_week(),
            vehicle: self.vehicle,
        }
    }

    /// Local hour of the week at the start: Monday 0:00 is 0, Sunday 23:00 is 167.
    pub fn hour_of_week(&self) -> u8 {
        hour_of_week(self.started_at, self.utc_offset_s)
    }

    /// Straight line from start to end, metres.
    pub fn straight_m(&self) -> f64 {
        self.from.distance_m(self.to)
    }

    /// Is this a trip that says something about driving?
    ///
    /// 120 to 3,600 s and over 500 m in a straight line, the rule of the published figures, and no faster than
    /// 160 km/h along that line: a phone that jumped, not a drive.
    pub fn is_clean(&self) -> bool {
        let straight_m = self.straight_m();
        (120.0..=3_600.0).contains(&self.duration_s)
            && straight_m > 500.0
            && straight_m / self.duration_s < 160.0 / 3.6
    }
}

/// The local hour of the week of a moment: Monday 0:00 is 0, Sunday 23:00 is 167.
pub fn hour_of_week(unix_s: i64, utc_offset_s: i32) -> u8 {
    let local = unix_s.saturating_add(i64::from(utc_offset_s)).saturating_add(EPOCH_FROM_MONDAY_S);
    let hour = local.rem_euclid(WEEK_S) / 3_600;
    u8::try_from(hour).unwrap_or(0) % HOURS_OF_WEEK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_of_the_week_are_local() {
        // Monday 1 July 2013, 00:00:58 UTC (Porto was at UTC+1): the first trip of the recorded set.
        assert_eq!(hour_of_week(1_372_636_858, 0), 0);
        assert_eq!(hour_of_week(1_372_636_858, 3_600), 1);
        assert_eq!(hour_of_week(1_372_636_858, -3_600), 6 * 24 + 23);
        assert_eq!(hour_of_week(0, 0), 3 * 24);
        assert!(
            hour_of_week(i64::MAX, i32::MAX) < HOURS_OF_WEEK && hour_of_week(i64::MIN, 0) < HOURS_OF_WEEK
        );
    }
}
