//! `account_open`: a person opens an account of level 1 online (NĐ 69/2024 Art. 9–10), matched with the record.
//!
//! The answer is match or no match, never which item differs; tries are counted for the number and for the client. The
//! account is approved at once and activated by the first sign-in, within seven days (Art. 14).

use base::vietnam_date;
use contracts::{Access, AccountId, AgencyId, IdentityLevel, PersonId, Purpose, ports::IdentityClaim};
use forms::Fact;
use jiff::{Timestamp, civil::Date};
use store::{StoreError, Tx};

use super::entry;
use crate::{
    Client, Identity, IdentityError, Password,
    enrolment::{self, Counts, EnrolmentId},
    input::{Faults, number_claim, person_claim},
    law::limit_of,
    model::{AGE_ALONE_MIN, Account, Holder, Kind, State},
    password::rules,
    rows::{self, AuthenticatorId, Claim},
    sql,
    throttle::{self, Door, Key},
};

/// As typed.
#[derive(Clone)]
pub struct Opening {
    pub number: String,
    pub name: String,
    /// `17/5/1990`, or what is known of it: `5/1990`, `1990`.
    pub birth_date: String,
    pub password: Password,
    pub client: Client,
}

/// A number and a name must not reach a log by accident.
impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opening(…)")
    }
}

pub async fn account_open(cx: &Identity, input: &Opening) -> Result<AccountId, IdentityError> {
    let today = vietnam_date(cx.store.clock().now());
    let claim = read(input, today)?;
    if claim.birth_date.age_on(today) < AGE_ALONE_MIN {
        return Err(IdentityError::TooYoung);
    }
    let place = cx.passwords.place()?;
    let number = number_claim(&cx.keys, &claim.number);
    let mut doors: Vec<Key> = Door::OpenClient.client_key(&cx.keys, input.client.ip).into_iter().collect();
    doors.push(Door::OpenNumber.key(&cx.keys, &number.value));
    throttle::take(&cx.store, &doors.iter().collect::<Vec<_>>()).await?;

    let due_on = cx.law.due_on(limit_of(IdentityLevel::One, true), cx.store.clock().now())?;
    let (person, commune) = matched(cx, &claim, today).await?;
    let person_claim = person_claim(&cx.keys, person);
    if is_taken(cx, &person_claim).await? {
        return Err(IdentityError::AccountExists);
    }
    let phc = place.hash(&input.password, cx.store.entropy().as_ref()).await?;
    drop(place);

    let mut tx = cx.store.begin().await?;
    let now = tx.now();
    let id = AccountId::new(now, tx.entropy());
    let password = AuthenticatorId::new(now, tx.entropy());
    let level = IdentityLevel::One;
    let number_digest = number.value.clone();
    for claim in [number, person_claim] {
        tx.defer(sql::CLAIM_INSERT, vec![Box::new(claim.kind), Box::new(claim.value), Box::new(id)]);
    }
    rows::insert_citizen(&mut tx, id, person, level, State::Approved);
    tx.defer(
        sql::AUTHENTICATOR_INSERT,
        vec![
            Box::new(id),
            Box::new(password),
            Box::new("password"),
            Box::new(phc.into_bytes()),
            Box::new(now),
            Box::new(now),
        ],
    );
    file(cx, &mut tx, id, number_digest, &commune, due_on)?;
    for door in &doors {
        throttle::give_back(&mut tx, door);
    }
    let account =
        Account { id, holder: Holder::Citizen { person, level }, state: State::Approved, version: 1 };
    let access = Access::system(Purpose::SIGN_IN);
    tx.audit(entry(&access.actor, "identity.account_open", &account).done());
    match tx.finish(Ok(id)).await {
        // Another opening for the same person was first.
        Err(IdentityError::Store(StoreError::Conflict)) => Err(IdentityError::AccountExists),
        outcome => outcome,
    }
}

fn read(input: &Opening, today: Date) -> Result<IdentityClaim, IdentityError> {
    let mut faults = Faults::default();
    let number = faults.number(&input.number);
    let name = faults.name(&input.name);
    let birth_date = faults.birth_date(&input.birth_date, today);
    let typed = number.map(|n| n.to_string()).unwrap_or_default();
    if let Some(fault) = rules::check("password", &input.password, Kind::Citizen, &[&typed, &input.name]) {
        faults.push(fault);
    }
    match (number, name, birth_date) {
        (Some(number), Some(name), Some(birth_date)) if faults.is_empty() => {
            Ok(IdentityClaim { number, name, birth_date })
        }
        _ => Err(faults.end()),
    }
}

/// The file of an account that its holder opens: complete, compared and approved at this moment, and to be activated by
/// signing in.
fn file(
    cx: &Identity,
    tx: &mut Tx,
    account: AccountId,
    number: Vec<u8>,
    commune: &str,
    due_on: Date,
) -> Result<(), IdentityError> {
    let (now, id) = (tx.now(), EnrolmentId::new(tx.now(), tx.entropy()));
    let nobody = Access::system(Purpose::SIGN_IN).actor.account;
    tx.defer(
        sql::ENROLMENT_INSERT,
        vec![
            Box::new(account),
            Box::new(id),
            Box::new(IdentityLevel::One.number()),
            Box::new(commune.to_owned()),
            Box::new(number),
            Box::new(None::<AgencyId>),
            Box::new(account),
            Box::new(now),
            Box::new("record"),
            Box::new(due_on),
            Box::new(None::<PersonId>),
            Box::new(None::<Timestamp>),
        ],
    );
    let activate_by = enrolment::wait_for_activation(cx, tx, account, id)?;
    tx.defer(
        sql::ENROLMENT_APPROVED,
        vec![Box::new(account), Box::new(id), Box::new(nobody), Box::new(now), Box::new(activate_by)],
    );
    enrolment::count(tx, commune, Counts { collected: 1, approved: 1, ..Counts::default() });
    Ok(())
}

/// Whoever matches, and where they live. The comparison commits with its audit entry, whatever it says: no log, no answer.
async fn matched(
    cx: &Identity,
    claim: &IdentityClaim,
    today: Date,
) -> Result<(PersonId, String), IdentityError> {
    let access = Access::system(Purpose::SIGN_IN);
    let mut tx = cx.store.begin().await?;
    let found = async {
        let Some(person) = cx.register.matches(&mut tx, &access, claim).await? else { return Ok(None) };
        let facts = cx.register.facts(&mut tx, &access, person, &[Fact::CurrentCommune]).await?;
        let commune = facts.value(Fact::CurrentCommune, today).text().unwrap_or_default();
        Ok::<_, IdentityError>(Some((person, commune)))
    }
    .await;
    tx.finish(found).await?.ok_or(IdentityError::NoMatch)
}

async fn is_taken(cx: &Identity, claim: &Claim) -> Result<bool, IdentityError> {
    let tx = cx.store.begin().await?;
    let found = tx.query_opt(sql::CLAIM_FIND, &[&claim.kind, &claim.value]).await;
    Ok(tx.finish(found).await?.is_some())
}
