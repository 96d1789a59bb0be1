//! What a relying party's own programs did wrong lately, in plain words, with what to do about it. The list renews itself
//! where scripts run; it never shows anything of a person or of a request.

use std::sync::Arc;

use axum::{Router, extract::State, routing::get};
use maud::{Markup, html};
use openid::{
    error::{OauthError, Reason},
    model::{Client, ClientId},
    ops,
    watching::ClientFault,
};
use webkit::{
    Path, Problem, View,
    i18n::key_of,
    ui::{self, Icon},
};

use crate::{
    Console,
    client::{Tab, client_frame, path},
    officer::Officer,
    words::Words,
};

pub fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route("/console/clients/{client}/errors", get(show))
        .route("/console/clients/{client}/errors/list", get(renew))
}

async fn load(
    console: &Console,
    officer: &Officer,
    id: ClientId,
) -> Result<(Client, Vec<ClientFault>), Problem> {
    let mut tx = console.store.begin().await?;
    let outcome = async {
        let client = ops::client_find(&console.openid, &mut tx, &officer.actor, id).await?;
        let faults = ops::client_errors(&console.openid, &mut tx, &officer.actor, id).await?;
        Ok::<_, openid::OpenIdError>((client, faults))
    }
    .await;
    Ok(tx.finish(outcome).await?)
}

async fn show(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path(id): Path<ClientId>,
) -> Result<Markup, Problem> {
    let (client, faults) = load(&console, &officer, id).await?;
    Ok(page(&console.words(&view), &view, &officer, &client, &faults))
}

/// The list alone, for renewing it.
async fn renew(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path(id): Path<ClientId>,
) -> Result<Markup, Problem> {
    let (_, faults) = load(&console, &officer, id).await?;
    Ok(list(&view, &faults))
}

pub fn page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    client: &Client,
    faults: &[ClientFault],
) -> Markup {
    let (layout, head) = client_frame(words, view, officer, client, Tab::Errors);
    layout.live().page(html! {
        (head)
        p.lead { (view.t("console-errors-lead")) }
        div hx-get={ (path(client.id)) "/errors/list" } hx-trigger="every 5s" hx-swap="innerHTML" { (list(view, faults)) }
    })
}

fn list(view: &View, faults: &[ClientFault]) -> Markup {
    html! {
        @if faults.is_empty() {
            (ui::empty(Icon::CheckCircle, &view.t("console-errors-none"), html! { p { (view.t("console-errors-none-about")) } }))
        } @else {
            ul.console-errors { @for fault in faults { li { (line(view, fault)) } } }
        }
    }
}

fn line(view: &View, fault: &ClientFault) -> Markup {
    // A signed message that breaks a rule names the rule behind the reason.
    let (word, rule) = fault.code.split_once(' ').unwrap_or((&fault.code, ""));
    let reason = Reason::parse(word);
    html! {
        (Icon::Alert)
        div {
            p {
                strong { @match reason {
                    Some(reason) => { (view.t(&format!("openid-reason-{}", key_of(reason.as_str())))) }
                    None => { (word) }
                } }
            }
            @if let Some(reason) = reason { p { (view.t(advice(reason))) } }
            p.quiet {
                (view.moment(fault.last_at, view.now())) " · "
                (view.tw("console-errors-count", &[("count", fault.count.into())])) " · "
                code { (fault.endpoint) }
                @if let Some(reason) = reason { " · " code { (reason.error()) } }
                @if !rule.is_empty() { " · " code { (rule) } }
            }
        }
    }
}

/// What helps: by the kind of mistake, because many reasons have one remedy.
pub fn advice(reason: Reason) -> &'static str {
    use Reason as R;
    match reason {
        R::ClientUnknown | R::SecretWrong => "console-advice-identity",
        R::ClientNotServed => "console-advice-state",
        R::ClientEnded => "console-advice-ended",
        R::AuthenticationMissing | R::AuthenticationTwice | R::AuthenticationOther => "console-advice-way",
        R::AssertionRefused => "console-advice-assertion",
        R::AssertionReplayed | R::ProofReplayed | R::RequestObjectReplayed => "console-advice-replay",
        R::CertificateMissing => "console-advice-certificate",
        R::GrantTypeUnknown | R::GrantTypeNotAllowed => "console-advice-grant",
        R::CodeUsed | R::RefreshReused => "console-advice-twice",
        R::CodeWrong => "console-advice-code",
        R::CodeVerifier | R::PkceMissing => "console-advice-pkce",
        R::RefreshWrong | R::AccountEnded => "console-advice-refresh",
        R::CodeBinding | R::RefreshBinding | R::ProofOtherKey | R::TokenBinding => "console-advice-binding",
        R::ProofNonce => "console-advice-nonce",
        R::ProofMissing | R::ProofTwice | R::ProofRefused => "console-advice-proof",
        R::RedirectUriMissing | R::RedirectUriUnknown | R::CodeRedirect => "console-advice-redirect",
        R::PushRequired | R::PushedUnknown | R::RequestUriOutside | R::RequestUriPushed => {
            "console-advice-push"
        }
        R::RequestObjectRequired
        | R::RequestObjectRefused
        | R::RequestObjectMixed
        | R::RequestObjectNested => "console-advice-object",
        R::KeysUnread => "console-advice-keys",
        R::PushedElsewhere => "console-advice-elsewhere",
        R::ScopeNotAllowed | R::ClaimNotAllowed | R::ResourceNotAllowed => "console-advice-rights",
        R::LoginUnmet => "console-advice-step-up",
        R::TooMany => "console-advice-slow",
        other => match other.error() {
            OauthError::InvalidToken | OauthError::InsufficientScope => "console-advice-token",
            OauthError::AccessDenied
            | OauthError::LoginRequired
            | OauthError::ConsentRequired
            | OauthError::InteractionRequired
            | OauthError::UnmetAuthenticationRequirements => "console-advice-person",
            OauthError::TemporarilyUnavailable | OauthError::ServerError => "console-advice-ours",
            _ => "console-advice-shape",
        },
    }
}
