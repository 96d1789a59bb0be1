//! What a person was shown when they said yes, as digests: a yes counts for exactly that and for nothing else.
//!
//! [`party`] is who asks and what for, [`claim`] is one claim with its law and its purpose. Both stand beside a remembered
//! consent, and a grant has those of its claims with it: what reads otherwise by now was never allowed. [`Seen`] is a whole
//! page and for whom it was drawn, as its form brings it back. Pure, and nothing here is secret.

use std::{collections::BTreeMap, fmt};

use contracts::AccountId;
use jose::hash::sha256_text;

use crate::{claims::Claim, clients::Served};

/// Claims as they were shown: the digest of each.
pub type Shown = BTreeMap<Claim, String>;

/// Who asks and what for, in both languages, as every page says it.
pub fn party(client: &Served) -> String {
    let (id, settings) = (client.id.to_string(), &client.settings);
    let (name, purpose) = (&settings.name, &settings.purpose);
    digest(&["party", &id, client.owner.as_str(), &name.vi, &name.en, &purpose.vi, &purpose.en])
}

/// A claim with its law and what it is for; none where the client has no right to it.
pub fn claim(client: &Served, claim: Claim) -> Option<String> {
    let right = client.right(claim)?;
    let purpose = client.purpose(claim);
    Some(digest(&["claim", claim.as_str(), &right.legal_basis, &purpose.vi, &purpose.en]))
}

/// Those of claims that the client may be told.
pub fn claims(client: &Served, claims: &[Claim]) -> Shown {
    claims.iter().filter_map(|one| Some((*one, claim(client, *one)?))).collect()
}

/// A page of consent: for whose account it was drawn, and what stood on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    account: String,
    question: String,
}

/// What is otherwise now than when a page was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// Somebody else is signed in in this browser.
    Account,
    /// Something else is asked, by somebody else, or for another purpose.
    Question,
}

impl Changed {
    /// Of the sentence that says so.
    pub fn code(self) -> &'static str {
        match self {
            Self::Account => "openid.account_changed",
            Self::Question => "openid.question_changed",
        }
    }
}

impl Seen {
    /// `parts` are all that the page says of the question, in the same order each time.
    pub fn new(account: AccountId, parts: &[&str]) -> Self {
        Self { account: of_account(account), question: digest(parts) }
    }

    /// Whether it was drawn for this account.
    pub fn is_for(&self, account: AccountId) -> bool {
        self.account == of_account(account)
    }

    /// As a form brought it back; none for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (account, question) = text.split_once('.')?;
        Some(Self { account: account.to_owned(), question: question.to_owned() })
    }

    /// Whether the page is still good for whoever is signed in now.
    ///
    /// # Errors
    /// What changed since it was drawn. A form that says nothing of its page was not drawn by us.
    pub fn still(then: Option<&Self>, now: &Self) -> Result<(), Changed> {
        match then {
            Some(then) if then == now => Ok(()),
            Some(then) if then.account != now.account => Err(Changed::Account),
            _ => Err(Changed::Question),
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.account, self.question)
    }
}

fn of_account(account: AccountId) -> String {
    digest(&["account", &account.to_string()])
}

/// Each part has its length before it, so that no other list of parts reads the same.
fn digest(parts: &[&str]) -> String {
    let framed: String = parts.iter().map(|part| format!("{}:{part},", part.len())).collect();
    sha256_text(framed)
}

#[cfg(test)]
mod tests {
    use base::Text;
    use contracts::AgencyId;

    use super::*;
    use crate::model::{ClaimRight, ClientDraft, ClientId, ClientState};

    fn bank() -> ClientDraft {
        let draft = serde_json::json!({
            "name": { "vi": "Ngân hàng Mẫu", "en": "Sample Bank" },
            "purpose": { "vi": "Mở tài khoản", "en": "To open an account" },
            "profile": { "kind": "fapi2" }, "sandbox": false, "authentication": "private_key_jwt", "sender": "dpop",
            "grants": [], "redirect_uris": [], "sector": "bank.example", "contact": "a@bank.example",
            "claims": [{ "claim": "name", "legal_basis": "Luật A" }, { "claim": "gender", "legal_basis": "Luật A" }],
        });
        serde_json::from_value(draft).unwrap()
    }

