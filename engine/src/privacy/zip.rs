//! A ZIP archive in memory (PKWARE APPNOTE 6.3.10, sections 4.3.7 to 4.3.16): deflated, UTF-8 names, no ZIP64.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use crate::error::{Error, Result};

/// 1980-01-01 in MS-DOS form: the archive says nothing of when it was made.
const DATE: u16 = 0x0021;
/// Names are UTF-8.
const FLAGS: u16 = 0x0800;
const DEFLATED: u16 = 8;

/// An archive that is being written.
#[derive(Debug, Default)]
pub struct Zip {
    out: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

impl Zip {
    /// Adds a file.
    ///
    /// # Errors
    /// [`Error::Internal`] beyond what the format holds: four gigabytes, 65,535 files.
    pub fn add(&mut self, name: &str, content: &[u8]) -> Result<()> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        let packed = encoder.write_all(content).and_then(|()| encoder.finish());
        let packed = packed.map_err(|e| Error::Internal(format!("zip: {e}")))?;
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let at = size(self.out.len())?;
        let mut common = Vec::with_capacity(26);
        // Version needed 2.0.
        common.extend_from_slice(&20u16.to_le_bytes());
        for word in [FLAGS, DEFLATED, 0, DATE] {
            common.extend_from_slice(&word.to_le_bytes());
        }
        for long in [crc.sum(), size(packed.len())?, size(content.len())?] {
            common.extend_from_slice(&long.to_le_bytes());
        }
        let length = u16::try_from(name.len()).map_err(|_| too_much())?;
        common.extend_from_slice(&length.to_le_bytes());
        common.extend_from_slice(&0u16.to_le_bytes());
        self.out.extend_from_slice(b"PK\x03\x04");
        self.out.extend_from_slice(&common);
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(&packed);
        self.directory.extend_from_slice(b"PK\x01\x02");
        self.directory.extend_from_slice(&20u16.to_le_bytes());
        self.directory.extend_from_slice(&common);
        // Comment, disk, attributes: none.
        self.directory.extend_from_slice(&[0; 10]);
        self.directory.extend_from_slice(&at.to_le_bytes());
        self.directory.extend_from_slice(name.as_bytes());
        self.entries = self.entries.checked_add(1).ok_or_else(too_much)?;
        Ok(())
    }

    /// The whole archive.
    ///
    /// # Errors
    /// [`Error::Internal`] beyond four gigabytes.
    pub fn finish(mut self) -> Result<Vec<u8>> {
        let at = size(self.out.len())?;
        self.out.extend_from_slice(&self.directory);
        self.out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        self.out.extend_from_slice(&self.entries.to_le_bytes());
        self.out.extend_from_slice(&self.entries.to_le_bytes());
        self.out.extend_from_slice(&size(self.directory.len())?.to_le_bytes());
        self.out.extend_from_slice(&at.to_le_bytes());
        self.out.extend_from_slice(&0u16.to_le_bytes());
        Ok(self.out)
    }
}

fn size(length: usize) -> Result<u32> {
    u32::try_from(length).map_err(|_| too_much())
}

fn too_much() -> Error {
    Error::Internal("zip: more than the format holds".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two files come back as they went in, by the format's own offsets.
    #[test]
    fn what_goes_in_comes_out() {
        let mut zip = Zip::default();
        let long = "posición ".repeat(500);
        zip.add("datos.json", long.as_bytes()).unwrap();
        zip.add("archivos/ñ.txt", b"hola").unwrap();
        let bytes = zip.finish().unwrap();
        assert!(bytes.len() < long.len(), "it is packed");
        let end = bytes.len() - 22;
        assert_eq!(&bytes[end..end + 4], b"PK\x05\x06");
        assert_eq!(u16::from_le_bytes(bytes[end + 10..end + 12].try_into().unwrap()), 2);
        let mut at = u32::from_le_bytes(bytes[end + 16..end + 20].try_into().unwrap()) as usize;
        for (name, content) in [("datos.json", long.as_bytes()), ("archivos/ñ.txt", b"hola")] {
            assert_eq!(&bytes[at..at + 4], b"PK\x01\x02");
            let word = |o: usize| u16::from_le_bytes(bytes[o..o + 2].try_into().unwrap()) as usize;
            let double = |o: usize| u32::from_le_bytes(bytes[o..o + 4].try_into().unwrap()) as usize;
            let (packed, length, local) = (double(at + 20), word(at + 28), double(at + 42));
            assert_eq!(&bytes[at + 46..at + 46 + length], name.as_bytes());
            let start = local + 30 + word(local + 26);
            let mut plain = Vec::new();
            let mut decoder = flate2::write::DeflateDecoder::new(&mut plain);
            decoder.write_all(&bytes[start..start + packed]).unwrap();
            decoder.finish().unwrap();
            assert_eq!(plain, content);
            assert_eq!(double(at + 24), content.len());
            at += 46 + length;
        }
    }
}
