//! The private PostgreSQL: found, made, started, watched and ended by the server that uses it.
//!
//! It runs as an unprivileged user, opens no TCP port, and ends with its server, cleanly even after `kill -9`
//! of that server. Everything about it lies in one data folder (`CAMPO_DATA`):
//!
//! | name | what |
//! | --- | --- |
//! | `campo.lock` | held (`flock`) by the one process that owns the folder, says which |
//! | `postgres/` | the cluster, 0700, of the unprivileged user |
//! | `postgres.init/` | a cluster being made; renamed when complete |
//! | `postgres.json` | socket folder, port and process id of the running one |
//! | `postgres.log` | what PostgreSQL says |
//!
//! All calls block: call them before the runtime starts, or from `spawn_blocking`.

mod binaries;
mod cluster;
mod folder;
mod lock;
mod owner;
mod process;
mod running;
mod supervisor;

use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;
use tokio::sync::watch;

pub use binaries::Binaries;
pub use folder::{DataFolder, data_folder};
pub use lock::Holder;
pub use running::Running;
pub use supervisor::State;

use folder::Folder;
use lock::Lock;
use owner::Owner;
use supervisor::Supervisor;

/// The oldest major version that works.
pub const OLDEST: u32 = 15;

/// The superuser of the private cluster, who owns and migrates the schema.
pub const SUPERUSER: &str = "campo_owner";

/// The database inside the private cluster.
pub const DATABASE: &str = "campo";

/// Where the private PostgreSQL lives and where its programs may be.
#[derive(Debug, Clone)]
pub struct Place {
    /// The data folder; made when missing.
    pub data: PathBuf,
    /// A folder with `initdb` and `postgres` that must be used (`CAMPO_POSTGRES_BIN`).
    pub bin: Option<PathBuf>,
    /// Folders that may hold npm's `@embedded-postgres`, tried last.
    pub tools: Vec<PathBuf>,
}

impl Place {
    /// A place with the system's programs, or those that `scripts/setup.sh` put here or, as root, in `/var/lib`.
    pub fn new(data: impl Into<PathBuf>) -> Place {
        let tools = [".tools/postgres", "/var/lib/campo/tools/postgres"];
        Place { data: data.into(), bin: None, tools: tools.map(PathBuf::from).into() }
    }
}

/// Why the private PostgreSQL cannot be had. Each is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No usable programs.
    #[error("no PostgreSQL {OLDEST} or newer found ({0}); run scripts/setup.sh, or set DATABASE_URL")]
    NoBinaries(String),
    /// The cluster belongs to another major version than the programs found.
    #[error(
        "{data} holds data of PostgreSQL {data_version}, but only {found} is here; install {data_version}"
    )]
    OtherVersion {
        /// The data folder.
        data: PathBuf,
        /// Major version that made the cluster.
        data_version: u32,
        /// Versions whose programs were found.
        found: String,
    },
    /// Somebody else owns the data folder.
    #[error("another campo {holder} (pid {pid}) uses {data}")]
    Busy {
        /// `server` or `command`.
        holder: Holder,
        /// Its process.
        pid: i32,
        /// The data folder.
        data: PathBuf,
    },
    /// The data folder cannot be used as it is.
    #[error("the data folder {data} cannot be used: {why}")]
    Folder {
        /// The data folder.
        data: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A cluster could not be made.
    #[error("initdb failed: {0}")]
    Initdb(String),
    /// The server program did not come up.
    #[error("PostgreSQL did not start: {why} (see {log})")]
    Start {
        /// Its own last word.
        why: String,
        /// Its log.
        log: PathBuf,
    },
    /// The one before has not ended in time.
    #[error("the PostgreSQL before (pid {pid}) has not ended within {waited_s} s; see {log}")]
    StillEnding {
        /// Its process.
        pid: i32,
        /// How long was waited, in seconds.
        waited_s: u64,
        /// Its log.
        log: PathBuf,
    },
}

