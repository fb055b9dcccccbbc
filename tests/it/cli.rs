//! The executable itself: results on standard output, refusals in one line, beside a server and without one.

#![allow(clippy::disallowed_methods, reason = "tests are told by the environment which PostgreSQL to use")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::cluster;
use crate::house::House;

/// `campo`, built before the tests (`make test` does; else `cargo build -p campo-http`).
pub fn campo() -> Command {
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    let path = path.join("campo");
    assert!(path.exists(), "{} is not built: cargo build -p campo-http", path.display());
    let mut command = Command::new(path);
    command.env_clear().stdin(Stdio::null());
    command
}

/// The executable over a house's database, with the house's secret.
pub fn over(house: &House) -> Command {
    let database = house.database();
    let name = database.get_database().unwrap();
    let url = match database.get_socket() {
        Some(folder) => {
            let folder = folder.display().to_string().replace('/', "%2F");
            format!("postgres://{}@localhost/{name}?host={folder}", database.get_username())
        }
        None => {
            let given = std::env::var("TEST_DATABASE_URL").unwrap();
            format!("{}/{name}", given.rsplit_once('/').unwrap().0)
        }
    };
    let mut command = campo();
    command.env("DATABASE_URL", url).env("CAMPO_SECRET_FILE", cluster::scratch().join("secret"));
    command
}

async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn wrong_values_are_one_line_and_two() {
    for (variable, value) in [
        ("CAMPO_LISTEN", "nowhere"),
        ("CAMPO_PUBLIC_URL", "campo"),
        ("DATABASE_URL", "mysql://x"),
        ("REDIS_URL", "http://x"),
        ("CAMPO_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("CAMPO_PROFILE", "staging"),
        ("CAMPO_LOG", "=["),
        ("CAMPO_TLS_CERT", "/tmp/x.pem"),
    ] {
        let mut command = campo();
        command.arg("serve").env(variable, value);
        let output = run(command).await;
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{variable}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{variable}: {said}");
        assert!(said.contains(variable), "{variable}: {said}");
        assert!(output.stdout.is_empty());
    }
    let mut command = campo();
    command.args(["serve", "--demo"]).env("CAMPO_PROFILE", "production");
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr).trim_end().lines().count(), 1);
}

#[tokio::test]
async fn commands_work_beside_a_server() {
    let house = House::start().await;
    let mut create = over(&house);
    create.args(["org", "create", "--name", "Gas del Norte", "--owner-phone", "11 4000 7777"]);
    let made: Value = serde_json::from_str(&text(&run(create).await.stdout)).unwrap();
    let org = made["org"].as_str().unwrap();
    let mut token = over(&house);
    token.args(["token", "--phone", "+5491140007777", "--org", org]);
    let token = text(&run(token).await.stdout);
    let request = house.request(reqwest::Method::GET, None, "/api/auth/me").bearer_auth(token.trim());
    let me = house.send(request).await.ok();
    assert_eq!(
        (me["organization"]["name"].as_str(), &me["user"]["id"]),
        (Some("Gas del Norte"), &made["user"])
    );
    // The session is one like any other.
    let mut sql = house.sql().await;
    let sessions: i64 = sqlx::query_scalar(
        "select count(*) from login_session where org_id = $1::uuid and revoked_at is null",
    )
    .bind(org.parse::<uuid::Uuid>().unwrap())
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert_eq!(sessions, 1);
}

#[tokio::test]
async fn one_line_for_each_technician() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    for name in ["Ana", "Beto"] {
        house.hire(&owner, "technician", name).await;
    }
    let gone = house.hire(&owner, "technician", "Gone").await;
    house.delete(&owner, &format!("/api/users/{}", gone.user)).await;
    let mut tokens = over(&house);
    tokens.args(["token", "--org", &owner.org.to_string(), "--role", "technician", "--all"]);
    let said = text(&run(tokens).await.stdout);
    let lines: Vec<Value> = said.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        let request = house
            .request(reqwest::Method::GET, None, "/api/auth/me")
            .bearer_auth(line["token"].as_str().unwrap());
        assert_eq!(house.send(request).await.ok()["user"]["id"], line["user"]);
    }
}

