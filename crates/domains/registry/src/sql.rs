//! Every statement on the record. Times and ids are parameters; a write that must hit one row says so.

/// The columns of the items, in the order of `Item::ALL`.
macro_rules! item_columns {
    () => {
        "number, old_number, name, other_name, birth_date, sex, birth_place, birth_registration_place, home_town, \
         ethnicity, religion, nationality, blood_group, marital_status, death_date, phone, email"
    };
}

macro_rules! person_where {
    ($who:literal) => {
        concat!(
            "SELECT person_id, version, event_id, source, known_from, sources, conflict, ",
            item_columns!(),
            " FROM registry.person WHERE person_id = ",
            $who
        )
    };
}

macro_rules! residence_columns {
    () => {
        "residence_id, kind, commune, commune_given, address, household_id, relation, valid_from, valid_to, \
         known_from, known_to, event_id, source"
    };
}

macro_rules! residences_where {
    ($who:literal) => {
        concat!(
            "SELECT ",
            residence_columns!(),
            " FROM registry.residence WHERE known_to IS NULL AND person_id = ",
            $who
        )
    };
}

/// The people with whom a person shares a household on a day, themselves among them, the head first.
macro_rules! members_where {
    ($who:literal) => {
        concat!(
            "SELECT m.household_id, m.person_id, m.relation, p.number, p.name
             FROM registry.residence m JOIN registry.person p ON p.person_id = m.person_id AND p.death_date IS NULL
             WHERE m.known_to IS NULL
               AND (m.valid_from IS NULL OR m.valid_from <= $2) AND (m.valid_to IS NULL OR m.valid_to > $2)
               AND m.household_id IN (
                 SELECT r.household_id FROM registry.residence r WHERE r.known_to IS NULL
                   AND (r.valid_from IS NULL OR r.valid_from <= $2) AND (r.valid_to IS NULL OR r.valid_to > $2)
                   AND r.person_id = ",
            $who,
            ") ORDER BY (m.relation = 'head') DESC NULLS LAST, m.person_id LIMIT $3"
        )
    };
}

macro_rules! by_number {
    () => {
        "(SELECT person_id FROM registry.number_claim WHERE value = $1)"
    };
}

store::statements! {
    NUMBER_FIND = "SELECT person_id FROM registry.number_claim WHERE value = $1";
    PERSON = person_where!("$1");
    PERSON_BY_NUMBER = concat!(person_where!(""), by_number!());
    RESIDENCES = residences_where!("$1");
    RESIDENCES_BY_NUMBER = concat!(residences_where!(""), by_number!());
    RESIDENCES_EVER = concat!("SELECT ", residence_columns!(), " FROM registry.residence WHERE person_id = $1
        ORDER BY kind, valid_from, known_from, residence_id");
    MEMBERS = members_where!("$1");
    MEMBERS_BY_NUMBER = members_where!("(SELECT person_id FROM registry.number_claim WHERE value = $1)");
    PAST = "SELECT past_id, item, value, valid_from, valid_to, known_from, known_to, event_id, source
        FROM registry.past WHERE person_id = $1 ORDER BY item, known_from, past_id";
    EVENTS = "SELECT event_id, source, document, reason, agency, at FROM registry.event
        WHERE person_id IN ($1, '00000000-0000-0000-0000-000000000000') AND event_id = ANY($2)";
    KIN = "SELECT k.relation, k.other_id, k.valid_from, k.valid_to, k.known_from, k.known_to, k.event_id, p.name
        FROM registry.kin k JOIN registry.person p ON p.person_id = k.other_id
        WHERE k.person_id = $1 ORDER BY k.relation, k.known_from, k.other_id LIMIT $2";
    KIN_CLAIMS = "SELECT relation, name, known_from, event_id FROM registry.kin_claim WHERE person_id = $1
        ORDER BY relation, known_from";
    FIND_BY_BIRTH = "SELECT person_id, number, name, birth_date, sex, commune, death_date FROM registry.person
        WHERE name_folded = $1 AND (birth_earliest BETWEEN $2 AND $3
            OR (birth_earliest = $4 AND length(birth_date) = 7) OR (birth_earliest = $5 AND length(birth_date) = 4))
          AND ($6::text IS NULL OR commune = $6)
        ORDER BY birth_earliest, person_id LIMIT $7";
    FIND_IN_COMMUNE = "SELECT person_id, number, name, birth_date, sex, commune, death_date FROM registry.person
        WHERE commune = $1 AND string_to_array(name_folded, ' ') @> $2::text[]
        ORDER BY name_folded, person_id LIMIT $3";

    EVENT_INSERT = "INSERT INTO registry.event
        (person_id, event_id, kind, source, document, reason, dossier_id, account, agency, happened_on, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    PERSON_WRITE = store::one!("UPDATE registry.person SET version = version + 1, sources = $3, name_folded = $4,
        birth_earliest = $5, number = $6, old_number = $7, name = $8, other_name = $9, birth_date = $10, sex = $11,
        birth_place = $12, birth_registration_place = $13, home_town = $14, ethnicity = $15, religion = $16,
        nationality = $17, blood_group = $18, marital_status = $19, death_date = $20, phone = $21, email = $22
        WHERE person_id = $1 AND version = $2");
    PERSON_MOVE = store::one!("UPDATE registry.person SET version = version + 1, commune = $3
        WHERE person_id = $1 AND version = $2");
    PAST_INSERT = "INSERT INTO registry.past
        (person_id, past_id, item, value, valid_from, valid_to, known_from, known_to, event_id, source)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    PAST_END = store::one!("UPDATE registry.past SET known_to = $3
        WHERE person_id = $1 AND past_id = $2 AND known_to IS NULL");
    RESIDENCE_INSERT = "INSERT INTO registry.residence (person_id, residence_id, kind, commune, commune_given, address,
        household_id, relation, valid_from, valid_to, known_from, event_id, source)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    RESIDENCE_END = store::one!("UPDATE registry.residence SET known_to = $3
        WHERE person_id = $1 AND residence_id = $2 AND known_to IS NULL");
    HOUSEHOLD_INSERT = "INSERT INTO registry.household (household_id, commune, address, event_id, known_from)
        VALUES ($1, $2, $3, $4, $5)";

    RUN_FIND = "SELECT run_id, state, byte_offset, line, rows_read, loaded, known_before, rejected, warnings,
        rejects_bytes FROM registry.import_run WHERE source = $1 AND digest = $2";
    RUN_INSERT = "INSERT INTO registry.import_run (run_id, source, digest, state, byte_offset, line, rows_read, loaded,
        known_before, rejected, warnings, rejects_bytes, started_at, updated_at)
        VALUES ($1, $2, $3, 'loading', 0, 1, 0, 0, 0, 0, 0, 0, $4, $4)";
    RUN_ADVANCE = store::one!("UPDATE registry.import_run SET state = $3, byte_offset = $4, line = $5, rows_read = $6,
        loaded = $7, known_before = $8, rejected = $9, warnings = $10, rejects_bytes = $11, updated_at = $12
        WHERE run_id = $1 AND rows_read = $2 AND state <> 'done'");
    NUMBERS_KNOWN = "SELECT value, person_id FROM registry.number_claim WHERE value = ANY($1)";
    KEYS_KNOWN = "SELECT key FROM registry.source_claim WHERE source = $1 AND key = ANY($2)";
    HOUSEHOLDS_KNOWN = "SELECT key, household_id FROM registry.household_claim WHERE source = $1 AND key = ANY($2)";
    KIN_CLAIM_STEP = "SELECT person_id AS last FROM (SELECT person_id FROM registry.kin_claim
        WHERE person_id > $1 AND number IS NOT NULL ORDER BY person_id LIMIT $2) step ORDER BY person_id DESC LIMIT 1";
    KIN_RESOLVE = "WITH found AS (
            DELETE FROM registry.kin_claim c USING registry.number_claim n
            WHERE c.person_id > $1 AND c.person_id <= $2 AND n.value = c.number AND n.person_id <> c.person_id
            RETURNING c.person_id, n.person_id AS other_id, c.relation, c.known_from, c.event_id),
        ends AS (
            SELECT person_id, other_id, relation, known_from, event_id FROM found
            UNION
            SELECT other_id, person_id, CASE relation WHEN 'spouse' THEN 'spouse' ELSE 'child' END, known_from, event_id
            FROM found)
        INSERT INTO registry.kin (person_id, other_id, relation, known_from, event_id)
        SELECT DISTINCT ON (e.person_id, e.other_id, e.relation)
            e.person_id, e.other_id, e.relation, e.known_from, e.event_id FROM ends e
        WHERE NOT EXISTS (SELECT FROM registry.kin k WHERE k.person_id = e.person_id AND k.other_id = e.other_id
            AND k.relation = e.relation AND k.known_to IS NULL)
        ORDER BY e.person_id, e.other_id, e.relation, e.known_from";
}

/// Binary COPY into the tables of a load, with the columns in the order in which `import::load` writes them.
pub mod copy {
    pub const PERSON: &str = "COPY registry.person (person_id, version, event_id, source, known_from, number,
        old_number, name, birth_date, sex, birth_registration_place, home_town, ethnicity, nationality,
        marital_status, death_date, phone, name_folded, birth_earliest, commune) FROM STDIN BINARY";
    pub const NUMBER_CLAIM: &str = "COPY registry.number_claim (value, person_id) FROM STDIN BINARY";
    pub const OLD_NUMBER_HOLDER: &str =
        "COPY registry.old_number_holder (value, person_id) FROM STDIN BINARY";
    pub const RESIDENCE: &str = "COPY registry.residence (person_id, residence_id, kind, commune, commune_given,
        address, household_id, relation, valid_from, valid_to, known_from, event_id, source) FROM STDIN BINARY";
    pub const HOUSEHOLD: &str =
        "COPY registry.household (household_id, commune, address, event_id, known_from) FROM STDIN BINARY";
    pub const KIN: &str =
        "COPY registry.kin (person_id, other_id, relation, known_from, event_id) FROM STDIN BINARY";
    pub const KIN_CLAIM: &str =
        "COPY registry.kin_claim (person_id, relation, number, name, known_from, event_id) FROM STDIN BINARY";
    pub const SOURCE_CLAIM: &str = "COPY registry.source_claim (source, key, person_id) FROM STDIN BINARY";
    pub const HOUSEHOLD_CLAIM: &str =
        "COPY registry.household_claim (source, key, household_id) FROM STDIN BINARY";
}

#[cfg(test)]
mod tests {
    use crate::model::Item;

    #[test]
    fn the_columns_are_the_items() {
        let columns: Vec<&str> = item_columns!().split(", ").collect();
        let keys: Vec<&str> = Item::ALL.iter().map(|i| i.key()).collect();
        assert_eq!(columns, keys);
        // The write takes them as parameters in the same order, after five others.
        for (n, key) in keys.iter().enumerate() {
            assert!(super::PERSON_WRITE.contains(&format!("{key} = ${}", n + 6)), "{key}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_statement_fits_the_schema() {
        testkit::TestDb::new(&[crate::MIGRATIONS]).await.prepare_all(super::ALL).await;
    }
}
