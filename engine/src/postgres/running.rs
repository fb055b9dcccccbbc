//! A PostgreSQL that runs already: how it is found, joined, and waited for.

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::folder::Folder;
use super::{DATABASE, PostgresError, SUPERUSER};

/// How long the next start waits for the end of the one before.
const END_PATIENCE: Duration = Duration::from_secs(30);

/// What an orphan is told, and when: first to end cleanly, as it was told when its server died.
///
/// A PostgreSQL 15 that is told so while it restarts after the crash of a backend never ends: its startup process is
/// gone and the checkpointer waits for ever. What was committed is in the log, so it may be ended at once.
const ORDERS: [(Duration, Signal); 2] =
    [(Duration::from_secs(3), Signal::SIGINT), (Duration::from_secs(5), Signal::SIGQUIT)];

/// Where a running private PostgreSQL listens. What `postgres.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// The folder of its unix socket.
    pub socket_dir: PathBuf,
    /// The number in the socket's name.
    pub port: u16,
    /// The postmaster's process id.
    pub pid: i32,
}

impl Running {
    /// How to connect as the superuser. Nothing of it comes from the environment.
    pub fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.socket_dir)
            .port(self.port)
            .username(SUPERUSER)
            .database(DATABASE)
            .ssl_mode(PgSslMode::Disable)
            .application_name("campo")
    }
}

/// What PostgreSQL's own lock file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Postmaster {
    pub(super) pid: i32,
    pub(super) is_ready: bool,
}

/// Reads `postmaster.pid`: the process id in the first line, the status in the eighth.
pub(super) fn read_postmaster(folder: &Folder) -> Option<Postmaster> {
    parse_postmaster(&fs::read_to_string(folder.postmaster_pid()).ok()?)
}

fn parse_postmaster(text: &str) -> Option<Postmaster> {
    let mut lines = text.lines();
    let pid = lines.next()?.trim().parse().ok()?;
    let is_ready = lines.nth(6).is_some_and(|status| status.trim() == "ready");
    Some(Postmaster { pid, is_ready })
}

/// Reads the note of the last start.
pub(super) fn read_note(folder: &Folder) -> Option<Running> {
    serde_json::from_str(&fs::read_to_string(folder.note()).ok()?).ok()
}

/// The PostgreSQL that takes connections on this folder now, if any.
pub(super) fn find(folder: &Folder) -> Option<Running> {
    let note = read_note(folder)?;
    let postmaster = read_postmaster(folder)?;
    let is_it = postmaster.is_ready && is_postgres_of(folder, postmaster.pid);
    is_it.then_some(Running { pid: postmaster.pid, ..note })
}

/// Waits until no PostgreSQL of this folder is left, then removes a lock file that would mislead the next one.
///
/// The caller holds the folder, so whatever still runs has lost its server and is ending. Says so after 1 s.
pub(super) fn await_end(folder: &Folder) -> Result<(), PostgresError> {
    let begun = Instant::now();
    let mut said = false;
    let mut orders = ORDERS.into_iter().peekable();
    while let Some(Postmaster { pid, .. }) = read_postmaster(folder) {
        if !is_postgres_of(folder, pid) {
            return clear_stale(folder, pid);
        }
        let waited = begun.elapsed();
        if waited >= END_PATIENCE {
            return Err(PostgresError::StillEnding { pid, waited_s: waited.as_secs(), log: folder.log() });
        }
        if !said && waited >= Duration::from_secs(1) {
            said = true;
            tracing::info!(pid, "waiting for the PostgreSQL before to end");
        }
        if let Some((_, signal)) = orders.next_if(|(after, _)| waited >= *after) {
            tracing::warn!(pid, %signal, "the PostgreSQL before was left without a server: ending it");
            // Gone in between is as good as told.
            let _ = kill(Pid::from_raw(pid), signal);
        }
        sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// After a reboot the number in the lock file may belong to a stranger, and PostgreSQL would refuse to start.
fn clear_stale(folder: &Folder, pid: i32) -> Result<(), PostgresError> {
    if is_alive(pid) {
        tracing::warn!(pid, "removing the lock file of a PostgreSQL that is gone");
        fs::remove_file(folder.postmaster_pid())
            .map_err(|cause| PostgresError::folder(folder.root(), cause))?;
    }
    Ok(())
}

/// Whether `pid` is a postmaster started on this cluster, by its command line.
pub(super) fn is_postgres_of(folder: &Folder, pid: i32) -> bool {
    let Ok(line) = fs::read(format!("/proc/{pid}/cmdline")) else { return false };
    let cluster = folder.cluster();
    let cluster = cluster.as_os_str().as_encoded_bytes();
    line.split(|byte| *byte == 0).any(|argument| argument == cluster)
}

fn is_alive(pid: i32) -> bool {
    !matches!(kill(Pid::from_raw(pid), None), Err(Errno::ESRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_line_decides_whether_it_is_ready() {
        let text = |status| format!("4711\n/data\n1790000000\n5432\n/run\n\n  12345  67\n{status}\n");
        assert_eq!(parse_postmaster(&text("ready   ")), Some(Postmaster { pid: 4711, is_ready: true }));
        assert_eq!(parse_postmaster(&text("starting")), Some(Postmaster { pid: 4711, is_ready: false }));
        assert_eq!(parse_postmaster("4711\n/data\n"), Some(Postmaster { pid: 4711, is_ready: false }));
        assert_eq!(parse_postmaster(""), None);
        assert_eq!(parse_postmaster("no number\n"), None);
    }
}
