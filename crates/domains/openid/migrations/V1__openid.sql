-- The OpenID provider. What belongs to a person's account begins its key with the account; what belongs to a relying party,
-- with the relying party. Every row that a request makes has an end after which the sweep takes it.

-- Relying parties ------------------------------------------------------------------------------------------------------

CREATE TABLE openid.client (
    client_id   uuid        PRIMARY KEY,
    owner       text        NOT NULL,
    state       text        NOT NULL CHECK (state IN ('proposed', 'approved', 'suspended', 'closed')),
    -- What is in force, and what waits for approval beside it (shape: `model::ClientDraft`).
    settings    jsonb       NOT NULL,
    change      jsonb,
    proposed_by uuid        NOT NULL,
    version     int         NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    -- Every process rereads what changed since it looked last.
    changed_at  timestamptz NOT NULL
);
CREATE INDEX client_changed ON openid.client (changed_at);
CREATE INDEX client_owner ON openid.client (owner, client_id);

CREATE TABLE openid.client_key (
    client_id uuid        NOT NULL,
    kid       text        NOT NULL,
    jwk       text        NOT NULL,
    added_at  timestamptz NOT NULL,
    PRIMARY KEY (client_id, kid)
);

-- SHA-256 of a secret of 256 random bits: nothing to guess, so nothing to slow down.
CREATE TABLE openid.client_secret (
    client_id uuid        NOT NULL,
    secret_id uuid        NOT NULL,
    digest    bytea       NOT NULL,
    made_at   timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL,
    PRIMARY KEY (client_id, secret_id)
);
CREATE INDEX client_secret_ends ON openid.client_secret (ends_at);

CREATE TABLE openid.client_event (
    client_id uuid        NOT NULL,
    event_id  uuid        NOT NULL,
    at        timestamptz NOT NULL,
    event     text        NOT NULL,
    note      text        NOT NULL,
    actor     uuid        NOT NULL,
    agency    text,
    PRIMARY KEY (client_id, event_id)
);

-- A client's own mistakes: one row for each kind of mistake and hour, so a flood is a number and not a table.
CREATE TABLE openid.client_fault (
    client_id uuid        NOT NULL,
    hour      timestamptz NOT NULL,
    endpoint  text        NOT NULL,
    code      text        NOT NULL,
    count     bigint      NOT NULL,
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (client_id, hour, endpoint, code)
);
CREATE INDEX client_fault_hour ON openid.client_fault (hour);

CREATE TABLE openid.client_usage (
    client_id uuid   NOT NULL,
    day       date   NOT NULL,
    kind      text   NOT NULL,
    count     bigint NOT NULL,
    PRIMARY KEY (client_id, day, kind)
);
CREATE INDEX client_usage_day ON openid.client_usage (day);

-- Our own keys ---------------------------------------------------------------------------------------------------------

CREATE TABLE openid.signing_key (
    kid        text        PRIMARY KEY,
    alg        text        NOT NULL CHECK (alg IN ('ES256', 'RS256')),
    state      text        NOT NULL CHECK (state IN ('next', 'active', 'retiring', 'retired')),
    jwk        text        NOT NULL,
    -- Where the private half is: `file`, or `pkcs11`.
    place      text        NOT NULL CHECK (place IN ('file', 'pkcs11')),
    made_at    timestamptz NOT NULL,
    active_at  timestamptz,
    -- Published until then at least; every token that it signed has expired by then.
    retired_at timestamptz
);
-- One of each algorithm signs, one stands ready.
CREATE UNIQUE INDEX signing_key_one ON openid.signing_key (alg, state) WHERE state IN ('next', 'active');

-- Requests on their way ------------------------------------------------------------------------------------------------

CREATE TABLE openid.pushed_request (
    digest    bytea       PRIMARY KEY,
    client_id uuid        NOT NULL,
    -- The checked request (shape: `request::Request`).
    request   jsonb       NOT NULL,
    ends_at   timestamptz NOT NULL
);
CREATE INDEX pushed_request_ends ON openid.pushed_request (ends_at);

CREATE TABLE openid.interaction (
    interaction_id uuid        PRIMARY KEY,
    -- SHA-256 of the value in the browser's cookie: whoever has the address alone cannot go on.
    browser        bytea       NOT NULL,
    client_id      uuid        NOT NULL,
    request        jsonb       NOT NULL,
    begun_at       timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL
);
CREATE INDEX interaction_ends ON openid.interaction (ends_at);

-- Values that count once (`jti`), as digests, until they would be refused for their age anyway.
CREATE TABLE openid.seen (
    key     bytea       PRIMARY KEY,
    ends_at timestamptz NOT NULL
);
CREATE INDEX seen_ends ON openid.seen (ends_at);

-- Grants and accounts that ended while tokens of theirs may still be valid. Every process follows it.
CREATE TABLE openid.ended (
    key     uuid        PRIMARY KEY,
    -- Tokens issued up to then are dead.
    at      timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
);
CREATE INDEX ended_at ON openid.ended (at);
CREATE INDEX ended_ends ON openid.ended (ends_at);

-- What belongs to a person's account -----------------------------------------------------------------------------------

CREATE TABLE openid.code (
    account_id uuid        NOT NULL,
    digest     bytea       NOT NULL,
    grant_id   uuid        NOT NULL,
    client_id  uuid        NOT NULL,
    -- What the exchange must show and what the token will say (shape: `grant::CodeTerms`).
    terms      jsonb       NOT NULL,
    used_at    timestamptz,
    ends_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, digest)
);
CREATE INDEX code_ends ON openid.code (ends_at);

-- One family of tokens. Of its refresh tokens only the current and the one before it are known: any other that opens
-- under our seal is an old one, and whoever shows it is not alone in holding it.
CREATE TABLE openid."grant" (
    account_id      uuid        NOT NULL,
    grant_id        uuid        NOT NULL,
    client_id       uuid        NOT NULL,
    -- None: it goes on after the session (`offline_access`).
    session_id      uuid,
    -- What tokens of it say (shape: `grant::Terms`).
    terms           jsonb       NOT NULL,
    -- To what refresh tokens are bound: a key's thumbprint, where they are.
    binding         text,
    refresh         bytea,
    refresh_before  bytea,
    refreshed_at    timestamptz,
    begun_at        timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    ended_at        timestamptz,
    PRIMARY KEY (account_id, grant_id)
);
CREATE INDEX grant_ends ON openid."grant" (ends_at);

CREATE TABLE openid.consent (
    account_id uuid        NOT NULL,
    client_id  uuid        NOT NULL,
    -- Names of claims; the law for each stands with the client.
    claims     text[]      NOT NULL,
    offline    boolean     NOT NULL,
    given_at   timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, client_id)
);
CREATE INDEX consent_ends ON openid.consent (ends_at);

-- A receipt of each release: which claims, to whom, when, on which basis; never their values.
CREATE TABLE openid.release (
    account_id uuid        NOT NULL,
    release_id uuid        NOT NULL,
    client_id  uuid        NOT NULL,
    -- Names of claims, and beside each the law it was released under.
    claims     text[]      NOT NULL,
    bases      text[]      NOT NULL,
    at         timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, release_id)
);
CREATE INDEX release_ends ON openid.release (ends_at);
