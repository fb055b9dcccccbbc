//! A job made from a conversation: what was asked for, by whom, where; a person looks and says yes.

use campo_geo::places::fold;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::aggregate::{self, Reason};
use super::inbox;
use super::sql::request as sql;
use super::sql::{inbox as rows, thread};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{CustomerId, UserId};
use crate::jobs::form::CreateJob;
use crate::jobs::view::Priority;
use crate::jobs::{self, JobView, Made, Origin};
use crate::maps::Maps;

/// What a job made from a conversation would be.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct JobDraft {
    /// The request that it is made of; null where there is none: then of what was said last.
    pub request_id: Option<Uuid>,
    /// For whom; null where nobody is known by the number.
    pub customer_id: Option<CustomerId>,
    /// What it is about.
    pub title: String,
    /// All that was asked.
    pub description: Option<String>,
    /// The kind of work that the words name.
    pub job_type: String,
    /// How soon.
    pub priority: Priority,
    /// Where, in words; null: at the customer's.
    pub address: Option<String>,
    /// Where, WGS-84 degrees: a place that was sent.
    pub lat: Option<f64>,
    /// Where, WGS-84 degrees.
    pub lon: Option<f64>,
}

/// `POST /api/whatsapp/conversations/{id}/job`: what is absent is taken from the conversation.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = JobFromConversation)]
pub struct FromConversation {
    /// The request that it is made of; the newest open one when absent.
    pub request_id: Option<Uuid>,
    /// For whom.
    pub customer_id: Option<CustomerId>,
    /// What it is about.
    pub title: Option<String>,
    /// More about it.
    pub description: Option<String>,
    /// The kind of work.
    pub job_type: Option<String>,
    /// How soon.
    pub priority: Option<Priority>,
    /// When it should begin.
    pub scheduled_start: Option<DateTime<Utc>>,
    /// When it should end.
    pub scheduled_end: Option<DateTime<Utc>>,
    /// Minutes it should take.
    pub estimated_duration_min: Option<i32>,
    /// Where, in words.
    pub address: Option<String>,
    /// Where, WGS-84 degrees.
    pub lat: Option<f64>,
    /// Where, WGS-84 degrees.
    pub lon: Option<f64>,
    /// Who does it, the lead first.
    #[serde(default)]
    pub technician_ids: Vec<UserId>,
    /// Notes that no customer sees.
    pub internal_notes: Option<String>,
}

/// What a job made now would be.
pub async fn draft(tenant: &mut Tenant, conversation: Uuid, request: Option<Uuid>) -> Result<JobDraft> {
    let id = inbox::find(tenant, conversation).await?;
    let view = inbox::view(tenant, id).await?.ok_or(Error::NotFound("conversation"))?;
    let request = match request {
        Some(wanted) => {
            let found = sql::lock(tenant, wanted).await?.filter(|r| r.conversation_id == id);
            Some(found.ok_or(Error::NotFound("request"))?)
        }
        None => sql::newest_open(tenant, id).await?,
    };
    let text = match &request {
        Some(request) => request.text.clone(),
        None => last_words(tenant, id, view.phone.as_deref()).await?,
    };
    let place = sql::place(tenant, id).await?;
    let is_urgent = request.as_ref().is_some_and(|r| r.reason == Reason::Urgency)
        || aggregate::immediate(false, &text) == Some(Reason::Urgency);
    Ok(JobDraft {
        request_id: request.map(|r| r.id),
        customer_id: view.customer.map(|c| c.id),
        title: title(&text, &view.name),
        description: (!text.trim().is_empty()).then(|| text.chars().take(2_000).collect()),
        job_type: job_type(&text).into(),
        priority: if is_urgent { Priority::Urgent } else { Priority::Normal },
        address: place.as_ref().and_then(|p| p.2.clone()),
        lat: place.as_ref().map(|p| p.0),
        lon: place.as_ref().map(|p| p.1),
    })
}

/// What the customer said last, where no request is open.
async fn last_words(tenant: &mut Tenant, id: Uuid, phone: Option<&str>) -> Result<String> {
    let said = rows::messages(tenant, id, phone, None, 5).await?;
    let mut lines: Vec<String> =
        said.into_iter().filter(|m| m.direction == "in").filter_map(|m| m.text).collect();
    lines.reverse();
    Ok(lines.join("\n"))
}

/// Makes the job, settles the request, and notes the job in the conversation.
///
/// # Errors
/// [`Error::Invalid`] as for any job; `WHATSAPP_003` where a job was made of the request already.
pub async fn create(
    tenant: &mut Tenant,
    maps: &Maps,
    conversation: Uuid,
    by: UserId,
    body: &FromConversation,
) -> Result<JobView> {
    let id = inbox::find(tenant, conversation).await?;
    thread::lock_by_id(tenant, id).await?;
    let draft = draft(tenant, id, body.request_id).await?;
    let request = match draft.request_id {
        Some(request) => sql::lock(tenant, request).await?,
        None => None,
    };
    if let Some(made) = request.as_ref().and_then(|r| r.job_id) {
        return Err(Error::Conflict {
            code: "WHATSAPP_003",
            detail: "de este pedido ya se hizo un trabajo (a job was made of this request already)".into(),
            current: Some(serde_json::json!({"job_id": made})),
        });
    }
    let message = match draft.request_id {
        Some(request) => sql::first_message(tenant, request).await?,
        None => None,
    };
    let customer_id = body.customer_id.or(draft.customer_id).ok_or_else(|| {
        let why = "elegí el cliente: no se lo conoce por el número (choose the customer: nobody is known by the number)";
        Error::invalid("customer_id", why)
    })?;
    let origin = Origin { by: By::staff(by), source: Made::WhatsApp, message };
    let job = jobs::create_from(tenant, maps, origin, form(body, draft, customer_id)).await?;
    if let Some(request) = request {
        sql::settle(tenant, request.id, Some(job.id), by).await?;
    }
    sql::note_job(tenant, id, job.id, customer_id).await?;
    inbox::tell(tenant, id, By::staff(by)).await?;
    Ok(job)
}

