//! Rows of every kind, of three owners: one's own, a colleague's, another organization's.

use std::collections::HashMap;

use campo_engine::files::{self, NewFile, Purpose};
use campo_engine::ids::JobId;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::table::ROLES;
use crate::files::{announce, upload};
use crate::house::{House, Person, fresh_phone};

/// Stands in every text of the other organization, and nowhere else.
pub const MARK: &str = "Zajena";

/// Ids by kind: `customer`, `job`, ..
#[derive(Debug, Default, Clone)]
pub struct Rows(HashMap<&'static str, String>);

impl Rows {
    /// The id of a kind.
    pub fn of(&self, kind: &str) -> &str {
        self.0.get(kind).unwrap_or_else(|| panic!("no {kind} was made"))
    }

    /// All ids.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    fn put(&mut self, kind: &'static str, id: &Value) {
        self.0.insert(kind, id.as_str().unwrap_or_else(|| panic!("{kind}: {id}")).to_owned());
    }
}

/// Somebody of a role, with what is theirs alone.
#[derive(Debug)]
pub struct Member {
    /// With a living session.
    pub person: Person,
    /// `login`, `notice`, `upload`, `file`.
    pub rows: Rows,
    /// A session of the same person that was ended.
    pub ended: Person,
    /// Somebody of the role who belongs to no organization any more.
    pub nobody: Person,
    /// Somebody of the role whose sessions may end.
    pub leaver: Person,
}

/// Two organizations and their rows.
pub struct World {
    pub house: House,
    /// By role, in the order of [`ROLES`].
    pub members: Vec<Member>,
    /// Rows of the first organization: a technician's are those of its member.
    pub own: Rows,
    /// The same organization's, of another technician.
    pub foreign: Rows,
    /// The other organization's.
    pub other: Rows,
    /// The people of the other organization, by role.
    pub strangers: Vec<Person>,
}

impl World {
    /// Makes everything once.
    pub async fn build(house: House) -> Self {
        let owner = house.sign_up("Plomería Sur").await;
        let members = members(&house, &owner).await;
        let ana = &members[3].person;
        let beto = house.hire(&owner, "technician", "Beto").await;
        let own = office(&house, &owner, ana, "Sur", 1).await;
        let mut foreign = field(&house, &owner, &beto, "de Beto", 2).await;
        personal(&house, &beto, "job_photo", &mut foreign, 3).await;
        let (strangers, other) = others(&house).await;
        Self { house, members, own, foreign, other, strangers }
    }

    /// The owner of the first organization.
    pub fn owner(&self) -> &Person {
        &self.members[0].person
    }

    /// A new row of a kind that a request takes away.
    pub async fn fresh(&self, kind: &str) -> Option<String> {
        let owner = self.owner();
        let made = match kind {
            "user" => {
                self.post(
                    "/api/users",
                    json!({"name": "Se va", "phone": fresh_phone(), "role": "technician"}),
                )
                .await
            }
            "customer" => self.house.customer(owner, "Se va").await,
            "victim" => {
                let ana = self.members[3].person.user;
                let job = json!({"title": "Se cancela", "customer_id": self.own.of("customer"), "technician_ids": [ana]});
                self.post("/api/jobs", job).await
            }
            "device" => {
                let ana = self.members[3].person.user;
                self.post("/api/devices", json!({"user_id": ana, "name": "Se va"})).await
            }
            "quick_reply" => self.post("/api/whatsapp/quick-replies", quick_reply()).await,
            "endpoint" => self.post("/api/webhook-endpoints", json!({"url": "https://example.com/va"})).await,
            "letter" => return Some(letter(&self.house, owner).await),
            _ => return None,
        };
        Some(made["id"].as_str().unwrap().to_owned())
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.house.post(self.owner(), path, body).await.ok()
    }
}

