//! The statements of this module. Candidates are bounded for each key; cases are guarded by their version.

macro_rules! case_columns {
    () => {
        "person_id, other_id, version, state, noticed_at, probability, evidence, agency, commune, found_at, proposed, \
         proposed_keep, proposed_reason, proposed_by, proposed_name, proposed_at, merge_event, merged_at, given_id, touched"
    };
}

/// What of a person is weighed, with the parents' names: rows of `linker::Facts`.
macro_rules! facts_of {
    () => {
        "p.person_id, p.number, p.old_number, p.name, p.birth_date, p.sex, p.home_town, p.commune, p.death_date, p.nationality,
            f.name AS father_name, m.name AS mother_name"
    };
}

macro_rules! parents_of {
    () => {
        "LEFT JOIN LATERAL (SELECT coalesce(o.name, k.name) AS name FROM registry.kin k
                LEFT JOIN registry.person o ON o.person_id = k.other_id
                WHERE k.person_id = p.person_id AND k.relation = 'father' AND k.known_to IS NULL
                ORDER BY k.tie_id LIMIT 1) f ON true
            LEFT JOIN LATERAL (SELECT coalesce(o.name, k.name) AS name FROM registry.kin k
                LEFT JOIN registry.person o ON o.person_id = k.other_id
                WHERE k.person_id = p.person_id AND k.relation = 'mother' AND k.known_to IS NULL
                ORDER BY k.tie_id LIMIT 1) m ON true"
    };
}

