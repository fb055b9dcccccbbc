//! E-mail: documents, and what people want to have in writing. One SMTP server, set by the operator.
//!
//! [`enqueue`] writes a row of `message` (channel `email`) and a task in the transaction of the cause. The
//! `Message-ID` follows from the row's id: a message that is sent again after silence carries the same, and the
//! recipient's server knows it.

pub mod server;
mod sql;

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::Engine;
use crate::db::Tenant;
use crate::error::{Again, Error, Result};
use crate::files;
use crate::ids::{CustomerId, FileId, MessageId, OrgId, UserId};
use crate::message::Message as Shown;
use crate::moment;
use crate::providers::Service;
use crate::services;
use crate::task::{self, NewTask};
use server::Outcome;

/// The kind of the task.
pub const SEND: &str = "mail.send";

/// An e-mail to write.
#[derive(Debug, Clone)]
pub struct Mail {
    /// To which address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// The same as HTML, where it looks better so.
    pub html: Option<String>,
    /// Files that come with it.
    pub attachments: Vec<FileId>,
    /// The fact that it tells of: one message a key and organization, for ever.
    pub dedupe_key: Option<String>,
    /// What it is about: `("job", id)`.
    pub entity: Option<(&'static str, Uuid)>,
    /// To which customer.
    pub customer: Option<CustomerId>,
    /// To which person of the organization.
    pub user: Option<UserId>,
}

/// A document that comes with an e-mail, read when it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Document {
    name: String,
    mime: String,
    bytes: Vec<u8>,
}

/// What the row holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Body {
    to: String,
    subject: String,
    text: String,
    html: Option<String>,
    #[serde(default)]
    attachments: Vec<FileId>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Named {
    org: OrgId,
    message: MessageId,
}

/// Files of one e-mail, and bytes of all of them: most servers take 20 MB, and base64 adds a third.
const MOST_FILES: usize = 10;
const MOST_ATTACHED: usize = 14 << 20;

impl Mail {
    /// An e-mail of text alone.
    pub fn plain(to: impl Into<String>, subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            subject: subject.into(),
            text: text.into(),
            html: None,
            attachments: Vec::new(),
            dedupe_key: None,
            entity: None,
            customer: None,
            user: None,
        }
    }
}

/// Whether a text is an address that mail can be sent to.
pub fn is_address(text: &str) -> bool {
    text.len() <= 254 && text.is_ascii() && text.parse::<Address>().is_ok()
}

/// Whether a text is a sender: an address, with or without a name.
pub fn is_sender(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok_and(|m| is_address(m.email.as_ref()))
}

/// Whether e-mail can leave: the operator named a server and a sender, or the demonstration shows it.
pub fn is_configured(engine: &Engine) -> bool {
    let settings = &engine.settings.email;
    engine.inbox.is_some() || (settings.server.is_some() && settings.from.is_some())
}

/// Writes an e-mail and the task that sends it. Who writes the same `dedupe_key` again gets the first one's id.
///
/// # Errors
/// [`Error::Invalid`] for an address that is none, or too many documents; [`Error::Unavailable`] where the operator
/// named no server (503).
pub async fn enqueue(tenant: &mut Tenant, engine: &Engine, mail: Mail) -> Result<MessageId> {
    if !is_configured(engine) {
        return Err(Error::Unavailable("e-mail (CAMPO_SMTP_URL and CAMPO_MAIL_FROM are not set)"));
    }
    if !is_address(&mail.to) {
        return Err(Error::invalid("email", "no es una dirección de correo (not an e-mail address)"));
    }
    if mail.attachments.len() > MOST_FILES {
        return Err(Error::invalid("attachments", "demasiados (too many)"));
    }
    let (org, id) = (tenant.org(), MessageId::new());
    let body = Body {
        to: mail.to.clone(),
        // A line break would begin another header.
        subject: mail.subject.split_whitespace().collect::<Vec<_>>().join(" "),
        text: mail.text.clone(),
        html: mail.html.clone(),
        attachments: mail.attachments.clone(),
    };
    let form = serde_json::to_value(&body).map_err(|e| Error::Internal(format!("mail: {e}")))?;
    if !sql::insert(tenant, id, &mail, &form).await?
        && let Some(key) = &mail.dedupe_key
        && let Some(known) = sql::by_key(tenant, key).await?
    {
        return Ok(known);
    }
    let mut task = NewTask::new(SEND, Some(org), Named { org, message: id })?;
    task.unique_key = Some(id.to_string());
    task::enqueue(tenant.conn(), &task).await?;
    tenant.wake_worker();
    Ok(id)
}

