//! Certificate files, read again when they change: who renews them need not restart anything.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rustls::sign::CertifiedKey;

use super::Certificate;

/// How often it is looked whether the files are others.
const LOOK: Duration = Duration::from_secs(30);

/// A certificate chain and its key in their files.
#[derive(Debug)]
pub struct Files {
    cert: PathBuf,
    key: PathBuf,
    shown: Arc<Certificate>,
    stamp: Mutex<Stamp>,
}

/// When both files were written.
type Stamp = (Option<SystemTime>, Option<SystemTime>);

impl Files {
    /// Reads the files; they are shown by `shown` from now on.
    ///
    /// # Errors
    /// What is wrong with them, naming the setting.
    pub fn load(cert: &Path, key: &Path, shown: Arc<Certificate>) -> Result<Arc<Self>, String> {
        let stamp = Mutex::new(stamp(cert, key));
        shown.show(read(cert, key)?);
        Ok(Arc::new(Self { cert: cert.into(), key: key.into(), shown, stamp }))
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
        let mut known = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == now {
            return false;
        }
        match read(&self.cert, &self.key) {
            Ok(fresh) => {
                self.shown.show(fresh);
                *known = now;
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

fn stamp(cert: &Path, key: &Path) -> Stamp {
    let written = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    (written(cert), written(key))
}

fn read(cert: &Path, key: &Path) -> Result<Arc<CertifiedKey>, String> {
    let of_cert = |e: String| format!("CAMPO_TLS_CERT: {}: {e}", cert.display());
    let of_key = |e: String| format!("CAMPO_TLS_KEY: {}: {e}", key.display());
    let chain = std::fs::read(cert).map_err(|e| of_cert(e.to_string()))?;
    let pem = std::fs::read(key).map_err(|e| of_key(e.to_string()))?;
    super::certified(&chain, &pem).map_err(|(of_chain, e)| if of_chain { of_cert(e) } else { of_key(e) })
}
