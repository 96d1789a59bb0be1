//! `comparison_begin`, `comparison_look`: an officer lets a device of their counter compare a person with the card in it, and
//! reads what came of it. A match counts once, for that person and that officer, within minutes: see [`comparison_use`].
//!
//! No transaction waits for a device.

use base::{PersonalNumber, vietnam_date};
use contracts::{
    Access, AccountId, Actor, AgencyId, IdentityLevel, PersonId, Purpose,
    biometrics::{Biometrics, Device, NewComparison, Outcome, Trait},
};
use forms::Fact;
use jiff::Timestamp;
use store::{Row, RowExt, StoreError, Tx};

use crate::{
    EnrolmentId, Identity, IdentityError,
    comparison::{self, COMPARISON_LIFE, ComparisonId, Expected, Told},
    enrolment::Whose,
    foreigner,
    input::person_claim,
    model::RaiseBasis,
    offices,
    policy::Action,
    rows, sql_messages as sql,
};

/// Who stands at the counter.
#[derive(Clone, Copy)]
pub enum Whom<'a> {
    /// Without an account.
    Number(PersonalNumber),
    /// The holder of an account that was looked up.
    Account(AccountId),
    /// A foreigner whose file is being taken, by the number of the residence card, see [`foreigner::card_number`].
    Card(&'a str),
}

/// How it stands with a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    Waiting,
    Told(Told),
}

/// The devices of the officer's counter.
pub fn devices(cx: &Identity, actor: &Actor) -> Vec<Device> {
    match (&cx.devices, actor.staff()) {
        (Some(devices), Some((agency, _))) => devices.devices(agency),
        _ => Vec::new(),
    }
}

/// A device of this officer's counter, with its keeper.
fn device<'a>(
    cx: &'a Identity,
    actor: &Actor,
    id: &str,
) -> Result<(&'a dyn Biometrics, AgencyId, Device), IdentityError> {
    let (agency, _) = actor.staff().ok_or(IdentityError::Forbidden)?;
    let found = devices(cx, actor).into_iter().find(|device| device.id == id);
    match (&cx.devices, found) {
        (Some(keeper), Some(device)) => Ok((keeper.as_ref(), agency.clone(), device)),
        _ => Err(IdentityError::NotFound),
    }
}

pub async fn comparison_begin(
    cx: &Identity,
    actor: &Actor,
    whom: Whom<'_>,
    device_id: &str,
    kinds: &[Trait],
) -> Result<ComparisonId, IdentityError> {
    let (keeper, agency, device) = device(cx, actor, device_id)?;
    if kinds.is_empty() {
        return Err(IdentityError::field("kinds", "forms.required"));
    }
    let mut tx = cx.store.begin().await?;
    let begun = async {
        let access = Access::new(actor, Purpose::RAISE_LEVEL);
        let about = about(cx, &mut tx, &access, whom).await?;
        let (id, now) = (ComparisonId::new(tx.now(), tx.entropy()), tx.now());
        let nonce = jose::b64::encode(base::entropy::bytes::<32>(tx.entropy()));
        let new = NewComparison {
            session: id.0,
            audience: cx.address.to_string(),
            subject: comparison::subject(&nonce, &about.number),
            nonce,
            kinds: kinds.to_vec(),
            ends_at: now + COMPARISON_LIFE,
        };
        insert(&mut tx, actor, &agency, &device.id, about.whom, &new);
        let entry = access.entry("identity.comparison_begin").on("comparison", id.0);
        let entry = about.person.into_iter().fold(entry, contracts::access::Entry::about);
        tx.audit(entry.fields(kinds.iter().map(|kind| kind.as_str())).done());
        Ok::<_, IdentityError>((id, new))
    }
    .await;
    let (id, new) = tx.finish(begun).await?;
    keeper.begin(&device.id, &new).await.map_err(|_| IdentityError::DeviceAway)?;
    Ok(id)
}

/// Whom a comparison is about.
struct About {
    /// For whom its outcome counts, as a digest.
    whom: Vec<u8>,
    person: Option<PersonId>,
    /// Stands on the card that the device is to find in it.
    number: String,
}

