//! What A does: every step is drawn from the script's randomness and noted as it was answered.

use bytes::Bytes;
use chrono::{Duration as Span, SecondsFormat};
use reqwest::Method;
use ring::digest;
use serde_json::{Value, json};

use super::caller::{Body, text_of};
use super::office::{Job, Office, page_path, version};
use crate::error::Outcome;
use crate::fakes::meta::{Said, hex};
use crate::fakes::openai::spoken_note;

/// What A's people are, in [`Office::people`].
const OWNER: usize = 0;
const DISPATCHER: usize = 1;
const ACCOUNTANT: usize = 2;
const TECHNICIANS: (usize, usize) = (3, 4);

impl Office<'_> {
    /// The next step of the script.
    pub async fn act(&mut self, step: usize) -> Outcome<()> {
        self.step = step;
        match self.rng.below(34) {
            0 | 1 => self.new_customer().await?,
            2 => self.edit_customer().await?,
            3 => self.look_for_customers().await?,
            4..=7 => self.new_job().await?,
            8..=12 => self.move_job().await?,
            13 | 14 => self.look_at_job().await?,
            15 | 16 => self.lists().await?,
            17 => self.office_shift().await?,
            18..=20 => self.phone().await?,
            21 | 22 => self.phone_app().await?,
            23..=25 => self.conversation().await?,
            26 => self.picture().await?,
            27 => self.voice().await?,
            28 => self.customer_page().await?,
            29 => self.nonsense().await?,
            30 => self.settings().await?,
            31 => self.guess().await?,
            32 => self.own_session().await?,
            _ => self.snapshot().await?,
        }
        self.settle().await
    }

    /// What is looked at once more when everything was done.
    pub async fn close(&mut self) -> Outcome<()> {
        self.step += 1;
        self.settle().await?;
        for path in ["/api/jobs", "/api/customers", "/api/users", "/api/shifts", "/api/devices"] {
            self.pages(OWNER, path, 50).await?;
        }
        for path in [
            "/api/notifications?limit=200",
            "/api/notifications/deliveries?limit=200",
            "/api/admin/dlq?limit=200",
            "/api/whatsapp/conversations?limit=200",
        ] {
            self.ask_loose(OWNER, path).await?;
        }
        for path in ["/api/whatsapp/stats", "/api/voice/stats", "/api/admin/usage", "/api/tracking/locations"]
        {
            self.owner(Method::GET, path, Body::Nothing).await?;
        }
        self.snapshot().await?;
        // What A's customers have on their phones.
        let business = self.cast.number().phone_number_id;
        for (_, phone, _) in self.customers.clone() {
            let bubbles = self.world.fakes.common.phones.of(phone.trim_start_matches('+'));
            let mine = bubbles.into_iter().filter(|b| b.business == business && !b.mine);
            let shown = mine.map(|b| json!({"kind": b.kind, "content": b.content})).collect();
            self.note_some("a customer's phone", shown);
        }
        Ok(())
    }

    fn any_technician(&mut self) -> String {
        let who = self.technician();
        self.people.get(who).map(|p| p.user.clone()).unwrap_or_default()
    }

    async fn edit_customer(&mut self) -> Outcome<()> {
        let n = self.rng.below(self.customers.len());
        let Some((id, _, seen)) = self.customers.get(n).cloned() else { return Ok(()) };
        let stale = i64::from(self.rng.chance(0.3));
        let body = json!({"version": seen - stale, "notes": format!("perro {}", self.rng.below(100))});
        let edited =
            self.ask(DISPATCHER, Method::PATCH, &format!("/api/customers/{id}"), Body::Json(body)).await?;
        if let Some(customer) = self.customers.get_mut(n).filter(|_| edited.is_good()) {
            customer.2 = version(&edited.body);
        }
        Ok(())
    }

    async fn look_for_customers(&mut self) -> Outcome<()> {
        let marker = self.cast.marker.clone();
        for q in [marker.as_str(), "marta", "mitre", "zzz", "angela"] {
            self.owner(Method::GET, &format!("/api/customers/search?q={q}"), Body::Nothing).await?;
        }
        let phone = self.cast.customer_phone(0);
        let q = phone.trim_start_matches('+').to_owned();
        self.owner(Method::GET, &format!("/api/customers?q={q}"), Body::Nothing).await?;
        self.pages(ACCOUNTANT, "/api/customers", 1 + self.cast.seed as usize % 3).await
    }

    async fn new_job(&mut self) -> Outcome<()> {
        let customer = self.rng.below(self.customers.len());
        let Some((customer_id, ..)) = self.customers.get(customer).cloned() else { return Ok(()) };
        let start =
            self.cast.day + Span::hours(8 + self.rng.below(10) as i64) + Span::days(self.rng.below(4) as i64);
        let technician = self.any_technician();
        let title = format!("Canilla {} {}", self.jobs.len(), self.cast.marker);
        let mut body =
            json!({"title": title, "customer_id": customer_id, "internal_notes": self.cast.marker});
        let with_time = self.rng.chance(0.8);
        let with_hands = self.rng.chance(0.8);
        if let Some(fields) = body.as_object_mut() {
            if with_time {
                fields.insert(
                    "scheduled_start".into(),
                    start.to_rfc3339_opts(SecondsFormat::Millis, true).into(),
                );
                let end = start + Span::hours(1);
                fields
                    .insert("scheduled_end".into(), end.to_rfc3339_opts(SecondsFormat::Millis, true).into());
            }
            if with_hands {
                fields.insert("technician_ids".into(), json!([technician]));
            }
            if self.rng.chance(0.2) {
                fields.insert("title".into(), "x".into());
            }
        }
        let key = format!("trabajo-{:016x}", self.rng.next_u64());
        self.shared.borrow_mut().keys.push(key.clone());
        let headers = [("Idempotency-Key", key.as_str())];
        let made =
            self.ask_with(Some(DISPATCHER), Method::POST, "/api/jobs", (Body::Json(body), &headers)).await?;
        self.knows("jobs", &made);
        if made.is_good() {
            self.jobs.push(Job {
                id: made.text("id"),
                status: made.text("status"),
                version: version(&made.body),
                page: None,
                technician: with_hands.then_some(technician),
                customer,
            });
        }
        Ok(())
    }

    async fn move_job(&mut self) -> Outcome<()> {
        let n = self.rng.below(self.jobs.len());
        let Some(job) = self.jobs.get(n).cloned() else { return self.new_job().await };
        let path = format!("/api/jobs/{}", job.id);
        let technician = self.technician();
        let next = match (job.status.as_str(), self.rng.below(6)) {
            ("pending", _) => "assign",
            ("scheduled", 0) => "assign",
            ("scheduled", 1) => "edit",
            ("scheduled", 2..) => "en_camino",
            ("en_camino", 0) => "scheduled",
            ("en_camino", 1) => "cancel",
            ("en_camino", _) => "working",
            ("working", 0) => "complete",
            ("working", _) => "completed",
            (_, 0) => "reopen",
            _ => "working",
        };
        let user = self.people.get(technician).map(|p| p.user.clone()).unwrap_or_default();
        let answer = match next {
            "assign" => {
                let body = json!({"technician_ids": [user], "version": job.version});
                self.ask(DISPATCHER, Method::PATCH, &format!("{path}/assign"), Body::Json(body)).await?
            }
            "edit" => {
                let start = self.cast.day + Span::hours(9);
                let body = json!({"version": job.version, "notes": "llave de paso",
                                  "scheduled_start": start.to_rfc3339_opts(SecondsFormat::Millis, true)});
                self.ask(DISPATCHER, Method::PATCH, &path, Body::Json(body)).await?
            }
            "cancel" => {
                let body = json!({"reason": "el cliente no está", "version": job.version});
                self.ask(OWNER, Method::DELETE, &path, Body::Json(body)).await?
            }
            "complete" => {
                let body = json!({"version": job.version, "notes": "listo"});
                self.ask(technician, Method::POST, &format!("{path}/complete"), Body::Json(body)).await?
            }
            status => {
                let body = json!({"status": if status == "reopen" { "working" } else { status },
                                  "version": job.version, "lat": -34.9, "lon": -60.0});
                let who = if self.rng.chance(0.4) { technician } else { DISPATCHER };
                self.ask(who, Method::PATCH, &format!("{path}/status"), Body::Json(body)).await?
            }
        };
        let row = if answer.is_good() {
            answer.body
        } else {
            answer.body.get("current").cloned().unwrap_or_default()
        };
        self.keep_job(&row);
        Ok(())
    }

    async fn look_at_job(&mut self) -> Outcome<()> {
        let n = self.rng.below(self.jobs.len());
        let Some(job) = self.jobs.get(n).cloned() else { return Ok(()) };
        let path = format!("/api/jobs/{}", job.id);
        for who in [OWNER, ACCOUNTANT, TECHNICIANS.0, TECHNICIANS.1] {
            let heard = self.ask(who, Method::GET, &path, Body::Nothing).await?;
            if who == OWNER && heard.is_good() {
                self.keep_job(&heard.body);
            }
        }
        self.owner(Method::GET, &format!("{path}/history"), Body::Nothing).await?;
        self.owner(Method::GET, &format!("{path}/recommendations"), Body::Nothing).await?;
        self.ask_loose(DISPATCHER, &format!("{path}/messages")).await?;
        Ok(())
    }

    async fn lists(&mut self) -> Outcome<()> {
        let who = self.rng.pick(&[OWNER, DISPATCHER, ACCOUNTANT, TECHNICIANS.0]).copied().unwrap_or(OWNER);
        for path in [
            "/api/jobs?status=scheduled",
            "/api/jobs?unassigned=true",
            "/api/jobs/today",
            "/api/users",
            "/api/shifts",
            "/api/tracking/nearest?lat=-34.9&lon=-60.0",
            "/api/organization",
            "/api/services",
        ] {
            self.ask(who, Method::GET, path, Body::Nothing).await?;
        }
        let limit = 1 + self.rng.below(4);
        self.pages(who, "/api/jobs", limit).await
    }

    async fn office_shift(&mut self) -> Outcome<()> {
        let technician = self.technician();
        let user = self.people.get(technician).map(|p| p.user.clone()).unwrap_or_default();
        let body = json!({"user_id": user, "on": self.rng.chance(0.7)});
        self.ask(DISPATCHER, Method::POST, "/api/shifts", Body::Json(body)).await?;
        Ok(())
    }

    /// A customer writes; the office reads, answers, and perhaps makes a job of it.
    async fn conversation(&mut self) -> Outcome<()> {
        let customer = self.rng.below(self.customers.len());
        let Some((_, phone, _)) = self.customers.get(customer).cloned() else { return Ok(()) };
        let words = format!("Necesito un plomero {} {}", self.step, self.cast.marker);
        self.says(customer, Said::Text(words.clone()));
        let digits = phone.trim_start_matches('+').to_owned();
        let conversation = self.until_heard(&digits, &words).await?;
        self.settle().await?;
        let path = format!("/api/whatsapp/conversations/{conversation}");
        self.ask(DISPATCHER, Method::GET, &path, Body::Nothing).await?;
        self.ask_loose(DISPATCHER, &format!("{path}/messages?limit=200")).await?;
        self.ask(DISPATCHER, Method::POST, &format!("{path}/read"), Body::Nothing).await?;
        match self.rng.below(3) {
            0 => {
                let body =
                    json!({"conversation_id": conversation, "text": format!("Vamos {}", self.cast.marker)});
                self.ask(DISPATCHER, Method::POST, "/api/whatsapp/send", Body::Json(body)).await?;
            }
            1 => {
                self.ask(DISPATCHER, Method::GET, &format!("{path}/job"), Body::Nothing).await?;
                let body = Body::Json(json!({"title": format!("Del chat {}", self.cast.marker)}));
                let made = self.ask(DISPATCHER, Method::POST, &format!("{path}/job"), body).await?;
                self.knows("jobs", &made);
            }
            _ => {
                self.ask(DISPATCHER, Method::GET, &format!("{path}/requests"), Body::Nothing).await?;
            }
        }
        Ok(())
    }

    /// Waits until a message stands in its conversation; the conversation's id.
    async fn until_heard(&self, digits: &str, words: &str) -> Outcome<String> {
        let owner = self.people.first().cloned().unwrap_or_default();
        let began = std::time::Instant::now();
        loop {
            let all =
                self.caller.get(&owner, &format!("/api/whatsapp/conversations?limit=200&q={digits}")).await?;
            let rows = all.body.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
            let id = rows.first().map(|r| text_of(r, "id")).unwrap_or_default();
            if !id.is_empty() {
                let path = format!("/api/whatsapp/conversations/{id}/messages?limit=200");
                if self.caller.get(&owner, &path).await?.body.to_string().contains(words) {
                    return Ok(id);
                }
            }
            if began.elapsed() > super::caller::PATIENCE {
                return Err(crate::error::Trouble::new(format!("{words:?} did not come in")));
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// A picture of a job: announced, sent, attached, looked at.
    async fn picture(&mut self) -> Outcome<()> {
        let bytes = picture(self.rng.next_u64() as u8);
        self.shared.borrow_mut().files.push(bytes.clone());
        let sha = hex(digest::digest(&digest::SHA256, &bytes).as_ref());
        let who = self.technician();
        let body = json!({"sha256": sha, "bytes": bytes.len(), "mime": "image/png", "purpose": "job_photo"});
        let begun = self.ask(who, Method::POST, "/api/files", Body::Json(body)).await?;
        self.knows("files", &begun);
        let path = format!("/api/files/{}", begun.text("id"));
        let offset = begun.body.get("offset").and_then(Value::as_u64).unwrap_or(0) as usize;
        let rest = bytes.get(offset..).unwrap_or_default().to_vec();
        let part = Body::Bytes("application/octet-stream", rest);
        let at = offset.to_string();
        self.ask_with(Some(who), Method::PATCH, &path, (part, &[("Upload-Offset", &at)])).await?;
        self.ask(who, Method::GET, &path, Body::Nothing).await?;
        let n = self.rng.below(self.jobs.len());
        let Some(job) = self.jobs.get(n).cloned() else { return Ok(()) };
        let body =
            json!({"file_id": begun.text("id"), "type": "before", "local_id": format!("f{}", self.step)});
        self.ask(who, Method::POST, &format!("/api/jobs/{}/photos", job.id), Body::Json(body)).await?;
        Ok(())
    }

    /// A voice note: by WhatsApp, or handed in by the office.
    async fn voice(&mut self) -> Outcome<()> {
        let words = format!("Hola, pierde la canilla de la cocina en Mitre {}, vengan mañana", self.step);
        let note = spoken_note(&words, 3);
        let bytes = Body::Bytes("audio/ogg", note.clone());
        let sent = self.ask(DISPATCHER, Method::POST, "/api/files/direct?purpose=voice", bytes).await?;
        self.knows("files", &sent);
        let body = json!({"file_id": sent.text("id"), "phone": self.cast.customer_phone(0)});
        let made = self.ask(DISPATCHER, Method::POST, "/api/voice/process", Body::Json(body)).await?;
        self.knows("voice/transcripts", &made);
        self.until_understood(&made.text("id")).await?;
        self.settle().await?;
        if made.is_good() {
            self.ask(
                DISPATCHER,
                Method::GET,
                &format!("/api/voice/transcripts/{}", made.text("id")),
                Body::Nothing,
            )
            .await?;
        }
        self.ask_loose(DISPATCHER, "/api/voice/review-queue").await?;
        if self.rng.chance(0.3) && !self.customers.is_empty() {
            let media = Said::Media {
                kind: "audio".into(),
                mime: "audio/ogg; codecs=opus".into(),
                bytes: Bytes::from(note),
                caption: None,
            };
            let digits = self.cast.customer_phone(0).trim_start_matches('+').to_owned();
            let before = self.voices(&digits).await?;
            self.says(0, media);
            let began = std::time::Instant::now();
            while self.voices(&digits).await? == before && began.elapsed() < super::caller::PATIENCE {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }

    /// How many voice messages stand in a conversation.
    async fn voices(&self, digits: &str) -> Outcome<usize> {
        let owner = self.people.first().cloned().unwrap_or_default();
        let all =
            self.caller.get(&owner, &format!("/api/whatsapp/conversations?limit=200&q={digits}")).await?;
        let rows = all.body.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let Some(id) = rows.first().map(|r| text_of(r, "id")) else { return Ok(0) };
        let path = format!("/api/whatsapp/conversations/{id}/messages?limit=200");
        let text = self.caller.get(&owner, &path).await?.body.to_string();
        Ok(text.matches("\"kind\":\"voice\"").count())
    }

    /// Waits until a note is not being heard any more: its paid steps may be tried again after seconds.
    async fn until_understood(&self, id: &str) -> Outcome<()> {
        let owner = self.people.first().cloned().unwrap_or_default();
        let began = std::time::Instant::now();
        while !id.is_empty() && began.elapsed() < super::caller::PATIENCE {
            let note = self.caller.get(&owner, &format!("/api/voice/transcripts/{id}")).await?;
            let state = note.text("state");
            if !["pending", "transcribing", "extracting", "understanding", "heard"].contains(&state.as_str())
            {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// What a customer sees without signing in.
    async fn customer_page(&mut self) -> Outcome<()> {
        for job in
            self.jobs.clone().into_iter().filter(|j| j.status == "en_camino" || j.status == "working").take(2)
        {
            let heard = self.ask(OWNER, Method::GET, &format!("/api/jobs/{}", job.id), Body::Nothing).await?;
            let Some(page) = heard.body.get("tracking_url").and_then(Value::as_str).map(page_path) else {
                continue;
            };
            self.page(&page).await?;
        }
        // What the links of messages lead to.
        for (_, phone, _) in self.customers.clone() {
            let bubbles = self.world.fakes.common.phones.of(phone.trim_start_matches('+'));
            let text: String = bubbles.iter().map(|b| b.content.to_string()).collect();
            let Some(token) = text.split("/r/").nth(1).map(token_of) else { continue };
            self.ask_with(None, Method::GET, &format!("/r/{token}"), (Body::Nothing, &[])).await?;
            self.ask_with(None, Method::GET, &format!("/api/tracking/ratings/{token}"), (Body::Nothing, &[]))
                .await?;
            let said = Body::Json(json!({"stars": 1 + self.rng.below(5), "comment": self.cast.marker}));
            self.ask_with(None, Method::POST, &format!("/api/tracking/ratings/{token}"), (said, &[])).await?;
            break;
        }
        self.page("/t/AAAAAAAAAAAAAAAAAAAAAAAA").await
    }

    async fn page(&mut self, path: &str) -> Outcome<()> {
        let html =
            self.ask_with(None, Method::GET, path, (Body::Nothing, &[("Accept-Language", "es")])).await?;
        if html.is_good() {
            let state = self.caller.first_state(&format!("{path}/live")).await?;
            self.note(format!("GET {path}/live"), state.seen());
        }
        Ok(())
    }

    /// What no program of ours sends.
    async fn nonsense(&mut self) -> Outcome<()> {
        let nothing = || (Body::Nothing, &[] as &[(&str, &str)]);
        let unknown = self.rng.uuid();
        let who = self.rng.pick(&[OWNER, ACCOUNTANT, TECHNICIANS.1]).copied();
        for path in [
            format!("/api/jobs/{unknown}"),
            "/api/jobs/x".into(),
            "/api/nothing".into(),
            format!("/api/files/{unknown}"),
            "/api/jobs?limit=0".into(),
            "/api/customers?after=zzz".into(),
            "/api/jobs?status=flying".into(),
        ] {
            self.ask_with(who, Method::GET, &path, nothing()).await?;
        }
        self.ask_with(None, Method::GET, "/api/jobs", nothing()).await?;
        self.ask_with(who, Method::PUT, "/api/jobs", nothing()).await?;
        let broken = Body::Bytes("application/json", b"{\"title\":".to_vec());
        self.ask_with(who, Method::POST, "/api/jobs", (broken, &[])).await?;
        let wrong = Body::Json(json!({"title": "Sin cliente", "customer_id": unknown}));
        self.ask_with(Some(OWNER), Method::POST, "/api/jobs", (wrong, &[])).await?;
        let forged = Body::Json(json!({"object": "whatsapp_business_account"}));
        self.ask_with(
            None,
            Method::POST,
            "/api/webhooks/whatsapp",
            (forged, &[("X-Hub-Signature-256", "sha256=00")]),
        )
        .await?;
        Ok(())
    }

    async fn settings(&mut self) -> Outcome<()> {
        for path in [
            "/api/admin/health",
            "/api/admin/panic",
            "/api/admin/capabilities",
            "/api/notifications/preferences",
            "/api/whatsapp/templates",
            "/api/whatsapp/quick-replies",
            "/api/whatsapp/settings",
            "/api/voice/settings",
            "/api/webhook-endpoints",
            "/api/organization/whatsapp",
            "/api/estimates/coverage",
        ] {
            self.owner(Method::GET, path, Body::Nothing).await?;
        }
        let reply =
            json!({"shortcut": format!("s{}", self.step), "text": format!("Gracias {}", self.cast.marker)});
        let made = self.owner(Method::POST, "/api/whatsapp/quick-replies", Body::Json(reply)).await?;
        self.knows("whatsapp/quick-replies", &made);
        Ok(())
    }

    /// A too looks at what is not its own.
    async fn guess(&mut self) -> Outcome<()> {
        let n = self.rng.next_u64() as usize;
        let foreign = {
            let shared = self.shared.borrow();
            // B's rows differ in number: an id that nobody has stands in where there is none.
            let of = |kind: &str| {
                let all: Vec<&String> =
                    shared.foreign.iter().filter(|(k, _)| *k == kind).map(|(_, id)| id).collect();
                all.get(n % all.len().max(1))
                    .map_or_else(|| uuid::Uuid::now_v7().to_string(), |id| (*id).clone())
            };
            [("jobs", of("jobs")), ("customers", of("customers")), ("users", of("users"))]
        };
        for (kind, id) in &foreign {
            if *kind != "users" {
                self.foreign(Method::GET, kind, &format!("/api/{kind}/{id}"), Body::Nothing).await?;
            }
            let body = Body::Json(json!({"version": 1, "name": "Mío", "title": "Mío"}));
            self.foreign(Method::PATCH, kind, &format!("/api/{kind}/{id}"), body).await?;
        }
        let [(_, job), (_, customer), (_, user)] = foreign;
        let body = Body::Json(json!({"title": "De otro", "customer_id": customer, "technician_ids": [user]}));
        self.foreign(Method::POST, "a job of a customer", "/api/jobs", body).await?;
        self.foreign(Method::GET, "track", &format!("/api/tracking/technicians/{user}/track"), Body::Nothing)
            .await?;
        self.foreign(Method::GET, "history", &format!("/api/jobs/{job}/history"), Body::Nothing).await
    }

    /// The owner asks for something of B: which one it was differs between the worlds, what A hears must not.
    async fn foreign(&mut self, method: Method, what: &str, path: &str, body: Body) -> Outcome<()> {
        let owner = self.people.first().cloned();
        let heard = self.caller.ask(owner.as_ref(), method.clone(), path, (body, &[])).await?;
        self.note(format!("owner {method} {what} of B"), heard.seen());
        Ok(())
    }

    async fn own_session(&mut self) -> Outcome<()> {
        let who = self.rng.below(self.people.len());
        self.ask(who, Method::GET, "/api/auth/me", Body::Nothing).await?;
        let refresh = self.people.get(who).map(|p| p.refresh.clone()).unwrap_or_default();
        let body = Body::Json(json!({"refresh_token": refresh}));
        let renewed = self.ask_with(None, Method::POST, "/api/auth/refresh", (body, &[])).await?;
        if let Some(person) = self.people.get_mut(who).filter(|_| renewed.is_good()) {
            person.token = renewed.text("access_token");
            person.refresh = renewed.text("refresh_token");
        }
        self.ask_loose(who, "/api/auth/sessions").await?;
        Ok(())
    }
}

/// The token at the beginning of a text.
fn token_of(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect()
}

/// A small PNG whose one colour is `shade`.
pub fn picture(shade: u8) -> Vec<u8> {
    let side = 40usize;
    let mut raw = Vec::with_capacity(side * (side + 1));
    for _ in 0..side {
        raw.push(0);
        raw.extend(std::iter::repeat_n(shade, side));
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = Vec::new();
    head.extend((side as u32).to_be_bytes());
    head.extend((side as u32).to_be_bytes());
    head.extend([8, 0, 0, 0, 0]);
    chunk(&mut png, b"IHDR", &head);
    chunk(&mut png, b"IDAT", &stored(&raw));
    chunk(&mut png, b"IEND", &[]);
    png
}

/// zlib with stored blocks: nobody needs it small.
fn stored(raw: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let length = raw.len() as u16;
    out.push(1);
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(raw);
    let (mut a, mut b) = (1u32, 0u32);
    for byte in raw {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    out.extend((b << 16 | a).to_be_bytes());
    out
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    let from = png.len();
    png.extend(kind);
    png.extend(data);
    let crc = png.get(from..).unwrap_or_default().iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 })
    });
    png.extend((!crc).to_be_bytes());
}
