-- What follows a reform beside residences, and what stands when one is taken back.
ALTER TABLE registry.reform
    -- What is gone through: homes; then matters; of an undone one at last what later acts say in its units: acts.
    ADD COLUMN phase text   NOT NULL DEFAULT 'homes',
    -- Residences in the units that it filled which later acts began: they stand when it is undone.
    ADD COLUMN later bigint NOT NULL DEFAULT 0;
ALTER TABLE registry.reform_place
    -- residence, or absence: then `residence_id` and the two halves are rows of that table.
    ADD COLUMN what         text NOT NULL DEFAULT 'residence',
    -- The household that went along; named by one of its residences.
    ADD COLUMN household_id uuid;
-- Undone ones, too: whose figures are to be made anew is asked after an act is undone.
DROP INDEX registry.reform_place_reform;
CREATE INDEX reform_place_reform ON registry.reform_place (reform_id, person_id, residence_id);

-- Cases of possible duplicates and requests for correction, which another commune's agency has to settle since.
CREATE TABLE registry.reform_matter (
    person_id    uuid NOT NULL,
    reform_id    uuid NOT NULL,
    -- The other record of a case; the request.
    matter_id    uuid NOT NULL,
    -- duplicate, correction
    what         text NOT NULL,
    -- Of a case only.
    commune_from text COLLATE "C",
    commune_to   text COLLATE "C",
    agency_from  text,
    agency_to    text,
    undone_at    timestamptz,
    PRIMARY KEY (person_id, reform_id, matter_id)
);
CREATE INDEX reform_matter_reform ON registry.reform_matter (reform_id, person_id, matter_id) WHERE undone_at IS NULL;

-- Residences that later acts began in units which an undone reform had filled: nobody knows where they lie on the old map.
CREATE TABLE registry.reform_later (
    person_id    uuid NOT NULL,
    reform_id    uuid NOT NULL,
    residence_id uuid NOT NULL,
    PRIMARY KEY (person_id, reform_id, residence_id)
);
CREATE INDEX reform_later_reform ON registry.reform_later (reform_id, person_id, residence_id);
