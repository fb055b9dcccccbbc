//! Whether an answer has the form that the OpenAPI document gives it: JSON Schema as utoipa writes it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The document.
#[derive(Debug)]
pub struct Document(pub Value);

impl Document {
    /// What is wrong with an answer, in words; nothing where it is as documented.
    pub fn misfit(&self, method: &str, path: &str, status: u16, body: &str) -> Option<String> {
        let operation = &self.0["paths"][path][method.to_ascii_lowercase()];
        let response = &operation["responses"][status.to_string()];
        if !response.is_object() {
            return Some(format!("{status} is not documented"));
        }
        let schema = &response["content"]["application/json"]["schema"];
        if schema.is_null() {
            let is_other = response["content"].is_object();
            return (!body.is_empty() && !is_other && method != "HEAD")
                .then(|| format!("a body where none is documented: {body}"));
        }
        let Ok(value) = serde_json::from_str(body) else { return Some(format!("no JSON: {body}")) };
        let mut wrong = Vec::new();
        self.check(schema, &value, "$", &mut wrong);
        (!wrong.is_empty()).then(|| wrong.join("; "))
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(name) => {
                let found = &self.0["components"]["schemas"][name.rsplit('/').next().unwrap()];
                assert!(found.is_object() || found.is_boolean(), "{name} leads nowhere");
                self.resolve(found)
            }
            None => schema,
        }
    }

    /// Collects what does not fit. A key that the schema does not know is one of those things.
    fn check(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        self.check_known(schema, value, at, wrong);
        if let (Value::Object(object), Some(known)) = (value, self.keys(schema)) {
            for key in object.keys().filter(|key| !known.contains(key.as_str())) {
                wrong.push(format!("{at}.{key} is not documented"));
            }
        }
    }

    fn check_known(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        let schema = self.resolve(schema);
        if let Some(types) =
            schema.get("type").map(|t| t.as_array().cloned().unwrap_or_else(|| vec![t.clone()]))
            && !types.iter().any(|t| is_of(t.as_str().unwrap(), value))
        {
            wrong.push(format!("{at} is {value}, not {types:?}"));
            return;
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.contains(value)
        {
            wrong.push(format!("{at} is {value}, not one of {allowed:?}"));
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.check_known(part, value, at, wrong);
        }
        if let Some(ways) = schema["oneOf"].as_array().or(schema["anyOf"].as_array())
            && !ways.iter().any(|way| self.is_valid_part(way, value))
        {
            wrong.push(format!("{at} is none of its variants: {value}"));
        }
        match value {
            Value::Object(object) => self.check_object(schema, object, at, wrong),
            Value::Array(items) if schema.get("items").is_some() => {
                for (n, item) in items.iter().enumerate() {
                    self.check(&schema["items"], item, &format!("{at}[{n}]"), wrong);
                }
            }
            Value::String(text) => {
                if let Some(format) = schema["format"].as_str().filter(|format| !has_format(format, text)) {
                    wrong.push(format!("{at} is {text:?}, not {format}"));
                }
            }
            _ => {}
        }
    }

    /// A variant beside common properties knows not all keys.
    fn is_valid_part(&self, schema: &Value, value: &Value) -> bool {
        let mut wrong = Vec::new();
        self.check_known(schema, value, "", &mut wrong);
        wrong.is_empty()
    }

    fn check_object(&self, schema: &Value, object: &Map<String, Value>, at: &str, wrong: &mut Vec<String>) {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                wrong.push(format!("{at}.{name} is missing"));
            }
        }
        for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(value) = object.get(name) {
                self.check(inner, value, &format!("{at}.{name}"), wrong);
            }
        }
    }

    /// The keys that a schema knows; `None` where it takes any.
    fn keys<'a>(&'a self, schema: &'a Value) -> Option<BTreeSet<&'a str>> {
        let schema = self.resolve(schema);
        if schema.get("additionalProperties").is_some_and(|more| *more != Value::Bool(false))
            || schema.get("propertyNames").is_some()
        {
            return None;
        }
        let mut known: BTreeSet<&str> =
            schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let mut parts = Vec::new();
        for word in ["allOf", "oneOf", "anyOf"] {
            parts.extend(schema[word].as_array().into_iter().flatten());
        }
        if known.is_empty() && parts.is_empty() {
            return None;
        }
        for part in parts {
            let is_null = part["type"] == "null";
            match self.keys(part) {
                Some(more) => known.extend(more),
                None if is_null => {}
                None => return None,
            }
        }
        Some(known)
    }
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("what is {other}?"),
    }
}

fn has_format(format: &str, text: &str) -> bool {
    match format {
        "uuid" => uuid::Uuid::try_parse(text).is_ok(),
        "date-time" => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
        "date" => chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok(),
        _ => true,
    }
}

#[test]
fn misfits_are_found() {
    let document = Document(serde_json::json!({
        "paths": {"/x": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/X"}}}}}}}},
        "components": {"schemas": {"X": {"type": "object", "required": ["id"], "properties": {
            "id": {"type": "string", "format": "uuid"}, "n": {"type": ["integer", "null"]},
            "of": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Y"}]}}},
            "Y": {"type": "string", "enum": ["a"]}}}
    }));
    let id = uuid::Uuid::nil();
    let misfit = |body: String| document.misfit("GET", "/x", 200, &body);
    assert_eq!(misfit(format!(r#"{{"id":"{id}","n":null,"of":"a"}}"#)), None);
    for bad in [
        "{}".to_owned(),
        r#"{"id":"x"}"#.into(),
        format!(r#"{{"id":"{id}","n":1.5}}"#),
        format!(r#"{{"id":"{id}","of":"b"}}"#),
        format!(r#"{{"id":"{id}","more":1}}"#),
        "[]".into(),
    ] {
        assert!(misfit(bad.clone()).is_some(), "{bad}");
    }
    assert!(document.misfit("GET", "/x", 201, "{}").is_some());
}
