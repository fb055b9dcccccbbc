//! The file of a backup: a plain tar (ustar), so that any tool can look into it. Its last parts are the manifest, which
//! names every part with its SHA-256, and the manifest's own.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};

use super::manifest::{Manifest, Part};
use crate::auth::keys::hex;
use crate::error::{Error, Result};

const BLOCK: usize = 512;
const MANIFEST: &str = "manifest.json";
const SEAL: &str = "manifest.sha256";
/// No part is longer: parts are held in memory.
const LONGEST: u64 = 256 << 20;

/// What is wrong with a backup, or with the place where it is written.
pub(super) fn broken(said: impl std::fmt::Display) -> Error {
    Error::Internal(format!("backup: {said}"))
}

fn disk(path: &Path) -> impl Fn(std::io::Error) -> Error {
    let path = path.display().to_string();
    move |e| broken(format!("{path}: {e}"))
}

/// Writes a backup. Until [`Writer::finish`] it has another name: what has the name is whole.
pub(super) struct Writer {
    out: BufWriter<File>,
    path: PathBuf,
    draft: PathBuf,
    parts: Vec<Part>,
    bytes: u64,
}

impl Writer {
    /// Begins beside `path`, which must not be there yet.
    pub(super) fn create(path: &Path) -> Result<Self> {
        use std::os::unix::fs::OpenOptionsExt;
        if path.exists() {
            return Err(broken(format!("{} is there already", path.display())));
        }
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let draft = path.with_file_name(format!("{name}.partial"));
        let file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .map_err(disk(&draft))?;
        let out = BufWriter::with_capacity(1 << 20, file);
        Ok(Self { out, path: path.to_owned(), draft, parts: Vec::new(), bytes: 0 })
    }

    /// Bytes written so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// One part.
    pub(super) fn part(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.put(name, bytes)?;
        self.parts.push(Part { name: name.to_owned(), bytes: bytes.len() as u64, sha256: sha256(bytes) });
        Ok(())
    }

    /// The manifest, and the name.
    pub(super) fn finish(mut self, mut manifest: Manifest) -> Result<(Manifest, u64)> {
        manifest.parts = std::mem::take(&mut self.parts);
        let text = serde_json::to_vec_pretty(&manifest).map_err(broken)?;
        self.put(MANIFEST, &text)?;
        self.put(SEAL, sha256(&text).as_bytes())?;
        self.raw(&[0; 2 * BLOCK])?;
        let Self { mut out, path, draft, bytes, .. } = self;
        out.flush().map_err(disk(&draft))?;
        out.get_ref().sync_all().map_err(disk(&draft))?;
        std::fs::rename(&draft, &path).map_err(disk(&path))?;
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|f| f.sync_all()).map_err(disk(folder))?;
        Ok((manifest, bytes))
    }

    /// Takes away what was begun.
    pub(super) fn abandon(self) {
        let _ = std::fs::remove_file(&self.draft);
    }

    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let head = head(name, bytes.len() as u64)?;
        self.raw(&head)?;
        self.raw(bytes)?;
        let rest = bytes.len() % BLOCK;
        if rest > 0 {
            let padding = [0; BLOCK];
            self.raw(padding.get(rest..).unwrap_or_default())?;
        }
        Ok(())
    }

    fn raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes).map_err(disk(&self.draft))
    }
}

/// Reads a backup, part by part.
pub(super) struct Reader {
    from: BufReader<File>,
    path: PathBuf,
    last: String,
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(disk(path))?;
        Ok(Self { from: BufReader::with_capacity(1 << 20, file), path: path.to_owned(), last: String::new() })
    }

    /// The next part; None at the end.
    pub(super) fn next(&mut self) -> Result<Option<(String, Vec<u8>)>> {
        let mut block = [0; BLOCK];
        if let Err(cause) = self.from.read_exact(&mut block) {
            return Err(self.cut(&cause, &format!("after the part {}", self.last)));
        }
        if block.iter().all(|b| *b == 0) {
            return Ok(None);
        }
        let Some((name, size)) = read_head(&block) else {
            let (path, last) = (self.path.display(), &self.last);
            return Err(broken(if last.is_empty() {
                format!("{path} is no backup of campo")
            } else {
                format!("{path}: what follows the part {last} is damaged")
            }));
        };
        let mut bytes = vec![0; usize::try_from(size).map_err(broken)?];
        let mut padding = [0; BLOCK];
        let pad = (BLOCK - bytes.len() % BLOCK) % BLOCK;
        let padding = padding.get_mut(..pad).unwrap_or_default();
        let read = self.from.read_exact(&mut bytes).and_then(|()| self.from.read_exact(padding));
        if let Err(cause) = read {
            return Err(self.cut(&cause, &format!("in the part {name}")));
        }
        self.last.clone_from(&name);
        Ok(Some((name, bytes)))
    }

    fn cut(&self, cause: &std::io::Error, place: &str) -> Error {
        if cause.kind() == std::io::ErrorKind::UnexpectedEof {
            broken(format!("{} is cut off {place}", self.path.display()))
        } else {
            broken(format!("{}: {cause}", self.path.display()))
        }
    }
}

