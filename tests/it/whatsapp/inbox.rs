//! The office's inbox: what it shows, answers, makes of it.

use chrono::Utc;
use serde_json::{Value, json};

use super::meta::{Meta, message, messages, post, text};
use super::{conversations, office, put_settings, said, settled};
use crate::house::{House, Person, eventually, fresh_phone};

/// A customer writes.
async fn write(house: &House, number: &str, wa_id: &str, all: Vec<Value>) {
    post(house, &messages(number, wa_id, "Beto Ruiz", all)).await;
}

fn fresh() -> (String, String) {
    let phone = fresh_phone();
    let wa_id = phone.trim_start_matches('+').to_owned();
    (phone, wa_id)
}

async fn requests(house: &House, who: &Person, conversation: &Value, least: usize) -> Vec<Value> {
    let path = format!("/api/whatsapp/conversations/{}/requests", conversation["id"].as_str().unwrap());
    eventually("requests", async || {
        let items = house.get(who, &path).await.ok()["items"].as_array().unwrap().clone();
        (items.len() >= least).then_some(items)
    })
    .await
}

/// Messages within eight seconds are one request; a trigger ends it at once; a restart loses and doubles nothing.
#[tokio::test]
async fn messages_in_a_row_are_one_request_also_over_a_restart() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let (owner, number) = office(&house, "Frío Sur").await;
    let (_, who) = fresh();
    write(&house, &number, &who, vec![text(&who, "q1", "Hola"), text(&who, "q2", "soy Beto")]).await;
    let conversation = conversations(&house, &owner, 1).await[0].clone();
    assert_eq!(conversation["open_requests"], 0, "eight seconds are not over");
    // The server ends in the middle of the silence; another one goes on.
    let database = house.database();
    house.stop().await.unwrap();
    let house = meta.house_over(Some(database), &[]).await;
    let owner = house.open(owner.org, owner.user).await;
    let found = requests(&house, &owner, &conversation, 1).await;
    assert_eq!(
        (found[0]["text"].as_str(), found[0]["reason"].as_str(), found[0]["count"].as_i64()),
        (Some("Hola\nsoy Beto"), Some("timeout"), Some(2))
    );
    assert_eq!(found[0]["context"]["customer"]["name"], "Beto Ruiz");
    assert_eq!(found[0]["context"]["messages"].as_array().unwrap().len(), 2);
    // What is urgent waits for nothing, and takes along what was said before it.
    write(
        &house,
        &number,
        &who,
        vec![text(&who, "q3", "Otra cosa"), text(&who, "q4", "¡es urgente!"), text(&who, "q5", "gracias")],
    )
    .await;
    let found = requests(&house, &owner, &conversation, 3).await;
    let shown: Vec<_> =
        found.iter().map(|r| (r["text"].as_str().unwrap(), r["reason"].as_str().unwrap())).collect();
    assert_eq!(
        shown,
        [("gracias", "timeout"), ("Otra cosa\n¡es urgente!", "urgency"), ("Hola\nsoy Beto", "timeout")]
    );
    // Each message is in one request alone.
    let (messages, twice): (i64, i64) = sqlx::query_as(
        "select count(*), count(*) - count(distinct message_id) from request_message where request_id is not null",
    )
    .fetch_one(&mut house.sql().await)
    .await
    .unwrap();
    assert_eq!((messages, twice), (5, 0));
    let stats = house.get(&owner, "/api/whatsapp/stats").await.ok();
    let day = &stats["items"][0];
    assert_eq!(
        (
            day["requests"].as_i64(),
            day["messages"].as_i64(),
            day["immediate"].as_i64(),
            day["timeouts"].as_i64()
        ),
        (Some(3), Some(5), Some(1), Some(2))
    );
}

