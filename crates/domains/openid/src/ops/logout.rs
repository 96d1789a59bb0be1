//! `logout_begin`, `logout_confirm`: a relying party sends the browser here to sign out (OpenID RP-Initiated Logout 1.0).
//!
//! Who shows an identity token of the very session that is signed in here is believed; anybody else could have put the
//! address into a page, so the person is asked. The browser goes back to no address that is not registered, letter by
//! letter. That the session ended, the other relying parties learn from [`crate::signals::follower`].

use contracts::Login;
use jose::{Compact, Limits, Typ};
use serde::{Deserialize, Serialize};
use store::Tx;

use crate::{
    OpenId, OpenIdError, Reason, answer::encode_into, authorization::origin_of, clients::Served,
    limits::STATE_BYTES_MAX, model::ClientId, params::Params,
};

/// What happens next with a wish to sign out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogoutNext {
    /// Ask the person on a page of ours; answer with [`logout_confirm`].
    Ask(LogoutWish),
    /// It is done: send the browser there, or show that it is done.
    Done(Option<String>),
}

/// A checked wish, as the page of confirmation keeps it. It is checked again when it comes back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogoutWish {
    pub client_id: Option<String>,
    pub post_logout_redirect_uri: Option<String>,
    pub state: Option<String>,
}

impl LogoutWish {
    /// As the query of the page's address.
    pub fn query(&self) -> String {
        let pairs = [
            ("client_id", &self.client_id),
            ("post_logout_redirect_uri", &self.post_logout_redirect_uri),
            ("state", &self.state),
        ];
        let mut out = String::new();
        for (name, value) in pairs {
            let Some(value) = value else { continue };
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(name);
            out.push('=');
            encode_into(value, &mut out);
        }
        out
    }

    /// Scheme and host of where the browser goes afterwards, for the page's `form-action`.
    pub fn goes_to(&self) -> &str {
        self.post_logout_redirect_uri.as_deref().map_or("", origin_of)
    }
}

/// # Errors
/// To be shown, never to be sent: the address is not registered, or it is not certain whose it is.
pub async fn logout_begin(
    cx: &OpenId,
    tx: &mut Tx,
    params: &Params,
    login: Option<&Login>,
) -> Result<LogoutNext, OpenIdError> {
    let hint = params.get("id_token_hint").and_then(|text| read_hint(cx, text));
    let named = params.get("client_id").map(str::to_owned);
    if let (Some(hint), Some(named)) = (&hint, &named)
        && hint.aud.to_string() != *named
    {
        return Err(OpenIdError::Request(Reason::HintRefused));
    }
    let wish = LogoutWish {
        client_id: named.or_else(|| hint.as_ref().map(|h| h.aud.to_string())),
        post_logout_redirect_uri: params.get("post_logout_redirect_uri").map(str::to_owned),
        state: params.get("state").map(str::to_owned),
    };
    let to = back(cx, &wish)?;
    let Some(login) = login else { return Ok(LogoutNext::Done(to)) };
    if !hint.is_some_and(|hint| hint.is_about(cx, login)) {
        return Ok(LogoutNext::Ask(wish));
    }
    end(cx, tx, login).await?;
    Ok(LogoutNext::Done(to))
}

/// The person wants to sign out. Hands out where the browser goes.
///
/// # Errors
/// As [`logout_begin`].
pub async fn logout_confirm(
    cx: &OpenId,
    tx: &mut Tx,
    wish: &LogoutWish,
    login: Option<&Login>,
) -> Result<Option<String>, OpenIdError> {
    let to = back(cx, wish)?;
    if let Some(login) = login {
        end(cx, tx, login).await?;
    }
    Ok(to)
}

/// Whose wish it is, for the page: none where it names nobody.
pub fn logout_client(cx: &OpenId, wish: &LogoutWish) -> Option<std::sync::Arc<Served>> {
    wish.client_id.as_deref().and_then(|id| cx.clients.find(id))
}

async fn end(cx: &OpenId, tx: &mut Tx, login: &Login) -> Result<(), OpenIdError> {
    Ok(cx.ports.holders.session_end(tx, login.actor.account, login.session).await?)
}

/// The registered address with the client's own `state`.
fn back(cx: &OpenId, wish: &LogoutWish) -> Result<Option<String>, OpenIdError> {
    let refused = |reason| Err(OpenIdError::Request(reason));
    if wish.state.as_ref().is_some_and(|s| s.len() > STATE_BYTES_MAX) {
        return refused(Reason::ParameterLong);
    }
    let Some(uri) = &wish.post_logout_redirect_uri else { return Ok(None) };
    let Some(client) = logout_client(cx, wish) else { return refused(Reason::ClientUnknown) };
    if !client.settings.post_logout_redirect_uris.iter().any(|known| known == uri) {
        return refused(Reason::RedirectUriUnknown);
    }
    let mut to = uri.clone();
    if let Some(state) = &wish.state {
        to.push(if uri.contains('?') { '&' } else { '?' });
        to.push_str("state=");
        encode_into(state, &mut to);
    }
    Ok(Some(to))
}

/// An identity token of ours, of whatever age: it only says whose browser this was.
#[derive(Deserialize)]
struct Hint {
    iss: String,
    aud: ClientId,
    sub: String,
    sid: Option<String>,
}

/// One that cannot be read any more (its key has retired) is as good as none: then the person is asked.
fn read_hint(cx: &OpenId, text: &str) -> Option<Hint> {
    let token = Compact::parse(text, Limits::SMALL).ok()?;
    let key = cx.keys.verifying(&token).ok()?;
    let hint: Hint = token.verify(&key, Typ::Plain).ok()?.claims().ok()?;
    (hint.iss == cx.settings.issuer).then_some(hint)
}

/// Whom an identity token of ours for this client is about: the person that the client means.
pub(super) fn hinted_subject(cx: &OpenId, client: ClientId, text: &str) -> Option<String> {
    read_hint(cx, text).filter(|hint| hint.aud == client).map(|hint| hint.sub)
}

impl Hint {
    /// Of this very session; or, where a token names none, of this person.
    fn is_about(&self, cx: &OpenId, login: &Login) -> bool {
        let Some(client) = cx.clients.get(self.aud) else { return false };
        match &self.sid {
            Some(sid) => *sid == cx.secrets.session(client.id, login.session),
            None => self.sub == cx.secrets.subject(&client.sector, login.actor.account),
        }
    }
}
