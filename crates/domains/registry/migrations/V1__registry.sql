-- The population record. A person is a surrogate id with a history: nothing is overwritten.
-- Every table about a person has person_id in its key, so that all of it can be distributed by person (DESIGN 5);
-- other unique keys (numbers, keys of source registers) have claim tables of their own.
-- Days are half-open: valid_to is the first day on which something no longer holds. NULL is "always" or "still".
--
-- Two kinds of time. valid_*: when it held. known_*: when we believed so. A row is never changed but for known_to (we no
-- longer believe it as it stands; its successor says what we believe instead) and for `kin` below, where a relative turns
-- up. "On day D as known at K" is: known_from <= K < known_to and valid_from <= D < valid_to.
-- Where from: event_id leads to source, document, reason, officer, agency. `ended_by` is the event that gave valid_to,
-- where that is another one.
--
-- Rows of a person, as a load writes them: person 1, number_claim 1, source_claim 1, old_number_holder 0-1, residence 1-2,
-- kin 2-5, paper 0-1, a share of household. Current values of single-valued items are columns of `person` and their
-- origins one jsonb; only what was superseded costs a row.

-- Who said it, and on what paper. An event that concerns everybody of one load has the nil person.
CREATE TABLE registry.event (
    person_id   uuid        NOT NULL,
    event_id    uuid        NOT NULL,
    kind        text        NOT NULL,
    source      text        NOT NULL,
    document    text,
    reason      text,
    dossier_id  uuid,
    account     uuid        NOT NULL,
    agency      text,
    happened_on date,
    at          timestamptz NOT NULL,
    PRIMARY KEY (person_id, event_id)
);

-- What is known now. `event_id`, `source` and `known_from` stand for every item that `sources` does not list.
CREATE TABLE registry.person (
    person_id                uuid PRIMARY KEY,
    version                  int         NOT NULL,
    event_id                 uuid        NOT NULL,
    source                   text        NOT NULL,
    known_from               timestamptz NOT NULL,
    -- By item: event, source, from, known; only where they differ from the person's own.
    sources                  jsonb,
    conflict                 boolean     NOT NULL DEFAULT false,
    number                   text,
    old_number               text,
    name                     text        NOT NULL,
    other_name               text,
    birth_date               text,
    sex                      text,
    birth_place              text,
    birth_registration_place text,
    home_town                text,
    ethnicity                text,
    religion                 text,
    nationality              text,
    blood_group              text,
    marital_status           text,
    death_date               text,
    phone                    text,
    email                    text,
    -- Declared missing by a court, from this day (mất tích); apart from death.
    missing_date             text,
    residence_record         text,
    -- Day on which the number or address above was confirmed to be the person's; NULL: only declared.
    phone_verified           text,
    email_verified           text,
    -- Search keys, made from the items above. Byte order: the folded name is letters and digits.
    name_folded              text COLLATE "C" NOT NULL,
    birth_earliest           date,
    -- Commune of permanent, else of temporary residence, today: a job turns it on the day when a move takes effect.
    commune                  text COLLATE "C"
);
CREATE INDEX person_name ON registry.person (name_folded, birth_earliest);
CREATE INDEX person_commune ON registry.person (commune, name_folded);

-- Values of items that no longer hold, or that we no longer believe.
CREATE TABLE registry.past (
    person_id  uuid        NOT NULL,
    past_id    uuid        NOT NULL,
    item       text        NOT NULL,
    value      text,
    valid_from date,
    valid_to   date,
    known_from timestamptz NOT NULL,
    known_to   timestamptz,
    event_id   uuid        NOT NULL,
    source     text        NOT NULL,
    PRIMARY KEY (person_id, past_id)
);

-- Every personal number ever given, so that it leads to its person and is never given again.
CREATE TABLE registry.number_claim (
    value     text COLLATE "C" PRIMARY KEY,
    person_id uuid NOT NULL
);

-- Nine-digit numbers of the old identity card. Some were given to two people, so the value alone is no key.
CREATE TABLE registry.old_number_holder (
    value     text COLLATE "C" NOT NULL,
    person_id uuid NOT NULL,
    PRIMARY KEY (value, person_id)
);

-- Permanent, temporary and current residence, and with it membership of a household.
CREATE TABLE registry.residence (
    person_id     uuid        NOT NULL,
    residence_id  uuid        NOT NULL,
    kind          text        NOT NULL,
    commune       text        NOT NULL,
    -- The code that the source gave, where that unit no longer exists.
    commune_given text,
    address       text        NOT NULL,
    household_id  uuid,
    relation      text,
    valid_from    date,
    valid_to      date,
    known_from    timestamptz NOT NULL,
    known_to      timestamptz,
    event_id      uuid        NOT NULL,
    source        text        NOT NULL,
    ended_by      uuid,
    PRIMARY KEY (person_id, residence_id)
);
-- Who lived in a household, or in a commune, at any time: rows of the past as well.
CREATE INDEX residence_household ON registry.residence (household_id) WHERE household_id IS NOT NULL;
CREATE INDEX residence_commune ON registry.residence (commune, person_id);

CREATE TABLE registry.household (
    household_id uuid PRIMARY KEY,
    commune      text        NOT NULL,
    address      text        NOT NULL,
    event_id     uuid        NOT NULL,
    known_from   timestamptz NOT NULL
);

-- Relations (`model::tie`): `relation` is what the other is to this one. Between two persons of the register a tie has two
-- rows, one at each end, with the same tie_id, opposite relations and the same days; they are written together. Where a
-- source names somebody who is not (yet) a person of the register, other_id is NULL, there is one row, and it says what
-- the source said of them. When that person turns up, other_id is filled in and the other end is added.
CREATE TABLE registry.kin (
    person_id   uuid        NOT NULL,
    tie_id      uuid        NOT NULL,
    relation    text        NOT NULL,
    other_id    uuid,
    number      text,
    old_number  text,
    name        text,
    nationality text,
    valid_from  date,
    valid_to    date,
    known_from  timestamptz NOT NULL,
    known_to    timestamptz,
    event_id    uuid        NOT NULL,
    ended_by    uuid,
    PRIMARY KEY (person_id, tie_id)
);
-- Relatives who may still turn up.
CREATE INDEX kin_open ON registry.kin (person_id)
    WHERE other_id IS NULL AND number IS NOT NULL AND known_to IS NULL;

-- Keys of source registers: a row that was loaded once is known for ever.
CREATE TABLE registry.source_claim (
    source    text NOT NULL,
    key       text COLLATE "C" NOT NULL,
    person_id uuid NOT NULL,
    PRIMARY KEY (source, key)
);
CREATE TABLE registry.household_claim (
    source       text NOT NULL,
    key          text COLLATE "C" NOT NULL,
    household_id uuid NOT NULL,
    PRIMARY KEY (source, key)
);

-- Loads and how far they got; the cursor moves in the transaction that loads.
CREATE TABLE registry.import_run (
    run_id        uuid PRIMARY KEY,
    source        text        NOT NULL,
    digest        text        NOT NULL,
    state         text        NOT NULL,
    byte_offset   bigint      NOT NULL,
    line          bigint      NOT NULL,
    rows_read     bigint      NOT NULL,
    loaded        bigint      NOT NULL,
    known_before  bigint      NOT NULL,
    rejected      bigint      NOT NULL,
    warnings      bigint      NOT NULL,
    -- Length of the rejects file that belongs to this cursor; what lies behind it is cut off on resumption.
    rejects_bytes bigint      NOT NULL,
    started_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    UNIQUE (source, digest)
);
