//! The one HTTP client, and the way of every call: through the breakers, within a budget, never redirected.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use metrics::{counter, histogram};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, RequestBuilder, Response};
use serde::de::DeserializeOwned;

use super::{Failure, Service};
use crate::breaker::{Breakers, Permit};
use crate::error::{Error, Result};
use crate::ids::OrgId;

/// Time to a connection, TLS included (reliability.md, fault 22).
const CONNECT: Duration = Duration::from_secs(3);
/// The longest wait that a `Retry-After` may ask for: a provider that says more is asked all the same.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// What one call may take.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// From the first byte sent to the last one read.
    pub total: Duration,
    /// A longer answer is cut off and counts as broken.
    pub most_bytes: usize,
}

impl Budget {
    /// So many seconds, and answers of up to a mebibyte.
    pub const fn seconds(seconds: u64) -> Self {
        Self { total: Duration::from_secs(seconds), most_bytes: 1 << 20 }
    }
}

/// A complete answer, whatever its status but 429 and 5xx.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The heads.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    /// Whether it says yes (2xx).
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; one that is not is as good as none.
    ///
    /// # Errors
    /// [`Failure::Doubtful`]: what was asked for may have been done.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body)
            .map_err(|e| Failure::Doubtful { detail: format!("an answer that is not understood: {e}") })
    }
}

/// The one HTTP client and the breakers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Calls {
    client: Client,
    breakers: Arc<Breakers>,
}

impl Calls {
    /// A client that trusts what the system trusts, and the certificates of `extra_ca` (PEM).
    ///
    /// # Errors
    /// [`Error::Internal`] where that file cannot be read or holds no certificate.
    pub fn new(extra_ca: Option<&Path>) -> Result<Self> {
        // One provider of cryptography for the process; a second installation changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .connect_timeout(CONNECT)
            .redirect(Policy::none())
            .pool_idle_timeout(Duration::from_secs(60))
            .user_agent(concat!("campo/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = extra_ca {
            let cause = |e: &dyn std::fmt::Display| Error::Internal(format!("{}: {e}", path.display()));
            let pem = std::fs::read(path).map_err(|e| cause(&e))?;
            let bundle = Certificate::from_pem_bundle(&pem).map_err(|e| cause(&e))?;
            if bundle.is_empty() {
                return Err(cause(&"holds no certificate"));
            }
            builder = builder.tls_certs_merge(bundle);
        }
        let client = builder.build().map_err(|e| Error::Internal(format!("HTTP client: {e}")))?;
        Ok(Self { client, breakers: Arc::default() })
    }

    /// To build requests with.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The breakers, to look at and for services that are not HTTP.
    pub fn breakers(&self) -> &Breakers {
        &self.breakers
    }

    /// Leave to talk to a service that is not HTTP; the permit is told how it went.
    ///
    /// # Errors
    /// [`Failure::Open`].
    pub fn guard(&self, service: Service, org: Option<OrgId>) -> Result<Permit<'_>, Failure> {
        self.breakers.enter(service, org).map_err(|retry_after| Failure::Open { retry_after })
    }

    /// Sends a request on behalf of `org`, or of the installation.
    ///
    /// # Errors
    /// Every [`Failure`]; any other complete answer is an [`Answer`].
    pub async fn send(
        &self,
        service: Service,
        org: Option<OrgId>,
        request: RequestBuilder,
        budget: Budget,
    ) -> Result<Answer, Failure> {
        let permit = self.guard(service, org)?;
        let since = Instant::now();
        let outcome = tokio::time::timeout(budget.total, exchange(request, budget.most_bytes)).await;
        let outcome = outcome.unwrap_or_else(|_| {
            Err(Failure::Doubtful { detail: format!("{} s are over", budget.total.as_secs_f32()) })
        });
        histogram!("campo_provider_seconds", "service" => service.as_str())
            .record(since.elapsed().as_secs_f64());
        let word = match &outcome {
            Ok(answer) if matches!(answer.status, 401 | 403) => {
                permit.credential_fault();
                "refused"
            }
            Ok(_) => {
                permit.good();
                "answered"
            }
            // It works and is busy: waiting is for the worker, not for the breaker.
            Err(Failure::Busy { .. }) => {
                permit.good();
                "busy"
            }
            Err(_) => {
                permit.fault();
                "failed"
            }
        };
        counter!("campo_provider_calls_total", "service" => service.as_str(), "outcome" => word).increment(1);
        outcome
    }
}

async fn exchange(request: RequestBuilder, most_bytes: usize) -> Result<Answer, Failure> {
    let response = request.send().await.map_err(|e| told(&e))?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let retry_after = wait_asked(&headers);
    let body = read(response, most_bytes).await?;
    match status {
        429 => Err(Failure::Busy { retry_after, body }),
        500.. => Err(Failure::Broken { status, retry_after, body }),
        _ => Ok(Answer { status, headers, body }),
    }
}

async fn read(mut response: Response, most_bytes: usize) -> Result<Bytes, Failure> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| told(&e))? {
        if body.len() + chunk.len() > most_bytes {
            return Err(Failure::Doubtful { detail: format!("an answer of more than {most_bytes} bytes") });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// What the client said, without the address: it may hold a secret.
fn told(error: &reqwest::Error) -> Failure {
    let mut detail = String::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(next) = cause {
        detail = next.to_string();
        cause = next.source();
    }
    if detail.is_empty() {
        detail = if error.is_timeout() { "too slow".into() } else { "broken off".into() };
    }
    if error.is_connect() || error.is_builder() {
        Failure::Unreachable { detail }
    } else {
        Failure::Doubtful { detail }
    }
}

/// Seconds or a date (RFC 9110, 10.2.3).
fn wait_asked(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = chrono::DateTime::parse_from_rfc2822(text).ok()?;
            (at.to_utc() - chrono::Utc::now()).to_std().unwrap_or_default()
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_wait_are_read() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            wait_asked(&headers)
        };
        assert_eq!(of("7"), Some(Duration::from_secs(7)));
        assert_eq!(of("99999999"), Some(LONGEST_WAIT));
        assert_eq!(of("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(of("soon"), None);
    }
}
