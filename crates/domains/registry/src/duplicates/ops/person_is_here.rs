//! `person_is_here`: whether somebody who comes in is in the register already. One round trip to the index, then weighed.

use base::PartialDate;
use contracts::{Access, CommuneCode, PersonId, ports::Nation};
use jiff::civil::Date;
use linkage::{CANDIDATES_PER_KEY_MAX, Record};
use store::{Row, RowExt, StoreError, Tx};

use crate::{
    RegistryError,
    duplicates::{
        Facts, Use, Verdict,
        case::Sign,
        linker::{Keys, Linker, origin},
        policy::{Action, authorise},
        sql,
        verdict::{Signs, judge},
    },
};

/// Candidates that are handed out, the most probable first.
const HANDED_MAX: usize = 10;

/// Somebody who may be the one who comes in.
#[derive(Clone, PartialEq)]
pub struct Candidate {
    pub person: PersonId,
    pub facts: Facts,
    pub probability: f64,
    pub evidence: Vec<Sign>,
    pub verdict: Verdict,
}

/// Those from whom something follows, the most probable first; `but` is the one who comes in, where they are written already.
/// Who is not handed out was weighed by the machine alone and is not logged.
pub async fn person_is_here(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    facts: &Facts,
    of: Use,
    but: Option<PersonId>,
) -> Result<Vec<Candidate>, RegistryError> {
    authorise(access, Action::Ask)?;
    let mut found = weighed(tx, nation, facts, of).await?;
    found.retain(|candidate| Some(candidate.person) != but);
    found.truncate(HANDED_MAX);
    let fields = ["number", "name", "birth_date", "sex", "home_town", "permanent_commune", "kin"];
    for candidate in &found {
        tx.audit(access.entry("registry.person_is_here").about(candidate.person).fields(fields).done());
    }
    Ok(found)
}

/// Everybody from whom something follows. Nothing is logged: whoever hands it out, or acts on it, does that.
pub(crate) async fn weighed(
    tx: &Tx,
    nation: &dyn Nation,
    facts: &Facts,
    of: Use,
) -> Result<Vec<Candidate>, RegistryError> {
    let incoming = Incoming::new(facts, nation)?;
    let rows = tx
        .query(
            sql::CANDIDATES,
            &[
                &incoming.keys.name,
                &incoming.keys.birth,
                &incoming.folded,
                &incoming.born,
                &incoming.facts.commune,
                &incoming.facts.number,
                &incoming.facts.old_number,
                &limit(),
            ],
        )
        .await?;
    let mut found = Vec::new();
    for row in &rows {
        found.extend(incoming.candidate(row, nation, of)?);
    }
    most_probable_first(&mut found);
    Ok(found)
}

/// The same for many who come in together, in one question to the register however many they are.
pub(crate) async fn weighed_many(
    tx: &Tx,
    nation: &dyn Nation,
    incoming: &[Incoming],
    of: Use,
) -> Result<Vec<Vec<Candidate>>, RegistryError> {
    let keys = |part: fn(&Keys) -> Option<i64>| incoming.iter().map(|i| part(&i.keys)).collect::<Vec<_>>();
    let said = |part: fn(&Facts) -> &Option<String>| {
        incoming.iter().map(|i| part(&i.facts).as_deref()).collect::<Vec<Option<&str>>>()
    };
    let folded: Vec<&str> = incoming.iter().map(|i| i.folded.as_str()).collect();
    let born: Vec<Option<Date>> = incoming.iter().map(|i| i.born).collect();
    let rows = tx
        .query(
            sql::CANDIDATES_OF_MANY,
            &[
                &keys(|k| k.name),
                &keys(|k| k.birth),
                &folded,
                &born,
                &said(|f| &f.commune),
                &said(|f| &f.number),
                &said(|f| &f.old_number),
                &limit(),
            ],
        )
        .await?;
    let mut found: Vec<Vec<Candidate>> = incoming.iter().map(|_| Vec::new()).collect();
    for row in &rows {
        let line = usize::try_from(row.col::<i64>("line")?).map_err(|_| StoreError::Column("line"))?;
        let at = line.wrapping_sub(1);
        let (Some(one), Some(of_line)) = (incoming.get(at), found.get_mut(at)) else {
            return Err(StoreError::Column("line").into());
        };
        of_line.extend(one.candidate(row, nation, of)?);
    }
    found.iter_mut().for_each(|of_line| most_probable_first(of_line));
    Ok(found)
}

