//! What a walk finds, on chains in memory.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::event::By;
use crate::ledger::{Action, Entry, Ledger};

fn keys() -> Keys {
    Keys::derive(&[7; 32]).unwrap()
}

/// A chain of `n` rows with its head.
fn chain(org: OrgId, n: i64) -> (Vec<Row>, Head) {
    let ledger = Ledger::new(&keys(), 1, |_| true);
    let mut rows: Vec<Row> = Vec::new();
    for seq in 1..=n {
        let previous = rows.last().map_or(GENESIS.to_vec(), |r| r.hash.clone());
        let entry = Entry::new(Action::JobMoved, By::SYSTEM, "job").on(Uuid::from_u128(seq as u128));
        rows.push(ledger.row(org, seq, seq, &previous, entry).unwrap());
    }
    let hash = rows.last().map_or(GENESIS.to_vec(), |r| r.hash.clone());
    let mac = ledger.ring().head_mac(org, n, &hash);
    (rows, Head { seq: n, hash, mac, broken_at: None })
}

fn walk(org: OrgId, rows: &[Row], head: Option<&Head>, anchored: &Anchored) -> Option<Bad> {
    let ring = Ring::of(&keys(), 1);
    let mut walk = Walk::new(Some(&ring), org, anchored);
    for row in rows {
        walk.step(row);
    }
    walk.end(Some(head)).first_bad
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any one column of any one row: that row is named.
    #[test]
    fn one_edit_is_found(n in 1..12i64, at in 0..12usize, column in 0..12u8, bit in 0..8u8) {
        let org = OrgId(Uuid::from_u128(1));
        let (mut rows, head) = chain(org, n);
        let at = at % rows.len();
        let row = &mut rows[at];
        let flip = |bytes: &mut Vec<u8>| { let last = bytes.len() - 1; bytes[last] ^= 1 << bit; };
        match column {
            0 => row.at_us += 1,
            1 => row.action.push('x'),
            2 => row.by_kind = "staff".into(),
            3 => row.by_user = Some(Uuid::from_u128(9)),
            4 => row.entity = "customer".into(),
            5 => row.entity_id = None,
            6 => row.about = Some(Uuid::from_u128(9)),
            7 => flip(&mut row.payload),
            8 => row.key_n += 1,
            9 => flip(&mut row.previous),
            10 => flip(&mut row.hash),
            _ => row.entry_id = Uuid::from_u128(9),
        }
        let bad = walk(org, &rows, Some(&head), &Anchored::new());
        prop_assert_eq!(bad.map(|b| b.seq), Some(at as i64 + 1));
    }

    /// A chain that nobody touched is good, and with anchors of any of its rows too.
    #[test]
    fn an_honest_chain_is_good(n in 0..20i64, anchors in proptest::collection::vec(0..20usize, 0..5)) {
        let org = OrgId(Uuid::from_u128(1));
        let (rows, head) = chain(org, n);
        let anchored: Anchored = anchors.iter().filter_map(|i| rows.get(*i)).map(|r| (r.seq, r.hash.clone())).collect();
        prop_assert_eq!(walk(org, &rows, (n > 0).then_some(&head), &anchored), None);
    }

    /// What follows an anchored row can be walked without what comes before it.
    #[test]
    fn a_walk_may_begin_at_an_anchor(n in 2..20i64, from in 1..20i64) {
        let (org, from) = (OrgId(Uuid::from_u128(1)), 1 + from % (n - 1));
        let (rows, head) = chain(org, n);
        let anchored: Anchored = [(from, rows[from as usize - 1].hash.clone())].into();
        let ring = Ring::of(&keys(), 1);
        let mut walk = Walk::from_anchor(Some(&ring), org, &anchored, from);
        for row in &rows[from as usize..] {
            walk.step(row);
        }
        prop_assert_eq!(walk.end(Some(Some(&head))).first_bad, None);
    }
}

