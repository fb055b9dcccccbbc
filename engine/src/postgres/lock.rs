//! One owner of a data folder at a time: a lock that the kernel frees whatever way the owner ends.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::{PostgresError, Running, running};

/// How long a newcomer waits for a command's end, or a command for a server's start.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a server that was told to end may still show as the owner.
const GRACE: Duration = Duration::from_millis(300);

/// What kind of process owns the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// `campo serve`: stays.
    Server,
    /// A command such as `campo token`: gone within seconds.
    Command,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Holder::Server => "server",
            Holder::Command => "command",
        })
    }
}

/// What the lock file says of its holder.
#[derive(Debug, Serialize, Deserialize)]
struct Who {
    pid: i32,
    holder: Holder,
}

/// The held lock; freed when dropped, and by the kernel after `kill -9`.
#[derive(Debug)]
pub(super) struct Lock {
    _file: Flock<File>,
}

/// How a command gets at a PostgreSQL.
pub(super) enum Way {
    /// Through the one that runs already.
    Attach(Running),
    /// By starting its own.
    Own(Lock),
}

impl Lock {
    /// Takes the folder, waiting for a command's end; a server there is an error.
    pub(super) fn take(folder: &Folder, holder: Holder) -> Result<Lock, PostgresError> {
        let begun = Instant::now();
        loop {
            if let Some(lock) = Lock::attempt(folder, holder)? {
                return Ok(lock);
            }
            let who = read(folder);
            let patience = match &who {
                Some(Who { holder: Holder::Server, .. }) => GRACE,
                _ => PATIENCE,
            };
            if begun.elapsed() >= patience {
                return Err(busy(folder, who));
            }
            sleep(Duration::from_millis(20));
        }
    }

    /// Takes the folder if it is free at this moment.
    fn attempt(folder: &Folder, holder: Holder) -> Result<Option<Lock>, PostgresError> {
        let path = folder.lock();
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = opened.map_err(|cause| PostgresError::folder(&path, cause))?;
        let mut file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(file) => file,
            Err((_, nix::errno::Errno::EWOULDBLOCK)) => return Ok(None),
            Err((_, cause)) => return Err(PostgresError::folder(&path, format!("no lock ({cause})"))),
        };
        let who = Who { pid: std::process::id().cast_signed(), holder };
        let text = serde_json::to_vec(&who).unwrap_or_default();
        let written = file.set_len(0).and_then(|()| file.write_all(&text));
        written.map_err(|cause| PostgresError::folder(&path, cause))?;
        Ok(Some(Lock { _file: file }))
    }
}

/// Attaches to a running PostgreSQL, or takes the folder once nobody holds it.
pub(super) fn attach_or_take(folder: &Folder) -> Result<Way, PostgresError> {
    let begun = Instant::now();
    loop {
        if let Some(lock) = Lock::attempt(folder, Holder::Command)? {
            return Ok(Way::Own(lock));
        }
        let who = read(folder);
        // Another command's PostgreSQL ends with that command: only a server's is worth joining.
        if matches!(who, Some(Who { holder: Holder::Server, .. }))
            && let Some(running) = running::find(folder)
        {
            return Ok(Way::Attach(running));
        }
        if begun.elapsed() >= PATIENCE {
            return Err(busy(folder, who));
        }
        sleep(Duration::from_millis(20));
    }
}

fn read(folder: &Folder) -> Option<Who> {
    serde_json::from_str(&fs::read_to_string(folder.lock()).ok()?).ok()
}

fn busy(folder: &Folder, who: Option<Who>) -> PostgresError {
    let who = who.unwrap_or(Who { pid: 0, holder: Holder::Server });
    PostgresError::Busy { holder: who.holder, pid: who.pid, data: folder.root().to_path_buf() }
}
