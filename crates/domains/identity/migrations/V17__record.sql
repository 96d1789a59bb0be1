-- Accounts follow the record more closely, and say more of who stood at the counter.

-- Who came along with a child: as what the record shows them, or on which paper; the paper by which they were known; and the
-- officer before whom they signed, where they agreed at the counter and not in their own account.
ALTER TABLE identity.enrolment ADD COLUMN guardian_as text
    CHECK (guardian_as IN ('father', 'mother', 'adoptive_father', 'adoptive_mother', 'guardian', 'paper'));
ALTER TABLE identity.enrolment ADD COLUMN guardian_document text;
ALTER TABLE identity.enrolment ADD COLUMN guardian_paper text;
ALTER TABLE identity.enrolment ADD COLUMN guardian_paper_on date;
ALTER TABLE identity.enrolment ADD COLUMN guardian_paper_by text;
ALTER TABLE identity.enrolment ADD COLUMN guardian_signed_before uuid;
ALTER TABLE identity.enrolment ADD CHECK (guardian_as IS NULL OR guardian_document IS NOT NULL);
ALTER TABLE identity.enrolment ADD CHECK (guardian_as IS DISTINCT FROM 'paper'
    OR (guardian_paper IS NOT NULL AND guardian_paper_on IS NOT NULL AND guardian_paper_by IS NOT NULL));

-- The record was asked for the last day of the holder's card. Those of before are asked about in turns.
ALTER TABLE identity.account ADD COLUMN card_asked boolean NOT NULL DEFAULT false;
CREATE INDEX account_card_unasked ON identity.account (account_id)
    WHERE kind = 'citizen' AND state = 'activated' AND card_until IS NULL AND NOT card_asked;

-- A record gave way to another of the same person: what became of the account that stood for it, so that it can be undone.
-- Its person's claim belongs to nobody meanwhile (the nil account), so that no account is opened for it.
CREATE TABLE identity.person_merge (
    given_id   uuid        PRIMARY KEY,
    kept_id    uuid        NOT NULL,
    account_id uuid,
    -- 'moved': it stands for the person who stays. 'locked': that person had one.
    outcome    text        CHECK (outcome IN ('moved', 'locked')),
    at         timestamptz NOT NULL,
    CHECK ((account_id IS NULL) = (outcome IS NULL))
);
CREATE INDEX person_merge_kept ON identity.person_merge (kept_id);

-- From when on; null: from the confirmation on.
ALTER TABLE identity.grant_proposal ADD COLUMN valid_from timestamptz;
