//! `account_open_ask`, `account_open_confirm`: a person opens an account of level 1 online (NĐ 69/2024 Art. 9–10): what they
//! say is compared with the record, their telephone with its subscriber, and a code comes back from that telephone. Without
//! a telco there is no online opening.
//!
//! The answer is match or no match, never which item differs; tries are counted for the client, for the number from this
//! client, and loosely for the number alone, so that nobody keeps somebody else from opening their account. Whoever has an
//! account already is told so by message and not on the page. The account is approved at once and activated by the first
//! sign-in, within seven days (Art. 14).

use base::{Lang, vietnam_date};
use contracts::{Access, AccountId, AgencyId, IdentityLevel, PersonId, Phone, Purpose, ports::IdentityClaim};
use forms::Fact;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use store::{StoreError, Tx};

use super::entry;
use crate::{
    Client, Identity, IdentityError, Marks, Password,
    ceremony::{self, Kind as Waits},
    codes,
    enrolment::{self, Counts, EnrolmentId, Whose},
    follow::card_seen,
    input::{Faults, number_claim, person_claim},
    law::limit_of,
    messages::{Asks, Notice, notify, seal_phone},
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
    pub phone: String,
    pub password: Password,
    pub client: Client,
    /// Of the message.
    pub lang: Lang,
}

/// A number and a name must not reach a log by accident.
impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opening(…)")
    }
}

