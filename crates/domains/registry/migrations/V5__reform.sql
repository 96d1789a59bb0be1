-- Reforms of administrative units (merger, split), applied as one act to everybody whom they concern. A residence in an old
-- unit ends the day before the reform and goes on in the new unit from its day; both halves are rows of `residence`, so
-- every question as of a day gets the unit of that day. What stood before is kept (known_to), so the act can be undone.

-- One row an act; its event has the same id and, as everybody's, the nil person.
CREATE TABLE registry.reform (
    reform_id   uuid PRIMARY KEY,
    slug        text        NOT NULL,
    decree      text        NOT NULL,
    in_force    date        NOT NULL,
    -- The file as it was applied: later questions about the old map are answered from it.
    file        text        NOT NULL,
    -- applying, applied, undoing, undone
    state       text        NOT NULL,
    -- Moves with every batch: who finds it elsewhere is not alone.
    step        bigint      NOT NULL,
    -- How far this pass got: behind this unit, person and residence. NULL: at the beginning.
    at_unit     text,
    at_person   uuid,
    at_row      uuid,
    -- What this pass found to do; a pass that finds nothing ends the act.
    pass_found  bigint      NOT NULL,
    moved       bigint      NOT NULL,
    undecided   bigint      NOT NULL,
    undone      bigint      NOT NULL,
    account     uuid        NOT NULL,
    started_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX reform_slug ON registry.reform (slug) WHERE state <> 'undone';
-- One at a time.
CREATE UNIQUE INDEX reform_running ON registry.reform ((true)) WHERE state IN ('applying', 'undoing');

-- What a reform did to a residence, or that somebody has to say to which part of a divided unit it belongs.
CREATE TABLE registry.reform_place (
    person_id    uuid NOT NULL,
    reform_id    uuid NOT NULL,
    -- The residence as it stood before.
    residence_id uuid NOT NULL,
    unit_from    text COLLATE "C" NOT NULL,
    -- NULL: not decided.
    unit_to      text COLLATE "C",
    -- The two halves: until the reform (none where it begins later) and from then on.
    kept_id      uuid,
    moved_id     uuid,
    -- Who settled what no rule decided.
    settled_by   uuid,
    settled_at   timestamptz,
    undone_at    timestamptz,
    PRIMARY KEY (person_id, reform_id, residence_id)
);
CREATE INDEX reform_place_reform ON registry.reform_place (reform_id, person_id, residence_id) WHERE undone_at IS NULL;
CREATE INDEX reform_place_undecided ON registry.reform_place (reform_id, unit_from, person_id, residence_id)
    WHERE unit_to IS NULL AND undone_at IS NULL;
