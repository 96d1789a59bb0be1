//! Whoever comes along with a child: found by number, checked against the record, and how they agree. Part of taking a file
//! and of raising an account.

use base::{PersonalNumber, vietnam_date};
use contracts::{Access, AccountId, IdentityLevel, PersonId};
use forms::Fact;
use jiff::{Timestamp, civil::Date};
use store::Tx;

use crate::{
    EnrolmentId, Identity, IdentityError,
    foreigner::{self, ForeignerNumber},
    guardian::{GuardianDocument, GuardianHere, Shown, shown},
    input::person_claim,
    law::at_the_counter,
    model::{Kind, Present, State},
    rows, sql_record as sql,
};

/// A grown-up who may speak for the child and stands at the counter.
pub(super) struct Guardian {
    pub person: PersonId,
    /// With an account in which they can agree.
    has_account: bool,
    document: GuardianDocument,
    shown: Shown,
    signed: bool,
}

impl Guardian {
    /// Codes for the log.
    pub fn words(&self) -> [&'static str; 3] {
        let how = if self.signed { "signed" } else { "own_account" };
        [self.shown.as_str(), self.document.as_str(), how]
    }

    /// Agrees at the counter: what follows does so at once.
    pub fn agreed_here(self) -> Result<Self, IdentityError> {
        if self.signed { Ok(self) } else { Err(sign_first()) }
    }

    /// Agrees in their own account, later; or at the counter where there is none.
    pub fn agrees(self) -> Result<Self, IdentityError> {
        if self.has_account { Ok(Self { signed: false, ..self }) } else { self.agreed_here() }
    }

    /// When they agreed, as far as they have.
    pub fn agreed_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.signed.then_some(now)
    }

    /// Stays with the file, whose row is written already.
    pub fn remember(&self, tx: &mut Tx, officer: AccountId, account: AccountId, file: EnrolmentId) {
        let paper = match &self.shown {
            Shown::Record(_) => None,
            Shown::Paper(paper) => Some(paper.clone()),
        };
        let (number, on, by): (Option<String>, Option<Date>, Option<String>) = match paper {
            Some(paper) => (Some(paper.number), Some(paper.issued_on), Some(paper.issuer)),
            None => (None, None, None),
        };
        tx.defer(
            sql::ENROLMENT_GUARDED,
            vec![
                Box::new(account),
                Box::new(file),
                Box::new(self.shown.as_str()),
                Box::new(self.document.as_str()),
                Box::new(number),
                Box::new(on),
                Box::new(by),
                Box::new(self.signed.then_some(officer)),
            ],
        );
    }
}

fn sign_first() -> IdentityError {
    IdentityError::field("signed", "identity.guardian_sign")
}

/// Whoever must be there when the account of somebody of this age is opened anew, and signs before the officer (NĐ 69/2024
/// Art. 7, 10). None: the holder speaks for themselves. No level is given here.
pub(super) async fn spoken_for(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    present: Present,
    typed: Option<&GuardianHere>,
) -> Result<Option<Guardian>, IdentityError> {
    let facts = cx.register.facts(tx, access, person, &[Fact::BirthDate]).await?;
    let age = facts.value(Fact::Age, vietnam_date(tx.now())).int().ok_or(IdentityError::NoMatch)?;
    if !at_the_counter(i16::try_from(age).unwrap_or(i16::MAX), IdentityLevel::One, present)? {
        return Ok(None);
    }
    Ok(Some(guardian_check(cx, tx, access, person, typed).await?.agreed_here()?))
}

/// Who came along with `child`, where they may speak for it.
pub(super) async fn guardian_check(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    child: PersonId,
    typed: Option<&GuardianHere>,
) -> Result<Guardian, IdentityError> {
    let typed = typed.filter(|t| !t.number.trim().is_empty()).ok_or(IdentityError::GuardianNeeded)?;
    let unknown = || IdentityError::field("guardian", "identity.foreigner_guardian");
    let person = match (typed.number.parse::<PersonalNumber>(), typed.number.parse::<ForeignerNumber>()) {
        (Ok(number), _) => cx.register.person_by_number(tx, access, &number).await?,
        // A foreign parent is known by their account.
        (_, Ok(number)) => {
            let found = rows::account_by_claim(tx, &foreigner::claim(&cx.keys, &number)).await?;
            found.and_then(|account| account.person())
        }
        _ => None,
    };
    let person = person.filter(|person| *person != child).ok_or_else(unknown)?;
    let document =
        typed.document.ok_or_else(|| IdentityError::field("guardian_document", "forms.required"))?;
    let record = cx.register.companion(tx, access, child, person).await?.ok_or_else(unknown)?;
    let shown = shown(record, &typed.paper, vietnam_date(tx.now()))?;
    let found = rows::account_by_claim(tx, &person_claim(&cx.keys, person)).await?;
    let has_account = found.is_some_and(|a| a.state == State::Activated && a.holder.kind() == Kind::Citizen);
    Ok(Guardian { person, has_account, document, shown, signed: typed.signed })
}
