//! `foreigner_enter`: somebody who is no Vietnamese citizen enters the record with a passport and a residence card, or is known
//! already by one of them.
//!
//! A foreigner has no personal number. What tells them apart are papers; each leads to one person for ever. Whoever comes
//! with papers that nobody has is looked for among those on record, and an officer says whether it is one of them: with a
//! new passport nobody becomes a second person.

use contracts::{
    Access, PersonId, Purpose,
    events::LifeKind,
    ports::{ForeignerEntered, ForeignerEntry, Judged, Nation, NewForeigner},
};
use jiff::civil::Date;
use store::Tx;

use super::{
    foreigner_alike::{self, Search},
    foreigner_find::{NUMBER, PASSPORT, PaperKey, SOURCE, known},
    lives::{self, Act, Basis},
};
use crate::{
    RegistryError,
    duplicates::{
        self, CaseId, Proposed, Use,
        ops::{Candidate, case_propose, notice},
    },
    model::{
        Item, Life, Lives, Pen, Source,
        held::{Paper, Shared},
        rules,
        span::Days,
    },
    policy::{Action, authorise},
};

/// Who the papers lead to, and what the officer said.
enum Who {
    /// On record under one of these papers, with this name and date of birth.
    Known(PersonId, Lives),
    /// On record, with a new passport: what it says of them holds from now on.
    Recognised(PersonId, Lives),
    /// Nobody on record; an officer said so of these, and why.
    New(Vec<Candidate>, Option<String>),
}

pub async fn foreigner_enter(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    new: &NewForeigner,
) -> Result<ForeignerEntry, RegistryError> {
    authorise(access, Action::Act, None)?;
    let nationality = rules::nationality(&new.nationality);
    let nationality = nationality.map_err(|broken| RegistryError::Invalid(vec![broken.at("nationality")]))?;
    let new = NewForeigner { nationality, ..new.clone() };
    let passport = PaperKey::passport(&new.nationality, &new.passport_number);
    let earlier = new.earlier_passport.as_deref().map(|number| PaperKey::passport(&new.nationality, number));
    let keys = [passport, PaperKey::card(&new.card_number)];
    let all: Vec<&PaperKey> = keys.iter().chain(&earlier).collect();
    let known = known(tx, SOURCE, &all).await?;
    let holder = |key: &PaperKey| known.iter().find(|(k, _)| k == key.as_str()).map(|(_, person)| *person);
    let holders: Vec<PersonId> = keys.iter().filter_map(holder).collect();
    let earlier = earlier.as_ref().and_then(holder);
    let who = match who(tx, access, nation, &new, &holders, earlier).await? {
        Ok(who) => who,
        Err(entry) => return Ok(entry),
    };
    let unclaimed = keys.into_iter().filter(|key| holder(key).is_none()).collect();
    Ok(ForeignerEntry::Entered(enter(tx, access, nation, &new, who, unclaimed).await?))
}

/// Who it is, or what the officer is told instead.
async fn who(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    new: &NewForeigner,
    holders: &[PersonId],
    earlier: Option<PersonId>,
) -> Result<Result<Who, ForeignerEntry>, RegistryError> {
    let here = holders.first().copied();
    if holders.iter().any(|other| Some(*other) != here) {
        return Ok(Err(ForeignerEntry::Other("passport_number")));
    }
    if let Some(person) = here {
        let lives = lives::load(tx, [person]).await?;
        let born = base::PartialDate::full(new.birth_date);
        if lives.get(person)?.person.items.matches(&new.name, born) {
            let another = earlier.is_some_and(|other| other != person);
            return Ok(if another {
                Err(ForeignerEntry::Other("earlier_passport"))
            } else {
                Ok(Who::Known(person, lives))
            });
        }
    }
    let search = foreigner_alike::search(tx, nation, new, earlier).await?;
    if here.is_some_and(|person| search.find(person).is_none()) {
        return Ok(Err(ForeignerEntry::Other("passport_number")));
    }
    if earlier.is_some_and(|person| search.find(person).is_none()) {
        return Ok(Err(ForeignerEntry::Other("earlier_passport")));
    }
    judged(tx, access, new, here, earlier, search).await
}

/// What follows from the officer's word. It counts for those whom the officer has seen, and with a reason.
async fn judged(
    tx: &mut Tx,
    access: &Access,
    new: &NewForeigner,
    here: Option<PersonId>,
    earlier: Option<PersonId>,
    search: Search,
) -> Result<Result<Who, ForeignerEntry>, RegistryError> {
    match &new.judged {
        // Who was chosen is not alike any more: something else was typed since.
        Judged::Same(_) if search.found.is_empty() => Err(RegistryError::NoSuchPerson),
        _ if search.found.is_empty() => Ok(Ok(Who::New(Vec::new(), None))),
        Judged::Same(person) if search.is_living(*person) && here.is_none_or(|other| other == *person) => {
            Ok(Ok(Who::Recognised(*person, lives::load(tx, [*person]).await?)))
        }
        Judged::Another { .. } if here.is_some() => Ok(Err(ForeignerEntry::Other("passport_number"))),
        Judged::Another { .. } if earlier.is_some() => Ok(Err(ForeignerEntry::Other("earlier_passport"))),
        Judged::Another { than, reason } if search.were_shown(than) && !reason.trim().is_empty() => {
            Ok(Ok(Who::New(search.found, Some(reason.clone()))))
        }
        Judged::NotYet | Judged::Same(_) | Judged::Another { .. } => {
            Ok(Err(ForeignerEntry::Alike(foreigner_alike::shown(tx, access, &search).await?)))
        }
    }
}

