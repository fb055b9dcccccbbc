//! The dispatcher socket, as docs/protocol.md says.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use crate::house::{House, Person, eventually};
use crate::wire::{Came, Phone, Socket, now_ms, point, viewer};

async fn company(house: &House) -> (Person, Person) {
    let owner = house.sign_up("Electricidad Oeste").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    (owner, ana)
}

async fn new_customer_job(house: &House, owner: &Person, title: &str) -> Value {
    let customer = house.customer(owner, "Cliente").await;
    house.post(owner, "/api/jobs", json!({"title": title, "customer_id": customer["id"]})).await.ok()
}

#[tokio::test]
async fn a_view_is_answered_by_one_frame_and_limits_positions_alone() {
    let house = House::start().await;
    let (owner, ana) = company(&house).await;
    let mut socket = Socket::open(&house, "/ws/dispatch").await;
    socket.say(json!({"type": "hello", "token": owner.token})).await;
    // Before the snapshot: it waits.
    socket.say(json!({"type": "view", "bounds": [-59.0, -35.0, -58.0, -34.0]})).await;
    socket.next_of("welcome").await;
    assert_eq!(socket.next().await.text()["type"], "snapshot");
    assert_eq!(socket.next_of("positions").await["rows"], json!([]), "answered, even by nothing");
    let mut phone = Phone::hello(&house, &ana).await;
    phone.shift(true, now_ms() - 60_000).await;
    phone.send(vec![point(now_ms() - 40_000, -34.5, -58.001)]).await;
    assert_eq!(socket.next_of("positions").await["rows"].as_array().unwrap().len(), 1);
    phone.send(vec![point(now_ms() - 1_000, -34.5, -57.999)]).await;
    assert_eq!(socket.next_of("positions").await["rows"][0][2], -57.999, "who leaves gets one last row");
    socket.say(json!({"type": "view", "bounds": [5, 5, 4]})).await;
    socket.next_of("error").await;
    socket.say(json!({"type": "view"})).await;
    assert_eq!(socket.next_of("positions").await["rows"].as_array().unwrap().len(), 1, "without bounds: all");
}

#[tokio::test]
async fn packed_positions_say_the_same() {
    let house = House::start().await;
    let (owner, ana) = company(&house).await;
    let (mut socket, _) = viewer(&house, &owner, "binary").await;
    let mut phone = Phone::hello(&house, &ana).await;
    phone.shift(true, now_ms() - 60_000).await;
    let at = now_ms() - 1_000;
    phone.send(vec![point(at, -34.5, -58.5)]).await;
    let bytes = loop {
        if let Came::Binary(bytes) = socket.next().await {
            break bytes;
        }
    };
    assert_eq!(bytes.len(), 16 + 40);
    assert_eq!((bytes[0], bytes[1], u16::from_le_bytes([bytes[2], bytes[3]])), (1, 1, 40));
    assert_eq!(&bytes[16..32], ana.user.0.as_bytes());
    assert_eq!(i32::from_le_bytes(bytes[32..36].try_into().unwrap()), -345_000_000);
    assert_eq!(i64::from_le_bytes(bytes[48..56].try_into().unwrap()), at);
}

#[tokio::test]
async fn events_are_gapless_over_a_reconnect() {
    let house = House::start().await;
    let (owner, _) = company(&house).await;
    let (mut socket, snapshot) = viewer(&house, &owner, "json").await;
    let first = new_customer_job(&house, &owner, "Primero").await;
    let event = socket.next_event("job.created").await;
    assert_eq!(event["event"]["job"]["id"], first["id"]);
    let cursor = event["cursor"].as_str().unwrap().to_owned();
    assert!(cursor.len() <= 64);
    drop(socket);
    for title in ["Segundo", "Tercero", "Cuarto"] {
        new_customer_job(&house, &owner, title).await;
    }
    let mut socket = Socket::open(&house, "/ws/dispatch").await;
    socket.say(json!({"type": "hello", "token": owner.token, "after": cursor})).await;
    socket.next_of("welcome").await;
    for title in ["Segundo", "Tercero", "Cuarto"] {
        assert_eq!(socket.next_event("job.created").await["event"]["job"]["title"], title);
    }
    new_customer_job(&house, &owner, "Quinto").await;
    assert_eq!(socket.next_event("job.created").await["event"]["job"]["title"], "Quinto");
    // A cursor that is none of ours: a new snapshot.
    for cursor in ["e1.999999", "nonsense", snapshot["cursor"].as_str().unwrap().trim_start_matches('e')] {
        let mut socket = Socket::open(&house, "/ws/dispatch").await;
        socket.say(json!({"type": "hello", "token": owner.token, "after": cursor})).await;
        socket.next_of("welcome").await;
        assert_eq!(socket.next().await.text()["type"], "snapshot", "{cursor}");
    }
}

