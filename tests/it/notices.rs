//! The in-app inbox: each person's own, live over both sockets to those who asked for it.

use campo_engine::db::Tenant;
use campo_engine::notices::{self, Notice};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{House, Person, eventually};
use crate::wire::{self, Socket, now_ms};

async fn add(house: &House, person: &Person, dedupe: &str) -> bool {
    let notice = Notice {
        kind: "system_alert",
        title: "Prueba".into(),
        body: dedupe.into(),
        params: json!({"n": 1}),
        entity: None,
        dedupe: dedupe.into(),
    };
    let work = async |t: &mut Tenant| notices::add(t, person.user, &notice).await;
    house.app.engine.db.within(person.org, work).await.unwrap()
}

async fn inbox(house: &House, person: &Person) -> Value {
    house.get(person, "/api/notifications").await.ok()
}

fn kinds(inbox: &Value) -> Vec<&str> {
    inbox["items"].as_array().unwrap().iter().map(|n| n["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_person_has_an_inbox_of_their_own() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let (ana, beto) =
        (house.hire(&owner, "technician", "Ana").await, house.hire(&owner, "technician", "Beto").await);
    for n in 0..5 {
        assert!(add(&house, &ana, &format!("n{n}")).await);
    }
    assert!(!add(&house, &ana, "n3").await, "a fact is told once");
    assert!(add(&house, &beto, "n3").await, "to each");
    let all = inbox(&house, &ana).await;
    let bodies: Vec<_> = all["items"].as_array().unwrap().iter().map(|n| n["body"].clone()).collect();
    assert_eq!((json!(bodies), &all["unread"]), (json!(["n4", "n3", "n2", "n1", "n0"]), &json!(5)));
    let page = house.get(&ana, "/api/notifications?limit=2").await.ok();
    let next = format!("/api/notifications?limit=3&after={}", page["next"].as_str().unwrap());
    let page = house.get(&ana, &next).await.ok();
    assert_eq!((page["items"][0]["body"].as_str(), &page["next"]), (Some("n2"), &Value::Null));

    let first = format!("/api/notifications/{}/read", all["items"][0]["id"].as_str().unwrap());
    // Nobody else's eyes count, whether in the organization or outside of it.
    for other in [&beto, &owner, &house.stranger().await] {
        house.post(other, &first, json!({})).await.refused(404, "REQUEST_004");
    }
    let read = house.post(&ana, &first, json!({})).await.ok();
    assert!(read["read_at"].is_string());
    assert_eq!(house.post(&ana, &first, json!({})).await.ok(), read, "twice is once");
    let unread = house.get(&ana, "/api/notifications?unread=true").await.ok();
    assert_eq!((unread["items"].as_array().unwrap().len(), &unread["unread"]), (4, &json!(4)));
    assert_eq!(house.post(&ana, "/api/notifications/read-all", json!({})).await.ok(), json!({"unread": 0}));
    assert_eq!(inbox(&house, &beto).await["unread"], 1);
    assert_eq!(house.get(None, "/api/notifications").await.status, 401);
}

#[tokio::test]
async fn both_sockets_hear_of_it_if_they_asked_and_only_those_of_the_person() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let (ana, beto) =
        (house.hire(&owner, "technician", "Ana").await, house.hire(&owner, "technician", "Beto").await);
    let phone = async |person: &Person, wants: bool| {
        let mut socket = Socket::open(&house, "/ws/technician").await;
        let mut hello = wire::hello(&person.token, Uuid::new_v4(), Uuid::new_v4());
        if wants {
            hello["notifications"] = json!(true);
        }
        socket.say(hello).await;
        socket.next_of("welcome").await;
        socket
    };
    let (mut hers, mut old, mut his) =
        (phone(&ana, true).await, phone(&ana, false).await, phone(&beto, true).await);
    let mut office = Socket::open(&house, "/ws/dispatch").await;
    office.say(json!({"type": "hello", "token": owner.token, "notifications": true})).await;
    office.next_of("snapshot").await;

    add(&house, &ana, "para Ana").await;
    let frame = hers.next_of("notification").await;
    assert_eq!((&frame["unread"], &frame["notice"]["body"]), (&json!(1), &json!("para Ana")));
    assert_eq!(frame["notice"], inbox(&house, &ana).await["items"][0], "one form");
    add(&house, &owner, "para la oficina").await;
    assert_eq!(office.next_of("notification").await["notice"]["body"], "para la oficina");
    // Read elsewhere: the count follows.
    house.post(&ana, "/api/notifications/read-all", json!({})).await.ok();
    assert_eq!(hers.next_of("notification").await, json!({"type": "notification", "unread": 0}));
    // The others heard nothing: the next thing that they hear is the answer to what they ask now.
    for socket in [&mut old, &mut his] {
        socket.say(json!({"type": "pings", "from": 1, "now": now_ms(), "points": []})).await;
        assert_eq!(socket.next().await.text()["type"], "ack");
    }
}

#[tokio::test]
async fn technicians_hear_what_the_office_does_to_their_jobs() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let (ana, beto) =
        (house.hire(&owner, "technician", "Ana").await, house.hire(&owner, "technician", "Beto").await);
    let customer = house.customer(&owner, "Marta").await;
    let body = json!({"title": "Canilla", "customer_id": customer["id"], "technician_ids": [ana.user],
        "scheduled_start": "2031-01-10T12:00:00Z"});
    let job = house.post(&owner, "/api/jobs", body).await.ok();
    let path = format!("/api/jobs/{}", job["id"].as_str().unwrap());
    let told = inbox(&house, &ana).await;
    assert_eq!(kinds(&told), ["job_assigned"]);
    let first = &told["items"][0];
    assert_eq!((&first["entity_kind"], &first["entity_id"]), (&json!("job"), &job["id"]));
    assert_eq!(first["params"]["job_number"], job["job_number"]);

    let edit = json!({"title": "Canilla y ducha", "version": job["version"]});
    let job = house.patch(&owner, &path, edit).await.ok();
    assert_eq!(kinds(&inbox(&house, &ana).await), ["job_updated", "job_assigned"]);
    let crew = json!({"technician_ids": [beto.user], "version": job["version"]});
    let job = house.patch(&owner, &format!("{path}/assign"), crew).await.ok();
    assert_eq!(kinds(&inbox(&house, &ana).await)[0], "job_unassigned");
    assert_eq!(kinds(&inbox(&house, &beto).await), ["job_assigned"]);
    // What he does himself is no news to him; he is on shift, or he would be asked.
    house.post(&beto, "/api/shifts", json!({"on": true})).await.ok();
    let go = json!({"status": "en_camino", "version": job["version"]});
    let job = house.patch(&beto, &format!("{path}/status"), go).await.ok();
    assert_eq!(inbox(&house, &beto).await["unread"], 1);
    let cancel = json!({"reason": "El cliente no está", "version": job["version"]});
    house.send(house.request(reqwest::Method::DELETE, Some(&owner), &path).json(&cancel)).await.ok();
    let told = inbox(&house, &beto).await;
    assert_eq!(kinds(&told), ["job_cancelled", "job_assigned"]);
    assert_eq!(inbox(&house, &ana).await["unread"], 3, "no longer hers");
    assert_eq!(inbox(&house, &owner).await["unread"], 0);

    // His phone was offline and completed it: the job stays cancelled, and the office hears of it once.
    let mut phone = wire::Phone::hello(&house, &beto).await;
    for _ in 0..2 {
        let result = phone.command(&job, "complete").await;
        assert_eq!((&result["ok"], &result["code"]), (&json!(false), &json!("JOB_001")));
    }
    assert_eq!(kinds(&inbox(&house, &owner).await), ["sync_conflict"]);
}

