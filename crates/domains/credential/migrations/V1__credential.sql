-- Documents belong to a person and are colocated by it. Whoever holds a paper knows its id alone, so the id has a claim
-- table; its row is all that the public may learn of a document and names nobody.

CREATE TABLE credential.document (
    person_id      uuid        NOT NULL,
    document_id    uuid        NOT NULL,
    dossier_id     uuid        NOT NULL,
    kind           text        NOT NULL,
    title          jsonb       NOT NULL,
    issuer         text        NOT NULL,
    issuer_name    jsonb       NOT NULL,
    issued_at      timestamptz NOT NULL,
    -- The last day, in Vietnam; null for what does not expire.
    valid_until    date,
    sha256         bytea       NOT NULL,
    key_id         text        NOT NULL,
    -- The signed statement, a compact JWS: exactly the bytes that were signed.
    jws            text        NOT NULL,
    state          text        NOT NULL CHECK (state IN ('issued', 'replaced', 'revoked')),
    replaced_by    uuid,
    revoked_reason text,
    changed_at     timestamptz NOT NULL,
    PRIMARY KEY (person_id, document_id)
);

-- Apart from the rows that lists read.
CREATE TABLE credential.document_file (
    person_id   uuid  NOT NULL,
    document_id uuid  NOT NULL,
    pdf         bytea NOT NULL,
    PRIMARY KEY (person_id, document_id)
);

-- Where a document is, and what the verification page shows of it. No name, no number, no reason.
CREATE TABLE credential.document_claim (
    document_id uuid PRIMARY KEY,
    person_id   uuid        NOT NULL,
    kind        text        NOT NULL,
    title       jsonb       NOT NULL,
    issuer      text        NOT NULL,
    issuer_name jsonb       NOT NULL,
    issued_at   timestamptz NOT NULL,
    valid_until date,
    sha256      bytea       NOT NULL,
    key_id      text        NOT NULL,
    jws         text        NOT NULL,
    state       text        NOT NULL CHECK (state IN ('issued', 'replaced', 'revoked')),
    replaced_by uuid,
    changed_at  timestamptz NOT NULL
);

-- Public halves; the private ones are files. A reference table. Rows stay for ever, so that every document can be checked.
CREATE TABLE credential.signing_key (
    -- Thumbprint of the key (RFC 7638).
    key_id     text PRIMARY KEY,
    public_key text NOT NULL,
    state      text NOT NULL CHECK (state IN ('next', 'active', 'retiring', 'retired')),
    created_at timestamptz NOT NULL,
    -- It signs from then on.
    not_before timestamptz,
    -- A retired key is published until then.
    not_after  timestamptz
);
CREATE UNIQUE INDEX signing_key_one ON credential.signing_key (state) WHERE state IN ('next', 'active');