async fn about(cx: &Identity, tx: &mut Tx, access: &Access, whom: Whom<'_>) -> Result<About, IdentityError> {
    let actor = &access.actor;
    let (person, number) = match whom {
        Whom::Card(number) => {
            offices::at_counter_of(cx, tx, actor, Action::EnrolForeigner, Whose::Foreigner)?;
            let number = number.to_owned();
            return Ok(About { whom: foreigner::card_digest(&cx.keys, &number), person: None, number });
        }
        Whom::Number(number) => {
            offices::at_counter(cx, tx, actor, Action::Enrol)?;
            let person = cx.register.person_by_number(tx, access, &number).await?;
            (person.ok_or(IdentityError::NotFound)?, Some(number.to_string()))
        }
        Whom::Account(account) => of_account(cx, tx, access, account).await?,
    };
    let number = number.ok_or(IdentityError::NotFound)?;
    Ok(About { whom: person_claim(&cx.keys, person).value, person: Some(person), number })
}

async fn of_account(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    account: AccountId,
) -> Result<(PersonId, Option<String>), IdentityError> {
    offices::at_some_counter(cx, tx, &access.actor, Action::RaiseCitizen)?;
    let account = rows::account(tx, account).await?;
    let person = account.person().ok_or(IdentityError::NotFound)?;
    let whose = rows::whose(tx, account.id).await?;
    offices::at_counter_of(cx, tx, &access.actor, Action::RaiseCitizen, whose)?;
    let number = match (whose, &cx.foreigners) {
        (Whose::Foreigner, Some(foreigners)) => foreigners.foreigner_card(tx, person).await?,
        (Whose::Foreigner, None) => None,
        (Whose::Citizen | Whose::Organisation, _) => {
            let facts = cx.register.facts(tx, access, person, &[Fact::Number]).await?;
            facts.value(Fact::Number, vietnam_date(tx.now())).text()
        }
    };
    Ok((person, number))
}

fn insert(tx: &mut Tx, actor: &Actor, agency: &AgencyId, device: &str, whom: Vec<u8>, new: &NewComparison) {
    let now = tx.now();
    let kinds: Vec<&str> = new.kinds.iter().map(|kind| kind.as_str()).collect();
    tx.defer(
        sql::COMPARISON_INSERT,
        vec![
            Box::new(new.session),
            Box::new(actor.account),
            Box::new(agency.clone()),
            Box::new(whom),
            Box::new(device.to_owned()),
            Box::new(kinds),
            Box::new(new.nonce.clone()),
            Box::new(new.subject.clone()),
            Box::new(now),
            Box::new(new.ends_at),
        ],
    );
}

/// A comparison as it is stored.
struct Stored {
    whom: Vec<u8>,
    device: String,
    kinds: Vec<Trait>,
    nonce: String,
    named: String,
    told: Option<(Told, Timestamp)>,
    used: bool,
}

impl Stored {
    /// Of this officer in this duty, and not over.
    async fn load(tx: &Tx, actor: &Actor, id: ComparisonId) -> Result<Self, IdentityError> {
        let (agency, _) = actor.staff().ok_or(IdentityError::Forbidden)?;
        let row = tx.query_opt(sql::COMPARISON_ONE, &[&id, &actor.account, agency, &tx.now()]).await?;
        Ok(Self::read(&row.ok_or(IdentityError::ComparisonOver)?)?)
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        let kinds: Vec<String> = row.col("kinds")?;
        let kinds: Option<Vec<Trait>> = kinds.iter().map(|word| Trait::parse(word)).collect();
        let outcome: Option<String> = row.col("outcome")?;
        let (quality, at): (Option<i16>, Option<Timestamp>) = (row.col("quality")?, row.col("answered_at")?);
        let told = match (outcome.as_deref().and_then(Outcome::parse), quality, at) {
            (Some(outcome), Some(quality), Some(at)) => {
                Some((Told { outcome, quality: u8::try_from(quality).unwrap_or(u8::MAX) }, at))
            }
            _ => None,
        };
        let used: Option<Timestamp> = row.col("used_at")?;
        Ok(Self {
            whom: row.col("whom")?,
            device: row.col("device")?,
            kinds: kinds.ok_or(StoreError::Column("kinds"))?,
            nonce: row.col("nonce")?,
            named: row.col("named")?,
            told,
            used: used.is_some(),
        })
    }
}

