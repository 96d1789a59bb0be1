//! What went wrong elsewhere, and must not here: faults that others' providers had, as tests.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use store::RowExt;
use tower::ServiceExt;

use crate::{
    http::{Answer, find, pairs, with_query},
    keys::{Key, b64, random},
    party::{Kind, Party},
    person::{Does, words},
    scene::Scene,
};

/// The signature of a request object made with what is public as if it were a secret (CVE-2015-9235 and its kin).
fn hs256(claims: &Value, key: &[u8]) -> String {
    let header = json!({ "alg": "HS256", "typ": "oauth-authz-req+jwt" });
    let signed = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key);
    format!("{signed}.{}", b64(aws_lc_rs::hmac::sign(&key, signed.as_bytes())))
}

#[tokio::test]
async fn a_request_object_is_not_verified_by_a_public_key_as_if_it_were_secret() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Signed).await;
    let (_, claims) = rp.object_parts(&rp.ask());
    let jwk = rp.key.registered("ES256").to_string();
    for key in [jwk.as_bytes(), rp.id.as_bytes(), b"".as_slice()] {
        rp.push_object(&hs256(&claims, key)).await.refuses(&["invalid_request_object", "invalid_request"]);
    }
    for alg in ["none", "None", "nOnE", "NONE", "", "ES384", "HS256"] {
        let header = json!({ "alg": alg, "typ": "oauth-authz-req+jwt", "kid": rp.key.kid });
        for object in [
            rp.key.sign(&header, &claims),
            format!("{}.{}.", b64(header.to_string()), b64(claims.to_string())),
        ] {
            rp.push_object(&object).await.refuses(&["invalid_request_object", "invalid_request"]);
        }
    }
    // A key that the token brings along is nobody's.
    let own = Key::p256();
    let header = json!({ "alg": "ES256", "typ": "oauth-authz-req+jwt", "jwk": own.public(None) });
    rp.push_object(&own.sign(&header, &claims)).await.refuses(&["invalid_request_object", "invalid_request"]);
}

#[tokio::test]
async fn a_proof_is_demanded_although_the_request_was_pushed_without_one() {
    // Keycloak and others once skipped DPoP when the request had been pushed.
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    let ask = rp.ask();
    let code = rp.code(&s.lan, &ask).await;
    let answer = rp.call("token_endpoint", rp.exchange_params(&ask, &code)).await;
    answer.refuses(&["invalid_dpop_proof", "invalid_request"]);
    let tokens = rp.exchange(&ask, &code).await.ok();
    let (_, claims) = crate::keys::read(tokens["access_token"].as_str().unwrap());
    assert_eq!(claims["cnf"]["jkt"], rp.dpop.thumbprint(), "the token is bound");
}

#[tokio::test]
async fn a_bound_refresh_token_is_revoked_and_ended_without_its_key() {
    // Whoever signs out must not need the key of a client: a stolen laptop has it.
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    let ask = rp.ask().with("scope", "openid offline_access").with("prompt", "consent");
    let code = rp.code_when(&s.lan, &ask, Does::AllowAway).await;
    let tokens = rp.exchange(&ask, &code).await.ok();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(rp.revoke(refresh).await.status.as_u16(), 200);
    rp.refresh(refresh).await.refuses(&["invalid_grant"]);
}

#[tokio::test]
async fn a_refresh_token_that_comes_back_after_its_time_ends_the_whole_family() {
    let s = Scene::alone().await;
    let rp = s.party(Kind::Fapi2).await;
    let ask = rp.ask().with("scope", "openid offline_access").with("prompt", "consent");
    let code = rp.code_when(&s.lan, &ask, Does::AllowAway).await;
    let first = rp.exchange(&ask, &code).await.ok()["refresh_token"].as_str().unwrap().to_owned();
    let second = rp.refresh(&first).await.ok()["refresh_token"].as_str().unwrap().to_owned();
    s.server.waits(1);
    let third = rp.refresh(&second).await.ok();
    let (access, third) =
        (third["access_token"].as_str().unwrap(), third["refresh_token"].as_str().unwrap().to_owned());
    rp.refresh(&first).await.refuses(&["invalid_grant"]);
    rp.refresh(&third).await.refuses(&["invalid_grant"]);
    assert_eq!(rp.userinfo(access).await.status.as_u16(), 401);
}

