//! Whatever order webhooks come in, however often and however they are bundled: the same end.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::meta::{Meta, messages, post, statuses};
use super::{conversations, office, said, settled};
use crate::house::{House, Person, fresh_phone};

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.roll(last + 1));
        }
    }
}

/// What two customers do in two hours: words, edits, reactions, deletions, calls, changes of number.
fn story(a: &str, b: &str, tag: &str) -> Vec<(String, Value)> {
    let begin = chrono::Utc::now().timestamp() - 7_200;
    let mut all = Vec::new();
    let mut say = |who: &str, id: &str, after: i64, kind: &str, part: Value| {
        let id = format!("{tag}.{id}");
        let at = (begin + after).to_string();
        all.push((who.to_owned(), json!({"from": who, "id": id, "timestamp": at, "type": kind, kind: part})));
    };
    let target = |id: &str| format!("{tag}.{id}");
    for n in 0..6 {
        say(a, &format!("a{n}"), n * 60, "text", json!({"body": format!("mensaje {n}")}));
    }
    say(b, "b0", 10, "text", json!({"body": "Hola"}));
    say(b, "b1", 20, "location", json!({"latitude": -34.6, "longitude": -58.4, "name": "Casa"}));
    say(
        b,
        "b2",
        30,
        "interactive",
        json!({"type": "button_reply", "button_reply": {"id": "ok", "title": "Sí"}}),
    );
    say(a, "r1", 400, "reaction", json!({"message_id": target("a1"), "emoji": "👍"}));
    say(a, "r2", 410, "reaction", json!({"message_id": target("a1"), "emoji": "❤️"}));
    say(a, "r3", 420, "reaction", json!({"message_id": target("a2"), "emoji": "👍"}));
    say(a, "r4", 430, "reaction", json!({"message_id": target("a2")}));
    say(
        a,
        "e1",
        440,
        "edit",
        json!({"original_message_id": target("a3"), "message": {"type": "text", "text": {"body": "primera"}}}),
    );
    say(
        a,
        "e2",
        450,
        "edit",
        json!({"original_message_id": target("a3"), "message": {"type": "text", "text": {"body": "segunda"}}}),
    );
    say(a, "d1", 460, "revoke", json!({"original_message_id": target("a4")}));
    say(
        b,
        "s1",
        470,
        "system",
        json!({"body": "Cambió de número", "wa_id": "5491150000000", "type": "user_changed_number"}),
    );
    all
}

/// Bundles the story and what became of a message of ours, in an order of the dice, some of it twice.
async fn tell(house: &House, number: &str, mut story: Vec<(String, Value)>, ours: &[Value], dice: &mut Dice) {
    for _ in 0..story.len() / 2 {
        let again = story[dice.roll(story.len())].clone();
        story.push(again);
    }
    dice.shuffle(&mut story);
    let mut receipts: Vec<Value> = ours.iter().chain(ours).cloned().collect();
    dice.shuffle(&mut receipts);
    let mut webhooks: Vec<Value> = receipts.into_iter().map(|r| statuses(number, vec![r])).collect();
    while !story.is_empty() {
        let size = (1 + dice.roll(4)).min(story.len());
        let entries: Vec<Value> = story
            .drain(..size)
            .map(|(who, message)| messages(number, &who, "Cliente", vec![message])["entry"][0].clone())
            .collect();
        webhooks.push(json!({"object": "whatsapp_business_account", "entry": entries}));
    }
    dice.shuffle(&mut webhooks);
    for bundle in webhooks.chunks(3) {
        futures_util::future::join_all(bundle.iter().map(|w| post(house, w))).await;
    }
}

