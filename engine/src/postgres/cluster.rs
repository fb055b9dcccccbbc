//! The cluster: made in one step or not at all, and its settings, written before each start.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::binaries::Binaries;
use super::folder::{Folder, PORT};
use super::owner::Owner;
use super::{DATABASE, PostgresError, SUPERUSER};

/// Marks a half-made cluster as ours, so that nothing else is ever removed.
const MARK: &str = "made-by-campo";

/// Makes the cluster when there is none.
///
/// It is made beside its place and renamed there when complete and on disk: a crash leaves either a whole
/// cluster or a half-made one that the next start knows and replaces.
pub(super) fn ensure(folder: &Folder, binaries: &Binaries, owner: &Owner) -> Result<(), PostgresError> {
    let cluster = folder.cluster();
    if folder.version().is_some() {
        return Ok(());
    }
    let refuse = |cause: &dyn std::fmt::Display| PostgresError::folder(folder.root(), cause);
    // Removes an empty folder only.
    if cluster.exists() && fs::remove_dir(&cluster).is_err() {
        return Err(PostgresError::folder(&cluster, "it is not a PostgreSQL data folder; move it away"));
    }
    clear_half_made(folder)?;
    let draft = folder.half_made();
    owner.make_private_dir(&draft).map_err(|cause| refuse(&cause))?;
    fs::write(draft.join(MARK), "A cluster in the making.\n").map_err(|cause| refuse(&cause))?;
    initdb(&draft.join("data"), binaries, owner)?;
    fs::rename(draft.join("data"), &cluster).map_err(|cause| refuse(&cause))?;
    fs::remove_dir_all(&draft).map_err(|cause| refuse(&cause))?;
    sync_dir(folder.root()).map_err(|cause| refuse(&cause))
}

/// Removes what a crash left of a cluster in the making, if it is ours.
fn clear_half_made(folder: &Folder) -> Result<(), PostgresError> {
    let draft = folder.half_made();
    if !draft.exists() {
        return Ok(());
    }
    let is_ours = draft.join(MARK).is_file() || fs::remove_dir(&draft).is_ok();
    if !is_ours {
        return Err(PostgresError::folder(&draft, "it is in the way and not ours; move it away"));
    }
    if draft.exists() {
        tracing::info!("replacing a half-made cluster");
        fs::remove_dir_all(&draft).map_err(|cause| PostgresError::folder(&draft, cause))?;
    }
    Ok(())
}

/// Runs `initdb`, makes the database, and brings all of it to disk once, at the end.
fn initdb(data: &Path, binaries: &Binaries, owner: &Owner) -> Result<(), PostgresError> {
    let program = binaries.program("initdb");
    let make = |locale: &str| {
        let mut command = owner.command(&program);
        command.arg("--pgdata").arg(data).arg("--no-sync").args(["--username", SUPERUSER]);
        command.args(["--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", locale]);
        if binaries.version >= 15 {
            command.arg("--locale-provider=libc");
        }
        run(&mut command)
    };
    // A system without C.UTF-8 sorts by bytes just the same.
    make("--locale=C.UTF-8").or_else(|_| {
        let _ = fs::remove_dir_all(data);
        make("--no-locale")
    })?;
    let mut single = owner.command(&binaries.program("postgres"));
    single
        .arg("--single")
        .arg("-D")
        .arg(data)
        .arg("template1")
        .stdin(sql(&format!("CREATE DATABASE {DATABASE}"))?);
    run(&mut single)?;
    // Acknowledged points must not outlive the files they lie in: the cluster is on disk before its first use.
    run(owner.command(&program).arg("--pgdata").arg(data).arg("--sync-only"))?;
    Ok(())
}

/// Standard input that holds one statement, through a pipe.
fn sql(statement: &str) -> Result<std::io::PipeReader, PostgresError> {
    use std::io::Write;
    let failed = |cause: std::io::Error| PostgresError::Initdb(cause.to_string());
    let (reader, mut writer) = std::io::pipe().map_err(failed)?;
    writeln!(writer, "{statement}").map_err(failed)?;
    Ok(reader)
}

/// Runs a program to its end; an unsuccessful one is an error with its last words.
fn run(command: &mut Command) -> Result<Output, PostgresError> {
    let output = command.output().map_err(|cause| PostgresError::Initdb(cause.to_string()))?;
    if output.status.success() {
        return Ok(output);
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let last = words.lines().rfind(|line| line.contains("error:") || line.contains("FATAL"));
    let last = last.or(words.lines().last()).unwrap_or("no word").trim().to_owned();
    Err(PostgresError::Initdb(last))
}

fn sync_dir(dir: &Path) -> std::io::Result<()> {
    fs::File::open(dir)?.sync_all()
}

/// Writes the settings of this start into `campo.conf` of the cluster.
///
/// What an operator puts into `local.conf` beside it comes last and wins.
pub(super) fn configure(
    folder: &Folder,
    binaries: &Binaries,
    owner: &Owner,
    socket_dir: &Path,
) -> Result<(), PostgresError> {
    let path = folder.cluster().join("campo.conf");
    let compression = if has_lz4(folder, binaries, owner) { "lz4" } else { "off" };
    let text = settings(socket_dir, compression, shared_buffers_mb());
    let written = folder.write_whole(&path, text.as_bytes()).and_then(|()| owner.give(&path));
    written.map_err(|cause| PostgresError::folder(&path, cause))
}

fn settings(socket_dir: &Path, wal_compression: &str, shared_buffers_mb: u64) -> String {
    let socket_dir = socket_dir.to_string_lossy().replace('\'', "''");
    format!(
        "# Written by campo at each start. Your own settings belong in local.conf beside this file.
listen_addresses = ''
port = {PORT}
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = {shared_buffers_mb}MB
fsync = on
synchronous_commit = on
# pglz costs ten times more right after a checkpoint.
wal_compression = {wal_compression}
# Together they bound recovery: about 1 s for a million rows since the last checkpoint.
checkpoint_timeout = 15min
max_wal_size = 1GB
min_wal_size = 256MB
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_checkpoints = off
# Without the rows that a statement failed on: they are people's data.
log_error_verbosity = terse
logging_collector = off
cluster_name = 'campo'
include_if_exists = 'local.conf'
"
    )
}

/// Whether this build of PostgreSQL knows lz4, asked of the program itself.
fn has_lz4(folder: &Folder, binaries: &Binaries, owner: &Owner) -> bool {
    let mut command = owner.command(&binaries.program("postgres"));
    command.arg("-D").arg(folder.cluster()).args(["-c", "wal_compression=lz4", "-C", "wal_compression"]);
    command.output().is_ok_and(|output| output.status.success())
}

/// 256 MB on a machine with 4 GB or more, else 128 MB.
fn shared_buffers_mb() -> u64 {
    let total_kb = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        text.lines()
            .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok())
    });
    if total_kb.unwrap_or(0) >= 4_000_000 { 256 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_the_socket_path_stays_inside_the_setting() {
        let text = settings(Path::new("/srv/o'brien/run"), "lz4", 128);
        assert!(text.contains("unix_socket_directories = '/srv/o''brien/run'\n"));
        assert!(text.contains("listen_addresses = ''\n"));
    }
}
