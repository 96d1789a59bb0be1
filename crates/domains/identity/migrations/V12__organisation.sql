-- Organisations: one account each, without a level (NĐ 69/2024 Art. 7). Nobody signs in as an organisation: people sign in as
-- themselves and act for it. What belongs to an organisation begins its key with it.

CREATE TABLE identity.organisation (
    organisation_id uuid        PRIMARY KEY,
    -- The e-ID code (mã định danh điện tử).
    code            text        NOT NULL,
    state           text        NOT NULL CHECK (state IN ('collected', 'approved', 'activated', 'locked', 'closed')),
    locked_reason   text,
    kind            text        NOT NULL,
    name            text        NOT NULL,
    short_name      text,
    foreign_name    text,
    tax_code        text,
    -- Number and date of the decision that founded it, where there is no tax code.
    decision        text,
    founded_on      date        NOT NULL,
    commune         text        NOT NULL,
    address         text        NOT NULL,
    phone           text,
    email           text,
    version         int         NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    CHECK (tax_code IS NOT NULL OR decision IS NOT NULL),
    CHECK ((state = 'locked') = (locked_reason IS NOT NULL))
);

-- An organisation has one account: a file that comes to nothing gives its tax code and decision back, never its code.
CREATE TABLE identity.organisation_claim (
    kind            text COLLATE "C" NOT NULL CHECK (kind IN ('code', 'tax_code', 'decision')),
    value           text COLLATE "C" NOT NULL,
    organisation_id uuid NOT NULL,
    PRIMARY KEY (kind, value)
);

-- The file with which it was opened (form TK02).
CREATE TABLE identity.organisation_file (
    organisation_id uuid        NOT NULL,
    file_id         uuid        NOT NULL,
    -- That decides.
    agency          text        NOT NULL,
    -- Null for a file that the legal representative sent online.
    collected_by    uuid,
    collected_at    timestamptz NOT NULL,
    due_on          date        NOT NULL,
    -- Something has to be checked elsewhere, which takes the longer limit (NĐ 69/2024 Art. 13).
    outside_at      timestamptz,
    approved_by     uuid,
    approved_at     timestamptz,
    activate_by     timestamptz,
    activated_at    timestamptz,
    -- 'refused' or 'expired'.
    ended           text,
    PRIMARY KEY (organisation_id, file_id)
);
CREATE INDEX organisation_file_waiting ON identity.organisation_file (agency, due_on)
    WHERE approved_at IS NULL AND ended IS NULL;

-- Who may act for it, from when until when. The legal representative has no end until another takes the place.
CREATE TABLE identity.representation (
    organisation_id   uuid        NOT NULL,
    representation_id uuid        NOT NULL,
    account_id        uuid        NOT NULL,
    role              text        NOT NULL CHECK (role IN ('legal', 'authorised')),
    -- Office in the organisation, such as "Giám đốc".
    title             text        NOT NULL,
    scope             text[]      NOT NULL,
    begins_at         timestamptz NOT NULL,
    ends_at           timestamptz,
    granted_by        uuid        NOT NULL,
    ended_at          timestamptz,
    ended_by          uuid,
    ended_why         text,
    PRIMARY KEY (organisation_id, representation_id),
    CHECK ((role = 'authorised') = (ends_at IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (ended_why IS NULL))
);
CREATE UNIQUE INDEX representation_once ON identity.representation (organisation_id, account_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX representation_legal ON identity.representation (organisation_id) WHERE role = 'legal' AND ended_at IS NULL;
CREATE INDEX representation_account ON identity.representation (account_id) WHERE ended_at IS NULL;
CREATE INDEX representation_over ON identity.representation (ends_at) WHERE ended_at IS NULL;

-- Another legal representative: proposed by one officer, decided on by a second.
CREATE TABLE identity.organisation_change (
    organisation_id uuid        NOT NULL,
    change_id       uuid        NOT NULL,
    account_id      uuid        NOT NULL,
    title           text        NOT NULL,
    -- The document that was shown: its number and date.
    document        text        NOT NULL,
    agency          text        NOT NULL,
    proposed_by     uuid        NOT NULL,
    proposed_at     timestamptz NOT NULL,
    decided_by      uuid,
    decided_at      timestamptz,
    -- 'confirmed' or 'refused'.
    outcome         text,
    PRIMARY KEY (organisation_id, change_id)
);
CREATE INDEX organisation_change_open ON identity.organisation_change (agency) WHERE decided_at IS NULL;

-- What was done for an organisation or with its account, and by whom: its representatives see it.
CREATE TABLE identity.organisation_act (
    organisation_id uuid        NOT NULL,
    act_id          uuid        NOT NULL,
    at              timestamptz NOT NULL,
    kind            text        NOT NULL,
    -- The person's account; the nil one for the system and for officers, whose agency is named.
    account_id      uuid        NOT NULL,
    agency          text,
    -- The service, or the account that it is about.
    detail          text        NOT NULL,
    PRIMARY KEY (organisation_id, act_id)
);
CREATE INDEX organisation_act_at ON identity.organisation_act (at);

-- How many came how far: citizens, foreigners and organisations apart.
ALTER TABLE identity.funnel ADD COLUMN holder text NOT NULL DEFAULT 'citizen'
    CHECK (holder IN ('citizen', 'foreigner', 'organisation'));
ALTER TABLE identity.funnel DROP CONSTRAINT funnel_pkey;
ALTER TABLE identity.funnel ADD PRIMARY KEY (commune, day, holder);
