//! A technician's phone: one session over as many sockets as it takes.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use serde_json::{Value, json};
use uuid::Uuid;

use super::connect::Options;
use super::frame;
use super::heard::{self, Heard};
use super::session::{FRAME_POINTS, Session};
use super::socket::Socket;
use crate::clock::now_ms;
use crate::error::{Outcome, Trouble};

/// What a phone learns from its socket.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// Signed in; today's jobs, and whether the shift is on.
    Welcome {
        /// The shift as the server has it.
        shift: bool,
        /// The whole list of today's jobs.
        jobs: Vec<Value>,
    },
    /// This many points were settled now.
    Settled(usize),
    /// The answer to a command or shift, with the request it answers.
    Result {
        /// The frame we had sent.
        request: Value,
        /// The answer.
        answer: Value,
    },
    /// A job that is new or changed.
    Job(Value),
    /// A job that is ours no more.
    Gone(String),
    /// An `error`, `bye` or something we do not know.
    Note(Value),
    /// The server closed with a code.
    Closed(u16, String),
}

/// One simulated phone.
#[derive(Debug)]
pub struct Phone {
    server: SocketAddr,
    options: Options,
    socket: Option<Socket>,
    /// Points, resume token and numbering.
    pub session: Session,
    /// What its clock shows beyond the true time, milliseconds.
    pub clock_off_ms: i64,
    /// Seconds between fixes the server asked for last.
    pub ping_every_s: u32,
    /// Points settled and stored: number and `at`.
    pub acked: Vec<(u32, i64)>,
    /// Points refused for good: number and code.
    pub refused: Vec<(u32, String)>,
    open_requests: VecDeque<(String, Value)>,
    /// Bodies of the newest frames, for phones that send one twice.
    last_frame: Vec<u8>,
}

impl Phone {
    /// A phone that is not connected yet.
    pub fn new(server: SocketAddr, options: Options, session: Session) -> Self {
        Self {
            server,
            options,
            socket: None,
            session,
            clock_off_ms: 0,
            ping_every_s: 30,
            acked: Vec::new(),
            refused: Vec::new(),
            open_requests: VecDeque::new(),
            last_frame: Vec::new(),
        }
    }

    /// The phone's own clock.
    pub fn now(&self) -> i64 {
        now_ms() + self.clock_off_ms
    }

    /// Whether a socket is open.
    pub fn is_open(&self) -> bool {
        self.socket.is_some()
    }

    /// Drops the socket without a word, as a dead zone does.
    pub fn cut(&mut self) {
        self.socket = None;
    }

    /// Connects, says hello, waits for `welcome`, and repeats the requests that have no answer yet.
    pub async fn connect(&mut self) -> Outcome<Said> {
        self.socket = None;
        let mut socket = Socket::open(self.server, "/ws/technician", self.options).await?;
        let now = self.now();
        socket.text(&self.session.hello(now)).await?;
        let (opcode, payload) = socket.next().await?;
        if opcode == frame::CLOSE {
            let (code, reason) = frame::close_code(&payload);
            return Ok(Said::Closed(code, reason));
        }
        let welcome: Value = serde_json::from_slice(&payload)?;
        if welcome.get("type").and_then(Value::as_str) != Some("welcome") {
            return Err(Trouble::new(format!("instead of a welcome: {welcome}")));
        }
        self.session.on_welcome(&welcome);
        self.hear_rate(welcome.get("ping_every_s").and_then(Value::as_u64));
        for (_, request) in &self.open_requests {
            socket.text(&request.to_string()).await?;
        }
        self.socket = Some(socket);
        let jobs = welcome.get("jobs").and_then(Value::as_array).cloned().unwrap_or_default();
        Ok(Said::Welcome { shift: welcome.get("shift").and_then(Value::as_bool).unwrap_or(false), jobs })
    }

    fn hear_rate(&mut self, seconds: Option<u64>) {
        // The contract's hint lies between 1 s and 5 min; anything else is a server's mistake, not ours to obey.
        if let Some(seconds) = seconds.filter(|s| (1..=300).contains(s)) {
            self.ping_every_s = seconds as u32;
        }
    }

    /// Sends every kept point that this socket has not been sent, in full frames, oldest first.
    pub async fn send_points(&mut self) -> Outcome<usize> {
        let now = self.now();
        let mut sent = 0;
        while self.session.unsent() > 0 {
            let Some(socket) = self.socket.as_mut() else { break };
            self.last_frame.clear();
            sent += self.session.write_frame(FRAME_POINTS, now, &mut self.last_frame);
            socket.message(frame::TEXT, &self.last_frame).await?;
        }
        Ok(sent)
    }

    /// Sends the newest `pings` frame once more, as phones with a bad line do.
    pub async fn send_again(&mut self) -> Outcome<()> {
        match self.socket.as_mut() {
            Some(socket) if !self.last_frame.is_empty() => {
                socket.message(frame::TEXT, &self.last_frame).await
            }
            _ => Ok(()),
        }
    }

