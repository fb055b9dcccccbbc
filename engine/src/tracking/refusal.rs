//! Which points are refused for good, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A point may lie this far ahead of server time, in milliseconds.
pub const FUTURE_LIMIT_MS: i64 = 5 * 60_000;
/// A point may be this old, in milliseconds.
pub const AGE_LIMIT_MS: i64 = 7 * 24 * 3_600_000;

/// Why a point is refused for good: the codes of `ack.rejected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// A coordinate or the time is missing, no number, or out of range.
    Range,
    /// Over 5 minutes ahead of the server.
    Future,
    /// Over 7 days old.
    TooOld,
    /// Taken outside of every shift.
    OffShift,
}

impl Refusal {
    /// The code on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::Future => "future",
            Self::TooOld => "too_old",
            Self::OffShift => "off_shift",
        }
    }
}

/// Judges a point by its corrected time, in the order future, too old, off shift.
pub fn judge(corrected_ms: i64, server_now_ms: i64, shifts: &ShiftSpans) -> Result<(), Refusal> {
    if corrected_ms > server_now_ms.saturating_add(FUTURE_LIMIT_MS) {
        return Err(Refusal::Future);
    }
    if corrected_ms < server_now_ms.saturating_sub(AGE_LIMIT_MS) {
        return Err(Refusal::TooOld);
    }
    if shifts.covers(corrected_ms) { Ok(()) } else { Err(Refusal::OffShift) }
}

/// When a person was on shift: spans in Unix milliseconds, sorted, not overlapping. An open span has no end.
///
/// Both edges belong to the shift: a point taken at the very millisecond of its start or end is on shift,
/// so that the two taps of a phone never cut off the fix they were made with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShiftSpans(Vec<(i64, Option<i64>)>);

impl ShiftSpans {
    /// Sorts the spans and joins those that touch or overlap. A span that ends before it starts is dropped.
    pub fn new(mut spans: Vec<(i64, Option<i64>)>) -> Self {
        spans.retain(|(start, end)| end.is_none_or(|end| end >= *start));
        spans.sort_unstable_by_key(|(start, _)| *start);
        let mut joined: Vec<(i64, Option<i64>)> = Vec::with_capacity(spans.len());
        for (start, end) in spans {
            match joined.last_mut() {
                Some((_, last)) if last.is_none_or(|last| start <= last) => {
                    *last = last.zip(end).map(|(a, b)| a.max(b));
                }
                _ => joined.push((start, end)),
            }
        }
        Self(joined)
    }

    /// Was the person on shift at this moment? Edges count.
    pub fn covers(&self, at_ms: i64) -> bool {
        let after = self.0.partition_point(|(start, _)| *start <= at_ms);
        let before = after.checked_sub(1).and_then(|i| self.0.get(i));
        before.is_some_and(|(_, end)| end.is_none_or(|end| at_ms <= end))
    }

    /// The spans, sorted and joined.
    pub fn spans(&self) -> &[(i64, Option<i64>)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn edges_are_inside() {
        let shifts = ShiftSpans::new(vec![(1_000, Some(2_000)), (5_000, None)]);
        let on: Vec<i64> = vec![999, 1_000, 2_000, 2_001, 4_999, 5_000, 9_999]
            .into_iter()
            .filter(|at| shifts.covers(*at))
            .collect();
        assert_eq!(on, [1_000, 2_000, 5_000, 9_999]);
        assert!(!ShiftSpans::default().covers(0));
    }

    #[test]
    fn limits_are_inclusive() {
        let always = ShiftSpans::new(vec![(i64::MIN, None)]);
        let now = 1_760_000_000_000;
        assert_eq!(judge(now + FUTURE_LIMIT_MS, now, &always), Ok(()));
        assert_eq!(judge(now + FUTURE_LIMIT_MS + 1, now, &always), Err(Refusal::Future));
        assert_eq!(judge(now - AGE_LIMIT_MS, now, &always), Ok(()));
        assert_eq!(judge(now - AGE_LIMIT_MS - 1, now, &always), Err(Refusal::TooOld));
        assert_eq!(judge(now, now, &ShiftSpans::default()), Err(Refusal::OffShift));
        assert_eq!(judge(i64::MIN, now, &always), Err(Refusal::TooOld));
        assert_eq!(judge(i64::MAX, i64::MAX, &always), Ok(()));
    }

    proptest! {
        /// Joining changes nothing about who was on shift when.
        #[test]
        fn covers_is_any_span(
            spans in prop::collection::vec((0..100i64, prop::option::weighted(0.9, 0..100i64)), 0..8),
            at in -5..110i64,
        ) {
            let plain = spans.iter().any(|(start, end)| *start <= at && end.is_none_or(|end| at <= end && end >= *start));
            prop_assert_eq!(ShiftSpans::new(spans).covers(at), plain);
        }
    }
}
