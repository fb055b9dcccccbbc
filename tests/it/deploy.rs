//! What `deploy/` says: the unit is one that systemd takes, the container file runs without rights and is looked after.

use std::path::Path;
use std::process::Command;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn the_unit_is_taken_and_hard() {
    let unit = read("campo.service");
    for fact in [
        "ExecStart=/usr/local/bin/campo serve",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "DynamicUser=yes",
        "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
        "StateDirectoryMode=0700",
        "Restart=always",
        "KillSignal=SIGTERM",
        "CAMPO_PROFILE=production",
        "UMask=0077",
    ] {
        assert!(unit.lines().any(|l| l.contains(fact)), "{fact}");
    }
    // The server's own end takes less than systemd waits for.
    assert!(unit.contains("TimeoutStopSec=60"));
    let folder = crate::cluster::scratch().join("unit");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("campo.service");
    // The executable is not there on a machine that only builds it.
    std::fs::write(&path, unit.replace("/usr/local/bin/campo", "/bin/true")).unwrap();
    // Without systemd here the facts above are what can be looked at.
    if let Ok(said) = Command::new("systemd-analyze").arg("verify").arg(&path).output() {
        let words = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.success() && !words.contains("campo.service:"), "{words}");
    }
}

#[test]
fn the_container_has_no_rights() {
    let file = read("Containerfile");
    let instructions: Vec<&str> =
        file.lines().map(str::trim).filter(|l| !l.starts_with('#') && !l.is_empty()).collect();
    let stages = instructions.iter().filter(|l| l.starts_with("FROM ")).count();
    assert_eq!(stages, 3, "faces, executable, what runs");
    let last = instructions.iter().rposition(|l| l.starts_with("FROM ")).unwrap();
    let run = &instructions[last..];
    let user = run.iter().rposition(|l| l.starts_with("USER ")).expect("somebody without rights");
    assert_eq!(run[user], "USER 10001");
    assert!(
        run[user..].iter().all(|l| !l.starts_with("RUN ") && !l.starts_with("COPY ")),
        "root does nothing later"
    );
    for fact in [
        "HEALTHCHECK",
        "/health/ready",
        "VOLUME /var/lib/campo",
        "STOPSIGNAL SIGTERM",
        "ENTRYPOINT [\"/usr/local/bin/campo\"]",
        "CAMPO_PROFILE=production",
    ] {
        assert!(run.iter().any(|l| l.contains(fact)), "{fact}");
    }
    for line in &instructions {
        assert!(!line.contains(":latest") && !line.starts_with("ADD "), "{line}");
    }
    // Every image has a version, and the compiler is the workspace's.
    let rust = include_str!("../../Cargo.toml")
        .lines()
        .find_map(|l| l.strip_prefix("rust-version = "))
        .unwrap()
        .trim_matches('"')
        .to_owned();
    assert!(
        instructions.iter().any(|l| l.starts_with(&format!("FROM docker.io/library/rust:{rust}"))),
        "{rust}"
    );
    for copied in ["package.json", "package-lock.json"] {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("web").join(copied).exists());
    }
}