    /// Begins or ends the shift at `at` of the phone's clock; kept and repeated until answered.
    pub async fn shift(&mut self, on: bool, at: i64) -> Outcome<()> {
        let id = Uuid::new_v4();
        self.request(id, json!({"type": "shift", "id": id, "on": on, "at": at})).await
    }

    /// Sends a command about a job; kept and repeated until answered.
    pub async fn command(&mut self, job: &str, action: &str, version: i64, at: i64) -> Outcome<()> {
        let id = Uuid::new_v4();
        let request = json!({"type": "command", "id": id, "job": job, "action": action,
                             "version": version, "at": at});
        self.request(id, request).await
    }

    /// Whether requests wait for their answers.
    pub fn has_open_requests(&self) -> bool {
        !self.open_requests.is_empty()
    }

    async fn request(&mut self, id: Uuid, request: Value) -> Outcome<()> {
        let text = request.to_string();
        self.open_requests.push_back((id.to_string(), request));
        match self.socket.as_mut() {
            Some(socket) => socket.text(&text).await,
            None => Ok(()),
        }
    }

    /// The next thing the server says. An error means that the socket is gone.
    pub async fn next(&mut self) -> Outcome<Said> {
        let Some(socket) = self.socket.as_mut() else { return Err(Trouble::new("no socket is open")) };
        match socket.next().await {
            Ok((frame::CLOSE, payload)) => {
                self.socket = None;
                let (code, reason) = frame::close_code(&payload);
                Ok(Said::Closed(code, reason))
            }
            Ok((_, payload)) => Ok(self.hear(&payload)),
            Err(trouble) => {
                self.socket = None;
                Err(trouble)
            }
        }
    }

    fn hear(&mut self, payload: &[u8]) -> Said {
        match heard::read(payload) {
            Heard::Ack(ack) => {
                self.hear_rate(Some(u64::from(ack.ping_every_s)));
                let before = self.acked.len() + self.refused.len();
                let (acked, refused) = (&mut self.acked, &mut self.refused);
                self.session.on_ack(&ack, |queued, code| match code {
                    None => acked.push((queued.seq, queued.point.at)),
                    Some(code) => refused.push((queued.seq, code.to_owned())),
                });
                Said::Settled(self.acked.len() + self.refused.len() - before)
            }
            Heard::Other(value) => self.hear_other(value),
            Heard::Nonsense => Said::Note(json!({"type": "nonsense"})),
        }
    }

    fn hear_other(&mut self, value: Value) -> Said {
        let id = value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        match value.get("type").and_then(Value::as_str) {
            Some("result") => {
                let place = self.open_requests.iter().position(|(open, _)| *open == id);
                let request = place.and_then(|i| self.open_requests.remove(i)).map(|(_, request)| request);
                Said::Result { request: request.unwrap_or(Value::Null), answer: value }
            }
            Some("job") => Said::Job(value.get("job").cloned().unwrap_or(Value::Null)),
            Some("job_gone") => Said::Gone(id),
            _ => Said::Note(value),
        }
    }

    /// How many times each code was the reason of a refusal.
    pub fn refusals(&self) -> HashMap<&str, usize> {
        self.refused.iter().fold(HashMap::new(), |mut counts, (_, code)| {
            *counts.entry(code.as_str()).or_default() += 1;
            counts
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::client::point::Point;
    use crate::fake::{self, Memory};

    fn phone(memory: &Arc<Mutex<Memory>>) -> Phone {
        let session = Session::new(Uuid::new_v4(), Uuid::new_v4(), "first".into());
        Phone::new(fake::start(memory.clone()), Options::default(), session)
    }

    #[tokio::test]
    async fn points_survive_a_lost_socket_and_requests_are_repeated() {
        let memory = Arc::new(Mutex::new(Memory { drop_after: 1, ..Memory::default() }));
        let mut phone = phone(&memory);
        phone.shift(true, 1).await.unwrap();
        assert!(phone.has_open_requests());
        let said = phone.connect().await.unwrap();
        assert_eq!(said, Said::Welcome { shift: false, jobs: vec![] });
        assert!(matches!(phone.next().await.unwrap(), Said::Result { .. }));
        assert!(!phone.has_open_requests());
        for i in 0..700 {
            phone.session.push(Point::at(i, -34.9, -60.0), 0);
        }
        // The server drops the socket at the first frame; the second socket is served.
        let _ = phone.send_points().await;
        while phone.next().await.is_ok() {}
        assert!(!phone.is_open());
        memory.lock().unwrap().drop_after = 0;
        phone.connect().await.unwrap();
        phone.send_points().await.unwrap();
        while phone.session.waiting() > 0 {
            phone.next().await.unwrap();
        }
        assert_eq!(phone.acked.len(), 700);
        assert_eq!(memory.lock().unwrap().stored.len(), 700);
        assert_eq!(memory.lock().unwrap().hellos, ["first", "r"]);
        assert_eq!(phone.ping_every_s, 5);
        assert!(phone.session.violations.is_empty());
        // The same frame once more is acked and changes nothing.
        phone.send_again().await.unwrap();
        assert_eq!(phone.next().await.unwrap(), Said::Settled(0));
    }
}
