//! TLS: by certificate files ([`files`]) or by ACME ([`acme`]). Both are taken over while serving.

pub mod acme;
mod door;
mod files;
mod store;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use std::net::TcpListener;

use actix_web::dev::ServerHandle;

use crate::config::Config;
pub use acme::Acme;
pub use files::Files;

/// Whether the listener speaks TLS, and who brings its certificate. Cheap to clone.
#[derive(Clone, Default)]
pub struct Tls {
    /// What the listener shows, where it speaks TLS.
    pub certificate: Option<Arc<Certificate>>,
    /// The files it stands in.
    pub files: Option<Arc<Files>>,
    /// Who makes it.
    pub acme: Option<Arc<Acme>>,
}

impl Tls {
    /// By files, where the operator names them.
    ///
    /// # Errors
    /// What is wrong with them, naming the setting.
    pub fn of_files(config: &Config) -> Result<Self, String> {
        let (Some(cert), Some(key)) = (&config.tls_cert, &config.tls_key) else { return Ok(Self::default()) };
        let certificate = Arc::new(Certificate::default());
        let files = Files::load(cert, key, certificate.clone())?;
        Ok(Self { certificate: Some(certificate), files: Some(files), acme: None })
    }

    /// By ACME, where the operator names domains.
    #[must_use]
    pub fn with_acme(self, config: &Config, public_url: &str, client: &reqwest::Client) -> Self {
        let settings = &config.acme;
        if settings.acme_domains.0.is_empty() {
            return self;
        }
        let orders = acme::Orders {
            domains: settings.acme_domains.0.clone(),
            contact: settings.acme_contact.clone(),
            directory: settings.acme_directory.clone(),
            public_url: public_url.to_owned(),
        };
        let certificate = Arc::new(Certificate::default());
        let acme = Acme::new(orders, config.acme_path(), client.clone(), certificate.clone());
        Self { certificate: Some(certificate), files: None, acme: Some(Arc::new(acme)) }
    }

    /// Begins to look after the certificate; answers the authority on `challenges`.
    ///
    /// # Errors
    /// What the listener says.
    pub fn begin(&self, challenges: Option<TcpListener>) -> Result<Option<ServerHandle>, String> {
        if let Some(files) = self.files.clone() {
            tokio::spawn(files.watch());
        }
        let Some(acme) = self.acme.clone() else { return Ok(None) };
        let door = challenges.map(|listener| acme.open_door(listener)).transpose()?;
        tokio::spawn(acme.keep());
        Ok(door)
    }
}

/// What the listener shows now; none while there is none yet.
#[derive(Default)]
pub struct Certificate(RwLock<Option<Arc<CertifiedKey>>>);

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate")
    }
}

impl Certificate {
    /// Shows another one from now on; open connections stay.
    pub fn show(&self, certified: Arc<CertifiedKey>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(certified);
    }

    /// Whether there is one.
    pub fn is_there(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// What the listener takes.
    ///
    /// # Errors
    /// Where the cryptography of this build has none of the protocol's versions.
    pub fn config(self: &Arc<Self>) -> Result<ServerConfig, String> {
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| format!("TLS: {e}"))?;
        Ok(builder.with_no_client_auth().with_cert_resolver(self.clone()))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A chain and its key, PEM, as the listener takes them.
///
/// # Errors
/// What is wrong, and whether with the chain (`true`) or with the key.
fn certified(chain: &[u8], key: &[u8]) -> Result<Arc<CertifiedKey>, (bool, String)> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(chain).collect::<Result<_, _>>().map_err(|e| (true, e.to_string()))?;
    if chain.is_empty() {
        return Err((true, "holds no certificate".into()));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|e| (false, e.to_string()))?;
    CertifiedKey::from_der(chain, key, &ring::default_provider())
        .map(Arc::new)
        .map_err(|e| (false, format!("does not go with the certificate: {e}")))
}