/// From what a customer wrote to a job: one call, everything prefilled; the second call makes no second job.
#[tokio::test]
async fn a_conversation_becomes_a_job_in_one_call() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let (owner, number) = office(&house, "Frío Sur").await;
    let (_, who) = fresh();
    let place = message(
        &who,
        "j2",
        "location",
        json!({"latitude": -34.61, "longitude": -58.44, "address": "Mitre 88"}),
    );
    write(
        &house,
        &number,
        &who,
        vec![text(&who, "j1", "Hola"), place, text(&who, "j3", "Necesito un plomero, pierde la canilla")],
    )
    .await;
    let conversation = conversations(&house, &owner, 1).await[0].clone();
    let found = requests(&house, &owner, &conversation, 1).await;
    assert_eq!(found[0]["reason"], "request_verb");
    let path = format!("/api/whatsapp/conversations/{}/job", conversation["id"].as_str().unwrap());
    let draft = house.get(&owner, &path).await.ok();
    assert_eq!(
        (draft["job_type"].as_str(), draft["title"].as_str()),
        (Some("plomeria"), Some("Necesito un plomero, pierde la canilla"))
    );
    let stranger = house.stranger().await;
    house.post(&stranger, &path, json!({})).await.refused(404, "REQUEST_004");
    let job = house.post(&owner, &path, json!({"title": "Canilla que pierde"})).await;
    assert_eq!(job.status, 201);
    let job = job.ok();
    assert_eq!(
        (job["title"].as_str(), job["job_type"].as_str(), job["address"].as_str()),
        (Some("Canilla que pierde"), Some("plomeria"), Some("Mitre 88"))
    );
    assert_eq!((job["lat"].as_f64(), job["lon"].as_f64()), (Some(-34.61), Some(-58.44)));
    assert!(job["description"].as_str().unwrap().contains("Necesito un plomero"));
    assert_eq!(job["customer"]["name"], "Beto Ruiz");
    let (source, from): (String, Option<uuid::Uuid>) =
        sqlx::query_as("select source, source_message_id from job where job_number = $1 and org_id = $2")
            .bind(job["job_number"].as_str())
            .bind(owner.org)
            .fetch_one(&mut house.sql().await)
            .await
            .unwrap();
    assert_eq!((source.as_str(), from.is_some()), ("whatsapp", true));
    let now = house
        .get(&owner, &format!("/api/whatsapp/conversations/{}", conversation["id"].as_str().unwrap()))
        .await
        .ok();
    assert_eq!((now["job"]["id"].as_str(), now["open_requests"].as_i64()), (job["id"].as_str(), Some(0)));
    let again = json!({"request_id": found[0]["id"]});
    house.post(&owner, &path, again).await.refused(409, "WHATSAPP_003");
    house
        .post(
            &owner,
            &format!("/api/whatsapp/requests/{}/dismiss", found[0]["id"].as_str().unwrap()),
            json!({}),
        )
        .await
        .refused(409, "WHATSAPP_003");
}

