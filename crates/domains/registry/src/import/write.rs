//! A decided batch into the tables, by COPY.

use base::PersonalNumber;
use contracts::{
    PersonId,
    events::{RecordChanged, emit},
};
use store::{RowExt, StoreError, Tx, copy::copy_in_raw};
use uuid::Uuid;

use super::{
    encode::{Rows, stream},
    load::{Accepted, Decided, Household, Kin, Load},
};
use crate::{
    model::{Item, vital::Vital},
    sql::{self, copy},
};

/// Rows written into one piece of a COPY stream.
const PIECE_ROWS: usize = 500;

pub async fn write(tx: &Tx, load: &Load, decided: &Decided) -> Result<(), StoreError> {
    let Decided { accepted, households, kin, .. } = decided;
    if accepted.is_empty() {
        return Ok(());
    }
    copy_in_raw(tx, copy::PERSON, stream(accepted, PIECE_ROWS, |rows, p| person(rows, load, p))).await?;
    copy_in_raw(tx, copy::RESIDENCE, stream(accepted, PIECE_ROWS, |rows, p| residences(rows, load, p)))
        .await?;
    let claim = |rows: &mut Rows, p: &Accepted| {
        if let Some(number) = &p.new.number {
            rows.row(2).text(number.as_str()).uuid(p.id);
        }
    };
    copy_in_raw(tx, copy::NUMBER_CLAIM, stream(accepted, PIECE_ROWS, claim)).await?;
    let holder = |rows: &mut Rows, p: &Accepted| {
        if let Some(old) = p.new.get(Item::OldNumber) {
            rows.row(2).text(old).uuid(p.id);
        }
    };
    copy_in_raw(tx, copy::OLD_NUMBER_HOLDER, stream(accepted, PIECE_ROWS, holder)).await?;
    let key = |rows: &mut Rows, p: &Accepted| {
        rows.row(4).text(&load.source).text(&p.new.key).uuid(p.id).long(p.new.said);
    };
    copy_in_raw(tx, copy::SOURCE_CLAIM, stream(accepted, PIECE_ROWS, key)).await?;
    let household = |rows: &mut Rows, h: &Household| {
        rows.row(5).uuid(h.id).text(&h.commune).text(&h.address).uuid(load.event).time(load.now);
    };
    copy_in_raw(tx, copy::HOUSEHOLD, stream(households, PIECE_ROWS, household)).await?;
    let key = |rows: &mut Rows, h: &Household| {
        rows.row(3).text(&load.source).text(&h.key).uuid(h.id);
    };
    copy_in_raw(tx, copy::HOUSEHOLD_CLAIM, stream(households, PIECE_ROWS, key)).await?;
    copy_in_raw(tx, copy::KIN, stream(kin, PIECE_ROWS, |rows, k| tie(rows, load, k))).await?;
    copy_in_raw(tx, copy::PAPER, stream(accepted, PIECE_ROWS, |rows, p| paper(rows, load, p))).await?;
    copy_in_raw(tx, copy::ABSENCE, stream(accepted, PIECE_ROWS, |rows, p| absence(rows, load, p))).await?;
    let told = |rows: &mut Rows, p: &Accepted| {
        for vital in p.new.tells(load.today()) {
            rows.row(4).uuid(p.id).text(vital.as_str()).text(load.provenance).time(load.now);
        }
    };
    copy_in_raw(tx, copy::VITAL_REPORT, stream(accepted, PIECE_ROWS, told)).await?;
    Ok(())
}

fn person(rows: &mut Rows, load: &Load, p: &Accepted) {
    let new = &p.new;
    rows.row(copy::PERSON_COLUMNS);
    rows.uuid(p.id).int(1).uuid(load.event).text(load.provenance).time(load.now);
    for value in &new.items {
        rows.text_or_null(value.as_deref());
    }
    let commune = new.home().map(|r| r.commune.as_str());
    rows.text(&new.name_folded).date_or_null(Some(new.birth.earliest())).text_or_null(commune);
    rows.long_or_null(new.keys.name).long_or_null(new.keys.birth);
}