/// Asks the device once more, where it has not answered yet. An answer that does not hold is dropped, and the device may
/// still give one that does.
pub async fn comparison_look(cx: &Identity, actor: &Actor, id: ComparisonId) -> Result<Look, IdentityError> {
    let tx = cx.store.begin().await?;
    let stored = Stored::load(&tx, actor, id).await;
    let stored = tx.finish(stored).await?;
    if let Some((told, _)) = stored.told {
        return Ok(Look::Told(told));
    }
    let (keeper, _, device) = device(cx, actor, &stored.device)?;
    let answer = keeper.answer(&device.id, id.0).await.map_err(|_| IdentityError::DeviceAway)?;
    let Some(result) = answer else { return Ok(Look::Waiting) };
    let mut tx = cx.store.begin().await?;
    let expected = Expected {
        device: &device.id,
        audience: &cx.address,
        session: id,
        subject: &stored.named,
        nonce: &stored.nonce,
        kinds: &stored.kinds,
        now: tx.now(),
    };
    let outcome = comparison::read(&result, &device.key, &expected);
    if let Ok(told) = &outcome {
        let now = tx.now();
        let quality = i16::from(told.quality);
        tx.defer(
            sql::COMPARISON_ANSWER,
            vec![Box::new(id), Box::new(told.outcome.as_str()), Box::new(quality), Box::new(now)],
        );
        let entry = Access::new(actor, Purpose::RAISE_LEVEL).entry("identity.comparison_look");
        tx.audit(entry.on("comparison", id.0).fields([told.outcome.as_str()]).done());
    }
    match tx.finish(outcome).await {
        // The same answer, read at the same moment.
        Err(IdentityError::Store(StoreError::Conflict)) => Err(IdentityError::ComparisonOver),
        outcome => outcome.map(Look::Told),
    }
}

/// What stays of a comparison that a file stands on.
pub(crate) struct Compared {
    device: String,
    kinds: Vec<Trait>,
    at: Timestamp,
}

/// The device's word for a person, where the identification stands on one; it is spent with this transaction.
pub(crate) async fn comparison_use(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    person: PersonId,
    level: IdentityLevel,
    basis: RaiseBasis,
    given: Option<ComparisonId>,
) -> Result<Option<Compared>, IdentityError> {
    let whom = person_claim(&cx.keys, person).value;
    comparison_use_of(cx, tx, actor, &whom, level, basis, given).await
}

/// The same for whom a digest names.
pub(super) async fn comparison_use_of(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    whom: &[u8],
    level: IdentityLevel,
    basis: RaiseBasis,
    given: Option<ComparisonId>,
) -> Result<Option<Compared>, IdentityError> {
    let has_device = !devices(cx, actor).is_empty();
    let id = comparison::stands_on_device(basis, level == IdentityLevel::Two, has_device, given)?;
    let Some(id) = id else { return Ok(None) };
    let stored = Stored::load(tx, actor, id).await?;
    let about_them = stored.whom == whom && !stored.used;
    match stored.told {
        Some((Told { outcome: Outcome::Match, .. }, at)) if about_them => {
            tx.defer(sql::COMPARISON_USE, vec![Box::new(id), Box::new(tx.now())]);
            Ok(Some(Compared { device: stored.device, kinds: stored.kinds, at }))
        }
        _ => Err(IdentityError::ComparisonOver),
    }
}

/// Writes it down with the file, which was written just before.
pub(crate) fn remember_compared(
    tx: &mut Tx,
    account: AccountId,
    file: EnrolmentId,
    compared: Option<Compared>,
) {
    let Some(Compared { device, kinds, at }) = compared else { return };
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    tx.defer(
        sql::ENROLMENT_COMPARED,
        vec![
            Box::new(account),
            Box::new(file),
            Box::new(device),
            Box::new(kinds),
            Box::new(Outcome::Match.as_str()),
            Box::new(at),
        ],
    );
}
