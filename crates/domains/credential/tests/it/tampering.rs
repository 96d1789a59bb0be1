use base::Kind;
use credential::{
    CredentialError, Standing,
    key::PrivateKey,
    ops::{
        document_file::document_file,
        document_replace::document_replace,
        document_revoke::document_revoke,
        document_verify::document_jws,
        keys::jwks,
        states_check::{Discrepancy, Logged, states_check},
    },
    statement::Statement,
};

use store::RowExt;

use crate::{OWNER, Office, a_confirmation, citizen, id, kind_of, pdf, the_head, the_system};

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
async fn keys_in_the_database_vouch_for_nothing() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    // A forger's own key, put in as the active one, and an entry that it signed.
    let forger = PrivateKey::generate(&base::SeededEntropy::new(99)).unwrap();
    let (key, pem) = (forger.public().id(), forger.public().to_pem().unwrap());
    office.intrude("UPDATE credential.signing_key SET state = 'retired' WHERE state = 'active'").await;
    office
        .intrude(&format!(
            "INSERT INTO credential.signing_key VALUES ('{key}', '{pem}', 'active', now(), now(), NULL)"
        ))
        .await;
    let jws = office.run(async |tx| document_jws(tx, id(1)).await).await.unwrap();
    let honest = office.run(async |tx| {
        Ok(tx.query_one("SELECT key_id FROM credential.document_claim", &[]).await?.get::<_, String>(0))
    });
    let own = office.cx.keys.public(&honest.await.unwrap()).unwrap();
    let forged = Statement::verify(&jws, &own).unwrap().sign(&forger);
    office.intrude(&format!("UPDATE credential.document_claim SET key_id = '{key}', jws = '{forged}'")).await;
    assert_eq!(office.verify(id(1)).await.state, Standing::Invalid);
    let published = office.run(async |tx| jwks(&office.cx.keys, tx).await).await.unwrap();
    assert!(published.keys.iter().all(|published| published.kid != key), "and it is not published");
    // Nor does it help to take the honest ones away.
    office
        .intrude(&format!("UPDATE credential.document_claim SET key_id = '{}', jws = '{jws}'", own.id()))
        .await;
    office.intrude("DELETE FROM credential.signing_key").await;
    assert_eq!(office.verify(id(1)).await.state, Standing::Valid);
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
        let outcome =
            office.run(async |tx| document_file(&office.cx.keys, tx, &citizen(OWNER), id(1)).await).await;
        assert!(matches!(outcome, Err(CredentialError::Damaged)));
        assert_eq!(kind_of(outcome), Kind::Bug);
        office.intrude(FORGET).await;
    }
}

/// What `lienthong log verify` does, with the entries that wait for the log.
async fn discrepancies(office: &Office) -> Vec<Discrepancy> {
    let sql = "SELECT body::jsonb ->> 'action' AS action, body::jsonb ->> 'resource' AS resource FROM store.audit_intake";
    office
        .run(async |tx| {
            let mut logged = Vec::new();
            for row in tx.query(sql, &[]).await? {
                logged.push(Logged { action: row.col("action")?, resource: row.col("resource")? });
            }
            states_check(tx, &the_system(), &logged).await
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_paper_that_was_brought_back_to_life_or_killed_by_hand_contradicts_the_log() {
    let office = Office::open().await;
    for n in 1..=3 {
        office.issue(a_confirmation(n)).await.unwrap();
    }
    office.run(async |tx| document_revoke(tx, &the_head(), id(1), "Cấp sai").await).await.unwrap();
    let later = a_confirmation(4);
    office.run(async |tx| document_replace(&office.cx, tx, &the_system(), id(2), later).await).await.unwrap();
    assert_eq!(discrepancies(&office).await, []);

    let revoked = |n| Discrepancy::Document { id: id(n), logged: Some("revoked") };
    let unlogged = |n| Discrepancy::Document { id: id(n), logged: None };
    for (change, undo, found) in [
        (
            "UPDATE credential.document_claim SET state = 'issued' WHERE state = 'revoked'",
            "UPDATE credential.document_claim c SET state = d.state FROM credential.document d WHERE d.document_id = c.document_id",
            revoked(1),
        ),
        (
            "UPDATE credential.document_claim SET state = 'revoked' WHERE state = 'issued' AND document_id::text LIKE '%3'",
            "UPDATE credential.document_claim c SET state = d.state FROM credential.document d WHERE d.document_id = c.document_id",
            unlogged(3),
        ),
        (
            "DELETE FROM credential.document_claim WHERE document_id::text LIKE '%3'",
            "DELETE FROM credential.document WHERE document_id::text LIKE '%3'",
            unlogged(3),
        ),
    ] {
        office.intrude(change).await;
        assert_eq!(discrepancies(&office).await, [found], "{change}");
        office.intrude(undo).await;
    }
    for table in ["document_claim", "document"] {
        office
            .intrude(&format!("UPDATE credential.{table} SET state = 'issued' WHERE state = 'revoked'"))
            .await;
    }
    assert_eq!(discrepancies(&office).await, [revoked(1)], "in both places");
    office.intrude("UPDATE credential.signing_key SET key_id = 'forged' WHERE state = 'next'").await;
    assert_eq!(discrepancies(&office).await, [revoked(1), Discrepancy::Key("forged".into())]);
}
