//! Laws of entries.

use chrono::Utc;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::event::{By, NewEvent};
use crate::ids::UserId;

fn ledger(keeps: bool) -> Ledger {
    Ledger::new(&Keys::derive(&[7; 32]).unwrap(), 1, move |_| keeps)
}

#[test]
fn what_is_written_comes_back_and_personal_data_does_not() {
    let (ledger, org) = (ledger(true), OrgId::new());
    let entry = Entry::new(Action::CustomerChanged, By::staff(UserId::new()), "customer")
        .on(Uuid::now_v7())
        .changed(
            &json!({"name": "Ana", "city": "Tandil", "version": 1}),
            &json!({"name": "Eva", "city": "Azul", "version": 2}),
            &["city"],
        )
        .with("reason", "se mudó");
    let row = ledger.row(org, 1, 5, GENESIS, entry).unwrap();
    let told = ledger.open(org, &row).unwrap();
    assert_eq!(
        (&told.old.as_ref().unwrap()["city"], &told.new.as_ref().unwrap()["city"]),
        (&json!("Tandil"), &json!("Azul"))
    );
    assert!(told.new.as_ref().unwrap()["name"]["commitment"].is_string());
    assert_eq!(told.meta["reason"], "se mudó");
    assert_eq!(told.new.as_ref().unwrap().get("version"), None);
    let all = format!("{told:?}");
    assert!(!all.contains("Ana") && !all.contains("Eva"), "{all}");
    assert!(ledger.open(OrgId::new(), &row).is_err(), "another organization's key");
    let moved = Row { entry_id: Uuid::now_v7(), ..row };
    assert!(ledger.open(org, &moved).is_err(), "sealed for another row");
}

/// Two commitments to one value differ, so that equal values of two rows cannot be told to be equal.
#[test]
fn commitments_are_salted() {
    let (ledger, org) = (ledger(true), OrgId::new());
    let of = |_| {
        let entry = Entry::new(Action::UserChanged, By::SYSTEM, "user")
            .is(json!({"phone": personal(&json!("+5491155550001"))}));
        ledger.open(org, &ledger.row(org, 1, 5, GENESIS, entry).unwrap()).unwrap().new.unwrap()["phone"]
            .clone()
    };
    let (one, two) = (of(1), of(2));
    assert_ne!(one, two);
}

#[test]
fn security_stays_when_the_log_is_switched_off() {
    let org = OrgId::new();
    for action in Action::ALL {
        let entry = Entry::new(*action, By::SYSTEM, "x");
        assert!(ledger(true).keeps(org, &entry));
        assert_eq!(ledger(false).keeps(org, &entry), action.weight() == Weight::Security, "{action:?}");
    }
    assert_eq!(Action::PositionsViewed.weight(), Weight::Security);
    assert_eq!(Action::RoleChanged.weight(), Weight::Security);
}

#[test]
fn events_carry_over_without_personal_data() {
    let job = Uuid::now_v7();
    let body = json!({"id": job, "number": "JOB-00001", "status": "scheduled", "title": "Caño roto", "address": "Mitre 88"});
    let event = NewEvent::new("job.created", Utc::now(), By::staff(UserId::new())).with("job", &body);
    let entry = Entry::of_event(&event).unwrap();
    assert_eq!((entry.action, entry.entity_id), (Action::JobCreated, Some(job)));
    assert_eq!(entry.new, Some(json!({"number": "JOB-00001", "status": "scheduled"})));
    assert_eq!(Entry::of_event(&NewEvent::new("message.received", Utc::now(), By::SYSTEM)), None);
}

#[tokio::test]
async fn entries_say_from_where_they_were_asked() {
    let asked = Asked { ip: Some("10.1.2.3".into()), user_agent: Some("x".repeat(1000)) };
    let entry = asked_by(asked, async {
        Entry::new(Action::LoggedIn, By::SYSTEM, "session").with("ip", "::1").in_context()
    })
    .await;
    assert_eq!(entry.meta["ip"], "::1", "what the use case says stands");
    assert_eq!(entry.meta["user_agent"].as_str().unwrap().len(), 300);
    assert!(Entry::new(Action::LoggedIn, By::SYSTEM, "session").in_context().meta.is_empty());
}

proptest! {
    /// Fields that are not open never appear readable, whatever they hold.
    #[test]
    fn only_open_fields_are_readable(secret in "[a-z]{9,20}", other in "[a-z]{9,20}") {
        let entry = Entry::new(Action::CustomerChanged, By::SYSTEM, "customer")
            .changed(&json!({"notes": secret, "n": 1}), &json!({"notes": other, "n": 2}), &["n"]);
        let (ledger, org) = (ledger(true), OrgId::new());
        let told = format!("{:?}", ledger.open(org, &ledger.row(org, 1, 5, GENESIS, entry).unwrap()).unwrap());
        prop_assert!(!told.contains(&secret));
        prop_assert!(secret == other || !told.contains(&other));
    }
}

/// A marked value deep inside is hidden too.
#[test]
fn marks_are_found_at_any_depth() {
    let keys = Keys::derive(&[7; 32]).unwrap();
    let value = json!({"a": [{"b": personal(&json!("x"))}], "c": 1});
    let hidden = personal::commit(&keys, OrgId::new(), value).unwrap();
    assert!(hidden["a"][0]["b"]["commitment"].is_string());
    assert_eq!(hidden["c"], Value::from(1));
}
