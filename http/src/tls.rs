//! TLS by certificate files, read again when they change: who renews them need not restart anything.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// How often it is looked whether the files are others.
const LOOK: Duration = Duration::from_secs(30);

/// A certificate chain and its key, as they stand in their files.
pub struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    current: RwLock<(Stamp, Arc<CertifiedKey>)>,
}

/// When both files were written.
type Stamp = (Option<SystemTime>, Option<SystemTime>);

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.cert.display())
    }
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// What is wrong with them, naming the setting.
    pub fn load(cert: &Path, key: &Path) -> Result<Arc<Self>, String> {
        let current = RwLock::new((stamp(cert, key), read(cert, key)?));
        Ok(Arc::new(Self { cert: cert.into(), key: key.into(), current }))
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

    /// Takes new files over for ever; a pair that does not fit (one of two is written) is left for the next look.
    pub async fn watch(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK).await;
            self.renew();
        }
    }

    /// Takes new files over; says whether there were any.
    pub fn renew(&self) -> bool {
        let now = stamp(&self.cert, &self.key);
        if self.current.read().unwrap_or_else(PoisonError::into_inner).0 == now {
            return false;
        }
        match read(&self.cert, &self.key) {
            Ok(fresh) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = (now, fresh);
                tracing::info!("a new TLS certificate is served");
                true
            }
            Err(error) => {
                tracing::warn!(error, "the new TLS certificate cannot be used; the old one is served");
                false
            }
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).1.clone())
    }
}

fn stamp(cert: &Path, key: &Path) -> Stamp {
    let written = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    (written(cert), written(key))
}

fn read(cert: &Path, key: &Path) -> Result<Arc<CertifiedKey>, String> {
    let wrong = |name: &str, path: &Path, e: &dyn fmt::Display| format!("{name}: {}: {e}", path.display());
    let of_cert = |e: &dyn fmt::Display| wrong("CAMPO_TLS_CERT", cert, e);
    let of_key = |e: &dyn fmt::Display| wrong("CAMPO_TLS_KEY", key, e);
    let pem = std::fs::read(cert).map_err(|e| of_cert(&e))?;
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|e| of_cert(&e))?;
    if chain.is_empty() {
        return Err(of_cert(&"holds no certificate"));
    }
    let pem = std::fs::read(key).map_err(|e| of_key(&e))?;
    let key_der = PrivateKeyDer::from_pem_slice(&pem).map_err(|e| of_key(&e))?;
    let certified = CertifiedKey::from_der(chain, key_der, &ring::default_provider())
        .map_err(|e| of_key(&format!("does not go with the certificate: {e}")))?;
    Ok(Arc::new(certified))
}
