//! Writing what an operation decided, all in one round trip, and at once: a later change in the same transaction (a family
//! that moves together) must already see it.

use contracts::PersonId;
use futures::future::join_all;
use store::{StoreError, Tx, tx::Param};
use tokio_postgres::types::ToSql;

use crate::{
    model::{
        Residence, Span, Tie,
        held::{Absence, Paper, Shared},
    },
    rows::PastValue,
};

/// Writes to rows that do not depend on one another's order.
#[derive(Default)]
pub struct Writes(Vec<(&'static str, Vec<Param>)>);

impl Writes {
    pub fn add(&mut self, sql: &'static str, params: Vec<Param>) {
        self.0.push((sql, params));
    }

    pub async fn run(self, tx: &Tx) -> Result<(), StoreError> {
        let sends = self.0.iter().map(|(sql, params)| async move {
            let params: Vec<&(dyn ToSql + Sync)> =
                params.iter().map(|p| &**p as &(dyn ToSql + Sync)).collect();
            tx.execute(sql, &params).await
        });
        let mut failed = None;
        for outcome in join_all(sends).await {
            match outcome {
                // The others only say that the transaction was already lost.
                Err(StoreError::Conflict) => return Err(StoreError::Conflict),
                Err(error) => failed = failed.or(Some(error)),
                Ok(_) => {}
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

pub fn past(person: PersonId, span: &Span<PastValue>) -> Vec<Param> {
    let past = span.value.clone();
    vec![
        Box::new(person),
        Box::new(past.id),
        Box::new(past.item.key()),
        Box::new(past.value),
        Box::new(span.days.from),
        Box::new(span.days.to),
        Box::new(span.known_from),
        Box::new(span.known_to),
        Box::new(past.event),
        Box::new(past.source),
    ]
}

/// What is known of a relative who is in the register stands in their own row.
pub fn tie(person: PersonId, span: &Span<Tie>) -> Vec<Param> {
    let tie = span.value.clone();
    let said = if tie.other.is_some() { Default::default() } else { tie.relative };
    vec![
        Box::new(person),
        Box::new(tie.id),
        Box::new(tie.relation.as_str()),
        Box::new(tie.other),
        Box::new(said.number),
        Box::new(said.old_number),
        Box::new(said.name),
        Box::new(said.nationality),
        Box::new(span.days.from),
        Box::new(span.days.to),
        Box::new(span.known_from),
        Box::new(tie.event),
        Box::new(tie.ended_by),
    ]
}

pub fn residence(person: PersonId, span: &Span<Residence>) -> Vec<Param> {
    let r = span.value.clone();
    vec![
        Box::new(person),
        Box::new(r.id),
        Box::new(r.kind.as_str()),
        Box::new(r.commune),
        Box::new(r.commune_given),
        Box::new(r.address),
        Box::new(r.household),
        Box::new(r.relation),
        Box::new(span.days.from),
        Box::new(span.days.to),
        Box::new(span.known_from),
        Box::new(r.event),
        Box::new(r.source),
        Box::new(r.ended_by),
    ]
}

pub fn paper(person: PersonId, span: &Span<Paper>) -> Vec<Param> {
    let p = span.value.clone();
    vec![
        Box::new(person),
        Box::new(p.id),
        Box::new(p.kind),
        Box::new(p.number),
        Box::new(p.issued_at),
        Box::new(p.expires_on),
        Box::new(span.days.from),
        Box::new(span.days.to),
        Box::new(span.known_from),
        Box::new(p.event),
        Box::new(p.source),
        Box::new(p.ended_by),
    ]
}

pub fn absence(person: PersonId, span: &Span<Absence>) -> Vec<Param> {
    let a = span.value.clone();
    vec![
        Box::new(person),
        Box::new(a.id),
        Box::new(a.commune),
        Box::new(a.destination),
        Box::new(span.days.from),
        Box::new(span.days.to),
        Box::new(span.known_from),
        Box::new(a.event),
        Box::new(a.source),
        Box::new(a.ended_by),
    ]
}

pub fn shared(person: PersonId, span: &Span<Shared>) -> Vec<Param> {
    let s = span.value.clone();
    vec![
        Box::new(person),
        Box::new(s.id),
        Box::new(s.key),
        Box::new(s.value),
        Box::new(span.days.from),
        Box::new(span.days.to),
        Box::new(span.known_from),
        Box::new(s.event),
        Box::new(s.source),
        Box::new(s.ended_by),
    ]
}
