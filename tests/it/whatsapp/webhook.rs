//! The way in: who may, what is kept, whose it is.

use serde_json::json;

use super::meta::{Meta, SECRET, VERIFY, message, messages, post, post_raw, sign, text};
use super::{connect, conversations, fresh_number, office, said, settled};
use crate::house::{eventually, fresh_phone};

fn wa_id(phone: &str) -> String {
    phone.trim_start_matches('+').to_owned()
}

#[tokio::test]
async fn the_webhook_is_verified_by_its_token() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let path = |mode: &str, token: &str| {
        format!("/api/webhooks/whatsapp?hub.mode={mode}&hub.challenge=115&hub.verify_token={token}")
    };
    let good = house.get(None, &path("subscribe", VERIFY)).await;
    assert_eq!((good.status, good.text.as_str()), (200, "115"));
    assert!(good.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    house.get(None, &path("subscribe", "another")).await.refused(403, "AUTH_003");
    house.get(None, &path("unsubscribe", VERIFY)).await.refused(403, "AUTH_003");
    house.get(None, "/api/webhooks/whatsapp").await.refused(403, "AUTH_003");
}

/// The signature is of the raw bytes; what is forged is refused before it is read, and kept nowhere.
#[tokio::test]
async fn what_is_not_signed_is_not_taken() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    assert_eq!(SECRET, "It's a Secret to Everybody");
    let published = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    // No JSON, but signed: taken, set aside.
    assert_eq!(post_raw(&house, b"Hello, World!".to_vec(), Some(published)).await.status, 200);
    post_raw(&house, b"Hello, World?".to_vec(), Some(published)).await.refused(401, "AUTH_004");
    post_raw(&house, b"{}".to_vec(), None).await.refused(401, "AUTH_004");
    // Escapes as Meta writes them: another spelling of the same text is another body.
    let raw = br#"{"entry":[],"x":"caf\u00e9 \/ \ud83d\ude00"}"#.to_vec();
    let signature = sign(&raw);
    let respelled = r#"{"entry":[],"x":"café / 😀"}"#.as_bytes().to_vec();
    post_raw(&house, respelled, Some(&signature)).await.refused(401, "AUTH_004");
    assert_eq!(post_raw(&house, raw, Some(&signature)).await.status, 200);
    // Batches of up to 3 MB are Meta's; more is nobody's.
    let large = vec![b' '; 3 << 20];
    let signature = sign(&large);
    assert_eq!(post_raw(&house, large, Some(&signature)).await.status, 200);
    assert_eq!(post_raw(&house, vec![b' '; (3 << 20) + 1], Some("sha256=00")).await.status, 413);
    settled(&house).await;
    let kept: Vec<(String, Option<String>)> =
        sqlx::query_as("select state, error from webhook_in order by webhook_id")
            .fetch_all(&mut house.sql().await)
            .await
            .unwrap();
    assert_eq!(kept.iter().filter(|(state, _)| state == "dead").count(), 2, "{kept:?}");
    assert_eq!(kept.len(), 3);
}

/// Without a secret nobody can sign, so nobody is let in.
#[tokio::test]
async fn without_a_secret_nothing_is_taken() {
    let house = crate::house::House::with(true, &[]).await;
    post_raw(&house, b"{}".to_vec(), Some(&sign(b"{}"))).await.refused(401, "AUTH_004");
    house
        .get(None, "/api/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=&hub.challenge=1")
        .await
        .refused(403, "AUTH_003");
}

