//! `campo-bench replay`: recorded trips through real sockets, and whether arrivals are found where they happened.

mod player;
pub(crate) mod trips;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;
use uuid::Uuid;

use crate::error::{Outcome, Trouble};
use crate::oracle::{self, database::Arrival, database::Database, journal::Line};
use crate::rest::Office;
use crate::say;
use crate::target::{self, Stage, Target};
use crate::town::Place;

use player::{Played, Player};
use trips::Trip;

/// No arrival may be found farther from the destination.
const FAR_M: f64 = 150.0;
/// How long the last arrivals may take after the last ack.
const SETTLE: Duration = Duration::from_secs(10);

/// What to do.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// The server
    #[command(flatten)]
    pub target: Target,
    /// A CSV of the Porto taxi set: clean trips, every second point, the true last one, 90 s of standing still
    #[arg(long)]
    pub porto: Option<PathBuf>,
    /// GPX files: every point, and 90 s of standing still
    #[arg(long)]
    pub gpx: Vec<PathBuf>,
    /// Recorded seconds in one real second
    #[arg(long, default_value_t = 60.0)]
    pub speed: f64,
    /// How many trips
    #[arg(long, default_value_t = 100)]
    pub trips: usize,
    /// How many run at the same time
    #[arg(long, default_value_t = 10)]
    pub at_once: usize,
    /// Seconds by which a trip is dated to end after its replay does (at most 290)
    #[arg(long, default_value_t = 0)]
    pub ahead_s: u32,
    /// How many of a hundred arrivals must be found
    #[arg(long, default_value_t = 95.0)]
    pub least_percent: f64,
    /// Say a line about every trip
    #[arg(long)]
    pub each: bool,
}

/// The command.
pub async fn run(args: &Args) -> Outcome<bool> {
    let trips = read(args)?;
    let stage = args.target.open("replay")?;
    let office = args.target.office(&stage).await?;
    say!("replay   {} trips at {}x against {}", trips.len(), args.speed, stage.url);
    say!(
        "         cleaned by the published rule without its clause about roads (60 m): that one needs a map"
    );
    let people = people(&stage, &office, trips.len()).await?;
    let played = play_all(args, &stage, &office, &trips, people).await?;
    let lines: Vec<Line> = played.iter().flat_map(|(_, p)| p.lines.clone()).collect();
    let mut database = Database::open(&stage.campo).await?;
    let stored = oracle::report(&mut database, &lines).await?;
    let found = arrivals(&mut database, &office, &played).await?;
    database.close().await?;
    let sound = is_sound(&played);
    Ok(judge(args, &trips, &played, &found) && stored && sound)
}

fn read(args: &Args) -> Outcome<Vec<Trip>> {
    let mut trips = Vec::new();
    if let Some(path) = &args.porto {
        trips.extend(trips::porto(path, args.trips)?.iter().map(Trip::thinned));
    }
    for path in &args.gpx {
        trips.extend(trips::gpx(path)?.iter().map(Trip::standing));
    }
    trips.truncate(args.trips);
    if trips.is_empty() {
        return Err(Trouble::new("no trips: give --porto FILE or --gpx FILE"));
    }
    Ok(trips)
}

/// A technician for each trip: histories of different trips must not mix.
async fn people(stage: &Stage, office: &Office, count: usize) -> Outcome<Vec<(Uuid, String)>> {
    let before: Vec<Uuid> =
        stage.campo.technicians(office.org()).await?.into_iter().map(|m| m.user).collect();
    office.technicians(count, target::fresh_phones()).await?;
    let all = stage.campo.technicians(office.org()).await?;
    Ok(all.into_iter().filter(|m| !before.contains(&m.user)).map(|m| (m.user, m.token)).collect())
}

type Results = Vec<(usize, Played)>;