/// A small picture that nobody sent before.
pub fn picture(n: u32) -> Vec<u8> {
    let shade = |shift: u32| u8::try_from((n >> shift) % 256).unwrap();
    let image = image::RgbImage::from_pixel(8, 8, image::Rgb([shade(0), shade(8), shade(16)]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Asks for a locked field of a customer to be changed.
pub fn wish(customer: &str) -> Value {
    json!({"entity": "customer", "entity_id": customer, "field": "cuit", "requested": "20123456786", "reason": "según el acta"})
}

/// A quick reply that nobody has yet.
pub fn quick_reply() -> Value {
    json!({"shortcut": Uuid::new_v4().simple().to_string(), "text": "Vamos para allá"})
}

async fn members(house: &House, owner: &Person) -> Vec<Member> {
    let mut members = Vec::new();
    for (n, role) in ROLES.into_iter().enumerate() {
        let person = if role == "owner" { owner.clone() } else { house.hire(owner, role, role).await };
        let ended = house.open(person.org, person.user).await;
        assert_eq!(house.post(&ended, "/api/auth/logout", json!({})).await.status, 204);
        // An organization may have several owners only by its database.
        let (nobody, leaver) = (another(house, owner, role).await, another(house, owner, role).await);
        house.delete(owner, &format!("/api/users/{}", nobody.user)).await;
        sqlx::query("update member set is_active = false where user_id = $1")
            .bind(nobody.user.0)
            .execute(&mut house.sql().await)
            .await
            .unwrap();
        let mut rows = Rows::default();
        let purpose = if role == "accountant" { "avatar" } else { "job_photo" };
        personal(house, &person, purpose, &mut rows, 10 + u32::try_from(n).unwrap()).await;
        members.push(Member { person, rows, ended, nobody, leaver });
    }
    members
}

async fn another(house: &House, owner: &Person, role: &str) -> Person {
    if role != "owner" {
        return house.hire(owner, role, "Otra persona").await;
    }
    let admin = house.hire(owner, "admin", "Otra persona").await;
    sqlx::query("update member set role = 'owner' where user_id = $1")
        .bind(admin.user.0)
        .execute(&mut house.sql().await)
        .await
        .unwrap();
    house.open(admin.org, admin.user).await
}

/// What is one person's alone: a session, a notice, an upload under way, a file.
async fn personal(house: &House, who: &Person, purpose: &str, rows: &mut Rows, n: u32) {
    let sessions = house.get(who, "/api/auth/sessions").await.ok();
    rows.put("login", &sessions["items"][0]["id"]);
    let notice = Uuid::now_v7();
    sqlx::query(
        "insert into notice (org_id, notice_id, user_id, kind, title, dedupe_key) values ($1, $2, $3, 'system_alert', 'Aviso', $2::text)",
    )
    .bind(who.org.0)
    .bind(notice)
    .bind(who.user.0)
    .execute(&mut house.sql().await)
    .await
    .unwrap();
    rows.put("notice", &json!(notice));
    let begun =
        house.post(who, "/api/files", announce(&picture(1_000 + n), "image/png", "avatar")).await.ok();
    rows.put("upload", &begun["id"]);
    rows.put("file", &upload(house, who, &picture(2_000 + n), "image/png", purpose).await);
}

/// A technician's rows: a job under way, another one to come, their customers, a photo, a phone, a shift.
async fn field(house: &House, owner: &Person, tech: &Person, name: &str, n: u32) -> Rows {
    let mut rows = Rows::default();
    rows.put("technician", &json!(tech.user));
    let customer = house.customer(owner, &format!("Cliente {name}")).await;
    rows.put("customer", &customer["id"]);
    house.post(owner, "/api/shifts", json!({"user_id": tech.user, "on": true})).await.ok();
    let job = |title: &str| {
        json!({"title": format!("{title} {name}"), "customer_id": customer["id"],
        "technician_ids": [tech.user], "scheduled_start": chrono::Utc::now()})
    };
    let going = house.post(owner, "/api/jobs", job("Va")).await.ok();
    let path = format!("/api/jobs/{}", going["id"].as_str().unwrap());
    let status = json!({"status": "en_camino", "version": going["version"]});
    house.patch(owner, &format!("{path}/status"), status).await.ok();
    rows.put("job", &going["id"]);
    rows.put("journey", &house.get(owner, &path).await.ok()["tracking"]["session_id"]);
    let photo = upload(house, tech, &picture(3_000 + n), "image/png", "job_photo").await;
    house.post(owner, &format!("{path}/photos"), json!({"file_id": photo, "type": "before"})).await.ok();
    rows.put("file", &photo);
    let loose = upload(house, tech, &picture(4_000 + n), "image/png", "job_photo").await;
    rows.put("loose", &loose);
    let victim = house.post(owner, "/api/jobs", job("Irá")).await.ok();
    rows.put("victim", &victim["id"]);
    let device = json!({"user_id": tech.user, "name": format!("Teléfono {name}")});
    rows.put("device", &house.post(owner, "/api/devices", device).await.ok()["id"]);
    rows.put("rating", &json!(rating(house, owner, &going["id"]).await));
    rows
}

/// A link to rate a job, as a message would have it.
async fn rating(house: &House, owner: &Person, job: &Value) -> String {
    let job: JobId = serde_json::from_value(job.clone()).unwrap();
    let token = house.app.engine.keys.rating_token(job);
    sqlx::query("insert into job_rating (org_id, job_id, token_hash, expires_at) values ($1, $2, $3, now() + interval '1 day')")
        .bind(owner.org.0)
        .bind(job.0)
        .bind(ring::digest::digest(&ring::digest::SHA256, token.as_bytes()).as_ref())
        .execute(&mut house.sql().await)
        .await
        .unwrap();
    token
}

/// All of an organization: a technician's rows and the office's.
async fn office(house: &House, owner: &Person, tech: &Person, name: &str, n: u32) -> Rows {
    let mut rows = field(house, owner, tech, name, n).await;
    rows.put("org", &json!(owner.org));
    let user = json!({"name": format!("Nadie {name}"), "phone": fresh_phone(), "role": "technician"});
    rows.put("user", &house.post(owner, "/api/users", user).await.ok()["id"]);
    rows.put("spare", &house.customer(owner, &format!("Sobra {name}")).await["id"]);
    let fixed = json!({"name": format!("Fija {name}"), "phone": fresh_phone(), "cuit": "30500010912"});
    rows.put("fixed", &house.post(owner, "/api/customers", fixed).await.ok()["id"]);
    let wish = wish(rows.of("fixed"));
    rows.put("change", &house.post(owner, "/api/organization/change-requests", wish).await.ok()["id"]);
    let work = json!({"code": format!("tipo_{n}"), "name": format!("Tipo {name}")});
    house.post(owner, "/api/service-types", work).await.ok();
    rows.put("service_type", &json!(format!("tipo_{n}")));
    let asks = json!({"kind": "rectify", "detail": "otra dirección"});
    let path = format!("/api/customers/{}/privacy-requests", rows.of("customer"));
    rows.put("privacy_request", &house.post(owner, &path, asks).await.ok()["id"]);
    let reply = json!({"shortcut": name, "text": format!("Somos {name}")});
    rows.put("quick_reply", &house.post(owner, "/api/whatsapp/quick-replies", reply).await.ok()["id"]);
    let hook =
        json!({"url": "https://example.com/hook", "description": name, "kinds": ["capability.changed"]});
    let endpoint = house.post(owner, "/api/webhook-endpoints", hook).await.ok();
    rows.put("endpoint", &endpoint["id"]);
    let number = json!({"phone_number_id": format!("88{:08}", n), "token": "token"});
    house
        .send(house.request(Method::PUT, Some(owner), "/api/organization/whatsapp").json(&number))
        .await
        .ok();
    let file = sound(house, owner).await;
    rows.put("sound", &json!(sound(house, owner).await));
    thread(house, owner, &mut rows, name, file).await;
    note(house, owner, &mut rows, file).await;
    delivery(house, owner, &mut rows).await;
    rows.put("letter", &json!(letter(house, owner).await));
    rows
}

async fn sound(house: &House, owner: &Person) -> Uuid {
    let new = NewFile {
        purpose: Purpose::Voice,
        bytes: crate::voice::sound().into(),
        declared_mime: "audio/ogg".into(),
        name: None,
        by: None,
    };
    files::store(&house.app.engine, owner.org, new).await.unwrap().id.0
}

/// A conversation with a message that brought a recording, and a request that nobody has settled.
async fn thread(house: &House, owner: &Person, rows: &mut Rows, name: &str, file: Uuid) {
    let (conversation, message, request) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let phone = fresh_phone();
    let customer: Uuid = rows.of("customer").parse().unwrap();
    let mut sql = house.sql().await;
    sqlx::query(
        "insert into conversation (org_id, conversation_id, phone, profile_name, customer_id, last_at, last_preview, window_expires_at)
         values ($1, $2, $3, $4, $5, now(), $4, now() + interval '20 hours')",
    )
    .bind(owner.org.0)
    .bind(conversation)
    .bind(&phone)
    .bind(format!("Perfil {name}"))
    .bind(customer)
    .execute(&mut sql)
    .await
    .unwrap();
    sqlx::query(
        "insert into message (org_id, message_id, direction, channel, from_phone, kind, state, provider_id, conversation_id, text, body)
         values ($1, $2, 'in', 'whatsapp', $3, 'voice', 'received', $2::text, $4, $5, $6)",
    )
    .bind(owner.org.0)
    .bind(message)
    .bind(&phone)
    .bind(conversation)
    .bind(format!("Hola {name}"))
    .bind(json!({"media": {"id": "1", "mime": "audio/ogg"}, "file_id": file}))
    .execute(&mut sql)
    .await
    .unwrap();
    sqlx::query(
        "insert into inbox_request (org_id, request_id, conversation_id, reason, text, count, context)
         values ($1, $2, $3, 'timeout', $4, 1, '{}')",
    )
    .bind(owner.org.0)
    .bind(request)
    .bind(conversation)
    .bind(format!("Pierde {name}"))
    .execute(&mut sql)
    .await
    .unwrap();
    rows.put("conversation", &json!(conversation));
    rows.put("message", &json!(message));
    rows.put("request", &json!(request));
}

/// A voice note that waits for a person.
async fn note(house: &House, owner: &Person, rows: &mut Rows, file: Uuid) {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into voice_note (org_id, note_id, file_id, uploaded_by, state, transcript, waiting_since)
         values ($1, $2, $3, $4, 'needs_review', $5, now())",
    )
    .bind(owner.org.0)
    .bind(id)
    .bind(file)
    .bind(owner.user.0)
    .bind("Pierde la canilla")
    .execute(&mut house.sql().await)
    .await
    .unwrap();
    rows.put("note", &json!(id));
}

async fn delivery(house: &House, owner: &Person, rows: &mut Rows) {
    let (id, endpoint): (_, Uuid) = (Uuid::now_v7(), rows.of("endpoint").parse().unwrap());
    sqlx::query(
        "insert into webhook_delivery (org_id, delivery_id, endpoint_id, seq, kind, state) values ($1, $2, $3, 1, 'org.created', 'failed')",
    )
    .bind(owner.org.0)
    .bind(id)
    .bind(endpoint)
    .execute(&mut house.sql().await)
    .await
    .unwrap();
    rows.put("delivery", &json!(id));
}

/// A task that gave up.
async fn letter(house: &House, owner: &Person) -> String {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into task (task_id, org_id, kind, payload, state, last_error, finished_at)
         values ($1, $2, 'journey.expire', '{}', 'dead', 'no hay caso', now())",
    )
    .bind(id)
    .bind(owner.org.0)
    .execute(&mut house.sql().await)
    .await
    .unwrap();
    id.to_string()
}

/// The other organization: its people by role, and its rows.
async fn others(house: &House) -> (Vec<Person>, Rows) {
    let owner = house.sign_up(&format!("{MARK} S.A.")).await;
    let mut people = vec![owner.clone()];
    for role in ROLES.into_iter().skip(1) {
        people.push(house.hire(&owner, role, &format!("{MARK} {role}")).await);
    }
    let mut rows = office(house, &owner, &people[3], MARK, 5).await;
    let photo = rows.of("file").to_owned();
    personal(house, &people[3], "job_photo", &mut rows, 6).await;
    rows.put("file", &json!(photo));
    (people, rows)
}
