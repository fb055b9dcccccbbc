//! The audit log by REST and by command: what is in it, who may read it, who looked at whom, and what verifying says.

use std::process::Output;

use campo_engine::audit::{Action, Entry, place};
use campo_engine::db::Tenant;
use campo_engine::event::By;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::cli;
use crate::house::{Answer, House, Person, fresh_phone};
use crate::jobs::{Company, path};

/// The organization's entries of one action, the newest first.
async fn entries(house: &House, who: &Person, action: &str) -> Vec<Value> {
    let log = house.get(who, &format!("/api/admin/audit-log?action={action}&limit=200")).await.ok();
    log["items"].as_array().unwrap().clone()
}

async fn verified(house: &House, who: &Person) -> Value {
    house.get(who, "/api/admin/audit-log/verify").await.ok()
}

/// A day of work leaves its entries, each with who did it and to what, and the chain holds.
#[tokio::test]
async fn what_was_done_is_in_the_log() {
    let c = Company::open().await;
    let (house, owner) = (&c.house, &c.owner);
    let job = c.scheduled().await;
    let job =
        house.patch(owner, &path(&job), json!({"title": "Otra cosa", "version": job["version"]})).await.ok();
    let job = c.go(&job, "en_camino").await.ok();
    house
        .send(
            house
                .request(Method::DELETE, Some(owner), &path(&job))
                .json(&json!({"reason": "no hace falta", "version": job["version"]})),
        )
        .await
        .ok();
    let customer = c.customer["id"].as_str().unwrap();
    let changed = json!({"name": "Carla Segunda", "version": c.customer["version"]});
    house.patch(owner, &format!("/api/customers/{customer}"), changed).await.ok();
    let user = house.get(owner, "/api/users").await.ok();
    let beto = user["items"].as_array().unwrap().iter().find(|u| u["name"] == "Beto").unwrap().clone();
    let beto = house
        .patch(
            owner,
            &format!("/api/users/{}", c.beto.user),
            json!({"role": "dispatcher", "version": beto["version"]}),
        )
        .await
        .ok();
    assert_eq!(beto["role"], "dispatcher");
    assert!(house.delete(owner, &format!("/api/users/{}", c.beto.user)).await.status < 300);
    house
        .patch(owner, "/api/admin/panic/whatsapp", json!({"mode": "panic", "reason": "Meta no responde hoy"}))
        .await
        .ok();
    house
        .patch(
            owner,
            "/api/admin/capabilities/scheduling",
            json!({"enabled": false, "reason": "por el feriado largo"}),
        )
        .await
        .ok();
    let hook = house
        .post(owner, "/api/webhooks/endpoints", json!({"url": "https://example.com/x", "kinds": ["*"]}))
        .await;
    let made_hook = hook.status < 300;

    for (action, entity_id) in [
        ("organization.created", json!(owner.org)),
        ("organization.changed", json!(owner.org)),
        ("auth.logged_in", Value::Null),
        ("user.created", Value::Null),
        ("customer.created", json!(customer)),
        ("customer.changed", json!(customer)),
        ("job.created", job["id"].clone()),
        ("job.updated", job["id"].clone()),
        ("job.status_changed", job["id"].clone()),
        ("user.role_changed", json!(c.beto.user)),
        ("user.deactivated", json!(c.beto.user)),
        ("service.mode_set", Value::Null),
        ("capability.switched", Value::Null),
    ] {
        let found = entries(house, owner, action).await;
        let newest = found.first().unwrap_or_else(|| panic!("no {action}"));
        if !entity_id.is_null() {
            assert_eq!(newest["entity_id"], entity_id, "{newest}");
        }
        assert!(newest["by"]["id"].is_string(), "{newest}");
        assert_ne!(newest["text"], newest["action"], "it has words");
    }
    if made_hook {
        assert_eq!(entries(house, owner, "webhook.created").await.len(), 1);
    }
    let role = &entries(house, owner, "user.role_changed").await[0];
    assert_eq!(
        (&role["old"], &role["new"]),
        (&json!({"role": "technician"}), &json!({"role": "dispatcher"}))
    );
    let service = &entries(house, owner, "service.mode_set").await[0];
    assert_eq!((&service["new"]["service"], &service["new"]["mode"]), (&json!("whatsapp"), &json!("panic")));
    // Names, phones and addresses are commitments, and circumstances are known.
    let edited = &entries(house, owner, "customer.changed").await[0];
    assert!(edited["new"]["name"]["commitment"].is_string(), "{edited}");
    assert!(!edited.to_string().contains("Carla Segunda"));
    assert_eq!(edited["meta"]["ip"], "127.0.0.1", "{edited}");
    let verdict = verified(house, owner).await;
    assert_eq!(
        (verdict["ok"].clone(), verdict["first_bad"].clone()),
        (json!(true), Value::Null),
        "{verdict}"
    );
    assert!(verdict["rows"].as_i64().unwrap() > 15);
}

