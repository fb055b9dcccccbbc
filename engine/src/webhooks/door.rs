//! The way out to customers' systems: a client of its own that connects to public addresses alone.
//!
//! The name is resolved once, its addresses are checked, and the connection goes to what was checked: a name that
//! changes its mind between two look-ups gains nothing. No redirects, no proxies of the surroundings.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response};

use super::address::is_public;
use super::rules::ANSWER;
use crate::error::{Error, Result};

/// Time to a connection, TLS included.
const CONNECT: Duration = Duration::from_secs(5);
/// Bytes of an answer that are kept for the log.
const KEPT: usize = 500;

/// The client of customers' webhooks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Door {
    client: Client,
    allows_private: bool,
}

/// What a customer's system answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The status, where there was an answer at all.
    pub status: Option<u16>,
    /// Why it does not count; none after a success (2xx).
    pub error: Option<String>,
    /// The first words of the answer.
    pub answer: Option<String>,
    /// From the first look-up to the last byte read.
    pub took: Duration,
}

impl Door {
    /// A door that trusts what the system trusts, and the certificates of `extra_ca` (PEM).
    ///
    /// # Errors
    /// [`Error::Internal`] where that file cannot be read.
    pub fn new(extra_ca: Option<&Path>, allows_private: bool) -> Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .connect_timeout(CONNECT)
            .redirect(Policy::none())
            .no_proxy()
            .pool_idle_timeout(Duration::from_secs(30))
            .dns_resolver(Arc::new(Checked { allows_private }))
            .user_agent(concat!("campo-webhooks/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = extra_ca {
            let cause = |e: &dyn std::fmt::Display| Error::Internal(format!("{}: {e}", path.display()));
            let pem = std::fs::read(path).map_err(|e| cause(&e))?;
            builder = builder.tls_certs_merge(Certificate::from_pem_bundle(&pem).map_err(|e| cause(&e))?);
        }
        let client = builder.build().map_err(|e| Error::Internal(format!("HTTP client: {e}")))?;
        Ok(Self { client, allows_private })
    }

    /// Whether the operator lets webhooks into private networks, and over plain HTTP.
    pub fn allows_private(&self) -> bool {
        self.allows_private
    }

    /// What is wrong with an address as people write it; the address in its one form otherwise.
    pub fn check(&self, url: &str) -> Result<url::Url, &'static str> {
        let url = url::Url::parse(url.trim()).map_err(|_| "no es una dirección (not an address)")?;
        let is_secure = url.scheme() == "https" || (self.allows_private && url.scheme() == "http");
        if !is_secure {
            return Err("debe empezar con https:// (must begin with https://)");
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err("sin usuario, clave ni # (no user, password or fragment)");
        }
        let closed = "debe ser una dirección pública de Internet (must be a public address)";
        let is_open = match url.host() {
            Some(url::Host::Ipv4(ip)) => is_public(IpAddr::V4(ip)),
            Some(url::Host::Ipv6(ip)) => is_public(IpAddr::V6(ip)),
            Some(url::Host::Domain(name)) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                name != "localhost" && !name.ends_with(".localhost")
            }
            None => false,
        };
        if is_open || self.allows_private { Ok(url) } else { Err(closed) }
    }

    /// POSTs a signed body; every outcome is an [`Answered`].
    pub async fn post(&self, url: &str, headers: [(&'static str, String); 3], body: Vec<u8>) -> Answered {
        let since = Instant::now();
        let fault = |error: String| Answered {
            status: None,
            error: Some(error),
            answer: None,
            took: since.elapsed(),
        };
        // Again: the address of an older row is judged by the rules of today.
        let url = match self.check(url) {
            Ok(url) => url,
            Err(reason) => return fault(reason.to_owned()),
        };
        let mut request = self.client.post(url).header("content-type", "application/json").body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let exchange = async {
            let response = request.send().await.map_err(|e| told(&e))?;
            let status = response.status().as_u16();
            Ok::<_, String>((status, first_words(response).await))
        };
        match tokio::time::timeout(ANSWER, exchange).await {
            Err(_) => fault(format!("no answer within {} s", ANSWER.as_secs())),
            Ok(Err(error)) => fault(error),
            Ok(Ok((status, answer))) => {
                let error = match status {
                    200..300 => None,
                    300..400 => Some(format!("{status}: redirects are not followed")),
                    _ => Some(format!("answered {status}")),
                };
                Answered { status: Some(status), error, answer, took: since.elapsed() }
            }
        }
    }
}

/// The beginning of an answer's body; a body that breaks off changes nothing about the status.
async fn first_words(mut response: Response) -> Option<String> {
    let mut bytes = Vec::new();
    while bytes.len() < KEPT
        && let Ok(Some(chunk)) = response.chunk().await
    {
        bytes.extend_from_slice(&chunk);
    }
    bytes.truncate(KEPT);
    // NUL is the one sign that PostgreSQL does not store.
    let text = String::from_utf8_lossy(&bytes).replace('\0', "");
    (!text.is_empty()).then_some(text)
}

/// The innermost cause, without the address: its query may hold a secret.
fn told(error: &reqwest::Error) -> String {
    let mut said = if error.is_connect() { "no connection".to_owned() } else { "broken off".to_owned() };
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(next) = cause {
        if next.source().is_none() {
            said = format!("{said}: {next}");
        }
        cause = next.source();
    }
    said
}

/// Resolves names and passes on public addresses alone.
struct Checked {
    allows_private: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let allows_private = self.allows_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One closed address among open ones is a trap or a mistake: neither is called.
            if !allows_private && !found.iter().all(|a| is_public(a.ip())) {
                return Err("the name leads to an address that is not public".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_write_them() {
        let door = Door::new(None, false).unwrap();
        for good in ["https://example.com/hook?x=1", "https://8.8.8.8/", "https://[2606:4700::1111]:8443/x"] {
            assert!(door.check(good).is_ok(), "{good}");
        }
        for bad in [
            "http://example.com/",
            "ftp://example.com/",
            "https://u:p@example.com/",
            "https://example.com/#x",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://x.localhost/",
            "https://169.254.169.254/latest",
            "nowhere",
            "",
        ] {
            assert!(door.check(bad).is_err(), "{bad}");
        }
        let door = Door::new(None, true).unwrap();
        assert!(door.check("http://127.0.0.1:9/hook").is_ok() && door.check("gopher://127.0.0.1/").is_err());
    }

    /// A name of the machine itself is found out when it is resolved, not only where it is written.
    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_called() {
        let checked = Checked { allows_private: false };
        assert!(checked.resolve("localhost".parse().unwrap()).await.is_err());
        let open = Checked { allows_private: true };
        assert!(open.resolve("localhost".parse().unwrap()).await.is_ok());
    }
}
