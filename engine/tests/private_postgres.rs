//! The private PostgreSQL against the real programs: start, end, `kill -9`, a second server, commands beside it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use campo_engine::postgres::{Access, Binaries, Holder, Place, PostgresError, Private, State};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor, Row};

/// A data folder of one test, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Scratch {
        let dir = std::env::temp_dir().join(format!("campo-pg-{}", uuid::Uuid::new_v4().simple()));
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        Scratch(dir)
    }

    fn place(&self) -> Place {
        let place = place_at(self.0.join("data"));
        assert!(!Binaries::find(&place).is_empty(), "no PostgreSQL here: run scripts/setup.sh");
        place
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Tests run in the crate's folder: what the set-up script installed lies one above.
fn place_at(data: PathBuf) -> Place {
    let mut place = Place::new(data);
    place.tools.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/postgres"));
    place
}

/// Runs one statement and gives the first column of the first row as a number, if there is one.
fn number(options: &PgConnectOptions, statement: &'static str) -> Option<i64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = PgConnection::connect_with(options).await.unwrap();
        let row = connection.fetch_optional(statement).await.unwrap();
        connection.close().await.unwrap();
        row.map(|row| row.get::<i64, _>(0))
    })
}

/// Waits until `done`, at most a minute.
fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited a minute for {what}");
        sleep(Duration::from_millis(10));
    }
}

