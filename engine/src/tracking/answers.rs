//! The ETAs of one person's journeys: what [`super::derive`] asks, answered by what is known of travel times.
//!
//! Journeys under way alone are asked about, each once a point however much of the track was derived again.

use std::sync::Arc;

use campo_geo::eta::{Estimator, Question, Vehicle};
use campo_geo::{Coord, Eta};
use chrono_tz::Tz;
use uuid::Uuid;

use super::derive::{Asked, EtaAt, Hours, Journey};

/// The answers, one a journey that has an ETA.
#[derive(Debug, Clone)]
pub struct Answers {
    estimator: Arc<Estimator>,
    hours: Hours,
    answers: Vec<Answer>,
}

#[derive(Debug, Clone, Copy)]
struct Answer {
    session: Uuid,
    job: Uuid,
    to: Coord,
    asked: Asked,
    eta: Eta,
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
                    let eta = estimate(&self.estimator, &mut self.hours, &asked, to);
                    *old = Answer { to, asked, eta, ..*old };
                }
                None => {
                    let eta = estimate(&self.estimator, &mut self.hours, &asked, to);
                    self.answers.push(Answer { session, job: journey.trip.job, to, asked, eta });
                }
            }
        }
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
