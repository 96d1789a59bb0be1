-- Foreigners: people without a personal number, identified by passport and residence card (NĐ 69/2024 Art. 7, 11). Their
-- accounts are like those of citizens; they sign in with the identification number that the system gave them.
ALTER TABLE identity.account ADD COLUMN foreigner boolean NOT NULL DEFAULT false;
ALTER TABLE identity.login_claim DROP CONSTRAINT login_claim_kind_check;
ALTER TABLE identity.login_claim ADD CHECK (kind IN ('number', 'login', 'person', 'passkey', 'foreigner'));
