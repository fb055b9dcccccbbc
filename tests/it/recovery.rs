//! A broken actor ends nobody's day: a fresh one is rebuilt from SQL, and nothing acknowledged is lost.

use campo_actors::{organization, technician};
use serde_json::json;

use crate::house::House;
use crate::wire::{Phone, now_ms, pings, point, viewer};

#[tokio::test]
async fn a_technician_actor_that_breaks_is_replaced_and_its_phone_comes_back() {
    let house = House::start().await;
    let owner = house.sign_up("Gas").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    let luis = house.hire(&owner, "technician", "Luis").await;
    let (mut map, _) = viewer(&house, &owner, "json").await;
    let mut phone = Phone::hello(&house, &ana).await;
    let mut neighbour = Phone::hello(&house, &luis).await;
    let t = now_ms() - 60_000;
    phone.shift(true, t).await;
    neighbour.shift(true, t).await;
    phone.send(vec![point(t + 1_000, -34.6, -58.4)]).await;
    let registry = &house.app.registry;
    let _ = registry.technician(owner.org, ana.user).unwrap().send(technician::Break).await;
    // The frame that meets the broken actor is not acknowledged: the socket ends, the phone sends it again.
    phone.socket.say(pings(2, vec![point(t + 2_000, -34.6, -58.4)])).await;
    assert_eq!(phone.socket.closed().await, 1001);
    let resume = phone.welcome["resume"].as_str().unwrap().to_owned();
    let mut again = Phone::resume(&house, &resume, phone.device, phone.boot).await;
    assert_eq!(again.welcome["shift"], true);
    again.seq = 2;
    again.send(vec![point(t + 2_000, -34.6, -58.4), point(t + 3_000, -34.6, -58.4001)]).await;
    assert_eq!(neighbour.send(vec![point(t + 4_000, -34.61, -58.4)]).await["upto"], 1);
    loop {
        let frame = map.next_of("positions").await;
        let rows = frame["rows"].as_array().unwrap();
        if rows.iter().any(|r| r[0] == json!(luis.user)) {
            break;
        }
    }
    let (stored,): (i64,) = sqlx::query_as("select count(*) from position where org_id = $1")
        .bind(owner.org)
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
    assert_eq!(stored, 4);
}

#[tokio::test]
async fn an_organization_actor_that_breaks_is_replaced_and_viewers_come_back_to_what_they_missed() {
    let house = House::start().await;
    let owner = house.sign_up("Gas").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    let mut phone = Phone::hello(&house, &ana).await;
    let t = now_ms() - 60_000;
    phone.shift(true, t).await;
    phone.send(vec![point(t + 1_000, -34.6, -58.4)]).await;
    let (_, snapshot) = viewer(&house, &owner, "json").await;
    let _ = house.app.registry.organization(owner.org).unwrap().send(organization::Break).await;
    // The phone notices nothing; a viewer that comes finds everything again.
    phone.send(vec![point(t + 2_000, -34.6, -58.4001)]).await;
    let mut back = crate::wire::Socket::open(&house, "/ws/dispatch").await;
    back.say(json!({"type": "hello", "token": owner.token, "after": snapshot["cursor"]})).await;
    back.next_of("welcome").await;
    house.customer(&owner, "Marta").await;
    back.next_event("customer.created").await;
    phone.send(vec![point(t + 3_000, -34.6, -58.4002)]).await;
    loop {
        if back.next_of("positions").await["rows"][0][6] == t + 3_000 {
            break;
        }
    }
}
