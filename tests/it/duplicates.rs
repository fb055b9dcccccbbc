//! Customers: looked for, compared, merged.

use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::house::{House, Person, fresh_phone};

async fn customer(house: &House, who: &Person, body: Value) -> Value {
    let mut body = body;
    if body.get("phone").is_none() {
        body["phone"] = json!(fresh_phone());
    }
    house.post(who, "/api/customers", body).await.ok()
}

async fn names(house: &House, who: &Person, q: &str) -> Vec<String> {
    let request = house.request(Method::GET, Some(who), "/api/customers").query(&[("q", q)]);
    let found = house.send(request).await.ok();
    found["items"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn words_are_found_by_their_beginning_without_accents_in_any_order() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    for body in [
        json!({"name": "Ñandú Pérez", "phone": "1143210001", "address": "Güemes 1250", "email": "nandu@correo.com.ar"}),
        json!({"name": "PEREZ, Jose\u{301}", "phone": "2215550002", "address": "Calle 12 nro. 88"}),
        json!({"name": "Óscar Núñez", "phone": "1143210003", "cuit": "20-12345678-6"}),
    ] {
        customer(&house, &owner, body).await;
    }
    for (q, expected) in [
        ("perez", vec!["PEREZ, Jose\u{301}", "Ñandú Pérez"]),
        ("PÉREZ ñan", vec!["Ñandú Pérez"]),
        ("nandu perez", vec!["Ñandú Pérez"]),
        ("jose perez", vec!["PEREZ, Jose\u{301}"]),
        ("guemes 12", vec!["Ñandú Pérez"]),
        ("nandu@correo", vec!["Ñandú Pérez"]),
        ("nunez óscar", vec!["Óscar Núñez"]),
        ("perez nunez", vec![]),
        // A part of the phone, written in every way.
        ("4321-0001", vec!["Ñandú Pérez"]),
        ("011 15 4321-0003", vec!["Óscar Núñez"]),
        ("+54 11 4321 0001", vec!["Ñandú Pérez"]),
        ("0221 15 555 0002", vec!["PEREZ, Jose\u{301}"]),
        ("4321", vec!["Óscar Núñez", "Ñandú Pérez"]),
        // A whole tax number and no part of one: it is kept sealed.
        ("20-12345678-6", vec!["Óscar Núñez"]),
        ("20123456786", vec!["Óscar Núñez"]),
        ("12345678", vec![]),
    ] {
        assert_eq!(names(&house, &owner, q).await, expected, "{q}");
    }
    // Whoever changes is found by the new words alone.
    let all = house.get(&owner, "/api/customers?q=oscar").await.ok();
    let path = format!("/api/customers/{}", all["items"][0]["id"].as_str().unwrap());
    house.patch(&owner, &path, json!({"version": 1, "name": "Óscar Bianchi"})).await.ok();
    assert_eq!(names(&house, &owner, "nunez").await, Vec::<String>::new());
    assert_eq!(names(&house, &owner, "bianchi").await, ["Óscar Bianchi"]);
    let stranger = house.stranger().await;
    for q in ["perez", "4321", "20123456786"] {
        assert!(names(&house, &stranger, q).await.is_empty(), "{q}");
    }
}

/// Name before address, whole words before beginnings, then the newest; pages neither repeat nor leave out anybody.
#[tokio::test]
async fn the_best_come_first_and_pages_are_stable() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    for (name, address) in [
        ("Mitre", "Alsina 1"),
        ("Beto", "Mitre 1"),
        ("Mitrevich", "Alsina 2"),
        ("Carla", "Mitre 2"),
        ("Bartolomé Mitre", "Alsina 3"),
    ] {
        customer(&house, &owner, json!({"name": name, "address": address})).await;
    }
    let expected = ["Bartolomé Mitre", "Mitre", "Mitrevich", "Carla", "Beto"];
    assert_eq!(names(&house, &owner, "mitre").await, expected);
    let (mut seen, mut after) = (Vec::new(), String::new());
    for _ in 0..10 {
        let page = house.get(&owner, &format!("/api/customers/search?q=mitre&limit=2{after}")).await.ok();
        seen.extend(page["items"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(seen, expected);
}

/// The database folds as the engine does, whatever is written.
#[tokio::test]
async fn the_database_folds_the_same_way() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let mut sql = house.sql().await;
    for name in [
        "ÁÀÂÄÃÅ áàâäãå ÉÈÊË éèêë",
        "ÍÌÎÏ íìîï ÓÒÔÖÕØ óòôöõø ÚÙÛÜ úùûü ÑñÇçÝýÿ",
        "O'Higgins, José-María (h)",
        "n\u{303}andu\u{301} 3º «B» — piso…2",
        "Straße Łódź Жук 東京 x×y",
        "a_b\\c%d|e~f",
    ] {
        let row = customer(&house, &owner, json!({"name": name})).await;
        let id: uuid::Uuid = row["id"].as_str().unwrap().parse().unwrap();
        let stored = |field: &'static str| {
            sqlx::query_scalar::<_, String>(
                "select word from customer_word where customer_id = $1 and field = $2 order by word",
            )
            .bind(id)
            .bind(field)
        };
        let words = stored("name").fetch_all(&mut sql).await.unwrap();
        assert_eq!(words, campo_engine::customers::fold::words(name), "{name}");
        let key = stored("key").fetch_one(&mut sql).await.unwrap();
        assert_eq!(key, campo_engine::customers::fold::key(name), "{name}");
    }
}

#[tokio::test]
async fn tax_numbers_are_judged_and_kept_sealed() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    for (text, valid, kind, reason) in [
        ("30-50001091-2", true, json!("company"), Value::Null),
        ("20123456786", true, json!("person"), Value::Null),
        ("23300000079", true, json!("person"), Value::Null),
        ("20-12345678-5", false, Value::Null, json!("check_digit")),
        ("2012345678", false, Value::Null, json!("length")),
        ("99123456786", false, Value::Null, json!("prefix")),
        ("hola", false, Value::Null, json!("characters")),
    ] {
        let said = house.post(&owner, "/api/customers/validate-cuit", json!({"cuit": text})).await.ok();
        assert_eq!(
            (&said["valid"], &said["kind"], &said["reason"]),
            (&json!(valid), &kind, &reason),
            "{text}"
        );
        assert_eq!(said["cuit"].is_string(), valid);
    }
    let body = json!({
        "name": "Sur SRL", "phone": fresh_phone(), "cuit": "30-50001091-2", "razon_social": "Sur S.R.L.",
        "condicion_iva": "responsable_inscripto", "dni": "20.123.456", "email": "sur@sur.com.ar",
        "direccion_fiscal": "Mitre 1",
    });
    let request = || {
        house
            .request(Method::POST, Some(&owner), "/api/customers")
            .header("idempotency-key", "0123456789abcdef")
            .json(&body)
    };
    let made = house.send(request()).await;
    assert_eq!(
        (made.body["cuit"].as_str(), made.body["dni"].as_str()),
        (Some("30500010912"), Some("20123456"))
    );
    assert_eq!(house.send(request()).await.body, made.body, "the kept answer is whole");
    let path = format!("/api/customers/{}", made.body["id"].as_str().unwrap());
    assert_eq!(house.get(&owner, &path).await.ok(), made.body);
    // In the open it stands nowhere: not in the row, not in the kept answer, not in events.
    let mut sql = house.sql().await;
    let traces: i64 = sqlx::query_scalar(
        "select (select count(*) from customer c where to_jsonb(c)::text like '%30500010912%')
              + (select count(*) from customer_word where word like '%30500010912%')
              + (select count(*) from idempotency where body::text like '%30500010912%')
              + (select count(*) from event where body::text like '%30500010912%')",
    )
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert_eq!(traces, 0);
    for bad in [
        json!({"cuit": "30-50001091-3"}),
        json!({"condicion_iva": "rey"}),
        json!({"dni": "12"}),
        json!({"email": "nada"}),
    ] {
        let mut body = json!({"name": "X", "phone": fresh_phone()});
        body.as_object_mut().unwrap().extend(bad.as_object().unwrap().clone());
        let refused = house.post(&owner, "/api/customers", body).await;
        let field = bad.as_object().unwrap().keys().next().unwrap();
        assert_eq!(refused.refused(422, "REQUEST_002")["errors"][0]["field"], field.as_str());
    }
}

