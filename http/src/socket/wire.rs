//! A connection seen from outside its actor.
//!
//! An actor whose peer does not read is not polled any more: it cannot end itself. What can is a second handle
//! on the connection: without linger, so that the unsent data does not stay in the kernel.

use std::any::Any;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use socket2::{SockRef, TcpKeepalive};

/// The descriptor of a connection, kept in its extensions by [`on_connect`].
struct Descriptor(RawFd);

/// Unacknowledged data and dead peers end a connection after this, above the Pong limit.
const USER_TIMEOUT: Duration = Duration::from_secs(60);

/// For `HttpServer::on_connect`: remembers the descriptor and has the kernel notice dead peers.
pub fn on_connect(connection: &dyn Any, data: &mut Extensions) {
    let tcp = connection
        .downcast_ref::<TcpStream>()
        .or_else(|| connection.downcast_ref::<TlsStream<TcpStream>>().map(|tls| tls.get_ref().0));
    if let Some(tcp) = tcp {
        data.insert(Descriptor(tcp.as_raw_fd()));
        let socket = SockRef::from(tcp);
        // Best effort: a kernel that refuses leaves the heartbeat to do it.
        let _ = socket.set_tcp_user_timeout(Some(USER_TIMEOUT));
        let _ = socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(USER_TIMEOUT));
        let _ = socket.set_tcp_nodelay(true);
    }
}

/// A second handle on a connection, for ending it.
pub struct Wire(OwnedFd);

impl Wire {
    /// The connection of this request.
    #[allow(unsafe_code, reason = "a raw descriptor is all that the connection's extensions can hold")]
    pub fn of(request: &HttpRequest) -> Option<Self> {
        let Descriptor(fd) = request.conn_data::<Descriptor>()?;
        // SAFETY: the connection is open while its request is handled, which is now; the duplicate is our own.
        let borrowed = unsafe { BorrowedFd::borrow_raw(*fd) };
        borrowed.try_clone_to_owned().ok().map(Self)
    }

    /// Ends the connection at once; the actor's `stopped()` then runs within milliseconds.
    pub fn cut(&self) {
        let socket = SockRef::from(&self.0);
        let _ = socket.set_linger(Some(Duration::ZERO));
        let _ = socket.shutdown(std::net::Shutdown::Both);
    }
}
