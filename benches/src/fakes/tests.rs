//! Each fake refuses what the real one refuses, fails as scripted, and writes down what came of it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use ring::signature::KeyPair;
use serde_json::{Value, json};

use super::fault::{Fault, Kind};
use super::meta::{Hooks, Number, Said, signature};
use super::openai::spoken_note;
use super::{Fakes, start};

const ANA: &str = "5491155550001";
const TOKEN: &str = "fake-meta-token";

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

fn messages(fakes: &Fakes) -> String {
    format!("{}/v24.0/100000000000001/messages", fakes.url("whatsapp"))
}

async fn send(fakes: &Fakes, body: Value) -> (u16, Value) {
    let answer = client().post(messages(fakes)).bearer_auth(TOKEN).json(&body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn text(key: &str) -> Value {
    json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": ANA, "type": "text",
           "text": {"preview_url": false, "body": "hola"}, "biz_opaque_callback_data": key})
}

fn arrived(key: &str, parameters: &[&str]) -> Value {
    let parameters: Vec<Value> = parameters.iter().map(|p| json!({"type": "text", "text": p})).collect();
    json!({"messaging_product": "whatsapp", "to": ANA, "type": "template", "biz_opaque_callback_data": key,
           "template": {"name": "technician_arrived", "language": {"code": "es_AR"},
                        "components": [{"type": "body", "parameters": parameters}]}})
}

fn code(answer: &(u16, Value)) -> i64 {
    answer.1["error"]["code"].as_i64().unwrap_or(0)
}

fn number() -> Number {
    Number::default()
}

/// Waits for a condition; the test fails when it never comes.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(20), "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn whatsapp_opens_and_closes_the_window() {
    let fakes = start().unwrap();
    assert_eq!(code(&send(&fakes, text("a")).await), 131_047);
    assert_eq!(send(&fakes, arrived("b", &["Juan"])).await.0, 200);
    assert_eq!(code(&send(&fakes, text("c")).await), 131_047, "our own message opens nothing");
    fakes.meta.customer_says(ANA, "Ana", None, Said::Text("hola".into()), None).unwrap();
    let answer = send(&fakes, text("d")).await;
    assert_eq!((answer.0, answer.1["contacts"][0]["wa_id"].as_str()), (200, Some(ANA)));
    fakes.common.advance(24 * 3600 - 60);
    assert_eq!(send(&fakes, text("e")).await.0, 200);
    fakes.common.advance(61);
    assert_eq!(code(&send(&fakes, text("f")).await), 131_047);
    let sums = fakes.sums("whatsapp");
    assert_eq!((sums.requests, sums.effects, sums.keys, sums.doubled), (6, 3, 3, 0));
}

#[tokio::test]
async fn whatsapp_refuses_what_meta_refuses() {
    let fakes = start().unwrap();
    let wrong =
        client().post(messages(&fakes)).bearer_auth("nonsense").json(&text("a")).send().await.unwrap();
    assert_eq!(wrong.status(), 401);
    assert_eq!(wrong.json::<Value>().await.unwrap()["error"]["code"], 190);
    let stranger = messages(&fakes).replace("100000000000001", "7");
    let wrong = client().post(stranger).bearer_auth(TOKEN).json(&text("a")).send().await.unwrap();
    assert_eq!(wrong.json::<Value>().await.unwrap()["error"]["code"], 100);
    assert_eq!(code(&send(&fakes, arrived("a", &[])).await), 132_000);
    let mut unknown = arrived("a", &["Juan"]);
    unknown["template"]["language"]["code"] = "en_US".into();
    assert_eq!(send(&fakes, unknown).await.0, 404);
    fakes.meta.template_status("technician_arrived", "PAUSED");
    assert_eq!(code(&send(&fakes, arrived("a", &["Juan"])).await), 132_015);
    fakes.meta.customer_says(ANA, "Ana", None, Said::Text("hola".into()), None).unwrap();
    let read = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.never"});
    assert_eq!(code(&send(&fakes, read).await), 100);
    let gone = json!({"messaging_product": "whatsapp", "to": ANA, "type": "image", "image": {"id": "1"}});
    assert_eq!(code(&send(&fakes, gone).await), 131_009);
    fakes.meta.number(Number { allowed: Some(vec!["541155550001".into()]), ..number() });
    assert_eq!(code(&send(&fakes, text("a")).await), 131_030);
    assert_eq!(fakes.sums("whatsapp").effects, 0);
}

