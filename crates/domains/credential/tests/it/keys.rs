use base::Kind;
use credential::{
    Credentials, Standing,
    ops::keys::{KeyInfo, KeyState, jwks, keys_list, keys_rotate},
};

use crate::{Office, SITE, a_confirmation, id, kind_of, the_system};

async fn rotate(office: &Office) -> Vec<KeyInfo> {
    office.db.clock.advance(jiff::SignedDuration::from_hours(24));
    office.run(async |tx| keys_rotate(&office.cx.keys, tx, &the_system()).await).await.unwrap()
}

fn the(keys: &[KeyInfo], state: KeyState) -> String {
    let mut found = keys.iter().filter(|key| key.state == state);
    let id = found.next().unwrap().id.clone();
    assert!(found.next().is_none(), "one key is {}", state.as_str());
    id
}

async fn published(office: &Office) -> Vec<String> {
    let keys = office.run(async |tx| jwks(&office.cx.keys, tx).await).await.unwrap();
    keys.keys.into_iter().map(|key| key.kid).collect()
}

fn held(office: &Office, key: &str) -> bool {
    office.folder.path().join(format!("es256.{key}.pem")).exists()
}

#[tokio::test]
async fn keys_take_turns_and_what_they_signed_stays_valid() {
    let office = Office::open().await;
    let start = office.run(async |tx| keys_list(tx, &the_system()).await).await.unwrap();
    let (first, second) = (the(&start, KeyState::Active), the(&start, KeyState::Next));
    assert_eq!(published(&office).await.len(), 2, "the next key is published before it signs");
    office.issue(a_confirmation(1)).await.unwrap();

    let keys = rotate(&office).await;
    assert_eq!(
        (the(&keys, KeyState::Retiring), the(&keys, KeyState::Active)),
        (first.clone(), second.clone())
    );
    office.issue(a_confirmation(2)).await.unwrap();
    let signed_by = async |n| office.verify(id(n)).await.document.unwrap().key_id;
    assert_eq!((signed_by(1).await, signed_by(2).await), (first.clone(), second.clone()));
    assert!(held(&office, &first));

    let keys = rotate(&office).await;
    assert_eq!(
        (the(&keys, KeyState::Retired), the(&keys, KeyState::Retiring)),
        (first.clone(), second.clone())
    );
    assert!(!held(&office, &first), "the private half of a retired key is gone");
    for n in [1, 2] {
        let verification = office.verify(id(n)).await;
        assert_eq!((verification.state, verification.signature_ok), (Standing::Valid, true));
    }
    assert_eq!(published(&office).await.len(), 4);
    assert_eq!(office.count("SELECT count(*) FROM credential.signing_key").await, 4);

    // Long after, the first key is not published any more; our own check still knows it.
    office.db.clock.advance(jiff::SignedDuration::from_hours(24 * 365 * 20));
    assert!(!published(&office).await.contains(&first));
    assert_eq!(published(&office).await.len(), 3);
    assert!(office.verify(id(1)).await.signature_ok);
}

#[tokio::test]
async fn each_key_leaves_its_trace_in_the_log() {
    let office = Office::open().await;
    assert_eq!(office.logged().await, ["credential.key_create"; 2]);
    rotate(&office).await;
    let logged = office.logged().await;
    assert_eq!(logged.iter().filter(|action| *action == "credential.key_rotate").count(), 2);
}

#[tokio::test]
async fn two_operators_who_rotate_at_once_leave_one_active_and_one_next_key() {
    let office = Office::open().await;
    let turn = async || office.run(async |tx| keys_rotate(&office.cx.keys, tx, &the_system()).await).await;
    let (a, b) = tokio::join!(turn(), turn());
    assert!(a.is_ok() || b.is_ok());
    for outcome in [a, b] {
        assert!(outcome.is_ok() || kind_of(outcome) == Kind::Conflict);
    }
    let keys = office.run(async |tx| keys_list(tx, &the_system()).await).await.unwrap();
    assert!(held(&office, &the(&keys, KeyState::Active)) && held(&office, &the(&keys, KeyState::Next)));
    office.issue(a_confirmation(1)).await.unwrap();
}

#[tokio::test]
async fn without_the_private_key_nothing_is_issued_and_the_next_is_not_put_into_use() {
    let office = Office::open().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Credentials::start(&office.db.store, elsewhere.path(), SITE).await.unwrap();
    let rotated = office.run(async |tx| keys_rotate(&other.keys, tx, &the_system()).await).await;
    assert_eq!(kind_of(rotated), Kind::Unavailable);
    let office = Office { cx: other, ..office };
    assert_eq!(kind_of(office.issue(a_confirmation(1)).await), Kind::Unavailable);
}
