//! One run of the server program: spawned so that it ends with this process, watched until it is ready.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpid, getppid, setsid};

use super::folder::Folder;
use super::owner::Owner;
use super::running::{Postmaster, read_postmaster};
use super::{PostgresError, Running};

/// How often the start is looked at.
const POLL: Duration = Duration::from_millis(5);

/// How long an old backend may keep the shared memory of a killed postmaster.
const LEFTOVER_PATIENCE: Duration = Duration::from_secs(30);

/// How long a fast shutdown may take before an immediate one.
const FAST: Duration = Duration::from_secs(10);

/// How long an immediate shutdown may take before the process is killed.
const IMMEDIATE: Duration = Duration::from_secs(5);

/// A log longer than this is set aside at a start.
const LOG_MAX: u64 = 16 * 1024 * 1024;

/// All that a start needs.
#[derive(Debug, Clone)]
pub(super) struct Launch {
    pub(super) program: PathBuf,
    pub(super) owner: Owner,
    pub(super) folder: Folder,
    pub(super) socket_dir: PathBuf,
}

impl Launch {
    /// Starts PostgreSQL and returns once it takes connections; `None` when `give_up` said so first.
    ///
    /// Backends of a postmaster that was killed may hold its memory for a moment: such a start is tried again.
    pub(super) fn start(&self, mut give_up: impl FnMut() -> bool) -> Result<Option<Child>, PostgresError> {
        let begun = Instant::now();
        loop {
            let from = self.rotate_log();
            let mut child = self.spawn().map_err(|cause| self.failed(cause.to_string()))?;
            match self.await_ready(&mut child, &mut give_up) {
                Ready::Yes => return Ok(Some(child)),
                Ready::GivenUp => {
                    end(&mut child);
                    return Ok(None);
                }
                Ready::Ended(status) => {
                    let words = self.last_words(from).unwrap_or_else(|| status.to_string());
                    if !is_leftover(&words) || begun.elapsed() >= LEFTOVER_PATIENCE {
                        return Err(self.failed(words));
                    }
                    sleep(Duration::from_millis(50));
                }
            }
        }
    }

    /// Spawns the program from the present thread, whose end the kernel answers with SIGINT to it.
    fn spawn(&self) -> io::Result<Child> {
        let log = OpenOptions::new().create(true).append(true).mode(0o600).open(self.folder.log())?;
        let mut command = self.owner.command(&self.program);
        let config = self.folder.cluster().join("campo.conf");
        command.arg("-D").arg(self.folder.cluster());
        command.arg("-c").arg(format!("config_file={}", config.display()));
        command.stdout(log.try_clone()?).stderr(log);
        let parent = getpid();
        // SAFETY: between fork and exec only async-signal-safe calls are made: setsid, prctl, getppid.
        // The closure runs after the change of user, which would clear the death signal.
        unsafe {
            command.pre_exec(move || {
                // A Ctrl-C in the terminal is for the server, which then ends PostgreSQL in its own order.
                setsid()?;
                if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGINT) != 0 {
                    return Err(io::Error::last_os_error());
                }
                // The parent may have died before the signal was set.
                if getppid() != parent {
                    return Err(io::Error::from_raw_os_error(libc::ECHILD));
                }
                Ok(())
            });
        }
        command.spawn()
    }

    fn await_ready(&self, child: &mut Child, give_up: &mut impl FnMut() -> bool) -> Ready {
        let begun = Instant::now();
        let pid = pid_of(child);
        let mut next_word = Duration::from_secs(2);
        loop {
            if read_postmaster(&self.folder) == Some(Postmaster { pid, is_ready: true }) {
                self.note(pid);
                return Ready::Yes;
            }
            if let Ok(Some(status)) = child.try_wait() {
                return Ready::Ended(status);
            }
            if give_up() {
                return Ready::GivenUp;
            }
            if begun.elapsed() >= next_word {
                next_word += Duration::from_secs(5);
                tracing::info!(seconds = begun.elapsed().as_secs(), "PostgreSQL is recovering");
            }
            sleep(POLL);
        }
    }

    /// Says where it listens, for the commands that run beside the server.
    fn note(&self, pid: i32) {
        let running = Running { socket_dir: self.socket_dir.clone(), port: super::folder::PORT, pid };
        let text = serde_json::to_vec(&running).unwrap_or_default();
        if let Err(cause) = self.folder.write_whole(&self.folder.note(), &text) {
            tracing::warn!(%cause, "commands beside this server will not find its PostgreSQL");
        }
    }

    /// Sets a long log aside; returns where this run's words will begin.
    fn rotate_log(&self) -> u64 {
        let log = self.folder.log();
        let length = fs::metadata(&log).map_or(0, |meta| meta.len());
        if length > LOG_MAX && fs::rename(&log, log.with_extension("log.1")).is_ok() {
            return 0;
        }
        length
    }

    /// The last fatal line since `from`, without its time and process.
    fn last_words(&self, from: u64) -> Option<String> {
        let mut file = fs::File::open(self.folder.log()).ok()?;
        file.seek(SeekFrom::Start(from)).ok()?;
        let mut text = String::new();
        file.take(64 * 1024).read_to_string(&mut text).ok()?;
        last_fatal(&text).map(str::to_owned)
    }

    fn failed(&self, why: String) -> PostgresError {
        PostgresError::Start { why, log: self.folder.log() }
    }
}

enum Ready {
    Yes,
    GivenUp,
    Ended(ExitStatus),
}

/// The child's process id, signed as signals want it.
pub(super) fn pid_of(child: &Child) -> i32 {
    child.id().cast_signed()
}

/// Ends it: SIGINT (sessions are cut, all is written), then SIGQUIT after 10 s, then SIGKILL.
pub(super) fn end(child: &mut Child) {
    if !matches!(child.try_wait(), Ok(None)) {
        return;
    }
    for (signal, patience) in [(Signal::SIGINT, FAST), (Signal::SIGQUIT, IMMEDIATE)] {
        // Already gone is what is wanted.
        let _ = kill(Pid::from_raw(pid_of(child)), signal);
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            sleep(POLL);
        }
        tracing::warn!(%signal, "PostgreSQL has not ended in time");
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn last_fatal(text: &str) -> Option<&str> {
    let line = text.lines().rfind(|line| line.contains("FATAL:") || line.contains("PANIC:"));
    let line = line.or(text.lines().rfind(|line| !line.trim().is_empty()))?;
    Some(line.split_once("FATAL:").or(line.split_once("PANIC:")).map_or(line, |(_, words)| words).trim())
}

/// Whether a start failed only because something of the run before is still there.
fn is_leftover(words: &str) -> bool {
    words.contains("still in use") || words.contains("lock file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_fatal_line_is_what_went_wrong() {
        let text = "2026-01-01 UTC [7] LOG:  starting\n\
                    2026-01-01 UTC [7] FATAL:  could not map anonymous shared memory\n\
                    2026-01-01 UTC [7] HINT:  try less\n";
        assert_eq!(last_fatal(text), Some("could not map anonymous shared memory"));
        assert_eq!(last_fatal("postgres: bad option\n\n"), Some("postgres: bad option"));
        assert_eq!(last_fatal(""), None);
    }

    #[test]
    fn leftovers_of_a_killed_run_are_waited_for_and_other_failures_are_not() {
        assert!(is_leftover("pre-existing shared memory block (key 1, ID 2) is still in use"));
        assert!(is_leftover("lock file \"postmaster.pid\" already exists"));
        assert!(!is_leftover("could not map anonymous shared memory"));
    }
}
