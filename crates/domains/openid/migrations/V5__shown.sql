-- What the person was shown when they said yes (shape: `shown`): who asks and what for, and each claim with its law and its
-- purpose, in the order of the claims. A consent counts as long as the same would be shown; those from before it was
-- written down do not, so whoever gave them is asked again.
ALTER TABLE openid.consent ADD COLUMN party text NOT NULL DEFAULT '';
ALTER TABLE openid.consent ADD COLUMN shown text[] NOT NULL DEFAULT '{}';

-- A person looks what they said yes to and takes it back before the device has fetched it.
CREATE INDEX device_account ON openid.device (account_id) WHERE account_id IS NOT NULL;