/// Everything that is to be the same in the end, without ids and what time alone decides.
async fn end(house: &House, owner: &Person, tag: &str) -> BTreeMap<String, Vec<Value>> {
    let mut end = BTreeMap::new();
    for (n, conversation) in conversations(house, owner, 2).await.iter().enumerate() {
        // What each customer is called in this telling is another phone: they are told apart by their words.
        let mut words = said(house, owner, conversation, 1).await;
        let strip = |text: &str| text.replace(&format!("{tag}."), "");
        for message in &mut words {
            let map = message.as_object_mut().unwrap();
            for gone in ["id", "conversation_id", "sent_by", "sent_at", "delivered_at", "read_at", "at"] {
                map.remove(gone);
            }
            let id = map["provider_id"].as_str().map(strip);
            map["provider_id"] = json!(id.filter(|id| !id.starts_with("wamid.")));
        }
        words.sort_by_key(|m| m["provider_id"].to_string());
        let head = json!({"unread": conversation["unread"], "last_preview": conversation["last_preview"],
            "last_kind": conversation["last_kind"], "status": conversation["status"], "name": conversation["name"]});
        let mut all = vec![head];
        all.extend(words);
        let name = if all.iter().any(|m| m["text"] == "Hola") { "b".to_owned() } else { format!("a{n}") };
        end.insert(name.trim_end_matches(char::is_numeric).to_owned(), all);
    }
    end
}

/// Ten tellings of one story end the same.
#[tokio::test]
async fn any_order_and_repetition_ends_the_same() {
    let meta = Meta::start().await;
    let house = meta.house(&[]).await;
    let mut first: Option<BTreeMap<String, Vec<Value>>> = None;
    for seed in 1..=6u64 {
        let (owner, number) = office(&house, "Frío Sur").await;
        let (a, b, tag) = (fresh_phone(), fresh_phone(), format!("story{seed}"));
        let (a, b) = (a.trim_start_matches('+'), b.trim_start_matches('+'));
        // A message of ours, so that something can become of it.
        let greeting =
            messages(&number, a, "Cliente", vec![super::meta::text(a, &format!("{tag}.z"), "¡empecemos!")]);
        post(&house, &greeting).await;
        let conversation = conversations(&house, &owner, 1).await[0].clone();
        let sent = json!({"conversation_id": conversation["id"], "kind": "text", "text": "Buenas"});
        let message = house.post(&owner, "/api/whatsapp/send", sent).await.ok();
        let message_id = message["id"].as_str().unwrap().to_owned();
        crate::house::eventually("it left", async || {
            let now = house.get(&owner, &format!("/api/whatsapp/messages/{message_id}")).await.ok();
            (now["state"] == "sent").then_some(())
        })
        .await;
        let wamid =
            house.get(&owner, &format!("/api/whatsapp/messages/{message_id}")).await.ok()["provider_id"]
                .clone();
        let ours: Vec<Value> = ["sent", "delivered", "read"]
            .iter()
            .map(|s| json!({"id": wamid, "status": s, "timestamp": "1764000000", "recipient_id": a, "biz_opaque_callback_data": message_id}))
            .collect();
        tell(&house, &number, story(a, b, &tag), &ours, &mut Dice(seed)).await;
        settled(&house).await;
        let end = end(&house, &owner, &tag).await;
        let ours = house.get(&owner, &format!("/api/whatsapp/messages/{message_id}")).await.ok();
        assert_eq!(ours["state"], "read");
        match &first {
            None => {
                check(&end);
                first = Some(end);
            }
            Some(first) => assert_eq!(first, &end, "telling {seed}"),
        }
    }
}

/// And that end is the right one.
fn check(end: &BTreeMap<String, Vec<Value>>) {
    let of = |who: &str, id: &str| end[who].iter().find(|m| m["provider_id"] == id).cloned().unwrap();
    assert_eq!(of("a", "a1")["reactions"], json!([{"emoji": "❤️", "direction": "in"}]));
    assert_eq!(of("a", "a2")["reactions"], json!([]));
    let edited = of("a", "a3");
    assert_eq!((edited["text"].as_str(), edited["is_edited"].as_bool()), (Some("segunda"), Some(true)));
    let deleted = of("a", "a4");
    assert_eq!((deleted["text"].as_str(), deleted["is_deleted"].as_bool()), (None, Some(true)));
    assert_eq!(end["b"][0]["unread"], 3, "a system's notice is nobody's word");
    assert_eq!(end["b"][0]["last_kind"], "system");
    let place = of("b", "b1");
    assert_eq!((place["content"]["lat"].as_f64(), place["text"].as_str()), (Some(-34.6), Some("Casa")));
}
