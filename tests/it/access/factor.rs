//! The second factor over HTTP: turned on, asked for, never taken twice, and left without the phone.

use ring::hmac;
use serde_json::{Value, json};

use super::later;
use crate::house::{Answer, House, Person, fresh_phone};

/// The app: RFC 6238 over the secret of a QR code, written here once more so that the test checks the server and not
/// itself. `off` are time steps.
fn app_code(secret: &str, off: i64) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = secret.chars().map(|c| format!("{:05b}", LETTERS.find(c).unwrap())).collect();
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|b| u8::from_str_radix(std::str::from_utf8(b).unwrap(), 2).unwrap())
        .collect();
    let step = (chrono::Utc::now().timestamp() / 30 + off) as u64;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = (tag[19] & 15) as usize;
    let number = u32::from_be_bytes([tag[at] & 127, tag[at + 1], tag[at + 2], tag[at + 3]]);
    format!("{:06}", number % 1_000_000)
}

/// Far from a change of step, so that "now" is one step for a while.
async fn calm() {
    let into = chrono::Utc::now().timestamp() % 30;
    if into > 20 {
        tokio::time::sleep(std::time::Duration::from_secs((31 - into) as u64)).await;
    }
}

struct Guarded {
    house: House,
    owner: Person,
    secret: String,
    recovery: Vec<String>,
}

async fn turned_on() -> Guarded {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let begun = house.post(&owner, "/api/auth/totp/enroll", json!({})).await.ok();
    let secret = begun["secret"].as_str().unwrap().to_owned();
    assert!(begun["url"].as_str().unwrap().starts_with("otpauth://totp/CampoTech:%2B549"));
    assert_eq!(house.get(&owner, "/api/auth/totp").await.ok()["is_on"], false, "nothing is asked yet");
    calm().await;
    // The step before: later codes of the test are younger.
    let body = json!({"code": app_code(&secret, -1)});
    let codes = house.post(&owner, "/api/auth/totp/confirm", body).await.ok();
    let recovery =
        codes["codes"].as_array().unwrap().iter().map(|c| c.as_str().unwrap().to_owned()).collect();
    Guarded { house, owner, secret, recovery }
}

impl Guarded {
    /// The first step again: the ticket.
    async fn ticket(&self) -> String {
        later(&self.house, &self.owner.phone).await;
        let (challenge, code) = self.house.code(&self.owner.phone).await;
        let body = json!({"phone": self.owner.phone, "code": code, "challenge": challenge});
        let answer = self.house.post(None, "/api/auth/otp/verify", body).await;
        answer.refused(401, "AUTH_012")["ticket"].as_str().unwrap().to_owned()
    }

    async fn pass(&self, ticket: &str, code: &str) -> Answer {
        self.house.post(None, "/api/auth/totp", json!({"ticket": ticket, "code": code})).await
    }
}

#[tokio::test]
async fn the_phone_alone_signs_nobody_in_any_more() {
    let g = turned_on().await;
    let ticket = g.ticket().await;
    g.pass(&ticket, "000000").await.refused(401, "AUTH_001");
    let code = app_code(&g.secret, 0);
    let again = Person::read(&g.pass(&ticket, &code).await.ok());
    assert_eq!((again.user, again.org), (g.owner.user, g.owner.org));
    g.house.get(&again, "/api/auth/me").await.ok();
    // The ticket is good once, and so is the code.
    g.pass(&ticket, &app_code(&g.secret, 1)).await.refused(401, "AUTH_009");
    let ticket = g.ticket().await;
    g.pass(&ticket, &code).await.refused(401, "AUTH_001");
    g.pass(&ticket, &app_code(&g.secret, 1)).await.ok();
}

#[tokio::test]
async fn tickets_end() {
    let g = turned_on().await;
    let ticket = g.ticket().await;
    for bad in [
        "",
        "x",
        &ticket[1..],
        &format!("{}.{}", uuid::Uuid::new_v4().simple(), ticket.split_once('.').unwrap().1),
    ] {
        g.pass(bad, &app_code(&g.secret, 0)).await.refused(401, "AUTH_009");
    }
    for _ in 0..4 {
        g.pass(&ticket, "000000").await.refused(401, "AUTH_001");
    }
    // The fifth failure is the address's lock as well: it is not to hide the ticket's own end.
    g.pass(&ticket, "000000").await.refused(401, "AUTH_001");
    let mut sql = g.house.sql().await;
    sqlx::query("delete from otp_failure").execute(&mut sql).await.unwrap();
    g.pass(&ticket, &app_code(&g.secret, 0)).await.refused(401, "AUTH_008");
    let ticket = g.ticket().await;
    sqlx::query("update otp_challenge set used_at = used_at - interval '6 minutes'")
        .execute(&mut sql)
        .await
        .unwrap();
    g.pass(&ticket, &app_code(&g.secret, 0)).await.refused(401, "AUTH_009");
}