    fn served(owner: &str, draft: ClientDraft) -> Served {
        let id = ClientId(uuid::Uuid::nil());
        Served::new(id, AgencyId::new(owner), ClientState::Approved, draft, Vec::new()).unwrap()
    }

    #[test]
    fn a_party_is_its_name_its_owner_and_its_purpose_in_both_languages() {
        let as_it_was = party(&served("NHNN", bank()));
        assert_eq!(party(&served("NHNN", bank())), as_it_was);
        assert_ne!(party(&served("BTC", bank())), as_it_was);
        let changes: [fn(&mut ClientDraft); 4] = [
            |d| d.name.vi.push('x'),
            |d| d.name.en.push('x'),
            |d| d.purpose.vi.push('x'),
            |d| d.purpose.en.push('x'),
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let mut draft = bank();
            change(&mut draft);
            assert_ne!(party(&served("NHNN", draft)), as_it_was, "{n}");
        }
        let elsewhere = ClientDraft { redirect_uris: vec!["https://x.example".into()], ..bank() };
        assert_eq!(party(&served("NHNN", elsewhere)), as_it_was, "nobody reads that on the page");
    }

    #[test]
    fn a_claim_is_its_law_and_what_it_is_for() {
        let all = [Claim::Name, Claim::Gender, Claim::Birthdate];
        let as_it_was = claims(&served("NHNN", bank()), &all);
        assert_eq!(
            as_it_was.keys().collect::<Vec<_>>(),
            [&Claim::Name, &Claim::Gender],
            "no right, no digest"
        );
        assert_ne!(as_it_was[&Claim::Name], as_it_was[&Claim::Gender]);

        let mut other_law = bank();
        other_law.claims[0].legal_basis = "Luật B".into();
        let now = claims(&served("NHNN", other_law), &all);
        assert_ne!(now[&Claim::Name], as_it_was[&Claim::Name]);
        assert_eq!(now[&Claim::Gender], as_it_was[&Claim::Gender], "the other stays as it was");

        let mut own_purpose = bank();
        own_purpose.claims[1] = ClaimRight {
            purpose: Some(Text::new("Thống kê", "Statistics")),
            ..own_purpose.claims[1].clone()
        };
        let now = claims(&served("NHNN", own_purpose), &all);
        assert_eq!(now[&Claim::Name], as_it_was[&Claim::Name]);
        assert_ne!(now[&Claim::Gender], as_it_was[&Claim::Gender]);

        let common = ClientDraft { purpose: Text::new("Bán hàng", "To sell"), ..bank() };
        let now = claims(&served("NHNN", common), &all);
        assert!(now.iter().all(|(claim, digest)| *digest != as_it_was[claim]), "what all are for changed");
    }

    #[test]
    fn no_two_lists_of_parts_read_the_same() {
        for (one, other) in [
            (&["ab", "c"][..], &["a", "bc"][..]),
            (&["a", ""], &["a"]),
            (&["a,1:b"], &["a", "b"]),
            (&["1:a,", ""], &["1:a,"]),
        ] {
            assert_ne!(digest(one), digest(other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_page_is_good_for_whom_and_for_what_it_was_drawn() {
        let [an, binh] = [1, 2].map(|n| AccountId(uuid::Uuid::from_u128(n)));
        let now = Seen::new(an, &["name"]);
        let read_back = Seen::parse(&now.to_string());
        assert_eq!(Seen::still(read_back.as_ref(), &now), Ok(()));
        assert_eq!(Seen::still(Some(&Seen::new(binh, &["name"])), &now), Err(Changed::Account));
        assert_eq!(Seen::still(Some(&Seen::new(an, &["name", "gender"])), &now), Err(Changed::Question));
        assert_eq!(Seen::still(None, &now), Err(Changed::Question));
        assert_eq!(Seen::parse("nonsense"), None);
        assert!(now.is_for(an) && !now.is_for(binh));
    }
}
