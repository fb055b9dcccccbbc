//! Certificates by ACME against an authority that speaks RFC 8555: signatures, nonces and answers are really checked.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use campo_http::tls::{Acme, Certificate};
use chrono::{Datelike, TimeDelta, Utc};
use rcgen::{BasicConstraints, CertificateParams, CertificateSigningRequestParams, IsCa, Issuer, KeyPair};
use ring::{digest, signature};
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::house::{House, eventually};

/// What the authority does with the next order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    /// The answer on port 80 is not believed.
    Doubtful,
    /// Too many orders.
    Tired,
}

struct State {
    mood: Mood,
    /// Days that a certificate is good: before today and after.
    life: (i64, i64),
    nonces: HashSet<String>,
    /// Nonces that are called bad all the same.
    bad_nonces: u32,
    accounts: HashMap<String, (Vec<u8>, String)>,
    contacts: Vec<Value>,
    orders: Vec<Order>,
    fetched: u32,
}

#[derive(Default)]
struct Order {
    name: String,
    token: String,
    status: &'static str,
    chain: Option<String>,
}

#[derive(Clone)]
struct Authority {
    url: String,
    /// Where the names lead: port 80 of the server.
    door: String,
    root: CertificateDer<'static>,
    issuer: Arc<Issuer<'static, KeyPair>>,
    root_pem: String,
    state: Arc<Mutex<State>>,
}

