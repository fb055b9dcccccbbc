//! A socket client that speaks the contract and nothing else.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use uuid::Uuid;

use crate::house::{House, Person};

/// Far beyond what anything takes here, so that time never decides a test.
const PATIENCE: Duration = Duration::from_secs(30);

/// Unix milliseconds.
pub fn now_ms() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

/// An open socket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What came.
#[derive(Debug, Clone, PartialEq)]
pub enum Came {
    /// A JSON frame.
    Text(Value),
    /// A packed frame.
    Binary(Vec<u8>),
    /// The end, with its code.
    Closed(u16),
}

impl Came {
    /// The JSON frame.
    #[track_caller]
    pub fn text(self) -> Value {
        match self {
            Self::Text(value) => value,
            other => panic!("no text frame: {other:?}"),
        }
    }
}

impl Socket {
    /// Opens `/ws/..`.
    pub async fn open(house: &House, path: &str) -> Self {
        let url = format!("{}{path}", house.url.replace("http://", "ws://"));
        Self(connect_async(url).await.unwrap().0)
    }

    /// Sends a JSON frame.
    pub async fn say(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// Sends anything.
    pub async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    /// The next frame; Pings are answered and passed over.
    pub async fn next(&mut self) -> Came {
        tokio::time::timeout(PATIENCE, self.next_patiently()).await.expect("a frame comes")
    }

    async fn next_patiently(&mut self) -> Came {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Came::Text(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Binary(bytes))) => return Came::Binary(bytes.to_vec()),
                Some(Ok(Message::Close(reason))) => {
                    return Came::Closed(reason.map_or(1005, |r| r.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Came::Closed(1006),
            }
        }
    }

    /// The next frame of a type, whatever else comes before it.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            match self.next().await {
                Came::Text(frame) if frame["type"] == kind => return frame,
                Came::Closed(code) => panic!("closed with {code} while waiting for {kind}"),
                _ => {}
            }
        }
    }

    /// The next event of a kind.
    pub async fn next_event(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next_of("event").await;
            if frame["event"]["kind"] == kind {
                return frame;
            }
        }
    }

    /// Waits for the end and says its code.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Came::Closed(code) = self.next().await {
                return code;
            }
        }
    }
}

/// A phone: device, boot, and the number of its next point.
pub struct Phone {
    /// Its socket.
    pub socket: Socket,
    /// Its device.
    pub device: Uuid,
    /// Its boot.
    pub boot: Uuid,
    /// What `welcome` said.
    pub welcome: Value,
    /// The next point's number.
    pub seq: i64,
}

impl Phone {
    /// Says hello with a token of this person.
    pub async fn hello(house: &House, person: &Person) -> Self {
        Self::resume(house, &person.token, Uuid::new_v4(), Uuid::new_v4()).await
    }

    /// Says hello with any token.
    pub async fn resume(house: &House, token: &str, device: Uuid, boot: Uuid) -> Self {
        let mut socket = Socket::open(house, "/ws/technician").await;
        socket.say(hello(token, device, boot)).await;
        let welcome = socket.next_of("welcome").await;
        Self { socket, device, boot, welcome, seq: 1 }
    }

    /// Begins or ends the shift and waits for the answer.
    pub async fn shift(&mut self, on: bool, at: i64) -> Value {
        self.socket.say(json!({"type": "shift", "id": Uuid::new_v4(), "on": on, "at": at})).await;
        self.socket.next_of("result").await
    }

    /// Does something to a job and waits for the answer.
    pub async fn command(&mut self, job: &Value, action: &str) -> Value {
        let frame = json!({"type": "command", "id": Uuid::new_v4(), "job": job["id"], "action": action,
            "version": job["version"], "at": now_ms()});
        self.socket.say(frame).await;
        self.socket.next_of("result").await
    }

    /// Sends points and waits until they are acknowledged.
    pub async fn send(&mut self, points: Vec<Value>) -> Value {
        let from = self.seq;
        self.seq += points.len() as i64;
        self.socket.say(pings(from, points)).await;
        loop {
            let ack = self.socket.next_of("ack").await;
            if ack["upto"].as_i64().unwrap() >= self.seq - 1 {
                return ack;
            }
        }
    }
}

/// A `hello`.
pub fn hello(token: &str, device: Uuid, boot: Uuid) -> Value {
    json!({"type": "hello", "token": token, "device": device, "boot": boot, "app": "it/1.0", "now": now_ms()})
}

/// A `pings` frame.
pub fn pings(from: i64, points: Vec<Value>) -> Value {
    json!({"type": "pings", "from": from, "now": now_ms(), "points": points})
}

/// A good point.
pub fn point(at: i64, lat: f64, lon: f64) -> Value {
    json!({"at": at, "lat": lat, "lon": lon, "accuracy_m": 8, "speed_mps": 8.0, "heading_deg": 90, "battery": 0.8})
}

/// A viewer that has its snapshot.
pub async fn viewer(house: &House, person: &Person, format: &str) -> (Socket, Value) {
    let mut socket = Socket::open(house, "/ws/dispatch").await;
    socket.say(json!({"type": "hello", "token": person.token, "format": format})).await;
    socket.next_of("welcome").await;
    let snapshot = socket.next_of("snapshot").await;
    (socket, snapshot)
}
