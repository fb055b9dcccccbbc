//! What the office answers: words, templates, places, pictures, the link to the technician on the way.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::content::preview;
use super::sql::thread::{self as threads, Beginning, News, Thread};
use super::sql::{inbox as sql, send as stored};
use super::view::Message;
use super::{contact, inbox, window};
use crate::auth::phone;
use crate::check::Check;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::{CustomerId, JobId, UserId};
use crate::moment;
use crate::notifications::content::{Content, MOST_TEXT, MediaKind, MediaSource, Template, TemplateButton};
use crate::notifications::outbound::{self, Outgoing};
use crate::notifications::templates::{self, Button, Filled, KNOWN, Known, Language, Templates};

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Words: `text`. Within 24 hours of the customer's last message.
    Text,
    /// An approved template: `template`. At any time.
    Template,
    /// A place: `lat`, `lon`, `name`, `address`.
    Location,
    /// The link to the technician on the way to the customer's job: `job_id`, or the one under way.
    TrackingLink,
    /// A picture: `file_id`, `caption`.
    #[serde(alias = "image")]
    Photo,
    /// A paper: `file_id`, `caption`, `filename`.
    Document,
    /// A sign on a message: `reply_to`, `emoji`; an empty one takes it back.
    Reaction,
}

/// `POST /api/whatsapp/send`. To a conversation, a customer or a phone.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SendMessage)]
pub struct Send {
    /// What is sent; text when absent.
    #[serde(default, alias = "type")]
    pub kind: Option<Kind>,
    /// In this conversation,
    pub conversation_id: Option<Uuid>,
    /// or to this customer,
    pub customer_id: Option<CustomerId>,
    /// or to this phone.
    #[serde(alias = "phone")]
    pub to: Option<String>,
    /// The words, up to 4096 letters.
    #[serde(alias = "body")]
    pub text: Option<String>,
    /// The template.
    pub template: Option<SendTemplate>,
    /// WGS-84 degrees.
    pub lat: Option<f64>,
    /// WGS-84 degrees.
    pub lon: Option<f64>,
    /// A place's name.
    pub name: Option<String>,
    /// A place's address.
    pub address: Option<String>,
    /// Whose journey the link shows.
    pub job_id: Option<JobId>,
    /// The picture or paper.
    pub file_id: Option<Uuid>,
    /// Words under a picture or paper, up to 1024 letters.
    pub caption: Option<String>,
    /// A paper's name.
    pub filename: Option<String>,
    /// The message that a sign is put on, by the provider's id.
    pub reply_to: Option<String>,
    /// The sign.
    pub emoji: Option<String>,
}

/// A template to send.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SendTemplate {
    /// Its name at the provider.
    pub name: String,
    /// Its language; es_AR when absent.
    pub language: Option<String>,
    /// What fills `{{1}}`, `{{2}}` ..
    #[serde(default, alias = "parameters")]
    pub params: Vec<String>,
    /// What its buttons' addresses end with, in order.
    #[serde(default)]
    pub url_params: Vec<String>,
}

/// Writes a message and the task that sends it.
///
/// # Errors
/// `WHATSAPP_002` for free forms outside the 24 hours; [`Error::Invalid`]; [`Error::NotFound`].
pub async fn send(tenant: &mut Tenant, templates: &Templates, by: UserId, body: &Send) -> Result<Message> {
    let now = moment::now();
    let thread = target(tenant, body, now).await?;
    let (content, text) = content(body, templates)?;
    if let (Content::Media { .. }, Some(file)) = (&content, body.file_id)
        && !stored::has_file(tenant, file).await?
    {
        return Err(Error::invalid(
            "file_id",
            "no es un archivo de esta organización (no file of this organization)",
        ));
    }
    let phone = thread.phone.clone().ok_or_else(|| {
        let why = "esta persona no muestra su número: no se le puede escribir (shows no number: cannot be written to)";
        Error::Conflict { code: "WHATSAPP_003", detail: why.into(), current: None }
    })?;
    let view = inbox::view(tenant, thread.conversation_id).await?;
    let expires_at = view.as_ref().and_then(|v| v.window_expires_at).map(|m| m.0);
    let kind = body.kind.unwrap_or(Kind::Text);
    if !content.is_template() && kind != Kind::TrackingLink {
        window::check(expires_at, now, || serde_json::to_value(&view).ok())?;
    }
    let message = Outgoing {
        text: text.clone(),
        conversation: Some(thread.conversation_id),
        customer: thread.customer_id,
        by: Some(by),
        ..Outgoing::whatsapp(phone, content.clone())
    };
    let message = match kind {
        Kind::TrackingLink => link(tenant, &thread, body, message).await?,
        _ => message,
    };
    let line = preview(content.kind(), text.as_deref());
    let id = outbound::enqueue(tenant, message).await?;
    let news = News {
        unread: 0,
        said_at: None,
        newest: (now, ""),
        direction: "out",
        kind: content.kind(),
        preview: if kind == Kind::TrackingLink { "📍 Seguimiento" } else { &line },
        name: None,
        username: None,
        phone: None,
        wa_id: None,
        user_id: None,
        quiet_until: None,
    };
    threads::note(tenant, thread.conversation_id, &news).await?;
    stored::answered(tenant, thread.conversation_id).await?;
    let shown = inbox::message(tenant, id).await?;
    let view = inbox::view(tenant, thread.conversation_id).await?;
    let event = NewEvent::new("message.sent", now, By::staff(by)).with("message", &shown);
    tenant.record(event.with("conversation", &view));
    Ok(shown)
}

