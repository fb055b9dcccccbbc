//! Media that customers send: fetched at once (its address lives five minutes), checked, kept as files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::content::Media;
use super::sql::thread as sql;
use super::{inbox, later};
use crate::Engine;
use crate::auth::keys::{hex, sha256};
use crate::db::Tenant;
use crate::error::{Again, Error, Result};
use crate::event::{By, NewEvent};
use crate::files::{self, FileView, NewFile, Purpose};
use crate::ids::{FileId, MessageId, OrgId};
use crate::moment;
use crate::notifications::accounts;
use crate::providers::Service;
use crate::providers::meta::{Meta, Trouble};
use crate::task::kinds;
use crate::voice;

/// The task that fetches what a message brought.
pub const FETCH: &str = "whatsapp.media";
const MIB: u64 = 1 << 20;

#[derive(Debug, Serialize, Deserialize)]
struct Fetch {
    org: OrgId,
    message: MessageId,
}

/// Bytes of a kind at most (Meta's limits; documents as far as files take them).
fn most_bytes(kind: &str) -> u64 {
    match kind {
        "image" | "sticker" => 5 * MIB,
        _ => 16 * MIB,
    }
}

/// Writes the task that fetches it.
pub(super) async fn fetch_later(tenant: &mut Tenant, message: MessageId, _: &Media, _: &str) -> Result<()> {
    let payload = json!(Fetch { org: tenant.org(), message });
    later(tenant, FETCH, payload, message.to_string(), moment::now()).await
}

/// Fetches what a message brought. `attempt` counts from 1; the last one notes why there is nothing.
pub async fn fetch(engine: &Engine, payload: &Value, attempt: i16) -> Result<()> {
    let Fetch { org, message } =
        Fetch::deserialize(payload).map_err(|e| Error::Internal(format!("task {FETCH}: {e}")))?;
    let Some((kind, media)) = engine.db.within(org, async |t| open(t, message).await).await? else {
        return Ok(());
    };
    match bring(engine, org, &kind, &media).await {
        Ok((bytes, mime)) => keep(engine, org, message, (&kind, &media), bytes, mime).await,
        Err(error) => {
            let is_last = attempt >= kinds::policy(FETCH).attempts;
            let is_over = match &error {
                Error::Provider { again: Again::Never, .. } | Error::Invalid(_) => true,
                Error::Provider { again: Again::Postponed(_), .. } => false,
                _ => is_last,
            };
            if !is_over {
                return Err(error);
            }
            give_up(engine, org, message, &error.to_string()).await
        }
    }
}

async fn open(tenant: &mut Tenant, message: MessageId) -> Result<Option<(String, Media)>> {
    let Some((kind, _, media)) = sql::to_fetch(tenant, message).await? else { return Ok(None) };
    Ok(serde_json::from_value(media.0).ok().map(|media| (kind, media)))
}

/// The bytes and their type, checked.
async fn bring(engine: &Engine, org: OrgId, kind: &str, media: &Media) -> Result<(Bytes, String)> {
    let refused = |detail: String| Error::Provider {
        service: "whatsapp",
        again: Again::Never,
        code: "media".into(),
        detail,
    };
    let number = accounts::number_of(engine, org).await?;
    let number = number.ok_or_else(|| refused("no number is connected that could fetch it".into()))?;
    let settings = &engine.settings.whatsapp;
    let meta = Meta { base_url: settings.base_url.clone(), version: settings.api_version.clone() };
    // An id is digits; anything else would be another path.
    if media.id.is_empty() || !media.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
        return Err(refused("its id is none".into()));
    }
    let info = meta.media(&engine.calls, &number, &media.id).await.map_err(said)?;
    let most = most_bytes(kind);
    if info.bytes().is_some_and(|bytes| bytes > most) {
        return Err(refused(format!("over {} MB", most / MIB)));
    }
    let bytes =
        meta.download(&engine.calls, &number, &info.url, usize::try_from(most).unwrap_or(usize::MAX)).await;
    let bytes = bytes.map_err(said)?;
    for hash in [&media.sha256, &info.sha256].into_iter().flatten() {
        if !is_of(hash, &bytes) {
            // Cut off or mixed up on the way: the next attempt may bring the whole.
            let detail = "its bytes are not those that were announced".to_owned();
            return Err(Error::Provider {
                service: "whatsapp",
                again: Again::Soon,
                code: "sha256".into(),
                detail,
            });
        }
    }
    Ok((bytes, info.mime_type.unwrap_or_else(|| media.mime.clone())))
}

