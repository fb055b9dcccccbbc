//! E-mail: a server of the tests' own that speaks SMTP and fails where it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use campo_engine::db::Tenant;
use campo_engine::files::{self, NewFile, Purpose};
use campo_engine::mail::{self, Mail};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::house::{House, Person, eventually};

/// What the server says at which step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// To the recipient.
    Recipient(u16),
    /// After the last dot.
    Message(u16),
    /// The message is kept, and the line cut before a word of it.
    CutAfterDot,
    /// The line is cut before the text.
    CutBeforeData,
}

#[derive(Default)]
struct State {
    faults: VecDeque<Fault>,
    /// Every message that was taken or kept: recipient and text.
    kept: Vec<(String, String)>,
    conversations: usize,
}

#[derive(Clone)]
struct Smtp {
    url: String,
    state: Arc<Mutex<State>>,
}

impl Smtp {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().conversations += 1;
                let fault = shared.lock().unwrap().faults.pop_front();
                tokio::spawn(serve(stream, fault, shared.clone()));
            }
        });
        Self { url, state }
    }

    fn next(&self, fault: Fault) {
        self.state.lock().unwrap().faults.push_back(fault);
    }

    fn kept(&self) -> Vec<(String, String)> {
        self.state.lock().unwrap().kept.clone()
    }
}

async fn serve(stream: TcpStream, fault: Option<Fault>, state: Arc<Mutex<State>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 test ESMTP\r\n").await.ok()?;
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let upper = line.to_ascii_uppercase();
        let answer = if upper.starts_with("EHLO") {
            "250-test\r\n250 8BITMIME\r\n".to_owned()
        } else if upper.starts_with("RCPT") {
            to = line.split(['<', '>']).nth(1).unwrap().to_owned();
            match fault {
                Some(Fault::Recipient(code)) => format!("{code} no such mailbox here\r\n"),
                _ => "250 ok\r\n".into(),
            }
        } else if upper.starts_with("DATA") {
            if fault == Some(Fault::CutBeforeData) {
                return None;
            }
            stream.write_all(b"354 go on\r\n").await.ok()?;
            let mut text = String::new();
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).await.ok()?;
                if line == ".\r\n" {
                    break;
                }
                text.push_str(line.strip_prefix('.').unwrap_or(&line));
            }
            if let Some(Fault::Message(code)) = fault {
                format!("{code} not this one\r\n")
            } else {
                state.lock().unwrap().kept.push((to.clone(), text));
                if fault == Some(Fault::CutAfterDot) {
                    return None;
                }
                "250 kept\r\n".into()
            }
        } else if upper.starts_with("QUIT") {
            stream.write_all(b"221 bye\r\n").await.ok()?;
            return None;
        } else {
            "250 ok\r\n".into()
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

async fn start() -> (House, Smtp, Person) {
    let smtp = Smtp::start().await;
    let from = "Plomería Sur <avisos@campo.example>";
    let house = House::with(true, &["--smtp-url", &smtp.url, "--mail-from", from]).await;
    let owner = house.sign_up("Plomería Sur").await;
    (house, smtp, owner)
}

async fn write(house: &House, person: &Person, mail: Mail) -> uuid::Uuid {
    let engine = &house.app.engine;
    let work = async |t: &mut Tenant| mail::enqueue(t, engine, mail).await;
    engine.db.within(person.org, work).await.unwrap().0
}

async fn state(house: &House, id: uuid::Uuid) -> (String, Option<String>, i16) {
    sqlx::query_as("select state, error_code, attempts from message where message_id = $1")
        .bind(id)
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap()
}

async fn settled(house: &House, id: uuid::Uuid, expected: &str) -> (String, Option<String>, i16) {
    eventually(&format!("the message is {expected}"), async || {
        let now = state(house, id).await;
        (now.0 == expected).then_some(now)
    })
    .await
}

/// The wait of the last retry is over.
async fn hasten(house: &House) {
    eventually("a retry is planned", async || {
        let moved = sqlx::query(
            "update task set run_at = now()
             where kind = 'mail.send' and state = 'later' and run_at > now() + interval '2 seconds'",
        )
        .execute(&mut house.sql().await)
        .await
        .unwrap();
        (moved.rows_affected() > 0).then_some(())
    })
    .await;
}

fn header(text: &str, name: &str) -> String {
    let start = format!("{name}: ");
    text.lines()
        .find_map(|l| l.strip_prefix(&start))
        .unwrap_or_else(|| panic!("no {name}: {text}"))
        .to_owned()
}

#[tokio::test]
async fn a_document_arrives_once() {
    let (house, smtp, owner) = start().await;
    let paper = NewFile {
        purpose: Purpose::Document,
        bytes: b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n".to_vec().into(),
        declared_mime: "application/pdf".into(),
        name: Some("presupuesto.pdf".into()),
        by: Some(owner.user),
    };
    let document = files::store(&house.app.engine, owner.org, paper).await.unwrap();
    let mail = Mail {
        html: Some("<p>Hola</p>".into()),
        attachments: vec![document.id],
        dedupe_key: Some("presupuesto/1".into()),
        ..Mail::plain("ana@cliente.example", "Presupuesto\r\nBcc: x@y.example", "Hola\n.\nfin")
    };
    let id = write(&house, &owner, mail.clone()).await;
    assert_eq!(write(&house, &owner, mail).await, id, "one fact, one message");
    assert_eq!(settled(&house, id, "sent").await, ("sent".into(), None, 1));
    let kept = smtp.kept();
    assert_eq!((kept.len(), kept[0].0.as_str()), (1, "ana@cliente.example"));
    let text = &kept[0].1;
    assert_eq!(header(text, "Message-ID"), format!("<{}@campo.example>", id.simple()));
    assert!(text.contains("multipart/mixed") && text.contains("text/html") && text.contains("%PDF-1.4"));
    assert!(text.contains("application/pdf") && text.contains("presupuesto.pdf"));
    assert!(!text.lines().any(|l| l.starts_with("Bcc")), "a subject is one line");
}

/// After the last dot silence does not mean that nothing was sent: again, under the same Message-ID.
#[tokio::test]
async fn silence_after_the_text_is_doubt() {
    let (house, smtp, owner) = start().await;
    smtp.next(Fault::CutAfterDot);
    let id = write(&house, &owner, Mail::plain("ana@cliente.example", "Hola", "Texto")).await;
    hasten(&house).await;
    settled(&house, id, "sent").await;
    let kept = smtp.kept();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].1, kept[1].1, "the same bytes, Message-ID and date among them");
}

