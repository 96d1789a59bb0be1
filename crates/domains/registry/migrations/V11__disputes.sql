-- A contradiction between sources is settled by officers of the person's commune. What the higher source says may be kept by
-- one of them; a lower source's word takes two.
ALTER TABLE registry.dispute
    ADD COLUMN version       int NOT NULL DEFAULT 1,
    ADD COLUMN commune       text COLLATE "C",
    -- One officer proposes to take the other value, another confirms or sends it back.
    ADD COLUMN proposed_by     uuid,
    ADD COLUMN proposed_name   text,
    ADD COLUMN proposed_reason text,
    ADD COLUMN proposed_at     timestamptz,
    ADD COLUMN sent_back       text,
    -- kept, taken
    ADD COLUMN outcome         text,
    ADD COLUMN settled_by      uuid,
    ADD COLUMN settled_name    text,
    ADD COLUMN settled_reason  text;
UPDATE registry.dispute d SET commune = coalesce(p.commune, (SELECT r.commune FROM registry.residence r
        WHERE r.person_id = d.person_id AND r.known_to IS NULL ORDER BY r.valid_to DESC NULLS FIRST, r.valid_from DESC LIMIT 1))
    FROM registry.person p WHERE p.person_id = d.person_id;
CREATE INDEX dispute_commune ON registry.dispute (commune, raised_at, person_id, dispute_id) WHERE settled_at IS NULL;
