//! A view of the register that was agreed with agencies, as data: `catalogue/views/<id>.toml`. Which fields of which
//! people, for whom, for what purposes, under which law.

use std::collections::BTreeSet;

use base::{Lang, Text};
use jiff::civil::Date;
use serde::Deserialize;

use super::{ExportError, field::Field};

/// Purposes for which a view can be agreed; their texts are `purpose-…`.
pub const PURPOSES: [&str; 1] = [contracts::Purpose::SHARE_DATA.code];

#[derive(Debug, Clone)]
pub struct View {
    pub id: String,
    pub title: Text,
    /// Agencies that may receive it, by their catalogue ids.
    pub agencies: BTreeSet<String>,
    pub purposes: BTreeSet<String>,
    pub legal_basis: String,
    pub valid_from: Date,
    /// Last day of the agreement.
    pub valid_until: Option<Date>,
    pub fields: Vec<Field>,
    pub filter: Filter,
}

/// Whom the view shows.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Provinces and communes of residence by their codes; the whole country where neither is named.
    #[serde(default)]
    pub provinces: Vec<String>,
    #[serde(default)]
    pub communes: Vec<String>,
    /// Also those who died.
    #[serde(default)]
    pub with_dead: bool,
    pub born_from: Option<Date>,
    pub born_until: Option<Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    title: Title,
    agencies: BTreeSet<String>,
    purposes: BTreeSet<String>,
    legal_basis: String,
    valid_from: Date,
    valid_until: Option<Date>,
    fields: Vec<String>,
    #[serde(default)]
    filter: Filter,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Title {
    vi: String,
    en: String,
}

impl View {
    /// Reads the file; the message of an error names the key.
    pub fn parse(text: &str) -> Result<Self, ExportError> {
        let wrong = |why: String| ExportError::View { why };
        let file: File = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let mut fields: Vec<Field> = Vec::with_capacity(file.fields.len());
        for name in &file.fields {
            let field = Field::parse(name).ok_or_else(|| wrong(format!("fields: there is no {name}")))?;
            if fields.contains(&field) {
                return Err(wrong(format!("fields: {name} stands twice")));
            }
            fields.push(field);
        }
        let unknown = file.purposes.iter().find(|p| !PURPOSES.contains(&p.as_str()));
        let empty = [
            ("id", file.id.is_empty()),
            ("fields", fields.is_empty()),
            ("agencies", file.agencies.is_empty()),
            ("purposes", file.purposes.is_empty()),
            ("legal_basis", file.legal_basis.is_empty()),
        ];
        if let Some((key, _)) = empty.into_iter().find(|(_, empty)| *empty) {
            return Err(wrong(format!("{key}: must say something")));
        }
        if let Some(purpose) = unknown {
            return Err(wrong(format!("purposes: there is no {purpose}")));
        }
        Ok(Self {
            id: file.id,
            title: Text::new(file.title.vi, file.title.en),
            agencies: file.agencies,
            purposes: file.purposes,
            legal_basis: file.legal_basis,
            valid_from: file.valid_from,
            valid_until: file.valid_until,
            fields,
            filter: file.filter,
        })
    }

    pub fn title(&self, lang: Lang) -> &str {
        self.title.get(lang)
    }

    pub fn holds_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_until.is_none_or(|last| day <= last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "id = 'v'\ntitle = { vi = 'Xem', en = 'View' }\nagencies = ['BYT']\npurposes = ['share_data']\n\
        legal_basis = 'Luật'\nvalid_from = '2026-01-01'\nfields = ['number', 'permanent_commune']\n";

    #[test]
    fn a_view_says_what_whom_for_whom_and_by_which_law_or_is_refused_by_name() {
        let view = View::parse(GOOD).unwrap();
        assert_eq!(view.fields.len(), 2);
        assert!(
            view.holds_on("2026-01-01".parse().unwrap()) && !view.holds_on("2025-12-31".parse().unwrap())
        );
        let why = |text: String| match View::parse(&text) {
            Err(ExportError::View { why }) => why,
            _ => String::new(),
        };
        assert!(why(GOOD.replace("'number'", "'shoe_size'")).contains("shoe_size"));
        assert!(why(GOOD.replace("'permanent_commune'", "'number'")).contains("twice"));
        assert!(why(GOOD.replace("'Luật'", "''")).contains("legal_basis"));
        assert!(why(GOOD.replace("share_data", "curiosity")).contains("curiosity"));
        assert!(why(format!("{GOOD}for = 'ever'")).contains("for"));
    }
}