fn is_running(pid: i32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

/// A process of its own that starts the private PostgreSQL in `folder`/data and waits.
fn server_process(folder: &Path) -> (Child, i32) {
    fs::write(folder.join("helper-here"), "").unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "helper_server", "--ignored", "--nocapture"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let pid =
        lines.map_while(Result::ok).find_map(|line| Some(line.split_once("ready ")?.1.parse().unwrap()));
    (child, pid.expect("the helper starts PostgreSQL"))
}

/// Not a test: the body of [`server_process`], which runs this executable again.
#[test]
#[ignore = "the other half of the kill -9 test"]
fn helper_server() {
    let here = std::env::current_dir().unwrap();
    if !here.join("helper-here").exists() {
        return;
    }
    let private = Private::start(&place_at(here.join("data"))).unwrap();
    println!("ready {}", private.pid());
    // Ends when the test closes the pipe, should it ever fail to kill this process.
    let _ = std::io::stdin().read(&mut [0]);
}

#[test]
fn what_is_written_is_there_after_a_clean_stop() {
    let scratch = Scratch::new();
    let private = Private::start(&scratch.place()).unwrap();
    let options = private.options();
    number(&options, "CREATE TABLE t AS SELECT 42::bigint AS n");
    let (pid, state) = (private.pid(), private.state());
    assert_eq!(*state.borrow(), State::Ready { pid, restarts: 0 });
    private.stop();
    assert_eq!(*state.borrow(), State::Stopped);
    assert!(!is_running(pid));

    let private = Private::start(&scratch.place()).unwrap();
    assert_eq!(number(&private.options(), "SELECT n FROM t"), Some(42));
}

#[test]
fn it_listens_on_no_port_and_is_closed_to_others() {
    let scratch = Scratch::new();
    let private = Private::start(&scratch.place()).unwrap();
    let options = private.options();
    let ports = "SELECT count(*) FROM pg_settings WHERE name = 'listen_addresses' AND setting <> ''";
    assert_eq!(number(&options, ports), Some(0));
    let unsafe_settings = "SELECT count(*) FROM pg_settings \
        WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting <> 'on'";
    assert_eq!(number(&options, unsafe_settings), Some(0));
    for closed in ["data/postgres", "data/run"] {
        let mode = fs::metadata(scratch.0.join(closed)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{closed} is open to others");
    }
}

#[test]
fn after_kill_9_of_the_server_postgres_ends_cleanly_and_the_next_start_waits_for_it() {
    let scratch = Scratch::new();
    let (mut server, pid) = server_process(&scratch.0);
    let running = Private::attach(&scratch.place().data).expect("the helper's PostgreSQL can be joined");
    number(&running.options(), "CREATE TABLE t AS SELECT 7::bigint AS n");
    kill(Pid::from_raw(server.id().cast_signed()), Signal::SIGKILL).unwrap();
    server.wait().unwrap();

    let private = Private::start(&scratch.place()).unwrap();
    assert!(!is_running(pid), "the new one runs beside the old");
    assert_eq!(number(&private.options(), "SELECT n FROM t"), Some(7));
    let log = fs::read_to_string(scratch.0.join("data/postgres.log")).unwrap();
    assert!(!log.contains("not properly shut down"), "{log}");
}

#[test]
fn a_second_server_gets_one_line_and_a_command_joins_the_first() {
    let scratch = Scratch::new();
    let private = Private::start(&scratch.place()).unwrap();
    let error = Private::start(&scratch.place()).unwrap_err();
    assert!(matches!(error, PostgresError::Busy { holder: Holder::Server, .. }));
    let line = error.to_string();
    let own = format!("another campo server (pid {}) uses ", std::process::id());
    assert!(line.starts_with(&own) && line.lines().count() == 1, "{line}");

    let access = Private::attach_or_start(&scratch.place()).unwrap();
    assert!(matches!(&access, Access::Attached(running) if running.pid == private.pid()));
    assert_eq!(number(&access.options(), "SELECT 1::bigint"), Some(1));
    drop(access);
    assert_eq!(number(&private.options(), "SELECT 1::bigint"), Some(1));
}

#[test]
fn a_command_without_a_server_has_its_own_for_its_time() {
    let scratch = Scratch::new();
    assert!(Private::attach(&scratch.place().data).is_none());
    let access = Private::attach_or_start(&scratch.place()).unwrap();
    assert!(matches!(access, Access::Started(_)));
    assert_eq!(number(&access.options(), "SELECT 1::bigint"), Some(1));
    drop(access);
    assert!(Private::attach(&scratch.place().data).is_none());
}

#[test]
fn a_server_waits_for_a_command_at_work() {
    let scratch = Scratch::new();
    let access = Private::attach_or_start(&scratch.place()).unwrap();
    let place = scratch.place();
    let server = std::thread::spawn(move || Private::start(&place).map(|private| private.pid()));
    sleep(Duration::from_millis(500));
    assert!(!server.is_finished());
    drop(access);
    assert!(server.join().unwrap().unwrap() > 0);
}

#[test]
fn a_killed_postmaster_comes_back_by_itself() {
    let scratch = Scratch::new();
    let private = Private::start(&scratch.place()).unwrap();
    number(&private.options(), "CREATE TABLE t AS SELECT 9::bigint AS n");
    let (pid, state) = (private.pid(), private.state());
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    wait_for("the restart", || matches!(*state.borrow(), State::Ready { restarts: 1, .. }));
    assert_ne!(private.pid(), pid);
    assert_eq!(number(&private.options(), "SELECT n FROM t"), Some(9));
}

#[test]
fn a_half_made_cluster_is_replaced_and_a_stranger_is_not() {
    let scratch = Scratch::new();
    let data = scratch.place().data;
    fs::create_dir_all(data.join("postgres.init/data")).unwrap();
    fs::write(data.join("postgres.init/something"), "mine").unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    let error = Private::start(&scratch.place()).unwrap_err();
    assert!(error.to_string().contains("not ours"), "{error}");
    assert!(data.join("postgres.init/something").exists());

    fs::rename(data.join("postgres.init/something"), data.join("postgres.init/made-by-campo")).unwrap();
    Private::start(&scratch.place()).unwrap().stop();
    assert!(!data.join("postgres.init").exists());
    assert!(data.join("postgres/PG_VERSION").exists());
}

#[test]
fn a_long_data_path_gets_its_socket_elsewhere() {
    let scratch = Scratch::new();
    let data = scratch.0.join("a-long-name-".repeat(8)).join("data");
    let private = Private::start(&place_at(data.clone())).unwrap();
    let running = Private::attach(&data).unwrap();
    assert!(running.socket_dir.starts_with("/tmp"), "{running:?}");
    assert_eq!(number(&private.options(), "SELECT 1::bigint"), Some(1));
    private.stop();
    // The next start uses the same folder again.
    let private = Private::start(&place_at(data.clone())).unwrap();
    assert_eq!(Private::attach(&data).unwrap().socket_dir, running.socket_dir);
    private.stop();
    fs::remove_dir_all(&running.socket_dir).unwrap();
}

#[test]
fn a_folder_closed_to_its_user_is_refused_by_name() {
    let scratch = Scratch::new();
    let closed = scratch.0.join("closed");
    fs::create_dir(&closed).unwrap();
    let is_root = nix::unistd::geteuid().is_root();
    // Root hands PostgreSQL to another user; anyone else cannot make a folder in a read-only one.
    fs::set_permissions(&closed, fs::Permissions::from_mode(if is_root { 0o700 } else { 0o500 })).unwrap();
    let error = Private::start(&place_at(closed.join("data"))).unwrap_err().to_string();
    assert!(error.contains("closed/data") && error.lines().count() == 1, "{error}");
}
