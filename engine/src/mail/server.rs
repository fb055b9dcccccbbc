//! The SMTP server that takes our e-mail, and one conversation with it.
//!
//! lettre speaks the protocol; the steps are taken here, because what a refusal means depends on the step, and after
//! the last dot silence does not mean that nothing was sent.

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::timeout;

/// From the first look-up to the go-ahead for the text.
const BEFORE: Duration = Duration::from_secs(30);
/// From the last dot to the server's word.
const AFTER: Duration = Duration::from_secs(60);

/// How a connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Not at all: a server of one's own.
    None,
    /// `STARTTLS`, required.
    StartTls,
    /// TLS from the first byte.
    Implicit,
}

/// An SMTP server, as `smtps://user:password@host:465`.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    host: String,
    port: u16,
    security: Security,
    login: Option<(String, String)>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({}:{}, {:?})", self.host, self.port, self.security)
    }
}

/// How a conversation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server has it, in its words.
    Taken(String),
    /// For now it cannot (4xx).
    Later(String),
    /// It does not take our login (5xx).
    Login(String),
    /// Nobody has this address there (5xx to the recipient).
    NoSuchAddress(String),
    /// It does not take this message (any other 5xx).
    Refused(String),
    /// No conversation came about: nothing was sent.
    Unreachable(String),
    /// Silence after the last dot: it may have it.
    Doubtful(String),
}

impl Server {
    /// Reads `smtp://`, `starttls://` or `smtps://` with an optional user and password.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            "expected smtps://user:password@host:465, starttls://user:password@host:587 or smtp://host:25";
        let url = url::Url::parse(text).map_err(|_| wrong.to_owned())?;
        let (security, port) = match url.scheme() {
            "smtp" => (Security::None, 25),
            "starttls" => (Security::StartTls, 587),
            "smtps" => (Security::Implicit, 465),
            _ => return Err(wrong.into()),
        };
        let host = url.host_str().filter(|h| !h.is_empty()).ok_or(wrong)?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong.into());
        }
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => Some((decoded(user)?, decoded(password)?)),
            _ => return Err("a user and a password belong together".into()),
        };
        if login.is_some()
            && security == Security::None
            && !matches!(host, "localhost" | "127.0.0.1" | "[::1]")
        {
            return Err("a password is not sent in the clear: use smtps:// or starttls://".into());
        }
        Ok(Self {
            host: host.trim_matches(['[', ']']).into(),
            port: url.port().unwrap_or(port),
            security,
            login,
        })
    }

    /// Hands over one message. `extra_ca` are certificates (PEM) trusted besides those of the system.
    pub async fn send(
        &self,
        (from, to): (&Address, &Address),
        message: &[u8],
        extra_ca: Option<&std::path::Path>,
    ) -> Outcome {
        let mut connection = match timeout(BEFORE, self.prepare(from, to, extra_ca)).await {
            Err(_) => return Outcome::Unreachable(format!("{} s are over", BEFORE.as_secs())),
            Ok(Err(outcome)) => return outcome,
            Ok(Ok(connection)) => connection,
        };
        let word = timeout(AFTER, connection.message(message)).await;
        let outcome = match word {
            Err(_) => Outcome::Doubtful(format!("no word within {} s", AFTER.as_secs())),
            Ok(Ok(response)) => Outcome::Taken(response.message().collect::<Vec<_>>().join(" ")),
            Ok(Err(e)) if e.is_transient() => Outcome::Later(told(&e)),
            Ok(Err(e)) if e.is_permanent() => Outcome::Refused(told(&e)),
            Ok(Err(e)) => Outcome::Doubtful(told(&e)),
        };
        if matches!(outcome, Outcome::Taken(_)) {
            // Politeness: the message is theirs already.
            let _ = timeout(Duration::from_secs(2), connection.quit()).await;
        }
        outcome
    }

    /// Everything up to the go-ahead for the text.
    async fn prepare(
        &self,
        from: &Address,
        to: &Address,
        extra_ca: Option<&std::path::Path>,
    ) -> Result<AsyncSmtpConnection, Outcome> {
        let name = ClientId::Domain(from.domain().to_owned());
        let tls = match self.security {
            Security::None => None,
            _ => Some(self.tls(extra_ca)?),
        };
        let implicit = tls.clone().filter(|_| self.security == Security::Implicit);
        let server = (self.host.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, Some(BEFORE), &name, implicit, None)
            .await
            .map_err(unsent)?;
        if let (Security::StartTls, Some(tls)) = (self.security, tls) {
            connection.starttls(tls, &name).await.map_err(unsent)?;
        }
        if let Some((user, password)) = &self.login {
            let credentials = Credentials::new(user.clone(), password.clone());
            let word = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await;
            word.map_err(|e| if e.is_permanent() { Outcome::Login(told(&e)) } else { unsent(e) })?;
        }
        connection.command(Mail::new(Some(from.clone()), Vec::new())).await.map_err(unsent)?;
        let recipient = connection.command(Rcpt::new(to.clone(), Vec::new())).await;
        recipient.map_err(|e| if e.is_permanent() { Outcome::NoSuchAddress(told(&e)) } else { unsent(e) })?;
        connection.command(Data).await.map_err(unsent)?;
        Ok(connection)
    }

    fn tls(&self, extra_ca: Option<&std::path::Path>) -> Result<TlsParameters, Outcome> {
        let broken = |e: String| Outcome::Unreachable(e);
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(path) = extra_ca {
            let pem = std::fs::read(path).map_err(|e| broken(format!("{}: {e}", path.display())))?;
            builder =
                builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|e| broken(e.to_string()))?);
        }
        builder.build().map_err(|e| broken(e.to_string()))
    }
}

