//! A provider's door: plain and TLS, with its script of faults in front and the ledger behind.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::fault::{Fault, Kind, Script};
use super::ledger::{Entry, Ledger};
use super::wire::{self, Reply, Request};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// Faults that are whole answers.
const ANSWERING: [Kind; 3] = [Kind::Busy, Kind::Broken, Kind::InsufficientQuota];

/// A company that is played.
pub trait Fake: Send + Sync {
    /// The service, as settings and metrics spell it.
    fn name(&self) -> &'static str;
    /// Writes down what is asked: key, addressee, kind, body. Nothing takes effect.
    fn note(&self, request: &Request, entry: &mut Entry);
    /// Does what is asked, or refuses it as the real one would. What takes effect is written into the entry.
    fn answer(&self, request: &Request, entry: &mut Entry) -> Reply;
    /// The service's own words for a scripted 429 or 500.
    fn excuse(&self, fault: &Fault) -> Reply;
}

/// A port that stays ours while nobody listens on it: then connections are really refused.
#[derive(Debug)]
pub struct Port {
    address: SocketAddr,
    _held: Socket,
}

impl Port {
    /// Takes this port (0: any).
    ///
    /// # Errors
    /// Where somebody has it.
    pub fn take(ip: IpAddr, port: u16) -> io::Result<Self> {
        let held = bound(SocketAddr::new(ip, port))?;
        let address = held.local_addr()?.as_socket().ok_or_else(|| io::Error::other("no address"))?;
        Ok(Self { address, _held: held })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Begins to listen.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn listen(&self) -> io::Result<TcpListener> {
        let socket = bound(self.address)?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        TcpListener::from_std(socket.into())
    }
}

fn bound(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    // Two sockets of ours on one port: the one that holds it, and the one that listens.
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

/// How long nobody listens; `None` while somebody does.
pub type Closed = watch::Sender<Option<Duration>>;

/// Listens on `port` from now on and hands connections on; while `closed` says so nobody listens.
///
/// # Errors
/// Those of the operating system, at the first time.
pub fn accept<F, R>(port: Arc<Port>, closed: &Closed, mut each: F) -> io::Result<()>
where
    F: FnMut(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let mut shut = closed.subscribe();
    let mut first = Some(port.listen()?);
    tokio::spawn(async move {
        loop {
            let again = match first.take() {
                Some(listener) => Ok(listener),
                None => port.listen(),
            };
            let Ok(listener) = again else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            until_closed(&listener, &mut shut, &mut each).await;
            drop(listener);
            let time = *shut.borrow_and_update();
            tokio::time::sleep(time.unwrap_or_default()).await;
        }
    });
    Ok(())
}

async fn until_closed<F, R>(
    listener: &TcpListener,
    shut: &mut watch::Receiver<Option<Duration>>,
    each: &mut F,
) where
    F: FnMut(TcpStream) -> R,
    R: Future<Output = ()> + Send + 'static,
{
    let mut can_close = true;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                tokio::spawn(each(stream));
            }
            changed = shut.changed(), if can_close => match changed {
                Ok(()) => return,
                // Nobody is left to close it.
                Err(_) => can_close = false,
            },
        }
    }
}

/// One service with its two ports.
pub struct Door {
    /// Who answers.
    pub fake: Arc<dyn Fake>,
    /// What goes wrong.
    pub script: Script,
    ledger: Option<Arc<Ledger>>,
    closed: Closed,
    plain: Arc<Port>,
    tls: Arc<Port>,
}

/// Both sides of TLS.
#[derive(Clone)]
pub struct Certificates {
    /// Trusted by who trusts the fakes.
    pub right: TlsAcceptor,
    /// For somebody else.
    pub wrong: TlsAcceptor,
}

impl Door {
    /// Takes the ports and begins to serve.
    ///
    /// # Errors
    /// Where a port is taken.
    pub fn open(
        fake: Arc<dyn Fake>,
        ledger: Option<Arc<Ledger>>,
        ip: IpAddr,
        ports: (u16, u16),
        certificates: Certificates,
    ) -> io::Result<Arc<Self>> {
        let seed = fake.name().bytes().fold(7, |a: u64, b| a.wrapping_mul(31).wrapping_add(u64::from(b)));
        let door = Arc::new(Self {
            fake,
            script: Script::new(seed),
            ledger,
            closed: watch::channel(None).0,
            plain: Arc::new(Port::take(ip, ports.0)?),
            tls: Arc::new(Port::take(ip, ports.1)?),
        });
        let this = door.clone();
        accept(door.plain.clone(), &door.closed, move |stream| this.clone().plain_connection(stream))?;
        let this = door.clone();
        accept(door.tls.clone(), &door.closed, move |stream| {
            this.clone().tls_connection(stream, certificates.clone())
        })?;
        Ok(door)
    }

    /// `http://..`
    pub fn url(&self) -> String {
        format!("http://{}", self.plain.address())
    }