fn said(trouble: Trouble) -> Error {
    match trouble {
        Trouble::Way(failure) => failure.into_error(Service::WhatsApp),
        Trouble::Refused { code, detail, .. } => {
            Error::Provider { service: "whatsapp", again: Again::Never, code: code.to_string(), detail }
        }
    }
}

/// Whether a hash, in base64 (webhooks) or hexadecimal (the API), is that of these bytes. What is no SHA-256 says nothing.
fn is_of(hash: &str, bytes: &[u8]) -> bool {
    let ours = sha256(bytes);
    if hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()) {
        return hash.eq_ignore_ascii_case(&hex(&ours));
    }
    match STANDARD.decode(hash.trim()) {
        Ok(theirs) if theirs.len() == 32 => theirs == ours,
        _ => true,
    }
}

/// Keeps the bytes as a file of the message; a sound is told to the voice room.
async fn keep(
    engine: &Engine,
    org: OrgId,
    message: MessageId,
    (kind, media): (&str, &Media),
    bytes: Bytes,
    declared_mime: String,
) -> Result<()> {
    let is_sound = matches!(kind, "audio" | "voice");
    let purpose = if is_sound { Purpose::Voice } else { Purpose::WhatsappMedia };
    let new = NewFile { purpose, bytes, declared_mime, name: media.filename.clone(), by: None };
    let file = match files::store(engine, org, new).await {
        Ok(file) => file,
        // No kind that is kept: a person sees that something came.
        Err(error @ (Error::Invalid(_) | Error::Conflict { .. })) => {
            return give_up(engine, org, message, &error.to_string()).await;
        }
        Err(error) => return Err(error),
    };
    let note = async |tenant: &mut Tenant| {
        let Some((_, conversation, _)) = sql::to_fetch(tenant, message).await? else { return Ok(()) };
        sql::put_file(tenant, message, &json!({"file_id": file.id, "media_error": null})).await?;
        if is_sound {
            voice::note_received(tenant, message, file.id).await?;
        }
        tell(tenant, conversation, message).await
    };
    engine.db.within(org, note).await
}

/// The file that a message brought, with links that are good for an hour.
///
/// # Errors
/// [`Error::NotFound`] where it brought none, or it is not here yet.
pub async fn of(engine: &Engine, org: OrgId, message: MessageId) -> Result<FileView> {
    let shown = engine.db.within(org, async |t| inbox::message(t, message).await).await?;
    let id = shown.media.and_then(|m| m.file_id).ok_or(Error::NotFound("media"))?;
    let file = files::find(engine, org, FileId(id)).await?.ok_or(Error::NotFound("media"))?;
    Ok(file.linked(&engine.files.links, org))
}

/// Notes why there is nothing to show.
async fn give_up(engine: &Engine, org: OrgId, message: MessageId, why: &str) -> Result<()> {
    tracing::warn!(%message, why, "what a message brought cannot be had");
    let note = async |tenant: &mut Tenant| {
        let Some((_, conversation, _)) = sql::to_fetch(tenant, message).await? else { return Ok(()) };
        sql::put_file(tenant, message, &json!({"media_error": why})).await?;
        tell(tenant, conversation, message).await
    };
    engine.db.within(org, note).await
}

async fn tell(tenant: &mut Tenant, conversation: Option<uuid::Uuid>, message: MessageId) -> Result<()> {
    let shown = inbox::message(tenant, message).await?;
    let view = match conversation {
        Some(id) => inbox::view(tenant, id).await?,
        None => None,
    };
    let event = NewEvent::new("message.changed", moment::now(), By::SYSTEM).with("message", &shown);
    tenant.record(event.with("conversation", &view));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_in_both_spellings() {
        let (bytes, other) = (b"hola".as_slice(), b"chau".as_slice());
        let hash = sha256(bytes);
        for text in [hex(&hash), hex(&hash).to_uppercase(), STANDARD.encode(&hash)] {
            assert!(is_of(&text, bytes) && !is_of(&text, other), "{text}");
        }
        // What is no SHA-256 cannot speak against anything.
        assert!(is_of("4654+8g=", bytes) && is_of("", bytes));
    }
}
