//! A tracking session as its customer may know it.

use chrono::{DateTime, Utc};

use super::frames::{CustomerLive, CustomerPosition, CustomerTechnician, CustomerWindow};
use super::motion_path;
use super::privacy;
use super::sql::{self, SessionRow};
use super::technician::Marker;
use crate::auth::keys::sha256;
use crate::db::Db;
use crate::error::Result;
use crate::ids::{JobId, OrgId, SessionId};
use crate::jobs;
use crate::maps::{self, OpenMap};
use campo_geo::Coord;

/// What is remembered of a session, its job, its person and its organization.
pub type Known = SessionRow;

/// Follows a customer's link. Unknown, expired and revoked look the same: `None`.
pub async fn follow(db: &Db, token: &str) -> Result<Option<(OrgId, SessionId, JobId)>> {
    // 24 signs; anything else is not worth a query.
    if token.len() != 24 || !token.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    let hash = sha256(token.as_bytes());
    let mut link = db.link(&hash).await?;
    sql::session_by_link(&mut link, &hash).await
}

/// What is remembered of a session; `None` when there is none.
pub async fn known(db: &Db, org: OrgId, session: SessionId) -> Result<Option<Known>> {
    let mut tenant = db.tenant(org).await?;
    sql::session_row(tenant.conn(), org, session).await
}

/// As [`known`], and counts the look.
pub async fn look(db: &Db, org: OrgId, session: SessionId) -> Result<Option<Known>> {
    let mut tenant = db.tenant(org).await?;
    sql::note_access(tenant.conn(), org, session).await?;
    let known = sql::session_row(tenant.conn(), org, session).await?;
    tenant.commit().await?;
    Ok(known)
}

/// Whether nothing more will be said to the customer.
pub fn is_over(known: &Known) -> bool {
    known.ended_at.is_some() || matches!(known.job_status.as_str(), "completed" | "cancelled")
}

/// What the customer may know now. Pure.
pub fn live(known: &Known, marker: Option<Marker>, now_ms: i64) -> CustomerLive {
    let status = status(known);
    let is_coming = status == "en_camino" && now_ms < known.token_expires_at.timestamp_millis();
    let stage = privacy::Stage {
        en_camino: known.job_status == "en_camino",
        session_active: known.session_status == "active" && is_coming,
        started_ms: known.started_at.timestamp_millis(),
        arrived_ms: known.arrived_at.map(|at| at.timestamp_millis()),
    };
    let position = privacy::customer_position(&stage, marker).map(|m| CustomerPosition {
        lat: m.coord.lat(),
        lon: m.coord.lon(),
        at: m.at_ms,
    });
    let first_name = first_name(&known.technician_name);
    CustomerLive {
        message: message(status, &first_name),
        status: status.to_owned(),
        // A window that has passed promises nothing: a silent phone's is not shown.
        window: window(known).filter(|w| status == "en_camino" && now_ms <= w.to),
        technician: (!is_over(known)).then_some(CustomerTechnician {
            first_name,
            photo_url: None,
            vehicle: None,
        }),
        position,
        // The map knows it: see `route`.
        route: None,
    }
}

/// Points of a customer's route at most.
const ROUTE_POINTS: usize = 200;

/// The way ahead from where the technician is, as far as the map knows one, `[lat, lon]`.
pub fn route(known: &Known, marker: &Marker, map: &OpenMap) -> Option<Vec<[f64; 2]>> {
    let to = Coord::new(known.dest_lat?, known.dest_lon?)?;
    let line = maps::way(map, marker, to)?.line;
    Some(motion_path::thinned(&line, ROUTE_POINTS))
}

/// The job's status; `arrived` once the technician is at the door and nobody has said that work began.
pub fn status(known: &Known) -> &str {
    match known.job_status.as_str() {
        "en_camino" if known.session_status == "arrived" => "arrived",
        other => other,
    }
}

fn window(known: &Known) -> Option<CustomerWindow> {
    let ms = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp_millis());
    Some(CustomerWindow { from: ms(known.window_from)?, to: ms(known.window_to)? })
}

/// The first word of a name: customers learn no more.
pub fn first_name(name: &str) -> String {
    name.split_whitespace().next().unwrap_or_default().to_owned()
}

fn message(status: &str, first_name: &str) -> String {
    match status {
        "en_camino" => format!("{first_name} está en camino."),
        "arrived" => format!("{first_name} llegó."),
        "working" => format!("{first_name} está trabajando."),
        "completed" => "El trabajo terminó. ¡Gracias!".to_owned(),
        "cancelled" => "La visita fue cancelada.".to_owned(),
        _ => "Tu visita está confirmada. Te avisamos cuando salgamos hacia tu domicilio.".to_owned(),
    }
}

/// Promises a window to the customer and tells everyone, once; nothing when it stands already.
pub async fn promise(
    db: &Db,
    org: OrgId,
    session: SessionId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<()> {
    let mut tenant = db.tenant(org).await?;
    if let Some(job) = sql::promise_window(tenant.conn(), org, session, from, to).await? {
        jobs::tell_window(&mut tenant, job, Utc::now()).await?;
    }
    tenant.commit().await
}
