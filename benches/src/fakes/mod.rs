//! `campo-bench fakes`: Meta, Twilio, OpenAI, SMTP, push and road services that speak the true protocols, refuse what
//! the real ones refuse, fail as scripted, and keep a ledger.
//!
//! | room | what it is |
//! | --- | --- |
//! | [`door`], [`wire`], [`tls`] | ports, HTTP by hand, certificates |
//! | [`fault`], [`ledger`] | what goes wrong; what was asked and what came of it |
//! | [`meta`], [`twilio`], [`openai`], [`smtp`], [`push`], [`roads`], [`sink`] | one company each |
//! | [`phones`], [`post`] | what customers see; webhooks that leave |
//! | [`control`] | all of it by HTTP, and the phones' page |

pub mod common;
pub mod connect;
pub mod control;
pub mod door;
pub mod fault;
pub mod ledger;
pub mod meta;
mod multipart;
mod notes;
pub mod openai;
pub mod phones;
pub mod post;
pub mod push;
pub mod roads;
pub mod sink;
pub mod smtp;
#[cfg(test)]
mod tests;
pub mod tls;
pub mod twilio;
pub mod wire;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use clap::Args as ClapArgs;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::error::{Outcome, Trouble};
use crate::say;
use crate::target::Target;
use common::Common;
use control::Control;
use door::{Certificates, Door, Fake, Port};
use fault::Fault;
use ledger::{Entry, Sums};
use meta::{Hooks, Meta};
use openai::OpenAi;
use push::Push;
use roads::Roads;
use smtp::Smtp;
use twilio::Twilio;

/// `campo-bench fakes`: prints one JSON line with every address, then serves until it is ended.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Where the control listens; the services take the ports above it (0: any)
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Where links of templates lead: the server's public URL
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub links: String,
    /// Connects the number and the webhook of this server (`--url`) when it is ready
    #[command(flatten)]
    pub target: Target,
    /// Signs Meta's webhooks
    #[arg(long, default_value = "fake-app-secret")]
    pub app_secret: String,
    /// Writes the certificate of the TLS ports here (PEM), for `CAMPO_EXTRA_CA`
    #[arg(long)]
    pub ca_out: Option<PathBuf>,
}

/// How fakes are started in process.
#[derive(Debug, Clone)]
pub struct Options {
    /// The control's address; see [`Args::listen`].
    pub listen: SocketAddr,
    /// See [`Args::links`].
    pub links: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 0)), links: "http://127.0.0.1:8080".into() }
    }
}

/// All fakes.
pub struct House {
    /// The ledger, the phones, the clock, the webhooks.
    pub common: Arc<Common>,
    /// WhatsApp.
    pub meta: Arc<Meta>,
    /// SMS.
    pub twilio: Arc<Twilio>,
    /// Transcription and extraction.
    pub openai: Arc<OpenAi>,
    /// Push, and the browsers.
    pub push: Arc<Push>,
    /// E-mail.
    pub smtp: Arc<Smtp>,
    /// Everything that speaks HTTP, by service.
    pub doors: BTreeMap<&'static str, Arc<Door>>,
    /// The certificate of the TLS ports, PEM.
    pub ca: String,
}

impl House {
    /// Opens all doors on this runtime.
    fn open(options: &Options) -> Outcome<Arc<Self>> {
        let common = Arc::new(Common::new(tokio::runtime::Handle::current()));
        let ip = options.listen.ip();
        let address = match ip {
            IpAddr::V4(ip) => Some(ip.octets()),
            IpAddr::V6(_) => None,
        };
        let right = tls::Identity::new("localhost", address)?;
        let wrong = tls::Identity::new("wrong.example", None)?;
        let certificates = Certificates {
            right: TlsAcceptor::from(right.server()?),
            wrong: TlsAcceptor::from(wrong.server()?),
        };
        let meta = Arc::new(Meta::new(common.clone(), options.links.trim_end_matches('/')));
        let twilio = Arc::new(Twilio::new(common.clone()));
        let openai = Arc::new(OpenAi::new(common.clone()));
        let push = Arc::new(Push::new(common.clone()));
        let fakes: Vec<Arc<dyn Fake>> = vec![
            meta.clone(),
            twilio.clone(),
            openai.clone(),
            push.clone(),
            Arc::new(sink::Sink),
            Arc::new(Roads::Osrm),
            Arc::new(Roads::Valhalla),
            Arc::new(Roads::Google),
            Arc::new(Roads::Mapbox),
        ];
        let mut next = options.listen.port();
        let mut port = || {
            next = if next == 0 { 0 } else { next + 1 };
            next
        };
        let smtp = Smtp::open(common.clone(), Port::take(ip, port())?, certificates.clone())?;
        let mut doors = BTreeMap::new();
        for fake in fakes {
            let ports = (port(), port());
            let ledger = Some(common.ledger.clone());
            doors.insert(fake.name(), Door::open(fake, ledger, ip, ports, certificates.clone())?);
        }
        Ok(Arc::new(Self { common, meta, twilio, openai, push, smtp, doors, ca: right.pem() }))
    }

