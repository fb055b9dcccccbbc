//! Parameters of an address and of a form body, by name.

use std::collections::HashMap;

/// Parameters by lower-case name; of several with one name the first counts.
pub(super) struct Params(HashMap<String, String>);

impl Params {
    /// Those of the query, then those of a form body.
    pub(super) fn read(query: &str, body: &[u8]) -> Self {
        let mut all = HashMap::new();
        for (name, value) in
            url::form_urlencoded::parse(query.as_bytes()).chain(url::form_urlencoded::parse(body))
        {
            all.entry(name.to_ascii_lowercase()).or_insert_with(|| value.into_owned());
        }
        Self(all)
    }

    /// The top level of a JSON object.
    pub(super) fn of_object(object: &serde_json::Map<String, serde_json::Value>) -> Self {
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Self(object.iter().map(|(name, value)| (name.to_ascii_lowercase(), text(value))).collect())
    }

    /// The first of these names that has a value; an empty one is none.
    pub(super) fn text(&self, names: &[&str]) -> Option<&str> {
        names.iter().filter_map(|name| self.0.get(*name)).map(|v| v.trim()).find(|v| !v.is_empty())
    }

    /// As a finite number. A decimal comma is one too: some phones write what their language does.
    pub(super) fn number(&self, names: &[&str]) -> Option<f64> {
        let text = self.text(names)?;
        let number = text.parse().or_else(|_| text.replacen(',', ".", 1).parse()).ok()?;
        f64::is_finite(number).then_some(number)
    }

    /// `true`/`false`, `1`/`0`.
    pub(super) fn flag(&self, names: &[&str]) -> Option<bool> {
        match self.text(names)?.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        }
    }

    /// Whether there is nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
