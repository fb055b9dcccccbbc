//! The same trips by OSRM's `/match`.

use campo_geo::Coord;
use serde::Deserialize;

use super::score::Laid;
use super::{fixes, half};
use crate::error::Outcome;
use crate::osrm::Osrm;
use crate::proc;
use crate::replay::trips::Trip;

/// What came of it.
#[derive(Debug, Default)]
pub struct Theirs {
    /// From every second fix.
    pub halves: Vec<Laid>,
    /// From all.
    pub wholes: Vec<Laid>,
    /// Processor seconds of the server that the halves took.
    pub cpu_s: f64,
}

/// Lays all trips. `radius_m` is OSRM's `radiuses` (its own default is 5 m).
pub async fn lay(osrm: &Osrm, trips: &[Trip], radius_m: Option<f64>) -> Outcome<Theirs> {
    let client = reqwest::Client::new();
    let mut theirs = Theirs::default();
    let before_s = proc::cpu_s(osrm.pid());
    for trip in trips {
        // Only timed: without geometry, which is not asked of the other side either.
        let url = url(osrm, trip.start_s, &half(&fixes(trip)), radius_m);
        ask(&client, &format!("{url}&overview=false")).await?;
    }
    theirs.cpu_s = proc::cpu_s(osrm.pid()) - before_s;
    for trip in trips {
        let all = fixes(trip);
        let few = half(&all);
        for (fixes, to) in [(few, &mut theirs.halves), (all, &mut theirs.wholes)] {
            let url = url(osrm, trip.start_s, &fixes, radius_m);
            let detail = "overview=full&geometries=geojson&annotations=nodes,distance";
            let told = ask(&client, &format!("{url}&{detail}")).await?;
            to.push(laid(&serde_json::from_slice(&told)?, fixes.len()));
        }
    }
    Ok(theirs)
}

#[derive(Debug, Default, Deserialize)]
struct Answer {
    #[serde(default)]
    matchings: Vec<Matching>,
    #[serde(default)]
    tracepoints: Vec<Option<serde::de::IgnoredAny>>,
}

#[derive(Debug, Deserialize)]
struct Matching {
    distance: f64,
    geometry: Geometry,
    legs: Vec<Leg>,
}

#[derive(Debug, Deserialize)]
struct Geometry {
    coordinates: Vec<[f64; 2]>,
}

#[derive(Debug, Deserialize)]
struct Leg {
    annotation: Annotation,
}

#[derive(Debug, Deserialize)]
struct Annotation {
    nodes: Vec<u64>,
    distance: Vec<f64>,
}

fn url(osrm: &Osrm, start_s: i64, fixes: &[(i64, Coord)], radius_m: Option<f64>) -> String {
    let list = |parts: Vec<String>| parts.join(";");
    let at = list(fixes.iter().map(|(_, at)| format!("{:.6},{:.6}", at.lon(), at.lat())).collect());
    let when = list(fixes.iter().map(|(ms, _)| (start_s + ms / 1_000).to_string()).collect());
    let radius = radius_m.map_or(String::new(), |r| {
        format!("&radiuses={}", list(fixes.iter().map(|_| r.to_string()).collect()))
    });
    format!("{}/match/v1/driving/{at}?timestamps={when}{radius}", osrm.url)
}

/// OSRM closes a connection after some hundred requests, so that one may fail.
async fn ask(client: &reqwest::Client, url: &str) -> Outcome<Vec<u8>> {
    let once = async || Ok(client.get(url).send().await?.bytes().await?.to_vec());
    match once().await {
        Ok(told) => Ok(told),
        Err(_) => once().await.map_err(|e: reqwest::Error| e.into()),
    }
}

fn laid(answer: &Answer, fixes: usize) -> Laid {
    let found = answer.tracepoints.iter().flatten().count();
    let mut laid = Laid { lost: fixes - found.min(fixes), ..Laid::default() };
    for matching in &answer.matchings {
        laid.metres += matching.distance;
        let line = matching.geometry.coordinates.iter().filter_map(|[lon, lat]| Coord::new(*lat, *lon));
        laid.lines.push(line.collect());
        for Leg { annotation } in &matching.legs {
            let pairs = annotation.nodes.iter().zip(annotation.nodes.iter().skip(1));
            for ((a, b), metres) in pairs.zip(&annotation.distance) {
                // A piece of road in one direction: two nodes in order.
                *laid.pieces.entry(a.rotate_left(32) ^ b).or_default() += metres;
            }
        }
    }
    laid
}
