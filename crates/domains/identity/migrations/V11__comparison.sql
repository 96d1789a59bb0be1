-- A comparison of a person with their card by a device at the counter, for some minutes. What was measured is not here and
-- nowhere else with us: only what the device says came of it.
CREATE TABLE identity.comparison (
    comparison_id uuid        PRIMARY KEY,
    -- The account of the officer who began it, and of the counter.
    officer       uuid        NOT NULL,
    agency        text        NOT NULL,
    -- Whom it is about: the digest of the person's claim.
    whom          bytea       NOT NULL,
    device        text        NOT NULL,
    kinds         text[]      NOT NULL,
    nonce         text        NOT NULL,
    -- What the device was told of the person: a digest that only this nonce makes.
    named         text        NOT NULL,
    begun_at      timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    outcome       text        CHECK (outcome IN ('match', 'no_match', 'bad_capture')),
    quality       smallint,
    answered_at   timestamptz,
    used_at       timestamptz,
    CHECK ((outcome IS NULL) = (answered_at IS NULL)),
    CHECK ((outcome IS NULL) = (quality IS NULL))
);
CREATE INDEX comparison_ends ON identity.comparison (ends_at);

-- What stays of it: which device, what it compared, what came of it, when.
ALTER TABLE identity.enrolment ADD COLUMN device text;
ALTER TABLE identity.enrolment ADD COLUMN device_kinds text[];
ALTER TABLE identity.enrolment ADD COLUMN device_outcome text;
ALTER TABLE identity.enrolment ADD COLUMN device_at timestamptz;
ALTER TABLE identity.enrolment ADD CHECK ((device IS NULL) = (device_at IS NULL));

-- Null where the account is in use already, and keeps its number whatever becomes of the file: it is being raised.
ALTER TABLE identity.enrolment ALTER COLUMN number_claim DROP NOT NULL;
