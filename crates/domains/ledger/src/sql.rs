//! The statements of this crate, each prepared by a test against the real schema.

use tokio_postgres::types::Type;

/// How entries go in; the columns' types stand beside it, as COPY is not prepared.
pub const ENTRY_COPY: &str = "COPY ledger.entry (index, id, at, subject, salt, body) FROM STDIN BINARY";
pub const ENTRY_TYPES: [Type; 6] =
    [Type::INT8, Type::UUID, Type::TIMESTAMPTZ, Type::UUID, Type::BYTEA, Type::TEXT];

store::statements! {
    /// One sequencer at a time. For the transaction, so that a lock can neither leak nor outlive its connection.
    LOCK = "SELECT pg_try_advisory_xact_lock($1) AS mine";
    HEAD = "SELECT size, note FROM ledger.checkpoint ORDER BY size DESC LIMIT 1";
    TAKE = "DELETE FROM store.audit_intake WHERE ctid = ANY(ARRAY(SELECT ctid FROM store.audit_intake ORDER BY id LIMIT $1))
        RETURNING id, at, subject, salt, body";
    TILE_PUT = "INSERT INTO ledger.tile (level, n, data) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])
        ON CONFLICT (level, n) DO UPDATE SET data = EXCLUDED.data";
    BUNDLE_PUT = "INSERT INTO ledger.bundle (n, data) SELECT * FROM unnest($1::bigint[], $2::bytea[])
        ON CONFLICT (n) DO UPDATE SET data = EXCLUDED.data";
    CHECKPOINT_PUT = "INSERT INTO ledger.checkpoint (size, prior, note) VALUES ($1, $2, $3)";
    BACKLOG = "SELECT count(*) AS pending, min(at) AS oldest FROM store.audit_intake";

    TILE = "SELECT data FROM ledger.tile WHERE level = $1 AND n = $2";
    BUNDLE = "SELECT data FROM ledger.bundle WHERE n = $1";
    TILES = "SELECT n, data FROM ledger.tile WHERE level = $1 AND n >= $2 AND n < $3 ORDER BY n";
    BUNDLES = "SELECT n, data FROM ledger.bundle WHERE n >= $1 AND n < $2 ORDER BY n";
    ENTRIES = "SELECT index, id, at, subject, salt, body FROM ledger.entry WHERE index >= $1 AND index < $2 ORDER BY index";
    CHECKPOINTS = "SELECT size, prior, note FROM ledger.checkpoint WHERE size > $1 ORDER BY size LIMIT $2";

    /// How far tiles and rows reach. Both reach beyond the newest checkpoint by the same only when that one is gone.
    REACH = "SELECT (SELECT n * 256 + octet_length(data) / 32 FROM ledger.tile
            WHERE level = 0 AND n BETWEEN 0 AND 1::bigint << 48 ORDER BY n DESC LIMIT 1) AS tiles,
        (SELECT max(index) FROM ledger.entry) AS last";
    /// What does not belong to a tree of $1 entries; tiles of another width than they must have included.
    SURPLUS = "SELECT 'entry' AS kind, NULL::int AS level, index AS n FROM ledger.entry WHERE index < 0 OR index >= $1
        UNION ALL SELECT 'bundle', NULL, n FROM ledger.bundle WHERE n < 0 OR n >= ($1 + 255) / 256
        UNION ALL SELECT 'tile', level, n FROM ledger.tile
            WHERE level NOT BETWEEN 0 AND 7 OR octet_length(data) > 32 * CASE
                WHEN n BETWEEN 0 AND ($1 >> (8 * level)) / 256 - 1 THEN 256
                WHEN n = ($1 >> (8 * level)) / 256 THEN ($1 >> (8 * level)) % 256
                ELSE -1 END
        LIMIT $2";
    SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
    /// Looking through the whole log takes what it takes, in the database and between two reads.
    UNHURRIED = "SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)";
    REPEATED = "SELECT id FROM ledger.entry GROUP BY id HAVING count(*) > 1 LIMIT $1";

    /// Both in one statement: an entry that moves into the log meanwhile is neither missed nor shown twice.
    ACCESSES = "SELECT NULL::bigint AS index, id, at, body FROM store.audit_intake WHERE subject = $1 AND id < $2
            AND ($5::boolean IS NULL OR (strpos(body, $4) > 0) = $5)
        UNION ALL SELECT index, id, at, body FROM ledger.entry WHERE subject = $1 AND id < $2
            AND ($5::boolean IS NULL OR (strpos(body, $4) > 0) = $5)
        ORDER BY id DESC LIMIT $3";
    /// Both in one statement, for the same reason. The text is looked through, as one that was altered may be no JSON.
    DEEDS = "SELECT body FROM (SELECT body FROM store.audit_intake UNION ALL SELECT body FROM ledger.entry) e
        WHERE EXISTS (SELECT FROM unnest($1::text[]) action WHERE strpos(body, '\"action\":\"' || action || '\"') > 0)";
    ENTRY = "SELECT id, at, subject, salt, body FROM ledger.entry WHERE index = $1 AND subject = $2";
}
