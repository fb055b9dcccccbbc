//! Certificates by ACME (RFC 8555, HTTP-01): made at the first start, renewed when two thirds of their life are over.
//!
//! What goes wrong is logged and tried again later and later, never more than four times in the first two hours and then
//! every six: authorities bound failures to five an hour. Nothing restarts for a new certificate.

use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::BuildHasher;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::Request;
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, BodyWrapper, BytesResponse, ChallengeType, Error,
    HttpClient, Identifier, NewAccount, NewOrder, OrderStatus, RetryPolicy,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::sync::Mutex;

use super::door::{self, Answers};
use super::store::{Kept, Store, Tries};
use super::{Certificate, certified};

/// Waits after failures.
const WAITS_MIN: [i64; 5] = [15, 30, 60, 120, 360];
/// An authority that says "too many" is left alone for this long.
const LIMITED_MIN: i64 = 360;
/// The longest sleep: a clock that was put right is noticed.
const NAP: Duration = Duration::from_secs(3600);
/// How long an order may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the operator decided.
#[derive(Debug, Clone)]
pub struct Orders {
    /// The names; at least one.
    pub domains: Vec<String>,
    /// Whom the authority may write to.
    pub contact: Option<String>,
    /// The authority's directory.
    pub directory: String,
    /// What links are made of: where port 80 leads.
    pub public_url: String,
}

/// Makes and renews.
pub struct Acme {
    orders: Orders,
    store: Store,
    client: reqwest::Client,
    answers: Answers,
    shown: Arc<Certificate>,
    /// One order at a time.
    at_work: Mutex<()>,
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Whether there is a new certificate.
    pub renewed: bool,
    /// When the next turn is due.
    pub next: DateTime<Utc>,
}

impl Acme {
    /// Shows what is kept, if it is for these names.
    pub fn new(
        orders: Orders,
        folder: std::path::PathBuf,
        client: reqwest::Client,
        shown: Arc<Certificate>,
    ) -> Self {
        let store = Store::new(folder);
        let this =
            Self { orders, store, client, answers: Answers::default(), shown, at_work: Mutex::default() };
        if let Some(kept) = this.kept() {
            match certified(kept.chain.as_bytes(), kept.key.as_bytes()) {
                Ok(certified) => this.shown.show(certified),
                Err((_, error)) => {
                    tracing::warn!(error, "the certificate that is kept cannot be used; another is asked for")
                }
            }
        }
        this
    }

    /// Answers the authority and sends everybody else to https.
    ///
    /// # Errors
    /// What the listener says.
    pub fn open_door(&self, listener: TcpListener) -> Result<ServerHandle, String> {
        door::open(listener, self.answers.clone(), &self.orders.public_url)
    }

    /// Makes and renews for ever.
    pub async fn keep(self: Arc<Self>) {
        loop {
            let now = Utc::now();
            let turn = self.turn(now).await;
            let wait = (turn.next - now).to_std().unwrap_or_default();
            tokio::time::sleep(wait.clamp(Duration::from_secs(1), NAP)).await;
        }
    }

    /// Does what is due.
    pub async fn turn(&self, now: DateTime<Utc>) -> Turn {
        let _alone = self.at_work.lock().await;
        let due = self.due().unwrap_or(now);
        let tries: Tries = self.store.load("tries.json").unwrap_or_default();
        let next = tries.not_before.map_or(due, |not_before| due.max(not_before));
        if next > now {
            return Turn { renewed: false, next };
        }
        match self.order().await {
            Ok(()) => {
                tracing::info!(domains = ?self.orders.domains, "a new TLS certificate is served");
                self.note(Tries::default());
                Turn { renewed: true, next: self.due().unwrap_or(now + TimeDelta::days(1)) }
            }
            Err(trouble) => {
                let tries = after_failure(tries, now, trouble.is_limited, luck());
                tracing::error!(error = %trouble.words, failures = tries.failures, next = ?tries.not_before,
                    has_certificate = self.shown.is_there(), "no certificate was made; tried again later");
                self.note(tries);
                Turn { renewed: false, next: tries.not_before.unwrap_or(now) }
            }
        }
    }

