//! Settings of the audit log.

use std::path::Path;

use campo_engine::settings::{AuditSettings, FileSettings};
use clap::Args;

/// The audit log.
#[derive(Debug, Clone, Args)]
pub struct Audit {
    /// Where the ends of audit chains are anchored: a folder, or s3://bucket/prefix with the CAMPO_S3 settings. Best on
    /// another machine, where nothing is erased; all servers of an installation share it [default: CAMPO_DATA/anchors].
    #[arg(
        long,
        env = "CAMPO_AUDIT_ANCHORS",
        value_name = "CAMPO_AUDIT_ANCHORS",
        global = true,
        default_value = ""
    )]
    pub audit_anchors: String,
    /// Which of the audit log's keys writes, 1 to 99; those before it go on verifying.
    #[arg(long, env = "CAMPO_AUDIT_KEY", value_name = "CAMPO_AUDIT_KEY", global = true, default_value_t = 1,
          value_parser = clap::value_parser!(i16).range(1..=99))]
    pub audit_key: i16,
}

impl Default for Audit {
    fn default() -> Self {
        Self { audit_anchors: String::new(), audit_key: 1 }
    }
}

impl Audit {
    /// As the engine takes them; `store` has what opens a bucket.
    pub fn settings(&self, data: &Path, store: &FileSettings) -> AuditSettings {
        let mut anchors = FileSettings { url: None, folder: data.join("anchors"), ..store.clone() };
        match self.audit_anchors.trim() {
            "" => {}
            url if url.starts_with("s3://") => anchors.url = Some(url.to_owned()),
            folder => anchors.folder = folder.into(),
        }
        AuditSettings { key: self.audit_key, anchors }
    }
}
