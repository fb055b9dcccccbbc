//! What REST asks of jobs, and whether it is well formed.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::parts::{AddressParts, EditAddressParts};
use super::photos::AddPhoto;
use super::state::Status;
use super::view::Priority;
use crate::check::Check;
use crate::error::{Error, Result};
use crate::field::{self, Field};
use crate::ids::{CustomerId, UserId};
use crate::location::{self, Location, Next};
use crate::moment::to_millis;

/// The kinds of work that every organization has (functional.md section 3.2); [`super::types`] has its own.
pub const JOB_TYPES: [&str; 6] =
    ["plomeria", "electricidad", "aire_acondicionado", "gas", "calefaccion", "general"];
/// People on one job at most: a crew, not a company.
const MAX_TECHNICIANS: usize = 20;

/// `POST /api/jobs`.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct CreateJob {
    /// What it is about, 3 to 200 characters.
    pub title: String,
    /// For whom.
    pub customer_id: CustomerId,
    /// More about it, up to 2000 characters.
    pub description: Option<String>,
    /// The code of a kind of work that is in use: plomeria, electricidad, aire_acondicionado, gas, calefaccion, general
    /// (when absent) or one of the organization's own.
    pub job_type: Option<String>,
    /// How soon; normal when absent.
    pub priority: Option<Priority>,
    /// When it should begin.
    pub scheduled_start: Option<DateTime<Utc>>,
    /// When it should end.
    pub scheduled_end: Option<DateTime<Utc>>,
    /// Minutes it should take, 15 to 1440.
    pub estimated_duration_min: Option<i32>,
    /// Where, in words, up to 500 characters.
    pub address: Option<String>,
    /// Where, WGS-84 degrees.
    pub lat: Option<f64>,
    /// Where, WGS-84 degrees.
    pub lon: Option<f64>,
    /// Where, more exactly.
    #[serde(flatten)]
    pub parts: AddressParts,
    /// Who does it, the lead first.
    #[serde(default)]
    pub technician_ids: Vec<UserId>,
    /// Notes, up to 2000 characters.
    pub notes: Option<String>,
    /// Notes that no customer sees, up to 2000 characters.
    pub internal_notes: Option<String>,
}

/// `PATCH /api/jobs/{id}`: what is absent stays, null empties.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct EditJob {
    /// The version that was seen.
    pub version: Option<i32>,
    /// What it is about.
    pub title: Option<String>,
    /// For whom.
    pub customer_id: Option<CustomerId>,
    /// More about it.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub description: Field<String>,
    /// The kind of work.
    pub job_type: Option<String>,
    /// How soon.
    pub priority: Option<Priority>,
    /// When it should begin.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub scheduled_start: Field<DateTime<Utc>>,
    /// When it should end.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub scheduled_end: Field<DateTime<Utc>>,
    /// Minutes it should take.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<i32>)]
    pub estimated_duration_min: Field<i32>,
    /// Where, in words.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub address: Field<String>,
    /// Where.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<f64>)]
    pub lat: Field<f64>,
    /// Where.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<f64>)]
    pub lon: Field<f64>,
    /// Where, more exactly.
    #[serde(flatten)]
    pub parts: EditAddressParts,
    /// Notes.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub notes: Field<String>,
    /// Notes that no customer sees.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub internal_notes: Field<String>,
}

/// `PATCH /api/jobs/{id}/assign`.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct AssignJob {
    /// Who does it, the lead first; empty unassigns.
    pub technician_ids: Vec<UserId>,
    /// The version that was seen.
    pub version: Option<i32>,
}

/// `PATCH /api/jobs/{id}/status`.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct ChangeStatus {
    /// Where it should go.
    pub status: Status,
    /// The version that was seen.
    pub version: Option<i32>,
    /// What is to be said, up to 500 characters; the reason when it is called off.
    pub notes: Option<String>,
    /// Where the phone is.
    pub lat: Option<f64>,
    /// Where the phone is.
    pub lon: Option<f64>,
}

/// `POST /api/jobs/{id}/start`: as the status working.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct StartJob {
    /// The version that was seen; whatever is there when absent.
    pub version: Option<i32>,
    /// What is to be said, up to 500 characters.
    pub notes: Option<String>,
    /// Where the phone is.
    pub lat: Option<f64>,
    /// Where the phone is.
    pub lon: Option<f64>,
}

