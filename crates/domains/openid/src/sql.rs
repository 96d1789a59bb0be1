//! The statements of this domain.

use store::one;

store::statements! {
    // Relying parties.
    /// Everything that the endpoints must know, of all that changed since.
    CLIENT_CHANGED = "SELECT c.client_id, c.owner, c.state, c.settings, c.version,
            ARRAY(SELECT jwk FROM openid.client_key k WHERE k.client_id = c.client_id ORDER BY kid) AS jwks,
            ARRAY(SELECT digest FROM openid.client_secret s WHERE s.client_id = c.client_id ORDER BY secret_id) AS digests,
            ARRAY(SELECT ends_at FROM openid.client_secret s WHERE s.client_id = c.client_id ORDER BY secret_id) AS ends,
            (SELECT model FROM openid.registration r WHERE r.client_id = c.client_id) AS model
        FROM openid.client c WHERE c.changed_at > $1";
    CLIENT_BY_ID = "SELECT client_id, owner, state, settings, change, proposers, version, created_at,
            EXISTS (SELECT 1 FROM openid.registration r WHERE r.client_id = c.client_id) AS registered
        FROM openid.client c WHERE client_id = $1";
    CLIENT_LIST = "SELECT client_id, owner, state, settings, change IS NOT NULL AS changes, created_at FROM openid.client
        WHERE ($1::text IS NULL OR owner = $1) AND client_id > $2 ORDER BY client_id LIMIT $3";
    CLIENT_INSERT = "INSERT INTO openid.client (client_id, owner, state, settings, proposers, created_at, changed_at)
        VALUES ($1, $2, 'proposed', $3, ARRAY[$4::uuid], $5, $5)";
    /// The change is null where nothing waits (any more).
    CLIENT_UPDATE = one!("UPDATE openid.client SET state = $3, settings = $4, change = $5, proposers = $6,
        version = version + 1, changed_at = $7 WHERE client_id = $1 AND version = $2");
    /// A key or secret came or went.
    CLIENT_TOUCH = one!("UPDATE openid.client SET version = version + 1, changed_at = $2 WHERE client_id = $1");
    CLIENT_KEYS = "SELECT kid, jwk, added_at FROM openid.client_key WHERE client_id = $1 ORDER BY added_at, kid";
    CLIENT_KEY_INSERT = "INSERT INTO openid.client_key (client_id, kid, jwk, added_at) VALUES ($1, $2, $3, $4)";
    CLIENT_KEY_DELETE = one!("DELETE FROM openid.client_key WHERE client_id = $1 AND kid = $2");
    CLIENT_SECRETS = "SELECT secret_id, made_at, ends_at FROM openid.client_secret WHERE client_id = $1 ORDER BY made_at";
    CLIENT_SECRET_INSERT = "INSERT INTO openid.client_secret (client_id, secret_id, digest, made_at, ends_at)
        VALUES ($1, $2, $3, $4, $5)";
    CLIENT_SECRET_DELETE = one!("DELETE FROM openid.client_secret WHERE client_id = $1 AND secret_id = $2");
    SECRET_SWEEP = "DELETE FROM openid.client_secret WHERE ends_at < $1";
    CLIENT_EVENT_INSERT = "INSERT INTO openid.client_event (client_id, event_id, at, event, note, actor, agency)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    CLIENT_EVENTS = "SELECT at, event, note, actor, agency FROM openid.client_event WHERE client_id = $1
        ORDER BY event_id DESC LIMIT $2";
    USAGE_ADD = "INSERT INTO openid.client_usage (client_id, day, kind, count)
        SELECT c, d, k, n FROM unnest($1::uuid[], $2::date[], $3::text[], $4::bigint[]) AS u(c, d, k, n)
        ON CONFLICT (client_id, day, kind) DO UPDATE SET count = client_usage.count + excluded.count";
    USAGE_READ = "SELECT day, kind, count FROM openid.client_usage WHERE client_id = $1 AND day > $2 ORDER BY day DESC, kind";
    USAGE_SWEEP = "DELETE FROM openid.client_usage WHERE day < $1";
    FAULT_ADD = "INSERT INTO openid.client_fault (client_id, hour, endpoint, code, count, last_at)
        SELECT c, h, e, k, n, l
        FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[]) AS f(c, h, e, k, n, l)
        ON CONFLICT (client_id, hour, endpoint, code)
        DO UPDATE SET count = client_fault.count + excluded.count, last_at = greatest(client_fault.last_at, excluded.last_at)";
    FAULT_READ = "SELECT endpoint, code, count, last_at FROM openid.client_fault WHERE client_id = $1
        ORDER BY last_at DESC, endpoint, code LIMIT $2";
    FAULT_SWEEP = "DELETE FROM openid.client_fault WHERE hour < $1";

    // Our own keys.
    KEYS = "SELECT kid, alg, state, place, made_at, active_at, retired_at FROM openid.signing_key ORDER BY made_at DESC, kid";
    KEYS_PUBLISHED = "SELECT kid, alg, state, jwk, place, made_at, active_at, retired_at FROM openid.signing_key
        WHERE state <> 'retired' ORDER BY made_at, kid";
    KEY_INSERT = "INSERT INTO openid.signing_key (kid, alg, state, jwk, place, made_at, active_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    KEY_MOVE = "UPDATE openid.signing_key SET state = $3, active_at = coalesce($4, active_at),
        retired_at = coalesce($5, retired_at) WHERE alg = $1 AND state = $2";
    KEY_RETIRE = "UPDATE openid.signing_key SET state = 'retired' WHERE state = 'retiring' AND retired_at < $1";
    KEY_SWEEP = "DELETE FROM openid.signing_key WHERE state = 'retired' AND retired_at < $1";

    // Requests on their way.
    PUSHED_INSERT = "INSERT INTO openid.pushed_request (digest, client_id, request, ends_at) VALUES ($1, $2, $3, $4)";
    /// The first browser that loads it takes it over into an interaction of its own: one statement, so of two at once one does.
    PUSHED_TAKE = "WITH taken AS (DELETE FROM openid.pushed_request WHERE digest = $1 AND client_id = $2 AND ends_at > $3
            RETURNING request, ends_at)
        INSERT INTO openid.interaction (interaction_id, browser, client_id, request, begun_at, ends_at, reload_until)
        SELECT $4, $5, $2, request, $3, $6, ends_at FROM taken RETURNING request";
    PUSHED_SWEEP = "DELETE FROM openid.pushed_request WHERE ends_at < $1";
    INTERACTION_INSERT = "INSERT INTO openid.interaction (interaction_id, browser, client_id, request, begun_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    INTERACTION_FIND = "SELECT browser, client_id, request, begun_at, ends_at FROM openid.interaction
        WHERE interaction_id = $1 AND ends_at > $2";
    /// A pushed request that was loaded before and is not answered yet.
    INTERACTION_RELOAD = "SELECT browser FROM openid.interaction
        WHERE interaction_id = $1 AND client_id = $2 AND reload_until > $3 AND ends_at > $3";
    INTERACTION_END = one!("DELETE FROM openid.interaction WHERE interaction_id = $1");
    INTERACTION_SWEEP = "DELETE FROM openid.interaction WHERE ends_at < $1";
    SEEN_INSERT = "INSERT INTO openid.seen (key, ends_at) SELECT k, e FROM unnest($1::bytea[], $2::timestamptz[]) AS s(k, e)
        ON CONFLICT (key) DO NOTHING RETURNING key";
    SEEN_SWEEP = "DELETE FROM openid.seen WHERE ends_at < $1";
    ENDED_INSERT = "INSERT INTO openid.ended (key, at, ends_at) VALUES ($1, $2, $3)
        ON CONFLICT (key) DO UPDATE SET at = excluded.at, ends_at = excluded.ends_at";
    ENDED_SINCE = "SELECT key, at FROM openid.ended WHERE at > $1";
    ENDED_SWEEP = "DELETE FROM openid.ended WHERE ends_at < $1";

    // What belongs to an account.
    CODE_INSERT = "INSERT INTO openid.code (account_id, digest, grant_id, client_id, terms, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// Locked, so that of two exchanges at once one sees that the other was first.
    CODE_FIND = "SELECT grant_id, client_id, terms, used_at, ends_at FROM openid.code
        WHERE account_id = $1 AND digest = $2 FOR UPDATE";
    CODE_USE = one!("UPDATE openid.code SET used_at = $3, ends_at = $4
        WHERE account_id = $1 AND digest = $2 AND used_at IS NULL");
    CODES_END_ALL = "DELETE FROM openid.code WHERE account_id = $1 AND used_at IS NULL";
    CODES_END_CLIENT = "DELETE FROM openid.code WHERE account_id = $1 AND client_id = $2 AND used_at IS NULL";
    CODES_END_SESSION = "DELETE FROM openid.code WHERE account_id = $1 AND used_at IS NULL AND terms->>'session' IS NOT NULL
        AND ($2::uuid IS NULL OR terms->>'session' = $2::text) AND ($3::uuid IS NULL OR terms->>'session' <> $3::text)";
    CODES_END_ORGANISATION = "DELETE FROM openid.code
        WHERE account_id = $1 AND used_at IS NULL AND (terms->'terms'->>'organisation')::uuid = $2";
    CODE_SWEEP = "DELETE FROM openid.code WHERE ends_at < $1";
    GRANT_INSERT = "INSERT INTO openid.\"grant\"
        (account_id, grant_id, client_id, session_id, terms, binding, refresh, refreshed_at, begun_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)";
    GRANT_TERMS = "SELECT client_id, terms FROM openid.\"grant\"
        WHERE account_id = $1 AND grant_id = $2 AND ended_at IS NULL AND ends_at > $3";
    /// Turns the current refresh token into the one before. Nothing changes unless everything fits.
    GRANT_REFRESH = "UPDATE openid.\"grant\" SET refresh_before = refresh, refresh = $4, refreshed_at = $5
        WHERE account_id = $1 AND grant_id = $2 AND refresh = $3 AND client_id = $6 AND ended_at IS NULL AND ends_at > $5
          AND binding IS NOT DISTINCT FROM $7 AND terms->'scopes' @> $8 RETURNING terms";
    /// The answer with the current token was lost: the one before counts once more, and its successor never did.
    GRANT_REFRESH_AGAIN = "UPDATE openid.\"grant\" SET refresh = $4
        WHERE account_id = $1 AND grant_id = $2 AND refresh_before = $3 AND client_id = $6 AND ended_at IS NULL AND ends_at > $5
          AND binding IS NOT NULL AND binding IS NOT DISTINCT FROM $7 AND terms->'scopes' @> $8 AND refreshed_at > $9 RETURNING terms";
    GRANT_REFRESH_STATE = "SELECT client_id, binding, coalesce(refresh = $3, false) AS current,
            ended_at IS NULL AND ends_at > $4 AS live
        FROM openid.\"grant\" WHERE account_id = $1 AND grant_id = $2";
    GRANT_END = "UPDATE openid.\"grant\" SET ended_at = $3 WHERE account_id = $1 AND grant_id = $2 AND ended_at IS NULL";
    GRANTS_END_ALL = "UPDATE openid.\"grant\" SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL";
    GRANTS_END_SESSION = "UPDATE openid.\"grant\" SET ended_at = $4
        WHERE account_id = $1 AND ended_at IS NULL AND session_id IS NOT NULL
          AND ($2::uuid IS NULL OR session_id = $2) AND ($3::uuid IS NULL OR session_id <> $3) RETURNING grant_id";
    GRANTS_END_CLIENT = "UPDATE openid.\"grant\" SET ended_at = $3
        WHERE account_id = $1 AND client_id = $2 AND ended_at IS NULL RETURNING grant_id";
    GRANTS_END_ORGANISATION = "UPDATE openid.\"grant\" SET ended_at = $3
        WHERE account_id = $1 AND (terms->>'organisation')::uuid = $2 AND ended_at IS NULL RETURNING grant_id";
    GRANT_SWEEP = "DELETE FROM openid.\"grant\" WHERE ends_at < $1";
    CONSENT_FIND = "SELECT claims, offline, party, shown FROM openid.consent WHERE account_id = $1 AND client_id = $2 AND ends_at > $3";
    CONSENT_LIST = "SELECT client_id, claims, offline, party, shown, given_at, ends_at FROM openid.consent
        WHERE account_id = $1 AND ends_at > $2 ORDER BY given_at DESC";
    CONSENT_PUT = "INSERT INTO openid.consent (account_id, client_id, claims, offline, party, shown, given_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (account_id, client_id) DO UPDATE SET claims = excluded.claims, offline = excluded.offline,
            party = excluded.party, shown = excluded.shown, given_at = excluded.given_at, ends_at = excluded.ends_at";
    CONSENT_DELETE = "DELETE FROM openid.consent WHERE account_id = $1 AND client_id = $2";
    CONSENT_DELETE_ALL = "DELETE FROM openid.consent WHERE account_id = $1";
    CONSENT_SWEEP = "DELETE FROM openid.consent WHERE ends_at < $1";
    RELEASE_INSERT = "INSERT INTO openid.release (account_id, release_id, client_id, claims, bases, purposes, at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    RELEASE_LIST = "SELECT release_id, client_id, claims, bases, purposes, at FROM openid.release
        WHERE account_id = $1 AND release_id < $2 ORDER BY release_id DESC LIMIT $3";
    RELEASE_SWEEP = "DELETE FROM openid.release WHERE ends_at < $1";
}
