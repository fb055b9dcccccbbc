//! Who PostgreSQL runs as: it refuses root, so root hands it to an unprivileged user.

use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::{Uid, User, geteuid};

use super::PostgresError;
use super::folder::CLUSTER;

/// The user that PostgreSQL and its files belong to.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    name: String,
    /// User and group to change to; `None` when it is the present one.
    switch: Option<(u32, u32)>,
}

impl Owner {
    /// Root takes whoever owns the cluster in `data`, else `postgres`, else `nobody`; anyone else stays who they are.
    pub(super) fn pick(data: &Path) -> Result<Owner, PostgresError> {
        if !geteuid().is_root() {
            return Ok(Owner { name: "this user".to_owned(), switch: None });
        }
        // A package installed later must not change whose cluster it is.
        if let Ok(meta) = std::fs::metadata(data.join(CLUSTER))
            && meta.uid() != 0
        {
            let user = User::from_uid(Uid::from_raw(meta.uid())).ok().flatten();
            let name = user.map_or_else(|| meta.uid().to_string(), |user| user.name);
            return Ok(Owner { name: format!("user {name}"), switch: Some((meta.uid(), meta.gid())) });
        }
        let user = ["postgres", "nobody"].iter().find_map(|name| User::from_name(name).ok().flatten());
        let Some(user) = user else {
            let why = "root may not run PostgreSQL, and there is no user postgres or nobody";
            return Err(PostgresError::NoBinaries(why.to_owned()));
        };
        Ok(Owner {
            name: format!("user {}", user.name),
            switch: Some((user.uid.as_raw(), user.gid.as_raw())),
        })
    }

    /// How messages name the user.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether a change of user happens.
    pub(super) fn is_other(&self) -> bool {
        self.switch.is_some()
    }

    /// A command that runs as this user with a clean environment, in a folder anyone may enter.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C").current_dir("/");
        command.stdin(Stdio::null());
        if let Some((uid, gid)) = self.switch {
            // The standard library also drops the supplementary groups when root changes its user.
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Whether this user may enter `path`, asked of the kernel itself.
    ///
    /// A child changes user, then folder, then program; a folder it may not enter fails the spawn.
    pub(super) fn may_enter(&self, path: &Path) -> bool {
        let mut command = self.command(Path::new("/bin/true"));
        command.current_dir(path).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok()
    }

    /// Makes a folder that only this user (and root) may enter. Fails when it exists.
    pub(super) fn make_private_dir(&self, path: &Path) -> io::Result<()> {
        std::fs::DirBuilder::new().mode(0o700).create(path)?;
        self.give(path)
    }

    /// Hands a file or folder to this user.
    pub(super) fn give(&self, path: &Path) -> io::Result<()> {
        match self.switch {
            Some((uid, gid)) => chown(path, Some(uid), Some(gid)),
            None => Ok(()),
        }
    }

    /// The user id that owns this user's files.
    pub(super) fn uid(&self) -> u32 {
        self.switch.map_or_else(|| geteuid().as_raw(), |(uid, _)| uid)
    }
}

/// The nearest folder at or above `path` that exists.
pub(super) fn existing_ancestor(path: &Path) -> PathBuf {
    path.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/")).to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_stays_with_whom_it_belongs_to() {
        let data = std::env::temp_dir().join(format!("campo-owner-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(data.join(CLUSTER)).unwrap();
        let is_root = geteuid().is_root();
        if is_root {
            chown(data.join(CLUSTER), Some(4_711), Some(4_712)).unwrap();
        }
        let owner = Owner::pick(&data).unwrap();
        assert_eq!(owner.switch, is_root.then_some((4_711, 4_712)));
        assert_eq!(owner.name, if is_root { "user 4711" } else { "this user" });
        std::fs::remove_dir_all(data).unwrap();
    }

    #[test]
    fn nobody_runs_postgres_as_root() {
        assert_ne!(Owner::pick(Path::new("/nowhere")).unwrap().uid(), 0);
    }
}