/// `POST /api/jobs/{id}/reopen`: takes a wrong completion back.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct ReopenJob {
    /// The version that was seen.
    pub version: Option<i32>,
    /// Why, up to 500 characters.
    pub notes: Option<String>,
}

/// `POST /api/jobs/{id}/complete`.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct CompleteJob {
    /// The version that was seen.
    pub version: Option<i32>,
    /// What was done, up to 500 characters.
    pub notes: Option<String>,
    /// Pictures and signature, uploaded before.
    #[serde(default)]
    pub photos: Vec<AddPhoto>,
    /// Where the phone is.
    pub lat: Option<f64>,
    /// Where the phone is.
    pub lon: Option<f64>,
}

/// `DELETE /api/jobs/{id}`: calls it off.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct CancelJob {
    /// Why, up to 500 characters; required.
    pub reason: Option<String>,
    /// The version that was seen; whatever is there when absent.
    pub version: Option<i32>,
}

/// The fields that [`CreateJob`] and [`EditJob`] check alike.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub title: String,
    pub customer_id: CustomerId,
    pub description: Option<String>,
    pub job_type: String,
    pub priority: Priority,
    pub scheduled_start: Option<DateTime<Utc>>,
    pub scheduled_end: Option<DateTime<Utc>>,
    pub estimated_duration_min: Option<i32>,
    pub address: Option<String>,
    pub location: Location,
    pub parts: AddressParts,
    pub notes: Option<String>,
    pub internal_notes: Option<String>,
}

impl CreateJob {
    /// The checked content, what follows for its place, and the crew.
    pub(super) fn check(self) -> Result<(Content, Next, Vec<UserId>)> {
        let mut check = Check::default();
        check_crew(&mut check, &self.technician_ids);
        check.place(self.lat, self.lon);
        let said = self.lat.zip(self.lon).map(Some);
        let content = Content {
            title: self.title,
            customer_id: self.customer_id,
            description: self.description,
            job_type: self.job_type.unwrap_or_else(|| "general".into()),
            priority: self.priority.unwrap_or_default(),
            scheduled_start: self.scheduled_start,
            scheduled_end: self.scheduled_end,
            estimated_duration_min: self.estimated_duration_min,
            address: self.address,
            location: Location::default(),
            parts: self.parts,
            notes: self.notes,
            internal_notes: self.internal_notes,
        };
        let content = content.check(check)?;
        let next = location::next((content.location, None), content.address.as_deref(), said);
        Ok((content, next, self.technician_ids))
    }
}

impl EditJob {
    /// Whether it touches anything that is fixed once the job is under way.
    ///
    /// Placing a job that has no place yet is no change of its place: it may happen on the way.
    pub(super) fn touches_core(&self, is_placed: bool) -> bool {
        self.title.is_some()
            || self.customer_id.is_some()
            || self.description.is_some()
            || self.job_type.is_some()
            || self.priority.is_some()
            || self.scheduled_start.is_some()
            || self.scheduled_end.is_some()
            || self.estimated_duration_min.is_some()
            || self.address.is_some()
            || self.parts.is_said()
            || (is_placed && (self.lat.is_some() || self.lon.is_some()))
    }

    /// The content as it will be, and what follows for its place.
    pub(super) fn apply(self, present: Content) -> Result<(Content, Next)> {
        let mut check = Check::default();
        let (before, old) = (present.location, present.address.clone());
        let said = location::said(before.place, self.lat, self.lon, &mut check);
        let content = Content {
            title: self.title.unwrap_or(present.title),
            customer_id: self.customer_id.unwrap_or(present.customer_id),
            description: self.description.unwrap_or(present.description),
            job_type: self.job_type.unwrap_or(present.job_type),
            priority: self.priority.unwrap_or(present.priority),
            scheduled_start: self.scheduled_start.unwrap_or(present.scheduled_start),
            scheduled_end: self.scheduled_end.unwrap_or(present.scheduled_end),
            estimated_duration_min: self.estimated_duration_min.unwrap_or(present.estimated_duration_min),
            address: self.address.unwrap_or(present.address),
            location: before,
            parts: self.parts.apply(present.parts),
            notes: self.notes.unwrap_or(present.notes),
            internal_notes: self.internal_notes.unwrap_or(present.internal_notes),
        };
        let content = content.check(check)?;
        let next = location::next((before, old.as_deref()), content.address.as_deref(), said);
        Ok((content, next))
    }
}

