//! The statements of what goes beyond the code flow: `migrations/V3__beyond.sql` and what came later to it.

use store::one;

store::statements! {
    // Whom an account visited.
    VISIT_PUT = "INSERT INTO openid.visit (account_id, client_id, session_id, subject, at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (account_id, client_id, session_id) DO UPDATE SET at = excluded.at, ends_at = excluded.ends_at, told_at = NULL";
    /// Of one session, of all, or of all but one; each is told once.
    VISIT_TELL = "UPDATE openid.visit SET told_at = $4 WHERE account_id = $1 AND told_at IS NULL
          AND ($2::uuid IS NULL OR session_id = $2) AND ($3::uuid IS NULL OR session_id <> $3)
        RETURNING client_id, session_id, subject";
    /// Those that want to hear of the account.
    VISIT_CLIENTS = "SELECT DISTINCT client_id, subject FROM openid.visit v WHERE account_id = $1 AND ends_at > $2
        AND NOT EXISTS (SELECT 1 FROM openid.unheard u WHERE u.account_id = v.account_id AND u.client_id = v.client_id)";
    VISIT_ACCOUNT = "SELECT account_id FROM openid.visit WHERE client_id = $1 AND subject = $2 AND ends_at > $3 LIMIT 1";
    VISIT_SWEEP = "DELETE FROM openid.visit WHERE ends_at < $1";

    // Messages to relying parties.
    MESSAGE_INSERT = "INSERT INTO openid.message (message_id, client_id, kind, payload, due_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (message_id) DO NOTHING";
    /// Free is what nobody sends right now; of each client only so many at a time, so that one that is down holds up none.
    MESSAGE_CLAIM = "WITH due AS (
            SELECT message_id, row_number() OVER (PARTITION BY client_id ORDER BY due_at) AS place FROM openid.message
            WHERE due_at <= $1 AND (claimed_till IS NULL OR claimed_till < $1)),
        mine AS (SELECT message_id FROM openid.message WHERE message_id IN (SELECT message_id FROM due WHERE place <= $3)
            AND due_at <= $1 AND (claimed_till IS NULL OR claimed_till < $1)
            ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED)
        UPDATE openid.message m SET claimed_till = $2, tries = tries + 1 FROM mine WHERE m.message_id = mine.message_id
        RETURNING m.message_id, m.client_id, m.payload, m.tries, m.ends_at";
    MESSAGE_LATER = "UPDATE openid.message SET due_at = $2, claimed_till = NULL WHERE message_id = $1";
    MESSAGE_DONE = "DELETE FROM openid.message WHERE message_id = $1";
    MESSAGE_SWEEP = "DELETE FROM openid.message WHERE ends_at < $1";
    SIGNALS_POLL = "SELECT message_id, payload FROM openid.message WHERE client_id = $1 AND kind = 'signal' AND ends_at > $2
        ORDER BY message_id LIMIT $3";
    SIGNALS_ACK = "DELETE FROM openid.message WHERE client_id = $1 AND kind = 'signal' AND message_id = ANY($2)";
    SIGNALS_DROP = "DELETE FROM openid.message WHERE client_id = $1 AND kind = 'signal'";
    /// A stream was paused, goes on, or is fetched from now on.
    SIGNALS_DUE = "UPDATE openid.message SET due_at = $2 WHERE client_id = $1 AND kind = 'signal'";
    /// The oldest beyond a limit go: a receiver that never fetches must not fill the table.
    SIGNALS_TRIM = "DELETE FROM openid.message WHERE message_id IN (SELECT message_id FROM (
            SELECT message_id, row_number() OVER (PARTITION BY client_id ORDER BY message_id DESC) AS place
            FROM openid.message WHERE kind = 'signal') AS counted WHERE place > $1)";

    // Devices.
    DEVICE_INSERT = "INSERT INTO openid.device (digest, user_code, client_id, request, state, interval_s, ends_at)
        VALUES ($1, $2, $3, $4, 'pending', $5, $6)";
    DEVICE_BY_CODE = "SELECT digest, client_id, request, ends_at FROM openid.device
        WHERE user_code = $1 AND state = 'pending' AND ends_at > $2";
    DEVICE_ANSWER = one!("UPDATE openid.device SET state = $3, account_id = $4, accepted = $5
        WHERE user_code = $1 AND state = 'pending' AND ends_at > $2");
    DEVICE_ASKED = "SELECT client_id, request, state, account_id, accepted, polled_at, interval_s, ends_at FROM openid.device
        WHERE digest = $1 FOR UPDATE";
    /// What was accepted and not fetched yet is as if it had been refused: of one relying party, or of all.
    DEVICES_TAKE_BACK = "UPDATE openid.device SET state = 'refused', accepted = NULL
        WHERE account_id = $1 AND state = 'accepted' AND ($2::uuid IS NULL OR client_id = $2)";
    DEVICE_POLLED = "UPDATE openid.device SET polled_at = $2, interval_s = $3 WHERE digest = $1";
    DEVICE_END = one!("DELETE FROM openid.device WHERE digest = $1");
    DEVICE_SWEEP = "DELETE FROM openid.device WHERE ends_at < $1";

    // Requests behind somebody's back.
    CIBA_INSERT = "INSERT INTO openid.ciba
        (account_id, ciba_id, digest, client_id, request, state, ping, interval_s, begun_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9)";
    CIBA_OPEN = "SELECT ciba_id, client_id, request, begun_at, ends_at FROM openid.ciba
        WHERE account_id = $1 AND state = 'pending' AND ends_at > $2 ORDER BY ciba_id";
    CIBA_FIND = "SELECT ciba_id, client_id, request, begun_at, ends_at FROM openid.ciba
        WHERE account_id = $1 AND ciba_id = $2 AND state = 'pending' AND ends_at > $3";
    CIBA_COUNT = "SELECT count(*) FROM openid.ciba WHERE account_id = $1 AND state = 'pending' AND ends_at > $2";
    CIBA_ANSWER = "UPDATE openid.ciba SET state = $4, accepted = $5
        WHERE account_id = $1 AND ciba_id = $2 AND state = 'pending' AND ends_at > $3 RETURNING client_id, ping";
    CIBA_ASKED = "SELECT digest, client_id, state, accepted, polled_at, interval_s, ends_at FROM openid.ciba
        WHERE account_id = $1 AND ciba_id = $2 FOR UPDATE";
    /// As with devices.
    CIBA_TAKE_BACK = "UPDATE openid.ciba SET state = 'refused', accepted = NULL
        WHERE account_id = $1 AND state = 'accepted' AND ($2::uuid IS NULL OR client_id = $2)";
    CIBA_POLLED = "UPDATE openid.ciba SET polled_at = $3, interval_s = $4 WHERE account_id = $1 AND ciba_id = $2";
    CIBA_END = one!("DELETE FROM openid.ciba WHERE account_id = $1 AND ciba_id = $2");
    CIBA_SWEEP = "DELETE FROM openid.ciba WHERE ends_at < $1";

    // Registration by programs.
    INITIAL_INSERT = "INSERT INTO openid.initial_token
        (token_id, digest, owner, ceiling, model, uses, made_by, made_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    INITIAL_USE = "UPDATE openid.initial_token t SET uses = t.uses - 1 FROM openid.client m
        WHERE t.digest = $1 AND t.uses > 0 AND t.ends_at > $2 AND m.client_id = t.model
        RETURNING t.owner, t.ceiling, t.made_by, t.model, m.state AS model_state, m.settings AS model_settings";
    INITIAL_LIST = "SELECT token_id, owner, ceiling, uses, made_by, made_at, ends_at FROM openid.initial_token
        WHERE ($1::text IS NULL OR owner = $1) AND ends_at > $2 ORDER BY token_id DESC LIMIT $3";
    INITIAL_OWNER = "SELECT owner FROM openid.initial_token WHERE token_id = $1";
    INITIAL_END = one!("DELETE FROM openid.initial_token WHERE token_id = $1");
    INITIAL_SWEEP = "DELETE FROM openid.initial_token WHERE ends_at < $1";
    CLIENT_REGISTER = "INSERT INTO openid.client (client_id, owner, state, settings, created_at, changed_at)
        VALUES ($1, $2, 'approved', $3, $4, $4)";
    REGISTRATION_INSERT = "INSERT INTO openid.registration (client_id, digest, ceiling, model, made_by)
        VALUES ($1, $2, $3, $4, $5)";
    REGISTRATION_FIND = "SELECT r.digest, r.ceiling, r.made_by, c.owner, c.state, c.settings, c.version, c.created_at,
            m.state AS model_state, m.settings AS model_settings
        FROM openid.registration r JOIN openid.client c USING (client_id) JOIN openid.client m ON m.client_id = r.model
        WHERE r.client_id = $1 FOR UPDATE OF c";
    REGISTRATION_WRITE = one!("UPDATE openid.client SET state = $3, settings = $4, change = NULL, version = version + 1,
        changed_at = $5 WHERE client_id = $1 AND version = $2");
    REGISTRATION_END = "DELETE FROM openid.registration WHERE client_id = $1";
    CLIENT_KEYS_DELETE = "DELETE FROM openid.client_key WHERE client_id = $1";

    // Streams.
    UNHEARD_PUT = "INSERT INTO openid.unheard (account_id, client_id, at)
        SELECT DISTINCT account_id, client_id, $3::timestamptz FROM openid.visit WHERE client_id = $1 AND subject = $2
        ON CONFLICT (account_id, client_id) DO NOTHING";
    UNHEARD_END = "DELETE FROM openid.unheard u USING openid.visit v
        WHERE v.client_id = $1 AND v.subject = $2 AND u.account_id = v.account_id AND u.client_id = v.client_id";
    UNHEARD_END_ALL = "DELETE FROM openid.unheard WHERE client_id = $1";
    /// Who has not been there for long is heard of by nobody anyway.
    UNHEARD_SWEEP = "DELETE FROM openid.unheard u WHERE NOT EXISTS (
        SELECT 1 FROM openid.visit v WHERE v.account_id = u.account_id AND v.client_id = u.client_id)";
    STREAM_INSERT = "INSERT INTO openid.stream (client_id, stream_id, settings, status, created_at)
        VALUES ($1, $2, $3, 'enabled', $4) ON CONFLICT (client_id) DO NOTHING";
    STREAM_FIND = "SELECT stream_id, settings, status, reason, verified_at FROM openid.stream WHERE client_id = $1";
    STREAMS_OF = "SELECT client_id, stream_id, settings, status FROM openid.stream
        WHERE client_id = ANY($1) AND status <> 'disabled'";
    STREAM_UPDATE = one!("UPDATE openid.stream SET settings = $3 WHERE client_id = $1 AND stream_id = $2");
    STREAM_STATUS = one!("UPDATE openid.stream SET status = $3, reason = $4 WHERE client_id = $1 AND stream_id = $2");
    STREAM_VERIFIED = one!("UPDATE openid.stream SET verified_at = $3 WHERE client_id = $1 AND stream_id = $2");
    STREAM_DELETE = one!("DELETE FROM openid.stream WHERE client_id = $1 AND stream_id = $2");
}
