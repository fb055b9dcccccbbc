//! `campo-bench drive`: a dozen technicians at work in the town, through the real sockets.

mod gps;
mod habits;
mod job;
mod motion;
mod narrator;
mod office;
mod technician;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Args as ClapArgs;
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use crate::client::connect::{self, Options};
use crate::client::phone::Phone;
use crate::client::session::Session;
use crate::error::{Outcome, Trouble};
use crate::oracle::{self, database::Database, journal};
use crate::rest::Office;
use crate::rng::Rng;
use crate::target::{Stage, Target};
use crate::town::graph::Graph;
use crate::town::names::{FIRST, LAST};
use crate::{say, town};

use technician::{Technician, World};

/// The owner of the organization that `campo serve --demo` makes.
const DEMO_OWNER: &str = "+5491100000001";

/// What to do.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// The server
    #[command(flatten)]
    pub target: Target,
    /// Simulated technicians
    #[arg(long, default_value_t = 12)]
    pub technicians: usize,
    /// Technicians left alone, for people at the screen
    #[arg(long, default_value_t = 1)]
    pub leave: usize,
    /// Minutes until it stops by itself
    #[arg(long, default_value_t = 60.0)]
    pub minutes: f64,
    /// The same seed gives the same people, town and troubles
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Blocks on each side of the town; the town's seed is the same as here
    #[arg(long, default_value_t = 24)]
    pub blocks: usize,
    /// At least so many seconds between fixes, whatever the server asks for
    #[arg(long)]
    pub ping_every_s: Option<u32>,
    /// Shorter work and pauses, and up to twice the pace on the road
    #[arg(long, default_value_t = 1.0)]
    pub speedup: f64,
    /// Only take the jobs that others assign
    #[arg(long)]
    pub no_jobs: bool,
    /// Good phones: no dead zones, late batches, duplicates or wrong clocks
    #[arg(long)]
    pub clean: bool,
    /// Write the acked points here
    #[arg(long)]
    pub journal: Option<PathBuf>,
    /// Ask the oracle at the end
    #[arg(long)]
    pub verify: bool,
    /// Path of the dispatcher's face, for the printed address
    #[arg(long, default_value = "/dispatch")]
    pub dispatch_path: String,
    /// Path of the technician's face
    #[arg(long, default_value = "/tecnico")]
    pub technician_path: String,
}

/// The command.
pub async fn run(args: &Args) -> Outcome<bool> {
    let stage = args.target.open("drive")?;
    let office = office(args, &stage).await?;
    let mut rng = Rng::new(args.seed);
    let world = Arc::new(world(args, &stage, &office, &mut rng));
    let people = people(args, &stage, &office).await?;
    print_addresses(args, &stage);
    let (stopper, stop) = watch::channel(false);
    let mut lives = Vec::new();
    for (i, (user, name, phone, token)) in people.iter().cloned().enumerate() {
        let options = Options { source: Some(connect::source(i)), receive_buffer: None };
        let session = Session::new(rng.uuid(), Uuid::new_v4(), token);
        let mut habits = habits::Habits::draw(i, &mut rng);
        if args.clean {
            habits = habits::Habits { clock_off_ms: 0, hold_ms: 0, duplicates: 0.0, ..habits };
        }
        let phone_socket = Phone::new(stage.address, options, session);
        let technician =
            Technician::new(world.clone(), (user, name, phone), phone_socket, habits, rng.fork(i as u64));
        lives.push(tokio::spawn(technician.live(stop.clone())));
    }
    let mut others = vec![tokio::spawn(narrator::narrate(stage.address, office.clone(), stop.clone()))];
    if !args.no_jobs {
        let technicians = people.iter().map(|(user, ..)| *user).collect();
        let desk = office::Desk {
            office: office.clone(),
            world,
            technicians,
            rng: rng.fork(99),
            pending: Vec::new(),
        };
        others.push(tokio::spawn(desk.work(stop.clone())));
    }
    until_told(args.minutes).await;
    let _ = stopper.send(true);
    let mut lines = Vec::new();
    for life in lives {
        let technician = life.await.map_err(|e| Trouble::new(e.to_string()))?;
        lines.extend(told(&technician, office.org()));
    }
    for other in others {
        let _ = tokio::time::timeout(Duration::from_secs(10), other).await;
    }
    finish(args, &stage, &lines).await
}

/// Signs in: a running server that shows the demonstration is worked for, unless another organization is named.
async fn office(args: &Args, stage: &Stage) -> Outcome<Office> {
    let mut target = args.target.clone();
    let unnamed = target.org.is_none() && target.owner_phone.is_none();
    if target.url.is_some() && unnamed && target.default_org(stage, DEMO_OWNER).await.is_some() {
        target.owner_phone = Some(DEMO_OWNER.to_owned());
    }
    target.office(stage).await
}

