//! Statements of reforms. A batch is a handful of statements over arrays; each must hit exactly the rows it names.

/// Where a person's permanent, else temporary residence lies today ($3): the search key.
macro_rules! key_of {
    ($person:literal) => {
        concat!(
            "(SELECT r.commune FROM registry.residence r WHERE r.person_id = ",
            $person,
            " AND r.known_to IS NULL AND r.kind IN ('permanent', 'temporary')
               AND (r.valid_from IS NULL OR r.valid_from <= $3) AND (r.valid_to IS NULL OR r.valid_to > $3)
             ORDER BY r.kind = 'permanent' DESC LIMIT 1)"
        )
    };
}

macro_rules! reform_columns {
    () => {
        "reform_id, slug, decree, in_force, file, state, step, phase, at_unit, at_person, at_row, pass_found, moved,
         undecided, undone, later, started_at, updated_at"
    };
}

/// Cases of possible duplicates, with the units into which a reform ($1) took the two from the commune of the case.
macro_rules! cases {
    () => {
        "SELECT c.person_id, c.other_id, c.commune, c.agency, c.version, (SELECT min(l.unit_to) FROM registry.reform_place l
            WHERE l.person_id IN (c.person_id, c.other_id) AND l.reform_id = $1 AND l.unit_from = c.commune
              AND l.what = 'residence' AND l.undone_at IS NULL) AS went_to
         FROM registry.duplicate_case c"
    };
}

