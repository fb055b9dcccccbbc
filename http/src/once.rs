//! The body of a request that creates: answered once for each `Idempotency-Key`.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use campo_engine::db::Tenant;
use campo_engine::error::Result as EngineResult;
use campo_engine::idempotency::{self, Answer, Key};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::app::App;
use crate::failure::{self, Failure};
use crate::who::SignedIn;

/// A JSON body with the key that its sender gave it.
#[derive(Debug)]
pub struct Once<T> {
    /// What was sent.
    pub body: T,
    key: Option<String>,
    raw: Bytes,
}

impl<T> Once<T> {
    /// Runs `effect` in one transaction and answers 201 with its value, once for each key.
    ///
    /// `route` names the operation, as `POST /api/jobs`.
    pub async fn create<V: Serialize>(
        &self,
        app: &App,
        who: &SignedIn,
        route: &'static str,
        effect: impl AsyncFnOnce(&mut Tenant, &T) -> EngineResult<V>,
    ) -> Result<HttpResponse, Failure> {
        self.run(app, who, (route, StatusCode::CREATED), effect).await
    }

    /// The same for a value with links: `fill` puts them into the answer on its way out, because what is stored
    /// carries no secret.
    pub async fn create_linked<V: Serialize>(
        &self,
        app: &App,
        who: &SignedIn,
        route: &str,
        (effect, fill): (impl AsyncFnOnce(&mut Tenant, &T) -> EngineResult<V>, impl FnOnce(&mut Value)),
    ) -> Result<HttpResponse, Failure> {
        let answer = self.answer(app, who, (route, StatusCode::CREATED), effect).await?;
        let mut body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        fill(&mut body);
        Ok(respond(&answer, StatusCode::CREATED, body.to_string()))
    }

    /// The same with another status than 201.
    pub async fn run<V: Serialize>(
        &self,
        app: &App,
        who: &SignedIn,
        (route, status): (&'static str, StatusCode),
        effect: impl AsyncFnOnce(&mut Tenant, &T) -> EngineResult<V>,
    ) -> Result<HttpResponse, Failure> {
        let answer = self.answer(app, who, (route, status), effect).await?;
        let body = answer.body.clone();
        Ok(respond(&answer, status, body))
    }

    /// The answer as it is stored, for a handler that adds what must not be stored.
    pub(crate) async fn answer<V: Serialize>(
        &self,
        app: &App,
        who: &SignedIn,
        (route, status): (&str, StatusCode),
        effect: impl AsyncFnOnce(&mut Tenant, &T) -> EngineResult<V>,
    ) -> Result<Answer, Failure> {
        let key = self.key.as_deref().map(|k| Key::new(k, route, &self.raw)).transpose()?;
        let db = &app.engine.db;
        let run = async |tenant: &mut Tenant| effect(tenant, &self.body).await;
        Ok(idempotency::once(db, who.org, who.user, key.as_ref(), status.as_u16(), run).await?)
    }
}

fn respond(answer: &Answer, status: StatusCode, body: String) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status).unwrap_or(status));
    if answer.replayed {
        response.insert_header(("Idempotency-Replayed", "true"));
    }
    response.content_type("application/json").body(body)
}

impl<T: DeserializeOwned + 'static> FromRequest for Once<T> {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let key = request.headers().get("idempotency-key").map(|k| k.to_str().unwrap_or_default().to_owned());
        let is_json = request.headers().get(CONTENT_TYPE).and_then(|t| t.to_str().ok()).is_some_and(|t| {
            t.split(';').next().is_some_and(|t| t.trim().eq_ignore_ascii_case("application/json"))
        });
        let bytes = Bytes::from_request(request, payload);
        Box::pin(async move {
            if !is_json {
                return Err(failure::not_json());
            }
            let raw = bytes.await.map_err(|_| failure::too_long())?;
            let body = serde_json::from_slice(&raw).map_err(failure::of_text)?;
            Ok(Self { body, key, raw })
        })
    }
}
