//! The peer: OSRM on the same extract, made, served on 127.0.0.1 and taken away by the driver that asked for it.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::{Outcome, Trouble};

/// A server that is not up by then never will be.
const UP_WITHIN: Duration = Duration::from_secs(30);

/// A served OSRM; ends with its files when dropped.
#[derive(Debug)]
pub struct Osrm {
    folder: PathBuf,
    child: Option<Child>,
    /// Where it answers: `http://127.0.0.1:PORT`.
    pub url: String,
    /// How long `osrm-extract` took.
    pub extract: Duration,
    /// How long `osrm-contract` took.
    pub contract: Duration,
}

impl Osrm {
    /// Makes and serves the graph of an extract with OSRM's own car profile.
    ///
    /// `bin` holds `osrm-extract`, `osrm-contract` and `osrm-routed`; the profiles lie in `../share/profiles` or, with
    /// other packagings, in `../share/osrm/profiles`.
    pub fn start(bin: &Path, pbf: &Path) -> Outcome<Self> {
        let folder = std::env::temp_dir().join(format!("campo-osrm-{}", uuid::Uuid::new_v4()));
        fs::create_dir_all(&folder)?;
        let mut osrm = Self {
            folder,
            child: None,
            url: String::new(),
            extract: Duration::ZERO,
            contract: Duration::ZERO,
        };
        let copy = osrm.folder.join("map.osm.pbf");
        fs::copy(pbf, &copy)?;
        let base = osrm.folder.join("map.osrm");
        let profile = profile(bin)?;
        let made = |tool: &str, args: &[&Path]| tool_run(&bin.join(tool), args, &osrm.folder);
        let extract = made("osrm-extract", &[Path::new("-p"), &profile, &copy])?;
        let contract = made("osrm-contract", &[&base])?;
        (osrm.extract, osrm.contract) = (extract, contract);
        osrm.serve(&bin.join("osrm-routed"), &base)?;
        Ok(osrm)
    }

    fn serve(&mut self, tool: &Path, base: &Path) -> Outcome<()> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let log = fs::File::create(self.folder.join("routed.log"))?;
        let child = Command::new(tool)
            .args(["--ip", "127.0.0.1", "--port", &port.to_string(), "--threads", "1"])
            .args(["--max-matching-size", "5000", "--max-table-size", "5000"])
            .arg(base)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn();
        self.child = Some(child.map_err(|e| Trouble::from(e).while_doing(&tool.display().to_string()))?);
        self.url = format!("http://127.0.0.1:{port}");
        let (began, address) = (Instant::now(), SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        while TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_err() {
            if began.elapsed() > UP_WITHIN {
                return Err(Trouble::new("osrm-routed does not answer"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Process id of the server, for its memory; 0 when it does not run.
    pub fn pid(&self) -> i32 {
        self.child.as_ref().map_or(0, |child| child.id() as i32)
    }

    /// Bytes of the files it serves from, the extract not counted.
    pub fn files_bytes(&self) -> u64 {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let files = entries.filter(|e| e.file_name().to_string_lossy().starts_with("map.osrm"));
        files.filter_map(|e| e.metadata().ok()).map(|m| m.len()).sum()
    }
}

impl Drop for Osrm {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn profile(bin: &Path) -> Outcome<PathBuf> {
    let share = bin.join("../share");
    let places = [share.join("profiles/car.lua"), share.join("osrm/profiles/car.lua")];
    let missing = || Trouble::new(format!("no profiles/car.lua in {}", share.display()));
    places.into_iter().find(|p| p.exists()).ok_or_else(missing)
}

fn tool_run(tool: &Path, args: &[&Path], folder: &Path) -> Outcome<Duration> {
    let began = Instant::now();
    let output = Command::new(tool)
        .args(args)
        .current_dir(folder)
        .output()
        .map_err(|e| Trouble::from(e).while_doing(&tool.display().to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Trouble::new(format!("{} failed: {said}", tool.display())));
    }
    Ok(began.elapsed())
}
