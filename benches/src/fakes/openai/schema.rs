//! What `strict` asks of a schema, and whether a value is an instance of one.

use serde_json::{Map, Value};

/// Levels of objects and arrays.
const DEEPEST: usize = 10;
/// Keywords that strict schemas may not use.
const FORBIDDEN: [&str; 10] = [
    "allOf",
    "oneOf",
    "not",
    "dependentRequired",
    "dependentSchemas",
    "if",
    "then",
    "else",
    "patternProperties",
    "default",
];

/// Whether a schema may be used with `strict`.
///
/// # Errors
/// Where and what is not allowed, in OpenAI's words as far as they are known.
pub fn strict(schema: &Value) -> Result<(), String> {
    let root = schema.as_object().ok_or("schema must be a JSON object")?;
    if root.get("type").and_then(Value::as_str) != Some("object") {
        return Err("schema must be a JSON Schema of 'type: \"object\"'".into());
    }
    if root.contains_key("anyOf") {
        return Err("the root must not be an anyOf".into());
    }
    piece(schema, root, "()", 0)
}

fn piece(whole: &Value, schema: &Map<String, Value>, at: &str, depth: usize) -> Result<(), String> {
    if depth > DEEPEST {
        return Err(format!("In context={at}, more than {DEEPEST} levels"));
    }
    if let Some(word) = FORBIDDEN.iter().find(|w| schema.contains_key(**w)) {
        return Err(format!("In context={at}, '{word}' is not permitted"));
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let place = target.strip_prefix('#').and_then(|pointer| whole.pointer(pointer));
        return place
            .map(|_| ())
            .ok_or_else(|| format!("In context={at}, reference '{target}' leads nowhere"));
    }
    for definition in ["$defs", "definitions"] {
        for (name, one) in schema.get(definition).and_then(Value::as_object).into_iter().flatten() {
            let one =
                one.as_object().ok_or_else(|| format!("In context={name}, schema must be an object"))?;
            piece(whole, one, &format!("('{definition}', '{name}')"), depth)?;
        }
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        for choice in choices {
            let choice = choice.as_object().ok_or_else(|| format!("In context={at}, anyOf of no schemas"))?;
            piece(whole, choice, at, depth + 1)?;
        }
        return Ok(());
    }
    let kinds = kinds(schema);
    if kinds.is_empty() && !schema.contains_key("enum") && !schema.contains_key("const") {
        return Err(format!("In context={at}, schema must have a 'type' key."));
    }
    if kinds.contains(&"object") {
        object(whole, schema, at, depth)?;
    }
    if kinds.contains(&"array") {
        let items = schema.get("items").and_then(Value::as_object);
        let items = items.ok_or_else(|| format!("In context={at}, array schema missing items."))?;
        piece(whole, items, &format!("({at}, 'items')"), depth + 1)?;
    }
    Ok(())
}

fn object(whole: &Value, schema: &Map<String, Value>, at: &str, depth: usize) -> Result<(), String> {
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Err(format!(
            "In context={at}, 'additionalProperties' is required to be supplied and to be false."
        ));
    }
    let none = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if let Some(missing) = properties.keys().find(|name| !required.contains(&name.as_str())) {
        return Err(format!(
            "In context={at}, 'required' is required to be supplied and to be an array including every key in properties. Missing '{missing}'."
        ));
    }
    if let Some(extra) = required.iter().find(|name| !properties.contains_key(**name)) {
        return Err(format!("In context={at}, 'required' names '{extra}', which is no property."));
    }
    for (name, inner) in properties {
        let inner = inner.as_object().ok_or_else(|| format!("In context={at}, '{name}' is no schema"))?;
        piece(whole, inner, &format!("('properties', '{name}')"), depth + 1)?;
    }
    Ok(())
}

/// `type` as a list.
pub fn kinds(schema: &Map<String, Value>) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn legal_schemas_pass() {
        let field = json!({"type": "object", "additionalProperties": false, "required": ["value", "confidence"],
            "properties": {"value": {"type": ["string", "null"]}, "confidence": {"type": "number", "minimum": 0, "maximum": 1}}});
        let schema = json!({"type": "object", "additionalProperties": false, "required": ["a", "b", "c"],
            "properties": {"a": {"$ref": "#/$defs/field"}, "b": {"type": "array", "items": {"type": "string"}},
                           "c": {"anyOf": [{"type": "string", "enum": ["x"]}, {"type": "null"}]}},
            "$defs": {"field": field}});
        assert_eq!(strict(&schema), Ok(()));
    }

    #[test]
    fn what_strict_forbids_is_refused() {
        let with = |name: &str, value: Value| {
            let mut schema = json!({"type": "object", "additionalProperties": false, "required": ["a"],
                                    "properties": {"a": {"type": "string"}}});
            schema[name] = value;
            strict(&schema).is_err()
        };
        assert!(!with("title", json!("fine")));
        assert!(with("type", json!("array")));
        assert!(with("additionalProperties", json!(true)));
        assert!(with("required", json!([])));
        assert!(with("required", json!(["a", "b"])));
        assert!(with("properties", json!({"a": {"description": "no type"}})));
        assert!(with("properties", json!({"a": {"type": "string", "default": ""}})));
        assert!(with("properties", json!({"a": {"type": "array"}})));
        assert!(with("properties", json!({"a": {"type": "object", "properties": {}}})));
        assert!(with("properties", json!({"a": {"$ref": "#/$defs/none"}})));
        assert!(with("anyOf", json!([])));
        assert!(with("allOf", json!([])));
    }
}