#[tokio::test]
async fn whatsapp_holds_to_its_rates() {
    let fakes = start().unwrap();
    fakes.meta.customer_says(ANA, "Ana", None, Said::Text("hola".into()), None).unwrap();
    fakes.meta.number(Number { pair_burst: 2, ..number() });
    assert_eq!((send(&fakes, text("1")).await.0, send(&fakes, text("2")).await.0), (200, 200));
    assert_eq!(code(&send(&fakes, text("3")).await), 131_056);
    fakes.common.advance(6);
    assert_eq!(send(&fakes, text("4")).await.0, 200);
    fakes.common.advance(6);
    fakes.meta.number(Number { per_second: 0, ..number() });
    let refused = send(&fakes, text("5")).await;
    assert_eq!((refused.0, code(&refused)), (429, 130_429));
}

#[tokio::test]
async fn media_go_both_ways_and_their_links_end() {
    let fakes = start().unwrap();
    let base = format!("{}/v24.0", fakes.url("whatsapp"));
    let form = |mime: &str| {
        let file =
            reqwest::multipart::Part::bytes(b"%PDF-1.7".to_vec()).file_name("f.pdf").mime_str(mime).unwrap();
        reqwest::multipart::Form::new().text("messaging_product", "whatsapp").part("file", file)
    };
    let upload = |mime: &'static str| {
        let url = format!("{base}/100000000000001/media");
        client().post(url).bearer_auth(TOKEN).multipart(form(mime)).send()
    };
    assert_eq!(upload("application/x-msdownload").await.unwrap().status(), 400);
    let id = upload("application/pdf").await.unwrap().json::<Value>().await.unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    fakes.meta.customer_says(ANA, "Ana", None, Said::Text("hola".into()), None).unwrap();
    let media =
        |kind: &str| json!({"messaging_product": "whatsapp", "to": ANA, "type": kind, kind: {"id": id}});
    assert_eq!(send(&fakes, media("document")).await.0, 200);
    assert_eq!(code(&send(&fakes, media("image")).await), 131_053);
    // A customer's note: its id, then a link, then the bytes with the token.
    let note = spoken_note("hola", 1);
    let said = Said::Media {
        kind: "audio".into(),
        mime: "audio/ogg".into(),
        bytes: note.clone().into(),
        caption: None,
    };
    let wamid = fakes.meta.customer_says(ANA, "Ana", None, said, None).unwrap();
    let id = fakes.common.phones.get(&wamid).unwrap().content["id"].as_str().unwrap().to_owned();
    let get = |url: String| client().get(url).bearer_auth(TOKEN).send();
    let info: Value = get(format!("{base}/{id}")).await.unwrap().json().await.unwrap();
    assert_eq!(info["file_size"], note.len());
    let url = info["url"].as_str().unwrap().to_owned();
    assert_eq!(client().get(&url).send().await.unwrap().status(), 401);
    assert_eq!(get(url.clone()).await.unwrap().bytes().await.unwrap(), note);
    fakes.common.advance(5 * 60 + 1);
    assert_eq!(get(url).await.unwrap().status(), 404);
    fakes.common.advance(7 * 24 * 3600);
    assert_eq!(get(format!("{base}/{id}")).await.unwrap().status(), 400);
}

#[tokio::test]
async fn statuses_come_signed_doubled_and_with_the_callers_own_data() {
    let fakes = start().unwrap();
    let url = format!("{}/meta", fakes.url("webhooks"));
    let hooks = Hooks { url: Some(url), copies: 2, shuffle: true, read_ms: Some(300), ..Hooks::default() };
    fakes.meta.hooks(hooks.clone());
    // A webhook that is refused comes again.
    fakes.fault("webhooks", Fault::once(Kind::Broken)).unwrap();
    let id = send(&fakes, arrived("my-key", &["Juan Ñandú"])).await.1["messages"][0]["id"].clone();
    until("all statuses", || fakes.common.post.posted().taken == 6).await;
    let took = fakes.effects("webhooks");
    assert_eq!((took.len(), fakes.sums("webhooks").requests), (6, 7));
    let mut told: Vec<String> = Vec::new();
    for entry in took {
        let text = entry.body["text"].as_str().unwrap();
        let signed = entry.body["headers"]["x-hub-signature-256"].as_str().unwrap();
        assert_eq!(signed, signature(&hooks.app_secret, text.as_bytes()));
        let status =
            &serde_json::from_str::<Value>(text).unwrap()["entry"][0]["changes"][0]["value"]["statuses"][0];
        assert_eq!((&status["id"], status["biz_opaque_callback_data"].as_str()), (&id, Some("my-key")));
        told.push(status["status"].as_str().unwrap().to_owned());
    }
    told.sort();
    assert_eq!(told, ["delivered", "delivered", "read", "read", "sent", "sent"]);
    // Somebody who cannot be reached: taken, then failed.
    fakes.meta.unreachable(ANA, true);
    assert_eq!(send(&fakes, arrived("late", &["Juan"])).await.0, 200);
    until("the failure", || fakes.effects("webhooks").iter().any(|e| e.body.to_string().contains("131026")))
        .await;
}

