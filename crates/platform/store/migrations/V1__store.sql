-- The machinery every domain shares. All of these are local tables: queues that empty themselves, never about a person.

-- Facts for later. A consumer follows by (txid, id) and goes only below pg_snapshot_xmin, because identity values are
-- handed out before commit: a reader of ids alone would skip the rows of slower transactions.
CREATE TABLE store.outbox (
    id      bigint GENERATED ALWAYS AS IDENTITY,
    txid    xid8        NOT NULL DEFAULT pg_current_xact_id(),
    topic   text        NOT NULL,
    key     uuid        NOT NULL,
    payload jsonb       NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (txid, id)
);

CREATE TABLE store.consumer (
    name     text PRIMARY KEY,
    txid     xid8   NOT NULL DEFAULT '0',
    id       bigint NOT NULL DEFAULT 0,
    failures int    NOT NULL DEFAULT 0,
    retry_at timestamptz
);

-- Events that a consumer could not take, kept to be looked at and replayed.
CREATE TABLE store.dead_event (
    consumer text        NOT NULL,
    txid     xid8        NOT NULL,
    id       bigint      NOT NULL,
    topic    text        NOT NULL,
    key      uuid        NOT NULL,
    payload  jsonb       NOT NULL,
    at       timestamptz NOT NULL,
    error    text        NOT NULL,
    PRIMARY KEY (consumer, txid, id)
);

CREATE TABLE store.job (
    id           uuid PRIMARY KEY,
    queue        text        NOT NULL,
    payload      jsonb       NOT NULL,
    run_at       timestamptz NOT NULL,
    attempts     int         NOT NULL DEFAULT 0,
    -- Until then the claimer has it; afterwards it is free again, as its claimer must have died.
    claimed_till timestamptz,
    last_error   text,
    dead         boolean     NOT NULL DEFAULT false
);
CREATE INDEX job_ready ON store.job (queue, run_at) WHERE NOT dead;

-- What the ledger's sequencer has not yet appended to the log.
CREATE TABLE store.audit_intake (
    id      uuid PRIMARY KEY,
    at      timestamptz NOT NULL,
    subject uuid,
    salt    bytea       NOT NULL,
    body    text        NOT NULL
);
CREATE INDEX audit_intake_subject ON store.audit_intake (subject) WHERE subject IS NOT NULL;

-- An answer already given: the same actor repeating the same key gets it again instead of a second effect.
CREATE TABLE store.idempotency (
    actor    uuid        NOT NULL,
    key      text        NOT NULL,
    request  bytea       NOT NULL,
    response text        NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (actor, key)
);
