//! Our own signing keys: published before they sign, good until what they signed is over, replaced at once if need be.

use openid::{
    ClientDraft, KeyState, OpenIdError,
    model::{Messages, SigningAlg},
    ops,
};

use crate::{
    rp::{Rp, claims_of, send},
    world::{AN, World, museum},
};

async fn states(w: &World) -> Vec<(String, KeyState)> {
    let keys = w.run(async |tx| ops::keys_list(tx).await).await.unwrap();
    let mut all: Vec<_> = keys.into_iter().map(|k| (k.kid, k.state)).collect();
    all.sort_by_key(|(_, state)| *state);
    all
}

fn kid_of(token: &str) -> String {
    let token = jose::Compact::parse(token, jose::Limits::SMALL).unwrap();
    token.header().kid.clone().unwrap()
}

async fn published(w: &World) -> Vec<String> {
    let request = axum::http::Request::get("/jwks.json").body(axum::body::Body::empty()).unwrap();
    let keys = send(&w.app, request).await.json()["keys"].clone();
    keys.as_array().unwrap().iter().map(|k| k["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn keys_roll_without_a_token_failing_in_any_process() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    w.sign_in(AN);
    let (elsewhere, app) = w.another_process().await;
    let there = Rp {
        app,
        w: &w,
        id: rp.id,
        proves: crate::rp::Proves::Secret(w.secret(rp.id).await),
        dpop: None,
        redirect_uri: rp.redirect_uri.clone(),
    };
    elsewhere.refresh().await.unwrap();
    let early = rp.tokens("openid").await.text("access_token");
    let cx = &w.cx;
    let rotate = async || w.run(async |tx| ops::keys_rotate(cx, tx).await).await;
    // Clients' caches do not know the next key yet.
    assert!(matches!(rotate().await, Err(OpenIdError::WrongState)));
    w.wait(300);
    let before = states(&w).await;
    let early_again = rp.tokens("openid").await.text("access_token");
    rotate().await.unwrap();
    // Before anybody looked, everybody goes on as before.
    assert_eq!(there.introspect(&early_again).await["active"], true);
    for cx in [&w.cx, &elsewhere] {
        cx.refresh().await.unwrap();
    }
    let late = rp.tokens("openid").await.text("access_token");
    assert_eq!((kid_of(&early), kid_of(&late)), (before[1].0.clone(), before[0].0.clone()));
    for token in [&early_again, &late] {
        assert_eq!(there.introspect(token).await["active"], true);
    }
    let all: Vec<KeyState> = states(&w).await.into_iter().map(|(_, s)| s).collect();
    assert_eq!(all, [KeyState::Next, KeyState::Active, KeyState::Retiring]);
    assert_eq!(published(&w).await.len(), 3);
    w.wait(1801);
    openid::jobs::sweep_all(&w.db.store).await.unwrap();
    w.cx.refresh().await.unwrap();
    let left = published(&w).await;
    assert!(left.len() == 2 && !left.contains(&kid_of(&early)));
}

#[tokio::test]
async fn in_an_emergency_all_keys_go_at_once_with_everything_that_they_signed() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    w.sign_in(AN);
    let before = published(&w).await;
    let tokens = rp.tokens("openid").await;
    let (elsewhere, _) = w.another_process().await;
    let cx = &w.cx;
    w.run(async |tx| ops::keys_emergency(cx, tx).await).await.unwrap();
    for cx in [&w.cx, &elsewhere] {
        cx.refresh().await.unwrap();
        assert!(
            cx.read_access(&tokens.text("access_token"), base::Clock::now(w.db.clock.as_ref()))
                .await
                .is_err()
        );
    }
    let after = published(&w).await;
    assert!(after.len() == 2 && before.iter().all(|kid| !after.contains(kid)));
    // Whoever was signed in goes on with a new key.
    let fresh = rp.refresh(&tokens.text("refresh_token")).await.text("access_token");
    assert_eq!(rp.introspect(&fresh).await["active"], true);
}

#[tokio::test]
async fn private_halves_are_files_that_only_their_owner_reads() {
    use std::os::unix::fs::PermissionsExt;
    let w = World::new().await;
    let mut seen = 0;
    for file in std::fs::read_dir(w.cx.settings.keys_dir.join("openid")).unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        seen += 1;
    }
    assert_eq!(seen, 2);
    assert!(!w.texts("SELECT jwk FROM openid.signing_key").await.iter().any(|jwk| jwk.contains("\"d\"")));
}

