//! `token_exchange`: an agency's program acts for the person whose token it was given (RFC 8693).
//!
//! The new token says who acts (`act`), is for the acting program, and is never more than the one it comes from: fewer or
//! the same scopes, no longer, dead with the same grant, bound to the acting program's own key, and never good for userinfo,
//! because the person allowed claims to somebody else. Where it may be used is what the operator approved for the program.

use contracts::{Access, Purpose};
use postgres_types::Json;
use store::{RowExt, Tx};

use super::code_exchange::Tokens;
use crate::{
    OpenId, Reason, Refusal, Scope,
    clients::Served,
    grant::Terms,
    limits::ACCESS_LIFE,
    model::ClientId,
    params::Params,
    request::resource,
    sql,
    token::{AccessToken, Actor, Binding, NewAccess},
};

/// The one type of token that is taken and given (RFC 8693 section 3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Hands out the token, and for how many seconds it is good.
pub async fn token_exchange(
    cx: &OpenId,
    client: &Served,
    params: &Params,
    binding: Binding,
) -> Result<(Tokens, i64), Refusal> {
    let wanted = params.get("requested_token_type").is_none_or(|t| t == ACCESS_TOKEN);
    // Who acts is who authenticated: nobody acts in the name of a third.
    if params.need("subject_token_type")? != ACCESS_TOKEN || !wanted || params.has("actor_token") {
        return Err(Reason::ParameterMalformed.into());
    }
    let now = cx.store.clock().now();
    let read = cx.read_access(params.need("subject_token")?, now).await;
    let (subject, _) = read.map_err(|_| Reason::SubjectTokenWrong)?;
    check_subject(&subject, client, binding)?;
    let audience = audience(cx, &subject, client, params)?;
    let scopes = scopes(&subject, client, params)?;

    let mut tx = cx.store.begin().await?;
    let exchange = Exchange { subject: &subject, audience, scopes, binding };
    let outcome = exchange.run(cx, &mut tx, client).await;
    tx.finish(outcome).await
}

/// It must be a person's, meant for this program or given to it, and not itself exchanged.
fn check_subject(subject: &AccessToken, client: &Served, binding: Binding) -> Result<(), Reason> {
    if subject.act.is_some() {
        return Err(Reason::ExchangeChain);
    }
    let to_me = client.settings.resource.as_ref().is_some_and(|uri| *uri == subject.audience);
    // What was given to it is bound to its key; a thief has the token alone.
    let mine = subject.client == client.id && subject.binding == binding;
    if subject.grant.is_none() || !(to_me || mine) {
        return Err(Reason::SubjectTokenWrong);
    }
    Ok(())
}

/// Where the new token is good: what is asked for and approved, else where the old one is; never our own userinfo.
fn audience(cx: &OpenId, subject: &AccessToken, client: &Served, params: &Params) -> Result<String, Reason> {
    let asked = match (params.get("resource"), params.get("audience")) {
        (Some(resource), Some(audience)) if resource != audience => return Err(Reason::ResourceNotAllowed),
        (resource, audience) => resource.or(audience),
    };
    let audience = match asked {
        Some(uri) if uri == subject.audience => uri.to_owned(),
        Some(uri) => resource(Some(uri), client)?.ok_or(Reason::ResourceNotAllowed)?,
        None => subject.audience.clone(),
    };
    if audience == cx.settings.issuer { Err(Reason::ResourceNotAllowed) } else { Ok(audience) }
}

/// Scopes of APIs that the old token has and this program may have; what is asked beyond is refused. Scopes that stand for
/// claims of the person stay behind.
fn scopes(subject: &AccessToken, client: &Served, params: &Params) -> Result<Vec<String>, Reason> {
    let of_api = |name: &&str| Scope::parse(name).is_none();
    let may = |name: &&str| subject.has_scope(name) && client.settings.api_scopes.iter().any(|s| s == name);
    let scopes: Vec<String> = match params.get("scope") {
        Some(asked) => {
            let asked: Vec<&str> = asked.split(' ').filter(|n| !n.is_empty()).collect();
            if !asked.iter().all(|name| of_api(name) && may(name)) {
                return Err(Reason::ExchangeWider);
            }
            asked.into_iter().map(str::to_owned).collect()
        }
        None => subject.scope.split(' ').filter(of_api).filter(may).map(str::to_owned).collect(),
    };
    if scopes.is_empty() { Err(Reason::ExchangeWider) } else { Ok(scopes) }
}

struct Exchange<'a> {
    subject: &'a AccessToken,
    audience: String,
    scopes: Vec<String>,
    binding: Binding,
}

impl Exchange<'_> {
    async fn run(self, cx: &OpenId, tx: &mut Tx, client: &Served) -> Result<(Tokens, i64), Refusal> {
        let reference = self.subject.grant.ok_or(Reason::SubjectTokenWrong)?;
        let (account, grant) = (reference.account, reference.grant);
        let now = tx.now();
        let row = tx.query_opt(sql::GRANT_TERMS, &[&account, &grant, &now]).await?;
        let row = row.ok_or(Reason::SubjectTokenWrong)?;
        let Json(terms) = row.col::<Json<Terms>>("terms")?;
        let giver = cx.clients.get(row.col::<ClientId>("client_id")?).ok_or(Reason::SubjectTokenWrong)?;
        // People who do not exist stay in the sandbox, and real ones outside.
        if giver.settings.sandbox != client.settings.sandbox {
            return Err(Reason::SubjectTokenWrong.into());
        }
        let holder = cx.ports.holders.holder(tx, account).await?.filter(|h| h.active);
        let holder = holder.ok_or(Reason::AccountEnded)?;
        let scope = self.scopes.join(" ");
        let access = NewAccess {
            client,
            subject: cx.subject(client, account, &terms),
            audience: Some(&self.audience),
            scope: scope.clone(),
            grant: Some((account, grant)),
            tells: false,
            login: Some(&terms.login),
            binding: self.binding,
            act: Some(Actor { sub: client.id.to_string() }),
            until: Some(self.subject.expires_at),
        };
        let access = cx.issue_access(access, now).await?;
        let mut entry = Access::system(Purpose::RELEASE_CLAIMS)
            .entry("openid.token_exchange")
            .on("client", client.id.0)
            .fields(self.scopes);
        if let (Some(person), None) = (holder.person, &terms.persona) {
            entry = entry.about(person);
        }
        let mut entry = entry.done();
        entry.actor = client.id.0;
        entry.actor_label = format!("client:{}", client.settings.name.vi);
        entry.agency = Some(client.owner.0.clone());
        tx.audit(entry);
        let expires_in_s = (self.subject.expires_at - now.as_second()).min(ACCESS_LIFE.as_secs());
        let tokens = Tokens { access, binding: self.binding, scope, refresh: None, id_token: None };
        Ok((tokens, expires_in_s))
    }
}
