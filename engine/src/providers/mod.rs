//! Companies we talk to: one file each, a concrete struct with its address, its client and its secret.
//!
//! - [`http`]: the one HTTP client and the way of every call, through the breakers.
//! - [`failure`]: why a call brought nothing, told apart by what a caller can do.
//! - [`meta`]: WhatsApp; [`twilio`]: SMS.
//! - [`openai`]: speech to text, text to a form.
//!
//! No provider tries again by itself: the [`crate::worker`] does.

pub mod failure;
pub mod google_routes;
pub mod http;
pub mod mapbox;
pub mod meta;
pub mod openai;
pub mod osrm;
#[cfg(test)]
pub(crate) mod testing;
pub mod twilio;
pub mod valhalla;

pub use failure::Failure;
pub use http::{Answer, Budget, Calls};

/// A service outside: names its breaker, its figures and its panic state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// Meta's Cloud API.
    WhatsApp,
    /// Twilio's messages.
    Twilio,
    /// Transcription and extraction.
    OpenAi,
    /// The SMTP server.
    Email,
    /// Push services of browsers.
    WebPush,
    /// Customers' own systems.
    Webhooks,
    /// The object store.
    Storage,
    /// Google Routes.
    GoogleRoutes,
    /// Mapbox directions.
    Mapbox,
    /// An OSRM server.
    Osrm,
    /// A Valhalla server.
    Valhalla,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::WhatsApp,
        Self::Twilio,
        Self::OpenAi,
        Self::Email,
        Self::WebPush,
        Self::Webhooks,
        Self::Storage,
        Self::GoogleRoutes,
        Self::Mapbox,
        Self::Osrm,
        Self::Valhalla,
    ];

    /// Its name on the wire, in figures and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WhatsApp => "whatsapp",
            Self::Twilio => "twilio",
            Self::OpenAi => "openai",
            Self::Email => "email",
            Self::WebPush => "web_push",
            Self::Webhooks => "webhooks",
            Self::Storage => "storage",
            Self::GoogleRoutes => "google_routes",
            Self::Mapbox => "mapbox",
            Self::Osrm => "osrm",
            Self::Valhalla => "valhalla",
        }
    }

    /// The service of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }
}
