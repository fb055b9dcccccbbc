//! Mapbox: directions and matrix with the traffic of now (integrations.md section 8.1).

use campo_geo::Coord;
use serde::Deserialize;

use super::osrm::{places, table};
use super::{Answer, Calls, Failure, Service};
use crate::directions::{BUDGET, Drive, Trouble};

/// Places of one matrix with traffic.
const MOST: usize = 10;

/// Mapbox.
#[derive(Clone)]
pub struct Mapbox {
    /// Where it is, without a slash at the end.
    pub base_url: String,
    /// What opens it.
    pub token: String,
}

impl std::fmt::Debug for Mapbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mapbox({})", self.base_url)
    }
}

#[derive(Debug, Deserialize)]
struct Said {
    /// Absent where it refuses the token: then there is only a message.
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    routes: Vec<Route>,
    #[serde(default)]
    durations: Option<Vec<Vec<Option<f64>>>>,
    #[serde(default)]
    distances: Option<Vec<Vec<Option<f64>>>>,
}

#[derive(Debug, Deserialize)]
struct Route {
    /// With the traffic of now; null where it is not known.
    duration: Option<f64>,
    /// At this hour as a rule.
    duration_typical: Option<f64>,
    distance: Option<f64>,
}

impl Mapbox {
    /// The trip from here to there.
    pub async fn drive(&self, calls: &Calls, from: Coord, to: Coord) -> Result<Drive, Trouble> {
        let path = format!("directions/v5/mapbox/driving-traffic/{}", places(&[from, to]));
        let said = said(&self.get(calls, &path, &[("overview", "false")]).await?)?;
        trip(&said)
    }

    /// The trips from each of these to there, nine a request.
    pub async fn drives(
        &self,
        calls: &Calls,
        from: &[Coord],
        to: Coord,
    ) -> Result<Vec<Option<Drive>>, Trouble> {
        let mut all = Vec::with_capacity(from.len());
        for part in from.chunks(MOST - 1) {
            let path = format!(
                "directions-matrix/v1/mapbox/driving-traffic/{}",
                places(&part.iter().copied().chain([to]).collect::<Vec<_>>())
            );
            let sources = (0..part.len()).map(|n| n.to_string()).collect::<Vec<_>>().join(";");
            let destination = part.len().to_string();
            let query = [
                ("sources", sources.as_str()),
                ("destinations", destination.as_str()),
                ("annotations", "duration,distance"),
            ];
            let said = said(&self.get(calls, &path, &query).await?)?;
            let (durations, distances) =
                (said.durations.unwrap_or_default(), said.distances.unwrap_or_default());
            all.extend(table(part.len(), &durations, &distances, true));
        }
        Ok(all)
    }

    async fn get(&self, calls: &Calls, path: &str, query: &[(&str, &str)]) -> Result<Answer, Failure> {
        let request = calls
            .client()
            .get(format!("{}/{path}", self.base_url))
            .query(query)
            .query(&[("access_token", self.token.as_str())]);
        calls.send(Service::Mapbox, None, request, BUDGET).await
    }
}

fn trip(said: &Said) -> Result<Drive, Trouble> {
    let route = said.routes.first().ok_or(Trouble::NoWay)?;
    let seconds = route.duration_typical.or(route.duration).ok_or(Trouble::NoWay)?;
    Drive::new(seconds, route.duration, route.distance.unwrap_or(0.0)).ok_or(Trouble::NoWay)
}

fn said(answer: &Answer) -> Result<Said, Trouble> {
    let said: Said = answer.json()?;
    match said.code.as_str() {
        "Ok" => Ok(said),
        "NoRoute" | "NoSegment" => Err(Trouble::NoWay),
        code => Err(Trouble::Refused(format!("{} {code}: {}", answer.status, said.message))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::testing::answer;

    #[test]
    fn recorded_answers_are_read() {
        let route = r#"{"routes":[{"weight":1,"weight_name":"auto","duration":662.4,"duration_typical":610.2,
            "distance":4873.1,"legs":[]}],"waypoints":[],"code":"Ok","uuid":"x"}"#;
        let drive = trip(&said(&answer(200, route)).unwrap()).unwrap();
        assert_eq!(Some(drive), Drive::new(610.2, Some(662.4), 4873.1));
        assert_eq!(drive.seconds(), 662.4);
        let unknown = r#"{"code":"Ok","routes":[{"duration":null,"distance":4873.1}]}"#;
        assert!(matches!(trip(&said(&answer(200, unknown)).unwrap()), Err(Trouble::NoWay)));
        let none = r#"{"code":"NoRoute","message":"No route found","routes":[]}"#;
        assert!(matches!(said(&answer(200, none)), Err(Trouble::NoWay)));
        let matrix = r#"{"code":"Ok","durations":[[573.2],[null]],"distances":[[4188.3],[null]],
            "destinations":[],"sources":[]}"#;
        let matrix = said(&answer(200, matrix)).unwrap();
        let drives = table(2, &matrix.durations.unwrap(), &matrix.distances.unwrap(), true);
        assert_eq!(drives, [Drive::new(573.2, Some(573.2), 4188.3), None]);
        let refused = said(&answer(401, r#"{"message":"Not Authorized - Invalid Token"}"#));
        assert!(matches!(refused, Err(Trouble::Refused(why)) if why.contains("Invalid Token")));
    }

    #[test]
    fn the_token_is_never_shown() {
        let mapbox = Mapbox { base_url: "https://api.mapbox.com".into(), token: "pk.secret".into() };
        assert!(!format!("{mapbox:?}").contains("secret"));
    }
}
