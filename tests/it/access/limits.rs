//! Guessing and pumping, as `functional.md` section 2 and `reliability.md` section 6 limit them.

use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use super::{behind_a_proxy, enter, from, later, wrong};
use crate::house::{House, Person, fresh_phone};

const VERIFY: &str = "/api/auth/otp/verify";

/// Guesses from ever new addresses: the budget of everyone ends them; known devices and a waiting hour do not suffer.
#[tokio::test]
async fn the_budget_of_failed_codes_holds_over_all_addresses() {
    let house = behind_a_proxy(&["--otp-failures-per-hour", "30"]).await;
    let (phone, device) = (fresh_phone(), Uuid::new_v4());
    let (_, code) = house.code(&phone).await;
    house.post(None, VERIFY, json!({"phone": phone, "code": code, "device": device})).await.ok();
    let (newcomer, later_code) = (fresh_phone(), house.code(&fresh_phone()).await);
    let (challenge, good) = house.code(&newcomer).await;

    let mut judged = 0;
    for round in 0..50 {
        // Twenty at once, each address twice.
        let guesses = (0..20).map(|n| {
            let ip = format!("198.{}.{}.7", 18 + round % 2, (round / 2) * 10 + n / 2);
            let body = json!({"phone": fresh_phone(), "code": "123456"});
            let house = &house;
            async move { from(house, &ip, VERIFY, body).await }
        });
        for answer in join_all(guesses).await {
            match answer.status {
                401 => judged += 1,
                _ => {
                    answer.refused(429, "AUTH_008");
                    assert!(answer.headers.contains_key("retry-after"));
                }
            }
        }
    }
    // A thousand guesses: what was at work when the budget was used up may still be judged.
    assert!((30..=30 + 20).contains(&judged), "{judged}");

    // The right code of a device that nobody knows waits as well, else guessing would go on through it.
    from(&house, "203.0.113.1", VERIFY, json!({"phone": newcomer, "code": good, "challenge": challenge}))
        .await
        .refused(429, "AUTH_008");
    // A known device does not.
    later(&house, &phone).await;
    let (_, code) = house.code(&phone).await;
    house.post(None, VERIFY, json!({"phone": phone, "code": code, "device": device})).await.ok();
    // An hour later everybody is let in.
    let older = "update otp_failure set at = at - interval '61 minutes'";
    sqlx::query(older).execute(&mut house.sql().await).await.unwrap();
    from(&house, "203.0.113.1", VERIFY, json!({"phone": newcomer, "code": good, "challenge": challenge}))
        .await
        .ok();
    drop(later_code);
}

/// A code that a browser asked for is entered in that browser alone, and strangers' guesses cost it no try.
#[tokio::test]
async fn a_code_is_bound_to_the_device_that_asked() {
    let house = House::start().await;
    let (phone, device) = (fresh_phone(), Uuid::new_v4());
    let before = house.inbox(&phone).await.len();
    let sent = house.post(None, "/api/auth/otp/send", json!({"phone": phone, "device": device})).await;
    let challenge = sent.ok()["challenge"].as_str().unwrap().to_owned();
    let text = crate::house::eventually("the code arrives", async || {
        let all = house.inbox(&phone).await;
        (all.len() > before).then(|| all[0].clone())
    })
    .await;
    let code = crate::house::digits(&text);
    // Elsewhere the right code is wrong, as often as anybody tries.
    for _ in 0..4 {
        enter(&house, &phone, &challenge, &code).await.refused(401, "AUTH_001");
    }
    sqlx::query("delete from otp_failure").execute(&mut house.sql().await).await.unwrap();
    let body = json!({"phone": phone, "code": code, "challenge": challenge, "device": device});
    house.post(None, VERIFY, body).await.ok();
}

/// A browser is bound by its cookie, which no script can read.
#[tokio::test]
async fn a_browser_is_bound_by_its_cookie() {
    let house = House::start().await;
    let phone = fresh_phone();
    let page = |path: &str| {
        house
            .request(reqwest::Method::POST, None, path)
            .header("origin", &house.url)
            .header("sec-fetch-site", "same-origin")
    };
    let sent = house.send(page("/api/auth/otp/send").json(&json!({"phone": phone}))).await;
    let cookie = sent.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("campo_device=")
            && cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Strict")
    );
    let challenge = sent.ok()["challenge"].as_str().unwrap().to_owned();
    let text =
        crate::house::eventually("the code arrives", async || house.inbox(&phone).await.first().cloned())
            .await;
    let body = json!({"phone": phone, "code": crate::house::digits(&text), "challenge": challenge});
    house.send(page(VERIFY).json(&body)).await.refused(401, "AUTH_001");
    let pair = cookie.split(';').next().unwrap();
    let known = house.send(page(VERIFY).header("cookie", pair).json(&body)).await;
    Person::read(&known.ok());
}

/// Known devices stay exempt, and what they mistype counts for nobody's lock.
#[tokio::test]
async fn a_known_device_locks_nobody() {
    let house = House::start().await;
    let (phone, device) = (fresh_phone(), Uuid::new_v4());
    let (_, code) = house.code(&phone).await;
    house.post(None, VERIFY, json!({"phone": phone, "code": code, "device": device})).await.ok();
    for _ in 0..8 {
        let body = json!({"phone": phone, "code": "123456", "device": device});
        house.post(None, VERIFY, body).await.refused(401, "AUTH_001");
    }
    house.sign_in(&fresh_phone()).await;
}

