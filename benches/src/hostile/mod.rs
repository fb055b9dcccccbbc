//! `campo-bench hostile`: frames that no polite client sends, beside a good neighbour that must not notice.

mod cases;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Args as ClapArgs;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;

use crate::client::connect::Options;
use crate::client::frame;
use crate::client::phone::{Phone, Said};
use crate::client::point::Point;
use crate::client::session::Session;
use crate::client::socket::Socket;
use crate::clock::now_ms;
use crate::error::{Outcome, Trouble};
use crate::target::{self, Target};
use crate::{proc, say};

use cases::{Case, Follows, When};

/// How long the server may take to answer an attack; `hello` alone has 5 s.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The neighbour's longest wait for an ack.
const NEIGHBOUR_MS: u64 = 3_000;
/// What all attacks together may add to the server's memory.
const MEMORY: u64 = 64 << 20;

/// What to do.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// The server
    #[command(flatten)]
    pub target: Target,
}

/// The command.
pub async fn run(args: &Args) -> Outcome<bool> {
    let stage = args.target.open("hostile")?;
    let office = args.target.office(&stage).await?;
    office.technicians(2, target::fresh_phones()).await?;
    let tokens = stage.campo.technicians(office.org()).await?;
    let [attacker, neighbour, ..] = tokens.as_slice() else {
        return Err(Trouble::new("two technicians are needed"));
    };
    let (stopper, stop) = watch::channel(false);
    let slowest = Arc::new(AtomicU64::new(0));
    let good = tokio::spawn(good_neighbour(stage.address, neighbour.token.clone(), stop, slowest.clone()));
    let before = proc::resident_bytes(stage.pid());
    let mut failed = 0;
    for case in cases::all(now_ms()) {
        let took = attack(stage.address, &attacker.token, &case).await;
        match &took {
            Ok(()) => say!("ok       {}: {:?}", case.name, case.follows),
            Err(trouble) => {
                failed += 1;
                say!("FAILED   {}: wanted {:?}: {trouble}", case.name, case.follows);
            }
        }
    }
    let grown = proc::resident_bytes(stage.pid()).saturating_sub(before);
    let _ = stopper.send(true);
    let acked = good.await.map_err(|e| Trouble::new(e.to_string()))??;
    let slowest = slowest.load(Ordering::Relaxed);
    say!(
        "neighbour {acked} points acked, slowest {slowest} ms; server grew by {:.1} MB; {failed} cases failed",
        grown as f64 / 1e6
    );
    Ok(failed == 0 && acked > 0 && slowest <= NEIGHBOUR_MS && grown <= MEMORY)
}

/// A phone that sends a point every 200 ms on one socket and is acked each time.
async fn good_neighbour(
    server: SocketAddr,
    token: String,
    stop: watch::Receiver<bool>,
    slowest: Arc<AtomicU64>,
) -> Outcome<usize> {
    let mut phone =
        Phone::new(server, Options::default(), Session::new(Uuid::new_v4(), Uuid::new_v4(), token));
    let Said::Welcome { shift, .. } = phone.connect().await? else { return Err(Trouble::new("no welcome")) };
    if !shift {
        let at = phone.now() - 1_000;
        phone.shift(true, at).await?;
    }
    while !*stop.borrow() {
        let began = Instant::now();
        let now = phone.now();
        phone.session.push(Point::at(now, -34.9, -60.0), 0);
        phone.send_points().await?;
        while phone.session.waiting() > 0 {
            let said = timeout(ANSWER_WITHIN, phone.next()).await;
            let said = said.map_err(|_| Trouble::new("the neighbour got no ack"))??;
            if let Said::Closed(code, reason) = said {
                return Err(Trouble::new(format!("the neighbour was closed with {code} {reason}")));
            }
        }
        slowest.fetch_max(began.elapsed().as_millis() as u64, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(phone.acked.len())
}

/// A fresh socket, the bytes, and whether what follows is what must.
async fn attack(server: SocketAddr, token: &str, case: &Case) -> Outcome<()> {
    let mut socket = Socket::open(server, "/ws/technician", Options::default()).await?;
    if case.when == When::After {
        sign_in(&mut socket, token).await?;
    }
    // The server may close while these bytes are still being written: what it says decides.
    let _ = socket.raw(&case.bytes).await;
    timeout(ANSWER_WITHIN, follows(&mut socket, case.follows))
        .await
        .map_err(|_| Trouble::new("nothing followed in 10 s"))?
}

async fn sign_in(socket: &mut Socket, token: &str) -> Outcome<()> {
    let hello = json!({"type": "hello", "token": token, "device": Uuid::new_v4(), "boot": Uuid::new_v4(),
                       "app": "campo-bench/hostile", "now": now_ms()});
    socket.text(&hello.to_string()).await?;
    let welcome = said(socket).await?;
    if welcome.get("shift").and_then(Value::as_bool) != Some(true) {
        let on = json!({"type": "shift", "id": Uuid::new_v4(), "on": true, "at": now_ms() - 60_000});
        socket.text(&on.to_string()).await?;
        said(socket).await?;
    }
    Ok(())
}

/// The next text, as JSON; a close is an error here.
async fn said(socket: &mut Socket) -> Outcome<Value> {
    let (opcode, payload) =
        timeout(ANSWER_WITHIN, socket.next()).await.map_err(|_| Trouble::new("no answer"))??;
    if opcode == frame::CLOSE {
        let (code, reason) = frame::close_code(&payload);
        return Err(Trouble::new(format!("closed with {code} {reason}")));
    }
    Ok(serde_json::from_slice(&payload)?)
}

async fn follows(socket: &mut Socket, wanted: Follows) -> Outcome<()> {
    match wanted {
        Follows::Closes(code) => closes(socket, code).await,
        Follows::Errors(count) => {
            for _ in 0..count {
                until(socket, "error", |_| true).await?;
            }
            lives(socket).await
        }
        Follows::Rejects(code) => {
            let named = |frame: &Value| {
                let rejected = frame.get("rejected").and_then(Value::as_array).into_iter().flatten();
                rejected.into_iter().any(|r| r.get("code").and_then(Value::as_str) == Some(code))
            };
            until(socket, "ack", named).await?;
            lives(socket).await
        }
    }
}

async fn closes(socket: &mut Socket, wanted: u16) -> Outcome<()> {
    loop {
        let (opcode, payload) = socket.next().await?;
        if opcode == frame::CLOSE {
            let (code, reason) = frame::close_code(&payload);
            return if code == wanted {
                Ok(())
            } else {
                Err(Trouble::new(format!("closed with {code} {reason}")))
            };
        }
    }
}

/// Reads until a frame of this type that fits.
async fn until(socket: &mut Socket, kind: &str, fits: impl Fn(&Value) -> bool) -> Outcome<()> {
    loop {
        let frame = said(socket).await?;
        if frame.get("type").and_then(Value::as_str) == Some(kind) && fits(&frame) {
            return Ok(());
        }
    }
}

/// A good point is still acked on the same socket.
async fn lives(socket: &mut Socket) -> Outcome<()> {
    let now = now_ms();
    let good = json!({"type": "pings", "from": 2, "now": now,
                      "points": [{"at": now, "lat": -34.9, "lon": -60.0, "accuracy_m": 5}]});
    socket.text(&good.to_string()).await?;
    // Number 1 may have been refused as a frame, so the first good one may begin at 2: all below is settled.
    until(socket, "ack", |ack| ack.get("upto").and_then(Value::as_u64) >= Some(2)).await
}