/// Reads all of a backup and checks every part: the manifest of a whole one.
///
/// # Errors
/// Names the part that is damaged, missing or cut off.
pub(super) fn verify(path: &Path, mut tell: impl FnMut(&str)) -> Result<Manifest> {
    let mut reader = Reader::open(path)?;
    let (mut seen, mut manifest, mut seal) = (Vec::new(), None, None);
    while let Some((name, bytes)) = reader.next()? {
        tell(&name);
        match name.as_str() {
            MANIFEST => manifest = Some(bytes),
            SEAL => seal = Some(bytes),
            _ => seen.push(Part { name, bytes: bytes.len() as u64, sha256: sha256(&bytes) }),
        }
    }
    let (Some(text), Some(seal)) = (manifest, seal) else {
        return Err(broken(format!("{}: the part {MANIFEST} is missing", path.display())));
    };
    if sha256(&text).as_bytes() != seal.as_slice() {
        return Err(broken(format!("{}: the part {MANIFEST} is damaged", path.display())));
    }
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|e| broken(format!("{}: the part {MANIFEST}: {e}", path.display())))?;
    for (expected, found) in manifest.parts.iter().zip(&seen) {
        if expected != found {
            return Err(broken(format!("{}: the part {} is damaged", path.display(), expected.name)));
        }
    }
    if manifest.parts.len() != seen.len() {
        let missing = manifest.parts.get(seen.len()).map_or("?", |p| p.name.as_str());
        return Err(broken(format!("{}: the part {missing} is missing", path.display())));
    }
    Ok(manifest)
}

/// Whether a part is one of the archive's own.
pub(super) fn is_own(name: &str) -> bool {
    matches!(name, MANIFEST | SEAL)
}

fn sha256(bytes: &[u8]) -> String {
    let mut context = Context::new(&SHA256);
    context.update(bytes);
    hex(context.finish().as_ref())
}

/// A ustar header: name up to 100 bytes, a regular file of `size` bytes.
fn head(name: &str, size: u64) -> Result<[u8; BLOCK]> {
    if name.len() > 100 || size > LONGEST {
        return Err(broken(format!("a part called {name} of {size} bytes cannot be written")));
    }
    let mut head = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| {
        for (to, byte) in head.iter_mut().skip(at).zip(text) {
            *to = *byte;
        }
    };
    put(0, name.as_bytes());
    put(100, b"0000600\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, format!("{:011o}\0", 0).as_bytes());
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = head.iter().map(|b| u32::from(*b)).sum();
    for (to, byte) in head.iter_mut().skip(148).zip(format!("{sum:06o}\0 ").as_bytes()) {
        *to = *byte;
    }
    Ok(head)
}

/// Name and size; None where the header is damaged.
fn read_head(head: &[u8; BLOCK]) -> Option<(String, u64)> {
    let octal = |from: usize, to: usize| {
        let text = std::str::from_utf8(head.get(from..to)?).ok()?;
        u64::from_str_radix(text.trim_matches(['\0', ' ']), 8).ok()
    };
    let sum: u64 =
        head.iter().enumerate().map(|(n, b)| if (148..156).contains(&n) { 32 } else { u64::from(*b) }).sum();
    if octal(148, 156)? != sum || head.get(257..262)? != b"ustar" {
        return None;
    }
    let name = head.get(..100)?.split(|b| *b == 0).next()?;
    let size = octal(124, 136)?;
    (size <= LONGEST).then(|| Some((std::str::from_utf8(name).ok()?.to_owned(), size)))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scratch() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("campo-backup-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        folder.join("b.campo")
    }

    fn write(path: &Path) -> u64 {
        let mut writer = Writer::create(path).unwrap();
        for n in 0..5usize {
            writer.part(&format!("db/table.{n}"), &vec![n as u8; n * 500]).unwrap();
        }
        let draft = path.with_file_name("b.campo.partial");
        assert!(draft.exists() && !path.exists(), "not its name before it is whole");
        writer.finish(Manifest::default()).unwrap().1
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        /// Wherever a bit is flipped or the end is missing, it is seen, in words, and nothing breaks.
        #[test]
        fn damage_is_seen(place in 0.0..1.0f64, bit in 0..8u8, cut: bool) {
            let path = scratch();
            let length = write(&path);
            prop_assert_eq!(verify(&path, |_| {}).unwrap().parts.len(), 5);
            let mut bytes = std::fs::read(&path).unwrap();
            prop_assert_eq!(bytes.len() as u64, length);
            let at = (place * (bytes.len() - 2 * BLOCK) as f64) as usize;
            if cut { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
            std::fs::write(&path, &bytes).unwrap();
            let verdict = verify(&path, |_| {});
            std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
            match verdict {
                Err(error) => prop_assert!(error.to_string().contains("b.campo"), "{error}"),
                // Padding and header fields that nothing reads are covered by the header's sum alone.
                Ok(manifest) => prop_assert!(!cut && manifest.parts.len() == 5, "a flip at {at} was not seen"),
            }
        }
    }

    #[test]
    fn a_name_is_taken_once() {
        let path = scratch();
        write(&path);
        assert!(Writer::create(&path).is_err());
        Writer::create(&path.with_file_name("c")).unwrap().abandon();
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