type Reply = (u16, Vec<(&'static str, String)>, String);

fn problem(status: u16, kind: &str, detail: &str) -> Reply {
    let body =
        json!({"type": format!("urn:ietf:params:acme:error:{kind}"), "detail": detail, "status": status});
    (status, vec![("content-type", "application/problem+json".into())], body.to_string())
}

fn good(status: u16, location: Option<String>, body: &Value) -> Reply {
    let mut headers = vec![("content-type", "application/json".to_owned())];
    headers.extend(location.map(|l| ("location", l)));
    (status, headers, body.to_string())
}

impl Authority {
    async fn start(door: String) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let state = State {
            mood: Mood::Well,
            life: (1, 89),
            nonces: HashSet::new(),
            bad_nonces: 1,
            accounts: HashMap::new(),
            contacts: Vec::new(),
            orders: Vec::new(),
            fetched: 0,
        };
        let authority = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            door,
            root: root.der().clone(),
            root_pem: root.pem(),
            issuer: Arc::new(Issuer::new(params, key)),
            state: Arc::new(Mutex::new(state)),
        };
        let serving = authority.clone();
        // A thread of its own: the test's may block.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let listener = listener.into_std().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    let authority = serving.clone();
                    tokio::spawn(async move { Box::pin(authority.serve(stream)).await });
                }
            });
        });
        authority
    }

    fn nonce(&self) -> String {
        let nonce = B64.encode(uuid::Uuid::new_v4().as_bytes());
        self.state.lock().unwrap().nonces.insert(nonce.clone());
        nonce
    }

    async fn serve(&self, mut stream: tokio::net::TcpStream) {
        let mut read = Vec::new();
        let mut part = vec![0; 65_536];
        let head = loop {
            let Ok(n @ 1..) = stream.read(&mut part).await else { return };
            read.extend_from_slice(&part[..n]);
            if let Some(end) = read.windows(4).position(|w| w == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = String::from_utf8_lossy(&read[..head]).to_lowercase();
        let length = text
            .lines()
            .find_map(|l| l.strip_prefix("content-length:"))
            .map_or(0, |v| v.trim().parse().unwrap());
        while read.len() < head + length {
            let Ok(n @ 1..) = stream.read(&mut part).await else { return };
            read.extend_from_slice(&part[..n]);
        }
        let first = String::from_utf8_lossy(&read[..head]).into_owned();
        let mut words = first.split(' ');
        let (method, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
        let is_jose = text.contains("content-type: application/jose+json");
        let (status, headers, body) = self.answer(&method, &path, is_jose, &read[head..]).await;
        let mut out = format!(
            "HTTP/1.1 {status} X\r\nconnection: close\r\nreplay-nonce: {}\r\ncontent-length: {}\r\n",
            self.nonce(),
            body.len()
        );
        for (name, value) in headers {
            out += &format!("{name}: {value}\r\n");
        }
        let body = if method == "HEAD" { String::new() } else { body };
        let _ = stream.write_all((out + "\r\n" + &body).as_bytes()).await;
    }

    async fn answer(&self, method: &str, path: &str, is_jose: bool, body: &[u8]) -> Reply {
        let at = |p: &str| format!("{}{p}", self.url);
        match (method, path) {
            ("GET", "/dir") => {
                let all = json!({"newNonce": at("/nonce"), "newAccount": at("/account"), "newOrder": at("/order"),
                    "revokeCert": at("/revoke"), "keyChange": at("/change"), "meta": {"termsOfService": at("/terms")}});
                return good(200, None, &all);
            }
            ("HEAD" | "GET", "/nonce") => {
                return (200, vec![("cache-control", "no-store".into())], String::new());
            }
            ("POST", _) if is_jose => {}
            _ => return problem(405, "malformed", "POST a JWS"),
        }
        let (account, payload) = match self.verified(path, body) {
            Ok(verified) => verified,
            Err(refusal) => return refusal,
        };
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let number = parts.get(1).and_then(|n| n.parse::<usize>().ok()).unwrap_or(0);
        match parts[0] {
            "account" => {
                self.state.lock().unwrap().contacts.push(payload["contact"].clone());
                assert_eq!(payload["termsOfServiceAgreed"], true);
                good(201, Some(account), &json!({"status": "valid", "orders": at("/orders")}))
            }
            "order" if parts.len() == 1 => self.new_order(&payload),
            "order" => self.order(number, 200),
            "authz" => self.authorization(number),
            "chall" => self.challenge(number, &account).await,
            "finalize" => self.finalize(number, &payload),
            "cert" => {
                let state = self.state.lock().unwrap();
                let chain = state.orders[number].chain.clone().unwrap();
                (200, vec![("content-type", "application/pem-certificate-chain".into())], chain)
            }
            _ => problem(404, "malformed", "nothing is here"),
        }
    }

    /// The account's address and the payload, if the signature, the nonce and the address are right.
    fn verified(&self, path: &str, body: &[u8]) -> Result<(String, Value), Reply> {
        let jws: Value = serde_json::from_slice(body).unwrap();
        let text = |field: &str| jws[field].as_str().unwrap().to_owned();
        let protected: Value = serde_json::from_slice(&B64.decode(text("protected")).unwrap()).unwrap();
        let mut state = self.state.lock().unwrap();
        let is_known = state.nonces.remove(protected["nonce"].as_str().unwrap_or_default());
        if !is_known || state.bad_nonces > 0 {
            state.bad_nonces = state.bad_nonces.saturating_sub(1);
            return Err(problem(400, "badNonce", "another nonce"));
        }
        assert_eq!(protected["alg"], "ES256");
        assert_eq!(protected["url"], format!("{}{path}", self.url));
        let (account, key) = match protected.get("kid") {
            Some(kid) => {
                let kid = kid.as_str().unwrap().to_owned();
                let key = state.accounts.get(&kid).map(|(key, _)| key.clone());
                (kid, key.ok_or_else(|| problem(401, "accountDoesNotExist", "who is that"))?)
            }
            None => {
                assert_eq!(path, "/account", "only a new account shows its key");
                let part = |name: &str| protected["jwk"][name].as_str().unwrap().to_owned();
                let (x, y) = (part("x"), part("y"));
                let key = [vec![4], B64.decode(&x).unwrap(), B64.decode(&y).unwrap()].concat();
                let thumb = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
                let thumb = B64.encode(digest::digest(&digest::SHA256, thumb.as_bytes()));
                let kid = format!("{}/acct/{}", self.url, state.accounts.len());
                state.accounts.insert(kid.clone(), (key.clone(), thumb));
                (kid, key)
            }
        };
        let signed = format!("{}.{}", text("protected"), text("payload"));
        let key = signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, key);
        if key.verify(signed.as_bytes(), &B64.decode(text("signature")).unwrap()).is_err() {
            return Err(problem(403, "malformed", "the signature is wrong"));
        }
        let payload = B64.decode(text("payload")).unwrap();
        Ok((account, serde_json::from_slice(&payload).unwrap_or(Value::Null)))
    }

    fn new_order(&self, payload: &Value) -> Reply {
        let mut state = self.state.lock().unwrap();
        if state.mood == Mood::Tired {
            return problem(429, "rateLimited", "too many new orders");
        }
        assert_eq!(payload["identifiers"], json!([{"type": "dns", "value": "campo.test"}]));
        let token = B64.encode([uuid::Uuid::new_v4().as_bytes().as_slice(), b"12345678"].concat());
        state.orders.push(Order { name: "campo.test".into(), token, status: "pending", chain: None });
        let number = state.orders.len() - 1;
        drop(state);
        self.order(number, 201)
    }

    fn order(&self, number: usize, status: u16) -> Reply {
        let at = |p: &str| format!("{}/{p}/{number}", self.url);
        let state = self.state.lock().unwrap();
        let order = &state.orders[number];
        let mut body = json!({"status": order.status, "identifiers": [{"type": "dns", "value": order.name}],
            "authorizations": [at("authz")], "finalize": at("finalize")});
        if order.chain.is_some() {
            body["certificate"] = at("cert").into();
        }
        good(status, Some(at("order")), &body)
    }

    fn authorization(&self, number: usize) -> Reply {
        let state = self.state.lock().unwrap();
        let order = &state.orders[number];
        let status = match order.status {
            "pending" | "invalid" => order.status,
            _ => "valid",
        };
        let url = format!("{}/chall/{number}", self.url);
        let challenges = json!([{"type": "tls-alpn-01", "url": format!("{url}0"), "token": "x", "status": "pending"},
            {"type": "http-01", "url": url, "token": order.token, "status": status}]);
        good(
            200,
            None,
            &json!({"status": status, "identifier": {"type": "dns", "value": order.name}, "challenges": challenges}),
        )
    }

    /// Fetches the answer from port 80, as the real one does.
    async fn challenge(&self, number: usize, account: &str) -> Reply {
        let (token, name, thumb) = {
            let state = self.state.lock().unwrap();
            let order = &state.orders[number];
            (order.token.clone(), order.name.clone(), state.accounts[account].1.clone())
        };
        let url = format!("http://{}/.well-known/acme-challenge/{token}", self.door);
        let answer = reqwest::Client::new().get(url).header("host", name).send().await;
        let said = match answer {
            Ok(answer) if answer.status() == 200 => answer.text().await.unwrap(),
            _ => String::new(),
        };
        let mut state = self.state.lock().unwrap();
        state.fetched += 1;
        let is_right = said == format!("{token}.{thumb}") && state.mood != Mood::Doubtful;
        let status = if is_right { "valid" } else { "invalid" };
        state.orders[number].status = if is_right { "ready" } else { "invalid" };
        let url = format!("{}/chall/{number}", self.url);
        good(200, None, &json!({"type": "http-01", "url": url, "token": token, "status": status}))
    }

    fn finalize(&self, number: usize, payload: &Value) -> Reply {
        let mut state = self.state.lock().unwrap();
        if state.orders[number].status != "ready" {
            return problem(403, "orderNotReady", "not yet");
        }
        let csr = B64.decode(payload["csr"].as_str().unwrap()).unwrap();
        let mut csr =
            CertificateSigningRequestParams::from_der(&CertificateSigningRequestDer::from(csr)).unwrap();
        let names: Vec<String> = csr.params.subject_alt_names.iter().map(|n| format!("{n:?}")).collect();
        assert!(names.len() == 1 && names[0].contains("campo.test"), "{names:?}");
        let day = |days: i64| {
            let at = Utc::now() + TimeDelta::days(days);
            rcgen::date_time_ymd(at.year(), at.month() as u8, at.day() as u8)
        };
        csr.params.not_before = day(-state.life.0);
        csr.params.not_after = day(state.life.1);
        let cert = csr.signed_by(&self.issuer).unwrap();
        state.orders[number].chain = Some(cert.pem() + &self.root_pem);
        state.orders[number].status = "valid";
        drop(state);
        self.order(number, 200)
    }

    fn count(&self) -> (usize, usize, u32) {
        let state = self.state.lock().unwrap();
        (state.accounts.len(), state.orders.len(), state.fetched)
    }

    fn be(&self, mood: Mood, life: (i64, i64)) {
        let mut state = self.state.lock().unwrap();
        (state.mood, state.life) = (mood, life);
    }
}

/// A server that asks this authority for `campo.test`.
async fn served() -> (Authority, House) {
    let door = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let authority = Authority::start(door.clone()).await;
    let directory = format!("{}/dir", authority.url);
    let flags = [
        "--acme-domains",
        "campo.test",
        "--acme-directory",
        &directory,
        "--acme-http-listen",
        &door,
        "--acme-contact",
        "mailto:ops@campo.test",
    ];
    let house = House::with(true, &flags).await;
    (authority, house)
}

/// The first line of the answer, and the serial number of what was shown, to who trusts the authority alone.
fn ask(house: &House, authority: &Authority) -> std::io::Result<(String, Vec<u8>)> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.root.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("campo.test").unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut tcp = TcpStream::connect(house.url.rsplit('/').next().unwrap())?;
    let mut tls = Stream::new(&mut connection, &mut tcp);
    tls.write_all(b"GET /health/live HTTP/1.1\r\nhost: campo.test\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    let _ = tls.read_to_end(&mut answer);
    let shown = connection.peer_certificates().unwrap()[0].to_vec();
    Ok((String::from_utf8_lossy(&answer).into_owned(), shown))
}

#[tokio::test]
async fn made_kept_answered_and_renewed() {
    let (authority, house) = served().await;
    let tls = &house.app.tls;
    let certificate = tls.certificate.clone().unwrap();
    eventually("a certificate is made", async || certificate.is_there().then_some(())).await;
    let (answer, first) = ask(&house, &authority).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.to_lowercase().contains("strict-transport-security"),
        "{answer}"
    );
    assert_eq!(authority.count(), (1, 1, 1), "one account, one order, one question");
    assert_eq!(authority.state.lock().unwrap().contacts, [json!(["mailto:ops@campo.test"])]);

    // What is kept is nobody else's to read.
    let folder = house.app.config.acme_path();
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|f| f.unwrap().path()).collect();
    assert!(files.len() >= 2);
    for file in files {
        assert_eq!(
            std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            file.display()
        );
    }

    // Port 80: nobody's token, and everything else to https under our own name.
    let plain = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let unknown =
        plain.get(format!("http://{}/.well-known/acme-challenge/x", authority.door)).send().await.unwrap();
    assert_eq!(unknown.status(), 404);
    let other = plain
        .get(format!("http://{}/t/x?y=1", authority.door))
        .header("host", "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (other.status().as_u16(), other.headers()["location"].to_str().unwrap()),
        (308, "https://campo.test/t/x?y=1")
    );

    // It is not due: nobody is asked. Two thirds of its life later it is, and the new one is served at once.
    let acme = tls.acme.clone().unwrap();
    let now = Utc::now();
    let turn = acme.turn(now).await;
    assert!(
        !turn.renewed && turn.next > now + TimeDelta::days(58) && turn.next < now + TimeDelta::days(68),
        "{turn:?}"
    );
    authority.be(Mood::Well, (1, 89));
    let turn = acme.turn(now + TimeDelta::days(68)).await;
    assert!(turn.renewed, "{turn:?}");
    let (answer, second) = ask(&house, &authority).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && first != second);
    assert_eq!(authority.count(), (1, 2, 2), "the account is the same");

    // A start finds what is kept and asks nobody.
    let shown = Arc::new(Certificate::default());
    let orders = campo_http::tls::acme::Orders {
        domains: vec!["campo.test".into()],
        contact: None,
        directory: format!("{}/dir", authority.url),
        public_url: "https://campo.test".into(),
    };
    let again = Acme::new(orders, folder, reqwest::Client::new(), shown.clone());
    assert!(shown.is_there() && !again.turn(now).await.renewed);
    assert_eq!(authority.count(), (1, 2, 2));
}