fn world(args: &Args, stage: &Stage, office: &Office, rng: &mut Rng) -> World {
    let town = town::town(args.seed, args.blocks);
    let dead_zones = if args.clean { Vec::new() } else { habits::dead_zones(&town, rng) };
    World {
        graph: Graph::new(&town),
        town,
        dead_zones,
        open_jobs: Mutex::new(HashMap::new()),
        places: Mutex::new(HashMap::new()),
        campo: stage.campo.clone(),
        org: office.org(),
        speedup: args.speedup.clamp(0.1, 20.0),
        ping_every_s: args.ping_every_s,
    }
}

/// User, name, phone, token.
type Person = (Uuid, String, String, String);

/// The technicians to simulate, made where there are too few. The first ones by phone are left for people.
async fn people(args: &Args, stage: &Stage, office: &Office) -> Outcome<Vec<Person>> {
    let mut known = technicians(office).await?;
    let wanted = args.technicians + args.leave;
    let first_phone = 5_492_317_400_000 + (args.seed % 900) * 100;
    for i in 0..wanted.saturating_sub(known.len()) {
        let pick = |names: &[&'static str], k: usize| names.get(k % names.len()).copied().unwrap_or("Ñ");
        let name = format!("{} {}", pick(&FIRST, i), pick(&LAST, i * 5 + (args.seed % 16) as usize));
        office.technician(&name, &format!("+{}", first_phone + i as u64)).await?;
    }
    if known.len() < wanted {
        known = technicians(office).await?;
    }
    for (_, name, phone) in known.iter().take(args.leave) {
        say!("para usted / for you  {name} {phone} (técnico / technician)");
    }
    let mut tokens: HashMap<Uuid, String> =
        stage.campo.technicians(office.org()).await?.into_iter().map(|m| (m.user, m.token)).collect();
    let mine = known.into_iter().skip(args.leave).take(args.technicians);
    Ok(mine.filter_map(|(user, name, phone)| Some((user, name, phone, tokens.remove(&user)?))).collect())
}

/// All active technicians, in the order of their phones.
async fn technicians(office: &Office) -> Outcome<Vec<(Uuid, String, String)>> {
    let mut all = Vec::new();
    let mut after = String::new();
    for _ in 0..50 {
        let page = office.get(&format!("/users?limit=200{after}")).await?;
        for user in page.get("items").and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| user.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let is_here = user.get("is_active").and_then(Value::as_bool) != Some(false);
            if text("role") == "technician" && is_here {
                all.push((crate::rest::id_of(user)?.parse()?, text("name"), text("phone")));
            }
        }
        match page.get("next").and_then(Value::as_str) {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    all.sort_by(|a: &(Uuid, String, String), b| a.2.cmp(&b.2));
    Ok(all)
}

fn print_addresses(args: &Args, stage: &Stage) {
    let url = stage.url.trim_end_matches('/');
    say!("despacho / dispatcher {url}{}", args.dispatch_path);
    say!("técnico / technician  {url}{}", args.technician_path);
    say!("mensajes / inbox      {url}/demo/inbox");
    say!("cliente / customer    aparece cuando alguien salga / appears when somebody sets out");
}

/// The end of the time, or Ctrl-C, or SIGTERM.
async fn until_told(minutes: f64) {
    let time = tokio::time::sleep(Duration::from_secs_f64((minutes * 60.0).clamp(1.0, 7.0 * 86_400.0)));
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = time => {}
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}

/// The acked points of one technician, with a line about what was refused.
fn told(technician: &Technician, org: Uuid) -> Vec<journal::Line> {
    let phone = &technician.phone;
    if !phone.refused.is_empty() || !phone.session.violations.is_empty() {
        say!(
            "· {}: refused {:?} violations {:?}",
            technician.name(),
            phone.refusals(),
            phone.session.violations
        );
    }
    journal::lines(org, technician.user(), phone.session.device, phone.session.boot, &phone.acked)
}

async fn finish(args: &Args, stage: &Stage, lines: &[journal::Line]) -> Outcome<bool> {
    say!("puntos confirmados / points acked {}", lines.iter().map(|l| l.at.len()).sum::<usize>());
    if let Some(path) = &args.journal {
        journal::write(path, lines)?;
    }
    if !args.verify {
        return Ok(true);
    }
    let mut database = Database::open(&stage.campo).await?;
    let clean = oracle::report(&mut database, lines).await?;
    database.close().await?;
    Ok(clean)
}
