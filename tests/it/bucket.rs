//! Files in a bucket: against a server of S3 that checks every signature, and while it is away.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use campo_engine::files::shelf::{Label, Shelf};
use campo_engine::providers::Calls;
use campo_engine::settings::FileSettings;
use chrono::{TimeDelta, Utc};
use hyper_util::rt::TokioIo;
use reqwest::Method;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::cluster;
use crate::files::{announce, append, picture, upload};
use crate::house::{House, eventually};

const ACCESS: &str = "AKIDCAMPO";
const SECRET: &str = "un+secreto/con=signos";

/// A server of S3 over a folder.
struct Bucket {
    address: SocketAddr,
    root: PathBuf,
    server: JoinHandle<()>,
}

impl Bucket {
    async fn start() -> Self {
        let root = cluster::scratch().join(format!("s3-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(root.join("fotos")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(serve(listener, root.clone()));
        Self { address, root, server }
    }

    /// The same bucket at the same address, after [`Bucket::away`].
    async fn back(&mut self) {
        let listener =
            eventually("the address is free", async || TcpListener::bind(self.address).await.ok()).await;
        self.server = tokio::spawn(serve(listener, self.root.clone()));
    }

    fn away(&self) {
        self.server.abort();
    }

    fn settings(&self) -> FileSettings {
        FileSettings {
            url: Some("s3://fotos/campo".into()),
            endpoint: Some(format!("http://{}", self.address)),
            region: Some("us-east-1".into()),
            access_key: Some(ACCESS.into()),
            secret_key: Some(SECRET.into()),
            ..FileSettings::default()
        }
    }

    async fn house(&self) -> House {
        let endpoint = format!("http://{}", self.address);
        let flags = ["--files-url", "s3://fotos/campo", "--s3-endpoint", &endpoint];
        let keys = ["--s3-access-key", ACCESS, "--s3-secret-key", SECRET];
        House::with(true, &[flags.as_slice(), &keys].concat()).await
    }
}

async fn serve(listener: TcpListener, root: PathBuf) {
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(root).unwrap());
    builder.set_auth(SimpleAuth::from_single(ACCESS, SECRET));
    let service = builder.build();
    // Its connections end with it: a store that is away answers nobody.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(socket), service.clone());
        connections.spawn(async move {
            let _ = connection.await;
        });
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().timeout(Duration::from_secs(30)).build().unwrap()
}

/// PUT and GET by address alone; one sign bent, another method, another object, too late: all refused by the store.
#[tokio::test]
async fn presigned_addresses_are_what_the_store_takes() {
    let bucket = Bucket::start().await;
    let shelf = Shelf::new(&bucket.settings(), Calls::new(None).unwrap()).unwrap();
    let key = "0193/año y más+.jpg";
    let sign = |method: &str, ago_s: i64, good_s: u32| {
        shelf.presign(method, key, Utc::now() - TimeDelta::seconds(ago_s), good_s).unwrap().to_string()
    };
    let put = async |url: &str| {
        let answer = client().put(url).body("hola").send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(put(&sign("PUT", 0, 60)).await.0, 200);
    let got = client().get(sign("GET", 0, 60)).send().await.unwrap();
    assert_eq!((got.status().as_u16(), got.text().await.unwrap().as_str()), (200, "hola"));
    let good = sign("PUT", 0, 60);
    let (start, last) = good.split_at(good.len() - 1);
    let bent = format!("{start}{}", if last == "0" { '1' } else { '0' });
    for wrong in
        [bent, good.replace("a%C3%B1o", "otro"), sign("GET", 0, 60), good.replace("Expires=60", "Expires=61")]
    {
        let (status, said) = put(&wrong).await;
        assert_eq!(status, 403, "{wrong}: {said}");
        assert!(said.contains("SignatureDoesNotMatch"), "{said}");
    }
    let (status, said) = put(&sign("PUT", 120, 60)).await;
    assert_eq!(status, 403, "{said}");
    assert_eq!(client().get(sign("GET", 7_200, 3_600)).send().await.unwrap().status(), 403);

    // What the library signs by headers and what we sign in the query are the same objects.
    let label = Label { mime: "text/plain", disposition: "attachment" };
    shelf.put("0193/otro", "chau".into(), label).await.unwrap();
    let url = shelf.presign("GET", "0193/otro", Utc::now(), 60).unwrap();
    assert_eq!(client().get(url).send().await.unwrap().text().await.unwrap(), "chau");
    assert_eq!(shelf.get("0193/otro", Some(1..3)).await.unwrap().unwrap(), "ha");
    shelf.delete("0193/otro").await.unwrap();
    assert!(shelf.get("0193/otro", None).await.unwrap().is_none());
}

#[tokio::test]
async fn pictures_lie_in_the_bucket_and_are_linked_there() {
    let bucket = Bucket::start().await;
    let house = bucket.house().await;
    let owner = house.sign_up("Gas").await;
    let id = upload(&house, &owner, &picture(1), "image/jpeg", "job_photo").await;
    let id = id.as_str().unwrap();
    let file = house.get(&owner, &format!("/api/files/{id}")).await.ok();
    let url = file["url"].as_str().unwrap();
    let key = format!("campo/{}/{id}", owner.org);
    assert!(url.starts_with(&format!("http://{}/fotos/{key}?X-Amz-", bucket.address)), "{url}");
    assert!(
        bucket.root.join("fotos").join(&key).exists()
            && bucket.root.join("fotos").join(format!("{key}.thumb")).exists()
    );
    let served = client().get(url).send().await.unwrap();
    assert_eq!(
        (served.status().as_u16(), &served.headers()["content-type"]),
        (200, &"image/jpeg".parse().unwrap())
    );
    assert!(image::load_from_memory(&served.bytes().await.unwrap()).is_ok());
    let policy = house.get(None, "/").await.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains(&format!("img-src 'self' http://{}", bucket.address)), "{policy}");
    // Erased, it is gone from the bucket soon after.
    let file: uuid::Uuid = id.parse().unwrap();
    campo_engine::files::erase(&house.app.engine, owner.org, file.into()).await.unwrap();
    house.get(&owner, &format!("/api/files/{id}")).await.refused(404, "REQUEST_004");
    eventually("the objects are gone", async || {
        (!bucket.root.join("fotos").join(&key).exists()).then_some(())
    })
    .await;
}

/// Everything that was sent stays; the last step is asked for again when the store is back.
#[tokio::test]
async fn a_store_that_is_away_loses_nothing() {
    let mut bucket = Bucket::start().await;
    let house = bucket.house().await;
    let owner = house.sign_up("Gas").await;
    let bytes = picture(2);
    let begun = house.post(&owner, "/api/files", announce(&bytes, "image/jpeg", "job_photo")).await.ok();
    bucket.away();
    let half = bytes.len() / 2;
    append(&house, &owner, &begun["id"], 0, &bytes[..half]).await.ok();
    let away = append(&house, &owner, &begun["id"], half, &bytes[half..]).await;
    away.refused(503, "SYSTEM_003");
    assert!(away.headers.contains_key("retry-after"));
    // Again and again until the breaker opens: then nobody asks the store, and the wait is its own.
    for _ in 0..6 {
        append(&house, &owner, &begun["id"], bytes.len(), &[]).await.refused(503, "SYSTEM_003");
    }
    let standing = house.app.engine.calls.breakers().standing();
    assert!(standing.iter().any(|s| s.service.as_str() == "storage" && s.word == "open"), "{standing:?}");
    let path = format!("/api/files/{}", begun["id"].as_str().unwrap());
    let here = house.send(house.request(Method::HEAD, Some(&owner), &path)).await;
    assert_eq!(here.headers["upload-offset"], bytes.len().to_string().as_str());
    let direct = house.request(Method::POST, Some(&owner), "/api/files/direct?purpose=job_photo");
    house.send(direct.body(picture(3))).await.refused(503, "SYSTEM_003");
    bucket.back().await;
    // A second node has a breaker of its own; it finds the bytes where they are.
    let endpoint = format!("http://{}", bucket.address);
    let flags = ["--files-url", "s3://fotos/campo", "--s3-endpoint", &endpoint, "--s3-access-key", ACCESS];
    let other =
        House::over(house.database(), true, &[flags.as_slice(), &["--s3-secret-key", SECRET]].concat()).await;
    let done = append(&other, &owner, &begun["id"], bytes.len(), &[]).await.ok();
    assert_eq!(done, json!({"id": begun["id"], "offset": bytes.len(), "bytes": bytes.len(), "done": true}));
}