#[tokio::test]
async fn faults_strike_as_scripted() {
    let fakes = start().unwrap();
    fakes.meta.customer_says(ANA, "Ana", None, Said::Text("hola".into()), None).unwrap();
    let post = |key: &str| {
        client()
            .post(messages(&fakes))
            .bearer_auth(TOKEN)
            .json(&text(key))
            .timeout(Duration::from_secs(5))
            .send()
    };
    fakes.fault("whatsapp", Fault { retry_after: Some(7), ..Fault::once(Kind::Busy) }).unwrap();
    let busy = post("busy").await.unwrap();
    assert_eq!((busy.status().as_u16(), busy.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    fakes.fault("whatsapp", Fault::once(Kind::Broken)).unwrap();
    assert_eq!(post("broken").await.unwrap().status(), 500);
    fakes.fault("whatsapp", Fault::once(Kind::Reset)).unwrap();
    assert!(post("reset").await.is_err());
    fakes.fault("whatsapp", Fault { stall_ms: 200, ..Fault::once(Kind::Stall) }).unwrap();
    assert!(post("stall").await.is_err());
    fakes.fault("whatsapp", Fault::once(Kind::Truncate)).unwrap();
    let cut = post("cut").await.unwrap();
    assert!(cut.status() == 200 && cut.bytes().await.is_err());
    fakes.fault("whatsapp", Fault { seconds: 0.5, ..Fault::once(Kind::Refuse) }).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(post("refused").await.unwrap_err().is_connect());
    let began = Instant::now();
    while post("well").await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(10));
    }
    let of = |key: &str| fakes.ledger("whatsapp").into_iter().find(|e| e.key.as_deref() == Some(key));
    let brief = |key: &str| of(key).map(|e| (e.effect.is_some(), e.answered, e.fault));
    assert_eq!(brief("busy"), Some((false, true, Some("429"))));
    assert_eq!(brief("broken"), Some((false, true, Some("500"))));
    assert_eq!(brief("reset"), Some((false, false, Some("reset"))));
    assert_eq!(brief("stall"), Some((true, false, Some("stall"))));
    assert_eq!(brief("cut"), Some((true, false, Some("truncate"))));
    assert_eq!(brief("refused"), None);
    assert_eq!(brief("well"), Some((true, true, None)));
}

