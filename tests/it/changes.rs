//! Locked fields and requests to change them.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Executor;

use crate::house::{House, Person, fresh_phone};

const REQUESTS: &str = "/api/organization/change-requests";

async fn ask(house: &House, who: &Person, body: Value) -> crate::house::Answer {
    house.post(who, REQUESTS, body).await
}

async fn decide(
    house: &House,
    who: &Person,
    request: &Value,
    verb: &str,
    body: Value,
) -> crate::house::Answer {
    house.post(who, &format!("{REQUESTS}/{}/{verb}", request["id"].as_str().unwrap()), body).await
}

/// A second owner, as an operator would make one: no route does it.
async fn second_owner(house: &House, owner: &Person) -> Person {
    let admin = house.hire(owner, "admin", "Socia").await;
    let mut sql = house.sql().await;
    sqlx::query("update member set role = 'owner' where org_id = $1 and user_id = $2")
        .bind(owner.org.0)
        .bind(admin.user.0)
        .execute(&mut sql)
        .await
        .unwrap();
    house.open(admin.org, admin.user).await
}

#[tokio::test]
async fn what_a_company_is_is_said_once_and_changes_by_request() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let admin = house.hire(&owner, "admin", "Ada").await;
    let said = json!({
        "cuit": "30-50001091-2", "razon_social": "Sur SRL", "tipo_sociedad": "SRL", "iva_condition": "monotributo",
        "punto_venta_afip": 3, "fecha_inscripcion_afip": "2020-05-04", "ingresos_brutos": "901-1",
        "domicilio_fiscal": "Mitre 1",
    });
    let row = house.patch(&owner, "/api/organization", said.clone()).await.ok();
    assert_eq!(
        (row["iva_condition"].as_str(), row["punto_venta_afip"].as_i64()),
        (Some("monotributista"), Some(3))
    );
    // The same again is no change; each of them is refused by name, all at once.
    house.patch(&owner, "/api/organization", said).await.ok();
    let other = json!({
        "cuit": "20-12345678-6", "razon_social": "Norte", "tipo_sociedad": "SA", "iva_condition": "exento",
        "punto_venta_afip": 4, "fecha_inscripcion_afip": "2020-05-05", "ingresos_brutos": "902", "name": "Otra",
    });
    let refused = house.patch(&owner, "/api/organization", other).await;
    assert_eq!(refused.refused(409, "LOCKED_001")["errors"].as_array().unwrap().len(), 7);
    assert_eq!(house.get(&owner, "/api/organization").await.ok()["name"], "Plomería Sur");
    // The fiscal address changes at once where the owner says so.
    let row = house.patch(&owner, "/api/organization", json!({"domicilio_fiscal": "Alsina 2"})).await.ok();
    assert_eq!(row["domicilio_fiscal"], "Alsina 2");

    let body = json!({"entity": "organization", "field": "razon_social", "requested": "Sur S.A.", "reason": "cambió el tipo"});
    let request = ask(&house, &admin, body.clone()).await;
    assert_eq!(request.status, 201);
    let request = request.body;
    assert_eq!((request["status"].as_str(), request["current"].as_str()), (Some("pending"), Some("Sur SRL")));
    assert_eq!(ask(&house, &admin, body).await.refused(409, "CHANGE_001")["current"]["id"], request["id"]);
    // The owner hears of it, decides, and the admin hears back; a second decision is none.
    let notices = house.get(&owner, "/api/notifications").await.ok();
    assert_eq!(notices["items"][0]["kind"], "change_requested");
    decide(&house, &admin, &request, "approve", json!({})).await.refused(403, "AUTH_003");
    decide(&house, &house.stranger().await, &request, "approve", json!({})).await.refused(404, "REQUEST_004");
    let done = decide(&house, &owner, &request, "approve", json!({"reason": "vi el acta"})).await.ok();
    assert_eq!(
        (done["status"].as_str(), done["decision_reason"].as_str()),
        (Some("approved"), Some("vi el acta"))
    );
    assert_eq!(house.get(&admin, "/api/organization").await.ok()["razon_social"], "Sur S.A.");
    assert_eq!(house.get(&admin, "/api/notifications").await.ok()["items"][0]["kind"], "change_approved");
    decide(&house, &owner, &request, "reject", json!({"reason": "no"})).await.refused(409, "CHANGE_002");
    // Approved is not open: the field is locked as before.
    house
        .patch(&owner, "/api/organization", json!({"razon_social": "Otra"}))
        .await
        .refused(409, "LOCKED_001");
    // Every kind of field can be carried out.
    for (field, value, stored) in [
        ("cuit", json!("33-69345023-9"), json!("33693450239")),
        ("tipo_sociedad", json!("SA"), json!("SA")),
        ("iva_condition", json!("responsable_inscripto"), json!("responsable_inscripto")),
        ("punto_venta_afip", json!(12), json!(12)),
        ("fecha_inscripcion_afip", json!("2021-01-02"), json!("2021-01-02")),
        ("ingresos_brutos", json!("903"), json!("903")),
    ] {
        let body =
            json!({"entity": "organization", "field": field, "requested": value, "reason": "corrección"});
        let request = ask(&house, &admin, body).await.ok();
        decide(&house, &owner, &request, "approve", json!({})).await.ok();
        assert_eq!(house.get(&owner, "/api/organization").await.ok()[field], stored, "{field}");
    }
    for bad in [
        json!({"entity": "organization", "field": "name", "requested": "X", "reason": "porque"}),
        json!({"entity": "organization", "field": "cuit", "requested": "1", "reason": "porque"}),
        json!({"entity": "organization", "field": "cuit", "requested": "33693450239", "reason": "porque"}),
        json!({"entity": "organization", "field": "cuit", "requested": "30500010912", "reason": "x"}),
        json!({"entity": "user", "field": "dni", "requested": "20123456", "reason": "porque"}),
        json!({"entity": "organization", "field": "cuit", "requested": "30500010912", "reason": "porque",
               "documents": [uuid::Uuid::new_v4()]}),
    ] {
        ask(&house, &admin, bad.clone()).await.refused(422, "REQUEST_002");
    }
}

