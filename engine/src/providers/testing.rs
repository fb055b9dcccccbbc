//! Answers as a provider gave them, for tests of how they are read.

use bytes::Bytes;
use reqwest::header::HeaderMap;

use super::Answer;

pub(crate) fn answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: HeaderMap::new(), body: Bytes::copy_from_slice(body.as_bytes()) }
}