#[tokio::test]
async fn an_old_client_gets_rs256_and_only_where_it_is_registered() {
    let w = World::new().await;
    let messages = Messages { id_token: SigningAlg::Rs256, ..Messages::default() };
    let rp = Rp::with_secret(&w, &ClientDraft { messages, ..museum() }).await;
    w.sign_in(AN);
    let tokens = rp.tokens("openid").await;
    let id = tokens.text("id_token");
    assert_eq!(jose::Compact::parse(&id, jose::Limits::SMALL).unwrap().header().alg, jose::Algorithm::Rs256);
    assert_eq!(claims_of(&w.app, &id).await["aud"], rp.id.to_string());
    let access = tokens.text("access_token");
    assert_eq!(
        jose::Compact::parse(&access, jose::Limits::SMALL).unwrap().header().alg,
        jose::Algorithm::Es256
    );
}

/// Needs `softhsm2-util`, which `scripts/setup.sh test` installs.
#[tokio::test]
async fn a_hardware_module_signs_and_never_gives_its_keys_away() {
    let library = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"]
        .into_iter()
        .find(|path| std::path::Path::new(path).exists());
    let (Some(library), true) = (library, std::path::Path::new("/usr/bin/softhsm2-util").exists()) else {
        panic!("SoftHSM is not installed: apt-get install softhsm2 (or scripts/setup.sh test)");
    };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("softhsm2.conf");
    std::fs::write(&config, format!("directories.tokendir = {}\n", folder.path().display())).unwrap();
    let pin_file = folder.path().join("pin");
    std::fs::write(&pin_file, "1234\n").unwrap();
    let made = std::process::Command::new("/usr/bin/softhsm2-util")
        .args(["--init-token", "--free", "--label", "lienthong", "--pin", "1234", "--so-pin", "5678"])
        .env("SOFTHSM2_CONF", &config)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // The module reads its configuration from the environment, so it runs in a program of its own.
    let told = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "keys::in_a_process_with_a_module", "--ignored", "--nocapture"])
        .env("SOFTHSM2_CONF", &config)
        .env("TEST_HSM_MODULE", library)
        .env("TEST_HSM_PIN_FILE", &pin_file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&told.stdout).into_owned() + &String::from_utf8_lossy(&told.stderr);
    assert!(told.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "run by a_hardware_module_signs_and_never_gives_its_keys_away, with a module of its own"]
async fn in_a_process_with_a_module() {
    let hsm = openid::HsmSettings {
        module: std::env::var_os("TEST_HSM_MODULE").unwrap().into(),
        token: "lienthong".into(),
        pin_file: std::env::var_os("TEST_HSM_PIN_FILE").unwrap().into(),
    };
    let w = World::with_module(hsm).await;
    let rp = Rp::with_secret(&w, &museum()).await;
    w.sign_in(AN);
    let tokens = rp.tokens("openid").await;
    assert_eq!(claims_of(&w.app, &tokens.text("id_token")).await["aud"], rp.id.to_string());
    assert_eq!(rp.introspect(&tokens.text("access_token")).await["active"], true);
    let keys = w.run(async |tx| ops::keys_list(tx).await).await.unwrap();
    assert!(keys.iter().all(|k| k.place == openid::keys::Place::Pkcs11));
    assert_eq!(std::fs::read_dir(w.cx.settings.keys_dir.join("openid")).unwrap().count(), 0);
    // A key of the module rolls like any other.
    w.wait(300);
    let cx = &w.cx;
    w.run(async |tx| ops::keys_rotate(cx, tx).await).await.unwrap();
    w.cx.refresh().await.unwrap();
    let later = rp.tokens("openid").await.text("access_token");
    assert_ne!(kid_of(&later), kid_of(&tokens.text("access_token")));
    assert_eq!(rp.introspect(&later).await["active"], true);
}
