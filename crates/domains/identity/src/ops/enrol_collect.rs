//! `enrol_collect`: an officer takes the file of somebody who has no account and stands at the counter (NĐ 69/2024 Art. 10).
//! Another officer decides on it. The person goes home with a paper whose code activates the account once it is approved.

use base::{PersonalNumber, vietnam_date};
use contracts::{Access, AccountId, Actor, IdentityLevel, PersonId, Phone, Purpose};
use forms::Fact;
use jiff::{SignedDuration, Timestamp, civil::Date};
use store::{StoreError, Tx};

use super::{
    comparison::{comparison_use, remember_compared},
    guardian::{Guardian, guardian_check},
    remember,
};
use crate::{
    ComparisonId, GuardianHere, Identity, IdentityError, SetupCode,
    enrolment::{self, Counts, EnrolmentId, Whose},
    follow::card_seen,
    input::{number_claim, person_claim},
    law::{at_the_counter, limit_of},
    messages::seal_phone,
    model::{Document, Present, RaiseBasis, State},
    offices,
    policy::Action,
    rows::{self, AuthenticatorId},
    sql,
};

/// The code on the paper may wait for the decision and then for the activation.
const PAPER_LIFE: SignedDuration = SignedDuration::from_hours(45 * 24);

/// What the officer checked.
#[derive(Clone)]
pub struct Collecting {
    pub number: PersonalNumber,
    pub level: IdentityLevel,
    pub present: Present,
    /// None: no valid card yet.
    pub document: Option<Document>,
    pub basis: RaiseBasis,
    /// The device's word, for [`RaiseBasis::Biometrics`].
    pub comparison: Option<ComparisonId>,
    /// Whoever came along with somebody under age.
    pub guardian: Option<GuardianHere>,
    /// Where the person hears of the decision; no way of signing in before it has shown a code.
    pub phone: Option<Phone>,
}

/// For the paper. Shown once.
pub struct Collected {
    pub account: AccountId,
    pub enrolment: EnrolmentId,
    pub code: SetupCode,
    pub due_on: Date,
}

/// Runs its own transaction, to tell why a commit failed.
pub async fn enrol_collect(
    cx: &Identity,
    actor: &Actor,
    input: &Collecting,
) -> Result<Collected, IdentityError> {
    let mut tx = cx.store.begin().await?;
    let outcome = collect(cx, &mut tx, actor, input).await;
    match tx.finish(outcome).await {
        Err(IdentityError::Store(StoreError::Conflict)) => Err(IdentityError::AccountExists),
        outcome => outcome,
    }
}

async fn collect(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    input: &Collecting,
) -> Result<Collected, IdentityError> {
    offices::at_counter(cx, tx, actor, Action::Enrol)?;
    let access = Access::new(actor, Purpose::RAISE_LEVEL);
    let now = tx.now();
    let today = vietnam_date(now);
    let person = cx.register.person_by_number(tx, &access, &input.number).await?;
    let person = person.ok_or(IdentityError::NotFound)?;
    let number = number_in_force(cx, tx, &access, person, input.number).await?;
    let wanted = [Fact::BirthDate, Fact::CurrentCommune, Fact::Living];
    let facts = cx.register.facts(tx, &access, person, &wanted).await?;
    if facts.value(Fact::Living, today).bool() == Some(false) {
        return Err(IdentityError::NotLiving);
    }
    let age = facts.value(Fact::Age, today).int().ok_or(IdentityError::NoMatch)?;
    let minor = at_the_counter(i16::try_from(age).unwrap_or(i16::MAX), input.level, input.present)?;
    let (level, basis) = (input.level, input.basis);
    let compared = comparison_use(cx, tx, actor, person, level, basis, input.comparison).await?;
    let guardian = match minor {
        true => Some(guardian_check(cx, tx, &access, person, input.guardian.as_ref()).await?.agrees()?),
        false => None,
    };
    let due_on = cx.law.due_on(limit_of(input.level, input.document.is_some()), now)?;

    let (account, enrolment) = (AccountId::new(now, tx.entropy()), EnrolmentId::new(now, tx.entropy()));
    let number = number_claim(&cx.keys, &number);
    for claim in [number.clone(), person_claim(&cx.keys, person)] {
        tx.defer(sql::CLAIM_INSERT, vec![Box::new(claim.kind), Box::new(claim.value), Box::new(account)]);
    }
    rows::insert_citizen(tx, account, person, input.level, State::Collected);
    let commune = facts.value(Fact::CurrentCommune, today).text().unwrap_or_default();
    let document = input.document.map_or("no_card", Document::as_str);
    let mut basis = vec![input.present.as_str(), document, input.basis.as_str()];
    basis.extend(guardian.iter().flat_map(Guardian::words));
    let basis = basis.join(" ");
    let agency = actor.staff().map(|(agency, _)| agency.clone());
    tx.defer(
        sql::ENROLMENT_INSERT,
        vec![
            Box::new(account),
            Box::new(enrolment),
            Box::new(input.level.number()),
            Box::new(commune.clone()),
            Box::new(number.value),
            Box::new(agency),
            Box::new(actor.account),
            Box::new(now),
            Box::new(basis.clone()),
            Box::new(due_on),
            Box::new(guardian.as_ref().map(|guardian| guardian.person)),
            Box::new(guardian.as_ref().and_then(|guardian| guardian.agreed_at(now))),
        ],
    );
    if let Some(guardian) = &guardian {
        guardian.remember(tx, actor.account, account, enrolment);
    }
    remember_compared(tx, account, enrolment, compared);
    if let Some(phone) = &input.phone {
        put_phone(cx, tx, account, phone)?;
    }
    if input.document.is_some() {
        card_seen(cx, tx, account, person).await?;
    }
    enrolment::count(tx, &commune, Whose::Citizen, Counts { collected: 1, ..Counts::default() });
    let code = put_code(cx, tx, actor, account, now);
    remember(tx, actor, account, "collected", basis);
    let entry = access.entry("identity.enrol_collect").about(person).on("account", account.0);
    tx.audit(entry.fields(["identity_level"]).done());
    Ok(Collected { account, enrolment, code, due_on })
}

fn put_phone(cx: &Identity, tx: &mut Tx, account: AccountId, phone: &Phone) -> Result<(), IdentityError> {
    let (now, id) = (tx.now(), AuthenticatorId::new(tx.now(), tx.entropy()));
    let sealed = seal_phone(cx, tx, account, id, phone)?;
    tx.defer(
        sql::AUTHENTICATOR_INSERT,
        vec![
            Box::new(account),
            Box::new(id),
            Box::new("phone"),
            Box::new(sealed),
            Box::new(None::<Timestamp>),
            Box::new(now),
        ],
    );
    Ok(())
}

pub(super) fn put_code(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    now: Timestamp,
) -> SetupCode {
    let code = SetupCode::new(tx.entropy());
    tx.defer(
        sql::SETUP_PUT,
        vec![
            Box::new(account),
            Box::new(1i32),
            Box::new(code.digest(&cx.keys)),
            Box::new(actor.account),
            Box::new(now),
            Box::new(now + PAPER_LIFE),
        ],
    );
    code
}

/// The number with which the person signs in, whichever of theirs was shown; the record stays as it is until the file is
/// written.
async fn number_in_force(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    shown: PersonalNumber,
) -> Result<PersonalNumber, IdentityError> {
    cx.register.hold(tx, person).await?;
    match cx.register.standing(tx, access, person).await? {
        Some(standing) => standing.number.ok_or(IdentityError::NoMatch),
        None => Ok(shown),
    }
}
