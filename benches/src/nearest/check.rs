//! Answers against every point of the same state, while points move.

use std::time::Instant;

use campo_geo::Coord;
use campo_geo::near::Shared;

/// Questions put to one state.
const AT_ONCE: usize = 20;

/// What came out.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) checked: usize,
    pub(super) wrong: usize,
    /// Milliseconds that measuring every point takes.
    pub(super) brute_ms: f64,
}

/// One question with its answer.
struct Asked {
    at: Coord,
    /// Only ids that leave this rest modulo seven; 7 lets all pass.
    rest: u32,
    max_distance_m: f64,
    answer: Vec<(u32, f64)>,
}

/// Takes a copy of the points and the answers of the very same state, and compares them outside of the index.
pub(super) fn run(shared: &Shared<u32>, asked: &[Coord], n: usize, checks: usize) -> Found {
    let mut found = Found::default();
    let (mut brute_s, mut next) = (0.0, asked.iter().cycle().enumerate());
    while found.checked < checks && !asked.is_empty() {
        let (points, questions) = shared.read(|near| {
            let ask = |(number, at): (usize, &Coord)| {
                let rest = if number % 2 == 0 { 7 } else { number as u32 % 7 };
                let max_distance_m = if number % 5 == 0 { 700.0 } else { f64::INFINITY };
                let answer = near.nearest(*at, n, |id| passes(id, rest), max_distance_m);
                Asked { at: *at, rest, max_distance_m, answer }
            };
            let questions: Vec<Asked> = next.by_ref().take(AT_ONCE).map(ask).collect();
            (near.iter().collect::<Vec<(u32, Coord)>>(), questions)
        });
        for question in questions {
            let began = Instant::now();
            let expected = brute(&points, &question, n);
            brute_s += began.elapsed().as_secs_f64();
            found.checked += 1;
            found.wrong += usize::from(question.answer != expected);
        }
    }
    found.brute_ms = brute_s * 1e3 / found.checked.max(1) as f64;
    found
}

fn passes(id: u32, rest: u32) -> bool {
    rest > 6 || id % 7 == rest
}

fn brute(points: &[(u32, Coord)], question: &Asked, n: usize) -> Vec<(u32, f64)> {
    let mut all: Vec<(u32, f64)> = points
        .iter()
        .filter(|(id, _)| passes(*id, question.rest))
        .map(|(id, point)| (*id, question.at.distance_m(*point)))
        .filter(|(_, distance_m)| *distance_m <= question.max_distance_m)
        .collect();
    let order = |a: &(u32, f64), b: &(u32, f64)| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0));
    if all.len() > n && n > 0 {
        all.select_nth_unstable_by(n - 1, order);
    }
    all.truncate(n);
    all.sort_unstable_by(order);
    all
}
