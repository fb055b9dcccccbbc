//! What phone apps of others send, read as points: pure.
//!
//! Formats as the apps have them (`docs/protocol.md`, "Phone apps that exist already"). Units are turned into ours once,
//! here; what an app writes for "unknown" becomes `None`, never 0. A point that cannot be used is left without place or
//! time, and is refused later as every such point: the app hears success, so that its queue goes on.

mod json;
mod osmand;
mod overland;
mod owntracks;
mod query;
mod time;
mod traccar;

use crate::tracking::point::RawPoint;

/// An app's own way of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum App {
    /// OsmAnd: query or form, speed in m/s.
    OsmAnd,
    /// Traccar Client: JSON in m/s since version 9, before that query or form in knots.
    Traccar,
    /// OwnTracks in HTTP mode: JSON, speed in km/h.
    OwnTracks,
    /// Overland: batches of GeoJSON, m/s.
    Overland,
    /// GPSLogger's custom URL: query, form or JSON, m/s.
    GpsLogger,
}

impl App {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::OsmAnd, Self::Traccar, Self::OwnTracks, Self::Overland, Self::GpsLogger];

    /// Its name in the path.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OsmAnd => "osmand",
            Self::Traccar => "traccar",
            Self::OwnTracks => "owntracks",
            Self::Overland => "overland",
            Self::GpsLogger => "gpslogger",
        }
    }

    /// The app of a path.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == name)
    }

    /// What the app must hear to take its points as delivered: content type and exact bytes.
    pub fn success(self) -> (&'static str, &'static str) {
        match self {
            Self::OwnTracks => ("application/json", "[]"),
            Self::Overland => ("application/json", r#"{"result":"ok"}"#),
            Self::OsmAnd | Self::Traccar | Self::GpsLogger => ("text/plain; charset=utf-8", ""),
        }
    }
}

/// What one request carried.
#[derive(Debug, Default, PartialEq)]
pub struct Sent {
    /// Its points, in the order in which they stand.
    pub points: Vec<RawPoint>,
    /// Whether something in it could not be read at all.
    pub is_unreadable: bool,
}

impl Sent {
    fn of(points: Vec<RawPoint>) -> Self {
        Self { points, is_unreadable: false }
    }

    fn unreadable() -> Self {
        Self { points: Vec::new(), is_unreadable: true }
    }
}

/// Reads a request: the query as it stands in the address, and the body. `now_ms` is taken where an app sends no time.
///
/// Never fails: what nobody understands is no point, and [`Sent::is_unreadable`] says so.
pub fn read(app: App, query: &str, body: &[u8], now_ms: i64) -> Sent {
    let body = body.trim_ascii();
    let is_json = matches!(body.first(), Some(b'{' | b'['));
    match app {
        App::OwnTracks => owntracks::read(body),
        App::Overland => overland::read(body),
        // Traccar's one port takes both, and so do its clients' habits.
        App::Traccar | App::OsmAnd if is_json => traccar::read(body),
        App::GpsLogger if is_json => osmand::read_flat(body, now_ms),
        App::Traccar => osmand::read(query, body, osmand::Speed::Knots, now_ms),
        App::OsmAnd | App::GpsLogger => osmand::read(query, body, osmand::Speed::MetresPerSecond, now_ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_764_000_000_000;

    proptest! {
        /// Whatever bytes come: no panic, and no more points than bytes could name.
        #[test]
        fn anything_is_read(query in ".{0,200}", body in proptest::collection::vec(any::<u8>(), 0..300)) {
            for app in App::ALL {
                prop_assert!(read(app, &query, &body, NOW).points.len() <= body.len() + 1);
            }
        }

        /// Cutting a body never makes points of what is left over.
        #[test]
        fn cut_bodies_have_no_new_points(cut in 0..400usize) {
            let whole = br#"{"locations":[{"type":"Feature","geometry":{"type":"Point","coordinates":[-58.38,-34.6]},"properties":{"timestamp":"2015-10-01T08:00:00-0700","speed":4}}]}"#;
            let cut = cut.min(whole.len() - 1);
            prop_assert!(read(App::Overland, "", &whole[..cut], NOW).points.is_empty());
        }
    }

    #[test]
    fn names_and_replies() {
        for app in App::ALL {
            assert_eq!(App::named(app.as_str()), Some(app));
        }
        assert_eq!(App::named("Traccar"), None);
        assert_eq!(App::Overland.success().1, r#"{"result":"ok"}"#);
        assert_eq!(App::OwnTracks.success().1, "[]");
    }
}
