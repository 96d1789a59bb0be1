-- From the file at the counter, or the form online, to an account in use (NĐ 69/2024 Art. 13-14). Accounts of before are
-- in use.
ALTER TABLE identity.account DROP CONSTRAINT account_state_check;
ALTER TABLE identity.account ALTER COLUMN state SET DEFAULT 'activated';
UPDATE identity.account SET state = 'activated' WHERE state = 'active';
ALTER TABLE identity.account ADD CHECK (state IN ('collected', 'approved', 'activated', 'locked', 'closed'));

-- A file. Open until it is activated or ended; an account has one open file at a time.
CREATE TABLE identity.enrolment (
    account_id    uuid        NOT NULL,
    enrolment_id  uuid        NOT NULL,
    level         smallint    NOT NULL CHECK (level IN (1, 2)),
    -- Where the person lives; empty where the record does not say.
    commune       text        NOT NULL,
    -- The claim of the personal number: a file that comes to nothing gives it back.
    number_claim  bytea       NOT NULL,
    -- Of the counter; null for a file of one's own.
    agency        text,
    collected_by  uuid        NOT NULL,
    collected_at  timestamptz NOT NULL,
    -- Who was checked with what and how (codes).
    basis         text        NOT NULL,
    due_on        date        NOT NULL,
    -- Whoever has to agree to the activation, where somebody has to.
    guardian      uuid,
    guardian_at   timestamptz,
    approved_by   uuid,
    approved_at   timestamptz,
    activate_by   timestamptz,
    activated_at  timestamptz,
    -- 'refused' or 'expired'.
    ended         text,
    PRIMARY KEY (account_id, enrolment_id)
);
CREATE INDEX enrolment_waiting ON identity.enrolment (agency, due_on) WHERE approved_at IS NULL AND ended IS NULL;
CREATE INDEX enrolment_guardian ON identity.enrolment (guardian)
    WHERE guardian IS NOT NULL AND guardian_at IS NULL AND ended IS NULL;

-- How many came how far, by commune and day.
CREATE TABLE identity.funnel (
    commune   text NOT NULL,
    day       date NOT NULL,
    collected int  NOT NULL DEFAULT 0,
    approved  int  NOT NULL DEFAULT 0,
    activated int  NOT NULL DEFAULT 0,
    ended     int  NOT NULL DEFAULT 0,
    PRIMARY KEY (commune, day)
);
