//! REST as the office uses it. A token that ran out is drawn again from the command line.

use std::sync::Arc;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::campo::Campo;
use crate::error::{Outcome, Trouble};

/// One person of the office, signed in.
#[derive(Debug, Clone)]
pub struct Office {
    http: reqwest::Client,
    base: String,
    campo: Campo,
    phone: String,
    org: Uuid,
    token: Arc<Mutex<String>>,
}

impl Office {
    /// Signs in by `campo token`.
    pub async fn sign_in(base: &str, campo: &Campo, phone: &str, org: Uuid) -> Outcome<Self> {
        let token = campo.token(phone, Some(org)).await?;
        Ok(Self {
            http: reqwest::Client::new(),
            base: base.trim_end_matches('/').to_owned(),
            campo: campo.clone(),
            phone: phone.to_owned(),
            org,
            token: Arc::new(Mutex::new(token)),
        })
    }

    /// The organization this person works for.
    pub fn org(&self) -> Uuid {
        self.org
    }

    /// The present access token.
    pub async fn token(&self) -> String {
        self.token.lock().await.clone()
    }

    /// A fresh access token; sockets that lost their login need one too.
    pub async fn renew(&self) -> Outcome<String> {
        let fresh = self.campo.token(&self.phone, Some(self.org)).await?;
        self.token.lock().await.clone_from(&fresh);
        Ok(fresh)
    }

    /// A call under `/api`; the answer's JSON, or the problem in words.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Outcome<Value> {
        let (status, answer) = self.once(method.clone(), path, body).await?;
        let (status, answer) = if status == StatusCode::UNAUTHORIZED {
            self.renew().await?;
            self.once(method, path, body).await?
        } else {
            (status, answer)
        };
        if status.is_success() {
            return Ok(answer);
        }
        let word = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
        let fields = answer.get("errors").map(ToString::to_string).unwrap_or_default();
        Err(Trouble::new(format!("{path}: {status} {} {} {fields}", word("code"), word("detail"))))
    }

    async fn once(&self, method: Method, path: &str, body: Option<&Value>) -> Outcome<(StatusCode, Value)> {
        let mut request = self.http.request(method, format!("{}/api{path}", self.base));
        request = request.bearer_auth(self.token.lock().await.as_str());
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }

    /// POST.
    pub async fn post(&self, path: &str, body: Value) -> Outcome<Value> {
        self.call(Method::POST, path, Some(&body)).await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Outcome<Value> {
        self.call(Method::GET, path, None).await
    }

    /// Makes a technician.
    pub async fn technician(&self, name: &str, phone: &str) -> Outcome<Value> {
        self.post("/users", json!({"name": name, "phone": phone, "role": "technician"})).await
    }

    /// Makes `count` technicians with up to eight calls in flight; phones rise from `first_phone`.
    pub async fn technicians(&self, count: usize, first_phone: u64) -> Outcome<()> {
        let mut running = tokio::task::JoinSet::new();
        for i in 0..count {
            if running.len() >= 8 {
                joined(running.join_next().await)?;
            }
            let office = self.clone();
            running.spawn(async move {
                let phone = format!("+{}", first_phone + i as u64);
                office.technician(&format!("Técnico {}", i + 1), &phone).await
            });
        }
        while !running.is_empty() {
            joined(running.join_next().await)?;
        }
        Ok(())
    }

    /// Makes a customer with a place.
    pub async fn customer(&self, name: &str, phone: &str, address: &str, at: (f64, f64)) -> Outcome<String> {
        let body = json!({"name": name, "phone": phone, "address": address, "lat": at.0, "lon": at.1});
        id_of(&self.post("/customers", body).await?)
    }

    /// A page of a list: its items.
    pub async fn list(&self, path: &str) -> Outcome<Vec<Value>> {
        Ok(self.get(path).await?.get("items").and_then(Value::as_array).cloned().unwrap_or_default())
    }
}

/// The `id` of a created row.
pub fn id_of(row: &Value) -> Outcome<String> {
    let id = row.get("id").or_else(|| row.get("user_id")).and_then(Value::as_str);
    id.map(ToOwned::to_owned).ok_or_else(|| Trouble::new(format!("a created row without id: {row}")))
}

type Joined = Option<Result<Outcome<Value>, tokio::task::JoinError>>;

fn joined(result: Joined) -> Outcome<()> {
    match result {
        Some(Ok(Ok(_))) | None => Ok(()),
        Some(Ok(Err(trouble))) => Err(trouble),
        Some(Err(panic)) => Err(Trouble::new(panic.to_string())),
    }
}
