//! Media that customers sent: named by an id, described by Meta, fetched from where it says.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{Meta, Number, Trouble, errors};
use crate::providers::{Budget, Calls, Service};
use std::time::Duration;

/// What Meta says of media.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MediaInfo {
    /// Where it is, for five minutes.
    pub url: String,
    /// Its type.
    #[serde(default)]
    pub mime_type: Option<String>,
    /// SHA-256 of its bytes, hexadecimal.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Its length, as a number or a text.
    #[serde(default)]
    file_size: Value,
}

impl MediaInfo {
    /// Its length in bytes, where it is said.
    pub fn bytes(&self) -> Option<u64> {
        self.file_size.as_u64().or_else(|| self.file_size.as_str()?.parse().ok())
    }
}

/// Hosts that hold Meta's media, by their ends.
const HOSTS: [&str; 2] = ["fbsbx.com", "fbcdn.net"];

/// Whether media may be fetched from there, with the token: Meta's own hosts by TLS, or the configured API's.
///
/// The name is Meta's and TLS proves it, so what it resolves to needs no look: an inner address cannot show Meta's
/// certificate. An address instead of a name is only let through where the operator configured it.
pub fn is_allowed(url: &str, base_url: &str) -> bool {
    let (Ok(url), Ok(base)) = (Url::parse(url), Url::parse(base_url)) else { return false };
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    let is_of_base = url.scheme() == base.scheme()
        && url.host().is_some()
        && url.host() == base.host()
        && url.port_or_known_default() == base.port_or_known_default();
    let is_meta = url.domain().is_some_and(|host| {
        HOSTS.iter().any(|end| host == *end || host.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')))
    });
    is_of_base || (is_meta && url.scheme() == "https" && url.port_or_known_default() == Some(443))
}

impl Meta {
    /// What is known of media, and where it is.
    ///
    /// # Errors
    /// Every [`Trouble`].
    pub async fn media(&self, calls: &Calls, from: &Number, id: &str) -> Result<MediaInfo, Trouble> {
        let url = format!("{}/{}/{}", self.base_url, self.version, id);
        let request = calls.client().get(url).bearer_auth(&from.token);
        let answer =
            calls.send(Service::WhatsApp, from.org, request, super::BUDGET).await.map_err(Trouble::Way)?;
        if !answer.is_success() {
            return Err(errors::refusal(answer.status, &answer.body, None));
        }
        answer.json().map_err(Trouble::Way)
    }

    /// The bytes of media, from where [`Meta::media`] says; never from anywhere else, never redirected.
    ///
    /// # Errors
    /// Every [`Trouble`]; code 0 where the address is not Meta's.
    pub async fn download(
        &self,
        calls: &Calls,
        from: &Number,
        url: &str,
        most_bytes: usize,
    ) -> Result<Bytes, Trouble> {
        if !is_allowed(url, &self.base_url) {
            let detail = "an address that is not Meta's".to_owned();
            return Err(Trouble::Refused { code: 0, reaction: super::Reaction::Content, detail });
        }
        let request = calls.client().get(url).bearer_auth(&from.token);
        let budget = Budget { total: Duration::from_secs(60), most_bytes };
        let answer = calls.send(Service::WhatsApp, from.org, request, budget).await.map_err(Trouble::Way)?;
        if !answer.is_success() {
            return Err(errors::refusal(answer.status, &answer.body, None));
        }
        Ok(answer.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_media_may_come_from() {
        let base = "https://graph.facebook.com";
        for good in [
            "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
            "https://scontent.xx.fbcdn.net/a",
            "https://graph.facebook.com/x",
        ] {
            assert!(is_allowed(good, base), "{good}");
        }
        for bad in [
            "http://lookaside.fbsbx.com/a",
            "https://lookaside.fbsbx.com:8443/a",
            "https://lookaside.fbsbx.com.evil.example/a",
            "https://evilfbsbx.com/a",
            "https://lookaside.fbsbx.com@evil.example/a",
            "https://user@lookaside.fbsbx.com/a",
            "https://127.0.0.1/a",
            "https://[::1]/a",
            "https://2130706433/a",
            "https://169.254.169.254/latest",
            "file:///etc/passwd",
            "ftp://fbsbx.com/a",
            "https://localhost/a",
            "//fbsbx.com/a",
            "",
        ] {
            assert!(!is_allowed(bad, base), "{bad}");
        }
        // A test's own server, and no other port of it.
        assert!(is_allowed("http://127.0.0.1:4000/media/1", "http://127.0.0.1:4000"));
        assert!(!is_allowed("http://127.0.0.1:4001/media/1", "http://127.0.0.1:4000"));
        assert!(!is_allowed("https://127.0.0.1:4000/media/1", "http://127.0.0.1:4000"));
    }

    #[test]
    fn lengths_as_numbers_and_texts() {
        for (text, bytes) in [
            (r#"{"url":"u","file_size":303833}"#, Some(303_833)),
            (r#"{"url":"u","file_size":"303833"}"#, Some(303_833)),
            (r#"{"url":"u"}"#, None),
        ] {
            assert_eq!(serde_json::from_str::<MediaInfo>(text).unwrap().bytes(), bytes);
        }
    }
}
