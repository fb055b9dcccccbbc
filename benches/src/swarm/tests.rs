use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::*;
use crate::fake::{self, Memory};

fn swarm(memory: &Arc<Mutex<Memory>>, rate: f64) -> Swarm {
    let server = fake::start(memory.clone());
    let people = (0..20).map(|i| (Uuid::from_u128(i), format!("token {i}"))).collect();
    let plan = Plan { rate, points_per_frame: 1, batch_late: true, warm_until_us: 0 };
    let mut swarm = Swarm::new(server, people, plan, 1).unwrap();
    swarm.connect().unwrap();
    swarm.until_live(Duration::from_secs(20)).unwrap();
    swarm
}

#[test]
fn every_point_is_sent_on_its_schedule_and_acked_once() {
    let memory = Arc::new(Mutex::new(Memory::default()));
    let mut swarm = swarm(&memory, 2_000.0);
    swarm.begin();
    while swarm.stats.due < 1_000 {
        swarm.step().unwrap();
    }
    assert_eq!(swarm.drain(Duration::from_secs(20)).unwrap(), 0);
    assert_eq!(swarm.stats.acked, swarm.stats.due);
    assert_eq!(memory.lock().unwrap().stored.len() as u64, swarm.stats.due);
    assert_eq!(swarm.stats.latency.len(), swarm.stats.due);
    assert!(swarm.stats.complaints.is_empty(), "{:?}", swarm.stats.complaints);
    assert!(swarm.members.iter().all(|m| m.session.violations.is_empty()));
}

#[test]
fn lost_sockets_lose_no_point() {
    let memory = Arc::new(Mutex::new(Memory { drop_after: 40, ..Memory::default() }));
    let mut swarm = swarm(&memory, 2_000.0);
    swarm.begin();
    while swarm.stats.due < 1_000 {
        swarm.step().unwrap();
        swarm.connect().unwrap();
    }
    memory.lock().unwrap().drop_after = 0;
    for _ in 0..100 {
        swarm.connect().unwrap();
        if swarm.drain(Duration::from_millis(300)).unwrap() == 0 {
            break;
        }
    }
    assert_eq!(swarm.waiting(), 0);
    assert!(swarm.stats.lost_sockets > 0);
    let memory = memory.lock().unwrap();
    let acked: u64 = swarm.members.iter().map(|m| m.acked.len() as u64).sum();
    assert_eq!(acked, swarm.stats.due);
    let known = |m: &Member, at: i64| memory.stored.contains(&(m.session.boot.to_string(), at));
    assert!(swarm.members.iter().all(|m| m.acked.iter().all(|(_, at)| known(m, *at))));
    // A second hello carries the resume token.
    assert!(memory.hellos.iter().any(|t| t == "r"));
}

/// A server that acks what it never keeps is caught by the same judgement that `crash` uses.
#[test]
fn acks_without_storing_are_losses() {
    let memory = Arc::new(Mutex::new(Memory { sabotage: true, ..Memory::default() }));
    let mut swarm = swarm(&memory, 2_000.0);
    swarm.begin();
    while swarm.stats.due < 200 {
        swarm.step().unwrap();
    }
    assert_eq!(swarm.drain(Duration::from_secs(20)).unwrap(), 0);
    let lines = crate::load::lines(&swarm, Uuid::nil());
    let mut verdict = crate::oracle::judge::Verdict::default();
    crate::oracle::judge::points(&lines.iter().collect::<Vec<_>>(), &HashMap::new(), &mut verdict);
    assert_eq!((verdict.lost, verdict.is_clean()), (swarm.stats.due, false));
}

/// What the generator costs, by hand: `cargo test -p campo-bench --release -- --ignored --nocapture generator`.
#[test]
#[ignore = "a figure, not a law"]
fn generator_cost() {
    let memory = Arc::new(Mutex::new(Memory { sabotage: true, ..Memory::default() }));
    let server = fake::start(memory);
    let people = (0..400).map(|i| (Uuid::from_u128(i), format!("token {i}"))).collect();
    let plan = Plan { rate: 8_000.0, points_per_frame: 1, batch_late: false, warm_until_us: 0 };
    let mut swarm = Swarm::new(server, people, plan, 1).unwrap();
    swarm.connect().unwrap();
    swarm.until_live(Duration::from_secs(20)).unwrap();
    swarm.begin();
    let cpu = || {
        let text = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        let fields: Vec<f64> =
            text.rsplit_once(')').unwrap().1.split_whitespace().map(|f| f.parse().unwrap_or(0.0)).collect();
        (fields[11] + fields[12]) / 100.0
    };
    let before = cpu();
    while swarm.stats.due < 40_000 {
        swarm.step().unwrap();
    }
    swarm.drain(Duration::from_secs(20)).unwrap();
    let us = (cpu() - before) * 1e6 / swarm.stats.acked as f64;
    println!("generator {us:.2} us a point of one frame; ack {}", stats::percentiles(&swarm.stats.latency));
}
