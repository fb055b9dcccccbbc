//! Certificates made at the start: one that clients can be told to trust, one that nobody should accept.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::error::{Outcome, Trouble};

/// A self-signed certificate.
#[derive(Debug)]
pub struct Identity {
    der: Vec<u8>,
    key: Vec<u8>,
}

impl Identity {
    /// Valid from 2020 to 2049 for this DNS name and, where given, this IPv4 address.
    ///
    /// # Errors
    /// When the operating system has no randomness.
    pub fn new(name: &str, address: Option<[u8; 4]>) -> Outcome<Self> {
        let random = SystemRandom::new();
        let broken = |_| Trouble::new("no key could be made");
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).map_err(broken)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref(), &random)
            .map_err(|_| Trouble::new("a key that is none"))?;
        let body = to_be_signed(name, address, pair.public_key().as_ref());
        let signature = pair.sign(&random, &body).map_err(broken)?;
        let der = sequence(&[&body, &ecdsa_with_sha256(), &bits(signature.as_ref())]);
        Ok(Self { der, key: key.as_ref().to_vec() })
    }

    /// The certificate as PEM, to be trusted.
    pub fn pem(&self) -> String {
        let text = STANDARD.encode(&self.der);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    /// A server's side of TLS 1.2 and 1.3 with this certificate.
    ///
    /// # Errors
    /// Where rustls does not accept it.
    pub fn server(&self) -> Outcome<Arc<ServerConfig>> {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let trouble = |e: rustls::Error| Trouble::new(format!("TLS: {e}"));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(trouble)?
            .with_no_client_auth()
            .with_single_cert(vec![CertificateDer::from(self.der.clone())], key)
            .map_err(trouble)?;
        Ok(Arc::new(config))
    }
}

/// RFC 5280's TBSCertificate, version 3.
fn to_be_signed(name: &str, address: Option<[u8; 4]>, public_key: &[u8]) -> Vec<u8> {
    let common_name = tlv(0x0c, name.as_bytes());
    let who = sequence(&[&tlv(0x31, &sequence(&[&oid(&[0x55, 0x04, 0x03]), &common_name]))]);
    let valid = sequence(&[&tlv(0x17, b"200101000000Z"), &tlv(0x17, b"491231235959Z")]);
    // id-ecPublicKey on prime256v1.
    let algorithm = sequence(&[
        &oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]),
        &oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]),
    ]);
    let mut names = tlv(0x82, name.as_bytes());
    if let Some(address) = address {
        names.extend(tlv(0x87, &address));
    }
    let alternatives = sequence(&[&oid(&[0x55, 0x1d, 0x11]), &tlv(0x04, &tlv(0x30, &names))]);
    sequence(&[
        &tlv(0xa0, &tlv(0x02, &[2])),
        &tlv(0x02, &[1]),
        &ecdsa_with_sha256(),
        &who,
        &valid,
        &who,
        &sequence(&[&algorithm, &bits(public_key)]),
        &tlv(0xa3, &sequence(&[&alternatives])),
    ])
}

fn ecdsa_with_sha256() -> Vec<u8> {
    sequence(&[&oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02])])
}

fn oid(bytes: &[u8]) -> Vec<u8> {
    tlv(0x06, bytes)
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], bytes].concat())
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// One value of DER: tag, length, content.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..128 => out.push(length as u8),
        128..256 => out.extend([0x81, length as u8]),
        _ => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend_from_slice(content);
    out
}
