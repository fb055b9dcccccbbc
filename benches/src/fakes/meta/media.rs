//! Media of the Cloud API: uploaded or received, reached by links that live five minutes.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ring::digest;
use serde_json::{Value, json};

use super::error::GraphError;
use super::hooks::hex;
use crate::fakes::multipart::Part;

/// How long a link lives.
const LINK_MS: i64 = 5 * 60 * 1000;
/// How long media of customers can be fetched.
const RECEIVED_MS: i64 = 7 * 24 * 3600 * 1000;
/// How long uploaded media can be used.
const UPLOADED_MS: i64 = 30 * 24 * 3600 * 1000;
const MIB: usize = 1 << 20;

/// Types that can be uploaded, by the message kinds that take them, with the most bytes.
const TYPES: [(&str, &str, usize); 17] = [
    ("audio/aac", "audio", 16 * MIB),
    ("audio/amr", "audio", 16 * MIB),
    ("audio/mpeg", "audio", 16 * MIB),
    ("audio/mp4", "audio", 16 * MIB),
    ("audio/ogg", "audio", 16 * MIB),
    ("image/jpeg", "image", 5 * MIB),
    ("image/png", "image", 5 * MIB),
    ("image/webp", "sticker", 500 << 10),
    ("video/3gpp", "video", 16 * MIB),
    ("video/mp4", "video", 16 * MIB),
    ("application/pdf", "document", 100 * MIB),
    ("text/plain", "document", 100 * MIB),
    ("application/msword", "document", 100 * MIB),
    ("application/vnd.ms-excel", "document", 100 * MIB),
    ("application/vnd.ms-powerpoint", "document", 100 * MIB),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document", 100 * MIB),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "document", 100 * MIB),
];

/// One file.
#[derive(Debug, Clone)]
pub struct Media {
    /// Its type.
    pub mime: String,
    /// Its bytes.
    pub bytes: Bytes,
    /// Unix milliseconds after which it is gone.
    until_ms: i64,
}

/// All files and the links to them.
#[derive(Debug, Default)]
pub struct Shelf {
    files: HashMap<String, Media>,
    links: HashMap<String, (String, i64)>,
    next: u64,
}

impl Shelf {
    /// Media that a customer sends.
    pub fn receive(&mut self, mime: &str, bytes: Bytes, now_ms: i64) -> String {
        self.keep(Media { mime: mime.into(), bytes, until_ms: now_ms + RECEIVED_MS })
    }

    fn keep(&mut self, media: Media) -> String {
        self.next += 1;
        let id = format!("{}", 900_000_000_000_000 + self.next);
        self.files.insert(id.clone(), media);
        id
    }

    /// `POST /{phone_number_id}/media`.
    ///
    /// # Errors
    /// 100 a field is missing or of the wrong type, 131053 it is too large or empty.
    pub fn upload(&mut self, parts: &[Part], now_ms: i64) -> Result<String, GraphError> {
        let field = |name: &str| parts.iter().find(|p| p.name == name);
        let text = |name: &str| field(name).map(|p| String::from_utf8_lossy(&p.bytes).into_owned());
        if text("messaging_product").as_deref() != Some("whatsapp") {
            return Err(GraphError::new(100, "(#100) The parameter messaging_product is required."));
        }
        let file = field("file").filter(|p| p.file.is_some());
        let file = file.ok_or_else(|| GraphError::new(100, "(#100) The parameter file is required."))?;
        let mime = file.mime.clone().or_else(|| text("type")).unwrap_or_default();
        let plain = mime.split(';').next().unwrap_or_default().trim();
        let Some((_, _, most)) = TYPES.iter().find(|(t, ..)| *t == plain) else {
            return Err(GraphError::new(
                100,
                format!("(#100) Param file must be a file with one of the following types; received {mime}"),
            ));
        };
        if file.bytes.is_empty() || file.bytes.len() > *most {
            return Err(GraphError::new(131_053, "the file is empty or too large"));
        }
        Ok(self.keep(Media { mime, bytes: file.bytes.clone(), until_ms: now_ms + UPLOADED_MS }))
    }

    /// Whether a message of this kind can carry this file.
    ///
    /// # Errors
    /// 131009 unknown or gone, 131053 of another kind.
    pub fn fits(&self, id: &str, kind: &str, now_ms: i64) -> Result<(), GraphError> {
        let media = self.get(id, now_ms)?;
        let plain = media.mime.split(';').next().unwrap_or_default().trim();
        let of_kind = TYPES.iter().any(|(t, k, _)| *t == plain && *k == kind);
        // A document may be anything.
        if of_kind || kind == "document" {
            return Ok(());
        }
        Err(GraphError::new(131_053, format!("media of type {plain} cannot be sent as {kind}")))
    }

    /// A file that is still there.
    ///
    /// # Errors
    /// 131009.
    pub fn get(&self, id: &str, now_ms: i64) -> Result<&Media, GraphError> {
        let media = self.files.get(id).filter(|m| m.until_ms > now_ms);
        media.ok_or_else(|| GraphError::new(131_009, format!("media {id} does not exist or has expired")))
    }

    /// `GET /{media_id}`: where it can be fetched for five minutes.
    ///
    /// # Errors
    /// As [`Shelf::get`].
    pub fn link(&mut self, id: &str, origin: &str, now_ms: i64) -> Result<Value, GraphError> {
        let media = self.get(id, now_ms)?.clone();
        self.next += 1;
        let hash = hex(digest::digest(&digest::SHA256, format!("{id} {}", self.next).as_bytes()).as_ref());
        self.links.insert(hash.clone(), (id.to_owned(), now_ms + LINK_MS));
        Ok(json!({
            "url": format!("{origin}/whatsapp_business/attachments/?mid={id}&source=getMedia&hash={hash}"),
            "mime_type": media.mime,
            "sha256": hex(digest::digest(&digest::SHA256, &media.bytes).as_ref()),
            "file_size": media.bytes.len(),
            "id": id,
            "messaging_product": "whatsapp",
        }))
    }

    /// Behind such a link.
    pub fn fetch(&self, hash: &str, now_ms: i64) -> Option<&Media> {
        let (id, until) = self.links.get(hash)?;
        if *until <= now_ms {
            return None;
        }
        self.get(id, now_ms).ok()
    }

    /// `DELETE /{media_id}`; whether it was there.
    pub fn delete(&mut self, id: &str) -> bool {
        self.files.remove(id).is_some()
    }
}

/// The hash as webhooks have it.
pub fn sha256_in_webhook(bytes: &[u8]) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, bytes))
}
