-- A pushed request goes over into an interaction when a browser loads it first, and belongs to that browser from then on. The
-- same browser may load it again until then: a page is loaded anew, or somebody goes back. None: it was never pushed.
ALTER TABLE openid.interaction ADD COLUMN reload_until timestamptz;

-- The purpose that each claim was released for, beside its law (shape: texts in both languages, in the order of the claims).
ALTER TABLE openid.release ADD COLUMN purposes jsonb NOT NULL DEFAULT '[]';

-- A receiver of shared signals wants to hear nothing of an account (SSF 1.0 section 8.1.3). Goes with the last visit there.
CREATE TABLE openid.unheard (
    account_id uuid        NOT NULL,
    client_id  uuid        NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (account_id, client_id)
);
CREATE INDEX unheard_client ON openid.unheard (client_id);