#[tokio::test]
async fn only_the_right_certificate_is_trusted() {
    let fakes = start().unwrap();
    let ca = reqwest::Certificate::from_pem(fakes.ca.as_bytes()).unwrap();
    let _ = client();
    // A new connection each time: the certificate is shown when it opens.
    let builder = || reqwest::Client::builder().pool_max_idle_per_host(0);
    let trusting = builder().tls_certs_merge([ca]).build().unwrap();
    let url = format!("{}/v24.0/100000000000001", fakes.tls_url("whatsapp"));
    assert_eq!(trusting.get(&url).bearer_auth(TOKEN).send().await.unwrap().status(), 200);
    assert!(builder().build().unwrap().get(&url).send().await.unwrap_err().is_connect());
    fakes.fault("whatsapp", Fault::once(Kind::WrongCertificate)).unwrap();
    assert!(trusting.get(&url).send().await.unwrap_err().is_connect());
    assert_eq!(trusting.get(&url).bearer_auth(TOKEN).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn twilio_refuses_lists_and_calls_back() {
    let fakes = start().unwrap();
    let url = format!("{}/2010-04-01/Accounts/{}/Messages.json", fakes.url("twilio"), super::twilio::SID);
    let back = format!("{}/twilio?a=b", fakes.url("webhooks"));
    let sms = |to: &str, body: &str| {
        let form = [("To", to), ("From", super::twilio::SENDER), ("Body", body), ("StatusCallback", &back)];
        client().post(&url).basic_auth(super::twilio::SID, Some(super::twilio::TOKEN)).form(&form).send()
    };
    fakes.twilio.stopped("+5491155550002");
    fakes.twilio.landline("+5491155550003");
    let long = "x".repeat(1601);
    for (to, body, code) in [
        ("12", "x", 21_211),
        ("+819012345678", "x", 21_408),
        ("+5491155550002", "x", 21_610),
        ("+5491155550003", "x", 21_614),
        ("+541155550004", "x", 21_614),
        ("+15005550001", "x", 21_211),
        ("+5491155550001", "", 21_602),
        ("+5491155550001", long.as_str(), 21_617),
    ] {
        let answer = sms(to, body).await.unwrap();
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], code, "{to}");
    }
    let wrong = client().post(&url).basic_auth(super::twilio::SID, Some("no")).send().await.unwrap();
    assert_eq!(
        (wrong.status().as_u16(), wrong.json::<Value>().await.unwrap()["code"].as_i64()),
        (401, Some(20_003))
    );
    fakes.fault("twilio", Fault::once(Kind::Busy)).unwrap();
    let busy = sms("+5491155550001", "x").await.unwrap();
    assert_eq!(
        (busy.status().as_u16(), busy.json::<Value>().await.unwrap()["code"].as_i64()),
        (429, Some(20_429))
    );
    let sent = sms("+5491155550001", "Tu código es 123456").await.unwrap();
    assert_eq!(sent.status(), 201);
    let sid = sent.json::<Value>().await.unwrap()["sid"].as_str().unwrap().to_owned();
    until("both statuses", || fakes.common.post.posted().taken == 2).await;
    let first = &fakes.effects("webhooks")[0].body;
    let fields = super::wire::pairs(first["text"].as_str().unwrap());
    let signed = super::twilio::signature(super::twilio::TOKEN, &back, &fields);
    assert_eq!(first["headers"]["x-twilio-signature"], signed.as_str());
    let today = chrono::Utc::now().format("%Y-%m-%d").to_string();
    let list = |to: &str| {
        let asked = client().get(&url).query(&[("To", to), ("DateSent", &today)]);
        asked.basic_auth(super::twilio::SID, Some(super::twilio::TOKEN)).send()
    };
    let listed: Value = list("+5491155550001").await.unwrap().json().await.unwrap();
    assert_eq!(
        (&listed["messages"][0]["sid"], listed["messages"].as_array().unwrap().len()),
        (&json!(sid), 1)
    );
    let none: Value = list("+5491155550009").await.unwrap().json().await.unwrap();
    assert!(none["messages"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn openai_hears_extracts_and_refuses() {
    let fakes = start().unwrap();
    let base = format!("{}/v1", fakes.url("openai"));
    let transcribe = |name: &'static str, bytes: Vec<u8>, format: &'static str, key: &'static str| {
        let file = reqwest::multipart::Part::bytes(bytes).file_name(name).mime_str("audio/ogg").unwrap();
        let form = reqwest::multipart::Form::new()
            .text("model", "gpt-4o-mini-transcribe")
            .text("language", "es")
            .text("response_format", format)
            .part("file", file);
        client().post(format!("{base}/audio/transcriptions")).bearer_auth(key).multipart(form).send()
    };
    let key = super::openai::KEY;
    let note = spoken_note("Hola, soy Ana. No anda la estufa.", 2);
    let heard: Value = transcribe("a.ogg", note.clone(), "json", key).await.unwrap().json().await.unwrap();
    assert_eq!(heard["text"], "Hola, soy Ana. No anda la estufa.");
    fakes.openai.script(b"OggS my own", "Mis palabras");
    let heard: Value =
        transcribe("a.ogg", b"OggS my own".to_vec(), "json", key).await.unwrap().json().await.unwrap();
    assert_eq!(heard["text"], "Mis palabras");
    assert_eq!(transcribe("a.ogg", note.clone(), "json", "wrong").await.unwrap().status(), 401);
    assert_eq!(transcribe("a.txt", note.clone(), "json", key).await.unwrap().status(), 400);
    assert_eq!(transcribe("a.ogg", note.clone(), "verbose_json", key).await.unwrap().status(), 400);
    assert_eq!(transcribe("a.ogg", b"text".to_vec(), "json", key).await.unwrap().status(), 400);
    fakes.fault("openai", Fault::once(Kind::InsufficientQuota)).unwrap();
    let quota = transcribe("a.ogg", note, "json", key).await.unwrap();
    assert_eq!(quota.status(), 429);
    assert_eq!(quota.json::<Value>().await.unwrap()["error"]["code"], "insufficient_quota");
    let complete = |schema: Value| {
        let body = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "Soy Ana. No anda la estufa."}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "job", "strict": true, "schema": schema}}});
        client().post(format!("{base}/chat/completions")).bearer_auth(key).json(&body).send()
    };
    let loose = json!({"type": "object", "properties": {"customerName": {"type": "string"}}});
    assert_eq!(complete(loose.clone()).await.unwrap().status(), 400);
    let mut strict = loose;
    strict["required"] = json!(["customerName"]);
    strict["additionalProperties"] = false.into();
    let answer: Value = complete(strict).await.unwrap().json().await.unwrap();
    let content = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(content).unwrap(), json!({"customerName": "Ana"}));
}

