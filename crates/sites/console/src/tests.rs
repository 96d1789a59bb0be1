//! The pages, rendered in both languages from a made-up relying party; who is offered what; the form; and the texts.

mod samples;

use std::path::Path;

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{StatusCode, header},
};
use base::{FieldFault, Lang, Text};
use contracts::{LoginStrength, Role};
use http_body_util::BodyExt;
use jiff::civil::date;
use openid::{
    claims::Claim,
    error::Reason,
    login_demand::LoginDemand,
    model::{Authentication, ClientEvent, ClientState, GrantType, Profile, Sender},
    watching::Usage,
};
use tower::ServiceExt;
use webkit::{
    Form,
    i18n::{check, key_of},
};

use crate::{TEXTS, errors, form, usage, words::grant_key};
use samples::client;

/// Texts whose keys are put together while running; each has its list below.
const BUILT: [&str; 13] = [
    "console-jwks-json",
    "console-note-needed",
    "console-until-needed",
    "console-token-until-needed",
    "console-role-",
    "console-claim-",
    "console-auth-",
    "console-grant-",
    "console-message-",
    "console-event-",
    "console-sender-",
    "console-usage-",
    "console-sex-",
];

async fn body(app: &Router, path: &str) -> String {
    body_in(app, path, Lang::Vi).await
}