/// Free text within 24 hours of the customer's last message; a template at any time; our own messages extend nothing.
#[tokio::test]
async fn the_window_is_24_hours_from_the_customers_last_message() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let (owner, number) = office(&house, "Frío Sur").await;
    let (phone, who) = fresh();
    let old = (Utc::now().timestamp() - 86_400 + 60).to_string();
    write(
        &house,
        &number,
        &who,
        vec![json!({"from": who, "id": "o1", "timestamp": old, "type": "text", "text": {"body": "ayer"}})],
    )
    .await;
    let conversation = conversations(&house, &owner, 1).await[0].clone();
    assert_eq!(conversation["in_window"], true);
    let words = json!({"conversation_id": conversation["id"], "kind": "text", "text": "¿Seguís ahí?"});
    let sent = house.post(&owner, "/api/whatsapp/send", words.clone()).await;
    assert_eq!(sent.status, 201);
    let sent = sent.ok();
    assert_eq!(
        (sent["direction"].as_str(), sent["text"].as_str(), sent["sent_by"].as_str()),
        (Some("out"), Some("¿Seguís ahí?"), Some(owner.user.to_string().as_str()))
    );
    eventually("it is at Meta's door", async || {
        meta.sent_texts().contains(&"¿Seguís ahí?".to_owned()).then_some(())
    })
    .await;
    let (first, second) = {
        let path = format!("/api/whatsapp/conversations/{}", conversation["id"].as_str().unwrap());
        let now = house.get(&owner, &path).await.ok();
        (conversation["window_expires_at"].clone(), now["window_expires_at"].clone())
    };
    assert_eq!(first, second, "our own message extends nothing");
    sqlx::query("update conversation set window_expires_at = now() - interval '1 second'")
        .execute(&mut house.sql().await)
        .await
        .unwrap();
    let refused = house.post(&owner, "/api/whatsapp/send", words).await;
    assert_eq!(refused.refused(409, "WHATSAPP_002")["current"]["in_window"], false);
    let place =
        json!({"conversation_id": conversation["id"], "kind": "location", "lat": -34.6, "lon": -58.4});
    house.post(&owner, "/api/whatsapp/send", place).await.refused(409, "WHATSAPP_002");
    let template = json!({"conversation_id": conversation["id"], "kind": "template", "template": {"name": "welcome_customer", "params": ["Beto", "Frío Sur"]}});
    let sent = house.post(&owner, "/api/whatsapp/send", template).await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    // Whoever wrote nothing yet gets a template alone; the conversation begins with it.
    let (other, _) = fresh();
    house
        .post(&owner, "/api/whatsapp/send", json!({"to": other, "text": "Hola"}))
        .await
        .refused(409, "WHATSAPP_002");
    let stranger = house.stranger().await;
    house
        .post(&stranger, "/api/whatsapp/send", json!({"conversation_id": conversation["id"], "text": "x"}))
        .await
        .refused(404, "REQUEST_004");
    for (bad, field) in [
        (json!({"to": phone, "kind": "text", "text": ""}), "text"),
        (json!({"text": "x"}), "to"),
        (json!({"to": phone, "kind": "photo"}), "file_id"),
    ] {
        let refused = house.post(&owner, "/api/whatsapp/send", bad).await;
        assert_eq!(refused.refused(422, "REQUEST_002")["errors"][0]["field"], field);
    }
}

/// Outside opening hours a sender is told once in half an hour.
#[tokio::test]
async fn who_writes_at_night_is_told_once() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let (owner, number) = office(&house, "Frío Sur").await;
    let closed = json!({"mon": [], "tue": [], "wed": [], "thu": [], "fri": [], "sat": [], "sun": [], "closed_on_holidays": true});
    put_settings(
        &house,
        &owner,
        json!({"hours": closed, "auto_answer": true, "answer_text": "Estamos cerrados", "version": 1}),
    )
    .await;
    let ((_, beto), (_, caro)) = (fresh(), fresh());
    for n in 0..3 {
        write(&house, &number, &beto, vec![text(&beto, &format!("n{n}"), "hola")]).await;
        settled(&house).await;
    }
    write(&house, &number, &caro, vec![text(&caro, "c1", "hola")]).await;
    let answers = || meta.sent_texts().iter().filter(|t| *t == "Estamos cerrados").count();
    eventually("both are told", async || (answers() >= 2).then_some(())).await;
    settled(&house).await;
    assert_eq!(answers(), 2, "once each");
    sqlx::query("update conversation set told_at = told_at - interval '31 minutes'")
        .execute(&mut house.sql().await)
        .await
        .unwrap();
    // A message that comes late, sent half an hour ago, is a person's to answer.
    let late = json!({"from": caro, "id": "late", "timestamp": (Utc::now().timestamp() - 1_800).to_string(), "type": "text", "text": {"body": "hola"}});
    write(&house, &number, &caro, vec![late]).await;
    write(&house, &number, &beto, vec![text(&beto, "n9", "hola?")]).await;
    eventually("he is told again", async || (answers() == 3).then_some(())).await;
    open_always_again(&house, &owner).await;
    let (_, dora) = fresh();
    write(&house, &number, &dora, vec![text(&dora, "d1", "hola")]).await;
    conversations(&house, &owner, 3).await;
    settled(&house).await;
    assert_eq!(answers(), 3);
    // Two editors: the second one's is stale.
    let put = house.request(reqwest::Method::PUT, Some(&owner), "/api/whatsapp/settings");
    house
        .send(put.json(&json!({"hours": {}, "auto_answer": true, "version": 1})))
        .await
        .refused(409, "VERSION_001");
}

