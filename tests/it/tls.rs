//! TLS by certificate files: served, renewed without a restart, refused in one line where the files are wrong.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};
use std::io::{Read, Write};

use crate::cluster;
use crate::house::House;

struct Files {
    cert: PathBuf,
    key: PathBuf,
    der: CertificateDer<'static>,
}

/// A certificate of its own for 127.0.0.1, in files.
fn certificate(folder: &Path) -> Files {
    std::fs::create_dir_all(folder).unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    std::fs::write(&cert, made.cert.pem()).unwrap();
    Files { cert, key, der: made.cert.der().clone() }
}

/// The first line of what the server answers to who trusts this certificate alone.
fn ask(address: &str, trusted: &CertificateDer<'static>, request: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut tcp = TcpStream::connect(address)?;
    let mut tls = Stream::new(&mut connection, &mut tcp);
    tls.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    // A peer that closes without a word of TLS is as good as its end here.
    let _ = tls.read_to_end(&mut answer);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn pages_and_sockets_and_a_renewal() {
    let folder = cluster::scratch().join(format!("tls-{}", uuid::Uuid::new_v4()));
    let first = certificate(&folder);
    let (cert, key) = (first.cert.display().to_string(), first.key.display().to_string());
    let house = House::with(true, &["--tls-cert", &cert, "--tls-key", &key]).await;
    assert!(house.app.public_url.starts_with("https://"), "{}", house.app.public_url);
    let address = house.url.rsplit('/').next().unwrap().to_owned();
    let live = "GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = ask(&address, &first.der, live).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.to_lowercase().contains("strict-transport-security"), "{answer}");
    let socket = "GET /ws/technician HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let upgrade = {
        let (address, der) = (address.clone(), first.der.clone());
        // It closes by itself after five seconds without a hello.
        tokio::task::spawn_blocking(move || ask(&address, &der, socket)).await.unwrap().unwrap()
    };
    assert!(upgrade.starts_with("HTTP/1.1 101"), "{upgrade}");

    // Renewed: whoever trusted the old one alone gets in no more, the new one does.
    let second = certificate(&folder);
    assert!(house.app.tls.files.as_ref().unwrap().renew());
    assert!(ask(&address, &second.der, live).unwrap().starts_with("HTTP/1.1 200"));
    assert!(ask(&address, &first.der, live).map_or(true, |a| a.is_empty()));
    // A half-written pair changes nothing.
    std::fs::write(&second.key, "-----BEGIN").unwrap();
    assert!(!house.app.tls.files.as_ref().unwrap().renew());
    assert!(ask(&address, &second.der, live).unwrap().starts_with("HTTP/1.1 200"));
}