#[tokio::test]
async fn doubles_are_found_with_their_reasons() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let ana = json!({"name": "Ana Pérez", "phone": "1143210001", "address": "Mitre 88", "lat": -34.9, "lon": -60.0});
    let ana = customer(&house, &owner, ana).await;
    customer(&house, &owner, json!({"name": "Beto", "phone": "2215550002", "address": "Mitre 88"})).await;
    let ask = async |who: &Person, query: &[(&str, &str)]| {
        let request = house.request(Method::GET, Some(who), "/api/customers/duplicates").query(query);
        house.send(request).await.ok()["items"].as_array().unwrap().clone()
    };
    // Before entering: the landline of a known mobile; the same name in the same street; a name alone is no double.
    let found = ask(&owner, &[("phone", "+54 11 4321-0001"), ("name", "A. P.")]).await;
    assert_eq!((&found[0]["customer"]["id"], &found[0]["reasons"]), (&ana["id"], &json!(["same_last_ten"])));
    let found =
        ask(&owner, &[("name", "perez, ana"), ("address", "MITRE 88"), ("phone", &fresh_phone())]).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["reasons"], json!(["same_name", "same_address"]));
    assert!((50..100).contains(&found[0]["score"].as_i64().unwrap()));
    assert!(ask(&owner, &[("name", "Ana Perez"), ("phone", &fresh_phone())]).await.is_empty());
    assert!(ask(&house.stranger().await, &[("phone", "1143210001")]).await.is_empty());

    // What is there already: asked of one, and of all.
    let other = json!({"name": "PEREZ Ana", "phone": fresh_phone(), "cuit": "20123456786", "lat": -34.9001, "lon": -60.0});
    let other = customer(&house, &owner, other).await;
    let id = ana["id"].as_str().unwrap();
    let found = ask(&owner, &[("customer_id", id)]).await;
    assert_eq!(
        (&found[0]["customer"]["id"], &found[0]["reasons"]),
        (&other["id"], &json!(["same_name", "near"]))
    );
    assert_eq!(found[0]["customer"]["cuit"], "20123456786");
    let twin = customer(&house, &owner, json!({"name": "Otra", "cuit": "20-12345678-6"})).await;
    let all = ask(&owner, &[]).await;
    let pairs: Vec<_> = all.iter().map(|d| (&d["customer"]["id"], &d["other"]["id"])).collect();
    assert_eq!(pairs, [(&twin["id"], &other["id"]), (&other["id"], &ana["id"])]);
    let first = house.get(&owner, "/api/customers/duplicates?limit=1").await.ok();
    assert_eq!(first["items"][0], all[0]);
    let next = first["next"].as_str().unwrap();
    let second = house.get(&owner, &format!("/api/customers/duplicates?limit=1&after={next}")).await.ok();
    assert_eq!((&second["items"][0], &second["next"]), (&all[1], &Value::Null));
    let technician = house.hire(&owner, "technician", "Teo").await;
    house.get(&technician, "/api/customers/duplicates").await.refused(403, "AUTH_003");
}

