//! In which order a list of jobs comes, and where a page of it ended: pure.
//!
//! Every order ends with the job's id, so that rows of equal keys stay apart and no page repeats or skips one.

use chrono::{DateTime, TimeZone, Utc};
use uuid::Uuid;

use crate::error::{Error, Result};

/// What a list may be sorted by (functional.md section 12: a fixed list).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// When it should begin; jobs without a date last, whichever way.
    Schedule,
    /// When it was made.
    Created,
    /// When it was last changed.
    Updated,
    /// How soon it should be done.
    Priority,
    /// Its number.
    Number,
}

impl Sort {
    const ALL: [Self; 5] = [Self::Schedule, Self::Created, Self::Updated, Self::Priority, Self::Number];

    fn names(self) -> [&'static str; 2] {
        match self {
            Self::Schedule => ["schedule", "scheduled_start"],
            Self::Created => ["created", "created_at"],
            Self::Updated => ["updated", "updated_at"],
            Self::Priority => ["priority", "priority"],
            Self::Number => ["number", "job_number"],
        }
    }

    /// The newest and the most urgent first; dates and numbers as they rise.
    fn is_falling(self) -> bool {
        matches!(self, Self::Created | Self::Updated | Self::Priority)
    }
}

/// An order of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub by: Sort,
    /// Falling instead of rising.
    pub is_desc: bool,
}

/// A row's place in an order, before its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// In an order by moments.
    At(DateTime<Utc>),
    /// In an order by numbers.
    Number(i64),
}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The last row's key.
    pub key: Key,
    /// And its id.
    pub id: Uuid,
}

impl Order {
    /// The order that `?sort=&order=` asks for: `schedule`, `-created`, `priority` with `order=asc`; the newest first
    /// when nothing is said.
    ///
    /// # Errors
    /// [`Error::Invalid`] for any other word.
    pub fn read(sort: Option<&str>, order: Option<&str>) -> Result<Self> {
        let sort = sort.map(str::trim).filter(|s| !s.is_empty()).unwrap_or("created");
        let (name, is_turned) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
        let by = Sort::ALL.into_iter().find(|s| s.names().contains(&name)).ok_or_else(|| {
            Error::invalid(
                "sort",
                "schedule, created, updated, priority, number; con - al revés (with - falling)",
            )
        })?;
        let is_desc = match order.map(str::trim).filter(|o| !o.is_empty()) {
            Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(Error::invalid("order", "asc, desc")),
            None => is_turned || by.is_falling(),
        };
        Ok(Self { by, is_desc })
    }

    /// What a row without a date has as its key: the last of all.
    pub fn undated(self) -> DateTime<Utc> {
        let year = if self.is_desc { 1 } else { 9999 };
        let (month, day) = if self.is_desc { (1, 1) } else { (12, 31) };
        Utc.with_ymd_and_hms(year, month, day, 0, 0, 0).earliest().unwrap_or_default()
    }

    /// The opaque form of a place: the order, the key and the id. A cursor of another order is none of this one.
    pub fn write(self, place: &Place) -> String {
        let key = match place.key {
            Key::At(at) => at.timestamp_micros(),
            Key::Number(n) => n,
        };
        format!("{}.{:x}.{}", self.code(), key as u64, place.id.simple())
    }

    /// Reads the opaque form.
    pub fn place(self, text: &str) -> Option<Place> {
        let mut words = text.split('.');
        if words.next()? != self.code() {
            return None;
        }
        let key = u64::from_str_radix(words.next()?, 16).ok()? as i64;
        let id = Uuid::try_parse(words.next()?).ok()?;
        let key = match self.by {
            Sort::Priority | Sort::Number => Key::Number(key),
            _ => Key::At(DateTime::from_timestamp_micros(key)?),
        };
        words.next().is_none().then_some(Place { key, id })
    }

    fn code(self) -> &'static str {
        match (self.by, self.is_desc) {
            (Sort::Schedule, false) => "s",
            (Sort::Schedule, true) => "S",
            (Sort::Created, false) => "c",
            (Sort::Created, true) => "C",
            (Sort::Updated, false) => "u",
            (Sort::Updated, true) => "U",
            (Sort::Priority, false) => "p",
            (Sort::Priority, true) => "P",
            (Sort::Number, false) => "n",
            (Sort::Number, true) => "N",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_of_an_order() {
        let read = |sort, order| Order::read(sort, order).map(|o| (o.by, o.is_desc)).ok();
        for (sort, order, expected) in [
            (None, None, Some((Sort::Created, true))),
            (Some("created"), None, Some((Sort::Created, true))),
            (Some("created_at"), Some("asc"), Some((Sort::Created, false))),
            (Some("schedule"), None, Some((Sort::Schedule, false))),
            (Some("-schedule"), None, Some((Sort::Schedule, true))),
            (Some("scheduled_start"), Some("desc"), Some((Sort::Schedule, true))),
            (Some("priority"), None, Some((Sort::Priority, true))),
            (Some("priority"), Some("asc"), Some((Sort::Priority, false))),
            (Some("number"), None, Some((Sort::Number, false))),
            (Some("-updated"), None, Some((Sort::Updated, true))),
            (Some("title"), None, None),
            (Some("created; drop table job"), None, None),
            (Some("number"), Some("sideways"), None),
        ] {
            assert_eq!(read(sort, order), expected, "{sort:?} {order:?}");
        }
    }

    fn order() -> impl Strategy<Value = Order> {
        (prop::sample::select(Sort::ALL.to_vec()), any::<bool>())
            .prop_map(|(by, is_desc)| Order { by, is_desc })
    }

    proptest! {
        /// A cursor comes back in its own order and in no other; no text breaks the reader.
        #[test]
        fn places_round_trip(order in order(), other in order(), n in -62_135_596_800_000_000i64..253_402_300_799_000_000, id: u128, noise in ".{0,60}") {
            let key = match order.by {
                Sort::Priority | Sort::Number => Key::Number(n),
                _ => Key::At(DateTime::from_timestamp_micros(n).unwrap()),
            };
            let place = Place { key, id: Uuid::from_u128(id) };
            let text = order.write(&place);
            prop_assert!(text.len() <= 64);
            prop_assert_eq!(order.place(&text), Some(place));
            prop_assert_eq!(other.place(&text).is_some(), other == order);
            let _ = order.place(&noise);
        }
    }
}
