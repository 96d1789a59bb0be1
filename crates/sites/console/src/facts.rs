//! What a relying party says of itself, as facts: for reading, and for approving.

use base::Text;
use maud::{Markup, PreEscaped, html};
use openid::model::{ClientDraft, ClientId};
use webkit::{
    View,
    ui::{self, Row},
};

use crate::words::Words;

/// All of them.
pub fn settings(words: &Words<'_>, view: &View, id: Option<ClientId>, draft: &ClientDraft) -> Markup {
    let id = id.map(|id| Row::new("client_id", html! { code { (id) } }));
    let rows = facts(words, view, draft).into_iter().map(|(label, value)| Row::new(label, value));
    ui::summary(view, &id.into_iter().chain(rows).collect::<Vec<_>>())
}

/// Of a change only what it changes, with what is in force now: whoever approves must not have to look for it.
pub fn changes(words: &Words<'_>, view: &View, now: &ClientDraft, proposed: &ClientDraft) -> Markup {
    let (now, proposed) = (facts(words, view, now), facts(words, view, proposed));
    let value_in = |all: &[Fact], label: &str| {
        all.iter().find(|(own, _)| own == label).map(|(_, value)| value.clone().into_string())
    };
    let gone = now.iter().filter(|(label, _)| value_in(&proposed, label).is_none());
    let gone = gone.map(|(label, _)| (label.clone(), html! { (view.t("console-change-gone")) }));
    let rows: Vec<Row> = proposed
        .iter()
        .cloned()
        .chain(gone)
        .filter_map(|(label, value)| {
            let before = value_in(&now, &label);
            if before.as_deref() == Some(value.0.as_str()) {
                return None;
            }
            let before = before.map_or_else(|| html! { (view.t("console-change-new")) }, PreEscaped);
            let both = html! {
                (value)
                div.console-was { p.quiet { (view.t("console-change-was")) } (before) }
            };
            Some(Row::new(label, both))
        })
        .collect();
    html! { @if rows.is_empty() { p { (view.t("console-change-nothing")) } } @else { (ui::summary(view, &rows)) } }
}

/// A label and its value.
type Fact = (String, Markup);

fn facts(words: &Words<'_>, view: &View, draft: &ClientDraft) -> Vec<Fact> {
    let text = |text: &Text| html! { (text.vi) br; span.quiet lang="en" { (text.en) } };
    let lines = |lines: &[String]| html! { @for (n, line) in lines.iter().enumerate() { @if n > 0 { br; } code { (line) } } };
    let grants: Vec<String> = draft.grants.iter().map(|grant| words.grant(*grant)).collect();
    let claims = html! {
        @if draft.claims.is_empty() { (view.t("console-claims-none")) }
        @else { ul { @for right in &draft.claims {
            li {
                (words.claim(right.claim))
                p.quiet { (right.legal_basis) }
                @if let Some(purpose) = &right.purpose { p.quiet { (view.tw("console-purpose-of", &[("purpose", view.text(purpose).into())])) } }
                @if right.login.strength.is_some() { p.quiet { (view.t("console-login-strong")) } }
                @if let Some(seconds) = right.login.max_age_s { p.quiet { (view.tw("console-login-age-of", &[("minutes", (seconds / 60).to_string().into())])) } }
            }
        } } }
    };
    let said = |text: String| html! { (text) };
    let mut facts = vec![
        (view.t("console-name"), text(&draft.name)),
        (view.t("console-purpose"), text(&draft.purpose)),
        (
            view.t("console-env"),
            said(view.t(if draft.sandbox { "console-env-sandbox" } else { "console-env-real" })),
        ),
        (view.t("console-profile"), said(words.profile(&draft.profile))),
        (view.t("console-auth"), said(words.authentication(draft.authentication))),
        (view.t("console-sender"), said(view.t(&format!("console-sender-{}", draft.sender)))),
        (view.t("console-grants"), said(grants.join("; "))),
        (view.t("console-redirect"), lines(&draft.redirect_uris)),
        (view.t("console-group-claims"), claims),
        (view.t("console-contact"), html! { (draft.contact) }),
    ];
    let optional = [
        ("console-policy", draft.policy_uri.clone().into_iter().collect::<Vec<_>>()),
        ("console-post-logout", draft.post_logout_redirect_uris.clone()),
        ("console-backchannel", draft.backchannel_logout_uri.clone().into_iter().collect()),
        ("console-ciba-uri", draft.ciba_notification_uri.clone().into_iter().collect()),
        ("console-jwks-uri", draft.jwks_uri.clone().into_iter().collect()),
        ("console-tls-subject", draft.tls_subject.clone().into_iter().collect()),
        ("console-sector", draft.sector.clone().into_iter().collect()),
        ("console-audiences", draft.audiences.clone()),
        ("console-resource", draft.resource.clone().into_iter().collect()),
        ("console-api-scopes", draft.api_scopes.clone()),
        ("console-messages", signed(view, draft)),
    ];
    for (key, values) in optional.iter().filter(|(_, values)| !values.is_empty()) {
        facts.push((view.t(key), lines(values)));
    }
    facts
}

fn signed(view: &View, draft: &ClientDraft) -> Vec<String> {
    let m = &draft.messages;
    [
        ("requests", m.requests),
        ("responses", m.responses),
        ("userinfo", m.userinfo),
        ("introspection", m.introspection),
    ]
    .into_iter()
    .filter(|(_, on)| *on)
    .map(|(name, _)| view.t(&format!("console-message-{name}")))
    .chain((m.id_token == openid::model::SigningAlg::Rs256).then(|| "RS256".to_owned()))
    .collect()
}
