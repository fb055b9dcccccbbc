//! The secret that all keys derive from: a file of 32 random bytes, made at the first start.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use campo_engine::auth::keys;

/// Reads the secret, or makes it. Two processes that start at once end with the same one.
pub fn load_or_make(path: &Path) -> Result<Vec<u8>, String> {
    match std::fs::read(path) {
        Ok(secret) => check(path, secret),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            make(path).map_err(|e| format!("cannot make the secret {}: {e}", path.display()))?;
            let secret = std::fs::read(path).map_err(|e| unreadable(path, &e))?;
            check(path, secret)
        }
        Err(e) => Err(unreadable(path, &e)),
    }
}

fn unreadable(path: &Path, e: &std::io::Error) -> String {
    format!("cannot read the secret {}: {e}", path.display())
}

fn check(path: &Path, secret: Vec<u8>) -> Result<Vec<u8>, String> {
    if secret.len() < 32 {
        return Err(format!("the secret {} is damaged: it has {} bytes of 32", path.display(), secret.len()));
    }
    let mode = std::fs::metadata(path).map_or(0, |m| m.permissions().mode());
    if mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others may read the secret: chmod 600 it");
    }
    Ok(secret)
}

/// Writes a file of keys: whole or not at all, for us alone.
pub fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let draft = path.with_extension(format!("new.{}", std::process::id()));
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
}

/// Writes a whole file beside it and links it into place: a half-written secret never has the name.
fn make(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o755).create(folder)?;
    let draft = folder.join(format!(".secret.{}", std::process::id()));
    let bytes = keys::random::<32>().map_err(std::io::Error::other)?;
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        // Another process was faster: its secret is the one.
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_once_private_and_stable() {
        let folder = std::env::temp_dir().join(format!("campo-secret-{}", uuid::Uuid::new_v4()));
        let path = folder.join("deep/secret");
        let first = load_or_make(&path).unwrap();
        assert_eq!(first.len(), 32);
        assert_eq!(load_or_make(&path).unwrap(), first);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, b"short").unwrap();
        assert!(load_or_make(&path).unwrap_err().contains("damaged"));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
