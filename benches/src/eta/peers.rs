//! What others say of the same trips.

use campo_geo::eta::{Trip, Vehicle};
use campo_geo::roads::Roads;
use serde::Deserialize;

use super::data::Data;
use super::fits::{Line, scale};
use super::score::Said;
use super::{Args, durations};
use crate::error::{Outcome, Trouble};
use crate::osrm::Osrm;

/// OSRM on the extract, where both are given; else why it is no peer.
pub fn osrm(args: &Args) -> Outcome<(Option<Osrm>, Vec<String>)> {
    Ok(match (&args.osrm_bin, &args.pbf) {
        (Some(bin), Some(pbf)) => (Some(Osrm::start(bin, pbf)?), Vec::new()),
        (Some(_), None) => (None, vec!["SKIPPED  OSRM: it needs --pbf".to_owned()]),
        (None, _) => (None, vec!["SKIPPED  OSRM: no --osrm-bin".to_owned()]),
    })
}

/// All peers that can be asked, fitted to the training trips.
pub async fn all(roads: Option<&Roads>, osrm: Option<&Osrm>, data: &Data) -> Outcome<Vec<Said>> {
    let mut peers = Vec::new();
    let straight = |trips: &[Trip]| trips.iter().map(|t| Some(t.straight_m())).collect::<Vec<_>>();
    peers.extend(line("a + b x straight line", &straight(&data.train), &straight(&data.test), data));
    if let Some(roads) = roads {
        let (train, test) = (free_flow(roads, &data.train), free_flow(roads, &data.test));
        peers.extend(line("a + b x own free flow", &train, &test, data));
    }
    if let Some(osrm) = osrm {
        let (train, test) = (ask(osrm, &data.train).await?, ask(osrm, &data.test).await?);
        peers.push(Said::of_peer("OSRM free flow", test.clone()));
        let points = points(&train, data);
        let factor = scale(&points);
        let scaled = test.iter().map(|s| s.map(|s| factor * s)).collect();
        peers.push(Said::of_peer(&format!("OSRM x {factor:.2}"), scaled));
        peers.extend(line("a + b x OSRM", &train, &test, data));
        let robust = Line::absolute(&points);
        let said = test.iter().map(|s| s.map(|s| robust.at(s))).collect();
        peers.push(Said::of_peer("a + b x OSRM, least absolute", said));
    }
    Ok(peers)
}

/// What is known of training trips, with how long they took.
fn points(train: &[Option<f64>], data: &Data) -> Vec<(f64, f64)> {
    train.iter().zip(durations(&data.train)).filter_map(|(x, y)| Some(((*x)?, y))).collect()
}

/// `a + b * x` by least squares on the training trips; `None` without any.
fn line(name: &str, train: &[Option<f64>], test: &[Option<f64>], data: &Data) -> Option<Said> {
    let points = points(train, data);
    let line = Line::squares(&points);
    let said = test.iter().map(|x| x.map(|x| line.at(x))).collect();
    (!points.is_empty()).then(|| Said::of_peer(name, said))
}

fn free_flow(roads: &Roads, trips: &[Trip]) -> Vec<Option<f64>> {
    let metric = roads.free_flow(Vehicle::Car);
    let one = |trip: &Trip| {
        let (from, to) =
            (roads.snap(trip.from, None, Vehicle::Car)?, roads.snap(trip.to, None, Vehicle::Car)?);
        Some(f64::from(roads.ms(&from, &to, metric)?) / 1e3)
    };
    trips.iter().map(one).collect()
}

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    routes: Vec<Route>,
}

#[derive(Debug, Deserialize)]
struct Route {
    duration: f64,
}

/// Asks; once more where the server closed a kept connection, which it does after 512 answers.
async fn told(client: &reqwest::Client, url: &str) -> Outcome<bytes::Bytes> {
    let mut left = 3;
    loop {
        match client.get(url).send().await {
            Ok(answer) => return Ok(answer.bytes().await?),
            Err(why) if left == 0 => return Err(why.into()),
            Err(_) => left -= 1,
        }
    }
}

/// OSRM's seconds for each trip; `None` where it finds no way.
async fn ask(osrm: &Osrm, trips: &[Trip]) -> Outcome<Vec<Option<f64>>> {
    let client = reqwest::Client::new();
    let mut said = Vec::with_capacity(trips.len());
    for trip in trips {
        let url = format!(
            "{}/route/v1/driving/{:.6},{:.6};{:.6},{:.6}?overview=false",
            osrm.url,
            trip.from.lon(),
            trip.from.lat(),
            trip.to.lon(),
            trip.to.lat()
        );
        let told = told(&client, &url).await?;
        let answer: Answer = serde_json::from_slice(&told)
            .map_err(|e| Trouble::from(e).while_doing("reading OSRM's answer"))?;
        said.push(answer.routes.first().map(|route| route.duration));
    }
    Ok(said)
}
