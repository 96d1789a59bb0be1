-- A file that was sent is part of what an agency received: it is replaced by another one, and stays.
ALTER TABLE dossier.attachment ADD COLUMN sent_at timestamptz;
ALTER TABLE dossier.attachment ADD COLUMN replaced_at timestamptz;
UPDATE dossier.attachment a SET sent_at = d.submitted_at FROM dossier.dossier d
    WHERE d.applicant = a.applicant AND d.dossier_id = a.dossier_id AND a.completed_at IS NOT NULL AND d.submitted_at IS NOT NULL;

-- Uploads that broke off, for the sweep.
CREATE INDEX attachment_half_sent ON dossier.attachment (created_at) WHERE completed_at IS NULL;

-- The drafts, each with the moment at which it is to be looked at again. A table of its own: an index over the dossiers
-- would cost every move of every dossier.
CREATE TABLE dossier.draft (
    applicant  uuid        NOT NULL,
    dossier_id uuid        NOT NULL,
    check_at   timestamptz NOT NULL,
    PRIMARY KEY (applicant, dossier_id)
);
CREATE INDEX draft_check ON dossier.draft (check_at);
INSERT INTO dossier.draft SELECT applicant, dossier_id, updated_at FROM dossier.dossier WHERE status = 0;

-- Alerts name the dossier as officers know it.
ALTER TABLE dossier.alert ADD COLUMN code text NOT NULL DEFAULT '';
UPDATE dossier.alert a SET code = c.code FROM dossier.code_claim c WHERE c.dossier_id = a.dossier_id;
