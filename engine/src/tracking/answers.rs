//! The ETAs of one person's journeys: what [`super::derive`] asks, answered by what is known of travel times.
//!
//! Journeys under way alone are asked about, each once a point however much of the track was derived again. What is
//! said is corrected by how the last ten minutes went ([`campo_geo::eta::live`]).

use std::collections::VecDeque;
use std::sync::Arc;

use campo_geo::eta::live::{self, Progress};
use campo_geo::eta::{Estimator, Question, Vehicle};
use campo_geo::{Coord, Eta};
use chrono_tz::Tz;
use uuid::Uuid;

use super::derive::{Asked, EtaAt, Hours, Journey};
use super::outside::Outside;
pub use super::outside::OutsideQuestion;

/// Answers are kept at most this often, milliseconds: ten minutes are twenty of them.
const SPACING_MS: i64 = 30_000;

/// The answers, one a journey that has an ETA.
#[derive(Debug, Clone)]
pub struct Answers {
    estimator: Arc<Estimator>,
    hours: Hours,
    answers: Vec<Answer>,
}

#[derive(Debug, Clone)]
struct Answer {
    session: Uuid,
    job: Uuid,
    to: Coord,
    asked: Asked,
    /// Uncorrected answers of the last ten minutes with their moments, oldest first.
    before: VecDeque<(i64, Eta)>,
    eta: Eta,
    outside: Outside,
}

impl Answer {
    fn new(session: Uuid, job: Uuid, to: Coord, asked: Asked, eta: Eta) -> Self {
        let before = VecDeque::from([(asked.ms, eta)]);
        Self { session, job, to, asked, before, eta, outside: Outside::default() }
    }

    /// Takes another answer to the same question, asked from elsewhere.
    fn on(&mut self, asked: Asked, ours: Eta) {
        let estimate = self.outside.on(asked.ms, ours);
        // A late point may have changed what is believed of the last minutes.
        while self.before.back().is_some_and(|(ms, _)| *ms >= asked.ms) {
            self.before.pop_back();
        }
        let window_ms = (live::WINDOW_S * 1_000.0) as i64;
        while self.before.front().is_some_and(|(ms, _)| *ms < asked.ms - window_ms) {
            self.before.pop_front();
        }
        self.eta = self.before.front().map_or(estimate, |(ms, then)| {
            let took_s = (asked.ms - ms) as f64 / 1_000.0;
            live::correct(estimate, Progress::between(*then, estimate, took_s))
        });
        self.asked = asked;
        if self.before.back().is_none_or(|(ms, _)| asked.ms - ms >= SPACING_MS) {
            self.before.push_back((asked.ms, estimate));
        }
    }
}

impl Answers {
    /// No journeys yet, and nothing known of roads.
    pub fn new(zone: Tz) -> Self {
        Self { estimator: Arc::default(), hours: Hours::new(zone), answers: Vec::new() }
    }

    /// Takes over what is known; answers whether that is news. The next [`Answers::bring_up`] asks it all again.
    pub fn learn(&mut self, estimator: &Arc<Estimator>) -> bool {
        if Arc::ptr_eq(&self.estimator, estimator) {
            return false;
        }
        self.estimator = Arc::clone(estimator);
        let asked_again = !self.answers.is_empty();
        self.answers.clear();
        asked_again
    }

    /// Answers what is asked now and was not asked before.
    pub fn bring_up(&mut self, journeys: &[Journey]) {
        if journeys.is_empty() && self.answers.is_empty() {
            return;
        }
        let asks = |session| journeys.iter().any(|j| j.trip.session == session && j.asked().is_some());
        self.answers.retain(|a| asks(a.session));
        for journey in journeys {
            let (Some(asked), Some(to)) = (journey.asked(), journey.trip.destination) else { continue };
            let session = journey.trip.session;
            let before = self.answers.iter().position(|a| a.session == session);
            let old = before.and_then(|i| self.answers.get_mut(i));
            match old {
                // Standing: the seconds stay, and count from a later moment.
                Some(old) if old.to == to && Asked { at_ms: asked.at_ms, ..old.asked } == asked => {
                    old.asked = asked;
                }
                Some(old) => {
                    if old.to != to {
                        (old.to, old.before, old.outside) = (to, VecDeque::new(), Outside::default());
                    }
                    old.on(asked, estimate(&self.estimator, &mut self.hours, &asked, to));
                }
                None => {
                    let eta = estimate(&self.estimator, &mut self.hours, &asked, to);
                    let mut new = Answer::new(session, journey.trip.job, to, asked, eta);
                    new.outside.on(asked.ms, eta);
                    self.answers.push(new);
                }
            }
        }
    }

