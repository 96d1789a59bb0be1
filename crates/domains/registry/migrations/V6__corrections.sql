-- What a person says is wrong in their own record, and what became of it. Keyed by the person first, like all of theirs.
CREATE TABLE registry.correction (
    person_id       uuid        NOT NULL,
    correction_id   uuid        NOT NULL,
    version         int         NOT NULL,
    -- open, proposed, accepted, refused, withdrawn
    state           text        NOT NULL,
    -- A key of catalogue/corrections.toml; of relatives `kin_` and what they are to the person.
    item            text        NOT NULL,
    -- What is wrong, in the person's words; the right value in stored form, and the paper that shows it, where they know.
    wrong           text        NOT NULL,
    value           text,
    document        text,
    authority       text        NOT NULL,
    agency          text        NOT NULL,
    -- Two officers decide.
    protected       boolean     NOT NULL,
    asked_by        uuid        NOT NULL,
    asked_at        timestamptz NOT NULL,
    due_on          date        NOT NULL,
    -- The escalation to the head of the agency.
    overdue_at      timestamptz,
    -- What one officer proposes and another confirms or sends back: accept or refuse.
    proposed        text,
    proposed_value  text,
    proposed_since  date,
    proposed_reason text,
    proposed_document text,
    proposed_by     uuid,
    proposed_name   text,
    proposed_at     timestamptz,
    decided_at      timestamptz,
    PRIMARY KEY (person_id, correction_id)
);
-- One open request an item.
CREATE UNIQUE INDEX correction_one ON registry.correction (person_id, item) WHERE state IN ('open', 'proposed');
CREATE INDEX correction_agency ON registry.correction (agency, state, due_on, correction_id);

-- What happened to a request, by whom and why: the person's timeline.
CREATE TABLE registry.correction_step (
    person_id     uuid        NOT NULL,
    correction_id uuid        NOT NULL,
    step_id       uuid        NOT NULL,
    kind          text        NOT NULL,
    account       uuid        NOT NULL,
    name          text,
    agency        text,
    reason        text,
    at            timestamptz NOT NULL,
    PRIMARY KEY (person_id, correction_id, step_id)
);
