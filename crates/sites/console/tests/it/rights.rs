//! Every role of every agency against every action: what is refused changes nothing.

use contracts::Role;
use http::StatusCode;

use crate::world::{AUTHORITY, OWNER, STRANGER, TOKEN, World};

const KEY: &str = r#"{"kty":"EC","crv":"P-256","kid":"k1","alg":"ES256","use":"sig","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

/// Who may: the owner's administrator and head, or the authority's administrator, head and decider.
fn owns(agency: &str, role: Role) -> bool {
    agency == OWNER && matches!(role, Role::Administrator | Role::Head)
}

fn decides(agency: &str, role: Role) -> bool {
    agency == AUTHORITY && matches!(role, Role::Administrator | Role::Head | Role::Decider)
}

/// What is tried, where, with which fields, and whether it may succeed.
type Attempt<'a> = (&'a str, String, Vec<(&'a str, &'a str)>, bool);

#[tokio::test]
async fn each_action_is_open_to_exactly_those_it_is_meant_for() {
    for agency in [OWNER, AUTHORITY, STRANGER] {
        for role in Role::ALL {
            let w = World::new().await;
            let (owns, decides) = (owns(agency, role), decides(agency, role));
            let (waiting, running) = (w.register(&[]).await, w.approved().await);
            let mut browser = w.officer(agency, role, 90);
            let token = browser.token().await;
            let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
            // In an order in which each is still possible.
            let actions: [Attempt<'_>; 6] = [
                ("key", format!("{running}/keys"), vec![("jwks", KEY)], owns),
                ("key away", format!("{running}/keys/remove"), vec![("kid", "k1")], owns),
                (
                    "approve",
                    format!("/console/approvals/{}/approve", id(&waiting)),
                    vec![("version", "1")],
                    decides,
                ),
                ("suspend", format!("{running}/state/suspend"), vec![("note", "Thử")], decides),
                ("resume", format!("{running}/state/resume"), Vec::new(), decides),
                ("close", format!("{running}/state/close"), vec![("sure", "1")], owns),
            ];
            for (name, path, fields, allowed) in actions {
                let version = w.authority().get(&running).await.hidden("version");
                let mut pairs = vec![("_csrf", token.as_str())];
                if !fields.iter().any(|(name, _)| *name == "version") {
                    pairs.push(("version", &version));
                }
                pairs.extend(fields);
                let page = browser.post(&path, &pairs).await;
                let case = format!("{agency} {role:?} {name}");
                if allowed {
                    assert_eq!(page.status, StatusCode::SEE_OTHER, "{case}: {}", page.body);
                } else {
                    assert!(
                        matches!(page.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
                        "{case}: {}",
                        page.status
                    );
                }
            }
        }
    }
}

/// The ways to end the tokens in force, as the list shows them to whoever may.
async fn ends(w: &World) -> Vec<String> {
    let page = w.authority().get("/console/tokens").await.body;
    let actions = page.split("action=\"").filter_map(|rest| rest.split('"').next());
    actions.filter(|to| to.starts_with("/console/tokens/")).map(str::to_owned).collect()
}

#[tokio::test]
async fn tokens_are_made_by_those_who_judge_and_ended_by_them_and_their_agency() {
    let w = World::new().await;
    let running = w.approved().await;
    let id = running.rsplit('/').next().unwrap();
    for agency in [OWNER, AUTHORITY, STRANGER] {
        for role in Role::ALL {
            w.token(id).await;
            let there = ends(&w).await.first().unwrap().clone();
            let case = format!("{agency} {role:?}");
            let (owns, decides) = (owns(agency, role), decides(agency, role));
            let mut browser = w.officer(agency, role, 90);
            let listed = browser.get("/console/tokens").await;
            let manages = matches!(role, Role::Administrator | Role::Head);
            let sees = decides || manages || role == Role::Auditor;
            assert_eq!(listed.status == StatusCode::OK, sees, "{case}: {}", listed.status);
            assert_eq!(listed.body.contains("Đặt lịch khám Hà Nội"), sees && agency != STRANGER, "{case}");

            let csrf = browser.token().await;
            let form = format!("/console/tokens/new?client={id}");
            assert_eq!(browser.get(&form).await.status == StatusCode::OK, decides, "{case}");
            let typed = [&TOKEN[..], &[("client", id), ("_csrf", csrf.as_str())]].concat();
            let page = browser.post("/console/tokens/new", &typed).await;
            assert_eq!(page.status == StatusCode::OK, decides, "{case}: {}", page.status);

            let page = browser.post(&there, &[("_csrf", &csrf)]).await;
            let ended = page.status == StatusCode::SEE_OTHER;
            assert_eq!(ended, owns || decides, "{case}: {}", page.status);
            assert_eq!(!ends(&w).await.contains(&there), ended, "{case}");
            if !ended {
                assert!(matches!(page.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn each_page_is_open_to_exactly_those_it_is_meant_for() {
    let w = World::new().await;
    let path = w.register(&[]).await;
    let id = path.rsplit('/').next().unwrap();
    for agency in [OWNER, AUTHORITY, STRANGER] {
        for role in Role::ALL {
            let mut browser = w.officer(agency, role, 90);
            let approval = format!("/console/approvals/{id}");
            for there in ["/console/approvals", approval.as_str()] {
                let opened = browser.get(there).await.status == StatusCode::OK;
                assert_eq!(opened, decides(agency, role), "{agency} {role:?} {there}");
            }
            let opened = browser.get(&path).await.status == StatusCode::OK;
            let reads = role == Role::Auditor && agency != STRANGER;
            assert_eq!(
                opened,
                reads || owns(agency, role) || decides(agency, role),
                "{agency} {role:?} {path}"
            );
        }
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_the_door() {
    let w = World::new().await;
    let page = w.nobody().get("/console/new").await;
    assert_eq!(page.to, "/desk/sign-in?next=%2Fconsole%2Fnew");
}
