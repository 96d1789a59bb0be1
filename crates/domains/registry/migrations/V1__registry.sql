-- The population record. A person is a surrogate id with a history: nothing is overwritten.
-- Every table about a person has person_id in its key, so that all of it can be distributed by person (DESIGN 5);
-- other unique keys (numbers, keys of source registers) have claim tables of their own.
-- Days are half-open: valid_to is the first day on which something no longer holds. NULL is "always" or "still".

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
    -- Search keys, made from the items above. Byte order: the folded name is letters and digits.
    name_folded              text COLLATE "C" NOT NULL,
    birth_earliest           date,
    -- Commune of permanent, else of temporary residence.
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
    PRIMARY KEY (person_id, residence_id)
);
CREATE INDEX residence_household ON registry.residence (household_id)
    WHERE household_id IS NOT NULL AND known_to IS NULL;

CREATE TABLE registry.household (
    household_id uuid PRIMARY KEY,
    commune      text        NOT NULL,
    address      text        NOT NULL,
    event_id     uuid        NOT NULL,
    known_from   timestamptz NOT NULL
);

-- A relation between two persons of the register, kept at both ends: `relation` is what the other is to this one.
CREATE TABLE registry.kin (
    person_id  uuid        NOT NULL,
    other_id   uuid        NOT NULL,
    relation   text        NOT NULL,
    valid_from date,
    valid_to   date,
    known_from timestamptz NOT NULL,
    known_to   timestamptz,
    event_id   uuid        NOT NULL,
    PRIMARY KEY (person_id, other_id, relation, known_from)
);

-- What a source says of a relative who is not (yet) a person of the register.
CREATE TABLE registry.kin_claim (
    person_id  uuid        NOT NULL,
    relation   text        NOT NULL,
    number     text,
    name       text,
    known_from timestamptz NOT NULL,
    event_id   uuid        NOT NULL,
    PRIMARY KEY (person_id, relation, known_from)
);
-- Relatives who may still turn up.
CREATE INDEX kin_claim_open ON registry.kin_claim (person_id) WHERE number IS NOT NULL;

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
