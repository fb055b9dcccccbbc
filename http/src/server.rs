//! The server: what it opens, in which order, and how it ends.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App as Web, HttpServer};
use campo_engine::Engine;
use campo_engine::auth::keys::Keys;
use campo_engine::auth::rotation;
use campo_engine::demo;
use campo_engine::live::Live;
use campo_engine::maps::Maps;
use campo_engine::message::DemoInbox;

use crate::app::App;
use crate::config::Config;
use crate::crew::{self, Crew};
use crate::database::Database;
use crate::tls::Tls;
use crate::{asked, chores, cli, headers, metrics, request, routes, secret, socket};

/// Seconds that open requests have at the end.
const LAST_WORDS_S: u64 = 5;
/// How long queries have that are still running.
const LAST_QUERY: Duration = Duration::from_secs(5);
/// Sockets of phones are mostly idle: far above what two cores serve.
const CONNECTIONS_PER_WORKER: usize = 20_000;

/// What a server is told.
#[derive(Debug, Clone)]
pub struct Orders {
    /// What the operator decided.
    pub config: Arc<Config>,
    /// Whether to make and show the demonstration.
    pub demo: bool,
}

/// A server that listens.
pub struct Ready {
    /// The address it took.
    pub address: SocketAddr,
    /// The admin listener's.
    pub admin: Option<SocketAddr>,
    /// What its handlers share.
    pub app: App,
}

/// Serves until `stop` is done. Says `ready` once it listens.
pub async fn run(
    orders: Orders,
    database: &Database,
    ready: impl FnOnce(&Ready),
    stop: impl Future<Output = ()>,
) -> Result<(), String> {
    metrics::install();
    let config = &orders.config;
    let tls = Tls::of_files(config)?;
    let public = listen("CAMPO_LISTEN", config.listen)?;
    // Taken before anything else is begun: a port that is not ours ends the start.
    let challenges = match config.acme.acme_domains.0.is_empty() {
        true => None,
        false => Some(listen("CAMPO_ACME_HTTP_LISTEN", config.acme.acme_http_listen)?),
    };
    let admin = config.admin_listen.map(|a| listen("CAMPO_ADMIN_LISTEN", a)).transpose()?;
    let taken = database.migrate().await?;
    if taken > 0 {
        tracing::info!(migrations = taken, "the database was brought to the present form");
    }
    let keys = Keys::derive(&secret::load_or_make(&config.secret_path())?).map_err(|e| cli::words(&e))?;
    let (live, events) = Live::channel();
    let address = public.local_addr().map_err(|e| e.to_string())?;
    let public_url = config.public_url_for(address);
    let mut engine = Engine::new(database.open(live), keys, config.settings(address))
        .map_err(|e| format!("cannot start: {e}"))?;
    engine.maps = Maps::of(config.map_path());
    rotation::follow(&engine.db, &engine.keys).await.map_err(|e| cli::words(&e))?;
    chores::look_for_a_map(&engine).await;
    if orders.demo {
        engine.inbox = Some(DemoInbox::default());
        demo::found(&engine.db).await.map_err(|e| cli::words(&e))?;
    }
    if !engine.can_send_codes() {
        tracing::warn!(
            "no provider of messages is configured: codes cannot be sent, nobody can sign in by one (campo doctor says what is missing)"
        );
    }
    let chores = chores::start(&engine).await?;

    let crew = Crew::start(engine.clone(), &public_url, workers());
    tokio::spawn(crew::route_events(crew.registry.clone(), events));
    let tls = tls.with_acme(config, &public_url, engine.calls.client());
    let app = App::new(engine, crew.registry.clone(), config.clone(), &public_url, orders.demo).with_tls(tls);
    tokio::spawn(app.sockets.clone().watch_logins(app.engine.clone()));
    tokio::spawn(app.sockets.clone().pass_on(app.engine.clone()));
    tokio::spawn(app.sockets.clone().note_looks(app.engine.clone()));
    let is = Ready { address, admin: admin.as_ref().and_then(|a| a.local_addr().ok()), app: app.clone() };
    let (server, handle) = open(public, app.clone(), false)?;
    let door = app.tls.begin(challenges)?;
    let admin = match admin {
        Some(listener) => {
            let (server, handle) = open(listener, app.clone(), true)?;
            // Unpolled it would serve, but never hear that it is to stop.
            actix_web::rt::spawn(server);
            Some(handle)
        }
        None => None,
    };
    if config.redis_url.is_some() {
        tracing::warn!("REDIS_URL is set, but this version's fan-out stays in one process");
    }
    tracing::info!(url = %app.public_url, %address, "listening");
    ready(&is);

    // On actix's own system: its workers are arbiters then, on which actors can live.
    let server = actix_web::rt::spawn(server);
    tokio::select! {
        () = stop => tracing::info!("ending"),
        () = chores.restored() => {
            tracing::error!("the data were restored from a backup under this server: it ends, and begins anew when it is started");
        }
    }
    crew.farewell(&app).await;
    handle.stop(true).await;
    for handle in admin.iter().chain(&door) {
        handle.stop(false).await;
    }
    let _ = server.await;
    chores.stop().await;
    if tokio::time::timeout(LAST_QUERY, app.engine.db.close()).await.is_err() {
        tracing::warn!("a query did not end in time");
    }
    crew.end();
    Ok(())
}

/// Waits for SIGINT or SIGTERM.
pub async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = term.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

fn listen(name: &str, address: SocketAddr) -> Result<TcpListener, String> {
    let listener =
        TcpListener::bind(address).map_err(|e| format!("{name}: cannot listen on {address}: {e}"))?;
    listener.set_nonblocking(true).map_err(|e| e.to_string())?;
    Ok(listener)
}

type Running = std::pin::Pin<Box<dyn Future<Output = std::io::Result<()>> + Send>>;

/// Starts the workers of one listener.
fn open(listener: TcpListener, app: App, is_admin: bool) -> Result<(Running, ServerHandle), String> {
    let (url, tiles) = (app.public_url.clone(), app.config.tiles_origins());
    let files = app.engine.files.shelf.origin();
    let certificate = app.tls.certificate.clone();
    let server = HttpServer::new(move || {
        Web::new()
            .app_data(Data::new(app.clone()))
            .wrap(headers::problems())
            .wrap(headers::security(&url, &tiles, files.as_deref()))
            .wrap(from_fn(asked::note))
            .wrap(from_fn(request::named))
            .configure(if is_admin { routes::configure_admin } else { routes::configure })
    })
    .on_connect(socket::on_connect)
    .workers(if is_admin { 1 } else { workers() })
    .max_connections(CONNECTIONS_PER_WORKER)
    .shutdown_timeout(LAST_WORDS_S)
    .disable_signals();
    let bound = match certificate {
        Some(certificate) if !is_admin => server.listen_rustls_0_23(listener, certificate.config()?),
        _ => server.listen(listener),
    };
    let server = bound.map_err(|e| format!("cannot serve: {e}"))?.run();
    let handle = server.handle();
    Ok((Box::pin(server), handle))
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}