fn limit() -> i64 {
    i64::try_from(CANDIDATES_PER_KEY_MAX).unwrap_or(i64::MAX)
}

fn most_probable_first(found: &mut [Candidate]) {
    found.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.person.cmp(&b.person)));
}

/// Somebody who comes in, made ready to be looked for and weighed.
pub(crate) struct Incoming {
    /// Communes are those of today.
    pub facts: Facts,
    pub keys: Keys,
    pub folded: String,
    pub born: Option<Date>,
    record: Record,
}

impl Incoming {
    pub fn new(facts: &Facts, nation: &dyn Nation) -> Result<Self, RegistryError> {
        let nationality = facts.nationality.as_deref().unwrap_or("");
        let origin = origin(facts.cell("home_town_commune"), nationality);
        let keys = Keys::of(&facts.name, facts.cell("birth_date"), origin);
        let born = facts.birth_date.as_deref().and_then(|d| d.parse::<PartialDate>().ok());
        let (folded, facts) = (facts.name_folded(), of_today(facts, nation));
        let record = Linker::get()?.record(&facts);
        Ok(Self { facts, keys, folded, born: born.map(PartialDate::earliest), record })
    }

    /// What follows for this one from another record; none where nothing does.
    fn weigh(
        &self,
        person: PersonId,
        stored: Facts,
        record: &Record,
        of: Use,
    ) -> Result<Option<Candidate>, RegistryError> {
        let told = Linker::get()?.weigh(&self.record, record, of.odds());
        let verdict = judge(of, told.probability, Signs::read(&self.facts, &stored, &told));
        if verdict == Verdict::Distinct {
            return Ok(None);
        }
        let evidence = told.fields.iter().map(sign).collect();
        Ok(Some(Candidate { person, facts: stored, probability: told.probability, evidence, verdict }))
    }

    /// Against another who comes in with this one, under the id that they get.
    pub fn weigh_beside(
        &self,
        other: &Self,
        person: PersonId,
        of: Use,
    ) -> Result<Option<Candidate>, RegistryError> {
        self.weigh(person, other.facts.clone(), &other.record, of)
    }

    fn candidate(&self, row: &Row, nation: &dyn Nation, of: Use) -> Result<Option<Candidate>, RegistryError> {
        let (person, stored) = read(row, nation)?;
        let record = Linker::get()?.record(&stored);
        self.weigh(person, stored, &record, of)
    }
}

fn sign(told: &linkage::Evidence) -> Sign {
    Sign { field: told.column.clone(), grade: told.grade.map(str::to_owned), bits: told.bits }
}

/// What of one person is weighed; none where their record gave way to another.
pub(crate) async fn person_facts_of(
    tx: &Tx,
    nation: &dyn Nation,
    person: PersonId,
) -> Result<Option<Facts>, RegistryError> {
    let row = tx.query_opt(sql::PERSONS, &[&&[person.0][..]]).await?;
    Ok(row.map(|row| read(&row, nation)).transpose()?.map(|(_, facts)| facts))
}

pub(super) fn read(row: &Row, nation: &dyn Nation) -> Result<(PersonId, Facts), StoreError> {
    let facts = Facts {
        number: row.col("number")?,
        old_number: row.col("old_number")?,
        name: row.col("name")?,
        birth_date: row.col("birth_date")?,
        sex: row.col("sex")?,
        home_town: row.col("home_town")?,
        commune: row.col("commune")?,
        father_name: row.col("father_name")?,
        mother_name: row.col("mother_name")?,
        death_date: row.col("death_date")?,
        nationality: row.col("nationality")?,
    };
    Ok((PersonId(row.col("person_id")?), of_today(&facts, nation)))
}

/// Communes that are gone are compared as what they became, where that is one.
fn of_today(facts: &Facts, nation: &dyn Nation) -> Facts {
    let today = |code: &Option<String>| {
        code.as_deref()
            .map(|code| nation.commune_today(code).map_or_else(|| code.to_owned(), |c: CommuneCode| c.0))
    };
    Facts { home_town: today(&facts.home_town), commune: today(&facts.commune), ..facts.clone() }
}