/// A message reaches the organization whose number it was sent to, and nobody else.
#[tokio::test]
async fn each_number_is_one_organizations() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let ((ana, number), (eva, other)) = (office(&house, "Frío Sur").await, office(&house, "Los Otros").await);
    let (first, second) = (fresh_phone(), fresh_phone());
    post(&house, &messages(&number, &wa_id(&first), "Beto", vec![text(&wa_id(&first), "w1", "Hola")])).await;
    post(&house, &messages(&other, &wa_id(&second), "Caro", vec![text(&wa_id(&second), "w1", "Buenas")]))
        .await;
    let hers = conversations(&house, &ana, 1).await;
    assert_eq!(
        (hers.len(), hers[0]["phone"].as_str(), hers[0]["name"].as_str()),
        (1, Some(first.as_str()), Some("Beto"))
    );
    assert_eq!(
        (hers[0]["unread"].as_i64(), hers[0]["last_preview"].as_str(), hers[0]["in_window"].as_bool()),
        (Some(1), Some("Hola"), Some(true))
    );
    let others = conversations(&house, &eva, 1).await;
    assert_eq!((others.len(), others[0]["name"].as_str()), (1, Some("Caro")));
    // The unknown sender is a customer from now on.
    let customer = &hers[0]["customer"]["id"];
    assert_eq!(
        house.get(&ana, &format!("/api/customers/{}", customer.as_str().unwrap())).await.ok()["phone"],
        first.as_str()
    );
    // By the conversation's id and by the customer's; neither is there for the other organization.
    for id in [&hers[0]["id"], customer] {
        let path = format!("/api/whatsapp/conversations/{}", id.as_str().unwrap());
        assert_eq!(house.get(&ana, &path).await.ok()["id"], hers[0]["id"]);
        house.get(&eva, &path).await.refused(404, "REQUEST_004");
        house.get(&eva, &format!("{path}/messages")).await.refused(404, "REQUEST_004");
        house.post(&eva, &format!("{path}/read"), json!({})).await.refused(404, "REQUEST_004");
        house.post(&eva, &format!("{path}/job"), json!({})).await.refused(404, "REQUEST_004");
    }
    let words = said(&house, &ana, &hers[0], 1).await;
    house
        .get(&eva, &format!("/api/whatsapp/messages/{}", words[0]["id"].as_str().unwrap()))
        .await
        .refused(404, "REQUEST_004");
    // Technicians and accountants do not see it.
    for role in ["technician", "accountant"] {
        let person = house.hire(&ana, role, "Otro").await;
        house.get(&person, "/api/whatsapp/conversations").await.refused(403, "AUTH_003");
    }
}

/// A webhook for a number that nobody connected waits for it.
#[tokio::test]
async fn an_unknown_number_is_waited_for() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let (owner, number, phone) = (house.sign_up("Gas Norte").await, fresh_number(), fresh_phone());
    post(&house, &messages(&number, &wa_id(&phone), "Beto", vec![text(&wa_id(&phone), "w1", "Hola")])).await;
    eventually("it is held", async || {
        let held: i64 = sqlx::query_scalar("select count(*) from webhook_in where state = 'held'")
            .fetch_one(&mut house.sql().await)
            .await
            .unwrap();
        (held == 1).then_some(())
    })
    .await;
    connect(&house, &owner, &fresh_number()).await;
    settled(&house).await;
    assert!(
        house.get(&owner, "/api/whatsapp/conversations").await.ok()["items"].as_array().unwrap().is_empty()
    );
    connect(&house, &owner, &number).await;
    assert_eq!(conversations(&house, &owner, 1).await[0]["last_preview"], "Hola");
}

/// The installation's own number: whoever knows the sender alone has them, else the operator's choice.
#[tokio::test]
async fn the_own_number_serves_several() {
    let meta = Meta::start().await;
    let number = fresh_number();
    let house = meta.house(&["--whatsapp-phone-number-id", &number, "--whatsapp-token", "token-own"]).await;
    let (ana, eva) = (house.sign_up("Frío Sur").await, house.sign_up("Los Otros").await);
    let (hers, both, nobodys) = (fresh_phone(), fresh_phone(), fresh_phone());
    for (who, phone) in [(&ana, &hers), (&ana, &both), (&eva, &both)] {
        house.post(who, "/api/customers", json!({"name": "Beto", "phone": phone})).await.ok();
    }
    for phone in [&hers, &both, &nobodys] {
        post(
            &house,
            &messages(
                &number,
                &wa_id(phone),
                "Beto",
                vec![text(&wa_id(phone), &format!("w{phone}"), "Hola")],
            ),
        )
        .await;
    }
    assert_eq!(conversations(&house, &ana, 1).await[0]["phone"], hers.as_str());
    settled(&house).await;
    // In a demonstration the demonstration's organization takes the rest.
    assert_eq!(conversations(&house, &ana, 1).await.len(), 1);
    assert!(
        house.get(&eva, "/api/whatsapp/conversations").await.ok()["items"].as_array().unwrap().is_empty()
    );
    let demo: i64 = sqlx::query_scalar(
        "select count(*) from conversation v join organization o using (org_id) where o.is_demo",
    )
    .fetch_one(&mut house.sql().await)
    .await
    .unwrap();
    assert_eq!(demo, 2);
}

/// Many at once: every one is answered after its commit, each is processed once, repetitions change nothing.
#[tokio::test]
async fn many_at_once_are_each_processed_once() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let (owner, number) = office(&house, "Frío Sur").await;
    let phones: Vec<String> = (0..40).map(|_| fresh_phone()).collect();
    let all: Vec<_> = (0..200)
        .map(|n| {
            let who = wa_id(&phones[n % phones.len()]);
            messages(&number, &who, "Beto", vec![text(&who, &format!("many.{n}"), &format!("mensaje {n}"))])
        })
        .collect();
    // Each twice, all at once.
    futures_util::future::join_all(all.iter().chain(&all).map(|webhook| post(&house, webhook))).await;
    settled(&house).await;
    let found = conversations(&house, &owner, 40).await;
    assert_eq!(found.len(), 40);
    assert_eq!(found.iter().map(|c| c["unread"].as_i64().unwrap()).sum::<i64>(), 200);
    let (kept, stored, events): (i64, i64, i64) = sqlx::query_as(
        "select (select count(*) from webhook_in), (select count(*) from message where direction = 'in'),
                (select count(*) from event where kind = 'message.received')",
    )
    .fetch_one(&mut house.sql().await)
    .await
    .unwrap();
    assert_eq!((kept, stored, events), (200, 200, 200));
}