impl Content {
    /// Whether its crew would go elsewhere, to somebody else or for something else.
    pub(super) fn is_another_task(&self, before: &Self) -> bool {
        self.customer_id != before.customer_id
            || self.address != before.address
            || self.parts != before.parts
            || self.location.place != before.location.place
            || self.title != before.title
            || self.description != before.description
            || self.job_type != before.job_type
            || self.priority != before.priority
    }

    fn check(mut self, mut check: Check) -> Result<Self> {
        self.title = check.text("title", &self.title, 3, 200);
        self.description = check.optional("description", self.description.as_deref(), 2000);
        self.address = check.optional("address", self.address.as_deref(), 500);
        self.parts = std::mem::take(&mut self.parts).check(&mut check);
        self.notes = check.optional("notes", self.notes.as_deref(), 2000);
        self.internal_notes = check.optional("internal_notes", self.internal_notes.as_deref(), 2000);
        self.scheduled_start = self.scheduled_start.map(to_millis);
        self.scheduled_end = self.scheduled_end.map(to_millis);
        let duration = self.estimated_duration_min;
        if duration.is_some_and(|m| !(15..=1440).contains(&m)) {
            check.wrong("estimated_duration_min", "entre 15 y 1440 (15 to 1440)");
        }
        let backwards = self.scheduled_start.zip(self.scheduled_end).is_some_and(|(start, end)| end < start);
        if backwards {
            check.wrong(
                "scheduled_end",
                "no puede ser anterior a scheduled_start (must not be before scheduled_start)",
            );
        }
        check.done()?;
        Ok(self)
    }
}

impl AssignJob {
    pub(super) fn check(&self) -> Result<i32> {
        let mut check = Check::default();
        check_crew(&mut check, &self.technician_ids);
        check.done()?;
        required(self.version)
    }
}

impl ChangeStatus {
    /// Version and notes, checked.
    pub(super) fn check(&self) -> Result<(i32, Option<String>)> {
        let mut check = Check::default();
        check.place(self.lat, self.lon);
        let notes = check.optional("notes", self.notes.as_deref(), 500);
        check.done()?;
        Ok((required(self.version)?, notes))
    }
}

impl StartJob {
    /// The same as a change of status.
    pub(super) fn check(&self) -> Result<Option<String>> {
        let mut check = Check::default();
        check.place(self.lat, self.lon);
        let notes = check.optional("notes", self.notes.as_deref(), 500);
        check.done()?;
        Ok(notes)
    }
}

impl ReopenJob {
    /// Version and reason, checked.
    pub(super) fn check(&self) -> Result<(i32, Option<String>)> {
        let mut check = Check::default();
        let notes = check.optional("notes", self.notes.as_deref(), 500);
        check.done()?;
        Ok((required(self.version)?, notes))
    }
}

impl CancelJob {
    /// The reason, checked.
    pub(super) fn check(&self) -> Result<String> {
        let mut check = Check::default();
        let reason = check.optional("reason", self.reason.as_deref(), 500);
        check.done()?;
        reason.ok_or_else(|| Error::invalid("reason", "falta el motivo (a reason is required)"))
    }
}

/// A change must carry the version that it saw.
pub(super) fn required(version: Option<i32>) -> Result<i32> {
    version.ok_or_else(|| {
        Error::invalid("version", "falta la versión vista (the version that was seen is required)")
    })
}

fn check_crew(check: &mut Check, crew: &[UserId]) {
    let distinct: std::collections::HashSet<_> = crew.iter().collect();
    if distinct.len() != crew.len() {
        check.wrong("technician_ids", "nombra dos veces a la misma persona (names somebody twice)");
    }
    if crew.len() > MAX_TECHNICIANS {
        check.wrong("technician_ids", "hasta 20 personas (at most 20 people)");
    }
}