/// What a ceremony keeps until the code has come back. None: the person has an account, and no code is right.
#[derive(Serialize, Deserialize)]
struct Pending {
    /// Sealed, because a ceremony's row must not be a list of who asked.
    sealed: Option<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct Compared {
    person: PersonId,
    commune: String,
    number_claim: Vec<u8>,
    phone: String,
    phc: String,
}

/// Compares, and sends a code. Gives what the code comes back with; the same for who has an account already.
pub async fn account_open_ask(cx: &Identity, input: &Opening) -> Result<String, IdentityError> {
    let today = vietnam_date(cx.store.clock().now());
    let (claim, phone) = read(input, today)?;
    if claim.birth_date.age_on(today) < AGE_ALONE_MIN {
        return Err(IdentityError::TooYoung);
    }
    let telco = cx.telco()?;
    // Nobody is sent a code that could lead to nothing.
    due_on(cx)?;
    let number = number_claim(&cx.keys, &claim.number);
    let mut doors: Vec<Key> = Door::OpenClient.client_key(&cx.keys, input.client.ip).into_iter().collect();
    doors.extend(Door::OpenClientNumber.client_key_for(&cx.keys, input.client.ip, &number.value));
    doors.push(Door::OpenNumber.key(&cx.keys, &number.value));
    throttle::take(&cx.store, &doors.iter().collect::<Vec<_>>()).await?;

    // Both are always asked: how long it takes tells nothing about which of them said no.
    let subscriber = telco.is_subscriber(&phone, &claim.number);
    let (found, subscriber) = tokio::join!(matched(cx, &claim, today), subscriber);
    let subscriber = subscriber.map_err(|_| IdentityError::TelcoAway)?;
    let (person, commune) = found?.filter(|_| subscriber).ok_or(IdentityError::NoMatch)?;
    let message_doors = codes::doors(cx, &number.value, &[&phone]);
    codes::may_send(cx, &message_doors).await?;
    let place = cx.passwords.place()?;
    let phc = place.hash(&input.password, cx.store.entropy().as_ref()).await?;
    drop(place);

    let mut tx = cx.store.begin().await?;
    let begun = async {
        let taken = is_taken(&tx, &person_claim(&cx.keys, person)).await?;
        for door in &doors {
            throttle::give_back(&mut tx, door);
        }
        if taken {
            notify(cx, &mut tx, &phone, Notice::HasAccount)?;
            return codes::begin(
                cx,
                &mut tx,
                Waits::Opening,
                None,
                &Pending { sealed: None },
                &[],
                input.lang,
            );
        }
        let (number_claim, phone_typed) = (number.value.clone(), phone.as_str().to_owned());
        let compared = Compared { person, commune, number_claim, phone: phone_typed, phc };
        let bytes = serde_json::to_vec(&compared).map_err(|_| ceremony::BROKEN)?;
        let state = Pending { sealed: Some(cx.keys.seal(tx.entropy(), PLACE, &bytes)?) };
        codes::begin(cx, &mut tx, Waits::Opening, None, &state, &[(&phone, Asks::Opening)], input.lang)
    }
    .await;
    tx.finish(begun).await
}

/// The account, and what the browser keeps that opened it.
#[derive(Debug)]
pub struct Opened {
    pub account: AccountId,
    pub marks: Marks,
}

/// The code: from now on there is an account, to be activated by signing in.
pub async fn account_open_confirm(
    cx: &Identity,
    token: &str,
    code: &str,
    marks: &Marks,
) -> Result<Opened, IdentityError> {
    let (_, pending) = codes::check::<Pending>(cx, Waits::Opening, token, &[code]).await?;
    let sealed = pending.sealed.ok_or(IdentityError::BadMessageCode)?;
    let compared: Compared =
        serde_json::from_slice(&cx.keys.open(PLACE, &sealed)?).map_err(|_| ceremony::BROKEN)?;
    let due_on = due_on(cx)?;
    let mut tx = cx.store.begin().await?;
    let outcome = async {
        ceremony::take::<Pending>(&tx, Waits::Opening, token).await?;
        still_matches(cx, &mut tx, &compared).await?;
        let account = open(cx, &mut tx, &compared, due_on)?;
        card_seen(cx, &mut tx, account.id, compared.person).await?;
        let marks = marks.renewed(&cx.keys, tx.entropy(), account.id, account.epoch, tx.now());
        Ok(Opened { account: account.id, marks })
    }
    .await;
    match tx.finish(outcome).await {
        // Another opening for the same person was first.
        Err(IdentityError::Store(StoreError::Conflict)) => Err(IdentityError::AccountExists),
        outcome => outcome,
    }
}

/// The number may have changed since it was compared, or the record given way to another; from here on it stays as it is.
async fn still_matches(cx: &Identity, tx: &mut Tx, who: &Compared) -> Result<(), IdentityError> {
    cx.register.hold(tx, who.person).await?;
    let access = Access::system(Purpose::SIGN_IN);
    let Some(standing) = cx.register.standing(tx, &access, who.person).await? else { return Ok(()) };
    let same = standing.number.is_some_and(|now| number_claim(&cx.keys, &now).value == who.number_claim);
    if same { Ok(()) } else { Err(IdentityError::NoMatch) }
}

fn due_on(cx: &Identity) -> Result<Date, IdentityError> {
    cx.law.due_on(limit_of(IdentityLevel::One, true), cx.store.clock().now())
}

fn open(cx: &Identity, tx: &mut Tx, who: &Compared, due_on: Date) -> Result<Account, IdentityError> {
    let (now, person, level) = (tx.now(), who.person, IdentityLevel::One);
    let id = AccountId::new(now, tx.entropy());
    let number = Claim { kind: "number", value: who.number_claim.clone() };
    for claim in [number, person_claim(&cx.keys, person)] {
        tx.defer(sql::CLAIM_INSERT, vec![Box::new(claim.kind), Box::new(claim.value), Box::new(id)]);
    }
    rows::insert_citizen(tx, id, person, level, State::Approved);
    let phone = Phone::parse(&who.phone).ok_or(ceremony::BROKEN)?;
    let [password, telephone] = [(); 2].map(|()| AuthenticatorId::new(now, tx.entropy()));
    let sealed = seal_phone(cx, tx, id, telephone, &phone)?;
    for (authenticator, kind, secret) in
        [(password, "password", who.phc.as_bytes().to_vec()), (telephone, "phone", sealed)]
    {
        tx.defer(
            sql::AUTHENTICATOR_INSERT,
            vec![
                Box::new(id),
                Box::new(authenticator),
                Box::new(kind),
                Box::new(secret),
                Box::new(now),
                Box::new(now),
            ],
        );
    }
    for door in codes::doors(cx, &who.number_claim, &[&phone]) {
        throttle::give_back(tx, &door);
    }
    let account = Account {
        id,
        holder: Holder::Citizen { person, level },
        state: State::Approved,
        version: 1,
        epoch: 0,
    };
    let access = Access::system(Purpose::SIGN_IN);
    tx.audit(entry(&access.actor, "identity.account_open", &account).done());
    file(cx, tx, id, who.number_claim.clone(), &who.commune, due_on)?;
    Ok(account)
}

/// Where what was compared may be opened again.
const PLACE: &[u8] = b"opening";

fn read(input: &Opening, today: Date) -> Result<(IdentityClaim, Phone), IdentityError> {
    let mut faults = Faults::default();
    let number = faults.number(&input.number);
    let name = faults.name(&input.name);
    let birth_date = faults.birth_date(&input.birth_date, today);
    let phone = faults.read("phone", "identity.phone_shape", Phone::parse(&input.phone));
    let typed = number.map(|n| n.to_string()).unwrap_or_default();
    if let Some(fault) = rules::check("password", &input.password, Kind::Citizen, &[&typed, &input.name]) {
        faults.push(fault);
    }
    match (number, name, birth_date, phone) {
        (Some(number), Some(name), Some(birth_date), Some(phone)) if faults.is_empty() => {
            Ok((IdentityClaim { number, name, birth_date }, phone))
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
    enrolment::count(tx, commune, Whose::Citizen, Counts { collected: 1, approved: 1, ..Counts::default() });
    Ok(())
}

/// Whoever matches, and where they live. The comparison commits with its audit entry, whatever it says: no log, no answer.
async fn matched(
    cx: &Identity,
    claim: &IdentityClaim,
    today: Date,
) -> Result<Option<(PersonId, String)>, IdentityError> {
    let access = Access::system(Purpose::SIGN_IN);
    let mut tx = cx.store.begin().await?;
    let found = async {
        let Some(person) = cx.register.matches(&mut tx, &access, claim).await? else { return Ok(None) };
        let facts = cx.register.facts(&mut tx, &access, person, &[Fact::CurrentCommune]).await?;
        let commune = facts.value(Fact::CurrentCommune, today).text().unwrap_or_default();
        Ok::<_, IdentityError>(Some((person, commune)))
    }
    .await;
    tx.finish(found).await
}

async fn is_taken(tx: &Tx, claim: &Claim) -> Result<bool, IdentityError> {
    Ok(tx.query_opt(sql::CLAIM_FIND, &[&claim.kind, &claim.value]).await?.is_some())
}