    fn note(&self, tries: Tries) {
        if let Err(error) = self.store.keep("tries.json", &tries) {
            tracing::error!(error, "when to try again could not be kept");
        }
    }

    fn kept(&self) -> Option<Kept> {
        self.store.load::<Kept>("certificate.json").filter(|kept| kept.domains == self.orders.domains)
    }

    /// When the certificate that is shown is to be renewed; none where there is none.
    fn due(&self) -> Option<DateTime<Utc>> {
        let kept = self.kept().filter(|_| self.shown.is_there())?;
        let (from, to) = life(&kept.chain)?;
        // The same certificate is due at the same time after every restart.
        let luck =
            f64::from(kept.chain.bytes().fold(7u16, |a, b| a.wrapping_mul(31).wrapping_add(u16::from(b))))
                / 65_536.0;
        Some(renewal(from, to, luck))
    }

    /// One order, from the account to the certificate.
    async fn order(&self) -> Result<(), Trouble> {
        let made = tokio::time::timeout(PATIENCE, self.made()).await;
        self.answers.clear();
        let (chain, key) = made.map_err(|_| Trouble::new("the authority took too long"))??;
        let certified = certified(chain.as_bytes(), key.as_bytes()).map_err(|(_, why)| Trouble::new(why))?;
        let kept = Kept { domains: self.orders.domains.clone(), chain, key };
        self.store.keep("certificate.json", &kept).map_err(Trouble::new)?;
        self.shown.show(certified);
        Ok(())
    }

    async fn made(&self) -> Result<(String, String), Trouble> {
        let account = self.account().await?;
        let names: Vec<Identifier> = self.orders.domains.iter().map(|d| Identifier::Dns(d.clone())).collect();
        let mut order = account.new_order(&NewOrder::new(&names)).await?;
        let mut all = order.authorizations();
        while let Some(authorization) = all.next().await {
            let mut authorization = authorization?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let missing = || Trouble::new("the authority offers no HTTP-01 for this name");
            let mut challenge = authorization.challenge(ChallengeType::Http01).ok_or_else(missing)?;
            self.answers.add(&challenge.token, challenge.key_authorization().as_str());
            challenge.set_ready().await?;
        }
        let patience = RetryPolicy::new().timeout(PATIENCE / 2);
        let status = order.poll_ready(&patience).await?;
        if status != OrderStatus::Ready {
            let why = order.state().error.as_ref().map_or_else(String::new, ToString::to_string);
            return Err(Trouble::new(format!(
                "the authority did not believe that the names are ours ({status:?}) {why}"
            )));
        }
        let key = order.finalize().await?;
        Ok((order.poll_certificate(&patience).await?, key))
    }

    /// The account of this directory, made once.
    async fn account(&self) -> Result<Account, Trouble> {
        let name = account_file(&self.orders.directory);
        let http = || Box::new(Http(self.client.clone()));
        if let Some(credentials) = self.store.load::<AccountCredentials>(&name) {
            return Ok(Account::builder_with_http(http()).from_credentials(credentials).await?);
        }
        let contact: Vec<&str> =
            self.orders.contact.as_deref().filter(|c| !c.is_empty()).into_iter().collect();
        let new =
            NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let (account, credentials) =
            Account::builder_with_http(http()).create(&new, self.orders.directory.clone(), None).await?;
        self.store.keep(&name, &credentials).map_err(Trouble::new)?;
        Ok(account)
    }
}

/// One file for each directory: the account of a staging authority is none of the real one.
fn account_file(directory: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, directory.as_bytes());
    let short: String = digest.as_ref().iter().take(6).map(|b| format!("{b:02x}")).collect();
    format!("account-{short}.json")
}

