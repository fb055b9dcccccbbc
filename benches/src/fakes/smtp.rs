//! A small real SMTP server (RFC 5321): EHLO, STARTTLS, AUTH, DATA with dot-stuffing, scripted 4xx and 5xx.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::common::Common;
use super::door::{Certificates, Closed, Port, Wire};
use super::fault::{Fault, Kind, Script};
use super::ledger::Entry;

/// The user that is known, and the password.
pub const USER: &str = "campo";
/// See [`USER`].
pub const PASSWORD: &str = "fake-smtp-password";
/// The longest message.
const MOST_BYTES: usize = 25 << 20;
const PATIENCE: Duration = Duration::from_secs(60);

/// A scripted answer to one command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// `EHLO`, `AUTH`, `MAIL`, `RCPT`, `DATA` (the command), `END` (the message's end).
    pub stage: String,
    /// As `421`, `451`, `550`.
    pub code: u16,
    /// How often; 1.
    #[serde(default = "one")]
    pub times: u32,
    /// Only for recipients that hold this.
    #[serde(default)]
    pub to: Option<String>,
}

fn one() -> u32 {
    1
}

/// One message that was taken.
#[derive(Debug, Clone, Serialize)]
pub struct Letter {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The message as it was meant, dots unstuffed.
    pub text: String,
    /// Whether it came through TLS.
    pub tls: bool,
}

/// The fake.
pub struct Smtp {
    common: Arc<Common>,
    /// `reset`, `stall`, `429` (421), `500` (451), `truncate` (the end's answer is lost).
    pub script: Script,
    answers: Mutex<Vec<Answer>>,
    letters: Mutex<Vec<Letter>>,
    port: Arc<Port>,
    closed: Closed,
}

