//! Web Push: a push service of the tests' own takes what leaves, and a browser of the tests' own opens it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use campo_engine::db::Tenant;
use campo_engine::push;
use campo_engine::push::rules::{Push, Urgency};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::SystemRandom;
use ring::signature;
use serde_json::{Value, json};

use crate::house::{House, Person, eventually};
use crate::receiver::{Got, Receiver, Reply};

/// A browser with keys of its own; it opens one message.
struct Browser {
    private: EphemeralPrivateKey,
    public: Vec<u8>,
    auth: [u8; 16],
    endpoint: String,
}

struct Long(usize);
impl KeyType for Long {
    fn len(&self) -> usize {
        self.0
    }
}

fn hkdf(salt: &[u8], ikm: &[u8], info: &[u8], long: usize) -> Vec<u8> {
    let mut out = vec![0; long];
    Salt::new(HKDF_SHA256, salt).extract(ikm).expand(&[info], Long(long)).unwrap().fill(&mut out).unwrap();
    out
}

impl Browser {
    fn new(endpoint: String) -> Self {
        let private = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
        let public = private.compute_public_key().unwrap().as_ref().to_vec();
        Self { private, public, auth: [7; 16], endpoint }
    }

    fn token(&self) -> Value {
        json!({"endpoint": self.endpoint, "expirationTime": null,
            "keys": {"p256dh": B64.encode(&self.public), "auth": B64.encode(self.auth)}})
    }

    /// RFC 8291, section 3, and RFC 8188 with one record.
    fn open(self, body: &[u8]) -> Value {
        let (salt, rest) = body.split_at(16);
        let (server, closed) = rest[5..].split_at(usize::from(rest[4]));
        let info = [b"WebPush: info\0".as_slice(), &self.public, server].concat();
        let auth = self.auth;
        let ikm = agree_ephemeral(self.private, &UnparsedPublicKey::new(&ECDH_P256, server), |shared| {
            hkdf(&auth, shared, &info, 32)
        })
        .unwrap();
        let key = hkdf(salt, &ikm, b"Content-Encoding: aes128gcm\0", 16);
        let nonce = hkdf(salt, &ikm, b"Content-Encoding: nonce\0", 12);
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
        let mut text = closed.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(&nonce).unwrap();
        let text = key.open_in_place(nonce, Aad::empty(), &mut text).unwrap();
        let end = text.iter().rposition(|b| *b != 0).unwrap();
        assert_eq!(text[end], 2);
        serde_json::from_slice(&text[..end]).unwrap()
    }
}

async fn start() -> (House, Receiver) {
    let receiver = Receiver::start().await;
    let house =
        House::with(true, &["--push-services", &receiver.url, "--push-contact", "mailto:a@b.example"]).await;
    (house, receiver)
}

async fn subscribe(house: &House, person: &Person, browser: &Browser) {
    house.post(person, "/api/notifications/push-token", browser.token()).await.ok();
}

async fn send(house: &House, person: &Person, body: &str) -> usize {
    let push = Push {
        kind: "system_alert".into(),
        title: "Prueba".into(),
        body: body.into(),
        path: "/dispatch?job=x".into(),
        tag: "prueba".into(),
        urgency: Urgency::High,
        ttl_s: 600,
        job: None,
    };
    let work = async |t: &mut Tenant| push::send_to(t, person.user, &push, chrono::Utc::now()).await;
    house.app.engine.db.within(person.org, work).await.unwrap()
}

async fn wait_for(receiver: &Receiver, path: &str, n: usize) -> Vec<Got> {
    eventually("the push service is asked", async || {
        let got = receiver.got(path);
        (got.len() >= n).then_some(got)
    })
    .await
}

async fn subscriptions(house: &House, person: &Person) -> i64 {
    sqlx::query_scalar("select count(*) from push_subscription where org_id = $1 and user_id = $2")
        .bind(person.org.0)
        .bind(person.user.0)
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap()
}

/// Signed by the key that the page was given, for this service alone (RFC 8292).
fn check_vapid(got: &Got, public_key: &str, origin: &str) {
    let header = got.header("authorization").strip_prefix("vapid t=").unwrap();
    let (token, key) = header.split_once(",k=").unwrap();
    assert_eq!(key, public_key);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, B64.decode(key).unwrap())
        .verify(signed.as_bytes(), &B64.decode(signature).unwrap())
        .unwrap();
    let claims: Value =
        serde_json::from_slice(&B64.decode(signed.split('.').nth(1).unwrap()).unwrap()).unwrap();
    assert_eq!((&claims["aud"], &claims["sub"]), (&json!(origin), &json!("mailto:a@b.example")));
    let lasts = claims["exp"].as_i64().unwrap() - chrono::Utc::now().timestamp();
    assert!(lasts > 0 && lasts <= 86_400);
}

