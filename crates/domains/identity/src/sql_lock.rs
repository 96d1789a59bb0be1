//! The statements of locks that officers set and lift, of closing, and of following a file.

use store::one;

store::statements! {
    /// The last words about locks, the newest first.
    LOCK_EVENTS = "SELECT kind, basis, agency, at FROM identity.account_event
        WHERE account_id = $1 AND kind IN ('locked', 'unlocked') ORDER BY at DESC, event_id DESC LIMIT $2";

    LOCK_REQUEST_INSERT = "INSERT INTO identity.lock_request (account_id, request_id, asks, reason, asked_by, document, came_on,
            forward_by, agency, taken_by, taken_at, due_on, decided_by, decided_at, outcome)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    LOCK_REQUEST_OPEN = "SELECT r.account_id, r.request_id, a.person_id, r.asks, r.reason, r.asked_by, r.document, r.came_on, r.forward_by,
            r.agency, r.taken_by, r.taken_at, r.due_on
        FROM identity.lock_request r JOIN identity.account a USING (account_id)
        WHERE r.account_id = $1 AND r.decided_at IS NULL";
    LOCK_REQUESTS = "SELECT r.account_id, r.request_id, a.person_id, r.asks, r.reason, r.asked_by, r.document, r.came_on, r.forward_by,
            r.agency, r.taken_by, r.taken_at, r.due_on
        FROM identity.lock_request r JOIN identity.account a USING (account_id)
        WHERE r.agency = $1 AND r.decided_at IS NULL ORDER BY r.due_on, r.request_id LIMIT $2";
    LOCK_REQUEST_DECIDED = one!("UPDATE identity.lock_request SET decided_by = $3, decided_at = $4, outcome = $5, answer = $6
        WHERE account_id = $1 AND request_id = $2 AND decided_at IS NULL");

    CLOSE_ON = one!("UPDATE identity.account SET close_on = $2 WHERE account_id = $1 AND state = 'locked'");
    CLOSING_OVER = "SELECT account_id FROM identity.account WHERE close_on <= $1 ORDER BY close_on LIMIT $2";
    ACCOUNT_CLOSE = one!("UPDATE identity.account SET state = 'closed', locked_reason = NULL, close_on = NULL, version = version + 1
        WHERE account_id = $1 AND version = $2 AND state = 'locked' AND close_on <= $3");
    CLAIM_GIVEN_BACK = "DELETE FROM identity.login_claim WHERE kind = $1 AND value = $2 AND account_id = $3";
    /// The numbers with which it was opened.
    CLAIMS_OF_FILES_GIVEN_BACK = "DELETE FROM identity.login_claim c USING identity.enrolment e
        WHERE e.account_id = $1 AND c.account_id = $1 AND c.value = e.number_claim AND c.kind IN ('number', 'foreigner')";

    ENROLMENT_REFUSED = one!("UPDATE identity.enrolment SET refused_reason = $3, refused_note = $4
        WHERE account_id = $1 AND enrolment_id = $2 AND ended = 'refused'");
    /// By the number that was given in the file and the code on its paper.
    ENROLMENT_FOLLOW = "SELECT e.account_id, a.person_id, e.due_on, e.approved_at, e.activate_by, e.activated_at, e.ended,
            e.guardian IS NOT NULL AND e.guardian_at IS NULL AS guardian_waits, e.refused_reason, e.refused_note
        FROM identity.setup_code s JOIN identity.enrolment e USING (account_id) JOIN identity.account a USING (account_id)
        WHERE s.code = $1 AND s.ends_at > $2 AND e.number_claim = $3";
}
