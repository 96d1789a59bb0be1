//! The statements of this module. Moves are guarded by the version that was read.

macro_rules! columns {
    () => {
        "person_id, correction_id, version, state, item, wrong, value, document, authority, agency, protected, asked_by, \
         asked_at, due_on, overdue_at, proposed, proposed_value, proposed_since, proposed_reason, proposed_document, \
         proposed_by, proposed_name, proposed_at, decided_at"
    };
}

store::statements! {
    ONE = concat!("SELECT ", columns!(), " FROM registry.correction WHERE person_id = $1 AND correction_id = $2");
    OF_PERSON = concat!("SELECT ", columns!(), " FROM registry.correction WHERE person_id = $1
        ORDER BY correction_id DESC LIMIT $2");
    OPEN_OF_ITEM = "SELECT correction_id FROM registry.correction
        WHERE person_id = $1 AND item = $2 AND state IN ('open', 'proposed')";
    OF_AGENCY = concat!("SELECT ", columns!(), ",
            (SELECT name FROM registry.person p WHERE p.person_id = c.person_id) AS person_name
        FROM registry.correction c WHERE agency = $1 AND state = ANY($2)
          AND ($3::date IS NULL OR (due_on, correction_id) > ($3, $4))
        ORDER BY due_on, correction_id LIMIT $5");
    COUNTS = "SELECT count(*) FILTER (WHERE state = 'open') AS open, count(*) FILTER (WHERE state = 'proposed') AS proposed,
            count(*) FILTER (WHERE due_on < $2) AS overdue
        FROM registry.correction WHERE agency = $1 AND state IN ('open', 'proposed')";
    STEPS = "SELECT kind, name, agency, reason, at FROM registry.correction_step
        WHERE person_id = $1 AND correction_id = $2 ORDER BY at, step_id LIMIT $3";

    INSERT = "INSERT INTO registry.correction (person_id, correction_id, version, state, item, wrong, value, document,
            authority, agency, protected, asked_by, asked_at, due_on)
        VALUES ($1, $2, 1, 'open', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    STEP_INSERT = "INSERT INTO registry.correction_step (person_id, correction_id, step_id, kind, account, name, agency,
            reason, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    PROPOSE = store::one!("UPDATE registry.correction SET version = version + 1, state = 'proposed', proposed = $4,
            proposed_value = $5, proposed_since = $6, proposed_reason = $7, proposed_document = $8, proposed_by = $9,
            proposed_name = $10, proposed_at = $11
        WHERE person_id = $1 AND correction_id = $2 AND version = $3 AND state = 'open'");
    SETTLE = store::one!("UPDATE registry.correction SET version = version + 1, state = $4, decided_at = $5,
            proposed = NULL, proposed_value = NULL, proposed_since = NULL, proposed_reason = NULL,
            proposed_document = NULL, proposed_by = NULL, proposed_name = NULL, proposed_at = NULL
        WHERE person_id = $1 AND correction_id = $2 AND version = $3");
    OVERDUE = store::one!("UPDATE registry.correction SET overdue_at = $3
        WHERE person_id = $1 AND correction_id = $2 AND overdue_at IS NULL");
    /// An act on the person that was recorded since they asked, under the document that the decision names.
    ACT_SINCE = "SELECT event_id FROM registry.event
        WHERE person_id = $1 AND document = $2 AND at >= $3 LIMIT 1";
}

#[cfg(test)]
mod tests {
    #[tokio::test(flavor = "multi_thread")]
    async fn every_statement_fits_the_schema() {
        testkit::TestDb::new(&[crate::MIGRATIONS]).await.prepare_all(super::ALL).await;
    }
}