#[tokio::test]
async fn a_technicians_phone_is_woken_and_opens_what_was_sent() {
    let (house, receiver) = start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    let key =
        house.get(&ana, "/api/notifications/push-key").await.ok()["public_key"].as_str().unwrap().to_owned();
    let browser = Browser::new(format!("{}/wp/ana", receiver.url));
    subscribe(&house, &ana, &browser).await;
    let customer = house.customer(&owner, "Marta").await;
    let body =
        json!({"title": "Canilla que gotea", "customer_id": customer["id"], "technician_ids": [ana.user]});
    let job = house.post(&owner, "/api/jobs", body).await.ok();
    let got = wait_for(&receiver, "/wp/ana", 1).await.remove(0);
    check_vapid(&got, &key, &receiver.url);
    assert_eq!((got.header("content-encoding"), got.header("urgency")), ("aes128gcm", "high"));
    assert_eq!(got.header("content-type"), "application/octet-stream");
    assert_eq!((got.header("ttl"), got.header("topic").len()), ("86400", 32));
    let text = browser.open(&got.body);
    assert_eq!(text["kind"], "job_assigned");
    assert_eq!(text["path"], format!("/tecnico?job={}", job["id"].as_str().unwrap()));
    assert_eq!(text["notification"]["navigate"], format!("{}{}", house.url, text["path"].as_str().unwrap()));
    assert!(text["notification"]["title"].as_str().unwrap().contains(job["job_number"].as_str().unwrap()));
    // The same key after the next start: subscriptions are bound to it.
    let next = House::over(house.database(), true, &[]).await;
    assert_eq!(next.get(&ana, "/api/notifications/push-key").await.ok()["public_key"], key.as_str());
}

#[tokio::test]
async fn dead_subscriptions_go_and_busy_services_are_asked_again() {
    let (house, receiver) = start().await;
    let owner = house.sign_up("Plomería Sur").await;
    for (path, status) in [("/gone", 410), ("/missing", 404), ("/big", 413), ("/busy", 201)] {
        receiver.always(path, status);
        subscribe(&house, &owner, &Browser::new(format!("{}{path}", receiver.url))).await;
    }
    receiver.next("/busy", Reply::Status(429, vec!["retry-after: 1".into()]));
    assert_eq!(send(&house, &owner, "hola").await, 4);
    eventually("the dead ones are gone", async || (subscriptions(&house, &owner).await == 2).then_some(()))
        .await;
    wait_for(&receiver, "/busy", 2).await;
    let dead = eventually("what is too big is a dead letter, once", async || {
        let dead = house.get(&owner, "/api/admin/dlq").await.ok()["items"].as_array().unwrap().clone();
        (dead.len() == 1).then_some(dead)
    })
    .await;
    assert!(dead[0]["kind"] == "push.send" && dead[0]["attempts"] == 1, "{dead:?}");
    assert!(dead[0]["cause"].as_str().unwrap().contains("413"));
    assert_eq!(receiver.got("/big").len(), 1);
    let used: i64 = sqlx::query_scalar("select count(*) from push_subscription where used_at is not null")
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
    assert_eq!(used, 1);
}

#[tokio::test]
async fn a_browser_is_one_persons_at_a_time() {
    let (house, receiver) = start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    let stranger = house.stranger().await;
    let browser = Browser::new(format!("{}/shared", receiver.url));
    subscribe(&house, &ana, &browser).await;
    subscribe(&house, &ana, &browser).await;
    assert_eq!(subscriptions(&house, &ana).await, 1, "told again it is kept once");
    // The office signs in at the same computer: from now on it is theirs.
    subscribe(&house, &owner, &browser).await;
    assert_eq!((subscriptions(&house, &ana).await, subscriptions(&house, &owner).await), (0, 1));
    assert_eq!((send(&house, &ana, "x").await, send(&house, &stranger, "x").await), (0, 0));
    // Nobody else takes it away.
    let forget = |who: &Person| {
        let request = house.request(reqwest::Method::DELETE, Some(who), "/api/notifications/push-token");
        house.send(request.json(&json!({"endpoint": format!("{}/shared", receiver.url)})))
    };
    assert_eq!((forget(&stranger).await.status, forget(&ana).await.status), (204, 204));
    assert_eq!(subscriptions(&house, &owner).await, 1);
    assert_eq!((forget(&owner).await.status, forget(&owner).await.status), (204, 204));
    assert_eq!(subscriptions(&house, &owner).await, 0);
    // Addresses that are no push service's, and keys that are none, are refused.
    let mut bad = Browser::new("https://evil.example/x".into()).token();
    house.post(&owner, "/api/notifications/push-token", bad.clone()).await.refused(422, "REQUEST_002");
    bad["endpoint"] = json!("https://fcm.googleapis.com/fcm/send/x");
    bad["keys"]["p256dh"] = json!("AAAA");
    house.post(&owner, "/api/notifications/push-token", bad).await.refused(422, "REQUEST_002");
}

#[tokio::test]
async fn one_can_try_each_channel() {
    let (house, receiver) = start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let test = |channel: &str| house.post(&owner, "/api/notifications/test", json!({"channel": channel}));
    test("push").await.refused(409, "NOTIFICATION_001");
    test("email").await.refused(409, "NOTIFICATION_001");
    test("pigeon").await.refused(422, "REQUEST_002");
    subscribe(&house, &owner, &Browser::new(format!("{}/wp", receiver.url))).await;
    assert_eq!(test("push").await.ok(), json!({"channel": "push", "sent": 1}));
    wait_for(&receiver, "/wp", 1).await;
    test("web").await.ok();
    let inbox = house.get(&owner, "/api/notifications").await.ok();
    assert_eq!((&inbox["unread"], &inbox["items"][0]["kind"]), (&json!(2), &json!("notification_test")));
    let before = house.inbox(&owner.phone).await.len();
    test("whatsapp").await.ok();
    eventually("the phone shows it", async || (house.inbox(&owner.phone).await.len() > before).then_some(()))
        .await;
    for _ in 0..7 {
        test("web").await.ok();
    }
    test("web").await.refused(429, "RATE_001");
}
