//! Invitations: the link, its code, its rest, and whom it brings in.

use serde_json::{Value, json};

use super::{enter, later, wrong};
use crate::house::{House, Person, digits, eventually, fresh_phone};

struct Invited {
    house: House,
    owner: Person,
    phone: String,
    user: String,
    url: String,
    token: String,
}

async fn invite() -> Invited {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let phone = fresh_phone();
    let body = json!({"name": "Ana Gómez", "phone": phone, "role": "technician"});
    let made = house.post(&owner, "/api/users", body).await.ok();
    assert!(made["joined_at"].is_null());
    let user = made["id"].as_str().unwrap().to_owned();
    let url = link(&house, &owner, &user).await;
    let token = url.split_once("/invitar#").expect(&url).1.to_owned();
    Invited { house, owner, phone, user, url, token }
}

async fn link(house: &House, owner: &Person, user: &str) -> String {
    let made = house.post(owner, &format!("/api/users/{user}/invitation"), json!({})).await.ok();
    made["url"].as_str().unwrap().to_owned()
}

/// Asks for a code through the link.
async fn code(i: &Invited) -> (String, String, Value) {
    let before = i.house.inbox(&i.phone).await.len();
    let body = json!({"phone": i.phone, "invitation": i.token});
    let sent = i.house.post(None, "/api/auth/otp/send", body).await.ok();
    let text = eventually("the code arrives", async || {
        let all = i.house.inbox(&i.phone).await;
        (all.len() > before).then(|| all[0].clone())
    })
    .await;
    (sent["challenge"].as_str().unwrap().to_owned(), digits(&text), sent)
}

#[tokio::test]
async fn a_link_leads_in_once() {
    let i = invite().await;
    let look = async || i.house.post(None, "/api/auth/invitation", json!({"token": i.token})).await;
    let seen = look().await.ok();
    assert_eq!((seen["name"].as_str(), seen["phone"].as_str()), (Some("Ana Gómez"), Some(i.phone.as_str())));
    assert_eq!(
        (seen["organization"].as_str(), seen["role"].as_str()),
        (Some("Plomería Sur"), Some("technician"))
    );
    // Asked again it is the same link, and nothing of it is stored.
    assert_eq!(link(&i.house, &i.owner, &i.user).await, i.url);
    let stored: bool =
        sqlx::query_scalar("select exists (select from invitation t where to_jsonb(t)::text like $1)")
            .bind(format!("%{}%", i.token))
            .fetch_one(&mut i.house.sql().await)
            .await
            .unwrap();
    assert!(!stored);
    let (challenge, code, sent) = code(&i).await;
    assert_eq!(sent["expires_in_s"], 900);
    let ana = Person::read(&enter(&i.house, &i.phone, &challenge, &code).await.ok());
    assert_eq!((ana.org, ana.user.to_string()), (i.owner.org, i.user.clone()));
    look().await.refused(404, "REQUEST_004");
    let list = i.house.get(&i.owner, "/api/users?role=technician").await.ok();
    assert!(list["items"][0]["joined_at"].is_string());
    assert_eq!(list["items"][0]["version"], 1, "signing in changes no form that somebody has open");
    // Used up: another one is another link.
    assert_ne!(link(&i.house, &i.owner, &i.user).await, i.url);
}

/// Whoever belongs elsewhere already comes into the organization that invites.
#[tokio::test]
async fn an_invitation_leads_into_its_own_organization() {
    let i = invite().await;
    let elsewhere = i.house.sign_up("Gas del Norte").await;
    let body = json!({"name": "Socio", "phone": elsewhere.phone, "role": "dispatcher"});
    let made = i.house.post(&i.owner, "/api/users", body).await.ok();
    let url = link(&i.house, &i.owner, made["id"].as_str().unwrap()).await;
    later(&i.house, &elsewhere.phone).await;
    let token = url.split_once('#').unwrap().1.to_owned();
    let i = Invited { phone: elsewhere.phone.clone(), token, ..i };
    let (challenge, code, _) = code(&i).await;
    let here = Person::read(&enter(&i.house, &i.phone, &challenge, &code).await.ok());
    assert_eq!((here.org, here.user), (i.owner.org, elsewhere.user));
}

#[tokio::test]
async fn three_wrong_codes_rest_the_link_for_an_hour_and_nobody_else() {
    let i = invite().await;
    let (challenge, good, _) = code(&i).await;
    for _ in 0..3 {
        enter(&i.house, &i.phone, &challenge, wrong(&good)).await.refused(401, "AUTH_001");
    }
    enter(&i.house, &i.phone, &challenge, &good).await.refused(401, "AUTH_008");
    later(&i.house, &i.phone).await;
    let body = json!({"phone": i.phone, "invitation": i.token});
    let refused = i.house.post(None, "/api/auth/otp/send", body).await;
    refused.refused(429, "RATE_001");
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((3500..=3600).contains(&wait), "{wait}");
    // Signing in by the phone alone is as ever: whoever knows a number cannot lock it.
    let ana = i.house.sign_in(&i.phone).await;
    assert_eq!(ana.user.to_string(), i.user);
}

#[tokio::test]
async fn a_link_that_is_over_is_like_none() {
    let i = invite().await;
    let send = async |phone: &str, token: &str| {
        i.house.post(None, "/api/auth/otp/send", json!({"phone": phone, "invitation": token})).await
    };
    // Of another phone, or made up.
    send(&fresh_phone(), &i.token).await.refused(404, "REQUEST_004");
    send(&i.phone, "ABCDEFGHJKMNPQRSTUVWXYZa").await.refused(404, "REQUEST_004");
    let path = format!("/api/users/{}/invitation", i.user);
    for statement in [
        "update invitation set expires_at = now()",
        "update invitation set expires_at = now() + interval '1 day', revoked_at = now()",
        "update member set is_active = false where role = 'technician'",
    ] {
        sqlx::query(statement).execute(&mut i.house.sql().await).await.unwrap();
        i.house
            .post(None, "/api/auth/invitation", json!({"token": i.token}))
            .await
            .refused(404, "REQUEST_004");
        send(&i.phone, &i.token).await.refused(404, "REQUEST_004");
    }
    i.house.post(&i.owner, &path, json!({})).await.refused(404, "REQUEST_004");
}

#[tokio::test]
async fn only_the_owner_invites_and_only_their_own() {
    let i = invite().await;
    let path = format!("/api/users/{}/invitation", i.user);
    for role in ["admin", "dispatcher", "technician", "accountant"] {
        let who = i.house.hire(&i.owner, role, role).await;
        i.house.post(&who, &path, json!({})).await.refused(403, "AUTH_003");
        i.house.delete(&who, &path).await.refused(403, "AUTH_003");
    }
    let stranger = i.house.stranger().await;
    i.house.post(&stranger, &path, json!({})).await.refused(404, "REQUEST_004");
    i.house.delete(&stranger, &path).await.refused(404, "REQUEST_004");
    assert_eq!(i.house.delete(&i.owner, &path).await.status, 204);
    i.house.post(None, "/api/auth/invitation", json!({"token": i.token})).await.refused(404, "REQUEST_004");
}
