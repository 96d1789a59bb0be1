-- Finding and mending duplicates. `link_*` are keys under which a person is found who comes again (duplicates::linker);
-- they hang on name, date of birth and home town only, so no move and no reform of units makes them stale. Plain columns:
-- a load writes no further rows for them. NULL where a part is not known, or where the person gave way to another.
ALTER TABLE registry.person
    -- First and last word of the name as heard, year of birth, home town.
    ADD COLUMN link_name   bigint,
    -- Day of birth (day and month in any order), home town.
    ADD COLUMN link_birth  bigint,
    -- This record was found to be of the same person as that one, and gave way. Never a chain: who has taken in others
    -- does not give way.
    ADD COLUMN merged_into uuid;
CREATE INDEX person_link_name ON registry.person (link_name);
CREATE INDEX person_link_birth ON registry.person (link_birth);
CREATE INDEX person_merged_into ON registry.person (merged_into) WHERE merged_into IS NOT NULL;

-- Two records that may be of one person; one row a pair, the smaller id first, for ever.
CREATE TABLE registry.duplicate_case (
    person_id       uuid             NOT NULL,
    other_id        uuid             NOT NULL,
    version         int              NOT NULL,
    -- open, proposed, merged, distinct
    state           text             NOT NULL,
    -- Where it was noticed: birth, import, enrolment.
    noticed_at      text             NOT NULL,
    probability     float8           NOT NULL,
    -- By field: grade and bits, never values.
    evidence        jsonb            NOT NULL,
    -- Who has to settle it, and for which commune.
    agency          text,
    commune         text COLLATE "C",
    found_at        timestamptz      NOT NULL,
    -- What one officer proposes and another confirms or refuses: merge or distinct.
    proposed        text,
    -- Which of the two stays.
    proposed_keep   uuid,
    proposed_reason text,
    proposed_by     uuid,
    proposed_name   text,
    proposed_at     timestamptz,
    -- The merge in force: its act, whose record gave way, and whose records it changed.
    merge_event     uuid,
    merged_at       timestamptz,
    given_id        uuid,
    touched         uuid[],
    PRIMARY KEY (person_id, other_id),
    CHECK (person_id < other_id)
);
CREATE INDEX duplicate_case_agency ON registry.duplicate_case (agency, state, found_at);
CREATE INDEX duplicate_case_other ON registry.duplicate_case (other_id);

-- What happened in a case, by whom and why.
CREATE TABLE registry.duplicate_step (
    person_id uuid        NOT NULL,
    other_id  uuid        NOT NULL,
    step_id   uuid        NOT NULL,
    kind      text        NOT NULL,
    account   uuid        NOT NULL,
    name      text,
    agency    text,
    reason    text,
    at        timestamptz NOT NULL,
    PRIMARY KEY (person_id, other_id, step_id)
);
