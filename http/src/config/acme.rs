//! Certificates by ACME.

use std::net::SocketAddr;

use clap::Args;

/// Where Let's Encrypt begins.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// Certificates by ACME (RFC 8555): made, kept under `CAMPO_DATA/acme` and renewed by the server itself.
#[derive(Debug, Clone, Args)]
pub struct Acme {
    /// Names that a certificate is to be made for, separated by commas; with them the server speaks TLS.
    #[arg(
        long,
        env = "CAMPO_ACME_DOMAINS",
        value_name = "CAMPO_ACME_DOMAINS",
        global = true,
        default_value = ""
    )]
    pub acme_domains: Domains,
    /// Whom the authority may write to, as mailto:ops@campo.example.
    #[arg(long, env = "CAMPO_ACME_CONTACT", value_name = "CAMPO_ACME_CONTACT", global = true, value_parser = contact)]
    pub acme_contact: Option<String>,
    /// The authority's directory; taking it agrees to its terms.
    #[arg(long, env = "CAMPO_ACME_DIRECTORY", value_name = "CAMPO_ACME_DIRECTORY", global = true,
          default_value = LETS_ENCRYPT, value_parser = directory)]
    pub acme_directory: String,
    /// Where the authority's questions are answered and everything else is sent to https; port 80 from outside.
    #[arg(long, env = "CAMPO_ACME_HTTP_LISTEN", value_name = "CAMPO_ACME_HTTP_LISTEN", global = true,
          default_value = "0.0.0.0:80", value_parser = super::listen_address)]
    pub acme_http_listen: SocketAddr,
}

/// Names of hosts, in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Domains(pub Vec<String>);

impl std::str::FromStr for Domains {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let names = text.split(',').map(str::trim).filter(|n| !n.is_empty());
        names.map(domain).collect::<Result<_, _>>().map(Self)
    }
}

fn domain(name: &str) -> Result<String, String> {
    let is_label = |l: &str| {
        (1..=63).contains(&l.len())
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let is_address = name.parse::<std::net::IpAddr>().is_ok();
    if !is_address && name.len() <= 253 && name.contains('.') && name.split('.').all(is_label) {
        return Ok(name.to_ascii_lowercase());
    }
    Err(format!("{name} is no name of a host, as campo.example (no wildcard, no address)"))
}

/// An empty variable is how container tools write "not set".
fn contact(text: &str) -> Result<String, String> {
    if text.is_empty() || (text.starts_with("mailto:") && text.contains('@')) {
        return Ok(text.to_owned());
    }
    Err("expected an address to write to, as mailto:ops@campo.example".into())
}

/// Over TLS; without it on this machine alone.
fn directory(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).ok();
    let is_good = url.is_some_and(|u| match u.scheme() {
        "https" => u.host().is_some(),
        "http" => matches!(u.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")),
        _ => false,
    });
    if is_good { Ok(text.to_owned()) } else { Err("expected https:// and a directory".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_hosts() {
        let names: Domains = "Campo.Example, www.campo.example".parse().unwrap();
        assert_eq!(names.0, ["campo.example", "www.campo.example"]);
        for wrong in ["10.0.0.1", "*.campo.example", "localhost", "-x.example", "a..b", "x y.example"] {
            assert!(wrong.parse::<Domains>().is_err(), "{wrong}");
        }
        assert_eq!("".parse::<Domains>().unwrap(), Domains::default());
    }

    #[test]
    fn directories_over_tls() {
        assert!(directory(LETS_ENCRYPT).is_ok() && directory("http://127.0.0.1:14000/dir").is_ok());
        assert!(directory("http://acme.example/dir").is_err() && directory("x").is_err());
    }
}
