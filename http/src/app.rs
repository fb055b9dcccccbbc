//! What every handler shares.

use std::sync::Arc;

use campo_actors::registry::Registry;
use campo_engine::Engine;
use campo_engine::jobs::Links;

use crate::config::Config;
use crate::limit::Limits;
use crate::socket::Sockets;
use crate::tls::Tls;

/// What every handler shares. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// What is decided and remembered.
    pub engine: Engine,
    /// The actors of this process.
    pub registry: Registry,
    /// The open sockets of this process.
    pub sockets: Sockets,
    /// What the operator decided.
    pub config: Arc<Config>,
    /// What links are made of, without a slash at the end.
    pub public_url: Arc<str>,
    /// How often somebody may try.
    pub limits: Arc<Limits>,
    /// What the listener shows, and where that comes from.
    pub tls: Tls,
}

impl App {
    /// Puts the parts together.
    pub fn new(
        engine: Engine,
        registry: Registry,
        config: Arc<Config>,
        public_url: &str,
        demo: bool,
    ) -> Self {
        Self {
            engine,
            registry,
            sockets: Sockets::default(),
            config,
            public_url: public_url.into(),
            limits: Arc::new(Limits::new(demo)),
            tls: Tls::default(),
        }
    }

    /// With the certificate that the listener shows.
    #[must_use]
    pub fn with_tls(self, tls: Tls) -> Self {
        Self { tls, ..self }
    }

    /// Makes customers' links.
    pub fn links(&self) -> Links {
        Links::new(self.engine.keys.clone(), &self.public_url).with_files(self.engine.files.links.clone())
    }

    /// Whether browsers reach this server by TLS: cookies are Secure then.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}
