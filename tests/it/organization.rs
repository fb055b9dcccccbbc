//! The organization itself.

use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn the_owner_changes_it_and_the_admin_reads() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let admin = house.hire(&owner, "admin", "Ana").await;
    let row = house.get(&admin, "/api/organization").await.ok();
    assert_eq!((row["name"].as_str(), row["ping_every_s"].as_i64()), (Some("Plomería Sur"), Some(30)));
    let version = row["version"].clone();
    for role in ["admin", "dispatcher", "technician", "accountant"] {
        let who = house.hire(&owner, role, role).await;
        house
            .patch(&who, "/api/organization", json!({"version": version, "name": "X"}))
            .await
            .refused(403, "AUTH_003");
    }
    let body = json!({"version": version, "ping_every_s": 10, "cuit": "30-50001091-2"});
    let row = house.patch(&owner, "/api/organization", body.clone()).await.ok();
    assert_eq!((row["cuit"].as_str(), row["ping_every_s"].as_i64()), (Some("30500010912"), Some(10)));
    house.patch(&owner, "/api/organization", body).await.refused(409, "VERSION_001");
    // A tax number is fixed once it is set.
    let other = json!({"version": row["version"], "cuit": "20-12345678-6"});
    house.patch(&owner, "/api/organization", other).await.refused(409, "LOCKED_001");
    for (field, value) in
        [("ping_every_s", json!(4)), ("cuit", json!("1")), ("name", json!("")), ("phone", json!("9"))]
    {
        let body = json!({"version": row["version"], field: value});
        house.patch(&owner, "/api/organization", body).await.refused(422, "REQUEST_002");
    }
    let stranger = house.stranger().await;
    assert_eq!(house.get(&stranger, "/api/organization").await.ok()["name"], "Los Otros");
}
