//! A job as the wire has it: on REST, in frames, in events.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::evidence::{Evidence, Shown};
use super::photos::PhotoView;
use super::state::Status;
use crate::auth::keys::Keys;
use crate::files::{FileLinks, Form};
use crate::ids::{CustomerId, FileId, JobId, OrgId, SessionId, UserId};
use crate::location::Source;
use crate::moment::Moment;

/// How soon a job should be done.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    sqlx::Type,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Priority {
    /// Whenever it fits.
    Low,
    /// As agreed.
    #[default]
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

impl Priority {
    /// Its place in the order low, normal, high, urgent, from 1.
    pub(super) fn rank(self) -> i64 {
        match self {
            Self::Low => 1,
            Self::Normal => 2,
            Self::High => 3,
            Self::Urgent => 4,
        }
    }
}

/// A job: the REST form, which frames and events carry too, cut to the role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema, utoipa::ToSchema)]
#[schema(as = Job)]
#[schemars(rename = "Job")]
pub struct JobView {
    /// The job's id.
    pub id: JobId,
    /// `JOB-00001`, gapless within the organization, never changed.
    pub job_number: String,
    /// What it is about, 3 to 200 characters.
    pub title: String,
    /// More about it.
    pub description: Option<String>,
    /// plomeria, electricidad, aire_acondicionado, gas, calefaccion, general or a kind of the organization's own.
    pub job_type: String,
    /// How soon.
    pub priority: Priority,
    /// Where it stands.
    pub status: Status,
    /// What it was made of: manual, whatsapp, voice or recurring.
    #[serde(default)]
    pub source: String,
    /// The message that it was made of.
    #[serde(default)]
    pub source_message_id: Option<Uuid>,
    /// Until when the office may take its completion back; null unless it is completed.
    #[serde(default)]
    pub reopen_until: Option<Moment>,
    /// For whom.
    pub customer_id: CustomerId,
    /// For whom, with what a technician at the door needs.
    pub customer: CustomerRef,
    /// Who does it, the lead first.
    pub technician_ids: Vec<UserId>,
    /// When it should begin.
    pub scheduled_start: Option<Moment>,
    /// When it should end.
    pub scheduled_end: Option<Moment>,
    /// Minutes it should take, 15 to 1440.
    pub estimated_duration_min: Option<i32>,
    /// Where, in words.
    pub address: Option<String>,
    /// Floor, flat, which bell.
    #[serde(default)]
    pub address_extra: Option<String>,
    /// Barrio.
    #[serde(default)]
    pub neighborhood: Option<String>,
    /// City.
    #[serde(default)]
    pub city: Option<String>,
    /// Province.
    #[serde(default)]
    pub province: Option<String>,
    /// Postal code.
    #[serde(default)]
    pub postal_code: Option<String>,
    /// The job's own place, WGS-84 degrees; null if nobody placed it.
    pub lat: Option<f64>,
    /// The job's own place, WGS-84 degrees; null if nobody placed it.
    pub lon: Option<f64>,
    /// Where the journey goes: the job's place, else the customer's; null without both.
    pub destination: Option<Place>,
    /// Who says where that is: person, geocoded, or customer where the customer's place serves; null without any.
    #[serde(default)]
    pub location_source: Option<Source>,
    /// How sure the map's index was of the job's address, 0 to 1; null if nobody asked it.
    #[serde(default)]
    pub location_confidence: Option<f64>,
    /// The address was looked up and nothing was sure: somebody should drag a pin.
    #[serde(default)]
    pub location_unsure: bool,
    /// Notes.
    pub notes: Option<String>,
    /// Notes that no customer sees.
    pub internal_notes: Option<String>,
    /// Why it was called off.
    pub cancellation_reason: Option<String>,
    /// What was said when it was done.
    pub completion_notes: Option<String>,
    /// When work began.
    pub actual_start: Option<Moment>,
    /// When work ended.
    pub actual_end: Option<Moment>,
    /// When the present or last journey reached the customer.
    pub arrived_at: Option<Moment>,
    /// The arrival window last told to the customer, while the journey lasts.
    pub window: Option<Window>,
    /// The job's journey while it is under way (office only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<TrackingRef>,
    /// The customer's link, while en_camino (office only; never stored).
    pub tracking_url: Option<String>,
    /// What must be there before it may be completed: notes, photo, signature.
    #[serde(default)]
    pub completion_requires: Vec<Evidence>,
    /// Its photos and papers, oldest first.
    #[serde(default)]
    pub photos: Vec<PhotoView>,
    /// The customer's signature.
    #[serde(default)]
    pub signature: Option<PhotoView>,
    /// Where the signature is for an hour (never stored).
    #[serde(default)]
    pub signature_url: Option<String>,
    /// Whose it is: links to its pictures are made from it.
    #[serde(skip)]
    pub(super) org: Option<OrgId>,
    /// When it came to its present state.
    pub status_changed_at: Moment,
    /// Rises with every change.
    pub version: i32,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
}

/// A job's customer, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema, utoipa::ToSchema)]
pub struct CustomerRef {
    /// The customer's id.
    pub id: CustomerId,
    /// Their name.
    pub name: String,
    /// Their phone.
    pub phone: String,
    /// Their own address.
    pub address: Option<String>,
}

/// A place, WGS-84 degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema, utoipa::ToSchema)]
pub struct Place {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

/// An arrival window.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, utoipa::ToSchema,
)]
pub struct Window {
    /// Not before.
    pub from: Moment,
    /// Not after.
    pub to: Moment,
}

/// A job's live journey: from it and the key the customer's link is made anew whenever it is needed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, utoipa::ToSchema,
)]
pub struct TrackingRef {
    /// The tracking session.
    pub session_id: SessionId,
    /// Which of its links is good.
    pub link: i32,
}

