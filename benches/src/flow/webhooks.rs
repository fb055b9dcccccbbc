//! `campo-bench webhooks`: signed webhooks, open loop; how soon they are answered, and whether each is processed once.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use clap::Args as ClapArgs;
use hdrhistogram::Histogram;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::read::Reader;
use super::{LAG_P99_MS, due, ms, scene};
use crate::error::{Outcome, Trouble};
use crate::fakes::meta::{Hooks, Number, signature};
use crate::say;
use crate::swarm::stats::{histogram, percentiles};
use crate::target::{Target, fresh_phones};

/// `campo-bench webhooks`
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Which server
    #[command(flatten)]
    pub target: Target,
    /// Webhooks a second
    #[arg(long, default_value_t = 1_000.0)]
    pub rate: f64,
    /// Seconds
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Customers who write
    #[arg(long, default_value_t = 500)]
    pub phones: usize,
    /// Every so many webhooks one comes twice (0: none)
    #[arg(long, default_value_t = 20)]
    pub double_every: usize,
    /// More than this p99 from due to answered is a failure, milliseconds
    #[arg(long, default_value_t = 100.0)]
    pub limit_ms: f64,
    /// How long processing may go on afterwards, seconds
    #[arg(long, default_value_t = 120)]
    pub drain_s: u64,
}

/// A webhook to send: its bytes and its signature.
type Signed = (Bytes, String);

/// The command.
///
/// # Errors
/// What does not start or cannot be read.
pub async fn run(args: &Args) -> Outcome<bool> {
    let mut scene = scene("webhooks", &args.target, &[], (1, 0)).await?;
    scene.connect().await?;
    let total = (args.rate * args.seconds as f64) as usize;
    let hooks = Hooks::default();
    let first_phone = fresh_phones();
    let mut bodies: Vec<Signed> = Vec::with_capacity(total);
    let mut ids = Vec::new();
    for n in 0..total {
        if args.double_every > 0 && n > 50 && n % args.double_every == 0 {
            // A repetition of one of some moments before.
            let again = bodies.get(n - 50).cloned().ok_or_else(|| Trouble::new("no webhook to repeat"))?;
            bodies.push(again);
            continue;
        }
        let id = format!("wamid.bench{n:08}");
        let phone = first_phone + (n % args.phones.max(1)) as u64;
        bodies.push(text(&hooks.app_secret, &id, &phone.to_string(), n));
        ids.push(id);
    }
    let floor_url = format!("{}/floor", scene.fakes.url("webhooks"));
    let few: Vec<Signed> = bodies.iter().take((args.rate * 3.0) as usize).cloned().collect();
    let (floor, ..) = load(&floor_url, &few, args.rate).await?;
    let url = format!("{}/api/webhooks/whatsapp", scene.stage.url);
    let (answered, refused, lag) = load(&url, &bodies, args.rate).await?;
    let mut reader = Reader::open(&scene.stage.campo).await?;
    let began = Instant::now();
    let org = scene.office.org();
    let stored = loop {
        let stored: HashMap<String, i64> = reader.received(org).await?.into_iter().collect();
        if stored.len() >= ids.len() || began.elapsed() > Duration::from_secs(args.drain_s) {
            break stored;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let processed_s = began.elapsed().as_secs_f64();
    let lost = ids.iter().filter(|id| !stored.contains_key(*id)).count();
    let doubled = stored.values().filter(|n| **n > 1).count();
    let unread = reader.unread(org).await?;
    say!(
        "webhooks {} at {:.0}/s, open loop ({} repetitions); generator's lag p99 {lag:.1} ms",
        bodies.len(),
        args.rate,
        bodies.len() - ids.len()
    );
    say!("answered {}  refused {refused}", percentiles(&answered));
    say!("floor    {}  (the same requests to a door that only says ok)", percentiles(&floor));
    say!(
        "inbox    {} messages, all there {processed_s:.1} s after the last webhook; lost {lost}, doubled {doubled}",
        stored.len()
    );
    say!("unread   {unread} over all conversations, expected {}", ids.len());
    let valid = lag <= LAG_P99_MS;
    if !valid {
        say!("NOT VALID: the generator was late itself");
    }
    let once = lost == 0 && doubled == 0 && stored.len() == ids.len() && unread == ids.len() as i64;
    let kept = once && refused == 0;
    if !kept {
        scene.stage.keep();
    }
    Ok(kept && valid && ms(&answered, 0.99) <= args.limit_ms)
}

/// A customer's text as Meta sends it.
fn text(secret: &str, id: &str, phone: &str, n: usize) -> Signed {
    let number = Number::default();
    let body = json!({"object": "whatsapp_business_account", "entry": [{"id": number.waba, "changes": [{
        "field": "messages", "value": {"messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number.display, "phone_number_id": number.phone_number_id},
        "contacts": [{"profile": {"name": "Ñandú"}, "wa_id": phone}],
        "messages": [{"from": phone, "id": id, "timestamp": chrono::Utc::now().timestamp().to_string(),
                      "type": "text", "text": {"body": format!("mensaje {n}")}}]}}]}]});
    let bytes = body.to_string();
    let signed = signature(secret, bytes.as_bytes());
    (bytes.into(), signed)
}

/// Latencies from due to answered, refusals, and the generator's lag (p99, ms).
async fn load(url: &str, bodies: &[Signed], rate: f64) -> Outcome<(Histogram<u64>, usize, f64)> {
    let client = reqwest::Client::new();
    let mut running = JoinSet::new();
    let (mut times, mut lag, mut refused) = (histogram()?, histogram()?, 0);
    let begun = Instant::now();
    let mut take = |done: Result<(Duration, bool), tokio::task::JoinError>| {
        let (took, ok) = done.unwrap_or((Duration::from_secs(600), false));
        let _ = times.record(took.as_micros().max(1) as u64);
        refused += usize::from(!ok);
    };
    for (n, (body, signed)) in bodies.iter().enumerate() {
        let at = due(begun, n, rate);
        tokio::time::sleep_until(at).await;
        let _ = lag.record(at.elapsed().as_micros() as u64);
        let request = client
            .post(url)
            .header("Content-Type", "application/json")
            .header("X-Hub-Signature-256", signed)
            .body(body.clone());
        running.spawn(async move {
            let ok = match request.send().await {
                Ok(answer) => answer.status().as_u16() == 200 && answer.bytes().await.is_ok(),
                Err(_) => false,
            };
            (at.elapsed(), ok)
        });
        while let Some(done) = running.try_join_next() {
            take(done);
        }
    }
    while let Some(done) = running.join_next().await {
        take(done);
    }
    Ok((times, refused, ms(&lag, 0.99)))
}
