//! What is left of a fact when the words of a person are taken out of it: pure.
//!
//! An event stays what it is (its number, its kind, who, when, which rows), so that viewers and phones that read
//! the history see it whole. Free text becomes [`GONE`], places become null.

use serde_json::Value;

/// What stands where words of a person stood.
pub const GONE: &str = "[borrado]";

/// Fields whose text is one of a fixed list of words.
const WORDS: [&str; 22] = [
    "kind",
    "status",
    "previous_status",
    "role",
    "priority",
    "job_type",
    "source",
    "type",
    "state",
    "event",
    "channel",
    "direction",
    "reason_code",
    "code",
    "location_source",
    "changed_by_type",
    "skill_level",
    "mime",
    "purpose",
    "decision",
    "action",
    "job_number",
];
/// Fields that say where somebody is or lives.
const PLACES: [&str; 8] =
    ["lat", "lon", "position", "destination", "place", "location", "customer_lat", "customer_lon"];

/// The value without anybody's words and places.
pub fn redact(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), field(name, value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(redact).collect()),
        Value::String(text) if is_plain(text) => value.clone(),
        Value::String(_) => Value::String(GONE.into()),
        other => other.clone(),
    }
}

fn field(name: &str, value: &Value) -> Value {
    match value {
        Value::String(_) if WORDS.contains(&name) => value.clone(),
        Value::Object(_) | Value::Number(_) if PLACES.contains(&name) => Value::Null,
        other => redact(other),
    }
}

/// An id or a moment.
fn is_plain(text: &str) -> bool {
    text.is_empty()
        || uuid::Uuid::try_parse(text).is_ok()
        || chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_job_keeps_its_bones() {
        let id = uuid::Uuid::nil();
        let body = json!({"kind": "job.created", "at": 5, "by": {"kind": "staff", "id": id}, "job": {
            "id": id, "title": "Caldera de Rosa", "status": "pending", "lat": -34.5, "lon": -58.1, "version": 3,
            "scheduled_start": "2026-11-24T12:00:00.000Z", "customer": {"id": id, "name": "Rosa", "phone": "+5491155550001"},
            "technician_ids": [id]}});
        assert_eq!(
            redact(&body),
            json!({"kind": "job.created", "at": 5, "by": {"kind": "staff", "id": id}, "job": {
                "id": id, "title": GONE, "status": "pending", "lat": null, "lon": null, "version": 3,
                "scheduled_start": "2026-11-24T12:00:00.000Z", "customer": {"id": id, "name": GONE, "phone": GONE},
                "technician_ids": [id]}})
        );
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i32>().prop_map(Value::from),
            "[a-z ]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map("[a-z]{1,6}", inner, 0..4)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// No text survives that was planted under whatever name; redacting twice is once.
        #[test]
        fn nothing_planted_survives(around in any_json(), name in "[a-z_]{1,10}") {
            prop_assume!(!WORDS.contains(&name.as_str()));
            let body = json!({"around": around, name: "MARCA de Rosa"});
            let once = redact(&body);
            prop_assert!(!once.to_string().contains("MARCA"));
            prop_assert_eq!(redact(&once), once);
        }
    }
}