async fn play_all(
    args: &Args,
    stage: &Stage,
    office: &Office,
    trips: &[Trip],
    people: Vec<(Uuid, String)>,
) -> Outcome<Results> {
    let customers = target::fresh_phones() + 1_000_000;
    let mut running = tokio::task::JoinSet::new();
    let mut played = Vec::new();
    for (i, (trip, (user, token))) in trips.iter().cloned().zip(people).enumerate() {
        if running.len() >= args.at_once.max(1) {
            played.extend(running.join_next().await.map(ended).transpose()?);
        }
        let player = Player {
            server: stage.address,
            office: office.clone(),
            user,
            token,
            speed: args.speed.clamp(1.0, 1_000.0),
            ahead_ms: i64::from(args.ahead_s.min(290)) * 1000,
            customer_phone: format!("+{}", customers + i as u64),
        };
        running.spawn(async move {
            let name = trip.name.clone();
            player.play(&trip).await.map(|p| (i, p)).map_err(|t| t.while_doing(&format!("trip {name}")))
        });
    }
    while let Some(one) = running.join_next().await {
        played.push(ended(one)?);
    }
    Ok(played)
}

fn ended(one: Result<Outcome<(usize, Played)>, tokio::task::JoinError>) -> Outcome<(usize, Played)> {
    one.map_err(|e| Trouble::new(e.to_string()))?
}

/// The arrivals as the database has them, once they have had time to come in.
async fn arrivals(database: &mut Database, office: &Office, played: &Results) -> Outcome<Vec<Arrival>> {
    database.enter(office.org()).await?;
    let began = std::time::Instant::now();
    loop {
        let found = database.arrivals().await?;
        if found.len() >= played.len() || began.elapsed() > SETTLE {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn is_sound(played: &Results) -> bool {
    let refused: Vec<_> = played.iter().flat_map(|(_, p)| &p.refused).collect();
    let violations: Vec<_> = played.iter().flat_map(|(_, p)| &p.violations).collect();
    if !refused.is_empty() || !violations.is_empty() {
        say!("unsound  refused {:?} violations {:?}", refused.first(), violations.first());
    }
    refused.is_empty() && violations.is_empty()
}

/// Where the van really was when the arrival was found: the recorded fix nearest in time, and what the server says.
fn distance_m(end: Place, played: &Played, arrival: &Arrival) -> f64 {
    let recorded = played.dated.iter().min_by_key(|(at, _)| (at - arrival.at_ms).abs());
    let recorded = recorded.map_or(f64::MAX, |(_, place)| place.distance_m(end));
    arrival.place.map_or(recorded, |(lat, lon)| recorded.max(Place { lat, lon }.distance_m(end)))
}

fn judge(args: &Args, trips: &[Trip], played: &Results, found: &[Arrival]) -> bool {
    let (mut arrived, mut far, mut distances) = (0, 0, Vec::new());
    for (i, one) in played {
        let Some(trip) = trips.get(*i) else { continue };
        let arrival = found.iter().find(|a| a.job == one.job && a.by == "fence");
        let distance = arrival.zip(trip.end()).map(|(a, end)| distance_m(end, one, a));
        if let Some(distance) = distance {
            arrived += 1;
            far += usize::from(distance > FAR_M);
            distances.push(distance);
        }
        if args.each {
            say!(
                "trip {} {:.0} s: {}",
                trip.name,
                trip.duration_s(),
                distance.map_or("no arrival".into(), |d| format!("arrived {d:.0} m away"))
            );
        }
    }
    distances.sort_by(f64::total_cmp);
    let at = |q: f64| {
        distances.get((distances.len() as f64 * q) as usize).or(distances.last()).copied().unwrap_or(0.0)
    };
    say!(
        "arrivals {arrived} of {} found; distance to the destination then: median {:.0} m, p90 {:.0} m, most {:.0} m; {far} beyond {FAR_M:.0} m",
        played.len(),
        at(0.5),
        at(0.9),
        at(1.0)
    );
    arrived as f64 * 100.0 >= args.least_percent * played.len() as f64 && far == 0
}