/// One SMTP conversation: the codes of the answers.
fn smtp(fakes: &Fakes, lines: &[&str]) -> Vec<u16> {
    let url = fakes.smtp.url();
    let stream = TcpStream::connect(url.rsplit('@').next().unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    let mut hear = || -> u16 {
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return 0;
            }
            if line.as_bytes().get(3) == Some(&b' ') {
                return line[..3].parse().unwrap();
            }
        }
    };
    let mut codes = vec![hear()];
    for line in lines {
        writer.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        codes.push(hear());
    }
    codes
}

#[test]
fn smtp_takes_letters_unstuffed_and_answers_as_scripted() {
    let fakes = start().unwrap();
    // base64 of "\0campo\0fake-smtp-password"
    let auth = "AUTH PLAIN AGNhbXBvAGZha2Utc210cC1wYXNzd29yZA==";
    let letter = "Message-ID: <1@campo>\r\nSubject: Hola\r\n\r\n..punto\r\nfin\r\n.";
    let all =
        ["EHLO me", auth, "MAIL FROM:<a@campo.example>", "RCPT TO:<b@x.example>", "DATA", letter, "QUIT"];
    assert_eq!(smtp(&fakes, &all), [220, 250, 235, 250, 250, 354, 250, 221]);
    let letters = fakes.smtp.letters();
    assert!(letters[0].text.ends_with("\r\n\r\n.punto\r\nfin\r\n") && letters[0].to == ["b@x.example"]);
    assert_eq!(fakes.ledger("email")[0].key.as_deref(), Some("<1@campo>"));
    assert_eq!(smtp(&fakes, &["EHLO me", "MAIL FROM:<a@b>"]), [220, 250, 530]);
    assert_eq!(smtp(&fakes, &["EHLO me", "AUTH PLAIN AGNhbXBvAHdyb25n"]), [220, 250, 535]);
    let script = |stage: &str, code: u16| {
        let body = json!({"stage": stage, "code": code});
        fakes.smtp.answer(serde_json::from_value(body).unwrap());
    };
    script("RCPT", 550);
    assert_eq!(smtp(&fakes, &all[..4]), [220, 250, 235, 250, 550]);
    script("END", 451);
    assert_eq!(smtp(&fakes, &all[..6]), [220, 250, 235, 250, 250, 354, 451]);
    fakes.fault("email", Fault::once(Kind::Truncate)).unwrap();
    assert_eq!(
        smtp(&fakes, &all[..6]),
        [220, 250, 235, 250, 250, 354, 0],
        "it took effect, the answer was lost"
    );
    assert_eq!((fakes.smtp.letters().len(), fakes.sums("email").doubled), (2, 1));
}

/// A sender as RFC 8291 and RFC 8292 describe it.
struct Sender {
    pair: ring::signature::EcdsaKeyPair,
    random: ring::rand::SystemRandom,
}

impl Sender {
    fn new() -> Self {
        let random = ring::rand::SystemRandom::new();
        let kind = &ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = ring::signature::EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let pair = ring::signature::EcdsaKeyPair::from_pkcs8(kind, key.as_ref(), &random).unwrap();
        Self { pair, random }
    }

