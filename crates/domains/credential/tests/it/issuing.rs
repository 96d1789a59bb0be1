use base::{Fault, Kind, PageRequest};
use contracts::ports::Documents;
use credential::{
    CredentialError, FileCheck, Standing,
    ops::{
        document_file::document_file, document_issue::DOCUMENT_BYTES_MAX, document_replace::document_replace,
        document_revoke::document_revoke, documents_list::documents_list,
    },
    short_id,
};

use crate::{AGENCY, Office, SITE, a_confirmation, citizen, id, kind_of, pdf, the_head, the_system};

#[tokio::test]
async fn an_issued_document_is_valid_and_its_file_is_recognised() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();

    let verification = office.verify(id(1)).await;
    assert_eq!((verification.state, verification.hash), (Standing::Valid, FileCheck::None));
    assert!(verification.signature_ok);
    let document = verification.document.unwrap();
    assert_eq!(document.issuer.as_str(), AGENCY);
    assert_eq!(document.title.vi, "Xác nhận thông tin về cư trú");
    assert_eq!(document.issued_at, office.db.store.clock().now());

    assert_eq!(office.verify_file(id(1), Some(&pdf(1))).await.hash, FileCheck::Matches);
    let other = office.verify_file(id(1), Some(&pdf(2))).await;
    assert_eq!((other.state, other.hash), (Standing::Valid, FileCheck::Differs));
}

#[tokio::test]
async fn the_qr_code_leads_to_the_document() {
    let office = Office::open().await;
    let url = Documents::verify_url(&office.cx, id(1));
    let short = url.strip_prefix(&format!("{SITE}/verify/")).unwrap();
    assert_eq!(short_id::parse(short), Some(id(1)));
    assert!(url.len() <= SITE.len() + 34);
}

#[tokio::test]
async fn the_same_document_twice_is_one_and_another_under_its_id_is_refused() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    office.issue(a_confirmation(1)).await.unwrap();
    assert_eq!(office.count("SELECT count(*) FROM credential.document").await, 1);
    assert_eq!(office.count("SELECT count(*) FROM store.outbox").await, 1);

    let mut other = a_confirmation(1);
    other.pdf = pdf(2);
    assert!(matches!(office.issue(other).await, Err(CredentialError::OtherDocument)));
    let mut other = a_confirmation(1);
    other.person = crate::STRANGER;
    assert!(matches!(office.issue(other).await, Err(CredentialError::OtherDocument)));
    assert_eq!(office.verify_file(id(1), Some(&pdf(1))).await.hash, FileCheck::Matches);
}

#[tokio::test]
async fn two_transactions_with_one_id_issue_one_document() {
    let office = Office::open().await;
    let (a, b) = tokio::join!(office.issue(a_confirmation(1)), office.issue(a_confirmation(1)));
    assert!(a.is_ok() || b.is_ok());
    for outcome in [a, b] {
        // The loser conflicts, and finds its document there when it tries again.
        assert!(outcome.is_ok() || kind_of(outcome) == Kind::Conflict);
    }
    office.issue(a_confirmation(1)).await.unwrap();
    assert_eq!(office.count("SELECT count(*) FROM credential.document_file").await, 1);
}

#[tokio::test]
async fn nothing_is_left_of_a_document_whose_transaction_did_not_commit() {
    let office = Office::open().await;
    let failed: Result<(), CredentialError> = office
        .run(async |tx| {
            Documents::issue(&office.cx, tx, &the_system(), a_confirmation(1)).await.unwrap();
            Err(CredentialError::NotFound)
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(office.verify(id(1)).await.state, Standing::Unknown);
    assert_eq!(office.count("SELECT count(*) FROM credential.document_file").await, 0);
    office.issue(a_confirmation(1)).await.unwrap();
}

#[tokio::test]
async fn a_document_that_is_too_large_is_refused_with_the_limit() {
    let office = Office::open().await;
    let mut large = a_confirmation(1);
    large.pdf = vec![0; DOCUMENT_BYTES_MAX + 1];
    let error = office.issue(large).await.unwrap_err();
    assert_eq!((error.code(), error.args()), ("credential.too_large", vec![("max".into(), "10".into())]));
}

#[tokio::test]
async fn a_replacement_takes_the_place_of_the_earlier_document() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    let mut second = a_confirmation(2);
    second.replaces = Some(id(1));
    for _ in 0..2 {
        let second = second.clone();
        office
            .run(async |tx| {
                Documents::issue(&office.cx, tx, &the_system(), second).await.unwrap();
                Ok(())
            })
            .await
            .unwrap();
    }
    let old = office.verify_file(id(1), Some(&pdf(1))).await;
    assert_eq!((old.state, old.hash), (Standing::Replaced, FileCheck::Matches));
    assert_eq!(old.document.unwrap().replaced_by, Some(id(2)));
    assert_eq!(office.verify(id(2)).await.state, Standing::Valid);
    assert_eq!(office.count("SELECT count(*) FROM store.outbox").await, 3);

    // What was replaced is not replaced again, and the attempt leaves no document.
    let third = a_confirmation(3);
    let again =
        office.run(async |tx| document_replace(&office.cx, tx, &the_system(), id(1), third).await).await;
    assert!(matches!(again, Err(CredentialError::NotInForce)));
    assert_eq!(office.verify(id(3)).await.state, Standing::Unknown);
}

#[tokio::test]
async fn a_replacement_is_for_the_same_person_and_of_something_that_exists() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    let mut foreign = a_confirmation(2);
    foreign.person = crate::STRANGER;
    let cases = [(id(1), foreign), (id(9), a_confirmation(2)), (id(1), a_confirmation(1))];
    for (earlier, document) in cases {
        let outcome = office
            .run(async |tx| document_replace(&office.cx, tx, &the_system(), earlier, document).await)
            .await;
        assert!(matches!(outcome, Err(CredentialError::NotFound)));
    }
}

