//! What a frame *declares*, read before its payload is: a wrapper around the request's body.
//!
//! actix checks a frame's size only after all of it has arrived, and does not look at reserved bits; both are
//! judged here, on the wire. After a fault nothing more is decoded, but the peer's bytes are still taken, so
//! that the close frame is not lost to a reset.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use actix_web::error::PayloadError;
use actix_web::web::Payload;
use bytes::Bytes;
use futures_util::Stream;

/// A frame may declare this many bytes of payload.
pub const MAX_FRAME: u64 = 64 * 1024;
/// The fragments of one message together.
pub const MAX_MESSAGE: u64 = 256 * 1024;
/// Fragments of one message: an empty fragment costs work too.
const MAX_FRAGMENTS: u32 = 4_096;

/// Why a connection cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Fault {
    /// Too large (1009).
    TooLarge = 1,
    /// Broken framing (1002).
    Broken = 2,
}

/// Reads frame headers out of a stream of bytes, whatever its cuts. Pure.
#[derive(Debug, Default)]
pub struct Scanner {
    header: [u8; 14],
    have: usize,
    skip: u64,
    /// Bytes and fragments of the message that is under way; `None` between messages.
    message: Option<(u64, u32)>,
}

impl Scanner {
    /// Takes the next bytes and says how many of them come before a fault, if there is one.
    pub fn scan(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        while !bytes.is_empty() {
            if self.skip > 0 {
                let n = self.skip.min(bytes.len() as u64);
                self.skip -= n;
                bytes = bytes.get(n as usize..).unwrap_or_default();
                continue;
            }
            let Some((first, rest)) = bytes.split_first() else { break };
            if let Some(slot) = self.header.get_mut(self.have) {
                *slot = *first;
            }
            self.have += 1;
            bytes = rest;
            self.look()?;
        }
        Ok(())
    }

    /// Judges the header as far as it is there.
    fn look(&mut self) -> Result<(), Fault> {
        let [first, second, ..] = self.header;
        let (is_final, reserved, opcode) = (first & 0x80 != 0, first & 0x70, first & 0x0f);
        if self.have == 1 {
            let is_known = matches!(opcode, 0 | 1 | 2 | 8 | 9 | 10);
            let is_in_order = opcode >= 8 || (opcode == 0) == self.message.is_some();
            if reserved != 0 || !is_known || !is_in_order || (opcode >= 8 && !is_final) {
                return Err(Fault::Broken);
            }
            return Ok(());
        }
        let (is_masked, short) = (second & 0x80 != 0, second & 0x7f);
        if self.have == 2 && (!is_masked || (opcode >= 8 && short > 125)) {
            return Err(Fault::Broken);
        }
        let (length, header_bytes) = match short {
            126 if self.have < 4 => return Ok(()),
            127 if self.have < 10 => return Ok(()),
            126 => (self.number(2, 4), 4),
            127 => (self.number(2, 10), 10),
            _ => (u64::from(short), 2),
        };
        self.judge(opcode, is_final, length, self.have == header_bytes)?;
        if self.have == header_bytes + 4 {
            self.have = 0;
            self.skip = length;
        }
        Ok(())
    }

    /// Judges a declared length once, when it is complete.
    fn judge(&mut self, opcode: u8, is_final: bool, length: u64, is_first_look: bool) -> Result<(), Fault> {
        if !is_first_look {
            return Ok(());
        }
        if length > MAX_FRAME {
            return Err(Fault::TooLarge);
        }
        if opcode >= 8 {
            return Ok(());
        }
        let (bytes, fragments) = self.message.unwrap_or((0, 0));
        let (bytes, fragments) = (bytes + length, fragments + 1);
        if bytes > MAX_MESSAGE || fragments > MAX_FRAGMENTS {
            return Err(Fault::TooLarge);
        }
        self.message = (!is_final).then_some((bytes, fragments));
        Ok(())
    }

    fn number(&self, from: usize, to: usize) -> u64 {
        self.header.get(from..to).unwrap_or_default().iter().fold(0, |n, b| (n << 8) | u64::from(*b))
    }
}

