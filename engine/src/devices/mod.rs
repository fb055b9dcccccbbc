//! Phones that speak through an app of others: a token each, revocable, and what such an app sends.
//!
//! [`apps`] reads the formats (pure). The points take the way of every other: judged, stored, and success is said after
//! the commit alone. What is refused for good is said to be delivered too, and counted here, so that no phone's queue blocks.

pub mod apps;
mod sql;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::asker::Asker;
use crate::audit::{Action, Entry};
use crate::auth::keys::{self, Keys};
use crate::auth::role::Role;
use crate::check::Check;
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::ids::{DeviceId, OrgId, Source, UserId};
use crate::moment::Moment;
use crate::page::Page;
use crate::tracking::refusal::Refusal;
use apps::App;

/// `POST /api/devices`: a token for one phone of a technician.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct NewDevice {
    /// Whose phone; one's own when absent.
    pub user_id: Option<UserId>,
    /// What it is called, 1 to 100 characters.
    pub name: String,
}

/// A new device. The token is shown this once.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MadeDevice {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it is called.
    pub name: String,
    /// Its token: shown this once, stored as a hash.
    pub token: String,
    /// The address for each app.
    pub urls: Urls,
    /// Links that set an app up with one tap, or as a QR code.
    pub setup: Setup,
}

/// Where each app sends to.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Urls {
    /// OsmAnd: GET or POST, m/s.
    pub osmand: String,
    /// Traccar Client.
    pub traccar: String,
    /// OwnTracks, HTTP mode.
    pub owntracks: String,
    /// Overland.
    pub overland: String,
    /// GPSLogger, custom URL.
    pub gpslogger: String,
}

/// What sets an app up.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Setup {
    /// OwnTracks takes its whole configuration from this link.
    pub owntracks: String,
    /// Overland takes address and token from this link.
    pub overland: String,
    /// GPSLogger's custom URL with its placeholders.
    pub gpslogger: String,
    /// OsmAnd's online tracking address with its placeholders.
    pub osmand: String,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = Device)]
pub struct DeviceView {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it is called.
    pub name: String,
    /// When it was made.
    pub created_at: Moment,
    /// The app that spoke last: `owntracks`, `traccar`, ..
    pub last_app: Option<String>,
    /// When it last spoke.
    pub last_seen_at: Option<Moment>,
    /// What came today.
    pub today: Counts,
}

/// Points of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Counts {
    /// Stored (one sent twice counts twice here, and is stored once).
    pub stored: i64,
    /// Without a place or a time.
    pub range: i64,
    /// Over 5 minutes ahead.
    pub future: i64,
    /// Over 7 days old.
    pub too_old: i64,
    /// Outside of every shift: not stored.
    pub off_shift: i64,
    /// Requests that nobody understands.
    pub unreadable: i64,
}

impl Counts {
    /// Counts so many points of one request, the refused among them.
    pub fn of(points: usize, refused: &[(i64, Refusal)], is_unreadable: bool) -> Self {
        let mut counts = Self { unreadable: i64::from(is_unreadable), ..Self::default() };
        for (_, why) in refused {
            match why {
                Refusal::Range => counts.range += 1,
                Refusal::Future => counts.future += 1,
                Refusal::TooOld => counts.too_old += 1,
                Refusal::OffShift => counts.off_shift += 1,
            }
        }
        counts.stored = (points.saturating_sub(refused.len())) as i64;
        counts
    }
}

/// Whom a token names.
#[derive(Debug, Clone, Copy)]
pub struct Speaker {
    /// The organization.
    pub org: OrgId,
    /// The device.
    pub device: DeviceId,
    /// The technician.
    pub user: UserId,
    /// The stream of its positions.
    pub source: Source,
    /// Whether the office asked where it is.
    pub is_wanted: bool,
    /// Whether the organization lets shifts begin by the work schedule.
    pub is_by_schedule: bool,
}

