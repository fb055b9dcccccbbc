//! Google Routes: `computeRoutes` and `computeRouteMatrix` with the traffic of now (integrations.md section 8.1).
//!
//! Its JSON is proto3's: zeros are left out, index 0 included, and durations are texts like `165s`.

use campo_geo::Coord;
use reqwest::RequestBuilder;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Calls, Failure, Service};
use crate::directions::{BUDGET, Drive, Trouble};

const ROUTE_FIELDS: &str = "routes.duration,routes.staticDuration,routes.distanceMeters";
/// Without `status` a failure looks like a good answer.
const MATRIX_FIELDS: &str =
    "originIndex,destinationIndex,status,condition,distanceMeters,duration,staticDuration";

/// Google Routes.
#[derive(Clone)]
pub struct GoogleRoutes {
    /// Where it is, without a slash at the end.
    pub base_url: String,
    /// What opens it.
    pub key: String,
}

impl std::fmt::Debug for GoogleRoutes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GoogleRoutes({})", self.base_url)
    }
}

#[derive(Debug, Default, Deserialize)]
struct Routed {
    /// Left out where there is no way.
    #[serde(default)]
    routes: Vec<Route>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Route {
    /// With traffic.
    duration: Option<String>,
    static_duration: Option<String>,
    distance_meters: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Element {
    origin_index: usize,
    status: Status,
    condition: String,
    #[serde(flatten)]
    route: Route,
}

/// `google.rpc.Status`: an empty one is good.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    code: i64,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    error: RefusalBody,
}

#[derive(Debug, Deserialize)]
struct RefusalBody {
    #[serde(default)]
    status: String,
    #[serde(default)]
    message: String,
}

impl GoogleRoutes {
    /// The trip from here to there.
    pub async fn drive(&self, calls: &Calls, from: Coord, to: Coord) -> Result<Drive, Trouble> {
        let body = json!({
            "origin": place(from), "destination": place(to),
            "travelMode": "DRIVE", "routingPreference": "TRAFFIC_AWARE",
        });
        let request = self.post(calls, "/directions/v2:computeRoutes", ROUTE_FIELDS, &body);
        let routed: Routed = said(&send(calls, request).await?)?;
        routed.routes.first().ok_or(Trouble::NoWay)?.drive().ok_or(Trouble::NoWay)
    }

    /// The trips from each of these to there.
    pub async fn drives(
        &self,
        calls: &Calls,
        from: &[Coord],
        to: Coord,
    ) -> Result<Vec<Option<Drive>>, Trouble> {
        let waypoint = |c: Coord| json!({"waypoint": place(c)});
        let origins: Vec<Value> = from.iter().map(|c| waypoint(*c)).collect();
        let body = json!({
            "origins": origins, "destinations": [waypoint(to)],
            "travelMode": "DRIVE", "routingPreference": "TRAFFIC_AWARE",
        });
        let request = self.post(calls, "/distanceMatrix/v2:computeRouteMatrix", MATRIX_FIELDS, &body);
        let elements: Vec<Element> = said(&send(calls, request).await?)?;
        Ok(column(from.len(), &elements))
    }

    fn post(&self, calls: &Calls, path: &str, fields: &str, body: &Value) -> RequestBuilder {
        calls
            .client()
            .post(format!("{}{path}", self.base_url))
            .header("X-Goog-Api-Key", &self.key)
            .header("X-Goog-FieldMask", fields)
            .json(body)
    }
}

async fn send(calls: &Calls, request: RequestBuilder) -> Result<Answer, Failure> {
    calls.send(Service::GoogleRoutes, None, request, BUDGET).await
}

fn place(c: Coord) -> Value {
    json!({"location": {"latLng": {"latitude": c.lat(), "longitude": c.lon()}}})
}

impl Route {
    fn drive(&self) -> Option<Drive> {
        let traffic_s = self.duration.as_deref().map_or(Some(0.0), seconds)?;
        let usual_s = self.static_duration.as_deref().map_or(Some(traffic_s), seconds)?;
        Drive::new(usual_s, Some(traffic_s), self.distance_meters)
    }
}

/// `165s`, `0.5s`
fn seconds(text: &str) -> Option<f64> {
    text.strip_suffix('s')?.parse().ok()
}

/// One answer for each origin, whatever order they come in.
fn column(rows: usize, elements: &[Element]) -> Vec<Option<Drive>> {
    let mut drives = vec![None; rows];
    for element in elements.iter().filter(|e| e.status.code == 0 && e.condition == "ROUTE_EXISTS") {
        if let Some(drive) = drives.get_mut(element.origin_index) {
            *drive = element.route.drive();
        }
    }
    drives
}

/// Refusals of a matrix come inside a list.
fn said<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, Trouble> {
    if answer.is_success() {
        return Ok(answer.json()?);
    }
    let refusal = match answer.json::<Vec<Refusal>>() {
        Ok(all) => all.into_iter().next(),
        Err(_) => Some(answer.json::<Refusal>()?),
    };
    let said = refusal.map(|r| format!("{}: {}", r.error.status, r.error.message));
    Err(Trouble::Refused(format!("{} {}", answer.status, said.unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::testing::answer;

    #[test]
    fn recorded_answers_are_read() {
        let route = r#"{"routes":[{"distanceMeters":772,"duration":"165s","staticDuration":"150s"}]}"#;
        let routed: Routed = said(&answer(200, route)).unwrap();
        assert_eq!(routed.routes[0].drive(), Drive::new(150.0, Some(165.0), 772.0));
        // No way: nothing at all.
        assert!(said::<Routed>(&answer(200, "{}")).unwrap().routes.is_empty());
        // Zeros are left out: index 0, no metres, no seconds.
        let matrix = r#"[
            {"originIndex":2,"status":{},"distanceMeters":822,"duration":"160.5s","staticDuration":"160s","condition":"ROUTE_EXISTS"},
            {"status":{},"condition":"ROUTE_EXISTS"},
            {"originIndex":1,"status":{},"condition":"ROUTE_NOT_FOUND"},
            {"originIndex":3,"status":{"code":3,"message":"invalid"},"condition":"ROUTE_EXISTS","duration":"1s"},
            {"originIndex":9,"status":{},"condition":"ROUTE_EXISTS","duration":"1s"}]"#;
        let elements: Vec<Element> = said(&answer(200, matrix)).unwrap();
        let expected = [Drive::new(0.0, Some(0.0), 0.0), None, Drive::new(160.0, Some(160.5), 822.0), None];
        assert_eq!(column(4, &elements), expected);
    }

    #[test]
    fn refusals_are_told_with_or_without_a_list() {
        let one = r#"{"error":{"code":403,"message":"The request is missing a valid API key.","status":"PERMISSION_DENIED"}}"#;
        for (status, body) in [(403, one.to_owned()), (403, format!("[{one}]"))] {
            let refused = said::<Routed>(&answer(status, &body));
            assert!(
                matches!(refused, Err(Trouble::Refused(why)) if why.contains("PERMISSION_DENIED")),
                "{body}"
            );
        }
        assert!(seconds("165").is_none() && seconds("s").is_none() && seconds("-").is_none());
        let google =
            GoogleRoutes { base_url: "https://routes.googleapis.com".into(), key: "AIza-secret".into() };
        assert!(!format!("{google:?}").contains("secret"));
    }
}
