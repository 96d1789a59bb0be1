//! Why personal data is touched: every read and every change names a purpose and a law, and the person sees it.

use store::AuditEntry;
use uuid::Uuid;

use crate::{Actor, AgencyId, PersonId, Who};

/// A purpose with the law behind it. The code is translated for display (`purpose-…` texts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Purpose {
    pub code: &'static str,
    pub legal_basis: &'static str,
}

impl Purpose {
    /// A person looks at what is held about them.
    pub const OWN_RECORD: Self = Self {
        code: "own_record",
        legal_basis: "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15, Điều 4",
    };
    /// A person files a dossier; their data is prefilled from the record.
    pub const FILE_DOSSIER: Self =
        Self { code: "file_dossier", legal_basis: "NĐ 224/2026/NĐ-CP, Điều 15" };
    /// An officer handles a dossier.
    pub const DECIDE_DOSSIER: Self =
        Self { code: "decide_dossier", legal_basis: "Luật Cư trú 68/2020/QH14, Điều 22, 28" };
    /// A named host is asked for consent.
    pub const ASK_CONSENT: Self =
        Self { code: "ask_consent", legal_basis: "NĐ 58/2026/NĐ-CP, Điều 4.5" };
    /// The record is changed by the result of a procedure.
    pub const UPDATE_RECORD: Self =
        Self { code: "update_record", legal_basis: "NĐ 58/2026/NĐ-CP, Điều 4.8" };
    /// Someone's identity is checked when they sign in or open an account.
    pub const SIGN_IN: Self = Self { code: "sign_in", legal_basis: "NĐ 69/2024/NĐ-CP, Điều 17" };
    /// An agency looks a person up for its task.
    pub const LOOK_UP: Self = Self { code: "look_up", legal_basis: "NĐ 58/2026/NĐ-CP, Điều 5.5" };
    /// Persons are loaded from a source register.
    pub const IMPORT: Self =
        Self { code: "import", legal_basis: "Luật Căn cước 26/2023/QH15, Điều 9" };
    /// The log itself is checked.
    pub const AUDIT: Self =
        Self { code: "audit", legal_basis: "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15" };
    /// A result is issued, replaced or revoked.
    pub const ISSUE_RESULT: Self =
        Self { code: "issue_result", legal_basis: "NĐ 45/2020/NĐ-CP, Điều 16" };

    /// An agency manages the accounts and duties of its officers.
    pub const MANAGE_STAFF: Self =
        Self { code: "manage_staff", legal_basis: "Luật Giao dịch điện tử 20/2023/QH15" };
    /// Somebody who stands at the counter is identified, and their account raised to level 2.
    pub const RAISE_LEVEL: Self = Self { code: "raise_level", legal_basis: "NĐ 69/2024/NĐ-CP, Điều 10" };
    /// An agreed view of the record is handed to an agency; the view names its own law.
    pub const SHARE_DATA: Self = Self { code: "share_data", legal_basis: "NĐ 278/2025/NĐ-CP" };

    /// Officers settle whether two records are of one person.
    pub const RESOLVE_DUPLICATE: Self =
        Self { code: "resolve_duplicate", legal_basis: "NĐ 58/2026/NĐ-CP, Điều 5.4" };

    /// A person says that something in their record is wrong, and an agency decides on it.
    pub const CORRECT_RECORD: Self =
        Self { code: "correct_record", legal_basis: "NĐ 58/2026/NĐ-CP, Điều 5.4" };

    /// An agency looks for what is missing, wrong or out of date in the record.
    pub const CHECK_QUALITY: Self =
        Self { code: "check_quality", legal_basis: "Luật Căn cước 26/2023/QH15, Điều 10" };

    /// A relying party is told something about a person who allowed it, or is let in itself.
    pub const RELEASE_CLAIMS: Self =
        Self { code: "release_claims", legal_basis: "NĐ 69/2024/NĐ-CP, Điều 19" };

    /// A person opens or manages the account of an organisation, or acts for it.
    pub const REPRESENT: Self = Self { code: "represent", legal_basis: "NĐ 69/2024/NĐ-CP, Điều 12" };

    /// An account is locked or unlocked at the counter, at its holder's wish or at an authority's (form TK03).
    pub const LOCK_ACCOUNT: Self =
        Self { code: "lock_account", legal_basis: "NĐ 69/2024/NĐ-CP, Điều 15" };

    pub const ALL: [Self; 19] = [
        Self::OWN_RECORD,
        Self::FILE_DOSSIER,
        Self::DECIDE_DOSSIER,
        Self::ASK_CONSENT,
        Self::UPDATE_RECORD,
        Self::SIGN_IN,
        Self::LOOK_UP,
        Self::IMPORT,
        Self::AUDIT,
        Self::ISSUE_RESULT,
        Self::MANAGE_STAFF,
        Self::RAISE_LEVEL,
        Self::SHARE_DATA,
        Self::RESOLVE_DUPLICATE,
        Self::CORRECT_RECORD,
        Self::CHECK_QUALITY,
        Self::RELEASE_CLAIMS,
        Self::REPRESENT,
        Self::LOCK_ACCOUNT,
    ];
}

