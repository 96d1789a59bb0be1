-- Who has a job. A living worker's session holds the advisory lock of its number, so what a dead one has claimed is free
-- at once, and nobody has to wait for the claim to run out.
CREATE SEQUENCE store.worker AS int CYCLE;
ALTER TABLE store.job ADD COLUMN claimed_by int;

-- After a batch failed: so many events are taken one by one, so that one bad event does not hold up its neighbours.
ALTER TABLE store.consumer ADD COLUMN singly int NOT NULL DEFAULT 0;
