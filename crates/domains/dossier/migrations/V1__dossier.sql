-- Every table about a person begins its key with that person and can be colocated by it. The codes that must be unique
-- across people have claim tables of their own.

CREATE TABLE dossier.dossier (
    applicant       uuid        NOT NULL,
    dossier_id      uuid        NOT NULL,
    procedure       text        NOT NULL,
    -- The definition in force when it was sent; a draft follows the newest (NĐ 58/2026 Art. 6.4: rules are pinned).
    service_version int         NOT NULL,
    status          smallint    NOT NULL DEFAULT 0,
    version         int         NOT NULL DEFAULT 1,
    answers         jsonb       NOT NULL DEFAULT '{}',
    -- What the record said when it was sent, with sources: what the decision rests on.
    facts           jsonb       NOT NULL DEFAULT '{}',
    code            text,
    agency          text,
    assignee        uuid,
    limit_days      int         NOT NULL DEFAULT 0,
    used_days       int         NOT NULL DEFAULT 0,
    running_since   date,
    due_on          date,
    supplements     int         NOT NULL DEFAULT 0,
    defects         jsonb,
    proposal        jsonb,
    verdict         text,
    verdict_reason  text,
    result          uuid,
    -- Consents that are asked for, by key: asked, given or refused.
    consents        jsonb       NOT NULL DEFAULT '{}',
    -- Who was asked last, by key; an older question to somebody else no longer counts.
    asked           jsonb       NOT NULL DEFAULT '{}',
    rating          smallint,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    submitted_at    timestamptz,
    finished_at     timestamptz,
    PRIMARY KEY (applicant, dossier_id)
);

-- A dossier found by its id alone, as the desk and the jobs name it.
CREATE TABLE dossier.locator (
    dossier_id uuid PRIMARY KEY,
    applicant  uuid NOT NULL
);

CREATE TABLE dossier.code_claim (
    code       text PRIMARY KEY,
    applicant  uuid NOT NULL,
    dossier_id uuid NOT NULL
);

-- Gap-free number of each unit on each day. One row a unit and day, so that no two units wait for each other; it is
-- locked only from the last pipeline to the commit.
CREATE TABLE dossier.counter (
    unit text NOT NULL,
    day  date NOT NULL,
    last int  NOT NULL,
    PRIMARY KEY (unit, day)
);

-- The timeline: what happened, who did it, what the citizen reads about it. Never changed.
CREATE TABLE dossier.event (
    applicant   uuid        NOT NULL,
    dossier_id  uuid        NOT NULL,
    -- The version that the dossier reached by it.
    version     int         NOT NULL,
    at          timestamptz NOT NULL,
    kind        text        NOT NULL,
    status      smallint    NOT NULL,
    actor       uuid        NOT NULL,
    actor_label text        NOT NULL,
    agency      text,
    -- What the kind adds: defects, reason, due date, the officer it went to.
    detail      jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (applicant, dossier_id, version)
);

CREATE TABLE dossier.attachment (
    applicant     uuid        NOT NULL,
    attachment_id uuid        NOT NULL,
    dossier_id    uuid        NOT NULL,
    slot          text        NOT NULL,
    name          text        NOT NULL,
    media_type    text,
    bytes         bigint      NOT NULL,
    received      bigint      NOT NULL DEFAULT 0,
    sha256        bytea,
    created_at    timestamptz NOT NULL,
    completed_at  timestamptz,
    PRIMARY KEY (applicant, attachment_id)
);
CREATE INDEX attachment_dossier ON dossier.attachment (applicant, dossier_id);

CREATE TABLE dossier.attachment_chunk (
    applicant     uuid   NOT NULL,
    attachment_id uuid   NOT NULL,
    start         bigint NOT NULL,
    data          bytea  NOT NULL,
    PRIMARY KEY (applicant, attachment_id, start)
);

-- The papers that were printed for it: receipt, supplement request, refusal, result.
CREATE TABLE dossier.paper (
    applicant   uuid        NOT NULL,
    dossier_id  uuid        NOT NULL,
    document_id uuid        NOT NULL,
    kind        text        NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (applicant, dossier_id, document_id)
);

-- A question to another person, kept with the person who is asked.
CREATE TABLE dossier.consent (
    person      uuid        NOT NULL,
    dossier_id  uuid        NOT NULL,
    key         text        NOT NULL,
    applicant   uuid        NOT NULL,
    -- The question as it was asked, in both languages, with what the asked person must know to answer.
    question    jsonb       NOT NULL,
    state       text        NOT NULL,
    asked_at    timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    answered_at timestamptz,
    PRIMARY KEY (person, dossier_id, key)
);

-- The officers' inbox: a projection keyed by agency, fed by events, rebuilt at any time from the dossiers.
CREATE TABLE dossier.inbox (
    agency         text        NOT NULL,
    dossier_id     uuid        NOT NULL,
    applicant      uuid        NOT NULL,
    applicant_name text        NOT NULL,
    code           text        NOT NULL,
    procedure      text        NOT NULL,
    status         smallint    NOT NULL,
    version        int         NOT NULL,
    assignee       uuid,
    due_on         date,
    waits_second   boolean     NOT NULL,
    submitted_at   timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (agency, dossier_id)
);
CREATE INDEX inbox_due ON dossier.inbox (agency, due_on, dossier_id) WHERE status IN (1, 2, 4, 5, 6);
CREATE INDEX inbox_recent ON dossier.inbox (agency, updated_at DESC, dossier_id);

-- What a person should be told about their dossiers.
CREATE TABLE dossier.notice (
    person    uuid        NOT NULL,
    notice_id uuid        NOT NULL,
    at        timestamptz NOT NULL,
    title     jsonb       NOT NULL,
    path      text        NOT NULL,
    read_at   timestamptz,
    PRIMARY KEY (person, notice_id)
);

-- What an agency should be told: reminders before a due date, breaches.
CREATE TABLE dossier.alert (
    agency     text        NOT NULL,
    alert_id   uuid        NOT NULL,
    dossier_id uuid        NOT NULL,
    kind       text        NOT NULL,
    at         timestamptz NOT NULL,
    closed_at  timestamptz,
    PRIMARY KEY (agency, alert_id)
);
CREATE INDEX alert_open ON dossier.alert (agency, at) WHERE closed_at IS NULL;
