//! The statements of telephones, codes by message, and comparisons by a device.

use store::one;

store::statements! {
    CODED_INSERT = "INSERT INTO identity.ceremony (token_hash, kind, account_id, state, ends_at, code, tries_left)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// A try is counted before it is looked at, so that many at once cannot slip through.
    CODED_TRY = "UPDATE identity.ceremony SET tries_left = tries_left - 1
        WHERE token_hash = $1 AND kind = $2 AND ends_at > $3 AND tries_left > 0 RETURNING account_id, state, code";

    /// One that has shown to be the holder's before one that was only named.
    PHONE_OF = "SELECT authenticator_id, secret, confirmed_at FROM identity.authenticator
        WHERE account_id = $1 AND kind = 'phone' ORDER BY confirmed_at NULLS LAST, authenticator_id LIMIT 1";
    PHONES_DELETE = "DELETE FROM identity.authenticator WHERE account_id = $1 AND kind = 'phone'";
    /// A good code gives a message back, but no haste.
    THROTTLE_EASE = "UPDATE identity.throttle SET tries = greatest(tries - 1, 0) WHERE key = $1";

    COMPARISON_INSERT = "INSERT INTO identity.comparison
        (comparison_id, officer, agency, whom, device, kinds, nonce, named, begun_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    COMPARISON_ONE = "SELECT whom, device, kinds, nonce, named, outcome, quality, answered_at, used_at
        FROM identity.comparison WHERE comparison_id = $1 AND officer = $2 AND agency = $3 AND ends_at > $4";
    /// Once: a second answer is a replay.
    COMPARISON_ANSWER = one!("UPDATE identity.comparison SET outcome = $2, quality = $3, answered_at = $4
        WHERE comparison_id = $1 AND outcome IS NULL");
    /// Once: one comparison stands behind one file.
    COMPARISON_USE = one!("UPDATE identity.comparison SET used_at = $2
        WHERE comparison_id = $1 AND outcome = 'match' AND used_at IS NULL");
    COMPARISON_SWEEP = "DELETE FROM identity.comparison WHERE ends_at < $1";
    ENROLMENT_COMPARED = one!("UPDATE identity.enrolment
        SET device = $3, device_kinds = $4, device_outcome = $5, device_at = $6
        WHERE account_id = $1 AND enrolment_id = $2");
}
