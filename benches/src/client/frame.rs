//! RFC 6455 framing, the client's half: what is sent is masked, what arrives is not.
//!
//! Written by hand because the load generator shares two cores with the server it measures: a frame costs a
//! copy, not a task, and hostile frames need bits that no polite library sets.

use crate::error::{Outcome, Trouble};

/// Continuation of a fragmented message.
pub const CONTINUATION: u8 = 0;
/// UTF-8 text.
pub const TEXT: u8 = 1;
/// Bytes.
pub const BINARY: u8 = 2;
/// Close, with an optional code and reason.
pub const CLOSE: u8 = 8;
/// Ping: answered by a pong with the same payload.
pub const PING: u8 = 9;
/// Pong.
pub const PONG: u8 = 10;

/// No snapshot of any organization comes near this; larger is a broken stream.
const MESSAGE_LIMIT: usize = 64 << 20;

/// Appends one whole frame (FIN set) to `out`.
///
/// A mask of zeros is a legal mask and spares the generator the XOR; the server unmasks all the same.
pub fn encode(opcode: u8, payload: &[u8], mask: [u8; 4], out: &mut Vec<u8>) {
    out.push(0x80 | opcode);
    let length = payload.len();
    if length < 126 {
        out.push(0x80 | length as u8);
    } else if length <= usize::from(u16::MAX) {
        out.push(0x80 | 126);
        out.extend_from_slice(&(length as u16).to_be_bytes());
    } else {
        out.push(0x80 | 127);
        out.extend_from_slice(&(length as u64).to_be_bytes());
    }
    out.extend_from_slice(&mask);
    if mask == [0; 4] {
        out.extend_from_slice(payload);
    } else {
        out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    }
}

/// A whole message: opcode (never continuation) and payload.
pub type Message = (u8, Vec<u8>);

/// Takes bytes in any pieces and gives whole messages.
#[derive(Debug, Default)]
pub struct Decoder {
    rest: Vec<u8>,
    partial: Option<Message>,
}

impl Decoder {
    /// Feeds what was read; `on` hears each whole message in order, without a copy where it came in one piece.
    pub fn feed(&mut self, bytes: &[u8], mut on: impl FnMut(u8, &[u8])) -> Outcome<()> {
        if self.rest.is_empty() {
            let used = self.walk(bytes, &mut on)?;
            self.rest.extend_from_slice(bytes.get(used..).unwrap_or_default());
        } else {
            let mut joined = std::mem::take(&mut self.rest);
            joined.extend_from_slice(bytes);
            let used = self.walk(&joined, &mut on)?;
            joined.drain(..used);
            self.rest = joined;
        }
        Ok(())
    }

    /// Reads whole frames from the front and returns how many bytes they took.
    fn walk(&mut self, bytes: &[u8], on: &mut impl FnMut(u8, &[u8])) -> Outcome<usize> {
        let mut used = 0;
        while let Some(head) = Head::read(bytes.get(used..).unwrap_or_default())? {
            let start = used + head.size;
            let Some(payload) = bytes.get(start..start + head.length) else { break };
            self.frame(&head, payload, on)?;
            used = start + head.length;
        }
        Ok(used)
    }

    fn frame(&mut self, head: &Head, payload: &[u8], on: &mut impl FnMut(u8, &[u8])) -> Outcome<()> {
        match (head.opcode, head.fin, self.partial.as_mut()) {
            (CONTINUATION, fin, Some((opcode, joined))) => {
                joined.extend_from_slice(payload);
                if joined.len() > MESSAGE_LIMIT {
                    return Err(Trouble::new("a fragmented message over 64 MiB"));
                }
                if fin {
                    on(*opcode, joined);
                    self.partial = None;
                }
            }
            (CONTINUATION, _, None) => return Err(Trouble::new("a continuation of nothing")),
            (CLOSE | PING | PONG, _, _) | (_, true, None) => on(head.opcode, payload),
            (_, false, None) => self.partial = Some((head.opcode, payload.to_vec())),
            (_, _, Some(_)) => return Err(Trouble::new("a new message inside a fragmented one")),
        }
        Ok(())
    }
}

