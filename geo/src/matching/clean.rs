//! Fixes that can be matched: in order, none twice, none that nobody could have driven.

use super::Fix;
use super::transition::FASTEST_MPS;

/// Sorts by time, keeps one fix a moment, and drops those that lie impossibly far from both neighbours.
pub(super) fn clean(fixes: &[Fix]) -> Vec<Fix> {
    let mut fixes = fixes.to_vec();
    fixes.sort_by_key(|f| f.time_ms);
    fixes.dedup_by_key(|f| f.time_ms);
    let mut kept: Vec<Fix> = Vec::with_capacity(fixes.len());
    for (i, fix) in fixes.iter().enumerate() {
        let before = kept.last().map(|b| is_possible(b, fix));
        let after = fixes.get(i + 1).map(|a| is_possible(fix, a));
        let alone = before != Some(true) && after != Some(true) && (before.is_some() || after.is_some());
        if !alone {
            kept.push(*fix);
        }
    }
    kept
}

fn is_possible(a: &Fix, b: &Fix) -> bool {
    a.at.distance_m(b.at) as f32 <= FASTEST_MPS * a.seconds_to(b) + 100.0
}

/// Within so many metres of where somebody stopped, they stand.
const STANDING_M: f64 = 40.0;
/// Standing longer than this is parking and no traffic: the longest red lights take two minutes.
const PARKED_MS: i64 = 150_000;

/// For each interval between two fixes: is it part of a stay that no traffic explains?
pub(super) fn parked(fixes: &[Fix]) -> Vec<bool> {
    let mut parked = vec![false; fixes.len()];
    let mut begin = 0;
    while let Some(first) = fixes.get(begin) {
        let reach_m = STANDING_M.max(f64::from(first.accuracy_m.unwrap_or(0.0)));
        let rest = fixes.iter().enumerate().skip(begin + 1);
        let stay = rest.take_while(|(_, f)| first.at.distance_m(f.at) <= reach_m).last();
        match stay {
            Some((end, last)) if last.time_ms - first.time_ms >= PARKED_MS => {
                parked.iter_mut().take(end).skip(begin).for_each(|p| *p = true);
                begin = end;
            }
            _ => begin += 1,
        }
    }
    parked
}
