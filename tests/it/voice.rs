//! Voice notes: heard, understood, decided about, reviewed; what stands in the way; recordings that go.

use campo_engine::files::{self, NewFile, Purpose};
use campo_engine::ids::{FileId, MessageId};
use campo_engine::voice;
use serde_json::{Value, json};
use sqlx::Row;
use uuid::Uuid;

use crate::house::{House, Person, eventually, fresh_phone};
use crate::openai::{Fake, Reply, completion, form, problem};

/// Sure words.
const SURE: f64 = -0.02;
/// What a customer says.
const SAID: &str = "Hola, soy Marta, pierde la canilla de la cocina en Mitre 88, vengan mañana a la tarde";

/// A house whose notes go to the fake, and an owner who consented.
async fn heard() -> (House, Fake, Person) {
    let fake = Fake::start().await;
    let house = House::with(true, &["--openai-base-url", &fake.url, "--openai-key", "sk-test"]).await;
    let owner = house.sign_up("Plomería Sur").await;
    house.patch(&owner, "/api/voice/settings", json!({"consent": true})).await.ok();
    (house, fake, owner)
}

fn page(granule: u64, body: &[u8]) -> Vec<u8> {
    let mut page = b"OggS\0\0".to_vec();
    page.extend(granule.to_le_bytes());
    page.extend([0; 12]);
    page.push(1);
    page.push(body.len() as u8);
    page.extend(body);
    page
}

/// A note of ten seconds; each is another one.
pub fn sound() -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01\x38\x01".to_vec();
    head.extend([0x80, 0xbb, 0, 0, 0, 0, 0]);
    let unique = Uuid::new_v4();
    [page(0, &head), page(0, b"OpusTags"), page(480_312, unique.as_bytes())].concat()
}

async fn kept(house: &House, who: &Person, bytes: Vec<u8>, mime: &str) -> FileId {
    let new = NewFile {
        purpose: Purpose::Voice,
        bytes: bytes.into(),
        declared_mime: mime.into(),
        name: None,
        by: None,
    };
    files::store(&house.app.engine, who.org, new).await.unwrap().id
}

/// A message of a customer that brought a recording, as the webhook leaves it.
async fn message(house: &House, who: &Person, phone: &str) -> MessageId {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into message (org_id, message_id, direction, channel, from_phone, kind, state, provider_id)
         values ($1, $2, 'in', 'whatsapp', $3, 'voice', 'received', $2::text)",
    )
    .bind(who.org.0)
    .bind(id)
    .bind(phone)
    .execute(&mut house.sql().await)
    .await
    .unwrap();
    MessageId(id)
}

/// A customer's note comes in. Answers its id.
async fn note(house: &House, who: &Person, phone: &str) -> String {
    let file = kept(house, who, sound(), "audio/ogg").await;
    let message = message(house, who, phone).await;
    receive(house, who, message, file).await
}

async fn receive(house: &House, who: &Person, message: MessageId, file: FileId) -> String {
    house
        .app
        .engine
        .db
        .within(who.org, async |t| voice::note_received(t, message, file).await)
        .await
        .unwrap();
    let id: Uuid = sqlx::query_scalar("select note_id from voice_note where message_id = $1")
        .bind(message.0)
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
    id.to_string()
}

async fn shown(house: &House, who: &Person, id: &str) -> Value {
    house.get(who, &format!("/api/voice/transcripts/{id}")).await.ok()
}

/// The note, once it stands so.
async fn once(house: &House, who: &Person, id: &str, state: &str) -> Value {
    eventually(&format!("the note is {state}"), async || {
        let note = shown(house, who, id).await;
        (note["state"] == state).then_some(note)
    })
    .await
}

fn codes(note: &Value) -> Vec<String> {
    note["reasons"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap().to_owned()).collect()
}

