//! What follows from points: the organization and the customers hear, arrivals and windows are committed.

use std::time::Duration;

use actix::prelude::*;
use campo_engine::directions;
use campo_engine::error::Error;
use campo_engine::estimates::coverage::{self, Said};
use campo_engine::ids::{SessionId, Source};
use campo_engine::jobs;
use campo_engine::tracking::derive::{EtaAt, hour_of_week};
use campo_engine::tracking::motion_path::Motion;
use campo_engine::tracking::sql::from_ms;
use campo_engine::tracking::technician::{Arrived, Marker};
use campo_engine::tracking::{expect, phone, session};
use metrics::counter;
use tracing::{error, warn};

use super::record::News;
use super::{AGAIN, TechnicianActor};
use crate::now_ms;
use crate::organization::{TechnicianAlive, TechnicianMoved};
use crate::tracking::SessionMoved;

/// An ETA of a moment that is longer ago came with a backlog, milliseconds.
const FRESH_MS: i64 = 120_000;

impl TechnicianActor {
    pub(super) fn deliver(&mut self, news: News, ctx: &mut Context<Self>) {
        self.commit_arrivals(news.arrivals, ctx);
        if news.eta_changed {
            self.after_estimates(ctx);
            self.ask_outside(ctx);
        }
        if let Some(marker) = news.moved {
            for journey in self.memory.iter().flat_map(|m| &m.journeys) {
                if let Some(tracking) = self.registry.tracking_alive(SessionId(journey.trip.session)) {
                    // A newer position is on its way: this one may be lost.
                    let _ = tracking.try_send(SessionMoved(marker));
                }
            }
        }
        self.tell_organization(news.moved, ctx, news.battery);
    }

    /// Asks a company outside how long the trips take, where the organization's tier has one and it is time.
    pub(super) fn ask_outside(&mut self, ctx: &mut Context<Self>) {
        let (engine, org) = (self.registry.engine(), self.org);
        if !directions::is_on(engine) {
            return;
        }
        let Some(memory) = self.memory.as_mut() else { return };
        for question in memory.core.outside_due(now_ms() - FRESH_MS) {
            let engine = engine.clone();
            let ask = async move { directions::drive(&engine, org, question.from, question.to).await };
            ctx.spawn(ask.into_actor(self).map(move |drive, actor, ctx| {
                let (Some(drive), Some(memory)) = (drive, actor.memory.as_mut()) else { return };
                if memory.core.hear_outside(&question, drive.seconds()) {
                    actor.after_estimates(ctx);
                    actor.tell_organization(None, ctx, None);
                }
            }));
        }
    }

    /// The organization hears of the newest position; when its mailbox is full the newest waits here.
    pub(super) fn tell_organization(
        &mut self,
        marker: Option<Marker>,
        ctx: &mut Context<Self>,
        battery: Option<f32>,
    ) {
        let eta = self.memory.as_ref().and_then(|m| m.core.etas().map(|(_, _, eta)| eta).last());
        let held = self.held_back.take();
        let is_retried = held.is_some();
        let (held_marker, held_motion) = held.map_or((None, None), |h| (h.marker, h.motion));
        let motion = marker.and_then(|marker| self.expect(&marker)).or(held_motion);
        let marker = marker.or(held_marker);
        match self.organization.try_send(TechnicianMoved { user: self.user, marker, eta, battery, motion }) {
            Ok(()) => {}
            Err(SendError::Full(moved)) => {
                counter!("campo_markers_held_back_total").increment(1);
                self.held_back = Some(moved);
                if !is_retried {
                    ctx.run_later(AGAIN, |actor, ctx| {
                        if actor.held_back.is_some() {
                            actor.tell_organization(None, ctx, None);
                        }
                    });
                }
            }
            Err(SendError::Closed(_)) => self.find_organization(ctx),
        }
    }

    /// What viewers must be told to expect now, when it is news; keeps what was told.
    fn expect(&mut self, marker: &Marker) -> Option<Motion> {
        let memory = self.memory.as_ref()?;
        let map = self.registry.engine().maps.current();
        let news = expect::news(&memory.core, marker, map.as_deref(), self.expected.as_ref(), now_ms())?;
        self.expected = Some(news.clone());
        Some(news)
    }