async fn open_always_again(house: &House, owner: &Person) {
    let day = json!([["00:00", "24:00"]]);
    let hours = json!({"mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": day, "sun": day, "closed_on_holidays": false});
    put_settings(house, owner, json!({"hours": hours, "auto_answer": true, "version": 2})).await;
}

/// Media is fetched with the organization's token, checked, and kept; what is not Meta's address is never asked.
#[tokio::test]
async fn media_is_fetched_at_once_and_from_meta_alone() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let (owner, number) = office(&house, "Frío Sur").await;
    let (_, who) = fresh();
    let picture = png();
    meta.bring("901", &picture, "image/png", None);
    meta.bring("902", &picture, "image/png", Some("http://169.254.169.254/latest/meta-data"));
    meta.bring("903", b"<html><script>alert(1)</script></html>", "text/html", None);
    let image = |id: &str, media: &str, sha: Option<&str>| {
        message(
            &who,
            id,
            "image",
            json!({"id": media, "mime_type": "image/png", "sha256": sha, "caption": "mirá"}),
        )
    };
    write(
        &house,
        &number,
        &who,
        vec![image("m1", "901", None), image("m2", "902", None), image("m4", "904", None)],
    )
    .await;
    write(
        &house,
        &number,
        &who,
        vec![message(
            &who,
            "m3",
            "document",
            json!({"id": "903", "mime_type": "text/html", "filename": "factura.html"}),
        )],
    )
    .await;
    let conversation = conversations(&house, &owner, 1).await[0].clone();
    said(&house, &owner, &conversation, 4).await;
    settled(&house).await;
    let words = said(&house, &owner, &conversation, 4).await;
    let state = |id: &str| {
        words
            .iter()
            .find(|m| m["provider_id"] == id)
            .map(|m| (m["media"]["state"].as_str().unwrap().to_owned(), m["text"].clone()))
            .unwrap()
    };
    assert_eq!(state("m1"), ("stored".into(), json!("mirá")), "{words:?}");
    for bad in ["m2", "m3", "m4"] {
        assert_eq!(state(bad).0, "failed", "{bad}");
    }
    let shown = words.iter().find(|m| m["provider_id"] == "m1").unwrap();
    let path = format!("/api/whatsapp/messages/{}/media", shown["id"].as_str().unwrap());
    let file = house.get(&owner, &path).await.ok();
    assert_eq!(file["mime"], "image/png");
    assert!(file["url"].as_str().unwrap().contains("/files/"));
    let stranger = house.stranger().await;
    house.get(&stranger, &path).await.refused(404, "REQUEST_004");
    assert_eq!(*meta.strangers.lock().unwrap(), 0, "every request had the organization's token");
}

/// One black pixel.
fn png() -> Vec<u8> {
    let hex = "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c636000000002000148afa4710000000049454e44ae426082";
    (0..hex.len() / 2).map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap()).collect()
}