    fn key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref())
    }

    fn authorization(&self, claims: Value) -> String {
        let part = |v: Value| URL_SAFE_NO_PAD.encode(v.to_string());
        let signed = format!("{}.{}", part(json!({"typ": "JWT", "alg": "ES256"})), part(claims));
        let mac = self.pair.sign(&self.random, signed.as_bytes()).unwrap();
        format!("vapid t={signed}.{}, k={}", URL_SAFE_NO_PAD.encode(mac), self.key())
    }
}

/// RFC 8291's other side, written from its section 3.4.
fn encrypted(subscription: &Value, plain: &[u8]) -> Vec<u8> {
    use ring::hmac;
    let get = |k: &str| URL_SAFE_NO_PAD.decode(subscription["keys"][k].as_str().unwrap()).unwrap();
    let (theirs, auth) = (get("p256dh"), get("auth"));
    let ours = p256::SecretKey::from_slice(&[7; 32]).unwrap();
    let public = ours.public_key().to_encoded_point(false);
    let their_key = p256::PublicKey::from_sec1_bytes(&theirs).unwrap();
    let shared = p256::ecdh::diffie_hellman(ours.to_nonzero_scalar(), their_key.as_affine());
    let mac =
        |key: &[u8], text: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec();
    let key_info = [b"WebPush: info\0", &theirs[..], public.as_bytes(), &[1]].concat();
    let ikm = mac(&mac(&auth, shared.raw_secret_bytes()), &key_info);
    let salt = [9u8; 16];
    let prk = mac(&salt, &ikm);
    let key = &mac(&prk, b"Content-Encoding: aes128gcm\0\x01")[..16];
    let nonce = &mac(&prk, b"Content-Encoding: nonce\0\x01")[..12];
    let sealing =
        ring::aead::LessSafeKey::new(ring::aead::UnboundKey::new(&ring::aead::AES_128_GCM, key).unwrap());
    let mut sealed = [plain, &[2]].concat();
    let nonce = ring::aead::Nonce::try_assume_unique_for_key(nonce).unwrap();
    sealing.seal_in_place_append_tag(nonce, ring::aead::Aad::empty(), &mut sealed).unwrap();
    [&salt[..], &4096u32.to_be_bytes(), &[65], public.as_bytes(), &sealed].concat()
}

