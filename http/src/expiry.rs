//! When a certificate ends: the one field of X.509 that the house reads itself.

use chrono::{DateTime, NaiveDateTime, Utc};

/// The end of a certificate (DER); None where it cannot be read.
///
/// RFC 5280: Certificate is a sequence of tbsCertificate (version \[0\], serial, algorithm, issuer, validity, ..);
/// validity is two times, `UTCTime` (two digits of the year, 50 and above are of the last century) or `GeneralizedTime`.
pub fn not_after(der: &[u8]) -> Option<DateTime<Utc>> {
    let (_, certificate, _) = element(der)?;
    let (_, mut rest, _) = element(certificate)?;
    if rest.first() == Some(&0xa0) {
        rest = element(rest)?.2;
    }
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    let (_, validity, _) = element(rest)?;
    let (kind, end, _) = element(element(validity)?.2)?;
    let text = std::str::from_utf8(end).ok()?;
    let format = "%Y%m%d%H%M%SZ";
    let at = match kind {
        0x17 => {
            let century = if text.get(..2)?.parse::<u8>().ok()? < 50 { "20" } else { "19" };
            NaiveDateTime::parse_from_str(&format!("{century}{text}"), format)
        }
        0x18 => NaiveDateTime::parse_from_str(text, format),
        _ => return None,
    };
    at.ok().map(|at| at.and_utc())
}

/// Kind and content of the first element, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (kind, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
        if bytes.len() > 4 {
            return None;
        }
        (bytes.iter().fold(0, |n, b| n << 8 | usize::from(*b)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*kind, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn der(kind: u8, parts: &[Vec<u8>]) -> Vec<u8> {
        let content = parts.concat();
        let mut length = vec![0x82, (content.len() >> 8) as u8, content.len() as u8];
        if content.len() < 0x80 {
            length = vec![content.len() as u8];
        }
        [vec![kind], length, content].concat()
    }

    #[test]
    fn both_spellings_of_time() {
        for (kind, end, expected) in [
            (0x17, "270131235959Z", "2027-01-31T23:59:59Z"),
            (0x17, "991231235959Z", "1999-12-31T23:59:59Z"),
            (0x18, "20510131000000Z", "2051-01-31T00:00:00Z"),
        ] {
            let times = [der(0x17, &[b"260101000000Z".to_vec()]), der(kind, &[end.into()])];
            let issuer = der(0x30, &[vec![7; 300]]);
            let before = [der(0xa0, &[vec![2, 1, 2]]), der(2, &[vec![5; 16]]), der(0x30, &[]), issuer];
            let tbs = der(0x30, &[before.concat(), der(0x30, &times), der(0x30, &[])]);
            let certificate = der(0x30, &[tbs, der(0x30, &[])]);
            assert_eq!(not_after(&certificate), Some(expected.parse().unwrap()), "{end}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = not_after(&bytes);
        }
    }
}