/// A mobile in any spelling is its customer; the line without the 9 is somebody else.
#[tokio::test]
async fn argentine_numbers_find_their_customer() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let (owner, number) = office(&house, "Frío Sur").await;
    let (phone, _) = fresh();
    let local = phone.trim_start_matches("+549").to_owned();
    let mobile = house.post(&owner, "/api/customers", json!({"name": "Ana", "phone": local})).await.ok();
    let line = house
        .post(&owner, "/api/customers", json!({"name": "Consorcio", "phone": format!("+54{local}")}))
        .await
        .ok();
    assert_ne!(mobile["phone"], line["phone"]);
    let spelled = format!("54{}15{}", &local[..2], &local[2..]);
    write(&house, &number, &spelled, vec![text(&spelled, "p1", "Hola")]).await;
    write(&house, &number, &format!("549{local}"), vec![text(&format!("549{local}"), "p2", "otra vez")])
        .await;
    settled(&house).await;
    let found = conversations(&house, &owner, 1).await;
    assert_eq!(
        (found.len(), found[0]["customer"]["id"].as_str(), found[0]["unread"].as_i64()),
        (1, mobile["id"].as_str(), Some(2))
    );
    // The line alone is known: the mobile is a new customer, not the line's.
    let (other, who) = fresh();
    let line = house
        .post(
            &owner,
            "/api/customers",
            json!({"name": "Portería", "phone": format!("+54{}", other.trim_start_matches("+549"))}),
        )
        .await
        .ok();
    write(&house, &number, &who, vec![text(&who, "p3", "Hola")]).await;
    let found = conversations(&house, &owner, 2).await;
    let theirs = found.iter().find(|c| c["phone"] == other.as_str()).unwrap();
    assert_ne!(theirs["customer"]["id"], line["id"]);
    // People from elsewhere write too.
    write(&house, &number, "972987654321", vec![text("972987654321", "p4", "Shalom")]).await;
    assert!(conversations(&house, &owner, 3).await.iter().any(|c| c["phone"] == "+972987654321"));
}

/// Somebody who shows a user id and no number has a conversation, and a number when they show it.
#[tokio::test]
async fn senders_without_a_number_are_heard() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let (owner, number) = office(&house, "Frío Sur").await;
    let (phone, who) = fresh();
    let hidden = |id: &str, from: Option<&str>| {
        let value = json!({"metadata": {"phone_number_id": number}, "contacts": [{"profile": {"name": "Vero", "username": "@vero"}, "user_id": "AR.77", "wa_id": from}],
            "messages": [{"from_user_id": "AR.77", "from": from, "id": id, "timestamp": Utc::now().timestamp().to_string(), "type": "text", "text": {"body": id}}]});
        json!({"entry": [{"changes": [{"field": "messages", "value": value}]}]})
    };
    post(&house, &hidden("h1", None)).await;
    let found = conversations(&house, &owner, 1).await;
    assert_eq!(
        (found[0]["phone"].as_str(), found[0]["wa_user_id"].as_str(), found[0]["name"].as_str()),
        (None, Some("AR.77"), Some("Vero"))
    );
    let job = format!("/api/whatsapp/conversations/{}/job", found[0]["id"].as_str().unwrap());
    assert_eq!(
        house.post(&owner, &job, json!({})).await.refused(422, "REQUEST_002")["errors"][0]["field"],
        "customer_id"
    );
    house
        .post(&owner, "/api/whatsapp/send", json!({"conversation_id": found[0]["id"], "text": "x"}))
        .await
        .refused(409, "WHATSAPP_003");
    post(&house, &hidden("h2", Some(&who))).await;
    settled(&house).await;
    let found = conversations(&house, &owner, 1).await;
    assert_eq!(
        (found.len(), found[0]["phone"].as_str(), found[0]["unread"].as_i64()),
        (1, Some(phone.as_str()), Some(2))
    );
}

