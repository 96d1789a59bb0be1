//! Statements as named constants, and the list of them that a test prepares against the real schema.

/// Declares the statements of a crate and `ALL`, the list of their names and texts.
///
/// ```
/// store::statements! {
///     /// One person by id.
///     PERSON_BY_ID = "SELECT name FROM registry.person WHERE person_id = $1";
/// }
/// assert_eq!(ALL[0].0, "PERSON_BY_ID");
/// ```
#[macro_export]
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$meta])* pub const $name: &str = $sql;)*
        /// Every statement above by name; a test prepares each against the real schema.
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

/// Wraps an INSERT, UPDATE or DELETE so that it fails unless it changes exactly one row.
///
/// The failure aborts the transaction on the server, so the statement can be sent together with COMMIT in one round
/// trip and still protect an optimistic `version`. It surfaces as [`crate::StoreError::Conflict`].
#[macro_export]
macro_rules! one {
    ($sql:literal) => {
        concat!("WITH changed AS (", $sql, " RETURNING 1) SELECT 1 / (count(*) = 1)::int FROM changed")
    };
}

crate::statements! {
    OUTBOX_INSERT = "INSERT INTO store.outbox (topic, key, payload, at)
        SELECT t, k, p, $4 FROM unnest($1::text[], $2::uuid[], $3::jsonb[]) AS e(t, k, p)";
    AUDIT_INSERT = "INSERT INTO store.audit_intake (id, at, subject, salt, body)
        SELECT i, $5, s, l, b FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::text[]) AS e(i, s, l, b)";
    JOB_INSERT = "INSERT INTO store.job (id, queue, payload, run_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
    CONSUMER_ENSURE = "INSERT INTO store.consumer (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";
    CONSUMER_LOCK = "SELECT txid::text AS txid, id, failures, singly FROM store.consumer
        WHERE name = $1 AND (retry_at IS NULL OR retry_at <= $2) FOR UPDATE SKIP LOCKED";
    OUTBOX_READ = "SELECT txid::text AS txid, id, topic, key, payload, at FROM store.outbox
        WHERE (txid, id) > ($1::text::xid8, $2) AND txid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY txid, id LIMIT $3";
    CONSUMER_ADVANCE = "UPDATE store.consumer SET txid = $2::text::xid8, id = $3, failures = 0, retry_at = NULL,
        singly = greatest(singly - $4, 0) WHERE name = $1";
    CONSUMER_SINGLY = "UPDATE store.consumer SET singly = $2 WHERE name = $1";
    CONSUMER_FAIL = "UPDATE store.consumer SET failures = failures + 1, retry_at = $2 WHERE name = $1";
    DEAD_EVENT_INSERT = "INSERT INTO store.dead_event (consumer, txid, id, topic, key, payload, at, error)
        VALUES ($1, $2::text::xid8, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    OUTBOX_PURGE = "DELETE FROM store.outbox WHERE at < $1
        AND (txid, id) <= (SELECT txid, id FROM store.consumer ORDER BY txid, id LIMIT 1)";
    OUTBOX_PENDING = "SELECT count(*) FROM store.outbox o, store.consumer c
        WHERE c.name = $1 AND c.retry_at IS NULL AND (o.txid, o.id) > (c.txid, c.id)";
    WORKER_NEXT = "SELECT nextval('store.worker')::int AS worker";
    WORKER_LOCK = "SELECT pg_try_advisory_lock($1, $2) AS mine";
    /// Free is what nobody has, what a dead worker had, and what was held too long. A job that runs is none of these
    /// for anybody: its own transaction has locked the row.
    JOB_CLAIM = "WITH ready AS (
            SELECT id FROM store.job WHERE queue = ANY($1) AND NOT dead AND run_at <= $2
              AND (claimed_by IS NULL OR claimed_till < $2 OR (claimed_by <> $5 AND pg_try_advisory_xact_lock($6, claimed_by)))
            ORDER BY run_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        UPDATE store.job j SET claimed_till = $4, claimed_by = $5, attempts = attempts + 1 FROM ready WHERE j.id = ready.id
        RETURNING j.id, j.queue, j.payload, j.attempts";
    /// Waits for whoever looks at the row: another worker's claim locks it for a moment before it sees that it is taken.
    JOB_START = "SELECT 1 AS mine FROM store.job WHERE id = $1 AND claimed_by = $2 AND attempts = $3 FOR UPDATE";
    JOB_DONE = "DELETE FROM store.job WHERE id = $1";
    JOB_RETRY = "UPDATE store.job SET claimed_till = NULL, claimed_by = NULL, run_at = $4, last_error = $5, dead = $6
        WHERE id = $1 AND claimed_by = $2 AND attempts = $3";
    JOB_PENDING = "SELECT count(*) FROM store.job WHERE NOT dead AND run_at <= $1";
    JOB_DEAD = "SELECT id, queue, attempts, last_error FROM store.job WHERE dead ORDER BY run_at LIMIT $1";
    DEAD_EVENT_COUNT = "SELECT count(*) FROM store.dead_event";
    IDEMPOTENCY_FIND = "SELECT request, response FROM store.idempotency WHERE actor = $1 AND key = $2";
    IDEMPOTENCY_INSERT = "INSERT INTO store.idempotency (actor, key, request, response, at) VALUES ($1, $2, $3, $4, $5)";
    IDEMPOTENCY_PURGE = "DELETE FROM store.idempotency WHERE at < $1";
}
