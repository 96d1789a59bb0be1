//! No secret and no personal number stands anywhere in clear: not in a table, not in the log.

use contracts::Role;
use identity::{Password, ops};

use crate::world::{AN, BINH, PASSWORD, SECRET, World, citizen, staff};

#[tokio::test]
async fn the_database_holds_no_number_no_password_no_code_and_no_token() {
    let w = World::new().await;
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    let _ = ops::sign_in(&w.cx, &citizen(BINH, "sai mật khẩu rồi")).await;
    w.officer("can.bo", Role::Receiver).await;
    let code = w.code();
    let officer = ops::sign_in(&w.cx, &staff("can.bo", PASSWORD, Some(&code))).await.unwrap();
    let new = Password::new("gió thổi qua đồng");
    ops::password_change(&w.cx, &signed.current, &Password::new(PASSWORD), &new).await.unwrap();

    let dump = everything(&w).await;
    assert!(dump.contains("identity.sign_in") && dump.contains("can.bo"), "the dump is one");
    let hexed = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let tokens = [signed.token.bearer(), officer.token.bearer()];
    let clear: Vec<&str> =
        vec![AN, BINH, PASSWORD, "sai mật khẩu rồi", "gió thổi qua đồng", &tokens[0], &tokens[1]];
    for secret in clear {
        assert!(!dump.contains(secret), "{secret}");
        assert!(!dump.contains(&hexed(secret.as_bytes())), "{secret} as bytes");
    }
    assert!(!dump.contains(&hexed(SECRET)));
    assert!(!dump.contains(&format!("\"{code}\"")));
}

#[test]
fn what_somebody_types_to_open_an_account_is_not_printed() {
    let opening = ops::account_open::Opening {
        number: AN.into(),
        name: "Nguyễn Văn An".into(),
        birth_date: "17/5/1999".into(),
        phone: crate::telco::ANS.into(),
        password: Password::new(PASSWORD),
        client: crate::world::client(),
        lang: base::Lang::Vi,
    };
    assert_eq!(format!("{opening:?}"), "Opening(…)");
}

/// Every row of every table, as text.
async fn everything(w: &World) -> String {
    let tables = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('identity', 'store')";
    let mut out = String::new();
    for table in w.texts(tables).await {
        out.extend(w.texts(&format!("SELECT t::text FROM {table} t")).await);
    }
    out
}
