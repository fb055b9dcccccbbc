//! Links to files, good for an hour: signed by us, or the store's own.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::hmac;
use uuid::Uuid;

use super::shelf::Shelf;
use crate::auth::keys::Keys;
use crate::ids::{FileId, OrgId};

/// Seconds that a link is good for.
pub const GOOD_S: i64 = 3_600;
/// Links of the same file made within so many seconds are the same, so that browsers find their copy again.
const STEP_S: i64 = 300;
/// Organization, file, form, end.
const SAID: usize = 16 + 16 + 1 + 8;
const TAG: usize = 32;

/// Which form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The file itself.
    Whole,
    /// The thumbnail of a picture.
    Thumbnail,
}

/// The object's key in the store: under its organization, by its id.
pub fn object_key(org: OrgId, file: FileId, form: Form) -> String {
    match form {
        Form::Whole => format!("{org}/{file}"),
        Form::Thumbnail => format!("{org}/{file}.thumb"),
    }
}

/// Makes and reads links. Cheap to clone.
#[derive(Clone)]
pub struct FileLinks {
    key: hmac::Key,
    public_url: std::sync::Arc<str>,
    shelf: Shelf,
}

impl std::fmt::Debug for FileLinks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileLinks({})", self.public_url)
    }
}

/// What a link of ours leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leads {
    /// Whose.
    pub org: OrgId,
    /// Which.
    pub file: FileId,
    /// In which form.
    pub form: Form,
    /// Seconds that are left.
    pub left_s: i64,
}

impl FileLinks {
    /// `public_url` is what links are made of.
    pub fn new(keys: &Keys, public_url: &str, shelf: Shelf) -> Self {
        let public_url = public_url.trim_end_matches('/').into();
        Self { key: keys.mac("campo file link v1"), public_url, shelf }
    }

    /// The link of a file, good for between 55 and 60 minutes from now.
    pub fn url(&self, org: OrgId, file: FileId, form: Form) -> String {
        self.url_at(org, file, form, Utc::now())
    }

    fn url_at(&self, org: OrgId, file: FileId, form: Form, now: DateTime<Utc>) -> String {
        let begins = now.timestamp() - now.timestamp().rem_euclid(STEP_S);
        let at = DateTime::from_timestamp(begins, 0).unwrap_or(now);
        let own = self.shelf.presign("GET", &object_key(org, file, form), at, GOOD_S.unsigned_abs() as u32);
        if let Some(url) = own {
            return url.into();
        }
        let mut token = Vec::with_capacity(SAID + TAG);
        token.extend_from_slice(org.0.as_bytes());
        token.extend_from_slice(file.0.as_bytes());
        token.push(u8::from(form == Form::Thumbnail));
        token.extend_from_slice(&(begins + GOOD_S).to_be_bytes());
        let tag = hmac::sign(&self.key, &token);
        token.extend_from_slice(tag.as_ref());
        format!("{}/files/{}", self.public_url, URL_SAFE_NO_PAD.encode(token))
    }

    /// Where a token leads; none for one that we did not sign or that is over.
    pub fn read(&self, token: &str, now: DateTime<Utc>) -> Option<Leads> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (said, tag) = bytes.split_at_checked(SAID)?;
        hmac::verify(&self.key, said, tag).ok()?;
        let (org, rest) = said.split_at_checked(16)?;
        let (file, rest) = rest.split_at_checked(16)?;
        let (form, end) = rest.split_first()?;
        let left_s = i64::from_be_bytes(end.try_into().ok()?) - now.timestamp();
        let form = if *form == 1 { Form::Thumbnail } else { Form::Whole };
        let (org, file) = (Uuid::from_slice(org).ok()?, Uuid::from_slice(file).ok()?);
        (left_s > 0).then_some(Leads { org: OrgId(org), file: FileId(file), form, left_s })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::Calls;
    use crate::settings::FileSettings;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn links(secret: u8, settings: &FileSettings) -> FileLinks {
        let shelf = Shelf::new(settings, Calls::new(None).unwrap()).unwrap();
        FileLinks::new(&Keys::derive(&[secret; 32]).unwrap(), "https://campo.example/", shelf)
    }

    proptest! {
        /// Good for most of an hour, then dead; another sign, another key, another link: dead.
        #[test]
        fn links_live_an_hour_and_cannot_be_bent(org: u128, file: u128, at in 0..4_000_000_000i64, bit in 0..584usize) {
            let (ours, theirs) = (links(1, &FileSettings::default()), links(2, &FileSettings::default()));
            let now = DateTime::from_timestamp(at, 0).unwrap();
            let (org, file) = (OrgId(Uuid::from_u128(org)), FileId(Uuid::from_u128(file)));
            let url = ours.url_at(org, file, Form::Thumbnail, now);
            let token = url.strip_prefix("https://campo.example/files/").unwrap();
            let leads = ours.read(token, now).unwrap();
            prop_assert_eq!((leads.org, leads.file, leads.form), (org, file, Form::Thumbnail));
            prop_assert!(leads.left_s > GOOD_S - STEP_S && leads.left_s <= GOOD_S);
            prop_assert!(ours.read(token, now + TimeDelta::seconds(GOOD_S - STEP_S)).is_some());
            prop_assert!(ours.read(token, now + TimeDelta::seconds(GOOD_S)).is_none());
            prop_assert!(theirs.read(token, now).is_none());
            let mut bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(ours.read(&URL_SAFE_NO_PAD.encode(bytes), now).is_none());
        }
    }

    #[test]
    fn a_store_of_its_own_gives_its_own_links() {
        let settings = FileSettings {
            url: Some("s3://fotos/campo".into()),
            endpoint: Some("https://cuenta.r2.example".into()),
            region: Some("auto".into()),
            access_key: Some("AK".into()),
            secret_key: Some("SK".into()),
            ..FileSettings::default()
        };
        let links = links(1, &settings);
        let url = links.url(OrgId(Uuid::nil()), FileId(Uuid::nil()), Form::Whole);
        let nil = Uuid::nil();
        assert!(
            url.starts_with(&format!("https://cuenta.r2.example/fotos/campo/{nil}/{nil}?X-Amz-")),
            "{url}"
        );
        assert!(url.contains("X-Amz-Expires=3600") && !url.contains("SK"), "{url}");
    }
}
