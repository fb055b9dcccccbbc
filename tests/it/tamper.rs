//! A chain of a real database, tampered with as its superuser: every tampering is found, and the first bad row is named.
//!
//! `make tamper` does a thousand; the suite does `SHORT`. The seed is printed: the same seed tampers in the same way.

#![allow(
    clippy::disallowed_methods,
    reason = "the number of tamperings and the seed come from the environment"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use campo_engine::Engine;
use campo_engine::audit::anchor::Anchors;
use campo_engine::audit::place::{self, From};
use campo_engine::audit::{Action, Entry, verify};
use campo_engine::auth::keys::{Keys, sha256};
use campo_engine::db::Tenant;
use campo_engine::event::By;
use campo_engine::ids::{OrgId, UserId};
use campo_engine::ledger::{Ring, Row};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::house::House;

/// Tamperings of the everyday suite.
const SHORT: u64 = 150;
/// Writers that race for one chain.
const WRITERS: usize = 16;
/// Rows that each of them writes.
const EACH: usize = 16;

/// A generator that a number names.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From `low` to `high`, both of them.
    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }
}

/// A number of the environment.
fn told(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

/// One entry.
pub async fn write(engine: &Engine, org: OrgId, n: usize) {
    let entry = Entry::new(Action::JobMoved, By::staff(UserId::new()), "job").on(Uuid::now_v7());
    let entry = entry.is(json!({"n": n})).about(UserId::new());
    engine
        .db
        .within(org, async |t: &mut Tenant| {
            t.audit(entry);
            Ok(())
        })
        .await
        .unwrap();
}

/// Sixteen writers race, and verifying beside them never raises an alarm.
async fn race(engine: &Engine, org: OrgId) -> i64 {
    let (done, none) = (Arc::new(AtomicBool::new(false)), Anchors::default());
    let watcher = tokio::spawn({
        let (engine, done, none) = (engine.clone(), done.clone(), none.clone());
        async move {
            let mut looks = 0;
            while !done.load(Ordering::Relaxed) {
                let verdict = verify::verify(&engine.db, org, &none, None).await.unwrap();
                assert!(verdict.ok, "a false alarm: {verdict:?}");
                looks += 1;
            }
            looks
        }
    });
    let writers = (0..WRITERS).map(|w| {
        let engine = engine.clone();
        tokio::spawn(async move {
            for n in 0..EACH {
                write(&engine, org, w * EACH + n).await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    assert!(watcher.await.unwrap() > 0, "nobody verified meanwhile");
    let verdict = verify::verify(&engine.db, org, &none, None).await.unwrap();
    assert!(verdict.ok, "{verdict:?}");
    assert!(verdict.rows >= (WRITERS * EACH) as i64, "every entry is there: {verdict:?}");
    verdict.last
}

/// The chain as it was, and what tampers with it.
struct Bench {
    sql: PgConnection,
    org: Uuid,
    other: Uuid,
    /// The last row's number.
    last: i64,
    /// The end as it truly was after row `old`.
    old: i64,
    wrong: Ring,
}

impl Bench {
    async fn set_up(house: &House, org: OrgId, other: OrgId, old: i64) -> Self {
        let mut sql = house.sql().await;
        for statement in [
            "alter table audit_log disable trigger all",
            "alter table audit_head disable trigger all",
            "create table kept_log as select * from audit_log",
            "create table kept_head as select * from audit_head",
        ] {
            sqlx::query(statement).execute(&mut sql).await.unwrap();
        }
        let last = sqlx::query_scalar("select max(seq) from audit_log where org_id = $1")
            .bind(org.0)
            .fetch_one(&mut sql)
            .await
            .unwrap();
        let wrong = Ring::of(&Keys::derive(&[9; 32]).unwrap(), 1);
        Self { sql, org: org.0, other: other.0, last, old, wrong }
    }

    /// Everything as it was; what the tampering took away is not there to be deleted.
    async fn restore(&mut self) {
        for table in ["log", "head"] {
            for statement in [
                format!("delete from audit_{table} where org_id = $1"),
                format!("insert into audit_{table} select * from kept_{table} where org_id = $1"),
            ] {
                sqlx::query(AssertSqlSafe(statement)).bind(self.org).execute(&mut self.sql).await.unwrap();
            }
        }
    }

    /// A statement with `{org}` filled in; it must change something.
    async fn run(&mut self, statement: &str) {
        let statement =
            statement.replace("{org}", &self.org.to_string()).replace("{other}", &self.other.to_string());
        let done = sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut self.sql).await;
        let done = done.unwrap_or_else(|e| panic!("{statement}: {e}"));
        assert!(done.rows_affected() > 0, "{statement} changed nothing");
    }

    /// The end put where somebody without the key can put it.
    async fn point_head_at(&mut self, seq: i64) {
        self.run(&format!(
            "update audit_head set seq = {seq}, hash = (select hash from audit_log where org_id = '{{org}}' and seq = {seq})
             where org_id = '{{org}}'"
        ))
        .await;
    }

    /// Every hash from a row on made anew by `hash`, each row naming the one before it, and the end too.
    async fn chain_again(&mut self, from: i64, hash: impl Fn(OrgId, &Row) -> Vec<u8>) {
        let rows: Vec<Row> = sqlx::query_as(
            "select seq, entry_id, (extract(epoch from at) * 1000000)::bigint as at_us, action, by_kind, by_user, entity,
                    entity_id, about, payload, key_n, previous, hash
             from audit_log where org_id = $1 and seq >= $2 order by seq",
        )
        .bind(self.org)
        .bind(from)
        .fetch_all(&mut self.sql)
        .await
        .unwrap();
        let mut previous = rows.first().unwrap().previous.clone();
        for mut row in rows {
            row.previous = previous;
            row.hash = hash(OrgId(self.org), &row);
            sqlx::query("update audit_log set previous = $3, hash = $4 where org_id = $1 and seq = $2")
                .bind(self.org)
                .bind(row.seq)
                .bind(&row.previous)
                .bind(&row.hash)
                .execute(&mut self.sql)
                .await
                .unwrap();
            previous = row.hash;
        }
        self.point_head_at(self.last).await;
    }
}

/// Columns and what they may be set to; each differs from what was written.
const EDITS: [&str; 13] = [
    "entry_id = gen_random_uuid()",
    "at = at + interval '1 microsecond'",
    "at = at - interval '1 day'",
    "action = 'customer.merged'",
    "by_kind = 'customer'",
    "by_user = gen_random_uuid()",
    "entity = 'customer'",
    "entity_id = gen_random_uuid()",
    "about = gen_random_uuid()",
    "payload = set_byte(payload, length(payload) / 2, get_byte(payload, length(payload) / 2) # 1)",
    "key_n = key_n + 1",
    "previous = set_byte(previous, 3, get_byte(previous, 3) # 16)",
    "hash = set_byte(hash, 31, get_byte(hash, 31) # 128)",
];

/// Does one tampering. Says its name and the first bad row.
async fn tamper(bench: &mut Bench, dice: &mut Dice) -> (&'static str, i64) {
    let last = bench.last;
    let (i, j) = (dice.between(1, last - 1), dice.between(1, last - 1));
    let (low, high) = (i.min(j), i.max(j) + i64::from(i == j));
    match dice.between(0, 19) {
        0..=4 => {
            let edit = EDITS[dice.between(0, EDITS.len() as i64 - 1) as usize];
            bench.run(&format!("update audit_log set {edit} where org_id = '{{org}}' and seq = {i}")).await;
            ("edit", i)
        }
        5 => {
            bench
                .run(&format!(
                    "update audit_log set about = null, by_user = null where org_id = '{{org}}' and seq = {i}"
                ))
                .await;
            ("empty", i)
        }
        6 | 7 => {
            bench.run(&format!("delete from audit_log where org_id = '{{org}}' and seq = {i}")).await;
            ("delete", i)
        }
        8 => {
            // And what comes after moves up, so that numbers are gapless again.
            bench.run(&format!("delete from audit_log where org_id = '{{org}}' and seq = {i}")).await;
            shift(bench, i, -1).await;
            bench.point_head_at(last - 1).await;
            ("delete and renumber", i)
        }
        9 => {
            for (from, to) in [(low, -1), (high, low), (-1, high)] {
                bench
                    .run(&format!(
                        "update audit_log set seq = {to} where org_id = '{{org}}' and seq = {from}"
                    ))
                    .await;
            }
            ("swap", low)
        }
        10 => {
            let columns = "action, by_kind, by_user, entity, entity_id, about, payload, entry_id, at";
            bench.run(&format!(
                "update audit_log set ({columns}) = (select {columns} from kept_log k where k.org_id = '{{org}}' and k.seq = {high})
                 where org_id = '{{org}}' and seq = {low}"
            )).await;
            ("contents of another row", low)
        }
        11 => {
            shift(bench, i, 1).await;
            bench.run(&format!(
                "insert into audit_log select (r).* from (select jsonb_populate_record(k, jsonb_build_object('seq', {i})) as r
                 from kept_log k where org_id = '{{org}}' and seq = {j}) x"
            )).await;
            // The copied row names its own predecessor, or truly stands where it stood and the next one is a copy.
            ("insert", if i == j { i + 1 } else { i })
        }
        12 => {
            let n = last + 1;
            bench.run(&format!(
                "insert into audit_log select (r).* from (select jsonb_populate_record(k, jsonb_build_object('seq', {n})) as r
                 from kept_log k where org_id = '{{org}}' and seq = {i}) x"
            )).await;
            bench.run(&format!("update audit_log set previous = (select hash from kept_head where org_id = '{{org}}') where org_id = '{{org}}' and seq = {n}")).await;
            if dice.between(0, 1) == 1 {
                bench.point_head_at(n).await;
            }
            ("append", n)
        }
        13 => {
            bench.run(&format!("delete from audit_log where org_id = '{{org}}' and seq > {i}")).await;
            if dice.between(0, 1) == 1 {
                bench.point_head_at(i).await;
            }
            ("truncate", i + 1)
        }
        14 => {
            bench
                .run(&format!(
                    "update audit_log set action = 'customer.merged' where org_id = '{{org}}' and seq = {i}"
                ))
                .await;
            let wrong = Ring::of(&Keys::derive(&[9; 32]).unwrap(), 1);
            bench.chain_again(i, |org, row| wrong.hash(org, row).unwrap()).await;
            let head: (i64, Vec<u8>) = sqlx::query_as("select seq, hash from audit_head where org_id = $1")
                .bind(bench.org)
                .fetch_one(&mut bench.sql)
                .await
                .unwrap();
            let mac = bench.wrong.head_mac(OrgId(bench.org), head.0, &head.1);
            sqlx::query("update audit_head set mac = $2 where org_id = $1")
                .bind(bench.org)
                .bind(mac)
                .execute(&mut bench.sql)
                .await
                .unwrap();
            ("chain again with another key", i)
        }
        15 => {
            bench.run(&format!("delete from audit_log where org_id = '{{org}}' and seq = {i}")).await;
            shift(bench, i, -1).await;
            bench.last -= 1;
            bench
                .chain_again(i, |_, row| {
                    sha256(&[row.previous.as_slice(), row.canonical().as_bytes()].concat())
                })
                .await;
            bench.last += 1;
            ("chain again without a key", i)
        }
        16 => {
            let from: i64 = sqlx::query_scalar("select max(seq) from kept_log where org_id = $1")
                .bind(bench.other)
                .fetch_one(&mut bench.sql)
                .await
                .unwrap();
            let from = dice.between(1, from);
            let columns = "action, by_kind, by_user, entity, entity_id, about, payload, entry_id, at, hash";
            bench.run(&format!(
                "update audit_log set ({columns}) = (select {columns} from kept_log k where k.org_id = '{{other}}' and k.seq = {from})
                 where org_id = '{{org}}' and seq = {i}"
            )).await;
            ("a row of another organization", i)
        }
        17 => {
            let old = bench.old;
            bench.run(&format!("delete from audit_log where org_id = '{{org}}' and seq > {old}")).await;
            bench.run("delete from audit_head where org_id = '{org}'").await;
            bench.run("insert into audit_head select * from old_head where org_id = '{org}'").await;
            ("an older state put back", old + 1)
        }
        18 => {
            bench.run("delete from audit_log where org_id = '{org}'").await;
            bench.run("delete from audit_head where org_id = '{org}'").await;
            ("everything taken away", 1)
        }
        _ => match dice.between(0, 2) {
            0 => {
                bench.run("update audit_head set hash = set_byte(hash, 0, get_byte(hash, 0) # 1) where org_id = '{org}'").await;
                ("another hash in the end", last)
            }
            1 => {
                bench.point_head_at(i).await;
                ("an end before the last row", i + 1)
            }
            _ => {
                bench.run("delete from audit_head where org_id = '{org}'").await;
                ("the end taken away", last)
            }
        },
    }
}

/// Moves the numbers of all rows from `from` on.
async fn shift(bench: &mut Bench, from: i64, by: i64) {
    bench.run(&format!("update audit_log set seq = -seq where org_id = '{{org}}' and seq >= {from}")).await;
    bench.run(&format!("update audit_log set seq = -seq + {by} where org_id = '{{org}}' and seq < 0")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tampering_is_found_and_the_first_bad_row_is_named() {
    let house = House::start().await;
    let (owner, stranger) = (house.sign_up("Plomería Sur").await, house.stranger().await);
    let engine = house.app.engine.clone();
    for n in 0..20 {
        write(&engine, stranger.org, n).await;
    }
    let old = race(&engine, owner.org).await;
    place::anchor(&engine).await.unwrap();
    let mut sql = house.sql().await;
    sqlx::query("create table old_head as select * from audit_head").execute(&mut sql).await.unwrap();
    for n in 0..20 {
        write(&engine, owner.org, n).await;
    }
    place::anchor(&engine).await.unwrap();
    let anchors = place::anchors(&engine, From::First).await.unwrap();
    assert_eq!((anchors.wrong.as_deref(), anchors.count >= 2), (None, true));

    // Constraints that a tamperer would drop first.
    for statement in [
        "alter table audit_log drop constraint audit_log_seq_check",
        "alter table audit_log drop constraint audit_log_pkey",
        "create index audit_log_seq on audit_log (org_id, seq)",
    ] {
        sqlx::query(statement).execute(&mut sql).await.unwrap();
    }
    let mut bench = Bench::set_up(&house, owner.org, stranger.org, old).await;
    let (n, seed) = (told("CAMPO_TAMPERINGS", SHORT), told("CAMPO_TAMPER_SEED", 20_261_124));
    let (mut dice, mut found) = (Dice(seed), BTreeMap::<&str, u64>::new());
    let honest = verify::verify(&engine.db, owner.org, &anchors, None).await.unwrap();
    assert!(honest.ok, "an honest chain: {honest:?}");
    for round in 0..n {
        let (name, first_bad) = tamper(&mut bench, &mut dice).await;
        let verdict = verify::verify(&engine.db, owner.org, &anchors, None).await.unwrap();
        let named = verdict.first_bad.map(|bad| bad.seq);
        assert_eq!(
            (verdict.ok, named),
            (false, Some(first_bad)),
            "seed {seed}, round {round}, {name}: {verdict:?}"
        );
        let beside = verify::verify(&engine.db, stranger.org, &anchors, None).await.unwrap();
        assert!(beside.ok, "the other organization's chain: {beside:?}");
        bench.restore().await;
        *found.entry(name).or_default() += 1;
    }
    let honest = verify::verify(&engine.db, owner.org, &anchors, None).await.unwrap();
    assert!(honest.ok, "put back as it was: {honest:?}");
    eprintln!("{n} tamperings of a chain of {} rows, all found (seed {seed}): {found:?}", bench.last);
}
