//! A Valhalla server: `/route` and `/sources_to_targets` (integrations.md section 8.3).

use campo_geo::Coord;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Calls, Failure, Service};
use crate::directions::{BUDGET, Drive, Trouble};

/// No path could be found for the input; no suitable edges near a location.
const NO_WAY: [i64; 2] = [442, 171];

/// A Valhalla server.
#[derive(Debug, Clone)]
pub struct Valhalla {
    /// Where it is, without a slash at the end.
    pub base_url: String,
}

#[derive(Debug, Deserialize)]
struct Routed {
    trip: Trip,
}

#[derive(Debug, Deserialize)]
struct Trip {
    summary: Summary,
}

#[derive(Debug, Deserialize)]
struct Summary {
    time: f64,
    /// Kilometres.
    length: f64,
}

#[derive(Debug, Deserialize)]
struct Matrix {
    sources_to_targets: Vec<Vec<Cell>>,
}

#[derive(Debug, Deserialize)]
struct Cell {
    from_index: usize,
    time: Option<f64>,
    /// Kilometres.
    distance: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    error_code: i64,
    #[serde(default)]
    error: String,
}

impl Valhalla {
    /// The trip from here to there.
    pub async fn drive(&self, calls: &Calls, from: Coord, to: Coord) -> Result<Drive, Trouble> {
        let body = json!({
            "locations": [place(from), place(to)], "costing": "auto", "units": "kilometers",
            "directions_type": "none",
        });
        let routed: Routed = said(&self.post(calls, "route", body).await?)?;
        let Summary { time, length } = routed.trip.summary;
        Drive::new(time, None, length * 1_000.0).ok_or(Trouble::NoWay)
    }

    /// The trips from each of these to there.
    pub async fn drives(
        &self,
        calls: &Calls,
        from: &[Coord],
        to: Coord,
    ) -> Result<Vec<Option<Drive>>, Trouble> {
        let sources: Vec<Value> = from.iter().map(|c| place(*c)).collect();
        let body =
            json!({"sources": sources, "targets": [place(to)], "costing": "auto", "units": "kilometers"});
        let matrix: Matrix = said(&self.post(calls, "sources_to_targets", body).await?)?;
        Ok(column(from.len(), &matrix))
    }

    async fn post(&self, calls: &Calls, path: &str, body: Value) -> Result<Answer, Failure> {
        let request = calls.client().post(format!("{}/{path}", self.base_url)).json(&body);
        calls.send(Service::Valhalla, None, request, BUDGET).await
    }
}

fn place(c: Coord) -> Value {
    json!({"lat": c.lat(), "lon": c.lon()})
}

/// One answer for each source; unreachable ones have no time.
fn column(rows: usize, matrix: &Matrix) -> Vec<Option<Drive>> {
    let mut drives = vec![None; rows];
    for cell in matrix.sources_to_targets.iter().flatten() {
        if let (Some(drive), Some(time), Some(km)) =
            (drives.get_mut(cell.from_index), cell.time, cell.distance)
        {
            *drive = Drive::new(time, None, km * 1_000.0);
        }
    }
    drives
}

/// Refusals come with HTTP 400 and a number of their own.
fn said<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, Trouble> {
    if answer.is_success() {
        return Ok(answer.json()?);
    }
    let Refusal { error_code, error } = answer.json()?;
    if NO_WAY.contains(&error_code) {
        Err(Trouble::NoWay)
    } else {
        Err(Trouble::Refused(format!("{error_code}: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::testing::answer;

    #[test]
    fn recorded_answers_are_read() {
        let route = r#"{"trip":{"locations":[],"legs":[],"summary":{"has_toll":false,"time":151.277,"length":1.803},
            "status_message":"Found route between points","status":0,"units":"kilometers","language":"en-US"}}"#;
        let routed: Routed = said(&answer(200, route)).unwrap();
        assert_eq!((routed.trip.summary.time, routed.trip.summary.length), (151.277, 1.803));
        let matrix = r#"{"algorithm":"costmatrix","units":"kilometers","sources_to_targets":
            [[{"from_index":0,"to_index":0,"time":151.277,"distance":1.803}],
             [{"from_index":1,"to_index":0,"time":null,"distance":null}]]}"#;
        let matrix: Matrix = said(&answer(200, matrix)).unwrap();
        assert_eq!(column(2, &matrix), [Drive::new(151.277, None, 1803.0), None]);
        let none = r#"{"error_code":442,"error":"No path could be found for input","status_code":400,"status":"Bad Request"}"#;
        assert!(matches!(said::<Routed>(&answer(400, none)), Err(Trouble::NoWay)));
        let wrong = r#"{"error_code":124,"error":"No edge/node costing provided","status_code":400}"#;
        assert!(
            matches!(said::<Routed>(&answer(400, wrong)), Err(Trouble::Refused(why)) if why.starts_with("124"))
        );
        assert!(matches!(said::<Routed>(&answer(404, "nothing")), Err(Trouble::Failed(_))));
    }
}