/// A technician reads nothing of the log, a dispatcher neither; another organization sees its own alone.
#[tokio::test]
async fn who_may_read_it() {
    let c = Company::open().await;
    let (house, stranger) = (&c.house, c.house.stranger().await);
    let dispatcher = house.hire(&c.owner, "dispatcher", "Dora").await;
    let admin = house.hire(&c.owner, "admin", "Adela").await;
    c.job(json!({})).await;
    for route in ["/api/admin/audit-log", "/api/admin/audit-log/verify"] {
        for who in [&c.ana, &dispatcher] {
            house.get(who, route).await.refused(403, "AUTH_003");
        }
        house.get(None, route).await.refused(401, "AUTH_004");
        house.get(&admin, route).await.ok();
    }
    assert_eq!(entries(house, &stranger, "job.created").await.len(), 0);
    assert!(!entries(house, &c.owner, "job.created").await.is_empty());
    let theirs = house.get(&stranger, "/api/admin/audit-log?limit=200").await.ok().to_string();
    assert!(!theirs.contains(&c.owner.user.to_string()), "{theirs}");
}

/// Filters and pages: every entry once, the newest first, numbers gapless.
#[tokio::test]
async fn pages_and_filters() {
    let c = Company::open().await;
    let (house, owner) = (&c.house, &c.owner);
    for _ in 0..5 {
        c.job(json!({})).await;
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    for _ in 0..100 {
        let page = house.get(owner, &format!("/api/admin/audit-log?limit=3{after}")).await.ok();
        seen.extend(page["items"].as_array().unwrap().iter().map(|e| e["seq"].as_i64().unwrap()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    let newest = seen[0];
    assert_eq!(seen, (1..=newest).rev().collect::<Vec<_>>());
    let of = async |query: &str| {
        let page = house.get(owner, &format!("/api/admin/audit-log?limit=200&{query}")).await.ok();
        page["items"].as_array().unwrap().len()
    };
    assert_eq!(of("action=job.created").await, 5);
    assert_eq!(of("entity=job").await, 5);
    assert_eq!(
        of(&format!("user={}", c.ana.user)).await,
        of(&format!("action=auth.logged_in&user={}", c.ana.user)).await
    );
    assert_eq!(of("from=2999-01-01T00:00:00Z").await, 0);
    assert_eq!(of("to=2999-01-01T00:00:00Z").await as i64, newest);
    for bad in ["action=nothing", "after=x", "limit=0", "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"] {
        house.get(owner, &format!("/api/admin/audit-log?{bad}")).await.refused(422, "REQUEST_002");
    }
}

/// A request that is sent again under its key is one entry.
#[tokio::test]
async fn a_repeated_request_is_one_entry() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let body = json!({"name": "Dora", "phone": fresh_phone()});
    for _ in 0..3 {
        let request = house.request(Method::POST, Some(&owner), "/api/customers");
        let answer: Answer =
            house.send(request.header("Idempotency-Key", "una-sola-clienta-01").json(&body)).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    assert_eq!(entries(&house, &owner, "customer.created").await.len(), 1);
}

/// Signing out, ending a session, ending all: each in the log with whom it concerned.
#[tokio::test]
async fn sessions_are_in_the_log() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let again = house.open(owner.org, owner.user).await;
    let third = house.open(owner.org, owner.user).await;
    assert!(house.post(&third, "/api/auth/logout", json!({})).await.status < 300);
    assert!(house.post(&again, "/api/auth/logout-all", json!({})).await.status < 300);
    let back = house.open(owner.org, owner.user).await;
    assert_eq!(entries(&house, &back, "auth.logged_in").await.len(), 4);
    assert_eq!(entries(&house, &back, "auth.logged_out").await.len(), 1);
    let all = &entries(&house, &back, "auth.sessions_ended").await[0];
    assert_eq!((&all["entity_id"], &all["new"]["sessions"]), (&json!(owner.user), &json!(2)));
}

/// Who looked at a technician's positions is an entry for viewer, person and hour, and the person can read it.
#[tokio::test]
async fn looking_at_positions_is_seen_by_the_technician() {
    let c = Company::open().await;
    let (house, ana) = (&c.house, &c.ana);
    house.post(ana, "/api/shifts", json!({"on": true})).await.ok();
    let dispatcher = house.hire(&c.owner, "dispatcher", "Dora").await;
    let track = format!("/api/tracking/technicians/{}/track", ana.user);
    for _ in 0..5 {
        house.get(&dispatcher, &track).await.ok();
    }
    house.get(&c.owner, &track).await.ok();
    house.get(ana, &track).await.ok();
    let views = async |who: &Person| {
        house.get(who, "/api/users/me/views").await.ok()["items"].as_array().unwrap().clone()
    };
    let seen = views(ana).await;
    // An hour may have turned meanwhile: then a viewer stands there twice.
    let mut viewers: Vec<&str> = seen.iter().map(|v| v["by"]["name"].as_str().unwrap()).collect();
    viewers.sort_unstable();
    viewers.dedup();
    assert_eq!(viewers.len(), 2, "{seen:?}");
    assert!(seen.len() <= 4, "{seen:?}");
    assert!(viewers.contains(&"Dora"));
    assert!(seen.iter().all(|v| v["way"] == "track" && v.get("meta").is_none()), "{seen:?}");
    assert!(views(&c.beto).await.is_empty(), "nobody looked at Beto");
    let log = entries(house, &c.owner, "positions.viewed").await;
    assert!(log.iter().all(|e| e["about"] == json!(ana.user) && e["about_name"] == "Ana"), "{log:?}");
    let stranger = house.stranger().await;
    house.get(&stranger, &track).await.refused(404, "REQUEST_004");
    assert!(entries(house, &stranger, "positions.viewed").await.is_empty());
    assert_eq!(views(ana).await.len(), seen.len(), "who was refused saw nothing");
    // A look at very many at once names nobody: it is everyone's who was on the map then.
    let engine = &house.app.engine;
    let everyone =
        Entry::new(Action::PositionsViewed, By::staff(c.owner.user), "technician").with("everyone", 101);
    engine
        .db
        .within(c.owner.org, async |t: &mut Tenant| {
            t.audit(everyone.with("way", "live_map"));
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(views(ana).await.len(), seen.len() + 1);
    assert_eq!(views(ana).await[0]["way"], "live_map");
    assert!(views(&c.beto).await.is_empty(), "Beto was not on shift");
}

/// The live map and the customer's link are looks too.
#[tokio::test]
async fn the_live_map_and_the_customers_link_are_looks() {
    let c = Company::open().await;
    let (house, ana) = (&c.house, &c.ana);
    house.post(ana, "/api/shifts", json!({"on": true})).await.ok();
    let ways = async || -> Vec<(Value, Value)> {
        let views = house.get(ana, "/api/users/me/views").await.ok();
        views["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| (v["by"]["kind"].clone(), v["way"].clone()))
            .collect()
    };
    let (_socket, _) = crate::wire::viewer(house, &c.owner, "json").await;
    let seen = ways().await;
    assert!(seen.contains(&(json!("staff"), json!("live_map"))), "{seen:?}");
    let job = c.scheduled().await;
    let job = c.go(&job, "en_camino").await.ok();
    let job = house.get(&c.owner, &path(&job)).await.ok();
    let link = job["tracking_url"].as_str().unwrap_or_else(|| panic!("no link in {job}"));
    let page = format!("/t/{}", link.rsplit_once("/t/").unwrap().1);
    for _ in 0..3 {
        assert_eq!(house.get(None, &page).await.status, 200);
    }
    let by_customer = ways().await.iter().filter(|(kind, way)| kind == "customer" && way == "link").count();
    // An hour may turn between two openings.
    assert!((1..=2).contains(&by_customer), "{:?}", ways().await);
}

/// Everyday entries stop while `audit_logging` is off; what concerns security goes on, and so does the chain.
#[tokio::test]
async fn switched_off_it_keeps_security() {
    let c = Company::open().await;
    let (house, owner) = (&c.house, &c.owner);
    let switch = async |on: bool| {
        let body = json!({"enabled": on, "reason": "una prueba de la casa"});
        house.patch(owner, "/api/admin/capabilities/audit_logging", body).await.ok()
    };
    switch(false).await;
    c.job(json!({})).await;
    house.hire(owner, "technician", "Caro").await;
    assert_eq!(entries(house, owner, "job.created").await.len(), 0);
    assert_eq!(entries(house, owner, "user.created").await.len(), 3);
    switch(true).await;
    c.job(json!({})).await;
    assert_eq!(entries(house, owner, "job.created").await.len(), 1);
    assert_eq!(entries(house, owner, "capability.switched").await.len(), 2, "switching it is in it");
    assert_eq!(verified(house, owner).await["ok"], true);
}

fn said(output: &Output) -> (Value, String) {
    let line = String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or("null").to_owned();
    (serde_json::from_str(&line).unwrap_or(Value::Null), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// `campo audit`: verifies the database and a file far from it; exit code 1 and the first bad row where something is wrong.
#[tokio::test]
async fn verified_by_command_and_offline() {
    let c = Company::open().await;
    let (house, org) = (&c.house, c.owner.org.to_string());
    for _ in 0..5 {
        c.job(json!({})).await;
    }
    let n = place::anchor(&house.app.engine).await.unwrap();
    assert!(n >= 1);
    let data = house.app.config.data.clone().unwrap();
    let campo = async |args: &[&str]| {
        let mut command = cli::over(house);
        command.args(["audit"]).args(args).env("CAMPO_DATA", &data);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    let good = campo(&["verify", "--org", &org]).await;
    let (verdict, words) = said(&good);
    assert_eq!((good.status.code(), verdict["ok"].as_bool()), (Some(0), Some(true)), "{verdict} {words}");
    assert!(verdict["anchors"].as_i64().unwrap() >= 1, "{verdict}");
    let from = campo(&["verify", "--org", &org, "--from-anchor", &n.to_string()]).await;
    let late = said(&from).0;
    assert_eq!((from.status.code(), late["ok"].as_bool()), (Some(0), Some(true)), "{late}");
    assert!(late["rows"].as_i64() < verdict["rows"].as_i64(), "{late}");
    let all = campo(&["verify"]).await;
    assert_eq!(all.status.code(), Some(0), "{:?}", said(&all));

    let file = crate::cluster::scratch()
        .join(format!("export-{}.jsonl", uuid::Uuid::new_v4()))
        .display()
        .to_string();
    let exported = campo(&["export", "--org", &org, "--out", &file]).await;
    let rows = said(&exported).0["rows"].as_i64().unwrap();
    assert_eq!(rows, verdict["rows"].as_i64().unwrap());
    assert_ne!(
        campo(&["export", "--org", &org, "--out", &file]).await.status.code(),
        Some(0),
        "never replaced"
    );
    let offline = campo(&["verify", "--file", &file]).await;
    assert_eq!(offline.status.code(), Some(0), "{:?}", said(&offline));
    assert_eq!(said(&offline).0["rows"].as_i64(), Some(rows));
    let key = said(&campo(&["key"]).await).0["public_key"].as_str().unwrap().to_owned();
    let bare = campo(&["verify", "--file", &file, "--public-key", &key]).await;
    assert_eq!((bare.status.code(), said(&bare).0["contents_checked"].clone()), (Some(0), json!(false)));

    // One word that is readable in the file, and one line less.
    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let at = 1 + lines.iter().skip(1).position(|l| l.contains("127.0.0.1")).unwrap();
    let mut edited: Vec<String> = lines.iter().map(ToString::to_string).collect();
    edited[at] = edited[at].replace("127.0.0.1", "127.0.0.9");
    let mut cut: Vec<String> = lines.iter().map(ToString::to_string).collect();
    cut.remove(3);
    let mut short: Vec<String> = lines.iter().map(ToString::to_string).collect();
    short.pop();
    let mut title: Vec<String> = short.clone();
    title[0] = title[0].replace(&format!("\"rows\":{rows}"), &format!("\"rows\":{}", rows - 1));
    for (changed, seq) in [(edited, at as i64), (cut, 3), (short, rows), (title, rows)] {
        std::fs::write(&file, changed.join("\n")).unwrap();
        let bad = campo(&["verify", "--file", &file]).await;
        let (verdict, words) = said(&bad);
        assert_eq!(
            (bad.status.code(), verdict["first_bad"]["seq"].as_i64()),
            (Some(1), Some(seq)),
            "{verdict} {words}"
        );
    }
    std::fs::remove_file(&file).unwrap();

    let mut sql = house.sql().await;
    for statement in [
        "alter table audit_log disable trigger all".to_owned(),
        format!("update audit_log set action = 'customer.merged' where org_id = '{org}' and seq = 4"),
        "alter table audit_log enable trigger all".to_owned(),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut sql).await.unwrap();
    }
    let bad = campo(&["verify", "--org", &org]).await;
    let (verdict, words) = said(&bad);
    assert_eq!((bad.status.code(), verdict["first_bad"]["seq"].as_i64()), (Some(1), Some(4)), "{verdict}");
    assert!(words.contains("row 4") && words.contains(&org), "{words}");
    let by_rest = verified(house, &c.owner).await;
    assert_eq!((by_rest["ok"].clone(), by_rest["first_bad"]["seq"].clone()), (json!(false), json!(4)));
}
