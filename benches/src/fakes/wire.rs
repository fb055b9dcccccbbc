//! HTTP/1.1 by hand: a server of one's own can break off where a library would not let it.

use std::io;

use bytes::Bytes;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// The longest head that is read.
const MOST_HEAD: usize = 64 << 10;
/// The longest body that is read: WhatsApp's documents.
const MOST_BODY: usize = 101 << 20;

/// One request, wholly read.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`, `POST` ..
    pub method: String,
    /// Without the query, percent signs as they came.
    pub path: String,
    /// Decoded pairs, in order.
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As it came.
    pub body: Bytes,
    /// `http://host:port` as the client called us.
    pub origin: String,
}

impl Request {
    /// The first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The first query value of this name.
    pub fn asked(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The token of `Authorization: Bearer`.
    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// The parts of the path, without empty ones.
    pub fn parts(&self) -> Vec<&str> {
        self.path.split('/').filter(|p| !p.is_empty()).collect()
    }

    /// The body as a form.
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&String::from_utf8_lossy(&self.body))
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Besides `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// Its bytes.
    pub body: Bytes,
}

impl Reply {
    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::bytes(status, "application/json; charset=UTF-8", body.to_string())
    }

    /// Any bytes.
    pub fn bytes(status: u16, mime: &str, body: impl Into<Bytes>) -> Self {
        Self { status, headers: vec![("Content-Type".into(), mime.into())], body: body.into() }
    }

    /// No body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// With one more header.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The head as it is written; it always promises the whole body.
    pub fn head(&self) -> String {
        let mut text = format!("HTTP/1.1 {} {}\r\n", self.status, word(self.status));
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        text
    }
}

/// Reads the next request; `None` where the client has closed between two.
///
/// # Errors
/// What is not HTTP, too long, or broken off.
pub async fn read<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    scheme: &str,
) -> io::Result<Option<Request>> {
    let Some(first) = line(stream, MOST_HEAD).await? else { return Ok(None) };
    let mut words = first.split(' ');
    let (Some(method), Some(target), Some(_)) = (words.next(), words.next(), words.next()) else {
        return Err(bad("not a request line"));
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request =
        Request { method: method.into(), path: path.into(), query: pairs(query), ..Request::default() };
    let mut left = MOST_HEAD;
    loop {
        let Some(text) = line(stream, left).await? else { return Err(bad("broken off in the head")) };
        if text.is_empty() {
            break;
        }
        left = left.saturating_sub(text.len());
        let Some((name, value)) = text.split_once(':') else { return Err(bad("not a header")) };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    request.origin = format!("{scheme}://{}", request.header("host").unwrap_or("localhost"));
    if request.header("expect").is_some_and(|e| e.eq_ignore_ascii_case("100-continue")) {
        stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    request.body = body(stream, &request).await?;
    Ok(Some(request))
}

async fn body<S: AsyncRead + Unpin>(stream: &mut BufReader<S>, request: &Request) -> io::Result<Bytes> {
    if request.header("transfer-encoding").is_some_and(|t| t.eq_ignore_ascii_case("chunked")) {
        let mut whole = Vec::new();
        loop {
            let size = line(stream, 1024).await?.ok_or_else(|| bad("broken off in a chunk"))?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or("").trim(), 16)
                .map_err(|_| bad("not a chunk"))?;
            if whole.len() + size > MOST_BODY {
                return Err(bad("too long"));
            }
            whole.extend(exactly(stream, size).await?);
            line(stream, 1024).await?;
            if size == 0 {
                return Ok(whole.into());
            }
        }
    }
    let length = match request.header("content-length") {
        Some(text) => text.parse::<usize>().map_err(|_| bad("not a length"))?,
        None => 0,
    };
    if length > MOST_BODY {
        return Err(bad("too long"));
    }
    Ok(exactly(stream, length).await?.into())
}

async fn exactly<S: AsyncRead + Unpin>(stream: &mut BufReader<S>, size: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; size];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// One line without its end; `None` where nothing at all came.
async fn line<S: AsyncRead + Unpin>(stream: &mut BufReader<S>, most: usize) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    loop {
        let byte = match stream.read_u8().await {
            Ok(byte) => byte,
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof && bytes.is_empty() => return Ok(None),
            Err(e) => return Err(e),
        };
        if byte == b'\n' {
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
            return String::from_utf8(bytes).map(Some).map_err(|_| bad("not text"));
        }
        bytes.push(byte);
        if bytes.len() > most {
            return Err(bad("too long a head"));
        }
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// `a=b&c=d`, decoded.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |p: &str| {
        let (name, value) = p.split_once('=').unwrap_or((p, ""));
        (decoded(name), decoded(value))
    };
    text.split('&').filter(|p| !p.is_empty()).map(pair).collect()
}

/// Percent signs and pluses of a form.
pub fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits: Vec<u8> = bytes.clone().take(2).collect();
                let value = std::str::from_utf8(&digits).ok().and_then(|d| u8::from_str_radix(d, 16).ok());
                match (digits.len(), value) {
                    (2, Some(value)) => {
                        out.push(value);
                        bytes.nth(1);
                    }
                    _ => out.push(b'%'),
                }
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Everything but letters, digits and `-_.~` as percent signs.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn word(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Answer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn parsed(text: &str) -> io::Result<Option<Request>> {
        let (mut ours, theirs) = tokio::io::duplex(1 << 20);
        ours.write_all(text.as_bytes()).await?;
        drop(ours);
        read(&mut BufReader::new(theirs), "http").await
    }

    #[tokio::test]
    async fn lengths_chunks_and_queries_are_read() {
        let text = "POST /a/b?x=1&y=%C3%B1+z HTTP/1.1\r\nHost: h:1\r\nContent-Length: 3\r\n\r\nabcdef";
        let request = parsed(text).await.unwrap().unwrap();
        assert_eq!((request.asked("y"), &request.body[..]), (Some("ñ z"), &b"abc"[..]));
        assert_eq!((request.origin.as_str(), request.parts()), ("http://h:1", vec!["a", "b"]));
        let text =
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        assert_eq!(&parsed(text).await.unwrap().unwrap().body[..], b"abcde");
        assert!(parsed("").await.unwrap().is_none());
        assert!(parsed("GET / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc").await.is_err());
        assert!(parsed("nonsense\r\n\r\n").await.is_err());
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for text in ["a b+c%25", "ñandú &=?/", "100%", "%zz%4"] {
            assert_eq!(decoded(&encoded(text)), text);
        }
        assert_eq!(decoded("%zz%4"), "%zz%4");
    }
}
