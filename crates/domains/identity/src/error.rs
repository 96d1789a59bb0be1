//! What can go wrong with an account, for the one who meets it. Never tells whether somebody has one.

use base::{Fault, FieldFault, Kind};
use contracts::ports::PortError;
use store::StoreError;

/// Every code of this domain with the values its sentence mentions. `identity.not_signed_in` is said by `contracts`,
/// and the field codes by the rules of passwords and input.
pub const CODES: &[(&str, &[&str])] = &[
    ("identity.not_signed_in", &[]),
    ("identity.bad_credentials", &[]),
    ("identity.code_needed", &[]),
    ("identity.bad_code", &[]),
    ("identity.too_many_tries", &["minutes"]),
    ("identity.busy", &[]),
    ("identity.locked", &[]),
    ("identity.no_role", &[]),
    ("identity.setup_needed", &[]),
    ("identity.no_match", &[]),
    ("identity.too_young", &["age"]),
    ("identity.account_exists", &[]),
    ("identity.login_taken", &[]),
    ("identity.not_found", &[]),
    ("identity.forbidden", &[]),
    ("identity.wrong_state", &[]),
    ("identity.look_up_first", &["minutes"]),
    ("identity.bad_setup_code", &[]),
    ("identity.second_person_needed", &[]),
    ("identity.second_person_tied", &["days"]),
    ("identity.role_held", &[]),
    ("identity.second_factor_needed", &[]),
    ("identity.ceremony_over", &[]),
    ("identity.passkeys_off", &[]),
    ("identity.bad_passkey", &[]),
    ("identity.passkey_copied", &[]),
    ("identity.passkey_known", &[]),
    ("identity.passkeys_full", &["max"]),
    ("identity.last_factor", &[]),
    ("identity.unlock_at_counter", &[]),
    ("identity.guardian_needed", &[]),
    ("identity.level_too_high", &[]),
    ("identity.not_living", &[]),
    ("identity.not_approved", &[]),
    ("identity.too_late", &[]),
    ("identity.no_limit", &[]),
    ("identity.helper_self", &[]),
    ("identity.helpers_full", &["max"]),
    ("identity.enough_today", &["max"]),
    ("identity.recovery_waits", &[]),
    ("identity.check_word_shape", &[]),
    ("identity.check_word_wrong", &[]),
    ("identity.passkey_needed", &[]),
    ("identity.bad_message_code", &[]),
    ("identity.messages_off", &[]),
    ("identity.messages_held", &["minutes"]),
    ("identity.telco_away", &[]),
    ("identity.phone_not_own", &[]),
    ("identity.phone_shape", &[]),
    ("identity.phone_same", &[]),
    ("identity.comparison_needed", &[]),
    ("identity.comparison_over", &[]),
    ("identity.comparison_unsound", &[]),
    ("identity.device_away", &[]),
    ("identity.level_two_needed", &[]),
    ("identity.legal_at_counter", &[]),
    ("identity.wrong_office", &[]),
    ("identity.serves_elsewhere", &[]),
    ("identity.role_of_agencies", &[]),
    ("identity.lock_reason", &[]),
    ("identity.lock_of_another", &[]),
    ("identity.lock_of_record", &[]),
    ("identity.lock_in_writing", &[]),
    ("identity.lock_request_waits", &[]),
    ("identity.lock_document", &[]),
    ("identity.lock_asked_by", &[]),
    ("identity.lock_came_on", &[]),
    ("identity.refusal_reason", &[]),
    ("identity.refusal_note", &["max"]),
    ("identity.guardian_unfit", &[]),
    ("identity.guardian_sign", &[]),
    ("identity.guardian_paper_needed", &[]),
    ("identity.guardian_paper_number", &[]),
    ("identity.guardian_paper_on", &[]),
    ("identity.guardian_paper_by", &[]),
    ("identity.foreigner_name", &[]),
    ("identity.foreigner_sex", &[]),
    ("identity.foreigner_nationality", &[]),
    ("identity.foreigner_paper", &[]),
    ("identity.foreigner_paper_over", &[]),
    ("identity.foreigner_card_kind", &[]),
    ("identity.foreigner_card_from", &[]),
    ("identity.foreigner_commune", &[]),
    ("identity.foreigner_other", &[]),
    ("identity.foreigner_guardian", &[]),
    ("identity.foreigner_number", &[]),
    ("identity.organisation_kind", &[]),
    ("identity.organisation_name", &[]),
    ("identity.organisation_short", &[]),
    ("identity.organisation_title", &[]),
    ("identity.organisation_founded", &[]),
    ("identity.organisation_address", &[]),
    ("identity.organisation_commune", &[]),
    ("identity.organisation_tax_code", &[]),
    ("identity.organisation_tax_needed", &[]),
    ("identity.organisation_tax_or_decision", &[]),
    ("identity.organisation_decision", &[]),
    ("identity.organisation_phone", &[]),
    ("identity.organisation_email", &[]),
    ("identity.organisation_known", &[]),
    ("identity.organisation_taken", &[]),
    ("identity.organisations_full", &[]),
    ("identity.organisation_code", &[]),
    ("identity.organisation_none", &[]),
    ("identity.representative_level", &[]),
    ("identity.representative_age", &["age"]),
    ("identity.representative_known", &[]),
    ("identity.representatives_full", &[]),
    ("identity.representative_scope", &[]),
    ("identity.representative_until", &[]),
    ("identity.representative_document", &[]),
    ("identity.label_shape", &[]),
    ("identity.invalid", &[]),
    ("identity.bug", &[]),
    ("identity.number_shape", &[]),
    ("identity.name_shape", &[]),
    ("identity.birth_date_shape", &[]),
    ("identity.login_shape", &[]),
    ("identity.login_or_number", &[]),
    ("identity.period", &[]),
    ("identity.period_begin", &[]),
    ("identity.period_day", &[]),
    ("identity.password_short", &["min"]),
    ("identity.password_long", &["max"]),
    ("identity.password_common", &[]),
    ("identity.password_personal", &[]),
    ("identity.password_same", &[]),
];

