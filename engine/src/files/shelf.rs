//! Where the bytes lie: a folder of this machine, or a bucket of S3 and what speaks like it.
//!
//! Every way there passes the breaker of [`Service::Storage`] and has its time; nothing is tried twice here.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::client::{ClientOptions, HttpClient, HttpConnector};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, RetryConfig,
};
use url::Url;

use super::presign::Signer;
use crate::error::{Again, Error, Result};
use crate::providers::{Calls, Service};
use crate::settings::FileSettings;

/// One way to the store, with up to sixteen megabytes.
const BUDGET: Duration = Duration::from_secs(30);

/// The store of all files. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shelf {
    calls: Calls,
    place: Arc<Place>,
}

#[derive(Debug)]
enum Place {
    /// Opened when it is first needed: a command that never looks at files makes no folder.
    Folder {
        path: PathBuf,
        opened: OnceLock<Arc<dyn ObjectStore>>,
    },
    Bucket {
        store: Arc<dyn ObjectStore>,
        address: Url,
        prefix: String,
        signer: Signer,
    },
}

/// An object's form on the wire, kept with it where the store serves it itself.
#[derive(Debug)]
pub struct Label<'a> {
    /// Its type.
    pub mime: &'a str,
    /// `Content-Disposition`.
    pub disposition: &'a str,
}

impl Shelf {
    /// The store that the settings name.
    ///
    /// # Errors
    /// [`Error::Internal`] in words for settings that do not belong together.
    pub fn new(settings: &FileSettings, calls: Calls) -> Result<Self> {
        let place = match &settings.url {
            None => Place::Folder { path: settings.folder.clone(), opened: OnceLock::new() },
            Some(url) => bucket(url, settings, &calls)?,
        };
        Ok(Self { calls, place: Arc::new(place) })
    }

    /// The origin that browsers load files from, where that is not this server.
    pub fn origin(&self) -> Option<String> {
        match &*self.place {
            Place::Folder { .. } => None,
            Place::Bucket { address, .. } => Some(address.origin().ascii_serialization()),
        }
    }

    /// Lays an object down; durable when this returns. One of the same key is replaced.
    pub async fn put(&self, key: &str, bytes: Bytes, label: Label<'_>) -> Result<()> {
        let store = self.store()?;
        let mut options = PutOptions::default();
        if matches!(*self.place, Place::Bucket { .. }) {
            let mut attributes = Attributes::new();
            attributes.insert(Attribute::ContentType, label.mime.to_owned().into());
            attributes.insert(Attribute::ContentDisposition, label.disposition.to_owned().into());
            attributes.insert(Attribute::CacheControl, "private, max-age=3600".into());
            options.attributes = attributes;
        }
        let path = self.path(key);
        let put = store.put_opts(&path, PutPayload::from(bytes), options);
        self.go(async { put.await.map(|_| ()) }).await?.ok_or_else(|| away("no such bucket"))
    }

    /// Lays an object down unless there is one of the same key; says whether it did. Durable when this returns.
    pub async fn create(&self, key: &str, bytes: Bytes) -> Result<bool> {
        let (store, path) = (self.store()?, self.path(key));
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let put = store.put_opts(&path, PutPayload::from(bytes), options);
        let laid = self.go(async {
            match put.await {
                Ok(_) => Ok(true),
                Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
                Err(other) => Err(other),
            }
        });
        laid.await?.ok_or_else(|| away("no such bucket"))
    }

    /// The keys below a folder, in no order.
    pub async fn list(&self, folder: &str) -> Result<Vec<String>> {
        let (store, path) = (self.store()?, self.path(folder));
        let all = self.go(async { store.list(Some(&path)).try_collect::<Vec<_>>().await }).await?;
        let key = |meta: object_store::ObjectMeta| meta.location.to_string();
        Ok(all.into_iter().flatten().map(key).collect())
    }

    /// An object, or a part of it; none where there is none.
    pub async fn get(&self, key: &str, range: Option<std::ops::Range<u64>>) -> Result<Option<Bytes>> {
        let (store, path) = (self.store()?, self.path(key));
        self.go(async {
            match range {
                Some(range) => store.get_range(&path, range).await,
                None => store.get(&path).await?.bytes().await,
            }
        })
        .await
    }

    /// Takes an object away; one that is not there is fine.
    pub async fn delete(&self, key: &str) -> Result<()> {
        let (store, path) = (self.store()?, self.path(key));
        self.go(async { store.delete(&path).await }).await.map(|_| ())
    }

