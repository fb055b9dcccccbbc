//! Addresses: searched, and looked up when something is saved, on a small town made for it.

use std::path::PathBuf;
use std::sync::LazyLock;

use campo_geo::map;
use serde_json::{Value, json};

use crate::cluster;
use crate::extract;
use crate::house::{House, Person, fresh_phone};

/// Two streets that cross, and where.
const CORNER: &str = "Av. Rivadavia y Ñandubay";
const AT: (f64, f64) = (-34.9, -60.0);
/// A street alone: the index knows it, not where on it.
const STREET: &str = "Avenida Rivadavia";

/// Places of nodes, and tags.
type Line = (Vec<usize>, [(&'static str, &'static str); 2]);

/// A map of three streets by three, 200 m apart, built once.
static MAP: LazyLock<PathBuf> = LazyLock::new(|| {
    let (across, down) =
        (["Avenida Rivadavia", "Yerbal", "9 de Julio"], ["Ñandubay", "Bulevar Oroño", "Mitre"]);
    let place = |row: usize, column: usize| (AT.0 - 0.002 * row as f64, AT.1 + 0.002 * column as f64);
    let nodes: Vec<(f64, f64, extract::Tags<'_>)> =
        (0..9).map(|i| place(i / 3, i % 3)).map(|(lat, lon)| (lat, lon, &[] as extract::Tags<'_>)).collect();
    let lines: Vec<Line> = (0..3)
        .flat_map(|i| {
            let street = |name| [("highway", "residential"), ("name", name)];
            let row = (0..3).map(|c| i * 3 + c).collect();
            let column = (0..3).map(|r| r * 3 + i).collect();
            [(row, street(across[i])), (column, street(down[i]))]
        })
        .collect();
    let ways: Vec<(&[usize], extract::Tags<'_>)> =
        lines.iter().map(|(nodes, tags)| (nodes.as_slice(), tags.as_slice())).collect();
    let (pbf, folder) =
        (cluster::scratch().join("streets.osm.pbf"), cluster::scratch().join("map-of-streets"));
    extract::write(&pbf, &nodes, &ways);
    map::build(&pbf, &folder, &mut |_, _, _| {}).unwrap();
    folder
});

/// A house with that map.
async fn mapped() -> House {
    let folder = tokio::task::spawn_blocking(|| MAP.clone()).await.unwrap();
    House::with(true, &["--map", &folder.display().to_string()]).await
}

fn is_at_the_corner(row: &Value) -> bool {
    let near = |key: &str, there: f64| row[key].as_f64().is_some_and(|here| (here - there).abs() < 0.002);
    near("lat", AT.0) && near("lon", AT.1)
}

async fn customer(house: &House, owner: &Person, address: &str) -> Value {
    let body = json!({"name": "Ana", "phone": fresh_phone(), "address": address});
    house.post(owner, "/api/customers", body).await.ok()
}

#[tokio::test]
async fn without_a_map_nothing_is_found_and_nothing_changes() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let none = house.get(&owner, "/api/places?q=Rivadavia%204502").await.ok();
    assert_eq!(none, json!({"items": [], "map": false}));
    let nameless = house.get(&owner, "/api/places/reverse?lat=-34.6&lon=-58.4").await.ok();
    assert_eq!(nameless, json!({"label": null, "map": false}));
    let ana = customer(&house, &owner, "Av. Rivadavia 4502").await;
    assert!(ana["lat"].is_null() && ana["location_source"].is_null() && ana["location_confidence"].is_null());
    assert_eq!(ana["location_unsure"], false);
    let body = json!({"title": "Pérdida", "customer_id": ana["id"], "address": "Av. Rivadavia 4502"});
    let job = house.post(&owner, "/api/jobs", body).await.ok();
    assert!(job["lat"].is_null() && job["destination"].is_null() && job["location_source"].is_null());
    assert_eq!(job["location_unsure"], false);
    // A pin is a person's, with or without a map.
    let pin = json!({"version": job["version"], "lat": -34.61, "lon": -58.43});
    let path = format!("/api/jobs/{}", job["id"].as_str().unwrap());
    assert_eq!(house.patch(&owner, &path, pin).await.ok()["location_source"], "person");
}

#[tokio::test]
async fn searching_is_for_staff_and_says_what_is_wrong() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let technician = house.hire(&owner, "technician", "Marcos").await;
    house.get(None, "/api/places?q=x").await.refused(401, "AUTH_004");
    for path in ["/api/places?q=x", "/api/places/reverse?lat=0&lon=0"] {
        house.get(&technician, path).await.refused(403, "AUTH_003");
    }
    for bad in
        ["?q=", "?q=x&lat=1", "?q=x&lat=91&lon=0", "?q=x&limit=0", "?q=x&limit=51", "/reverse?lat=91&lon=0"]
    {
        house.get(&owner, &format!("/api/places{bad}")).await.refused(422, "REQUEST_002");
    }
}

#[tokio::test]
async fn addresses_are_found() {
    let house = mapped().await;
    let owner = house.sign_up("Gas del Oeste").await;
    let found = house.get(&owner, "/api/places?q=rivadavia%20esq%20nandubay&limit=3").await.ok();
    assert_eq!(found["map"], true);
    let first = &found["items"][0];
    assert_eq!((&first["precision"], &first["kind"]), (&json!("corner"), &json!("street")), "{found}");
    assert!(is_at_the_corner(&first["at"]), "{found}");
    let path = format!("/api/places/reverse?lat={}&lon={}", first["at"]["lat"], first["at"]["lon"]);
    let name = house.get(&owner, &path).await.ok();
    assert!(
        name["label"].as_str().is_some_and(|l| l.starts_with("Avenida Rivadavia") || l == "Ñandubay"),
        "{name}"
    );
}

#[tokio::test]
async fn a_customers_address_is_looked_up_and_a_persons_pin_wins() {
    let house = mapped().await;
    let owner = house.sign_up("Gas del Oeste").await;
    let ana = customer(&house, &owner, CORNER).await;
    assert!(is_at_the_corner(&ana), "{ana}");
    assert_eq!((&ana["location_source"], &ana["location_unsure"]), (&json!("geocoded"), &json!(false)));
    assert!(ana["location_confidence"].as_f64().unwrap() >= 0.75);
    let path = format!("/api/customers/{}", ana["id"].as_str().unwrap());
    let change = async |row: &Value, mut change: Value| {
        change["version"] = row["version"].clone();
        house.patch(&owner, &path, change).await.ok()
    };
    // A street alone is no door: the old place goes, somebody drags a pin.
    let unsure = change(&ana, json!({"address": STREET})).await;
    assert!(unsure["lat"].is_null() && unsure["location_unsure"] == true, "{unsure}");
    let pinned = change(&unsure, json!({"lat": -34.91, "lon": -60.01})).await;
    assert_eq!((&pinned["location_source"], &pinned["location_unsure"]), (&json!("person"), &json!(false)));
    let moved = change(&pinned, json!({"address": CORNER})).await;
    assert_eq!((&moved["lat"], &moved["location_source"]), (&json!(-34.91), &json!("person")));
    let freed = change(&moved, json!({"address": "Ñandubay y Rivadavia", "lat": null, "lon": null}));
    let freed = freed.await;
    assert!(is_at_the_corner(&freed) && freed["location_source"] == "geocoded", "{freed}");
    // Another organization has a customer of its own, and sees nothing of this one.
    let stranger = house.stranger().await;
    house.get(&stranger, &path).await.refused(404, "CUSTOMER_001");
}

#[tokio::test]
async fn a_job_goes_to_its_own_address_else_to_its_customers() {
    let house = mapped().await;
    let owner = house.sign_up("Gas del Oeste").await;
    let ana = customer(&house, &owner, CORNER).await;
    let job = async |address: Option<&str>| {
        let body = json!({"title": "Pérdida", "customer_id": ana["id"], "address": address});
        house.post(&owner, "/api/jobs", body).await.ok()
    };
    // The customer's own address, written another way: the customer's place serves.
    for address in [None, Some(CORNER), Some("AVENIDA RIVADAVIA y nandubay")] {
        let at_home = job(address).await;
        assert!(at_home["lat"].is_null() && at_home["location_source"] == "customer", "{at_home}");
        assert!(is_at_the_corner(&at_home["destination"]) && at_home["location_unsure"] == false);
    }
    let elsewhere = job(Some("9 de Julio y Bv. Oroño")).await;
    assert_eq!(elsewhere["location_source"], "geocoded", "{elsewhere}");
    assert_eq!(elsewhere["destination"]["lat"], elsewhere["lat"]);
    let unsure = job(Some(STREET)).await;
    assert!(unsure["lat"].is_null() && unsure["location_unsure"] == true, "{unsure}");
    let path = format!("/api/jobs/{}", unsure["id"].as_str().unwrap());
    let pin = json!({"version": unsure["version"], "lat": -34.91, "lon": -60.01});
    let pinned = house.patch(&owner, &path, pin).await.ok();
    assert_eq!((&pinned["location_source"], &pinned["location_unsure"]), (&json!("person"), &json!(false)));
}
