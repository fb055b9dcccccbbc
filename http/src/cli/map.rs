//! `campo map build`: an extract becomes a map. Needs no database.

use std::io::{IsTerminal, Write, stderr};
use std::path::Path;
use std::time::Instant;

use campo_geo::map::{self, Stage};

/// Builds the map and answers its manifest, one line of JSON. How far it is goes to standard error.
pub(super) fn build(pbf: &Path, out: &Path) -> Result<Vec<String>, String> {
    let mut told = Told { is_terminal: stderr().is_terminal(), stage: None, percent: 0, begun: Instant::now() };
    let manifest = map::build(pbf, out, &mut |stage, done, total| told.on(stage, done, total));
    told.end();
    let manifest = manifest.map_err(|e| e.to_string())?;
    serde_json::to_string(&manifest).map(|line| vec![line]).map_err(|e| e.to_string())
}

/// What was last said about the progress: one line a stage, renewed at a terminal.
struct Told {
    is_terminal: bool,
    stage: Option<Stage>,
    percent: u64,
    begun: Instant,
}

impl Told {
    fn on(&mut self, stage: Stage, done: u64, total: u64) {
        let percent = done * 100 / total.max(1);
        let is_new = self.stage != Some(stage);
        if is_new {
            self.end();
            (self.stage, self.begun) = (Some(stage), Instant::now());
        } else if percent == self.percent || !self.is_terminal {
            return;
        }
        self.percent = percent;
        let end = if self.is_terminal { "\r" } else { "" };
        let _ = if self.is_terminal {
            write!(stderr(), "{:<36} {percent:>3} %{end}", words(stage))
        } else {
            writeln!(stderr(), "{} ..", words(stage))
        };
    }

    /// Ends the line of a stage.
    fn end(&mut self) {
        if let Some(stage) = self.stage.take() {
            let _ = writeln!(stderr(), "{:<36} {:>7.1} s", words(stage), self.begun.elapsed().as_secs_f64());
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
