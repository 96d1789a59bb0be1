-- Form TK03: an account is to be locked or unlocked (NĐ 69/2024 Art. 15). The holder's own wish is carried out at once and
-- kept here all the same; what an authority asks for waits for a second officer.
CREATE TABLE identity.lock_request (
    account_id uuid        NOT NULL,
    request_id uuid        NOT NULL,
    asks       text        NOT NULL CHECK (asks IN ('lock', 'unlock')),
    reason     text        NOT NULL,
    -- The authority; null for the holder.
    asked_by   text,
    -- Number and date of the form.
    document   text        NOT NULL,
    -- The day on which the paper came, and the last one for taking it to whoever decides.
    came_on    date        NOT NULL,
    forward_by date        NOT NULL,
    -- That decides.
    agency     text,
    taken_by   uuid        NOT NULL,
    taken_at   timestamptz NOT NULL,
    due_on     date        NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    outcome    text        CHECK (outcome IN ('done', 'refused')),
    -- Why it was refused, for whoever asked.
    answer     text,
    PRIMARY KEY (account_id, request_id),
    CHECK ((decided_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX lock_request_open ON identity.lock_request (agency, due_on) WHERE decided_at IS NULL;
CREATE UNIQUE INDEX lock_request_once ON identity.lock_request (account_id) WHERE decided_at IS NULL;

-- The day from which an account that a death has locked is closed.
ALTER TABLE identity.account ADD COLUMN close_on date;
CREATE INDEX account_close ON identity.account (close_on) WHERE close_on IS NOT NULL;
UPDATE identity.account a SET close_on = (SELECT max(e.at)::date + 1830 FROM identity.account_event e
    WHERE e.account_id = a.account_id AND e.kind = 'locked' AND e.basis = 'deceased')
WHERE locked_reason = 'deceased';

-- Why a file was refused, for whoever handed it in: a code, and what the officer adds. They read it with the code on their
-- paper, which stays for that.
ALTER TABLE identity.enrolment ADD COLUMN refused_reason text;
ALTER TABLE identity.enrolment ADD COLUMN refused_note text;
CREATE INDEX setup_code_code ON identity.setup_code (code);
