//! A whole trace at once: the most probable path (Viterbi), and how sure it is (forward and backward).

use super::clean::{clean, parked};
use super::lattice::{Links, Step, limit, link};
use super::online::log_sum;
use super::path::{Builder, Matched, Span};
use super::streets::Streets;
use super::{Fix, Search, Settings};

/// The path of a trace. Fixes may come in any order; those that nobody can have driven are left out.
///
/// Memory grows with the trace by some hundred bytes a fix. Empty for no fixes.
pub fn trace(roads: &Streets<'_>, search: &mut Search, fixes: &[Fix], settings: &Settings) -> Matched {
    let fixes = clean(fixes);
    let parked = parked(&fixes);
    let mut builder = Builder::default();
    let mut sure = 0.0;
    let mut begin = 0;
    while begin < fixes.len() {
        let rest = fixes.get(begin..).unwrap_or_default();
        let section = Section::read(roads, search, rest, settings);
        let states = section.best();
        sure += section.sureness(&states);
        builder.part();
        builder.path.breaks += usize::from(begin > 0);
        lay(
            roads,
            search,
            (&section, &states),
            parked.get(begin..).unwrap_or_default(),
            &mut builder,
            settings,
        );
        begin += section.steps.len().max(1);
    }
    let mut path = builder.path;
    path.confidence = if fixes.is_empty() { 0.0 } else { sure / fixes.len() as f32 };
    path
}

/// Fixes that follow from each other.
struct Section {
    steps: Vec<Step>,
    /// Between a step and the next.
    links: Vec<Links>,
    /// By step and state: the score of the best way there, in nats.
    scores: Vec<Vec<f32>>,
    /// By step and state: the state before on that way.
    before: Vec<Vec<usize>>,
}

impl Section {
    /// Reads fixes up to the first gap or jump.
    fn read(roads: &Streets<'_>, search: &mut Search, fixes: &[Fix], settings: &Settings) -> Self {
        let mut section = Self { steps: vec![], links: vec![], scores: vec![], before: vec![] };
        for fix in fixes {
            if section.steps.last().is_some_and(|s| s.fix.seconds_to(fix) > settings.gap_s) {
                break;
            }
            if !section.add(roads, search, Step::new(roads, *fix, settings), settings) {
                break;
            }
        }
        section
    }

    /// Adds a step; `false` when nothing leads to it.
    fn add(&mut self, roads: &Streets<'_>, search: &mut Search, step: Step, settings: &Settings) -> bool {
        let (Some(last), Some(scores)) = (self.steps.last(), self.scores.last()) else {
            self.scores.push(step.fits.clone());
            self.before.push(vec![0; step.len()]);
            self.steps.push(step);
            return true;
        };
        let best = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let alive = |state: usize| scores.get(state).is_some_and(|s| *s >= best - settings.beam);
        let links = link(roads, search, (last, &step), alive, settings);
        let reach = |to: usize| {
            let ways = scores.iter().enumerate().map(|(from, score)| (from, score + links.nats(from, to)));
            ways.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, f32::NEG_INFINITY))
        };
        let (before, scores): (Vec<usize>, Vec<f32>) = step
            .fits
            .iter()
            .enumerate()
            .map(|(to, fit)| {
                let (from, score) = reach(to);
                (from, score + fit)
            })
            .unzip();
        if !scores.iter().any(|s| s.is_finite()) {
            return false;
        }
        self.before.push(before);
        self.scores.push(scores);
        self.links.push(links);
        self.steps.push(step);
        true
    }

    /// The states of the most probable way, a step each.
    fn best(&self) -> Vec<usize> {
        let Some(scores) = self.scores.last() else { return Vec::new() };
        let end = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(state, _)| state);
        let mut states = vec![end];
        for before in self.before.iter().skip(1).rev() {
            let state = states.last().and_then(|s| before.get(*s)).copied().unwrap_or(0);
            states.push(state);
        }
        states.reverse();
        states
    }

    /// The sum of the probabilities of `states`, each in the light of the whole section.
    fn sureness(&self, states: &[usize]) -> f32 {
        let forward = self.forward();
        let backward = self.backward();
        let posterior = |((f, b), state): ((&Vec<f32>, &Vec<f32>), &usize)| {
            let both = f.iter().zip(b).map(|(f, b)| f + b);
            let chosen = f.get(*state).zip(b.get(*state)).map_or(f32::NEG_INFINITY, |(f, b)| f + b);
            (chosen - log_sum(both)).exp()
        };
        forward.iter().zip(&backward).zip(states).map(posterior).sum()
    }

    fn forward(&self) -> Vec<Vec<f32>> {
        let mut all: Vec<Vec<f32>> = self.steps.first().map(|s| s.fits.clone()).into_iter().collect();
        for (links, step) in self.links.iter().zip(self.steps.iter().skip(1)) {
            let last = all.last().cloned().unwrap_or_default();
            let reach =
                |to: usize| log_sum(last.iter().enumerate().map(|(from, n)| n + links.nats(from, to)));
            all.push(step.fits.iter().enumerate().map(|(to, fit)| reach(to) + fit).collect());
        }
        all
    }

    fn backward(&self) -> Vec<Vec<f32>> {
        let mut all: Vec<Vec<f32>> = self.steps.last().map(|s| vec![0.0; s.len()]).into_iter().collect();
        for ((links, step), next) in self.links.iter().zip(&self.steps).zip(self.steps.iter().skip(1)).rev() {
            let last = all.last().cloned().unwrap_or_default();
            let reach = |from: usize| {
                let ahead = next.fits.iter().zip(&last).enumerate();
                log_sum(ahead.map(move |(to, (fit, n))| links.nats(from, to) + fit + n))
            };
            all.push((0..step.len()).map(reach).collect());
        }
        all.reverse();
        all
    }
}

/// Writes the chosen states down as a path.
fn lay(
    roads: &Streets<'_>,
    search: &mut Search,
    (section, states): (&Section, &[usize]),
    parked: &[bool],
    builder: &mut Builder,
    settings: &Settings,
) {
    let spot = |(step, state): (&Step, &usize)| step.spots.get(*state).copied();
    let chosen: Vec<_> = section.steps.iter().zip(states).map(spot).collect();
    let on_road = chosen.iter().flatten().count();
    builder.path.on_road += on_road;
    builder.path.off_road += chosen.len() - on_road;
    let pairs = section.steps.windows(2).zip(chosen.windows(2)).zip(parked);
    for ((steps, places), parked) in pairs {
        let ([a, b], [from, to]) = (steps, places) else { continue };
        let span = Span { from_ms: a.fix.time_ms, to_ms: b.fix.time_ms, parked: *parked };
        let Some((from, to)) = from.zip(*to) else {
            builder.elsewhere((a.fix.at, b.fix.at), span);
            continue;
        };
        let found = search.run(roads, &from, &[to], limit(&a.fix, &b.fix, settings));
        let Some(leg) = found.leg(&to) else { continue };
        let stretches = found.stretches(&to);
        let weights: Vec<u32> = stretches.iter().map(|s| roads.part_ms(s.edge, s.to_m - s.from_m)).collect();
        builder.drive(&stretches, &weights, f64::from(leg.seconds) * 1e3, span);
    }
}
