//! `campo-bench worlds`: two worlds. The same run of organization A beside two different organizations B, on two servers
//! that were started the same way, gives A the same answers, events, numbers, pages and frames after renaming ids,
//! tokens and times by first appearance. B is told nothing of A either.
//!
//! | room | what it is |
//! | --- | --- |
//! | [`names`], [`transcript`] | renaming and comparing; pure |
//! | [`caller`] | people who sign in and ask |
//! | [`office`], [`steps`], [`field`] | A and what it does |
//! | [`rival`] | B |
//! | [`sabotage`] | what must make it fail |

pub mod caller;
mod field;
pub mod names;
pub mod office;
pub mod rival;
pub mod sabotage;
mod steps;
pub mod transcript;

use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Instant;

use chrono::{DateTime, Duration as Span, Utc};
use clap::Args as ClapArgs;
use futures_util::StreamExt;

use crate::error::{Outcome, Trouble};
use crate::fakes::meta::{Hooks, Number, Template};
use crate::fakes::{self, Fakes};
use crate::flow;
use crate::rng::Rng;
use crate::say;
use crate::target::{Stage, Target};
use office::{Office, Shared};
use rival::Rival;
use sabotage::Sabotage;
use transcript::{Difference, Transcript};

/// Good answers that a run has at least, of all: a script of refusals alone would show nothing.
const GOOD_SHARE: f64 = 0.5;

/// `campo-bench worlds`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Where the executable is; each world gets a server and data of its own
    #[command(flatten)]
    pub target: Target,
    /// How many runs
    #[arg(long, default_value_t = 1000)]
    pub runs: u64,
    /// The first run's seed; run n has seed + n
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Steps of A in a run
    #[arg(long, default_value_t = 24)]
    pub steps: usize,
    /// Runs at once
    #[arg(long, default_value_t = 6)]
    pub at_once: usize,
    /// Ends after so many runs that differ
    #[arg(long, default_value_t = 3)]
    pub most: usize,
    /// Breaks a promise of both worlds' databases first: this command must fail then
    #[arg(long)]
    pub sabotage: Option<Sabotage>,
}

/// A server with its providers.
pub struct World {
    /// The server.
    pub stage: Stage,
    /// Its providers.
    pub fakes: Fakes,
}

/// Who plays in one run: the same in both worlds.
#[derive(Debug, Clone)]
pub struct Cast {
    /// What A's choices are drawn from.
    pub seed: u64,
    /// The run's number, from 0.
    pub run: u64,
    /// A word in everything of A.
    pub marker: String,
    /// A word in everything of B.
    pub rival_marker: String,
    /// What A's appointments count from.
    pub day: DateTime<Utc>,
    /// What A's fixes count from, Unix milliseconds.
    pub base_ms: i64,
}

impl Cast {
    /// Who plays in run number `run`.
    pub fn new(seed: u64, run: u64) -> Self {
        let now = Utc::now();
        let day = (now + Span::days(3)).date_naive().and_hms_opt(0, 0, 0).unwrap_or_default().and_utc();
        let base_ms = (now - Span::minutes(55)).timestamp() * 1000;
        // Letters alone: a word with digits could pass for a token.
        let word = |salt: u64| -> String {
            let mut rng = Rng::new(seed ^ salt);
            (0..9).map(|_| char::from(b'a' + rng.below(26) as u8)).collect()
        };
        Self {
            seed,
            run,
            marker: format!("Zorzal{}", word(1)),
            rival_marker: format!("Benteveo{}", word(2)),
            day,
            base_ms,
        }
    }

    /// The phone of a person of the run.
    pub fn phone(&self, n: usize) -> String {
        format!("+5491130{:04}{:02}", self.run % 10_000, n)
    }

    /// The phone of A's `n`th customer.
    pub fn customer_phone(&self, n: usize) -> String {
        format!("+5491140{:04}{:02}", self.run % 10_000, n % 100)
    }

    /// The address that A (0) or B (1) calls from.
    pub fn source(&self, side: u8) -> Ipv4Addr {
        Ipv4Addr::new(127, 10 + side, (self.run / 250 % 250) as u8, 2 + (self.run % 250) as u8)
    }

