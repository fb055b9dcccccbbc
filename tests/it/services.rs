//! What runs and what is switched off: one organization's own, everybody's by the operator, and by what is measured.

use campo_engine::ids::OrgId;
use campo_engine::providers::Service;
use campo_engine::services::decide::{self, SetMode, Switch};
use campo_engine::services::{self, Capability, Mode, Signal, watch};
use serde_json::{Value, json};

use crate::house::{House, Person, eventually};

/// One row of `GET /api/admin/panic`.
async fn stands(house: &House, who: &Person, service: &str) -> Value {
    let all = house.get(who, "/api/admin/panic").await.ok();
    all.as_array().unwrap().iter().find(|s| s["service"] == service).unwrap().clone()
}

async fn capability(house: &House, who: &Person, name: &str) -> Value {
    let all = house.get(who, "/api/admin/capabilities").await.ok();
    all.as_array().unwrap().iter().find(|c| c["name"] == name).unwrap().clone()
}

/// Events of one kind in an organization: bodies, oldest first.
async fn events(house: &House, org: OrgId, kind: &str) -> Vec<Value> {
    sqlx::query_scalar("select body from event where org_id = $1 and kind = $2 order by seq")
        .bind(org)
        .bind(kind)
        .fetch_all(&mut house.sql().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn people_decide_for_their_own_organization_alone() {
    let house = House::start().await;
    let (owner, stranger) = (house.sign_up("Frío Sur").await, house.stranger().await);
    let admin = house.hire(&owner, "admin", "Alicia").await;
    let dispatcher = house.hire(&owner, "dispatcher", "Diana").await;
    let technician = house.hire(&owner, "technician", "Tito").await;
    let engine = &house.app.engine;

    let set = json!({"mode": "panic", "reason": "Meta no responde desde las 9"});
    house.patch(&dispatcher, "/api/admin/panic/whatsapp", set.clone()).await.refused(403, "AUTH_003");
    house.get(&technician, "/api/admin/panic").await.refused(403, "AUTH_003");
    house.get(None, "/api/services").await.refused(401, "AUTH_004");
    for (path, body) in [
        ("/api/admin/panic/whatsapp", json!({"mode": "panic", "reason": "corto"})),
        ("/api/admin/panic/whatsapp", json!({"mode": "panic", "reason": "x".repeat(501)})),
        ("/api/admin/capabilities/whatsapp", json!({"enabled": false, "reason": " corto     "})),
    ] {
        house.patch(&owner, path, body).await.refused(422, "REQUEST_002");
    }
    house.patch(&owner, "/api/admin/panic/telegram", set.clone()).await.refused(404, "REQUEST_004");
    let off = json!({"enabled": false, "reason": "sin presupuesto este mes"});
    house.patch(&owner, "/api/admin/capabilities/telegram", off.clone()).await.refused(404, "REQUEST_004");

    // At once on this node, for this organization, said to everyone in it and recorded with who and why.
    let answer = house.patch(&admin, "/api/admin/panic/whatsapp", set).await.ok();
    assert_eq!((&answer["mode"], &answer["own"]["by"]), (&json!("panic"), &json!(admin.user)));
    assert_eq!(services::mode_for(engine, Some(owner.org), Service::WhatsApp), Mode::Panic);
    assert_eq!(services::mode_for(engine, Some(stranger.org), Service::WhatsApp), Mode::Ok);
    assert_eq!(services::mode(engine, Service::WhatsApp), Mode::Ok);
    assert!(services::leave(engine, Some(owner.org), Service::WhatsApp).is_err());
    assert!(services::leave(engine, Some(stranger.org), Service::WhatsApp).is_ok());
    let notice = house.get(&technician, "/api/services").await.ok();
    assert!(notice["services"][0]["text"].as_str().unwrap().contains("SMS"), "{notice}");
    let english = house.request(reqwest::Method::GET, Some(&technician), "/api/services");
    let english = house.send(english.header("Accept-Language", "en")).await.ok();
    assert!(english["services"][0]["text"].as_str().unwrap().contains("the rest waits"), "{english}");
    assert_eq!(house.get(&stranger, "/api/services").await.ok(), json!({"services": [], "off": []}));
    let told = &events(&house, owner.org, "service.mode_changed").await[0];
    assert_eq!(told["by"]["id"], json!(admin.user));
    assert_eq!(told["service"]["reason"], "Meta no responde desde las 9");
    assert_eq!(told["service"]["scope"], "organization");

    house.patch(&owner, "/api/admin/capabilities/whatsapp_voice_ai", off).await.ok();
    assert!(!services::allows(engine, Some(owner.org), Capability::WhatsAppVoiceAi));
    assert!(services::allows(engine, Some(stranger.org), Capability::WhatsAppVoiceAi));
    let seen = capability(&house, &owner, "whatsapp_voice_ai").await;
    assert_eq!((&seen["enabled"], &seen["off_by"]), (&json!(false), &json!("organization")));
    assert_eq!(capability(&house, &stranger, "whatsapp_voice_ai").await["enabled"], true);
    assert_eq!(events(&house, owner.org, "capability.changed").await.len(), 1);
    assert!(events(&house, stranger.org, "service.mode_changed").await.is_empty());
    let on = json!({"enabled": true, "reason": "volvió el presupuesto"});
    assert_eq!(
        house.patch(&owner, "/api/admin/capabilities/whatsapp_voice_ai", on).await.ok()["enabled"],
        true
    );
    let back = json!({"mode": "ok", "reason": "Meta responde otra vez"});
    house.patch(&owner, "/api/admin/panic/whatsapp", back).await.ok();
    assert!(services::leave(engine, Some(owner.org), Service::WhatsApp).is_ok());
}

#[tokio::test]
async fn the_operator_decides_for_everybody_on_every_node() {
    let first = House::with(true, &["--disable", "push_notifications"]).await;
    let (owner, stranger) = (first.sign_up("Frío Sur").await, first.stranger().await);
    let second = House::over(first.database(), true, &[]).await;
    let (here, there) = (&first.app.engine, &second.app.engine);
    let reason = || "Meta anuncia una caída general".to_owned();
    let set = SetMode { mode: Mode::Panic, reason: reason() };
    decide::set_as_operator(here, None, Service::WhatsApp, &set).await.unwrap();
    assert_eq!(services::mode(here, Service::WhatsApp), Mode::Panic);
    eventually("the other node knows", async || {
        (services::mode(there, Service::WhatsApp) == Mode::Panic).then_some(())
    })
    .await;
    for who in [&owner, &stranger] {
        eventually("their event log has it", async || {
            let told = events(&first, who.org, "service.mode_changed").await;
            told.first().filter(|e| e["service"]["scope"] == "installation").map(|_| ())
        })
        .await;
    }
    // An owner cannot lift what holds for everybody.
    let ok = json!({"mode": "ok", "reason": "para nosotros anda bien"});
    let own = first.patch(&owner, "/api/admin/panic/whatsapp", ok).await.ok();
    assert_eq!((&own["mode"], &own["own"]["mode"]), (&json!("panic"), &json!("ok")));

    let switch = Switch { enabled: false, reason: reason() };
    decide::switch_as_operator(here, None, Capability::WhatsApp, &switch).await.unwrap();
    let on = json!({"enabled": true, "reason": "nosotros lo queremos"});
    let seen = first.patch(&owner, "/api/admin/capabilities/whatsapp", on).await.ok();
    assert_eq!((&seen["enabled"], &seen["off_by"]), (&json!(false), &json!("installation")));
    eventually("the other node knows this too", async || {
        (!services::allows(there, Some(stranger.org), Capability::WhatsApp)).then_some(())
    })
    .await;
    // What the environment says holds for its own node alone.
    let seen = capability(&first, &owner, "push_notifications").await;
    assert_eq!((&seen["enabled"], &seen["off_by"]), (&json!(false), &json!("environment")));
    assert!(services::allows(there, None, Capability::PushNotifications));
    let set = SetMode { mode: Mode::Ok, reason: "Meta anuncia el final".into() };
    decide::set_as_operator(here, None, Service::WhatsApp, &set).await.unwrap();
    assert_eq!(stands(&first, &stranger, "whatsapp").await["mode"], "ok");
}

/// What is off is refused with what happens instead, and the customer's page shows its state without a position.
#[tokio::test]
async fn what_is_switched_off_is_refused_in_words() {
    let house = House::start().await;
    let (owner, stranger) = (house.sign_up("Frío Sur").await, house.stranger().await);
    let tito = house.hire(&owner, "technician", "Tito").await;
    let customer = house.customer(&owner, "Ana").await;
    let body =
        json!({"title": "Pierde la canilla", "customer_id": customer["id"], "technician_ids": [tito.user]});
    let job = house.post(&owner, "/api/jobs", body).await.ok();
    let path = format!("/api/jobs/{}", job["id"].as_str().unwrap());
    for name in ["job_assignment", "scheduling"] {
        let off = json!({"enabled": false, "reason": "estamos cambiando turnos"});
        house.patch(&owner, &format!("/api/admin/capabilities/{name}"), off).await.ok();
    }
    let unassign = json!({"technician_ids": [], "version": job["version"]});
    let refused = house.patch(&owner, &format!("{path}/assign"), unassign.clone()).await;
    assert!(refused.refused(409, "CAPABILITY_001")["detail"].as_str().unwrap().contains("técnicos"));
    let moved = json!({"scheduled_start": "2031-01-02T12:00:00Z", "version": job["version"]});
    house.patch(&owner, &path, moved).await.refused(409, "CAPABILITY_001");
    house.patch(&owner, &path, json!({"title": "Pierde mucho", "version": job["version"]})).await.ok();
    // The stranger's jobs are their own.
    let customer = house.customer(&stranger, "Bea").await;
    let theirs = json!({"title": "Sin luz en casa", "customer_id": customer["id"]});
    let theirs = house.post(&stranger, "/api/jobs", theirs).await.ok();
    let assign = format!("/api/jobs/{}/assign", theirs["id"].as_str().unwrap());
    let nobody = json!({"technician_ids": [], "version": theirs["version"]});
    house.patch(&stranger, &assign, nobody).await.ok();
}

/// What two nodes count together is a panic of that organization; it ends by a person, and the count begins anew.
#[tokio::test]
async fn failed_deliveries_are_a_panic_until_a_person_ends_it() {
    let first = House::start().await;
    let (owner, stranger) = (first.sign_up("Frío Sur").await, first.stranger().await);
    let second = House::over(first.database(), true, &[]).await;
    let (here, there) = (&first.app.engine, &second.app.engine);
    let panics = || services::mode_for(here, Some(owner.org), Service::WhatsApp) == Mode::Panic;
    for engine in [here, there] {
        for n in 0..4 {
            services::observe(engine, Some(owner.org), Signal::Delivery, n > 0);
        }
    }
    watch::judge_now(there).await.unwrap();
    watch::judge_now(here).await.unwrap();
    assert!(!panics(), "2 of 8 are no panic");
    for n in 0..2 {
        services::observe(there, Some(owner.org), Signal::Delivery, n > 0);
    }
    eventually("3 of 10 are one", async || panics().then_some(())).await;
    assert_eq!(services::mode_for(here, Some(stranger.org), Service::WhatsApp), Mode::Ok);
    let seen = stands(&first, &owner, "whatsapp").await;
    assert_eq!((&seen["own"]["cause"], &seen["own"]["by"]), (&json!("rate"), &Value::Null));
    assert!(seen["own"]["reason"].as_str().unwrap().contains("30 % de 10"), "{seen}");
    let told = events(&first, owner.org, "service.mode_changed").await;
    assert_eq!((told.len(), &told[0]["by"]["kind"]), (1, &json!("system")));

    // All is well again, and it still waits for a person.
    for _ in 0..50 {
        services::observe(here, Some(owner.org), Signal::Delivery, true);
    }
    watch::judge_now(here).await.unwrap();
    assert!(panics());
    let health = first.get(&owner, "/api/admin/health").await.ok();
    let whatsapp =
        health["services"].as_array().unwrap().iter().find(|s| s["service"] == "whatsapp").unwrap();
    assert_eq!((&health["status"], &whatsapp["counts"][0]["good"]), (&json!("panic"), &json!(57)));
    let set = json!({"mode": "ok", "reason": "las entregas vuelven a llegar"});
    first.patch(&owner, "/api/admin/panic/whatsapp", set).await.ok();
    watch::judge_now(here).await.unwrap();
    assert!(!panics());
    let counted: i64 = sqlx::query_scalar("select count(*) from service_count")
        .fetch_one(&mut first.sql().await)
        .await
        .unwrap();
    assert_eq!(counted, 0, "a decision begins the count anew");
}

/// Two organizations that fail, and all together: WhatsApp itself is in panic. Two nodes decide it once.
#[tokio::test]
async fn a_service_that_fails_two_organizations_fails_everybody() {
    let first = House::start().await;
    let (owner, stranger) = (first.sign_up("Frío Sur").await, first.stranger().await);
    let third = first.sign_up("Ni uno enviado").await;
    let second = House::over(first.database(), true, &[]).await;
    let (here, there) = (&first.app.engine, &second.app.engine);
    for n in 0..20 {
        services::observe(here, Some(owner.org), Signal::Delivery, n % 2 == 0);
        services::observe(there, Some(stranger.org), Signal::Delivery, n % 2 == 0);
    }
    eventually("everybody's WhatsApp is in panic", async || {
        let all = [here, there].map(|e| services::mode(e, Service::WhatsApp));
        (all == [Mode::Panic; 2]).then_some(())
    })
    .await;
    assert_eq!(services::mode_for(here, Some(third.org), Service::WhatsApp), Mode::Panic);
    eventually("it is told once", async || {
        let told = events(&first, owner.org, "service.mode_changed").await;
        (told.iter().filter(|e| e["service"]["scope"] == "installation").count() == 1).then_some(())
    })
    .await;
}