/// What the person said, over what the conversation says.
fn form(body: &FromConversation, draft: JobDraft, customer_id: CustomerId) -> CreateJob {
    let body = body.clone();
    let says_where = body.address.is_some() || body.lat.is_some() || body.lon.is_some();
    let (address, lat, lon) =
        if says_where { (body.address, body.lat, body.lon) } else { (draft.address, draft.lat, draft.lon) };
    CreateJob {
        title: body.title.unwrap_or(draft.title),
        customer_id,
        description: body.description.or(draft.description),
        job_type: Some(body.job_type.unwrap_or(draft.job_type)),
        priority: Some(body.priority.unwrap_or(draft.priority)),
        scheduled_start: body.scheduled_start,
        scheduled_end: body.scheduled_end,
        estimated_duration_min: body.estimated_duration_min,
        address,
        lat,
        lon,
        technician_ids: body.technician_ids,
        internal_notes: body.internal_notes,
        ..CreateJob::default()
    }
}

/// A title: the first line that says more than a greeting, up to 80 letters, at a word's end.
fn title(text: &str, name: &str) -> String {
    let greetings =
        ["hola", "buenas", "buen dia", "buenos dias", "buenas tardes", "buenas noches", "gracias"];
    let is_telling = |line: &&str| {
        let folded = fold(line);
        let plain = folded.trim_matches(|c: char| !c.is_alphanumeric());
        // What stands for a picture or a place says nothing of the work.
        let is_label =
            line.starts_with(|c: char| !c.is_alphanumeric() && !c.is_ascii() && !"¡¿«“".contains(c));
        !is_label && line.chars().filter(|c| c.is_alphanumeric()).count() >= 3 && !greetings.contains(&plain)
    };
    let line = text.lines().map(str::trim).find(is_telling).unwrap_or_default();
    if line.is_empty() {
        return format!("Pedido de {name}").chars().take(200).collect();
    }
    let plain: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if plain.chars().count() <= 80 {
        return plain;
    }
    let cut: String = plain.chars().take(79).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{whole}…")
}

/// The kind of work that the words name; general where they name none or two.
fn job_type(text: &str) -> &'static str {
    const KINDS: [(&str, &[&str]); 5] = [
        (
            "plomeria",
            &[
                "plomero", "plomeria", "cano", "canos", "caneria", "canilla", "cloaca", "inodoro", "bano",
                "gotea", "perdida", "desague",
            ],
        ),
        (
            "electricidad",
            &[
                "electricista",
                "electricidad",
                "enchufe",
                "cable",
                "cables",
                "termica",
                "disyuntor",
                "luz",
                "corto",
                "tablero",
            ],
        ),
        ("aire_acondicionado", &["aire", "split", "acondicionado", "frigorias"]),
        ("gas", &["gas", "gasista", "garrafa"]),
        (
            "calefaccion",
            &["calefaccion", "estufa", "caldera", "radiador", "calefactor", "termotanque", "calefon"],
        ),
    ];
    let folded = fold(text);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).collect();
    let named: Vec<&str> = KINDS
        .iter()
        .filter(|(_, list)| words.iter().any(|w| list.contains(w)))
        .map(|(kind, _)| *kind)
        .collect();
    match named.as_slice() {
        [one] => one,
        _ => "general",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn titles() {
        for (text, expected) in [
            ("Hola!\nBuenas tardes\nPierde agua la canilla", "Pierde agua la canilla"),
            ("👋\n.", "Pedido de Ana"),
            ("", "Pedido de Ana"),
            ("📍 Ubicación: Mitre 88\n¿Pueden venir?", "¿Pueden venir?"),
            ("hola", "Pedido de Ana"),
            ("Hola, necesito un gasista", "Hola, necesito un gasista"),
        ] {
            assert_eq!(title(text, "Ana"), expected);
        }
        let long = title(&"palabra ".repeat(40), "Ana");
        assert!(long.chars().count() <= 80 && long.ends_with("palabra…"), "{long}");
    }

    #[test]
    fn kinds_of_work() {
        for (text, kind) in [
            ("Gotea la canilla del baño", "plomeria"),
            ("hay olor a gas", "gas"),
            ("el split no enfría", "aire_acondicionado"),
            ("se cortó la luz, saltó la térmica", "electricidad"),
            ("no anda el calefón", "calefaccion"),
            ("gas y luz", "general"),
            ("un canon de alquiler", "general"),
            ("", "general"),
        ] {
            assert_eq!(job_type(text), kind, "{text}");
        }
    }

    proptest! {
        /// Whatever was said, the title is one that a job takes.
        #[test]
        fn a_title_is_a_title(text in ".{0,300}", name in ".{0,300}") {
            let title = title(&text, &name);
            prop_assert!((3..=200).contains(&title.trim().chars().count()), "{:?}", title);
        }
    }
}
