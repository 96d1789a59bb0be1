-- A browser that was signed in to an account keeps a mark of it, made for the account's epoch: with the next epoch every
-- mark of before is worth nothing.
ALTER TABLE identity.account ADD COLUMN epoch int NOT NULL DEFAULT 0;

-- What is shown once more on the way to a fresh login, and when the first of it was shown. It becomes the login when it is as
-- much as signing in takes.
ALTER TABLE identity.session ADD COLUMN again text[];
ALTER TABLE identity.session ADD COLUMN again_at timestamptz;
ALTER TABLE identity.session ADD CHECK ((again IS NULL) = (again_at IS NULL));