#[tokio::test]
async fn rejecting_needs_a_reason_and_changes_nothing() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let admin = house.hire(&owner, "admin", "Ada").await;
    house.patch(&owner, "/api/organization", json!({"razon_social": "Sur SRL"})).await.ok();
    let body = json!({"entity": "organization", "field": "razon_social", "requested": "X SRL", "reason": "porque sí"});
    let request = ask(&house, &admin, body.clone()).await.ok();
    decide(&house, &owner, &request, "reject", json!({})).await.refused(422, "REQUEST_002");
    let done = decide(&house, &owner, &request, "reject", json!({"reason": "sin papeles"})).await.ok();
    assert_eq!(done["status"], "rejected");
    assert_eq!(house.get(&owner, "/api/organization").await.ok()["razon_social"], "Sur SRL");
    decide(&house, &owner, &request, "approve", json!({})).await.refused(409, "CHANGE_002");
    // It may be asked again, and the list says where each stands.
    ask(&house, &admin, body).await.ok();
    for (filter, count) in [("", 2), ("?status=pending", 1), ("?status=rejected", 1), ("?entity=user", 0)] {
        let list = house.get(&owner, &format!("{REQUESTS}{filter}")).await.ok();
        assert_eq!(list["items"].as_array().unwrap().len(), count, "{filter}");
    }
    assert!(house.get(&house.stranger().await, REQUESTS).await.ok()["items"].as_array().unwrap().is_empty());
    for role in ["technician", "accountant"] {
        let who = house.hire(&owner, role, role).await;
        house.get(&who, REQUESTS).await.refused(403, "AUTH_003");
    }
}

/// Nobody decides on what they asked for themselves, unless there is nobody else to decide.
#[tokio::test]
async fn the_own_request_is_decided_by_another_owner() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    house.patch(&owner, "/api/organization", json!({"razon_social": "Sur SRL"})).await.ok();
    let body = |name: &str| json!({"entity": "organization", "field": "razon_social", "requested": name, "reason": "acta"});
    let request = ask(&house, &owner, body("Sur SA")).await.ok();
    decide(&house, &owner, &request, "approve", json!({})).await.ok();
    let other = second_owner(&house, &owner).await;
    let request = ask(&house, &owner, body("Sur SAS")).await.ok();
    decide(&house, &owner, &request, "approve", json!({})).await.refused(409, "CHANGE_003");
    decide(&house, &other, &request, "approve", json!({})).await.ok();
    assert_eq!(house.get(&owner, "/api/organization").await.ok()["razon_social"], "Sur SAS");
}

