//! A small server that speaks the technician's side of the wire contract, for tests of the clients alone.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What the fake remembers.
#[derive(Debug, Default)]
pub struct Memory {
    /// Stored points: boot and `at`.
    pub stored: HashSet<(String, i64)>,
    /// Frames of type `pings` seen.
    pub frames: usize,
    /// Hellos seen, with their tokens.
    pub hellos: Vec<String>,
    /// After this many frames each socket is dropped without an ack, once; 0 never.
    pub drop_after: usize,
    /// Ack without storing.
    pub sabotage: bool,
}

/// Starts it; it ends with the process.
pub fn start(memory: Arc<Mutex<Memory>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let memory = memory.clone();
            std::thread::spawn(move || serve(stream, &memory));
        }
    });
    address
}

fn serve(mut stream: TcpStream, memory: &Mutex<Memory>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                  Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    stream.write_all(answer.as_bytes()).ok()?;
    let mut boot = String::new();
    loop {
        let frame: Value = serde_json::from_slice(&read_frame(&mut stream)?).ok()?;
        let answer = match frame["type"].as_str()? {
            "hello" => {
                boot = frame["boot"].as_str()?.to_owned();
                memory.lock().unwrap().hellos.push(frame["token"].as_str()?.to_owned());
                json!({"type":"welcome","resume":"r","server_time":0,"ping_every_s":5,"shift":false,"jobs":[]})
            }
            "pings" => {
                let mut memory = memory.lock().unwrap();
                memory.frames += 1;
                if memory.drop_after > 0 && memory.frames.is_multiple_of(memory.drop_after) {
                    return None;
                }
                let points = frame["points"].as_array()?;
                if !memory.sabotage {
                    memory.stored.extend(points.iter().map(|p| (boot.clone(), p["at"].as_i64().unwrap())));
                }
                let upto = frame["from"].as_u64()? + points.len() as u64 - 1;
                json!({"type":"ack","upto":upto,"rejected":[],"ping_every_s":5})
            }
            _ => json!({"type":"result","id":frame["id"],"ok":true,"version":1}),
        };
        let text = serde_json::to_vec(&answer).unwrap();
        let mut out = vec![0x81];
        match text.len() {
            n if n < 126 => out.push(n as u8),
            n => {
                out.push(126);
                out.extend((n as u16).to_be_bytes());
            }
        }
        out.extend(text);
        stream.write_all(&out).ok()?;
    }
}

fn read_frame(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = [0u8; 2];
    stream.read_exact(&mut head).ok()?;
    let mut length = usize::from(head[1] & 0x7f);
    if length == 126 {
        let mut wide = [0u8; 2];
        stream.read_exact(&mut wide).ok()?;
        length = usize::from(u16::from_be_bytes(wide));
    }
    let mut mask = [0u8; 4];
    stream.read_exact(&mut mask).ok()?;
    let mut payload = vec![0u8; length];
    stream.read_exact(&mut payload).ok()?;
    Some(payload.iter().zip(mask.iter().cycle()).map(|(b, k)| b ^ k).collect())
}
