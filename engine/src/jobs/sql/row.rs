//! A job's row with its neighbours, and its form on the wire.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::ids::{CustomerId, JobId, OrgId, SessionId, UserId};
use crate::jobs::evidence::{Announced, Evidence, Shown};
use crate::jobs::form::Content;
use crate::jobs::order::{self, Key, Order, Sort};
use crate::jobs::parts::AddressParts;
use crate::jobs::photos::{PhotoType, PhotoView};
use crate::jobs::state::{REOPEN, Status};
use crate::jobs::view::{CustomerRef, JobView, Place, Priority, TrackingRef, Window};
use crate::location::{Location, Source};
use crate::moment::Moment;

/// A job with its customer, crew and latest journey.
#[derive(Debug, Clone, FromRow)]
pub(in crate::jobs) struct JobRow {
    pub job_id: JobId,
    job_number: String,
    title: String,
    description: Option<String>,
    job_type: String,
    priority: Priority,
    pub status: Status,
    customer_id: CustomerId,
    customer_name: String,
    customer_phone: String,
    customer_address: Option<String>,
    customer_lat: Option<f64>,
    customer_lon: Option<f64>,
    pub technician_ids: Vec<UserId>,
    pub scheduled_start: Option<DateTime<Utc>>,
    scheduled_end: Option<DateTime<Utc>>,
    estimated_duration_min: Option<i32>,
    address: Option<String>,
    address_extra: Option<String>,
    neighborhood: Option<String>,
    city: Option<String>,
    province: Option<String>,
    postal_code: Option<String>,
    source: String,
    source_message_id: Option<Uuid>,
    lat: Option<f64>,
    lon: Option<f64>,
    location_source: Option<Source>,
    location_confidence: Option<f64>,
    notes: Option<String>,
    internal_notes: Option<String>,
    cancellation_reason: Option<String>,
    completion_notes: Option<String>,
    pub actual_start: Option<DateTime<Utc>>,
    pub actual_end: Option<DateTime<Utc>>,
    pub status_changed_at: DateTime<Utc>,
    pub version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    pub session_id: Option<SessionId>,
    pub session_status: Option<String>,
    pub session_user: Option<UserId>,
    token_n: Option<i32>,
    pub arrived_at: Option<DateTime<Utc>>,
    window_from: Option<DateTime<Utc>>,
    window_to: Option<DateTime<Utc>>,
    org_id: OrgId,
    completion_requires: Vec<String>,
    /// Oldest first; the signature is among them.
    pub photos: Json<Vec<PhotoView>>,
    /// What the phone that changes the job sends later.
    #[sqlx(skip)]
    pub announced: Announced,
}

/// Where a customer lives, as far as a job of theirs needs it.
#[derive(Debug, Clone, FromRow)]
pub(in crate::jobs) struct Home {
    pub address: Option<String>,
    pub is_placed: bool,
}

impl Home {
    /// Does a job at this address go to the customer's own place?
    pub fn serves(&self, address: &str) -> bool {
        self.is_placed
            && self.address.as_deref().is_some_and(|home| campo_geo::places::is_same(home, address))
    }
}

impl JobRow {
    /// Whether a journey is under way or has reached the customer.
    pub fn has_journey(&self) -> bool {
        matches!(self.session_status.as_deref(), Some("active" | "arrived"))
    }

    /// Where the journey goes: the job's place, else the customer's.
    pub fn destination(&self) -> Option<(f64, f64)> {
        self.place().or(self.customer_lat.zip(self.customer_lon))
    }

    /// What the organization wants to see, and neither is there nor announced.
    pub fn lacks(&self, has_notes: bool) -> Vec<Evidence> {
        let is_there = |wanted: fn(PhotoType) -> bool| self.photos.iter().filter(|p| wanted(p.kind)).count();
        let shown = Shown {
            notes: has_notes || self.completion_notes.is_some(),
            photos: is_there(PhotoType::is_photo) + self.announced.photos,
            signature: is_there(|kind| kind == PhotoType::Signature) > 0 || self.announced.signature,
        };
        shown.missing(&Evidence::of(&self.completion_requires))
    }

    pub fn place(&self) -> Option<(f64, f64)> {
        self.lat.zip(self.lon)
    }

    fn location(&self) -> Location {
        let (source, confidence) = (self.location_source, self.location_confidence);
        Location { place: self.place(), source, confidence }
    }

