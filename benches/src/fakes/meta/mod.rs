//! Meta's WhatsApp Cloud API (integrations.md section 3): strict where the real one is strict.

mod check;
mod error;
mod hooks;
mod media;
mod said;
mod templates;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use check::Asked;
pub use error::GraphError;
pub use hooks::{Hooks, hex, signature};
pub use said::Said;
pub use templates::{Filled, Template};

use super::common::Common;
use super::door::Fake;
use super::fault::{Fault, Kind};
use super::ledger::Entry;
use super::multipart;
use super::phones::Bubble;
use super::wire::{Reply, Request};

/// Free text is allowed for so long after the customer's last message.
const WINDOW_MS: i64 = 24 * 3600 * 1000;

/// A business's number at Meta.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Number {
    /// Its id, as in the path.
    pub phone_number_id: String,
    /// As people see it.
    pub display: String,
    /// The business account's id.
    pub waba: String,
    /// The token that opens it.
    pub token: String,
    /// A test number: the only recipients, as the panel spells them.
    pub allowed: Option<Vec<String>>,
    /// Messages a second (130429).
    pub per_second: usize,
    /// Messages to one customer at once (131056) ..
    pub pair_burst: u32,
    /// .. and milliseconds for each further one.
    pub pair_every_ms: u64,
}

impl Default for Number {
    fn default() -> Self {
        Self {
            phone_number_id: "100000000000001".into(),
            display: "5491150000000".into(),
            waba: "200000000000001".into(),
            token: "fake-meta-token".into(),
            allowed: None,
            per_second: 80,
            pair_burst: 45,
            pair_every_ms: 6_000,
        }
    }
}

/// The fake.
pub struct Meta {
    common: Arc<Common>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    numbers: Vec<Number>,
    templates: Vec<Template>,
    shelf: media::Shelf,
    hooks: Hooks,
    /// The customer's last message to a number, Unix ms: (number's id, customer).
    heard: HashMap<(String, String), i64>,
    /// Ids of what customers sent.
    received: HashSet<String>,
    /// Who blocks us or has no WhatsApp.
    unreachable: HashSet<String>,
    /// Whether the window is told by a status instead of the answer.
    window_by_status: bool,
    rates: HashMap<String, VecDeque<i64>>,
    pairs: HashMap<(String, String), (f64, i64)>,
    next: u64,
}

impl Meta {
    /// With one number, the house's templates, and links of templates below `links`.
    pub fn new(common: Arc<Common>, links: &str) -> Self {
        let state = State {
            numbers: vec![Number::default()],
            templates: templates::house(links),
            ..State::default()
        };
        Self { common, state: Mutex::new(state) }
    }

    /// Adds a number, or replaces the one of its id.
    pub fn number(&self, number: Number) {
        let mut state = self.lock();
        state.numbers.retain(|n| n.phone_number_id != number.phone_number_id);
        state.numbers.push(number);
    }

    /// All numbers.
    pub fn numbers(&self) -> Vec<Number> {
        self.lock().numbers.clone()
    }

    /// Adds a template, or replaces the one of its name and language.
    pub fn template(&self, template: Template) {
        let mut state = self.lock();
        state.templates.retain(|t| t.name != template.name || t.language != template.language);
        state.templates.push(template);
    }

    /// Adds a template unless there is one of its name and language already.
    pub fn new_template(&self, template: Template) {
        let mut state = self.lock();
        if !state.templates.iter().any(|t| t.name == template.name && t.language == template.language) {
            state.templates.push(template);
        }
    }

    /// Sets a template's status, as `PAUSED`.
    pub fn template_status(&self, name: &str, status: &str) {
        for template in self.lock().templates.iter_mut().filter(|t| t.name == name) {
            status.clone_into(&mut template.status);
        }
    }

    /// How webhooks come from now on.
    pub fn hooks(&self, hooks: Hooks) {
        self.lock().hooks = hooks;
    }

    /// How they come now.
    pub fn hooks_now(&self) -> Hooks {
        self.lock().hooks.clone()
    }

    /// Registers the callback as the panel does: it must echo the challenge.
    ///
    /// # Errors
    /// What was wrong, in words.
    pub async fn register(&self, url: &str) -> Result<(), String> {
        let token = self.lock().hooks.verify_token.clone();
        let challenge = format!("{}", 1_000_000 + self.common.now_ms() % 1_000_000);
        let asked = format!(
            "{url}?hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={}",
            super::wire::encoded(&token)
        );
        match self.common.post.ask(&asked).await {
            Some((200, text)) if text.trim() == challenge => {
                self.lock().hooks.url = Some(url.to_owned());
                Ok(())
            }
            Some((status, _)) => Err(format!("{url} answered {status} and did not echo the challenge")),
            None => Err(format!("{url} did not answer")),
        }
    }

