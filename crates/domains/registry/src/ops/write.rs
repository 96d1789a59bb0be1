//! Writing what an operation decided, all in one round trip, and at once: a later change in the same transaction (a family
//! that moves together) must already see it.

use futures::future::join_all;
use store::{StoreError, Tx, tx::Param};
use tokio_postgres::types::ToSql;

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