/// Every table that names a customer is moved by a merge: a new one has to be put into it.
#[tokio::test]
async fn a_merge_knows_every_table_that_names_a_customer() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let (a, b) = (house.customer(&owner, "Ana").await, house.customer(&owner, "Ana P.").await);
    let body = json!({"other_id": b["id"], "version": 1});
    house.post(&owner, &format!("/api/customers/{}/merge", a["id"].as_str().unwrap()), body).await.ok();
    let mut sql = house.sql().await;
    let moved: Value =
        sqlx::query_scalar("select body -> 'merged' -> 'moved' from event where kind = 'customer.merged'")
            .fetch_one(&mut sql)
            .await
            .unwrap();
    let named: Vec<String> = sqlx::query_scalar(
        "select distinct table_name::text from information_schema.columns
         where table_schema = 'public' and column_name = 'customer_id'
         and table_name not in ('customer', 'customer_word') order by 1",
    )
    .fetch_all(&mut sql)
    .await
    .unwrap();
    let moved: Vec<String> = moved.as_object().unwrap().keys().cloned().collect();
    assert_eq!(moved, named);
}

#[tokio::test]
async fn two_entries_become_one() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let stays =
        customer(&house, &owner, json!({"name": "Ana", "phone": "1143210001", "notes": "timbre 2"})).await;
    let goes = json!({
        "name": "Ana Pérez", "phone": "1143210002", "notes": "perro", "cuit": "20123456786", "email": "ana@x.com.ar",
        "address": "Mitre 88", "lat": -34.9, "lon": -60.0,
    });
    let goes = customer(&house, &owner, goes).await;
    let job = json!({"title": "Canilla rota", "customer_id": goes["id"]});
    let job = house.post(&owner, "/api/jobs", job).await.ok();
    let (id, other) = (stays["id"].as_str().unwrap(), goes["id"].as_str().unwrap());
    let (path, tomb) = (format!("/api/customers/{id}"), format!("/api/customers/{other}"));
    let merge = format!("{path}/merge");
    let body = json!({"other_id": other, "version": 1, "take": ["name"]});

    // Not by a dispatcher, not by strangers, not with oneself, not on what was seen before.
    let dispatcher = house.hire(&owner, "dispatcher", "Dani").await;
    house.post(&dispatcher, &merge, body.clone()).await.refused(403, "AUTH_003");
    house.post(&house.stranger().await, &merge, body.clone()).await.refused(404, "CUSTOMER_001");
    house.post(&owner, &merge, json!({"other_id": id, "version": 1})).await.refused(422, "REQUEST_002");
    house.post(&owner, &merge, json!({"other_id": other, "version": 9})).await.refused(409, "VERSION_001");
    let stale = json!({"other_id": other, "version": 1, "other_version": 7});
    assert_eq!(house.post(&owner, &merge, stale).await.refused(409, "VERSION_001")["current"]["id"], other);

    let one = house.post(&owner, &merge, body.clone()).await.ok();
    let text = |field: &str| one[field].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (text("name"), text("notes"), text("phone")),
        ("Ana Pérez".into(), "timbre 2".into(), "+5491143210001".into())
    );
    assert_eq!(
        (text("cuit"), text("email"), text("address")),
        ("20123456786".into(), "ana@x.com.ar".into(), "Mitre 88".into())
    );
    assert_eq!((one["lat"].as_f64(), one["version"].as_i64()), (Some(-34.9), Some(2)));
    assert_eq!(house.post(&owner, &merge, body).await.ok(), one, "twice is once");

    // The jobs are with the one who stays; the tombstone leads there and is in no list.
    let of = house.get(&owner, &format!("{path}/jobs")).await.ok();
    assert_eq!((of["items"].as_array().unwrap().len(), &of["items"][0]["id"]), (1, &job["id"]));
    assert_eq!(house.get(&owner, &format!("{tomb}/jobs")).await.ok(), of);
    assert_eq!(house.get(&owner, &tomb).await.ok()["id"], id, "followed");
    let still = Client::builder().redirect(Policy::none()).build().unwrap();
    let answer = still.get(format!("{}{tomb}", house.url)).bearer_auth(&owner.token).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()),
        (301, path.as_str())
    );
    assert_eq!(answer.json::<Value>().await.unwrap()["merged_into"], id);
    let list = house.get(&owner, "/api/customers").await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(names(&house, &owner, "ana").await, ["Ana Pérez"]);
    let edit = house.patch(&owner, &tomb, json!({"version": 2, "name": "X"})).await;
    assert_eq!(edit.refused(409, "CUSTOMER_003")["current"]["merged_into"], id);
    // The other phone is still theirs.
    let again = house.post(&owner, "/api/customers", json!({"name": "Ana", "phone": "1143210002"})).await;
    assert_eq!(again.refused(409, "CUSTOMER_002")["current"]["id"], id);
    let moved = house.get(&owner, &format!("/api/jobs/{}", job["id"].as_str().unwrap())).await.ok();
    assert_eq!((&moved["customer_id"], &moved["version"]), (&json!(id), &job["version"]));
}

