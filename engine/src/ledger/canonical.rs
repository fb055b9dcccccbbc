//! JSON in one spelling, so that equal values have equal bytes (after RFC 8785).
//!
//! Names sorted by their UTF-16 units, no white space, the shortest escapes. Numbers: integers as they are; a float
//! without a fraction is written as the integer it is.

use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

/// The one spelling of a value.
pub fn text(value: &Value) -> String {
    let mut out = String::with_capacity(128);
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(n) => number(n, out),
        Value::String(s) => string(s, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => object(fields, out),
    }
}

fn object(fields: &Map<String, Value>, out: &mut String) {
    let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    out.push('{');
    for (i, (name, value)) in sorted.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        string(name, out);
        out.push(':');
        write(value, out);
    }
    out.push('}');
}

fn number(n: &Number, out: &mut String) {
    // Up to 2^53 a float without a fraction is exactly this integer; beyond it no two readers agree.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let _ = match n.as_f64() {
        Some(f) if n.is_f64() && f.fract() == 0.0 && f.abs() <= EXACT => write!(out, "{}", f as i64),
        _ => write!(out, "{n}"),
    };
}

/// A string with its quotes; only what must be escaped is.
pub(super) fn string(s: &str, out: &mut String) {
    out.push('"');
    for c in s.chars() {
        let _ = match c {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\u{8}' => out.write_str("\\b"),
            '\t' => out.write_str("\\t"),
            '\n' => out.write_str("\\n"),
            '\u{c}' => out.write_str("\\f"),
            '\r' => out.write_str("\\r"),
            c if c < ' ' => write!(out, "\\u{:04x}", u32::from(c)),
            c => out.write_char(c),
        };
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<i32>().prop_map(|n| Value::from(f64::from(n) / 4.0)),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::vec((".{0,6}", inner), 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// It is JSON of the same value, and its spelling is a fixed point.
        #[test]
        fn one_spelling(value in value()) {
            let once = text(&value);
            let read: Value = serde_json::from_str(&once).unwrap();
            prop_assert_eq!(text(&read), once);
        }

        /// The order in which fields were put together does not matter.
        #[test]
        fn order_does_not_matter(fields in proptest::collection::btree_map(".{0,6}", any::<i32>(), 0..8)) {
            let forward: Map<String, Value> = fields.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
            let backward: Map<String, Value> = fields.iter().rev().map(|(k, v)| (k.clone(), json!(v))).collect();
            prop_assert_eq!(text(&Value::Object(forward)), text(&Value::Object(backward)));
        }
    }

    /// From RFC 8785, sections 3.2.2 and 3.2.3, as far as integers and short fractions go.
    #[test]
    fn known_spellings() {
        assert_eq!(
            text(&json!({"b": 1.0, "a": [true, null], "\u{20ac}": "\u{f}\n\"\\"})),
            "{\"a\":[true,null],\"b\":1,\"\u{20ac}\":\"\\u000f\\n\\\"\\\\\"}"
        );
        // U+1F600 is D83D DE00 in UTF-16: before U+FB33, though its scalar is greater.
        assert_eq!(text(&json!({"\u{fb33}": 1, "\u{1f600}": 2})), "{\"\u{1f600}\":2,\"\u{fb33}\":1}");
        assert_eq!(text(&json!({"n": 4.5, "m": -0.0})), "{\"m\":0,\"n\":4.5}");
    }
}
