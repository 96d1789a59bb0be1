//! The statements of this module. People of a batch are locked in the order of their ids, counts changed in the order of
//! their keys: assessors side by side wait for each other and never in a ring.

store::statements! {
    /// A row to lock for each person of the register who has none.
    PERSON_ENSURE = "INSERT INTO registry.quality_person (person_id, commune, counted, fields, confirmed, due, held, lags)
        SELECT p.person_id, '', false, 0, 0, 0, 0, '{}' FROM registry.person p WHERE p.person_id = ANY($1)
        ORDER BY p.person_id ON CONFLICT (person_id) DO NOTHING";
    PERSONS_LOCK = "SELECT person_id, commune, counted, fields, confirmed, due, held, seen, lags, turns_on
        FROM registry.quality_person WHERE person_id = ANY($1) ORDER BY person_id FOR UPDATE";
    PERSONS_WRITE = "UPDATE registry.quality_person q SET commune = n.commune, counted = n.counted, fields = n.fields,
            confirmed = n.confirmed, due = n.due, held = n.held, seen = n.seen, lags = n.lags, turns_on = n.turns_on
        FROM jsonb_to_recordset($1) AS n(person_id uuid, commune text, counted boolean, fields smallint, confirmed smallint,
            due smallint, held smallint, seen text, lags text[], turns_on date)
        WHERE q.person_id = n.person_id";
    /// Ids in order, for those who go through everybody.
    PERSONS_AFTER = "SELECT person_id FROM registry.person WHERE person_id > $1 ORDER BY person_id LIMIT $2";
    PERSONS_BETWEEN = "SELECT person_id FROM registry.person WHERE person_id > $1 AND person_id < $2 ORDER BY person_id LIMIT $3";
    PERSONS_MOVED = "SELECT DISTINCT person_id FROM registry.reform_place
        WHERE reform_id = $1 AND person_id > $2 ORDER BY person_id LIMIT $3";
    TURNING = "SELECT person_id FROM registry.quality_person WHERE turns_on <= $1 ORDER BY turns_on, person_id LIMIT $2";
    TIED = "SELECT DISTINCT other_id FROM registry.kin
        WHERE person_id = ANY($1) AND other_id IS NOT NULL AND NOT other_id = ANY($1)";

    EVENTS = "SELECT person_id, event_id, happened_on, at FROM registry.event WHERE person_id = ANY($1) ORDER BY at, event_id";
    PAPERS = "SELECT person_id, paper_id, kind, number, issued_at, expires_on, valid_from, valid_to, known_from, known_to,
        event_id, source, ended_by FROM registry.paper WHERE person_id = ANY($1) AND known_to IS NULL";
    KIN = "SELECT person_id, tie_id, relation, other_id, valid_from, valid_to, known_from, known_to, event_id, ended_by,
        name, number, old_number, nationality FROM registry.kin WHERE person_id = ANY($1) AND known_to IS NULL";
    RESIDENCES = "SELECT person_id, residence_id, kind, commune, commune_given, address, household_id, relation, valid_from,
        valid_to, known_from, known_to, event_id, source, ended_by FROM registry.residence
        WHERE person_id = ANY($1) AND known_to IS NULL";
    KIN_FACTS = "SELECT person_id, birth_date, death_date, sex FROM registry.person WHERE person_id = ANY($1)";
    ANSWERS = "SELECT DISTINCT ON (person_id) person_id, answered_at, wrong FROM registry.quality_sample
        WHERE person_id = ANY($1) AND answered_at IS NOT NULL ORDER BY person_id, answered_at DESC";

    /// Also what was told of records that gave way.
    TOLD = "SELECT person_id, event, source FROM registry.vital_report WHERE person_id = ANY($1)
        UNION ALL
        SELECT g.merged_into, r.event, r.source FROM registry.person g JOIN registry.vital_report r USING (person_id)
        WHERE g.merged_into = ANY($1)";

    FINDINGS_OF = "SELECT person_id, rule, area, commune, state FROM registry.quality_finding
        WHERE person_id = ANY($1) AND gone_at IS NULL";
    /// What was found before and went away begins anew.
    FINDINGS_FOUND = "INSERT INTO registry.quality_finding (person_id, rule, area, commune, state, found_at, due_on, changed_at)
        SELECT person_id, rule, area, commune, 'open', $2, due_on, $2
        FROM jsonb_to_recordset($1) AS n(person_id uuid, rule text, area text, commune text, due_on date)
        ORDER BY person_id, rule
        ON CONFLICT (person_id, rule) DO UPDATE SET area = EXCLUDED.area, commune = EXCLUDED.commune, state = 'open',
            found_at = EXCLUDED.found_at, due_on = EXCLUDED.due_on, assignee = NULL, assignee_name = NULL, reason = NULL,
            changed_at = EXCLUDED.changed_at, gone_at = NULL";
    FINDINGS_GONE = "UPDATE registry.quality_finding f SET gone_at = $2, changed_at = $2
        FROM jsonb_to_recordset($1) AS n(person_id uuid, rule text)
        WHERE f.person_id = n.person_id AND f.rule = n.rule AND f.gone_at IS NULL";
    /// Who moved away is another commune's matter; whoever had taken it there has no more to do with it.
    FINDINGS_MOVE = "UPDATE registry.quality_finding f SET commune = n.commune, area = n.area, changed_at = $2,
            state = CASE state WHEN 'taken' THEN 'open' ELSE state END, assignee = NULL, assignee_name = NULL
        FROM jsonb_to_recordset($1) AS n(person_id uuid, rule text, commune text, area text)
        WHERE f.person_id = n.person_id AND f.rule = n.rule AND f.gone_at IS NULL";

    ROLLUP_ADD = "INSERT INTO registry.quality_rollup AS r (commune, measure, value)
        SELECT commune, measure, value FROM jsonb_to_recordset($1) AS n(commune text, measure text, value bigint)
        ORDER BY commune, measure
        ON CONFLICT (commune, measure) DO UPDATE SET value = r.value + EXCLUDED.value";
    ROLLUP = "SELECT measure, sum(value)::bigint AS value FROM registry.quality_rollup WHERE commune = ANY($1) GROUP BY measure";
    COMMUNES = "SELECT DISTINCT commune FROM registry.quality_rollup WHERE measure = 'people' AND value > 0 AND commune <> ''
        ORDER BY commune";
    ROLLUP_BY_COMMUNE = "SELECT commune, measure, value FROM registry.quality_rollup
        WHERE commune = ANY($1) AND measure = ANY($2) ORDER BY commune";
    ROLLUP_LOCK = "LOCK TABLE registry.quality_rollup IN SHARE ROW EXCLUSIVE MODE";
    /// Counts that are not the sum of what stands with the people, put right; answers how many.
    ROLLUP_MEND = "WITH counted AS (
            SELECT * FROM registry.quality_person WHERE counted),
        truth AS (
            SELECT commune, measure, sum(value)::bigint AS value FROM (
                SELECT commune, m.measure, m.value FROM counted, LATERAL (VALUES ('people', 1), ('fields', fields::int),
                    ('confirmed', confirmed::int), ('due', due::int), ('held', held::int),
                    ('seen.' || coalesce(seen, '0000-00'), 1)) AS m(measure, value)
                UNION ALL
                SELECT q.commune, 'lag.' || l, 1 FROM registry.quality_person q, unnest(q.lags) l
                UNION ALL
                SELECT commune, CASE state WHEN 'explained' THEN 'explained.' ELSE 'finding.' END || rule, 1
                FROM registry.quality_finding WHERE gone_at IS NULL
                UNION ALL
                SELECT commune, 'flawed', 1 FROM counted c WHERE EXISTS (SELECT FROM registry.quality_finding f
                    WHERE f.person_id = c.person_id AND f.gone_at IS NULL AND f.area = 'clean' AND f.state <> 'explained')
            ) part GROUP BY commune, measure),
        wrong AS (
            SELECT commune, measure, coalesce(t.value, 0) AS value
            FROM truth t FULL JOIN registry.quality_rollup r USING (commune, measure)
            WHERE coalesce(t.value, 0) <> coalesce(r.value, 0)),
        mended AS (
            INSERT INTO registry.quality_rollup (commune, measure, value) SELECT commune, measure, value FROM wrong
            ON CONFLICT (commune, measure) DO UPDATE SET value = EXCLUDED.value)
        SELECT count(*) FROM wrong";

    /// $1 the day, $2 the month since which somebody counts as heard of, $3 and $4 when the day begins and ends.
    DAY_WRITE = "INSERT INTO registry.quality_day (commune, day, people, fields, confirmed, due, held, flawed, stale, waiting, cleared)
        SELECT r.commune, $1, coalesce(sum(value) FILTER (WHERE measure = 'people'), 0),
            coalesce(sum(value) FILTER (WHERE measure = 'fields'), 0), coalesce(sum(value) FILTER (WHERE measure = 'confirmed'), 0),
            coalesce(sum(value) FILTER (WHERE measure = 'due'), 0), coalesce(sum(value) FILTER (WHERE measure = 'held'), 0),
            coalesce(sum(value) FILTER (WHERE measure = 'flawed'), 0),
            coalesce(sum(value) FILTER (WHERE measure LIKE 'seen.%' AND measure < 'seen.' || $2::text), 0),
            coalesce(sum(value) FILTER (WHERE measure LIKE 'finding.%'), 0),
            (SELECT count(*) FROM registry.quality_finding f WHERE f.commune = r.commune AND f.gone_at >= $3 AND f.gone_at < $4)
        FROM registry.quality_rollup r GROUP BY r.commune ORDER BY r.commune
        ON CONFLICT (commune, day) DO UPDATE SET people = EXCLUDED.people, fields = EXCLUDED.fields,
            confirmed = EXCLUDED.confirmed, due = EXCLUDED.due, held = EXCLUDED.held, flawed = EXCLUDED.flawed,
            stale = EXCLUDED.stale, waiting = EXCLUDED.waiting, cleared = EXCLUDED.cleared";
    DAYS = "SELECT day, sum(people)::bigint AS people, sum(fields)::bigint AS fields, sum(confirmed)::bigint AS confirmed,
            sum(due)::bigint AS due, sum(held)::bigint AS held, sum(flawed)::bigint AS flawed, sum(stale)::bigint AS stale,
            sum(waiting)::bigint AS waiting, sum(cleared)::bigint AS cleared
        FROM registry.quality_day WHERE commune = ANY($1) AND day > $2 GROUP BY day ORDER BY day";
    DUPLICATES = "SELECT count(*) FROM registry.duplicate_case WHERE state IN ('open', 'proposed') AND commune = ANY($1)";
    /// Answers to the questions of the weeks since $2.
    SAMPLE = "SELECT count(*) AS asked, count(answered_at) AS answered,
            coalesce(sum(cardinality(asked)) FILTER (WHERE answered_at IS NOT NULL), 0)::bigint AS items,
            coalesce(sum(cardinality(wrong)) FILTER (WHERE answered_at IS NOT NULL), 0)::bigint AS wrong
        FROM registry.quality_sample WHERE commune = ANY($1) AND week >= $2";

    WORK = "SELECT f.person_id, f.rule, f.area, f.commune, f.state, f.found_at, f.due_on, f.assignee, f.assignee_name,
            p.name, p.number, p.birth_date
        FROM registry.quality_finding f JOIN registry.person p USING (person_id)
        WHERE f.commune = $1 AND f.gone_at IS NULL AND f.state <> 'explained' AND ($2::text IS NULL OR f.rule = $2)
          AND ($3::uuid IS NULL OR f.assignee = $3)
          AND ($4::date IS NULL OR (f.due_on, f.person_id, f.rule) > ($4, $5, $6))
        ORDER BY f.due_on, f.person_id, f.rule LIMIT $7";
    FINDING = "SELECT person_id, rule, area, commune, state, assignee FROM registry.quality_finding
        WHERE person_id = $1 AND rule = $2 AND gone_at IS NULL FOR UPDATE";
    FINDING_TAKE = store::one!("UPDATE registry.quality_finding SET state = 'taken', assignee = $3, assignee_name = $4,
        due_on = coalesce($5, due_on), changed_at = $6 WHERE person_id = $1 AND rule = $2 AND gone_at IS NULL");
    FINDING_RELEASE = store::one!("UPDATE registry.quality_finding SET state = 'open', assignee = NULL, assignee_name = NULL,
        changed_at = $3 WHERE person_id = $1 AND rule = $2 AND gone_at IS NULL");
    FINDING_EXPLAIN = store::one!("UPDATE registry.quality_finding SET state = 'explained', reason = $3, assignee = $4,
        assignee_name = $5, changed_at = $6 WHERE person_id = $1 AND rule = $2 AND gone_at IS NULL");

    DRAW_INSERT = "INSERT INTO registry.quality_draw (commune, week, seed, people, drawn) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (commune, week) DO NOTHING";
    DRAWN = "SELECT commune FROM registry.quality_draw WHERE week = $1";
    PEOPLE_OF = "SELECT commune, value FROM registry.quality_rollup WHERE measure = 'people' AND value > 0 AND commune <> ''
        ORDER BY commune";
    LOTS = "INSERT INTO registry.quality_sample (person_id, week, commune, asked_at, open_until)
        SELECT person_id, $2, commune, $5, $6 FROM registry.quality_person WHERE commune = $1 AND counted
        ORDER BY md5($3::text || person_id::text), person_id LIMIT $4
        ON CONFLICT (person_id, week) DO NOTHING RETURNING person_id";
    DRAW_COMPARED = store::one!("UPDATE registry.quality_draw SET compared = $3, doubled = $4 WHERE commune = $1 AND week = $2");
    DOUBLED = "SELECT coalesce(sum(compared), 0)::bigint AS compared, coalesce(sum(doubled), 0) AS doubled
        FROM registry.quality_draw WHERE commune = ANY($1) AND week >= $2";
    SAMPLE_OPEN = "SELECT week, open_until FROM registry.quality_sample
        WHERE person_id = $1 AND answered_at IS NULL AND open_until >= $2 ORDER BY week LIMIT 1";
    SAMPLE_ANSWER = store::one!("UPDATE registry.quality_sample SET answered_at = $3, asked = $4, wrong = $5
        WHERE person_id = $1 AND week = $2 AND answered_at IS NULL AND open_until >= $6");
}

#[cfg(test)]
mod tests {
    #[tokio::test(flavor = "multi_thread")]
    async fn every_statement_fits_the_schema() {
        testkit::TestDb::new(&[crate::MIGRATIONS]).await.prepare_all(super::ALL).await;
    }
}