impl Smtp {
    /// Begins to serve.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn open(common: Arc<Common>, port: Port, certificates: Certificates) -> io::Result<Arc<Self>> {
        let smtp = Arc::new(Self {
            common,
            script: Script::new(25),
            answers: Mutex::default(),
            letters: Mutex::default(),
            port: Arc::new(port),
            closed: tokio::sync::watch::channel(None).0,
        });
        let this = smtp.clone();
        super::door::accept(smtp.port.clone(), &smtp.closed, move |stream| {
            let (this, certificates) = (this.clone(), certificates.clone());
            async move {
                let mut closed = this.closed.subscribe();
                tokio::select! {
                    _ = this.connection(stream, certificates) => {}
                    _ = closed.changed() => {}
                }
            }
        })?;
        Ok(smtp)
    }

    /// `smtp://user:password@host:port`
    pub fn url(&self) -> String {
        format!("smtp://{USER}:{PASSWORD}@{}", self.port.address())
    }

    /// Adds a scripted answer.
    pub fn answer(&self, answer: Answer) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
    }

    /// Adds a fault; a refusal begins at once.
    pub fn fault(&self, fault: Fault) {
        if fault.kind == Kind::Refuse {
            let _ = self.closed.send(Some(Duration::from_secs_f64(fault.seconds.clamp(0.0, 3_600.0))));
        } else {
            self.script.add(fault);
        }
    }

    /// All messages that were taken.
    pub fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn scripted(&self, stage: &str, to: &str) -> Option<String> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |a: &Answer| a.stage == stage && a.to.as_deref().is_none_or(|part| to.contains(part));
        let at = answers.iter().position(fits)?;
        let answer = answers.get_mut(at)?;
        let code = answer.code;
        answer.times = answer.times.saturating_sub(1);
        if answer.times == 0 {
            answers.remove(at);
        }
        Some(format!("{code} scripted"))
    }

    async fn connection(&self, stream: TcpStream, certificates: Certificates) -> io::Result<()> {
        let mut talk = Talk { stream: BufReader::new(stream), tls: false };
        talk.say("220 fake.example ESMTP").await?;
        if self.session(&mut talk).await? {
            let wrong = self.script.shows_wrong_certificate();
            let acceptor = if wrong { &certificates.wrong } else { &certificates.right };
            let stream = acceptor.accept(talk.stream.into_inner()).await?;
            let mut talk = Talk { stream: BufReader::new(stream), tls: true };
            self.session(&mut talk).await?;
        }
        Ok(())
    }

    /// The conversation until QUIT; whether TLS begins.
    async fn session<S: Wire>(&self, talk: &mut Talk<S>) -> io::Result<bool> {
        let (mut known, mut from, mut to) = (false, None::<String>, Vec::<String>::new());
        while let Some(line) = talk.hear().await? {
            let upper = line.to_ascii_uppercase();
            let word = upper.split([' ', ':']).next().unwrap_or_default().to_owned();
            let address = address_in(&line).unwrap_or_default();
            let stage = if word == "HELO" { "EHLO" } else { &word };
            if let Some(answer) = self.scripted(stage, if word == "RCPT" { &address } else { "" }) {
                talk.say(&answer).await?;
                if answer.starts_with("421") {
                    return Ok(false);
                }
                continue;
            }
            match word.as_str() {
                "EHLO" => {
                    let tls = if talk.tls { "" } else { "250-STARTTLS\r\n" };
                    talk.say(&format!("250-fake.example\r\n{tls}250-8BITMIME\r\n250-SMTPUTF8\r\n250-SIZE {MOST_BYTES}\r\n250 AUTH PLAIN LOGIN")).await?;
                }
                "HELO" => talk.say("250 fake.example").await?,
                "STARTTLS" if !talk.tls => {
                    talk.say("220 go ahead").await?;
                    return Ok(true);
                }
                "AUTH" => {
                    known = talk.authenticated(&line).await?;
                    talk.say(if known { "235 2.7.0 welcome" } else { "535 5.7.8 wrong credentials" }).await?;
                }
                "MAIL" if !known => talk.say("530 5.7.0 authentication required").await?,
                "MAIL" if upper.starts_with("MAIL FROM:") => {
                    from = Some(address);
                    to.clear();
                    talk.say("250 2.1.0 ok").await?;
                }
                "RCPT" if from.is_none() => talk.say("503 5.5.1 MAIL first").await?,
                "RCPT" if address.contains('@') => {
                    to.push(address);
                    talk.say("250 2.1.5 ok").await?;
                }
                "RCPT" => talk.say("501 5.1.3 bad address").await?,
                "DATA" if to.is_empty() => talk.say("503 5.5.1 RCPT first").await?,
                "DATA" => {
                    talk.say("354 end with a dot").await?;
                    let letter = Letter {
                        from: from.take().unwrap_or_default(),
                        to: std::mem::take(&mut to),
                        text: talk.message().await?,
                        tls: talk.tls,
                    };
                    if !self.taken(talk, letter).await? {
                        return Ok(false);
                    }
                }
                "RSET" => {
                    (from, to) = (None, Vec::new());
                    talk.say("250 ok").await?;
                }
                "NOOP" => talk.say("250 ok").await?,
                "QUIT" => {
                    talk.say("221 bye").await?;
                    return Ok(false);
                }
                _ => talk.say("502 5.5.2 not understood").await?,
            }
        }
        Ok(false)
    }

    /// The end of a message; whether the conversation goes on.
    async fn taken<S: Wire>(&self, talk: &mut Talk<S>, letter: Letter) -> io::Result<bool> {
        let mut entry = Entry {
            service: "email",
            request: "DATA".into(),
            key: header(&letter.text, "message-id"),
            to: letter.to.first().cloned(),
            kind: Some("message".into()),
            body: json!({"from": letter.from, "to": letter.to, "subject": header(&letter.text, "subject")}),
            ..Entry::default()
        };
        entry.n = self.common.ledger.open(entry.clone());
        let fault = self.script.strikes("DATA", entry.key.as_deref());
        entry.fault = fault.as_ref().map(|f| f.kind.as_str());
        let scripted = self.scripted("END", letter.to.first().map_or("", String::as_str));
        let happens = fault.as_ref().is_none_or(Fault::takes_effect) && scripted.is_none();
        if happens {
            entry.effect = Some(format!("letter-{}", entry.n));
            self.letters.lock().unwrap_or_else(PoisonError::into_inner).push(letter);
        }
        let answer = match (scripted, fault.as_ref().map(|f| f.kind)) {
            (Some(answer), _) => Some(answer),
            (None, None | Some(Kind::WrongCertificate | Kind::Refuse)) => Some("250 2.0.0 queued".into()),
            (None, Some(Kind::Busy)) => Some("421 4.7.0 too many messages".into()),
            (None, Some(Kind::Broken)) => Some("451 4.3.0 try later".into()),
            (None, Some(_)) => None,
        };
        let goes_on = match (&answer, &fault) {
            (Some(answer), _) => {
                talk.say(answer).await?;
                !answer.starts_with("421")
            }
            (None, Some(fault)) => {
                if fault.kind == Kind::Stall {
                    tokio::time::sleep(fault.hangs()).await;
                }
                if fault.kind == Kind::Reset {
                    talk.stream.get_ref().reset_at_close();
                }
                false
            }
            (None, None) => false,
        };
        entry.answered = answer.is_some();
        entry.status = answer.and_then(|a| a.get(..3)?.parse().ok()).unwrap_or(0);
        self.common.ledger.close(entry);
        Ok(goes_on)
    }
}

