//! Settings of the files' store.

use campo_engine::settings::FileSettings;
use clap::Args;

/// Where files lie.
#[derive(Debug, Clone, Default, Args)]
pub struct Files {
    /// The store of files: s3://bucket or s3://bucket/prefix [default: the folder CAMPO_DATA/files].
    #[arg(long, env = "CAMPO_FILES_URL", value_name = "CAMPO_FILES_URL", global = true, value_parser = store_address)]
    pub files_url: Option<String>,
    /// Where the S3 store answers, as https://<account>.r2.cloudflarestorage.com [default: AWS in its region].
    #[arg(long, env = "CAMPO_S3_ENDPOINT", value_name = "CAMPO_S3_ENDPOINT", global = true, value_parser = endpoint)]
    pub s3_endpoint: Option<String>,
    /// The store's region, as us-east-1; R2 says auto.
    #[arg(long, env = "CAMPO_S3_REGION", value_name = "CAMPO_S3_REGION", global = true)]
    pub s3_region: Option<String>,
    /// The store's access key.
    #[arg(
        long,
        env = "CAMPO_S3_ACCESS_KEY",
        value_name = "CAMPO_S3_ACCESS_KEY",
        global = true,
        hide_env_values = true
    )]
    pub s3_access_key: Option<String>,
    /// Its secret.
    #[arg(
        long,
        env = "CAMPO_S3_SECRET_KEY",
        value_name = "CAMPO_S3_SECRET_KEY",
        global = true,
        hide_env_values = true
    )]
    pub s3_secret_key: Option<Hidden>,
}

/// A secret among the settings: it prints nothing of itself.
#[derive(Clone)]
pub struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden")
    }
}

impl std::str::FromStr for Hidden {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl Files {
    /// The store's secret, for the redactor of logs.
    pub(super) fn secret(&self) -> Option<String> {
        self.s3_secret_key.as_ref().map(|secret| secret.0.clone()).filter(|s| !s.is_empty())
    }

    /// As the engine takes them; an empty variable is how container tools write "not set".
    pub fn settings(&self) -> FileSettings {
        let given = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
        FileSettings {
            folder: std::path::PathBuf::new(),
            url: given(&self.files_url),
            endpoint: given(&self.s3_endpoint),
            region: given(&self.s3_region),
            access_key: given(&self.s3_access_key),
            secret_key: self.s3_secret_key.as_ref().map(|s| s.0.clone()).filter(|s| !s.is_empty()),
        }
    }
}

fn store_address(text: &str) -> Result<String, String> {
    let bucket = text.strip_prefix("s3://").map(|rest| rest.split('/').next().unwrap_or_default());
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
    };
    if text.is_empty() || bucket.is_some_and(is_name) {
        return Ok(text.to_owned());
    }
    Err("expected s3://bucket or s3://bucket/prefix".into())
}

fn endpoint(text: &str) -> Result<String, String> {
    let is_web = url::Url::parse(text)
        .is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.host().is_some() && u.query().is_none());
    if text.is_empty() || is_web {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err("expected http:// or https:// and a host, as https://s3.example".into())
}
