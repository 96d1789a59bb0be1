//! Every statement on the record. Times and ids are parameters; a write that must hit one row says so.

/// The columns of the items, in the order of `Item::ALL`.
macro_rules! item_columns {
    () => {
        "number, old_number, name, other_name, birth_date, sex, birth_place, birth_registration_place, home_town, \
         ethnicity, religion, nationality, blood_group, marital_status, death_date, phone, email, missing_date, \
         residence_record, phone_verified, email_verified"
    };
}

macro_rules! person_where {
    ($who:literal) => {
        concat!(
            "SELECT person_id, version, event_id, source, known_from, sources, conflict, merged_into, ",
            item_columns!(),
            " FROM registry.person WHERE person_id = ",
            $who
        )
    };
}

macro_rules! residence_columns {
    () => {
        "residence_id, kind, commune, commune_given, address, household_id, relation, valid_from, valid_to, \
         known_from, known_to, event_id, source, ended_by"
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

macro_rules! kin {
    ($more:literal) => {
        concat!(
            "SELECT k.tie_id, k.relation, k.other_id, k.valid_from, k.valid_to, k.known_from, k.known_to, k.event_id,
                k.ended_by, coalesce(p.name, k.name) AS name, coalesce(p.number, k.number) AS number,
                coalesce(p.old_number, k.old_number) AS old_number, coalesce(p.nationality, k.nationality) AS nationality
             FROM registry.kin k LEFT JOIN registry.person p ON p.person_id = k.other_id
             WHERE k.person_id = $1 ",
            $more,
            " ORDER BY k.relation, k.known_from, k.tie_id LIMIT $2"
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
        "(SELECT coalesce(p.merged_into, p.person_id) FROM registry.number_claim n
            JOIN registry.person p USING (person_id) WHERE n.value = $1)"
    };
}

store::statements! {
    /// A number of a record that gave way leads to the one that stayed.
    NUMBER_FIND = concat!("SELECT person_id FROM registry.person WHERE person_id = ", by_number!());
    PERSON = person_where!("$1");
    PERSON_BY_NUMBER = concat!(person_where!(""), by_number!());
    RESIDENCES = residences_where!("$1");
    RESIDENCES_BY_NUMBER = concat!(residences_where!(""), by_number!());
    RESIDENCES_EVER = concat!("SELECT ", residence_columns!(), " FROM registry.residence WHERE person_id = $1
        ORDER BY kind, valid_from, known_from, residence_id");
    MEMBERS = members_where!("$1");
    MEMBERS_BY_NUMBER = members_where!("(SELECT coalesce(g.merged_into, g.person_id) FROM registry.number_claim n
        JOIN registry.person g USING (person_id) WHERE n.value = $1)");
    PAST = "SELECT past_id, item, value, valid_from, valid_to, known_from, known_to, event_id, source
        FROM registry.past WHERE person_id = $1 ORDER BY item, known_from, past_id";
    PERSONS = concat!("SELECT person_id, version, event_id, source, known_from, sources, conflict, merged_into, ", item_columns!(),
        " FROM registry.person WHERE person_id = ANY($1)");
    PAST_OF = "SELECT person_id, past_id, item, value, valid_from, valid_to, known_from, known_to, event_id, source
        FROM registry.past WHERE person_id = ANY($1) AND item = ANY($2)";
    HOUSEHOLD_AS_OF = concat!("SELECT person_id, ", residence_columns!(), " FROM registry.residence
        WHERE household_id = $1 AND (valid_from IS NULL OR valid_from <= $2) AND (valid_to IS NULL OR valid_to > $2)
          AND known_from <= $3 AND (known_to IS NULL OR known_to > $3)
        ORDER BY (relation = 'head') DESC NULLS LAST, person_id LIMIT $4");
    COMMUNE_AS_OF = concat!("SELECT person_id, ", residence_columns!(), " FROM registry.residence
        WHERE commune = $1 AND (valid_from IS NULL OR valid_from <= $2) AND (valid_to IS NULL OR valid_to > $2)
          AND known_from <= $3 AND (known_to IS NULL OR known_to > $3)
          AND (person_id, residence_id) > ($4, $5)
        ORDER BY person_id, residence_id LIMIT $6");
    EVENTS = "SELECT event_id, source, document, reason, agency, account, at FROM registry.event
        WHERE person_id IN ($1, '00000000-0000-0000-0000-000000000000') AND event_id = ANY($2)";
    KIN = kin!("");
    KIN_NOW = kin!("AND k.known_to IS NULL");
    PARENTS_AND_SPOUSES = "SELECT person_id, relation, other_id FROM registry.kin
        WHERE person_id = ANY($1) AND known_to IS NULL AND other_id IS NOT NULL AND relation = ANY($2)";
    PAST_NOW = "SELECT past_id, item, value, valid_from, valid_to, known_from, known_to, event_id, source
        FROM registry.past WHERE person_id = $1 AND known_to IS NULL ORDER BY past_id";
    PAPERS = "SELECT paper_id, kind, number, issued_at, expires_on, valid_from, valid_to, known_from, known_to, event_id,
        source, ended_by FROM registry.paper WHERE person_id = $1 ORDER BY valid_from, paper_id";
    ABSENCES = "SELECT absence_id, commune, destination, valid_from, valid_to, known_from, known_to, event_id, source,
        ended_by FROM registry.absence WHERE person_id = $1 ORDER BY valid_from, absence_id";
    /// What another database tells now, under one key.
    SHARED_NOW = "SELECT value FROM registry.shared
        WHERE person_id = $1 AND key = $2 AND known_to IS NULL AND valid_to IS NULL";
    /// A card of one of these kinds that is in force.
    CARD_NOW = "SELECT number FROM registry.paper WHERE person_id = $1 AND kind = ANY($2) AND known_to IS NULL
          AND (valid_from IS NULL OR valid_from <= $3) AND (valid_to IS NULL OR valid_to > $3)
        ORDER BY expires_on DESC, paper_id LIMIT 1";
    /// Of each person the paper of a kind that is good longest.
    PASSPORTS_LAST = "SELECT DISTINCT ON (person_id) person_id, number FROM registry.paper
        WHERE person_id = ANY($1) AND kind = $2 AND known_to IS NULL
        ORDER BY person_id, expires_on DESC, paper_id";
    SHARED = "SELECT shared_id, key, value, valid_from, valid_to, known_from, known_to, event_id, source, ended_by
        FROM registry.shared WHERE person_id = $1 ORDER BY key, valid_from, shared_id";
    /// Everybody who is, was or will be in a household, by what is known now.
    HOUSEHOLD_PEOPLE = "SELECT DISTINCT person_id FROM registry.residence
        WHERE household_id = $1 AND known_to IS NULL AND (valid_to IS NULL OR valid_to > $2) ORDER BY person_id LIMIT $3";
    FIND_BY_BIRTH = "SELECT person_id, number, name, birth_date, sex, commune, death_date FROM registry.person
        WHERE merged_into IS NULL AND name_folded = $1 AND (birth_earliest BETWEEN $2 AND $3
            OR (birth_earliest = $4 AND length(birth_date) = 7) OR (birth_earliest = $5 AND length(birth_date) = 4))
          AND ($6::text IS NULL OR commune = $6)
        ORDER BY birth_earliest, person_id LIMIT $7";
    FIND_IN_COMMUNE = "SELECT person_id, number, name, birth_date, sex, commune, death_date FROM registry.person
        WHERE commune = $1 AND string_to_array(name_folded, ' ') @> $2::text[]
        ORDER BY name_folded, person_id LIMIT $3";

    /// What an item ever was, beside what it is.
    VALUES_EVER = "SELECT DISTINCT value FROM registry.past WHERE person_id = $1 AND item = $2 AND value IS NOT NULL";
    /// No act changes a record that somebody holds.
    PERSON_HOLD = "SELECT person_id FROM registry.person WHERE person_id = $1 FOR SHARE";

    EVENT_INSERT = "INSERT INTO registry.event
        (person_id, event_id, kind, source, document, reason, dossier_id, account, agency, happened_on, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    PERSON_WRITE = store::one!("UPDATE registry.person SET version = version + 1, sources = $3, name_folded = $4,
        birth_earliest = $5, commune = $6, number = $7, old_number = $8, name = $9, other_name = $10, birth_date = $11,
        sex = $12, birth_place = $13, birth_registration_place = $14, home_town = $15, ethnicity = $16, religion = $17,
        nationality = $18, blood_group = $19, marital_status = $20, death_date = $21, phone = $22, email = $23,
        missing_date = $24, residence_record = $25, phone_verified = $26, email_verified = $27, link_name = $28, link_birth = $29
        WHERE person_id = $1 AND version = $2");
    PERSON_INSERT = concat!("INSERT INTO registry.person
        (person_id, version, sources, name_folded, birth_earliest, commune, ", item_columns!(), ", link_name, link_birth, event_id,
        source, known_from)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
        $24, $25, $26, $27, $28, $29, $30, $31, $32)");
    PERSON_TURN = store::one!("UPDATE registry.person SET version = version + 1, commune = $3
        WHERE person_id = $1 AND version = $2");
    /// Nothing where somebody has the number already.
    NUMBER_CLAIM = "INSERT INTO registry.number_claim (value, person_id) VALUES ($1, $2) ON CONFLICT (value) DO NOTHING";
    NUMBERS_TAKEN = "SELECT value FROM registry.number_claim WHERE value = ANY($1)";
    NUMBERS_FREE = "SELECT n.value FROM (SELECT $1::text || lpad(serial::text, 6, '0') AS value
            FROM generate_series($2::bigint, $3::bigint) serial) n
        WHERE NOT EXISTS (SELECT FROM registry.number_claim c WHERE c.value = n.value) LIMIT $4";
    PAST_INSERT = "INSERT INTO registry.past
        (person_id, past_id, item, value, valid_from, valid_to, known_from, known_to, event_id, source)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    PAST_END = store::one!("UPDATE registry.past SET known_to = $3
        WHERE person_id = $1 AND past_id = $2 AND known_to IS NULL");
    RESIDENCE_INSERT = "INSERT INTO registry.residence (person_id, residence_id, kind, commune, commune_given, address,
        household_id, relation, valid_from, valid_to, known_from, event_id, source, ended_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    RESIDENCE_END = store::one!("UPDATE registry.residence SET known_to = $3
        WHERE person_id = $1 AND residence_id = $2 AND known_to IS NULL");
    KIN_INSERT = "INSERT INTO registry.kin (person_id, tie_id, relation, other_id, number, old_number, name, nationality,
        valid_from, valid_to, known_from, event_id, ended_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    KIN_END = store::one!("UPDATE registry.kin SET known_to = $3 WHERE person_id = $1 AND tie_id = $2 AND known_to IS NULL");
    PAPER_INSERT = "INSERT INTO registry.paper (person_id, paper_id, kind, number, issued_at, expires_on, valid_from, valid_to,
        known_from, event_id, source, ended_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    PAPER_END = store::one!("UPDATE registry.paper SET known_to = $3
        WHERE person_id = $1 AND paper_id = $2 AND known_to IS NULL");
    ABSENCE_INSERT = "INSERT INTO registry.absence (person_id, absence_id, commune, destination, valid_from, valid_to,
        known_from, event_id, source, ended_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    ABSENCE_END = store::one!("UPDATE registry.absence SET known_to = $3
        WHERE person_id = $1 AND absence_id = $2 AND known_to IS NULL");
    SHARED_INSERT = "INSERT INTO registry.shared (person_id, shared_id, key, value, valid_from, valid_to, known_from, event_id,
        source, ended_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    SHARED_END = store::one!("UPDATE registry.shared SET known_to = $3
        WHERE person_id = $1 AND shared_id = $2 AND known_to IS NULL");
    VITAL_TOLD = "INSERT INTO registry.vital_report (person_id, event, source, told_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING";
    /// Of many; answers for whom it is news.
    VITALS_TOLD = "INSERT INTO registry.vital_report (person_id, event, source, told_at)
        SELECT person_id, event, $3, $4 FROM unnest($1::uuid[], $2::text[]) AS n(person_id, event) ORDER BY 1, 2
        ON CONFLICT DO NOTHING RETURNING person_id";
    VITAL_UNTOLD = "DELETE FROM registry.vital_report WHERE person_id = $1 AND event = $2";
    HOUSEHOLD_INSERT = "INSERT INTO registry.household (household_id, commune, address, event_id, known_from)
        VALUES ($1, $2, $3, $4, $5)";

    EXPORT_ALL = concat!("SELECT person_id, version, event_id, source, known_from, sources, conflict, merged_into,
            name_folded, ", item_columns!(), " FROM registry.person WHERE person_id > $1 AND merged_into IS NULL AND ($2 OR death_date IS NULL)
          AND birth_earliest BETWEEN $3 AND $4 ORDER BY person_id LIMIT $5");
    EXPORT_COMMUNE = concat!("SELECT person_id, version, event_id, source, known_from, sources, conflict, merged_into,
            name_folded, ", item_columns!(), " FROM registry.person WHERE commune = $1 AND merged_into IS NULL AND (name_folded, person_id) > ($2, $3)
          AND ($4 OR death_date IS NULL) AND birth_earliest BETWEEN $5 AND $6 ORDER BY name_folded, person_id LIMIT $7");
    EXPORT_RESIDENCES = concat!("SELECT person_id, ", residence_columns!(), " FROM registry.residence
        WHERE person_id = ANY($1) AND known_to IS NULL");
    EXPORT_KIN = "SELECT k.person_id, k.tie_id, k.relation, k.other_id, k.valid_from, k.valid_to, k.known_from, k.known_to,
            k.event_id, k.ended_by, coalesce(p.name, k.name) AS name, coalesce(p.number, k.number) AS number,
            coalesce(p.old_number, k.old_number) AS old_number, coalesce(p.nationality, k.nationality) AS nationality
        FROM registry.kin k LEFT JOIN registry.person p ON p.person_id = k.other_id
        WHERE k.person_id = ANY($1) AND k.known_to IS NULL";
    EXPORT_PAPERS = "SELECT person_id, paper_id, kind, number, issued_at, expires_on, valid_from, valid_to, known_from,
        known_to, event_id, source, ended_by FROM registry.paper WHERE person_id = ANY($1) AND known_to IS NULL";

    RUN_FIND = "SELECT run_id, state, byte_offset, line, rows_read, loaded, known_before, rejected, warnings,
        changed, disputed, rejects_bytes FROM registry.import_run WHERE source = $1 AND digest = $2";
    RUN_INSERT = "INSERT INTO registry.import_run (run_id, source, digest, state, byte_offset, line, rows_read, loaded,
        known_before, rejected, warnings, rejects_bytes, started_at, updated_at)
        VALUES ($1, $2, $3, 'loading', 0, 1, 0, 0, 0, 0, 0, 0, $4, $4)";
    RUN_ADVANCE = store::one!("UPDATE registry.import_run SET state = $3, byte_offset = $4, line = $5, rows_read = $6,
        loaded = $7, known_before = $8, rejected = $9, warnings = $10, rejects_bytes = $11, updated_at = $12,
        changed = $13, disputed = $14 WHERE run_id = $1 AND rows_read = $2 AND state <> 'done'");
    NUMBERS_KNOWN = "SELECT n.value, coalesce(p.merged_into, p.person_id) AS person_id FROM registry.number_claim n
        JOIN registry.person p USING (person_id) WHERE n.value = ANY($1)";
    KEYS_KNOWN = "SELECT s.key, coalesce(p.merged_into, p.person_id) AS person_id, s.said, p.event_id
        FROM registry.source_claim s JOIN registry.person p ON p.person_id = s.person_id
        WHERE s.source = $1 AND s.key = ANY($2)";
    KEY_SAID = store::one!("UPDATE registry.source_claim SET said = $3 WHERE source = $1 AND key = $2");
    HOUSEHOLD_CLAIM = "INSERT INTO registry.household_claim (source, key, household_id) VALUES ($1, $2, $3)";
    /// The matter of the commune where the person lives, or lived last.
    DISPUTE_INSERT = "INSERT INTO registry.dispute (person_id, dispute_id, item, value, source, event_id, raised_at, commune)
        SELECT $1, $2, $3, $4, $5, $6, $7, coalesce((SELECT commune FROM registry.person p WHERE p.person_id = $1),
            (SELECT r.commune FROM registry.residence r WHERE r.person_id = $1 AND r.known_to IS NULL
                ORDER BY r.valid_to DESC NULLS FIRST, r.valid_from DESC LIMIT 1))
        WHERE NOT EXISTS (SELECT FROM registry.dispute d WHERE d.person_id = $1 AND d.item = $3 AND d.value = $4 AND d.source = $5)";
    PERSON_DISPUTED = "UPDATE registry.person SET conflict = true, version = version + 1
        WHERE person_id = $1 AND NOT conflict";
    HOUSEHOLDS_KNOWN = "SELECT key, household_id FROM registry.household_claim WHERE source = $1 AND key = ANY($2)";
    KIN_STEP = "SELECT person_id AS last FROM (SELECT person_id FROM registry.kin
        WHERE person_id > $1 AND other_id IS NULL AND number IS NOT NULL AND known_to IS NULL
        ORDER BY person_id LIMIT $2) step ORDER BY person_id DESC LIMIT 1";
    /// Relatives who turned up: the tie gets its other end. Of two spouses who name each other one tie is enough.
    KIN_RESOLVE = "WITH found AS (
            SELECT k.person_id, k.tie_id, k.relation, o.person_id AS other_id, k.known_from, k.event_id,
                least(k.valid_to, CASE WHEN k.relation IN ('spouse', 'guardian') AND length(o.death_date) = 10
                    THEN o.death_date::date END) AS valid_to,
                row_number() OVER (PARTITION BY least(k.person_id, o.person_id), greatest(k.person_id, o.person_id),
                    k.relation = 'spouse' ORDER BY k.person_id, k.tie_id) AS nth,
                EXISTS (SELECT FROM registry.kin t WHERE t.person_id = k.person_id AND t.other_id = o.person_id
                    AND t.relation = k.relation AND t.known_to IS NULL) AS tied
            FROM registry.kin k JOIN registry.number_claim n ON n.value = k.number
                JOIN registry.person c ON c.person_id = n.person_id
                JOIN registry.person o ON o.person_id = coalesce(c.merged_into, c.person_id)
            WHERE k.person_id > $1 AND k.person_id <= $2 AND k.other_id IS NULL AND k.number IS NOT NULL
              AND k.known_to IS NULL AND o.person_id <> k.person_id),
        named AS (
            UPDATE registry.kin k SET other_id = f.other_id, valid_to = f.valid_to, number = NULL, name = NULL,
                old_number = NULL, nationality = NULL
            FROM found f WHERE k.person_id = f.person_id AND k.tie_id = f.tie_id AND f.nth = 1 AND NOT f.tied
            RETURNING k.person_id, k.tie_id, k.relation, f.other_id, k.valid_to, k.known_from, k.event_id),
        said_twice AS (
            DELETE FROM registry.kin k USING found f
            WHERE k.person_id = f.person_id AND k.tie_id = f.tie_id AND (f.nth > 1 OR f.tied))
        INSERT INTO registry.kin (person_id, tie_id, relation, other_id, valid_to, known_from, event_id)
        SELECT other_id, tie_id, CASE relation WHEN 'spouse' THEN 'spouse' WHEN 'guardian' THEN 'ward' ELSE 'child' END,
            person_id, valid_to, known_from, event_id
        FROM named";
}

/// Binary COPY into the tables of a load, with the columns in the order in which `import::load` writes them.
pub mod copy {
    pub const PERSON: &str = concat!(
        "COPY registry.person (person_id, version, event_id, source, known_from, ",
        item_columns!(),
        ", name_folded, birth_earliest, commune, link_name, link_birth) FROM STDIN BINARY"
    );
    pub const PERSON_COLUMNS: i16 = 31;
    pub const NUMBER_CLAIM: &str = "COPY registry.number_claim (value, person_id) FROM STDIN BINARY";
    pub const OLD_NUMBER_HOLDER: &str =
        "COPY registry.old_number_holder (value, person_id) FROM STDIN BINARY";
    pub const RESIDENCE: &str = "COPY registry.residence (person_id, residence_id, kind, commune, commune_given,
        address, household_id, relation, valid_from, valid_to, known_from, event_id, source) FROM STDIN BINARY";
    pub const HOUSEHOLD: &str =
        "COPY registry.household (household_id, commune, address, event_id, known_from) FROM STDIN BINARY";
    pub const KIN: &str =
        "COPY registry.kin (person_id, tie_id, relation, other_id, number, old_number, name, nationality,
        valid_to, known_from, event_id) FROM STDIN BINARY";
    pub const PAPER: &str =
        "COPY registry.paper (person_id, paper_id, kind, number, issued_at, expires_on, valid_from,
        valid_to, known_from, event_id, source) FROM STDIN BINARY";
    pub const ABSENCE: &str =
        "COPY registry.absence (person_id, absence_id, commune, destination, valid_from, valid_to,
        known_from, event_id, source) FROM STDIN BINARY";
    pub const VITAL_REPORT: &str =
        "COPY registry.vital_report (person_id, event, source, told_at) FROM STDIN BINARY";
    pub const SOURCE_CLAIM: &str =
        "COPY registry.source_claim (source, key, person_id, said) FROM STDIN BINARY";
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
        // The write takes them as parameters in the same order, after six others.
        for (n, key) in keys.iter().enumerate() {
            assert!(super::PERSON_WRITE.contains(&format!("{key} = ${}", n + 7)), "{key}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_statement_fits_the_schema() {
        testkit::TestDb::new(&[crate::MIGRATIONS]).await.prepare_all(super::ALL).await;
    }
}
