//! The statements of the console and of what it decides: its queue, sectors, who proposed what; questions of one relying
//! party about one person; what is held of a person's, and when somebody was told something last.

store::statements! {
    /// New real relying parties and changes of any, the longest waiting first.
    CLIENTS_WAITING = "SELECT client_id, owner, coalesce(change, settings) AS draft, change IS NOT NULL AS changes, changed_at
        FROM openid.client
        WHERE change IS NOT NULL OR (state = 'proposed' AND NOT (settings->>'sandbox')::boolean)
        ORDER BY changed_at, client_id LIMIT $1";
    /// Whose a sector is; the first approval claims it.
    SECTOR_OWNER = "SELECT owner FROM openid.sector WHERE sector = $1";
    SECTOR_CLAIM = "INSERT INTO openid.sector (sector, owner, claimed_at) VALUES ($1, $2, $3)
        ON CONFLICT (sector) DO UPDATE SET owner = sector.owner RETURNING owner, xmax = 0 AS is_new";
    /// Whether somebody ever proposed anything of a client.
    CLIENT_PROPOSED_BY = "SELECT 1 FROM openid.client_event
        WHERE client_id = $1 AND actor = $2 AND event IN ('proposed', 'change_proposed') LIMIT 1";
    /// Counts a question; none is counted beyond so many since a time. One statement, so that of several at once none slips
    /// through: the row is the lock.
    MATCH_ASK = "INSERT INTO openid.match_asked AS m (account_id, client_id, asked_at, ends_at)
            VALUES ($1, $2, ARRAY[$3::timestamptz], $4)
        ON CONFLICT (account_id, client_id)
        DO UPDATE SET asked_at = (excluded.asked_at || m.asked_at)[1:$6], ends_at = excluded.ends_at
        WHERE coalesce(m.asked_at[$6] <= $5, true)";
    MATCH_SWEEP = "DELETE FROM openid.match_asked WHERE ends_at < $1";
    /// What relying parties hold of a person's or can fetch, one row for each and each way, however many grants there are.
    /// One without refresh tokens can do something only until its access token ends; $3 is so long ago.
    HELD = "WITH held AS (
            SELECT client_id, terms, begun_at AS since, refreshed_at AS used_at, false AS waits,
                CASE WHEN refresh IS NULL THEN begun_at + ($2::timestamptz - $3::timestamptz) ELSE ends_at END AS ends_at
            FROM openid.\"grant\"
            WHERE account_id = $1 AND ended_at IS NULL AND ends_at > $2 AND (refresh IS NOT NULL OR begun_at > $3)
            UNION ALL SELECT client_id, terms->'terms', NULL, NULL, true, ends_at FROM openid.code
            WHERE account_id = $1 AND used_at IS NULL AND ends_at > $2
            UNION ALL SELECT client_id, accepted->'terms', NULL, NULL, true, ends_at FROM openid.device
            WHERE account_id = $1 AND state = 'accepted' AND ends_at > $2
            UNION ALL SELECT client_id, accepted->'terms', NULL, NULL, true, ends_at FROM openid.ciba
            WHERE account_id = $1 AND state = 'accepted' AND ends_at > $2)
        SELECT client_id, coalesce(terms->>'way', 'browser') AS way, terms->'scopes' @> '[\"offline_access\"]' AS offline, waits,
            count(*) AS count, min(since) AS since, max(used_at) AS used_at, max(ends_at) AS ends_at,
            coalesce(jsonb_agg(DISTINCT terms->'shown') FILTER (WHERE terms ? 'shown'), '[]') AS shown
        FROM held GROUP BY client_id, way, offline, waits ORDER BY client_id, waits DESC, way, offline";
    RELEASE_LAST = "SELECT client_id, max(at) AS at FROM openid.release WHERE account_id = $1 GROUP BY client_id";
}
