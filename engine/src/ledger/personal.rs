//! Personal data in the log: not the value, but what proves it to somebody who names it.

use ring::hmac;
use serde_json::{Map, Value, json};

use super::canonical;
use crate::auth::keys::{Keys, hex, random};
use crate::error::Result;
use crate::ids::OrgId;

/// Marks a value that is kept as a commitment alone.
const MARK: &str = "$personal";

/// A value of which a salted commitment is kept: enough to check a claim, not to read it.
pub fn personal(value: &Value) -> Value {
    json!({ MARK: value })
}

/// Replaces every marked value by its commitment.
pub(super) fn commit(keys: &Keys, org: OrgId, value: Value) -> Result<Value> {
    Ok(match value {
        Value::Object(mut fields) => match fields.remove(MARK) {
            Some(hidden) if fields.is_empty() => commitment(keys, org, &hidden)?,
            other => {
                let back = other.map(|value| (MARK.to_owned(), value));
                let fields = fields.into_iter().chain(back);
                let kept = fields.map(|(name, value)| Ok((name, commit(keys, org, value)?)));
                Value::Object(kept.collect::<Result<Map<_, _>>>()?)
            }
        },
        Value::Array(items) => {
            items.into_iter().map(|item| commit(keys, org, item)).collect::<Result<Vec<_>>>()?.into()
        }
        plain => plain,
    })
}

/// `{"commitment": salt.mac}`: sixteen random bytes, and the HMAC of them and the value.
fn commitment(keys: &Keys, org: OrgId, value: &Value) -> Result<Value> {
    let salt = random::<16>()?;
    let mut mac = hmac::Context::with_key(&keys.mac("campo audit personal v1"));
    mac.update(org.0.as_bytes());
    mac.update(&salt);
    mac.update(canonical::text(value).as_bytes());
    Ok(json!({"commitment": format!("{}.{}", hex(&salt), hex(mac.sign().as_ref()))}))
}
