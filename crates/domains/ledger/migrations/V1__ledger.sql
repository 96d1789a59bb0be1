-- The log that nobody can rewrite. All of these are local tables, written by the sequencer alone and only appended to.

-- The entries in the order of the log. The log itself commits to them without showing them, so everything that a
-- reader could be misled by (at, subject, body) is under the commitment, and the salt keeps it from being guessed.
CREATE TABLE ledger.entry (
    index   bigint PRIMARY KEY,
    -- Not unique on purpose: a repeated id must not stop the log. The verifier names it.
    id      uuid        NOT NULL,
    at      timestamptz NOT NULL,
    subject uuid,
    salt    bytea       NOT NULL,
    -- The text that was committed to, byte for byte: never json, which would be rewritten.
    body    text        NOT NULL
);
-- A person's own view, newest first. By id (its first bits are the time) and not by index, so that a page stays
-- where it is when entries move from the intake into the log.
CREATE INDEX entry_subject ON ledger.entry (subject, id) WHERE subject IS NOT NULL;

-- Tiles of C2SP tlog-tiles, up to 256 hashes of 32 bytes. Only the rightmost of a level is ever rewritten: it grows.
-- An earlier, narrower form of it is its own beginning, so it need not be kept.
CREATE TABLE ledger.tile (
    level smallint NOT NULL,
    n     bigint   NOT NULL,
    data  bytea    NOT NULL,
    PRIMARY KEY (level, n)
);
-- Hashes do not compress; trying costs time.
ALTER TABLE ledger.tile ALTER COLUMN data SET STORAGE EXTERNAL;

-- The leaves themselves, as served: up to 256, each after its length in two bytes.
CREATE TABLE ledger.bundle (
    n    bigint PRIMARY KEY,
    data bytea NOT NULL
);
ALTER TABLE ledger.bundle ALTER COLUMN data SET STORAGE EXTERNAL;

-- Every checkpoint ever signed. `prior` is the size of the one before, so that a missing one is noticed.
CREATE TABLE ledger.checkpoint (
    size  bigint PRIMARY KEY CHECK (size >= 0),
    prior bigint,
    note  text   NOT NULL
);
