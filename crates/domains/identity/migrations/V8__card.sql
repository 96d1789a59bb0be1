-- The last day of the holder's card, as far as it is known: the day after, the account is locked (NĐ 69/2024 Art. 15).
ALTER TABLE identity.account ADD COLUMN card_until date;
CREATE INDEX account_card ON identity.account (card_until) WHERE state = 'activated' AND card_until IS NOT NULL;
