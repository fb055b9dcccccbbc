//! A dispatcher's screen without a screen.

use std::net::SocketAddr;

use serde_json::{Value, json};
use uuid::Uuid;

use super::connect::Options;
use super::frame;
use super::socket::Socket;
use crate::error::{Outcome, Trouble};

/// One row of a `positions` frame; the fields the drivers look at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The technician.
    pub technician: Uuid,
    /// Latitude, degrees.
    pub lat: f64,
    /// Longitude, degrees.
    pub lon: f64,
    /// The fix's own time, Unix milliseconds.
    pub at: i64,
}

/// What a dispatcher's socket says.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// Positions, in either format.
    Positions(Vec<Row>),
    /// An event with the cursor behind it.
    Event(Value),
    /// `welcome`, `snapshot` and whatever else.
    Other(Value),
    /// The server closed with this code.
    Closed(u16, String),
}

/// An open dispatcher socket.
#[derive(Debug)]
pub struct Viewer {
    socket: Socket,
}

impl Viewer {
    /// Connects and says hello; `binary` asks for packed positions, `after` for what was missed since a cursor.
    pub async fn open(
        server: SocketAddr,
        token: &str,
        binary: bool,
        after: Option<&str>,
        options: Options,
    ) -> Outcome<Self> {
        let mut socket = Socket::open(server, "/ws/dispatch", options).await?;
        let mut hello = json!({"type": "hello", "token": token});
        if let Some(fields) = hello.as_object_mut() {
            if binary {
                fields.insert("format".into(), "binary".into());
            }
            if let Some(after) = after {
                fields.insert("after".into(), after.into());
            }
        }
        socket.text(&hello.to_string()).await?;
        Ok(Self { socket })
    }

    /// Limits `positions` to a box `[w, s, e, n]`, or asks for all.
    pub async fn view(&mut self, bounds: Option<[f64; 4]>) -> Outcome<()> {
        let view = match bounds {
            Some(bounds) => json!({"type": "view", "bounds": bounds}),
            None => json!({"type": "view"}),
        };
        self.socket.text(&view.to_string()).await
    }

    /// The next thing the server says.
    pub async fn next(&mut self) -> Outcome<Seen> {
        let (opcode, payload) = self.socket.next().await?;
        match opcode {
            frame::BINARY => binary_rows(&payload).map(Seen::Positions),
            frame::CLOSE => {
                let (code, reason) = frame::close_code(&payload);
                Ok(Seen::Closed(code, reason))
            }
            _ => text(&payload),
        }
    }
}

fn text(payload: &[u8]) -> Outcome<Seen> {
    let value: Value = serde_json::from_slice(payload)?;
    Ok(match value.get("type").and_then(Value::as_str) {
        Some("positions") => Seen::Positions(json_rows(&value)?),
        Some("event") => Seen::Event(value),
        _ => Seen::Other(value),
    })
}

fn json_rows(value: &Value) -> Outcome<Vec<Row>> {
    let rows = value.get("rows").and_then(Value::as_array).into_iter().flatten();
    rows.map(|row| {
        let field = |i: usize| row.get(i);
        Some(Row {
            technician: field(0)?.as_str()?.parse().ok()?,
            lat: field(1)?.as_f64()?,
            lon: field(2)?.as_f64()?,
            at: field(6)?.as_i64()?,
        })
    })
    .collect::<Option<Vec<_>>>()
    .ok_or_else(|| Trouble::new("a positions row that is not as the contract says"))
}

/// Reads a binary `positions` frame, version 1, kind 1, at least 40 bytes a row (later ones may append).
pub fn binary_rows(payload: &[u8]) -> Outcome<Vec<Row>> {
    let broken = || Trouble::new("a binary positions frame that is not as the contract says");
    let [1, 1, low, high, n0, n1, n2, n3, body @ ..] = payload else { return Err(broken()) };
    let size = usize::from(u16::from_le_bytes([*low, *high]));
    let count = u32::from_le_bytes([*n0, *n1, *n2, *n3]) as usize;
    let rows = body.get(8..).ok_or_else(broken)?;
    if size < 40 || rows.len() != count * size {
        return Err(broken());
    }
    rows.chunks_exact(size).map(|row| binary_row(row).ok_or_else(broken)).collect()
}

fn binary_row(row: &[u8]) -> Option<Row> {
    let (id, rest) = row.split_first_chunk::<16>()?;
    let (lat, rest) = rest.split_first_chunk::<4>()?;
    let (lon, rest) = rest.split_first_chunk::<4>()?;
    let at = rest.get(8..)?.first_chunk::<8>()?;
    Some(Row {
        technician: Uuid::from_bytes(*id),
        lat: f64::from(i32::from_le_bytes(*lat)) / 1e7,
        lon: f64::from(i32::from_le_bytes(*lon)) / 1e7,
        at: i64::from_le_bytes(*at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_say_the_same() {
        let id = Uuid::from_u128(7);
        let want = Row { technician: id, lat: -34.9, lon: -60.0, at: 1_732_400_000_123 };
        let json = json!({"type":"positions","at":1,"rows":[[id, -34.9, -60.0, 1.5, null, 5, 1_732_400_000_123i64]]});
        assert_eq!(text(json.to_string().as_bytes()).unwrap(), Seen::Positions(vec![want]));
        let mut bytes = vec![1, 1, 40, 0, 1, 0, 0, 0];
        bytes.extend(9i64.to_le_bytes());
        bytes.extend(id.as_bytes());
        bytes.extend((-349_000_000i32).to_le_bytes());
        bytes.extend((-600_000_000i32).to_le_bytes());
        bytes.extend([0xff; 6]);
        bytes.extend([0, 0]);
        bytes.extend(1_732_400_000_123i64.to_le_bytes());
        assert_eq!(binary_rows(&bytes).unwrap(), vec![want]);
        bytes.pop();
        assert!(binary_rows(&bytes).is_err());
    }
}