    /// A's number at Meta.
    pub fn number(&self) -> Number {
        self.number_of('1')
    }

    /// B's number at Meta.
    pub fn rival_number(&self) -> Number {
        self.number_of('2')
    }

    fn number_of(&self, side: char) -> Number {
        let run = self.run % 1_000_000;
        Number {
            phone_number_id: format!("11{side}{run:06}"),
            display: format!("549115{side}{run:06}"),
            waba: format!("22{side}{run:06}"),
            token: format!("fake-meta-token-{side}-{run}"),
            allowed: None,
            per_second: 10_000,
            pair_burst: 100_000,
            pair_every_ms: 1,
        }
    }
}

/// What one run came to.
struct Ended {
    seed: u64,
    difference: Option<Difference>,
    leaks: Vec<String>,
    seen: usize,
    good: f64,
    rivals: [String; 2],
    asked: usize,
}

/// The command.
///
/// # Errors
/// What does not start, or a run that could not be played.
pub async fn run(args: &Args) -> Outcome<bool> {
    if args.target.url.is_some() {
        return Err(Trouble::new("each world has a server of its own: leave --url out"));
    }
    let target = Target { data: None, ..args.target.clone() };
    let mut worlds = [world("world-1", &target, &[]).await?, world("world-2", &target, &[]).await?];
    if let Some(sabotage) = args.sabotage {
        for world in &worlds {
            sabotage.break_it(&world.stage.campo).await?;
        }
        say!("SABOTAGE: {}: the runs must differ", sabotage.name());
    }
    let began = Instant::now();
    let [one, two] = &worlds;
    let mut runs = futures_util::stream::iter(0..args.runs)
        .map(|n| play([one, two], Cast::new(args.seed.wrapping_add(n), n), args.steps))
        .buffer_unordered(args.at_once.max(1));
    let (mut done, mut bad, mut seen, mut asked, mut good) = (0u64, 0usize, 0usize, 0usize, 1.0f64);
    while let Some(ended) = runs.next().await {
        done += 1;
        seen += ended.seen;
        asked += ended.asked;
        good = good.min(ended.good);
        bad += usize::from(!report(&ended, args));
        if bad >= args.most {
            break;
        }
        if done.is_multiple_of(50) {
            say!("{done} runs, {:.2} a second", done as f64 / began.elapsed().as_secs_f64());
        }
    }
    drop(runs);
    let seconds = began.elapsed().as_secs_f64();
    say!(
        "two worlds: {done} runs, {bad} differ; {seen} things seen by A in each world, {asked} requests of B; \
         {:.0} s, {:.2} runs a second; good answers of A: at least {:.0} % in every run",
        seconds,
        done as f64 / seconds,
        good * 100.0
    );
    if bad > 0 && args.sabotage.is_none() {
        worlds.iter_mut().for_each(|w| w.stage.keep());
    }
    if good < GOOD_SHARE && args.sabotage.is_none() {
        say!("NOT VALID: too few of A's requests were answered well");
        return Ok(false);
    }
    Ok(bad == 0 && done == args.runs)
}

/// Says what differed; whether nothing did.
fn report(ended: &Ended, args: &Args) -> bool {
    for leak in ended.leaks.iter().take(3) {
        let short: String = leak.chars().take(600).collect();
        say!("seed {}: {short}", ended.seed);
    }
    if let Some(d) = &ended.difference {
        say!(
            "seed {} (B: {} | {}) differs at step {}: {}",
            ended.seed,
            ended.rivals[0],
            ended.rivals[1],
            d.step,
            d.what
        );
        say!("  world 1: {}", d.one);
        say!("  world 2: {}", d.other);
    }
    let is_same = ended.leaks.is_empty() && ended.difference.is_none();
    if !is_same {
        say!("  again: campo-bench worlds --runs 1 --seed {} --steps {}", ended.seed, args.steps);
    }
    is_same
}

