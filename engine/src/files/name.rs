//! Names of files, as they may be shown and saved.

use super::sniff::ending;

/// Signs of a name that are kept.
const LONGEST: usize = 100;

/// A name without paths and without signs that mean something to a shell, a browser or a header; with the ending
/// that belongs to what the file is.
pub fn clean(name: Option<&str>, stem: &str, mime: &str) -> String {
    let given = name.unwrap_or_default();
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let bare = last.rsplit_once('.').map_or(last, |(bare, _)| bare);
    let kept: String = bare
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '(' | ')' | '.') { c } else { ' ' })
        .collect();
    let kept = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    let kept: String = kept.trim_matches('.').chars().take(LONGEST).collect();
    let bare = if kept.trim().is_empty() { stem } else { kept.trim() };
    format!("{bare}.{}", ending(mime))
}

/// `Content-Disposition` of a file (RFC 6266): both forms of its name.
pub fn disposition(name: &str, is_shown: bool) -> String {
    let ascii: String = name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    let escaped: String = name
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_') {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    let how = if is_shown { "inline" } else { "attachment" };
    format!("{how}; filename=\"{ascii}\"; filename*=UTF-8''{escaped}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_plain() {
        for (given, expected) in [
            (Some("../../etc/passwd"), "passwd.jpg"),
            (Some("C:\\fotos\\Caño roto.JPEG"), "Caño roto.jpg"),
            (Some("x\";\r\nSet-Cookie: a=b.png"), "x Set-Cookie a b.jpg"),
            (Some("virus.exe.svg"), "virus.exe.jpg"),
            (Some("..."), "foto.jpg"),
            (Some(""), "foto.jpg"),
            (None, "foto.jpg"),
        ] {
            assert_eq!(clean(given, "foto", "image/jpeg"), expected, "{given:?}");
        }
    }

    proptest! {
        /// Whatever is given: a name that fits its column and a header of one line.
        #[test]
        fn every_name_fits(given in "\\PC{0,300}|[\\x00-\\x7f]{0,300}") {
            let name = clean(Some(&given), "foto", "application/pdf");
            prop_assert!((5..=150).contains(&name.chars().count()) && name.ends_with(".pdf"));
            prop_assert!(!name.contains(['/', '\\', '"', '\r', '\n', '\0']));
            let header = disposition(&name, false);
            prop_assert!(header.bytes().all(|b| (0x20..0x7f).contains(&b)) && header.matches('"').count() == 2);
        }
    }
}