#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Port(#[from] PortError),
    #[error("the login or the password is wrong")]
    BadCredentials,
    #[error("a one-time code is needed")]
    CodeNeeded,
    #[error("the one-time code is wrong or was used")]
    BadCode,
    #[error("too many tries")]
    TooManyTries { seconds: i64 },
    #[error("the password pool is full")]
    Busy,
    #[error("the account is locked")]
    Locked,
    #[error("the account has no role in force")]
    NoRole,
    #[error("the session may only finish the set-up of its account")]
    SetupNeeded,
    #[error("what was claimed is not what the record says")]
    NoMatch,
    #[error("the person is too young to open an account alone")]
    TooYoung,
    #[error("the person has an account")]
    AccountExists,
    #[error("the login name is taken")]
    LoginTaken,
    #[error("no such thing for this caller")]
    NotFound,
    #[error("the caller may not do this")]
    Forbidden,
    #[error("the account is not in a state that allows this")]
    WrongState,
    #[error("the officer did not look this person up a moment ago")]
    LookUpFirst,
    #[error("the set-up code is wrong, used or over")]
    BadSetupCode,
    #[error("a second person must confirm")]
    SecondPersonNeeded,
    #[error("one of the two made the other lately, so they are not two")]
    SecondPersonTied,
    #[error("the role is held already")]
    RoleHeld,
    #[error("a session with two factors is needed")]
    SecondFactorNeeded,
    #[error("what was begun is over or was answered")]
    CeremonyOver,
    #[error("there are no passkeys at this address")]
    PasskeysOff,
    #[error("the passkey's answer does not hold")]
    BadPasskey,
    #[error("the passkey's counter went back: there may be a copy of it")]
    PasskeyCopied,
    #[error("the passkey is registered already")]
    PasskeyKnown,
    #[error("the account has as many passkeys as it may have")]
    PasskeysFull,
    #[error("an officer's only second factor cannot be removed")]
    LastFactor,
    #[error("the lock is not the holder's to undo here")]
    UnlockAtCounter,
    #[error("a parent or guardian must take part")]
    GuardianNeeded,
    #[error("there is no level 2 at this age")]
    LevelTooHigh,
    #[error("the person is not living")]
    NotLiving,
    #[error("nobody has decided on the file yet")]
    NotApproved,
    #[error("the account was not activated in time")]
    TooLate,
    #[error("the law's limit for this day is not known")]
    NoLimit,
    #[error("the account has as many helpers, and people asked to be one, as it may have")]
    HelpersFull,
    #[error("this was done as often as it may be in a day")]
    EnoughToday { max: i32 },
    #[error("two helpers have not agreed yet, or the wait is not over")]
    RecoveryWaits,
    #[error("this account's second factor is a passkey, which stands for the password too")]
    PasskeyNeeded,
    #[error("the code by message is wrong")]
    BadMessageCode,
    #[error("nobody carries messages for this server, or none goes to this account")]
    MessagesOff,
    #[error("the next message has to wait")]
    MessagesHeld { seconds: i64 },
    #[error("the telco does not answer")]
    TelcoAway,
    #[error("a device of the counter has to compare the person with their card first")]
    ComparisonNeeded,
    #[error("the comparison is over, was used, did not match or is another's")]
    ComparisonOver,
    #[error("the device's answer does not hold: {0}")]
    ComparisonUnsound(&'static str),
    #[error("the device does not answer")]
    DeviceAway,
    #[error("an account of level 2 is needed")]
    LevelTwoNeeded,
    #[error("the legal representative changes at the counter alone")]
    LegalAtCounter,
    #[error("this agency does not open such accounts")]
    WrongOffice,
    #[error("the officer serves at another agency too")]
    ServesElsewhere,
    #[error("another agency set the lock, and lifts it")]
    LockOfAnother,
    #[error("the lock goes when the record says so")]
    LockOfRecord,
    #[error("the lock is lifted by a request in writing, which a second officer decides on")]
    LockInWriting,
    #[error("a request about the account waits for a decision")]
    LockRequestWaits,
    #[error("{} faults", .0.len())]
    Invalid(Vec<FieldFault>),
    /// A secret cannot be made or read: the keys are not those that sealed it.
    #[error("{0}")]
    Crypto(&'static str),
}

impl IdentityError {
    /// One field at fault.
    pub fn field(field: &'static str, code: &'static str) -> Self {
        Self::Invalid(vec![FieldFault::new(field, code)])
    }
}

impl Fault for IdentityError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(e) => e.kind(),
            Self::Port(e) => e.kind(),
            Self::BadCredentials
            | Self::CodeNeeded
            | Self::BadCode
            | Self::BadSetupCode
            | Self::CeremonyOver
            | Self::BadPasskey
            | Self::PasskeyNeeded
            | Self::BadMessageCode => Kind::Unauthenticated,
            Self::TooManyTries { .. } | Self::MessagesHeld { .. } | Self::EnoughToday { .. } => Kind::Limit,
            Self::Busy | Self::NoLimit | Self::TelcoAway | Self::DeviceAway => Kind::Unavailable,
            Self::Locked
            | Self::LevelTwoNeeded
            | Self::LegalAtCounter
            | Self::WrongOffice
            | Self::ServesElsewhere
            | Self::LockOfAnother
            | Self::PasskeyCopied
            | Self::UnlockAtCounter
            | Self::GuardianNeeded
            | Self::LevelTooHigh
            | Self::NotLiving
            | Self::NoRole
            | Self::SetupNeeded
            | Self::TooYoung
            | Self::Forbidden
            | Self::SecondPersonNeeded
            | Self::SecondPersonTied
            | Self::SecondFactorNeeded => Kind::Forbidden,
            Self::NoMatch | Self::Invalid(_) => Kind::Invalid,
            Self::AccountExists
            | Self::LoginTaken
            | Self::WrongState
            | Self::LookUpFirst
            | Self::PasskeyKnown
            | Self::PasskeysFull
            | Self::LastFactor
            | Self::NotApproved
            | Self::HelpersFull
            | Self::RecoveryWaits
            | Self::TooLate
            | Self::ComparisonNeeded
            | Self::ComparisonOver
            | Self::ComparisonUnsound(_)
            | Self::LockOfRecord
            | Self::LockInWriting
            | Self::LockRequestWaits
            | Self::RoleHeld => Kind::Conflict,
            Self::NotFound | Self::PasskeysOff | Self::MessagesOff => Kind::NotFound,
            Self::Crypto(_) => Kind::Bug,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Store(e) => e.code(),
            Self::Port(e) => e.code(),
            Self::BadCredentials => "identity.bad_credentials",
            Self::CodeNeeded => "identity.code_needed",
            Self::BadCode => "identity.bad_code",
            Self::TooManyTries { .. } => "identity.too_many_tries",
            Self::Busy => "identity.busy",
            Self::Locked => "identity.locked",
            Self::NoRole => "identity.no_role",
            Self::SetupNeeded => "identity.setup_needed",
            Self::NoMatch => "identity.no_match",
            Self::TooYoung => "identity.too_young",
            Self::AccountExists => "identity.account_exists",
            Self::LoginTaken => "identity.login_taken",
            Self::NotFound => "identity.not_found",
            Self::Forbidden => "identity.forbidden",
            Self::WrongState => "identity.wrong_state",
            Self::LookUpFirst => "identity.look_up_first",
            Self::BadSetupCode => "identity.bad_setup_code",
            Self::SecondPersonNeeded => "identity.second_person_needed",
            Self::SecondPersonTied => "identity.second_person_tied",
            Self::RoleHeld => "identity.role_held",
            Self::SecondFactorNeeded => "identity.second_factor_needed",
            Self::CeremonyOver => "identity.ceremony_over",
            Self::PasskeysOff => "identity.passkeys_off",
            Self::BadPasskey => "identity.bad_passkey",
            Self::PasskeyCopied => "identity.passkey_copied",
            Self::PasskeyKnown => "identity.passkey_known",
            Self::PasskeysFull => "identity.passkeys_full",
            Self::LastFactor => "identity.last_factor",
            Self::UnlockAtCounter => "identity.unlock_at_counter",
            Self::GuardianNeeded => "identity.guardian_needed",
            Self::LevelTooHigh => "identity.level_too_high",
            Self::NotLiving => "identity.not_living",
            Self::NotApproved => "identity.not_approved",
            Self::TooLate => "identity.too_late",
            Self::NoLimit => "identity.no_limit",
            Self::HelpersFull => "identity.helpers_full",
            Self::EnoughToday { .. } => "identity.enough_today",
            Self::RecoveryWaits => "identity.recovery_waits",
            Self::PasskeyNeeded => "identity.passkey_needed",
            Self::BadMessageCode => "identity.bad_message_code",
            Self::MessagesOff => "identity.messages_off",
            Self::MessagesHeld { .. } => "identity.messages_held",
            Self::TelcoAway => "identity.telco_away",
            Self::ComparisonNeeded => "identity.comparison_needed",
            Self::ComparisonOver => "identity.comparison_over",
            Self::ComparisonUnsound(_) => "identity.comparison_unsound",
            Self::DeviceAway => "identity.device_away",
            Self::LevelTwoNeeded => "identity.level_two_needed",
            Self::LegalAtCounter => "identity.legal_at_counter",
            Self::WrongOffice => "identity.wrong_office",
            Self::ServesElsewhere => "identity.serves_elsewhere",
            Self::LockOfAnother => "identity.lock_of_another",
            Self::LockOfRecord => "identity.lock_of_record",
            Self::LockInWriting => "identity.lock_in_writing",
            Self::LockRequestWaits => "identity.lock_request_waits",
            Self::Invalid(_) => "identity.invalid",
            Self::Crypto(_) => "identity.bug",
        }
    }

    fn args(&self) -> Vec<(String, String)> {
        let arg = |name: &str, value: String| vec![(name.to_owned(), value)];
        match self {
            Self::Port(e) => e.args(),
            Self::TooManyTries { seconds } | Self::MessagesHeld { seconds } => {
                arg("minutes", ((seconds.max(&1) + 59) / 60).to_string())
            }
            Self::LookUpFirst => arg("minutes", crate::ticket::TICKET_LIFE.as_mins().to_string()),
            Self::TooYoung => arg("age", crate::model::AGE_ALONE_MIN.to_string()),
            Self::SecondPersonTied => arg("days", (crate::policy::TIED_FOR.as_hours() / 24).to_string()),
            Self::PasskeysFull => arg("max", crate::model::PASSKEYS_MAX.to_string()),
            Self::EnoughToday { max } => arg("max", max.to_string()),
            Self::HelpersFull => arg("max", crate::ops::helpers::HELPERS_MAX.to_string()),
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
    fn every_code_has_a_sentence_in_both_languages_and_no_sentence_is_left_over() {
        let sources = [crate::TEXTS];
        let codes: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(check::pairs(&sources), Vec::<String>::new());
        assert_eq!(check::codes(&sources, &codes), Vec::<String>::new());
        for file in [crate::TEXTS.0, crate::TEXTS.1] {
            let lines: Vec<&str> = file.lines().filter(|l| l.contains(" = ")).collect();
            assert_eq!(lines.len(), CODES.len());
            for (code, args) in CODES {
                let key = format!("{} = ", code.replace(['.', '_'], "-"));
                let line = lines.iter().find(|l| l.starts_with(&key)).unwrap();
                let said = line.matches("{ $").count();
                assert!(args.iter().all(|a| line.contains(&format!("{{ ${a} }}"))), "{line}");
                assert_eq!(said, args.len(), "{line}");
            }
        }
    }
}
