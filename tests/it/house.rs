//! A house: the real server on a free port, over a database of its own.
//!
//! ```ignore
//! let house = House::start().await;
//! let owner = house.sign_up("Plomería Sur").await;
//! let ana = house.hire(&owner, "technician", "Ana").await;
//! let answer = house.get(&ana, "/api/auth/me").await;
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use campo_engine::auth::session::{self, Device};
use campo_engine::db;
use campo_engine::ids::{OrgId, UserId};
use campo_http::config::Config;
use campo_http::database::Database;
use campo_http::server::{self, Orders};
use campo_http::{App, runtime};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

use crate::cluster;

/// Far beyond what anything takes here, so that time never decides a test.
const PATIENCE: Duration = Duration::from_secs(30);

/// Houses at once: each has up to fifteen connections, and a PostgreSQL gives a hundred.
static ROOM: Semaphore = Semaphore::const_new(4);

/// A running server with everything a test needs to talk to it.
pub struct House {
    /// As `http://127.0.0.1:41234`.
    pub url: String,
    /// The admin listener, with `/metrics`.
    pub admin_url: String,
    /// What its handlers share; for what HTTP does not show.
    pub app: App,
    client: reqwest::Client,
    options: db::Options,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<Result<(), String>>>,
}

/// Somebody signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their access token.
    pub token: String,
    /// Their refresh token.
    pub refresh_token: String,
    /// Their id.
    pub user: UserId,
    /// Their organization.
    pub org: OrgId,
    /// Their phone.
    pub phone: String,
}

/// What the server said.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body: JSON, or null where it is none.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// The body of a good answer.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.body
    }

    /// Asserts a refusal: its status, and a problem document with this code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> &Value {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["status"], status);
        &self.body
    }
}

impl House {
    /// A server with `--demo`, so that codes can be read from the inbox.
    pub async fn start() -> Self {
        Self::with(true, &[]).await
    }

    /// A server with flags of its own.
    pub async fn with(demo: bool, flags: &[&str]) -> Self {
        let room = ROOM.acquire().await.unwrap();
        Self::build(cluster::migrated().await, demo, flags, Some(room)).await
    }

    /// A server over a given database: a second one over the same is a second node.
    pub async fn over(options: db::Options, demo: bool, flags: &[&str]) -> Self {
        // It takes no room of its own: two tests that each wait for a second one would wait forever.
        Self::build(options, demo, flags, None).await
    }

    async fn build(
        options: db::Options,
        demo: bool,
        flags: &[&str],
        room: Option<SemaphorePermit<'static>>,
    ) -> Self {
        let data = cluster::scratch().join(format!("house-{}", uuid::Uuid::new_v4()));
        // One secret for all: nodes of one installation share it.
        let secret = cluster::scratch().join("secret").display().to_string();
        let data = data.display().to_string();
        let mut all = vec!["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        all.extend(["--data", &data, "--secret-file", &secret]);
        all.extend(flags);
        let config = Config::from_flags(&all).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, is_ready) = oneshot::channel();
        let database = Database::Given(Box::new(options.clone()));
        let thread = std::thread::spawn(move || {
            let orders = Orders { config: Arc::new(config), demo };
            let say = |up: &server::Ready| {
                let _ = ready.send((up.address, up.admin, up.app.clone()));
            };
            let ended = runtime::block_on(server::run(orders, &database, say, async {
                let _ = stopped.await;
            }));
            drop(room);
            ended
        });
        let Ok((address, admin, app)) = is_ready.await else { panic!("{:?}", thread.join()) };
        Self {
            url: format!("http://{address}"),
            admin_url: admin.map(|a| format!("http://{a}")).unwrap_or_default(),
            app,
            client: reqwest::Client::builder().timeout(PATIENCE).build().unwrap(),
            options,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// How to connect to this house's database as the superuser.
    pub fn database(&self) -> db::Options {
        self.options.clone()
    }

    /// A connection as the superuser, whom row-level security does not bind.
    pub async fn sql(&self) -> PgConnection {
        PgConnection::connect_with(&self.options).await.unwrap()
    }

    /// Ends the server as a signal would, and waits for its end.
    pub async fn stop(mut self) -> Result<(), String> {
        drop(self.stop.take());
        let thread = self.thread.take().unwrap();
        tokio::task::spawn_blocking(move || thread.join().unwrap()).await.unwrap()
    }

    /// A request, with or without somebody's token.
    pub fn request(&self, method: Method, who: Option<&Person>, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match who {
            Some(person) => request.bearer_auth(&person.token),
            None => request,
        }
    }

    /// Sends a request that was put together by hand.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "never a 500: {text}");
        Answer { status: status.as_u16(), headers, body, text }
    }

    /// GET.
    pub async fn get<'a>(&self, who: impl Into<Option<&'a Person>>, path: &str) -> Answer {
        self.send(self.request(Method::GET, who.into(), path)).await
    }