#[tokio::test]
async fn the_head_revokes_with_a_reason_and_the_owner_is_told() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    let revoke = async |reason: &str| {
        office.run(async |tx| document_revoke(tx, &the_head(), id(1), reason).await).await
    };

    let empty = revoke(" \n ").await.unwrap_err();
    assert_eq!(empty.fields()[0].code, "credential.reason_required");
    let long = revoke(&"x".repeat(5_000)).await.unwrap_err();
    assert_eq!(long.fields()[0].code, "credential.reason_too_long");
    assert_eq!(office.verify(id(1)).await.state, Standing::Valid);

    revoke("Cấp sai địa chỉ của Trần Văn Bình").await.unwrap();
    assert!(matches!(revoke("Lần nữa").await, Err(CredentialError::NotInForce)));
    let verification = office.verify(id(1)).await;
    assert_eq!(verification.state, Standing::Revoked);
    assert!(verification.signature_ok);
    assert!(!format!("{verification:?}").contains("Bình"), "the reason is not public");

    let own = office
        .run(async |tx| documents_list(tx, &citizen(crate::OWNER), &PageRequest::default()).await)
        .await
        .unwrap();
    assert_eq!(own.items[0].revoked_reason.as_deref(), Some("Cấp sai địa chỉ của Trần Văn Bình"));
    let told = "SELECT count(*) FROM store.outbox WHERE topic = 'notice.due'";
    assert_eq!(office.count(told).await, 1);
    assert!(office.logged().await.contains(&"credential.document_revoke".to_owned()));
}

#[tokio::test]
async fn two_heads_who_revoke_at_once_revoke_once() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    let revoke = async || office.run(async |tx| document_revoke(tx, &the_head(), id(1), "Sai").await).await;
    let (a, b) = tokio::join!(revoke(), revoke());
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
    assert_eq!(office.count("SELECT count(*) FROM store.outbox WHERE topic = 'notice.due'").await, 1);
}

#[tokio::test]
async fn a_person_leafs_through_their_own_documents_newest_first() {
    let office = Office::open().await;
    for n in 1..=3 {
        office.issue(a_confirmation(n)).await.unwrap();
    }
    let page = async |after: Option<String>| {
        let request = PageRequest { after, limit: Some(2) };
        office.run(async |tx| documents_list(tx, &citizen(crate::OWNER), &request).await).await
    };
    let first = page(None).await.unwrap();
    assert_eq!(first.items.iter().map(|d| d.id).collect::<Vec<_>>(), [id(3), id(2)]);
    let second = page(first.next).await.unwrap();
    assert_eq!(second.items.iter().map(|d| d.id).collect::<Vec<_>>(), [id(1)]);
    assert_eq!(second.next, None);
    let wrong = page(Some("nonsense".into())).await.unwrap_err();
    assert_eq!(wrong.fields()[0].code, "credential.cursor_shape");
}

#[tokio::test]
async fn the_owner_fetches_the_file_and_the_log_says_so() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    let (document, bytes) = office
        .run(async |tx| document_file(&office.cx.keys, tx, &citizen(crate::OWNER), id(1)).await)
        .await
        .unwrap();
    assert_eq!((document.id, bytes), (id(1), pdf(1)));
    assert!(office.logged().await.contains(&"credential.document_file".to_owned()));
}