    /// The organization's actor is gone: a fresh one takes over.
    pub(super) fn find_organization(&mut self, ctx: &mut Context<Self>) {
        if let Some(organization) = self.registry.organization(self.org) {
            self.organization = organization;
            // It was told nothing yet.
            self.expected = None;
            // It reads everything when it starts; a full mailbox is met again by the next position.
            let _ = self.organization.try_send(TechnicianAlive { user: self.user, addr: ctx.address() });
        }
    }

    /// New windows for customers, where an estimate makes one due.
    pub(super) fn after_estimates(&mut self, ctx: &mut Context<Self>) {
        let Some(memory) = self.memory.as_mut() else { return };
        let etas: Vec<(uuid::Uuid, EtaAt)> =
            memory.core.etas().map(|(session, _, eta)| (session, eta)).collect();
        let (mut promises, mut said) = (Vec::new(), Vec::new());
        let (now, zone) = (now_ms(), memory.core.zone());
        for (session, eta) in etas {
            let journey = memory.journeys.iter_mut().find(|j| j.trip.session == session);
            let Some(journey) = journey else { continue };
            if let Some(window) = journey.promise.on_eta(&eta) {
                promises.push((SessionId(session), window));
            }
            // Of a moment that is past by now, nobody was told.
            if now - eta.at_ms <= FRESH_MS
                && let Some(lead_min) = journey.leads.on_eta(eta.eta.p50_s)
            {
                let hour_of_week = hour_of_week(eta.at_ms, zone);
                let at = from_ms(eta.at_ms);
                said.push(Said { session: SessionId(session), lead_min, eta: eta.eta, hour_of_week, at });
            }
        }
        self.remember(said, ctx);
        for (session, window) in promises {
            let (engine, org) = (self.registry.engine().clone(), self.org);
            let (from, to) = (from_ms(window.from_ms), from_ms(window.to_ms));
            let promise = async move { session::promise(&engine.db, org, session, from, to).await };
            ctx.spawn(promise.into_actor(self).map(|promised, _, _| {
                if let Err(e) = promised {
                    // The next change of the window is promised instead.
                    warn!(error = %e, "a window could not be promised");
                }
            }));
        }
    }

    /// Remembers windows that were given, to be held against the arrivals.
    fn remember(&self, said: Vec<Said>, ctx: &mut Context<Self>) {
        for said in said {
            let (engine, org) = (self.registry.engine().clone(), self.org);
            let remember = async move { coverage::remember(&engine.db, org, &said).await };
            ctx.spawn(remember.into_actor(self).map(|remembered, _, _| {
                if let Err(e) = remembered {
                    // A measure of thousands misses one.
                    warn!(error = %e, "a window was not remembered");
                }
            }));
        }
    }

    /// Commits arrivals, however long the database is away: they were seen, and a restart would see them again.
    pub(super) fn commit_arrivals(&mut self, arrivals: Vec<Arrived>, ctx: &mut Context<Self>) {
        for arrived in arrivals {
            let (engine, org) = (self.registry.engine().clone(), self.org);
            let commit = async move {
                loop {
                    let (at, place) = (from_ms(arrived.at_ms), (arrived.coord.lat(), arrived.coord.lon()));
                    match jobs::arrive_by_fence(&engine.db, org, SessionId(arrived.session), at, Some(place))
                        .await
                    {
                        Err(e) if e.is_outage() => {
                            warn!(error = %e, "an arrival could not be committed; tried again");
                            tokio::time::sleep(Duration::from_secs(1)).await;
                        }
                        Err(Error::NotFound(_)) | Ok(_) => return,
                        Err(e) => {
                            error!(error = %e, "an arrival was not committed");
                            return;
                        }
                    }
                }
            };
            ctx.spawn(commit.into_actor(self));
        }
    }

    pub(super) fn keep_correction(&self, source: Source, correction_ms: i64, ctx: &mut Context<Self>) {
        let (engine, org) = (self.registry.engine().clone(), self.org);
        ctx.spawn(
            async move { phone::keep_correction(&engine.db, org, source, correction_ms).await }
                .into_actor(self)
                .map(|kept, _, _| {
                    if let Err(e) = kept {
                        warn!(error = %e, "a clock correction could not be kept");
                    }
                }),
        );
    }
}