#[tokio::test]
async fn a_persons_papers_are_said_once() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let admin = house.hire(&owner, "admin", "Ada").await;
    let dispatcher = house.hire(&owner, "dispatcher", "Dani").await;
    let ana = json!({
        "name": "Ana", "phone": fresh_phone(), "role": "technician", "puesto": "Oficial gasista",
        "cuil": "27-12345678-0", "dni": "12.345.678", "legal_name": "Ana María Gómez", "fecha_nacimiento": "1990-02-03",
    });
    let ana = house.post(&owner, "/api/users", ana).await.ok();
    assert_eq!((ana["cuil"].as_str(), ana["dni"].as_str()), (Some("27123456780"), Some("12345678")));
    let path = format!("/api/users/{}", ana["id"].as_str().unwrap());
    // Owners and admins see the papers, the rest of the office the person.
    assert_eq!(house.get(&admin, &path).await.ok()["dni"], "12345678");
    let seen = house.get(&dispatcher, &path).await.ok();
    assert_eq!((&seen["dni"], &seen["puesto"]), (&Value::Null, &json!("Oficial gasista")));
    house.get(&house.stranger().await, &path).await.refused(404, "REQUEST_004");
    let more = json!({"version": 1, "obra_social": "OSDE", "art": "Galeno", "sexo": "F", "fecha_ingreso": "2020-01-01"});
    let row = house.patch(&owner, &path, more).await.ok();
    assert_eq!(
        (row["obra_social"].as_str(), row["sexo"].as_str(), row["version"].as_i64()),
        (Some("OSDE"), Some("f"), Some(2))
    );
    let change = json!({"version": 2, "name": "Ana G.", "dni": "99999999", "cuil": "20123456786", "fecha_nacimiento": "1991-01-01"});
    let refused = house.patch(&owner, &path, change).await;
    let fields: Vec<_> = refused.refused(409, "LOCKED_001")["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["field"].clone())
        .collect();
    assert_eq!(fields, ["cuil", "dni", "fecha_nacimiento"]);
    let company = json!({"version": 2, "cuil": "30500010912"});
    house.patch(&owner, &path, company).await.refused(422, "REQUEST_002");
    // By request: a locked field, then the role, which ends sessions at once.
    let ask_for = |field: &str, value: Value| json!({"entity": "user", "entity_id": ana["id"], "field": field, "requested": value, "reason": "error de carga"});
    ask(&house, &dispatcher, ask_for("dni", json!("12345679"))).await.refused(403, "AUTH_003");
    let request = ask(&house, &admin, ask_for("dni", json!("12345679"))).await.ok();
    decide(&house, &owner, &request, "approve", json!({})).await.ok();
    let request = ask(&house, &admin, ask_for("fecha_nacimiento", json!("1990-02-04"))).await.ok();
    decide(&house, &owner, &request, "approve", json!({})).await.ok();
    let row = house.get(&owner, &path).await.ok();
    assert_eq!(
        (row["dni"].as_str(), row["fecha_nacimiento"].as_str()),
        (Some("12345679"), Some("1990-02-04"))
    );
    let signed_in = house.open(owner.org, ana["id"].as_str().unwrap().parse().unwrap()).await;
    let request = ask(&house, &admin, ask_for("role", json!("dispatcher"))).await.ok();
    assert_eq!(request["status"], "pending");
    decide(&house, &owner, &request, "approve", json!({})).await.ok();
    house.get(&signed_in, "/api/auth/me").await.refused(401, "AUTH_010");
    assert_eq!(house.get(&owner, &path).await.ok()["role"], "dispatcher");
    ask(&house, &admin, ask_for("role", json!("owner"))).await.refused(422, "REQUEST_002");
    // What needs approval alone: the owner's word is enough.
    let done = ask(&house, &owner, ask_for("puesto", json!("Jefa"))).await.ok();
    assert_eq!(done["status"], "approved");
    assert_eq!(house.get(&owner, &path).await.ok()["puesto"], "Jefa");
}

