//! Legal documents that the catalogue cites: number, title, since when, replaced by what.

use std::collections::BTreeMap;

use base::Text;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::{
    report::{Report, TomlFile, read_toml},
    source::Source,
    validity::Validity,
};

const FILE: &str = "legal.toml";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegalKind {
    Law,
    Resolution,
    Decree,
    Decision,
    Circular,
    Notice,
}

/// A law, decree, circular … as people quote it (`number`) and what it is about (`title`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalDocument {
    pub id: String,
    pub number: String,
    pub kind: LegalKind,
    pub title: Text,
    pub issued: Option<Date>,
    pub valid_from: Option<Date>,
    pub valid_to: Option<Date>,
    pub replaced_by: Option<String>,
}

/// A place in a legal document. `document` is an id of the register; `article` is in Vietnamese, as the text counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    pub document: String,
    pub article: Option<String>,
}

/// All documents, by id.
#[derive(Debug, Default)]
pub struct LegalRegister(BTreeMap<String, LegalDocument>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    document: Vec<Spanned<LegalDocument>>,
}

impl LegalRegister {
    pub(crate) fn read(source: &Source, report: &mut Report) -> Self {
        let mut all = Self::default();
        let text = source.required(FILE, report);
        let Some((file, raw)) = read_toml::<Raw>(FILE, text, report) else { return all };
        let mut replaced = Vec::new();
        for document in raw.document {
            let line = file.line(document.span());
            let document = document.into_inner();
            report.check_order(FILE, line, Validity::new(document.valid_from, document.valid_to));
            report.check_order(FILE, line, Validity::new(document.issued, document.valid_from));
            replaced.extend(document.replaced_by.clone().map(|id| (line, id)));
            if let Some(twice) = all.0.insert(document.id.clone(), document) {
                report.add(FILE, line, "legal.duplicate", format!("{:?} stands here twice", twice.id));
            }
        }
        for (line, id) in replaced {
            all.check(FILE, line, &id, report);
        }
        all
    }

    pub fn get(&self, id: &str) -> Option<&LegalDocument> {
        self.0.get(id)
    }

    pub fn all(&self) -> impl Iterator<Item = &LegalDocument> {
        self.0.values()
    }

    /// Reports a reference to a document that is not in the register. A register that could not be read is one problem,
    /// not thousands.
    pub(crate) fn check(&self, file: &str, line: usize, id: &str, report: &mut Report) {
        if !self.0.is_empty() && !self.0.contains_key(id) {
            report.add(file, line, "legal.unknown", format!("{id:?} is not in {FILE}"));
        }
    }

    pub(crate) fn check_in(&self, file: TomlFile<'_>, id: &Spanned<String>, report: &mut Report) {
        self.check(file.path, file.line(id.span()), id.get_ref(), report);
    }
}