#[tokio::test]
async fn failures_wait_and_are_no_flood() {
    let (authority, house) = served().await;
    let certificate = house.app.tls.certificate.clone().unwrap();
    eventually("a certificate is made", async || certificate.is_there().then_some(())).await;
    let (_, first) = ask(&house, &authority).unwrap();
    let acme = house.app.tls.acme.clone().unwrap();
    let due = Utc::now() + TimeDelta::days(80);

    authority.be(Mood::Doubtful, (1, 89));
    let failed = acme.turn(due).await;
    assert!(!failed.renewed && failed.next >= due + TimeDelta::minutes(15), "{failed:?}");
    assert_eq!(ask(&house, &authority).unwrap().1, first, "the old one is served meanwhile");
    let orders = authority.count().1;
    for minutes in [0, 1, 14] {
        assert!(!acme.turn(due + TimeDelta::minutes(minutes)).await.renewed);
    }
    assert_eq!(authority.count().1, orders, "nobody is asked before it is time");

    authority.be(Mood::Tired, (1, 89));
    let limited = acme.turn(failed.next).await;
    assert!(limited.next >= failed.next + TimeDelta::hours(6), "{limited:?}");

    authority.be(Mood::Well, (1, 89));
    assert!(acme.turn(limited.next).await.renewed);
    assert_ne!(ask(&house, &authority).unwrap().1, first);
}
