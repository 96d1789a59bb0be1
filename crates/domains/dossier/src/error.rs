//! What can go wrong with a dossier, for the citizen and for the officer.

use base::{Fault, FieldFault, Kind, calendar::UnknownYear};
use contracts::ports::PortError;
use store::StoreError;

use crate::model::Status;

/// Every code of this domain; each has a text in both languages.
pub const CODES: &[&str] = &[
    "dossier.not_found",
    "dossier.forbidden",
    "dossier.changed",
    "dossier.wrong_status",
    "dossier.invalid",
    "dossier.not_online",
    "dossier.key_reused",
    "dossier.key_needed",
    "dossier.second_supplement_needs_head",
    "dossier.four_eyes",
    "dossier.consent_pending",
    "dossier.consent_level",
    "dossier.not_of_household",
    "dossier.person_unknown",
    "dossier.already_paid",
    "dossier.no_fee",
    "dossier.agency_unknown",
    "dossier.agency_not_competent",
    "dossier.calendar_unknown",
    "dossier.effect_incomplete",
    "dossier.drafts_too_many",
    "dossier.sent_too_many",
    "dossier.attachment_gap",
    "dossier.attachment_type",
    "dossier.attachment_too_big",
    "dossier.attachments_too_many",
    "dossier.attachment_unfinished",
];

#[derive(Debug, thiserror::Error)]
pub enum DossierError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Port(#[from] PortError),
    #[error("no such dossier for this caller")]
    NotFound,
    #[error("the caller may not do this")]
    Forbidden,
    #[error("the dossier was changed since it was read")]
    Changed,
    #[error("not possible in status {}", .0.number())]
    WrongStatus(Status),
    #[error("{} faults", .0.len())]
    Invalid(Vec<FieldFault>),
    #[error("the procedure is not online here")]
    NotOnline,
    #[error("the idempotency key was used for another request")]
    KeyReused,
    #[error("an idempotency key of 1 to 80 characters is needed")]
    KeyNeeded,
    #[error("a second supplement needs the head")]
    SecondSupplementNeedsHead,
    #[error("a second officer must confirm")]
    FourEyes,
    #[error("a consent is still open")]
    ConsentPending,
    #[error("a consent needs an account of level 2")]
    ConsentLevel,
    #[error("somebody who moves along is not of the applicant's household")]
    NotOfHousehold,
    #[error("the fee was paid")]
    AlreadyPaid,
    #[error("no agency is found for this dossier")]
    AgencyUnknown,
    #[error("the calendar of {} is not known", .0.year)]
    CalendarUnknown(UnknownYear),
    #[error("the answers do not say what the record needs")]
    EffectIncomplete,
    #[error("too many drafts")]
    DraftsTooMany { max: i64 },
    #[error("too many dossiers in one day")]
    SentTooMany { max: i64 },
    #[error("a piece does not follow the last one")]
    AttachmentGap { received: i64 },
    #[error("a file of a type that is not accepted")]
    AttachmentType,
    #[error("a file that is too big")]
    AttachmentTooBig { max_mb: i64 },
    #[error("too many files")]
    AttachmentsTooMany { max: i64 },
    #[error("a file is not complete")]
    AttachmentUnfinished,
}

impl DossierError {
    /// One field at fault.
    pub fn field(field: impl Into<String>, code: &'static str) -> Self {
        Self::Invalid(vec![FieldFault::new(field, code)])
    }
}

impl From<UnknownYear> for DossierError {
    fn from(e: UnknownYear) -> Self {
        Self::CalendarUnknown(e)
    }
}

