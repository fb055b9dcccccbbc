//! The same trips by OSRM's `/match`.

use std::time::Instant;

use campo_geo::Coord;
use serde::Deserialize;

use super::score::Laid;
use super::{fixes, half};
use crate::error::Outcome;
use crate::osrm::Osrm;
use crate::replay::trips::Trip;

/// Lays all trips: from every second fix, and from all. `radius_m` is OSRM's `radiuses` (its own default is 5 m).
pub async fn lay(osrm: &Osrm, trips: &[Trip], radius_m: Option<f64>) -> Outcome<(Vec<Laid>, Vec<Laid>)> {
    let client = reqwest::Client::new();
    let (mut halves, mut wholes) = (Vec::new(), Vec::new());
    for trip in trips {
        let all = fixes(trip);
        halves.push(one(&client, osrm, trip.start_s, &half(&all), radius_m).await?);
        wholes.push(one(&client, osrm, trip.start_s, &all, radius_m).await?);
    }
    Ok((halves, wholes))
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

async fn one(
    client: &reqwest::Client,
    osrm: &Osrm,
    start_s: i64,
    fixes: &[(i64, Coord)],
    radius_m: Option<f64>,
) -> Outcome<Laid> {
    let list = |parts: Vec<String>| parts.join(";");
    let at = list(fixes.iter().map(|(_, at)| format!("{:.6},{:.6}", at.lon(), at.lat())).collect());
    let when = list(fixes.iter().map(|(ms, _)| (start_s + ms / 1_000).to_string()).collect());
    let radius = radius_m.map_or(String::new(), |r| {
        format!("&radiuses={}", list(fixes.iter().map(|_| r.to_string()).collect()))
    });
    let ask = |detail: &str| {
        client.get(format!("{}/match/v1/driving/{at}?timestamps={when}{radius}&{detail}", osrm.url)).send()
    };
    // Timed without geometry, which is not asked of the other side either.
    let began = Instant::now();
    ask("overview=false").await?.bytes().await?;
    let us = began.elapsed().as_secs_f64() * 1e6;
    let told = ask("overview=full&geometries=geojson&annotations=nodes,distance").await?.bytes().await?;
    let answer: Answer = serde_json::from_slice(&told)?;
    Ok(laid(&answer, fixes.len(), us))
}

fn laid(answer: &Answer, fixes: usize, us: f64) -> Laid {
    let found = answer.tracepoints.iter().flatten().count();
    let mut laid = Laid { us, lost: fixes - found.min(fixes), ..Laid::default() };
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
