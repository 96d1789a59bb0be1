//! Who calls with an access token of ours in its own name: a program that looks after its registration or its stream.

use std::sync::Arc;

use axum::{
    Extension,
    http::{HeaderMap, Method, header},
};
use webkit::ClientCertificate;

use crate::{OpenId, Reason, Refusal, clients::Served, proof::For, token::Binding};

/// The token of the `Authorization` header, with its scheme in small letters.
pub(super) fn shown(headers: &HeaderMap) -> Option<(String, &str)> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (scheme, text) = all.next()?.to_str().ok()?.split_once(' ')?;
    all.next().is_none().then(|| (scheme.to_ascii_lowercase(), text.trim()))
}

/// A client with a token of its own (client credentials) that has one of the scopes, and the key to which it is bound.
pub(super) async fn client_of(
    cx: &OpenId,
    (method, path): (&Method, &str),
    headers: &HeaderMap,
    certificate: Option<&Extension<ClientCertificate>>,
    scopes: &[&str],
) -> Result<Arc<Served>, Refusal> {
    let now = cx.store.clock().now();
    let (scheme, text) = shown(headers).ok_or(Reason::TokenInvalid)?;
    let (token, _) = cx.read_access(text, now).await?;
    let client = cx.clients.get(token.client).ok_or(Reason::TokenInvalid)?;
    if token.grant.is_some() || token.audience != cx.settings.issuer {
        return Err(Reason::TokenInvalid.into());
    }
    if !scopes.iter().any(|scope| token.has_scope(scope)) {
        return Err(Reason::TokenScope.into());
    }
    let bound = match token.binding {
        Binding::None => scheme == "bearer",
        Binding::Certificate(digest) => {
            certificate.is_some_and(|Extension(c)| jose::hash::sha256(&c.der) == digest)
        }
        Binding::Key(key) => {
            let request = For { method: method.as_str(), path, access_token: Some(text), nonce: false };
            let proof = cx.proof(headers, request, now)?.ok_or(Reason::ProofMissing)?;
            if !cx.seen.all_new(vec![proof.once]).await? {
                return Err(Reason::ProofReplayed.into());
            }
            proof.key == key && scheme == "dpop"
        }
    };
    if bound { Ok(client) } else { Err(Reason::TokenBinding.into()) }
}
