-- What a life brings beyond the first load: papers, absences, what other registers tell. Same rules as V1: keyed by the
-- person first, two kinds of time, nothing overwritten but known_to.

-- Identity papers that were issued (Law on Identity Art. 9: day and place of issue and validity). valid_from is the day of
-- issue; valid_to the day after the last day, or the day on which it was exchanged or revoked before that.
CREATE TABLE registry.paper (
    person_id  uuid        NOT NULL,
    paper_id   uuid        NOT NULL,
    kind       text        NOT NULL,
    number     text        NOT NULL,
    issued_at  text,
    -- Last day that is printed on it; NULL: without end.
    expires_on date,
    valid_from date,
    valid_to   date,
    known_from timestamptz NOT NULL,
    known_to   timestamptz,
    event_id   uuid        NOT NULL,
    source     text        NOT NULL,
    ended_by   uuid,
    PRIMARY KEY (person_id, paper_id)
);

-- Declared temporary absence (tạm vắng, Law on Residence Art. 31): from where, and where to as far as was said.
CREATE TABLE registry.absence (
    person_id   uuid        NOT NULL,
    absence_id  uuid        NOT NULL,
    commune     text        NOT NULL,
    destination text,
    valid_from  date,
    valid_to    date,
    known_from  timestamptz NOT NULL,
    known_to    timestamptz,
    event_id    uuid        NOT NULL,
    source      text        NOT NULL,
    ended_by    uuid,
    PRIMARY KEY (person_id, absence_id)
);

-- Information that other databases share (Law on Identity Art. 9 item 26): one value a key at a time, as they say it.
CREATE TABLE registry.shared (
    person_id  uuid        NOT NULL,
    shared_id  uuid        NOT NULL,
    key        text        NOT NULL,
    value      text        NOT NULL,
    valid_from date,
    valid_to   date,
    known_from timestamptz NOT NULL,
    known_to   timestamptz,
    event_id   uuid        NOT NULL,
    source     text        NOT NULL,
    ended_by   uuid,
    PRIMARY KEY (person_id, shared_id)
);
