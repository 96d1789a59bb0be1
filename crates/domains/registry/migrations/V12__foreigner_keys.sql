-- Foreigners of before have no keys under which they are found when they come with a new passport: their country takes the
-- place of the home town in them. The job of V9 gives them theirs.
INSERT INTO store.job (id, queue, payload, run_at)
SELECT '00000000-0000-7000-8000-000000000012', 'registry.link_keys', '"00000000-0000-0000-0000-000000000000"', 'epoch'
WHERE EXISTS (SELECT FROM registry.shared WHERE key = 'foreigner_number');
