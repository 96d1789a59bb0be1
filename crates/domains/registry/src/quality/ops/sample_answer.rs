//! `sample_question`, `sample_answer`: a person who was drawn by lot is shown what the record says and answers, item by
//! item, whether it is right. What they call wrong becomes a finding of their commune until it is changed.

use std::collections::BTreeMap;

use base::{FieldFault, vietnam_date};
use contracts::{Access, PersonId, Who};
use jiff::civil::Date;
use store::{RowExt, Tx};

use super::persons_assess;
use crate::{
    RegistryError,
    model::{Item, residence::main},
    ops::lives,
    policy::{Action, authorise},
    quality::{Quality, rules::RESIDENCE, sql},
};

/// One thing that the person is asked about.
#[derive(Clone, PartialEq, Eq)]
pub struct QuestionItem {
    /// Key of an item, or [`RESIDENCE`].
    pub item: String,
    /// As the record has it; of a residence the address, whose commune stands beside it.
    pub value: String,
    pub commune: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    pub week: Date,
    pub open_until: Date,
    pub items: Vec<QuestionItem>,
}

/// What is asked of the person now; none where the lot did not fall on them, or they have answered.
pub async fn sample_question(
    tx: &mut Tx,
    access: &Access,
    quality: &Quality,
) -> Result<Option<Question>, RegistryError> {
    let person = own(access)?;
    let question = open(tx, quality, person).await?;
    if let Some(question) = &question {
        let shown = question.items.iter().map(|i| i.item.clone());
        tx.audit(access.entry("registry.sample_question").about(person).fields(shown).done());
    }
    Ok(question)
}

/// Answers every item that was asked: true where it is right.
pub async fn sample_answer(
    tx: &mut Tx,
    access: &Access,
    quality: &Quality,
    answers: &BTreeMap<String, bool>,
) -> Result<(), RegistryError> {
    let person = own(access)?;
    let question = open(tx, quality, person).await?.ok_or(RegistryError::NothingAsked)?;
    let missing = question.items.iter().filter(|i| !answers.contains_key(&i.item));
    let faults: Vec<FieldFault> =
        missing.map(|i| FieldFault::new(&i.item, crate::model::rules::REQUIRED)).collect();
    if !faults.is_empty() {
        return Err(RegistryError::Invalid(faults));
    }
    let asked: Vec<String> = question.items.into_iter().map(|i| i.item).collect();
    let wrong: Vec<String> = asked.iter().filter(|i| answers.get(*i) == Some(&false)).cloned().collect();
    let now = tx.now();
    let today = vietnam_date(now);
    tx.query(sql::SAMPLE_ANSWER, &[&person, &question.week, &now, &asked, &wrong, &today]).await?;
    persons_assess(tx, quality, &[person.0]).await?;
    tx.audit(access.entry("registry.sample_answer").about(person).fields(asked).done());
    Ok(())
}

fn own(access: &Access) -> Result<PersonId, RegistryError> {
    let Who::Citizen { person, .. } = access.actor.who else { return Err(RegistryError::Forbidden) };
    authorise(access, Action::Read, Some(person))?;
    Ok(person)
}

async fn open(tx: &Tx, quality: &Quality, person: PersonId) -> Result<Option<Question>, RegistryError> {
    let today = vietnam_date(tx.now());
    let Some(row) = tx.query_opt(sql::SAMPLE_OPEN, &[&person, &today]).await? else { return Ok(None) };
    let lives = lives::load(tx, [person]).await?;
    let life = lives.get(person)?;
    let mut items = Vec::new();
    for name in &quality.rules.sample.items {
        let found = if name == RESIDENCE {
            main(life.residences.spans(), today)
                .map(|s| (s.value.address.clone(), Some(s.value.commune.as_str().to_owned())))
        } else {
            Item::from_key(name).and_then(|item| life.get(item)).map(|value| (value.to_owned(), None))
        };
        if let Some((value, commune)) = found {
            items.push(QuestionItem { item: name.clone(), value, commune });
        }
    }
    Ok(Some(Question { week: row.col("week")?, open_until: row.col("open_until")?, items }))
}