#[tokio::test]
async fn nothing_of_a_request_comes_back_in_an_error() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let marker = format!("<script>{}</script>", random());
    let page = s.lan.visits(&rp.url(&rp.ask().with("redirect_uri", &marker)), Does::Stop).await;
    let crate::person::End::Page(page) = page else { panic!("it left: {page:?}") };
    assert!(!page.text().contains(&marker), "{}", words(&page.text()));
    for params in [
        pairs(&[("grant_type", &marker)]),
        pairs(&[("grant_type", "authorization_code"), ("code", &marker)]),
        pairs(&[("grant_type", "refresh_token"), ("refresh_token", &marker)]),
    ] {
        let text = rp.token(params).await.text();
        assert!(!text.contains("script>"), "{text}");
    }
}

#[tokio::test]
async fn credentials_in_the_address_are_refused() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let tokens = rp.tokens(&s.lan, &rp.ask()).await;
    let url =
        format!("{}?access_token={}", rp.at("userinfo_endpoint"), tokens["access_token"].as_str().unwrap());
    let answer = rp.http.get(&url, &[]).await;
    assert!(answer.status.is_client_error(), "{}", answer.text());
    let secret = rp.secret.as_deref().unwrap();
    let url = format!("{}?client_id={}&client_secret={secret}", rp.at("token_endpoint"), rp.id);
    let answer = rp.http.form(&url, &pairs(&[("grant_type", "client_credentials")]), &[]).await;
    assert!(answer.status.is_client_error(), "{}", answer.text());
}

#[tokio::test]
async fn a_scope_that_was_not_approved_cannot_be_had_by_any_way() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    for bend in [
        ("scope", "openid number"),
        ("claims", r#"{"userinfo":{"personal_number":{"essential":true}}}"#),
        ("claims", r#"{"id_token":{"personal_number":null}}"#),
    ] {
        let end = s.lan.visits(&rp.url(&rp.ask().with(bend.0, bend.1)), Does::Allow).await;
        let back = rp.came_back(&end);
        let error = find(&back, "error").expect("an error");
        assert!(["invalid_scope", "invalid_request", "access_denied"].contains(&error), "{bend:?}: {error}");
    }
    let ask = rp.ask().with("scope", "openid offline_access").with("prompt", "consent");
    let code = rp.code_when(&s.lan, &ask, Does::AllowAway).await;
    let tokens = rp.exchange(&ask, &code).await.ok();
    let more = pairs(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ("scope", "openid profile number offline_access"),
    ]);
    rp.token(more).await.refuses(&["invalid_scope"]);
}

#[tokio::test]
async fn a_program_cannot_register_itself_more_rights_than_were_approved() {
    // Registration that lets clients choose their own mappers, scopes, grants or addresses hands out everybody's data.
    let s = Scene::new().await;
    let model = s.party(Kind::Fapi2).await;
    let token = s.server.initial_token(&model.id).await;
    let call = async |method: &str, url: &str, token: &str, body: &Value| {
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        s.http.send(method.parse().unwrap(), url, &headers, body.to_string().into()).await
    };
    let key = Key::p256();
    let narrow = json!({
        "redirect_uris": [model.redirect_uri], "scope": "openid profile", "grant_types": ["authorization_code"],
        "jwks": { "keys": [key.registered("ES256")] },
    });
    let url = s.meta["registration_endpoint"].as_str().unwrap();
    let wider = [
        ("scope", json!("openid number")),
        ("scope", json!("openid profile ssf.manage")),
        ("grant_types", json!(["client_credentials"])),
        ("grant_types", json!(["urn:ietf:params:oauth:grant-type:token-exchange"])),
        ("redirect_uris", json!(["https://evil.example/cb"])),
        ("token_endpoint_auth_method", json!("none")),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("jwks_uri", json!("https://evil.example/jwks")),
        ("subject_type", json!("public")),
    ];
    for (name, value) in &wider {
        let mut body = narrow.clone();
        body[*name] = value.clone();
        let answer = call("POST", url, &token, &body).await;
        answer.refuses(&["invalid_client_metadata", "invalid_redirect_uri"]);
    }
    // Members of other products mean nothing here.
    let mut body = narrow.clone();
    body["protocol_mappers"] = json!([{ "protocolMapper": "oidc-usermodel-attribute-mapper", "config": { "claim.name": "personal_number" } }]);
    body["claims"] = json!([{ "claim": "personal_number", "legal_basis": "x" }]);
    body["sandbox"] = json!(true);
    let made = call("POST", url, &token, &body).await.ok();
    let (own, at) = (
        made["registration_access_token"].as_str().unwrap(),
        made["registration_client_uri"].as_str().unwrap(),
    );
    for (name, value) in &wider {
        let mut body = narrow.clone();
        body[*name] = value.clone();
        call("PUT", at, own, &body).await.refuses(&["invalid_client_metadata", "invalid_redirect_uri"]);
    }
    let id = made["client_id"].as_str().unwrap().to_owned();
    let rp = Party::new(&s, Kind::Fapi2, id, key, None, &model.redirect_uri);
    rp.learns_nonce().await;
    rp.push(&rp.ask().with("scope", "openid number")).await.refuses(&["invalid_scope"]);
    let wish = r#"{"userinfo":{"personal_number":{"essential":true}}}"#;
    rp.push(&rp.ask().with("claims", wish)).await.refuses(&["invalid_request"]);
    let tokens = rp.tokens(&s.lan, &rp.ask().with("scope", "openid profile")).await;
    let told = rp.userinfo(tokens["access_token"].as_str().unwrap()).await.ok();
    assert!(told["name"].is_string() && told.get("personal_number").is_none(), "{told}");
}