/// The phone may be the other's; a tombstone of a tombstone leads to who lives; what is locked does not change by a merge.
#[tokio::test]
async fn phones_tombstones_and_locks_survive_a_merge() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let a =
        customer(&house, &owner, json!({"name": "A", "phone": "1143210001", "cuit": "20123456786"})).await;
    let b = customer(&house, &owner, json!({"name": "B", "phone": "1143210002"})).await;
    let c =
        customer(&house, &owner, json!({"name": "C", "phone": "1143210003", "cuit": "30500010912"})).await;
    let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
    let merge = |row: &Value| format!("/api/customers/{}/merge", id(row));
    let b = house
        .post(&owner, &merge(&b), json!({"other_id": a["id"], "version": 1, "take": ["phone"]}))
        .await
        .ok();
    assert_eq!((b["phone"].as_str(), b["cuit"].as_str()), (Some("+5491143210001"), Some("20123456786")));
    let locked = json!({"other_id": b["id"], "version": 1, "take": ["identity"]});
    house.post(&owner, &merge(&c), locked).await.refused(409, "LOCKED_001");
    let c = house.post(&owner, &merge(&c), json!({"other_id": b["id"], "version": 1})).await.ok();
    assert_eq!(c["cuit"], "30500010912");
    for row in [&a, &b] {
        assert_eq!(house.get(&owner, &format!("/api/customers/{}", id(row))).await.ok()["id"], c["id"]);
    }
    for phone in ["1143210001", "1143210002"] {
        let taken = house.post(&owner, "/api/customers", json!({"name": "X", "phone": phone})).await;
        assert_eq!(taken.refused(409, "CUSTOMER_002")["current"]["id"], c["id"]);
    }
    // Two at once, each the other's way: one of them happens.
    let (x, y) = (house.customer(&owner, "X").await, house.customer(&owner, "Y").await);
    let (bx, by) = (json!({"other_id": y["id"], "version": 1}), json!({"other_id": x["id"], "version": 1}));
    let (px, py) = (merge(&x), merge(&y));
    let (first, second) = tokio::join!(house.post(&owner, &px, bx), house.post(&owner, &py, by));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", first.text, second.text);
}