    /// The journeys whose trip a company outside is to be asked about now; those not heard of since `fresh_ms` are
    /// left alone.
    pub fn outside_due(&mut self, fresh_ms: i64) -> Vec<OutsideQuestion> {
        let fresh = self.answers.iter_mut().filter(|a| a.asked.ms >= fresh_ms);
        fresh
            .filter_map(|a| {
                let question =
                    OutsideQuestion { session: a.session, from: a.asked.from, to: a.to, ms: a.asked.ms };
                a.outside.take().then_some(question)
            })
            .collect()
    }

    /// A company outside says how long that trip takes. Answers whether an ETA is another one by it.
    pub fn hear_outside(&mut self, question: &OutsideQuestion, seconds: f64) -> bool {
        let answer = self.answers.iter_mut().find(|a| a.session == question.session && a.to == question.to);
        let Some(answer) = answer else { return false };
        let Some(eta) = answer.outside.hear(question.ms, seconds) else { return false };
        // What went before was said by another measure.
        answer.before = VecDeque::from([(answer.asked.ms, eta)]);
        let is_news = answer.eta != eta;
        answer.eta = eta;
        is_news
    }

    /// Each journey's session, job and ETA.
    pub fn iter(&self) -> impl Iterator<Item = (Uuid, Uuid, EtaAt)> + '_ {
        self.answers.iter().map(|a| (a.session, a.job, EtaAt { eta: a.eta, at_ms: a.asked.at_ms }))
    }
}

fn estimate(estimator: &Estimator, hours: &mut Hours, asked: &Asked, to: Coord) -> Eta {
    estimator.estimate(&Question {
        from: asked.from,
        to,
        heading_deg: asked.heading_deg.map(f64::from),
        hour_of_week: hours.of(asked.ms),
        vehicle: Vehicle::Car,
    })
}

#[cfg(test)]
mod tests {
    use super::super::derive::Trip;
    use super::super::technician::{Settings, Technician};
    use super::super::testing::{NOON, away, door, fix};
    use super::*;

    /// Drives towards the door at a speed and answers what is said after so many minutes, with the plain answer.
    fn driven(speed_mps: f64, minutes: i32) -> (Eta, Eta) {
        let mut technician = Technician::new(Settings::default());
        let (session, job) = (Uuid::from_u128(1), Uuid::from_u128(2));
        technician.begin_trip(Trip { session, job, destination: Some(door()), started_ms: NOON });
        for i in 0..=minutes * 2 {
            let seconds = f64::from(i) * 30.0;
            technician
                .on_fix(fix(seconds, away(180.0, 12_000.0 - seconds * speed_mps), None), NOON + 3_600_000);
        }
        let left_m = 12_000.0 - f64::from(minutes) * 60.0 * speed_mps;
        let (.., said) = technician.etas().next().unwrap();
        (said.eta, campo_geo::eta(left_m, 3 * 24 + 12))
    }

    /// Who was slow for ten minutes is believed to go on so for a while, who was quick as well, and the tier stays.
    #[test]
    fn the_last_ten_minutes_count() {
        let (slow, plain) = driven(3.0, 10);
        assert!(slow.p50_s > plain.p50_s + 60 && slow.tier == plain.tier, "{slow:?} {plain:?}");
        let (quick, plain) = driven(16.0, 10);
        assert!(quick.p50_s + 20 < plain.p50_s, "{quick:?} {plain:?}");
    }

    /// Another estimator is asked at once; the same again changes nothing.
    #[test]
    fn what_is_learned_answers_at_once() {
        let mut technician = Technician::new(Settings::default());
        let (session, job) = (Uuid::from_u128(1), Uuid::from_u128(2));
        technician.begin_trip(Trip { session, job, destination: Some(door()), started_ms: NOON });
        technician.on_fix(fix(0.0, away(180.0, 4_000.0), None), NOON);
        assert_eq!(technician.etas().next().unwrap().2.eta.tier, 0);
        let trip = |i: i64| campo_geo::eta::Trip {
            from: away(180.0, 4_000.0),
            to: door(),
            started_at: NOON / 1_000 - i * 3_600,
            utc_offset_s: -10_800,
            duration_s: 1_500.0,
            vehicle: Vehicle::Car,
        };
        let trips: Vec<_> = (0..40).map(trip).collect();
        let learned = campo_geo::eta::train(&trips, &Default::default(), &Estimator::default());
        let knows = Arc::new(Estimator::new(None, Some(Arc::new(learned))));
        technician.learn(&knows);
        let said = technician.etas().next().unwrap().2.eta;
        assert!(said.tier >= 1 && said.p50_s > 900, "{said:?}");
    }
}
