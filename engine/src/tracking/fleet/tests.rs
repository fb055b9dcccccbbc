use campo_geo::{Bounds, Coord};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::tracking::frames::Format;

fn user(n: u128) -> UserId {
    UserId(uuid::Uuid::from_u128(n))
}

fn marker(at_ms: i64, lat: f64, lon: f64) -> Marker {
    let coord = Coord::new(lat, lon).unwrap();
    Marker { at_ms, coord, accuracy_m: None, speed_mps: None, heading_deg: None }
}

fn fleet(technicians: u128) -> Fleet {
    let mut fleet = Fleet::new(0, 30);
    for n in 1..=technicians {
        fleet.set_technician(user(n), &format!("T{n}"), true, false, Some(0));
    }
    fleet
}

fn join(fleet: &mut Fleet, id: ViewerId, now: i64) -> Vec<Delivery> {
    fleet.join(id, Format::Json, Start::Snapshot { cursor: fleet.seq(), jobs: "[]".into() }, now)
}

fn pings(out: &[Delivery], id: ViewerId) -> Vec<u32> {
    out.iter()
        .filter_map(|d| match d {
            Delivery::Send { viewer, ping: Some(p), .. } if *viewer == id => Some(*p),
            _ => None,
        })
        .collect()
}

fn frames(out: &[Delivery], id: ViewerId) -> Vec<Value> {
    out.iter()
        .filter_map(|d| match d {
            Delivery::Send { viewer, frame: Some(Frame::Text(b)), .. } if *viewer == id => {
                serde_json::from_slice(b).ok()
            }
            _ => None,
        })
        .collect()
}

#[test]
fn one_stale_frame_waits_and_the_newest_wins() {
    let mut fleet = fleet(1);
    let hello = join(&mut fleet, 1, 0);
    assert_eq!(frames(&hello, 1)[0]["type"], "snapshot");
    let out = fleet.on_pong(1, pings(&hello, 1)[0], 1);
    assert!(out.is_empty(), "nothing moved yet");
    fleet.on_moved(user(1), marker(10, 1.0, 1.0), 100);
    let first = fleet.on_tick(100);
    assert_eq!(frames(&first, 1)[0]["rows"][0][6], 10);
    for at in 11..200 {
        fleet.on_moved(user(1), marker(at, 1.0, 1.0), 100 + at);
        assert!(frames(&fleet.on_tick(100 + at * 10), 1).is_empty(), "no credit, no frame");
    }
    let next = fleet.on_pong(1, pings(&first, 1)[0], 3_000);
    assert_eq!(frames(&next, 1).len(), 1);
    assert_eq!(frames(&next, 1)[0]["rows"][0][6], 199, "only the newest");
}

#[test]
fn a_viewer_that_never_answers_is_ended() {
    let mut fleet = fleet(1);
    join(&mut fleet, 1, 0);
    join(&mut fleet, 2, 0);
    assert!(!fleet.on_tick(PONG_LIMIT_MS).iter().any(|d| matches!(d, Delivery::End { .. })));
    let out = fleet.on_tick(PONG_LIMIT_MS + 1);
    assert_eq!(out.iter().filter(|d| matches!(d, Delivery::End { .. })).count(), 2);
    assert_eq!(fleet.viewers(), 0);
}

#[test]
fn too_many_events_in_flight_end_a_viewer_and_no_other() {
    let mut fleet = fleet(1);
    let a = join(&mut fleet, 1, 0);
    join(&mut fleet, 2, 0);
    let mut credit = pings(&a, 1)[0];
    let big = json!({"kind": "x", "at": 1, "text": "y".repeat(10_000)});
    let mut ended = Vec::new();
    for seq in 1..=60 {
        // Viewer 1 answers each time, viewer 2 never.
        fleet.on_pong(1, credit, seq);
        let (_, out) = fleet.on_event(seq, &big, seq);
        credit = pings(&out, 1)[0];
        ended.extend(out.into_iter().filter_map(|d| match d {
            Delivery::End { viewer, why } => Some((viewer, why)),
            Delivery::Send { .. } => None,
        }));
    }
    assert_eq!(ended, [(2, "events")]);
    assert_eq!(fleet.viewers(), 1);
}

#[test]
fn who_leaves_the_bounds_gets_one_last_row() {
    let mut fleet = fleet(2);
    let hello = join(&mut fleet, 1, 0);
    fleet.on_pong(1, pings(&hello, 1)[0], 1);
    fleet.on_moved(user(1), marker(1, -34.5, -58.5), 1);
    fleet.on_moved(user(2), marker(1, 0.0, 0.0), 1);
    let bounds = Bounds::new([-59.0, -35.0, -58.0, -34.0]).unwrap();
    let answer = fleet.on_view(1, Some(bounds), 2);
    assert_eq!(frames(&answer, 1)[0]["rows"].as_array().unwrap().len(), 1, "only who is inside");
    let mut credit = pings(&answer, 1)[0];
    let mut step = |fleet: &mut Fleet, at: i64, lat: f64| {
        fleet.on_moved(user(1), marker(at, lat, -58.5), at);
        let out = fleet.on_pong(1, credit, at);
        if let Some(p) = pings(&out, 1).first() {
            credit = *p;
        }
        frames(&out, 1)
    };
    assert_eq!(step(&mut fleet, 1_000, -40.0)[0]["rows"][0][1], -40.0, "the last row");
    assert!(step(&mut fleet, 2_000, -41.0).is_empty(), "outside is quiet");
    let empty = fleet.on_view(1, Some(Bounds::new([1.0, 1.0, 2.0, 2.0]).unwrap()), 3_000);
    let empty = frames(&[empty, fleet.on_pong(1, credit, 3_001)].concat(), 1);
    assert_eq!(empty[0]["rows"], json!([]), "a view is answered, even by nothing");
}