/// Everybody under one of the keys: by our two keys, by name with birth date and with commune, by number and old number; at
/// most so many (the last) for each key.
macro_rules! found_under {
    ($name:literal, $birth:literal, $folded:literal, $born:literal, $commune:literal, $number:literal, $old:literal, $limit:literal) => {
        concat!(
            "(SELECT person_id FROM registry.person WHERE link_name = ",
            $name,
            " LIMIT ",
            $limit,
            ")
            UNION (SELECT person_id FROM registry.person WHERE link_birth = ",
            $birth,
            " LIMIT ",
            $limit,
            ")
            UNION (SELECT person_id FROM registry.person WHERE name_folded = ",
            $folded,
            " AND birth_earliest = ",
            $born,
            "
                LIMIT ",
            $limit,
            ")
            UNION (SELECT person_id FROM registry.person WHERE commune = ",
            $commune,
            " AND name_folded = ",
            $folded,
            "
                LIMIT ",
            $limit,
            ")
            UNION (SELECT coalesce(g.merged_into, g.person_id) FROM registry.number_claim n
                JOIN registry.person g USING (person_id) WHERE n.value = ",
            $number,
            ")
            UNION (SELECT person_id FROM registry.old_number_holder WHERE value = ",
            $old,
            " LIMIT ",
            $limit,
            ")"
        )
    };
}

store::statements! {
    /// Everybody who may be one person, in one round trip.
    CANDIDATES = concat!("WITH found AS (", found_under!("$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8"), ")
         SELECT ", facts_of!(), " FROM found JOIN registry.person p USING (person_id) ", parents_of!(), "
         WHERE p.merged_into IS NULL");
    /// The same for the lines of a batch; `line` is the place in the arrays, from 1. `OFFSET 0` keeps each person's row
    /// looked up by its key: estimates for thousands of lines would have the whole register read instead.
    CANDIDATES_OF_MANY = concat!("SELECT l.line, ", facts_of!(), "
        FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::date[], $5::text[], $6::text[], $7::text[])
            WITH ORDINALITY AS l (link_name, link_birth, folded, born, commune, number, old_number, line)
        CROSS JOIN LATERAL (",
            found_under!("l.link_name", "l.link_birth", "l.folded", "l.born", "l.commune", "l.number", "l.old_number", "$8"), ") found
        CROSS JOIN LATERAL (SELECT * FROM registry.person p
            WHERE p.person_id = found.person_id AND p.merged_into IS NULL OFFSET 0) p ", parents_of!(), "
        ORDER BY l.line");
    PERSONS = concat!("SELECT ", facts_of!(), " FROM registry.person p ", parents_of!(), "
        WHERE p.person_id = ANY($1) AND p.merged_into IS NULL ORDER BY p.person_id");
    /// A source's key leads to somebody who was there; what the line says is still to be heard.
    KEY_JOINED = store::one!("INSERT INTO registry.source_claim (source, key, person_id) VALUES ($1, $2, $3)");

    SURVIVOR = "SELECT coalesce(merged_into, person_id) AS person_id FROM registry.person WHERE person_id = $1";
    /// Who stood for a person at a moment of knowledge.
    SURVIVOR_THEN = "SELECT CASE WHEN EXISTS (SELECT FROM registry.duplicate_case c
            WHERE (c.person_id = $1 OR c.other_id = $1) AND c.given_id = $1 AND c.merged_at <= $2)
            THEN p.merged_into ELSE p.person_id END AS person_id
        FROM registry.person p WHERE p.person_id = $1";
    TAKEN_IN = "SELECT FROM registry.person WHERE merged_into = $1 LIMIT 1";
    /// Who gave way is found under no key.
    PERSON_GIVES_WAY = store::one!("UPDATE registry.person SET merged_into = $2, link_name = NULL, link_birth = NULL,
        version = version + 1 WHERE person_id = $1 AND merged_into IS NULL");
    PERSON_STANDS_AGAIN = store::one!("UPDATE registry.person SET merged_into = NULL, version = version + 1
        WHERE person_id = $1 AND merged_into = $2");
    PERSON_KEYS = store::one!("UPDATE registry.person SET link_name = $2, link_birth = $3 WHERE person_id = $1");

    KEYLESS = "SELECT person_id, version, name, birth_date, home_town, nationality FROM registry.person
        WHERE person_id > $1 AND link_name IS NULL AND link_birth IS NULL AND merged_into IS NULL ORDER BY person_id LIMIT $2
        FOR NO KEY UPDATE";
    KEYS_FILL = "UPDATE registry.person p SET link_name = n.link_name, link_birth = n.link_birth
        FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::bigint[]) AS n(person_id, version, link_name, link_birth)
        WHERE p.person_id = n.person_id AND p.version = n.version";

    CASE = concat!("SELECT ", case_columns!(), " FROM registry.duplicate_case WHERE person_id = $1 AND other_id = $2");
    /// A pair that was noticed before keeps its state; while it is open it gets the newer, higher weight.
    CASE_FOUND = "INSERT INTO registry.duplicate_case AS c (person_id, other_id, version, state, noticed_at, probability, evidence,
            agency, commune, found_at)
        VALUES ($1, $2, 1, 'open', $3, $4, $5, $6, $7, $8)
        ON CONFLICT (person_id, other_id) DO UPDATE SET probability = EXCLUDED.probability, evidence = EXCLUDED.evidence,
            version = c.version + 1
        WHERE c.state = 'open' AND EXCLUDED.probability > c.probability
        RETURNING version";
    CASE_PROPOSE = store::one!("UPDATE registry.duplicate_case SET version = version + 1, state = 'proposed', proposed = $4,
        proposed_keep = $5, proposed_reason = $6, proposed_by = $7, proposed_name = $8, proposed_at = $9
        WHERE person_id = $1 AND other_id = $2 AND version = $3 AND state = 'open'");
    /// The proposal is answered; merge columns only where it was a merge.
    CASE_SETTLE = store::one!("UPDATE registry.duplicate_case SET version = version + 1, state = $4, proposed = NULL,
        proposed_keep = NULL, proposed_reason = NULL, proposed_by = NULL, proposed_name = NULL, proposed_at = NULL,
        merge_event = $5, merged_at = $6, given_id = $7, touched = $8
        WHERE person_id = $1 AND other_id = $2 AND version = $3");
    STEP_INSERT = "INSERT INTO registry.duplicate_step (person_id, other_id, step_id, kind, account, name, agency, reason, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    STEPS = "SELECT kind, name, agency, reason, at FROM registry.duplicate_step
        WHERE person_id = $1 AND other_id = $2 ORDER BY step_id LIMIT $3";

    CASES = concat!("SELECT ", case_columns!(), ", (SELECT name FROM registry.person p WHERE p.person_id = c.person_id) AS one_name,
            (SELECT name FROM registry.person p WHERE p.person_id = c.other_id) AS other_name
        FROM registry.duplicate_case c WHERE agency = $1 AND state = ANY($2) AND ($3::text IS NULL OR commune = $3)
          AND ($4::timestamptz IS NULL OR (found_at, person_id, other_id) < ($4, $5, $6))
        ORDER BY found_at DESC, person_id DESC, other_id DESC LIMIT $7");
    CASE_COUNTS = "SELECT state, count(*) FROM registry.duplicate_case WHERE agency = $1 GROUP BY state";
    CASES_OF = "SELECT person_id, other_id, agency, state, found_at FROM (
            SELECT person_id, other_id, agency, state, found_at FROM registry.duplicate_case WHERE person_id = $1
            UNION ALL
            SELECT person_id, other_id, agency, state, found_at FROM registry.duplicate_case WHERE other_id = $1) c
        WHERE state IN ('open', 'proposed') ORDER BY found_at LIMIT $2";
}

#[cfg(test)]
mod tests {
    #[tokio::test(flavor = "multi_thread")]
    async fn every_statement_fits_the_schema() {
        testkit::TestDb::new(&[crate::MIGRATIONS]).await.prepare_all(super::ALL).await;
    }
}
