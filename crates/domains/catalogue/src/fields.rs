//! The shelves: fields (lĩnh vực) that procedures are filed under, and the audiences they are for.

use base::Text;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::{
    report::{Report, read_toml},
    source::Source,
};

const FIELDS: &str = "fields.toml";
const AUDIENCES: &str = "audiences.toml";

/// Who a procedure is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    Citizen,
    Business,
    Foreigner,
    Agency,
}

/// One field, with the slug that stands in page addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub slug: String,
    pub name: Text,
}

/// Fields in the order in which they are shown, and audiences.
#[derive(Debug, Default)]
pub struct Fields {
    fields: Vec<Field>,
    audiences: Vec<RawAudience>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFields {
    field: Vec<Spanned<Field>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAudiences {
    audience: Vec<Spanned<RawAudience>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAudience {
    slug: Audience,
    name: Text,
    subjects: Vec<String>,
}

impl Fields {
    pub(crate) fn read(source: &Source, report: &mut Report) -> Self {
        let mut all = Self::default();
        let text = source.required(FIELDS, report);
        if let Some((file, raw)) = read_toml::<RawFields>(FIELDS, text, report) {
            for field in raw.field {
                let line = file.line(field.span());
                let field = field.into_inner();
                if all.field(&field.slug).is_some() {
                    report.add(
                        FIELDS,
                        line,
                        "field.duplicate",
                        format!("{:?} stands here twice", field.slug),
                    );
                }
                if !field.slug.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
                    report.add(FIELDS, line, "field.slug", "a slug has only letters a-z and dashes");
                }
                all.fields.push(field);
            }
        }
        let text = source.required(AUDIENCES, report);
        if let Some((file, raw)) = read_toml::<RawAudiences>(AUDIENCES, text, report) {
            for audience in raw.audience {
                let line = file.line(audience.span());
                let audience = audience.into_inner();
                if all.audiences.iter().any(|a| a.slug == audience.slug) {
                    report.add(
                        AUDIENCES,
                        line,
                        "audience.duplicate",
                        format!("{:?} stands here twice", audience.slug),
                    );
                }
                all.audiences.push(audience);
            }
        }
        all
    }

    /// All fields, in the order in which they are shown.
    pub fn all(&self) -> &[Field] {
        &self.fields
    }

    pub fn field(&self, slug: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.slug == slug)
    }

    /// The audiences with their names, in the order in which they are shown.
    pub fn audiences(&self) -> impl Iterator<Item = (Audience, &Text)> {
        self.audiences.iter().map(|a| (a.slug, &a.name))
    }

    /// The audiences that a published subject belongs to; empty when the subject is not listed.
    pub fn audiences_of(&self, subject: &str) -> impl Iterator<Item = Audience> {
        self.audiences.iter().filter(move |a| a.subjects.iter().any(|s| s == subject)).map(|a| a.slug)
    }
}
