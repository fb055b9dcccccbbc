//! The engine's refusals and failures as `application/problem+json` (RFC 9457).

use actix_web::error::{JsonPayloadError, PathError, QueryPayloadError};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use campo_engine::error::{Again, Error, FieldError, is_outage};
use serde::Serialize;
use serde_json::Value;

/// Seconds after which a caller may come back when something needed is away.
const OUTAGE_RETRY_S: u64 = 2;

/// A problem document.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// What kind of problem: `about:blank`, the title says it.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened, in words.
    pub detail: String,
    /// Which request it was, as `urn:uuid:..`: its id stands in the log too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The stable code, as `JOB_001`.
    pub code: &'static str,
    /// Which fields cannot be accepted, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<BadField>,
    /// After a conflict: the row as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<Value>,
    /// With `AUTH_012`: goes to `POST /api/auth/totp` with the second factor's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// A field that cannot be accepted.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BadField {
    /// Its name on the wire.
    pub field: String,
    /// What is wrong, in words.
    pub message: String,
}

/// A handler's refusal: answered as a problem document.
#[derive(Debug)]
pub struct Failure {
    problem: Box<Problem>,
    retry_after_s: Option<u64>,
}

impl Failure {
    /// A refusal with a status, a stable code and a reason.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let problem = Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
            code,
            errors: Vec::new(),
            current: None,
            ticket: None,
        };
        Self { problem: Box::new(problem), retry_after_s: None }
    }

    /// One field that cannot be accepted: 422.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut failure =
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, "REQUEST_002", "some fields cannot be accepted");
        failure.problem.errors.push(BadField { field: field.into(), message: message.into() });
        failure
    }

    fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "SYSTEM_001", "an internal failure; it was logged")
    }

    fn away(what: &str) -> Self {
        let detail = format!("{what} is unavailable, try again in {OUTAGE_RETRY_S} s");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "SYSTEM_003", detail).retry_after(OUTAGE_RETRY_S)
    }
}

impl From<Error> for Failure {
    /// The one place where a cause is logged.
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(what) => {
                let code = match what {
                    "job" => "JOB_002",
                    "customer" => "CUSTOMER_001",
                    "voice note" => "VOICE_002",
                    _ => "REQUEST_004",
                };
                Self::new(StatusCode::NOT_FOUND, code, format!("{what} not found"))
            }
            Error::Invalid(fields) => {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                let mut failure = Self::new(status, "REQUEST_002", "some fields cannot be accepted");
                failure.problem.errors = named(fields);
                failure
            }
            Error::Conflict { code, detail, current } => {
                let mut failure = Self::new(StatusCode::CONFLICT, code, detail);
                failure.problem.current = current;
                failure
            }
            Error::Locked(fields) => {
                let detail = "campos bloqueados: pedí un cambio (locked fields: ask for a change)";
                let mut failure = Self::new(StatusCode::CONFLICT, "LOCKED_001", detail);
                failure.problem.errors = named(fields);
                failure
            }
            Error::Unauthorized { code, detail } => Self::new(StatusCode::UNAUTHORIZED, code, detail),
            Error::SecondFactor { ticket } => {
                let detail =
                    "ingresá el código de tu app de autenticación (enter your authenticator app's code)";
                let mut failure = Self::new(StatusCode::UNAUTHORIZED, "AUTH_012", detail);
                failure.problem.ticket = Some(ticket);
                failure
            }
            Error::Forbidden => Self::new(StatusCode::FORBIDDEN, "AUTH_003", "your role may not do this"),
            Error::TooMany { code, retry_after_s, detail } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail).retry_after(retry_after_s.max(1))
            }
            Error::Unavailable(what) => {
                tracing::warn!(what, "unavailable");
                Self::away(what)
            }
            Error::Provider { service, again, code, detail } => provider(service, again, &code, &detail),
            Error::Sealed { code, detail } => sealed(code, detail),
            Error::Database(cause) => database(cause),
            Error::Internal(detail) => {
                tracing::error!(detail, "internal failure");
                Self::internal()
            }
        }
    }
}

/// A sealed value: gone for good, locked until its key is back, or damaged.
fn sealed(code: &'static str, detail: String) -> Failure {
    let status = match code {
        "VAULT_001" => StatusCode::GONE,
        "VAULT_002" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::CONFLICT,
    };
    tracing::error!(code, detail, "a sealed value");
    let failure = Failure::new(status, code, detail);
    if status == StatusCode::SERVICE_UNAVAILABLE { failure.retry_after(OUTAGE_RETRY_S) } else { failure }
}

fn named(fields: Vec<FieldError>) -> Vec<BadField> {
    fields.into_iter().map(|f| BadField { field: f.field.into(), message: f.message }).collect()
}

/// A provider that was asked while somebody waits: away, or it said no.
fn provider(service: &str, again: Again, code: &str, detail: &str) -> Failure {
    tracing::warn!(service, code, detail, "a provider did not do it");
    let said = format!("{service}: {detail} ({code})");
    match again {
        Again::Never => Failure::new(StatusCode::BAD_GATEWAY, "SYSTEM_004", said),
        Again::Soon => {
            Failure::new(StatusCode::SERVICE_UNAVAILABLE, "SYSTEM_003", said).retry_after(OUTAGE_RETRY_S)
        }
        Again::After(wait) | Again::Postponed(wait) => {
            Failure::new(StatusCode::SERVICE_UNAVAILABLE, "SYSTEM_003", said)
                .retry_after(wait.as_secs().max(1))
        }
    }
}

