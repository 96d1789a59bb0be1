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
        "reform_id, slug, decree, in_force, file, state, step, at_unit, at_person, at_row, pass_found, moved, undecided,
         undone, started_at, updated_at"
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
        pass_found = $8, moved = $9, undecided = $10, undone = $11, updated_at = $12
        WHERE reform_id = $1 AND step = $2 AND state = $3";

    /// Residences in one old unit that the reform may concern. Whose unit an earlier reform left open waits for that first.
    CONCERNED = "SELECT r.person_id, r.residence_id, r.address, r.valid_from, r.valid_to, p.version,
            EXISTS (SELECT FROM registry.reform_place l WHERE l.person_id = r.person_id AND l.reform_id = $6
                AND l.residence_id = r.residence_id) AS placed
        FROM registry.residence r JOIN registry.person p USING (person_id)
        WHERE r.commune = $1 AND r.known_to IS NULL AND (r.valid_to IS NULL OR r.valid_to > $2)
          AND (r.person_id, r.residence_id) > ($3, $4)
          AND NOT EXISTS (SELECT FROM registry.reform_place u WHERE u.person_id = r.person_id
            AND u.residence_id = r.residence_id AND u.reform_id <> $6 AND u.unit_to IS NULL AND u.undone_at IS NULL)
        ORDER BY r.person_id, r.residence_id LIMIT $5";
    /// How many registrations each of some units has on the eve of a reform.
    CONCERNED_COUNT = "SELECT r.commune, count(*) AS people FROM registry.residence r
        WHERE r.commune = ANY($1) AND r.known_to IS NULL AND (r.valid_to IS NULL OR r.valid_to > $2)
          AND (r.valid_from IS NULL OR r.valid_from < $2 OR NOT r.commune = ANY($3))
          AND NOT EXISTS (SELECT FROM registry.reform_place u WHERE u.person_id = r.person_id
            AND u.residence_id = r.residence_id AND u.unit_to IS NULL AND u.undone_at IS NULL)
        GROUP BY r.commune";
    END = "UPDATE registry.residence r SET known_to = $3 FROM unnest($1::uuid[], $2::uuid[]) m(person_id, residence_id)
        WHERE r.person_id = m.person_id AND r.residence_id = m.residence_id AND r.known_to IS NULL";
    /// The half before the reform: as it stood, until the day.
    KEEP = "INSERT INTO registry.residence (person_id, residence_id, kind, commune, commune_given, address, household_id,
            relation, valid_from, valid_to, known_from, event_id, source, ended_by)
        SELECT r.person_id, m.kept_id, r.kind, r.commune, r.commune_given, r.address, r.household_id, r.relation,
            r.valid_from, $4, $5, r.event_id, r.source, $6
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) m(person_id, residence_id, kept_id)
            JOIN registry.residence r USING (person_id, residence_id) WHERE m.kept_id IS NOT NULL";
    /// The half from the reform on: the same home in the new unit.
    MOVE = "INSERT INTO registry.residence (person_id, residence_id, kind, commune, commune_given, address, household_id,
            relation, valid_from, valid_to, known_from, event_id, source, ended_by)
        SELECT r.person_id, m.moved_id, r.kind, m.unit_to, coalesce(r.commune_given, r.commune), r.address, r.household_id,
            r.relation, greatest(r.valid_from, $5), r.valid_to, $6, $7, r.source, r.ended_by
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) m(person_id, residence_id, moved_id, unit_to)
            JOIN registry.residence r USING (person_id, residence_id)";
    KEYS = concat!("UPDATE registry.person p SET version = p.version + 1, commune = ", key_of!("p.person_id"),
        " FROM unnest($1::uuid[], $2::int[]) m(person_id, version)
        WHERE p.person_id = m.person_id AND p.version = m.version");
    PLACES = "INSERT INTO registry.reform_place (person_id, reform_id, residence_id, unit_from, unit_to, kept_id, moved_id)
        SELECT m.person_id, $1, m.residence_id, m.unit_from, m.unit_to, m.kept_id, m.moved_id
        FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::uuid[])
            m(person_id, residence_id, unit_from, unit_to, kept_id, moved_id)
        ON CONFLICT (person_id, reform_id, residence_id) DO UPDATE
            SET unit_to = EXCLUDED.unit_to, kept_id = EXCLUDED.kept_id, moved_id = EXCLUDED.moved_id
            WHERE reform_place.unit_to IS NULL AND reform_place.undone_at IS NULL";

    TO_UNDO = "SELECT l.person_id, l.residence_id, l.kept_id, l.moved_id, p.version
        FROM registry.reform_place l JOIN registry.person p USING (person_id)
        WHERE l.reform_id = $1 AND l.undone_at IS NULL ORDER BY l.person_id, l.residence_id LIMIT $2";
    /// The residence as it stood before, known again from now on.
    RESTORE = "INSERT INTO registry.residence (person_id, residence_id, kind, commune, commune_given, address, household_id,
            relation, valid_from, valid_to, known_from, event_id, source, ended_by)
        SELECT r.person_id, m.back_id, r.kind, r.commune, r.commune_given, r.address, r.household_id, r.relation,
            r.valid_from, r.valid_to, $4, r.event_id, r.source, r.ended_by
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) m(person_id, residence_id, back_id)
            JOIN registry.residence r USING (person_id, residence_id)";
    /// What an earlier reform had made of a residence is now the restored row.
    REPOINT = "UPDATE registry.reform_place l SET
            moved_id = CASE WHEN l.moved_id = m.residence_id THEN m.back_id ELSE l.moved_id END,
            kept_id = CASE WHEN l.kept_id = m.residence_id THEN m.back_id ELSE l.kept_id END
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) m(person_id, residence_id, back_id)
        WHERE l.person_id = m.person_id AND l.reform_id <> $4 AND m.residence_id IN (l.moved_id, l.kept_id)";
    UNPLACE = "UPDATE registry.reform_place l SET undone_at = $4 FROM unnest($2::uuid[], $3::uuid[]) m(person_id, residence_id)
        WHERE l.reform_id = $1 AND l.person_id = m.person_id AND l.residence_id = m.residence_id AND l.undone_at IS NULL";
    /// Begun after this one and not undone.
    LATER = "SELECT slug FROM registry.reform WHERE state <> 'undone' AND reform_id <> $1 AND started_at >= $2
        ORDER BY started_at DESC LIMIT 1";
    /// Residences that the reform moved and that an act has changed since.
    CHANGED_SINCE = "SELECT count(*) AS n FROM registry.reform_place l JOIN registry.residence r
            ON r.person_id = l.person_id AND r.residence_id IN (l.moved_id, l.kept_id)
        WHERE l.reform_id = $1 AND l.undone_at IS NULL AND r.known_to IS NOT NULL";
    /// Residences in units that the reform filled which are not its own: they began on the new map, or a load read an old
    /// code as the new unit.
    NEW_SINCE = "SELECT count(*) AS n FROM registry.residence r
        WHERE r.commune = ANY($2) AND r.known_to IS NULL AND r.event_id <> $1 AND (r.valid_to IS NULL OR r.valid_to > $4)
          AND (r.valid_from >= $4 OR r.commune_given IS NOT NULL AND r.known_from > $3)";

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
    HOME = "SELECT r.person_id, r.residence_id, r.address, r.valid_from, r.valid_to, p.version
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