/// Why there is no certificate.
struct Trouble {
    words: String,
    /// Whether the authority said "too many".
    is_limited: bool,
}

impl Trouble {
    fn new(words: impl Into<String>) -> Self {
        Self { words: words.into(), is_limited: false }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let is_limited = matches!(&error, Error::Api(problem)
            if problem.r#type.as_deref().is_some_and(|t| t.ends_with(":rateLimited")));
        Self { words: error.to_string(), is_limited }
    }
}

/// Between 0 and 1.
fn luck() -> f64 {
    (RandomState::new().hash_one(0) >> 11) as f64 / (1u64 << 53) as f64
}

/// Two thirds of a life, up to a twentieth of it later: a thousand servers started at once do not all come back at once.
fn renewal(from: DateTime<Utc>, to: DateTime<Utc>, luck: f64) -> DateTime<Utc> {
    let life_s = (to - from).num_seconds() as f64;
    from + TimeDelta::seconds((life_s * (2.0 / 3.0 + luck.clamp(0.0, 1.0) / 20.0)) as i64)
}

/// What is noted after one more failure.
fn after_failure(tries: Tries, now: DateTime<Utc>, is_limited: bool, luck: f64) -> Tries {
    let step = WAITS_MIN.get(tries.failures as usize).or(WAITS_MIN.last()).copied().unwrap_or(LIMITED_MIN);
    let minutes = if is_limited { LIMITED_MIN } else { step };
    let wait = TimeDelta::seconds((minutes as f64 * 60.0 * (1.0 + luck.clamp(0.0, 1.0) / 5.0)) as i64);
    Tries { failures: tries.failures.saturating_add(1), not_before: Some(now + wait) }
}

/// From when until when the first certificate of a chain is good.
fn life(chain: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let der = CertificateDer::pem_slice_iter(chain.as_bytes()).next()?.ok()?;
    let (_, read) = x509_parser::parse_x509_certificate(&der).ok()?;
    let time = |at: x509_parser::time::ASN1Time| DateTime::from_timestamp(at.timestamp(), 0);
    Some((time(read.validity().not_before)?, time(read.validity().not_after)?))
}

/// The house's one HTTP client, as the protocol's library wants it.
struct Http(reqwest::Client);

impl HttpClient for Http {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let client = self.0.clone();
        Box::pin(async move {
            let other = |e: reqwest::Error| Error::Other(Box::new(e));
            let mut request: reqwest::Request = request.map(reqwest::Body::wrap).try_into().map_err(other)?;
            *request.timeout_mut() = Some(Duration::from_secs(20));
            let answer = client.execute(request).await.map_err(other)?;
            Ok(BytesResponse::from(http::Response::<reqwest::Body>::from(answer)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    proptest! {
        /// Never before two thirds, never in the last quarter, for any life.
        #[test]
        fn renewed_in_time(life in 3_600i64..400 * 86_400, luck in 0.0f64..=1.0) {
            let when = (renewal(at(0), at(life), luck) - at(0)).num_seconds();
            prop_assert!(when >= life * 2 / 3 - 1 && when <= life * 3 / 4, "{when} of {life}");
        }

        /// However luck falls: fewer than five failures in any hour.
        #[test]
        fn failures_are_bounded(luck in prop::collection::vec(0.0f64..=1.0, 12)) {
            let (mut tries, mut now, mut times) = (Tries::default(), at(0), Vec::new());
            for luck in luck {
                times.push(now);
                tries = after_failure(tries, now, false, luck);
                now = tries.not_before.unwrap();
            }
            prop_assert!(times.windows(5).all(|w| w[4] - w[0] > TimeDelta::hours(1)));
        }
    }

    #[test]
    fn who_says_too_many_is_left_alone() {
        let tries = after_failure(Tries::default(), at(0), true, 0.0);
        assert_eq!(tries, Tries { failures: 1, not_before: Some(at(6 * 3600)) });
    }
}
