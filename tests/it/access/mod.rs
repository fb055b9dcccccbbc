//! Who gets in: limits and breakers, invitations, the second factor, lost phones, keys that follow each other.

mod factor;
mod invited;
mod keys;
mod limits;
mod recovery;

use serde_json::{Value, json};

use crate::house::{Answer, House, Person, eventually, fresh_phone};
use campo_engine::ids::OrgId;

/// A request from an address of the test's choosing; the house trusts its own machine as a proxy.
async fn from(house: &House, ip: &str, path: &str, body: Value) -> Answer {
    let request = house.request(reqwest::Method::POST, None, path).header("x-forwarded-for", ip).json(&body);
    house.send(request).await
}

/// A house that believes who a request says it comes from.
async fn behind_a_proxy(flags: &[&str]) -> House {
    let mut all = vec!["--trusted-proxies", "127.0.0.0/8"];
    all.extend(flags);
    House::with(true, &all).await
}

/// Six digits that are not the code.
fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

/// Lets time pass for the codes of a phone: another one may be asked for.
async fn later(house: &House, phone: &str) {
    let older = "update otp_challenge set created_at = created_at - interval '2 hours' where phone = $1";
    sqlx::query(older).bind(phone).execute(&mut house.sql().await).await.unwrap();
}

/// Enters a code, named by its challenge.
async fn enter(house: &House, phone: &str, challenge: &str, code: &str) -> Answer {
    let body = json!({"phone": phone, "code": code, "challenge": challenge});
    house.post(None, "/api/auth/otp/verify", body).await
}

/// What the organization's audit log says, the oldest first.
async fn log(house: &House, org: OrgId) -> Vec<String> {
    sqlx::query_scalar("select action from audit_log where org_id = $1 order by seq")
        .bind(org.0)
        .fetch_all(&mut house.sql().await)
        .await
        .unwrap()
}

/// Who came in and who did not stands in the log of the organization that it concerns, and in no other.
#[tokio::test]
async fn access_is_in_the_audit_log() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let stranger = house.stranger().await;
    later(&house, &owner.phone).await;
    let (challenge, code) = house.code(&owner.phone).await;
    enter(&house, &owner.phone, &challenge, wrong(&code)).await.refused(401, "AUTH_001");
    let again = Person::read(&enter(&house, &owner.phone, &challenge, &code).await.ok());
    let made = json!({"name": "Ana", "phone": fresh_phone(), "role": "technician"});
    let ana = house.post(&owner, "/api/users", made).await.ok()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/users/{ana}/invitation");
    house.post(&owner, &path, json!({})).await.ok();
    house.post(&owner, &path, json!({})).await.ok();
    house.delete(&owner, &path).await;
    let role = json!({"version": 1, "role": "dispatcher"});
    house.patch(&owner, &format!("/api/users/{ana}"), role).await.ok();
    house.post(&again, "/api/auth/logout", json!({})).await;
    house.post(&owner, "/api/auth/logout-all", json!({})).await;
    let expected = [
        ("auth.logged_in", 2),
        ("auth.login_refused", 1),
        ("user.invited", 1),
        ("user.invitation_revoked", 1),
        ("user.role_changed", 1),
        ("auth.logged_out", 1),
        ("auth.sessions_ended", 1),
    ];
    for (action, times) in expected {
        eventually(action, async || {
            let log = log(&house, owner.org).await;
            (log.iter().filter(|a| *a == action).count() == times).then_some(())
        })
        .await;
    }
    let theirs = log(&house, stranger.org).await;
    assert!(expected.iter().skip(1).all(|(action, _)| !theirs.iter().any(|a| a == action)), "{theirs:?}");
}
