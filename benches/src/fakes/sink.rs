//! A customer's own system: takes the webhooks that we send out, and keeps what came.

use serde_json::Value;

use super::door::Fake;
use super::fault::{Fault, Kind};
use super::ledger::Entry;
use super::wire::{Reply, Request};

/// Takes everything that is posted.
#[derive(Debug, Clone, Copy)]
pub struct Sink;

impl Fake for Sink {
    fn name(&self) -> &'static str {
        "webhooks"
    }

    fn note(&self, request: &Request, entry: &mut Entry) {
        let id = ["webhook-id", "idempotency-key", "x-campo-delivery"].iter().find_map(|n| request.header(n));
        entry.key = id.map(Into::into);
        // Headers too: who wants to verify the signature needs them with the bytes.
        let headers: serde_json::Map<String, Value> =
            request.headers.iter().map(|(n, v)| (n.clone(), v.clone().into())).collect();
        entry.body = serde_json::json!({"headers": headers, "text": String::from_utf8_lossy(&request.body)});
    }

    fn answer(&self, request: &Request, entry: &mut Entry) -> Reply {
        if request.method != "POST" {
            return Reply::bytes(405, "text/plain", "POST it");
        }
        entry.effect = Some(format!("taken-{}", entry.n));
        Reply::bytes(200, "text/plain", "ok")
    }

    fn excuse(&self, fault: &Fault) -> Reply {
        Reply::bytes(if fault.kind == Kind::Busy { 429 } else { 500 }, "text/plain", "not now")
    }
}
