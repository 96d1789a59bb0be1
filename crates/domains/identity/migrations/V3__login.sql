-- When the holder last proved to be the holder, and by which means: told to those who rely on a login
-- (`auth_time`, `amr`), and the ground of its strength.
ALTER TABLE identity.session ADD COLUMN auth_at timestamptz;
ALTER TABLE identity.session ADD COLUMN methods text[];
UPDATE identity.session SET auth_at = created_at,
    methods = CASE WHEN strength > 1 THEN '{password,app_code}'::text[] ELSE '{password}'::text[] END;
ALTER TABLE identity.session ALTER COLUMN auth_at SET NOT NULL, ALTER COLUMN methods SET NOT NULL;
