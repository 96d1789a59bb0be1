//! What can go wrong with the record, for the person who meets it. Never says anything about a person.

use base::{Fault, FieldFault, Kind};
use store::StoreError;

use crate::model::Refusal;

impl From<Refusal> for RegistryError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal, [refusal.fault()])
    }
}

impl From<linkage::LinkageError> for RegistryError {
    fn from(_: linkage::LinkageError) -> Self {
        Self::Linkage
    }
}

#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An act of a life that the law or the record does not allow.
    #[error("refused: {0}")]
    Refused(Refusal, [FieldFault; 1]),
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
    #[error("the record was merged into another")]
    MergedAway,
    #[error("the two records are relatives of each other")]
    AreRelated,
    #[error("the record that would give way is of somebody who died, the other is not")]
    OneIsDead,
    #[error("the record that would give way has taken in others")]
    HasTakenIn,
    #[error("there is no such case of duplicates")]
    NoSuchCase,
    #[error("the case is not where this step begins")]
    CaseState,
    #[error("nobody confirms their own proposal")]
    CaseFourEyes,
    #[error("there is no such contradiction between sources")]
    NoSuchDispute,
    #[error("the other value is written by an act of its own first")]
    DisputeActFirst,
    #[error("there is no such finding")]
    NoSuchFinding,
    #[error("nothing is asked of this person now")]
    NothingAsked,
    #[error("the model for finding duplicates cannot be read")]
    Linkage,
    #[error("there is no such request for correction")]
    NoSuchCorrection,
    #[error("the request for correction is not where this step begins")]
    CorrectionState,
    #[error("a request for correction of this item is open")]
    CorrectionOpen,
    #[error("nobody decides alone over this item")]
    CorrectionFourEyes,
    #[error("no agency is known that corrects this for the person")]
    CorrectionNoAgency,
    #[error("no act under this document was recorded since the request")]
    CorrectionActMissing,
    #[error("the table of who corrects what cannot be read")]
    CorrectionRoutes,
    #[error("the key was used for another request")]
    KeyReused,
}

/// All codes of this domain's errors; those of field rules are [`crate::model::rules::CODES`], those of acts
/// [`Refusal::ALL`].
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
    ("registry.no_such_dispute", &[]),
    ("registry.dispute_act_first", &[]),
    ("registry.no_such_correction", &[]),
    ("registry.correction_state", &[]),
    ("registry.correction_open", &[]),
    ("registry.correction_four_eyes", &[]),
    ("registry.correction_no_agency", &[]),
    ("registry.correction_act_missing", &[]),
    ("registry.correction_routes", &[]),
    ("registry.key_reused", &[]),
    ("registry.merged_away", &[]),
    ("registry.are_related", &[]),
    ("registry.one_is_dead", &[]),
    ("registry.has_taken_in", &[]),
    ("registry.no_such_case", &[]),
    ("registry.case_state", &[]),
    ("registry.case_four_eyes", &[]),
    ("registry.no_such_finding", &[]),
    ("registry.nothing_asked", &[]),
    ("registry.linkage", &[]),
    ("registry.import_header", &["columns"]),
    ("registry.import_mapping", &["why"]),
    ("registry.import_authority", &["why"]),
    ("registry.import_unreadable", &["line"]),
    ("registry.import_rejects", &[]),
    ("registry.import_other_rejects", &[]),
    ("registry.import_texts", &[]),
    ("registry.reform_not_yet_in_force", &["day"]),
    ("registry.reform_other_running", &["slug"]),
    ("registry.reform_running_elsewhere", &[]),
    ("registry.reform_other_file", &[]),
    ("registry.reform_out_of_order", &["slug"]),
    ("registry.reform_no_such", &[]),
    ("registry.reform_state", &[]),
    ("registry.reform_later_reform", &["slug"]),
    ("registry.reform_nothing_to_settle", &[]),
    ("registry.reform_not_a_part", &[]),
    ("registry.export_view", &["why"]),
    ("registry.export_not_agreed", &[]),
    ("registry.export_purpose", &[]),
    ("registry.export_not_in_force", &[]),
    ("registry.export_exists", &[]),
    ("registry.export_unwritable", &[]),
];

impl Fault for RegistryError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(e) => e.kind(),
            Self::Refused(refusal, _) => refusal.kind(),
            Self::Forbidden | Self::LevelTwoNeeded | Self::PurposeNotAllowed => Kind::Forbidden,
            Self::NoSuchPerson | Self::NoSuchFinding | Self::NothingAsked | Self::NoSuchCase => {
                Kind::NotFound
            }
            Self::MergedAway
            | Self::AreRelated
            | Self::OneIsDead
            | Self::HasTakenIn
            | Self::CaseState
            | Self::CaseFourEyes
            | Self::DisputeActFirst => Kind::Conflict,
            Self::Linkage | Self::CorrectionRoutes => Kind::Bug,
            Self::NoSuchCorrection | Self::NoSuchDispute => Kind::NotFound,
            Self::CorrectionState | Self::CorrectionOpen | Self::CorrectionFourEyes | Self::KeyReused => {
                Kind::Conflict
            }
            Self::CorrectionNoAgency | Self::CorrectionActMissing => Kind::Invalid,
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
            Self::Refused(refusal, _) => refusal.code(),
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
            Self::MergedAway => "registry.merged_away",
            Self::AreRelated => "registry.are_related",
            Self::OneIsDead => "registry.one_is_dead",
            Self::HasTakenIn => "registry.has_taken_in",
            Self::NoSuchCase => "registry.no_such_case",
            Self::CaseState => "registry.case_state",
            Self::CaseFourEyes => "registry.case_four_eyes",
            Self::NoSuchDispute => "registry.no_such_dispute",
            Self::DisputeActFirst => "registry.dispute_act_first",
            Self::NoSuchFinding => "registry.no_such_finding",
            Self::NothingAsked => "registry.nothing_asked",
            Self::Linkage => "registry.linkage",
            Self::NoSuchCorrection => "registry.no_such_correction",
            Self::CorrectionState => "registry.correction_state",
            Self::CorrectionOpen => "registry.correction_open",
            Self::CorrectionFourEyes => "registry.correction_four_eyes",
            Self::CorrectionNoAgency => "registry.correction_no_agency",
            Self::CorrectionActMissing => "registry.correction_act_missing",
            Self::CorrectionRoutes => "registry.correction_routes",
            Self::KeyReused => "registry.key_reused",
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
            Self::Refused(_, field) => field,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use fluent_syntax::{ast, parser};

    use crate::model::{Refusal, rules};

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
        let refusals: Vec<(&str, &[&str])> = Refusal::ALL.iter().map(|r| (r.code(), [].as_slice())).collect();
        let wanted: BTreeMap<String, BTreeSet<String>> = (super::CODES
            .iter()
            .chain(rules::CODES)
            .chain(&refusals))
        .map(|(code, args)| (code.replace(['.', '_'], "-"), args.iter().map(|a| (*a).to_owned()).collect()))
        .collect();
        let codes = super::CODES.len() + rules::CODES.len() + refusals.len();
        assert_eq!(wanted.len(), codes, "a code stands twice");
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
