-- Beyond the code flow: logout, other devices, back-channel sign-in, registration by programs, shared signals.

-- Which relying party met an account, in which session: whom to tell when the session ends or the account changes. The
-- subject stands beside it as the relying party knows it.
CREATE TABLE openid.visit (
    account_id uuid        NOT NULL,
    client_id  uuid        NOT NULL,
    -- The session it came in; the account itself for what came without one.
    session_id uuid        NOT NULL,
    subject    text        NOT NULL,
    at         timestamptz NOT NULL,
    -- Told of the session's end, so nobody tells again.
    told_at    timestamptz,
    ends_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, client_id, session_id)
);
CREATE INDEX visit_ends ON openid.visit (ends_at);
-- A relying party names somebody by the subject that it knows.
CREATE INDEX visit_subject ON openid.visit (client_id, subject);

-- Messages to relying parties: tried again for a while, then given up where their people see it. Signed when they are sent,
-- so that none leaves under a key that has retired. Signals for receivers that fetch have no due time.
CREATE TABLE openid.message (
    message_id   uuid        PRIMARY KEY,
    client_id    uuid        NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('logout', 'ping', 'signal')),
    payload      jsonb       NOT NULL,
    due_at       timestamptz,
    tries        int         NOT NULL DEFAULT 0,
    claimed_till timestamptz,
    ends_at      timestamptz NOT NULL
);
CREATE INDEX message_due ON openid.message (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX message_client ON openid.message (client_id, message_id);
CREATE INDEX message_ends ON openid.message (ends_at);

-- A device that waits for its person (RFC 8628). Nobody is known yet, so the key is the device's code.
CREATE TABLE openid.device (
    digest      bytea       PRIMARY KEY,
    user_code   bytea       NOT NULL UNIQUE,
    client_id   uuid        NOT NULL,
    -- What it asks (shape: `request::Request`).
    request     jsonb       NOT NULL,
    state       text        NOT NULL CHECK (state IN ('pending', 'accepted', 'refused')),
    -- Of an accepted one: who, and on which terms (shape: `ops::elsewhere::Consented`).
    account_id  uuid,
    accepted    jsonb,
    polled_at   timestamptz,
    interval_s  int         NOT NULL,
    ends_at     timestamptz NOT NULL
);
CREATE INDEX device_ends ON openid.device (ends_at);

-- A relying party asks a person who is not at its browser (CIBA). Whom nobody knows is asked all the same, under an
-- account that is none, so that the answers tell nothing.
CREATE TABLE openid.ciba (
    account_id  uuid        NOT NULL,
    ciba_id     uuid        NOT NULL,
    digest      bytea       NOT NULL,
    client_id   uuid        NOT NULL,
    request     jsonb       NOT NULL,
    state       text        NOT NULL CHECK (state IN ('pending', 'accepted', 'refused')),
    accepted    jsonb,
    -- What the client is told when there is an answer, and the word by which it knows us (shape: `messages::Message`).
    ping        jsonb,
    polled_at   timestamptz,
    interval_s  int         NOT NULL,
    begun_at    timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    PRIMARY KEY (account_id, ciba_id)
);
CREATE INDEX ciba_ends ON openid.ciba (ends_at);

-- A word with which an agency's program may register relying parties by itself, and the widest that it may register.
CREATE TABLE openid.initial_token (
    token_id   uuid        PRIMARY KEY,
    digest     bytea       NOT NULL UNIQUE,
    owner      text        NOT NULL,
    -- Shape: `model::ClientDraft`.
    ceiling    jsonb       NOT NULL,
    -- Registrations that are left.
    uses       int         NOT NULL CHECK (uses >= 0),
    made_by    uuid        NOT NULL,
    made_at    timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL
);
CREATE INDEX initial_token_owner ON openid.initial_token (owner, token_id);
CREATE INDEX initial_token_ends ON openid.initial_token (ends_at);

-- A relying party that registered itself. The ceiling stays with it: no later change is wider either.
CREATE TABLE openid.registration (
    client_id uuid  PRIMARY KEY,
    digest    bytea NOT NULL,
    ceiling   jsonb NOT NULL
);

-- A receiver's stream of security events (SSF); one each.
CREATE TABLE openid.stream (
    client_id   uuid        PRIMARY KEY,
    stream_id   uuid        NOT NULL,
    settings    jsonb       NOT NULL,
    status      text        NOT NULL CHECK (status IN ('enabled', 'paused', 'disabled')),
    reason      text,
    verified_at timestamptz,
    created_at  timestamptz NOT NULL
);
