//! The statements with which accounts follow the record: cards, numbers, records that become one; and of those who come
//! along with a child.

use store::one;

store::statements! {
    /// After a day and an account: whom nobody could lock stands in nobody's way.
    CARDS_OVER_AFTER = "SELECT account_id, foreigner, card_until FROM identity.account
        WHERE state = 'activated' AND card_until < $1 AND (card_until, account_id) > ($2, $3)
        ORDER BY card_until, account_id LIMIT $4";
    CARDS_UNASKED = "SELECT account_id, person_id FROM identity.account
        WHERE kind = 'citizen' AND state = 'activated' AND card_until IS NULL AND NOT card_asked AND account_id > $1
        ORDER BY account_id LIMIT $2";
    CARD_ASKED = "UPDATE identity.account SET card_asked = true, card_until = coalesce($2, card_until) WHERE account_id = $1";

    /// Which of these claims the account has.
    CLAIMS_HELD = "SELECT value FROM identity.login_claim WHERE kind = $1 AND value = ANY($2) AND account_id = $3";
    CLAIMS_DROP = "DELETE FROM identity.login_claim WHERE kind = $1 AND value = ANY($2) AND account_id = $3";
    /// From one account to another; the nil one has none. Conflicts where somebody else has it by now.
    CLAIM_TURN = one!("INSERT INTO identity.login_claim AS c (kind, value, account_id) VALUES ($1, $2, $3)
        ON CONFLICT (kind, value) DO UPDATE SET account_id = EXCLUDED.account_id WHERE c.account_id = $4");
    /// A file that comes to nothing gives back the number that is its person's now.
    FILE_RENUMBER = "UPDATE identity.enrolment e SET number_claim = $2 FROM identity.account a
        WHERE e.account_id = $1 AND a.account_id = $1 AND NOT a.foreigner
          AND e.number_claim IS NOT NULL AND e.activated_at IS NULL AND e.ended IS NULL";

    MERGE_FIND = "SELECT given_id, kept_id, account_id, outcome FROM identity.person_merge WHERE given_id = $1";
    MERGE_INSERT = "INSERT INTO identity.person_merge (given_id, kept_id, account_id, outcome, at) VALUES ($1, $2, $3, $4, $5)";
    MERGE_DELETE = one!("DELETE FROM identity.person_merge WHERE given_id = $1");
    ACCOUNT_PERSON = one!("UPDATE identity.account SET person_id = $3, version = version + 1
        WHERE account_id = $1 AND version = $2");
    SESSIONS_PERSON = "UPDATE identity.session SET person_id = $2 WHERE account_id = $1 AND revoked_at IS NULL";

    ENROLMENT_GUARDED = one!("UPDATE identity.enrolment SET guardian_as = $3, guardian_document = $4, guardian_paper = $5,
            guardian_paper_on = $6, guardian_paper_by = $7, guardian_signed_before = $8
        WHERE account_id = $1 AND enrolment_id = $2");

    /// Duties that are not over, those to come among them.
    ROLES_AHEAD = "SELECT agency, role, valid_to FROM identity.staff_role
        WHERE account_id = $1 AND (valid_to IS NULL OR valid_to > $2) ORDER BY valid_from DESC, role";
    /// Whether the duty is held at some moment of a period; without an end it goes on for ever.
    ROLE_OVERLAPS = "SELECT EXISTS (SELECT FROM identity.staff_role
        WHERE account_id = $1 AND agency = $2 AND role = $3
          AND (valid_to IS NULL OR valid_to > $4) AND ($5::timestamptz IS NULL OR valid_from < $5)) AS held";
    ROLES_END = "UPDATE identity.staff_role SET valid_to = $4
        WHERE account_id = $1 AND agency = $2 AND role = $3 AND valid_from <= $4 AND (valid_to IS NULL OR valid_to > $4)";
    /// One that has not begun never was.
    ROLES_DROP = "DELETE FROM identity.staff_role
        WHERE account_id = $1 AND agency = $2 AND role = $3 AND valid_from > $4";
    /// Of an agency: in force, and to come.
    STAFF_AHEAD = "SELECT a.account_id, a.login, a.display_name, a.state, r.role, r.valid_from, r.valid_to,
            EXISTS (SELECT FROM identity.authenticator p WHERE p.account_id = a.account_id AND p.kind = 'password') AS is_set_up
        FROM identity.staff_role r JOIN identity.account a USING (account_id)
        WHERE r.agency = $1 AND (r.valid_to IS NULL OR r.valid_to > $2) AND a.state = ANY($3)
        ORDER BY a.display_name, a.account_id, r.valid_from, r.role LIMIT $4";

    PROPOSAL_SWEEP = "DELETE FROM identity.grant_proposal WHERE proposed_at < $1";
    RESET_SWEEP = "DELETE FROM identity.reset_proposal WHERE proposed_at < $1";
}
