// cargo add openidconnect@4
//   let web = openidconnect::reqwest::ClientBuilder::new().redirect(openidconnect::reqwest::redirect::Policy::none()).build()?;
//   let secret = std::env::var("CLIENT_SECRET")?;
//   let us = discover(&web, "{{ISSUER}}", "{{CLIENT_ID}}", &secret, "{{REDIRECT_URI}}").await?;
//   let (away, visit) = begin(&us, "{{MORE_SCOPES}}", {{CLAIMS_RS}}); // redirect there; keep `visit` with the session
//   let person = finish(&us, &web, visit, code, &state).await?; // the parameters of the address back
use openidconnect::{core::*, url::Url, *};

pub type Error = Box<dyn std::error::Error>;
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

pub struct Visit {
    verifier: PkceCodeVerifier,
    state: CsrfToken,
    nonce: Nonce,
}

pub async fn discover<H>(
    web: &H,
    issuer: &str,
    id: &str,
    secret: &str,
    redirect_uri: &str,
) -> Result<Client, Error>
where
    H: for<'c> AsyncHttpClient<'c>,
    for<'c> <H as AsyncHttpClient<'c>>::Error: 'static,
{
    let metadata = CoreProviderMetadata::discover_async(IssuerUrl::new(issuer.to_owned())?, web).await?;
    let (id, secret) = (ClientId::new(id.to_owned()), ClientSecret::new(secret.to_owned()));
    let client = CoreClient::from_provider_metadata(metadata, id, Some(secret));
    Ok(client.set_redirect_uri(RedirectUrl::new(redirect_uri.to_owned())?))
}

pub fn begin(us: &Client, more_scopes: &str, claims: Option<&str>) -> (Url, Visit) {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let request = us
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(more_scopes.split_whitespace().map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge);
    let request = match claims {
        Some(claims) => request.add_extra_param("claims", claims.to_owned()),
        None => request,
    };
    let (url, state, nonce) = request.url();
    (url, Visit { verifier, state, nonce })
}

pub async fn finish<H>(
    us: &Client,
    web: &H,
    visit: Visit,
    code: String,
    state: &str,
) -> Result<CoreUserInfoClaims, Error>
where
    H: for<'c> AsyncHttpClient<'c>,
    for<'c> <H as AsyncHttpClient<'c>>::Error: 'static,
{
    if visit.state.secret() != state {
        return Err("not the answer to this request".into());
    }
    let exchange = us.exchange_code(AuthorizationCode::new(code))?.set_pkce_verifier(visit.verifier);
    let tokens = exchange.request_async(web).await?;
    let id_token = tokens.id_token().ok_or("no ID token")?;
    let subject = id_token.claims(&us.id_token_verifier(), &visit.nonce)?.subject().clone();
    Ok(us.user_info(tokens.access_token().clone(), Some(subject))?.request_async(web).await?)
}
