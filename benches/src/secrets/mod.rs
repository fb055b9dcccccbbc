//! `campo-bench secrets`: no secret in any log. A broad run (everything that [`crate::worlds`]' organization does, wrong codes,
//! broken bodies, tax numbers) on a server that logs as loudly as it can, once as JSON and once for people; then every
//! secret of the run is searched in all that was logged, in every usual spelling ([`spell`]).

pub mod collect;
pub mod spell;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args as ClapArgs;
use reqwest::Method;
use serde_json::json;

use crate::error::{Outcome, Trouble};
use crate::rng::Rng;
use crate::say;
use crate::server;
use crate::target::Target;
use crate::worlds::caller::Body;
use crate::worlds::office::{Office, Shared};
use crate::worlds::{self, Cast, World};
use collect::Secret;
use spell::{Found, Net};

/// Letters of a line that a report shows around what it found.
const SHOWN: usize = 160;
/// A password that nothing else contains.
const SMTP_PASSWORD: &str = "Correo-Muy-Secreto-77";
/// Tax number and account of nobody: their check digits are right.
const CUIT: &str = "20-12345678-6";
const CBU: &str = "2850590940090418135201";

/// `campo-bench secrets`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Where the executable is
    #[command(flatten)]
    pub target: Target,
    /// What the run is drawn from
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Steps of the run
    #[arg(long, default_value_t = 60)]
    pub steps: usize,
    /// What is logged
    #[arg(long, default_value = "trace")]
    pub log: String,
    /// Writes one of the run's secrets into the log: this command must fail then
    #[arg(long)]
    pub plant: bool,
}

/// The command.
///
/// # Errors
/// What does not start, or a run that could not be played.
pub async fn run(args: &Args) -> Outcome<bool> {
    if args.target.url.is_some() {
        return Err(Trouble::new("the server's own log is searched: leave --url out"));
    }
    let mut is_clean = true;
    for format in ["json", "human"] {
        is_clean &= examine(args, format).await?;
    }
    Ok(is_clean)
}

async fn examine(args: &Args, format: &str) -> Outcome<bool> {
    let folder = server::fresh_folder("secrets")?;
    let (log, mut secrets) = play(args, format, &folder).await?;
    let key = std::fs::read(folder.join("data/secret"))
        .map_err(|e| Trouble::from(e).while_doing("the secret file"))?;
    secrets.push(Secret::bytes("the secret file", key));
    if args.plant {
        let token = secrets
            .iter()
            .find(|s| s.kind == "access_token")
            .ok_or_else(|| Trouble::new("no token to plant"))?;
        let line = format!("\n{{\"level\":\"INFO\",\"message\":\"planted {}\"}}\n", token.text());
        std::fs::write(&log, [std::fs::read(&log)?, line.into_bytes()].concat())?;
    }
    let net = Net::new(&secrets)?;
    net.check()?;
    let text = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
    let found = net.search(&text);
    let (lines, megabytes) = (text.lines().count(), text.len() >> 20);
    say!(
        "{format}: {} secrets in {} spellings searched in {lines} lines ({megabytes} MB); found {}",
        secrets.len(),
        net.spellings(),
        found.len()
    );
    if lines < 1_000 {
        return Err(Trouble::new(format!("{lines} lines are no log of a run at {}", args.log)));
    }
    for Found { kind, spelling, line, at } in found.iter().take(12) {
        let shown: String = line.chars().skip(at.saturating_sub(SHOWN / 2)).take(SHOWN).collect();
        say!("  {kind} ({spelling}): ..{shown}..");
    }
    if found.is_empty() {
        std::fs::remove_dir_all(&folder)?;
    } else {
        say!("  the log stays: {}", log.display());
    }
    Ok(found.is_empty())
}

