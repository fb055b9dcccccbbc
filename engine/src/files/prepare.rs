//! From what was sent to what is kept: sniffed, decoded, encoded anew, off the async threads.

use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::exif::Taken;
use super::picture::{self, Picture, Refused};
use super::purpose::Purpose;
use super::sniff::{self, Kind};
use super::{Files, name};
use crate::error::{Error, Result};

/// A file ready to be laid down.
#[derive(Debug)]
pub(super) struct Ready {
    pub bytes: Bytes,
    pub mime: &'static str,
    pub size: Option<(u32, u32)>,
    pub thumbnail: Option<Bytes>,
    pub taken: Taken,
    pub name: String,
}

/// Judges and prepares a file.
///
/// # Errors
/// [`Error::Invalid`] (`file`) for what is too large, is nothing that the purpose takes, or is damaged.
pub(super) async fn prepare(
    files: &Files,
    purpose: Purpose,
    bytes: Bytes,
    (declared, given_name): (&str, Option<&str>),
) -> Result<Ready> {
    if bytes.is_empty() || bytes.len() as u64 > purpose.most_bytes() {
        return Err(Error::invalid("bytes", size_words(purpose)));
    }
    let kind = sniff::kind(&bytes, declared).filter(|kind| purpose.takes(*kind));
    let Some(kind) = kind else {
        return Err(Error::invalid("file", "ese tipo de archivo no se acepta (such a file is not taken)"));
    };
    let named = |mime| name::clean(given_name, purpose.stem(), mime);
    if !kind.is_picture() {
        let mime = kind.mime();
        return Ok(Ready {
            bytes,
            mime,
            size: None,
            thumbnail: None,
            taken: Taken::default(),
            name: named(mime),
        });
    }
    let picture = renew(files, bytes, kind).await?;
    let mime = picture.kind.mime();
    Ok(Ready {
        bytes: picture.bytes.into(),
        mime,
        size: Some((picture.width, picture.height)),
        thumbnail: Some(picture.thumbnail.into()),
        taken: picture.taken,
        name: named(mime),
    })
}

/// What is said of a file of another size.
pub(super) fn size_words(purpose: Purpose) -> String {
    let most = purpose.most_bytes() >> 20;
    format!("hasta {most} MB y no vacío (up to {most} MB and not empty)")
}

/// The head is judged at once, so that a bomb is refused however many pictures are at work; decoding waits for
/// its turn.
async fn renew(files: &Files, bytes: Bytes, kind: Kind) -> Result<Picture> {
    let head = bytes.clone();
    let measured = spawn_blocking(move || picture::measure(&head, kind)).await;
    measured.unwrap_or_else(|_| Err(broke())).map_err(said)?;
    let turn = files.decoders.acquire().await;
    let turn = turn.map_err(|_| Error::Internal("no turn to decode a picture".into()))?;
    let renewed = spawn_blocking(move || picture::renew(&bytes, kind)).await;
    drop(turn);
    // A decoder that panics on what somebody sent has refused it.
    renewed.unwrap_or_else(|_| Err(broke())).map_err(said)
}

fn broke() -> Refused {
    Refused::Damaged("its decoder gave up".into())
}

fn said(refused: Refused) -> Error {
    let words = match refused {
        Refused::TooManyPixels { .. } => format!("demasiados píxeles ({refused})"),
        Refused::Damaged(_) => format!("la imagen está dañada ({refused})"),
    };
    Error::invalid("file", words)
}
