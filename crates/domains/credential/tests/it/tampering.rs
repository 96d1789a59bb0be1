use base::Kind;
use credential::{CredentialError, Standing, ops::document_file::document_file};

use crate::{OWNER, Office, a_confirmation, citizen, id, kind_of, pdf};

/// Makes room for the next case.
const FORGET: &str = "TRUNCATE credential.document_claim, credential.document, credential.document_file";

#[tokio::test]
async fn an_entry_that_was_altered_is_invalid_and_nothing_of_it_is_shown() {
    let office = Office::open().await;
    for change in [
        "title = jsonb_build_object('vi', 'Giấy phép', 'en', 'Licence')",
        "title = '{}'",
        "issuer = 'CA-X-00001'",
        "issuer_name = jsonb_build_object('vi', 'Bộ Công an', 'en', 'Ministry')",
        "kind = 'notice'",
        "kind = 'passport'",
        "state = 'issued', issued_at = issued_at - interval '1 day'",
        "valid_until = NULL",
        "valid_until = valid_until + 1",
        "sha256 = decode(repeat('ab', 32), 'hex')",
        "sha256 = 'short'",
        "jws = overlay(jws placing 'AAAA' from length(jws) - 10)",
        "jws = ''",
        "key_id = (SELECT key_id FROM credential.signing_key WHERE state = 'next')",
        "key_id = 'nobody'",
        "document_id = '01936f3a-5b00-7000-8000-000000000001'",
    ] {
        office.issue(a_confirmation(7)).await.unwrap();
        office.intrude(&format!("UPDATE credential.document_claim SET {change}")).await;
        let asked = if change.starts_with("document_id") { id(1) } else { id(7) };
        let verification = office.verify_file(asked, Some(&pdf(7))).await;
        assert_eq!(verification.state, Standing::Invalid, "{change}");
        assert!(!verification.signature_ok && verification.document.is_none(), "{change}");
        office
            .intrude("TRUNCATE credential.document_claim, credential.document, credential.document_file")
            .await;
    }
}

#[tokio::test]
async fn a_key_that_was_exchanged_does_not_vouch() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    office
        .intrude(
            "UPDATE credential.signing_key SET public_key =
                (SELECT public_key FROM credential.signing_key WHERE state = 'next') WHERE state = 'active'",
        )
        .await;
    assert_eq!(office.verify(id(1)).await.state, Standing::Invalid);
    office.intrude("DELETE FROM credential.signing_key").await;
    assert_eq!(office.verify(id(1)).await.state, Standing::Invalid);
}

#[tokio::test]
async fn a_file_that_was_altered_is_not_handed_out() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    for change in
        ["UPDATE credential.document_file SET pdf = 'other'", "DELETE FROM credential.document_file"]
    {
        office.issue(a_confirmation(1)).await.unwrap();
        office.intrude(change).await;
        let outcome = office.run(async |tx| document_file(tx, &citizen(OWNER), id(1)).await).await;
        assert!(matches!(outcome, Err(CredentialError::Damaged)));
        assert_eq!(kind_of(outcome), Kind::Bug);
        office.intrude(FORGET).await;
    }
}
