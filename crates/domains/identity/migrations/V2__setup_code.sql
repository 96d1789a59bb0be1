-- With this an officer sets the first password of a new account, once. Only its keyed digest is kept; whoever made it
-- was shown it once, to hand it over on paper.
CREATE TABLE identity.setup_code (
    account_id uuid        PRIMARY KEY,
    code       bytea       NOT NULL,
    made_by    uuid        NOT NULL,
    made_at    timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL
);

-- Nobody chooses a password for somebody else any more.
ALTER TABLE identity.authenticator DROP COLUMN temporary;
ALTER TABLE identity.session DROP COLUMN must_change;