/// Reading, assigning, closing, searching; what is closed opens when the customer writes again, spam does not.
#[tokio::test]
async fn conversations_are_read_assigned_closed_and_found() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let (owner, number) = office(&house, "Frío Sur").await;
    let dispatcher = house.hire(&owner, "dispatcher", "Diana").await;
    let technician = house.hire(&owner, "technician", "Tito").await;
    let ((first, a), (_, b)) = (fresh(), fresh());
    write(&house, &number, &a, vec![text(&a, "k1", "Se rompió la caldera")]).await;
    conversations(&house, &owner, 1).await;
    write(&house, &number, &b, vec![text(&b, "k2", "Buenas")]).await;
    let found = conversations(&house, &owner, 2).await;
    let list = async |query: &str| {
        let items =
            house.get(&dispatcher, &format!("/api/whatsapp/conversations?{query}")).await.ok()["items"]
                .as_array()
                .unwrap()
                .clone();
        items.iter().map(|c| c["phone"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list("q=caldera").await, std::slice::from_ref(&first));
    assert_eq!(list(&format!("q={}", &first[4..])).await, std::slice::from_ref(&first));
    assert_eq!(list("filter=unread").await.len(), 2);
    assert_eq!(list("filter=mine").await.len(), 0);
    let hers = found.iter().find(|c| c["phone"] == first.as_str()).unwrap();
    let path = format!("/api/whatsapp/conversations/{}", hers["id"].as_str().unwrap());
    house.patch(&owner, &path, json!({"assignee_id": technician.user})).await.refused(422, "REQUEST_002");
    house.patch(&owner, &path, json!({"status": "gone"})).await.refused(422, "REQUEST_002");
    assert_eq!(
        house.patch(&owner, &path, json!({"assignee_id": dispatcher.user})).await.ok()["assignee_id"],
        json!(dispatcher.user)
    );
    assert_eq!(list("filter=mine").await, std::slice::from_ref(&first));
    let read = house.post(&dispatcher, &format!("{path}/read"), json!({})).await.ok();
    assert_eq!(read["unread"], 0);
    assert_eq!(list("filter=unread").await.len(), 1);
    // Pages of one.
    let page = house.get(&owner, "/api/whatsapp/conversations?limit=1").await.ok();
    let next = house
        .get(&owner, &format!("/api/whatsapp/conversations?limit=1&after={}", page["next"].as_str().unwrap()))
        .await
        .ok();
    assert_ne!(page["items"][0]["id"], next["items"][0]["id"]);
    assert!(next["next"].is_null());
    house.patch(&owner, &path, json!({"status": "archived", "assignee_id": null})).await.ok();
    assert_eq!(list("").await.len(), 1);
    assert_eq!(list("status=archived").await, std::slice::from_ref(&first));
    write(&house, &number, &a, vec![text(&a, "k3", "¿hola?")]).await;
    eventually("it is open again", async || (list("").await.len() == 2).then_some(())).await;
    house.patch(&owner, &path, json!({"status": "spam"})).await.ok();
    write(&house, &number, &a, vec![text(&a, "k4", "urgente")]).await;
    settled(&house).await;
    assert_eq!(list("status=spam").await, [first]);
    let open = house.get(&owner, &path).await.ok()["open_requests"].as_i64();
    assert_eq!(open, Some(1), "spam asks for nothing");
}

/// Who writes by the dozen is slowed, then quiet; every message is kept.
#[tokio::test]
async fn a_flood_is_kept_and_asks_for_nothing() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let (owner, number) = office(&house, "Frío Sur").await;
    let (_, who) = fresh();
    for n in 0..30 {
        write(&house, &number, &who, vec![text(&who, &format!("f{n}"), &format!("urgente {n}"))]).await;
    }
    settled(&house).await;
    let found = conversations(&house, &owner, 1).await;
    assert_eq!(found[0]["unread"], 30);
    assert_eq!(said(&house, &owner, &found[0], 30).await.len(), 30);
    assert!(found[0]["quiet_until"].is_string(), "{}", found[0]);
    let made = requests(&house, &owner, &found[0], 1).await.len();
    assert!(made <= 10, "only what came at a person's pace was a request at once: {made}");
    // A person lets them speak again.
    let path = format!("/api/whatsapp/conversations/{}", found[0]["id"].as_str().unwrap());
    assert!(house.patch(&owner, &path, json!({"status": "open"})).await.ok()["quiet_until"].is_null());
}

