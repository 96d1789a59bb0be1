//! A definition as JSON Schema 2020-12, for those who file through the API. It says the structure: fields, kinds, bounds
//! and what is always required. What depends on other answers or on the record only validation can say.

use base::Lang;
use serde_json::{Value as Json, json};

use crate::{
    definition::{Field, Service},
    kind::Kind,
};

const YEAR: &str = "(18[5-9][0-9]|19[0-9]{2}|2[01][0-9]{2}|2200)";
const MONTH: &str = "(0[1-9]|1[0-2])";
const DAY: &str = "(0[1-9]|[12][0-9]|3[01])";

impl Service {
    /// The schema of [`crate::Answers`] with titles in one language.
    pub fn json_schema(&self, lang: Lang) -> Json {
        let mut schema =
            object(self.fields().map(|(page, field)| (page.visible_when.is_some(), field)), lang);
        schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        schema["$id"] = json!(format!("urn:lienthong:service:{}:v{}", self.procedure, self.version));
        schema["title"] = json!(self.title.get(lang));
        schema
    }
}

fn object<'f>(fields: impl Iterator<Item = (bool, &'f Field)>, lang: Lang) -> Json {
    let mut properties = serde_json::Map::new();
    let mut required = Vec::new();
    for (conditional, field) in fields {
        properties.insert(field.key.clone(), property(field, lang));
        if !(conditional || field.visible_when.is_some() || field.prefill.is_some()) && always(field) {
            required.push(field.key.clone());
        }
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn always(field: &Field) -> bool {
    field.required.as_ref().and_then(|r| r.constant()) == Some(true)
}

fn property(field: &Field, lang: Lang) -> Json {
    let (min, max) = field.bounds();
    let mut schema = match field.kind {
        Kind::Line | Kind::Text | Kind::Address => json!({ "type": "string" }),
        Kind::Email => {
            let pattern = r"^[^@\s]+@[^@\s.][^@\s]*\.[^@\s]*[^@\s.]$";
            json!({ "type": "string", "pattern": pattern })
        }
        Kind::Phone => json!({ "type": "string", "pattern": r"^(0[0-9]{9,10}|\+[0-9]{8,15})$" }),
        Kind::PersonalNumber => json!({ "type": "string", "pattern": "^[0-9]{12}$" }),
        Kind::Commune => json!({ "type": "string", "pattern": "^[0-9]{5}$" }),
        Kind::YesNo => json!({ "type": "boolean" }),
        Kind::Date => {
            json!({ "type": "string", "format": "date", "pattern": format!("^{YEAR}-{MONTH}-{DAY}$") })
        }
        Kind::PartialDate => json!({ "type": "string", "anyOf": [
            { "pattern": format!("^{YEAR}(-{MONTH})?$") },
            { "format": "date", "pattern": format!("^{YEAR}-{MONTH}-{DAY}$") },
        ] }),
        Kind::Number | Kind::Money => json!({ "type": "integer" }),
        Kind::Choice => {
            let option =
                |o: &crate::definition::Choice| json!({ "const": o.key, "title": o.label.get(lang) });
            json!({ "oneOf": field.options.iter().map(option).collect::<Vec<_>>() })
        }
        Kind::Group => {
            json!({ "type": "array", "items": object(field.items.iter().map(|i| (false, i)), lang) })
        }
    };
    let (low, high) = match field.kind {
        Kind::Group => ("minItems", "maxItems"),
        Kind::Number | Kind::Money => ("minimum", "maximum"),
        k if k.is_free_text() => ("minLength", "maxLength"),
        _ => ("", ""),
    };
    for (name, bound) in [(low, min), (high, max)] {
        if let (false, Some(bound)) = (name.is_empty(), bound) {
            schema[name] = json!(bound);
        }
    }
    schema["title"] = json!(field.label.get(lang));
    if let Some(hint) = &field.hint {
        schema["description"] = json!(hint.get(lang));
    }
    if field.prefill.is_some() {
        schema["readOnly"] = json!(true);
    }
    schema
}
