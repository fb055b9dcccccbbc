//! Somebody else's HTTP server: keeps what it was sent and answers as it is told.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Got {
    /// As `POST`.
    pub method: String,
    /// With its query.
    pub path: String,
    /// By lower-case name.
    pub headers: HashMap<String, String>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Got {
    /// A header that must be there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {:?}", self.headers))
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What to answer.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A status with headers (`name: value`).
    Status(u16, Vec<String>),
    /// The connection is cut without an answer.
    Cut,
}

#[derive(Default)]
struct State {
    got: Vec<Got>,
    /// The next answers by path; then `always`, then 200.
    script: HashMap<String, VecDeque<Reply>>,
    always: HashMap<String, Reply>,
}

/// A server on a free port.
#[derive(Clone)]
pub struct Receiver {
    /// As `http://127.0.0.1:41234`.
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Receiver {
    /// Begins to listen.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { url, state }
    }

    /// The next answer of a path.
    pub fn next(&self, path: &str, reply: Reply) {
        self.state.lock().unwrap().script.entry(path.to_owned()).or_default().push_back(reply);
    }

    /// Every answer of a path from now on.
    pub fn always(&self, path: &str, status: u16) {
        self.state.lock().unwrap().always.insert(path.to_owned(), Reply::Status(status, Vec::new()));
    }

    /// What came to a path so far.
    pub fn got(&self, path: &str) -> Vec<Got> {
        self.state.lock().unwrap().got.iter().filter(|g| g.path == path).cloned().collect()
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut bytes = Vec::new();
    loop {
        let Some(got) = read(&mut stream, &mut bytes).await else { return };
        let reply = {
            let mut state = state.lock().unwrap();
            let scripted = state.script.get_mut(&got.path).and_then(VecDeque::pop_front);
            let reply = scripted.or_else(|| state.always.get(&got.path).cloned());
            state.got.push(got);
            reply.unwrap_or(Reply::Status(200, Vec::new()))
        };
        match reply {
            Reply::Cut => return,
            Reply::Status(status, headers) => {
                let heads: String = headers.iter().map(|h| format!("{h}\r\n")).collect();
                let answer = format!("HTTP/1.1 {status} So\r\n{heads}content-length: 2\r\n\r\nok");
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// One request off the connection; none at its end.
async fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<Got> {
    let mut more = async |bytes: &mut Vec<u8>| {
        let mut part = [0u8; 4096];
        let n = stream.read(&mut part).await.ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&part[..n]);
        Some(())
    };
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        more(bytes).await?;
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let (method, path) = (first.next().unwrap().to_owned(), first.next().unwrap().to_owned());
    let headers: HashMap<String, String> = lines
        .filter_map(|l| l.split_once(':').map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned())))
        .collect();
    let length = headers.get("content-length").map_or(0, |l| l.parse().unwrap());
    while bytes.len() < head + 4 + length {
        more(bytes).await?;
    }
    let body = bytes[head + 4..head + 4 + length].to_vec();
    bytes.drain(..head + 4 + length);
    Some(Got { method, path, headers, body })
}
