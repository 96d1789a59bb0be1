use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use credential::{
    Standing,
    ops::{document_verify::document_jws, keys::jwks},
};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;

use crate::{Office, a_confirmation, id, pdf};

#[tokio::test]
async fn a_document_counts_through_its_last_day_in_vietnam() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    let mut endless = a_confirmation(2);
    endless.valid_until = None;
    office.issue(endless).await.unwrap();
    for (moment, standing) in [
        ("2027-11-20T16:59:59Z", Standing::Valid),
        ("2027-11-20T17:00:00Z", Standing::Expired),
        ("2047-01-01T00:00:00Z", Standing::Expired),
    ] {
        office.db.clock.set(moment.parse().unwrap());
        assert_eq!(office.verify(id(1)).await.state, standing, "{moment}");
        assert_eq!(office.verify(id(2)).await.state, Standing::Valid, "{moment}");
    }
}

#[tokio::test]
async fn what_was_never_issued_is_unknown() {
    let office = Office::open().await;
    let verification = office.verify_file(id(1), Some(&pdf(1))).await;
    assert_eq!(verification.state, Standing::Unknown);
    assert!(!verification.signature_ok && verification.document.is_none());
}

/// What a third party does, with another implementation of everything and nothing but the published keys.
#[tokio::test]
async fn a_stranger_checks_the_statement_offline_with_the_published_keys() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    let jws = office.run(async |tx| document_jws(tx, id(1)).await).await.unwrap();
    let keys =
        serde_json::to_value(office.run(async |tx| jwks(&office.cx.keys, tx).await).await.unwrap()).unwrap();

    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let pieces: Vec<&str> = jws.split('.').collect();
    let header: Value = serde_json::from_slice(&part(pieces[0])).unwrap();
    assert_eq!((&header["alg"], &header["typ"]), (&"ES256".into(), &"lt-doc+jwt".into()));
    let key = keys["keys"].as_array().unwrap().iter().find(|k| k["kid"] == header["kid"]).unwrap();
    assert_eq!((&key["kty"], &key["crv"], &key["use"]), (&"EC".into(), &"P-256".into(), &"sig".into()));
    let mut point = vec![4];
    point.extend(part(key["x"].as_str().unwrap()));
    point.extend(part(key["y"].as_str().unwrap()));
    let signed = format!("{}.{}", pieces[0], pieces[1]);
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    public.verify(signed.as_bytes(), &part(pieces[2])).unwrap();
    assert!(public.verify(&signed.as_bytes()[1..], &part(pieces[2])).is_err());

    let claims: Value = serde_json::from_slice(&part(pieces[1])).unwrap();
    assert_eq!(claims["jti"], id(1).to_string());
    assert_eq!(claims["iss"], crate::AGENCY);
    assert_eq!(claims["kind"], "confirmation");
    assert_eq!(claims["iat"], 1_795_140_000);
    let sha256 = ring::digest::digest(&ring::digest::SHA256, &pdf(1));
    assert_eq!(claims["sha256"], hex::encode(sha256));
    assert!(!claims.to_string().contains(&crate::OWNER.to_string()), "nobody is named");
}