#[tokio::test]
async fn a_used_resume_ends_those_before_it() {
    let house = House::start().await;
    let (owner, _) = company(&house).await;
    let hello = async |token: &str| {
        let mut socket = Socket::open(&house, "/ws/dispatch").await;
        socket.say(json!({"type": "hello", "token": token})).await;
        match socket.next().await {
            Came::Text(welcome) => Ok(welcome["resume"].as_str().unwrap().to_owned()),
            Came::Closed(code) => Err(code),
            other => panic!("{other:?}"),
        }
    };
    let first = hello(&owner.token).await.unwrap();
    let second = hello(&first).await.unwrap();
    // The old one stays good until the new one is used.
    let other = hello(&first).await.unwrap();
    hello(&second).await.unwrap();
    assert_eq!(hello(&first).await, Err(4401));
    assert!(hello(&other).await.is_ok(), "of the same number as the one in use");
    // Another page of the same person has a line of its own.
    assert!(hello(&hello(&owner.token).await.unwrap()).await.is_ok());
}

#[tokio::test]
async fn another_organization_hears_nothing() {
    let house = House::start().await;
    let (owner, ana) = company(&house).await;
    let stranger = house.stranger().await;
    let (mut other, snapshot) = viewer(&house, &stranger, "json").await;
    assert_eq!((&snapshot["technicians"], &snapshot["jobs"]), (&json!([]), &json!([])));
    let (mut own, _) = viewer(&house, &owner, "json").await;
    let mut phone = Phone::hello(&house, &ana).await;
    phone.shift(true, now_ms() - 60_000).await;
    phone.send(vec![point(now_ms(), -34.5, -58.5)]).await;
    own.next_of("positions").await;
    new_customer_job(&house, &owner, "Ajeno").await;
    own.next_event("job.created").await;
    // Their own event is the first that they hear, and its number says that no other came before.
    let job = new_customer_job(&house, &stranger, "Propio").await;
    loop {
        let heard = other.next().await.text();
        assert_eq!(heard["type"], "event", "{heard}");
        assert!(heard["event"]["by"]["id"] == json!(stranger.user), "{heard}");
        if heard["event"]["job"]["id"] == job["id"] {
            break;
        }
    }
}

#[tokio::test]
async fn phones_hear_of_their_jobs() {
    let house = House::start().await;
    let (owner, ana) = company(&house).await;
    let luis = house.hire(&owner, "technician", "Luis").await;
    let mut phone = Phone::hello(&house, &ana).await;
    let job = crate::day::scheduled_job(&house, &owner, &[&ana]).await;
    let told = phone.socket.next_of("job").await;
    assert_eq!((&told["job"]["id"], told["job"].get("tracking")), (&job["id"], None));
    let path = format!("/api/jobs/{}/assign", job["id"].as_str().unwrap());
    house.patch(&owner, &path, json!({"technician_ids": [luis.user], "version": job["version"]})).await.ok();
    assert_eq!(phone.socket.next_of("job_gone").await["id"], job["id"]);
}

#[tokio::test]
async fn a_viewer_that_does_not_read_is_cut_and_slows_nobody() {
    let house = House::start().await;
    let (owner, ana) = company(&house).await;
    // A viewer that says hello and never reads: the smallest receive window, by hand.
    let address: std::net::SocketAddr = house.url.trim_start_matches("http://").parse().unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stalled = socket.connect(address).await.unwrap();
    let upgrade = format!(
        "GET /ws/dispatch HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    stalled.write_all(upgrade.as_bytes()).await.unwrap();
    let mut head = [0u8; 12];
    stalled.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 101");
    let hello = json!({"type": "hello", "token": owner.token}).to_string();
    let mut frame = vec![0x81, 0xfe];
    frame.extend((hello.len() as u16).to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(hello.as_bytes());
    stalled.write_all(&frame).await.unwrap();

    let (mut reader, _) = viewer(&house, &owner, "json").await;
    let ended = async || {
        let metrics =
            reqwest::get(format!("{}/metrics", house.admin_url)).await.unwrap().text().await.unwrap();
        metrics.lines().any(|l| l.starts_with("campo_viewers_ended_total")).then_some(())
    };
    // Events of 6 KB each: more than 256 KiB unanswered, and the reader gets every one of them.
    let customer = house.customer(&owner, "Cliente").await;
    for n in 0..200 {
        let body = json!({"title": format!("Trabajo {n}"), "customer_id": customer["id"],
            "description": "x".repeat(1_900), "notes": "y".repeat(1_900), "internal_notes": "z".repeat(1_900)});
        house.post(&owner, "/api/jobs", body).await.ok();
        let heard = reader.next_event("job.created").await;
        assert_eq!(heard["event"]["job"]["title"], format!("Trabajo {n}"));
    }
    let mut phone = Phone::hello(&house, &ana).await;
    phone.shift(true, now_ms() - 60_000).await;
    phone.send(vec![point(now_ms(), -34.5, -58.5)]).await;
    reader.next_of("positions").await;
    eventually("the stalled viewer is ended", ended).await;
    // Its connection is cut from outside: reading what the kernel holds ends in an error or the end.
    let mut rest = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(30), stalled.read_to_end(&mut rest)).await;
    assert!(end.is_ok(), "the connection is over");
}
