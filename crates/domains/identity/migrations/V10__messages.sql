-- A telephone is a way of proving to be the holder once a code has come back from it; until then it is only a place for
-- notices. Its number stands sealed, as the secrets of the others do.
ALTER TABLE identity.authenticator DROP CONSTRAINT authenticator_kind_check;
ALTER TABLE identity.authenticator ADD CHECK (kind IN ('password', 'totp', 'passkey', 'phone'));

-- A ceremony that waits for a code from a message: the code's digest, and how often it may still be typed.
ALTER TABLE identity.ceremony ADD COLUMN code bytea;
ALTER TABLE identity.ceremony ADD COLUMN tries_left smallint;
ALTER TABLE identity.ceremony ADD CHECK ((code IS NULL) = (tries_left IS NULL));
