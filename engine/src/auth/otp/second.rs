//! Signing in's second step: the ticket of a right code, and the code of the app.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::failure::{note_failure, refuse_closed};
use super::{accepted, enter, place, sql};
use crate::Engine;
use crate::audit::{Action, Entry};
use crate::auth::factor::{self, Refused};
use crate::auth::keys::Keys;
use crate::auth::session::{self, Device, Tokens};
use crate::error::{Error, Result};
use crate::event::By;

/// Minutes that a ticket is good.
const LIFETIME_MIN: i64 = 5;
/// Tries that a ticket has.
const TRIES: i16 = 5;

/// The ticket of a challenge: its id, and what only we can have made of it.
pub(super) fn ticket(keys: &Keys, challenge: Uuid) -> String {
    format!("{}.{}", challenge.simple(), keys.ticket(challenge))
}

/// The challenge of a ticket that is ours.
fn read(keys: &Keys, given: &str) -> Option<Uuid> {
    let (id, _) = given.split_once('.').filter(|_| given.len() < 100)?;
    let id = Uuid::try_parse(id).ok()?;
    // Compared as hashes, whose equal beginnings tell nothing.
    let same = |a: &str, b: &str| {
        super::super::keys::sha256(a.as_bytes()) == super::super::keys::sha256(b.as_bytes())
    };
    same(given, &ticket(keys, id)).then_some(id)
}

/// Whether a ticket may be used.
fn is_good(challenge: &sql::Challenge, now: DateTime<Utc>) -> bool {
    challenge.second_used_at.is_none()
        && challenge.used_at.is_some_and(|used| now < used + TimeDelta::minutes(LIFETIME_MIN))
}

/// Signs in with the ticket of a right code and a code of the app, or a recovery code.
///
/// # Errors
/// `AUTH_009` where the ticket is none of ours, used or over; `AUTH_001` wrong code, `AUTH_008` too many of them.
pub async fn pass(engine: &Engine, given: &str, code: &str, device: &Device) -> Result<Tokens> {
    let over = || Error::Unauthorized {
        code: "AUTH_009",
        detail: "empezá de nuevo con tu teléfono (begin again with your phone)",
    };
    let id = read(&engine.keys, given).ok_or_else(over)?;
    let (now, ip) = (Utc::now(), device.ip.as_deref().unwrap_or("unknown"));
    let mut tx = engine.db.identity().await?;
    sql::lock_address(&mut tx, ip).await?;
    let challenge = sql::lock_by_id(&mut tx, id).await?.filter(|c| is_good(c, now)).ok_or_else(over)?;
    let phone = challenge.phone.clone();
    let is_known = sql::is_known_device(&mut tx, &phone, device.key.as_deref()).await?;
    if !is_known {
        refuse_closed(engine, &mut tx, ip, now).await?;
    }
    if challenge.second_tries >= TRIES {
        return Err(Error::Unauthorized {
            code: "AUTH_008",
            detail: "demasiados intentos, pedí otro código (too many tries, ask for another code)",
        });
    }
    let place = place(&mut tx, &phone, challenge.invitation_id).await?;
    let super::Place::Home(_, user) = place else { return Err(over()) };
    let refusal = match factor::take(&mut tx, &engine.keys, user, code).await? {
        Ok(()) => {
            sql::use_second(&mut tx, id).await?;
            tx.commit().await?;
            let tokens = enter(engine, place, &phone, device).await?;
            if challenge.invitation_id.is_some() {
                accepted(engine, &tokens).await?;
            }
            let entry = Entry::new(Action::SecondFactorUsed, By::staff(user), "user").on(user.0);
            session::audit(engine, tokens.organization.id, entry).await?;
            return Ok(tokens);
        }
        Err(Refused::Rests(wait)) => factor::too_many(wait),
        Err(Refused::Wrong) => Error::Unauthorized { code: "AUTH_001", detail: super::WRONG },
    };
    sql::count_second(&mut tx, id).await?;
    note_failure(engine, &mut tx, (ip, &phone), is_known, now).await?;
    tx.commit().await?;
    Err(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_tickets_name_a_challenge() {
        let (keys, id) = (Keys::derive(&[7; 32]).unwrap(), Uuid::now_v7());
        let good = ticket(&keys, id);
        assert_eq!(read(&keys, &good), Some(id));
        assert_eq!(read(&Keys::derive(&[8; 32]).unwrap(), &good), None);
        let other = Uuid::now_v7();
        let moved = format!("{}.{}", other.simple(), good.split_once('.').unwrap().1);
        for bad in ["", ".", "a.b", &good[1..], &moved, &"x".repeat(10_000)] {
            assert_eq!(read(&keys, bad), None, "{bad}");
        }
    }
}