fn residences(rows: &mut Rows, load: &Load, p: &Accepted) {
    let home = p.new.home().map(|r| r.kind);
    for (r, id) in p.new.residences.iter().zip(p.residences) {
        // The household belongs to the permanent residence; to the temporary one only where there is no other.
        let household = p.household.filter(|_| home == Some(r.kind));
        let relation = household.and(p.new.household.as_ref()).map(|(_, relation)| *relation);
        rows.row(13).uuid(p.id).uuid(id).text(r.kind.as_str()).text(r.commune.as_str());
        rows.text_or_null(r.given.as_deref()).text(&r.address).uuid_or_null(household).text_or_null(relation);
        rows.date_or_null(r.days.from).date_or_null(r.days.to);
        rows.time(load.now).uuid(load.event).text(load.provenance);
    }
}

fn tie(rows: &mut Rows, load: &Load, k: &Kin) {
    let named = k.named.as_ref();
    rows.row(11).uuid(k.person).uuid(k.tie).text(k.relation.as_str()).uuid_or_null(k.other);
    rows.text_or_null(named.and_then(|n| n.number.as_ref()).map(PersonalNumber::as_str));
    rows.text_or_null(named.and_then(|n| n.old_number.as_deref()));
    rows.text_or_null(named.and_then(|n| n.name.as_deref()));
    rows.text_or_null(named.and_then(|n| n.nationality.as_deref()));
    rows.date_or_null(k.to).time(load.now).uuid(load.event);
}

fn paper(rows: &mut Rows, load: &Load, p: &Accepted) {
    let Some(paper) = &p.new.paper else { return };
    rows.row(11).uuid(p.id).uuid(p.paper).text(paper.kind).text(&paper.number);
    rows.text_or_null(paper.issued_at.as_deref()).date_or_null(paper.expires_on);
    rows.date_or_null(paper.days.from).date_or_null(paper.days.to);
    rows.time(load.now).uuid(load.event).text(load.provenance);
}

fn absence(rows: &mut Rows, load: &Load, p: &Accepted) {
    let Some(absence) = &p.new.absence else { return };
    rows.row(9).uuid(p.id).uuid(p.absence).text(absence.commune.as_str());
    rows.text_or_null(absence.destination.as_deref());
    rows.date_or_null(absence.days.from).date_or_null(absence.days.to);
    rows.time(load.now).uuid(load.event).text(load.provenance);
}

/// Notes what lines about people who are there report; for whom it is news, figures are looked at again.
pub async fn told(tx: &mut Tx, load: &Load, told: &[(PersonId, Vital)]) -> Result<(), StoreError> {
    if told.is_empty() {
        return Ok(());
    }
    let people: Vec<Uuid> = told.iter().map(|(person, _)| person.0).collect();
    let vitals: Vec<&str> = told.iter().map(|(_, vital)| vital.as_str()).collect();
    let (now, items) = (tx.now(), vec!["sources".to_owned()]);
    for row in tx.query(sql::VITALS_TOLD, &[&people, &vitals, &load.provenance, &load.now]).await? {
        let person = PersonId(row.col("person_id")?);
        emit(tx, &RecordChanged { person, items: items.clone(), at: now });
    }
    Ok(())
}

/// Gives the ties of a load their other ends, now that everybody is there.
pub async fn resolve_kin(tx: &Tx, after: PersonId, step: i64) -> Result<Option<PersonId>, StoreError> {
    let Some(row) = tx.query_opt(sql::KIN_STEP, &[&after, &step]).await? else { return Ok(None) };
    let last = PersonId(row.col("last")?);
    tx.execute(sql::KIN_RESOLVE, &[&after, &last]).await?;
    Ok(Some(last))
}
