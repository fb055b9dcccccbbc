//! Organization B: another one in each world, of another size and temper, that works, pries and breaks things beside A.

use std::cell::RefCell;
use std::rc::Rc;

use reqwest::Method;
use ring::digest;
use serde_json::{Value, json};

use super::caller::{Body, Caller, Person};
use super::office::Shared;
use super::{Cast, World};
use crate::error::Outcome;
use crate::fakes::meta::{Said, hex};
use crate::rng::Rng;

/// What B is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Temper {
    /// One person, hardly anything.
    Quiet,
    /// Works as A does, for A's customers too.
    Neighbour,
    /// Looks for A's rows with A's ids and keys.
    Prying,
    /// As much as it can at once.
    Loud,
    /// Ends, erases and switches off.
    Breaking,
}

/// Organization B in one world.
pub struct Rival<'w> {
    world: &'w World,
    cast: Cast,
    rng: Rng,
    caller: Caller,
    owner: Person,
    temper: Temper,
    customers: Vec<String>,
    jobs: Vec<String>,
    users: Vec<String>,
    shared: Rc<RefCell<Shared>>,
    /// What B must not have been told.
    pub leaks: Vec<String>,
    /// How often B asked.
    pub asked: usize,
}

impl<'w> Rival<'w> {
    /// Signs up with a seed of this world alone.
    pub async fn open(world: &'w World, cast: Cast, seed: u64, shared: Rc<RefCell<Shared>>) -> Outcome<Self> {
        let mut rng = Rng::new(seed);
        let caller = Caller::new(&world.stage.url, cast.source(1))?;
        let (owner, _) = caller.sign_in(&world.fakes, &cast.phone(90), "rival").await?;
        let temper = match rng.below(5) {
            0 => Temper::Quiet,
            1 => Temper::Neighbour,
            2 => Temper::Prying,
            3 => Temper::Loud,
            _ => Temper::Breaking,
        };
        let mut rival = Self {
            world,
            cast,
            rng,
            caller,
            owner,
            temper,
            shared,
            customers: Vec::new(),
            jobs: Vec::new(),
            users: Vec::new(),
            leaks: Vec::new(),
            asked: 0,
        };
        let name = format!("Electricidad {}", rival.cast.rival_marker);
        rival.ask(Method::PATCH, "/api/organization", Body::Json(json!({"name": name}))).await?;
        let number = rival.cast.rival_number();
        rival.world.fakes.meta.number(number.clone());
        let account = json!({"phone_number_id": number.phone_number_id, "token": number.token,
                             "waba_id": number.waba, "display_phone": number.display});
        rival.ask(Method::PUT, "/api/organization/whatsapp", Body::Json(account)).await?;
        Ok(rival)
    }

    /// What B is like, for reports.
    pub fn temper(&self) -> String {
        format!("{:?}", self.temper).to_lowercase()
    }

    /// Some actions.
    pub async fn burst(&mut self) -> Outcome<()> {
        let count = match self.temper {
            Temper::Quiet => usize::from(self.rng.chance(0.2)),
            Temper::Loud => 2 + self.rng.below(6),
            _ => 1 + self.rng.below(3),
        };
        for _ in 0..count {
            match (self.temper, self.rng.below(10)) {
                (Temper::Prying, 0..=6) => self.pry().await?,
                (Temper::Breaking, 0..=4) => self.break_something().await?,
                (Temper::Loud, 0..=3) => self.crowd().await?,
                (_, 0..=4) => self.work().await?,
                (_, 5) => self.look().await?,
                (_, 6) => self.pry().await?,
                _ => self.work().await?,
            }
        }
        Ok(())
    }

    async fn ask(&mut self, method: Method, path: &str, body: Body) -> Outcome<Value> {
        self.ask_with(method, path, body, &[]).await
    }

    async fn ask_with(
        &mut self,
        method: Method,
        path: &str,
        body: Body,
        headers: &[(&str, &str)],
    ) -> Outcome<Value> {
        let heard = self.caller.ask(Some(&self.owner), method.clone(), path, (body, headers)).await?;
        self.asked += 1;
        if heard.status >= 500 && heard.status != 503 {
            self.leaks.push(format!("{method} {path} answered {}", heard.status));
        }
        if heard.body.to_string().contains(&self.cast.marker) {
            self.leaks.push(format!(
                "B ({}) was told of A by {method} {path}: {}",
                self.temper(),
                heard.body
            ));
        }
        Ok(if heard.is_good() { heard.body } else { Value::Null })
    }