/// A task that gave up is said to those who can do something about it, once an hour for each kind.
#[tokio::test]
async fn owners_hear_of_dead_tasks() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let dispatcher = house.hire(&owner, "dispatcher", "Caro").await;
    let stranger = house.stranger().await;
    for n in 0..3 {
        sqlx::query(
            "insert into task (task_id, org_id, kind, payload, attempts) values ($1, $2, 'no.such', $3, 7)",
        )
        .bind(Uuid::now_v7())
        .bind(owner.org.0)
        .bind(json!({"n": n}))
        .execute(&mut house.sql().await)
        .await
        .unwrap();
    }
    eventually("all three are dead", async || {
        let dead = house.get(&owner, "/api/admin/dlq").await.ok();
        (dead["items"].as_array().unwrap().len() == 3).then_some(())
    })
    .await;
    let told = eventually("the owner hears", async || {
        let told = inbox(&house, &owner).await;
        (told["unread"] != 0).then_some(told)
    })
    .await;
    assert!(kinds(&told).iter().all(|k| *k == "task_dead") && kinds(&told).len() <= 2, "{told}");
    assert_eq!(told["items"][0]["params"]["kind"], "no.such");
    for other in [&dispatcher, &stranger] {
        assert_eq!(inbox(&house, other).await["unread"], 0);
    }
}