/// Sends one e-mail. At least once, always under one `Message-ID`.
pub async fn deliver(engine: &Engine, payload: &Value) -> Result<()> {
    let Named { org, message } =
        serde_json::from_value(payload.clone()).map_err(|e| Error::Internal(format!("{SEND}: {e}")))?;
    let mut tenant = engine.db.tenant(org).await?;
    services::leave(engine, Some(org), Service::Email)?;
    let Some(row) = sql::begin(&mut tenant, message).await? else { return Ok(()) };
    let body: Body = serde_json::from_value(row.body).map_err(|e| Error::Internal(format!("{SEND}: {e}")))?;
    if let Some(reason) = sql::refusal(&mut tenant, &body.to).await? {
        sql::settle(&mut tenant, message, "suppressed", Some(("refused_before", &reason))).await?;
        return tenant.commit().await;
    }
    tenant.commit().await?;
    let (state, error) = match send(engine, org, message, &body, row.created_at).await? {
        Outcome::Taken(_) => ("sent", None),
        Outcome::NoSuchAddress(said) => ("undeliverable", Some(("no_such_address", said))),
        Outcome::Refused(said) => ("failed", Some(("refused", said))),
        Outcome::Later(said) => return Err(again("later", said)),
        Outcome::Login(said) => return Err(again("login", said)),
        Outcome::Unreachable(said) => return Err(again("unreachable", said)),
        // Sent again, with the same Message-ID.
        Outcome::Doubtful(said) => return Err(again("doubtful", said)),
    };
    let mut tenant = engine.db.tenant(org).await?;
    if let Some(("no_such_address", said)) = &error {
        sql::refuse(&mut tenant, &body.to, said).await?;
    }
    sql::settle(&mut tenant, message, state, error.as_ref().map(|(code, said)| (*code, said.as_str())))
        .await?;
    tenant.commit().await
}

/// After the last attempt: it did not leave. A person may have the task tried again.
pub async fn gave_up(engine: &Engine, payload: &Value) -> Result<()> {
    let Named { org, message } =
        serde_json::from_value(payload.clone()).map_err(|e| Error::Internal(format!("{SEND}: {e}")))?;
    let work = async |t: &mut Tenant| sql::settle(t, message, "failed", Some(("gave_up", ""))).await;
    engine.db.within(org, work).await
}

/// One conversation with the server; without one, what the demonstration's inbox shows.
async fn send(
    engine: &Engine,
    org: OrgId,
    id: MessageId,
    body: &Body,
    created_at: chrono::DateTime<chrono::Utc>,
) -> Result<Outcome> {
    let settings = &engine.settings.email;
    let shown = || {
        if let Some(inbox) = &engine.inbox {
            let text = format!("{}\n{}", body.subject, body.text);
            inbox.push(Shown { to: body.to.clone(), channel: "email", text, at: moment::now().into() });
        }
    };
    let (Some(server), Some(from)) = (&settings.server, &settings.from) else {
        if engine.inbox.is_some() {
            shown();
            return Ok(Outcome::Taken("shown in the demonstration".into()));
        }
        return Err(Error::Unavailable("e-mail (CAMPO_SMTP_URL and CAMPO_MAIL_FROM are not set)"));
    };
    let from: Mailbox = from.parse().map_err(|e| Error::Internal(format!("CAMPO_MAIL_FROM: {e}")))?;
    let to: Address = body.to.parse().map_err(|e| Error::Internal(format!("an address of before: {e}")))?;
    let mut documents = Vec::new();
    for file in &body.attachments {
        let (view, bytes) = files::open(engine, org, *file).await?;
        documents.push(Document { name: view.name, mime: view.mime, bytes: bytes.to_vec() });
    }
    if documents.iter().map(|d| d.bytes.len()).sum::<usize>() > MOST_ATTACHED {
        return Ok(Outcome::Refused(format!("its files have more than {MOST_ATTACHED} bytes")));
    }
    let message = compose(&from, &to, id, body, (documents, created_at))?;
    let permit =
        engine.calls.guard(Service::Email, None).map_err(|failure| failure.into_error(Service::Email))?;
    let outcome = server.send((&from.email, &to), &message, engine.settings.extra_ca.as_deref()).await;
    match &outcome {
        Outcome::Login(_) => permit.credential_fault(),
        Outcome::Unreachable(_) | Outcome::Doubtful(_) => permit.fault(),
        _ => permit.good(),
    }
    if matches!(outcome, Outcome::Taken(_)) {
        shown();
    }
    Ok(outcome)
}

