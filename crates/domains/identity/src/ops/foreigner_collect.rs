//! `foreigner_collect`: an officer of the immigration agency takes the file of a foreigner who stands at the counter with
//! passport and residence card (NĐ 69/2024 Art. 11; procedure 3.000226). The person enters the record with it, or is known
//! there already; another officer decides. Who has an account shows a new card the same way. The paper names the number with which they sign in.

use base::{PartialDate, PersonalNumber, vietnam_date};
use contracts::{Access, AccountId, Actor, CommuneCode, IdentityLevel, PersonId, Purpose};
use jiff::{Timestamp, civil::Date};
use store::{StoreError, Tx};

use super::{enrol_collect::put_code, remember};
use crate::{
    Identity, IdentityError, SetupCode,
    enrolment::{self, Counts, EnrolmentId, Whose},
    foreigner::{self, ForeignerNumber, PROCEDURE, Typed},
    input::person_claim,
    law::{What, at_the_counter},
    model::{Kind, Present, State},
    policy::{self, Action},
    rows, sql,
};

/// What the officer saw and typed. Not for printing.
#[derive(Clone)]
pub struct Collecting {
    pub typed: Typed,
    pub level: IdentityLevel,
    pub present: Present,
    /// Face or fingerprints are not on record, or something has to be checked: the longest limit.
    pub to_check: bool,
    /// Of whoever came along with somebody under age: a personal number or a foreigner's.
    pub guardian: String,
}

/// For the paper. Shown once.
pub struct Collected {
    pub account: AccountId,
    pub enrolment: EnrolmentId,
    pub number: ForeignerNumber,
    pub code: SetupCode,
    pub due_on: Date,
}

/// What came of it.
pub enum Taken {
    File(Box<Collected>),
    /// The person has an account, which goes by the new card from now on; one that was locked because the card before had run
    /// out opens again, see [`crate::follow`].
    NewCard,
}

/// Runs its own transaction, to tell why a commit failed.
pub async fn foreigner_collect(
    cx: &Identity,
    actor: &Actor,
    input: &Collecting,
) -> Result<Taken, IdentityError> {
    policy::allowed(actor, Action::EnrolForeigner)?;
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
) -> Result<Taken, IdentityError> {
    let (now, today) = (tx.now(), vietnam_date(tx.now()));
    let offices = cx.offices.as_ref().ok_or(IdentityError::NoLimit)?;
    crate::offices::decides(cx, tx, actor, PROCEDURE)?;
    let foreigners = cx.foreigners.as_ref().ok_or(IdentityError::NoLimit)?;
    let new = foreigner::read(&input.typed, today, &ForeignerNumber::new(tx.entropy()))?;
    let commune = CommuneCode::new(&input.typed.commune);
    if offices.office_for(&commune, PROCEDURE, today).is_none() {
        return Err(IdentityError::field("commune", "identity.foreigner_commune"));
    }
    let age = PartialDate::full(new.birth_date).age_on(today);
    let minor = at_the_counter(age, input.level, input.present)?;

    let access = Access::new(actor, Purpose::RAISE_LEVEL);
    let entered = foreigners.foreigner_enter(tx, &access, &new).await?;
    let entered =
        entered.ok_or_else(|| IdentityError::field("passport_number", "identity.foreigner_other"))?;
    let person = entered.person;
    // A number that the record gives us must be one of ours.
    let number: ForeignerNumber = entered.number.parse().map_err(|()| IdentityError::NoMatch)?;
    if let Some(account) = rows::account_by_claim(tx, &person_claim(&cx.keys, person)).await? {
        if !entered.is_news {
            return Err(IdentityError::AccountExists);
        }
        remember(tx, actor, account.id, "card_renewed", new.card_kind.as_str());
        let entry = access.entry("identity.foreigner_card").about(person).on("account", account.id.0);
        tx.audit(entry.done());
        return Ok(Taken::NewCard);
    }
    let guardian = if minor { Some(guardian(cx, tx, &access, person, &input.guardian).await?) } else { None };
    let due_on = cx.law.due_on(limit_of(input), now)?;

    let (account, enrolment) = (AccountId::new(now, tx.entropy()), EnrolmentId::new(now, tx.entropy()));
    let claim = foreigner::claim(&cx.keys, &number);
    for claim in [claim.clone(), person_claim(&cx.keys, person)] {
        tx.defer(sql::CLAIM_INSERT, vec![Box::new(claim.kind), Box::new(claim.value), Box::new(account)]);
    }
    rows::insert_citizen(tx, account, person, input.level, State::Collected);
    tx.defer(sql::FOREIGNER_SET, vec![Box::new(account)]);
    tx.defer(sql::CARD_SET, vec![Box::new(account), Box::new(new.card_until)]);
    let basis = [input.present.as_str(), PASSPORT, new.card_kind.as_str()].join(" ");
    let agency = actor.staff().map(|(agency, _)| agency.clone());
    // Whoever has no account agreed on paper, at the counter.
    let agreed: Option<Timestamp> = guardian.filter(|(_, has_account)| !has_account).map(|_| now);
    tx.defer(
        sql::ENROLMENT_INSERT,
        vec![
            Box::new(account),
            Box::new(enrolment),
            Box::new(input.level.number()),
            Box::new(commune.0.clone()),
            Box::new(claim.value),
            Box::new(agency),
            Box::new(actor.account),
            Box::new(now),
            Box::new(basis.clone()),
            Box::new(due_on),
            Box::new(guardian.map(|(person, _)| person)),
            Box::new(agreed),
        ],
    );
    enrolment::count(tx, commune.as_str(), Whose::Foreigner, Counts { collected: 1, ..Counts::default() });
    let code = put_code(cx, tx, actor, account, now);
    remember(tx, actor, account, "collected", basis);
    let entry = access.entry("identity.foreigner_collect").about(person).on("account", account.0);
    tx.audit(entry.fields(["identity_level"]).done());
    Ok(Taken::File(Box::new(Collected { account, enrolment, number, code, due_on })))
}

const PASSPORT: &str = "passport";

fn limit_of(input: &Collecting) -> What {
    match (input.level, input.to_check) {
        (_, true) => What::ForeignerChecked,
        (IdentityLevel::One, false) => What::ForeignerOne,
        (IdentityLevel::Two, false) => What::ForeignerTwo,
    }
}

/// Who came along, and whether they have an account in which they can agree. A foreign parent is known by their account.
async fn guardian(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    child: PersonId,
    typed: &str,
) -> Result<(PersonId, bool), IdentityError> {
    let fault = || IdentityError::field("guardian", "identity.foreigner_guardian");
    let person = match (typed.parse::<PersonalNumber>(), typed.parse::<ForeignerNumber>()) {
        (Ok(number), _) => cx.register.person_by_number(tx, access, &number).await?,
        (_, Ok(number)) => {
            let found = rows::account_by_claim(tx, &foreigner::claim(&cx.keys, &number)).await?;
            found.and_then(|account| account.person())
        }
        _ => return Err(IdentityError::GuardianNeeded),
    };
    let person = person.filter(|person| *person != child).ok_or_else(fault)?;
    let found = rows::account_by_claim(tx, &person_claim(&cx.keys, person)).await?;
    let usable = found.filter(|a| a.state == State::Activated && a.holder.kind() == Kind::Citizen);
    Ok((person, usable.is_some()))
}
