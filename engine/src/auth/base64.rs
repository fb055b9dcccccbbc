//! Base64 for URLs without padding (RFC 4648 section 5), the alphabet of tokens.

const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Encodes.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut group = [0u8; 4];
        for (to, from) in group.iter_mut().skip(1).zip(chunk) {
            *to = *from;
        }
        let group = u32::from_be_bytes(group);
        for sign in 0..=chunk.len() {
            let index = (group >> (18 - 6 * sign)) & 0x3f;
            text.push(SIGNS.get(index as usize).copied().map_or('A', char::from));
        }
    }
    text
}

/// Decodes; None where anything but the one canonical spelling is found.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut group = 0u32;
        for sign in chunk {
            group = (group << 6) | u32::try_from(SIGNS.iter().position(|s| s == sign)?).ok()?;
        }
        group <<= 6 * (4 - chunk.len());
        let whole = chunk.len().checked_sub(1).filter(|n| *n > 0)?;
        let (used, rest) =
            group.to_be_bytes().get(1..)?.split_at_checked(whole).map(|(a, b)| (a.to_vec(), b.to_vec()))?;
        // Bits that no byte uses must be zero: otherwise one token would have several spellings.
        if rest.iter().any(|b| *b != 0) {
            return None;
        }
        bytes.extend(used);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        for (plain, coded) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded).unwrap(), plain.as_bytes());
        }
        assert_eq!(decode("Zh"), None, "a second spelling");
        assert_eq!(decode("Zg=="), None);
        assert_eq!(decode("Z"), None);
    }

    proptest! {
        #[test]
        fn back_and_forth(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }

        #[test]
        fn one_spelling(text in "[A-Za-z0-9_-]{0,40}") {
            if let Some(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