store::statements! {
    RUNNING = concat!("SELECT ", reform_columns!(), " FROM registry.reform WHERE state IN ('applying', 'undoing')");
    BY_SLUG = concat!("SELECT ", reform_columns!(), " FROM registry.reform WHERE slug = $1
        ORDER BY state = 'undone', started_at DESC LIMIT 1");
    LIST = concat!("SELECT ", reform_columns!(), " FROM registry.reform ORDER BY started_at, reform_id LIMIT $1");
    INSERT = "INSERT INTO registry.reform (reform_id, slug, decree, in_force, file, state, step, pass_found, moved, undecided,
        undone, account, started_at, updated_at) VALUES ($1, $2, $3, $4, $5, 'applying', 0, 0, 0, 0, 0, $6, $7, $7)";
    ADVANCE = "UPDATE registry.reform SET step = step + 1, state = $4, at_unit = $5, at_person = $6, at_row = $7,
        pass_found = $8, moved = $9, undecided = $10, undone = $11, updated_at = $12, phase = $13, later = $14
        WHERE reform_id = $1 AND step = $2 AND state = $3";

    /// Everything that a step does is by keys, for at most a batch; but statistics of a register of few communes, or of one
    /// that was loaded a minute ago, would have a planner read the whole of it for each unit of a country.
    BY_KEYS = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)";
    /// The next rows of some units ($1), of the first behind a person and a row ($2, $3): so many ($4) of whatever state, so
    /// that a statement is as long as its rows are many, however few of them concern anybody. Whose unit an earlier reform
    /// left open waits for that first.
    HOMES = "SELECT h.unit, h.person_id, h.residence_id, h.address, h.household_id, h.valid_from, h.valid_to, h.event_id,
            h.commune_given, h.known_from, h.known_to IS NULL AND (h.valid_to IS NULL OR h.valid_to > $5) AS concerned,
            p.version, coalesce(l.placed, false) AS placed, coalesce(l.waits, false) AS waits
        FROM (SELECT u.unit, r.* FROM unnest($1::text[]) WITH ORDINALITY u(unit, nth)
                CROSS JOIN LATERAL (
                    SELECT person_id, residence_id, address, household_id, valid_from, valid_to, event_id, commune_given,
                        known_from, known_to
                    FROM registry.residence r WHERE r.commune = u.unit AND (r.person_id, r.residence_id)
                        > (CASE WHEN u.nth = 1 THEN $2::uuid ELSE '00000000-0000-0000-0000-000000000000' END,
                           CASE WHEN u.nth = 1 THEN $3::uuid ELSE '00000000-0000-0000-0000-000000000000' END)
                    ORDER BY person_id, residence_id LIMIT $4) r
                LIMIT $4) h
            JOIN registry.person p USING (person_id)
            CROSS JOIN LATERAL (
                SELECT bool_or(l.reform_id = $6) AS placed, bool_or(l.reform_id <> $6 AND l.unit_to IS NULL) AS waits
                FROM registry.reform_place l WHERE l.person_id = h.person_id AND l.residence_id = h.residence_id
                    AND l.undone_at IS NULL) l
        ORDER BY h.unit, h.person_id, h.residence_id";
    /// How many registrations each of some units has, and how many of them began on the day of a reform or later.
    HOMES_COUNT = "SELECT r.commune, coalesce(r.valid_from >= $2, false) AS came_later, count(*) AS people
        FROM unnest($1::text[]) u(unit) JOIN registry.residence r ON r.commune = u.unit
        WHERE r.known_to IS NULL AND (r.valid_to IS NULL OR r.valid_to > $2)
          AND NOT EXISTS (SELECT FROM registry.reform_place l WHERE l.person_id = r.person_id
            AND l.residence_id = r.residence_id AND l.unit_to IS NULL AND l.undone_at IS NULL)
        GROUP BY 1, 2";
    HOMES_END = "UPDATE registry.residence r SET known_to = $3 FROM unnest($1::uuid[], $2::uuid[]) m(person_id, residence_id)
        WHERE r.person_id = m.person_id AND r.residence_id = m.residence_id AND r.known_to IS NULL";
    /// The half before the reform: as it stood, until the day.
    HOMES_KEEP = "INSERT INTO registry.residence (person_id, residence_id, kind, commune, commune_given, address, household_id,
            relation, valid_from, valid_to, known_from, event_id, source, ended_by)
        SELECT r.person_id, m.kept_id, r.kind, r.commune, r.commune_given, r.address, r.household_id, r.relation,
            r.valid_from, $4, $5, r.event_id, r.source, $6
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) m(person_id, residence_id, kept_id)
            JOIN registry.residence r USING (person_id, residence_id) WHERE m.kept_id IS NOT NULL";
    /// The half from the reform on: the same home in the new unit.
    HOMES_MOVE = "INSERT INTO registry.residence (person_id, residence_id, kind, commune, commune_given, address, household_id,
            relation, valid_from, valid_to, known_from, event_id, source, ended_by)
        SELECT r.person_id, m.moved_id, r.kind, m.unit_to, coalesce(r.commune_given, r.commune), r.address, r.household_id,
            r.relation, greatest(r.valid_from, $5), r.valid_to, $6, $7, r.source, r.ended_by
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) m(person_id, residence_id, moved_id, unit_to)
            JOIN registry.residence r USING (person_id, residence_id)";
    KEYS = concat!("UPDATE registry.person p SET version = p.version + 1, commune = ", key_of!("p.person_id"),
        " FROM unnest($1::uuid[], $2::int[]) m(person_id, version)
        WHERE p.person_id = m.person_id AND p.version = m.version");
    PLACES = "INSERT INTO registry.reform_place (person_id, reform_id, residence_id, what, unit_from, unit_to, kept_id, moved_id,
            household_id)
        SELECT m.person_id, $1, m.residence_id, m.what, m.unit_from, m.unit_to, m.kept_id, m.moved_id, m.household_id
        FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::uuid[], $9::uuid[])
            m(person_id, residence_id, what, unit_from, unit_to, kept_id, moved_id, household_id)
        ON CONFLICT (person_id, reform_id, residence_id) DO UPDATE SET unit_to = EXCLUDED.unit_to,
                kept_id = EXCLUDED.kept_id, moved_id = EXCLUDED.moved_id, household_id = EXCLUDED.household_id
            WHERE reform_place.unit_to IS NULL AND reform_place.undone_at IS NULL";

    /// Declared absences of some people that go on after a day.
    ABSENCES = "SELECT person_id, absence_id, commune, valid_from FROM registry.absence
        WHERE person_id = ANY($1) AND known_to IS NULL AND (valid_to IS NULL OR valid_to > $2) ORDER BY person_id, absence_id";
    ABSENCES_END = "UPDATE registry.absence a SET known_to = $3 FROM unnest($1::uuid[], $2::uuid[]) m(person_id, absence_id)
        WHERE a.person_id = m.person_id AND a.absence_id = m.absence_id AND a.known_to IS NULL";
    ABSENCES_KEEP = "INSERT INTO registry.absence (person_id, absence_id, commune, destination, valid_from, valid_to, known_from,
            event_id, source, ended_by)
        SELECT a.person_id, m.kept_id, a.commune, a.destination, a.valid_from, $4, $5, a.event_id, a.source, $6
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) m(person_id, absence_id, kept_id)
            JOIN registry.absence a USING (person_id, absence_id) WHERE m.kept_id IS NOT NULL";
    ABSENCES_MOVE = "INSERT INTO registry.absence (person_id, absence_id, commune, destination, valid_from, valid_to, known_from,
            event_id, source, ended_by)
        SELECT a.person_id, m.moved_id, m.unit_to, a.destination, greatest(a.valid_from, $5), a.valid_to, $6, $7, a.source,
            a.ended_by
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) m(person_id, absence_id, moved_id, unit_to)
            JOIN registry.absence a USING (person_id, absence_id)";
    HOUSEHOLDS = "UPDATE registry.household h SET commune = m.unit_to
        FROM unnest($1::uuid[], $2::text[], $3::text[]) m(household_id, unit_from, unit_to)
        WHERE h.household_id = m.household_id AND h.commune = m.unit_from RETURNING h.household_id";
    HOUSEHOLDS_BACK = "UPDATE registry.household h SET commune = l.unit_from
        FROM unnest($2::uuid[], $3::uuid[]) m(person_id, residence_id) JOIN registry.reform_place l
            ON l.person_id = m.person_id AND l.reform_id = $1 AND l.residence_id = m.residence_id
        WHERE h.household_id = l.household_id AND h.commune = l.unit_to";
    /// What was asked of people by lot counts where they live on.
    SAMPLES = "UPDATE registry.quality_sample s SET commune = m.unit_to
        FROM unnest($1::uuid[], $2::text[], $3::text[]) m(person_id, unit_from, unit_to)
        WHERE s.person_id = m.person_id AND s.commune = m.unit_from";
    CORRECTIONS = "SELECT c.person_id, c.correction_id, c.item, c.agency, p.commune
        FROM registry.correction c JOIN registry.person p USING (person_id)
        WHERE c.person_id = ANY($1) AND c.state IN ('open', 'proposed') ORDER BY c.person_id, c.correction_id";
    CORRECTIONS_TURN = "UPDATE registry.correction c SET agency = m.agency_to, version = c.version + 1
        FROM unnest($1::uuid[], $2::uuid[], $3::text[]) m(person_id, correction_id, agency_to)
        WHERE c.person_id = m.person_id AND c.correction_id = m.correction_id AND c.state IN ('open', 'proposed')";
    CASES_AFTER = concat!(cases!(), " WHERE (c.person_id, c.other_id) > ($2, $3)
        ORDER BY c.person_id, c.other_id LIMIT $4");
    CASES_OF = concat!(cases!(), " WHERE c.person_id = ANY($2) OR c.other_id = ANY($2) ORDER BY c.person_id, c.other_id");
    CASES_TURN = "UPDATE registry.duplicate_case c SET commune = m.commune_to, agency = m.agency_to, version = c.version + 1
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[])
            m(person_id, other_id, commune_to, agency_to, version)
        WHERE c.person_id = m.person_id AND c.other_id = m.other_id AND c.version = m.version";
    MATTERS = "INSERT INTO registry.reform_matter (person_id, reform_id, matter_id, what, commune_from, commune_to, agency_from,
            agency_to)
        SELECT m.person_id, $1, m.matter_id, $2, m.commune_from, m.commune_to, m.agency_from, m.agency_to
        FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[])
            m(person_id, matter_id, commune_from, commune_to, agency_from, agency_to)
        ON CONFLICT (person_id, reform_id, matter_id) DO UPDATE
            SET commune_to = EXCLUDED.commune_to, agency_to = EXCLUDED.agency_to";

    TO_UNDO = "SELECT l.person_id, l.residence_id, l.what, l.unit_from, l.unit_to, p.version
        FROM registry.reform_place l JOIN registry.person p USING (person_id)
        WHERE l.reform_id = $1 AND l.undone_at IS NULL AND (l.person_id, l.residence_id) > ($2, $3)
        ORDER BY l.person_id, l.residence_id LIMIT $4";
    /// What is believed of the halves that a reform made of some residences: the later half, or what later acts left of
    /// it, with the earlier half where the two still meet.
    HOMES_LEFT = "SELECT l.person_id, l.residence_id AS before, s.residence_id AS later, k.residence_id AS kept,
            CASE WHEN k.residence_id IS NULL THEN s.valid_from ELSE k.valid_from END AS begins
        FROM unnest($2::uuid[], $3::uuid[]) m(person_id, residence_id)
            JOIN registry.reform_place l ON l.person_id = m.person_id AND l.reform_id = $1 AND l.residence_id = m.residence_id
            JOIN registry.residence o ON o.person_id = l.person_id AND o.residence_id = l.residence_id
            JOIN registry.residence s ON s.person_id = l.person_id AND s.event_id = $1 AND s.known_to IS NULL
                AND s.commune = l.unit_to AND s.kind = o.kind AND s.address = o.address
                AND (o.valid_from IS NULL OR s.valid_from >= o.valid_from) AND (o.valid_to IS NULL OR s.valid_from < o.valid_to)
            LEFT JOIN registry.residence k ON k.person_id = l.person_id AND k.residence_id = l.kept_id AND k.known_to IS NULL
                AND k.valid_to = s.valid_from
        ORDER BY l.person_id, s.residence_id, s.residence_id = l.moved_id DESC";
    /// The residence as it stood before, known again from now on, for as long as later acts left it.
    HOMES_RESTORE = "INSERT INTO registry.residence (person_id, residence_id, kind, commune, commune_given, address, household_id,
            relation, valid_from, valid_to, known_from, event_id, source, ended_by)
        SELECT o.person_id, m.back_id, o.kind, o.commune, o.commune_given, o.address, s.household_id, s.relation,
            m.begins, s.valid_to, $6, o.event_id, o.source, s.ended_by
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::date[]) m(person_id, before_id, later_id, back_id, begins)
            JOIN registry.residence o ON o.person_id = m.person_id AND o.residence_id = m.before_id
            JOIN registry.residence s ON s.person_id = m.person_id AND s.residence_id = m.later_id";
    ABSENCES_LEFT = "SELECT l.person_id, l.residence_id AS before, s.absence_id AS later, k.absence_id AS kept,
            CASE WHEN k.absence_id IS NULL THEN s.valid_from ELSE k.valid_from END AS begins
        FROM unnest($2::uuid[], $3::uuid[]) m(person_id, absence_id)
            JOIN registry.reform_place l ON l.person_id = m.person_id AND l.reform_id = $1 AND l.residence_id = m.absence_id
            JOIN registry.absence o ON o.person_id = l.person_id AND o.absence_id = l.residence_id
            JOIN registry.absence s ON s.person_id = l.person_id AND s.event_id = $1 AND s.known_to IS NULL
                AND s.commune = l.unit_to AND s.destination IS NOT DISTINCT FROM o.destination
                AND (o.valid_from IS NULL OR s.valid_from >= o.valid_from) AND (o.valid_to IS NULL OR s.valid_from < o.valid_to)
            LEFT JOIN registry.absence k ON k.person_id = l.person_id AND k.absence_id = l.kept_id AND k.known_to IS NULL
                AND k.valid_to = s.valid_from
        ORDER BY l.person_id, s.absence_id, s.absence_id = l.moved_id DESC";
    ABSENCES_RESTORE = "INSERT INTO registry.absence (person_id, absence_id, commune, destination, valid_from, valid_to,
            known_from, event_id, source, ended_by)
        SELECT o.person_id, m.back_id, o.commune, o.destination, m.begins, s.valid_to, $6, o.event_id, o.source, s.ended_by
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::date[]) m(person_id, before_id, later_id, back_id, begins)
            JOIN registry.absence o ON o.person_id = m.person_id AND o.absence_id = m.before_id
            JOIN registry.absence s ON s.person_id = m.person_id AND s.absence_id = m.later_id";
    UNPLACE = "UPDATE registry.reform_place l SET undone_at = $4 FROM unnest($2::uuid[], $3::uuid[]) m(person_id, residence_id)
        WHERE l.reform_id = $1 AND l.person_id = m.person_id AND l.residence_id = m.residence_id AND l.undone_at IS NULL";
    MATTERS_TO_UNDO = "SELECT person_id, matter_id FROM registry.reform_matter
        WHERE reform_id = $1 AND undone_at IS NULL AND (person_id, matter_id) > ($2, $3) ORDER BY person_id, matter_id LIMIT $4";
    /// Only where nobody has given it to others since.
    CASES_BACK = "UPDATE registry.duplicate_case c SET commune = l.commune_from, agency = l.agency_from, version = c.version + 1
        FROM unnest($2::uuid[], $3::uuid[]) m(person_id, matter_id) JOIN registry.reform_matter l
            ON l.person_id = m.person_id AND l.reform_id = $1 AND l.matter_id = m.matter_id AND l.what = 'duplicate'
        WHERE c.person_id = l.person_id AND c.other_id = l.matter_id AND c.commune = l.commune_to
          AND c.agency IS NOT DISTINCT FROM l.agency_to";
    CORRECTIONS_BACK = "UPDATE registry.correction c SET agency = l.agency_from, version = c.version + 1
        FROM unnest($2::uuid[], $3::uuid[]) m(person_id, matter_id) JOIN registry.reform_matter l
            ON l.person_id = m.person_id AND l.reform_id = $1 AND l.matter_id = m.matter_id AND l.what = 'correction'
        WHERE c.person_id = l.person_id AND c.correction_id = l.matter_id AND c.state IN ('open', 'proposed')
          AND c.agency = l.agency_to";
    MATTERS_UNDONE = "UPDATE registry.reform_matter l SET undone_at = $4 FROM unnest($2::uuid[], $3::uuid[]) m(person_id, matter_id)
        WHERE l.reform_id = $1 AND l.person_id = m.person_id AND l.matter_id = m.matter_id AND l.undone_at IS NULL";
    /// Begun after this one and not undone.
    LATER = "SELECT slug FROM registry.reform WHERE state <> 'undone' AND reform_id <> $1 AND started_at >= $2
        ORDER BY started_at DESC LIMIT 1";
    LATER_INSERT = "INSERT INTO registry.reform_later (person_id, reform_id, residence_id)
        SELECT m.person_id, $1, m.residence_id FROM unnest($2::uuid[], $3::uuid[]) m(person_id, residence_id)";
    LATER_ONES = "SELECT l.person_id, l.residence_id, r.kind, r.commune FROM registry.reform_later l
            JOIN registry.residence r USING (person_id, residence_id)
        WHERE l.reform_id = $1 AND (l.person_id, l.residence_id) > ($2, $3) ORDER BY l.person_id, l.residence_id LIMIT $4";

    UNDECIDED_COUNT = "SELECT unit_from, count(*) AS n FROM registry.reform_place
        WHERE reform_id = $1 AND unit_to IS NULL AND undone_at IS NULL GROUP BY unit_from ORDER BY unit_from";
    UNDECIDED = "SELECT l.person_id, l.residence_id, r.kind, r.address FROM registry.reform_place l
            JOIN registry.residence r USING (person_id, residence_id)
        WHERE l.reform_id = $1 AND l.unit_from = $2 AND l.unit_to IS NULL AND l.undone_at IS NULL AND r.known_to IS NULL
          AND (l.person_id, l.residence_id) > ($3, $4) ORDER BY l.person_id, l.residence_id LIMIT $5";
    WAITING = "SELECT l.unit_from, r.household_id FROM registry.reform_place l
            JOIN registry.residence r USING (person_id, residence_id)
        WHERE l.reform_id = $1 AND l.person_id = $2 AND l.residence_id = $3 AND l.unit_to IS NULL AND l.undone_at IS NULL
          AND r.known_to IS NULL";
    /// The residence ($2, $3), and those of its household ($4) at the same place: also of who was born into it since.
    HOME = "SELECT r.person_id, r.residence_id, r.address, r.household_id, r.valid_from, r.valid_to, p.version
        FROM registry.residence o JOIN registry.residence r ON r.person_id = o.person_id AND r.residence_id = o.residence_id
            OR r.household_id = $4 AND r.commune = o.commune AND r.address = o.address
            JOIN registry.person p ON p.person_id = r.person_id
        WHERE o.person_id = $2 AND o.residence_id = $3 AND r.known_to IS NULL AND (r.valid_to IS NULL OR r.valid_to > $5)
          AND NOT EXISTS (SELECT FROM registry.reform_place l WHERE l.person_id = r.person_id AND l.reform_id = $1
              AND l.residence_id = r.residence_id AND (l.unit_to IS NOT NULL OR l.undone_at IS NOT NULL))
        ORDER BY r.person_id, r.residence_id LIMIT $6";
    SETTLED = "UPDATE registry.reform_place l SET settled_by = $4, settled_at = $5
        FROM unnest($2::uuid[], $3::uuid[]) m(person_id, residence_id)
        WHERE l.reform_id = $1 AND l.person_id = m.person_id AND l.residence_id = m.residence_id AND l.settled_at IS NULL";
    /// Applied, in force later than a day, in the order of their days.
    FOLLOWING = concat!("SELECT ", reform_columns!(), " FROM registry.reform WHERE state = 'applied' AND in_force > $1
        ORDER BY in_force, started_at");
    AHEAD = "SELECT slug FROM registry.reform WHERE state <> 'undone' AND in_force > $1 ORDER BY in_force DESC LIMIT 1";

    /// People by where they lived on a day ($1), with all that tells where that is on another map: what the reforms between
    /// ($2) did to this home, how many of those days ($3) it began after, and the address in units that were divided ($4).
    COUNTS = "SELECT h.commune, h.path, h.begun, h.waiting, CASE WHEN h.commune = ANY($4) AND h.path IS NULL THEN h.address END AS address,
            count(*) AS people
        FROM (SELECT DISTINCT ON (r.person_id) r.person_id, r.commune, r.address,
                (SELECT count(*) FROM unnest($3::date[]) d WHERE d <= r.valid_from) AS begun,
                (SELECT string_agg(l.reform_id || ' ' || l.unit_from || ' ' || coalesce(l.unit_to, '-'), ' '
                        ORDER BY l.reform_id, l.residence_id)
                    FROM registry.reform_place l JOIN registry.residence o USING (person_id, residence_id)
                    WHERE l.person_id = r.person_id AND l.reform_id = ANY($2) AND l.undone_at IS NULL
                      AND o.kind = r.kind AND o.address = r.address) AS path,
                (SELECT min(f.in_force) FROM registry.reform_place l JOIN registry.reform f USING (reform_id)
                    WHERE l.person_id = r.person_id AND l.residence_id = r.residence_id AND l.unit_to IS NULL
                      AND l.undone_at IS NULL) AS waiting
            FROM registry.residence r JOIN registry.person p USING (person_id)
            WHERE r.known_to IS NULL AND r.kind IN ('permanent', 'temporary') AND p.merged_into IS NULL
              AND (p.death_date IS NULL OR p.death_date > $1::date::text)
              AND (r.valid_from IS NULL OR r.valid_from <= $1) AND (r.valid_to IS NULL OR r.valid_to > $1)
            ORDER BY r.person_id, r.kind = 'permanent' DESC) h
        GROUP BY 1, 2, 3, 4, 5";
}

#[cfg(test)]
mod tests {
    #[tokio::test(flavor = "multi_thread")]
    async fn every_statement_fits_the_schema() {
        testkit::TestDb::new(&[crate::MIGRATIONS]).await.prepare_all(super::ALL).await;
    }
}
