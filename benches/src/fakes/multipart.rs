//! `multipart/form-data`, read whole (RFC 7578).

use bytes::Bytes;

use super::wire::Request;

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The file's name, where it is one.
    pub file: Option<String>,
    /// Its type, where it says so.
    pub mime: Option<String>,
    /// Its bytes.
    pub bytes: Bytes,
}

/// All fields; `None` where the body is not what its head promises.
pub fn parts(request: &Request) -> Option<Vec<Part>> {
    let kind = request.header("content-type")?;
    let boundary = kind.strip_prefix("multipart/form-data").and_then(|rest| parameter(rest, "boundary"))?;
    let mark = format!("--{boundary}");
    let body = &request.body;
    let mut at = find(body, mark.as_bytes(), 0)? + mark.len();
    let mut found = Vec::new();
    loop {
        if body.get(at..at + 2)? == b"--" {
            return Some(found);
        }
        at += 2;
        let head_end = find(body, b"\r\n\r\n", at)?;
        let head = std::str::from_utf8(body.get(at..head_end)?).ok()?;
        let end = find(body, format!("\r\n{mark}").as_bytes(), head_end + 2)?;
        let bytes = body.slice((head_end + 4).min(end)..end);
        let header = |name: &str| {
            head.lines().find_map(|line| {
                let (n, v) = line.split_once(':')?;
                n.eq_ignore_ascii_case(name).then(|| v.trim().to_owned())
            })
        };
        let disposition = header("content-disposition")?;
        found.push(Part {
            name: parameter(&disposition, "name")?,
            file: parameter(&disposition, "filename"),
            mime: header("content-type"),
            bytes,
        });
        at = end + 2 + mark.len();
    }
}

/// `; name="value"` or without quotes.
fn parameter(text: &str, name: &str) -> Option<String> {
    let value = text.split(';').find_map(|piece| piece.trim().strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim().trim_matches('"').to_owned())
}

fn find(body: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let rest = body.get(from..)?;
    rest.windows(what.len()).position(|w| w == what).map(|at| at + from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &str) -> Request {
        let kind = "multipart/form-data; boundary=\"XX\"".to_owned();
        Request {
            headers: vec![("content-type".into(), kind)],
            body: Bytes::from(body.to_owned()),
            ..Request::default()
        }
    }

    #[test]
    fn fields_and_files_are_told_apart() {
        let body = "--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--XX\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"a.ogg\"\r\nContent-Type: audio/ogg\r\n\r\n\
            \r\n--X\r\n\r\n--XX--\r\n";
        let parts = parts(&request(body)).unwrap();
        assert_eq!((parts[0].name.as_str(), &parts[0].bytes[..]), ("model", &b"whisper-1"[..]));
        assert_eq!(parts[1].file.as_deref(), Some("a.ogg"));
        assert_eq!((parts[1].mime.as_deref(), &parts[1].bytes[..]), (Some("audio/ogg"), &b"\r\n--X\r\n"[..]));
    }

    #[test]
    fn a_body_that_breaks_off_is_none() {
        assert!(parts(&request("--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb")).is_none());
        assert!(parts(&Request::default()).is_none());
    }
}
