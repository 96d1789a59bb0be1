//! Copy and paste: the beginning of a program in three languages, filled with the values of this relying party. What stands here,
//! a test runs against the provider: `lienthong/tests/conformance/others.rs`, or the journeys of `e2e` as it is copied.

use std::sync::Arc;

use axum::{Router, extract::State, routing::get};
use maud::{Markup, html};
use openid::{
    claims::{Claim, Scope},
    http::MATCH,
    model::{Client, ClientId, GrantType},
};
use serde_json::{Value, json};
use webkit::{
    Path, Problem, View,
    ui::{self, Row, Tone},
};

use crate::{
    Console,
    client::{Tab, client_frame, load},
    officer::Officer,
    words::Words,
};

/// A library with its beginning. Not all of them can push requests and show proofs of a key.
struct Snippet {
    name: &'static str,
    anchor: &'static str,
    fapi2: Option<&'static str>,
    basic: &'static str,
}

const SNIPPETS: [Snippet; 3] = [
    Snippet {
        name: "Node.js · openid-client 6",
        anchor: "node",
        fapi2: Some(include_str!("../snippets/node-fapi2.mjs")),
        basic: include_str!("../snippets/node-basic.mjs"),
    },
    Snippet {
        name: "Python · Authlib 1",
        anchor: "python",
        fapi2: None,
        basic: include_str!("../snippets/authlib.py"),
    },
    Snippet {
        name: "Rust",
        anchor: "rust",
        fapi2: Some(include_str!("../snippets/fapi2.rs")),
        basic: include_str!("../snippets/openidconnect.rs"),
    },
];

/// Asking a person who is elsewhere, which the strict profile signs whole.
const CIBA: &str = include_str!("../snippets/node-ciba.mjs");

pub fn routes() -> Router<Arc<Console>> {
    Router::new().route("/console/clients/{client}/snippets", get(show))
}

async fn show(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path(id): Path<ClientId>,
) -> Result<Markup, Problem> {
    let client = load(&console, &officer, id).await?;
    Ok(page(&console.words(&view), &view, &officer, &client, &console.openid.settings.issuer))
}

pub fn page(words: &Words<'_>, view: &View, officer: &Officer, client: &Client, issuer: &str) -> Markup {
    let (layout, head) = client_frame(words, view, officer, client, Tab::Snippets);
    let is_fapi2 = client.settings.profile.is_fapi2();
    let values = Values::of(client, issuer);
    let mut rows = vec![
        Row::new("issuer", html! { code { (issuer) } }),
        Row::new("client_id", html! { code { (client.id) } }),
        Row::new("redirect_uri", html! { code { (values.redirect_uri) } }),
        Row::new("scope", html! { code { (values.scope) } }),
        Row::new(
            view.t("console-snippet-discovery"),
            html! { code { (issuer) "/.well-known/openid-configuration" } },
        ),
    ];
    if let Some(claims) = &values.claims {
        rows.push(Row::new(
            "claims",
            html! { code { (claims) } p.quiet { (view.t("console-snippet-claims")) } },
        ));
    }
    if client.settings.claims.iter().any(|right| right.claim == Claim::IdentityMatch) {
        rows.push(Row::new(
            "identity_match_endpoint",
            html! { code { (issuer) (MATCH) } p.quiet { (view.t("console-snippet-match")) } },
        ));
    }
    layout.page(html! {
        (head)
        p.lead { (view.t("console-snippets-lead")) }
        (ui::summary(view, &rows))
        @if is_fapi2 && client.settings.grants.contains(&GrantType::Ciba) {
            section.console-snippet id="ciba" {
                h2 { "Node.js · openid-client 6 · CIBA" }
                pre.console-code tabindex="0" { (values.fill(CIBA)) }
            }
        }
        @for snippet in &SNIPPETS {
            section.console-snippet id=(snippet.anchor) {
                h2 { (snippet.name) }
                @match (is_fapi2, snippet.fapi2) {
                    (true, Some(text)) => { pre.console-code tabindex="0" { (values.fill(text)) } },
                    (true, None) => {
                        (ui::notice(Tone::Info, view.t("console-snippet-not-fapi2")))
                        (ui::details(&view.t("console-snippet-basic"), html! { pre.console-code tabindex="0" { (values.fill(snippet.basic)) } }))
                    },
                    (false, _) => { pre.console-code tabindex="0" { (values.fill(snippet.basic)) } },
                }
            }
        }
    })
}

/// What stands in the snippets.
struct Values {
    issuer: String,
    client_id: String,
    redirect_uri: String,
    scope: String,
    claims: Option<String>,
}

