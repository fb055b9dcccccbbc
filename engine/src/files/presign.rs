//! Addresses of a store that carry their own leave: AWS signature version 4 in the query, for S3 and what speaks
//! like it (R2, MinIO, Garage).
//!
//! Ours and not the library's, because a signature must be computable for a given moment: for its published
//! vector, and so that the same picture keeps one address for minutes and a browser its copy.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use ring::hmac::{HMAC_SHA256, Key, sign};
use url::Url;

use crate::auth::keys::{hex, sha256};

/// Who signs. Prints nothing of itself.
#[derive(Clone)]
pub struct Signer {
    /// The access key's id, which is no secret.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// As `us-east-1`; R2 says `auto`.
    pub region: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({}, {})", self.access_key, self.region)
    }
}

/// RFC 3986's unreserved signs stand as they are; so does the slash of a path.
fn escape(text: &str, keeps_slash: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~')
            || (keeps_slash && byte == b'/');
        if is_plain {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

impl Signer {
    /// The address with leave to do `method` with it for `expires_s` seconds from `at`.
    ///
    /// `bucket` is the bucket's address, `key` the object's name in it as it is. Only the host is signed beside the
    /// query: any client may use it.
    pub fn presign(
        &self,
        method: &str,
        (bucket, key): (&Url, &str),
        at: DateTime<Utc>,
        expires_s: u32,
    ) -> Url {
        let (day, time) = (at.format("%Y%m%d").to_string(), at.format("%Y%m%dT%H%M%SZ").to_string());
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let host = match (bucket.host_str().unwrap_or_default(), bucket.port()) {
            (host, Some(port)) => format!("{host}:{port}"),
            (host, None) => host.to_owned(),
        };
        // In the order of their names, as the signature wants them.
        let query = [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("X-Amz-Credential", format!("{}/{scope}", self.access_key)),
            ("X-Amz-Date", time.clone()),
            ("X-Amz-Expires", expires_s.to_string()),
            ("X-Amz-SignedHeaders", "host".to_owned()),
        ]
        .map(|(name, value)| format!("{name}={}", escape(&value, false)))
        .join("&");
        let path = format!("{}/{}", bucket.path().trim_end_matches('/'), escape(key, true));
        let request = format!("{method}\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
        let statement = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&sha256(request.as_bytes())));
        let mut signing = format!("AWS4{}", self.secret_key).into_bytes();
        for step in [day.as_str(), &self.region, "s3", "aws4_request"] {
            signing = mac(&signing, step);
        }
        let signature = hex(&mac(&signing, &statement));
        let mut signed = bucket.clone();
        signed.set_path(&path);
        signed.set_query(Some(&format!("{query}&X-Amz-Signature={signature}")));
        signed
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    sign(&Key::new(HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AWS, "Authenticating Requests: Using Query Parameters", its one example.
    #[test]
    fn the_published_vector() {
        let signer = Signer {
            access_key: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            region: "us-east-1".into(),
        };
        let bucket = Url::parse("https://examplebucket.s3.amazonaws.com").unwrap();
        let signed =
            signer.presign("GET", (&bucket, "test.txt"), "2013-05-24T00:00:00Z".parse().unwrap(), 86_400);
        assert_eq!(
            signed.as_str(),
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
        assert!(!format!("{signer:?}").contains("wJalr"), "the secret prints nowhere");
    }
}
