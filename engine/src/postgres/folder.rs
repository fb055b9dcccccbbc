//! The data folder: what lies where in it, and whether PostgreSQL's user can reach it.

use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::owner::{Owner, existing_ancestor};
use super::running::Running;
use super::{PostgresError, running};

/// The port number in the socket's name. No TCP port is opened.
pub(super) const PORT: u16 = 5432;

/// Bytes a socket's path may have (`sun_path` less its final zero).
const SOCKET_PATH_MAX: usize = 107;

/// The file name PostgreSQL gives the socket: `.s.PGSQL.5432`, with the slash before it.
const SOCKET_NAME_LEN: usize = 14;

/// The cluster's name in the data folder.
pub(super) const CLUSTER: &str = "postgres";

/// Where data goes when the clone is closed to PostgreSQL's user.
const FALLBACK: &str = "/var/lib/campo";

/// The data folder, by its absolute path.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Names a folder without touching it.
    pub(super) fn at(data: &Path) -> io::Result<Folder> {
        let absolute = std::path::absolute(data)?;
        Ok(Folder { root: fs::canonicalize(&absolute).unwrap_or(absolute) })
    }

    /// Makes the folder when missing, and checks that this process and PostgreSQL's user can use it.
    pub(super) fn open(data: &Path, owner: &Owner) -> Result<Folder, PostgresError> {
        // Root's folder is entered, not listed, by PostgreSQL's user; anyone else keeps theirs closed.
        let mode = if owner.is_other() { 0o711 } else { 0o700 };
        let made = DirBuilder::new().recursive(true).mode(mode).create(data);
        made.map_err(|cause| PostgresError::folder(data, format!("it cannot be made ({cause})")))?;
        let folder = Folder::at(data).map_err(|cause| PostgresError::folder(data, cause))?;
        if !owner.may_enter(&folder.root) {
            let why = format!("{} may not enter it; choose one outside of closed folders", owner.name());
            return Err(PostgresError::folder(&folder.root, why));
        }
        if let Ok(meta) = fs::metadata(folder.cluster())
            && meta.uid() != owner.uid()
        {
            let why = format!("its PostgreSQL belongs to another user ({}); run as that one", meta.uid());
            return Err(PostgresError::folder(&folder.root, why));
        }
        Ok(folder)
    }

    /// The data folder itself.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The cluster (`PGDATA`).
    pub(super) fn cluster(&self) -> PathBuf {
        self.root.join(CLUSTER)
    }

    /// A cluster in the making.
    pub(super) fn half_made(&self) -> PathBuf {
        self.root.join("postgres.init")
    }

    /// PostgreSQL's log.
    pub(super) fn log(&self) -> PathBuf {
        self.root.join("postgres.log")
    }

    /// The note that says where the running one listens.
    pub(super) fn note(&self) -> PathBuf {
        self.root.join("postgres.json")
    }

    /// The lock of the one process that owns the folder.
    pub(super) fn lock(&self) -> PathBuf {
        self.root.join("campo.lock")
    }

    /// PostgreSQL's own lock file, whose last line says whether it is ready.
    pub(super) fn postmaster_pid(&self) -> PathBuf {
        self.cluster().join("postmaster.pid")
    }

    /// The major version that made the cluster; `None` without a cluster.
    pub(super) fn version(&self) -> Option<u32> {
        fs::read_to_string(self.cluster().join("PG_VERSION")).ok()?.trim().parse().ok()
    }

    /// A 0700 folder for the socket: in the data folder, or under `/tmp` when that path would be too long.
    pub(super) fn socket_dir(&self, owner: &Owner) -> Result<PathBuf, PostgresError> {
        let inside = self.root.join("run");
        if inside.as_os_str().len() + SOCKET_NAME_LEN <= SOCKET_PATH_MAX {
            return ensure_private(&inside, owner).map_err(|cause| PostgresError::folder(&inside, cause));
        }
        // The one of a server that was killed is used again, so that none are left lying about.
        if let Some(Running { socket_dir, .. }) = running::read_note(self)
            && socket_dir.starts_with("/tmp")
            && let Ok(dir) = ensure_private(&socket_dir, owner)
        {
            return Ok(dir);
        }
        let dir = PathBuf::from(format!("/tmp/campo-{}", uuid::Uuid::new_v4().simple()));
        owner.make_private_dir(&dir).map_err(|cause| PostgresError::folder(&dir, cause))?;
        Ok(dir)
    }

    /// Writes `bytes` to `path` so that a reader sees the old file or the new, never a part.
    pub(super) fn write_whole(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let draft = path.with_extension("new");
        let mut file = fs::File::create(&draft)?;
        file.write_all(bytes)?;
        fs::rename(&draft, path)
    }
}

/// Takes an existing folder that is a real one of `owner` and closed to others, or makes it.
fn ensure_private(dir: &Path, owner: &Owner) -> io::Result<PathBuf> {
    match fs::symlink_metadata(dir) {
        Ok(meta) if meta.is_dir() && meta.uid() == owner.uid() && meta.mode() & 0o077 == 0 => {}
        Ok(_) => return Err(io::Error::other("it exists and is not a closed folder of PostgreSQL's user")),
        Err(_) => owner.make_private_dir(dir)?,
    }
    Ok(dir.to_path_buf())
}

/// The data folder to use, and what to tell the person about it.
#[derive(Debug, Clone)]
pub struct DataFolder {
    /// The folder.
    pub path: PathBuf,
    /// One line when it is not where one would look for it.
    pub note: Option<String>,
}

/// Chooses the data folder: one that was given is taken as it is, the default may have to move.
///
/// Root's clone may lie where PostgreSQL's user cannot enter (root's home). Then the default becomes
/// `/var/lib/campo`. A given folder is used or refused later, never replaced.
pub fn data_folder(given: Option<&Path>, default: &Path) -> DataFolder {
    if let Some(path) = given {
        return DataFolder { path: path.to_path_buf(), note: None };
    }
    let absolute = std::path::absolute(default).unwrap_or_else(|_| default.to_path_buf());
    match Owner::pick(&absolute) {
        Ok(owner) if owner.is_other() && !owner.may_enter(&existing_ancestor(&absolute)) => DataFolder {
            path: PathBuf::from(FALLBACK),
            note: Some(format!(
                "{} is closed to {}: data goes to {FALLBACK}",
                absolute.display(),
                owner.name()
            )),
        },
        _ => DataFolder { path: absolute, note: None },
    }
}