/// What a fault before the text means: nothing was sent.
fn unsent(error: SmtpError) -> Outcome {
    let said = told(&error);
    if error.is_transient() {
        Outcome::Later(said)
    } else if error.is_permanent() {
        Outcome::Refused(said)
    } else {
        Outcome::Unreachable(said)
    }
}

/// The status and the innermost cause.
fn told(error: &SmtpError) -> String {
    let mut said = error.status().map(|code| code.to_string());
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(next) = cause {
        if next.source().is_none() {
            said = Some(said.map_or_else(|| next.to_string(), |code| format!("{code} {next}")));
        }
        cause = next.source();
    }
    said.unwrap_or_else(|| error.to_string()).chars().take(500).collect()
}

fn decoded(part: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next(), rest.next()].into_iter().flatten().collect::<Vec<_>>();
            let text = std::str::from_utf8(&digits).unwrap_or_default();
            bytes.push(u8::from_str_radix(text, 16).map_err(|_| "a broken %-sign".to_owned())?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map_err(|_| "user and password are UTF-8".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_servers() {
        let of = |text: &str| Server::parse(text).unwrap();
        let server = of("smtps://ana%40x.example:p%3Aw%25@mail.example");
        assert_eq!(
            (server.host.as_str(), server.port, server.security),
            ("mail.example", 465, Security::Implicit)
        );
        assert_eq!(server.login, Some(("ana@x.example".into(), "p:w%".into())));
        assert_eq!((of("starttls://h").port, of("starttls://h").security), (587, Security::StartTls));
        assert_eq!((of("smtp://[::1]:2525").host.as_str(), of("smtp://127.0.0.1").port), ("::1", 25));
        for bad in [
            "",
            "http://h",
            "smtp://",
            "smtp://u:p@mail.example",
            "smtp://u@127.0.0.1",
            "smtps://h/path",
            "smtps://h?tls=no",
            "smtps://u:%zz@h",
        ] {
            assert!(Server::parse(bad).is_err(), "{bad}");
        }
        assert!(!format!("{server:?}").contains("p:w"), "no password in logs");
    }
}