impl Values {
    fn of(client: &Client, issuer: &str) -> Self {
        let rights: Vec<Claim> = client.settings.claims.iter().map(|right| right.claim).collect();
        let scopes = scopes(&rights);
        Self {
            issuer: quotable(issuer),
            client_id: client.id.to_string(),
            redirect_uri: quotable(client.settings.redirect_uris.first().map_or("", String::as_str)),
            scope: scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "),
            claims: claims_parameter(&rights, &scopes),
        }
    }

    fn fill(&self, text: &str) -> String {
        let more = self.scope.strip_prefix("openid").unwrap_or("").trim();
        // Node's client refuses plain HTTP unless told otherwise; ours is served so on a developer's machine alone.
        let insecure = "\n  { execute: [client.allowInsecureRequests] },";
        let insecure = if self.issuer.starts_with("http://") { insecure } else { "" };
        let claims = |before: &str, after: &str| {
            self.claims.as_ref().map_or_else(String::new, |claims| format!("{before}{claims}{after}"))
        };
        let claims_rs = match &self.claims {
            Some(claims) => format!("Some(r#\"{claims}\"#)"),
            None => "None".to_owned(),
        };
        text.replace("{{CLAIMS_JS}}", &claims("\n    claims: '", "',"))
            .replace("{{CLAIMS_PY}}", &claims(", claims='", "'"))
            .replace("{{CLAIMS_RS}}", &claims_rs)
            .replace("{{ISSUER}}", &self.issuer)
            .replace("{{CLIENT_ID}}", &self.client_id)
            .replace("{{REDIRECT_URI}}", &self.redirect_uri)
            .replace("{{SCOPE}}", &self.scope)
            .replace("{{MORE_SCOPES}}", more)
            .replace("{{INSECURE}}", insecure)
    }
}

/// An address that stands between quotes in any of the languages.
fn quotable(address: &str) -> String {
    address
        .replace('\\', "%5C")
        .replace('"', "%22")
        .replace('\'', "%27")
        .replace('{', "%7B")
        .replace('}', "%7D")
        .replace('$', "%24")
}

/// The scopes all of whose claims this relying party may ask for: any other would be refused.
fn scopes(rights: &[Claim]) -> Vec<Scope> {
    let allowed = |scope: &&Scope| {
        let claims = scope.claims();
        **scope == Scope::Openid || (!claims.is_empty() && claims.iter().all(|claim| rights.contains(claim)))
    };
    Scope::ALL.iter().filter(allowed).copied().collect()
}

/// The parameter `claims` for what no scope brings; none where scopes bring everything.
fn claims_parameter(rights: &[Claim], scopes: &[Scope]) -> Option<String> {
    let single = rights.iter().filter(|claim| !scopes.iter().any(|scope| scope.claims().contains(claim)));
    let members: serde_json::Map<String, Value> =
        single.map(|claim| (claim.as_str().to_owned(), Value::Null)).collect();
    (!members.is_empty()).then(|| json!({ "userinfo": members }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_offered_only_when_all_of_it_may_be_asked() {
        let rights = [Claim::AgeOver18, Claim::Name, Claim::PersonalNumber];
        let allowed = scopes(&rights);
        assert_eq!(allowed, [Scope::Openid, Scope::Number]);
        let rest = claims_parameter(&rights, &allowed).unwrap();
        assert_eq!(rest, r#"{"userinfo":{"age_over_18":null,"name":null}}"#);
        assert_eq!(claims_parameter(&[Claim::PersonalNumber], &allowed), None);
    }

    #[test]
    fn every_snippet_is_filled_and_no_address_breaks_out_of_its_quotes() {
        let values = Values {
            issuer: quotable("https://id.example"),
            client_id: "0199-1".into(),
            redirect_uri: quotable("https://rp.example/a'b\"c?x=${y}"),
            scope: "openid profile".into(),
            claims: Some(r#"{"userinfo":{"name":null}}"#.into()),
        };
        for text in SNIPPETS.iter().flat_map(|s| s.fapi2.into_iter().chain([s.basic])).chain([CIBA]) {
            let filled = values.fill(text);
            let left = filled.replace("{\"userinfo\":{\"name\":null}}", "");
            assert!(!left.contains("{{") && !left.contains("}}"), "{filled}");
            assert!(filled.contains("https://id.example") && filled.contains("0199-1"));
            assert!(!filled.contains("a'b") && !filled.contains("${y}"));
        }
    }
}
