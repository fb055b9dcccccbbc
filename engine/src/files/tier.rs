//! What an organization's tier allows of files (functional.md section 13). Without a tier there is no limit.

/// A tier that the operator has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// FREE.
    Free,
    /// INICIAL.
    Inicial,
    /// PROFESIONAL.
    Profesional,
    /// EMPRESA.
    Empresa,
}

impl Tier {
    /// The tier of that name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "free" => Some(Self::Free),
            "inicial" => Some(Self::Inicial),
            "profesional" => Some(Self::Profesional),
            "empresa" => Some(Self::Empresa),
            _ => None,
        }
    }

    /// Bytes that all files together may have.
    pub fn storage_bytes(self) -> i64 {
        let megabytes = match self {
            Self::Free => 50,
            Self::Inicial => 100,
            Self::Profesional => 500,
            Self::Empresa => 5 * 1024,
        };
        megabytes << 20
    }

    /// Photos that one job may have.
    pub fn photos_per_job(self) -> i64 {
        match self {
            Self::Free => 3,
            Self::Inicial => 5,
            Self::Profesional => 10,
            Self::Empresa => 50,
        }
    }
}
