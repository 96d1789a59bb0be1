//! Reading a definition file. Everything that can be known to be wrong is found here, all of it at once, each with its
//! line: a definition that loads cannot fail later.

use std::fmt;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{definition::Service, verify};

/// Largest definition file, in bytes.
pub const FILE_BYTES_MAX: usize = 256 * 1024;

/// One thing wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problem {
    /// From 1; with the column in characters.
    pub line: usize,
    pub column: usize,
    /// Where in the definition: `pages.1.fields.0.visible_when`; empty where the file is not TOML at all.
    pub path: String,
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl Service {
    /// Reads and checks a definition in TOML.
    pub fn parse(source: &str) -> Result<Self, Vec<Problem>> {
        let at = |offset: usize, path: String, message: String| {
            let (line, column) = position(source, offset);
            Problem { line, column, path, message }
        };
        if source.len() > FILE_BYTES_MAX {
            let message = format!("a definition has at most {FILE_BYTES_MAX} bytes");
            return Err(vec![at(0, String::new(), message)]);
        }
        let broken = |e: &toml::de::Error| {
            vec![at(e.span().map_or(0, |s| s.start), String::new(), e.message().to_owned())]
        };
        let service: Self = toml::from_str(source).map_err(|e| broken(&e))?;
        let faults = verify::verify(&service);
        if faults.is_empty() {
            return Ok(service);
        }
        let tree = DeTable::parse(source).map_err(|e| broken(&e))?;
        Err(faults.into_iter().map(|(path, message)| at(find(&tree, &path), path, message)).collect())
    }

    /// SHA-256 over the canonical form, in hex: a dossier is pinned to it. Comments and layout of the file do not matter.
    pub fn version_hash(&self) -> String {
        let mut bytes = Vec::new();
        canonical(&serde_json::to_value(self).unwrap_or_default(), &mut bytes);
        hex::encode(Sha256::digest(&bytes))
    }
}

/// JSON with sorted keys, without spaces and without nulls, so that a new optional key changes no old hash.
fn canonical(json: &Json, out: &mut Vec<u8>) {
    match json {
        Json::Object(map) => {
            let mut entries: Vec<_> = map.iter().filter(|(_, v)| !v.is_null()).collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            out.push(b'{');
            for (i, (key, value)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                out.extend(Json::from(key.as_str()).to_string().bytes());
                out.push(b':');
                canonical(value, out);
            }
            out.push(b'}');
        }
        Json::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                canonical(item, out);
            }
            out.push(b']');
        }
        plain => out.extend(plain.to_string().bytes()),
    }
}

/// Byte offset of a path, or of its nearest part that stands in the file.
fn find(tree: &Spanned<DeTable<'_>>, path: &str) -> usize {
    let mut offset = 0;
    let mut parts = path.split('.');
    let Some(mut here) = parts.next().and_then(|first| tree.get_ref().get(first)) else { return offset };
    loop {
        offset = here.span().start;
        let next = parts.next().and_then(|part| match here.get_ref() {
            DeValue::Table(table) => table.get(part),
            DeValue::Array(items) => part.parse().ok().and_then(|i: usize| items.get(i)),
            _ => None,
        });
        match next {
            Some(next) => here = next,
            None => return offset,
        }
    }
}

fn position(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..offset).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let column = before.get(line_start..).unwrap_or("").chars().count();
    (before.matches('\n').count() + 1, column + 1)
}
