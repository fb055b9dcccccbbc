//! What bytes are, by themselves: what a sender says of them is never believed.

/// Kinds of file that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture that is decoded and encoded anew.
    Jpeg,
    /// A picture that is decoded and encoded anew.
    Png,
    /// A picture that is decoded and encoded anew.
    Webp,
    /// A paper.
    Pdf,
    /// Sound, by its type on the wire.
    Audio(&'static str),
    /// A film, by its type on the wire.
    Video(&'static str),
    /// An office document, by its type on the wire.
    Office(&'static str),
    /// Plain text.
    Text,
}

/// Types of `infer` that pass as they are, and how they are called on the wire.
const PASSING: [(&str, Kind); 18] = [
    ("application/pdf", Kind::Pdf),
    ("audio/mpeg", Kind::Audio("audio/mpeg")),
    ("audio/m4a", Kind::Audio("audio/mp4")),
    ("audio/opus", Kind::Audio("audio/ogg")),
    ("audio/ogg", Kind::Audio("audio/ogg")),
    ("audio/x-wav", Kind::Audio("audio/wav")),
    ("audio/amr", Kind::Audio("audio/amr")),
    ("audio/aac", Kind::Audio("audio/aac")),
    ("audio/x-flac", Kind::Audio("audio/flac")),
    ("video/mp4", Kind::Video("video/mp4")),
    ("video/webm", Kind::Video("video/webm")),
    ("video/quicktime", Kind::Video("video/quicktime")),
    ("application/msword", Kind::Office("application/msword")),
    ("application/vnd.ms-excel", Kind::Office("application/vnd.ms-excel")),
    ("application/vnd.ms-powerpoint", Kind::Office("application/vnd.ms-powerpoint")),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Kind::Office("application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Kind::Office("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ),
    (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        Kind::Office("application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ),
];

/// What the bytes are; none where they are nothing that is kept (SVG, HTML, programs, archives, whatever).
///
/// `declared` only tells sound from film in containers that hold either, as browsers record.
pub fn kind(bytes: &[u8], declared: &str) -> Option<Kind> {
    let is_declared_audio = declared.trim_start().starts_with("audio/");
    let Some(found) = infer::get(bytes) else {
        return is_plain_text(bytes, declared).then_some(Kind::Text);
    };
    match found.mime_type() {
        "image/jpeg" => Some(Kind::Jpeg),
        "image/png" => Some(Kind::Png),
        "image/webp" => Some(Kind::Webp),
        "video/mp4" if is_declared_audio => Some(Kind::Audio("audio/mp4")),
        "video/webm" if is_declared_audio => Some(Kind::Audio("audio/webm")),
        other => PASSING.iter().find(|(mime, _)| *mime == other).map(|(_, kind)| *kind),
    }
}

/// Text that was declared as such, is one, and holds no sign with which markup begins.
fn is_plain_text(bytes: &[u8], declared: &str) -> bool {
    let is_declared = declared.split(';').next().is_some_and(|t| t.trim() == "text/plain");
    let is_text = std::str::from_utf8(bytes)
        .is_ok_and(|t| !t.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')));
    is_declared && is_text && !bytes.contains(&b'<')
}

impl Kind {
    /// Whether it is decoded and encoded anew.
    pub fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Webp)
    }

    /// Whether it is sound.
    pub fn is_audio(self) -> bool {
        matches!(self, Self::Audio(_))
    }

    /// Its type on the wire.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain; charset=utf-8",
            Self::Audio(mime) | Self::Video(mime) | Self::Office(mime) => mime,
        }
    }
}

/// The ending of a file's name by its type.
pub fn ending(mime: &str) -> &'static str {
    match mime {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "audio/wav" => "wav",
        "audio/amr" => "amr",
        "audio/aac" => "aac",
        "audio/flac" => "flac",
        "audio/webm" | "video/webm" => "webm",
        "video/mp4" => "mp4",
        "video/quicktime" => "mov",
        "application/msword" => "doc",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.ms-powerpoint" => "ppt",
        m if m.ends_with("wordprocessingml.document") => "docx",
        m if m.ends_with("spreadsheetml.sheet") => "xlsx",
        m if m.ends_with("presentationml.presentation") => "pptx",
        m if m.starts_with("text/plain") => "txt",
        _ => "bin",
    }
}

/// Whether a browser may show it where it stands; anything else is downloaded.
pub fn is_shown(mime: &str) -> bool {
    ["image/", "audio/", "video/"].iter().any(|class| mime.starts_with(class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_by_its_bytes() {
        let cases: [(&[u8], &str, Option<&str>); 15] = [
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/png", Some("image/jpeg")),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "text/html", Some("image/png")),
            (b"RIFF\x24\0\0\0WEBPVP8 ", "", Some("image/webp")),
            (b"%PDF-1.7\n", "image/jpeg", Some("application/pdf")),
            (b"OggS\0\x02\0\0\0\0\0\0\0\0", "audio/ogg", Some("audio/ogg")),
            (b"ID3\x03\0\0\0\0\0\x21", "audio/mpeg", Some("audio/mpeg")),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", None),
            (b"<?xml version='1.0'?><svg/>", "image/jpeg", None),
            (b"<!DOCTYPE html><script>1</script>", "text/plain", None),
            (b"  <script >alert(1)</script>", "image/png", None),
            (b"GIF89a\x01\0\x01\0", "image/gif", None),
            (b"\x7fELF\x02\x01\x01", "image/jpeg", None),
            (b"hola, les mando la lista", "text/plain", Some("text/plain; charset=utf-8")),
            (b"hola, les mando la lista", "image/jpeg", None),
            (b"hola <img src=x onerror=alert(1)>", "text/plain", None),
        ];
        for (bytes, declared, expected) in cases {
            let found = kind(bytes, declared).map(Kind::mime);
            assert_eq!(found, expected, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn what_a_browser_records_is_sound_when_it_says_so() {
        let webm = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm";
        assert_eq!(kind(webm, "audio/webm;codecs=opus").map(Kind::mime), Some("audio/webm"));
        assert_eq!(kind(webm, "video/webm").map(Kind::mime), Some("video/webm"));
    }
}
