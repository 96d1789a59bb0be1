//! `account_raise`: an officer has looked the person up, seen them with their document, and raises the account to level 2
//! (NĐ 69/2024 Art. 10). The person sees it in their log and is told. It leaves a file that is finished at once, so that it is
//! counted as any other.

use base::vietnam_date;
use contracts::{Access, AccountId, IdentityLevel, PersonId, Purpose, events::AccountChange};
use forms::Fact;
use jiff::Timestamp;
use store::Tx;

use super::{
    changed,
    comparison::{Compared, comparison_use, remember_compared},
    remember, tell_person,
};
use crate::{
    EnrolmentId, Identity, IdentityError, Ticket,
    enrolment::{self, Counts, Whose},
    follow::card_seen,
    law::limit_of,
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
) -> Result<(), IdentityError> {
    let actor = &access.actor;
    offices::at_counter(cx, tx, actor, Action::RaiseCitizen)?;
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
    if *level != IdentityLevel::One || account.state != State::Activated {
        return Err(IdentityError::WrongState);
    }
    let (level, basis) = (IdentityLevel::Two, checked.basis);
    let compared = comparison_use(cx, tx, actor, *person, level, basis, checked.comparison).await?;
    tx.defer(sql::ACCOUNT_RAISE, vec![Box::new(account.id), Box::new(account.version)]);
    tx.defer(sql::SESSIONS_RAISE, vec![Box::new(account.id)]);
    remember(tx, actor, account.id, "raised", checked.words().join(" "));
    let entry = access.entry("identity.account_raise").about(*person).on("account", account.id.0);
    tx.audit(entry.fields([&["identity_level"], checked.words().as_slice()].concat()).done());
    tell_person(
        tx,
        *person,
        "Tài khoản của bạn đã được nâng lên mức độ 2. Nếu bạn không đến quầy, hãy báo công an xã, phường.",
        "Your account was raised to level 2. If you were not at a counter, tell the commune police.",
    );
    changed(tx, account.id, Some(*person), AccountChange::LevelRaised);
    card_seen(cx, tx, account.id, *person).await?;
    cx.cache.forget(account.id, now);
    file(cx, tx, access, account.id, *person, checked, compared).await
}

/// Collected, decided on and in use at this moment. The counts come last: they lock a commune's row.
async fn file(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    account: AccountId,
    person: PersonId,
    checked: Checked,
    compared: Option<Compared>,
) -> Result<(), IdentityError> {
    let (now, id) = (tx.now(), EnrolmentId::new(tx.now(), tx.entropy()));
    let facts = cx.register.facts(tx, access, person, &[Fact::CurrentCommune]).await?;
    let commune = facts.value(Fact::CurrentCommune, vietnam_date(now)).text().unwrap_or_default();
    let due_on = cx.law.due_on(limit_of(IdentityLevel::Two, true), now)?;
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
            Box::new(checked.words().join(" ")),
            Box::new(due_on),
            Box::new(None::<PersonId>),
            Box::new(None::<Timestamp>),
        ],
    );
    tx.defer(
        sql::ENROLMENT_APPROVED,
        vec![Box::new(account), Box::new(id), Box::new(officer), Box::new(now), Box::new(now)],
    );
    tx.defer(sql::ENROLMENT_ACTIVATED, vec![Box::new(account), Box::new(id), Box::new(now)]);
    remember_compared(tx, account, id, compared);
    let counts = Counts { collected: 1, approved: 1, activated: 1, ended: 0 };
    enrolment::count(tx, &commune, Whose::Citizen, counts);
    Ok(())
}