/// The conversation that is meant, begun where there is none; locked.
async fn target(tenant: &mut Tenant, body: &Send, now: DateTime<Utc>) -> Result<Thread> {
    let known = match (body.conversation_id, body.customer_id) {
        (Some(id), _) => Some(inbox::find(tenant, id).await?),
        (None, Some(customer)) => sql::find(tenant, customer.0).await?,
        (None, None) => None,
    };
    if let Some(id) = known {
        return threads::lock_by_id(tenant, id).await?.ok_or(Error::NotFound("conversation"));
    }
    let to = match (body.customer_id, body.to.as_deref()) {
        (Some(customer), _) => sql::phone_of(tenant, customer).await?.ok_or(Error::NotFound("customer"))?,
        (None, Some(to)) => {
            let stored =
                phone::normalize(to).or_else(|| contact::phone_of(to).filter(|p| !p.starts_with("+54")));
            stored.ok_or_else(|| Error::invalid("to", crate::check::PHONE))?
        }
        (None, None) => {
            let who = "falta a quién: conversation_id, customer_id o to (to whom is missing)";
            return Err(Error::invalid("to", who));
        }
    };
    if let Some(thread) = threads::lock(tenant, Some(&to), None).await? {
        return Ok(thread);
    }
    let candidates = threads::candidates(tenant, &to).await?;
    let customer = body.customer_id.or_else(|| contact::whose(&to, &candidates).copied());
    let new = Beginning {
        phone: Some(&to),
        wa_id: None,
        user_id: None,
        name: None,
        username: None,
        customer,
        member: None,
        at: now,
    };
    threads::begin(tenant, &new).await?;
    threads::lock(tenant, Some(&to), None).await?.ok_or(Error::NotFound("conversation"))
}

/// What is to be said, checked, and how it reads.
fn content(body: &Send, templates: &Templates) -> Result<(Content, Option<String>)> {
    let mut check = Check::default();
    let caption = check.optional("caption", body.caption.as_deref(), 1_024);
    let name = check.optional("name", body.name.as_deref(), 1_000);
    let address = check.optional("address", body.address.as_deref(), 1_000);
    let content = match body.kind.unwrap_or(Kind::Text) {
        Kind::Text => {
            let text = check.text("text", body.text.as_deref().unwrap_or_default(), 1, MOST_TEXT);
            let preview_url = text.contains("https://") || text.contains("http://");
            Content::Text { body: text, preview_url }
        }
        Kind::Template => return template(body, templates),
        Kind::Location => {
            check.place(body.lat, body.lon);
            if body.lat.is_none() {
                check.wrong("lat", "falta (is required)");
            }
            Content::Location { lat: body.lat.unwrap_or(0.0), lon: body.lon.unwrap_or(0.0), name, address }
        }
        Kind::TrackingLink => Content::Event { fact: Value::Null },
        Kind::Photo | Kind::Document => {
            let file = body.file_id.unwrap_or_default();
            if body.file_id.is_none() {
                check.wrong("file_id", "falta (is required)");
            }
            let is_photo = body.kind == Some(Kind::Photo);
            let media = if is_photo { MediaKind::Image } else { MediaKind::Document };
            let filename = check.optional("filename", body.filename.as_deref(), 200).filter(|_| !is_photo);
            Content::Media { media, source: MediaSource::File(file), caption, filename }
        }
        Kind::Reaction => {
            let to = check.text("reply_to", body.reply_to.as_deref().unwrap_or_default(), 1, 500);
            let emoji = check.text("emoji", body.emoji.as_deref().unwrap_or_default(), 0, 16);
            Content::Reaction { to, emoji }
        }
    };
    check.done()?;
    let words = words(&content);
    Ok((content, words))
}

