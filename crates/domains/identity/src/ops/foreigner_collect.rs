//! `foreigner_collect`: an officer of the immigration agency takes the file of a foreigner who stands at the counter with
//! passport and residence card (NĐ 69/2024 Art. 11; procedure 3.000226). The person enters the record with it, or is known
//! there already; another officer decides. Who has an account shows a new card or passport the same way. Who may be on
//! record under another passport is shown to the officer first. The paper names the number with which they sign in.

use base::{PartialDate, vietnam_date};
use contracts::{
    Access, AccountId, Actor, CommuneCode, IdentityLevel, Purpose,
    ports::{ForeignerAlike, ForeignerEntry},
};
use jiff::civil::Date;
use store::{StoreError, Tx};

use super::{
    comparison::{comparison_use_of, remember_compared},
    enrol_collect::put_code,
    guardian::{Guardian, guardian_check},
    remember,
};
use crate::{
    ComparisonId, GuardianHere, Identity, IdentityError, SetupCode,
    enrolment::{self, Counts, EnrolmentId, Whose},
    foreigner::{self, ForeignerNumber, PROCEDURE, Typed},
    input::person_claim,
    law::{What, at_the_counter},
    model::{Present, RaiseBasis, State},
    policy::{self, Action},
    rows, sql,
};

/// What the officer saw and typed. Not for printing.
#[derive(Clone)]
pub struct Collecting {
    pub typed: Typed,
    pub level: IdentityLevel,
    pub present: Present,
    pub basis: RaiseBasis,
    /// The device's word, for [`RaiseBasis::Biometrics`].
    pub comparison: Option<ComparisonId>,
    /// Face or fingerprints are not on record, or something has to be checked: the longest limit.
    pub to_check: bool,
    /// Whoever came along with somebody under age.
    pub guardian: Option<GuardianHere>,
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
    /// The person has an account, which goes by the new papers from now on; one that was locked because the card before had
    /// run out opens again, see [`crate::follow`].
    NewPapers,
    /// Nothing was taken: who may be the same person, for the officer to say so or that it is another.
    Alike(Vec<ForeignerAlike>),
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
    let entered = match foreigners.foreigner_enter(tx, &access, &new).await? {
        ForeignerEntry::Entered(entered) => entered,
        ForeignerEntry::Alike(shown) => return Ok(Taken::Alike(shown)),
        ForeignerEntry::Other(field) => return Err(IdentityError::field(field, "identity.foreigner_other")),
    };
    let person = entered.person;
    // A number that the record gives us must be one of ours.
    let number: ForeignerNumber = entered.number.parse().map_err(|()| IdentityError::NoMatch)?;
    if let Some(account) = rows::account_by_claim(tx, &person_claim(&cx.keys, person)).await? {
        if !entered.is_news {
            return Err(IdentityError::AccountExists);
        }
        remember(tx, actor, account.id, "papers_renewed", new.card_kind.as_str());
        let entry = access.entry("identity.foreigner_papers").about(person).on("account", account.id.0);
        tx.audit(entry.done());
        return Ok(Taken::NewPapers);
    }
    let guardian = match minor {
        true => Some(guardian_check(cx, tx, &access, person, input.guardian.as_ref()).await?.agrees()?),
        false => None,
    };
    // Whose record just gave way to another is to be looked up again.
    cx.register.hold(tx, person).await?;
    if cx.register.standing(tx, &access, person).await?.is_some_and(|s| s.gave_way_to.is_some()) {
        return Err(IdentityError::WrongState);
    }
    let whom = foreigner::card_digest(&cx.keys, &new.card_number);
    let (level, basis) = (input.level, input.basis);
    let compared = comparison_use_of(cx, tx, actor, &whom, level, basis, input.comparison).await?;
    let due_on = cx.law.due_on(limit_of(input), now)?;

    let (account, enrolment) = (AccountId::new(now, tx.entropy()), EnrolmentId::new(now, tx.entropy()));
    let claim = foreigner::claim(&cx.keys, &number);
    for claim in [claim.clone(), person_claim(&cx.keys, person)] {
        tx.defer(sql::CLAIM_INSERT, vec![Box::new(claim.kind), Box::new(claim.value), Box::new(account)]);
    }
    rows::insert_citizen(tx, account, person, input.level, State::Collected);
    tx.defer(sql::FOREIGNER_SET, vec![Box::new(account)]);
    tx.defer(sql::CARD_SET, vec![Box::new(account), Box::new(new.card_until)]);
    let mut basis = vec![input.present.as_str(), PASSPORT, new.card_kind.as_str(), basis.as_str()];
    basis.extend(guardian.iter().flat_map(Guardian::words));
    let basis = basis.join(" ");
    let agency = actor.staff().map(|(agency, _)| agency.clone());
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
            Box::new(guardian.as_ref().map(|guardian| guardian.person)),
            Box::new(guardian.as_ref().and_then(|guardian| guardian.agreed_at(now))),
        ],
    );
    remember_compared(tx, account, enrolment, compared);
    if let Some(guardian) = &guardian {
        guardian.remember(tx, actor.account, account, enrolment);
    }
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
