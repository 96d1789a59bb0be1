//! `client_token`: an access token for a client in its own name (RFC 6749 section 4.4). Reads and writes nothing.

use crate::{
    OpenId, Reason, Refusal,
    clients::Served,
    limits::SCOPES_MAX,
    ops::code_exchange::Tokens,
    params::Params,
    request::resource,
    token::{Binding, NewAccess},
};

pub async fn client_token(
    cx: &OpenId,
    client: &Served,
    params: &Params,
    binding: Binding,
) -> Result<Tokens, Refusal> {
    let scope = scope(params.get("scope"), &client.settings.api_scopes)?;
    let audience = resource(params.get("resource"), client)?;
    let access = NewAccess {
        client,
        subject: client.id.to_string(),
        audience: audience.as_deref(),
        scope: scope.clone(),
        grant: None,
        tells: false,
        login: None,
        binding,
        act: None,
        until: None,
    };
    let access = cx.issue_access(access, cx.store.clock().now()).await?;
    Ok(Tokens { access, binding, scope, refresh: None, id_token: None })
}

/// Those of the client's own scopes that it asks for; all, when it asks for none in particular.
fn scope(asked: Option<&str>, own: &[String]) -> Result<String, Reason> {
    let Some(asked) = asked else { return Ok(own.join(" ")) };
    let names: Vec<&str> = asked.split(' ').filter(|n| !n.is_empty()).collect();
    if names.len() > SCOPES_MAX {
        return Err(Reason::ParametersMany);
    }
    // What is about a person needs a person.
    match names.iter().all(|name| own.iter().any(|o| o == name)) {
        true => Ok(names.join(" ")),
        false => Err(Reason::ScopeNotAllowed),
    }
}