    /// `https://..`
    pub fn tls_url(&self) -> String {
        format!("https://{}", self.tls.address())
    }

    /// Adds a fault to the script; a refusal begins at once.
    pub fn fault(&self, fault: Fault) {
        if fault.kind == Kind::Refuse {
            let _ = self.closed.send(Some(Duration::from_secs_f64(fault.seconds.clamp(0.0, 3_600.0))));
        } else {
            self.script.add(fault);
        }
    }

    async fn plain_connection(self: Arc<Self>, stream: TcpStream) {
        self.connection(stream, "http").await;
    }

    async fn tls_connection(self: Arc<Self>, stream: TcpStream, certificates: Certificates) {
        let wrong = self.script.shows_wrong_certificate();
        let acceptor = if wrong { &certificates.wrong } else { &certificates.right };
        // A client that does not like the certificate ends it here: as it should.
        if let Ok(stream) = acceptor.accept(stream).await {
            self.connection(stream, "https").await;
        }
    }

    async fn connection<S: Wire>(&self, stream: S, scheme: &str) {
        let mut stream = BufReader::new(stream);
        let mut closed = self.closed.subscribe();
        loop {
            let read = tokio::select! {
                read = wire::read(&mut stream, scheme) => read,
                _ = closed.changed() => return,
            };
            let Ok(Some(request)) = read else { return };
            if !self.serve(&mut stream, &request).await {
                return;
            }
        }
    }

    /// One request; whether the connection lives on.
    async fn serve<S: Wire>(&self, stream: &mut BufReader<S>, request: &Request) -> bool {
        let mut entry = Entry {
            service: self.fake.name(),
            request: format!("{} {}", request.method, request.path),
            ..Entry::default()
        };
        self.fake.note(request, &mut entry);
        if let Some(ledger) = &self.ledger {
            entry.n = ledger.open(entry.clone());
        }
        let fault = self.script.strikes(&request.path, entry.key.as_deref());
        entry.fault = fault.as_ref().map(|f| f.kind.as_str());
        let reply = match &fault {
            Some(fault) if !fault.takes_effect() => self.fake.excuse(fault),
            _ => self.fake.answer(request, &mut entry),
        };
        let whole = fault.as_ref().is_none_or(|f| ANSWERING.contains(&f.kind));
        entry.answered = whole;
        entry.status = if whole { reply.status } else { 0 };
        // Before the answer leaves: who has it may look here at once.
        self.close(entry.clone());
        let goes_on = match &fault {
            None => written(stream, &reply).await,
            Some(fault) => self.go_wrong(stream, fault, &reply).await,
        };
        if !(whole && goes_on) {
            self.close(Entry { answered: false, status: 0, ..entry });
        }
        goes_on
    }

    fn close(&self, entry: Entry) {
        if let Some(ledger) = &self.ledger {
            ledger.close(entry);
        }
    }

    async fn go_wrong<S: Wire>(&self, stream: &mut BufReader<S>, fault: &Fault, reply: &Reply) -> bool {
        match fault.kind {
            Kind::Reset => {
                stream.get_ref().reset_at_close();
                false
            }
            Kind::Stall => {
                let mut byte = [0];
                // A client that gives up earlier ends it.
                let _ = tokio::time::timeout(fault.hangs(), stream.read(&mut byte)).await;
                false
            }
            Kind::Truncate => {
                let half = reply.body.get(..reply.body.len() / 2).unwrap_or_default();
                let _ = stream.get_mut().write_all(reply.head().as_bytes()).await;
                let _ = stream.get_mut().write_all(half).await;
                let _ = stream.get_mut().shutdown().await;
                false
            }
            Kind::Html => {
                let page = "<!doctype html><title>Sorry</title><h1>Something went wrong</h1>";
                written(stream, &Reply::bytes(200, "text/html", page)).await
            }
            Kind::Busy | Kind::Broken | Kind::InsufficientQuota => {
                let reply = if fault.takes_effect() { &self.fake.excuse(fault) } else { reply };
                match fault.retry_after {
                    Some(wait) => written(stream, &reply.clone().with("Retry-After", wait.to_string())).await,
                    None => written(stream, reply).await,
                }
            }
            Kind::Refuse | Kind::WrongCertificate => written(stream, reply).await,
        }
    }
}

async fn written<S: Wire>(stream: &mut BufReader<S>, reply: &Reply) -> bool {
    let bytes = [reply.head().as_bytes(), &reply.body].concat();
    let stream = stream.get_mut();
    stream.write_all(&bytes).await.is_ok() && stream.flush().await.is_ok()
}

/// A connection that can be reset.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    /// Its end will be an RST.
    fn reset_at_close(&self);
}

impl Wire for TcpStream {
    fn reset_at_close(&self) {
        let _ = SockRef::from(self).set_linger(Some(Duration::ZERO));
    }
}

impl Wire for TlsStream<TcpStream> {
    fn reset_at_close(&self) {
        self.get_ref().0.reset_at_close();
    }
}
