//! What is held of jobs.

use super::Erase::{Blank, Delete};
use super::Ground::Contract;
use super::{Held, held};

/// Rows of jobs and what shows them.
pub(super) const WORK: &[Held] = &[
    held("job_photo", "fotos y firma de trabajos", Contract, "t.job_id = any (s.jobs)", Delete, &["signed_by", "lat", "lon", "local_id"]),
    held("job_photo", "lugar de las fotos que sacó", Contract, "t.added_by = any (s.users)", Blank("lat = null, lon = null"), &[]),
    held("upload_part", "archivos a medio subir", Contract,
        "exists (select from upload u where u.org_id = t.org_id and u.file_id = t.file_id
                 and (u.created_by = any (s.users) or u.job_id = any (s.jobs)))", Delete, &["content"]),
    held("upload", "archivos a medio subir", Contract, "t.created_by = any (s.users) or t.job_id = any (s.jobs)", Delete, &["name", "sha256"]),
    held("change_request_document", "papeles de cambios pedidos", Contract,
        "exists (select from change_request r where r.org_id = t.org_id and r.request_id = t.request_id
                 and (r.entity_id = any (s.customers) or r.entity_id = any (s.users)))", Delete, &[]),
    held("file", "archivos: fotos, firmas, audios, documentos", Contract, "t.file_id = any (s.files)", Delete,
        &["sha256", "lat", "lon", "name"]),
    held("file", "lugar de las fotos que sacó", Contract, "t.created_by = any (s.users)", Blank("lat = null, lon = null, name = 'archivo'"), &[]),
    held("job_rating", "opiniones", Contract, "t.job_id = any (s.jobs)", Blank("comment = null"), &["comment"]),
    held("job_status_history", "historia de trabajos", Contract, "t.job_id = any (s.jobs)", Blank("notes = null, lat = null, lon = null"),
        &["notes", "lat", "lon"]),
    held("job_status_history", "pasos que dio en trabajos", Contract, "t.changed_by = any (s.users)", Blank("lat = null, lon = null"), &[]),
    held("finished_trip", "viajes de los que se aprende", Contract, "t.session_id = any (s.sessions)",
        Blank("from_lat = null, from_lon = null, to_lat = null, to_lon = null"), &["from_lat", "from_lon", "to_lat", "to_lon"]),
    held("tracking_session", "viajes a trabajos", Contract, "t.session_id = any (s.sessions)",
        Blank("dest_lat = null, dest_lon = null, arrived_lat = null, arrived_lon = null"),
        &["dest_lat", "dest_lon", "arrived_lat", "arrived_lon"]),
    held("job", "trabajos", Contract, "t.job_id = any (s.jobs)",
        Blank("title = 'Trabajo', description = null, address = null, address_extra = null, neighborhood = null, city = null, province = null, postal_code = null, lat = null, lon = null, notes = null, internal_notes = null,
               completion_notes = null, cancellation_reason = null, source_message_id = null, location_source = null,
               location_confidence = null, version = t.version + 1, updated_at = now()"),
        &["title", "address_extra", "neighborhood", "city", "province", "postal_code", "description", "address", "lat", "lon", "notes", "internal_notes", "completion_notes", "cancellation_reason"]),
    held("job_edit", "cambios en trabajos", Contract, "t.job_id = any (s.jobs)", Blank("changes = '{}'"), &["changes"]),
    held("job_assignment", "trabajos asignados", Contract,
        "t.user_id = any (s.users) and exists (select from job j where j.org_id = t.org_id and j.job_id = t.job_id
             and j.status in ('pending', 'scheduled'))", Delete, &[]),
];
