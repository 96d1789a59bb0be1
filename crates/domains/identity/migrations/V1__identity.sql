-- Accounts and how their holders sign in. Keyed by the account; other unique keys (personal number, login name, person)
-- have a claim table whose values are keyed digests, so that no table here is a list of numbers.

CREATE TABLE identity.account (
    account_id     uuid        PRIMARY KEY,
    kind           text        NOT NULL CHECK (kind IN ('citizen', 'staff')),
    person_id      uuid,
    -- How well the holder was identified (NĐ 69/2024 Art. 7–10); staff are identified by their agency.
    identity_level smallint    CHECK (identity_level IN (1, 2)),
    state          text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'locked', 'closed')),
    locked_reason  text,
    login          text,
    display_name   text,
    version        int         NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL,
    CHECK ((state = 'locked') = (locked_reason IS NOT NULL)),
    CHECK ((kind = 'citizen') = (person_id IS NOT NULL)),
    CHECK ((kind = 'citizen') = (identity_level IS NOT NULL)),
    CHECK ((kind = 'staff') = (login IS NOT NULL)),
    CHECK ((kind = 'staff') = (display_name IS NOT NULL))
);

CREATE TABLE identity.login_claim (
    kind       text  NOT NULL CHECK (kind IN ('number', 'login', 'person')),
    -- HMAC-SHA256 under the server's pepper.
    value      bytea NOT NULL,
    account_id uuid  NOT NULL,
    PRIMARY KEY (kind, value)
);

-- A row for each way of proving to be the holder.
CREATE TABLE identity.authenticator (
    account_id       uuid        NOT NULL,
    authenticator_id uuid        NOT NULL,
    kind             text        NOT NULL CHECK (kind IN ('password', 'totp')),
    -- A password's argon2id string; a TOTP secret sealed under the server's key.
    secret           bytea       NOT NULL,
    -- Given by somebody else: to be changed before anything else is done.
    temporary        boolean     NOT NULL DEFAULT false,
    -- The last time step that was accepted; earlier ones and this one are refused (RFC 6238 section 5.2).
    last_step        bigint,
    -- Null while an enrolment waits for its first code.
    confirmed_at     timestamptz,
    created_at       timestamptz NOT NULL,
    last_used_at     timestamptz,
    PRIMARY KEY (account_id, authenticator_id)
);

CREATE TABLE identity.staff_role (
    account_id uuid        NOT NULL,
    agency     text        NOT NULL,
    role       text        NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to   timestamptz,
    granted_by uuid        NOT NULL,
    PRIMARY KEY (account_id, agency, role, valid_from)
);
CREATE INDEX staff_role_agency ON identity.staff_role (agency, account_id);

-- An administrator's role waits here for a second person.
CREATE TABLE identity.grant_proposal (
    account_id   uuid        NOT NULL,
    proposal_id  uuid        NOT NULL,
    agency       text        NOT NULL,
    role         text        NOT NULL,
    valid_to     timestamptz,
    proposed_by  uuid        NOT NULL,
    proposed_at  timestamptz NOT NULL,
    confirmed_by uuid,
    confirmed_at timestamptz,
    PRIMARY KEY (account_id, proposal_id)
);
CREATE INDEX grant_proposal_open ON identity.grant_proposal (agency) WHERE confirmed_at IS NULL;

-- Found by the digest of its token alone: the row says everything about the caller, so a request costs one read.
CREATE TABLE identity.session (
    token_hash     bytea       PRIMARY KEY,
    session_id     uuid        NOT NULL,
    account_id     uuid        NOT NULL,
    person_id      uuid,
    identity_level smallint,
    display_name   text,
    agency         text,
    role           text,
    -- Factors shown at this sign-in (NĐ 69/2024 Art. 20): another axis than the account's level.
    strength       smallint    NOT NULL,
    must_enrol     boolean     NOT NULL,
    must_change    boolean     NOT NULL,
    agent          text        NOT NULL,
    created_at     timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    idle_ends_at   timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    revoked_at     timestamptz
);
CREATE INDEX session_account ON identity.session (account_id, session_id);
CREATE INDEX session_ends ON identity.session (ends_at);

-- Tries at a door, counted for all processes. The key is a digest of the door and of who knocks.
CREATE TABLE identity.throttle (
    key           bytea       PRIMARY KEY,
    tries         int         NOT NULL,
    last_at       timestamptz NOT NULL,
    blocked_until timestamptz
);
CREATE INDEX throttle_last ON identity.throttle (last_at);

-- What was done to an account by whom, and on what basis (codes only).
CREATE TABLE identity.account_event (
    account_id uuid        NOT NULL,
    event_id   uuid        NOT NULL,
    at         timestamptz NOT NULL,
    kind       text        NOT NULL,
    basis      text        NOT NULL,
    actor      uuid        NOT NULL,
    agency     text,
    PRIMARY KEY (account_id, event_id)
);
