//! The nodes of a way, as differences of their places in [`super::Extract`], a few bits at a time.
//!
//! Neighbours in a way were mostly drawn together: their ids, and so their places, lie close.

/// Stands for a node that the extract does not contain: the way goes on beyond its edge.
pub const MISSING: u32 = u32::MAX;

/// Appends `nodes` to `bytes`.
pub(super) fn write(nodes: &[u32], bytes: &mut Vec<u8>) {
    let mut last = 0i64;
    for &node in nodes {
        let mut zigzag = {
            let step = i64::from(node) - last;
            ((step << 1) ^ (step >> 63)) as u64
        };
        last = i64::from(node);
        while zigzag >= 0x80 {
            bytes.push(zigzag as u8 | 0x80);
            zigzag >>= 7;
        }
        bytes.push(zigzag as u8);
    }
}

/// The places of a way's nodes, in order; [`MISSING`] where the extract ends.
#[derive(Debug, Clone)]
pub struct Chain<'a> {
    bytes: std::slice::Iter<'a, u8>,
    last: i64,
}

impl<'a> Chain<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter(), last: 0 }
    }
}

impl Iterator for Chain<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (mut zigzag, mut shift) = (0u64, 0);
        loop {
            let byte = *self.bytes.next()?;
            zigzag |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
        self.last += (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
        Some(self.last as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What was written is read.
        #[test]
        fn a_chain_comes_back(nodes in prop::collection::vec(any::<u32>(), 0..40)) {
            let mut bytes = Vec::new();
            write(&nodes, &mut bytes);
            prop_assert_eq!(Chain::new(&bytes).collect::<Vec<_>>(), nodes);
        }
    }
}
