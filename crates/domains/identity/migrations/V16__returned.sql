-- A death that is annulled gives back what it ended: found by the account.
CREATE INDEX representation_deceased ON identity.representation (account_id) WHERE ended_why = 'deceased';
