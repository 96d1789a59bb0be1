//! `account_raise`: an officer has looked the person up, seen them with their documents, and raises the account to level 2
//! (NĐ 69/2024 Art. 10, for foreigners Art. 11); a child comes with somebody who speaks for it. The person sees it in their log
//! and is told. It leaves a file that is finished at once, so that it is counted as any other.

use base::{Text, vietnam_date};
use contracts::{Access, AccountId, IdentityLevel, PersonId, Purpose, events::AccountChange};
use forms::{Fact, Person};
use store::{RowExt, Tx};

use super::{
    changed,
    comparison::{Compared, comparison_use, remember_compared},
    guardian::{Guardian, guardian_check},
    remember, tell_person,
};
use crate::{
    EnrolmentId, GuardianHere, Identity, IdentityError, Ticket,
    enrolment::{self, Counts, Whose},
    follow::card_seen,
    law::{What, at_the_counter, limit_of},
    model::{Checked, Holder, State},
    offices,
    policy::Action,
    rows, sql,
};

pub async fn account_raise(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    account: AccountId,
    ticket: &Ticket,
    checked: Checked,
    guardian: Option<&GuardianHere>,
) -> Result<(), IdentityError> {
    let actor = &access.actor;
    offices::at_some_counter(cx, tx, actor, Action::RaiseCitizen)?;
    if access.purpose != Purpose::RAISE_LEVEL {
        return Err(IdentityError::Forbidden);
    }
    let account = rows::account(tx, account).await?;
    let (now, Holder::Citizen { person, level }) = (tx.now(), &account.holder) else {
        return Err(IdentityError::NotFound);
    };
    // First what the ticket says: whoever has none learns nothing about the account's state.
    if !ticket.holds(&cx.keys, actor, &account, now) {
        return Err(IdentityError::LookUpFirst);
    }
    let whose = rows::whose(tx, account.id).await?;
    offices::at_counter_of(cx, tx, actor, Action::RaiseCitizen, whose)?;
    checked.proves(whose)?;
    if *level != IdentityLevel::One || account.state != State::Activated {
        return Err(IdentityError::WrongState);
    }
    let facts = cx.register.facts(tx, access, *person, &FACTS).await?;
    let guardian = companion(cx, tx, access, *person, &facts, checked, guardian).await?;
    let (level, basis) = (IdentityLevel::Two, checked.basis);
    let compared = comparison_use(cx, tx, actor, *person, level, basis, checked.comparison).await?;
    let until = card_seen(cx, tx, account.id, *person).await?;
    if whose == Whose::Foreigner && until.is_some_and(|last| last < vietnam_date(now)) {
        return Err(IdentityError::field("document", "identity.foreigner_paper_over"));
    }
    tx.defer(sql::ACCOUNT_RAISE, vec![Box::new(account.id), Box::new(account.version)]);
    tx.defer(sql::SESSIONS_RAISE, vec![Box::new(account.id)]);
    let mut words = checked.words().to_vec();
    words.extend(guardian.iter().flat_map(Guardian::words));
    remember(tx, actor, account.id, "raised", words.join(" "));
    let entry = access.entry("identity.account_raise").about(*person).on("account", account.id.0);
    tx.audit(entry.fields([&["identity_level"], words.as_slice()].concat()).done());
    tell(tx, *person, whose, guardian.as_ref());
    changed(tx, account.id, Some(*person), AccountChange::LevelRaised);
    cx.cache.forget(account.id, now);
    let commune = commune(tx, account.id, whose, &facts).await?;
    let file = File { account: account.id, whose, commune, basis: words.join(" "), guardian };
    finish(cx, tx, access, file, compared)
}

fn tell(tx: &mut Tx, person: PersonId, whose: Whose, guardian: Option<&Guardian>) {
    let Text { vi, en } = offices::told_by(whose);
    tell_person(
        tx,
        person,
        &format!("Tài khoản của bạn đã được nâng lên mức độ 2. Nếu bạn không đến quầy, hãy báo {vi}."),
        &format!("Your account was raised to level 2. If you were not at a counter, tell {en}."),
    );
    if let Some(guardian) = guardian {
        tell_person(
            tx,
            guardian.person,
            &format!(
                "Tài khoản của trẻ mà bạn ký đồng ý đã được nâng lên mức độ 2. Nếu bạn không đến quầy, hãy báo {vi}."
            ),
            &format!(
                "The account of the child for whom you signed was raised to level 2. If you were not at a counter, tell {en}."
            ),
        );
    }
}