#[tokio::test]
async fn a_customers_tax_number_changes_by_request_and_stays_sealed() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let dispatcher = house.hire(&owner, "dispatcher", "Dani").await;
    let body =
        json!({"name": "Sur", "phone": fresh_phone(), "cuit": "30500010912", "direccion_fiscal": "Mitre 1"});
    let sur = house.post(&dispatcher, "/api/customers", body).await.ok();
    let path = format!("/api/customers/{}", sur["id"].as_str().unwrap());
    let locked = house.patch(&owner, &path, json!({"version": 1, "cuit": "20123456786"})).await;
    assert_eq!(locked.refused(409, "LOCKED_001")["errors"][0]["field"], "cuit");
    let body = json!({"entity": "customer", "entity_id": sur["id"], "field": "cuit", "requested": "20-12345678-6", "reason": "estaba mal"});
    let request = ask(&house, &dispatcher, body).await.ok();
    assert_eq!(request["requested"], "20123456786");
    let listed = house.get(&dispatcher, REQUESTS).await.ok();
    let shown = &listed["items"][0];
    assert_eq!(
        (shown["current"].as_str(), shown["requested"].as_str()),
        (Some("30500010912"), Some("20123456786"))
    );
    decide(&house, &owner, &request, "approve", json!({})).await.ok();
    assert_eq!(house.get(&owner, &path).await.ok()["cuit"], "20123456786");
    let found = house.get(&owner, "/api/customers?q=20123456786").await.ok();
    assert_eq!(found["items"][0]["id"], sur["id"]);
    assert!(
        house.get(&owner, "/api/customers?q=30500010912").await.ok()["items"].as_array().unwrap().is_empty()
    );
    let mut sql = house.sql().await;
    let traces: i64 = sqlx::query_scalar(
        "select count(*) from change_request r where to_jsonb(r)::text ~ '20123456786|30500010912'",
    )
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert_eq!(traces, 0);
    // The fiscal address: a dispatcher's change waits, the owner's does not.
    let version = house.get(&owner, &path).await.ok()["version"].clone();
    let edit = json!({"version": version, "direccion_fiscal": "Alsina 2", "notes": "timbre 3"});
    let row = house.patch(&dispatcher, &path, edit).await.ok();
    assert_eq!(
        (row["direccion_fiscal"].as_str(), row["notes"].as_str()),
        (Some("Mitre 1"), Some("timbre 3"))
    );
    let waiting = &row["pending_changes"][0];
    assert_eq!(
        (waiting["field"].as_str(), waiting["requested"].as_str()),
        (Some("direccion_fiscal"), Some("Alsina 2"))
    );
    decide(&house, &owner, waiting, "approve", json!({})).await.ok();
    let row = house.get(&owner, &path).await.ok();
    assert_eq!(row["direccion_fiscal"], "Alsina 2");
    let row = house
        .patch(&owner, &path, json!({"version": row["version"], "direccion_fiscal": "Moreno 3"}))
        .await
        .ok();
    assert_eq!(
        (row["direccion_fiscal"].as_str(), row["pending_changes"].is_null()),
        (Some("Moreno 3"), true)
    );
}

