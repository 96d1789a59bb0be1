-- People whom a holder named before, to help them back in: two of them agree, and time passes.
CREATE TABLE identity.helper (
    account_id uuid        NOT NULL,
    -- The account of whoever helps.
    helper_id  uuid        NOT NULL,
    named_at   timestamptz NOT NULL,
    PRIMARY KEY (account_id, helper_id)
);
CREATE INDEX helper_of ON identity.helper (helper_id);

-- A request to be let back in. Whoever asked keeps the code; it counts once two helpers have agreed and the wait is over.
CREATE TABLE identity.recovery (
    account_id uuid        PRIMARY KEY,
    code       bytea       NOT NULL,
    asked_at   timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    -- A day after the second helper agreed.
    opens_at   timestamptz
);
CREATE INDEX recovery_ends ON identity.recovery (ends_at);

CREATE TABLE identity.recovery_help (
    account_id uuid        NOT NULL,
    helper_id  uuid        NOT NULL,
    agreed_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, helper_id)
);