/// Makes a device and its token. The same `key` (the `Idempotency-Key`) of the same person makes one device.
///
/// The token is derived from the device's id, so that a repeated answer can show it without its being stored.
///
/// # Errors
/// 404 for somebody of another organization or, to a technician, for anybody else; 422 for who is no technician, and for
/// another body under a key that was used.
pub async fn add(
    tenant: &mut Tenant,
    keys: &Keys,
    asker: Asker,
    new: &NewDevice,
    key: Option<&str>,
    public_url: &str,
) -> Result<MadeDevice> {
    let own = asker.jobs_of()?;
    let user = new.user_id.unwrap_or(asker.user);
    if own.is_some_and(|own| own != user) {
        return Err(Error::NotFound("user"));
    }
    let mut check = Check::default();
    let name = check.text("name", &new.name, 1, 100);
    if key.is_some_and(|key| !(16..=64).contains(&key.len())) {
        check.wrong("Idempotency-Key", "de 16 a 64 letras (16 to 64 characters)");
    }
    check.done()?;
    let org = tenant.org();
    let role = sql::active_role(tenant.conn(), org, user).await?.ok_or(Error::NotFound("user"))?;
    if role.parse() != Ok(Role::Technician) {
        return Err(Error::invalid("user_id", "tiene que ser un técnico (must be a technician)"));
    }
    let id = key.map_or_else(DeviceId::new, |key| id_of(org, asker.user, key));
    let token = token_of(keys, id);
    let hash = keys::sha256(token.as_bytes());
    if !sql::insert(tenant.conn(), org, id, (user, asker.user), &name, &hash).await? {
        let known = sql::known(tenant.conn(), org, id).await?;
        if known.as_ref() != Some(&(user, name.clone())) {
            return Err(Error::invalid(
                "Idempotency-Key",
                "esta clave ya se usó para otra cosa (used for something else)",
            ));
        }
    } else {
        let made = Entry::asked(Action::DeviceAdded, "device").on(id.0);
        tenant.audit(made.is(serde_json::json!({"user_id": user, "name": name})));
    }
    let (urls, setup) = (urls(public_url, &token), setup(public_url, &token, id, &name));
    Ok(MadeDevice { id, user_id: user, urls, setup, name, token })
}