#[tokio::test]
async fn recovery_codes_are_good_once_each() {
    let g = turned_on().await;
    assert_eq!(g.recovery.len(), 10);
    let ticket = g.ticket().await;
    g.pass(&ticket, &g.recovery[3].to_uppercase()).await.ok();
    let ticket = g.ticket().await;
    g.pass(&ticket, &g.recovery[3]).await.refused(401, "AUTH_001");
    g.pass(&ticket, &g.recovery[4]).await.ok();
    let state = g.house.get(&g.owner, "/api/auth/totp").await.ok();
    assert_eq!((state["is_on"].as_bool(), state["recovery_left"].as_i64()), (Some(true), Some(8)));
    // Nothing of them or of the secret is stored as it is.
    let stored: Vec<String> = sqlx::query_scalar("select to_jsonb(t)::text from second_factor t")
        .fetch_all(&mut g.house.sql().await)
        .await
        .unwrap();
    assert!(
        stored
            .iter()
            .all(|row| !row.contains(&g.secret) && g.recovery.iter().all(|c| !row.contains(c.as_str())))
    );
    // New ones void the old ones.
    let renewed = g
        .house
        .post(&g.owner, "/api/auth/totp/recovery-codes", json!({"code": app_code(&g.secret, 0)}))
        .await
        .ok();
    assert_eq!(renewed["codes"].as_array().unwrap().len(), 10);
    let ticket = g.ticket().await;
    g.pass(&ticket, &g.recovery[5]).await.refused(401, "AUTH_001");
    g.pass(&ticket, renewed["codes"][0].as_str().unwrap()).await.ok();
}

#[tokio::test]
async fn two_uses_of_one_code_at_once_are_one() {
    let g = turned_on().await;
    let (first, code) = (g.ticket().await, app_code(&g.secret, 0));
    let tries = futures_util::future::join_all((0..4).map(|_| g.pass(&first, &code))).await;
    assert_eq!(tries.iter().filter(|a| a.status == 200).count(), 1);
}

#[tokio::test]
async fn turning_it_off_needs_a_code_and_is_told() {
    let g = turned_on().await;
    let off =
        async |code: &str| g.house.post(&g.owner, "/api/auth/totp/disable", json!({"code": code})).await;
    off("000000").await.refused(422, "REQUEST_002");
    off("hola").await.refused(422, "REQUEST_002");
    assert_eq!(off(&app_code(&g.secret, 0)).await.status, 204);
    off(&app_code(&g.secret, 1)).await.refused(409, "AUTH_013");
    later(&g.house, &g.owner.phone).await;
    g.house.sign_in(&g.owner.phone).await;
    let notices = g.house.get(&g.owner, "/api/notifications").await.ok();
    let kinds: Vec<&Value> = notices["items"].as_array().unwrap().iter().map(|n| &n["kind"]).collect();
    assert_eq!(kinds, ["second_factor_off", "second_factor_on"]);
}

#[tokio::test]
async fn ten_wrong_codes_rest_the_factor() {
    let g = turned_on().await;
    let off =
        async |code: &str| g.house.post(&g.owner, "/api/auth/totp/disable", json!({"code": code})).await;
    for _ in 0..10 {
        off("000000").await.refused(422, "REQUEST_002");
    }
    let rests = off(&app_code(&g.secret, 0)).await;
    rests.refused(429, "AUTH_008");
    assert!(rests.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() <= 900);
}

/// For owners and admins, each for themselves: nobody sees or moves another's.
#[tokio::test]
async fn whose_factor_it_is() {
    let g = turned_on().await;
    for (role, may) in [("admin", true), ("dispatcher", false), ("technician", false), ("accountant", false)]
    {
        let who = g.house.hire(&g.owner, role, role).await;
        let begun = g.house.post(&who, "/api/auth/totp/enroll", json!({})).await;
        assert_eq!(begun.status, if may { 200 } else { 403 }, "{role}");
        assert_eq!(g.house.get(&who, "/api/auth/totp").await.ok()["is_on"], false);
    }
    let stranger = g.house.stranger().await;
    assert_eq!(g.house.get(&stranger, "/api/auth/totp").await.ok()["is_on"], false);
    let code = json!({"code": app_code(&g.secret, 0)});
    g.house.post(&stranger, "/api/auth/totp/disable", code).await.refused(409, "AUTH_013");
    g.house
        .post(&stranger, "/api/auth/totp/confirm", json!({"code": "123456"}))
        .await
        .refused(409, "AUTH_013");
    g.house.post(&g.owner, "/api/auth/totp/enroll", json!({})).await.refused(409, "AUTH_013");
    // Others sign in as before.
    g.house.sign_in(&fresh_phone()).await;
}