    /// The store's own address of an object, good for `expires_s` seconds from `at`; none for a folder.
    pub fn presign(&self, method: &str, key: &str, at: DateTime<Utc>, expires_s: u32) -> Option<Url> {
        let Place::Bucket { address, prefix, signer, .. } = &*self.place else { return None };
        Some(signer.presign(method, (address, &format!("{prefix}{key}")), at, expires_s))
    }

    fn path(&self, key: &str) -> Path {
        match &*self.place {
            Place::Folder { .. } => Path::from(key),
            Place::Bucket { prefix, .. } => Path::from(format!("{prefix}{key}")),
        }
    }

    fn store(&self) -> Result<Arc<dyn ObjectStore>> {
        match &*self.place {
            Place::Bucket { store, .. } => Ok(store.clone()),
            Place::Folder { path, opened } => {
                if let Some(store) = opened.get() {
                    return Ok(store.clone());
                }
                let store = open_folder(path).map_err(|e| away(&e))?;
                Ok(opened.get_or_init(|| store).clone())
            }
        }
    }

    /// One way to the store; none where it says that there is no such object.
    async fn go<T>(&self, way: impl Future<Output = object_store::Result<T>>) -> Result<Option<T>> {
        let permit = self.calls.guard(Service::Storage, None).map_err(|f| f.into_error(Service::Storage))?;
        match tokio::time::timeout(BUDGET, way).await {
            Ok(Ok(value)) => {
                permit.good();
                Ok(Some(value))
            }
            Ok(Err(object_store::Error::NotFound { .. })) => {
                permit.good();
                Ok(None)
            }
            Ok(Err(error)) => {
                permit.fault();
                Err(away(&innermost(&error)))
            }
            Err(_) => {
                permit.fault();
                Err(away("too slow"))
            }
        }
    }
}

/// What went wrong at the bottom: the words above it are the library's, and long.
fn innermost(error: &object_store::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string().chars().take(200).collect()
}

/// The store is away, or its settings are wrong: whoever asks may come again, what is here waits.
fn away(detail: &str) -> Error {
    Error::Provider {
        service: Service::Storage.as_str(),
        again: Again::Soon,
        code: "away".into(),
        detail: detail.to_owned(),
    }
}

fn open_folder(path: &std::path::Path) -> Result<Arc<dyn ObjectStore>, String> {
    use std::os::unix::fs::DirBuilderExt;
    let cause = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|e| cause(&e))?;
    let store = LocalFileSystem::new_with_prefix(path).map_err(|e| cause(&e))?;
    Ok(Arc::new(store.with_fsync(true)))
}

/// `s3://bucket[/prefix]`.
fn bucket(url: &str, settings: &FileSettings, calls: &Calls) -> Result<Place> {
    let wrong = |why: &str| Error::Internal(format!("CAMPO_FILES_URL: {why}"));
    let rest =
        url.strip_prefix("s3://").ok_or_else(|| wrong("expected s3://bucket or s3://bucket/prefix"))?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let (Some(access_key), Some(secret_key)) = (&settings.access_key, &settings.secret_key) else {
        return Err(wrong("CAMPO_S3_ACCESS_KEY and CAMPO_S3_SECRET_KEY are needed"));
    };
    if bucket.is_empty() {
        return Err(wrong("a bucket is needed, as s3://bucket"));
    }
    let region = settings.region.clone().unwrap_or_else(|| "us-east-1".into());
    let endpoint = settings.endpoint.clone().unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
    let address = Url::parse(&format!("{}/{bucket}", endpoint.trim_end_matches('/')))
        .map_err(|e| Error::Internal(format!("CAMPO_S3_ENDPOINT: {e}")))?;
    let store = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&region)
        .with_endpoint(&endpoint)
        .with_access_key_id(access_key)
        .with_secret_access_key(secret_key)
        .with_allow_http(address.scheme() == "http")
        // R2 and small servers know no bulk form of it.
        .with_disable_bulk_delete(true)
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
        .with_http_connector(OurClient(calls.client().clone()))
        .build()
        .map_err(|e| Error::Internal(format!("CAMPO_FILES_URL: {e}")))?;
    let prefix = prefix.trim_matches('/');
    Ok(Place::Bucket {
        store: Arc::new(store),
        address,
        prefix: if prefix.is_empty() { String::new() } else { format!("{prefix}/") },
        signer: Signer { access_key: access_key.clone(), secret_key: secret_key.clone(), region },
    })
}

/// The process's one HTTP client, with its trust and its limits.
#[derive(Debug)]
struct OurClient(reqwest::Client);

impl HttpConnector for OurClient {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}
