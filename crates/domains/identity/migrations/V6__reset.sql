-- An officer lost the password or the second factor: an administrator proposes a new beginning, a second person agrees.
CREATE TABLE identity.reset_proposal (
    account_id   uuid        NOT NULL,
    proposal_id  uuid        NOT NULL,
    agency       text        NOT NULL,
    proposed_by  uuid        NOT NULL,
    proposed_at  timestamptz NOT NULL,
    confirmed_by uuid,
    confirmed_at timestamptz,
    PRIMARY KEY (account_id, proposal_id)
);
CREATE INDEX reset_proposal_open ON identity.reset_proposal (agency) WHERE confirmed_at IS NULL;
