//! The executable `campo-bench`.

use std::process::ExitCode;

use campo_bench::{
    crash, drive, eta, fakes, floor, flow, hostile, load, mapbuild, matching, nearest, places, reads, replay,
    route, say, secrets, town, verify, worlds,
};
use clap::{Parser, Subcommand};

/// Drivers that speak CampoTech's wire contract, and the oracle that judges what they were promised.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make an invented Argentine town as an OSM extract
    Town(town::Args),
    /// Let simulated technicians work in the town
    Drive(drive::Args),
    /// Send recorded trips through real sockets
    Replay(replay::Args),
    /// Open-loop load over many sockets
    Load(load::Args),
    /// kill -9 under load, round after round
    Crash(crash::Args),
    /// Hostile frames, and whether a good neighbour suffers
    Hostile(hostile::Args),
    /// Lay recorded trips onto roads, beside OSRM
    Match(matching::Args),
    /// Error and coverage of all ETA tiers on any trip file, beside OSRM
    Eta(eta::Args),
    /// Routes and tables in process, beside OSRM on the same pairs
    Route(route::Args),
    /// Time and memory of a map's build, beside reading alone and OSRM
    Mapbuild(mapbuild::Args),
    /// The nearest of a million moving points, against measuring every one
    Nearest(nearest::Args),
    /// Build and search the index of streets and places, beside reading every name
    Places(places::Args),
    /// Providers that are played: Meta, Twilio, OpenAI, SMTP, push, directions
    Fakes(fakes::Args),
    /// From a job's event to WhatsApp's door, open loop
    Messages(flow::messages::Args),
    /// Signed webhooks, open loop: answered soon, processed once
    Webhooks(flow::webhooks::Args),
    /// kill -9 while messages flow and providers misbehave
    Rounds(flow::rounds::Args),
    /// Ten tasks beside a hundred thousand; killed workers
    Queue(flow::queue::Args),
    /// REST as the office reads it, open loop, beside a trivial GET
    Reads(reads::Args),
    /// The same run of one organization beside two different others: nothing differs
    Worlds(worlds::Args),
    /// A broad run at the loudest log: no secret of the run stands in it
    Secrets(secrets::Args),
    /// The oracle alone
    Verify(verify::Args),
    /// The raw insert floor alone
    Floor(floor::Args),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // reqwest brings no cryptography of its own here; the house's is ring.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let done = match Cli::parse().command {
        Command::Town(args) => town::run(&args),
        Command::Drive(args) => drive::run(&args).await,
        Command::Replay(args) => replay::run(&args).await,
        Command::Hostile(args) => hostile::run(&args).await,
        Command::Load(args) => load::run(&args).await,
        Command::Crash(args) => crash::run(&args).await,
        Command::Eta(args) => eta::run(&args).await,
        Command::Match(args) => matching::run(&args).await,
        Command::Route(args) => route::run(&args).await,
        Command::Mapbuild(args) => mapbuild::run(&args),
        Command::Nearest(args) => nearest::run(&args),
        Command::Places(args) => places::run(&args),
        Command::Fakes(args) => fakes::run(&args).await,
        Command::Messages(args) => flow::messages::run(&args).await,
        Command::Webhooks(args) => flow::webhooks::run(&args).await,
        Command::Rounds(args) => flow::rounds::run(&args).await,
        Command::Queue(args) => flow::queue::run(&args).await,
        Command::Reads(args) => reads::run(&args).await,
        Command::Worlds(args) => worlds::run(&args).await,
        Command::Secrets(args) => secrets::run(&args).await,
        Command::Verify(args) => verify::run(&args).await,
        Command::Floor(args) => floor::run(&args).await,
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(trouble) => {
            say!("campo-bench: {trouble}");
            ExitCode::from(2)
        }
    }
}