/// What is done to the end of a chain.
#[test]
fn ends() {
    let org = OrgId(Uuid::from_u128(1));
    let (rows, head) = chain(org, 6);
    let none = Anchored::new();
    let bad =
        |rows: &[Row], head: Option<&Head>, anchored: &Anchored| walk(org, rows, head, anchored).unwrap();
    assert_eq!(bad(&rows[..4], Some(&head), &none), Bad { seq: 5, why: Why::Missing });
    assert_eq!(bad(&rows, None, &none), Bad { seq: 6, why: Why::HeadMissing });
    // Cut, and the end put back to the row before without the key.
    let forged = Head { seq: 4, hash: rows[3].hash.clone(), ..head.clone() };
    assert_eq!(bad(&rows[..4], Some(&forged), &none), Bad { seq: 5, why: Why::HeadForged });
    // Cut, and an older, true end put back: only an anchor knows.
    let older = chain_head(org, &rows[3]);
    assert_eq!(walk(org, &rows[..4], Some(&older), &none), None);
    let anchored: Anchored = [(6, rows[5].hash.clone())].into();
    assert_eq!(bad(&rows[..4], Some(&older), &anchored), Bad { seq: 5, why: Why::Missing });
    assert_eq!(bad(&rows, Some(&older), &none), Bad { seq: 5, why: Why::BeyondHead });
    let broken = Head { broken_at: Some(3), ..head.clone() };
    assert_eq!(bad(&rows, Some(&broken), &none), Bad { seq: 3, why: Why::HeadForged });
}

fn chain_head(org: OrgId, last: &Row) -> Head {
    let mac = Ring::of(&keys(), 1).head_mac(org, last.seq, &last.hash);
    Head { seq: last.seq, hash: last.hash.clone(), mac, broken_at: None }
}

/// Somebody with the key of another installation, or of no number that we had.
#[test]
fn other_keys() {
    let org = OrgId(Uuid::from_u128(1));
    let (mut rows, head) = chain(org, 6);
    let other = Ring::of(&Keys::derive(&[8; 32]).unwrap(), 1);
    for i in 3..6 {
        rows[i].previous = rows[i - 1].hash.clone();
        rows[i].hash = other.hash(org, &rows[i]).unwrap();
    }
    assert_eq!(walk(org, &rows, Some(&head), &Anchored::new()), Some(Bad { seq: 4, why: Why::WrongHash }));
    rows[3].key_n = 2;
    assert_eq!(walk(org, &rows, Some(&head), &Anchored::new()), Some(Bad { seq: 4, why: Why::UnknownKey }));
}

/// A second key writes on; rows of the first stay good.
#[test]
fn keys_rotate() {
    let org = OrgId(Uuid::from_u128(1));
    let (mut rows, _) = chain(org, 3);
    let ledger = Ledger::new(&keys(), 2, |_| true);
    let last = rows[2].hash.clone();
    rows.push(ledger.row(org, 4, 4, &last, Entry::new(Action::JobMoved, By::SYSTEM, "job")).unwrap());
    assert_eq!((rows[2].key_n, rows[3].key_n), (1, 2));
    let ring = Ring::of(&keys(), 2);
    let none = Anchored::new();
    let mut walk = Walk::new(Some(&ring), org, &none);
    assert!(rows.iter().all(|row| walk.step(row)));
}

/// Without the secret a copy of a row is found where rows do not name each other.
#[test]
fn without_keys_order_and_anchors_speak() {
    let org = OrgId(Uuid::from_u128(1));
    let (mut rows, _) = chain(org, 6);
    rows.swap(1, 2);
    (rows[1].seq, rows[2].seq) = (2, 3);
    let none = Anchored::new();
    let mut walk = Walk::new(None, org, &none);
    for row in &rows {
        walk.step(row);
    }
    assert_eq!(walk.end(None).first_bad, Some(Bad { seq: 2, why: Why::NotChained }));
}