    async fn work(&mut self) -> Outcome<()> {
        match self.rng.below(6) {
            0 | 1 => {
                let n = self.rng.below(12);
                // A's customers are customers of B too.
                let phone =
                    if self.rng.chance(0.6) { self.cast.customer_phone(n) } else { self.cast.phone(70 + n) };
                let body = json!({"name": format!("Cliente {}", self.cast.rival_marker), "phone": phone, "lat": -34.9, "lon": -60.0});
                let made = self.ask(Method::POST, "/api/customers", Body::Json(body)).await?;
                self.keep("customers", &made);
            }
            2 => {
                let phone = self.cast.phone(60 + self.users.len() % 10);
                let body = json!({"name": format!("Técnico {}", self.cast.rival_marker), "phone": phone, "role": "technician"});
                let made = self.ask(Method::POST, "/api/users", Body::Json(body)).await?;
                self.keep("users", &made);
            }
            3 => {
                let customer = self.rng.below(12);
                let number = self.cast.rival_number().phone_number_id;
                let words = Said::Text(format!("¿Cuánto sale? {}", self.cast.rival_marker));
                self.world.fakes.meta.customer_says(
                    &self.cast.customer_phone(customer),
                    "Ñandú",
                    Some(&number),
                    words,
                    None,
                );
            }
            _ => {
                let n = self.rng.below(self.customers.len());
                let Some(customer) = self.customers.get(n).cloned() else { return Ok(()) };
                let start = self.cast.day + chrono::Duration::hours(9);
                let body = json!({"title": format!("Tablero {}", self.cast.rival_marker), "customer_id": customer,
                                  "scheduled_start": start, "technician_ids": self.users.first().into_iter().collect::<Vec<_>>()});
                let made = self.ask(Method::POST, "/api/jobs", Body::Json(body)).await?;
                self.keep("jobs", &made);
                let (id, version) = (made.get("id").and_then(Value::as_str), made.get("version"));
                if let Some(id) = id.filter(|_| self.rng.chance(0.5)) {
                    let body = json!({"status": "en_camino", "version": version});
                    self.ask(Method::PATCH, &format!("/api/jobs/{id}/status"), Body::Json(body)).await?;
                }
            }
        }
        Ok(())
    }

    fn keep(&mut self, kind: &'static str, made: &Value) {
        let Some(id) = made.get("id").and_then(Value::as_str) else { return };
        match kind {
            "customers" => self.customers.push(id.to_owned()),
            "users" => self.users.push(id.to_owned()),
            _ => self.jobs.push(id.to_owned()),
        }
        self.shared.borrow_mut().foreign.push((kind, id.to_owned()));
    }

    /// Lists and searches in which only B's own may be.
    async fn look(&mut self) -> Outcome<()> {
        let phone = self.cast.customer_phone(0).trim_start_matches('+').to_owned();
        for path in [
            "/api/customers?limit=200".into(),
            "/api/jobs?limit=200".into(),
            "/api/users".into(),
            "/api/shifts".into(),
            "/api/tracking/locations".into(),
            format!("/api/customers/search?q={phone}"),
            "/api/devices".into(),
            "/api/whatsapp/conversations?limit=200".into(),
            "/api/notifications".into(),
            "/api/voice/review-queue".into(),
            "/api/whatsapp/quick-replies".into(),
            "/api/tracking/nearest?lat=-34.9&lon=-60.0".into(),
        ] {
            self.ask(Method::GET, &path, Body::Nothing).await?;
        }
        Ok(())
    }

