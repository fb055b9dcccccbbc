//! An asynchronous socket: whole messages in and out, pings answered on the way.

use std::collections::VecDeque;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::connect::{self, Options};
use super::frame::{self, Decoder, Message};
use crate::error::{Outcome, Trouble};

/// One open WebSocket. `next` is cancel safe: what was read or is half written stays here.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    decoder: Decoder,
    inbox: VecDeque<Message>,
    out: Vec<u8>,
    chunk: Vec<u8>,
    mask: u32,
}

impl Socket {
    /// Connects and upgrades.
    pub async fn open(server: SocketAddr, path: &str, options: Options) -> Outcome<Self> {
        let path = path.to_owned();
        let open = tokio::task::spawn_blocking(move || connect::open(server, &path, options));
        let (stream, behind) = open.await.map_err(|e| Trouble::new(e.to_string()))??;
        stream.set_nonblocking(true)?;
        let mut socket = Self {
            stream: TcpStream::from_std(stream)?,
            decoder: Decoder::default(),
            inbox: VecDeque::new(),
            out: Vec::new(),
            chunk: vec![0; 64 << 10],
            mask: std::process::id() | 1,
        };
        socket.take(&behind)?;
        Ok(socket)
    }

    /// Sends one text message.
    pub async fn text(&mut self, text: &str) -> Outcome<()> {
        self.message(frame::TEXT, text.as_bytes()).await
    }

    /// Sends one whole message of any opcode.
    pub async fn message(&mut self, opcode: u8, payload: &[u8]) -> Outcome<()> {
        let mask = self.next_mask();
        frame::encode(opcode, payload, mask, &mut self.out);
        self.flush().await
    }

    /// Sends bytes as they are: for frames no polite client makes.
    pub async fn raw(&mut self, bytes: &[u8]) -> Outcome<()> {
        self.out.extend_from_slice(bytes);
        self.flush().await
    }

    /// The next message that is no ping or pong. Pings are answered here: a dispatcher's credit is its pong.
    pub async fn next(&mut self) -> Outcome<Message> {
        loop {
            self.flush().await?;
            while let Some((opcode, payload)) = self.inbox.pop_front() {
                match opcode {
                    frame::PING => {
                        let mask = self.next_mask();
                        frame::encode(frame::PONG, &payload, mask, &mut self.out);
                    }
                    frame::PONG => {}
                    _ => {
                        self.flush().await?;
                        return Ok((opcode, payload));
                    }
                }
            }
            if self.out.is_empty() {
                self.fill().await?;
            }
        }
    }

    async fn fill(&mut self) -> Outcome<()> {
        let n = self.stream.read(&mut self.chunk).await?;
        if n == 0 {
            return Err(Trouble::new("the server closed the connection"));
        }
        let chunk = std::mem::take(&mut self.chunk);
        let taken = self.take(chunk.get(..n).unwrap_or_default());
        self.chunk = chunk;
        taken
    }

    fn take(&mut self, bytes: &[u8]) -> Outcome<()> {
        let inbox = &mut self.inbox;
        self.decoder.feed(bytes, |opcode, payload| inbox.push_back((opcode, payload.to_vec())))
    }

    async fn flush(&mut self) -> Outcome<()> {
        while !self.out.is_empty() {
            let n = self.stream.write(&self.out).await?;
            self.out.drain(..n);
        }
        Ok(())
    }

    fn next_mask(&mut self) -> [u8; 4] {
        self.mask = self.mask.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.mask.to_be_bytes()
    }
}