    /// POST with a JSON body.
    pub async fn post<'a>(&self, who: impl Into<Option<&'a Person>>, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, who.into(), path).json(&body)).await
    }

    /// PATCH with a JSON body.
    pub async fn patch<'a>(&self, who: impl Into<Option<&'a Person>>, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, who.into(), path).json(&body)).await
    }

    /// DELETE.
    pub async fn delete<'a>(&self, who: impl Into<Option<&'a Person>>, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, who.into(), path)).await
    }

    /// Asks for a code and reads it from the inbox. Answers the challenge and the code.
    pub async fn code(&self, phone: &str) -> (String, String) {
        let before = self.inbox(phone).await.len();
        let sent = self.post(None, "/api/auth/otp/send", json!({"phone": phone})).await;
        assert_eq!(sent.status, 202, "{}", sent.text);
        let challenge = sent.body["challenge"].as_str().unwrap().to_owned();
        let text = eventually("the code arrives", async || {
            let messages = self.inbox(phone).await;
            if messages.len() > before { messages.first().cloned() } else { None }
        })
        .await;
        (challenge, digits(&text))
    }

    /// The messages to a phone, newest first.
    pub async fn inbox(&self, phone: &str) -> Vec<String> {
        let all = self.get(None, "/demo/inbox.json").await.ok();
        let to = campo_engine::auth::phone::normalize(phone).unwrap();
        let mine = all.as_array().unwrap().iter().filter(|m| m["to"] == to.as_str());
        mine.map(|m| m["text"].as_str().unwrap().to_owned()).collect()
    }

    /// Signs in by a code, as a phone would.
    pub async fn sign_in(&self, phone: &str) -> Person {
        let (challenge, code) = self.code(phone).await;
        let entered = json!({"phone": phone, "code": code, "challenge": challenge});
        Person::read(&self.post(None, "/api/auth/otp/verify", entered).await.ok())
    }

    /// The owner of a new organization.
    pub async fn sign_up(&self, name: &str) -> Person {
        let owner = self.sign_in(&fresh_phone()).await;
        self.patch(&owner, "/api/organization", json!({"name": name})).await.ok();
        owner
    }

    /// The owner of a second organization, who must see nothing of the first.
    pub async fn stranger(&self) -> Person {
        self.sign_up("Los Otros").await
    }

    /// Somebody new in the owner's organization, signed in.
    pub async fn hire(&self, owner: &Person, role: &str, name: &str) -> Person {
        let phone = fresh_phone();
        let user =
            self.post(owner, "/api/users", json!({"name": name, "phone": phone, "role": role})).await.ok();
        self.open(owner.org, serde_json::from_value(user["id"].clone()).unwrap()).await
    }

    /// A login session without a code, as `campo token` opens it.
    pub async fn open(&self, org: OrgId, user: UserId) -> Person {
        let device = Device { key: Some(uuid::Uuid::new_v4().to_string()), ..Device::default() };
        let tokens = session::open(&self.app.engine, org, user, &device).await.unwrap();
        Person::read(&serde_json::to_value(tokens).unwrap())
    }

    /// A customer of the owner's organization.
    pub async fn customer(&self, owner: &Person, name: &str) -> Value {
        let body =
            json!({"name": name, "phone": fresh_phone(), "address": "Mitre 88", "lat": -34.9, "lon": -60.0});
        self.post(owner, "/api/customers", body).await.ok()
    }
}

impl Drop for House {
    /// Tells the server to end and does not wait for it.
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

impl Person {
    /// Reads the answer to signing in.
    pub fn read(tokens: &Value) -> Self {
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        Self {
            token: text(&tokens["access_token"]),
            refresh_token: text(&tokens["refresh_token"]),
            user: serde_json::from_value(tokens["user"]["id"].clone()).unwrap(),
            org: serde_json::from_value(tokens["organization"]["id"].clone()).unwrap(),
            phone: text(&tokens["user"]["phone"]),
        }
    }
}

/// A phone that nobody had before in this run.
pub fn fresh_phone() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("+54911{:08}", 40_000_000 + NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The six digits in a message.
pub fn digits(text: &str) -> String {
    let mut words = text.split(|c: char| !c.is_ascii_digit());
    words.find(|w| w.len() == 6).unwrap_or_else(|| panic!("no code in {text:?}")).to_owned()
}

/// Waits until something is there; fails after a bound that no honest machine reaches.
pub async fn eventually<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