/// The lock of an address voids the codes it was after, but for those that a known device asked for.
#[tokio::test]
async fn a_lock_voids_codes_but_not_those_of_known_devices() {
    let house = behind_a_proxy(&[]).await;
    let (known, device) = (fresh_phone(), Uuid::new_v4());
    let (_, code) = house.code(&known).await;
    house.post(None, VERIFY, json!({"phone": known, "code": code, "device": device})).await.ok();
    later(&house, &known).await;
    let other = fresh_phone();
    let (other_challenge, other_code) = house.code(&other).await;
    house.post(None, "/api/auth/otp/send", json!({"phone": known, "device": device})).await.ok();
    for n in 0..5 {
        let phone = if n % 2 == 0 { &known } else { &other };
        let body = json!({"phone": phone, "code": wrong(&other_code)});
        from(&house, "203.0.113.9", VERIFY, body).await.refused(401, "AUTH_001");
    }
    from(&house, "203.0.113.9", VERIFY, json!({"phone": other, "code": other_code}))
        .await
        .refused(429, "AUTH_008");
    enter(&house, &other, &other_challenge, &other_code).await.refused(401, "AUTH_001");
    let voided: Vec<(String, bool)> = sqlx::query_as(
        "select phone, bool_or(voided_at is null and used_at is null) from otp_challenge group by phone order by phone",
    )
    .fetch_all(&mut house.sql().await)
    .await
    .unwrap();
    for (phone, is_living) in voided {
        assert_eq!(is_living, phone == known, "{phone}");
    }
}

/// Known and unknown numbers: the same body.
#[tokio::test]
async fn an_answer_tells_nobody_who_is_known() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let invited = fresh_phone();
    let hire = json!({"name": "Ana", "phone": invited, "role": "technician"});
    house.post(&owner, "/api/users", hire).await.ok();
    later(&house, &owner.phone).await;
    let mut bodies = Vec::new();
    for phone in [owner.phone.clone(), invited.clone(), fresh_phone()] {
        let sent = house.post(None, "/api/auth/otp/send", json!({"phone": phone})).await;
        assert_eq!(sent.status, 202);
        let mut body = sent.body;
        body["challenge"] = json!(null);
        bodies.push(body.to_string());
        let guess = json!({"phone": phone, "code": "123456"});
        let mut refusal = house.post(None, VERIFY, guess).await.body;
        // Each request has a name of its own.
        refusal["instance"] = json!(null);
        bodies.push(refusal.to_string());
        sqlx::query("delete from otp_failure").execute(&mut house.sql().await).await.unwrap();
    }
    assert!(bodies[0] == bodies[2] && bodies[2] == bodies[4], "{bodies:?}");
    assert!(bodies[1] == bodies[3] && bodies[3] == bodies[5], "{bodies:?}");
    // Who is invited has longer all the same.
    let lasts: f64 = sqlx::query_scalar(
        "select extract(epoch from expires_at - created_at)::float8 from otp_challenge where phone = $1",
    )
    .bind(&invited)
    .fetch_one(&mut house.sql().await)
    .await
    .unwrap();
    assert!((890.0..910.0).contains(&lasts), "{lasts}");
}

/// More than ten phones from one address: slower, and told, and never refused for it.
#[tokio::test]
async fn many_phones_of_one_address_are_slowed_and_not_blocked() {
    let house = behind_a_proxy(&[]).await;
    for n in 0..12 {
        // Ten tries a minute are another limit: time passes for it by asking through a second node's window.
        if n == 10 {
            let other = House::over(house.database(), true, &["--trusted-proxies", "127.0.0.0/8"]).await;
            let begun = std::time::Instant::now();
            let body = json!({"phone": fresh_phone()});
            assert_eq!(from(&other, "203.0.113.20", "/api/auth/otp/send", body).await.status, 202);
            assert!(begun.elapsed() >= std::time::Duration::from_secs(1), "slowed by a second");
            let metrics =
                reqwest::get(format!("{}/metrics", other.admin_url)).await.unwrap().text().await.unwrap();
            assert!(metrics.contains("campo_otp_alerts_total{why=\"phones_of_address\"}"), "{metrics}");
            break;
        }
        let body = json!({"phone": fresh_phone()});
        assert_eq!(from(&house, "203.0.113.20", "/api/auth/otp/send", body).await.status, 202, "{n}");
    }
}

/// Without its tables nobody signs in, whatever code they have.
#[tokio::test]
async fn a_missing_store_fails_closed() {
    let house = House::start().await;
    let phone = house.sign_up("Plomería Sur").await.phone;
    later(&house, &phone).await;
    let (challenge, code) = house.code(&phone).await;
    let mut sql = house.sql().await;
    let ask = async || {
        let body = json!({"phone": phone, "code": code, "challenge": challenge});
        let request = house.request(reqwest::Method::POST, None, VERIFY).json(&body);
        request.send().await.unwrap().status().as_u16()
    };
    for table in ["otp_failure", "second_factor", "otp_challenge", "login_session"] {
        let rename = |a: &str, b: &str| sqlx::AssertSqlSafe(format!("alter table {a} rename to {b}"));
        sqlx::query(rename(table, "gone")).execute(&mut sql).await.unwrap();
        let status = ask().await;
        sqlx::query(rename("gone", table)).execute(&mut sql).await.unwrap();
        assert!(status >= 500, "without {table}: {status}");
    }
}
