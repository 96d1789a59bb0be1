-- Persons of before V4 have no keys under which a duplicate of theirs is found: a job fills them in
-- (registry::duplicates::jobs). A database that begins here has nobody to look at.
INSERT INTO store.job (id, queue, payload, run_at)
SELECT '00000000-0000-7000-8000-000000000009', 'registry.link_keys', '"00000000-0000-0000-0000-000000000000"', 'epoch'
WHERE EXISTS (SELECT FROM registry.person WHERE link_name IS NULL AND link_birth IS NULL AND merged_into IS NULL);
