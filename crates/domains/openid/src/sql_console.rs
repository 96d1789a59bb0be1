//! The statements of the pages: the console's queue, and when somebody was told something last.

store::statements! {
    /// New real relying parties and changes of any, the longest waiting first.
    CLIENTS_WAITING = "SELECT client_id, owner, coalesce(change, settings) AS draft, change IS NOT NULL AS changes, changed_at
        FROM openid.client
        WHERE change IS NOT NULL OR (state = 'proposed' AND NOT (settings->>'sandbox')::boolean)
        ORDER BY changed_at, client_id LIMIT $1";
    /// How often a claim was told to a client since a time.
    RELEASE_COUNT = "SELECT count(*) FROM openid.release
        WHERE account_id = $1 AND client_id = $2 AND $3 = ANY(claims) AND at > $4";
    RELEASE_LAST = "SELECT client_id, max(at) AS at FROM openid.release WHERE account_id = $1 GROUP BY client_id";
}
