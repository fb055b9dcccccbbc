//! Twilio's Messages API (integrations.md section 4).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use ring::hmac;
use serde_json::{Value, json};

use super::common::Common;
use super::door::Fake;
use super::fault::{Fault, Kind};
use super::ledger::Entry;
use super::phones::Bubble;
use super::post::Hook;
use super::wire::{Reply, Request, encoded};

/// The account that is known.
pub const SID: &str = "ACfake0000000000000000000000000000";
/// Its token.
pub const TOKEN: &str = "fake-twilio-token";
/// The sender that is ours; Twilio's own test sender is too.
pub const SENDER: &str = "+541150000000";
const TEST_SENDER: &str = "+15005550006";
/// Twilio's test recipients and the errors they give.
const TEST_RECIPIENTS: [(&str, u32); 4] =
    [("+15005550001", 21_211), ("+15005550003", 21_408), ("+15005550004", 21_610), ("+15005550009", 21_614)];

/// Code, status, words.
const ERRORS: [(u32, u16, &str); 11] = [
    (20_003, 401, "Authenticate"),
    (20_404, 404, "The requested resource was not found"),
    (20_429, 429, "Too Many Requests"),
    (21_211, 400, "Invalid 'To' Phone Number"),
    (
        21_408,
        400,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    ),
    (21_602, 400, "Message body is required."),
    (21_603, 400, "A 'From' phone number is required."),
    (
        21_606,
        400,
        "The 'From' phone number is not a valid message-capable Twilio phone number for this destination.",
    ),
    (21_610, 400, "Attempt to send to unsubscribed recipient"),
    (21_614, 400, "'To' number is not a valid mobile number"),
    (21_617, 400, "The concatenated message body exceeds the 1600 character limit"),
];

/// The fake.
pub struct Twilio {
    common: Arc<Common>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sent: Vec<Sms>,
    /// Who answered STOP.
    stopped: BTreeSet<String>,
    /// Numbers that are no mobiles.
    landlines: BTreeSet<String>,
    /// Prefixes that may be sent to.
    allowed: Vec<String>,
    /// Numbers where delivery fails, with the error of the callback.
    failing: Vec<(String, u32)>,
    /// Milliseconds from accepted to `delivered`.
    delivered_ms: u64,
}

#[derive(Debug, Clone)]
struct Sms {
    sid: String,
    to: String,
    from: String,
    body: String,
    at_ms: i64,
    status: &'static str,
}

impl Twilio {
    /// An account that may send to Argentina and to the test numbers.
    pub fn new(common: Arc<Common>) -> Self {
        let allowed = vec!["+54".into(), "+1500555".into()];
        Self { common, state: Mutex::new(State { allowed, delivered_ms: 300, ..State::default() }) }
    }

    /// This number answered STOP.
    pub fn stopped(&self, phone: &str) {
        self.lock().stopped.insert(phone.to_owned());
    }

    /// This number is no mobile.
    pub fn landline(&self, phone: &str) {
        self.lock().landlines.insert(phone.to_owned());
    }

