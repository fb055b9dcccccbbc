//! What files are for: how large they may be, and what they may be.

use serde::{Deserialize, Serialize};

use super::sniff::Kind;
use crate::auth::role::Role;

/// What a file is for.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    sqlx::Type,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Purpose {
    /// A picture of a job: before, during, after.
    JobPhoto,
    /// The customer's signature.
    Signature,
    /// What came or goes by WhatsApp.
    WhatsappMedia,
    /// A voice note.
    Voice,
    /// A person's picture.
    Avatar,
    /// The organization's.
    Logo,
    /// A paper: PDF or a picture of one.
    Document,
}

const MIB: u64 = 1 << 20;

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::JobPhoto,
        Self::Signature,
        Self::WhatsappMedia,
        Self::Voice,
        Self::Avatar,
        Self::Logo,
        Self::Document,
    ];

    /// The column and wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JobPhoto => "job_photo",
            Self::Signature => "signature",
            Self::WhatsappMedia => "whatsapp_media",
            Self::Voice => "voice",
            Self::Avatar => "avatar",
            Self::Logo => "logo",
            Self::Document => "document",
        }
    }

    /// Bytes that may be sent. Our own pages send pictures of at most 700 KB; other clients send what a camera
    /// makes. Media and voice: what Meta takes for audio and video (integrations.md section 3).
    pub fn most_bytes(self) -> u64 {
        match self {
            Self::Signature => MIB,
            Self::Avatar | Self::Logo => 5 * MIB,
            Self::JobPhoto => 12 * MIB,
            Self::Document | Self::Voice | Self::WhatsappMedia => 16 * MIB,
        }
    }

    /// Whether such a file may be of this kind.
    pub fn takes(self, kind: Kind) -> bool {
        match self {
            Self::JobPhoto | Self::Signature | Self::Avatar | Self::Logo => kind.is_picture(),
            Self::Voice => kind.is_audio(),
            Self::Document => kind.is_picture() || kind == Kind::Pdf,
            Self::WhatsappMedia => true,
        }
    }

    /// Whether somebody of this role may upload such files.
    pub fn is_for(self, role: Role) -> bool {
        match self {
            Self::Avatar => true,
            Self::Logo => matches!(role, Role::Owner | Role::Admin),
            Self::WhatsappMedia | Self::Voice => role.is_staff(),
            Self::JobPhoto | Self::Signature | Self::Document => role.is_staff() || role == Role::Technician,
        }
    }

    /// How a file without a name is called, without its ending.
    pub fn stem(self) -> &'static str {
        match self {
            Self::JobPhoto => "foto",
            Self::Signature => "firma",
            Self::WhatsappMedia => "whatsapp",
            Self::Voice => "audio",
            Self::Avatar => "retrato",
            Self::Logo => "logo",
            Self::Document => "documento",
        }
    }
}
