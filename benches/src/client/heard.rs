//! What a server says on a technician's socket.

use serde_json::Value;

/// Points settled up to and including `upto`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ack {
    /// Highest number of the settled prefix.
    pub upto: u32,
    /// Points refused for good, with the reason's code.
    pub rejected: Vec<(u32, String)>,
    /// Seconds between fixes that the server asks for; 0 where it says nothing.
    pub ping_every_s: u32,
}

/// One message from the server.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// An ack.
    Ack(Ack),
    /// Anything else, as it came; `type` decides.
    Other(Value),
    /// Not JSON, or without a `type`.
    Nonsense,
}

const ACK: &[u8] = b"{\"type\":\"ack\",\"upto\":";
const NONE_REJECTED: &[u8] = b"\"rejected\":[]";
const EVERY: &[u8] = b"\"ping_every_s\":";

/// Reads one text message: by a scan where it is the usual ack, by serde otherwise.
pub fn read(text: &[u8]) -> Heard {
    if let Some(ack) = scan(text) {
        return Heard::Ack(ack);
    }
    let Ok(value) = serde_json::from_slice::<Value>(text) else { return Heard::Nonsense };
    match value.get("type").and_then(Value::as_str) {
        Some("ack") => whole_ack(&value).map_or(Heard::Nonsense, Heard::Ack),
        Some(_) => Heard::Other(value),
        None => Heard::Nonsense,
    }
}

/// The ack that nearly always comes, in the field order that nearly always holds.
fn scan(text: &[u8]) -> Option<Ack> {
    let rest = text.strip_prefix(ACK)?;
    let (upto, rest) = digits(rest)?;
    let rest = rest.strip_prefix(b",")?.strip_prefix(NONE_REJECTED)?;
    let ping_every_s = match rest {
        b"}" => 0,
        _ => digits(rest.strip_prefix(b",")?.strip_prefix(EVERY)?).filter(|(_, end)| *end == b"}")?.0,
    };
    Some(Ack { upto, rejected: Vec::new(), ping_every_s })
}

fn digits(text: &[u8]) -> Option<(u32, &[u8])> {
    let end = text.iter().position(|b| !b.is_ascii_digit())?;
    let (number, rest) = text.split_at_checked(end)?;
    let number = number.iter().try_fold(0u32, |n, b| n.checked_mul(10)?.checked_add(u32::from(b - b'0')))?;
    (end > 0).then_some((number, rest))
}

fn whole_ack(value: &Value) -> Option<Ack> {
    let upto = u32::try_from(value.get("upto")?.as_u64()?).ok()?;
    let rejected = value.get("rejected").and_then(Value::as_array).into_iter().flatten();
    let rejected = rejected
        .map(|one| {
            let seq = u32::try_from(one.get("seq")?.as_u64()?).ok()?;
            Some((seq, one.get("code")?.as_str()?.to_owned()))
        })
        .collect::<Option<Vec<_>>>()?;
    let every = value.get("ping_every_s").and_then(Value::as_u64).unwrap_or(0);
    Some(Ack { upto, rejected, ping_every_s: u32::try_from(every).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    proptest! {
        /// The scan and serde never disagree, whatever the order of fields and the white space.
        #[test]
        fn scan_agrees_with_serde(upto in any::<u32>(), every in 0u32..400, pretty in any::<bool>(),
                                  codes in prop::collection::vec((any::<u32>(), "[a-z_]{1,9}"), 0..3)) {
            let rejected: Vec<Value> = codes.iter().map(|(s, c)| json!({"seq": s, "code": c})).collect();
            let want = Heard::Ack(Ack { upto, rejected: codes.clone(), ping_every_s: every });
            let usual = format!(
                "{{\"type\":\"ack\",\"upto\":{upto},\"rejected\":{},\"ping_every_s\":{every}}}",
                Value::Array(rejected.clone())
            );
            prop_assert_eq!(read(usual.as_bytes()), want.clone());
            let value = json!({"type":"ack","upto":upto,"rejected":rejected,"ping_every_s":every});
            let other = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            prop_assert_eq!(read(other.unwrap().as_bytes()), want);
        }

        /// No bytes make it panic or invent an ack.
        #[test]
        fn garbage_is_nonsense(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert!(!matches!(read(&bytes), Heard::Ack(_)));
        }
    }

    #[test]
    fn the_fast_path_is_taken() {
        let text = br#"{"type":"ack","upto":42,"rejected":[],"ping_every_s":30}"#;
        assert_eq!(scan(text).map(|a| (a.upto, a.ping_every_s)), Some((42, 30)));
        assert_eq!(scan(br#"{"type":"ack","upto":99999999999,"rejected":[]}"#), None);
    }
}
