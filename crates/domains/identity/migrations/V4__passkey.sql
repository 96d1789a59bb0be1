-- Passkeys: what the server keeps of one is its public key and counter, under a keyed digest of its id.
ALTER TABLE identity.login_claim DROP CONSTRAINT login_claim_kind_check;
ALTER TABLE identity.login_claim ADD CHECK (kind IN ('number', 'login', 'person', 'passkey'));
ALTER TABLE identity.authenticator DROP CONSTRAINT authenticator_kind_check;
ALTER TABLE identity.authenticator ADD CHECK (kind IN ('password', 'totp', 'passkey'));
-- How its owner calls it.
ALTER TABLE identity.authenticator ADD COLUMN name text;
-- The digest under which the claim stands.
ALTER TABLE identity.authenticator ADD COLUMN handle bytea;
ALTER TABLE identity.authenticator ADD CHECK ((kind = 'passkey') = (name IS NOT NULL AND handle IS NOT NULL));

-- Something that was begun and waits for its answer: a challenge for a passkey, a code after a right password. Found by
-- the digest of a token that only the browser has, once, and not after its end.
CREATE TABLE identity.ceremony (
    token_hash bytea       PRIMARY KEY,
    kind       text        NOT NULL,
    -- Whose it is, where that is known.
    account_id uuid,
    state      bytea       NOT NULL,
    ends_at    timestamptz NOT NULL
);
CREATE INDEX ceremony_ends ON identity.ceremony (ends_at);

-- Every time somebody signed in or was refused: kept for at least five years, shown to the holder (NĐ 69/2024 Art. 17).
CREATE TABLE identity.sign_in (
    account_id uuid        NOT NULL,
    sign_in_id uuid        NOT NULL,
    at         timestamptz NOT NULL,
    -- 'in', or the code of a refusal.
    outcome    text        NOT NULL,
    methods    text[]      NOT NULL,
    agent      text        NOT NULL,
    PRIMARY KEY (account_id, sign_in_id)
);
CREATE INDEX sign_in_at ON identity.sign_in (at);

-- Browsers and systems that an account was signed in with; a new one is told to the holder.
CREATE TABLE identity.device (
    account_id uuid        NOT NULL,
    agent      text        NOT NULL,
    first_at   timestamptz NOT NULL,
    last_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, agent)
);