/// A conversation by lines.
struct Talk<S> {
    stream: BufReader<S>,
    tls: bool,
}

impl<S: Wire> Talk<S> {
    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await?;
        self.stream.get_mut().flush().await
    }

    async fn hear(&mut self) -> io::Result<Option<String>> {
        Ok(self.line().await?.map(|l| String::from_utf8_lossy(&l).trim_end().to_owned()))
    }

    async fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let mut stream = (&mut self.stream).take(MOST_BYTES as u64);
        let read = stream.read_until(b'\n', &mut bytes);
        let read = tokio::time::timeout(PATIENCE, read).await.map_err(|_| io::ErrorKind::TimedOut)??;
        Ok((read > 0).then_some(bytes))
    }

    /// Until the lone dot; a dot that begins a line was doubled.
    async fn message(&mut self) -> io::Result<String> {
        let mut text = Vec::new();
        loop {
            let line = self.line().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if line == b".\r\n" {
                return Ok(String::from_utf8_lossy(&text).into_owned());
            }
            text.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            if text.len() > MOST_BYTES {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }

    /// `AUTH PLAIN [initial]` or `AUTH LOGIN`.
    async fn authenticated(&mut self, line: &str) -> io::Result<bool> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let expected = (USER.to_owned(), PASSWORD.to_owned());
        match (words.get(1).map(|w| w.to_ascii_uppercase()).as_deref(), words.get(2)) {
            (Some("PLAIN"), initial) => {
                let given = match initial {
                    Some(initial) => (*initial).to_owned(),
                    None => self.asked("").await?,
                };
                let text = decoded(&given);
                let mut parts = text.split('\0').skip(1).map(ToOwned::to_owned);
                Ok((parts.next().unwrap_or_default(), parts.next().unwrap_or_default()) == expected)
            }
            (Some("LOGIN"), initial) => {
                let user = match initial {
                    Some(initial) => (*initial).to_owned(),
                    None => self.asked("VXNlcm5hbWU6").await?,
                };
                let password = self.asked("UGFzc3dvcmQ6").await?;
                Ok((decoded(&user), decoded(&password)) == expected)
            }
            _ => Ok(false),
        }
    }

    async fn asked(&mut self, what: &str) -> io::Result<String> {
        self.say(&format!("334 {what}")).await?;
        Ok(self.hear().await?.unwrap_or_default())
    }
}

fn decoded(text: &str) -> String {
    STANDARD.decode(text.trim()).ok().and_then(|b| String::from_utf8(b).ok()).unwrap_or_default()
}

fn address_in(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('<')?;
    Some(rest.split_once('>')?.0.to_owned())
}

/// The first header of this name (lower case), unfolded.
fn header(text: &str, name: &str) -> Option<String> {
    let head = text.split("\r\n\r\n").next()?.replace("\r\n ", " ").replace("\r\n\t", " ");
    head.lines().find_map(|line| {
        let (n, v) = line.split_once(':')?;
        n.eq_ignore_ascii_case(name).then(|| v.trim().to_owned())
    })
}
