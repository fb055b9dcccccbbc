//! Opening a socket: address, source, options, and the upgrade.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::error::{Outcome, Trouble};

/// The RFC's own sample key and the answer it must get: a client that is no browser needs no fresh one.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ANSWER: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// A handshake on loopback that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a socket is opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Last octet(s) of the 127.0.0.0/8 source, so that thousands of sockets do not share one port range.
    pub source: Option<Ipv4Addr>,
    /// Receive buffer in bytes; small ones make a stalled viewer felt soon.
    pub receive_buffer: Option<usize>,
}

/// The source address of the `n`th socket: 250 addresses, ports enough for each.
pub fn source(n: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, (n / 250 % 250) as u8, 2 + (n % 250) as u8)
}

/// Host and port of an `http://` address, resolved to loopback where it is a name.
pub fn address(url: &str) -> Outcome<SocketAddr> {
    let host = url.trim_end_matches('/').strip_prefix("http://").unwrap_or(url);
    let host = host.split('/').next().unwrap_or(host).replace("localhost", "127.0.0.1");
    let host = if host.contains(':') { host } else { format!("{host}:80") };
    host.parse().map_err(|_| Trouble::new(format!("{url} is not an http:// address with an IP and a port")))
}

/// Opens a blocking socket and upgrades `path`. Bytes that came behind the handshake's answer are returned.
pub fn open(server: SocketAddr, path: &str, options: Options) -> Outcome<(TcpStream, Vec<u8>)> {
    let mut stream = dial(server, options)?;
    let behind = upgrade(&mut stream, server, path)?;
    stream.set_read_timeout(None)?;
    stream.set_write_timeout(None)?;
    Ok((stream, behind))
}

/// Opens a blocking TCP connection with our options, without upgrade.
pub fn dial(server: SocketAddr, options: Options) -> Outcome<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    // Without it thousands of closed sockets stay in TIME_WAIT and the next run crawls.
    socket.set_linger(Some(Duration::ZERO))?;
    socket.set_tcp_nodelay(true)?;
    if let Some(bytes) = options.receive_buffer {
        socket.set_recv_buffer_size(bytes)?;
    }
    if let Some(from) = options.source.filter(|_| server.ip().is_loopback()) {
        socket.bind(&SocketAddr::new(IpAddr::V4(from), 0).into())?;
    }
    socket.connect_timeout(&server.into(), PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok(socket.into())
}

fn upgrade(stream: &mut TcpStream, server: SocketAddr, path: &str) -> Outcome<Vec<u8>> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut got = Vec::new();
    let mut chunk = [0u8; 2048];
    loop {
        let n = stream.read(&mut chunk)?;
        got.extend_from_slice(chunk.get(..n).unwrap_or_default());
        if let Some(end) = got.windows(4).position(|w| w == b"\r\n\r\n") {
            let behind = got.split_off(end + 4);
            return check(&got).map(|()| behind);
        }
        if n == 0 || got.len() > 16_384 {
            return Err(Trouble::new(format!("{path}: the server ended the handshake")));
        }
    }
}

fn check(head: &[u8]) -> Outcome<()> {
    let head = String::from_utf8_lossy(head);
    let status = head.lines().next().unwrap_or_default();
    let accepted = head
        .lines()
        .filter_map(|l| l.split_once(':'))
        .any(|(name, value)| name.eq_ignore_ascii_case("sec-websocket-accept") && value.trim() == ANSWER);
    if status.contains(" 101 ") && accepted {
        return Ok(());
    }
    Err(Trouble::new(format!("no upgrade: {status}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses() {
        assert_eq!(address("http://127.0.0.1:8080/").unwrap().port(), 8080);
        assert_eq!(address("http://localhost:81/x").unwrap().to_string(), "127.0.0.1:81");
        assert!(address("https://example.com").is_err());
        assert_eq!(source(251), Ipv4Addr::new(127, 0, 1, 3));
    }

    #[test]
    fn wants_the_right_answer() {
        let good = format!("HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: {ANSWER}\r\n\r\n");
        assert!(check(good.as_bytes()).is_ok());
        assert!(check(b"HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: x\r\n\r\n").is_err());
        assert!(check(b"HTTP/1.1 403 Forbidden\r\n\r\n").is_err());
    }
}
