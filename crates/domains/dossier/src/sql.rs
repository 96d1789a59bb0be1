//! The statements of this domain.

use store::one;

store::statements! {
    DOSSIER_INSERT = "INSERT INTO dossier.dossier (applicant, dossier_id, procedure, service_version, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $5)";
    LOCATOR_INSERT = "INSERT INTO dossier.locator (dossier_id, applicant) VALUES ($1, $2)";
    DRAFT_COUNT = "SELECT count(*) FROM dossier.dossier WHERE applicant = $1 AND status = 0";
    SENT_SINCE = "SELECT count(*) FROM dossier.dossier WHERE applicant = $1 AND submitted_at >= $2";
    DRAFT_DELETE = "DELETE FROM dossier.dossier WHERE applicant = $1 AND dossier_id = $2 AND version = $3 AND status = 0";
    DRAFT_INSERT = "INSERT INTO dossier.draft (applicant, dossier_id, check_at) VALUES ($1, $2, $3)";
    /// No longer a draft: sent, or thrown away.
    DRAFT_LEAVE = "DELETE FROM dossier.draft WHERE applicant = $1 AND dossier_id = $2";
    DRAFT_TOUCH = "UPDATE dossier.dossier SET updated_at = $3 WHERE applicant = $1 AND dossier_id = $2 AND status = 0";
    DRAFTS_DUE = "SELECT applicant, dossier_id FROM dossier.draft WHERE check_at <= $1 ORDER BY check_at LIMIT $2";
    /// Of those given, the ones that nobody has touched since: the guard holds at the moment of deletion.
    DRAFTS_SWEEP = "DELETE FROM dossier.dossier WHERE (applicant, dossier_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
        AND status = 0 AND updated_at <= $3 RETURNING applicant, dossier_id";
    DRAFTS_LEAVE = "DELETE FROM dossier.draft
        WHERE (applicant, dossier_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))";
    DRAFTS_LATER = "UPDATE dossier.draft w SET check_at = d.updated_at + make_interval(secs => $3)
        FROM dossier.dossier d WHERE (w.applicant, w.dossier_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
        AND d.applicant = w.applicant AND d.dossier_id = w.dossier_id";
    DRAFTS_LOCATORS_DELETE = "DELETE FROM dossier.locator WHERE dossier_id = ANY($1)";
    DRAFTS_FILES_DELETE = "WITH gone AS (DELETE FROM dossier.attachment
            WHERE (applicant, dossier_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) RETURNING applicant, attachment_id)
        DELETE FROM dossier.attachment_chunk c USING gone WHERE c.applicant = gone.applicant AND c.attachment_id = gone.attachment_id";
    /// Announced so long ago and never whole. Whole files and what was sent are none of these.
    HALF_SENT_SWEEP = "DELETE FROM dossier.attachment WHERE (applicant, attachment_id) IN (SELECT applicant, attachment_id
            FROM dossier.attachment WHERE completed_at IS NULL AND created_at <= $1 ORDER BY created_at LIMIT $2)
        AND completed_at IS NULL RETURNING applicant, attachment_id";
    HALF_SENT_CHUNKS_DELETE = "DELETE FROM dossier.attachment_chunk
        WHERE (applicant, attachment_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))";
    LOCATOR_DELETE = "DELETE FROM dossier.locator WHERE dossier_id = $1";
    DOSSIER_BY_ID = "SELECT d.* FROM dossier.locator l JOIN dossier.dossier d USING (applicant, dossier_id)
        WHERE l.dossier_id = $1";
    /// The same without its content, which most moves neither need nor change: much of the row, and all of its JSON.
    DOSSIER_BARE_BY_ID = "SELECT d.applicant, d.dossier_id, d.procedure, d.service_version, d.status, d.version,
            '{}'::jsonb AS answers, '{}'::jsonb AS facts, d.code, d.agency, d.assignee, d.limit_days, d.used_days,
            d.running_since, d.due_on, d.supplements, d.defects, d.proposal, d.verdict, d.verdict_reason, d.result,
            d.consents, d.asked, d.rating, d.created_at, d.updated_at, d.submitted_at, d.finished_at
        FROM dossier.locator l JOIN dossier.dossier d USING (applicant, dossier_id) WHERE l.dossier_id = $1";
    DOSSIER_OWN = "SELECT * FROM dossier.dossier WHERE applicant = $1 AND dossier_id = $2";
    DOSSIER_BY_CODE = "SELECT d.* FROM dossier.code_claim c JOIN dossier.dossier d USING (applicant, dossier_id)
        WHERE c.code = $1";
    DOSSIERS_OWN = "SELECT * FROM dossier.dossier WHERE applicant = $1 ORDER BY dossier_id DESC LIMIT $2";
    /// Guarded by the version that was read: whoever comes second conflicts. Leaves the content where it lies.
    DOSSIER_MOVE = one!("UPDATE dossier.dossier SET status = $4, version = $5, agency = $6, assignee = $7, limit_days = $8,
        used_days = $9, running_since = $10, due_on = $11, supplements = $12, defects = $13, proposal = $14, verdict = $15,
        verdict_reason = $16, result = $17, consents = $18, rating = $19, updated_at = $20, finished_at = $21
        WHERE applicant = $1 AND dossier_id = $2 AND version = $3");
    /// The same with the content.
    DOSSIER_UPDATE = one!("UPDATE dossier.dossier SET status = $4, version = $5, agency = $6, assignee = $7, limit_days = $8,
        used_days = $9, running_since = $10, due_on = $11, supplements = $12, defects = $13, proposal = $14, verdict = $15,
        verdict_reason = $16, result = $17, consents = $18, rating = $19, updated_at = $20, finished_at = $21,
        service_version = $22, answers = $23, facts = $24, code = $25, asked = $26, submitted_at = $27
        WHERE applicant = $1 AND dossier_id = $2 AND version = $3");
    EVENT_INSERT = "INSERT INTO dossier.event (applicant, dossier_id, version, at, kind, status, actor, actor_label, agency, detail)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    EVENTS = "SELECT version, at, kind, status, actor, actor_label, agency, detail FROM dossier.event
        WHERE applicant = $1 AND dossier_id = $2 ORDER BY version";
    COUNTER_NEXT = "INSERT INTO dossier.counter (unit, day, last) VALUES ($1, $2, 1)
        ON CONFLICT (unit, day) DO UPDATE SET last = counter.last + 1 RETURNING last";
    CODE_CLAIM = "INSERT INTO dossier.code_claim (code, applicant, dossier_id) VALUES ($1, $2, $3)";
    CONSENT_INSERT = "INSERT INTO dossier.consent (person, dossier_id, key, applicant, question, state, asked_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, 'asked', $6, $7)
        ON CONFLICT (person, dossier_id, key) DO UPDATE SET question = EXCLUDED.question, state = 'asked',
            asked_at = EXCLUDED.asked_at, expires_at = EXCLUDED.expires_at, answered_at = NULL";
    CONSENT_ANSWER = one!("UPDATE dossier.consent SET state = $4, answered_at = $5
        WHERE person = $1 AND dossier_id = $2 AND key = $3 AND state = 'asked'");
    CONSENT_ONE = "SELECT applicant, question, state, asked_at, expires_at FROM dossier.consent
        WHERE person = $1 AND dossier_id = $2 AND key = $3";
    CONSENTS_OF = "SELECT dossier_id AS dossier, key, question, state, asked_at, expires_at FROM dossier.consent
        WHERE person = $1 ORDER BY asked_at DESC LIMIT $2";
    ATTACHMENT_INSERT = "INSERT INTO dossier.attachment (applicant, attachment_id, dossier_id, slot, name, bytes, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ATTACHMENTS = "SELECT attachment_id, slot, name, media_type, bytes, received, sha256, completed_at, sent_at, replaced_at
        FROM dossier.attachment WHERE applicant = $1 AND dossier_id = $2 ORDER BY attachment_id";
    ATTACHMENT_ONE = "SELECT attachment_id, dossier_id, slot, name, media_type, bytes, received, sha256, completed_at, sent_at, replaced_at
        FROM dossier.attachment WHERE applicant = $1 AND attachment_id = $2";
    ATTACHMENT_GROW = one!("UPDATE dossier.attachment SET received = received + $4, media_type = coalesce(media_type, $5)
        WHERE applicant = $1 AND attachment_id = $2 AND received = $3 AND completed_at IS NULL");
    ATTACHMENT_COMPLETE = one!("UPDATE dossier.attachment SET sha256 = $3, completed_at = $4
        WHERE applicant = $1 AND attachment_id = $2 AND completed_at IS NULL");
    ATTACHMENTS_SENT = "UPDATE dossier.attachment SET sent_at = $3 WHERE applicant = $1 AND dossier_id = $2 AND sent_at IS NULL";
    ATTACHMENT_REPLACE = "UPDATE dossier.attachment SET replaced_at = $3
        WHERE applicant = $1 AND attachment_id = $2 AND sent_at IS NOT NULL AND replaced_at IS NULL";
    ATTACHMENT_DELETE = "DELETE FROM dossier.attachment WHERE applicant = $1 AND attachment_id = $2 AND sent_at IS NULL";
    ATTACHMENTS_DELETE = "DELETE FROM dossier.attachment WHERE applicant = $1 AND dossier_id = $2";
    CHUNK_INSERT = "INSERT INTO dossier.attachment_chunk (applicant, attachment_id, start, data) VALUES ($1, $2, $3, $4)";
    CHUNKS = "SELECT data FROM dossier.attachment_chunk WHERE applicant = $1 AND attachment_id = $2 ORDER BY start";
    CHUNKS_DELETE = "DELETE FROM dossier.attachment_chunk WHERE applicant = $1 AND attachment_id = $2";
    CHUNKS_DELETE_ALL = "DELETE FROM dossier.attachment_chunk c USING dossier.attachment a
        WHERE a.applicant = $1 AND a.dossier_id = $2 AND c.applicant = a.applicant AND c.attachment_id = a.attachment_id";
    PAPER_INSERT = "INSERT INTO dossier.paper (applicant, dossier_id, document_id, kind, at) VALUES ($1, $2, $3, $4, $5)";
    PAPERS = "SELECT document_id, kind, at FROM dossier.paper WHERE applicant = $1 AND dossier_id = $2 ORDER BY at, document_id";
    NOTICE_INSERT = "INSERT INTO dossier.notice (person, notice_id, at, title, path) VALUES ($1, $2, $3, $4, $5)";
    NOTICES = "SELECT notice_id AS id, at, title, path, read_at FROM dossier.notice
        WHERE person = $1 ORDER BY notice_id DESC LIMIT $2";
    NOTICE_READ = "UPDATE dossier.notice SET read_at = $3 WHERE person = $1 AND notice_id = $2 AND read_at IS NULL";
    ALERT_INSERT = "INSERT INTO dossier.alert (agency, alert_id, dossier_id, code, kind, at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (agency, alert_id) DO NOTHING";
    ALERTS_OPEN = "SELECT dossier_id AS dossier, code, kind, at FROM dossier.alert
        WHERE agency = $1 AND closed_at IS NULL ORDER BY at LIMIT $2";
    ALERTS_CLOSE = "UPDATE dossier.alert SET closed_at = $3 WHERE agency = $1 AND dossier_id = $2 AND closed_at IS NULL";
    /// From the dossiers as they are now, without leaving the database. Never goes back: an older version is passed over.
    INBOX_UPSERT = "INSERT INTO dossier.inbox AS i (agency, dossier_id, applicant, applicant_name, code, procedure, status,
            version, assignee, due_on, waits_second, submitted_at, updated_at)
        SELECT d.agency, d.dossier_id, d.applicant, coalesce(d.facts #>> '{record,name,value,text}', ''), d.code, d.procedure,
            d.status, d.version, d.assignee, d.due_on, d.proposal IS NOT NULL AND d.status <> $2, d.submitted_at, d.updated_at
        FROM dossier.locator l JOIN dossier.dossier d USING (applicant, dossier_id)
        WHERE l.dossier_id = ANY($1) AND d.agency IS NOT NULL AND d.code IS NOT NULL AND d.submitted_at IS NOT NULL
        ON CONFLICT (agency, dossier_id) DO UPDATE SET status = EXCLUDED.status, version = EXCLUDED.version,
            assignee = EXCLUDED.assignee, due_on = EXCLUDED.due_on, waits_second = EXCLUDED.waits_second,
            updated_at = EXCLUDED.updated_at
        WHERE i.version < EXCLUDED.version";
    /// A dossier that was forwarded leaves the inbox of the agency that had it.
    INBOX_LEAVE = "DELETE FROM dossier.inbox i USING dossier.locator l JOIN dossier.dossier d USING (applicant, dossier_id)
        WHERE l.dossier_id = ANY($1) AND i.dossier_id = l.dossier_id AND i.agency = ANY($2) AND i.agency <> d.agency";
    INBOX_LIST = "SELECT dossier_id AS dossier, applicant, applicant_name, code, procedure, status, assignee, due_on, waits_second,
            submitted_at, updated_at
        FROM dossier.inbox
        WHERE agency = $1 AND status = ANY($2)
          AND ($3::text IS NULL OR procedure = $3)
          AND ($4::uuid IS NULL OR assignee = $4)
          AND ($5::date IS NULL OR due_on >= $5)
          AND ($6::date IS NULL OR due_on <= $6)
          AND (NOT $7::bool OR waits_second)
          AND ($8::text IS NULL OR code = $8)
          AND ($9::date IS NULL OR (coalesce(due_on, '9999-12-31'::date), dossier_id) > ($9, $10::uuid))
        ORDER BY coalesce(due_on, '9999-12-31'::date), dossier_id LIMIT $11";
    INBOX_DONE = "SELECT dossier_id AS dossier, applicant, applicant_name, code, procedure, status, assignee, due_on, waits_second,
            submitted_at, updated_at
        FROM dossier.inbox
        WHERE agency = $1 AND status = ANY($2)
          AND ($3::text IS NULL OR procedure = $3)
          AND ($4::uuid IS NULL OR assignee = $4)
          AND ($5::timestamptz IS NULL OR updated_at >= $5)
          AND ($6::text IS NULL OR code = $6)
          AND ($7::timestamptz IS NULL OR (updated_at, dossier_id) < ($7, $8::uuid))
        ORDER BY updated_at DESC, dossier_id DESC LIMIT $9";
    /// Of the same rows as the figures.
    INBOX_PROCEDURES = "SELECT DISTINCT procedure FROM dossier.inbox
        WHERE agency = $1 AND (status IN (1, 2, 4, 5, 6) OR updated_at >= $2) ORDER BY procedure LIMIT $3";
    INBOX_FIGURES = "SELECT count(*) FILTER (WHERE status = 1) AS new,
            count(*) FILTER (WHERE status IN (2, 4)) AS working,
            count(*) FILTER (WHERE status IN (5, 6)) AS paused,
            count(*) FILTER (WHERE status IN (1, 2, 4) AND due_on < $2) AS overdue,
            count(*) FILTER (WHERE status IN (1, 2, 4) AND due_on = $2) AS today,
            count(*) FILTER (WHERE waits_second) AS second,
            count(*) FILTER (WHERE status IN (3, 7, 8, 9, 10) AND updated_at >= $3) AS done
        FROM dossier.inbox WHERE agency = $1 AND (status IN (1, 2, 4, 5, 6) OR updated_at >= $3)";
    INBOX_WORKLOAD = "SELECT assignee AS officer, count(*) FILTER (WHERE status IN (2, 4)) AS working,
            count(*) FILTER (WHERE status IN (2, 4) AND due_on < $2) AS overdue,
            count(*) FILTER (WHERE status IN (3, 7, 8, 9, 10) AND updated_at >= $3) AS done
        FROM dossier.inbox WHERE agency = $1 AND (status IN (2, 4) OR updated_at >= $3) GROUP BY assignee ORDER BY 2 DESC";
}