/// Plays the run; where its log is, and its secrets.
async fn play(args: &Args, format: &str, folder: &Path) -> Outcome<(PathBuf, Vec<Secret>)> {
    let target = Target { data: Some(folder.to_owned()), ..args.target.clone() };
    let smtp = format!("smtps://avisos:{SMTP_PASSWORD}@127.0.0.1:9");
    let flags = [
        "--log",
        &args.log,
        "--log-format",
        format,
        "--smtp-url",
        &smtp,
        "--mail-from",
        "Campo <avisos@example.com>",
    ];
    let world = worlds::world("secrets", &target, &flags).await?;
    let cast = Cast::new(args.seed, 0);
    let mut office = Office::open(&world, cast.clone(), Rc::new(RefCell::new(Shared::default()))).await?;
    for step in 1..=args.steps {
        office.act(step).await?;
    }
    let mut mishaps = mishaps(&world, &mut office).await?;
    office.close().await?;
    let mut secrets = collect::of_run(&world, &office);
    secrets.append(&mut mishaps);
    for (kind, text) in [("the SMTP password", SMTP_PASSWORD), ("a CUIT", CUIT), ("a CBU", CBU)] {
        secrets.push(Secret::new(kind, text));
    }
    secrets.push(Secret::new("a CUIT", &CUIT.replace('-', "")));
    // Its last lines are written before it has ended.
    drop(office);
    drop(world);
    Ok((folder.join("server.log"), secrets))
}

/// What goes wrong with secrets in it: what a careless handler would log.
async fn mishaps(world: &World, office: &mut Office<'_>) -> Outcome<Vec<Secret>> {
    let mut rng = Rng::new(office.cast.seed ^ 0xbad);
    let mut word = || format!("{:016x}{:016x}Zq", rng.next_u64(), rng.next_u64());
    let (bearer, link, device, code) = (word(), word(), word(), "918273");
    let phone = office.cast.phone(95);
    let mut secrets = vec![
        Secret::new("a wrong bearer token", &bearer),
        Secret::new("an unknown link", &link),
        Secret::new("an unknown device token", &device),
        Secret::phone("a phone that signs in", &phone),
    ];
    let nothing = || Body::Nothing;
    let header = format!("Bearer {bearer}");
    office.ask_with(None, Method::GET, "/api/jobs", (nothing(), &[("Authorization", &header)])).await?;
    office.ask_with(None, Method::GET, &format!("/t/{link}"), (nothing(), &[])).await?;
    office.ask_with(None, Method::GET, &format!("/r/{link}"), (nothing(), &[])).await?;
    office
        .ask_with(None, Method::POST, &format!("/ingest/{device}/osmand?lat=1&lon=1"), (nothing(), &[]))
        .await?;
    let sent = Body::Json(json!({"phone": phone}));
    office.ask_with(None, Method::POST, "/api/auth/otp/send", (sent, &[])).await?;
    let wrong = Body::Json(json!({"phone": phone, "code": code}));
    office.ask_with(None, Method::POST, "/api/auth/otp/verify", (wrong, &[])).await?;
    for body in
        [json!({"cuit": CUIT}), json!({"cuit": CUIT.replace('-', ""), "cbu": CBU}), json!({"cbu": CBU})]
    {
        office.owner(Method::PATCH, "/api/organization", Body::Json(body)).await?;
    }
    let customer =
        json!({"name": "Con CUIT", "phone": office.cast.customer_phone(90), "cuit": CUIT, "cbu": CBU});
    office.owner(Method::POST, "/api/customers", Body::Json(customer)).await?;
    secrets.push(Secret::phone("a customer's phone", &office.cast.customer_phone(90)));
    let broken = format!("{{\"phone\": \"{phone}\", \"cuit\": \"{CUIT}\", \"refresh_token\": \"{bearer}\"");
    for path in ["/api/auth/refresh", "/api/customers", "/api/auth/otp/verify"] {
        let body = Body::Bytes("application/json", broken.clone().into_bytes());
        office.ask_with(Some(0), Method::POST, path, (body, &[])).await?;
    }
    let endpoint = json!({"url": format!("{}/hook?token={bearer}", world.fakes.url("webhooks").replace("http:", "https:")), "kinds": null});
    office.owner(Method::POST, "/api/webhook-endpoints", Body::Json(endpoint)).await?;
    Ok(secrets)
}
