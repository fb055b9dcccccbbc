//! A `campo serve` of our own: started, watched until ready, stopped or killed by its pid.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::campo::Campo;
use crate::error::{Outcome, Trouble};

/// A server that is not ready after this long will not be.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// A server that was asked to stop and has not after this long is killed.
const STOP_WITHIN: Duration = Duration::from_secs(40);

/// A running (or just killed) server process of ours.
#[derive(Debug)]
pub struct Server {
    campo: Campo,
    /// Where it listens.
    pub address: SocketAddr,
    extra: Vec<String>,
    log: PathBuf,
    child: Option<Child>,
}

impl Server {
    /// Starts on `address` with a log beside the data, and waits until it is ready. Returns how long that took.
    pub fn start(
        campo: Campo,
        address: SocketAddr,
        extra: Vec<String>,
        log: PathBuf,
    ) -> Outcome<(Self, Duration)> {
        let mut server = Self { campo, address, extra, log, child: None };
        let took = server.restart()?;
        Ok((server, took))
    }

    /// Starts it again after a stop or kill; time from exec to the first 200 of `/health/ready`.
    pub fn restart(&mut self) -> Outcome<Duration> {
        self.kill();
        let began = Instant::now();
        self.child = Some(self.spawn()?);
        self.until_ready(began)?;
        Ok(began.elapsed())
    }

    fn spawn(&self) -> Outcome<Child> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = Command::new(&self.campo.path);
        command.arg("serve").args(&self.extra).env("CAMPO_LISTEN", self.address.to_string());
        for (name, value) in self.campo.surroundings() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        command.spawn().map_err(|e| Trouble::from(e).while_doing(&self.campo.path.display().to_string()))
    }

    fn until_ready(&mut self, began: Instant) -> Outcome<()> {
        while began.elapsed() < READY_WITHIN {
            if let Some(status) = self.child.as_mut().map(Child::try_wait).transpose()?.flatten() {
                return Err(Trouble::new(format!("campo serve ended with {status}; {}", self.last_words())));
            }
            if ready(self.address) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Err(Trouble::new(format!("not ready after {READY_WITHIN:?}; {}", self.last_words())))
    }

    /// The end of its log, for error messages.
    pub fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(3).collect();
        format!(
            "its log ({}) ends: {}",
            self.log.display(),
            lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
        )
    }

    /// Process id; 0 when it does not run.
    pub fn pid(&self) -> i32 {
        self.child.as_ref().map_or(0, |child| child.id() as i32)
    }

    /// SIGKILL to the server alone, now; does not wait.
    pub fn kill_now(&self) {
        if self.pid() > 0 {
            let _ = kill(Pid::from_raw(self.pid()), Signal::SIGKILL);
        }
    }

    /// SIGKILL and the wait for its end.
    pub fn kill(&mut self) {
        self.kill_now();
        if let Some(mut child) = self.child.take() {
            let _ = child.wait();
        }
    }

    /// SIGTERM and the wait for a clean end; says how long it took, or that it had to be killed.
    pub fn stop(&mut self) -> Outcome<Duration> {
        let Some(mut child) = self.child.take() else { return Ok(Duration::ZERO) };
        let began = Instant::now();
        let _ = kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM);
        while began.elapsed() < STOP_WITHIN {
            if child.try_wait()?.is_some() {
                return Ok(began.elapsed());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        let _ = child.wait();
        Err(Trouble::new(format!("did not stop within {STOP_WITHIN:?} after SIGTERM and was killed")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A driver that fails halfway must not leave a server behind; it deserves a clean end first.
        let _ = self.stop();
    }
}

/// Whether `/health/ready` answers 200 at once.
pub fn ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(500))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(stream, "GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut head = [0u8; 16];
        stream.read_exact(&mut head)?;
        Ok(head.starts_with(b"HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}

/// A free port of 127.0.0.1, free at least a moment ago.
pub fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A fresh folder for a server's data, short enough for a socket path, readable for whoever PostgreSQL runs as.
pub fn fresh_folder(name: &str) -> Outcome<PathBuf> {
    let nanos =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.subsec_nanos());
    let path = Path::new("/tmp").join(format!("campo-{name}-{}-{nanos:x}", std::process::id()));
    fs::create_dir_all(&path)?;
    Ok(path)
}
