//! The technician socket, as docs/protocol.md says.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::house::{House, Person};
use crate::wire::{Came, Phone, Socket, hello, now_ms, pings, point};

async fn technician(house: &House) -> (Person, Person) {
    let owner = house.sign_up("Gas del Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    (owner, ana)
}

/// What the track says was stored of a person: (number, time) of each point.
async fn stored(house: &House, staff: &Person, user: &Person) -> Vec<(i64, i64)> {
    let mut sql = house.sql().await;
    let rows: Vec<(i32, chrono::DateTime<chrono::Utc>)> = sqlx::query_as(
        "select p.seq, p.at from position p join member m using (member) where m.org_id = $1 and m.user_id = $2 order by p.at",
    )
    .bind(staff.org)
    .bind(user.user)
    .fetch_all(&mut sql)
    .await
    .unwrap();
    rows.into_iter().map(|(seq, at)| (i64::from(seq), at.timestamp_millis())).collect()
}

#[tokio::test]
async fn acknowledged_points_are_stored_once_and_the_prefix_waits_for_its_gap() {
    let house = House::start().await;
    let (owner, ana) = technician(&house).await;
    let mut phone = Phone::hello(&house, &ana).await;
    assert_eq!(phone.welcome["shift"], false);
    let t = now_ms() - 60_000;
    assert_eq!(phone.shift(true, t - 1_000).await["ok"], true);

    let say = |from: i64, n: i64| pings(from, (from..from + n).map(|i| point(t + i, -34.6, -58.4)).collect());
    phone.socket.say(say(10, 2)).await;
    assert_eq!(
        phone.socket.next_of("ack").await["upto"],
        11,
        "the first from says that all below is settled"
    );
    phone.socket.say(say(15, 1)).await;
    assert_eq!(phone.socket.next_of("ack").await["upto"], 11, "a gap is not passed");
    phone.socket.say(say(12, 3)).await;
    assert_eq!(phone.socket.next_of("ack").await["upto"], 15, "the gap is closed");
    phone.socket.say(say(10, 6)).await;
    assert_eq!(phone.socket.next_of("ack").await["upto"], 15, "a resend is answered");
    let expected: Vec<_> = (10..16).map(|i| (i, t + i)).collect();
    assert_eq!(stored(&house, &owner, &ana).await, expected);

    let stranger = house.sign_up("Otra").await;
    let track = format!("/api/tracking/technicians/{}/track", ana.user);
    assert_eq!(house.get(&stranger, &track).await.status, 404);
    assert_eq!(house.get(&owner, &track).await.ok()["items"].as_array().map(Vec::len), Some(6));
}

#[tokio::test]
async fn bad_points_are_named_and_hold_back_nobody() {
    let house = House::start().await;
    let (owner, ana) = technician(&house).await;
    let mut phone = Phone::hello(&house, &ana).await;
    let t = now_ms();
    phone.shift(true, t - 3_600_000).await;
    let ack = phone
        .send(vec![
            point(t - 5_000, -34.6, -58.4),
            point(t - 4_000, 91.0, 0.0),
            json!({"at": t - 3_000, "lat": "south", "lon": null}),
            json!({"lat": 1, "lon": 1}),
            point(t + 6 * 60_000, -34.6, -58.4),
            point(t - 8 * 86_400_000, -34.6, -58.4),
            point(t - 2 * 3_600_000, -34.6, -58.4),
            json!({"at": t - 1_000, "lat": -34.6, "lon": -58.4, "accuracy_m": -1, "battery": 7, "speed_mps": "fast", "heading_deg": 900}),
        ])
        .await;
    let rejected: Vec<(i64, &str)> = ack["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["seq"].as_i64().unwrap(), r["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        rejected,
        [(2, "range"), (3, "range"), (4, "range"), (5, "future"), (6, "too_old"), (7, "off_shift")]
    );
    assert_eq!(stored(&house, &owner, &ana).await, [(1, t - 5_000), (8, t - 1_000)]);
}

#[tokio::test]
async fn a_shift_counts_by_its_time_and_before_the_frames_behind_it() {
    let house = House::start().await;
    let (owner, ana) = technician(&house).await;
    let mut phone = Phone::hello(&house, &ana).await;
    let t = now_ms();
    // All at once, without waiting for answers: the shift is committed before the points are judged.
    phone.socket.say(json!({"type": "shift", "id": Uuid::new_v4(), "on": true, "at": t - 10_000})).await;
    phone.socket.say(pings(1, vec![point(t - 11_000, -34.6, -58.4), point(t - 9_000, -34.6, -58.4)])).await;
    assert_eq!(phone.socket.next_of("result").await["ok"], true);
    let ack = phone.socket.next_of("ack").await;
    assert_eq!(ack["rejected"], json!([{"seq": 1, "code": "off_shift"}]));
    let early = phone.shift(false, t - 9_500).await;
    assert_eq!((early["ok"].as_bool(), early["code"].as_str()), (Some(false), Some("SHIFT_002")));
    assert_eq!(phone.shift(false, t - 5_000).await["ok"], true);
    phone.seq = 3;
    let ack = phone.send(vec![point(t - 4_000, -34.6, -58.4)]).await;
    assert_eq!(ack["rejected"], json!([{"seq": 3, "code": "off_shift"}]));
    assert_eq!(stored(&house, &owner, &ana).await, [(2, t - 9_000)]);

    // The office begins a shift: the next point is not refused, however soon it comes.
    house.post(&owner, "/api/shifts", json!({"user_id": ana.user, "on": true})).await.ok();
    let ack = phone.send(vec![point(now_ms(), -34.6, -58.4)]).await;
    assert_eq!(ack["rejected"], json!([]));
}

#[tokio::test]
async fn resume_needs_no_login_and_is_bound_to_its_boot() {
    let house = House::start().await;
    let (_, ana) = technician(&house).await;
    let first = Phone::hello(&house, &ana).await;
    let (device, boot) = (first.device, first.boot);
    let resume = first.welcome["resume"].as_str().unwrap().to_owned();
    drop(first);
    let second = Phone::resume(&house, &resume, device, boot).await;
    let newer = second.welcome["resume"].as_str().unwrap().to_owned();
    // The old one stays good until the new one is used.
    drop(second);
    drop(Phone::resume(&house, &resume, device, boot).await);
    drop(Phone::resume(&house, &newer, device, boot).await);
    for (token, device, boot) in
        [(&resume, device, boot), (&newer, device, Uuid::new_v4()), (&newer, Uuid::new_v4(), boot)]
    {
        let mut socket = Socket::open(&house, "/ws/technician").await;
        socket.say(hello(token, device, boot)).await;
        assert_eq!(socket.closed().await, 4401);
    }
    let mut socket = Socket::open(&house, "/ws/dispatch").await;
    socket.say(json!({"type": "hello", "token": newer})).await;
    assert_eq!(socket.closed().await, 4401, "of another path");
    let me = house.send(house.request(reqwest::Method::GET, None, "/api/auth/me").bearer_auth(&newer)).await;
    assert_eq!(me.status, 401, "good for hello alone");
}

#[tokio::test]
async fn a_second_socket_of_a_device_ends_the_first_and_a_second_device_does_not() {
    let house = House::start().await;
    let (_, ana) = technician(&house).await;
    let mut first = Phone::hello(&house, &ana).await;
    let mut other = Phone::hello(&house, &ana).await;
    let _second = Phone::resume(&house, &ana.token, first.device, first.boot).await;
    assert_eq!(first.socket.closed().await, 4409);
    other.shift(true, now_ms()).await;
    assert_eq!(other.send(vec![point(now_ms(), -34.6, -58.4)]).await["upto"], 1);
}

#[tokio::test]
async fn the_end_of_a_login_session_ends_its_sockets() {
    let house = House::start().await;
    let (owner, ana) = technician(&house).await;
    let mut phone = Phone::hello(&house, &ana).await;
    let (mut viewer, _) = crate::wire::viewer(&house, &owner, "json").await;
    house.post(&ana, "/api/auth/logout", json!({})).await;
    assert_eq!(phone.socket.closed().await, 4401);
    // As another node, or an operator in SQL, would end it.
    let mut sql = house.sql().await;
    sqlx::query("update login_session set revoked_at = now(), revoke_reason = 'test' where user_id = $1")
        .bind(owner.user)
        .execute(&mut sql)
        .await
        .unwrap();
    assert_eq!(viewer.closed().await, 4401);
}

#[tokio::test]
async fn who_may_not_speak_is_told_so() {
    let house = House::start().await;
    let (owner, ana) = technician(&house).await;
    for (path, token) in [
        ("/ws/technician", owner.token.as_str()),
        ("/ws/dispatch", ana.token.as_str()),
        ("/ws/technician", "not.a.token"),
        ("/ws/dispatch", ""),
    ] {
        let mut socket = Socket::open(&house, path).await;
        socket.say(hello(token, Uuid::new_v4(), Uuid::new_v4())).await;
        assert_eq!(socket.closed().await, 4401, "{path}");
    }
    let mut socket = Socket::open(&house, "/ws/technician").await;
    socket.say(pings(1, vec![])).await;
    assert_eq!(socket.closed().await, 4401, "hello comes first");
}

#[tokio::test]
async fn bad_frames_are_answered_and_ten_of_them_end_it() {
    let house = House::start().await;
    let (_, ana) = technician(&house).await;
    let mut phone = Phone::hello(&house, &ana).await;
    for bad in ["{", "42", r#"{"type":"dance"}"#, r#"{"type":"pings","from":0,"now":1,"points":[{}]}"#] {
        phone.socket.send(Message::text(bad)).await;
        phone.socket.next_of("error").await;
    }
    phone.shift(true, now_ms() - 1_000).await;
    assert_eq!(phone.send(vec![point(now_ms(), 1.0, 1.0)]).await["upto"], 1, "the socket stays open");
    for _ in 0..6 {
        phone.socket.send(Message::binary(vec![1, 2, 3])).await;
    }
    assert_eq!(phone.socket.closed().await, 1008);
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_and_its_own_time_kept() {
    let house = House::start().await;
    let (owner, ana) = technician(&house).await;
    let year = 365 * 86_400_000i64;
    let mut socket = Socket::open(&house, "/ws/technician").await;
    let t = now_ms() + year;
    socket
        .say(json!({"type": "hello", "token": ana.token, "device": Uuid::new_v4(), "boot": Uuid::new_v4(), "now": t}))
        .await;
    socket.next_of("welcome").await;
    socket.say(json!({"type": "shift", "id": Uuid::new_v4(), "on": true, "at": t - 5_000})).await;
    assert_eq!(socket.next_of("result").await["ok"], true);
    socket.say(json!({"type": "pings", "from": 1, "now": t, "points": [point(t, -34.6, -58.4)]})).await;
    let ack = socket.next_of("ack").await;
    assert_eq!((ack["upto"].as_i64(), &ack["rejected"]), (Some(1), &json!([])));
    assert_eq!(stored(&house, &owner, &ana).await, [(1, t)], "a year ahead, as the phone said");
    let mut sql = house.sql().await;
    let (corrected,): (chrono::DateTime<chrono::Utc>,) =
        sqlx::query_as("select corrected_at from position where org_id = $1")
            .bind(owner.org)
            .fetch_one(&mut sql)
            .await
            .unwrap();
    assert!((corrected.timestamp_millis() - (t - year)).abs() < 60_000);
}

#[tokio::test]
async fn commands_are_judged_by_the_present_and_answered_once() {
    let house = House::start().await;
    let (owner, ana) = technician(&house).await;
    let job = crate::day::scheduled_job(&house, &owner, &[&ana]).await;
    let mut phone = Phone::hello(&house, &ana).await;
    assert_eq!(phone.welcome["jobs"][0]["id"], job["id"]);
    assert_eq!(phone.welcome["jobs"][0]["tracking_url"], Value::Null, "the link is the office's");
    let id = Uuid::new_v4();
    let start = json!({"type": "command", "id": id, "job": job["id"], "action": "start_travel", "version": 1, "at": now_ms()});
    phone.socket.say(start.clone()).await;
    let done = phone.socket.next_of("result").await;
    assert_eq!(done["ok"], true, "{done}");
    phone.socket.say(start).await;
    assert_eq!(phone.socket.next_of("result").await, done, "the same id, the same answer");
    let again = phone.command(&job, "start_travel").await;
    assert_eq!(
        (&again["ok"], &again["version"]),
        (&json!(true), &done["version"]),
        "stands already: no change"
    );
    let early = phone.command(&job, "complete").await;
    assert_eq!((early["code"].as_str(), &early["current"]["id"]), (Some("JOB_001"), &job["id"]));
    assert_eq!(phone.command(&job, "start_work").await["ok"], true);
    assert_eq!(phone.command(&job, "complete").await["ok"], true);
    let other = phone.command(&json!({"id": Uuid::new_v4(), "version": 1}), "start_travel").await;
    assert_eq!(other["code"], "JOB_002");
    // The socket heard of each step.
    let gone = house.get(&owner, &format!("/api/jobs/{}", job["id"].as_str().unwrap())).await.ok();
    assert_eq!(gone["status"], "completed");
}

#[tokio::test]
async fn a_stop_says_bye() {
    let house = House::start().await;
    let (owner, ana) = technician(&house).await;
    let mut phone = Phone::hello(&house, &ana).await;
    let (mut viewer, _) = crate::wire::viewer(&house, &owner, "json").await;
    let stopped = tokio::spawn(house.stop());
    assert!(phone.socket.next_of("bye").await["retry_after_ms"].is_i64());
    assert_eq!(phone.socket.closed().await, 1012);
    viewer.next_of("bye").await;
    assert!(matches!(viewer.next().await, Came::Closed(1012)));
    stopped.await.unwrap().unwrap();
}
