-- How good the record is. What was found of a person stands with the person; a commune's figures are sums that change by
-- differences. There is no row for a province or the country: those are sums over communes.

-- The last assessment of a person: what they bring to the figures of their commune.
CREATE TABLE registry.quality_person (
    person_id uuid PRIMARY KEY,
    -- Empty: none is known.
    commune   text COLLATE "C" NOT NULL,
    -- Lives, and did not give way to another record.
    counted   boolean  NOT NULL,
    fields    smallint NOT NULL,
    confirmed smallint NOT NULL,
    due       smallint NOT NULL,
    held      smallint NOT NULL,
    -- Month of the last sign of life; NULL: none.
    seen      text COLLATE "C",
    -- For each act: month of recording, bucket of its lag.
    lags      text[]   NOT NULL,
    -- The next day on which this changes by itself.
    turns_on  date
);
CREATE INDEX quality_person_commune ON registry.quality_person (commune, person_id);
CREATE INDEX quality_person_turns ON registry.quality_person (turns_on) WHERE turns_on IS NOT NULL;

-- A broken rule of a person, and the work on it.
CREATE TABLE registry.quality_finding (
    person_id  uuid        NOT NULL,
    rule       text COLLATE "C" NOT NULL,
    area       text        NOT NULL,
    commune    text COLLATE "C" NOT NULL,
    -- open, taken (by assignee), explained (it is right as it stands, for a reason)
    state      text        NOT NULL,
    found_at   timestamptz NOT NULL,
    due_on     date        NOT NULL,
    assignee   uuid,
    assignee_name text,
    reason     text,
    changed_at timestamptz NOT NULL,
    -- The rule is not broken any more.
    gone_at    timestamptz,
    PRIMARY KEY (person_id, rule)
);
CREATE INDEX quality_finding_work ON registry.quality_finding (commune, due_on, person_id, rule)
    WHERE gone_at IS NULL AND state <> 'explained';
CREATE INDEX quality_finding_gone ON registry.quality_finding (gone_at) WHERE gone_at IS NOT NULL;

-- Counts of a commune by name (registry::quality::measures).
CREATE TABLE registry.quality_rollup (
    commune text COLLATE "C" NOT NULL,
    measure text COLLATE "C" NOT NULL,
    value   bigint NOT NULL,
    PRIMARY KEY (commune, measure)
);

-- A commune's figures at the end of each day, as far as they are shown over time.
CREATE TABLE registry.quality_day (
    commune   text COLLATE "C" NOT NULL,
    day       date   NOT NULL,
    people    bigint NOT NULL,
    fields    bigint NOT NULL,
    confirmed bigint NOT NULL,
    due       bigint NOT NULL,
    held      bigint NOT NULL,
    flawed    bigint NOT NULL,
    stale     bigint NOT NULL,
    -- Findings that wait, that somebody has taken, and that went away on this day.
    waiting   bigint NOT NULL,
    cleared   bigint NOT NULL,
    PRIMARY KEY (commune, day)
);

-- Who was drawn by lot to say whether their record is right, and what they answered.
CREATE TABLE registry.quality_sample (
    person_id   uuid        NOT NULL,
    -- Monday of the week.
    week        date        NOT NULL,
    commune     text COLLATE "C" NOT NULL,
    asked_at    timestamptz NOT NULL,
    open_until  date        NOT NULL,
    answered_at timestamptz,
    -- Items that were asked, and those that the person called wrong.
    asked       text[],
    wrong       text[],
    PRIMARY KEY (person_id, week)
);
CREATE INDEX quality_sample_commune ON registry.quality_sample (commune, week);
-- A draw, so that it can be made again: the lot falls on those with the lowest md5(seed || person).
CREATE TABLE registry.quality_draw (
    commune text COLLATE "C" NOT NULL,
    week    date   NOT NULL,
    seed    text   NOT NULL,
    people  bigint NOT NULL,
    drawn   bigint NOT NULL,
    PRIMARY KEY (commune, week)
);

-- Duplicates that wait, as they count for a commune.
CREATE INDEX duplicate_case_waiting ON registry.duplicate_case (commune) WHERE state IN ('open', 'proposed');