async fn body_in(app: &Router, path: &str, lang: Lang) -> String {
    let request =
        Request::get(path).header(header::ACCEPT_LANGUAGE, lang.code()).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn every_page_speaks_both_languages() {
    let app = samples::app();
    for path in samples::PATHS {
        for lang in Lang::ALL {
            let page = body_in(&app, path, lang).await;
            assert!(!page.contains(">console-") && !page.contains(">openid-"), "{path} shows a key");
            assert!(page.contains(&format!("<html lang=\"{}\">", lang.code())), "{path}");
            assert!(!page.contains("style=\""), "{path}: the policy forbids inline styles");
        }
    }
}

#[tokio::test]
async fn each_role_is_offered_what_it_may_do_and_nothing_else() {
    let app = samples::app();
    for role in Role::ALL {
        for (at, is_authority) in [("own", false), ("authority", true), ("other", false)] {
            for state in ClientState::ALL {
                let page = body(&app, &format!("/client?role={}&at={at}&state={state}", role.as_str())).await;
                let manages = matches!(role, Role::Administrator | Role::Head);
                let owns = at == "own" && manages;
                let decides = is_authority && (manages || role == Role::Decider);
                let is_open = *state != ClientState::Closed;
                let offered = |step: &str| page.contains(&format!("/state/{step}\""));
                let case = format!("{role:?} {at} {state}");
                assert_eq!(offered("suspend"), decides && *state == ClientState::Approved, "{case}");
                assert_eq!(offered("resume"), decides && *state == ClientState::Suspended, "{case}");
                assert_eq!(offered("close"), is_open && owns, "{case}");
                assert_eq!(page.contains("/change\""), is_open && owns, "{case}");
                assert_eq!(page.contains("href=\"/console/approvals\""), decides, "{case}");
            }
            let keys = body(&app, &format!("/keys?role={}&at={at}", role.as_str())).await;
            let writes = at == "own" && matches!(role, Role::Administrator | Role::Head);
            assert_eq!(keys.contains("name=\"jwks\""), writes, "{role:?} {at}");
            assert_eq!(keys.contains("/keys/remove\""), writes, "{role:?} {at}");
        }
    }
}

#[tokio::test]
async fn whoever_proposed_is_not_offered_to_approve() {
    let app = samples::app();
    let page = body(&app, "/approval?role=head&at=authority").await;
    assert!(page.contains("/approve\"") && page.contains("/refuse\""));
    let page = body(&app, "/approval?role=head&at=authority&own=1").await;
    assert!(!page.contains("/approve\"") && page.contains("Chính bạn đã đề nghị"));
}

#[tokio::test]
async fn of_a_change_only_what_it_changes_is_shown_beside_what_holds_now() {
    let page = body(&samples::app(), "/client?kind=change").await;
    let (_, change) = page.split_once("Thay đổi chờ duyệt</h2>").expect("a change that waits");
    let (change, _) = change.split_once("Lịch sử").expect("the history after it");
    assert_eq!(change.matches("Hiện nay").count(), 1, "{change}");
    assert!(change.contains("Điều được hỏi") && !change.contains("Hộp thư phụ trách"), "{change}");
}

#[tokio::test]
async fn a_page_shows_every_day_of_its_span_and_not_only_those_with_something() {
    let page = body(&samples::app(), "/usage").await;
    assert!(page.contains("Từ 22/10/2026 đến 20/11/2026"), "{page}");
}

#[tokio::test]
async fn keys_are_handed_in_or_published_and_never_both() {
    let app = samples::app();
    let page = body(&app, "/keys?kind=published").await;
    assert!(page.contains("https://app.example.gov.vn/jwks.json") && !page.contains("name=\"jwks\""));
    let page = body(&app, "/keys").await;
    assert!(!page.contains("jwks.json") && page.contains("name=\"jwks\""));
}

#[tokio::test]
async fn a_token_is_offered_to_whoever_judges_and_did_not_propose() {
    let app = samples::app();
    let form = "action=\"/console/tokens/new\"";
    assert!(body(&app, "/token-new?role=head&at=authority").await.contains(form));
    let own = body(&app, "/token-new?role=head&at=authority&own=1").await;
    assert!(!own.contains(form) && own.contains("Chính bạn đã đề nghị ứng dụng này"));
    for state in ["suspended", "closed", "proposed"] {
        let page = body(&app, &format!("/token-new?role=head&at=authority&state={state}")).await;
        assert!(!page.contains(form), "{state}");
    }
    let offered = async |wish: &str| {
        body(&app, &format!("/client?{wish}")).await.contains("/console/tokens/new?client=")
    };
    assert!(offered("role=decider&at=authority").await);
    assert!(!offered("role=head&at=own").await && !offered("role=auditor&at=authority").await);
    let ends = async |wish: &str| body(&app, &format!("/tokens?{wish}")).await.contains("/end\"");
    assert!(ends("role=head&at=authority").await && ends("role=administrator&at=own").await);
    assert!(!ends("role=auditor&at=own").await && !ends("role=head&at=other").await);
}

#[tokio::test]
async fn a_claim_with_a_purpose_of_its_own_says_so() {
    let page = body(&samples::app(), "/client").await;
    assert!(page.contains("Để làm gì: Thanh toán bảo hiểm y tế"));
}

#[tokio::test]
async fn a_claim_that_demands_a_login_says_so_and_a_demand_that_cannot_be_read_is_none_that_can_be_met() {
    let page = body(&samples::app(), "/client").await;
    assert!(page.contains("đã đăng nhập bằng hai yếu tố") && page.contains("trong vòng 15 phút"));
    for typed in ["mười", "0", "-1", "99999999999"] {
        let form = Form::from_pairs([("claims", "name"), ("login-age-name", typed)]);
        let (draft, _) = form::read(&form, date(2026, 11, 20));
        assert!(!draft.claims[0].login.can_be_met(), "{typed}");
    }
}

#[tokio::test]
async fn a_doubtful_proposal_is_pointed_at() {
    let page = body(&samples::app(), "/approval?role=head&at=authority").await;
    assert!(page.contains("Hỏi số định danh cá nhân: cơ sở pháp lý có nói rõ không?"));
    assert!(page.contains("Hồ sơ basic yếu hơn FAPI 2.0"));
}

#[tokio::test]
async fn a_fault_is_said_on_top_and_at_its_field_and_what_was_typed_stays() {
    let page = body(&samples::app(), "/new?kind=fault").await;
    assert!(page.contains("<title>Lỗi: ") && page.contains("href=\"#f-redirect_uris\""));
    assert!(page.contains("id=\"f-redirect_uris-error\"") && page.contains("id=\"f-claims\""));
    assert!(page.contains("http://sai.example/cb") && page.contains("value=\"Điều 14\""));
}

#[tokio::test]
async fn errors_come_with_their_remedy() {
    let page = body(&samples::app(), "/errors").await;
    assert!(page.contains("redirect_uri phải giống từng ký tự"));
    assert!(page.contains("12 lần trong giờ ấy") && page.contains("hx-trigger=\"every 5s\""));
    assert!(body(&samples::app(), "/errors?kind=empty").await.contains("Không có lỗi nào"));
}

#[tokio::test]
async fn usage_is_told_as_a_drawing_a_sentence_and_a_table() {
    let page = body(&samples::app(), "/usage").await;
    assert!(page.contains("role=\"img\"") && page.contains("<rect") && page.contains("<table"));
    assert!(body(&samples::app(), "/usage?kind=empty").await.contains("Chưa có lượt dùng nào"));
}

#[tokio::test]
async fn sandbox_people_are_marked_as_made_up() {
    let page = body(&samples::app(), "/sandbox").await;
    assert_eq!(page.matches("Không có thật").count(), openid::sandbox::PERSONAS.len());
}

#[tokio::test]
async fn snippets_of_a_strict_profile_say_which_libraries_cannot_do_it() {
    let strict = body(&samples::app(), "/snippets").await;
    assert!(
        strict.contains("buildAuthorizationUrlWithPAR")
            && strict.contains("chưa dùng được với hồ sơ FAPI 2.0")
    );
    assert!(!strict.contains("initiateBackchannelAuthentication"));
    assert!(
        strict.contains("https://dinhdanh.example.gov.vn/match")
            && strict.contains("{&quot;match&quot;:true}")
    );
    let asks = body(&samples::app(), "/snippets?kind=ciba").await;
    assert!(asks.contains("initiateBackchannelAuthentication") && asks.contains("setJti"));
    let basic = body(&samples::app(), "/snippets?kind=basic").await;
    assert!(
        !basic.contains("buildAuthorizationUrlWithPAR")
            && !basic.contains("chưa dùng được với hồ sơ FAPI 2.0")
    );
    assert!(
        basic.contains("https://app.example.gov.vn/cb")
            && basic.contains("/.well-known/openid-configuration")
    );
}

#[tokio::test]
async fn a_name_cannot_break_out_of_its_page() {
    let page = body(&samples::app(), "/client?kind=long").await;
    assert!(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert"));
}

#[test]
fn settings_survive_the_form() {
    let today = date(2026, 11, 20);
    let mut draft = client("").settings;
    for profile in [Profile::Fapi2, Profile::Basic { until: "2027-03-31T17:00:00Z".parse().unwrap() }] {
        draft.profile = profile;
        draft.sender = if draft.profile.is_fapi2() { Sender::Dpop } else { Sender::Bearer };
        draft.messages.requests = true;
        draft.jwks_uri = Some("https://app.example.gov.vn/jwks.json".to_owned());
        draft.claims[1].purpose = Some(Text::new("Bán thuốc theo đơn", "To sell prescribed medicine"));
        draft.claims[2].login = LoginDemand { strength: Some(LoginStrength::Two), max_age_s: Some(900) };
        let (read, faults) = form::read(&form::fill(&draft), today);
        assert_eq!(faults, [], "{:?}", draft.profile);
        assert_eq!(read, draft);
    }
}

#[test]
fn what_cannot_be_read_is_a_fault_and_never_a_guess() {
    let today = date(2026, 11, 20);
    let fault = |pairs: &[(&str, &str)]| {
        let (_, faults) = form::read(&Form::from_pairs(pairs.iter().copied()), today);
        faults.into_iter().map(|fault| fault.field).collect::<Vec<_>>()
    };
    assert_eq!(fault(&[]), ["authentication", "profile", "environment"]);
    let good = [("authentication", "private_key_jwt"), ("environment", "real")];
    assert_eq!(fault(&[good[0], good[1], ("profile", "basic")]), ["until"]);
    let strange = [("authentication", "none"), ("environment", "x"), ("profile", "implicit")];
    assert_eq!(fault(&strange), ["authentication", "profile", "environment"]);
    let (draft, _) = form::read(&Form::from_pairs([("claims", "name"), ("claims", "salary")]), today);
    assert_eq!(draft.claims.len(), 1, "claims that nobody knows are not asked");
    let (draft, _) = form::read(
        &Form::from_pairs([("grants", "implicit"), ("grants", "code"), ("grants", "device")]),
        today,
    );
    assert_eq!(draft.grants, [GrantType::AuthorizationCode, GrantType::DeviceCode]);
}

#[test]
fn faults_of_the_domain_find_their_field() {
    for (domain, own) in
        [("sandbox", "environment"), ("sender", "authentication"), ("redirect_uris", "redirect_uris")]
    {
        assert_eq!(form::place(FieldFault::new(domain, "x")).field, own);
    }
}

#[test]
fn texts_are_complete_in_both_languages_and_none_is_unused() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let all = [webkit::i18n::TEXTS, openid::TEXTS, TEXTS];
    assert_eq!(check::pairs(&[TEXTS]), [""; 0]);
    assert_eq!(check::unused(TEXTS, &[&source], &BUILT), [""; 0]);
    assert_eq!(check::unknown(&all, &[&source]), [""; 0]);
    assert_eq!(
        check::codes(
            &all,
            &[
                "console.until_needed",
                "console.token_until_needed",
                "console.note_needed",
                "console.jwks_json"
            ]
        ),
        [""; 0]
    );
    let texts = webkit::Texts::load(&all).unwrap();
    let mut keys: Vec<String> = Vec::new();
    keys.extend(Role::ALL.iter().map(|role| format!("console-role-{}", role.as_str())));
    keys.extend(Claim::ALL.iter().map(|claim| format!("console-claim-{}", key_of(claim.as_str()))));
    keys.extend(Authentication::ALL.iter().map(|way| format!("console-auth-{}", key_of(way.as_str()))));
    keys.extend(GrantType::ALL.iter().map(|grant| format!("console-grant-{}", grant_key(*grant))));
    keys.extend(ClientEvent::ALL.iter().map(|event| format!("console-event-{}", key_of(event.as_str()))));
    keys.extend(Sender::ALL.iter().map(|sender| format!("console-sender-{sender}")));
    keys.extend(Usage::ALL.iter().map(|kind| usage::usage_key(*kind)));
    keys.extend(Reason::ALL.iter().map(|reason| errors::advice(*reason).to_owned()));
    keys.extend(Reason::ALL.iter().map(|reason| format!("openid-reason-{}", key_of(reason.as_str()))));
    let missing: Vec<&String> =
        keys.iter().filter(|key| Lang::ALL.iter().any(|lang| !texts.has(*lang, key))).collect();
    assert_eq!(missing, Vec::<&String>::new());
    for file in [TEXTS.0, TEXTS.1] {
        assert!(file.lines().all(|line| line.trim_start() == base::nfc(line)), "not in NFC");
    }
}