/// Everything sure.
fn sure_form() -> Value {
    form(&[
        ("customerName", "Marta", 0.95),
        ("address", "Mitre 88", 0.95),
        ("problemDescription", "Pierde la canilla de la cocina", 0.95),
        ("title", "Canilla que pierde", 0.95),
        ("serviceType", "plomeria", 0.95),
        ("urgency", "urgent", 0.9),
    ])
}

/// A form of this confidence in all.
fn form_of(confidence: f64) -> Value {
    form(&[
        ("address", "Mitre 88", confidence),
        ("problemDescription", "Pierde la canilla de la cocina", confidence),
        ("title", "Canilla que pierde", confidence),
        ("serviceType", "plomeria", confidence),
    ])
}

async fn answer(house: &House, who: &Person, phone: &str, text: &str) -> bool {
    let mut tx = house.app.engine.db.tenant(who.org).await.unwrap();
    let is_answer = voice::answer_received(&mut tx, phone, text).await.unwrap();
    tx.commit().await.unwrap();
    house.app.engine.task_written.notify_one();
    is_answer
}

/// Tasks of a kind that wait for their time are due now.
async fn hasten(house: &House, kind: &str, step: &str) {
    let done = sqlx::query(
        "update task set run_at = now() - interval '1 second' where kind = $1 and state = 'later'
         and ($2 = '' or payload ->> 'step' = $2)",
    )
    .bind(kind)
    .bind(step)
    .execute(&mut house.sql().await)
    .await
    .unwrap();
    assert!(done.rows_affected() > 0, "no {kind} {step} waits");
    house.app.engine.task_written.notify_one();
}

