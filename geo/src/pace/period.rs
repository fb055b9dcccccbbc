//! Parts of the week.

use serde::{Deserialize, Serialize};

/// A part of the week with a rhythm of traffic of its own. Hours are local.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Period {
    /// Monday to Friday before 7, and from 22 on: roads are empty.
    Night,
    /// Monday to Friday, 7 to 10: to work and to school.
    Morning,
    /// Monday to Friday, 10 to 16.
    Midday,
    /// Monday to Friday, 16 to 20: home.
    Afternoon,
    /// Monday to Friday, 20 to 22.
    Evening,
    /// Saturday and Sunday, 9 to 21.
    WeekendDay,
    /// Saturday and Sunday before 9, and from 21 on.
    WeekendNight,
}

impl Period {
    /// How many there are.
    pub const COUNT: usize = 7;
    /// All of them.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Night,
        Self::Morning,
        Self::Midday,
        Self::Afternoon,
        Self::Evening,
        Self::WeekendDay,
        Self::WeekendNight,
    ];

    /// The period of an hour of the week: Monday 0:00 is 0, Sunday 23:00 is 167; larger numbers wrap around.
    pub fn of(hour_of_week: u8) -> Self {
        let hour_of_week = hour_of_week % crate::eta::HOURS_OF_WEEK;
        let (day, hour) = (hour_of_week / 24, hour_of_week % 24);
        match (day < 5, hour) {
            (true, 7..10) => Self::Morning,
            (true, 10..16) => Self::Midday,
            (true, 16..20) => Self::Afternoon,
            (true, 20..22) => Self::Evening,
            (true, _) => Self::Night,
            (false, 9..21) => Self::WeekendDay,
            (false, _) => Self::WeekendNight,
        }
    }

    /// Its place in [`Period::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}