    /// Where its customer lives.
    pub fn home(&self) -> Home {
        let is_placed = self.customer_lat.is_some() && self.customer_lon.is_some();
        Home { address: self.customer_address.clone(), is_placed }
    }

    /// Its place in an order of jobs.
    pub fn place_in(&self, order: Order) -> order::Place {
        let key = match order.by {
            Sort::Schedule => Key::At(self.scheduled_start.unwrap_or(order.undated())),
            Sort::Created => Key::At(self.created_at),
            Sort::Updated => Key::At(self.updated_at),
            Sort::Priority => Key::Number(self.priority.rank()),
            Sort::Number => Key::Number(self.number()),
        };
        order::Place { key, id: self.job_id.0 }
    }

    /// `JOB-00017` is 17.
    fn number(&self) -> i64 {
        self.job_number.trim_start_matches("JOB-").parse().unwrap_or_default()
    }

    pub fn content(&self) -> Content {
        Content {
            title: self.title.clone(),
            customer_id: self.customer_id,
            description: self.description.clone(),
            job_type: self.job_type.clone(),
            priority: self.priority,
            scheduled_start: self.scheduled_start,
            scheduled_end: self.scheduled_end,
            estimated_duration_min: self.estimated_duration_min,
            address: self.address.clone(),
            location: self.location(),
            parts: AddressParts {
                address_extra: self.address_extra.clone(),
                neighborhood: self.neighborhood.clone(),
                city: self.city.clone(),
                province: self.province.clone(),
                postal_code: self.postal_code.clone(),
            },
            notes: self.notes.clone(),
            internal_notes: self.internal_notes.clone(),
        }
    }

    /// The wire form without the customer's link.
    pub fn view(self) -> JobView {
        let location = self.location();
        let of_customer = location.place.is_none() && self.destination().is_some();
        let location_source = if of_customer { Some(Source::Customer) } else { location.source };
        let destination = self.destination().map(|(lat, lon)| Place { lat, lon });
        let is_live = self.has_journey();
        let window = self.window_from.zip(self.window_to).filter(|_| is_live);
        let tracking = self.session_id.zip(self.token_n).filter(|_| is_live);
        let (signature, photos): (Vec<_>, Vec<_>) =
            self.photos.0.into_iter().partition(|p| p.kind == PhotoType::Signature);
        JobView {
            org: Some(self.org_id),
            completion_requires: Evidence::of(&self.completion_requires),
            photos,
            signature: signature.into_iter().next(),
            signature_url: None,
            id: self.job_id,
            job_number: self.job_number,
            title: self.title,
            description: self.description,
            job_type: self.job_type,
            priority: self.priority,
            status: self.status,
            source: self.source,
            source_message_id: self.source_message_id,
            reopen_until: (self.status == Status::Completed).then(|| Moment(self.status_changed_at + REOPEN)),
            customer_id: self.customer_id,
            customer: CustomerRef {
                id: self.customer_id,
                name: self.customer_name,
                phone: self.customer_phone,
                address: self.customer_address,
            },
            technician_ids: self.technician_ids,
            scheduled_start: self.scheduled_start.map(Moment),
            scheduled_end: self.scheduled_end.map(Moment),
            estimated_duration_min: self.estimated_duration_min,
            address: self.address,
            address_extra: self.address_extra,
            neighborhood: self.neighborhood,
            city: self.city,
            province: self.province,
            postal_code: self.postal_code,
            lat: self.lat,
            lon: self.lon,
            destination,
            location_source,
            location_confidence: location.confidence,
            location_unsure: location.is_unsure(),
            notes: self.notes,
            internal_notes: self.internal_notes,
            cancellation_reason: self.cancellation_reason,
            completion_notes: self.completion_notes,
            actual_start: self.actual_start.map(Moment),
            actual_end: self.actual_end.map(Moment),
            arrived_at: self.arrived_at.map(Moment),
            window: window.map(|(from, to)| Window { from: Moment(from), to: Moment(to) }),
            tracking: tracking.map(|(session_id, link)| TrackingRef { session_id, link }),
            tracking_url: None,
            status_changed_at: Moment(self.status_changed_at),
            version: self.version,
            created_at: Moment(self.created_at),
            updated_at: Moment(self.updated_at),
        }
    }
}