/// What the database said, told apart by whose doing it is.
fn database(cause: campo_engine::error::DatabaseError) -> Failure {
    if is_outage(&cause) {
        tracing::warn!(%cause, "the database is away");
        return Failure::away("the database");
    }
    // Class 22: a value that no column takes (a NUL, a number out of range). The client sent it.
    if campo_engine::error::is_bad_value(&cause) {
        tracing::info!(%cause, "a value that the database refuses");
        return Failure::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "REQUEST_002",
            "some value cannot be accepted",
        );
    }
    tracing::error!(%cause, "the database failed");
    Failure::internal()
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.problem.code, self.problem.detail)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        answer.insert_header((CONTENT_TYPE, "application/problem+json"));
        if let Some(seconds) = self.retry_after_s {
            answer.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if self.problem.status == 401 {
            answer.insert_header(("WWW-Authenticate", "Bearer"));
        }
        let problem = Problem { instance: crate::request::instance(), ..(*self.problem).clone() };
        answer.body(serde_json::to_vec(&problem).unwrap_or_default())
    }
}

/// A body that is no JSON is 400; JSON of another shape is 422 and names the field where it can.
pub fn of_json(error: JsonPayloadError, _: &HttpRequest) -> actix_web::Error {
    json_problem(error).into()
}

/// The same, as a refusal.
pub fn json_problem(error: JsonPayloadError) -> Failure {
    match error {
        JsonPayloadError::Deserialize(e) => of_text(e),
        JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => too_long(),
        JsonPayloadError::ContentType => not_json(),
        _ => Failure::new(StatusCode::BAD_REQUEST, "REQUEST_001", "the body could not be read"),
    }
}

/// A body over the limit: 413.
pub fn too_long() -> Failure {
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "REQUEST_003", "the body is too long")
}

/// A body that does not say it is JSON: 415.
pub fn not_json() -> Failure {
    Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "REQUEST_005", "send Content-Type: application/json")
}

/// The same for a body that a handler reads by itself.
pub fn of_text(error: serde_json::Error) -> Failure {
    if error.is_data() {
        return shape(&error.to_string());
    }
    Failure::new(StatusCode::BAD_REQUEST, "REQUEST_001", format!("the body is no JSON: {error}"))
}

/// An id of another form names nothing: 404.
pub fn of_path(_: PathError, _: &HttpRequest) -> actix_web::Error {
    Failure::new(StatusCode::NOT_FOUND, "REQUEST_004", "not found").into()
}

/// A query that cannot be read: 422.
pub fn of_query(error: QueryPayloadError, _: &HttpRequest) -> actix_web::Error {
    match error {
        QueryPayloadError::Deserialize(e) => shape(&e.to_string()).into(),
        _ => shape("the query could not be read").into(),
    }
}

/// serde says "missing field `phone`" or "unknown variant `x`": the first kind names the field.
fn shape(said: &str) -> Failure {
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| said.split_once(start)?.1.split_once('`').map(|(name, _)| name));
    let message = said.split(" at line ").next().unwrap_or(said);
    Failure::field(named.unwrap_or("body"), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(error: Error) -> (u16, Value, Option<String>) {
        let answer = Failure::from(error).error_response();
        let retry = answer.headers().get(RETRY_AFTER).map(|v| v.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        assert_eq!(answer.headers().get(CONTENT_TYPE).unwrap(), "application/problem+json");
        let bytes = actix_web::body::MessageBody::try_into_bytes(answer.into_body()).unwrap();
        (status, serde_json::from_slice(&bytes).unwrap(), retry)
    }

    #[test]
    fn statuses_and_codes() {
        for (error, status, code) in [
            (Error::NotFound("job"), 404, "JOB_002"),
            (Error::Forbidden, 403, "AUTH_003"),
            (Error::invalid("name", "x"), 422, "REQUEST_002"),
            (Error::Unauthorized { code: "AUTH_005", detail: "x" }, 401, "AUTH_005"),
            (Error::Internal("the secret cause".into()), 500, "SYSTEM_001"),
        ] {
            let (got, body, _) = answer(error);
            assert_eq!(
                (got, body["code"].as_str().unwrap(), body["status"].as_u64()),
                (status, code, Some(got.into()))
            );
            assert!(!body.to_string().contains("secret cause"), "causes stay inside");
        }
    }

    #[test]
    fn who_is_too_often_hears_when_to_come_back() {
        let (status, body, retry) =
            answer(Error::TooMany { code: "RATE_001", retry_after_s: 42, detail: "x" });
        assert_eq!((status, body["code"].as_str(), retry.as_deref()), (429, Some("RATE_001"), Some("42")));
        let (status, _, retry) = answer(Error::Unavailable("the database"));
        assert_eq!((status, retry.as_deref()), (503, Some("2")));
    }

    #[test]
    fn bad_fields_are_named() {
        assert_eq!(shape("missing field `phone` at line 1 column 2").problem.errors[0].field, "phone");
        assert_eq!(shape("invalid type: string \"x\", expected i32").problem.errors[0].field, "body");
    }
}
