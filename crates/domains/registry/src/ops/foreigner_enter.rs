//! `foreigner_enter`: somebody who is no Vietnamese citizen enters the record with a passport and a residence card, or is known
//! already by one of them. `foreigner_number`: under which number the identification system knows them.
//!
//! A foreigner has no personal number. What tells them apart are papers; each leads to one person for ever.

use contracts::{
    Access, PersonId,
    events::LifeKind,
    ports::{ForeignerEntered, NewForeigner},
};
use jiff::civil::Date;
use store::{RowExt, StoreError, Tx};

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    duplicates::{self, ops::person_resolve},
    model::{
        Item, Life, Lives, Pen, Source,
        held::{Paper, Shared},
        rules,
        span::Days,
    },
    policy::{Action, authorise},
    sql,
};

/// Under which the papers of foreigners are claimed.
const SOURCE: &str = "immigration";
/// What the identification system tells of a foreigner.
const NUMBER: &str = "foreigner_number";
const PASSPORT: &str = "passport";

/// None where the passport or the card is on record as somebody else's.
pub async fn foreigner_enter(
    tx: &mut Tx,
    access: &Access,
    new: &NewForeigner,
) -> Result<Option<ForeignerEntered>, RegistryError> {
    authorise(access, Action::Act, None)?;
    let nationality = rules::nationality(&new.nationality);
    let nationality = nationality.map_err(|broken| RegistryError::Invalid(vec![broken.at("nationality")]))?;
    let keys = [
        format!("{PASSPORT} {nationality} {}", new.passport_number),
        format!("residence_card {}", new.card_number),
    ];
    let known = known(tx, &keys).await?;
    let basis = Basis {
        source: Source::Agency,
        document: Some(new.card_number.clone()),
        reason: None,
        dossier: None,
    };
    let act = Act::new(tx, access, LifeKind::PaperIssued, "registry.foreigner_enter", new.card_from, &basis)?;
    let first = known.first().map(|(_, person)| *person);
    let (person, mut lives) = match first {
        Some(person) => (person, lives::load(tx, [person]).await?),
        None => (PersonId(tx.new_uuid()), Lives::default()),
    };
    if known.iter().any(|(_, other)| *other != person) {
        return Ok(None);
    }
    let pen = act.pen(tx);
    if first.is_none() {
        lives.insert(begun(person, &pen, new, nationality));
    }
    let life = lives.edit(person)?;
    let born = base::PartialDate::full(new.birth_date);
    if !life.person.items.matches(&new.name, born) {
        return Ok(None);
    }
    put_papers(life, &pen, act.event(), new);
    let today = pen.today();
    let number = number_of(life, &pen, act.event(), &new.number, today);
    for key in keys.iter().filter(|key| !known.iter().any(|(k, _)| k == *key)) {
        tx.change(duplicates::sql::KEY_JOINED, &[&SOURCE, key, &person]).await?;
    }
    if first.is_none() {
        tx.change(duplicates::sql::KEY_JOINED, &[&NUMBER, &number, &person]).await?;
    }
    let is_news = lives.get(person)?.is_changed();
    if is_news {
        act.write(tx, &lives, &[person]).await?;
    }
    Ok(Some(ForeignerEntered { person, number, is_news }))
}

/// The number, for somebody whom it is told to in the same transaction: whoever asks leaves the entry.
pub async fn foreigner_number(tx: &Tx, person: PersonId) -> Result<Option<String>, StoreError> {
    let row = tx.query_opt(sql::SHARED_NOW, &[&person, &NUMBER]).await?;
    row.map(|row| row.col("value")).transpose()
}

async fn known(tx: &Tx, keys: &[String]) -> Result<Vec<(String, PersonId)>, RegistryError> {
    let rows = tx.query(sql::KEYS_KNOWN, &[&SOURCE, &keys]).await?;
    let mut out = Vec::with_capacity(rows.len());
    for row in &rows {
        let person: PersonId = row.col("person_id")?;
        out.push((row.col("key")?, person_resolve(tx, person).await?));
    }
    Ok(out)
}

fn begun(person: PersonId, pen: &Pen<'_>, new: &NewForeigner, nationality: String) -> Life {
    let mut life = Life::begun(person, pen);
    let items = &mut life.person.items;
    items.set(Item::Name, Some(new.name.as_str().to_owned()));
    items.set(Item::BirthDate, Some(base::PartialDate::full(new.birth_date).to_string()));
    items.set(Item::Sex, Some(new.sex.as_str().to_owned()));
    items.set(Item::Nationality, Some(nationality));
    life
}

/// A card takes the place of the one before; a passport stands beside others.
fn put_papers(life: &mut Life, pen: &Pen<'_>, event: uuid::Uuid, new: &NewForeigner) {
    let paper = |kind: &str, number: &str, expires_on: Date| Paper {
        id: pen.id(),
        kind: kind.to_owned(),
        number: number.to_owned(),
        issued_at: None,
        expires_on: Some(expires_on),
        event,
        source: Source::Agency.as_str().to_owned(),
        ended_by: None,
    };
    let days = |from: Option<Date>, last: Date| Days { from, to: last.tomorrow().ok() };
    let card = paper(new.card_kind.as_str(), &new.card_number, new.card_until);
    let same = |held: &Paper, other: &Paper| held.kind == other.kind && held.number == other.number;
    if !life.papers.iter().any(|s| same(&s.value, &card) && s.value.expires_on == card.expires_on) {
        life.papers.cut(pen, Days::since(Some(new.card_from)), |s| s.value.kind != PASSPORT);
        life.papers.add(pen, card, days(Some(new.card_from), new.card_until));
    }
    let passport = paper(PASSPORT, &new.passport_number, new.passport_until);
    if !life.papers.iter().any(|s| same(&s.value, &passport)) {
        life.papers.add(pen, passport, days(None, new.passport_until));
    }
}

/// The number that the person has, or the new one from now on.
fn number_of(life: &mut Life, pen: &Pen<'_>, event: uuid::Uuid, new: &str, today: Date) -> String {
    if let Some(held) = life.shared.on(today).find(|s| s.value.key == NUMBER) {
        return held.value.value.clone();
    }
    let shared = Shared {
        id: pen.id(),
        key: NUMBER.to_owned(),
        value: new.to_owned(),
        event,
        source: Source::Agency.as_str().to_owned(),
        ended_by: None,
    };
    life.shared.add(pen, shared, Days::since(Some(today)));
    new.to_owned()
}