/// BAJA is heard, ALTA too, and words around them mean nothing.
#[tokio::test]
async fn who_wants_no_messages_is_heard() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let (owner, number) = office(&house, "Frío Sur").await;
    let (_, who) = fresh();
    write(&house, &number, &who, vec![text(&who, "b0", "me doy de baja del gimnasio")]).await;
    let conversation = conversations(&house, &owner, 1).await[0].clone();
    let path = format!("/api/customers/{}", conversation["customer"]["id"].as_str().unwrap());
    let is_out = async || house.get(&owner, &path).await.ok()["opted_out_at"].is_string();
    settled(&house).await;
    assert!(!is_out().await);
    write(&house, &number, &who, vec![text(&who, "b1", "¡BAJA!")]).await;
    eventually("it is heard", async || is_out().await.then_some(())).await;
    write(&house, &number, &who, vec![text(&who, "b2", "alta")]).await;
    eventually("and the other way", async || (!is_out().await).then_some(())).await;
}

/// Templates are the house's, with their parameters counted.
#[tokio::test]
async fn templates_are_listed_and_previewed() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let owner = house.sign_up("Frío Sur").await;
    let all = house.get(&owner, "/api/whatsapp/templates").await.ok();
    let find = |name: &str| all["items"].as_array().unwrap().iter().find(|t| t["name"] == name).cloned();
    let confirmation = find("job_confirmation_customer").unwrap();
    assert_eq!(
        (confirmation["params"].as_i64(), confirmation["buttons"].as_array().unwrap().len()),
        (Some(4), 2)
    );
    assert!(confirmation["body"].as_str().unwrap().contains("{{4}}"));
    let preview = json!({"name": "technician_arrived", "params": ["Ana"]});
    let preview = house.post(&owner, "/api/whatsapp/templates/preview", preview).await.ok();
    assert!(preview["text"].as_str().unwrap().starts_with("Ana "), "{preview}");
    let few = json!({"name": "technician_arrived", "params": []});
    house.post(&owner, "/api/whatsapp/templates/preview", few).await.refused(422, "REQUEST_002");
    let technician = house.hire(&owner, "technician", "Tito").await;
    house.get(&technician, "/api/whatsapp/templates").await.refused(403, "AUTH_003");
}

/// Quick replies of one organization.
#[tokio::test]
async fn quick_replies_are_an_organizations_own() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let (owner, stranger) = (house.sign_up("Frío Sur").await, house.stranger().await);
    let made = house
        .post(
            &owner,
            "/api/whatsapp/quick-replies",
            json!({"shortcut": "precio", "text": "La visita sale $15.000"}),
        )
        .await
        .ok();
    let path = format!("/api/whatsapp/quick-replies/{}", made["id"].as_str().unwrap());
    let again =
        house.post(&owner, "/api/whatsapp/quick-replies", json!({"shortcut": "precio", "text": "x"})).await;
    assert_eq!(again.refused(422, "REQUEST_002")["errors"][0]["field"], "shortcut");
    house
        .post(&stranger, "/api/whatsapp/quick-replies", json!({"shortcut": "precio", "text": "x"}))
        .await
        .ok();
    house.patch(&stranger, &path, json!({"version": 1, "text": "y"})).await.refused(404, "REQUEST_004");
    assert_eq!(
        house.patch(&owner, &path, json!({"version": 1, "text": "$ 16.000"})).await.ok()["version"],
        2
    );
    house.patch(&owner, &path, json!({"version": 1, "text": "z"})).await.refused(409, "VERSION_001");
    house.delete(&stranger, &path).await;
    assert_eq!(
        house.get(&owner, "/api/whatsapp/quick-replies").await.ok()["items"].as_array().unwrap().len(),
        1
    );
    assert_eq!(house.delete(&owner, &path).await.status, 204);
    assert_eq!(house.get(&owner, "/api/whatsapp/quick-replies").await.ok()["items"], json!([]));
}