/// The database refuses whatever comes past the engine, and the one list is the same on both sides.
#[tokio::test]
async fn the_database_keeps_what_is_locked() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    house
        .patch(&owner, "/api/organization", json!({"cuit": "30500010912", "ingresos_brutos": "1"}))
        .await
        .ok();
    let customer =
        json!({"name": "Ana", "phone": fresh_phone(), "dni": "20123456", "razon_social": "Ana SRL"});
    let customer = house.post(&owner, "/api/customers", customer).await.ok();
    house
        .post(&owner, "/api/jobs", json!({"title": "Canilla rota", "customer_id": customer["id"]}))
        .await
        .ok();
    let ana = json!({"name": "Ana", "phone": fresh_phone(), "role": "technician", "dni": "20123456", "fecha_nacimiento": "1990-01-01"});
    house.post(&owner, "/api/users", ana).await.ok();
    let mut sql = house.sql().await;
    for refused in [
        "update organization set cuit = '20123456786' where ingresos_brutos is not null",
        "update organization set ingresos_brutos = null where ingresos_brutos is not null",
        "update member set dni = '1234567' where dni is not null",
        "update member set fecha_nacimiento = '1991-01-01' where dni is not null",
        "update customer set dni = '' where dni is not null",
        "update job set job_number = 'JOB-99999'",
        "select set_config('app.change_request', gen_random_uuid()::text, false); update customer set dni = '7654321' where dni is not null",
        "select set_config('app.erasing', 'on', false); update customer set dni = '7654321' where dni is not null",
    ] {
        let said = sql.execute(refused).await.unwrap_err().to_string();
        assert!(said.contains("is locked"), "{refused}: {said}");
    }
    // Neither a pending request nor one for another row or field opens it.
    let (mut tx, org) = (house.sql().await, owner.org.0);
    let request = "insert into change_request (org_id, request_id, entity, entity_id, field, requested, reason, status, requested_by, decided_by, decided_at)
        select $1, gen_random_uuid(), 'customer', case $2 when 'other' then gen_random_uuid() else customer_id end,
               case $2 when 'field' then 'condicion_iva' else 'dni' end, '7654321', 'x',
               case $2 when 'pending' then 'pending' else 'approved' end, $3,
               case $2 when 'pending' then null else $3 end, case $2 when 'pending' then null else now() end
        from customer where dni is not null returning request_id";
    for (kind, opens) in [("pending", false), ("other", false), ("field", false), ("right", true)] {
        let id: uuid::Uuid = sqlx::query_scalar(request)
            .bind(org)
            .bind(kind)
            .bind(owner.user.0)
            .fetch_one(&mut tx)
            .await
            .unwrap();
        sqlx::query("select set_config('app.change_request', $1, false)")
            .bind(id.to_string())
            .execute(&mut tx)
            .await
            .unwrap();
        let changed =
            sqlx::query("update customer set dni = '7654321' where dni is not null").execute(&mut tx).await;
        assert_eq!(changed.is_ok(), opens, "{kind}");
    }
    // Free: a company's name without a tax number, an empty field, emptying for an erasure.
    for free in [
        "update customer set razon_social = 'Otra SRL' where dni is not null",
        "update customer set condicion_iva = 'exento' where dni is not null",
        "select set_config('app.erasing', 'on', false); update customer set dni = null; update member set dni = null",
    ] {
        sql.execute(free).await.unwrap();
    }
    let triggers: Vec<String> = sqlx::query_scalar(
        "select encode(tgargs, 'escape') from pg_trigger where tgname = 'locked' order by tgrelid::regclass::text",
    )
    .fetch_all(&mut sql)
    .await
    .unwrap();
    let mut kept: Vec<(String, String)> = triggers
        .iter()
        .flat_map(|arguments| {
            let mut parts = arguments.split("\\000").filter(|p| !p.is_empty()).map(str::to_owned);
            let (entity, _) = (parts.next().unwrap(), parts.next());
            parts
                .map(move |p| {
                    let column = p.split('?').next().unwrap();
                    (entity.clone(), column.split('=').next_back().unwrap().to_owned())
                })
                .collect::<Vec<_>>()
        })
        .filter(|(entity, _)| entity != "job")
        .collect();
    let listed = campo_engine::protect::fields::FIELDS.iter();
    let mut listed: Vec<(String, String)> = listed
        .filter(|f| f.guard == campo_engine::protect::Guard::Locked)
        .map(|f| (f.entity.as_str().to_owned(), f.field.to_owned()))
        .collect();
    kept.sort();
    listed.sort();
    assert_eq!(kept, listed);
}

#[tokio::test]
async fn one_key_asks_once() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let admin = house.hire(&owner, "admin", "Ada").await;
    house.patch(&owner, "/api/organization", json!({"razon_social": "Sur SRL"})).await.ok();
    let body =
        json!({"entity": "organization", "field": "razon_social", "requested": "Sur SA", "reason": "acta"});
    let send = || {
        house
            .request(Method::POST, Some(&admin), REQUESTS)
            .header("idempotency-key", "0123456789abcdef")
            .json(&body)
    };
    let (first, second) = (house.send(send()).await, house.send(send()).await);
    assert_eq!((first.status, second.status, &first.body), (201, 201, &second.body));
    assert_eq!(house.get(&owner, REQUESTS).await.ok()["items"].as_array().unwrap().len(), 1);
}
