//! `person_is_here`: whether somebody who comes in is in the register already. One round trip to the index, then weighed.

use base::PartialDate;
use contracts::{Access, CommuneCode, PersonId, ports::Nation};
use linkage::CANDIDATES_PER_KEY_MAX;
use store::{Row, RowExt, StoreError, Tx};

use crate::{
    RegistryError,
    duplicates::{
        Facts, Use, Verdict,
        case::Sign,
        linker::{Keys, Linker},
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
    let linker = Linker::get()?;
    let incoming = of_today(facts, nation);
    let keys = Keys::of(&facts.name, facts.cell("birth_date"), facts.cell("home_town_commune"));
    let born = facts.birth_date.as_deref().and_then(|d| d.parse::<PartialDate>().ok());
    let limit = i64::try_from(CANDIDATES_PER_KEY_MAX).unwrap_or(i64::MAX);
    let rows = tx
        .query(
            sql::CANDIDATES,
            &[
                &keys.name,
                &keys.birth,
                &facts.name_folded(),
                &born.map(PartialDate::earliest),
                &incoming.commune,
                &facts.number,
                &facts.old_number,
                &limit,
            ],
        )
        .await?;
    let record = linker.record(&incoming);
    let mut found = Vec::new();
    for row in &rows {
        let (person, stored) = read(row, nation)?;
        let told = linker.weigh(&record, &linker.record(&stored), of.thresholds().known_share);
        let verdict = judge(of, told.probability, Signs::read(&incoming, &stored, &told));
        if verdict == Verdict::Distinct {
            continue;
        }
        let evidence = told.fields.iter().map(sign).collect();
        let probability = told.probability;
        found.push(Candidate { person, facts: stored, probability, evidence, verdict });
    }
    found.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.person.cmp(&b.person)));
    Ok(found)
}

fn sign(told: &linkage::Evidence) -> Sign {
    Sign { field: told.column.clone(), grade: told.grade.map(str::to_owned), bits: told.bits }
}

fn read(row: &Row, nation: &dyn Nation) -> Result<(PersonId, Facts), StoreError> {
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
