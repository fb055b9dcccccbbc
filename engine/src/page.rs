//! Lists in pages: `?limit=` (1..200, default 50) and `?after=`, answered by `{"items":[..],"next":null|"cursor"}`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, Result};

/// Rows of a page when nobody says how many.
pub const DEFAULT_LIMIT: i64 = 50;
/// Rows of a page at most.
pub const MAX_LIMIT: i64 = 200;

/// One page of a list.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// What to give as `after` for the next page; null at the end.
    pub next: Option<String>,
}

/// Which page is asked for.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// The `next` of the page before.
    pub after: Option<String>,
}

/// Where a page ended: the last row's place in an order by moment, then id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The row's moment.
    pub at: DateTime<Utc>,
    /// The row's id.
    pub id: Uuid,
}

impl Paging {
    /// How many rows, checked.
    pub fn limit(&self) -> Result<i64> {
        match self.limit.unwrap_or(DEFAULT_LIMIT) {
            n if (1..=MAX_LIMIT).contains(&n) => Ok(n),
            _ => Err(Error::invalid("limit", "entre 1 y 200 (1 to 200)")),
        }
    }

    /// Where the page before ended, checked.
    pub fn after(&self) -> Result<Option<Cursor>> {
        let Some(after) = &self.after else { return Ok(None) };
        Cursor::read(after).map(Some).ok_or_else(|| {
            Error::invalid("after", "no es un cursor de esta lista (not a cursor of this list)")
        })
    }
}

impl Cursor {
    /// The opaque form: microseconds and id, in hexadecimal.
    pub fn write(&self) -> String {
        format!("{:x}.{}", self.at.timestamp_micros(), self.id.simple())
    }

    /// Reads the opaque form.
    pub fn read(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('.')?;
        let at = DateTime::from_timestamp_micros(i64::from_str_radix(at, 16).ok()?)?;
        Some(Self { at, id: Uuid::try_parse(id).ok()? })
    }
}

impl<T> Page<T> {
    /// A page of at most `limit` rows out of the `limit + 1` that were asked of the database.
    pub fn cut(mut items: Vec<T>, limit: i64, place: impl Fn(&T) -> Cursor) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(|row| place(row).write()) } else { None };
        Self { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A cursor comes back as it went, and no text breaks the reader.
        #[test]
        fn cursors_round_trip(micros in 0i64..4_000_000_000_000_000, id: u128, noise in ".{0,80}") {
            let cursor = Cursor { at: DateTime::from_timestamp_micros(micros).unwrap(), id: Uuid::from_u128(id) };
            prop_assert_eq!(Cursor::read(&cursor.write()), Some(cursor));
            let _ = Cursor::read(&noise);
        }

        /// A page never shows more than was asked for, and says `next` only when there is more.
        #[test]
        fn pages_are_cut(rows in 0usize..30, limit in 1i64..20) {
            let at = DateTime::from_timestamp_micros(0).unwrap();
            let all: Vec<u128> = (0..rows as u128).take(limit as usize + 1).collect();
            let page = Page::cut(all, limit, |n| Cursor { at, id: Uuid::from_u128(*n) });
            prop_assert_eq!(page.items.len(), rows.min(limit as usize));
            prop_assert_eq!(page.next.is_some(), rows > limit as usize);
        }
    }
}
