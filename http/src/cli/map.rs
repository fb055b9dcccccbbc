//! `campo map build`: an extract becomes a map. Needs no database.

use std::io::{IsTerminal, Write, stderr};
use std::path::Path;
use std::time::Instant;

use campo_geo::map::{self, Stage};

/// Builds the map and answers its manifest, one line of JSON. How far it is goes to standard error.
pub(super) fn build(pbf: &Path, out: &Path) -> Result<Vec<String>, String> {
    let mut told = Told { is_terminal: stderr().is_terminal(), going: Vec::new() };
    let manifest = map::build(pbf, out, &mut |stage, done, total| told.on(stage, done, total));
    told.clear();
    let manifest = manifest.map_err(|e| e.to_string())?;
    serde_json::to_string(&manifest).map(|line| vec![line]).map_err(|e| e.to_string())
}

/// A stage that is going on.
struct Going {
    stage: Stage,
    percent: u64,
    begun: Instant,
}

/// What was said about the progress: a line for each stage that ended; at a terminal one line that lives.
struct Told {
    is_terminal: bool,
    going: Vec<Going>,
}

impl Told {
    fn on(&mut self, stage: Stage, done: u64, total: u64) {
        if !self.going.iter().any(|g| g.stage == stage) {
            self.going.push(Going { stage, percent: 0, begun: Instant::now() });
        }
        let Some(at) = self.going.iter().position(|g| g.stage == stage) else { return };
        if done >= total {
            let ended = self.going.swap_remove(at);
            self.clear();
            let _ = writeln!(stderr(), "{:<36} {:>7.1} s", words(stage), ended.begun.elapsed().as_secs_f64());
        } else if let Some(going) = self.going.get_mut(at) {
            let percent = done * 100 / total;
            if std::mem::replace(&mut going.percent, percent) == percent {
                return;
            }
        }
        self.show();
    }

    /// The living line.
    fn show(&self) {
        if self.is_terminal {
            let parts: Vec<String> =
                self.going.iter().map(|g| format!("{}: {} %", words(g.stage), g.percent)).collect();
            let _ = write!(stderr(), "\r\x1b[K{}", parts.join("   "));
        }
    }

    fn clear(&self) {
        if self.is_terminal {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}

fn words(stage: Stage) -> &'static str {
    match stage {
        Stage::Read => "reading the extract",
        Stage::Roads => "making the road graph",
        Stage::Tiles => "making the basemap",
        Stage::Places => "making the street and place index",
    }
}
