//! What can go wrong with the record, for the person who meets it. Never says anything about a person.

use base::{Fault, FieldFault, Kind};
use store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the caller may not do this to the record")]
    Forbidden,
    #[error("the account must be of level 2")]
    LevelTwoNeeded,
    #[error("there is no such person")]
    NoSuchPerson,
    #[error("the person is not living")]
    NotLiving,
    #[error("the commune is not in force")]
    CommuneNotInForce,
    #[error("the residence begins too far in the future")]
    StartsTooLate,
    #[error("a temporary residence needs a last day after its first, a permanent one has none")]
    EndDoesNotFit,
    #[error("a residence that begins later is already recorded")]
    LaterResidenceExists,
    #[error("the person is already registered there")]
    AlreadyResident,
    #[error("a temporary residence lies outside the commune of permanent residence")]
    TemporaryInOwnCommune,
    #[error("the named householder heads no household")]
    NotHouseholder,
    #[error("the named householder's household is in another commune")]
    HouseholderElsewhere,
    #[error("a person cannot join their own household")]
    HouseholderIsSelf,
    #[error("the item cannot be corrected in this way")]
    NotCorrectable,
    #[error("the value is what the record already says")]
    NothingToCorrect,
    #[error("input breaks rules")]
    Invalid(Vec<FieldFault>),
    #[error("a search needs a name, and a birth date or a commune")]
    SearchTooWide,
    #[error("the purpose is not one for this question")]
    PurposeNotAllowed,
    #[error("at most {max} fields can be asked for")]
    TooManyFields { max: usize },
}

/// All codes of this domain's errors; those of field rules are [`crate::model::rules::CODES`].
pub const CODES: &[(&str, &[&str])] = &[
    ("registry.forbidden", &[]),
    ("registry.level_two_needed", &[]),
    ("registry.no_such_person", &[]),
    ("registry.not_living", &[]),
    ("registry.commune_not_in_force", &[]),
    ("registry.starts_too_late", &[]),
    ("registry.end_does_not_fit", &[]),
    ("registry.later_residence_exists", &[]),
    ("registry.already_resident", &[]),
    ("registry.temporary_in_own_commune", &[]),
    ("registry.not_householder", &[]),
    ("registry.householder_elsewhere", &[]),
    ("registry.householder_is_self", &[]),
    ("registry.not_correctable", &[]),
    ("registry.nothing_to_correct", &[]),
    ("registry.invalid", &[]),
    ("registry.search_too_wide", &[]),
    ("registry.purpose_not_allowed", &[]),
    ("registry.too_many_fields", &["max"]),
    ("registry.field_unknown", &[]),
    ("registry.import_header", &["columns"]),
    ("registry.import_unreadable", &["line"]),
    ("registry.import_rejects", &[]),
    ("registry.import_other_rejects", &[]),
    ("registry.import_texts", &[]),
];

impl Fault for RegistryError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(e) => e.kind(),
            Self::Forbidden | Self::LevelTwoNeeded | Self::PurposeNotAllowed => Kind::Forbidden,
            Self::NoSuchPerson => Kind::NotFound,
            Self::NotLiving | Self::AlreadyResident | Self::LaterResidenceExists | Self::NothingToCorrect => {
                Kind::Conflict
            }
            Self::CommuneNotInForce
            | Self::StartsTooLate
            | Self::EndDoesNotFit
            | Self::TemporaryInOwnCommune
            | Self::NotHouseholder
            | Self::HouseholderElsewhere
            | Self::HouseholderIsSelf
            | Self::NotCorrectable
            | Self::Invalid(_)
            | Self::SearchTooWide => Kind::Invalid,
            Self::TooManyFields { .. } => Kind::Limit,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Store(e) => e.code(),
            Self::Forbidden => "registry.forbidden",
            Self::LevelTwoNeeded => "registry.level_two_needed",
            Self::NoSuchPerson => "registry.no_such_person",
            Self::NotLiving => "registry.not_living",
            Self::CommuneNotInForce => "registry.commune_not_in_force",
            Self::StartsTooLate => "registry.starts_too_late",
            Self::EndDoesNotFit => "registry.end_does_not_fit",
            Self::LaterResidenceExists => "registry.later_residence_exists",
            Self::AlreadyResident => "registry.already_resident",
            Self::TemporaryInOwnCommune => "registry.temporary_in_own_commune",
            Self::NotHouseholder => "registry.not_householder",
            Self::HouseholderElsewhere => "registry.householder_elsewhere",
            Self::HouseholderIsSelf => "registry.householder_is_self",
            Self::NotCorrectable => "registry.not_correctable",
            Self::NothingToCorrect => "registry.nothing_to_correct",
            Self::Invalid(_) => "registry.invalid",
            Self::SearchTooWide => "registry.search_too_wide",
            Self::PurposeNotAllowed => "registry.purpose_not_allowed",
            Self::TooManyFields { .. } => "registry.too_many_fields",
        }
    }

    fn args(&self) -> Vec<(String, String)> {
        match self {
            Self::Store(e) => e.args(),
            Self::TooManyFields { max } => vec![("max".to_owned(), max.to_string())],
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> &[FieldFault] {
        match self {
            Self::Invalid(fields) => fields,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use fluent_syntax::{ast, parser};

    use crate::model::rules;

    fn variables(pattern: &ast::Pattern<&str>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for element in &pattern.elements {
            if let ast::PatternElement::Placeable { expression } = element {
                let ast::Expression::Inline(ast::InlineExpression::VariableReference { id }) = expression
                else {
                    panic!("only plain variables stand in these texts");
                };
                found.insert(id.name.to_owned());
            }
        }
        found
    }

    #[test]
    fn each_code_has_a_sentence_in_both_languages_with_its_values() {
        let wanted: BTreeMap<String, BTreeSet<String>> = (super::CODES.iter().chain(rules::CODES))
            .map(|(code, args)| {
                (code.replace(['.', '_'], "-"), args.iter().map(|a| (*a).to_owned()).collect())
            })
            .collect();
        assert_eq!(wanted.len(), super::CODES.len() + rules::CODES.len(), "a code stands twice");
        for file in [crate::TEXTS.0, crate::TEXTS.1] {
            assert!(file.lines().all(|line| line == base::nfc(line)), "texts are stored in NFC");
            let mut found = BTreeMap::new();
            for entry in parser::parse(file).expect("fluent syntax").body {
                if let ast::Entry::Message(message) = entry {
                    let names = variables(message.value.as_ref().expect("a sentence"));
                    assert!(found.insert(message.id.name.to_owned(), names).is_none());
                }
            }
            assert_eq!(found, wanted);
        }
    }
}