async fn enter(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    new: &NewForeigner,
    who: Who,
    unclaimed: Vec<PaperKey>,
) -> Result<ForeignerEntered, RegistryError> {
    let reason = match &who {
        Who::New(_, reason) => reason.clone(),
        Who::Known(..) | Who::Recognised(..) => None,
    };
    let basis = Basis {
        source: Source::Agency,
        document: Some(new.card_number.clone()),
        reason: reason.clone(),
        dossier: None,
    };
    let act = Act::new(tx, access, LifeKind::PaperIssued, "registry.foreigner_enter", new.card_from, &basis)?;
    let pen = act.pen(tx);
    let (person, mut lives, others) = match who {
        Who::Known(person, lives) => (person, lives, Vec::new()),
        Who::Recognised(person, mut lives) => {
            renewed(lives.edit(person)?, &pen, new)?;
            (person, lives, Vec::new())
        }
        Who::New(others, _) => {
            let (person, mut lives) = (PersonId(tx.new_uuid()), Lives::default());
            lives.insert(begun(person, &pen, new));
            (person, lives, others)
        }
    };
    let life = lives.edit(person)?;
    put_papers(life, &pen, act.event(), new);
    let (number, is_new) = number_of(life, &pen, act.event(), &new.number);
    for key in &unclaimed {
        tx.change(duplicates::sql::KEY_JOINED, &[&SOURCE, &key.as_str(), &person]).await?;
    }
    if is_new {
        tx.change(duplicates::sql::KEY_JOINED, &[&NUMBER, &number, &person]).await?;
    }
    let is_news = lives.get(person)?.is_changed();
    if is_news {
        act.write(tx, &lives, &[person]).await?;
    }
    apart(tx, access, nation, person, &others, reason.as_deref().unwrap_or_default()).await?;
    Ok(ForeignerEntered { person, number, is_news })
}

fn begun(person: PersonId, pen: &Pen<'_>, new: &NewForeigner) -> Life {
    let mut life = Life::begun(person, pen);
    for (item, value) in said(new) {
        life.person.items.set(item, Some(value));
    }
    life
}

/// What a passport says of its holder.
fn said(new: &NewForeigner) -> [(Item, String); 4] {
    [
        (Item::Name, new.name.as_str().to_owned()),
        (Item::BirthDate, base::PartialDate::full(new.birth_date).to_string()),
        (Item::Sex, new.sex.as_str().to_owned()),
        (Item::Nationality, new.nationality.clone()),
    ]
}

/// The new passport says it so from today on; nobody was ever born on another day.
fn renewed(life: &mut Life, pen: &Pen<'_>, new: &NewForeigner) -> Result<(), RegistryError> {
    for (item, value) in said(new) {
        let same = match item {
            Item::Name => life.person.items.name_folded() == new.name.folded(),
            _ => life.get(item) == Some(value.as_str()),
        };
        match item {
            _ if same => {}
            Item::BirthDate => life.correct(pen, item, Some(value), None),
            _ => life.set(pen, item, Some(value), Some(pen.today()))?,
        }
    }
    Ok(())
}

/// A card takes the place of the one before; a passport that of the one before of the same country.
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
        if life.held_on(Item::Nationality, pen.today()) == Some(new.nationality.as_str()) {
            life.papers.cut(pen, Days::since(Some(pen.today())), |s| s.value.kind == PASSPORT);
        }
        life.papers.add(pen, passport, days(None, new.passport_until));
    }
}

/// The number that the person has, or the new one from now on; and whether it is that one.
fn number_of(life: &mut Life, pen: &Pen<'_>, event: uuid::Uuid, new: &str) -> (String, bool) {
    let today = pen.today();
    if let Some(held) = life.shared.on(today).find(|s| s.value.key == NUMBER) {
        return (held.value.value.clone(), false);
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
    (new.to_owned(), true)
}

/// Two persons, says one officer, and why: a case that a second one settles. Of whoever lives in a commune, its agency does.
async fn apart(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    person: PersonId,
    others: &[Candidate],
    reason: &str,
) -> Result<(), RegistryError> {
    let access = Access::new(&access.actor, Purpose::RESOLVE_DUPLICATE);
    for other in others {
        notice(tx, &access, nation, person, other, Use::Foreigner, None).await?;
        let ours = access.actor.staff().is_some() && other.facts.commune.is_none();
        if let Some(case) = CaseId::of(person, other.person).filter(|_| ours) {
            case_propose(tx, &access, case, FIRST_VERSION, Proposed::Distinct, reason).await?;
        }
    }
    Ok(())
}

/// Of a case that was just noticed: somebody who is new has none yet.
const FIRST_VERSION: i32 = 1;
