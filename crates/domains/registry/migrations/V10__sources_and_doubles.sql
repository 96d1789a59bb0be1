-- Which sources have told of a birth or a death of late: what only one of them reports, somebody looks at.
CREATE TABLE registry.vital_report (
    person_id uuid        NOT NULL,
    -- birth, death
    event     text        NOT NULL,
    source    text        NOT NULL,
    told_at   timestamptz NOT NULL,
    PRIMARY KEY (person_id, event, source)
);
-- Those drawn by lot are looked for in the register, too: how many were, and how many of them are there twice, as the sum of
-- probabilities.
ALTER TABLE registry.quality_draw
    ADD COLUMN compared bigint NOT NULL DEFAULT 0,
    ADD COLUMN doubled  float8 NOT NULL DEFAULT 0;