/// The fault of a connection, seen by the socket's actor.
#[derive(Clone, Default)]
pub struct FaultFlag(Arc<AtomicU8>);

impl FaultFlag {
    /// What was found, if anything.
    pub fn get(&self) -> Option<Fault> {
        match self.0.load(Ordering::Acquire) {
            1 => Some(Fault::TooLarge),
            2 => Some(Fault::Broken),
            _ => None,
        }
    }
}

/// The request's body, scanned.
pub struct Scanned {
    payload: Payload,
    scanner: Scanner,
    flag: FaultFlag,
}

impl Scanned {
    /// Wraps a body; the flag tells the actor what was found.
    pub fn new(payload: Payload) -> (Self, FaultFlag) {
        let flag = FaultFlag::default();
        (Self { payload, scanner: Scanner::default(), flag: flag.clone() }, flag)
    }
}

impl Stream for Scanned {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match Pin::new(&mut self.payload).poll_next(cx) {
                Poll::Ready(Some(Ok(bytes))) => {
                    if self.flag.get().is_some() {
                        continue;
                    }
                    match self.scanner.scan(&bytes) {
                        Ok(()) => return Poll::Ready(Some(Ok(bytes))),
                        Err(fault) => {
                            self.flag.0.store(fault as u8, Ordering::Release);
                            return Poll::Ready(Some(Err(PayloadError::Overflow)));
                        }
                    }
                }
                other => return other,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(first: u8, payload: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload {
            0..=125 => bytes.push(0x80 | payload as u8),
            126..=65535 => {
                bytes.push(0x80 | 126);
                bytes.extend((payload as u16).to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend((payload as u64).to_be_bytes());
            }
        }
        bytes.extend([1, 2, 3, 4]);
        bytes.extend(std::iter::repeat_n(0x8f, payload));
        bytes
    }

    #[test]
    fn a_declared_length_is_judged_before_its_payload_comes() {
        let mut huge = vec![0x81, 0xff];
        huge.extend((1u64 << 40).to_be_bytes());
        assert_eq!(Scanner::default().scan(&huge), Err(Fault::TooLarge));
        assert_eq!(Scanner::default().scan(&frame(0x81, 65536)), Ok(()));
        assert_eq!(Scanner::default().scan(&frame(0x81, 65537)), Err(Fault::TooLarge));
    }

    #[test]
    fn fragments_count_together() {
        let mut scanner = Scanner::default();
        scanner.scan(&frame(0x01, 65536)).unwrap();
        scanner.scan(&frame(0x00, 65536)).unwrap();
        scanner.scan(&frame(0x89, 5)).unwrap();
        scanner.scan(&frame(0x00, 65536)).unwrap();
        scanner.scan(&frame(0x00, 65536)).unwrap();
        assert_eq!(scanner.scan(&frame(0x80, 1)), Err(Fault::TooLarge));
    }

    #[test]
    fn broken_framing_is_found() {
        for (what, bytes) in [
            ("reserved bit", frame(0xc1, 1)),
            ("unknown opcode", frame(0x83, 1)),
            ("continuation of nothing", frame(0x80, 1)),
            ("fragmented control", frame(0x09, 1)),
            ("long control", frame(0x89, 126)),
            ("no mask", vec![0x81, 0x01, 0x61]),
            ("text inside a message", [frame(0x01, 1), frame(0x81, 1)].concat()),
        ] {
            assert_eq!(Scanner::default().scan(&bytes), Err(Fault::Broken), "{what}");
        }
    }

    proptest! {
        /// However the bytes are cut, the finding is the same.
        #[test]
        fn cuts_do_not_matter(frames in prop::collection::vec((0..16u8, any::<bool>(), 0..70_000usize), 1..6), cut in 1..4000usize) {
            let bytes: Vec<u8> = frames.iter().flat_map(|(op, fin, n)| frame(op | if *fin { 0x80 } else { 0 }, *n)).collect();
            let whole = Scanner::default().scan(&bytes);
            let mut scanner = Scanner::default();
            let cut = bytes.chunks(cut).try_for_each(|part| scanner.scan(part));
            prop_assert_eq!(whole, cut);
        }
    }
}