#[test]
fn a_gap_is_said_and_known_events_are_passed_over() {
    let mut fleet = fleet(1);
    let body = json!({"kind": "x", "at": 1});
    assert_eq!(fleet.on_event(1, &body, 0).0, Heard::Next);
    assert_eq!(fleet.on_event(1, &body, 0).0, Heard::Known);
    assert_eq!(fleet.on_event(3, &body, 0).0, Heard::Gap);
    assert_eq!(fleet.seq(), 1);
}

#[test]
fn silence_counts_only_on_shift_and_without_a_job() {
    let mut fleet = fleet(1);
    assert!(fleet.silences(120_000).is_empty());
    assert_eq!(fleet.silences(120_001), [(user(1), true)]);
    assert_eq!(fleet.view(user(1), 120_001).unwrap().status, TechnicianStatus::Offline);
    fleet.set_silent(user(1), true);
    assert!(fleet.silences(130_000).is_empty(), "said once");
    let job = JobId::new();
    fleet.on_job(job, &[user(1)], Some(UnderWay::EnCamino));
    assert_eq!(fleet.view(user(1), 130_000).unwrap().status, TechnicianStatus::EnCamino);
    assert_eq!(fleet.silences(130_000), [(user(1), false)]);
    fleet.on_job(job, &[], None);
    fleet.on_shift(user(1), false, 130_000);
    assert_eq!(fleet.view(user(1), 130_000).unwrap().status, TechnicianStatus::OffShift);
}

proptest! {
    /// Whatever the order of joins, events and Pongs: a viewer gets every event after its cursor, once, in order.
    #[test]
    fn events_are_gapless(steps in prop::collection::vec(0..4u8, 1..120)) {
        let mut fleet = fleet(2);
        let mut got: FxHashMap<ViewerId, Vec<i64>> = FxHashMap::default();
        let mut started: FxHashMap<ViewerId, i64> = FxHashMap::default();
        let mut credit: FxHashMap<ViewerId, u32> = FxHashMap::default();
        let (mut seq, mut next, mut now) = (0, 0, 0);
        for step in steps {
            now += 10;
            let out = match step {
                0 => {
                    next += 1;
                    started.insert(next, fleet.seq());
                    join(&mut fleet, next, now)
                }
                1 => {
                    seq += 1;
                    fleet.on_event(seq, &json!({"kind": "x", "at": seq}), now).1
                }
                2 => {
                    fleet.on_moved(user(1), marker(now, 1.0, 1.0), now);
                    fleet.on_tick(now)
                }
                _ => credit.clone().into_iter().flat_map(|(id, c)| fleet.on_pong(id, c, now)).collect(),
            };
            for id in started.keys() {
                credit.extend(pings(&out, *id).last().map(|c| (*id, *c)));
                got.entry(*id).or_default().extend(frames(&out, *id).iter().filter(|f| f["type"] == "event").map(|f| {
                    f["event"]["at"].as_i64().unwrap()
                }));
            }
        }
        for (id, from) in started {
            prop_assert_eq!(got.remove(&id).unwrap_or_default(), (from + 1..=seq).collect::<Vec<_>>());
        }
    }

    /// With credit given back, a viewer ends with the newest position of everyone.
    #[test]
    fn the_newest_position_arrives(moves in prop::collection::vec((1..5u128, 1..1000i64), 1..60)) {
        let mut fleet = fleet(5);
        let hello = join(&mut fleet, 1, 0);
        let mut credit = pings(&hello, 1)[0];
        let mut seen: FxHashMap<String, i64> = FxHashMap::default();
        let mut newest: FxHashMap<String, i64> = FxHashMap::default();
        let mut now = 0;
        for (who, at) in moves.into_iter().chain([(1, 2_000)]) {
            now += 37;
            fleet.on_moved(user(who), marker(at, 1.0, 1.0), now);
            let best = newest.entry(user(who).to_string()).or_insert(at);
            *best = at.max(*best);
            for out in [fleet.on_tick(now), fleet.on_pong(1, credit, now)] {
                credit = pings(&out, 1).last().copied().unwrap_or(credit);
                for frame in frames(&out, 1) {
                    for row in frame["rows"].as_array().into_iter().flatten() {
                        seen.insert(row[0].as_str().unwrap().into(), row[6].as_i64().unwrap());
                    }
                }
            }
        }
        for step in 1..5 {
            let out = [fleet.on_pong(1, credit, now + step * 100), fleet.on_tick(now + step * 100)].concat();
            credit = pings(&out, 1).last().copied().unwrap_or(credit);
            for frame in frames(&out, 1) {
                for row in frame["rows"].as_array().into_iter().flatten() {
                    seen.insert(row[0].as_str().unwrap().into(), row[6].as_i64().unwrap());
                }
            }
        }
        prop_assert_eq!(seen, newest);
    }
}