impl Fault for DossierError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(e) => e.kind(),
            Self::Port(e) => e.kind(),
            Self::NotFound => Kind::NotFound,
            Self::Forbidden | Self::SecondSupplementNeedsHead | Self::FourEyes | Self::ConsentLevel => {
                Kind::Forbidden
            }
            Self::Changed | Self::WrongStatus(_) | Self::KeyReused | Self::ConsentPending => Kind::Conflict,
            Self::NotOfHousehold
            | Self::AlreadyPaid
            | Self::AttachmentGap { .. }
            | Self::AttachmentUnfinished => Kind::Conflict,
            Self::Invalid(_) | Self::NotOnline | Self::KeyNeeded | Self::AttachmentType => Kind::Invalid,
            // Waiting does not make a file smaller.
            Self::AttachmentTooBig { .. } => Kind::Invalid,
            Self::DraftsTooMany { .. } | Self::SentTooMany { .. } | Self::AttachmentsTooMany { .. } => {
                Kind::Limit
            }
            Self::AgencyUnknown | Self::CalendarUnknown(_) | Self::EffectIncomplete => Kind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Store(e) => e.code(),
            Self::Port(e) => e.code(),
            Self::NotFound => "dossier.not_found",
            Self::Forbidden => "dossier.forbidden",
            Self::Changed => "dossier.changed",
            Self::WrongStatus(_) => "dossier.wrong_status",
            Self::Invalid(_) => "dossier.invalid",
            Self::NotOnline => "dossier.not_online",
            Self::KeyReused => "dossier.key_reused",
            Self::KeyNeeded => "dossier.key_needed",
            Self::SecondSupplementNeedsHead => "dossier.second_supplement_needs_head",
            Self::FourEyes => "dossier.four_eyes",
            Self::ConsentPending => "dossier.consent_pending",
            Self::ConsentLevel => "dossier.consent_level",
            Self::NotOfHousehold => "dossier.not_of_household",
            Self::AlreadyPaid => "dossier.already_paid",
            Self::AgencyUnknown => "dossier.agency_unknown",
            Self::CalendarUnknown(_) => "dossier.calendar_unknown",
            Self::EffectIncomplete => "dossier.effect_incomplete",
            Self::DraftsTooMany { .. } => "dossier.drafts_too_many",
            Self::SentTooMany { .. } => "dossier.sent_too_many",
            Self::AttachmentGap { .. } => "dossier.attachment_gap",
            Self::AttachmentType => "dossier.attachment_type",
            Self::AttachmentTooBig { .. } => "dossier.attachment_too_big",
            Self::AttachmentsTooMany { .. } => "dossier.attachments_too_many",
            Self::AttachmentUnfinished => "dossier.attachment_unfinished",
        }
    }

    fn args(&self) -> Vec<(String, String)> {
        let arg = |name: &str, value: String| vec![(name.to_owned(), value)];
        match self {
            Self::Port(e) => e.args(),
            Self::WrongStatus(status) => arg("status", status.number().to_string()),
            Self::CalendarUnknown(e) => arg("year", e.year.to_string()),
            Self::DraftsTooMany { max } | Self::SentTooMany { max } | Self::AttachmentsTooMany { max } => {
                arg("max", max.to_string())
            }
            Self::AttachmentTooBig { max_mb } => arg("max", max_mb.to_string()),
            Self::AttachmentGap { received } => arg("received", received.to_string()),
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> &[FieldFault] {
        match self {
            Self::Port(e) => e.fields(),
            Self::Invalid(fields) => fields,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use webkit::i18n::check;

    use super::*;

    #[test]
    fn every_code_has_its_sentence_in_both_languages_and_no_other_stands_there() {
        let sources = [crate::TEXTS];
        assert_eq!(check::pairs(&sources), Vec::<String>::new());
        assert_eq!(check::codes(&sources, CODES), Vec::<String>::new());
        let keys: Vec<String> = CODES.iter().map(|code| webkit::i18n::key_of(code)).collect();
        for line in crate::TEXTS.0.lines().filter_map(|l| l.split_once(" = ")) {
            assert!(keys.iter().any(|k| k == line.0), "{} says nothing", line.0);
        }
    }
}
