//! Who gets in: limits and breakers, invitations, the second factor, lost phones, keys that follow each other.

mod factor;
mod invited;
mod keys;
mod limits;
mod recovery;

use serde_json::{Value, json};

use crate::house::{Answer, House};

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