/// A server that talks to fakes, which send no statuses by themselves: those would come when they like.
///
/// # Errors
/// What does not start.
pub async fn world(name: &str, target: &Target, more: &[&str]) -> Outcome<World> {
    let fakes = fakes::start()?;
    let mut flags = flow::flags(&fakes);
    // Links say the same in every world.
    flags.extend(["--demo", "--public-url", "http://campo.example"].map(ToOwned::to_owned));
    flags.extend(more.iter().map(|word| (*word).to_owned()));
    let stage = target.open_with(name, flags)?;
    for template in stage.campo.templates().await? {
        fakes.meta.new_template(Template::handed_in(&template).map_err(|e| Trouble::new(e.details))?);
    }
    // The installation's own number sends the codes.
    fakes.meta.number(Number {
        per_second: 10_000,
        pair_burst: 100_000,
        pair_every_ms: 1,
        ..Number::default()
    });
    fakes.meta.hooks(Hooks { statuses: false, ..Hooks::default() });
    let callback = format!("{}/api/webhooks/whatsapp", stage.url.trim_end_matches('/'));
    fakes.meta.register(&callback).await.map_err(Trouble::new)?;
    Ok(World { stage, fakes })
}

/// One run in both worlds at once.
async fn play([one, two]: [&World; 2], cast: Cast, steps: usize) -> Ended {
    let seed = cast.seed;
    let mut rivals = Rng::new(seed ^ 0x5eed_0f0b);
    let (first, second) = (rivals.next_u64(), rivals.next_u64());
    let (a, b) = tokio::join!(side(one, cast.clone(), first, steps), side(two, cast, second, steps));
    // What could not be played to its end differs from what can be.
    let said =
        |side: &Side| side.trouble.as_ref().map_or_else(|| "played to its end".into(), ToString::to_string);
    let unplayed = (a.trouble.is_some() || b.trouble.is_some()).then(|| Difference {
        step: a.step.min(b.step),
        what: "it could not be played".into(),
        one: said(&a),
        other: said(&b),
    });
    let difference = unplayed.or_else(|| a.seen.difference(&b.seen, Utc::now().timestamp_millis()));
    let mut leaks = a.leaks;
    leaks.extend(b.leaks);
    Ended {
        seed,
        difference,
        leaks,
        seen: a.seen.len(),
        good: a.good,
        rivals: [a.temper, b.temper],
        asked: a.asked + b.asked,
    }
}

/// One world's part of a run.
#[derive(Default)]
struct Side {
    seen: Transcript,
    leaks: Vec<String>,
    good: f64,
    temper: String,
    asked: usize,
    step: usize,
    trouble: Option<Trouble>,
}

async fn side(world: &World, cast: Cast, rival_seed: u64, steps: usize) -> Side {
    let shared = Rc::new(RefCell::new(Shared::default()));
    let opened = tokio::join!(
        Office::open(world, cast.clone(), shared.clone()),
        Rival::open(world, cast.clone(), rival_seed, shared)
    );
    let (mut office, mut rival) = match opened {
        (Ok(office), Ok(rival)) => (office, rival),
        (Err(why), _) | (_, Err(why)) => return Side { good: 1.0, trouble: Some(why), ..Side::default() },
    };
    let trouble = live(&mut office, &mut rival, steps).await.err();
    let mut leaks = std::mem::take(&mut rival.leaks);
    leaks.append(&mut office.leaks);
    Side {
        good: office.good as f64 / office.asked.max(1) as f64,
        step: office.step,
        seen: office.seen,
        leaks,
        temper: rival.temper(),
        asked: rival.asked,
        trouble,
    }
}

/// A's script, with B between its steps and during them.
async fn live(office: &mut Office<'_>, rival: &mut Rival<'_>, steps: usize) -> Outcome<()> {
    for step in 1..=steps {
        rival.burst().await?;
        let (acted, burst) = tokio::join!(office.act(step), rival.burst());
        acted?;
        burst?;
    }
    office.close().await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Phones of the run are valid and nobody's twice.
    #[test]
    fn a_cast_of_its_own() {
        let (a, b) = (Cast::new(7, 3), Cast::new(7, 4));
        assert!(a.phone(1).len() == 14 && a.customer_phone(99).len() == 14);
        assert_ne!(a.phone(1), b.phone(1));
        assert_ne!(a.phone(1), a.customer_phone(1));
        assert_eq!(a.marker, b.marker, "the seed alone says what A is called");
        assert_ne!(a.number().token, a.rival_number().token);
    }
}
