//! Who looked at whose positions: once for each viewer, person and hour. A map of very many is one look at everyone.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use rustc_hash::FxHashSet;
use uuid::Uuid;

use super::sql;
use crate::Engine;
use crate::db::Tenant;
use crate::error::Result;
use crate::event::{By, ByKind};
use crate::ids::{OrgId, SessionId, UserId};
use crate::ledger::{Action, Entry};

/// Looks remembered; beyond that everything is forgotten and asked of the table again.
const MOST: usize = 100_000;

/// More people at once than this are noted as everyone: a hundred dispatchers over ten thousand people are no million rows.
const MANY: usize = 100;
/// Stands for everyone.
const EVERYONE: UserId = UserId(Uuid::nil());

/// Where, who, at whom, in which hour.
type Look = (OrgId, Uuid, UserId, i64);

/// What was noted in this hour, so that not every read asks the database. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Looks(Arc<Mutex<FxHashSet<Look>>>);

/// Somebody who looks.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    /// In which organization.
    pub org: OrgId,
    /// Who, as the cause of the entry.
    pub by: By,
    /// The person, or the tracking session whose link was opened.
    pub id: Uuid,
    /// On which way: `live_map`, `locations`, `track`, `session`, `itinerary`, `nearest`, `link`.
    pub way: &'static str,
}

impl Looks {
    fn new_ones(&self, viewer: &Viewer, people: &[UserId], hour: i64) -> Vec<UserId> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = |p: &UserId| p.0 != viewer.id && !seen.contains(&(viewer.org, viewer.id, *p, hour));
        people.iter().copied().filter(is_new).collect()
    }

    fn remember(&self, viewer: &Viewer, people: &[UserId], hour: i64) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() + people.len() > MOST {
            seen.clear();
        }
        seen.extend(people.iter().map(|p| (viewer.org, viewer.id, *p, hour)));
    }
}

/// Notes that somebody looks at these people's positions; before they see them. One's own are nobody's business.
///
/// # Errors
/// When it cannot be written: then nothing is to be shown.
pub async fn looked(engine: &Engine, viewer: Viewer, people: &[UserId]) -> Result<()> {
    let (hour, count) = (hour(Utc::now()), people.len());
    let people = if count > MANY { &[EVERYONE] } else { people };
    let people = engine.looks.new_ones(&viewer, people, hour.timestamp());
    if people.is_empty() {
        return Ok(());
    }
    let work = async |t: &mut Tenant| {
        let (org, mut first) = (t.org(), sql_first(t, &viewer, &people, hour).await?);
        first.sort_unstable();
        for person in first {
            let entry = Entry::new(Action::PositionsViewed, viewer.by, "technician");
            let entry = match person {
                EVERYONE => entry.with("everyone", count),
                person => entry.on(person.0).about(person),
            };
            let entry = entry.with("way", viewer.way).with("hour", hour.timestamp_millis());
            t.audit(if viewer.by.id.is_none() { entry.with("session", viewer.id) } else { entry });
        }
        sql::forget_looks(t.conn(), org, hour - TimeDelta::days(1)).await?;
        Ok(())
    };
    engine.db.within(viewer.org, work).await?;
    engine.looks.remember(&viewer, &people, hour.timestamp());
    Ok(())
}

/// Notes that somebody has the live map open: everyone whose position it may show now.
///
/// # Errors
/// As [`looked`].
pub async fn live_map(engine: &Engine, org: OrgId, user: UserId) -> Result<()> {
    let viewer = Viewer { org, by: By::staff(user), id: user.0, way: "live_map" };
    if engine.looks.new_ones(&viewer, &[EVERYONE], hour(Utc::now()).timestamp()).is_empty() {
        return Ok(());
    }
    let mut tenant = engine.db.tenant(org).await?;
    let people = sql::on_the_map(tenant.conn(), org, MANY as i64 + 1).await?;
    drop(tenant);
    looked(engine, viewer, &people).await
}

/// Goes on noting for maps that stay open: whoever came on shift, and every new hour.
pub async fn go_on(engine: &Engine, mut viewers: Vec<(OrgId, UserId)>) {
    viewers.sort_unstable();
    viewers.dedup();
    for (org, user) in viewers {
        if let Err(error) = live_map(engine, org, user).await {
            tracing::warn!(%org, %user, %error, "who looks at the live map could not be noted; tried again in a minute");
        }
    }
}

/// Notes that a customer opened their link while somebody is on the way to them.
///
/// # Errors
/// As [`looked`].
pub async fn link(engine: &Engine, org: OrgId, session: SessionId) -> Result<()> {
    let mut tenant = engine.db.tenant(org).await?;
    let Some(person) = sql::traveller(tenant.conn(), org, session).await? else { return Ok(()) };
    drop(tenant);
    let by = By { kind: ByKind::Customer, id: None };
    looked(engine, Viewer { org, by, id: session.0, way: "link" }, &[person]).await
}

async fn sql_first(
    tenant: &mut Tenant,
    viewer: &Viewer,
    people: &[UserId],
    hour: DateTime<Utc>,
) -> Result<Vec<UserId>> {
    let org = tenant.org();
    sql::look(tenant.conn(), org, viewer.id, people, hour).await
}

fn hour(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One's own position is no look, and a look is new once an hour.
    #[test]
    fn once_an_hour() {
        let (looks, me, other) = (Looks::default(), UserId::new(), UserId::new());
        let viewer = Viewer { org: OrgId::new(), by: By::staff(me), id: me.0, way: "track" };
        assert_eq!(looks.new_ones(&viewer, &[me, other], 1), [other]);
        looks.remember(&viewer, &[other], 1);
        assert_eq!(looks.new_ones(&viewer, &[me, other], 1), []);
        assert_eq!(looks.new_ones(&viewer, &[other], 2), [other]);
        let elsewhere = Viewer { org: OrgId::new(), ..viewer };
        assert_eq!(looks.new_ones(&elsewhere, &[other], 1), [other]);
        assert_eq!(looks.new_ones(&viewer, &[EVERYONE], 1), [EVERYONE]);
    }
}
