//! The basemap over HTTP: pass-through, tags, refusals, a map that is built anew while serving.

use std::path::{Path, PathBuf};

use reqwest::{Method, Response};

use crate::extract;
use crate::house::{House, eventually};

/// A folder of its own that ends with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("campo-tiles-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Builds a map of a crossing of two streets into `map`.
    fn build(&self, first: &str) -> campo_geo::map::Manifest {
        let pbf = self.0.join("town.osm.pbf");
        town(&pbf, first);
        campo_geo::map::build(&pbf, &self.map(), &mut |_, _, _| {}).unwrap()
    }

    fn map(&self) -> PathBuf {
        self.0.join("map")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn town(path: &Path, first: &str) {
    let nodes: Vec<(f64, f64, extract::Tags<'_>)> = (0..9)
        .map(|i| (-34.60 - f64::from(i) * 0.002, -58.39, &[] as extract::Tags<'_>))
        .chain((0..9).map(|i| (-34.608, -58.398 + f64::from(i) * 0.002, &[] as extract::Tags<'_>)))
        .collect();
    let across: Vec<usize> = (9..18).map(|n| if n == 13 { 4 } else { n }).collect();
    let down: Vec<usize> = (0..9).collect();
    let ways: [(&[usize], extract::Tags<'_>); 2] = [
        (&down, &[("highway", "secondary"), ("name", first)]),
        (&across, &[("highway", "residential"), ("name", "Ñandú")]),
    ];
    extract::write(path, &nodes, &ways);
}

/// The tile of zoom 14 with the crossing.
const TILE: (u32, u32) = (5534, 9872);

async fn get(house: &House, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = house.request(Method::GET, None, path);
    headers.iter().fold(request, |r, (name, value)| r.header(*name, *value)).send().await.unwrap()
}

fn header(answer: &Response, name: &str) -> String {
    answer.headers().get(name).map(|h| h.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn tiles_are_passed_through() {
    let folder = Folder::new();
    let manifest = folder.build("Avenida Salta");
    let map = folder.map().display().to_string();
    let house = House::with(true, &["--map", &map]).await;
    let current = get(&house, "/tiles/current.json", &[]).await;
    assert_eq!(header(&current, "cache-control"), "no-cache");
    let etag = header(&current, "etag");
    let json: serde_json::Value = serde_json::from_str(&current.text().await.unwrap()).unwrap();
    assert_eq!(json["build"], manifest.build.as_str());
    assert_eq!((json["minzoom"].as_u64(), json["maxzoom"].as_u64()), (Some(0), Some(14)));
    assert_eq!(json["attribution"], "© OpenStreetMap");
    assert!(json["vector_layers"].as_array().unwrap().iter().any(|l| l["id"] == "roads"));
    let known = get(&house, "/tiles/current.json", &[("if-none-match", &etag)]).await;
    assert_eq!(known.status(), 304);

    let template = json["tiles"][0].as_str().unwrap();
    let (x, y) = TILE;
    let path = template.replace("{z}", "14").replace("{x}", &x.to_string()).replace("{y}", &y.to_string());
    let packed = get(&house, &path, &[("accept-encoding", "gzip, br")]).await;
    assert_eq!((packed.status().as_u16(), header(&packed, "content-encoding")), (200, "gzip".into()));
    assert_eq!(header(&packed, "content-type"), "application/vnd.mapbox-vector-tile");
    assert_eq!(header(&packed, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(header(&packed, "vary"), "Accept-Encoding");
    let etag = header(&packed, "etag");
    assert!(etag.starts_with('"') && etag.contains(&manifest.build), "strong: {etag}");
    let bytes = packed.bytes().await.unwrap();
    let tiles = campo_geo::tiles::Tiles::open(&folder.map().join(&manifest.tiles_file)).unwrap();
    assert_eq!(tiles.get(14, x, y).unwrap().unwrap(), bytes, "as it stands in the file");
    let plain = get(&house, &path, &[]).await;
    assert_eq!(header(&plain, "content-encoding"), "");
    assert_ne!(header(&plain, "etag"), etag, "another form, another tag");
    let plain = plain.bytes().await.unwrap();
    assert_eq!(campo_geo::tiles::unpack(&bytes).unwrap(), plain);
    assert!(String::from_utf8_lossy(&plain).contains("Avenida Salta"));

    let known = get(&house, &path, &[("accept-encoding", "gzip"), ("if-none-match", &etag)]).await;
    assert_eq!((known.status().as_u16(), header(&known, "etag")), (304, etag.clone()));
    assert!(known.bytes().await.unwrap().is_empty());
    let other = get(&house, &path, &[("accept-encoding", "gzip"), ("if-none-match", "\"x\"")]).await;
    assert_eq!(other.status(), 200);
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let folder = Folder::new();
    let build = folder.build("Salta").build;
    let map = folder.map().display().to_string();
    let house = House::with(true, &["--map", &map]).await;
    let empty = get(&house, &format!("/tiles/{build}/14/0/0.mvt"), &[]).await;
    assert_eq!(empty.status(), 204);
    assert_eq!(header(&empty, "cache-control"), "public, max-age=31536000, immutable");
    for place in ["15/0/0", "3/8/0", "3/0/8", "x/0/0", "1/-1/0", "1/0/1e0", "14/99999999999/0"] {
        house.get(None, &format!("/tiles/{build}/{place}.mvt")).await.refused(400, "MAP_001");
    }
    house.get(None, "/tiles/0000000000000000/0/0/0.mvt").await.refused(404, "MAP_002");
    house.get(None, &format!("/tiles/{build}/0/0/0.png")).await.refused(404, "REQUEST_004");

    // Built anew while serving: the new map is found, the old address is gone.
    let fresh = folder.build("Jujuy").build;
    assert_ne!(fresh, build);
    let maps = house.app.engine.maps.clone();
    maps.refresh();
    let now = eventually("the new map", async || {
        let json = house.get(None, "/tiles/current.json").await.ok();
        (json["build"] == fresh.as_str()).then_some(json)
    });
    now.await;
    house.get(None, &format!("/tiles/{build}/0/0/0.mvt")).await.refused(404, "MAP_002");
}

#[tokio::test]
async fn without_a_map_there_is_calm_ground_or_a_provider() {
    let house = House::start().await;
    let json = house.get(None, "/tiles/current.json").await.ok();
    assert_eq!((json["build"].is_null(), json["tiles"].as_array().map(Vec::len)), (true, Some(0)));
    house.get(None, "/tiles/0123456789abcdef/0/0/0.mvt").await.refused(404, "MAP_002");
    drop(house);
    let url = "https://tiles.example/{z}/{x}/{y}.png";
    let house = House::with(true, &["--tiles-url", url, "--tiles-attribution", "© Ejemplo"]).await;
    let answer = house.get(None, "/tiles/current.json").await;
    let policy = answer.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("img-src 'self' https://tiles.example"), "{policy}");
    assert!(policy.contains("connect-src 'self' https://tiles.example"), "{policy}");
    let json = answer.ok();
    assert_eq!((json["tiles"][0].as_str(), json["attribution"].as_str()), (Some(url), Some("© Ejemplo")));
    assert!(campo_http::config::Config::from_flags(&["--tiles-url", "https://tiles.example/"]).is_err());
}

/// Who is signed in gets the tiles of the organization's tier, everybody else the default; the policy allows both.
#[tokio::test]
async fn a_tier_may_have_tiles_of_its_own() {
    let usual = "https://tiles.example/{z}/{x}/{y}.png";
    let better = "https://better.example/v1/{z}/{x}/{y}.png?key=k";
    let house = House::with(true, &["--tiles-url", usual, "--tiles-url-profesional", better]).await;
    let (owner, other) = (house.sign_up("Gas del Sur").await, house.stranger().await);
    sqlx::query("update organization set tier = 'PROFESIONAL' where org_id = $1")
        .bind(owner.org)
        .execute(&mut house.sql().await)
        .await
        .unwrap();
    for (who, url) in [(Some(&owner), better), (Some(&other), usual), (None, usual)] {
        let answer = house.get(who, "/tiles/current.json").await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap().to_owned();
        assert!(
            policy.contains("img-src 'self' https://better.example https://tiles.example data:"),
            "{policy}"
        );
        assert_eq!(answer.headers["vary"], "Authorization");
        assert_eq!(answer.ok()["tiles"][0], url);
    }
}