/// The message as it goes over the wire: the same `Message-ID` and date each time.
fn compose(
    from: &Mailbox,
    to: &Address,
    id: MessageId,
    body: &Body,
    (documents, created_at): (Vec<Document>, chrono::DateTime<chrono::Utc>),
) -> Result<Vec<u8>> {
    let broken = |e: &dyn std::fmt::Display| Error::Internal(format!("mail {id}: {e}"));
    let head = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(&body.subject)
        .message_id(Some(message_id(id, from)))
        .date(std::time::SystemTime::from(created_at));
    let text = SinglePart::plain(body.text.clone());
    let words = match &body.html {
        Some(html) => MultiPart::alternative().singlepart(text).singlepart(SinglePart::html(html.clone())),
        None => MultiPart::mixed().singlepart(text),
    };
    let message = match (&body.html, documents.as_slice()) {
        (None, []) => head.singlepart(SinglePart::plain(body.text.clone())),
        (Some(_), []) => head.multipart(words),
        _ => {
            let mut whole = match body.html {
                Some(_) => MultiPart::mixed().multipart(words),
                None => words,
            };
            for document in documents {
                whole = whole.singlepart(attachment(document).map_err(|e| broken(&e))?);
            }
            head.multipart(whole)
        }
    };
    Ok(message.map_err(|e| broken(&e))?.formatted())
}

fn attachment(document: Document) -> Result<SinglePart, String> {
    let kind = ContentType::parse(&document.mime).map_err(|e| e.to_string())?;
    Ok(Attachment::new(document.name).body(document.bytes, kind))
}

/// `<id@domain>`: what servers and programs know a message by.
fn message_id(id: MessageId, from: &Mailbox) -> String {
    format!("<{}@{}>", id.0.simple(), from.email.domain())
}

fn again(code: &str, detail: String) -> Error {
    Error::Provider { service: Service::Email.as_str(), again: Again::Soon, code: code.to_owned(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(html: Option<&str>, documents: Vec<Document>) -> String {
        let body = Body {
            to: "ana@cliente.example".into(),
            subject: "Presupuesto: cañería".into(),
            text: "Hola, ¿cómo estás?\n.\nUna línea con un punto solo.".into(),
            html: html.map(str::to_owned),
            attachments: Vec::new(),
        };
        let from: Mailbox = "Plomería Sur <avisos@campo.example>".parse().unwrap();
        let to = body.to.parse().unwrap();
        let at = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let id = MessageId(Uuid::from_u128(7));
        String::from_utf8(compose(&from, &to, id, &body, (documents, at)).unwrap()).unwrap()
    }

    #[test]
    fn one_message_id_whenever_it_is_sent() {
        let (first, again) = (composed(None, Vec::new()), composed(None, Vec::new()));
        assert_eq!(first, again, "the same bytes");
        assert!(first.contains("Message-ID: <00000000000000000000000000000007@campo.example>"), "{first}");
        assert!(first.is_ascii() && first.contains("=?utf-8?b?"));
    }

    #[test]
    fn forms_of_a_message() {
        let html = composed(Some("<p>Hola</p>"), Vec::new());
        assert!(
            html.contains("multipart/alternative")
                && html.contains("text/html")
                && html.contains("text/plain")
        );
        let document = Document {
            name: "presupuesto.pdf".into(),
            mime: "application/pdf".into(),
            bytes: b"%PDF-1.4".to_vec(),
        };
        let with = composed(Some("<p>Hola</p>"), vec![document.clone()]);
        assert!(with.contains("multipart/mixed") && with.contains("multipart/alternative"));
        assert!(
            with.contains("application/pdf") && with.contains("presupuesto.pdf") && with.contains("%PDF-1.4")
        );
        assert!(composed(None, vec![document]).contains("multipart/mixed"));
    }

    #[test]
    fn addresses() {
        assert!(["a@b.example", "ana.gomez+x@sub.b.example"].iter().all(|a| is_address(a)));
        assert!(
            !["", "a", "a@", "@b.example", "a b@c.example", "a@b.example\r\nBcc: x@y.example", "ñ@b.example"]
                .iter()
                .any(|a| is_address(a))
        );
    }
}
