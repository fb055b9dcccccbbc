//! An OSRM server: `/route` and `/table` (integrations.md section 8.3). It knows no traffic.

use campo_geo::Coord;
use serde::Deserialize;

use super::{Answer, Calls, Failure, Service};
use crate::directions::{BUDGET, Drive, Trouble};

/// An OSRM server.
#[derive(Debug, Clone)]
pub struct Osrm {
    /// Where it is, without a slash at the end.
    pub base_url: String,
}

#[derive(Debug, Deserialize)]
struct Said {
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    routes: Vec<Route>,
    #[serde(default)]
    durations: Vec<Vec<Option<f64>>>,
    #[serde(default)]
    distances: Vec<Vec<Option<f64>>>,
}

#[derive(Debug, Deserialize)]
struct Route {
    duration: f64,
    distance: f64,
}

impl Osrm {
    /// The trip from here to there.
    pub async fn drive(&self, calls: &Calls, from: Coord, to: Coord) -> Result<Drive, Trouble> {
        let url = format!("{}/route/v1/driving/{}?overview=false", self.base_url, places(&[from, to]));
        let said = said(&self.get(calls, url).await?)?;
        let route = said.routes.first().ok_or(Trouble::NoWay)?;
        Drive::new(route.duration, None, route.distance).ok_or(Trouble::NoWay)
    }

    /// The trips from each of these to there.
    pub async fn drives(
        &self,
        calls: &Calls,
        from: &[Coord],
        to: Coord,
    ) -> Result<Vec<Option<Drive>>, Trouble> {
        let all: Vec<Coord> = from.iter().copied().chain([to]).collect();
        let sources: Vec<String> = (0..from.len()).map(|n| n.to_string()).collect();
        let url = format!(
            "{}/table/v1/driving/{}?sources={}&destinations={}&annotations=duration,distance",
            self.base_url,
            places(&all),
            sources.join(";"),
            from.len()
        );
        let said = said(&self.get(calls, url).await?)?;
        Ok(table(from.len(), &said.durations, &said.distances, false))
    }

    async fn get(&self, calls: &Calls, url: String) -> Result<Answer, Failure> {
        calls.send(Service::Osrm, None, calls.client().get(url), BUDGET).await
    }
}

/// `lon,lat;lon,lat`
pub(super) fn places(all: &[Coord]) -> String {
    let all: Vec<String> = all.iter().map(|c| format!("{:.6},{:.6}", c.lon(), c.lat())).collect();
    all.join(";")
}

/// One column of a table: cells that no way leads to are null.
pub(super) fn table(
    rows: usize,
    durations: &[Vec<Option<f64>>],
    distances: &[Vec<Option<f64>>],
    with_traffic: bool,
) -> Vec<Option<Drive>> {
    let cell = |table: &[Vec<Option<f64>>], row: usize| table.get(row)?.first().copied().flatten();
    (0..rows)
        .map(|row| {
            let seconds = cell(durations, row)?;
            Drive::new(seconds, with_traffic.then_some(seconds), cell(distances, row)?)
        })
        .collect()
}

/// Its codes come with HTTP 200 or 400.
fn said(answer: &Answer) -> Result<Said, Trouble> {
    let said: Said = answer.json()?;
    match said.code.as_str() {
        "Ok" => Ok(said),
        "NoRoute" | "NoTable" | "NoSegment" => Err(Trouble::NoWay),
        code => Err(Trouble::Refused(format!("{code}: {}", said.message))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::testing::answer;

    #[test]
    fn recorded_answers_are_read() {
        let table_of = r#"{"code":"Ok","durations":[[148.1],[0],[null]],"distances":[[1803.4],[0],[null]],
            "sources":[],"destinations":[]}"#;
        let said_ok = said(&answer(200, table_of)).unwrap();
        let drives = table(3, &said_ok.durations, &said_ok.distances, false);
        assert_eq!(drives, [Drive::new(148.1, None, 1803.4), Drive::new(0.0, None, 0.0), None]);
        for (status, body) in [
            (400, r#"{"code":"NoRoute","message":"Impossible route between points"}"#),
            (400, r#"{"code":"NoSegment","message":"Could not find a matching segment for coordinate 0"}"#),
            (200, r#"{"code":"NoTable","message":"No table found"}"#),
        ] {
            assert!(matches!(said(&answer(status, body)), Err(Trouble::NoWay)), "{body}");
        }
        let refused = said(&answer(400, r#"{"code":"InvalidOptions","message":"Number of coordinates"}"#));
        assert!(matches!(refused, Err(Trouble::Refused(why)) if why.contains("InvalidOptions")));
        assert!(matches!(said(&answer(200, "<html>")), Err(Trouble::Failed(_))));
    }

    #[test]
    fn places_are_longitude_first() {
        let place = Coord::new(-34.6, -58.4).unwrap();
        assert_eq!(places(&[place, place]), "-58.400000,-34.600000;-58.400000,-34.600000");
    }
}