async fn told(house: &House, phone: &str, words: &str) {
    eventually(&format!("{phone} hears {words:?}"), async || {
        house.inbox(phone).await.iter().any(|m| m.contains(words)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_sure_note_becomes_a_job() {
    let (house, fake, owner) = heard().await;
    let phone = fresh_phone();
    fake.hear(SAID, SURE);
    fake.fill(&sure_form());
    let id = note(&house, &owner, &phone).await;
    let note = once(&house, &owner, &id, "completed").await;
    assert_eq!((note["decision"].as_str(), codes(&note)), (Some("create"), vec![]), "{note}");
    let job = house.get(&owner, &format!("/api/jobs/{}", note["job_id"].as_str().unwrap())).await.ok();
    assert_eq!((&job["title"], &job["priority"]), (&json!("Canilla que pierde"), &json!("high")));
    assert_eq!(job["customer"]["phone"], phone.as_str());
    assert_eq!((&job["customer"]["name"], &job["job_type"]), (&json!("Marta"), &json!("plomeria")));
    let words: Option<String> = sqlx::query_scalar("select text from message where message_id = $1")
        .bind(note["message_id"].as_str().unwrap().parse::<Uuid>().unwrap())
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
    assert_eq!(words.as_deref(), Some(SAID), "the words stay with the conversation");
    let made = sqlx::query("select source, source_message_id from job where job_id = $1")
        .bind(job["id"].as_str().unwrap().parse::<Uuid>().unwrap())
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
    assert_eq!(made.get::<String, _>("source"), "voice");
    assert_eq!(made.get::<Option<Uuid>, _>("source_message_id").unwrap().to_string(), note["message_id"]);
    // The customer hears who listens, once, and that it is noted.
    told(&house, &phone, "servicio automático").await;
    told(&house, &phone, "anotamos").await;
    // What was sent, as OpenAI reads it.
    let heard = &fake.asked("/audio/transcriptions")[0];
    let file = heard.parts.iter().find(|p| p.name == "file").unwrap();
    assert_eq!(file.file.as_deref(), Some("voice.ogg"));
    for (name, value) in [
        ("model", "gpt-4o-mini-transcribe"),
        ("language", "es"),
        ("temperature", "0"),
        ("response_format", "json"),
        ("include[]", "logprobs"),
    ] {
        assert_eq!(heard.field(name).as_deref(), Some(value), "{name}");
    }
    assert!(
        heard.field("prompt").unwrap().contains("canilla")
            || heard.field("prompt").unwrap().contains("Canilla")
    );
    let asked = &fake.asked("/chat/completions")[0].json;
    assert_eq!((&asked["model"], &asked["temperature"]), (&json!("gpt-4o"), &json!(0)));
    let told = asked["messages"][0]["content"].as_str().unwrap();
    let zone = chrono::FixedOffset::west_opt(3 * 3600).unwrap();
    let today = chrono::Utc::now().with_timezone(&zone).format("%Y-%m-%d").to_string();
    assert!(told.contains(&today) && told.contains("Buenos_Aires"), "{told}");
    assert_eq!(asked["messages"][1]["content"], SAID);
    assert_eq!(note["duration_s"], 10.0);
    // A second note of the same phone brings no second notice.
    fake.hear(SAID, SURE);
    fake.fill(&sure_form());
    let second = self::note(&house, &owner, &phone).await;
    once(&house, &owner, &second, "completed").await;
    let notices = house.inbox(&phone).await.iter().filter(|m| m.contains("servicio automático")).count();
    assert_eq!(notices, 1);
}

#[tokio::test]
async fn the_customer_says_whether_it_was_understood() {
    let (house, fake, owner) = heard().await;
    let ask = async |phone: &str| {
        fake.hear(SAID, SURE);
        fake.fill(&form_of(0.55));
        let id = note(&house, &owner, phone).await;
        let asked = once(&house, &owner, &id, "completed").await;
        assert_eq!(asked["decision"], "ask_customer", "{asked}");
        told(&house, phone, "¿Está bien?").await;
        id
    };
    let (yes, no, silent) = (fresh_phone(), fresh_phone(), fresh_phone());
    let id = ask(&yes).await;
    assert!(!answer(&house, &owner, &yes, "¿a qué hora vienen?").await, "no answer is none");
    assert!(!answer(&house, &owner, &fresh_phone(), "sí").await, "nobody asked them");
    assert!(answer(&house, &owner, &yes, "Sí, dale").await);
    let done = eventually("the job is made", async || {
        Some(shown(&house, &owner, &id).await).filter(|n| n["job_id"].is_string())
    })
    .await;
    assert_eq!((&done["state"], &done["customer_answer"]), (&json!("completed"), &json!("yes")));
    assert!(!answer(&house, &owner, &yes, "sí").await, "it is answered already");

    let id = ask(&no).await;
    assert!(answer(&house, &owner, &no, "No").await);
    let waits = once(&house, &owner, &id, "needs_review").await;
    assert!(codes(&waits).contains(&"customer_said_no".to_owned()), "{waits}");

    let id = ask(&silent).await;
    hasten(&house, "voice.follow", "remind").await;
    told(&house, &silent, "¿Nos confirmás").await;
    assert_eq!(shown(&house, &owner, &id).await["state"], "completed");
    hasten(&house, "voice.follow", "give_up").await;
    let waits = once(&house, &owner, &id, "needs_review").await;
    assert!(codes(&waits).contains(&"customer_silent".to_owned()));
}

#[tokio::test]
async fn bands_follow_the_threshold() {
    let (house, fake, owner) = heard().await;
    let decided = async |logprob: f64, confidence: f64| {
        fake.hear(SAID, logprob);
        fake.fill(&form_of(confidence));
        let id = note(&house, &owner, &fresh_phone()).await;
        eventually("it is decided", async || {
            let note = shown(&house, &owner, &id).await;
            note["decision"].as_str().map(str::to_owned)
        })
        .await
    };
    // 0.30 * exp(-0.3) + 0.70 * c: .74 + .. ; the field minima hold (.70 for the address).
    assert_eq!(decided(-0.3, 0.80).await, "create_flagged");
    house.patch(&owner, "/api/voice/settings", json!({"auto_create_threshold": 0.9})).await.ok();
    assert_eq!(decided(-0.3, 0.80).await, "ask_customer");
    assert_eq!(decided(-0.5, 0.30).await, "review");
    assert_eq!(decided(-0.69, 0.05).await, "reject");
    // Not heard: asked for again, and the second step is not paid.
    let before = fake.asked("/chat/completions").len();
    fake.hear(SAID, -1.5);
    let phone = fresh_phone();
    let id = note(&house, &owner, &phone).await;
    let again = once(&house, &owner, &id, "completed").await;
    assert_eq!(again["decision"], "ask_again");
    told(&house, &phone, "escuchar bien").await;
    assert_eq!(fake.asked("/chat/completions").len(), before);
}

#[tokio::test]
async fn whatever_stands_in_the_way_a_person_listens() {
    let fake = Fake::start().await;
    let house = House::with(true, &["--openai-base-url", &fake.url, "--openai-key", "sk-test"]).await;
    let owner = house.sign_up("Plomería Sur").await;
    let waits = async |id: &str, reason: &str| {
        let note = once(&house, &owner, id, "needs_review").await;
        assert_eq!(codes(&note), [reason]);
    };
    let phone = fresh_phone();
    waits(&note(&house, &owner, &phone).await, "no_consent").await;
    house.patch(&owner, "/api/voice/settings", json!({"consent": true})).await.ok();
    // A file that is no sound that the service reads.
    let amr = kept(&house, &owner, b"#!AMR\n\x3c\x91\x17\x16\xbe\x66".to_vec(), "audio/amr").await;
    let message = message(&house, &owner, &phone).await;
    waits(&receive(&house, &owner, message, amr).await, "unsupported_audio").await;
    // The sender was told by then, and says no.
    assert!(answer(&house, &owner, &phone, "NO TRANSCRIBIR").await);
    waits(&note(&house, &owner, &phone).await, "sender_refused").await;
    assert_eq!(fake.asked("").len(), 0, "nothing left the house");
    let queue = house.get(&owner, "/api/voice/review-queue").await.ok();
    let times: Vec<&str> =
        queue["items"].as_array().unwrap().iter().map(|n| n["created_at"].as_str().unwrap()).collect();
    assert!(times.len() == 3 && times.is_sorted(), "the oldest first: {times:?}");
    // By pages, none twice and none left out.
    let first = house.get(&owner, "/api/voice/review-queue?limit=2").await.ok();
    let next = first["next"].as_str().unwrap();
    let rest = house.get(&owner, &format!("/api/voice/review-queue?limit=2&after={next}")).await.ok();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
    assert_eq!(rest["items"][0]["id"], queue["items"][2]["id"]);
}

#[tokio::test]
async fn without_a_key_notes_wait() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    house.patch(&owner, "/api/voice/settings", json!({"consent": true})).await.ok();
    assert_eq!(house.get(&owner, "/api/voice/settings").await.ok()["is_configured"], false);
    let id = note(&house, &owner, &fresh_phone()).await;
    assert_eq!(codes(&once(&house, &owner, &id, "needs_review").await), ["no_key"]);
}

#[tokio::test]
async fn five_notes_an_hour_of_one_sender() {
    let (house, fake, owner) = heard().await;
    let phone = fresh_phone();
    for _ in 0..5 {
        fake.hear("nada", -1.5);
        let id = note(&house, &owner, &phone).await;
        once(&house, &owner, &id, "completed").await;
    }
    let id = note(&house, &owner, &phone).await;
    assert_eq!(codes(&once(&house, &owner, &id, "needs_review").await), ["rate_sender"]);
    assert_eq!(fake.asked("/audio/transcriptions").len(), 5);
    // Another sender's notes are counted with them: fifteen more fill the minute.
    sqlx::query("update voice_note set sender = null, admitted_at = now() where org_id = $1")
        .bind(owner.org.0)
        .execute(&mut house.sql().await)
        .await
        .unwrap();
    sqlx::query(
        "insert into voice_note (org_id, note_id, file_id, state, admitted_at)
         select $1, gen_random_uuid(), gen_random_uuid(), 'completed', now() from generate_series(1, 14)",
    )
    .bind(owner.org.0)
    .execute(&mut house.sql().await)
    .await
    .unwrap();
    let id = note(&house, &owner, &fresh_phone()).await;
    assert_eq!(codes(&once(&house, &owner, &id, "needs_review").await), ["rate_organization"]);
}

#[tokio::test]
async fn faults_of_the_service_are_told_apart() {
    let (house, fake, owner) = heard().await;
    // Passing ones are tried again.
    fake.hear_reply(Reply::Says(
        429,
        vec![("retry-after", "1".into())],
        json!({"error": {"code": "rate_limit_exceeded"}}),
    ));
    fake.hear_reply(problem(500, "server_error"));
    fake.hear_reply(Reply::Reset);
    fake.hear(SAID, SURE);
    fake.fill_reply(Reply::Truncated(json!({"choices": []})));
    fake.fill(&sure_form());
    let id = note(&house, &owner, &fresh_phone()).await;
    assert_eq!(once(&house, &owner, &id, "completed").await["decision"], "create");
    assert_eq!(fake.asked("/audio/transcriptions").len(), 4);
    assert_eq!(fake.asked("/chat/completions").len(), 2);
    // What the model will not do is not asked twice; the words are there for a person.
    for (message, why) in [
        (json!({"content": null, "refusal": "No puedo."}), "stop"),
        (json!({"content": "{\"customerName\":", "refusal": null}), "length"),
        (json!({"content": "", "refusal": null}), "content_filter"),
    ] {
        let before = fake.asked("/chat/completions").len();
        fake.hear(SAID, SURE);
        fake.fill_reply(completion(message, why));
        let id = note(&house, &owner, &fresh_phone()).await;
        let waits = once(&house, &owner, &id, "needs_review").await;
        assert_eq!((codes(&waits), &waits["transcript"]), (vec!["not_extracted".to_owned()], &json!(SAID)));
        assert_eq!(fake.asked("/chat/completions").len(), before + 1);
    }
    // An empty purse: nobody pays by asking again. It is a dead letter, and waits for a person.
    let before = fake.asked("/audio/transcriptions").len();
    fake.hear_reply(problem(429, "insufficient_quota"));
    let id = note(&house, &owner, &fresh_phone()).await;
    assert_eq!(codes(&once(&house, &owner, &id, "failed").await), ["provider_failed"]);
    let dead = eventually("a dead letter", async || {
        let letters = house.get(&owner, "/api/admin/dlq").await.ok();
        letters["items"].as_array().unwrap().first().cloned()
    })
    .await;
    assert!(dead["cause"].as_str().unwrap().contains("insufficient_quota"), "{dead}");
    assert_eq!(fake.asked("/audio/transcriptions").len(), before + 1);
    assert!(queue_ids(&house, &owner).await.contains(&id), "failed ones wait in the queue too");
    // The purse is filled, a person tries the letter again: it goes on.
    fake.hear(SAID, SURE);
    fake.fill(&sure_form());
    house
        .post(&owner, &format!("/api/admin/dlq/{}/retry", dead["id"].as_str().unwrap()), json!({}))
        .await
        .ok();
    once(&house, &owner, &id, "completed").await;
}

async fn queue_ids(house: &House, who: &Person) -> Vec<String> {
    let queue = house.get(who, "/api/voice/review-queue").await.ok();
    queue["items"].as_array().unwrap().iter().map(|n| n["id"].as_str().unwrap().to_owned()).collect()
}

/// A worker that dies between a provider's answer and the next step finds the answer where it was kept.
#[tokio::test]
async fn what_was_paid_for_is_not_paid_twice() {
    let (house, fake, owner) = heard().await;
    let revive = async |id: &str, sql: &'static str, kind: &str| {
        sqlx::query(sql).bind(id.parse::<Uuid>().unwrap()).execute(&mut house.sql().await).await.unwrap();
        sqlx::query(
            "insert into task (task_id, org_id, kind, payload)
             values (gen_random_uuid(), $1, $2, jsonb_build_object('org', $1::text, 'note', $3))",
        )
        .bind(owner.org.0)
        .bind(kind)
        .bind(id)
        .execute(&mut house.sql().await)
        .await
        .unwrap();
        house.app.engine.task_written.notify_one();
    };
    fake.hear(SAID, SURE);
    fake.fill(&form_of(0.25));
    let id = note(&house, &owner, &fresh_phone()).await;
    once(&house, &owner, &id, "needs_review").await;
    // Killed after the form was kept and before anything was decided.
    let undecided = "update voice_note set state = 'extracting', decision = null, score = null, overall = null where note_id = $1";
    revive(&id, undecided, "voice.extract").await;
    once(&house, &owner, &id, "needs_review").await;
    assert_eq!((fake.asked("/audio/transcriptions").len(), fake.asked("/chat/completions").len()), (1, 1));
    // Killed after the words were kept.
    fake.fill(&form_of(0.25));
    let unread =
        "update voice_note set state = 'transcribing', decision = null, extraction = null where note_id = $1";
    revive(&id, unread, "voice.transcribe").await;
    eventually("it is decided anew", async || {
        let note = shown(&house, &owner, &id).await;
        (note["decision"] == "review").then_some(())
    })
    .await;
    assert_eq!((fake.asked("/audio/transcriptions").len(), fake.asked("/chat/completions").len()), (1, 2));
}

#[tokio::test]
async fn a_stuck_note_waits_for_a_person() {
    let (house, _fake, owner) = heard().await;
    let id = note(&house, &owner, &fresh_phone()).await;
    // Nothing is scripted: it fails for good. As if its worker had died twice, nobody told of it.
    once(&house, &owner, &id, "failed").await;
    sqlx::query("update voice_note set state = 'transcribing', reasons = '[]' where note_id = $1")
        .bind(id.parse::<Uuid>().unwrap())
        .execute(&mut house.sql().await)
        .await
        .unwrap();
    hasten(&house, "voice.watch", "").await;
    assert_eq!(codes(&once(&house, &owner, &id, "needs_review").await), ["provider_failed"]);
}

#[tokio::test]
async fn a_person_approves_corrects_or_refuses() {
    let (house, fake, owner) = heard().await;
    let dispatcher = house.hire(&owner, "dispatcher", "Delia").await;
    let waiting = async || {
        fake.hear(SAID, SURE);
        fake.fill(&form_of(0.25));
        let id = note(&house, &owner, &fresh_phone()).await;
        once(&house, &owner, &id, "needs_review").await;
        id
    };
    let decide = async |who: &Person, id: &str, body: Value| {
        house.post(who, &format!("/api/voice/transcripts/{id}/review"), body).await
    };
    let id = waiting().await;
    let before = shown(&house, &dispatcher, &id).await;
    assert_eq!(before["proposed_job"]["title"], "Canilla que pierde");
    assert_eq!(before["fields"]["address"], json!({"value": "Mitre 88", "confidence": 0.25}));
    let stale = decide(&dispatcher, &id, json!({"action": "approve", "version": 0})).await;
    stale.refused(409, "VERSION_001");
    let done =
        decide(&dispatcher, &id, json!({"action": "approve", "version": before["version"]})).await.ok();
    assert_eq!((&done["state"], &done["review"]["action"]), (&json!("reviewed"), &json!("approve")));
    assert_eq!(done["review"]["by"], dispatcher.user.to_string());
    let job = house.get(&owner, &format!("/api/jobs/{}", done["job_id"].as_str().unwrap())).await.ok();
    assert_eq!(job["title"], "Canilla que pierde");
    let again = decide(&dispatcher, &id, json!({"action": "approve"})).await;
    assert_eq!(again.refused(409, "VOICE_001")["current"]["job_id"], done["job_id"]);

    let id = waiting().await;
    let wrong = decide(&dispatcher, &id, json!({"action": "edit", "fields": {"job_type": "magia"}})).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    let unknown = decide(&dispatcher, &id, json!({"action": "edit", "fields": {"colour": "red"}})).await;
    assert_eq!(unknown.status, 422);
    let fields = json!({"title": "Revisar tablero", "job_type": "electricidad", "customer_name": "Marta Paz", "scheduled_start": null});
    let done = decide(&dispatcher, &id, json!({"action": "edit", "fields": fields})).await.ok();
    let job = house.get(&owner, &format!("/api/jobs/{}", done["job_id"].as_str().unwrap())).await.ok();
    assert_eq!((&job["title"], &job["job_type"]), (&json!("Revisar tablero"), &json!("electricidad")));
    assert_eq!(
        (&job["customer"]["name"], &job["description"]),
        (&json!("Marta Paz"), &json!("Pierde la canilla de la cocina"))
    );

    let id = waiting().await;
    let refused = decide(&dispatcher, &id, json!({"action": "reject", "note": "era un saludo"})).await.ok();
    assert_eq!(
        (&refused["state"], &refused["review"]["note"]),
        (&json!("reviewed"), &json!("era un saludo"))
    );
    assert!(!queue_ids(&house, &owner).await.contains(&id));
    decide(&dispatcher, &id, json!({"action": "reopen"})).await.ok();
    assert!(queue_ids(&house, &owner).await.contains(&id), "a rejection can be taken back");

    let stats = house.get(&dispatcher, "/api/voice/stats").await.ok();
    assert_eq!(stats["reviews"], json!({"approved": 1, "edited": 1, "rejected": 0}));
    assert_eq!((&stats["notes"], &stats["waiting"], &stats["accuracy"]), (&json!(3), &json!(1), &json!(0.5)));
    // Who decided what stays among the facts.
    let kinds: Vec<String> =
        sqlx::query_scalar("select kind from event where org_id = $1 and kind like 'voice.%' order by seq")
            .bind(owner.org.0)
            .fetch_all(&mut house.sql().await)
            .await
            .unwrap();
    assert_eq!(kinds.iter().filter(|k| *k == "voice.reviewed").count(), 3);
    assert!(
        kinds.contains(&"voice.reopened".to_owned()) && kinds.contains(&"voice.consent_given".to_owned())
    );
}

#[tokio::test]
async fn nobody_else_sees_or_decides() {
    let (house, fake, owner) = heard().await;
    let stranger = house.stranger().await;
    let technician = house.hire(&owner, "technician", "Ana").await;
    fake.hear(SAID, SURE);
    fake.fill(&form_of(0.25));
    let id = note(&house, &owner, &fresh_phone()).await;
    let waits = once(&house, &owner, &id, "needs_review").await;
    for path in [format!("/api/voice/transcripts/{id}"), format!("/api/voice/transcripts/{id}/audio")] {
        assert_eq!(house.get(&stranger, &path).await.status, 404, "{path}");
        house.get(&technician, &path).await.refused(403, "AUTH_003");
    }
    let decide = json!({"action": "approve"});
    let path = format!("/api/voice/transcripts/{id}/review");
    assert_eq!(house.post(&stranger, &path, decide.clone()).await.status, 404);
    house.post(&technician, &path, decide).await.refused(403, "AUTH_003");
    assert!(queue_ids(&house, &stranger).await.is_empty());
    assert_eq!(house.get(&stranger, "/api/voice/stats").await.ok()["notes"], 0);
    // Another's file and message are none.
    for body in [
        json!({"file_id": waits["file_id"]}),
        json!({"message_id": waits["message_id"]}),
        json!({}),
        json!({"file_id": waits["file_id"], "message_id": waits["message_id"]}),
    ] {
        assert_eq!(house.post(&stranger, "/api/voice/process", body).await.status, 422);
    }
    // Settings are the owner's.
    let dispatcher = house.hire(&owner, "dispatcher", "Delia").await;
    house.patch(&dispatcher, "/api/voice/settings", json!({"consent": false})).await.refused(403, "AUTH_003");
    assert_eq!(house.get(&dispatcher, "/api/voice/settings").await.ok()["consent"], true);
    assert_eq!(house.get(&stranger, "/api/voice/settings").await.ok()["consent"], false);
    let wrong = house
        .patch(&owner, "/api/voice/settings", json!({"auto_create_threshold": 0.2, "retention_days": 0}))
        .await;
    assert_eq!(wrong.refused(422, "REQUEST_002")["errors"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_office_uploads_a_recording() {
    let (house, fake, owner) = heard().await;
    let customer = house.customer(&owner, "Marta").await;
    let file = kept(&house, &owner, sound(), "audio/ogg").await;
    fake.hear("Pierde la canilla de la cocina", SURE);
    // Nobody says where: the customer's own address serves.
    fake.fill(&form(&[
        ("problemDescription", "Pierde la canilla de la cocina", 0.95),
        ("title", "Canilla que pierde", 0.95),
        ("serviceType", "plomeria", 0.95),
    ]));
    let body = json!({"file_id": file, "customer_id": customer["id"]});
    let made = house.post(&owner, "/api/voice/process", body).await.ok();
    let note = once(&house, &owner, made["id"].as_str().unwrap(), "completed").await;
    assert_eq!((&note["decision"], &note["uploaded_by"]), (&json!("create"), &json!(owner.user)), "{note}");
    let job = house.get(&owner, &format!("/api/jobs/{}", note["job_id"].as_str().unwrap())).await.ok();
    assert_eq!((&job["customer_id"], &job["location_source"]), (&customer["id"], &json!("customer")));
    // The same message twice is one note.
    let message = message(&house, &owner, &fresh_phone()).await;
    let file = kept(&house, &owner, sound(), "audio/ogg").await;
    let first = receive(&house, &owner, message, file).await;
    assert_eq!(receive(&house, &owner, message, file).await, first);
    let known = house.post(&owner, "/api/voice/process", json!({"message_id": message})).await.ok();
    assert_eq!(known["id"], first.as_str());
}

#[tokio::test]
async fn recordings_go_and_words_stay() {
    let (house, fake, owner) = heard().await;
    fake.hear(SAID, SURE);
    fake.fill(&form_of(0.25));
    let id = note(&house, &owner, &fresh_phone()).await;
    once(&house, &owner, &id, "needs_review").await;
    let audio = house.get(&owner, &format!("/api/voice/transcripts/{id}/audio")).await.ok();
    assert_eq!(audio["mime"], "audio/ogg");
    let path = audio["url"].as_str().unwrap().strip_prefix(&house.url).unwrap().to_owned();
    let played = house.request(reqwest::Method::GET, None, &path).send().await.unwrap();
    assert!(played.status().is_success() && played.bytes().await.unwrap().starts_with(b"OggS"));
    // A recording of 40 days goes when the owner says 30.
    sqlx::query("update voice_note set created_at = created_at - interval '40 days' where note_id = $1")
        .bind(id.parse::<Uuid>().unwrap())
        .execute(&mut house.sql().await)
        .await
        .unwrap();
    house.patch(&owner, "/api/voice/settings", json!({"retention_days": 30})).await.ok();
    let note = eventually("the recording is erased", async || {
        Some(shown(&house, &owner, &id).await).filter(|n| n["has_audio"] == false)
    })
    .await;
    assert_eq!(note["transcript"], SAID);
    house.get(&owner, &format!("/api/voice/transcripts/{id}/audio")).await.refused(409, "VOICE_003");
    let left: i64 = sqlx::query_scalar("select count(*) from file where org_id = $1")
        .bind(owner.org.0)
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
    assert_eq!(left, 0);
}
