//! The statements of this module; a case is guarded by its version.

macro_rules! dispute_columns {
    () => {
        "d.person_id, d.dispute_id, d.version, d.commune, d.item, d.value, d.source, d.raised_at, d.proposed_by, \
         d.proposed_name, d.proposed_reason, d.proposed_at, d.sent_back"
    };
}

store::statements! {
    OPEN = concat!("SELECT ", dispute_columns!(), " FROM registry.dispute d
        WHERE d.person_id = $1 AND d.dispute_id = $2 AND d.settled_at IS NULL");
    /// Oldest first.
    LIST = concat!("SELECT ", dispute_columns!(), ", p.name FROM registry.dispute d JOIN registry.person p USING (person_id)
        WHERE d.commune = $1 AND d.settled_at IS NULL
          AND ($2::timestamptz IS NULL OR (d.raised_at, d.person_id, d.dispute_id) > ($2, $3, $4))
        ORDER BY d.raised_at, d.person_id, d.dispute_id LIMIT $5");
    PROPOSE = store::one!("UPDATE registry.dispute SET version = version + 1, proposed_by = $4, proposed_name = $5,
        proposed_reason = $6, proposed_at = $7
        WHERE person_id = $1 AND dispute_id = $2 AND version = $3 AND settled_at IS NULL AND proposed_by IS NULL");
    SEND_BACK = store::one!("UPDATE registry.dispute SET version = version + 1, proposed_by = NULL, proposed_name = NULL,
        proposed_reason = NULL, proposed_at = NULL, sent_back = $4
        WHERE person_id = $1 AND dispute_id = $2 AND version = $3 AND settled_at IS NULL AND proposed_by IS NOT NULL");
    SETTLE = store::one!("UPDATE registry.dispute SET version = version + 1, settled_at = $4, outcome = $5, settled_by = $6,
        settled_name = $7, settled_reason = $8
        WHERE person_id = $1 AND dispute_id = $2 AND version = $3 AND settled_at IS NULL");
    /// The mark goes with the last contradiction of the person.
    PERSON_AGREED = "UPDATE registry.person SET conflict = false, version = version + 1
        WHERE person_id = $1 AND conflict AND NOT EXISTS (SELECT FROM registry.dispute d
            WHERE d.person_id = $1 AND d.settled_at IS NULL)";
}

#[cfg(test)]
mod tests {
    #[tokio::test(flavor = "multi_thread")]
    async fn every_statement_fits_the_schema() {
        testkit::TestDb::new(&[crate::MIGRATIONS]).await.prepare_all(super::ALL).await;
    }
}
