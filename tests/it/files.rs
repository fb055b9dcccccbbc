//! Files over real HTTP: uploads that are cut and go on, what is refused, links, tiers, the store that is away.

use std::time::{Duration, Instant};

use image::{ImageFormat, Rgb, RgbImage};
use reqwest::Method;
use serde_json::{Value, json};

use crate::house::{Answer, House, Person, eventually};

/// A picture that nobody sent before: its colours say the number.
pub fn picture(n: u32) -> Vec<u8> {
    let shade = |x: u32| u8::try_from((x * 7 + n * 31) % 256).unwrap();
    let image = RgbImage::from_fn(640, 480, |x, y| Rgb([shade(x), shade(y), shade(x ^ y)]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

pub fn sha256(bytes: &[u8]) -> String {
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

pub fn announce(bytes: &[u8], mime: &str, purpose: &str) -> Value {
    json!({"sha256": sha256(bytes), "bytes": bytes.len(), "mime": mime, "purpose": purpose})
}

pub async fn append(house: &House, who: &Person, id: &Value, offset: usize, bytes: &[u8]) -> Answer {
    let path = format!("/api/files/{}", id.as_str().unwrap());
    let request = house.request(Method::PATCH, Some(who), &path);
    house.send(request.header("upload-offset", offset).body(bytes.to_vec())).await
}

async fn offset(house: &House, who: &Person, id: &Value) -> (String, String) {
    let path = format!("/api/files/{}", id.as_str().unwrap());
    let answer = house.send(house.request(Method::HEAD, Some(who), &path)).await;
    assert_eq!(answer.status, 200);
    let text = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
    (text("upload-offset"), text("upload-length"))
}

/// Uploads in one go; the id.
pub async fn upload(house: &House, who: &Person, bytes: &[u8], mime: &str, purpose: &str) -> Value {
    let begun = house.post(who, "/api/files", announce(bytes, mime, purpose)).await.ok();
    let done = append(house, who, &begun["id"], 0, bytes).await.ok();
    assert_eq!(done["done"], true, "{done}");
    done["id"].clone()
}

async fn fetch(url: &str) -> reqwest::Response {
    reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
        .get(url)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn an_upload_goes_on_where_it_was_cut() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    let bytes = picture(1);
    let body = announce(&bytes, "image/jpeg", "job_photo");
    let begun = house.post(&ana, "/api/files", body.clone()).await;
    assert_eq!(begun.status, 201);
    let id = begun.body["id"].clone();
    assert_eq!((&begun.body["offset"], &begun.body["done"]), (&json!(0), &json!(false)));
    let half = bytes.len() / 2;
    assert_eq!(append(&house, &ana, &id, 0, &bytes[..half]).await.ok()["offset"], half);
    // The phone forgot everything: the same hash finds the same upload.
    let again = house.post(&ana, "/api/files", body.clone()).await.ok();
    assert_eq!((&again["id"], &again["offset"]), (&id, &json!(half)));
    assert_eq!(offset(&house, &ana, &id).await, (half.to_string(), bytes.len().to_string()));
    // Bytes that are here already, or that would leave a hole, are refused with the offset that is right.
    for wrong in [0, half - 1, half + 1] {
        let answer = append(&house, &ana, &id, wrong, &bytes[half..half + 9]).await;
        assert_eq!(answer.refused(409, "FILE_003")["current"]["offset"], half);
    }
    append(&house, &ana, &id, half, &[0; 600_000]).await.refused(413, "REQUEST_003");
    let done = append(&house, &ana, &id, half, &bytes[half..]).await.ok();
    assert_eq!((&done["done"], &done["id"]), (&json!(true), &id));
    assert_eq!(offset(&house, &ana, &id).await, (bytes.len().to_string(), bytes.len().to_string()));
    // A lost answer: asked again, it is the same.
    assert_eq!(append(&house, &ana, &id, bytes.len(), &[]).await.ok(), done);
    // Once more from the start, by anybody of the organization: here already.
    for who in [&ana, &owner] {
        let known = house.post(who, "/api/files", body.clone()).await.ok();
        assert_eq!(
            (&known["id"], &known["done"], &known["offset"]),
            (&id, &json!(true), &json!(bytes.len()))
        );
    }
    let kept: i64 =
        sqlx::query_scalar("select count(*) from upload").fetch_one(&mut house.sql().await).await.unwrap();
    assert_eq!(kept, 0, "nothing of it waits any more");
}

#[tokio::test]
async fn what_came_before_a_connection_broke_is_kept() {
    use tokio::io::AsyncWriteExt;
    let house = House::start().await;
    let owner = house.sign_up("Gas").await;
    let bytes: Vec<u8> =
        b"%PDF-1.7\n".iter().copied().chain((0..900_000u32).map(|n| (n % 251) as u8)).collect();
    let begun = house.post(&owner, "/api/files", announce(&bytes, "application/pdf", "document")).await.ok();
    let address = house.url.strip_prefix("http://").unwrap();
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PATCH /api/files/{} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nUpload-Offset: 0\r\nContent-Length: {}\r\n\r\n",
        begun["id"].as_str().unwrap(),
        owner.token,
        bytes.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&bytes[..600_000]).await.unwrap();
    // Part by part it is committed while the rest is under way; then the line is gone.
    let here = eventually("what came is committed", async || {
        let (here, _) = offset(&house, &owner, &begun["id"]).await;
        here.parse::<usize>().ok().filter(|n| *n >= 256 * 1024)
    })
    .await;
    drop(socket);
    assert!(here <= 600_000);
    // What the last request still holds may come in meanwhile: the server says where to go on.
    let here = eventually("nothing more comes", async || {
        let (before, _) = offset(&house, &owner, &begun["id"]).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let (after, _) = offset(&house, &owner, &begun["id"]).await;
        (before == after).then(|| after.parse::<usize>().unwrap()).filter(|n| *n >= here)
    })
    .await;
    let done = append(&house, &owner, &begun["id"], here, &bytes[here..]).await.ok();
    let file = house.get(&owner, &format!("/api/files/{}", done["id"].as_str().unwrap())).await.ok();
    assert_eq!(fetch(file["url"].as_str().unwrap()).await.bytes().await.unwrap(), bytes);
}

#[tokio::test]
async fn what_is_refused() {
    let house = House::start().await;
    let owner = house.sign_up("Gas").await;
    let good = announce(&picture(2), "image/jpeg", "job_photo");
    for (field, value) in [
        ("sha256", json!("abc")),
        ("bytes", json!(0)),
        ("bytes", json!(13 << 20)),
        ("mime", json!("")),
        ("purpose", json!("virus")),
    ] {
        let mut body = good.clone();
        body[field] = value;
        house.post(&owner, "/api/files", body).await.refused(422, "REQUEST_002");
    }
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
    let html = b"<!DOCTYPE html><script>alert(1)</script>".to_vec();
    let broken = picture(3)[..4_000].to_vec();
    let pdf = b"%PDF-1.7\nhola".to_vec();
    for (bytes, purpose) in [
        (svg.clone(), "job_photo"),
        (svg, "document"),
        (html, "whatsapp_media"),
        (broken[..600].to_vec(), "job_photo"),
        (pdf, "job_photo"),
        (picture(4), "voice"),
    ] {
        let begun = house.post(&owner, "/api/files", announce(&bytes, "image/jpeg", purpose)).await.ok();
        let refused = append(&house, &owner, &begun["id"], 0, &bytes).await;
        assert_eq!(refused.refused(422, "REQUEST_002")["errors"][0]["field"], "file");
        // Thrown away: nothing to go on with.
        append(&house, &owner, &begun["id"], 0, &bytes).await.refused(404, "REQUEST_004");
    }
    // Other bytes than were announced.
    let bytes = picture(5);
    let begun = house.post(&owner, "/api/files", announce(&bytes, "image/jpeg", "job_photo")).await.ok();
    let mut bent = bytes.clone();
    bent[1_000] ^= 1;
    let refused = append(&house, &owner, &begun["id"], 0, &bent).await;
    assert_eq!(refused.refused(422, "REQUEST_002")["errors"][0]["field"], "sha256");
    let files: i64 =
        sqlx::query_scalar("select count(*) from file").fetch_one(&mut house.sql().await).await.unwrap();
    assert_eq!(files, 0);
}

/// 30,000 x 30,000 pixels in a few bytes are refused by their head.
#[tokio::test]
async fn a_bomb_costs_nothing() {
    let house = House::start().await;
    let owner = house.sign_up("Gas").await;
    // A whole PNG but for its pixels.
    let bomb: &[u8] =
        b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x75\x30\x00\x00\x75\x30\
          \x08\x06\x00\x00\x00\x66\x27\xf8\xba\x00\x00\x00\x09\x49\x44\x41\x54\x78\x9c\x63\x00\x00\x00\x01\
          \x00\x01\x5e\xff\x7d\xf9\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82";
    let direct = house.request(Method::POST, Some(&owner), "/api/files/direct?purpose=job_photo");
    let since = Instant::now();
    let refused = house.send(direct.header("content-type", "image/png").body(bomb)).await;
    let said = refused.refused(422, "REQUEST_002")["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(said.contains("30000 x 30000"), "{said}");
    // Decoding takes seconds and gigabytes; the bound only tells that apart, whatever else runs here.
    assert!(since.elapsed() < Duration::from_secs(2), "{:?}", since.elapsed());
}

#[tokio::test]
async fn links_serve_pictures_and_sounds() {
    let house = House::start().await;
    let owner = house.sign_up("Gas").await;
    let id = upload(&house, &owner, &picture(6), "image/jpeg", "job_photo").await;
    let file = house.get(&owner, &format!("/api/files/{}", id.as_str().unwrap())).await.ok();
    assert_eq!(
        (&file["width"], &file["height"], &file["mime"]),
        (&json!(640), &json!(480), &json!("image/jpeg"))
    );
    let served = fetch(file["url"].as_str().unwrap()).await;
    let header = |name: &str| served.headers().get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!((served.status().as_u16(), header("content-type")), (200, "image/jpeg".into()));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-disposition").starts_with("inline; filename=\"foto.jpg\""));
    assert!(header("cache-control").starts_with("private, max-age="));
    assert!(header("content-security-policy").contains("default-src 'none'; sandbox"));
    assert!(image::load_from_memory(&served.bytes().await.unwrap()).is_ok());
    let thumbnail = fetch(file["thumbnail_url"].as_str().unwrap()).await.bytes().await.unwrap();
    let thumbnail = image::load_from_memory(&thumbnail).unwrap();
    assert_eq!((thumbnail.width(), thumbnail.height()), (200, 200));
    // Another sign in it, or nothing at all behind it: the same neutral 404.
    let url = file["url"].as_str().unwrap();
    let (start, sign) = url.split_at(url.len() - 10);
    let bent = format!("{start}{}{}", if sign.starts_with('A') { 'B' } else { 'A' }, &sign[1..]);
    assert_eq!(fetch(&bent).await.status(), 404);
    assert_eq!(fetch(&format!("{}/files/abc", house.url)).await.status(), 404);

    // Sound passes as it is and is served in parts.
    let sound: Vec<u8> =
        b"OggS\0\x02".iter().copied().chain((0..5_000u32).map(|n| (n % 250) as u8)).collect();
    let id = upload(&house, &owner, &sound, "audio/ogg", "voice").await;
    let file = house.get(&owner, &format!("/api/files/{}", id.as_str().unwrap())).await.ok();
    let url = file["url"].as_str().unwrap();
    let client = reqwest::Client::new();
    let part = client.get(url).header("range", "bytes=100-199").send().await.unwrap();
    assert_eq!(
        (part.status().as_u16(), &part.headers()["content-range"]),
        (206, &"bytes 100-199/5006".parse().unwrap())
    );
    assert_eq!(part.headers()["content-type"], "audio/ogg");
    assert_eq!(part.bytes().await.unwrap(), sound[100..200]);
    let beyond = client.get(url).header("range", "bytes=9999-").send().await.unwrap();
    assert_eq!(
        (beyond.status().as_u16(), &beyond.headers()["content-range"]),
        (416, &"bytes */5006".parse().unwrap())
    );
    let head = client.head(url).send().await.unwrap();
    assert_eq!((head.status().as_u16(), &head.headers()["content-length"]), (200, &"5006".parse().unwrap()));
}

#[tokio::test]
async fn another_organization_and_other_roles_see_nothing() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let (ana, beto) =
        (house.hire(&owner, "technician", "Ana").await, house.hire(&owner, "technician", "Beto").await);
    let conta = house.hire(&owner, "accountant", "Conta").await;
    let stranger = house.stranger().await;
    let bytes = picture(7);
    let id = upload(&house, &ana, &bytes, "image/jpeg", "job_photo").await;
    let path = format!("/api/files/{}", id.as_str().unwrap());
    house.get(&owner, &path).await.ok();
    house.get(&ana, &path).await.ok();
    for who in [&beto, &conta, &stranger] {
        house.get(who, &path).await.refused(404, "REQUEST_004");
    }
    house.get(None, &path).await.refused(401, "AUTH_004");
    // The same bytes are another file there.
    let theirs = upload(&house, &stranger, &bytes, "image/jpeg", "job_photo").await;
    assert_ne!(theirs, id);
    // An upload is its sender's alone.
    let open = house.post(&ana, "/api/files", announce(&picture(8), "image/jpeg", "job_photo")).await.ok();
    for who in [&owner, &beto, &stranger] {
        append(&house, who, &open["id"], 0, b"x").await.refused(404, "REQUEST_004");
    }
    for (who, purpose) in [(&conta, "job_photo"), (&ana, "logo"), (&ana, "whatsapp_media"), (&conta, "voice")]
    {
        house.post(who, "/api/files", announce(&bytes, "image/jpeg", purpose)).await.refused(403, "AUTH_003");
    }
    let mut foreign = announce(&picture(9), "image/jpeg", "job_photo");
    foreign["job_id"] = json!(uuid::Uuid::new_v4());
    house.post(&ana, "/api/files", foreign).await.refused(404, "JOB_002");
}

/// `campo org tier`, beside the running server.
pub async fn set_tier(house: &House, owner: &Person, tier: &str) {
    let mut command = crate::cli::over(house);
    command.args(["org", "tier", "--org", &owner.org.to_string(), "--tier", tier]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn twenty_a_minute_and_a_tiers_storage() {
    let house = House::start().await;
    let owner = house.sign_up("Gas").await;
    set_tier(&house, &owner, "free").await;
    // Fifty megabytes: three large papers are announced, the fourth has no room left.
    let paper = |n: u8| json!({"sha256": format!("{n:064x}"), "bytes": 15 << 20, "mime": "application/pdf", "purpose": "document"});
    for n in 0..3 {
        house.post(&owner, "/api/files", paper(n)).await.ok();
    }
    house.post(&owner, "/api/files", paper(3)).await.refused(409, "FILE_002");
    set_tier(&house, &owner, "none").await;
    house.post(&owner, "/api/files", paper(3)).await.ok();
    for _ in 5..20 {
        house.post(&owner, "/api/files", paper(3)).await.ok();
    }
    let refused = house.post(&owner, "/api/files", paper(3)).await;
    refused.refused(429, "RATE_001");
    assert!(refused.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer_and_abandoned_uploads_go() {
    let house = House::start().await;
    let owner = house.sign_up("Gas").await;
    let body = announce(&picture(10), "image/jpeg", "job_photo");
    let once = async |body: &Value| {
        let request = house.request(Method::POST, Some(&owner), "/api/files").json(body);
        house.send(request.header("idempotency-key", "0123456789abcdef")).await
    };
    let first = once(&body).await;
    let second = once(&body).await;
    assert_eq!((first.status, &first.body), (201, &second.body));
    assert_eq!(second.headers["idempotency-replayed"], "true");
    once(&announce(&picture(11), "image/jpeg", "job_photo")).await.refused(422, "REQUEST_002");

    let mut sql = house.sql().await;
    let due: (String, bool) = sqlx::query_as(
        "select state, run_at > now() + interval '7 days' from task where kind = 'file.sweep' and org_id = $1",
    )
    .bind(owner.org.0)
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert_eq!(due, ("later".into(), true));
    append(&house, &owner, &first.body["id"], 0, b"half").await.ok();
    for change in [
        "update upload set created_at = now() - interval '8 days'",
        "update task set run_at = now(), state = 'ready', rank_at = now() where kind = 'file.sweep'",
    ] {
        sqlx::query(change).execute(&mut sql).await.unwrap();
    }
    house.app.engine.task_written.notify_one();
    eventually("the upload is swept", async || {
        let left: i64 = sqlx::query_scalar("select count(*) from upload_part")
            .fetch_one(&mut house.sql().await)
            .await
            .unwrap();
        (left == 0).then_some(())
    })
    .await;
}

/// The executable, serving on an address of its own.
struct Served {
    child: std::process::Child,
    url: String,
}

impl Served {
    async fn start(house: &House, data: &std::path::Path) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = crate::cli::over(house);
        command.arg("serve").env("CAMPO_LISTEN", free.to_string()).env("CAMPO_DATA", data);
        let child =
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        let url = format!("http://{free}");
        let ready = format!("{url}/health/ready");
        eventually("it serves", async || reqwest::get(&ready).await.ok().filter(|a| a.status() == 200)).await;
        Self { child, url }
    }

    /// SIGKILL: no goodbye.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The executable dies in the middle, again and again; what was acknowledged is there, nothing twice.
#[tokio::test]
async fn killed_in_the_middle_nothing_acknowledged_is_lost() {
    let house = House::start().await;
    let owner = house.sign_up("Gas").await;
    let noise = (0..2_000_000u32).map(|n| (n / 7 % 251) as u8);
    let bytes: Vec<u8> = b"%PDF-1.7\n".iter().copied().chain(noise).collect();
    let data = crate::cluster::scratch().join(format!("killed-{}", uuid::Uuid::new_v4()));
    let begun = house.post(&owner, "/api/files", announce(&bytes, "application/pdf", "document")).await.ok();
    let path = format!("/api/files/{}", begun["id"].as_str().unwrap());
    let client = reqwest::Client::new();
    let (mut acknowledged, mut rounds) = (0, 0);
    loop {
        rounds += 1;
        assert!(rounds < 20, "it gets somewhere");
        let mut server = Served::start(&house, &data).await;
        let url = format!("{}{path}", server.url);
        let head = client.head(&url).bearer_auth(&owner.token).send().await.unwrap();
        let here: usize = head.headers()["upload-offset"].to_str().unwrap().parse().unwrap();
        assert!(here >= acknowledged, "{acknowledged} bytes were acknowledged, {here} are there");
        let patch = |from: usize, to: usize| {
            let request = client.patch(&url).bearer_auth(&owner.token).header("upload-offset", from);
            request.body(bytes[from..to].to_vec()).send()
        };
        // One piece is acknowledged; the next one is under way when the process dies.
        let next = bytes.len().min(here + 300_000);
        let answer: Value = patch(here, next).await.unwrap().json().await.unwrap();
        assert_eq!(answer["offset"], next);
        acknowledged = next;
        if answer["done"] == true {
            break;
        }
        let under_way = tokio::spawn(patch(next, bytes.len().min(next + 400_000)));
        tokio::time::sleep(Duration::from_millis(rounds * 3)).await;
        server.kill();
        let _ = under_way.await;
    }
    assert!(rounds >= 3, "{rounds}");
    let server = Served::start(&house, &data).await;
    let file = client.get(format!("{}{path}", server.url)).bearer_auth(&owner.token).send().await.unwrap();
    let file: Value = file.json().await.unwrap();
    assert_eq!(fetch(file["url"].as_str().unwrap()).await.bytes().await.unwrap(), bytes);
}