#[tokio::test]
async fn a_bound_refresh_token_ends_with_the_session_and_is_of_no_use_to_another_key() {
    // Elsewhere a logout failed for tokens bound to a key, and the tokens lived on.
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    let ask = rp.ask();
    let tokens = rp.tokens(&s.lan, &ask).await;
    let told = |tokens: &Value, name: &str| tokens[name].as_str().expect("a token").to_owned();
    let (refresh, access) = (told(&tokens, "refresh_token"), told(&tokens, "access_token"));
    let hint = pairs(&[("id_token_hint", &told(&tokens, "id_token"))]);
    let params = pairs(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]);
    rp.token_by(&Key::p256(), params.clone()).await.refuses(&["invalid_grant"]);
    rp.call("token_endpoint", params).await.refuses(&["invalid_dpop_proof", "invalid_request"]);
    let refresh = told(&rp.refresh(&refresh).await.ok(), "refresh_token");

    s.lan.visits(&with_query(rp.at("end_session_endpoint"), &hint), Does::Stop).await;
    // Whoever follows the end of sessions hears of it a moment later.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while rp.userinfo(&access).await.status.is_success() {
        assert!(std::time::Instant::now() < deadline, "the token outlives its session");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    rp.refresh(&refresh).await.refuses(&["invalid_grant"]);
}

#[tokio::test]
async fn the_personal_number_is_in_no_token_and_no_address() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask().with("scope", "openid profile");
    let url = rp.begins(&ask).await;
    let end = s.lan.visits(&url, Does::Allow).await;
    let number = &s.lan.citizen.number;
    assert!(!format!("{end:?}").contains(number));
    let back = rp.came_back(&end);
    let tokens = rp.exchange(&ask, find(&back, "code").unwrap()).await.ok();
    for name in ["access_token", "id_token"] {
        let (header, claims) = crate::keys::read(tokens[name].as_str().unwrap());
        assert!(!format!("{header}{claims}").contains(number), "{name}");
    }
}

#[tokio::test]
async fn subjects_are_the_same_within_a_sector_and_of_no_use_elsewhere() {
    let s = Scene::new().await;
    let mut elsewhere = s.draft(Kind::Basic);
    elsewhere.redirect_uris = vec!["https://elsewhere.example.vn/cb".to_owned()];
    let parties =
        [s.party(Kind::Basic).await, s.party(Kind::Fapi2).await, s.enters(Kind::Basic, elsewhere).await];
    let mut subjects = Vec::new();
    for rp in &parties {
        let ask = rp.ask();
        subjects.push(rp.identity(&rp.tokens(&s.lan, &ask).await, &ask)["sub"].clone());
    }
    assert_eq!(subjects[0], subjects[1]);
    assert_ne!(subjects[0], subjects[2]);
}

