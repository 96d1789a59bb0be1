//! The statements of this domain.

use store::one;

store::statements! {
    CLAIM_INSERT = "INSERT INTO identity.login_claim (kind, value, account_id) VALUES ($1, $2, $3)";
    CLAIM_FIND = "SELECT account_id FROM identity.login_claim WHERE kind = $1 AND value = $2";
    ACCOUNT_BY_CLAIM = "SELECT a.account_id, a.kind, a.person_id, a.identity_level, a.state, a.login, a.display_name, a.version, a.epoch
        FROM identity.login_claim c JOIN identity.account a USING (account_id) WHERE c.kind = $1 AND c.value = $2";
    ACCOUNT_BY_ID = "SELECT account_id, kind, person_id, identity_level, state, login, display_name, version, epoch
        FROM identity.account WHERE account_id = $1";
    ACCOUNT_INSERT = "INSERT INTO identity.account (account_id, kind, person_id, identity_level, login, display_name, created_at, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    ACCOUNT_RAISE = one!("UPDATE identity.account SET identity_level = 2, version = version + 1
        WHERE account_id = $1 AND version = $2 AND identity_level = 1 AND state = 'activated'");
    FOREIGNER_SET = one!("UPDATE identity.account SET foreigner = true WHERE account_id = $1");
    CARD_SET = "UPDATE identity.account SET card_until = $2 WHERE account_id = $1";
    WHOSE = "SELECT foreigner FROM identity.account WHERE account_id = $1";
    /// Where the holder lived by the file that was taken last.
    ENROLMENT_COMMUNE = "SELECT commune FROM identity.enrolment WHERE account_id = $1
        ORDER BY enrolment_id DESC LIMIT 1";
    LOCK_REASON = "SELECT locked_reason FROM identity.account WHERE account_id = $1";
    /// The reason is null for unlocking.
    ACCOUNT_STATE = one!("UPDATE identity.account SET state = $3, locked_reason = $4, close_on = NULL, version = version + 1
        WHERE account_id = $1 AND version = $2");
    /// By its holder, within the time: the file says until when.
    ACCOUNT_ACTIVATE = one!("UPDATE identity.account SET state = 'activated', version = version + 1
        WHERE account_id = $1 AND version = $2 AND state = 'approved'");
    /// A change of the account that must not slip past somebody who signs in at this moment.
    ACCOUNT_TOUCH = one!("UPDATE identity.account SET version = version + 1 WHERE account_id = $1");
    /// The same, and no browser is known any more.
    ACCOUNT_ANEW = one!("UPDATE identity.account SET version = version + 1, epoch = epoch + 1 WHERE account_id = $1");
    EPOCH_NEXT = "UPDATE identity.account SET epoch = epoch + 1 WHERE account_id = $1 RETURNING epoch";
    ACCOUNT_EVENT_INSERT = "INSERT INTO identity.account_event (account_id, event_id, at, kind, basis, actor, agency)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    AUTHENTICATORS = "SELECT authenticator_id, kind, secret, last_step FROM identity.authenticator
        WHERE account_id = $1 AND confirmed_at IS NOT NULL";
    TOTP_PENDING = "SELECT authenticator_id, secret FROM identity.authenticator
        WHERE account_id = $1 AND kind = 'totp' AND confirmed_at IS NULL";
    PASSKEYS = "SELECT authenticator_id, name, secret, created_at, last_used_at FROM identity.authenticator
        WHERE account_id = $1 AND kind = 'passkey' ORDER BY authenticator_id";
    PASSKEY_INSERT = "INSERT INTO identity.authenticator
        (account_id, authenticator_id, kind, secret, name, handle, confirmed_at, created_at)
        VALUES ($1, $2, 'passkey', $3, $4, $5, $6, $6)";
    PASSKEY_BY_CLAIM = "SELECT p.authenticator_id, p.secret, p.name FROM identity.login_claim c
        JOIN identity.authenticator p ON p.account_id = c.account_id AND p.handle = c.value
        WHERE c.kind = $1 AND c.value = $2";
    PASSKEY_RENAME = one!("UPDATE identity.authenticator SET name = $3
        WHERE account_id = $1 AND authenticator_id = $2 AND kind = 'passkey'");
    PASSKEY_DELETE = "DELETE FROM identity.authenticator
        WHERE account_id = $1 AND authenticator_id = $2 AND kind = 'passkey' RETURNING handle";
    /// Conflicts when the same key was used since it was read: its counter must not go back.
    PASSKEY_COUNTED = one!("UPDATE identity.authenticator SET secret = $4, last_used_at = $5
        WHERE account_id = $1 AND authenticator_id = $2 AND secret = $3 AND kind = 'passkey'");
    CLAIM_DELETE = one!("DELETE FROM identity.login_claim WHERE kind = $1 AND value = $2 AND account_id = $3");
    CLAIM_FREE = "DELETE FROM identity.login_claim WHERE kind = $1 AND value = $2 AND account_id = $3";
    PASSKEY_CLAIMS_DELETE = "DELETE FROM identity.login_claim c USING identity.authenticator a
        WHERE a.account_id = $1 AND a.kind = 'passkey' AND c.kind = 'passkey' AND c.value = a.handle";
    AUTHENTICATORS_DELETE = "DELETE FROM identity.authenticator WHERE account_id = $1";
    AUTHENTICATOR_INSERT = "INSERT INTO identity.authenticator
        (account_id, authenticator_id, kind, secret, confirmed_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// Conflicts when the password was replaced since it was read.
    PASSWORD_REPLACE = one!("UPDATE identity.authenticator SET secret = $4, created_at = $5
        WHERE account_id = $1 AND authenticator_id = $2 AND secret = $3 AND kind = 'password'");
    /// Of two sign-ins at once either may write its own; nothing changes when the password was replaced meanwhile.
    PASSWORD_REHASH = "UPDATE identity.authenticator SET secret = $4
        WHERE account_id = $1 AND authenticator_id = $2 AND secret = $3 AND kind = 'password'";
    /// Nothing changes when this step or a later one was used meanwhile: a replay. The account's row is locked first, as
    /// in every operation that also writes authenticators, so that none waits for the other in a circle.
    TOTP_USE = "WITH held AS (SELECT account_id FROM identity.account WHERE account_id = $1 FOR SHARE)
        UPDATE identity.authenticator a SET last_step = $3, last_used_at = $4 FROM held
        WHERE a.account_id = held.account_id AND a.authenticator_id = $2 AND a.kind = 'totp'
          AND (a.last_step IS NULL OR a.last_step < $3)";
    TOTP_CONFIRM = one!("UPDATE identity.authenticator SET confirmed_at = $3, last_step = $4, last_used_at = $3
        WHERE account_id = $1 AND authenticator_id = $2 AND kind = 'totp' AND confirmed_at IS NULL");
    TOTP_PENDING_DELETE = "DELETE FROM identity.authenticator
        WHERE account_id = $1 AND kind = 'totp' AND confirmed_at IS NULL";
    TOTP_OTHERS_DELETE = "DELETE FROM identity.authenticator
        WHERE account_id = $1 AND kind = 'totp' AND authenticator_id <> $2";
    AUTHENTICATOR_USED = "UPDATE identity.authenticator SET last_used_at = $3 WHERE account_id = $1 AND authenticator_id = $2";

    ENROLMENT_INSERT = "INSERT INTO identity.enrolment (account_id, enrolment_id, level, commune, number_claim, agency,
            collected_by, collected_at, basis, due_on, guardian, guardian_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    ENROLMENT_OPEN = "SELECT e.enrolment_id, e.account_id, a.person_id, e.level, e.commune, e.agency, e.collected_by, e.collected_at,
            e.basis, e.due_on, e.guardian, e.guardian_at, e.approved_at, e.activate_by, e.number_claim, a.foreigner,
            e.guardian_as, e.guardian_paper, e.guardian_paper_on, e.guardian_paper_by
        FROM identity.enrolment e JOIN identity.account a USING (account_id)
        WHERE e.account_id = $1 AND e.activated_at IS NULL AND e.ended IS NULL";
    ENROLMENTS_WAITING = "SELECT e.enrolment_id, e.account_id, a.person_id, e.level, e.commune, e.agency, e.collected_by, e.collected_at,
            e.basis, e.due_on, e.guardian, e.guardian_at, e.approved_at, e.activate_by, e.number_claim, a.foreigner,
            e.guardian_as, e.guardian_paper, e.guardian_paper_on, e.guardian_paper_by
        FROM identity.enrolment e JOIN identity.account a USING (account_id)
        WHERE e.agency = $1 AND e.approved_at IS NULL AND e.ended IS NULL ORDER BY e.due_on, e.enrolment_id LIMIT $2";
    ENROLMENT_APPROVED = one!("UPDATE identity.enrolment SET approved_by = $3, approved_at = $4, activate_by = $5
        WHERE account_id = $1 AND enrolment_id = $2 AND approved_at IS NULL AND ended IS NULL");
    ENROLMENT_ACTIVATED = one!("UPDATE identity.enrolment SET activated_at = $3
        WHERE account_id = $1 AND enrolment_id = $2 AND approved_at IS NOT NULL AND activated_at IS NULL AND ended IS NULL");
    ENROLMENT_ENDED = one!("UPDATE identity.enrolment SET ended = $3
        WHERE account_id = $1 AND enrolment_id = $2 AND activated_at IS NULL AND ended IS NULL");
    WARDS = "SELECT e.enrolment_id, e.account_id, a.person_id, e.level, e.commune, e.agency, e.collected_by, e.collected_at,
            e.basis, e.due_on, e.guardian, e.guardian_at, e.approved_at, e.activate_by, e.number_claim, a.foreigner,
            e.guardian_as, e.guardian_paper, e.guardian_paper_on, e.guardian_paper_by
        FROM identity.enrolment e JOIN identity.account a USING (account_id)
        WHERE e.guardian = ANY(ARRAY(SELECT $1::uuid UNION ALL SELECT given_id FROM identity.person_merge WHERE kept_id = $1))
          AND e.guardian_at IS NULL AND e.ended IS NULL ORDER BY e.enrolment_id LIMIT $2";
    WARD_AGREED = one!("UPDATE identity.enrolment SET guardian_at = $4
        WHERE account_id = $1 AND enrolment_id = $2 AND guardian = $3 AND guardian_at IS NULL AND ended IS NULL");
    FUNNEL_ADD = "INSERT INTO identity.funnel AS f (commune, day, collected, approved, activated, ended, holder)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (commune, day, holder) DO UPDATE SET collected = f.collected + EXCLUDED.collected,
            approved = f.approved + EXCLUDED.approved, activated = f.activated + EXCLUDED.activated,
            ended = f.ended + EXCLUDED.ended";
    FUNNEL = "SELECT commune, holder, sum(collected)::int4 AS collected, sum(approved)::int4 AS approved,
            sum(activated)::int4 AS activated, sum(ended)::int4 AS ended
        FROM identity.funnel WHERE day BETWEEN $1 AND $2 GROUP BY commune, holder ORDER BY commune, holder LIMIT $3";

    HELPERS = "SELECT h.helper_id, a.person_id, h.accepted_at FROM identity.helper h
        JOIN identity.account a ON a.account_id = h.helper_id WHERE h.account_id = $1 ORDER BY h.accepted_at, h.helper_id";
    HELPER_PUT = "INSERT INTO identity.helper (account_id, helper_id, accepted_at) VALUES ($1, $2, $3)
        ON CONFLICT (account_id, helper_id) DO NOTHING";
    HELPER_DELETE = "DELETE FROM identity.helper WHERE account_id = $1 AND helper_id = $2";
    NUMBERS_OF = "SELECT value FROM identity.login_claim WHERE account_id = $1 AND kind = 'number'";
    /// Once for a number while it waits; asking again is no second invitation.
    INVITATION_PUT = "INSERT INTO identity.helper_invitation AS i (account_id, invitation_id, invited, hint, asked_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (account_id, invited) DO UPDATE SET invitation_id = EXCLUDED.invitation_id, asked_at = EXCLUDED.asked_at,
            ends_at = EXCLUDED.ends_at, declined_at = NULL
        WHERE i.ends_at <= EXCLUDED.asked_at";
    INVITATIONS_SENT = "SELECT invitation_id, hint, asked_at, ends_at FROM identity.helper_invitation
        WHERE account_id = $1 AND ends_at > $2 ORDER BY asked_at, invitation_id";
    INVITATIONS_RECEIVED = "SELECT i.account_id, i.invitation_id, a.person_id, i.asked_at, i.ends_at FROM identity.login_claim c
        JOIN identity.helper_invitation i ON i.invited = c.value JOIN identity.account a ON a.account_id = i.account_id
        WHERE c.account_id = $1 AND c.kind = 'number' AND i.ends_at > $2 AND i.declined_at IS NULL AND a.state = 'activated'
          AND ($3::uuid IS NULL OR i.invitation_id = $3)
        ORDER BY i.asked_at, i.invitation_id LIMIT $4";
    INVITATION_WAITS = "SELECT invited FROM identity.helper_invitation
        WHERE account_id = $1 AND invitation_id = $2 AND ends_at > $3 AND declined_at IS NULL";
    /// Of two answers at once the second finds none.
    INVITATION_TAKE = one!("DELETE FROM identity.helper_invitation
        WHERE account_id = $1 AND invitation_id = $2 AND declined_at IS NULL");
    INVITATION_DECLINE = one!("UPDATE identity.helper_invitation SET declined_at = $3
        WHERE account_id = $1 AND invitation_id = $2 AND declined_at IS NULL");
    INVITATION_DELETE = "DELETE FROM identity.helper_invitation WHERE account_id = $1 AND invitation_id = $2";
    INVITATION_SWEEP = "DELETE FROM identity.helper_invitation WHERE ends_at < $1";

    RECOVERY_INSERT = "INSERT INTO identity.recovery (account_id, recovery_id, code, word, asked_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    RECOVERY_OPEN = "SELECT EXISTS (SELECT FROM identity.recovery WHERE account_id = $1 AND ends_at > $2) AS open";
    /// With how many of those who agreed are still helpers, and were when it was asked.
    RECOVERY_FIND = "SELECT r.recovery_id, r.opens_at, (SELECT count(*) FROM identity.helper h WHERE h.account_id = r.account_id
            AND h.helper_id = ANY(r.agreed) AND h.accepted_at < r.asked_at) AS agreed
        FROM identity.recovery r WHERE r.account_id = $1 AND r.code = $2 AND r.ends_at > $3";
    /// The requests to which a helper can still agree.
    RECOVERIES_FOR_HELPER = "SELECT r.recovery_id, r.word, a.person_id FROM identity.helper h
        JOIN identity.recovery r ON r.account_id = h.account_id AND r.asked_at > h.accepted_at
        JOIN identity.account a ON a.account_id = h.account_id
        WHERE h.account_id = $1 AND h.helper_id = $2 AND r.ends_at > $3 AND NOT h.helper_id = ANY(r.agreed)
        ORDER BY r.asked_at, r.recovery_id LIMIT $4";
    /// Of two helpers at once the second waits here, and sees the first one's word.
    RECOVERY_AGREE = "UPDATE identity.recovery SET agreed = agreed || $3::uuid
        WHERE account_id = $1 AND recovery_id = $2 AND NOT $3 = ANY(agreed) RETURNING agreed, asked_at";
    RECOVERY_AGREED = "SELECT count(*) AS agreed FROM identity.helper
        WHERE account_id = $1 AND helper_id = ANY($2) AND accepted_at < $3";
    RECOVERY_OPENS = one!("UPDATE identity.recovery SET opens_at = $3 WHERE account_id = $1 AND recovery_id = $2");
    /// Once: whoever comes second with the same code conflicts.
    RECOVERY_SPEND = one!("DELETE FROM identity.recovery WHERE account_id = $1 AND recovery_id = $2");
    RECOVERIES_DELETE = "DELETE FROM identity.recovery WHERE account_id = $1";
    RECOVERY_SWEEP = "DELETE FROM identity.recovery WHERE ends_at < $1";
    /// One row for each person, however many requests there are.
    ASKERS_OF_HELPER = "SELECT h.account_id, a.person_id, min(r.asked_at) AS asked_at, count(*) AS requests,
            bool_or(h.helper_id = ANY(r.agreed)) AS agreed
        FROM identity.helper h
        JOIN identity.recovery r ON r.account_id = h.account_id AND r.asked_at > h.accepted_at
        JOIN identity.account a ON a.account_id = h.account_id
        WHERE h.helper_id = $1 AND r.ends_at > $2
        GROUP BY h.account_id, a.person_id HAVING NOT bool_and(h.helper_id = ANY(r.agreed))
        ORDER BY min(r.asked_at), h.account_id LIMIT $3";

    CEREMONY_INSERT = "INSERT INTO identity.ceremony (token_hash, kind, account_id, state, ends_at) VALUES ($1, $2, $3, $4, $5)";
    CEREMONY_FIND = "SELECT account_id, state FROM identity.ceremony WHERE token_hash = $1 AND kind = $2 AND ends_at > $3";
    CEREMONY_TAKE = "DELETE FROM identity.ceremony WHERE token_hash = $1 AND kind = $2 AND ends_at > $3
        RETURNING account_id, state";
    CEREMONY_SPEND = "DELETE FROM identity.ceremony WHERE token_hash = $1";
    CEREMONY_SWEEP = "DELETE FROM identity.ceremony WHERE ends_at < $1";

    CROSSING_INSERT = "INSERT INTO identity.crossing (code, token_hash, number, agent, asked_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    CROSSING_STATE = "SELECT refused, number, ends_at FROM identity.crossing WHERE token_hash = $1 AND ends_at > $2";
    CROSSING_SHOW = "SELECT agent, asked_at FROM identity.crossing WHERE code = $1 AND ends_at > $2 AND NOT refused";
    /// Of two answers at once the second waits here, and finds none.
    CROSSING_TAKE = "SELECT token_hash, number, agent FROM identity.crossing
        WHERE code = $1 AND ends_at > $2 AND NOT refused FOR UPDATE";
    CROSSING_REFUSE = one!("UPDATE identity.crossing SET refused = true WHERE code = $1");
    CROSSING_DELETE = one!("DELETE FROM identity.crossing WHERE code = $1");
    CROSSING_SWEEP = "DELETE FROM identity.crossing WHERE ends_at < $1";

    SIGN_IN_INSERT = "INSERT INTO identity.sign_in (account_id, sign_in_id, at, outcome, methods, agent)
        VALUES ($1, $2, $3, $4, $5, $6)";
    SIGN_INS = "SELECT sign_in_id, at, outcome, methods, agent FROM identity.sign_in
        WHERE account_id = $1 AND sign_in_id < $2 ORDER BY sign_in_id DESC LIMIT $3";
    SIGN_IN_SWEEP = "DELETE FROM identity.sign_in WHERE at < $1";
    DEVICES = "SELECT agent FROM identity.device WHERE account_id = $1 ORDER BY last_at DESC LIMIT $2";
    DEVICE_SEEN = "INSERT INTO identity.device (account_id, agent, first_at, last_at) VALUES ($1, $2, $3, $3)
        ON CONFLICT (account_id, agent) DO UPDATE SET last_at = EXCLUDED.last_at";

    /// Takes the place of an earlier code; only while the account is as it was when it had no password yet.
    SETUP_PUT = one!("INSERT INTO identity.setup_code AS c (account_id, code, made_by, made_at, ends_at)
        SELECT account_id, $3, $4, $5, $6 FROM identity.account WHERE account_id = $1 AND version = $2
            AND state IN ('collected', 'approved', 'activated') FOR SHARE
        ON CONFLICT (account_id) DO UPDATE SET code = EXCLUDED.code, made_by = EXCLUDED.made_by,
            made_at = EXCLUDED.made_at, ends_at = EXCLUDED.ends_at");
    SETUP_DELETE = "DELETE FROM identity.setup_code WHERE account_id = $1";
    SETUP_FIND = "SELECT code FROM identity.setup_code WHERE account_id = $1 AND ends_at > $2";
    /// Once: whoever comes second conflicts.
    SETUP_USE = one!("DELETE FROM identity.setup_code WHERE account_id = $1 AND code = $2");
    SETUP_SWEEP = "DELETE FROM identity.setup_code WHERE ends_at < $1";

    ROLES = "SELECT agency, role, valid_to FROM identity.staff_role
        WHERE account_id = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2) ORDER BY valid_from DESC, role";
    ROLE_INSERT = "INSERT INTO identity.staff_role (account_id, agency, role, valid_from, valid_to, granted_by)
        VALUES ($1, $2, $3, $4, $5, $6)";
    STAFF_OF_AGENCY = "SELECT a.account_id, a.login, a.display_name, a.state, r.role, r.valid_to,
            EXISTS (SELECT FROM identity.authenticator p WHERE p.account_id = a.account_id AND p.kind = 'password') AS is_set_up
        FROM identity.staff_role r JOIN identity.account a USING (account_id)
        WHERE r.agency = $1 AND r.valid_from <= $2 AND (r.valid_to IS NULL OR r.valid_to > $2) AND a.state = ANY($3)
        ORDER BY a.display_name, a.account_id, r.role LIMIT $4";
    PROPOSAL_INSERT = "INSERT INTO identity.grant_proposal
            (account_id, proposal_id, agency, role, valid_to, proposed_by, proposed_at, valid_from)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    PROPOSAL_ONE = "SELECT account_id, agency, role, valid_from, valid_to, proposed_by FROM identity.grant_proposal
        WHERE account_id = $1 AND proposal_id = $2 AND confirmed_at IS NULL AND proposed_at > $3";
    PROPOSALS_OPEN = "SELECT p.account_id, p.proposal_id, p.role, p.valid_from, p.valid_to, p.proposed_by, p.proposed_at, a.display_name
        FROM identity.grant_proposal p JOIN identity.account a USING (account_id)
        WHERE p.agency = $1 AND p.confirmed_at IS NULL AND p.proposed_at > $2 ORDER BY p.proposal_id LIMIT $3";
    PROPOSAL_CONFIRM = one!("UPDATE identity.grant_proposal SET confirmed_by = $3, confirmed_at = $4
        WHERE account_id = $1 AND proposal_id = $2 AND confirmed_at IS NULL");

    RESET_INSERT = "INSERT INTO identity.reset_proposal (account_id, proposal_id, agency, proposed_by, proposed_at)
        VALUES ($1, $2, $3, $4, $5)";
    RESET_ONE = "SELECT agency, proposed_by FROM identity.reset_proposal
        WHERE account_id = $1 AND proposal_id = $2 AND confirmed_at IS NULL AND proposed_at > $3";
    RESETS_OPEN = "SELECT p.account_id, p.proposal_id, p.proposed_by, p.proposed_at, a.display_name
        FROM identity.reset_proposal p JOIN identity.account a USING (account_id)
        WHERE p.agency = $1 AND p.confirmed_at IS NULL AND p.proposed_at > $2 ORDER BY p.proposal_id LIMIT $3";
    /// When one of two officers last had a hand in the other's account, since a time.
    STAFF_TIED = "SELECT max(at) AS at FROM (
            SELECT account_id, actor, at FROM identity.account_event WHERE account_id = ANY($1)
                AND (kind IN ('setup_code', 'reset') OR (kind = 'role_granted' AND basis = ANY($2)))
            UNION ALL SELECT account_id, proposed_by, confirmed_at FROM identity.grant_proposal WHERE account_id = ANY($1)
            UNION ALL SELECT account_id, proposed_by, confirmed_at FROM identity.reset_proposal WHERE account_id = ANY($1)
        ) AS made (account_id, maker, at) WHERE account_id <> maker AND maker = ANY($1) AND at > $3";
    RESET_CONFIRM = one!("UPDATE identity.reset_proposal SET confirmed_by = $3, confirmed_at = $4
        WHERE account_id = $1 AND proposal_id = $2 AND confirmed_at IS NULL");

    /// Only while the account is as it was when the secret was checked: the share lock makes a lock of the account and
    /// a new session wait for each other, so that a locked account never keeps one.
    SESSION_INSERT = one!("INSERT INTO identity.session (token_hash, session_id, account_id, person_id, identity_level,
            display_name, agency, role, strength, must_enrol, agent, created_at, last_seen_at, idle_ends_at, ends_at,
            auth_at, methods)
        SELECT $3, $4, account_id, person_id, identity_level, display_name, $5, $6, $7, $8, $9, $10, $10, $11, $12, $14, $13
        FROM identity.account WHERE account_id = $1 AND version = $2 AND state = 'activated' FOR SHARE");
    /// Of an officer only while the duty is held in which the session acts.
    SESSION_FIND = "SELECT session_id, account_id, person_id, identity_level, display_name, agency, role, strength,
            must_enrol, last_seen_at, ends_at, auth_at, methods, again, again_at,
            CASE WHEN agency IS NULL THEN 0 ELSE (SELECT count(*) FROM identity.staff_role r
                WHERE r.account_id = session.account_id AND r.valid_from <= $2 AND (r.valid_to IS NULL OR r.valid_to > $2)) END AS duties
        FROM identity.session WHERE token_hash = $1 AND revoked_at IS NULL AND idle_ends_at > $2 AND ends_at > $2
          AND (agency IS NULL OR EXISTS (SELECT FROM identity.staff_role r WHERE r.account_id = session.account_id
            AND r.agency = session.agency AND r.role = session.role
            AND r.valid_from <= $2 AND (r.valid_to IS NULL OR r.valid_to > $2)))";
    SESSION_LIVE = "SELECT EXISTS (SELECT FROM identity.session WHERE account_id = $1 AND session_id = $2
        AND revoked_at IS NULL AND idle_ends_at > $3 AND ends_at > $3) AS live";
    SESSION_TOUCH = "UPDATE identity.session SET last_seen_at = $2, idle_ends_at = $3
        WHERE token_hash = $1 AND last_seen_at < $2";
    SESSIONS = "SELECT session_id, agency, role, strength, agent, created_at, last_seen_at, ends_at
        FROM identity.session WHERE account_id = $1 AND revoked_at IS NULL AND idle_ends_at > $2 AND ends_at > $2
        ORDER BY session_id DESC LIMIT $3";
    SESSION_END = "UPDATE identity.session SET revoked_at = $3 WHERE account_id = $1 AND session_id = $2 AND revoked_at IS NULL";
    /// All of an account but one; the nil id spares none.
    SESSIONS_END = "UPDATE identity.session SET revoked_at = $3
        WHERE account_id = $1 AND session_id <> $2 AND revoked_at IS NULL";
    SESSIONS_END_ROLE = "UPDATE identity.session SET revoked_at = $4
        WHERE account_id = $1 AND agency = $2 AND role = $3 AND revoked_at IS NULL RETURNING session_id";
    SESSIONS_TRIM = "UPDATE identity.session SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL
        AND session_id IN (SELECT session_id FROM identity.session WHERE account_id = $1 AND revoked_at IS NULL
            ORDER BY session_id DESC OFFSET $3)";
    SESSIONS_RAISE = "UPDATE identity.session SET identity_level = 2 WHERE account_id = $1 AND revoked_at IS NULL";
    /// Something was shown in this session. What waits for a second factor waits until it is there.
    SESSION_SHOWN = one!("UPDATE identity.session SET must_enrol = must_enrol AND $3::int2 < 2, strength = $3, auth_at = $4,
            methods = $5, again = $6, again_at = $7
        WHERE account_id = $1 AND session_id = $2 AND revoked_at IS NULL");
    /// Into another duty, only while the account is as it was when the duty was seen to be in force. Never longer than
    /// before, and never longer than the duty.
    SESSION_DUTY = one!("UPDATE identity.session s SET agency = $4, role = $5, ends_at = least(s.ends_at, $6)
        FROM (SELECT account_id FROM identity.account WHERE account_id = $1 AND version = $2 AND state = 'activated' FOR SHARE) a
        WHERE s.account_id = a.account_id AND s.session_id = $3 AND s.revoked_at IS NULL");
    SESSION_SWEEP = "DELETE FROM identity.session WHERE ends_at < $1";

    /// Counts a try unless the door is shut; what is older than `$3` is forgotten.
    THROTTLE_TAKE = "INSERT INTO identity.throttle AS t (key, tries, last_at) VALUES ($1, 1, $2)
        ON CONFLICT (key) DO UPDATE SET
            tries = CASE WHEN t.blocked_until > $2 THEN t.tries WHEN t.last_at < $3 THEN 1 ELSE t.tries + 1 END,
            last_at = CASE WHEN t.blocked_until > $2 THEN t.last_at ELSE $2 END
        RETURNING tries, blocked_until";
    THROTTLE_BLOCK = "UPDATE identity.throttle SET blocked_until = $2 WHERE key = $1";
    THROTTLE_CLEAR = "DELETE FROM identity.throttle WHERE key = $1";
    THROTTLE_RETURN = "UPDATE identity.throttle SET tries = greatest(tries - 1, 0), blocked_until = NULL WHERE key = $1";
    THROTTLE_SWEEP = "DELETE FROM identity.throttle WHERE last_at < $1";

    SEED_ACCOUNTS = "INSERT INTO identity.account (account_id, kind, person_id, identity_level, login, display_name, created_at)
        SELECT i, $2, p, v, l, n, $7 FROM unnest($1::uuid[], $3::uuid[], $4::int2[], $5::text[], $6::text[]) AS r(i, p, v, l, n)";
    SEED_CLAIMS = "INSERT INTO identity.login_claim (kind, value, account_id)
        SELECT k, v, i FROM unnest($1::text[], $2::bytea[], $3::uuid[]) AS r(k, v, i)";
    SEED_AUTHENTICATORS = "INSERT INTO identity.authenticator (account_id, authenticator_id, kind, secret, confirmed_at, created_at)
        SELECT i, a, k, s, $5, $5 FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[]) AS r(i, a, k, s)";
    SEED_ROLES = "INSERT INTO identity.staff_role (account_id, agency, role, valid_from, granted_by)
        SELECT i, a, r, $4, $5 FROM unnest($1::uuid[], $2::text[], $3::text[]) AS t(i, a, r)";
}