    /// With A's ids, keys and files.
    async fn pry(&mut self) -> Outcome<()> {
        let (ids, keys, files) = {
            let shared = self.shared.borrow();
            (shared.ids.clone(), shared.keys.clone(), shared.files.clone())
        };
        if let Some((kind, id)) = self.rng.pick(&ids).cloned() {
            let path = format!("/api/{kind}/{id}");
            match self.rng.below(5) {
                0 => {
                    self.ask(Method::DELETE, &path, Body::Json(json!({"reason": "porque sí", "version": 1})))
                        .await?
                }
                1 => {
                    self.ask(
                        Method::PATCH,
                        &path,
                        Body::Json(json!({"version": 1, "name": "Tuyo", "title": "Tuyo", "role": "admin"})),
                    )
                    .await?
                }
                2 if kind == "jobs" => {
                    let body = json!({"status": "cancelled", "version": 1, "notes": "nada"});
                    self.ask(Method::PATCH, &format!("{path}/status"), Body::Json(body)).await?
                }
                3 if kind == "customers" => {
                    let body = json!({"title": "Robado", "customer_id": id, "technician_ids": []});
                    self.ask(Method::POST, "/api/jobs", Body::Json(body)).await?
                }
                3 if kind == "users" => {
                    let body = json!({"user_id": id, "on": false});
                    self.ask(Method::POST, "/api/shifts", Body::Json(body)).await?
                }
                _ => self.ask(Method::GET, &path, Body::Nothing).await?,
            };
        }
        if let Some(key) = self.rng.pick(&keys).cloned() {
            let phone = self.cast.phone(80 + self.customers.len() % 10);
            let body = json!({"name": format!("Eco {}", self.cast.rival_marker), "phone": phone});
            let made = self
                .ask_with(Method::POST, "/api/customers", Body::Json(body), &[("Idempotency-Key", &key)])
                .await?;
            self.keep("customers", &made);
        }
        if let Some(bytes) = self.rng.pick(&files).cloned() {
            let sha = hex(digest::digest(&digest::SHA256, &bytes).as_ref());
            let body =
                json!({"sha256": sha, "bytes": bytes.len(), "mime": "image/png", "purpose": "job_photo"});
            let begun = self.ask(Method::POST, "/api/files", Body::Json(body)).await?;
            // B sends no bytes itself: what is done was somebody else's.
            if begun.get("offset").and_then(Value::as_u64).unwrap_or(0) > 0 {
                self.leaks
                    .push("B's upload was done before B sent a byte: it learned that A has the file".into());
            }
        }
        Ok(())
    }

    /// Many at once.
    async fn crowd(&mut self) -> Outcome<()> {
        let asks = (0..12).map(|n| {
            let path = ["/api/jobs?limit=200", "/api/customers?limit=200", "/api/users"]
                .get(n % 4)
                .unwrap_or(&"/api/organization");
            self.caller.ask(Some(&self.owner), Method::GET, path, (Body::Nothing, &[]))
        });
        let heard = futures_util::future::join_all(asks).await;
        self.asked += heard.len();
        for heard in heard {
            if heard?.body.to_string().contains(&self.cast.marker) {
                self.leaks.push("B was told of A in a crowd".into());
            }
        }
        Ok(())
    }

    async fn break_something(&mut self) -> Outcome<()> {
        let reason = "prueba de los dos mundos";
        match self.rng.below(6) {
            0 => {
                let mode = self.rng.pick(&["panic", "degraded", "ok"]).copied();
                self.ask(
                    Method::PATCH,
                    "/api/admin/panic/whatsapp",
                    Body::Json(json!({"mode": mode, "reason": reason})),
                )
                .await?;
            }
            1 => {
                let body = json!({"enabled": self.rng.chance(0.3), "reason": reason});
                let name = self
                    .rng
                    .pick(&["whatsapp", "push_notifications", "whatsapp_aggregation"])
                    .copied()
                    .unwrap_or("whatsapp");
                self.ask(Method::PATCH, &format!("/api/admin/capabilities/{name}"), Body::Json(body)).await?;
            }
            2 => {
                if let Some(id) = self.customers.pop() {
                    self.ask(Method::DELETE, &format!("/api/customers/{id}"), Body::Nothing).await?;
                }
            }
            3 => {
                if let Some(id) = self.jobs.pop() {
                    let body = json!({"reason": reason});
                    self.ask(Method::DELETE, &format!("/api/jobs/{id}"), Body::Json(body)).await?;
                }
            }
            4 => {
                if let Some(id) = self.users.pop() {
                    self.ask(Method::DELETE, &format!("/api/users/{id}"), Body::Nothing).await?;
                }
            }
            _ => {
                let body = json!({"phone": self.cast.customer_phone(self.rng.below(6)), "reason": reason});
                self.ask(Method::POST, "/api/customers/x/opt-out", Body::Json(body)).await?;
            }
        }
        Ok(())
    }
}