#[tokio::test]
async fn a_code_of_somebody_elses_browser_is_not_given_out() {
    // The address of a question that is open, in another browser: it belongs to whoever began it.
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let begun = s.lan.get(&rp.url(&rp.ask())).await;
    let question = format!("{}{}", s.server.issuer, begun.header("location"));
    let other = s.somebody_else();
    other.signs_in().await;
    let stolen = other.visits(&question, Does::Allow).await;
    stolen.is_refused_here();
}

#[tokio::test]
async fn endpoints_answer_alike_for_clients_that_exist_and_that_do_not() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let nobody = uuid::Uuid::from_u128(99).to_string();
    let mut answers: Vec<Answer> = Vec::new();
    for id in [&rp.id, &nobody] {
        let pair = BASE64_STANDARD.encode(format!("{id}:{}", random()));
        let authorization = format!("Basic {pair}");
        let params = pairs(&[("grant_type", "client_credentials")]);
        answers
            .push(rp.http.form(rp.at("token_endpoint"), &params, &[("authorization", &authorization)]).await);
    }
    assert_eq!(answers[0].status, answers[1].status);
    assert_eq!(answers[0].text(), answers[1].text());
}

/// Longer than anything of a request is kept, and than any grant lives.
const AGES_S: i64 = 400 * 24 * 3600;
/// How many rows each table has, without those that are written by people, or kept for years on purpose.
const ROWS: &str = "SELECT c.relname::text AS name, (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n \
    FROM openid.%I', c.relname), false, true, '')))[1]::text::bigint AS rows \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'openid' AND c.relkind = 'r' \
    AND c.relname NOT IN ('client', 'client_key', 'client_secret', 'client_event', 'client_usage', 'sector', 'release', \
    'signing_key', 'migration')";

#[tokio::test]
async fn what_requests_leave_behind_goes_with_time() {
    // Hydra #1574: a provider's tables that only grow.
    let s = Scene::alone().await;
    let rp = s.party(Kind::Fapi2).await;
    for _ in 0..3 {
        rp.pushed(&rp.ask()).await;
        s.lan.get(&rp.begins(&rp.ask()).await).await;
        let ask = rp.ask().with("scope", "openid profile offline_access").with("prompt", "consent");
        let code = rp.code_when(&s.lan, &ask, Does::AllowAway).await;
        let tokens = rp.exchange(&ask, &code).await.ok();
        rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.ok();
        rp.userinfo(tokens["access_token"].as_str().unwrap()).await.ok();
        rp.exchange(&ask, &code).await.refuses(&["invalid_grant"]);
    }
    let rows = async || {
        s.server
            .within(async |server| {
                openid::jobs::sweep_all(&server.app.store).await.unwrap();
                let connection = server.app.store.connection().await.unwrap();
                let rows = connection.query(ROWS, &[]).await.unwrap();
                rows.iter()
                    .map(|row| (row.col::<String>("name").unwrap(), row.col::<i64>("rows").unwrap()))
                    .filter(|(_, rows)| *rows > 0)
                    .collect::<Vec<_>>()
            })
            .await
    };
    let before = rows().await;
    assert!(before.iter().any(|(name, _)| name == "grant"), "nothing was left behind at all: {before:?}");
    s.server.waits(AGES_S);
    assert_eq!(rows().await, Vec::new(), "rows that nothing takes away");
}

#[tokio::test]
async fn nothing_of_a_request_becomes_the_label_of_a_metric() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let marker = random();
    for params in
        [pairs(&[("grant_type", &marker)]), pairs(&[("grant_type", "authorization_code"), ("code", &marker)])]
    {
        rp.token(params).await;
    }
    rp.http.get(&format!("{}/{marker}", s.server.issuer), &[]).await;
    s.lan.visits(&rp.url(&rp.ask().with("prompt", &marker)), Does::Stop).await;
    let router = s.server.app.ops_router();
    let request = Request::builder().uri("/metrics").body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("token") && !text.contains(&marker) && !text.contains(&rp.id), "{text}");
}

#[tokio::test]
async fn a_wrong_password_is_answered_as_an_account_that_does_not_exist() {
    let s = Scene::new().await;
    let mut pages = Vec::new();
    for number in [s.lan.citizen.number.as_str(), "001190999999"] {
        let browser = s.lan.elsewhere();
        let answer = browser.tries(number, "không phải mật khẩu này").await;
        let grouped = words(&answer.text()).replace(number, "");
        pages.push((answer.status, grouped));
    }
    assert_eq!(pages[0], pages[1]);
}
