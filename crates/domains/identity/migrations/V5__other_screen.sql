-- A screen that asks to be signed in from a telephone. Found by the digest of what its QR code says; the session that
-- follows gets the token that its browser has already.
CREATE TABLE identity.crossing (
    code       bytea       PRIMARY KEY,
    token_hash bytea       NOT NULL,
    -- To be typed on the telephone, so that nobody agrees to a screen that is not before them.
    number     smallint    NOT NULL,
    agent      text        NOT NULL,
    asked_at   timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    refused    boolean     NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX crossing_token ON identity.crossing (token_hash);
CREATE INDEX crossing_ends ON identity.crossing (ends_at);