#[tokio::test]
async fn four_is_later_and_five_is_never() {
    let (house, smtp, owner) = start().await;
    for fault in [Fault::Recipient(450), Fault::Message(451), Fault::CutBeforeData] {
        smtp.next(fault);
    }
    let id = write(&house, &owner, Mail::plain("ana@cliente.example", "Hola", "Texto")).await;
    for _ in 0..3 {
        hasten(&house).await;
    }
    assert_eq!(settled(&house, id, "sent").await.2, 4);
    assert_eq!(smtp.kept().len(), 1);

    smtp.next(Fault::Message(554));
    let id = write(&house, &owner, Mail::plain("ana@cliente.example", "Hola", "Otro")).await;
    assert_eq!(settled(&house, id, "failed").await, ("failed".into(), Some("refused".into()), 1));

    // Nobody has this address: what follows is not even tried.
    smtp.next(Fault::Recipient(550));
    let id = write(&house, &owner, Mail::plain("Nadie@cliente.example", "Hola", "Texto")).await;
    assert_eq!(settled(&house, id, "undeliverable").await.1.as_deref(), Some("no_such_address"));
    let before = smtp.state.lock().unwrap().conversations;
    let id = write(&house, &owner, Mail::plain("nadie@cliente.example", "Hola", "Otra vez")).await;
    settled(&house, id, "suppressed").await;
    assert_eq!(smtp.state.lock().unwrap().conversations, before);
    // Another organization's address is its own matter.
    let stranger = house.stranger().await;
    let id = write(&house, &stranger, Mail::plain("nadie@cliente.example", "Hola", "Texto")).await;
    settled(&house, id, "sent").await;
}

#[tokio::test]
async fn a_person_has_an_address_and_tries_it() {
    let (house, smtp, owner) = start().await;
    let path = format!("/api/users/{}", owner.user);
    let me = house.get(&owner, "/api/users").await.ok()["items"][0].clone();
    assert_eq!(me["email"], Value::Null);
    for bad in ["nada", "a@b\r\nBcc: c@d.example", "@x.example"] {
        house
            .patch(&owner, &path, json!({"version": me["version"], "email": bad}))
            .await
            .refused(422, "REQUEST_002");
    }
    let me = house
        .patch(&owner, &path, json!({"version": me["version"], "email": "duena@empresa.example"}))
        .await
        .ok();
    assert_eq!(me["email"], "duena@empresa.example");
    house.post(&owner, "/api/notifications/test", json!({"channel": "email"})).await.ok();
    eventually("it arrives", async || {
        smtp.kept().iter().any(|(to, _)| to == "duena@empresa.example").then_some(())
    })
    .await;
    // What left is shown in the demonstration too.
    let shown = house.get(None, "/demo/inbox.json").await.ok();
    assert!(
        shown
            .as_array()
            .unwrap()
            .iter()
            .any(|m| m["channel"] == "email" && m["to"] == "duena@empresa.example")
    );
}
