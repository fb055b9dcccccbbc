//! Laws of anchors.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn pair() -> Ed25519KeyPair {
    signer(&Keys::derive(&[7; 32]).unwrap()).unwrap()
}

fn org(n: u8) -> OrgId {
    OrgId(Uuid::from_u128(u128::from(n)))
}

/// A run of anchors over states that only go forward: each step moves some chains.
fn run(steps: &[Vec<u8>]) -> (Vec<Vec<u8>>, Ends) {
    let (mut ends, mut before, mut files) = (Ends::new(), Ends::new(), Vec::<Vec<u8>>::new());
    for (i, moved) in steps.iter().enumerate() {
        for n in moved {
            let end = ends.entry(org(*n)).or_insert((0, Vec::new()));
            *end = (end.0 + 1, vec![*n, i as u8]);
        }
        let n = i as u64 + 1;
        let anchor = Anchor::next(n, Utc::now(), files.last().map(Vec::as_slice), &before, &ends);
        files.push(anchor.sign(&pair()).unwrap());
        before = ends.clone();
    }
    (files, ends)
}

fn read(files: &[Vec<u8>]) -> Anchors {
    let key = pair();
    let mut anchors = Anchors::default();
    for (i, file) in files.iter().enumerate() {
        anchors.take(i as u64 + 1, file.clone(), key.public_key().as_ref());
    }
    anchors
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// An honest run is right and knows every end that there was.
    #[test]
    fn an_honest_run_is_right(steps in proptest::collection::vec(proptest::collection::vec(0..6u8, 0..4), 1..12)) {
        let (files, ends) = run(&steps);
        let anchors = read(&files);
        prop_assert_eq!(&anchors.wrong, &None);
        prop_assert_eq!(anchors.ends(), &ends);
        for (org, (seq, hash)) in &ends {
            let known = anchors.of(*org);
            prop_assert_eq!(known.get(seq), Some(hash));
        }
    }

    /// One other byte in one file: it is named.
    #[test]
    fn one_byte_is_found(at in 0..5usize, byte in 0..100_000usize, to in 0x20..0x7fu8) {
        let (mut files, _) = run(&[vec![1, 2], vec![1], vec![], vec![3], vec![2]]);
        let byte = byte % (files[at].len() - 1);
        prop_assume!(files[at][byte] != to);
        files[at][byte] = to;
        let wrong = read(&files).wrong;
        // White space or the written key may change without another meaning: the next anchor's hash tells.
        let is_last = at == 4;
        prop_assert!(wrong.is_some() || is_last, "{byte}");
        if let Some(wrong) = wrong {
            prop_assert!(wrong.starts_with(&format!("anchor {}:", at + 1)) || wrong.starts_with(&format!("anchor {}:", at + 2)), "{wrong}");
        }
    }

    /// The root moves with every end.
    #[test]
    fn the_root_binds_every_end(n in 1..20u8, at in 0..20u8) {
        let mut ends: Ends = (0..n).map(|i| (org(i), (i64::from(i), vec![i; 32]))).collect();
        let before = root(&ends);
        ends.get_mut(&org(at % n)).unwrap().0 += 1;
        prop_assert_ne!(before, root(&ends));
    }
}

#[test]
fn left_out_swapped_and_signed_by_others() {
    let (files, _) = run(&[vec![1, 2], vec![1], vec![2], vec![3]]);
    let mut cut = files.clone();
    cut.remove(1);
    assert!(read(&cut).wrong.unwrap().starts_with("anchor 2:"));
    let mut swapped = files.clone();
    swapped.swap(1, 2);
    assert!(read(&swapped).wrong.unwrap().starts_with("anchor 2:"));
    let other = signer(&Keys::derive(&[8; 32]).unwrap()).unwrap();
    let forged = Anchor::next(5, Utc::now(), files.last().map(Vec::as_slice), &Ends::new(), &Ends::new());
    let mut all = files.clone();
    all.push(forged.sign(&other).unwrap());
    assert!(read(&all).wrong.unwrap().starts_with("anchor 5:"));
}

/// Reading may begin at a full anchor.
#[test]
fn a_run_may_begin_late() {
    let steps: Vec<Vec<u8>> = (0..FULL_EVERY + 3).map(|i| vec![(i % 5) as u8]).collect();
    let (files, ends) = run(&steps);
    let key = pair();
    let mut anchors = Anchors::default();
    for n in FULL_EVERY + 1..=files.len() as u64 {
        anchors.take(n, files[n as usize - 1].clone(), key.public_key().as_ref());
    }
    assert_eq!((anchors.wrong.clone(), anchors.ends()), (None, &ends));
    let mut from_nowhere = Anchors::default();
    from_nowhere.take(5, files[4].clone(), key.public_key().as_ref());
    assert!(from_nowhere.wrong.is_some(), "not a full one");
}

#[test]
fn hexadecimal() {
    assert_eq!(unhex("00ff10"), Some(vec![0, 255, 16]));
    assert_eq!((unhex("0"), unhex("zz"), unhex("é1")), (None, None, None));
}
