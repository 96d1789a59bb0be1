//! The statements about organisations.

use store::one;

store::statements! {
    INSERT = "INSERT INTO identity.organisation (organisation_id, code, state, kind, name, short_name, foreign_name, tax_code,
            decision, founded_on, commune, address, phone, email, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    CLAIM_INSERT = "INSERT INTO identity.organisation_claim (kind, value, organisation_id) VALUES ($1, $2, $3)";
    CLAIM_FIND = "SELECT organisation_id FROM identity.organisation_claim WHERE kind = $1 AND value = $2";
    /// A code once given is never given again.
    CLAIMS_DELETE = "DELETE FROM identity.organisation_claim
        WHERE organisation_id = $1 AND (kind, value) IN (('tax_code', $2), ('decision', $3))";
    BY_ID = "SELECT organisation_id, code, state, kind, name, short_name, foreign_name, tax_code, decision, founded_on,
            commune, address, phone, email, version
        FROM identity.organisation WHERE organisation_id = $1";
    OF_ACCOUNT = "SELECT o.organisation_id, o.code, o.state, o.kind, o.name, o.short_name, o.foreign_name, o.tax_code,
            o.decision, o.founded_on, o.commune, o.address, o.phone, o.email, o.version,
            r.representation_id, r.account_id, a.person_id, r.role, r.title, r.scope, r.begins_at, r.ends_at
        FROM identity.representation r JOIN identity.organisation o USING (organisation_id)
            JOIN identity.account a ON a.account_id = r.account_id
        WHERE r.account_id = $1 AND r.ended_at IS NULL AND (r.ends_at IS NULL OR r.ends_at > $2) AND o.state <> 'closed'
        ORDER BY o.name, o.organisation_id LIMIT $3";
    STATE = one!("UPDATE identity.organisation SET state = $3, locked_reason = $4, version = version + 1
        WHERE organisation_id = $1 AND version = $2");
    /// Whoever changes what belongs to an organisation moves its version on, so that two changes wait for each other.
    TOUCH = one!("UPDATE identity.organisation SET version = version + 1 WHERE organisation_id = $1 AND version = $2");
    LOCK_REASON = "SELECT locked_reason FROM identity.organisation WHERE organisation_id = $1";

    FILE_INSERT = "INSERT INTO identity.organisation_file (organisation_id, file_id, agency, collected_by, collected_at, due_on)
        VALUES ($1, $2, $3, $4, $5, $6)";
    FILE_OPEN = "SELECT organisation_id, file_id, agency, collected_by, collected_at, due_on, outside_at, approved_at, activate_by
        FROM identity.organisation_file WHERE organisation_id = $1 AND activated_at IS NULL AND ended IS NULL";
    FILES_WAITING = "SELECT f.organisation_id, f.file_id, f.agency, f.collected_by, f.collected_at, f.due_on, f.outside_at,
            f.approved_at, f.activate_by, o.code, o.state, o.kind, o.name, o.short_name, o.foreign_name, o.tax_code, o.decision,
            o.founded_on, o.commune, o.address, o.phone, o.email, o.version,
            r.representation_id, r.account_id, a.person_id, r.role, r.title, r.scope, r.begins_at, r.ends_at
        FROM identity.organisation_file f JOIN identity.organisation o USING (organisation_id)
            JOIN identity.representation r ON r.organisation_id = f.organisation_id AND r.role = 'legal' AND r.ended_at IS NULL
            JOIN identity.account a ON a.account_id = r.account_id
        WHERE f.agency = $1 AND f.approved_at IS NULL AND f.ended IS NULL ORDER BY f.due_on, f.file_id LIMIT $2";
    FILE_OUTSIDE = one!("UPDATE identity.organisation_file SET outside_at = $3, due_on = $4
        WHERE organisation_id = $1 AND file_id = $2 AND outside_at IS NULL AND approved_at IS NULL AND ended IS NULL");
    FILE_APPROVED = one!("UPDATE identity.organisation_file SET approved_by = $3, approved_at = $4, activate_by = $5
        WHERE organisation_id = $1 AND file_id = $2 AND approved_at IS NULL AND ended IS NULL");
    FILE_ACTIVATED = one!("UPDATE identity.organisation_file SET activated_at = $3
        WHERE organisation_id = $1 AND file_id = $2 AND approved_at IS NOT NULL AND activated_at IS NULL AND ended IS NULL");
    FILE_ENDED = one!("UPDATE identity.organisation_file SET ended = $3
        WHERE organisation_id = $1 AND file_id = $2 AND activated_at IS NULL AND ended IS NULL");

    REPRESENTATION_INSERT = "INSERT INTO identity.representation (organisation_id, representation_id, account_id, role, title,
            scope, begins_at, ends_at, granted_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    REPRESENTATIONS = "SELECT r.organisation_id, r.representation_id, r.account_id, a.person_id, r.role, r.title, r.scope,
            r.begins_at, r.ends_at
        FROM identity.representation r JOIN identity.account a USING (account_id)
        WHERE r.organisation_id = $1 AND r.ended_at IS NULL
        ORDER BY r.role = 'legal' DESC, r.begins_at, r.representation_id LIMIT $2";
    REPRESENTATION_END = one!("UPDATE identity.representation SET ended_at = $3, ended_by = $4, ended_why = $5
        WHERE organisation_id = $1 AND representation_id = $2 AND ended_at IS NULL");
    REPRESENTATIONS_OF = "SELECT r.organisation_id, r.representation_id, r.account_id, a.person_id, r.role, r.title, r.scope,
            r.begins_at, r.ends_at
        FROM identity.representation r JOIN identity.account a USING (account_id)
        WHERE r.account_id = $1 AND r.ended_at IS NULL ORDER BY r.representation_id";
    /// Those that a death ended and that would still be in force: their last day has not come, the organisation is there, and
    /// nobody has taken the place since, the person themselves neither.
    REPRESENTATIONS_LOST = "SELECT r.organisation_id, r.representation_id, r.account_id, a.person_id, r.role, r.title, r.scope,
            r.begins_at, r.ends_at
        FROM identity.representation r JOIN identity.account a USING (account_id)
            JOIN identity.organisation o USING (organisation_id)
        WHERE r.account_id = $1 AND r.ended_why = 'deceased' AND (r.ends_at IS NULL OR r.ends_at > $2)
          AND o.state IN ('activated', 'locked')
          AND NOT EXISTS (SELECT FROM identity.representation n
            WHERE n.organisation_id = r.organisation_id AND n.representation_id > r.representation_id
              AND (n.account_id = r.account_id OR (n.role = 'legal' AND r.role = 'legal')))
        ORDER BY r.representation_id";
    REPRESENTATIONS_OVER = "SELECT r.organisation_id, r.representation_id, r.account_id, a.person_id, r.role, r.title, r.scope,
            r.begins_at, r.ends_at
        FROM identity.representation r JOIN identity.account a USING (account_id)
        WHERE r.ended_at IS NULL AND r.ends_at <= $1 ORDER BY r.ends_at LIMIT $2";
    /// Whoever acts must still be able to sign in, at level 2.
    ACTING = "SELECT o.organisation_id, o.code, o.name, r.role, r.scope
        FROM identity.representation r JOIN identity.organisation o USING (organisation_id)
            JOIN identity.account a ON a.account_id = r.account_id
        WHERE r.account_id = $1 AND r.ended_at IS NULL AND (r.ends_at IS NULL OR r.ends_at > $2)
          AND o.state = 'activated' AND a.state = 'activated' AND a.identity_level = 2
        ORDER BY o.name, o.organisation_id LIMIT $3";

    CHANGE_INSERT = "INSERT INTO identity.organisation_change (organisation_id, change_id, account_id, title, document, agency,
            proposed_by, proposed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    CHANGE_ONE = "SELECT c.organisation_id, c.change_id, c.account_id, a.person_id, c.title, c.document, c.agency, c.proposed_by,
            c.proposed_at, o.name, o.code
        FROM identity.organisation_change c JOIN identity.organisation o USING (organisation_id)
            JOIN identity.account a ON a.account_id = c.account_id
        WHERE c.organisation_id = $1 AND c.change_id = $2 AND c.decided_at IS NULL AND c.proposed_at > $3";
    CHANGES_OPEN = "SELECT c.organisation_id, c.change_id, c.account_id, a.person_id, c.title, c.document, c.agency, c.proposed_by,
            c.proposed_at, o.name, o.code
        FROM identity.organisation_change c JOIN identity.organisation o USING (organisation_id)
            JOIN identity.account a ON a.account_id = c.account_id
        WHERE c.agency = $1 AND c.decided_at IS NULL AND c.proposed_at > $2 ORDER BY c.change_id LIMIT $3";
    CHANGE_DECIDED = one!("UPDATE identity.organisation_change SET decided_by = $3, decided_at = $4, outcome = $5
        WHERE organisation_id = $1 AND change_id = $2 AND decided_at IS NULL");

    ACT_INSERT = "INSERT INTO identity.organisation_act (organisation_id, act_id, at, kind, account_id, agency, detail)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ACTS = "SELECT t.act_id, t.at, t.kind, t.account_id, a.person_id, t.agency, t.detail
        FROM identity.organisation_act t LEFT JOIN identity.account a ON a.account_id = t.account_id
        WHERE t.organisation_id = $1 AND t.act_id < $2 ORDER BY t.act_id DESC LIMIT $3";
    ACTS_SWEEP = "DELETE FROM identity.organisation_act WHERE at < $1 AND kind = 'acted'";
}
