use super::*;
use proptest::prelude::*;

fn facts() -> Facts {
    Facts {
        straight_m: Some(2_000.0),
        eta_s: Some(600),
        is_urgent: false,
        doing: Doing::Free,
        remaining: 0,
        needs_trade: true,
        has_trade: true,
        level: Some(SkillLevel::Senior),
        rating: None,
        jobs_a_month: 25,
    }
}

fn points(facts: &Facts) -> [f64; 5] {
    parts(facts).map(|p| p.points)
}

/// The tables of functional.md section 3.3, line by line.
#[test]
fn the_tables() {
    let at = |f: fn(&mut Facts), part: usize| {
        let mut facts = facts();
        f(&mut facts);
        points(&facts)[part]
    };
    assert_eq!(at(|f| f.eta_s = Some(0), 0), 100.0);
    assert_eq!(at(|f| f.eta_s = Some(1_800), 0), 50.0);
    assert_eq!(at(|f| f.eta_s = Some(3_600), 0), 0.0);
    assert_eq!(at(|f| f.eta_s = Some(9_000), 0), 0.0);
    assert_eq!(at(|f| f.straight_m = Some(50_001.0), 0), 0.0);
    assert_eq!(at(|f| f.eta_s = None, 0), 0.0);
    assert_eq!(at(|f| (f.is_urgent, f.eta_s) = (true, Some(900)), 0), 75.0);
    assert_eq!(at(|f| (f.is_urgent, f.eta_s) = (true, Some(1_800)), 0), 25.0);
    for (doing, expected) in [
        (Doing::Free, 100.0),
        (Doing::EnCamino, 40.0),
        (Doing::Working(Some(91)), 50.0),
        (Doing::Working(Some(90)), 30.0),
        (Doing::Working(Some(61)), 30.0),
        (Doing::Working(Some(60)), 10.0),
        (Doing::Working(None), 20.0),
        (Doing::Silent, 0.0),
        (Doing::OffShift, 0.0),
        (Doing::Paused, 0.0),
    ] {
        assert_eq!(points(&Facts { doing, ..facts() })[1], expected, "{doing:?}");
    }
    for (remaining, expected) in [(0, 100.0), (1, 80.0), (2, 60.0), (3, 40.0), (4, 20.0), (5, 0.0), (99, 0.0)]
    {
        assert_eq!(points(&Facts { remaining, ..facts() })[2], expected, "{remaining}");
    }
    for (needs_trade, has_trade, level, expected) in [
        (true, true, Some(SkillLevel::Senior), 100.0),
        (true, true, None, 80.0),
        (true, false, Some(SkillLevel::Regular), 50.0),
        (true, false, Some(SkillLevel::Junior), 30.0),
        (false, true, None, 50.0),
    ] {
        assert_eq!(points(&Facts { needs_trade, has_trade, level, ..facts() })[3], expected);
    }
    for (jobs_a_month, rating, expected) in [
        (0, None, 50.0),
        (5, None, 60.0),
        (10, None, 65.0),
        (20, None, 70.0),
        (20, Some(5.0), 100.0),
        (4, Some(2.5), 65.0),
    ] {
        assert_eq!(points(&Facts { jobs_a_month, rating, ..facts() })[4], expected);
    }
}

#[test]
fn confidence_has_two_steps() {
    use Confidence::{High, Low, Medium};
    let of = [0.0, 49.99, 50.0, 69.99, 70.0, 100.0].map(Confidence::of);
    assert_eq!(of, [Low, Low, Medium, Medium, High, High]);
    assert!((Part::ALL.iter().map(|p| p.weight()).sum::<f64>() - 1.0).abs() < 1e-12);
}

fn doing() -> impl Strategy<Value = Doing> {
    prop_oneof![
        Just(Doing::Free),
        Just(Doing::EnCamino),
        prop::option::of(-5..500i64).prop_map(Doing::Working),
        Just(Doing::Silent),
        Just(Doing::OffShift),
        Just(Doing::Paused),
    ]
}

prop_compose! {
    fn any_facts()(
        straight_m in prop::option::of(0.0..90_000.0f64),
        eta_s in prop::option::of(0..20_000u32),
        is_urgent: bool,
        doing in doing(),
        remaining in -1..12i64,
        needs_trade: bool,
        has_trade: bool,
        level in prop_oneof![Just(None), Just(Some(SkillLevel::Junior)), Just(Some(SkillLevel::Regular)), Just(Some(SkillLevel::Senior))],
        rating in prop::option::of(-1.0..6.0f64),
        jobs_a_month in 0..60i64,
    ) -> Facts {
        Facts { straight_m, eta_s, is_urgent, doing, remaining, needs_trade, has_trade, level, rating, jobs_a_month }
    }
}

fn total(facts: &Facts) -> f64 {
    score(&parts(facts))
}

proptest! {
    /// Whatever the facts: every part and the score lie in 0..=100, and the score is the weighted sum.
    #[test]
    fn bounded(facts in any_facts()) {
        let parts = parts(&facts);
        prop_assert!(parts.iter().all(|p| (0.0..=100.0).contains(&p.points)), "{parts:?}");
        let order: Vec<Part> = parts.iter().map(|p| p.part).collect();
        prop_assert_eq!(order, Part::ALL.to_vec());
        let score = score(&parts);
        let [a, b, c, d, e] = parts.map(|p| p.points);
        prop_assert!((score - (0.30 * a + 0.25 * b + 0.15 * (c + d + e))).abs() < 1e-9);
    }

    /// Nearer, less to do, more done, a better rating, a higher level, the trade: none of it ever costs.
    #[test]
    fn monotone(facts in any_facts(), less in 0..20_000u32, fewer in 0..12i64, more in 0..60i64, better in 0.0..5.0f64) {
        let score = total(&facts);
        let nearer = facts.eta_s.map(|s| s.saturating_sub(less));
        let rated = Some(facts.rating.map_or(better, |r| r.max(better)));
        for better in [
            Facts { eta_s: nearer, ..facts },
            Facts { remaining: facts.remaining - fewer, ..facts },
            Facts { jobs_a_month: facts.jobs_a_month + more, ..facts },
            Facts { rating: rated, ..facts },
            Facts { has_trade: true, ..facts },
            Facts { level: Some(SkillLevel::Senior), ..facts },
            Facts { doing: Doing::Free, ..facts },
            Facts { is_urgent: false, ..facts },
        ] {
            prop_assert!(total(&better) >= score, "{:?} under {:?}", better, facts);
        }
    }
}