/// A frame's header as a server may send it.
struct Head {
    fin: bool,
    opcode: u8,
    size: usize,
    length: usize,
}

impl Head {
    fn read(bytes: &[u8]) -> Outcome<Option<Self>> {
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        if first & 0x70 != 0 || second & 0x80 != 0 {
            return Err(Trouble::new("the server sent reserved bits or a mask"));
        }
        let (size, length) = match (second & 0x7f, rest) {
            (126, [a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b]))),
            (127, [a, b, c, d, e, f, g, h, ..]) => {
                (10, u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) as usize)
            }
            (126 | 127, _) => return Ok(None),
            (short, _) => (2, usize::from(short)),
        };
        if length > MESSAGE_LIMIT {
            return Err(Trouble::new("the server declared a frame over 64 MiB"));
        }
        Ok(Some(Self { fin: first & 0x80 != 0, opcode: first & 0x0f, size, length }))
    }
}

/// Code and reason of a close frame's payload; 1005 stands for an empty one, as in the RFC.
pub fn close_code(payload: &[u8]) -> (u16, String) {
    match payload {
        [a, b, reason @ ..] => (u16::from_be_bytes([*a, *b]), String::from_utf8_lossy(reason).into_owned()),
        _ => (1005, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a server sends: the same without mask.
    fn unmasked(fin: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(opcode, payload, [0; 4], &mut out);
        let at = match out[1] & 0x7f {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        out.drain(at..at + 4);
        out[1] &= 0x7f;
        out[0] = (u8::from(fin) << 7) | opcode;
        out
    }

    proptest! {
        /// However the network cuts a stream, the same messages come out.
        #[test]
        fn any_cut_gives_the_same_messages(
            messages in prop::collection::vec((1u8..3, prop::collection::vec(any::<u8>(), 0..300), 1usize..4), 0..8),
            cuts in prop::collection::vec(1usize..50, 1..40),
        ) {
            let mut stream = Vec::new();
            for (opcode, payload, pieces) in &messages {
                let step = payload.len() / pieces + 1;
                let chunks: Vec<&[u8]> =
                    if payload.is_empty() { vec![&[][..]] } else { payload.chunks(step).collect() };
                for (i, chunk) in chunks.iter().enumerate() {
                    let code = if i == 0 { *opcode } else { CONTINUATION };
                    stream.extend(unmasked(i + 1 == chunks.len(), code, chunk));
                    // Control frames may stand between fragments.
                    stream.extend(unmasked(true, PING, b"x"));
                }
            }
            let mut decoder = Decoder::default();
            let mut heard = Vec::new();
            let mut at = 0;
            for cut in cuts.iter().cycle() {
                if at >= stream.len() { break }
                let end = (at + cut).min(stream.len());
                decoder.feed(&stream[at..end], |op, payload| {
                    if op != PING { heard.push((op, payload.to_vec())) }
                }).unwrap();
                at = end;
            }
            let sent: Vec<Message> = messages.into_iter().map(|(op, payload, _)| (op, payload)).collect();
            prop_assert_eq!(heard, sent);
        }
    }

    #[test]
    fn masks_as_the_rfc_shows() {
        // RFC 6455 section 5.7: "Hello" masked with 37 fa 21 3d.
        let mut out = Vec::new();
        encode(TEXT, b"Hello", [0x37, 0xfa, 0x21, 0x3d], &mut out);
        assert_eq!(out, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    }

    #[test]
    fn refuses_a_broken_stream() {
        assert!(Decoder::default().feed(&[0xc1, 0x00], |_, _| {}).is_err());
        assert!(Decoder::default().feed(&[0x80, 0x00], |_, _| {}).is_err());
        assert_eq!(close_code(&[0x03, 0xf1, b'x']), (1009, "x".to_owned()));
        assert_eq!(close_code(&[]).0, 1005);
    }
}
