-- Loads and exports. A source is heard again and again: what it said last stands with its key, so that the same again is
-- no news, and what contradicts a source of higher authority becomes a case to look at instead of a change.
ALTER TABLE registry.source_claim
    -- Fingerprint of the line that the source gave last; NULL: from before fingerprints were kept.
    ADD COLUMN said bigint;
ALTER TABLE registry.import_run
    ADD COLUMN changed  bigint NOT NULL DEFAULT 0,
    ADD COLUMN disputed bigint NOT NULL DEFAULT 0;

-- Said by a source that may not change the item. Open until an officer settles it; the person is marked meanwhile.
CREATE TABLE registry.dispute (
    person_id  uuid        NOT NULL,
    dispute_id uuid        NOT NULL,
    -- The item, or the kind of residence or relation.
    item       text        NOT NULL,
    value      text        NOT NULL,
    source     text        NOT NULL,
    -- The load that brought it.
    event_id   uuid        NOT NULL,
    raised_at  timestamptz NOT NULL,
    settled_at timestamptz,
    PRIMARY KEY (person_id, dispute_id)
);
CREATE INDEX dispute_open ON registry.dispute (raised_at) WHERE settled_at IS NULL;