/// A tax number outlives its key's rotation, and ends with the organization's keys: the customer stays.
#[tokio::test]
async fn a_tax_number_ends_with_its_keys() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let made = customer(&house, &owner, json!({"name": "Sur", "cuit": "30500010912"})).await;
    let path = format!("/api/customers/{}", made["id"].as_str().unwrap());
    let wish = json!({"entity": "customer", "entity_id": made["id"], "field": "cuit", "requested": "20123456786", "reason": "acta"});
    house.post(&owner, "/api/organization/change-requests", wish).await.ok();
    campo_engine::vault::rotate::rotate(&house.app.engine, owner.org).await.unwrap();
    assert_eq!(house.get(&owner, &path).await.ok()["cuit"], "30500010912");
    campo_engine::vault::shred::shred(&house.app.engine, owner.org, "Plomería Sur").await.unwrap();
    let left = house.get(&owner, &path).await.ok();
    assert_eq!((&left["name"], &left["cuit"]), (&json!("Sur"), &Value::Null));
    assert_eq!(house.get(&owner, "/api/customers").await.ok()["items"].as_array().unwrap().len(), 1);
    assert!(names(&house, &owner, "30500010912").await.is_empty());
    let asked = house.get(&owner, "/api/organization/change-requests").await.ok();
    assert_eq!(
        (&asked["items"][0]["field"], &asked["items"][0]["requested"]),
        (&json!("cuit"), &Value::Null)
    );
}
