//! The database of a run: the operator's, or the private one that ends with this process.

use campo_engine::db::{self, Db};
use campo_engine::live::Live;
use campo_engine::postgres::{Access, Place, Private};

use crate::config::Config;

/// Keeps the database of a run alive; a private one ends when this is dropped.
#[derive(Debug)]
pub enum Database {
    /// `DATABASE_URL`.
    Given(Box<db::Options>),
    /// The private one, owned by this server.
    Private(Box<Private>),
    /// The private one of a server that runs beside, or one of this command's own.
    Command(Box<Access>),
}

impl Database {
    /// For the server: starts the private PostgreSQL unless there is another. Blocks.
    pub fn for_server(config: &Config) -> Result<Self, String> {
        if let Some(options) = given(config)? {
            return Ok(Self::Given(options));
        }
        Private::start(&place(config)).map(|p| Self::Private(Box::new(p))).map_err(|e| e.to_string())
    }

    /// For a command: works beside a running server or without one. Blocks.
    pub fn for_command(config: &Config) -> Result<Self, String> {
        if let Some(options) = given(config)? {
            return Ok(Self::Given(options));
        }
        Private::attach_or_start(&place(config))
            .map(|a| Self::Command(Box::new(a)))
            .map_err(|e| e.to_string())
    }

    /// How to connect as the owner of the schema.
    pub fn options(&self) -> db::Options {
        match self {
            Self::Given(options) => (**options).clone(),
            Self::Private(private) => private.options(),
            Self::Command(access) => access.options(),
        }
    }

    /// Brings the schema to the present form; says how many migrations it took.
    pub async fn migrate(&self) -> Result<usize, String> {
        db::migrate(&self.options()).await.map_err(|e| crate::cli::words(&e))
    }

    /// Opens the pools.
    pub fn open(&self, live: Live) -> Db {
        Db::open(self.options(), live)
    }
}

fn given(config: &Config) -> Result<Option<Box<db::Options>>, String> {
    let Some(url) = config.database_url.as_deref().filter(|u| !u.is_empty()) else { return Ok(None) };
    db::options(url).map(|o| Some(Box::new(o))).map_err(|e| crate::cli::words(&e))
}

pub(crate) fn place(config: &Config) -> Place {
    let folder = config.data_folder();
    if let Some(note) = &folder.note {
        tracing::info!("{note}");
    }
    let mut place = Place::new(folder.path);
    place.bin = config.postgres_bin.clone();
    place
}