#[tokio::test]
async fn unknown_people_have_no_token() {
    let house = House::start().await;
    let mut token = over(&house);
    token.args(["token", "--phone", "+5491149999999"]);
    let output = run(token).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let _ = std::io::stderr().write_all(&output.stderr);
}

#[tokio::test]
async fn doctor_says_what_it_sees() {
    let house = House::start().await;
    let mut doctor = over(&house);
    doctor.args(["doctor", "--listen", "127.0.0.1:0"]);
    let output = run(doctor).await;
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("PostgreSQL") && said.contains("in the present form"), "{said}");
    let mut doctor = campo();
    doctor
        .arg("doctor")
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
        .env("CAMPO_LISTEN", "127.0.0.1:0");
    let output = run(doctor).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("WRONG database"));
}

/// `campo services` decides for everybody beside a running server, which follows; wrong words are one line.
#[tokio::test]
async fn the_operator_decides_beside_a_server() {
    let house = House::start().await;
    let owner = house.sign_up("Frío Sur").await;
    let mut command = over(&house);
    command.args(["services", "set", "whatsapp", "panic", "--reason", "Meta no responde desde las 9"]);
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines: Vec<Value> = text(&output.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(lines.contains(&serde_json::json!({"service": "whatsapp", "mode": "panic"})), "{lines:?}");
    crate::house::eventually("the server follows", async || {
        let notice = house.get(&owner, "/api/services").await.ok();
        (notice["services"][0]["service"] == "whatsapp").then_some(())
    })
    .await;
    let mut command = over(&house);
    command.args(["services", "switch", "ui.coverage", "off", "--reason", "todavía en prueba"]);
    command.args(["--org", &owner.org.to_string()]);
    assert_eq!(run(command).await.status.code(), Some(0));
    crate::house::eventually("the server follows again", async || {
        let notice = house.get(&owner, "/api/services").await.ok();
        (notice["off"][0]["name"] == "ui.coverage").then_some(())
    })
    .await;
    for (args, code) in [
        (["services", "set", "telegram", "panic", "--reason", "Meta no responde"], 2),
        (["services", "set", "whatsapp", "broken", "--reason", "Meta no responde"], 2),
        (["services", "switch", "fax", "off", "--reason", "Meta no responde"], 2),
        (["services", "set", "whatsapp", "ok", "--reason", "corto"], 1),
    ] {
        let mut command = over(&house);
        command.args(args);
        let output = run(command).await;
        let said = text(&output.stderr);
        assert_eq!(
            (output.status.code(), said.trim_end().lines().count()),
            (Some(code), 1),
            "{args:?}: {said}"
        );
        assert!(output.stdout.is_empty());
    }
}

/// Templates with another number of parameters end the start; doctor says so, and what is missing to send anything.
#[tokio::test]
async fn wrong_templates_end_the_start() {
    let house = House::start().await;
    let file = cluster::scratch().join(format!("templates-{}.json", uuid::Uuid::new_v4()));
    std::fs::write(&file, r#"{"technician_arrived": {"body": "Llegamos"}}"#).unwrap();
    let mut serve = over(&house);
    serve.args(["serve", "--listen", "127.0.0.1:0"]).env("CAMPO_WHATSAPP_TEMPLATES", &file);
    let output = run(serve).await;
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    let line = said.lines().last().unwrap();
    assert!(line.contains("technician_arrived") && line.contains("1 parameters"), "{said}");
    let mut doctor = over(&house);
    doctor.args(["doctor", "--listen", "127.0.0.1:0"]).env("CAMPO_WHATSAPP_TEMPLATES", &file);
    let output = run(doctor).await;
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    for part in
        ["WRONG templates", "CAMPO_WHATSAPP_TOKEN", "CAMPO_TWILIO_FROM", "nobody can sign in by a code"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    // As they are handed in at Meta: each a JSON object, the links leading to us.
    let mut templates = campo();
    templates.args(["whatsapp", "templates", "--public-url", "https://campo.example"]);
    let output = run(templates).await;
    let all: Vec<Value> = text(&output.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let en_route = all.iter().find(|t| t["name"] == "technician_en_route_tracking").unwrap();
    assert!(en_route.to_string().contains("https://campo.example/t/{{1}}"), "{en_route}");
}
