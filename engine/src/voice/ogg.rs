//! How long a voice note of WhatsApp is: from the file itself (RFC 3533, RFC 7845). Pure.

/// Opus counts 48,000 samples a second, whatever was recorded.
const RATE: f64 = 48_000.0;
/// Nobody speaks longer into one note; more is a broken file.
const LONGEST_S: f64 = 4.0 * 3600.0;

/// Seconds of an Ogg Opus file: the last page's granule position less the pre-skip; none for another kind.
pub fn seconds(file: &[u8]) -> Option<f64> {
    let skip = pre_skip(file)?;
    let last = pages(file).last()?;
    let samples = last.checked_sub(skip)?;
    let seconds = samples as f64 / RATE;
    (seconds > 0.0 && seconds <= LONGEST_S).then_some(seconds)
}

/// The samples that a player throws away, from the head.
fn pre_skip(file: &[u8]) -> Option<u64> {
    let head = file.windows(8).take(512).position(|w| w == b"OpusHead")?;
    let bytes = file.get(head + 10..head + 12)?;
    Some(u64::from(u16::from_le_bytes(bytes.try_into().ok()?)))
}

/// The granule positions of all pages that end a packet.
fn pages(file: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let page = file.get(at..)?;
            if !page.starts_with(b"OggS") {
                return None;
            }
            let granule = u64::from_le_bytes(page.get(6..14)?.try_into().ok()?);
            let segments = usize::from(*page.get(26)?);
            let table = page.get(27..27 + segments)?;
            at += 27 + segments + table.iter().map(|s| usize::from(*s)).sum::<usize>();
            // Minus one: no packet ends here.
            if granule != u64::MAX {
                return Some(granule);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(granule: u64, body: &[u8]) -> Vec<u8> {
        let mut page = b"OggS\0\0".to_vec();
        page.extend(granule.to_le_bytes());
        page.extend([0; 12]);
        page.push(1);
        page.push(body.len() as u8);
        page.extend(body);
        page
    }

    fn head(skip: u16) -> Vec<u8> {
        let mut head = b"OpusHead\x01\x01".to_vec();
        head.extend(skip.to_le_bytes());
        head.extend([0x80, 0xbb, 0, 0, 0, 0, 0]);
        head
    }

    #[test]
    fn the_last_page_tells() {
        let file = [
            page(0, &head(312)),
            page(0, b"OpusTags"),
            page(48_312, &[1; 40]),
            page(u64::MAX, &[2]),
            page(96_312, &[3; 9]),
        ]
        .concat();
        assert_eq!(seconds(&file), Some(2.0));
        assert_eq!(seconds(b"RIFF...."), None);
        assert_eq!(seconds(&file[..100]), None, "only the heads");
    }

    proptest! {
        #[test]
        fn any_file_is_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = seconds(&bytes);
            let _ = seconds(&[page(0, &head(0)), bytes].concat());
        }
    }
}
