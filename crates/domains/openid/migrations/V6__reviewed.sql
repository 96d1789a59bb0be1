-- Whoever had a hand in what waits does not approve it: all of them are known, not the last one alone.
ALTER TABLE openid.client ADD COLUMN proposers uuid[] NOT NULL DEFAULT '{}';
UPDATE openid.client SET proposers = ARRAY[proposed_by];

-- Subjects are the same within a sector, so a sector belongs to one owner, for ever: who came later would know the same
-- people under the same names. Claimed by the first approval.
CREATE TABLE openid.sector (
    sector     text        PRIMARY KEY,
    owner      text        NOT NULL,
    claimed_at timestamptz NOT NULL
);
INSERT INTO openid.sector (sector, owner, claimed_at)
    SELECT DISTINCT ON (settings->>'sector') settings->>'sector', owner, created_at FROM openid.client c
    WHERE settings->>'sector' IS NOT NULL AND NOT (settings->>'sandbox')::boolean
      AND EXISTS (SELECT 1 FROM openid.client_event e WHERE e.client_id = c.client_id AND e.event IN ('approved', 'registered'))
    ORDER BY settings->>'sector', client_id;

-- The model of what a program registers: no registration reaches further than it does now. A token whose model nobody
-- finds any more is over; a client of such a one goes on without its program.
ALTER TABLE openid.initial_token ADD COLUMN model uuid;
ALTER TABLE openid.registration ADD COLUMN model uuid;
ALTER TABLE openid.registration ADD COLUMN made_by uuid;
UPDATE openid.initial_token t SET model = (SELECT c.client_id FROM openid.client c
    WHERE c.owner = t.owner AND c.settings = t.ceiling ORDER BY c.client_id LIMIT 1);
UPDATE openid.registration r SET made_by = o.proposed_by, model = (SELECT c.client_id FROM openid.client c
        WHERE c.owner = o.owner AND c.settings = r.ceiling AND c.client_id <> r.client_id ORDER BY c.client_id LIMIT 1)
    FROM openid.client o WHERE o.client_id = r.client_id;
DELETE FROM openid.initial_token WHERE model IS NULL;
DELETE FROM openid.registration WHERE model IS NULL;
ALTER TABLE openid.initial_token ALTER COLUMN model SET NOT NULL;
ALTER TABLE openid.registration ALTER COLUMN model SET NOT NULL;
ALTER TABLE openid.registration ALTER COLUMN made_by SET NOT NULL;
ALTER TABLE openid.client DROP COLUMN proposed_by;

-- When one relying party asked lately whether it is right about one person: as many times as it may, the latest first.
CREATE TABLE openid.match_asked (
    account_id uuid          NOT NULL,
    client_id  uuid          NOT NULL,
    asked_at   timestamptz[] NOT NULL,
    ends_at    timestamptz   NOT NULL,
    PRIMARY KEY (account_id, client_id)
);
CREATE INDEX match_asked_ends ON openid.match_asked (ends_at);