    /// Nobody is reached there any more: messages are taken and fail later (131026).
    pub fn unreachable(&self, phone: &str, is: bool) {
        let phone = phone.trim_start_matches('+').to_owned();
        let mut state = self.lock();
        if is {
            state.unreachable.insert(phone);
        } else {
            state.unreachable.remove(&phone);
        }
    }

    /// Whether a closed window is told by a `failed` status instead of the answer.
    pub fn window_by_status(&self, is: bool) {
        self.lock().window_by_status = is;
    }

    /// A file by its id, for the phones' page.
    pub fn file(&self, id: &str) -> Option<(String, bytes::Bytes)> {
        let state = self.lock();
        state.shelf.get(id, self.common.now_ms()).ok().map(|m| (m.mime.clone(), m.bytes.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn routed(&self, request: &Request, entry: &mut Entry) -> Result<Reply, GraphError> {
        let token = request.bearer().unwrap_or_default();
        if !self.lock().numbers.iter().any(|n| n.token == token) {
            return Err(GraphError::new(190, "Invalid OAuth access token - Cannot parse access token"));
        }
        let now = self.common.now_ms();
        let parts = unversioned(request);
        match (request.method.as_str(), parts.as_slice()) {
            ("POST", [number, "messages"]) => self.messages(number, token, request, entry),
            ("POST", [number, "media"]) => {
                self.lock().number(number, token)?;
                let parts = multipart::parts(request);
                let parts =
                    parts.ok_or_else(|| GraphError::new(100, "the body is not multipart/form-data"))?;
                let id = self.lock().shelf.upload(&parts, now)?;
                entry.effect = Some(id.clone());
                Ok(Reply::json(200, &json!({"id": id})))
            }
            ("GET", ["whatsapp_business", "attachments"]) => {
                let state = self.lock();
                let media = state.shelf.fetch(request.asked("hash").unwrap_or_default(), now);
                let gone = || Reply::bytes(404, "text/plain", "URL signature expired");
                Ok(media.map_or_else(gone, |m| Reply::bytes(200, &m.mime, m.bytes.clone())))
            }
            ("GET", [waba, "message_templates"]) => {
                let state = self.lock();
                state.waba(waba, token)?;
                let all: Vec<Value> = state.templates.iter().map(Template::listed).collect();
                Ok(Reply::json(200, &json!({"data": all, "paging": {}})))
            }
            ("POST", [waba, "message_templates"]) => {
                self.lock().waba(waba, token)?;
                let template = Template::handed_in(&request.json().unwrap_or_default())?;
                self.template(template);
                Ok(Reply::json(200, &json!({"id": "1", "status": "APPROVED", "category": "UTILITY"})))
            }
            ("GET", [id]) => self.looked_up(id, token, request, now),
            ("DELETE", [id]) if self.lock().shelf.delete(id) => {
                Ok(Reply::json(200, &json!({"success": true})))
            }
            _ => Err(unknown_object(&request.path)),
        }
    }

    fn looked_up(&self, id: &str, token: &str, request: &Request, now: i64) -> Result<Reply, GraphError> {
        let mut state = self.lock();
        if let Ok(number) = state.number(id, token) {
            let body = json!({"id": id, "display_phone_number": number.display, "quality_rating": "GREEN",
                              "verified_name": "CampoTech", "throughput": {"level": "STANDARD"}});
            return Ok(Reply::json(200, &body));
        }
        let link = state.shelf.link(id, &request.origin, now).map_err(|_| unknown_object(id))?;
        Ok(Reply::json(200, &link))
    }

    fn messages(
        &self,
        number: &str,
        token: &str,
        request: &Request,
        entry: &mut Entry,
    ) -> Result<Reply, GraphError> {
        let now = self.common.now_ms();
        let number = self.lock().number(number, token)?;
        let body = request.json().ok_or_else(|| GraphError::new(100, "the body is not JSON"))?;
        match check::asked(&body)? {
            Asked::Read { message_id, .. } => {
                if !self.lock().received.contains(&message_id) {
                    return Err(GraphError::new(100, format!("message {message_id} was never received")));
                }
                self.common.phones.status(&message_id, "read");
                Ok(Reply::json(200, &json!({"success": true})))
            }
            Asked::Message { to, kind, content, context, callback_data } => {
                let (shown, late_failure) = self.lock().judged(&number, &to, &kind, &content, now)?;
                let id = self.lock().name_message();
                entry.effect = Some(id.clone());
                self.common.phones.add(Bubble {
                    id: id.clone(),
                    phone: to.clone(),
                    at_ms: now,
                    via: "whatsapp",
                    business: number.phone_number_id.clone(),
                    kind,
                    content: shown,
                    status: "accepted",
                    context,
                    ..Bubble::default()
                });
                self.statuses_follow(&number, &id, &to, callback_data.as_deref(), late_failure);
                let body = json!({"messaging_product": "whatsapp",
                    "contacts": [{"input": to, "wa_id": wa_id(&to)}],
                    "messages": [{"id": id, "message_status": "accepted"}]});
                Ok(Reply::json(200, &body))
            }
        }
    }

    fn statuses_follow(
        &self,
        number: &Number,
        id: &str,
        to: &str,
        data: Option<&str>,
        failure: Option<GraphError>,
    ) {
        let hooks = self.hooks_now();
        if !hooks.statuses {
            return;
        }
        if let Some(error) = failure {
            self.status_after(
                number,
                id,
                to,
                data,
                "failed",
                Duration::from_millis(hooks.sent_ms),
                Some(&error),
            );
            return;
        }
        for status in ["sent", "delivered", "read"] {
            if let Some(wait) = hooks.wait(status, id) {
                self.status_after(number, id, to, data, status, wait, None);
            }
        }
    }

    /// A status, on the phone and by webhook, after `wait`.
    #[allow(clippy::too_many_arguments)] // a status webhook has as many parts
    fn status_after(
        &self,
        number: &Number,
        id: &str,
        to: &str,
        data: Option<&str>,
        status: &'static str,
        wait: Duration,
        error: Option<&GraphError>,
    ) {
        let seconds = (self.common.now_ms() + wait.as_millis() as i64) / 1000;
        let mut row = json!({"id": id, "status": status, "timestamp": seconds.to_string(),
                             "recipient_id": wa_id(to)});
        if let Some(fields) = row.as_object_mut() {
            if let Some(data) = data {
                fields.insert("biz_opaque_callback_data".into(), data.into());
            }
            match error {
                Some(error) => fields.insert("errors".into(), json!([error.in_webhook()])),
                None => fields.insert(
                    "pricing".into(),
                    json!({"billable": true, "pricing_model": "PMP", "category": "utility"}),
                ),
            };
        }
        let value = json!({"messaging_product": "whatsapp", "metadata": metadata(number), "statuses": [row]});
        self.post(number, &value, wait);
        let (common, id) = (self.common.clone(), id.to_owned());
        self.common.spawn(async move {
            tokio::time::sleep(wait).await;
            common.phones.status(&id, status);
        });
    }

    /// A webhook of this value in as many copies as the script wants.
    fn post(&self, number: &Number, value: &Value, wait: Duration) {
        let hooks = self.hooks_now();
        let Some(hook) = hooks.hook(&number.waba, value) else { return };
        for copy in 0..hooks.copies.max(1) {
            self.common.post.send(hook.clone(), wait + Duration::from_millis(u64::from(copy) * 40));
        }
    }

    /// The customer looks at their phone: what had come is read.
    pub fn looked_at(&self, phone: &str) {
        let unread = |b: &Bubble| !b.mine && b.via == "whatsapp" && matches!(b.status, "sent" | "delivered");
        for bubble in self.common.phones.of(phone).into_iter().filter(unread) {
            let Some(number) = self.numbers().into_iter().find(|n| n.phone_number_id == bubble.business)
            else {
                continue;
            };
            if !self.common.phones.status(&bubble.id, "read") {
                continue;
            }
            let data = self.common.key_of(&bubble.id);
            self.status_after(&number, &bubble.id, phone, data.as_deref(), "read", Duration::ZERO, None);
        }
    }
}

impl State {
    fn number(&self, id: &str, token: &str) -> Result<Number, GraphError> {
        let number = self.numbers.iter().find(|n| n.phone_number_id == id && n.token == token);
        number.cloned().ok_or_else(|| unknown_object(id))
    }

    fn waba(&self, id: &str, token: &str) -> Result<(), GraphError> {
        let known = self.numbers.iter().any(|n| n.waba == id && n.token == token);
        if known { Ok(()) } else { Err(unknown_object(id)) }
    }

    /// Whether this message may leave: what the customer will see, and the error that a later status tells.
    fn judged(
        &mut self,
        number: &Number,
        to: &str,
        kind: &str,
        content: &Value,
        now: i64,
    ) -> Result<(Value, Option<GraphError>), GraphError> {
        if let Some(allowed) = &number.allowed
            && !allowed.iter().any(|a| a == to)
        {
            return Err(GraphError::new(131_030, "Recipient phone number not in allowed list"));
        }
        self.within_rates(number, to, now)?;
        let mut late = None;
        let mut shown = content.clone();
        if kind == "template" {
            let filled = templates::find(&self.templates, content)?.fill(content)?;
            shown = json!({"name": content.get("name"), "header": filled.header, "body": filled.body,
                           "footer": filled.footer, "buttons": filled.buttons});
        } else if !self.window_is_open(number, to, now) {
            let why = "Message failed to send because more than 24 hours have passed since the customer last \
                       replied to this number.";
            let error = GraphError::new(131_047, why);
            if !self.window_by_status {
                return Err(error);
            }
            late = Some(error);
        }
        if let Some(id) = content.get("id").and_then(Value::as_str)
            && ["image", "video", "audio", "document", "sticker"].contains(&kind)
        {
            self.shelf.fits(id, kind, now)?;
        }
        if self.unreachable.contains(to) {
            late = Some(GraphError::new(131_026, "Message undeliverable"));
        }
        Ok((shown, late))
    }

    fn window_is_open(&self, number: &Number, to: &str, now: i64) -> bool {
        let heard = self.heard.get(&(number.phone_number_id.clone(), wa_id(to)));
        heard.is_some_and(|at| now - at < WINDOW_MS)
    }

    fn within_rates(&mut self, number: &Number, to: &str, now: i64) -> Result<(), GraphError> {
        let recent = self.rates.entry(number.phone_number_id.clone()).or_default();
        while recent.front().is_some_and(|at| now - at >= 1_000) {
            recent.pop_front();
        }
        if recent.len() >= number.per_second {
            return Err(GraphError::new(130_429, "Cloud API message throughput has been reached."));
        }
        let most = f64::from(number.pair_burst);
        let pair = self.pairs.entry((number.phone_number_id.clone(), to.to_owned())).or_insert((most, now));
        let gained = (now - pair.1) as f64 / number.pair_every_ms.max(1) as f64;
        *pair = ((pair.0 + gained).min(most), now);
        if pair.0 < 1.0 {
            return Err(GraphError::new(
                131_056,
                "Too many messages sent from the sender phone number to the same recipient phone number in a short period of time.",
            ));
        }
        pair.0 -= 1.0;
        recent.push_back(now);
        Ok(())
    }

    fn name_message(&mut self) -> String {
        self.next += 1;
        let unique = format!("{}.{}", super::ledger::now_us(), self.next);
        format!("wamid.{}", STANDARD.encode(unique))
    }
}

impl Fake for Meta {
    fn name(&self) -> &'static str {
        "whatsapp"
    }

    fn note(&self, request: &Request, entry: &mut Entry) {
        let Some(body) = request.json() else { return };
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        entry.key = text("biz_opaque_callback_data");
        entry.to = text("to");
        entry.kind = text("status").or_else(|| text("type")).or_else(|| text("name"));
        entry.body = body;
    }

    fn answer(&self, request: &Request, entry: &mut Entry) -> Reply {
        self.routed(request, entry).unwrap_or_else(|error| error.reply())
    }

    fn excuse(&self, fault: &Fault) -> Reply {
        match fault.kind {
            Kind::Busy => GraphError::new(130_429, "Cloud API message throughput has been reached.").reply(),
            _ => GraphError::new(131_000, "Message failed to send due to an unknown error.").reply(),
        }
    }
}

/// The path without its version.
fn unversioned(request: &Request) -> Vec<&str> {
    let mut parts = request.parts();
    let is_version = |p: &&str| p.starts_with('v') && p.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
    if parts.first().is_some_and(is_version) {
        parts.remove(0);
    }
    parts
}

fn unknown_object(id: &str) -> GraphError {
    let details = format!(
        "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation"
    );
    GraphError::new(100, details)
}

fn metadata(number: &Number) -> Value {
    json!({"display_phone_number": number.display, "phone_number_id": number.phone_number_id})
}

/// A number as WhatsApp knows it: Argentine mobiles have the 9 and no 15.
fn wa_id(to: &str) -> String {
    match to.strip_prefix("54") {
        Some(rest) if !rest.starts_with('9') && rest.len() == 10 => format!("549{rest}"),
        _ => to.to_owned(),
    }
}