    /// Messages to this number fail later, with this error.
    pub fn failing(&self, phone: &str, error: u32) {
        self.lock().failing.push((phone.to_owned(), error));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn routed(&self, request: &Request, entry: &mut Entry) -> Result<Reply, u32> {
        let credentials = STANDARD.encode(format!("{SID}:{TOKEN}"));
        if request.header("authorization") != Some(format!("Basic {credentials}").as_str()) {
            return Err(20_003);
        }
        let parts = request.parts();
        let ["2010-04-01", "Accounts", SID, rest @ ..] = parts.as_slice() else { return Err(20_404) };
        match (request.method.as_str(), rest) {
            ("POST", ["Messages.json"]) => self.send(request, entry),
            ("GET", ["Messages.json"]) => Ok(self.list(request)),
            ("GET", ["Messages", file]) => {
                let sid = file.trim_end_matches(".json");
                let state = self.lock();
                let found = state.sent.iter().find(|s| s.sid == sid);
                found.map(|s| Reply::json(200, &s.as_json())).ok_or(20_404)
            }
            _ => Err(20_404),
        }
    }

    fn send(&self, request: &Request, entry: &mut Entry) -> Result<Reply, u32> {
        let form = request.form();
        let field = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        let to = field("To").filter(|t| is_e164(t)).ok_or(21_211_u32)?;
        let service = field("MessagingServiceSid").filter(|s| s.starts_with("MG"));
        let from = field("From").or(service).ok_or(21_603_u32)?;
        if ![SENDER, TEST_SENDER].contains(&from.as_str()) && !from.starts_with("MG") {
            return Err(21_606);
        }
        let body = field("Body").filter(|b| !b.is_empty()).ok_or(21_602_u32)?;
        if body.chars().count() > 1_600 {
            return Err(21_617);
        }
        let failure = self.may_go(&to)?;
        let now = self.common.now_ms();
        let sid =
            format!("SM{:032x}", super::ledger::now_us() as u128 * 1_000 + self.lock().sent.len() as u128);
        let sms =
            Sms { sid: sid.clone(), to: to.clone(), from, body: body.clone(), at_ms: now, status: "queued" };
        entry.effect = Some(sid.clone());
        let reply = Reply::json(201, &sms.as_json());
        self.common.phones.add(Bubble {
            id: sid.clone(),
            phone: to.trim_start_matches('+').to_owned(),
            at_ms: now,
            via: "sms",
            business: sms.from.clone(),
            kind: "text".into(),
            content: json!({"body": body}),
            status: "accepted",
            ..Bubble::default()
        });
        let url = field("StatusCallback").filter(|u| u.starts_with("http"));
        let delivered_ms = self.lock().delivered_ms;
        self.lock().sent.push(sms.clone());
        self.statuses_follow(&sms, url.as_deref(), failure, delivered_ms);
        Ok(reply)
    }

    /// Whether a message may be sent there; the error of a delivery that will fail.
    fn may_go(&self, to: &str) -> Result<Option<u32>, u32> {
        let state = self.lock();
        if let Some((_, error)) = TEST_RECIPIENTS.iter().find(|(t, _)| *t == to) {
            return Err(*error);
        }
        if !state.allowed.iter().any(|p| to.starts_with(p.as_str())) {
            return Err(21_408);
        }
        if state.stopped.contains(to) {
            return Err(21_610);
        }
        if state.landlines.contains(to) || (to.starts_with("+54") && !to.starts_with("+549")) {
            return Err(21_614);
        }
        Ok(state.failing.iter().find(|(t, _)| t == to).map(|(_, error)| *error))
    }

    fn statuses_follow(&self, sms: &Sms, url: Option<&str>, failure: Option<u32>, delivered_ms: u64) {
        let last = if failure.is_some() { "undelivered" } else { "delivered" };
        for (status, wait) in [("sent", delivered_ms / 3), (last, delivered_ms)] {
            let wait = Duration::from_millis(wait);
            if let Some(url) = url {
                let error = failure.filter(|_| status == "undelivered");
                self.common.post.send(callback(url, sms, status, error), wait);
            }
            let (common, id) = (self.common.clone(), sms.sid.clone());
            let shown = if status == "undelivered" { "failed" } else { status };
            self.common.spawn(async move {
                tokio::time::sleep(wait).await;
                common.phones.status(&id, shown);
            });
        }
    }

    fn list(&self, request: &Request) -> Reply {
        let state = self.lock();
        let matches = |s: &&Sms| {
            request.asked("To").is_none_or(|to| s.to == to)
                && request.asked("From").is_none_or(|from| s.from == from)
                && request.asked("DateSent").is_none_or(|day| date(s.at_ms) == day)
                && request.asked("DateSent>").is_none_or(|day| date(s.at_ms).as_str() >= day)
        };
        let size = request.asked("PageSize").and_then(|n| n.parse().ok()).unwrap_or(50usize).min(1_000);
        let found: Vec<Value> =
            state.sent.iter().rev().filter(matches).take(size).map(|s| self.present(s)).collect();
        Reply::json(200, &json!({"messages": found, "page": 0, "page_size": size, "next_page_uri": null}))
    }

    /// As it stands now.
    fn present(&self, sms: &Sms) -> Value {
        let status = self.common.phones.get(&sms.sid).map_or(sms.status, |b| b.status);
        let status = if status == "accepted" { "queued" } else { status };
        let mut row = sms.as_json();
        if let Some(fields) = row.as_object_mut() {
            fields.insert("status".into(), status.into());
        }
        row
    }
}

impl Sms {
    fn as_json(&self) -> Value {
        let sent = DateTime::from_timestamp_millis(self.at_ms).map(|t| t.to_rfc2822());
        // GSM's 7 bits or UCS-2: 160 or 70 characters, 153 or 67 where there are more parts.
        let (one, more) = if self.body.is_ascii() { (160, 153) } else { (70, 67) };
        let length = self.body.chars().count();
        let segments = if length <= one { 1 } else { length.div_ceil(more) };
        json!({"sid": self.sid, "account_sid": SID, "to": self.to, "from": self.from, "body": self.body,
               "status": self.status, "direction": "outbound-api", "num_segments": segments.to_string(),
               "date_created": sent, "date_sent": sent, "error_code": null, "error_message": null, "price": null,
               "uri": format!("/2010-04-01/Accounts/{SID}/Messages/{}.json", self.sid)})
    }
}

impl Fake for Twilio {
    fn name(&self) -> &'static str {
        "twilio"
    }

