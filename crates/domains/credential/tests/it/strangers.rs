use contracts::{Role, ports::Documents};
use credential::{
    CredentialError,
    ops::{
        document_file::document_file, document_issue::document_issue, document_revoke::document_revoke,
        keys::keys_rotate,
    },
};

use crate::{
    AGENCY, OWNER, Office, STRANGER, a_confirmation, citizen, id, officer, pdf, the_head, the_system,
};

#[tokio::test]
async fn only_the_owner_and_the_issuer_get_the_file() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    let before = office.logged().await.len();
    for (access, found) in [
        (citizen(STRANGER), false),
        (officer("CA-X-00001", Role::Head), false),
        (citizen(OWNER), true),
        (officer(AGENCY, Role::Receiver), true),
        (the_system(), true),
    ] {
        let outcome = office.run(async |tx| document_file(&office.cx.keys, tx, &access, id(1)).await).await;
        match outcome {
            Ok((_, bytes)) => assert!(found && bytes == pdf(1)),
            Err(error) => assert!(!found && matches!(error, CredentialError::NotFound)),
        }
    }
    let auditor = officer(AGENCY, Role::Auditor);
    let outcome = office.run(async |tx| document_file(&office.cx.keys, tx, &auditor, id(1)).await).await;
    assert!(matches!(outcome, Err(CredentialError::Forbidden)));
    assert_eq!(office.logged().await.len(), before + 3);
}

#[tokio::test]
async fn the_port_gives_a_file_only_under_its_owner() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    for (person, found) in [(OWNER, true), (STRANGER, false)] {
        let mut tx = office.db.store.begin().await.unwrap();
        let outcome = office.cx.file(&mut tx, &the_system(), person, id(1)).await;
        assert_eq!(tx.finish(outcome).await.is_ok(), found);
    }
}

#[tokio::test]
async fn nobody_but_the_head_revokes_and_nobody_but_the_system_issues_or_rotates() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    for access in [citizen(OWNER), officer(AGENCY, Role::Decider), the_system()] {
        let outcome = office.run(async |tx| document_revoke(tx, &access, id(1), "Sai").await).await;
        assert!(matches!(outcome, Err(CredentialError::Forbidden)));
    }
    let elsewhere = officer("CA-X-00001", Role::Head);
    let outcome = office.run(async |tx| document_revoke(tx, &elsewhere, id(1), "Sai").await).await;
    assert!(matches!(outcome, Err(CredentialError::NotFound)));
    for access in [citizen(OWNER), the_head()] {
        let document = a_confirmation(2);
        let issued = office.run(async |tx| document_issue(&office.cx, tx, &access, document).await).await;
        assert!(matches!(issued, Err(CredentialError::Forbidden)));
        let rotated = office.run(async |tx| keys_rotate(&office.cx.keys, tx, &access).await).await;
        assert!(matches!(rotated, Err(CredentialError::Forbidden)));
    }
}