/// What decides on who must be there, and where it is counted.
const FACTS: [Fact; 3] = [Fact::BirthDate, Fact::CurrentCommune, Fact::Living];

/// Whoever must come along with somebody of this age and agree, as for a new account (NĐ 69/2024 Art. 7, 10). What is raised
/// counts at once, so they sign here.
async fn companion(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    facts: &Person,
    checked: Checked,
    guardian: Option<&GuardianHere>,
) -> Result<Option<Guardian>, IdentityError> {
    let today = vietnam_date(tx.now());
    if facts.value(Fact::Living, today).bool() == Some(false) {
        return Err(IdentityError::NotLiving);
    }
    let age = facts.value(Fact::Age, today).int().ok_or(IdentityError::NoMatch)?;
    let age = i16::try_from(age).unwrap_or(i16::MAX);
    if at_the_counter(age, IdentityLevel::Two, checked.present)? {
        return Ok(Some(guardian_check(cx, tx, access, person, guardian).await?.agreed_here()?));
    }
    Ok(None)
}

/// Where the holder lives: of a foreigner who is registered nowhere, as their file said.
async fn commune(tx: &Tx, account: AccountId, whose: Whose, facts: &Person) -> Result<String, IdentityError> {
    let told = facts.value(Fact::CurrentCommune, vietnam_date(tx.now())).text();
    match (told, whose) {
        (Some(commune), _) => Ok(commune),
        (None, Whose::Foreigner) => {
            let row = tx.query_opt(sql::ENROLMENT_COMMUNE, &[&account]).await?;
            Ok(row.map(|row| row.col("commune")).transpose()?.unwrap_or_default())
        }
        (None, Whose::Citizen | Whose::Organisation) => Ok(String::new()),
    }
}

/// Of the account that is raised.
struct File {
    account: AccountId,
    whose: Whose,
    commune: String,
    basis: String,
    guardian: Option<Guardian>,
}

/// Collected, decided on and in use at this moment. The counts come last: they lock a commune's row.
fn finish(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    file: File,
    compared: Option<Compared>,
) -> Result<(), IdentityError> {
    let (now, id) = (tx.now(), EnrolmentId::new(tx.now(), tx.entropy()));
    let File { account, whose, commune, basis, guardian } = file;
    let limit = match whose {
        Whose::Foreigner => What::ForeignerTwo,
        Whose::Citizen | Whose::Organisation => limit_of(IdentityLevel::Two, true),
    };
    let due_on = cx.law.due_on(limit, now)?;
    let officer = access.actor.account;
    tx.defer(
        sql::ENROLMENT_INSERT,
        vec![
            Box::new(account),
            Box::new(id),
            Box::new(IdentityLevel::Two.number()),
            Box::new(commune.clone()),
            Box::new(None::<Vec<u8>>),
            Box::new(access.actor.staff().map(|(agency, _)| agency.clone())),
            Box::new(officer),
            Box::new(now),
            Box::new(basis),
            Box::new(due_on),
            Box::new(guardian.as_ref().map(|guardian| guardian.person)),
            Box::new(guardian.as_ref().and_then(|guardian| guardian.agreed_at(now))),
        ],
    );
    if let Some(guardian) = &guardian {
        guardian.remember(tx, officer, account, id);
    }
    tx.defer(
        sql::ENROLMENT_APPROVED,
        vec![Box::new(account), Box::new(id), Box::new(officer), Box::new(now), Box::new(now)],
    );
    tx.defer(sql::ENROLMENT_ACTIVATED, vec![Box::new(account), Box::new(id), Box::new(now)]);
    remember_compared(tx, account, id, compared);
    let counts = Counts { collected: 1, approved: 1, activated: 1, ended: 0 };
    enrolment::count(tx, &commune, whose, counts);
    Ok(())
}
