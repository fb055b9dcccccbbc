//! OSRM on the same extract: `osrm-extract` and `osrm-contract`. It makes a road graph; no basemap and no street index.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::peak_mb;
use crate::error::{Outcome, Trouble};
use crate::say;

/// Builds with OSRM in a folder of its own and says how long it took beside ours.
pub fn run(bin: &Path, profile: Option<&Path>, pbf: &Path, ours_s: f64) -> Outcome<()> {
    if !bin.join("osrm-extract").is_file() {
        say!("osrm     SKIPPED: no osrm-extract in {}", bin.display());
        return Ok(());
    }
    let profile = profile.map_or_else(|| bin.join("../share/profiles/car.lua"), Path::to_owned);
    let folder = Folder(std::env::temp_dir().join(format!("campo-mapbuild-osrm-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0)?;
    let copy = folder.0.join("extract.osm.pbf");
    std::fs::copy(pbf, &copy)?;
    let graph = folder.0.join("extract.osrm");
    let begun = Instant::now();
    let extract = step(Command::new(bin.join("osrm-extract")).arg("-p").arg(profile).arg(&copy))?;
    let contract = step(Command::new(bin.join("osrm-contract")).arg(&graph))?;
    let seconds = begun.elapsed().as_secs_f64();
    say!(
        "osrm     roads alone: {seconds:.2} s, {} MB at most; ours with basemap and index: {:.2} of that time",
        extract.max(contract),
        ours_s / seconds
    );
    Ok(())
}

/// Runs a program to its end; answers the most memory it had, looked at fifty times a second.
fn step(command: &mut Command) -> Outcome<u64> {
    let mut child: Child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        most = most.max(peak_mb(&status));
        match child.try_wait()? {
            Some(ended) if ended.success() => return Ok(most),
            Some(ended) => return Err(Trouble::new(format!("osrm ended with {ended}"))),
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