/// Who acts, and for what purpose. Operations that touch personal data take it and log it.
#[derive(Debug, Clone)]
pub struct Access {
    pub actor: Actor,
    pub purpose: Purpose,
    /// See [`Access::telling`].
    told: Option<Box<AuditEntry>>,
}

impl Access {
    pub fn new(actor: &Actor, purpose: Purpose) -> Self {
        Self { actor: actor.clone(), purpose, told: None }
    }

    /// The system acting for a purpose.
    pub fn system(purpose: Purpose) -> Self {
        Self { actor: Actor::system(), purpose, told: None }
    }

    /// Reading so that somebody outside is told at once: `told` says who, what and under which law, and whoever reads leaves
    /// it in place of an entry of their own. One release is one line in the person's log, and nothing is read without it.
    #[must_use]
    pub fn telling(self, told: Entry) -> Self {
        Self { told: Some(Box::new(told.done())), ..self }
    }

    /// Begins an audit entry for `action`, named like the operation: `registry.person_read`.
    pub fn entry(&self, action: &'static str) -> Entry {
        if let Some(told) = &self.told {
            return Entry { body: (**told).clone(), is_told: true };
        }
        let (label, agency) = match &self.actor.who {
            Who::Citizen { .. } => ("citizen".to_owned(), None),
            Who::Staff { agency, role, name } => {
                (format!("{}:{name}", role.as_str()), Some(agency.0.clone()))
            }
            Who::System => ("system".to_owned(), None),
        };
        let body = AuditEntry {
            action,
            actor: self.actor.account.0,
            actor_label: label,
            agency,
            purpose: self.purpose.code.to_owned(),
            legal_basis: self.purpose.legal_basis.to_owned(),
            subject: None,
            resource: None,
            fields: Vec::new(),
        };
        Entry { body, is_told: false }
    }
}

/// An audit entry being filled in; give it to `tx.audit(entry.done())`.
#[must_use]
pub struct Entry {
    body: AuditEntry,
    /// Somebody outside is told: what they are told is named, not what is read for it.
    is_told: bool,
}

impl Entry {
    /// The person whose data it concerns.
    pub fn about(mut self, person: PersonId) -> Self {
        self.body.subject = Some(person.0);
        self
    }

    /// The thing touched, such as `("dossier", id)`.
    pub fn on(mut self, kind: &str, id: Uuid) -> Self {
        if !self.is_told {
            self.body.resource = Some(format!("{kind}:{id}"));
        }
        self
    }

    /// The items handed out or changed.
    pub fn fields<S: Into<String>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        if !self.is_told {
            self.body.fields = fields.into_iter().map(Into::into).collect();
        }
        self
    }

    /// The actor is not a person with an account: `id` names it, `kind` and `name` are shown to the person concerned.
    pub fn by(mut self, kind: &str, id: Uuid, name: &str, agency: &AgencyId) -> Self {
        self.body.actor = id;
        self.body.actor_label = format!("{kind}:{name}");
        self.body.agency = Some(agency.0.clone());
        self
    }

    /// What exactly for, in the words of whoever asked, and the laws beside that of the purpose.
    pub fn because(mut self, purpose: &str, laws: &[String]) -> Self {
        self.body.purpose = format!("{}:{purpose}", self.body.purpose);
        for law in laws {
            self.body.legal_basis = format!("{}; {law}", self.body.legal_basis);
        }
        self
    }

    pub fn done(self) -> AuditEntry {
        self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_reads_for_somebody_outside_leaves_what_is_told_and_whose_data_it_is() {
        let access = Access::system(Purpose::RELEASE_CLAIMS);
        let bank = AgencyId::new("NGAN-HANG");
        let told = access
            .entry("openid.claims_release")
            .by("client", Uuid::from_u128(7), "Ngân hàng", &bank)
            .because("Mở tài khoản", &["Luật 14/2022/QH15".to_owned()])
            .fields(["age_over_18"]);
        let entry = access.telling(told).entry("registry.person_facts");
        let entry =
            entry.about(PersonId(Uuid::from_u128(1))).on("person", Uuid::nil()).fields(["birth_date"]).done();
        assert_eq!((entry.action, entry.actor_label.as_str()), ("openid.claims_release", "client:Ngân hàng"));
        assert_eq!(entry.purpose, "release_claims:Mở tài khoản");
        assert_eq!(entry.legal_basis, "NĐ 69/2024/NĐ-CP, Điều 19; Luật 14/2022/QH15");
        assert_eq!((entry.fields.as_slice(), entry.resource), (&["age_over_18".to_owned()][..], None));
        assert_eq!(entry.subject, Some(Uuid::from_u128(1)));
    }
}