/// A message that cannot be stored holds back no other one.
#[tokio::test]
async fn one_bad_thing_loses_nothing_else() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let (owner, number) = office(&house, "Frío Sur").await;
    let who = wa_id(&fresh_phone());
    let strange = json!({"object": "whatsapp_business_account", "entry": [null, {"id": 3}, {"changes": [
        {"field": "account_update", "value": {"event": "VERIFIED_ACCOUNT"}}, {"field": "messages", "value": 7},
        {"field": "messages", "value": {"metadata": {"phone_number_id": number}, "contacts": "x", "messages": [
            null, 5, {"from": who, "id": "s1", "type": "text", "text": {"body": "con \u{0} nulo"}},
            {"from": who, "id": "s2", "type": "hologram", "hologram": {"body": "nuevo"}},
            {"from": who, "id": "s3"}, {"from": who, "type": "text", "text": {"body": "sin id"}},
            message(&who, "s4", "text", json!({"body": "último"}))]}}]}]});
    post(&house, &strange).await;
    let found = conversations(&house, &owner, 1).await;
    let words = said(&house, &owner, &found[0], 5).await;
    let shown: Vec<_> =
        words.iter().map(|m| (m["kind"].as_str().unwrap(), m["text"].as_str().unwrap_or("-"))).collect();
    for expected in [
        ("text", "con  nulo"),
        ("hologram", "nuevo"),
        ("unsupported", "-"),
        ("text", "sin id"),
        ("text", "último"),
    ] {
        assert!(shown.contains(&expected), "{expected:?} in {shown:?}");
    }
}

/// What Twilio tells of an SMS is merged into it, if Twilio signed it; in any order, never a step back.
#[tokio::test]
async fn twilio_tells_what_became_of_an_sms() {
    let flags = ["--twilio-auth-token", "12345", "--public-url", "https://campo.example"];
    let house = crate::house::House::with(true, &flags).await;
    let owner = house.sign_up("Frío Sur").await;
    let id: uuid::Uuid = sqlx::query_scalar(
        "insert into message (org_id, message_id, direction, channel, to_phone, kind, body, state, provider_id)
         values ($1, gen_random_uuid(), 'out', 'sms', '+5491155550001', 'text', $2, 'sent', 'SM77') returning message_id",
    )
    .bind(owner.org)
    .bind(json!({"kind": "text", "body": "hola"}))
    .fetch_one(&mut house.sql().await)
    .await
    .unwrap();
    let state = async || {
        sqlx::query_scalar::<_, String>("select state from message where message_id = $1")
            .bind(id)
            .fetch_one(&mut house.sql().await)
            .await
            .unwrap()
    };
    let tell = async |word: &str, secret: &str, sid: &str| {
        // The URL as Twilio called it, then each name and value in the order of the names.
        let signed = format!("https://campo.example/api/webhooks/twilioMessageSid{sid}MessageStatus{word}");
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
        let tag = base64_of(ring::hmac::sign(&key, signed.as_bytes()).as_ref());
        let request = house.request(reqwest::Method::POST, None, "/api/webhooks/twilio");
        let form = format!("MessageSid={sid}&MessageStatus={word}");
        let request = request
            .header("X-Twilio-Signature", tag)
            .header("content-type", "application/x-www-form-urlencoded");
        house.send(request.body(form)).await
    };
    tell("delivered", "another", "SM77").await.refused(401, "AUTH_004");
    assert_eq!(state().await, "sent");
    assert_eq!(tell("delivered", "12345", "SM77").await.status, 204);
    assert_eq!(state().await, "delivered");
    for word in ["sent", "queued", "delivered"] {
        assert_eq!(tell(word, "12345", "SM77").await.status, 204);
    }
    assert_eq!(state().await, "delivered", "no step back");
    assert_eq!(tell("failed", "12345", "SM00").await.status, 204);
}

/// Base64 with padding.
fn base64_of(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |g, b| g << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for n in 0..4 {
            let sign = SIGNS[(group >> (18 - 6 * n) & 63) as usize];
            text.push(if n <= chunk.len() { char::from(sign) } else { '=' });
        }
    }
    text
}
