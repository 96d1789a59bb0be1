//! The statements of this domain.

use store::one;

store::statements! {
    DOCUMENT_INSERT = "INSERT INTO credential.document (person_id, document_id, dossier_id, kind, title, issuer, issuer_name,
            issued_at, valid_until, sha256, key_id, jws, state, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'issued', $8)";
    CLAIM_INSERT = "INSERT INTO credential.document_claim (person_id, document_id, kind, title, issuer, issuer_name,
            issued_at, valid_until, sha256, key_id, jws, state, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'issued', $7)";
    FILE_INSERT = "INSERT INTO credential.document_file (person_id, document_id, pdf) VALUES ($1, $2, $3)";
    DOCUMENT_BY_ID = "SELECT d.* FROM credential.document_claim c JOIN credential.document d USING (person_id, document_id)
        WHERE c.document_id = $1";
    DOCUMENTS_OWN = "SELECT * FROM credential.document WHERE person_id = $1 AND ($2::uuid IS NULL OR document_id < $2)
        ORDER BY document_id DESC LIMIT $3";
    FILE_READ = "SELECT pdf FROM credential.document_file WHERE person_id = $1 AND document_id = $2";
    PUBLIC_BY_ID = "SELECT * FROM credential.document_claim WHERE document_id = $1";
    /// How documents stand in each of the two places, where they are not simply in force.
    ENDED = "SELECT document_id, c.state AS claim, d.state AS document FROM credential.document_claim c
        FULL JOIN credential.document d USING (document_id)
        WHERE c.state IS DISTINCT FROM 'issued' OR d.state IS DISTINCT FROM 'issued'";
    /// What is replaced or revoked never changes again; whoever comes second conflicts.
    DOCUMENT_END = one!("UPDATE credential.document SET state = $3, replaced_by = $4, revoked_reason = $5, changed_at = $6
        WHERE person_id = $1 AND document_id = $2 AND state = 'issued'");
    CLAIM_END = one!("UPDATE credential.document_claim SET state = $2, replaced_by = $3, changed_at = $4
        WHERE document_id = $1 AND state = 'issued'");
    KEYS = "SELECT key_id, public_key, state, created_at, not_before, not_after FROM credential.signing_key
        ORDER BY created_at DESC, key_id";
    KEY_ACTIVE = "SELECT key_id FROM credential.signing_key WHERE state = 'active'";
    /// Of two processes that start together, one makes the key.
    KEY_INSERT = "INSERT INTO credential.signing_key (key_id, public_key, state, created_at, not_before)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    KEY_MOVE = "UPDATE credential.signing_key SET state = $3, not_before = $4, not_after = $5
        WHERE key_id = $1 AND state = $2";
}