impl JobView {
    /// What a technician of the job gets: all but the customer's link. In frames, without links to pictures:
    /// whoever looks at them asks for the job.
    pub fn for_technician(mut self) -> Self {
        self.tracking = None;
        self.tracking_url = None;
        self
    }

    /// With links to its pictures.
    pub fn with_pictures(mut self, links: &Links) -> Self {
        let Some(org) = self.org else { return self };
        self.photos.iter_mut().chain(&mut self.signature).for_each(|photo| photo.link(links, org));
        self.signature_url = self.signature.as_ref().and_then(|s| s.url.clone());
        self
    }

    /// What it lacks to be completed, notes apart: whoever completes it brings them.
    pub fn missing(&self) -> Vec<Evidence> {
        let photos = self.photos.iter().filter(|p| p.kind.is_photo()).count();
        let shown = Shown { notes: false, photos, signature: self.signature.is_some() };
        shown.missing(&self.completion_requires)
    }

    /// What the office gets: with the customer's link while en_camino.
    pub fn for_staff(mut self, links: &Links) -> Self {
        self.tracking_url = self
            .tracking
            .filter(|_| self.status == Status::EnCamino)
            .map(|t| links.url(t.session_id, t.link));
        self.with_pictures(links)
    }
}

/// Makes customers' links: `{public_url}/t/{token}`.
#[derive(Debug, Clone)]
pub struct Links {
    keys: Keys,
    public_url: std::sync::Arc<str>,
    files: Option<FileLinks>,
}

impl Links {
    /// `public_url` is `CAMPO_PUBLIC_URL`.
    pub fn new(keys: Keys, public_url: &str) -> Self {
        Self { keys, public_url: public_url.trim_end_matches('/').into(), files: None }
    }

    /// With links to files.
    #[must_use]
    pub fn with_files(mut self, files: FileLinks) -> Self {
        self.files = Some(files);
        self
    }

    /// The link of a file, good for an hour; none where no files are linked to.
    pub fn file(&self, org: OrgId, file: FileId, form: Form) -> Option<String> {
        self.files.as_ref().map(|files| files.url(org, file, form))
    }

    /// The keys behind the links.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The customer's link of a journey.
    pub fn url(&self, session: SessionId, n: i32) -> String {
        format!("{}/t/{}", self.public_url, self.keys.link_token(session, n))
    }

    /// Fills `job.tracking_url` and the links of pictures into an event's body on its way to the office.
    ///
    /// Stored events carry no secret, so links are made here, each time.
    pub fn complete(&self, org: OrgId, body: &mut Value) {
        if let Some(photo) = body.get_mut("photo") {
            self.complete_photo(org, photo);
        }
        let Some(job) = body.get_mut("job").and_then(Value::as_object_mut) else { return };
        job.get_mut("photos")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .for_each(|photo| self.complete_photo(org, photo));
        if let Some(signature) = job.get_mut("signature") {
            self.complete_photo(org, signature);
            let url = signature.get("url").cloned().unwrap_or_default();
            job.insert("signature_url".into(), url);
        }
        if job.get("status").and_then(Value::as_str) != Some(Status::EnCamino.as_str()) {
            return;
        }
        let tracking =
            job.get("tracking").cloned().and_then(|t| serde_json::from_value::<TrackingRef>(t).ok());
        if let Some(t) = tracking {
            job.insert("tracking_url".into(), self.url(t.session_id, t.link).into());
        }
    }

    /// Fills the links into a photo's JSON.
    pub fn complete_photo(&self, org: OrgId, photo: &mut Value) {
        if photo.is_null() {
            return;
        }
        if let Ok(mut view) = PhotoView::deserialize(&*photo) {
            view.link(self, org);
            *photo = serde_json::to_value(view).unwrap_or_default();
        }
    }
}

/// One step of a job's life, or (asked for) one edit between them.
#[derive(Debug, Clone, Serialize, Deserialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct HistoryEntry {
    /// status: it came to another state. edit, assign: it stayed where it was, and `changes` says what differs.
    pub kind: String,
    /// The state it came to, or was in.
    pub status: Status,
    /// The state it came from; null at its making.
    pub previous_status: Option<Status>,
    /// Who did it, where it was a person.
    pub changed_by: Option<UserId>,
    /// staff, technician, customer or system.
    pub changed_by_type: String,
    /// What was said.
    pub notes: Option<String>,
    /// Where the phone was.
    pub lat: Option<f64>,
    /// Where the phone was.
    pub lon: Option<f64>,
    /// What an edit changed: `{"scheduled_start": {"old", "new"}}`; texts are named without their words. Null for a step.
    #[schema(value_type = Option<Object>)]
    pub changes: Option<Value>,
    /// When it took effect.
    pub at: Moment,
    /// When the server learnt of it.
    pub created_at: Moment,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_filled_in_only_while_en_camino() {
        let links = Links::new(Keys::derive(&[1; 32]).unwrap(), "https://campo.example/");
        let session = SessionId::new();
        let mut body = serde_json::json!({
            "kind": "job.status_changed",
            "job": {"status": "en_camino", "tracking": {"session_id": session, "link": 1}, "tracking_url": null},
        });
        links.complete(OrgId::new(), &mut body);
        let url = body["job"]["tracking_url"].as_str().unwrap().to_owned();
        assert!(url.starts_with("https://campo.example/t/") && url.len() == 48, "{url}");
        body["job"]["status"] = "working".into();
        body["job"]["tracking_url"] = Value::Null;
        links.complete(OrgId::new(), &mut body);
        assert!(body["job"]["tracking_url"].is_null());
    }
}
