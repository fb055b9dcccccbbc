//! What a message may be, as the Cloud API knows it. Pure; providers turn it into their wire forms.

use serde::{Deserialize, Serialize};

/// Letters of a text message at most.
pub const MOST_TEXT: usize = 4_096;

/// What a message says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// Words, up to [`MOST_TEXT`] letters; only within 24 hours of the customer's last message.
    Text {
        /// The words.
        body: String,
        /// Whether a link in them shows what it leads to.
        #[serde(default)]
        preview_url: bool,
    },
    /// An approved template with its parameters: may go at any time.
    Template(Template),
    /// Words and up to three buttons that answer.
    Buttons {
        /// The words, up to 1024 letters.
        body: String,
        /// The buttons.
        buttons: Vec<Reply>,
    },
    /// Words and a list of up to ten rows to choose from.
    List {
        /// The words, up to 1024 letters.
        body: String,
        /// What stands on the button that opens the list, up to 20 letters.
        button: String,
        /// The rows.
        rows: Vec<Reply>,
    },
    /// Asks for the place where the customer is.
    LocationRequest {
        /// The words, up to 1024 letters.
        body: String,
    },
    /// A picture, a document, a sound, a film.
    Media {
        /// Which.
        media: MediaKind,
        /// Where it is.
        source: MediaSource,
        /// Words under it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        /// A document's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
    /// A place.
    Location {
        /// Degrees north.
        lat: f64,
        /// Degrees east.
        lon: f64,
        /// Its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Its address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// A sign on a message of the customer; an empty one takes it back.
    Reaction {
        /// The provider's id of that message.
        to: String,
        /// The sign.
        emoji: String,
    },
    /// A fact of the house: its words are found when it leaves, by what is true then.
    Event {
        /// What it was when it was written.
        fact: serde_json::Value,
    },
}

/// An approved template with its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its name at the provider.
    pub name: String,
    /// Its language, as `es_AR`.
    pub language: String,
    /// What fills `{{1}}`, `{{2}}` .. of its body.
    #[serde(default)]
    pub params: Vec<String>,
    /// What its buttons need, in the order in which they stand.
    #[serde(default)]
    pub buttons: Vec<TemplateButton>,
}

/// What a template's button needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateButton {
    /// The end of its address.
    Url(String),
    /// What comes back when it is pressed.
    QuickReply(String),
    /// The code that it copies.
    CopyCode(String),
    /// It needs nothing.
    Plain,
}

/// A button or row that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// What comes back, up to 256 letters.
    pub id: String,
    /// What stands on it, up to 20 letters (24 in a list).
    pub title: String,
    /// More about it, in a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Kinds of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A document.
    Document,
    /// A sound.
    Audio,
    /// A film.
    Video,
    /// A sticker.
    Sticker,
}

/// Where media is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaSource {
    /// Uploaded to the provider before.
    Id(String),
    /// At an address that the provider can reach.
    Link(String),
    /// A file of ours: its link is made when the message leaves.
    File(uuid::Uuid),
}

impl MediaKind {
    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Document => "document",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Sticker => "sticker",
        }
    }
}

impl Content {
    /// Words alone.
    pub fn text(body: impl Into<String>) -> Self {
        Self::Text { body: body.into(), preview_url: false }
    }

    /// The column form of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Template(_) => "template",
            Self::Buttons { .. } | Self::List { .. } | Self::LocationRequest { .. } => "interactive",
            Self::Media { media, .. } => media.as_str(),
            Self::Location { .. } => "location",
            Self::Reaction { .. } => "reaction",
            Self::Event { .. } => "event",
        }
    }

    /// Whether it may go when the customer has not written for 24 hours.
    pub fn is_template(&self) -> bool {
        matches!(self, Self::Template(_))
    }
}