impl PostgresError {
    /// The data folder is unusable, with the reason.
    pub(super) fn folder(data: &Path, why: impl std::fmt::Display) -> PostgresError {
        PostgresError::Folder { data: data.to_path_buf(), why: why.to_string() }
    }
}

/// A running private PostgreSQL of this process. Dropping it ends it cleanly.
#[derive(Debug)]
pub struct Private {
    supervisor: Supervisor,
    running: Running,
    // Dropped last: the folder is free only once PostgreSQL has ended.
    _lock: Lock,
}

impl Private {
    /// Starts it for a server and returns once it takes connections.
    ///
    /// Makes the cluster when there is none, waits for the end of one that is still ending (at most 30 s).
    pub fn start(place: &Place) -> Result<Private, PostgresError> {
        Private::start_as(place, Holder::Server)
    }

    /// Starts it for `holder`: a command's hold is short, and others wait for its end.
    pub fn start_as(place: &Place, holder: Holder) -> Result<Private, PostgresError> {
        let owner = Owner::pick(&place.data)?;
        let folder = Folder::open(&place.data, &owner)?;
        let lock = Lock::take(&folder, holder)?;
        Private::start_locked(place, &owner, &folder, lock)
    }

    /// Starts it in a folder that this process holds already.
    fn start_locked(
        place: &Place,
        owner: &Owner,
        folder: &Folder,
        lock: Lock,
    ) -> Result<Private, PostgresError> {
        running::await_end(folder)?;
        let binaries = binaries::choose(place, folder, owner)?;
        cluster::ensure(folder, &binaries, owner)?;
        let socket_dir = folder.socket_dir(owner)?;
        cluster::configure(folder, &binaries, owner, &socket_dir)?;
        let supervisor = Supervisor::start(process::Launch {
            program: binaries.program("postgres"),
            owner: owner.clone(),
            folder: folder.clone(),
            socket_dir: socket_dir.clone(),
        })?;
        let running = Running { socket_dir, port: folder::PORT, pid: supervisor.pid() };
        Ok(Private { supervisor, running, _lock: lock })
    }

    /// How to connect as the superuser. Lasts over restarts of PostgreSQL.
    pub fn options(&self) -> PgConnectOptions {
        self.running.options()
    }

    /// The postmaster's process id at this moment.
    pub fn pid(&self) -> i32 {
        self.supervisor.pid()
    }

    /// What becomes of it: ready, restarting with the reason, stopped.
    pub fn state(&self) -> watch::Receiver<State> {
        self.supervisor.state()
    }

    /// Ends it cleanly: a fast shutdown, and after 10 s an immediate one.
    pub fn stop(mut self) {
        self.supervisor.stop();
    }

    /// The running PostgreSQL of another process on this data folder, if there is one that takes connections.
    pub fn attach(data: &Path) -> Option<Running> {
        running::find(&Folder::at(data).ok()?)
    }

    /// For a command: the PostgreSQL of the server that runs beside it, or one of its own.
    ///
    /// Waits for a server that is just starting and for another command that is at work (at most 30 s).
    pub fn attach_or_start(place: &Place) -> Result<Access, PostgresError> {
        let owner = Owner::pick(&place.data)?;
        let folder = Folder::open(&place.data, &owner)?;
        match lock::attach_or_take(&folder)? {
            lock::Way::Attach(running) => Ok(Access::Attached(running)),
            lock::Way::Own(lock) => {
                Private::start_locked(place, &owner, &folder, lock).map(Box::new).map(Access::Started)
            }
        }
    }
}

/// What a command works with: somebody else's PostgreSQL, or its own that ends with it.
#[derive(Debug)]
pub enum Access {
    /// The one of a running server; left alone at the end.
    Attached(Running),
    /// Started for this command; ends when dropped.
    Started(Box<Private>),
}

impl Access {
    /// How to connect as the superuser.
    pub fn options(&self) -> PgConnectOptions {
        match self {
            Access::Attached(running) => running.options(),
            Access::Started(private) => private.options(),
        }
    }
}
