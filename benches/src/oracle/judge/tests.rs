//! The oracle must be shown to fail before it may say that all is well.

use proptest::prelude::*;

use super::*;

const ORG: Uuid = Uuid::from_u128(1);

fn line(boot: u128, seq: u32, at: Vec<i64>) -> Line {
    Line {
        org: ORG,
        user: Uuid::from_u128(2),
        device: Uuid::from_u128(3),
        boot: Uuid::from_u128(boot),
        seq,
        at,
    }
}

fn stream(boot: u128) -> Stream {
    (Uuid::from_u128(2), Uuid::from_u128(3), Uuid::from_u128(boot))
}

fn judge_points(lines: &[Line], stored: &Stored) -> Verdict {
    let mut verdict = Verdict::default();
    points(&lines.iter().collect::<Vec<_>>(), stored, &mut verdict);
    verdict
}

proptest! {
    /// Every planted loss and every planted duplicate is counted, and nothing else.
    #[test]
    fn planted_faults_are_found_exactly(
        n in 1u32..200,
        lose in prop::collection::hash_set(0usize..200, 0..20),
        double in prop::collection::hash_set(0usize..200, 0..20),
        unacked in 0u32..20,
    ) {
        let at: Vec<i64> = (0..n + unacked).map(|i| 1_000 + i64::from(i) * 7).collect();
        let all: Vec<(u32, i64)> = (1..).zip(at.iter().copied()).collect();
        let lost = lose.iter().filter(|i| **i < n as usize).count() as u64;
        let mut rows: Vec<(u32, i64)> =
            all.iter().enumerate().filter(|(i, _)| !lose.contains(i)).map(|(_, row)| *row).collect();
        let doubled: Vec<(u32, i64)> =
            double.iter().filter(|i| !lose.contains(i)).filter_map(|i| all.get(*i)).copied().collect();
        rows.extend(&doubled);
        let verdict = judge_points(
            &[line(4, 1, at[..n as usize].to_vec())],
            &Stored::from([(stream(4), rows)]),
        );
        prop_assert_eq!((verdict.acked, verdict.lost, verdict.duplicated), (u64::from(n), lost, doubled.len() as u64));
        prop_assert_eq!(verdict.is_clean(), lost == 0 && doubled.is_empty());
    }
}

#[test]
fn the_same_number_with_another_time_is_a_loss_and_another_boot_does_not_help() {
    let stored = Stored::from([(stream(4), vec![(1, 11)]), (stream(5), vec![(2, 20)])]);
    let verdict = judge_points(&[line(4, 1, vec![10, 20])], &stored);
    assert_eq!((verdict.acked, verdict.stored, verdict.lost), (2, 2, 2));
    // The same number at two times is a duplicate although the database's key allows it.
    let verdict = judge_points(&[], &Stored::from([(stream(4), vec![(1, 10), (1, 11)])]));
    assert_eq!(verdict.duplicated, 1);
}

fn history(steps: &[(&str, &str)]) -> Vec<Change> {
    let mut from = None;
    let mut rows = Vec::new();
    for (to, by) in steps {
        rows.push(Change { job: ORG, from: from.clone(), to: (*to).into(), by: (*by).into() });
        from = Some((*to).to_owned());
    }
    rows
}

fn illegal(rows: &[Change], state: &str) -> u64 {
    let mut verdict = Verdict::default();
    transitions(rows, &HashMap::from([(ORG, state.to_owned())]), &mut verdict);
    verdict.illegal_transitions
}

#[test]
fn transitions_follow_the_table() {
    let whole = [
        ("pending", "staff"),
        ("scheduled", "staff"),
        ("en_camino", "technician"),
        ("scheduled", "technician"),
        ("en_camino", "staff"),
        ("working", "technician"),
        ("completed", "technician"),
        ("working", "staff"),
        ("completed", "staff"),
    ];
    assert_eq!(illegal(&history(&whole), "completed"), 0);
    for (to, by) in [
        ("working", "technician"),
        ("completed", "staff"),
        ("cancelled", "technician"),
        ("pending", "technician"),
    ] {
        assert_eq!(illegal(&history(&[("scheduled", "staff"), (to, by)]), to), 1, "{to} by {by}");
    }
    assert_eq!(
        illegal(&history(&[("pending", "staff"), ("cancelled", "staff"), ("working", "staff")]), "working"),
        1
    );
    assert_eq!(illegal(&history(&[("working", "staff")]), "working"), 1);
    // A job that moved without history, and a row that does not follow from the one before.
    assert_eq!(illegal(&history(&[("pending", "staff")]), "scheduled"), 1);
    let mut torn = history(&[("pending", "staff"), ("scheduled", "staff"), ("en_camino", "technician")]);
    torn.remove(1);
    assert_eq!(illegal(&torn, "en_camino"), 1);
}

#[test]
fn event_gaps_are_counted() {
    let gaps = |seqs: &[i64], last| {
        let mut verdict = Verdict::default();
        events(ORG, seqs, last, &mut verdict);
        verdict.event_gaps
    };
    assert_eq!(gaps(&[1, 2, 3], 3), 0);
    assert_eq!(gaps(&[5, 6], 6), 0);
    assert_eq!(gaps(&[1, 2, 5], 5), 2);
    assert_eq!(gaps(&[1, 2], 3), 1);
    assert_eq!(gaps(&[], 0), 0);
    assert_eq!(gaps(&[1, 1, 2], 2), 1);
}
