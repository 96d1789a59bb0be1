-- Whoever is asked to help says so themselves; those who were named before this stay helpers.
ALTER TABLE identity.helper RENAME COLUMN named_at TO accepted_at;

-- Somebody was asked to be a helper, by number: the same row whether or not anybody has an account under it.
CREATE TABLE identity.helper_invitation (
    -- Who asks.
    account_id    uuid        NOT NULL,
    invitation_id uuid        NOT NULL,
    -- The number of whoever is asked, as the value of a login claim.
    invited       bytea       NOT NULL,
    -- Its last digits, for the list of who asks.
    hint          text        NOT NULL,
    asked_at      timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    -- Kept from who asks: it would tell that there is an account.
    declined_at   timestamptz,
    PRIMARY KEY (account_id, invitation_id),
    UNIQUE (account_id, invited)
);
CREATE INDEX helper_invitation_of ON identity.helper_invitation (invited);
CREATE INDEX helper_invitation_ends ON identity.helper_invitation (ends_at);
CREATE INDEX login_claim_number ON identity.login_claim (account_id) WHERE kind = 'number';

-- Each request to be let back in stands for itself. Until now there was one for an account, and agreements may have gone
-- to a later one than that for which they were given: what is open is asked for anew.
DROP TABLE identity.recovery_help;
DROP TABLE identity.recovery;
CREATE TABLE identity.recovery (
    account_id  uuid        NOT NULL,
    recovery_id uuid        NOT NULL,
    -- Keyed digests: of the code that whoever asked keeps, and of the check word that they tell their helpers.
    code        bytea       NOT NULL,
    word        bytea       NOT NULL,
    asked_at    timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    -- The accounts of those who agreed to this request.
    agreed      uuid[]      NOT NULL DEFAULT '{}',
    -- A day after the second helper agreed.
    opens_at    timestamptz,
    PRIMARY KEY (account_id, recovery_id)
);
CREATE INDEX recovery_ends ON identity.recovery (ends_at);

-- A tax code or a decision is an organisation's once an officer has approved it: a file alone keeps nobody else away.
DELETE FROM identity.organisation_claim c USING identity.organisation o
    WHERE o.organisation_id = c.organisation_id AND o.state = 'collected' AND c.kind IN ('tax_code', 'decision');
