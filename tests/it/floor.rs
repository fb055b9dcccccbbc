//! The floor of HTTP: headers of every answer, ids of requests, limits with `Retry-After`, bodies that are too long.

use reqwest::Method;
use serde_json::json;

use crate::files::set_tier;
use crate::house::{Answer, House};

/// Everything about security that an answer says. A change here is a decision.
const SNAPSHOT: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "geolocation=(self), camera=(), microphone=()"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("strict-transport-security", "max-age=31536000"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |v| v.to_str().unwrap())
}

#[tokio::test]
async fn headers_of_every_answer() {
    let house = House::with(true, &["--public-url", "https://campo.example"]).await;
    let owner = house.sign_up("Plomería Sur").await;
    for (who, path) in [
        (Some(&owner), "/api/jobs"),
        (None, "/api/jobs"),
        (None, "/api/nothing"),
        (None, "/nothing"),
        (None, "/"),
        (None, "/health/live"),
        (None, "/api/openapi.json"),
    ] {
        let answer = house.send(house.request(Method::GET, who, path)).await;
        for (name, value) in SNAPSHOT {
            assert_eq!(header(&answer, name), *value, "{name} of {path}");
        }
        assert!(!answer.headers.contains_key("server"), "{path}");
    }
    // A link's page goes further: it tells nobody where it is.
    let page = house.get(None, "/t/AAAAAAAAAAAAAAAAAAAAAAAA").await;
    assert_eq!((page.status, header(&page, "referrer-policy")), (404, "no-referrer"));
    assert!(!header(&page, "content-security-policy").contains("unsafe-inline"));
    // Without TLS nobody is told to insist on it.
    let plain = House::with(true, &[]).await;
    assert!(!plain.get(None, "/health/live").await.headers.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn cookies_of_browsers() {
    let house = House::with(true, &["--public-url", "https://campo.example"]).await;
    let phone = crate::house::fresh_phone();
    let (challenge, code) = house.code(&phone).await;
    let request = house.request(Method::POST, None, "/api/auth/otp/verify");
    let entered = json!({"phone": phone, "code": code, "challenge": challenge});
    let answer = house.send(request.header("origin", "https://campo.example").json(&entered)).await;
    let cookies: Vec<&str> =
        answer.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap()).collect();
    assert!(!cookies.is_empty(), "{}", answer.text);
    for cookie in cookies {
        for part in ["__Host-", "HttpOnly", "Secure", "SameSite=Strict"] {
            let is_lax = part == "SameSite=Strict" && cookie.contains("SameSite=Lax");
            // A cookie for one path alone cannot have the prefix.
            let has_path = part == "__Host-" && !cookie.contains("Path=/;");
            assert!(cookie.contains(part) || is_lax || has_path, "{part} in {cookie}");
        }
    }
}

#[tokio::test]
async fn requests_have_ids() {
    let house = House::with(true, &["--trusted-proxies", "127.0.0.1"]).await;
    let (one, two) = (house.get(None, "/api/jobs").await, house.get(None, "/api/jobs").await);
    assert_ne!(header(&one, "x-request-id"), header(&two, "x-request-id"));
    for answer in [&one, &two] {
        let id = header(answer, "x-request-id");
        uuid::Uuid::parse_str(id).unwrap();
        assert_eq!(answer.body["instance"], format!("urn:uuid:{id}"));
    }
    assert!(!header(&house.get(None, "/health/live").await, "x-request-id").is_empty());
    // A trusted proxy's id is kept, nonsense is not.
    let with = async |id: &str| {
        house.send(house.request(Method::GET, None, "/api/jobs").header("x-request-id", id)).await
    };
    let kept = with("edge-1.a_B").await;
    assert_eq!(
        (header(&kept, "x-request-id"), kept.body["instance"].as_str()),
        ("edge-1.a_B", Some("urn:request:edge-1.a_B"))
    );
    assert_ne!(header(&with("a b<c>").await, "x-request-id"), "a b<c>");
    let stranger = House::with(true, &[]).await;
    let said =
        stranger.send(stranger.request(Method::GET, None, "/api/jobs").header("x-request-id", "mine")).await;
    assert_ne!(header(&said, "x-request-id"), "mine", "who is no trusted proxy names nothing");
}

/// Tries to sign in as from an address that a header names.
async fn tries(house: &House, forwarded: &str) -> Answer {
    let request =
        house.request(Method::POST, None, "/api/auth/otp/send").header("x-forwarded-for", forwarded);
    house.send(request.json(&json!({"phone": "x"}))).await
}

#[tokio::test]
async fn an_address_is_what_a_trusted_proxy_says() {
    // Nobody is trusted: other names for one address are one address.
    let house = House::with(false, &[]).await;
    for n in 0..10 {
        assert_eq!(tries(&house, &format!("203.0.113.{n}")).await.status, 422);
    }
    let refused = tries(&house, "203.0.113.99").await;
    refused.refused(429, "RATE_001");
    let wait: u64 = header(&refused, "retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");

    // Behind a proxy each is its own; what a client wrote in front of it is not believed.
    let house = House::with(false, &["--trusted-proxies", "127.0.0.1"]).await;
    for n in 0..10 {
        assert_eq!(tries(&house, &format!("198.51.100.{n}, 203.0.113.1")).await.status, 422);
    }
    tries(&house, "198.51.100.77, 203.0.113.1").await.refused(429, "RATE_001");
    assert_eq!(tries(&house, "203.0.113.2").await.status, 422);
}

#[tokio::test]
async fn a_tier_bounds_its_organization_alone() {
    let house = House::start().await;
    let (owner, other) = (house.sign_up("Con plan").await, house.stranger().await);
    set_tier(&house, &owner, "FREE").await;
    // A tier is known for a minute: another server hears of it at its first request.
    let house = House::over(house.database(), true, &[]).await;
    let mut good = 0;
    let refused = loop {
        let answer = house.get(&owner, "/api/organization").await;
        if answer.status != 200 {
            break answer;
        }
        good += 1;
        assert!(good <= 30, "more than the tier allows");
    };
    refused.refused(429, "RATE_001");
    assert!(header(&refused, "retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(good, 30);
    for _ in 0..40 {
        assert_eq!(
            house.get(&other, "/api/organization").await.status,
            200,
            "without a tier there is no limit"
        );
    }
}

#[tokio::test]
async fn costly_things_are_bounded() {
    let house = House::start().await;
    let owner = house.sign_up("Apurada").await;
    let note = json!({"file_id": uuid::Uuid::now_v7()});
    for _ in 0..20 {
        assert_ne!(house.post(&owner, "/api/voice/process", note.clone()).await.status, 429);
    }
    house.post(&owner, "/api/voice/process", note).await.refused(429, "RATE_001");
    let message = json!({"to": "+5491155550001", "text": "hola"});
    for _ in 0..50 {
        assert_ne!(house.post(&owner, "/api/whatsapp/send", message.clone()).await.status, 429);
    }
    house.post(&owner, "/api/whatsapp/send", message).await.refused(429, "RATE_001");
}

#[tokio::test]
async fn bodies_have_ends() {
    let house = House::start().await;
    let owner = house.sign_up("Larga").await;
    let long = |bytes: usize| "x".repeat(bytes);
    for path in ["/api/jobs", "/api/customers", "/api/users", "/api/auth/otp/send"] {
        let answer = house.post(&owner, path, json!({"title": long(300 << 10), "phone": "x"})).await;
        answer.refused(413, "REQUEST_003");
    }
    let raw = |path: &str, bytes: usize| house.request(Method::POST, None, path).body(long(bytes));
    assert_eq!(house.send(raw("/api/webhooks/twilio", 65 << 10)).await.status, 413);
    assert_eq!(house.send(raw("/api/webhooks/whatsapp", 4 << 20)).await.status, 413);
    let direct = house.request(Method::POST, Some(&owner), "/api/files/direct?purpose=job_photo");
    assert_eq!(house.send(direct.header("content-type", "image/jpeg").body(long(3 << 20))).await.status, 413);
}