    /// `http://host:port` of a service; empty for one that is not there.
    pub fn url(&self, service: &str) -> String {
        self.doors.get(service).map(|d| d.url()).unwrap_or_default()
    }

    /// `https://host:port` of a service; trusted by who trusts [`House::ca`].
    pub fn tls_url(&self, service: &str) -> String {
        self.doors.get(service).map(|d| d.tls_url()).unwrap_or_default()
    }

    /// Adds a fault to a service's script.
    ///
    /// # Errors
    /// No such service.
    pub fn fault(&self, service: &str, fault: Fault) -> Outcome<()> {
        if service == "email" {
            self.smtp.fault(fault);
            return Ok(());
        }
        let door = self.doors.get(service).ok_or_else(|| Trouble::new(format!("no service {service}")))?;
        door.fault(fault);
        Ok(())
    }

    /// All goes well from now on, everywhere.
    pub fn mend(&self) {
        self.smtp.script.clear();
        for door in self.doors.values() {
            door.script.clear();
        }
    }

    /// The requests of a service.
    pub fn ledger(&self, service: &str) -> Vec<Entry> {
        self.common.ledger.entries(Some(service), 0)
    }

    /// What took effect at a service.
    pub fn effects(&self, service: &str) -> Vec<Entry> {
        self.ledger(service).into_iter().filter(|e| e.effect.is_some()).collect()
    }

    /// The sums of a service.
    pub fn sums(&self, service: &str) -> Sums {
        self.common.ledger.sums().remove(service).unwrap_or_default()
    }

    /// Every address, and what opens it.
    pub fn addresses(&self, control: &str) -> Value {
        let mut all = serde_json::Map::new();
        all.insert("control".into(), control.into());
        all.insert("phones".into(), format!("{control}/phones").into());
        all.insert("email".into(), self.smtp.url().into());
        for (name, door) in &self.doors {
            all.insert((*name).into(), door.url().into());
            all.insert(format!("{name}_tls"), door.tls_url().into());
        }
        let number = self.meta.numbers().into_iter().next().unwrap_or_default();
        let hooks = self.meta.hooks_now();
        let known = json!({
            "whatsapp": {"phone_number_id": number.phone_number_id, "waba": number.waba, "token": number.token,
                         "app_secret": hooks.app_secret, "verify_token": hooks.verify_token},
            "twilio": {"sid": twilio::SID, "token": twilio::TOKEN, "from": twilio::SENDER},
            "openai": {"key": openai::KEY},
            "roads": {"key": roads::KEY},
        });
        all.insert("credentials".into(), known);
        all.into()
    }
}

/// Fakes that run on a thread of their own; they end with the value.
pub struct Fakes {
    house: Arc<House>,
    /// The control's address, `http://..`.
    pub control: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl std::ops::Deref for Fakes {
    type Target = House;
    fn deref(&self) -> &House {
        &self.house
    }
}

impl Drop for Fakes {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts all fakes on any free ports.
///
/// # Errors
/// When the operating system gives no thread or port.
pub fn start() -> Outcome<Fakes> {
    start_with(&Options::default())
}

/// Starts all fakes.
///
/// # Errors
/// When the operating system gives no thread or port.
pub fn start_with(options: &Options) -> Outcome<Fakes> {
    let options = options.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel();
    let thread = std::thread::Builder::new().name("fakes".into()).spawn(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(e) => return drop(tell.send(Err(Trouble::from(e)))),
        };
        runtime.block_on(async move {
            let _ = tell.send(served(&options));
            let _ = stopped.await;
        });
    })?;
    let (house, control) = told.recv().map_err(|_| Trouble::new("the fakes did not start"))??;
    Ok(Fakes { house, control, stop: Some(stop), thread: Some(thread) })
}

/// Opens the house and its control; both live as long as the runtime.
fn served(options: &Options) -> Outcome<(Arc<House>, String)> {
    let house = House::open(options)?;
    let control = Control::open(house.clone(), options.listen)?;
    Ok((house, control))
}

/// The command.
///
/// # Errors
/// A port that is taken, a file that cannot be written.
pub async fn run(args: &Args) -> Outcome<bool> {
    let options = Options { listen: args.listen, links: args.links.clone() };
    let fakes = start_with(&options)?;
    fakes.meta.hooks(Hooks { app_secret: args.app_secret.clone(), ..Hooks::default() });
    if let Some(path) = &args.ca_out {
        std::fs::write(path, &fakes.ca)?;
    }
    say!("{}", fakes.addresses(&fakes.control));
    let house = fakes.house.clone();
    let target = args.target.clone();
    if target.url.is_some() {
        tokio::spawn(async move {
            match connect::when_ready(&house, &target).await {
                Ok(url) => say!("{}", json!({"connected": url})),
                Err(trouble) => say!("{}", json!({"trouble": trouble.to_string()})),
            }
        });
    }
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = term.recv() => {}
        ended = tokio::signal::ctrl_c() => ended?,
    }
    Ok(true)
}