/// One id for one person's key.
fn id_of(org: OrgId, user: UserId, key: &str) -> DeviceId {
    let digest = keys::sha256(&[org.0.as_bytes().as_slice(), user.0.as_bytes(), key.as_bytes()].concat());
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(digest) {
        *to = from;
    }
    DeviceId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// 32 signs, 192 bits.
fn token_of(keys: &Keys, id: DeviceId) -> String {
    let tag = ring::hmac::sign(&keys.mac("campo ingest v1"), id.0.as_bytes());
    URL_SAFE_NO_PAD.encode(tag.as_ref().get(..24).unwrap_or_default())
}

fn urls(public_url: &str, token: &str) -> Urls {
    let of = |app: App| format!("{public_url}/ingest/{token}/{}", app.as_str());
    Urls {
        osmand: of(App::OsmAnd),
        traccar: of(App::Traccar),
        owntracks: of(App::OwnTracks),
        overland: of(App::Overland),
        gpslogger: of(App::GpsLogger),
    }
}

fn setup(public_url: &str, token: &str, id: DeviceId, name: &str) -> Setup {
    let urls = urls(public_url, token);
    // https://owntracks.org/booklet/features/remoteconfig/: mode 3 is HTTP; monitoring 2 is "move".
    let owntracks = serde_json::json!({
        "_type": "configuration", "mode": 3, "url": urls.owntracks, "auth": false, "monitoring": 2,
        "locatorInterval": 30, "moveModeLocatorInterval": 30, "deviceId": name, "tid": "ct", "extendedData": true,
    });
    let inline = base64::engine::general_purpose::STANDARD.encode(owntracks.to_string());
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    Setup {
        owntracks: format!("owntracks:///config?inline={}", encoded(&inline)),
        overland: format!(
            "overland://setup?url={}&token={}&device_id={}",
            encoded(&urls.overland),
            encoded(token),
            encoded(&id.to_string())
        ),
        gpslogger: format!(
            "{}?lat=%LAT&lon=%LON&timestamp=%TIMESTAMP&speed=%SPD&bearing=%DIR&altitude=%ALT&accuracy=%ACC&batt=%BATT&act=%ACT",
            urls.gpslogger
        ),
        osmand: format!(
            "{}?lat={{0}}&lon={{1}}&timestamp={{2}}&hdop={{3}}&altitude={{4}}&speed={{5}}&bearing={{6}}",
            urls.osmand
        ),
    }
}

/// Living devices with what came today; a technician sees their own.
pub async fn list(tenant: &mut Tenant, asker: Asker, user: Option<UserId>) -> Result<Page<DeviceView>> {
    let own = asker.jobs_of()?;
    let org = tenant.org();
    let rows = sql::list(tenant.conn(), org, own.or(user), today(Utc::now())).await?;
    let items = rows.into_iter().map(|row| DeviceView {
        id: row.device_id,
        user_id: row.user_id,
        name: row.name,
        created_at: row.created_at.into(),
        last_app: row.last_app,
        last_seen_at: row.last_seen_at.map(Moment::from),
        today: Counts {
            stored: row.stored,
            range: row.range,
            future: row.future,
            too_old: row.too_old,
            off_shift: row.off_shift,
            unreadable: row.unreadable,
        },
    });
    Ok(Page { items: items.collect(), next: None })
}

/// Ends a device's token at once.
pub async fn revoke(tenant: &mut Tenant, asker: Asker, device: DeviceId) -> Result<()> {
    let own = asker.jobs_of()?;
    let org = tenant.org();
    let ended = sql::revoke(tenant.conn(), org, device, own, asker.user).await?;
    if !ended {
        return Err(Error::NotFound("device"));
    }
    tenant.audit(Entry::asked(Action::DeviceRevoked, "device").on(device.0));
    Ok(())
}

/// Asks a device for its position: said in the next answer to an app that takes commands (OwnTracks).
pub async fn locate(tenant: &mut Tenant, device: DeviceId) -> Result<()> {
    let org = tenant.org();
    if sql::want(tenant.conn(), org, device).await? { Ok(()) } else { Err(Error::NotFound("device")) }
}

/// Whom a token names; `None` where it is unknown or revoked, or its person is no active technician any more.
pub async fn speaker(db: &Db, token: &str) -> Result<Option<Speaker>> {
    let mut link = db.link(&keys::sha256(token.as_bytes())).await?;
    let Some(named) = sql::named(&mut link).await? else { return Ok(None) };
    drop(link);
    let mut tenant = db.tenant(named.org_id).await?;
    let member = sql::member(tenant.conn(), named.org_id, named.user_id).await?;
    let Some((role, is_by_schedule)) = member else { return Ok(None) };
    if role.parse() != Ok(Role::Technician) {
        return Ok(None);
    }
    Ok(Some(Speaker {
        is_by_schedule,
        org: named.org_id,
        device: named.device_id,
        user: named.user_id,
        source: named.source,
        is_wanted: named.wanted_at.is_some(),
    }))
}

/// Notes what came from a device.
pub async fn note(db: &Db, speaker: &Speaker, app: App, counts: &Counts) -> Result<()> {
    let mut tenant = db.tenant(speaker.org).await?;
    sql::note(tenant.conn(), speaker.org, speaker.device, app.as_str(), today(Utc::now()), counts).await?;
    tenant.commit().await
}

/// The day in Buenos Aires.
fn today(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&chrono_tz::America::Argentina::Buenos_Aires).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_carry_the_whole_configuration() {
        let setup = setup("https://campo.example", "T0k-en_", DeviceId::new(), "Moto & casco");
        let inline = setup.owntracks.split_once("inline=").unwrap().1;
        let inline: String =
            url::form_urlencoded::parse(format!("x={inline}").as_bytes()).next().unwrap().1.into();
        let config: serde_json::Value =
            serde_json::from_slice(&base64::engine::general_purpose::STANDARD.decode(inline).unwrap())
                .unwrap();
        assert_eq!(config["url"], "https://campo.example/ingest/T0k-en_/owntracks");
        assert_eq!((config["mode"].as_i64(), config["deviceId"].as_str()), (Some(3), Some("Moto & casco")));
        assert!(
            setup
                .overland
                .contains("url=https%3A%2F%2Fcampo.example%2Fingest%2FT0k-en_%2Foverland&token=T0k-en_")
        );
        assert!(
            setup.osmand.ends_with(
                "/osmand?lat={0}&lon={1}&timestamp={2}&hdop={3}&altitude={4}&speed={5}&bearing={6}"
            )
        );
    }

    #[test]
    fn every_point_is_counted_once() {
        let refused = [(1, Refusal::Range), (2, Refusal::OffShift), (3, Refusal::OffShift)];
        let counts = Counts::of(5, &refused, false);
        assert_eq!((counts.stored, counts.range, counts.off_shift), (2, 1, 2));
        assert_eq!(Counts::of(0, &[], true), Counts { unreadable: 1, ..Counts::default() });
    }
}
