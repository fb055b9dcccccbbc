//! OSRM over HTTP.

use std::time::{Duration, Instant};

use campo_geo::Coord;
use serde::Deserialize;

use super::ours::{TABLES, places, say_times};
use super::{Pair, ms};
use crate::error::Outcome;
use crate::osrm::Osrm;
use crate::{proc, say};

/// A way as OSRM tells it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Way {
    /// Metres.
    pub distance: f64,
    /// Seconds.
    pub duration: f64,
    /// Its line, where asked for.
    pub geometry: Option<Line>,
}

/// GeoJSON.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Line {
    /// Longitude, latitude.
    pub coordinates: Vec<[f64; 2]>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    routes: Vec<Way>,
}

/// Asks; once more where OSRM closed a connection that had been asked often enough.
async fn get(client: &reqwest::Client, url: &str) -> Outcome<reqwest::Response> {
    match client.get(url).send().await {
        Ok(answer) => Ok(answer),
        Err(_) => Ok(client.get(url).send().await?),
    }
}

/// A way over some places, with its line where `overview` is `full`.
pub(super) async fn way(
    client: &reqwest::Client,
    osrm: &Osrm,
    over: &[Coord],
    overview: &str,
) -> Outcome<Option<Way>> {
    let list: Vec<String> = over.iter().map(|c| format!("{:.6},{:.6}", c.lon(), c.lat())).collect();
    let url = format!("{}/route/v1/driving/{}", osrm.url, list.join(";"));
    let url = format!("{url}?overview={overview}&geometries=geojson&steps=false");
    let answer = get(client, &url).await?;
    if !answer.status().is_success() {
        return Ok(None);
    }
    Ok(answer.json::<Answer>().await?.routes.into_iter().next())
}

/// Measures routes and tables, and answers each pair's way without its line.
pub(super) async fn measure(osrm: &Osrm, pairs: &[Pair]) -> Outcome<Vec<Option<Way>>> {
    say!(
        "OSRM     extract {:.0} ms + contract {:.0} ms; files {:.1} MB, resident {:.1} MB",
        ms(osrm.extract),
        ms(osrm.contract),
        osrm.files_bytes() as f64 / 1e6,
        proc::resident_bytes(osrm.pid()) as f64 / 1e6
    );
    let client = reqwest::Client::new();
    let (mut ways, mut times) = (Vec::with_capacity(pairs.len()), Vec::new());
    for (from, to) in pairs {
        let began = Instant::now();
        ways.push(way(&client, osrm, &[*from, *to], "false").await?);
        times.push(began.elapsed());
    }
    times.sort_unstable();
    say_times("OSRM     /route over HTTP, no line", times);
    for (rows, columns) in TABLES {
        table(&client, osrm, &places(pairs, columns + usize::from(rows == 1)), rows == 1).await?;
    }
    Ok(ways)
}

async fn table(client: &reqwest::Client, osrm: &Osrm, all: &[Coord], is_row: bool) -> Outcome<()> {
    let list: Vec<String> = all.iter().map(|c| format!("{:.6},{:.6}", c.lon(), c.lat())).collect();
    let columns: Vec<String> = (1..all.len()).map(|i| i.to_string()).collect();
    let query = if is_row { format!("?sources=0&destinations={}", columns.join(";")) } else { String::new() };
    let url = format!("{}/table/v1/driving/{}{query}", osrm.url, list.join(";"));
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        let answer = get(client, &url).await?;
        let is_answer = answer.status().is_success();
        answer.bytes().await?;
        if is_answer {
            times.push(began.elapsed());
        }
    }
    times.sort_unstable();
    let (rows, columns) = if is_row { (1, all.len() - 1) } else { (all.len(), all.len()) };
    match times.get(times.len() / 2) {
        Some(time) => say!("OSRM     /table {rows} x {columns}: {:.2} ms over HTTP", ms(*time)),
        None => say!("OSRM     /table {rows} x {columns}: refused"),
    }
    Ok(())
}
