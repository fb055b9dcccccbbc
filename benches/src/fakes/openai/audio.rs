//! Voice notes whose words travel inside: real Ogg Opus files with a comment `TRANSCRIPT=..` (RFC 3533, RFC 7845).

/// The comment that carries the words.
const COMMENT: &[u8] = b"TRANSCRIPT=";
/// A whole Opus packet of 20 ms of silence, mono, full band.
const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];
/// Samples of such a packet.
const PACKET: u64 = 960;
/// Samples that a player drops at the beginning.
const PRE_SKIP: u16 = 312;
/// Packets in one page: a second.
const A_SECOND: usize = 50;

/// A playable note of so many seconds (of silence) in which `words` are said.
pub fn spoken_note(words: &str, seconds: u32) -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend(PRE_SKIP.to_le_bytes());
    head.extend(48_000u32.to_le_bytes());
    head.extend([0, 0, 0]);
    let vendor = b"campo-bench";
    let mut tags = b"OpusTags".to_vec();
    tags.extend((vendor.len() as u32).to_le_bytes());
    tags.extend(vendor);
    tags.extend(1u32.to_le_bytes());
    tags.extend(((COMMENT.len() + words.len()) as u32).to_le_bytes());
    tags.extend(COMMENT);
    tags.extend(words.as_bytes());
    let mut file = page(2, 0, 0, &[&head]);
    file.extend(page(0, 0, 1, &[&tags]));
    let packets: Vec<&[u8]> = vec![&SILENCE; A_SECOND];
    for second in 1..=seconds.max(1) {
        let last = second == seconds.max(1);
        let granule = u64::from(second) * PACKET * A_SECOND as u64 + u64::from(PRE_SKIP);
        file.extend(page(if last { 4 } else { 0 }, granule, second + 1, &packets));
    }
    file
}

fn page(flags: u8, granule: u64, number: u32, packets: &[&[u8]]) -> Vec<u8> {
    let mut table = Vec::new();
    for packet in packets {
        table.extend(std::iter::repeat_n(255u8, packet.len() / 255));
        table.push((packet.len() % 255) as u8);
    }
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend(granule.to_le_bytes());
    page.extend(7u32.to_le_bytes());
    page.extend(number.to_le_bytes());
    page.extend([0; 4]);
    page.push(table.len() as u8);
    page.extend(table);
    page.extend(packets.concat());
    let sum = crc(&page).to_le_bytes();
    if let Some(place) = page.get_mut(22..26) {
        place.copy_from_slice(&sum);
    }
    page
}

/// Ogg's CRC-32: polynomial 0x04c11db7, not reflected, from zero.
fn crc(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0u32, |sum, byte| {
        (0..8).fold(sum ^ (u32::from(*byte) << 24), |s, _| {
            if s & 0x8000_0000 == 0 { s << 1 } else { (s << 1) ^ 0x04c1_1db7 }
        })
    })
}

/// The words that a note of [`spoken_note`] carries.
pub fn words_in(file: &[u8]) -> Option<String> {
    let at = find(file, COMMENT)?;
    let size = file.get(at.checked_sub(4)?..at)?;
    let size = u32::from_le_bytes(size.try_into().ok()?) as usize;
    let words = file.get(at + COMMENT.len()..at + size)?;
    String::from_utf8(words.to_vec()).ok().filter(|w| !w.is_empty())
}

/// Seconds of a note: the last page's granule; one second for other kinds of files.
pub fn seconds(file: &[u8]) -> f64 {
    let last = file.windows(4).rposition(|w| w == b"OggS");
    let granule = last.and_then(|at| file.get(at + 6..at + 14)).and_then(|g| g.try_into().ok());
    granule.map_or(1.0, |g| u64::from_le_bytes(g).saturating_sub(u64::from(PRE_SKIP)) as f64 / 48_000.0)
}

/// Ogg, WebM, WAV, MP4, FLAC or MP3 by the first bytes.
pub fn looks_like_audio(file: &[u8]) -> bool {
    [&b"OggS"[..], b"\x1a\x45\xdf\xa3", b"RIFF", b"fLaC", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1"]
        .iter()
        .any(|first| file.starts_with(first))
        || file.get(4..8) == Some(b"ftyp")
}

fn find(file: &[u8], what: &[u8]) -> Option<usize> {
    file.windows(what.len()).take(64 << 10).position(|w| w == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_and_pages_are_whole() {
        let words = "Hola, soy Ana. ".repeat(40);
        let note = spoken_note(&words, 3);
        assert_eq!(words_in(&note), Some(words));
        assert!((seconds(&note) - 3.0).abs() < 1e-9 && looks_like_audio(&note));
        assert_eq!(words_in(b"OggS nothing"), None);
        // Every page's sum is that of its bytes with the sum's place zeroed.
        let starts: Vec<usize> = (0..note.len() - 4).filter(|at| &note[*at..at + 4] == b"OggS").collect();
        assert_eq!(starts.len(), 5);
        for (n, start) in starts.iter().enumerate() {
            let mut page = note[*start..starts.get(n + 1).copied().unwrap_or(note.len())].to_vec();
            let sum: [u8; 4] = page[22..26].try_into().unwrap();
            page[22..26].fill(0);
            assert_eq!(crc(&page), u32::from_le_bytes(sum), "page {n}");
        }
    }
}
