//! `catalogue/organisations.toml`: who is no agency, and yet has officers and programs here.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use base::Text;
use registry::tables::{TableFault, TableFaults};
use serde::Deserialize;
use toml::Spanned;

const BUILT_IN: &str = include_str!("../../../../catalogue/organisations.toml");
pub const FILE: &str = "organisations.toml";
const RULE: &str = "organisations";

/// Their names by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Organisations {
    real: BTreeMap<String, Text>,
    synthetic: BTreeMap<String, Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    organisation: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    name: Text,
    #[serde(default)]
    synthetic: bool,
}

impl Organisations {
    /// From the program itself, or from an operator's folder.
    pub fn load(dir: Option<&Path>) -> anyhow::Result<Self> {
        let text = match dir.map(|dir| dir.join(FILE)) {
            None => BUILT_IN.to_owned(),
            Some(path) => std::fs::read_to_string(&path).with_context(|| path.display().to_string())?,
        };
        Self::parse(&text).with_context(|| FILE.to_owned())
    }

    pub fn parse(text: &str) -> Result<Self, TableFaults> {
        let fault = |at: usize, message: String| {
            let line = text.get(..at).unwrap_or(text).matches('\n').count() + 1;
            TableFault { line, rule: RULE, message }
        };
        let file: File = toml::from_str(text).map_err(|e| {
            let at = e.span().map_or(0, |span| span.start);
            TableFaults(vec![fault(at, e.message().replace('\n', "; "))])
        })?;
        let (mut found, mut faults) = (Self::default(), Vec::new());
        for Entry { id, name, synthetic } in file.organisation {
            let at = id.span().start;
            if name.vi.trim().is_empty() || name.en.trim().is_empty() {
                faults.push(fault(at, format!("{} has no name in both languages", id.get_ref())));
            }
            let id = id.into_inner();
            if found.name(&id, true).is_some() {
                faults.push(fault(at, format!("{id} stands here twice")));
            }
            if synthetic { &mut found.synthetic } else { &mut found.real }.insert(id, name);
        }
        if faults.is_empty() { Ok(found) } else { Err(TableFaults(faults)) }
    }

    /// Samples are somebody only where everybody is a sample.
    pub fn name(&self, id: &str, synthetic: bool) -> Option<&Text> {
        self.real.get(id).or_else(|| self.synthetic.get(id).filter(|_| synthetic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_nobody_among_real_people() {
        let built_in = Organisations::load(None).unwrap();
        assert!(built_in.name("NGAN-HANG-MAU", true).unwrap().vi.contains("Mẫu"));
        assert_eq!(built_in.name("NGAN-HANG-MAU", false), None);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let twice = "[[organisation]]\nid = \"A\"\nname = { vi = \"a\", en = \"a\" }\n";
        let told = Organisations::parse(&twice.repeat(2)).unwrap_err().to_string();
        assert_eq!(told, "5: organisations: A stands here twice");
        let unnamed = "[[organisation]]\nid = \"A\"\nname = { vi = \"\", en = \"a\" }\n";
        assert!(Organisations::parse(unnamed).unwrap_err().to_string().starts_with("2: "));
        assert!(Organisations::parse("[[organisation]]\nid = 1").is_err());
    }
}
