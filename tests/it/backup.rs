//! Everything in one file and back: beside a loaded server, into a fresh place, refused where it is damaged.

#![allow(clippy::disallowed_methods, reason = "tests are told by the environment which PostgreSQL to use")]

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use campo_engine::Engine;
use campo_engine::audit::{self, anchor::Anchors};
use campo_engine::auth::keys::Keys;
use campo_engine::backup::restore::{self, Into, Restored};
use campo_engine::backup::{self, Done, Wanted, installation};
use campo_engine::db::{self, Db};
use campo_engine::error::{Error, Result};
use campo_engine::live::Live;
use campo_http::config::Config;
use chrono::Utc;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use crate::cli::campo;
use crate::cluster;
use crate::house::{House, Person, eventually};

const CBU: &str = "2850590940090418135201";

fn scratch() -> PathBuf {
    let folder = cluster::scratch().join(format!("backup-{}", Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// An engine over a place that no server serves.
fn place(options: &db::Options, folder: &Path) -> (Engine, Into) {
    let data = folder.join("data").display().to_string();
    let config = Config::from_flags(&["--data", &data]).unwrap();
    let secret = std::fs::read(cluster::scratch().join("secret")).unwrap();
    let (live, _events) = Live::channel();
    let settings = config.settings("127.0.0.1:0".parse().unwrap());
    let engine =
        Engine::new(Db::open(options.clone(), live), Keys::derive(&secret).unwrap(), settings).unwrap();
    (engine, Into { replace: false, map: folder.join("map"), extra: folder.join("data") })
}

async fn back_up(engine: &Engine, out: &Path) -> Result<Done> {
    backup::backup(engine, out, &Wanted::default(), &mut |_: &str| {}).await
}

async fn restored(engine: &Engine, from: &Path, into: &Into) -> Result<Restored> {
    let manifest = restore::check(from, &mut |_: &str| {})?;
    restore::restore(engine, from, (&manifest, into), &mut |_: &str| {}).await
}

/// What clients write, as far as it was acknowledged.
#[derive(Default)]
struct Acked {
    customers: Mutex<Vec<String>>,
    jobs: Mutex<Vec<String>>,
    positions: Mutex<Vec<i64>>,
}

impl Acked {
    fn all(&self) -> (Vec<String>, Vec<String>, Vec<i64>) {
        let (c, j, p) = (self.customers.lock(), self.jobs.lock(), self.positions.lock());
        (c.unwrap().clone(), j.unwrap().clone(), p.unwrap().clone())
    }
}

/// Customers with a job each, until told to stop.
async fn write_jobs(house: &House, owner: &Person, acked: &Acked, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let customer = house.customer(owner, "Ana").await;
        acked.customers.lock().unwrap().push(customer["id"].as_str().unwrap().to_owned());
        let body = json!({"customer_id": customer["id"], "title": "Pérdida", "description": "de agua"});
        let job = house.post(owner, "/api/jobs", body).await.ok();
        acked.jobs.lock().unwrap().push(job["id"].as_str().unwrap().to_owned());
    }
}

/// Positions of a phone, until told to stop; none in the future that would be refused.
async fn write_positions(house: &House, token: &str, from: i64, acked: &Acked, stop: &AtomicBool) {
    for n in 0..250 {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let path = format!("/ingest/{token}/osmand?lat=-34.6{n:03}&lon=-58.38&timestamp={}", from + n);
        house.get(None, &path).await.ok();
        acked.positions.lock().unwrap().push(from + n);
    }
}

async fn ids(sql: &mut PgConnection, query: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_all(sql).await.unwrap()
}

#[tokio::test]
async fn a_loaded_server_is_backed_up_and_lives_again() {
    let house = House::start().await;
    let (owner, other) = (house.sign_up("Plomería Sur").await, house.stranger().await);
    let ana = house.hire(&owner, "technician", "Ana").await;
    house.post(&ana, "/api/shifts", json!({"on": true})).await.ok();
    let device =
        house.post(&owner, "/api/devices", json!({"user_id": ana.user, "name": "Moto G"})).await.ok();
    let token = device["token"].as_str().unwrap();
    let bank = house.request(Method::PUT, Some(&owner), "/api/organization/bank").json(&json!({"cbu": CBU}));
    house.send(bank).await.ok();
    let photo = picture();
    let direct = house.request(Method::POST, Some(&owner), "/api/files/direct?purpose=document");
    let file = house.send(direct.header("content-type", "image/png").body(photo)).await.ok();

    let (folder, acked, stop) = (scratch(), Acked::default(), AtomicBool::new(false));
    let out = folder.join("b.campo");
    let from = Utc::now().timestamp() + 1;
    let work = async {
        eventually("there is load", async || {
            let (customers, jobs, positions) = acked.all();
            (customers.len() > 8 && jobs.len() > 8 && positions.len() > 8).then_some(())
        })
        .await;
        let before = acked.all();
        let done = back_up(&house.app.engine, &out).await.unwrap();
        // What is written while it runs must not hurt it, and goes on.
        let after = acked.all();
        stop.store(true, Ordering::Relaxed);
        (before, after, done)
    };
    let ((before, after, done), ..) = tokio::join!(
        work,
        write_jobs(&house, &owner, &acked, &stop),
        write_jobs(&house, &other, &acked, &stop),
        write_positions(&house, token, from, &acked, &stop)
    );
    println!("{} customers before, {} after; {} bytes", before.0.len(), after.0.len(), done.bytes);
    assert!(done.organizations >= 2 && done.files >= 1 && done.missing_files == 0);
    let noted = installation(&house.app.engine.db).await.unwrap();
    assert_eq!(noted.backup_of.unwrap().timestamp(), done.snapshot_at.timestamp());
    assert!(
        matches!(back_up(&house.app.engine, &out).await, Err(Error::Internal(said)) if said.contains("already"))
    );

    let options = cluster::empty().await;
    let (engine, into) = place(&options, &folder);
    let back = restored(&engine, &out, &into).await.unwrap();
    assert!(back.broken_chains.is_empty(), "{:?}", back.broken_chains);
    assert!(back.is_same_secret && back.organizations == done.organizations && back.files == done.files);
    let mut sql = PgConnection::connect_with(&options).await.unwrap();
    // All that was acknowledged before the snapshot.
    let customers = ids(&mut sql, "select customer_id::text from customer").await;
    let jobs = ids(&mut sql, "select job_id::text from job").await;
    let positions: Vec<i64> =
        sqlx::query_scalar("select extract(epoch from at)::bigint from position order by 1")
            .fetch_all(&mut sql)
            .await
            .unwrap();
    assert!(before.0.iter().all(|c| customers.contains(c)) && before.1.iter().all(|j| jobs.contains(j)));
    assert!(before.2.iter().all(|p| positions.contains(p)));
    // No half of anything: every event number is there, and each job has its event.
    let torn = ids(
        &mut sql,
        "select o.org_id::text from org_seq o where o.seq <> (select count(*) from event e where e.org_id = o.org_id)
         union all select j.job_id::text from job j where not exists (select from event e
             where e.org_id = j.org_id and e.kind = 'job.created' and e.body -> 'job' ->> 'id' = j.job_id::text)",
    )
    .await;
    assert!(torn.is_empty(), "{torn:?}");
    // Rows are as they were, guards too.
    let open = ids(
        &mut sql,
        "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
         and relname <> '_sqlx_migrations' and not (relrowsecurity and relforcerowsecurity)
         union all select tgname::text from pg_trigger where not tgisinternal and tgenabled = 'D'
         union all select conname::text from pg_constraint where not convalidated",
    )
    .await;
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(
        shape(&mut sql).await,
        shape(&mut house.sql().await).await,
        "tables, columns, keys, triggers, policies"
    );
    let was = installation(&house.app.engine.db).await.unwrap().incarnation;
    let is = installation(&engine.db).await.unwrap();
    engine.db.close().await;
    assert!(is.incarnation != was && is.restored_of.is_some(), "another life");

    // It lives: people are still signed in, secrets open, chains verify, new numbers follow old ones.
    let lives = House::over(options.clone(), true, &[]).await;
    assert_eq!(lives.get(&owner, "/api/organization/bank").await.ok()["cbu"], CBU);
    let listed = lives.get(&owner, "/api/customers?limit=1").await.ok();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let person = lives.hire(&owner, "technician", "Beto").await;
    lives.post(&person, "/api/shifts", json!({"on": true})).await.ok();
    lives.customer(&owner, "Nueva").await;
    let key = format!("{}/{}", owner.org, file["id"].as_str().unwrap());
    let kept = house.app.engine.files.shelf.get(&key, None).await.unwrap().unwrap();
    assert_eq!(engine.files.shelf.get(&key, None).await.unwrap().unwrap(), kept);
    for org in [owner.org, other.org] {
        verified(&lives.app.engine, org).await;
    }

    // Not over what is there, and not under a server.
    let (again, keeping) = place(&options, &folder);
    let into = Into { replace: true, ..into };
    assert_eq!(code(restored(&again, &out, &into).await), "BACKUP_001");
    lives.stop().await.unwrap();
    assert_eq!(code(restored(&again, &out, &keeping).await), "BACKUP_001");
    restored(&again, &out, &into).await.unwrap();
    let news = ids(&mut sql, "select name from customer where name = 'Nueva'").await;
    assert!(news.is_empty(), "what came after the backup is gone");
    assert_ne!(installation(&again.db).await.unwrap().incarnation, is.incarnation);
}

fn code(result: Result<Restored>) -> &'static str {
    match result {
        Err(Error::Conflict { code, .. }) => code,
        Err(other) => panic!("{other}"),
        Ok(_) => "restored",
    }
}

/// The chain of an organization is whole, and says that it was restored.
async fn verified(engine: &Engine, org: campo_engine::ids::OrgId) {
    let verdict = audit::verify::verify(&engine.db, org, &Anchors::default(), None).await.unwrap();
    assert!(verdict.ok && verdict.rows > 0, "{:?}", verdict.detail);
    let mut tenant = engine.db.tenant(org).await.unwrap();
    let noted: i64 = sqlx::query_scalar("select count(*) from audit_log where action = 'backup.restored'")
        .fetch_one(tenant.conn())
        .await
        .unwrap();
    assert_eq!(noted, 1);
}

/// A picture of a few pixels.
fn picture() -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(16, 16, |x, y| image::Rgb([x as u8 * 16, y as u8 * 16, 99]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    png.into_inner()
}

/// What a database is made of, but for days of positions.
async fn shape(sql: &mut PgConnection) -> Vec<String> {
    ids(
        sql,
        "select 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || coalesce(column_default, '')
         from information_schema.columns where table_schema = 'public' and table_name !~ '^position_[0-9]'
         union all select 'key ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
             where connamespace = 'public'::regnamespace and conrelid::regclass::text !~ '^position_[0-9]'
         union all select 'trigger ' || tgrelid::regclass || ' ' || tgname || tgenabled::text from pg_trigger where not tgisinternal
         union all select 'policy ' || tablename || ' ' || policyname || coalesce(qual, '') from pg_policies where schemaname = 'public'
         union all select 'grant ' || table_name || ' ' || grantee || ' ' || privilege_type from information_schema.role_table_grants
             where table_schema = 'public' and grantee like 'campo\\_%' and table_name !~ '^position_[0-9]'
         union all select 'index ' || indexname from pg_indexes where schemaname = 'public' and tablename !~ '^position_[0-9]'
         order by 1",
    )
    .await
}

/// A damaged file changes nothing and says which part it is.
#[tokio::test]
async fn a_damaged_backup_is_refused_by_name() {
    let house = House::start().await;
    house.sign_up("Plomería Sur").await;
    let folder = scratch();
    let out = folder.join("b.campo");
    back_up(&house.app.engine, &out).await.unwrap();
    let whole = std::fs::read(&out).unwrap();
    let options = cluster::empty().await;
    let (engine, into) = place(&options, &folder);
    let needle = b"db/member.000000.gz";
    let at = whole.windows(needle.len()).position(|w| w == needle).unwrap();
    let mut flipped = whole.clone();
    flipped[at + 512 + 20] ^= 1;
    for (bytes, said) in [
        (flipped, "the part db/member.000000.gz is damaged"),
        (whole[..at + 520].to_vec(), "cut off in the part db/member.000000.gz"),
        (whole[..at].to_vec(), "cut off after the part db/"),
        (b"hello, this is not it at all".to_vec(), "cut off"),
        ([b'x'; 2_000].to_vec(), "is no backup of campo"),
    ] {
        let path = folder.join("damaged");
        std::fs::write(&path, bytes).unwrap();
        let error = restored(&engine, &path, &into).await.err().unwrap().to_string();
        assert!(error.contains(said), "{error}");
    }
    let mut sql = PgConnection::connect_with(&options).await.unwrap();
    assert!(
        ids(&mut sql, "select relname::text from pg_class where relnamespace = 'public'::regnamespace")
            .await
            .is_empty()
    );
}

/// A restore that breaks in the middle leaves what was there.
#[tokio::test]
async fn all_of_it_or_nothing() {
    let house = House::start().await;
    house.sign_up("Plomería Sur").await;
    let folder = scratch();
    let out = folder.join("b.campo");
    back_up(&house.app.engine, &out).await.unwrap();
    let mut manifest = restore::check(&out, &mut |_: &str| {}).unwrap();
    // A table that takes these rows no longer: found when most of the work is done.
    manifest.tables.iter_mut().filter(|t| t.name == "task").for_each(|t| t.columns.push("none".into()));
    let options = cluster::migrated().await;
    let mut sql = PgConnection::connect_with(&options).await.unwrap();
    sqlx::query("insert into organization (org_id, name) values (gen_random_uuid(), 'La de antes')")
        .execute(&mut sql)
        .await
        .unwrap();
    let (engine, into) = place(&options, &folder);
    let into = Into { replace: true, ..into };
    restore::restore(&engine, &out, (&manifest, &into), &mut |_: &str| {}).await.unwrap_err();
    eventually("the connection that broke off is over", async || {
        let mut sql = PgConnection::connect_with(&options).await.ok()?;
        (ids(&mut sql, "select name from organization").await == ["La de antes"]).then_some(())
    })
    .await;
}

/// An owner that row-level security binds as anybody: as a hosted PostgreSQL gives one.
#[tokio::test]
async fn an_owner_without_privileges_backs_up_everything_too() {
    let name = format!("owner_{}", Uuid::new_v4().simple());
    let mut sql = PgConnection::connect_with(&cluster::superuser()).await.unwrap();
    let mut run = async |statement: String| {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut sql).await.unwrap();
    };
    run(format!("create role {name} login createrole")).await;
    for role in ["campo_app", "campo_ingest", "campo_worker"] {
        run(format!(
            "do $$ begin create role {role} nologin; exception when duplicate_object then null; end $$"
        ))
        .await;
        run(format!("grant {role} to {name}")).await;
    }
    let mut places = Vec::new();
    for n in 0..2 {
        run(format!("create database {name}_{n} owner {name} template template0")).await;
        places.push(cluster::superuser().username(&name).database(&format!("{name}_{n}")));
    }
    let house = House::over(places[0].clone(), true, &[]).await;
    let owner = house.sign_up("Plomería Sur").await;
    house.customer(&owner, "Ana").await;
    let folder = scratch();
    let out = folder.join("b.campo");
    let done = back_up(&house.app.engine, &out).await.unwrap();
    assert!(done.organizations >= 1);
    let (engine, into) = place(&places[1], &folder);
    restored(&engine, &out, &into).await.unwrap();
    let lives = House::over(places[1].clone(), true, &[]).await;
    assert_eq!(lives.get(&owner, "/api/customers").await.ok()["items"][0]["name"], "Ana");
    lives.stop().await.unwrap();
    house.stop().await.unwrap();
}

/// The commands, over a private PostgreSQL of each place; the secret travels under its passphrase.
#[tokio::test]
async fn the_commands_move_an_installation() {
    let folder = scratch();
    let (passphrase, out) = (folder.join("passphrase"), folder.join("b.campo"));
    std::fs::write(&passphrase, "una frase bastante larga\n").unwrap();
    let run = async |place: &str, args: Vec<&str>| {
        let mut command = campo();
        command
            .args(args)
            .env("CAMPO_DATA", folder.join(place))
            .env("HOME", &folder)
            .env("PATH", "/usr/bin:/bin");
        if let Ok(bin) = std::env::var("CAMPO_POSTGRES_BIN") {
            command.env("CAMPO_POSTGRES_BIN", bin);
        }
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let (said, err) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        (output.status.code(), said, err)
    };
    let out = out.to_str().unwrap();
    let passphrase = passphrase.to_str().unwrap();
    let made = run("first", vec!["org", "create", "--name", "Sur", "--owner-phone", "+5491155550001"]).await;
    assert_eq!(made.0, Some(0), "{}", made.2);
    let kek = run("first", vec!["keys", "rotate-kek"]).await;
    assert_eq!(kek.0, Some(0), "{}", kek.2);
    let secret = ["--with-secret", "--passphrase-file", passphrase];
    let backed = run("first", [&["backup", "--out", out][..], &secret].concat()).await;
    assert_eq!(backed.0, Some(0), "{}", backed.2);
    let done: Value = serde_json::from_str(&backed.1).unwrap();
    assert_eq!(done["organizations"], 1);
    let bytes = std::fs::read(out).unwrap();
    let key = std::fs::read(folder.join("first/secret")).unwrap();
    assert!(!bytes.windows(key.len()).any(|w| w == key), "the secret stands there in clear");

    // Another secret is not taken for the same one; the backup's own comes with the passphrase.
    let refused = run("second", vec!["restore", "--from", out]).await;
    assert!(refused.0 == Some(1) && refused.2.contains("--passphrase-file"), "{}", refused.2);
    let back = run("second", vec!["restore", "--from", out, "--passphrase-file", passphrase]).await;
    assert_eq!(back.0, Some(0), "{}", back.2);
    for name in ["secret", "kek"] {
        let read = |place: &str| std::fs::read(folder.join(place).join(name)).unwrap();
        assert_eq!(read("first"), read("second"), "{name}");
    }
    let token = run("second", vec!["token", "--phone", "+5491155550001"]).await;
    assert_eq!(token.0, Some(0), "{}", token.2);
    let twice = run("second", vec!["restore", "--from", out, "--passphrase-file", passphrase]).await;
    assert!(twice.0 == Some(1) && twice.2.contains("--replace"), "{}", twice.2);
    let doctor = run("second", vec!["doctor"]).await;
    assert!(doctor.1.contains("backup"), "{}", doctor.1);
}
