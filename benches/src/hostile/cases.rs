//! Frames that no polite client sends, and what the contract says must follow.

use serde_json::json;

use crate::client::frame::{self, encode};

/// What must follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// The socket closes with this code.
    Closes(u16),
    /// So many `error` frames, and the socket lives.
    Errors(usize),
    /// The point is refused with this code in an ack, and the socket lives.
    Rejects(&'static str),
}

/// When the bytes are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Instead of `hello`.
    Before,
    /// After `welcome`, on shift.
    After,
}

/// One attack.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it is.
    pub name: &'static str,
    /// When.
    pub when: When,
    /// The bytes on the wire.
    pub bytes: Vec<u8>,
    /// The contract.
    pub follows: Follows,
}

fn case(name: &'static str, follows: Follows, bytes: Vec<u8>) -> Case {
    Case { name, when: When::After, bytes, follows }
}

/// A frame's head alone: flags and opcode, mask bit, a declared length, a mask, no payload.
fn head(first: u8, declared: u64, masked: bool) -> Vec<u8> {
    let mut out = vec![first, if masked { 0xff } else { 0x7f }];
    out.extend(declared.to_be_bytes());
    if masked {
        out.extend([1, 2, 3, 4]);
    }
    out
}

/// A small frame with any first byte.
fn small(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first, 0x80 | payload.len() as u8, 0, 0, 0, 0];
    out.extend_from_slice(payload);
    out
}

fn whole(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode(opcode, payload, [7, 11, 13, 17], &mut out);
    out
}

fn text(text: &str) -> Vec<u8> {
    whole(frame::TEXT, text.as_bytes())
}

/// `pings` with one point whose fields are given as raw JSON, so that they need not be JSON.
fn point(now: i64, fields: &str) -> Vec<u8> {
    text(&format!(r#"{{"type":"pings","from":1,"now":{now},"points":[{{"at":{now},{fields}}}]}}"#))
}

/// A text message in pieces, each of `size` bytes; never finished.
fn fragments(count: usize, size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for i in 0..count {
        let mut piece = whole(if i == 0 { frame::TEXT } else { frame::CONTINUATION }, &vec![b' '; size]);
        if let Some(first) = piece.first_mut() {
            *first &= 0x7f;
        }
        out.extend(piece);
    }
    out
}

/// Lengths, fragments and framing.
fn framing() -> Vec<Case> {
    use Follows::Closes;
    vec![
        case("declares 2^63 - 1 bytes", Closes(1009), head(0x81, (1 << 63) - 1, true)),
        case("declares 1 GiB", Closes(1009), head(0x81, 1 << 30, true)),
        case("declares 64 KiB and one byte", Closes(1009), head(0x81, 65_537, true)),
        case("declares 1 GiB, binary", Closes(1009), head(0x82, 1 << 30, true)),
        case("a fragmented message over 256 KiB", Closes(1009), fragments(5, 60_000)),
        case("a reserved bit", Closes(1002), small(0xc1, b"{}")),
        case("an unknown opcode", Closes(1002), small(0x83, b"{}")),
        case("an unknown control opcode", Closes(1002), small(0x8b, b"")),
        case("no mask", Closes(1002), vec![0x81, 0x02, b'{', b'}']),
        case("a ping of 126 bytes", Closes(1002), whole(frame::PING, &[0; 126])),
        case("a fragmented ping", Closes(1002), small(0x09, b"x")),
        case("a continuation of nothing", Closes(1002), small(0x80, b"{}")),
        case(
            "a new message inside a fragmented one",
            Closes(1002),
            [small(0x01, b"{"), small(0x81, b"}")].concat(),
        ),
    ]
}

/// What stands in frames.
fn contents(now: i64) -> Vec<Case> {
    use Follows::{Closes, Errors, Rejects};
    let good = r#""lat":-34.9,"lon":-60.0"#;
    let many: Vec<_> = (0..501).map(|i| json!({"at": now + i, "lat": -34.9, "lon": -60.0})).collect();
    let many = json!({"type": "pings", "from": 1, "now": now, "points": many}).to_string();
    vec![
        case("bad UTF-8", Errors(1), whole(frame::TEXT, b"{\"type\":\"\xc3\x28\"}")),
        case("bad JSON", Errors(1), text("{\"type\":")),
        case("nine binary frames", Errors(9), whole(frame::BINARY, b"x").repeat(9)),
        case("ten bad frames", Closes(1008), text("{").repeat(10)),
        case("an unknown type", Errors(1), text(r#"{"type":"drop_tables"}"#)),
        case("no object", Errors(1), text("42")),
        case("60,000 brackets deep", Errors(1), text(&"[".repeat(60_000))),
        case(
            "brackets deep inside a ping",
            Errors(1),
            point(now, &format!("{good},\"x\":{}", "[".repeat(50_000))),
        ),
        case("NaN", Errors(1), point(now, r#""lat":NaN,"lon":-60.0"#)),
        case("an infinite latitude", Rejects("range"), point(now, r#""lat":1e999,"lon":-60.0"#)),
        case("501 points", Errors(1), text(&many)),
        case(
            "a number of 20 digits",
            Errors(1),
            text(&format!(r#"{{"type":"pings","from":99999999999999999999,"now":{now},"points":[]}}"#)),
        ),
        case(
            "number zero",
            Errors(1),
            text(&format!(r#"{{"type":"pings","from":0,"now":{now},"points":[{{"at":{now},{good}}}]}}"#)),
        ),
        case("latitude 91", Rejects("range"), point(now, r#""lat":91.0,"lon":-60.0"#)),
        case("longitude -181", Rejects("range"), point(now, r#""lat":-34.9,"lon":-181.0"#)),
    ]
}

/// All of them; `now` is this machine's clock.
pub fn all(now: i64) -> Vec<Case> {
    let mut cases = framing();
    cases.extend(contents(now));
    cases.push(Case {
        name: "no hello",
        when: When::Before,
        bytes: Vec::new(),
        follows: Follows::Closes(4401),
    });
    let forged = json!({"type": "hello", "token": "x.y.z", "device": uuid::Uuid::nil(), "boot": uuid::Uuid::nil(),
                        "app": "x", "now": now});
    cases.push(Case {
        name: "a forged token",
        when: When::Before,
        bytes: text(&forged.to_string()),
        follows: Follows::Closes(4401),
    });
    cases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_what_they_claim() {
        let cases = all(1_790_000_000_000);
        assert!(cases.len() >= 28);
        let one = cases.iter().find(|c| c.name == "declares 64 KiB and one byte").unwrap();
        assert_eq!(one.bytes, [0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 1, 2, 3, 4]);
        let unmasked = cases.iter().find(|c| c.name == "no mask").unwrap();
        assert_eq!(unmasked.bytes[1] & 0x80, 0);
        let pieces = cases.iter().find(|c| c.name.starts_with("a fragmented message")).unwrap();
        assert!(pieces.bytes.len() > 256 * 1024 && pieces.bytes[0] == 0x01);
    }
}