    fn note(&self, request: &Request, entry: &mut Entry) {
        let form = request.form();
        let field = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        entry.to = field("To");
        entry.kind = (request.method == "POST").then(|| "sms".to_owned());
        // Twilio knows no key of the client's; the callback's address may carry one.
        entry.key = field("StatusCallback");
        entry.body = form
            .iter()
            .map(|(n, v)| (n.clone(), Value::from(v.clone())))
            .collect::<serde_json::Map<_, _>>()
            .into();
    }

    fn answer(&self, request: &Request, entry: &mut Entry) -> Reply {
        self.routed(request, entry).unwrap_or_else(refusal)
    }

    fn excuse(&self, fault: &Fault) -> Reply {
        match fault.kind {
            Kind::Busy => refusal(20_429),
            _ => Reply::json(
                500,
                &json!({"code": 20500, "message": "Internal Server Error", "status": 500,
                                          "more_info": "https://www.twilio.com/docs/errors/20500"}),
            ),
        }
    }
}

fn refusal(code: u32) -> Reply {
    let (_, status, message) =
        ERRORS.iter().find(|(c, ..)| *c == code).copied().unwrap_or((code, 400, "Error"));
    let body = json!({"code": code, "message": message, "status": status,
                      "more_info": format!("https://www.twilio.com/docs/errors/{code}")});
    Reply::json(status, &body)
}

fn is_e164(phone: &str) -> bool {
    phone
        .strip_prefix('+')
        .is_some_and(|d| (8..=15).contains(&d.len()) && d.bytes().all(|b| b.is_ascii_digit()))
}

fn date(at_ms: i64) -> String {
    DateTime::from_timestamp_millis(at_ms).map(|t| t.format("%Y-%m-%d").to_string()).unwrap_or_default()
}

fn callback(url: &str, sms: &Sms, status: &str, error: Option<u32>) -> Hook {
    let mut fields = vec![
        ("AccountSid".to_owned(), SID.to_owned()),
        ("ApiVersion".into(), "2010-04-01".into()),
        ("From".into(), sms.from.clone()),
        ("MessageSid".into(), sms.sid.clone()),
        ("MessageStatus".into(), status.into()),
        ("SmsSid".into(), sms.sid.clone()),
        ("SmsStatus".into(), status.into()),
        ("To".into(), sms.to.clone()),
    ];
    if let Some(error) = error {
        fields.push(("ErrorCode".into(), error.to_string()));
    }
    let form: Vec<String> = fields.iter().map(|(n, v)| format!("{}={}", encoded(n), encoded(v))).collect();
    Hook {
        url: url.into(),
        headers: vec![
            ("Content-Type", "application/x-www-form-urlencoded".into()),
            ("X-Twilio-Signature", signature(TOKEN, url, &fields)),
        ],
        body: form.join("&").into(),
    }
}

/// base64(HMAC-SHA1(token, URL and the sorted fields)); repeated names: distinct sorted values.
pub fn signature(token: &str, url: &str, fields: &[(String, String)]) -> String {
    let sorted: BTreeSet<&(String, String)> = fields.iter().collect();
    let mut text = url.to_owned();
    for (name, value) in sorted {
        text.push_str(name);
        text.push_str(value);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect()
    }

    /// The vectors of twilio-python's own tests.
    #[test]
    fn signatures_are_the_published_ones() {
        let call = fields(&[
            ("CallSid", "CA1234567890ABCDE"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
            ("Caller", "+14158675309"),
        ]);
        let twice = fields(&[
            ("Sid", "CA123"),
            ("SidAccount", "AC123"),
            ("Digits", "5678"),
            ("Digits", "1234"),
            ("Digits", "1234"),
        ]);
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        for (url, fields, expected) in [
            (url, &call, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", &call, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
            (url, &twice, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        ] {
            assert_eq!(signature("12345", url, fields), expected, "{url}");
        }
    }
}