#[tokio::test]
async fn push_decrypts_and_knows_its_sender() {
    let fakes = start().unwrap();
    let (sender, stranger) = (Sender::new(), Sender::new());
    let subscription = fakes.push.subscribe(&fakes.url("web_push"), Some(&sender.key())).unwrap();
    let endpoint = subscription["endpoint"].as_str().unwrap().to_owned();
    let body = encrypted(&subscription, br#"{"title":"Nuevo trabajo"}"#);
    let now = chrono::Utc::now().timestamp();
    let claims = |exp: i64, aud: &str| json!({"aud": aud, "exp": now + exp, "sub": "mailto:a@campo.example"});
    let origin = fakes.url("web_push");
    let push = |authorization: String, body: Vec<u8>| {
        client()
            .post(&endpoint)
            .header("TTL", "60")
            .header("Urgency", "high")
            .header("Content-Encoding", "aes128gcm")
            .header("Content-Type", "application/octet-stream")
            .header("Authorization", authorization)
            .body(body)
            .send()
    };
    let good = sender.authorization(claims(3_600, &origin));
    assert_eq!(push(good.clone(), body.clone()).await.unwrap().status(), 201);
    assert_eq!(fakes.effects("web_push")[0].body["title"], "Nuevo trabajo");
    for (status, authorization, body) in [
        (403, stranger.authorization(claims(3_600, &origin)), body.clone()),
        (403, sender.authorization(claims(-1, &origin)), body.clone()),
        (403, sender.authorization(claims(25 * 3_600, &origin)), body.clone()),
        (403, sender.authorization(claims(3_600, "https://elsewhere.example")), body.clone()),
        (403, format!("{}x", good.replacen("t=", "t=x", 1)), body.clone()),
        (400, good.clone(), body[..body.len() - 1].to_vec()),
        (413, good.clone(), vec![0; 4_097]),
    ] {
        assert_eq!(push(authorization, body).await.unwrap().status(), status);
    }
    fakes.push.unsubscribe(&endpoint);
    assert_eq!(push(good, body).await.unwrap().status(), 410);
    assert_eq!(fakes.sums("web_push").effects, 1);
}

#[tokio::test]
async fn roads_answer_in_four_tongues() {
    let fakes = start().unwrap();
    let get = |url: String| client().get(url).send();
    let osrm = fakes.url("osrm");
    let one: Value = get(format!("{osrm}/route/v1/driving/-58.4,-34.6")).await.unwrap().json().await.unwrap();
    assert_eq!(one["code"], "InvalidOptions");
    let two: Value =
        get(format!("{osrm}/route/v1/driving/-58.4,-34.6;-58.4,-34.61")).await.unwrap().json().await.unwrap();
    let metres = two["routes"][0]["distance"].as_f64().unwrap();
    assert!((metres - 1.3 * 1_111.95).abs() < 1.0, "{metres}");
    let google = format!("{}/directions/v2:computeRoutes", fakes.url("google_routes"));
    let at = |lat: f64| json!({"location": {"latLng": {"latitude": lat, "longitude": -58.4}}});
    let body = json!({"origin": at(-34.6), "destination": at(-34.61), "travelMode": "DRIVE"});
    let ask = || client().post(&google).json(&body).header("X-Goog-Api-Key", super::roads::KEY);
    assert_eq!(ask().send().await.unwrap().status(), 400, "the field mask is required");
    let way: Value =
        ask().header("X-Goog-FieldMask", "routes.duration").send().await.unwrap().json().await.unwrap();
    assert_eq!(way["routes"][0], json!({"duration": "173s"}));
    let mapbox =
        format!("{}/directions/v5/mapbox/driving-traffic/-58.4,-34.6;-58.4,-34.61", fakes.url("mapbox"));
    assert_eq!(get(mapbox.clone()).await.unwrap().status(), 401);
    let way: Value =
        get(format!("{mapbox}?access_token={}", super::roads::KEY)).await.unwrap().json().await.unwrap();
    assert_eq!(way["code"], "Ok");
    let places = json!([{"lat": -34.6, "lon": -58.4}, {"lat": -34.61, "lon": -58.4}]);
    let body = json!({"locations": places, "costing": "auto"});
    let valhalla =
        client().post(format!("{}/route", fakes.url("valhalla"))).json(&body).send().await.unwrap();
    let way: Value = valhalla.json().await.unwrap();
    assert!((way["trip"]["summary"]["length"].as_f64().unwrap() - metres / 1000.0).abs() < 1e-6);
}

#[tokio::test]
async fn everything_can_be_done_from_outside() {
    let fakes = start().unwrap();
    let control = fakes.control.clone();
    let post = |path: &str, body: Value| client().post(format!("{control}/{path}")).json(&body).send();
    let addresses: Value = client().get(&control).send().await.unwrap().json().await.unwrap();
    assert_eq!(addresses["whatsapp"], fakes.url("whatsapp"));
    assert_eq!(
        post("faults", json!({"service": "whatsapp", "kind": "500", "times": 1})).await.unwrap().status(),
        200
    );
    assert_eq!(
        post("faults", json!({"service": "carrier_pigeon", "kind": "500"})).await.unwrap().status(),
        404
    );
    assert_eq!(post("faults", json!({"service": "whatsapp", "kind": "sulk"})).await.unwrap().status(), 400);
    assert_eq!(send(&fakes, arrived("a", &["Juan"])).await.0, 500);
    for said in [
        json!({"text": "hola"}),
        json!({"quick": {"payload": "p", "text": "Confirmar"}}),
        json!({"button": {"id": "1", "title": "Sí"}}),
        json!({"location": {"lat": -34.6, "lon": -58.4}}),
        json!({"note": 0}),
        json!({"media": {"kind": "image", "mime": "image/png", "base64": "iVBORw0KGgo="}}),
        json!({"raw": {"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}}}),
    ] {
        let mut body = json!({"phone": "+5491155550001", "name": "Ana"});
        body.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        let answer = post("say", body).await.unwrap();
        assert_eq!(answer.status(), 200, "{said}");
    }
    assert_eq!(fakes.common.phones.of(ANA).len(), 7);
    let ledger: Value = client()
        .get(format!("{control}/ledger?service=whatsapp"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!((&ledger[0]["key"], &ledger[0]["fault"]), (&json!("a"), &json!("500")));
    let elsewhere = client().post(format!("{control}/clock")).header("Origin", "https://evil.example");
    assert_eq!(elsewhere.json(&json!({"advance_s": 1})).send().await.unwrap().status(), 403);
    let page = client().get(format!("{control}/phones")).send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
}
