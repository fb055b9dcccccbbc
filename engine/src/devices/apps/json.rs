//! Fields of JSON bodies, read so that one bad field never costs more than that field.

use serde_json::Value;

use crate::tracking::fix::Activity;

/// A finite number, also one that is written as text.
pub(super) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(n) => n.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// A number that is not the app's word for "unknown" (a negative one).
pub(super) fn positive(value: &Value) -> Option<f64> {
    number(value).filter(|n| *n >= 0.0)
}

/// A moment: a number or text.
pub(super) fn moment(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => super::time::text(text),
        Value::Number(n) => super::time::number(n.as_f64()?),
        _ => None,
    }
}

/// What apps call what their owner does, in our words.
pub(super) fn activity(word: &str) -> Option<Activity> {
    match word.to_ascii_lowercase().as_str() {
        "still" | "stationary" => Some(Activity::Still),
        "walking" | "on_foot" | "running" => Some(Activity::Walking),
        "in_vehicle" | "automotive" | "driving" | "automotive_navigation" | "other_navigation" => {
            Some(Activity::InVehicle)
        }
        "on_bicycle" | "cycling" => Some(Activity::OnBicycle),
        _ => None,
    }
}

/// The first known word of a list: `["driving","stationary"]` is what the phone believes most.
pub(super) fn first_activity(words: &Value) -> Option<Activity> {
    words.as_array()?.iter().filter_map(Value::as_str).find_map(activity)
}

/// One value, or the entries of a list.
pub(super) fn each(value: &Value) -> impl Iterator<Item = &Value> {
    let (one, many) = match value {
        Value::Array(entries) => (None, Some(entries)),
        other => (Some(other), None),
    };
    one.into_iter().chain(many.into_iter().flatten())
}