/// A template of the house with its parameters; one that only the account knows goes as it was asked for.
fn template(body: &Send, templates: &Templates) -> Result<(Content, Option<String>)> {
    let asked = body.template.as_ref().ok_or_else(|| Error::invalid("template", "falta (is required)"))?;
    let mut check = Check::default();
    let name = check.text("template.name", &asked.name, 1, 512);
    let params: Vec<String> =
        asked.params.iter().map(|p| check.text("template.params", p, 1, 1_024)).collect();
    check.done()?;
    if let Some(known) = templates::known(&name) {
        let filled = fill(templates, known, &params, &asked.url_params)?;
        return Ok((filled.template, Some(filled.text)));
    }
    let buttons = asked.url_params.iter().map(|p| TemplateButton::Url(p.clone())).collect();
    let language = asked.language.clone().unwrap_or_else(|| "es_AR".into());
    let words = format!("[{name}] {}", params.join(" · ")).trim().to_owned();
    Ok((Content::Template(Template { name, language, params, buttons }), Some(words)))
}

/// A template of the house, filled; its link buttons are not part of its words.
fn fill(templates: &Templates, known: &Known, params: &[String], ends: &[String]) -> Result<Filled> {
    if params.len() != known.params {
        let why = format!("lleva {} parámetros (takes {} parameters)", known.params, known.params);
        return Err(Error::invalid("template.params", why));
    }
    let mut filled = templates.fill(known.name, Language::Es, params, ends)?;
    filled.text = filled.text.replace(" {link}", "");
    Ok(filled)
}

/// A template that may be sent.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TemplateView {
    /// Its name.
    pub name: String,
    /// Its language at the provider.
    pub language: String,
    /// How many parameters its body takes.
    pub params: usize,
    /// Its words, with `{{1}}`, `{{2}}` ..
    pub body: String,
    /// What stands on its buttons.
    pub buttons: Vec<String>,
}

/// The templates of the house.
pub fn list_templates(templates: &Templates) -> Vec<TemplateView> {
    let title = |button: &Button| match button {
        Button::Quick(title) | Button::Link(title) | Button::Fixed(title) | Button::Code(title) => {
            (*title).to_owned()
        }
    };
    // Codes are sent by signing in alone.
    let is_offered = |known: &&Known| !known.buttons.iter().any(|b| matches!(b, Button::Code(_)));
    KNOWN
        .iter()
        .filter(is_offered)
        .map(|known| {
            let places: Vec<String> = (1..=known.params).map(|n| format!("{{{{{n}}}}}")).collect();
            let body = fill(templates, known, &places, &[]).map_or_else(|_| known.es.to_owned(), |f| f.text);
            let buttons = known.buttons.iter().map(title).collect();
            TemplateView {
                name: known.name.into(),
                language: "es_AR".into(),
                params: known.params,
                body,
                buttons,
            }
        })
        .collect()
}

/// `POST /api/whatsapp/templates/preview`, answered: as it would read.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TemplatePreview {
    /// Its words with the parameters in place.
    pub text: String,
}

/// How a template would read.
///
/// # Errors
/// [`Error::NotFound`] for one that the house does not know, [`Error::Invalid`] for another number of parameters.
pub fn preview_template(templates: &Templates, asked: &SendTemplate) -> Result<TemplatePreview> {
    let known = templates::known(&asked.name).ok_or(Error::NotFound("template"))?;
    Ok(TemplatePreview { text: fill(templates, known, &asked.params, &[])?.text })
}

/// As it reads.
fn words(content: &Content) -> Option<String> {
    match content {
        Content::Text { body, .. } => Some(body.clone()),
        Content::Location { name, address, lat, lon } => {
            let said = [name.clone(), address.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");
            Some(if said.is_empty() { format!("{lat:.6}, {lon:.6}") } else { said })
        }
        Content::Media { caption, filename, .. } => caption.clone().or_else(|| filename.clone()),
        Content::Reaction { emoji, .. } => Some(emoji.clone()),
        _ => None,
    }
}

/// The link to a journey is made when the message leaves: no row holds what opens it.
async fn link(tenant: &mut Tenant, thread: &Thread, body: &Send, message: Outgoing) -> Result<Outgoing> {
    let none = || Error::Conflict {
        code: "WHATSAPP_003",
        detail:
            "no hay un técnico en camino para este cliente (no technician is on the way to this customer)"
                .into(),
        current: None,
    };
    let customer = thread.customer_id.ok_or_else(none)?;
    let (job, session) = sql::journey(tenant, customer, body.job_id).await?.ok_or_else(none)?;
    let content = Content::Event { fact: json!({"session": session}) };
    Ok(Outgoing { content, event: Some("tech_en_route"), entity: Some(("job", job.0)), ..message })
}
